//! Several who write and ask at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use adplane_core::metrics::Reading;
use adplane_engine::metrics::store::MetricStore;

use crate::build::{With, account, reading, shown, spent, window};
use crate::telling::everything;

crate::cases![many_writers_are_as_one_after_the_other, a_dropped_call_leaves_all_or_nothing];

const OBJECTS: i64 = 50;

/// A reading of many objects that all spent the same.
fn all_spent(units: i64, minute: u32) -> Reading {
    let mut told = reading("2026-06-09", "2026-06-09", &format!("2026-06-10T06:{minute:02}:00Z"));
    for object in 0..OBJECTS {
        told = told.with(&object.to_string(), "2026-06-09", spent(units));
    }
    told
}

async fn many_writers_are_as_one_after_the_other(store: Arc<dyn MetricStore>) {
    let writers: Vec<_> = (1..=12_u32)
        .flat_map(|minute| [minute, minute])
        .map(|minute| {
            let store = store.clone();
            tokio::spawn(
                async move { store.put(&account(), &all_spent(minute.into(), minute)).await.unwrap() },
            )
        })
        .collect();
    let mut stored = 0;
    for writer in writers {
        stored += usize::from(!writer.await.unwrap().is_repeated());
    }
    assert!((1..=12).contains(&stored), "{stored}");
    let totals = window(&*store, "yesterday", "2026-06-10T08:00:00Z").await;
    assert!(totals.objects.values().all(|sums| *sums == spent(12)), "{}", shown(&totals));
    assert_eq!(totals.objects.len(), usize::try_from(OBJECTS).unwrap());
}

/// A call that is dropped when it has waited so many times.
struct Dropped<F> {
    waits: usize,
    call: Pin<Box<F>>,
}

impl<F: Future> Future for Dropped<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.call.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.waits == 0 => Poll::Ready(None),
            Poll::Pending => {
                self.waits -= 1;
                Poll::Pending
            }
        }
    }
}

async fn a_dropped_call_leaves_all_or_nothing(store: Arc<dyn MetricStore>) {
    store.put(&account(), &all_spent(1, 1)).await.unwrap();
    let mut dropped = 0;
    for waits in 0.. {
        let minute = u32::try_from(waits).unwrap() + 2;
        let told = all_spent(minute.into(), minute);
        let known = account();
        let call = Dropped { waits, call: Box::pin(store.put(&known, &told)) };
        let done = call.await;
        let totals = window(&*store, "yesterday", "2026-06-10T08:00:00Z").await;
        let mut units: Vec<i64> =
            totals.objects.values().map(|sums| sums.spend.unwrap() / 1_000_000).collect();
        units.dedup();
        assert_eq!(units.len(), 1, "dropped after {waits} waits, it is there in part: {}", shown(&totals));
        if let Some(stored) = done {
            stored.unwrap();
            assert_eq!(units, [i64::from(minute)]);
            break;
        }
        dropped += 1;
        assert!(minute < 59, "it never ends");
    }
    assert!(dropped >= 1);
    let before = everything(&*store).await;
    assert!(store.put(&account(), &all_spent(1, 1)).await.unwrap().is_repeated());
    assert_eq!(everything(&*store).await, before);
}

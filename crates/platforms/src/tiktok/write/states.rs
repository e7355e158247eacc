//! Switching on, off and deleting, many ids in one call.

use std::collections::HashMap;

use adplane_core::address::Kind;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::{Outcome, WorkItem};

use super::values::Live;
use super::{Writer, outcome, refused};
use crate::tiktok::calls::{self, Level};
use crate::tiktok::wire::{self, Lane, Object};

/// The wire's word for a kind.
pub(crate) fn level(kind: Kind) -> Level {
    match kind {
        Kind::Budget | Kind::Campaign => Level::Campaign,
        Kind::AdGroup => Level::AdGroup,
        Kind::Ad => Level::Ad,
    }
}

/// Sets one state; when the vendor refuses a call of several, each is tried alone, so that only the wrong
/// one fails.
pub(crate) async fn perform(writer: &Writer<'_>, items: &[&WorkItem<'_>], status: &str) -> Vec<Outcome> {
    let all = together(writer, items, status).await;
    let refused_whole = items.len() > 1
        && all.iter().all(|outcome| matches!(outcome, Outcome::Failed(error) if stands_alone(error)));
    if !refused_whole {
        return all;
    }
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        outcomes.extend(together(writer, std::slice::from_ref(item), status).await);
    }
    outcomes
}

/// Whether one bad item may be the reason that all were refused.
pub(crate) fn stands_alone(error: &PlatformError) -> bool {
    error.retry == Retry::Never
        && matches!(error.kind, ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Unexpected)
}

async fn together(writer: &Writer<'_>, items: &[&WorkItem<'_>], status: &str) -> Vec<Outcome> {
    let fail = |error: &PlatformError| items.iter().map(|_| outcome(error.clone())).collect();
    let Some(first) = items.first() else { return Vec::new() };
    let Some(lane) = first.live.map(|live| Live::of(live).lane) else {
        return fail(&refused("status/update", "the object was not observed: plan again"));
    };
    let level = level(first.change.address.kind);
    let ids: Vec<&str> = items.iter().filter_map(|item| Some(item.live?.id.as_str())).collect();
    let answer =
        writer.session.object(&calls::set_status(&writer.session.config, lane, level, &ids, status)).await;
    match answer {
        Ok(data) => {
            let refusals = refusals(&data, lane, level);
            items.iter().map(|item| single(item, status, &refusals)).collect()
        }
        // What is gone already need not be deleted.
        Err(error) if status == "DELETE" && error.kind == ErrorKind::NotFound && items.len() == 1 => {
            vec![Outcome::Done(first.live.map(|live| live.id.clone()))]
        }
        Err(error) => fail(&error),
    }
}

/// Ids that a partly successful call left as they were, with the vendor's words.
fn refusals(data: &Object, lane: Lane, level: Level) -> HashMap<String, String> {
    wire::objects(data, "error_list")
        .filter_map(|row| {
            let id = wire::text(row, level.id_member(lane))?;
            Some((id, wire::text(row, "error_message").unwrap_or_default()))
        })
        .collect()
}

fn single(item: &WorkItem<'_>, status: &str, refusals: &HashMap<String, String>) -> Outcome {
    let Some(live) = item.live else { return Outcome::Done(None) };
    let Some(message) = refusals.get(live.id.as_str()) else { return Outcome::Done(Some(live.id.clone())) };
    let gone = message.contains("does not exist");
    if gone && status == "DELETE" {
        return Outcome::Done(Some(live.id.clone()));
    }
    let kind = if gone { ErrorKind::NotFound } else { ErrorKind::Invalid };
    Outcome::Failed(PlatformError { kind, ..refused("status/update", message.clone()) })
}

//! Reading one account: what is due goes into the store, and what the store then knows is kept.

use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::{AccountKey, Kind};
use adplane_core::metrics::Granularity;
use adplane_core::notify::unvaried;
use adplane_engine::clock::Clock;
use adplane_engine::metrics::query::{Asked, SHOWN, figures};
use adplane_engine::metrics::store::{AsOf, MetricStore, StoreError};
use adplane_engine::metrics::sync::{Depth, LEVELS, SyncReport, What, asked_before, sync};
use adplane_engine::metrics::tidy::{Tidied, tidy};
use adplane_engine::state::StateDir;
use adplane_manifest::load::DocumentKind;
use jiff::{SignedDuration, Timestamp};
use rand::Rng as _;

use super::home::{self, HomeError};
use super::{Known, Offer, Told};
use crate::account::chain;
use crate::cache::ResourceKey;
use crate::config::MetricsSettings;
use crate::context::Context;
use crate::events::{Happening, of_resource};
use crate::notices;

/// Accounts that are read side by side: a first sync holds a report of weeks in memory.
pub const AT_ONCE: usize = 2;
/// How long reading an account may take: each report is stored as it comes, and the next time goes on.
const LONGEST: Duration = Duration::from_mins(5);
/// How often accounts are looked after where nothing is read of what they deliver.
const USUAL: Duration = Duration::from_mins(15);
/// How often is asked whether the account is still this replica's.
const LISTEN_EVERY: Duration = Duration::from_secs(1);
/// How soon an account is tried again that was left.
const LEFT: Duration = Duration::from_secs(5);

/// Reads accounts as they are offered, until the operator stops.
pub async fn work(context: Arc<Context>) {
    let every = context.delivered.settings().map_or(USUAL, |settings| settings.every);
    loop {
        let offer = tokio::select! {
            offer = context.delivered.next() => offer,
            () = context.stopping.cancelled() => return,
        };
        let key = offer.key.clone();
        // The shard is not handed over meanwhile: two replicas would share a file.
        let Some(ours) = context.fence.begin(&key) else {
            context.delivered.done(&key, None, LEFT);
            continue;
        };
        let (known, wait) = tokio::select! {
            known = one(&context, &offer) => (known, jittered(every)),
            () = left(&context, &key) => (None, LEFT),
        };
        drop((ours, offer));
        context.delivered.done(&key, known, wait);
    }
}

/// Reads an account where anybody wants that, and looks for what is worth telling.
async fn one(context: &Context, offer: &Offer) -> Option<Known> {
    let (mut known, mut store) = (None, None);
    if let Some(settings) = context.delivered.settings() {
        let state = context.state(&offer.key);
        let read = read(settings, offer, &state, context.clock).await;
        tell(context, &offer.key, &read.0).await;
        (known, store) = (Some(read.0), read.1);
    }
    notices::look(context, &offer.key, &offer.sight, (store.as_deref(), offer.adapter.as_ref())).await;
    known
}

/// Returns when the account is to be left: the operator stops, or the shard is handed over. What is being stored then is
/// stored whole or not at all.
async fn left(context: &Context, key: &AccountKey) {
    loop {
        tokio::select! {
            () = context.stopping.cancelled() => return,
            () = tokio::time::sleep(LISTEN_EVERY) => {}
        }
        if context.fence.begin(key).is_none() {
            return;
        }
    }
}

/// Up to a tenth less, so that accounts spread out.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(rand::rng().random_range(0.9..=1.0))
}

/// Reads an account: what is known then, and the store where it could be opened.
pub(super) async fn read(
    settings: &MetricsSettings,
    offer: &Offer,
    state: &StateDir,
    clock: Clock,
) -> (Known, Option<Arc<dyn MetricStore>>) {
    let unread = |error: HomeError| Known::Read { told: None, trouble: Some(chain(&error)) };
    let store = match home::open(settings.database.as_ref(), state).await {
        Ok(store) => store,
        Err(error) => return (unread(error), None),
    };
    match try_read(settings, offer, store.as_ref(), clock).await {
        Ok((told, trouble)) => (Known::Read { told: Some(Arc::new(told)), trouble }, Some(store)),
        Err(error) => (unread(error.into()), Some(store)),
    }
}

async fn try_read(
    settings: &MetricsSettings,
    offer: &Offer,
    store: &dyn MetricStore,
    clock: Clock,
) -> Result<(Told, Option<String>), StoreError> {
    let trouble = if is_due(store, offer, settings.every, clock.now()).await? {
        sync_now(settings, offer, store, clock).await?
    } else {
        None
    };
    let now = clock.now();
    let asked = Asked {
        account: &offer.account,
        told: offer.schema.metrics,
        restated_days: offer.schema.restated_days,
        objects: &offer.objects,
        now,
        as_of: AsOf::Latest,
    };
    let found = figures(store, &asked, &LEVELS, &SHOWN).await?;
    Ok((Told::new(&offer.account, &found, &offer.references, now), trouble))
}

/// Whether the account was not read for a while, by whomever.
async fn is_due(
    store: &dyn MetricStore,
    offer: &Offer,
    every: Duration,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let known = asked_before(store, &offer.account, Kind::Campaign, Granularity::Hour).await?;
    let every = SignedDuration::try_from(every).unwrap_or(SignedDuration::ZERO);
    // A tenth early, since the wait was as much shorter.
    let fresh = |as_of: Timestamp| as_of <= now && now.duration_since(as_of) * 10 < every * 9;
    Ok(!known.first().is_some_and(|reading| fresh(reading.as_of)))
}

/// Reads what is due; what could not be read.
async fn sync_now(
    settings: &MetricsSettings,
    offer: &Offer,
    store: &dyn MetricStore,
    clock: Clock,
) -> Result<Option<String>, StoreError> {
    let what = What { back: settings.back, depth: Depth::Due };
    let synced = sync(&offer.account, offer.adapter.as_ref(), store, clock, what);
    let trouble = match tokio::time::timeout(LONGEST, synced).await {
        Ok(report) => {
            for relabelled in &report.relabelled {
                tracing::warn!(account = %offer.account, "{relabelled}");
            }
            trouble(&report).or_else(|| doubted(&report, offer))
        }
        Err(_) => {
            Some(format!("not all reports were read in {} s: the next time goes on", LONGEST.as_secs()))
        }
    };
    if let Tidied::Doubted { since, before } =
        tidy(store, &offer.account, settings.retention, clock.now()).await?
    {
        tracing::warn!(account = %offer.account, %since, %before, "nothing old was dropped: the clock may be wrong");
    }
    Ok(trouble)
}

/// What is told and not believed; what a new account says as well is no trouble.
fn doubted(report: &SyncReport, offer: &Offer) -> Option<String> {
    let (_, doubts) = report.doubts(offer.account.currency)?;
    doubts.is_alarm().then(|| doubts.to_string())
}

/// What could not be read, in one sentence that is the same while the trouble is.
fn trouble(report: &SyncReport) -> Option<String> {
    let first = report.failed.first()?;
    let more = report.failed.len() - 1;
    let of = first.asked.map(|asked| {
        let slots = match asked.granularity {
            Granularity::Day => "days",
            Granularity::Hour => "hours",
        };
        format!("{} by {slots}: ", asked.level)
    });
    let more = if more > 0 { format!("; {more} more reports were not read") } else { String::new() };
    Some(unvaried(&format!("{}{}{more}", of.unwrap_or_default(), first.why)))
}

/// Tells Prometheus and the log, and people where it is new that something cannot be read.
async fn tell(context: &Context, key: &AccountKey, known: &Known) {
    let Known::Read { told, trouble } = known else { return };
    if let Some(told) = told {
        context.metrics.delivery(key, told.currency, &told.account);
    }
    if let Some(trouble) = trouble {
        context.metrics.error(key, "metrics");
        tracing::warn!(account = %key, "what was delivered was not read: {trouble}");
        let resource = ResourceKey::new(DocumentKind::AdAccount, key.namespace.as_str(), key.name.as_str());
        let account = context.cache.get(&resource).filter(|_| known.is_news(&context.delivered.of(key)));
        if let Some(account) = account {
            let note = format!("what it delivers was not read, and is tried again: {trouble}");
            context.events.publish(&of_resource(&account), Happening::MetricsUnread, &note).await;
        }
    } else {
        tracing::debug!(account = %key, "what was delivered was read");
    }
}

//! `adplane metrics sync`: asks every account what it delivered and keeps the answers.

use std::sync::Arc;

use adplane_core::address::AccountKey;
use adplane_core::metrics::Granularity;
use adplane_engine::metrics::store::StoreAccount;
use adplane_engine::metrics::sync::{Asked, Depth, Missed, SyncError, SyncReport, What, sync_all};
use adplane_engine::metrics::tidy::tidy;
use adplane_engine::port::Adapter;

use crate::args::{Global, MetricsSyncArgs};
use crate::error::{Exit, Failure};
use crate::pipeline::notices::Notices;
use crate::pipeline::watch::{self, Sight};
use crate::pipeline::{self, metrics};
use crate::render::table;
use crate::settings::Settings;
use crate::ui::Ui;

/// An account with what asks its platform.
type Reachable = (StoreAccount, Arc<dyn Adapter>);

pub(super) async fn run(
    global: &Global,
    args: &MetricsSyncArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    let accounts = &prepared.desired.accounts;
    if accounts.is_empty() {
        return Err(Failure::error("no account was found").hint("name the files that hold `kind: AdAccount`"));
    }
    let connected = pipeline::connect(accounts.values(), settings).await?;
    let store = metrics::open(&prepared).await?;
    let reachable: Vec<(&AccountKey, Reachable)> = connected
        .adapters
        .iter()
        .filter_map(|(key, adapter)| {
            Some((key, (StoreAccount::from(accounts.get(key)?), Arc::clone(adapter))))
        })
        .collect();
    let asked: Vec<Reachable> = reachable.iter().map(|(_, account)| account.clone()).collect();
    let depth = if args.all { Depth::All } else { Depth::Due };
    let reports = {
        let _waiting = ui.spinner("reading reports");
        sync_all(&asked, store.as_ref(), connected.clock, What { back: args.back, depth }).await
    };
    let mut rows = Vec::new();
    for ((key, _), report) in reachable.iter().zip(&reports) {
        rows.extend(lines(key, report));
    }
    if !rows.is_empty() {
        let header = ["ACCOUNT", "LEVEL", "BY", "FROM", "TO", "ROWS", "CHANGED", "REQUESTS"];
        ui.data(&table::table(&header, &rows))?;
    }
    let requests: u64 = reports.iter().map(|report| report.requests).sum();
    ui.note(&format!("{} stored, {requests} requests in all", readings(rows.len())));
    let mut failed = false;
    for (key, account) in &connected.unreachable {
        failed = true;
        for finding in &account.diagnostics {
            ui.error(&format!("{key}: {}", finding.message), finding.hint.as_deref());
        }
    }
    for ((key, _), report) in reachable.iter().zip(&reports) {
        for missed in &report.failed {
            failed = true;
            tell(ui, key, missed);
        }
    }
    for ((key, (account, _)), report) in reachable.iter().zip(&reports) {
        if let Some((asked, doubts)) = report.doubts(account.currency) {
            let warning = if doubts.is_alarm() { "warning: " } else { "" };
            ui.note(&format!("{warning}{key}: {} by {}: {doubts}", asked.level, word(asked.granularity)));
        }
        for relabelled in &report.relabelled {
            ui.note(&format!("warning: {key}: {relabelled}"));
        }
    }
    let notices = Notices::of(&prepared, connected.clock, settings, ui);
    let sight = Sight { store: Some(store.as_ref()), observed: None };
    watch::look(&prepared, &connected, sight, &notices, ui).await;
    notices.flush().await;
    for (key, (account, _)) in &reachable {
        let (wanted, now) = (metrics::retention(&prepared), connected.clock.now());
        if let Some(told) = metrics::tidied(tidy(store.as_ref(), account, wanted, now).await?) {
            ui.note(&format!("{key}: {told}"));
        }
    }
    Ok(if failed { Exit::Error } else { Exit::Done })
}

fn readings(count: usize) -> String {
    if count == 1 { "1 reading".to_owned() } else { format!("{count} readings") }
}

fn lines(key: &AccountKey, report: &SyncReport) -> Vec<Vec<String>> {
    let line = |synced: &adplane_engine::metrics::sync::Synced| {
        let Asked { level, granularity, from, to } = synced.asked;
        vec![
            key.name.to_string(),
            level.to_string(),
            word(granularity).to_owned(),
            from.to_string(),
            to.to_string(),
            synced.rows.to_string(),
            synced.stored.changed.to_string(),
            synced.requests.to_string(),
        ]
    };
    report.stored.iter().map(line).collect()
}

fn word(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Day => "day",
        Granularity::Hour => "hour",
    }
}

/// What was not read: it is a gap now, and what to do about it.
fn tell(ui: &Ui, key: &AccountKey, missed: &Missed) {
    let part = missed.asked.map(|Asked { level, granularity, from, to }| {
        format!(" {level} by {} from {from} to {to} was not read:", word(granularity))
    });
    let advice = match &missed.why {
        SyncError::Platform(error) => Some(error.advice()),
        SyncError::Store(_) | SyncError::Differs { .. } | SyncError::Ahead { .. } => None,
    };
    ui.error(&format!("{key}:{} {}", part.unwrap_or_default(), missed.why), advice);
}

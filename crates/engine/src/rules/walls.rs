//! What a run is held to and what it is shown besides what is live: what the accounts' days began with, and what is on
//! its way.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::AccountKey;
use adplane_core::observed::{Coverage, Observed};
use adplane_core::rules::{Change, Memory, Snapshot, State};

use super::carry;
use super::store::{Baselines, Spendable};
use super::task::{Stage, Task};

/// What each account can spend on its day by the daily budgets in force of what is in git. Raises whose time is over are no
/// part of it, even while the platform has them: the wall of a day must not grow by those of the day before. Whether
/// everything runs must be known, strangers too: both are remembered of one instant.
pub fn spendable(snapshot: &Snapshot, observed: &Observed) -> BTreeMap<AccountKey, Spendable> {
    let sums = sums_of(snapshot);
    let unknown = snapshot.strangers.iter().filter(|(_, of)| of.unknown.is_some());
    let untold: BTreeSet<AccountKey> = snapshot
        .objects
        .iter()
        .filter(|(_, object)| snapshot.runs(object).is_none())
        .map(|(address, _)| address.account_key())
        .chain(unknown.map(|(key, _)| key.clone()))
        .collect();
    let each = snapshot.accounts.iter().map(|(key, account)| {
        let whole = observed.accounts.get(key).is_some_and(|live| live.coverage == Coverage::Complete);
        let known = whole && !untold.contains(key);
        let sum = sums.get(key).copied().unwrap_or_default();
        let day = snapshot.now.to_zoned(account.zone.rules()).date();
        (key.clone(), Spendable { day, micros: known.then_some(sum) })
    });
    each.collect()
}

/// Daily budgets of each account that are there to stay, in micros.
pub(crate) fn sums_of(snapshot: &Snapshot) -> BTreeMap<AccountKey, i64> {
    let mut sums: BTreeMap<AccountKey, i64> = BTreeMap::new();
    for (address, object) in &snapshot.objects {
        let sum = sums.entry(address.account_key()).or_default();
        *sum = sum.saturating_add(snapshot.daily_settled(object));
    }
    sums
}

/// The guard looks at what could be spent before any rule ran on this day, where the account was read whole and what rules
/// did since is remembered.
pub(super) fn put_walls(
    snapshot: &mut Snapshot,
    spendable: &BTreeMap<AccountKey, Spendable>,
    baselines: &Baselines,
    memory: &Memory,
) {
    for (key, account) in &mut snapshot.accounts {
        let known = spendable
            .get(key)
            .is_some_and(|sum| sum.micros.is_some() && memory.lost.get(&key.to_string()) != Some(&sum.day));
        account.baseline = baselines.get(key).copied().flatten().filter(|_| known);
    }
}

/// Shows a snapshot what is on its way: pauses that the platform may not show yet, raises that need their room, fields
/// that somebody was asked about, and accounts to leave alone. It knows what the days began with.
pub fn see(snapshot: &mut Snapshot, observed: &Observed, memory: &Memory, known: &[Task]) {
    let now = snapshot.now;
    for (key, account) in &mut snapshot.accounts {
        let unread =
            observed.accounts.get(key).map(|live| &live.coverage).and_then(|coverage| match coverage {
                Coverage::Complete => None,
                Coverage::Partial { because } => Some(format!("it was not read whole: {because}")),
            });
        account.halted = unread.or_else(|| memory.broken(key, now));
    }
    put_coming(snapshot, memory, known);
    for task in known {
        let claims = || task.intent.claims();
        if task.stage.is_open() {
            snapshot.pending.extend(claims().map(|(object, field)| (object.clone(), field.clone())));
        }
        let shows = match task.stage {
            Stage::Decided | Stage::InForce => true,
            Stage::Written => now.duration_since(task.since) < carry::LAG,
            _ => false,
        };
        let pauses = task.intent.changes.iter().filter(|one| matches!(one.change, Change::Pause { .. }));
        for planned in pauses.filter(|_| shows) {
            if let Some(object) = snapshot.objects.get_mut(&planned.object) {
                object.state = Some(State::Paused);
            }
        }
    }
}

/// What is in force comes whatever happens. What was only decided comes where the guard still has room for it, the
/// earliest first: a day may have begun since, or others may have gone before.
fn put_coming(snapshot: &mut Snapshot, memory: &Memory, known: &[Task]) {
    let of = |stage: Stage| known.iter().filter(move |task| task.stage == stage);
    // What was written just now the platform may not show yet.
    let written = of(Stage::Written).filter(|task| snapshot.now.duration_since(task.since) < carry::LAG);
    let comes = of(Stage::InForce).chain(written);
    snapshot.coming.extend(comes.flat_map(|task| task.intent.changes.iter().cloned()));
    for task in of(Stage::Decided) {
        match adplane_core::rules::room(snapshot, memory, &task.intent) {
            Ok(()) => snapshot.coming.extend(task.intent.changes.iter().cloned()),
            Err(why) => {
                snapshot.crowded.insert(task.digest.clone(), format!("spend guard: {why}"));
            }
        }
    }
}

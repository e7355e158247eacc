//! Automation rules on live accounts: what they see, and what is remembered of every run.
//!
//! ```text
//! Desired, Observed ──live──> objects ─┐
//!                                      ├─snapshot──> Snapshot ──tick──> core::rules ──> records and memory, in one transaction
//! metrics store ──numbers──> windows ──┘
//! ```
//!
//! What a rule decides is `core::rules`, which is pure. Nothing here writes to a platform. What rules decide to have done
//! is a [`Task`], recorded together with the run; [`carry`] makes overlays of it, and the one executor brings what is in
//! force by them to the platform, through the plan that every other change takes.

mod adopt;
mod around;
mod backtest;
pub mod carry;
mod estimates;
mod foresee;
mod live;
mod numbers;
pub mod outcome;
mod promote;
pub mod stance;
mod store;
mod strangers;
mod task;
#[cfg(test)]
mod tests;
mod walls;

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{AccountKey, Address, Kind};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Metric, Window};
use adplane_core::observed::{Coverage, Observed};
use adplane_core::overlay::Standing;
use adplane_core::rules::{
    AccountState, Forecasts, Guards, Hold, Intent, Memory, ReachedAccount, Reconsidered, Rule, RuleMemory,
    Run, Snapshot,
};
use adplane_core::schema::Schemas;
use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp};

use crate::metrics::store::{MetricStore, StoreAccount, StoreError};
use crate::state::Pauses;

use foresee::Ledgers;
use live::Seen;

pub use adopt::adopt;
pub use around::committed;
pub(crate) use around::standing;
pub use backtest::{Asked, Backtest, BacktestError, BudgetPath, Paused, Rested, backtest};
pub(crate) use live::live;
pub use live::{Watched, is_ending, written};
pub use numbers::{AccountNumbers, Basis, Looked, Question};
pub use promote::held_back;
pub use store::{Baselines, Keep, RunStore, RunStoreError, Spendable};
pub use task::{Stage, Task, TaskWrite, tasks};
use walls::put_walls;
pub(crate) use walls::sums_of;
pub use walls::{see, spendable};

/// What rules are run on.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// What is wanted.
    pub desired: &'a Desired,
    /// The rules.
    pub rules: &'a [Rule],
    /// What platforms tell.
    pub schemas: &'a Schemas,
    /// What the kill switch stops.
    pub pauses: &'a Pauses,
    /// Ids remembered from earlier applies.
    pub remembered: &'a BTreeMap<Address, ExternalId>,
}

impl<'a> World<'a> {
    /// The accounts that a rule reaches.
    pub fn accounts(&self) -> impl Iterator<Item = &'a DesiredAccount> {
        let rules = self.rules;
        self.desired.accounts.values().filter(move |account| rules.iter().any(|rule| reaches(rule, account)))
    }

    /// Accounts that a rule reaches and of which not everything was read: no rule looks at them, and their ticks stay
    /// open until they are.
    pub fn unread(&self, observed: &Observed) -> Vec<(&'a AccountKey, String)> {
        let each = self.accounts().filter_map(|account| match observed.accounts.get(&account.key) {
            Some(live) => match &live.coverage {
                Coverage::Complete if live.is_billed_in(account.currency) => None,
                Coverage::Complete => {
                    Some((&account.key, format!("it is not billed in {}", account.currency)))
                }
                Coverage::Partial { because } => Some((&account.key, because.clone())),
            },
            None => Some((&account.key, "it was not read".to_owned())),
        });
        each.collect()
    }

    /// What the rules of an account ask for: windows, levels, and whether it is about conversions.
    fn needs(&self, account: &DesiredAccount) -> (BTreeSet<Window>, BTreeSet<Kind>, bool) {
        let (mut windows, mut levels, mut conversions) = (BTreeSet::new(), BTreeSet::new(), false);
        for rule in self.rules.iter().filter(|rule| reaches(rule, account)) {
            windows.extend(rule.windows.iter().copied());
            conversions |=
                [Metric::Conversions, Metric::Value].iter().any(|one| rule.metrics.contains_key(one));
            // A condition may name what the object lies in.
            levels.extend(match rule.scope.kind {
                Kind::Budget => Vec::new(),
                Kind::Campaign => vec![Kind::Campaign],
                Kind::AdGroup => vec![Kind::Campaign, Kind::AdGroup],
                Kind::Ad => vec![Kind::AdGroup, Kind::Ad],
            });
        }
        (windows, levels, conversions)
    }
}

/// Whether a rule looks at an account.
pub fn reaches(rule: &Rule, account: &DesiredAccount) -> bool {
    let scope = &rule.scope;
    rule.key.namespace == account.key.namespace
        && (scope.accounts.is_empty() || scope.accounts.contains(&account.key.name))
        && (scope.platforms.is_empty() || scope.platforms.contains(&account.platform))
}

/// What rules ask for and the platform of an account in their scope does not have: metrics that it does not tell.
pub fn untold(rules: &[Rule], desired: &Desired, schemas: &Schemas) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in rules {
        for account in desired.accounts.values().filter(|account| reaches(rule, account)) {
            let Some(schema) = schemas.get(&account.platform) else { continue };
            let reached = ReachedAccount {
                key: account.key.clone(),
                platform: account.platform,
                currency: account.currency,
            };
            found.extend(adplane_core::rules::untold(rule, &reached, schema.metrics));
        }
    }
    found
}

/// Fields whose value a person's override put in force.
fn overridden(desired: &Desired) -> impl Iterator<Item = ((Address, CompactString), Hold)> {
    let theirs = desired
        .overlays
        .settled
        .iter()
        .filter(|settled| settled.overlay.rule.is_none() && settled.standing == Standing::InForce);
    theirs.map(|settled| {
        let overlay = &settled.overlay;
        let reason =
            overlay.reason.clone().unwrap_or_else(|| format!("it is in force until {}", overlay.expires));
        let field = CompactString::from(overlay.setting.path().as_str());
        let hold = Hold { by: format!("override `{}`", overlay.name), reason };
        ((settled.address.clone(), field), hold)
    })
}

/// An account as the metrics store knows it.
pub fn store_account(account: &DesiredAccount) -> StoreAccount {
    StoreAccount::from(account)
}

/// What rules see at an instant: what is live, with the numbers that the store knows of it.
///
/// An account that was not read whole, or is not billed as it is declared, is left out: on a part of it ranks, shares and
/// guards would be others, so that its
/// ticks wait until all of it is read ([`World::unread`]).
pub async fn snapshot(
    world: World<'_>,
    observed: &Observed,
    store: &dyn MetricStore,
    now: Timestamp,
) -> Result<Snapshot, StoreError> {
    let mut snapshot = empty(now);
    snapshot.overridden.extend(overridden(world.desired));
    snapshot.guards = Guards::of(&world.desired.spend_guard, world.schemas);
    for account in world.accounts() {
        let Some(live) = around::whole(account, observed) else { continue };
        let Seen { objects, strangers } = live::live(world.desired, account, live, world.remembered, now);
        let mut ledgers = Ledgers::default();
        add(world, account, objects, &mut snapshot, (store, Basis::Known, &mut ledgers)).await?;
        snapshot.strangers.insert(account.key.clone(), strangers);
    }
    around::put_others(world.desired, &mut snapshot, |account| {
        around::live_of(world.desired, account, (observed, now), world.remembered)
    });
    around::put_in_force(world.desired, &mut snapshot);
    Ok(snapshot)
}

/// A snapshot without accounts.
pub(crate) fn empty(now: Timestamp) -> Snapshot {
    Snapshot {
        id: now.to_string(),
        now,
        accounts: BTreeMap::new(),
        objects: BTreeMap::new(),
        forecasts: Forecasts::default(),
        signals: BTreeMap::new(),
        pending: BTreeSet::new(),
        coming: Vec::new(),
        crowded: BTreeMap::new(),
        overridden: BTreeMap::new(),
        guards: Guards::default(),
        others: BTreeMap::new(),
        strangers: BTreeMap::new(),
    }
}

/// Adds an account with its objects and numbers; tells how its numbers were known.
pub(crate) async fn add(
    world: World<'_>,
    account: &DesiredAccount,
    mut watched: BTreeMap<Address, Watched>,
    snapshot: &mut Snapshot,
    (store, basis, ledgers): (&dyn MetricStore, Basis, &mut Ledgers),
) -> Result<Looked, StoreError> {
    let now = snapshot.now;
    let (windows, levels, conversions) = world.needs(account);
    let mut numbers = AccountNumbers::default();
    let of_store = store_account(account);
    let mut unit = account.currency.minor_unit_micros();
    if let Some(schema) = world.schemas.get(&account.platform) {
        unit = (schema.amount_step)(account.currency);
        let (windows, levels) = (&windows, &levels);
        let question =
            Question { store, account: &of_store, schema, now, basis, windows, levels, conversions };
        numbers = question.answer(&mut watched).await?;
        let wanted = foresee::Wanted::of(world.rules, account);
        numbers.looked.later +=
            ledgers.foresee(&question, &wanted, (&account.key, &watched), snapshot).await?;
    }
    let state = AccountState {
        platform: account.platform,
        currency: account.currency,
        unit,
        zone: account.zone.clone(),
        windows: numbers.windows,
        killed: live::killed(account, world.pauses),
        frozen: live::frozen(world.desired, account, now),
        halted: None,
        baseline: None,
        usual: numbers.usual,
    };
    snapshot.accounts.insert(account.key.clone(), state);
    for (address, one) in watched {
        let mut state = one.state;
        live::settle_at(world.desired, &address, &mut state, now);
        state.hold = live::held(world.desired, account, &address, &state, world.pauses, now);
        snapshot.objects.insert(address, state);
    }
    Ok(numbers.looked)
}

/// Runs what is due once as if it could act, and records it; nothing is carried out.
pub fn rehearse(
    rules: &[Rule],
    snapshot: &mut Snapshot,
    spendable: &BTreeMap<AccountKey, Spendable>,
    store: &mut RunStore,
) -> Result<Run, RunStoreError> {
    store.tick(snapshot.now, spendable, |memory: &Memory, baselines: &Baselines| {
        put_walls(snapshot, spendable, baselines, memory);
        adplane_core::rules::rehearse(rules, snapshot, memory)
    })
}

/// Runs what is due, and records it together with what is to be done and what people are asked. Nothing is carried out.
///
/// Rules leave an account alone that was not read whole: what they do not see they might be wrong about.
pub fn decide(
    rules: &[Rule],
    snapshot: &mut Snapshot,
    observed: &Observed,
    store: &mut RunStore,
    keep: Keep,
) -> Result<(Run, Vec<Task>), RunStoreError> {
    let spendable = spendable(snapshot, observed);
    store.decide(snapshot.now, &spendable, keep, |memory, baselines, known| {
        put_walls(snapshot, &spendable, baselines, memory);
        see(snapshot, observed, memory, known);
        let mut run = adplane_core::rules::run(&promote::gated(rules, memory), snapshot, memory);
        promote::count(&mut run, rules, memory, snapshot);
        let timeout = |intent: &Intent| {
            let rule = rules.iter().find(|rule| rule.key == intent.rule);
            rule.map_or(SignedDuration::ZERO, |rule| rule.approval.timeout)
        };
        let new = tasks(&run, timeout);
        (run, new)
    })
}

/// What a rule wants by now of the object of one of its tasks, and what would become of it. What the accounts' days began
/// with is recorded, and nothing else.
///
/// `rules` are all there are: what another one wants paused is not resumed.
pub fn reconsider(
    (rule, rules): (&Rule, &[Rule]),
    task: &Task,
    snapshot: &mut Snapshot,
    observed: &Observed,
    store: &mut RunStore,
) -> Result<Reconsidered, RunStoreError> {
    let (spendable, now) = (spendable(snapshot, observed), snapshot.now);
    let mut found = Reconsidered::Unclear("nobody asked it".to_owned());
    store.decide(now, &spendable, Keep::Walls, |memory, baselines, known| {
        put_walls(snapshot, &spendable, baselines, memory);
        let others: Vec<Task> = known.iter().filter(|other| other.digest != task.digest).cloned().collect();
        see(snapshot, observed, memory, &others);
        let object = &task.intent.object;
        // One that waits for its days in shadow keeps nothing paused either.
        let rules = promote::gated(rules, memory);
        found = adplane_core::rules::reconsider(rule, &rules, snapshot, memory, object);
        (nothing(adplane_core::rules::with_mornings(snapshot, memory)), Vec::new())
    })?;
    Ok(found)
}

/// Shows a snapshot what the store knows of this instant, for what is decided outside of a run: what each account's day
/// began with, and what is on its way. Nothing is recorded.
pub fn stand(
    snapshot: &mut Snapshot,
    observed: &Observed,
    store: &mut RunStore,
) -> Result<(), RunStoreError> {
    let (spendable, now) = (spendable(snapshot, observed), snapshot.now);
    store.decide(now, &spendable, Keep::Nothing, |memory, baselines, known| {
        put_walls(snapshot, &spendable, baselines, memory);
        see(snapshot, observed, memory, known);
        (nothing(memory.clone()), Vec::new())
    })?;
    Ok(())
}

/// A run in which nothing was due.
fn nothing(memory: Memory) -> Run {
    Run { runs: Vec::new(), decisions: Vec::new(), notices: Vec::new(), memory }
}

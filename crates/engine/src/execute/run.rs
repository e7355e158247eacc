//! The whole execution: guard, then every account's waves side by side, then the records.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

use adplane_core::address::{AccountKey, Address};
use adplane_core::observed::{Coverage, Observed, ObservedAccount};
use adplane_core::overlay;
use adplane_core::plan::{Action, Change, Operation, Plan, Step, Wave};

use super::account::{Account, Ledger};
use super::gate::{self, Gate};
use super::kin::Kin;
use super::record::Recorder;
use super::settle;
use super::together;
use super::verify::{self, Moment};
use super::wave;
use super::{ApplyReport, ChangeResult, ExecuteError, Execution, Failure, guard};
use crate::history;
use crate::observe;
use crate::port::{Outcome, WorkItem};
use crate::state::{Bindings, Entry, Holder, Intent, Journal, StateError};

/// Carries out an approved plan.
///
/// # Errors
/// Only when nothing was written; afterwards the report tells what became of each change.
pub async fn execute(execution: &Execution<'_>) -> Result<ApplyReport, ExecuteError> {
    let holder = Holder::here(&execution.run.actor, execution.plan.hash(), execution.clock.now());
    let _lock = execution.state.lock(&holder)?;
    let journal = execution.state.journal();
    settle::wait_for_unfinished(&journal, execution.clock).await;
    let plan = execution.plan.plan();
    if execution.run.intent == Intent::Apply {
        let moved = overlay::moved(plan, &execution.state.overrides().all()?);
        if !moved.is_empty() {
            return Err(ExecuteError::Stale(moved));
        }
    }
    gate::start(execution, plan)?;
    let observed = reread_accounts(execution, plan).await?;
    let stale = guard::stale(plan, &observed);
    if !stale.is_empty() {
        return Err(ExecuteError::Stale(explained(execution, &stale, &observed).await));
    }
    if (execution.interrupted)() {
        return Err(ExecuteError::Interrupted);
    }
    let evidence = execution.plan.still_stands(execution.clock.now())?;
    let recorder = Recorder::begin(execution, &journal, &evidence)?;
    journal.begin(execution.plan.hash(), execution.clock.now())?;
    let writes = AtomicU64::new(1);
    let lapsed = OnceLock::new();
    let mut bindings = execution.state.bindings();
    let runs = observed.accounts.into_iter().filter_map(|(key, account)| {
        let adapter = execution.adapters.get(&key)?.clone();
        let account_run = Account {
            execution,
            key,
            adapter,
            journal: &journal,
            recorder: &recorder,
            writes: &writes,
            lapsed: &lapsed,
        };
        Some(run_account(account_run, account, plan, &bindings))
    });
    let ledgers = futures::future::join_all(runs).await;
    let mut report = ApplyReport::default();
    for ledger in ledgers {
        merge(plan, ledger, &mut report, &mut bindings);
    }
    report.lapsed = lapsed.into_inner();
    report.interrupted &= report.lapsed.is_none();
    if let Err(trouble) = finish(execution, &journal, &recorder, &report, &bindings) {
        report.trouble.get_or_insert(trouble);
    }
    Ok(report)
}

/// What differs, and who changed it where the platforms tell.
async fn explained(execution: &Execution<'_>, stale: &[guard::Stale], observed: &Observed) -> Vec<String> {
    let accounts: BTreeSet<AccountKey> = stale.iter().map(|found| found.account().clone()).collect();
    let history = history::read(execution.adapters, accounts, execution.clock.now()).await;
    let zones = observed.accounts.iter();
    let zones = zones
        .filter_map(|(key, account)| Some((key.clone(), account.facts.as_ref()?.zone.clone())))
        .collect();
    stale.iter().map(|found| found.told(&history, &zones)).collect()
}

/// Re-reads the accounts that the plan writes to, in bulk.
async fn reread_accounts(execution: &Execution<'_>, plan: &Plan) -> Result<Observed, ExecuteError> {
    let touched: BTreeSet<AccountKey> =
        plan.steps.iter().map(|step| plan.changes[step.change].address.account_key()).collect();
    let requests = touched
        .iter()
        .map(|key| (key.clone(), execution.requests.get(key).cloned().unwrap_or_default()))
        .collect();
    let observed = observe::observe(execution.adapters, &requests).await;
    for (key, account) in &observed.accounts {
        // What is seen can be stopped even where not everything is.
        let stops = execution.run.intent == Intent::Pause && !account.objects.is_empty();
        if let Coverage::Partial { because } = &account.coverage
            && !stops
        {
            return Err(ExecuteError::Unreadable(format!("account {key} could not be read: {because}")));
        }
    }
    Ok(observed)
}

async fn run_account(
    account: Account<'_>,
    observed: ObservedAccount,
    plan: &Plan,
    bindings: &Bindings,
) -> Ledger {
    let mut ledger = Ledger::new(account.key.clone());
    ledger.see(observed);
    let own = |address: &Address| address.account_key() == account.key;
    for change in
        plan.changes.iter().filter(|change| own(&change.address) && change.action != Action::Replace)
    {
        if let Some(id) = &change.id {
            ledger.ids.insert(change.address.clone(), id.clone());
        }
    }
    let steps: Vec<&Step> =
        plan.steps.iter().filter(|step| own(&plan.changes[step.change].address)).collect();
    let mut read_back = None;
    for group in steps.chunk_by(|a, b| at_once(plan, a, b)) {
        let Some(wave) = group.first().map(|step| step.wave) else { continue };
        if account.is_halted() {
            ledger.stop(&account);
            break;
        }
        // Everything before has been written: look at it before money may go up.
        let due = match read_back {
            None => wave >= Wave::Raise,
            Some(before) => wave > Wave::CreateBelow && before <= Wave::CreateBelow && ledger.created_below,
        };
        if due && ledger.stored > 0 {
            verify::verify(&account, plan, &mut ledger, Moment::Midway).await;
            read_back = Some(wave);
        }
        run_wave(&account, plan, wave, group, bindings, &mut ledger).await;
        if ledger.trouble.is_some() {
            break;
        }
    }
    if ledger.unverified && ledger.stopped.is_none() && ledger.trouble.is_none() {
        verify::verify(&account, plan, &mut ledger, Moment::End).await;
    }
    ledger
}

/// Whether steps may be sent together: those of one wave, but objects that go do so kind by kind.
fn at_once(plan: &Plan, a: &Step, b: &Step) -> bool {
    let kind = |step: &Step| plan.changes[step.change].address.kind;
    a.wave == b.wave && (a.wave != Wave::Retire || kind(a) == kind(b))
}

/// Why nothing more is sent once the journal cannot be written: an intent must be durable first.
const NO_RECORDS: &str = "local records could not be written";

/// Rounds of one wave: a lost answer that is settled late lets what depends on it run in the next round.
const ROUNDS: u32 = 3;

async fn run_wave(
    account: &Account<'_>,
    plan: &Plan,
    wave: Wave,
    steps: &[&Step],
    bindings: &Bindings,
    ledger: &mut Ledger,
) {
    let mut remaining: Vec<&Step> = steps.to_vec();
    for round in 0..ROUNDS {
        let kin = Kin::new(&plan.changes, &ledger.ids, &ledger.live);
        let (held_back, mut above) = (kin.above_failed(ledger), kin.below_failed(ledger));
        above.extend(together::beside_failed(&plan.changes, ledger));
        let mut gate = Gate::now(account.execution);
        let mut ready = Vec::with_capacity(remaining.len());
        for step in remaining {
            let change = &plan.changes[step.change];
            match obstacle(change, step, (&held_back, &above), ledger).or_else(|| gate.held(change, step)) {
                Some(because) => {
                    ledger.skipped.entry(change.address.clone()).or_insert(because);
                }
                None => ready.push(step),
            }
        }
        if ready.is_empty() {
            return;
        }
        if round == 0 {
            account.execution.progress.wave(wave, ready.len());
        }
        let (outcomes, held, trouble) = {
            let items: Vec<WorkItem<'_>> =
                ready.iter().map(|step| work_item(account, plan, step, bindings, ledger)).collect();
            let mut ran = wave::run(account, &items).await;
            let later = settle::settle(account, &items, &mut ran.outcomes).await;
            (ran.outcomes, ran.held, ran.trouble.or(later))
        };
        for (index, because) in held {
            let address = &plan.changes[ready[index].change].address;
            ledger.skipped.entry(address.clone()).or_insert(because);
        }
        let progressed = !outcomes.is_empty();
        remaining = record(plan, &ready, outcomes, ledger);
        ledger.trouble = trouble;
        let ended = ledger.trouble.is_some() || account.is_halted();
        if remaining.is_empty() || !progressed || ended {
            break;
        }
    }
    let halted = account.is_halted();
    if halted && !remaining.is_empty() {
        ledger.stop(account);
    }
    for step in remaining {
        let because = match (&ledger.trouble, halted) {
            (Some(_), _) => NO_RECORDS,
            (None, true) => account.why_halted(),
            (None, false) => "what it depends on failed",
        };
        ledger.skipped.entry(plan.changes[step.change].address.clone()).or_insert_with(|| because.into());
    }
}

/// Why a step must not run, if so.
fn obstacle(
    change: &Change,
    step: &Step,
    (held_back, above): (&BTreeSet<Address>, &HashMap<Address, Address>),
    ledger: &Ledger,
) -> Option<String> {
    if ledger.failed.contains_key(&change.address) {
        return Some("an earlier write of it failed".into());
    }
    if let Some(because) = ledger.skipped.get(&change.address) {
        return Some(because.clone());
    }
    if step.operation == Operation::Create
        && let Some(parent) = [&change.parent, &change.budget].into_iter().flatten().find(|reference| {
            ledger.failed.contains_key(*reference) || ledger.skipped.contains_key(*reference)
        })
    {
        return Some(format!("{} was not created", parent.short()));
    }
    let enables = matches!(step.operation, Operation::Enable);
    if enables && held_back.contains(&change.address) {
        return Some("it stays paused because something below it failed".to_owned());
    }
    let cause = above.get(&change.address).filter(|_| enables || step.wave == Wave::Raise)?;
    Some(format!("it must not spend more while {} is not as planned", cause.short()))
}

fn work_item<'a>(
    account: &Account<'_>,
    plan: &'a Plan,
    step: &'a Step,
    bindings: &Bindings,
    ledger: &'a Ledger,
) -> WorkItem<'a> {
    let change = &plan.changes[step.change];
    let target = match step.operation {
        Operation::Create => None,
        Operation::Supersede => change.id.as_ref(),
        Operation::PauseSuperseded { ref id } | Operation::DeleteSuperseded { ref id } => Some(id),
        Operation::Update { .. }
        | Operation::Enable
        | Operation::Pause
        | Operation::Release
        | Operation::Delete => ledger.ids.get(&change.address).or(change.id.as_ref()),
    };
    let being_made = |address: &Address| {
        plan.changes
            .binary_search_by(|other| other.address.cmp(address))
            .is_ok_and(|index| matches!(plan.changes[index].action, Action::Create | Action::Replace))
    };
    let parent = change.parent.as_ref().and_then(|address| {
        let known = ledger.ids.get(address).cloned();
        if known.is_some() || being_made(address) { known } else { change.parent_id.clone() }
    });
    let budget = change.budget.as_ref().and_then(|address| {
        let known = ledger.ids.get(address).cloned();
        if known.is_some() || being_made(address) { known } else { change.budget_id.clone() }
    });
    WorkItem {
        step,
        change,
        live: target.and_then(|id| ledger.live.get(id)),
        parent: parent.or_else(|| change.parent_id.clone().filter(|_| change.parent.is_none())),
        budget,
        written: ledger.updated.get(&change.address),
        request_seed: wave::request_seed(
            account.execution.plan.hash(),
            change,
            step,
            bindings.generation(&change.address),
        ),
    }
}

/// Records outcomes; returns the steps that have none.
fn record<'a>(
    plan: &Plan,
    steps: &[&'a Step],
    outcomes: wave::Outcomes,
    ledger: &mut Ledger,
) -> Vec<&'a Step> {
    let mut seen = BTreeSet::new();
    for (index, outcome) in outcomes {
        seen.insert(index);
        let step = steps[index];
        let address = &plan.changes[step.change].address;
        match outcome {
            Outcome::Done(id) => {
                ledger.stored += 1;
                match (&step.operation, id) {
                    (Operation::Create, Some(id)) => {
                        ledger.ids.insert(address.clone(), id.clone());
                        ledger.created.insert(address.clone(), id);
                        ledger.unverified = true;
                        ledger.created_below |= step.wave == Wave::CreateBelow;
                    }
                    (Operation::Update { paths }, _) => {
                        ledger.updated.entry(address.clone()).or_default().extend(paths.iter().cloned());
                        ledger.unverified = true;
                    }
                    _ => {}
                }
            }
            Outcome::Failed(error) => {
                ledger.failed.entry(address.clone()).or_insert(Failure::Platform(error));
            }
            Outcome::Unknown(error) => {
                ledger.failed.entry(address.clone()).or_insert(Failure::Unclear(error));
            }
        }
    }
    steps.iter().enumerate().filter(|(index, _)| !seen.contains(index)).map(|(_, step)| *step).collect()
}

fn merge(plan: &Plan, ledger: Ledger, report: &mut ApplyReport, bindings: &mut Bindings) {
    for (address, id) in &ledger.ids {
        bindings.remember(address, id, ledger.created.contains_key(address));
    }
    let touched: BTreeSet<usize> = plan.steps.iter().map(|step| step.change).collect();
    let own = |address: &Address| address.account_key() == ledger.account;
    for address in touched.iter().map(|index| &plan.changes[*index].address).filter(|address| own(address)) {
        let result = if let Some(failure) = ledger.failed.get(address) {
            ChangeResult::Failed(failure.clone())
        } else if let Some(because) = ledger.skipped.get(address) {
            ChangeResult::Skipped { because: because.clone() }
        } else if ledger.trouble.is_some() {
            ChangeResult::Skipped { because: NO_RECORDS.into() }
        } else if let Some(because) = ledger.stopped {
            ChangeResult::Skipped { because: because.into() }
        } else {
            ChangeResult::Applied
        };
        report.results.insert(address.clone(), result);
    }
    report.created.extend(ledger.created);
    report.writes += ledger.stored;
    report.interrupted |= ledger.stopped.is_some();
    if let Some(trouble) = ledger.trouble {
        report.trouble.get_or_insert(trouble);
    }
}

fn finish(
    execution: &Execution<'_>,
    journal: &Journal,
    recorder: &Recorder,
    report: &ApplyReport,
    bindings: &Bindings,
) -> Result<(), StateError> {
    execution.state.save_bindings(bindings)?;
    let at = execution.clock.now();
    recorder.end(at, report)?;
    // A write that is still unclear keeps the journal open, so that the next run gives it time to show.
    let unclear = |result: &ChangeResult| matches!(result, ChangeResult::Failed(Failure::Unclear(_)));
    if report.results.values().any(unclear) {
        return Ok(());
    }
    journal.append(&[Entry::End { at }])
}

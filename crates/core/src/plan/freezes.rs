//! Which freeze windows touch a plan, and which of its changes must wait now.
//!
//! The windows are content: they are in the document and its hash, so that a saved plan is gated wherever it is
//! applied. That a change must wait now follows from them and the clock, so it never moves the hash.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Operation, Step, Wave};
use super::input::PlanInput;
use super::{Action, Plan};
use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::freeze::{Freeze, FreezeWindow, Frozen, Gate, Labels, effective_labels};
use crate::value::Value;

/// Whether a step can only lower spend: it pauses, or writes amounts that go down.
///
/// Looks at the values and not only at the wave, so that a plan from elsewhere cannot name a raise a lowering.
pub fn lowers_spend(change: &Change, step: &Step) -> bool {
    match &step.operation {
        Operation::Pause | Operation::PauseSuperseded { .. } => true,
        Operation::Update { paths } => {
            let lower = |path: &str| {
                let field = change.field(path)?;
                let before = field.before.as_ref().and_then(Value::as_money)?;
                let after = field.after.as_ref().and_then(Value::as_money)?;
                Some(before.currency() == after.currency() && after <= before)
            };
            step.wave == Wave::Lower
                && !paths.is_empty()
                && paths.iter().all(|path| lower(path.as_str()) == Some(true))
        }
        Operation::Create
        | Operation::Enable
        | Operation::Supersede
        | Operation::Release
        | Operation::Delete
        | Operation::DeleteSuperseded { .. } => false,
    }
}

/// Fills in the windows that touch the plan, what must wait now, and the labels of what changes.
pub(super) fn freezes(input: &PlanInput<'_>, plan: &mut Plan) {
    plan.labels = labels(input, plan);
    plan.freezes = input.desired.freezes.iter().filter_map(|window| touching(input, plan, window)).collect();
    plan.freezes.sort_by(|a, b| a.window.cmp(&b.window));
    let mut gate = Gate::new(&plan.freezes, input.now);
    let mut frozen = BTreeMap::new();
    for step in &plan.steps {
        let change = &plan.changes[step.change];
        if let Some(found) = gate.frozen(&change.address, lowers_spend(change, step)) {
            frozen.entry(change.address.clone()).or_insert(found);
        }
    }
    plan.diagnostics.extend(diagnostics(input, &frozen));
    plan.frozen = frozen;
}

fn labels(input: &PlanInput<'_>, plan: &Plan) -> BTreeMap<Address, Labels> {
    let writing = plan.changes.iter().filter(|change| change.action.writes());
    let labelled = writing.filter_map(|change| {
        let object = input.desired.object(&change.address)?;
        Some((change.address.clone(), effective_labels(input.desired, object)))
    });
    labelled.filter(|(_, labels)| !labels.is_empty()).collect()
}

fn touching(input: &PlanInput<'_>, plan: &Plan, window: &FreezeWindow) -> Option<Freeze> {
    let covers = |change: &Change| window.covers(&change.address.account_key(), change.address.platform);
    let labelled = |change: &Change| {
        let labels = plan.labels.get(&change.address);
        let carries = |(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value);
        window.matches.labels.iter().all(carries)
    };
    let touched: BTreeSet<Address> = plan
        .changes
        .iter()
        .filter(|change| change.action.writes() && covers(change) && labelled(change))
        .map(|change| change.address.clone())
        .collect();
    let accounts: BTreeMap<_, _> = touched
        .iter()
        .map(Address::account_key)
        .filter_map(|key| {
            let zone = input.desired.accounts.get(&key)?.zone.clone();
            Some((key, zone))
        })
        .collect();
    (!accounts.is_empty()).then(|| Freeze {
        window: window.key(),
        rules: window.rules.clone(),
        allow: window.allow,
        reason: window.reason.clone(),
        accounts,
        changes: (!window.matches.labels.is_empty()).then_some(touched),
    })
}

/// One finding per window and account, at the window.
fn diagnostics(input: &PlanInput<'_>, frozen: &BTreeMap<Address, Frozen>) -> Vec<Diagnostic> {
    let mut waiting: BTreeMap<(String, &Frozen), usize> = BTreeMap::new();
    for (address, found) in frozen {
        *waiting.entry((address.account_key().to_string(), found)).or_default() += 1;
    }
    let told = waiting.into_iter().map(|((account, found), count)| {
        let changes = if count == 1 { "1 change waits".to_owned() } else { format!("{count} changes wait") };
        let message = format!("account {account} is {found}: {changes}");
        let origin = input.desired.freezes.iter().find(|window| window.key() == found.window);
        let origin = origin.and_then(|window| window.origin.as_ref());
        match &found.until {
            Some(_) => Diagnostic::warning("frozen", message).at(origin).hint("apply after the opening"),
            None => Diagnostic::error("freeze-never-opens", message)
                .at(origin)
                .hint("give the windows an end; together they never open"),
        }
    });
    told.collect()
}

/// Whether anything of a change may be written outside its freeze only.
pub(super) fn waits(change: &Change, frozen: &BTreeMap<Address, Frozen>) -> Option<Frozen> {
    (change.action != Action::None).then(|| frozen.get(&change.address).cloned())?
}

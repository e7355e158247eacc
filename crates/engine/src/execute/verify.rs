//! Reads back what was created before anything is enabled (decision 7).

use std::collections::HashSet;
use std::time::Duration;

use adplane_core::address::Address;
use adplane_core::field::FieldSource;
use adplane_core::observed::ObservedObject;
use adplane_core::plan::{Change, Operation, Plan, Wave};
use adplane_core::schema::{OnChange, PlatformSchema};

use super::Failure;
use super::run::{Account, Ledger};

/// Platforms show a new object after some seconds at most; then it counts as missing.
const READS: u32 = 4;
const BETWEEN_READS: Duration = Duration::from_millis(1500);

/// Re-reads the account and marks what was created but differs or is missing as failed.
pub(super) async fn verify(account: &Account<'_>, plan: &Plan, ledger: &mut Ledger) {
    let schema = account.adapter.schema();
    for attempt in 1..=READS {
        if let Some(observed) = account.reread().await {
            ledger.see(observed);
        }
        let problems = differences(plan, ledger, schema);
        if problems.is_empty() {
            return;
        }
        if attempt == READS {
            for (change, differences) in problems {
                let failure = Failure::ReadBack { differences };
                ledger.failed.entry(change.address.clone()).or_insert(failure);
            }
            return;
        }
        tokio::time::sleep(BETWEEN_READS).await;
    }
}

fn differences<'a>(
    plan: &'a Plan,
    ledger: &Ledger,
    schema: &'static PlatformSchema,
) -> Vec<(&'a Change, Vec<String>)> {
    let created = plan
        .changes
        .iter()
        .filter(|change| !ledger.failed.contains_key(&change.address))
        .filter_map(|change| Some((change, ledger.created.get(&change.address)?)));
    let unfinished = parents_to_come(plan);
    created
        .filter_map(|(change, id)| {
            let waits = change.parent.as_ref().is_some_and(|parent| unfinished.contains(parent));
            let found = match ledger.live.get(id) {
                None => vec![format!("id {id} is not there")],
                // What it shows may depend on what its parent is about to get, such as a strategy.
                Some(_) if waits => Vec::new(),
                Some(live) => compare(change, live, schema),
            };
            (!found.is_empty()).then_some((change, found))
        })
        .collect()
}

/// Objects that are still to be updated after the read-back.
fn parents_to_come(plan: &Plan) -> HashSet<&Address> {
    let later = plan.steps.iter().filter(|step| step.wave >= Wave::Raise);
    later
        .filter(|step| matches!(step.operation, Operation::Update { .. }))
        .map(|step| &plan.changes[step.change].address)
        .collect()
}

fn compare(change: &Change, live: &ObservedObject, schema: &'static PlatformSchema) -> Vec<String> {
    let Some(kind) = schema.kind(change.address.kind) else { return Vec::new() };
    let compared = change.fields.iter().filter(|field| {
        field.source != FieldSource::CreateDefault
            && !matches!(field.path.as_str(), "state" | "budget.ref")
            && kind.field(field.path.as_str()).on_change != OnChange::Unreadable
    });
    compared
        .filter(|field| live.fields.get(&field.path) != field.after.as_ref())
        .map(|field| {
            let shown = |value: Option<&adplane_core::value::Value>| {
                value.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"))
            };
            format!(
                "{}: wanted {}, live {}",
                field.path,
                shown(field.after.as_ref()),
                shown(live.fields.get(&field.path))
            )
        })
        .collect()
}

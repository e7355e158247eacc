//! Reads back what was created before anything is enabled (decision 7).

use std::time::Duration;

use adplane_core::field::FieldSource;
use adplane_core::observed::ObservedObject;
use adplane_core::plan::{Change, Plan};
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
    created
        .filter_map(|(change, id)| {
            let found = match ledger.live.get(id) {
                None => vec![format!("id {id} is not there")],
                Some(live) => compare(change, live, schema),
            };
            (!found.is_empty()).then_some((change, found))
        })
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

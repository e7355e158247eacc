//! Reads back what was written: before anything is enabled (decision 7), and whatever came after at the end.
//!
//! Platforms drop values without an error (an audience that is not available, targeting outside a mode): what
//! did not stick is told with its field, not found by somebody's next plan.

use std::collections::HashSet;
use std::time::Duration;

use adplane_core::address::Address;
use adplane_core::field::FieldSource;
use adplane_core::observed::ObservedObject;
use adplane_core::plan::{Change, FieldChange, Operation, Plan, Wave};
use adplane_core::schema::{OnChange, PlatformSchema};

use super::account::{Account, Ledger};
use super::{Failure, Unkept};

/// Platforms show a new object after some seconds at most; then it counts as missing.
const READS: u32 = 4;
const BETWEEN_READS: Duration = Duration::from_millis(1500);

/// When the read-back happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before money may go up.
    Midway,
    /// After everything.
    End,
}

/// Re-reads the account and marks what was written but differs or is missing as failed.
pub(super) async fn verify(account: &Account<'_>, plan: &Plan, ledger: &mut Ledger, moment: Moment) {
    let schema = account.adapter.schema();
    ledger.unverified = false;
    for attempt in 1..=READS {
        if let Some(observed) = account.reread().await {
            ledger.see(observed);
        }
        let problems = differences(plan, ledger, schema, moment);
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
    moment: Moment,
) -> Vec<(&'a Change, Vec<Unkept>)> {
    let unfinished = if moment == Moment::Midway { parents_to_come(plan) } else { HashSet::new() };
    let written = plan.changes.iter().filter(|change| !ledger.failed.contains_key(&change.address));
    let found = written.filter_map(|change| {
        let address = &change.address;
        let waits = change.parent.as_ref().is_some_and(|parent| unfinished.contains(parent));
        let unkept = match (ledger.created.get(address), ledger.updated.get(address)) {
            (Some(id), _) => match ledger.live.get(id) {
                None => vec![Unkept { path: None, shown: format!("id {id} is not there") }],
                // What it shows may depend on what its parent is about to get, such as a strategy.
                Some(_) if waits => Vec::new(),
                Some(live) => compare(change, live, schema, |_| true),
            },
            (None, Some(paths)) => {
                let live = ledger.ids.get(address).and_then(|id| ledger.live.get(id));
                live.map(|live| compare(change, live, schema, |field| paths.contains(&field.path)))
                    .unwrap_or_default()
            }
            (None, None) => Vec::new(),
        };
        (!unkept.is_empty()).then_some((change, unkept))
    });
    found.collect()
}

/// Objects that are still to be updated after the read-back.
fn parents_to_come(plan: &Plan) -> HashSet<&Address> {
    let later = plan.steps.iter().filter(|step| step.wave >= Wave::Raise);
    later
        .filter(|step| matches!(step.operation, Operation::Update { .. }))
        .map(|step| &plan.changes[step.change].address)
        .collect()
}

fn compare(
    change: &Change,
    live: &ObservedObject,
    schema: &'static PlatformSchema,
    was_written: impl Fn(&FieldChange) -> bool,
) -> Vec<Unkept> {
    let Some(kind) = schema.kind(change.address.kind) else { return Vec::new() };
    let compared = change.fields.iter().filter(|field| {
        field.source != FieldSource::CreateDefault
            && !matches!(field.path.as_str(), "state" | "budget.ref")
            && was_written(field)
            && kind.field(field.path.as_str()).on_change != OnChange::Unreadable
    });
    compared
        .filter(|field| !is_kept(field, live))
        .map(|field| {
            let shown = |value: Option<&adplane_core::value::Value>| {
                value.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"))
            };
            let (wanted, live) = (shown(field.after.as_ref()), shown(live.fields.get(&field.path)));
            Unkept {
                path: Some(field.path.clone()),
                shown: format!("{}: wanted {wanted}, live {live}", field.path),
            }
        })
        .collect()
}

/// A cleared field may read the platform's own default, but not what it was.
fn is_kept(field: &FieldChange, live: &ObservedObject) -> bool {
    let now = live.fields.get(&field.path);
    match &field.after {
        Some(wanted) => now == Some(wanted),
        None => now.is_none() || now != field.before.as_ref(),
    }
}

#[cfg(test)]
mod tests {
    use adplane_core::address::Kind;
    use adplane_core::field::FieldOwner;
    use adplane_core::ids::ExternalId;
    use adplane_core::value::Value;

    use super::*;

    fn field(before: Option<&str>, after: Option<&str>) -> FieldChange {
        FieldChange {
            path: "targeting.languages".into(),
            before: before.map(Value::text),
            after: after.map(Value::text),
            origin: None,
            source: FieldSource::Declared,
            owner: FieldOwner::Git,
            immutable: false,
            resets_learning: None,
            needs_review: None,
        }
    }

    #[test]
    fn kept_means_as_wanted_or_no_longer_as_before() {
        let live = |value: Option<&str>| {
            let mut live = ObservedObject::new(Kind::AdGroup, ExternalId::new("1").unwrap());
            live.fields.extend(value.map(|value| ("targeting.languages".into(), Value::text(value))));
            live
        };
        assert!(is_kept(&field(Some("es"), Some("fr")), &live(Some("fr"))));
        assert!(!is_kept(&field(Some("es"), Some("fr")), &live(Some("es"))));
        assert!(!is_kept(&field(None, Some("fr")), &live(None)));
        assert!(is_kept(&field(Some("es"), None), &live(None)));
        assert!(is_kept(&field(Some("es"), None), &live(Some("all"))), "the platform's own default");
        assert!(!is_kept(&field(Some("es"), None), &live(Some("es"))));
    }
}

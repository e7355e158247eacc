//! What one decision of a rule put in force together: a budget that is cut, and those that get what is freed.
//!
//! Which changes these are is told by the values in force that a change names: they are part of the plan's content.

use std::collections::{BTreeSet, HashMap};

use adplane_core::address::Address;
use adplane_core::ids::ObjectName;
use adplane_core::plan::{Change, Reason};

use super::account::Ledger;

/// What was decided together with something that failed or was skipped, with that: what it was to get is not free.
pub(super) fn beside_failed(changes: &[Change], ledger: &Ledger) -> HashMap<Address, Address> {
    let mut missing: HashMap<(&ObjectName, &str), &Address> = HashMap::new();
    let failed = |change: &&Change| {
        ledger.failed.contains_key(&change.address) || ledger.skipped.contains_key(&change.address)
    };
    for change in changes.iter().filter(failed) {
        missing.extend(decisions(change).into_iter().map(|decision| (decision, &change.address)));
    }
    if missing.is_empty() {
        return HashMap::new();
    }
    let beside = changes.iter().filter_map(|change| {
        let cause = decisions(change).into_iter().find_map(|decision| missing.get(&decision))?;
        (change.address != **cause).then(|| (change.address.clone(), (*cause).clone()))
    });
    beside.collect()
}

/// Decisions of rules that a change brings to the platform, each by its rule and its evidence.
fn decisions(change: &Change) -> BTreeSet<(&ObjectName, &str)> {
    let each = change.reasons.iter().filter_map(|reason| match reason {
        // What a pool gives is brought to platforms cuts first, over all its accounts.
        Reason::Overlaid(overlaid) if !overlaid.by.pool => {
            Some((overlaid.by.rule.as_ref()?, overlaid.by.evidence.as_deref()?))
        }
        _ => None,
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use adplane_core::field::FieldPath;
    use adplane_core::overlay::{InForce, Overlaid, Overlay};
    use adplane_core::plan::Action;

    use super::*;

    fn address(called: &str) -> Address {
        format!("meta/m/Campaign/shop/{called}").parse().unwrap()
    }

    fn change(called: &str, evidence: Option<&str>, pool: bool) -> Change {
        let by = InForce {
            name: ObjectName::new("move-1").unwrap(),
            rule: Some(ObjectName::new("move").unwrap()),
            pool,
            evidence: evidence.map(str::to_owned),
            expires: Overlay::OPEN_ENDED,
            reason: None,
            origin: None,
        };
        let overlaid = Overlaid {
            path: FieldPath::new("budget.daily"),
            value: "24.00 EUR".to_owned(),
            written: "30.00 EUR".to_owned(),
            asked: None,
            until: String::new(),
            by,
        };
        Change {
            address: address(called),
            display_name: called.to_owned(),
            action: Action::Update,
            class: None,
            id: None,
            superseded: Vec::new(),
            parent: None,
            parent_id: None,
            budget: None,
            budget_id: None,
            marker: None,
            fields: Vec::new(),
            reasons: vec![Reason::Overlaid(Box::new(overlaid))],
            preconditions: Vec::new(),
            origin: None,
        }
    }

    #[test]
    fn what_was_decided_with_a_failure_gets_nothing() {
        let changes = [
            change("bad", Some("sha256:1"), false),
            change("elsewhere", Some("sha256:2"), false),
            change("good", Some("sha256:1"), false),
            change("pooled", Some("sha256:1"), true),
            change("unproven", None, false),
        ];
        let mut ledger = Ledger::new(address("bad").account_key());
        assert_eq!(beside_failed(&changes, &ledger), HashMap::new());
        ledger.skipped.insert(address("bad"), "held".to_owned());
        assert_eq!(beside_failed(&changes, &ledger), HashMap::from([(address("good"), address("bad"))]));
    }
}

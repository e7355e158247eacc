use adplane_core::address::{Address, Kind};
use adplane_core::field::{FieldOwner, FieldPath, FieldSource};
use adplane_core::plan::{Action, Change, FieldChange, Operation, Step, Wave};
use adplane_core::value::Value;
use adplane_engine::port::WorkItem;

use super::plan::{batches, lanes};

fn change(address: &str, parent: Option<&str>) -> Change {
    let address: Address = address.parse().unwrap();
    Change {
        display_name: address.local_name(),
        address,
        action: Action::Create,
        class: None,
        id: None,
        parent: parent.map(|parent| parent.parse().unwrap()),
        parent_id: None,
        superseded: Vec::new(),
        budget: None,
        budget_id: None,
        marker: None,
        fields: Vec::new(),
        reasons: Vec::new(),
        preconditions: Vec::new(),
        origin: None,
    }
}

/// Two campaigns with thirty ad sets each and an ad on each, written children first.
fn tree() -> Vec<Change> {
    let mut changes = Vec::new();
    for ad_set in 0..60 {
        let campaign = format!("meta/m/Campaign/n/c{}", ad_set % 2);
        let address = format!("meta/m/AdGroup/n/g{ad_set}");
        changes.push(change(&format!("meta/m/Ad/n/g{ad_set}/hero"), Some(&address)));
        changes.push(change(&address, Some(&campaign)));
    }
    changes.push(change("meta/m/Campaign/n/c0", None));
    changes.push(change("meta/m/Campaign/n/c1", None));
    changes
}

const CREATE: Step = Step { wave: Wave::Create, change: 0, operation: Operation::Create };

fn items(changes: &[Change]) -> Vec<WorkItem<'_>> {
    changes
        .iter()
        .map(|change| WorkItem {
            step: &CREATE,
            change,
            live: None,
            parent: None,
            budget: None,
            written: None,
            request_seed: 0,
        })
        .collect()
}

#[test]
fn parents_come_first_and_every_item_once() {
    let changes = tree();
    let items = items(&changes);
    let batches = batches(&items);
    let mut seen: Vec<usize> = batches.iter().flat_map(|batch| batch.items.clone()).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..items.len()).collect::<Vec<_>>());
    let batch_of = |address: &Address| {
        batches
            .iter()
            .position(|batch| batch.items.iter().any(|i| items[*i].change.address == *address))
            .unwrap()
    };
    for (number, batch) in batches.iter().enumerate() {
        for parent in batch.items.iter().filter_map(|index| items[*index].change.parent.as_ref()) {
            assert!(batch.after.contains(&batch_of(parent)));
        }
        assert!(batch.after.iter().all(|before| *before < number));
    }
}

/// A bid that the campaign's strategy does not know yet is refused.
#[test]
fn updates_wait_for_those_of_their_parents() {
    let changes = tree();
    let update = Step {
        wave: Wave::Raise,
        change: 0,
        operation: Operation::Update { paths: vec![FieldPath::new("bidding.amount")] },
    };
    let mut items = items(&changes);
    for item in &mut items {
        item.step = &update;
    }
    let batches = batches(&items);
    let place = |address: &Address| {
        batches
            .iter()
            .position(|batch| batch.items.iter().any(|index| items[*index].change.address == *address))
            .unwrap()
    };
    for batch in &batches {
        for parent in batch.items.iter().filter_map(|index| items[*index].change.parent.as_ref()) {
            assert!(batch.after.contains(&place(parent)), "{parent} first");
        }
    }
}

#[test]
fn ad_sets_of_one_campaign_never_run_side_by_side() {
    let changes = tree();
    let items = items(&changes);
    assert_eq!(lanes(&items, Kind::AdGroup).len(), 2);
    assert_eq!(lanes(&items, Kind::Ad).len(), 60);
    let batches = batches(&items);
    let mut last: std::collections::BTreeMap<&Address, usize> = std::collections::BTreeMap::new();
    for (number, batch) in batches.iter().enumerate() {
        let ad_sets = batch.items.iter().map(|index| items[*index].change);
        for change in ad_sets.filter(|change| change.address.kind == Kind::AdGroup) {
            let before = last.insert(change.parent.as_ref().unwrap(), number);
            assert!(before.is_none_or(|before| before == number || batch.after.contains(&before)));
        }
    }
}

fn budget(before: Option<&str>, after: Option<&str>) -> FieldChange {
    let money = |text: &str| Value::Money(text.parse().unwrap());
    FieldChange {
        path: FieldPath::new("budget.daily"),
        before: before.map(money),
        after: after.map(money),
        origin: None,
        source: FieldSource::Declared,
        owner: FieldOwner::Git,
        immutable: false,
        resets_learning: None,
        needs_review: None,
    }
}

#[test]
fn a_campaign_that_gives_up_its_budget_goes_with_its_ad_sets() {
    let mut changes = tree();
    changes.retain(|change| change.address.kind != Kind::Ad);
    for change in &mut changes {
        let gives = change.address.to_string().ends_with("/c0");
        change.fields = match change.address.kind {
            Kind::Campaign if gives => vec![budget(Some("20.00 EUR"), None)],
            Kind::Campaign => vec![budget(Some("20.00 EUR"), Some("30.00 EUR"))],
            _ => vec![budget(None, Some("5.00 EUR"))],
        };
    }
    let update = Step {
        wave: Wave::Raise,
        change: 0,
        operation: Operation::Update { paths: vec![FieldPath::new("budget.daily")] },
    };
    let mut items = items(&changes);
    for item in &mut items {
        item.step = &update;
    }
    let batches = batches(&items);
    let giver = items.iter().position(|item| item.change.address.to_string().ends_with("/c0")).unwrap();
    let together = batches.iter().find(|batch| batch.items.contains(&giver)).unwrap();
    assert_eq!(together.items.len(), 31, "the campaign and its thirty ad sets");
    let all: usize = batches.iter().map(|batch| batch.items.len()).sum();
    assert_eq!(all, items.len());
}

//! Plans of a part: what is held stays, what is named goes.

use super::examples::tree;
use super::world::{World, address, campaign, desired, group, key};
use crate::address::Kind;
use crate::desired::DeletionPolicy;
use crate::field::FieldPath;
use crate::plan::{Action, Held, Plan, Removal, Removals};
use crate::value::Value;

/// One line per change: `create campaign/a`.
fn actions(plan: &Plan) -> Vec<String> {
    let changing = plan.changes.iter().filter(|change| change.action != Action::None);
    changing.map(|change| format!("{} {}", change.action, change.address.short())).collect()
}

#[test]
fn held_objects_are_neither_created_nor_changed() {
    let mut world = World::default();
    world.options.held.hold_object(address(Kind::Campaign, "a"));
    let wanted = desired([campaign("a").daily("10.00 EUR"), campaign("b").daily("10.00 EUR")]);
    assert_eq!(actions(&world.converge(&wanted)), ["create campaign/b"]);

    world.options.held = Held::default();
    world.converge(&wanted);
    world.options.held.hold_object(address(Kind::Campaign, "a"));
    let raised = desired([campaign("a").daily("20.00 EUR"), campaign("b").daily("20.00 EUR")]);
    assert_eq!(actions(&world.plan(&raised)), ["update campaign/b"]);
}

#[test]
fn a_child_waits_for_a_parent_that_is_held_and_missing() {
    let mut world = World::default();
    world.options.held.hold_object(address(Kind::Campaign, "a"));
    let plan = world.plan(&desired([campaign("a"), group("a", "g")]));
    assert_eq!(actions(&plan), ["blocked ad-group/g"]);
}

#[test]
fn held_children_move_along_when_their_parent_is_replaced() {
    let mut world = World::default();
    world.converge(&desired([campaign("a").with("objective", Value::text("Sales")), group("a", "g")]));
    world.options.held.hold_object(address(Kind::AdGroup, "g"));
    let other = desired([campaign("a").with("objective", Value::text("Leads")), group("a", "g")]);
    assert_eq!(actions(&world.plan(&other)), ["replace campaign/a", "replace ad-group/g"]);
}

#[test]
fn held_fields_are_not_compared_but_created() {
    let mut world = World::default();
    world.options.held.hold_field(&address(Kind::Campaign, "a"), &FieldPath::new("budget.daily"));
    let plan = world.converge(&desired([campaign("a").daily("10.00 EUR")]));
    assert!(plan.changes[0].after("budget.daily").is_some(), "a new object gets every field");
    let paused = campaign("a").daily("20.00 EUR").with("state", Value::text("Paused"));
    let plan = world.plan(&desired([paused]));
    let paths: Vec<&str> = plan.changes[0].fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["state"]);
}

#[test]
fn named_objects_are_removed_under_their_name_and_policy_and_nothing_else() {
    for (policy, line) in [(DeletionPolicy::Pause, "delete"), (DeletionPolicy::Orphan, "release")] {
        let mut world = World::default();
        world.converge(&desired([campaign("a").daily("10.00 EUR"), campaign("b").daily("10.00 EUR")]));
        let gone = desired([]);
        let mut removals = Removals::default();
        let named = address(Kind::Campaign, "a");
        let identity = crate::marker::IdentityKey::of(
            &super::world::account_id(),
            &named.namespace,
            Kind::Campaign,
            &named.local_name(),
        );
        removals.insert(&identity, Removal { address: named, policy });
        world.options.removals = Some(removals);
        let plan = world.converge(&gone);
        assert_eq!(actions(&plan), [format!("{line} campaign/a")]);
        assert!(plan.diagnostics.iter().all(|finding| finding.code != "leftover"), "out of scope");
    }
}

#[test]
fn holding_everything_plans_nothing() {
    let mut world = World::default();
    let wanted = tree();
    for address in wanted.accounts[&key()].objects.keys() {
        world.options.held.hold_object(address.clone());
    }
    assert!(!world.plan(&wanted).has_pending());
}

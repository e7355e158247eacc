//! Plans of a part: what is held stays, what is named goes.

use std::collections::BTreeSet;

use super::examples::tree;
use super::world::{World, address, campaign, desired, group, key, shared_budget};
use crate::address::Kind;
use crate::desired::DeletionPolicy;
use crate::field::FieldPath;
use crate::plan::document::{DocumentContext, PlanDocument};
use crate::plan::{Action, Fields, Held, Plan, Removal, Removals, beyond};
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

/// Asks for the removal of objects by name.
fn asked_for(objects: &[(Kind, &str, DeletionPolicy)]) -> Removals {
    let mut removals = Removals::default();
    for (kind, name, policy) in objects {
        let address = address(*kind, name);
        let account = super::world::account_id();
        let identity =
            crate::marker::IdentityKey::of(&account, &address.namespace, *kind, &address.local_name());
        removals.insert(&identity, Removal { address, policy: *policy });
    }
    removals
}

#[test]
fn what_goes_with_its_parent_is_asked_of_the_parent() {
    for (policy, expected) in [
        (DeletionPolicy::Delete, vec!["delete campaign/spring"]),
        // The campaign stays, paused or let go: what lies below it goes by itself.
        (DeletionPolicy::Pause, vec!["delete ad-group/es", "delete campaign/spring"]),
        (DeletionPolicy::Orphan, vec!["delete ad-group/es", "release campaign/spring"]),
    ] {
        let mut world = World::default();
        world.converge(&tree());
        world.options.removals = Some(asked_for(&[
            (Kind::Campaign, "spring", policy),
            (Kind::AdGroup, "es", DeletionPolicy::Delete),
        ]));
        let mut found = actions(&world.plan(&desired([])));
        found.sort();
        assert_eq!(found, expected, "{policy:?}");
    }
}

#[test]
fn a_shared_budget_that_was_asked_for_waits_for_what_draws_on_it() {
    let mut world = World::default();
    let all = desired([shared_budget("pool"), campaign("a").drawing_on("pool")]);
    world.converge(&all);
    let pool = world.objects.iter().find(|object| object.kind == Kind::Budget).unwrap().id.clone();
    for object in world.objects.iter_mut().filter(|object| object.kind == Kind::Campaign) {
        object.budget = Some(pool.clone());
    }
    let budget = (Kind::Budget, "pool", DeletionPolicy::Delete);
    world.options.removals = Some(asked_for(&[budget]));
    world.options.held.hold_object(address(Kind::Campaign, "a"));
    let plan = world.plan(&desired([campaign("a")]));
    assert_eq!(actions(&plan), ["blocked budget/pool"]);
    assert!(plan.steps.is_empty() && plan.diagnostics.is_empty());

    // Paused and no longer written, the campaign draws on it for ever: nobody waits for that.
    world.options.held = Held::default();
    world.options.removals = Some(asked_for(&[budget, (Kind::Campaign, "a", DeletionPolicy::Pause)]));
    let plan = world.plan(&desired([]));
    assert_eq!(actions(&plan), ["delete campaign/a"]);
    assert!(plan.diagnostics.iter().any(|finding| finding.code == "budget-in-use"));

    // Deleted together they go together, and let go it goes at once.
    world.options.removals = Some(asked_for(&[budget, (Kind::Campaign, "a", DeletionPolicy::Delete)]));
    let mut found = actions(&world.plan(&desired([])));
    found.sort();
    assert_eq!(found, ["delete budget/pool", "delete campaign/a"]);
    world.options.removals = Some(asked_for(&[(Kind::Budget, "pool", DeletionPolicy::Orphan)]));
    world.options.held.hold_object(address(Kind::Campaign, "a"));
    assert_eq!(actions(&world.plan(&desired([campaign("a")]))), ["release budget/pool"]);
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

/// What a rule moves is planned, and nothing that differs besides: neither other fields nor other objects, whether they
/// are there, missing or no longer wanted.
#[test]
fn a_plan_of_some_fields_is_about_these_alone() {
    let mut world = World::default();
    world.converge(&desired([
        campaign("a").daily("10.00 EUR"),
        campaign("b").daily("10.00 EUR"),
        campaign("gone"),
    ]));
    let wanted = desired([
        campaign("a").daily("8.00 EUR").with("displayName", Value::text("Renamed")),
        campaign("b").daily("20.00 EUR"),
        campaign("new"),
    ]);
    let fields =
        Fields::from([(address(Kind::Campaign, "a"), BTreeSet::from([FieldPath::new("budget.daily")]))]);
    world.options.prune = true;
    let document = |world: &World| {
        let plan = world.plan(&wanted);
        let context = DocumentContext {
            desired: &wanted,
            observed: &world.observed(),
            engine: "test",
            approvals: None,
        };
        PlanDocument::new(&plan, &context)
    };
    assert!(beyond(&document(&world), &fields).is_some(), "the usual plan is about more");
    world.options.held = Held::all_but(&wanted, &fields);
    world.options.removals = Some(Removals::default());
    let plan = world.plan(&wanted);
    assert_eq!(actions(&plan), ["update campaign/a"]);
    let paths: Vec<&str> =
        plan.changes.iter().flat_map(|one| &one.fields).map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["budget.daily"]);
    assert_eq!(beyond(&document(&world), &fields), None);
}

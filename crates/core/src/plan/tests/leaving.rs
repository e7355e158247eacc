//! What becomes of live objects that are not written any more.

use super::examples::tree;
use super::world::{Wanted, World, campaign, desired, key, lines, shared_budget, steps};
use crate::address::Kind;
use crate::desired::DeletionPolicy;
use crate::plan::Action;

#[test]
fn removal_needs_proof_and_then_follows_the_policy() {
    let mut world = World::default();
    world.converge(&tree());
    let mut nothing = desired([]);
    let plan = world.plan(&nothing);
    assert!(plan.is_empty());
    assert_eq!(plan.diagnostics.iter().filter(|finding| finding.code == "leftover").count(), 3);

    world.options.prune = true;
    nothing.complete = false;
    assert!(world.plan(&nothing).is_empty(), "a part of the project proves nothing");

    nothing.complete = true;
    let plan = world.converge(&nothing);
    assert_eq!(plan.classes.iter().map(crate::plan::Class::word).collect::<Vec<_>>(), ["delete"]);
    assert!(world.objects.iter().all(|object| !object.is_active() && object.marker.is_some()));
    assert!(world.plan(&nothing).is_empty(), "retired objects are left alone");

    // Writing the YAML again takes the retired objects up again.
    let plan = world.converge(&tree());
    assert!(plan.changes.iter().all(|change| change.action == Action::Update));
    assert_eq!(world.objects.len(), 3);
}

#[test]
fn delete_and_orphan_do_what_they_say() {
    for (policy, left, marked) in [(DeletionPolicy::Delete, 2, 2), (DeletionPolicy::Orphan, 3, 0)] {
        let mut world = World::default();
        world.converge(&tree());
        world.options.prune = true;
        let mut nothing = desired([]);
        nothing.accounts.get_mut(&key()).unwrap().deletion_policy = policy;
        world.converge(&nothing);
        // Deleting the campaign deletes what is below it on every platform; only the top is asked for.
        assert_eq!(world.objects.len(), left, "{policy:?}");
        assert_eq!(
            world.objects.iter().filter(|object| object.marker.is_some()).count(),
            marked,
            "{policy:?}"
        );
    }
}

#[test]
fn a_shared_budget_stays_while_something_draws_on_it() {
    let mut world = World::default();
    let both =
        desired([shared_budget("pool"), campaign("a").drawing_on("pool"), campaign("b").drawing_on("pool")]);
    world.converge(&both);
    let pool = world.objects.iter().find(|object| object.kind == Kind::Budget).unwrap().id.clone();
    for object in world.objects.iter_mut().filter(|object| object.kind == Kind::Campaign) {
        object.budget = Some(pool.clone());
    }
    world.options.prune = true;
    let only = |wanted: Vec<Wanted>| {
        let mut desired = desired(wanted);
        desired.accounts.get_mut(&key()).unwrap().deletion_policy = DeletionPolicy::Delete;
        desired
    };
    let plan = world.plan(&only(vec![campaign("a")]));
    assert_eq!(lines(&plan).iter().filter(|line| line.contains("budget/")).count(), 0);
    assert!(plan.diagnostics.iter().any(|finding| finding.code == "budget-in-use"));

    // Nothing draws on it any more: it goes after the campaigns that did.
    let plan = world.plan(&only(Vec::new()));
    assert_eq!(
        steps(&plan).last().map(|step| step.starts_with("delete budget/")),
        Some(true),
        "{:?}",
        steps(&plan)
    );
}

//! Freeze windows in plans.

use jiff::ToSpan;
use jiff::civil::date;

use super::world::{World, address, campaign, desired, group};
use crate::address::Kind;
use crate::desired::Desired;
use crate::freeze::{Allow, FreezeMatch, FreezeWindow, Gate, Rule};
use crate::ids::{Namespace, ObjectName};
use crate::plan::document::{DocumentContext, PlanDocument};
use crate::plan::{Plan, lowers_spend};

/// The pretend world plans for midnight of 1 March 2026, UTC.
fn window(name: &str, (month, day): (i8, i8), label: Option<&str>) -> FreezeWindow {
    let start = date(2026, month, day).at(0, 0, 0, 0);
    FreezeWindow {
        namespace: Namespace::default_namespace(),
        name: ObjectName::new(name).unwrap(),
        matches: FreezeMatch {
            labels: label.into_iter().map(|team| ("team".into(), team.into())).collect(),
            ..FreezeMatch::default()
        },
        rules: vec![Rule::Range { from: start, to: start + 54.hours() }],
        allow: Allow::LowerSpend,
        reason: None,
        origin: None,
    }
}

fn raised(freezes: Vec<FreezeWindow>) -> (World, Desired) {
    let mut world = World::default();
    world.converge(&desired([
        campaign("a").daily("20.00 EUR"),
        campaign("b").daily("20.00 EUR"),
        group("a", "g"),
    ]));
    let mut wanted = desired([
        campaign("a").daily("30.00 EUR"),
        campaign("b").daily("10.00 EUR"),
        group("a", "g").paused(),
    ]);
    for object in wanted.accounts.values_mut().flat_map(|account| account.objects.values_mut()) {
        if object.address.name.as_str() == "a" {
            object.labels.insert("team".into(), "growth".into());
        }
    }
    wanted.freezes = freezes;
    (world, wanted)
}

fn document(world: &World, wanted: &Desired) -> (Plan, PlanDocument) {
    let plan = world.plan(wanted);
    let observed = world.observed();
    let context = DocumentContext { desired: wanted, observed: &observed, engine: "test", approvals: None };
    let document = PlanDocument::new(&plan, &context);
    (plan, document)
}

#[test]
fn what_raises_waits_for_the_opening_and_what_lowers_does_not() {
    let (world, wanted) = raised(vec![window("peak", (2, 28), None)]);
    let (plan, document) = document(&world, &wanted);
    let marked: Vec<_> = document
        .changes
        .iter()
        .map(|change| {
            (change.address.short(), change.frozen.as_ref().and_then(|frozen| frozen.until.as_deref()))
        })
        .collect();
    assert_eq!(
        marked,
        [
            ("campaign/a".to_owned(), Some("2026-03-02T06:00:00+00:00[UTC]")),
            ("campaign/b".to_owned(), None),
            ("ad-group/g".to_owned(), None),
        ]
    );
    let told: Vec<&str> = plan.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "account default/shop is frozen until 2026-03-02T06:00:00+00:00[UTC] by default/peak: 1 change waits"
        ]
    );
}

#[test]
fn a_window_with_labels_touches_what_carries_them_and_what_lies_below() {
    let (world, mut wanted) = raised(vec![window("peak", (2, 28), Some("growth"))]);
    wanted.freezes[0].allow = Allow::Nothing;
    let (plan, document) = document(&world, &wanted);
    assert_eq!(
        plan.frozen.keys().cloned().collect::<Vec<_>>(),
        [address(Kind::Campaign, "a"), address(Kind::AdGroup, "g")]
    );
    let touched = document.freezes[0].changes.as_ref().unwrap();
    assert_eq!(touched.len(), 2);
}

#[test]
fn windows_are_content_and_the_clock_is_not() {
    let hash = |freezes: Vec<FreezeWindow>| {
        let (world, wanted) = raised(freezes);
        document(&world, &wanted).1
    };
    let closed = hash(vec![window("peak", (2, 28), None)]);
    let later = hash(vec![window("peak", (8, 20), None)]);
    let none = hash(vec![]);
    assert!(closed.changes[0].frozen.is_some());
    assert!(later.changes[0].frozen.is_none(), "a window that is open now is still in the plan");
    assert_eq!(later.freezes.len(), 1);
    assert_ne!(closed.hash, later.hash);
    assert_ne!(none.hash, later.hash);

    // The mark of the day is not content: without it the document is the same plan.
    let mut unmarked = closed.clone();
    for change in &mut unmarked.changes {
        change.frozen = None;
    }
    let read = unmarked.to_plan().unwrap();
    let mut gate = Gate::new(&read.freezes, "2026-03-01T00:00:00Z".parse().unwrap());
    assert!(gate.frozen(&address(Kind::Campaign, "a"), false).is_some(), "a saved plan is gated as well");
}

#[test]
fn only_pauses_and_falling_amounts_lower_spend() {
    let (world, wanted) = raised(vec![]);
    let plan = world.plan(&wanted);
    let lowering: Vec<(String, bool)> = plan
        .steps
        .iter()
        .map(|step| {
            let change = &plan.changes[step.change];
            (change.address.short(), lowers_spend(change, step))
        })
        .collect();
    assert_eq!(
        lowering,
        [("campaign/b".to_owned(), true), ("ad-group/g".to_owned(), true), ("campaign/a".to_owned(), false)]
    );
    // A raise that calls itself a lowering is none.
    let raise =
        plan.steps.iter().find(|step| plan.changes[step.change].address.short() == "campaign/a").unwrap();
    let disguised = crate::plan::Step { wave: crate::plan::Wave::Lower, ..raise.clone() };
    assert!(!lowers_spend(&plan.changes[raise.change], &disguised));
}

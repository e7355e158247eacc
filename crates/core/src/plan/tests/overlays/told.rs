//! What plans say of overlays, what approvals of them bind to, and what a plan rests on.

use super::*;
use crate::diagnostic::Severity;
use crate::field::Origin;
use crate::overlay::moved;
use crate::plan::Held;
use crate::plan::document::{DocumentContext, PlanDocument};

#[test]
fn an_approval_binds_to_what_was_decided_and_from_what() {
    let world = live();
    let hash = |wanted: Wanted, overlay: Overlay| {
        let wanted = with(wanted, vec![overlay], NOW);
        let observed = world.observed();
        let context =
            DocumentContext { desired: &wanted, observed: &observed, engine: "test", approvals: None };
        PlanDocument::new(&world.plan(&wanted), &context).hash
    };
    let capped = || managed(euros("40 EUR"), euros("20 EUR"), euros("60 EUR"));
    let raise = || Overlay { evidence: Some("sha256:1".to_owned()), ..budget("60 EUR") };
    let first = hash(capped(), raise());
    let place = Origin { file: "raise.yaml".into(), line: 3, column: 1 };
    for (same, change) in [
        ("longer", Overlay { expires: at("2026-03-09T00:00:00Z"), ..raise() }),
        ("reworded", Overlay { reason: Some("it sells".into()), ..raise() }),
        ("moved", Overlay { origin: Some(place), ..raise() }),
    ] {
        assert_eq!(hash(capped(), change), first, "{same}");
    }
    for (other, change) in [
        ("evidence", Overlay { evidence: Some("sha256:2".to_owned()), ..raise() }),
        ("rule", Overlay { rule: Some(name("other")), ..raise() }),
        ("name", Overlay { name: name("other"), ..raise() }),
        ("amount", Overlay { setting: Setting::DailyBudget(euros("500 EUR")), ..raise() }),
    ] {
        assert_ne!(hash(capped(), change), first, "{other}");
    }
    let wider = managed(euros("40 EUR"), euros("20 EUR"), euros("60.01 EUR"));
    assert_ne!(hash(wider, raise()), first, "bounds");
}

#[test]
fn what_was_over_before_explains_no_later_change() {
    let mut world = live();
    world.converge(&with(usual(), vec![budget("30 EUR")], NOW));
    world.converge(&with(usual(), vec![budget("30 EUR")], LATER));
    // Git raises the budget long after: the override that was left behind has nothing to do with it.
    let raised = managed(euros("50 EUR"), euros("20 EUR"), euros("80 EUR"));
    let place = Origin { file: "less.yaml".into(), line: 1, column: 1 };
    let left = Overlay { origin: Some(place), rule: None, ..budget("30 EUR") };
    let plan = world.plan(&with(raised, vec![left], LATER));
    assert_eq!(lines(&plan), ["update campaign/sale raise budget.daily: 40.00 EUR → 50.00 EUR"]);
    assert_eq!(said(&plan), [""; 0]);
    assert_eq!(
        remarks(&plan),
        [
            "campaign/sale: overlay of override `cut` on `budget.daily` has no effect any more, since it expired \
          2026-03-08T00:00:00Z; delete it"
        ]
    );
    // Another overlay took its place: that one explains.
    let other = Overlay {
        expires: at("2026-03-20T00:00:00Z"),
        ..overlay(Setting::DailyBudget(euros("60 EUR")), Some("raise"), LATER)
    };
    let mut world = live();
    world.converge(&with(usual(), vec![budget("30 EUR")], NOW));
    let plan = world.plan(&with(usual(), vec![budget("30 EUR"), other], LATER));
    assert_eq!(said(&plan).len(), 1, "{:?}", said(&plan));
    assert!(
        said(&plan)[0].starts_with("`budget.daily` is 60.00 EUR by overlay of rule `raise`"),
        "{:?}",
        said(&plan)
    );
}

#[test]
fn what_is_in_force_and_left_alone_is_not_said_to_be_live() {
    let mut world = live();
    world.converge(&with(usual(), vec![], NOW));
    let wanted = with(usual(), vec![budget("30 EUR")], NOW);
    world.options.held.hold_field(&address(Kind::Campaign, "sale"), &FieldPath::new("budget.daily"));
    let plan = world.plan(&wanted);
    assert!(plan.is_empty());
    assert_eq!(
        remarks(&plan),
        ["campaign/sale: rule `cut` wants `budget.daily` at 30.00 EUR, but it is left as it is: 40.00 EUR"]
    );
    assert_eq!(plan.diagnostics[0].severity, Severity::Warning);
    world.options.held = Held::default();
    world.converge(&wanted);
    world.options.held.hold_field(&address(Kind::Campaign, "sale"), &FieldPath::new("budget.daily"));
    let plan = world.plan(&wanted);
    assert!(remarks(&plan)[0].contains("`budget.daily` is 30.00 EUR by overlay"), "{:?}", remarks(&plan));
}

#[test]
fn a_plan_knows_when_what_it_rests_on_has_moved() {
    let world = live();
    let cut = || budget("30 EUR");
    let behind = || overlay(Setting::DailyBudget(euros("35 EUR")), Some("later"), LATER);
    let plan = world.plan(&with(usual(), vec![cut(), behind()], NOW));
    assert_eq!(moved(&plan, &[behind(), cut()]), [""; 0]);
    let longer = Overlay { expires: at("2026-03-09T00:00:00Z"), ..cut() };
    assert_eq!(
        moved(&plan, &[longer, behind()]),
        [""; 0],
        "how long it counts is asked right before the write"
    );
    let lower = Overlay { evidence: Some("sha256:2".into()), ..budget("25 EUR") };
    assert_eq!(
        moved(&plan, &[lower, behind()]),
        [
            "campaign/sale: `budget.daily` rests on 30.00 EUR by overlay of rule `cut`, which is gone or another by now",
            "campaign/sale: rule `cut` has decided 25.00 EUR for `budget.daily` since the plan was made",
        ]
    );
    assert_eq!(moved(&plan, &[behind()]).len(), 1);
    // A raise by git while no overlay was there.
    let raised = managed(euros("50 EUR"), euros("20 EUR"), euros("80 EUR"));
    let plan = world.plan(&with(raised, vec![], NOW));
    assert_eq!(moved(&plan, &[]), [""; 0]);
    assert_eq!(moved(&plan, &[cut()]).len(), 1);
    assert_eq!(moved(&plan, &[hold()]), [""; 0], "the plan does not write the state");
    // What lies in git is no part of it: the plan is of that commit.
    let place = Origin { file: "less.yaml".into(), line: 1, column: 1 };
    let plan = world.plan(&with(usual(), vec![Overlay { origin: Some(place), ..cut() }], NOW));
    assert_eq!(moved(&plan, &[]), [""; 0]);
}

#[test]
fn a_rule_that_may_be_gone_raises_nothing() {
    let raised = in_part(usual(), vec![budget("60 EUR")]);
    assert_eq!(in_force(&raised), euros("40 EUR"));
    let plan = live().plan(&raised);
    assert!(plan.is_empty());
    assert!(
        remarks(&plan)[0].contains("nobody can tell whether the rule is still in git"),
        "{:?}",
        remarks(&plan)
    );
    assert_eq!(in_force(&in_part(usual(), vec![budget("30 EUR")])), euros("30 EUR"), "less is left in force");
    let person = overlay(Setting::DailyBudget(euros("60 EUR")), None, LATER);
    assert_eq!(in_force(&in_part(usual(), vec![person])), euros("60 EUR"), "a person's is in git itself");
}

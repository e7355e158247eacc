//! Overlays through the planner: what is in force, what returns, and that nothing rises without the gate.

use jiff::Timestamp;
use proptest::prelude::*;

use super::world::{Wanted, World, address, campaign, desired, euros, key, lines};
use crate::address::Kind;
use crate::desired::Desired;
use crate::field::{Field, FieldOwner, FieldPath};
use crate::ids::ObjectName;
use crate::money::{Currency, Money};
use crate::overlay::{HeldState, Managed, Overlay, Places, Setting, Target, settle};
use crate::plan::{Class, Plan, Reason};

mod told;

const NOW: &str = "2026-03-01T00:00:00Z";
const LATER: &str = "2026-03-08T00:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn name(text: &str) -> ObjectName {
    ObjectName::new(text).unwrap()
}

/// A campaign whose daily budget is managed within bounds.
fn managed(initial: Money, min: Money, max: Money) -> Wanted {
    let mut wanted = campaign("sale");
    let owner = Managed {
        initial,
        min,
        max,
        max_step: Some(2000),
        step: None,
        pool: None,
        overlay: None,
        places: Places::default(),
    };
    let field = Field { owner: FieldOwner::Managed(Box::new(owner)), ..Field::declared(initial, None) };
    wanted.0.fields.insert(FieldPath::new("budget.daily"), field);
    wanted.0.rules_may_pause = true;
    wanted
}

fn usual() -> Wanted {
    managed(euros("40 EUR"), euros("20 EUR"), euros("80 EUR"))
}

/// The same where nobody can tell which rules there are.
fn in_part(wanted: Wanted, overlays: Vec<Overlay>) -> Desired {
    let mut desired = with(wanted, overlays, NOW);
    desired.overlays.authors = None;
    settle(&mut desired, at(NOW));
    desired
}

fn overlay(setting: Setting, rule: Option<&str>, expires: &str) -> Overlay {
    Overlay {
        name: name(rule.unwrap_or("mine")),
        object: Target::of(&address(Kind::Campaign, "sale")),
        setting,
        rule: rule.map(name),
        pool: false,
        evidence: rule.map(|_| format!("sha256:{}", "ab".repeat(32))),
        expires: at(expires),
        reason: None,
        origin: None,
    }
}

fn budget(amount: &str) -> Overlay {
    overlay(Setting::DailyBudget(euros(amount)), Some("cut"), LATER)
}

fn hold() -> Overlay {
    overlay(Setting::State(HeldState::Paused), Some("stop-loss"), LATER)
}

/// What is wanted with overlays, as it is in force at an instant.
fn with(wanted: Wanted, overlays: Vec<Overlay>, now: &str) -> Desired {
    let mut desired = desired([wanted]);
    let rules = overlays.iter().filter_map(|overlay| overlay.rule.clone());
    desired.overlays.authors = Some(rules.map(|rule| (key().namespace, rule)).collect());
    desired.overlays.given = overlays;
    settle(&mut desired, at(now));
    desired
}

fn in_force(desired: &Desired) -> Money {
    let object = desired.object(&address(Kind::Campaign, "sale")).unwrap();
    object.value("budget.daily").unwrap().as_money().unwrap()
}

fn said(plan: &Plan) -> Vec<String> {
    let reasons = plan.changes.iter().flat_map(|change| &change.reasons);
    let of_overlays = reasons.filter_map(|reason| match reason {
        Reason::Overlaid(overlaid) => Some(overlaid.to_string()),
        Reason::Returned(returned) => Some(returned.to_string()),
        _ => None,
    });
    of_overlays.collect()
}

fn remarks(plan: &Plan) -> Vec<&str> {
    plan.diagnostics.iter().map(|found| found.message.as_str()).collect()
}

/// The shop as git has it, live.
fn live() -> World {
    let mut world = World::default();
    world.converge(&with(usual(), vec![], NOW));
    world
}

#[test]
fn the_value_in_force_is_the_overlay_within_the_bounds() {
    for (asked, expected) in [("60", "60"), ("20", "20"), ("5", "20"), ("500", "80")] {
        let desired = with(usual(), vec![budget(&format!("{asked} EUR"))], NOW);
        assert_eq!(in_force(&desired), euros(&format!("{expected} EUR")), "{asked}");
    }
    assert_eq!(in_force(&with(usual(), vec![], NOW)), euros("40 EUR"));
    assert_eq!(in_force(&with(usual(), vec![budget("60 USD")], NOW)), euros("40 EUR"), "no conversion");
}

#[test]
fn a_plan_says_who_put_a_value_in_force() {
    let mut world = live();
    let wanted = with(usual(), vec![budget("30 EUR")], NOW);
    let plan = world.plan(&wanted);
    assert_eq!(lines(&plan), ["update campaign/sale lower budget.daily: 40.00 EUR → 30.00 EUR"]);
    assert_eq!(
        said(&plan),
        [
            "`budget.daily` is 30.00 EUR by overlay of rule `cut` until 2026-03-08 00:00:00 (UTC), in place of \
          40.00 EUR; evidence sha256:abababababab"
        ]
    );
    world.apply(&plan);
    for _ in 0..100 {
        let again = world.plan(&wanted);
        assert!(again.is_empty(), "an overlay survives every look at git");
        assert_eq!(remarks(&again).len(), 1);
    }
}

#[test]
fn narrowed_bounds_win_at_once() {
    let mut world = live();
    world.converge(&with(usual(), vec![budget("70 EUR")], NOW));
    let narrowed = managed(euros("40 EUR"), euros("20 EUR"), euros("50 EUR"));
    let plan = world.plan(&with(narrowed, vec![budget("70 EUR")], NOW));
    assert_eq!(lines(&plan), ["update campaign/sale lower budget.daily: 70.00 EUR → 50.00 EUR"]);
    assert!(said(&plan)[0].contains("it asks for 70.00 EUR, and git's bounds win"), "{:?}", said(&plan));
}

#[test]
fn what_has_expired_returns_in_a_visible_plan_that_asks() {
    let mut world = live();
    world.converge(&with(usual(), vec![budget("30 EUR")], NOW));
    let plan = world.plan(&with(usual(), vec![budget("30 EUR")], LATER));
    assert_eq!(lines(&plan), ["update campaign/sale raise budget.daily: 30.00 EUR → 40.00 EUR"]);
    assert_eq!(
        said(&plan),
        [
            "overlay of rule `cut` removed (30.00 EUR), since it expired 2026-03-08T00:00:00Z: `budget.daily` returns \
          to 40.00 EUR"
        ]
    );
}

#[test]
fn without_its_rule_or_its_bounds_an_overlay_is_over() {
    let mut world = live();
    world.converge(&with(usual(), vec![budget("30 EUR")], NOW));
    let mut wanted = with(usual(), vec![budget("30 EUR")], NOW);
    wanted.overlays.authors = Some([].into());
    settle(&mut wanted, at(NOW));
    let plan = world.plan(&wanted);
    assert_eq!(lines(&plan), ["update campaign/sale raise budget.daily: 30.00 EUR → 40.00 EUR"]);
    assert!(said(&plan)[0].contains("since the rule is not in git any more"), "{:?}", said(&plan));
    wanted.overlays.authors = Some([(key().namespace, name("cut"))].into());
    settle(&mut wanted, at(NOW));
    assert!(world.plan(&wanted).is_empty(), "settling again starts from git");

    let fixed = with(campaign("sale").daily("40 EUR"), vec![budget("30 EUR")], NOW);
    let plan = world.plan(&fixed);
    assert_eq!(lines(&plan), ["update campaign/sale raise budget.daily: 30.00 EUR → 40.00 EUR"]);
    assert!(said(&plan)[0].contains("git does not let rules change this field"), "{:?}", said(&plan));
    let unmanaged = campaign("sale").with("budget.total", euros("900 EUR").into());
    assert_eq!(remarks(&world.plan(&with(unmanaged, vec![budget("30 EUR")], NOW))).len(), 1);
}

#[test]
fn a_hold_pauses_with_its_reason_and_ends_with_the_gate() {
    let mut world = live();
    let because = Overlay { reason: Some("three times the target, no sale".into()), ..hold() };
    let plan = world.plan(&with(usual(), vec![because], NOW));
    assert_eq!(lines(&plan), ["update campaign/sale lower state: Active → Paused"]);
    assert!(
        said(&plan)[0].starts_with(
            "held by rule `stop-loss` until 2026-03-08 00:00:00 (UTC): Paused in place of Active; three times \
             the target, no sale"
        ),
        "{:?}",
        said(&plan)
    );
    world.apply(&plan);
    assert!(world.plan(&with(usual(), vec![hold()], NOW)).is_empty());
    let plan = world.plan(&with(usual(), vec![hold()], LATER));
    assert_eq!(lines(&plan), ["update campaign/sale raise state: Paused → Active"]);
    let paused_by_git = with(usual().paused(), vec![hold()], NOW);
    assert!(world.plan(&paused_by_git).is_empty(), "git wants the same");
}

#[test]
fn a_state_that_git_does_not_let_go_is_not_held() {
    let mut fixed = usual();
    fixed.0.rules_may_pause = false;
    let plan = live().plan(&with(fixed, vec![hold()], NOW));
    assert!(plan.is_empty());
    assert!(remarks(&plan)[0].contains("git does not let rules change this field"), "{:?}", remarks(&plan));
}

#[test]
fn a_person_goes_before_a_rule_and_caution_before_names() {
    let rule = |rule: &str, amount: &str| overlay(Setting::DailyBudget(euros(amount)), Some(rule), LATER);
    let person = overlay(Setting::DailyBudget(euros("50 EUR")), None, LATER);
    let two = vec![rule("a", "60 EUR"), rule("b", "30 EUR")];
    assert_eq!(in_force(&with(usual(), two.clone(), NOW)), euros("30 EUR"));
    let three = [two, vec![person]].concat();
    assert_eq!(in_force(&with(usual(), three.clone(), NOW)), euros("50 EUR"));
    let turned: Vec<Overlay> = three.iter().rev().cloned().collect();
    assert_eq!(with(usual(), three, NOW).overlays.settled, with(usual(), turned, NOW).overlays.settled);
}

fn cents(amount: i64) -> Money {
    Money::from_micros(amount * 10_000, Currency::EUR)
}

proptest! {
    #[test]
    fn what_is_in_force_lies_within_the_bounds(
        mut bounds in prop::array::uniform3(1..10_000_i64), asked in 1..20_000_i64, expired: bool,
    ) {
        bounds.sort_unstable();
        let [min, initial, max] = bounds.map(cents);
        let overlay = overlay(Setting::DailyBudget(cents(asked)), Some("cut"), LATER);
        let now = if expired { LATER } else { NOW };
        let amount = in_force(&with(managed(initial, min, max), vec![overlay], now));
        prop_assert!(min <= amount && amount <= max);
        prop_assert!(!expired || amount == initial);
        prop_assert!(expired || (min..=max).contains(&cents(asked)) == (amount == cents(asked)));
    }

    /// Whatever is live and whatever overlays say: more spend is always a raise, and what was applied is in line.
    #[test]
    fn nothing_rises_without_its_class(
        mut bounds in prop::array::uniform3(1..10_000_i64),
        asked in prop::option::of(1..20_000_i64),
        held: bool,
        expired: bool,
        before in 1..20_000_i64,
        paused: bool,
    ) {
        bounds.sort_unstable();
        let [min, initial, max] = bounds.map(cents);
        let mut world = World::default();
        let mut former = campaign("sale").with("budget.daily", cents(before).into());
        if paused {
            former = former.paused();
        }
        world.converge(&desired([former]));
        let budgets = asked.map(|asked| overlay(Setting::DailyBudget(cents(asked)), Some("cut"), LATER));
        let overlays = budgets.into_iter().chain(held.then(hold)).collect();
        let wanted = with(managed(initial, min, max), overlays, if expired { LATER } else { NOW });
        let plan = world.plan(&wanted);
        let runs = !held || expired;
        let rises = runs && (paused || in_force(&wanted) > cents(before));
        let asks = plan.classes.iter().any(|class| matches!(class, Class::Raise(_)));
        prop_assert!(!rises || asks, "{:?}", lines(&plan));
        world.apply(&plan);
        prop_assert!(world.plan(&wanted).is_empty());
    }
}

/// A rule's amount is what counts only where nobody goes before it and git allows it.
#[test]
fn an_overlay_says_what_outweighs_it() {
    let rules = overlay(Setting::DailyBudget(euros("30 EUR")), Some("cut"), "2026-03-08T00:00:00Z");
    let mine = Overlay {
        name: name("mine"),
        ..overlay(Setting::DailyBudget(euros("70 EUR")), None, "2026-03-08T00:00:00Z")
    };
    let alone = with(usual(), vec![rules.clone()], NOW);
    assert_eq!(rules.outweighed(&alone), None);
    let behind = with(usual(), vec![rules.clone(), mine], NOW);
    assert_eq!(rules.outweighed(&behind).unwrap(), "override `mine` goes before it");
    let narrowed = managed(euros("40 EUR"), euros("35 EUR"), euros("80 EUR"));
    let why = rules.outweighed(&with(narrowed, vec![rules.clone()], NOW)).unwrap();
    assert_eq!(why, "git allows 35.00 EUR for it and not 30.00 EUR by now");
    let endless = Overlay { expires: Overlay::OPEN_ENDED, ..hold() };
    let world = live();
    let plan = world.plan(&with(usual(), vec![endless], NOW));
    assert!(said(&plan)[0].contains("until it lets go: Paused in place of Active"), "{:?}", said(&plan));
}

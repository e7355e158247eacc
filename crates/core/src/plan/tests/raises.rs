//! Money bands: what a plan lets be spent more per day, and which class that is.

use super::world::{Wanted, World, ad, address, campaign, desired, group, lines, money, shared_budget};
use crate::address::Kind;
use crate::approval::ApprovalPolicy;
use crate::money::Currency;
use crate::plan::{Class, Plan};
use crate::time::Time;
use crate::value::Value;

fn bands() -> ApprovalPolicy {
    serde_json::from_value(serde_json::json!({ "bands": [
        { "name": "small", "upTo": ["50.00 EUR"] },
        { "name": "medium", "upTo": ["200.00 EUR"] },
        { "name": "large" },
    ] }))
    .unwrap()
}

fn world(live: impl IntoIterator<Item = Wanted>) -> World {
    let mut world = World::default();
    world.options.approvals = bands();
    world.converge(&desired(live));
    world
}

fn classes(plan: &Plan) -> Vec<String> {
    plan.classes.iter().map(|class| class.word().into_owned()).collect()
}

/// The raise in EUR as people read it.
fn raise(plan: &Plan) -> String {
    match plan.raises.get(&Currency::EUR) {
        None => "nothing".into(),
        Some(None) => "no upper end".into(),
        Some(Some(daily)) => daily.to_string(),
    }
}

/// `wanted` over `live`: the plan's raise per day, `None` without one, and its classes.
#[track_caller]
fn check(
    live: impl IntoIterator<Item = Wanted>,
    wanted: impl IntoIterator<Item = Wanted>,
    daily: Option<&str>,
    expected: &[&str],
) {
    let plan = world(live).plan(&desired(wanted));
    assert_eq!(raise(&plan), daily.unwrap_or("nothing"), "{:?}", lines(&plan));
    assert_eq!(classes(&plan), expected, "{:?}", lines(&plan));
}

#[test]
fn a_raise_is_after_minus_before() {
    let spring = |amount| campaign("spring").daily(amount);
    check([spring("20.00 EUR")], [spring("70.00 EUR")], Some("50.00 EUR"), &["raise-small"]);
    check([spring("20.00 EUR")], [spring("70.01 EUR")], Some("50.01 EUR"), &["raise-medium"]);
    check([spring("20.00 EUR")], [spring("10.00 EUR")], None, &["lower"]);
}

#[test]
fn a_create_counts_in_full_and_a_paused_one_for_nothing() {
    check([], [campaign("spring").daily("250.00 EUR")], Some("250.00 EUR"), &["raise-large"]);
    check([], [campaign("spring").daily("250.00 EUR").paused()], None, &["edit"]);
    let paused = campaign("spring").daily("60.00 EUR").paused();
    check([paused], [campaign("spring").daily("60.00 EUR")], Some("60.00 EUR"), &["raise-medium"]);
    // A paused campaign's budget can be raised for nothing; enabling it is what costs.
    check(
        [campaign("spring").daily("10.00 EUR").paused()],
        [campaign("spring").daily("900.00 EUR").paused()],
        None,
        &["raise-small"],
    );
}

#[test]
fn splitting_a_raise_evades_no_band() {
    let many = |amount| (0..5).map(move |number| campaign(&format!("c{number}")).daily(amount));
    let plan = world(many("10.00 EUR")).plan(&desired(many("50.00 EUR")));
    assert!(plan.changes.iter().all(|change| change.class == Some(Class::Raise(Some("small".into())))));
    assert_eq!(raise(&plan), "200.00 EUR");
    assert_eq!(classes(&plan), ["raise-medium"]);
}

#[test]
fn what_goes_down_makes_no_room() {
    let both = |a, b| [campaign("a").daily(a), campaign("b").daily(b)];
    check(
        both("500.00 EUR", "10.00 EUR"),
        both("10.00 EUR", "300.00 EUR"),
        Some("290.00 EUR"),
        &["lower", "raise-large"],
    );
}

#[test]
fn a_total_counts_per_day_over_what_is_left() {
    // Planned for 1 March; until the end of 10 March is ten days.
    let end = Value::Time("2026-03-11T00:00:00+00:00[UTC]".parse::<Time>().unwrap());
    let flight =
        |total: &str| campaign("spring").with("budget.total", money(total)).with("schedule.end", end.clone());
    check([flight("100.00 EUR")], [flight("700.00 EUR")], Some("60.00 EUR"), &["raise-medium"]);
}

#[test]
fn a_total_without_an_end_is_spread_over_what_its_groups_run_for() {
    let end = Value::Time("2026-03-11T00:00:00+00:00[UTC]".parse::<Time>().unwrap());
    let project = |total: &str| {
        [
            campaign("spring").with("budget.total", money(total)),
            group("spring", "spain").with("schedule.end", end.clone()),
        ]
    };
    check(project("100.00 EUR"), project("700.00 EUR"), Some("60.00 EUR"), &["raise-medium"]);
}

#[test]
fn groups_pay_where_their_campaign_does_not() {
    let parent = || campaign("spring");
    let paying = |amount| group("spring", "spain").daily(amount);
    check(
        [parent(), paying("10.00 EUR")],
        [parent(), paying("50.00 EUR")],
        Some("40.00 EUR"),
        &["raise-small"],
    );
    // Enabling the campaign lets its groups spend.
    check(
        [parent().paused(), paying("300.00 EUR")],
        [parent(), paying("300.00 EUR")],
        Some("300.00 EUR"),
        &["raise-large"],
    );
    // So does enabling a group with a budget of its own.
    check(
        [parent(), paying("60.00 EUR").paused()],
        [parent(), paying("60.00 EUR")],
        Some("60.00 EUR"),
        &["raise-medium"],
    );
    // A group inside its campaign's budget adds nothing.
    let budgeted = || campaign("spring").daily("20.00 EUR");
    check([budgeted()], [budgeted(), group("spring", "spain"), ad("spain", "hero")], None, &["edit"]);
}

#[test]
fn without_a_budget_there_is_no_upper_end() {
    let plan = world([campaign("spring").paused(), group("spring", "spain")])
        .plan(&desired([campaign("spring"), group("spring", "spain")]));
    assert_eq!(raise(&plan), "no upper end");
    assert_eq!(classes(&plan), ["raise-large"]);
}

#[test]
fn a_shared_budget_counts_once() {
    let on = |name: &str| campaign(name).drawing_on("pool");
    let pool = |amount| shared_budget("pool").with("shared.daily", money(amount));
    check(
        [pool("50.00 EUR"), on("a"), on("b")],
        [pool("90.00 EUR"), on("a"), on("b")],
        Some("40.00 EUR"),
        &["raise-small"],
    );
    // The first campaign to run opens the whole budget, the second adds nothing.
    check(
        [pool("150.00 EUR"), on("a").paused(), on("b").paused()],
        [pool("150.00 EUR"), on("a"), on("b")],
        Some("150.00 EUR"),
        &["raise-medium"],
    );
    check(
        [pool("150.00 EUR"), on("a"), on("b").paused()],
        [pool("150.00 EUR"), on("a"), on("b")],
        None,
        &["raise-small"],
    );
    check([], [pool("70.00 EUR"), on("a")], Some("70.00 EUR"), &["raise-medium"]);
}

#[test]
fn a_replacement_that_raises_needs_both() {
    check(
        [campaign("spring").daily("20.00 EUR")],
        [campaign("spring").daily("320.00 EUR").with("objective", Value::text("Traffic"))],
        Some("300.00 EUR"),
        &["raise-large", "replace"],
    );
}

#[test]
fn a_strangers_group_below_our_campaign_spends_too() {
    let mut world = world([campaign("spring").paused()]);
    let id = world.objects[0].id.clone();
    let mut theirs = crate::observed::ObservedObject::new(Kind::AdGroup, "theirs".parse().unwrap());
    theirs.parent = Some(id);
    theirs.fields.insert("state".into(), Value::text("Active"));
    theirs.fields.insert("budget.daily".into(), money("80.00 EUR"));
    world.objects.push(theirs);
    let plan = world.plan(&desired([campaign("spring")]));
    assert_eq!(raise(&plan), "80.00 EUR");
    let spring = address(Kind::Campaign, "spring");
    let change = plan.changes.iter().find(|change| change.address == spring).unwrap();
    assert_eq!(change.class, Some(Class::Raise(Some("medium".into()))));
}

#[test]
fn without_bands_a_raise_is_a_raise() {
    let mut world = World::default();
    world.converge(&desired([campaign("spring").daily("20.00 EUR")]));
    let plan = world.plan(&desired([campaign("spring").daily("99999.00 EUR")]));
    assert_eq!(classes(&plan), ["raise"]);
}

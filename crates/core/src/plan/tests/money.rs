//! Who spends: campaigns, ad groups, shared budgets, what is paused, over or without a limit.

use super::world::{World, address, campaign, desired, euros, group, money, shared_budget};
use crate::address::Kind;
use crate::desired::Desired;
use crate::plan::{MoneyImpact, Plan};
use crate::value::Value;

fn time(text: &str) -> Value {
    Value::Time(text.parse().unwrap())
}

/// Expected a day before and after.
#[track_caller]
fn daily(plan: &Plan, before: &str, after: &str) {
    let total = &plan.money[0].total;
    assert_eq!([total.daily_before, total.daily_after], [euros(before), euros(after)]);
}

fn campaigns(impact: &MoneyImpact) -> Vec<(String, String)> {
    impact.campaigns.iter().map(|row| (row.address.local_name(), row.spend.delta().to_string())).collect()
}

#[test]
fn a_paused_parent_counts_as_zero() {
    let mut world = World::default();
    let tree = |active: bool| {
        let above = campaign("a");
        desired([
            if active { above } else { above.paused() },
            group("a", "one").daily("10.00 EUR"),
            group("a", "two").daily("5.00 EUR"),
            group("a", "off").daily("100.00 EUR").paused(),
        ])
    };
    daily(&world.converge(&tree(true)), "0.00 EUR", "15.00 EUR");
    let plan = world.converge(&tree(false));
    daily(&plan, "15.00 EUR", "0.00 EUR");
    assert_eq!(plan.money[0].total.worst_day, euros("0.00 EUR"), "it spends no more");
    assert_eq!(plan.money[0].total.worst_day_before, euros("26.25 EUR"), "1.75 × 15.00");
}

fn three(amount: &str, state: [bool; 3]) -> Desired {
    let mut objects = vec![shared_budget("pot").with("shared.daily", money(amount))];
    for (name, active) in ["a", "b", "c"].into_iter().zip(state) {
        let wanted = campaign(name).drawing_on("pot");
        objects.push(if active { wanted } else { wanted.paused() });
    }
    desired(objects)
}

/// What a platform makes of `budget.ref`: a link.
fn linked(world: &mut World) {
    let pot = world.objects.iter().find(|object| object.kind == Kind::Budget).map(|pot| pot.id.clone());
    for object in world.objects.iter_mut().filter(|object| object.kind == Kind::Campaign) {
        if object.fields.remove("budget.ref").is_some() {
            object.budget.clone_from(&pot);
        }
    }
}

#[test]
fn a_shared_budget_counts_once_and_names_who_draws_on_it() {
    let mut world = World::default();
    daily(&world.converge(&three("50.00 EUR", [true; 3])), "0.00 EUR", "50.00 EUR");
    linked(&mut world);
    let plan = world.plan(&three("80.00 EUR", [true; 3]));
    daily(&plan, "50.00 EUR", "80.00 EUR");
    let impact = &plan.money[0];
    assert_eq!(impact.budgets.len(), 1);
    assert_eq!(impact.budgets[0].campaigns, ["a", "b", "c"]);
    assert_eq!(impact.budgets[0].spend.worst_day, euros("140.00 EUR"), "1.75 × 80.00, once");
    let each = |name: &str| (name.to_owned(), "30.00 EUR".to_owned());
    assert_eq!(campaigns(impact), [each("a"), each("b"), each("c")], "each can use all of it");
    // The last one that draws on it decides whether it spends.
    daily(&world.plan(&three("50.00 EUR", [true, false, false])), "50.00 EUR", "50.00 EUR");
    daily(&world.plan(&three("50.00 EUR", [false; 3])), "50.00 EUR", "0.00 EUR");
}

#[test]
fn somebody_elses_campaign_on_our_shared_budget_spends_all_the_same() {
    let mut world = World::default();
    world.converge(&three("50.00 EUR", [false; 3]));
    linked(&mut world);
    let pot = world.objects.iter().find(|object| object.kind == Kind::Budget).map(|pot| pot.id.clone());
    let mut theirs = crate::observed::ObservedObject::new(Kind::Campaign, "77".parse().unwrap());
    theirs.fields.insert("state".into(), Value::text("Active"));
    theirs.fields.insert("displayName".into(), Value::text("By hand"));
    theirs.budget = pot;
    world.objects.push(theirs);
    let plan = world.plan(&three("90.00 EUR", [false; 3]));
    daily(&plan, "50.00 EUR", "90.00 EUR");
    assert_eq!(plan.money[0].budgets[0].campaigns, ["By hand"]);
}

#[test]
fn moving_to_a_shared_budget_counts_neither_twice() {
    let mut world = World::default();
    world.converge(&desired([shared_budget("pot"), campaign("a").daily("20.00 EUR")]));
    let plan = world.plan(&desired([shared_budget("pot"), campaign("a").drawing_on("pot")]));
    daily(&plan, "20.00 EUR", "50.00 EUR");
}

#[test]
fn a_total_spreads_over_what_is_left_of_its_flight() {
    // Plans in tests are made on 1 March 2026 at midnight: ten days are left until 11 March.
    let wanted = |end: &str| {
        desired([campaign("a").with("budget.total", money("100.00 EUR")).with("schedule.end", time(end))])
    };
    let mut world = World::default();
    daily(&world.converge(&wanted("2026-03-11T00:00:00+00:00[UTC]")), "0.00 EUR", "10.00 EUR");
    // Four days: 25.00 a day.
    daily(&world.plan(&wanted("2026-03-05T00:00:00+00:00[UTC]")), "10.00 EUR", "25.00 EUR");
    // Over: nothing is spent any more.
    daily(&world.plan(&wanted("2026-02-27T00:00:00+00:00[UTC]")), "10.00 EUR", "0.00 EUR");
}

#[test]
fn a_flight_kept_on_ad_groups_is_the_campaigns_too() {
    let end = |text: &str| time(text);
    let wanted = desired([
        campaign("a").with("budget.total", money("100.00 EUR")),
        group("a", "short").with("schedule.end", end("2026-03-03T00:00:00+00:00[UTC]")),
        group("a", "long").with("schedule.end", end("2026-03-06T00:00:00+00:00[UTC]")),
    ]);
    // Until the later end, five days: 20.00 a day.
    daily(&World::default().plan(&wanted), "0.00 EUR", "20.00 EUR");
}

#[test]
fn what_nothing_limits_is_named() {
    let wanted =
        desired([campaign("free"), group("free", "g"), campaign("idle"), campaign("own").daily("1.00 EUR")]);
    let plan = World::default().plan(&wanted);
    assert_eq!(plan.money[0].unlimited, [address(Kind::Campaign, "free")]);
    daily(&plan, "0.00 EUR", "1.00 EUR");
}

#[test]
fn live_ad_groups_that_no_yaml_names_spend_all_the_same() {
    let mut world = World::default();
    world.converge(&desired([campaign("a"), group("a", "theirs").daily("30.00 EUR")]));
    world.edit(&address(Kind::AdGroup, "theirs"), |live| live.marker = None);
    daily(&world.plan(&desired([campaign("a").paused()])), "30.00 EUR", "0.00 EUR");
}

#[test]
fn accounts_and_campaigns_add_up() {
    let mut world = World::default();
    world.converge(&desired([campaign("a").daily("10.00 EUR"), campaign("b").daily("20.00 EUR")]));
    let plan = world.plan(&desired([campaign("a").daily("12.00 EUR"), campaign("b").daily("20.00 EUR")]));
    let impact = &plan.money[0];
    assert_eq!(campaigns(impact), [("a".to_owned(), "2.00 EUR".to_owned())], "b does not change");
    assert_eq!(impact.accounts.len(), 1);
    assert_eq!(impact.accounts[0].spend, impact.total);
    daily(&plan, "30.00 EUR", "32.00 EUR");
}

#[test]
fn a_replacement_counts_beside_what_it_replaces_today() {
    let mut world = World::default();
    let wanted = |objective: &str| {
        desired([campaign("a").daily("10.00 EUR").with("objective", Value::text(objective))])
    };
    world.converge(&wanted("Sales"));
    let total = world.plan(&wanted("Traffic")).money[0].total.clone();
    // 1.75 × 10.00 may be spent by the old one, and as much again by the new one.
    assert_eq!([total.worst_day, total.worst_day_after], [euros("35.00 EUR"), euros("17.50 EUR")]);
    assert_eq!(total.delta(), euros("0.00 EUR"));
}

#[test]
fn what_the_platform_raises_by_itself_is_named() {
    let mut world = World::default();
    let tree = |name: &str| {
        desired([
            campaign("a").daily("10.00 EUR").with("displayName", Value::text(name)),
            campaign("b"),
            group("b", "g").daily("10.00 EUR"),
            campaign("off").daily("10.00 EUR").paused(),
        ])
    };
    world.converge(&tree("A"));
    for (kind, name) in [(Kind::Campaign, "a"), (Kind::AdGroup, "g"), (Kind::Campaign, "off")] {
        world.edit(&address(kind, name), |live| live.raises_itself = true);
    }
    let impact = &world.plan(&tree("B")).money[0];
    assert_eq!(impact.automatic, [address(Kind::Campaign, "a"), address(Kind::Campaign, "b")]);
    // The pretend platform has no row for it: 1.75 × 20.00.
    assert_eq!(impact.total.worst_day_after, euros("35.00 EUR"));
}

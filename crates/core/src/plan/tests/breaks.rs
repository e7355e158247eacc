//! What plans break, and that they say so.

use super::world::{World, ad, address, campaign, desired, group, money};
use crate::address::Kind;
use crate::desired::{DeletionPolicy, Desired};
use crate::plan::{BreakKind, Plan};
use crate::schema::{Claim, Confidence, EditLimit, EditWindow};
use crate::value::Value;

fn kinds(plan: &Plan, kind: Kind, name: &str) -> Vec<BreakKind> {
    let found = plan.breaks.get(&address(kind, name));
    found.into_iter().flatten().map(|found| found.what).collect()
}

fn says(plan: &Plan, kind: Kind, name: &str, what: BreakKind) -> String {
    let mut found = plan.breaks.get(&address(kind, name)).into_iter().flatten();
    found.find(|found| found.what == what).map(|found| found.says.clone()).unwrap_or_default()
}

fn time(text: &str) -> Value {
    Value::Time(text.parse().unwrap())
}

fn of(objective: &str) -> Desired {
    desired([
        campaign("a").daily("10.00 EUR").with("objective", Value::text(objective)),
        group("a", "g"),
        ad("g", "hero"),
    ])
}

#[test]
fn a_replacement_says_what_is_lost_and_that_it_stays_so() {
    let mut world = World::default();
    world.converge(&of("Sales"));
    let plan = world.plan(&of("Traffic"));
    assert_eq!(
        kinds(&plan, Kind::Campaign, "a"),
        [BreakKind::CannotBeUndone, BreakKind::Loses, BreakKind::ForcesReplacement]
    );
    assert_eq!(
        says(&plan, Kind::Campaign, "a", BreakKind::Loses),
        "history and learning; the old one stays paused"
    );
    let forced = &plan.breaks[&address(Kind::Campaign, "a")][2];
    assert_eq!(forced.path.as_ref().map(crate::field::FieldPath::as_str), Some("objective"));
}

#[test]
fn rules_come_with_their_source_and_how_sure_they_are() {
    let mut world = World::default();
    let wanted = |strategy: &str, headline: &str| {
        desired([
            campaign("a").daily("10.00 EUR").with("bidding.strategy", Value::text(strategy)),
            group("a", "g"),
            ad("g", "hero").with("creative.headlines", Value::text_list([headline])),
        ])
    };
    world.converge(&wanted("LowestCost", "Old"));
    let plan = world.plan(&wanted("CostCap", "New"));
    let learning = &plan.breaks[&address(Kind::Campaign, "a")][0];
    assert_eq!(
        (learning.what, learning.rule.as_deref(), learning.confidence),
        (BreakKind::ResetsLearning, Some("pretend"), Some(Confidence::High))
    );
    assert_eq!(kinds(&plan, Kind::Ad, "g/hero"), [BreakKind::GoesToReview]);
    let created = World::default().plan(&wanted("CostCap", "New"));
    assert!(created.breaks.is_empty(), "what is new breaks nothing");
}

#[test]
fn what_stays_active_below_something_that_goes_is_named() {
    let mut world = World::default();
    world.converge(&of("Sales"));
    world.edit(&address(Kind::AdGroup, "g"), |live| {
        live.marker = None;
        live.fields.insert("displayName".into(), Value::text("By hand"));
    });
    let plan =
        world.plan(&desired([campaign("a").daily("10.00 EUR").with("objective", Value::text("Traffic"))]));
    assert_eq!(
        says(&plan, Kind::Campaign, "a", BreakKind::LeavesWithoutParent),
        "`By hand` stays active below it while it is paused"
    );
}

#[test]
fn deleting_cannot_be_undone_and_pausing_can() {
    for (policy, expected) in [
        (DeletionPolicy::Pause, Vec::new()),
        (DeletionPolicy::Delete, vec![BreakKind::CannotBeUndone, BreakKind::Loses]),
    ] {
        let mut world = World::default();
        world.options.prune = true;
        world.converge(&desired([campaign("a").daily("10.00 EUR")]));
        let mut gone = desired([]);
        gone.accounts.values_mut().for_each(|account| account.deletion_policy = policy);
        let plan = world.plan(&gone);
        let broken: Vec<BreakKind> = plan.breaks.values().flatten().map(|found| found.what).collect();
        assert_eq!(broken, expected, "{policy:?}");
    }
}

#[test]
fn running_past_the_end_of_a_flight_is_said() {
    let mut world = World::default();
    let until = |end: &str| desired([campaign("a").daily("10.00 EUR").with("schedule.end", time(end))]);
    world.converge(&until("2026-03-10T00:00:00+00:00[UTC]"));
    let plan = world.plan(&until("2026-03-20T00:00:00+00:00[UTC]"));
    assert_eq!(
        says(&plan, Kind::Campaign, "a", BreakKind::SpendsOutsideFlight),
        "runs on past 2026-03-10 00:00, its end so far, until 2026-03-20 00:00"
    );
    let plan = world.plan(&desired([campaign("a").daily("10.00 EUR").clearing("schedule.end")]));
    assert_eq!(
        says(&plan, Kind::Campaign, "a", BreakKind::SpendsOutsideFlight),
        "runs on without an end; it ended on 2026-03-10 00:00"
    );
    let shorter = world.plan(&until("2026-03-05T00:00:00+00:00[UTC]"));
    assert!(shorter.breaks.is_empty());
}

#[test]
fn an_instant_that_comes_with_the_change_stays() {
    let mut world = World::default();
    let on = |text| desired([campaign("a").daily("10.00 EUR").with("pretend.flight", time(text))]);
    world.converge(&on("2026-04-01T00:00:00+00:00[UTC]"));
    let plan = world.plan(&on("2026-02-01T00:00:00+00:00[UTC]"));
    assert_eq!(kinds(&plan, Kind::Campaign, "a"), [BreakKind::CannotBeUndone]);
    assert!(world.plan(&on("2026-05-01T00:00:00+00:00[UTC]")).breaks.is_empty());
}

#[test]
fn a_platform_that_counts_edits_is_told_how_many_there_were() {
    let limit = EditLimit {
        kind: Kind::AdGroup,
        path: "budget",
        when: EditWindow::Rate { changes: 4, minutes: 60 },
        claim: Claim { confidence: Confidence::High, source: "pretend" },
    };
    let path = "budget.daily".into();
    assert_eq!(crate::plan::exceeded(&limit, &path, 3), None, "the fourth is let through");
    let found = crate::plan::exceeded(&limit, &path, 4).unwrap();
    assert_eq!(found.what, BreakKind::ExceedsEditLimit);
    assert!(found.says.starts_with("was changed 4 times within the last 60 minutes"), "{}", found.says);
}

#[test]
fn budgets_stand_still_where_the_platform_says_so() {
    // Plans in tests are made at midnight UTC, inside the pretend platform's window.
    let mut world = World::default();
    world.converge(&desired([campaign("a").with("meta.spend_cap", money("10.00 EUR"))]));
    let plan = world.plan(&desired([campaign("a").with("meta.spend_cap", money("20.00 EUR"))]));
    assert_eq!(
        says(&plan, Kind::Campaign, "a", BreakKind::ExceedsEditLimit),
        "is refused between 23:50 and 00:10 in UTC, and it is 00:00 there"
    );
}

/// Plans in tests are made on 2026-03-01; the pretend platform forgets after seven days.
#[test]
fn what_was_paused_for_long_learns_again() {
    let tree = |above: bool, below: bool| {
        let (campaign, group) = (campaign("a").daily("10.00 EUR"), group("a", "g"));
        desired([
            if above { campaign } else { campaign.paused() },
            if below { group } else { group.paused() },
        ])
    };
    let mut world = World::default();
    world.converge(&tree(true, false));
    let at = |text: &str| Some(text.parse().unwrap());
    let group = address(Kind::AdGroup, "g");
    for (created, edited, expected) in [
        (None, None, "if paused for 7 days or more, its learning phase starts again"),
        // Paused within the last days, or only renamed: nobody can tell.
        (
            at("2026-01-01T00:00:00Z"),
            at("2026-02-28T00:00:00Z"),
            "if paused for 7 days or more, its learning phase starts again",
        ),
        (
            at("2026-01-01T00:00:00Z"),
            at("2026-02-22T00:00:00Z"),
            "was paused on 2026-02-22 at the latest, 7 days ago or more: its learning phase starts again",
        ),
        // It is too young to have been paused for so long.
        (at("2026-02-22T00:00:01Z"), at("2026-02-22T00:00:01Z"), ""),
    ] {
        world.edit(&group, |live| (live.created, live.edited) = (created, edited));
        let plan = world.plan(&tree(true, true));
        assert_eq!(says(&plan, Kind::AdGroup, "g", BreakKind::ResetsLearning), expected, "{edited:?}");
    }
    assert!(world.plan(&tree(false, false)).breaks.is_empty(), "pausing forgets nothing");

    let mut world = World::default();
    world.converge(&tree(false, true));
    assert_eq!(
        says(&world.plan(&tree(true, true)), Kind::Campaign, "a", BreakKind::ResetsLearning),
        "if paused for 7 days or more, the learning phases of its ad groups start again"
    );
    let mut world = World::default();
    world.converge(&tree(false, false));
    assert!(world.plan(&tree(true, false)).breaks.is_empty(), "no ad group below it runs, so none learns");
}

//! The wall and the caps: what rules hold may come back, and all that runs counts.

use super::*;

/// Pauses at night, by the account's clock, and lets go in the morning.
fn nights() -> Rule {
    let mut rule = source("nights", "now.getHours() >= 20 || now.getHours() < 7", pause());
    rule.release = Some(SourceText::unplaced("now.getHours() >= 7 && now.getHours() < 20"));
    rule.schedule.every = SignedDuration::from_mins(15);
    compiled(&rule)
}

fn of_budget(amount: i64) -> ObjectState {
    let mut one = object();
    one.budget = one.budget.map(|held| Budget { amount: euros(amount), ..held });
    one
}

/// The next instant: what was done is live, and the account began its day with this.
fn next(world: &Snapshot, run: &Run, now: &str, baseline: i64) -> Snapshot {
    let mut next = Snapshot { now: at(now), ..world.clone() };
    carry_out(run, &mut next.objects);
    for sums in next.objects.values_mut().flat_map(|one| one.windows.values_mut()) {
        sums.as_of = Some(next.now);
    }
    next.accounts.get_mut(&account()).unwrap().baseline = Some(baseline * 1_000_000);
    next
}

/// Runs again, with what the last run remembers.
fn then(rules: &[Rule], world: &Snapshot, before: &Run) -> Run {
    run(rules, world, &before.memory)
}

#[track_caller]
fn refused(run: &Run) -> String {
    let outcomes: Vec<&Outcome> = run.decisions.iter().map(|one| &one.outcome).collect();
    let [Outcome::Refused { guard, why }] = outcomes[..] else { panic!("{outcomes:?}") };
    format!("{guard}: {why}")
}

#[test]
fn what_a_rule_paused_over_midnight_comes_back() {
    let rules = [nights()];
    let mut evening = snapshot([(group("one"), of_budget(100))]);
    evening.now = at("2026-06-10T18:00:00Z");
    let paused = once(&rules, &evening);
    assert_eq!(told(&paused), ["nights one: act, one pause it"]);
    // Midnight of Madrid: nothing runs, and nothing is what the day begins with.
    let midnight = next(&evening, &paused, "2026-06-10T22:00:00Z", 0);
    let held = then(&rules, &midnight, &paused);
    assert_eq!(told(&held), ["nights one: holding"]);
    let morning = next(&midnight, &held, "2026-06-11T05:00:00Z", 0);
    assert_eq!(told(&then(&rules, &morning, &held)), ["nights one: propose, one resume it"]);
}

#[test]
fn all_that_a_rule_paused_comes_back_together() {
    let rules = [nights()];
    let mut evening = snapshot(["one", "two", "three"].map(|called| (group(called), of_budget(100))));
    evening.now = at("2026-06-10T18:00:00Z");
    let paused = once(&rules, &evening);
    let morning = next(&evening, &paused, "2026-06-11T05:00:00Z", 0);
    let found = then(&rules, &morning, &paused);
    assert!(told(&found).iter().all(|line| line.contains(": propose")), "{:?}", told(&found));
}

#[test]
fn the_room_of_what_is_held_is_no_others() {
    let mut night = nights();
    night.scope.labels.insert("hours".into(), "office".into());
    let raise =
        |points| compiled(&source("raise", "recent.cpa > params.target && self.name == 'two'", by(points)));
    let mut office = of_budget(100);
    office.labels.insert("hours".into(), "office".into());
    let mut evening = snapshot([(group("one"), office), (group("two"), of_budget(10))]);
    evening.now = at("2026-06-10T18:00:00Z");
    let paused = once(&[night.clone()], &evening);
    let midnight = next(&evening, &paused, "2026-06-10T22:00:00Z", 10);
    let found = then(&[night.clone(), raise(2_100)], &midnight, &paused);
    assert_eq!(
        refused(&found),
        "spend guard: daily budgets of account meta-eu would come to 112.10 EUR; 10.00 EUR at midnight and 20 % more \
         with 100.00 EUR that rules held then are 112.00 EUR"
    );
    let found = then(&[night, raise(2_000)], &midnight, &paused);
    assert_eq!(found.decisions[0].outcome.word(), "propose");
}

/// A campaign that spends nothing itself, with ad groups of a daily budget each.
fn campaign(called: &str, groups: usize, amount: i64) -> Vec<(Address, ObjectState)> {
    let above = address(Kind::Campaign, called);
    let below = (0..groups).map(|number| {
        let mut one = of_budget(amount);
        one.parent = Some(above.clone());
        (group(&format!("{called}-{number}")), one)
    });
    let mut all: Vec<(Address, ObjectState)> = below.collect();
    let mut one = object();
    one.budget = None;
    all.push((above, one));
    all
}

/// Pauses campaigns now, and would let go an hour later.
fn hour(kind: Kind) -> RuleSource {
    let mut rule = source("hour", "now.getHours() == 12", pause());
    rule.release = Some(SourceText::unplaced("now.getHours() == 13"));
    rule.scope.kind = kind;
    rule
}

#[test]
fn all_that_begins_to_run_counts() {
    let rule = [compiled(&hour(Kind::Campaign))];
    let world = snapshot(campaign("sale", 20, 500));
    let paused = once(&rule, &world);
    assert_eq!(paused.decisions[0].intent.daily(), -10_000_000_000, "all of it stops");
    let later = next(&world, &paused, "2026-06-10T11:00:00Z", 1_000);
    assert_eq!(
        refused(&then(&rule, &later, &paused)),
        "spend guard: daily budgets of account meta-eu would come to 10000.00 EUR; 1000.00 EUR at midnight and 20 % \
         more are 1200.00 EUR"
    );
    let later = next(&world, &paused, "2026-06-10T11:00:00Z", 10_000);
    let found = then(&rule, &later, &paused);
    assert_eq!(told(&found), ["hour sale: propose, sale resume it"]);
    assert_eq!(found.decisions[0].intent.daily(), 10_000_000_000);
}

#[test]
fn resumes_of_one_run_add_up() {
    let rule = [compiled(&hour(Kind::Campaign))];
    let world = snapshot(campaign("a", 2, 300).into_iter().chain(campaign("b", 2, 300)));
    let paused = once(&rule, &world);
    let later = next(&world, &paused, "2026-06-10T11:00:00Z", 600);
    assert_eq!(
        told(&then(&rule, &later, &paused)),
        ["hour a: propose, a resume it", "hour b: refused, b resume it"]
    );
}

#[test]
fn what_a_resume_above_lets_run_counts_below() {
    let groups = compiled(&RuleSource {
        key: RuleKey { name: name("groups"), ..hour(Kind::AdGroup).key },
        ..hour(Kind::AdGroup)
    });
    let campaigns = compiled(&hour(Kind::Campaign));
    let world = snapshot(campaign("sale", 1, 100));
    let first = once(std::slice::from_ref(&groups), &world);
    let between = next(&world, &first, "2026-06-10T10:15:00Z", 100);
    let paused = then(&[campaigns.clone(), groups.clone()], &between, &first);
    let later = next(&between, &paused, "2026-06-10T11:00:00Z", 100);
    let later = later.held_to(&of_account(euros(150)));
    let found = run(&[campaigns, groups], &later, &paused.memory);
    assert_eq!(
        told(&found),
        ["groups sale-0: refused, sale-0 resume it", "hour sale: propose, sale resume it"],
        "its worst day is 175 EUR"
    );
}

fn of_total(amount: i64) -> ObjectState {
    let mut one = of_budget(amount);
    one.budget = one.budget.map(|held| Budget { cadence: Cadence::Total, ..held });
    one
}

#[test]
fn total_budgets_have_a_wall_of_their_own() {
    let raise = |points| [compiled(&source("raise", "recent.cpa > params.target", by(points)))];
    let world = snapshot([(group("one"), of_total(1_000))]);
    assert_eq!(once(&raise(2_000), &world).decisions[0].outcome.word(), "propose");
    assert_eq!(
        refused(&once(&raise(2_100), &world)),
        "spend guard: total budgets of account meta-eu would come to 1210.00 EUR; 1000.00 EUR at midnight and 20 % more \
         are 1200.00 EUR"
    );
    // Room on one side is none on the other.
    let mut with_daily = world.clone();
    with_daily.objects.insert(group("two"), of_budget(10));
    with_daily.accounts.get_mut(&account()).unwrap().baseline = Some(10_000_000);
    let mut daily = source("raise", "recent.cpa > params.target && self.name == 'two'", by(2_100));
    daily.require = Require::default();
    assert!(refused(&once(&[compiled(&daily)], &with_daily)).contains("daily budgets of account meta-eu"));
}

#[test]
fn a_total_budget_counts_whole_on_the_worst_day() {
    let rule = [compiled(&hour(Kind::AdGroup))];
    let world = snapshot([(group("one"), of_total(100))]);
    let paused = once(&rule, &world);
    let later = next(&world, &paused, "2026-06-10T11:00:00Z", 0);
    let resumed = |cap: i64| {
        let later = later.clone().held_to(&of_account(euros(cap)));
        run(&rule, &later, &paused.memory).decisions[0].outcome.word()
    };
    assert_eq!(resumed(100), "propose", "no platform overspends a total");
    assert_eq!(resumed(99), "refused");
}

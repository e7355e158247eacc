//! What conditions can name besides figures of windows: chances by resampling, calendars, plans of a month, first days.

use super::*;
use crate::metrics::{End, Metric};

/// What seven days cost and brought, the oldest first.
const DAYS: [(i64, i64); 7] = [(100, 150), (80, 60), (120, 300), (90, 90), (110, 260), (70, 40), (130, 330)];

/// The world of one ad group whose last days are these.
fn weeks(days: &[(i64, i64)]) -> Snapshot {
    let mut one = object();
    let of = |spend: i64, value: i64| Sums {
        value: Some(value * 1_000_000),
        reach: Some(500),
        impressions: Some(1_500),
        ..sums(spend, 10, 1)
    };
    let each = |(back, (spend, value)): (usize, &(i64, i64))| {
        let window = Window::Days { days: 1, end: End::Yesterday, offset: u16::try_from(back).unwrap() };
        (window, known(of(*spend, *value)))
    };
    one.windows.extend(days.iter().rev().enumerate().map(each));
    snapshot([(group("one"), one)])
}

/// What an expression was in the record of a run.
fn used(source: &RuleSource, world: &Snapshot, named: &str) -> String {
    let run = once(&[compiled(source)], world);
    let values = run.runs[0].objects[0].clauses.iter().flat_map(|clause| &clause.values);
    values.into_iter().find(|used| used.name.starts_with(named)).unwrap().value.to_string()
}

fn chance(world: &Snapshot, target: &str) -> f64 {
    let told =
        used(&source("one", &format!("probRoasAbove(recent, {target}) > 2.0"), pause()), world, "prob");
    let (number, approximate) = told.split_once(' ').unwrap();
    assert_eq!(approximate, "(approximate)", "whatever shows it says so");
    number.parse().unwrap()
}

/// Exactly, over all 7^7 ways to draw seven days. Python 3, with fractions, itertools and collections alone:
///
/// ```text
/// for pick in combinations_with_replacement(range(7), 7):
///     ways = factorial(7)
///     for k in Counter(pick).values(): ways //= factorial(k)
///     if sum(days[i][1] for i in pick) > target * sum(days[i][0] for i in pick): total += Fraction(ways)
/// print(float(total / 7**7))
/// ```
const EXACT: [(&str, f64); 4] = [
    ("1.5", 0.781_132_254_174_949),
    ("1.8", 0.428_184_077_819_859),
    ("2.0", 0.175_398_248_786_038),
    ("2.2", 0.040_190_979_705_977),
];

#[test]
fn a_return_is_judged_by_drawing_days_again() {
    let world = weeks(&DAYS);
    for (target, exact) in EXACT {
        let found = chance(&world, target);
        // Four deviations of two thousand draws.
        let off = 4.0 * (exact * (1.0 - exact) / 2_000.0).sqrt();
        assert!((found - exact).abs() < off, "{target}: {found} is not {exact}");
    }
}

#[test]
fn what_is_drawn_follows_from_object_and_window() {
    let world = weeks(&DAYS);
    let first = chance(&world, "1.8");
    // Later, beside another object and another rule, the same days give the same.
    let mut other = later(&world, 5);
    other.objects.insert(group("two"), weeks(&DAYS).objects.into_values().next().unwrap());
    let rules = [
        compiled(&source("above", "recent.cpa > params.target", by(-1_000))),
        compiled(&source("one", "probRoasAbove(recent, 1.8) > 2.0", pause())),
    ];
    let of = |run: &Run, object: &str| {
        let run = run.runs.iter().find(|run| run.rule.name == name("one")).unwrap().clone();
        let one = run.objects.iter().find(|one| one.object == group(object)).unwrap().clone();
        one.clauses[0].values[0].value.split(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let run = once(&rules, &other);
    assert!((of(&run, "one") - first).abs() < f64::EPSILON);
    assert!((of(&run, "two") - first).abs() > 0.0, "two objects do not share their luck");
}

#[test]
fn too_few_days_say_nothing_of_a_return() {
    let told = |when: &str, windows: &[(&str, Window)]| {
        let mut rule = source("one", when, pause());
        rule.windows.extend(windows.iter().map(|(name, window)| ((*name).into(), *window)));
        let (_, found) = compile(&rule, &reach());
        found.iter().map(|found| found.message.clone()).collect::<Vec<_>>()
    };
    let short = Window::Days { days: 6, end: End::Settled, offset: 0 };
    let message = "`probRoasAbove` draws from the days of its window, and `short` is not 7 to 60 of them";
    assert_eq!(told("probRoasAbove(short, 1.8) > 0.5", &[("short", short)]), [message]);
    assert_eq!(told("probRoasAbove(mtd, 1.8) > 0.5", &[]), [message.replace("short", "mtd")]);
    assert_eq!(told("probRoasAbove(recent, params.target) > 0.5", &[]).len(), 1, "an amount is no return");
    let mut world = weeks(&DAYS);
    world.objects.get_mut(&group("one")).unwrap().windows.remove(&Window::Days {
        days: 1,
        end: End::Yesterday,
        offset: 3,
    });
    let run = once(&[compiled(&source("one", "probRoasAbove(recent, 1.8) > 0.5", pause()))], &world);
    assert_eq!(run.runs[0].objects[0].outcome, Outcome::Unknown, "a day is missing");
}

#[test]
fn rates_have_their_chances_both_ways() {
    let world = weeks(&DAYS);
    for (above, below) in [("probCtrAbove", "probCtrBelow"), ("probCvrAbove", "probCvrBelow")] {
        let of = |function: &str| -> f64 {
            let when = format!("{function}(recent, 0.01) > 2.0");
            used(&source("one", &when, pause()), &world, function).parse().unwrap()
        };
        assert!((of(above) + of(below) - 1.0).abs() < 2e-6, "{above}");
    }
}

#[test]
fn people_reached_are_counted_once_a_day() {
    let world = weeks(&DAYS);
    let of = |when: &str| {
        once(&[compiled(&source("one", when, pause()))], &world).runs[0].objects[0].outcome.clone()
    };
    assert_eq!(of("recent.frequencyAtLeast == 3.0"), Outcome::Act);
    assert_eq!(of("recent.frequency >= 3.0"), Outcome::Unknown, "over days nobody knows who came twice");
    let (_, found) = compile(&source("one", "mtd.frequencyAtLeast > 3.0", pause()), &reach());
    assert_eq!(found[0].message, "`frequencyAtLeast` is counted day by day, and `mtd` is not so many days");
    let rule = compiled(&source("one", "recent.frequencyAtLeast > 3.0", pause()));
    assert!(rule.metrics.contains_key(&Metric::Reach), "what a platform does not tell is refused");
    assert_eq!(rule.windows.len(), 8, "the week and its days");
}

#[test]
fn a_calendar_knows_the_years_that_it_names() {
    let mut rule = source("one", "calendars.holidays", pause());
    rule.calendars.insert("holidays".into(), BTreeSet::from(["2026-06-10".parse().unwrap()]));
    let of = |now: &str| {
        let world = Snapshot { now: at(now), ..snapshot([(group("one"), object())]) };
        let run = once(&[compiled(&rule)], &world);
        let one = &run.runs[0].objects[0];
        one.told.reason.clone().unwrap_or_else(|| one.told.verdict.word().to_owned())
    };
    // Madrid's day begins at 22:00Z in summer.
    assert_eq!(of("2026-06-09T22:00:00Z"), "true");
    assert_eq!(of("2026-06-09T21:59:00Z"), "false");
    assert_eq!(of("2027-06-10T10:00:00Z"), "the calendar `holidays` names no day of 2027");
    let (_, found) = compile(&source("one", "calendars.holydays", pause()), &reach());
    assert_eq!(found[0].code, "rule-unknown-field");
    rule.when = SourceText::unplaced("calendars.holydays");
    assert_eq!(compile(&rule, &reach()).1[0].hint.as_deref(), Some("did you mean `holidays`?"));
}

#[test]
fn a_month_is_planned_by_its_days() {
    let of = |pattern: &str, now: &str| {
        let world = Snapshot { now: at(now), ..snapshot([(group("one"), object())]) };
        used(&source("one", &format!("monthPlan('{pattern}') > 2.0"), pause()), &world, "monthPlan")
    };
    // The tenth of thirty days: weights of 3 to 1 give 13.448 of 30 in front and 6.552 in the back.
    assert_eq!(of("even", NOW).get(..6), Some("0.3333"));
    assert_eq!(of("front", NOW).get(..6), Some("0.4482"));
    assert_eq!(of("back", NOW).get(..6), Some("0.2183"));
    assert_eq!(of("even", "2026-06-30T21:00:00Z"), "1");
    let (_, found) = compile(&source("one", "monthPlan('weekday') > 0.5", pause()), &reach());
    assert_eq!(
        (found[0].code.as_ref(), found[0].message.as_str()),
        ("rule-literal", "this is no pattern of a month")
    );
}

#[test]
fn a_raise_until_midnight_ends_with_the_accounts_day() {
    let actions = vec![Action::AdjustBudget {
        by: Step::Share(2_000),
        bounds: Bounds::default(),
        until_midnight: true,
    }];
    let rule = compiled(&source("surf", "recent.clicks > 1", actions));
    let told = |amount: i64, change: &dyn Fn(&mut Budget)| {
        let mut one = object();
        let mut budget = one.budget.unwrap();
        budget.amount = euros(amount);
        change(&mut budget);
        one.budget = Some(budget);
        let run = once(std::slice::from_ref(&rule), &snapshot([(group("one"), one)]));
        super::told(&run).remove(0)
    };
    let raise = "budget from 100.00 EUR to 120.00 EUR until 2026-06-10T22:00:00Z";
    assert_eq!(told(100, &|_| {}), format!("surf one: propose, one {raise}"));
    // What returns must never be more than what is in force.
    assert_eq!(told(80, &|_| {}), "surf one: impossible");
    assert_eq!(told(100, &|budget| budget.ownership = Ownership::Git), "surf one: impossible");
    assert_eq!(told(100, &|budget| budget.cadence = Cadence::Total), "surf one: impossible");
}

#[test]
fn an_estimate_is_shown_as_one() {
    let window = Window::Days { days: 7, end: End::Estimated, offset: 0 };
    let mut rule = source("one", "late.cpa > params.target && late.spend > params.target", pause());
    rule.windows.insert("late".into(), window);
    rule.require =
        Require { window: Some("late".into()), conversions: Some(15_000_000), ..Require::default() };
    let world = |observed: Sums, unclear: Option<&str>| {
        let mut one = object();
        let estimated =
            if unclear.is_some() { Sums { conversions: None, ..observed } } else { sums(400, 100, 20) };
        let unclear = unclear.map(|day| day.parse().unwrap());
        let observed = Observed { sums: observed, evidence: observed, unclear };
        one.windows.insert(window, WindowSums { observed: Some(observed), ..known(estimated) });
        snapshot([(group("one"), one)])
    };
    let thirteen = sums(400, 100, 13);
    let found = |name: &str| used(&rule, &world(thirteen, None), name);
    assert_eq!(found("late.cpa"), "20.00 EUR (estimated, 30.76923 EUR by what has come in)");
    assert_eq!(found("late.spend"), "400.00 EUR", "what is never late is no estimate");
    let none = used(&rule, &world(sums(400, 100, 0), None), "late.cpa");
    assert!(none.starts_with("20.00 EUR (estimated; by what has come in `cpa` has nothing"), "{none}");
    let run = once(&[compiled(&rule)], &world(thirteen, Some("2026-06-09")));
    let told = &run.runs[0].objects[0].told;
    assert_eq!(told.reason.as_deref(), Some("conversions of 2026-06-09 are still coming in"));
    assert_eq!(told.code.as_deref(), Some("not-settled"));
}

/// Two days of 100 EUR and 100 clicks, of which half and four fifths have come in: 2 and 4 conversions of 4 and 5. They
/// tell as much as 6 conversions of 130 EUR and 130 clicks of days that are complete, and not as 9 of 200.
fn coming_in(window: Window, value: i64) -> Snapshot {
    use crate::metrics::completeness::Completeness;
    use crate::metrics::estimate::estimated;
    let of = |conversions| Sums { value: Some(value * 1_000_000), ..sums(100, 100, conversions) };
    let days = [("2026-06-09", of(2)), ("2026-06-08", of(4))];
    let days = days.map(|(day, sums)| (day.parse().unwrap(), sums));
    let completeness = Completeness::given(vec![0.5, 0.8]);
    let found = estimated(&completeness, "2026-06-10".parse().unwrap(), &days).unwrap();
    let observed = Observed { sums: found.observed, evidence: found.evidence, unclear: found.unclear };
    let mut one = object();
    one.windows.insert(window, WindowSums { observed: Some(observed), ..known(found.sums) });
    snapshot([(group("one"), one)])
}

/// Python 3, with math alone:
///
/// ```text
/// def gamma_cdf(n, x): return 1 - exp(-x) * sum(x**i / factorial(i) for i in range(n))
/// gamma_cdf(1 + 6, 1 + 130 / 25)                    # 0.42578677 by what has come in
/// gamma_cdf(1 + 9, 1 + 200 / 25)                    # 0.41259176 if the estimate had
/// def beta_sf(a, b, x): return sum(comb(a + b - 1, i) * x**i * (1 - x)**(a + b - 1 - i) for i in range(a))
/// beta_sf(1 + 6, 19 + 130 - 6, 0.05)        # 0.37987122; the rate of 5 % weighs 20 clicks, of which one converts
/// ```
#[test]
fn what_is_still_to_come_is_no_evidence() {
    let window = Window::Days { days: 2, end: End::Estimated, offset: 0 };
    let chance = |when: &str| -> f64 {
        let mut rule = source("one", &format!("{when} > 2.0"), pause());
        rule.windows.insert("late".into(), window);
        used(&rule, &coming_in(window, 50), "prob").split(' ').next().unwrap().parse().unwrap()
    };
    let near = |found: f64, exact: f64| assert!((found - exact).abs() < 2e-6, "{found} is not {exact}");
    near(chance("probCpaAbove(late, params.target)"), 0.425_786_769);
    near(chance("probCvrAbove(late, 0.05)"), 0.379_871_217);
    near(chance("probCvrBelow(late, 0.05)"), 1.0 - 0.379_871_217);
    // Clicks are not late.
    let complete = chance("probCtrAbove(late, 0.012)");
    let mut world = coming_in(window, 50);
    let late = world.objects.get_mut(&group("one")).unwrap().windows.get_mut(&window).unwrap();
    late.observed = None;
    let mut rule = source("one", "probCtrAbove(late, 0.012) > 2.0", pause());
    rule.windows.insert("late".into(), window);
    let same = used(&rule, &world, "prob");
    near(complete, same.strip_suffix(" (by what has come in)").unwrap().parse().unwrap());
}

#[test]
fn what_is_played_over_ends_at_midnight_as_well() {
    let actions = vec![Action::AdjustBudget {
        by: Step::Share(2_000),
        bounds: Bounds::default(),
        until_midnight: true,
    }];
    let rule = compiled(&source("surf", "recent.clicks > 1", actions));
    let mut world = snapshot([(group("one"), object())]);
    let run = agreed(std::slice::from_ref(&rule), &world, &Memory::default());
    carry_out(&run, &mut world.objects);
    let mut endings = Endings::default();
    endings.add(&run);
    let mut amount_at = |now: &str| {
        let one = world.objects.get_mut(&group("one")).unwrap();
        endings.end(&group("one"), one, at(now));
        one.budget.unwrap().amount
    };
    assert_eq!(amount_at("2026-06-10T21:59:00Z"), euros(120));
    assert_eq!(amount_at("2026-06-10T22:00:00Z"), euros(100));
}

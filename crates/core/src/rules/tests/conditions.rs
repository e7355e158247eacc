//! Conditions have three values.

use super::*;
use crate::metrics::{self, Unknown as Number};

/// The verdict on one object, with the reason where there is none.
#[track_caller]
fn verdict(when: &str, change: impl FnOnce(&mut Snapshot)) -> String {
    let rule = compiled(&source("one", when, pause()));
    let mut world = snapshot([(group("one"), object())]);
    change(&mut world);
    let run = once(&[rule], &world);
    let told = &run.runs[0].objects.iter().find(|one| one.object == group("one")).unwrap().told;
    match &told.code {
        Some(code) => format!("{} {code}", told.verdict.word()),
        None => told.verdict.word().to_owned(),
    }
}

fn own(world: &mut Snapshot) -> &mut ObjectState {
    world.objects.get_mut(&group("one")).unwrap()
}

#[test]
fn ratios_are_of_sums() {
    assert_eq!(verdict("recent.cpa == money('100 EUR')", |_| {}), "true");
    assert_eq!(verdict("recent.cpc == money('0.20 EUR') && recent.ctr == 0.01", |_| {}), "true");
    assert_eq!(verdict("recent.roas == 0.5 && recent.conversions == 2", |_| {}), "true");
    assert_eq!(verdict("recent.budgetUse > 0.28 && recent.budgetUse < 0.29", |_| {}), "true");
}

#[test]
fn what_is_not_known_is_unknown_with_a_reason() {
    let no_conversions = |world: &mut Snapshot| {
        own(world).windows.insert(week(), known(sums(200, 1000, 0)));
    };
    assert_eq!(verdict("recent.cpa > params.target", no_conversions), "unknown zero-denominator");
    assert_eq!(verdict("recent.reach > 5", |_| {}), "unknown not-told");
    assert_eq!(verdict("before.spend > params.target", |_| {}), "unknown not-live");
    let gap = |world: &mut Snapshot| {
        let slot = metrics::Slot { day: jiff::civil::date(2026, 6, 3), hour: None };
        let sums = Err(Number::NotCovered { from: slot, to: slot });
        own(world).windows.insert(
            week(),
            WindowSums { sums, as_of: None, days: Some(7), ranges: Arc::default(), observed: None },
        );
    };
    assert_eq!(verdict("recent.spend > params.target", gap), "unknown not-covered");
    let stale = |world: &mut Snapshot| {
        own(world).windows.get_mut(&week()).unwrap().as_of = Some(at("2026-06-08T09:00:00Z"));
    };
    assert_eq!(verdict("recent.spend > params.target", stale), "unknown stale");
    assert_eq!(verdict("parent.recent.spend > params.target", |_| {}), "unknown no-parent");
    assert_eq!(verdict("self.bid > params.target", |_| {}), "unknown not-live");
}

#[test]
fn what_decides_decides_also_beside_the_unknown() {
    for (when, expected) in [
        ("recent.reach > 5 && recent.clicks > 5000", "false"),
        ("recent.clicks > 5000 && recent.reach > 5", "false"),
        ("recent.reach > 5 || recent.clicks > 500", "true"),
        ("recent.clicks > 500 || recent.reach > 5", "true"),
        ("recent.reach > 5 && recent.clicks > 500", "unknown not-told"),
        ("recent.reach > 5 || recent.clicks > 5000", "unknown not-told"),
        ("!(recent.reach > 5)", "unknown not-told"),
    ] {
        assert_eq!(verdict(when, |_| {}), expected, "{when}");
    }
}

#[test]
fn enough_must_be_there() {
    let mut rule = source("one", "recent.spend > params.target", pause());
    rule.require =
        Require { spend: Some(euros(300)), age: Some(SignedDuration::from_hours(24)), ..Require::default() };
    let run = once(&[compiled(&rule)], &snapshot([(group("one"), object())]));
    let told = &run.runs[0].objects[0].told;
    assert_eq!(told.reason.as_deref(), Some("spend is 200.00 EUR, 300.00 EUR are asked for"));
    assert_eq!(run.runs[0].objects[0].outcome, Outcome::Unknown);
}

#[test]
fn signals_must_be_fresh() {
    let mut rule = source("one", "signals.stock < 5", pause());
    let declared = SignalSource { kind: SignalKind::Number, freshness: SignedDuration::from_hours(6) };
    rule.signals = BTreeMap::from([("stock".into(), declared)]);
    let rule = compiled(&rule);
    let code = |signal: Option<Signal>| {
        let mut world = snapshot([(group("one"), object())]);
        world.signals.extend(signal.map(|signal| ("stock".into(), signal)));
        once(std::slice::from_ref(&rule), &world).runs[0].objects[0].told.code.clone().unwrap_or_default()
    };
    let signal = |value: Value, when: &str| Some(Signal { value, as_of: at(when) });
    assert_eq!(code(None), "no-signal");
    assert_eq!(code(signal(Value::Integer(3), "2026-06-10T01:00:00Z")), "stale-signal");
    assert_eq!(code(signal(Value::text("3"), NOW)), "wrong-signal");
    assert_eq!(code(signal(Value::Integer(3), NOW)), "");
}

#[test]
fn peers_have_places_and_idle_ones_have_none() {
    fn beside(world: &mut Snapshot) {
        for (called, clicks) in [("two", 4000), ("three", 500), ("idle", 0)] {
            let mut peer = object();
            peer.windows.insert(week(), known(sums(100, clicks, 1)));
            world.objects.insert(group(called), peer);
        }
    }
    let shared = |world: &mut Snapshot| {
        beside(world);
        world.objects.remove(&group("three"));
        world.objects.get_mut(&group("two")).unwrap().windows.insert(week(), known(sums(300, 10, 1)));
    };
    assert_eq!(verdict("peers.share(recent.spend) == 0.4", shared), "true");
    let world = {
        let mut world = snapshot([(group("one"), object())]);
        beside(&mut world);
        world
    };
    let rule = compiled(&source(
        "one",
        "peers.rank(recent.clicks) == 2 && peers.count(recent.clicks) == 3",
        pause(),
    ));
    let run = once(&[rule], &world);
    let verdicts: Vec<String> = run.runs[0]
        .objects
        .iter()
        .map(|one| format!("{} {}", one.object.name, one.told.verdict.word()))
        .collect();
    assert_eq!(verdicts, ["idle unknown", "one true", "three false", "two false"]);
}

#[test]
fn a_chance_counts_what_little_is_known() {
    // Nothing converted: with one target CPA spent that says little, with three it says much.
    let spent = |euros: i64| {
        move |world: &mut Snapshot| {
            own(world).windows.insert(week(), known(sums(euros, 1000, 0)));
        }
    };
    assert_eq!(verdict("probCpaAbove(recent, params.target) >= 0.9", spent(25)), "false");
    assert_eq!(verdict("probCpaAbove(recent, params.target) >= 0.9", spent(100)), "true");
    assert_eq!(verdict("probCpaAbove(recent, params.target) >= 0.9", spent(0)), "unknown no-data");
}

#[test]
fn a_deviation_is_from_equal_weekdays() {
    let weeks = |latest: i64| {
        move |world: &mut Snapshot| {
            let windows = &mut own(world).windows;
            windows.insert(Window::Yesterday, known(sums(latest, 100, 1)));
            for (index, spend) in [100, 104, 96, 102, 98, 100].into_iter().enumerate() {
                let offset = 7 * (u16::try_from(index).unwrap() + 1);
                let window = Window::Days { days: 1, end: metrics::End::Yesterday, offset };
                windows.insert(window, known(sums(spend, 100, 1)));
            }
        }
    };
    assert_eq!(verdict("zScore(yesterday.spend) > 3.5", weeks(140)), "true");
    assert_eq!(verdict("zScore(yesterday.spend) > 3.5", weeks(108)), "false");
    assert_eq!(
        verdict("zScore(yesterday.spend) > 3.5", |world| {
            own(world).windows.insert(Window::Yesterday, known(sums(140, 100, 1)));
        }),
        "unknown no-history"
    );
}

#[test]
fn beside_nothing_but_zeros_no_distance_is_known() {
    let zeros = |latest: i64| {
        move |world: &mut Snapshot| {
            let windows = &mut own(world).windows;
            windows.insert(Window::Yesterday, known(sums(latest, 100, 1)));
            for weeks in 1..=6 {
                let window = Window::Days { days: 1, end: metrics::End::Yesterday, offset: 7 * weeks };
                windows.insert(window, known(sums(0, 0, 0)));
            }
        }
    };
    assert_eq!(verdict("zScore(yesterday.spend) < 3.5", zeros(140)), "unknown no-spread");
    assert_eq!(verdict("zScore(yesterday.spend) == 0.0", zeros(0)), "true");
}

#[test]
fn what_runs_is_known_or_not() {
    let campaign = address(Kind::Campaign, "sale");
    let below = |state: Option<State>| {
        let campaign = campaign.clone();
        move |world: &mut Snapshot| {
            own(world).parent = Some(campaign.clone());
            world.objects.insert(campaign, ObjectState { state, ..object() });
        }
    };
    assert_eq!(verdict("self.running", below(Some(State::Active))), "true");
    assert_eq!(verdict("self.running", below(Some(State::Paused))), "false");
    assert_eq!(verdict("self.running", below(None)), "unknown not-live");
    assert_eq!(
        verdict("self.running", |world| own(world).parent = Some(campaign.clone())),
        "unknown not-live"
    );
    assert_eq!(verdict("self.running", |world| own(world).state = None), "unknown not-live");
    let both = |world: &mut Snapshot| {
        below(Some(State::Paused))(world);
        own(world).state = None;
    };
    assert_eq!(verdict("self.running", both), "false", "what it lies in decides");
}

#[test]
fn of_what_may_not_run_nothing_is_wanted() {
    let rule = [compiled(&source("stop", "recent.cpa > params.target", pause()))];
    let outcome = |change: &dyn Fn(&mut ObjectState)| {
        let mut one = object();
        change(&mut one);
        let run = once(&rule, &snapshot([(group("one"), one)]));
        let one = &run.runs[0].objects[0];
        (one.outcome.word(), one.told.reason.clone().unwrap_or_default())
    };
    let why = "the platform does not tell its state, or that of what it lies in".to_owned();
    assert_eq!(outcome(&|one| one.state = None), ("unknown", why.clone()));
    let lost = address(Kind::Campaign, "lost");
    assert_eq!(outcome(&|one| one.parent = Some(lost.clone())), ("unknown", why));
    assert_eq!(outcome(&|one| one.state = Some(State::Paused)).0, "notRunning");
}

#[test]
fn a_record_says_why_and_reads_back() {
    let rule = compiled(&source("one", "recent.cpa > params.target && recent.reach > 5", pause()));
    let run = once(&[rule], &snapshot([(group("one"), object())]));
    let text = serde_json::to_string(&run.runs[0]).unwrap();
    let back: RuleRun = serde_json::from_str(&text).unwrap();
    assert_eq!(back, run.runs[0]);
    assert_eq!(
        explain(&back, &group("one")).unwrap(),
        "growth/one at 2026-06-10T10:00:00Z: the condition is unknown, so nothing happens\n  \
         when recent.cpa > params.target: true\n    recent.cpa = 100.00 EUR\n  \
         when recent.reach > 5: unknown, since the platform does not tell `reach`\n"
    );
}

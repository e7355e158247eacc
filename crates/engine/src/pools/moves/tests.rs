//! Moves: which way they go, what refuses them, what is live of them.

use std::collections::BTreeMap;

use adplane_core::metrics::Day;
use adplane_core::pacing::Pattern;
use adplane_core::pool::{Allocation, Answer, OnExhausted, Term};

use super::*;
use crate::pools::Has;
use crate::state::{Remembered, StateDir};

fn overlay(amount: &str, expires: &str) -> Overlay {
    let text = format!(
        r#"{{"name": "rain-sale", "object": {{"namespace": "growth", "kind": "Campaign", "name": "sale"}},
            "field": "budget.daily", "value": "{amount} EUR", "rule": "rain", "pool": true, "expires": "{expires}"}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn wanted(amount: &str, expires: &str) -> Move {
    Move {
        object: "meta/shop/Campaign/growth/sale".parse().unwrap(),
        put: vec![overlay(amount, expires)],
        take_back: Vec::new(),
        lowers: true,
        pauses: false,
        is_live: false,
        is_less: true,
        resumes: false,
        place: Place::LocalState,
        id: String::new(),
        shown: String::new(),
        because: String::new(),
    }
}

const MONTH: &str = "2026-03-31T23:00:00Z";

#[test]
fn what_is_in_force_already_is_no_move() {
    let now: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
    let given = [overlay("8.00", MONTH)];
    assert!(!wanted("8.00", MONTH).is_new(&given, now));
    assert!(wanted("9.00", MONTH).is_new(&given, now), "another amount");
    assert!(wanted("8.00", "2026-04-30T22:00:00Z").is_new(&given, now), "another period");
    let of_rule = Overlay { pool: false, ..overlay("8.00", MONTH) };
    assert!(wanted("8.00", MONTH).is_new(&[of_rule], now), "a rule of the same name is another");
    let ended = [overlay("8.00", "2036-03-01T00:00:00Z")];
    assert!(!wanted("8.00", "2036-03-02T00:00:00Z").is_new(&ended, now), "what holds for ever");
}

#[test]
fn a_move_takes_the_place_of_the_pools_own() {
    let rule = Overlay { pool: false, ..overlay("7.00", MONTH) };
    let given = [overlay("8.00", MONTH), rule.clone()];
    assert_eq!(foreseen(&given, &[wanted("9.00", MONTH)]), [rule, overlay("9.00", MONTH)]);
}

/// A pool that gives its campaign this many euros in place of ten.
pub(in crate::pools) fn paced(
    after: Option<i64>,
    kind: OnExhausted,
    standing: Standing,
    unknown: bool,
) -> PacedPool {
    let object: Address = "meta/shop/Campaign/growth/sale".parse().unwrap();
    let euros = |amount: i64| amount * 1_000_000;
    let day = Day::constant(2026, 3, 2);
    let share = Share {
        before: euros(10),
        now: euros(10),
        after: after.map(euros),
        paused: after.is_none(),
        binds: None,
        most: 0,
        gave: 0,
        looked: 70,
    };
    let answers = unknown.then(|| Answer { code: "spend-unknown", message: "nobody told".to_owned() });
    let mut put = overlay(&format!("{}.00", after.unwrap_or_default()), MONTH);
    if after.is_none() {
        put.setting = Setting::State(adplane_core::overlay::HeldState::Paused);
    }
    PacedPool {
        pool: Pool {
            namespace: "growth".parse().unwrap(),
            name: "rain".parse().unwrap(),
            amount: "3100.00 EUR".parse().unwrap(),
            term: Term::Month,
            pattern: Pattern::Even,
            on_exhausted: kind,
            allocation: Allocation::Delivered,
            caps: BTreeMap::new(),
            members: vec![object.clone()],
            origin: None,
        },
        allotment: Allotment {
            standing,
            day,
            looked: 70,
            period: (Day::constant(2026, 3, 1), Day::constant(2026, 3, 31)),
            spent: euros(100),
            assumed: 0,
            left: euros(3000),
            planned: None,
            budget: Some(euros(100)),
            adjustments: Vec::new(),
            members: BTreeMap::from([(object, share)]),
            answers: answers.into_iter().collect(),
            days: BTreeMap::from([(day.yesterday().unwrap(), euros(100))]),
        },
        put: vec![put],
        take_back: Vec::new(),
        drawn: Vec::new(),
        has: BTreeMap::new(),
        crowded: BTreeMap::new(),
        place: Place::LocalState,
    }
}

#[test]
fn a_move_says_what_it_changes_and_from_what_it_was_decided() {
    let moves = |after| paced(after, OnExhausted::Pause, Standing::OnTrack, false).moves();
    let [cut, raise, pause] = [Some(8), Some(12), None].map(|after| moves(after).remove(0));
    assert_eq!(
        [&cut, &raise, &pause].map(|one| (one.shown.as_str(), one.lowers)),
        [
            ("budget from 10.00 EUR to 8.00 EUR", true),
            ("budget from 10.00 EUR to 12.00 EUR", false),
            ("pause it", true)
        ]
    );
    assert!(cut.because.starts_with("100.00 EUR of 3100.00 EUR spent from 2026-03-01 on"), "{}", cut.because);
    assert!(cut.id != raise.id && raise.id == moves(Some(12))[0].id);
}

#[test]
fn what_nobody_told_moves_nothing_but_what_must_fall() {
    use OnExhausted::{Alert, Pause};
    for (after, kind, standing, unknown, refused) in [
        (Some(12), Alert, Standing::OnTrack, false, false),
        (Some(12), Alert, Standing::Unknown, true, true),
        (Some(8), Alert, Standing::Unknown, true, true),
        (Some(8), Alert, Standing::Exhausted, true, false),
        (Some(12), Pause, Standing::Unknown, true, true),
        (Some(8), Pause, Standing::Unknown, true, false),
        (None, Pause, Standing::Exhausted, true, false),
        // The first day of a period is known, though nothing is to be said of it yet.
        (Some(12), Pause, Standing::Unknown, false, false),
    ] {
        let pool = paced(after, kind, standing, unknown);
        let found = pool.refuses(&pool.moves()[0]);
        assert_eq!(found.is_some(), refused, "{after:?} {kind:?} {standing:?} {found:?}");
    }
}

#[test]
fn a_raise_without_room_in_the_spend_guard_waits() {
    for (after, refused) in [(12, Some("spend guard: no room")), (8, None)] {
        let mut pool = paced(Some(after), OnExhausted::Alert, Standing::OnTrack, false);
        pool.crowded = BTreeMap::from([(pool.pool.members[0].clone(), "no room".to_owned())]);
        assert_eq!(pool.refuses(&pool.moves()[0]).as_deref(), refused);
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::of_project(folder.path());
        assert_eq!(crate::pools::put_in_force(&[pool], &state).unwrap(), 0, "nor is it put in force");
    }
}

#[test]
fn what_is_in_force_and_not_live_raises_when_it_is_written() {
    let mut pool = paced(Some(10), OnExhausted::Pause, Standing::Unknown, true);
    let object = pool.pool.members[0].clone();
    for (live, lowers) in [(8, false), (10, true), (500, true)] {
        pool.has = BTreeMap::from([(
            object.clone(),
            Has { live: Some(live * 1_000_000), runs: true, is_there: Some(true), ..Has::default() },
        )]);
        let wanted = &pool.moves()[0];
        assert_eq!((wanted.lowers, pool.refuses(wanted).is_none()), (lowers, lowers), "{live}");
        assert_eq!(wanted.shown, format!("budget from {live}.00 EUR to 10.00 EUR"));
    }
}

#[test]
fn a_cut_that_is_not_live_and_a_pause_are_remembered_as_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::of_project(folder.path());
    let mut pool = paced(Some(8), OnExhausted::Pause, Standing::OnTrack, false);
    let object = pool.pool.members[0].clone();
    let kept = |pool: &PacedPool, is_given: bool| {
        pool.remember(&state, |_| is_given).unwrap();
        let given = known(pool, &state).given;
        let amount = given[&pool.allotment.day].amounts[&object];
        [amount.amount, amount.most, amount.gave.unwrap()].map(|micros| micros / 1_000_000)
    };
    pool.has = BTreeMap::from([(object.clone(), Has::default())]);
    assert_eq!(kept(&pool, false), [0, 0, 0], "the pool holds it paused");
    pool.has = BTreeMap::from([(
        object.clone(),
        Has { amount: 10_000_000, live: Some(10_000_000), runs: true, is_there: Some(true) },
    )]);
    assert_eq!(kept(&pool, false), [10, 10, 10], "of a cut nothing came");
    assert_eq!(kept(&pool, true), [8, 10, 10], "it was written; the day has had more");
}

#[test]
fn more_than_a_campaign_gets_is_live_until_it_is_not() {
    let euros = |amount: i64| amount * 1_000_000;
    // In force are ten euros, and the look gives twelve.
    let mut pool = paced(Some(12), OnExhausted::Pause, Standing::OnTrack, false);
    let object = pool.pool.members[0].clone();
    for (live, runs, above) in [(60, true, true), (60, false, false), (12, true, false), (8, true, false)] {
        let has = Has { amount: euros(live), live: Some(euros(live)), runs, is_there: Some(true) };
        pool.has = BTreeMap::from([(object.clone(), has)]);
        assert_eq!(pool.above(|_| false), above.then_some(&object), "{live} {runs}");
        assert_eq!(pool.above(|_| true), None, "it came down since");
        assert_eq!(pool.moves()[0].lowers, live >= 12, "{live}: by what is live, not by what is in force");
    }
    pool.has = BTreeMap::from([(object.clone(), Has::default())]);
    assert_eq!(pool.above(|_| false), Some(&object), "its account was not read");
    pool.has = BTreeMap::from([(object.clone(), Has { is_there: Some(false), ..Has::default() })]);
    assert_eq!(pool.above(|_| false), None, "it is not there");
    let mut pause = paced(None, OnExhausted::Pause, Standing::Exhausted, false);
    for runs in [true, false] {
        pause.has = BTreeMap::from([(object.clone(), Has { runs, is_there: Some(true), ..Has::default() })]);
        assert_eq!(pause.above(|_| false), runs.then_some(&object));
    }
}

#[test]
fn what_is_live_is_seen_and_not_remembered() {
    let euros = |amount: i64| amount * 1_000_000;
    let has = |live: Option<i64>, runs, is_there| Has { amount: 0, live: live.map(euros), runs, is_there };
    for (after, has, is_live) in [
        (Some(12), has(Some(12), true, Some(true)), true),
        (Some(12), has(Some(12), false, Some(true)), false),
        (Some(12), has(Some(60), true, Some(true)), false),
        (Some(12), has(Some(8), true, Some(true)), false),
        (Some(12), has(None, true, Some(true)), false),
        (Some(12), has(None, false, None), false),
        (Some(12), has(None, false, Some(false)), true),
        (None, has(Some(12), true, Some(true)), false),
        (None, has(Some(12), false, Some(true)), true),
        (None, has(None, false, None), false),
    ] {
        let mut pool = paced(after, OnExhausted::Pause, Standing::OnTrack, false);
        pool.has = BTreeMap::from([(pool.pool.members[0].clone(), has)]);
        let wanted = &pool.moves()[0];
        assert_eq!((wanted.is_live, wanted.pauses), (is_live, after.is_none()), "{after:?} {has:?}");
    }
}

#[test]
fn a_resume_is_not_live_before_the_campaign_runs() {
    let euros = |amount: i64| amount * 1_000_000;
    let stands = |after: i64, live: i64, kind| {
        let mut pool = paced(Some(after), kind, Standing::OnTrack, false);
        let has = Has { live: Some(euros(live)), runs: false, is_there: Some(true), ..Has::default() };
        pool.has = BTreeMap::from([(pool.pool.members[0].clone(), has)]);
        pool
    };
    // In force are ten euros, and no pause any more: what lets it run waits.
    let pool = stands(10, 10, OnExhausted::Pause);
    let wanted = pool.moves().remove(0);
    assert_eq!(
        (wanted.is_live, wanted.lowers, wanted.shown.as_str()),
        (false, false, "resume it, budget 10.00 EUR")
    );
    let paths: Vec<String> = wanted.paths().iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["budget.daily", "state"], "what it waits for is seen");
    let back = pool.withdrawn(&wanted).unwrap();
    let values: Vec<(String, String)> =
        back.put.iter().map(|one| (one.name.to_string(), one.setting.to_string())).collect();
    assert_eq!(values, [("rain-sale-paused".to_owned(), "Paused".to_owned())], "nobody may approve it");
    assert!(back.lowers && back.pauses && back.take_back.is_empty());
    assert_eq!(stands(12, 10, OnExhausted::Pause).withdrawn(&wanted).unwrap().put, back.put, "nor with more");
    let less = stands(8, 10, OnExhausted::Pause).moves().remove(0);
    assert!(less.lowers && less.paths().len() == 1, "a lower amount goes first");
    let first = Move { take_back: vec![overlay("10.00", MONTH)], ..wanted.clone() };
    assert_eq!(pool.withdrawn(&first), None, "one that is still paused stays so");
    let soft = stands(10, 10, OnExhausted::Alert);
    let wanted = soft.moves().remove(0);
    assert!(
        wanted.is_live && wanted.lowers && soft.withdrawn(&wanted).is_none(),
        "a soft pool pauses nobody"
    );
}

#[test]
fn a_pause_that_somebody_lifted_by_hand_is_taken_back_as_what_it_does() {
    let mut pool = paced(Some(12), OnExhausted::Pause, Standing::OnTrack, false);
    let object = pool.pool.members[0].clone();
    pool.take_back = vec![Overlay {
        setting: Setting::State(adplane_core::overlay::HeldState::Paused),
        ..overlay("12.00", MONTH)
    }];
    // It runs with sixty, and no raise goes before it has come down: it must not wait for itself.
    for (runs, live, lowers) in [(true, 60, true), (true, 8, false), (false, 60, false)] {
        let has = Has { live: Some(live * 1_000_000), runs, is_there: Some(true), ..Has::default() };
        pool.has = BTreeMap::from([(object.clone(), has)]);
        let wanted = &pool.moves()[0];
        assert_eq!((wanted.lowers, wanted.is_live), (lowers, false), "{runs} {live}");
    }
}

#[test]
fn a_raise_that_is_asked_for_is_not_asked_anew_for_a_little_more() {
    let asked = |live: i64, after: i64| {
        let mut pool = paced(Some(after), OnExhausted::Pause, Standing::OnTrack, false);
        let object = pool.pool.members[0].clone();
        // In force are ten euros; what is given is in cents.
        let share = pool.allotment.members.get_mut(&object).unwrap();
        share.after = share.after.map(|euros| euros / 100);
        let has = Has { live: Some(live * 10_000), runs: true, is_there: Some(true), ..Has::default() };
        pool.has = BTreeMap::from([(object, has)]);
        pool.is_asked(&pool.moves()[0])
    };
    assert!(asked(800, 1020));
    assert!(!asked(800, 1040), "more than a little");
    assert!(!asked(800, 990), "less is asked at once");
    assert!(!asked(1000, 1020), "what is live waits for nobody");
}

#[test]
fn a_raise_that_must_not_be_made_is_taken_back_to_what_is_live() {
    // In force are ten euros, and the look gives twelve.
    let mut pool = paced(Some(12), OnExhausted::Pause, Standing::OnTrack, false);
    let raise = pool.moves().remove(0);
    for (live, back) in [(Some(8), Some("8.00 EUR")), (Some(10), None), (Some(11), None), (None, None)] {
        let live = live.map(|live| live * 1_000_000);
        let has = Has { live, runs: true, is_there: Some(true), ..Has::default() };
        pool.has = BTreeMap::from([(raise.object.clone(), has)]);
        let found = pool.withdrawn(&raise);
        let value = found.as_ref().map(|one| one.put[0].setting.to_string());
        assert_eq!(value.as_deref(), back, "{live:?}");
        assert!(found.is_none_or(|one| one.lowers && one.put[0].name == raise.put[0].name));
    }
}

fn known(pool: &PacedPool, state: &StateDir) -> Remembered {
    state.pools().recall(&pool.pool.namespace, &pool.pool.name)
}

#[test]
fn a_clock_that_went_back_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::of_project(folder.path());
    let mut pool = paced(Some(8), OnExhausted::Pause, Standing::OnTrack, false);
    assert_eq!(pool.is_behind(&known(&pool, &state)), None);
    pool.remember(&state, |_| true).unwrap();
    assert_eq!(pool.is_behind(&known(&pool, &state)), None, "a later look of the day");
    pool.allotment.day = Day::constant(2026, 2, 20);
    let why = pool.is_behind(&known(&pool, &state)).unwrap();
    assert!(why.contains("2026-02-20") && why.contains("2026-03-02"), "{why}");
}

#[test]
fn what_waits_is_remembered_as_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::of_project(folder.path());
    let pool = paced(Some(12), OnExhausted::Pause, Standing::OnTrack, false);
    let kept = |is_given: bool| {
        pool.remember(&state, |_| is_given).unwrap();
        let given = known(&pool, &state).given;
        let amount = *given[&pool.allotment.day].amounts.values().next().unwrap();
        (amount.amount / 1_000_000, amount.most / 1_000_000, amount.looked)
    };
    assert_eq!(kept(false), (10, 10, 70));
    assert_eq!(kept(true), (12, 12, 70));
}

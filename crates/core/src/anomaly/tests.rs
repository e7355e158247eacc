//! Clean days, injected ones, and what cannot be judged.

use std::collections::BTreeMap;

use super::{
    Alarm, Direction, Hours, Measure, NotJudged, Series, Settings, Verdict, drift, hourly, judge_day,
    judge_hours, level_shift,
};
use crate::metrics::Day;
use crate::stats::{Seed, Stream, negative_binomial};

/// The day with this number from 1 January 2026.
fn day(number: i64) -> Day {
    Day::constant(2026, 1, 1).checked_add(jiff::Span::new().days(number)).expect("within the calendar")
}

/// Days with a weekly shape, this mean and this relative noise.
fn series(mean: f64, noise: f64, days: i64, seed: u64) -> Series {
    let mut stream = Seed(seed).stream(0);
    let value = |number: i64, stream: &mut Stream| {
        let weekend = if day(number).weekday().to_monday_zero_offset() >= 5 { 0.7 } else { 1.1 };
        mean * weekend * (1.0 + noise * stream.normal()).max(0.0)
    };
    let days = (0..days).map(|number| (day(number), value(number, &mut stream))).collect();
    Series { measure: Measure::Amount, days }
}

/// Counts with this mean, drawn from a Poisson distribution.
fn counts(mean: f64, days: i64, seed: u64) -> Series {
    let mut stream = Seed(seed).stream(1);
    let draw = |stream: &mut Stream| {
        let share = stream.unit();
        (0..200_u8)
            .find(|count| negative_binomial(i64::from(*count), mean, mean).expect("in range").lower >= share)
            .map_or(200.0, f64::from)
    };
    let days = (0..days).map(|number| (day(number), draw(&mut stream))).collect();
    Series { measure: Measure::Count, days }
}

fn scaled(series: &Series, days: std::ops::Range<i64>, factor: f64) -> Series {
    let mut series = series.clone();
    for number in days {
        if let Some(value) = series.days.get_mut(&day(number)) {
            *value *= factor;
        }
    }
    series
}

fn ask(series: &Series, number: i64, known: &[Alarm]) -> Verdict {
    judge_day(series, day(number), &Settings::default(), known).expect("it can be judged")
}

fn alarms(series: &Series, days: std::ops::Range<i64>) -> usize {
    days.filter(|number| matches!(ask(series, *number, &[]), Verdict::Anomaly { .. })).count()
}

#[test]
fn clean_days_alarm_at_most_once_in_a_hundred() {
    let mut alarmed = 0;
    for seed in 0..4 {
        for noise in [0.05, 0.15, 0.3] {
            alarmed += alarms(&series(1000.0, noise, 250, seed), 50..250);
        }
        for mean in [0.5, 3.0, 20.0] {
            alarmed += alarms(&counts(mean, 250, seed), 50..250);
        }
    }
    // 4,800 clean days; once in a hundred would be 48.
    assert!(alarmed <= 5, "{alarmed}");
}

#[test]
fn two_days_of_less_than_half_or_twice_as_much_are_found() {
    for seed in 0..10 {
        let clean = series(1000.0, 0.1, 120, seed);
        for start in [60, 75, 90, 103] {
            for (factor, direction) in [(0.4, Direction::Drop), (2.0, Direction::Rise)] {
                let injected = scaled(&clean, start..start + 2, factor);
                assert!(matches!(ask(&injected, start, &[]), Verdict::Suspected(_)), "one day is no alarm");
                let Verdict::Anomaly { alarm, judged } = ask(&injected, start + 1, &[]) else {
                    panic!("{factor} at {start} is not found with seed {seed}");
                };
                assert_eq!(alarm, Alarm { first: day(start), last: day(start + 1), direction });
                assert!(judged.detectable < 0.8, "{judged:?}");
            }
        }
    }
}

#[test]
fn a_wild_day_neither_alarms_nor_hides_the_next() {
    let wild = scaled(&series(1000.0, 0.1, 120, 3), 80..81, 30.0);
    assert!(matches!(ask(&wild, 80, &[]), Verdict::Suspected(_)));
    assert!(matches!(ask(&wild, 81, &[]), Verdict::Normal(_)));
    let after = scaled(&wild, 87..89, 0.4);
    assert!(matches!(ask(&after, 88, &[]), Verdict::Anomaly { .. }));
}

#[test]
fn small_changes_are_no_alarm_however_sure() {
    let quiet = scaled(&series(1000.0, 0.001, 120, 3), 80..82, 0.75);
    let Verdict::Normal(judged) = ask(&quiet, 81, &[]) else { panic!("a quarter is not worth a word") };
    assert!(judged.z < -4.0);
}

#[test]
fn few_counts_are_judged_by_chance() {
    let mut rare = counts(12.0, 120, 5);
    for (number, count) in [(80, 1.0), (81, 0.0)] {
        rare.days.insert(day(number), count);
    }
    assert!(matches!(ask(&rare, 81, &[]), Verdict::Anomaly { .. }));
    let mut rarer = counts(1.5, 120, 5);
    for number in 80..82 {
        rarer.days.insert(day(number), 0.0);
    }
    let Verdict::Normal(judged) = ask(&rarer, 81, &[]) else { panic!("two days without are chance") };
    assert!(judged.detectable > 1.0, "no drop of one and a half a day can be seen: {judged:?}");
    // A first conversion on weekdays that had none is no wonder.
    let none: BTreeMap<Day, f64> = (0..80).map(|number| (day(number), 0.0)).collect();
    let mut first = Series { measure: Measure::Count, days: none };
    first.days.insert(day(80), 1.0);
    assert!(matches!(ask(&first, 80, &[]), Verdict::Normal(_)));
}

#[test]
fn a_day_that_was_restated_alarms_once() {
    let clean = series(1000.0, 0.1, 120, 4);
    let injected = scaled(&clean, 80..82, 0.4);
    let Verdict::Anomaly { alarm, .. } = ask(&injected, 81, &[]) else { panic!("it is found") };
    let restated = scaled(&clean, 80..82, 0.35);
    assert!(matches!(ask(&restated, 81, &[alarm]), Verdict::Known { .. }));
    // It goes on: still the same alarm, which the caller extends.
    let longer = scaled(&clean, 80..83, 0.4);
    assert!(matches!(ask(&longer, 82, &[alarm]), Verdict::Known { .. }));
    // The other way round, or weeks later, it is another one.
    let rise = scaled(&clean, 80..82, 2.0);
    assert!(matches!(ask(&rise, 81, &[alarm]), Verdict::Anomaly { .. }));
    let later = scaled(&injected, 100..102, 0.4);
    assert!(matches!(ask(&later, 101, &[alarm]), Verdict::Anomaly { .. }));
}

#[test]
fn what_cannot_be_judged_says_why() {
    let short = series(1000.0, 0.1, 25, 1);
    let judge = |series: &Series, number| judge_day(series, day(number), &Settings::default(), &[]);
    assert_eq!(judge(&short, 25), Err(NotJudged::NoValue(day(25))));
    assert_eq!(judge(&short, 24), Err(NotJudged::TooFewWeekdays { have: 3, asked: 6, need: 4 }));
    let mut gaps = series(1000.0, 0.1, 60, 1);
    gaps.days.retain(|one, _| *one == day(59) || (0..9).any(|week| *one == day(59 - 7 * week)));
    assert_eq!(judge(&gaps, 59), Err(NotJudged::TooFewDays { have: 6, need: 21 }));
    assert!(level_shift(&short, day(24), &Settings::default(), &[]).is_err());
}

#[test]
fn today_is_compared_with_the_same_hours() {
    let mut stream = Seed(8).stream(0);
    let days =
        (0..70).map(|number| (day(number), (0..24).map(|_| 100.0 * (1.0 + 0.2 * stream.normal())).collect()));
    let mut days = Hours { measure: Measure::Amount, days: days.collect() };
    let today = day(69);
    let ask = |days: &Hours, hours, known: &[Alarm]| {
        judge_hours(days, days, today, hours, &Settings::default(), known).expect("it can be judged")
    };
    assert!(matches!(ask(&days, 15, &[]), Verdict::Normal(_)));
    // Nothing is delivered from nine o'clock on, and the day ends at fifteen.
    let hours = days.days.get_mut(&today).expect("today");
    hours.truncate(15);
    hours[9..].fill(0.0);
    assert!(matches!(ask(&days, 9, &[]), Verdict::Normal(_)));
    let Verdict::Anomaly { alarm, judged } = ask(&days, 15, &[]) else { panic!("it is found") };
    assert!(judged.actual < 0.65 * judged.expected);
    assert!(matches!(ask(&days, 15, &[alarm]), Verdict::Known { .. }));
    let beyond = judge_hours(&days, &days, today, 16, &Settings::default(), &[]);
    assert_eq!(beyond, Err(NotJudged::NoValue(today)), "hours that are not known are not zero");
}

#[test]
fn many_days_a_little_off_are_a_drift() {
    let settings = Settings::default();
    let clean = series(1000.0, 0.3, 150, 6);
    let quiet = drift(&clean, day(100), &settings, &[]).expect("it can be judged");
    assert_eq!(quiet.alarm, None, "{quiet:?}");
    let drifted = scaled(&clean, 100..110, 0.5);
    let found = drift(&drifted, day(109), &settings, &[]).expect("it can be judged");
    let alarm = found.alarm.expect("it is found");
    assert_eq!((alarm.direction, found.known), (Direction::Drop, false));
    assert!(alarm.first >= day(92) && alarm.first <= day(104), "{alarm:?}");
    assert!(drift(&drifted, day(109), &settings, &[alarm]).expect("it can be judged").known);
    // Ten percent of a series that hardly varies are sure, and not worth a word.
    let steady = scaled(&series(1000.0, 0.001, 150, 6), 100..110, 0.9);
    let found = drift(&steady, day(109), &settings, &[]).expect("it can be judged");
    assert!(found.level < -found.limit && found.alarm.is_none(), "{found:?}");
    // A spike is no drift.
    let spike = scaled(&clean, 100..101, 20.0);
    assert_eq!(drift(&spike, day(101), &settings, &[]).expect("it can be judged").alarm, None);
}

#[test]
fn a_change_of_level_is_dated() {
    let settings = Settings::default();
    let mut found_by_chance = 0;
    for seed in 0..20 {
        let clean = series(1000.0, 0.2, 120, seed);
        found_by_chance +=
            usize::from(level_shift(&clean, day(119), &settings, &[]).expect("eight weeks").is_some());
        let shifted = scaled(&clean, 95..120, 0.55);
        let shift =
            level_shift(&shifted, day(119), &settings, &[]).expect("eight weeks").expect("it is found");
        assert!(shift.alarm.first >= day(93) && shift.alarm.first <= day(97), "{shift:?} with seed {seed}");
        assert!(shift.after < 0.7 * shift.before && shift.chance < 0.001);
        let again = level_shift(&shifted, day(119), &settings, &[shift.alarm]).expect("eight weeks");
        assert!(again.is_some_and(|shift| shift.known));
    }
    assert_eq!(found_by_chance, 0);
}

/// Whatever is new on a day of a series, by day or level, with what was told before.
fn new_alarm(series: &Series, number: i64, known: &[Alarm]) -> Option<(&'static str, Alarm)> {
    let settings = Settings::default();
    if let Ok(Verdict::Anomaly { alarm, .. }) = judge_day(series, day(number), &settings, known) {
        return Some(("day", alarm));
    }
    let shift = level_shift(series, day(number), &settings, known).ok()??;
    (!shift.known).then_some(("shift", shift.alarm))
}

#[test]
fn clean_days_alarm_at_most_once_in_a_hundred_whatever_is_asked() {
    let (mut told, mut days) = (Vec::new(), 0);
    for seed in 0..6 {
        let amounts = [0.05, 0.15, 0.3, 0.5].map(|noise| (noise, series(1000.0, noise, 250, seed)));
        let counts = [0.5, 3.0, 20.0].map(|mean| (mean, counts(mean, 250, seed)));
        for (what, series) in amounts.into_iter().chain(counts) {
            let mut known: Vec<Alarm> = Vec::new();
            for number in 63..250 {
                days += 1;
                if let Some((kind, alarm)) = new_alarm(&series, number, &known) {
                    told.push(format!("{what} {kind}"));
                    known.push(alarm);
                }
            }
        }
    }
    assert!(told.len() * 200 <= days, "{} of {days}: {told:?}", told.len());
}

#[test]
fn clean_days_alarm_at_most_once_in_a_hundred_by_their_hours() {
    let (mut told, mut days) = (Vec::new(), 0);
    for seed in 0..3 {
        for (mean, noise) in [(0.2, 0.0), (2.0, 0.15), (20.0, 0.3), (200.0, 0.15)] {
            let (counts, amounts) = hours_of(mean, noise, 110, seed);
            for hours in [&counts, &amounts] {
                for number in 49..110 {
                    days += 1;
                    let at = |until: &usize| judge_hours(hours, &counts, day(number), *until, &hourly(), &[]);
                    let hit = (1..=24).find(|until| matches!(at(until), Ok(Verdict::Anomaly { .. })));
                    told.extend(hit.map(|hour| format!("{mean} {noise} {:?} at {hour}", hours.measure)));
                }
            }
        }
    }
    assert!(told.len() * 200 <= days, "{} of {days}: {told:?}", told.len());
}

#[test]
fn an_amount_of_a_few_clicks_is_not_judged_by_hours() {
    let (counts, mut amounts) = hours_of(2.0, 0.0, 80, 1);
    amounts.days.get_mut(&day(77)).expect("the day").fill(0.0);
    let judge = |until| judge_hours(&amounts, &counts, day(77), until, &hourly(), &[]);
    assert_eq!(judge(8), Err(NotJudged::TooFewCounts(30)));
    assert!(judge(24).is_ok());
}

/// Hours with a daily and weekly shape, drawn around this mean an hour, days differing by this noise: what is counted,
/// and what that comes to.
fn hours_of(mean: f64, noise: f64, days: i64, seed: u64) -> (Hours, Hours) {
    let mut stream = Seed(seed).stream(2);
    let mut of_day = |number: i64| -> Vec<f64> {
        let weekend = if day(number).weekday().to_monday_zero_offset() >= 5 { 0.7 } else { 1.1 };
        let level = mean * weekend * (1.0 + noise * stream.normal()).max(0.05);
        let shape = |hour: usize| if hour < 6 { 0.3 } else { 1.2 };
        (0..24).map(|hour| poisson_at(stream.unit(), level * shape(hour))).collect()
    };
    let days: BTreeMap<Day, Vec<f64>> = (0..days).map(|number| (day(number), of_day(number))).collect();
    let cost = |hours: &Vec<f64>| hours.iter().map(|count| count * 1_370_000.0).collect();
    let amounts = days.iter().map(|(day, hours)| (*day, cost(hours))).collect();
    (Hours { measure: Measure::Count, days }, Hours { measure: Measure::Amount, days: amounts })
}

/// The count of a Poisson distribution that leaves this share below it.
fn poisson_at(share: f64, mean: f64) -> f64 {
    let (mut term, mut count) = ((-mean).exp(), 0.0);
    let mut sum = term;
    while sum < share && count < 2000.0 {
        count += 1.0;
        term *= mean / count;
        sum += term;
    }
    count
}

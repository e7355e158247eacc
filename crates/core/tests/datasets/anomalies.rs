//! Alarms on a year of real days, and on days that were changed.

use std::ops::Range;

use adplane_core::anomaly::{Alarm, Measure, Series, Settings, Verdict, drift, judge_day, level_shift};
use adplane_core::metrics::Day;

use super::table::Table;
use super::{Outcome, ensure};

/// The first day that has six equal weekdays before it, twice.
const FIRST: i64 = 84;
const DAYS: i64 = 365;

fn day(number: i64) -> Day {
    Day::constant(2019, 1, 1).saturating_add(jiff::Span::new().days(number))
}

fn series(name: &str, values: &[f64]) -> Series {
    let measure = if name.ends_with("cost") { Measure::Amount } else { Measure::Count };
    Series { measure, days: (0..).map(day).zip(values.iter().copied()).collect() }
}

fn scaled(series: &Series, days: Range<i64>, factor: f64) -> Series {
    let mut series = series.clone();
    for number in days {
        if let Some(value) = series.days.get_mut(&day(number)) {
            *value = (*value * factor).round();
        }
    }
    series
}

fn verdict(series: &Series, number: i64, known: &[Alarm]) -> Option<Verdict> {
    judge_day(series, day(number), &Settings::default(), known).ok()
}

fn alarm(series: &Series, number: i64, known: &[Alarm]) -> Option<Alarm> {
    match verdict(series, number, known)? {
        Verdict::Anomaly { alarm, .. } => Some(alarm),
        _ => None,
    }
}

/// Whatever is new on a day, by any of the three questions.
fn any_alarm(series: &Series, number: i64, known: &[Alarm]) -> Option<Alarm> {
    let settings = Settings::default();
    let drifted = || {
        let drift = drift(series, day(number), &settings, known).ok()?;
        drift.alarm.filter(|_| !drift.known)
    };
    let shifted = || {
        let shift = level_shift(series, day(number), &settings, known).ok()??;
        (!shift.known).then_some(shift.alarm)
    };
    alarm(series, number, known).or_else(drifted).or_else(shifted)
}

pub(crate) fn clean_days(table: &Table) -> Outcome {
    for (name, values) in table.series()? {
        let series = series(&name, &values);
        let daily = (FIRST..DAYS).filter(|number| alarm(&series, *number, &[]).is_some()).count();
        let mut known = Vec::new();
        for number in FIRST..DAYS {
            known.extend(any_alarm(&series, number, &known));
        }
        let most = usize::try_from((DAYS - FIRST) / 100).unwrap_or_default();
        ensure(daily <= most, format!("{name}: {daily} alarms by day on clean days"))?;
        ensure(
            known.len() <= most,
            format!("{name}: {} alarms of any kind on clean days: {known:?}", known.len()),
        )?;
    }
    Ok(())
}

/// The series that vary little enough for two days to show it; the others say that they do not.
pub(crate) fn two_days(table: &Table) -> Outcome {
    for (name, values) in table.series()? {
        let series = series(&name, &values);
        for factor in [0.4, 2.0] {
            let (mut found, mut asked) = (0, 0);
            for number in (FIRST..DAYS - 1).step_by(5) {
                let changed = scaled(&series, number..number + 2, factor);
                asked += 1;
                found += usize::from(alarm(&changed, number + 1, &[]).is_some());
            }
            if ["adwords views", "total views"].contains(&name.as_str()) {
                ensure(found * 100 >= asked * 95, format!("{name} at {factor}: {found} of {asked}"))?;
            }
        }
    }
    Ok(())
}

pub(crate) fn lasting(table: &Table) -> Outcome {
    for (name, values) in table.series()? {
        let series = series(&name, &values);
        for factor in [0.4, 2.0] {
            for number in (FIRST..DAYS - 28).step_by(40) {
                let changed = scaled(&series, number..DAYS, factor);
                let found = (number..number + 28).find(|day| any_alarm(&changed, *day, &[]).is_some());
                ensure(found.is_some(), format!("{name} at {factor} from day {number} on is not found"))?;
            }
        }
    }
    Ok(())
}

pub(crate) fn restated(table: &Table) -> Outcome {
    let (_, values) =
        table.series()?.into_iter().find(|(name, _)| name == "total views").ok_or("no total views")?;
    let series = series("total views", &values);
    let mut known = Vec::new();
    // The same two days come back seven times, a little different each time.
    for factor in [0.30, 0.32, 0.35, 0.33, 0.36, 0.34, 0.31] {
        let changed = scaled(&series, 200..202, factor);
        known.extend((200..203).find_map(|number| alarm(&changed, number, &known)));
    }
    ensure(known.len() == 1, format!("{known:?}"))
}

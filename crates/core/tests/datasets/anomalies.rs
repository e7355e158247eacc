//! Alarms on a year of real days, and on days that were changed.

use std::ops::Range;

use adplane_core::anomaly::{
    Alarm, Hours, Measure, Series, Settings, Verdict, drift, hourly, judge_day, judge_hours, level_shift,
};
use adplane_core::metrics::Day;
use adplane_core::stats::{Seed, Stream};

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

/// Whatever is new on a day, by days and levels.
fn any_alarm(series: &Series, number: i64, known: &[Alarm]) -> Option<Alarm> {
    let settings = Settings::default();
    let shifted = || {
        let shift = level_shift(series, day(number), &settings, known).ok()??;
        (!shift.known).then_some(shift.alarm)
    };
    alarm(series, number, known).or_else(shifted)
}

/// Whether a drift is to be seen; nobody is told of it.
fn drifts(series: &Series, number: i64) -> bool {
    drift(series, day(number), &Settings::default(), &[]).is_ok_and(|drift| drift.alarm.is_some())
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
                let found = (number..number + 28)
                    .find(|day| any_alarm(&changed, *day, &[]).is_some() || drifts(&changed, *day));
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

/// The days of a series by hours: the data has none, so each day is dealt out over a day's shape, by chance.
fn by_hours(series: &Series) -> Hours {
    let mut stream = Seed(2019).stream(0);
    let days = series.days.iter().map(|(day, value)| (*day, dealt(*value, series.measure, &mut stream)));
    Hours { measure: series.measure, days: days.collect() }
}

/// Little at night, most in the evening, and every hour of every day a little its own.
fn dealt(value: f64, measure: Measure, stream: &mut Stream) -> Vec<f64> {
    let shape = |hour: u8| if hour < 6 { 0.3 } else { 1.0 + 0.03 * f64::from(hour) };
    let weights: Vec<f64> =
        (0..24).map(|hour| shape(hour) * (1.0 + 0.25 * normal(stream)).max(0.1)).collect();
    let sum: f64 = weights.iter().sum();
    if measure == Measure::Amount {
        return weights.iter().map(|weight| value * weight / sum).collect();
    }
    let mut hours = vec![0.0; 24];
    let mut left = value;
    while left > 0.0 {
        let mut drawn = unit(stream) * sum;
        let hour = weights.iter().position(|weight| {
            drawn -= weight;
            drawn <= 0.0
        });
        hours[hour.unwrap_or(23)] += 1.0;
        left -= 1.0;
    }
    hours
}

/// Within 0 and 1.
fn unit(stream: &mut Stream) -> f64 {
    f64::from(u32::try_from(stream.place(1 << 24)).unwrap_or_default()) / f64::from(1 << 24)
}

/// Nearly a standard normal draw.
fn normal(stream: &mut Stream) -> f64 {
    (0..12).map(|_| unit(stream)).sum::<f64>() - 6.0
}

/// The clicks beside a series, by hours.
fn clicks_of(table: &Table, name: &str) -> Result<Hours, String> {
    let platform = name.split(' ').next().unwrap_or_default();
    let name = format!("{platform} clicks");
    let found = table.series()?.into_iter().find(|(one, _)| *one == name);
    Ok(by_hours(&series(&name, &found.ok_or(format!("no {name}"))?.1)))
}

/// What a day's hours tell first.
fn by_the_hour((hours, clicks): (&Hours, &Hours), number: i64, known: &[Alarm]) -> Option<Alarm> {
    (1..=24).find_map(|until| {
        match judge_hours(hours, clicks, day(number), until, &hourly(), known).ok()? {
            Verdict::Anomaly { alarm, .. } => Some(alarm),
            _ => None,
        }
    })
}

/// By hours, by days and by level together, each knowing what was told before.
pub(crate) fn hours_of_clean_days(table: &Table) -> Outcome {
    let most = usize::try_from((DAYS - FIRST) / 100).unwrap_or_default();
    let mut found = Vec::new();
    for (name, values) in table.series()? {
        let series = series(&name, &values);
        let hours = by_hours(&series);
        let clicks = clicks_of(table, &name)?;
        let mut known = Vec::new();
        for number in FIRST..DAYS {
            known.extend(by_the_hour((&hours, &clicks), number, &known));
            known.extend(any_alarm(&series, number, &known));
        }
        if known.len() > most {
            found.push(format!("{name}: {known:?}"));
        }
    }
    ensure(found.is_empty(), found.join("; "))
}

/// Of the series that vary little enough for one day to show it.
pub(crate) fn hours_of_changed_days(table: &Table) -> Outcome {
    for (name, values) in table.series()? {
        if !["adwords views", "total views"].contains(&name.as_str()) {
            continue;
        }
        let clean = by_hours(&series(&name, &values));
        for (from, factor) in [(0, 0.0), (0, 3.0)] {
            let (mut found, mut asked) = (0, 0);
            for number in (FIRST..DAYS).step_by(5) {
                let mut changed = clean.clone();
                for value in changed.days.get_mut(&day(number)).into_iter().flatten().skip(from) {
                    *value *= factor;
                }
                asked += 1;
                found += usize::from(by_the_hour((&changed, &clean), number, &[]).is_some());
            }
            ensure(found * 100 >= asked * 90, format!("{name} times {factor}: {found} of {asked}"))?;
        }
    }
    Ok(())
}

//! Days that a report covers and how they are cut (meta-ads.md §11).

use jiff::civil::{Date, Weekday};

use crate::meta::errors::GraphError;
use crate::meta::params::Params;
use crate::meta::store;
use crate::meta::time::plus_days;
use crate::world::World;

/// Days of one row, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bucket {
    /// The first day.
    pub(super) first: Date,
    /// The last day.
    pub(super) last: Date,
}

/// The buckets that parameters ask for.
pub(super) fn buckets(world: &World, account: &str, params: &Params) -> Result<Vec<Bucket>, GraphError> {
    let today = store::clock(world, account).day(world.now);
    let whole = range(params, today)?;
    let increment = params.text("time_increment").unwrap_or_else(|| "all_days".to_owned());
    match increment.as_str() {
        "all_days" => Ok(vec![whole]),
        "monthly" => Ok(cut(whole, |first| plus_days(first.last_of_month(), 1))),
        days => {
            let days: i64 = days
                .parse()
                .ok()
                .filter(|days| (1..=90).contains(days))
                .ok_or_else(|| GraphError::must_be("time_increment", "1 to 90, monthly or all_days"))?;
            Ok(cut(whole, |first| plus_days(first, days)))
        }
    }
}

fn cut(whole: Bucket, next: impl Fn(Date) -> Date) -> Vec<Bucket> {
    let mut buckets = Vec::new();
    let mut first = whole.first;
    while first <= whole.last {
        let following = next(first);
        buckets.push(Bucket { first, last: plus_days(following, -1).min(whole.last) });
        first = following;
    }
    buckets
}

fn range(params: &Params, today: Date) -> Result<Bucket, GraphError> {
    if let Some(range) = params.json("time_range") {
        let day = |name: &str| {
            range[name].as_str().and_then(|text| text.parse::<Date>().ok()).ok_or_else(|| {
                GraphError::must_be(&format!("time_range[{name}]"), "a date such as 2026-03-01")
            })
        };
        let (first, last) = (day("since")?, day("until")?);
        if first > last {
            return Err(GraphError::must_be("time_range[since]", "a day before time_range[until]"));
        }
        return Ok(Bucket { first, last });
    }
    let preset = params.text("date_preset").unwrap_or_else(|| "last_30d".to_owned());
    preset_range(&preset.to_lowercase(), today)
        .ok_or_else(|| GraphError::must_be("date_preset", "a known preset such as last_7d"))
}

/// The days of a preset; presets of finished days end yesterday.
fn preset_range(preset: &str, today: Date) -> Option<Bucket> {
    let yesterday = plus_days(today, -1);
    let month = today.first_of_month();
    let last_month = plus_days(month, -1);
    let year = Date::new(today.year(), 1, 1).ok()?;
    let last_year = plus_days(year, -1);
    let quarter = Date::new(today.year(), (today.month() - 1) / 3 * 3 + 1, 1).ok()?;
    let last_quarter = plus_days(quarter, -1);
    let last_quarter_start =
        Date::new(last_quarter.year(), (last_quarter.month() - 1) / 3 * 3 + 1, 1).ok()?;
    let monday = plus_days(today, -i64::from(today.weekday().to_monday_zero_offset()));
    let sunday = match today.weekday() {
        Weekday::Sunday => today,
        day => plus_days(today, -i64::from(day.to_monday_zero_offset()) - 1),
    };
    let (first, last) = match preset {
        "today" => (today, today),
        "yesterday" => (yesterday, yesterday),
        "last_3d" => (plus_days(today, -3), yesterday),
        "last_7d" => (plus_days(today, -7), yesterday),
        "last_14d" => (plus_days(today, -14), yesterday),
        "last_28d" => (plus_days(today, -28), yesterday),
        "last_30d" => (plus_days(today, -30), yesterday),
        "last_90d" => (plus_days(today, -90), yesterday),
        "this_month" => (month, today),
        "last_month" => (last_month.first_of_month(), last_month),
        "this_quarter" => (quarter, today),
        "last_quarter" => (last_quarter_start, last_quarter),
        "this_year" => (year, today),
        "last_year" => (Date::new(last_year.year(), 1, 1).ok()?, last_year),
        "this_week_mon_today" => (monday, today),
        "this_week_sun_today" => (sunday, today),
        "last_week_mon_sun" => (plus_days(monday, -7), plus_days(monday, -1)),
        "last_week_sun_sat" => (plus_days(sunday, -7), plus_days(sunday, -1)),
        // 37 months (§11).
        "maximum" | "data_maximum" => (plus_days(today, -1126), today),
        _ => return None,
    };
    Some(Bucket { first, last })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn presets() {
        let friday = day("2026-03-06");
        for (preset, first, last) in [
            ("last_7d", "2026-02-27", "2026-03-05"),
            ("this_week_mon_today", "2026-03-02", "2026-03-06"),
            ("last_week_sun_sat", "2026-02-22", "2026-02-28"),
            ("last_month", "2026-02-01", "2026-02-28"),
            ("last_quarter", "2025-10-01", "2025-12-31"),
        ] {
            let expected = Bucket { first: day(first), last: day(last) };
            assert_eq!(preset_range(preset, friday), Some(expected), "{preset}");
        }
    }

    #[test]
    fn months_are_cut_at_their_ends() {
        let whole = Bucket { first: day("2026-01-20"), last: day("2026-03-02") };
        let months = cut(whole, |first| plus_days(first.last_of_month(), 1));
        assert_eq!(months.len(), 3);
        assert_eq!(months[1], Bucket { first: day("2026-02-01"), last: day("2026-02-28") });
        assert_eq!(months[2].last, day("2026-03-02"));
    }
}

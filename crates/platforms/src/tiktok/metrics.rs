//! Reports of delivery: integrated reports by object and day or hour (tiktok-ads.md §13, tiktok-smart-plus.md §10).
//!
//! - Both lanes are in one report. Ads are asked for as `ad_id_v2`, which is one ad in either lane; `ad_id` would be one
//!   creative of an Upgraded Smart+ ad. The numbers add up to the same.
//! - A report by days covers 30 of them at most, one by hours a single day: longer ranges are split and put together.
//! - Deleted objects are left out unless asked for, so they are.
//! - Conversions are `conversion`: the event that the ad group is optimised for. Their value is what payments on the
//!   web (`total_complete_payment_rate`, an amount despite its name) and in apps brought; no other event has one.
//! - Every number is text, amounts in whole units of the currency; `-` is what the vendor does not tell.
//! - People reached are told by day, not by hour.

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Metric, MetricRow, Reading, Slot, Sums};
use adplane_engine::error::PlatformError;
use adplane_engine::port::MetricsRequest;
use jiff::ToSpan;
use jiff::civil::DateTime;

use super::auth::Session;
use super::calls::{self, Level, Report};
use super::read::pages;
use super::wire::{self, Object};
use crate::numbers::{self, NoNumber};

/// What reports tell; by the hour all but [`Metric::Reach`].
pub(crate) const TOLD: &[Metric] = &[
    Metric::Spend,
    Metric::Impressions,
    Metric::Clicks,
    Metric::Conversions,
    Metric::Value,
    Metric::Reach,
    Metric::VideoViews,
];

/// How conversions are attributed: by the settings of each ad group's event.
const ATTRIBUTION: &str = "ad_group_setting";

/// Most days of one report by days.
const MOST_DAYS: i32 = 30;

const BY_DAY: [&str; 8] = [
    "spend",
    "impressions",
    "clicks",
    "conversion",
    "total_complete_payment_rate",
    "total_purchase_value",
    "video_play_actions",
    "reach",
];

/// Reads a report.
///
/// # Errors
/// The failure of the first page that failed; a row that cannot be understood.
pub(super) async fn read(session: &Session, request: &MetricsRequest) -> Result<Reading, PlatformError> {
    request.check(Platform::TikTok)?;
    let (level, id) = match request.level {
        Kind::Campaign | Kind::Budget => (Level::Campaign, "campaign_id"),
        Kind::AdGroup => (Level::AdGroup, "adgroup_id"),
        Kind::Ad => (Level::Ad, "ad_id_v2"),
    };
    let (time, metrics, most) = match request.granularity {
        Granularity::Day => ("stat_time_day", BY_DAY.as_slice(), MOST_DAYS),
        Granularity::Hour => ("stat_time_hour", &BY_DAY[..7], 1),
    };
    let mut rows = Vec::new();
    for (from, to) in ranges(request.from, request.to, most) {
        let days = (from.to_string(), to.to_string());
        let report = Report { level, id, time, metrics, days: (&days.0, &days.1) };
        let found = pages::report(session, |page| calls::report(&session.config, &report, page)).await?;
        for row in found {
            rows.push(
                read_row(&report, request.granularity, &row).ok_or_else(|| not_understood(session, &row))?,
            );
        }
    }
    Ok(request.reading(ATTRIBUTION, rows))
}

fn not_understood(session: &Session, row: &Object) -> PlatformError {
    let shown: String = serde_json::Value::Object(row.clone()).to_string().chars().take(200).collect();
    PlatformError::unexpected(Platform::TikTok, "read metrics", format!("a row is not understood: {shown}"))
        .account(&session.config.advertiser)
}

/// A range in pieces of so many days.
fn ranges(from: Day, to: Day, most: i32) -> Vec<(Day, Day)> {
    let mut ranges = Vec::new();
    let mut first = from;
    while first <= to {
        let last = first.saturating_add((most - 1).days()).min(to);
        ranges.push((first, last));
        match last.tomorrow() {
            Ok(next) => first = next,
            Err(_) => break,
        }
    }
    ranges
}

/// One row; `None` when its object, its time or a number is not understood.
fn read_row(report: &Report<'_>, granularity: Granularity, row: &Object) -> Option<MetricRow> {
    let dimensions = wire::object(row, "dimensions")?;
    let id = ExternalId::new(&wire::text(dimensions, report.id)?).ok()?;
    let at = DateTime::strptime("%Y-%m-%d %H:%M:%S", wire::word(dimensions, report.time)?).ok()?;
    let hour = match granularity {
        Granularity::Day => None,
        Granularity::Hour => Some(u8::try_from(at.hour()).ok()?),
    };
    let metrics = wire::object(row, "metrics")?;
    let web = number(metrics, "total_complete_payment_rate", numbers::micros).ok()?;
    let app = number(metrics, "total_purchase_value", numbers::micros).ok()?;
    let sums = Sums {
        spend: number(metrics, "spend", numbers::micros).ok()?,
        impressions: number(metrics, "impressions", numbers::count).ok()?,
        clicks: number(metrics, "clicks", numbers::count).ok()?,
        conversions: number(metrics, "conversion", numbers::conversions).ok()?,
        // An ad group sells on the web or in an app: one of the two may not be told of it.
        value: match (web, app) {
            (Some(web), Some(app)) => Some(web.checked_add(app)?),
            (told, other) => told.or(other),
        },
        reach: if granularity == Granularity::Day {
            number(metrics, "reach", numbers::count).ok()?
        } else {
            None
        },
        video_views: number(metrics, "video_play_actions", numbers::count).ok()?,
    };
    Some(MetricRow { id, slot: Slot { day: at.date(), hour }, sums })
}

/// A number: not told where it is `-` or left out.
fn number(metrics: &Object, name: &str, read: fn(&str) -> Option<i64>) -> Result<Option<i64>, NoNumber> {
    match wire::text(metrics, name).filter(|text| text != "-") {
        None => Ok(None),
        Some(text) => read(&text).map(Some).ok_or(NoNumber),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn report(time: &'static str) -> Report<'static> {
        Report { level: Level::Ad, id: "ad_id_v2", time, metrics: &[], days: ("", "") }
    }

    #[test]
    fn ranges_are_split_at_the_vendors_limit() {
        let found = ranges(day("2026-10-01"), day("2026-11-15"), MOST_DAYS);
        assert_eq!(found, [(day("2026-10-01"), day("2026-10-30")), (day("2026-10-31"), day("2026-11-15"))]);
        assert_eq!(ranges(day("2026-10-01"), day("2026-10-03"), 1).len(), 3);
        assert_eq!(ranges(day("2026-10-01"), day("2026-10-30"), MOST_DAYS).len(), 1);
    }

    #[test]
    fn texts_become_numbers_and_dashes_stay_unknown() {
        let row = json!({"dimensions": {"ad_id_v2": "1790000000000000001", "stat_time_hour": "2026-11-01 13:00:00"},
            "metrics": {"spend": "14.68", "impressions": "1079", "clicks": "13", "conversion": "2",
                "total_complete_payment_rate": "60.00", "total_purchase_value": "-", "video_play_actions": "-"}});
        let read = read_row(&report("stat_time_hour"), Granularity::Hour, row.as_object().unwrap()).unwrap();
        assert_eq!((read.slot.day, read.slot.hour), (day("2026-11-01"), Some(13)));
        assert_eq!((read.sums.spend, read.sums.conversions), (Some(14_680_000), Some(2_000_000)));
        assert_eq!((read.sums.value, read.sums.video_views, read.sums.reach), (Some(60_000_000), None, None));
    }

    #[test]
    fn a_row_that_is_not_understood_is_none() {
        let read = |dimensions: Json, metrics: Json| {
            let row = json!({"dimensions": dimensions, "metrics": metrics});
            read_row(&report("stat_time_day"), Granularity::Day, row.as_object().unwrap())
        };
        let dimensions = json!({"ad_id_v2": "1", "stat_time_day": "2026-11-01 00:00:00"});
        assert!(read(dimensions.clone(), json!({})).is_some());
        assert_eq!(read(dimensions, json!({"spend": "much"})), None);
        assert_eq!(read(json!({"ad_id_v2": "1", "stat_time_day": "today"}), json!({})), None);
        assert_eq!(read(json!({"stat_time_day": "2026-11-01 00:00:00"}), json!({})), None);
    }
}

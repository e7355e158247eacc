//! Reports of delivery: GAQL over campaigns, ad groups and ads, segmented by day or hour. Source: google-ads.md §4.
//!
//! - Queries are paged (`search`), not streamed: all pages of a query count once against the quota, a page that fails is
//!   repeated alone, and none waits in memory for the others. The vendor drops rows that are all zero.
//! - Removed objects are not filtered out: what they delivered was delivered.
//! - Performance Max has asset groups in place of ad groups and no ads. An asset group's numbers are told twice: as the ad
//!   group that it is here, and as the ad that its assets are. Its report has no video views.
//! - Conversions are those of actions that count as primary (`metrics.conversions`), booked on the day of the interaction,
//!   with the look-back of each conversion action: the vendor tells no other setting.
//! - Days and hours are the account's. People reached are not told per object and day.

use adplane_core::address::{Kind, Platform};
use adplane_core::metrics::{Granularity, Metric, MetricRow, Reading, Slot, Sums};
use adplane_engine::error::PlatformError;
use adplane_engine::port::MetricsRequest;
use serde_json::Value;

use super::Google;
use super::read::{AD_COLLECTION, external_id};
use super::wire::{at, last, local, text};
use crate::numbers;

/// What reports tell; of asset groups all but [`Metric::VideoViews`].
pub(super) const TOLD: &[Metric] = &[
    Metric::Spend,
    Metric::Impressions,
    Metric::Clicks,
    Metric::Conversions,
    Metric::Value,
    Metric::VideoViews,
];

/// How conversions are attributed: each conversion action's own settings, on the day of the interaction.
const ATTRIBUTION: &str = "conversion_action,interaction_date";

const OPERATION: &str = "read metrics";

/// A resource that reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Campaign,
    AdGroup,
    Ad,
    /// An asset group as an ad group.
    AssetGroup,
    /// An asset group as the ad that its assets are.
    Assets,
}

impl Source {
    /// What together makes up a level.
    fn of(level: Kind) -> &'static [Self] {
        match level {
            Kind::Campaign => &[Self::Campaign],
            Kind::AdGroup => &[Self::AdGroup, Self::AssetGroup],
            Kind::Ad => &[Self::Ad, Self::Assets],
            Kind::Budget => &[],
        }
    }

    /// The resource in queries, and its member in rows.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Campaign => ("campaign", "campaign"),
            Self::AdGroup => ("ad_group", "adGroup"),
            Self::Ad => ("ad_group_ad", "adGroupAd"),
            Self::AssetGroup | Self::Assets => ("asset_group", "assetGroup"),
        }
    }

    fn tells_video_views(self) -> bool {
        !matches!(self, Self::AssetGroup | Self::Assets)
    }
}

/// Reads a report.
///
/// # Errors
/// The failure of the first query or page that failed; a row that cannot be understood.
pub(super) async fn read(google: &Google, request: &MetricsRequest) -> Result<Reading, PlatformError> {
    request.check(Platform::Google)?;
    let mut rows = Vec::new();
    for source in Source::of(request.level) {
        for found in google.rows(&query(*source, request)).await? {
            let row = row(*source, request.granularity, &found).ok_or_else(|| {
                let shown: String = found.to_string().chars().take(200).collect();
                PlatformError::unexpected(
                    Platform::Google,
                    OPERATION,
                    format!("a row is not understood: {shown}"),
                )
                .account(&google.config.customer)
            })?;
            rows.push(row);
        }
    }
    Ok(request.reading(ATTRIBUTION, rows))
}

fn query(source: Source, request: &MetricsRequest) -> String {
    let (resource, _) = source.names();
    let hour = match request.granularity {
        Granularity::Day => "",
        Granularity::Hour => ", segments.hour",
    };
    let views = if source.tells_video_views() { ", metrics.video_trueview_views" } else { "" };
    let MetricsRequest { from, to, .. } = request;
    format!(
        "SELECT {resource}.resource_name, segments.date{hour}, metrics.cost_micros, metrics.impressions, \
         metrics.clicks, metrics.conversions, metrics.conversions_value{views} FROM {resource} \
         WHERE segments.date BETWEEN '{from}' AND '{to}'"
    )
}

/// One row; `None` when its object, its time or a number is not understood.
fn row(source: Source, granularity: Granularity, row: &Value) -> Option<MetricRow> {
    let (_, member) = source.names();
    let name = local(text(row, &format!("{member}.resourceName"))?);
    let id = match source {
        Source::Assets => external_id(&format!("{AD_COLLECTION}/{}", last(name)))?,
        _ => external_id(name)?,
    };
    let day = text(row, "segments.date")?.parse().ok()?;
    let hour = match granularity {
        Granularity::Day => None,
        Granularity::Hour => Some(hour(row)?),
    };
    let metrics = row.get("metrics").unwrap_or(&Value::Null);
    let mut sums = Sums {
        spend: Some(number(metrics, "costMicros", numbers::count)?),
        impressions: Some(number(metrics, "impressions", numbers::count)?),
        clicks: Some(number(metrics, "clicks", numbers::count)?),
        conversions: Some(number(metrics, "conversions", numbers::conversions)?),
        value: Some(number(metrics, "conversionsValue", numbers::micros)?),
        reach: None,
        video_views: None,
    };
    if source.tells_video_views() {
        sums.video_views = Some(number(metrics, "videoTrueviewViews", numbers::count)?);
    }
    Some(MetricRow { id, slot: Slot { day, hour }, sums })
}

/// The hour of the wall clock; the first one may be left out as any zero.
fn hour(row: &Value) -> Option<u8> {
    let told = at(row, "segments.hour").map_or(Some(0), Value::as_u64)?;
    u8::try_from(told).ok().filter(|hour| *hour < 24)
}

/// A number, which travels as a string or a double and may be left out when it is zero.
fn number(metrics: &Value, name: &str, read: fn(&str) -> Option<i64>) -> Option<i64> {
    match metrics.get(name) {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(digits)) => read(digits),
        Some(Value::Number(number)) => read(&number.to_string()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(level: Kind, granularity: Granularity) -> MetricsRequest {
        MetricsRequest {
            level,
            granularity,
            from: "2026-11-01".parse().unwrap(),
            to: "2026-11-19".parse().unwrap(),
            as_of: "2026-11-20T00:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn queries_name_their_segments_and_days() {
        let by_hour = query(Source::Ad, &request(Kind::Ad, Granularity::Hour));
        assert_eq!(
            by_hour,
            "SELECT ad_group_ad.resource_name, segments.date, segments.hour, metrics.cost_micros, \
             metrics.impressions, metrics.clicks, metrics.conversions, metrics.conversions_value, \
             metrics.video_trueview_views FROM ad_group_ad \
             WHERE segments.date BETWEEN '2026-11-01' AND '2026-11-19'"
        );
        let assets = query(Source::Assets, &request(Kind::Ad, Granularity::Day));
        assert!(assets.contains("FROM asset_group WHERE") && !assets.contains("video"), "{assets}");
        assert!(!assets.contains("segments.hour") && !assets.contains("status"), "{assets}");
    }

    #[test]
    fn fractions_of_conversions_are_kept_and_zeroes_may_be_left_out() {
        let told = json!({"campaign": {"resourceName": "customers/1/campaigns/2"},
            "segments": {"date": "2026-11-19"},
            "metrics": {"costMicros": "1230000", "impressions": "10", "conversions": 1.333_333_5,
                "conversionsValue": 59.9}});
        let read = row(Source::Campaign, Granularity::Day, &told).unwrap();
        assert_eq!(read.id.as_str(), "campaigns/2");
        assert_eq!((read.sums.spend, read.sums.clicks, read.sums.reach), (Some(1_230_000), Some(0), None));
        assert_eq!((read.sums.conversions, read.sums.value), (Some(1_333_334), Some(59_900_000)));
    }

    #[test]
    fn an_asset_group_is_an_ad_group_and_its_ad() {
        let told = json!({"assetGroup": {"resourceName": "customers/1/assetGroups/5"},
            "segments": {"date": "2026-11-19", "hour": 23}, "metrics": {"clicks": "1"}});
        let group = row(Source::AssetGroup, Granularity::Hour, &told).unwrap();
        let ad = row(Source::Assets, Granularity::Hour, &told).unwrap();
        assert_eq!((group.id.as_str(), ad.id.as_str()), ("assetGroups/5", "assetGroupAssets/5"));
        assert_eq!((group.slot.hour, group.sums.video_views), (Some(23), None));
    }

    #[test]
    fn what_is_not_understood_is_no_row() {
        let told = |segments: Value, metrics: Value| {
            let told = json!({"campaign": {"resourceName": "customers/1/campaigns/2"},
                "segments": segments, "metrics": metrics});
            row(Source::Campaign, Granularity::Hour, &told)
        };
        assert!(told(json!({"date": "2026-11-19"}), json!({})).is_some());
        assert_eq!(told(json!({"hour": 1}), json!({})), None);
        assert_eq!(told(json!({"date": "2026-11-19", "hour": 24}), json!({})), None);
        assert_eq!(told(json!({"date": "2026-11-19"}), json!({"clicks": "many"})), None);
    }
}

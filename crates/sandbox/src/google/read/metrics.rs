//! Metrics and segments from simulated delivery. Source: google-ads.md §4.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::Reader;
use crate::delivery::Delivered;
use crate::google::names::id_of;
use crate::google::rules::text_of;
use crate::world::{Object, Vendor};

/// The objects that deliver for an object of this resource: ads, and asset groups of Performance Max.
///
/// Keywords have no delivery of their own in the sandbox; their metrics are zero.
pub(in crate::google) fn carriers<'r>(
    reader: &'r Reader<'_>,
    gaql: &str,
    object: &'r Object,
) -> Vec<&'r str> {
    let name = text_of(object, "resourceName");
    match gaql {
        "ad_group_ad" => vec![ad_id(object)],
        "asset_group" => vec![text_of(object, "id")],
        "ad_group" => ads(reader, name),
        "campaign" => of_campaign(reader, name),
        "customer" => {
            let campaigns =
                reader.account.collection("campaigns").into_iter().flat_map(|stored| stored.values());
            campaigns.flat_map(|campaign| of_campaign(reader, text_of(campaign, "resourceName"))).collect()
        }
        _ => Vec::new(),
    }
}

/// The id of the ad in an `adGroupAds` object.
pub(in crate::google) fn ad_id(object: &Object) -> &str {
    object.get("ad").and_then(|ad| ad.get("id")).and_then(Value::as_str).unwrap_or_default()
}

fn ads<'r>(reader: &'r Reader<'_>, ad_group: &str) -> Vec<&'r str> {
    reader.children().ads.get(ad_group).into_iter().flatten().map(|object| ad_id(object)).collect()
}

fn of_campaign<'r>(reader: &'r Reader<'_>, campaign: &str) -> Vec<&'r str> {
    let children = reader.children();
    let groups = children.ad_groups.get(campaign).into_iter().flatten();
    let asset_groups = children.asset_groups.get(campaign).into_iter().flatten();
    groups
        .flat_map(|group| ads(reader, text_of(group, "resourceName")))
        .chain(asset_groups.map(|group| id_of(text_of(group, "resourceName"))))
        .collect()
}

/// Rows of segments and metrics. Without segments one row, all zero or not; with segments only rows where a selected
/// metric is not zero (§4, row rules).
pub(in crate::google) fn rows(
    reader: &Reader<'_>,
    carriers: &[&str],
    range: (Option<Date>, Option<Date>),
    segments: &[&str],
    selected: &[&str],
) -> Vec<(Object, Object)> {
    let (from, to) = instants(reader, range);
    let report = reader.world.told_report(Vendor::Google, reader.id);
    let mut sums: BTreeMap<Vec<String>, (Object, Delivered)> = BTreeMap::new();
    for carrier in carriers {
        for (hour, delivered) in report.hours(carrier, from, to) {
            let values = segment_values(reader, hour, segments);
            let key: Vec<String> = values.values().map(ToString::to_string).collect();
            sums.entry(key).or_insert_with(|| (values, Delivered::default())).1.add(&delivered);
        }
    }
    if segments.is_empty() {
        let total = sums.into_values().next().map(|(_, sum)| sum).unwrap_or_default();
        return vec![(Object::new(), metrics(&total))];
    }
    sums.into_values()
        .map(|(values, sum)| (values, metrics(&sum)))
        .filter(|(_, metrics)| {
            selected.is_empty() || selected.iter().any(|name| !is_zero(metrics.get(*name)))
        })
        .collect()
}

/// The totals over rows of metrics (§2.1, `summaryRow`).
#[expect(
    clippy::cast_possible_truncation,
    reason = "counts and values that the API reports as doubles are summed as such"
)]
pub(in crate::google) fn total<'m>(rows: impl Iterator<Item = &'m Object>) -> Object {
    let mut sum = Delivered::default();
    for row in rows {
        let count = |name: &str| row.get(name).and_then(|value| value.as_str()?.parse().ok()).unwrap_or(0);
        let number = |name: &str| row.get(name).and_then(Value::as_f64).unwrap_or_default();
        sum.add(&Delivered {
            impressions: count("impressions"),
            clicks: count("clicks"),
            spend_micros: count("costMicros"),
            conversions: number("conversions").round() as i64,
            value_micros: (number("conversionsValue") * 1_000_000.0).round() as i64,
        });
    }
    metrics(&sum)
}

fn is_zero(value: Option<&Value>) -> bool {
    match value {
        Some(Value::String(text)) => text == "0",
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        _ => true,
    }
}

/// Days on the account's clock as instants; an open end reaches to now.
fn instants(reader: &Reader<'_>, (first, last): (Option<Date>, Option<Date>)) -> (Timestamp, Timestamp) {
    let start_of = |day: Date| day.to_zoned(reader.zone.clone()).map(|zoned| zoned.timestamp()).ok();
    let from = first.and_then(start_of).unwrap_or(Timestamp::MIN);
    let to = last.and_then(|day| start_of(day.saturating_add(1.days()))).unwrap_or_else(|| {
        reader.now().saturating_add(jiff::SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX)
    });
    (from, to)
}

fn segment_values(reader: &Reader<'_>, hour: Timestamp, segments: &[&str]) -> Object {
    let local = hour.to_zoned(reader.zone.clone());
    let day = local.date();
    let mut values = Object::new();
    for segment in segments {
        let value = match *segment {
            "date" => json!(day.to_string()),
            "hour" => json!(local.hour()),
            "week" => json!(crate::google::gaql::week(day).to_string()),
            "month" => json!(day.first_of_month().to_string()),
            "quarter" => json!(quarter(day).to_string()),
            "year" => json!(day.year()),
            _ => json!(weekday(day)),
        };
        values.insert((*segment).to_owned(), value);
    }
    values
}

fn quarter(day: Date) -> Date {
    let months = i64::from((day.month() - 1) % 3);
    day.first_of_month().saturating_sub(months.months())
}

fn weekday(day: Date) -> &'static str {
    let offset = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
    crate::google::schema::enums::DAY_OF_WEEK[offset % 7]
}

/// Counts as strings, rates and averages as doubles; averages of money are micros (§4).
#[expect(clippy::cast_precision_loss, reason = "the API reports rates and averages as doubles")]
fn metrics(sum: &Delivered) -> Object {
    let ratio = |part: i64, whole: i64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let Delivered { impressions, clicks, spend_micros, conversions, value_micros } = *sum;
    let value = value_micros as f64 / 1_000_000.0;
    let mut metrics = Object::new();
    for (name, number) in [
        ("impressions", impressions),
        ("clicks", clicks),
        ("costMicros", spend_micros),
        ("interactions", clicks),
        // The simulation shows no videos.
        ("videoTrueviewViews", 0),
    ] {
        metrics.insert(name.to_owned(), json!(number.to_string()));
    }
    for (name, number) in [
        ("ctr", ratio(clicks, impressions)),
        ("interactionRate", ratio(clicks, impressions)),
        ("averageCpc", ratio(spend_micros, clicks)),
        ("averageCost", ratio(spend_micros, clicks)),
        ("averageCpm", ratio(spend_micros, impressions) * 1_000.0),
        ("costPerConversion", ratio(spend_micros, conversions)),
        ("conversions", conversions as f64),
        ("conversionsValue", value),
        ("allConversions", conversions as f64),
        ("allConversionsValue", value),
        ("valuePerConversion", if conversions == 0 { 0.0 } else { value / conversions as f64 }),
        ("conversionsFromInteractionsRate", ratio(conversions, clicks)),
        ("conversionsByConversionDate", conversions as f64),
        ("conversionsValueByConversionDate", value),
    ] {
        metrics.insert(name.to_owned(), json!(number));
    }
    metrics
}

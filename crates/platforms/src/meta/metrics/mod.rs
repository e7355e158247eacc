//! Reports of delivery: insights of the account by level and day or hour (meta-ads.md §11).
//!
//! - **How**: one report for a level, with `time_increment=1` and, for hours, the breakdown by the advertiser's hour.
//!   [`report`] asks for small ones at once and has large ones made.
//! - **Deleted objects** are in lists only when asked for by their state, so all states are.
//! - **Clicks** are clicks on links (`inline_link_clicks`), as other platforms count them; likes and opened comments are not.
//! - **Conversions** are of the event that the ad set is optimised for, else purchases: see [`conversions`].
//! - **Attribution** is the ad set's own setting, which the vendor forces since June 2025.
//! - **People reached** are told by day, not by hour. **Video views** are plays of three seconds.
//! - **Money** is decimal text in whole units of the currency.

mod conversions;
mod report;

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Granularity, Metric, MetricRow, Reading, Slot, Sums};
use adplane_engine::error::PlatformError;
use adplane_engine::port::MetricsRequest;
use serde_json::Value as Json;

use self::conversions::{Counted, Goals};
use self::report::HOURLY;
use super::calls::{Graph, build};
use super::wire::json;
use crate::numbers;

/// What reports tell; by the hour all but [`Metric::Reach`].
pub(super) const TOLD: &[Metric] = &[
    Metric::Spend,
    Metric::Impressions,
    Metric::Clicks,
    Metric::Conversions,
    Metric::Value,
    Metric::Reach,
    Metric::VideoViews,
];

/// How conversions are attributed: as each ad set says, in the vendor's name for it.
const ATTRIBUTION: &str = "attribution_setting";

/// Reads a report.
///
/// # Errors
/// The failure of the first page or poll that failed; a row that cannot be understood.
pub(super) async fn read(graph: &Graph, request: &MetricsRequest) -> Result<Reading, PlatformError> {
    request.check(Platform::Meta)?;
    let found = report::rows(graph, request).await?;
    let goals = if found.is_empty() {
        Goals::default()
    } else {
        Goals::of(&graph.list(build::goals(&graph.endpoint)).await?)
    };
    let parts = parts(graph, request, &goals, &found).await?;
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        rows.push(read_row(request, &goals, &parts, row).ok_or_else(|| not_understood(graph, row))?);
    }
    Ok(request.reading(ATTRIBUTION, rows))
}

/// Conversions of campaigns whose ad sets count different events, from a report of the ad sets.
async fn parts(
    graph: &Graph,
    request: &MetricsRequest,
    goals: &Goals,
    found: &[Json],
) -> Result<conversions::Parts, PlatformError> {
    let mut parts = conversions::Parts::new();
    let mixed = |row: &Json| goals.of_campaign(json::word(row, "campaign_id")).is_none();
    if request.level != Kind::Campaign || !found.iter().any(mixed) {
        return Ok(parts);
    }
    let below = MetricsRequest { level: Kind::AdGroup, ..*request };
    for row in report::rows(graph, &below).await?.iter().filter(|row| mixed(row)) {
        let counted = slot(row, request.granularity)
            .zip(conversions::count(row, goals.of_ad_set(json::word(row, "adset_id"))));
        let (slot, counted) = counted.ok_or_else(|| not_understood(graph, row))?;
        let sum = parts.entry((json::word(row, "campaign_id").to_owned(), slot)).or_default();
        *sum = sum.plus(counted).ok_or_else(|| not_understood(graph, row))?;
    }
    Ok(parts)
}

fn not_understood(graph: &Graph, row: &Json) -> PlatformError {
    let shown: String = row.to_string().chars().take(200).collect();
    PlatformError::unexpected(Platform::Meta, "read metrics", format!("a row is not understood: {shown}"))
        .account(graph.endpoint.account_id().as_str())
}

/// One row; `None` when its object, its time or a number is not understood.
fn read_row(
    request: &MetricsRequest,
    goals: &Goals,
    parts: &conversions::Parts,
    row: &Json,
) -> Option<MetricRow> {
    let id = json::text(row, report::id_member(request.level)?)?;
    let slot = slot(row, request.granularity)?;
    let campaign = json::word(row, "campaign_id");
    let counted = match request.level {
        Kind::Campaign => match goals.of_campaign(campaign) {
            Some(goal) => conversions::count(row, goal)?,
            None => parts.get(&(campaign.to_owned(), slot)).copied().unwrap_or_default(),
        },
        _ => conversions::count(row, goals.of_ad_set(json::word(row, "adset_id")))?,
    };
    let Counted { conversions, value } = counted;
    let reach = match request.granularity {
        Granularity::Day => Some(number(row, "reach", numbers::count)?),
        Granularity::Hour => None,
    };
    let sums = Sums {
        spend: Some(number(row, "spend", numbers::micros)?),
        impressions: Some(number(row, "impressions", numbers::count)?),
        clicks: Some(number(row, "inline_link_clicks", numbers::count)?),
        conversions: Some(conversions),
        value: Some(value),
        reach,
        video_views: Some(
            conversions::action(row, "actions", "video_view", numbers::count).ok()?.unwrap_or(0),
        ),
    };
    Some(MetricRow { id: ExternalId::new(&id).ok()?, slot, sums })
}

/// The day, and the hour where the report is by hours: `13:00:00 - 13:59:59`.
fn slot(row: &Json, granularity: Granularity) -> Option<Slot> {
    let day = json::word(row, "date_start").parse().ok()?;
    if granularity == Granularity::Day {
        return Some(Slot { day, hour: None });
    }
    let hour: u8 = json::word(row, HOURLY).split(':').next()?.parse().ok()?;
    (hour < 24).then_some(Slot { day, hour: Some(hour) })
}

/// A number as text; one that is left out is zero.
fn number(row: &Json, name: &str, read: fn(&str) -> Option<i64>) -> Option<i64> {
    match row.get(name) {
        None | Some(Json::Null) => Some(0),
        Some(value) => read(&json::plain(value)?),
    }
}

#[cfg(test)]
mod tests;

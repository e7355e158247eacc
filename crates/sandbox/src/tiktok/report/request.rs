//! What a report asks for, checked: level, dimensions, metrics, days, filters.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::tiktok::clock;
use crate::tiktok::errors::{Refusal, ensure, invalid};
use crate::tiktok::json::{objects, text_or_empty};
use crate::tiktok::params::Params;
use crate::tiktok::store::{self, Level};
use crate::world::World;

use super::metrics;

/// Dimensions that name an object.
const IDS: [&str; 5] = ["advertiser_id", "campaign_id", "adgroup_id", "ad_id", "ad_id_v2"];
/// Most ids in one filter.
const MOST_IDS: usize = 100;

/// Allowed ids by the member that holds them.
type Ids = Vec<(String, Vec<String>)>;

/// How the rows of an object are told apart in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// One row for the whole span.
    Whole,
    /// A row for each day.
    Day,
    /// A row for each hour.
    Hour,
}

/// Which objects have rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// The advertiser.
    Advertiser,
    /// Campaigns or ad groups.
    Level(Level),
    /// Ads, Upgraded Smart+ ones by their creatives.
    Creative,
    /// Ads, Upgraded Smart+ ones as such.
    Ad,
}

/// A checked report request.
#[derive(Debug)]
pub(super) struct Report {
    /// Which objects have rows.
    pub subject: Subject,
    /// The id dimension, absent when everything is one row.
    pub id_dimension: Option<String>,
    /// The time dimension.
    pub time: Time,
    /// Metrics in the order asked for.
    pub metrics: Vec<String>,
    /// First and last day in the account's zone; everything when absent.
    pub days: Option<(Date, Date)>,
    /// Allowed ids by member.
    pub ids: Ids,
    /// Whether deleted objects have rows.
    pub deleted: bool,
    /// Metric to sort by and whether the greatest comes first.
    pub order: Option<(String, bool)>,
    /// Whether totals are wanted.
    pub total: bool,
    /// Whether several advertisers were asked for: amounts then lose their decimals.
    pub several: bool,
}

/// Reads and checks a report request.
pub(super) fn read(params: &Params) -> Result<Report, Refusal> {
    let kind = params.text_or_empty("report_type");
    ensure(kind == "BASIC", || format!("report_type: {kind} has no data in this account."))?;
    let level =
        params.text("data_level").ok_or_else(|| invalid("data_level: Missing data for required field."))?;
    let dimensions = params.texts("dimensions");
    let (id_dimension, time) = read_dimensions(level, &dimensions)?;
    let (ids, deleted) = read_filters(params, level)?;
    let subject = match (level, id_dimension.as_deref()) {
        ("AUCTION_ADVERTISER", _) => Subject::Advertiser,
        ("AUCTION_CAMPAIGN", _) => Subject::Level(Level::Campaign),
        ("AUCTION_ADGROUP", _) => Subject::Level(Level::AdGroup),
        (_, Some("ad_id_v2")) => Subject::Ad,
        _ => Subject::Creative,
    };
    let days = read_days(params, time)?;
    Ok(Report {
        subject,
        metrics: read_metrics(params, id_dimension.is_some())?,
        id_dimension,
        time,
        days,
        ids,
        deleted,
        order: params
            .text("order_field")
            .map(|field| (field.to_owned(), params.text("order_type") != Some("ASC"))),
        total: params.flag("enable_total_metrics") == Some(true),
        several: params.has("advertiser_ids"),
    })
}

/// One id that fits the level, and at most one time.
fn read_dimensions(level: &str, dimensions: &[&str]) -> Result<(Option<String>, Time), Refusal> {
    ensure(!dimensions.is_empty(), || "dimensions: Missing data for required field.".into())?;
    let (mut id, mut time) = (None, Time::Whole);
    for dimension in dimensions {
        match *dimension {
            "stat_time_day" | "stat_time_hour" => {
                ensure(time == Time::Whole, || "dimensions: At most one time dimension is allowed.".into())?;
                time = if *dimension == "stat_time_day" { Time::Day } else { Time::Hour };
            }
            name if IDS.contains(&name) => {
                ensure(id.is_none(), || "dimensions: At most one id dimension is allowed.".into())?;
                let fits = match level {
                    "AUCTION_ADVERTISER" => name == "advertiser_id",
                    "AUCTION_CAMPAIGN" => name == "campaign_id",
                    "AUCTION_ADGROUP" => name == "adgroup_id",
                    _ => matches!(name, "ad_id" | "ad_id_v2"),
                };
                ensure(fits, || format!("dimensions: {name} does not fit the data level {level}."))?;
                id = Some(name.to_owned());
            }
            other => return Err(invalid(format!("dimensions: {other} is not supported."))),
        }
    }
    Ok((id, time))
}

fn read_metrics(params: &Params, by_id: bool) -> Result<Vec<String>, Refusal> {
    if !params.has("metrics") {
        return Ok(vec!["spend".into(), "impressions".into()]);
    }
    let metrics = params.texts("metrics");
    for metric in &metrics {
        ensure(metrics::exists(metric), || format!("metrics: {metric} is not a valid metric."))?;
        ensure(by_id || !metrics::is_attribute(metric), || {
            format!("metrics: {metric} requires an id dimension.")
        })?;
    }
    Ok(metrics.into_iter().map(str::to_owned).collect())
}

fn read_days(params: &Params, time: Time) -> Result<Option<(Date, Date)>, Refusal> {
    if params.flag("query_lifetime") == Some(true) {
        ensure(time == Time::Whole, || "query_lifetime: It does not go with a time dimension.".into())?;
        return Ok(None);
    }
    let day = |name: &str| {
        let written =
            params.text(name).ok_or_else(|| invalid(format!("{name}: Missing data for required field.")))?;
        Date::strptime("%Y-%m-%d", written)
            .map_err(|_| invalid(format!("{name}: `{written}` is not a date of the form YYYY-MM-DD.")))
    };
    let (start, end) = (day("start_date")?, day("end_date")?);
    let days = (end - start).get_days() + 1;
    let most = match time {
        Time::Whole => 365,
        Time::Day => 30,
        Time::Hour => 1,
    };
    ensure(days >= 1, || "end_date: It must not lie before start_date.".into())?;
    ensure(days <= most, || format!("start_date: The range has {days} days, the limit is {most}."))?;
    Ok(Some((start, end)))
}

/// Id filters, and whether deleted objects are asked for.
///
/// A filter's value is text that for `IN` itself holds a JSON array.
fn read_filters(params: &Params, level: &str) -> Result<(Ids, bool), Refusal> {
    let (mut ids, mut deleted) = (Vec::new(), false);
    for filter in objects(&params.values, "filtering") {
        let (name, kind) = (text_or_empty(filter, "field_name"), text_or_empty(filter, "filter_type"));
        let value = text_or_empty(filter, "filter_value");
        ensure(kind == "IN", || format!("filtering: {kind} is not supported for {name}."))?;
        let list: Vec<String> = serde_json::from_str(value).map_err(|_| {
            invalid(format!("filtering: The filter_value of {name} must be a JSON array of strings as text."))
        })?;
        match name {
            "campaign_ids" | "adgroup_ids" | "ad_ids" => {
                ensure((1..=MOST_IDS).contains(&list.len()), || {
                    format!("filtering: {name} takes 1 to 100 ids.")
                })?;
                ids.push((name.trim_end_matches('s').to_owned(), list));
            }
            "ad_id_v2" => ids.push(("smart_plus_ad_id".into(), list)),
            "campaign_status" | "adgroup_status" | "ad_status" => {
                let own = level.to_lowercase().ends_with(name.trim_end_matches("_status"));
                deleted |= own
                    && list.iter().any(|status| matches!(status.as_str(), "STATUS_ALL" | "STATUS_DELETE"));
            }
            other => return Err(invalid(format!("filtering: {other} is not a supported field."))),
        }
    }
    Ok((ids, deleted))
}

/// The span of a report in an account's zone.
pub(super) fn span(
    world: &World,
    advertiser: &str,
    report: &Report,
) -> Result<(Timestamp, Timestamp), Refusal> {
    let zone = clock::zone(store::advertiser(world, advertiser)?);
    Ok(match report.days {
        None => (Timestamp::UNIX_EPOCH, world.now),
        Some((start, end)) => {
            (clock::start_of(start, &zone), clock::start_of(end.tomorrow().unwrap_or(end), &zone))
        }
    })
}

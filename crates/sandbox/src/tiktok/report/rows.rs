//! The rows of a report: which objects, which hours, what they add up to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::delivery::{self, Delivered};
use crate::tiktok::errors::Refusal;
use crate::tiktok::json::{objects, set, text, text_or_empty};
use crate::tiktok::money::Micros;
use crate::tiktok::store::{self, Kind, Lane, Level};
use crate::tiktok::{clock, spend, status};
use crate::world::{Account, Object, Vendor, World};

use super::metrics;
use super::request::{self, Report, Subject, Time};

const LANES: [Lane; 2] = [Lane::Manual, Lane::SmartPlus];

/// One row before it is rendered.
#[derive(Debug, Clone)]
pub(super) struct Row {
    id: Option<String>,
    at: Option<String>,
    attributes: Object,
    sum: Delivered,
    reach: i64,
    decimals: u32,
}

impl Row {
    /// The row as the report shows it.
    pub(super) fn render(&self, report: &Report) -> Object {
        let mut dimensions = Object::new();
        if let (Some(name), Some(id)) = (&report.id_dimension, &self.id) {
            set(&mut dimensions, name, id.clone());
        }
        if let Some(at) = &self.at {
            let name = if report.time == Time::Day { "stat_time_day" } else { "stat_time_hour" };
            set(&mut dimensions, name, at.clone());
        }
        let mut shown = Object::new();
        set(&mut shown, "dimensions", dimensions);
        set(&mut shown, "metrics", self.metrics(report));
        shown
    }

    fn metrics(&self, report: &Report) -> Object {
        let mut shown = Object::new();
        for name in &report.metrics {
            let value = if metrics::is_attribute(name) {
                attribute(self.attributes.get(name))
            } else {
                metrics::value(name, &self.sum, self.reach, self.decimals).into()
            };
            set(&mut shown, name, value);
        }
        if report.several {
            for name in ["currency", "timezone", "advertiser_id"] {
                set(&mut shown, name, attribute(self.attributes.get(name)));
            }
        }
        shown
    }
}

/// A member of the object as text, `-` when it has none.
fn attribute(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => json!(text),
        Some(Value::Null) | None => json!("-"),
        Some(amount) => {
            json!(Micros::read(amount).map_or_else(|| amount.to_string(), |amount| amount.decimal(1)))
        }
    }
}

/// One object with rows of its own.
struct Entry {
    id: String,
    attributes: Object,
    delivering: Vec<String>,
}

/// The rows of one advertiser.
pub(super) fn of_advertiser(world: &World, advertiser: &str, report: &Report) -> Result<Vec<Row>, Refusal> {
    let account = store::account(world, advertiser)?;
    let span = request::span(world, advertiser, report)?;
    let decimals = if report.several || text(&account.object, "currency") == Some("JPY") { 0 } else { 2 };
    let mut rows = Vec::new();
    for entry in entries(world, account, report) {
        for (at, (sum, reach)) in times(world, advertiser, &entry, report, span) {
            rows.push(Row {
                id: Some(entry.id.clone()),
                at,
                attributes: entry.attributes.clone(),
                sum,
                reach,
                decimals,
            });
        }
    }
    Ok(if report.id_dimension.is_none() { merged(rows) } else { rows })
}

/// What an object delivered, by the report's unit of time; without a unit one row even for nothing.
fn times(
    world: &World,
    advertiser: &str,
    entry: &Entry,
    report: &Report,
    (from, to): (Timestamp, Timestamp),
) -> BTreeMap<Option<String>, (Delivered, i64)> {
    let mut found: BTreeMap<Option<String>, (Delivered, i64)> = BTreeMap::new();
    if report.time == Time::Whole {
        found.insert(None, (Delivered::default(), 0));
    }
    let known = world.told_report(Vendor::Tiktok, advertiser);
    let zone = world
        .account(Vendor::Tiktok, advertiser)
        .map_or(TimeZone::UTC, |account| clock::zone(&account.object));
    for object in &entry.delivering {
        let mut own: BTreeMap<Option<String>, Delivered> = BTreeMap::new();
        for (hour, delivered) in known.hours(object, from, to) {
            own.entry(label(hour, report.time, &zone)).or_default().add(&delivered);
        }
        for (at, delivered) in own {
            let (sum, reach) = found.entry(at).or_default();
            sum.add(&delivered);
            *reach += delivery::reach(world.seed, object, delivered.impressions);
        }
    }
    found
}

fn label(hour: Timestamp, time: Time, zone: &TimeZone) -> Option<String> {
    let format = match time {
        Time::Whole => return None,
        Time::Day => "%Y-%m-%d 00:00:00",
        Time::Hour => "%Y-%m-%d %H:00:00",
    };
    Some(hour.to_zoned(zone.clone()).strftime(format).to_string())
}

fn merged(rows: Vec<Row>) -> Vec<Row> {
    let mut by_time: BTreeMap<Option<String>, Row> = BTreeMap::new();
    for row in rows {
        match by_time.get_mut(&row.at) {
            Some(sum) => {
                sum.sum.add(&row.sum);
                sum.reach += row.reach;
            }
            None => {
                by_time.insert(row.at.clone(), Row { id: None, ..row });
            }
        }
    }
    by_time.into_values().collect()
}

/// The objects of an account that have rows: not the deleted ones unless asked for.
fn entries(world: &World, account: &Account, report: &Report) -> Vec<Entry> {
    let level = match report.subject {
        Subject::Advertiser => return vec![whole_account(world, account)],
        Subject::Level(level) => level,
        Subject::Creative | Subject::Ad => Level::Ad,
    };
    let mut found = Vec::new();
    for lane in LANES {
        let kind = Kind::new(lane, level);
        for (id, object) in account.collection(kind.collection()).into_iter().flatten() {
            if !report.deleted && status::is_gone(account, kind, object) {
                continue;
            }
            let attributes = attributes(account, kind, object, report.subject);
            if lane == Lane::SmartPlus && report.subject == Subject::Creative {
                found.extend(creatives(object, &attributes));
            } else {
                found.push(Entry {
                    id: id.clone(),
                    attributes,
                    delivering: spend::delivering(world, account, kind, id),
                });
            }
        }
    }
    found.retain(|entry| {
        report
            .ids
            .iter()
            .all(|(member, ids)| ids.iter().any(|id| text(&entry.attributes, member) == Some(id)))
    });
    found.sort_by(|left, right| right.id.cmp(&left.id));
    found
}

fn creatives(ad: &Object, attributes: &Object) -> Vec<Entry> {
    objects(ad, "creative_list")
        .filter_map(|creative| text(creative, "ad_material_id"))
        .map(|id| {
            let mut attributes = attributes.clone();
            set(&mut attributes, "ad_id", id);
            Entry { id: id.to_owned(), attributes, delivering: vec![id.to_owned()] }
        })
        .collect()
}

fn whole_account(world: &World, account: &Account) -> Entry {
    let mut delivering = Vec::new();
    for lane in LANES {
        let kind = Kind::new(lane, Level::Campaign);
        let ids = account.collection(kind.collection()).into_iter().flat_map(|campaigns| campaigns.keys());
        delivering.extend(ids.flat_map(|id| spend::delivering(world, account, kind, id)));
    }
    let id = text_or_empty(&account.object, "advertiser_id").to_owned();
    Entry { id, attributes: of_account(account), delivering }
}

fn of_account(account: &Account) -> Object {
    let mut attributes = Object::new();
    for (name, member) in [
        ("advertiser_id", "advertiser_id"),
        ("advertiser_name", "name"),
        ("currency", "currency"),
        ("timezone", "timezone"),
    ] {
        set(&mut attributes, name, account.object.get(member).cloned().unwrap_or(Value::Null));
    }
    attributes
}

fn attributes(account: &Account, kind: Kind, object: &Object, subject: Subject) -> Object {
    let mut shown = of_account(account);
    for level in [Level::Campaign, Level::AdGroup] {
        let above = Kind::new(kind.lane, level);
        let id = text_or_empty(object, above.id_member());
        if let Some(parent) = account.get(above.collection(), id) {
            set(&mut shown, above.id_member(), id);
            set(&mut shown, above.name_member(), text_or_empty(parent, above.name_member()));
        }
    }
    let campaign =
        account.get(Kind::new(kind.lane, Level::Campaign).collection(), text_or_empty(object, "campaign_id"));
    if let Some(campaign) = campaign {
        set(&mut shown, "objective_type", text_or_empty(campaign, "objective_type"));
        set(&mut shown, "campaign_budget", campaign.get("budget").cloned().unwrap_or(Value::Null));
    }
    let automation = match (kind.lane, subject) {
        (Lane::Manual, _) => "MANUAL",
        (Lane::SmartPlus, Subject::Creative) => "UPGRADED_SMART_PLUS_CREATIVE",
        (Lane::SmartPlus, _) => "UPGRADED_SMART_PLUS",
    };
    set(&mut shown, "campaign_automation_type", automation);
    for name in ["budget", "ad_id", "smart_plus_ad_id", "ad_name", "ad_text"] {
        if let Some(value) = object.get(name) {
            set(&mut shown, name, value.clone());
        }
    }
    shown
}

/// Sorts by a metric's number, or leaves ids descending and times ascending.
pub(super) fn sort(rows: &mut [Row], report: &Report) {
    let Some((field, descending)) = &report.order else { return };
    let key = |row: &Row| match field.as_str() {
        "stat_time_day" | "stat_time_hour" => (Micros(0), row.at.clone()),
        _ => (Micros::parse(&metrics::value(field, &row.sum, row.reach, 2)).unwrap_or_default(), None),
    };
    rows.sort_by(|left, right| {
        let order = key(left).cmp(&key(right));
        if *descending { order.reverse() } else { order }
    });
}

/// The sums over all rows.
pub(super) fn total(rows: &[Row], report: &Report) -> Object {
    let decimals = rows.first().map_or(2, |row| row.decimals);
    let mut sum =
        Row { id: None, at: None, attributes: Object::new(), sum: Delivered::default(), reach: 0, decimals };
    for row in rows {
        sum.sum.add(&row.sum);
        sum.reach += row.reach;
    }
    sum.metrics(report)
}

//! Change history as `change_event` and `change_status`. Source: google-ads.md §3.13.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use super::Reader;
use crate::google::errors::ApiError;
use crate::google::resource::{Resource, by_collection};
use crate::google::rules::text_of;
use crate::google::schema::report::{CHANGE_RESOURCE_TYPE, STATUS_RESOURCE_TYPE};
use crate::google::{clock, names};
use crate::world::{Change, Object};

/// Most rows of a query.
const MOST_ROWS: usize = 10_000;
const EVENT_DAYS: i64 = 30;
/// How far change status reaches back (unverified).
const STATUS_DAYS: i64 = 90;
/// Option: seconds until a change shows up (at most three minutes with the vendor).
const LAG_OPTION: &str = "google.change_event_lag_seconds";

/// The part of the history a query asks for.
#[derive(Debug, Clone, Copy)]
pub(in crate::google) struct Range {
    from: Timestamp,
    until: Timestamp,
}

/// The conditions on the time of change, while they are gathered.
pub(in crate::google) struct Bounds {
    family: &'static str,
    days: i64,
    after: Option<String>,
    before: Option<String>,
}

impl Bounds {
    pub(in crate::google) fn new(resource: &str) -> Self {
        let (family, days) = match resource {
            "change_event" => ("changeEventError", EVENT_DAYS),
            _ => ("changeStatusError", STATUS_DAYS),
        };
        Self { family, days, after: None, before: None }
    }

    pub(in crate::google) fn after(&mut self, text: &str) {
        self.after = Some(text.to_owned());
    }

    pub(in crate::google) fn before(&mut self, text: &str) {
        self.before = Some(text.to_owned());
    }

    /// The range, when it is finite, recent enough and limited.
    pub(in crate::google) fn finish(
        self,
        reader: &Reader<'_>,
        limit: Option<usize>,
    ) -> Result<Range, ApiError> {
        let fail = |code: &'static str, message: &str| Err(ApiError::new(self.family, code, message));
        let (Some(after), Some(before)) = (&self.after, &self.before) else {
            return fail("CHANGE_DATE_RANGE_INFINITE", "The requested range is infinite.");
        };
        let (Some(from), Some(until)) = (instant(after, &reader.zone), instant(before, &reader.zone)) else {
            return Err(ApiError::new("queryError", "INVALID_DATE_FORMAT", "Invalid date in the query."));
        };
        let oldest = reader.today().saturating_sub(self.days.days());
        if reader.zone.to_datetime(from).date() < oldest {
            return fail("START_DATE_TOO_OLD", "The requested start date is too old.");
        }
        if until < from {
            return fail("CHANGE_DATE_RANGE_NEGATIVE", "The requested range ends before it begins.");
        }
        match limit {
            None => fail("LIMIT_NOT_SPECIFIED", "The query must have a LIMIT clause."),
            Some(limit) if limit > MOST_ROWS => {
                fail("INVALID_LIMIT_CLAUSE", "The LIMIT clause cannot be above 10000.")
            }
            Some(_) => Ok(Range { from, until }),
        }
    }
}

/// A date means its first moment.
fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let datetime = DateTime::strptime("%Y-%m-%d %H:%M:%S%.f", text)
        .or_else(|_| DateTime::strptime("%Y-%m-%d %H:%M:%S", text))
        .or_else(|_| {
            Date::strptime("%Y-%m-%d", text).map(|date| date.to_datetime(jiff::civil::Time::midnight()))
        })
        .ok()?;
    zone.to_ambiguous_timestamp(datetime).compatible().ok()
}

fn visible(reader: &Reader<'_>, change: &Change, range: &Range) -> bool {
    let lag = reader.world.option(LAG_OPTION, "0").parse().unwrap_or(0);
    let shown_from = change.at.saturating_add(SignedDuration::from_secs(lag)).unwrap_or(change.at);
    shown_from <= reader.now() && change.at >= range.from && change.at <= range.until
}

/// The resource type of a collection, in the words of change history.
fn resource_type(resource: &Resource) -> String {
    resource.gaql.to_ascii_uppercase()
}

/// Events, newest first.
pub(super) fn events(reader: &Reader<'_>, range: &Range) -> Vec<Object> {
    let mut events: Vec<Object> = reader
        .account
        .history
        .iter()
        .enumerate()
        .filter(|(_, change)| visible(reader, change, range))
        .filter_map(|(index, change)| event(reader, index, change))
        .collect();
    events.reverse();
    events
}

fn event(reader: &Reader<'_>, index: usize, change: &Change) -> Option<Object> {
    let resource = by_collection(&change.collection)?;
    let kind = resource_type(resource);
    if !CHANGE_RESOURCE_TYPE.contains(&kind.as_str()) {
        return None;
    }
    let name = names::name(reader.id, resource.collection, &change.id);
    let mut event = Map::new();
    let mut set = |field: &str, value: Value| event.insert(field.to_owned(), value);
    let micros = change.at.as_microsecond();
    set("resourceName", json!(names::name(reader.id, "changeEvents", &format!("{micros}~{index}~0"))));
    set("changeDateTime", json!(clock::local_micros(change.at, &reader.zone)));
    set("userEmail", json!(change.actor));
    set("clientType", json!(if change.via_api { "GOOGLE_ADS_API" } else { "GOOGLE_ADS_WEB_CLIENT" }));
    set("changeResourceType", json!(kind));
    set("changeResourceName", json!(name));
    set("resourceChangeOperation", json!(change.operation));
    let fields = change.after.iter().chain(&change.before);
    let changed = changed_fields(fields.filter(|(name, _)| *name != "resourceName"));
    set("changedFields", json!(changed));
    if !change.before.is_empty() {
        set("oldResource", side(resource, &name, &change.before));
    }
    if !change.after.is_empty() {
        set("newResource", side(resource, &name, &change.after));
    }
    let object = stored(reader, change);
    for (field, parent) in parents(reader, resource, &change.id, object) {
        event.insert(field.to_owned(), json!(parent));
    }
    Some(event)
}

fn stored<'r>(reader: &Reader<'r>, change: &Change) -> Option<&'r Object> {
    if change.collection != "ads" {
        return reader.account.get(&change.collection, &change.id);
    }
    let suffix = format!("~{}", change.id);
    let (_, holder) =
        reader.account.collection("adGroupAds")?.iter().find(|(id, _)| id.ends_with(&suffix))?;
    Some(holder)
}

/// A mask of the leaves that changed; inner messages are named down to their members.
fn changed_fields<'a>(fields: impl Iterator<Item = (&'a String, &'a Value)>) -> String {
    let mut paths: Vec<String> = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                paths.extend(inner.keys().map(|member| format!("{name}.{member}")));
            }
            _ => paths.push(name.clone()),
        }
    }
    paths.sort();
    paths.dedup();
    paths.join(",")
}

fn side(resource: &Resource, name: &str, fields: &Object) -> Value {
    let mut inner = Map::new();
    inner.insert("resourceName".into(), json!(name));
    inner.extend(
        fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    json!({resource.key: inner})
}

/// The campaign, ad group and asset that a change is about.
fn parents(
    reader: &Reader<'_>,
    resource: &Resource,
    id: &str,
    object: Option<&Object>,
) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let name = names::name(reader.id, resource.collection, id);
    let own =
        |field: &str| object.map(|object| text_of(object, field).to_owned()).filter(|text| !text.is_empty());
    let ad_group = if resource.collection == "adGroups" { Some(name.clone()) } else { own("adGroup") };
    let campaign = match resource.collection {
        "campaigns" => Some(name.clone()),
        _ => own("campaign").or_else(|| {
            reader.follow(ad_group.as_deref()?).map(|group| text_of(group, "campaign").to_owned())
        }),
    };
    let asset = if resource.collection == "assets" { Some(name) } else { own("asset") };
    found.extend(campaign.map(|campaign| ("campaign", campaign)));
    found.extend(ad_group.map(|group| ("adGroup", group)));
    found.extend(asset.map(|asset| ("asset", asset)));
    found
}

/// The latest change of each resource, newest first.
pub(super) fn statuses(reader: &Reader<'_>, range: &Range) -> Vec<Object> {
    let mut latest: HashMap<(&str, &str), usize> = HashMap::new();
    for (index, change) in reader.account.history.iter().enumerate() {
        latest.insert(told_as(change), index);
    }
    let mut indexes: Vec<usize> = latest.into_values().collect();
    indexes.sort_unstable_by(|left, right| right.cmp(left));
    indexes
        .into_iter()
        .filter_map(|index| reader.account.history.get(index))
        .filter(|change| visible(reader, change, range))
        .filter_map(|change| status(reader, change))
        .collect()
}

/// What a change is told as: that of a link or signal as its asset group's (§3.13: a change in a child may be reported on
/// its parent).
fn told_as(change: &Change) -> (&str, &str) {
    match change.collection.as_str() {
        "assetGroupAssets" | "assetGroupSignals" => {
            ("assetGroups", change.id.split('~').next().unwrap_or_default())
        }
        collection => (collection, &change.id),
    }
}

fn status(reader: &Reader<'_>, change: &Change) -> Option<Object> {
    let (collection, id) = told_as(change);
    let mut resource = by_collection(collection)?;
    let mut id = id.to_owned();
    // Ads have no entry of their own: their change shows on the ad's place in its ad group (§3.13).
    if resource.collection == "ads" {
        let suffix = format!("~{id}");
        let ads = reader.account.collection("adGroupAds")?;
        id.clone_from(ads.keys().find(|key| key.ends_with(&suffix))?);
        resource = by_collection("adGroupAds")?;
    }
    let kind = resource_type(resource);
    if !STATUS_RESOURCE_TYPE.contains(&kind.as_str()) {
        return None;
    }
    let state = match change.operation.as_str() {
        _ if collection != change.collection => "CHANGED",
        "CREATE" => "ADDED",
        "REMOVE" => "REMOVED",
        _ => "CHANGED",
    };
    let name = names::name(reader.id, resource.collection, &id);
    let mut row = Map::new();
    let micros = change.at.as_microsecond();
    row.insert(
        "resourceName".into(),
        json!(names::name(reader.id, "changeStatus", &format!("{micros}-{id}"))),
    );
    row.insert("lastChangeDateTime".into(), json!(clock::local_micros(change.at, &reader.zone)));
    row.insert("resourceType".into(), json!(kind));
    row.insert("resourceStatus".into(), json!(state));
    for (field, parent) in parents(reader, resource, &id, reader.account.get(resource.collection, &id)) {
        row.insert(field.to_owned(), json!(parent));
    }
    row.insert(resource.key.to_owned(), json!(name));
    Some(row)
}

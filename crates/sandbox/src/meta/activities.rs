//! Activities: who changed what, from the account's history (meta-ads.md §12).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::errors::GraphError;
use super::fields::{self, Field};
use super::kind::Kind;
use super::lists;
use super::paging::Window;
use super::params::Params;
use super::reader::Reader;
use super::schema::{has_word, others};
use super::store::{self, Node};
use crate::world::{Change, World};

/// The application that API writes come from.
const API_APPLICATION: (&str, &str) = ("2000000000000001", "Sandbox App");
/// The application that people use.
const WEB_APPLICATION: (&str, &str) = ("119211728144504", "Power Editor");
/// The window when none is given.
const WEEK: i64 = 7 * 86_400;

/// Answers an activities edge, newest first.
pub(super) fn edge(
    reader: &Reader<'_>,
    node: &Node,
    params: &Params,
    sub: Option<&[Field]>,
) -> Result<Value, GraphError> {
    let wanted = wanted(params, sub)?;
    let found = found(reader.world, node, params)?;
    let window = Window::of(params)?;
    let places: Vec<String> = (0..found.len()).map(|place| place.to_string()).collect();
    let page = window.cut(&places)?;
    let clock = store::clock(reader.world, &node.account);
    let shown = page.ids.iter().filter_map(|place| found.get(place.parse::<usize>().ok()?));
    let shown =
        shown.map(|(change, event)| pick(&row(reader.world, node, change, event, &clock), &wanted)).collect();
    Ok(page.answer(shown, &lists::link(reader, node, "activities", params), window.with_total))
}

/// The members of a row that are asked for; without `fields` the common ones.
fn wanted(params: &Params, sub: Option<&[Field]>) -> Result<Vec<String>, GraphError> {
    let fields = match (sub, params.text("fields")) {
        (Some(sub), _) => sub.to_vec(),
        (None, Some(text)) if !text.is_empty() => fields::parse(&text)?,
        _ => ["event_time", "event_type", "actor_id", "object_id", "extra_data"].map(Field::plain).to_vec(),
    };
    match fields.iter().find(|field| !has_word(others::ACTIVITY_FIELDS, &field.name)) {
        Some(field) => Err(GraphError::invalid(format!(
            "Tried accessing nonexisting field ({}) on node type (AdActivity)",
            field.name
        ))),
        None => Ok(fields.into_iter().map(|field| field.name).collect()),
    }
}

fn pick(row: &Value, wanted: &[String]) -> Value {
    let members = wanted.iter().filter_map(|name| Some((name.clone(), row.get(name)?.clone())));
    Value::Object(members.collect())
}

/// The changes asked for, newest first, by the events they made.
fn found<'a>(world: &'a World, node: &Node, params: &Params) -> Result<Vec<(&'a Change, Event)>, GraphError> {
    let clock = store::clock(world, &node.account);
    let instant = |name: &str| match params.text(name) {
        None => Ok(None),
        Some(text) => clock.parse(&text).map(Some).ok_or_else(|| GraphError::must_be(name, "a datetime")),
    };
    let until = instant("until")?.unwrap_or(Timestamp::MAX);
    let end = until.min(world.now).as_second();
    let since = instant("since")?.map_or(end - WEEK, Timestamp::as_second);
    let oids = oids(node, params);
    let category = params.text("category");
    let Some(account) = store::account(world, &node.account) else { return Ok(Vec::new()) };
    let recent = account.history.iter().rev().filter(|change| change.at <= until);
    let recent = recent.take_while(|change| change.at.as_second() >= since);
    let mut found = Vec::new();
    for change in recent.filter(|change| oids.is_empty() || oids.contains(&change.id)) {
        let events = events(change).into_iter();
        let wanted = events.filter(|event| category.as_deref().is_none_or(|wanted| wanted == event.category));
        found.extend(wanted.map(|event| (change, event)));
    }
    Ok(found)
}

fn oids(node: &Node, params: &Params) -> Vec<String> {
    let mut oids: Vec<String> = params.text("oid").into_iter().collect();
    oids.extend(params.words("extra_oids").unwrap_or_default());
    if node.kind == Kind::AdSet {
        oids.push(node.id.clone());
    }
    oids
}

/// One kind of change that a write made.
struct Event {
    kind: &'static str,
    category: &'static str,
    fields: Vec<&'static str>,
}

/// What an update's fields are called, by collection: fields, event, category.
const UPDATES: [(&str, &[&str], &str, &str); 15] = [
    ("campaigns", &["daily_budget", "lifetime_budget"], "update_campaign_budget", "BUDGET"),
    ("campaigns", &["status"], "update_campaign_run_status", "STATUS"),
    ("campaigns", &["name"], "update_campaign_name", "CAMPAIGN"),
    ("campaigns", &["start_time", "stop_time"], "update_campaign_schedule", "DATE"),
    ("campaigns", &["spend_cap"], "update_campaign_group_spend_cap", "BUDGET"),
    ("adsets", &["daily_budget", "lifetime_budget"], "update_ad_set_budget", "BUDGET"),
    ("adsets", &["bid_amount", "bid_constraints"], "update_ad_set_bidding", "BID"),
    ("adsets", &["bid_strategy"], "update_ad_set_bid_strategy", "BID"),
    ("adsets", &["targeting"], "update_ad_set_target_spec", "TARGETING"),
    ("adsets", &["status"], "update_ad_set_run_status", "STATUS"),
    ("adsets", &["name"], "update_ad_set_name", "AD_SET"),
    ("adsets", &["start_time", "end_time"], "update_ad_set_duration", "DATE"),
    ("ads", &["status"], "update_ad_run_status", "STATUS"),
    ("ads", &["name"], "update_ad_friendly_name", "AD"),
    ("ads", &["creative"], "update_ad_creative", "AD"),
];

fn events(change: &Change) -> Vec<Event> {
    let created = match change.collection.as_str() {
        "campaigns" => Some(("create_campaign_group", "CAMPAIGN")),
        "adsets" => Some(("create_ad_set", "AD_SET")),
        "ads" => Some(("create_ad", "AD")),
        "adimages" => Some(("add_images", "AD")),
        _ => None,
    };
    if change.operation == "CREATE" {
        let event = created.map(|(kind, category)| Event { kind, category, fields: Vec::new() });
        return event.into_iter().collect();
    }
    let changed = |name: &&&'static str| change.after.contains_key(**name);
    let mut events: Vec<Event> = UPDATES
        .iter()
        .filter(|(collection, ..)| *collection == change.collection)
        .map(|(_, names, kind, category)| Event {
            kind,
            category,
            fields: names.iter().filter(changed).copied().collect(),
        })
        .filter(|event| !event.fields.is_empty())
        .collect();
    events.extend(other_events(change));
    events
}

/// Changes of labels and outcomes of reviews.
fn other_events(change: &Change) -> Option<Event> {
    let event = |kind, category, field| Some(Event { kind, category, fields: vec![field] });
    if change.after.contains_key("adlabels") {
        return event("update_ad_labels", "AD", "adlabels");
    }
    match change.after.get("ad_review_feedback") {
        Some(Value::Null) => event("ad_review_approved", "AD", "ad_review_feedback"),
        Some(_) => event("ad_review_declined", "AD", "ad_review_feedback"),
        None => None,
    }
}

fn row(
    world: &World,
    node: &Node,
    change: &Change,
    event: &Event,
    clock: &super::time::AccountClock,
) -> Value {
    let kind = Kind::of_collection(&change.collection);
    let object = kind.and_then(|kind| store::object(world, &node.account, kind, &change.id));
    let (actor_id, application) = if change.via_api {
        (store::API_USER.0, API_APPLICATION)
    } else {
        ("10150000000000002", WEB_APPLICATION)
    };
    json!({
        "event_time": clock.format(change.at),
        "date_time_in_timezone": clock.format(change.at),
        "event_type": event.kind,
        "translated_event_type": event.kind.replace('_', " "),
        "actor_id": actor_id,
        "actor_name": change.actor,
        "application_id": application.0,
        "application_name": application.1,
        "object_id": change.id,
        "object_name": object.map(|object| store::text(object, "name")),
        "object_type": kind.map(object_type),
        "tool": if change.via_api { "api" } else { "ads_manager" },
        "extra_data": extra(change, event).to_string(),
    })
}

/// The wire's older names of things: an ad set is a "campaign" there (meta-ads.md, first page).
fn object_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Campaign => "CAMPAIGN_GROUP",
        Kind::AdSet => "CAMPAIGN",
        Kind::Ad => "ADGROUP",
        _ => "ACCOUNT",
    }
}

/// Old and new values; its shape differs per event in reality, and is text that holds JSON.
fn extra(change: &Change, event: &Event) -> Value {
    let side = |values: &crate::world::Object| match event.fields.as_slice() {
        [] => Value::Null,
        [field] => values.get(*field).cloned().unwrap_or(Value::Null),
        fields => fields
            .iter()
            .map(|field| ((*field).to_owned(), values.get(*field).cloned().unwrap_or(Value::Null)))
            .collect(),
    };
    json!({"old_value": side(&change.before), "new_value": side(&change.after), "type": event.kind})
}

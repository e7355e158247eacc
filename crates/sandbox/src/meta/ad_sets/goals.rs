//! Which goals an objective allows, what they promote, how they bill and attribute (meta-ads.md §5.1, §5.2).

use serde_json::{Value, json};

use crate::meta::errors::GraphError;
use crate::meta::schema::{enums, has_word, nested};
use crate::meta::store;
use crate::world::{Object, World};

/// Goals by objective and destination; `None` where the documents have no row, and nothing is refused.
fn allowed(objective: &str, destination: &str) -> Option<&'static str> {
    let web = matches!(destination, "" | "UNDEFINED" | "WEBSITE" | "APP");
    let words = match (objective, destination) {
        ("OUTCOME_AWARENESS", _) if web => "AD_RECALL_LIFT REACH IMPRESSIONS THRUPLAY",
        ("OUTCOME_TRAFFIC", _) if web => "LINK_CLICKS LANDING_PAGE_VIEWS REACH IMPRESSIONS",
        ("OUTCOME_TRAFFIC", "MESSENGER" | "WHATSAPP") => "LINK_CLICKS REACH IMPRESSIONS",
        ("OUTCOME_ENGAGEMENT", "ON_POST") => "POST_ENGAGEMENT REACH",
        ("OUTCOME_ENGAGEMENT", "ON_PAGE") => "PAGE_LIKES",
        ("OUTCOME_ENGAGEMENT", "ON_EVENT") => "EVENT_RESPONSES POST_ENGAGEMENT REACH IMPRESSIONS",
        ("OUTCOME_ENGAGEMENT", "ON_VIDEO") => "THRUPLAY",
        ("OUTCOME_ENGAGEMENT", "MESSENGER") => "CONVERSATIONS LINK_CLICKS LEAD_GENERATION",
        ("OUTCOME_ENGAGEMENT" | "OUTCOME_LEADS", _) if web => {
            "OFFSITE_CONVERSIONS LINK_CLICKS REACH LANDING_PAGE_VIEWS IMPRESSIONS"
        }
        ("OUTCOME_LEADS", "ON_AD") => "LEAD_GENERATION QUALITY_LEAD",
        ("OUTCOME_APP_PROMOTION", _) => "APP_INSTALLS LINK_CLICKS OFFSITE_CONVERSIONS",
        ("OUTCOME_SALES", _) if web => {
            "OFFSITE_CONVERSIONS VALUE LINK_CLICKS LANDING_PAGE_VIEWS REACH IMPRESSIONS"
        }
        ("OUTCOME_SALES", "MESSENGER") => "CONVERSATIONS",
        _ => return None,
    };
    Some(words)
}

/// Checks goal, promoted object, billing, attribution and frequency.
pub(super) fn check(world: &World, campaign: &Object, draft: &Object) -> Result<(), GraphError> {
    let objective = store::text(campaign, "objective");
    let destination = store::text(draft, "destination_type");
    let goal = store::text(draft, "optimization_goal");
    if allowed(objective, destination).is_some_and(|words| !has_word(words, goal)) {
        let text = format!("Goal {goal} is not available for objective {objective} with this destination.");
        return Err(
            GraphError::parameter("optimization_goal", "Goal is not available", text).subcode(2_490_408)
        );
    }
    check_promoted(world, objective, destination, goal, draft)?;
    check_billing(goal, store::text(draft, "billing_event"))?;
    check_attribution(goal, draft)?;
    check_frequency(goal, draft)
}

/// What a goal must promote: pixel and event, page, or app (§5.2).
fn check_promoted(
    world: &World,
    objective: &str,
    destination: &str,
    goal: &str,
    draft: &Object,
) -> Result<(), GraphError> {
    let empty = Object::new();
    let promoted = draft.get("promoted_object").and_then(Value::as_object).unwrap_or(&empty);
    if let Some(unknown) = promoted.keys().find(|key| !has_word(nested::PROMOTED_OBJECT, key)) {
        return Err(GraphError::invalid(format!(
            "Invalid keys \"{unknown}\" were found in param \"promoted_object\"."
        )));
    }
    let has = |name: &str| !store::text(promoted, name).is_empty();
    let app = has("application_id") && has("object_store_url");
    let pixel = has("pixel_id") && has("custom_event_type");
    let for_page = matches!(goal, "CONVERSATIONS" | "LEAD_GENERATION" | "QUALITY_LEAD")
        || matches!(
            (objective, destination),
            ("OUTCOME_AWARENESS", _) | ("OUTCOME_TRAFFIC", "WHATSAPP") | (_, "ON_PAGE")
        );
    let for_conversions = matches!(goal, "OFFSITE_CONVERSIONS" | "VALUE");
    let needed = if for_page && !has("page_id") {
        "page_id"
    } else if objective == "OUTCOME_APP_PROMOTION" && !app {
        "application_id and object_store_url"
    } else if for_conversions && !pixel && !app && !has("custom_conversion_id") {
        "pixel_id and custom_event_type, or application_id and object_store_url"
    } else {
        ""
    };
    if !needed.is_empty() {
        let text = format!("Goal {goal} under {objective} needs a promoted object with {needed}.");
        return Err(GraphError::parameter("promoted_object", "Promoted object is missing", text));
    }
    let event = store::text(promoted, "custom_event_type");
    if !event.is_empty() && !has_word(enums::CUSTOM_EVENT_TYPE, event) {
        return Err(GraphError::must_be("promoted_object[custom_event_type]", "a known event"));
    }
    for (key, note) in [("pixel_id", "pixels"), ("page_id", "pages")] {
        let id = store::text(promoted, key);
        if !id.is_empty() && !store::note(world, note).is_some_and(|map| map.contains_key(id)) {
            let text = format!("{key} {id} does not exist, or this account may not use it.");
            return Err(GraphError::parameter("promoted_object", "Promoted object does not exist", text));
        }
    }
    Ok(())
}

/// Impressions are legal for every goal; clicks and plays for their own (§5.2).
fn check_billing(goal: &str, event: &str) -> Result<(), GraphError> {
    if event == "IMPRESSIONS" || (event == goal && matches!(event, "LINK_CLICKS" | "THRUPLAY")) {
        return Ok(());
    }
    let text = format!("Billing event {event} is not available for goal {goal}.");
    Err(GraphError::parameter("billing_event", "Billing event is not available", text).subcode(2_446_404))
}

/// Windows by goal (§5.1), as `clicks/views` in days.
fn check_attribution(goal: &str, draft: &Object) -> Result<(), GraphError> {
    let Some(entries) = draft.get("attribution_spec").and_then(Value::as_array) else { return Ok(()) };
    let window = |event: &str| {
        entries
            .iter()
            .find(|entry| entry["event_type"] == event)
            .map_or(0, |entry| entry["window_days"].as_i64().unwrap_or(0))
    };
    let windows = (window("CLICK_THROUGH"), window("VIEW_THROUGH"));
    let legal = match goal {
        "OFFSITE_CONVERSIONS" | "VALUE" => matches!(windows, (1 | 7, 0 | 1)),
        "APP_INSTALLS" => matches!(windows, (1, 0 | 1)),
        _ => matches!(windows, (1, 0)),
    };
    if legal {
        return Ok(());
    }
    let text = format!("Goal {goal} does not allow these attribution windows.");
    Err(GraphError::parameter("attribution_spec", "Attribution is not available", text))
}

/// The attribution of an ad set that states none.
pub(super) fn default_attribution(goal: &str) -> Value {
    match goal {
        "OFFSITE_CONVERSIONS" | "VALUE" => json!([
            {"event_type": "CLICK_THROUGH", "window_days": 7},
            {"event_type": "VIEW_THROUGH", "window_days": 1},
        ]),
        _ => json!([{"event_type": "CLICK_THROUGH", "window_days": 1}]),
    }
}

/// Frequency caps are for reach and plays, 1 to 90 times in 1 to 90 days (§5.1).
fn check_frequency(goal: &str, draft: &Object) -> Result<(), GraphError> {
    let Some(specs) = draft.get("frequency_control_specs").and_then(Value::as_array) else { return Ok(()) };
    if specs.is_empty() {
        return Ok(());
    }
    let field = "frequency_control_specs";
    if !matches!(goal, "REACH" | "THRUPLAY") {
        let text = "Frequency can be controlled for goals REACH and THRUPLAY only.";
        return Err(GraphError::parameter(field, "Frequency cannot be controlled", text));
    }
    let legal = |value: &Value| value.as_i64().is_some_and(|number| (1..=90).contains(&number));
    if specs.iter().all(|spec| legal(&spec["interval_days"]) && legal(&spec["max_frequency"])) {
        return Ok(());
    }
    Err(GraphError::parameter(field, "Frequency is out of range", "Days and frequency must be 1 to 90."))
}

/// Goal and promoted object are fixed once an ad set is published, which the API does at create (§5.1).
pub(super) fn check_fixed(current: &Object, changes: &Object) -> Result<(), GraphError> {
    let fixed = ["optimization_goal", "promoted_object"];
    match fixed
        .into_iter()
        .find(|name| changes.get(*name).is_some_and(|value| !same(current.get(*name), value)))
    {
        Some(name) => {
            let text = "The goal and the promoted object of a published ad set cannot be changed.";
            Err(GraphError::parameter(name, "Ad set is published", text).subcode(3_260_011))
        }
        None => Ok(()),
    }
}

/// Whether a value says nothing that the current one does not say: objects are compared by the members given.
fn same(current: Option<&Value>, wanted: &Value) -> bool {
    match (current, wanted) {
        (Some(Value::Object(current)), Value::Object(wanted)) => {
            wanted.iter().all(|(name, value)| current.get(name) == Some(value))
        }
        (current, wanted) => current == Some(wanted),
    }
}

//! Who changed what: the account's activities (meta-ads.md §12).

use adplane_core::field::FieldPath;
use adplane_core::ids::ExternalId;
use adplane_engine::error::PlatformError;
use adplane_engine::port::{CREATED, HistoryEvent};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::meta::calls::{Graph, build};
use crate::meta::wire::{json, time};

/// Longest span of one question; longer ones are walked.
const SPAN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Spans at most: a quarter is the farthest seen to be answered.
const SPANS: usize = 4;

/// The vendor's change history, newest first.
///
/// # Errors
/// The failed read.
pub(in crate::meta) async fn history(
    graph: &Graph,
    since: Timestamp,
) -> Result<Vec<HistoryEvent>, PlatformError> {
    let mut events = Vec::new();
    for (from, until) in spans(since, graph.now()) {
        let call = build::activities(&graph.endpoint, from.as_second(), until.map(Timestamp::as_second));
        events.extend(graph.list(call).await?.iter().filter_map(event));
    }
    events.retain(|event| event.at >= since);
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    Ok(events)
}

/// Spans from an instant to now, the latest first; the latest is open.
fn spans(since: Timestamp, now: Option<Timestamp>) -> Vec<(Timestamp, Option<Timestamp>)> {
    let Some(now) = now else { return vec![(since, None)] };
    let mut spans = Vec::new();
    let (mut end, mut until) = (now, None);
    while spans.len() < SPANS {
        let from = end.checked_sub(SPAN).unwrap_or(since).max(since);
        spans.push((from, until));
        if from <= since {
            break;
        }
        (end, until) = (from, Some(from));
    }
    spans
}

fn event(row: &Json) -> Option<HistoryEvent> {
    let kind = json::text(row, "event_type");
    let what = json::text(row, "translated_event_type").or_else(|| kind.clone())?;
    Some(HistoryEvent {
        at: time::instant(row.get("event_time")?)?,
        actor: json::text(row, "actor_name").unwrap_or_default(),
        client: json::text(row, "application_name").unwrap_or_default(),
        id: ExternalId::new(json::text(row, "object_id")?).ok()?,
        what: change(row).map_or(what.clone(), |change| format!("{what} {change}")),
        fields: fields(kind.as_deref().unwrap_or_default()),
    })
}

/// Words in an event's type, and the field they are about; the first that is there counts.
const TOPICS: [(&str, &str); 12] = [
    ("spend_cap", "meta.spend_cap"),
    ("budget", "budget"),
    ("run_status", "state"),
    ("_name", "displayName"),
    ("schedule", "schedule"),
    ("duration", "schedule"),
    ("bid", "bidding"),
    ("target_spec", "targeting"),
    ("optimization_goal", "optimization"),
    ("creative", "creative"),
    ("labels", "labels"),
    ("review", "review"),
];

fn fields(kind: &str) -> Vec<FieldPath> {
    if kind.starts_with("create") {
        return vec![FieldPath::new(CREATED)];
    }
    TOPICS
        .iter()
        .find(|(word, _)| kind.contains(word))
        .map(|(_, path)| FieldPath::new(path))
        .into_iter()
        .collect()
}

/// From what to what, where `extra_data` says it plainly: its form differs from event to event.
fn change(row: &Json) -> Option<String> {
    let data = row.get("extra_data")?;
    let parsed: Option<Json> = data.as_str().and_then(|text| serde_json::from_str(text).ok());
    let data = parsed.as_ref().unwrap_or(data);
    let [old, new] = ["old_value", "new_value"].map(|name| data.get(name).and_then(json::plain));
    match (old?, new?) {
        (old, new) if old.is_empty() || new.is_empty() || old == new => None,
        (old, new) => Some(format!("({old} → {new})")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn says_from_what_to_what_where_it_is_plain() {
        let row = |extra: &str| {
            json!({"event_time": "2026-11-20T09:15:00+0000", "event_type": "update_campaign_budget",
                "actor_name": "Ana", "application_name": "Power Editor", "object_id": "1", "extra_data": extra})
        };
        let what = |extra: &str| event(&row(extra)).unwrap().what;
        assert_eq!(what(r#"{"old_value":2000,"new_value":3000}"#), "update_campaign_budget (2000 → 3000)");
        assert_eq!(what(r#"{"old_value":{"a":1},"new_value":{"a":2}}"#), "update_campaign_budget");
        assert_eq!(what("not json"), "update_campaign_budget");
    }

    #[test]
    fn types_of_events_name_the_field() {
        let field = |kind: &str| fields(kind).first().map(ToString::to_string).unwrap_or_default();
        assert_eq!(field("update_campaign_budget"), "budget");
        assert_eq!(field("update_ad_set_run_status"), "state");
        assert_eq!(field("update_ad_friendly_name"), "displayName");
        assert_eq!(field("update_ad_set_bid_strategy"), "bidding");
        assert_eq!(field("update_ad_set_target_spec"), "targeting");
        assert_eq!(field("create_campaign_group"), CREATED);
    }

    #[test]
    fn long_spans_are_walked_back() {
        let now: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        let days = |days: i64| now - SignedDuration::from_hours(24 * days);
        assert_eq!(spans(days(7), Some(now)), [(days(7), None)]);
        assert_eq!(
            spans(days(70), Some(now)),
            [(days(30), None), (days(60), Some(days(30))), (days(70), Some(days(60)))]
        );
        assert_eq!(spans(days(400), Some(now)).len(), SPANS);
        assert_eq!(spans(days(400), None), [(days(400), None)]);
    }
}

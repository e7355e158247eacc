//! Who changed what: the account's activities (meta-ads.md §12).

use adplane_core::ids::ExternalId;
use adplane_engine::error::PlatformError;
use adplane_engine::port::HistoryEvent;
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
    let what = json::text(row, "translated_event_type").or_else(|| json::text(row, "event_type"))?;
    Some(HistoryEvent {
        at: time::instant(row.get("event_time")?)?,
        actor: json::text(row, "actor_name").unwrap_or_default(),
        client: json::text(row, "application_name").unwrap_or_default(),
        id: ExternalId::new(json::text(row, "object_id")?).ok()?,
        what: change(row).map_or(what.clone(), |change| format!("{what} {change}")),
    })
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

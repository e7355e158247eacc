//! Start, end and hours of ad sets (meta-ads.md §5, §5.1, §16, §17.16).

use jiff::Timestamp;
use serde_json::Value;

use crate::meta::errors::GraphError;
use crate::meta::store;
use crate::meta::{money, time};
use crate::world::{Object, World};

const DAY: i64 = 86_400;
/// How far ahead a start may be: 37 months.
const FARTHEST_START_DAYS: i64 = 37 * 30;

/// An instant of an object.
pub(super) fn instant(object: &Object, name: &str) -> Option<Timestamp> {
    time::parse_instant(store::text(object, name))
}

/// Checks a flight and the hours of the week.
pub(super) fn check(world: &World, campaign: &Object, draft: &Object) -> Result<(), GraphError> {
    let start = instant(draft, "start_time").unwrap_or(world.now);
    let end = instant(draft, "end_time");
    let lifetime =
        money::amount(draft, "lifetime_budget") > 0 || money::amount(campaign, "lifetime_budget") > 0;
    if start.as_second() - world.now.as_second() > FARTHEST_START_DAYS * DAY {
        let text = "The start is more than 37 months ahead.";
        return Err(GraphError::parameter("start_time", "Start is too far ahead", text).code(3018));
    }
    match end {
        None if lifetime => {
            let text = "A lifetime budget needs an end_time.";
            Err(GraphError::parameter("end_time", "End is missing", text))
        }
        Some(end) if end <= world.now => {
            let text = "The end must be in the future.";
            Err(GraphError::parameter("end_time", "End is in the past", text).subcode(1_487_033))
        }
        Some(end) if end <= start => {
            let text = "The end must be after the start.";
            Err(GraphError::parameter("end_time", "End is before the start", text))
        }
        Some(end) if !lifetime && end.as_second() - start.as_second() <= DAY => {
            let text = "A daily budget needs a flight of more than 24 hours.";
            Err(GraphError::parameter("end_time", "Flight is too short", text))
        }
        _ => check_hours(draft),
    }
}

/// Each part of the day lies within one, and names its days, 0 being Sunday (§5.1).
fn check_hours(draft: &Object) -> Result<(), GraphError> {
    let Some(parts) = draft.get("adset_schedule").and_then(Value::as_array) else { return Ok(()) };
    let legal = |part: &Value| {
        let (from, to) = (part["start_minute"].as_i64(), part["end_minute"].as_i64());
        let days = part["days"].as_array();
        matches!((from, to), (Some(from), Some(to)) if 0 <= from && from < to && to <= 1440)
            && days.is_some_and(|days| {
                !days.is_empty()
                    && days.iter().all(|day| day.as_i64().is_some_and(|day| (0..=6).contains(&day)))
            })
    };
    if parts.iter().all(legal) {
        return Ok(());
    }
    let text = "Each part needs start_minute < end_minute within 0 to 1440, and days within 0 to 6.";
    Err(GraphError::parameter("adset_schedule", "Schedule is not valid", text))
}

/// An ad set that has ended gets a new end before any other edit (§17.16).
pub(super) fn check_ended(world: &World, current: &Object, changes: &Object) -> Result<(), GraphError> {
    let ended = instant(current, "end_time").is_some_and(|end| end <= world.now);
    let harmless = |name: &String| matches!(name.as_str(), "name" | "status" | "adlabels");
    match changes.keys().find(|name| !harmless(name)) {
        Some(name) if ended && !changes.contains_key("end_time") => {
            let text = "The ad set has ended: give it a new end_time first.";
            Err(GraphError::parameter(name, "Ad set has ended", text).subcode(1_487_007))
        }
        _ => Ok(()),
    }
}

/// Whole days of a flight, at least one, for budgets that cover all of it.
pub(super) fn days(world: &World, draft: &Object) -> i64 {
    let start = instant(draft, "start_time").unwrap_or(world.now).max(world.now);
    let end = instant(draft, "end_time").unwrap_or(start);
    ((end.as_second() - start.as_second()) / DAY).max(1)
}

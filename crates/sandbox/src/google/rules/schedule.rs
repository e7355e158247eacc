//! Ad schedules: quarter hours, no overlap, at most six a day. Source: google-ads.md §3.9, §7.

use serde_json::Value;

use super::Check;
use crate::google::names;
use crate::world::Object;

const MOST_PER_DAY: usize = 6;
const FAMILY: &str = "criterionError";

/// Checks a new `adSchedule` against itself and its neighbours.
pub(super) fn check(check: &mut Check<'_, '_>) {
    let schedule = check.new.get("adSchedule").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut complete = true;
    for field in ["dayOfWeek", "startHour", "startMinute", "endHour", "endMinute"] {
        if !schedule.contains_key(field) {
            check.require(&format!("adSchedule.{field}"));
            complete = false;
        }
    }
    if !complete {
        return;
    }
    let Some((start, end)) = minutes(&schedule) else {
        check.fail(
            FAMILY,
            "AD_SCHEDULE_INVALID_TIME_INTERVAL",
            "adSchedule",
            "The time interval is not valid.",
        );
        return;
    };
    let day = schedule.get("dayOfWeek").and_then(Value::as_str).unwrap_or_default().to_owned();
    let key = format!("schedule:{}:{day}", names::id_of(check.text("campaign")));
    let others = check.tx.find("campaignCriteria", &key);
    if others.len() >= MOST_PER_DAY {
        check.fail(
            FAMILY,
            "AD_SCHEDULE_EXCEEDED_INTERVALS_PER_DAY_LIMIT",
            "adSchedule",
            "A day takes at most six intervals.",
        );
    }
    let overlaps = others.iter().any(|id| {
        let other = check.tx.get("campaignCriteria", id).and_then(|object| object.get("adSchedule"));
        let other = other.and_then(Value::as_object).filter(|other| **other != schedule);
        other.and_then(minutes).is_some_and(|(other_start, other_end)| start < other_end && other_start < end)
    });
    if overlaps {
        check.fail(FAMILY, "AD_SCHEDULE_TIME_INTERVALS_OVERLAP", "adSchedule", "The time intervals overlap.");
    }
}

/// Begin and end as minutes of the day; none when they make no interval within one day.
pub(in crate::google) fn minutes(schedule: &Object) -> Option<(i64, i64)> {
    let at = |hour: &str, minute: &str| {
        let hours = schedule.get(hour).and_then(Value::as_i64)?;
        let minutes = match schedule.get(minute).and_then(Value::as_str)? {
            "FIFTEEN" => 15,
            "THIRTY" => 30,
            "FORTY_FIVE" => 45,
            _ => 0,
        };
        (0..=24).contains(&hours).then_some(hours * 60 + minutes)
    };
    let (start, end) = (at("startHour", "startMinute")?, at("endHour", "endMinute")?);
    (start < end && end <= 24 * 60).then_some((start, end))
}

//! Dayparting: `adset_schedule` (meta-ads.md §5.1, mapping §4).

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::value::Value;
use serde_json::{Value as Json, json};

use super::json as tolerant;

/// Meta counts days from Sunday.
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// Minutes of `08:30`; `24:00` is the end of the day.
fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..60).contains(&minutes) && (0..=24).contains(&hours)).then_some(hours * 60 + minutes)
}

fn clock(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The minutes of `08:00-20:00`.
pub(crate) fn span(text: &str) -> Option<(i64, i64)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minutes(from)?, minutes(to)?);
    (from < to && to <= 1440).then_some((from, to))
}

/// `adset_schedule` of `schedule.hours`: one entry per span, naming the days that share it.
pub(crate) fn to_wire(hours: &Value) -> Json {
    let mut spans: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    for (index, day) in DAYS.iter().enumerate() {
        for span in hours.entry(day).into_iter().flat_map(Value::texts).filter_map(span) {
            spans.entry(span).or_default().push(index);
        }
    }
    // The vendor's default zone is the viewer's; spans are written in the account's.
    spans
        .into_iter()
        .map(|((from, to), days)| {
            json!({"start_minute": from, "end_minute": to, "days": days, "timezone_type": "ADVERTISER"})
        })
        .collect()
}

/// `schedule.hours` of an ad set; `None` when it runs all day or by the viewer's clock.
pub(crate) fn read(ad_set: &Json) -> Option<Value> {
    let mut days: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for entry in tolerant::list(ad_set, "adset_schedule") {
        if tolerant::word(entry, "timezone_type") != "ADVERTISER" {
            return None;
        }
        let (from, to) = (tolerant::integer(entry, "start_minute")?, tolerant::integer(entry, "end_minute")?);
        for day in tolerant::list(entry, "days") {
            let day = usize::try_from(tolerant::whole(day)?).ok()?;
            days.entry(DAYS.get(day)?).or_default().insert(format!("{}-{}", clock(from), clock(to)));
        }
    }
    (!days.is_empty()).then(|| Value::map(days.into_iter().map(|(day, spans)| (day, Value::text_set(spans)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_read_back() {
        let hours = Value::map([
            ("Mon", Value::text_set(["08:00-20:00"])),
            ("Sun", Value::text_set(["08:00-20:00", "22:00-24:00"])),
        ]);
        let wire = to_wire(&hours);
        assert_eq!(wire[0]["days"], json!([0, 1]));
        assert_eq!(wire[1]["end_minute"], 1440);
        assert_eq!(read(&json!({"adset_schedule": wire})), Some(hours));
        assert_eq!(read(&json!({})), None);
    }
}

//! `schedule.hours`: spans by day, midnight split.

use std::collections::BTreeMap;

use adplane_core::value::Value;
use compact_str::CompactString;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// What is wrong with the member at an index.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) member: usize,
    pub(crate) message: String,
    pub(crate) hint: &'static str,
}

/// Lowers spans to `Mon -> {"08:00-20:00"}`.
pub(crate) fn lower(members: &[Value]) -> (Value, Vec<Problem>) {
    let mut spans: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
    let mut problems = Vec::new();
    for (member, value) in members.iter().enumerate() {
        let text = |key: &str| value.entry(key).and_then(Value::as_text).unwrap_or_default().to_owned();
        let (from, to) = (text("from"), text("to"));
        if from == to || from == "24:00" {
            problems.push(Problem {
                member,
                message: format!("the span from {from} to {to} is empty"),
                hint: "write an end after the start; a whole day is from \"00:00\" to \"24:00\"",
            });
            continue;
        }
        let days = value.entry("days").into_iter().flat_map(Value::texts);
        for day in days.filter_map(|day| DAYS.iter().position(|known| *known == day)) {
            if from < to {
                spans.entry(day).or_default().push((from.clone(), to.clone()));
            } else {
                spans.entry(day).or_default().push((from.clone(), "24:00".to_owned()));
                if to != "00:00" {
                    spans.entry((day + 1) % 7).or_default().push(("00:00".to_owned(), to.clone()));
                }
            }
        }
    }
    let mut days = BTreeMap::new();
    for (day, list) in spans {
        let texts = list.iter().map(|(from, to)| format!("{from}-{to}"));
        days.insert(CompactString::new(DAYS[day]), Value::text_set(texts));
    }
    (Value::Map(days), problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(days: &[&str], from: &str, to: &str) -> Value {
        Value::map([("days", Value::text_set(days)), ("from", Value::text(from)), ("to", Value::text(to))])
    }

    #[test]
    fn midnight_is_split() {
        let (value, problems) = lower(&[span(&["Mon", "Sun"], "20:00", "02:00")]);
        assert_eq!(problems, []);
        let expected = Value::map([
            ("Mon", Value::text_set(["00:00-02:00", "20:00-24:00"])),
            ("Tue", Value::text_set(["00:00-02:00"])),
            ("Sun", Value::text_set(["20:00-24:00"])),
        ]);
        assert_eq!(value, expected);
    }

    #[test]
    fn empty_spans_are_reported() {
        let (value, problems) = lower(&[span(&["Mon"], "08:00", "20:00"), span(&["Tue"], "08:00", "08:00")]);
        let found: Vec<_> =
            problems.iter().map(|problem| (problem.member, problem.message.as_str())).collect();
        assert_eq!(found, [(1, "the span from 08:00 to 08:00 is empty")]);
        assert_eq!(value, Value::map([("Mon", Value::text_set(["08:00-20:00"]))]));
    }
}

//! Flights and dayparting of campaigns. Sources: mapping §4; google-ads.md §3.2, §3.9, §7.

use std::collections::BTreeMap;

use adplane_core::desired::DesiredObject;
use adplane_core::time::{Time, Zone};
use adplane_core::value::Value;

use super::refine::Channel;
use super::report::Report;
use crate::google::wire::hours;

const MOST_PER_DAY: usize = 6;

/// Checks start, end and hours of a campaign.
pub(super) fn check(object: &DesiredObject, channel: Channel, zone: &Zone, report: &mut Report) {
    let edge = |path: &str, wanted: &str, hint: &str, report: &mut Report| {
        let time = object.value(path)?.as_time()?;
        let local = Time::new(time.at, zone.clone()).local();
        if !local.ends_with(wanted) {
            let message =
                format!("Google campaigns start and end with whole days; `{path}` is {local} in {zone}");
            report.error(object, path, "not-a-whole-day", message, hint);
        }
        Some(time.at)
    };
    let start = edge("schedule.start", "00:00:00", "write the date alone, such as `\"2026-03-01\"`", report);
    let end = edge("schedule.end", "23:59:59", "write the date alone; the day is included", report);
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        report.error(
            object,
            "schedule.end",
            "end-before-start",
            "the end is not after the start",
            "correct one of the two",
        );
    }
    if object.value("budget.total").is_some() && (start.is_none() || end.is_none()) {
        report.error(
            object,
            "budget.total",
            "total-needs-flight",
            "a total budget needs a start and an end",
            "write `schedule: {start: .., end: ..}`, or a daily budget",
        );
    }
    if let (true, Some(start), Some(end)) = (object.value("budget.total").is_some(), start, end) {
        check_flight(object, channel, end.duration_since(start).as_hours(), report);
    }
    if let Some(value) = object.value("schedule.hours") {
        check_hours(object, value, report);
    }
}

/// How long a total budget may last; third parties agree on it, the vendor does not say (mapping §3).
fn check_flight(object: &DesiredObject, channel: Channel, hours: i64, report: &mut Report) {
    let (least, most) = (3, if channel == Channel::DemandGen { 365 } else { 90 });
    // The last day counts, and ends a second before it is over.
    let days = (hours + 24) / 24;
    if !(least..=most).contains(&days) {
        let message = format!("a total budget over {days} days is likely to be refused");
        let hint = format!("let it last {least} to {most} days, or write a daily budget");
        report.warning(object, "budget.total", "flight-length", message, hint);
    }
}

fn check_hours(object: &DesiredObject, value: &Value, report: &mut Report) {
    let path = "schedule.hours";
    let written: usize =
        value.entries().into_iter().flatten().map(|(_, stretches)| stretches.members().len()).sum();
    let intervals = hours::intervals(value);
    if intervals.is_empty() || intervals.len() != written {
        report.error(
            object,
            path,
            "invalid-hours",
            "the hours name no time of the week, or an interval that ends before it starts",
            "write intervals such as `{days: [Mon], from: \"08:00\", to: \"20:00\"}`, or leave `hours` out",
        );
    }
    let mut per_day: BTreeMap<usize, usize> = BTreeMap::new();
    let mut before: Option<hours::Interval> = None;
    for interval in intervals {
        *per_day.entry(interval.day).or_default() += 1;
        for minutes in [interval.from, interval.to] {
            let below = minutes / hours::GRID * hours::GRID;
            if below != minutes {
                let message = format!("{} is not on Google's grid of quarter hours", hours::clock(minutes));
                let above = hours::clock(below + hours::GRID);
                report.error(
                    object,
                    path,
                    "hours-off-grid",
                    message,
                    format!("write {} or {above}", hours::clock(below)),
                );
            }
        }
        if before.is_some_and(|before| before.day == interval.day && interval.from < before.to) {
            let message = format!("intervals of {} overlap", hours::DAYS[interval.day].0);
            report.error(object, path, "hours-overlap", message, "merge them into one interval");
        }
        before = Some(interval);
    }
    for (day, count) in per_day.into_iter().filter(|(_, count)| *count > MOST_PER_DAY) {
        let message =
            format!("{} has {count} intervals, Google takes {MOST_PER_DAY} a day", hours::DAYS[day].0);
        report.error(object, path, "too-many-hours", message, "merge some of them");
    }
}

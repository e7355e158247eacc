//! Start, end and hours (mapping §4).

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;

use super::{Pass, creates, set_value};
use crate::tiktok::wire::hours::{self, BadHours};
use crate::tiktok::wire::time;

/// Latest start and end the vendor takes.
const LATEST_START: &str = "2028-01-01 00:00:00";
const LATEST_END: &str = "2038-01-01 00:00:00";

/// Brings hours into the form that reads give, and checks the bounds.
pub(super) fn normalise(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    if let Some(value) = object.value("schedule.hours") {
        match hours::normal(value) {
            Ok(normal) => set_value(object, "schedule.hours", normal),
            Err(bad) => pass.error(object, "schedule.hours", explain(&bad)),
        }
    }
    for (path, latest) in [("schedule.start", LATEST_START), ("schedule.end", LATEST_END)] {
        let at = object.value(path).and_then(Value::as_time).map(|time| time.at);
        if at.zip(time::from_text(latest)).is_some_and(|(at, latest)| at > latest) {
            let finding =
                Diagnostic::error("time-too-late", format!("TikTok takes no time after {latest} UTC here"))
                    .hint("write an earlier time, or leave it out");
            pass.error(object, path, finding);
        }
    }
}

fn explain(bad: &BadHours) -> Diagnostic {
    match bad {
        BadHours::OffGrid { written, nearest } => {
            Diagnostic::error("hours-off-grid", format!("{written} is not on a half hour, TikTok's grid"))
                .hint(format!("write {nearest}"))
        }
        BadHours::Never => {
            Diagnostic::error("hours-never", "these hours are never: TikTok would read them as always")
                .hint("pause the object with `state: Paused`, or name at least one half hour")
        }
        BadHours::Form(text) => {
            Diagnostic::error("hours-malformed", format!("`{text}` is not a day or a span of hours"))
                .hint("write spans such as `08:00` to `20:00`")
        }
    }
}

/// A total budget needs an end.
pub(super) fn check_end(object: &DesiredObject, campaign_total: bool, pass: &mut Pass<'_>) {
    let total = campaign_total || object.fields.contains_key("budget.total");
    if total && !object.fields.contains_key("schedule.end") && creates(object) {
        let finding = Diagnostic::error("total-needs-end", "a total budget needs an end")
            .hint("add `schedule.end` here or on the campaign, or use `budget.daily`");
        pass.error(object, "schedule.end", finding);
    }
}

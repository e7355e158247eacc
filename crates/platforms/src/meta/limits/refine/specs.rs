//! Typed fields of ad sets that the vendor bounds: billing, frequency, attribution, placements
//! (meta-ads.md §5.1, §5.2, §6).

use adplane_core::desired::DesiredObject;
use adplane_core::value::Value;

use super::findings::Findings;
use crate::meta::wire::{goals, specs};

const FREQUENCY: &str = "meta.frequency_control_specs";
const ATTRIBUTION: &str = "meta.attribution_spec";
const BILLING: &str = "meta.billing_event";
/// Placements that are gone, and what came instead.
const GONE: [(&str, &str, &str); 3] = [
    ("meta.facebook_positions", "video_feeds", "remove it, or write `facebook_reels`"),
    ("meta.instagram_positions", "explore", "write `explore_home`"),
    ("meta.messenger_positions", "story", "remove it: Meta Ads drops it without a word"),
];

/// Checks what depends on the goal, and the placements.
pub(super) fn check(object: &DesiredObject, goal: Option<&str>, findings: &mut Findings) {
    let goal = goal.and_then(goals::to_wire).or_else(|| object.text("meta.optimization_goal"));
    check_placements(object, findings);
    if let Some(goal) = goal {
        check_billing(object, goal, findings);
        check_frequency(object, goal, findings);
        check_attribution(object, goal, findings);
    }
}

fn check_placements(object: &DesiredObject, findings: &mut Findings) {
    for (path, word, hint) in GONE {
        if object.value(path).is_some_and(|words| words.texts().any(|placed| placed == word)) {
            let message = format!("the placement `{word}` is gone from Meta Ads");
            findings.error(object, path, "placement-gone", message, hint);
        }
    }
}

/// Impressions are legal for every goal, clicks and plays for their own.
fn check_billing(object: &DesiredObject, goal: &str, findings: &mut Findings) {
    let Some(event) = object.text(BILLING) else { return };
    let own = event == goal && matches!(event, "LINK_CLICKS" | "THRUPLAY");
    if event != "IMPRESSIONS" && !own {
        let message = format!("Meta Ads does not bill {event} for the goal {goal}");
        findings.error(object, BILLING, "billing-event", message, "write IMPRESSIONS, or leave it out");
    }
}

fn check_frequency(object: &DesiredObject, goal: &str, findings: &mut Findings) {
    let Some(controls) = object.value(FREQUENCY).filter(|specs| !specs.members().is_empty()) else { return };
    if !matches!(goal, "REACH" | "THRUPLAY") {
        let message = format!("Meta Ads controls frequency for reach and video views, not for {goal}");
        let hint = "remove it, or write `optimization: {goal: Reach}`";
        findings.error(object, FREQUENCY, "frequency-goal", message, hint);
    }
    let legal =
        |spec: &Value, key: &str| specs::number(spec, key).is_some_and(|number| (1..=90).contains(&number));
    if !controls.members().iter().all(|spec| legal(spec, "interval_days") && legal(spec, "max_frequency")) {
        let message = "each control needs 1 to 90 `interval_days` and 1 to 90 `max_frequency`";
        let hint = "write `[{event: IMPRESSIONS, interval_days: 7, max_frequency: 2}]`";
        findings.error(object, FREQUENCY, "frequency-range", message, hint);
    }
}

fn check_attribution(object: &DesiredObject, goal: &str, findings: &mut Findings) {
    let Some(windows) = object.value(ATTRIBUTION) else { return };
    let days = |event: &str| {
        let window = windows.members().iter().find(|window| specs::word(window, "event_type") == event);
        window.and_then(|window| specs::number(window, "window_days")).unwrap_or(0)
    };
    let (legal, choices) = match (goal, (days("CLICK_THROUGH"), days("VIEW_THROUGH"))) {
        ("OFFSITE_CONVERSIONS" | "VALUE", found) => {
            (matches!(found, (1 | 7, 0 | 1)), "1 or 7 days after a click, none or 1 after a view")
        }
        ("APP_INSTALLS", found) => {
            (matches!(found, (1, 0 | 1)), "1 day after a click, none or 1 after a view")
        }
        (_, found) => (found == (1, 0), "1 day after a click"),
    };
    if !legal {
        let message = format!("Meta Ads does not count {goal} in these windows");
        findings.error(object, ATTRIBUTION, "attribution-window", message, format!("write {choices}"));
    }
}

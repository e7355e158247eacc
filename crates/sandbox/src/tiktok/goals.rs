//! Which goals an objective has, how they are billed, and what must accompany them.
//!
//! "Create an ad group" and "Create an Upgraded Smart+ ad group": objectives, goals and billing events.

use super::errors::{Refusal, ensure};

/// A goal and the event it is billed by.
type Pair = (&'static str, &'static str);

const WEB: &[Pair] =
    &[("CLICK", "CPC"), ("TRAFFIC_LANDING_PAGE_VIEW", "OCPM"), ("CONVERT", "OCPM"), ("VALUE", "OCPM")];
const LEAD: &[Pair] = &[
    ("LEAD_GENERATION", "OCPM"),
    ("CONVERT", "OCPM"),
    ("CLICK", "CPC"),
    ("TRAFFIC_LANDING_PAGE_VIEW", "OCPM"),
    ("CONVERSATION", "OCPM"),
];
const APP: &[Pair] = &[("INSTALL", "OCPM"), ("CLICK", "CPC"), ("IN_APP_EVENT", "OCPM"), ("VALUE", "OCPM")];
const REACH: &[Pair] = &[("REACH", "CPM"), ("SHOW", "CPM")];
const VIEWS: &[Pair] = &[("ENGAGED_VIEW", "CPV"), ("ENGAGED_VIEW_FIFTEEN", "CPV")];
const TRAFFIC: &[Pair] =
    &[("CLICK", "CPC"), ("TRAFFIC_LANDING_PAGE_VIEW", "OCPM"), ("DESTINATION_VISIT", "OCPM")];
/// The billing of these pairs is unverified; option `tiktok.engagement_pairs=any` accepts others.
const ENGAGEMENT: &[Pair] = &[("FOLLOWERS", "OCPM"), ("PAGE_VISIT", "CPC"), ("PROFILE_VIEWS", "CPC")];
const PRODUCT_SALES: &[Pair] = &[
    ("CLICK", "CPC"),
    ("CONVERT", "OCPM"),
    ("VALUE", "OCPM"),
    ("GMV", "OCPM"),
    ("PRODUCT_CLICK_IN_LIVE", "OCPM"),
];

/// All goals that a request may name.
pub(super) const GOALS: &[&str] = &[
    "CLICK",
    "CONVERT",
    "INSTALL",
    "IN_APP_EVENT",
    "REACH",
    "SHOW",
    "LEAD_GENERATION",
    "CONVERSATION",
    "FOLLOWERS",
    "PAGE_VISIT",
    "PROFILE_VIEWS",
    "VALUE",
    "AUTOMATIC_VALUE_OPTIMIZATION",
    "TRAFFIC_LANDING_PAGE_VIEW",
    "ENGAGED_VIEW",
    "ENGAGED_VIEW_FIFTEEN",
    "CONVERSION_LEADS",
    "DESTINATION_VISIT",
    "PREFERRED_LEAD",
    "MT_LIVE_ROOM",
    "PRODUCT_CLICK_IN_LIVE",
    "GMV",
];
/// Goals of Upgraded Smart+.
pub(super) const SMART_PLUS_GOALS: &[&str] = &[
    "CLICK",
    "INSTALL",
    "IN_APP_EVENT",
    "VALUE",
    "CONVERT",
    "TRAFFIC_LANDING_PAGE_VIEW",
    "CONVERSATION",
    "LEAD_GENERATION",
];
/// Billing events.
pub(super) const BILLING: &[&str] = &["CPC", "CPM", "CPV", "OCPM"];

fn pairs(objective: &str) -> &'static [Pair] {
    match objective {
        "REACH" => REACH,
        "VIDEO_VIEWS" => VIEWS,
        "TRAFFIC" => TRAFFIC,
        "ENGAGEMENT" => ENGAGEMENT,
        "WEB_CONVERSIONS" => WEB,
        "LEAD_GENERATION" => LEAD,
        "APP_PROMOTION" => APP,
        "PRODUCT_SALES" => PRODUCT_SALES,
        _ => &[],
    }
}

/// Checks that the objective has the goal and that the goal is billed so.
pub(super) fn check(objective: &str, goal: &str, billing: &str, any_billing: bool) -> Result<(), Refusal> {
    let pair = pairs(objective).iter().find(|(known, _)| *known == goal);
    let Some((_, event)) = pair else {
        return Err(super::errors::invalid(format!(
            "optimization_goal: {goal} is not supported by the objective {objective}."
        )));
    };
    ensure(any_billing || *event == billing, || {
        format!("billing_event: {billing} does not fit the optimization goal {goal}, use {event}.")
    })
}

/// Whether a goal counts events of a website's pixel.
pub(super) fn counts_pixel_events(objective: &str, goal: &str) -> bool {
    matches!(objective, "WEB_CONVERSIONS" | "LEAD_GENERATION" | "PRODUCT_SALES")
        && matches!(goal, "CONVERT" | "VALUE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_goal_and_billing() {
        for (objective, goal, billing, good) in [
            ("REACH", "REACH", "CPM", true),
            ("TRAFFIC", "CLICK", "CPC", true),
            ("TRAFFIC", "CLICK", "OCPM", false),
            ("WEB_CONVERSIONS", "CONVERT", "OCPM", true),
            ("WEB_CONVERSIONS", "CONVERT", "CPC", false),
            ("VIDEO_VIEWS", "ENGAGED_VIEW", "CPV", true),
            ("REACH", "CLICK", "CPC", false),
        ] {
            assert_eq!(check(objective, goal, billing, false).is_ok(), good, "{objective} {goal} {billing}");
        }
    }
}

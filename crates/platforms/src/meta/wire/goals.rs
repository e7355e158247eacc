//! What an ad set optimises for: goal, destination and promoted object by objective (mapping §1.2, §1.4).

use serde_json::Value as Json;

use super::json;
use super::words::{self, EVENTS};

/// What an ad set of a goal promotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promotes {
    /// Nothing; an app where one is written.
    Nothing,
    /// The page of the creative's identity.
    Page,
    /// A pixel and an event on it.
    PixelEvent,
    /// An app.
    App,
    /// An app and an event in it.
    AppEvent,
}

/// One row: an objective's goal and what Meta calls it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    /// The objective.
    pub(crate) objective: &'static str,
    /// The neutral goal; `*` stands for any event.
    pub(crate) neutral: &'static str,
    /// `optimization_goal`.
    pub(crate) wire: &'static str,
    /// `destination_type`; plain web leaves it out.
    pub(crate) destination: Option<&'static str>,
    /// What it promotes.
    pub(crate) promotes: Promotes,
}

const ANY_EVENT: &str = "*";

const fn goal(
    objective: &'static str,
    neutral: &'static str,
    wire: &'static str,
    destination: Option<&'static str>,
    promotes: Promotes,
) -> Goal {
    Goal { objective, neutral, wire, destination, promotes }
}

/// All rows; an objective's first row is its default where it has one.
const GOALS: &[Goal] = &[
    goal("Awareness", "Reach", "REACH", None, Promotes::Page),
    goal("Awareness", "Impressions", "IMPRESSIONS", None, Promotes::Page),
    goal("Awareness", "VideoViews", "THRUPLAY", None, Promotes::Page),
    goal("Traffic", "Clicks", "LINK_CLICKS", None, Promotes::Nothing),
    goal("Traffic", "LandingPageViews", "LANDING_PAGE_VIEWS", None, Promotes::Nothing),
    goal("Traffic", "Reach", "REACH", None, Promotes::Nothing),
    goal("Traffic", "Impressions", "IMPRESSIONS", None, Promotes::Nothing),
    goal("Engagement", "PostEngagement", "POST_ENGAGEMENT", Some("ON_POST"), Promotes::Nothing),
    goal("Engagement", "VideoViews", "THRUPLAY", Some("ON_VIDEO"), Promotes::Nothing),
    goal("Engagement", "PageLikes", "PAGE_LIKES", Some("ON_PAGE"), Promotes::Page),
    goal("Engagement", "Conversations", "CONVERSATIONS", Some("MESSENGER"), Promotes::Page),
    goal("Leads", "LeadForm", "LEAD_GENERATION", Some("ON_AD"), Promotes::Page),
    goal("Leads", ANY_EVENT, "OFFSITE_CONVERSIONS", None, Promotes::PixelEvent),
    goal("AppPromotion", "AppInstalls", "APP_INSTALLS", None, Promotes::App),
    goal("AppPromotion", "Clicks", "LINK_CLICKS", None, Promotes::App),
    goal("AppPromotion", ANY_EVENT, "OFFSITE_CONVERSIONS", None, Promotes::AppEvent),
    goal("Sales", ANY_EVENT, "OFFSITE_CONVERSIONS", None, Promotes::PixelEvent),
    goal("Sales", "Value", "VALUE", None, Promotes::PixelEvent),
];

/// The row of an objective's goal.
pub(crate) fn row(objective: &str, neutral: &str) -> Option<&'static Goal> {
    let event = words::to_wire(EVENTS, neutral).is_some();
    GOALS.iter().find(|goal| {
        goal.objective == objective && (goal.neutral == neutral || (event && goal.neutral == ANY_EVENT))
    })
}

/// The goal that an objective has when none is written; the others must name one, since goal and pixel are
/// frozen after publishing.
pub(crate) fn default_of(objective: &str) -> Option<&'static str> {
    match objective {
        "Awareness" => Some("Reach"),
        "Traffic" => Some("Clicks"),
        _ => None,
    }
}

/// What may be written under an objective, for hints.
pub(crate) fn choices(objective: &str) -> String {
    let mut choices = Vec::new();
    for goal in GOALS.iter().filter(|goal| goal.objective == objective) {
        if goal.neutral == ANY_EVENT {
            choices.push(words::neutral_list(EVENTS));
        } else {
            choices.push(goal.neutral.to_owned());
        }
    }
    choices.join(", ")
}

/// The event that a neutral goal counts, in Meta's word.
pub(crate) fn event(neutral: &str) -> Option<&'static str> {
    if neutral == "Value" { Some("PURCHASE") } else { words::to_wire(EVENTS, neutral) }
}

/// The row of a live ad set's goal under its campaign's objective; `None` where the catalogue has no word for the
/// pair.
pub(crate) fn read(objective: &str, ad_set: &Json) -> Option<(&'static str, &'static Goal)> {
    let wire = json::word(ad_set, "optimization_goal");
    let neutral = if wire == "OFFSITE_CONVERSIONS" {
        let event = json::word(ad_set.get("promoted_object")?, "custom_event_type");
        words::to_neutral(EVENTS, event)?
    } else {
        GOALS.iter().find(|goal| goal.wire == wire)?.neutral
    };
    row(objective, neutral).map(|goal| (neutral, goal))
}

/// `optimization_goal` of a neutral goal; it is the same under every objective that has the goal.
pub(crate) fn to_wire(neutral: &str) -> Option<&'static str> {
    let event = words::to_wire(EVENTS, neutral).is_some();
    let wanted = if event { ANY_EVENT } else { neutral };
    GOALS.iter().find(|goal| goal.neutral == wanted).map(|goal| goal.wire)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_need_an_objective_that_counts_them() {
        assert_eq!(row("Sales", "Purchase").unwrap().wire, "OFFSITE_CONVERSIONS");
        assert_eq!(row("AppPromotion", "Subscribe").unwrap().promotes, Promotes::AppEvent);
        assert!(row("Traffic", "Purchase").is_none());
        assert!(row("Sales", "Reach").is_none());
    }

    #[test]
    fn one_goal_is_one_word_under_every_objective() {
        for goal in GOALS.iter().filter(|goal| goal.neutral != ANY_EVENT) {
            assert_eq!(to_wire(goal.neutral), Some(goal.wire));
        }
        assert_eq!(to_wire("Lead"), Some("OFFSITE_CONVERSIONS"));
    }

    #[test]
    fn goals_read_back() {
        let sales = json!({"optimization_goal": "OFFSITE_CONVERSIONS",
            "promoted_object": {"pixel_id": "1", "custom_event_type": "ADD_TO_CART"}});
        let neutral = |objective: &str, ad_set: &Json| read(objective, ad_set).map(|(neutral, _)| neutral);
        assert_eq!(neutral("Sales", &sales), Some("AddToCart"));
        assert_eq!(neutral("Engagement", &sales), None, "the vendor has it, the catalogue does not");
        assert_eq!(neutral("Awareness", &json!({"optimization_goal": "THRUPLAY"})), Some("VideoViews"));
        assert_eq!(neutral("Awareness", &json!({"optimization_goal": "AD_RECALL_LIFT"})), None);
    }
}

//! Objectives, goals and events: neutral and the vendor's, in both directions (mapping §1, §1.3, §1.4).

use super::Lane;

/// The vendor's objective behind a neutral one, and how its campaigns are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Objective {
    /// `objective_type`.
    pub vendor: &'static str,
    /// The lane its campaigns are in.
    pub lane: Lane,
    /// Whether the vendor closes that lane for it: what is there is kept, nothing is made or deleted.
    pub closed: bool,
}

/// Objectives: neutral word, the vendor's, the lane that creates it, whether it is the neutral word's first
/// choice.
const OBJECTIVES: [(&str, &str, Lane, bool); 7] = [
    ("Awareness", "REACH", Lane::Manual, true),
    ("Awareness", "VIDEO_VIEWS", Lane::Manual, false),
    ("Traffic", "TRAFFIC", Lane::Manual, true),
    ("Engagement", "ENGAGEMENT", Lane::Manual, true),
    ("Leads", "LEAD_GENERATION", Lane::SmartPlus, true),
    ("AppPromotion", "APP_PROMOTION", Lane::SmartPlus, true),
    ("Sales", "WEB_CONVERSIONS", Lane::SmartPlus, true),
];
/// Sales from a catalogue in the manual lane: read, never created.
pub(crate) const PRODUCT_SALES: &str = "PRODUCT_SALES";
/// `campaign_automation_type` of the manual lane.
pub(crate) const MANUAL: &str = "MANUAL";

/// The vendor's objective for a neutral word and the typed fields beside it: `tiktok.objective_type` and
/// `tiktok.campaign_automation_type`.
pub(crate) fn objective(neutral: &str, typed: Option<&str>, automation: Option<&str>) -> Option<Objective> {
    if neutral == "Sales" && typed == Some(PRODUCT_SALES) {
        return Some(Objective { vendor: PRODUCT_SALES, lane: Lane::Manual, closed: true });
    }
    let (_, vendor, lane, _) = OBJECTIVES.iter().find(|(word, vendor, _, first)| {
        *word == neutral && typed.map_or(*first, |typed| typed == *vendor)
    })?;
    let closed = *lane == Lane::SmartPlus && automation == Some(MANUAL);
    Some(Objective { vendor, lane: if closed { Lane::Manual } else { *lane }, closed })
}

/// The vendor's objectives that a neutral word can stand for.
pub(crate) fn objective_choices(neutral: &str) -> Vec<&'static str> {
    OBJECTIVES.iter().filter(|(word, ..)| *word == neutral).map(|(_, vendor, ..)| *vendor).collect()
}

/// The neutral word for a vendor's objective.
pub(crate) fn neutral_objective(vendor: &str) -> Option<&'static str> {
    if vendor == PRODUCT_SALES {
        return Some("Sales");
    }
    OBJECTIVES.iter().find(|(_, word, ..)| *word == vendor).map(|(neutral, ..)| *neutral)
}

/// Whether the manual lane no longer creates an objective (tiktok-ads.md §0).
pub(crate) fn is_closed_manually(vendor: &str) -> bool {
    vendor == PRODUCT_SALES
        || OBJECTIVES.iter().any(|(_, word, lane, _)| *word == vendor && *lane == Lane::SmartPlus)
}

/// What an ad group counts when it optimises for events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Nothing but what the platform sees itself.
    Nothing,
    /// An event of a website's pixel.
    Pixel(&'static str),
    /// An event of an app.
    App(&'static str),
}

/// A goal on one objective: what the vendor optimises for and bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Goal {
    /// `optimization_goal`.
    pub optimization: &'static str,
    /// `billing_event`.
    pub billing: &'static str,
    /// `optimization_event` and where it happens.
    pub counts: Counts,
}

impl Goal {
    const fn new(optimization: &'static str, billing: &'static str) -> Self {
        Self { optimization, billing, counts: Counts::Nothing }
    }

    /// Whether the ad group names a pixel.
    pub(crate) fn has_pixel(&self) -> bool {
        matches!(self.counts, Counts::Pixel(_))
    }

    /// `optimization_event`.
    pub(crate) fn event(&self) -> Option<&'static str> {
        match self.counts {
            Counts::Nothing => None,
            Counts::Pixel(event) | Counts::App(event) => Some(event),
        }
    }
}

/// The member that holds a custom bid under a billing event.
pub(crate) fn bid_member(billing: &str) -> &'static str {
    if billing == "OCPM" { "conversion_bid_price" } else { "bid_price" }
}

/// A neutral event, its word for websites and, where there is one, for apps.
type Event = (&'static str, &'static str, Option<&'static str>);

/// Neutral events: neutral word, the vendor's for websites, the vendor's for apps (mapping §1.4).
const EVENTS: [Event; 11] = [
    ("Purchase", "SHOPPING", Some("ACTIVE_PAY")),
    ("InitiateCheckout", "INITIATE_ORDER", Some("IN_APP_ORDER")),
    ("AddPaymentInfo", "ADD_BILLING", Some("ADD_PAYMENT_INFO")),
    ("AddToCart", "ON_WEB_CART", Some("IN_APP_CART")),
    ("AddToWishlist", "ON_WEB_ADD_TO_WISHLIST", Some("ADD_TO_WISHLIST")),
    ("ViewContent", "ON_WEB_DETAIL", Some("IN_APP_DETAIL_UV")),
    ("Search", "ON_WEB_SEARCH", Some("SEARCH")),
    ("Lead", "FORM", Some("SALES_LEAD")),
    ("Contact", "CONSULT", None),
    ("CompleteRegistration", "ON_WEB_REGISTER", Some("ACTIVE_REGISTER")),
    ("Subscribe", "ON_WEB_SUBSCRIBE", Some("SUBSCRIBE")),
];
const CLICK: Goal = Goal::new("CLICK", "CPC");
const LANDING: Goal = Goal::new("TRAFFIC_LANDING_PAGE_VIEW", "OCPM");

fn web_event(neutral: &str) -> Option<&'static str> {
    EVENTS.iter().find(|(word, ..)| *word == neutral).map(|(_, web, _)| *web)
}

fn app_event(neutral: &str) -> Option<&'static str> {
    EVENTS.iter().find(|(word, ..)| *word == neutral).and_then(|(.., app)| *app)
}

/// What a neutral goal means on an objective. The billing of ENGAGEMENT is unverified.
pub(crate) fn goal(objective: &str, neutral: &str) -> Option<Goal> {
    let counting = |optimization, counts| Goal { counts, ..Goal::new(optimization, "OCPM") };
    let conversion = |event: &str| web_event(event).map(|event| counting("CONVERT", Counts::Pixel(event)));
    match (objective, neutral) {
        ("REACH", "Reach") => Some(Goal::new("REACH", "CPM")),
        ("VIDEO_VIEWS", "VideoViews") => Some(Goal::new("ENGAGED_VIEW", "CPV")),
        ("ENGAGEMENT", "Followers") => Some(Goal::new("FOLLOWERS", "OCPM")),
        ("ENGAGEMENT", "ProfileVisits") => Some(Goal::new("PAGE_VISIT", "CPC")),
        ("TRAFFIC" | "WEB_CONVERSIONS" | "APP_PROMOTION", "Clicks") => Some(CLICK),
        ("TRAFFIC" | "WEB_CONVERSIONS", "LandingPageViews") => Some(LANDING),
        ("WEB_CONVERSIONS", "Value") => Some(counting("VALUE", Counts::Pixel("SHOPPING"))),
        ("LEAD_GENERATION", "LeadForm") => Some(Goal::new("LEAD_GENERATION", "OCPM")),
        ("WEB_CONVERSIONS" | "LEAD_GENERATION", event) => conversion(event),
        ("APP_PROMOTION", "AppInstalls") => Some(Goal::new("INSTALL", "OCPM")),
        ("APP_PROMOTION", "Value") => Some(counting("VALUE", Counts::App("ACTIVE_PAY"))),
        ("APP_PROMOTION", event) => {
            app_event(event).map(|event| counting("IN_APP_EVENT", Counts::App(event)))
        }
        _ => None,
    }
}

/// Goals of an objective, the default first where it has one.
pub(crate) fn goals(objective: &str) -> Vec<&'static str> {
    let events = || EVENTS.iter().map(|(neutral, ..)| *neutral);
    match objective {
        "REACH" => vec!["Reach"],
        "VIDEO_VIEWS" => vec!["VideoViews"],
        "TRAFFIC" => vec!["Clicks", "LandingPageViews"],
        "ENGAGEMENT" => vec!["Followers", "ProfileVisits"],
        "WEB_CONVERSIONS" => events().chain(["Value", "LandingPageViews", "Clicks"]).collect(),
        "LEAD_GENERATION" => std::iter::once("LeadForm").chain(events()).collect(),
        "APP_PROMOTION" => {
            let events = events().filter(|event| app_event(event).is_some());
            ["AppInstalls", "Clicks"].into_iter().chain(events).chain(["Value"]).collect()
        }
        _ => Vec::new(),
    }
}

/// The goal that an objective has when none is written; elsewhere a wrong guess would cost the ad group.
pub(crate) fn default_goal(objective: &str) -> Option<&'static str> {
    matches!(objective, "REACH" | "VIDEO_VIEWS" | "TRAFFIC")
        .then(|| goals(objective).first().copied())
        .flatten()
}

/// The neutral goal behind what an ad group reads.
pub(crate) fn neutral_goal(goal: &str, event: Option<&str>) -> Option<&'static str> {
    let event_of =
        |wanted: &dyn Fn(&Event) -> bool| EVENTS.iter().find(|row| wanted(row)).map(|(neutral, ..)| *neutral);
    match goal {
        "REACH" => Some("Reach"),
        "SHOW" => Some("Impressions"),
        "ENGAGED_VIEW" => Some("VideoViews"),
        "CLICK" => Some("Clicks"),
        "TRAFFIC_LANDING_PAGE_VIEW" => Some("LandingPageViews"),
        "VALUE" => Some("Value"),
        "CONVERT" => event_of(&|(_, web, _)| Some(*web) == event),
        "IN_APP_EVENT" => event_of(&|(.., app)| app.is_some() && *app == event),
        "LEAD_GENERATION" => Some("LeadForm"),
        "INSTALL" => Some("AppInstalls"),
        "FOLLOWERS" => Some("Followers"),
        "PAGE_VISIT" => Some("ProfileVisits"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_choose_the_lane() {
        let lane = |neutral, typed| objective(neutral, typed, None).map(|found| (found.vendor, found.lane));
        assert_eq!(lane("Awareness", None), Some(("REACH", Lane::Manual)));
        assert_eq!(lane("Awareness", Some("VIDEO_VIEWS")), Some(("VIDEO_VIEWS", Lane::Manual)));
        assert_eq!(lane("Engagement", None), Some(("ENGAGEMENT", Lane::Manual)));
        assert_eq!(lane("Sales", None), Some(("WEB_CONVERSIONS", Lane::SmartPlus)));
        assert_eq!(lane("Leads", None), Some(("LEAD_GENERATION", Lane::SmartPlus)));
        assert_eq!(lane("AppPromotion", None), Some(("APP_PROMOTION", Lane::SmartPlus)));
        assert_eq!(lane("Sales", Some("REACH")), None);
        assert_eq!(neutral_objective("PRODUCT_SALES"), Some("Sales"));
        assert_eq!(neutral_objective("RF_REACH"), None);
    }

    #[test]
    fn closed_lanes_are_known() {
        let sales = objective("Sales", None, Some("MANUAL")).unwrap();
        assert_eq!((sales.vendor, sales.lane, sales.closed), ("WEB_CONVERSIONS", Lane::Manual, true));
        assert!(objective("Sales", Some("PRODUCT_SALES"), None).unwrap().closed);
        assert!(!objective("Traffic", None, Some("MANUAL")).unwrap().closed);
        assert!(is_closed_manually("LEAD_GENERATION") && !is_closed_manually("ENGAGEMENT"));
    }

    #[test]
    fn goals_come_back() {
        for (_, objective, ..) in OBJECTIVES {
            for neutral in goals(objective) {
                let wire = goal(objective, neutral).unwrap();
                assert_eq!(neutral_goal(wire.optimization, wire.event()), Some(neutral), "{objective}");
            }
        }
        assert_eq!(default_goal("TRAFFIC"), Some("Clicks"));
        assert_eq!(default_goal("WEB_CONVERSIONS"), None);
        assert_eq!(default_goal("ENGAGEMENT"), None);
        assert_eq!(goal("APP_PROMOTION", "Contact"), None);
        assert_eq!(bid_member("OCPM"), "conversion_bid_price");
        assert_eq!(bid_member("CPM"), "bid_price");
    }
}

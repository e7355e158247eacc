//! Enumerated words: neutral and the vendor's, in both directions (mapping §1.3, §1.4, §6, §7.2).

use super::Lane;

/// A goal on one objective: what the vendor optimises for and bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Goal {
    /// `optimization_goal`.
    pub optimization: &'static str,
    /// `billing_event`.
    pub billing: &'static str,
    /// `optimization_event`, of conversions.
    pub event: Option<&'static str>,
}

impl Goal {
    const fn new(optimization: &'static str, billing: &'static str) -> Self {
        Self { optimization, billing, event: None }
    }

    /// Whether the ad group names a pixel.
    pub(crate) fn has_pixel(&self) -> bool {
        self.event.is_some()
    }

    /// The member that holds a custom bid.
    pub(crate) fn bid_member(&self) -> &'static str {
        if self.billing == "OCPM" { "conversion_bid_price" } else { "bid_price" }
    }
}

/// Objectives that can be created: neutral word, the vendor's, the lane, whether it is the neutral word's
/// first choice.
const OBJECTIVES: [(&str, &str, Lane, bool); 4] = [
    ("Awareness", "REACH", Lane::Manual, true),
    ("Awareness", "VIDEO_VIEWS", Lane::Manual, false),
    ("Traffic", "TRAFFIC", Lane::Manual, true),
    ("Sales", "WEB_CONVERSIONS", Lane::SmartPlus, true),
];
/// Objectives that are read but not created yet.
const READ_ONLY_OBJECTIVES: [(&str, &str); 4] = [
    ("Engagement", "ENGAGEMENT"),
    ("Leads", "LEAD_GENERATION"),
    ("AppPromotion", "APP_PROMOTION"),
    ("Sales", "PRODUCT_SALES"),
];

/// The vendor's objective and the lane for a neutral word, or for the word of the typed field.
pub(crate) fn objective(neutral: &str, typed: Option<&str>) -> Option<(&'static str, Lane)> {
    OBJECTIVES
        .iter()
        .find(|(word, vendor, _, first)| *word == neutral && typed.map_or(*first, |typed| typed == *vendor))
        .map(|(_, vendor, lane, _)| (*vendor, *lane))
}

/// The vendor's objectives that a neutral word can stand for.
pub(crate) fn objective_choices(neutral: &str) -> Vec<&'static str> {
    OBJECTIVES.iter().filter(|(word, ..)| *word == neutral).map(|(_, vendor, ..)| *vendor).collect()
}

/// The neutral word for a vendor's objective.
pub(crate) fn neutral_objective(vendor: &str) -> Option<&'static str> {
    let creatable = OBJECTIVES.iter().find(|(_, word, ..)| *word == vendor).map(|(neutral, ..)| *neutral);
    creatable.or_else(|| {
        READ_ONLY_OBJECTIVES.iter().find(|(_, word)| *word == vendor).map(|(neutral, _)| *neutral)
    })
}

/// Neutral events and the vendor's for websites (mapping §1.4).
const WEB_EVENTS: [(&str, &str); 11] = [
    ("Purchase", "SHOPPING"),
    ("InitiateCheckout", "INITIATE_ORDER"),
    ("AddPaymentInfo", "ADD_BILLING"),
    ("AddToCart", "ON_WEB_CART"),
    ("AddToWishlist", "ON_WEB_ADD_TO_WISHLIST"),
    ("ViewContent", "ON_WEB_DETAIL"),
    ("Search", "ON_WEB_SEARCH"),
    ("Lead", "FORM"),
    ("Contact", "CONSULT"),
    ("CompleteRegistration", "ON_WEB_REGISTER"),
    ("Subscribe", "ON_WEB_SUBSCRIBE"),
];
const CLICK: Goal = Goal::new("CLICK", "CPC");
const LANDING: Goal = Goal::new("TRAFFIC_LANDING_PAGE_VIEW", "OCPM");

/// What a neutral goal means on an objective.
pub(crate) fn goal(objective: &str, neutral: &str) -> Option<Goal> {
    match (objective, neutral) {
        ("REACH", "Reach") => Some(Goal::new("REACH", "CPM")),
        ("VIDEO_VIEWS", "VideoViews") => Some(Goal::new("ENGAGED_VIEW", "CPV")),
        ("TRAFFIC" | "WEB_CONVERSIONS", "Clicks") => Some(CLICK),
        ("TRAFFIC" | "WEB_CONVERSIONS", "LandingPageViews") => Some(LANDING),
        ("WEB_CONVERSIONS", "Value") => Some(Goal { event: Some("SHOPPING"), ..Goal::new("VALUE", "OCPM") }),
        ("WEB_CONVERSIONS", event) => WEB_EVENTS
            .iter()
            .find(|(neutral, _)| *neutral == event)
            .map(|(_, vendor)| Goal { event: Some(vendor), ..Goal::new("CONVERT", "OCPM") }),
        _ => None,
    }
}

/// Goals of an objective, the default first where it has one.
pub(crate) fn goals(objective: &str) -> Vec<&'static str> {
    match objective {
        "REACH" => vec!["Reach"],
        "VIDEO_VIEWS" => vec!["VideoViews"],
        "TRAFFIC" => vec!["Clicks", "LandingPageViews"],
        "WEB_CONVERSIONS" => WEB_EVENTS
            .iter()
            .map(|(neutral, _)| *neutral)
            .chain(["Value", "LandingPageViews", "Clicks"])
            .collect(),
        _ => Vec::new(),
    }
}

/// The goal that an objective has when none is written.
pub(crate) fn default_goal(objective: &str) -> Option<&'static str> {
    (objective != "WEB_CONVERSIONS").then(|| goals(objective).first().copied()).flatten()
}

/// The neutral goal behind what an ad group reads.
pub(crate) fn neutral_goal(goal: &str, event: Option<&str>) -> Option<&'static str> {
    let by_event = || {
        let event = event?;
        WEB_EVENTS.iter().find(|(_, vendor)| *vendor == event).map(|(neutral, _)| *neutral)
    };
    match goal {
        "REACH" => Some("Reach"),
        "SHOW" => Some("Impressions"),
        "ENGAGED_VIEW" | "ENGAGED_VIEW_FIFTEEN" => Some("VideoViews"),
        "CLICK" => Some("Clicks"),
        "TRAFFIC_LANDING_PAGE_VIEW" => Some("LandingPageViews"),
        "VALUE" => Some("Value"),
        "CONVERT" => by_event(),
        "LEAD_GENERATION" => Some("LeadForm"),
        "INSTALL" => Some("AppInstalls"),
        "FOLLOWERS" => Some("Followers"),
        "PAGE_VISIT" => Some("ProfileVisits"),
        _ => None,
    }
}

/// Calls to action (mapping §7.2): neutral and the vendor's.
const CALLS_TO_ACTION: [(&str, &str); 18] = [
    ("LearnMore", "LEARN_MORE"),
    ("ShopNow", "SHOP_NOW"),
    ("OrderNow", "ORDER_NOW"),
    ("SignUp", "SIGN_UP"),
    ("Subscribe", "SUBSCRIBE"),
    ("GetQuote", "GET_QUOTE"),
    ("ContactUs", "CONTACT_US"),
    ("ApplyNow", "APPLY_NOW"),
    ("BookNow", "BOOK_NOW"),
    ("Download", "DOWNLOAD_NOW"),
    ("InstallNow", "INSTALL_NOW"),
    ("WatchNow", "WATCH_NOW"),
    ("PlayNow", "PLAY_GAME"),
    ("ListenNow", "LISTEN_NOW"),
    ("SeeMore", "VIEW_NOW"),
    ("SendMessage", "SEND_MESSAGE"),
    ("CallNow", "CALL_NOW"),
    ("None", ""),
];

/// The vendor's call to action; empty for `None`, which is left out.
pub(crate) fn call_to_action(neutral: &str) -> Option<&'static str> {
    CALLS_TO_ACTION.iter().find(|(word, _)| *word == neutral).map(|(_, vendor)| *vendor)
}

/// The neutral call to action.
pub(crate) fn neutral_call_to_action(vendor: &str) -> Option<&'static str> {
    CALLS_TO_ACTION.iter().find(|(_, word)| *word == vendor).map(|(neutral, _)| *neutral)
}

/// What to write instead of a call to action that TikTok lacks.
pub(crate) fn nearest_call_to_action(neutral: &str) -> &'static str {
    match neutral {
        "BuyNow" => "ShopNow",
        "StartNow" => "SignUp",
        _ => "LearnMore",
    }
}

/// Age buckets: first year, last year (`None`: open), word.
pub(crate) const AGES: [(i64, Option<i64>, &str); 6] = [
    (13, Some(17), "AGE_13_17"),
    (18, Some(24), "AGE_18_24"),
    (25, Some(34), "AGE_25_34"),
    (35, Some(44), "AGE_35_44"),
    (45, Some(54), "AGE_45_54"),
    (55, None, "AGE_55_100"),
];

/// The buckets between two years; `None` when the years do not align with buckets.
pub(crate) fn age_buckets(min: i64, max: Option<i64>) -> Option<Vec<&'static str>> {
    let first = AGES.iter().position(|(from, ..)| *from == min)?;
    let last = AGES.iter().position(|(_, to, _)| *to == max)?;
    (first <= last).then(|| AGES[first..=last].iter().map(|(.., word)| *word).collect())
}

/// The years that buckets cover, when they are one span without gaps; no buckets mean everyone.
pub(crate) fn age_span(buckets: &[String]) -> Option<(i64, Option<i64>)> {
    if buckets.is_empty() {
        return Some((13, None));
    }
    let chosen: Vec<bool> =
        AGES.iter().map(|(.., word)| buckets.iter().any(|bucket| bucket == word)).collect();
    let first = chosen.iter().position(|on| *on)?;
    let last = chosen.iter().rposition(|on| *on)?;
    chosen[first..=last].iter().all(|on| *on).then(|| (AGES[first].0, AGES[last].1))
}

/// `special_industries` for neutral special ad categories that TikTok has.
const INDUSTRIES: [(&str, &str); 3] =
    [("Housing", "HOUSING"), ("Employment", "EMPLOYMENT"), ("Credit", "CREDIT")];

/// The vendor's word for a special ad category.
pub(crate) fn industry(neutral: &str) -> Option<&'static str> {
    INDUSTRIES.iter().find(|(word, _)| *word == neutral).map(|(_, vendor)| *vendor)
}

/// The special ad category behind the vendor's word.
pub(crate) fn neutral_industry(vendor: &str) -> Option<&'static str> {
    INDUSTRIES.iter().find(|(_, word)| *word == vendor).map(|(neutral, _)| *neutral)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_choose_the_lane() {
        assert_eq!(objective("Awareness", None), Some(("REACH", Lane::Manual)));
        assert_eq!(objective("Awareness", Some("VIDEO_VIEWS")), Some(("VIDEO_VIEWS", Lane::Manual)));
        assert_eq!(objective("Sales", None), Some(("WEB_CONVERSIONS", Lane::SmartPlus)));
        assert_eq!(objective("Sales", Some("REACH")), None);
        assert_eq!(objective("Leads", None), None);
        assert_eq!(neutral_objective("PRODUCT_SALES"), Some("Sales"));
        assert_eq!(neutral_objective("RF_REACH"), None);
    }

    #[test]
    fn goals_come_back() {
        for objective in ["REACH", "VIDEO_VIEWS", "TRAFFIC", "WEB_CONVERSIONS"] {
            for neutral in goals(objective) {
                let wire = goal(objective, neutral).unwrap();
                assert_eq!(
                    neutral_goal(wire.optimization, wire.event),
                    Some(neutral),
                    "{objective} {neutral}"
                );
            }
        }
        assert_eq!(default_goal("TRAFFIC"), Some("Clicks"));
        assert_eq!(default_goal("WEB_CONVERSIONS"), None);
        assert_eq!(goal("WEB_CONVERSIONS", "Purchase").unwrap().bid_member(), "conversion_bid_price");
        assert_eq!(goal("REACH", "Reach").unwrap().bid_member(), "bid_price");
    }

    #[test]
    fn ages_are_spans_of_buckets() {
        assert_eq!(age_buckets(25, Some(44)).unwrap(), ["AGE_25_34", "AGE_35_44"]);
        assert_eq!(age_buckets(25, Some(40)), None);
        assert_eq!(age_buckets(18, None).unwrap().len(), 5);
        let span =
            |words: &[&str]| age_span(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(span(&["AGE_35_44", "AGE_25_34"]), Some((25, Some(44))));
        assert_eq!(span(&["AGE_18_24", "AGE_35_44"]), None);
        assert_eq!(span(&[]), Some((13, None)));
    }
}

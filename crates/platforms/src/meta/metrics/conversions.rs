//! Which actions count as conversions.
//!
//! A row lists every action with its type, and one purchase is listed under several types; types are never added. What
//! counts is the event that the ad set is optimised for: the event of its pixel or app, a lead, an install, a conversation. An
//! ad set that is optimised for anything else (clicks, reach, views) counts purchases: they are what its money is judged by.
//! Of the types of one event the widest that a row has is taken. A campaign whose ad sets count different events has the sum of
//! theirs. Today's goal holds for all days: the vendor fixes it once an ad set is published.

use std::collections::{HashMap, HashSet};

use adplane_core::metrics::Slot;
use serde_json::Value as Json;

use crate::meta::wire::json;
use crate::numbers::{self, NoNumber};

/// What is counted of a row, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// In millionths.
    pub(super) conversions: i64,
    /// In micros.
    pub(super) value: i64,
}

impl Counted {
    /// The sum; `None` when it does not fit.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            conversions: self.conversions.checked_add(other.conversions)?,
            value: self.value.checked_add(other.value)?,
        })
    }
}

/// Sums of ad sets, by campaign and slot.
pub(super) type Parts = HashMap<(String, Slot), Counted>;

/// Types of action of one event, the widest first.
pub(super) type Types = Vec<String>;

/// What the ad sets of an account count.
#[derive(Debug, Default)]
pub(super) struct Goals {
    ad_sets: HashMap<String, Types>,
    /// The one set of types that all ad sets of a campaign share, or none.
    campaigns: HashMap<String, Option<Types>>,
    purchases: Types,
}

impl Goals {
    /// From the ad sets as read.
    pub(super) fn of(rows: &[Json]) -> Self {
        let mut goals = Self { purchases: event("PURCHASE"), ..Self::default() };
        let mut seen: HashMap<String, HashSet<Types>> = HashMap::new();
        for row in rows {
            let types = types(row).unwrap_or_else(|| goals.purchases.clone());
            seen.entry(json::word(row, "campaign_id").to_owned()).or_default().insert(types.clone());
            goals.ad_sets.insert(json::word(row, "id").to_owned(), types);
        }
        for (campaign, types) in seen {
            let mut types = types.into_iter();
            let one = types.next().filter(|_| types.next().is_none());
            goals.campaigns.insert(campaign, one);
        }
        goals
    }

    /// What an ad set counts.
    pub(super) fn of_ad_set(&self, id: &str) -> &[String] {
        self.ad_sets.get(id).unwrap_or(&self.purchases)
    }

    /// What all ad sets of a campaign count; `None` when they differ.
    pub(super) fn of_campaign(&self, id: &str) -> Option<&[String]> {
        match self.campaigns.get(id) {
            Some(types) => types.as_deref(),
            None => Some(&self.purchases),
        }
    }
}

/// The types of an ad set's own event; `None` when it is optimised for none.
fn types(ad_set: &Json) -> Option<Types> {
    let promoted = ad_set.get("promoted_object").unwrap_or(&Json::Null);
    if let Some(custom) = json::text(promoted, "custom_conversion_id") {
        return Some(vec![format!("offsite_conversion.custom.{custom}")]);
    }
    match (json::word(ad_set, "optimization_goal"), json::word(promoted, "custom_event_type")) {
        ("LEAD_GENERATION" | "QUALITY_LEAD", _) => Some(event("LEAD")),
        ("APP_INSTALLS", _) => Some(words("omni_app_install mobile_app_install")),
        ("CONVERSATIONS", _) | (_, "MESSAGING_CONVERSATION_STARTED_7D") => {
            Some(words("onsite_conversion.messaging_conversation_started_7d"))
        }
        (_, "") => None,
        (_, name) => Some(event(name)),
    }
}

/// The types of a standard event, the widest first.
fn event(name: &str) -> Types {
    words(match name {
        "PURCHASE" => "omni_purchase purchase offsite_conversion.fb_pixel_purchase",
        "LEAD" => "lead onsite_conversion.lead_grouped offsite_conversion.fb_pixel_lead",
        "ADD_TO_CART" => "omni_add_to_cart add_to_cart offsite_conversion.fb_pixel_add_to_cart",
        "COMPLETE_REGISTRATION" => {
            "omni_complete_registration complete_registration offsite_conversion.fb_pixel_complete_registration"
        }
        "INITIATED_CHECKOUT" => {
            "omni_initiated_checkout initiate_checkout offsite_conversion.fb_pixel_initiate_checkout"
        }
        "ADD_PAYMENT_INFO" => "add_payment_info offsite_conversion.fb_pixel_add_payment_info",
        "ADD_TO_WISHLIST" => "add_to_wishlist offsite_conversion.fb_pixel_add_to_wishlist",
        "CONTENT_VIEW" => "omni_view_content view_content offsite_conversion.fb_pixel_view_content",
        "SEARCH" => "omni_search search offsite_conversion.fb_pixel_search",
        "CONTACT" => "contact_total contact_website",
        "CUSTOMIZE_PRODUCT" => "customize_product_total customize_product_website",
        "DONATE" => "donate_total donate_website",
        "FIND_LOCATION" => "find_location_total find_location_website",
        "SCHEDULE" => "schedule_total schedule_website",
        "START_TRIAL" => "start_trial_total start_trial_website",
        "SUBMIT_APPLICATION" => "submit_application_total submit_application_website",
        "SUBSCRIBE" => "subscribe_total subscribe_website",
        _ => "offsite_conversion.fb_pixel_custom",
    })
}

fn words(types: &str) -> Types {
    types.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Conversions and their value in a row; `None` when a number is not understood.
pub(super) fn count(row: &Json, types: &[String]) -> Option<Counted> {
    let mut counted = Counted::default();
    for kind in types {
        if let Some(conversions) = action(row, "actions", kind, numbers::conversions).ok()? {
            counted.conversions = conversions;
            counted.value = action(row, "action_values", kind, numbers::micros).ok()?.unwrap_or(0);
            break;
        }
    }
    Some(counted)
}

/// The value of one type of action in a list of a row; absent where the row has none.
pub(super) fn action(
    row: &Json,
    list: &str,
    kind: &str,
    read: fn(&str) -> Option<i64>,
) -> Result<Option<i64>, NoNumber> {
    let found = json::list(row, list).iter().find(|entry| json::word(entry, "action_type") == kind);
    let value = |entry: &Json| read(&json::plain(entry.get("value")?)?);
    found.map(|entry| value(entry).ok_or(NoNumber)).transpose()
}

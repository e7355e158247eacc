//! `targeting_spec`: what counts in which mode, and what the answer adds.
//!
//! Members that do not fit the mode are dropped without an error ("`targeting_optimization_mode`").

use serde_json::Value;

use crate::tiktok::errors::{Refusal, ensure, invalid};
use crate::tiktok::field::{self, Unknown, all};
use crate::tiktok::json::{array, child, flag, set, text, text_or_empty, texts};
use crate::tiktok::targeting::{self, Minors};
use crate::world::{Object, World};

use super::adgroup_fields::TARGETING;

/// Members that count in every mode.
const ALWAYS: &[&str] =
    &["location_ids", "zipcode_ids", "languages", "operating_systems", "excluded_audience_ids"];
/// Members that count as hints when suggestions are on.
const HINTS: &[&str] = &[
    "age_groups",
    "gender",
    "audience_ids",
    "interest_category_ids",
    "interest_keyword_ids",
    "purchase_intention_keyword_ids",
    "actions",
];
/// Members of the automatic mode of catalog campaigns for apps.
const CATALOG_APP: &[&str] = &["audience_ids", "gender"];

/// Checks the written spec and answers it as the platform keeps it.
pub(super) fn settle(world: &World, campaign: &Object, group: &Object) -> Result<Object, Refusal> {
    let written = group.get("targeting_spec").and_then(Value::as_object);
    let mut spec = written.cloned().ok_or_else(|| invalid("targeting_spec: Not a valid object."))?;
    let unknown = match world.option("tiktok.unknown_fields", "refuse") {
        "ignore" => Unknown::Ignore,
        _ => Unknown::Refuse,
    };
    field::check(&mut spec, &[all(targeting::MEMBERS), all(TARGETING)], unknown, "targeting_spec.")?;
    let automatic = text(group, "targeting_optimization_mode") != Some("MANUAL");
    let suggestions = flag(group, "suggestion_audience_enabled") == Some(true);
    ensure(automatic || !suggestions, || {
        "suggestion_audience_enabled: It requires targeting_optimization_mode AUTOMATIC.".into()
    })?;
    let catalog_app = text(campaign, "sales_destination") == Some("APP");
    spec.retain(|name, _| counts(name, automatic, suggestions, catalog_app));
    targeting::check(&spec)?;
    targeting::drop_unavailable(world, &mut spec);
    check_zip_codes(campaign, &spec)?;
    let minors = matches!(text(campaign, "app_promotion_type"), Some("APP_INSTALL" | "APP_RETARGETING"));
    ensure(minors || !texts(&spec, "age_groups").contains(&"AGE_13_17"), || {
        "age_groups: AGE_13_17 requires app_promotion_type APP_INSTALL or APP_RETARGETING.".into()
    })?;
    complete(&mut spec, group, automatic);
    Ok(spec)
}

fn counts(name: &str, automatic: bool, suggestions: bool, catalog_app: bool) -> bool {
    if name == "brand_safety_type" {
        return false;
    }
    if name == "app_targeting_type" {
        return catalog_app;
    }
    if !automatic {
        return name != "spc_audience_age";
    }
    ALWAYS.contains(&name)
        || name == "spc_audience_age"
        || (suggestions && HINTS.contains(&name))
        || (catalog_app && CATALOG_APP.contains(&name))
}

fn check_zip_codes(campaign: &Object, spec: &Object) -> Result<(), Refusal> {
    let travel = text(campaign, "catalog_type") == Some("TRAVEL_ENTERTAINMENT");
    ensure(travel || array(spec, "zipcode_ids").is_empty(), || {
        "targeting_spec.zipcode_ids: It requires catalog_type TRAVEL_ENTERTAINMENT.".into()
    })
}

/// Adds what the answer shows although nobody wrote it.
fn complete(spec: &mut Object, group: &Object, automatic: bool) {
    match text_or_empty(group, "promotion_type") {
        "APP_ANDROID" => set(spec, "operating_systems", vec!["ANDROID"]),
        "APP_IOS" => set(spec, "operating_systems", vec!["IOS"]),
        _ => {}
    }
    if automatic {
        let age = match text(spec, "spc_audience_age") {
            Some("ALL") => "ALL",
            Some("25+" | "OVER_TWENTY_FIVE") => "OVER_TWENTY_FIVE",
            _ => "OVER_EIGHTEEN",
        };
        set(spec, "spc_audience_age", age);
    }
    if spec.contains_key("age_groups") && !array(spec, "age_groups").is_empty() {
        // Written ages are kept; the platform only sorts them.
        targeting::normalise(spec, Minors::Allowed);
    } else {
        set(spec, "age_groups", targeting::adults());
    }
    if text(spec, "gender").is_none() {
        set(spec, "gender", "GENDER_UNLIMITED");
    }
    set(spec, "brand_safety_type", "EXPANDED_INVENTORY");
}

/// The kept spec of an ad group.
pub(super) fn of(group: &Object) -> Object {
    child(group, "targeting_spec").cloned().unwrap_or_default()
}

//! Fields that TikTok does not have, and names.

use adplane_core::address::Kind;
use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldPath;
use adplane_core::value::Value;

use super::{Pass, set_value};
use crate::tiktok::wire::name;

/// Paths that are refused: path, what TikTok lacks, what to do.
const REFUSED: [(&str, &str, &str); 10] = [
    ("google", "`google` fields have no place on a TikTok account", "remove them"),
    ("meta", "`meta` fields have no place on a TikTok account", "remove them"),
    (
        "keywords",
        "TikTok ad groups have no keywords in this form",
        "remove `keywords`; they exist on Google only",
    ),
    ("negativeKeywords", "TikTok has no negative keywords", "remove `negativeKeywords`"),
    ("sitelinks", "TikTok has no sitelinks", "remove `sitelinks`"),
    ("callouts", "TikTok has no callouts", "remove `callouts`"),
    (
        "targeting.locationsExcluded",
        "TikTok cannot leave places out",
        "list the places to reach in `targeting.locations` instead",
    ),
    (
        "targeting.devices",
        "TikTok does not choose kinds of devices",
        "remove `targeting.devices`; `tiktok.operating_systems: [IOS]` or `[ANDROID]` narrows by system",
    ),
    (
        "budget.ref",
        "TikTok has no shared budgets",
        "give the campaign a `budget` of its own, or use a monthly pool",
    ),
    ("specialAdCategoryCountries", "TikTok has no countries for special ad categories", "remove the field"),
];

/// Refuses fields TikTok lacks, and takes out those it merely does not use.
pub(super) fn refine(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    for (prefix, what, hint) in REFUSED {
        let found = object.below(prefix).next().map(|(path, _)| path.to_string());
        if let Some(path) = found {
            pass.error(object, &path, Diagnostic::error("not-on-tiktok", what).hint(hint));
        }
    }
    // Legal statements for other platforms: nothing on TikTok holds them.
    remove_below(object, "compliance");
}

/// Removes a field and everything below it; the removed paths.
pub(super) fn remove_below(object: &mut DesiredObject, prefix: &str) -> Vec<FieldPath> {
    let paths: Vec<FieldPath> = object.below(prefix).map(|(path, _)| path.clone()).collect();
    for path in &paths {
        object.fields.remove(path);
    }
    paths
}

/// Checks the name people see; TikTok keeps none of the spaces around it.
pub(super) fn name(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    if let Some(name) = object.text("displayName").map(|name| name.trim().to_owned()) {
        set_value(object, "displayName", Value::text(name));
    }
    let shown = object.display_name();
    let units = name::units(shown);
    if units > name::LONGEST_DISPLAY {
        let finding = Diagnostic::error(
            "name-too-long",
            format!("the name takes {units} of at most {} units", name::LONGEST_DISPLAY),
        )
        .hint("shorten it; a wide character counts as two, and 19 units are kept for the ownership marker");
        pass.error(object, "displayName", finding);
    }
    if let Some(emoji) = name::emoji(shown) {
        let finding = Diagnostic::error("emoji-in-name", format!("TikTok refuses `{emoji}` in names"))
            .hint("remove the emoji");
        pass.error(object, "displayName", finding);
    }
    if name::split(shown).1.is_some() {
        let kind = match object.address.kind {
            Kind::Ad => "ad",
            _ => "object",
        };
        let finding = Diagnostic::error(
            "marker-in-name",
            format!("the name of this {kind} ends like an ownership marker"),
        )
        .hint("remove the part behind ` ~`; Adplane adds it on the platform");
        pass.error(object, "displayName", finding);
    }
}

//! Asset groups of Performance Max: an ad group with one ad, whose creative is the group's assets. Sources: mapping
//! §1.1, §6, §7.1; google-ads.md §3.7.

use adplane_core::asset::Assets;
use adplane_core::desired::DesiredObject;
use adplane_core::field::FieldPath;

use super::creative::{self, Pictures, Texts};
use super::refine::{CampaignFacts, Channel};
use super::report::Report;
use super::{targeting, texts, vendor};
use crate::google::wire::{images, lane, parameters};

const LONGEST_NAME: usize = 128;

const TEXTS: [Texts; 3] = [
    Texts { path: "creative.headlines", item: "headline", fewest: 3, most: 15, width: 30, short: Some(15) },
    Texts {
        path: "creative.longHeadlines",
        item: "long headline",
        fewest: 1,
        most: 5,
        width: 90,
        short: None,
    },
    Texts {
        path: "creative.descriptions",
        item: "description",
        fewest: 2,
        most: 5,
        width: 90,
        short: Some(60),
    },
];

/// Most pictures of all shapes: twenty of each (google-ads.md §3.7).
const PICTURES: [Pictures; 2] = [
    Pictures {
        path: "creative.images",
        item: "image",
        slots: &images::ASSET_GROUP,
        fewest: 2,
        most: 60,
        required: &["MARKETING_IMAGE", "SQUARE_MARKETING_IMAGE"],
    },
    Pictures {
        path: "creative.logos",
        item: "logo",
        slots: &images::ASSET_GROUP_LOGOS,
        fewest: 1,
        most: 5,
        required: &["LOGO"],
    },
];
const MOST_VIDEOS: usize = 5;

/// Parts of a creative that an asset group has no place for.
const UNUSED: [&str; 9] = [
    "creative.primaryTexts",
    "creative.cards",
    "creative.identity",
    "creative.leadForm",
    "creative.music",
    "creative.google.pins",
    "creative.meta",
    "creative.tiktok",
    "compliance",
];

/// What belongs elsewhere, or nowhere: path, message, hint.
const REFUSED: [(&str, &str, &str); 11] = [
    ("targeting.ages", PEOPLE, PEOPLE_HINT),
    ("targeting.genders", PEOPLE, PEOPLE_HINT),
    ("google.excludeUndetermined", PEOPLE, PEOPLE_HINT),
    ("targeting.audiences.exclude", PEOPLE, PEOPLE_HINT),
    ("google.userInterests", PEOPLE, PEOPLE_HINT),
    ("keywords", "Performance Max has no keywords", "remove them, or use a SEARCH campaign"),
    ("negativeKeywords", "asset groups have no keywords", "move them to the campaign"),
    ("bidding", "asset groups have no bids", "write the target in the campaign's `bidding`"),
    ("google.type", "asset groups have no type", "remove `type`"),
    ("google.finalUrlSuffix", "an asset group's links are its ad's", "move it to the creative"),
    ("google.trackingUrlTemplate", "an asset group's links are its ad's", "move it to the creative"),
];
const PEOPLE: &str = "Performance Max chooses by itself who sees the ads";
const PEOPLE_HINT: &str = "remove it; `targeting.audiences.include` is a signal that Google may use";

/// Refines an asset group.
pub(super) fn refine_group(object: &mut DesiredObject, facts: &CampaignFacts, report: &mut Report) {
    let length = object.display_name().chars().count();
    if length > LONGEST_NAME {
        let message = format!("the display name has {length} characters, Google takes {LONGEST_NAME}");
        report.error(object, "displayName", "text-too-long", message, "shorten it");
    }
    targeting::check_ad_group(object, Channel::PerformanceMax, report);
    for (path, message, hint) in REFUSED {
        if object.below(path).next().is_some() {
            report.error(object, path, "not-on-asset-group", message, hint);
        }
    }
    for (path, field) in &facts.handed_down {
        object.fields.entry(path.clone()).or_insert_with(|| field.inherited());
    }
    vendor::check_ad_group(object, report);
    object.default_field(lane::FIELD, lane::PERFORMANCE_MAX);
}

/// Refines the one ad of an asset group.
pub(super) fn refine_ad(object: &mut DesiredObject, assets: &Assets, report: &mut Report) {
    for path in UNUSED {
        report.unused(object, path, "asset groups have no place for it");
    }
    for list in &TEXTS {
        creative::check_texts(object, list, report);
    }
    creative::check_business_name(object, report);
    for list in &PICTURES {
        creative::check_pictures(object, list, assets, report);
    }
    creative::check_videos(object, (0, MOST_VIDEOS), report);
    creative::refine_button(object, report);
    // Its name is written there when tracking uses it.
    let own = |path: &FieldPath| path.as_str().ends_with(&format!(".{}", parameters::AD_NAME));
    if object.below("google.urlCustomParameters").any(|(path, _)| !own(path)) {
        let hint = "move them to the ad group";
        report.error(
            object,
            "google.urlCustomParameters",
            "not-on-asset-group",
            "the custom parameters of an asset group are the ad group's",
            hint,
        );
    }
    texts::check_paths(object, report);
    object.default_field(lane::FIELD, lane::PERFORMANCE_MAX);
}

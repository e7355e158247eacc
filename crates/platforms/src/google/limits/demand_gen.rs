//! Demand Gen: ad groups without a type, ads whose format follows from their content. Sources: mapping §1.1, §7.1;
//! google-ads.md §3.4, §3.5.

use adplane_core::asset::Assets;
use adplane_core::desired::DesiredObject;
use adplane_core::value::Value;

use super::creative::{self, Pictures, Texts};
use super::report::Report;
use super::texts;
use crate::google::wire::{images, lane};

const HEADLINES: Texts =
    Texts { path: "creative.headlines", item: "headline", fewest: 1, most: 5, width: 30, short: None };
const LONG_HEADLINES: Texts = Texts {
    path: "creative.longHeadlines",
    item: "long headline",
    fewest: 1,
    most: 5,
    width: 90,
    short: None,
};
const DESCRIPTIONS: Texts =
    Texts { path: "creative.descriptions", item: "description", fewest: 1, most: 5, width: 90, short: None };
const IMAGES: Pictures = Pictures {
    path: "creative.images",
    item: "image",
    slots: &images::DEMAND_GEN,
    fewest: 1,
    most: 20,
    required: &[],
};
const LOGOS: Pictures = Pictures {
    path: "creative.logos",
    item: "logo",
    slots: &images::DEMAND_GEN_LOGOS,
    fewest: 1,
    most: 5,
    required: &[],
};
const CARDS: &str = "creative.cards";
const MOST_CARDS: usize = 10;
const FEWEST_CARDS: usize = 2;

/// Parts of a creative that no format has a place for.
const UNUSED: [&str; 10] = [
    "creative.primaryTexts",
    "creative.identity",
    "creative.leadForm",
    "creative.music",
    "creative.google.pins",
    "creative.google.path1",
    "creative.google.path2",
    "creative.meta",
    "creative.tiktok",
    "compliance",
];

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Images,
    Videos,
    Carousel,
}

/// Refines an ad.
pub(super) fn refine_ad(object: &mut DesiredObject, assets: &Assets, report: &mut Report) {
    for path in UNUSED {
        report.unused(object, path, "Demand Gen ads have no place for it");
    }
    creative::refine_button(object, report);
    creative::check_business_name(object, report);
    let format = format(object, report);
    match format {
        Some(Format::Images) => {
            report.unused(object, "creative.longHeadlines", "Demand Gen shows them in video ads only");
            creative::check_pictures(object, &IMAGES, assets, report);
        }
        Some(Format::Videos) => {
            creative::check_videos(object, (1, 5), report);
            creative::check_texts(object, &LONG_HEADLINES, report);
        }
        Some(Format::Carousel) => {
            report.unused(object, "creative.longHeadlines", "Demand Gen shows them in video ads only");
            refine_cards(object, assets, report);
            for path in ["creative.headlines", "creative.descriptions", "creative.logos"] {
                keep_first(object, path, report);
            }
        }
        None => {}
    }
    creative::check_pictures(object, &LOGOS, assets, report);
    for list in [&HEADLINES, &DESCRIPTIONS] {
        creative::check_texts(object, list, report);
    }
    automation(object, format);
    object.default_field(lane::FIELD, lane::DEMAND_GEN);
}

/// The format follows from what the creative holds.
fn format(object: &DesiredObject, report: &mut Report) -> Option<Format> {
    let holds = |path: &str| object.value(path).is_some_and(|value| !value.members().is_empty());
    match (holds("creative.images"), holds("creative.videos"), holds(CARDS)) {
        (true, false, false) => Some(Format::Images),
        (false, true, false) => Some(Format::Videos),
        (false, false, true) => Some(Format::Carousel),
        (false, false, false) => {
            if object.external_id.is_none() {
                let hint = "write `images`, `videos: [{youtube: ..}]` or `cards` in the creative";
                report.error(object, "creative", "missing-media", "a Demand Gen ad shows nothing", hint);
            }
            None
        }
        _ => {
            let message = "a Demand Gen ad shows images, videos or cards, not several of them";
            let hint = "keep one of them; put the others into ads of their own";
            report.error(object, "creative", "mixed-media", message, hint);
            None
        }
    }
}

fn refine_cards(object: &mut DesiredObject, assets: &Assets, report: &mut Report) {
    let cards = object.value(CARDS).map(Value::members).unwrap_or_default().to_vec();
    if !(FEWEST_CARDS..=MOST_CARDS).contains(&cards.len()) {
        let message =
            format!("the ad has {} cards, Google takes {FEWEST_CARDS} to {MOST_CARDS}", cards.len());
        let hint = match FEWEST_CARDS.checked_sub(cards.len()) {
            Some(missing) if missing > 0 => format!("add {missing} to the creative"),
            _ => format!("remove {} from the creative", cards.len().saturating_sub(MOST_CARDS)),
        };
        report.error(object, CARDS, "card-count", message, hint);
    }
    let mut described = false;
    for (number, card) in (1_usize..).zip(&cards) {
        let part = |key: &str| card.entry(key).and_then(Value::as_text);
        for key in ["headline", "image"] {
            if part(key).is_none() {
                let message = format!("card {number} has no {key}");
                report.error(object, CARDS, "card-incomplete", message, format!("write its `{key}`"));
            }
        }
        if let Some(headline) = part("headline") {
            texts::check_width(object, CARDS, "card headline", headline, HEADLINES.width, report);
        }
        if let Some(page) = part("landingPage") {
            texts::check_url(object, CARDS, page, report);
        }
        described |= part("description").is_some();
        creative::check_card(object, card, assets, report);
    }
    if described {
        let hint = "it stays in the creative for other platforms";
        report.info(object, CARDS, "unused-field", "cards of Demand Gen show no `description`", hint);
    }
    if let Some(Value::List(cards)) = object.fields.get_mut(CARDS).map(|field| &mut field.value) {
        for card in cards {
            if let Value::Map(entries) = card {
                entries.remove("description");
            }
        }
    }
}

/// Where one is shown, the first wins.
fn keep_first(object: &mut DesiredObject, path: &'static str, report: &mut Report) {
    let Some(Value::List(members)) = object.value(path) else { return };
    if members.len() > 1 {
        let dropped: Vec<String> = members.iter().skip(1).map(|member| format!("`{member}`")).collect();
        let message = format!("a carousel of Demand Gen shows the first alone, not {}", dropped.join(", "));
        report.info(object, path, "only-first-used", message, "put the one that should show first");
    }
    if let Some(Value::List(members)) = object.fields.get_mut(path).map(|field| &mut field.value) {
        members.truncate(1);
    }
}

/// What the vendor would make of the ad by itself stays off. Which format knows which type is unverified
/// (google-ads.md §3.2, §3.5).
fn automation(object: &mut DesiredObject, format: Option<Format>) {
    let kinds: &[&str] = match format {
        Some(Format::Images) => &["GENERATE_DESIGN_VERSIONS_FOR_IMAGES", "GENERATE_LANDING_PAGE_PREVIEW"],
        Some(Format::Videos) => &[
            "GENERATE_VERTICAL_YOUTUBE_VIDEOS",
            "GENERATE_SHORTER_YOUTUBE_VIDEOS",
            "GENERATE_LANDING_PAGE_PREVIEW",
        ],
        Some(Format::Carousel) => &["GENERATE_LANDING_PAGE_PREVIEW"],
        None => &[],
    };
    for kind in kinds {
        object.default_field(&format!("{}.{kind}", lane::AD_AUTOMATION), "OPTED_OUT");
    }
}

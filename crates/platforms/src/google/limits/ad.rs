//! Responsive search ads. Sources: mapping §7; google-ads.md §3.5, §7.

use std::collections::BTreeSet;

use adplane_core::desired::DesiredObject;
use adplane_core::field::{Field, FieldPath, FieldSource};
use adplane_core::value::Value;
use compact_str::CompactString;

use super::refine::{CampaignFacts, Channel};
use super::report::Report;
use super::{texts, vendor};
use crate::google::wire::{parameters, tracking};

/// Enabled responsive search ads of one ad group.
pub(super) const MOST_ENABLED: usize = 3;
const PATH_WIDTH: usize = 15;
const PINS: &str = "creative.google.pins";
const UTM: &str = "creative.tracking.utm";

/// One list of texts of the ad.
struct Texts {
    path: &'static str,
    /// The word in pins.
    item: &'static str,
    fewest: usize,
    most: usize,
    width: usize,
    positions: &'static [&'static str],
    /// Positions that always show.
    shown: &'static [&'static str],
}

const LISTS: [Texts; 2] = [
    Texts {
        path: "creative.headlines",
        item: "headline",
        fewest: 3,
        most: 15,
        width: 30,
        positions: &["HEADLINE_1", "HEADLINE_2", "HEADLINE_3"],
        shown: &["HEADLINE_1", "HEADLINE_2"],
    },
    Texts {
        path: "creative.descriptions",
        item: "description",
        fewest: 2,
        most: 4,
        width: 90,
        positions: &["DESCRIPTION_1", "DESCRIPTION_2"],
        shown: &["DESCRIPTION_1"],
    },
];

/// Parts of a creative that a responsive search ad has no place for.
const UNUSED: [&str; 15] = [
    "creative.longHeadlines",
    "creative.primaryTexts",
    "creative.businessName",
    "creative.images",
    "creative.videos",
    "creative.logos",
    "creative.cards",
    "creative.callToAction",
    "creative.identity",
    "creative.leadForm",
    "creative.music",
    "creative.google.callToAction",
    "creative.meta",
    "creative.tiktok",
    "compliance",
];

/// Names that the ad's tracking needs from its parents.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Uses {
    pub(super) campaign_name: bool,
    pub(super) ad_group_name: bool,
}

/// Refines an ad under its campaign.
pub(super) fn refine(object: &mut DesiredObject, facts: &CampaignFacts, report: &mut Report) -> Uses {
    for path in UNUSED {
        report.unused(object, path, "responsive search ads have no place for it");
    }
    if facts.channel.is_some_and(|channel| channel != Channel::Search) && object.external_id.is_none() {
        let hint = "bind an existing one with `externalId`";
        let message = "ads of Performance Max and Demand Gen are not built yet: they come with vendor depth";
        report.error(object, "creative", "not-built-yet", message, hint);
        return Uses::default();
    }
    refine_pins(object, report);
    for list in &LISTS {
        check_list(object, list, report);
    }
    check_landing_page(object, report);
    check_paths(object, report);
    vendor::check_ad(object, report);
    refine_utm(object, report)
}

/// Pins are a set of `{headline | description, position}`; `position: 1` means the first of its kind.
fn refine_pins(object: &mut DesiredObject, report: &mut Report) {
    let Some(pins) = object.value(PINS).cloned() else { return };
    let mut refined = Vec::new();
    for pin in pins.members() {
        let found = LISTS.iter().find_map(|list| Some((list, pin.entry(list.item)?.as_text()?)));
        let Some((list, text)) = found else {
            let hint = "write `{headline: <text>, position: 1}` or `{description: <text>, position: 1}`";
            report.error(
                object,
                PINS,
                "invalid-pin",
                "a pin names neither a headline nor a description",
                hint,
            );
            continue;
        };
        let written = pin.entry("position").map(ToString::to_string).unwrap_or_default();
        let position = list
            .positions
            .iter()
            .enumerate()
            .find(|(index, word)| **word == written || (index + 1).to_string() == written);
        let Some((_, position)) = position else {
            let message = format!("`{written}` is no position of a {}", list.item);
            let hint = format!("write 1 to {}", list.positions.len());
            report.error(object, PINS, "invalid-pin", message, hint);
            continue;
        };
        if !object.value(list.path).is_some_and(|texts| texts.texts().any(|known| known == text)) {
            let message = format!("`{text}` is pinned but is no {} of the creative", list.item);
            report.error(object, PINS, "pin-without-text", message, "write the text exactly as in the list");
        }
        refined.push(Value::map([(list.item, Value::text(text)), ("position", Value::text(position))]));
    }
    if let Some(field) = object.fields.get_mut(PINS) {
        field.value = Value::set(refined);
    }
}

fn check_list(object: &DesiredObject, list: &Texts, report: &mut Report) {
    let texts: Vec<&str> = object.value(list.path).into_iter().flat_map(Value::texts).collect();
    // What is bound may be an ad of a former kind, which has other texts.
    if texts.is_empty() && object.external_id.is_some() {
        return;
    }
    if texts.len() < list.fewest || texts.len() > list.most {
        let message = format!(
            "the ad has {} {}s, Google takes {} to {}",
            texts.len(),
            list.item,
            list.fewest,
            list.most
        );
        let hint = match list.fewest.checked_sub(texts.len()) {
            Some(missing) if missing > 0 => format!("add {missing} to the creative"),
            _ => format!("remove {} from the creative", texts.len().saturating_sub(list.most)),
        };
        report.error(object, list.path, "text-count", message, hint);
    }
    let mut seen = BTreeSet::new();
    for text in &texts {
        texts::check_width(object, list.path, list.item, text, list.width, report);
        if !seen.insert(*text) {
            let message = format!("{} `{text}` is written twice", list.item);
            report.error(object, list.path, "text-twice", message, "remove one of the two");
        }
    }
    check_pinned(object, list, texts.len(), report);
    check_marks(object, list, &texts, report);
}

/// When every text is pinned, each shown position needs one (google-ads.md §7, probable).
fn check_pinned(object: &DesiredObject, list: &Texts, count: usize, report: &mut Report) {
    let pins: Vec<&Value> = object
        .value(PINS)
        .map(Value::members)
        .unwrap_or_default()
        .iter()
        .filter(|pin| pin.entry(list.item).is_some())
        .collect();
    let covered = |position: &str| {
        pins.iter().any(|pin| pin.entry("position").and_then(Value::as_text) == Some(position))
    };
    if count > 0 && pins.len() >= count && !list.shown.iter().all(|position| covered(position)) {
        let message = format!("every {} is pinned, and a position that always shows has none", list.item);
        report.error(
            object,
            PINS,
            "pins-leave-gap",
            message,
            "leave one unpinned, or pin one to the first position",
        );
    }
}

/// Exclamation marks lead to disapproval, not to a refusal (google-ads.md §7, probable).
fn check_marks(object: &DesiredObject, list: &Texts, texts: &[&str], report: &mut Report) {
    let allowed = usize::from(list.item == "description");
    if let Some(text) = texts.iter().find(|text| text.matches('!').count() > allowed) {
        let message = format!("{} `{text}` is likely to be disapproved for its exclamation mark", list.item);
        report.warning(object, list.path, "exclamation-mark", message, "leave the mark out");
    }
}

fn check_landing_page(object: &DesiredObject, report: &mut Report) {
    let path = "creative.landingPage";
    match object.text(path) {
        Some(url) => texts::check_url(object, path, url, report),
        None if object.external_id.is_some() => {}
        None => {
            let hint = "write `landingPage: https://..` in the creative";
            report.error(object, path, "missing-landing-page", "a search ad needs a landing page", hint);
        }
    }
}

fn check_paths(object: &DesiredObject, report: &mut Report) {
    for path in ["creative.google.path1", "creative.google.path2"] {
        let Some(text) = object.text(path) else { continue };
        texts::check_width(object, path, "path", text, PATH_WIDTH, report);
        if text.contains(['/', '\n', '\r']) {
            report.error(object, path, "invalid-path", "a path holds a slash", "write one word per path");
        }
    }
    if object.value("creative.google.path2").is_some() && object.value("creative.google.path1").is_none() {
        let hint = "write `path1` as well";
        report.error(object, "creative.google.path2", "path2-alone", "`path2` needs `path1`", hint);
    }
}

/// Completes `utm`, checks its placeholders, and adds the ad's own name where it is used.
fn refine_utm(object: &mut DesiredObject, report: &mut Report) -> Uses {
    let Some(field) = object.fields.get_mut(UTM) else { return Uses::default() };
    if let Value::Map(entries) = &mut field.value {
        for (key, text) in tracking::DEFAULTS {
            entries.entry(CompactString::new(key)).or_insert_with(|| Value::text(text));
        }
    }
    let (utm, origin) = (field.value.clone(), field.origin.clone());
    for (key, text) in utm.entries().into_iter().flatten() {
        if let Some(unknown) = text.as_text().and_then(tracking::unknown_placeholder) {
            let message = format!("`{unknown}` in `{key}` is no placeholder");
            report.error(
                object,
                UTM,
                "unknown-placeholder",
                message,
                format!("write one of {}", tracking::placeholders()),
            );
        }
    }
    if object.value("creative.google.finalUrlSuffix").is_some() {
        let hint = "remove one of the two";
        report.error(
            object,
            UTM,
            "two-suffixes",
            "`tracking.utm` becomes the final URL suffix, which is written as well",
            hint,
        );
    }
    if tracking::uses(&utm, "{ad.name}") {
        let name = object.address.ad.as_ref().map(ToString::to_string).unwrap_or_default();
        let field = Field { source: FieldSource::Inherited, ..Field::declared(Value::text(name), origin) };
        object
            .fields
            .insert(FieldPath::new(format!("google.urlCustomParameters.{}", parameters::AD_NAME)), field);
    }
    Uses {
        campaign_name: tracking::uses(&utm, "{campaign.name}"),
        ad_group_name: tracking::uses(&utm, "{adGroup.name}"),
    }
}

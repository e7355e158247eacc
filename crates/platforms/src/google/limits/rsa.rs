//! Responsive search ads. Sources: mapping §7; google-ads.md §3.5, §7.

use adplane_core::desired::DesiredObject;
use adplane_core::value::Value;

use super::creative::{self, Texts};
use super::report::Report;
use super::texts;

const PINS: &str = "creative.google.pins";

/// One list of texts of the ad.
struct List {
    texts: Texts,
    positions: &'static [&'static str],
    /// Positions that always show.
    shown: &'static [&'static str],
}

const LISTS: [List; 2] = [
    List {
        texts: Texts {
            path: "creative.headlines",
            item: "headline",
            fewest: 3,
            most: 15,
            width: 30,
            short: None,
        },
        positions: &["HEADLINE_1", "HEADLINE_2", "HEADLINE_3"],
        shown: &["HEADLINE_1", "HEADLINE_2"],
    },
    List {
        texts: Texts {
            path: "creative.descriptions",
            item: "description",
            fewest: 2,
            most: 4,
            width: 90,
            short: None,
        },
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

/// Refines a responsive search ad.
pub(super) fn refine_ad(object: &mut DesiredObject, report: &mut Report) {
    for path in UNUSED {
        report.unused(object, path, "responsive search ads have no place for it");
    }
    refine_pins(object, report);
    for list in &LISTS {
        creative::check_texts(object, &list.texts, report);
        let found: Vec<&str> = object.value(list.texts.path).into_iter().flat_map(Value::texts).collect();
        check_pinned(object, list, found.len(), report);
        check_marks(object, list, &found, report);
    }
    texts::check_paths(object, report);
}

/// Pins are a set of `{headline | description, position}`; `position: 1` means the first of its kind.
fn refine_pins(object: &mut DesiredObject, report: &mut Report) {
    let Some(pins) = object.value(PINS).cloned() else { return };
    let mut refined = Vec::new();
    for pin in pins.members() {
        let found = LISTS.iter().find_map(|list| Some((list, pin.entry(list.texts.item)?.as_text()?)));
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
            let message = format!("`{written}` is no position of a {}", list.texts.item);
            let hint = format!("write 1 to {}", list.positions.len());
            report.error(object, PINS, "invalid-pin", message, hint);
            continue;
        };
        if !object.value(list.texts.path).is_some_and(|texts| texts.texts().any(|known| known == text)) {
            let message = format!("`{text}` is pinned but is no {} of the creative", list.texts.item);
            report.error(object, PINS, "pin-without-text", message, "write the text exactly as in the list");
        }
        refined.push(Value::map([(list.texts.item, Value::text(text)), ("position", Value::text(position))]));
    }
    if let Some(field) = object.fields.get_mut(PINS) {
        field.value = Value::set(refined);
    }
}

/// When every text is pinned, each shown position needs one (google-ads.md §7, probable).
fn check_pinned(object: &DesiredObject, list: &List, count: usize, report: &mut Report) {
    let pins: Vec<&Value> = object
        .value(PINS)
        .map(Value::members)
        .unwrap_or_default()
        .iter()
        .filter(|pin| pin.entry(list.texts.item).is_some())
        .collect();
    let covered = |position: &str| {
        pins.iter().any(|pin| pin.entry("position").and_then(Value::as_text) == Some(position))
    };
    if count > 0 && pins.len() >= count && !list.shown.iter().all(|position| covered(position)) {
        let message =
            format!("every {} is pinned, and a position that always shows has none", list.texts.item);
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
fn check_marks(object: &DesiredObject, list: &List, texts: &[&str], report: &mut Report) {
    let allowed = usize::from(list.texts.item == "description");
    if let Some(text) = texts.iter().find(|text| text.matches('!').count() > allowed) {
        let message =
            format!("{} `{text}` is likely to be disapproved for its exclamation mark", list.texts.item);
        report.warning(object, list.texts.path, "exclamation-mark", message, "leave the mark out");
    }
}

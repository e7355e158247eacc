//! Creatives: what TikTok uses of a neutral creative, button and texts (mapping §7.1, tiktok-ads.md §8.4).

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;

use super::foreign::remove_below;
use super::formats::Format;
use super::{Pass, creates, set_value};
use crate::tiktok::wire::{Lane, name, words};

const TEXTS: &str = "creative.primaryTexts";
/// Longest ad text, in units.
const LONGEST_TEXT: usize = 100;
/// Most texts of a Smart+ ad.
const MOST_TEXTS: usize = 5;
/// What only other platforms show.
const UNUSED: [&str; 5] = [
    "creative.headlines",
    "creative.longHeadlines",
    "creative.descriptions",
    "creative.businessName",
    "creative.logos",
];
/// Blocks of other platforms: a shared creative has them for others.
const OTHERS: [&str; 3] = ["creative.google", "creative.meta", "creative.identity.meta"];

/// Takes out what TikTok does not use, and says so once per creative.
pub(super) fn remove_unused(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    for prefix in OTHERS {
        remove_below(object, prefix);
    }
    let unused: Vec<&str> = UNUSED.into_iter().filter(|path| object.fields.contains_key(*path)).collect();
    if let Some(first) = unused.first() {
        let names: Vec<&str> = unused.iter().map(|path| path.trim_start_matches("creative.")).collect();
        let finding =
            Diagnostic::info("unused-on-tiktok", format!("TikTok does not use {}", names.join(", ")));
        pass.once("unused-on-tiktok", object, first, finding);
    }
    for path in unused {
        object.fields.remove(path);
    }
}

/// Checks that TikTok has the button.
pub(super) fn check_call_to_action(object: &DesiredObject, pass: &mut Pass<'_>) {
    let path = "creative.callToAction";
    let Some(word) = object.text(path) else { return };
    if words::call_to_action(word).is_none() {
        let finding =
            Diagnostic::error("call-to-action-not-on-tiktok", format!("TikTok has no call to action {word}"))
                .hint(format!("write {}", words::nearest_call_to_action(word)));
        pass.error(object, path, finding);
    }
}

/// The members of a list of texts.
pub(super) fn list(object: &DesiredObject, path: &str) -> Vec<String> {
    object.value(path).map(|value| value.texts().map(str::to_owned).collect()).unwrap_or_default()
}

/// Checks the texts, and cuts them to those that are used; a post has its own.
pub(super) fn texts(object: &mut DesiredObject, lane: Lane, format: Format, pass: &mut Pass<'_>) {
    let texts = list(object, TEXTS);
    if texts.is_empty() && creates(object) && format != Format::Post {
        let finding = Diagnostic::error("text-missing", "a TikTok ad needs a text")
            .hint("add one to `primaryTexts` of the creative");
        pass.once("text-missing", object, TEXTS, finding);
    }
    let most = if lane == Lane::Manual { 1 } else { MOST_TEXTS };
    if texts.len() > most {
        let finding = Diagnostic::info(
            "texts-unused",
            format!("TikTok uses the first {most} of {} primary texts here", texts.len()),
        );
        pass.once("texts-unused", object, TEXTS, finding);
        set_value(object, TEXTS, Value::text_list(&texts[..most]));
    }
    for text in texts.iter().take(most) {
        let units = name::units(text);
        if units == 0 || units > LONGEST_TEXT {
            let finding = Diagnostic::error(
                "text-length",
                format!("`{text}` takes {units} units; TikTok takes 1 to {LONGEST_TEXT}"),
            )
            .hint("shorten it; a wide character counts as two");
            pass.once("text-length", object, TEXTS, finding);
        }
        if let Some(emoji) = name::emoji(text) {
            let finding = Diagnostic::error("emoji-in-text", format!("TikTok refuses `{emoji}` in ad texts"))
                .hint("remove the emoji");
            pass.once("emoji-in-text", object, TEXTS, finding);
        }
        if text.contains(['{', '}', '#', '@']) {
            let finding =
                Diagnostic::warning("text-characters", "TikTok may refuse `{`, `}`, `#` and `@` in ad texts");
            pass.once("text-characters", object, TEXTS, finding);
        }
    }
}

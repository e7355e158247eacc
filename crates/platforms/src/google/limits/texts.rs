//! Names, keywords, links and other short texts. Source: google-ads.md §7.

use adplane_core::desired::DesiredObject;
use adplane_core::value::Value;

use super::report::Report;
use crate::google::wire::{keywords, texts};

const LONGEST_NAME: usize = 255;
const LONGEST_KEYWORD: usize = 80;
const MOST_WORDS: usize = 10;
/// Probable, not certain (google-ads.md §7).
const REFUSED_IN_KEYWORDS: &str = "!@%,*(){}=;~`<>?\\|";
const LONGEST_URL: usize = 2048;
const PATH_WIDTH: usize = 15;

/// Checks the display name.
pub(super) fn check_name(object: &DesiredObject, report: &mut Report) {
    let name = object.display_name();
    let length = name.chars().count();
    if length > LONGEST_NAME {
        let message = format!("the display name has {length} characters, Google takes {LONGEST_NAME}");
        report.error(object, "displayName", "text-too-long", message, "shorten it");
    }
    if texts::has_control(name) || name.trim() != name {
        report.error(
            object,
            "displayName",
            "invalid-name",
            "the display name starts or ends with a space or holds a line break",
            "write it on one line without spaces around it",
        );
    }
}

/// Checks one text against a width.
pub(super) fn check_width(
    object: &DesiredObject,
    path: &str,
    what: &str,
    text: &str,
    most: usize,
    report: &mut Report,
) {
    let width = texts::width(text);
    if text.trim().is_empty() {
        report.error(object, path, "text-empty", format!("{what} is empty"), "write a text or remove it");
    } else if width > most {
        let message = format!("{what} `{text}` is {width} wide, Google takes {most}");
        let hint = format!("shorten it by {}; East-Asian characters count two", width - most);
        report.error(object, path, "text-too-long", message, hint);
    }
}

/// Checks a landing page or link.
pub(super) fn check_url(object: &DesiredObject, path: &str, text: &str, report: &mut Report) {
    let parsed = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if parsed.and_then(|url| url.host_str().map(str::to_owned)).is_none() || text.len() > LONGEST_URL {
        let message = format!("`{text}` is not a web address that Google takes");
        report.error(
            object,
            path,
            "invalid-url",
            message,
            "write a full address such as `https://shop.example/`",
        );
    }
}

/// Checks the words shown behind the address.
pub(super) fn check_paths(object: &DesiredObject, report: &mut Report) {
    for path in ["creative.google.path1", "creative.google.path2"] {
        let Some(text) = object.text(path) else { continue };
        check_width(object, path, "path", text, PATH_WIDTH, report);
        if text.contains(['/', '\n', '\r']) {
            report.error(object, path, "invalid-path", "a path holds a slash", "write one word per path");
        }
    }
    if object.value("creative.google.path2").is_some() && object.value("creative.google.path1").is_none() {
        let hint = "write `path1` as well";
        report.error(object, "creative.google.path2", "path2-alone", "`path2` needs `path1`", hint);
    }
}

/// Normalises a keyword map and checks each entry.
pub(super) fn refine_keywords(object: &mut DesiredObject, path: &str, report: &mut Report) {
    let Some(map) = object.value(path).cloned() else { return };
    for (_, entry) in map.entries().into_iter().flatten() {
        let text = entry.entry("text").and_then(Value::as_text).unwrap_or_default();
        check_keyword(object, path, text, report);
    }
    let normalised = keywords::map(keywords::entries(&map));
    if let Some(field) = object.fields.get_mut(path) {
        field.value = normalised;
    }
}

fn check_keyword(object: &DesiredObject, path: &str, text: &str, report: &mut Report) {
    let length = text.trim().chars().count();
    let words = text.split_whitespace().count();
    if length == 0 || length > LONGEST_KEYWORD {
        let message =
            format!("keyword `{text}` has {length} characters, Google takes 1 to {LONGEST_KEYWORD}");
        report.error(object, path, "keyword-length", message, "shorten it");
    }
    if words > MOST_WORDS {
        let message = format!("keyword `{text}` has {words} words, Google takes {MOST_WORDS}");
        report.error(object, path, "keyword-words", message, "leave words out");
    }
    let refused = |character: &char| REFUSED_IN_KEYWORDS.contains(*character) || character.is_control();
    if let Some(character) = text.chars().find(refused) {
        let message = format!("keyword `{text}` holds {character:?}, which Google refuses");
        let hint = "remove the character; the match type is written as `match: Exact | Phrase | Broad`";
        report.error(object, path, "keyword-characters", message, hint);
    }
}

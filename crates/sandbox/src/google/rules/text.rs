//! Text limits: display width, tags, names. Source: google-ads.md §7.

use unicode_width::UnicodeWidthChar;

use super::Check;

/// Width in display units: East-Asian wide and full-width characters count two (§7).
pub(in crate::google) fn width(text: &str) -> usize {
    counted(text).chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// The text with insertion tags replaced by their default: `{KeyWord:Shoes}` counts as `Shoes` (§7).
fn counted(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|close| open + close) else { break };
        plain.push_str(&rest[..open]);
        let tag = &rest[open + 1..close];
        plain.push_str(tag_default(tag).unwrap_or(&rest[open..=close]));
        rest = &rest[close + 1..];
    }
    plain.push_str(rest);
    plain
}

fn tag_default(tag: &str) -> Option<&str> {
    let upper = tag.to_ascii_uppercase();
    let inner = |text: &str| text.rsplit_once(':').map(|(_, default)| default.trim_end_matches(')').len());
    if upper.starts_with("KEYWORD:") {
        tag.split_once(':').map(|(_, default)| default)
    } else if upper.starts_with("CUSTOMIZER.") || upper.starts_with("LOCATION(") {
        inner(tag).map(|length| {
            let end = tag.trim_end_matches(')').len();
            &tag[end - length..end]
        })
    } else if upper.starts_with("COUNTDOWN(") {
        Some("")
    } else {
        None
    }
}

/// A name of a campaign, ad group, label and so on: present, short enough, without control characters.
pub(super) fn check_name(check: &mut Check<'_, '_>, most: usize, invalid: (&'static str, &'static str)) {
    if !check.writes("name") {
        return;
    }
    let name = check.text("name").to_owned();
    if name.contains(['\0', '\n', '\r']) {
        check.fail(invalid.0, invalid.1, "name", "The name contains characters that are not allowed.");
    }
    if name.chars().count() > most {
        check.fail("stringLengthError", "TOO_LONG", "name", "Too long.");
    }
    if !name.is_empty() && name.trim().is_empty() {
        check.fail("stringLengthError", "TOO_SHORT", "name", "Too short.");
    }
    // The vendor trims names (§8, unverified).
    if name.trim() != name {
        check.new.insert("name".into(), name.trim().into());
    }
}

/// A text of at most so many display units at a dotted path; an empty one is too short.
pub(super) fn check_width(check: &mut Check<'_, '_>, path: &str, text: &str, most: usize) {
    if text.trim().is_empty() {
        check.fail("adError", "TOO_SHORT", path, "Ad text is too short.");
    } else if width(text) > most {
        check.fail("adError", "LINE_TOO_WIDE", path, "The field's text is too wide.");
    }
}

/// A text of an asset: between one and so many characters.
pub(super) fn check_length(check: &mut Check<'_, '_>, path: &str, text: &str, most: usize) {
    if text.trim().is_empty() {
        check.fail("stringLengthError", "TOO_SHORT", path, "Too short.");
    } else if width(text) > most {
        check.fail("stringLengthError", "TOO_LONG", path, "Too long.");
    }
}

#[cfg(test)]
mod tests {
    use super::width;

    #[test]
    fn width_counts_display_units_and_tag_defaults() {
        for (text, expected, why) in [
            ("Running shoes", 13, "Latin letters count one"),
            ("ランニングシューズ", 18, "kana count two"),
            ("{KeyWord:Shoes}", 5, "a keyword tag counts by its default"),
            ("Buy {keyword:shoes} now", 13, "around a tag"),
            ("{CUSTOMIZER.price:10 EUR}", 6, "a customizer counts by its default"),
            ("{LOCATION(City):Madrid}", 6, "a location counts by its default"),
            ("{unknown}", 9, "what is no tag counts whole"),
            ("open {brace", 11, "an open brace is text"),
        ] {
            assert_eq!(width(text), expected, "{why}");
        }
    }
}

//! Text limits: the vendor counts display width. Source: google-ads.md §7.

use unicode_width::UnicodeWidthChar;

/// Display width; East-Asian wide characters count two, insertion tags by their default text.
pub(in super::super) fn width(text: &str) -> usize {
    let mut rest = text;
    let mut total = 0;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        total += plain(&rest[..open]);
        let tag = &rest[open + 1..open + length];
        total += inserted(tag).map_or_else(|| plain(tag) + 2, plain);
        rest = &rest[open + length + 1..];
    }
    total + plain(rest)
}

fn plain(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// What a tag counts by: `Shoes` of `KeyWord:Shoes`.
fn inserted(tag: &str) -> Option<&str> {
    let upper = tag.to_ascii_uppercase();
    if upper.starts_with("COUNTDOWN(") {
        return Some("");
    }
    ["KEYWORD:", "CUSTOMIZER.", "LOCATION("]
        .iter()
        .any(|start| upper.starts_with(start))
        .then(|| tag.rsplit_once(':').map_or("", |(_, default)| default))
}

/// Whether a name holds characters that the vendor refuses in names.
pub(in super::super) fn has_control(name: &str) -> bool {
    name.contains(['\0', '\n', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_is_what_the_vendor_counts() {
        for (text, expected) in [
            ("Corre más ligero", 16),
            ("ランニング", 10),
            ("Buy {KeyWord:Shoes} now", 13),
            ("{LOCATION(City):Madrid}", 6),
            ("Ends {COUNTDOWN(2026-12-01)}", 5),
            ("{plain}", 7),
        ] {
            assert_eq!(width(text), expected, "{text}");
        }
    }
}

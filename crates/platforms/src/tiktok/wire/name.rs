//! Names with the ownership marker at their end: `Spring sale ~abcdef.ghijklmnop` (mapping §9).

use adplane_core::marker::Marker;
use unicode_width::UnicodeWidthStr;

const SEPARATOR: &str = " ~";
/// Units that the marker takes of a name.
const MARKER_UNITS: usize = 19;
/// Longest name; a CJK character takes two units (tiktok-ads.md §8.4).
const LONGEST: usize = 512;
/// Longest name that leaves room for the marker.
pub(crate) const LONGEST_DISPLAY: usize = LONGEST - MARKER_UNITS;

/// Units of a text: double-width characters count two.
pub(crate) fn units(text: &str) -> usize {
    text.width()
}

/// The name on the platform.
pub(crate) fn with_marker(display: &str, marker: Option<&Marker>) -> String {
    marker.map_or_else(|| display.to_owned(), |marker| format!("{display}{SEPARATOR}{marker}"))
}

/// The name people mean and the marker behind it.
pub(crate) fn split(name: &str) -> (&str, Option<Marker>) {
    let found = name.rsplit_once(SEPARATOR).and_then(|(display, tail)| Some((display, tail.parse().ok()?)));
    match found {
        Some((display, marker)) => (display, Some(marker)),
        None => (name, None),
    }
}

/// The name of an object that another one replaced, told apart by the end of its id.
pub(crate) fn replaced(display: &str, id: &str) -> String {
    /// Digits of the id that are shown.
    const SHOWN: usize = 6;
    let tail = &id[id.len().saturating_sub(SHOWN)..];
    let suffix = format!(" (replaced {tail})");
    let mut kept = display.to_owned();
    while units(&kept) + units(&suffix) > LONGEST_DISPLAY {
        kept.pop();
    }
    kept + &suffix
}

/// The first character that names and texts must not hold: emoji (tiktok-ads.md §8.4).
pub(crate) fn emoji(text: &str) -> Option<char> {
    text.chars().find(|character| {
        matches!(u32::from(*character),
            0x1F000..=0x1FAFF | 0x2600..=0x27BF | 0x2B50 | 0x2B55 | 0xFE0F)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_is_the_tail() {
        let marker: Marker = "abcdef.ghijklmnop".parse().unwrap();
        let name = with_marker("Spring ~ sale", Some(&marker));
        assert_eq!(name, "Spring ~ sale ~abcdef.ghijklmnop");
        assert_eq!(split(&name), ("Spring ~ sale", Some(marker)));
        assert_eq!(split("Spring ~ sale"), ("Spring ~ sale", None));
        assert_eq!(split("Spring ~abcdef.GHIJKLMNOP"), ("Spring ~abcdef.GHIJKLMNOP", None));
    }

    #[test]
    fn a_replaced_name_still_fits() {
        assert_eq!(replaced("Spring", "1849000000000000017"), "Spring (replaced 000017)");
        assert_eq!(units(&replaced(&"x".repeat(493), "1849000000000000017")), LONGEST_DISPLAY);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(units("ab"), 2);
        assert_eq!(units("春秋"), 4);
    }

    #[test]
    fn emoji_are_found() {
        assert_eq!(emoji("Sale 🎉"), Some('🎉'));
        assert_eq!(emoji("Sale – 30 % € ñ 春"), None);
    }
}

//! Names and texts: how the vendor counts characters and what it refuses in them.

use unicode_width::UnicodeWidthChar;

use super::errors::{Refusal, ensure, invalid};

/// Longest name of a campaign, ad group or ad, in units.
const NAME_UNITS: usize = 512;
/// Longest text of an ad, in units.
const TEXT_UNITS: usize = 100;

/// Length in units: a Chinese, Japanese or Korean character counts two.
pub(super) fn units(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(1).max(1)).sum()
}

/// Whether a text holds an emoji.
pub(super) fn has_emoji(text: &str) -> bool {
    text.chars().any(|character| {
        matches!(u32::from(character),
            0x1F000..=0x1FAFF | 0x2600..=0x27BF | 0x2B50 | 0x2B55 | 0xFE0F | 0x20E3)
    })
}

/// Checks a name ("Create a campaign", `campaign_name`: up to 512 characters, no emoji).
pub(super) fn check_name(member: &str, name: &str) -> Result<(), Refusal> {
    ensure(!name.trim().is_empty(), || format!("{member}: The name cannot be empty."))?;
    check_length(member, name)
}

/// Checks a name that may be empty.
pub(super) fn check_length(member: &str, name: &str) -> Result<(), Refusal> {
    let length = units(name);
    ensure(length <= NAME_UNITS, || {
        format!("{member}: The name has {length} characters, the limit is 512.")
    })?;
    ensure(!has_emoji(name), || format!("{member}: Emojis are not supported."))
}

/// Checks an ad text ("Create ads", `ad_text`: 1-100 characters, no emoji).
pub(super) fn check_ad_text(member: &str, text: &str, marks: Marks) -> Result<(), Refusal> {
    let length = units(text);
    ensure((1..=TEXT_UNITS).contains(&length), || {
        format!("{member}: The text has {length} characters, it must have 1 to 100.")
    })?;
    ensure(!has_emoji(text), || format!("{member}: Emojis are not supported."))?;
    if marks == Marks::Refused
        && let Some(mark) = text.chars().find(|character| "{}#@".contains(*character))
    {
        return Err(invalid(format!("{member}: The character `{mark}` is not supported.")));
    }
    Ok(())
}

/// Whether `{ } # @` are refused in an ad text (unverified; option `tiktok.text_marks`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// They are refused.
    Refused,
    /// They are accepted.
    Accepted,
}

/// Checks a web address ("Create ads", `landing_page_url`: http or https, no spaces).
pub(super) fn check_url(member: &str, address: &str) -> Result<(), Refusal> {
    let parsed = url::Url::parse(address).ok();
    let good = parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    ensure(good && !address.contains(char::is_whitespace), || {
        format!(
            "{member}: `{address}` is not a valid URL, it must start with http:// or https:// and hold no space."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_two() {
        assert_eq!(units("abc"), 3);
        assert_eq!(units("春のセール"), 10);
        assert!(check_name("campaign_name", &"春".repeat(256)).is_ok());
        assert!(check_name("campaign_name", &"春".repeat(257)).is_err());
    }

    #[test]
    fn emojis_and_blank_names_are_refused() {
        assert!(check_name("campaign_name", "Boots 👢").is_err());
        assert!(check_name("campaign_name", "  ").is_err());
        assert!(check_name("campaign_name", "Zapatillas – niños ~ab12cd.0123456789").is_ok());
    }

    #[test]
    fn texts_have_one_to_a_hundred_units() {
        assert!(check_ad_text("ad_text", "", Marks::Accepted).is_err());
        assert!(check_ad_text("ad_text", &"a".repeat(100), Marks::Refused).is_ok());
        assert!(check_ad_text("ad_text", &"a".repeat(101), Marks::Refused).is_err());
        assert!(check_ad_text("ad_text", "50 % #sale", Marks::Refused).is_err());
        assert!(check_ad_text("ad_text", "50 % #sale", Marks::Accepted).is_ok());
    }

    #[test]
    fn addresses_are_http() {
        assert!(check_url("landing_page_url", "https://shop.example/a?b=c").is_ok());
        assert!(check_url("landing_page_url", "ftp://shop.example").is_err());
        assert!(check_url("landing_page_url", "https://shop.example/a b").is_err());
    }
}

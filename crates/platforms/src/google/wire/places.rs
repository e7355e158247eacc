//! Places and languages: ISO codes and the vendor's constants.
//!
//! Sources: mapping §6; ISO 3166. A country's constant is 2000 plus its ISO number. Regions have constants
//! that only the vendor can tell: they are looked up by name during observe.

use super::last;
use crate::countries;

/// Everywhere.
pub(in super::super) const WORLD: &str = "WORLD";
const COUNTRY_BASE: u32 = 2000;

/// A place as YAML names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Place<'a> {
    /// Everywhere.
    World,
    /// A country, by its constant.
    Country(u32),
    /// A region, by its code and the names it is looked up under.
    Region { code: &'a str, names: &'static str },
    /// The vendor's own constant.
    Constant(u32),
}

/// Why a text names no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum NoPlace {
    /// No country has this code.
    Country,
    /// The country is known, the region is not in the bundled list.
    Region,
    /// `id:` without a number.
    Constant,
}

/// Reads a place.
pub(in super::super) fn parse(text: &str) -> Result<Place<'_>, NoPlace> {
    if text == WORLD {
        return Ok(Place::World);
    }
    if let Some(id) = text.strip_prefix("id:") {
        return id.parse().map(Place::Constant).map_err(|_| NoPlace::Constant);
    }
    let country = text.split_once('-').map_or(text, |(country, _)| country);
    let country = countries::by_code(country).ok_or(NoPlace::Country)?;
    if country.alpha2 == text {
        return Ok(Place::Country(COUNTRY_BASE + u32::from(country.numeric)));
    }
    crate::regions::names(text).map(|names| Place::Region { code: text, names }).ok_or(NoPlace::Region)
}

/// The country of a place's text, when it tells.
pub(in super::super) fn country(text: &str) -> Option<&str> {
    let country = text.split_once('-').map_or(text, |(country, _)| country);
    countries::by_code(country).map(|country| country.alpha2)
}

/// The country with a constant.
pub(in super::super) fn country_of_constant(constant: u32) -> Option<&'static str> {
    let numeric = u16::try_from(constant.checked_sub(COUNTRY_BASE)?).ok()?;
    countries::by_numeric(numeric).map(|country| country.alpha2)
}

/// The constant in a resource name such as `geoTargetConstants/2724`.
pub(in super::super) fn constant(name: &str) -> Option<u32> {
    last(name).parse().ok()
}

/// Languages with the vendor's constants (mapping §6; several third parties agree).
const LANGUAGES: &[(&str, u32)] = &[
    ("ar", 1019),
    ("bg", 1020),
    ("bn", 1056),
    ("ca", 1038),
    ("cs", 1021),
    ("da", 1009),
    ("de", 1001),
    ("el", 1022),
    ("en", 1000),
    ("es", 1003),
    ("et", 1043),
    ("fa", 1064),
    ("fi", 1011),
    ("fil", 1042),
    ("fr", 1002),
    ("gu", 1072),
    ("he", 1027),
    ("hi", 1023),
    ("hr", 1039),
    ("hu", 1024),
    ("id", 1025),
    ("is", 1026),
    ("it", 1004),
    ("ja", 1005),
    ("kn", 1086),
    ("ko", 1012),
    ("lt", 1029),
    ("lv", 1028),
    ("ml", 1098),
    ("mr", 1101),
    ("ms", 1102),
    ("nb", 1013),
    ("nl", 1010),
    ("pa", 1110),
    ("pl", 1030),
    ("pt", 1014),
    ("ro", 1032),
    ("ru", 1031),
    ("sk", 1033),
    ("sl", 1034),
    ("sr", 1035),
    ("sv", 1015),
    ("ta", 1130),
    ("te", 1131),
    ("th", 1044),
    ("tr", 1037),
    ("uk", 1036),
    ("ur", 1041),
    ("vi", 1040),
    ("zh-Hans", 1017),
    ("zh-Hant", 1018),
];

/// The constant of a language, also `id:<constant>`.
pub(in super::super) fn language(text: &str) -> Option<u32> {
    match text.strip_prefix("id:") {
        Some(id) => id.parse().ok(),
        None => LANGUAGES.iter().find(|(code, _)| *code == text).map(|(_, constant)| *constant),
    }
}

/// The language of a constant as YAML names it.
pub(in super::super) fn language_of_constant(constant: u32) -> String {
    LANGUAGES
        .iter()
        .find(|(_, known)| *known == constant)
        .map_or_else(|| format!("id:{constant}"), |(code, _)| (*code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_and_regions_parse() {
        assert_eq!(parse("ES"), Ok(Place::Country(2724)));
        assert_eq!(parse("US"), Ok(Place::Country(2840)));
        assert_eq!(country_of_constant(2826), Some("GB"));
        assert_eq!(parse("WORLD"), Ok(Place::World));
        assert_eq!(parse("id:1005402"), Ok(Place::Constant(1_005_402)));
        assert!(matches!(parse("FR-IDF"), Ok(Place::Region { code: "FR-IDF", .. })));
        assert_eq!(parse("ES-XX"), Err(NoPlace::Region));
        assert_eq!(parse("XK"), Err(NoPlace::Country));
        assert_eq!(parse("id:x"), Err(NoPlace::Constant));
    }

    #[test]
    fn languages_read_back() {
        for (code, constant) in LANGUAGES {
            assert_eq!(language(code), Some(*constant));
            assert_eq!(language_of_constant(*constant), *code);
        }
        assert_eq!(language("no"), None);
        assert_eq!(language_of_constant(9999), "id:9999");
    }
}

//! Languages: ISO 639-1 codes and the vendor's locale keys (mapping §6).
//!
//! Keys are numbers that only `search?type=adlocale` tells, with English names such as `German`,
//! `English (US)` and `Spanish (All)`. A code means the entry for all variants where there is one, else the
//! entry without a variant, else every variant.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::value::Value;
use compact_str::{CompactString, format_compact};

/// Codes and the vendor's English names.
const NAMES: [(&str, &str); 58] = [
    ("af", "Afrikaans"),
    ("ar", "Arabic"),
    ("bg", "Bulgarian"),
    ("bn", "Bengali"),
    ("ca", "Catalan"),
    ("cs", "Czech"),
    ("cy", "Welsh"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("es", "Spanish"),
    ("et", "Estonian"),
    ("eu", "Basque"),
    ("fa", "Persian"),
    ("fi", "Finnish"),
    ("fil", "Filipino"),
    ("fr", "French"),
    ("ga", "Irish"),
    ("gl", "Galician"),
    ("gu", "Gujarati"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hr", "Croatian"),
    ("hu", "Hungarian"),
    ("id", "Indonesian"),
    ("is", "Icelandic"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("kn", "Kannada"),
    ("ko", "Korean"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("mk", "Macedonian"),
    ("ml", "Malayalam"),
    ("mr", "Marathi"),
    ("ms", "Malay"),
    ("mt", "Maltese"),
    ("nb", "Norwegian"),
    ("nl", "Dutch"),
    ("pa", "Punjabi"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sk", "Slovak"),
    ("sl", "Slovenian"),
    ("sq", "Albanian"),
    ("sr", "Serbian"),
    ("sv", "Swedish"),
    ("sw", "Swahili"),
    ("ta", "Tamil"),
    ("te", "Telugu"),
    ("th", "Thai"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("vi", "Vietnamese"),
];
/// Chinese is told apart by script.
const SCRIPTS: [(&str, &str); 2] = [("zh-Hans", "Simplified Chinese"), ("zh-Hant", "Traditional Chinese")];

/// The vendor's English name of a code.
pub(crate) fn name(code: &str) -> Option<&'static str> {
    NAMES.iter().chain(&SCRIPTS).find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// Locale keys by code.
#[derive(Debug, Clone, Default)]
pub(crate) struct Locales {
    by_code: BTreeMap<CompactString, Vec<i64>>,
}

impl Locales {
    /// From the vendor's list of keys and names.
    pub(crate) fn of(entries: &[(i64, String)]) -> Self {
        let mut by_code = BTreeMap::new();
        for (code, name) in NAMES.iter().chain(&SCRIPTS) {
            let named = |wanted: &str| -> Vec<i64> {
                entries.iter().filter(|(_, name)| name == wanted).map(|(key, _)| *key).collect()
            };
            let variants = || {
                let start = format!("{name} (");
                entries.iter().filter(|(_, name)| name.starts_with(&start)).map(|(key, _)| *key).collect()
            };
            let mut keys = named(&format!("{name} (All)"));
            if keys.is_empty() {
                keys = named(name);
            }
            if keys.is_empty() {
                keys = variants();
            }
            if !keys.is_empty() {
                by_code.insert(CompactString::new(code), keys);
            }
        }
        Self { by_code }
    }

    /// `locales` of a set of languages.
    ///
    /// # Errors
    /// The language that the vendor does not list.
    pub(crate) fn to_wire(&self, languages: &Value) -> Result<Vec<i64>, String> {
        let mut keys = BTreeSet::new();
        for text in languages.texts() {
            match text.strip_prefix("id:") {
                Some(key) => {
                    keys.insert(key.parse().map_err(|_| text.to_owned())?);
                }
                None => keys.extend(self.by_code.get(text).ok_or_else(|| text.to_owned())?),
            }
        }
        Ok(keys.into_iter().collect())
    }

    /// The languages of `locales`; empty means all.
    pub(crate) fn read(&self, keys: impl IntoIterator<Item = i64>) -> Value {
        let mut left: BTreeSet<i64> = keys.into_iter().collect();
        let mut languages: Vec<CompactString> = Vec::new();
        for (code, keys) in &self.by_code {
            if !left.is_empty() && keys.iter().all(|key| left.contains(key)) {
                left.retain(|key| !keys.contains(key));
                languages.push(code.clone());
            }
        }
        languages.extend(left.into_iter().map(|key| format_compact!("id:{key}")));
        Value::text_set(languages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locales() -> Locales {
        let entries = [
            (5, "German"),
            (6, "English (US)"),
            (24, "English (UK)"),
            (1001, "English (All)"),
            (21, "Traditional Chinese (Hong Kong)"),
            (22, "Traditional Chinese (Taiwan)"),
        ];
        Locales::of(&entries.map(|(key, name)| (key, name.to_owned())))
    }

    #[test]
    fn languages_read_back() {
        let languages = Value::text_set(["de", "en", "zh-Hant", "id:6"]);
        let keys = locales().to_wire(&languages).unwrap();
        assert_eq!(keys, [5, 6, 21, 22, 1001]);
        assert_eq!(locales().read(keys), languages);
        assert_eq!(locales().to_wire(&Value::text_set(["fr"])), Err("fr".into()));
        assert_eq!(locales().read([]), Value::text_set::<&str>([]));
    }
}

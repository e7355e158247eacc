//! Classes of approval: what kind of change somebody is asked to allow.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The class of approval that a change needs (decision 4); one per change, the weightiest that applies.
///
/// A raise falls into a money band where the approval policy names bands. Written as a word: `edit`,
/// `raise-large`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Class {
    /// Without effect on money.
    Edit,
    /// Less can be spent.
    Lower,
    /// One creative changes on several ads.
    FanOut,
    /// The marker is removed, the object stays.
    Release,
    /// More can be spent, with the name of the money band where there are bands.
    Raise(Option<CompactString>),
    /// An object takes another's place.
    Replace,
    /// An object is removed.
    Delete,
    /// A policy is set aside.
    Exception,
}

/// What stands before a band's name in a class.
const RAISE: &str = "raise-";

impl Class {
    /// The words of all classes, lightest first; `raise` stands for its bands.
    pub const WORDS: [&'static str; 8] =
        ["edit", "lower", "fan-out", "release", "raise", "replace", "delete", "exception"];

    /// How heavy it is; bands weigh the same here, their order is the approval policy's.
    pub fn weight(&self) -> u8 {
        match self {
            Self::Edit => 0,
            Self::Lower => 1,
            Self::FanOut => 2,
            Self::Release => 3,
            Self::Raise(_) => 4,
            Self::Replace => 5,
            Self::Delete => 6,
            Self::Exception => 7,
        }
    }

    /// The heavier of two.
    #[must_use]
    pub fn heavier(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    /// The word in documents.
    pub fn word(&self) -> Cow<'static, str> {
        match self {
            Self::Raise(Some(band)) => format!("{RAISE}{band}").into(),
            Self::Edit
            | Self::Lower
            | Self::FanOut
            | Self::Release
            | Self::Raise(None)
            | Self::Replace
            | Self::Delete
            | Self::Exception => Self::WORDS[usize::from(self.weight())].into(),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.word())
    }
}

/// A word that names no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a class: write one of {words} or `raise-<band>`", words = Class::WORDS.join(", "))]
pub struct InvalidClass(pub String);

impl FromStr for Class {
    type Err = InvalidClass;

    fn from_str(word: &str) -> Result<Self, InvalidClass> {
        Ok(match word {
            "edit" => Self::Edit,
            "lower" => Self::Lower,
            "fan-out" => Self::FanOut,
            "release" => Self::Release,
            "raise" => Self::Raise(None),
            "replace" => Self::Replace,
            "delete" => Self::Delete,
            "exception" => Self::Exception,
            _ => match word.strip_prefix(RAISE).filter(|band| is_band(band)) {
                Some(band) => Self::Raise(Some(band.into())),
                None => return Err(InvalidClass(word.to_owned())),
            },
        })
    }
}

/// Whether a text can name a band: lower-case letters, digits, `-` and `.`.
fn is_band(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let edges = text.bytes().next().is_some_and(plain) && text.bytes().last().is_some_and(plain);
    edges && text.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b'.')
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.word())
    }
}

impl<'de> Deserialize<'de> for Class {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Class {
    fn schema_name() -> Cow<'static, str> {
        "Class".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The class of approval that a change needs; a raise carries the name of its money band where the approval policy names bands.",
            "type": "string",
            "pattern": "^(edit|lower|fan-out|release|raise(-[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?|replace|delete|exception)$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for word in Class::WORDS.into_iter().chain(["raise-large", "raise-9.9-x"]) {
            let class: Class = word.parse().unwrap();
            assert_eq!(class.word(), word);
            assert_eq!(serde_json::to_value(&class).unwrap(), word);
        }
        for word in ["Edit", "raise-", "raise-Large", "raise--", "raises", ""] {
            assert!(word.parse::<Class>().is_err(), "{word}");
        }
    }

    #[test]
    fn words_stand_in_the_order_of_weight() {
        for (weight, word) in Class::WORDS.into_iter().enumerate() {
            assert_eq!(usize::from(word.parse::<Class>().unwrap().weight()), weight, "{word}");
        }
    }
}

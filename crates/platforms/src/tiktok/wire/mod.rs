//! The vendor's JSON: reading it without ever failing, and the forms its values take.
//!
//! Objects are kept as plain JSON maps, since unknown members and words must survive a read and go back with
//! a write. Each kind of value has a file of its own: [`amount`], [`goals`], [`hours`], [`name`], [`time`],
//! [`url`], [`words`].

pub(crate) mod amount;
pub(crate) mod goals;
pub(crate) mod hours;
pub(crate) mod name;
pub(crate) mod time;
pub(crate) mod url;
pub(crate) mod words;

use serde_json::{Map, Value as Json};

/// A JSON object.
pub(crate) type Object = Map<String, Json>;

/// Which set of endpoints an object lives behind; chosen by the campaign's objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lane {
    /// `/campaign`, `/adgroup`, `/ad`.
    Manual,
    /// `/smart_plus/campaign`, `/smart_plus/adgroup`, `/smart_plus/ad`.
    SmartPlus,
}

impl Lane {
    /// The word people see in plans.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Manual => "Manual",
            Self::SmartPlus => "Smart+",
        }
    }

    /// Reads the word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Manual, Self::SmartPlus].into_iter().find(|lane| lane.word() == word)
    }
}

/// The member as text; ids that come as numbers are read too. Empty text counts as absent.
pub(crate) fn text(object: &Object, name: &str) -> Option<String> {
    match object.get(name)? {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The member as text where it is text, borrowed.
pub(crate) fn word<'o>(object: &'o Object, name: &str) -> Option<&'o str> {
    object.get(name)?.as_str().filter(|word| !word.is_empty())
}

/// The member as a flag; absent counts as false.
pub(crate) fn flag(object: &Object, name: &str) -> bool {
    object.get(name).and_then(Json::as_bool).unwrap_or(false)
}

/// The member's texts, where it is a list; numbers are read as text.
pub(crate) fn texts(object: &Object, name: &str) -> Vec<String> {
    list(object, name)
        .iter()
        .filter_map(|item| match item {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .collect()
}

/// The member's items, where it is a list.
pub(crate) fn list<'o>(object: &'o Object, name: &str) -> &'o [Json] {
    object.get(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// The member, where it is an object.
pub(crate) fn object<'o>(object: &'o Object, name: &str) -> Option<&'o Object> {
    object.get(name)?.as_object()
}

/// Objects inside a list member.
pub(crate) fn objects<'o>(object: &'o Object, name: &str) -> impl Iterator<Item = &'o Object> {
    list(object, name).iter().filter_map(Json::as_object)
}

/// Sets a member.
pub(crate) fn set(object: &mut Object, name: &str, value: impl Into<Json>) {
    object.insert(name.to_owned(), value.into());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_ids_as_text_whatever_their_type() {
        let object = json!({"a": "1", "b": 2, "c": null, "d": ["1", 2, null], "e": ""});
        let object = object.as_object().unwrap();
        assert_eq!(text(object, "a").as_deref(), Some("1"));
        assert_eq!(text(object, "b").as_deref(), Some("2"));
        assert_eq!(text(object, "c"), None);
        assert_eq!(text(object, "e"), None);
        assert_eq!(texts(object, "d"), ["1", "2"]);
        assert!(texts(object, "a").is_empty());
    }

    #[test]
    fn lanes_have_words() {
        for lane in [Lane::Manual, Lane::SmartPlus] {
            assert_eq!(Lane::parse(lane.word()), Some(lane));
        }
    }
}

//! The spanned tree of one document.

use std::borrow::Cow;

use crate::load::Place;

/// A value with the place it was written at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) place: Place,
    pub(crate) content: Content<'a>,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content<'a> {
    /// Text after escapes; `plain` when neither quoted, nor a block, nor tagged `!!str`.
    Scalar { text: Cow<'a, str>, plain: bool },
    /// A sequence.
    Sequence(Vec<Node<'a>>),
    /// A mapping; keys are unique and merge keys are applied.
    Mapping(Vec<Entry<'a>>),
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry<'a> {
    pub(crate) key: Cow<'a, str>,
    pub(crate) key_place: Place,
    /// Whether the key was plain: `on: x` reads as a boolean key in YAML 1.1.
    pub(crate) plain: bool,
    pub(crate) value: Node<'a>,
}

impl<'a> Node<'a> {
    /// An entry's value of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry<'a>> {
        match &self.content {
            Content::Mapping(entries) => entries.iter().find(|entry| entry.key == key),
            Content::Scalar { .. } | Content::Sequence(_) => None,
        }
    }

    /// Text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            Content::Sequence(_) | Content::Mapping(_) => None,
        }
    }

    /// Whether it says nothing: empty, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, plain: true } if super::words::is_null(text))
    }

    /// The node of a JSON value, as custom resources arrive; places are unknown.
    pub(crate) fn from_json(value: &'a serde_json::Value) -> Self {
        use serde_json::Value;
        let plain = |text: Cow<'a, str>| Content::Scalar { text, plain: true };
        let content = match value {
            Value::Null => plain(Cow::Borrowed("null")),
            Value::Bool(true) => plain(Cow::Borrowed("true")),
            Value::Bool(false) => plain(Cow::Borrowed("false")),
            Value::Number(number) => plain(Cow::Owned(number.to_string())),
            Value::String(text) => Content::Scalar { text: Cow::Borrowed(text), plain: false },
            Value::Array(members) => Content::Sequence(members.iter().map(Self::from_json).collect()),
            Value::Object(entries) => Content::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| Entry {
                        key: Cow::Borrowed(key),
                        key_place: Place::default(),
                        plain: false,
                        value: Self::from_json(value),
                    })
                    .collect(),
            ),
        };
        Self { place: Place::default(), content }
    }
}

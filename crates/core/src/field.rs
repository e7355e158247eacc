//! Desired fields: a value, where it was written, and who owns it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::overlay::{Hold, InForce, Managed};
use crate::value::Value;

/// The path of a field below `spec`, exactly as in YAML: `budget.daily`, `targeting.ages.min`.
///
/// Lists (sets, maps by key, sequences) are one field. An ad's creative lies under `creative.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(transparent)]
pub struct FieldPath(#[schemars(with = "String")] CompactString);

impl FieldPath {
    /// A path from its text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(CompactString::new(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `prefix` or lies below it.
    pub fn is_within(&self, prefix: &str) -> bool {
        self.0.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for FieldPath {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl std::borrow::Borrow<str> for FieldPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Where something was written: file, line and column, both counted from 1; line 0 where only the file is known, as for
/// custom resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// The file as the user named it, relative where possible.
    pub file: Arc<str>,
    /// Line, from 1; 0 where it is not known.
    pub line: u32,
    /// Column in characters, from 1; 0 where it is not known.
    pub column: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return f.write_str(&self.file);
        }
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Who decides a field's value. Diff, messages and drift never assume git.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FieldOwner {
    /// The YAML.
    #[default]
    Git,
    /// Automation, within bounds that git sets.
    Managed(Box<Managed>),
    /// Git, but a rule or a person holds it paused.
    Hold(Box<Hold>),
    /// The platform; observed, never written.
    Platform,
}

impl FieldOwner {
    /// Who put the value in force that stands in place of git's, if somebody did.
    pub fn overlay(&self) -> Option<&InForce> {
        match self {
            Self::Git | Self::Platform => None,
            Self::Managed(managed) => managed.overlay.as_ref().map(|moved| &moved.by),
            Self::Hold(hold) => Some(&hold.by),
        }
    }

    /// What git says of a field whose value in force is another's.
    pub fn written(&self) -> Option<Value> {
        match self {
            Self::Git | Self::Platform => None,
            Self::Managed(managed) => Some(managed.initial.into()),
            Self::Hold(hold) => Some(Value::text(&hold.written)),
        }
    }
}

/// How a desired value came to be.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum FieldSource {
    /// Written on the object itself.
    #[default]
    Declared,
    /// Written on a parent or the account and copied down; compared like a declared one.
    Inherited,
    /// A create default: sent once at create, shown in the plan, never compared afterwards (mapping §1).
    CreateDefault,
}

/// One desired field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The wanted value.
    pub value: Value,
    /// Who owns the field.
    pub owner: FieldOwner,
    /// How the value came to be.
    pub source: FieldSource,
    /// Where it was written; create defaults were written nowhere.
    pub origin: Option<Origin>,
}

impl Field {
    /// A field written in YAML.
    pub fn declared(value: impl Into<Value>, origin: Option<Origin>) -> Self {
        Self { value: value.into(), owner: FieldOwner::Git, source: FieldSource::Declared, origin }
    }

    /// The same field as inherited by a child.
    #[must_use]
    pub fn inherited(&self) -> Self {
        Self { source: FieldSource::Inherited, ..self.clone() }
    }

    /// A create default.
    pub fn create_default(value: impl Into<Value>) -> Self {
        Self { value: value.into(), owner: FieldOwner::Git, source: FieldSource::CreateDefault, origin: None }
    }
}

/// Desired fields by path.
pub type Fields = BTreeMap<FieldPath, Field>;

/// Observed values by path.
pub type Values = BTreeMap<FieldPath, Value>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_know_what_lies_below_them() {
        assert!(FieldPath::new("budget.daily").is_within("budget"));
        assert!(FieldPath::new("budget").is_within("budget"));
        assert!(!FieldPath::new("budgets.daily").is_within("budget"));
    }
}

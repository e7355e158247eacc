//! Diagnostics: what is wrong, where, and what to write instead.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::field::{FieldPath, Origin};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Nothing can be applied until it is fixed.
    Error,
    /// Probably not what was meant.
    Warning,
    /// Good to know.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        })
    }
}

/// One finding, with everything a person needs to fix it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Stable code, such as `unknown-field`; documented in `docs/diagnostics.md`.
    pub code: Cow<'static, str>,
    /// One sentence: what is wrong, without a period.
    pub message: String,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Length in characters of the text that is wrong, for the caret; 0 when not known.
    #[serde(default)]
    pub length: u32,
    /// The object it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The field it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<FieldPath>,
    /// What to do or write instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A finding of a severity.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: Cow::Borrowed(code),
            message: message.into(),
            origin: None,
            length: 0,
            address: None,
            field: None,
            hint: None,
        }
    }

    /// An error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A remark.
    pub fn info(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, code, message)
    }

    /// With the place it was written.
    #[must_use]
    pub fn at(mut self, origin: Option<&Origin>) -> Self {
        self.origin = origin.cloned();
        self
    }

    /// With the object it is about.
    #[must_use]
    pub fn on(mut self, address: &Address) -> Self {
        self.address = Some(address.clone());
        self
    }

    /// With the field it is about.
    #[must_use]
    pub fn field(mut self, path: impl Into<FieldPath>) -> Self {
        self.field = Some(path.into());
        self
    }

    /// With what to do instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether it stops an apply.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A text without the user and the password of addresses in it: `postgres://ana:secret@db` becomes `postgres://**********@db`.
///
/// As many characters as before, so that places in it stay where they are.
pub fn veiled(text: &str) -> Cow<'_, str> {
    const SCHEME: &str = "://";
    let mut shown = Cow::Borrowed("");
    let mut rest = text;
    while let Some(begin) = rest.find(SCHEME).map(|found| found + SCHEME.len()) {
        let (before, after) = rest.split_at(begin);
        let host = after.find(|c: char| c.is_whitespace() || "/?#\"'`".contains(c)).unwrap_or(after.len());
        let secret = after[..host].rfind('@').unwrap_or(0);
        let shown = shown.to_mut();
        shown.push_str(before);
        shown.extend(std::iter::repeat_n('*', after[..secret].chars().count()));
        rest = &after[secret..];
    }
    if shown.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(shown.into_owned() + rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_are_not_shown() {
        let veils = |text: &str, shown: &str| {
            assert_eq!(veiled(text), shown);
            assert_eq!(text.chars().count(), shown.chars().count());
        };
        veils("url: \"postgres://ana:hunter2@db/metrics\"", "url: \"postgres://***********@db/metrics\"");
        veils("a://ü:p@ss@h b://c@d", "a://******@h b://*@d");
        veils(
            "mail ana@shop.example, see https://shop.example/@ana",
            "mail ana@shop.example, see https://shop.example/@ana",
        );
    }
}

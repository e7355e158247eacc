//! Names and identifiers, each with exactly one way in.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not a valid name or identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {what}: {rule}")]
pub struct InvalidId {
    /// The refused text.
    pub text: String,
    /// What it was meant to be, such as `project name`.
    pub what: &'static str,
    /// The rule it breaks, as a sentence fragment.
    pub rule: &'static str,
}

/// Kubernetes' DNS-1123 subdomain without dots' special cases: what `metadata.name` accepts.
fn is_dns_name(text: &str, max: usize) -> bool {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    !text.is_empty()
        && text.len() <= max
        && text.bytes().all(|byte| edge(byte) || byte == b'-' || byte == b'.')
        && text.bytes().next().is_some_and(edge)
        && text.bytes().last().is_some_and(edge)
}

const DNS_RULE: &str =
    "use lower-case letters, digits, `-` and `.`, starting and ending with a letter or digit";

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:expr, $accept:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(CompactString);

        impl $name {
            /// Parses the text.
            ///
            /// # Errors
            /// When the text breaks the rule of this type.
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                let text = text.as_ref();
                let accept: fn(&str) -> bool = $accept;
                if accept(text) {
                    Ok(Self(CompactString::new(text)))
                } else {
                    Err(InvalidId { text: text.to_owned(), what: $what, rule: $rule })
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $what })
            }
        }
    };
}

text_id!(
    /// A project: the owner of live objects, such as `retail-growth`.
    ProjectName, "project name", DNS_RULE, |text| is_dns_name(text, 63)
);
text_id!(
    /// A namespace, such as `growth`; `default` when a document names none.
    Namespace, "namespace", DNS_RULE, |text| is_dns_name(text, 63)
);
text_id!(
    /// `metadata.name` of a resource, such as `spring-sale`.
    ObjectName, "name", DNS_RULE, |text| is_dns_name(text, 253)
);
text_id!(
    /// The name of an ad inside its ad group, such as `hero`.
    AdName, "ad name", "use 1 to 100 characters without `/` or control characters",
    |text| !text.is_empty() && text.chars().count() <= 100
        && text.chars().all(|c| c != '/' && !c.is_control())
);
text_id!(
    /// A vendor's ad account id without decoration: ten digits on Google, digits without `act_` on Meta,
    /// the advertiser id on TikTok.
    AccountId, "ad account id", "use the digits of the account id",
    |text| !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_digit())
);
text_id!(
    /// A vendor's id of a live object, such as `1202345`; on Google the resource name after
    /// `customers/<id>/`.
    ExternalId, "external id", "use the id that the platform shows",
    |text| !text.is_empty() && text.len() <= 256 && text.chars().all(|c| !c.is_control() && c != ' ')
);

impl Namespace {
    /// The namespace of documents that name none.
    pub fn default_namespace() -> Self {
        Self(CompactString::const_new("default"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_kubernetes() {
        for good in ["a", "spring-sale", "v1.2", "0a"] {
            assert!(ObjectName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "Spring", "a_b", "é"] {
            assert!(ObjectName::new(bad).is_err(), "{bad}");
        }
        assert_eq!(
            ProjectName::new("Shop!").unwrap_err().to_string(),
            format!("`Shop!` is not a valid project name: {DNS_RULE}")
        );
    }

    #[test]
    fn ids_pass_serde_through_the_parser() {
        assert!(serde_json::from_str::<AccountId>("\"act_1\"").is_err());
        assert_eq!(serde_json::from_str::<AccountId>("\"123\"").unwrap().as_str(), "123");
    }
}

//! Leaf types: texts with a form of their own.
//!
//! Each carries a pattern for schemas and, under `x-adplane`, the name of the check that the walker runs.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

macro_rules! text_type {
    ($(#[doc = $doc:literal])+ $name:ident, $check:literal, $max:literal $(, $pattern:literal)?) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "minLength": 1,
                    "maxLength": $max,
                    $("pattern": $pattern,)?
                    "x-adplane": $check
                })
            }
        }
    };
}

text_type!(
    /// An amount and its ISO 4217 currency, such as `120.00 EUR`.
    Amount, "money", 32, "^[0-9]+(\\.[0-9]+)? [A-Z]{3}$"
);
text_type!(
    /// A date, `2026-03-01`, or a date and time, `2026-03-01T14:30`, in the account's zone.
    Moment, "moment", 32, "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$"
);
text_type!(
    /// A time of day, `08:00`; `24:00` ends a day.
    TimeOfDay, "time-of-day", 5, "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
);
text_type!(
    /// An IANA time zone, such as `Europe/Madrid`.
    ZoneName, "zone", 64
);
text_type!(
    /// An ISO 4217 currency, such as `EUR`.
    CurrencyCode, "currency", 3, "^[A-Z]{3}$"
);
text_type!(
    /// A country (`ES`), a region (`FR-IDF`), `WORLD`, or `id:<the vendor's id>`.
    Region, "region", 64, "^([A-Z]{2}(-[A-Z0-9]{1,3})?|WORLD|id:.+)$"
);
text_type!(
    /// A language, such as `es` or `zh-Hans`, or `id:<the vendor's id>`.
    Language, "language", 64, "^([a-z]{2,3}(-[A-Za-z]{2,4})?|id:.+)$"
);
text_type!(
    /// A name of lower-case letters, digits, `-` and `.`.
    ResourceName, "name", 253, "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
);
text_type!(
    /// The name of an ad: up to 100 characters without `/`.
    AdLabel, "ad-name", 100, "^[^/]+$"
);
text_type!(
    /// A vendor's id, in quotes: ids are texts.
    VendorId, "id", 256
);
text_type!(
    /// A web address with `https://` or `http://`.
    WebAddress, "url", 2048, "^https?://[^/?#@]+([/?#].*)?$"
);
text_type!(
    /// An e-mail address, such as `ana@shop.example`.
    EmailAddress, "email", 254, "^[^@\\s<>\",;]+@[^@\\s<>\",;]+$"
);
text_type!(
    /// The name or address of a machine, such as `smtp.shop.example`.
    HostName, "host", 253, "^[A-Za-z0-9]([-A-Za-z0-9.:]*[A-Za-z0-9])?$"
);
text_type!(
    /// SHA-256 of a file's bytes, 64 hexadecimal digits.
    Digest, "digest", 64, "^[0-9a-fA-F]{64}$"
);
text_type!(
    /// How long something holds, such as `90m`, `24h`, `3d`, `1w`; days are 24 hours.
    Duration, "duration", 32, "^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?$"
);
text_type!(
    /// A percentage, such as `20%` or `12.5%`.
    Percentage, "percentage", 8, "^[0-9]{1,4}(\\.[0-9]{1,2})?%$"
);
text_type!(
    /// A day, `2026-12-25`, or a stretch of them with its last day, `2026-12-24/2027-01-06`.
    CalendarDays, "text", 21, "^[0-9]{4}-[0-9]{2}-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?$"
);
text_type!(
    /// A line of text that people read.
    Line, "text", 2000
);
text_type!(
    /// A path of a field below `spec`, such as `bidding.maxCpc`.
    Path, "path", 128
);

text_type!(
    /// An expression of a policy, or a text with expressions in braces.
    Expression, "expression", 2000
);
text_type!(
    /// The value of a label.
    LabelValue, "label-value", 63
);

text_type!(
    /// An amount that may be negative, such as `-12.00 EUR`.
    SignedAmount, "money", 33, "^-?[0-9]+(\\.[0-9]+)? [A-Z]{3}$"
);
text_type!(
    /// A fingerprint of a plan: `sha256:` and 64 hexadecimal digits.
    PlanHash, "plan-hash", 71, "^sha256:[0-9a-f]{64}$"
);
text_type!(
    /// A class of approval: `edit`, `lower`, `fan-out`, `release`, `raise`, `raise-<band>`, `replace`, `delete` or
    /// `exception`.
    ClassName, "class", 63,
    "^(edit|lower|fan-out|release|raise(-[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?|replace|delete|exception)$"
);
text_type!(
    /// A user or group as the API server names it.
    UserName, "user", 256
);
text_type!(
    /// A word in CamelCase that programs read.
    Word, "word", 64, "^[A-Za-z][A-Za-z0-9]*$"
);
text_type!(
    /// A short text for people.
    Note, "text", 300
);
text_type!(
    /// A sentence or two for people.
    Message, "text", 1024
);

/// A moment, such as `2026-11-21T09:00:00Z`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub String);

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "maxLength": 64, "x-adplane": "instant" })
    }
}

/// A decimal number, such as `3.5`, kept as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DecimalNumber(pub serde_json::Number);

impl Default for DecimalNumber {
    fn default() -> Self {
        Self(serde_json::Number::from(0))
    }
}

impl JsonSchema for DecimalNumber {
    fn schema_name() -> Cow<'static, str> {
        "DecimalNumber".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "x-adplane": "decimal" })
    }
}

/// Anything a vendor takes there; not checked by Adplane.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Anything(pub serde_json::Value);

impl JsonSchema for Anything {
    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "x-kubernetes-preserve-unknown-fields": true })
    }
}

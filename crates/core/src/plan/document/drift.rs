//! What differs on the platform although nobody changed the YAML, and who changed it: explanation, never content.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DocumentField, encode};
use crate::address::Address;
use crate::field::{FieldOwner, FieldPath, Origin};
use crate::ids::ExternalId;
use crate::money::Money;
use crate::overlay::InForce;

/// What the project wants done about drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DriftPolicy {
    /// Write the YAML's value back.
    Revert,
    /// Report it; only a person's apply writes the YAML's value back.
    #[default]
    Alert,
    /// Neither compare nor write the field of a live object.
    Ignore,
}

/// What a project wants done about drift, by account and field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DriftRules {
    /// Where no exception matches.
    pub default: DriftPolicy,
    /// Exceptions; the last one that matches wins.
    pub exceptions: Vec<DriftException>,
}

/// One exception.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DriftException {
    /// Name of an account; every account when absent.
    pub account: Option<String>,
    /// Path of a field, which covers everything below it; every field and whole objects when absent.
    pub field: Option<String>,
    /// What happens.
    pub policy: DriftPolicy,
}

impl DriftRules {
    /// What is wanted about a field of an account; without a field, about a whole object.
    pub fn policy(&self, account: &str, field: Option<&FieldPath>) -> DriftPolicy {
        let matching = self.exceptions.iter().rfind(|exception| {
            let path = match (&exception.field, field) {
                (None, _) => true,
                (Some(path), Some(field)) => field.is_within(path),
                (Some(_), None) => false,
            };
            path && exception.account.as_ref().is_none_or(|name| name == account)
        });
        matching.map_or(self.default, |exception| exception.policy)
    }
}

/// Which side moved since both were last seen to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DriftSide {
    /// The platform's.
    Platform,
    /// Both.
    Both,
    /// Nobody remembers that they agreed.
    Unknown,
}

/// Who changed it, by the platform's own history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedBy {
    /// Who, as the platform shows it.
    pub actor: String,
    /// Through what, as the platform shows it.
    pub client: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The same in the account's zone, as people read it.
    pub local: String,
    /// What was done, in the platform's words.
    pub what: String,
}

/// A value in force in place of the YAML's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftOverlay {
    /// The value.
    pub value: Option<serde_json::Value>,
    /// Who put it in force.
    #[serde(flatten)]
    pub by: InForce,
}

/// What automation moves a value within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DriftBounds {
    /// Never below.
    pub min: Money,
    /// Never above.
    pub max: Money,
}

impl DriftBounds {
    /// Whether a value, as documents write it, lies within.
    pub fn hold(&self, value: Option<&serde_json::Value>) -> bool {
        let amount = value.and_then(serde_json::Value::as_str).and_then(|text| text.parse::<Money>().ok());
        amount.is_some_and(|amount| {
            amount.currency() == self.min.currency() && (self.min..=self.max).contains(&amount)
        })
    }
}

/// A value as its owner has it: what the YAML says, what is in force instead, and within which bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreeWays {
    /// What the YAML says.
    pub yaml: Option<serde_json::Value>,
    /// What is in force in place of that.
    pub overlay: Option<DriftOverlay>,
    /// What the YAML lets automation move the value within.
    pub bounds: Option<DriftBounds>,
}

impl ThreeWays {
    /// Of a field as a plan shows it.
    pub fn of(field: &DocumentField) -> Self {
        let overlay = field.owner.overlay();
        let bounds = match &field.owner {
            FieldOwner::Managed(managed) => Some(DriftBounds { min: managed.min, max: managed.max }),
            FieldOwner::Git | FieldOwner::Hold(_) | FieldOwner::Platform => None,
        };
        Self {
            yaml: field.owner.written().map_or_else(|| field.after.clone(), |value| Some(encode(&value))),
            overlay: overlay.map(|by| DriftOverlay { value: field.after.clone(), by: by.clone() }),
            bounds,
        }
    }
}

/// One difference that the platform's side brought about, or may have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentDrift {
    /// The object.
    pub address: Address,
    /// The live object; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ExternalId>,
    /// The field; absent when the whole object is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<FieldPath>,
    /// What the YAML says.
    pub yaml: Option<serde_json::Value>,
    /// What is in force in place of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<DriftOverlay>,
    /// What the YAML lets automation move the value within.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<DriftBounds>,
    /// What is live.
    pub live: Option<serde_json::Value>,
    /// Where the YAML says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Which side moved.
    pub side: DriftSide,
    /// What the project wants done.
    pub policy: DriftPolicy,
    /// Whether this plan writes the YAML's value back.
    pub reverted: bool,
    /// Who changed it, where the platform tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<ChangedBy>,
}

/// The revisions of git that a plan was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentRange {
    /// The commit that changes are counted from.
    pub from: String,
    /// The commit that was planned; absent for the working copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

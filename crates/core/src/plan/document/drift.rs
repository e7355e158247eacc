//! What differs on the platform although nobody changed the YAML, and who changed it: explanation, never content.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::field::{FieldPath, Origin};
use crate::ids::ExternalId;

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

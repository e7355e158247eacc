//! `Override`: a value that a rule or a pool put in place of what git says, inside bounds that git sets.

use super::macros::{block, words};
use super::status::ResourceStatus;
use super::text::{AdLabel, Instant, Line, Note, Path, PlanHash, ResourceName};

words! {
    /// A kind of object whose field is overridden.
    OverriddenKind {
        Campaign = "A campaign.", AdGroup = "An ad group.", Ad = "An ad.",
    }
}

/// A value in force for one field of one object, until it expires.
///
/// Rules and budget pools write it, with what they decided from; a person may write one without `rule`, which goes before
/// theirs. Deleting it takes the value back. Bounds in git win over it.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Default,
    kube::CustomResource,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[kube(
    group = "adplane.io",
    version = "v1alpha1",
    kind = "Override",
    namespaced,
    schema = "disabled",
    status = "ResourceStatus",
    shortname = "adover",
    category = "ads-all",
    printcolumn = r#"{"name":"Kind","type":"string","jsonPath":".spec.object.kind"}"#,
    printcolumn = r#"{"name":"Object","type":"string","jsonPath":".spec.object.name"}"#,
    printcolumn = r#"{"name":"Field","type":"string","jsonPath":".spec.field"}"#,
    printcolumn = r#"{"name":"Value","type":"string","jsonPath":".spec.value"}"#,
    printcolumn = r#"{"name":"Rule","type":"string","jsonPath":".spec.rule"}"#,
    printcolumn = r#"{"name":"Expires","type":"date","jsonPath":".status.ends"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "has(self.rule) == has(self.evidence)", "message": "rule and evidence come together: what a person writes has neither"}
]))]
pub struct OverrideSpec {
    /// Whose field it is.
    pub object: OverriddenObject,
    /// The field: `budget.daily` where git sets bounds, `state` where `rulesMayPause`.
    pub field: Path,
    /// The value in force, as YAML writes it: `96.00 EUR`; of `state` always `Paused`.
    #[schemars(extend("maxLength" = 256))]
    pub value: Line,
    /// The `AutomationRule` or pool that wrote it; absent when a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ResourceName>,
    /// Fingerprint of what it was decided from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<PlanHash>,
    /// When the value of git counts again.
    pub expires: Instant,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
}

block! {
    /// Which object.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "(self.kind == 'Ad') == has(self.ad)", "message": "an ad is named by its ad group in `name` and itself in `ad`"}
    ]))]
    OverriddenObject {
        [required] {
            /// Its kind.
            kind: OverriddenKind,
            /// Its name; of an ad the name of its ad group.
            name: ResourceName,
        }
        /// The ad's own name.
        ad: AdLabel,
    }
}

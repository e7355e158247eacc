//! `Policy`.

use std::collections::BTreeMap;

use super::account::Platform;
use super::macros::{block, words};
use super::status::ResourceStatus;
use super::text::{CurrencyCode, Expression, LabelValue, ResourceName};

words! {
    /// What happens when a rule matches a change.
    PolicySeverity {
        Deny = "The plan cannot be applied.",
        RequireApproval = "The plan needs an approval of class `exception`.",
        Warn = "The plan says so.",
    }
}

words! {
    /// A kind of object that a plan changes.
    ChangedKind {
        Campaign = "Campaigns.", AdGroup = "Ad groups.", Ad = "Ads with their creatives.", Budget = "Shared budgets.",
    }
}

/// Rules over the changes of a plan, in its own namespace.
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
    kind = "Policy",
    plural = "policies",
    namespaced,
    schema = "disabled",
    status = "ResourceStatus",
    shortname = "adpol",
    category = "ads-all",
    printcolumn = r#"{"name":"Rules","type":"string","jsonPath":".spec.rules[*].name"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct PolicySpec {
    /// Which changes it is about; all in its namespace when absent.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub scope: Option<PolicyMatch>,
    /// The rules, each judged by itself.
    #[schemars(
        length(min = 1, max = 100),
        extend(
            "x-kubernetes-list-type" = "map",
            "x-kubernetes-list-map-keys" = ["name"],
            "x-adplane" = "children"
        )
    )]
    pub rules: Vec<PolicyRule>,
}

block! {
    /// Which changes a policy is about. What is left out does not restrict.
    #[serde(rename_all = "camelCase")]
    PolicyMatch {
        /// Kinds of objects.
        #[schemars(length(min = 1, max = 4), extend("x-kubernetes-list-type" = "set"))]
        kinds: Vec<ChangedKind>,
        /// Names of `AdAccount`s.
        #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "set"))]
        accounts: Vec<ResourceName>,
        /// Labels of the object, of its ad group or of its campaign; the nearest counts.
        #[schemars(extend("maxProperties" = 16))]
        labels: BTreeMap<String, LabelValue>,
        /// Currency of the account: amounts of other currencies are not judged by this policy.
        currency: CurrencyCode,
        /// Platforms.
        #[schemars(length(min = 1, max = 3), extend("x-kubernetes-list-type" = "set"))]
        platforms: Vec<Platform>,
    }
}

block! {
    /// One rule.
    #[serde(rename_all = "camelCase")]
    PolicyRule {
        [required] {
            /// Its name in this policy.
            #[schemars(extend("maxLength" = 63))]
            name: ResourceName,
            /// What happens when it matches.
            severity: PolicySeverity,
            /// When it matches: an expression in CEL over `before`, `after`, `change`, `campaign`, `adGroup`,
            /// `creative`, `account`, `plan`, `labels` and `now`, such as `after.budget.daily > money('500 EUR')`.
            when: Expression,
            /// What it says then; `{after.budget.daily}` stands for a value.
            message: Expression,
        }
    }
}

//! `AdAccount`.

use super::common::{Compliance, DeletionPolicy, Identity};
use super::guard::AccountSpendGuard;
use super::macros::{block, words};
use super::status::ResourceStatus;
use super::text::{CurrencyCode, Line, VendorId, WebAddress, ZoneName};

words! {
    /// An advertising platform.
    Platform { Google = "Google Ads.", Meta = "Meta Ads.", TikTok = "TikTok Ads." }
}

words! {
    /// Whether Adplane may write.
    Management { Manage = "Plan and apply.", Observe = "Plan only, never write." }
}

/// An ad account on one platform, and how to reach it.
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
    kind = "AdAccount",
    namespaced,
    schema = "disabled",
    status = "ResourceStatus",
    shortname = "adacc",
    category = "ads-all",
    printcolumn = r#"{"name":"Platform","type":"string","jsonPath":".spec.platform"}"#,
    printcolumn = r#"{"name":"Account","type":"string","jsonPath":".spec.accountId"}"#,
    printcolumn = r#"{"name":"Objects","type":"integer","jsonPath":".status.counts.objects"}"#,
    printcolumn = r#"{"name":"Pending","type":"integer","jsonPath":".status.counts.pending"}"#,
    printcolumn = r#"{"name":"Drifted","type":"integer","jsonPath":".status.counts.drifted"}"#,
    printcolumn = r#"{"name":"Spend-7d","type":"string","jsonPath":".status.metrics.last7d.spend"}"#,
    printcolumn = r#"{"name":"Roas-7d","type":"number","jsonPath":".status.metrics.last7d.roas"}"#,
    printcolumn = r#"{"name":"Plan","type":"string","jsonPath":".status.plan.phase"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "self.platform == oldSelf.platform", "message": "platform is fixed: write another AdAccount",
     "fieldPath": ".platform"},
    {"rule": "self.accountId == oldSelf.accountId", "message": "accountId is fixed: write another AdAccount",
     "fieldPath": ".accountId"}
]), extend("x-adplane-root" = [
    {"rule": "self.metadata.name.size() <= 63",
     "message": "the name of an AdAccount has at most 63 characters: plans carry it as a label"}
]))]
pub struct AdAccountSpec {
    /// The platform.
    pub platform: Platform,
    /// The account's id: Google `123-456-7890`, Meta `act_1234567890`, TikTok the advertiser id. In quotes
    /// when it is all digits.
    #[schemars(extend("x-adplane" = "account-id", "maxLength" = 32))]
    pub account_id: VendorId,
    /// Currency of the account. It is asserted: a different live currency stops every write.
    pub currency: CurrencyCode,
    /// Zone of the account. It is asserted: a different live zone stops every write.
    pub time_zone: ZoneName,
    /// Where the credentials are; never the credentials themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
    /// Whether Adplane may write; `Manage` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management: Option<Management>,
    /// What removing a document does to its live object; `Pause` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Legal statements that campaigns inherit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compliance: Option<Compliance>,
    /// What ads and ad groups fall back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defaults: Option<Defaults>,
    /// The vendor's root, when it is not the vendor's own, such as a sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<WebAddress>,
    /// Where tokens are refreshed; `<endpoint>/token` when absent and `endpoint` is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<WebAddress>,
    /// How far rules may raise what is spent on it, and how much they may touch at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend_guard: Option<AccountSpendGuard>,
    /// Google's own settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<GoogleAccount>,
}

block! {
    /// Google's own settings of an account.
    #[serde(rename_all = "camelCase")]
    GoogleAccount {
        /// The manager account through which access was granted, in quotes.
        #[schemars(extend("x-adplane" = "account-id"))]
        login_customer_id: VendorId,
    }
}

block! {
    /// Where credentials are: exactly one of the forms.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend(
        "x-adplane-exactly-one" = ["env", "file", "exec", "secretRef"],
        "x-kubernetes-validations" = [
            {"rule": "!has(self.env) && !has(self.file) && !has(self.exec)",
             "message": "a cluster reads credentials from a Secret: write secretRef, and set env, file and exec to null"}
        ]
    ))]
    Credentials {
        /// An environment variable that holds the JSON object.
        env: Line,
        /// A file that holds the JSON object, relative to this file.
        file: Line,
        /// A command that prints the JSON object.
        #[schemars(length(min = 1, max = 64), extend("x-kubernetes-list-type" = "atomic"))]
        exec: Vec<Line>,
        /// A Secret of the same namespace.
        secret_ref: SecretReference,
    }
}

block! {
    /// A Secret of the same namespace.
    #[serde(rename_all = "camelCase")]
    SecretReference {
        [required] {
            /// Its name.
            name: super::text::ResourceName,
        }
    }
}

block! {
    /// What ads and ad groups fall back to.
    #[serde(rename_all = "camelCase")]
    Defaults {
        /// The pixel of `optimization`.
        pixel: VendorId,
        /// In whose name ads appear.
        identity: Identity,
    }
}

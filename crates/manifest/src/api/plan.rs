//! `Plan` and `PlanApproval`: the kinds that only a cluster has. Neither is a document of files.

use super::macros::{block, words};
use super::policy::PolicySeverity;
use super::status::{Condition, PlanPhase};
use super::text::{
    Amount, ClassName, Instant, Line, Message, Note, PlanHash, ResourceName, SignedAmount, UserName,
};

/// A change that waits to be allowed; the operator writes it, and nobody changes it.
///
/// Its name is `plan-` and the first twelve digits of its hash. Approve it with a `PlanApproval`.
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
    kind = "Plan",
    namespaced,
    schema = "disabled",
    derive = "PartialEq",
    status = "PlanStatus",
    shortname = "adplan",
    category = "ads-all",
    selectable = ".spec.account",
    printcolumn = r#"{"name":"Account","type":"string","jsonPath":".spec.account"}"#,
    printcolumn = r#"{"name":"Phase","type":"string","jsonPath":".status.phase"}"#,
    printcolumn = r#"{"name":"Classes","type":"string","jsonPath":".spec.classes"}"#,
    printcolumn = r#"{"name":"Daily-before","type":"string","jsonPath":".spec.money.dailyBefore"}"#,
    printcolumn = r#"{"name":"Daily-after","type":"string","jsonPath":".spec.money.dailyAfter"}"#,
    printcolumn = r#"{"name":"Changes","type":"integer","jsonPath":".spec.changesTotal"}"#,
    printcolumn = r#"{"name":"Missing","type":"string","jsonPath":".status.missing[0]","priority":1}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "self == oldSelf", "message": "a Plan is immutable: another change is another Plan"}
]))]
pub struct PlanSpec {
    /// Name of the `AdAccount` that it writes to, in the same namespace.
    pub account: ResourceName,
    /// `sha256:` and 64 hexadecimal digits over all that it writes; what an approval binds to.
    pub hash: PlanHash,
    /// Classes of approval that it needs, lightest first.
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "atomic"))]
    pub classes: Vec<ClassName>,
    /// What it costs, in the account's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<PlanMoney>,
    /// How many objects meet which action.
    pub summary: PlanSummary,
    /// How many objects change or are blocked: those in `changes` and those left out.
    #[schemars(range(min = 0))]
    pub changes_total: i64,
    /// The gravest changes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub changes: Vec<PlanChange>,
    /// How many changes are left out of `changes`; the body holds them all.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0))]
    pub changes_omitted: i64,
    /// Users who wrote part of what changes; none of them can approve it, but for what `authorsMayApprove` says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub authors: Vec<UserName>,
    /// Classes that authors may approve all the same, as the approval policy says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "atomic"))]
    pub authors_may_approve: Vec<ClassName>,
    /// Whether part of the change has an author that nobody knows; then one more approver is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown_authors: bool,
    /// Verdicts of policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub policy: Vec<PlanVerdict>,
    /// Where the whole plan document is.
    pub body: PlanBody,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &i64) -> bool {
    *count == 0
}

block! {
    /// What a plan costs, in the account's currency.
    #[serde(rename_all = "camelCase")]
    PlanMoney {
        /// Expected spend per day now.
        daily_before: Amount,
        /// Expected spend per day afterwards.
        daily_after: Amount,
        /// After minus before.
        delta: SignedAmount,
        /// The worst day of the apply.
        worst_day: Amount,
    }
}

/// How many objects meet which action.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct PlanSummary {
    /// Created.
    pub create: i64,
    /// Changed in place.
    pub update: i64,
    /// Replaced by a new object.
    pub replace: i64,
    /// Removed.
    pub delete: i64,
    /// Made ours.
    pub adopt: i64,
    /// Let go.
    pub release: i64,
    /// That should change but must not.
    pub blocked: i64,
}

words! {
    /// What happens to an object.
    #[serde(rename_all = "lowercase")]
    PlanAction {
        Create = "It is created, paused first.",
        Update = "Fields of it change in place.",
        Replace = "A new object takes its place.",
        Delete = "It meets its deletion policy.",
        Adopt = "It becomes ours.",
        Release = "It keeps running and loses our marker.",
        Blocked = "It should change but must not.",
    }
}

block! {
    /// One object's change.
    PlanChange {
        [required] {
            /// The object, such as `meta/meta-eu/Campaign/growth/spring-sale`.
            #[schemars(extend("maxLength" = 1100))]
            address: Line,
            /// What happens.
            action: PlanAction,
        }
        /// The class of approval; absent when nothing is written.
        class: ClassName,
        /// What changes, for people.
        text: Note,
    }
}

block! {
    /// What a policy says.
    PlanVerdict {
        [required] {
            /// Namespace, policy and rule, such as `growth/spend-guard/daily-cap`.
            #[schemars(extend("maxLength" = 400))]
            rule: Line,
            /// What it means for the plan.
            severity: PolicySeverity,
        }
        /// What it says.
        message: Note,
    }
}

words! {
    /// A place for bodies of plans.
    BodyStore { ConfigMap = "Objects of kind `ConfigMap` beside the plan.", Directory = "A directory of the operator." }
}

/// Where the whole plan document is; its content has the plan's hash.
#[derive(
    Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct PlanBody {
    /// The place.
    pub store: BodyStore,
    /// Name of the file, or of each `ConfigMap` before `-<number>`.
    pub name: ResourceName,
    /// In how many pieces it lies there.
    #[schemars(range(min = 1, max = 1000))]
    pub chunks: i64,
}

block! {
    /// Where a plan stands; written by the operator alone.
    #[serde(rename_all = "camelCase")]
    PlanStatus {
        /// Where it stands.
        phase: PlanPhase,
        /// `Ready`, `Reconciling`, `Stalled`, `ApprovalRequired` and `GuardMissing`, each where it applies.
        #[schemars(
            length(max = 16),
            extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"])
        )]
        conditions: Vec<Condition>,
        /// Approvals that count.
        #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
        approvals: Vec<CountedApproval>,
        /// What is still asked for, one sentence each.
        #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "atomic"))]
        missing: Vec<Note>,
        /// Writes sent so far.
        #[schemars(range(min = 0))]
        writes: i64,
        /// Details for people.
        message: Message,
    }
}

block! {
    /// An approval that counts.
    CountedApproval {
        [required] {
            /// Who.
            approver: UserName,
            /// For which class.
            class: ClassName,
            /// When.
            at: Instant,
        }
        /// Until when it holds.
        expires: Instant,
    }
}

words! {
    /// What somebody decides.
    ApprovalDecision {
        Approve = "Yes.",
        Reject = "No; voids what the same person approved before, and stops the class until they approve it.",
    }
}

/// One person's word on one class of a plan: created once and final. A change of mind is another `PlanApproval`.
///
/// Who approves is filled in by the cluster, whatever is written there.
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
    kind = "PlanApproval",
    namespaced,
    schema = "disabled",
    derive = "PartialEq",
    status = "PlanApprovalStatus",
    shortname = "adapproval",
    selectable = ".spec.plan",
    printcolumn = r#"{"name":"Plan","type":"string","jsonPath":".spec.plan"}"#,
    printcolumn = r#"{"name":"Class","type":"string","jsonPath":".spec.class"}"#,
    printcolumn = r#"{"name":"Decision","type":"string","jsonPath":".spec.decision"}"#,
    printcolumn = r#"{"name":"Approver","type":"string","jsonPath":".spec.approver"}"#,
    printcolumn = r#"{"name":"Counted","type":"string","jsonPath":".status.conditions[?(@.type==\"Counted\")].reason"}"#,
    printcolumn = r#"{"name":"Expires","type":"string","jsonPath":".spec.expires","priority":1}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "self == oldSelf", "message": "a PlanApproval is final: create another one, with decision Reject to withdraw"},
    {"rule": "has(self.signature) == has(self.record)", "message": "signature and record go together: the record is what is signed"}
]))]
pub struct PlanApprovalSpec {
    /// Name of the `Plan`, in the same namespace.
    #[schemars(extend("maxLength" = 63))]
    pub plan: ResourceName,
    /// The plan's hash: an approval holds for no other content.
    pub hash: PlanHash,
    /// The class that is approved, one of the plan's.
    pub class: ClassName,
    /// Yes or no.
    pub decision: ApprovalDecision,
    /// Who; the user that makes the request.
    pub approver: UserName,
    /// The groups of that user when they approved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), extend("x-kubernetes-list-type" = "atomic"))]
    pub approver_groups: Vec<UserName>,
    /// The uid of that user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = 256))]
    pub approver_uid: Option<String>,
    /// Until when it holds; the approval policy may end it earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Instant>,
    /// Why, for whoever reads it later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Message>,
    /// The approval record that is signed, byte for byte, as `adplane approve` writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = 4096))]
    pub record: Option<String>,
    /// The armored SSH signature of `record`, namespace `adplane-plan`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = 8192, "pattern" = "^-----BEGIN SSH SIGNATURE-----\n"))]
    pub signature: Option<String>,
}

block! {
    /// Whether an approval counts; written by the operator alone.
    PlanApprovalStatus {
        /// `Counted`, with a reason: `Counted`, `WrongHash`, `WrongClass`, `NotAllowed`, `Author`, `Expired`,
        /// `PlanGone`, `NoSignature` or `GuardMissing`.
        #[schemars(
            length(max = 8),
            extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"])
        )]
        conditions: Vec<Condition>,
    }
}

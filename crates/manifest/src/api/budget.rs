//! `Budget`: what several campaigns draw on.

use std::collections::BTreeMap;

use super::common::DeletionPolicy;
use super::macros::{block, words};
use super::rule::RuleSelector;
use super::status::ResourceStatus;
use super::text::{Amount, DecimalNumber, Line, Moment, ResourceName};

/// A budget that several campaigns draw on: the vendor's shared budget, or a pool that Adplane paces.
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
    kind = "Budget",
    namespaced,
    schema = "disabled",
    status = "ResourceStatus",
    shortname = "adbud",
    category = "ads-all",
    printcolumn = r#"{"name":"Account","type":"string","jsonPath":".spec.shared.account"}"#,
    printcolumn = r#"{"name":"Daily","type":"string","jsonPath":".spec.shared.daily"}"#,
    printcolumn = r#"{"name":"Monthly","type":"string","jsonPath":".spec.pool.monthly"}"#,
    printcolumn = r#"{"name":"State","type":"string","jsonPath":".status.pool.state"}"#,
    printcolumn = r#"{"name":"Spent","type":"string","jsonPath":".status.pool.spent"}"#,
    printcolumn = r#"{"name":"Today","type":"string","jsonPath":".status.pool.today"}"#,
    printcolumn = r#"{"name":"Spend-7d","type":"string","jsonPath":".status.metrics.last7d.spend"}"#,
    printcolumn = r#"{"name":"Roas-7d","type":"number","jsonPath":".status.metrics.last7d.roas"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Spend-today","type":"string","jsonPath":".status.metrics.today.spend","priority":1}"#,
    printcolumn = r#"{"name":"Conversions-7d","type":"number","jsonPath":".status.metrics.last7d.conversions","priority":1}"#,
    printcolumn = r#"{"name":"Cpa-7d","type":"string","jsonPath":".status.metrics.last7d.cpa","priority":1}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend(
    "x-adplane-exactly-one" = ["shared", "pool"],
    "x-kubernetes-validations" = [
        {"rule": "!has(self.shared) || !has(oldSelf.shared) || self.shared.account == oldSelf.shared.account",
         "message": "account is fixed: write another budget", "fieldPath": ".shared.account"},
        {"rule": "has(self.shared) == has(oldSelf.shared)",
         "message": "a shared budget stays one, and so does a pool: write another budget"}
    ]
))]
pub struct BudgetSpec {
    /// The vendor's shared budget (Google).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<SharedBudget>,
    /// A pool that Adplane paces over campaigns on any platform, in one currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<Pool>,
    /// What people see on the platform; the name of the document when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = 200))]
    pub display_name: Option<Line>,
    /// What removing this document does to the live budget; the account's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
}

block! {
    /// A vendor's shared budget.
    #[serde(rename_all = "camelCase")]
    SharedBudget {
        [required] {
            /// Name of the `AdAccount`, in the same namespace. Fixed once written.
            account: ResourceName,
            /// Amount per day.
            daily: Amount,
        }
    }
}

words! {
    /// What happens when a pool is used up.
    OnExhausted {
        Pause = "Its campaigns are paused until the period ends, and no amount is given that could break the pool.",
        Alert = "It is reported, and its campaigns go on with their smallest amounts.",
    }
}

words! {
    /// How a pool is spread over the days of its period.
    PoolPattern {
        Weekday = "As the weekdays of the last eight weeks spent.",
        Even = "Every day the same.",
        Front = "Three times as much on the first day as on the last.",
        Back = "Three times as much on the last day as on the first.",
        Custom = "By the weights of `dayWeights`.",
    }
}

words! {
    /// What a day's money is split by.
    PoolAllocation {
        Delivered = "By what each campaign delivered in its last days.",
        Weights = "By the weights that git has.",
        Curves = "So that the next unit of money brings as much wherever it goes, by what days of other spend brought.",
    }
}

words! {
    /// What curves count.
    PoolReturns { Conversions = "Conversions.", Value = "Their value." }
}

block! {
    /// The most that the campaigns of each platform get a day, together.
    #[serde(rename_all = "camelCase")]
    PoolCaps {
        /// Google Ads.
        google: Amount,
        /// Meta Ads.
        meta: Amount,
        /// TikTok Ads.
        tiktok: Amount,
    }
}

block! {
    /// Where the next unit of money stops to pay: what lies beyond stays unspent.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("x-adplane-exactly-one" = ["marginalCpa", "marginalRoas"]))]
    PoolStop {
        /// The most that the next conversion may cost, of `returns: Conversions`.
        marginal_cpa: Amount,
        /// The least that the next unit of money must bring, such as `2.5`, of `returns: Value`.
        marginal_roas: DecimalNumber,
    }
}

block! {
    /// A pool: an amount over a period, paced over campaigns on any account of the namespace, in one currency.
    ///
    /// Its campaigns are those with `budget: {ref: <this>}` and those that the selector finds.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend(
        "x-adplane-exactly-one" = ["monthly", "total"],
        "x-kubernetes-validations" = [
            {"rule": "has(self.total) == has(self.start) && has(self.total) == has(self.end)",
             "message": "a total needs the period's start and end, and a monthly amount has neither"}
        ]
    ))]
    Pool {
        /// Amount per calendar month.
        monthly: Amount,
        /// Amount over one period, from `start` to `end`.
        total: Amount,
        /// First day of the period.
        start: Moment,
        /// Last day of the period, itself included.
        end: Moment,
        /// What happens when it is used up; `Alert` when absent.
        on_exhausted: OnExhausted,
        /// How it is spread over the period; `Weekday` when absent.
        pattern: PoolPattern,
        /// No day gets less than this part of a mean day, in percent, of `pattern: Weekday`.
        #[schemars(range(min = 1, max = 100))]
        floor_pct: DecimalNumber,
        /// A weight for each day of the period, in order, of `pattern: Custom`; 31 where the amount is monthly.
        #[schemars(extend("maxItems" = 400, "x-kubernetes-list-type" = "atomic", "items" = {"type": "integer", "minimum": 0, "maximum": 10000}))]
        day_weights: Vec<u32>,
        /// Campaigns that draw on it without naming it: theirs is `budget: {managed: ..}`.
        selector: RuleSelector,
        /// What a day's money is split by; `Delivered` when absent.
        allocation: PoolAllocation,
        /// Weights by the campaigns' names, of `allocation: Weights`; a campaign without one weighs 1.
        #[schemars(extend("maxProperties" = 500, "additionalProperties" = {"type": "integer", "minimum": 1, "maximum": 10000}))]
        weights: BTreeMap<String, u32>,
        /// What curves count, of `allocation: Curves`; `Conversions` when absent.
        returns: PoolReturns,
        /// Where money stays unspent because it would not pay, of `allocation: Curves`.
        stop: PoolStop,
        /// What the campaigns of a platform get a day at most, together.
        caps: PoolCaps,
    }
}

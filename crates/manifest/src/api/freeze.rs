//! `FreezeWindow`.

use std::collections::BTreeMap;

use super::account::Platform;
use super::common::Weekday;
use super::macros::{block, words};
use super::status::ResourceStatus;
use super::text::{Line, Moment, ResourceName, TimeOfDay};

words! {
    /// What may still be written while a window is closed.
    FreezeAllow {
        LowerSpend = "Pauses and lower amounts.",
        Nothing = "Nothing, not even a pause; `adplane pause` still stops spend.",
    }
}

/// When changes must not be written: a plan shows it, and `apply` waits for the opening.
///
/// Times are local to each account that the window touches. A local time that a change of clocks skips means the
/// moment of the jump; one that comes twice means the first for a start and the second for an end.
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
    kind = "FreezeWindow",
    namespaced,
    schema = "disabled",
    status = "ResourceStatus",
    shortname = "adfreeze",
    category = "ads-all",
    printcolumn = r#"{"name":"Allow","type":"string","jsonPath":".spec.allow"}"#,
    printcolumn = r#"{"name":"Reason","type":"string","jsonPath":".spec.reason"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "has(self.ranges) || has(self.weekly) || has(self.yearly)", "message": "write ranges, weekly or yearly"}
]))]
pub struct FreezeWindowSpec {
    /// What the window touches; all of its namespace when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "match")]
    pub matches: Option<FreezeMatch>,
    /// Stretches that come once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub ranges: Option<Vec<FreezeRange>>,
    /// Stretches of every week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub weekly: Option<Vec<FreezeWeekly>>,
    /// Stretches of every year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub yearly: Option<Vec<FreezeYearly>>,
    /// What may still be written; `LowerSpend` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<FreezeAllow>,
    /// Why, for whoever has to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Line>,
}

block! {
    /// What a window touches: what is written must all match.
    #[serde(rename_all = "camelCase")]
    FreezeMatch {
        /// Names of `AdAccount`s of this namespace.
        #[schemars(length(min = 1, max = 1000), extend("x-kubernetes-list-type" = "set"))]
        accounts: Vec<ResourceName>,
        /// Platforms.
        #[schemars(length(min = 1, max = 3), extend("x-kubernetes-list-type" = "set"))]
        platforms: Vec<Platform>,
        /// Labels that an object, or what it lies in, carries.
        #[schemars(extend("maxProperties" = 64))]
        labels: BTreeMap<String, Line>,
    }
}

block! {
    /// A stretch that comes once.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "self.to.size() == 10 ? self.from.substring(0, 10) <= self.to \
                  : self.from.replace(' ', 'T') < self.to.replace(' ', 'T')",
         "message": "the window opens before it closes: write an end after the start",
         "fieldPath": ".to"}
    ]))]
    FreezeRange {
        [required] {
            /// First day, `2026-11-26` (from 00:00), or an exact local time.
            from: Moment,
            /// Last day, `2026-11-30` (the whole day), or the exact local time at which it opens.
            to: Moment,
        }
    }
}

block! {
    /// A stretch of hours on days of every week.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("x-kubernetes-validations" = [
        {"rule": "!has(self.start) || !has(self.end) || self.start.substring(0, 10) <= self.end.substring(0, 10)",
         "message": "the last day lies before the first: write an end on or after the start",
         "fieldPath": ".end"}
    ]))]
    FreezeWeekly {
        [required] {
            /// Days of the week.
            #[schemars(length(min = 1, max = 7), extend("x-kubernetes-list-type" = "set"))]
            days: Vec<Weekday>,
        }
        /// Start, such as `16:00`; the start of the day when absent.
        from: TimeOfDay,
        /// End, such as `20:00`; the end of the day when absent, an earlier time than `from` reaches into the next.
        to: TimeOfDay,
        /// First day on which it starts, `2026-11-01`.
        start: Moment,
        /// Last day on which it starts, `2026-12-31`.
        end: Moment,
    }
}

block! {
    /// A stretch of days of every year.
    #[serde(rename_all = "camelCase")]
    FreezeYearly {
        [required] {
            /// First day, `12-24`.
            #[schemars(extend("maxLength" = 5, "pattern" = "^[0-9]{2}-[0-9]{2}$"))]
            from: Line,
            /// Last day, included, `01-02`; before `from` it lies in the next year.
            #[schemars(extend("maxLength" = 5, "pattern" = "^[0-9]{2}-[0-9]{2}$"))]
            to: Line,
        }
    }
}

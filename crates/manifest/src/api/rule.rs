//! `AutomationRule`.

use std::collections::BTreeMap;

use super::account::Platform;
use super::common::Weekday;
use super::macros::{block, words};
use super::rule_holds::{RuleApproval, RuleLimits, RulePromote, RuleRequire, RuleStabilize, RuleSustain};
use super::status::ResourceStatus;
use super::text::{
    Amount, Anything, CalendarDays, CurrencyCode, DecimalNumber, Duration, Expression, LabelValue, Line,
    Moment, ResourceName,
};

words! {
    /// What a rule does with what it decides.
    #[serde(rename_all = "camelCase")]
    RuleMode {
        Shadow = "It is recorded, and nothing else happens.",
        Propose = "It becomes a proposal that somebody approves.",
        Act = "It is done, as far as limits and safeguards let it.",
    }
}

words! {
    /// A kind of object that a rule looks at.
    RuledKind {
        Campaign = "Campaigns.", AdGroup = "Ad groups.", Ad = "Ads.",
    }
}

words! {
    /// Where a window of days ends.
    #[serde(rename_all = "camelCase")]
    WindowEnd {
        Yesterday = "With yesterday, the last full day.",
        Today = "With today, as far as it has come.",
        Settled = "With the newest day whose conversions are at least 90 % complete.",
        Estimated = "With yesterday; conversions that are still to come are reckoned in, and shown as an estimate.",
    }
}

words! {
    /// What an external signal holds.
    #[serde(rename_all = "camelCase")]
    SignalType {
        Number = "A number.", Money = "An amount of money.", Text = "A text.", Flag = "True or false.",
    }
}

words! {
    /// What a rule does.
    #[serde(rename_all = "camelCase")]
    RuleActionType {
        Pause = "Pauses the object.",
        Resume = "Nothing by itself: a rule resumes what it paused when its `release` is true.",
        SetBudget = "Sets the budget to the amount in `to`.",
        AdjustBudget = "Changes the budget in force by the percentage or amount in `by`, within `min` and `max`.",
        ScaleToTarget = "Scales the budget by how far `actual` is from `target`, by at most `maxStep`.",
        AdjustBid = "Changes the bid in force by the percentage or amount in `by`, within `min` and `max`.",
        SetTarget = "Sets the target cost per conversion (an amount in `to`) or the target return (a number).",
        RotateCreative = "Puts the next creative of `creatives` in place of the one in use.",
        Rebalance = "Cuts the budget by `by` and gives what is freed to peers of which the condition is false.",
        Label = "Sets the labels in `labels`.",
        Notify = "Tells people the text in `message`.",
        ProposePR = "Makes a patch of what the other actions change, under `message`; alone it only tells people.",
        RunReport = "Makes a report under the name in `report`: what the object delivered over the windows of the rule, today, yesterday and in the last seven days.",
    }
}

words! {
    /// When what an action put in force ends.
    #[serde(rename_all = "camelCase")]
    ActionEnd { Midnight = "When the account's day ends.", }
}

/// What is watched, and what happens when it comes about.
///
/// A new rule only records what it would have done: `mode` is `shadow` until git says otherwise.
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
    kind = "AutomationRule",
    namespaced,
    schema = "disabled",
    status = "ResourceStatus",
    shortname = "adrule",
    category = "ads-all",
    printcolumn = r#"{"name":"Mode","type":"string","jsonPath":".spec.mode"}"#,
    printcolumn = r#"{"name":"Kind","type":"string","jsonPath":".spec.scope.kind"}"#,
    printcolumn = r#"{"name":"Priority","type":"integer","jsonPath":".spec.priority"}"#,
    printcolumn = r#"{"name":"Every","type":"string","jsonPath":".spec.schedule.every","priority":1}"#,
    printcolumn = r#"{"name":"When","type":"string","jsonPath":".spec.when","priority":1}"#,
    printcolumn = r#"{"name":"Fired","type":"integer","jsonPath":".status.runs.fired"}"#,
    printcolumn = r#"{"name":"Unknown","type":"integer","jsonPath":".status.runs.unknown"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-adplane-exactly-one" = ["action", "actions"]))]
pub struct AutomationRuleSpec {
    /// What it does with what it decides; `shadow` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<RuleMode>,
    /// Which of two rules goes first on one field: the higher number; 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1000, max = 1000))]
    pub priority: Option<i32>,
    /// Which objects it looks at, in its own namespace.
    pub scope: RuleScope,
    /// When it looks; every hour when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<RuleSchedule>,
    /// Windows of time by the names that expressions use. Built-in ones need no entry: `today`, `yesterday`,
    /// `last_7d`, `last_7d_incl`, `prev_7d`, `mtd`, `prev_month`, `flight`, `lifetime`, `first_14d`, `last_6h`,
    /// `same_weekday_4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-adplane" = "leaves", "maxProperties" = 16))]
    pub windows: Option<BTreeMap<String, RuleWindow>>,
    /// Values by the names that expressions use behind `params.`: amounts in quotes (`"25 EUR"`), numbers, texts, `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-adplane" = "leaves", "maxProperties" = 32))]
    pub params: Option<BTreeMap<String, Anything>>,
    /// Values from outside by the names that expressions use behind `signals.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-adplane" = "leaves", "maxProperties" = 16))]
    pub signals: Option<BTreeMap<String, RuleSignal>>,
    /// Days by the names that expressions use behind `calendars.`, such as holidays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-adplane" = "leaves", "maxProperties" = 16))]
    pub calendars: Option<BTreeMap<String, RuleCalendar>>,
    /// Rates for `convert(..)`; without them no amount is ever converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<RateTable>,
    /// What must be there before the condition counts; without it the condition is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require: Option<RuleRequire>,
    /// When it fires: an expression in CEL over windows, `params`, `signals`, `self`, `parent`, `account`, `peers` and
    /// `now`, such as `recent.cpa > 1.2 * before.cpa`. True, false, or unknown, which never acts.
    pub when: Expression,
    /// When it lets go of what it paused, and resumes it. Without it, a pause holds until somebody lifts it, or
    /// `holdFor` is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Expression>,
    /// How far back past its threshold a value must come before the rule lets go of what it paused, as a share of the
    /// threshold such as `"10%"`: instead of `release`. With `scaleToTarget`, how far from its target a value may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = 6, "pattern" = "^[0-9]{1,2}([.][0-9]{1,2})?%$"))]
    pub dead_band: Option<Line>,
    /// How long amounts are looked back at: of all that were wanted, the most cautious counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stabilize: Option<RuleStabilize>,
    /// How long the condition must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sustain: Option<RuleSustain>,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<RuleAction>,
    /// What it does, several things together or none of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8), extend("x-kubernetes-list-type" = "atomic"))]
    pub actions: Option<Vec<RuleAction>>,
    /// How often and how much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<RuleLimits>,
    /// What must come before `mode: act` counts; until then the rule is in shadow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promote: Option<RulePromote>,
    /// When somebody must agree first; what raises spend is proposed in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<RuleApproval>,
}

block! {
    /// Which objects a rule looks at: what is written must all match.
    #[serde(rename_all = "camelCase")]
    RuleScope {
        [required] {
            /// Their kind.
            kind: RuledKind,
        }
        /// Names of `AdAccount`s.
        #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "set"))]
        accounts: Vec<ResourceName>,
        /// Platforms.
        #[schemars(length(min = 1, max = 3), extend("x-kubernetes-list-type" = "set"))]
        platforms: Vec<Platform>,
        /// Labels of the object or of what it lies in; the nearest counts.
        selector: RuleSelector,
    }
}

block! {
    /// Labels that must all be there.
    #[serde(rename_all = "camelCase")]
    RuleSelector {
        /// Labels with their values.
        #[schemars(extend("maxProperties" = 16))]
        match_labels: BTreeMap<String, LabelValue>,
    }
}

block! {
    /// When a rule looks. Runs that were missed are made up for by one.
    #[serde(rename_all = "camelCase")]
    RuleSchedule {
        /// How often, from midnight on; `1h` when absent.
        every: Duration,
        /// Hours of the day in which it looks, such as `"06:00-22:00"`; an earlier end reaches into the next day.
        #[schemars(extend("maxLength" = 11, "pattern" = "^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$"))]
        active_hours: Line,
        /// Days of the week on which it looks; all when absent.
        #[schemars(length(min = 1, max = 7), extend("x-kubernetes-list-type" = "set"))]
        days: Vec<Weekday>,
        /// By how much at most accounts are looked at later than the clock says, each always by the same: so that not all
        /// of them are read at once. Not at all when absent.
        jitter: Duration,
        /// `account`, the zone of each account, or an IANA name such as `Europe/Madrid`; `account` when absent.
        #[schemars(extend("maxLength" = 64))]
        time_zone: Line,
    }
}

block! {
    /// A window of time: so many days, so many hours, or a built-in one under another name.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("x-adplane-exactly-one" = ["days", "hours", "builtin"]))]
    RuleWindow {
        /// So many whole days.
        #[schemars(range(min = 1, max = 400))]
        days: u32,
        /// Where the days end; `yesterday` when absent.
        end: WindowEnd,
        /// So many days earlier.
        #[schemars(range(min = 0, max = 400))]
        offset: u32,
        /// So many whole hours up to now.
        #[schemars(range(min = 1, max = 168))]
        hours: u32,
        /// A built-in window, such as `last_7d`.
        #[schemars(extend("maxLength" = 32))]
        builtin: Line,
    }
}

block! {
    /// A value from outside, such as stock or a break-even.
    #[serde(rename_all = "camelCase")]
    RuleSignal {
        [required] {
            /// What it holds.
            #[serde(rename = "type")]
            holds: SignalType,
            /// Older than this it is unknown.
            freshness: Duration,
        }
    }
}

block! {
    /// Days that a calendar is made of. Of a year of which it names no day, nobody knows which they are.
    #[serde(rename_all = "camelCase")]
    RuleCalendar {
        [required] {
            /// Dates (`2026-12-25`), and stretches with their last day (`2026-12-24/2027-01-06`).
            #[schemars(length(min = 1, max = 400), extend("x-kubernetes-list-type" = "set"))]
            days: Vec<CalendarDays>,
        }
    }
}

block! {
    /// Rates of one day, kept in git: one unit of `base` is so many of another currency.
    #[serde(rename_all = "camelCase")]
    RateTable {
        [required] {
            /// The day of the rates, `2026-11-01`.
            date: Moment,
            /// The currency that the rates are of.
            base: CurrencyCode,
            /// Rates by currency, such as `USD: 1.0834`.
            #[schemars(extend("x-adplane" = "leaves", "maxProperties" = 64))]
            rates: BTreeMap<String, DecimalNumber>,
        }
        /// Older than this, what is converted is unknown; `31d` when absent.
        max_age: Duration,
    }
}

block! {
    /// One thing that a rule does; which of the fields count depends on `type`.
    #[serde(rename_all = "camelCase")]
    RuleAction {
        [required] {
            /// What it does.
            #[serde(rename = "type")]
            kind: RuleActionType,
        }
        /// How much more or less: `"-20%"`, `"+20%"`, `"-5 EUR"`.
        #[schemars(extend("maxLength" = 33))]
        by: Line,
        /// The new value: an amount (`"50 EUR"`), or a number for a target return.
        #[schemars(extend("maxLength" = 33))]
        to: Line,
        /// Not below this.
        min: Amount,
        /// Not above this.
        max: Amount,
        /// What is measured, such as `recent.cpa`.
        actual: Expression,
        /// What it should be, such as `params.target`.
        target: Expression,
        /// The largest step, such as `"20%"`.
        #[schemars(extend("maxLength" = 8, "pattern" = "^[0-9]{1,3}([.][0-9]{1,2})?%$"))]
        max_step: Line,
        /// `midnight`: a raise of the budget counts until the account's day ends, and git's `initial` returns.
        until: ActionEnd,
        /// Names of `Creative`s, in turn.
        #[schemars(length(min = 2, max = 50), extend("x-kubernetes-list-type" = "atomic"))]
        creatives: Vec<ResourceName>,
        /// Labels to set.
        #[schemars(extend("maxProperties" = 16))]
        labels: BTreeMap<String, LabelValue>,
        /// What people read; `{recent.cpa}` stands for a value.
        message: Expression,
        /// Name of a report.
        report: ResourceName,
        /// How long a pause holds at most; without it, until `release` is true or somebody lifts it.
        hold_for: Duration,
    }
}

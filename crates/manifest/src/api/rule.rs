//! `AutomationRule`.

use std::collections::BTreeMap;

use super::account::Platform;
use super::common::Weekday;
use super::macros::{block, words};
use super::status::ResourceStatus;
use super::text::{
    Amount, Anything, CurrencyCode, DecimalNumber, Duration, Expression, LabelValue, Line, Moment, Note,
    ResourceName,
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
    /// What happens to a proposal that nobody decides on in time.
    #[serde(rename_all = "camelCase")]
    OnTimeout {
        Expire = "It lapses.",
        Apply = "It is done; only where every action lowers spend.",
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
    /// `last_7d`, `last_7d_incl`, `prev_7d`, `mtd`, `prev_month`, `flight`, `lifetime`, `last_6h`, `same_weekday_4`.
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
    /// What must be there before a condition counts.
    #[serde(rename_all = "camelCase")]
    RuleRequire {
        /// The window that the sums below are of; the first that the condition names when absent.
        #[schemars(extend("maxLength" = 63))]
        window: Line,
        /// How long the object must exist.
        age: Duration,
        /// How old the numbers may be; `24h` when absent.
        freshness: Duration,
        /// Money that must have been spent.
        min_spend: Amount,
        /// Impressions that must have been made.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        min_impressions: u32,
        /// Clicks that must have been made.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        min_clicks: u32,
        /// Conversions that must have come.
        min_conversions: DecimalNumber,
    }
}

block! {
    /// How long a condition must hold.
    #[serde(rename_all = "camelCase")]
    RuleSustain {
        [required] {
            /// Runs in a row in which it is true.
            #[schemars(range(min = 1, max = 100))]
            true_for: u32,
        }
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

block! {
    /// How often and how much a rule acts. What is over a limit is deferred, the worst first.
    #[serde(rename_all = "camelCase")]
    RuleLimits {
        /// How long this rule leaves a field of an object alone after it changed it; 24h for raises and 4h for cuts
        /// when absent, 72h for ad groups on Meta.
        cooldown: Duration,
        /// Objects in one run; 50 when absent.
        #[schemars(range(min = 1, max = 10_000))]
        per_run: u32,
        /// Objects in one day of the account.
        #[schemars(range(min = 1, max = 10_000))]
        per_day: u32,
        /// Share of the live objects in scope in one run, such as `0.25`; half of them when absent.
        #[schemars(range(max = 1))]
        max_share_of_scope: DecimalNumber,
        /// How often the rule resumes one object that it paused; as often as it lets go when absent.
        #[schemars(range(min = 0, max = 1000))]
        max_resumes: u32,
    }
}

block! {
    /// When somebody must agree first.
    #[serde(rename_all = "camelCase")]
    RuleApproval {
        /// An expression over what would change: `delta.dailySpend`, `action.type`, and all that `when` can name.
        when: Expression,
        /// How long a proposal waits; `24h` when absent.
        timeout: Duration,
        /// What happens then; `expire` when absent.
        on_timeout: OnTimeout,
        /// For whoever decides.
        note: Note,
    }
}

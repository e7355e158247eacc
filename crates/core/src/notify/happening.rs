//! What can happen, with what is known of it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::event::{Event, EventAccount, EventKind, EventPool, Fact, Subject, line};
use crate::address::Address;

/// Facts of one event at most; the last one counts the rest.
pub const MAX_FACTS: usize = 20;
/// Something that happened, with what is known of it. Nothing in it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// A plan waits.
    PlanPending {
        /// The account.
        account: EventAccount,
        /// Fingerprint of the plan.
        plan: String,
        /// Changes on the account.
        changes: usize,
        /// What it does to spend a day on the account, such as `from 20.00 EUR to 35.00 EUR`.
        daily: Vec<String>,
        /// What it waits for.
        because: Vec<String>,
    },
    /// A plan was applied whole on an account.
    Applied {
        /// The account.
        account: EventAccount,
        /// Fingerprint of the plan.
        plan: String,
        /// Changes on the account.
        changes: usize,
        /// What it did to spend a day on the account.
        daily: Vec<String>,
    },
    /// Nothing was written.
    ApplyFailed {
        /// The account, unless it is about all of them.
        account: Option<EventAccount>,
        /// Fingerprint of the plan, when there is one.
        plan: Option<String>,
        /// Why.
        because: String,
        /// Causes, and objects that failed with why.
        details: Vec<String>,
    },
    /// Some changes of an account were written and others not.
    PartlyApplied {
        /// The account.
        account: EventAccount,
        /// Fingerprint of the plan.
        plan: String,
        /// Changes that were written.
        applied: usize,
        /// Objects that failed or were left out, with why.
        left: Vec<String>,
    },
    /// An object differs from the YAML because the platform's side moved.
    Drift {
        /// The object.
        address: Address,
        /// Fields, each with what the YAML says and what is live.
        fields: Vec<Difference>,
        /// Who changed it, when, where the platform tells.
        by: Option<String>,
        /// What becomes of it, such as `Alert`.
        policy: String,
    },
    /// More objects of an account differ than are told one by one.
    MoreDrift {
        /// The account.
        account: EventAccount,
        /// How many more.
        count: usize,
    },
    /// A review rejected an ad.
    ReviewRejected {
        /// The ad.
        address: Address,
        /// What the platform says why.
        because: Vec<String>,
    },
    /// A rule acted, or proposed to.
    RuleFired {
        /// The rule, `growth/stop-loss`.
        rule: String,
        /// The object.
        address: Address,
        /// What it did, such as `pause`.
        action: String,
        /// Whether it was done, and not only proposed.
        done: bool,
        /// The values it rests on.
        evidence: Vec<String>,
    },
    /// A rule was suspended.
    RuleSuspended {
        /// The rule.
        rule: String,
        /// Its account, when it is suspended on one.
        account: Option<EventAccount>,
        /// Why.
        because: String,
    },
    /// A rule has been unknown for a while.
    RuleUnknown {
        /// The rule.
        rule: String,
        /// The account.
        account: Option<EventAccount>,
        /// What it cannot judge, such as `campaign/boots and 3 others`.
        whom: String,
        /// A stable word for why.
        code: String,
        /// Why.
        because: String,
        /// For how many runs in a row.
        runs: u32,
    },
    /// A metric left its range.
    Anomaly {
        /// The account.
        account: EventAccount,
        /// The object, when it is about one.
        address: Option<Address>,
        /// The metric, such as `cpc`.
        metric: String,
        /// The day or hour.
        slot: String,
        /// What was seen.
        seen: String,
        /// What was expected, such as `0.40 EUR to 0.62 EUR`.
        expected: String,
    },
    /// Spend passed a share of its budget.
    BudgetThreshold {
        /// The account.
        account: EventAccount,
        /// The budget or campaign, when it is about one.
        address: Option<Address>,
        /// The share in percent.
        percent: u32,
        /// The share that the platform may spend by its own rule: on a day that is more than all of it.
        allowed: u32,
        /// The period, such as `2026-11-21` or `the calendar month from 2026-11-01`.
        period: String,
        /// What was spent.
        spent: String,
        /// Of how much.
        budget: String,
    },
    /// A pool passed a share of its period's amount, or pauses its campaigns.
    PoolThreshold {
        /// The pool.
        pool: EventPool,
        /// What became of its money.
        money: PoolMoney,
        /// The period, such as `the calendar month from 2026-11-01`.
        period: String,
        /// What was spent.
        spent: String,
        /// Of how much.
        budget: String,
        /// What nobody told and is taken as spent besides.
        assumed: Option<String>,
    },
    /// Clicks go on and conversions do not.
    TrackingOutage {
        /// The account.
        account: EventAccount,
        /// Since when.
        since: String,
        /// What is seen and what was expected.
        details: Vec<String>,
    },
    /// Credentials expire soon.
    TokenExpiring {
        /// The account.
        account: EventAccount,
        /// When.
        expires: Timestamp,
    },
    /// The kill switch.
    KillSwitch {
        /// What it covers, such as `the whole project`.
        scope: String,
        /// The account, when it covers one.
        account: Option<EventAccount>,
        /// What became of it.
        state: KillSwitch,
        /// Who.
        by: Option<String>,
        /// Why.
        reason: Option<String>,
        /// What still runs or was not read.
        left: Vec<String>,
    },
    /// Somebody tries a channel.
    Test {
        /// The channel.
        channel: String,
    },
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// What the YAML says.
    pub wanted: String,
    /// What is live.
    pub live: String,
}

/// What became of a pool's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolMoney {
    /// So much of it in percent is spent.
    Share(u32),
    /// All of it is spent, and the campaigns go on.
    GoesOn,
    /// All of it is spent, and the pool pauses its campaigns; `beyond` when more than all of it is.
    UsedUp {
        /// Whether more was spent than the amount.
        beyond: bool,
    },
    /// Not all of it is spent, and the pool pauses its campaigns: no amount is safe any more.
    Stops,
}

/// What became of a use of the kill switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KillSwitch {
    /// Everything it covers has stopped.
    Stopped {
        /// Campaigns that it stopped now.
        campaigns: u64,
    },
    /// Something may still run.
    Incomplete {
        /// Campaigns that it stopped now.
        campaigns: u64,
    },
    /// Nothing is written any more, and what runs runs on.
    Held,
    /// It was lifted.
    Lifted,
}

impl Happening {
    /// Its kind.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::PlanPending { .. } => EventKind::PlanPending,
            Self::Applied { .. } => EventKind::Applied,
            Self::ApplyFailed { .. } => EventKind::ApplyFailed,
            Self::PartlyApplied { .. } => EventKind::PartlyApplied,
            Self::Drift { .. } | Self::MoreDrift { .. } => EventKind::Drift,
            Self::ReviewRejected { .. } => EventKind::ReviewRejected,
            Self::RuleFired { .. } => EventKind::RuleFired,
            Self::RuleSuspended { .. } => EventKind::RuleSuspended,
            Self::RuleUnknown { .. } => EventKind::RuleUnknown,
            Self::Anomaly { .. } => EventKind::Anomaly,
            Self::BudgetThreshold { .. } | Self::PoolThreshold { .. } => EventKind::BudgetThreshold,
            Self::TrackingOutage { .. } => EventKind::TrackingOutage,
            Self::TokenExpiring { .. } => EventKind::TokenExpiring,
            Self::KillSwitch { .. } => EventKind::KillSwitch,
            Self::Test { .. } => EventKind::Test,
        }
    }

    /// The object that it is about.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Drift { address, .. }
            | Self::ReviewRejected { address, .. }
            | Self::RuleFired { address, .. } => Some(address),
            Self::Anomaly { address, .. } | Self::BudgetThreshold { address, .. } => address.as_ref(),
            Self::PlanPending { .. }
            | Self::Applied { .. }
            | Self::ApplyFailed { .. }
            | Self::PartlyApplied { .. }
            | Self::MoreDrift { .. }
            | Self::RuleSuspended { .. }
            | Self::RuleUnknown { .. }
            | Self::PoolThreshold { .. }
            | Self::TrackingOutage { .. }
            | Self::TokenExpiring { .. }
            | Self::KillSwitch { .. }
            | Self::Test { .. } => None,
        }
    }

    /// The event of it; `subjects` are the objects it is about, for routes.
    pub fn event(&self, project: Option<&str>, at: Timestamp, subjects: BTreeSet<Subject>) -> Event {
        let kind = self.kind();
        let told = self.told(at);
        Event {
            id: Event::identify(kind, &told.key, told.account.as_ref(), at),
            kind,
            severity: told.severity,
            at,
            project: project.map(str::to_owned),
            account: told.account,
            address: told.address,
            pool: told.pool,
            key: told.key,
            title: line(&told.title),
            facts: bounded(told.facts),
            repeats: 0,
            subjects,
        }
    }
}

/// Facts that fit; the last one counts the rest.
fn bounded(mut facts: Vec<Fact>) -> Vec<Fact> {
    if facts.len() > MAX_FACTS {
        let rest = facts.len() - (MAX_FACTS - 1);
        facts.truncate(MAX_FACTS - 1);
        facts.push(Fact { label: "And".to_owned(), text: format!("{rest} more") });
    }
    facts
}

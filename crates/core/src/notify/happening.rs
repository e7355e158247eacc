//! What can happen, with what is known of it, and how it is told: the one place that words events.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::event::{Event, EventAccount, EventKind, Fact, Severity, Subject, digest, line};
use crate::address::Address;

/// Facts of one event at most; the last one counts the rest.
pub const MAX_FACTS: usize = 20;
/// From this share of a budget on, a threshold is critical.
const ALL_OF_IT: u32 = 100;
/// Credentials that expire sooner are critical.
const A_DAY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

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
        /// The period, such as `2026-11`.
        period: String,
        /// What was spent.
        spent: String,
        /// Of how much.
        budget: String,
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
    /// It was lifted.
    Lifted,
}

/// How something is told.
struct Told {
    severity: Severity,
    title: String,
    /// What makes it the same news as another.
    key: String,
    facts: Vec<Fact>,
    account: Option<EventAccount>,
    address: Option<Address>,
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
            Self::Anomaly { .. } => EventKind::Anomaly,
            Self::BudgetThreshold { .. } => EventKind::BudgetThreshold,
            Self::TrackingOutage { .. } => EventKind::TrackingOutage,
            Self::TokenExpiring { .. } => EventKind::TokenExpiring,
            Self::KillSwitch { .. } => EventKind::KillSwitch,
            Self::Test { .. } => EventKind::Test,
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
            key: told.key,
            title: line(&told.title),
            facts: bounded(told.facts),
            repeats: 0,
            subjects,
        }
    }

    fn told(&self, at: Timestamp) -> Told {
        match self {
            Self::PlanPending { account, plan, changes, daily, because } => told(
                Severity::Warning,
                format!("A plan with {} on {} waits", changed(*changes), account.key()),
                plan.clone(),
            )
            .all("Daily spend", daily)
            .all("Waits for", because)
            .fact("Plan", plan)
            .on(account),
            Self::Applied { account, plan, changes, daily } => told(
                Severity::Info,
                format!("Applied {} on {}", changed(*changes), account.key()),
                format!("{plan} {at}"),
            )
            .all("Daily spend", daily)
            .fact("Plan", plan)
            .on(account),
            Self::ApplyFailed { account, plan, because, details } => {
                let key = digest(&[because, &details.join("\n")]);
                let mut failed = told(Severity::Warning, format!("Nothing was applied: {because}"), key);
                failed = failed.all("Because", details);
                failed = plan.iter().fold(failed, |failed, plan| failed.fact("Plan", plan));
                account.iter().fold(failed, Told::on)
            }
            Self::PartlyApplied { account, plan, applied, left } => told(
                Severity::Critical,
                format!("Applied only part of a plan on {}: {} written", account.key(), changed(*applied)),
                digest(&[plan, &left.join("\n")]),
            )
            .all("Left", left)
            .fact("Plan", plan)
            .on(account),
            Self::Drift { address, fields, by, policy } => drift(address, fields, by.as_deref(), policy),
            Self::MoreDrift { account, count } => told(
                Severity::Warning,
                format!("{count} more objects on {} were changed on the platform", account.key()),
                format!("more {count}"),
            )
            .fact("See", "adplane drift")
            .on(account),
            Self::ReviewRejected { address, because } => told(
                Severity::Warning,
                format!("The review rejected {} on {}", address.short(), address.account),
                digest(&[&address.to_string(), &because.join("\n")]),
            )
            .all("Because", because)
            .about(address),
            Self::RuleFired { rule, address, action, done, evidence } => {
                let verb = if *done { "did" } else { "proposes" };
                told(
                    Severity::Info,
                    format!("Rule {rule} {verb}: {action} {} on {}", address.short(), address.account),
                    format!("{rule} {address} {action} {done} {at}"),
                )
                .all("Evidence", evidence)
                .about(address)
            }
            Self::RuleSuspended { rule, account, because } => {
                let suspended =
                    told(Severity::Warning, format!("Rule {rule} is suspended"), digest(&[rule, because]))
                        .fact("Because", because);
                account.iter().fold(suspended, Told::on)
            }
            Self::Anomaly { .. } | Self::BudgetThreshold { .. } | Self::TrackingOutage { .. } => {
                self.measured()
            }
            Self::TokenExpiring { account, expires } => {
                let soon = expires.duration_since(at) < A_DAY;
                told(
                    if soon { Severity::Critical } else { Severity::Warning },
                    format!("The credentials of {} expire at {expires}", account.key()),
                    // Once more when it becomes critical.
                    format!("{expires} {soon}"),
                )
                .fact("Check", "adplane doctor")
                .on(account)
            }
            Self::KillSwitch { .. } => self.switched(at),
            Self::Test { channel } => {
                told(Severity::Info, format!("A test of channel {channel}"), format!("{channel} {at}"))
                    .fact("Asked by", "adplane ops test")
            }
        }
    }

    /// What metrics tell.
    fn measured(&self) -> Told {
        match self {
            Self::Anomaly { account, address, metric, slot, seen, expected } => {
                let what = address.as_ref().map_or_else(|| account.key().to_string(), Address::short);
                let anomaly = told(
                    Severity::Warning,
                    format!("{metric} of {what} left its range: {seen}"),
                    format!("{what} {metric} {slot}"),
                )
                .fact("When", slot)
                .fact("Expected", expected)
                .on(account);
                address.iter().fold(anomaly, Told::about)
            }
            Self::BudgetThreshold { account, address, percent, period, spent, budget } => {
                let what = address.as_ref().map_or_else(|| account.key().to_string(), Address::short);
                let all = *percent >= ALL_OF_IT;
                let passed = told(
                    if all { Severity::Critical } else { Severity::Warning },
                    format!("{what} has spent {percent} % of its budget"),
                    format!("{what} {period} {percent}"),
                )
                .fact("Spent", &format!("{spent} of {budget}"))
                .fact("Period", period)
                .on(account);
                address.iter().fold(passed, Told::about)
            }
            Self::TrackingOutage { account, since, details } => told(
                Severity::Critical,
                format!("Tracking on {} is probably broken: clicks go on, conversions do not", account.key()),
                since.clone(),
            )
            .fact("Since", since)
            .all("Seen", details)
            .on(account),
            // The caller asks for these three alone.
            _ => told(Severity::Info, String::new(), String::new()),
        }
    }

    /// What the kill switch did.
    fn switched(&self, at: Timestamp) -> Told {
        let Self::KillSwitch { scope, account, state, by, reason, left } = self else {
            return told(Severity::Info, String::new(), String::new());
        };
        let title = match state {
            KillSwitch::Stopped { campaigns } => {
                format!("Spend is stopped: {scope} ({campaigns} campaigns now)")
            }
            KillSwitch::Incomplete { campaigns } => {
                format!("Spend is NOT wholly stopped: {scope} ({campaigns} campaigns now)")
            }
            KillSwitch::Lifted => format!("The pause of {scope} is lifted"),
        };
        let mut switched = told(Severity::Critical, title, format!("{scope} {state:?} {at}"));
        for (label, text) in [("By", by), ("Reason", reason)] {
            switched = text.iter().fold(switched, |switched, text| switched.fact(label, text));
        }
        account.iter().fold(switched.all("Left", left), Told::on)
    }
}

fn changed(count: usize) -> String {
    if count == 1 { "1 change".to_owned() } else { format!("{count} changes") }
}

fn drift(address: &Address, fields: &[Difference], by: Option<&str>, policy: &str) -> Told {
    let news: Vec<String> = fields.iter().map(|field| format!("{}={}", field.field, field.live)).collect();
    let mut drift = told(
        Severity::Warning,
        format!("{} on {} was changed on the platform", address.short(), address.account),
        digest(&[&address.to_string(), &news.join("\n")]),
    );
    for field in fields {
        drift = drift.fact(&field.field, &format!("{} in the YAML, {} live", field.wanted, field.live));
    }
    drift.fact("Changed by", by.unwrap_or("(not told)")).fact("Policy", policy).about(address)
}

fn told(severity: Severity, title: String, key: String) -> Told {
    Told { severity, title, key, facts: Vec::new(), account: None, address: None }
}

impl Told {
    fn fact(mut self, label: &str, text: &str) -> Self {
        self.facts.push(Fact { label: line(label), text: line(text) });
        self
    }

    fn all(self, label: &str, texts: &[String]) -> Self {
        texts.iter().fold(self, |told, text| told.fact(label, text))
    }

    fn on(mut self, account: &EventAccount) -> Self {
        self.account = Some(account.clone());
        self
    }

    fn about(mut self, address: &Address) -> Self {
        self.account = Some(address.into());
        self.address = Some(address.clone());
        self
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

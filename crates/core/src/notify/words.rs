//! How each happening is told: the one place that words events.

use jiff::Timestamp;

use super::event::{EventAccount, EventPool, Fact, Severity, digest, line};
use super::happening::{Difference, Happening, KillSwitch, PoolMoney};
use crate::address::Address;

/// A whole budget, in percent.
const ALL_OF_IT: u32 = 100;
/// Credentials that expire sooner are critical.
const A_DAY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// How something is told.
pub(super) struct Told {
    pub(super) severity: Severity,
    pub(super) title: String,
    /// What makes it the same news as another.
    pub(super) key: String,
    pub(super) facts: Vec<Fact>,
    pub(super) account: Option<EventAccount>,
    pub(super) address: Option<Address>,
    pub(super) pool: Option<EventPool>,
}

impl Happening {
    /// How it is told.
    pub(super) fn told(&self, at: Timestamp) -> Told {
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
            Self::RuleUnknown { rule, account, whom, code, because, runs } => {
                let blind = told(
                    Severity::Warning,
                    format!("Rule {rule} cannot judge {whom}: unknown in {runs} runs"),
                    digest(&[rule, code]),
                )
                .fact("Because", because)
                .fact("Meanwhile", "it does nothing there");
                account.iter().fold(blind, Told::on)
            }
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
            Self::BudgetThreshold { account, address, percent, allowed, period, spent, budget } => {
                let what = address.as_ref().map_or_else(|| account.key().to_string(), Address::short);
                let (severity, more) = passed(*percent, *allowed);
                let mut passed = told(
                    severity,
                    format!("{what} has spent {more}{percent} % of its budget of {period}"),
                    format!("{what} {period} {percent}"),
                )
                .fact("Spent", &format!("{spent} of {budget}"))
                .on(account);
                if *allowed > ALL_OF_IT {
                    passed = passed.fact("Allowed", &format!("up to {allowed} % by the platform's own rule"));
                }
                address.iter().fold(passed, Told::about)
            }
            Self::PoolThreshold { pool, money, period, spent, budget, assumed } => {
                let name = format!("Pool {}/{}", pool.namespace, pool.name);
                let step = money.percent().map_or_else(|| "stops".to_owned(), |percent| percent.to_string());
                let mut passed =
                    told(money.severity(), money.title(&name, period), format!("{pool} {period} {step}"))
                        .fact("Spent", &format!("{spent} of {budget}"));
                if let Some(assumed) = assumed {
                    passed = passed.fact("Not told", &format!("up to {assumed} more, taken as spent"));
                }
                passed =
                    money.outcome().into_iter().fold(passed, |passed, text| passed.fact("Meanwhile", text));
                Told { pool: Some(pool.clone()), ..passed }
            }
            Self::TrackingOutage { account, since, details } => told(
                Severity::Critical,
                format!("Tracking on {} is probably broken: clicks go on, conversions do not", account.key()),
                since.clone(),
            )
            .fact("Since", since)
            .all("Seen", details)
            .fact("Meanwhile", "rules about conversions wait there")
            .on(account),
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
            Self::KillSwitch { scope, account, state, by, reason, left } => {
                let key = format!("{} {at}", state.title(scope));
                let mut switched = told(Severity::Critical, state.title(scope), key);
                for (label, text) in [("By", by), ("Reason", reason)] {
                    switched = text.iter().fold(switched, |switched, text| switched.fact(label, text));
                }
                account.iter().fold(switched.all("Left", left), Told::on)
            }
            Self::Test { channel } => {
                told(Severity::Info, format!("A test of channel {channel}"), format!("{channel} {at}"))
                    .fact("Asked by", "adplane ops test")
            }
        }
    }
}

impl KillSwitch {
    fn title(self, scope: &str) -> String {
        match self {
            Self::Stopped { campaigns } => {
                format!("Spend is stopped: {scope} ({} now)", counted(campaigns, "campaign"))
            }
            Self::Incomplete { campaigns } => {
                format!("Spend is NOT wholly stopped: {scope} ({} now)", counted(campaigns, "campaign"))
            }
            Self::Held => format!("Nothing is written to {scope} any more, and what runs there runs on"),
            Self::Lifted => format!("The pause of {scope} is lifted"),
        }
    }
}

impl PoolMoney {
    /// The share that is passed.
    fn percent(self) -> Option<u32> {
        match self {
            Self::Share(percent) => Some(percent),
            Self::GoesOn | Self::UsedUp { .. } => Some(ALL_OF_IT),
            Self::Stops => None,
        }
    }

    /// A pool that pauses its campaigns spends nothing more; one that goes on does.
    fn severity(self) -> Severity {
        match self {
            Self::GoesOn | Self::UsedUp { beyond: true } => Severity::Critical,
            Self::Share(_) | Self::UsedUp { beyond: false } | Self::Stops => Severity::Warning,
        }
    }

    fn title(self, name: &str, period: &str) -> String {
        match self.percent() {
            Some(percent) => format!("{name} has spent {percent} % of its budget of {period}"),
            None => {
                format!("{name} pauses its campaigns: what is left of its budget of {period} is too little")
            }
        }
    }

    fn outcome(self) -> Option<&'static str> {
        match self {
            Self::Share(_) => None,
            Self::GoesOn => {
                Some("its campaigns go on with their smallest amounts, and it may end above its budget")
            }
            Self::UsedUp { .. } => Some("the pool pauses its campaigns until the period ends"),
            Self::Stops => Some("its campaigns wait for a day on which an amount is safe"),
        }
    }
}

/// How grave a share is. More than all of it is only good to know where the platform makes up for it on other days.
fn passed(percent: u32, allowed: u32) -> (Severity, &'static str) {
    match percent {
        ..ALL_OF_IT => (Severity::Warning, ""),
        _ if percent < allowed => (Severity::Info, ""),
        _ if allowed > ALL_OF_IT => (Severity::Critical, "more than "),
        _ => (Severity::Critical, ""),
    }
}

fn changed(count: usize) -> String {
    counted(u64::try_from(count).unwrap_or(u64::MAX), "change")
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
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
    Told { severity, title, key, facts: Vec::new(), account: None, address: None, pool: None }
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

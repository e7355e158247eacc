//! An event: what happened, in plain words, with what receivers can tell it apart by.

use std::collections::BTreeSet;
use std::fmt;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::address::{AccountKey, Address, Kind, Platform};
use crate::freeze::Labels;
use crate::ids::{Namespace, ObjectName};

/// Digits of a digest that make an id: enough that no two events of a project ever share one.
const DIGITS: usize = 32;
/// Longest text of a fact or title, in characters.
const LONGEST: usize = 500;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// A plan waits for somebody or something.
    PlanPending,
    /// A plan was applied whole.
    Applied,
    /// An apply failed before anything was written.
    ApplyFailed,
    /// An apply wrote some changes and not the others.
    PartlyApplied,
    /// Something was changed on the platform.
    Drift,
    /// A review rejected an ad.
    ReviewRejected,
    /// A rule acted, or proposed to.
    RuleFired,
    /// A rule was suspended.
    RuleSuspended,
    /// A rule has been unknown for a while.
    RuleUnknown,
    /// A metric left its range.
    Anomaly,
    /// Spend passed a share of its budget.
    BudgetThreshold,
    /// Clicks go on and conversions do not.
    TrackingOutage,
    /// Credentials expire soon.
    TokenExpiring,
    /// Spend was stopped, or let go again.
    KillSwitch,
    /// Somebody tries a channel; no route leads it anywhere.
    Test,
}

impl EventKind {
    /// What routes can match.
    pub const ROUTED: [Self; 14] = [
        Self::PlanPending,
        Self::Applied,
        Self::ApplyFailed,
        Self::PartlyApplied,
        Self::Drift,
        Self::ReviewRejected,
        Self::RuleFired,
        Self::RuleSuspended,
        Self::RuleUnknown,
        Self::Anomaly,
        Self::BudgetThreshold,
        Self::TrackingOutage,
        Self::TokenExpiring,
        Self::KillSwitch,
    ];

    /// The `type` of its `CloudEvent`; never changed once published.
    pub fn cloud_type(self) -> &'static str {
        match self {
            Self::PlanPending => "io.adplane.plan.pending",
            Self::Applied => "io.adplane.apply.done",
            Self::ApplyFailed => "io.adplane.apply.failed",
            Self::PartlyApplied => "io.adplane.apply.partial",
            Self::Drift => "io.adplane.drift",
            Self::ReviewRejected => "io.adplane.review.rejected",
            Self::RuleFired => "io.adplane.rule.fired",
            Self::RuleSuspended => "io.adplane.rule.suspended",
            Self::RuleUnknown => "io.adplane.rule.unknown",
            Self::Anomaly => "io.adplane.anomaly",
            Self::BudgetThreshold => "io.adplane.budget.threshold",
            Self::TrackingOutage => "io.adplane.tracking.outage",
            Self::TokenExpiring => "io.adplane.token.expiring",
            Self::KillSwitch => "io.adplane.killswitch",
            Self::Test => "io.adplane.test",
        }
    }

    /// Reads the word of a manifest.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ROUTED.into_iter().find(|kind| format!("{kind:?}") == word)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Severity {
    /// Good to know.
    #[default]
    Info,
    /// Somebody should look at it.
    Warning,
    /// Money is at risk now.
    Critical,
}

impl Severity {
    /// Reads the word of a manifest.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Critical].into_iter().find(|severity| severity.to_string() == word)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Critical => "Critical",
        })
    }
}

/// The account an event is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventAccount {
    /// Its namespace.
    pub namespace: Namespace,
    /// The name of its `AdAccount`.
    pub name: ObjectName,
    /// Its platform.
    pub platform: Platform,
}

impl EventAccount {
    /// Its key.
    pub fn key(&self) -> AccountKey {
        AccountKey { namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

impl From<&Address> for EventAccount {
    fn from(address: &Address) -> Self {
        Self {
            namespace: address.namespace.clone(),
            name: address.account.clone(),
            platform: address.platform,
        }
    }
}

/// The pool an event is about: campaigns on several accounts may spend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPool {
    /// Its namespace.
    pub namespace: Namespace,
    /// The name of its `Budget`.
    pub name: ObjectName,
    /// The accounts that its campaigns are on.
    pub accounts: BTreeSet<ObjectName>,
}

impl fmt::Display for EventPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pool/{}/{}", self.namespace, self.name)
    }
}

/// One plain fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is about, such as `Changes`.
    pub label: String,
    /// What it says.
    pub text: String,
}

/// An object that an event is about, as far as routes care.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Its kind.
    pub kind: Kind,
    /// Its labels with those of what it lies in.
    pub labels: Labels,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its id, the same whenever and wherever it is told.
    pub id: String,
    /// What kind of thing happened.
    pub kind: EventKind,
    /// How much it matters.
    pub severity: Severity,
    /// When.
    pub at: Timestamp,
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The account it is about, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<EventAccount>,
    /// The object it is about, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The pool it is about, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<EventPool>,
    /// What makes it the same news as another: a later event with this key is a repetition.
    pub key: String,
    /// One sentence.
    pub title: String,
    /// What else there is to know.
    pub facts: Vec<Fact>,
    /// How often the same news came up since it was told last.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeats: u32,
    /// Kinds and labels of the objects that it is about, for routes.
    #[serde(skip)]
    pub subjects: BTreeSet<Subject>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over by reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Event {
    /// The id of an event: the same for the same news about the same thing at the same time.
    pub(super) fn identify(
        kind: EventKind,
        key: &str,
        account: Option<&EventAccount>,
        at: Timestamp,
    ) -> String {
        let account = account.map(|account| account.key().to_string()).unwrap_or_default();
        digest(&[kind.cloud_type(), key, &account, &at.to_string()])
    }

    /// The namespace whose policies are asked; `None` asks those of all.
    pub(super) fn namespace(&self) -> Option<&Namespace> {
        let of_pool = self.pool.as_ref().map(|pool| &pool.namespace);
        of_pool.or_else(|| self.account.as_ref().map(|account| &account.namespace))
    }

    /// What it is about, in one word: the object, else the pool, else the account, else the project.
    pub fn subject(&self) -> Option<String> {
        self.address
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| self.pool.as_ref().map(ToString::to_string))
            .or_else(|| self.account.as_ref().map(|account| account.key().to_string()))
            .or_else(|| self.project.clone())
    }
}

/// A short digest of parts, for ids.
///
/// Request ids of vendors do not count: each answer has another, and the same trouble is the same message.
pub(super) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(unvaried(part).as_bytes());
        hash.update([0]);
    }
    let mut digits = HEXLOWER.encode(&hash.finalize());
    digits.truncate(DIGITS);
    digits
}

/// A text without the request ids of vendors in it, as errors of platforms show them: `(code, request id)`.
pub fn unvaried(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("request ").filter(|at| rest[..*at].ends_with(['(', ' '])) {
        let (before, after) = rest.split_at(at);
        let Some(end) = after.find(')') else { break };
        kept.push_str(before);
        rest = &after[end..];
    }
    kept.push_str(rest);
    kept
}

/// One line of bounded length without control characters: what others wrote may hold anything.
pub(super) fn line(text: &str) -> String {
    let mut plain: String = text
        .chars()
        .map(|character| if character.is_control() || is_steering(character) { ' ' } else { character })
        .take(LONGEST + 1)
        .collect();
    if plain.chars().count() > LONGEST {
        plain = plain.chars().take(LONGEST - 1).collect();
        plain.push('…');
    }
    plain.trim().to_owned()
}

/// Characters that turn the direction of text or break lines without being control characters.
fn is_steering(character: char) -> bool {
    matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

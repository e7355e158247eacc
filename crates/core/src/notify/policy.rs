//! Notification policies as data: channels, and routes that lead events to them.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::event::{Event, EventKind, Severity};
use crate::address::Kind;
use crate::desired::CredentialSource;
use crate::field::Origin;
use crate::freeze::{Day, Labels, Rule, TimeOfDay, first_instant, opening};
use crate::ids::{Namespace, ObjectName};
use crate::time::Zone;

/// Who is told what, and how; it is about events of its own namespace and of the whole project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationPolicy {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: ObjectName,
    /// Zone of quiet hours, digests, and times in messages.
    pub zone: Zone,
    /// Where messages go.
    pub channels: Vec<Channel>,
    /// Which events go where.
    pub routes: Vec<Route>,
    /// Where it was written.
    pub origin: Option<Origin>,
}

impl NotificationPolicy {
    /// `growth/team`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Whether a route leads such an event anywhere.
    pub fn wants(&self, kind: EventKind) -> bool {
        self.routes.iter().any(|route| {
            let events = &route.matches.events;
            events.is_empty() || events.contains(&kind)
        })
    }

    /// Whether a route leads this event to a channel.
    pub fn takes(&self, event: &Event) -> bool {
        let elsewhere = event.account.as_ref().is_some_and(|account| account.namespace != self.namespace);
        let leads = |route: &Route| route.channels.iter().any(|name| self.channel(name).is_some());
        !elsewhere && self.routes.iter().any(|route| route.matches.accepts(event) && leads(route))
    }

    /// A channel by name.
    pub fn channel(&self, name: &ObjectName) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == *name)
    }
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name in its policy.
    pub name: ObjectName,
    /// How.
    pub medium: Medium,
}

/// How messages are sent; secrets are named, never held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Medium {
    /// By SMTP.
    Email(Email),
    /// To an incoming webhook of Slack.
    Slack {
        /// Where its address is.
        credentials: CredentialSource,
    },
    /// To a program, signed.
    Webhook {
        /// Its address, unless the credentials hold it.
        url: Option<String>,
        /// Where the signing secret is.
        credentials: CredentialSource,
    },
}

impl Medium {
    /// What people call it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Slack { .. } => "slack",
            Self::Webhook { .. } => "webhook",
        }
    }

    /// Where its secrets come from.
    pub fn credentials_mut(&mut self) -> Option<&mut CredentialSource> {
        match self {
            Self::Email(email) => email.credentials.as_mut(),
            Self::Slack { credentials } | Self::Webhook { credentials, .. } => Some(credentials),
        }
    }
}

/// A mail server, and who writes to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The sender.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// Where name and password are; nobody logs in without.
    pub credentials: Option<CredentialSource>,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// TLS before anything is said.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None.
    None,
}

impl Tls {
    /// The usual port.
    pub fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// Which events go to which channels, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its name in its policy.
    pub name: ObjectName,
    /// Names of channels of the same policy.
    pub channels: BTreeSet<ObjectName>,
    /// Which events.
    pub matches: Match,
    /// How long the same news is not told again.
    pub dedup: SignedDuration,
    /// When nothing is sent.
    pub quiet: Vec<Quiet>,
    /// When what happened is sent together.
    pub digest: Option<Digest>,
    /// At most so many messages.
    pub throttle: Option<Throttle>,
}

impl Route {
    /// How long the same news is not told again unless a route says otherwise: a plan that waits is news once a day.
    pub const DEDUP: SignedDuration = SignedDuration::from_hours(24);
}

/// When the quiet hours that hold an event end; the instant itself outside of them, `None` when they never do.
pub fn quiet_end(quiet: &[Quiet], severity: Severity, at: Timestamp, zone: &Zone) -> Option<Timestamp> {
    let rules: Vec<Rule> = quiet.iter().filter(|quiet| severity <= quiet.up_to).map(Quiet::rule).collect();
    opening(rules.iter(), at, zone)
}

/// Which events; an empty part does not restrict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Match {
    /// Kinds of events.
    pub events: BTreeSet<EventKind>,
    /// Only this severity and above.
    pub severity: Severity,
    /// Names of accounts of the policy's namespace.
    pub accounts: BTreeSet<ObjectName>,
    /// Kinds of objects.
    pub kinds: BTreeSet<Kind>,
    /// Labels that one of the objects carries.
    pub labels: Labels,
}

impl Match {
    /// Whether an event is meant.
    pub fn accepts(&self, event: &Event) -> bool {
        let account = event.account.as_ref().map(|account| &account.name);
        let of_pool = event.pool.iter().flat_map(|pool| &pool.accounts);
        let subject = |subject: &super::Subject| {
            (self.kinds.is_empty() || self.kinds.contains(&subject.kind))
                && self.labels.iter().all(|(key, value)| subject.labels.get(key) == Some(value))
        };
        (self.events.is_empty() || self.events.contains(&event.kind))
            && event.severity >= self.severity
            && (self.accounts.is_empty()
                || account.into_iter().chain(of_pool).any(|name| self.accounts.contains(name)))
            && ((self.kinds.is_empty() && self.labels.is_empty()) || event.subjects.iter().any(subject))
    }
}

/// Hours in which nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    /// Days on which they start.
    pub days: BTreeSet<Day>,
    /// Start.
    pub from: TimeOfDay,
    /// End; not later than `from` reaches into the next day.
    pub to: TimeOfDay,
    /// What is graver is sent all the same.
    pub up_to: Severity,
}

impl Quiet {
    /// The hours as a rule of the calendar, which knows about changes of clocks.
    fn rule(&self) -> Rule {
        Rule::Weekly { days: self.days.clone(), from: self.from, to: self.to, first: None, last: None }
    }
}

/// When what happened is sent together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The times.
    pub times: Times,
    /// What is graver is sent at once.
    pub up_to: Severity,
}

/// The times of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Times {
    /// Again and again, counted from each midnight.
    Every(SignedDuration),
    /// At these times of these days.
    At {
        /// The days.
        days: BTreeSet<Day>,
        /// The times of day.
        times: BTreeSet<TimeOfDay>,
    },
}

impl Times {
    /// The first one after an instant.
    pub fn after(&self, at: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let rules = zone.rules();
        let today = rules.to_datetime(at).date();
        match self {
            Self::Every(every) => {
                let midnight = |date: jiff::civil::Date| first_instant(date.at(0, 0, 0, 0), &rules);
                let begun = midnight(today);
                let seconds = every.as_secs().max(1);
                let passed = at.duration_since(begun).as_secs().max(0) / seconds + 1;
                let next = begun.checked_add(SignedDuration::from_secs(passed * seconds)).ok()?;
                Some(next.min(midnight(today.tomorrow().ok()?)))
            }
            Self::At { days, times } => (0..=8_i64)
                .filter_map(|offset| today.checked_add(offset.days()).ok())
                .filter(|date| days.contains(&Day::of(*date)))
                .flat_map(|date| times.iter().map(move |time| time.on(date)))
                .map(|local| first_instant(local, &rules))
                .filter(|instant| *instant > at)
                .min(),
        }
    }
}

/// At most so many messages in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// So many.
    pub max: usize,
    /// In this time.
    pub per: SignedDuration,
}

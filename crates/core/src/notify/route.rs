//! The router: events and what was told before to deliveries, now or later.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::event::{Event, Severity, digest};
use super::policy::{NotificationPolicy, Route, quiet_end};
use crate::ids::{Namespace, ObjectName};

/// The longest dedup window that a route may have, and how long memory reaches back.
pub const LONGEST_DEDUP: SignedDuration = SignedDuration::from_hours(24 * 31);
/// The longest stretch of a throttle.
const LONGEST_THROTTLE: SignedDuration = SignedDuration::from_hours(24);
/// What is remembered at most; of more, the oldest is forgotten, and may be told twice.
const MOST: usize = 50_000;

/// What was told before. Losing it means that something is told twice, never that something is lost.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// News that routes have told, by digest of route and news.
    told: BTreeMap<String, Told>,
    /// When routes sent messages to channels, by digest of route and channel.
    sent: BTreeMap<String, Vec<Timestamp>>,
}

/// One piece of news that was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    at: Timestamp,
    /// How often it came up again since.
    #[serde(default)]
    again: u32,
}

impl Memory {
    /// Whether a route told the news within its window; counts it then. How often it came up before otherwise.
    fn tell(&mut self, route: &str, event: &Event, window: SignedDuration, now: Timestamp) -> Option<u32> {
        let account = event.account.as_ref().map(|account| account.key().to_string()).unwrap_or_default();
        let key = digest(&[route, event.kind.cloud_type(), &account, &event.key]);
        let told = self.told.entry(key);
        match told {
            std::collections::btree_map::Entry::Vacant(vacant) => {
                vacant.insert(Told { at: now, again: 0 });
                Some(0)
            }
            std::collections::btree_map::Entry::Occupied(mut occupied) => {
                let known = occupied.get_mut();
                // A clock that went back must not keep news from being told.
                if known.at <= now && now.duration_since(known.at) < window {
                    known.again = known.again.saturating_add(1);
                    return None;
                }
                let again = known.again;
                *known = Told { at: now, again: 0 };
                Some(again)
            }
        }
    }

    /// When a throttled message may be sent: now, which is counted, or when the stretch is over.
    fn throttled(&mut self, route: &Route, place: &str, severity: Severity, now: Timestamp) -> Timestamp {
        let Some(throttle) = route.throttle else { return now };
        let sent = self.sent.entry(place.to_owned()).or_default();
        sent.retain(|at| *at <= now && now.duration_since(*at) < throttle.per);
        if severity < Severity::Critical
            && sent.len() >= throttle.max
            && let Some(oldest) = sent.first()
        {
            return oldest.checked_add(throttle.per).unwrap_or(now);
        }
        sent.push(now);
        now
    }

    /// Forgets what no route can ask for any more.
    fn prune(&mut self, now: Timestamp) {
        let recent = |at: Timestamp, reach: SignedDuration| at <= now && now.duration_since(at) < reach;
        self.told.retain(|_, told| recent(told.at, LONGEST_DEDUP));
        if self.told.len() > MOST {
            let mut ages: Vec<Timestamp> = self.told.values().map(|told| told.at).collect();
            ages.sort_unstable();
            let oldest = ages[ages.len() - MOST];
            self.told.retain(|_, told| told.at >= oldest);
        }
        self.sent.retain(|_, sent| {
            sent.retain(|at| recent(*at, LONGEST_THROTTLE));
            !sent.is_empty()
        });
    }
}

/// An event for a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed {
    /// Namespace of the policy.
    pub namespace: Namespace,
    /// Name of the policy.
    pub policy: ObjectName,
    /// The channel.
    pub channel: ObjectName,
    /// The event.
    pub event: Event,
    /// When it is to be sent together with others of that time; at once when absent.
    pub later: Option<Timestamp>,
}

/// Leads events to channels.
///
/// The order of policies, routes and events means nothing. An event that several routes of a policy lead to one
/// channel goes there once, at the earliest of their times.
pub fn route(
    policies: &[NotificationPolicy],
    mut events: Vec<Event>,
    now: Timestamp,
    memory: &mut Memory,
) -> Vec<Routed> {
    events.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    events.dedup_by(|a, b| a.id == b.id);
    let mut policies: Vec<&NotificationPolicy> = policies.iter().collect();
    policies.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    let mut routed = Vec::new();
    for event in &events {
        for policy in &policies {
            let elsewhere = event.namespace().is_some_and(|namespace| *namespace != policy.namespace);
            if !elsewhere {
                routed.extend(lead(policy, event, now, memory));
            }
        }
    }
    memory.prune(now);
    routed
}

/// One event through the routes of one policy.
fn lead(policy: &NotificationPolicy, event: &Event, now: Timestamp, memory: &mut Memory) -> Vec<Routed> {
    let mut routes: Vec<&Route> = policy.routes.iter().filter(|route| route.matches.accepts(event)).collect();
    routes.sort_by(|a, b| a.name.cmp(&b.name));
    let mut found: BTreeMap<&ObjectName, (Option<Timestamp>, u32)> = BTreeMap::new();
    for route in routes {
        let name = format!("{}/{}", policy.key(), route.name);
        let Some(repeats) = memory.tell(&name, event, route.dedup, now) else { continue };
        for channel in route.channels.iter().filter(|channel| policy.channel(channel).is_some()) {
            let later = when(policy, route, &digest(&[&name, channel.as_str()]), event, now, memory);
            let known = found.entry(channel).or_insert((later, repeats));
            // `None` is at once, which is before every time.
            known.0 = known.0.min(later);
            known.1 = known.1.max(repeats);
        }
    }
    found
        .into_iter()
        .map(|(channel, (later, repeats))| Routed {
            namespace: policy.namespace.clone(),
            policy: policy.name.clone(),
            channel: channel.clone(),
            event: Event { repeats, ..event.clone() },
            later,
        })
        .collect()
}

/// When a route lets an event out; `None` is at once.
fn when(
    policy: &NotificationPolicy,
    route: &Route,
    place: &str,
    event: &Event,
    now: Timestamp,
    memory: &mut Memory,
) -> Option<Timestamp> {
    let digest = route.digest.as_ref().filter(|digest| event.severity <= digest.up_to);
    let wanted = digest.and_then(|digest| digest.times.after(now, &policy.zone)).unwrap_or(now);
    // Quiet hours without an end are refused where they are written; whoever gets here all the same is told.
    let awake = |at: Timestamp| quiet_end(&route.quiet, event.severity, at, &policy.zone).unwrap_or(at);
    let mut due = awake(wanted);
    if due <= now {
        due = awake(memory.throttled(route, place, event.severity, now));
    }
    (due > now).then_some(due)
}

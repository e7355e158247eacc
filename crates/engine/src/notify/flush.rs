//! Sending what is due, within a bounded time.

use std::collections::BTreeMap;
use std::time::Duration;

use adplane_core::notify::{Channel, NotificationPolicy};
use adplane_core::time::Zone;
use futures::StreamExt as _;
use jiff::Timestamp;

use super::channel::{Reach, Refusal, SendError, connect};
use super::outbox::{Delivery, Outbox, Shelf};
use super::retry::{self, Next};
use crate::clock::Clock;
use crate::credentials::Secrets;
use crate::state::StateError;

/// Channels that are sent to at once.
const AT_ONCE: usize = 4;
/// Longest text of a failure that is kept.
const LONGEST_ERROR: usize = 300;

/// What is needed to send.
pub struct Flush<'a> {
    /// The messages.
    pub outbox: &'a Outbox,
    /// Their channels.
    pub policies: &'a [NotificationPolicy],
    /// Where the channels' secrets are had from.
    pub secrets: &'a dyn Secrets,
    /// The time.
    pub clock: Clock,
    /// How long it may take; what is under way then is sent again another time.
    pub budget: Duration,
}

/// A channel that could not take its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The channel, `growth/team/chat`.
    pub place: String,
    /// What happened.
    pub message: String,
    /// Messages that were given up with it.
    pub dead: usize,
    /// When the next attempt is due, if one is.
    pub next: Option<Timestamp>,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flushed {
    /// Messages that their receivers took.
    pub sent: usize,
    /// Channels that could not take theirs.
    pub troubles: Vec<Trouble>,
    /// Channels of messages that no policy here declares.
    pub unknown: Vec<String>,
    /// Whether another process is sending: it sends these as well.
    pub busy: bool,
    /// Whether the time was over before the messages.
    pub unfinished: bool,
}

impl Flush<'_> {
    /// Sends what is due.
    ///
    /// # Errors
    /// When the outbox cannot be read or written.
    pub async fn run(&self) -> Result<Flushed, StateError> {
        if !self.outbox.root().is_dir() {
            return Ok(Flushed::default());
        }
        let Some(_sending) = self.outbox.try_lock("sending")? else {
            return Ok(Flushed { busy: true, ..Flushed::default() });
        };
        let now = self.clock.now();
        let mut by_channel: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
        for delivery in self.outbox.read(Shelf::Pending)?.deliveries {
            if delivery.due <= now {
                by_channel.entry(delivery.place()).or_default().push(delivery);
            }
        }
        let ends = tokio::time::Instant::now() + self.budget;
        let mut flushed = Flushed::default();
        let mut work = futures::stream::iter(by_channel.into_values().map(|due| self.channel(due)))
            .buffer_unordered(AT_ONCE);
        loop {
            match tokio::time::timeout_at(ends, work.next()).await {
                Ok(Some(outcome)) => flushed.add(outcome?),
                Ok(None) => break,
                Err(_) => {
                    flushed.unfinished = true;
                    break;
                }
            }
        }
        drop(work);
        flushed.troubles.sort_by(|a, b| a.place.cmp(&b.place));
        flushed.unknown.sort();
        Ok(flushed)
    }

    fn declared(&self, delivery: &Delivery) -> Option<(&Channel, &Zone)> {
        let policy = self
            .policies
            .iter()
            .find(|policy| policy.namespace == delivery.namespace && policy.name == delivery.policy)?;
        Some((policy.channel(&delivery.channel)?, &policy.zone))
    }

    /// One channel's messages, in order; one that is down is not asked again for every one of them.
    async fn channel(&self, due: Vec<Delivery>) -> Result<Flushed, StateError> {
        let Some(first) = due.first() else { return Ok(Flushed::default()) };
        let place = first.place();
        let Some((channel, zone)) = self.declared(first) else {
            // Another command may look at more of the project: they wait as long as for one that is down.
            let error = SendError {
                refusal: Refusal::Down,
                retry_after: None,
                message: "no policy here declares this channel".to_owned(),
            };
            let dead = self.expire(due, &error)?;
            let troubles = (dead > 0).then(|| Trouble {
                place: place.clone(),
                message: error.message,
                dead,
                next: None,
            });
            return Ok(Flushed {
                unknown: vec![place],
                troubles: troubles.into_iter().collect(),
                ..Flushed::default()
            });
        };
        let reach = connect(channel, &first.namespace, self.secrets).await;
        let mut flushed = Flushed::default();
        let mut trouble: Option<Trouble> = None;
        let mut rest = due.into_iter();
        while let Some(delivery) = rest.next() {
            let Err(error) = self.attempt(&delivery, reach.as_ref(), zone).await else {
                self.outbox.remove(Shelf::Pending, &delivery.id)?;
                flushed.sent += 1;
                continue;
            };
            let down = error.refusal == Refusal::Down;
            let next = self.failed(delivery, &error)?;
            let known = trouble.get_or_insert_with(|| Trouble {
                place: place.clone(),
                message: error.message.clone(),
                dead: 0,
                next: None,
            });
            match next {
                Next::At(at) => known.next = Some(known.next.map_or(at, |before| before.min(at))),
                Next::Dead => known.dead += 1,
            }
            if down {
                known.dead += self.expire(rest.collect(), &error)?;
                break;
            }
        }
        flushed.troubles.extend(trouble);
        Ok(flushed)
    }

    async fn attempt(
        &self,
        delivery: &Delivery,
        reach: Result<&Reach, &SendError>,
        zone: &Zone,
    ) -> Result<(), SendError> {
        reach.map_err(Clone::clone)?.send(delivery, zone).await
    }

    /// Writes down that an attempt failed.
    fn failed(&self, mut delivery: Delivery, error: &SendError) -> Result<Next, StateError> {
        delivery.attempts += 1;
        delivery.held = false;
        delivery.error = Some(error.message.chars().take(LONGEST_ERROR).collect());
        let next = retry::next(&delivery, error, self.clock.now());
        match next {
            Next::At(at) => {
                delivery.due = at;
                self.outbox.write(Shelf::Pending, &delivery)?;
            }
            Next::Dead => self.outbox.bury(&delivery)?,
        }
        Ok(next)
    }

    /// Gives up what has waited too long behind a message that could not be sent.
    fn expire(&self, waiting: Vec<Delivery>, error: &SendError) -> Result<usize, StateError> {
        let now = self.clock.now();
        let mut dead = 0;
        for mut delivery in waiting {
            if now.duration_since(delivery.since) >= retry::LONGEST_TRY {
                delivery.error = Some(error.message.chars().take(LONGEST_ERROR).collect());
                self.outbox.bury(&delivery)?;
                dead += 1;
            }
        }
        Ok(dead)
    }
}

impl Flushed {
    fn add(&mut self, other: Self) {
        let Self { sent, troubles, unknown, busy, unfinished } = other;
        self.sent += sent;
        self.troubles.extend(troubles);
        self.unknown.extend(unknown);
        self.busy |= busy;
        self.unfinished |= unfinished;
    }
}

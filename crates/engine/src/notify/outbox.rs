//! The outbox: one JSON file for each message, written beside and renamed, in `.adplane/outbox`.
//!
//! `pending/` holds what is to be sent, `dead/` what could not be, `memory.json` what was told before. A message that
//! waits for its time takes in others of the same time until then. Whoever changes the folder holds its lock; a message
//! is removed only after its receiver has taken it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::notify::{Channel, Event, Memory, NotificationPolicy, Routed, route};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::state::{StateDir, StateError, lock, write_atomically};

/// The form of the files.
const FORMAT: u32 = 1;
/// Events of one message at most; of more, the rest is a message of its own.
const MOST_EVENTS: usize = 200;
/// So long before its time a message takes in nothing more: what it holds must not change while it is sent.
const CLOSED: SignedDuration = SignedDuration::from_mins(1);
/// Digits of a digest that make an id.
const DIGITS: usize = 32;

/// A message to a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    format: u32,
    /// Its id: receivers get it with every attempt.
    pub id: String,
    /// Namespace of the policy.
    pub namespace: Namespace,
    /// Name of the policy.
    pub policy: ObjectName,
    /// Name of the channel.
    pub channel: ObjectName,
    /// When the first of its events was taken in.
    pub created: Timestamp,
    /// Not before.
    pub due: Timestamp,
    /// Since when it is tried, from which the days are counted after which it is given up.
    pub since: Timestamp,
    /// Whether it waits for its time and takes in others until then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// Attempts that failed.
    #[serde(default)]
    pub attempts: u32,
    /// How the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What happened.
    pub events: Vec<Event>,
}

impl Delivery {
    /// A message of one event.
    pub(super) fn new(routed: Routed, now: Timestamp) -> Self {
        let Routed { namespace, policy, channel, event, later } = routed;
        let due = later.unwrap_or(now);
        let mut hash = Sha256::new();
        // The time is part of it: the same news to the same channel on another day is another message.
        for part in [namespace.as_str(), policy.as_str(), channel.as_str(), &event.id, &due.to_string()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let mut id = HEXLOWER.encode(&hash.finalize());
        id.truncate(DIGITS);
        Self {
            format: FORMAT,
            id,
            namespace,
            policy,
            channel,
            created: now,
            due,
            since: due,
            held: later.is_some(),
            attempts: 0,
            error: None,
            events: vec![event],
        }
    }

    /// A message that is sent to try a channel and kept nowhere.
    pub fn of_test(policy: &NotificationPolicy, channel: &Channel, event: Event, now: Timestamp) -> Self {
        let (namespace, name) = (policy.namespace.clone(), policy.name.clone());
        let channel = channel.name.clone();
        Self::new(Routed { namespace, policy: name, channel, event, later: None }, now)
    }

    /// `growth/team/chat`.
    pub fn place(&self) -> String {
        format!("{}/{}/{}", self.namespace, self.policy, self.channel)
    }

    /// Whether an event that is to go out at a time may join it: not when another process may be sending it already.
    fn takes(&self, routed: &Routed, now: Timestamp) -> bool {
        self.held
            && Some(self.due) == routed.later
            && self.due.duration_since(now) > CLOSED
            && self.namespace == routed.namespace
            && self.policy == routed.policy
            && self.channel == routed.channel
            && self.events.len() < MOST_EVENTS
    }
}

/// Where messages lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// To be sent.
    Pending,
    /// Given up.
    Dead,
}

impl Shelf {
    fn folder(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Dead => "dead",
        }
    }
}

/// What a shelf holds.
#[derive(Debug, Default)]
pub struct Kept {
    /// Messages, those that were taken in first come first.
    pub deliveries: Vec<Delivery>,
    /// Files that cannot be read as messages.
    pub unreadable: Vec<PathBuf>,
}

/// The folder of messages.
#[derive(Debug, Clone)]
pub struct Outbox {
    root: PathBuf,
}

impl Outbox {
    /// The outbox of a project.
    pub fn of(state: &StateDir) -> Self {
        Self { root: state.root().join("outbox") }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn folder(&self, of: Shelf) -> PathBuf {
        self.root.join(of.folder())
    }

    fn file(&self, of: Shelf, id: &str) -> PathBuf {
        self.folder(of).join(format!("{id}.json"))
    }

    /// Leads events through the policies and keeps what is to be sent; the number of messages that were added or grew.
    ///
    /// # Errors
    /// When the folder cannot be written: then some of it may not have been kept.
    pub fn take_in(
        &self,
        policies: &[NotificationPolicy],
        events: Vec<Event>,
        now: Timestamp,
    ) -> Result<usize, StateError> {
        if policies.is_empty() || events.is_empty() {
            return Ok(0);
        }
        let _lock = self.lock("lock")?;
        let mut memory = self.memory();
        let routed = route(policies, events, now, &mut memory);
        let count = routed.len();
        if count > 0 {
            let mut waiting: Vec<Delivery> =
                self.read(Shelf::Pending)?.deliveries.into_iter().filter(|delivery| delivery.held).collect();
            for one in routed {
                self.keep(one, &mut waiting, now)?;
            }
        }
        // Last: a crash before it tells something twice, one after it tells it once.
        let text = serde_json::to_vec(&memory).unwrap_or_default();
        write_atomically(&self.root.join("memory.json"), &text)?;
        Ok(count)
    }

    fn keep(&self, routed: Routed, waiting: &mut Vec<Delivery>, now: Timestamp) -> Result<(), StateError> {
        let known = waiting.iter_mut().find(|delivery| delivery.takes(&routed, now));
        let delivery = if let Some(known) = known {
            if !known.events.iter().any(|event| event.id == routed.event.id) {
                known.events.push(routed.event);
            }
            known.clone()
        } else {
            let new = Delivery::new(routed, now);
            if new.held {
                waiting.push(new.clone());
            }
            new
        };
        self.write(Shelf::Pending, &delivery)
    }

    /// What was told before; a file that is missing or broken means that something is told twice.
    fn memory(&self) -> Memory {
        let bytes = fs::read(self.root.join("memory.json")).ok();
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Messages of a shelf.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn read(&self, from: Shelf) -> Result<Kept, StateError> {
        let folder = self.folder(from);
        let listed = match fs::read_dir(&folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Kept::default()),
            Err(source) => return Err(StateError::Io { doing: "read", path: folder, source }),
        };
        let mut kept = Kept::default();
        for path in listed.filter_map(Result::ok).map(|entry| entry.path()) {
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match fs::read(&path) {
                Ok(bytes) => match serde_json::from_slice::<Delivery>(&bytes) {
                    Ok(delivery) if delivery.format == FORMAT => kept.deliveries.push(delivery),
                    _ => kept.unreadable.push(path),
                },
                // Sent by another process just now.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(_) => kept.unreadable.push(path),
            }
        }
        kept.deliveries.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        kept.unreadable.sort();
        Ok(kept)
    }

    pub(super) fn write(&self, on: Shelf, delivery: &Delivery) -> Result<(), StateError> {
        let text = serde_json::to_vec_pretty(delivery).unwrap_or_default();
        write_atomically(&self.file(on, &delivery.id), &text)
    }

    /// Removes a message.
    ///
    /// # Errors
    /// When the file is there and cannot be removed.
    pub fn remove(&self, from: Shelf, id: &str) -> Result<(), StateError> {
        let path = self.file(from, id);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(StateError::Io { doing: "remove", path, source })
            }
            _ => Ok(()),
        }
    }

    /// Gives a message up: it is written among the dead before it goes from what is to be sent.
    pub(super) fn bury(&self, delivery: &Delivery) -> Result<(), StateError> {
        self.write(Shelf::Dead, delivery)?;
        self.remove(Shelf::Pending, &delivery.id)
    }

    /// Has messages tried anew, at once: dead ones come back, and others no longer wait.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn retry(&self, wanted: &dyn Fn(&Delivery) -> bool, now: Timestamp) -> Result<usize, StateError> {
        let _lock = self.lock("lock")?;
        let dead = self.read(Shelf::Dead)?.deliveries;
        let pending = self.read(Shelf::Pending)?.deliveries;
        let mut ids = BTreeSet::new();
        for mut delivery in dead.into_iter().chain(pending).filter(|one| wanted(one)) {
            (delivery.attempts, delivery.since, delivery.due) = (0, now, now);
            delivery.held = false;
            self.write(Shelf::Pending, &delivery)?;
            // It is among what is to be sent before it goes from the dead.
            self.remove(Shelf::Dead, &delivery.id)?;
            ids.insert(delivery.id);
        }
        Ok(ids.len())
    }

    /// Removes messages for good.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn discard(
        &self,
        shelves: &[Shelf],
        wanted: &dyn Fn(&Delivery) -> bool,
    ) -> Result<usize, StateError> {
        if !self.root.is_dir() {
            return Ok(0);
        }
        let _lock = self.lock("lock")?;
        let mut count = 0;
        for shelf in shelves {
            for delivery in self.read(*shelf)?.deliveries.iter().filter(|one| wanted(one)) {
                self.remove(*shelf, &delivery.id)?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// Waits for the folder; it is let go when the file is closed, even by a crash.
    pub(super) fn lock(&self, name: &str) -> Result<File, StateError> {
        lock::wait_for(&self.root.join(name))
    }

    /// Takes the right to send; `None` when another process is sending, which sends this as well.
    pub(super) fn try_lock(&self, name: &str) -> Result<Option<File>, StateError> {
        let file = lock::open(&self.root.join(name))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(source)) => {
                Err(StateError::Io { doing: "lock", path: self.root.join(name), source })
            }
        }
    }
}

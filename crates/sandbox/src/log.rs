//! The request log that `GET /_sandbox/log` shows.

use std::collections::VecDeque;

use serde::Serialize;

use crate::world::Vendor;

/// Entries kept; older ones are dropped so that a sandbox can run for weeks.
const KEPT: usize = 200_000;

/// One request to a vendor. It never holds a query, a body or a header but the caller's: those carry tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    /// Counts up from 1 since the start or the last reset.
    pub(crate) seq: u64,
    pub(crate) method: String,
    /// As sent, with the vendor's prefix and without the query.
    pub(crate) path: String,
    /// The `User-Agent` as received, where one was sent.
    pub(crate) caller: Option<String>,
    /// HTTP status; 0 when the connection was cut without an answer.
    pub(crate) status: u16,
    pub(crate) platform: Vendor,
    /// The ad account it was about, written as in the state, where the vendor module could tell.
    pub(crate) account: Option<String>,
    /// Whether something was stored.
    pub(crate) write: bool,
    /// How long it took, latency and faults included.
    pub(crate) millis: u64,
}

/// The log.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    entries: VecDeque<Entry>,
    last: u64,
}

impl RequestLog {
    /// Adds an entry, numbered by [`Self::next_seq`].
    pub(crate) fn push(&mut self, entry: Entry) {
        self.last = entry.seq;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// The number that the next entry will have.
    pub(crate) fn next_seq(&self) -> u64 {
        self.last + 1
    }

    pub(crate) fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }
}

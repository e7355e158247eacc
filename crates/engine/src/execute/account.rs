//! One account while its steps run: leave for each batch, and what is known of it so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use adplane_core::address::{AccountKey, Address};
use adplane_core::field::FieldPath;
use adplane_core::ids::ExternalId;
use adplane_core::observed::{Coverage, ObservedAccount, ObservedObject};
use jiff::Timestamp;

use super::record::Recorder;
use super::{Execution, Failure};
use crate::approve::{Evidence, Unapproved};
use crate::port::{Adapter, ObserveRequest};
use crate::state::{Journal, StateError};

/// Leave to send one batch.
pub(super) struct Permit {
    /// When it was given.
    pub(super) at: Timestamp,
    /// What it rests on.
    pub(super) evidence: Evidence,
}

/// One account while its steps run.
pub(super) struct Account<'a> {
    pub(super) execution: &'a Execution<'a>,
    pub(super) key: AccountKey,
    pub(super) adapter: Arc<dyn Adapter>,
    pub(super) journal: &'a Journal,
    pub(super) recorder: &'a Recorder,
    pub(super) writes: &'a AtomicU64,
    /// Why no account may go on, once approvals hold no more.
    pub(super) lapsed: &'a OnceLock<Unapproved>,
}

impl Account<'_> {
    /// Whether nothing more may be begun.
    pub(super) fn is_halted(&self) -> bool {
        self.permit().is_none()
    }

    /// Leave to send one batch, asked for right before it, because approvals expire and are revoked.
    pub(super) fn permit(&self) -> Option<Permit> {
        if (self.execution.interrupted)() || self.lapsed.get().is_some() {
            return None;
        }
        let at = self.execution.clock.now();
        match self.execution.plan.still_stands(at) {
            Ok(evidence) => Some(Permit { at, evidence }),
            Err(why) => {
                // Another account may have found out first.
                let _ = self.lapsed.set(why);
                None
            }
        }
    }

    pub(super) fn why_halted(&self) -> &'static str {
        if self.lapsed.get().is_some() { "its approvals hold no more" } else { "interrupted" }
    }

    /// Numbers for the next writes, unique within the execution.
    pub(super) fn reserve_writes(&self, count: usize) -> u64 {
        self.writes.fetch_add(count as u64, Ordering::Relaxed)
    }

    /// Reads the account again, whole.
    pub(super) async fn reread(&self) -> Option<ObservedAccount> {
        let nothing = ObserveRequest::default();
        let request = self.execution.requests.get(&self.key).unwrap_or(&nothing);
        match self.adapter.observe(request).await {
            Ok(account) if account.coverage == Coverage::Complete => Some(account),
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(account = %self.key, %error, "reading back failed");
                None
            }
        }
    }
}

/// What is known while steps run.
pub(super) struct Ledger {
    pub(super) account: AccountKey,
    /// Live objects as last read.
    pub(super) live: HashMap<ExternalId, ObservedObject>,
    /// Ids of objects that exist, by address.
    pub(super) ids: BTreeMap<Address, ExternalId>,
    /// Ids of objects made by this execution.
    pub(super) created: BTreeMap<Address, ExternalId>,
    /// Fields that updates of this execution wrote.
    pub(super) updated: BTreeMap<Address, BTreeSet<FieldPath>>,
    /// Whether something was created or changed since the account was last read.
    pub(super) unverified: bool,
    /// Whether something was created after the first read-back.
    pub(super) created_below: bool,
    /// First failure of a change.
    pub(super) failed: BTreeMap<Address, Failure>,
    /// Changes with a step that was not attempted, and why.
    pub(super) skipped: BTreeMap<Address, String>,
    pub(super) stored: u64,
    /// Why it ended before its last step, if somebody or something halted it.
    pub(super) stopped: Option<&'static str>,
    /// It ended before its last step, because local records could not be written.
    pub(super) trouble: Option<StateError>,
}

impl Ledger {
    pub(super) fn new(account: AccountKey) -> Self {
        Self {
            account,
            live: HashMap::new(),
            ids: BTreeMap::new(),
            created: BTreeMap::new(),
            updated: BTreeMap::new(),
            unverified: false,
            created_below: false,
            failed: BTreeMap::new(),
            skipped: BTreeMap::new(),
            stored: 0,
            stopped: None,
            trouble: None,
        }
    }

    pub(super) fn stop(&mut self, account: &Account<'_>) {
        self.stopped.get_or_insert(account.why_halted());
    }

    pub(super) fn see(&mut self, account: ObservedAccount) {
        self.live = account.objects.into_iter().map(|object| (object.id.clone(), object)).collect();
    }
}

//! The executor: the one path by which anything is written to a platform.
//!
//! It takes an [`ApprovedPlan`] and carries out its steps in order; it decides nothing about intent.
//! Just before the first write it re-reads the accounts in bulk and checks every precondition (`guard`); a
//! plan that no longer fits is void and nothing is written. What a freeze window holds is not sent (`gate`). Steps run wave by wave; inside a wave
//! the adapter groups them into batches (`wave`). What was created or changed is read back, before anything is
//! enabled and at the end (`verify`). A write whose answer was lost is looked up by its marker (`settle`), never guessed about.

mod account;
mod gate;
mod guard;
mod kin;
mod record;
mod run;
mod settle;
mod together;
mod verify;
mod wave;

use std::collections::BTreeMap;

use adplane_core::address::{AccountKey, Address};
use adplane_core::field::FieldPath;
use adplane_core::ids::{ExternalId, ProjectName};
use adplane_core::plan::{Operation, Wave};
use jiff::Timestamp;

use crate::approve::{ApprovedPlan, Unapproved};
use crate::clock::Clock;
use crate::error::PlatformError;
use crate::observe::Adapters;
use crate::port::{AssetReader, ObserveRequest};
use crate::state::{Actor, Intent, StateDir, StateError};

pub use gate::waiting;
pub use record::ready;
pub use run::execute;
pub use settle::wait_for_unfinished;

/// Everything an execution needs.
pub struct Execution<'a> {
    /// What to carry out.
    pub plan: &'a ApprovedPlan,
    /// Adapters of the accounts it touches.
    pub adapters: &'a Adapters,
    /// What re-reading must look up, by account.
    pub requests: &'a BTreeMap<AccountKey, ObserveRequest>,
    /// Bytes of assets.
    pub assets: &'a dyn AssetReader,
    /// Lock, journal, bindings, log.
    pub state: &'a StateDir,
    /// The clock.
    pub clock: Clock,
    /// Told of progress.
    pub progress: &'a dyn Progress,
    /// Who runs it, and what for.
    pub run: &'a RunInfo,
    /// Asked before every batch: true stops the execution after the batches under way.
    pub interrupted: &'a (dyn Fn() -> bool + Send + Sync),
}

/// Who runs an execution, and what for: what the apply log says of it.
#[derive(Debug, Clone, Default)]
pub struct RunInfo {
    /// What it is for.
    pub intent: Intent,
    /// Who runs it.
    pub actor: Actor,
    /// The engine's name and version.
    pub engine: String,
    /// The project.
    pub project: Option<ProjectName>,
    /// The approval policy of the plan.
    pub policy: Option<serde_json::Value>,
}

/// Is told how far an execution has come.
pub trait Progress: Send + Sync {
    /// A wave begins with this many writes.
    fn wave(&self, wave: Wave, writes: usize);
    /// A write succeeded or failed.
    fn written(&self, address: &Address, operation: &Operation, error: Option<&PlatformError>);
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeResult {
    /// All its writes are stored.
    Applied,
    /// A write failed; the first failure.
    Failed(Failure),
    /// Not attempted, or not finished, because of something else.
    Skipped {
        /// Why, as a sentence fragment.
        because: String,
    },
}

/// Why a change failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The platform refused or could not be reached.
    Platform(PlatformError),
    /// It was stored, but reads back differently.
    ReadBack {
        /// What differs.
        differences: Vec<Unkept>,
    },
    /// A lost answer whose write could not be found.
    Unclear(PlatformError),
}

/// A value that the platform did not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unkept {
    /// The field; absent where the whole object is missing.
    pub path: Option<FieldPath>,
    /// `field: wanted …, live …`.
    pub shown: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Platform(error) => write!(f, "{error}"),
            Self::ReadBack { differences } => {
                let shown: Vec<&str> = differences.iter().map(|unkept| unkept.shown.as_str()).collect();
                write!(f, "stored, but reads back differently: {}", shown.join("; "))
            }
            Self::Unclear(error) => write!(f, "it is not clear whether it was stored: {error}"),
        }
    }
}

/// What an execution did.
#[derive(Debug, Default)]
pub struct ApplyReport {
    /// Results by address, of every change with steps.
    pub results: BTreeMap<Address, ChangeResult>,
    /// Ids of created objects.
    pub created: BTreeMap<Address, ExternalId>,
    /// Writes that were stored.
    pub writes: u64,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Approvals that did not hold until the end; nothing was sent afterwards.
    pub lapsed: Option<Unapproved>,
    /// Local records (journal, bindings, log) that could not be written; nothing was sent afterwards.
    pub trouble: Option<StateError>,
}

impl ApplyReport {
    /// Whether every change was applied.
    pub fn is_complete(&self) -> bool {
        !self.interrupted
            && self.lapsed.is_none()
            && self.trouble.is_none()
            && self.results.values().all(|result| *result == ChangeResult::Applied)
    }
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// What the plan rests on has changed.
    #[error("the plan is stale, nothing was written: {}", .0.first().map(String::as_str).unwrap_or_default())]
    Stale(Vec<String>),
    /// Nothing of it may be written now.
    #[error("nothing was written: {}", .0.first().map(String::as_str).unwrap_or_default())]
    Held(Vec<String>),
    /// The approvals that it rests on hold no more.
    #[error(transparent)]
    Unapproved(#[from] Unapproved),
    /// An account could not be re-read.
    #[error("nothing was written: {0}")]
    Unreadable(String),
    /// Local state could not be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The machine's clock cannot be trusted.
    #[error(
        "nothing was written: the clock went back, the apply log's last line is of {last} and it is {now}"
    )]
    ClockWentBack {
        /// When the last line was written.
        last: Timestamp,
        /// What the clock shows.
        now: Timestamp,
    },
    /// It was interrupted before the first write.
    #[error("interrupted before any write")]
    Interrupted,
}

//! What an execution tells the apply log: who and why at the start, every write, how far it came.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use adplane_core::ids::ExternalId;
use adplane_core::plan::{Change, Operation};
use jiff::Timestamp;

use super::account::Permit;
use super::{ApplyReport, ChangeResult, ExecuteError, Execution};
use crate::approve::Evidence;
use crate::clock::Clock;
use crate::port::{Outcome, WorkItem};
use crate::state::{
    Event, EvidenceStore, Holder, Intent, Journal, Leave, LogWriter, LoggedField, StateDir, StateError,
    Stored, marker_after,
};

/// The machine's clock may lie behind the log's last line by this much: clocks are set right by a little all the time.
const JITTER: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);

/// Writes one execution's lines.
pub(super) struct Recorder {
    log: LogWriter,
    plan: String,
    store: EvidenceStore,
    /// What the last batch rested on, and under which name it is kept.
    kept: Mutex<(Evidence, String)>,
}

/// A batch that was sent: with what leave, and as which requests.
pub(super) struct Sent {
    pub(super) leave: Leave,
    pub(super) requests: Vec<String>,
}

/// Keeps evidence; gives its name.
fn keep(store: &EvidenceStore, evidence: &Evidence) -> Result<String, StateError> {
    store.keep(&serde_json::to_vec_pretty(evidence).unwrap_or_default())
}

/// Refuses a machine's clock that lies behind the log's last line.
fn went_back(clock: Clock, last: Option<Timestamp>) -> Result<(), ExecuteError> {
    let now = clock.now();
    match (clock, last) {
        (Clock::System, Some(last)) if now.checked_add(JITTER).is_ok_and(|now| now < last) => {
            Err(ExecuteError::ClockWentBack { last, now })
        }
        _ => Ok(()),
    }
}

/// Asks beforehand what an execution refuses whatever its plan is: another one under way, a clock that went back. For
/// those that put something in force before they write it.
///
/// # Errors
/// What the execution would say.
pub fn ready(state: &StateDir, clock: Clock, holder: &Holder) -> Result<(), ExecuteError> {
    let _lock = state.lock(holder)?;
    let chain = state.apply_log().read()?;
    went_back(clock, chain.lines.last().map(|line| line.at))
}

impl Recorder {
    /// Opens the log, records what an earlier run left open, and begins.
    pub(super) fn begin(
        execution: &Execution<'_>,
        journal: &Journal,
        evidence: &Evidence,
    ) -> Result<Self, ExecuteError> {
        let now = execution.clock.now();
        let run = execution.run;
        let log = execution.state.apply_log().open(run.project.as_ref(), &run.engine, now)?;
        if run.intent != Intent::Pause {
            went_back(execution.clock, log.last())?;
        }
        let mut events = Vec::new();
        if let Some(open) = journal.unfinished().filter(|open| !open.addresses.is_empty()) {
            let writes: BTreeMap<_, _> = open.addresses.into_iter().zip(open.markers).collect();
            events.push(Event::Lost { plan: open.plan, writes });
        }
        let plan = execution.plan.plan();
        let store = execution.state.evidence();
        let (document, name) = (store.keep(execution.plan.document())?, keep(&store, evidence)?);
        events.push(Event::Begin {
            intent: run.intent,
            plan: execution.plan.hash().to_owned(),
            actor: run.actor.clone(),
            classes: plan.classes.iter().map(|class| class.word().into_owned()).collect(),
            policy: run.policy.clone(),
            approvals: execution
                .plan
                .approvals()
                .iter()
                .filter_map(|approval| serde_json::to_value(approval).ok())
                .collect(),
            document: Some(document),
        });
        log.append(now, events)?;
        log.save_head()?;
        let kept = Mutex::new((evidence.clone(), name));
        Ok(Self { log, plan: execution.plan.hash().to_owned(), store, kept })
    }

    /// Keeps what a batch rests on, before it is sent.
    pub(super) fn keep(&self, permit: &Permit) -> Result<Leave, StateError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != permit.evidence {
            *kept = (permit.evidence.clone(), keep(&self.store, &permit.evidence)?);
        }
        Ok(Leave { at: permit.at, evidence: kept.1.clone() })
    }

    /// Records a batch that was sent.
    pub(super) fn batch(
        &self,
        at: Timestamp,
        first: u64,
        work: &[WorkItem<'_>],
        outcomes: &[Outcome],
        sent: &Sent,
    ) -> Result<(), StateError> {
        let lines = (first..).zip(work).zip(outcomes).map(|((write, item), outcome)| {
            let (result, id, error) = match outcome {
                Outcome::Done(id) => (Stored::Done, id.clone(), None),
                Outcome::Failed(error) => (Stored::Failed, None, Some(error.to_string())),
                Outcome::Unknown(error) => (Stored::Unclear, None, Some(error.to_string())),
            };
            Event::Write {
                plan: self.plan.clone(),
                write,
                address: item.change.address.clone(),
                operation: item.step.operation.clone(),
                id: id.or_else(|| item.live.map(|live| live.id.clone())),
                marker: marker_after(item.change, &item.step.operation).map(|marker| marker.to_string()),
                requests: sent.requests.clone(),
                leave: Some(sent.leave.clone()),
                fields: LoggedField::of_step(item.change, &item.step.operation),
                result,
                error,
            }
        });
        self.log.append(at, lines)
    }

    /// Records that a write whose answer was lost is on the platform.
    pub(super) fn settled(
        &self,
        at: Timestamp,
        change: &Change,
        operation: &Operation,
        id: &ExternalId,
    ) -> Result<(), StateError> {
        let event = Event::Settled {
            plan: self.plan.clone(),
            address: change.address.clone(),
            operation: operation.clone(),
            id: Some(id.clone()),
        };
        self.log.append(at, [event])
    }

    /// Records how far it came.
    pub(super) fn end(&self, at: Timestamp, report: &ApplyReport) -> Result<(), StateError> {
        let unfinished = report.results.values().filter(|result| **result != ChangeResult::Applied).count();
        let event =
            Event::End { plan: self.plan.clone(), stored: report.writes, unfinished: unfinished as u64 };
        self.log.append(at, [event])?;
        self.log.save_head()
    }
}

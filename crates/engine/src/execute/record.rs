//! What an execution tells the apply log: who and why at the start, every write, how far it came.

use std::collections::BTreeMap;

use adplane_core::ids::ExternalId;
use adplane_core::plan::{Change, Operation};
use jiff::Timestamp;

use super::{ApplyReport, ChangeResult, ExecuteError, Execution};
use crate::clock::Clock;
use crate::port::{Outcome, WorkItem};
use crate::state::{Event, Intent, Journal, LogWriter, LoggedField, StateError, Stored, marker_after};

/// The machine's clock may lie behind the log's last line by this much: clocks are set right by a little all the time.
const JITTER: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);

/// Writes one execution's lines.
pub(super) struct Recorder {
    log: LogWriter,
    plan: String,
}

impl Recorder {
    /// Opens the log, records what an earlier run left open, and begins.
    pub(super) fn begin(execution: &Execution<'_>, journal: &Journal) -> Result<Self, ExecuteError> {
        let now = execution.clock.now();
        let run = execution.run;
        let log = execution.state.apply_log().open(run.project.as_ref(), &run.engine, now)?;
        if let (Clock::System, Some(last)) = (execution.clock, log.last())
            && now.checked_add(JITTER).is_ok_and(|now| now < last)
            && run.intent != Intent::Pause
        {
            return Err(ExecuteError::ClockWentBack { last, now });
        }
        let mut events = Vec::new();
        if let Some(open) = journal.unfinished().filter(|open| !open.addresses.is_empty()) {
            let writes: BTreeMap<_, _> = open.addresses.into_iter().zip(open.markers).collect();
            events.push(Event::Lost { plan: open.plan, writes });
        }
        let plan = execution.plan.plan();
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
        });
        log.append(now, events)?;
        log.save_head()?;
        Ok(Self { log, plan: execution.plan.hash().to_owned() })
    }

    /// Records a batch that was sent.
    pub(super) fn batch(
        &self,
        at: Timestamp,
        first: u64,
        work: &[WorkItem<'_>],
        outcomes: &[Outcome],
        requests: &[String],
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
                requests: requests.to_vec(),
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

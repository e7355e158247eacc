//! Was each write approved? Judged again from the plan and the evidence that were kept, for the instant at which each
//! batch was let go.

use std::collections::{HashMap, HashSet};

use adplane_core::address::Address;
use adplane_core::plan::document::PlanDocument;
use adplane_core::plan::{Operation, Plan};
use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::approve::{Asked, Evidence, Keyring, Question, Unapproved};
use crate::state::{Chain, Event, EvidenceStore, Intent, Leave, Line, LoggedField};

/// Clocks are set right by a little all the time.
const JITTER: SignedDuration = SignedDuration::from_mins(2);

/// Checks the log alone: its chain, and that each write was approved.
///
/// `keys`: whose keys count, instead of those that were kept with each write.
pub fn log(chain: &Chain, store: &EvidenceStore, keys: Option<&Keyring>) -> Vec<Finding> {
    let mut found: Vec<Finding> = chain.problems.iter().map(Finding::from).collect();
    let mut audit = Audit { store, keys, evidence: HashMap::new() };
    let mut run: Option<Run> = None;
    for line in &chain.lines {
        match &line.event {
            Event::Begin { .. } => run = Run::new(line, store),
            Event::Write { plan, .. } => {
                let missing = match &mut run {
                    Some(run) if run.plan == *plan => audit.missing(run, line),
                    _ => Some("no plan had begun that it belongs to".to_owned()),
                };
                found.extend(missing.map(|missing| Finding::Unapproved {
                    line: line.line,
                    plan: plan.clone(),
                    missing,
                }));
            }
            Event::End { .. } => run = None,
            Event::Genesis { .. } | Event::Settled { .. } | Event::Lost { .. } | Event::Healed { .. } => {}
        }
    }
    found
}

type Steps = HashMap<(Address, Operation), usize>;

/// The plan that is being carried out at a place in the log.
struct Run {
    plan: String,
    began: Timestamp,
    asked: Result<Asked, String>,
    /// The plan's steps, with the change that each belongs to.
    steps: Steps,
    /// What was found before is not told again of every write.
    told: HashSet<String>,
    /// Leaves that were judged.
    judged: HashMap<Leave, Option<String>>,
}

impl Run {
    fn new(line: &Line, store: &EvidenceStore) -> Option<Self> {
        let Event::Begin { intent, plan, document, .. } = &line.event else { return None };
        let asked = asked(*intent, plan, document.as_deref(), store);
        let steps = asked.as_ref().map(|asked| steps(&asked.plan)).unwrap_or_default();
        Some(Self {
            plan: plan.clone(),
            began: line.at,
            asked,
            steps,
            told: HashSet::new(),
            judged: HashMap::new(),
        })
    }
}

/// The plan as it was kept, and what it asks.
fn asked(intent: Intent, hash: &str, name: Option<&str>, store: &EvidenceStore) -> Result<Asked, String> {
    let name = name.ok_or("its plan was not kept with the log")?;
    let text = store.read(name).map_err(|error| format!("its plan cannot be looked at: {error}"))?;
    let document: PlanDocument = serde_json::from_slice(&text)
        .map_err(|error| format!("its plan cannot be looked at: what was kept is no plan: {error}"))?;
    if document.hash != hash {
        return Err(format!("the plan that was kept for it is another: {}", document.hash));
    }
    if intent == Intent::Pause {
        let plan = document.to_plan().map_err(|error| error.to_string())?;
        let stops = plan.steps.iter().all(|step| step.operation == Operation::Pause);
        return if stops {
            Ok(Asked { plan, question: None })
        } else {
            Err("it names the kill switch and does something else than pausing".to_owned())
        };
    }
    Asked::of(&document).map_err(|error| told(&error))
}

fn steps(plan: &Plan) -> Steps {
    let address = |change: usize| plan.changes[change].address.clone();
    let steps = plan.steps.iter();
    steps.map(|step| ((address(step.change), step.operation.clone()), step.change)).collect()
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

struct Audit<'a> {
    store: &'a EvidenceStore,
    keys: Option<&'a Keyring>,
    /// What was kept, with the keys of its time.
    evidence: HashMap<String, Result<(Evidence, Keyring), String>>,
}

impl Audit<'_> {
    /// What a write lacks; told once of a plan.
    fn missing(&mut self, run: &mut Run, line: &Line) -> Option<String> {
        let missing = match &run.asked {
            Err(because) => Some(because.clone()),
            Ok(asked) => outside(&asked.plan, &run.steps, line)
                .or_else(|| self.unanswered(asked.question.as_ref()?, run.began, &mut run.judged, line)),
        }?;
        run.told.insert(missing.clone()).then_some(missing)
    }

    /// What approvals lacked when the write's batch was let go; every batch is judged once.
    fn unanswered(
        &mut self,
        question: &Question,
        began: Timestamp,
        judged: &mut HashMap<Leave, Option<String>>,
        line: &Line,
    ) -> Option<String> {
        let Event::Write { leave: Some(leave), .. } = &line.event else {
            return Some("the log does not say what let it be sent".to_owned());
        };
        if let Some(known) = judged.get(leave) {
            return known.clone();
        }
        let missing = self.judge(question, leave, began, line.at);
        judged.insert(leave.clone(), missing.clone());
        missing
    }

    /// Judges again, as it was judged right before the batch.
    fn judge(
        &mut self,
        question: &Question,
        Leave { at, evidence }: &Leave,
        began: Timestamp,
        written: Timestamp,
    ) -> Option<String> {
        if at.duration_since(written) > JITTER || began.duration_since(*at) > JITTER {
            return Some(format!(
                "its approvals were asked about at {at}, which is not between the plan's begin at {began} and its \
                 writing at {written}"
            ));
        }
        let kept = self.evidence.entry(evidence.clone()).or_insert_with(|| read(self.store, evidence));
        let (evidence, keyring) = match kept {
            Ok(kept) => kept,
            Err(because) => return Some(because.clone()),
        };
        match question.answered(evidence, self.keys.unwrap_or(keyring), *at) {
            Ok(_) => None,
            Err(Unapproved::Missing(judgement)) => Some(judgement.missing().join("; ")),
            Err(other) => Some(told(&other)),
        }
    }
}

fn read(store: &EvidenceStore, name: &str) -> Result<(Evidence, Keyring), String> {
    let text = store.read(name).map_err(|error| format!("its approvals cannot be looked at: {error}"))?;
    let evidence: Evidence = serde_json::from_slice(&text)
        .map_err(|error| format!("its approvals cannot be looked at: what was kept is none: {error}"))?;
    let keyring = evidence.keyring().map_err(|error| told(&error))?;
    Ok((evidence, keyring))
}

/// What was written beside the plan, if anything was.
fn outside(plan: &Plan, steps: &Steps, line: &Line) -> Option<String> {
    let Event::Write { address, operation, fields, .. } = &line.event else { return None };
    let Some(change) = steps.get(&(address.clone(), operation.clone())) else {
        return Some(format!("the plan has no such step on {}", address.short()));
    };
    (LoggedField::of_step(&plan.changes[*change], operation) != *fields)
        .then(|| format!("the plan writes other values to {}", address.short()))
}

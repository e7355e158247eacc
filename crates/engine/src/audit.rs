//! The audit: is the log unbroken, was each write approved, and is each live object explained by it?
//!
//! Everything here is a function of the log and of what was observed. What cannot be explained is named, never mended.

use std::collections::{BTreeMap, HashMap, HashSet};

use adplane_core::address::{AccountKey, Address};
use adplane_core::approval::ApprovalPolicy;
use adplane_core::field::FieldPath;
use adplane_core::ids::ExternalId;
use adplane_core::marker::Owner;
use adplane_core::observed::{Coverage, Observed, ObservedObject};
use adplane_core::plan::document::encode;
use adplane_core::plan::{Class, Operation};
use adplane_core::schema::{OnChange, Schemas};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use crate::approve::Approval;
use crate::state::{Chain, Event, Intent, Line, LogProblem, LoggedField, Stored};

/// Something that the log does not account for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(clippy::large_enum_variant, reason = "findings are few")]
pub enum Finding {
    /// The log is not what Adplane wrote.
    Log {
        /// What is wrong, with the line.
        problem: String,
    },
    /// A plan was written without the approvals that its policy asks for.
    Unapproved {
        /// The line of the first write.
        line: u64,
        /// The plan's hash.
        plan: String,
        /// What is missing.
        missing: String,
    },
    /// A live object with our marker that no logged write made, adopted or renamed.
    Unexplained {
        /// The account.
        account: String,
        /// What it is.
        kind: String,
        /// Its id.
        id: ExternalId,
        /// What people see on the platform.
        name: String,
    },
    /// A live value that differs from what was last written.
    Changed {
        /// The object.
        address: Address,
        /// Its id.
        id: ExternalId,
        /// The field.
        path: FieldPath,
        /// What was written last.
        written: Json,
        /// What is live.
        live: Json,
        /// When it was written.
        at: Timestamp,
        /// Who changed it, where the platform tells.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// An object that was written and is not there any more.
    Gone {
        /// The object.
        address: Address,
        /// Its id.
        id: ExternalId,
    },
    /// An account that could not be read whole.
    Unread {
        /// The account.
        account: String,
        /// Why.
        because: String,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Log { problem } => write!(f, "the log is broken: {problem}"),
            Self::Unapproved { line, plan, missing } => {
                write!(f, "line {line}: a write of plan {plan} was not approved: {missing}")
            }
            Self::Unexplained { account, kind, id, name } => write!(
                f,
                "{kind} `{name}` (id {id}) on {account} carries our marker, and no logged write explains it"
            ),
            Self::Changed { address, id, path, written, live, at, by } => {
                let account = &address.account;
                let short = address.short();
                write!(
                    f,
                    "{short} (id {id}) on {account}: `{path}` is {live}, and {written} was written at {at}"
                )?;
                by.as_ref().map_or(Ok(()), |by| write!(f, "; changed by {by}"))
            }
            Self::Gone { address, id } => {
                write!(
                    f,
                    "{} (id {id}) on {} is gone, and no logged write removed it",
                    address.short(),
                    address.account
                )
            }
            Self::Unread { account, because } => {
                write!(f, "account {account} could not be checked: {because}")
            }
        }
    }
}

impl From<&LogProblem> for Finding {
    fn from(problem: &LogProblem) -> Self {
        Self::Log { problem: problem.to_string() }
    }
}

/// The plan that is being carried out at a place in the log.
struct Run {
    plan: String,
    intent: Intent,
    classes: Vec<Class>,
    policy: Option<ApprovalPolicy>,
    approvals: Vec<Approval>,
    /// A policy, class or approval is there that cannot be read.
    unreadable: bool,
    reported: bool,
}

impl Run {
    fn new(event: &Event) -> Option<Self> {
        let Event::Begin { intent, plan, classes, policy, approvals, .. } = event else { return None };
        let read: Vec<Option<Class>> = classes.iter().map(|word| word.parse().ok()).collect();
        let kept: Option<Option<ApprovalPolicy>> =
            policy.as_ref().map(|json| serde_json::from_value(json.clone()).ok());
        let told: Vec<Option<Approval>> =
            approvals.iter().map(|json| serde_json::from_value(json.clone()).ok()).collect();
        let unreadable = read.contains(&None) || kept == Some(None) || told.iter().any(Option::is_none);
        Some(Self {
            plan: plan.clone(),
            intent: *intent,
            classes: read.into_iter().flatten().collect(),
            policy: kept.flatten(),
            approvals: told.into_iter().flatten().collect(),
            unreadable,
            reported: false,
        })
    }

    /// What a write at an instant lacks.
    fn missing(&self, operation: &Operation, at: Timestamp) -> Option<String> {
        if self.intent == Intent::Pause {
            let stops = matches!(operation, Operation::Pause);
            return (!stops)
                .then(|| "it names the kill switch and does something else than pausing".to_owned());
        }
        if self.unreadable {
            return Some("its policy, classes or approvals cannot be read".to_owned());
        }
        let policy = self.policy.as_ref()?;
        self.classes.iter().find_map(|class| {
            let rule = policy.rule(class)?;
            let people: HashSet<&str> = self
                .approvals
                .iter()
                .filter(|approval| approval.class == *class && approval.at <= at && at < approval.expires)
                .map(|approval| approval.principal.as_str())
                .filter(|principal| policy.may_approve(rule, principal))
                .collect();
            let (wanted, given) = (rule.wanted() as usize, people.len());
            (given < wanted).then(|| format!("class {class} asks for {wanted}, {given} held at {at}"))
        })
    }
}

/// Checks the log alone: its chain, and that each write was approved.
pub fn log(chain: &Chain) -> Vec<Finding> {
    let mut found: Vec<Finding> = chain.problems.iter().map(Finding::from).collect();
    let mut run: Option<Run> = None;
    for line in &chain.lines {
        match &line.event {
            Event::Begin { .. } => run = Run::new(&line.event),
            Event::Write { plan, operation, .. } => {
                let missing = match &mut run {
                    Some(run) if run.plan == *plan => {
                        let missing = run.missing(operation, line.at).filter(|_| !run.reported);
                        run.reported |= missing.is_some();
                        missing
                    }
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

/// What the log knows of one live object.
struct Known {
    address: Address,
    marker: Option<String>,
    fields: BTreeMap<FieldPath, (Option<Json>, Timestamp)>,
    removed: bool,
}

/// What the log says is live.
#[derive(Default)]
struct Ledger {
    objects: HashMap<(AccountKey, ExternalId), Known>,
    /// Markers of writes whose end nobody knows.
    perhaps: HashSet<String>,
}

impl Ledger {
    fn of(lines: &[Line]) -> Self {
        let mut ledger = Self::default();
        let mut open: HashMap<(&Address, &Operation), &Event> = HashMap::new();
        for line in lines {
            match &line.event {
                event @ Event::Write { address, operation, marker, result, id, .. } => match result {
                    Stored::Done => ledger.take(event, id.as_ref(), line.at),
                    Stored::Failed => {}
                    Stored::Unclear => {
                        ledger.perhaps.extend(marker.clone());
                        open.insert((address, operation), event);
                    }
                },
                Event::Settled { address, operation, id, .. } => {
                    if let Some(event) = open.remove(&(address, operation)) {
                        ledger.take(event, id.as_ref(), line.at);
                    }
                }
                Event::Lost { writes, .. } => ledger.perhaps.extend(writes.values().flatten().cloned()),
                Event::Genesis { .. } | Event::Begin { .. } | Event::End { .. } | Event::Healed { .. } => {}
            }
        }
        ledger
    }

    fn take(&mut self, event: &Event, id: Option<&ExternalId>, at: Timestamp) {
        let Event::Write { address, operation, marker, fields, .. } = event else { return };
        let target = match operation {
            Operation::PauseSuperseded { id } | Operation::DeleteSuperseded { id } => Some(id),
            _ => id,
        };
        let Some(id) = target else { return };
        let known = self.objects.entry((address.account_key(), id.clone())).or_insert_with(|| Known {
            address: address.clone(),
            marker: None,
            fields: BTreeMap::new(),
            removed: false,
        });
        known.address = address.clone();
        known.marker.clone_from(marker);
        known.removed = matches!(operation, Operation::Delete | Operation::DeleteSuperseded { .. });
        let kept = fields.iter().filter(|field: &&LoggedField| !field.once);
        known.fields.extend(kept.map(|field| (field.path.clone(), (field.after.clone(), at))));
    }
}

/// Compares what the log says is live with what is.
pub fn live(chain: &Chain, observed: &Observed, owners: &[Owner], schemas: &Schemas) -> Vec<Finding> {
    let ledger = Ledger::of(&chain.lines);
    let mut found = Vec::new();
    for (key, account) in &observed.accounts {
        if let Coverage::Partial { because } = &account.coverage {
            found.push(Finding::Unread { account: key.to_string(), because: because.clone() });
        }
        for object in &account.objects {
            if let Some(known) = ledger.objects.get(&(key.clone(), object.id.clone())) {
                found.extend(differences(known, object, schemas));
            } else {
                let ours = object.marker.as_ref().filter(|marker| owners.contains(&marker.owner));
                let lost = ours.is_some_and(|marker| ledger.perhaps.contains(&marker.to_string()));
                if ours.is_some() && !lost {
                    found.push(Finding::Unexplained {
                        account: key.to_string(),
                        kind: object.kind.to_string(),
                        id: object.id.clone(),
                        name: object.display_name().to_owned(),
                    });
                }
            }
        }
        let there: HashSet<&ExternalId> = account.objects.iter().map(|object| &object.id).collect();
        let gone = ledger.objects.iter().filter(|((account_key, id), known)| {
            account_key == key
                && !known.removed
                && !there.contains(id)
                && account.coverage == Coverage::Complete
        });
        let mut gone: Vec<Finding> = gone
            .map(|((_, id), known)| Finding::Gone { address: known.address.clone(), id: id.clone() })
            .collect();
        gone.sort_by_key(ToString::to_string);
        found.extend(gone);
    }
    found
}

fn differences(known: &Known, object: &ObservedObject, schemas: &Schemas) -> Vec<Finding> {
    let Some(schema) = schemas.get(&known.address.platform).and_then(|schema| schema.kind(object.kind))
    else {
        return Vec::new();
    };
    let compared = known.fields.iter().filter(|(path, _)| {
        path.as_str() != "budget.ref" && schema.field(path.as_str()).on_change != OnChange::Unreadable
    });
    let mut found: Vec<Finding> = compared
        .filter_map(|(path, (written, at))| {
            // What was cleared may read the platform's own default.
            let written = written.as_ref()?;
            let live = object.fields.get(path).map_or(Json::Null, encode);
            (live != *written).then(|| Finding::Changed {
                address: known.address.clone(),
                id: object.id.clone(),
                path: path.clone(),
                written: written.clone(),
                live,
                at: *at,
                by: None,
            })
        })
        .collect();
    let marker = object.marker.as_ref().map(ToString::to_string);
    if marker != known.marker {
        let at = known.fields.values().map(|(_, at)| *at).max().unwrap_or(Timestamp::UNIX_EPOCH);
        let shown = |marker: &Option<String>| marker.clone().map_or(Json::Null, Json::String);
        found.push(Finding::Changed {
            address: known.address.clone(),
            id: object.id.clone(),
            path: "marker".into(),
            written: shown(&known.marker),
            live: shown(&marker),
            at,
            by: None,
        });
    }
    found
}

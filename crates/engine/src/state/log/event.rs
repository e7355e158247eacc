//! What the apply log says.

use std::collections::BTreeMap;

use adplane_core::address::{Address, Kind};
use adplane_core::field::{FieldPath, FieldSource};
use adplane_core::ids::{ExternalId, ProjectName};
use adplane_core::marker::Marker;
use adplane_core::plan::document::{ValueType, encode};
use adplane_core::plan::{Change, FieldChange, Operation};
use adplane_core::value::Value;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its number, from 1.
    pub line: u64,
    /// SHA-256 of the line before, in hexadecimal; empty for the first.
    pub previous: String,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub event: Event,
}

/// What was meant to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Intent {
    /// A plan was applied.
    #[default]
    Apply,
    /// Spend was stopped (`adplane pause`).
    Pause,
    /// What a pause stopped was restored (`adplane pause --lift`).
    Lift,
}

/// Who ran the command, as far as the machine knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// The user of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The user that git is configured for, `Ana <ana@shop.example>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<String>,
    /// Who set an automation going, and which run it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automation: Option<String>,
}

impl Actor {
    /// The best name there is.
    pub fn shown(&self) -> Option<&str> {
        self.git.as_deref().or(self.automation.as_deref()).or(self.user.as_deref())
    }
}

/// A field that was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedField {
    /// The field.
    pub path: FieldPath,
    /// The type of both values.
    #[serde(rename = "type")]
    pub value_type: String,
    /// What it was; null when there was none.
    pub before: Option<serde_json::Value>,
    /// What was written; null when it was cleared.
    pub after: Option<serde_json::Value>,
    /// It was told once at create and is not looked at again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
}

/// What let a batch be sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leave {
    /// When the approvals were asked about, right before it.
    pub at: Timestamp,
    /// Under which name the keys and approvals are kept that were there then.
    pub evidence: String,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stored {
    /// It is stored.
    Done,
    /// It is certainly not stored.
    Failed,
    /// The answer was lost.
    Unclear,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// The log begins.
    Genesis {
        /// Its form.
        format: u32,
        /// The project.
        project: Option<ProjectName>,
        /// What began it.
        engine: String,
    },
    /// A plan begins to be carried out.
    Begin {
        /// What was meant.
        intent: Intent,
        /// The plan's hash.
        plan: String,
        /// Who ran it.
        actor: Actor,
        /// Classes of approval the plan needs.
        classes: Vec<String>,
        /// The approval policy it was planned under.
        policy: Option<serde_json::Value>,
        /// The approvals it rests on.
        approvals: Vec<serde_json::Value>,
        /// Under which name the plan's document is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<String>,
    },
    /// A write was sent.
    Write {
        /// The plan's hash.
        plan: String,
        /// Number of the write within its apply.
        write: u64,
        /// The object.
        address: Address,
        /// What was done to it.
        operation: Operation,
        /// The object's id, when it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<ExternalId>,
        /// The marker it carries afterwards.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        marker: Option<String>,
        /// The vendor's ids of the requests of its batch.
        requests: Vec<String>,
        /// What let its batch be sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leave: Option<Leave>,
        /// What was written.
        fields: Vec<LoggedField>,
        /// What became of it.
        result: Stored,
        /// The failure, if it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A write whose answer was lost was found on the platform.
    Settled {
        /// The plan's hash.
        plan: String,
        /// The object.
        address: Address,
        /// What was done to it.
        operation: Operation,
        /// The object's id.
        id: Option<ExternalId>,
    },
    /// An earlier run ended without saying what became of these writes.
    Lost {
        /// The plan's hash.
        plan: String,
        /// Objects whose write was about to be sent, with the markers they were to carry.
        writes: BTreeMap<Address, Option<String>>,
    },
    /// The plan has been carried out, as far as it went.
    End {
        /// The plan's hash.
        plan: String,
        /// Writes that were stored.
        stored: u64,
        /// Changes that failed or were not attempted.
        unfinished: u64,
    },
    /// A crash had cut a line off; what was left of it was taken out.
    Healed {
        /// How much was left.
        bytes: u64,
        /// SHA-256 of what was left.
        sha256: String,
    },
}

impl LoggedField {
    fn of(field: &FieldChange) -> Self {
        Self {
            path: field.path.clone(),
            value_type: ValueType::of(field.before.iter().chain(&field.after)).to_string(),
            before: field.before.as_ref().map(encode),
            after: field.after.as_ref().map(encode),
            once: field.source == FieldSource::CreateDefault,
        }
    }

    fn state(before: Option<&str>, after: &str) -> Self {
        Self {
            path: "state".into(),
            value_type: "text".into(),
            before: before.map(|word| encode(&Value::text(word))),
            after: Some(encode(&Value::text(after))),
            once: false,
        }
    }

    /// What one step of a change writes.
    pub(crate) fn of_step(change: &Change, operation: &Operation) -> Vec<Self> {
        match operation {
            Operation::Create => {
                let written = change.fields.iter().filter(|field| field.path.as_str() != "state");
                let mut fields: Vec<Self> =
                    written.map(|field| Self { before: None, ..Self::of(field) }).collect();
                if change.address.kind != Kind::Budget {
                    fields.push(Self::state(None, "Paused"));
                }
                fields
            }
            Operation::Update { paths } => {
                paths.iter().filter_map(|path| change.field(path.as_str())).map(Self::of).collect()
            }
            Operation::Enable => vec![Self::state(Some("Paused"), "Active")],
            Operation::Pause | Operation::PauseSuperseded { .. } => {
                vec![Self::state(Some("Active"), "Paused")]
            }
            Operation::Supersede
            | Operation::Release
            | Operation::Delete
            | Operation::DeleteSuperseded { .. } => Vec::new(),
        }
    }
}

/// The marker an object carries after a step.
pub(crate) fn marker_after(change: &Change, operation: &Operation) -> Option<Marker> {
    let marker = change.marker.as_ref()?;
    match operation {
        Operation::Supersede | Operation::PauseSuperseded { .. } => {
            Some(Marker { owner: marker.owner.clone(), key: marker.key.superseded() })
        }
        Operation::Release | Operation::Delete | Operation::DeleteSuperseded { .. } => None,
        Operation::Create | Operation::Update { .. } | Operation::Enable | Operation::Pause => {
            Some(marker.clone())
        }
    }
}

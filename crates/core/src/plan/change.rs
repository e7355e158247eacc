//! One object's change, and the steps that carry a plan out.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::{Action, Reason};
use super::class::Class;
use crate::address::{Address, Kind};
use crate::field::{FieldOwner, FieldPath, FieldSource, Origin};
use crate::ids::ExternalId;
use crate::marker::{IdentityKey, Marker};
use crate::schema::Confidence;
use crate::value::Value;

/// One field's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The field.
    pub path: FieldPath,
    /// The live value; `None` when there is none.
    pub before: Option<Value>,
    /// The wanted value; `None` when it is cleared.
    pub after: Option<Value>,
    /// Where the wanted value was written.
    pub origin: Option<Origin>,
    /// How the wanted value came to be.
    pub source: FieldSource,
    /// Who owns the field.
    pub owner: FieldOwner,
    /// The vendor fixes it at create.
    pub immutable: bool,
    /// Changing it resets the learning phase, by the vendor's rule of this confidence.
    pub resets_learning: Option<Confidence>,
    /// Changing it sends the ad back to review, by the vendor's rule of this confidence.
    pub needs_review: Option<Confidence>,
}

/// What must still hold just before the first write (decision 5).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Precondition {
    /// No live object carries this key of ours.
    Absent {
        /// The key.
        key: IdentityKey,
    },
    /// The live object exists.
    Exists {
        /// Its id.
        id: ExternalId,
    },
    /// The live object's marker is still this.
    Marker {
        /// Its id.
        id: ExternalId,
        /// The marker; `None`: it carries none.
        marker: Option<Marker>,
    },
    /// The same live objects belong to it: ad groups to a campaign, campaigns to a shared budget.
    Members {
        /// The campaign or budget.
        id: ExternalId,
        /// What belongs to it.
        of: Kind,
        /// The members.
        members: BTreeSet<ExternalId>,
    },
    /// No live object without a marker looks like the one that is made.
    NoLookAlike {
        /// What people see on the platform.
        name: String,
        /// The parent's id.
        parent: Option<ExternalId>,
    },
    /// A live field still has this value.
    Field {
        /// The object's id.
        id: ExternalId,
        /// The field.
        path: FieldPath,
        /// The value; `None`: absent.
        value: Option<Value>,
    },
}

/// What happens to one object, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The object. For a live object of ours that no YAML names, an address made from its id.
    pub address: Address,
    /// What people see on the platform.
    pub display_name: String,
    /// What happens.
    pub action: Action,
    /// The class of approval; `None` when nothing is written.
    pub class: Option<Class>,
    /// The live object, when there is one.
    pub id: Option<ExternalId>,
    /// Live objects that this change takes the place of, or that an earlier replacement left running.
    pub superseded: Vec<ExternalId>,
    /// The parent's address; its id is known once it exists.
    pub parent: Option<Address>,
    /// The parent's id, when it is live already.
    pub parent_id: Option<ExternalId>,
    /// The shared budget a campaign draws on.
    pub budget: Option<Address>,
    /// The shared budget's id, when it is live already.
    pub budget_id: Option<ExternalId>,
    /// The marker that the object carries afterwards.
    pub marker: Option<Marker>,
    /// Fields; of a create or replace all of them, otherwise the changed ones.
    pub fields: Vec<FieldChange>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What must still hold.
    pub preconditions: Vec<Precondition>,
    /// Where the object was written.
    pub origin: Option<Origin>,
}

impl Change {
    /// A field's change.
    pub fn field(&self, path: &str) -> Option<&FieldChange> {
        self.fields.iter().find(|field| field.path.as_str() == path)
    }

    /// A field's wanted value.
    pub fn after(&self, path: &str) -> Option<&Value> {
        self.field(path)?.after.as_ref()
    }
}

/// When a step runs: money goes down first and up last (decision 7). Ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Wave {
    /// Spend goes down: pauses, lower budgets and bids.
    Lower,
    /// Objects that will be replaced are re-marked.
    Supersede,
    /// New objects, paused, parents first.
    Create,
    /// Edits without effect on money.
    Edit,
    /// Spend may go up: higher budgets and bids. Everything created has been read back before this.
    Raise,
    /// New objects, paused, that are made under what parents or siblings have just been given.
    CreateBelow,
    /// Ads are enabled.
    EnableAds,
    /// Ad groups are enabled.
    EnableAdGroups,
    /// Campaigns are enabled.
    EnableCampaigns,
    /// What was replaced or removed is paused, released or deleted.
    Retire,
}

/// What one step does to one object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// Create it, paused, with its marker and every field of the change but `state`.
    Create,
    /// Write these fields (and the marker, when the change gives it one).
    Update {
        /// Fields of the change; may be empty when only the marker is written.
        paths: Vec<FieldPath>,
    },
    /// Set it active.
    Enable,
    /// Set it paused.
    Pause,
    /// Give the old object the superseded key.
    Supersede,
    /// Pause an object that carries the superseded key.
    PauseSuperseded {
        /// The object.
        id: ExternalId,
    },
    /// Remove the marker.
    Release,
    /// Delete it on the platform.
    Delete,
    /// Delete an object that carries the superseded key.
    DeleteSuperseded {
        /// The object.
        id: ExternalId,
    },
}

/// One step of a plan: one write to one object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// When.
    pub wave: Wave,
    /// Which change, as an index into the plan's changes.
    pub change: usize,
    /// What.
    pub operation: Operation,
}

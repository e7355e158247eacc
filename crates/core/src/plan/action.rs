//! What a plan can do to one object, and why: closed sets.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::desired::DeletionPolicy;
use crate::field::FieldPath;
use crate::ids::ExternalId;
use crate::overlay::{Overlaid, Returned};

/// What happens to one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It does not exist and is created, paused first.
    Create,
    /// Fields of it change in place.
    Update,
    /// A new object takes its place; the old one is paused, never deleted unless the policy says so.
    Replace,
    /// It is gone from the YAML and meets its deletion policy.
    Delete,
    /// It exists without our marker and becomes ours.
    Adopt,
    /// It keeps running and loses our marker.
    Release,
    /// It is as wanted.
    None,
    /// It should change but must not; the reason says what would unblock it.
    Blocked,
}

impl Action {
    /// All actions, in the order of summaries.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Update,
        Self::Replace,
        Self::Delete,
        Self::Adopt,
        Self::Release,
        Self::None,
        Self::Blocked,
    ];

    /// Whether applying it writes to the platform.
    pub fn writes(self) -> bool {
        match self {
            Self::Create | Self::Update | Self::Replace | Self::Delete | Self::Adopt | Self::Release => true,
            Self::None | Self::Blocked => false,
        }
    }

    /// The word in documents and summaries.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Adopt => "adopt",
            Self::Release => "release",
            Self::None => "none",
            Self::Blocked => "blocked",
        }
    }

    /// The sign in front of a line, readable without colour.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Create => "+",
            Self::Update => "~",
            Self::Replace => "±",
            Self::Delete => "-",
            Self::Adopt => "⇐",
            Self::Release => "⇒",
            Self::None => " ",
            Self::Blocked => "!",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Why a change is planned, for people; reasons never steer apply.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "reason")]
pub enum Reason {
    /// Nothing on the platform carries this identity.
    NotOnPlatform,
    /// The vendor fixes this field at create.
    Immutable {
        /// The field.
        path: FieldPath,
    },
    /// The parent is replaced, so the child moves with it.
    ParentReplaced {
        /// The parent.
        parent: Address,
    },
    /// It is not in the YAML any more.
    NotInYaml {
        /// What its removal does.
        policy: DeletionPolicy,
    },
    /// It was bound by its id and gets its marker with this change.
    Bound {
        /// The live object's id.
        id: ExternalId,
    },
    /// It was renamed in the YAML; the live object stays.
    Renamed {
        /// The former name, where it is known.
        from: Option<String>,
    },
    /// Its marker was lost on the platform and is restored.
    MarkerLost,
    /// Another owner's marker is overwritten, as asked.
    TakenOver,
    /// An earlier replacement left the old object running.
    Superseded {
        /// The old object.
        id: ExternalId,
    },
    /// History, review, learning or ids in reports are lost.
    Lost {
        /// What is lost.
        what: String,
    },
    /// A value that a rule, a pool or a person put in force stands in place of git's.
    Overlaid(Box<Overlaid>),
    /// Such a value counts no more, and git's returns.
    Returned(Box<Returned>),
    /// Why it is blocked, and what would unblock it.
    Blocked(Blocked),
}

/// Why a change must not be made, and what would unblock it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Blocked {
    /// Stable code, such as `owned-by-another`.
    pub code: String,
    /// Why, as a sentence without a period.
    pub why: String,
    /// What would unblock it.
    pub unblock: String,
}

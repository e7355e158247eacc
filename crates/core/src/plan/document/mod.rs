//! The plan document: what `plan --out` saves, people read, approvals bind to and `apply FILE` carries out.
//!
//! It is a public contract with its own structs, a format version and a stable order; every rendering reads
//! it, so that text, markdown, JSON and HTML agree. Reading one back checks the hash, so that a document
//! that was edited by hand is refused.

mod convert;
mod drift;
mod file;
mod money;
mod value_type;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::{Action, Reason};
use super::breaks::Break;
use super::change::Step;
use super::class::Class;
use super::hash::PlanHash;
use crate::address::{Address, Kind, Platform};
use crate::asset::Assets;
use crate::desired::Connection;
use crate::diagnostic::Diagnostic;
use crate::field::{FieldOwner, FieldPath, FieldSource, Origin};
use crate::freeze::{Allow, Frozen, Labels, Rule};
use crate::ids::{AccountId, ExternalId, Namespace, ObjectName, ProjectName};
use crate::money::{Currency, Money};
use crate::overlay::Kept;
use crate::policy::Severity;
use crate::schema::Confidence;
use crate::time::Zone;

pub use convert::{DocumentContext, InvalidDocument};
pub use drift::{
    ChangedBy, DocumentDrift, DocumentRange, DriftBounds, DriftException, DriftOverlay, DriftPolicy,
    DriftRules, DriftSide, ThreeWays,
};
pub use money::{
    DocumentAccountMoney, DocumentBudgetMoney, DocumentCampaignMoney, DocumentMoney, DocumentRule,
    DocumentSpend,
};
pub use value_type::{InvalidValueType, ValueType, decode, encode};

/// The version of the document's form; raised when a reader of the former one would misunderstand it.
pub const FORMAT_VERSION: u32 = 1;

/// A plan as a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanDocument {
    /// The form's version.
    pub format_version: u32,
    /// What made it, such as `adplane 0.1.0`.
    pub engine: String,
    /// `sha256:` and 64 hexadecimal digits over scope, changes and steps; what an approval binds to.
    pub hash: String,
    /// `sha256:` and 64 hexadecimal digits over the file, with zeros in their place; set where a file is
    /// written, checked where one is read.
    #[serde(default, serialize_with = "file::unset")]
    pub digest: String,
    /// The project that owns what is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectName>,
    /// What the plan covers.
    pub scope: Scope,
    /// Classes of approval it needs, lightest first; of raises the heaviest band only.
    pub classes: Vec<Class>,
    /// How much more it lets be spent per day, by currency; empty when it raises nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub raises: BTreeMap<String, DocumentRaise>,
    /// Objects that change or are blocked; unchanged ones only count in `summary.none`.
    pub changes: Vec<DocumentChange>,
    /// Writes in the order they run; `change` is an index into `changes`.
    pub steps: Vec<Step>,
    /// What it costs, by currency.
    pub money: BTreeMap<String, DocumentMoney>,
    /// Verdicts of policies.
    pub policy: Vec<PolicyVerdict>,
    /// Operations it needs, by account (`namespace/name`).
    pub quota: BTreeMap<String, Quota>,
    /// What is worth telling.
    pub diagnostics: Vec<Diagnostic>,
    /// How many objects meet which action.
    pub summary: Summary,
    /// Assets that it uploads or that a changing ad goes on showing, by SHA-256.
    pub assets: Assets,
    /// The project's folder as seen from where the plan was made: local state lies there. Not part of the
    /// hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// Freeze windows that touch it, closed or not: `apply` waits for their opening.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freezes: Vec<DocumentFreeze>,
    /// Labels of what changes, with those of what it lies in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, BTreeMap<String, String>>")]
    pub labels: BTreeMap<Address, Labels>,
    /// The revisions of git that it was made for. Not part of the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<DocumentRange>,
    /// Differences that the platform's side brought about, and who did. Not part of the hash: what is written about them
    /// is among the changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<DocumentDrift>,
    /// The approval policy it was planned under, as `adplane.yaml` holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<serde_json::Value>,
    /// Values that rules put in force and that what is written rests on, where Adplane keeps them itself: others make the plan
    /// stale. Not part of the hash, which holds what is in force by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Kept>,
    /// Who wrote what it changes, as git knows them: they may not approve it themselves. Empty when nobody
    /// knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
}

/// How much more is let be spent per day in one currency: the sum of what goes up, not reduced by what goes
/// down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentRaise {
    /// The amount; null when it has no known upper end.
    pub daily: Option<Money>,
    /// The smallest amount named in the approval policy that covers it; null when none does.
    pub within: Option<Money>,
}

/// What a plan covers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scope {
    /// Accounts.
    pub accounts: Vec<DocumentAccount>,
    /// Whether the whole project was loaded.
    pub complete: bool,
}

/// One account in scope, with all that applying needs but the credentials themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentAccount {
    /// Namespace of the `AdAccount`.
    pub namespace: Namespace,
    /// Name of the `AdAccount`.
    pub name: ObjectName,
    /// The platform.
    pub platform: Platform,
    /// The vendor's account id.
    pub account_id: AccountId,
    /// Billing currency.
    #[schemars(with = "String")]
    pub currency: Currency,
    /// Reporting zone.
    #[schemars(with = "String")]
    pub time_zone: Zone,
    /// How to reach it.
    pub connection: Connection,
}

/// One object's change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentChange {
    /// The object.
    pub address: Address,
    /// What people see on the platform.
    pub display_name: String,
    /// What happens.
    pub action: Action,
    /// The class of approval; absent when nothing is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The live object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ExternalId>,
    /// Live objects whose place is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<ExternalId>,
    /// The parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Address>,
    /// The parent's id when it is live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<ExternalId>,
    /// The shared budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Address>,
    /// The shared budget's id when it is live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_id: Option<ExternalId>,
    /// The ownership marker it carries afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// Fields; of a create or replace all of them, otherwise the changed ones.
    pub fields: Vec<DocumentField>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What must still hold just before the first write.
    pub preconditions: Vec<DocumentPrecondition>,
    /// What it breaks, the gravest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<Break>,
    /// Of an ad that changes in part: what else it shows, as it is live.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unchanged: BTreeMap<FieldPath, serde_json::Value>,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// It had to wait for a freeze window when the plan was made. Not part of the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Frozen>,
}

/// A freeze window and what of the plan it touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentFreeze {
    /// Namespace and name of the window, `growth/black-friday`.
    pub window: String,
    /// What may still be written while it is closed.
    pub allow: Allow,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it is closed, in the zone of each account.
    pub rules: Vec<Rule>,
    /// The accounts it touches.
    pub accounts: Vec<FrozenAccount>,
    /// The changes it touches; all of those accounts when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<Address>>,
}

/// An account that a freeze window touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FrozenAccount {
    /// Namespace of the `AdAccount`.
    pub namespace: Namespace,
    /// Name of the `AdAccount`.
    pub name: ObjectName,
    /// The zone its rules are read in.
    #[schemars(with = "String")]
    pub time_zone: Zone,
}

/// One field's change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentField {
    /// The path, as in YAML.
    pub path: FieldPath,
    /// The type of both values, such as `money` or `set<text>`.
    #[serde(rename = "type")]
    pub value_type: String,
    /// The live value; null when there is none.
    pub before: Option<serde_json::Value>,
    /// The wanted value; null when it is cleared.
    pub after: Option<serde_json::Value>,
    /// Where the wanted value was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// How the wanted value came to be.
    pub source: FieldSource,
    /// Who owns the field.
    pub owner: FieldOwner,
    /// The value must not be shown. Always false today: nothing that an ad or its targeting holds is a secret, and
    /// credentials are never values of fields.
    pub sensitive: bool,
    /// The vendor fixes it at create.
    pub immutable: bool,
    /// Changing it resets the learning phase, with this confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resets_learning: Option<Confidence>,
    /// Changing it sends the ad back to review, with this confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_review: Option<Confidence>,
}

/// What must still hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "holds", deny_unknown_fields)]
pub enum DocumentPrecondition {
    /// No live object of ours carries this key.
    Absent {
        /// The key.
        key: String,
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
        /// The marker, if any.
        marker: Option<String>,
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
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<ExternalId>,
    },
    /// A live field still has this value.
    Field {
        /// The object's id.
        id: ExternalId,
        /// The field.
        path: FieldPath,
        /// The value's type.
        #[serde(rename = "type")]
        value_type: String,
        /// The value, if any.
        value: Option<serde_json::Value>,
    },
}

/// What a policy says of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyVerdict {
    /// Namespace and name of the policy and the rule, `growth/spend-guard/daily-cap`.
    pub rule: String,
    /// What it means for the plan.
    pub severity: Severity,
    /// The object it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// What it says.
    pub message: String,
    /// Where the YAML holds what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Operations that applying needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quota {
    /// Writes.
    pub operations: u64,
    /// Left of today's quota, where the vendor tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
}

/// How many objects meet which action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each member counts the action of its name")]
pub struct Summary {
    pub create: u64,
    pub update: u64,
    pub replace: u64,
    pub delete: u64,
    pub adopt: u64,
    pub release: u64,
    pub none: u64,
    pub blocked: u64,
}

impl Summary {
    /// Counts one more.
    pub fn count(&mut self, action: Action) {
        *match action {
            Action::Create => &mut self.create,
            Action::Update => &mut self.update,
            Action::Replace => &mut self.replace,
            Action::Delete => &mut self.delete,
            Action::Adopt => &mut self.adopt,
            Action::Release => &mut self.release,
            Action::None => &mut self.none,
            Action::Blocked => &mut self.blocked,
        } += 1;
    }

    /// The count of an action.
    pub fn of(&self, action: Action) -> u64 {
        match action {
            Action::Create => self.create,
            Action::Update => self.update,
            Action::Replace => self.replace,
            Action::Delete => self.delete,
            Action::Adopt => self.adopt,
            Action::Release => self.release,
            Action::None => self.none,
            Action::Blocked => self.blocked,
        }
    }

    /// Objects that would be written.
    pub fn writes(&self) -> u64 {
        Action::ALL.into_iter().filter(|action| action.writes()).map(|action| self.of(action)).sum()
    }

    /// Whether anything differs from what is wanted.
    pub fn has_pending(&self) -> bool {
        self.writes() + self.blocked > 0
    }
}

impl PlanDocument {
    /// Settles what follows from the rest: the class `exception` where a policy asks for an approval, and the
    /// hash. To be called after every change of content.
    pub fn seal(&mut self) {
        self.classes.retain(|class| *class != Class::Exception);
        if self.policy.iter().any(|verdict| verdict.severity == Severity::RequireApproval) {
            self.classes.push(Class::Exception);
        }
        self.hash = PlanHash::of(self).to_string();
    }

    /// The first verdict that keeps it from being applied.
    pub fn denial(&self) -> Option<&PolicyVerdict> {
        self.policy.iter().find(|verdict| verdict.severity == Severity::Deny)
    }

    /// The JSON Schema that is published with each release.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

//! Plans in the cluster: published, superseded, approved.
//!
//! A `Plan` is named after its hash and never changes; its whole body lies in a content-addressed store (`body`).
//! Approvals are verified here (`witness`) and judged by the engine, the same way as on the command line.

mod body;
mod publish;
mod witness;

use std::sync::Arc;

use adplane_core::address::AccountKey;
use adplane_manifest::api::plan::{Plan, PlanApproval, PlanApprovalSpec, PlanSpec, PlanStatus};
use adplane_manifest::api::status::PlanPhase;
use jiff::Timestamp;

use crate::cache::account_key;

pub use body::{Body, BodyError, BodyStore};
pub use publish::{cut, name_of, note, object, shown, status_patch};
pub use witness::{Rights, Verified, Watchful, verify};

/// A `Plan` as last seen.
#[derive(Debug, Clone)]
pub struct SeenPlan {
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its uid.
    pub uid: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// What it would do.
    pub spec: PlanSpec,
    /// Where it stands.
    pub status: PlanStatus,
}

impl SeenPlan {
    /// Reads a plan.
    pub fn read(plan: Plan) -> Option<Self> {
        Some(Self {
            namespace: plan.metadata.namespace?.into(),
            name: plan.metadata.name?.into(),
            uid: plan.metadata.uid.unwrap_or_default(),
            created: plan.metadata.creation_timestamp.map(|time| time.0),
            spec: plan.spec,
            status: plan.status.unwrap_or_default(),
        })
    }

    /// Its account.
    pub fn account(&self) -> Option<AccountKey> {
        account_key(&self.namespace, &self.spec.account.0)
    }

    /// Whether it has run its course: its approvals hold for nothing any more.
    pub fn has_ended(&self) -> bool {
        matches!(
            self.status.phase,
            Some(PlanPhase::Superseded | PlanPhase::Applied | PlanPhase::PartlyApplied | PlanPhase::Failed)
        )
    }
}

/// A `PlanApproval` as last seen.
#[derive(Debug, Clone)]
pub struct SeenApproval {
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its uid.
    pub uid: String,
    /// When it was made: the API server's clock, not the approver's.
    pub created: Option<Timestamp>,
    /// What was decided, and by whom.
    pub spec: PlanApprovalSpec,
    /// Why it counts or not, as last written.
    pub counted: Option<String>,
}

impl SeenApproval {
    /// Reads an approval.
    pub fn read(approval: PlanApproval) -> Option<Self> {
        let conditions = approval.status.and_then(|status| status.conditions).unwrap_or_default();
        Some(Self {
            namespace: approval.metadata.namespace?.into(),
            name: approval.metadata.name?.into(),
            uid: approval.metadata.uid.unwrap_or_default(),
            created: approval.metadata.creation_timestamp.map(|time| time.0),
            spec: approval.spec,
            counted: conditions
                .into_iter()
                .find(|found| found.kind.0 == "Counted")
                .map(|found| found.reason.0),
        })
    }
}

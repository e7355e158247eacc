//! Everything a plan depends on, in one value.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::scope::{Held, Removals};
use crate::address::Address;
use crate::approval::ApprovalPolicy;
use crate::desired::Desired;
use crate::ids::ExternalId;
use crate::observed::Observed;
use crate::schema::Schemas;

/// What the caller asked for besides the YAML.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Plan removals of what is ours but not in the YAML.
    pub prune: bool,
    /// Overwrite other owners' markers.
    pub take_over: bool,
    /// Add markers to bound objects even where nothing else changes.
    pub adopt_now: bool,
    /// The approval policy: its bands name the classes of raises.
    pub approvals: ApprovalPolicy,
    /// What stays as it is, although it is declared.
    pub held: Held,
    /// When present, exactly these objects are removed, and no other leftover is looked at.
    pub removals: Option<Removals>,
}

/// The planner's only input: no clock, network, file, environment or randomness besides.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// What is wanted, refined by each platform.
    pub desired: &'a Desired,
    /// What is live.
    pub observed: &'a Observed,
    /// What the platforms declare.
    pub schemas: &'a Schemas,
    /// What the caller asked for.
    pub options: &'a PlanOptions,
    /// Ids remembered from earlier applies: a cache that may be empty, never the truth.
    pub bindings: &'a BTreeMap<Address, ExternalId>,
    /// The instant the plan is made for; it moves money spread over flights, never the hash.
    pub now: Timestamp,
}

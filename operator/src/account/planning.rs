//! The plan of an account: of all that is wanted, or of a part of it.

use adplane_core::approval::{ApprovalPolicy, Rule};
use adplane_core::desired::Desired;
use adplane_core::plan::document::{DocumentContext, PlanDocument};
use adplane_core::plan::{Held, Plan, PlanInput, PlanOptions, Removals, plan};

use super::gather::World;
use crate::config::Config;

/// What the engine calls itself in plans; part of the hash.
const ENGINE: &str = concat!("adplane ", env!("CARGO_PKG_VERSION"));
/// The class that removals have.
const DELETE: &str = "delete";

/// The approval policy; many removals at once need somebody even where the policy asks for nobody.
pub(super) fn approval_policy(world: &World, config: &Config) -> ApprovalPolicy {
    let mut policy = config.approvals.clone();
    if world.mass {
        let rule = policy.classes.entry(DELETE.to_owned()).or_default();
        let wanted = rule.wanted().max(1);
        *rule = Rule { approvals: Some(wanted), ..rule.clone() };
    }
    policy
}

/// The plan of all that is wanted, but for what is held.
pub(super) fn planned(
    world: &World,
    policy: &ApprovalPolicy,
    approvals: &serde_json::Value,
    held: &Held,
) -> (Plan, PlanDocument) {
    planned_as(world, &world.wanted.desired, world.wanted.removals.clone(), (policy, approvals), held)
}

/// The plan of what would be wanted, with nothing else than is not held.
pub(super) fn plan_of(
    world: &World,
    config: &Config,
    desired: &Desired,
    held: &Held,
    removals: Option<Removals>,
) -> PlanDocument {
    let policy = approval_policy(world, config);
    let approvals = serde_json::to_value(&policy).unwrap_or_default();
    planned_as(world, desired, removals, (&policy, &approvals), held).1
}

fn planned_as(
    world: &World,
    desired: &Desired,
    removals: Option<Removals>,
    (policy, approvals): (&ApprovalPolicy, &serde_json::Value),
    held: &Held,
) -> (Plan, PlanDocument) {
    let schemas = adplane_platforms::schemas();
    let options =
        PlanOptions { approvals: policy.clone(), held: held.clone(), removals, ..PlanOptions::default() };
    let plan = plan(&PlanInput {
        desired,
        observed: &world.observed,
        schemas: &schemas,
        options: &options,
        bindings: &world.bindings,
        now: world.now,
    });
    let context =
        DocumentContext { desired, observed: &world.observed, engine: ENGINE, approvals: Some(approvals) };
    let document = PlanDocument::new(&plan, &context);
    (plan, document)
}

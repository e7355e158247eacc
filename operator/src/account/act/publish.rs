//! `Plan` objects: made, superseded, told where they stand, pruned.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use adplane_core::plan::document::PlanDocument;
use adplane_engine::approve::{Approval, ApprovedPlan, Cause, Objection};
use adplane_engine::notify::happenings::{self, Told};
use adplane_manifest::api::plan::{CountedApproval, Plan, PlanApproval, PlanStatus};
use adplane_manifest::api::status::{Condition, ConditionStatus, PlanPhase};
use adplane_manifest::api::text::{ClassName, Instant, Message, Note, UserName, Word};
use kube::api::{
    Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams, Preconditions,
};
use serde_json::json;

use super::super::ReconcileError;
use super::super::decide::{Decision, Hold, Standing, standing_plan};
use super::super::gather::World;
use super::MESSAGE;
use crate::config::PlanStore;
use crate::context::Context;
use crate::events::{Happening, of_plan};
use crate::names;
use crate::notices;
use crate::plans::{Body, BodyError, SeenPlan, cut, name_of, note, object, status_patch};

/// Sentences about what is missing that fit into a status.
const MISSING: usize = 20;
/// Approvals that fit into a status.
const APPROVALS: usize = 50;

fn plans(context: &Context, world: &World) -> Api<Plan> {
    Api::namespaced(context.client.clone(), world.key.namespace.as_str())
}

/// The plan object of a document, made when it is not there.
pub(super) async fn ensure(
    context: &Context,
    world: &World,
    document: &PlanDocument,
) -> Result<Arc<SeenPlan>, ReconcileError> {
    if let Some(plan) = standing_plan(world, document) {
        keep(context, plan, || context.bodies.named(plan.spec.body.name.0.clone(), document)).await?;
        return Ok(Arc::clone(plan));
    }
    let name = name_of(&document.hash);
    // One that has run its course makes room: what was approved then is not approved now.
    if let Some(ended) = world.plans.iter().find(|plan| *plan.name == name) {
        remove_approvals(context, ended).await?;
        remove(context, world, ended).await?;
    }
    let body = context.bodies.prepare(&name, document)?;
    let store = match context.config.plan_store {
        PlanStore::ConfigMap => "ConfigMap",
        PlanStore::Directory(_) => "Directory",
    };
    let unknown = document.authors.iter().any(|author| author.starts_with("system:"));
    let mut made = object(document, &world.key, store, &body, unknown);
    if let Some(account) = world.account() {
        made["metadata"]["ownerReferences"] = json!([{
            "apiVersion": adplane_manifest::api::API_VERSION, "kind": "AdAccount",
            "name": account.key.name, "uid": account.uid,
        }]);
    }
    let made: Plan = serde_json::from_value(made).map_err(ReconcileError::Malformed)?;
    let parameters = PostParams { field_manager: Some(names::MANAGER.to_owned()), ..PostParams::default() };
    let stored = match plans(context, world).create(&parameters, &made).await {
        Ok(stored) => stored,
        // Another look was faster than our cache.
        Err(kube::Error::Api(status)) if status.code == 409 => {
            plans(context, world).get(&name).await.map_err(ReconcileError::api("reading a plan"))?
        }
        Err(error) => return Err(ReconcileError::api("writing a plan")(error)),
    };
    tracing::info!(plan = name, hash = document.hash, account = %world.key, "a plan was made");
    let seen = SeenPlan::read(stored)
        .ok_or_else(|| ReconcileError::api("reading a plan")(kube::Error::LinesCodecMaxLineLengthExceeded))?;
    // The watch tells later; until then this look already knows.
    context.cache.apply_plan(seen.clone());
    keep(context, &seen, || Ok(body)).await?;
    Ok(Arc::new(seen))
}

/// Keeps the body of a plan, once for each plan that this process sees.
async fn keep(
    context: &Context,
    plan: &SeenPlan,
    body: impl FnOnce() -> Result<Body, BodyError>,
) -> Result<(), ReconcileError> {
    let known = |kept: &BTreeSet<String>| kept.contains(&plan.uid);
    if known(&context.kept.lock().unwrap_or_else(PoisonError::into_inner)) {
        return Ok(());
    }
    context.bodies.keep(plan, &body()?).await?;
    context.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(plan.uid.clone());
    Ok(())
}

/// Removes what was decided of a plan that has run its course, as the API server lists it: instants of the cluster are
/// whole seconds, and what was approved in the second of the next plan of that name must not count for it.
async fn remove_approvals(context: &Context, plan: &SeenPlan) -> Result<(), ReconcileError> {
    let api: Api<DynamicObject> = Api::namespaced_with(
        context.client.clone(),
        &plan.namespace,
        &crate::cache::api_resource("PlanApproval"),
    );
    let by_plan = ListParams::default().fields(&format!("spec.plan={}", plan.name));
    let listed = api.list(&by_plan).await.map_err(ReconcileError::api("listing approvals"))?;
    for approval in listed.items {
        let Some(name) = approval.metadata.name else { continue };
        match api.delete(&name, &DeleteParams::default()).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(ReconcileError::api("removing an approval")(error)),
        }
    }
    Ok(())
}

async fn remove(context: &Context, world: &World, plan: &SeenPlan) -> Result<(), ReconcileError> {
    let exactly = DeleteParams {
        preconditions: Some(Preconditions { uid: Some(plan.uid.clone()), resource_version: None }),
        ..DeleteParams::default()
    };
    match plans(context, world).delete(&plan.name, &exactly).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.code == 404 || status.code == 409 => {}
        Err(error) => return Err(ReconcileError::api("removing a plan")(error)),
    }
    context.bodies.forget(plan);
    context.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&plan.uid);
    context.cache.delete_plan(&plan.namespace, &plan.name, &plan.uid);
    Ok(())
}

/// Supersedes every plan that waits, but the one named, and what goes ahead of it.
pub(super) async fn supersede(
    context: &Context,
    world: &World,
    kept: Option<&str>,
    ahead: Option<&str>,
) -> Result<(), ReconcileError> {
    let goes =
        |plan: &&Arc<SeenPlan>| !plan.has_ended() && kept != Some(&*plan.name) && ahead != Some(&*plan.name);
    for plan in world.plans.iter().filter(goes) {
        let by =
            kept.map_or_else(|| "nothing is left to do".to_owned(), |name| format!("{name} took its place"));
        let status = PlanStatus {
            phase: Some(PlanPhase::Superseded),
            message: Some(Message(by.clone())),
            ..PlanStatus::default()
        };
        write(context, world, plan, status).await?;
        context.events.publish(&of_plan(plan), Happening::PlanSuperseded, &by).await;
    }
    Ok(())
}

/// Tells a plan where it stands, and people when that is new.
pub(super) async fn stand(
    context: &Context,
    world: &World,
    decision: &Decision,
    plan: &SeenPlan,
) -> Result<PlanPhase, ReconcileError> {
    let status = status_of(decision);
    let phase = status.phase.unwrap_or_default();
    if plan.status.phase != Some(phase) {
        let message = status.message.as_ref().map(|message| message.0.clone()).unwrap_or_default();
        let what = match phase {
            PlanPhase::Denied => Happening::PlanDenied,
            _ if matches!(decision.standing, Standing::Holding(Hold::Guards(_))) => Happening::GuardMissing,
            _ => Happening::PlanPending,
        };
        context.events.publish(&of_plan(plan), what, &message).await;
        notices::keep(context, &world.key, told(decision, &message));
    }
    write(context, world, plan, status).await?;
    Ok(phase)
}

/// Tells a plan that may be applied why that waits, and people when that is new.
pub(super) async fn keep_back(
    context: &Context,
    world: &World,
    plan: &SeenPlan,
    (approved, why): (&ApprovedPlan, &str),
) -> Result<(), ReconcileError> {
    let status = PlanStatus {
        phase: Some(PlanPhase::Approved),
        message: Some(Message(cut(why, MESSAGE))),
        approvals: counted(approved.approvals().iter()),
        ..PlanStatus::default()
    };
    if plan.status.message != status.message {
        context.events.publish(&of_plan(plan), Happening::PlanPending, why).await;
    }
    write(context, world, plan, status).await
}

/// What people are told of a plan that is not being applied. What is held by everybody's wish, or for seconds, is no news.
fn told(decision: &Decision, message: &str) -> Vec<Told> {
    let document = &decision.document;
    match &decision.standing {
        Standing::Waiting(judgement) => happenings::waiting(document, &judgement.missing()),
        Standing::Holding(
            Hold::Observe | Hold::DryRun | Hold::FirstLook | Hold::Anew | Hold::Settling(_),
        ) => Vec::new(),
        Standing::Holding(hold) => happenings::waiting(document, &[hold.to_string()]),
        Standing::Denied { .. } | Standing::Unsound(_) => happenings::not_applied(document, message, &[]),
        Standing::NoAccount | Standing::Unreadable { .. } | Standing::InSync | Standing::Ready(_) => {
            Vec::new()
        }
    }
}

/// The status of a plan that is not being applied.
fn status_of(decision: &Decision) -> PlanStatus {
    let mut status = PlanStatus::default();
    let (phase, message) = match &decision.standing {
        Standing::Waiting(judgement) => {
            let missing: Vec<Note> =
                judgement.missing().iter().take(MISSING).map(|line| Note(note(line))).collect();
            status.approvals = counted(judgement.granted());
            status.missing = (!missing.is_empty()).then_some(missing);
            let rejected = judgement.classes.iter().any(|standing| !standing.rejected.is_empty());
            let phase = if rejected { PlanPhase::Rejected } else { PlanPhase::Pending };
            (phase, judgement.missing().join("; "))
        }
        Standing::Denied { rule, message } => (PlanPhase::Denied, format!("policy {rule}: {message}")),
        Standing::Unsound(because) => (PlanPhase::Failed, because.clone()),
        Standing::Holding(hold) => {
            if let Hold::Frozen { approvals, .. } = hold {
                status.approvals = counted(approvals.iter());
            }
            (PlanPhase::Held, hold.to_string())
        }
        Standing::Ready(approved) => {
            status.approvals = counted(approved.approvals().iter());
            (PlanPhase::Approved, String::new())
        }
        _ => (PlanPhase::Approved, String::new()),
    };
    status.phase = Some(phase);
    status.message = (!message.is_empty()).then(|| Message(cut(&message, MESSAGE)));
    status
}

/// Approvals as a status tells them; `None` for none.
pub(super) fn counted<'a>(approvals: impl Iterator<Item = &'a Approval>) -> Option<Vec<CountedApproval>> {
    let counted = approvals.take(APPROVALS).map(|approval| CountedApproval {
        approver: UserName(approval.principal.clone()),
        class: ClassName(approval.class.to_string()),
        at: Instant(approval.at.to_string()),
        expires: Some(Instant(approval.expires.to_string())),
    });
    let counted: Vec<CountedApproval> = counted.collect();
    (!counted.is_empty()).then_some(counted)
}

/// Writes a plan's status; nothing when it stands there already.
pub(super) async fn write(
    context: &Context,
    world: &World,
    plan: &SeenPlan,
    status: PlanStatus,
) -> Result<(), ReconcileError> {
    if plan.status == status {
        return Ok(());
    }
    let parameters = PatchParams::apply(names::MANAGER).force();
    let patch = status_patch(&plan.name, &plan.namespace, &status);
    match plans(context, world).patch_status(&plan.name, &parameters, &Patch::Apply(&patch)).await {
        Ok(stored) => {
            if let Some(seen) = SeenPlan::read(stored) {
                context.cache.apply_plan(seen);
            }
            Ok(())
        }
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(ReconcileError::api("writing where a plan stands")(error)),
    }
}

/// Tells each approval of a waiting plan whether it counts, and why not.
pub(super) async fn count_approvals(
    context: &Context,
    world: &World,
    decision: &Decision,
) -> Result<(), ReconcileError> {
    let objections: Vec<Objection> = match &decision.standing {
        Standing::Waiting(judgement) => judgement.objections.clone(),
        _ => Vec::new(),
    };
    let standing = standing_plan(world, &decision.document).map(|plan| plan.name.clone());
    for verified in &world.approvals {
        let approval = &verified.approval;
        let own = || objections.iter().find(|objection| objection.place == *approval.name);
        let found = match &verified.testimony {
            Err(objection) => Some(objection),
            Ok(_) => own(),
        };
        let (reason, message) = match found {
            Some(objection) => (reason(objection.cause), objection.detail.clone()),
            None if standing.as_deref() == Some(approval.spec.plan.0.as_str()) => ("Counted", String::new()),
            None => ("PlanGone", "its plan was superseded or has run its course".to_owned()),
        };
        // What an apply rested on stays as it was counted then.
        let rested = reason == "PlanGone" && approval.counted.as_deref() == Some("Counted");
        if approval.counted.as_deref() == Some(reason) || rested {
            continue;
        }
        let counted = Condition {
            kind: Word("Counted".into()),
            status: if reason == "Counted" { ConditionStatus::True } else { ConditionStatus::False },
            last_transition_time: Instant(world.now.to_string()),
            reason: Word(reason.into()),
            message: (!message.is_empty()).then(|| Message(cut(&message, MESSAGE))),
            observed_generation: Some(1),
        };
        let api: Api<PlanApproval> = Api::namespaced(context.client.clone(), &approval.namespace);
        let patch = json!({
            "apiVersion": adplane_manifest::api::API_VERSION, "kind": "PlanApproval",
            "metadata": { "name": approval.name, "namespace": approval.namespace },
            "status": { "conditions": [counted] },
        });
        let parameters = PatchParams::apply(names::MANAGER).force();
        match api.patch_status(&approval.name, &parameters, &Patch::Apply(&patch)).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(ReconcileError::api("writing whether an approval counts")(error)),
        }
    }
    Ok(())
}

/// The documented reason of a cause.
fn reason(cause: Cause) -> &'static str {
    match cause {
        Cause::OtherPlan => "WrongHash",
        Cause::OtherClass => "WrongClass",
        Cause::Author => "Author",
        Cause::Expired => "Expired",
        Cause::Unguarded => "GuardMissing",
        Cause::Unsigned
        | Cause::BadSignature
        | Cause::UnknownSigner
        | Cause::WrongPrincipal
        | Cause::KeyNotValid
        | Cause::RevokedKey
        | Cause::WrongNamespace => "NoSignature",
        Cause::NotApprover | Cause::OverLimit | Cause::Future | Cause::Unreadable => "NotAllowed",
    }
}

/// Removes the oldest plans that have run their course, with their bodies and approvals.
pub(super) async fn prune(context: &Context, world: &World) -> Result<(), ReconcileError> {
    let mut ended: Vec<&Arc<SeenPlan>> = world.plans.iter().filter(|plan| plan.has_ended()).collect();
    let many = ended.len().saturating_sub(context.config.plan_retention);
    ended.sort_by_key(|plan| plan.created);
    for plan in ended.into_iter().take(many) {
        remove_approvals(context, plan).await?;
        remove(context, world, plan).await?;
    }
    Ok(())
}

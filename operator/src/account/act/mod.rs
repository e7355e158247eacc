//! Carrying a decision out: finalizers, plans, the apply itself.

mod apply;
mod finalizers;
mod leave;
mod publish;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use adplane_core::address::Address;
use adplane_core::notify::EventAccount;
use adplane_core::plan::document::{DocumentDrift, PlanDocument};
use adplane_core::plan::{Class, Step, Wave};
use adplane_engine::approve::ApprovedPlan;
use adplane_engine::execute::ChangeResult;
use adplane_engine::notify::happenings;
use adplane_engine::rules::outcome::Executed;
use adplane_engine::{drift, history};
use adplane_manifest::api::status::{PlanPhase, ResourceStatus};

use super::ReconcileError;
use super::decide::{Decision, Hold, Standing, standing_plan};
use super::gather::{World, is_torn_down};
use super::status::Type;
use crate::context::Context;
use crate::events::{Happening, of_resource};
use crate::notices;
use crate::plans::{cut, shown};

/// How soon an account is looked at again that may be written to, but not yet by this replica.
const NOT_YET: Duration = Duration::from_secs(3);

/// Characters of a message.
const MESSAGE: usize = 1024;

/// What became of a decision.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The plan that stands, and where.
    pub plan: Option<(String, PlanPhase)>,
    /// Why an apply did not do all of it.
    pub failure: Option<String>,
    /// Drift, with who brought it about.
    pub drift: Vec<DocumentDrift>,
    /// How long until the next look, when that is not the usual time.
    pub next: Option<Duration>,
    /// What became of each change of the decision's plan, when it was carried out.
    pub results: Option<BTreeMap<Address, ChangeResult>>,
    /// The same of the plan that goes ahead.
    pub ahead: Option<BTreeMap<Address, ChangeResult>>,
    /// What nobody could be told and was given up.
    pub given_up: Option<String>,
    /// Why the decision's plan was not carried out, though it may be.
    pub kept_back: Option<String>,
}

impl Outcome {
    /// The plans that were carried out.
    pub(super) fn executed<'o>(&'o self, decision: &'o Decision) -> Vec<Executed<'o>> {
        let ahead = decision.ahead.as_ref().map(|ahead| &ahead.document).zip(self.ahead.as_ref());
        let rest = self.results.as_ref().map(|results| (&decision.document, results));
        let both = ahead.into_iter().chain(rest);
        both.map(|(document, results)| Executed { document, results }).collect()
    }
}

/// Carries it out.
///
/// # Errors
/// When the API server or the local state cannot be used; what a platform says is in the outcome.
pub(super) async fn act(
    context: &Context,
    world: &World,
    decision: &Decision,
) -> Result<Outcome, ReconcileError> {
    finalizers::let_go(context, world, decision).await?;
    // What an uninstall lets go of would hang if it were taken hold of again.
    if context.uninstalling().await.map_err(ReconcileError::api("looking for an uninstall under way"))? {
        return Ok(Outcome {
            plan: pending(world),
            given_up: notices::given_up(&world.state),
            ..Outcome::default()
        });
    }
    finalizers::take(context, world, decision).await?;
    let drift = named(context, world, decision).await;
    let mut outcome = Outcome { drift, given_up: notices::given_up(&world.state), ..Outcome::default() };
    remember(world, decision)?;
    measure(context, world, decision);
    // With a namespace or a definition, overrides and rules go first: what they held stays as it is.
    let torn_down = decision.gives_back && is_torn_down(context, &world.key).await?;
    // Before anything else: it stops a loss.
    let ahead = go_ahead(context, world, decision, &mut outcome).await?;
    outcome.ahead = std::mem::take(&mut outcome.results);
    let failed = outcome.failure.take();
    let went = Went { torn_down, ahead: ahead.as_deref(), failed: failed.is_some() };
    if !carry_out(context, world, decision, went, &mut outcome).await? {
        return Ok(outcome);
    }
    outcome.failure = failed.or(outcome.failure);
    publish::count_approvals(context, world, decision).await?;
    publish::prune(context, world).await?;
    Ok(outcome)
}

/// What was found before the decision's own plan has its turn.
#[derive(Clone, Copy)]
struct Went<'a> {
    /// The namespace or a definition is being removed.
    torn_down: bool,
    /// The plan that went ahead.
    ahead: Option<&'a str>,
    /// Whether that failed.
    failed: bool,
}

/// What stands in the way of a decision's plan, or its apply; whether anything is left to do.
async fn carry_out(
    context: &Context,
    world: &World,
    decision: &Decision,
    went: Went<'_>,
    outcome: &mut Outcome,
) -> Result<bool, ReconcileError> {
    match &decision.standing {
        Standing::Ready(_) if went.torn_down => {
            tracing::warn!(account = %world.key, "nothing is given back: the namespace or a definition is being removed");
            outcome.plan = pending(world);
        }
        // What was planned before still stands, as far as anybody knows.
        Standing::NoAccount | Standing::Holding(Hold::FirstLook | Hold::Anew) => {
            outcome.plan = pending(world);
        }
        // What went ahead is read first.
        Standing::Ready(_) if went.ahead.is_some() && !went.failed => outcome.plan = pending(world),
        Standing::Ready(approved) if went.failed && may_spend_more(&decision.document) => {
            keep_back(context, world, (decision, approved), went.ahead, outcome).await?;
        }
        Standing::Unreadable { because } => {
            outcome.plan = pending(world);
            notices::keep(context, &world.key, unreadable(world, because));
        }
        Standing::InSync => {
            publish::supersede(context, world, None, went.ahead).await?;
            finalizers::forget_authors(context, world, decision).await?;
        }
        Standing::Ready(approved) if context.fence.holds(&world.key) => {
            let plan = publish::ensure(context, world, &decision.document).await?;
            publish::supersede(context, world, Some(&plan.name), went.ahead).await?;
            apply::apply(context, world, &decision.document, approved, &plan, outcome).await?;
        }
        // A lease that was just taken rests before anything is written under it.
        Standing::Ready(_) => {
            outcome.plan = pending(world);
            outcome.next = Some(NOT_YET);
        }
        standing => {
            if let Standing::Unsound(because) = standing
                && let Some(told) = unsound(world, decision, because)
            {
                outcome.plan = Some((told, PlanPhase::Failed));
                return Ok(false);
            }
            publish_plan(context, world, decision, went.ahead, outcome).await?;
        }
    }
    Ok(true)
}

/// Publishes a plan that may spend more and waits for what goes ahead of it.
async fn keep_back(
    context: &Context,
    world: &World,
    (decision, approved): (&Decision, &ApprovedPlan),
    ahead: Option<&str>,
    outcome: &mut Outcome,
) -> Result<(), ReconcileError> {
    let plan = publish::ensure(context, world, &decision.document).await?;
    publish::supersede(context, world, Some(&plan.name), ahead).await?;
    let why = kept_back(ahead.unwrap_or_default());
    outcome.plan = Some((plan.name.to_string(), PlanPhase::Approved));
    publish::keep_back(context, world, &plan, (approved, &why)).await?;
    outcome.kept_back = Some(why);
    Ok(())
}

/// Publishes a plan that waits for somebody.
async fn publish_plan(
    context: &Context,
    world: &World,
    decision: &Decision,
    ahead: Option<&str>,
    outcome: &mut Outcome,
) -> Result<(), ReconcileError> {
    let plan = publish::ensure(context, world, &decision.document).await?;
    publish::supersede(context, world, Some(&plan.name), ahead).await?;
    let phase = publish::stand(context, world, decision, &plan).await?;
    outcome.plan = Some((plan.name.to_string(), phase));
    // Whoever decides at once may be heard before the plan itself is.
    let heard = context.cache.approvals(&plan.namespace, &plan.name);
    let known = |uid: &str| world.approvals.iter().any(|known| known.approval.uid == uid);
    if heard.iter().any(|approval| !known(&approval.uid)) {
        outcome.next = Some(NOT_YET);
    }
    Ok(())
}

/// Applies what goes ahead of a plan that waits; its name, where that was tried.
async fn go_ahead(
    context: &Context,
    world: &World,
    decision: &Decision,
    outcome: &mut Outcome,
) -> Result<Option<String>, ReconcileError> {
    let Some(ahead) = decision.ahead.as_ref().filter(|_| context.fence.holds(&world.key)) else {
        return Ok(None);
    };
    let plan = publish::ensure(context, world, &ahead.document).await?;
    apply::apply(context, world, &ahead.document, &ahead.approved, &plan, outcome).await?;
    Ok(Some(plan.name.to_string()))
}

/// Whether anything of a plan may let more be spent. What went ahead of it counted as live when it was judged: where that
/// failed, such a plan waits, and what does not raise spend goes on.
fn may_spend_more(document: &PlanDocument) -> bool {
    let raises = |class: &Class| matches!(class, Class::Raise(_));
    let goes_up = |step: &Step| match step.wave {
        Wave::Raise | Wave::EnableAds | Wave::EnableAdGroups | Wave::EnableCampaigns => true,
        Wave::Lower | Wave::Supersede | Wave::Create | Wave::Edit | Wave::CreateBelow | Wave::Retire => false,
    };
    document.classes.iter().any(raises) || document.steps.iter().any(goes_up)
}

/// Why a plan waits for another. How that failed is told there: the words of a vendor differ each time.
fn kept_back(ahead: &str) -> String {
    format!("it may raise spend, and waits for {ahead}, which goes ahead of it and was not applied")
}

/// An account that cannot be read spends on, and nobody watches it.
fn unreadable(world: &World, because: &str) -> Vec<happenings::Told> {
    let account = world.wanted.account().map(|account| EventAccount {
        platform: account.platform,
        namespace: account.key.namespace.clone(),
        name: account.key.name.clone(),
    });
    let happening = adplane_core::notify::Happening::ApplyFailed {
        account,
        plan: None,
        because: "the account cannot be read: what runs there runs on, and nothing of it is watched"
            .to_owned(),
        details: vec![because.to_owned()],
    };
    vec![(happening, BTreeSet::new())]
}

/// The plan that says already why it cannot be applied.
fn unsound(world: &World, decision: &Decision, because: &str) -> Option<String> {
    let hash = &decision.document.hash;
    let plan = world.plans.iter().find(|plan| plan.spec.hash.0 == *hash)?;
    let said = plan.status.message.as_ref().map(|message| message.0.as_str());
    let same = plan.status.phase == Some(PlanPhase::Failed) && said == Some(cut(because, MESSAGE).as_str());
    same.then(|| plan.name.to_string())
}

/// The plan that waits, when nothing is known to have changed.
fn pending(world: &World) -> Option<(String, PlanPhase)> {
    let waiting = world.plans.iter().find(|plan| !plan.has_ended())?;
    Some((waiting.name.to_string(), waiting.status.phase.unwrap_or(PlanPhase::Pending)))
}

/// Drift with names. The platform is asked only when there is something new to ask about.
async fn named(context: &Context, world: &World, decision: &Decision) -> Vec<DocumentDrift> {
    let mut drift = decision.drift.clone();
    let former = {
        let told = context.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(&world.key).cloned().unwrap_or_default()
    };
    let same = |one: &DocumentDrift, other: &DocumentDrift| {
        one.address == other.address && one.path == other.path && one.live == other.live
    };
    let fresh: Vec<usize> =
        (0..drift.len()).filter(|at| !former.iter().any(|known| same(known, &drift[*at]))).collect();
    for item in &mut drift {
        item.changed_by =
            former.iter().find(|known| same(known, item)).and_then(|known| known.changed_by.clone());
    }
    if let (Some(adapter), false) = (&world.adapter, fresh.is_empty()) {
        let adapters = BTreeMap::from([(world.key.clone(), Arc::clone(adapter))]);
        let history = history::read(&adapters, [world.key.clone()], world.now).await;
        drift::name(&mut drift, &history, &world.wanted.desired);
        for at in &fresh {
            tell(context, world, &drift[*at]).await;
        }
        let news = fresh.into_iter().map(|at| &drift[at]).filter(|item| !stands(world, item));
        let news: Vec<DocumentDrift> = news.cloned().collect();
        notices::keep(context, &world.key, happenings::drifted(&decision.document, &news, &shown));
    }
    context.told.lock().unwrap_or_else(PoisonError::into_inner).insert(world.key.clone(), drift.clone());
    drift
}

async fn tell(context: &Context, world: &World, item: &DocumentDrift) {
    let key = super::lower::resource_of(&item.address);
    if let Some(resource) = world.resources.iter().find(|resource| resource.key == key) {
        let note = super::status::drift_text(item);
        context.events.publish(&of_resource(resource), Happening::Drifted, &note).await;
    }
}

/// Whether the status of its resource says so already: people were told before this process began.
fn stands(world: &World, item: &DocumentDrift) -> bool {
    let key = super::lower::resource_of(&item.address);
    let Some(resource) = world.resources.iter().find(|resource| resource.key == key) else { return false };
    let status: ResourceStatus = serde_json::from_value(resource.status()).unwrap_or_default();
    let told = super::status::drift_text(item);
    let drifted =
        status.conditions.iter().flatten().find(|condition| condition.kind.0 == Type::Drifted.word());
    drifted.and_then(|drifted| drifted.message.as_ref()).is_some_and(|message| message.0.contains(&told))
}

/// Remembers what both sides agree on.
fn remember(world: &World, decision: &Decision) -> Result<(), ReconcileError> {
    if matches!(decision.standing, Standing::NoAccount | Standing::Unreadable { .. }) {
        return Ok(());
    }
    let mut applied = world.applied.clone();
    drift::learn(&mut applied, &world.wanted.desired, &decision.held, &decision.document);
    if applied != world.applied {
        world.state.save_applied(&applied)?;
    }
    Ok(())
}

fn measure(context: &Context, world: &World, decision: &Decision) {
    let metrics = &context.metrics;
    let waiting = matches!(decision.standing, Standing::Waiting(_));
    let since = standing_plan(world, &decision.document).and_then(|plan| plan.created);
    metrics.plan_pending(&world.key, waiting.then(|| since.unwrap_or(world.now)));
    metrics.drift(&world.key, decision.drift.len());
    let observed = world.observed.accounts.get(&world.key);
    metrics.quota(&world.key, observed.and_then(|account| account.quota_left));
    for (currency, money) in &decision.document.money {
        let (live, wanted) = (money.total.daily_before.micros(), money.total.daily_after.micros());
        metrics.daily_budget(&world.key, currency, live, wanted);
    }
}

#[cfg(test)]
mod tests;

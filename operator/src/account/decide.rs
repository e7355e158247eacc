//! What to do about an account, as a function of what was gathered.

mod times;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::Kind;
use adplane_core::desired::{DeletionPolicy, Management};
use adplane_core::freeze;
use adplane_core::ids::ExternalId;
use adplane_core::observed::{Coverage, ObservedAccount, ObservedObject};
use adplane_core::plan::document::{DocumentDrift, DriftRules, DriftSide, PlanDocument};
use adplane_core::plan::{Action, Held, Plan, lowers_spend};
use adplane_engine::approve::{
    Approval, ApprovedPlan, Judgement, Objection, Sources, Testimony, Unapproved, Witness, approve_with,
};
use adplane_engine::drift::{self, Ground};
use adplane_manifest::load::DocumentKind;
use jiff::Timestamp;

use super::ahead::{Ahead, ahead};
use super::authors::{authors, gives_back, settled_authors};
use super::gather::World;
use super::lower::resource_of;
use super::planning::{approval_policy, plan_of, planned};
use crate::cache::ResourceKey;
use crate::config::Config;
use crate::deletion::Release;
use crate::names;
use crate::plans::{SeenPlan, name_of};
pub(super) use times::opening;
use times::{until_end, until_open};

/// The shortest wait for a removal to settle.
const SOON: Duration = Duration::from_secs(1);

/// Where an account stands.
#[derive(Debug)]
pub enum Standing {
    /// There is no usable account: its resource is missing or wrong.
    NoAccount,
    /// The platform could not be read.
    Unreadable {
        /// Why.
        because: String,
    },
    /// Nothing is to be written.
    InSync,
    /// There is something to write, and for now nothing is.
    Holding(Hold),
    /// A policy forbids it.
    Denied {
        /// The rule.
        rule: String,
        /// What it says.
        message: String,
    },
    /// Approvals are missing.
    Waiting(Box<Judgement>),
    /// It may be applied.
    Ready(Box<ApprovedPlan>),
    /// It cannot be applied: a defect, or a policy that cannot be read.
    Unsound(String),
}

/// Why nothing is written although there is something to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// The account is only observed.
    Observe,
    /// The account is suspended by annotation.
    Suspended,
    /// The operator writes nothing.
    DryRun,
    /// The first look after a start never writes.
    FirstLook,
    /// Rules decided something in this look, and what was planned before it counts no more.
    Anew,
    /// A policy or a freeze window cannot be understood.
    Ungoverned(String),
    /// Admission policies are missing.
    Guards(Vec<String>),
    /// Other changes of the account were put off, and so is this.
    Settling(String),
    /// A freeze window holds all of it, approved as it is.
    Frozen {
        /// Which window, and until when.
        because: String,
        /// What it may be applied by afterwards.
        approvals: Vec<Approval>,
    },
}

impl std::fmt::Display for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Observe => f.write_str("the account is only observed (`management: Observe`)"),
            Self::Suspended => f.write_str("the account is suspended (annotation `adplane.io/suspend`)"),
            Self::DryRun => f.write_str("the operator runs dry and writes nothing (`dryRun`)"),
            Self::FirstLook => f.write_str("the first look after a start never writes"),
            Self::Anew => f.write_str("rules have just decided something: it is planned anew at once"),
            Self::Ungoverned(because) => write!(f, "nothing is written while this is wrong: {because}"),
            Self::Guards(missing) => {
                write!(f, "admission policies are missing or changed: {}", missing.join(", "))
            }
            Self::Settling(because) | Self::Frozen { because, .. } => f.write_str(because),
        }
    }
}

/// What to do.
#[derive(Debug)]
pub struct Decision {
    /// The plan, with every object of the account.
    pub plan: Plan,
    /// The same as a document, but for what goes ahead of it.
    pub document: PlanDocument,
    /// What is left alone, for whatever reason.
    pub held: Held,
    /// What the platform's side brought about.
    pub drift: Vec<DocumentDrift>,
    /// Where the account stands.
    pub standing: Standing,
    /// Whether it gives back what something held that is not there any more.
    pub gives_back: bool,
    /// What goes ahead of the document, which waits.
    pub ahead: Option<Ahead>,
    /// Whether a removed resource rests before its removal is believed.
    pub resting: bool,
    /// Resources to let go, with why.
    pub let_go: Vec<(ResourceKey, String)>,
    /// Resources that need our finalizer.
    pub finalize: Vec<ResourceKey>,
    /// Resources whose stamped authors have done their part.
    pub settled_authors: Vec<ResourceKey>,
}

impl Decision {
    /// Writes nothing at this look: what is in force has changed since it was gathered.
    pub(super) fn put_off(&mut self) {
        self.ahead = None;
        if matches!(self.standing, Standing::Ready(_)) {
            self.standing = Standing::Holding(Hold::Anew);
        }
    }

    /// The name of its plan, when there is something to write.
    pub fn plan_name(&self) -> Option<String> {
        (!self.document.steps.is_empty()).then(|| name_of(&self.document.hash))
    }

    /// How long until the account is looked at again when nothing happens.
    pub fn next(&self, world: &World, config: &Config) -> Duration {
        match &self.standing {
            Standing::Holding(Hold::FirstLook) => Duration::ZERO,
            // What was approved goes on as soon as it may.
            Standing::Holding(Hold::Frozen { .. }) => until_open(world)
                .map_or(config.observe_every, |opening| opening.clamp(SOON, config.observe_every.max(SOON))),
            _ if self.resting => (config.settle / 2).clamp(SOON, config.observe_every),
            // What has ended must not stay live for long: a raise until midnight is none of the next day.
            _ => until_end(world)
                .map_or(config.observe_every, |end| end.clamp(SOON, config.observe_every.max(SOON))),
        }
    }
}

/// Decides.
pub fn decide(world: &World, config: &Config) -> Decision {
    let rules = config.drift.rules();
    let policy = approval_policy(world, config);
    let approvals = serde_json::to_value(&policy).unwrap_or_default();
    let mut held = world.wanted.held.clone();
    held.extend(drift::ignored(&world.wanted.desired, &rules));
    let planned = |held: &Held| planned(world, &policy, &approvals, held);
    let (first, document) = planned(&held);
    let drift = found_drift(world, &rules, &held, &document);
    held.extend(drift::alerted(&undecided(world, &drift)));
    let (plan, mut document) = if drift.is_empty() { (first, document) } else { planned(&held) };
    let drift = drift::with_outcome(drift, &document);
    document.authors = authors(&world.wanted, &world.resources, world.authors_stamped, &document);
    document.seal();
    let standing = standing(world, config, &document);
    let settled_authors = settled_authors(world, &standing, &drift, &plan, &held);
    let let_go = let_go(world, &plan, &standing);
    let ahead = ahead(world, config, &held, &standing);
    let (document, held, standing) = match &ahead {
        Some(ahead) => rest(world, config, ahead, held),
        None => (document, held, standing),
    };
    Decision {
        gives_back: gives_back(&world.wanted, &world.resources, &document),
        resting: world.releases.values().any(|release| matches!(release, Release::Wait(_))),
        let_go,
        finalize: finalize(world, config),
        settled_authors,
        ahead,
        plan,
        document,
        held,
        drift,
        standing,
    }
}

/// What stays when something goes ahead.
fn rest(world: &World, config: &Config, ahead: &Ahead, mut held: Held) -> (PlanDocument, Held, Standing) {
    ahead.hold(&mut held);
    let removals = world.wanted.removals.clone();
    let mut document = plan_of(world, config, &world.wanted.desired, &held, removals);
    document.authors = authors(&world.wanted, &world.resources, world.authors_stamped, &document);
    document.seal();
    let standing = standing(world, config, &document);
    (document, held, standing)
}

fn found_drift(
    world: &World,
    rules: &DriftRules,
    held: &Held,
    document: &PlanDocument,
) -> Vec<DocumentDrift> {
    let ground = Ground {
        desired: &world.wanted.desired,
        held,
        rules,
        applied: &world.applied,
        bindings: &world.bindings,
        edited: &BTreeMap::new(),
        written: &|| world.state.apply_log().read().map(|chain| chain.last_written()).unwrap_or_default(),
    };
    let mut found = drift::find(document, &ground);
    // Where nobody remembers what both sides agreed on, a difference is a change to plan, not drift.
    found.retain(|item| item.side != DriftSide::Unknown);
    found
}

/// Drift that nobody has decided about: nobody edited the field since, and nobody asked for it to be reverted.
fn undecided(world: &World, drift: &[DocumentDrift]) -> Vec<DocumentDrift> {
    let asked = |item: &DocumentDrift| {
        let key = resource_of(&item.address);
        let resource = world.resources.iter().find(|resource| resource.key == key);
        resource.is_some_and(|resource| resource.annotation(names::REVERT_DRIFT) == Some("true"))
    };
    drift.iter().filter(|item| !drift::is_decided(item) && !asked(item)).cloned().collect()
}

/// Where an account stands with a plan.
pub(crate) fn standing(world: &World, config: &Config, document: &PlanDocument) -> Standing {
    let Some(account) = world.wanted.account() else { return Standing::NoAccount };
    if let Some(observed) = world.observed.accounts.get(&world.key)
        && let Coverage::Partial { because } = &observed.coverage
    {
        return Standing::Unreadable { because: because.clone() };
    }
    if document.steps.is_empty() {
        return Standing::InSync;
    }
    if account.management == Management::Observe {
        return Standing::Holding(Hold::Observe);
    }
    if let Some((resource, found)) = world.wanted.governing().next() {
        return Standing::Holding(Hold::Ungoverned(format!("{resource}: {}", found.message)));
    }
    if world.suspended() {
        return Standing::Holding(Hold::Suspended);
    }
    if let Some(verdict) = document.denial() {
        return Standing::Denied { rule: verdict.rule.clone(), message: verdict.message.clone() };
    }
    if config.guards_required && !world.guards_missing.is_empty() {
        return Standing::Holding(Hold::Guards(world.guards_missing.clone()));
    }
    if let Some(because) = settling(world) {
        return Standing::Holding(Hold::Settling(because));
    }
    let sources = Sources { witness: Some(Arc::new(Heard::of(world, document))), ..Sources::default() };
    match approve_with(document, sources, world.now) {
        Ok(_) if config.dry_run => Standing::Holding(Hold::DryRun),
        Ok(_) if world.first_look => Standing::Holding(Hold::FirstLook),
        Ok(approved) => match frozen(approved.plan(), world.now) {
            Some(because) => {
                let approvals = approved.approvals().to_vec();
                Standing::Holding(Hold::Frozen { because, approvals })
            }
            None => Standing::Ready(Box::new(approved)),
        },
        Err(Unapproved::Missing(judgement)) => Standing::Waiting(judgement),
        Err(Unapproved::Denied { rule, message }) => Standing::Denied { rule, message },
        Err(error) => Standing::Unsound(error.to_string()),
    }
}

/// Why nothing of a plan may be written now, when freeze windows hold all of it: an apply would only read everything again.
pub(crate) fn frozen(plan: &Plan, now: Timestamp) -> Option<String> {
    let mut gate = freeze::Gate::new(&plan.freezes, now);
    let mut because = None;
    for step in &plan.steps {
        let change = &plan.changes[step.change];
        because = Some(gate.frozen(&change.address, lowers_spend(change, step))?.to_string());
    }
    because
}

/// Why everything waits for a removal to settle: what is being torn down must not be written to meanwhile.
fn settling(world: &World) -> Option<String> {
    let resting = world.releases.values().filter(|release| matches!(release, Release::Wait(_))).count();
    (resting > 0).then(|| format!("{resting} removed resources rest before their removal is believed"))
}

/// Resources to let go: torn down, or removed with nothing left to do on the platform.
fn let_go(world: &World, plan: &Plan, standing: &Standing) -> Vec<(ResourceKey, String)> {
    let readable = !matches!(standing, Standing::Unreadable { .. } | Standing::NoAccount);
    let mut found = Vec::new();
    for (resource, release) in &world.releases {
        match release {
            Release::LetGo(because) => found.push((resource.clone(), because.clone())),
            Release::CarryOut if readable && !is_pending(plan, resource) && !runs_on(world, resource) => {
                found.push((resource.clone(), "its deletion policy was carried out".to_owned()));
            }
            Release::CarryOut | Release::Wait(_) => {}
        }
    }
    found
}

/// Whether an object that was a resource's, by the ids of earlier applies, is still on although its removal turns it off:
/// its marker was lost, so no plan can touch it, and letting go would hide that.
fn runs_on(world: &World, resource: &ResourceKey) -> bool {
    let Some(removals) = &world.wanted.removals else { return false };
    let Some(observed) = world.observed.accounts.get(&world.key) else { return false };
    let ids: BTreeSet<(Kind, &ExternalId)> = world
        .bindings
        .iter()
        .filter(|(address, _)| resource_of(address) == *resource)
        .filter(|(address, _)| {
            removals
                .iter()
                .any(|removal| removal.address == **address && removal.policy != DeletionPolicy::Orphan)
        })
        .map(|(address, id)| (address.kind, id))
        .collect();
    let mut live = observed.objects.iter().filter(|object| ids.contains(&(object.kind, &object.id)));
    live.any(|object| object.marker.is_none() && delivers(observed, object))
}

/// Whether an object is on, and so is everything that it is in.
fn delivers(observed: &ObservedAccount, object: &ObservedObject) -> bool {
    let mut own = Some(object);
    // An ad, its group, its campaign.
    for _ in 0..3 {
        let Some(object) = own else { return true };
        if object.text("state") != Some("Active") {
            return false;
        }
        own = object
            .parent
            .as_ref()
            .and_then(|parent| observed.objects.iter().find(|above| above.id == *parent));
    }
    true
}

/// Whether anything of a resource is still to be written, or blocked.
fn is_pending(plan: &Plan, resource: &ResourceKey) -> bool {
    plan.changes
        .iter()
        .any(|change| change.action != Action::None && resource_of(&change.address) == *resource)
}

/// Resources with something live, or soon to be, that lack our finalizer.
fn finalize(world: &World, config: &Config) -> Vec<ResourceKey> {
    let manages = world.wanted.account().is_some_and(|account| account.management == Management::Manage);
    if !manages || config.dry_run {
        return Vec::new();
    }
    let kinds = [DocumentKind::Campaign, DocumentKind::AdGroup, DocumentKind::Budget];
    world
        .resources
        .iter()
        .filter(|resource| kinds.contains(&resource.key.kind))
        .filter(|resource| resource.deleting.is_none() && !resource.finalized && !resource.links.is_pool())
        .filter(|resource| !world.wanted.broken.contains_key(&resource.key))
        .map(|resource| resource.key.clone())
        .collect()
}

/// Approvals as they were heard while gathering.
#[derive(Debug)]
struct Heard(Vec<Result<Testimony, Objection>>);

impl Heard {
    /// Those of the plan that is there for a document.
    fn of(world: &World, document: &PlanDocument) -> Self {
        let plan = standing_plan(world, document);
        let theirs = world
            .approvals
            .iter()
            .filter(|verified| plan.is_some_and(|plan| verified.approval.spec.plan.0 == *plan.name));
        Self(theirs.map(|verified| verified.testimony.clone()).collect())
    }
}

impl Witness for Heard {
    fn testimonies(&self) -> Vec<Result<Testimony, Objection>> {
        self.0.clone()
    }
}

/// The plan object of a document, unless it has run its course.
pub(super) fn standing_plan<'w>(world: &'w World, document: &PlanDocument) -> Option<&'w Arc<SeenPlan>> {
    let found = world.plans.iter().find(|plan| plan.spec.hash.0 == document.hash)?;
    (!found.has_ended()).then_some(found)
}

#[cfg(test)]
mod tests;

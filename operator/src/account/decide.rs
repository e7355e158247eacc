//! What to do about an account, as a function of what was gathered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::{Address, Kind};
use adplane_core::approval::{ApprovalPolicy, Rule};
use adplane_core::desired::{DeletionPolicy, Management};
use adplane_core::freeze;
use adplane_core::ids::ExternalId;
use adplane_core::observed::{Coverage, ObservedAccount, ObservedObject};
use adplane_core::plan::document::{DocumentContext, DocumentDrift, DriftRules, DriftSide, PlanDocument};
use adplane_core::plan::{Action, Held, Plan, PlanInput, PlanOptions, lowers_spend, plan};
use adplane_engine::approve::{
    Approval, ApprovedPlan, Judgement, Objection, Sources, Testimony, Unapproved, Witness, approve_with,
};
use adplane_engine::drift::{self, Ground};
use adplane_manifest::load::DocumentKind;
use jiff::Timestamp;

use super::authors::authors;
use super::gather::World;
use super::lower::resource_of;
use crate::cache::ResourceKey;
use crate::config::Config;
use crate::deletion::Release;
use crate::names;
use crate::plans::{SeenPlan, name_of};

/// What the engine calls itself in plans; part of the hash.
const ENGINE: &str = concat!("adplane ", env!("CARGO_PKG_VERSION"));
/// The shortest wait for a removal to settle.
const SOON: Duration = Duration::from_secs(1);
/// The class that removals have.
const DELETE: &str = "delete";

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
    /// The same as a document.
    pub document: PlanDocument,
    /// What is left alone, for whatever reason.
    pub held: Held,
    /// What the platform's side brought about.
    pub drift: Vec<DocumentDrift>,
    /// Where the account stands.
    pub standing: Standing,
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
            _ => config.observe_every,
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
    let (first, document) = planned(world, &policy, &approvals, &held);
    let drift = found_drift(world, &rules, &held, &document);
    held.extend(drift::alerted(&undecided(world, &drift)));
    let (plan, mut document) =
        if drift.is_empty() { (first, document) } else { planned(world, &policy, &approvals, &held) };
    let drift = drift::with_outcome(drift, &document);
    document.authors = authors(&world.wanted, &world.resources, world.authors_stamped, &document);
    document.seal();
    let standing = standing(world, config, &document);
    Decision {
        resting: world.releases.values().any(|release| matches!(release, Release::Wait(_))),
        let_go: let_go(world, &plan, &standing),
        finalize: finalize(world, config),
        settled_authors: settled_authors(world, &standing, &drift, &plan, &held),
        plan,
        document,
        held,
        drift,
        standing,
    }
}

/// The approval policy; many removals at once need somebody even where the policy asks for nobody.
fn approval_policy(world: &World, config: &Config) -> ApprovalPolicy {
    let mut policy = config.approvals.clone();
    if world.mass {
        let rule = policy.classes.entry(DELETE.to_owned()).or_default();
        let wanted = rule.wanted().max(1);
        *rule = Rule { approvals: Some(wanted), ..rule.clone() };
    }
    policy
}

fn planned(
    world: &World,
    policy: &ApprovalPolicy,
    approvals: &serde_json::Value,
    held: &Held,
) -> (Plan, PlanDocument) {
    let schemas = adplane_platforms::schemas();
    let options = PlanOptions {
        approvals: policy.clone(),
        held: held.clone(),
        removals: world.wanted.removals.clone(),
        ..PlanOptions::default()
    };
    let desired = &world.wanted.desired;
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

fn standing(world: &World, config: &Config, document: &PlanDocument) -> Standing {
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
fn frozen(plan: &Plan, now: Timestamp) -> Option<String> {
    let mut gate = freeze::Gate::new(&plan.freezes, now);
    let mut because = None;
    for step in &plan.steps {
        let change = &plan.changes[step.change];
        because = Some(gate.frozen(&change.address, lowers_spend(change, step))?.to_string());
    }
    because
}

/// When the freeze windows on the account that are closed now are all open; `None` when none is closed.
pub(super) fn opening(world: &World) -> Option<Timestamp> {
    let account = world.wanted.account()?;
    let windows = world.wanted.desired.freezes.iter();
    let rules = windows
        .filter(|window| window.covers(&account.key, account.platform))
        .flat_map(|window| &window.rules);
    freeze::opening(rules, world.now, &account.zone).filter(|opening| *opening > world.now)
}

/// How long until then, rounded up to whole seconds.
fn until_open(world: &World) -> Option<Duration> {
    let seconds = opening(world)?.duration_since(world.now).as_secs() + 1;
    Some(Duration::from_secs(u64::try_from(seconds).ok()?))
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
        .filter(|resource| resource.deleting.is_none() && !resource.finalized)
        .filter(|resource| !world.wanted.broken.contains_key(&resource.key))
        .map(|resource| resource.key.clone())
        .collect()
}

/// Resources whose accumulated authors can be forgotten, because all that they wrote is live.
fn settled_authors(
    world: &World,
    standing: &Standing,
    drift: &[DocumentDrift],
    plan: &Plan,
    held: &Held,
) -> Vec<ResourceKey> {
    if !matches!(standing, Standing::InSync) || !drift.is_empty() {
        return Vec::new();
    }
    let waiting = waiting(world, plan, held);
    world
        .resources
        .iter()
        .filter(|resource| resource.annotation(names::AUTHORS).is_some() && resource.deleting.is_none())
        // Nobody asks who wrote those, and several accounts have them.
        .filter(|resource| !matches!(resource.key.kind, DocumentKind::Policy | DocumentKind::FreezeWindow))
        .filter(|resource| !world.wanted.broken.contains_key(&resource.key))
        .filter(|resource| !waiting.contains(&resource.key))
        .map(|resource| resource.key.clone())
        .collect()
}

/// Resources of which something is not live although nothing is to be written: it is blocked or held, for now.
fn waiting(world: &World, plan: &Plan, held: &Held) -> BTreeSet<ResourceKey> {
    let blocked = plan.changes.iter().filter(|change| change.action != Action::None);
    let blocked: BTreeSet<&Address> =
        blocked.map(|change| &change.address).chain(world.wanted.blocked.keys()).collect();
    let objects = world.wanted.account().into_iter().flat_map(|account| account.objects.values());
    let waits = objects.filter(|object| {
        let address = &object.address;
        blocked.contains(address) || held.object(address)
    });
    let mut found = BTreeSet::new();
    for object in waits {
        found.insert(resource_of(&object.address));
        found.extend(object.budget.as_ref().map(resource_of));
        found.extend(object.creative.as_ref().map(|creative| {
            ResourceKey::new(DocumentKind::Creative, object.address.namespace.as_str(), creative.as_str())
        }));
    }
    found.extend(blocked.into_iter().map(resource_of));
    found
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

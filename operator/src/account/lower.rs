//! From resources to what is wanted, each with what is wrong with it.
//!
//! A resource with an error holds back what it describes and nothing else: its live objects stay as they are. A policy or
//! a freeze window that cannot be understood holds the whole account back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::{AccountKey, Address, Kind};
use adplane_core::desired::{DeletionPolicy, Desired, DesiredAccount, DesiredObject};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{FieldOwner, FieldPath};
use adplane_core::ids::{AdName, Namespace, ObjectName, ProjectName};
use adplane_core::marker::{IdentityKey, Owner};
use adplane_core::overlay::{DAILY_BUDGET, STATE};
use adplane_core::plan::{Held, Removal, Removals};
use adplane_core::pool::Pool;
use adplane_core::rules::{Mode, Rule, lint};
use adplane_engine::rules::{reaches, untold};
use adplane_manifest::Lowered;
use adplane_manifest::load::{DocumentKind, from_resources};
use jiff::Timestamp;
use serde_json::Value;

use crate::cache::{Resource, ResourceKey};

/// What an account's resources want.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The desired state, of this account alone.
    pub desired: Desired,
    /// Errors by resource.
    pub broken: BTreeMap<ResourceKey, Vec<Diagnostic>>,
    /// What the plan leaves as it is, because the resource is broken or rests on one that is.
    pub held: Held,
    /// Objects that are held for that, with the resource that is broken.
    pub blocked: BTreeMap<Address, ResourceKey>,
    /// The same with what is being removed and may still spend, where anything is.
    pub with_leaving: Option<Desired>,
    /// What was taken out: the objects of resources whose removal is carried out.
    pub removals: Option<Removals>,
    /// Rules that look at the account and can run.
    pub rules: Vec<Rule>,
    /// Pools that campaigns of the account draw on, with those of other accounts.
    pub pools: Vec<Pool>,
}

impl Wanted {
    /// The account.
    pub fn account(&self) -> Option<&DesiredAccount> {
        self.desired.accounts.values().next()
    }

    /// Errors of what governs the account.
    pub fn governing(&self) -> impl Iterator<Item = (&ResourceKey, &Diagnostic)> {
        let governs = |kind| {
            matches!(kind, DocumentKind::AdAccount | DocumentKind::Policy | DocumentKind::FreezeWindow)
        };
        self.broken
            .iter()
            .filter(move |(key, _)| governs(key.kind))
            .filter_map(|(key, found)| Some((key, found.first()?)))
    }
}

/// Whose the objects are.
#[derive(Debug, Clone, Copy)]
pub struct Owners<'a> {
    /// The cluster's project.
    pub project: &'a ProjectName,
    /// Owners whose markers count as ours.
    pub previous: &'a [Owner],
}

/// The resource that describes an object.
pub(super) fn resource_of(address: &Address) -> ResourceKey {
    let kind = match address.kind {
        Kind::Budget => DocumentKind::Budget,
        Kind::Campaign => DocumentKind::Campaign,
        Kind::AdGroup | Kind::Ad => DocumentKind::AdGroup,
    };
    ResourceKey::new(kind, address.namespace.as_str(), address.name.as_str())
}

/// Lowers the resources of an account; `beside` are those of others that are told of elsewhere. Those in `removed` are taken
/// out, and what they described is removed.
pub fn lower(
    key: &AccountKey,
    resources: &[Arc<Resource>],
    beside: &[Arc<Resource>],
    removed: &BTreeSet<ResourceKey>,
    owners: Owners<'_>,
) -> Wanted {
    // What is being deleted and not carried out yet is neither wanted nor removed: it is held as it is.
    let (leaving, staying): (Vec<&Arc<Resource>>, Vec<&Arc<Resource>>) =
        resources.iter().partition(|resource| resource.deleting.is_some());
    let mut wanted = read(key, &staying, beside, owners);
    hold_broken(&mut wanted);
    hold_unclear(&mut wanted, &staying);
    if !leaving.is_empty() {
        let all: Vec<&Arc<Resource>> = resources.iter().collect();
        let former = read(key, &all, beside, owners);
        wanted.removals = removals(&wanted, &former, &leaving, removed);
        wanted.with_leaving = Some(former.desired);
    }
    wanted
}

fn read(
    key: &AccountKey,
    resources: &[&Arc<Resource>],
    beside: &[Arc<Resource>],
    owners: Owners<'_>,
) -> Wanted {
    let lowered = lowered(key, resources, beside);
    let (mut desired, mut rules, pools) = (lowered.desired, lowered.rules, lowered.pools);
    let mut found = lowered.diagnostics;
    yield_to_older(&mut found, &rules, resources);
    desired.accounts.retain(|account, _| account == key);
    found.extend(untold(&rules, &desired, &adplane_platforms::schemas()));
    let assets = std::mem::take(&mut desired.assets);
    for account in desired.accounts.values_mut() {
        found.extend(adplane_platforms::refine(account, &assets));
    }
    desired.assets = assets;
    desired.project = Some(owners.project.clone());
    desired.cluster = Some(key.namespace.clone());
    desired.previous_owners = owners.previous.to_vec();
    let broken = broken(key, resources, beside, found);
    rules.retain(|rule| {
        let own = ResourceKey::new(
            DocumentKind::AutomationRule,
            rule.key.namespace.as_str(),
            rule.key.name.as_str(),
        );
        let resource = resources.iter().find(|resource| resource.key == own);
        resource.is_some_and(|resource| resource.links.reach(key.name.as_str()))
            && desired.accounts.get(key).is_some_and(|account| reaches(rule, account))
            && !broken.contains_key(&own)
    });
    Wanted { desired, broken, rules, pools, ..Wanted::default() }
}

/// What documents say, with everything that is wrong with them.
fn lowered(key: &AccountKey, resources: &[&Arc<Resource>], beside: &[Arc<Resource>]) -> Lowered {
    // A rule that looks elsewhere is in view for its overrides alone.
    let looks = |resource: &&&Arc<Resource>| {
        resource.key.kind != DocumentKind::AutomationRule || resource.links.reach(key.name.as_str())
    };
    // One document at a time: thousands of them parsed at once are much memory.
    let documents = resources.iter().filter(looks).copied().chain(beside);
    let documents = documents.map(|resource| (Arc::from(resource.key.to_string()), document(key, resource)));
    let mut loaded = from_resources(documents);
    // Also one that cannot be read is there.
    let rules = resources.iter().filter(|resource| resource.key.kind == DocumentKind::AutomationRule);
    loaded.authors_elsewhere = Some(
        rules
            .filter_map(|rule| {
                Some((Namespace::new(&rule.key.namespace).ok()?, ObjectName::new(&rule.key.name).ok()?))
            })
            .collect(),
    );
    let mut lowered = adplane_manifest::lower(&loaded);
    let mut found = loaded.diagnostics;
    found.append(&mut lowered.diagnostics);
    lowered.diagnostics = found;
    lowered
}

/// Errors, each laid at the door of the resource that it is about.
fn broken(
    key: &AccountKey,
    resources: &[&Arc<Resource>],
    beside: &[Arc<Resource>],
    found: Vec<Diagnostic>,
) -> BTreeMap<ResourceKey, Vec<Diagnostic>> {
    let labelled = |key: &ResourceKey| Arc::<str>::from(key.to_string());
    let labels: BTreeMap<Arc<str>, &ResourceKey> =
        resources.iter().map(|resource| (labelled(&resource.key), &resource.key)).collect();
    // Those of others are told where they are looked at.
    let elsewhere: BTreeSet<Arc<str>> = beside.iter().map(|resource| labelled(&resource.key)).collect();
    let others = |diagnostic: &Diagnostic| {
        let of_origin = diagnostic.origin.as_ref().is_some_and(|origin| elsewhere.contains(&origin.file));
        of_origin || diagnostic.address.as_ref().is_some_and(|address| address.account_key() != *key)
    };
    let mut broken: BTreeMap<ResourceKey, Vec<Diagnostic>> = BTreeMap::new();
    for diagnostic in found.into_iter().filter(Diagnostic::is_error).filter(|found| !others(found)) {
        let of_address = diagnostic.address.as_ref().map(resource_of);
        let of_origin = diagnostic.origin.as_ref().and_then(|origin| labels.get(&origin.file)).copied();
        // What an object has from its account's defaults is still that object's trouble, and no other's.
        let of_origin = of_origin.filter(|key| of_address.is_none() || key.kind != DocumentKind::AdAccount);
        let resource = of_origin.cloned().or(of_address);
        // What cannot be laid at anything's door is laid at the account's.
        let resource = resource.unwrap_or_else(|| {
            ResourceKey::new(DocumentKind::AdAccount, key.namespace.as_str(), key.name.as_str())
        });
        broken.entry(resource).or_default().push(diagnostic);
    }
    broken
}

/// Of rules that contradict one another, the newer is wrong, and one that acts goes before one that does not: whoever makes a
/// rule never stops one that protects spend, and sees why their own does not run.
fn yield_to_older(found: &mut Vec<Diagnostic>, rules: &[Rule], resources: &[&Arc<Resource>]) {
    const CONFLICT: &str = "rule-conflict";
    if !found.iter().any(|diagnostic| diagnostic.code == CONFLICT) {
        return;
    }
    found.retain(|diagnostic| diagnostic.code != CONFLICT);
    let seniority = |rule: &Rule| {
        let resource = resources.iter().find(|resource| {
            let key = &resource.key;
            key.kind == DocumentKind::AutomationRule
                && *key.name == *rule.key.name.as_str()
                && *key.namespace == *rule.key.namespace.as_str()
        });
        let created = resource.and_then(|resource| resource.created).unwrap_or(Timestamp::MAX);
        (rule.mode != Mode::Act, created, rule.key.clone())
    };
    let mut by_age: Vec<&Rule> = rules.iter().collect();
    by_age.sort_by_cached_key(|rule| seniority(rule));
    let mut standing: Vec<&Rule> = Vec::new();
    for rule in by_age {
        let against = standing.iter().flat_map(|older| lint(&[(*older).clone(), rule.clone()]));
        let against: Vec<Diagnostic> = against.filter(|diagnostic| diagnostic.code == CONFLICT).collect();
        if against.is_empty() {
            standing.push(rule);
        }
        found.extend(against);
    }
}

/// A resource as an account has it in view: of the accounts that a rule names, itself. The others are not in view, and whether
/// they are there is asked elsewhere.
fn document(key: &AccountKey, resource: &Resource) -> Value {
    let mut document = resource.document();
    if resource.key.kind == DocumentKind::AutomationRule
        && let Some(named) = document.pointer_mut("/spec/scope/accounts")
    {
        *named = serde_json::json!([key.name]);
    }
    document
}

/// Rules that name an account which is not there run nowhere: the name may be misspelt, and then the wrong accounts are left
/// alone. `known` asks for an account of the namespace.
pub(super) fn leave_astray(wanted: &mut Wanted, resources: &[Arc<Resource>], known: impl Fn(&str) -> bool) {
    for rule in resources.iter().filter(|resource| resource.key.kind == DocumentKind::AutomationRule) {
        let Some(name) = rule.links.within.iter().flatten().find(|name| !known(name)) else { continue };
        let found = Diagnostic::error(
            "dangling-reference",
            format!("there is no AdAccount `{name}` in namespace `{}`", rule.key.namespace),
        )
        .field("scope.accounts")
        .hint("write the name of an AdAccount of the same namespace");
        wanted.broken.entry(rule.key.clone()).or_default().push(found);
        wanted.rules.retain(|compiled| compiled.key.name.as_str() != &*rule.key.name);
    }
}

/// Holds every object whose resource, creative, shared budget, pool or parent has an error.
fn hold_broken(wanted: &mut Wanted) {
    if wanted.broken.is_empty() {
        return;
    }
    let mut blocked: BTreeMap<Address, ResourceKey> = BTreeMap::new();
    for object in wanted.desired.accounts.values().flat_map(|account| account.objects.values()) {
        let own = resource_of(&object.address);
        let creative = object.creative.as_ref().map(|name| {
            ResourceKey::new(DocumentKind::Creative, object.address.namespace.as_str(), name.as_str())
        });
        let budget = object.budget.as_ref().map(resource_of).or_else(|| pool_of(object));
        let cause =
            [Some(own), creative, budget].into_iter().flatten().find(|key| wanted.broken.contains_key(key));
        if let Some(cause) = cause {
            blocked.insert(object.address.clone(), cause);
        }
    }
    // Parents come before children in each kind, and kinds in the order of creation.
    let mut objects: Vec<_> =
        wanted.desired.accounts.values().flat_map(|account| account.objects.values()).collect();
    objects.sort_by_key(|object| object.address.kind);
    for object in objects {
        let cause = object.parent.as_ref().and_then(|parent| blocked.get(parent)).cloned();
        if let Some(cause) = cause.filter(|_| !blocked.contains_key(&object.address)) {
            blocked.insert(object.address.clone(), cause);
        }
    }
    for address in blocked.keys() {
        wanted.held.hold_object(address.clone());
    }
    wanted.blocked = blocked;
}

/// The pool that a campaign draws on.
pub(super) fn pool_of(object: &DesiredObject) -> Option<ResourceKey> {
    let FieldOwner::Managed(managed) = &object.field(DAILY_BUDGET)?.owner else { return None };
    let pool = managed.pool.as_ref()?;
    Some(ResourceKey::new(DocumentKind::Budget, object.address.namespace.as_str(), pool.name.as_str()))
}

/// Holds the fields of an override that cannot be read: nobody can tell what is in force.
fn hold_unclear(wanted: &mut Wanted, resources: &[&Arc<Resource>]) {
    let given: BTreeSet<&str> = wanted.desired.overlays.given.iter().map(|one| one.name.as_str()).collect();
    let unclear = resources.iter().filter(|resource| {
        resource.key.kind == DocumentKind::Override
            && wanted.broken.contains_key(&resource.key)
            && !given.contains(&*resource.key.name)
    });
    let mut held: Vec<Address> = Vec::new();
    for (kind, name) in unclear.filter_map(|resource| resource.links.overridden.as_ref()) {
        let objects = wanted.desired.accounts.values().flat_map(|account| account.objects.keys());
        held.extend(
            objects
                .filter(|address| address.name.as_str() == &**name && resource_of(address).kind == *kind)
                .cloned(),
        );
    }
    for address in held {
        wanted.held.hold_field(&address, &FieldPath::new(DAILY_BUDGET));
        wanted.held.hold_field(&address, &FieldPath::new(STATE));
    }
}

/// What resources described that are taken out; `None` when nothing was.
fn removals(
    wanted: &Wanted,
    former: &Wanted,
    leaving: &[&Arc<Resource>],
    removed: &BTreeSet<ResourceKey>,
) -> Option<Removals> {
    let account = former.account()?;
    let mut known: BTreeSet<ResourceKey> = BTreeSet::new();
    let mut removals = Removals::default();
    for object in account.objects.values() {
        known.insert(resource_of(&object.address));
        let gone = wanted.desired.object(&object.address).is_none();
        if gone && removed.contains(&resource_of(&object.address)) {
            let removal = Removal { address: object.address.clone(), policy: object.deletion_policy };
            removals.insert(&object.identity(&account.account_id), removal);
        }
    }
    // What cannot be read as it was, such as a group whose campaign went before it, is still known by its name.
    let lost =
        leaving.iter().filter(|resource| removed.contains(&resource.key) && !known.contains(&resource.key));
    for (address, policy) in lost.flat_map(|resource| by_name(account, resource)) {
        let identity =
            IdentityKey::of(&account.account_id, &address.namespace, address.kind, &address.local_name());
        removals.insert(&identity, Removal { address, policy });
    }
    let any = removals.iter().next().is_some();
    any.then_some(removals)
}

/// The objects of a resource by their names alone, and what their removal does.
fn by_name(account: &DesiredAccount, resource: &Resource) -> Vec<(Address, DeletionPolicy)> {
    let kind = match resource.key.kind {
        DocumentKind::Budget => Kind::Budget,
        DocumentKind::Campaign => Kind::Campaign,
        DocumentKind::AdGroup => Kind::AdGroup,
        _ => return Vec::new(),
    };
    let Ok(name) = ObjectName::new(&resource.key.name) else { return Vec::new() };
    let own = Address {
        platform: account.platform,
        account: account.key.name.clone(),
        kind,
        namespace: account.key.namespace.clone(),
        name,
        ad: None,
    };
    let document = resource.document();
    let written = document.pointer("/spec/deletionPolicy").cloned();
    let written = written.and_then(|word| serde_json::from_value(word).ok());
    let policy = written.unwrap_or(account.deletion_policy);
    let ads = document.pointer("/spec/ads").and_then(Value::as_array).into_iter().flatten();
    let ads = ads.filter_map(|ad| AdName::new(ad.get("name")?.as_str()?).ok());
    let ads = ads.map(|ad| Address { kind: Kind::Ad, ad: Some(ad), ..own.clone() });
    let mut found: Vec<(Address, DeletionPolicy)> = ads.map(|ad| (ad, policy)).collect();
    found.push((own, policy));
    found
}

#[cfg(test)]
pub(super) mod tests;

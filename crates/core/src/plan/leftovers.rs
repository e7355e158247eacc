//! What is ours on the platform but not in the YAML.

use std::collections::HashSet;

use super::Plan;
use super::action::{Action, Blocked, Reason};
use super::bind::Live;
use super::change::{Change, FieldChange, Precondition};
use super::input::PlanInput;
use super::scope::Removal;
use crate::address::{Address, Kind};
use crate::desired::{DeletionPolicy, DesiredAccount};
use crate::diagnostic::Diagnostic;
use crate::field::{FieldOwner, FieldSource};
use crate::ids::{AdName, ExternalId, ObjectName};
use crate::observed::{ObservedAccount, ObservedObject};
use crate::value::Value;

/// Reports leftovers, or plans their removal when that was asked for and the whole project was loaded.
pub(super) fn leftovers(
    input: &PlanInput<'_>,
    account: &DesiredAccount,
    observed: &ObservedAccount,
    live: &Live<'_>,
    bound: &[ExternalId],
    plan: &mut Plan,
) {
    let bound: HashSet<&ExternalId> = bound.iter().collect();
    let superseded: HashSet<_> =
        account.objects.values().map(|object| object.identity(&account.account_id).superseded()).collect();
    let candidates: Vec<&ObservedObject> = observed
        .objects
        .iter()
        .filter(|object| live.is_ours(object) && !bound.contains(&object.id))
        .filter(|object| object.marker.as_ref().is_some_and(|marker| !superseded.contains(&marker.key)))
        .filter(|object| input.options.removals.is_none() || named(input, account, object).is_some())
        .collect();
    let removing = input.options.removals.is_some() || (input.options.prune && input.desired.complete);
    // What lies below these goes with them.
    let deleted: HashSet<&ExternalId> = candidates
        .iter()
        .filter(|object| policy_of(input, account, object) == DeletionPolicy::Delete)
        .map(|object| &object.id)
        .collect();
    let mut retired = 0_usize;
    for object in candidates {
        let removal_named = named(input, account, object);
        let policy = policy_of(input, account, object);
        let nothing_to_do = policy == DeletionPolicy::Pause && !object.is_active();
        if nothing_to_do {
            retired += 1;
        } else if !removing {
            plan.diagnostics.push(report(account, object, input));
        } else if policy == DeletionPolicy::Delete
            && let Some(user) = remaining_user(object, observed, &deleted, account, &plan.changes)
        {
            // Whoever asked for it by name waits for it, as long as the YAML can still change what draws on it.
            match removal_named.filter(|_| bound.contains(&user.id)) {
                Some(asked) => plan.changes.push(waiting(account, object, policy, asked, user)),
                None => plan.diagnostics.push(in_use(account, object, user)),
            }
        } else if policy != DeletionPolicy::Delete
            || object.parent.as_ref().is_none_or(|parent| !deleted.contains(parent))
        {
            let address = removal_named.map(|removal| removal.address.clone());
            plan.changes.push(removal(account, object, policy, address));
        }
    }
    if retired > 0 {
        plan.diagnostics.push(Diagnostic::info(
            "retired",
            format!("{}: {retired} retired objects of ours stay paused on the platform", account.key),
        ));
    }
}

/// The removal that was asked for by name, if it was.
fn named<'a>(
    input: &PlanInput<'a>,
    account: &DesiredAccount,
    object: &ObservedObject,
) -> Option<&'a Removal> {
    let removals = input.options.removals.as_ref()?;
    removals.get(&account.key, object.kind, &object.marker.as_ref()?.key)
}

/// What the removal of an object does.
fn policy_of(input: &PlanInput<'_>, account: &DesiredAccount, object: &ObservedObject) -> DeletionPolicy {
    match named(input, account, object).map_or(account.deletion_policy, |removal| removal.policy) {
        // What cannot be made again is not thrown away.
        DeletionPolicy::Delete if object.no_creates.is_some() => DeletionPolicy::Pause,
        policy => policy,
    }
}

/// A live campaign that goes on drawing on a shared budget after this plan: the budget cannot be removed.
fn remaining_user<'a>(
    budget: &ObservedObject,
    observed: &'a ObservedAccount,
    deleted: &HashSet<&ExternalId>,
    account: &DesiredAccount,
    changes: &[Change],
) -> Option<&'a ObservedObject> {
    if budget.kind != Kind::Budget {
        return None;
    }
    let ends = |change: &Change, user: &ObservedObject| {
        let policy = account.objects.get(&change.address).map(|object| object.deletion_policy);
        let replaced = policy == Some(DeletionPolicy::Delete) && change.superseded.contains(&user.id);
        let switches = matches!(change.action, Action::Update | Action::Adopt)
            && change.id.as_ref() == Some(&user.id)
            && change.fields.iter().any(|field| field.path.is_within("budget"));
        replaced || switches
    };
    observed.objects.iter().find(|user| {
        user.budget.as_ref() == Some(&budget.id)
            && !deleted.contains(&user.id)
            && !changes.iter().any(|change| ends(change, user))
    })
}

fn in_use(account: &DesiredAccount, budget: &ObservedObject, user: &ObservedObject) -> Diagnostic {
    Diagnostic::info(
        "budget-in-use",
        format!(
            "{} {} `{}` (id {}) is ours and not in the YAML, but {} `{}` (id {}) still draws on it",
            account.key,
            budget.kind,
            budget.display_name(),
            budget.id,
            user.kind,
            user.display_name(),
            user.id
        ),
    )
    .hint("it is removed once nothing draws on it")
}

/// The removal of a shared budget that must wait for a campaign of ours.
fn waiting(
    account: &DesiredAccount,
    budget: &ObservedObject,
    policy: DeletionPolicy,
    asked: &Removal,
    user: &ObservedObject,
) -> Change {
    let mut change = removal(account, budget, policy, Some(asked.address.clone()));
    let why = format!("{} `{}` (id {}) still draws on it", user.kind, user.display_name(), user.id);
    let unblock = "it is removed once nothing draws on it".to_owned();
    change.action = Action::Blocked;
    change.reasons.insert(0, Reason::Blocked(Blocked { code: "budget-in-use".into(), why, unblock }));
    change
}

fn report(account: &DesiredAccount, object: &ObservedObject, input: &PlanInput<'_>) -> Diagnostic {
    let hint = if input.desired.complete {
        "run with `--prune` to remove it, or write it again"
    } else {
        "load the whole project to plan its removal"
    };
    Diagnostic::info(
        "leftover",
        format!(
            "{} {} `{}` (id {}) is ours but not in the YAML",
            account.key,
            object.kind,
            object.display_name(),
            object.id
        ),
    )
    .hint(hint)
}

/// An address for an object whose name is lost: only hashes of it are on the platform.
pub fn unnamed(account: &DesiredAccount, object: &ObservedObject) -> Option<Address> {
    let id: String = object
        .id
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let name = ObjectName::new(format!("unnamed-{}", id.trim_matches('-'))).ok()?;
    Some(Address {
        platform: account.platform,
        account: account.key.name.clone(),
        kind: object.kind,
        namespace: account.key.namespace.clone(),
        ad: if object.kind == Kind::Ad { Some(AdName::new(name.as_str()).ok()?) } else { None },
        name,
    })
}

fn removal(
    account: &DesiredAccount,
    object: &ObservedObject,
    policy: DeletionPolicy,
    address: Option<Address>,
) -> Change {
    let address = address.or_else(|| unnamed(account, object));
    let pauses = policy != DeletionPolicy::Orphan && object.is_active();
    let fields = if pauses { vec![paused(object)] } else { Vec::new() };
    let mut reasons = vec![Reason::NotInYaml { policy }];
    if policy == DeletionPolicy::Delete {
        reasons.push(Reason::Lost {
            what: "its history in the account, its review and its id in reports".into(),
        });
    }
    let id = object.id.clone();
    let mut preconditions = vec![Precondition::Marker { id: id.clone(), marker: object.marker.clone() }];
    preconditions.extend(fields.iter().map(|field| Precondition::Field {
        id: id.clone(),
        path: field.path.clone(),
        value: field.before.clone(),
    }));
    Change {
        // An id always makes a legal address; the account's own name stands in should one ever not.
        address: address.unwrap_or_else(|| Address {
            platform: account.platform,
            account: account.key.name.clone(),
            kind: Kind::Campaign,
            namespace: account.key.namespace.clone(),
            name: account.key.name.clone(),
            ad: None,
        }),
        display_name: object.display_name().to_owned(),
        action: if policy == DeletionPolicy::Orphan { Action::Release } else { Action::Delete },
        class: None,
        id: Some(id),
        superseded: Vec::new(),
        parent: None,
        parent_id: object.parent.clone(),
        budget: None,
        budget_id: None,
        marker: if policy == DeletionPolicy::Pause { object.marker.clone() } else { None },
        fields,
        reasons,
        preconditions,
        origin: None,
    }
}

fn paused(object: &ObservedObject) -> FieldChange {
    FieldChange {
        path: "state".into(),
        before: object.value("state").cloned(),
        after: Some(Value::text("Paused")),
        origin: None,
        source: FieldSource::Declared,
        owner: FieldOwner::Git,
        immutable: false,
        resets_learning: None,
        needs_review: None,
    }
}

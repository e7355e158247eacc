//! Which overlays count at an instant, and what is in force by them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    DAILY_BUDGET, Ended, Hold, InForce, Moved, Overlay, Overlays, PoolOwner, Setting, Settled, Standing,
    Target,
};
use crate::desired::{Desired, DesiredObject};
use crate::field::FieldOwner;
use crate::ids::{Namespace, ObjectName};
use crate::value::Value;

/// Puts the overlays in force that count at an instant. Settling again, at this or another instant, starts from git.
pub fn settle(desired: &mut Desired, now: Timestamp) {
    for settled in std::mem::take(&mut desired.overlays.settled) {
        if let Some(object) = desired.object_mut(&settled.address) {
            as_git_has_it(object);
        }
    }
    let overlays = &mut desired.overlays;
    if overlays.given.is_empty() {
        return;
    }
    let mut by_target: BTreeMap<&Target, Vec<&Overlay>> = BTreeMap::new();
    for overlay in &overlays.given {
        by_target.entry(&overlay.object).or_default().push(overlay);
    }
    let mut settled = Vec::new();
    for object in desired.accounts.values_mut().flat_map(|account| account.objects.values_mut()) {
        if let Some(theirs) = by_target.get(&Target::of(&object.address)) {
            settle_object(object, theirs, overlays, now, &mut settled);
        }
    }
    settled.sort_by(|a, b| (&a.address, &a.overlay.name).cmp(&(&b.address, &b.overlay.name)));
    overlays.settled = settled;
}

/// Takes everything back that overlays put in force.
fn as_git_has_it(object: &mut DesiredObject) {
    for field in object.fields.values_mut() {
        match &mut field.owner {
            FieldOwner::Managed(managed) => {
                managed.overlay = None;
                field.value = managed.initial.into();
            }
            FieldOwner::Hold(hold) => {
                field.value = Value::text(&hold.written);
                field.owner = FieldOwner::Git;
            }
            FieldOwner::Git | FieldOwner::Platform => {}
        }
    }
}

fn settle_object(
    object: &mut DesiredObject,
    theirs: &[&Overlay],
    overlays: &Overlays,
    now: Timestamp,
    settled: &mut Vec<Settled>,
) {
    let mut standing: Vec<(&Overlay, Standing)> = theirs
        .iter()
        .map(|overlay| {
            let standing = match ended(object, overlay, overlays, now) {
                Some(ended) => Standing::Ended(ended),
                None if authors(overlay, overlays).0.is_none() && raises(object, overlay) => {
                    Standing::Unproven
                }
                None => Standing::InForce,
            };
            (*overlay, standing)
        })
        .collect();
    // A person goes before a rule, then what spends less, then names: the order of files never decides.
    standing.sort_by(|(a, _), (b, _)| {
        (a.rule.is_some(), a.setting, &a.rule, &a.name).cmp(&(b.rule.is_some(), b.setting, &b.rule, &b.name))
    });
    let mut first: BTreeMap<_, &Overlay> = BTreeMap::new();
    for (overlay, stands) in &mut standing {
        if *stands != Standing::InForce {
            continue;
        }
        if let Some(winner) = first.get(&overlay.setting.path()) {
            *stands = Standing::Behind(winner.name.clone());
        } else {
            first.insert(overlay.setting.path(), overlay);
            *stands = put_in_force(object, overlay);
        }
    }
    let all = standing.into_iter().map(|(overlay, standing)| Settled {
        address: object.address.clone(),
        overlay: overlay.clone(),
        standing,
    });
    settled.extend(all);
}

/// Those of whom an overlay's author must be one, and what is to say where it is not.
fn authors<'a>(
    overlay: &Overlay,
    overlays: &'a Overlays,
) -> (Option<&'a BTreeSet<(Namespace, ObjectName)>>, Ended) {
    if overlay.pool {
        (overlays.pools.as_ref(), Ended::PoolGone)
    } else {
        (overlays.authors.as_ref(), Ended::RuleGone)
    }
}

/// Why an overlay does not count, if it does not.
fn ended(object: &DesiredObject, overlay: &Overlay, overlays: &Overlays, now: Timestamp) -> Option<Ended> {
    if overlay.expires <= now {
        return Some(Ended::Expired { at: overlay.expires });
    }
    let (known, gone) = authors(overlay, overlays);
    if let (Some(author), Some(known)) = (&overlay.rule, known)
        && !known.contains(&(overlay.object.namespace.clone(), author.clone()))
    {
        return Some(gone);
    }
    let pool = pool_of(object);
    // A person goes before whoever owns the field.
    let owns = overlay.rule.is_none() || pool.map_or(!overlay.pool, |pool| pool.wrote(overlay));
    let owner = object.field(overlay.setting.path().as_str()).map(|field| &field.owner);
    match (overlay.setting, owner) {
        (Setting::DailyBudget(_), Some(FieldOwner::Managed(_))) if !owns => Some(Ended::OtherOwner),
        (Setting::DailyBudget(amount), Some(FieldOwner::Managed(managed))) => {
            (amount.currency() != managed.initial.currency()).then_some(Ended::WrongCurrency)
        }
        (Setting::State(_), Some(_)) if overlay.pool => {
            let pauses = pool.is_some_and(|pool| pool.pauses && pool.wrote(overlay));
            (!pauses).then_some(Ended::OtherOwner)
        }
        (Setting::State(_), Some(_)) if object.rules_may_pause => None,
        (Setting::DailyBudget(_) | Setting::State(_), _) => Some(Ended::NotAllowed),
    }
}

/// Whether a rule's or a pool's overlay spends more than git's value.
fn raises(object: &DesiredObject, overlay: &Overlay) -> bool {
    let owner = object.field(overlay.setting.path().as_str()).map(|field| &field.owner);
    match (overlay.setting, owner) {
        (Setting::DailyBudget(amount), Some(FieldOwner::Managed(managed))) => {
            overlay.rule.is_some() && managed.within(amount) > managed.initial
        }
        _ => false,
    }
}

/// The pool that owns an object's daily budget.
fn pool_of(object: &DesiredObject) -> Option<&PoolOwner> {
    match &object.field(DAILY_BUDGET)?.owner {
        FieldOwner::Managed(managed) => managed.pool.as_ref(),
        FieldOwner::Git | FieldOwner::Hold(_) | FieldOwner::Platform => None,
    }
}

fn put_in_force(object: &mut DesiredObject, overlay: &Overlay) -> Standing {
    let Some(field) = object.fields.get_mut(overlay.setting.path().as_str()) else { return Standing::Idle };
    let by = InForce::from(overlay);
    match (overlay.setting, &mut field.owner) {
        (Setting::DailyBudget(amount), FieldOwner::Managed(managed)) => {
            managed.overlay = Some(Moved { amount, by });
            field.value = managed.amount().into();
            Standing::InForce
        }
        (Setting::State(_), FieldOwner::Git) => match field.value.as_text() {
            Some("Paused") | None => Standing::Idle,
            Some(written) => {
                field.owner = FieldOwner::Hold(Box::new(Hold { written: written.to_owned(), by }));
                field.value = Value::text("Paused");
                Standing::InForce
            }
        },
        _ => Standing::Idle,
    }
}

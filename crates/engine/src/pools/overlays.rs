//! What a pool gives as values in force.

use adplane_core::address::Address;
use adplane_core::desired::DesiredAccount;
use adplane_core::ids::ObjectName;
use adplane_core::money::Money;
use adplane_core::overlay::{HeldState, Overlay, Setting, Target};
use adplane_core::pool::{Allotment, Pool, Share, Standing};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::World;
use super::gather::end_of;
use crate::rules::carry::{self, Place};

/// For how long a hard pool whose only period is over holds its campaigns: until git takes the pool away or gives it
/// another period. Ten years stand for that, so that nothing begins to spend because a date has come.
const AFTERWARDS: SignedDuration = SignedDuration::from_hours(24 * 3650);

/// The values that an allotment puts in force, those that lower first.
pub(super) fn put(world: World<'_>, pool: &Pool, allotment: &Allotment) -> Vec<Overlay> {
    let (evidence, place) = (evidence(pool, allotment), Place::of(world.desired));
    let mut shares: Vec<(&Address, &Share)> = allotment.members.iter().collect();
    shares.sort_by_key(|(object, share)| (!share.paused && share.after >= Some(share.now), *object));
    let overlay = |(object, share): (&Address, &Share)| {
        let account = world.desired.accounts.get(&object.account_key())?;
        let setting = if share.paused {
            Setting::State(HeldState::Paused)
        } else {
            Setting::DailyBudget(Money::from_micros(share.after?, pool.amount.currency()))
        };
        Some(Overlay {
            name: name(pool, object, setting, place),
            object: Target::of(object),
            setting,
            rule: Some(pool.name.clone()),
            pool: true,
            evidence: Some(evidence.clone()),
            expires: expires(world, account, allotment),
            reason: Some(reason(pool, allotment)),
            origin: None,
        })
    };
    shares.into_iter().filter_map(overlay).collect()
}

/// Pauses of the pool's own that have ended.
pub(super) fn take_back(world: World<'_>, pool: &Pool, allotment: &Allotment) -> Vec<Overlay> {
    let given = world.desired.overlays.given.iter();
    let place = Place::of(world.desired);
    let own = given.filter(|overlay| place.is_kept(overlay) && pool.owner().wrote(overlay));
    let ended = own.filter(|overlay| {
        let mut members = allotment.members.iter();
        let share = members.find(|(object, _)| Target::of(object) == overlay.object);
        let resumes = share.is_some_and(|(_, share)| !share.paused && share.is_given());
        matches!(overlay.setting, Setting::State(_)) && resumes
    });
    ended.cloned().collect()
}

/// An overlay with another setting of the same campaign.
pub(super) fn with(
    overlay: &Overlay,
    pool: &Pool,
    object: &Address,
    setting: Setting,
    place: Place,
) -> Overlay {
    Overlay { name: name(pool, object, setting, place), setting, ..overlay.clone() }
}

/// In a cluster a name is the resource's own: one that could be another's would be written over.
fn name(pool: &Pool, object: &Address, setting: Setting, place: Place) -> ObjectName {
    if place == Place::Cluster {
        let named = carry::named(&pool.name, object, setting.path().as_str());
        return named.unwrap_or_else(|_| object.name.clone());
    }
    let end = if matches!(setting, Setting::State(_)) { "-paused" } else { "" };
    ObjectName::new(format!("{}-{}{end}", pool.name, object.name)).unwrap_or_else(|_| object.name.clone())
}

/// What is decided for a period holds to its end; then git's value counts until the next decision.
fn expires(world: World<'_>, account: &DesiredAccount, allotment: &Allotment) -> Timestamp {
    if allotment.standing == Standing::Ended {
        return world.now.saturating_add(AFTERWARDS).unwrap_or(Timestamp::MAX);
    }
    end_of(account, allotment.period.1)
}

pub(super) fn reason(pool: &Pool, allotment: &Allotment) -> String {
    let money = |micros| pool.money(micros);
    let (first, last) = allotment.period;
    let spent = money(allotment.days.values().fold(0_i64, |sum, spend| sum.saturating_add(*spend)));
    let today = allotment.budget.map(|budget| format!("; {} for {}", money(budget), allotment.day));
    format!(
        "{spent} of {} spent from {first} on, to last to {last}{}",
        pool.amount,
        today.unwrap_or_default()
    )
}

/// Fingerprint of what an allotment was decided from; the hour is no part of it.
fn evidence(pool: &Pool, allotment: &Allotment) -> String {
    let members: Vec<_> = allotment
        .members
        .iter()
        .map(|(object, share)| (object, share.before, share.after, share.paused))
        .collect();
    let (name, day) = ((&pool.namespace, &pool.name), allotment.day);
    let about = (name, pool.amount, day, allotment.period, &allotment.days, allotment.budget, members);
    let text = serde_json::to_vec(&about).unwrap_or_default();
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(text)))
}

//! What a pool wants of each of its campaigns, so that one can be done where another has to wait.

use std::collections::BTreeSet;

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::money::Money;
use adplane_core::overlay::{HeldState, Overlay, Setting, Target};
use adplane_core::plan::Fields;
use adplane_core::pool::{Allotment, Pool, Share, Standing};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::PacedPool;
use super::overlays::{self, reason};
use crate::rules::carry::Place;

/// How far, in percent, a raise may lie above one that waits for the same.
const ASKED: i64 = 3;
/// What a pool does to a campaign that is to spend nothing.
const PAUSED: Setting = Setting::State(HeldState::Paused);
/// Ends that lie further away than this are as good as each other.
const FAR: SignedDuration = SignedDuration::from_hours(24 * 365);

/// What a pool wants of a campaign: all of it together, or nothing.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something of its own, and none excludes another"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The campaign.
    pub object: Address,
    /// What is put in force.
    pub put: Vec<Overlay>,
    /// What the pool takes back of its own.
    pub take_back: Vec<Overlay>,
    /// Whether what is live can only come down by it.
    pub lowers: bool,
    /// Whether it pauses the campaign.
    pub pauses: bool,
    /// Whether it was live at the look, whoever brought it there.
    pub is_live: bool,
    /// Whether it is no more than what is in force, either.
    is_less: bool,
    /// Whether it lets the campaign run that stands still, whether or not that is in force already.
    resumes: bool,
    /// Fingerprint of the values: the same values on the same day are the same move.
    pub id: String,
    /// What it changes, in words.
    pub shown: String,
    /// What it was decided from, in words.
    pub because: String,
    /// Where it is kept what is in force.
    place: Place,
}

impl PacedPool {
    /// What is wanted of each campaign, those first that lower.
    pub fn moves(&self) -> Vec<Move> {
        let members = self.allotment.members.iter();
        let mut moves: Vec<Move> = members.filter_map(|(object, share)| self.of(object, share)).collect();
        moves.sort_by_key(|one| !one.lowers);
        moves
    }

    fn of(&self, object: &Address, share: &Share) -> Option<Move> {
        let target = Target::of(object);
        let about = |all: &[Overlay]| -> Vec<Overlay> {
            all.iter().filter(|overlay| overlay.object == target).cloned().collect()
        };
        let (put, take_back) = (about(&self.put), about(&self.take_back));
        if put.is_empty() && take_back.is_empty() {
            return None;
        }
        let settings: Vec<Setting> = put.iter().map(|overlay| overlay.setting).collect();
        let (pool, day) = (&self.pool, self.allotment.day);
        // What is in force and not live yet raises when it is written, and lowers where more is live.
        let has = self.has.get(object).copied().unwrap_or_default();
        let live = has.live.unwrap_or(share.now);
        let within = |most: i64| share.paused || share.after.is_none_or(|after| after <= most);
        // A lower amount goes before what lets it run.
        let falls = share.after.is_some_and(|after| after < live);
        let resumes = !take_back.is_empty() || (has.stands_still(pool, share) && !falls);
        // Taking back the pause of a campaign that runs all the same lets nothing begin.
        let lowers = (!resumes || has.runs) && within(live);
        let about = (&pool.namespace, &pool.name, object, day, settings, usize::from(resumes));
        let text = serde_json::to_vec(&about).unwrap_or_default();
        Some(Move {
            object: object.clone(),
            lowers,
            pauses: share.paused,
            is_live: take_back.is_empty() && has.is_live(pool, share),
            is_less: take_back.is_empty() && lowers && within(share.now),
            id: format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(text))),
            resumes,
            shown: shown(pool, share, has.live, resumes),
            because: because(pool, &self.allotment),
            place: self.place,
            put,
            take_back,
        })
    }

    /// Why a move must not be made now, whatever else allows it: where nobody can tell what was spent, a hard pool lowers
    /// and one that is used up does, and nothing else moves. A raise needs room in the amounts of the spend guard.
    pub fn refuses(&self, wanted: &Move) -> Option<String> {
        if let Some(why) = self.crowded.get(&wanted.object).filter(|_| !wanted.lowers) {
            return Some(format!("spend guard: {why}"));
        }
        if self.allotment.is_known() {
            return None;
        }
        let must = self.pool.is_hard() || self.allotment.standing == Standing::Exhausted;
        let why = self.allotment.unknown().unwrap_or("what was spent is not known");
        (!(must && wanted.is_less)).then(|| why.to_owned())
    }

    /// Whether a raise is so near to one that is in force, and waits, that asking anew would only cost who agrees to it.
    pub fn is_asked(&self, raise: &Move) -> bool {
        let share = self.allotment.members.get(&raise.object);
        let Some((share, has)) = share.zip(self.has.get(&raise.object)) else { return false };
        let waits = has.live.is_some_and(|live| live < share.now);
        let least = share.now.saturating_add(share.now / 100 * ASKED);
        let near = share.after.is_some_and(|after| after >= share.now && after <= least);
        waits && near && raise.take_back.is_empty() && !share.paused
    }

    /// What takes a raise back that is in force and not live: the amount that is live, where more than that is in force, and
    /// the pause of one that stands still. Where raises must not be made, nobody may approve one that was asked for before.
    pub fn withdrawn(&self, raise: &Move) -> Option<Move> {
        let share = self.allotment.members.get(&raise.object)?;
        let has = self.has.get(&raise.object)?;
        let budget = raise.put.iter().find(|one| matches!(one.setting, Setting::DailyBudget(_)))?;
        if has.stands_still(&self.pool, share) {
            // One that the pool still pauses waits as it is.
            let pause = || overlays::with(budget, &self.pool, &raise.object, PAUSED, self.place);
            return raise.take_back.is_empty().then(|| Move {
                put: vec![pause()],
                lowers: true,
                pauses: true,
                is_less: true,
                resumes: false,
                shown: "it stays paused".to_owned(),
                ..raise.clone()
            });
        }
        let live = has.live.filter(|live| *live < share.now)?;
        let currency = self.pool.amount.currency();
        let amount = Setting::DailyBudget(Money::from_micros(live, currency));
        Some(Move {
            put: vec![Overlay { setting: amount, ..budget.clone() }],
            take_back: Vec::new(),
            lowers: true,
            is_less: true,
            resumes: false,
            shown: format!("budget stays at {}", self.pool.money(live)),
            ..raise.clone()
        })
    }

    /// A campaign that has more on its platform than it gets, or runs and must not, or may, as its account was not read;
    /// `is_live` names those that have come down since the look. As long as there is one, nothing is raised, whoever it is
    /// that the more comes from.
    pub fn above(&self, is_live: impl Fn(&Address) -> bool) -> Option<&Address> {
        let above = |object: &Address, share: &Share| {
            let Some(has) = self.has.get(object) else { return false };
            let is_unknown = has.is_there.is_none() && (share.paused || share.after.is_some());
            if is_unknown || !has.runs {
                return is_unknown;
            }
            if share.paused {
                return true;
            }
            let most = share.is_given().then_some(share.after).flatten();
            most.is_some_and(|most| has.live.is_some_and(|live| live > most))
        };
        let mut members = self.allotment.members.iter().filter(|(object, _)| !is_live(object));
        members.find(|(object, share)| above(object, share)).map(|(object, _)| object)
    }
}

impl Move {
    /// Whether it would put another value in force than is there already.
    pub fn is_new(&self, given: &[Overlay], now: Timestamp) -> bool {
        let long = now.saturating_add(FAR).unwrap_or(Timestamp::MAX);
        let is_there = |overlay: &Overlay| {
            given.iter().any(|kept| {
                replaces(overlay, kept, self.place)
                    && kept.setting == overlay.setting
                    && kept.expires >= overlay.expires.min(long)
            })
        };
        !self.take_back.is_empty() || !self.put.iter().all(is_there)
    }

    /// The fields that it moves.
    pub fn paths(&self) -> Vec<FieldPath> {
        let mut paths: BTreeSet<FieldPath> =
            self.put.iter().chain(&self.take_back).map(|overlay| overlay.setting.path()).collect();
        paths.extend(self.resumes.then(|| PAUSED.path()));
        paths.into_iter().collect()
    }

    /// Adds its fields to those of others.
    pub fn add_fields(&self, fields: &mut Fields) {
        fields.entry(self.object.clone()).or_default().extend(self.paths());
    }
}

/// Overlays as they are once moves have been made.
pub fn foreseen(given: &[Overlay], moves: &[Move]) -> Vec<Overlay> {
    let mut found = given.to_vec();
    for one in moves {
        found.retain(|kept| {
            !one.take_back.contains(kept) && !one.put.iter().any(|overlay| replaces(overlay, kept, one.place))
        });
        found.extend(one.put.iter().cloned());
    }
    found
}

/// Whether an overlay takes the place of one that is kept: of the same pool, about the same field.
fn replaces(overlay: &Overlay, kept: &Overlay, place: Place) -> bool {
    place.is_kept(kept)
        && kept.pool == overlay.pool
        && kept.rule == overlay.rule
        && kept.object == overlay.object
        && kept.setting.path() == overlay.setting.path()
}

/// From what is in force; what is in force already comes from what is live.
fn shown(pool: &Pool, share: &Share, live: Option<i64>, resumes: bool) -> String {
    let now = pool.money(live.filter(|_| share.after == Some(share.now)).unwrap_or(share.now));
    match share.after {
        _ if share.paused => "pause it".to_owned(),
        Some(after) if resumes => format!("resume it, budget {}", pool.money(after)),
        Some(after) => format!("budget from {now} to {}", pool.money(after)),
        None => "resume it".to_owned(),
    }
}

/// Where the pool stands, and what else it has to say.
fn because(pool: &Pool, allotment: &Allotment) -> String {
    let answers = allotment.answers.iter().map(|answer| answer.message.clone());
    let all: Vec<String> = std::iter::once(reason(pool, allotment)).chain(answers).collect();
    all.join("; ")
}

#[cfg(test)]
pub(super) mod tests;

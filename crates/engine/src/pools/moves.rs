//! What a pool wants of each of its campaigns, so that one can be done where another has to wait.

use std::collections::BTreeSet;

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::money::Money;
use adplane_core::overlay::{Overlay, Setting, Target};
use adplane_core::plan::Fields;
use adplane_core::pool::{Allotment, Pool, Share, Standing};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::PacedPool;
use super::overlays::reason;
use crate::rules::carry::Place;

/// How far, in percent, a raise may lie above one that waits for the same.
const ASKED: i64 = 3;
/// Ends that lie further away than this are as good as each other.
const FAR: SignedDuration = SignedDuration::from_hours(24 * 365);

/// What a pool wants of a campaign: all of it together, or nothing.
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
    /// Whether it is no more than what is in force, either.
    is_less: bool,
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
        let about = (&pool.namespace, &pool.name, object, day, settings, take_back.len());
        let text = serde_json::to_vec(&about).unwrap_or_default();
        // What is in force and not live yet raises when it is written, and lowers where more is live.
        let live = self.has.get(object).and_then(|has| has.live).unwrap_or(share.now);
        let within = |most: i64| share.paused || share.after.is_none_or(|after| after <= most);
        // One that does not run on its platform begins to spend again.
        let runs = share.paused || self.has.get(object).is_none_or(|has| has.runs);
        let lowers = take_back.is_empty() && runs && within(live);
        Some(Move {
            object: object.clone(),
            lowers,
            is_less: lowers && within(share.now),
            id: format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(text))),
            shown: shown(pool, share, !take_back.is_empty()),
            because: because(pool, &self.allotment),
            place: self.place,
            put,
            take_back,
        })
    }

    /// Why a move must not be made now, whatever else allows it: where nobody can tell what was spent, a hard pool lowers
    /// and one that is used up does, and nothing else moves.
    pub fn refuses(&self, wanted: &Move) -> Option<String> {
        if self.allotment.is_known() {
            return None;
        }
        let must = self.pool.is_hard() || self.allotment.standing == Standing::Exhausted;
        let why = self.allotment.unknown().unwrap_or("what was spent is not known");
        (!(must && wanted.is_less)).then(|| why.to_owned())
    }

    /// Whether what a move wants is so already, by what is live.
    pub fn is_met(&self, wanted: &Move) -> bool {
        let share = self.allotment.members.get(&wanted.object);
        let Some((share, has)) = share.zip(self.has.get(&wanted.object)) else { return false };
        let amount = has.runs && share.after.is_some() && has.live == share.after;
        wanted.take_back.is_empty() && if share.paused { !has.runs } else { amount }
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

    /// What takes a raise back that is in force and not live: the amount that is live, where more than that is in force.
    /// Where raises must not be made, nobody may approve one that was asked for before.
    pub fn withdrawn(&self, raise: &Move) -> Option<Move> {
        let share = self.allotment.members.get(&raise.object)?;
        let live = self.has.get(&raise.object)?.live.filter(|live| *live < share.now)?;
        let currency = self.pool.amount.currency();
        let budget = raise.put.iter().find(|one| matches!(one.setting, Setting::DailyBudget(_)))?;
        let amount = Setting::DailyBudget(Money::from_micros(live, currency));
        Some(Move {
            put: vec![Overlay { setting: amount, ..budget.clone() }],
            take_back: Vec::new(),
            lowers: true,
            is_less: true,
            shown: format!("budget stays at {}", self.pool.money(live)),
            ..raise.clone()
        })
    }

    /// A campaign that has more on its platform than it gets, or runs and must not; `is_live` names those that have come
    /// down since the look. As long as there is one, nothing is raised, whoever it is that the more comes from.
    pub fn above(&self, is_live: impl Fn(&Address) -> bool) -> Option<&Address> {
        let above = |object: &Address, share: &Share| {
            let Some(has) = self.has.get(object).filter(|has| has.runs) else { return false };
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
        let paths: BTreeSet<FieldPath> =
            self.put.iter().chain(&self.take_back).map(|overlay| overlay.setting.path()).collect();
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

fn shown(pool: &Pool, share: &Share, resumes: bool) -> String {
    let now = pool.money(share.now);
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
mod tests {
    use std::collections::BTreeMap;

    use adplane_core::metrics::Day;
    use adplane_core::pacing::Pattern;
    use adplane_core::pool::{Allocation, Answer, OnExhausted, Term};

    use super::*;
    use crate::pools::Has;
    use crate::state::{Remembered, StateDir};

    fn overlay(amount: &str, expires: &str) -> Overlay {
        let text = format!(
            r#"{{"name": "rain-sale", "object": {{"namespace": "growth", "kind": "Campaign", "name": "sale"}},
                "field": "budget.daily", "value": "{amount} EUR", "rule": "rain", "pool": true, "expires": "{expires}"}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn wanted(amount: &str, expires: &str) -> Move {
        Move {
            object: "meta/shop/Campaign/growth/sale".parse().unwrap(),
            put: vec![overlay(amount, expires)],
            take_back: Vec::new(),
            lowers: true,
            is_less: true,
            place: Place::LocalState,
            id: String::new(),
            shown: String::new(),
            because: String::new(),
        }
    }

    const MONTH: &str = "2026-03-31T23:00:00Z";

    #[test]
    fn what_is_in_force_already_is_no_move() {
        let now: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
        let given = [overlay("8.00", MONTH)];
        assert!(!wanted("8.00", MONTH).is_new(&given, now));
        assert!(wanted("9.00", MONTH).is_new(&given, now), "another amount");
        assert!(wanted("8.00", "2026-04-30T22:00:00Z").is_new(&given, now), "another period");
        let of_rule = Overlay { pool: false, ..overlay("8.00", MONTH) };
        assert!(wanted("8.00", MONTH).is_new(&[of_rule], now), "a rule of the same name is another");
        let ended = [overlay("8.00", "2036-03-01T00:00:00Z")];
        assert!(!wanted("8.00", "2036-03-02T00:00:00Z").is_new(&ended, now), "what holds for ever");
    }

    #[test]
    fn a_move_takes_the_place_of_the_pools_own() {
        let rule = Overlay { pool: false, ..overlay("7.00", MONTH) };
        let given = [overlay("8.00", MONTH), rule.clone()];
        assert_eq!(foreseen(&given, &[wanted("9.00", MONTH)]), [rule, overlay("9.00", MONTH)]);
    }

    /// A pool that gives its campaign this many euros in place of ten.
    fn paced(after: Option<i64>, kind: OnExhausted, standing: Standing, unknown: bool) -> PacedPool {
        let object: Address = "meta/shop/Campaign/growth/sale".parse().unwrap();
        let euros = |amount: i64| amount * 1_000_000;
        let day = Day::constant(2026, 3, 2);
        let share = Share {
            before: euros(10),
            now: euros(10),
            after: after.map(euros),
            paused: after.is_none(),
            binds: None,
            most: 0,
            gave: 0,
            looked: 70,
        };
        let answers = unknown.then(|| Answer { code: "spend-unknown", message: "nobody told".to_owned() });
        let mut put = overlay(&format!("{}.00", after.unwrap_or_default()), MONTH);
        if after.is_none() {
            put.setting = Setting::State(adplane_core::overlay::HeldState::Paused);
        }
        PacedPool {
            pool: Pool {
                namespace: "growth".parse().unwrap(),
                name: "rain".parse().unwrap(),
                amount: "3100.00 EUR".parse().unwrap(),
                term: Term::Month,
                pattern: Pattern::Even,
                on_exhausted: kind,
                allocation: Allocation::Delivered,
                members: vec![object.clone()],
                origin: None,
            },
            allotment: Allotment {
                standing,
                day,
                looked: 70,
                period: (Day::constant(2026, 3, 1), Day::constant(2026, 3, 31)),
                spent: euros(100),
                assumed: 0,
                left: euros(3000),
                planned: None,
                budget: Some(euros(100)),
                adjustments: Vec::new(),
                members: BTreeMap::from([(object, share)]),
                answers: answers.into_iter().collect(),
                days: BTreeMap::from([(day.yesterday().unwrap(), euros(100))]),
            },
            put: vec![put],
            take_back: Vec::new(),
            drawn: Vec::new(),
            has: BTreeMap::new(),
            place: Place::LocalState,
        }
    }

    #[test]
    fn a_move_says_what_it_changes_and_from_what_it_was_decided() {
        let moves = |after| paced(after, OnExhausted::Pause, Standing::OnTrack, false).moves();
        let [cut, raise, pause] = [Some(8), Some(12), None].map(|after| moves(after).remove(0));
        assert_eq!(
            [&cut, &raise, &pause].map(|one| (one.shown.as_str(), one.lowers)),
            [
                ("budget from 10.00 EUR to 8.00 EUR", true),
                ("budget from 10.00 EUR to 12.00 EUR", false),
                ("pause it", true)
            ]
        );
        assert!(
            cut.because.starts_with("100.00 EUR of 3100.00 EUR spent from 2026-03-01 on"),
            "{}",
            cut.because
        );
        assert!(cut.id != raise.id && raise.id == moves(Some(12))[0].id);
    }

    #[test]
    fn what_nobody_told_moves_nothing_but_what_must_fall() {
        use OnExhausted::{Alert, Pause};
        for (after, kind, standing, unknown, refused) in [
            (Some(12), Alert, Standing::OnTrack, false, false),
            (Some(12), Alert, Standing::Unknown, true, true),
            (Some(8), Alert, Standing::Unknown, true, true),
            (Some(8), Alert, Standing::Exhausted, true, false),
            (Some(12), Pause, Standing::Unknown, true, true),
            (Some(8), Pause, Standing::Unknown, true, false),
            (None, Pause, Standing::Exhausted, true, false),
            // The first day of a period is known, though nothing is to be said of it yet.
            (Some(12), Pause, Standing::Unknown, false, false),
        ] {
            let pool = paced(after, kind, standing, unknown);
            let found = pool.refuses(&pool.moves()[0]);
            assert_eq!(found.is_some(), refused, "{after:?} {kind:?} {standing:?} {found:?}");
        }
    }

    #[test]
    fn what_is_in_force_and_not_live_raises_when_it_is_written() {
        let mut pool = paced(Some(10), OnExhausted::Pause, Standing::Unknown, true);
        let object = pool.pool.members[0].clone();
        for (live, lowers) in [(8, false), (10, true), (500, true)] {
            pool.has = BTreeMap::from([(
                object.clone(),
                Has { amount: 0, live: Some(live * 1_000_000), runs: true },
            )]);
            let wanted = &pool.moves()[0];
            assert_eq!((wanted.lowers, pool.refuses(wanted).is_none()), (lowers, lowers), "{live}");
        }
    }

    #[test]
    fn a_cut_that_is_not_live_and_a_pause_are_remembered_as_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::of_project(folder.path());
        let mut pool = paced(Some(8), OnExhausted::Pause, Standing::OnTrack, false);
        let object = pool.pool.members[0].clone();
        let kept = |pool: &PacedPool, is_given: bool| {
            pool.remember(&state, |_| is_given).unwrap();
            let given = known(&pool, &state).given;
            let amount = given[&pool.allotment.day].amounts[&object];
            [amount.amount, amount.most, amount.gave.unwrap()].map(|micros| micros / 1_000_000)
        };
        pool.has = BTreeMap::from([(object.clone(), Has::default())]);
        assert_eq!(kept(&pool, false), [0, 0, 0], "the pool holds it paused");
        pool.has = BTreeMap::from([(
            object.clone(),
            Has { amount: 10_000_000, live: Some(10_000_000), runs: true },
        )]);
        assert_eq!(kept(&pool, false), [10, 10, 10], "of a cut nothing came");
        assert_eq!(kept(&pool, true), [8, 10, 10], "it was written; the day has had more");
    }

    #[test]
    fn more_than_a_campaign_gets_is_live_until_it_is_not() {
        let euros = |amount: i64| amount * 1_000_000;
        // In force are ten euros, and the look gives twelve.
        let mut pool = paced(Some(12), OnExhausted::Pause, Standing::OnTrack, false);
        let object = pool.pool.members[0].clone();
        for (live, runs, above) in [(60, true, true), (60, false, false), (12, true, false), (8, true, false)]
        {
            let has = Has { amount: euros(live), live: Some(euros(live)), runs };
            pool.has = BTreeMap::from([(object.clone(), has)]);
            assert_eq!(pool.above(|_| false), above.then_some(&object), "{live} {runs}");
            assert_eq!(pool.above(|_| true), None, "it came down since");
            assert_eq!(
                pool.moves()[0].lowers,
                live >= 12,
                "{live}: by what is live, not by what is in force"
            );
        }
        let mut pause = paced(None, OnExhausted::Pause, Standing::Exhausted, false);
        for runs in [true, false] {
            pause.has = BTreeMap::from([(object.clone(), Has { amount: 0, live: None, runs })]);
            assert_eq!(pause.above(|_| false), runs.then_some(&object));
        }
    }

    #[test]
    fn a_raise_that_is_asked_for_is_not_asked_anew_for_a_little_more() {
        let asked = |live: i64, after: i64| {
            let mut pool = paced(Some(after), OnExhausted::Pause, Standing::OnTrack, false);
            let object = pool.pool.members[0].clone();
            // In force are ten euros.
            let share = pool.allotment.members.get_mut(&object).unwrap();
            share.after = share.after.map(|euros| euros / 100);
            pool.has = BTreeMap::from([(object, Has { amount: 0, live: Some(live * 10_000), runs: true })]);
            let raise = pool.moves().remove(0);
            (pool.is_asked(&raise), pool.is_met(&raise))
        };
        assert_eq!(asked(800, 1020), (true, false));
        assert_eq!(asked(800, 1040), (false, false), "more than a little");
        assert_eq!(asked(800, 990), (false, false), "less is asked at once");
        assert_eq!(asked(1000, 1020), (false, false), "what is live waits for nobody");
        assert_eq!(asked(1020, 1020), (false, true));
    }

    #[test]
    fn a_raise_that_must_not_be_made_is_taken_back_to_what_is_live() {
        // In force are ten euros, and the look gives twelve.
        let mut pool = paced(Some(12), OnExhausted::Pause, Standing::OnTrack, false);
        let raise = pool.moves().remove(0);
        for (live, back) in [(Some(8), Some("8.00 EUR")), (Some(10), None), (Some(11), None), (None, None)] {
            let has = Has { amount: 0, live: live.map(|live| live * 1_000_000), runs: true };
            pool.has = BTreeMap::from([(raise.object.clone(), has)]);
            let found = pool.withdrawn(&raise);
            let value = found.as_ref().map(|one| one.put[0].setting.to_string());
            assert_eq!(value.as_deref(), back, "{live:?}");
            assert!(found.is_none_or(|one| one.lowers && one.put[0].name == raise.put[0].name));
        }
    }

    fn known(pool: &PacedPool, state: &StateDir) -> Remembered {
        state.pools().recall(&pool.pool.namespace, &pool.pool.name)
    }

    #[test]
    fn a_clock_that_went_back_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::of_project(folder.path());
        let mut pool = paced(Some(8), OnExhausted::Pause, Standing::OnTrack, false);
        assert_eq!(pool.is_behind(&known(&pool, &state)), None);
        pool.remember(&state, |_| true).unwrap();
        assert_eq!(pool.is_behind(&known(&pool, &state)), None, "a later look of the day");
        pool.allotment.day = Day::constant(2026, 2, 20);
        let why = pool.is_behind(&known(&pool, &state)).unwrap();
        assert!(why.contains("2026-02-20") && why.contains("2026-03-02"), "{why}");
    }

    #[test]
    fn what_waits_is_remembered_as_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::of_project(folder.path());
        let pool = paced(Some(12), OnExhausted::Pause, Standing::OnTrack, false);
        let kept = |is_given: bool| {
            pool.remember(&state, |_| is_given).unwrap();
            let given = known(&pool, &state).given;
            let amount = *given[&pool.allotment.day].amounts.values().next().unwrap();
            (amount.amount / 1_000_000, amount.most / 1_000_000, amount.looked)
        };
        assert_eq!(kept(false), (10, 10, 70));
        assert_eq!(kept(true), (12, 12, 70));
    }
}

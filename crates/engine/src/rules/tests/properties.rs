//! Neither more ticks, nor missed ones, nor a crash at any step changes what comes of rules, or does it twice; and
//! whatever fails and whoever agrees late, no day ends above its wall.

use std::collections::BTreeMap;

use adplane_core::overlay::Overlay;
use adplane_core::rules::{
    Action, Approval, Bounds, Limits, Memory, Mode, Require, Rule, RuleKey, RuleScope, RuleSource, Schedule,
    Snapshot, Step,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};

use super::super::{Stage, Task, spendable};
use super::life::{Fuse, Life, Wrote, rule, text};

/// Objects of a shop.
const OBJECTS: usize = 4;
/// Every rule has so long a distance of ticks.
const EVERY: i64 = 6;

/// Checks a property on drawn values. Each of them opens and writes files many times over: a
/// sixteenth of what pure properties draw.
fn check<S: Strategy>(drawn: &S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let default = ProptestConfig::default();
    let cases = (default.cases / 16).max(1);
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..default });
    runner.run(drawn, property).unwrap_or_else(|found| panic!("{found}"));
}

/// What a rule of a mix does.
#[derive(Debug, Clone, Copy)]
enum Does {
    /// Pauses what is bad, and lets go once it is good.
    Pause,
    /// Pauses what is bad for so many hours.
    PauseFor(i64),
    /// Moves the budget of what is bad by a step, in basis points.
    Step(i32),
    /// The same of what is good.
    StepGood(i32),
    /// The same until midnight.
    Surf(i32),
    Amount(i64),
    Rebalance(u32),
}

/// What a rule does, its priority, and whether it only proposes.
type Given = (Does, i32, bool);

fn given() -> impl Strategy<Value = Vec<Given>> {
    let does = prop_oneof![
        1 => Just(Does::Pause),
        1 => (1_i64..30).prop_map(Does::PauseFor),
        1 => (-5_000..2_500).prop_map(Does::Step),
        1 => (1..2_500).prop_map(Does::StepGood),
        1 => (1_i64..30).prop_map(Does::Amount),
        2 => (500_u32..5_000).prop_map(Does::Rebalance),
    ];
    prop::collection::vec((does, -1..2, any::<bool>()), 1..5)
}

fn rules(given: &[Given]) -> Vec<Rule> {
    let each = given.iter().enumerate().map(|(number, (does, priority, proposes))| {
        let until_midnight = matches!(does, Does::Surf(_));
        let adjust = |by| Action::AdjustBudget { by, bounds: Bounds::default(), until_midnight };
        let action = match does {
            Does::Pause => Action::Pause { hold_for: None },
            Does::PauseFor(hours) => Action::Pause { hold_for: Some(SignedDuration::from_hours(*hours)) },
            Does::Step(points) | Does::StepGood(points) | Does::Surf(points) => adjust(Step::Share(*points)),
            Does::Amount(amount) => adjust(Step::Amount(format!("{amount} EUR").parse().unwrap())),
            Does::Rebalance(share) => Action::Rebalance { by: *share, bounds: Bounds::default() },
        };
        let good = matches!(does, Does::StepGood(_) | Does::Surf(_) | Does::Amount(_));
        let key = RuleKey {
            namespace: adplane_core::ids::Namespace::new("growth").unwrap(),
            name: format!("rule-{number}").parse().unwrap(),
        };
        rule(&RuleSource {
            key,
            mode: if *proposes { Mode::Propose } else { Mode::Act },
            priority: *priority,
            scope: RuleScope {
                kind: adplane_core::address::Kind::AdGroup,
                accounts: [].into(),
                platforms: [].into(),
                labels: BTreeMap::new(),
            },
            schedule: Schedule { every: SignedDuration::from_hours(EVERY), ..Schedule::default() },
            windows: BTreeMap::from([("recent".into(), "last_7d".parse().unwrap())]),
            params: BTreeMap::new(),
            signals: BTreeMap::new(),
            rates: None,
            require: Require::default(),
            calendars: [].into(),
            promote: None,
            dead_band: None,
            stabilize: adplane_core::rules::Stabilize::default(),
            when: text(if good { "recent.cpa < money('25 EUR')" } else { "recent.cpa > money('25 EUR')" }),
            release: matches!(does, Does::Pause).then(|| text("recent.cpa < money('25 EUR')")),
            true_for: 1,
            actions: vec![action],
            // Short rests, so that much happens.
            limits: Limits {
                share: Some(10_000),
                cooldown: Some(SignedDuration::from_hours(7)),
                ..Limits::default()
            },
            approval: Approval::default(),
            origin: None,
        })
    });
    each.collect()
}

/// An instant at which rules are due: so many of their ticks after the last one, so many minutes late; what is bad then,
/// and who is agreed with.
#[derive(Debug, Clone)]
struct Due {
    ticks: i64,
    late: i64,
    bad: Vec<bool>,
    agrees: Vec<bool>,
    /// Whether the platform takes nothing, where a property lets it fail.
    fails: bool,
    /// What git has then, where a property lets objects leave it.
    git: Vec<bool>,
}

fn dues() -> impl Strategy<Value = Vec<Due>> {
    let flags = || prop::collection::vec(any::<bool>(), OBJECTS);
    let due = (
        prop_oneof![3 => Just(1_i64), 1 => 2_i64..14],
        0_i64..120,
        flags(),
        flags(),
        prop::bool::weighted(0.6),
        prop::collection::vec(prop::bool::weighted(0.7), OBJECTS),
    );
    let due =
        due.prop_map(|(ticks, late, bad, agrees, fails, git)| Due { ticks, late, bad, agrees, fails, git });
    prop::collection::vec(due, 2..7)
}

fn life(given: &[Given]) -> Life {
    // Midnight of Madrid.
    Life::new(rules(given), OBJECTS, "2026-06-09T22:00:00Z".parse().unwrap())
}

/// A tick of a life, killed after each of these numbers of steps and begun anew, and whole in the end.
fn begin_anew(kills: &[usize], mut act: impl FnMut(&mut Fuse) -> Result<(), super::life::Killed>) {
    for kill in kills {
        if act(&mut Fuse(Some(*kill))).is_ok() {
            return;
        }
    }
    act(&mut Fuse::default()).unwrap();
}

/// All that is left in the end.
#[derive(Debug, PartialEq)]
struct Left {
    platform: Vec<(String, bool, i64)>,
    writes: Vec<Wrote>,
    overlays: Vec<Overlay>,
    tasks: Vec<Task>,
    memory: Memory,
    runs: u64,
}

impl Left {
    fn of(life: &Life) -> Self {
        let store = life.store();
        let mut memory = store.memory().unwrap();
        // A write that nobody lived to record is found live, and counts as none that was tried.
        for rule in memory.rules.values_mut() {
            (rule.attempts, rule.failed) = (0, 0);
        }
        let platform = life.platform.iter().map(|(address, one)| (address.short(), one.runs, one.micros));
        Self {
            platform: platform.collect(),
            writes: life.writes.clone(),
            overlays: life.overlays(),
            tasks: store.tasks_since(Timestamp::MIN).unwrap(),
            memory,
            runs: store.extent().unwrap().0,
        }
    }

    /// Without what tells only when somebody looked.
    fn without_looks(mut self) -> Self {
        for task in &mut self.tasks {
            task.since = task.at;
        }
        self.memory.mornings.clear();
        self
    }
}

/// What happens between the instants at which rules are due.
#[derive(Debug, Clone, Default)]
struct Meanwhile {
    /// Kills of each tick and answer, by steps.
    kills: Vec<usize>,
    /// Minutes after each instant at which somebody looks as well; `0` is the same instant.
    looks: Vec<i64>,
}

fn lived(given: &[Given], dues: &[Due], meanwhile: &Meanwhile) -> Life {
    lived_in((0..given.len()).collect(), given, dues, meanwhile)
}

/// The same with rules given in the order of these places.
fn lived_in(places: Vec<usize>, given: &[Given], dues: &[Due], meanwhile: &Meanwhile) -> Life {
    let mut life = life(given);
    life.rules = places.into_iter().map(|place| life.rules[place].clone()).collect();
    let mut slot = life.now;
    for due in dues {
        slot += SignedDuration::from_hours(EVERY * due.ticks);
        life.now = slot + SignedDuration::from_mins(due.late);
        life.bad(&due.bad);
        begin_anew(&meanwhile.kills, |fuse| life.tick(fuse));
        let asked = life.asked();
        for (digest, _) in asked.iter().zip(&due.agrees).filter(|(_, agrees)| **agrees) {
            begin_anew(&meanwhile.kills, |fuse| life.agree(digest, fuse));
        }
        let instant = life.now;
        for minutes in &meanwhile.looks {
            life.now = instant + SignedDuration::from_mins(*minutes);
            life.tick(&mut Fuse::default()).unwrap();
        }
    }
    // Just before rules are due again somebody looks, so that what has ended has ended for everybody.
    life.now = slot + SignedDuration::from_mins(EVERY * 60 - 1);
    life.tick(&mut Fuse::default()).unwrap();
    life
}

/// Whether no field of an object was written twice at one instant, nor twice by one decision.
fn is_once(left: &Left) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    left.writes.iter().all(|(at, object, field, _)| seen.insert((*at, object.clone(), field.clone())))
}

/// What the properties are about comes about: without this they would hold of nothing.
#[test]
fn lives_are_eventful() {
    let mut runner = TestRunner::deterministic();
    let mut stages = BTreeMap::<&str, usize>::new();
    let (mut paused, mut moved) = (0, 0);
    for _ in 0..24 {
        let (given, dues) = (given(), dues()).new_tree(&mut runner).unwrap().current();
        let left = Left::of(&lived(&given, &dues, &Meanwhile::default()));
        for task in &left.tasks {
            *stages.entry(task.stage.word()).or_default() += 1;
            moved += usize::from(task.stage == Stage::Written && task.intent.only_moves());
            paused += usize::from(task.stage == Stage::Written && task.pauses(&task.intent.object));
        }
    }
    for stage in ["written", "proposed", "expired", "stale"] {
        assert!(stages.contains_key(stage), "{stage}: {stages:?}");
    }
    assert!(paused > 3 && moved > 0 && stages["written"] > 30, "{paused} {moved} {stages:?}");
}

/// Killed after any step, again and again, and gone on from the file: the same in the end, and nothing twice.
#[test]
fn crashes_change_nothing() {
    let kills = prop::collection::vec(0_usize..12, 1..4);
    check(&(given(), dues(), kills), |(given, dues, kills)| {
        let straight = Left::of(&lived(&given, &dues, &Meanwhile::default()));
        let killed = Left::of(&lived(&given, &dues, &Meanwhile { kills, ..Meanwhile::default() }));
        prop_assert!(is_once(&straight) && is_once(&killed));
        prop_assert_eq!(killed, straight);
        Ok(())
    });
}

/// Ticks in between, ticks at one instant, ticks that were missed: each rule runs once for an instant at which it is due,
/// whoever else looks.
#[test]
fn ticks_in_between_change_nothing() {
    let looks = prop::collection::vec(prop_oneof![Just(0_i64), 1_i64..230], 1..4);
    check(&(given(), dues(), looks), |(given, dues, mut looks)| {
        looks.sort_unstable();
        let straight = Left::of(&lived(&given, &dues, &Meanwhile::default()));
        let looked = Left::of(&lived(&given, &dues, &Meanwhile { looks, ..Meanwhile::default() }));
        prop_assert_eq!(looked.runs, straight.runs);
        // Quiet runs are forgotten after a week.
        if dues.iter().map(|due| due.ticks * EVERY).sum::<i64>() < 24 * 7 {
            prop_assert_eq!(straight.runs, (given.len() * dues.len()) as u64);
        }
        prop_assert_eq!(looked.without_looks(), straight.without_looks());
        Ok(())
    });
}

/// The order in which rules are given, over all of it.
#[test]
fn order_means_nothing() {
    let orders = given().prop_flat_map(|given| {
        let places: Vec<usize> = (0..given.len()).collect();
        (Just(given), Just(places).prop_shuffle())
    });
    check(&(orders, dues()), |((given, places), dues)| {
        let straight = lived(&given, &dues, &Meanwhile::default());
        let shuffled = lived_in(places, &given, &dues, &Meanwhile::default());
        prop_assert_eq!(Left::of(&shuffled), Left::of(&straight));
        Ok(())
    });
}

/// Whatever rules raise, however often a day, whoever agrees late, whatever the platform does not take and whatever leaves
/// git and comes back: what is live never passes the wall, a fifth of what git had more than the day began with, and what
/// was held or on its way then.
#[test]
fn raises_stay_in_the_guard() {
    let kills = prop::collection::vec(0_usize..12, 0..2);
    check(&(raising(), dues(), kills), |(given, dues, kills)| {
        let mut life = life(&given);
        let mut slot = life.now;
        let (mut day, mut wall) = (None, 0);
        for due in &dues {
            slot += SignedDuration::from_hours(EVERY * due.ticks);
            life.now = slot + SignedDuration::from_mins(due.late);
            let most = life.spend().1;
            life.in_git(&due.git);
            if day != Some(life.today()) {
                day = Some(life.today());
                wall = most + life.spend_in_git() / 10 * 2;
            }
            life.bad(&due.bad);
            life.fails = due.fails;
            begin_anew(&kills, |fuse| life.tick(fuse));
            prop_assert!(life.spend().0 <= wall, "{} above {wall}", life.spend().0);
            let asked = life.asked();
            // The worst is that somebody agrees to all of it while nothing is taken.
            for (digest, _) in asked.iter().zip(&due.agrees).filter(|(_, agrees)| **agrees || due.fails) {
                begin_anew(&kills, |fuse| life.agree(digest, fuse));
                prop_assert!(life.spend().0 <= wall, "{} above {wall}", life.spend().0);
            }
        }
        Ok(())
    });
}

/// Raises that end at midnight, day after day, whoever agrees late and whatever the platform does not take, of their ends
/// either: what is live never passes the wall of the first day.
#[test]
fn raises_until_midnight_do_not_add_up() {
    let raises = prop::collection::vec(((1_000..9_000).prop_map(Does::Surf), -1..2, any::<bool>()), 1..4);
    let pauses = prop::collection::vec(
        (prop_oneof![Just(Does::Pause), Just(Does::Step(-2_000))], -1..2, Just(false)),
        0..2,
    );
    let dues = prop::collection::vec(dues(), 3);
    check(&(raises, pauses, dues), |(mut given, pauses, dues)| {
        given.extend(pauses);
        let mut life = life(&given);
        let mut slot = life.now;
        let wall = life.spend().0 / 10 * 12;
        for due in dues.iter().flatten() {
            slot += SignedDuration::from_hours(EVERY * due.ticks);
            life.now = slot + SignedDuration::from_mins(due.late);
            life.bad(&due.bad);
            life.fails = due.fails;
            life.tick(&mut Fuse::default()).unwrap();
            prop_assert!(life.spend().0 <= wall, "{} above {wall}", life.spend().0);
            // Somebody agrees once the platform takes writes again.
            life.fails = false;
            let asked = life.asked();
            for (digest, _) in asked.iter().zip(&due.agrees).filter(|(_, agrees)| **agrees) {
                life.agree(digest, &mut Fuse::default()).unwrap();
                prop_assert!(life.spend().0 <= wall, "{} above {wall}", life.spend().0);
            }
        }
        Ok(())
    });
}

/// Nobody looked over midnight, and the first write of the day fails: the raise of days before is live and no part of
/// what the day began with. Time and again it is the same wall.
#[test]
fn a_day_begins_with_what_is_in_force_and_not_with_what_is_live() {
    let mut life = life(&[(Does::Surf(2_000), 0, true)]);
    // Budgets of Meta's ad sets rest for three days.
    let days = SignedDuration::from_hours(4 * 24);
    let first = life.now + SignedDuration::from_hours(EVERY);
    for number in 0..5 {
        life.now = first + days * number;
        life.fails = true;
        let above = life.spend().0;
        assert_eq!(above, if number == 0 { 400_000_000 } else { 480_000_000 });
        life.tick(&mut Fuse::default()).unwrap();
        let (mut seen, observed) = life.look();
        super::super::stand(&mut seen, &observed, &mut life.store()).unwrap();
        let account = seen.accounts.values().next().unwrap();
        assert_eq!(account.baseline, Some(400_000_000), "time {number}");
        assert_eq!(life.spend().0, above, "nothing is raised on what is over");
        life.fails = false;
        life.now += SignedDuration::from_hours(EVERY);
        life.tick(&mut Fuse::default()).unwrap();
        for digest in life.asked() {
            life.agree(&digest, &mut Fuse::default()).unwrap();
        }
        assert_eq!(life.spend().0, 480_000_000, "time {number}");
    }
}

/// What rules decide waits for the end of a raise, and not for one that does not come.
#[test]
fn the_end_of_a_raise_goes_first_for_a_while() {
    let mut life = life(&[(Does::Surf(2_000), 0, true)]);
    let midnight = life.now + SignedDuration::from_hours(24);
    life.now += SignedDuration::from_hours(EVERY);
    life.tick(&mut Fuse::default()).unwrap();
    for digest in life.asked() {
        life.agree(&digest, &mut Fuse::default()).unwrap();
    }
    assert_eq!(life.spend().0, 480_000_000);
    // Overlays were settled before midnight, and what is read is looked at after it.
    life.now = midnight - SignedDuration::from_mins(1);
    life.spend();
    assert_eq!((life.settled_at(life.now), life.settled_at(midnight)), (480_000_000, 400_000_000));
    for (minutes, ending) in [(-1, false), (0, true), (9, true), (10, false)] {
        life.now = midnight + SignedDuration::from_mins(minutes);
        assert_eq!(life.is_ending(), ending, "{minutes} minutes after midnight");
    }
    life.now = midnight;
    life.tick(&mut Fuse::default()).unwrap();
    assert_eq!(life.spend().0, 400_000_000);
    assert!(!life.is_ending(), "it has ended");
}

/// Two raises, each of which has room for itself, agreed to one after the other while the platform takes nothing: only one
/// of them is put in force, and that is all that comes once it takes writes again.
#[test]
fn what_the_platform_did_not_take_yet_has_its_room() {
    let mut life = life(&[(Does::StepGood(5_000), 0, true)]);
    life.now += SignedDuration::from_hours(EVERY);
    life.tick(&mut Fuse::default()).unwrap();
    let asked = life.asked();
    // 100 EUR each of four: 50 more fit into the 80 that a day may rise by, and 100 do not.
    assert_eq!(asked.len(), 1, "no room is left for a second one in the same run");
    life.fails = true;
    life.agree(&asked[0], &mut Fuse::default()).unwrap();
    life.now += SignedDuration::from_hours(EVERY);
    life.tick(&mut Fuse::default()).unwrap();
    for digest in life.asked() {
        life.agree(&digest, &mut Fuse::default()).unwrap();
    }
    life.fails = false;
    life.now += SignedDuration::from_mins(5);
    life.tick(&mut Fuse::default()).unwrap();
    assert_eq!(life.spend(), (450_000_000, 450_000_000));
    assert_eq!(life.writes.len(), 1);
}

/// One leaves git while it runs: the raise for which it made no room before has none after either, nor on the day after.
#[test]
fn what_leaves_git_makes_no_room() {
    let mut life = life(&[(Does::StepGood(9_000), 0, true)]);
    life.now += SignedDuration::from_hours(EVERY);
    life.tick(&mut Fuse::default()).unwrap();
    assert_eq!(life.asked(), Vec::<String>::new(), "90 EUR more than 400 are past the 480");
    for left in 1..OBJECTS {
        let git: Vec<bool> = (0..OBJECTS).map(|number| number >= left).collect();
        life.in_git(&git);
        life.now += SignedDuration::from_hours(EVERY);
        life.tick(&mut Fuse::default()).unwrap();
        assert_eq!(life.asked(), Vec::<String>::new(), "{left} left");
    }
    assert_eq!(life.spend().0, 400_000_000);
}

/// Both sides of a day are of one instant: while it is not known of something whether it runs, in git or not, no day begins.
#[test]
fn a_day_begins_with_all_that_runs() {
    let (mut snapshot, observed) = life(&[(Does::Pause, 0, false)]).look();
    let sums = |snapshot: &Snapshot| -> Vec<Option<i64>> {
        spendable(snapshot, &observed).into_values().map(|one| one.micros).collect()
    };
    assert_eq!(sums(&snapshot), [Some(400_000_000)]);
    snapshot.strangers.values_mut().for_each(|of| of.unknown = Some("one".to_owned()));
    assert_eq!(sums(&snapshot), [None]);
}

/// Mixes with several raises, two or three of which fill the room of a day.
fn raising() -> impl Strategy<Value = Vec<Given>> {
    let does = prop_oneof![(1_500..9_000).prop_map(Does::StepGood), (15_i64..80).prop_map(Does::Amount)];
    let raises = prop::collection::vec((does, -1..2, any::<bool>()), 1..3);
    (raises, given()).prop_map(|(mut raises, others)| {
        raises.extend(others);
        raises
    })
}

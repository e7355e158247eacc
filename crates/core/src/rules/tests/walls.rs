//! Whatever is raised, by whom, by how much, how often a day and however late it is agreed to: no day ends above its wall,
//! a part more than it began with and what rules held then.

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::properties::{Given, fresh, given, goes_through, lifted, mix, objects, spend, world};
use super::*;
use crate::rules::coming::foreseen;

/// What happens at one instant, and how long it is to the next.
#[derive(Debug, Clone)]
struct Tick {
    hours: i64,
    /// Of what is asked, the first, second … is agreed to now.
    agrees: Vec<bool>,
    /// Whether the platform takes what is decided now; else it stays on its way.
    reached: bool,
    /// What happens beside rules before they run.
    moved: Vec<Moved>,
}

/// What people do beside rules. What is meant is the one at this place, counted round.
#[derive(Debug, Clone)]
enum Moved {
    /// An ad group leaves git and stays as it is live.
    Leaves(usize),
    /// One that is live comes into git, back or for the first time.
    Comes(usize),
    /// Somebody makes one by hand, with so many euros a day; every other one below a campaign that is in git.
    Appears(i64),
    /// Somebody raises one that is not in git by so many euros.
    Raised(usize, i64),
    /// Somebody pauses one that is not in git, or runs it again.
    Turned(usize),
}

/// Objects go from git and come back, and what is live stays as it is.
fn goings() -> impl Strategy<Value = Vec<Moved>> {
    let one = prop_oneof![(0_usize..6).prop_map(Moved::Leaves), (0_usize..6).prop_map(Moved::Comes)];
    prop::collection::vec(one, 0..3)
}

/// The same, while people do by hand what they like.
fn by_hand() -> impl Strategy<Value = Vec<Moved>> {
    let one = prop_oneof![
        (0_usize..6).prop_map(Moved::Leaves),
        (0_usize..6).prop_map(Moved::Comes),
        (1_i64..300).prop_map(Moved::Appears),
        (0_usize..6, 1_i64..100).prop_map(|(which, by)| Moved::Raised(which, by)),
        (0_usize..6).prop_map(Moved::Turned),
    ];
    prop::collection::vec(one, 0..4)
}

fn ticks(moved: impl Strategy<Value = Vec<Moved>>) -> impl Strategy<Value = Vec<Tick>> {
    let hours = prop_oneof![Just(1_i64), Just(7), Just(73)];
    let tick = (hours, prop::collection::vec(any::<bool>(), 4), any::<bool>(), moved);
    let tick = tick.prop_map(|(hours, agrees, reached, moved)| Tick { hours, agrees, reached, moved });
    prop::collection::vec(tick, 1..10)
}

/// Rules over days, in which somebody answers late and the platform is not always reached.
struct Life {
    rules: Vec<Rule>,
    world: Snapshot,
    /// What is live and not in git.
    outside: BTreeMap<Address, ObjectState>,
    memory: Memory,
    asked: Vec<Intent>,
    day: Option<jiff::civil::Date>,
    wall: i64,
    /// Raises that were let through, over all.
    raised: u32,
    /// The same while something that had left git ran.
    beside: u32,
}

impl Life {
    fn new(rules: Vec<Rule>, world: Snapshot) -> Self {
        Self {
            rules,
            world,
            outside: BTreeMap::new(),
            memory: Memory::default(),
            asked: Vec::new(),
            day: None,
            wall: 0,
            raised: 0,
            beside: 0,
        }
    }

    fn today(&self) -> jiff::civil::Date {
        self.world.now.to_zoned(self.world.accounts[&account()].zone.rules()).date()
    }

    /// Everything that is on its way, come.
    fn arrived(&self) -> BTreeMap<Address, ObjectState> {
        let decision = |planned: &Planned| Decision {
            intent: Arc::new(Intent { changes: vec![planned.clone()], ..nothing() }),
            outcome: Outcome::Act,
        };
        let decisions = self.world.coming.iter().map(decision).collect();
        let mut objects = self.world.objects.clone();
        objects.extend(self.outside.clone());
        carry_out(&Run { decisions, ..once(&[], &self.world) }, &mut objects);
        objects
    }

    /// What can be spent by now, and once all that is on its way has come.
    fn spent(&self) -> i64 {
        let later = Snapshot { objects: self.arrived(), ..self.world.clone() };
        spend(&self.with_outside(&self.world)).max(spend(&later))
    }

    fn with_outside(&self, world: &Snapshot) -> Snapshot {
        let mut world = world.clone();
        world.objects.extend(self.outside.clone());
        world
    }

    /// All that is live and runs on the worst of what may still come today without a raise of today.
    fn began(&self) -> i64 {
        let mut world = self.with_outside(&lifted(&foreseen(&self.world), &self.memory));
        for (address, later) in self.arrived() {
            let object = world.objects.get_mut(&address).unwrap();
            if self.outside.contains_key(&address) {
                let runs = [object.state, later.state].contains(&Some(State::Active));
                object.state = Some(if runs { State::Active } else { State::Paused });
                let most = |budget: Budget| Budget {
                    amount: budget.amount.max(later.budget.unwrap().amount),
                    ..budget
                };
                object.budget = object.budget.map(most);
            }
        }
        spend(&world)
    }

    /// What the snapshot tells of what is not in git.
    fn see_outside(&mut self) {
        let active = self.outside.iter().filter(|(_, object)| object.state == Some(State::Active));
        let each = active.map(|(address, object)| {
            let above = object.parent.clone().filter(|parent| self.world.objects.contains_key(parent));
            let spend = Spend { daily: object.budget.unwrap().amount.micros(), ..Spend::default() };
            (address.to_string().into(), Stranger { spend, above })
        });
        let of = Strangers { each: each.collect(), unknown: None };
        self.world.strangers = BTreeMap::from([(account(), of)]);
    }

    fn moved(&mut self, moved: &Moved) {
        let at = |objects: &BTreeMap<Address, ObjectState>, place: usize| {
            let groups: Vec<&Address> = objects.keys().filter(|one| one.kind == Kind::AdGroup).collect();
            groups.get(place % groups.len().max(1)).map(|address| (*address).clone())
        };
        let outside = |life: &Self, place: usize| at(&life.outside, place);
        match *moved {
            Moved::Leaves(place) => {
                if let Some(address) = at(&self.world.objects, place) {
                    let object = self.world.objects.remove(&address).unwrap();
                    self.outside.insert(address, object);
                }
            }
            Moved::Comes(place) => {
                if let Some(address) = outside(self, place) {
                    let object = self.outside.remove(&address).unwrap();
                    self.world.objects.insert(address, object);
                }
            }
            Moved::Appears(amount) => {
                let mut made = object();
                made.budget = made.budget.map(|held| Budget { amount: euros(amount), ..held });
                made.parent = (amount % 2 == 0).then(|| address(Kind::Campaign, "sale"));
                self.outside.insert(group(&format!("hand-{amount}")), made);
            }
            Moved::Raised(place, by) => {
                if let Some(address) = outside(self, place) {
                    let object = self.outside.get_mut(&address).unwrap();
                    let more = |held: Budget| Budget {
                        amount: euros(held.amount.micros() / 1_000_000 + by),
                        ..held
                    };
                    object.budget = object.budget.map(more);
                }
            }
            Moved::Turned(place) => {
                if let Some(address) = outside(self, place) {
                    let object = self.outside.get_mut(&address).unwrap();
                    let runs = object.state == Some(State::Active);
                    object.state = Some(if runs { State::Paused } else { State::Active });
                }
            }
        }
    }

    /// What happens beside rules.
    fn meanwhile(&mut self, tick: &Tick) {
        for moved in &tick.moved {
            self.moved(moved);
        }
        self.see_outside();
        fresh(&mut self.world);
        if self.day != Some(self.today()) {
            self.day = Some(self.today());
            let git = spend(&self.world);
            self.world.accounts.get_mut(&account()).unwrap().baseline = Some(git);
            self.wall = self.began() + git / 10 * 2;
        }
    }

    fn tick(&mut self, tick: &Tick) {
        let found = run(&self.rules, &self.world, &self.memory);
        self.memory = found.memory;
        for Decision { intent, outcome } in found.decisions {
            match outcome {
                Outcome::Act => self.goes(&intent),
                Outcome::Propose { .. } => self.asked.push(Intent::clone(&intent)),
                _ => {}
            }
        }
        let mut agrees = tick.agrees.iter();
        for intent in std::mem::take(&mut self.asked) {
            if agrees.next() == Some(&true) { self.agreed(&intent) } else { self.asked.push(intent) }
        }
        self.world.pending = self
            .asked
            .iter()
            .flat_map(Intent::claims)
            .map(|(of, field)| (of.clone(), field.clone()))
            .collect();
        if tick.reached {
            let arrived = self.arrived();
            let (inside, outside): (BTreeMap<_, _>, BTreeMap<_, _>) =
                arrived.into_iter().partition(|(address, _)| self.world.objects.contains_key(address));
            (self.world.objects, self.outside) = (inside, outside);
            self.world.coming.clear();
        }
    }

    /// It is on its way.
    fn goes(&mut self, intent: &Intent) {
        self.raised += u32::from(intent.direction().raises());
        self.beside += u32::from(intent.direction().raises() && !self.outside.is_empty());
        self.world.coming.extend(intent.changes.iter().cloned());
    }

    /// Somebody agrees: the rule is asked once more, on what is live now.
    fn agreed(&mut self, intent: &Intent) {
        let rule = self.rules.iter().find(|rule| rule.key == intent.rule).unwrap();
        let found = reconsider(rule, &self.rules, &self.world, &self.memory, &intent.object);
        let Reconsidered::Wants(one) = found else { return };
        if one.intent.changes == intent.changes && goes_through(&one) {
            let (day, now) = (self.today(), self.world.now);
            self.memory.made(intent, &account().name, day, now);
            self.goes(intent);
        }
    }

    fn later(&mut self, hours: i64) {
        self.world.now += SignedDuration::from_hours(hours);
        fresh(&mut self.world);
    }
}

pub(super) fn nothing() -> Intent {
    Intent {
        rule: RuleKey { namespace: growth(), name: name("nobody") },
        priority: 0,
        object: group("nothing"),
        changes: Vec::new(),
        weight: 0,
        evidence: String::new(),
        ask: None,
        notes: Vec::new(),
    }
}

/// Raises of every kind and more than one of them: what the wall is for.
fn raising() -> impl Strategy<Value = Vec<Given>> {
    use super::properties::Does;
    let does = prop_oneof![
        (1..5_000).prop_map(Does::Step),
        (1_i64..60).prop_map(Does::Amount),
        (101_i64..200).prop_map(Does::Set),
        (1..2_000, -2_000..2_000).prop_map(|(budget, bid)| Does::Several(budget, bid)),
    ];
    let raises = prop::collection::vec((does, -1..2, 0_u8..3), 1..4);
    (raises, given()).prop_map(|(mut raises, others)| {
        raises.extend(others);
        raises
    })
}

/// Lives in which raises come through: without this the walls would hold of nothing.
#[test]
fn lives_have_raises() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut raised, mut beside) = (0, 0);
    for _ in 0..120 {
        let drawn = (raising(), objects(), ticks(by_hand())).new_tree(&mut runner).unwrap().current();
        let (given, objects, ticks) = drawn;
        let mut life = Life::new(mix(&given), world(&objects, 0));
        for tick in &ticks {
            life.meanwhile(tick);
            life.tick(tick);
            life.later(tick.hours);
        }
        raised += life.raised;
        beside += life.beside;
    }
    assert!(raised > 60 && beside > 20, "{raised} {beside}");
}

#[test]
fn what_is_on_its_way_takes_its_room() {
    let raise = |called: &str, points| {
        let when = format!("recent.cpa > params.target && self.name == '{called}'");
        compiled(&source(called, &when, by(points)))
    };
    let mut world = snapshot(["one", "two"].map(|called| (group(called), object())));
    world.accounts.get_mut(&account()).unwrap().baseline = Some(200_000_000);
    let decided = |world: &Snapshot, rule: Rule| once(&[rule], world).decisions.remove(0);
    let one = decided(&world, raise("one", 3_000));
    let two = decided(&world, raise("two", 2_000));
    assert!(goes_through(&one) && goes_through(&two), "each for itself has room");
    let fits = |world: &Snapshot| room(world, &Memory::default(), &two.intent);
    assert_eq!(fits(&world), Ok(()));
    world.coming.clone_from(&one.intent.changes);
    let why = "daily budgets of account meta-eu would come to 250.00 EUR; 200.00 EUR at midnight and 20 % more are 240.00 EUR";
    let refused = Outcome::Refused { guard: "spend guard".into(), why: why.into() };
    assert_eq!(decided(&world, raise("two", 2_000)).outcome, refused);
    assert_eq!(fits(&world), Err(why.to_owned()), "nor is what was decided before put in force");
    world.coming.clear();
    world.accounts.get_mut(&account()).unwrap().baseline = Some(100_000_000);
    assert!(fits(&world).is_err(), "a day that began with less has begun");
    let cut = decided(&world, raise("one", -1_000));
    assert_eq!(room(&world, &Memory::default(), &cut.intent), Ok(()), "what lowers needs none");
}

/// An object of which more is live than is to be in force.
fn above(live: i64, settled: i64) -> ObjectState {
    let mut object = object();
    let held = object.budget.as_mut().unwrap();
    held.amount = euros(live);
    let Ownership::Bounded { settled: known, .. } = &mut held.ownership else { unreachable!() };
    *known = euros(settled);
    object
}

/// What a day begins with is without raises whose time is over, also of what rules hold.
#[test]
fn a_day_begins_without_raises_that_are_over() {
    let mut world = snapshot([(group("raised"), above(120, 100)), (group("held"), above(130, 90))]);
    world.objects.get_mut(&group("held")).unwrap().state = Some(State::Paused);
    let mut memory = Memory::default();
    let known = memory.rules.entry("growth/stop".to_owned()).or_default();
    let since = at(NOW) - SignedDuration::from_hours(48);
    known
        .objects
        .insert(group("held"), Mood { pause: Some(Pause { since, until: None }), ..Mood::default() });
    let morning = with_mornings(&world, &memory).mornings[&account().to_string()].clone();
    assert_eq!(morning.holding[&group("held")].daily, 90_000_000);
    let settled = |called: &str| world.daily_settled(&world.objects[&group(called)]);
    assert_eq!((settled("raised"), settled("held")), (100_000_000, 0));
    // What is on its way up is not live yet, and the day has not begun with it.
    let coming = snapshot([(group("one"), above(100, 120))]);
    assert_eq!(coming.daily_settled(&coming.objects[&group("one")]), 100_000_000);
}

/// What a rule held when the day began keeps its room also once the rule has let go of it and nothing runs it yet.
#[test]
fn what_was_held_keeps_its_room_until_it_runs() {
    let mut world = snapshot([(group("one"), object()), (group("held"), above(50, 50))]);
    world.objects.get_mut(&group("held")).unwrap().state = Some(State::Paused);
    world.accounts.get_mut(&account()).unwrap().baseline = Some(100_000_000);
    let mut memory = Memory::default();
    let mood = Mood { pause: Some(Pause { since: at(NOW), until: None }), ..Mood::default() };
    memory.rules.entry("growth/stop".to_owned()).or_default().objects.insert(group("held"), mood);
    let mut memory = with_mornings(&world, &memory);
    memory.rules.clear();
    let raised = |points| {
        let when = "recent.cpa > params.target && self.name == 'one'";
        run(&[compiled(&source("raise", when, by(points)))], &world, &memory).decisions.remove(0)
    };
    assert!(goes_through(&raised(2_000)), "a fifth of what ran");
    assert!(!goes_through(&raised(3_000)), "the rest is of what was held");
}

/// A raise on top of one that is over would carry it on; what lowers spend waits for nothing.
#[test]
fn nothing_is_raised_on_top_of_a_raise_that_is_over() {
    const TRUE: &str = "recent.cpa > params.target";
    let world = snapshot([(group("one"), above(120, 100))]);
    let raised = once(&[compiled(&source("raise", TRUE, by(1_000)))], &world);
    assert_eq!(told(&raised), ["raise one: impossible"]);
    let why = "120.00 EUR is live and 100.00 EUR is to be: it is raised once that is so";
    assert_eq!(raised.runs[0].objects[0].outcome, Outcome::Impossible { why: why.to_owned() });
    let cut = once(&[compiled(&source("cut", TRUE, by(-1_000)))], &world);
    assert_eq!(told(&cut), ["cut one: act, one budget from 120.00 EUR to 108.00 EUR"]);
    // Nor is it given anything that another one gives away.
    let good = known(sums(200, 1000, 200));
    let mut peer = above(120, 100);
    peer.windows.insert(week(), good.clone());
    let mut other = object();
    other.windows.insert(week(), good);
    let world = snapshot([(group("bad"), object()), (group("good"), other), (group("over"), peer)]);
    let moves = vec![Action::Rebalance { by: 2_000, bounds: Bounds::default() }];
    let shifted = once(&[compiled(&source("move", TRUE, moves))], &world);
    assert_eq!(
        told(&shifted)[0],
        "move bad: act, bad budget from 100.00 EUR to 80.00 EUR, good budget from 100.00 EUR to 120.00 EUR"
    );
}

proptest! {
    /// Whatever rules want, what is let through leaves every account below its wall.
    #[test]
    fn raises_of_a_run_stay_in_the_guard(given in raising(), objects in objects(), baseline in 50_i64..600) {
        let world = world(&objects, baseline);
        let run = once(&mix(&given), &world);
        let before = spend(&world);
        let through = run.decisions.iter().filter(|one| goes_through(one));
        let raised: i64 = through.map(|one| one.intent.daily().max(0)).sum();
        prop_assert!(raised == 0 || before + raised <= baseline * 1_200_000);
    }

    /// Tick after tick, whatever is agreed to and however late, whether or not the platform is reached in between, and
    /// whatever leaves git and comes back.
    #[test]
    fn days_of_raises_stay_in_the_guard(given in raising(), objects in objects(), ticks in ticks(goings())) {
        let mut life = Life::new(mix(&given), world(&objects, 0));
        for tick in &ticks {
            life.meanwhile(tick);
            life.tick(tick);
            let (spent, wall) = (life.spent(), life.wall);
            prop_assert!(spent <= wall, "{spent} above {wall}");
            life.later(tick.hours);
        }
    }

    /// The same while people make, raise and pause by hand what they like: that may pass the wall, and rules add nothing to
    /// it then.
    #[test]
    fn days_by_hand_stay_in_the_guard(given in raising(), objects in objects(), ticks in ticks(by_hand())) {
        let mut life = Life::new(mix(&given), world(&objects, 0));
        for tick in &ticks {
            life.meanwhile(tick);
            let before = life.spent();
            life.tick(tick);
            let (spent, wall) = (life.spent(), life.wall.max(before));
            prop_assert!(spent <= wall, "{spent} above {wall}");
            life.later(tick.hours);
        }
    }

    /// Amounts are walls as well: no run takes the worst day of an account past the one that it may have.
    #[test]
    fn raises_stay_in_amounts(given in raising(), objects in objects(), most in 50_i64..1_500) {
        let world = world(&objects, 100_000).held_to(&of_account(euros(most)));
        let mut run = once(&mix(&given), &world);
        for decision in run.decisions.iter_mut().filter(|one| goes_through(one)) {
            decision.outcome = Outcome::Act;
        }
        let mut after = world.clone();
        carry_out(&run, &mut after.objects);
        // Meta may spend three quarters more than a budget on a day.
        let worst = |world: &Snapshot| spend(world) / 100 * 175;
        prop_assert!(worst(&after) <= (most * 1_000_000).max(worst(&world)));
    }

    /// What a day began with is not known: nothing is raised, moved or resumed, and cuts and pauses go on.
    #[test]
    fn an_unknown_baseline_refuses(given in raising(), objects in objects()) {
        let (rules, known) = (mix(&given), world(&objects, 100_000));
        let mut unknown = known.clone();
        unknown.accounts.get_mut(&account()).unwrap().baseline = None;
        let found = once(&rules, &unknown);
        for one in found.decisions.iter().filter(|one| goes_through(one)) {
            // What moves money within what is spent anyway, and what no budget bounds, has no wall to know of.
            prop_assert!(one.intent.daily() <= 0, "{one:?}");
        }
    }
}

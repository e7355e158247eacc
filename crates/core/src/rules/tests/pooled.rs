//! Rules and a hard pool over the same campaigns. Neither the order of rules, nor more ticks, nor a restart changes what comes
//! of them; nothing is done twice; rules stay below their wall, and the pool below its amount.

use jiff::civil::Date;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::properties::{Given, fresh, given, lifted, objects, sources, spend, world};
use super::*;
use crate::pacing::Pattern;
use crate::pool::{
    Allocation, DayFigures, Given as GivenDays, GivenDay, Look, Member, OnExhausted, Pool, Term, allot,
};
use crate::rules::coming::foreseen;

const EURO: i64 = 1_000_000;
/// Days of the pool's only period.
const DAYS: usize = 8;
/// Campaigns that draw on it.
const MEMBERS: usize = 3;
/// Somebody looks at these hours.
const HOURS: [i64; 4] = [0, 6, 12, 18];
/// The platform may spend so many times a day's amount, in basis points.
const WORST: i64 = 17_500;
/// Midnight in Madrid.
const START: &str = "2026-06-09T22:00:00Z";

/// What is drawn.
#[derive(Debug, Clone)]
struct Drawn {
    given: Vec<Given>,
    objects: Vec<(i64, bool)>,
    /// The pool's amount, in euros.
    amount: i64,
    /// Of what each member may spend on each day, how much it does, in hundredths.
    shares: Vec<Vec<i64>>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let shares =
        prop::collection::vec(prop::collection::vec(prop_oneof![Just(100), 0_i64..100], MEMBERS), DAYS);
    (given(), objects(), 20_i64..1_500, shares).prop_map(|(given, objects, amount, shares)| Drawn {
        given,
        objects,
        amount,
        shares,
    })
}

fn member_of(number: usize) -> Address {
    address(Kind::Campaign, &format!("pooled-{number}"))
}

fn pool(amount: i64) -> Pool {
    let first: Date = "2026-06-10".parse().unwrap();
    Pool {
        namespace: growth(),
        name: name("spring"),
        amount: euros(amount),
        term: Term::Days(
            first,
            first.saturating_add(jiff::Span::new().days(i64::try_from(DAYS).unwrap() - 1)),
        ),
        pattern: Pattern::Even,
        on_exhausted: OnExhausted::Pause,
        allocation: Allocation::Delivered,
        caps: BTreeMap::new(),
        members: (0..MEMBERS).map(member_of).collect(),
        origin: None,
    }
}

/// A mix of rules, every second of them about campaigns.
fn rules(given: &[Given]) -> Vec<Rule> {
    let each = sources(given).into_iter().enumerate().map(|(place, mut source)| {
        if place % 2 == 0 {
            source.scope.kind = Kind::Campaign;
        }
        compiled(&source)
    });
    each.collect()
}

/// One account over the days of the pool; the platform takes everything at once.
struct Shop<'a> {
    drawn: &'a Drawn,
    rules: Vec<Rule>,
    pool: Pool,
    /// What is live, but for what the pool holds paused.
    world: Snapshot,
    held: BTreeSet<Address>,
    memory: Memory,
    given: GivenDays,
    /// What each member spent, by day.
    spent: BTreeMap<Address, BTreeMap<Date, i64>>,
    /// The largest amount that each had on this day while it ran.
    most: BTreeMap<Address, i64>,
    wall: i64,
    /// When which field of which object was changed, to what.
    writes: Vec<(Timestamp, Address, String, String)>,
}

impl<'a> Shop<'a> {
    fn new(drawn: &'a Drawn, rules: Vec<Rule>) -> Self {
        let mut world = world(&drawn.objects, 450);
        world.now = at(START);
        for number in 0..MEMBERS {
            let mut one = object();
            one.windows.insert(week(), known(sums([20, 60, 200][number], 1000, 1)));
            one.budget =
                Some(Budget { amount: euros(20), cadence: Cadence::Daily, ownership: Ownership::Pool });
            world.objects.insert(member_of(number), one);
        }
        fresh(&mut world);
        Self {
            drawn,
            rules,
            pool: pool(drawn.amount),
            world,
            held: BTreeSet::new(),
            memory: Memory::default(),
            given: GivenDays::new(),
            spent: BTreeMap::new(),
            most: BTreeMap::new(),
            wall: 0,
            writes: Vec::new(),
        }
    }

    fn today(&self) -> Date {
        self.world.now.to_zoned(self.world.accounts[&account()].zone.rules()).date()
    }

    /// What rules see.
    fn seen(&self) -> Snapshot {
        let mut seen = self.world.clone();
        for held in &self.held {
            seen.objects.get_mut(held).unwrap().state = Some(State::Paused);
        }
        seen
    }

    fn begins(&mut self) {
        self.most.clear();
        let seen = self.seen();
        let (began, held) = (spend(&seen), spend(&lifted(&foreseen(&seen), &self.memory)));
        self.world.accounts.get_mut(&account()).unwrap().baseline = Some(began);
        self.wall = began / 10 * 12 + held - began;
    }

    /// One pass: rules first, and then the pool, as `adplane run` does it.
    fn pass(&mut self, hour: i64) {
        let before = self.seen();
        let found = run(&self.rules, &before, &self.memory);
        for decision in found.decisions.iter().filter(|decision| decision.outcome == Outcome::Act) {
            for change in decision.intent.changes.iter().filter(|change| change.claims) {
                let is_pooled = matches!(change.change, Change::Budget { .. })
                    && self.pool.members.contains(&change.object);
                assert!(!is_pooled, "a rule moves what the pool moves: {change:?}");
                self.wrote(&change.object, change.field.as_str(), &change.change.to_string());
            }
        }
        carry_out(&found, &mut self.world.objects);
        self.memory = found.memory;
        let after = spend(&self.seen());
        assert!(after <= spend(&before).max(self.wall), "{after} above the wall of {}", self.wall);
        self.pace(hour);
    }

    fn pace(&mut self, hour: i64) {
        let passed = u32::try_from(hour * 10_000 / 24).unwrap();
        let look = Look { day: self.today(), passed };
        let members: Vec<Member> = (0..MEMBERS).map(|number| self.member(number, hour, passed)).collect();
        let told = allot(&self.pool, &members, look, &self.given);
        for member in &members {
            let share = told.members[&member.object];
            if share.paused != member.held {
                self.wrote(&member.object, "hold", if share.paused { "on" } else { "off" });
                if share.paused {
                    self.held.insert(member.object.clone())
                } else {
                    self.held.remove(&member.object)
                };
            }
            let amount = share.after.unwrap_or(member.in_force);
            if amount != member.in_force {
                self.wrote(&member.object, "budget.daily", &amount.to_string());
                let budget = self.world.objects.get_mut(&member.object).unwrap().budget.as_mut().unwrap();
                budget.amount = Money::from_micros(amount, Currency::EUR);
            }
            if member.runs && !share.paused {
                let most = self.most.entry(member.object.clone()).or_default();
                *most = amount.max(*most);
            }
        }
        let amounts = told.members.iter().filter_map(|(object, share)| Some((object.clone(), share.day()?)));
        let mut today = GivenDay { looked: told.looked, amounts: amounts.collect() };
        if let Some(earlier) = self.given.get(&told.day) {
            today.keep(earlier);
        }
        self.given.insert(told.day, today);
    }

    fn member(&self, number: usize, hour: i64, passed: u32) -> Member {
        let object = member_of(number);
        let live = &self.world.objects[&object];
        let days = self.spent.get(&object).into_iter().flatten();
        let days = days.map(|(day, spend)| (*day, DayFigures { spend: *spend, ..DayFigures::default() }));
        Member {
            runs: live.state == Some(State::Active),
            held: self.held.contains(&object),
            in_force: live.budget.unwrap().amount.micros(),
            pinned: false,
            min: EURO,
            max: 1_000 * EURO,
            max_step: None,
            step: 10_000,
            over_delivery: u32::try_from(WORST).unwrap(),
            days: days.collect(),
            today: Some(self.spends(number) * hour / 24),
            settled: None,
            passed,
            left: None,
            leaves: false,
            object,
        }
    }

    /// What a member spends on the day by what it had so far.
    fn spends(&self, number: usize) -> i64 {
        let day = self.spent.get(&member_of(number)).map_or(0, BTreeMap::len);
        let most = self.most.get(&member_of(number)).copied().unwrap_or(0);
        most * WORST / 10_000 * self.drawn.shares[day.min(DAYS - 1)][number] / 100
    }

    fn ends(&mut self) {
        for number in 0..MEMBERS {
            let spend = self.spends(number);
            let day = self.today();
            self.spent.entry(member_of(number)).or_default().insert(day, spend);
        }
    }

    fn wrote(&mut self, object: &Address, field: &str, to: &str) {
        self.writes.push((self.world.now, object.clone(), field.to_owned(), to.to_owned()));
    }

    /// Whoever looks is another process, which has read what was remembered.
    fn restart(&mut self) {
        self.memory = serde_json::from_str(&serde_json::to_string(&self.memory).unwrap()).unwrap();
        self.given = serde_json::from_str(&serde_json::to_string(&self.given).unwrap()).unwrap();
    }
}

/// All days; each pass is made so many times more, each by another process.
fn lived<'a>(drawn: &'a Drawn, rules: Vec<Rule>, again: &[usize]) -> Shop<'a> {
    let mut shop = Shop::new(drawn, rules);
    let mut again = again.iter().cycle();
    for _ in 0..DAYS {
        shop.begins();
        for hour in HOURS {
            shop.pass(hour);
            for _ in 0..*again.next().unwrap_or(&0) {
                shop.restart();
                shop.pass(hour);
            }
            if hour == 18 {
                shop.ends();
            }
            shop.world.now += SignedDuration::from_hours(6);
            fresh(&mut shop.world);
        }
    }
    shop
}

/// Both have a say in the mixes that are drawn: without this the properties would hold of nothing.
#[test]
fn both_have_a_say() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..40 {
        let drawn = drawn().new_tree(&mut runner).unwrap().current();
        let shop = lived(&drawn, rules(&drawn.given), &[0]);
        for (_, object, field, _) in &shop.writes {
            let of = if shop.pool.members.contains(object) { "pooled" } else { "own" };
            *seen.entry(format!("{of} {field}")).or_default() += 1;
        }
    }
    for what in ["pooled state", "pooled budget.daily", "pooled hold", "own budget.daily", "own state"] {
        assert!(seen.contains_key(what), "{what}: {seen:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn rules_and_a_pool_do_nothing_twice_and_hold_what_they_are_held_to(
        (drawn, order) in drawn().prop_flat_map(|drawn| {
            let order: Vec<usize> = (0..drawn.given.len()).collect();
            (Just(drawn), Just(order).prop_shuffle())
        }),
        again in prop::collection::vec(0_usize..3, 1..6),
    ) {
        let straight = lived(&drawn, rules(&drawn.given), &[0]);
        let all = rules(&drawn.given);
        let other = lived(&drawn, order.iter().map(|place| all[*place].clone()).collect(), &again);
        prop_assert_eq!(&straight.writes, &other.writes);
        prop_assert_eq!(&straight.world.objects, &other.world.objects);
        prop_assert_eq!(&straight.held, &other.held);
        prop_assert_eq!(&straight.memory, &other.memory);
        prop_assert_eq!(&straight.given, &other.given);
        let mut once = BTreeSet::new();
        for (now, object, field, _) in &straight.writes {
            prop_assert!(once.insert((*now, object.clone(), field.clone())), "{object} {field} twice at {now}");
        }
        let spent: i64 = straight.spent.values().flat_map(BTreeMap::values).sum();
        prop_assert!(spent <= drawn.amount * EURO, "{spent} of {} euros", drawn.amount);
    }
}

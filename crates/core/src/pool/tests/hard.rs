//! What a hard pool holds to, whatever people, clocks and changes of git make of its day.

use proptest::prelude::*;

use super::*;
use crate::stats::Seed;

const HARD: OnExhausted = OnExhausted::Pause;

/// 100 euros left for the last day of March, nothing of them in force.
fn last_day() -> (Pool, [Member; 2]) {
    let mut members = [member("a", 30, 100), member("b", 30, 0)];
    for member in &mut members {
        member.in_force = UNIT;
    }
    (pool(3_100, HARD), members)
}

/// The day as it is remembered after another look.
fn after(given: &Given, allotment: &Allotment) -> Given {
    let mut given = given.clone();
    let mut today = remembered(allotment);
    if let Some(earlier) = given.get(&allotment.day) {
        today.keep(earlier);
    }
    given.insert(allotment.day, today);
    given
}

/// What a look puts in force.
fn obey(members: &mut [Member], allotment: &Allotment) {
    for member in members {
        let share = allotment.members[&member.object];
        member.held = share.paused;
        member.in_force = share.after.unwrap_or(member.in_force);
    }
}

#[test]
fn what_has_left_is_spent_all_the_same() {
    let mut members = [member("a", 20, 100), member("b", 20, 40)];
    assert_eq!(ask(&pool(3_100, HARD), &members, 21).left, 300 * UNIT);
    members[0].left = Some(day(21));
    members[0].today = Some(50 * UNIT);
    let given = ask(&pool(3_100, HARD), &members, 21);
    assert_eq!((given.spent, given.left, given.members.len()), (2_850 * UNIT, 250 * UNIT, 1));
    assert_eq!(codes(&given), ["member-left"]);
    let message = "campaign/a draws on the pool no more, and 2050.00 EUR that it spent counts";
    assert_eq!(given.answers[0].message, message);
    // A later day of it is not the pool's.
    members[1].days.insert(day(21), DayFigures::default());
    members[0].days.insert(day(21), DayFigures { spend: 60 * UNIT, ..DayFigures::default() });
    members[0].today = None;
    assert_eq!(ask(&pool(3_100, HARD), &members, 22).left, 240 * UNIT);
    // One that went in the period before counts in that one.
    members[0].left = Some(Day::constant(2026, 2, 27));
    assert_eq!(ask(&pool(3_100, HARD), &members, 22).left, 2_300 * UNIT);
}

#[test]
fn what_waits_for_its_removal_may_spend_and_nobody_else_gets_it() {
    let (pool, mut members) = last_day();
    (members[0].left, members[0].runs, members[0].in_force) = (Some(day(31)), false, 40 * UNIT);
    let gone = ask(&pool, &members, 31);
    members[0].leaves = true;
    let waits = ask(&pool, &members, 31);
    assert_eq!([told(&gone), told(&waits)], [["b 99.90 EUR"], ["b 56.00 EUR"]], "all of its day counts");
    let message = "campaign/a draws on the pool no more and is not known to be stopped: 3000.00 EUR that it spent counts, \
                   and 40.00 EUR a day until it is";
    assert_eq!((codes(&waits), waits.answers[0].message.as_str()), (vec!["member-leaves"], message));
    // Its platform's worst day counts, and at noon nothing of it is given again.
    members[0].over_delivery = 20_000;
    assert_eq!(told(&ask(&pool, &members, 31)), ["b 6.00 EUR"]);
    members[0].over_delivery = 10_000;
    let given = after(&Given::new(), &waits);
    obey(&mut members[1..], &waits);
    members[1].max_step = None;
    let noon = allot(&pool, &members, Look { day: day(31), passed: 5_000 }, &given);
    assert_eq!(told(&noon), ["b 56.00 EUR"]);
    // A day that is not told is as bad as what it has.
    members[0].days.remove(&day(30));
    let untold = ask(&pool, &members, 31);
    assert_eq!((untold.assumed, codes(&untold)[0]), (40 * UNIT, "spend-unknown"));
    // A soft pool counts it as well.
    let soft = Pool { on_exhausted: OnExhausted::Alert, ..pool };
    members[0].days.insert(day(30), DayFigures::default());
    assert_eq!(told(&ask(&soft, &members, 31)), ["b 160.00 EUR"]);
}

/// Whatever it was lowered to before it left, its platform may have spent by the most of the day.
#[test]
fn who_leaves_counts_by_the_most_that_it_had_on_the_day() {
    let (mut pool, mut members) = last_day();
    let first = ask(&pool, &members, 31);
    let given = after(&Given::new(), &first);
    obey(&mut members, &first);
    assert_eq!(told(&first), ["a 98.80 EUR", "b 1.00 EUR"]);
    (members[0].left, members[0].leaves, members[0].runs) = (Some(day(31)), true, false);
    members[0].in_force = UNIT;
    pool.allocation =
        Allocation::Weights([("a", 1), ("b", 9)].map(|(k, v)| (ObjectName::new(k).unwrap(), v)).into());
    let noon = |members: &[Member]| allot(&pool, members, Look { day: day(31), passed: 5_000 }, &given);
    let lowered = noon(&members);
    assert_eq!(told(&lowered), ["b 1.00 EUR"]);
    let message = "99.80 EUR was given before on this day, and a hard pool gives no money twice: 0.00 EUR is free for others";
    assert_eq!(lowered.answers.last().unwrap().message, message);
    // What has its address by now has its amounts of the day as well: they count once.
    let replaced = noon(&[member("a", 30, 0), members[0].clone(), members[1].clone()]);
    let message = replaced.answers.last().unwrap().message.clone();
    assert!(message.starts_with("100.80 EUR was given before on this day"), "{message}");
    // An override finds as little.
    (members[1].pinned, members[1].in_force) = (true, 11 * UNIT);
    assert_eq!(told(&noon(&members)), ["b paused"]);
}

#[test]
fn what_one_that_has_left_did_not_tell_is_taken_at_its_worst() {
    let mut members = [member("a", 20, 100), member("b", 20, 40)];
    members[0].left = Some(day(20));
    members[0].over_delivery = 20_000;
    members[0].days.remove(&day(20));
    let amount = DayAmount { before: 0, amount: 80 * UNIT, most: 90 * UNIT, gave: None, looked: 70 };
    let given =
        Given::from([(day(20), GivenDay { looked: 70, amounts: BTreeMap::from([(address("a"), amount)]) })]);
    let told = allot(&pool(3_100, HARD), &members, look(21), &given);
    assert_eq!((told.standing, told.assumed), (Standing::Unknown, 180 * UNIT), "twice the most of the day");
    assert_eq!(codes(&told)[0], "spend-unknown");
    assert!(told.members[&address("b")].after.is_none_or(|after| after <= 50 * UNIT));
    // What replaced it under its address gets its own.
    let mut new = member("a", 20, 0);
    new.in_force = 10 * UNIT;
    let told = allot(&pool(3_100, HARD), &[new, members[0].clone()], look(21), &given);
    assert_eq!((told.spent, told.members.len()), (2_080 * UNIT, 1));
}

#[test]
fn no_money_of_a_day_is_given_twice() {
    let (pool, mut members) = last_day();
    members[1].runs = false;
    let first = ask(&pool, &members, 31);
    assert_eq!(told(&first), ["a 99.90 EUR", "b as it is"]);
    let given = after(&Given::new(), &first);
    obey(&mut members, &first);
    // At noon git pauses one and runs the other.
    (members[0].runs, members[1].runs) = (false, true);
    members[0].today = Some(90 * UNIT);
    let noon = allot(&pool, &members, Look { day: day(31), passed: 5_000 }, &given);
    assert_eq!(told(&noon), ["a as it is", "b paused"]);
    assert_eq!(noon.members[&address("b")].binds, Some(Binds::GivenToday));
    assert_eq!(codes(&noon), ["given-today"]);
    // What a look had given is not forgotten by the next.
    let given = after(&given, &noon);
    obey(&mut members, &noon);
    let later = allot(&pool, &members, Look { day: day(31), passed: 6_000 }, &given);
    assert_eq!(told(&later), ["a as it is", "b paused"]);
}

#[test]
fn who_gets_more_later_takes_what_nobody_had() {
    let (mut pool, mut members) = last_day();
    let weights = |a, b| {
        Allocation::Weights([("a", a), ("b", b)].map(|(k, v)| (ObjectName::new(k).unwrap(), v)).into())
    };
    pool.allocation = weights(9, 1);
    members[0].max = 40 * UNIT;
    members[1].max = 40 * UNIT;
    let first = ask(&pool, &members, 31);
    assert_eq!(told(&first), ["a 40.00 EUR", "b 40.00 EUR"]);
    let given = after(&Given::new(), &first);
    obey(&mut members, &first);
    members[1].max = 90 * UNIT;
    pool.allocation = weights(1, 9);
    let later = allot(&pool, &members, Look { day: day(31), passed: 5_000 }, &given);
    assert_eq!(told(&later)[1], "b 59.80 EUR", "twenty that nobody had: {:?}", later.answers);
    pool.on_exhausted = OnExhausted::Alert;
    let soft = allot(&pool, &members, Look { day: day(31), passed: 5_000 }, &given);
    assert_eq!(told(&soft), ["a 10.00 EUR", "b 90.00 EUR"]);
}

#[test]
fn what_a_person_decides_counts_and_the_others_share_the_rest() {
    let (pool, mut members) = last_day();
    (members[0].pinned, members[0].in_force) = (true, 30 * UNIT);
    let given = ask(&pool, &members, 31);
    assert_eq!(told(&given), ["a as it is", "b 66.98 EUR"]);
    assert_eq!((given.members[&address("a")].binds, codes(&given)), (Some(Binds::Pinned), vec!["pinned"]));
    let message = "an override keeps campaign/a at 30.00 EUR a day: that counts as given";
    assert_eq!(given.answers[0].message, message);
    assert_eq!(remembered(&given).amounts[&address("a")].amount, 30 * UNIT);
    members[0].in_force = 500 * UNIT;
    let given = ask(&pool, &members, 31);
    assert_eq!(told(&given), ["a paused", "b 51.20 EUR"], "48.71 of it may be spent already");
    assert!(given.answers[0].message.contains("so it is paused"), "{}", given.answers[0].message);
    // A soft pool lets it run, and counts it.
    let soft = ask(&Pool { on_exhausted: OnExhausted::Alert, ..pool }, &members, 31);
    assert_eq!(told(&soft), ["a as it is", "b 1.00 EUR"]);
}

#[test]
fn an_override_of_noon_finds_no_money_that_was_given() {
    let (pool, mut members) = last_day();
    let first = ask(&pool, &members, 31);
    let given = after(&Given::new(), &first);
    obey(&mut members, &first);
    let had = members[1].in_force;
    (members[1].pinned, members[1].in_force) = (true, had + UNIT);
    let noon = allot(&pool, &members, Look { day: day(31), passed: 5_000 }, &given);
    assert_eq!(told(&noon)[1], "b paused", "{had}");
    members[1].in_force = had;
    let noon = allot(&pool, &members, Look { day: day(31), passed: 5_000 }, &given);
    assert_eq!(told(&noon)[1], "b as it is");
}

#[test]
fn what_a_person_gave_between_two_looks_is_not_given_again() {
    let (pool, mut members) = last_day();
    let first = ask(&pool, &members, 31);
    let given = after(&Given::new(), &first);
    obey(&mut members, &first);
    let had = members[1].in_force;
    (members[1].pinned, members[1].in_force) = (true, had + UNIT);
    let noon = allot(&pool, &members, Look { day: day(31), passed: 5_000 }, &given);
    let given = after(&given, &noon);
    obey(&mut members, &noon);
    // Nobody decides it any more, and what it may have spent meanwhile leaves nothing for the others.
    members[1].pinned = false;
    let evening = allot(&pool, &members, Look { day: day(31), passed: 8_000 }, &given);
    let share = evening.members[&members[1].object];
    assert!(share.after.is_none_or(|amount| amount <= had), "{had} {share:?}");
    assert_eq!((share.most, share.gave), (had + UNIT, had));
}

#[test]
fn hours_are_those_of_each_account() {
    let (pool, mut members) = last_day();
    for member in &mut members {
        member.in_force = 50 * UNIT;
    }
    assert_eq!(ask(&pool, &members, 31).budget, Some(90_260_000), "a tenth of what both had");
    members[1].passed = 6_900;
    assert_eq!(ask(&pool, &members, 31).budget, Some(45_130_000), "and all of what one had for a day");
    members[1].passed = 16_900;
    assert_eq!(ask(&pool, &members, 31).budget, Some(0), "its next day has begun as well");
    // The day before: tomorrow's look comes late as well.
    let (pool, mut members) = last_day();
    for member in &mut members {
        member.days.remove(&day(30));
    }
    let near = ask(&pool, &members, 30).budget.unwrap();
    members[1].passed = 6_900;
    let far = ask(&pool, &members, 30).budget.unwrap();
    assert!(far * 2 <= 200 * UNIT && near * 2 > 200 * UNIT, "{near} {far}");
}

proptest! {
    /// Git pauses, runs and weighs campaigns between the looks of one day, and one is lowered and leaves.
    #[test]
    fn looks_of_a_day_never_give_more_than_its_worst_allows(
        monthly in 3_050_i64..4_000,
        today in 28_i8..32,
        looks in prop::collection::vec((prop::collection::vec((any::<bool>(), 1_u32..100), 3), 0_usize..3), 2..6),
        leaves in 1_usize..8,
    ) {
        let mut pool = pool(monthly, HARD);
        let mut members: Vec<Member> = ["a", "b", "c"].into_iter().map(|name| member(name, today - 1, 33)).collect();
        for (member, over) in members.iter_mut().zip([10_000, 17_500, 20_000]) {
            member.over_delivery = over;
        }
        let (mut given, mut most, mut left, mut gone) = (Given::new(), [0_i64; 3], None, Vec::new());
        for (turn, (changes, pinned)) in looks.into_iter().enumerate() {
            let passed = 70 + 1_500 * u32::try_from(turn).unwrap();
            if turn == leaves {
                let mut one = members.pop().unwrap();
                (one.left, one.leaves, one.in_force) = (Some(day(today)), one.runs && !one.held, one.in_force / 3);
                one.runs = false;
                gone.push(one);
            }
            let weights = members.iter().zip(&changes).map(|(member, (_, weight))| (member.object.name.clone(), *weight));
            pool.allocation = Allocation::Weights(weights.collect());
            for (place, member) in members.iter_mut().enumerate() {
                (member.runs, member.passed) = (changes[place].0, passed);
                member.pinned = turn > 0 && place == pinned;
                member.in_force += if member.pinned { 20 * UNIT } else { 0 };
            }
            let all: Vec<Member> = members.iter().chain(&gone).cloned().collect();
            let allotment = allot(&pool, &all, Look { day: day(today), passed }, &given);
            given = after(&given, &allotment);
            obey(&mut members, &allotment);
            left = left.or(Some(allotment.left));
            for (member, most) in members.iter().zip(&mut most) {
                let now = if member.runs && !member.held { member.in_force } else { 0 };
                *most = now.max(*most);
            }
            let worst: i64 = members.iter().chain(&gone).zip(most).map(|(member, most)| position::times(most, member.over_delivery)).sum();
            prop_assert!(worst <= left.unwrap(), "{worst} of {left:?} at look {turn}: {:?}", told(&allotment));
        }
    }
}

/// One month in which everything happens that git and people can do, on platforms that spend the most they may.
fn stormy_month(seed: u64) -> i64 {
    let mut random = Seed(seed).stream(0);
    let pool = pool(31_000, HARD);
    let zones = [70, 70 + 3_750, 70 + 7_080];
    let mut members: Vec<Member> = ["a", "b", "c", "d"].into_iter().map(|name| member(name, 0, 0)).collect();
    for (place, member) in members.iter_mut().enumerate() {
        member.over_delivery = [10_000, 17_500, 20_000, 12_500][place];
    }
    let (mut given, mut gone, leaves) = (Given::new(), Vec::<Member>::new(), random.place(31));
    for number in 1..=31_i8 {
        let in_force = |member: &Member| if member.runs && !member.held { member.in_force } else { 0 };
        let before: Vec<i64> = members.iter().map(in_force).collect();
        let mut most = vec![0_i64; members.len()];
        for turn in 0..=u32::try_from(random.place(3)).unwrap() {
            for (place, member) in members.iter_mut().enumerate() {
                member.passed = zones[place % 3] + 1_000 * turn;
                member.runs = random.place(5) > 0;
                let pins = random.place(40) == 0;
                member.pinned = if member.pinned { random.place(3) > 0 } else { pins };
                if pins {
                    member.in_force = 10 * UNIT * i64::try_from(random.place(400)).unwrap();
                }
            }
            let all: Vec<Member> = members.iter().chain(&gone).cloned().collect();
            let allotment = allot(&pool, &all, Look { day: day(number), passed: 70 + 1_000 * turn }, &given);
            given = after(&given, &allotment);
            obey(&mut members, &allotment);
            for (member, most) in members.iter().zip(&mut most) {
                *most = in_force(member).max(*most);
            }
        }
        for (place, member) in members.iter_mut().enumerate() {
            let early = position::times(before[place], super::super::hard::worst(zones[place % 3]));
            let spend = position::times(early + most[place], member.over_delivery);
            member.days.insert(day(number), DayFigures { spend, ..DayFigures::default() });
        }
        for one in &mut gone {
            one.days.insert(day(number), DayFigures::default());
        }
        if members.len() == 4 && random.place(31) <= leaves / 4 {
            let mut left = members.pop().unwrap();
            left.left = Some(day(number));
            gone.push(left);
        }
    }
    let spent =
        members.iter().chain(&gone).flat_map(|member| member.days.values()).map(|figures| figures.spend);
    spent.sum()
}

#[test]
fn a_hard_pool_holds_whatever_happens_in_its_month() {
    for seed in 0..12 {
        let spent = stormy_month(seed);
        assert!(spent <= 31_000 * UNIT, "seed {seed}: {spent}");
    }
}

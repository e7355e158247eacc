//! Single days.

use super::*;

const SOFT: OnExhausted = OnExhausted::Alert;
const HARD: OnExhausted = OnExhausted::Pause;

#[test]
fn on_the_first_day_everybody_gets_a_part_like_what_it_has() {
    let mut members = [member("a", 0, 0), member("b", 0, 0)];
    let given = ask(&pool(3_100, SOFT), &members, 1);
    assert_eq!(told(&given), ["a 50.00 EUR", "b 50.00 EUR"]);
    assert_eq!((given.standing, given.budget), (Standing::Unknown, Some(100 * UNIT)));
    members[1].in_force = 150 * UNIT;
    assert_eq!(told(&ask(&pool(3_100, SOFT), &members, 1)), ["a 25.00 EUR", "b 75.00 EUR"]);
}

#[test]
fn who_delivers_more_gets_more_and_who_is_full_leaves_the_rest_to_others() {
    let mut members = [member("a", 10, 75), member("b", 10, 25)];
    let given = ask(&pool(3_100, SOFT), &members, 11);
    assert_eq!(
        (told(&given), given.standing),
        (vec!["a 75.00 EUR".into(), "b 25.00 EUR".into()], Standing::OnTrack)
    );
    assert_eq!((given.spent, given.left), (1_000 * UNIT, 2_100 * UNIT));
    members[0].max = 60 * UNIT;
    let given = ask(&pool(3_100, SOFT), &members, 11);
    assert_eq!(told(&given), ["a 60.00 EUR", "b 40.00 EUR"]);
    assert_eq!(given.members[&address("a")].binds, Some(Binds::Maximum));
    members[1].runs = false;
    let given = ask(&pool(3_100, SOFT), &members, 11);
    assert_eq!(
        told(&given),
        ["a 60.00 EUR", "b as it is"],
        "what does not run gets nothing, and its spend counts"
    );
    assert_eq!(codes(&given), ["infeasible"], "forty euros fit nowhere");
    assert!(
        given.answers[0]
            .message
            .starts_with("40.00 EUR of today's money fits nowhere; campaign/a at 60.00 EUR")
    );
}

#[test]
fn weights_split_as_git_says() {
    let mut pool = pool(3_100, SOFT);
    pool.allocation = Allocation::Weights(BTreeMap::from([(ObjectName::new("a").unwrap(), 3)]));
    assert_eq!(told(&ask(&pool, &[member("a", 0, 0), member("b", 0, 0)], 1)), ["a 75.00 EUR", "b 25.00 EUR"]);
}

#[test]
fn a_raise_goes_no_further_than_git_lets_it() {
    let mut members = [member("a", 10, 75), member("b", 10, 25)];
    members[0].max_step = Some(1_000);
    let given = ask(&pool(3_100, SOFT), &members, 11);
    assert_eq!(told(&given), ["a 55.00 EUR", "b 45.00 EUR"], "from 50 by a tenth");
    assert_eq!(given.members[&address("a")].binds, Some(Binds::Step));
}

#[test]
fn what_nobody_told_refuses_raises_and_lets_cuts_through() {
    let mut members = [member("a", 10, 75), member("b", 10, 25)];
    members[1].days.remove(&day(4));
    let given = ask(&pool(6_200, SOFT), &members, 11);
    assert_eq!(
        (given.standing, told(&given)),
        (Standing::Unknown, vec!["a 50.00 EUR".into(), "b 50.00 EUR".into()])
    );
    assert_eq!(given.members[&address("a")].binds, Some(Binds::Unknown));
    let message = "what campaign/b spent on 2026-03-04 is not known, so nothing is raised";
    assert_eq!(given.answers[0].message, message);
    let given = ask(&pool(1_240, SOFT), &members, 11);
    assert_eq!(
        told(&given),
        ["a 9.46 EUR", "b 3.15 EUR"],
        "what is known allows no more: {:?}",
        given.budget
    );
    // A hard pool takes the worst of the day: twice the 50 in force.
    members[1].over_delivery = 20_000;
    let given = ask(&pool(6_200, HARD), &members, 11);
    assert_eq!((given.assumed, given.spent), (100 * UNIT, 1_075 * UNIT));
    // What is paused stays so.
    members[0].held = true;
    assert_eq!(told(&ask(&pool(6_200, HARD), &members, 11))[0], "a paused");
}

#[test]
fn what_is_used_up_pauses_or_is_told() {
    let members = [member("a", 20, 155)];
    let hard = ask(&pool(3_100, HARD), &members, 21);
    assert_eq!((hard.standing, told(&hard)), (Standing::Exhausted, vec!["a paused".into()]));
    let soft = ask(&pool(3_100, SOFT), &members, 21);
    assert_eq!((soft.standing, told(&soft)), (Standing::Exhausted, vec!["a 1.00 EUR".into()]));
    assert_eq!(codes(&soft), ["exhausted", "infeasible"]);
    let mut today = [member("a", 20, 100)];
    today[0].today = Some(1_100 * UNIT);
    assert_eq!(
        told(&ask(&pool(3_100, HARD), &today, 21)),
        ["a paused"],
        "what was spent since midnight counts"
    );
}

#[test]
fn the_hour_and_a_second_look_move_no_amount() {
    let pool = pool(3_100, HARD);
    let mut members = [member("a", 10, 75), member("b", 10, 25)];
    for member in &mut members {
        member.max_step = Some(500);
    }
    let first = ask(&pool, &members, 11);
    let given = Given::from([(day(11), remembered(&first))]);
    for member in &mut members {
        member.today = Some(20 * UNIT);
        member.in_force = first.members[&member.object].after.unwrap();
    }
    let second = allot(&pool, &members, Look { passed: 9_000, ..look(11) }, &given);
    assert_eq!(told(&first), told(&second));
    assert_eq!(first.members[&address("a")].before, second.members[&address("a")].before);
}

#[test]
fn the_least_that_platforms_take_never_breaks_a_hard_pool() {
    let mut members = [member("a", 30, 100)];
    members[0].min = 120 * UNIT;
    let soft = ask(&pool(3_100, SOFT), &members, 31);
    assert_eq!(told(&soft), ["a 120.00 EUR"]);
    let hard = ask(&pool(3_100, HARD), &members, 31);
    assert_eq!((told(&hard), codes(&hard)), (vec!["a paused".into()], vec!["infeasible"]));
    let message = "the campaigns take at least 120.00 EUR a day together, and today has 95.13 EUR: all are paused; \
                   the minimums bind: campaign/a at 120.00 EUR";
    assert_eq!(hard.answers[0].message, message);
}

#[test]
fn outside_of_its_period_a_pool_gives_nothing() {
    let mut pool = pool(3_100, SOFT);
    pool.term = Term::Days(day(5), day(9));
    let members = [member("a", 10, 75)];
    let early = ask(&pool, &members, 4);
    assert_eq!(
        (early.standing, told(&early), codes(&early)),
        (Standing::NotBegun, vec!["a as it is".into()], vec!["not-begun"])
    );
    let late = ask(&pool, &members, 10);
    assert_eq!(
        (late.standing, told(&late), codes(&late)),
        (Standing::Ended, vec!["a as it is".into()], vec!["period-over"])
    );
    assert_eq!((late.spent, late.left), (375 * UNIT, 2_725 * UNIT));
    pool.on_exhausted = HARD;
    assert_eq!(told(&ask(&pool, &members, 10)), ["a paused"], "nothing is left for another day");
}

/// Days whose spend varies, with a response that saturates.
fn curved(name: &str, ceiling: i64, half: i64) -> Member {
    let mut member = member(name, 0, 0);
    for number in 0..56_i16 {
        let on = day(1).checked_sub(jiff::Span::new().days(i64::from(number) + 1)).unwrap();
        let spend = 20 + i64::from(number * 37 % 100);
        let conversions = ceiling * spend * UNIT / (half + spend);
        member
            .days
            .insert(on, DayFigures { spend: spend * UNIT, conversions: Some(conversions), value: None });
    }
    member.settled = Some(day(1));
    member.in_force = 100 * UNIT;
    member
}

#[test]
fn curves_move_money_to_where_the_next_euro_brings_more() {
    let mut pool = pool(6_200, SOFT);
    pool.allocation = Allocation::Curves(Returns::Conversions, None);
    let given = ask(&pool, &[curved("a", 100, 80), curved("b", 20, 80)], 1);
    assert_eq!(told(&given), ["a 120.00 EUR", "b 80.00 EUR"], "by a fifth at once: {:?}", given.answers);
    assert_eq!(codes(&given), ["curves"]);
}

#[test]
fn what_curves_cannot_tell_is_said_and_the_shares_are_kept() {
    let mut pool = pool(6_200, SOFT);
    pool.allocation = Allocation::Curves(Returns::Conversions, None);
    let (mut a, b) = (member("a", 0, 0), member("b", 0, 0));
    a.in_force = 150 * UNIT;
    let given = ask(&pool, &[a, b], 1);
    assert_eq!(told(&given), ["a 150.00 EUR", "b 50.00 EUR"]);
    assert_eq!(codes(&given), ["not-identifiable", "not-identifiable", "shares-kept"]);
    let why = "the curve of campaign/a is not identifiable: 0 settled days are too few: 28 are needed";
    assert_eq!(given.answers[0].message, why);
    // Bounds that leave no split are named.
    let (mut a, mut b) = (curved("a", 100, 80), curved("b", 20, 80));
    a.max = 60 * UNIT;
    b.max = 60 * UNIT;
    let given = ask(&pool, &[a, b], 1);
    assert_eq!(codes(&given), ["infeasible", "infeasible"]);
    let bound = "campaign/a at 60.00 EUR (maximum), campaign/b at 60.00 EUR (maximum)";
    assert!(given.answers[0].message.ends_with(bound), "{}", given.answers[0].message);
    assert_eq!(told(&given), ["a 60.00 EUR", "b 60.00 EUR"]);
}

/// On Google, of whose platform the address is.
fn on_google(mut member: Member) -> Member {
    member.object = format!("google/ads/Campaign/growth/{}", member.object.name).parse().unwrap();
    member
}

#[test]
fn a_platforms_campaigns_get_its_cap_at_most_together() {
    let mut pool = pool(6_200, SOFT);
    pool.caps = BTreeMap::from([(Platform::Meta, 50 * UNIT)]);
    let (a, b, c) = (member("a", 0, 0), member("b", 0, 0), on_google(member("c", 0, 0)));
    let given = ask(&pool, &[a.clone(), b.clone(), c.clone()], 1);
    assert_eq!(told(&given), ["c 150.00 EUR", "a 25.00 EUR", "b 25.00 EUR"]);
    let binds: Vec<Option<Binds>> = given.members.values().map(|share| share.binds).collect();
    assert_eq!(binds, [None, Some(Binds::Cap), Some(Binds::Cap)]);
    assert_eq!(codes(&given), Vec::<&str>::new());
    // With what a person decides there.
    let pinned = Member { pinned: true, in_force: 30 * UNIT, ..a };
    let given = ask(&pool, &[pinned.clone(), b.clone(), c.clone()], 1);
    assert_eq!(told(&given), ["c 150.00 EUR", "a as it is", "b 20.00 EUR"]);
    // What fits nowhere is told with the cap that binds.
    let c = Member { max: 100 * UNIT, ..c };
    let given = ask(&pool, &[b.clone(), c.clone()], 1);
    assert_eq!(told(&given), ["c 100.00 EUR", "b 50.00 EUR"]);
    let message = "50.00 EUR of today's money fits nowhere; campaign/c at 100.00 EUR (maximum), campaign/b at 50.00 EUR \
                   (cap of its platform) bind";
    assert_eq!(given.answers[0].message, message);
    // Minimums go before a cap that others have used.
    let b = Member { min: 30 * UNIT, ..b };
    let given = ask(&pool, &[pinned, b, c], 1);
    assert_eq!(told(&given), ["c 100.00 EUR", "a as it is", "b 30.00 EUR"]);
    assert_eq!(codes(&given), ["pinned", "platform-cap", "infeasible"]);
    let message = "the cap of Meta Ads is 50.00 EUR a day, and its campaigns take 60.00 EUR with what the pool does not decide";
    assert_eq!(given.answers[1].message, message);
}

#[test]
fn caps_bind_curves_too() {
    let mut pool = pool(6_200, SOFT);
    pool.allocation = Allocation::Curves(Returns::Conversions, None);
    pool.caps = BTreeMap::from([(Platform::Meta, 105 * UNIT)]);
    let given = ask(&pool, &[curved("a", 100, 80), on_google(curved("b", 20, 80))], 1);
    assert_eq!(told(&given), ["b 95.00 EUR", "a 105.00 EUR"], "{:?}", given.answers);
}

#[test]
fn money_that_would_not_pay_stays_unspent() {
    let mut pool = pool(6_200, SOFT);
    // At 100 of half 80 the next conversion of a costs (80 + 100)^2 / (80 × 100) = 4.05, of b five times that.
    let curves = |most: i64| Allocation::Curves(Returns::Conversions, Some(Marginal::Cpa(euros(most))));
    let members = [curved("a", 100, 80), curved("b", 20, 80)];
    pool.allocation = curves(100);
    let given = ask(&pool, &members, 1);
    assert_eq!(told(&given), ["a 120.00 EUR", "b 80.00 EUR"], "nothing costs that much: {:?}", given.answers);
    pool.allocation = curves(5);
    let given = ask(&pool, &members, 1);
    // sqrt(5 × 80 × 100) - 80 = 120; b goes down by a fifth at once.
    assert_eq!(told(&given), ["a 120.00 EUR", "b 80.00 EUR"]);
    pool.allocation = curves(2);
    let given = ask(&pool, &members, 1);
    assert_eq!(told(&given), ["a 80.00 EUR", "b 80.00 EUR"]);
    assert_eq!(codes(&given), ["curves", "unspent"], "{:?}", given.answers);
    let message =
        "40.00 EUR of today's money stays unspent: the next conversion would cost more than 2.00 EUR";
    assert_eq!(given.answers[1].message, message);
    // What a cap takes from one is no other's: the curves did not ask for it there.
    pool.allocation = curves(100);
    pool.caps = BTreeMap::from([(Platform::Meta, 50 * UNIT)]);
    let given = ask(&pool, &[members[0].clone(), on_google(members[1].clone())], 1);
    assert_eq!(told(&given), ["b 100.00 EUR", "a 50.00 EUR"], "{:?}", given.answers);
    (pool.allocation, pool.caps) = (curves(2), BTreeMap::new());
    // What stayed unspent is no present amount on the day after: shares go on from what was given.
    let lower = members.map(|member| Member { in_force: 80 * UNIT, ..member });
    let given = ask(&pool, &lower, 1);
    assert_eq!(told(&given), ["a 64.00 EUR", "b 64.00 EUR"]);
}

#[test]
fn a_months_own_weights_are_those_of_its_days() {
    let mut pool = pool(3_000, SOFT);
    let weights: Vec<u32> =
        (1..=31).map(|day| if day <= 2 { 0 } else { 1 + u32::from(day > 30) * 1_000 }).collect();
    pool.pattern = Pattern::Custom(weights);
    let mut one = member("a", 0, 0);
    one.min = 5 * UNIT;
    let given = ask(&pool, &[one.clone()], 1);
    assert_eq!(
        (told(&given), codes(&given)),
        (vec!["a 5.00 EUR".to_owned()], vec!["infeasible"]),
        "no money"
    );
    one.days = [(day(1), DayFigures::default()), (day(2), DayFigures::default())].into();
    let given = ask(&pool, &[one.clone()], 3);
    assert_eq!(
        given.budget,
        Some(3_000 * UNIT / 1_029),
        "the 31st has all but 28 parts: {:?}",
        given.answers
    );
    // April has no 31st.
    let on = |number: i8| Day::constant(2026, 4, number);
    one.days = [(on(1), DayFigures::default()), (on(2), DayFigures::default())].into();
    let given = allot(&pool, &[one], Look { day: on(3), passed: 70 }, &Given::new());
    assert_eq!(given.budget, Some(3_000 * UNIT / 28), "{:?}", given.answers);
}

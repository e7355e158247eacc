//! What runs without being in git: it takes its room, and gives none.

use super::*;

const KEY: &str = "campaign/1";

fn daily(amount: i64) -> Spend {
    Spend { daily: amount * 1_000_000, ..Spend::default() }
}

/// One campaign `bbb` at 100 EUR a day that a rule raises.
fn bbb() -> Snapshot {
    snapshot([(group("bbb"), object())])
}

fn raise(points: i32) -> Rule {
    compiled(&source("raise", "recent.cpa > params.target && self.name == 'bbb'", by(points)))
}

fn with(mut world: Snapshot, strangers: &[(&str, Spend)]) -> Snapshot {
    let each = strangers.iter().map(|(id, spend)| ((*id).into(), Stranger { spend: *spend, above: None }));
    world.strangers.insert(account(), Strangers { each: each.collect(), unknown: None });
    world
}

fn since(mut world: Snapshot, baseline: i64) -> Snapshot {
    world.accounts.get_mut(&account()).unwrap().baseline = Some(baseline * 1_000_000);
    world
}

/// What becomes of a raise of `bbb` on a day that began like that.
#[track_caller]
fn became(points: i32, now: &Snapshot, morning: &Snapshot) -> String {
    let memory = with_mornings(morning, &Memory::default());
    match &run(&[raise(points)], now, &memory).decisions[0].outcome {
        Outcome::Refused { guard, why } => format!("{guard}: {why}"),
        other => other.word().to_owned(),
    }
}

#[test]
fn what_leaves_git_makes_no_room() {
    let both = since(snapshot(["aaa", "bbb"].map(|called| (group(called), object()))), 200);
    assert_eq!(became(4_000, &both, &both), "propose");
    let past = "spend guard: daily budgets of account meta-eu would come to 335.00 EUR; 200.00 EUR at midnight and 20 % \
                more are 240.00 EUR";
    assert_eq!(became(13_500, &both, &both), past);
    let left = since(with(bbb(), &[(KEY, daily(100))]), 200);
    let outside = past.replace("335.00 EUR;", "335.00 EUR, 100.00 EUR of it outside git since midnight;");
    assert_eq!(became(13_500, &left, &both), outside);
    assert_eq!(became(4_000, &left, &both), "propose", "nor does it take any");
    assert!(became(4_100, &left, &both).contains("come to 241.00 EUR"));
}

/// In whatever order strangers come and go, `bbb` has the fifth that git's own part of the day began with.
#[test]
fn strangers_lend_no_room_and_take_what_they_grow() {
    let many = |each: &[(&str, i64)]| {
        let each: Vec<(&str, Spend)> = each.iter().map(|(id, amount)| (*id, daily(*amount))).collect();
        since(with(bbb(), &each), 100)
    };
    let morning = many(&[(KEY, 1_000)]);
    let fits = |now: &Snapshot, points| became(points, now, &morning) == "propose";
    // Each with the most that still fits.
    let cases: &[(&str, Snapshot, i32)] = &[
        ("as it was", morning.clone(), 2_000),
        ("gone", bbb_since(100), 2_000),
        ("lowered", many(&[(KEY, 10)]), 2_000),
        ("raised by hand", many(&[(KEY, 1_015)]), 500),
        ("another one", many(&[(KEY, 1_000), ("campaign/2", 15)]), 500),
        ("one for another", many(&[("campaign/2", 15)]), 500),
    ];
    for (what, now, most) in cases {
        assert!(fits(now, *most) && !fits(now, most + 1), "{what}");
    }
    // One that came into git counts as one that was made there, until it leaves again.
    let mut came = bbb_since(100);
    let mut thousand = object();
    thousand.budget = thousand.budget.map(|held| Budget { amount: euros(1_000), ..held });
    came.objects.insert(group("aaa"), thousand);
    assert!(!fits(&came, 1));
    assert!(fits(&morning, 2_000));
}

fn bbb_since(baseline: i64) -> Snapshot {
    since(bbb(), baseline)
}

#[test]
fn totals_of_strangers_have_their_own_wall() {
    let morning = bbb_since(100);
    let total = with(morning.clone(), &[(KEY, Spend { total: 500_000_000, ..Spend::default() })]);
    assert_eq!(became(2_000, &total, &morning), "propose", "it takes no room of daily budgets");
    let past = |cap: i64| became(1_000, &total.clone().held_to(&of_account(euros(cap))), &morning);
    // Seven quarters of 110 EUR, and all of the total.
    let why =
        "spend guard: the worst day of account meta-eu would be 692.50 EUR, at most 692.00 EUR is allowed";
    assert_eq!((past(692).as_str(), past(693).as_str()), (why, "propose"));
}

#[test]
fn amounts_take_all_of_it() {
    let stranger = Spend { daily: 100_000_000, automatic: 100_000_000, ..Spend::default() };
    let morning = with(bbb_since(100), &[(KEY, stranger)]);
    let held = |cap: i64| morning.clone().held_to(&of_account(euros(cap)));
    // Seven quarters of 210 EUR.
    let why =
        "spend guard: the worst day of account meta-eu would be 367.50 EUR, at most 367.00 EUR is allowed";
    assert_eq!(became(1_000, &held(367), &morning), why);
    assert_eq!(became(1_000, &held(368), &morning), "propose");
    // Pools are held to the same, and so is whoever decides about another account.
    let to = |amount| beyond_caps(&held(368), &[(group("bbb"), euros(amount))]).len();
    assert_eq!([to(110), to(111)], [0, 1]);
    let told = other_accounts(&morning)[&account()].spend;
    assert_eq!(told, Some(Spend { daily: 200_000_000, automatic: 100_000_000, total: 0 }));
    assert_eq!(committed(&morning)[&account()].spend, told);
}

/// A campaign without a budget, paused, with what lies in it by hand.
#[test]
fn what_is_made_by_hand_below_counts_with_a_resume() {
    let sale = address(Kind::Campaign, "sale");
    let mut above = ObjectState { budget: None, ..object() };
    above.state = Some(State::Paused);
    let mut world = snapshot([(group("bbb"), object()), (sale.clone(), above)]);
    let hand_made = Stranger { spend: daily(30), above: Some(sale.clone()) };
    let each = BTreeMap::from([("ad-group/1".into(), hand_made)]);
    world.strangers.insert(account(), Strangers { each, unknown: None });
    let rise = crate::rules::spend::Tree::new(&world).rise(&sale, &BTreeSet::new()).all();
    assert_eq!(rise, daily(30));
    let resume = |world: &Snapshot, morning: &Snapshot| {
        let planned = Planned {
            object: sale.clone(),
            field: "state".into(),
            change: Change::Resume,
            direction: Direction::Raise,
            daily: 30_000_000,
            claims: true,
        };
        let intent = Intent { changes: vec![planned], ..super::walls::nothing() };
        room(world, &with_mornings(morning, &Memory::default()), &intent)
    };
    let paused = since(world.clone(), 100);
    let why = "daily budgets of account meta-eu would come to 130.00 EUR, 30.00 EUR of it outside git since midnight; \
               100.00 EUR at midnight and 20 % more are 120.00 EUR";
    assert_eq!(resume(&paused, &paused), Err(why.to_owned()));
    let mut ran = paused.clone();
    ran.objects.get_mut(&sale).unwrap().state = Some(State::Active);
    assert_eq!(resume(&paused, &ran), Ok(()), "it ran when the day began");
    let capped = |cap: i64| paused.clone().held_to(&of_account(euros(cap)));
    assert!(resume(&capped(227), &ran).unwrap_err().contains("227.50 EUR"));
    assert_eq!(resume(&capped(228), &ran), Ok(()));
    // What runs with it stops with it.
    let fall = crate::rules::spend::Tree::new(&ran).fall(&sale).all();
    assert_eq!(fall, daily(30));
    assert_eq!(other_accounts(&ran)[&account()].spend, Some(daily(130)));
    assert_eq!(other_accounts(&paused)[&account()].spend, Some(daily(100)));
}

#[test]
fn one_that_may_or_may_not_run_refuses() {
    let mut world = bbb_since(100);
    let unknown = Some("Summer (Campaign 7), which is not in git,".to_owned());
    world.strangers.insert(account(), Strangers { unknown, ..Strangers::default() });
    let why = "spend guard: whether Summer (Campaign 7), which is not in git, runs is not known";
    assert_eq!(became(1, &world, &world), why);
    assert_eq!(other_accounts(&world)[&account()].spend, None);
    let cut = compiled(&source("cut", "recent.cpa > params.target", by(-1_000)));
    assert_eq!(once(&[cut], &world).decisions[0].outcome, Outcome::Act);
}

/// What was written to an object just before it left git may not be live yet.
#[test]
fn what_is_on_its_way_to_what_left_counts() {
    let both = since(snapshot(["aaa", "bbb"].map(|called| (group(called), object()))), 200);
    let by = source("other", "recent.cpa > params.target && self.name == 'aaa'", by(2_000));
    let raised = once(&[compiled(&by)], &both).decisions.remove(0);
    let mut left = since(with(bbb(), &[(KEY, daily(100))]), 200);
    assert_eq!(became(4_000, &left, &both), "propose");
    left.coming.clone_from(&raised.intent.changes);
    assert!(became(2_100, &left, &both).starts_with("spend guard: "), "20 EUR of the 40 are taken");
}

/// A day of which only a part was known when it was first looked at begins later, with all of it.
#[test]
fn both_sides_of_a_day_begin_at_one_instant() {
    let mut early = with(bbb(), &[(KEY, daily(100))]);
    early.accounts.get_mut(&account()).unwrap().baseline = None;
    let memory = with_mornings(&early, &Memory::default());
    assert_eq!(memory.mornings, BTreeMap::new(), "what was a stranger then may be in the baseline later");
    let came = since(snapshot(["aaa", "bbb"].map(|called| (group(called), object()))), 200);
    let memory = with_mornings(&came, &memory);
    let left = since(with(bbb(), &[(KEY, daily(100))]), 200);
    let found = run(&[raise(4_100)], &left, &memory);
    assert_eq!(found.decisions[0].outcome.word(), "refused");
    let read: Memory = serde_json::from_str(&serde_json::to_string(&memory).unwrap()).unwrap();
    assert_eq!(read, memory);
}

/// What a rule holds has its room for as long as it is there: what leaves git leaves it to nobody.
#[test]
fn the_room_of_what_a_rule_held_leaves_with_it() {
    let mut night = source("night", "self.name == 'aaa' && now.getHours() >= 20", pause());
    night.release = Some(SourceText::unplaced("now.getHours() == 7"));
    night.schedule.every = SignedDuration::from_mins(15);
    let mut evening = snapshot(["aaa", "bbb"].map(|called| (group(called), object())));
    evening.now = at("2026-06-10T18:00:00Z");
    let paused = once(&[compiled(&night)], &evening);
    assert_eq!(paused.decisions.len(), 1, "{:?}", told(&paused));
    let mut morning = since(later(&evening, 10), 100);
    carry_out(&paused, &mut morning.objects);
    let memory = with_mornings(&morning, &paused.memory);
    let outcome = |world: &Snapshot| run(&[raise(2_100)], world, &memory).decisions[0].outcome.word();
    assert_eq!(outcome(&morning), "refused", "its room is kept");
    let mut gone = morning.clone();
    gone.objects.remove(&group("aaa"));
    assert_eq!(outcome(&gone), "refused", "121 EUR are more than a fifth above 100");
    assert_eq!(run(&[raise(2_000)], &gone, &memory).decisions[0].outcome.word(), "propose");
}

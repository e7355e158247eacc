//! Amounts and numbers of the spend guard: worst days, how much one run may touch.

use proptest::prelude::*;

use super::*;

const TRUE: &str = "recent.cpa > params.target";

fn raise(points: i32) -> [Rule; 1] {
    [compiled(&source("raise", TRUE, by(points)))]
}

/// What becomes of the first decision, with why.
#[track_caller]
fn became(rules: &[Rule], world: &Snapshot) -> String {
    match &once(rules, world).decisions[0].outcome {
        Outcome::Refused { guard, why } => format!("{guard}: {why}"),
        Outcome::Deferred { limit } => format!("deferred: {limit}"),
        other => other.word().to_owned(),
    }
}

fn one() -> Snapshot {
    snapshot([(group("one"), object())])
}

fn amounts(euros: i64) -> Amounts {
    BTreeMap::from([(Currency::EUR, super::euros(euros))])
}

/// Another account with a hundred euros a day that no rule looks at.
fn with_other(mut world: Snapshot, platform: Platform, spend: Option<i64>) -> Snapshot {
    let key = AccountKey { name: name("other"), ..account() };
    let spend = spend.map(|micros| Spend { daily: micros, ..Spend::default() });
    world.others.insert(key, OtherAccount { platform, currency: Currency::EUR, spend });
    world
}

#[test]
fn a_platforms_own_rule_says_how_far_it_overspends() {
    let guard = of_account(euros(150));
    let on = |platform: Platform, ownership: Option<Ownership>| {
        let mut world = one();
        world.accounts.get_mut(&account()).unwrap().platform = platform;
        if let Some(ownership) = ownership {
            let mut other = object();
            other.budget = other.budget.map(|budget| Budget { ownership, amount: euros(10), ..budget });
            world.objects.insert(group("two"), other);
        }
        became(&raise(1_000), &world.held_to(&guard.clone()))
    };
    let past = |sum: &str| {
        format!("spend guard: the worst day of account meta-eu would be {sum}, at most 150.00 EUR is allowed")
    };
    assert_eq!(on(Platform::Meta, None), past("192.50 EUR"));
    assert_eq!(on(Platform::TikTok, None), "propose", "a quarter more than 110 EUR");
    let unsaid = "spend guard: how far Google Ads overspends a budget is not known";
    assert_eq!(on(Platform::Google, None), unsaid);
    // 137.50 EUR of the one, 6.2 times ten of the one that TikTok raises.
    assert_eq!(on(Platform::TikTok, Some(Ownership::External)), past("199.50 EUR"));
}

#[test]
fn the_tighter_of_project_and_account_counts() {
    let of = |max_rise: u32| AccountGuard { max_rise: Some(max_rise), ..AccountGuard::default() };
    let both = |project: Option<u32>, own: Option<u32>| {
        let mut guard = SpendGuard { every: project.map(of).unwrap_or_default(), ..SpendGuard::default() };
        if let Some(own) = own {
            guard.hold(&account(), &of(own));
        }
        let mut world = one().held_to(&guard);
        world.accounts.get_mut(&account()).unwrap().baseline = Some(100_000_000);
        became(&raise(1_500), &world)
    };
    let wall = |percent: &str, most: &str| {
        format!(
            "spend guard: daily budgets of account meta-eu would come to 115.00 EUR; 100.00 EUR at midnight and \
             {percent} % more are {most}"
        )
    };
    assert_eq!(both(None, None), "propose", "a fifth");
    assert_eq!(both(Some(1_250), None), wall("12.5", "112.50 EUR"));
    assert_eq!(both(Some(5_000), Some(1_000)), wall("10", "110.00 EUR"));
    assert_eq!(both(Some(1_000), Some(5_000)), wall("10", "110.00 EUR"));
    assert_eq!(both(None, Some(0)), wall("0", "100.00 EUR"));
    assert_eq!(both(Some(5_000), None), "propose");
}

#[test]
fn an_amount_in_another_currency_refuses() {
    let dollars = Money::from_micros(1_000_000_000_000, Currency::parse("USD").unwrap());
    let mut guard = of_account(euros(1_000));
    guard.hold(&account(), &AccountGuard { worst_day: vec![dollars], ..AccountGuard::default() });
    let foreign = "spend guard: the spend guard of account meta-eu is not in its currency";
    assert_eq!(became(&raise(1_000), &one().held_to(&guard.clone())), foreign);
    assert_eq!(became(&[compiled(&source("cut", TRUE, by(-1_000)))], &one().held_to(&guard)), "act");
    let unnamed =
        SpendGuard { namespace: BTreeMap::from([(dollars.currency(), dollars)]), ..SpendGuard::default() };
    assert_eq!(
        became(&raise(1_000), &one().held_to(&unnamed)),
        "spend guard: the spend guard names no amount in EUR for namespace growth"
    );
}

#[test]
fn accounts_add_up_to_their_platform_and_namespace() {
    // 192.50 EUR of the one that rises; another one with 100 EUR a day.
    let platform =
        |most| SpendGuard { platforms: [(Platform::Meta, amounts(most))].into(), ..SpendGuard::default() };
    let all = |most| SpendGuard { namespace: amounts(most), ..SpendGuard::default() };
    let with = |on: Platform, spend: Option<i64>, guard: SpendGuard| {
        became(&raise(1_000), &with_other(one(), on, spend).held_to(&guard))
    };
    let hundred = Some(100_000_000);
    let past = |what: &str, sum: &str, most: &str| {
        format!("spend guard: the worst day of {what} would be {sum} EUR, at most {most} EUR is allowed")
    };
    assert_eq!(
        with(Platform::Meta, hundred, platform(367)),
        past("Meta Ads in namespace growth", "367.50", "367.00")
    );
    assert_eq!(with(Platform::Meta, hundred, platform(368)), "propose");
    assert_eq!(with(Platform::TikTok, hundred, platform(193)), "propose", "TikTok is none of Meta's");
    assert_eq!(with(Platform::TikTok, hundred, all(317)), past("namespace growth", "317.50", "317.00"));
    assert_eq!(with(Platform::TikTok, hundred, all(318)), "propose");
    let unknown = "spend guard: what account other spends is not known";
    assert_eq!(with(Platform::TikTok, None, all(10_000)), unknown);
    let mut elsewhere = with_other(one(), Platform::TikTok, None);
    elsewhere.others = std::mem::take(&mut elsewhere.others)
        .into_iter()
        .map(|(key, other)| (AccountKey { namespace: Namespace::new("brand").unwrap(), ..key }, other))
        .collect();
    assert_eq!(
        became(&raise(1_000), &elsewhere.held_to(&all(193))),
        "propose",
        "another namespace is another wall"
    );
}

#[test]
fn a_run_touches_no_more_than_it_may() {
    let touched = |guard: AccountGuard, rules: &[Rule]| {
        let world = snapshot(["a", "b", "c", "d"].map(|called| (group(called), object())));
        let world = world.held_to(&SpendGuard { every: guard, ..SpendGuard::default() });
        told(&once(rules, &world))
    };
    let cut = |called: &str, which: &str, priority| {
        let when = format!("{TRUE} && self.name != '{which}'");
        compiled(&RuleSource { priority, ..source(called, &when, by(-1_000)) })
    };
    let per_run = |most| AccountGuard { per_run: Some(most), ..AccountGuard::default() };
    let cuts = "budget from 100.00 EUR to 90.00 EUR";
    assert_eq!(
        touched(per_run(3), &[cut("first", "none", 1)]),
        [
            format!("first a: act, a {cuts}"),
            format!("first b: act, b {cuts}"),
            format!("first c: act, c {cuts}"),
            format!("first d: deferred, d {cuts}"),
        ]
    );
    // Rules share it, and what one has touched another may as well.
    let pauses = RuleSource { priority: -1, ..source("tell", TRUE, vec![label()]) };
    let both = touched(per_run(1), &[cut("first", "none", 1), compiled(&pauses)]);
    let done: Vec<&String> = both.iter().filter(|one| !one.contains("deferred")).collect();
    assert_eq!(done.len(), 2, "{both:?}");
    assert!(done.iter().all(|one| one.contains(" a: ")), "{both:?}");
    let share = |points| AccountGuard { share_of_live: Some(points), ..AccountGuard::default() };
    let acts =
        |guard| touched(guard, &[cut("first", "none", 1)]).iter().filter(|one| one.contains(": act")).count();
    assert_eq!([acts(share(5_000)), acts(share(100)), acts(AccountGuard::default())], [2, 1, 4]);
    assert_eq!(acts(AccountGuard { per_run: Some(1), ..share(5_000) }), 1);
    let world = snapshot(["a", "b"].map(|called| (group(called), object())));
    let world = world.held_to(&SpendGuard { every: per_run(1), ..SpendGuard::default() });
    let Outcome::Deferred { limit } = &once(&[cut("first", "none", 1)], &world).decisions[1].outcome else {
        panic!()
    };
    assert_eq!(limit, "spendGuard.maxObjectsPerRun");
}

fn label() -> Action<SourceText> {
    Action::Label(BTreeMap::from([("seen".into(), "yes".into())]))
}

#[test]
fn budgets_that_somebody_else_raises_stay_in_the_amounts() {
    let mut paused = object();
    paused.state = Some(State::Paused);
    let world = snapshot([(group("one"), object()), (group("two"), object()), (group("off"), paused)]);
    let world = world.held_to(&of_account(euros(400)));
    let asked = |raises: &[(&str, i64)]| -> Vec<String> {
        let raises: Vec<(Address, Money)> =
            raises.iter().map(|(called, to)| (group(called), euros(*to))).collect();
        beyond_caps(&world, &raises)
            .into_iter()
            .map(|(object, why)| format!("{}: {why}", object.name))
            .collect()
    };
    let none: Vec<String> = Vec::new();
    // Of 400 EUR a worst day, seven quarters of 200 are there.
    assert_eq!(asked(&[("one", 128)]), none);
    let past = |called: &str, sum: &str| {
        vec![format!(
            "{called}: the worst day of account meta-eu would be {sum} EUR, at most 400.00 EUR is allowed"
        )]
    };
    assert_eq!(asked(&[("one", 129)]), past("one", "400.75"));
    assert_eq!(asked(&[("one", 120), ("two", 109)]), past("two", "400.75"), "the first one took the room");
    assert_eq!(asked(&[("one", 50), ("two", 129)]), past("two", "400.75"), "a cut makes none");
    assert_eq!(asked(&[("off", 28)]), none);
    assert_eq!(asked(&[("off", 29)]), past("off", "400.75"));
}

proptest! {
    /// Whoever is raised in whichever order, what is let through keeps the worst day in its amount.
    #[test]
    fn raises_of_others_stay_in_amounts(
        raises in prop::collection::vec((0_usize..3, 1_i64..300), 0..8),
        most in 500_i64..900,
    ) {
        let names = ["a", "b", "c"];
        let world = snapshot(names.map(|called| (group(called), object())));
        let mut world = world.held_to(&of_account(euros(most)));
        for (index, to) in raises {
            let raise = (group(names[index]), euros(to));
            if beyond_caps(&world, std::slice::from_ref(&raise)).is_empty() {
                let held = world.objects.get_mut(&raise.0).unwrap();
                held.budget = held.budget.map(|budget| Budget { amount: raise.1, ..budget });
            }
            let sum: i64 = world.objects.values().map(|one| one.budget.unwrap().amount.micros()).sum();
            prop_assert!(sum / 4 * 7 <= most * 1_000_000 || sum <= 300_000_000);
        }
    }
}

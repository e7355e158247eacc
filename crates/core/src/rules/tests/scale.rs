//! What a run costs grows with what is looked at, not with its square: these would take minutes otherwise.

use super::*;

const OBJECTS: usize = 4_000;

fn many(accounts: usize) -> Snapshot {
    let mut world = snapshot([]);
    for number in 0..OBJECTS {
        let mut address = group(&format!("group-{number}"));
        address.account = name(&format!("account-{}", number % accounts));
        world.accounts.entry(address.account_key()).or_insert_with(state);
        let mut one = object();
        let clicks = 1000 + i64::try_from(number).unwrap();
        one.windows.insert(week(), known(sums(200, clicks, 2)));
        world.objects.insert(address, one);
    }
    world
}

#[track_caller]
fn within_seconds<T>(work: impl FnOnce() -> T) -> T {
    let begun = std::time::Instant::now();
    let done = work();
    assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{:?}", begun.elapsed());
    done
}

#[test]
fn places_among_many_peers() {
    let rule = compiled(&source(
        "best",
        "peers.rank(recent.clicks) == 1 && peers.share(recent.clicks) < 0.5 && peers.recent.clicks > 1",
        pause(),
    ));
    let world = many(1);
    let run = within_seconds(|| once(&[rule], &world));
    let of_account = run.runs.iter().find(|run| run.account.as_str() == "account-0").unwrap();
    let best: Vec<&str> = of_account
        .objects
        .iter()
        .filter(|one| one.told.verdict == Verdict::True)
        .map(|one| one.object.name.as_str())
        .collect();
    assert_eq!(best, ["group-3999"]);
}

#[test]
fn many_accounts_and_rules() {
    let rules: Vec<Rule> = (0..5)
        .map(|number| compiled(&source(&format!("rule-{number}"), "recent.clicks > 9000", pause())))
        .collect();
    let world = many(1_000);
    let run = within_seconds(|| once(&rules, &world));
    assert_eq!(run.runs.iter().map(|run| run.objects.len()).sum::<usize>(), 5 * OBJECTS);
}

/// Each of many raises is held to the guard on an account with as much that is not in git.
#[test]
fn many_raises_beside_many_strangers() {
    let mut world = many(1);
    let above = |number: usize| number.is_multiple_of(2).then(|| group(&format!("group-{number}")));
    let spend = Spend { daily: 1_000_000, ..Spend::default() };
    let each =
        (0..OBJECTS).map(|number| (number.to_string().into(), Stranger { spend, above: above(number) }));
    for key in world.accounts.keys().cloned().collect::<Vec<_>>() {
        world.strangers.insert(key, Strangers { each: each.clone().collect(), unknown: None });
    }
    world.accounts.values_mut().for_each(|state| state.baseline = Some(i64::MAX / 4));
    let mut raise = source("raise", "recent.clicks > 900", by(1_000));
    raise.limits.share = Some(10_000);
    let run = within_seconds(|| once(&[compiled(&raise)], &world));
    let raised = run.decisions.iter().filter(|one| one.outcome.word() != "refused").count();
    assert!(raised > 0 && run.decisions.len() == OBJECTS, "{raised}");
}

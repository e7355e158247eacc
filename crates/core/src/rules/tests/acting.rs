//! What is remembered of what was carried out, failed, was refused or is asked about.

use super::*;

/// What a report on the object says.
fn reported(world: &Snapshot) -> Vec<Vec<String>> {
    let rules = [compiled(&source("week", "recent.clicks > 5", vec![Action::RunReport("weekly".into())]))];
    let run = once(&rules, world);
    let intent = run.runs[0].objects[0].intent.as_ref().unwrap();
    match &intent.changes[0].change {
        Change::RunReport { name, rows } if name == "weekly" => rows.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_report_has_the_numbers_of_its_windows() {
    let mut world = snapshot([(address(Kind::AdGroup, "one"), object())]);
    let rows = reported(&world);
    let windows: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(windows, ["today", "yesterday", "last_7d"], "the usual ones, among which is its own");
    let recent = rows.iter().find(|row| row[1] != "-").unwrap();
    assert_eq!(
        recent[1..],
        [
            "200.00 EUR",
            "100000",
            "1000",
            "2",
            "100.00 EUR",
            "0.0100",
            "0.20 EUR",
            "100.00 EUR",
            "0.50",
            "2026-06-10T09:00:00Z"
        ]
    );
    let unknown = rows.iter().find(|row| row[0] == "yesterday").unwrap();
    assert_eq!(unknown[1..], ["-", "-", "-", "-", "-", "-", "-", "-", "-", "never"], "unknown is no zero");
    assert_eq!(line(unknown), "yesterday: asOf never");
    // Numbers that the rule does not decide by change no decision.
    let evidence = |world: &Snapshot| {
        let rules =
            [compiled(&source("week", "recent.clicks > 5", vec![Action::RunReport("weekly".into())]))];
        once(&rules, world).runs[0].objects[0].intent.as_ref().unwrap().evidence.clone()
    };
    let before = evidence(&world);
    let one = world.objects.get_mut(&address(Kind::AdGroup, "one")).unwrap();
    one.windows.insert(Window::Yesterday, known(sums(7, 70, 0)));
    assert_eq!(evidence(&world), before);
    assert!(reported(&world).iter().any(|row| row[1] == "7.00 EUR"));
}

fn one() -> (Address, Snapshot) {
    let address = group("shoes");
    let mut held = object();
    held.windows.insert(week(), known(sums(500, 1000, 1)));
    (address.clone(), snapshot([(address, held)]))
}

fn rule(mode: Mode, actions: Vec<Action<SourceText>>) -> Rule {
    let mut rule = source("cut", "recent.cpa > params.target", actions);
    rule.mode = mode;
    compiled(&rule)
}

fn outcomes(found: &Run) -> Vec<&'static str> {
    found.decisions.iter().map(|decision| decision.outcome.word()).collect()
}

#[test]
fn one_proposal_about_a_field_waits_at_a_time() {
    let (address, mut world) = one();
    let asks = [rule(Mode::Propose, by(-2000))];
    let first = run(&asks, &world, &Memory::default());
    assert_eq!(outcomes(&first), ["propose"]);
    world.pending.insert((address, "budget.daily".into()));
    let again = run(&asks, &world, &Memory::default());
    assert_eq!(outcomes(&again), ["refused"]);
    let Outcome::Refused { guard, .. } = &again.decisions[0].outcome else { panic!("refused") };
    assert_eq!(guard, "proposal");
    // That it waits is told before that no room is left: once it is answered, room may be.
    let raises = [rule(Mode::Propose, by(9_000))];
    world.accounts.get_mut(&account()).unwrap().baseline = Some(1);
    let waits = run(&raises, &world, &Memory::default());
    assert_eq!(waits.decisions[0].outcome, again.decisions[0].outcome);
    // What needs nobody's word does not wait for it.
    let acts = run(&[rule(Mode::Act, by(-2000))], &world, &Memory::default());
    assert_eq!(outcomes(&acts), ["act"]);
}

#[test]
fn an_account_is_left_alone_while_its_breaker_is_open() {
    let (_, mut world) = one();
    let key = account();
    let mut memory = Memory::default();
    for _ in 0..2 {
        memory.wrote(&key, false, world.now);
    }
    assert_eq!(memory.broken(&key, world.now), None);
    memory.wrote(&key, true, world.now);
    for _ in 0..3 {
        memory.wrote(&key, false, world.now);
    }
    assert!(memory.broken(&key, world.now).is_some());
    assert_eq!(memory.broken(&key, later(&world, 1).now), None, "then one write is tried");
    world.accounts.get_mut(&key).unwrap().halted = memory.broken(&key, world.now);
    let found = run(&[rule(Mode::Act, pause())], &world, &memory);
    assert_eq!(outcomes(&found), ["refused"], "not even a pause: it would fail as well");
}

#[test]
fn what_was_never_made_is_not_remembered_as_made() {
    let (address, world) = one();
    let rules = [rule(Mode::Act, pause())];
    let found = run(&rules, &world, &Memory::default());
    let (mut memory, intent) = (found.memory, &found.decisions[0].intent);
    assert!(memory.mood(&rules[0].key, &address).unwrap().pause.is_some());
    memory.unmade(intent, world.now);
    assert!(memory.mood(&rules[0].key, &address).unwrap().pause.is_none());
    assert!(memory.fields.is_empty());
    // What people agreed to later is remembered as if it had been made at once.
    let mut agreed = Memory::default();
    agreed.made(intent, &account().name, world.now.to_zoned(jiff::tz::TimeZone::UTC).date(), world.now);
    assert!(agreed.mood(&rules[0].key, &address).unwrap().pause.is_some());
    assert_eq!(agreed.fields[&address].len(), 1);
}

#[test]
fn what_waits_for_an_answer_takes_no_room_of_others() {
    let (address, mut world) = one();
    world.objects.insert(group("other"), world.objects[&address].clone());
    world.accounts.get_mut(&account()).unwrap().baseline = Some(200_000_000);
    let mut raise = source("raise", "recent.cpa > params.target", by(4_000));
    raise.limits.per_run = Some(1);
    let rules = [compiled(&raise)];
    let first = run(&rules, &world, &Memory::default());
    assert_eq!(told(&first)[1], "raise shoes: deferred, shoes budget from 100.00 EUR to 140.00 EUR");
    world.pending.insert((group("other"), "budget.daily".into()));
    let next = run(&rules, &world, &Memory::default());
    assert_eq!(
        told(&next),
        [
            "raise other: refused, other budget from 100.00 EUR to 140.00 EUR",
            "raise shoes: propose, shoes budget from 100.00 EUR to 140.00 EUR",
        ]
    );
}

#[test]
fn a_resume_that_was_agreed_to_turns_the_field_around() {
    let (address, world) = one();
    let mut hold = source("cut", "recent.cpa > params.target", pause());
    hold.release = Some(SourceText::unplaced("recent.cpa <= params.target"));
    let rules = [compiled(&hold)];
    let paused = run(&rules, &world, &Memory::default());
    let mut well = later(&world, 1);
    carry_out(&paused, &mut well.objects);
    well.objects.get_mut(&address).unwrap().windows.insert(week(), known(sums(5, 1000, 10)));
    let asks = run(&rules, &well, &paused.memory);
    assert_eq!(outcomes(&asks), ["propose"]);
    // Whatever the asking itself left behind, that it was made says which way it went and when.
    let mut memory = paused.memory;
    let at = well.now;
    let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    memory.made(&asks.decisions[0].intent, &account().name, day, at);
    let mood = memory.mood(&rules[0].key, &address).unwrap();
    assert_eq!((mood.turned["state"], mood.acted["state"], mood.pause), (Direction::Resume, at, None));
    let again = run(&rules, &later(&world, 2), &memory);
    assert_eq!(outcomes(&again), ["act"], "as bad as before: a pause waits for no resume");
}

#[test]
fn a_proposal_is_reconsidered_on_what_is_live_now() {
    let (address, world) = one();
    let rules = [rule(Mode::Propose, by(-2000))];
    let found = run(&rules, &world, &Memory::default());
    let proposed = &found.decisions[0].intent;
    // The rule itself rests, and would want nothing; what it was asked about still stands.
    let ask = |world: &Snapshot| reconsider(&rules[0], &rules, world, &found.memory, &address);
    let wanted = |world: &Snapshot| match ask(world) {
        Reconsidered::Wants(decision) => *decision,
        other => panic!("{other:?}"),
    };
    let again = wanted(&world);
    assert_eq!(again.intent.changes, proposed.changes);
    assert_eq!(again.outcome, Outcome::Act);
    // Once the condition is false, or the budget has moved, it does not.
    let mut well = world.clone();
    well.objects.get_mut(&address).unwrap().windows.insert(week(), known(sums(5, 1000, 10)));
    assert!(matches!(ask(&well), Reconsidered::Nothing(_)), "{:?}", ask(&well));
    // What cannot be known says neither yes nor no.
    let mut unknown = world.clone();
    unknown.objects.get_mut(&address).unwrap().windows.clear();
    assert!(matches!(ask(&unknown), Reconsidered::Unclear(_)), "{:?}", ask(&unknown));
    let mut unread = world.clone();
    unread.accounts.clear();
    assert!(matches!(ask(&unread), Reconsidered::Unclear(_)), "{:?}", ask(&unread));
    let mut moved = world.clone();
    let held = moved.objects.get_mut(&address).unwrap();
    held.budget = held.budget.map(|held| Budget { amount: "80 EUR".parse().unwrap(), ..held });
    assert_ne!(wanted(&moved).intent.changes, proposed.changes);
    // Safeguards count as always.
    let mut killed = world.clone();
    killed.accounts.get_mut(&account()).unwrap().killed = Some("stopped".into());
    assert_eq!(wanted(&killed).outcome.word(), "refused");
    // Also what a person put in force, on the same field.
    let mut overridden = world;
    let mine = Hold { by: "override `mine`".into(), reason: "it is in force".into() };
    overridden.overridden.insert((address.clone(), "budget.daily".into()), mine);
    assert_eq!(wanted(&overridden).outcome.word(), "refused");
}

#[test]
fn what_a_person_takes_back_rests_from_then_on() {
    let (address, world) = one();
    let rules = [rule(Mode::Act, pause())];
    let paused = run(&rules, &world, &Memory::default());
    assert_eq!(outcomes(&paused), ["act"]);
    let mut memory = paused.memory;
    let back = later(&world, 24);
    memory.forget_pause(&rules[0].key, &address);
    memory.rest(&paused.decisions[0].intent, back.now);
    let mood = memory.mood(&rules[0].key, &address).unwrap();
    assert_eq!((mood.acted["state"], mood.turned["state"], mood.pause), (back.now, Direction::Pause, None));
    let soon = run(&rules, &later(&world, 25), &memory);
    assert_ne!(outcomes(&soon), ["act"], "a day after its pause, an hour after it was taken back");
}

//! Neither the order of rules, nor that of objects, nor a restart changes a result.

use proptest::prelude::*;

use super::*;

/// What a rule of a mix does.
#[derive(Debug, Clone, Copy)]
enum Does {
    Pause,
    /// A pause that is let go as soon as it is held.
    Release,
    Step(i32),
    Rebalance(u32),
    Label,
}

/// One rule of a mix: what it does, its priority and mode.
type Given = (Does, i32, u8);

fn mix(given: &[Given]) -> Vec<Rule> {
    let each = given.iter().enumerate().map(|(index, (does, priority, mode))| {
        let actions = match does {
            Does::Pause | Does::Release => pause(),
            Does::Step(points) => by(*points),
            Does::Rebalance(share) => vec![Action::Rebalance { by: *share, bounds: Bounds::default() }],
            Does::Label => {
                let mut actions = by(-1_000);
                actions.push(Action::Label(BTreeMap::from([("seen".into(), "yes".into())])));
                actions
            }
        };
        let mut rule = source(&format!("rule-{index}"), "recent.cpa > params.target", actions);
        rule.release =
            matches!(does, Does::Release).then(|| SourceText::unplaced("self.age > duration('1h')"));
        rule.priority = *priority;
        rule.mode = [Mode::Act, Mode::Act, Mode::Propose, Mode::Shadow][usize::from(*mode) % 4];
        rule.limits.per_run = (*mode > 4).then_some(1);
        compiled(&rule)
    });
    each.collect()
}

fn world(objects: &[(i64, bool)], baseline: i64) -> Snapshot {
    let campaign = address(Kind::Campaign, "sale");
    let mut above = object();
    above.budget = None;
    let groups = objects.iter().enumerate().map(|(index, (spend, bounded))| {
        let mut one = object();
        one.parent = Some(campaign.clone());
        one.windows.insert(week(), known(sums(*spend, 1000, 1)));
        if !bounded {
            one.budget = one.budget.map(|held| Budget { ownership: Ownership::Git, ..held });
        }
        (group(&format!("group-{index}")), one)
    });
    let mut world = snapshot(groups.collect::<Vec<_>>());
    world.objects.insert(campaign, above);
    world.accounts.get_mut(&account()).unwrap().baseline = Some(baseline * 1_000_000);
    world
}

fn given() -> impl Strategy<Value = Vec<Given>> {
    let does = prop_oneof![
        Just(Does::Pause),
        Just(Does::Release),
        (-5000..-1).prop_map(Does::Step),
        (1..9000).prop_map(Does::Step),
        (1_u32..9000).prop_map(Does::Rebalance),
        Just(Does::Label),
    ];
    prop::collection::vec((does, -1..2, 0_u8..8), 1..6)
}

/// Objects by what they spent for one conversion, a few of them little enough, and whether git lends their budgets.
fn objects() -> impl Strategy<Value = Vec<(i64, bool)>> {
    prop::collection::vec((prop_oneof![1_i64..25, 26_i64..500], any::<bool>()), 1..6)
}

fn goes_through(decision: &Decision) -> bool {
    matches!(decision.outcome, Outcome::Act | Outcome::Propose { .. })
}

/// What can be spent on a day, in micros.
fn spend(world: &Snapshot) -> i64 {
    world.objects.values().map(|object| world.daily_spend(object)).sum()
}

/// The world as if no rule had paused anything.
fn lifted(world: &Snapshot, memory: &Memory) -> Snapshot {
    let mut lifted = world.clone();
    for (address, _) in
        memory.rules.values().flat_map(|rule| &rule.objects).filter(|(_, mood)| mood.pause.is_some())
    {
        if let Some(object) = lifted.objects.get_mut(address) {
            object.state = Some(State::Active);
        }
    }
    lifted
}

/// Reports are as new as the instant.
fn fresh(world: &mut Snapshot) {
    let now = world.now;
    for sums in world.objects.values_mut().flat_map(|object| object.windows.values_mut()) {
        sums.as_of = Some(now);
    }
}

/// Ticks one after the other, each asked for so many times more and by a process that has read its memory anew;
/// decisions, what is remembered and what is live at the end.
fn through(
    rules: &[Rule],
    mut world: Snapshot,
    again: &[usize],
) -> (Vec<Vec<Decision>>, Memory, BTreeMap<Address, ObjectState>) {
    let (mut memory, mut decisions) = (Memory::default(), Vec::new());
    for repeats in again {
        let found = run(rules, &world, &memory, &Guards::default());
        memory = found.memory.clone();
        for _ in 0..*repeats {
            memory = serde_json::from_str(&serde_json::to_string(&memory).unwrap()).unwrap();
            let repeated = run(rules, &world, &memory, &Guards::default());
            assert!(repeated.decisions.is_empty(), "a tick was run twice");
            memory = repeated.memory;
        }
        carry_out(&found, &mut world.objects);
        decisions.push(found.decisions);
        world.now += SignedDuration::from_hours(6);
        fresh(&mut world);
    }
    (decisions, memory, world.objects)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// The order in which rules come never changes what is decided.
    #[test]
    fn order_means_nothing(given in given(), objects in objects(), turn in 0_usize..6) {
        let world = world(&objects, 450);
        let rules = mix(&given);
        let mut turned = rules.clone();
        let length = turned.len();
        turned.rotate_left(turn % length);
        turned.reverse();
        let (one, other) = (once(&rules, &world), once(&turned, &world));
        prop_assert_eq!(&one, &other);
    }

    /// Whatever rules want, what is let through leaves every account below its wall.
    #[test]
    fn raises_stay_in_the_guard(given in given(), objects in objects(), baseline in 50_i64..600) {
        let world = world(&objects, baseline);
        let run = once(&mix(&given), &world);
        let before: i64 = world.objects.values().map(|object| world.daily_spend(object)).sum();
        let raised: i64 = run
            .decisions
            .iter()
            .filter(|one| matches!(one.outcome, Outcome::Act | Outcome::Propose { .. }))
            .map(|one| one.intent.daily().max(0))
            .sum();
        prop_assert!(raised == 0 || before + raised <= baseline * 1_200_000);
    }

    /// The same tick twice is the same as once, and no field is changed twice in a run.
    #[test]
    fn a_tick_counts_once(given in given(), objects in objects()) {
        let world = world(&objects, 450);
        let rules = mix(&given);
        let first = once(&rules, &world);
        let again = run(&rules, &world, &first.memory, &Guards::default());
        prop_assert!(again.runs.is_empty() && again.decisions.is_empty());
        prop_assert_eq!(&again.memory, &first.memory);
        let mut changed = BTreeSet::new();
        for decision in first.decisions.iter().filter(|one| matches!(one.outcome, Outcome::Act | Outcome::Propose { .. })) {
            for change in decision.intent.changes.iter().filter(|change| change.claims) {
                prop_assert!(changed.insert((change.object.clone(), change.field.clone())));
            }
        }
    }

    /// Whatever is approved of what rules want, tick after tick, no day ends above its wall: a fifth more than it began
    /// with, and what rules held then.
    #[test]
    fn days_of_raises_stay_in_the_guard(
        given in given(),
        objects in objects(),
        steps in prop::collection::vec(prop_oneof![Just(1_i64), Just(7), Just(73)], 1..8),
    ) {
        let mut world = world(&objects, 0);
        let rules = mix(&given);
        let mut memory = Memory::default();
        let (mut day, mut wall) = (None, 0);
        for hours in steps {
            let zone = world.accounts[&account()].zone.clone();
            let today = Some(world.now.to_zoned(zone.rules()).date());
            if day != today {
                let began = spend(&world);
                world.accounts.get_mut(&account()).unwrap().baseline = Some(began);
                wall = began / 10 * 12 + spend(&lifted(&world, &memory)) - began;
                day = today;
            }
            let mut found = run(&rules, &world, &memory, &Guards::default());
            memory = found.memory.clone();
            for decision in found.decisions.iter_mut().filter(|one| matches!(one.outcome, Outcome::Propose { .. })) {
                decision.outcome = Outcome::Act;
            }
            carry_out(&found, &mut world.objects);
            prop_assert!(spend(&world) <= wall, "{} above {wall}", spend(&world));
            world.now += SignedDuration::from_hours(hours);
            fresh(&mut world);
        }
    }

    /// Who lost names who did not lose; nobody changes what another one pauses, unless it goes before; what is moved is
    /// neither more nor less.
    #[test]
    fn winners_win(given in given(), objects in objects()) {
        let run = once(&mix(&given), &world(&objects, 450));
        for one in &run.decisions {
            if let Outcome::Superseded { by, object } = &one.outcome {
                let winner = run.decisions.iter().find(|other| other.intent.rule == *by && other.intent.object == *object);
                let winner = winner.map(|winner| winner.outcome.word());
                prop_assert!(matches!(winner, Some("act" | "propose" | "deferred")), "{winner:?}");
            }
            let moves = one.intent.changes.iter().filter(|change| matches!(change.change, Change::Budget { .. })).count() > 1;
            prop_assert!(!moves || one.intent.daily() == 0);
            for pause in one.intent.changes.iter().filter(|change| matches!(change.change, Change::Pause { .. })) {
                let others = run.decisions.iter().filter(|other| goes_through(other) && other.intent.rule != one.intent.rule);
                for other in others.filter(|_| goes_through(one)) {
                    let changes = other.intent.claims().any(|(object, _)| *object == pause.object);
                    prop_assert!(!changes || other.intent.priority > one.intent.priority);
                }
            }
        }
    }

    /// Neither starting again between ticks, nor asking for a tick twice, nor another order of rules changes what is
    /// done, or does it twice.
    #[test]
    fn restarts_change_nothing(given in given(), objects in objects(), again in prop::collection::vec(0_usize..3, 1..5)) {
        let rules = mix(&given);
        let mut turned = rules.clone();
        turned.reverse();
        let straight = through(&rules, world(&objects, 450), &vec![0; again.len()]);
        let interrupted = through(&turned, world(&objects, 450), &again);
        prop_assert_eq!(straight, interrupted);
    }

    /// What is remembered reads back.
    #[test]
    fn memory_reads_back(given in given(), objects in objects()) {
        let run = once(&mix(&given), &world(&objects, 450));
        let text = serde_json::to_string(&run.memory).unwrap();
        prop_assert_eq!(serde_json::from_str::<Memory>(&text).unwrap(), run.memory);
    }
}

//! Neither the order of rules, nor that of objects, nor a restart changes a result.

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::*;

/// What a rule of a mix does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Does {
    Pause,
    /// A pause that is let go as soon as it is held.
    Release,
    /// A pause of the campaign that all of it lies in.
    Above,
    Step(i32),
    /// So many euros more or less.
    Amount(i64),
    Set(i64),
    Rebalance(u32),
    Label,
    /// A step of the budget, one of the bid, a label and words, all of them or none.
    Several(i32, i32),
}

/// One rule of a mix: what it does, its priority and mode.
pub(super) type Given = (Does, i32, u8);

pub(super) fn mix(given: &[Given]) -> Vec<Rule> {
    sources(given).iter().map(compiled).collect()
}

/// The rules of a mix as they are written.
pub(super) fn sources(given: &[Given]) -> Vec<RuleSource> {
    let label = || Action::Label(BTreeMap::from([("seen".into(), "yes".into())]));
    let each = given.iter().enumerate().map(|(index, (does, priority, mode))| {
        let actions = match does {
            Does::Pause | Does::Release | Does::Above => pause(),
            Does::Step(points) => by(*points),
            Does::Amount(amount) => {
                let by = Step::Amount(euros(*amount));
                vec![Action::AdjustBudget { by, bounds: Bounds::default(), until_midnight: false }]
            }
            Does::Set(amount) => vec![Action::SetBudget(euros(*amount))],
            Does::Several(budget, bid) => {
                let bid = Action::AdjustBid { by: Step::Share(*bid), bounds: Bounds::default() };
                let mut actions = by(*budget);
                actions.extend([bid, label(), Action::Notify(SourceText::unplaced("look"))]);
                actions
            }
            Does::Rebalance(share) => vec![Action::Rebalance { by: *share, bounds: Bounds::default() }],
            Does::Label => {
                let mut actions = by(-1_000);
                actions.push(label());
                actions
            }
        };
        let mut rule = source(&format!("rule-{index}"), "recent.cpa > params.target", actions);
        rule.release =
            matches!(does, Does::Release).then(|| SourceText::unplaced("self.age > duration('1h')"));
        if matches!(does, Does::Above) {
            rule.scope.kind = Kind::Campaign;
        }
        rule.priority = *priority;
        rule.mode = [Mode::Act, Mode::Act, Mode::Propose, Mode::Shadow][usize::from(*mode) % 4];
        rule.limits.per_run = (*mode > 4).then_some(1);
        rule
    });
    each.collect()
}

/// Ad groups of two campaigns in turn: what is freed in one is for its own.
pub(super) fn world(objects: &[(i64, bool)], baseline: i64) -> Snapshot {
    let campaigns = ["sale", "spring"].map(|called| address(Kind::Campaign, called));
    let above = ObjectState { budget: None, ..object() };
    let groups = objects.iter().enumerate().map(|(index, (spend, bounded))| {
        let mut one = object();
        // The first three lie together, and so do the rest.
        one.parent = Some(campaigns[usize::from(index > 2)].clone());
        one.bid = Some(euros(2));
        one.windows.insert(week(), known(sums(*spend, 1000, 1)));
        if !bounded {
            one.budget = one.budget.map(|held| Budget { ownership: Ownership::Git, ..held });
        }
        (group(&format!("group-{index}")), one)
    });
    let mut world = snapshot(groups.collect::<Vec<_>>());
    world.objects.extend(campaigns.map(|campaign| (campaign, above.clone())));
    world.accounts.get_mut(&account()).unwrap().baseline = Some(baseline * 1_000_000);
    world
}

pub(super) fn given() -> impl Strategy<Value = Vec<Given>> {
    let does = prop_oneof![
        Just(Does::Pause),
        Just(Does::Release),
        Just(Does::Above),
        (-90_i64..90).prop_map(Does::Amount),
        (50_i64..200).prop_map(Does::Set),
        (-3000..3000, -3000..3000).prop_map(|(budget, bid)| Does::Several(budget, bid)),
        (-5000..-1).prop_map(Does::Step),
        (1..9000).prop_map(Does::Step),
        (1_u32..9000).prop_map(Does::Rebalance),
        Just(Does::Label),
    ];
    prop::collection::vec((does, -1..2, 0_u8..8), 1..6)
}

/// Objects by what they spent for one conversion, a few of them little enough, and whether git lends their budgets.
pub(super) fn objects() -> impl Strategy<Value = Vec<(i64, bool)>> {
    prop::collection::vec((prop_oneof![1_i64..25, 26_i64..500], any::<bool>()), 1..6)
}

pub(super) fn goes_through(decision: &Decision) -> bool {
    matches!(decision.outcome, Outcome::Act | Outcome::Propose { .. })
}

/// What can be spent on a day, in micros.
pub(super) fn spend(world: &Snapshot) -> i64 {
    world.objects.values().map(|object| world.daily_spend(object)).sum()
}

/// The world as if no rule had paused anything.
pub(super) fn lifted(world: &Snapshot, memory: &Memory) -> Snapshot {
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
pub(super) fn fresh(world: &mut Snapshot) {
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
        let found = run(rules, &world, &memory);
        memory = found.memory.clone();
        for _ in 0..*repeats {
            memory = serde_json::from_str(&serde_json::to_string(&memory).unwrap()).unwrap();
            let repeated = run(rules, &world, &memory);
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

/// Rules of a mix, and the same in any other order.
fn in_two_orders() -> impl Strategy<Value = (Vec<Rule>, Vec<Rule>)> {
    given()
        .prop_map(|given| mix(&given))
        .prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle()))
}

/// Whether an intent moves budget between objects.
fn moves(intent: &Intent) -> bool {
    intent.changes.iter().filter(|change| matches!(change.change, Change::Budget { .. })).count() > 1
}

/// What the properties are about comes about in the mixes that they draw: without this they would hold of nothing.
#[test]
fn mixes_are_mixed() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..300 {
        let (given, objects) = (given(), objects()).new_tree(&mut runner).unwrap().current();
        for one in once(&mix(&given), &world(&objects, 450)).decisions {
            let what = match one.intent.changes.len() {
                _ if moves(&one.intent) => "moves",
                1 => "one",
                _ => "several",
            };
            seen.insert(format!("{what} {}", one.outcome.word()));
        }
    }
    for what in ["moves", "one", "several"] {
        for word in ["act", "propose", "superseded", "deferred"] {
            assert!(seen.contains(&format!("{what} {word}")), "{what} {word}: {seen:?}");
        }
    }
    assert!(seen.contains("one suppressed") && seen.contains("one refused"), "{seen:?}");
}

proptest! {
    /// The order in which rules come never changes what is decided, nor what is wanted in shadow, nor what is agreed to.
    #[test]
    fn order_means_nothing((rules, shuffled) in in_two_orders(), objects in objects()) {
        let world = world(&objects, 450);
        let memory = Memory::default();
        for how in [run, rehearse, agreed] {
            prop_assert_eq!(&how(&rules, &world, &memory), &how(&shuffled, &world, &memory));
        }
    }

    /// The same tick twice is the same as once, and no field is changed twice in a run.
    #[test]
    fn a_tick_counts_once(given in given(), objects in objects()) {
        let world = world(&objects, 450);
        let rules = mix(&given);
        let first = once(&rules, &world);
        let again = run(&rules, &world, &first.memory);
        prop_assert!(again.runs.is_empty() && again.decisions.is_empty());
        prop_assert_eq!(&again.memory, &first.memory);
        let mut changed = BTreeSet::new();
        for decision in first.decisions.iter().filter(|one| matches!(one.outcome, Outcome::Act | Outcome::Propose { .. })) {
            for change in decision.intent.changes.iter().filter(|change| change.claims) {
                prop_assert!(changed.insert((change.object.clone(), change.field.clone())));
            }
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
            prop_assert!(!moves(&one.intent) || one.intent.daily() == 0);
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
    fn restarts_change_nothing(
        (rules, shuffled) in in_two_orders(),
        objects in objects(),
        again in prop::collection::vec(0_usize..3, 1..5),
    ) {
        let straight = through(&rules, world(&objects, 450), &vec![0; again.len()]);
        let interrupted = through(&shuffled, world(&objects, 450), &again);
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

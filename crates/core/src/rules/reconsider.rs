//! One rule on one object once more, as it was proposed or decided before: does it still want the same?

use std::collections::{BTreeMap, BTreeSet};

use super::coming::foreseen;
use super::decide::{Decision, Outcome};
use super::evaluate::{Objects, Wish, evaluate};
use super::explain::sentence;
use super::guard::Headroom;
use super::keep::Keepers;
use super::limits::Breadth;
use super::memory::Memory;
use super::outage::outages;
use super::peers::Peers;
use super::record::Truth;
use super::resolve::{Allowance, Court, resolve};
use super::rule::Rule;
use super::running::Running;
use super::snapshot::Snapshot;
use super::source::Mode;
use super::spend::Tree;
use crate::address::Address;

/// What is remembered, with what the day of each account in the snapshot began with, as a run would remember it.
pub fn with_mornings(snapshot: &Snapshot, memory: &Memory) -> Memory {
    Memory { mornings: Tree::new(snapshot).mornings(memory), ..memory.clone() }
}

/// What a rule says now of what it wanted before.
#[derive(Debug, Clone, PartialEq)]
pub enum Reconsidered {
    /// It cannot be said: the account was not read, or the condition is unknown. Why, as a sentence fragment.
    Unclear(String),
    /// It wants nothing of the object any more. Why, as a sentence fragment.
    Nothing(String),
    /// It wants this, the same or something else, and this becomes of it.
    Wants(Box<Decision>),
}

/// What a rule wants of an object now, and what becomes of it once people agree.
///
/// It is judged as if the rule had not acted on the object and its condition had been true for long enough: that it
/// was proposed took these. Safeguards count as always; that somebody is asked about it does not stand in its way.
///
/// `rules` are all there are: what another one wants paused is not resumed.
pub fn reconsider(
    rule: &Rule,
    rules: &[Rule],
    snapshot: &Snapshot,
    memory: &Memory,
    object: &Address,
) -> Reconsidered {
    let account = object.account_key();
    match snapshot.accounts.get(&account).map(|state| state.halted.as_ref()) {
        None => return Reconsidered::Unclear(format!("account {} was not read", account.name)),
        Some(Some(why)) => return Reconsidered::Unclear(why.clone()),
        Some(None) => {}
    }
    let mut memory = memory.clone();
    memory.fields.clear();
    let known = memory.rules.entry(rule.key.to_string()).or_default();
    let mood = known.objects.entry(object.clone()).or_default();
    mood.acted.clear();
    mood.turned.clear();
    mood.true_for = rule.true_for;
    let (objects, tree) = (Objects::new(snapshot), Tree::new(snapshot));
    memory.mornings = tree.mornings(&memory);
    let foreseen = foreseen(snapshot);
    let walled = Tree::since(&foreseen, &memory.mornings);
    let peers = Peers::new(objects.scope(rule, &account));
    let outages = outages(snapshot, &memory.outages);
    let found = evaluate(rule, snapshot, &account, &memory, (&tree, &peers), outages.get(&account));
    let intent = match found.into_iter().find(|one| one.address == object) {
        None => return Reconsidered::Nothing("it is not in the rule's scope any more".to_owned()),
        Some(one) => match (one.wish, one.truth) {
            (Wish::Wants(intent), _) => intent,
            (Wish::Nothing(Outcome::Unknown), Truth::Unknown(why)) => {
                return Reconsidered::Unclear(format!("its condition is unknown: {why}"));
            }
            (Wish::Nothing(outcome), _) => return Reconsidered::Nothing(sentence(&outcome)),
        },
    };
    let others = rules.iter().filter(|other| other.mode != Mode::Shadow);
    let keepers = Keepers::new(others, &[&*intent], snapshot, &memory);
    if let Some(why) = keepers.unclear(&intent) {
        return Reconsidered::Unclear(why);
    }
    let allowance = Allowance { run: (u32::MAX, String::new()), day: None, acts: true };
    let court = Court {
        snapshot,
        keepers,
        headroom: Headroom::new(&walled, &memory),
        running: Running::new(snapshot, &tree),
        allowances: BTreeMap::from([((rule.key.clone(), account.clone()), allowance)]),
        // How much one run touches is no matter to whoever agrees to one thing.
        breadth: Breadth::default(),
        pending: &BTreeSet::new(),
        agreed: false,
    };
    let outcome = resolve(court, &[&*intent]).pop();
    let outcome = outcome.unwrap_or(Outcome::Unknown);
    Reconsidered::Wants(Box::new(Decision { intent, outcome }))
}

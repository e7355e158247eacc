//! One rule on one object once more, as it was proposed or decided before: does it still want the same?

use std::collections::{BTreeMap, BTreeSet};

use super::coming::foreseen;
use super::decide::Decision;
use super::evaluate::{Objects, Wish, evaluate};
use super::guard::{Guards, Headroom};
use super::memory::Memory;
use super::outage::outages;
use super::peers::Peers;
use super::resolve::{Allowance, Court, resolve};
use super::rule::Rule;
use super::running::Running;
use super::snapshot::Snapshot;
use super::spend::Tree;
use crate::address::Address;

/// What a rule wants of an object now, and what becomes of it once people agree.
///
/// It is judged as if the rule had not acted on the object and its condition had been true for long enough: that it
/// was proposed took these. Safeguards count as always; that somebody is asked about it does not stand in its way.
/// `None` where the rule wants nothing.
pub fn reconsider(
    rule: &Rule,
    snapshot: &Snapshot,
    memory: &Memory,
    guards: &Guards,
    object: &Address,
) -> Option<Decision> {
    let mut memory = memory.clone();
    memory.fields.clear();
    let known = memory.rules.entry(rule.key.to_string()).or_default();
    let mood = known.objects.entry(object.clone()).or_default();
    mood.acted.clear();
    mood.turned.clear();
    mood.true_for = rule.true_for;
    let account = object.account_key();
    let (objects, tree) = (Objects::new(snapshot), Tree::new(snapshot));
    memory.mornings = tree.mornings(&memory);
    let foreseen = foreseen(snapshot);
    let walled = Tree::new(&foreseen);
    let peers = Peers::new(objects.scope(rule, &account));
    let outages = outages(snapshot, &memory.outages);
    let seen = (&objects, &tree, &peers);
    let found = evaluate(rule, snapshot, &account, &memory, seen, outages.get(&account));
    let Wish::Wants(intent) = found.into_iter().find(|one| one.address == object)?.wish else { return None };
    let allowance = Allowance { run: (u32::MAX, String::new()), day: None, acts: true };
    let court = Court {
        snapshot,
        headroom: Headroom::new(&guards.spend, &walled, &memory),
        running: Running::new(snapshot, &tree),
        allowances: BTreeMap::from([((rule.key.clone(), account.clone()), allowance)]),
        pending: &BTreeSet::new(),
    };
    let outcome = resolve(court, std::slice::from_ref(&*intent)).pop()?;
    Some(Decision { intent: *intent, outcome })
}

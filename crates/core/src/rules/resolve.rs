//! Between intents: one winner for each field of an object, and a word on every loser.
//!
//! Order: what stops everything (kill switch, freeze, a person's hold), priority, caution, the smaller effect on
//! money, then rule and object by name, so that nothing depends on the order in which intents came. Campaigns are
//! decided before ad groups and these before ads, since a pause above makes everything below it idle.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::decide::Outcome;
use super::guard::{Headroom, needs_headroom, stopped};
use super::intent::{Change, Intent};
use super::running::Running;
use super::snapshot::Snapshot;
use super::source::RuleKey;
use crate::address::{Address, Kind};

/// What limits leave of a rule in one run.
#[derive(Debug, Clone)]
pub(super) struct Allowance {
    /// Objects in this run, with the limit that says so.
    pub(super) run: (u32, String),
    /// Objects left of the day, by account.
    pub(super) day: BTreeMap<crate::ids::ObjectName, u32>,
    /// Whether what the rule wants is done without asking.
    pub(super) acts: bool,
}

/// Everything that decides.
pub(super) struct Court<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) headroom: Headroom<'a>,
    pub(super) running: Running<'a>,
    pub(super) allowances: &'a BTreeMap<RuleKey, Allowance>,
}

/// Decides between intents; an outcome for each, in their order.
pub(super) fn resolve(mut court: Court<'_>, intents: &[Intent]) -> Vec<Outcome> {
    let mut outcomes: Vec<Option<Outcome>> =
        intents.iter().map(|intent| stopped(court.snapshot, intent)).collect();
    // Objects that are paused in this run without asking, with the rule that does.
    let mut paused: BTreeMap<Address, RuleKey> = BTreeMap::new();
    for kind in [Kind::Campaign, Kind::AdGroup, Kind::Ad] {
        let mut level: Vec<usize> = (0..intents.len())
            .filter(|index| outcomes[*index].is_none() && intents[*index].object.kind == kind)
            .collect();
        level.sort_by(|a, b| rank(&intents[*a]).cmp(&rank(&intents[*b])));
        for &index in &level {
            outcomes[index] = suppressed(court.snapshot, &intents[index], &paused);
        }
        level.retain(|index| outcomes[*index].is_none());
        for (index, outcome) in court.level(intents, &level) {
            if matches!(outcome, Outcome::Act) {
                let those = pauses(&intents[index]);
                paused.extend(those.map(|(object, rule)| (object.clone(), rule.clone())));
            }
            outcomes[index] = Some(outcome);
        }
    }
    outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Act)).collect()
}

type Rank<'a> = (std::cmp::Reverse<i32>, super::intent::Direction, u64, &'a RuleKey, &'a Address, &'a str);

/// The order of decisions, the winner first.
fn rank(intent: &Intent) -> Rank<'_> {
    let effect = intent.daily().unsigned_abs();
    (
        std::cmp::Reverse(intent.priority),
        intent.direction(),
        effect,
        &intent.rule,
        &intent.object,
        intent.evidence.as_str(),
    )
}

fn pauses(intent: &Intent) -> impl Iterator<Item = (&Address, &RuleKey)> {
    let pauses = intent.changes.iter().filter(|change| matches!(change.change, Change::Pause { .. }));
    pauses.map(|change| (&change.object, &intent.rule))
}

fn suppressed(snapshot: &Snapshot, intent: &Intent, paused: &BTreeMap<Address, RuleKey>) -> Option<Outcome> {
    let object = snapshot.objects.get(&intent.object)?;
    snapshot.ancestors(object).find_map(|(address, _)| {
        let by = paused.get(address)?;
        Some(Outcome::Suppressed { by: by.clone(), object: address.clone() })
    })
}

/// The fields that an intent takes.
fn claims(intent: &Intent) -> impl Iterator<Item = (&Address, &CompactString)> {
    intent.changes.iter().filter(|change| change.claims).map(|change| (&change.object, &change.field))
}

impl Court<'_> {
    /// Decides between the intents of one level, given by rank. What a guard refuses takes no field, so that the next in
    /// line gets it: everything is decided again without it, until nothing more is refused.
    fn level(&mut self, intents: &[Intent], level: &[usize]) -> BTreeMap<usize, Outcome> {
        let mut refused: BTreeMap<usize, Outcome> = BTreeMap::new();
        loop {
            let open: Vec<usize> =
                level.iter().copied().filter(|index| !refused.contains_key(index)).collect();
            let mut found = contest(intents, &open);
            let deferred = self.limits(intents, &open, &found);
            found.extend(deferred);
            let mut headroom = self.headroom.clone();
            let mut running = self.running.clone();
            let before = refused.len();
            for &index in open.iter().filter(|index| !found.contains_key(index)) {
                if let Err(outcome) = guarded(&mut headroom, &mut running, &intents[index]) {
                    refused.insert(index, outcome);
                }
            }
            // Where nobody lost, nobody can move up.
            if refused.len() > before && !found.is_empty() {
                continue;
            }
            self.headroom = headroom;
            self.running = running;
            for &index in open.iter().filter(|index| !refused.contains_key(index)) {
                found.entry(index).or_insert_with(|| self.granted(&intents[index]));
            }
            found.extend(refused);
            return found;
        }
    }

    fn granted(&self, intent: &Intent) -> Outcome {
        let acts = self.allowances.get(&intent.rule).is_some_and(|allowance| allowance.acts);
        // What only tells people needs no approval of theirs.
        let writes = intent.changes.iter().any(|change| change.claims);
        match (&intent.ask, acts) {
            (_, _) if !writes => Outcome::Act,
            (Some(why), _) => Outcome::Propose { why: why.clone() },
            (None, false) => Outcome::Propose { why: "the rule's mode is `propose`".to_owned() },
            (None, true) => Outcome::Act,
        }
    }

    /// What is over a limit waits: of the winners of each rule the worst go first.
    fn limits(
        &self,
        intents: &[Intent],
        open: &[usize],
        lost: &BTreeMap<usize, Outcome>,
    ) -> BTreeMap<usize, Outcome> {
        let mut by_rule: BTreeMap<&RuleKey, Vec<usize>> = BTreeMap::new();
        for &index in open.iter().filter(|index| !lost.contains_key(index)) {
            if claims(&intents[index]).next().is_some() {
                by_rule.entry(&intents[index].rule).or_default().push(index);
            }
        }
        let mut deferred = BTreeMap::new();
        for (rule, mut winners) in by_rule {
            let Some(allowance) = self.allowances.get(rule) else { continue };
            winners.sort_by_key(|index| (std::cmp::Reverse(intents[*index].weight), &intents[*index].object));
            let mut day = allowance.day.clone();
            let mut left = allowance.run.0;
            for index in winners {
                let of_day = day.get_mut(&intents[index].object.account);
                if left == 0 {
                    deferred.insert(index, Outcome::Deferred { limit: allowance.run.1.clone() });
                } else if of_day.as_ref().is_some_and(|left| **left == 0) {
                    deferred.insert(index, Outcome::Deferred { limit: "perDay".to_owned() });
                } else {
                    left -= 1;
                    if let Some(of_day) = of_day {
                        *of_day -= 1;
                    }
                }
            }
        }
        deferred
    }
}

/// Who loses a field to whom. Intents come by rank; one that loses any field loses whole.
fn contest(intents: &[Intent], open: &[usize]) -> BTreeMap<usize, Outcome> {
    let mut taken: BTreeMap<(&Address, &CompactString), usize> = BTreeMap::new();
    let mut lost = BTreeMap::new();
    for &index in open {
        let winner = claims(&intents[index]).find_map(|claim| taken.get(&claim).copied());
        match winner {
            Some(winner) => {
                let winner = &intents[winner];
                let outcome = Outcome::Superseded { by: winner.rule.clone(), object: winner.object.clone() };
                lost.insert(index, outcome);
            }
            None => taken.extend(claims(&intents[index]).map(|claim| (claim, index))),
        }
    }
    // A pause of an object decides its other fields as well: what stops is not cut.
    let mut pausing: BTreeMap<&Address, Vec<usize>> = BTreeMap::new();
    for &index in open.iter().filter(|index| !lost.contains_key(index)) {
        for (object, _) in pauses(&intents[index]) {
            pausing.entry(object).or_default().push(index);
        }
    }
    for &index in open.iter().filter(|index| claims(&intents[**index]).next().is_some()) {
        let by = pausing.get(&intents[index].object).and_then(|by| by.iter().find(|by| **by != index));
        if let Some(by) = by.filter(|_| !lost.contains_key(&index)) {
            let winner = &intents[*by];
            // Only over what does not outrank it.
            if rank(winner) < rank(&intents[index]) {
                let outcome = Outcome::Superseded { by: winner.rule.clone(), object: winner.object.clone() };
                lost.insert(index, outcome);
            }
        }
    }
    lost
}

/// Lets an intent past the guards and counts what it takes, or says which does not let it.
fn guarded(headroom: &mut Headroom<'_>, running: &mut Running<'_>, intent: &Intent) -> Result<(), Outcome> {
    let refused = |guard: &str, why: String| Outcome::Refused { guard: guard.to_owned(), why };
    running.check(intent).map_err(|why| refused("last active", why))?;
    if needs_headroom(intent) {
        headroom.take(intent).map_err(|why| refused("spend guard", why))?;
    }
    running.take(intent);
    Ok(())
}

//! Between intents: one winner for each field of an object, and a word on every loser.
//!
//! Who wins a field: what stops everything (kill switch, freeze, a person's hold), priority, caution, the smaller effect
//! on money, then rule and object by name, so that nothing depends on the order in which intents came. Campaigns are
//! decided before ad groups and these before ads, since a pause above makes everything below it idle.
//!
//! Of what contends for nothing the worst goes first: it gets what limits and guards leave. An intent is decided once
//! everything that goes before it on one of its fields is; what a guard refuses takes no field, so that the next in line
//! gets it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::decide::Outcome;
use super::guard::{Headroom, needs_headroom, stopped};
use super::intent::{Change, Direction, Intent};
use super::keep::Keepers;
use super::limits::Breadth;
use super::running::Running;
use super::snapshot::Snapshot;
use super::source::RuleKey;
use crate::address::{AccountKey, Address, Kind};

/// What limits leave of a rule on an account in one run.
#[derive(Debug, Clone)]
pub(super) struct Allowance {
    /// Objects in this run, with the limit that says so.
    pub(super) run: (u32, String),
    /// Objects left of the account's day.
    pub(super) day: Option<u32>,
    /// Whether what the rule wants is done without asking.
    pub(super) acts: bool,
}

/// What limits leave, by rule and account.
pub(super) type Allowances = BTreeMap<(RuleKey, AccountKey), Allowance>;

/// Everything that decides.
pub(super) struct Court<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) headroom: Headroom<'a>,
    pub(super) running: Running<'a>,
    pub(super) allowances: Allowances,
    /// What the spend guard leaves of each account for all rules together.
    pub(super) breadth: Breadth,
    /// Rules that want to stay paused what others let go of.
    pub(super) keepers: Keepers,
    /// Fields that somebody has been asked about already.
    pub(super) pending: &'a BTreeSet<(Address, CompactString)>,
    /// Whether people agree to everything at once.
    pub(super) agreed: bool,
}

/// Decides between intents; an outcome for each, in their order.
pub(super) fn resolve(mut court: Court<'_>, intents: &[&Intent]) -> Vec<Outcome> {
    let first =
        |intent: &Intent| stopped(court.snapshot, intent).or_else(|| court.keepers.superseded(intent));
    let mut outcomes: Vec<Option<Outcome>> = intents.iter().map(|intent| first(intent)).collect();
    // Objects that are paused in this run without asking, with the rule that does.
    let mut paused: BTreeMap<&Address, &RuleKey> = BTreeMap::new();
    for kind in [Kind::Campaign, Kind::AdGroup, Kind::Ad] {
        for (index, intent) in intents.iter().enumerate() {
            if outcomes[index].is_none() && intent.object.kind == kind {
                outcomes[index] = suppressed(court.snapshot, intent, &paused);
            }
        }
        let open = (0..intents.len())
            .filter(|index| outcomes[*index].is_none() && intents[*index].object.kind == kind);
        for (index, outcome) in Level::new(intents, open).decide(&mut court) {
            if outcome == Outcome::Act {
                paused.extend(pauses(intents[index]).map(|object| (object, &intents[index].rule)));
            }
            outcomes[index] = Some(outcome);
        }
    }
    let undecided = |intent: &Intent| Outcome::Refused {
        guard: "kind".to_owned(),
        why: format!("rules decide about campaigns, ad groups and ads, not about {}", intent.object.short()),
    };
    intents
        .iter()
        .zip(outcomes)
        .map(|(intent, outcome)| outcome.unwrap_or_else(|| undecided(intent)))
        .collect()
}

fn pauses(intent: &Intent) -> impl Iterator<Item = &Address> {
    let pauses = intent.changes.iter().filter(|change| matches!(change.change, Change::Pause { .. }));
    pauses.map(|change| &change.object)
}

/// What an intent is about: its object, and every other one of which it takes a field.
fn about(intent: &Intent) -> BTreeSet<&Address> {
    intent.claims().map(|(object, _)| object).chain([&intent.object]).collect()
}

/// Objects of which an intent takes a field.
fn touches(intent: &Intent) -> BTreeSet<&Address> {
    intent.claims().map(|(object, _)| object).collect()
}

fn suppressed(
    snapshot: &Snapshot,
    intent: &Intent,
    paused: &BTreeMap<&Address, &RuleKey>,
) -> Option<Outcome> {
    about(intent).into_iter().find_map(|address| {
        let object = snapshot.objects.get(address)?;
        snapshot.ancestors(object).find_map(|(above, _)| {
            let by = *paused.get(above)?;
            Some(Outcome::Suppressed { by: by.clone(), object: above.clone() })
        })
    })
}

/// Who goes before whom on a field, the winner first.
type Rank<'a> = (Reverse<i32>, Direction, u64, &'a RuleKey, &'a Address, &'a str);

fn rank(intent: &Intent) -> Rank<'_> {
    (
        Reverse(intent.priority),
        intent.caution(),
        intent.daily().unsigned_abs(),
        &intent.rule,
        &intent.object,
        intent.evidence.as_str(),
    )
}

/// What gets limits and guards first: the worst of what is as urgent and as cautious. The last number tells intents
/// apart that are alike in everything else.
type Turn<'a> = (Reverse<i32>, Direction, Reverse<i64>, &'a Address, &'a RuleKey, usize);

fn turn<'i>(intents: &[&'i Intent], index: usize) -> Turn<'i> {
    let intent = intents[index];
    let weight = Reverse(intent.weight);
    (Reverse(intent.priority), intent.caution(), weight, &intent.object, &intent.rule, index)
}

/// Intents about objects of one kind.
struct Level<'i> {
    intents: &'i [&'i Intent],
    /// What can be decided, the next one first.
    ready: BTreeSet<Turn<'i>>,
    /// How many undecided intents each one waits for.
    waits: Vec<usize>,
    /// Who comes after whom on a field, and whether only a pause that is let through stands in the way.
    behind: Vec<Vec<(usize, Contest)>>,
    outcomes: Vec<Option<Outcome>>,
}

/// What two intents contend for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Contest {
    /// A field.
    Field,
    /// One pauses what the other changes: what stops is not cut, nor given more.
    Pause,
}

impl<'i> Level<'i> {
    fn new(intents: &'i [&'i Intent], open: impl Iterator<Item = usize>) -> Self {
        let mut ranked: Vec<usize> = open.collect();
        ranked.sort_by_cached_key(|index| rank(intents[*index]));
        let mut level = Self {
            intents,
            ready: BTreeSet::new(),
            waits: vec![0; intents.len()],
            behind: vec![Vec::new(); intents.len()],
            outcomes: vec![None; intents.len()],
        };
        let mut claimed: BTreeMap<(&Address, &CompactString), Vec<usize>> = BTreeMap::new();
        let mut pausing: BTreeMap<&Address, Vec<usize>> = BTreeMap::new();
        for index in ranked {
            let mut before: Vec<(usize, Contest)> = Vec::new();
            for (object, _) in intents[index].claims() {
                before.extend(pausing.get(object).into_iter().flatten().map(|one| (*one, Contest::Pause)));
            }
            for claim in intents[index].claims() {
                let line = claimed.entry(claim).or_default();
                before.extend(line.iter().map(|one| (*one, Contest::Field)));
                line.push(index);
            }
            for object in pauses(intents[index]) {
                pausing.entry(object).or_default().push(index);
            }
            // A field weighs more than a pause.
            before.sort_unstable();
            before.dedup_by_key(|(one, _)| *one);
            level.waits[index] = before.len();
            if before.is_empty() {
                level.ready.insert(turn(intents, index));
            }
            for (one, contest) in before {
                level.behind[one].push((index, contest));
            }
        }
        level
    }

    fn decide(mut self, court: &mut Court<'_>) -> impl Iterator<Item = (usize, Outcome)> {
        while let Some((.., index)) = self.ready.pop_first() {
            let outcome = court.decide(self.intents[index]);
            self.settle(index, outcome);
        }
        let decided = self.outcomes.into_iter().enumerate();
        decided.filter_map(|(index, outcome)| Some((index, outcome?)))
    }

    /// Notes what became of an intent: those behind it lose to it, or wait for one less.
    fn settle(&mut self, index: usize, outcome: Outcome) {
        let mut settled = vec![(index, outcome)];
        while let Some((index, outcome)) = settled.pop() {
            let wins = |contest: Contest| match outcome {
                Outcome::Act | Outcome::Propose { .. } => true,
                // It waits for a later run and keeps its field; what it would only have made idle does not wait with it.
                Outcome::Deferred { .. } => contest == Contest::Field,
                _ => false,
            };
            for (next, contest) in std::mem::take(&mut self.behind[index]) {
                if self.outcomes[next].is_some() || settled.iter().any(|(other, _)| *other == next) {
                    continue;
                }
                if wins(contest) {
                    let winner = &self.intents[index];
                    let by = winner.rule.clone();
                    settled.push((next, Outcome::Superseded { by, object: winner.object.clone() }));
                    continue;
                }
                self.waits[next] = self.waits[next].saturating_sub(1);
                if self.waits[next] == 0 {
                    self.ready.insert(turn(self.intents, next));
                }
            }
            self.outcomes[index] = Some(outcome);
        }
    }
}

impl Court<'_> {
    /// Decides an intent of which no field is taken: what people are asked already, then limits, then guards. What is let
    /// through counts for both of these; what waits for an answer counts when that is given.
    fn decide(&mut self, intent: &Intent) -> Outcome {
        let key = (intent.rule.clone(), intent.object.account_key());
        let writes = intent.claims().next().is_some();
        let asks = self.asks(intent);
        if let Some(field) = asks.as_ref().and_then(|_| self.asked(intent)) {
            let why = format!("a proposal about `{field}` waits for somebody to decide");
            return Outcome::Refused { guard: "proposal".to_owned(), why };
        }
        let over = self.allowances.get(&key).filter(|_| writes).and_then(|allowance| match allowance {
            Allowance { run: (0, limit), .. } => Some(limit.clone()),
            Allowance { day: Some(0), .. } => Some("perDay".to_owned()),
            _ => None,
        });
        let objects = touches(intent);
        if let Some(limit) = over.or_else(|| self.breadth.over(&objects)) {
            return Outcome::Deferred { limit };
        }
        if let Err(refused) = self.guarded(intent) {
            return refused;
        }
        if let Some(allowance) = self.allowances.get_mut(&key).filter(|_| writes) {
            allowance.run.0 = allowance.run.0.saturating_sub(1);
            allowance.day = allowance.day.map(|left| left.saturating_sub(1));
        }
        self.breadth.take(&objects);
        asks.map_or(Outcome::Act, |why| Outcome::Propose { why })
    }

    /// Lets an intent past the guards and counts what it takes, or says which does not let it.
    fn guarded(&mut self, intent: &Intent) -> Result<(), Outcome> {
        let refused = |guard: &str, why: String| Outcome::Refused { guard: guard.to_owned(), why };
        self.running.check(intent).map_err(|why| refused("last active", why))?;
        if needs_headroom(intent) {
            self.headroom.take(intent).map_err(|why| refused("spend guard", why))?;
        }
        self.running.take(intent);
        Ok(())
    }

    /// Why somebody must agree to an intent; `None` where it is simply done.
    fn asks(&self, intent: &Intent) -> Option<String> {
        // What only tells people needs no approval of theirs.
        intent.claims().next().filter(|_| !self.agreed)?;
        let key = (intent.rule.clone(), intent.object.account_key());
        let acts = self.allowances.get(&key).is_some_and(|allowance| allowance.acts);
        let of_mode = || (!acts).then(|| "the rule's mode is `propose`".to_owned());
        intent.ask.clone().or_else(of_mode)
    }

    /// A field of an intent that somebody has been asked about already: one proposal waits at a time.
    fn asked<'i>(&self, intent: &'i Intent) -> Option<&'i CompactString> {
        let waits = |(object, field): &(&Address, &CompactString)| {
            self.pending.contains(&((*object).clone(), (*field).clone()))
        };
        intent.claims().find(waits).map(|(_, field)| field)
    }
}

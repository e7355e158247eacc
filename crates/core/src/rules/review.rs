//! What many runs came to: who fired how often, what was unknown and why, what was taken back.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::decide::Outcome;
use super::intent::{Change, Direction};
use super::record::RuleRun;
use super::run::{Run, today};
use super::snapshot::{Budget, ObjectState, Ownership, Snapshot, State};
use super::source::Mode;
use crate::address::Address;
use crate::money::{Currency, Money};

/// A change that is taken back within this time was none worth making.
const FLAP: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What runs came to, rule by rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// By rule, `growth/cpa-too-high`.
    pub rules: BTreeMap<String, RuleReview>,
    /// Stable words and sentences that people would have been told, the first time each.
    pub notices: BTreeMap<String, String>,
    /// The last change of each field, for reversals.
    #[serde(skip)]
    last: BTreeMap<(Address, String), (Timestamp, Direction)>,
}

/// What one rule came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleReview {
    /// What it may do today.
    pub mode: Mode,
    /// Runs, one for each account that it was due on.
    pub runs: u64,
    /// Objects that it looked at, summed over runs.
    pub looked: u64,
    /// What became of them, by word.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Of those unknown, why.
    pub unknown: BTreeMap<String, u64>,
    /// What it fired on.
    pub fired: BTreeMap<String, Firings>,
    /// Changes of state, budget, bid or target that it made or proposed.
    pub changes: u64,
    /// Of those, how many turned around what was done to the same field within seven days.
    pub reversals: u64,
    /// Daily budgets in force of what it changed or asked to change, each time it did.
    #[serde(serialize_with = "amounts")]
    pub money: BTreeMap<Currency, i64>,
}

/// How often a rule fired on one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Firings {
    /// Done.
    pub acts: u64,
    /// Proposed.
    pub proposals: u64,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// How often on each of the account's days.
    pub days: BTreeMap<Date, u64>,
    /// What it wanted the last time, in words.
    pub change: String,
}

impl RuleReview {
    /// How often it fired.
    pub fn firings(&self) -> u64 {
        self.fired.values().map(|one| one.acts + one.proposals).sum()
    }

    /// Reversals per change; `None` without changes.
    pub fn flap_rate(&self) -> Option<f64> {
        let whole = u32::try_from(self.changes).ok().filter(|changes| *changes > 0)?;
        Some(f64::from(u32::try_from(self.reversals).ok()?) / f64::from(whole))
    }

    /// A count of what became of objects.
    pub fn count(&self, word: &str) -> u64 {
        self.outcomes.get(word).copied().unwrap_or_default()
    }
}

impl Review {
    /// Counts a run.
    pub fn add(&mut self, run: &Run, snapshot: &Snapshot) {
        for notice in &run.notices {
            self.notices
                .entry(format!("{}: {}", notice.code, notice.message))
                .or_insert_with(|| snapshot.now.to_string());
        }
        for one in &run.runs {
            self.count(one, snapshot);
        }
    }

    fn count(&mut self, run: &RuleRun, snapshot: &Snapshot) {
        let mut review = self.rules.remove(&run.rule.to_string()).unwrap_or_default();
        review.mode = run.mode;
        review.runs += 1;
        for one in &run.objects {
            let outcome = one.outcome.decided();
            review.looked += 1;
            *review.outcomes.entry(outcome.word()).or_default() += 1;
            if let (Outcome::Unknown, Some(code)) = (outcome, &one.told.code) {
                *review.unknown.entry(code.to_string()).or_default() += 1;
            }
            let (Some(intent), true) =
                (&one.intent, matches!(outcome, Outcome::Act | Outcome::Propose { .. }))
            else {
                continue;
            };
            let acts = matches!(outcome, Outcome::Act);
            let firings = review.fired.entry(one.object.to_string()).or_insert_with(|| Firings {
                acts: 0,
                proposals: 0,
                first: run.at,
                last: run.at,
                days: BTreeMap::new(),
                change: String::new(),
            });
            if let Some(day) = today(snapshot, &one.object.account_key()) {
                *firings.days.entry(day).or_default() += 1;
            }
            if acts {
                firings.acts += 1;
            } else {
                firings.proposals += 1;
            }
            firings.last = run.at;
            firings.change = super::explain::lines(intent).join("; ");
            for change in intent.changes.iter().filter(|change| change.claims) {
                if let Some(budget) = snapshot.objects.get(&change.object).and_then(|object| object.budget) {
                    *review.money.entry(budget.amount.currency()).or_default() += budget.amount.micros();
                }
                if change.direction == Direction::Keep {
                    continue;
                }
                review.changes += 1;
                let turns = self.turns(&change.object, &change.field, run.at, change.direction);
                review.reversals += u64::from(turns);
            }
        }
        self.rules.insert(run.rule.to_string(), review);
    }

    /// Whether a change goes against the one before it on the same field, a short time ago; remembers it.
    fn turns(&mut self, object: &Address, field: &str, at: Timestamp, direction: Direction) -> bool {
        let before = self.last.insert((object.clone(), field.to_owned()), (at, direction));
        before.is_some_and(|(then, before)| {
            before.raises() != direction.raises() && at.duration_since(then) <= FLAP
        })
    }
}

/// Everything that a run has done to objects, made live in what the next one sees.
pub fn carry_out(run: &Run, objects: &mut BTreeMap<Address, ObjectState>) {
    let made = run.decisions.iter().filter(|decision| decision.outcome == Outcome::Act);
    for planned in made.flat_map(|decision| &decision.intent.changes) {
        let Some(object) = objects.get_mut(&planned.object) else { continue };
        match &planned.change {
            Change::Pause { .. } => object.state = Some(State::Paused),
            Change::Resume => object.state = Some(State::Active),
            Change::Budget { to, .. } => {
                object.budget = object.budget.map(|held| in_force(held, *to));
            }
            Change::Bid { to, .. } => object.bid = Some(*to),
            _ => {}
        }
    }
}

/// Amounts that end at midnight, by object: for whoever plays runs over one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endings(BTreeMap<Address, Timestamp>);

impl Endings {
    /// Remembers what a run has done.
    pub fn add(&mut self, run: &Run) {
        let made = run.decisions.iter().filter(|decision| decision.outcome == Outcome::Act);
        for planned in made.flat_map(|decision| &decision.intent.changes) {
            match planned.change {
                Change::Budget { until: Some(until), .. } => {
                    self.0.insert(planned.object.clone(), until);
                }
                Change::Budget { until: None, .. } => {
                    self.0.remove(&planned.object);
                }
                _ => {}
            }
        }
    }

    /// Gives back git's amount of an object where what was put in its place is over.
    pub fn end(&mut self, address: &Address, object: &mut ObjectState, now: Timestamp) {
        if self.0.get(address).is_none_or(|until| *until > now) {
            return;
        }
        self.0.remove(address);
        if let Some(held) = object.budget
            && let Ownership::Bounded { initial, .. } = held.ownership
        {
            object.budget = Some(in_force(held, initial));
        }
    }
}

/// A budget with another amount in force, which is live at once.
fn in_force(mut held: Budget, to: Money) -> Budget {
    held.amount = to;
    if let Ownership::Bounded { settled, .. } = &mut held.ownership {
        *settled = to;
    }
    held
}

fn amounts<S: serde::Serializer>(money: &BTreeMap<Currency, i64>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(
        money.iter().map(|(currency, micros)| {
            (currency.to_string(), Money::from_micros(*micros, *currency).to_string())
        }),
    )
}

//! What other rules say where one lets go of an object: what it resumes stays paused where another rule wants it paused.
//!
//! A rule that pauses wants nothing of what does not run, so that a release would meet nobody. So every rule that pauses,
//! due in this run or not, is asked of what is about to run again, as if it ran: where its condition is true it goes
//! before the release, unless the release has the higher priority. Nothing is written for that, and no limit is used up.
//!
//! An unknown condition pauses nothing that runs, and so lets it spend; here it is the other way round. What is paused
//! costs nothing, and who starts it while a rule is blind spends what nobody watches: it stays paused until the numbers
//! are there. Not so where only running can end that, or nothing can: an object that never runs again never has
//! spent enough to be judged.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::action::Action;
use super::decide::Outcome;
use super::evaluate::{Objects, conditions};
use super::intent::{Change, Intent};
use super::memory::Memory;
use super::outage::outages;
use super::peers::Peers;
use super::record::Truth;
use super::rule::Rule;
use super::schedule::is_within;
use super::snapshot::{Snapshot, State};
use super::source::RuleKey;
use super::spend::Tree;
use super::unknown::Unknown;
use crate::address::{AccountKey, Address};

/// A rule that wants an object to stay paused, the first one first.
type Keeper = (Blind, Reverse<i32>, RuleKey);

/// Why a rule is unknown that keeps something paused; what is true goes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Blind(Option<String>);

/// Rules that want objects to stay paused which others let go of, by object.
#[derive(Debug, Default)]
pub(super) struct Keepers(BTreeMap<Address, BTreeSet<Keeper>>);

impl Keepers {
    /// Asks rules of everything that intents resume.
    pub(super) fn new<'r>(
        rules: impl Iterator<Item = &'r Rule>,
        intents: &[&Intent],
        snapshot: &Snapshot,
        memory: &Memory,
    ) -> Self {
        let resumed: BTreeSet<&Address> = intents.iter().flat_map(|intent| resumed(intent)).collect();
        if resumed.is_empty() {
            return Self::default();
        }
        let running = as_if_running(snapshot, &resumed);
        let (objects, tree) = (Objects::new(&running), Tree::new(&running));
        let outages = outages(&running, &memory.outages);
        let accounts: BTreeSet<AccountKey> = resumed.iter().map(|address| address.account_key()).collect();
        let mut found = Self::default();
        for rule in rules.filter(|rule| pauses(rule)) {
            for account in &accounts {
                if !watches(rule, account, &running) {
                    continue;
                }
                let peers = Peers::new(objects.scope(rule, account));
                let outage = outages.get(account);
                for (address, truth) in conditions(rule, &running, account, (&tree, &peers), outage, &resumed)
                {
                    found.add(rule, address, truth);
                }
            }
        }
        found
    }

    fn add(&mut self, rule: &Rule, address: &Address, truth: Truth) {
        let blind = match truth {
            Truth::True => Blind(None),
            Truth::Unknown(why) if keeps(&why) => Blind(Some(why.to_string())),
            Truth::False | Truth::Unknown(_) => return,
        };
        let keeper = (blind, Reverse(rule.priority), rule.key.clone());
        self.0.entry(address.clone()).or_default().insert(keeper);
    }

    /// The rule that goes before an intent to resume something.
    fn before(&self, intent: &Intent) -> Option<(&Address, &Keeper)> {
        resumed(intent).find_map(|address| {
            let (address, keepers) = self.0.get_key_value(address)?;
            let goes_first =
                |(_, priority, rule): &&Keeper| *rule != intent.rule && priority.0 >= intent.priority;
            Some((address, keepers.iter().find(goes_first)?))
        })
    }

    /// What becomes of an intent that lets go of what another rule keeps paused.
    pub(super) fn superseded(&self, intent: &Intent) -> Option<Outcome> {
        let (address, (_, _, rule)) = self.before(intent)?;
        Some(Outcome::Superseded { by: rule.clone(), object: address.clone() })
    }

    /// Why it cannot be said now whether an intent may let go of something: a rule that pauses it is unknown.
    pub(super) fn unclear(&self, intent: &Intent) -> Option<String> {
        let (_, (blind, _, rule)) = self.before(intent)?;
        let why = blind.0.as_ref()?;
        Some(format!("rule `{rule}`, which may want it paused, is unknown: {why}"))
    }
}

fn resumed(intent: &Intent) -> impl Iterator<Item = &Address> {
    let resumes = intent.changes.iter().filter(|change| change.change == Change::Resume);
    resumes.map(|change| &change.object)
}

/// Whether a rule pauses what it looks at.
pub(super) fn pauses(rule: &Rule) -> bool {
    rule.actions.iter().any(|action| matches!(action, Action::Pause { .. }))
}

/// Whether a rule looks at an account, in its hours.
fn watches(rule: &Rule, account: &AccountKey, snapshot: &Snapshot) -> bool {
    let Some(state) = snapshot.accounts.get(account) else { return false };
    super::run::reaches(rule, account, state) && is_within(&rule.schedule, snapshot.now, &state.zone)
}

/// A snapshot as if these objects ran: a condition may ask for that.
fn as_if_running(snapshot: &Snapshot, resumed: &BTreeSet<&Address>) -> Snapshot {
    let mut running = snapshot.clone();
    for address in resumed {
        if let Some(object) = running.objects.get_mut(*address) {
            object.state = Some(State::Active);
        }
    }
    running
}

/// Whether what is unknown keeps something paused: it ends once numbers are read, or people have mended something.
fn keeps(why: &Unknown) -> bool {
    use crate::metrics::Unknown as Number;
    match why {
        Unknown::Number(number) => match number {
            Number::NotCovered { .. } | Number::Stale { .. } | Number::NotSettled(_) | Number::Parts(_) => true,
            Number::ZeroDenominator(_)
            | Number::Unresolved(_)
            | Number::NotTold(_)
            | Number::NotAdditive(_) => false,
        },
        Unknown::NotLive(_)
        | Unknown::NoSignal(_)
        | Unknown::StaleSignal(..)
        | Unknown::WrongSignal(_)
        | Unknown::NoCalendar(..)
        | Unknown::NoRate(_)
        | Unknown::TrackingOutage
        | Unknown::Failed(_) => true,
        // It must run for these to end.
        Unknown::NotEnough(_)
        | Unknown::NoData
        | Unknown::NoHistory
        | Unknown::NoSpread
        | Unknown::NoForecast(_)
        | Unknown::NoSkill(_)
        // It can never be said of such an object.
        | Unknown::NoParent
        | Unknown::NoDailyBudget => false,
    }
}

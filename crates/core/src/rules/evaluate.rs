//! One rule over the objects of an account: verdicts, and what the rule wants where it fires.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::band;
use super::decide::Outcome;
use super::intent::Intent;
use super::keep::pauses;
use super::lookup::Subject;
use super::memory::{Memory, Mood, Pause};
use super::outage::Outage;
use super::peers::Peers;
use super::planning::{NoIntent, Plan, plan, resume};
use super::rebalance::Healthy;
use super::record::{Clause, Part, Truth};
use super::require::{self, Required};
use super::rule::Expression;
use super::rule::Rule;
use super::snapshot::{ObjectState, Snapshot, State};
use super::source::RuleScope;
use super::spend::Tree;
use super::stabilize;
use super::unknown::{RUNNING, Unknown};
use super::wanted::wanted;
use crate::address::{AccountKey, Address, Kind};

/// What a rule came to on one object.
pub(super) struct Evaluated<'a> {
    pub(super) address: &'a Address,
    pub(super) clauses: Vec<Clause>,
    pub(super) truth: Truth,
    pub(super) mood: Mood,
    pub(super) wish: Wish,
}

/// What a rule wants of an object.
pub(super) enum Wish {
    /// This.
    Wants(Arc<Intent>),
    /// Nothing.
    Nothing(Outcome),
}

impl Wish {
    /// What it wants, where it wants something.
    pub(super) fn intent(&self) -> Option<&Intent> {
        match self {
            Self::Wants(intent) => Some(intent),
            Self::Nothing(_) => None,
        }
    }
}

/// An object, with what every rule asks of it: found once for a snapshot, and not by each rule.
pub(super) struct Placed<'a> {
    pub(super) address: &'a Address,
    pub(super) object: &'a ObjectState,
    /// What it lies in, where that is known.
    pub(super) parent: Option<&'a ObjectState>,
    /// The same number for all that lie in the same.
    pub(super) nest: usize,
    /// Whether it and everything it lies in runs, where that is known.
    pub(super) runs: Option<bool>,
}

/// Objects by account and kind, each group by address: what rules look at, found without a look at everything else.
pub(super) struct Objects<'a> {
    groups: BTreeMap<(AccountKey, Kind), Vec<Placed<'a>>>,
}

impl<'a> Objects<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut nests: BTreeMap<Option<&Address>, usize> = BTreeMap::new();
        for (address, object) in &snapshot.objects {
            let next = nests.len();
            let placed = Placed {
                address,
                object,
                parent: object.parent.as_ref().and_then(|parent| snapshot.objects.get(parent)),
                nest: *nests.entry(object.parent.as_ref()).or_insert(next),
                runs: snapshot.runs(object),
            };
            groups.entry((address.account_key(), address.kind)).or_default().push(placed);
        }
        Self { groups }
    }

    /// Objects of an account that a rule looks at.
    pub(super) fn scope(&'a self, rule: &Rule, account: &AccountKey) -> impl Iterator<Item = &'a Placed<'a>> {
        let group = self.groups.get(&(account.clone(), rule.scope.kind));
        group.into_iter().flatten().filter(|placed| is_in(&rule.scope, placed.address, placed.object))
    }
}

fn is_in(scope: &RuleScope, address: &Address, object: &ObjectState) -> bool {
    address.kind == scope.kind
        && (scope.accounts.is_empty() || scope.accounts.contains(&address.account))
        && (scope.platforms.is_empty() || scope.platforms.contains(&address.platform))
        && scope.labels.iter().all(|(key, value)| object.labels.get(key) == Some(value))
}

/// Evaluates a rule on one account.
pub(super) fn evaluate<'a>(
    rule: &'a Rule,
    snapshot: &'a Snapshot,
    account: &AccountKey,
    memory: &Memory,
    (tree, peers): (&'a Tree<'a>, &'a Peers<'a>),
    outage: Option<&'a Outage>,
) -> Vec<Evaluated<'a>> {
    let Some(state) = snapshot.accounts.get(account) else { return Vec::new() };
    let subject = |placed: &Placed<'a>| {
        let Placed { address, object, parent, nest, runs } = *placed;
        Subject { snapshot, rule, address, object, parent, nest, runs, account: state, peers, tree, outage }
    };
    let subjects: Vec<Subject<'a>> = peers.all().iter().map(|placed| subject(placed)).collect();
    let required = require::of_rule(rule, state.currency);
    let judged: Vec<Judged> = subjects.iter().map(|subject| judge(*subject, &required)).collect();
    let healthy: Vec<&Address> = subjects
        .iter()
        .zip(&judged)
        .filter(|(_, judged)| judged.healthy)
        .map(|(subject, _)| subject.address)
        .collect();
    let known = memory.rule(&rule.key);
    let mood = |subject: &Subject<'_>| known.and_then(|known| known.objects.get(subject.address)).cloned();
    let each = subjects.iter().zip(judged);
    each.map(|(subject, judged)| wish(*subject, judged, mood(subject).unwrap_or_default(), memory, &healthy))
        .collect()
}

/// What the condition of a rule comes to on some of the objects that it looks at.
pub(super) fn conditions<'a>(
    rule: &'a Rule,
    snapshot: &'a Snapshot,
    account: &AccountKey,
    (tree, peers): (&'a Tree<'a>, &'a Peers<'a>),
    outage: Option<&'a Outage>,
    asked: &BTreeSet<&Address>,
) -> Vec<(&'a Address, Truth)> {
    let Some(state) = snapshot.accounts.get(account) else { return Vec::new() };
    let required = require::of_rule(rule, state.currency);
    let each = peers.all().iter().filter(|placed| asked.contains(placed.address)).map(|placed| {
        let Placed { address, object, parent, nest, runs } = **placed;
        let subject = Subject {
            snapshot,
            rule,
            address,
            object,
            parent,
            nest,
            runs,
            account: state,
            peers,
            tree,
            outage,
        };
        (address, judge(subject, &required).truth)
    });
    each.collect()
}

struct Judged {
    clauses: Vec<Clause>,
    truth: Truth,
    /// All is there that is required, and the condition is false.
    healthy: bool,
}

fn judge(subject: Subject<'_>, required: &[Required]) -> Judged {
    let mut clauses = Vec::with_capacity(required.len() + subject.rule.when.len());
    let required = require::clauses(subject, required, &mut clauses);
    let truth = expressions(subject, &subject.rule.when, Part::When, &mut clauses);
    let healthy = required == Truth::True && truth == Truth::False;
    Judged { clauses, truth: required.and(truth).and(told(subject)), healthy }
}

/// Whether it can be told at all if the object runs: of what cannot, nothing is wanted.
fn told(subject: Subject<'_>) -> Truth {
    match subject.runs {
        None => Truth::Unknown(Unknown::NotLive(RUNNING)),
        Some(_) => Truth::True,
    }
}

fn expressions<'a>(
    subject: Subject<'a>,
    all: &'a [Expression],
    part: Part,
    clauses: &mut Vec<Clause>,
) -> Truth {
    let mut together = Truth::True;
    for expression in all {
        let (truth, values) = subject.truth(expression, None);
        clauses.push(Clause { part, text: Arc::clone(&expression.text), told: truth.told(), values });
        together = together.and(truth);
    }
    together
}

fn wish<'a>(
    subject: Subject<'a>,
    judged: Judged,
    mut mood: Mood,
    memory: &Memory,
    healthy: &Healthy<'_>,
) -> Evaluated<'a> {
    let Judged { mut clauses, truth, .. } = judged;
    mood.true_for = if truth == Truth::True { mood.true_for.saturating_add(1) } else { 0 };
    // What waits for enough data is as it should be: only what should be known and is not counts.
    mood.unknown_for = match &truth {
        Truth::Unknown(why) if !matches!(why, Unknown::NotEnough(_)) => mood.unknown_for.saturating_add(1),
        _ => 0,
    };
    // Whoever runs it again lifted the hold, and a rule does not put it back on that account.
    if subject.object.state == Some(State::Active) {
        mood.pause = None;
    }
    let paused = subject.object.state == Some(State::Paused);
    let wish = match mood.pause {
        Some(pause) if paused => {
            let release = if subject.rule.bands.is_empty() {
                expressions(subject, &subject.rule.release, Part::Release, &mut clauses)
            } else {
                band::over(subject, &subject.rule.bands, &mut clauses)
            };
            held(subject, pause, &release, &mut mood, memory, &clauses)
        }
        _ if subject.runs == Some(false) => Wish::Nothing(idle(subject, &truth, memory)),
        _ => fired(subject, &truth, &mut mood, memory, healthy, &clauses),
    };
    Evaluated { address: subject.address, clauses, truth, mood, wish }
}

/// What is said of an object that does not run: a rule that would pause it says so of what another one holds.
fn idle(subject: Subject<'_>, truth: &Truth, memory: &Memory) -> Outcome {
    let wants = *truth == Truth::True && subject.object.state == Some(State::Paused) && pauses(subject.rule);
    let is_held = || {
        let holds = |mood: &Mood| mood.pause.is_some();
        memory.rules.values().any(|rule| rule.objects.get(subject.address).is_some_and(holds))
    };
    if wants && is_held() {
        let why = "another rule holds it paused, and this one wants it to stay so".to_owned();
        return Outcome::NoChange { why };
    }
    Outcome::NotRunning
}

/// An object that the rule paused: only its release or its expiry ends that.
fn held(
    subject: Subject<'_>,
    pause: Pause,
    release: &Truth,
    mood: &mut Mood,
    memory: &Memory,
    clauses: &[Clause],
) -> Wish {
    let rule = subject.rule;
    let expired = pause.until.is_some_and(|until| until <= subject.snapshot.now);
    let released = rule.lets_go() && *release == Truth::True;
    if !expired && !released {
        return Wish::Nothing(Outcome::Holding { since: pause.since });
    }
    if rule.limits.resumes.is_some_and(|most| mood.resumes >= most) {
        let why = format!("it was resumed {} times already", mood.resumes);
        return Wish::Nothing(Outcome::NoChange { why });
    }
    let plan = Plan { changes: vec![(resume(subject), "resume")], asks: Vec::new() };
    wanted(subject, plan, mood, memory, clauses)
}

fn fired(
    subject: Subject<'_>,
    truth: &Truth,
    mood: &mut Mood,
    memory: &Memory,
    healthy: &Healthy<'_>,
    clauses: &[Clause],
) -> Wish {
    let need = subject.rule.true_for;
    let nothing = match truth {
        Truth::False => Some(Outcome::False),
        Truth::Unknown(_) => Some(Outcome::Unknown),
        Truth::True if mood.true_for < need => Some(Outcome::Sustaining { have: mood.true_for, need }),
        Truth::True => None,
    };
    if let Some(nothing) = nothing {
        stabilize::keep(subject, mood);
        return Wish::Nothing(nothing);
    }
    let planned = plan(subject, subject.rule, healthy);
    if planned.is_err() {
        stabilize::keep(subject, mood);
    }
    match planned.and_then(|plan| stabilize::settle(subject, plan, mood)) {
        Ok(plan) => wanted(subject, plan, mood, memory, clauses),
        Err(NoIntent::Same(why)) => Wish::Nothing(Outcome::NoChange { why }),
        Err(NoIntent::Impossible(why)) => Wish::Nothing(Outcome::Impossible { why }),
    }
}

//! One run over everything that is due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::coming::foreseen;
use super::decide::{Decision, Outcome};
use super::evaluate::{Evaluated, Objects, Wish, evaluate};
use super::forget::{forget, renew};
use super::guard::Headroom;
use super::intent::{Change, Direction, Intent, Planned};
use super::keep::Keepers;
use super::limits::{Breadth, allowances};
use super::memory::{FieldMemory, Memory, Mood, Pause};
use super::notice::{Notice, unknown};
use super::outage::{Outage, outages, remembered};
use super::peers::Peers;
use super::record::{ObjectRun, RuleRun};
use super::resolve::{Court, resolve};
use super::rule::Rule;
use super::running::Running;
use super::schedule::due;
use super::snapshot::{AccountState, Snapshot};
use super::source::Mode;
use super::spend::Tree;
use crate::address::{AccountKey, Address};
use crate::time::Zone;

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// A record for each rule and account that was due.
    pub runs: Vec<RuleRun>,
    /// Every intent with what became of it, by rule and object.
    pub decisions: Vec<Decision>,
    /// What people should be told besides.
    pub notices: Vec<Notice>,
    /// What is remembered for the next run.
    pub memory: Memory,
}

/// A rule that is due on an account.
pub(super) struct Due<'a> {
    pub(super) rule: &'a Rule,
    pub(super) account: AccountKey,
    tick: Timestamp,
}

/// Whether what is decided is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// By rules that act; what rules in shadow want takes nothing from them.
    Live,
    /// By none: every rule is judged as if it could, and everything that it would do is only recorded.
    Rehearsal,
    /// By rules that act and by those that propose: whoever is asked agrees at once.
    Agreed,
}

/// Runs the rules that are due over a snapshot.
pub fn run(rules: &[Rule], snapshot: &Snapshot, memory: &Memory) -> Run {
    run_on(Stage::Live, rules, snapshot, memory)
}

/// Runs the rules that are due over a snapshot without anything being carried out: what rules would do is recorded as
/// [`Outcome::Shadow`], and rests and daily limits are kept as if it were done.
pub fn rehearse(rules: &[Rule], snapshot: &Snapshot, memory: &Memory) -> Run {
    run_on(Stage::Rehearsal, rules, snapshot, memory)
}

/// Runs the rules that are due over a snapshot as if every proposal were agreed to at once: it is decided as
/// [`Outcome::Act`] and remembered as done. Records keep that somebody was asked, and why.
pub fn agreed(rules: &[Rule], snapshot: &Snapshot, memory: &Memory) -> Run {
    run_on(Stage::Agreed, rules, snapshot, memory)
}

fn run_on(stage: Stage, rules: &[Rule], snapshot: &Snapshot, memory: &Memory) -> Run {
    let mut notices = BTreeSet::new();
    let outages = outages(snapshot, &memory.outages);
    let due = ready(rules, snapshot, memory, &mut notices);
    let mut next = memory.clone();
    renew(&mut next, &due);
    let tree = Tree::new(snapshot);
    next.mornings = tree.mornings(memory);
    let objects = Objects::new(snapshot);
    let peers: Vec<Peers<'_>> =
        due.iter().map(|due| Peers::new(objects.scope(due.rule, &due.account))).collect();
    let each = due.iter().zip(&peers).map(|(due, peers)| {
        let outage = outages.get(&due.account);
        evaluate(due.rule, snapshot, &due.account, &next, (&tree, peers), outage)
    });
    let evaluated: Vec<Vec<Evaluated<'_>>> = each.collect();
    let foreseen = foreseen(snapshot);
    let walled = Tree::since(&foreseen, &next.mornings);
    let world = Standing { rules, snapshot, peers: &peers, tree: &tree, walled: &walled, memory: &next };
    let outcomes = outcomes(stage, &due, &evaluated, world);
    missing(snapshot, &outages, &mut next, &mut notices);
    notices.extend(unknown(&due, &evaluated));
    let (runs, decisions) = records((stage, &mut next), &due, snapshot, evaluated, outcomes);
    for due in &due {
        let rule = next.rules.entry(due.rule.key.to_string()).or_default();
        rule.ran.insert(due.account.name.clone(), due.tick);
    }
    forget(&mut next, &due, &peers, snapshot.now);
    Run { runs, decisions, notices: notices.into_iter().collect(), memory: next }
}

/// A record for each rule that was due, and every intent with what became of it; remembers what comes of them.
fn records(
    (stage, next): (Stage, &mut Memory),
    due: &[Due<'_>],
    snapshot: &Snapshot,
    evaluated: Vec<Vec<Evaluated<'_>>>,
    outcomes: Vec<Outcome>,
) -> (Vec<RuleRun>, Vec<Decision>) {
    let mut decisions = Vec::with_capacity(outcomes.len());
    let mut outcomes = outcomes.into_iter();
    let each = due.iter().zip(evaluated).map(|(due, evaluated)| {
        let name = due.rule.key.to_string();
        let objects = evaluated.into_iter().map(|one| {
            let Evaluated { address, clauses, truth, mood, wish } = one;
            let (intent, outcome) = match wish {
                Wish::Nothing(outcome) => (None, outcome),
                Wish::Wants(intent) => (Some(intent), outcomes.next().unwrap_or(Outcome::Unknown)),
            };
            remember(
                (stage, &mut *next),
                (due, &name),
                snapshot,
                (address, mood),
                intent.as_deref(),
                &outcome,
            );
            if let Some(intent) = &intent {
                decisions.push(Decision { intent: Arc::clone(intent), outcome: outcome.clone() });
            }
            let asked = intent.as_ref().filter(|_| stage == Stage::Agreed && outcome == Outcome::Act);
            let outcome = match asked.and_then(|intent| asks(due.rule, intent)) {
                Some(why) => Outcome::Propose { why },
                None => outcome,
            };
            ObjectRun { object: address.clone(), clauses, told: truth.told(), intent, outcome }
        });
        let objects = objects.collect();
        record(due, snapshot, objects)
    });
    let runs = each.collect();
    (runs, decisions)
}

/// The next instant after one at which a rule can become due on an account of a zone.
pub fn next_look(rule: &Rule, account: &AccountKey, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
    super::schedule::next_look(&rule.schedule, account, after, zone)
}

/// Whether a rule has a tick on an account that it has not run for.
pub fn is_due(rule: &Rule, account: &AccountKey, zone: &Zone, memory: &Memory, now: Timestamp) -> bool {
    due(&rule.schedule, account, last(rule, account, memory), now, zone).is_some()
}

/// The tick that a rule ran for last.
fn last(rule: &Rule, account: &AccountKey, memory: &Memory) -> Option<Timestamp> {
    memory.rule(&rule.key)?.ran.get(&account.name).copied()
}

/// Why somebody is asked before an intent of a rule is done; `None` where nobody is.
fn asks(rule: &Rule, intent: &Intent) -> Option<String> {
    intent.changes.iter().find(|change| change.claims)?;
    let of_mode = || (rule.mode == Mode::Propose).then(|| "the rule's mode is `propose`".to_owned());
    intent.ask.clone().or_else(of_mode)
}

/// Rules that are due, by rule and account.
fn ready<'a>(
    rules: &'a [Rule],
    snapshot: &Snapshot,
    memory: &Memory,
    notices: &mut BTreeSet<Notice>,
) -> Vec<Due<'a>> {
    let mut found = Vec::new();
    for rule in rules {
        let known = memory.rule(&rule.key);
        if known.is_some_and(super::memory::RuleMemory::is_suspended) {
            let message = format!("rule `{}` is suspended: more than half of its writes failed", rule.key);
            notices.insert(Notice { code: "rule-suspended", message, blind: None });
            continue;
        }
        for (key, account) in &snapshot.accounts {
            let last = last(rule, key, memory);
            if reaches(rule, key, account)
                && let Some(tick) = due(&rule.schedule, key, last, snapshot.now, &account.zone)
            {
                found.push(Due { rule, account: key.clone(), tick });
            }
        }
    }
    found.sort_by(|a, b| (&a.rule.key, &a.account).cmp(&(&b.rule.key, &b.account)));
    found
}

/// Whether a rule looks at an account.
pub(super) fn reaches(rule: &Rule, key: &AccountKey, account: &AccountState) -> bool {
    let scope = &rule.scope;
    key.namespace == rule.key.namespace
        && (scope.accounts.is_empty() || scope.accounts.contains(&key.name))
        && (scope.platforms.is_empty() || scope.platforms.contains(&account.platform))
}

/// What decisions rest on.
#[derive(Clone, Copy)]
struct Standing<'a> {
    /// All rules, due or not.
    rules: &'a [Rule],
    snapshot: &'a Snapshot,
    /// What each rule that is due looks at.
    peers: &'a [Peers<'a>],
    tree: &'a Tree<'a>,
    /// With what is on its way.
    walled: &'a Tree<'a>,
    /// With what the day of each account began with.
    memory: &'a Memory,
}

/// What becomes of every intent: of those of shadow rules, what would have become.
fn outcomes(
    stage: Stage,
    due: &[Due<'_>],
    evaluated: &[Vec<Evaluated<'_>>],
    world: Standing<'_>,
) -> Vec<Outcome> {
    let Standing { rules, snapshot, peers, tree, walled, memory } = world;
    let wanted = || {
        let each = due.iter().zip(evaluated);
        each.flat_map(|(due, all)| all.iter().filter_map(|one| Some((due.rule.mode, one.wish.intent()?))))
    };
    let decide = |shadow: bool| {
        let wanted = wanted().filter(|(mode, _)| shadow || *mode != Mode::Shadow);
        let intents: Vec<&Intent> = wanted.map(|(_, intent)| intent).collect();
        let others = rules.iter().filter(|rule| shadow || rule.mode != Mode::Shadow);
        let court = Court {
            snapshot,
            keepers: Keepers::new(others, &intents, snapshot, memory),
            headroom: Headroom::new(walled, memory),
            running: Running::new(snapshot, tree),
            allowances: allowances(due, (snapshot, peers), memory, shadow),
            breadth: Breadth::new(snapshot, memory),
            pending: &snapshot.pending,
            agreed: stage == Stage::Agreed,
        };
        resolve(court, &intents)
    };
    // What would become of everything is worked out only where somebody only wants to know.
    let only_records = |mode: Mode| stage == Stage::Rehearsal || mode == Mode::Shadow;
    let some_act = due.iter().any(|due| !only_records(due.rule.mode));
    let some_record = due.iter().any(|due| only_records(due.rule.mode));
    let mut real = if some_act { decide(false) } else { Vec::new() }.into_iter();
    let mut imagined = if some_record { decide(true) } else { Vec::new() }.into_iter();
    let each = wanted().map(|(mode, _)| {
        let as_if = imagined.next();
        if only_records(mode) {
            Outcome::Shadow { would: Box::new(as_if.unwrap_or(Outcome::Unknown)) }
        } else {
            real.next().unwrap_or(Outcome::Unknown)
        }
    });
    each.collect()
}

pub(super) fn today(snapshot: &Snapshot, account: &AccountKey) -> Option<jiff::civil::Date> {
    let zone = &snapshot.accounts.get(account)?.zone;
    Some(snapshot.now.to_zoned(zone.rules()).date())
}

fn record(due: &Due<'_>, snapshot: &Snapshot, objects: Vec<ObjectRun>) -> RuleRun {
    RuleRun {
        rule: due.rule.key.clone(),
        revision: due.rule.revision.clone(),
        mode: due.rule.mode,
        account: due.account.name.clone(),
        snapshot: snapshot.id.clone(),
        at: snapshot.now,
        tick: due.tick,
        held_back: None,
        objects,
    }
}

/// Remembers what accounts do not count, and says so when that begins and weekly while it lasts.
fn missing(
    snapshot: &Snapshot,
    outages: &BTreeMap<AccountKey, Outage>,
    next: &mut Memory,
    notices: &mut BTreeSet<Notice>,
) {
    for (key, outage) in outages.iter().filter(|(_, outage)| outage.now) {
        let Some(since) = outage.to_tell(next.outages.get(&key.to_string())) else { continue };
        let days = if since > 0 { format!(" for {since} days") } else { String::new() };
        let message = format!(
            "account {key} has clicks as always and next to no conversions{days}: rules about conversions wait until it \
             counts again, and those over days that were not counted until these are past"
        );
        notices.insert(Notice { code: "tracking-outage", message, blind: None });
    }
    next.outages = remembered(snapshot, outages, std::mem::take(&mut next.outages));
}

/// Remembers one object: streaks always, changes when they are made, proposed or imagined.
fn remember(
    (stage, next): (Stage, &mut Memory),
    (due, name): (&Due<'_>, &str),
    snapshot: &Snapshot,
    (address, mut mood): (&Address, Mood),
    intent: Option<&Intent>,
    outcome: &Outcome,
) {
    let Due { rule, account, .. } = due;
    let now = snapshot.now;
    // Every rule that is due is known since the run began.
    let Some(memory) = next.rules.get_mut(name) else { return };
    let made = matches!(outcome, Outcome::Act);
    // What a guard refused or another rule won changes nothing, also where it is only imagined.
    let said = matches!(outcome.decided(), Outcome::Act | Outcome::Propose { .. });
    let counts = made || (stage == Stage::Rehearsal && matches!(outcome.decided(), Outcome::Act));
    let changes: &[Planned] = intent.filter(|_| said).map_or(&[], |intent| &intent.changes);
    for change in changes {
        mood.acted.insert(change.field.clone(), now);
        if matches!(change.direction, Direction::Pause | Direction::Resume) {
            mood.turned.insert(change.field.clone(), change.direction);
        }
        match change.change {
            Change::Pause { until } if made => mood.pause = Some(Pause { since: now, until }),
            Change::Resume if made => {
                mood.pause = None;
                mood.resumes = mood.resumes.saturating_add(1);
            }
            _ => {}
        }
    }
    if mood == Mood::default() {
        memory.objects.remove(address);
    } else {
        memory.objects.insert(address.clone(), mood);
    }
    if !counts || !changes.iter().any(|change| change.claims) {
        return;
    }
    if let Some(today) = today(snapshot, account) {
        let day = memory.days.entry(account.name.clone()).or_insert((today, 0));
        *day = if day.0 == today { (today, day.1.saturating_add(1)) } else { (today, 1) };
    }
    for change in changes.iter().filter(|change| change.moves()) {
        let made = FieldMemory { at: now, direction: change.direction, rule: rule.key.clone() };
        next.fields.entry(change.object.clone()).or_default().insert(change.field.clone(), made);
    }
}

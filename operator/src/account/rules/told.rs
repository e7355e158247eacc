//! What rules came to, small enough to be kept beside their runs and told in statuses, also after a restart.

use std::collections::BTreeMap;

use adplane_core::overlay::{Settled, Standing};
use adplane_core::rules::{Intent, Memory, ObjectRun, Outcome, RuleKey, RuleMemory, RuleRun, Run, sentence};
use adplane_engine::rules::{Stage, Task};
use adplane_engine::state::{StateDir, StateError, write_atomically};
use adplane_manifest::load::DocumentKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::gather::World;
use super::FOLDER;
use crate::cache::ResourceKey;
use crate::context::Context;

/// Wishes that are told of a rule.
const WANTED: usize = 10;

/// What the rules of an account came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Told {
    /// By rule.
    pub rules: BTreeMap<String, RuleTold>,
    /// The value of the annotation that lifts a suspension, as last seen, by rule.
    pub lifted: BTreeMap<String, String>,
}

/// What a rule came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RuleTold {
    /// When it ran last.
    pub ran: Option<Timestamp>,
    /// Objects that it looked at.
    pub objects: usize,
    /// Those on which it wanted something.
    pub fired: usize,
    /// Those of which it could not say.
    pub unknown: usize,
    /// Why, of the most of them.
    pub because: Option<String>,
    /// What it wanted.
    pub wanted: Vec<String>,
    /// Proposals that are open.
    pub proposed: usize,
    /// Overrides that count.
    pub in_force: usize,
    /// Why it is suspended.
    pub suspended: Option<String>,
}

impl Told {
    /// Takes up a run.
    pub(super) fn ran(&mut self, run: &Run, now: Timestamp) {
        for one in &run.runs {
            let told = self.rules.entry(one.rule.name.to_string()).or_default();
            told.ran(one, now);
        }
    }

    /// How rules stand now; those that are gone are forgotten.
    pub(super) fn stand(&mut self, world: &World, memory: &Memory, tasks: &[Task]) {
        let there = |name: &str| {
            let key = ResourceKey::new(DocumentKind::AutomationRule, world.key.namespace.as_str(), name);
            world.resources.iter().any(|resource| resource.key == key && resource.deleting.is_none())
        };
        for rule in &world.wanted.rules {
            self.rules.entry(rule.key.name.to_string()).or_default();
        }
        self.rules.retain(|name, _| there(name));
        self.lifted.retain(|name, _| there(name));
        let counts = |settled: &&Settled| {
            !settled.overlay.pool && !matches!(settled.standing, Standing::Ended(_) | Standing::Unproven)
        };
        let settled = &world.wanted.desired.overlays.settled;
        for (name, told) in &mut self.rules {
            let of_rule = |rule: &RuleKey| rule.name.as_str() == name;
            let open =
                tasks.iter().filter(|task| task.stage == Stage::Proposed && of_rule(&task.intent.rule));
            told.proposed = open.count();
            let theirs = settled
                .iter()
                .filter(counts)
                .filter(|settled| settled.overlay.rule.as_ref().is_some_and(|rule| rule.as_str() == name));
            told.in_force = theirs.count();
            let known = memory.rules.get(&format!("{}/{name}", world.key.namespace));
            told.suspended = known.filter(|known| known.is_suspended()).map(suspended);
        }
    }
}

impl RuleTold {
    fn ran(&mut self, run: &RuleRun, now: Timestamp) {
        let unknown: Vec<&ObjectRun> =
            run.objects.iter().filter(|one| *one.outcome.decided() == Outcome::Unknown).collect();
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for reason in unknown.iter().filter_map(|one| one.told.reason.as_deref()) {
            *reasons.entry(reason).or_default() += 1;
        }
        let most = reasons.into_iter().max_by_key(|(_, count)| *count);
        let fired = || run.objects.iter().filter_map(|one| Some((one, one.intent.as_deref()?)));
        self.ran = Some(now);
        self.objects = run.objects.len();
        self.unknown = unknown.len();
        self.because = most.map(|(reason, _)| reason.to_owned());
        self.fired = fired().count();
        self.wanted = fired().take(WANTED).map(|(one, intent)| wish(one, intent)).collect();
    }

    /// The same on further accounts.
    fn add(&mut self, other: &Self) {
        self.ran = self.ran.max(other.ran);
        self.objects += other.objects;
        self.fired += other.fired;
        self.unknown += other.unknown;
        self.because = self.because.take().or_else(|| other.because.clone());
        self.wanted.extend(other.wanted.iter().cloned());
        self.wanted.truncate(WANTED);
        self.proposed += other.proposed;
        self.in_force += other.in_force;
        self.suspended = self.suspended.take().or_else(|| other.suspended.clone());
    }
}

/// What a rule wanted of an object, and what became of it.
fn wish(one: &ObjectRun, intent: &Intent) -> String {
    let each: Vec<String> = intent.changes.iter().map(|planned| planned.change.to_string()).collect();
    let became = match &one.outcome {
        Outcome::Act => "it does that".to_owned(),
        Outcome::Shadow { would } => match would.decided() {
            Outcome::Act => "it would do that".to_owned(),
            other => format!("it would not simply do that: {}", sentence(other)),
        },
        other => sentence(other),
    };
    format!("{}: {}: {became}", one.object.short(), each.join("; "))
}

/// Why a rule is suspended, and what to do.
pub(super) fn suspended(memory: &RuleMemory) -> String {
    format!(
        "{} of its {} writes failed; when that is mended, a new value of the annotation `adplane.io/lift` lets it go on",
        memory.failures, memory.attempts
    )
}

/// What is told of the rules that this account reports on: of all accounts that this replica looks after.
pub(super) fn merged(context: &Context, world: &World, own: &Told) -> BTreeMap<ResourceKey, RuleTold> {
    let rules = world.reports.iter().filter(|key| key.kind == DocumentKind::AutomationRule);
    let mut elsewhere: BTreeMap<_, Told> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for key in rules {
        let mut told = own.rules.get(&*key.name).cloned().unwrap_or_default();
        for account in context.cache.accounts_of(key).into_iter().filter(|account| *account != world.key) {
            let theirs = elsewhere.entry(account).or_insert_with_key(|account| read(&context.state(account)));
            if let Some(theirs) = theirs.rules.get(&*key.name) {
                told.add(theirs);
            }
        }
        found.insert(key.clone(), told);
    }
    found
}

fn file(state: &StateDir) -> std::path::PathBuf {
    state.root().join(FOLDER).join("told.json")
}

/// What was told last; nothing where that cannot be read, which the next run mends.
pub(super) fn read(state: &StateDir) -> Told {
    let text = std::fs::read(file(state)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Keeps what is told, where it changed.
pub(super) fn keep(state: &StateDir, told: &Told) -> Result<(), StateError> {
    if read(state) == *told {
        return Ok(());
    }
    let text = serde_json::to_vec(told).unwrap_or_default();
    write_atomically(&file(state), &text)
}

#[cfg(test)]
mod tests;

//! From a task to overlays: what it puts in force, and whether it still may.

use std::collections::BTreeSet;

use adplane_core::address::Address;
use adplane_core::desired::{Desired, DesiredObject};
use adplane_core::field::{FieldOwner, FieldPath};
use adplane_core::ids::ObjectName;
use adplane_core::overlay::{HeldState, Overlay, STATE, Setting, Target};
use adplane_core::rules::{Cadence, Change, Mode, Planned, Rule, Snapshot};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::task::{Stage, Task, moves};
use crate::state::{Overrides, StateError};

/// How long an amount counts that a rule put in force: then git's returns, in a plan that says so.
const AMOUNT_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);
/// How long a platform may show what was before a write.
pub const LAG: SignedDuration = SignedDuration::from_mins(10);
/// Characters of a rule's name in that of its overlay.
const NAMED: usize = 40;
/// Digits of what an overlay is about in its name.
const DIGITS: usize = 12;

/// Where it is kept what rules put in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In local state. What was written anywhere else is of whoever wrote it there.
    LocalState,
    /// In the `Override`s of a cluster, each of which was written somewhere. What names a rule is the rule's.
    Cluster,
}

impl Place {
    /// That of a project.
    pub fn of(desired: &Desired) -> Self {
        if desired.cluster.is_some() { Self::Cluster } else { Self::LocalState }
    }

    /// Whether an overlay is kept here, and not what somebody wrote elsewhere.
    pub fn is_kept(self, overlay: &Overlay) -> bool {
        self == Self::Cluster || overlay.origin.is_none()
    }
}

/// What a task does to overlays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Puts one in force, in place of what rules had there.
    Put(Overlay),
    /// Takes the rule's own back.
    Lift {
        /// The rule.
        rule: ObjectName,
        /// Whose.
        object: Target,
        /// Which field.
        path: FieldPath,
    },
}

/// What becomes of an open task now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is carried out.
    Go(Vec<Effect>),
    /// It waits.
    Wait(String),
    /// It is given up.
    Drop(String),
}

/// Since when a rule's amount is in force, by its end.
pub fn since(expires: Timestamp) -> Timestamp {
    expires.checked_sub(AMOUNT_FOR).unwrap_or(Timestamp::MIN)
}

/// What becomes of a task that is to be done.
///
/// What is in force already is brought to the platform whatever the rule says by now: the overlay holds until it ends.
/// What is not is judged again by what stops rules at this instant.
pub fn next(task: &Task, desired: &Desired, rules: &[Rule], snapshot: &Snapshot, now: Timestamp) -> Next {
    let rule = rules.iter().find(|rule| rule.key == task.intent.rule);
    let Some(rule) = rule else { return Next::Drop("the rule is not in git any more".to_owned()) };
    let effects = match effects(task, desired) {
        Ok(effects) => effects,
        Err(why) => return Next::Drop(why),
    };
    // Where it is on disk it counts no more, and git's amount returns by git's own plan.
    if let Some(until) = over(task, now) {
        return Next::Drop(format!("it was to count until {until}"));
    }
    if task.stage == Stage::InForce || has_begun(&effects, &desired.overlays.given, Place::of(desired)) {
        return Next::Go(effects);
    }
    if task.by.is_none() && rule.mode != Mode::Act {
        return Next::Drop(format!("the rule's mode is `{}` by now", rule.mode.word()));
    }
    if rule.revision != task.revision {
        return Next::Drop("the rule has changed since".to_owned());
    }
    if task.until <= now {
        return Next::Drop(format!("it was not put in force by {}", task.until));
    }
    match stopped(task, snapshot) {
        Some(why) => Next::Wait(why),
        None => Next::Go(effects),
    }
}

/// The end of what a task puts in force, where that has come.
fn over(task: &Task, now: Timestamp) -> Option<Timestamp> {
    moves(&task.intent).find_map(|planned| match planned.change {
        Change::Budget { until, .. } => until.filter(|until| *until <= now),
        _ => None,
    })
}

/// Whether a part of what a task does to overlays is done already: whoever was cut off in the middle has decided, and what
/// is on disk counts for every plan.
pub fn has_begun(effects: &[Effect], given: &[Overlay], place: Place) -> bool {
    effects.iter().any(|effect| match effect {
        Effect::Put(overlay) => given.iter().any(|kept| same_decision(overlay, kept)),
        Effect::Lift { .. } => !given.iter().any(|kept| replaces(effect, kept, place)),
    })
}

/// What stops a task at this instant, as it would have stopped the decision.
fn stopped(task: &Task, snapshot: &Snapshot) -> Option<String> {
    use adplane_core::freeze::Allow;
    let each = task.intent.claims().find_map(|(object, field)| {
        let Some(account) = snapshot.account(object) else {
            return Some(format!("the account of {} was not read", object.short()));
        };
        if let Some(why) = account.killed.as_ref().or(account.halted.as_ref()) {
            return Some(why.clone());
        }
        match account.frozen {
            Some(Allow::Nothing) => return Some("a freeze window is closed".to_owned()),
            Some(freeze @ Allow::LowerSpend) if !task.intent.passes(freeze) => {
                return Some("a freeze window lets spend fall and nothing else".to_owned());
            }
            _ => {}
        }
        let hold = snapshot.objects.get(object).and_then(|object| object.hold.as_ref());
        let person = hold.map(|hold| format!("{} holds {}: {}", hold.by, object.short(), hold.reason));
        person.or_else(|| snapshot.overridden(object, field))
    });
    each.or_else(|| snapshot.crowded.get(&task.digest).cloned())
}

/// What a task does to overlays; an error where git lends nobody the field.
///
/// # Errors
/// Why it cannot be put in force, as a sentence fragment.
pub fn effects(task: &Task, desired: &Desired) -> Result<Vec<Effect>, String> {
    moves(&task.intent).map(|planned| effect(task, planned, desired)).collect()
}

fn effect(task: &Task, planned: &Planned, desired: &Desired) -> Result<Effect, String> {
    let object = desired
        .object(&planned.object)
        .ok_or_else(|| format!("{} is not in the YAML any more", planned.object.short()))?;
    let put = |setting: Setting, expires: Option<Timestamp>| {
        Ok(Effect::Put(Overlay {
            name: name(task, planned)?,
            object: Target::of(&planned.object),
            setting,
            pool: false,
            rule: Some(task.intent.rule.name.clone()),
            evidence: Some(task.intent.evidence.clone()),
            expires: expires.unwrap_or(Overlay::OPEN_ENDED),
            reason: Some(planned.change.to_string()),
            origin: None,
        }))
    };
    match &planned.change {
        Change::Pause { .. } => {
            may_pause(object)?;
            // It counts until the rule lets go of it, or a person does: nothing begins to spend because a date has come.
            // A rule whose hold has an end decides the resume when it is there, with its limits and safeguards.
            put(Setting::State(HeldState::Paused), None)
        }
        Change::Resume => {
            may_pause(object)?;
            Ok(Effect::Lift {
                rule: task.intent.rule.name.clone(),
                object: Target::of(&planned.object),
                path: FieldPath::new(STATE),
            })
        }
        Change::Budget { from, to, cadence: Cadence::Daily, until } => {
            let owner = object.field(planned.field.as_str()).map(|field| &field.owner);
            match owner {
                Some(FieldOwner::Managed(managed)) if managed.initial.currency() == to.currency() => {
                    let open = task.at.checked_add(AMOUNT_FOR).ok();
                    // What a cut leaves above git's amount ends when the raise does that it comes from.
                    let raise = managed.overlay.as_ref().map(|moved| moved.by.expires);
                    let raise = raise.filter(|_| to < from && *to > managed.initial);
                    put(Setting::DailyBudget(*to), until.or_else(|| raise.into_iter().chain(open).min()))
                }
                _ => Err(format!("git does not lend the daily budget of {}", planned.object.short())),
            }
        }
        _ => Err(format!("git owns `{}` of {}", planned.field, planned.object.short())),
    }
}

fn may_pause(object: &DesiredObject) -> Result<(), String> {
    if object.rules_may_pause {
        return Ok(());
    }
    Err(format!("git does not let rules pause {} (`rulesMayPause`)", object.address.short()))
}

/// The name of an overlay follows from what it is about, so that writing it again writes the same.
fn name(task: &Task, planned: &Planned) -> Result<ObjectName, String> {
    named(&task.intent.rule.name, &planned.object, &planned.field)
}

/// The name of an overlay of a rule or a pool about a field: no other has it.
pub(crate) fn named(rule: &ObjectName, object: &Address, field: &str) -> Result<ObjectName, String> {
    // The rule as a whole: the beginning of a long name may be that of another.
    let about = serde_json::to_vec(&(rule, object, field)).unwrap_or_default();
    let digits = HEXLOWER.encode(&Sha256::digest(about));
    let rule = rule.as_str();
    let rule = rule.get(..NAMED).unwrap_or(rule).trim_end_matches(['-', '.']);
    let digits = digits.get(..DIGITS).unwrap_or(&digits);
    ObjectName::new(format!("{rule}-{digits}")).map_err(|error| error.to_string())
}

/// Overlays as they are once effects have come about. Amounts of other rules give way: they were in force when this was
/// computed. A pause of another rule stays that rule's.
pub fn foreseen(given: &[Overlay], effects: &[Effect], place: Place) -> Vec<Overlay> {
    let mut found = given.to_vec();
    for effect in effects {
        found.retain(|overlay| !replaces(effect, overlay, place));
        if let Effect::Put(overlay) = effect {
            found.push(overlay.clone());
        }
    }
    found
}

/// Whether an overlay goes when an effect comes about; what a person wrote in git never does, nor what a pool put there,
/// which may have the name of a rule.
pub fn replaces(effect: &Effect, overlay: &Overlay, place: Place) -> bool {
    let of_rule = !overlay.pool && place.is_kept(overlay);
    let Some(author) = overlay.rule.as_ref().filter(|_| of_rule) else { return false };
    match effect {
        Effect::Put(new) => {
            let same = new.object == overlay.object && new.setting.path() == overlay.setting.path();
            same && (new.rule.as_ref() == Some(author) || matches!(new.setting, Setting::DailyBudget(_)))
        }
        Effect::Lift { rule, object, path } => {
            author == rule && *object == overlay.object && *path == overlay.setting.path()
        }
    }
}

/// Brings effects about, on disk. What is so already stays as it is, so that a call that was cut off is made again.
///
/// # Errors
/// When a file cannot be read, written or removed; what came about before stays.
pub fn bring_about(overrides: &Overrides, effects: &[Effect]) -> Result<(), StateError> {
    for effect in effects {
        // First what is new: where this is cut off, what spends least counts, and the rest follows with the next run.
        if let Effect::Put(overlay) = effect {
            overrides.put(overlay)?;
        }
        for kept in overrides.all()? {
            let is_it = matches!(effect, Effect::Put(new) if *new == kept || same_decision(new, &kept));
            if !is_it && replaces(effect, &kept, Place::LocalState) {
                overrides.remove(&kept)?;
            }
        }
    }
    Ok(())
}

/// Whether an overlay is the one that was put, which may have been there with another end.
pub fn same_decision(new: &Overlay, kept: &Overlay) -> bool {
    new.object == kept.object
        && new.rule == kept.rule
        && new.evidence == kept.evidence
        && new.setting == kept.setting
        && new.pool == kept.pool
}

/// Holds of rules on objects that somebody runs again by hand, with the task that made each.
///
/// Only of what was live for longer than a platform takes to show a write: before, it may show what was.
pub fn resumed<'t>(tasks: &'t [Task], snapshot: &Snapshot, now: Timestamp) -> Vec<&'t Task> {
    use adplane_core::rules::State;
    let mut seen = BTreeSet::new();
    let newest = tasks.iter().rev().filter(|task| {
        task.intent.claims().any(|(object, field)| *object == task.intent.object && field == STATE)
            && matches!(task.stage, Stage::Decided | Stage::InForce | Stage::Written)
            && seen.insert((task.intent.rule.clone(), task.intent.object.clone()))
    });
    let by_hand = newest.filter(|task| {
        let live = snapshot.objects.get(&task.intent.object);
        live.is_some_and(|object| object.state == Some(State::Active))
            && task.pauses(&task.intent.object)
            && task.stage == Stage::Written
            && now.duration_since(task.since) >= LAG
    });
    by_hand.collect()
}

#[cfg(test)]
mod tests;

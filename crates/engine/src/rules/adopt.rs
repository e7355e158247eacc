//! Taking up what rules have in force and nobody here remembers: local state was lost, and the overlays were not.
//!
//! A hold is its rule's own again, so that its release finds it. When it was made is not known, so that everything rests
//! from now on: what was lost never makes a rule act sooner. Nor is it known what the account's day began with, so that
//! nothing is raised before its next one.

use adplane_core::address::Address;
use adplane_core::desired::Desired;
use adplane_core::field::FieldOwner;
use adplane_core::overlay::{DAILY_BUDGET, Overlay, Setting, Settled, Standing};
use adplane_core::rules::{Direction, FieldMemory, Memory, Pause, Rule, RuleKey};
use compact_str::CompactString;
use jiff::Timestamp;

use super::store::{RunStore, RunStoreError};

/// Remembers overlays of rules of which neither a task nor a memory is left; which they are. `desired` is settled.
///
/// # Errors
/// When the store cannot be used.
pub fn adopt(
    desired: &Desired,
    rules: &[Rule],
    store: &mut RunStore,
    now: Timestamp,
) -> Result<Vec<Overlay>, RunStoreError> {
    let memory = store.memory()?;
    let mut lost: Vec<(RuleKey, &Settled)> = Vec::new();
    for settled in &desired.overlays.settled {
        let Some(key) = author(settled, rules) else { continue };
        if is_remembered(&memory, &key, settled) {
            continue;
        }
        let tasks = store.tasks_of(&settled.address)?;
        if !tasks.iter().any(|task| task.intent.rule == key) {
            lost.push((key, settled));
        }
    }
    if lost.is_empty() {
        return Ok(Vec::new());
    }
    store.move_on(&[], now, |memory| {
        for (key, settled) in &lost {
            remember(memory, key, settled, desired, now);
        }
    })?;
    Ok(lost.into_iter().map(|(_, settled)| settled.overlay.clone()).collect())
}

/// The rule that has an overlay in force.
fn author(settled: &Settled, rules: &[Rule]) -> Option<RuleKey> {
    let overlay = &settled.overlay;
    let name = overlay.rule.as_ref().filter(|_| !overlay.pool)?;
    let ended = matches!(settled.standing, Standing::Ended(_));
    let known =
        rules.iter().find(|rule| rule.key.name == *name && rule.key.namespace == overlay.object.namespace);
    known.filter(|_| !ended).map(|rule| rule.key.clone())
}

fn field(overlay: &Overlay) -> CompactString {
    CompactString::from(overlay.setting.path().as_str())
}

fn is_remembered(memory: &Memory, key: &RuleKey, settled: &Settled) -> bool {
    let mood = memory.mood(key, &settled.address);
    mood.is_some_and(|mood| match settled.overlay.setting {
        Setting::State(_) => mood.pause.is_some(),
        Setting::DailyBudget(_) => mood.acted.contains_key(&field(&settled.overlay)),
    })
}

fn remember(memory: &mut Memory, key: &RuleKey, settled: &Settled, desired: &Desired, now: Timestamp) {
    let (address, overlay) = (&settled.address, &settled.overlay);
    let direction = direction(desired, address, overlay);
    let mood = memory.rules.entry(key.to_string()).or_default().objects.entry(address.clone()).or_default();
    mood.acted.insert(field(overlay), now);
    if matches!(overlay.setting, Setting::State(_)) {
        mood.turned.insert(field(overlay), direction);
        mood.pause = Some(Pause { since: now, until: None });
    }
    if let Some(account) = desired.accounts.get(&address.account_key()) {
        memory.lost.insert(account.key.to_string(), now.to_zoned(account.zone.rules()).date());
    }
    let made = FieldMemory { at: now, direction, rule: key.clone() };
    memory.fields.entry(address.clone()).or_default().insert(field(overlay), made);
}

/// Which way it went from what git says.
fn direction(desired: &Desired, address: &Address, overlay: &Overlay) -> Direction {
    let Setting::DailyBudget(amount) = overlay.setting else { return Direction::Pause };
    let owner =
        desired.object(address).and_then(|object| object.field(DAILY_BUDGET)).map(|field| &field.owner);
    match owner {
        Some(FieldOwner::Managed(managed)) if amount > managed.initial => Direction::Raise,
        _ => Direction::Cut,
    }
}

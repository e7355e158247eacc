//! The gate before a rule acts: git says `act`, and the record says for how many days it was in shadow, saying the same.
//!
//! Days are counted where rules run for good, and not where they are only tried. A rule that waits is in shadow, so that
//! each day on which it runs brings it nearer.

use std::borrow::Cow;
use std::collections::BTreeSet;

use adplane_core::metrics::Day;
use adplane_core::rules::{Memory, Mode, ObjectRun, Outcome, Rule, Run, Shadowed, Snapshot};

/// Days that are remembered: more than any gate asks for.
const MOST: usize = 366;

/// The rules as they may be run now: one whose gate is closed is in shadow.
pub(super) fn gated<'r>(rules: &'r [Rule], memory: &Memory) -> Cow<'r, [Rule]> {
    if rules.iter().all(|rule| held_back(rule, memory).is_none()) {
        return Cow::Borrowed(rules);
    }
    let mut gated = rules.to_vec();
    for rule in gated.iter_mut().filter(|rule| held_back(rule, memory).is_some()) {
        rule.mode = Mode::Shadow;
    }
    Cow::Owned(gated)
}

/// Why a rule is still in shadow though git says that it acts.
pub fn held_back(rule: &Rule, memory: &Memory) -> Option<String> {
    let need = rule.promote.filter(|_| rule.mode == Mode::Act)?.shadow_days;
    let known = memory.rule(&rule.key).and_then(|known| known.shadowed.as_ref());
    let days = known.filter(|known| known.revision == rule.shadow_revision).map(|known| known.days.len());
    let have = u32::try_from(days.unwrap_or(0)).unwrap_or(u32::MAX);
    let days = if need == 1 { "day" } else { "days" };
    (have < need).then(|| {
        format!("`promote` asks for {need} {days} in shadow before `mode: act` counts, and there are {have}")
    })
}

/// Why a rule only records by now, whatever it decided or proposed before.
pub(super) fn only_records(rule: &Rule, memory: &Memory) -> Option<String> {
    let by_git = || "the rule only records by now: its mode is `shadow`".to_owned();
    let waits = |why| format!("the rule only records by now: {why}");
    (rule.mode == Mode::Shadow).then(by_git).or_else(|| held_back(rule, memory).map(waits))
}

/// Counts the days of a run for the gates of its rules, and says in its records which rules waited.
pub(super) fn count(run: &mut Run, rules: &[Rule], memory: &Memory, snapshot: &Snapshot) {
    for record in &mut run.runs {
        let Some(rule) = rules.iter().find(|rule| rule.key == record.rule) else { continue };
        record.held_back = held_back(rule, memory);
        // A day on which nothing could be judged shows nothing of a rule.
        let judged = |one: &ObjectRun| !matches!(one.outcome, Outcome::Unknown | Outcome::NotRunning);
        if rule.promote.is_none() || record.mode != Mode::Shadow || !record.objects.iter().any(judged) {
            continue;
        }
        let account = snapshot
            .accounts
            .iter()
            .find(|(key, _)| key.namespace == rule.key.namespace && key.name == record.account);
        let Some((_, account)) = account else { continue };
        let day = record.at.to_zoned(account.zone.rules()).date();
        add(
            run.memory.rules.entry(rule.key.to_string()).or_default().shadowed.get_or_insert_default(),
            rule,
            day,
        );
    }
}

fn add(known: &mut Shadowed, rule: &Rule, day: Day) {
    if known.revision != rule.shadow_revision {
        *known = Shadowed { revision: rule.shadow_revision.clone(), days: BTreeSet::new() };
    }
    known.days.insert(day);
    while known.days.len() > MOST {
        known.days.pop_first();
    }
}

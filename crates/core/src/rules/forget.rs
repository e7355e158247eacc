//! What is remembered only as long as it means something: streaks of what a rule says now, of objects that it looks at,
//! and times that some rest could still count from.

use jiff::{SignedDuration, Timestamp};

use super::memory::{Memory, Mood};
use super::peers::Peers;
use super::run::Due;

/// Longer than any rest but a cooldown that a rule sets itself.
const RESTED: SignedDuration = SignedDuration::from_hours(24 * 30);
/// A rule that did not run for so long is gone.
const GONE: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Begins streaks anew where a rule says something else than in its last run.
pub(super) fn renew(memory: &mut Memory, due: &[Due<'_>]) {
    for due in due {
        let known = memory.rules.entry(due.rule.key.to_string()).or_default();
        if known.revision != due.rule.revision {
            known.revision.clone_from(&due.rule.revision);
            known.objects.values_mut().for_each(end_streaks);
        }
    }
}

/// Drops what no later run could ask for. `looked` holds the objects that each due rule looked at.
pub(super) fn forget(memory: &mut Memory, due: &[Due<'_>], looked: &[Peers<'_>], now: Timestamp) {
    for (due, looked) in due.iter().zip(looked) {
        let Some(known) = memory.rules.get_mut(&due.rule.key.to_string()) else { continue };
        let longest = due.rule.limits.cooldown.map_or(RESTED, |cooldown| cooldown.max(RESTED));
        known.objects.retain(|address, mood| {
            if address.account_key() != due.account {
                return true;
            }
            mood.acted.retain(|_, at| now.duration_since(*at) <= longest);
            let Mood { acted, turned, .. } = mood;
            turned.retain(|field, _| acted.contains_key(field));
            if looked.all().binary_search_by(|placed| placed.address.cmp(address)).is_ok() {
                return *mood != Mood::default();
            }
            // It is gone, or out of scope. What the rule paused stays its own: it may come back.
            end_streaks(mood);
            mood.pause.is_some() || !mood.acted.is_empty()
        });
    }
    memory.fields.retain(|_, fields| {
        fields.retain(|_, made| now.duration_since(made.at) <= RESTED);
        !fields.is_empty()
    });
    memory.rules.retain(|_, rule| {
        let ran = rule.ran.values().max();
        let lives = ran.is_none_or(|ran| now.duration_since(*ran) <= GONE);
        lives || rule.is_suspended() || rule.objects.values().any(|mood| mood.pause.is_some())
    });
}

fn end_streaks(mood: &mut Mood) {
    mood.true_for = 0;
    mood.unknown_for = 0;
    mood.wanted.clear();
}

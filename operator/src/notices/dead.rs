//! Dead letters: what was given up is told where people look, and tried again or dropped when they ask for that.
//!
//! Messages lie by account, so the account's status tells what was given up of it, and each replica does what is asked of
//! a policy with the accounts that it looks after. What was asked is remembered beside the messages: a value that stays
//! does nothing again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use adplane_core::address::AccountKey;
use adplane_engine::notify::{Delivery, Outbox, Shelf, Trouble};
use adplane_engine::state::{StateDir, StateError, write_atomically};
use adplane_manifest::load::DocumentKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cache::{Resource, ResourceKey};
use crate::context::Context;
use crate::events::{Happening, of_resource};
use crate::names;

/// Messages that a status names.
const NAMED: usize = 5;
/// Digits of an id that are shown.
const DIGITS: usize = 12;

/// What was asked of a policy last, by annotation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Asked {
    retry: String,
    drop: String,
}

/// What becomes of the dead letters of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Retry,
    Drop,
}

/// What was given up of an account, in words; nothing where nothing was.
pub fn given_up(state: &StateDir) -> Option<String> {
    let outbox = Outbox::of(state);
    // Whoever cannot read it says so when messages are sent.
    let dead = outbox.read(Shelf::Dead).unwrap_or_default().deliveries;
    let (count, first) = (dead.len(), dead.iter().take(NAMED).map(shown).collect::<Vec<_>>().join("; "));
    let more = count.saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let are = if count == 1 { "message was" } else { "messages were" };
    (count > 0).then(|| format!("{count} {are} given up: {first}{more}. {}", ask()))
}

fn shown(delivery: &Delivery) -> String {
    let id = delivery.id.get(..DIGITS).unwrap_or(&delivery.id);
    let what = match delivery.events.as_slice() {
        [event] => format!("\"{}\"", event.title),
        events => format!("{} events", events.len()),
    };
    let error = delivery.error.as_deref().unwrap_or_default();
    format!("{} ({id}, {}): {what}: {error}", delivery.place(), delivery.created)
}

fn ask() -> String {
    let (retry, drop) = (names::RETRY_DEAD_LETTERS, names::DROP_DEAD_LETTERS);
    format!(
        "A new value of the annotation `adplane.io/{retry}` of the NotificationPolicy tries them again, `adplane.io/{drop}` forgets them"
    )
}

/// Does what people asked of dead letters of an account since.
///
/// # Errors
/// When the outbox cannot be read or written.
pub(super) fn heed(context: &Context, key: &AccountKey, now: Timestamp) -> Result<(), StateError> {
    let outbox = Outbox::of(&context.state(key));
    let policies = context.cache.in_namespace(DocumentKind::NotificationPolicy, key.namespace.as_str());
    for (policy, order, count) in obey(&outbox, &policies, now)? {
        tracing::info!(account = %key, policy, ?order, messages = count, "dead letters: somebody asked for it");
    }
    Ok(())
}

/// What was done for each policy of which something new was asked.
fn obey(
    outbox: &Outbox,
    policies: &[Arc<Resource>],
    now: Timestamp,
) -> Result<Vec<(String, Order, usize)>, StateError> {
    let file = file(outbox);
    let known: BTreeMap<String, Asked> =
        std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let asked: BTreeMap<String, Asked> =
        policies.iter().map(|policy| (policy.key.name.to_string(), asked(policy))).collect();
    if asked == known {
        return Ok(Vec::new());
    }
    let mut done = Vec::new();
    for (policy, asked) in &asked {
        let before = known.get(policy).cloned().unwrap_or_default();
        let dead = outbox.read(Shelf::Dead)?.deliveries;
        let theirs = dead.into_iter().filter(|delivery| delivery.policy.as_str() == policy);
        let theirs: BTreeSet<String> = theirs.map(|delivery| delivery.id).collect();
        let is_theirs = |delivery: &Delivery| theirs.contains(&delivery.id);
        // Of both at once, the one that loses nothing.
        if !asked.retry.is_empty() && asked.retry != before.retry {
            done.push((policy.clone(), Order::Retry, outbox.retry(&is_theirs, now)?));
        } else if !asked.drop.is_empty() && asked.drop != before.drop {
            done.push((policy.clone(), Order::Drop, outbox.discard(&[Shelf::Dead], &is_theirs)?));
        }
    }
    // Last: a crash before it does the same again, to what is left.
    write_atomically(&file, &serde_json::to_vec(&asked).unwrap_or_default())?;
    Ok(done)
}

fn asked(policy: &Resource) -> Asked {
    let value = |annotation| policy.annotation(annotation).unwrap_or_default().to_owned();
    Asked { retry: value(names::RETRY_DEAD_LETTERS), drop: value(names::DROP_DEAD_LETTERS) }
}

fn file(outbox: &Outbox) -> PathBuf {
    outbox.root().join("asked.json")
}

/// Tells people who look at the policy that messages were given up.
pub(super) async fn tell(context: &Context, key: &AccountKey, trouble: &Trouble) {
    let Some((policy, channel)) = trouble.place.split_once('/').and_then(|(_, rest)| rest.split_once('/'))
    else {
        return;
    };
    let key_of = ResourceKey::new(DocumentKind::NotificationPolicy, key.namespace.as_str(), policy);
    let Some(resource) = context.cache.get(&key_of) else { return };
    let Trouble { dead, message, .. } = trouble;
    let note = format!("{channel}: {dead} given up of account {}: {message}. {}", key.name, ask());
    context.events.publish(&of_resource(&resource), Happening::MessageGivenUp, &note).await;
}

#[cfg(test)]
mod tests;

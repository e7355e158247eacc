//! Review of ads: pending for a while, then approved, or disapproved by a magic word (meta-ads.md §8).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::kind::Kind;
use super::store::{self, Node};
use crate::world::{Change, Object, Vendor, World};

/// Whoever's text holds this word fails review.
const MAGIC_WORD: &str = "DISAPPROVE-ME";
/// Sandbox seconds between a change and its outcome, unless option `review_seconds` says otherwise.
const DEFAULT_SECONDS: &str = "60";
/// The earliest pending outcome, so that most requests look at one number only.
const NEXT: &str = "next_review";
const REVIEWS: &str = "reviews";
const FEEDBACK: &str = "ad_review_feedback";

/// Whether an ad waits for its review.
pub(super) fn is_pending(world: &World, ad: &str) -> bool {
    store::note(world, REVIEWS).is_some_and(|map| map.contains_key(ad))
}

/// Sends an ad to review.
pub(super) fn start(world: &mut World, node: &Node) {
    let seconds: i64 = world.option("review_seconds", DEFAULT_SECONDS).parse().unwrap_or(60);
    let due = world.now.as_second().saturating_add(seconds);
    store::note_mut(world, REVIEWS).insert(node.id.clone(), json!(due));
    let next = next_due(world).map_or(due, |next| next.min(due));
    set_next(world, Some(next));
    settle(world);
}

/// Sends the ads of an ad set to review.
pub(super) fn start_children(world: &mut World, account: &str, ad_set: &str) {
    let ads: Vec<String> = store::children(world, ad_set, Kind::Ad).into_iter().map(str::to_owned).collect();
    for ad in ads {
        start(world, &Node::new(Kind::Ad, account, &ad));
    }
}

/// Decides the reviews whose time has come.
pub(super) fn settle(world: &mut World) {
    let now = world.now.as_second();
    if next_due(world).is_none_or(|next| next > now) {
        return;
    }
    let pending = store::note_mut(world, REVIEWS);
    let is_due = |due: &Value| due.as_i64().is_none_or(|due| due <= now);
    let due: Vec<(String, i64)> = pending
        .iter()
        .filter(|(_, at)| is_due(at))
        .map(|(ad, at)| (ad.clone(), at.as_i64().unwrap_or(now)))
        .collect();
    for (ad, _) in &due {
        pending.remove(ad);
    }
    let next = pending.values().filter_map(Value::as_i64).min();
    set_next(world, next);
    for (ad, at) in due {
        if let Some(node) = store::locate(world, &ad) {
            decide(world, &node, Timestamp::from_second(at).unwrap_or(world.now));
        }
    }
}

fn next_due(world: &World) -> Option<i64> {
    world.notes.get(&Vendor::Meta)?.get(NEXT)?.as_i64()
}

fn set_next(world: &mut World, next: Option<i64>) {
    world.notes.entry(Vendor::Meta).or_default().insert(NEXT.to_owned(), json!(next));
}

/// Stores the outcome, as of the moment it was due.
fn decide(world: &mut World, node: &Node, at: Timestamp) {
    let refused = store::object(world, &node.account, Kind::Ad, &node.id)
        .and_then(|ad| ad.get("creative")?.get("id")?.as_str())
        .and_then(|id| store::object(world, &node.account, Kind::Creative, id))
        .is_some_and(|creative| Value::Object(creative.clone()).to_string().contains(MAGIC_WORD));
    let feedback = if refused {
        let reason = "Your ad was not approved: its text breaks the advertising standards of the sandbox.";
        json!({"global": {"Unacceptable Content": reason}})
    } else {
        Value::Null
    };
    let Some(account) = world.account_mut(Vendor::Meta, &node.account) else { return };
    let Some(ad) = account.collection_mut("ads").get_mut(&node.id) else { return };
    let former = ad.shift_remove(FEEDBACK).unwrap_or(Value::Null);
    if refused {
        ad.insert(FEEDBACK.to_owned(), feedback.clone());
    }
    // An outcome is no edit: `updated_time` stays, and the history shows the vendor as the actor.
    account.history.push(Change {
        at,
        actor: "Meta".to_owned(),
        via_api: false,
        collection: "ads".to_owned(),
        id: node.id.clone(),
        operation: "UPDATE".to_owned(),
        before: Object::from_iter([(FEEDBACK.to_owned(), former)]),
        after: Object::from_iter([(FEEDBACK.to_owned(), feedback)]),
    });
}

/// The instants at which pending reviews are decided.
pub(super) fn dues(world: &World) -> Vec<Timestamp> {
    let pending = store::note(world, REVIEWS).into_iter().flat_map(|map| map.values());
    pending.filter_map(|due| Timestamp::from_second(due.as_i64()?).ok()).collect()
}

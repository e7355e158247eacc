//! Review of ads and of assets in asset groups: in progress first, an outcome after a while. Source: google-ads.md
//! §3.5 (Review), §3.6.
//!
//! The option `review_seconds` says how long it takes in sandbox time, 60 by default. The outcome is made up from
//! words in the ad's texts, so that both can be practised.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::names::id_of;
use super::rules::ad::mentions;
use crate::world::{Account, Vendor, World};

/// An ad with this word in a text is disapproved.
const DISAPPROVED_WORD: &str = "DISAPPROVE-ME";
/// An ad with this word in a text is approved with limits.
const LIMITED_WORD: &str = "LIMIT-ME";

const DUE: &str = "review/";
const LATEST: &str = "reviewing/";

/// Starts reviews: of ads, named by their id in `adGroupAds`, and of links, by theirs in `assetGroupAssets`.
pub(super) fn begin(world: &mut World, customer: &str, ads: &[String]) {
    let seconds = world.option("review_seconds", "60").parse().unwrap_or(60);
    let now = world.now;
    let due = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
    for id in ads {
        set_summary(world, customer, id, json!({"reviewStatus": "REVIEW_IN_PROGRESS"}));
        let notes = world.notes.entry(Vendor::Google).or_default();
        let due = key(due);
        notes.insert(format!("{LATEST}{customer}/{id}"), json!(due));
        notes.insert(format!("{DUE}{due}/{customer}/{id}"), Value::Null);
    }
    if seconds == 0 {
        settle(world, now);
    }
}

/// Instants as text that sorts like time.
fn key(instant: Timestamp) -> String {
    format!("{:015}", instant.as_millisecond())
}

/// When the next review ends.
pub(super) fn next_due(world: &World) -> Option<Timestamp> {
    let notes = world.notes.get(&Vendor::Google)?;
    let (next, _) = notes.range(DUE.to_owned()..).next()?;
    let millis = next.strip_prefix(DUE)?.split('/').next()?.parse().ok()?;
    Timestamp::from_millisecond(millis).ok()
}

/// Ends the reviews that are due.
pub(super) fn settle(world: &mut World, now: Timestamp) {
    let Some(notes) = world.notes.get_mut(&Vendor::Google) else { return };
    let end = format!("{DUE}{}/~", key(now));
    let due: Vec<String> = notes.range(DUE.to_owned()..end).map(|(note, _)| note.clone()).collect();
    let mut ended = Vec::new();
    for note in due {
        notes.remove(&note);
        let mut parts = note.strip_prefix(DUE).unwrap_or_default().splitn(3, '/');
        let (Some(due), Some(customer), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let latest = format!("{LATEST}{customer}/{id}");
        // An edit meanwhile began another review, which ends later.
        if notes.get(&latest).and_then(Value::as_str) == Some(due) {
            notes.remove(&latest);
            ended.push((customer.to_owned(), id.to_owned()));
        }
    }
    for (customer, id) in ended {
        let outcome =
            world.account(Vendor::Google, &customer).and_then(|account| Some(outcome(&shown(account, &id)?)));
        if let Some(outcome) = outcome {
            set_summary(world, &customer, &id, outcome);
        }
    }
}

/// The collection of what is reviewed: a link's id has a part more than an ad's.
fn collection(id: &str) -> &'static str {
    if id.matches('~').count() == 2 { "assetGroupAssets" } else { "adGroupAds" }
}

/// What the reviewer looks at.
fn shown(account: &Account, id: &str) -> Option<Value> {
    let reviewed = account.get(collection(id), id)?;
    match reviewed.get("asset").and_then(Value::as_str) {
        Some(name) => account.get("assets", id_of(name)).cloned().map(Value::Object),
        None => reviewed.get("ad").cloned(),
    }
}

fn outcome(ad: &Value) -> Value {
    let entry = |kind: &str, word: &str| json!([{"topic": "SANDBOX_WORD", "type": kind, "evidences": [{"textList": {"texts": [word]}}]}]);
    if mentions(ad, DISAPPROVED_WORD) {
        json!({
            "policyTopicEntries": entry("PROHIBITED", DISAPPROVED_WORD),
            "reviewStatus": "REVIEWED",
            "approvalStatus": "DISAPPROVED",
        })
    } else if mentions(ad, LIMITED_WORD) {
        json!({
            "policyTopicEntries": entry("LIMITED", LIMITED_WORD),
            "reviewStatus": "REVIEWED",
            "approvalStatus": "APPROVED_LIMITED",
        })
    } else {
        json!({"reviewStatus": "REVIEWED", "approvalStatus": "APPROVED"})
    }
}

fn set_summary(world: &mut World, customer: &str, id: &str, summary: Value) {
    let ad = world
        .account_mut(Vendor::Google, customer)
        .and_then(|account| account.collections.get_mut(collection(id))?.get_mut(id));
    if let Some(ad) = ad {
        ad.insert("policySummary".into(), summary);
    }
}

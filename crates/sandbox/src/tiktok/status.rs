//! Delivery states: what an object's own switch, its parents, its schedule and its review add up to.
//!
//! "Enumeration - Status"; `secondary_status` is computed at every read and never written by a client.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::world::{Account, Object, Vendor, World};

use super::clock;
use super::json::{objects, set, text, text_or_empty, texts};
use super::store::{self, Kind, Lane, Level};

/// Switch positions at create.
pub(super) const CREATE: &[&str] = &["ENABLE", "DISABLE"];
/// Switch positions of a status update.
pub(super) const SWITCH: &[&str] = &["ENABLE", "DISABLE", "DELETE"];
/// Primary states of lists.
pub(super) const PRIMARY: &[&str] = &[
    "STATUS_ALL",
    "STATUS_NOT_DELETE",
    "STATUS_DELETE",
    "STATUS_DELIVERY_OK",
    "STATUS_DISABLE",
    "STATUS_NOT_DELIVERY",
    "STATUS_TIME_DONE",
    "STATUS_RF_CLOSED",
    "STATUS_FROZEN",
    "STATUS_CLOSED",
];

/// An ad with this word in a text is refused by the simulated review.
const MAGIC_WORD: &str = "DISAPPROVE-ME";

/// Sets the switch of a new object: on unless sent as off.
///
/// Manual creates once ignored `DISABLE` without an allowlist; option `tiktok.create_disable=ignore` still does.
pub(super) fn apply_at_create(world: &World, object: &mut Object) {
    let ignored = world.option("tiktok.create_disable", "honour") == "ignore";
    if ignored || text(object, "operation_status").is_none() {
        set(object, "operation_status", "ENABLE");
    }
}

/// The outcome of the review of an ad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Review {
    First,
    Again,
    Denied,
    Passed,
}

/// Remembers that an ad goes to review now, for the first time or after an edit.
pub(super) fn send_to_review(world: &mut World, advertiser: &str, kind: Kind, ad: &str, again: bool) {
    let end = clock::stamp(world.now + review_time(world));
    let waiting = serde_json::json!({"advertiser": advertiser, "collection": kind.collection(), "ad": ad});
    store::set_note(world, format!("waiting/{end}/{ad}"), waiting);
    let note = serde_json::json!({"since": clock::stamp(world.now), "again": again});
    store::set_note(world, format!("review/{ad}"), note);
}

fn review(world: &World, kind: Kind, ad: &Object) -> Review {
    let (done_at, again) = review_end(world, kind, ad);
    match (done_at <= world.now, again) {
        (true, _) if texts_of_ad(ad).any(|text| text.contains(MAGIC_WORD)) => Review::Denied,
        (true, _) => Review::Passed,
        (false, true) => Review::Again,
        (false, false) => Review::First,
    }
}

/// When an ad's review ends, and whether it is one after an edit.
fn review_end(world: &World, kind: Kind, ad: &Object) -> (Timestamp, bool) {
    let note = store::note(world, &format!("review/{}", text_or_empty(ad, kind.id_member())));
    let since = note.and_then(|note| note.get("since")).and_then(Value::as_str);
    let since = since.or_else(|| text(ad, "create_time")).and_then(clock::parse);
    let again = note.and_then(|note| note.get("again")).and_then(Value::as_bool).unwrap_or(false);
    (since.map_or(Timestamp::UNIX_EPOCH, |since| since + review_time(world)), again)
}

fn review_time(world: &World) -> SignedDuration {
    SignedDuration::from_secs(world.option("review_seconds", "60").parse().unwrap_or(60))
}

/// Brings the stored state of ads up to date whose review has ended.
pub(super) fn end_reviews(world: &mut World) {
    let now = clock::stamp(world.now);
    let Some(notes) = world.notes.get_mut(&Vendor::Tiktok) else { return };
    // `0` follows `/`: the range ends after all notes of this second.
    let due: Vec<(String, Value)> = notes
        .range("waiting/".to_owned()..format!("waiting/{now}0"))
        .map(|(key, note)| (key.clone(), note.clone()))
        .collect();
    for (key, _) in &due {
        notes.remove(key);
    }
    for note in due.iter().filter_map(|(_, note)| note.as_object()) {
        if let Some(kind) = Kind::of_collection(text_or_empty(note, "collection")) {
            refresh(world, text_or_empty(note, "advertiser"), kind, text_or_empty(note, "ad"));
        }
    }
}

/// When an ad passed its review; never for a refused one, nor for one that waits.
pub(super) fn passed_at(world: &World, kind: Kind, ad: &Object) -> Option<Timestamp> {
    (review(world, kind, ad) == Review::Passed).then(|| review_end(world, kind, ad).0)
}

/// Whether the review refused an ad.
pub(super) fn is_denied(world: &World, kind: Kind, ad: &Object) -> bool {
    review(world, kind, ad) == Review::Denied
}

fn texts_of_ad(ad: &Object) -> impl Iterator<Item = &str> {
    let listed = objects(ad, "ad_text_list").filter_map(|item| text(item, "ad_text"));
    text(ad, "ad_text").into_iter().chain(texts(ad, "ad_texts")).chain(listed)
}

/// Note of a state that an edit through the test controls gave an object.
pub(super) fn held_key(id: &str) -> String {
    format!("held/{id}")
}

/// The computed state of an object, or the one that an edit gave it.
pub(super) fn secondary(world: &World, account: &Account, kind: Kind, object: &Object) -> String {
    let held = store::note(world, &held_key(text_or_empty(object, kind.id_member())));
    if let Some(held) = held.and_then(Value::as_str) {
        return held.to_owned();
    }
    match kind.level {
        Level::Campaign => format!("CAMPAIGN_STATUS_{}", of_campaign(world, object)),
        Level::AdGroup => format!("ADGROUP_STATUS_{}", of_adgroup(world, account, kind.lane, object)),
        Level::Ad => format!("AD_STATUS_{}", of_ad(world, account, kind, object)),
    }
}

fn switch(object: &Object) -> &str {
    text_or_empty(object, "operation_status")
}

fn of_campaign(world: &World, campaign: &Object) -> &'static str {
    match switch(campaign) {
        "DELETE" => "DELETE",
        "DISABLE" => "DISABLE",
        "FROZEN" => "FROZEN",
        _ if super::spend::is_used_up(world, Level::Campaign, campaign) => "BUDGET_EXCEED",
        _ => "ENABLE",
    }
}

fn parent<'a>(
    account: &'a Account,
    lane: Lane,
    level: Level,
    object: &Object,
    member: &str,
) -> Option<&'a Object> {
    account.get(Kind::new(lane, level).collection(), text_or_empty(object, member))
}

fn of_adgroup(world: &World, account: &Account, lane: Lane, group: &Object) -> &'static str {
    let campaign = parent(account, lane, Level::Campaign, group, "campaign_id");
    let above = campaign.map_or("", switch);
    match switch(group) {
        "DELETE" => return "DELETE",
        _ if above == "DELETE" => return "CAMPAIGN_DELETE",
        "FROZEN" => return "FROZEN",
        _ => {}
    }
    if !has_ads(world, account, lane, group) {
        return "CREATE";
    }
    if switch(group) == "DISABLE" {
        return "DISABLE";
    }
    if above == "DISABLE" {
        return "CAMPAIGN_DISABLE";
    }
    if is_over(group, world.now) {
        return "TIME_DONE";
    }
    if campaign.is_some_and(|campaign| super::spend::is_used_up(world, Level::Campaign, campaign)) {
        return "CAMPAIGN_EXCEED";
    }
    if super::spend::is_used_up(world, Level::AdGroup, group) {
        return "BUDGET_EXCEED";
    }
    if is_early(group, world.now) {
        return "NOT_START";
    }
    of_reviews(world, account, lane, group)
}

/// What the reviews of its ads make of a running ad group.
fn of_reviews(world: &World, account: &Account, lane: Lane, group: &Object) -> &'static str {
    let kind = Kind::new(lane, Level::Ad);
    let ads = live_ads(world, account, lane, group);
    let reviews: Vec<Review> = ads.map(|ad| review(world, kind, ad)).collect();
    let any = |wanted: &[Review]| reviews.iter().any(|review| wanted.contains(review));
    let (passed, waiting) = (any(&[Review::Passed]), any(&[Review::First, Review::Again]));
    match (passed, waiting, any(&[Review::Denied])) {
        (true, true, _) => "PARTIAL_AUDIT_DELIVERY_OK",
        (true, false, _) => "DELIVERY_OK",
        (false, true, _) if any(&[Review::Again]) => "REAUDIT",
        (false, true, _) => "AUDIT",
        (false, false, true) => "AUDIT_DENY",
        (false, false, false) => "CREATE",
    }
}

fn live_ads<'a>(
    world: &'a World,
    account: &'a Account,
    lane: Lane,
    group: &'a Object,
) -> impl Iterator<Item = &'a Object> {
    let ads = Kind::new(lane, Level::Ad).collection();
    store::children(world, text_or_empty(group, "adgroup_id"))
        .into_iter()
        .filter_map(move |id| account.get(ads, id))
        .filter(|ad| !store::is_deleted(ad))
}

fn has_ads(world: &World, account: &Account, lane: Lane, group: &Object) -> bool {
    live_ads(world, account, lane, group).next().is_some()
}

fn of_ad(world: &World, account: &Account, kind: Kind, ad: &Object) -> &'static str {
    let group = parent(account, kind.lane, Level::AdGroup, ad, "adgroup_id");
    let campaign = parent(account, kind.lane, Level::Campaign, ad, "campaign_id");
    let (group_switch, campaign_switch) = (group.map_or("", switch), campaign.map_or("", switch));
    match (switch(ad), group_switch, campaign_switch) {
        ("DELETE", _, _) => return "DELETE",
        (_, "DELETE", _) => return "ADGROUP_DELETE",
        (_, _, "DELETE") => return "CAMPAIGN_DELETE",
        ("DISABLE", _, _) => return "DISABLE",
        _ => {}
    }
    match review(world, kind, ad) {
        Review::First => return "AUDIT",
        Review::Again => return "REAUDIT",
        Review::Denied => return "AUDIT_DENY",
        Review::Passed => {}
    }
    let exceeded = |level, object: Option<&Object>| {
        object.is_some_and(|object| super::spend::is_used_up(world, level, object))
    };
    match (group_switch, campaign_switch) {
        ("DISABLE", _) => "ADGROUP_DISABLE",
        (_, "DISABLE") => "CAMPAIGN_DISABLE",
        _ if group.is_some_and(|group| is_over(group, world.now)) => "DONE",
        _ if exceeded(Level::Campaign, campaign) => "CAMPAIGN_EXCEED",
        _ if exceeded(Level::AdGroup, group) => "BUDGET_EXCEED",
        _ if group.is_some_and(|group| is_early(group, world.now)) => "NOT_START",
        _ => "DELIVERY_OK",
    }
}

fn is_over(group: &Object, now: Timestamp) -> bool {
    text(group, "schedule_end_time").and_then(clock::parse).is_some_and(|end| end <= now)
}

fn is_early(group: &Object, now: Timestamp) -> bool {
    text(group, "schedule_start_time").and_then(clock::parse).is_some_and(|start| start > now)
}

/// Whether an object or one of its parents was deleted.
pub(super) fn is_gone(account: &Account, kind: Kind, object: &Object) -> bool {
    let deleted =
        |level, member| parent(account, kind.lane, level, object, member).is_some_and(store::is_deleted);
    store::is_deleted(object)
        || (kind.level != Level::Campaign && deleted(Level::Campaign, "campaign_id"))
        || (kind.level == Level::Ad && deleted(Level::AdGroup, "adgroup_id"))
}

/// Whether a computed state passes a `primary_status` filter; by default deleted objects are hidden.
///
/// Objects under a deleted parent count as deleted (unverified).
pub(super) fn passes(primary: Option<&str>, secondary: &str) -> bool {
    let ends = |endings: &[&str]| endings.iter().any(|ending| secondary.ends_with(ending));
    let deleted = ends(&["_DELETE"]);
    let delivers = ends(&["_DELIVERY_OK", "CAMPAIGN_STATUS_ENABLE"]);
    let disabled = ends(&["_DISABLE"]);
    match primary.unwrap_or("STATUS_NOT_DELETE") {
        "STATUS_ALL" => true,
        "STATUS_DELETE" => deleted,
        "STATUS_DELIVERY_OK" => delivers,
        "STATUS_DISABLE" => disabled,
        "STATUS_NOT_DELIVERY" => !deleted && !delivers && !disabled,
        "STATUS_TIME_DONE" => ends(&["_TIME_DONE", "_STATUS_DONE"]),
        "STATUS_FROZEN" => ends(&["_FROZEN"]),
        "STATUS_RF_CLOSED" | "STATUS_CLOSED" => false,
        _ => !deleted,
    }
}

/// Brings the stored `secondary_status` of an object, of what is below and of its ad group up to date.
pub(super) fn refresh(world: &mut World, advertiser: &str, kind: Kind, id: &str) {
    let mut touched = vec![(kind, id.to_owned())];
    if let Some(account) = world.account(Vendor::Tiktok, advertiser)
        && let Some(group) = account.get(kind.collection(), id).and_then(|object| text(object, "adgroup_id"))
    {
        touched.push((Kind::new(kind.lane, Level::AdGroup), group.to_owned()));
    }
    let mut at = 0;
    while let Some((kind, id)) = touched.get(at).cloned() {
        let below = match kind.level {
            Level::Campaign => Some(Level::AdGroup),
            Level::AdGroup if at == 0 || touched[0].0.level == Level::Campaign => Some(Level::Ad),
            _ => None,
        };
        if let Some(level) = below {
            touched.extend(
                store::children(world, &id).into_iter().map(|id| (Kind::new(kind.lane, level), id.into())),
            );
        }
        at += 1;
    }
    for (kind, id) in touched {
        let Some(account) = world.account(Vendor::Tiktok, advertiser) else { return };
        let Some(object) = account.get(kind.collection(), &id) else { continue };
        let state = secondary(world, account, kind, object);
        if let Some(account) = world.account_mut(Vendor::Tiktok, advertiser)
            && let Some(object) = account.collection_mut(kind.collection()).get_mut(&id)
        {
            set(object, "secondary_status", state);
        }
    }
}

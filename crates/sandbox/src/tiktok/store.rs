//! Objects of both lanes in the shared world: finding, adding, changing, and the indexes beside them.
//!
//! The indexes live in the vendor's notes and are rebuilt when the collections were filled from outside.

use serde_json::Value;

use crate::world::{Account, Change, Object, Vendor, World};

use super::clock;
use super::errors::{NO_PERMISSION, NOT_FOUND, Refusal};
use super::json::{set, text, text_or_empty};

/// First id handed out: ids are text of 19 digits.
const FIRST_ID: u64 = 1_849_000_000_000_000_001;

/// The two ways to make campaigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// `/campaign/…`, `/adgroup/…`, `/ad/…`.
    Manual,
    /// `/smart_plus/…`.
    SmartPlus,
}

/// The three levels of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Campaigns.
    Campaign,
    /// Ad groups.
    AdGroup,
    /// Ads.
    Ad,
}

/// A kind of object: its lane and its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// The lane.
    pub lane: Lane,
    /// The level.
    pub level: Level,
}

/// All kinds with a collection of their own.
pub(super) const KINDS: [Kind; 6] = [
    Kind::new(Lane::Manual, Level::Campaign),
    Kind::new(Lane::SmartPlus, Level::Campaign),
    Kind::new(Lane::Manual, Level::AdGroup),
    Kind::new(Lane::SmartPlus, Level::AdGroup),
    Kind::new(Lane::Manual, Level::Ad),
    Kind::new(Lane::SmartPlus, Level::Ad),
];

impl Kind {
    /// A kind by lane and level.
    pub(super) const fn new(lane: Lane, level: Level) -> Self {
        Self { lane, level }
    }

    /// The kind whose objects a collection holds.
    pub(super) fn of_collection(collection: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.collection() == collection)
    }

    /// Name of the collection.
    pub(super) const fn collection(self) -> &'static str {
        match (self.lane, self.level) {
            (Lane::Manual, Level::Campaign) => "campaigns",
            (Lane::Manual, Level::AdGroup) => "adgroups",
            (Lane::Manual, Level::Ad) => "ads",
            (Lane::SmartPlus, Level::Campaign) => "smart_plus_campaigns",
            (Lane::SmartPlus, Level::AdGroup) => "smart_plus_adgroups",
            (Lane::SmartPlus, Level::Ad) => "smart_plus_ads",
        }
    }

    /// The member that holds the id.
    pub(super) const fn id_member(self) -> &'static str {
        match (self.lane, self.level) {
            (_, Level::Campaign) => "campaign_id",
            (_, Level::AdGroup) => "adgroup_id",
            (Lane::Manual, Level::Ad) => "ad_id",
            (Lane::SmartPlus, Level::Ad) => "smart_plus_ad_id",
        }
    }

    /// The member that holds the name.
    pub(super) const fn name_member(self) -> &'static str {
        match self.level {
            Level::Campaign => "campaign_name",
            Level::AdGroup => "adgroup_name",
            Level::Ad => "ad_name",
        }
    }

    /// The member that holds the parent's id.
    const fn parent_member(self) -> Option<&'static str> {
        match self.level {
            Level::Campaign => None,
            Level::AdGroup => Some("campaign_id"),
            Level::Ad => Some("adgroup_id"),
        }
    }

    /// The same level in the other lane.
    const fn sibling(self) -> Self {
        match self.lane {
            Lane::Manual => Self { lane: Lane::SmartPlus, ..self },
            Lane::SmartPlus => Self { lane: Lane::Manual, ..self },
        }
    }

    /// What the vendor calls it in messages.
    pub(super) const fn word(self) -> &'static str {
        match self.level {
            Level::Campaign => "Campaign",
            Level::AdGroup => "Adgroup",
            Level::Ad => "Ad",
        }
    }
}

/// An account the caller may use.
pub(super) fn account<'w>(world: &'w World, advertiser: &str) -> Result<&'w Account, Refusal> {
    world.account(Vendor::Tiktok, advertiser).ok_or_else(|| no_permission(advertiser))
}

/// The same, to write to.
pub(super) fn account_mut<'w>(world: &'w mut World, advertiser: &str) -> Result<&'w mut Account, Refusal> {
    world.account_mut(Vendor::Tiktok, advertiser).ok_or_else(|| no_permission(advertiser))
}

fn no_permission(advertiser: &str) -> Refusal {
    Refusal::new(NO_PERMISSION, format!("No permission to operate advertiser {advertiser}."))
}

/// The account's own object.
pub(super) fn advertiser<'w>(world: &'w World, advertiser: &str) -> Result<&'w Object, Refusal> {
    Ok(&account(world, advertiser)?.object)
}

/// The account's currency.
pub(super) fn currency(world: &World, advertiser: &str) -> String {
    world
        .account(Vendor::Tiktok, advertiser)
        .map_or("USD", |account| text_or_empty(&account.object, "currency"))
        .to_owned()
}

/// Whether an object was deleted.
pub(super) fn is_deleted(object: &Object) -> bool {
    text(object, "operation_status") == Some("DELETE")
}

/// An object that must exist, not be deleted, and belong to the lane.
///
/// The endpoints of one lane refuse objects of the other ("Upgraded Smart+", differences from manual).
pub(super) fn live<'w>(
    world: &'w World,
    advertiser: &str,
    kind: Kind,
    id: &str,
) -> Result<&'w Object, Refusal> {
    let account = account(world, advertiser)?;
    if let Some(object) = account.get(kind.collection(), id) {
        if is_deleted(object) {
            return Err(Refusal::new(
                NOT_FOUND,
                format!("{} does not exist or has been deleted. {} {id}.", kind.word(), kind.id_member()),
            ));
        }
        return Ok(object);
    }
    if account.get(kind.sibling().collection(), id).is_some() {
        let lane = match kind.lane {
            Lane::Manual => "an Upgraded Smart+ object: use the /smart_plus/ endpoints",
            Lane::SmartPlus => "not an Upgraded Smart+ object: use the manual endpoints",
        };
        return Err(super::errors::invalid(format!("{} {id} is {lane}.", kind.word())));
    }
    Err(Refusal::new(NOT_FOUND, format!("{} does not exist. {} {id}.", kind.word(), kind.id_member())))
}

/// A fresh id.
pub(super) fn fresh_id(world: &mut World) -> String {
    world.fresh_id(Vendor::Tiktok, FIRST_ID)
}

/// Adds an object under a fresh id and answers the id.
pub(super) fn insert(
    world: &mut World,
    advertiser: &str,
    kind: Kind,
    mut object: Object,
) -> Result<String, Refusal> {
    settle(world, advertiser, kind, &object);
    trim_name(kind, &mut object);
    let id = fresh_id(world);
    let stamp = clock::stamp(world.now);
    set(&mut object, kind.id_member(), id.clone());
    set(&mut object, "create_time", stamp.clone());
    set(&mut object, "modify_time", stamp);
    index(world, advertiser, kind, &id, &object);
    let change = Change {
        at: world.now,
        actor: "sandbox-user".into(),
        via_api: true,
        collection: kind.collection().into(),
        id: id.clone(),
        operation: "CREATE".into(),
        before: Object::new(),
        after: object
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
    };
    let account = account_mut(world, advertiser)?;
    account.collection_mut(kind.collection()).insert(id.clone(), object);
    account.history.push(change);
    note_size(world, advertiser);
    Ok(id)
}

/// Sets members of an object, recording what really changed; answers whether anything did.
pub(super) fn update(
    world: &mut World,
    advertiser: &str,
    kind: Kind,
    id: &str,
    changes: &Object,
    by: &Author<'_>,
) -> Result<bool, Refusal> {
    let now = world.now;
    let mut changes = changes.clone();
    trim_name(kind, &mut changes);
    if let Some(object) = account(world, advertiser)?.get(kind.collection(), id).cloned() {
        settle(world, advertiser, kind, &object);
    }
    let account = account_mut(world, advertiser)?;
    let Some(object) = account.collection_mut(kind.collection()).get_mut(id) else { return Ok(false) };
    let (mut before, mut after) = (Object::new(), Object::new());
    for (name, value) in &changes {
        if object.get(name) != Some(value) {
            before.insert(name.clone(), object.get(name).cloned().unwrap_or(Value::Null));
            after.insert(name.clone(), value.clone());
            object.insert(name.clone(), value.clone());
        }
    }
    if after.is_empty() {
        return Ok(false);
    }
    set(object, "modify_time", clock::stamp(now));
    let renamed = after.contains_key(kind.name_member()).then(|| object.clone());
    let operation = if text(&after, "operation_status") == Some("DELETE") { "REMOVE" } else { "UPDATE" };
    account.history.push(Change {
        at: now,
        actor: by.name.into(),
        via_api: by.via_api,
        collection: kind.collection().into(),
        id: id.into(),
        operation: operation.into(),
        before,
        after,
    });
    if let Some(object) = renamed {
        index_name(world, advertiser, kind, id, &object);
    }
    Ok(true)
}

/// Names are kept without spaces around them (unverified; the web screens do so).
fn trim_name(kind: Kind, object: &mut Object) {
    if let Some(name) = text(object, kind.name_member()).map(str::trim).map(str::to_owned) {
        set(object, kind.name_member(), name);
    }
}

/// Books what the campaign around an object has delivered, before the object changes.
fn settle(world: &mut World, advertiser: &str, kind: Kind, object: &Object) {
    if let Some(campaign) = text(object, "campaign_id") {
        super::spend::settle(world, advertiser, kind.lane, campaign);
    }
}

/// Who makes a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Author<'a> {
    /// Name in the change history.
    pub name: &'a str,
    /// Whether the change comes through the API.
    pub via_api: bool,
}

/// The user behind the sandbox token.
pub(super) const API: Author<'static> = Author { name: "sandbox-user", via_api: true };

/// A note of this vendor.
pub(super) fn note<'w>(world: &'w World, key: &str) -> Option<&'w Value> {
    world.notes.get(&Vendor::Tiktok)?.get(key)
}

/// Writes a note of this vendor.
pub(super) fn set_note(world: &mut World, key: impl Into<String>, value: impl Into<Value>) {
    world.notes.entry(Vendor::Tiktok).or_default().insert(key.into(), value.into());
}

/// Ids of the objects directly below one, deleted ones included, oldest first.
pub(super) fn children<'w>(world: &'w World, parent: &str) -> Vec<&'w str> {
    list_note(world, &format!("children/{parent}"))
}

/// Whether another campaign that is not deleted bears the name.
pub(super) fn name_is_taken(world: &World, advertiser: &str, name: &str, except: Option<&str>) -> bool {
    let Some(account) = world.account(Vendor::Tiktok, advertiser) else { return false };
    list_note(world, &format!("name/{advertiser}/{name}")).into_iter().any(|id| {
        let found = account.get("campaigns", id).or_else(|| account.get("smart_plus_campaigns", id));
        Some(id) != except
            && found.is_some_and(|other| !is_deleted(other) && text(other, "campaign_name") == Some(name))
    })
}

fn list_note<'w>(world: &'w World, key: &str) -> Vec<&'w str> {
    note(world, key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn push_note(world: &mut World, key: String, id: &str) {
    let notes = world.notes.entry(Vendor::Tiktok).or_default();
    if let Value::Array(ids) = notes.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
        ids.push(id.into());
    }
}

fn index(world: &mut World, advertiser: &str, kind: Kind, id: &str, object: &Object) {
    if let Some(parent) = kind.parent_member().and_then(|member| text(object, member)) {
        push_note(world, format!("children/{parent}"), id);
    }
    index_name(world, advertiser, kind, id, object);
}

fn index_name(world: &mut World, advertiser: &str, kind: Kind, id: &str, object: &Object) {
    if kind.level == Level::Campaign {
        let key = format!("name/{advertiser}/{}", text_or_empty(object, "campaign_name"));
        push_note(world, key, id);
    }
}

fn size(world: &World, advertiser: &str) -> usize {
    let account = world.account(Vendor::Tiktok, advertiser);
    KINDS.iter().filter_map(|kind| account?.collection(kind.collection()).map(indexmap::IndexMap::len)).sum()
}

fn note_size(world: &mut World, advertiser: &str) {
    let size = size(world, advertiser);
    set_note(world, format!("indexed/{advertiser}"), size);
}

/// Rebuilds the indexes of an account whose collections were filled from outside.
pub(super) fn ensure_index(world: &mut World, advertiser: &str) {
    let known = note(world, &format!("indexed/{advertiser}")).and_then(Value::as_u64).unwrap_or(0);
    if known == size(world, advertiser) as u64 {
        return;
    }
    let Some(account) = world.account(Vendor::Tiktok, advertiser) else { return };
    let mut found = Vec::new();
    for kind in KINDS {
        for (id, object) in account.collection(kind.collection()).into_iter().flatten() {
            let slim: Object = [kind.name_member(), "campaign_id", "adgroup_id"]
                .into_iter()
                .filter_map(|member| Some((member.to_owned(), object.get(member)?.clone())))
                .collect();
            found.push((kind, id.clone(), slim));
        }
    }
    if let Some(notes) = world.notes.get_mut(&Vendor::Tiktok) {
        let stale = format!("name/{advertiser}/");
        notes.retain(|key, _| !key.starts_with(&stale));
        for (kind, id, _) in &found {
            if kind.level != Level::Ad {
                notes.remove(&format!("children/{id}"));
            }
        }
    }
    let highest = found.iter().filter_map(|(_, id, _)| id.parse::<u64>().ok()).max().unwrap_or(0);
    let next = world.next_id.entry(Vendor::Tiktok).or_insert(FIRST_ID);
    *next = (*next).max(highest + 1);
    for (kind, id, object) in &found {
        index(world, advertiser, *kind, id, object);
    }
    note_size(world, advertiser);
}

//! State, markers and removal of live objects of every kind.

use adplane_core::marker::Marker;
use adplane_core::plan::Operation as Step;
use adplane_engine::port::WorkItem;
use serde_json::json;

use super::ad_group::ad_resource;
use super::asset_group;
use super::campaign::native_of;
use super::request::{Draft, Operation, Rank, Request};
use crate::google::read::join_name;
use crate::google::wire::parameters::Parameters;
use crate::google::wire::{last, text};

/// Longest name in characters, and in bytes of a budget.
const LONGEST_NAME: usize = 255;
/// Longest name of an asset group.
const LONGEST_GROUP_NAME: usize = 128;

/// Sets the state. Budgets have none; the ad of an asset group runs when its group does.
pub(super) fn set_state(rank: Rank, resource: &str, active: bool) -> Vec<Operation> {
    if matches!(rank, Rank::Budget | Rank::AssetGroupAsset) {
        return Vec::new();
    }
    let mut draft = Draft::default();
    draft.set("status", Some(json!(if active { "ENABLED" } else { "PAUSED" })));
    Operation::update(rank, resource, draft).map(Operation::main).into_iter().collect()
}

/// Removes the object. The vendor keeps it readable and never brings it back.
/// The ad of an asset group goes with its group.
pub(super) fn remove(rank: Rank, resource: &str) -> Vec<Operation> {
    if rank == Rank::AssetGroupAsset {
        return Vec::new();
    }
    vec![Operation::remove(rank, resource).main()]
}

/// Writes another marker, or none. A superseded object also gives its name up for its successor.
pub(super) fn mark(
    item: &WorkItem<'_>,
    rank: Rank,
    resource: &str,
    request: &mut Request<'_>,
) -> Vec<Operation> {
    let Some(native) = native_of(item) else { return Vec::new() };
    let superseded = item.step.operation == Step::Supersede;
    let marker = item
        .change
        .marker
        .as_ref()
        .filter(|_| superseded)
        .map(|marker| Marker { owner: marker.owner.clone(), key: marker.key.superseded() });
    let name = item.live.and_then(|live| live.text("displayName"));
    let freed = match (&marker, name, item.live) {
        (Some(_), Some(name), Some(live)) => {
            let longest = if rank == Rank::AssetGroup { LONGEST_GROUP_NAME } else { LONGEST_NAME };
            Some(replaced_name(name, last(live.id.as_str()), longest))
        }
        _ => None,
    };
    let mut draft = Draft::default();
    if rank == Rank::Budget {
        let name = freed.as_deref().or(name).unwrap_or_default();
        draft.set("name", Some(json!(join_name(name, marker.as_ref()))));
    } else if matches!(rank, Rank::AssetGroup | Rank::AssetGroupAsset) {
        return mark_asset_group(item, rank, marker, freed, request);
    } else {
        let mut parameters = Parameters::read(native);
        parameters.marker = marker;
        draft.set("urlCustomParameters", Some(parameters.wire()));
        if let Some(name) = freed.filter(|_| rank != Rank::AdGroupAd && text(native, "name").is_some()) {
            draft.set("name", Some(json!(name)));
        }
    }
    let (rank, resource) = match (rank, ad_resource(item, request)) {
        (Rank::AdGroupAd, Some(ad)) => (Rank::Ad, ad),
        _ => (rank, resource.to_owned()),
    };
    Operation::update(rank, &resource, draft).map(Operation::main).into_iter().collect()
}

/// A group and its ad carry their markers in the same place.
fn mark_asset_group(
    item: &WorkItem<'_>,
    rank: Rank,
    marker: Option<Marker>,
    freed: Option<String>,
    request: &mut Request<'_>,
) -> Vec<Operation> {
    let Some(live) = item.live else { return Vec::new() };
    let is_ad = rank == Rank::AssetGroupAsset;
    let group = asset_group::group_of(item, request);
    let mut draft = Draft::default();
    let parameters = asset_group::mark(&group, &live.native, marker, is_ad, request);
    draft.set("urlCustomParameters", Some(parameters));
    if let Some(name) = freed.filter(|_| !is_ad) {
        draft.set("name", Some(json!(name)));
    }
    Operation::update(Rank::AssetGroup, &group, draft).map(Operation::main).into_iter().collect()
}

/// The vendor wants names to be unique, so the old object makes room; its id keeps it apart from others that
/// were replaced by the same one.
fn replaced_name(name: &str, id: &str, longest: usize) -> String {
    let ending = format!(" (replaced {id})");
    let room = longest.saturating_sub(ending.len());
    name.chars().take(room).collect::<String>() + &ending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_name_stays_within_the_limit() {
        assert_eq!(replaced_name("Spring", "20000000001", LONGEST_NAME), "Spring (replaced 20000000001)");
        for longest in [LONGEST_NAME, LONGEST_GROUP_NAME] {
            assert_eq!(replaced_name(&"x".repeat(255), "20000000001", longest).chars().count(), longest);
        }
    }
}

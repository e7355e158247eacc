//! Asset groups of Performance Max: the group, and its one ad, which is the group's assets.
//!
//! Both write to the same object of the vendor: their operations are merged ([`super::request::merge`]), and
//! the custom parameters are put together in the request. Links are made and removed in one request, so that the
//! minimum of every kind holds at its end (google-ads.md §3.7).

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::marker::Marker;
use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use adplane_engine::port::WorkItem;
use serde_json::{Value as Json, json};

use super::ad_group::{parent, suffix};
use super::campaign::json_of;
use super::request::{Draft, Operation, Rank, Request};
use super::wanted::{PARAMETERS, Wanted};
use crate::google::read::{asset_value, written};
use crate::google::wire::images::{ASSET_GROUP, ASSET_GROUP_LOGOS};
use crate::google::wire::parameters::Parameters;
use crate::google::wire::{last, local, text, words};

const AUDIENCES: &str = "targeting.audiences.include";
const BUTTON: &str = "creative.callToAction";
const OWN_BUTTON: &str = "creative.google.callToAction";

/// Lists of texts, and the one that is one text, with the field types of their links.
const TEXTS: [(&str, &str); 4] = [
    ("creative.headlines", "HEADLINE"),
    ("creative.longHeadlines", "LONG_HEADLINE"),
    ("creative.descriptions", "DESCRIPTION"),
    ("creative.businessName", "BUSINESS_NAME"),
];

/// Creates an asset group, paused; its ad brings what it must arrive with.
///
/// # Errors
/// When its campaign is not known.
pub(super) fn create(
    item: &WorkItem<'_>,
    request: &mut Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let wanted = Wanted::new(item);
    let campaign = parent(item, request)?;
    let name = request.create(&item.change.address, "assetGroups");
    let mut draft = Draft::default();
    draft.place("resourceName", json!(name));
    draft.place("campaign", json!(campaign));
    draft.place("name", json!(item.change.display_name));
    draft.place("status", json!("PAUSED"));
    write_group(&wanted, &name, request, &mut draft);
    let mut operations = vec![Operation::create(Rank::AssetGroup, Json::Object(draft.object)).main()];
    operations.extend(signals(&wanted, &name));
    Ok(operations)
}

/// Changes a live asset group.
pub(super) fn update(item: &WorkItem<'_>, name: &str, request: &mut Request<'_>) -> Vec<Operation> {
    let wanted = Wanted::new(item);
    let mut draft = Draft::default();
    write_group(&wanted, name, request, &mut draft);
    let mut operations: Vec<Operation> =
        Operation::update(Rank::AssetGroup, name, draft).map(Operation::main).into_iter().collect();
    operations.extend(signals(&wanted, name));
    operations
}

fn write_group(wanted: &Wanted<'_>, name: &str, request: &mut Request<'_>, draft: &mut Draft) {
    if wanted.writes("displayName") {
        draft.set("name", wanted.value("displayName").map(json_of));
    }
    if wanted.marks() || wanted.writes_within(PARAMETERS) {
        let parameters = request.parameters(name, wanted.native("assetGroup"));
        parameters.marker = wanted.marker();
        wanted.other_parameters(parameters);
        draft.set("urlCustomParameters", Some(parameters.wire()));
    }
}

/// Audiences are a signal: created and removed, never changed. Search themes are nobody's business here.
fn signals(wanted: &Wanted<'_>, group: &str) -> Vec<Operation> {
    if !wanted.writes(AUDIENCES) {
        return Vec::new();
    }
    let account = group.rsplit_once("/assetGroups/").map_or("", |(account, _)| account);
    let ids: BTreeSet<&str> = wanted.value(AUDIENCES).into_iter().flat_map(Value::texts).collect();
    let live = wanted.native("signals").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let present: BTreeMap<&str, &str> = live
        .iter()
        .filter_map(|signal| Some((last(text(signal, "audience.audience")?), text(signal, "resourceName")?)))
        .collect();
    let removed = present.iter().filter(|(id, _)| !ids.contains(*id));
    let removed = removed.map(|(_, name)| Operation::remove(Rank::AssetGroupSignalRemoval, name));
    let added = ids.iter().filter(|id| !present.contains_key(*id)).map(|id| {
        let audience = json!({ "audience": format!("{account}/audiences/{id}") });
        let signal = json!({ "assetGroup": group, "audience": audience });
        Operation::create(Rank::AssetGroupSignal, signal).about(AUDIENCES, id)
    });
    removed.chain(added).collect()
}

/// Gives an asset group its assets: those of a new group, or of a live one that gets another ad.
///
/// # Errors
/// When the group is not known, or an asset cannot be used.
pub(super) fn create_ad(
    item: &WorkItem<'_>,
    request: &mut Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let group = parent(item, request)?;
    let native = item.parent.as_ref().and_then(|id| request.asset_groups.get(id).cloned());
    let mut operations = write_ad(&Wanted::new(item), &group, native.as_deref(), request)?;
    let own = operations.iter().position(|operation| operation.rank == Rank::AssetGroupAsset);
    let own = own.or_else(|| operations.iter().position(|operation| operation.rank == Rank::AssetGroup));
    if let Some(operation) = own.and_then(|index| operations.get_mut(index)) {
        operation.main = true;
    }
    Ok(operations)
}

/// Changes the assets of a live group.
///
/// # Errors
/// When an asset cannot be used.
pub(super) fn update_ad(
    item: &WorkItem<'_>,
    request: &mut Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let group = group_of(item, request);
    let native = item.live.map(|live| std::sync::Arc::clone(&live.native));
    write_ad(&Wanted::new(item), &group, native.as_deref(), request)
}

/// The asset group of a live ad: `assetGroups/5` of `assetGroupAssets/5`.
pub(super) fn group_of(item: &WorkItem<'_>, request: &Request<'_>) -> String {
    let number = item.live.map_or("", |live| last(live.id.as_str()));
    request.config.resource(&format!("assetGroups/{number}"))
}

/// The id of the ad behind the resource that an operation of it named.
pub(super) fn ad_id(resource: &str) -> Option<String> {
    let (collection, id) = local(resource).split_once('/')?;
    let number = id.split_once('~').map_or(id, |(group, _)| group);
    matches!(collection, "assetGroups" | "assetGroupAssets")
        .then(|| format!("{}/{number}", crate::google::read::AD_COLLECTION))
}

/// What of the ad lies on the group itself.
fn write_own(
    wanted: &Wanted<'_>,
    group: &str,
    native: Option<&Json>,
    request: &mut Request<'_>,
) -> Option<Operation> {
    let mut draft = Draft::default();
    for path in wanted.written() {
        let value = wanted.value(path.as_str());
        match path.as_str() {
            "creative.landingPage" => draft.set("finalUrls", value.map(|url| json!([json_of(url)]))),
            "creative.google.finalMobileUrls" => draft.set("finalMobileUrls", value.map(json_of)),
            "creative.google.path1" => draft.set("path1", value.map(json_of)),
            "creative.google.path2" => draft.set("path2", value.map(json_of)),
            "creative.google.trackingUrlTemplate" => draft.set("trackingUrlTemplate", value.map(json_of)),
            "creative.google.finalUrlSuffix" | "creative.tracking.utm" => {
                draft.set("finalUrlSuffix", suffix(wanted));
            }
            _ => {}
        }
    }
    if wanted.marks() || wanted.writes_within(PARAMETERS) {
        let live = native.and_then(|native| native.get("assetGroup"));
        let parameters = request.parameters(group, live);
        parameters.ad_marker = wanted.marker();
        wanted.other_parameters(parameters);
        draft.set("urlCustomParameters", Some(parameters.wire()));
    }
    Operation::update(Rank::AssetGroup, group, draft)
}

fn write_ad(
    wanted: &Wanted<'_>,
    group: &str,
    native: Option<&Json>,
    request: &mut Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let mut operations: Vec<Operation> = write_own(wanted, group, native, request).into_iter().collect();
    let live = native.and_then(|native| native.get("links")).and_then(Json::as_array);
    let mut links =
        Links { group, live: live.map_or(&[][..], Vec::as_slice), request, operations: &mut operations };
    for (path, field_type) in TEXTS {
        if wanted.writes(path) {
            links.texts(path, field_type, wanted.value(path));
        }
    }
    for (path, slots) in [("creative.images", &ASSET_GROUP[..]), ("creative.logos", &ASSET_GROUP_LOGOS[..])] {
        if wanted.writes(path) {
            links.pictures(path, slots, wanted.value(path))?;
        }
    }
    if wanted.writes("creative.videos") {
        links.videos(wanted.value("creative.videos"))?;
    }
    if wanted.writes(BUTTON) || wanted.writes(OWN_BUTTON) {
        let neutral = wanted.text(BUTTON).filter(|_| !wanted.writes(OWN_BUTTON) || wanted.writes(BUTTON));
        links.button(neutral.and_then(words::to_wire).or_else(|| wanted.text(OWN_BUTTON)));
    }
    Ok(operations)
}

/// Links of one asset group while they are brought to what is wanted.
struct Links<'a, 'r, 'c> {
    group: &'a str,
    live: &'a [Json],
    request: &'r mut Request<'c>,
    operations: &'r mut Vec<Operation>,
}

impl Links<'_, '_, '_> {
    /// Removes the live links of some field types that are not wanted; the wanted ones that are missing.
    fn stale<'v>(&mut self, field_types: &[&str], wanted: &[&'v str]) -> Vec<&'v str> {
        let mut present = BTreeSet::new();
        for link in written(self.live) {
            let Some(kind) = text(link, "assetGroupAsset.fieldType") else { continue };
            let (Some(asset), true) = (link.get("asset"), field_types.contains(&kind)) else { continue };
            let value = asset_value(asset);
            let known = value.filter(|value| wanted.contains(&value.as_str()));
            // The same content linked twice is once too often.
            match known {
                Some(value) if present.insert(value.clone()) => {}
                _ => {
                    let name = text(link, "assetGroupAsset.resourceName");
                    self.operations
                        .extend(name.map(|name| Operation::remove(Rank::AssetGroupAssetRemoval, name)));
                }
            }
        }
        wanted.iter().copied().filter(|value| !present.contains(*value)).collect()
    }

    fn link(&mut self, asset: &str, field_type: &str, (path, about): (&str, &str)) {
        let link = json!({ "assetGroup": self.group, "asset": asset, "fieldType": field_type });
        self.operations.push(Operation::create(Rank::AssetGroupAsset, link).about(path, about));
    }

    fn texts(&mut self, path: &str, field_type: &str, value: Option<&Value>) {
        let one = value.and_then(Value::as_text);
        let wanted: Vec<&str> = one.into_iter().chain(value.into_iter().flat_map(Value::texts)).collect();
        for words in self.stale(&[field_type], &wanted) {
            let asset = self.request.text_asset(path, words, self.operations);
            self.link(&asset, field_type, (path, words));
        }
    }

    fn pictures(
        &mut self,
        path: &str,
        slots: &'static [crate::google::wire::images::Slot],
        value: Option<&Value>,
    ) -> Result<(), PlatformError> {
        let wanted: Vec<&str> = value.into_iter().flat_map(Value::texts).collect();
        let mut field_types: Vec<&str> = slots.iter().map(|slot| slot.field_type).collect();
        if path == "creative.images" {
            field_types.push("TALL_PORTRAIT_MARKETING_IMAGE");
        }
        for reference in self.stale(&field_types, &wanted) {
            let (asset, slot) = self.request.placed(path, reference, slots, self.operations)?;
            self.link(&asset, slot.field_type, (path, reference));
        }
        Ok(())
    }

    fn videos(&mut self, value: Option<&Value>) -> Result<(), PlatformError> {
        let path = "creative.videos";
        let wanted: Vec<&str> = value.into_iter().flat_map(Value::texts).collect();
        for reference in self.stale(&["YOUTUBE_VIDEO"], &wanted) {
            let asset = self.request.video(path, reference, self.operations)?;
            self.link(&asset, "YOUTUBE_VIDEO", (path, reference));
        }
        Ok(())
    }

    fn button(&mut self, word: Option<&str>) {
        let kind = "CALL_TO_ACTION_SELECTION";
        let live = written(self.live)
            .filter(|link| text(link, "assetGroupAsset.fieldType") == Some(kind))
            .filter(|link| text(link, "asset.callToActionAsset.callToAction") != word);
        let removed = live.filter_map(|link| text(link, "assetGroupAsset.resourceName"));
        self.operations.extend(removed.map(|name| Operation::remove(Rank::AssetGroupAssetRemoval, name)));
        let present = written(self.live)
            .any(|link| word.is_some() && text(link, "asset.callToActionAsset.callToAction") == word);
        if let Some(word) = word.filter(|_| !present) {
            let asset = self.request.button(BUTTON, word, self.operations);
            self.link(&asset, kind, (BUTTON, word));
        }
    }
}

/// Writes another marker of the group or of its ad, or none.
pub(super) fn mark(
    group: &str,
    native: &Json,
    marker: Option<Marker>,
    is_ad: bool,
    request: &mut Request<'_>,
) -> Json {
    let parameters: &mut Parameters = request.parameters(group, native.get("assetGroup"));
    if is_ad {
        parameters.ad_marker = marker;
    } else {
        parameters.marker = marker;
    }
    parameters.wire()
}

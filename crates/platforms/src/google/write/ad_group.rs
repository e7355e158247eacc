//! Ad groups with their criteria, and ads.

use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use adplane_engine::port::WorkItem;
use serde_json::{Value as Json, json};

use super::campaign::{json_of, micros};
use super::request::{Draft, Operation, Rank, Request};
use super::wanted::Wanted;
use super::{criteria, demand_gen, missing_reference};
use crate::google::wire::{at, number, tracking};

/// The resource name of an item's parent, live or created by the same request.
pub(super) fn parent(item: &WorkItem<'_>, request: &Request<'_>) -> Result<String, PlatformError> {
    let live = item.parent.as_ref().map(|id| request.config.resource(id.as_str()));
    live.or_else(|| request.created(item.change.parent.as_ref()).map(str::to_owned))
        .ok_or_else(|| missing_reference("the parent"))
}

/// Creates an ad group, paused, with its criteria.
///
/// # Errors
/// When its campaign is not known.
pub(super) fn create(
    item: &WorkItem<'_>,
    request: &mut Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let wanted = Wanted::new(item);
    let campaign = parent(item, request)?;
    let name = request.create(&item.change.address, "adGroups");
    let mut draft = Draft::default();
    draft.place("resourceName", json!(name));
    draft.place("campaign", json!(campaign));
    draft.place("name", json!(item.change.display_name));
    draft.place("status", json!("PAUSED"));
    write_fields(&wanted, &mut draft);
    let mut operations = vec![Operation::create(Rank::AdGroup, Json::Object(draft.object)).main()];
    operations.extend(criteria::of_ad_group(&wanted, &name, request)?);
    Ok(operations)
}

/// Changes a live ad group.
///
/// # Errors
/// When a region has not been resolved.
pub(super) fn update(
    item: &WorkItem<'_>,
    name: &str,
    request: &Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let wanted = Wanted::new(item);
    let mut draft = Draft::default();
    write_fields(&wanted, &mut draft);
    let mut operations: Vec<Operation> =
        Operation::update(Rank::AdGroup, name, draft).map(Operation::main).into_iter().collect();
    operations.extend(criteria::of_ad_group(&wanted, name, request)?);
    Ok(operations)
}

fn write_fields(wanted: &Wanted<'_>, draft: &mut Draft) {
    for path in wanted.written() {
        let value = wanted.value(path.as_str());
        match path.as_str() {
            "displayName" => draft.set("name", value.map(json_of)),
            "google.type" => draft.set("type", value.map(json_of)),
            "bidding.bid" => draft.set("cpcBidMicros", micros(value)),
            "bidding.amount" => draft.set("targetCpaMicros", micros(value)),
            "bidding.roas" => draft.set("targetRoas", value.and_then(Value::as_decimal).map(number)),
            "google.trackingUrlTemplate" => draft.set("trackingUrlTemplate", value.map(json_of)),
            "google.finalUrlSuffix" => draft.set("finalUrlSuffix", value.map(json_of)),
            _ => {}
        }
    }
    if let Some(parameters) = wanted.parameters(wanted.native("adGroup")) {
        draft.set("urlCustomParameters", Some(parameters));
    }
    if let Some(restrictions) = criteria::targeting_setting(wanted) {
        draft.set("targetingSetting.targetRestrictions", Some(restrictions));
    }
}

/// Creates an ad, paused.
///
/// # Errors
/// When its ad group is not known, or an asset cannot be used.
pub(super) fn create_ad(
    item: &WorkItem<'_>,
    request: &mut Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let wanted = Wanted::new(item);
    let (mut draft, mut operations) = (Draft::default(), Vec::new());
    write_ad(&wanted, request, &mut draft, &mut operations)?;
    let mut object =
        json!({ "adGroup": parent(item, request)?, "status": "PAUSED", "ad": Json::Object(draft.object) });
    if let Some(settings) = demand_gen::automation(&wanted) {
        object["adGroupAdAssetAutomationSettings"] = settings;
    }
    operations.push(Operation::create(Rank::AdGroupAd, object).main());
    Ok(operations)
}

/// Changes the content of a live ad, which keeps its id. That the vendor lets Demand Gen ads be changed is
/// unverified (google-ads.md §3.5).
///
/// # Errors
/// When an asset cannot be used.
pub(super) fn update_ad(
    item: &WorkItem<'_>,
    request: &mut Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let wanted = Wanted::new(item);
    let (mut draft, mut operations) = (Draft::default(), Vec::new());
    write_ad(&wanted, request, &mut draft, &mut operations)?;
    let changed = ad_resource(item, request).and_then(|name| Operation::update(Rank::Ad, &name, draft));
    operations.extend(changed.map(Operation::main));
    Ok(operations)
}

/// `customers/1/ads/77` of a live `adGroupAds/9~77`.
pub(super) fn ad_resource(item: &WorkItem<'_>, request: &Request<'_>) -> Option<String> {
    let (_, ad) = item.live?.id.as_str().split_once('~')?;
    Some(request.config.resource(&format!("ads/{ad}")))
}

fn write_ad(
    wanted: &Wanted<'_>,
    request: &mut Request<'_>,
    draft: &mut Draft,
    operations: &mut Vec<Operation>,
) -> Result<(), PlatformError> {
    for path in wanted.written() {
        let value = wanted.value(path.as_str());
        match path.as_str() {
            "creative.landingPage" => draft.set("finalUrls", value.map(|url| json!([json_of(url)]))),
            "creative.google.finalMobileUrls" => draft.set("finalMobileUrls", value.map(json_of)),
            "creative.google.trackingUrlTemplate" => draft.set("trackingUrlTemplate", value.map(json_of)),
            "creative.google.finalUrlSuffix" | "creative.tracking.utm" => {
                draft.set("finalUrlSuffix", suffix(wanted));
            }
            _ => {}
        }
    }
    match demand_gen::member(wanted) {
        Some(member) => demand_gen::write(wanted, member, request, draft, operations)?,
        None => write_search(wanted, draft),
    }
    let live = wanted.native("adGroupAd").and_then(|holder| at(holder, "ad"));
    if let Some(parameters) = wanted.parameters(live) {
        draft.set("urlCustomParameters", Some(parameters));
    }
    Ok(())
}

/// The content of a responsive search ad.
fn write_search(wanted: &Wanted<'_>, draft: &mut Draft) {
    let search = |leaf: &str| format!("responsiveSearchAd.{leaf}");
    for leaf in ["path1", "path2"] {
        let path = format!("creative.google.{leaf}");
        if wanted.writes(&path) {
            draft.set(&search(leaf), wanted.value(&path).map(json_of));
        }
    }
    let pinned = wanted.writes("creative.google.pins");
    for (list, item) in [("headlines", "headline"), ("descriptions", "description")] {
        let path = format!("creative.{list}");
        if wanted.writes(&path) || (pinned && wanted.value(&path).is_some()) {
            draft.set(&search(list), Some(texts(wanted, &path, item)));
        }
    }
}

/// The suffix that `utm` becomes, or the one written as such; they exclude each other.
pub(super) fn suffix(wanted: &Wanted<'_>) -> Option<Json> {
    let utm = wanted.change.field("creative.tracking.utm").and_then(|field| field.after.as_ref());
    utm.map(|utm| json!(tracking::suffix(utm)))
        .or_else(|| wanted.coupled("creative.google.finalUrlSuffix").map(json_of))
}

/// A whole list of texts with their pins.
fn texts(wanted: &Wanted<'_>, path: &str, item: &str) -> Json {
    let pins = wanted.value("creative.google.pins").map(Value::members).unwrap_or_default();
    let pin_of = |words: &str| {
        let pin = pins.iter().find(|pin| pin.entry(item).and_then(Value::as_text) == Some(words))?;
        pin.entry("position").and_then(Value::as_text)
    };
    wanted
        .value(path)
        .into_iter()
        .flat_map(Value::texts)
        .map(|words| {
            let mut text = json!({ "text": words });
            if let Some(position) = pin_of(words) {
                text["pinnedField"] = json!(position);
            }
            text
        })
        .collect()
}

//! Asset groups of Performance Max from their rows: an ad group, and the one ad that its assets are.

use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::field::Values;
use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;
use serde_json::Value as Json;

use super::campaign::Fields;
use super::library::{self, Content};
use super::{external_id, state, status};
use crate::google::wire::parameters::{AD_NAME, Parameters};
use crate::google::wire::{last, list, local, members, text, words};

/// The collection in the id of the ad: the vendor has links there, and no ad.
pub(in super::super) const AD_COLLECTION: &str = "assetGroupAssets";

/// Lists of an ad by the field types they hold.
const LISTS: [(&str, &[&str]); 6] = [
    ("creative.headlines", &["HEADLINE"]),
    ("creative.longHeadlines", &["LONG_HEADLINE"]),
    ("creative.descriptions", &["DESCRIPTION"]),
    (
        "creative.images",
        &[
            "MARKETING_IMAGE",
            "SQUARE_MARKETING_IMAGE",
            "PORTRAIT_MARKETING_IMAGE",
            "TALL_PORTRAIT_MARKETING_IMAGE",
        ],
    ),
    ("creative.logos", &["LOGO", "LANDSCAPE_LOGO"]),
    ("creative.videos", &["YOUTUBE_VIDEO"]),
];

/// The group and its ad.
pub(super) fn asset_group(row: &mut Json, links: Vec<Json>, signals: Vec<Json>) -> Vec<ObservedObject> {
    let Some(group) = row.get_mut("assetGroup").map(Json::take) else { return Vec::new() };
    let Some(id) = text(&group, "resourceName").map(local).map(str::to_owned) else { return Vec::new() };
    let parameters = Parameters::read(&group);
    let mut status = status::status(&group);
    status.review = status::asset_group_review(&group);
    let number = last(&id).to_owned();
    let (group_fields, ad_fields) =
        (group_fields(&group, &parameters, &signals), ad_fields(&group, &parameters, &links));
    let parent = text(&group, "campaign").and_then(|name| external_id(local(name)));
    let native =
        Arc::new(members([("assetGroup", group), ("links", links.into()), ("signals", signals.into())]));
    let object = |kind, id: &str, fields: Fields| {
        let mut object = ObservedObject::new(kind, external_id(id)?);
        object.fields = fields.0;
        object.status = status.clone();
        object.native = Arc::clone(&native);
        Some(object)
    };
    let group = object(Kind::AdGroup, &id, group_fields).map(|group| ObservedObject {
        parent,
        marker: parameters.marker.clone(),
        ..group
    });
    let ad = object(Kind::Ad, &format!("{AD_COLLECTION}/{number}"), ad_fields).map(|ad| ObservedObject {
        parent: external_id(&id),
        marker: parameters.ad_marker.clone(),
        ..ad
    });
    group.into_iter().chain(ad).collect()
}

fn group_fields(group: &Json, parameters: &Parameters, signals: &[Json]) -> Fields {
    let mut fields = Fields(Values::new());
    fields.set_some("displayName", text(group, "name"));
    fields.set_some("state", state(group));
    for (key, value) in parameters.others.iter().filter(|(key, _)| *key != AD_NAME) {
        fields.set(&format!("google.urlCustomParameters.{key}"), Value::text(value));
    }
    let audiences = signals.iter().filter_map(|signal| text(signal, "audience.audience")).map(last);
    fields.set("targeting.audiences.include", Value::text_set(audiences));
    fields
}

fn ad_fields(group: &Json, parameters: &Parameters, links: &[Json]) -> Fields {
    let mut fields = Fields(Values::new());
    fields.set_some("state", state(group));
    fields.set_some("displayName", parameters.others.get(AD_NAME).map(String::as_str));
    if let Some(name) = parameters.others.get(AD_NAME) {
        fields.set(&format!("google.urlCustomParameters.{AD_NAME}"), Value::text(name));
    }
    fields.landing(group);
    for path in ["path1", "path2"] {
        fields.set_some(&format!("creative.google.{path}"), text(group, path));
    }
    for (path, field_types) in LISTS {
        let found: BTreeSet<String> = written(links)
            .filter(|link| {
                text(link, "assetGroupAsset.fieldType").is_some_and(|kind| field_types.contains(&kind))
            })
            .filter_map(|link| value(link.get("asset")?))
            .collect();
        fields.set(path, Value::text_list(found));
    }
    let of_type = |kind: &'static str| {
        written(links).find(move |link| text(link, "assetGroupAsset.fieldType") == Some(kind))
    };
    let name = of_type("BUSINESS_NAME").and_then(|link| text(link, "asset.textAsset.text"));
    fields.set_some("creative.businessName", name);
    let button = of_type("CALL_TO_ACTION_SELECTION")
        .and_then(|link| text(link, "asset.callToActionAsset.callToAction"));
    fields.button(button);
    fields
}

/// Links that somebody wrote; the vendor makes some by itself, and takes them away again.
pub(in super::super) fn written(links: &[Json]) -> impl Iterator<Item = &Json> {
    links.iter().filter(|link| text(link, "assetGroupAsset.source") != Some("AUTOMATICALLY_CREATED"))
}

/// The field value of an asset: its text, or the reference of a picture or video.
pub(in super::super) fn value(asset: &Json) -> Option<String> {
    let asset = library::asset(asset)?;
    Some(match asset.content {
        Content::Text(text) => text,
        Content::Image { .. } | Content::Video(_) | Content::Button(_) | Content::Card { .. } => {
            asset.reference()
        }
    })
}

impl Fields {
    /// The button: a neutral word where there is one, else the vendor's.
    pub(super) fn button(&mut self, wire: Option<&str>) {
        match wire.map(|wire| words::to_neutral(wire).ok_or(wire)) {
            None => self.set("creative.callToAction", "None"),
            Some(Ok(neutral)) => self.set("creative.callToAction", neutral),
            Some(Err(wire)) => self.set("creative.google.callToAction", wire),
        }
    }

    /// Where a click leads, and what is appended to it: the same on ads and asset groups.
    pub(super) fn landing(&mut self, object: &Json) {
        let landing_page = list(object, "finalUrls").first().and_then(Json::as_str);
        self.set_some("creative.landingPage", landing_page);
        let mobile: Vec<&str> = list(object, "finalMobileUrls").iter().filter_map(Json::as_str).collect();
        self.set_some(
            "creative.google.finalMobileUrls",
            (!mobile.is_empty()).then(|| Value::text_list(mobile)),
        );
        self.set_some("creative.google.trackingUrlTemplate", text(object, "trackingUrlTemplate"));
        if let Some(suffix) = text(object, "finalUrlSuffix") {
            match crate::google::wire::tracking::utm(suffix) {
                Some(utm) => self.set("creative.tracking.utm", utm),
                None => self.set("creative.google.finalUrlSuffix", suffix),
            }
        }
    }
}

//! The content of Demand Gen ads, one member per format (google-ads.md §3.5).

use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use serde_json::{Value as Json, json};

use super::campaign::json_of;
use super::request::{Draft, Operation, Request};
use super::wanted::Wanted;
use crate::google::wire::images::{CARDS, DEMAND_GEN, DEMAND_GEN_LOGOS};
use crate::google::wire::{at, lane, words};

const MULTI: &str = "demandGenMultiAssetAd";
const VIDEO: &str = "demandGenVideoResponsiveAd";
const CAROUSEL: &str = "demandGenCarouselAd";

/// The member that an ad's content lies in; `None` for ads of other channels.
pub(super) fn member(wanted: &Wanted<'_>) -> Option<&'static str> {
    if let Some(holder) = wanted.native("adGroupAd") {
        return [MULTI, VIDEO, CAROUSEL]
            .into_iter()
            .find(|member| at(holder, &format!("ad.{member}")).is_some());
    }
    if wanted.text(lane::FIELD) != Some(lane::DEMAND_GEN) {
        return None;
    }
    let holds = |path: &str| wanted.value(path).is_some_and(|value| !value.members().is_empty());
    Some(match (holds("creative.cards"), holds("creative.videos")) {
        (true, _) => CAROUSEL,
        (false, true) => VIDEO,
        (false, false) => MULTI,
    })
}

/// Writes what the item writes of the content.
///
/// # Errors
/// When an asset cannot be used.
pub(super) fn write(
    wanted: &Wanted<'_>,
    member: &str,
    request: &mut Request<'_>,
    draft: &mut Draft,
    operations: &mut Vec<Operation>,
) -> Result<(), PlatformError> {
    let mut content = Content { wanted, member, request, draft, operations };
    content.texts();
    content.name();
    content.button();
    content.logos()?;
    match member {
        MULTI => content.images(),
        VIDEO => content.videos(),
        _ => content.cards(),
    }
}

/// The settings that keep the vendor from making things of the ad by itself.
pub(super) fn automation(wanted: &Wanted<'_>) -> Option<Json> {
    let settings: Vec<Json> = wanted
        .written()
        .filter_map(|path| {
            let kind = path.as_str().strip_prefix(lane::AD_AUTOMATION)?.strip_prefix('.')?;
            let status = wanted.text(path.as_str())?;
            Some(json!({ "assetAutomationType": kind, "assetAutomationStatus": status }))
        })
        .collect();
    (!settings.is_empty()).then_some(Json::Array(settings))
}

struct Content<'a, 'w, 'c> {
    wanted: &'a Wanted<'w>,
    member: &'a str,
    request: &'a mut Request<'c>,
    draft: &'a mut Draft,
    operations: &'a mut Vec<Operation>,
}

impl Content<'_, '_, '_> {
    fn set(&mut self, leaf: &str, value: Option<Json>) {
        self.draft.set(&format!("{}.{leaf}", self.member), value);
    }

    fn texts(&mut self) {
        for list in ["headlines", "longHeadlines", "descriptions"] {
            let path = format!("creative.{list}");
            if !self.wanted.writes(&path) {
                continue;
            }
            let mut texts = self.wanted.value(&path).into_iter().flat_map(Value::texts);
            let worded = |words: &str| json!({ "text": words });
            match (self.member, list) {
                (CAROUSEL | MULTI, "longHeadlines") => {}
                (CAROUSEL, _) => {
                    let one = texts.next().map(|words| json!(words));
                    self.set(&format!("{}.text", list.trim_end_matches('s')), one);
                }
                _ => {
                    let all: Json = texts.map(worded).collect();
                    self.set(list, Some(all));
                }
            }
        }
    }

    fn name(&mut self) {
        if self.wanted.writes("creative.businessName") {
            let leaf = if self.member == VIDEO { "businessName.text" } else { "businessName" };
            let name = self.wanted.value("creative.businessName").map(json_of);
            self.set(leaf, name);
        }
    }

    fn button(&mut self) {
        let (neutral, own) = ("creative.callToAction", "creative.google.callToAction");
        if !self.wanted.writes(neutral) && !self.wanted.writes(own) {
            return;
        }
        let word = if self.wanted.writes(neutral) {
            self.wanted.text(neutral).and_then(words::to_wire)
        } else {
            self.wanted.text(own)
        };
        if self.member == VIDEO {
            let links: Vec<Json> = word
                .map(|word| json!({ "asset": self.request.button(neutral, word, self.operations) }))
                .into_iter()
                .collect();
            let links = (!links.is_empty()).then_some(Json::Array(links));
            self.set("callToActions", links);
        } else {
            self.set("callToActionText", word.map(|word| json!(words::label(word))));
        }
    }

    fn logos(&mut self) -> Result<(), PlatformError> {
        let path = "creative.logos";
        if !self.wanted.writes(path) {
            return Ok(());
        }
        let mut links = Vec::new();
        for reference in self.wanted.value(path).into_iter().flat_map(Value::texts) {
            let (asset, _) = self.request.placed(path, reference, &DEMAND_GEN_LOGOS, self.operations)?;
            links.push(json!({ "asset": asset }));
        }
        if self.member == CAROUSEL {
            let one = links.into_iter().next();
            self.set("logoImage", one);
        } else {
            self.set("logoImages", Some(Json::Array(links)));
        }
        Ok(())
    }

    fn images(&mut self) -> Result<(), PlatformError> {
        let path = "creative.images";
        if !self.wanted.writes(path) {
            return Ok(());
        }
        let mut placed = Vec::new();
        for reference in self.wanted.value(path).into_iter().flat_map(Value::texts) {
            placed.push(self.request.placed(path, reference, &DEMAND_GEN, self.operations)?);
        }
        for slot in &DEMAND_GEN {
            let links: Vec<Json> = placed
                .iter()
                .filter(|(_, place)| *place == slot)
                .map(|(asset, _)| json!({ "asset": asset }))
                .collect();
            self.set(slot.list, (!links.is_empty()).then_some(Json::Array(links)));
        }
        Ok(())
    }

    fn videos(&mut self) -> Result<(), PlatformError> {
        let path = "creative.videos";
        if !self.wanted.writes(path) {
            return Ok(());
        }
        let mut links = Vec::new();
        for reference in self.wanted.value(path).into_iter().flat_map(Value::texts) {
            links.push(json!({ "asset": self.request.video(path, reference, self.operations)? }));
        }
        self.set("videos", Some(Json::Array(links)));
        Ok(())
    }

    /// Every card is an asset of its own, whose picture was uploaded before.
    fn cards(&mut self) -> Result<(), PlatformError> {
        let path = "creative.cards";
        if !self.wanted.writes(path) {
            return Ok(());
        }
        let mut links = Vec::new();
        for card in self.wanted.value(path).map(Value::members).unwrap_or_default() {
            let part = |key: &str| card.entry(key).and_then(Value::as_text);
            let headline = part("headline").unwrap_or_default();
            let image = part("image").unwrap_or_default();
            let (picture, slot) = self.request.placed(path, image, &CARDS, self.operations)?;
            let mut asset =
                json!({ "demandGenCarouselCardAsset": { "headline": headline, slot.card: picture } });
            if let Some(page) = part("landingPage") {
                asset["finalUrls"] = json!([page]);
            }
            let key = format!("card:{card}");
            let name = self.request.asset(key, asset, (path, headline), self.operations);
            links.push(json!({ "asset": name }));
        }
        self.set("carouselCards", Some(Json::Array(links)));
        Ok(())
    }
}

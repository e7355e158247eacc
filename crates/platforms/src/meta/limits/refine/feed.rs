//! Creatives with `meta.asset_feed_spec`: many texts and pictures that Meta combines (meta-ads.md §7).

use adplane_core::desired::DesiredObject;
use adplane_core::value::Value;

use super::creative::{drop_youtube, short};
use super::findings::Findings;
use super::shared;
use crate::meta::wire::feed::{self, SPEC};

const CARDS: &str = "creative.cards";
const WORD: &str = "creative.meta.call_to_action_type";
/// Lists of which all entries are used.
const OPTIONS: [&str; 5] = [
    "creative.headlines",
    "creative.descriptions",
    "creative.primaryTexts",
    "creative.images",
    "creative.videos",
];

/// Brings a feed into one form and checks it; answers whether the creative is one.
pub(super) fn settle(object: &mut DesiredObject, findings: &mut Findings) -> bool {
    let Some(field) = object.field(SPEC).cloned() else { return false };
    if field.value.entries().is_none() {
        let message = "`asset_feed_spec` is not a mapping";
        findings.error(
            object,
            SPEC,
            "wrong-type",
            message,
            "write `asset_feed_spec: {}` to use all texts and images",
        );
        return true;
    }
    let mut parts = feed::take_apart(&field.value);
    for (path, value) in parts.fields {
        // What the spec says wins: the creative's own lists may be for other platforms.
        let said = adplane_core::field::Field { value, ..field.clone() };
        object.fields.insert(path, said);
    }
    let word = object.text(WORD).map(Value::text);
    if let (Some(word), Value::Map(rest)) = (word, &mut parts.rest) {
        rest.entry(feed::CALLS.into()).or_insert_with(|| Value::set([word]));
        object.fields.remove(WORD);
    }
    for path in feed::kept(&parts.rest) {
        object.fields.remove(path);
    }
    drop_youtube(object, findings);
    for path in OPTIONS {
        sort(object, path);
    }
    leave_out_cards(object, findings);
    let has = |path: &str| object.value(path).is_some_and(|list| !list.members().is_empty());
    let (images, videos) = (has("creative.images"), has("creative.videos"));
    let own_media = ["images", "videos", "carousels"].iter().any(|name| parts.rest.entry(name).is_some());
    if !images && !videos && !own_media && object.external_id.is_none() {
        let message = "a feed on Meta Ads needs images or videos";
        findings.error(object, SPEC, "media-required", message, "write `images` or `videos` on the creative");
    }
    if object.text("creative.landingPage").is_none()
        && parts.rest.entry("link_urls").is_none()
        && object.external_id.is_none()
    {
        let message = "an ad on Meta Ads needs a landing page";
        let hint = "write `landingPage: https://…` on the creative";
        findings.error(object, "creative.landingPage", "landing-page-required", message, hint);
    }
    if let Value::Map(rest) = &mut parts.rest {
        rest.entry("ad_formats".into()).or_insert_with(|| feed::formats(images, videos));
    }
    shared::set(object, SPEC, parts.rest);
    true
}

/// Whether a feed names its buttons itself.
pub(super) fn has_calls(object: &DesiredObject) -> bool {
    object.value(SPEC).is_some_and(|spec| spec.entry(feed::CALLS).is_some())
}

/// Options have no order.
fn sort(object: &mut DesiredObject, path: &str) {
    let Some(list) = object.value(path) else { return };
    let Value::Set(sorted) = Value::set(list.members().iter().cloned()) else { return };
    shared::set(object, path, Value::List(sorted));
}

fn leave_out_cards(object: &mut DesiredObject, findings: &mut Findings) {
    if object.field(CARDS).is_some() {
        let message = format!("`{}` is not used beside `asset_feed_spec` on Meta Ads", short(CARDS));
        findings.info(object, CARDS, "unused-field", message, "the feed's own parts are shown");
        object.fields.remove(CARDS);
    }
}

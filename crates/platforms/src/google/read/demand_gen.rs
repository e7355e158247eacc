//! Demand Gen ads as they are live (google-ads.md §3.5).

use adplane_core::value::Value;
use serde_json::Value as Json;

use super::campaign::Fields;
use super::library::{Content, Library};
use crate::google::wire::{at, images, list, text, words};

/// Adds the content of an ad of one of these formats.
pub(super) fn content(ad: &Json, library: &Library, fields: &mut Fields) {
    if let Some(multi) = at(ad, "demandGenMultiAssetAd") {
        texts(multi, &["headlines", "descriptions"], fields);
        fields.set_some("creative.businessName", text(multi, "businessName"));
        let pictures = images::DEMAND_GEN.iter().flat_map(|slot| list(multi, slot.list));
        fields.set("creative.images", references(pictures, library));
        fields.set("creative.logos", references(list(multi, "logoImages"), library));
        label(multi, fields);
    } else if let Some(video) = at(ad, "demandGenVideoResponsiveAd") {
        texts(video, &["headlines", "longHeadlines", "descriptions"], fields);
        fields.set_some("creative.businessName", text(video, "businessName.text"));
        fields.set("creative.videos", references(list(video, "videos"), library));
        fields.set("creative.logos", references(list(video, "logoImages"), library));
        let button = list(video, "callToActions").first().and_then(|link| text(link, "asset"));
        fields.button(button.and_then(|name| match &library.get(name)?.content {
            Content::Button(word) => Some(word.as_str()),
            _ => None,
        }));
    } else if let Some(carousel) = at(ad, "demandGenCarouselAd") {
        for (path, member) in [("headlines", "headline"), ("descriptions", "description")] {
            let words = text(carousel, &format!("{member}.text"));
            fields.set(&format!("creative.{path}"), Value::text_list(words));
        }
        fields.set_some("creative.businessName", text(carousel, "businessName"));
        fields.set("creative.logos", references(at(carousel, "logoImage"), library));
        let cards = list(carousel, "carouselCards").iter().filter_map(|link| text(link, "asset"));
        fields.set("creative.cards", Value::List(cards.filter_map(|name| card(name, library)).collect()));
        label(carousel, fields);
    }
}

fn label(format: &Json, fields: &mut Fields) {
    let word = text(format, "callToActionText").map(words::of_label);
    fields.button(word.as_deref());
}

/// Lists of texts, whose order says nothing.
fn texts(format: &Json, lists: &[&str], fields: &mut Fields) {
    for name in lists {
        let mut found: Vec<&str> =
            list(format, name).iter().filter_map(|entry| text(entry, "text")).collect();
        found.sort_unstable();
        fields.set(&format!("creative.{name}"), Value::text_list(found));
    }
}

fn references<'a>(links: impl IntoIterator<Item = &'a Json>, library: &Library) -> Value {
    let links = links.into_iter().filter_map(|link| text(link, "asset"));
    let mut found: Vec<String> = links.map(|name| library.reference(name)).collect();
    found.sort_unstable();
    Value::text_list(found)
}

fn card(name: &str, library: &Library) -> Option<Value> {
    let Content::Card { headline, image, page } = &library.get(name)?.content else { return None };
    let image = image.as_deref().map(|image| library.reference(image));
    let parts = [("headline", headline.clone()), ("image", image), ("landingPage", page.clone())];
    Some(Value::map(parts.into_iter().filter_map(|(key, text)| Some((key, Value::text(text?))))))
}

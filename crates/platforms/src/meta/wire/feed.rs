//! Asset feeds: many texts and pictures that Meta combines (meta-ads.md §7).
//!
//! A feed is a creative with `meta.asset_feed_spec`. What the neutral fields can say (texts, images, videos, one
//! button, one landing page) lies in them, also when it was written in the vendor's form; the rest of the spec
//! stays below `meta.asset_feed_spec`. Options have no order, so both sides sort them.

use adplane_core::field::FieldPath;
use adplane_core::value::Value;
use serde_json::{Value as Json, json};

use super::json::{self, Object};
use super::specs;
use super::words::{self, CALLS_TO_ACTION};

/// Where the spec lies.
pub(crate) const SPEC: &str = "creative.meta.asset_feed_spec";
const IMAGES: &str = "creative.images";
const VIDEOS: &str = "creative.videos";
const LANDING_PAGE: &str = "creative.landingPage";
const CALL: &str = "creative.callToAction";
/// The list of buttons.
pub(crate) const CALLS: &str = "call_to_action_types";

/// Lists of the spec whose entries have one member that matters, with their neutral field.
const LISTS: [(&str, &str, &str); 6] = [
    ("bodies", "text", "creative.primaryTexts"),
    ("descriptions", "text", "creative.descriptions"),
    ("images", "hash", IMAGES),
    ("link_urls", "website_url", LANDING_PAGE),
    ("titles", "text", "creative.headlines"),
    ("videos", "video_id", VIDEOS),
];
/// Members that reads add to entries.
const DERIVED: [&str; 4] = ["id", "thumbnail_url", "url", "url_tags"];

/// The neutral fields of a feed and the rest of its spec.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parts {
    /// Neutral fields that the spec holds.
    pub(crate) fields: Vec<(FieldPath, Value)>,
    /// What stays below `meta.asset_feed_spec`.
    pub(crate) rest: Value,
}

/// Whether a kind of optimisation needs an ad set made for dynamic creative.
pub(crate) fn needs_dynamic_ad_set(spec: &Value) -> bool {
    matches!(specs::word(spec, "optimization_type"), "" | "REGULAR")
}

/// Takes apart a spec, as written or as read.
pub(crate) fn take_apart(spec: &Value) -> Parts {
    let mut rest = specs::canonical(spec);
    let mut fields = Vec::new();
    let Value::Map(entries) = &mut rest else { return Parts { fields, rest: Value::map::<&str>([]) } };
    for (list, member, path) in LISTS {
        let simple = entries.get(list).and_then(|options| simple(options, member));
        let Some(mut texts) = simple.filter(|texts| path != LANDING_PAGE || texts.len() == 1) else {
            continue;
        };
        entries.remove(list);
        texts.sort_unstable();
        texts.dedup();
        let value = match path {
            LANDING_PAGE => Value::text(texts.concat()),
            IMAGES | VIDEOS => Value::text_list(texts.iter().map(|id| format!("id:{id}"))),
            _ => Value::text_list(texts),
        };
        fields.push((path.into(), value));
    }
    let call = entries.get(CALLS).and_then(|words| match words.members() {
        [word] => words::to_neutral(CALLS_TO_ACTION, word.as_text()?),
        _ => None,
    });
    if let Some(call) = call {
        entries.remove(CALLS);
        fields.push((CALL.into(), Value::text(call)));
    }
    if needs_dynamic_ad_set(&Value::Map(entries.clone())) {
        entries.remove("optimization_type");
    }
    entries.retain(
        |_, value| !matches!(value, Value::Set(members) | Value::List(members) if members.is_empty()),
    );
    Parts { fields, rest }
}

/// Neutral fields whose lists a spec keeps in its own form.
pub(crate) fn kept(rest: &Value) -> impl Iterator<Item = &'static str> {
    let lists = LISTS.iter().map(|(list, _, path)| (*list, *path));
    lists.chain([(CALLS, CALL)]).filter(|(list, _)| rest.entry(list).is_some()).map(|(_, path)| path)
}

/// The one member of each entry, when no entry says more.
fn simple(options: &Value, member: &str) -> Option<Vec<String>> {
    let text = |option: &Value| match option {
        Value::Text(text) => Some(text.to_string()),
        Value::Map(entries) => {
            let more = entries.keys().any(|key| key != member && !DERIVED.contains(&key.as_str()));
            entries.get(member).filter(|_| !more)?.as_text().map(str::to_owned)
        }
        _ => None,
    };
    options.members().iter().map(text).collect()
}

/// Formats of a feed that names none, by what it holds.
pub(crate) fn formats(has_images: bool, has_videos: bool) -> Value {
    Value::text_set([match (has_images, has_videos) {
        (true, true) => "AUTOMATIC_FORMAT",
        (false, true) => "SINGLE_VIDEO",
        _ => "SINGLE_IMAGE",
    }])
}

/// The spec of a feed's parts. `field` answers a neutral field's texts, files already as vendor ids.
pub(crate) fn to_wire(rest: &Value, field: impl Fn(&str) -> Vec<String>) -> Json {
    let mut spec = match json::of_value(rest) {
        Json::Object(spec) => spec,
        _ => Object::new(),
    };
    for (list, member, path) in LISTS {
        let options: Vec<Json> = field(path).into_iter().map(|text| json!({member: text})).collect();
        if !options.is_empty() && !spec.contains_key(list) {
            spec.insert(list.to_owned(), options.into());
        }
    }
    let calls = field(CALL);
    if !calls.is_empty() && !spec.contains_key(CALLS) {
        spec.insert(CALLS.to_owned(), json!(calls));
    }
    spec.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(spec: &Json) -> Parts {
        take_apart(&json::to_value(spec).unwrap())
    }

    #[test]
    fn simple_options_are_neutral_fields() {
        let parts = apart(&json!({
            "ad_formats": ["SINGLE_IMAGE"], "optimization_type": "REGULAR",
            "bodies": [{"text": "b"}, {"text": "a", "id": "1"}], "titles": [{"text": "t"}],
            "images": [{"hash": "h", "url": "https://x"}], "link_urls": [{"website_url": "https://shop.example/"}],
            "call_to_action_types": ["SHOP_NOW"], "descriptions": [],
        }));
        let shown: Vec<String> = parts.fields.iter().map(|(path, value)| format!("{path}={value}")).collect();
        assert_eq!(
            shown,
            [
                "creative.primaryTexts=a, b",
                "creative.descriptions=",
                "creative.images=id:h",
                "creative.landingPage=https://shop.example/",
                "creative.headlines=t",
                "creative.callToAction=ShopNow",
            ]
        );
        assert_eq!(parts.rest, Value::map([("ad_formats", Value::text_set(["SINGLE_IMAGE"]))]));
    }

    #[test]
    fn options_with_rules_stay_in_the_vendors_form() {
        let spec = json!({
            "images": [{"hash": "h", "adlabels": [{"name": "square"}]}],
            "asset_customization_rules": [{"image_label": {"name": "square"}, "priority": 1}],
            "link_urls": [{"website_url": "https://a.example/"}, {"website_url": "https://b.example/"}],
            "optimization_type": "PLACEMENT",
        });
        let parts = apart(&spec);
        assert!(parts.fields.is_empty(), "{:?}", parts.fields);
        assert_eq!(to_wire(&parts.rest, |_| Vec::new()), spec);
        assert!(!needs_dynamic_ad_set(&parts.rest));
    }

    #[test]
    fn a_feed_reads_back() {
        let rest = Value::map([("ad_formats", formats(true, false))]);
        let wire = to_wire(&rest, |path| match path {
            "creative.headlines" => vec!["One".to_owned(), "Two".to_owned()],
            "creative.images" => vec!["h1".to_owned()],
            "creative.callToAction" => vec!["LEARN_MORE".to_owned()],
            _ => Vec::new(),
        });
        let parts = apart(&wire);
        assert_eq!(parts.rest, rest);
        assert_eq!(parts.fields.len(), 3);
    }
}

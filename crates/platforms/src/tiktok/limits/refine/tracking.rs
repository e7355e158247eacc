//! Landing page and `utm`: one form, whichever way it was written (mapping §7.3).

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Field;
use adplane_core::value::Value;

use super::{Pass, creates, set_value};
use crate::tiktok::wire::url::{self, Utm};

const PAGE: &str = "creative.landingPage";
const UTM: &str = "creative.tracking.utm";
/// Most parameters, longest key, longest value.
const MOST_PARAMS: usize = 14;
const LONGEST_KEY: usize = 100;
const LONGEST_VALUE: usize = 600;

/// Moves `utm_` parameters of the page into `utm`, resolves names, and leaves out the defaults, which `read`
/// leaves out too. `names`: campaign, ad group, ad.
pub(super) fn normalise(object: &mut DesiredObject, names: Option<&[String; 3]>, pass: &mut Pass<'_>) {
    check_page(object, pass);
    let written = object.field(UTM).cloned();
    let mut utm = written.as_ref().map(|field| to_utm(&field.value)).unwrap_or_default();
    let wants_defaults = written.is_some();
    let in_page = take_from_page(object, &mut utm, pass);
    for value in utm.values_mut() {
        for unknown in url::unknown_placeholders(value) {
            let finding = Diagnostic::error("unknown-placeholder", format!("TikTok has no placeholder `{unknown}`"))
                .hint("known are {campaign.id}, {adGroup.id}, {ad.id}, {campaign.name}, {adGroup.name}, {ad.name}, {placement} and {source}");
            pass.error(object, UTM, finding);
        }
        if let Some(names) = names {
            for (placeholder, name) in url::NAMES.iter().zip(names) {
                *value = value.replace(placeholder, name);
            }
        }
        *value = value.replace("{source}", url::SOURCE);
    }
    if wants_defaults {
        for (key, value) in [("source", url::SOURCE), ("medium", url::MEDIUM)] {
            if utm.get(key).is_none_or(|written| written == value) {
                object.default_field(&format!("{UTM}.{key}"), value);
            }
        }
    }
    utm.retain(|key, value| !is_default(key, value));
    check_params(object, &utm, pass);
    if written.is_none() && !in_page {
        return;
    }
    let source = written.or_else(|| object.field(PAGE).cloned());
    let origin = source.and_then(|field| field.origin);
    if utm.is_empty() {
        object.fields.remove(UTM);
    } else {
        object.fields.insert(UTM.into(), Field::declared(from_utm(&utm), origin));
    }
}

/// What `read` leaves out of `utm`.
pub(crate) fn is_default(key: &str, value: &str) -> bool {
    matches!((key, value), ("source", url::SOURCE) | ("medium", url::MEDIUM))
}

/// `utm` as a field value.
pub(crate) fn from_utm(utm: &Utm) -> Value {
    Value::map(utm.iter().map(|(key, value)| (key, Value::text(value))))
}

/// `utm` from a field value.
pub(crate) fn to_utm(value: &Value) -> Utm {
    let entries = value.entries().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.to_string(), value.as_text()?.to_owned()))).collect()
}

/// An ad that promotes a website names it.
pub(super) fn require_page(object: &DesiredObject, website: bool, pass: &mut Pass<'_>) {
    let is_post = object.fields.contains_key("creative.tiktok.tiktok_item_id");
    if website && !is_post && !object.fields.contains_key(PAGE) && creates(object) {
        let finding = Diagnostic::error("landing-page-missing", "this ad promotes a website, and names none")
            .hint("add `landingPage: https://…` to the creative");
        pass.once("landing-page-missing", object, PAGE, finding);
    }
}

fn check_page(object: &DesiredObject, pass: &mut Pass<'_>) {
    let Some(page) = object.text(PAGE) else {
        return;
    };
    let fine =
        (page.starts_with("https://") || page.starts_with("http://")) && !page.contains(char::is_whitespace);
    if !fine && creates(object) {
        let finding =
            Diagnostic::error("landing-page", format!("`{page}` is not a web address TikTok takes"))
                .hint("write `https://…` without spaces");
        pass.once("landing-page", object, PAGE, finding);
    }
}

/// Takes parameters from the page; whether there were any.
fn take_from_page(object: &mut DesiredObject, utm: &mut Utm, pass: &mut Pass<'_>) -> bool {
    let Some(landing) = object.text(PAGE).map(url::split).filter(|landing| !landing.utm.is_empty()) else {
        return false;
    };
    for (key, value) in landing.utm {
        if utm.get(&key).is_some_and(|written| *written != value) {
            let finding = Diagnostic::error(
                "utm-twice",
                format!("`utm_{key}` is in the landing page and, with another value, in `tracking.utm`"),
            )
            .hint("keep one of the two");
            pass.error(object, PAGE, finding);
        }
        utm.insert(key, value);
    }
    set_value(object, PAGE, Value::text(landing.page));
    true
}

fn check_params(object: &DesiredObject, utm: &Utm, pass: &mut Pass<'_>) {
    let page = url::params(object.text(PAGE).unwrap_or_default()).len();
    let defaults = object.below(UTM).filter(|(path, _)| path.as_str() != UTM).count();
    let count = page + utm.len() + defaults;
    if (!utm.is_empty() || defaults > 0) && count > MOST_PARAMS {
        let finding =
            Diagnostic::error("too-many-utm", format!("{count} URL parameters: TikTok takes {MOST_PARAMS}"))
                .hint("remove some from the landing page or from `tracking.utm`");
        pass.error(object, UTM, finding);
    }
    if let Some((key, _)) =
        utm.iter().find(|(key, value)| key.len() + 4 > LONGEST_KEY || value.chars().count() > LONGEST_VALUE)
    {
        let finding = Diagnostic::error(
            "utm-too-long",
            format!(
                "`utm_{key}` is longer than TikTok takes: {LONGEST_KEY} for a key, {LONGEST_VALUE} for a value"
            ),
        );
        pass.error(object, UTM, finding);
    }
}

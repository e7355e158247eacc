//! The typed `google:` blocks: which fields Adplane reads and writes, and their values.

use adplane_core::desired::DesiredObject;
use adplane_core::field::{Field, FieldPath, FieldSource};
use adplane_core::value::Value;

use super::report::Report;
use crate::google::wire::{lane, parameters};

const AUTOMATION: &str = "google.assetAutomationSettings";

/// What a field holds.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Bool,
    Text,
    Word(&'static [&'static str]),
    /// Keys of custom parameters.
    Parameters,
    /// Words by key.
    Words(&'static [&'static str]),
}

const CAMPAIGN: &[(&str, Shape)] = &[
    ("google.advertisingChannelType", Shape::Word(&["SEARCH", "PERFORMANCE_MAX", "DEMAND_GEN"])),
    ("google.advertisingChannelSubType", Shape::Text),
    ("google.brandGuidelinesEnabled", Shape::Bool),
    ("google.networkSettings.targetGoogleSearch", Shape::Bool),
    ("google.networkSettings.targetSearchNetwork", Shape::Bool),
    ("google.networkSettings.targetContentNetwork", Shape::Bool),
    ("google.networkSettings.targetPartnerSearchNetwork", Shape::Bool),
    (
        "google.geoTargetTypeSetting.positiveGeoTargetType",
        Shape::Word(&["PRESENCE", "PRESENCE_OR_INTEREST", "SEARCH_INTEREST"]),
    ),
    ("google.geoTargetTypeSetting.negativeGeoTargetType", Shape::Word(&["PRESENCE", "PRESENCE_OR_INTEREST"])),
    ("google.biddingStrategy", Shape::Text),
    ("google.trackingUrlTemplate", Shape::Text),
    ("google.finalUrlSuffix", Shape::Text),
    ("google.urlCustomParameters", Shape::Parameters),
    (AUTOMATION, Shape::Words(&["OPTED_IN", "OPTED_OUT"])),
    ("google.aiMaxSetting.enableAiMax", Shape::Bool),
    ("google.excludeUndetermined", Shape::Bool),
];
const AD_GROUP: &[(&str, Shape)] = &[
    ("google.type", Shape::Word(&["SEARCH_STANDARD"])),
    ("google.trackingUrlTemplate", Shape::Text),
    ("google.finalUrlSuffix", Shape::Text),
    ("google.urlCustomParameters", Shape::Parameters),
    ("google.excludeUndetermined", Shape::Bool),
    ("google.userInterests", Shape::Text),
    // A create default only: the API has no such field on an ad group.
    (lane::FIELD, Shape::Text),
];
const AD: &[(&str, Shape)] = &[
    ("creative.google.pins", Shape::Text),
    ("creative.google.path1", Shape::Text),
    ("creative.google.path2", Shape::Text),
    ("creative.google.finalMobileUrls", Shape::Text),
    ("creative.google.finalUrlSuffix", Shape::Text),
    ("creative.google.trackingUrlTemplate", Shape::Text),
    ("creative.google.callToAction", Shape::Text),
    ("google.urlCustomParameters", Shape::Parameters),
    // Create defaults only: the API has no such fields on an ad.
    (lane::AD_AUTOMATION, Shape::Words(&["OPTED_IN", "OPTED_OUT"])),
    (lane::FIELD, Shape::Text),
];

/// Checks a campaign's block.
pub(super) fn check_campaign(object: &DesiredObject, report: &mut Report) {
    check(object, "google", CAMPAIGN, report);
}

/// Checks an ad group's block.
pub(super) fn check_ad_group(object: &DesiredObject, report: &mut Report) {
    check(object, "google", AD_GROUP, report);
}

/// Checks an ad's blocks.
pub(super) fn check_ad(object: &DesiredObject, report: &mut Report) {
    check(object, "google", AD, report);
    check(object, "creative.google", AD, report);
}

fn check(object: &DesiredObject, block: &str, known: &[(&str, Shape)], report: &mut Report) {
    for platform in ["meta", "tiktok"] {
        if object.below(platform).next().is_some() {
            let message = format!("`{platform}:` has no meaning on a Google account");
            report.error(
                object,
                platform,
                "block-of-another-platform",
                message,
                "remove it, or move it to a campaign there",
            );
        }
    }
    for (path, field) in object.below(block) {
        let Some((row, shape)) = known.iter().find(|(row, _)| path.is_within(row)) else {
            let message = format!("Adplane does not manage `{path}` yet");
            report.error(
                object,
                path.as_str(),
                "not-built-yet",
                message,
                "remove it; the live value stays as it is",
            );
            continue;
        };
        let whole = path.as_str() == *row;
        let rest = path.as_str().get(row.len() + 1..).unwrap_or_default();
        let fits = match shape {
            Shape::Bool => whole && field.value.as_bool().is_some(),
            Shape::Text => whole,
            Shape::Word(words) => whole && field.value.as_text().is_some_and(|word| words.contains(&word)),
            Shape::Words(words) => !whole && field.value.as_text().is_some_and(|word| words.contains(&word)),
            Shape::Parameters => {
                let value = field.value.as_text().map(|text| text.chars().count());
                !whole
                    && !parameters::RESERVED.contains(&rest)
                    && (1..=parameters::LONGEST_KEY).contains(&rest.len())
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
                    && value.is_some_and(|length| length <= parameters::LONGEST_VALUE)
            }
        };
        if !fits {
            let message = format!("`{}` is no value of `{path}`", field.value);
            report.error(object, path.as_str(), "invalid-value", message, hint(*shape));
        }
    }
}

fn hint(shape: Shape) -> String {
    match shape {
        Shape::Bool => "write `true` or `false`".into(),
        Shape::Text => "write a text".into(),
        Shape::Word(words) | Shape::Words(words) => format!("write one of {}", words.join(", ")),
        Shape::Parameters => {
            "write keys of at most 16 letters and digits with texts of at most 200 characters; `adplane` is taken".into()
        }
    }
}

/// Checks that the custom parameters of an object leave room for `ours`: markers and names.
pub(super) fn check_parameters(object: &DesiredObject, ours: usize, report: &mut Report) {
    let path = "google.urlCustomParameters";
    let most = parameters::MOST - ours;
    let written = object.below(path).filter(|(_, field)| field.source == FieldSource::Declared).count();
    if written > most {
        let message = format!("{written} custom parameters are written, {most} can be");
        let hint = format!("remove some; {ours} more carry Adplane's ownership marker and names");
        report.error(object, path, "too-many-parameters", message, hint);
    }
}

/// Ids of interests, whether or not they are written as resource names.
pub(super) fn refine_interests(object: &mut DesiredObject, report: &mut Report) {
    let path = "google.userInterests";
    let Some(value) = object.value(path) else { return };
    let ids: Vec<String> =
        value.texts().map(|text| text.rsplit('/').next().unwrap_or(text).to_owned()).collect();
    if let Some(id) = ids.iter().find(|id| id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit())) {
        let hint = "write its number; Google lists the ids of affinity and in-market segments";
        report.error(object, path, "invalid-interest", format!("`{id}` is no id of an interest"), hint);
    }
    if let Some(field) = object.fields.get_mut(path) {
        field.value = Value::text_set(ids);
    }
}

/// A list of automation settings is compared type by type: those that are not written stay unmanaged.
pub(super) fn spread_automation(object: &mut DesiredObject) {
    let Some(field) = object.fields.remove(AUTOMATION) else { return };
    let text = |member: &Value, key: &str| member.entry(key).and_then(Value::as_text).map(str::to_owned);
    for member in field.value.members() {
        if let (Some(kind), Some(status)) =
            (text(member, "assetAutomationType"), text(member, "assetAutomationStatus"))
        {
            let leaf = Field { value: Value::text(status), ..field.clone() };
            object.fields.insert(FieldPath::new(format!("{AUTOMATION}.{kind}")), leaf);
        }
    }
}

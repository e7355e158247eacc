//! The typed `google:` blocks: which fields Adplane reads and writes, and their values.

use adplane_core::desired::DesiredObject;
use adplane_core::field::{Field, FieldPath};
use adplane_core::value::Value;

use super::report::Report;
use crate::google::wire::parameters;

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
];
const AD: &[(&str, Shape)] = &[
    ("creative.google.pins", Shape::Text),
    ("creative.google.path1", Shape::Text),
    ("creative.google.path2", Shape::Text),
    ("creative.google.finalMobileUrls", Shape::Text),
    ("creative.google.finalUrlSuffix", Shape::Text),
    ("creative.google.trackingUrlTemplate", Shape::Text),
    ("google.urlCustomParameters", Shape::Parameters),
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
    let mut parameters = 0;
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
                parameters += 1;
                let value = field.value.as_text().map(|text| text.chars().count());
                !whole
                    && rest != "adplane"
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
    // One of the eight is the marker.
    if parameters >= parameters::MOST {
        let message = format!("{parameters} custom parameters are written, {} can be", parameters::MOST - 1);
        let hint = "remove some; one more is Adplane's ownership marker";
        report.error(object, "google.urlCustomParameters", "too-many-parameters", message, hint);
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

//! Ads of every format: landing page, tracking, and which format it is. Sources: mapping §7; google-ads.md §3.5, §7.

use adplane_core::asset::Assets;
use adplane_core::desired::DesiredObject;
use adplane_core::field::{Field, FieldPath, FieldSource};
use adplane_core::value::Value;
use compact_str::CompactString;

use super::refine::{CampaignFacts, Channel};
use super::report::Report;
use super::{asset_group, creative, demand_gen, rsa, texts, vendor};
use crate::google::wire::{parameters, tracking};

/// Enabled responsive search ads of one ad group.
pub(super) const MOST_ENABLED: usize = 3;
const UTM: &str = "creative.tracking.utm";
/// Placeholders that resolve to nothing in Performance Max, which has no keywords, ads or placements of its own
/// (mapping §7.3; support per tag unverified).
const EMPTY_IN_PERFORMANCE_MAX: [&str; 4] = ["{keyword}", "{matchType}", "{ad.id}", "{placement}"];

/// Names that the ad's tracking needs from its parents.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Uses {
    pub(super) campaign_name: bool,
    pub(super) ad_group_name: bool,
}

/// Refines an ad under its campaign.
pub(super) fn refine(
    object: &mut DesiredObject,
    facts: &CampaignFacts,
    assets: &Assets,
    report: &mut Report,
) -> Uses {
    match facts.channel {
        Some(Channel::PerformanceMax) => asset_group::refine_ad(object, assets, report),
        Some(Channel::DemandGen) => demand_gen::refine_ad(object, assets, report),
        Some(Channel::Search) | None => rsa::refine_ad(object, report),
    }
    creative::sort(object);
    check_landing_page(object, report);
    vendor::check_ad(object, report);
    refine_utm(object, facts.channel, report)
}

fn check_landing_page(object: &DesiredObject, report: &mut Report) {
    let path = "creative.landingPage";
    match object.text(path) {
        Some(url) => texts::check_url(object, path, url, report),
        None if object.external_id.is_some() => {}
        None => {
            let hint = "write `landingPage: https://..` in the creative";
            report.error(object, path, "missing-landing-page", "the ad needs a landing page", hint);
        }
    }
}

fn check_empty(
    object: &DesiredObject,
    key: &str,
    text: &Value,
    channel: Option<Channel>,
    report: &mut Report,
) {
    if channel != Some(Channel::PerformanceMax) {
        return;
    }
    let text = text.as_text().unwrap_or_default();
    if let Some(empty) = EMPTY_IN_PERFORMANCE_MAX.iter().find(|tag| text.contains(**tag)) {
        let message = format!("`{empty}` in `{key}` says nothing in Performance Max");
        let hint = "remove it; `{campaign.name}`, `{adGroup.name}` and `{device}` work";
        report.error(object, UTM, "empty-placeholder", message, hint);
    }
}

/// Completes `utm`, checks its placeholders, and adds the ad's own name where it is used.
fn refine_utm(object: &mut DesiredObject, channel: Option<Channel>, report: &mut Report) -> Uses {
    let Some(field) = object.fields.get_mut(UTM) else { return Uses::default() };
    if let Value::Map(entries) = &mut field.value {
        for (key, text) in tracking::DEFAULTS {
            entries.entry(CompactString::new(key)).or_insert_with(|| Value::text(text));
        }
    }
    let (utm, origin) = (field.value.clone(), field.origin.clone());
    for (key, text) in utm.entries().into_iter().flatten() {
        check_empty(object, key, text, channel, report);
        if let Some(unknown) = text.as_text().and_then(tracking::unknown_placeholder) {
            let message = format!("`{unknown}` in `{key}` is no placeholder");
            report.error(
                object,
                UTM,
                "unknown-placeholder",
                message,
                format!("write one of {}", tracking::placeholders()),
            );
        }
    }
    if object.value("creative.google.finalUrlSuffix").is_some() {
        let hint = "remove one of the two";
        report.error(
            object,
            UTM,
            "two-suffixes",
            "`tracking.utm` becomes the final URL suffix, which is written as well",
            hint,
        );
    }
    if tracking::uses(&utm, "{ad.name}") {
        let name = object.address.ad.as_ref().map(ToString::to_string).unwrap_or_default();
        let field = Field { source: FieldSource::Inherited, ..Field::declared(Value::text(name), origin) };
        object
            .fields
            .insert(FieldPath::new(format!("google.urlCustomParameters.{}", parameters::AD_NAME)), field);
    }
    Uses {
        campaign_name: tracking::uses(&utm, "{campaign.name}"),
        ad_group_name: tracking::uses(&utm, "{adGroup.name}"),
    }
}

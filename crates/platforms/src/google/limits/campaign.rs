//! Campaigns and what hangs on them. Sources: mapping §1, §3; google-ads.md §3.2, §7.

use adplane_core::desired::DesiredObject;
use adplane_core::field::FieldPath;
use adplane_core::value::Value;

use super::refine::{CampaignFacts, Channel, Surroundings};
use super::report::Report;
use super::{amounts, bidding, schedule, targeting, texts, vendor};

const CHANNEL: &str = "google.advertisingChannelType";
const LINK_TEXT: usize = 25;
const LINK_DESCRIPTION: usize = 35;
/// Sitelinks serve from two on (google-ads.md §7, probable).
const FEWEST_SITELINKS: usize = 2;

/// Refines a campaign; what its children need to know.
pub(super) fn refine(
    object: &mut DesiredObject,
    surroundings: &Surroundings,
    report: &mut Report,
) -> CampaignFacts {
    let mut facts = CampaignFacts::default();
    inherit(object, surroundings);
    unused(object, report);
    vendor::spread_automation(object);
    texts::check_name(object, report);
    let Some(channel) = channel(object, report) else { return facts };
    facts.channel = Some(channel);
    check_objective(object, channel, report);
    check_budget(object, channel, surroundings, report);
    check_declaration(object, report);
    schedule::check(object, channel, &surroundings.zone, report);
    facts.portfolio = object.value("google.biddingStrategy").is_some();
    facts.strategy = bidding::check_campaign(object, channel, surroundings, report);
    targeting::check_campaign(object, channel, report);
    texts::refine_keywords(object, "negativeKeywords", report);
    refuse_bids(object, report);
    check_sitelinks(object, report);
    check_callouts(object, report);
    vendor::check_campaign(object, report);
    check_brand_guidelines(object, report);
    for path in ["keywords", "optimization"] {
        if object.below(path).next().is_some() {
            let hint = if path == "keywords" {
                "move them to an ad group"
            } else {
                "choose `bidding`; set conversion goals in the account"
            };
            report.error(object, path, "not-on-campaign", format!("Google campaigns have no `{path}`"), hint);
        }
    }
    bidding::hand_down(object, facts.strategy, &mut facts);
    targeting::hand_down(object, channel, &mut facts, report);
    facts.places = object.value("targeting.locations").is_some();
    create_defaults(object, channel);
    facts
}

fn inherit(object: &mut DesiredObject, surroundings: &Surroundings) {
    let path = FieldPath::new("compliance.euPoliticalAds");
    if let Some(field) = surroundings.inherited.get(&path) {
        object.fields.entry(path).or_insert_with(|| field.inherited());
    }
}

fn unused(object: &mut DesiredObject, report: &mut Report) {
    report.unused(object, "specialAdCategories", "it has no such declaration");
    report.unused(object, "specialAdCategoryCountries", "it has no such declaration");
    report.unused(object, "compliance.dsa", "payer and beneficiary are declared in the account");
}

fn channel(object: &DesiredObject, report: &mut Report) -> Option<Channel> {
    let Some(word) = object.text(CHANNEL) else {
        report.error(
            object,
            CHANNEL,
            "missing-channel",
            "a Google campaign needs its channel, which can never be changed",
            "write `google: {advertisingChannelType: SEARCH}`",
        );
        return None;
    };
    let channel = Channel::parse(word);
    if channel.is_none() && object.external_id.is_none() {
        let message = format!("Adplane creates no campaigns of channel `{word}`");
        report.error(
            object,
            CHANNEL,
            "unknown-channel",
            message,
            "write SEARCH, PERFORMANCE_MAX or DEMAND_GEN",
        );
    }
    channel
}

fn check_objective(object: &DesiredObject, channel: Channel, report: &mut Report) {
    let Some(objective) = object.text("objective") else { return };
    let hint = match (objective, channel) {
        ("Engagement", _) => "write `Awareness` or `Traffic`",
        ("AppPromotion", _) => "remove the campaign; app campaigns are out of scope",
        ("Awareness" | "Traffic", Channel::PerformanceMax) => "write `Leads` or `Sales`, or use DEMAND_GEN",
        _ => return,
    };
    let message = format!("Google has no campaign for {objective} of this channel");
    report.error(object, "objective", "objective-not-on-google", message, hint);
}

fn check_budget(object: &DesiredObject, channel: Channel, surroundings: &Surroundings, report: &mut Report) {
    amounts::check(object, "budget.daily", surroundings.currency, report);
    amounts::check(object, "budget.total", surroundings.currency, report);
    if object.value("budget.ref").is_some() && channel != Channel::Search {
        let hint = "write `budget: {daily: ..}`";
        report.error(
            object,
            "budget.ref",
            "shared-budget-refused",
            "campaigns of this channel take no shared budget",
            hint,
        );
    }
}

/// A legal statement is never guessed (mapping §1.1).
fn check_declaration(object: &DesiredObject, report: &mut Report) {
    if object.value("compliance.euPoliticalAds").is_none() && object.external_id.is_none() {
        report.error(
            object,
            "compliance.euPoliticalAds",
            "missing-eu-declaration",
            "state whether this campaign holds EU political advertising",
            "write `compliance: {euPoliticalAds: false}` on the campaign or on the AdAccount",
        );
    }
}

/// With brand guidelines name and logo are the campaign's, where Adplane does not put them (google-ads.md §3.7).
fn check_brand_guidelines(object: &DesiredObject, report: &mut Report) {
    let path = "google.brandGuidelinesEnabled";
    if object.value(path).and_then(Value::as_bool) == Some(true) && object.external_id.is_none() {
        let message = "with brand guidelines the business name and the logo move to the campaign";
        let hint =
            "write `false`, or create the campaign in Google Ads and bind it with `adplane.io/external-id`";
        report.error(object, path, "brand-guidelines", message, hint);
    }
}

/// Negative keywords exclude; they have no bids.
pub(super) fn refuse_bids(object: &DesiredObject, report: &mut Report) {
    let entries = object.value("negativeKeywords").and_then(Value::entries);
    if entries.into_iter().flatten().any(|(_, entry)| entry.entry("bid").is_some()) {
        let hint = "remove `bid`";
        report.error(object, "negativeKeywords", "bid-on-negative", "negative keywords have no bid", hint);
    }
}

fn check_sitelinks(object: &DesiredObject, report: &mut Report) {
    let path = "sitelinks";
    let Some(links) = object.value(path).and_then(Value::entries) else { return };
    for link in links.values() {
        let part = |key: &str| link.entry(key).and_then(Value::as_text);
        let text = part("text").unwrap_or_default();
        texts::check_width(object, path, "sitelink", text, LINK_TEXT, report);
        texts::check_url(object, path, part("url").unwrap_or_default(), report);
        let descriptions: Vec<&str> = ["description1", "description2"].into_iter().filter_map(part).collect();
        for description in &descriptions {
            texts::check_width(object, path, "sitelink description", description, LINK_DESCRIPTION, report);
        }
        if descriptions.len() == 1 {
            let message = format!("sitelink `{text}` has one description line");
            report.error(
                object,
                path,
                "sitelink-descriptions",
                message,
                "write both `description1` and `description2`, or none",
            );
        }
    }
    if (1..FEWEST_SITELINKS).contains(&links.len()) {
        let hint = "add another sitelink";
        report.warning(object, path, "too-few-sitelinks", "Google shows sitelinks from two on", hint);
    }
}

fn check_callouts(object: &DesiredObject, report: &mut Report) {
    for text in object.value("callouts").into_iter().flat_map(Value::texts) {
        texts::check_width(object, "callouts", "callout", text, LINK_TEXT, report);
    }
}

/// The narrow side of everything that the vendor would open by itself (mapping §1.1).
fn create_defaults(object: &mut DesiredObject, channel: Channel) {
    if channel == Channel::Search {
        for (network, on) in [
            ("targetGoogleSearch", true),
            ("targetSearchNetwork", false),
            ("targetContentNetwork", false),
            ("targetPartnerSearchNetwork", false),
        ] {
            object.default_field(&format!("google.networkSettings.{network}"), on);
        }
    }
    for side in ["positiveGeoTargetType", "negativeGeoTargetType"] {
        object.default_field(&format!("google.geoTargetTypeSetting.{side}"), "PRESENCE");
    }
    for kind in automation(channel) {
        object.default_field(&format!("google.assetAutomationSettings.{kind}"), "OPTED_OUT");
    }
    if channel == Channel::PerformanceMax {
        object.default_field("google.brandGuidelinesEnabled", false);
    }
}

/// What the vendor would generate by itself in campaigns of a channel (google-ads.md §3.2; which channel knows
/// which type is unverified). Demand Gen decides it per ad.
fn automation(channel: Channel) -> &'static [&'static str] {
    match channel {
        Channel::Search => &["TEXT_ASSET_AUTOMATION"],
        Channel::PerformanceMax => &[
            "TEXT_ASSET_AUTOMATION",
            "FINAL_URL_EXPANSION_TEXT_ASSET_AUTOMATION",
            "GENERATE_ENHANCED_YOUTUBE_VIDEOS",
            "GENERATE_IMAGE_ENHANCEMENT",
            "GENERATE_IMAGE_EXTRACTION",
        ],
        Channel::DemandGen => &[],
    }
}

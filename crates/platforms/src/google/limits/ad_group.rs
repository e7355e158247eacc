//! Ad groups. Sources: mapping §1.1, §6; google-ads.md §3.4, §3.8.

use adplane_core::desired::DesiredObject;
use adplane_core::value::Value;

use super::refine::{CampaignFacts, Channel, Surroundings};
use super::report::Report;
use super::{amounts, asset_group, bidding, campaign, targeting, texts, vendor};
use crate::google::wire::bidding::Strategy;
use crate::google::wire::lane;

/// Refines an ad group under its campaign.
pub(super) fn refine(
    object: &mut DesiredObject,
    surroundings: &Surroundings,
    facts: &CampaignFacts,
    report: &mut Report,
) {
    report.unused(object, "compliance", "declarations belong to the campaign");
    texts::check_name(object, report);
    belongs_elsewhere(object, report);
    if facts.channel == Some(Channel::PerformanceMax) {
        asset_group::refine_group(object, facts, report);
        return;
    }
    targeting::check_ad_group(object, facts.channel.unwrap_or(Channel::Search), report);
    for (path, field) in &facts.handed_down {
        object.fields.entry(path.clone()).or_insert_with(|| field.inherited());
    }
    bidding::check_ad_group(object, facts, surroundings, report);
    texts::refine_keywords(object, "keywords", report);
    texts::refine_keywords(object, "negativeKeywords", report);
    campaign::refuse_bids(object, report);
    check_keywords(object, facts, surroundings, report);
    vendor::refine_interests(object, report);
    vendor::check_ad_group(object, report);
    match facts.channel {
        Some(Channel::Search) => object.default_field("google.type", "SEARCH_STANDARD"),
        Some(Channel::DemandGen) => refuse_search_only(object, report),
        Some(Channel::PerformanceMax) | None => {}
    }
}

/// What only Search ad groups have (mapping §1.1, §6).
fn refuse_search_only(object: &mut DesiredObject, report: &mut Report) {
    for (path, message, hint) in [
        ("google.type", "ad groups of Demand Gen have no type", "remove `type`"),
        ("keywords", "ad groups of Demand Gen have no keywords", "remove them, or use a SEARCH campaign"),
        ("negativeKeywords", "ad groups of Demand Gen have no keywords", "move them to a SEARCH campaign"),
    ] {
        if object.value(path).is_some() {
            report.error(object, path, "only-on-search", message, hint);
        }
    }
    object.default_field(lane::FIELD, lane::DEMAND_GEN);
}

fn belongs_elsewhere(object: &DesiredObject, report: &mut Report) {
    for (path, message, hint) in [
        ("budget", "on Google the budget belongs to the campaign", "move it to the campaign"),
        ("schedule", "on Google dates and hours belong to the campaign", "move them to the campaign"),
        (
            "optimization",
            "Google ad groups have no goal",
            "choose `bidding` on the campaign; set conversion goals in the account",
        ),
        ("sitelinks", "Adplane manages sitelinks on campaigns", "move them to the campaign"),
        ("callouts", "Adplane manages callouts on campaigns", "move them to the campaign"),
    ] {
        if object.below(path).next().is_some() {
            report.error(object, path, "belongs-to-campaign", message, hint);
        }
    }
}

fn check_keywords(
    object: &DesiredObject,
    facts: &CampaignFacts,
    surroundings: &Surroundings,
    report: &mut Report,
) {
    let path = "keywords";
    let entries = object.value(path).and_then(Value::entries);
    for (key, entry) in entries.into_iter().flatten() {
        let Some(bid) = entry.entry("bid").and_then(Value::as_money) else { continue };
        amounts::check_amount(object, path, bid, surroundings.currency, report);
        if facts.strategy.is_some_and(|strategy| strategy != Strategy::ManualCpc) {
            let message = format!("keyword `{key}` has a bid, which only ManualCpc uses");
            report.error(object, path, "bid-without-manual", message, "remove `bid`, or bid with ManualCpc");
        }
    }
    let negatives = object.value("negativeKeywords").and_then(Value::entries);
    if let (Some(keywords), Some(negatives)) = (entries, negatives)
        && let Some(key) = keywords.keys().find(|key| negatives.contains_key(*key))
    {
        let message = format!("keyword `{key}` is both wanted and excluded");
        report.error(
            object,
            "negativeKeywords",
            "keyword-on-both-sides",
            message,
            "remove it from one of the two",
        );
    }
}

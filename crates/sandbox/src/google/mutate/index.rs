//! The keys objects are filed under, so that uniqueness and references need no scan per operation.

use serde_json::Value;

use crate::google::names;
use crate::world::Object;

/// A text member, empty when absent.
fn text<'a>(object: &'a Object, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Whether an object is gone for good.
pub(in crate::google) fn is_removed(object: &Object) -> bool {
    text(object, "status") == "REMOVED"
}

/// Names compare trimmed; the case rule is unknown (§7), so case counts.
pub(in crate::google) fn name_key(scope: &str, name: &str) -> String {
    format!("name:{scope}:{}", name.trim())
}

/// The keys of one object; removed ones free their names (§8, unverified).
pub(super) fn keys(collection: &str, object: &Object) -> Vec<String> {
    if is_removed(object) {
        return Vec::new();
    }
    let name = |scope: &str| name_key(scope, text(object, "name"));
    match collection {
        "campaigns" => {
            let mut keys = vec![name(""), format!("budget:{}", text(object, "campaignBudget"))];
            if object.contains_key("biddingStrategy") {
                keys.push(format!("strategy:{}", text(object, "biddingStrategy")));
            }
            keys
        }
        "campaignBudgets" if object.get("explicitlyShared") == Some(&Value::Bool(true)) => vec![name("")],
        "adGroups" | "assetGroups" => {
            let campaign = text(object, "campaign");
            vec![name(campaign), format!("campaign:{campaign}")]
        }
        "adGroupAds" => ad_keys(object),
        "campaignCriteria" => schedule_key(object).into_iter().collect(),
        "labels" | "biddingStrategies" | "conversionActions" => vec![name("")],
        "sharedSets" => vec![name(text(object, "type"))],
        "campaignSharedSets" | "sharedCriteria" => vec![format!("set:{}", text(object, "sharedSet"))],
        "assetGroupAssets" | "assetGroupSignals" => vec![format!("group:{}", text(object, "assetGroup"))],
        "assets" => crate::google::rules::asset::content_key(object).into_iter().collect(),
        "campaignLabels" | "adGroupLabels" | "adGroupAdLabels" | "adGroupCriterionLabels" => {
            vec![format!("label:{}", text(object, "label"))]
        }
        _ => Vec::new(),
    }
}

fn ad_keys(object: &Object) -> Vec<String> {
    let ad_group = text(object, "adGroup");
    let mut keys = vec![format!("adGroup:{ad_group}")];
    let is_rsa = object.get("ad").is_some_and(|ad| ad.get("responsiveSearchAd").is_some());
    if is_rsa && text(object, "status") == "ENABLED" {
        keys.push(format!("rsa:{ad_group}"));
    }
    keys
}

fn schedule_key(object: &Object) -> Option<String> {
    let schedule = object.get("adSchedule")?.as_object()?;
    Some(format!("schedule:{}:{}", names::id_of(text(object, "campaign")), text(schedule, "dayOfWeek")))
}

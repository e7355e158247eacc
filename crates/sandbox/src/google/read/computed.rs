//! Read-only fields that follow from other objects and from time. Source: google-ads.md §3.

use serde_json::{Value, json};

use super::Reader;
use super::children::living;
use crate::google::clock;
use crate::google::data::geo;
use crate::google::names::id_of;
use crate::google::rules::{bidding, int_of, text_of};
use crate::google::schema::bidding::strategy_type;
use crate::world::Object;

/// The computed fields of one object.
pub(in crate::google) fn overlay(reader: &Reader<'_>, gaql: &str, object: &Object) -> Object {
    let mut computed = Object::new();
    match gaql {
        "campaign" => campaign(reader, object, &mut computed),
        "campaign_budget" => budget(reader, object, &mut computed),
        "ad_group" => {
            labels(reader, object, &mut computed);
            set_status(ad_group_status(reader, object), &mut computed);
            if let Some(bid) = object.get("cpcBidMicros") {
                computed.insert("effectiveCpcBidMicros".into(), bid.clone());
            }
        }
        "ad_group_ad" => {
            labels(reader, object, &mut computed);
            set_status(ad_status(reader, object), &mut computed);
            computed.insert("adStrength".into(), json!("AVERAGE"));
        }
        "ad_group_criterion" => ad_group_criterion(reader, object, &mut computed),
        "campaign_criterion" => criterion(object, &mut computed),
        "asset" => {
            let summary = json!({"reviewStatus": "REVIEWED", "approvalStatus": "APPROVED"});
            computed.insert("policySummary".into(), summary);
        }
        "asset_group" => {
            set_status(asset_group_status(reader, object), &mut computed);
            computed.insert("adStrength".into(), json!("AVERAGE"));
        }
        "shared_set" => {
            let name = text_of(object, "resourceName");
            let children = reader.children();
            computed.insert("memberCount".into(), count(living(&children.set_members, name).count()));
            computed.insert("referenceCount".into(), count(living(&children.set_users, name).count()));
        }
        "bidding_strategy" => {
            let name = text_of(object, "resourceName");
            let users = living(&reader.children().strategy_users, name).count();
            computed.insert("campaignCount".into(), count(users));
            computed.insert("nonRemovedCampaignCount".into(), count(users));
            let currency = reader.customer().get("currencyCode").cloned().unwrap_or(Value::Null);
            computed.insert("effectiveCurrencyCode".into(), currency);
        }
        "campaign_asset" | "ad_group_asset" | "customer_asset" | "asset_group_asset" => {
            let status = match text_of(object, "status") {
                "ENABLED" => "ELIGIBLE",
                other => other,
            };
            computed.insert("primaryStatus".into(), json!(status));
        }
        _ => {}
    }
    // A status that a test control has set stands: no state of the emulator leads to each of them.
    computed.retain(|name, _| !(name.starts_with("primaryStatus") && object.contains_key("primaryStatus")));
    computed
}

fn count(number: usize) -> Value {
    json!(number.to_string())
}

type Status = (&'static str, Vec<&'static str>);

fn set_status((status, reasons): Status, computed: &mut Object) {
    computed.insert("primaryStatus".into(), json!(status));
    if !reasons.is_empty() {
        computed.insert("primaryStatusReasons".into(), json!(reasons));
    }
}

fn labels(reader: &Reader<'_>, object: &Object, computed: &mut Object) {
    if let Some(labels) = reader.children().labels.get(text_of(object, "resourceName")) {
        computed.insert("labels".into(), json!(labels));
    }
}

fn campaign(reader: &Reader<'_>, object: &Object, computed: &mut Object) {
    labels(reader, object, computed);
    let status = campaign_status(reader, object);
    let serving = match status.0 {
        "ELIGIBLE" | "LIMITED" | "LEARNING" => "SERVING",
        "ENDED" => "ENDED",
        "PENDING" => "PENDING",
        _ => "NONE",
    };
    computed.insert("servingStatus".into(), json!(serving));
    set_status(status, computed);
    let kind = match bidding::member(object) {
        Some(member) => Some(strategy_type(member)),
        None => reader
            .follow(text_of(object, "biddingStrategy"))
            .map(|strategy| text_of(strategy, "type").to_owned()),
    };
    if let Some(kind) = kind {
        computed.insert("biddingStrategyType".into(), json!(kind));
    }
    computed.insert("biddingStrategySystemStatus".into(), json!("ENABLED"));
    let undeclared = !object.contains_key("containsEuPoliticalAdvertising");
    computed.insert("missingEuPoliticalAdvertisingDeclaration".into(), json!(undeclared));
}

/// A budget's name, when it is a campaign's own, is the campaign's (§3.1).
fn budget(reader: &Reader<'_>, object: &Object, computed: &mut Object) {
    let users: Vec<&Object> =
        living(&reader.children().budget_users, text_of(object, "resourceName")).collect();
    computed.insert("referenceCount".into(), count(users.len()));
    computed.insert("hasRecommendedBudget".into(), json!(false));
    let own = object.get("explicitlyShared") == Some(&Value::Bool(false));
    if let Some(name) = users.first().filter(|_| own).and_then(|campaign| campaign.get("name")) {
        computed.insert("name".into(), name.clone());
    }
}

/// `primaryStatus` of a campaign with its reasons (§3.2; how they combine is unverified).
pub(in crate::google) fn campaign_status(reader: &Reader<'_>, object: &Object) -> Status {
    match text_of(object, "status") {
        "REMOVED" => return ("REMOVED", vec!["CAMPAIGN_REMOVED"]),
        "PAUSED" => return ("PAUSED", vec!["CAMPAIGN_PAUSED"]),
        _ => {}
    }
    let now = reader.now().to_zoned(reader.zone.clone()).datetime();
    if clock::parse(text_of(object, "endDateTime")).is_some_and(|end| end < now) {
        return ("ENDED", vec!["CAMPAIGN_ENDED"]);
    }
    if clock::parse(text_of(object, "startDateTime")).is_some_and(|start| start > now) {
        return ("PENDING", vec!["CAMPAIGN_PENDING"]);
    }
    if text_of(object, "advertisingChannelType") == "PERFORMANCE_MAX" {
        return asset_groups_status(reader, object);
    }
    ads_status(reader, object)
}

fn asset_groups_status(reader: &Reader<'_>, campaign: &Object) -> Status {
    let groups: Vec<&Object> =
        living(&reader.children().asset_groups, text_of(campaign, "resourceName")).collect();
    if groups.is_empty() {
        ("NOT_ELIGIBLE", vec!["NO_ASSET_GROUPS"])
    } else if groups.iter().all(|group| text_of(group, "status") != "ENABLED") {
        ("NOT_ELIGIBLE", vec!["ASSET_GROUPS_PAUSED"])
    } else {
        ("ELIGIBLE", Vec::new())
    }
}

fn ads_status(reader: &Reader<'_>, campaign: &Object) -> Status {
    let children = reader.children();
    let groups: Vec<&Object> = living(&children.ad_groups, text_of(campaign, "resourceName")).collect();
    let running: Vec<&Object> =
        groups.iter().copied().filter(|group| text_of(group, "status") == "ENABLED").collect();
    if running.is_empty() {
        let reason = if groups.is_empty() { "NO_AD_GROUPS" } else { "AD_GROUPS_PAUSED" };
        return ("NOT_ELIGIBLE", vec![reason]);
    }
    let ads: Vec<&Object> =
        running.iter().flat_map(|group| living(&children.ads, text_of(group, "resourceName"))).collect();
    let enabled: Vec<&Object> = ads.iter().copied().filter(|ad| text_of(ad, "status") == "ENABLED").collect();
    if enabled.is_empty() {
        let reason = if ads.is_empty() { "NO_AD_GROUP_ADS" } else { "AD_GROUP_ADS_PAUSED" };
        return ("NOT_ELIGIBLE", vec![reason]);
    }
    let search = text_of(campaign, "advertisingChannelType") == "SEARCH";
    let keywords =
        |group: &&&Object| living(&children.keywords, text_of(group, "resourceName")).next().is_some();
    if search && !running.iter().any(|group| keywords(&group)) {
        return ("NOT_ELIGIBLE", vec!["NO_KEYWORDS"]);
    }
    let with =
        |wanted: &str| enabled.iter().filter(|ad| review(ad).1 == wanted || review(ad).0 == wanted).count();
    let disapproved = with("DISAPPROVED");
    if disapproved == enabled.len() {
        ("NOT_ELIGIBLE", vec!["HAS_ADS_DISAPPROVED"])
    } else if with("REVIEW_IN_PROGRESS") == enabled.len() {
        ("NOT_ELIGIBLE", vec!["MOST_ADS_UNDER_REVIEW"])
    } else if disapproved > 0 {
        ("LIMITED", vec!["HAS_ADS_DISAPPROVED"])
    } else {
        ("ELIGIBLE", Vec::new())
    }
}

/// Review and approval status of an ad.
fn review(ad: &Object) -> (&str, &str) {
    let summary = ad.get("policySummary").and_then(Value::as_object);
    summary.map_or(("", ""), |summary| (text_of(summary, "reviewStatus"), text_of(summary, "approvalStatus")))
}

/// The reason a parent campaign gives its children.
fn parent_reason(campaign: Option<&Object>) -> Option<Status> {
    match campaign.map(|campaign| text_of(campaign, "status")) {
        Some("REMOVED") => Some(("NOT_ELIGIBLE", vec!["CAMPAIGN_REMOVED"])),
        Some("PAUSED") => Some(("NOT_ELIGIBLE", vec!["CAMPAIGN_PAUSED"])),
        _ => None,
    }
}

/// `primaryStatus` of an ad group.
fn ad_group_status(reader: &Reader<'_>, object: &Object) -> Status {
    match text_of(object, "status") {
        "REMOVED" => return ("REMOVED", vec!["AD_GROUP_REMOVED"]),
        "PAUSED" => return ("PAUSED", vec!["AD_GROUP_PAUSED"]),
        _ => {}
    }
    if let Some(status) = parent_reason(reader.follow(text_of(object, "campaign"))) {
        return status;
    }
    if living(&reader.children().ads, text_of(object, "resourceName")).next().is_none() {
        return ("NOT_ELIGIBLE", vec!["NO_AD_GROUP_ADS"]);
    }
    ("ELIGIBLE", Vec::new())
}

/// `primaryStatus` of an ad in its ad group (§3.5).
fn ad_status(reader: &Reader<'_>, object: &Object) -> Status {
    match text_of(object, "status") {
        "REMOVED" => return ("REMOVED", vec!["AD_GROUP_AD_REMOVED"]),
        "PAUSED" => return ("PAUSED", vec!["AD_GROUP_AD_PAUSED"]),
        _ => {}
    }
    let group = reader.follow(text_of(object, "adGroup"));
    match group.map(|group| text_of(group, "status")) {
        Some("REMOVED") => return ("NOT_ELIGIBLE", vec!["AD_GROUP_REMOVED"]),
        Some("PAUSED") => return ("NOT_ELIGIBLE", vec!["AD_GROUP_PAUSED"]),
        _ => {}
    }
    let campaign = group.and_then(|group| reader.follow(text_of(group, "campaign")));
    if let Some(status) = parent_reason(campaign) {
        return status;
    }
    match review(object) {
        (_, "DISAPPROVED") => ("NOT_ELIGIBLE", vec!["AD_GROUP_AD_DISAPPROVED"]),
        (_, "APPROVED_LIMITED") => ("LIMITED", vec!["AD_GROUP_AD_APPROVED_LABELED"]),
        ("REVIEW_IN_PROGRESS", _) => ("PENDING", vec!["AD_GROUP_AD_UNDER_REVIEW"]),
        _ => ("ELIGIBLE", Vec::new()),
    }
}

/// `primaryStatus` of an asset group: its own state, its campaign's, then the review of its assets (mapping §2; how
/// they combine is unverified).
fn asset_group_status(reader: &Reader<'_>, object: &Object) -> Status {
    let (status, mut reasons) = match text_of(object, "status") {
        "REMOVED" => return ("REMOVED", vec!["ASSET_GROUP_REMOVED"]),
        "PAUSED" => ("PAUSED", vec!["ASSET_GROUP_PAUSED"]),
        _ => parent_reason(reader.follow(text_of(object, "campaign"))).unwrap_or(("ELIGIBLE", Vec::new())),
    };
    let links: Vec<&Object> =
        living(&reader.children().asset_links, text_of(object, "resourceName")).collect();
    let any = |wanted: &str| links.iter().any(|link| review(link).0 == wanted || review(link).1 == wanted);
    let found = if any("DISAPPROVED") {
        Some(("NOT_ELIGIBLE", "ASSET_GROUP_DISAPPROVED"))
    } else if any("REVIEW_IN_PROGRESS") {
        Some(("PENDING", "ASSET_GROUP_UNDER_REVIEW"))
    } else if any("APPROVED_LIMITED") {
        Some(("LIMITED", "ASSET_GROUP_LIMITED"))
    } else {
        None
    };
    let Some((seen, reason)) = found else { return (status, reasons) };
    reasons.push(reason);
    (if status == "ELIGIBLE" { seen } else { status }, reasons)
}

fn ad_group_criterion(reader: &Reader<'_>, object: &Object, computed: &mut Object) {
    criterion(object, computed);
    labels(reader, object, computed);
    let group = reader.follow(text_of(object, "adGroup"));
    if object.contains_key("keyword") {
        computed.insert("approvalStatus".into(), json!("APPROVED"));
        computed.insert("systemServingStatus".into(), json!("ELIGIBLE"));
        let bid =
            int_of(object, "cpcBidMicros").or_else(|| group.and_then(|group| int_of(group, "cpcBidMicros")));
        if let Some(bid) = bid {
            computed.insert("effectiveCpcBidMicros".into(), json!(bid.to_string()));
        }
    }
    let status: Status = match text_of(object, "status") {
        "REMOVED" => ("REMOVED", vec!["AD_GROUP_CRITERION_REMOVED"]),
        "PAUSED" => ("PAUSED", vec!["AD_GROUP_CRITERION_PAUSED"]),
        _ => ("ELIGIBLE", Vec::new()),
    };
    set_status(status, computed);
}

fn criterion(object: &Object, computed: &mut Object) {
    let inner = |member: &str, field: &str| {
        object.get(member).and_then(|value| value.get(field)).and_then(Value::as_str).map(str::to_owned)
    };
    let place = inner("location", "geoTargetConstant").and_then(|name| geo::find(id_of(&name).parse().ok()?));
    if let Some(place) = place {
        computed.insert("requireEuPoliticalAdvertisingDeclaration".into(), json!(place.in_eu()));
        computed.insert("displayName".into(), json!(place.name));
    } else if let Some(text) = inner("keyword", "text") {
        computed.insert("displayName".into(), json!(text));
    }
}

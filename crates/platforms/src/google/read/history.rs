//! The vendor's change history. Source: google-ads.md §3.13.

use std::collections::HashMap;

use adplane_core::field::FieldPath;
use adplane_core::time::Zone;
use adplane_engine::port::{CREATED, HistoryEvent};
use serde_json::Value;

use super::{AD_COLLECTION, external_id};
use crate::google::wire::{last, local, text};

/// An event of a row; `None` for things that are no object of ours.
pub(in super::super) fn event(row: &Value, zone: &Zone) -> Option<HistoryEvent> {
    let event = row.get("changeEvent")?;
    let at = instant(text(event, "changeDateTime")?, zone)?;
    let operation = text(event, "resourceChangeOperation").unwrap_or("CHANGE").to_ascii_lowercase();
    let kind = text(event, "changeResourceType").unwrap_or_default().to_ascii_lowercase().replace('_', " ");
    let fields = text(event, "changedFields").map(|fields| format!(": {fields}")).unwrap_or_default();
    Some(HistoryEvent {
        at,
        actor: text(event, "userEmail").unwrap_or_default().to_owned(),
        client: text(event, "clientType").unwrap_or_default().to_owned(),
        id: external_id(&object(event)?)?,
        what: format!("{operation} {kind}{fields}"),
        fields: about(event),
    })
}

/// Words in a changed member, and the field they are about; the first that is there counts.
const TOPICS: [(&str, &str); 14] = [
    ("status", "state"),
    ("budget", "budget"),
    ("amountmicros", "budget"),
    ("startdate", "schedule"),
    ("enddate", "schedule"),
    ("geotarget", "targeting"),
    ("network", "google"),
    ("target", "bidding"),
    ("maximize", "bidding"),
    ("bid", "bidding"),
    ("manualcp", "bidding"),
    ("tracking", "tracking"),
    ("suffix", "tracking"),
    ("urlcustomparameters", "tracking"),
];

/// Fields that a change is about: of criteria and links all that they may be, of members by their name; none where one
/// is not known.
fn about(event: &Value) -> Vec<FieldPath> {
    let several = |paths: &[&str]| paths.iter().map(FieldPath::new).collect();
    match text(event, "changeResourceType") {
        Some("CAMPAIGN_BUDGET") => return several(&["budget", "shared"]),
        Some("CAMPAIGN_CRITERION") => {
            return several(&["targeting", "negativeKeywords", "schedule.hours"]);
        }
        Some("AD_GROUP_CRITERION" | "AD_GROUP_BID_MODIFIER") => {
            return several(&["keywords", "negativeKeywords", "targeting"]);
        }
        Some("CAMPAIGN_ASSET" | "AD_GROUP_ASSET") => return several(&["sitelinks", "callouts", "google"]),
        Some("AD") => return several(&["creative"]),
        _ if text(event, "resourceChangeOperation") == Some("CREATE") => return several(&[CREATED]),
        _ if text(event, "resourceChangeOperation") != Some("UPDATE") => return Vec::new(),
        _ => {}
    }
    let topic = |member: &str| {
        let member = member.trim().replace('_', "").to_ascii_lowercase();
        if member.rsplit('.').next() == Some("name") {
            return Some(FieldPath::new("displayName"));
        }
        if member.starts_with("ad.") {
            return Some(FieldPath::new("creative"));
        }
        TOPICS.iter().find(|(word, _)| member.contains(word)).map(|(_, path)| FieldPath::new(path))
    };
    let told: Option<Vec<FieldPath>> =
        text(event, "changedFields").unwrap_or_default().split(',').map(topic).collect();
    told.unwrap_or_default()
}

/// Whether an event is about a budget.
pub(in super::super) fn is_of_budget(event: &HistoryEvent) -> bool {
    event.id.as_str().starts_with("campaignBudgets/")
}

/// A campaign's own budget is a field of it: its changes are told as the campaign's.
pub(in super::super) fn tell_of_holders(events: &mut [HistoryEvent], own_budgets: &[Value]) {
    let holders: HashMap<&str, &str> = own_budgets
        .iter()
        .filter_map(|row| row.get("campaign"))
        .filter_map(|campaign| {
            Some((local(text(campaign, "campaignBudget")?), local(text(campaign, "resourceName")?)))
        })
        .collect();
    for event in events {
        if let Some(id) = holders.get(event.id.as_str()).and_then(|holder| external_id(holder)) {
            event.id = id;
        }
    }
}

/// The last change of an asset group and of the ad that its assets are. The vendor tells neither who made it nor what
/// was changed.
pub(in super::super) fn asset_group_events(row: &Value, zone: &Zone) -> Vec<HistoryEvent> {
    let status = row.get("changeStatus").unwrap_or(&Value::Null);
    let at = text(status, "lastChangeDateTime").and_then(|told| instant(told, zone));
    let (Some(at), Some(group)) = (at, text(status, "assetGroup").map(local)) else { return Vec::new() };
    let what = match text(status, "resourceStatus") {
        Some("ADDED") => "create asset group",
        Some("REMOVED") => "remove asset group",
        _ => "update asset group or its assets",
    };
    let ids = [group.to_owned(), format!("{AD_COLLECTION}/{}", last(group))];
    ids.iter()
        .filter_map(|id| external_id(id))
        .map(|id| HistoryEvent {
            at,
            actor: "unknown".to_owned(),
            client: "change_status".to_owned(),
            id,
            what: what.to_owned(),
            fields: Vec::new(),
        })
        .collect()
}

fn instant(told: &str, zone: &Zone) -> Option<jiff::Timestamp> {
    let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S%.f", told).ok()?;
    Some(civil.to_zoned(zone.rules()).ok()?.timestamp())
}

/// The object that a change belongs to: criteria, links and own budgets are told as their holder.
fn object(event: &Value) -> Option<String> {
    let name = local(text(event, "changeResourceName")?);
    let (collection, id) = name.split_once('/')?;
    let holder = |id: &str| id.split_once('~').map_or_else(|| id.to_owned(), |(holder, _)| holder.to_owned());
    match collection {
        "campaigns" | "adGroups" | "adGroupAds" => Some(name.to_owned()),
        "ads" => Some(format!("adGroupAds/{}~{id}", last(text(event, "adGroup")?))),
        "campaignCriteria" | "campaignAssets" => Some(format!("campaigns/{}", holder(id))),
        "adGroupCriteria" | "adGroupAssets" | "adGroupBidModifiers" => {
            Some(format!("adGroups/{}", holder(id)))
        }
        "campaignBudgets" => Some(
            text(event, "campaign").map_or_else(|| name.to_owned(), |campaign| local(campaign).to_owned()),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn asset_groups_change_with_their_ad() {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        let row = json!({"changeStatus": {"lastChangeDateTime": "2026-11-20 10:00:00.123456",
            "resourceType": "ASSET_GROUP", "resourceStatus": "CHANGED", "assetGroup": "customers/1/assetGroups/5"}});
        let events = asset_group_events(&row, &zone);
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, ["assetGroups/5", "assetGroupAssets/5"]);
        assert_eq!(events[0].actor, "unknown", "the vendor does not tell who");
    }

    #[test]
    fn own_budgets_are_told_as_their_campaign() {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        let of = |name: &str| {
            let row = json!({"changeEvent": {"changeDateTime": "2026-11-20 10:00:00.123456",
                "changeResourceType": "CAMPAIGN_BUDGET", "changeResourceName": name}});
            event(&row, &zone).unwrap()
        };
        let mut events = vec![of("customers/1/campaignBudgets/3"), of("customers/1/campaignBudgets/4")];
        assert!(events.iter().all(is_of_budget));
        let own = json!({"campaign": {"resourceName": "customers/1/campaigns/5",
            "campaignBudget": "customers/1/campaignBudgets/3"}});
        tell_of_holders(&mut events, &[own]);
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, ["campaigns/5", "campaignBudgets/4"], "a shared budget stands for itself");
    }

    #[test]
    fn events_name_the_fields_they_are_about() {
        let told = |kind: &str, fields: &str| {
            let event = json!({"changeResourceType": kind, "resourceChangeOperation": "UPDATE", "changedFields": fields});
            about(&event).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(told("CAMPAIGN", "status,name"), ["state", "displayName"]);
        assert_eq!(told("CAMPAIGN", "maximizeConversions.targetCpaMicros"), ["bidding"]);
        assert_eq!(told("CAMPAIGN_BUDGET", "amountMicros"), ["budget", "shared"]);
        assert_eq!(told("AD_GROUP", "cpc_bid_micros"), ["bidding"]);
        assert_eq!(told("AD_GROUP_AD", "ad.finalUrls"), ["creative"]);
        assert_eq!(told("CAMPAIGN", "status,somethingNew"), Vec::<String>::new(), "a part is not known");
    }

    #[test]
    fn events_name_the_object_they_belong_to() {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        for (name, expected) in [
            ("customers/1/campaigns/5", Some("campaigns/5")),
            ("customers/1/ads/77", Some("adGroupAds/9~77")),
            ("customers/1/campaignCriteria/5~2724", Some("campaigns/5")),
            ("customers/1/campaignBudgets/3", Some("campaigns/5")),
            ("customers/1/assets/3", None),
        ] {
            let row = json!({"changeEvent": {
                "changeDateTime": "2026-11-20 10:00:00.123456", "userEmail": "ana@shop.example",
                "clientType": "GOOGLE_ADS_WEB_CLIENT", "changeResourceType": "CAMPAIGN",
                "changeResourceName": name, "resourceChangeOperation": "UPDATE", "changedFields": "name",
                "campaign": "customers/1/campaigns/5", "adGroup": "customers/1/adGroups/9"}});
            let found = event(&row, &zone);
            assert_eq!(found.as_ref().map(|event| event.id.as_str()), expected);
            if let Some(event) = found {
                assert_eq!(event.at.to_string(), "2026-11-20T09:00:00.123456Z");
                assert_eq!(event.what, "update campaign: name");
            }
        }
    }
}

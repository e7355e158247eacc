//! The vendor's change history. Source: google-ads.md §3.13.

use adplane_core::time::Zone;
use adplane_engine::port::HistoryEvent;
use serde_json::Value;

use super::external_id;
use crate::google::wire::{last, local, text};

/// An event of a row; `None` for things that are no object of ours.
pub(in super::super) fn event(row: &Value, zone: &Zone) -> Option<HistoryEvent> {
    let event = row.get("changeEvent")?;
    let told = text(event, "changeDateTime")?;
    let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S%.f", told).ok()?;
    let operation = text(event, "resourceChangeOperation").unwrap_or("CHANGE").to_ascii_lowercase();
    let kind = text(event, "changeResourceType").unwrap_or_default().to_ascii_lowercase().replace('_', " ");
    let fields = text(event, "changedFields").map(|fields| format!(": {fields}")).unwrap_or_default();
    Some(HistoryEvent {
        at: civil.to_zoned(zone.rules()).ok()?.timestamp(),
        actor: text(event, "userEmail").unwrap_or_default().to_owned(),
        client: text(event, "clientType").unwrap_or_default().to_owned(),
        id: external_id(&object(event)?)?,
        what: format!("{operation} {kind}{fields}"),
    })
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

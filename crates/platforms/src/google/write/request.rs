//! Operations while a request is put together: their order, temporary ids, bodies and masks.
//!
//! Source: google-ads.md §2.3, §2.5: parents before children, grouped by type, negative ids unique over the
//! request; updates name every leaf they change, and a named leaf without a value is cleared.

use std::collections::HashMap;

use adplane_core::address::Address;
use adplane_core::time::Zone;
use serde_json::{Map, Value as Json, json};

use crate::google::config::Config;
use crate::google::read::Regions;
use crate::google::wire::members;

/// The order of operations in a request. What is removed makes room first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Rank {
    Budget,
    Campaign,
    Asset,
    CampaignCriterionRemoval,
    CampaignCriterion,
    CampaignAssetRemoval,
    CampaignAsset,
    AdGroup,
    AssetGroup,
    AdGroupCriterionRemoval,
    AdGroupCriterion,
    AdGroupAd,
    Ad,
}

impl Rank {
    /// The key of an operation in a request.
    fn key(self) -> &'static str {
        match self {
            Self::Budget => "campaignBudgetOperation",
            Self::Campaign => "campaignOperation",
            Self::Asset => "assetOperation",
            Self::CampaignCriterionRemoval | Self::CampaignCriterion => "campaignCriterionOperation",
            Self::CampaignAssetRemoval | Self::CampaignAsset => "campaignAssetOperation",
            Self::AdGroup => "adGroupOperation",
            Self::AssetGroup => "assetGroupOperation",
            Self::AdGroupCriterionRemoval | Self::AdGroupCriterion => "adGroupCriterionOperation",
            Self::AdGroupAd => "adGroupAdOperation",
            Self::Ad => "adOperation",
        }
    }

    /// The rank of a live object by its id.
    pub(super) fn of(id: &str) -> Option<Self> {
        match id.split_once('/')?.0 {
            "campaignBudgets" => Some(Self::Budget),
            "campaigns" => Some(Self::Campaign),
            "adGroups" => Some(Self::AdGroup),
            "assetGroups" => Some(Self::AssetGroup),
            "adGroupAds" => Some(Self::AdGroupAd),
            _ => None,
        }
    }
}

/// One operation.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) rank: Rank,
    pub(super) body: Json,
    /// Whether its result is the item's own object.
    pub(super) main: bool,
}

impl Operation {
    pub(super) fn create(rank: Rank, object: Json) -> Self {
        Self { rank, body: members([(rank.key(), members([("create", object)]))]), main: false }
    }

    pub(super) fn remove(rank: Rank, resource: &str) -> Self {
        Self { rank, body: json!({ rank.key(): { "remove": resource } }), main: false }
    }

    /// An update; `None` when the draft changes nothing.
    pub(super) fn update(rank: Rank, resource: &str, draft: Draft) -> Option<Self> {
        if draft.masks.is_empty() {
            return None;
        }
        let mut object = draft.object;
        object.insert("resourceName".into(), json!(resource));
        let mask = draft.masks.join(",");
        Some(Self {
            rank,
            body: json!({ rank.key(): { "update": object, "updateMask": mask } }),
            main: false,
        })
    }

    pub(super) fn main(mut self) -> Self {
        self.main = true;
        self
    }
}

/// An object that is being written, with the leaves that an update names.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) object: Map<String, Json>,
    pub(super) masks: Vec<String>,
}

impl Draft {
    /// Sets a leaf by its dotted path; `None` clears it.
    pub(super) fn set(&mut self, path: &str, value: Option<Json>) {
        if !self.masks.iter().any(|mask| mask == path) {
            self.masks.push(path.to_owned());
        }
        if let Some(value) = value {
            self.place(path, value);
        }
    }

    /// Puts a value in place without naming it in the mask.
    pub(super) fn place(&mut self, path: &str, value: Json) {
        let mut parts: Vec<&str> = path.split('.').collect();
        let Some(last) = parts.pop() else { return };
        let mut object = &mut self.object;
        for part in parts {
            let inner = object.entry(part).or_insert_with(|| json!({}));
            if !inner.is_object() {
                *inner = json!({});
            }
            match inner.as_object_mut() {
                Some(inner) => object = inner,
                None => return,
            }
        }
        object.insert(last.to_owned(), value);
    }
}

/// What all items of one request share.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) config: &'a Config,
    pub(super) zone: &'a Zone,
    pub(super) regions: &'a Regions,
    /// Resource names of objects that this request creates.
    created: HashMap<Address, String>,
    last_temporary: i64,
}

impl<'a> Request<'a> {
    pub(super) fn new(config: &'a Config, zone: &'a Zone, regions: &'a Regions) -> Self {
        Self { config, zone, regions, created: HashMap::new(), last_temporary: 0 }
    }

    /// A temporary resource name, unique over the request.
    pub(super) fn temporary(&mut self, collection: &str) -> String {
        self.last_temporary -= 1;
        self.config.resource(&format!("{collection}/{}", self.last_temporary))
    }

    /// A temporary resource name that later items find by address.
    pub(super) fn create(&mut self, address: &Address, collection: &str) -> String {
        let name = self.temporary(collection);
        self.created.insert(address.clone(), name.clone());
        name
    }

    /// The resource name of an object that this request creates.
    pub(super) fn created(&self, address: Option<&Address>) -> Option<&str> {
        self.created.get(address?).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_nest_and_name_their_leaves() {
        let mut draft = Draft::default();
        draft.set("networkSettings.targetSearchNetwork", Some(json!(true)));
        draft.set("networkSettings.targetGoogleSearch", Some(json!(true)));
        draft.set("endDateTime", None);
        let operation = Operation::update(Rank::Campaign, "customers/1/campaigns/5", draft).unwrap();
        assert_eq!(
            operation.body,
            json!({"campaignOperation": {
                "update": {
                    "networkSettings": {"targetSearchNetwork": true, "targetGoogleSearch": true},
                    "resourceName": "customers/1/campaigns/5",
                },
                "updateMask":
                    "networkSettings.targetSearchNetwork,networkSettings.targetGoogleSearch,endDateTime",
            }})
        );
        assert!(Operation::update(Rank::Campaign, "customers/1/campaigns/5", Draft::default()).is_none());
    }
}

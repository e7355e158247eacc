//! Operations while a request is put together: their order, temporary ids, bodies and masks.
//!
//! Source: google-ads.md §2.3, §2.5: parents before children, grouped by type, negative ids unique over the
//! request; updates name every leaf they change, and a named leaf without a value is cleared.

use std::collections::HashMap;

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::time::Zone;
use serde_json::{Map, Value as Json, json};

use super::media::Media;
use crate::google::config::Config;
use crate::google::read::{AD_COLLECTION, AssetGroups, Library, Memory, Regions};
use crate::google::wire::parameters::Parameters;
use crate::google::wire::{members, text};

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
    AssetGroupAssetRemoval,
    AssetGroupAsset,
    AssetGroupSignalRemoval,
    AssetGroupSignal,
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
            Self::AssetGroupAssetRemoval | Self::AssetGroupAsset => "assetGroupAssetOperation",
            Self::AssetGroupSignalRemoval | Self::AssetGroupSignal => "assetGroupSignalOperation",
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
            // The one ad of an asset group.
            AD_COLLECTION => Some(Self::AssetGroupAsset),
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
    /// The field that it comes from and what of it, where the vendor's own path would not tell.
    pub(super) about: Option<(FieldPath, String)>,
    /// Another item whose fields it writes as well.
    pub(super) also: Option<usize>,
}

impl Operation {
    pub(super) fn create(rank: Rank, object: Json) -> Self {
        Self::of(rank, members([(rank.key(), members([("create", object)]))]))
    }

    pub(super) fn remove(rank: Rank, resource: &str) -> Self {
        Self::of(rank, json!({ rank.key(): { "remove": resource } }))
    }

    /// An update; `None` when the draft changes nothing.
    pub(super) fn update(rank: Rank, resource: &str, draft: Draft) -> Option<Self> {
        if draft.masks.is_empty() {
            return None;
        }
        let mut object = draft.object;
        object.insert("resourceName".into(), json!(resource));
        let mask = draft.masks.join(",");
        Some(Self::of(rank, json!({ rank.key(): { "update": object, "updateMask": mask } })))
    }

    fn of(rank: Rank, body: Json) -> Self {
        Self { rank, body, main: false, about: None, also: None }
    }

    /// The same operation, with the field that it comes from and what of it.
    pub(super) fn about(mut self, path: &str, what: &str) -> Self {
        self.about = Some((FieldPath::new(path), what.to_owned()));
        self
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
    pub(super) library: &'a Library,
    pub(super) media: &'a Media,
    /// Live asset groups as the vendor sent them.
    pub(super) asset_groups: &'a AssetGroups,
    /// Temporary names of the assets that this request makes, by content.
    pub(super) assets: HashMap<String, String>,
    /// The same in the order they were made, to take back those of an item that cannot be expressed.
    pub(super) made: Vec<String>,
    /// Custom parameters of asset groups, which a group and its ad put together.
    parameters: HashMap<String, Parameters>,
    /// Resource names of objects that this request creates.
    created: HashMap<Address, String>,
    last_temporary: i64,
}

impl<'a> Request<'a> {
    pub(super) fn new(config: &'a Config, zone: &'a Zone, memory: &'a Memory, media: &'a Media) -> Self {
        Self {
            config,
            zone,
            regions: &memory.regions,
            library: &memory.library,
            media,
            asset_groups: &memory.asset_groups,
            assets: HashMap::new(),
            made: Vec::new(),
            parameters: HashMap::new(),
            created: HashMap::new(),
            last_temporary: 0,
        }
    }

    /// The custom parameters of an asset group as they will be, at first those of the live one.
    pub(super) fn parameters(&mut self, group: &str, live: Option<&Json>) -> &mut Parameters {
        self.parameters
            .entry(group.to_owned())
            .or_insert_with(|| live.map(Parameters::read).unwrap_or_default())
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

    /// Forgets the assets made since there were `count` of them: their operations are not sent.
    pub(super) fn take_back(&mut self, count: usize) {
        for key in self.made.drain(count..) {
            self.assets.remove(&key);
        }
    }

    /// Forgets an object that is not created after all.
    pub(super) fn forget(&mut self, address: &Address) {
        self.created.remove(address);
    }

    /// The resource name of an object that this request creates.
    pub(super) fn created(&self, address: Option<&Address>) -> Option<&str> {
        self.created.get(address?).map(String::as_str)
    }
}

/// Makes one operation of those that write to the same asset group: an object may be named once in a request.
/// What comes later wins; the operation belongs to the item that came first.
pub(super) fn merge(operations: Vec<(usize, Operation)>) -> Vec<(usize, Operation)> {
    let mut merged: Vec<(usize, Operation)> = Vec::with_capacity(operations.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for (item, operation) in operations {
        let name = (operation.rank == Rank::AssetGroup).then(|| named(&operation.body)).flatten();
        let Some(name) = name else {
            merged.push((item, operation));
            continue;
        };
        if let Some(place) = places.get(&name) {
            let (first, kept) = &mut merged[*place];
            absorb(&mut kept.body, operation.body);
            kept.also = Some(item).filter(|item| item != first);
        } else {
            places.insert(name, merged.len());
            merged.push((item, operation));
        }
    }
    merged
}

/// The resource name that an operation creates or updates.
fn named(body: &Json) -> Option<String> {
    let operation = body.as_object()?.values().next()?;
    let object = operation.get("create").or_else(|| operation.get("update"))?;
    text(object, "resourceName").map(str::to_owned)
}

/// Takes the fields and masks of another operation on the same object.
fn absorb(kept: &mut Json, other: Json) {
    let Some(kept) = kept.as_object_mut().and_then(|body| body.values_mut().next()) else { return };
    let Json::Object(body) = other else { return };
    let Some(Json::Object(mut other)) = body.into_iter().next().map(|(_, operation)| operation) else {
        return;
    };
    let fields = other.remove("update").or_else(|| other.remove("create"));
    let target = if kept.get("create").is_some() { "create" } else { "update" };
    if let (Some(Json::Object(object)), Some(Json::Object(fields))) = (kept.get_mut(target), fields) {
        object.extend(fields);
    }
    if let (Some(Json::String(mask)), Some(Json::String(more))) =
        (kept.get_mut("updateMask"), other.get("updateMask"))
    {
        for path in more.split(',') {
            if !mask.split(',').any(|known| known == path) {
                mask.push(',');
                mask.push_str(path);
            }
        }
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

//! Who belongs to whom in an account, gathered in one pass per request.

use std::collections::HashMap;

use serde_json::Value;

use crate::google::rules::text_of;
use crate::world::{Account, Object};

type Groups<'w> = HashMap<&'w str, Vec<&'w Object>>;

/// Children by the resource name of their parent, removed ones included.
pub(in crate::google) struct Children<'w> {
    pub(in crate::google) ad_groups: Groups<'w>,
    pub(in crate::google) ads: Groups<'w>,
    /// Positive keywords by ad group.
    pub(in crate::google) keywords: Groups<'w>,
    pub(in crate::google) asset_groups: Groups<'w>,
    /// Links of assets by asset group.
    pub(in crate::google) asset_links: Groups<'w>,
    /// Campaigns by budget and by portfolio strategy.
    pub(in crate::google) budget_users: Groups<'w>,
    pub(in crate::google) strategy_users: Groups<'w>,
    /// Label links by what they label.
    pub(in crate::google) labels: HashMap<&'w str, Vec<&'w str>>,
    pub(in crate::google) set_members: Groups<'w>,
    pub(in crate::google) set_users: Groups<'w>,
}

impl<'w> Children<'w> {
    pub(super) fn of(account: &'w Account) -> Self {
        let group = |collection: &str, field: &str| {
            let mut groups: Groups<'w> = HashMap::new();
            for object in account.collection(collection).into_iter().flat_map(|stored| stored.values()) {
                let parent = text_of(object, field);
                if !parent.is_empty() {
                    groups.entry(parent).or_default().push(object);
                }
            }
            groups
        };
        let mut keywords = group("adGroupCriteria", "adGroup");
        for list in keywords.values_mut() {
            list.retain(|object| {
                object.contains_key("keyword") && object.get("negative") != Some(&Value::Bool(true))
            });
        }
        let mut labels: HashMap<&'w str, Vec<&'w str>> = HashMap::new();
        for (collection, field) in [
            ("campaignLabels", "campaign"),
            ("adGroupLabels", "adGroup"),
            ("adGroupAdLabels", "adGroupAd"),
            ("adGroupCriterionLabels", "adGroupCriterion"),
        ] {
            for object in account.collection(collection).into_iter().flat_map(|stored| stored.values()) {
                labels.entry(text_of(object, field)).or_default().push(text_of(object, "label"));
            }
        }
        Self {
            ad_groups: group("adGroups", "campaign"),
            ads: group("adGroupAds", "adGroup"),
            keywords,
            asset_groups: group("assetGroups", "campaign"),
            asset_links: group("assetGroupAssets", "assetGroup"),
            budget_users: group("campaigns", "campaignBudget"),
            strategy_users: group("campaigns", "biddingStrategy"),
            labels,
            set_members: group("sharedCriteria", "sharedSet"),
            set_users: group("campaignSharedSets", "sharedSet"),
        }
    }
}

/// The children of one parent that are not removed.
pub(in crate::google) fn living<'a, 'w>(
    groups: &'a Groups<'w>,
    parent: &str,
) -> impl Iterator<Item = &'w Object> + 'a {
    groups
        .get(parent)
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .copied()
        .filter(|object| text_of(object, "status") != "REMOVED")
}

//! From rows to observed objects, in the field paths and forms that refine gives desired ones.
//!
//! Every kind is read in bulk by one query ([`queries`]); criteria, links and own budgets become fields of
//! their holder. What write needs later stays in `native`, as the vendor sent it.

mod ad;
mod ad_group;
mod asset_group;
mod campaign;
mod demand_gen;
mod history;
mod library;
mod lookup;
pub(super) mod queries;
mod status;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::ExternalId;
use adplane_core::observed::{AccountFacts, ObservedObject};
use adplane_core::time::Zone;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use serde_json::Value;

use super::wire::{flag, text};

pub(super) use ad_group::{user_interest, user_list};
pub(super) use asset_group::{AD_COLLECTION, value as asset_value, written};
pub(super) use campaign::{is_opted_out, join_name, sitelink};
pub(super) use history::{asset_group_events, event, is_of_budget, tell_of_holders};
pub(super) use library::{Asset, Content, Library, image_name};
pub(super) use lookup::Regions;

/// Live asset groups as the vendor sent them, by id.
pub(super) type AssetGroups = HashMap<ExternalId, Arc<Value>>;

/// What an observation leaves for the writes that follow.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    pub(super) regions: Regions,
    pub(super) library: Arc<Library>,
    pub(super) asset_groups: Arc<AssetGroups>,
}

/// The asset groups among observed objects.
pub(super) fn asset_groups(objects: &[ObservedObject]) -> AssetGroups {
    objects
        .iter()
        .filter(|object| object.native.get("assetGroup").is_some() && object.kind == Kind::AdGroup)
        .map(|object| (object.id.clone(), Arc::clone(&object.native)))
        .collect()
}

/// Rows by query.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) budgets: Vec<Value>,
    pub(super) campaigns: Vec<Value>,
    pub(super) campaign_criteria: Vec<Value>,
    pub(super) campaign_assets: Vec<Value>,
    pub(super) ad_groups: Vec<Value>,
    pub(super) ad_group_criteria: Vec<Value>,
    pub(super) ads: Vec<Value>,
    pub(super) asset_groups: Vec<Value>,
    pub(super) asset_group_assets: Vec<Value>,
    pub(super) asset_group_signals: Vec<Value>,
}

/// An id of a live object: its resource name without the account.
pub(super) fn external_id(text: &str) -> Option<ExternalId> {
    ExternalId::new(text).ok()
}

/// The neutral state of an object.
fn state(object: &Value) -> Option<&'static str> {
    match text(object, "status")? {
        "ENABLED" => Some("Active"),
        "PAUSED" => Some("Paused"),
        _ => None,
    }
}

/// What the account's own row tells.
///
/// # Errors
/// When it is a manager account, which holds no campaigns, or has a currency or zone nobody knows.
pub(super) fn facts(row: &Value) -> Result<AccountFacts, PlatformError> {
    let customer = row.get("customer").unwrap_or(&Value::Null);
    let id = text(customer, "id").unwrap_or_default();
    if flag(customer, "manager") {
        let message = format!("account {id} is a manager account, which holds no campaigns");
        return Err(PlatformError::new(
            ErrorKind::Unsupported,
            Retry::Never,
            Platform::Google,
            "read the account",
            format!(
                "{message}: write the id of one of its client accounts, and this one as `google.loginCustomerId`"
            ),
        ));
    }
    let word = |key: &str| text(customer, key).unwrap_or_default();
    let unexpected =
        |message: String| PlatformError::unexpected(Platform::Google, "read the account", message);
    Ok(AccountFacts {
        name: word("descriptiveName").to_owned(),
        currency: word("currencyCode").parse().map_err(|error| unexpected(format!("{error}")))?,
        zone: Zone::parse(word("timeZone")).map_err(|error| unexpected(error.to_string()))?,
        inactive: Some(word("status")).filter(|status| !matches!(*status, "ENABLED" | "")).map(str::to_owned),
    })
}

/// Puts the rows together, parents before children.
pub(super) fn assemble(
    mut rows: Rows,
    facts: &AccountFacts,
    regions: &Regions,
    library: &Library,
) -> Vec<ObservedObject> {
    let mut criteria = grouped(rows.campaign_criteria, "campaignCriterion", "campaign", true);
    let mut assets = grouped(rows.campaign_assets, "campaignAsset", "campaign", false);
    let mut group_criteria = grouped(rows.ad_group_criteria, "adGroupCriterion", "adGroup", true);
    let mut objects: Vec<ObservedObject> =
        rows.budgets.iter_mut().filter_map(|row| campaign::budget(row, facts.currency)).collect();
    for row in &mut rows.campaigns {
        let name = text(row, "campaign.resourceName").unwrap_or_default().to_owned();
        let criteria = criteria.remove(&name).unwrap_or_default();
        let assets = assets.remove(&name).unwrap_or_default();
        objects.extend(campaign::campaign(row, criteria, assets, facts, regions));
    }
    let campaigns: HashMap<ExternalId, ad_group::Parent> = objects
        .iter()
        .filter(|object| object.kind == Kind::Campaign)
        .map(|object| (object.id.clone(), ad_group::Parent::of(object)))
        .collect();
    let parents = Parents(campaigns);
    let mut read_only: HashMap<ExternalId, String> = HashMap::new();
    for row in &mut rows.ad_groups {
        let name = text(row, "adGroup.resourceName").unwrap_or_default().to_owned();
        let parent = parents.of(row, "adGroup.campaign");
        let criteria = group_criteria.remove(&name).unwrap_or_default();
        if let Some(object) = ad_group::ad_group(row, criteria, &parent, facts.currency, regions) {
            if let Some(why) = &object.read_only {
                read_only.insert(object.id.clone(), why.clone());
            }
            objects.push(object);
        }
    }
    let (links, signals) = (rows.asset_group_assets, rows.asset_group_signals);
    objects.extend(asset_group_objects(rows.asset_groups, links, signals, &parents));
    for row in &mut rows.ads {
        let group = text(row, "adGroupAd.adGroup").and_then(|name| external_id(super::wire::local(name)));
        let why = group.and_then(|group| read_only.get(&group));
        objects.extend(ad::ad(row, library, why.map(String::as_str)));
    }
    objects
}

/// What ad groups and asset groups need to know of their campaigns.
struct Parents(HashMap<ExternalId, ad_group::Parent>);

impl Parents {
    fn of(&self, row: &Value, path: &str) -> ad_group::Parent {
        let campaign = text(row, path).and_then(|name| external_id(super::wire::local(name)));
        campaign.and_then(|campaign| self.0.get(&campaign)).cloned().unwrap_or_default()
    }
}

/// Asset groups, each with its ad.
fn asset_group_objects(
    rows: Vec<Value>,
    links: Vec<Value>,
    signals: Vec<Value>,
    parents: &Parents,
) -> Vec<ObservedObject> {
    let mut links = grouped(links, "assetGroupAsset", "assetGroup", false);
    let mut signals = grouped(signals, "assetGroupSignal", "assetGroup", true);
    let mut objects = Vec::new();
    for mut row in rows {
        let name = text(&row, "assetGroup.resourceName").unwrap_or_default().to_owned();
        let parent = parents.of(&row, "assetGroup.campaign");
        let links = links.remove(&name).unwrap_or_default();
        let signals = signals.remove(&name).unwrap_or_default();
        for object in asset_group::asset_group(&mut row, links, signals) {
            objects.push(ObservedObject { read_only: parent.read_only.clone(), ..object });
        }
    }
    objects
}

/// Rows by the resource name of their holder; `inner` keeps the member alone.
fn grouped(rows: Vec<Value>, member: &str, holder: &str, inner: bool) -> HashMap<String, Vec<Value>> {
    let mut groups: HashMap<String, Vec<Value>> = HashMap::new();
    for mut row in rows {
        let Some(name) = row.get(member).and_then(|value| text(value, holder)).map(str::to_owned) else {
            continue;
        };
        let kept = if inner { row.get_mut(member).map(Value::take).unwrap_or_default() } else { row };
        groups.entry(name).or_default().push(kept);
    }
    groups
}

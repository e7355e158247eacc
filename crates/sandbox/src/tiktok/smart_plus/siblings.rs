//! What the ad groups of one campaign must have in common, and bid writes that reach all of them.

use serde_json::Value;

use crate::tiktok::adgroups::is_cbo;
use crate::tiktok::errors::{Refusal, ensure};
use crate::tiktok::json::{set, text_or_empty};
use crate::tiktok::money::Micros;
use crate::tiktok::store::{self, API};
use crate::world::{Object, World};

use super::adgroups::KIND;

/// Equal under the campaign's budget optimisation.
const UNDER_CBO: &[&str] = &[
    "promotion_type",
    "promotion_target_type",
    "optimization_goal",
    "optimization_event",
    "custom_conversion_id",
    "billing_event",
    "bid_type",
    "bid_price",
    "conversion_bid_price",
    "deep_bid_type",
    "vbo_window",
    "roas_bid",
];
/// Equal without it.
const WITHOUT_CBO: &[&str] = &["bid_type", "deep_bid_type", "vbo_window", "budget_mode"];
/// Bid members whose change reaches every ad group of the campaign.
const BIDS: &[&str] = &["bid_price", "conversion_bid_price", "roas_bid"];

/// The other ad groups of a campaign that are not deleted.
fn others<'w>(world: &'w World, advertiser: &str, campaign: &Object, except: &str) -> Vec<&'w Object> {
    let Ok(account) = store::account(world, advertiser) else { return Vec::new() };
    store::children(world, text_or_empty(campaign, "campaign_id"))
        .into_iter()
        .filter(|id| *id != except)
        .filter_map(|id| account.get(KIND.collection(), id))
        .filter(|group| !store::is_deleted(group))
        .collect()
}

/// How many ad groups a campaign has.
pub(super) fn count(world: &World, advertiser: &str, campaign: &Object) -> usize {
    others(world, advertiser, campaign, "").len()
}

/// Checks a new ad group against its siblings.
pub(super) fn check(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    group: &Object,
) -> Result<(), Refusal> {
    let members = if is_cbo(campaign) { UNDER_CBO } else { WITHOUT_CBO };
    for sibling in others(world, advertiser, campaign, "") {
        let differs = members.iter().find(|name| !equal(group.get(**name), sibling.get(**name)));
        ensure(differs.is_none(), || {
            format!(
                "{}: It must be the same in all ad groups of the campaign (ad group {}).",
                differs.copied().unwrap_or_default(),
                text_or_empty(sibling, "adgroup_id")
            )
        })?;
    }
    Ok(())
}

fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    let present = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
    match (left.and_then(Micros::read), right.and_then(Micros::read)) {
        (Some(left), Some(right)) => left == right,
        _ => present(left) == present(right),
    }
}

/// Writes changed bids to the siblings too (option `tiktok.bid_propagation=off`).
pub(super) fn spread_bids(
    world: &mut World,
    advertiser: &str,
    campaign: &Object,
    group: &Object,
) -> Result<(), Refusal> {
    if world.option("tiktok.bid_propagation", "on") != "on" {
        return Ok(());
    }
    let mut bids = Object::new();
    for name in BIDS {
        if let Some(bid) = group.get(*name).filter(|bid| !bid.is_null()) {
            set(&mut bids, name, bid.clone());
        }
    }
    let except = text_or_empty(group, "adgroup_id");
    let ids: Vec<String> = others(world, advertiser, campaign, except)
        .into_iter()
        .map(|sibling| text_or_empty(sibling, "adgroup_id").to_owned())
        .collect();
    for id in ids {
        store::update(world, advertiser, KIND, &id, &bids, &API)?;
    }
    Ok(())
}

//! What only shows once all objects of a campaign are known. Sources: mapping §6, §7.1; google-ads.md §6, §7.

use std::collections::BTreeMap;

use adplane_core::address::{Address, Kind};
use adplane_core::desired::{DesiredAccount, DesiredObject};

use super::refine::{CampaignFacts, Channel};
use super::report::Report;
use super::{ad, vendor};

/// An account's objects by their place in it.
pub(super) struct Families<'a> {
    pub(super) account: &'a DesiredAccount,
    pub(super) campaigns: &'a BTreeMap<Address, CampaignFacts>,
    /// Campaigns of ad groups.
    pub(super) groups: &'a BTreeMap<Address, Address>,
    /// Ads of ad groups.
    pub(super) ads: &'a BTreeMap<Address, Vec<Address>>,
}

/// Checks every campaign with what hangs below it.
pub(super) fn check(families: &Families<'_>, report: &mut Report) {
    for object in families.account.objects.values() {
        match (object.address.kind, families.channel(object)) {
            (Kind::Campaign, Some(Channel::DemandGen)) => check_places(families, object, report),
            (Kind::AdGroup, Some(Channel::PerformanceMax)) => check_asset_group(families, object, report),
            (Kind::AdGroup, _) => check_active(families, object, report),
            _ => {}
        }
        let ours = match (object.address.kind, families.channel(object)) {
            (Kind::Budget, _) => continue,
            // Two markers and two names lie on an asset group.
            (Kind::AdGroup, Some(Channel::PerformanceMax)) => 4,
            _ => 2,
        };
        vendor::check_parameters(object, ours, report);
    }
}

impl Families<'_> {
    fn channel(&self, object: &DesiredObject) -> Option<Channel> {
        let address = &object.address;
        let campaign = self.groups.get(address).or(Some(address))?;
        self.campaigns.get(campaign)?.channel
    }

    fn ads_of<'a>(&'a self, group: &'a DesiredObject) -> impl Iterator<Item = &'a DesiredObject> {
        let ads = self.ads.get(&group.address).map_or(&[][..], Vec::as_slice);
        ads.iter().filter_map(|address| self.account.objects.get(address))
    }
}

/// Places lie on the campaign or on every ad group; with neither the ads would run everywhere.
fn check_places(families: &Families<'_>, campaign: &DesiredObject, report: &mut Report) {
    let placed = families.campaigns.get(&campaign.address).is_some_and(|facts| facts.places);
    if placed || campaign.external_id.is_some() {
        return;
    }
    let path = "targeting.locations";
    let groups = families.groups.iter().filter(|(_, of)| **of == campaign.address);
    let bare: Vec<&DesiredObject> = groups
        .filter_map(|(group, _)| families.account.objects.get(group))
        .filter(|group| group.value(path).is_none())
        .collect();
    let hint = "write `targeting: {locations: [ES]}`, or `[WORLD]` when everywhere is meant";
    let message = "without places the ads would run in the whole world";
    for group in &bare {
        report.error(group, path, "missing-locations", message, hint);
    }
    if bare.is_empty() && !families.groups.values().any(|of| *of == campaign.address) {
        report.error(campaign, path, "missing-locations", message, hint);
    }
}

/// An asset group is one ad: there is exactly one, and it runs when the group does (mapping §7.1).
fn check_asset_group(families: &Families<'_>, group: &DesiredObject, report: &mut Report) {
    let ads: Vec<&DesiredObject> = families.ads_of(group).collect();
    match ads.as_slice() {
        [] if group.external_id.is_some() => {}
        [ad] => {
            let (own, state) = (ad.text("state"), group.text("state"));
            if let Some(own) = own.filter(|own| state != Some(*own)) {
                let wanted = state.unwrap_or("nothing");
                let message = format!("an asset group is its ad: the ad says {own}, the group {wanted}");
                let hint = format!("write `state: {own}` on the ad group too, or remove it from the ad");
                report.error(ad, "state", "state-differs", message, hint);
            }
        }
        several => {
            let message = format!("an asset group is one ad, and {} are written", several.len());
            let hint = match several {
                [] => "write one ad, with the creative that holds the assets",
                _ => "keep one; write another ad group for each of the others",
            };
            report.error(group, "ads", "one-ad-per-asset-group", message, hint);
        }
    }
}

fn check_active(families: &Families<'_>, group: &DesiredObject, report: &mut Report) {
    let count = families.ads_of(group).filter(|ad| ad.wants_active()).count();
    if families.channel(group) != Some(Channel::DemandGen) && count > ad::MOST_ENABLED {
        report.error(
            group,
            "ads",
            "too-many-active-ads",
            format!("{count} responsive search ads are active in one ad group, Google serves at most 3"),
            "pause some of them, or move them to another ad group",
        );
    }
}

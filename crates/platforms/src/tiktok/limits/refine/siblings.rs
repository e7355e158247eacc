//! What only shows when a campaign and all its ad groups are seen together.

use std::collections::BTreeMap;

use adplane_core::address::{Address, Kind};
use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldSource;
use adplane_core::value::Value;

use super::{Pass, amounts, campaign, creates};
use crate::tiktok::wire::Lane;

/// Most ad groups of a Smart+ campaign, and most ads of a Smart+ ad group.
const MOST_SMART: usize = 30;
/// Most ads of an ad group in the manual lane.
const MOST_ADS: usize = 20;
/// What ad groups of one Smart+ campaign share when the campaign holds the budget.
const SHARED: [&str; 6] = [
    "optimization.goal",
    "tiktok.promotion_type",
    "tiktok.promotion_target_type",
    "bidding.strategy",
    "bidding.amount",
    "bidding.roas",
];
/// What they share always: a bid write reaches every sibling.
const ALWAYS_SHARED: [&str; 3] = ["bidding.strategy", "bidding.amount", "bidding.roas"];

pub(super) fn check(objects: &mut BTreeMap<Address, DesiredObject>, pass: &mut Pass<'_>) {
    let mut ad_groups: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    let mut ads: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    for object in objects.values() {
        let Some(parent) = object.parent.clone() else { continue };
        let children = if object.address.kind == Kind::Ad { &mut ads } else { &mut ad_groups };
        children.entry(parent).or_default().push(object.address.clone());
    }
    let campaigns: Vec<Address> =
        objects.keys().filter(|address| address.kind == Kind::Campaign).cloned().collect();
    for address in campaigns {
        let children: Vec<&DesiredObject> =
            ad_groups.get(&address).into_iter().flatten().filter_map(|child| objects.get(child)).collect();
        let on_campaign = level(&objects[&address], &children, pass);
        if let Some(Lane::SmartPlus) = pass.lane_of(&address) {
            smart_plus(&children, on_campaign == Some(true), pass);
        }
        if let (Some(on_campaign), Some(object)) = (on_campaign, objects.get_mut(&address)) {
            contradicted(object, on_campaign, pass);
            campaign::settle_budget_level(object, on_campaign);
        }
    }
    for (parent, children) in &ads {
        count_ads(parent, children, objects, pass);
    }
}

/// Whether the campaign holds the budget; `None` when nobody says.
fn level(campaign: &DesiredObject, children: &[&DesiredObject], pass: &mut Pass<'_>) -> Option<bool> {
    let own = amounts::budget(campaign).is_some();
    let with: Vec<_> = children.iter().filter(|child| amounts::budget(child).is_some()).collect();
    if own {
        for child in &with {
            let path = amounts::budget(child).map_or("budget", |(path, _)| path);
            let finding = Diagnostic::error("budget-on-both-levels", "the campaign has a budget already")
                .hint("keep the budget here, or on the campaign: which one is fixed at create");
            pass.error(child, path, finding);
        }
        return Some(true);
    }
    if with.is_empty() {
        if creates(campaign) {
            let finding = Diagnostic::error("budget-missing", "this campaign has no budget")
                .hint("add `budget: {daily: ..}` here, or to every ad group");
            pass.error(campaign, "budget", finding);
        }
        return None;
    }
    for child in children.iter().filter(|child| amounts::budget(child).is_none() && creates(child)) {
        let finding = Diagnostic::error(
            "budget-missing",
            "other ad groups of this campaign have budgets, this one has none",
        )
        .hint("add `budget: {daily: ..}`");
        pass.error(child, "budget", finding);
    }
    Some(false)
}

/// The level may be written too, and then must be where the budgets are.
fn contradicted(campaign: &DesiredObject, on_campaign: bool, pass: &mut Pass<'_>) {
    let path = "tiktok.budget_optimize_on";
    if campaign.value(path).and_then(Value::as_bool).is_some_and(|written| written != on_campaign) {
        let place = if on_campaign { "on the campaign" } else { "on its ad groups" };
        let finding =
            Diagnostic::error("budget-level-contradicted", format!("the budget is written {place}"))
                .hint("leave `tiktok.budget_optimize_on` out: it follows from where budgets are written");
        pass.error(campaign, path, finding);
    }
}

fn smart_plus(children: &[&DesiredObject], on_campaign: bool, pass: &mut Pass<'_>) {
    if children.len() > MOST_SMART {
        let finding = Diagnostic::error(
            "too-many-ad-groups",
            format!("{} ad groups: a Smart+ campaign holds at most {MOST_SMART}", children.len()),
        )
        .hint("split the campaign");
        pass.error(children[MOST_SMART], "campaign", finding);
    }
    let Some((first, others)) = children.split_first() else { return };
    let shared: &[&str] = if on_campaign { &SHARED } else { &ALWAYS_SHARED };
    for other in others {
        for path in shared {
            differ(first, other, path, pass);
        }
        if !on_campaign
            && let (Some((one, _)), Some((two, _))) = (amounts::budget(first), amounts::budget(other))
            && one != two
        {
            let finding = Diagnostic::error(
                "siblings-differ",
                "daily and total budgets cannot be mixed in one Smart+ campaign",
            )
            .hint(format!("{} uses `{one}`{}", first.address.local_name(), place(first, one)));
            pass.error(other, two, finding);
        }
    }
}

fn differ(first: &DesiredObject, other: &DesiredObject, path: &str, pass: &mut Pass<'_>) {
    let (one, two) = (first.value(path), other.value(path));
    // What a bound ad group does not name is left to the platform, where the siblings agree.
    let unnamed = |object: &DesiredObject| {
        !creates(object) && object.field(path).is_none_or(|field| field.source == FieldSource::CreateDefault)
    };
    if one == two || unnamed(first) || unnamed(other) {
        return;
    }
    let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let finding = Diagnostic::error(
        "siblings-differ",
        format!(
            "ad groups of a Smart+ campaign share `{path}`, but this one has {} and {} has {}{}",
            shown(two),
            first.address.local_name(),
            shown(one),
            place(first, path),
        ),
    )
    .hint("write it once, on the campaign, or use one campaign for each value");
    pass.error(other, path, finding);
}

fn place(object: &DesiredObject, path: &str) -> String {
    let origin = object.field(path).and_then(|field| field.origin.as_ref()).or(object.origin.as_ref());
    origin.map_or_else(String::new, |origin| format!(" ({origin})"))
}

fn count_ads(
    parent: &Address,
    children: &[Address],
    objects: &BTreeMap<Address, DesiredObject>,
    pass: &mut Pass<'_>,
) {
    let most = match pass.ad_groups.get(parent).map(|group| group.lane) {
        Some(Lane::Manual) => MOST_ADS,
        Some(Lane::SmartPlus) => MOST_SMART,
        None => return,
    };
    if let Some(first_too_many) = children.get(most).and_then(|address| objects.get(address)) {
        let finding = Diagnostic::error(
            "too-many-ads",
            format!("{} ads: this ad group holds at most {most}", children.len()),
        )
        .hint("split the ad group");
        pass.error(first_too_many, "ads", finding);
    }
}

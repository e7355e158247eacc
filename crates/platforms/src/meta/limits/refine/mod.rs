//! Brings desired objects into Meta's form, offline.
//!
//! Campaigns come first, so that what Meta keeps on the ad set can be copied down; then ad sets; then ads.
//! Values are normalised as `read` normalises live ones, create defaults are added, and every row of the
//! mapping that needs no live data is checked. A live object may leave out what a create needs (absent means
//! unmanaged), so such checks spare objects that are bound to a live one.

mod ad;
mod ad_set;
mod campaign;
mod creative;
mod feed;
mod findings;
mod goal;
mod shared;
mod specs;
mod targeting;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind};
use adplane_core::asset::Assets;
use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Fields;

use super::{MOST_AD_SETS, MOST_ADS};
use crate::meta::wire::money;
use findings::Findings;

/// What objects need to know of what stands around them.
struct Around<'a> {
    /// Account-level fields.
    account: &'a Fields,
    /// Assets by digest.
    assets: &'a Assets,
    /// Campaigns whose ad sets hold the budgets.
    budgets_below: BTreeSet<Address>,
    /// The page of each ad set's first ad that names one.
    pages: BTreeMap<Address, String>,
}

impl Around<'_> {
    /// An account-level text.
    fn account_text(&self, path: &str) -> Option<&str> {
        self.account.get(path)?.value.as_text()
    }
}

/// Brings an account's objects into Meta's form.
pub(in crate::meta) fn refine(account: &mut DesiredAccount, assets: &Assets) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    check_currency(account, &mut findings);
    let fields = std::mem::take(&mut account.fields);
    let around = look_around(account, &fields, assets);
    let mut campaigns = BTreeMap::new();
    let mut ad_sets = BTreeMap::new();
    let mut children: BTreeMap<Address, usize> = BTreeMap::new();
    // Addresses sort by kind, parents first.
    for object in account.objects.values_mut() {
        if let Some(parent) = &object.parent {
            *children.entry(parent.clone()).or_default() += 1;
        }
        match object.address.kind {
            Kind::Budget => findings.error(
                object,
                "shared",
                "shared-budget-unsupported",
                "Meta Ads has no shared budgets",
                "give each campaign its own `budget`, or use a monthly pool",
            ),
            Kind::Campaign => {
                let campaign = campaign::refine(object, &around, &mut findings);
                campaigns.insert(object.address.clone(), campaign);
            }
            Kind::AdGroup => {
                let campaign = object.parent.as_ref().and_then(|parent| campaigns.get(parent));
                let ad_set = ad_set::refine(object, campaign, &around, &mut findings);
                ad_sets.insert(object.address.clone(), ad_set);
            }
            Kind::Ad => {
                let ad_set = object.parent.as_ref().and_then(|parent| ad_sets.get(parent));
                ad::refine(object, ad_set, &around, &mut findings);
            }
        }
    }
    check_counts(account, &children, &mut findings);
    account.fields = fields;
    findings.into_inner()
}

fn check_currency(account: &DesiredAccount, findings: &mut Findings) {
    if !money::is_billed(account.currency) {
        let message = format!("Meta Ads does not bill in {}", account.currency);
        findings.push(
            Diagnostic::error("currency-unsupported", message)
                .at(account.origin.as_ref())
                .field("currency")
                .hint("write the currency of the ad account"),
        );
    }
}

fn look_around<'a>(account: &DesiredAccount, fields: &'a Fields, assets: &'a Assets) -> Around<'a> {
    let mut around =
        Around { account: fields, assets, budgets_below: BTreeSet::new(), pages: BTreeMap::new() };
    for object in account.objects.values() {
        let Some(parent) = &object.parent else { continue };
        match object.address.kind {
            Kind::AdGroup if object.below("budget").next().is_some() => {
                around.budgets_below.insert(parent.clone());
            }
            Kind::Ad => {
                if let Some(page) = object.text(shared::PAGE) {
                    around.pages.entry(parent.clone()).or_insert_with(|| page.to_owned());
                }
            }
            _ => {}
        }
    }
    around
}

fn check_counts(account: &DesiredAccount, children: &BTreeMap<Address, usize>, findings: &mut Findings) {
    for (parent, count) in children {
        let (most, what) = match parent.kind {
            Kind::Campaign => (MOST_AD_SETS, "ad groups"),
            _ => (MOST_ADS, "ads"),
        };
        if let (true, Some(object)) = (*count > most, account.objects.get(parent)) {
            let message = format!("{count} {what}, where Meta Ads allows {most}");
            findings.error(object, "", "too-many-children", message, "spread them over several parents");
        }
    }
}

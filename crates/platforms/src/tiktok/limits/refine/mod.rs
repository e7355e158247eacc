//! Brings desired objects into the vendor's form: copies down, normalises, adds create defaults, checks.
//!
//! One pass over campaigns, then ad groups, then ads, in address order: deterministic and linear. An object
//! that is bound to a live one (`external-id`) is not held to rules of creation, so that what `import`
//! wrote plans empty.

mod ad;
mod ad_group;
mod amounts;
mod bidding;
mod campaign;
mod creative;
mod foreign;
mod formats;
mod identity;
mod optimization;
mod schedule;
mod siblings;
mod targeting;
mod tracking;

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind};
use adplane_core::asset::Assets;
use adplane_core::desired::{DesiredAccount, DesiredObject};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Fields, Origin};
use adplane_core::money::Currency;
use adplane_core::value::Value;

pub(crate) use formats::covers;
pub(crate) use tracking::{from_utm, is_default, to_utm};

use crate::tiktok::wire::Lane;
use crate::tiktok::wire::goals::Objective;

/// Refines one account.
pub(crate) fn refine(account: &mut DesiredAccount, assets: &Assets) -> Vec<Diagnostic> {
    let mut objects = std::mem::take(&mut account.objects);
    let mut pass = Pass {
        currency: account.currency,
        defaults: &account.fields,
        assets,
        campaigns: BTreeMap::new(),
        ad_groups: BTreeMap::new(),
        told: BTreeSet::new(),
        findings: Vec::new(),
    };
    // Addresses sort by kind, parents first.
    for object in objects.values_mut() {
        match object.address.kind {
            Kind::Budget => pass.error(
                object,
                "shared.daily",
                Diagnostic::error("budget-not-shared", "TikTok has no shared budgets")
                    .hint("give each campaign a `budget` of its own, or use a monthly pool"),
            ),
            Kind::Campaign => campaign::refine(object, &mut pass),
            Kind::AdGroup => ad_group::refine(object, &mut pass),
            Kind::Ad => ad::refine(object, &mut pass),
        }
    }
    siblings::check(&mut objects, &mut pass);
    let findings = pass.findings;
    account.objects = objects;
    findings
}

/// What children need to know of a campaign.
struct Campaign {
    /// The vendor's objective and the lane, where known.
    objective: Option<Objective>,
    /// Whether it sells from a catalogue.
    catalog: bool,
    /// What people see.
    display_name: String,
    /// Fields that are copied down.
    handed_down: Fields,
    /// Whether the campaign itself holds a budget.
    has_budget: bool,
    /// Whether the budget is, or its ad groups' budgets are, daily.
    total: bool,
}

/// What ads need to know of an ad group.
struct AdGroup {
    lane: Lane,
    display_name: String,
    campaign_name: String,
    /// The vendor's objective.
    objective: &'static str,
    /// Whether TikTok itself is among the placements.
    on_tiktok: bool,
    /// Where its ads lead.
    leads_to: Destination,
    /// Whether the vendor closes its lane, so that no ad can be made in it.
    closed: bool,
}

/// Where the ads of an ad group lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    /// A website, which must be named.
    Website,
    /// A form of the platform.
    Form,
    /// An app.
    App,
    /// Products of a catalogue; a website may be named.
    Catalog,
    /// Nowhere by need; a website may be named.
    Free,
}

/// One pass over an account.
struct Pass<'a> {
    currency: Currency,
    /// Fields of the account that objects inherit.
    defaults: &'a Fields,
    assets: &'a Assets,
    campaigns: BTreeMap<Address, Campaign>,
    ad_groups: BTreeMap<Address, AdGroup>,
    /// Remarks already made, by code and place: a shared creative is told about once.
    told: BTreeSet<(&'static str, Option<Origin>)>,
    findings: Vec<Diagnostic>,
}

impl Pass<'_> {
    /// Adds a finding about a field of an object, placed where the field or else the object was written.
    fn error(&mut self, object: &DesiredObject, path: &str, finding: Diagnostic) {
        let origin = object.field(path).and_then(|field| field.origin.as_ref()).or(object.origin.as_ref());
        self.findings.push(finding.at(origin).on(&object.address).field(path));
    }

    /// Adds a finding once per place.
    fn once(&mut self, code: &'static str, object: &DesiredObject, path: &str, finding: Diagnostic) {
        let origin =
            object.field(path).and_then(|field| field.origin.clone()).or_else(|| object.origin.clone());
        if self.told.insert((code, origin)) {
            self.error(object, path, finding);
        }
    }

    /// The lane of a campaign.
    fn lane_of(&self, campaign: &Address) -> Option<Lane> {
        self.campaigns.get(campaign)?.objective.map(|objective| objective.lane)
    }

    /// An account-wide default as an inherited field of the object, unless the object has its own.
    fn inherit(&self, object: &mut DesiredObject, path: &str, from: &str) {
        if let (false, Some(field)) = (object.fields.contains_key(path), self.defaults.get(from)) {
            object.fields.insert(path.into(), field.inherited());
        }
    }
}

/// Whether the object is to be made, as far as YAML tells: what is bound exists already.
fn creates(object: &DesiredObject) -> bool {
    object.external_id.is_none()
}

/// Replaces a field's value, its origin kept.
fn set_value(object: &mut DesiredObject, path: &str, value: Value) {
    if let Some(field) = object.fields.get_mut(path) {
        field.value = value;
    }
}

#[cfg(test)]
mod tests;

//! Brings an account's objects into Google's form: parents first, so that children know what they inherit.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind};
use adplane_core::asset::Assets;
use adplane_core::desired::{DesiredAccount, DesiredObject};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Field, FieldPath, FieldSource, Fields};
use adplane_core::ids::AccountId;
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use adplane_core::value::Value;

use super::family::{self, Families};
use super::report::Report;
use super::{ad, ad_group, amounts, campaign, texts};
use crate::google::wire::bidding::Strategy;
use crate::google::wire::parameters;

/// Campaign types that Adplane knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Search,
    PerformanceMax,
    DemandGen,
}

impl Channel {
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "SEARCH" => Some(Self::Search),
            "PERFORMANCE_MAX" => Some(Self::PerformanceMax),
            "DEMAND_GEN" => Some(Self::DemandGen),
            _ => None,
        }
    }
}

/// The account around the objects.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    pub(super) account_id: AccountId,
    pub(super) currency: Currency,
    pub(super) zone: Zone,
    /// `compliance.*` of the account.
    pub(super) inherited: Fields,
}

/// What children need to know of their campaign.
#[derive(Debug, Clone, Default)]
pub(super) struct CampaignFacts {
    pub(super) channel: Option<Channel>,
    pub(super) strategy: Option<Strategy>,
    /// A portfolio decides the strategy.
    pub(super) portfolio: bool,
    /// It names its places.
    pub(super) places: bool,
    /// Fields that Google keeps on the ad group.
    pub(super) handed_down: Vec<(FieldPath, Field)>,
}

/// Refines every object of an account.
pub(in super::super) fn refine(account: &mut DesiredAccount, assets: &Assets) -> Vec<Diagnostic> {
    let mut report = Report::default();
    let surroundings = Surroundings {
        account_id: account.account_id.clone(),
        currency: account.currency,
        zone: account.zone.clone(),
        inherited: account
            .fields
            .iter()
            .filter(|(path, _)| path.is_within("compliance"))
            .map(|(path, field)| (path.clone(), field.clone()))
            .collect(),
    };
    let mut campaigns: BTreeMap<Address, CampaignFacts> = BTreeMap::new();
    let mut groups: BTreeMap<Address, Address> = BTreeMap::new();
    let mut names = Names::default();
    let mut naming: BTreeSet<Address> = BTreeSet::new();
    let mut ads: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    let none = CampaignFacts::default();
    // The map's order is by kind, so campaigns come before ad groups and these before ads.
    for object in account.objects.values_mut() {
        match object.address.kind {
            Kind::Budget => budget(object, &surroundings, &mut report),
            Kind::Campaign => {
                let facts = campaign::refine(object, &surroundings, &mut report);
                campaigns.insert(object.address.clone(), facts);
            }
            Kind::AdGroup => {
                let facts = object.parent.as_ref().and_then(|parent| campaigns.get(parent)).unwrap_or(&none);
                ad_group::refine(object, &surroundings, facts, &mut report);
                if let Some(parent) = &object.parent {
                    groups.insert(object.address.clone(), parent.clone());
                }
            }
            Kind::Ad => {
                let campaign = object.parent.as_ref().and_then(|group| groups.get(group));
                let facts = campaign.and_then(|campaign| campaigns.get(campaign)).unwrap_or(&none);
                let uses = ad::refine(object, facts, assets, &mut report);
                naming.extend(campaign.filter(|_| uses.campaign_name).cloned());
                naming.extend(object.parent.clone().filter(|_| uses.ad_group_name));
                if let Some(group) = object.parent.clone() {
                    ads.entry(group).or_default().push(object.address.clone());
                }
            }
        }
        names.check(object, &mut report);
    }
    for address in naming {
        if let Some(object) = account.objects.get_mut(&address) {
            name_parameter(object);
        }
    }
    let families = Families { account, campaigns: &campaigns, groups: &groups, ads: &ads };
    family::check(&families, &mut report);
    report.finish()
}

fn budget(object: &mut DesiredObject, surroundings: &Surroundings, report: &mut Report) {
    texts::check_name(object, report);
    amounts::check(object, "shared.daily", surroundings.currency, report);
}

/// Names in tracking travel as a custom parameter of the named object and follow its name.
fn name_parameter(object: &mut DesiredObject) {
    let key = if object.address.kind == Kind::Campaign {
        parameters::CAMPAIGN_NAME
    } else {
        parameters::AD_GROUP_NAME
    };
    let origin = object.field("displayName").and_then(|field| field.origin.clone());
    let field = Field {
        source: FieldSource::Inherited,
        ..Field::declared(Value::text(object.display_name()), origin)
    };
    object.fields.insert(FieldPath::new(format!("google.urlCustomParameters.{key}")), field);
}

/// Names the vendor wants to be unique: campaigns and shared budgets on the account, ad groups in their campaign.
#[derive(Debug, Default)]
struct Names {
    taken: BTreeMap<(Kind, Option<Address>, String), Address>,
}

impl Names {
    fn check(&mut self, object: &DesiredObject, report: &mut Report) {
        if object.address.kind == Kind::Ad {
            return;
        }
        let key = (object.address.kind, object.parent.clone(), object.display_name().trim().to_owned());
        if let Some(first) = self.taken.get(&key) {
            let message = format!(
                "`{}` is the display name of {} as well; Google wants different names",
                object.display_name(),
                first.short()
            );
            report.error(object, "displayName", "duplicate-display-name", message, "change one of the two");
        } else {
            self.taken.insert(key, object.address.clone());
        }
    }
}

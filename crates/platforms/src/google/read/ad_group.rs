//! Ad groups from their rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::field::Values;
use adplane_core::money::Currency;
use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;
use serde_json::Value as Json;

use super::campaign::{Fields, Places};
use super::lookup::Regions;
use super::{external_id, state, status};
use crate::google::wire::demographics::{self, AGE_UNKNOWN, GENDER_UNKNOWN};
use crate::google::wire::keywords::{self, Keyword};
use crate::google::wire::parameters::Parameters;
use crate::google::wire::{at, decimal, flag, last, list, local, members, money, text};

/// What an ad group's reading needs to know of its campaign.
#[derive(Debug, Clone, Default)]
pub(super) struct Parent {
    pub(super) manual_cpc: bool,
    pub(super) search: bool,
    /// Places and languages may lie on the ad group.
    pub(super) demand_gen: bool,
    pub(super) read_only: Option<String>,
}

impl Parent {
    pub(super) fn of(campaign: &ObservedObject) -> Self {
        let channel = campaign.text("google.advertisingChannelType");
        Self {
            manual_cpc: campaign.text("bidding.strategy") == Some("ManualCpc"),
            search: channel == Some("SEARCH"),
            demand_gen: channel == Some("DEMAND_GEN"),
            read_only: campaign.read_only.clone(),
        }
    }
}

/// An ad group with its criteria.
pub(super) fn ad_group(
    row: &mut Json,
    criteria: Vec<Json>,
    parent: &Parent,
    currency: Currency,
    regions: &Regions,
) -> Option<ObservedObject> {
    let group = row.get_mut("adGroup")?.take();
    let mut object = ObservedObject::new(Kind::AdGroup, external_id(local(text(&group, "resourceName")?))?);
    object.parent = text(&group, "campaign").and_then(|name| external_id(local(name)));
    let parameters = Parameters::read(&group);
    let mut fields = Fields(Values::new());
    fields.set_some("displayName", text(&group, "name"));
    fields.set_some("state", state(&group));
    fields.set_some("google.type", text(&group, "type"));
    // A bid lies on most ad groups; only a manual strategy uses it.
    fields.set_some("bidding.bid", money(&group, "cpcBidMicros", currency).filter(|_| parent.manual_cpc));
    fields.set_some("bidding.amount", money(&group, "targetCpaMicros", currency));
    fields.set_some("bidding.roas", decimal(&group, "targetRoas"));
    fields.tracking(&group, &parameters, "google");
    fields.set_some("google.finalUrlSuffix", text(&group, "finalUrlSuffix"));
    people(&criteria, &mut fields);
    audiences(&group, &criteria, &mut fields);
    if parent.search {
        words(&criteria, currency, &mut fields);
    }
    if parent.demand_gen {
        places(&criteria, regions, &mut fields);
    }
    object.fields = fields.0;
    object.marker.clone_from(&parameters.marker);
    object.status = status::status(&group);
    object.read_only.clone_from(&parent.read_only);
    object.native = Arc::new(members([("adGroup", group), ("criteria", criteria.into())]));
    Some(object)
}

/// Everyone is shown the ads but those whose bucket is negative.
fn people(criteria: &[Json], fields: &mut Fields) {
    let excluded = |member: &str| -> BTreeSet<&str> {
        let path = format!("{member}.type");
        criteria.iter().filter(|row| flag(row, "negative")).filter_map(|row| text(row, &path)).collect()
    };
    let (ages, genders) = (excluded("ageRange"), excluded("gender"));
    fields.set_some("targeting.ages", demographics::ages_without(&ages));
    let kept = demographics::GENDERS.iter().filter(|(_, word)| !genders.contains(word)).map(|(word, _)| word);
    fields.set("targeting.genders", Value::text_set(kept));
    let unknown = ages.contains(AGE_UNKNOWN) || genders.contains(GENDER_UNKNOWN);
    fields.set("google.excludeUndetermined", unknown);
}

/// Audiences count as targeted only when they restrict; otherwise they are merely observed.
fn audiences(group: &Json, criteria: &[Json], fields: &mut Fields) {
    let lists = |negative: bool| {
        Value::text_set(criteria.iter().filter(|row| flag(row, "negative") == negative).filter_map(user_list))
    };
    let restricts = restricts_audiences(group);
    let when_restricting = |found: Value| if restricts { found } else { Value::Set(Vec::new()) };
    let interests = criteria.iter().filter(|row| !flag(row, "negative")).filter_map(user_interest);
    fields.set("google.userInterests", when_restricting(Value::text_set(interests)));
    fields.set("targeting.audiences.include", when_restricting(lists(false)));
    fields.set("targeting.audiences.exclude", lists(true));
}

/// Places and languages of an ad group; without any the campaign's count.
fn places(criteria: &[Json], regions: &Regions, fields: &mut Fields) {
    let found = Places::read(criteria, regions);
    fields.set("targeting.locations", Value::text_set(found.included));
    fields.set("targeting.locationsExcluded", Value::text_set(found.excluded));
    fields.set("targeting.languages", Value::text_set(found.languages));
}

/// The id of a criterion's user list.
pub(in super::super) fn user_list(criterion: &Json) -> Option<&str> {
    text(criterion, "userList.userList").map(last)
}

/// The id of a criterion's interest.
pub(in super::super) fn user_interest(criterion: &Json) -> Option<&str> {
    text(criterion, "userInterest.userInterestCategory").map(last)
}

/// Whether the ad group shows ads to its audiences only.
fn restricts_audiences(group: &Json) -> bool {
    list(group, "targetingSetting.targetRestrictions").iter().any(|restriction| {
        text(restriction, "targetingDimension") == Some("AUDIENCE") && !flag(restriction, "bidOnly")
    })
}

/// A paused keyword counts as gone: that is how an unlisted one is put away.
fn words(criteria: &[Json], currency: Currency, fields: &mut Fields) {
    let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
    for criterion in criteria {
        let Some(keyword) = at(criterion, "keyword").and_then(Keyword::read) else { continue };
        if flag(criterion, "negative") {
            unwanted.push((keyword, None));
        } else if text(criterion, "status") != Some("PAUSED") {
            wanted.push((keyword, keywords::bid(criterion, currency)));
        }
    }
    fields.set("keywords", keywords::map(wanted));
    fields.set("negativeKeywords", keywords::map(unwanted));
}

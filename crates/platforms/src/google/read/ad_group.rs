//! Ad groups, and the asset groups of Performance Max, from their rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::field::Values;
use adplane_core::money::Currency;
use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;
use serde_json::Value as Json;

use super::campaign::Fields;
use super::{external_id, state, status};
use crate::google::wire::demographics::{self, AGE_UNKNOWN, GENDER_UNKNOWN};
use crate::google::wire::keywords::{self, Keyword};
use crate::google::wire::parameters::Parameters;
use crate::google::wire::{at, decimal, flag, last, list, local, members, money, text};

/// What an ad group's reading needs to know of its campaign.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parent<'a> {
    pub(super) manual_cpc: bool,
    pub(super) search: bool,
    pub(super) read_only: Option<&'a str>,
}

/// An ad group with its criteria.
pub(super) fn ad_group(
    row: &mut Json,
    criteria: Vec<Json>,
    parent: Parent<'_>,
    currency: Currency,
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
    object.fields = fields.0;
    object.marker.clone_from(&parameters.marker);
    object.status = status::status(&group);
    object.read_only = parent.read_only.map(str::to_owned);
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
    let included = if restricts_audiences(group) { lists(false) } else { Value::Set(Vec::new()) };
    fields.set("targeting.audiences.include", included);
    fields.set("targeting.audiences.exclude", lists(true));
}

/// The id of a criterion's user list.
pub(in super::super) fn user_list(criterion: &Json) -> Option<&str> {
    text(criterion, "userList.userList").map(last)
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

/// An asset group: its state and name can be managed.
pub(super) fn asset_group(row: &mut Json) -> Option<ObservedObject> {
    let group = row.get_mut("assetGroup")?.take();
    let mut object = ObservedObject::new(Kind::AdGroup, external_id(local(text(&group, "resourceName")?))?);
    object.parent = text(&group, "campaign").and_then(|name| external_id(local(name)));
    let parameters = Parameters::read(&group);
    let mut fields = Fields(Values::new());
    fields.set_some("displayName", text(&group, "name"));
    fields.set_some("state", state(&group));
    fields.tracking(&group, &parameters, "google");
    object.fields = fields.0;
    object.marker = parameters.marker;
    object.status = status::status(&group);
    object.status.review = status::asset_group_review(&group);
    object.native = Arc::new(members([("assetGroup", group)]));
    Some(object)
}

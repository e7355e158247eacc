//! Values that hang on campaigns and ad groups: what is missing is created, what is not wanted removed.
//!
//! A criterion is its value (google-ads.md §3.8, §3.9): nothing of it changes but status and bid.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Platform;
use adplane_core::field::FieldPath;
use adplane_core::value::Value;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use serde_json::{Value as Json, json};

use super::request::{Draft, Operation, Rank, Request};
use super::wanted::Wanted;
use crate::google::read::{is_opted_out, user_interest, user_list};
use crate::google::wire::demographics::{self, DEVICES};
use crate::google::wire::keywords::{self, Keyword};
use crate::google::wire::places::{self, Place};
use crate::google::wire::{at, flag, hours, integer, list, text};

/// What a criterion is: its member, whether it excludes, and its value in one text.
type Key = (&'static str, bool, String);

/// A kind of criteria that one field manages: member, and whether they exclude.
type Scope = (&'static str, bool);

/// The key of a live criterion.
fn key(criterion: &Json) -> Option<Key> {
    let negative = flag(criterion, "negative");
    let of = |member: &'static str, value: String| Some((member, negative, value));
    if let Some(name) = text(criterion, "location.geoTargetConstant") {
        of("location", places::constant(name)?.to_string())
    } else if let Some(name) = text(criterion, "language.languageConstant") {
        of("language", places::constant(name)?.to_string())
    } else if let Some(keyword) = at(criterion, "keyword").and_then(Keyword::read) {
        of("keyword", keyword.key())
    } else if let Some(interval) = at(criterion, "adSchedule").and_then(hours::read) {
        of("adSchedule", format!("{interval:?}"))
    } else if let Some(word) = text(criterion, "ageRange.type") {
        of("ageRange", word.to_owned())
    } else if let Some(word) = text(criterion, "gender.type") {
        of("gender", word.to_owned())
    } else if let Some(id) = user_interest(criterion) {
        of("userInterest", id.to_owned())
    } else {
        of("userList", user_list(criterion)?.to_owned())
    }
}

/// Where criteria hang, and how they are told apart on the wire.
struct Holder<'a> {
    /// `campaign` or `adGroup`.
    member: &'static str,
    /// Its resource name.
    name: &'a str,
    creation: Rank,
    removal: Rank,
}

/// Wanted criteria by key, with the member's value on the wire.
type Criteria = BTreeMap<Key, Json>;

/// The operations that turn live criteria of some scopes into the wanted ones.
fn difference(holder: &Holder<'_>, live: &[Json], scopes: &[Scope], wanted: &Criteria) -> Vec<Operation> {
    let keyed: Vec<(Key, &Json)> =
        live.iter().filter_map(|criterion| Some((key(criterion)?, criterion))).collect();
    let present: BTreeSet<&Key> = keyed.iter().map(|(key, _)| key).collect();
    let mut operations = Vec::new();
    for (key, criterion) in &keyed {
        let managed = scopes.contains(&(key.0, key.1)) && !wanted.contains_key(key);
        // The same value on the other side has the same id and stands in the way.
        let other_side = (key.0, !key.1, key.2.clone());
        let in_the_way = wanted.contains_key(&other_side) && !present.contains(&other_side);
        if let Some(name) = text(criterion, "resourceName").filter(|_| managed || in_the_way) {
            operations.push(Operation::remove(holder.removal, name));
        }
    }
    for ((member, negative, _), value) in wanted.iter().filter(|(key, _)| !present.contains(key)) {
        let mut object = json!({ holder.member: holder.name, *member: value });
        if *negative {
            object["negative"] = json!(true);
        }
        operations.push(Operation::create(holder.creation, object));
    }
    operations
}

/// Criteria of a campaign.
///
/// # Errors
/// When a region has not been resolved.
pub(super) fn of_campaign(
    wanted: &Wanted<'_>,
    name: &str,
    request: &Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let holder = Holder {
        member: "campaign",
        name,
        creation: Rank::CampaignCriterion,
        removal: Rank::CampaignCriterionRemoval,
    };
    let live = wanted.native("criteria").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let (mut scopes, mut criteria) = (Vec::new(), Criteria::new());
    placed(wanted, request, &mut scopes, &mut criteria)?;
    if wanted.writes("schedule.hours") {
        scopes.push(("adSchedule", false));
        let intervals = wanted.value("schedule.hours").map(hours::intervals).unwrap_or_default();
        criteria.extend(
            intervals
                .into_iter()
                .map(|interval| (("adSchedule", false, format!("{interval:?}")), hours::criterion(interval))),
        );
    }
    negatives(wanted, &mut scopes, &mut criteria);
    let mut operations = difference(&holder, live, &scopes, &criteria);
    if wanted.writes("targeting.devices") {
        operations.extend(devices(wanted, name, live));
    }
    Ok(operations)
}

/// Places and languages, on either level.
fn placed(
    wanted: &Wanted<'_>,
    request: &Request<'_>,
    scopes: &mut Vec<Scope>,
    criteria: &mut Criteria,
) -> Result<(), PlatformError> {
    for (path, negative) in [("targeting.locations", false), ("targeting.locationsExcluded", true)] {
        if wanted.writes(path) {
            scopes.push(("location", negative));
            locations(wanted.value(path), path, negative, request, criteria)?;
        }
    }
    if wanted.writes("targeting.languages") {
        scopes.push(("language", false));
        let texts = wanted.value("targeting.languages").into_iter().flat_map(Value::texts);
        criteria.extend(texts.filter_map(places::language).map(|constant| {
            let value = json!({ "languageConstant": format!("languageConstants/{constant}") });
            (("language", false, constant.to_string()), value)
        }));
    }
    Ok(())
}

fn locations(
    value: Option<&Value>,
    path: &str,
    negative: bool,
    request: &Request<'_>,
    criteria: &mut Criteria,
) -> Result<(), PlatformError> {
    for place in value.into_iter().flat_map(Value::texts) {
        let constant = match places::parse(place) {
            Ok(Place::World) => continue,
            Ok(Place::Country(constant) | Place::Constant(constant)) => Some(constant),
            Ok(Place::Region { code, .. }) => request.regions.constant(code),
            Err(_) => None,
        };
        let Some(constant) = constant else {
            let message = format!(
                "Google knows no region by the name of `{place}`: write `id:<geo target id>` instead"
            );
            let error = PlatformError::new(
                ErrorKind::Invalid,
                Retry::Never,
                Platform::Google,
                "resolve a region",
                message,
            );
            return Err(error.field(FieldPath::new(path)));
        };
        let value = json!({ "geoTargetConstant": format!("geoTargetConstants/{constant}") });
        criteria.insert(("location", negative, constant.to_string()), value);
    }
    Ok(())
}

fn negatives(wanted: &Wanted<'_>, scopes: &mut Vec<Scope>, criteria: &mut Criteria) {
    if wanted.writes("negativeKeywords") {
        scopes.push(("keyword", true));
        let entries = wanted.value("negativeKeywords").into_iter().flat_map(keywords::entries);
        criteria.extend(entries.map(|(keyword, _)| (("keyword", true, keyword.key()), keyword.criterion())));
    }
}

/// Devices exist without being created; a bid modifier of zero turns one off.
fn devices(wanted: &Wanted<'_>, name: &str, live: &[Json]) -> Vec<Operation> {
    let Some(value) = wanted.value("targeting.devices") else { return Vec::new() };
    let mut operations = Vec::new();
    for (word, vendor) in DEVICES {
        let off = !value.texts().any(|text| text == word);
        let criterion = live.iter().find(|criterion| text(criterion, "device.type") == Some(vendor));
        let was_off = criterion.is_some_and(is_opted_out);
        if off == was_off {
            continue;
        }
        let modifier = if off { json!(0) } else { json!(1) };
        match criterion.and_then(|criterion| text(criterion, "resourceName")) {
            Some(resource) => {
                let mut draft = Draft::default();
                draft.set("bidModifier", Some(modifier));
                operations.extend(Operation::update(Rank::CampaignCriterion, resource, draft));
            }
            None => operations.push(Operation::create(
                Rank::CampaignCriterion,
                json!({ "campaign": name, "device": { "type": vendor }, "bidModifier": modifier }),
            )),
        }
    }
    operations
}

/// Criteria of an ad group.
///
/// # Errors
/// When a region has not been resolved.
pub(super) fn of_ad_group(
    wanted: &Wanted<'_>,
    name: &str,
    request: &Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let holder = Holder {
        member: "adGroup",
        name,
        creation: Rank::AdGroupCriterion,
        removal: Rank::AdGroupCriterionRemoval,
    };
    let live = wanted.native("criteria").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let (mut scopes, mut criteria) = (Vec::new(), Criteria::new());
    people(wanted, &mut scopes, &mut criteria);
    placed(wanted, request, &mut scopes, &mut criteria)?;
    let account = name.rsplit_once("/adGroups/").map_or("", |(account, _)| account);
    for (path, negative, member, collection) in AUDIENCES {
        if wanted.writes(path) {
            scopes.push((member, negative));
            let ids = wanted.value(path).into_iter().flat_map(Value::texts);
            criteria.extend(ids.map(|id| {
                let leaf = if member == "userList" { "userList" } else { "userInterestCategory" };
                let value = json!({ leaf: format!("{account}/{collection}/{id}") });
                ((member, negative, id.to_owned()), value)
            }));
        }
    }
    negatives(wanted, &mut scopes, &mut criteria);
    let mut operations = difference(&holder, live, &scopes, &criteria);
    if wanted.writes("keywords") {
        operations.extend(positive_keywords(wanted, name, live));
    }
    Ok(operations)
}

/// Everyone whose age or gender is not wanted is excluded.
fn people(wanted: &Wanted<'_>, scopes: &mut Vec<Scope>, criteria: &mut Criteria) {
    const UNKNOWN: &str = "google.excludeUndetermined";
    let (ages, genders) = ("targeting.ages", "targeting.genders");
    if ![ages, genders, UNKNOWN].iter().any(|path| wanted.writes(path)) {
        return;
    }
    scopes.extend([("ageRange", true), ("gender", true)]);
    let unknown = wanted.value(UNKNOWN).and_then(Value::as_bool).unwrap_or_default();
    let excluded = demographics::negatives(wanted.value(ages), wanted.value(genders), unknown);
    criteria.extend(
        excluded
            .into_iter()
            .map(|(member, word)| ((member, true, word.to_owned()), demographics::criterion(word))),
    );
}

/// Fields of audiences: whether they exclude, the criterion's member, and the collection that ids are of.
const AUDIENCES: [(&str, bool, &str, &str); 3] = [
    ("targeting.audiences.include", false, "userList", "userLists"),
    ("targeting.audiences.exclude", true, "userList", "userLists"),
    (INTERESTS, false, "userInterest", "userInterests"),
];
const INTERESTS: &str = "google.userInterests";

/// Keywords keep their history: one that is not wanted any more is paused, one that comes back is enabled.
fn positive_keywords(wanted: &Wanted<'_>, name: &str, live: &[Json]) -> Vec<Operation> {
    let wanted: BTreeMap<Keyword, Option<i64>> = wanted
        .value("keywords")
        .into_iter()
        .flat_map(keywords::entries)
        .map(|(keyword, bid)| (keyword, bid.map(adplane_core::money::Money::micros)))
        .collect();
    let mut present = BTreeSet::new();
    let mut operations = Vec::new();
    for criterion in live.iter().filter(|criterion| !flag(criterion, "negative")) {
        let Some(keyword) = at(criterion, "keyword").and_then(Keyword::read) else { continue };
        let Some(resource) = text(criterion, "resourceName") else { continue };
        let paused = text(criterion, "status") == Some("PAUSED");
        let mut draft = Draft::default();
        match wanted.get(&keyword) {
            None if !paused => draft.set("status", Some(json!("PAUSED"))),
            None => {}
            Some(bid) => {
                if paused {
                    draft.set("status", Some(json!("ENABLED")));
                }
                if integer(criterion, "cpcBidMicros").filter(|micros| *micros != 0) != *bid {
                    draft.set("cpcBidMicros", bid.map(|micros| json!(micros.to_string())));
                }
            }
        }
        present.insert(keyword);
        operations.extend(Operation::update(Rank::AdGroupCriterion, resource, draft));
    }
    for (keyword, bid) in wanted.iter().filter(|(keyword, _)| !present.contains(*keyword)) {
        let mut object = json!({ "adGroup": name, "status": "ENABLED", "keyword": keyword.criterion() });
        if let Some(micros) = bid {
            object["cpcBidMicros"] = json!(micros.to_string());
        }
        operations.push(Operation::create(Rank::AdGroupCriterion, object));
    }
    operations
}

/// The `targetingSetting` that makes included audiences restrict; undeclared dimensions go back as observed.
pub(super) fn targeting_setting(wanted: &Wanted<'_>) -> Option<Json> {
    let restricting = ["targeting.audiences.include", INTERESTS];
    if !restricting.iter().any(|path| wanted.writes(path)) {
        return None;
    }
    let live = wanted.native("adGroup");
    let mut restrictions: Vec<Json> = live
        .map_or(&[][..], |group| list(group, "targetingSetting.targetRestrictions"))
        .iter()
        .filter(|restriction| text(restriction, "targetingDimension") != Some("AUDIENCE"))
        .cloned()
        .collect();
    let restricts =
        restricting.iter().any(|path| wanted.coupled(path).is_some_and(|ids| !ids.members().is_empty()));
    if restrictions.is_empty() && !restricts && live.is_none() {
        return None;
    }
    restrictions.push(json!({ "targetingDimension": "AUDIENCE", "bidOnly": !restricts }));
    Some(Json::Array(restrictions))
}

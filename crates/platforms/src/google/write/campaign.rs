//! Campaigns with their budget, criteria and links; shared budgets.

use adplane_core::field::FieldPath;
use adplane_core::money::Money;
use adplane_core::time::Time;
use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use adplane_engine::port::WorkItem;
use serde_json::{Value as Json, json};

use super::request::{Draft, Operation, Rank, Request};
use super::wanted::Wanted;
use super::{criteria, missing_reference};
use crate::google::read::{join_name, sitelink};
use crate::google::wire::bidding::{Bidding, LOCATIONS, Strategy};
use crate::google::wire::{at, flag, list, number, text};

const AUTOMATION: &str = "google.assetAutomationSettings";

/// Leaves that YAML names as the vendor does.
const LEAVES: [&str; 11] = [
    "advertisingChannelType",
    "advertisingChannelSubType",
    "brandGuidelinesEnabled",
    "networkSettings.targetGoogleSearch",
    "networkSettings.targetSearchNetwork",
    "networkSettings.targetContentNetwork",
    "networkSettings.targetPartnerSearchNetwork",
    "geoTargetTypeSetting.positiveGeoTargetType",
    "geoTargetTypeSetting.negativeGeoTargetType",
    "aiMaxSetting.enableAiMax",
    "finalUrlSuffix",
];

/// A field's value as JSON.
pub(super) fn json_of(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => json!(flag),
        Value::Integer(number) => json!(number),
        Value::Decimal(decimal) => number(*decimal),
        Value::Money(money) => json!(money.micros().to_string()),
        Value::Text(text) => json!(text.as_str()),
        Value::Time(time) => json!(time.local()),
        Value::Set(members) | Value::List(members) => members.iter().map(json_of).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.to_string(), json_of(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// An amount as the vendor writes it.
pub(super) fn micros(value: Option<&Value>) -> Option<Json> {
    value.and_then(Value::as_money).map(|money: Money| json!(money.micros().to_string()))
}

/// Creates a campaign, paused, with everything that hangs on it.
///
/// # Errors
/// When something it refers to is not known.
pub(super) fn create(
    item: &WorkItem<'_>,
    request: &mut Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let wanted = Wanted::new(item);
    let name = request.create(&item.change.address, "campaigns");
    let mut operations = Vec::new();
    let mut draft = Draft::default();
    draft.place("resourceName", json!(name));
    draft.place("name", json!(item.change.display_name));
    draft.place("status", json!("PAUSED"));
    let budget = if wanted.value("budget.ref").is_some() {
        shared_budget(item, request)?
    } else {
        let (operation, budget) = own_budget(&wanted, request);
        operations.push(operation);
        budget
    };
    draft.place("campaignBudget", json!(budget));
    write_fields(&wanted, request, &mut draft);
    operations.push(Operation::create(Rank::Campaign, Json::Object(draft.object)).main());
    operations.extend(criteria::of_campaign(&wanted, &name, request)?);
    operations.extend(links(&wanted, &name, request));
    Ok(operations)
}

/// Changes a live campaign.
///
/// # Errors
/// When something it refers to is not known.
pub(super) fn update(
    item: &WorkItem<'_>,
    name: &str,
    request: &mut Request<'_>,
) -> Result<Vec<Operation>, PlatformError> {
    let wanted = Wanted::new(item);
    let mut operations = Vec::new();
    let mut draft = Draft::default();
    if wanted.writes("budget.ref") && wanted.value("budget.ref").is_some() {
        draft.set("campaignBudget", Some(json!(shared_budget(item, request)?)));
    } else if ["budget.daily", "budget.total"]
        .iter()
        .any(|path| wanted.writes(path) && wanted.value(path).is_some())
    {
        let live = wanted.native("budget").filter(|budget| !flag(budget, "explicitlyShared"));
        if let Some(budget) = live.and_then(|budget| text(budget, "resourceName")) {
            let mut amounts = Draft::default();
            for (path, leaf) in [("budget.daily", "amountMicros"), ("budget.total", "totalAmountMicros")] {
                if wanted.writes(path) && wanted.value(path).is_some() {
                    amounts.set(leaf, micros(wanted.value(path)));
                }
            }
            operations.extend(Operation::update(Rank::Budget, budget, amounts));
        } else {
            let (operation, budget) = own_budget(&wanted, request);
            operations.push(operation);
            draft.set("campaignBudget", Some(json!(budget)));
        }
    }
    write_fields(&wanted, request, &mut draft);
    operations.extend(Operation::update(Rank::Campaign, name, draft).map(Operation::main));
    operations.extend(criteria::of_campaign(&wanted, name, request)?);
    operations.extend(links(&wanted, name, request));
    Ok(operations)
}

/// A budget that serves this campaign alone; the vendor would share it by default.
fn own_budget(wanted: &Wanted<'_>, request: &mut Request<'_>) -> (Operation, String) {
    let name = request.temporary("campaignBudgets");
    let mut object = json!({ "resourceName": name, "explicitlyShared": false, "deliveryMethod": "STANDARD" });
    if let Some(total) = micros(wanted.value("budget.total")) {
        object["totalAmountMicros"] = total;
        object["period"] = json!("CUSTOM_PERIOD");
    } else if let Some(daily) = micros(wanted.value("budget.daily")) {
        object["amountMicros"] = daily;
    }
    (Operation::create(Rank::Budget, object), name)
}

fn shared_budget(item: &WorkItem<'_>, request: &Request<'_>) -> Result<String, PlatformError> {
    let live = item.budget.as_ref().map(|id| request.config.resource(id.as_str()));
    live.or_else(|| request.created(item.change.budget.as_ref()).map(str::to_owned))
        .ok_or_else(|| missing_reference("the shared budget").field(FieldPath::new("budget.ref")))
}

fn write_fields(wanted: &Wanted<'_>, request: &Request<'_>, draft: &mut Draft) {
    for path in wanted.written() {
        let value = wanted.value(path.as_str());
        match path.as_str() {
            "displayName" => draft.set("name", value.map(json_of)),
            "schedule.start" => draft.set("startDateTime", local_time(value, request)),
            "schedule.end" => draft.set("endDateTime", local_time(value, request)),
            "compliance.euPoliticalAds" => draft.set("containsEuPoliticalAdvertising", declaration(value)),
            "google.trackingUrlTemplate" => draft.set("trackingUrlTemplate", value.map(json_of)),
            other => {
                if let Some(leaf) = other.strip_prefix("google.").filter(|leaf| LEAVES.contains(leaf)) {
                    draft.set(leaf, value.map(json_of));
                }
            }
        }
    }
    if wanted.writes_within("bidding") || wanted.writes("google.biddingStrategy") {
        bidding(wanted, draft);
    }
    if let Some(parameters) = wanted.parameters(wanted.native("campaign")) {
        draft.set("urlCustomParameters", Some(parameters));
    }
    if wanted.writes_within(AUTOMATION) {
        draft.set("assetAutomationSettings", Some(automation(wanted)));
    }
}

/// The vendor reads times on the account's clock.
fn local_time(value: Option<&Value>, request: &Request<'_>) -> Option<Json> {
    let time = value?.as_time()?;
    Some(json!(Time::new(time.at, request.zone.clone()).local()))
}

fn declaration(value: Option<&Value>) -> Option<Json> {
    let contains = value?.as_bool()?;
    Some(json!(if contains {
        "CONTAINS_EU_POLITICAL_ADVERTISING"
    } else {
        "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"
    }))
}

/// One member of the oneof with all its leaves, or the portfolio. An amount that goes down alone belongs to
/// the live strategy; with a strategy travels everything that the plan says of bidding.
fn bidding(wanted: &Wanted<'_>, draft: &mut Draft) {
    let switches = wanted.writes("bidding.strategy") || wanted.writes("google.biddingStrategy");
    let value = |path: &str| if switches { wanted.coupled(path) } else { wanted.value(path) };
    if let Some(portfolio) = value("google.biddingStrategy") {
        if switches {
            draft.set("biddingStrategy", Some(json_of(portfolio)));
        }
        return;
    }
    let Some(strategy) = value("bidding.strategy").and_then(Value::as_text).and_then(Strategy::parse) else {
        return;
    };
    let (required, optional) = strategy.values();
    let part = |key: &str| {
        (required.contains(&key) || optional.contains(&key))
            .then(|| value(&format!("bidding.{key}")))
            .flatten()
    };
    let bidding = Bidding {
        strategy,
        amount: part("amount").and_then(Value::as_money),
        roas: part("roas").and_then(Value::as_decimal),
        max_cpc: part("maxCpc").and_then(Value::as_money),
        location: part("location")
            .and_then(Value::as_text)
            .and_then(|word| LOCATIONS.iter().find(|(known, _)| *known == word))
            .map(|(word, _)| *word),
        share: part("share").and_then(Value::as_decimal),
    };
    let (member, object, masks) = bidding.member();
    draft.place(member, object);
    draft.masks.extend(masks.into_iter().map(str::to_owned));
}

/// The whole list of automation settings: undeclared ones go back as observed.
fn automation(wanted: &Wanted<'_>) -> Json {
    let live =
        wanted.native("campaign").map_or(&[][..], |campaign| list(campaign, "assetAutomationSettings"));
    let path_of = |kind: &str| format!("{AUTOMATION}.{kind}");
    let kept = live
        .iter()
        .filter(|setting| {
            text(setting, "assetAutomationType").is_some_and(|kind| !wanted.writes(&path_of(kind)))
        })
        .cloned();
    let written = wanted.written().filter(|path| path.is_within(AUTOMATION)).filter_map(|path| {
        let kind = path.as_str().get(AUTOMATION.len() + 1..)?;
        let status = wanted.text(path.as_str())?;
        Some(json!({ "assetAutomationType": kind, "assetAutomationStatus": status }))
    });
    kept.chain(written).collect()
}

/// Sitelinks and callouts: assets are never changed or removed, only linked and unlinked.
fn links(wanted: &Wanted<'_>, name: &str, request: &mut Request<'_>) -> Vec<Operation> {
    let live = wanted.native("assets").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let mut operations = Vec::new();
    if wanted.writes("sitelinks") {
        let entries: Vec<&Value> = wanted
            .value("sitelinks")
            .and_then(Value::entries)
            .into_iter()
            .flatten()
            .map(|(_, entry)| entry)
            .collect();
        let present: Vec<Value> = live.iter().filter_map(sitelink).map(|(_, entry)| entry).collect();
        for link in live {
            let stale = sitelink(link).is_some_and(|(_, entry)| !entries.contains(&&entry));
            operations.extend(unlink(link).filter(|_| stale));
        }
        for entry in entries.into_iter().filter(|entry| !present.contains(*entry)) {
            operations.extend(link(name, "SITELINK", sitelink_asset(entry), request));
        }
    }
    if wanted.writes("callouts") {
        let callout = |link: &Json| text(link, "asset.calloutAsset.calloutText").map(str::to_owned);
        let texts: Vec<&str> = wanted.value("callouts").into_iter().flat_map(Value::texts).collect();
        let present: Vec<String> = live.iter().filter_map(callout).collect();
        for link in live {
            let stale = callout(link).is_some_and(|text| !texts.contains(&text.as_str()));
            operations.extend(unlink(link).filter(|_| stale));
        }
        for text in texts.into_iter().filter(|text| !present.iter().any(|known| known == text)) {
            let asset = json!({ "calloutAsset": { "calloutText": text } });
            operations.extend(link(name, "CALLOUT", asset, request));
        }
    }
    operations
}

fn unlink(link: &Json) -> Option<Operation> {
    let name = text(link, "campaignAsset.resourceName")?;
    Some(Operation::remove(Rank::CampaignAssetRemoval, name))
}

fn link(campaign: &str, field_type: &str, mut asset: Json, request: &mut Request<'_>) -> [Operation; 2] {
    let name = request.temporary("assets");
    asset["resourceName"] = json!(name);
    [
        Operation::create(Rank::Asset, asset),
        Operation::create(
            Rank::CampaignAsset,
            json!({ "campaign": campaign, "asset": name, "fieldType": field_type }),
        ),
    ]
}

fn sitelink_asset(entry: &Value) -> Json {
    let part = |key: &str| entry.entry(key).map(json_of);
    let mut sitelink = json!({ "linkText": part("text") });
    for key in ["description1", "description2"] {
        if let Some(text) = part(key) {
            sitelink[key] = text;
        }
    }
    json!({ "sitelinkAsset": sitelink, "finalUrls": [part("url")] })
}

/// Creates a shared budget.
pub(super) fn create_budget(item: &WorkItem<'_>, request: &mut Request<'_>) -> Vec<Operation> {
    let wanted = Wanted::new(item);
    let resource = request.create(&item.change.address, "campaignBudgets");
    let name = wanted.text("displayName").unwrap_or(item.change.display_name.as_str());
    let object = json!({
        "resourceName": resource,
        "name": join_name(name, item.change.marker.as_ref()),
        "amountMicros": micros(wanted.value("shared.daily")),
        "explicitlyShared": true,
        "deliveryMethod": "STANDARD",
    });
    vec![Operation::create(Rank::Budget, object).main()]
}

/// Changes a shared budget; its marker is part of its name.
pub(super) fn update_budget(item: &WorkItem<'_>, resource: &str) -> Vec<Operation> {
    let wanted = Wanted::new(item);
    let mut draft = Draft::default();
    if wanted.writes("shared.daily") {
        draft.set("amountMicros", micros(wanted.value("shared.daily")));
    }
    if wanted.writes("displayName") || wanted.marks() {
        let live = item.live.map(adplane_core::observed::ObservedObject::display_name);
        let name = wanted.text("displayName").or(live).unwrap_or_default();
        draft.set("name", Some(json!(join_name(name, wanted.marker().as_ref()))));
    }
    Operation::update(Rank::Budget, resource, draft).map(Operation::main).into_iter().collect()
}

/// The live object of an item as the vendor sent it.
pub(super) fn native_of<'a>(item: &WorkItem<'a>) -> Option<&'a Json> {
    let native = &item.live?.native;
    ["campaign", "adGroup", "assetGroup", "budget"]
        .into_iter()
        .find_map(|member| native.get(member))
        .or_else(|| at(native, "adGroupAd.ad"))
}

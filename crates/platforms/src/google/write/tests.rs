use adplane_core::address::Address;
use adplane_core::field::{FieldOwner, FieldPath, FieldSource};
use adplane_core::ids::ExternalId;
use adplane_core::money::{Currency, Money};
use adplane_core::observed::ObservedObject;
use adplane_core::plan::{Action, Change, FieldChange, Operation as StepKind, Step, Wave};
use adplane_core::time::Zone;
use adplane_core::value::Value;
use serde_json::{Value as Json, json};

mod formats;

use super::batches::MOST_OPERATIONS;
use super::media::Media;
use super::*;
use crate::google::config::Config;
use crate::google::read::Memory;

const CAMPAIGN: &str = "google/google-eu/Campaign/growth/brand";
const GROUP: &str = "google/google-eu/AdGroup/growth/brand-es";
const AD: &str = "google/google-eu/Ad/growth/brand-es/hero";

fn change(address: &str, parent: Option<&str>, fields: &[(&str, Option<Value>)]) -> Change {
    let field = |(path, after): &(&str, Option<Value>)| FieldChange {
        path: FieldPath::new(path),
        before: None,
        after: after.clone(),
        origin: None,
        source: FieldSource::Declared,
        owner: FieldOwner::Git,
        immutable: false,
        resets_learning: None,
        needs_review: None,
    };
    let address: Address = address.parse().unwrap();
    Change {
        display_name: address.local_name(),
        address,
        action: Action::Create,
        class: None,
        id: None,
        superseded: Vec::new(),
        parent: parent.map(|parent| parent.parse().unwrap()),
        parent_id: None,
        budget: None,
        budget_id: None,
        marker: "abcdef.abcdefghij".parse().ok(),
        fields: fields.iter().map(field).collect(),
        reasons: Vec::new(),
        preconditions: Vec::new(),
        origin: None,
    }
}

fn step(operation: StepKind) -> Step {
    Step { wave: Wave::Create, change: 0, operation }
}

fn item<'a>(step: &'a Step, change: &'a Change, live: Option<&'a ObservedObject>) -> WorkItem<'a> {
    WorkItem { step, change, live, parent: None, budget: None, written: None, request_seed: 1 }
}

fn live(kind: Kind, id: &str, native: Json) -> ObservedObject {
    let mut object = ObservedObject::new(kind, ExternalId::new(id).unwrap());
    object.marker = "abcdef.abcdefghij".parse().ok();
    object.native = std::sync::Arc::new(native);
    object
}

fn config() -> Config {
    Config {
        root: "https://ads.example/v26".into(),
        token_endpoint: "https://ads.example/token".into(),
        customer: "1".into(),
        login_customer: None,
    }
}

/// The operations of items that share a request, in the order of the request.
#[track_caller]
fn built(items: &[WorkItem<'_>]) -> Vec<Json> {
    built_with(&Memory::default(), items)
}

/// The same with what an observation left.
#[track_caller]
fn built_with(memory: &Memory, items: &[WorkItem<'_>]) -> Vec<Json> {
    let (config, zone, media) = (config(), Zone::utc(), Media::default());
    let mut request = Request::new(&config, &zone, memory, &media);
    let mut all: Vec<(usize, Operation)> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let operations = operations(item, &mut request).expect("it can be expressed");
        all.extend(operations.into_iter().map(|operation| (index, operation)));
    }
    all.sort_by_key(|(_, operation)| operation.rank);
    request::merge(all).into_iter().map(|(_, operation)| operation.body).collect()
}

fn eur(micros: i64) -> Value {
    Money::from_micros(micros, Currency::EUR).into()
}

fn text(text: &str) -> Value {
    Value::text(text)
}

#[test]
fn a_tree_is_one_request_with_temporary_ids() {
    let create = step(StepKind::Create);
    let campaign = change(
        CAMPAIGN,
        None,
        &[
            ("google.advertisingChannelType", Some(text("SEARCH"))),
            ("budget.daily", Some(eur(40_000_000))),
            ("bidding.strategy", Some(text("MaximizeClicks"))),
            ("targeting.locations", Some(Value::text_set(["ES"]))),
        ],
    );
    let group = change(GROUP, Some(CAMPAIGN), &[("google.type", Some(text("SEARCH_STANDARD")))]);
    let ad = change(AD, Some(GROUP), &[("creative.landingPage", Some(text("https://shop.example/")))]);
    let items = [item(&create, &campaign, None), item(&create, &group, None), item(&create, &ad, None)];
    let marker = json!([{"key": "adplane", "value": "abcdef.abcdefghij"}]);
    assert_eq!(
        built(&items),
        [
            json!({"campaignBudgetOperation": {"create": {"resourceName": "customers/1/campaignBudgets/-2",
                "explicitlyShared": false, "deliveryMethod": "STANDARD", "amountMicros": "40000000"}}}),
            json!({"campaignOperation": {"create": {"resourceName": "customers/1/campaigns/-1", "name": "brand",
                "status": "PAUSED", "campaignBudget": "customers/1/campaignBudgets/-2",
                "advertisingChannelType": "SEARCH", "targetSpend": {}, "urlCustomParameters": marker}}}),
            json!({"campaignCriterionOperation": {"create": {"campaign": "customers/1/campaigns/-1",
                "location": {"geoTargetConstant": "geoTargetConstants/2724"}}}}),
            json!({"adGroupOperation": {"create": {"resourceName": "customers/1/adGroups/-3",
                "campaign": "customers/1/campaigns/-1", "name": "brand-es", "status": "PAUSED",
                "type": "SEARCH_STANDARD", "urlCustomParameters": marker}}}),
            json!({"adGroupAdOperation": {"create": {"adGroup": "customers/1/adGroups/-3", "status": "PAUSED",
                "ad": {"finalUrls": ["https://shop.example/"], "urlCustomParameters": marker}}}}),
        ]
    );
}

#[test]
fn updates_name_only_what_they_change() {
    let paths = vec!["displayName".into(), "schedule.end".into(), "bidding.maxCpc".into()];
    let update = step(StepKind::Update { paths });
    let change = change(
        CAMPAIGN,
        None,
        &[
            ("displayName", Some(text("Brand"))),
            ("schedule.end", None),
            ("bidding.maxCpc", Some(eur(1_200_000))),
            ("state", Some(text("Active"))),
        ],
    );
    let mut live = live(Kind::Campaign, "campaigns/5", json!({"campaign": {}}));
    live.fields.insert("bidding.strategy".into(), Value::text("MaximizeClicks"));
    assert_eq!(
        built(&[item(&update, &change, Some(&live))]),
        [json!({"campaignOperation": {
            "update": {"name": "Brand", "targetSpend": {"cpcBidCeilingMicros": "1200000"},
                "resourceName": "customers/1/campaigns/5"},
            "updateMask": "name,endDateTime,targetSpend.cpcBidCeilingMicros"}})]
    );
}

#[test]
fn a_lowered_amount_stays_lowered_when_the_strategy_follows() {
    let change = change(
        CAMPAIGN,
        None,
        &[("bidding.strategy", Some(text("MaximizeClicks"))), ("bidding.maxCpc", Some(eur(1_000_000)))],
    );
    let mut live = live(Kind::Campaign, "campaigns/5", json!({}));
    live.fields.insert("bidding.strategy".into(), Value::text("TargetImpressionShare"));
    live.fields.insert("bidding.maxCpc".into(), eur(2_000_000));
    let lower = step(StepKind::Update { paths: vec!["bidding.maxCpc".into()] });
    let lowered = built(&[item(&lower, &change, Some(&live))]);
    assert_eq!(
        lowered[0]["campaignOperation"]["update"]["targetImpressionShare"]["cpcBidCeilingMicros"],
        json!("1000000")
    );
    let switch = step(StepKind::Update { paths: vec!["bidding.strategy".into()] });
    let switched = built(&[item(&switch, &change, Some(&live))]);
    assert_eq!(
        switched[0]["campaignOperation"]["update"]["targetSpend"],
        json!({"cpcBidCeilingMicros": "1000000"})
    );
}

#[test]
fn lists_remove_and_create_only_what_differs() {
    let native = json!({"adGroup": {}, "criteria": [
        {"resourceName": "customers/1/adGroupCriteria/9~1", "status": "ENABLED",
            "keyword": {"text": "Boots", "matchType": "EXACT"}},
        {"resourceName": "customers/1/adGroupCriteria/9~2", "status": "ENABLED",
            "keyword": {"text": "shoes", "matchType": "BROAD"}},
        {"resourceName": "customers/1/adGroupCriteria/9~3", "status": "PAUSED",
            "keyword": {"text": "sandals", "matchType": "BROAD"}},
        {"resourceName": "customers/1/adGroupCriteria/9~4", "status": "ENABLED", "negative": true,
            "keyword": {"text": "free", "matchType": "BROAD"}},
    ]});
    let live = live(Kind::AdGroup, "adGroups/9", native);
    let keyword = |text: &str, matching: &str| {
        let entry = Value::map([("text", Value::text(text)), ("match", Value::text(matching))]);
        (format!("{text}|{matching}"), entry)
    };
    let keywords =
        Value::map([keyword("boots", "Exact"), keyword("sandals", "Broad"), keyword("clogs", "Exact")]);
    let change = change(
        GROUP,
        None,
        &[("keywords", Some(keywords)), ("negativeKeywords", Some(Value::map([keyword("used", "Exact")])))],
    );
    let update = step(StepKind::Update { paths: vec!["keywords".into(), "negativeKeywords".into()] });
    let shown: Vec<String> =
        built(&[item(&update, &change, Some(&live))]).iter().map(Json::to_string).collect();
    assert_eq!(
        shown,
        [
            r#"{"adGroupCriterionOperation":{"remove":"customers/1/adGroupCriteria/9~4"}}"#,
            r#"{"adGroupCriterionOperation":{"create":{"adGroup":"customers/1/adGroups/9","keyword":{"text":"used","matchType":"EXACT"},"negative":true}}}"#,
            r#"{"adGroupCriterionOperation":{"update":{"status":"PAUSED","resourceName":"customers/1/adGroupCriteria/9~2"},"updateMask":"status"}}"#,
            r#"{"adGroupCriterionOperation":{"update":{"status":"ENABLED","resourceName":"customers/1/adGroupCriteria/9~3"},"updateMask":"status"}}"#,
            r#"{"adGroupCriterionOperation":{"create":{"adGroup":"customers/1/adGroups/9","status":"ENABLED","keyword":{"text":"clogs","matchType":"EXACT"}}}}"#,
        ]
    );
}

#[test]
fn markers_come_and_go_beside_other_parameters() {
    let native = json!({"campaign": {"name": "Brand", "urlCustomParameters": [
        {"key": "season", "value": "spring"}, {"key": "adplane", "value": "abcdef.abcdefghij"}]}});
    let mut live = live(Kind::Campaign, "campaigns/5", native);
    live.fields.insert("displayName".into(), Value::text("Brand"));
    let change = change(CAMPAIGN, None, &[]);
    let update = |operation| {
        let step = step(operation);
        built(&[item(&step, &change, Some(&live))])[0]["campaignOperation"]["update"].clone()
    };
    let released = update(StepKind::Release);
    assert_eq!(released["urlCustomParameters"], json!([{"key": "season", "value": "spring"}]));
    let superseded = update(StepKind::Supersede);
    let key = change.marker.as_ref().unwrap().key.superseded();
    let expected = format!("abcdef.{}", key.as_str());
    assert_eq!(superseded["urlCustomParameters"][0]["value"], json!(expected));
    assert_eq!(superseded["name"], "Brand (replaced 5)");
}

#[test]
fn an_unresolved_region_is_refused_before_anything_is_sent() {
    let create = step(StepKind::Create);
    let change = change(CAMPAIGN, None, &[("targeting.locations", Some(Value::text_set(["FR-IDF"])))]);
    let (config, zone, memory, media) = (config(), Zone::utc(), Memory::default(), Media::default());
    let mut request = Request::new(&config, &zone, &memory, &media);
    let error = operations(&item(&create, &change, None), &mut request).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("`FR-IDF`") && error.field.is_some());
}

#[test]
fn batches_keep_trees_whole_and_objects_apart() {
    let create = step(StepKind::Create);
    let pause = step(StepKind::Pause);
    let update = step(StepKind::Update { paths: vec!["displayName".into()] });
    let campaign = change(CAMPAIGN, None, &[]);
    let group = change(GROUP, Some(CAMPAIGN), &[]);
    let other = change("google/google-eu/Campaign/growth/other", None, &[("displayName", Some(text("x")))]);
    let existing = live(Kind::Campaign, "campaigns/5", json!({}));
    let items = [
        item(&create, &campaign, None),
        item(&pause, &other, Some(&existing)),
        item(&create, &group, None),
        item(&update, &other, Some(&existing)),
    ];
    let packed = batches(&items);
    assert_eq!(packed.iter().map(|batch| batch.items.clone()).collect::<Vec<_>>(), [vec![0, 2, 1], vec![3]]);
    assert_eq!(packed[1].after, [0], "the second write to an object waits for the first");
}

#[test]
fn a_large_tree_goes_in_parts_parents_first() {
    let create = step(StepKind::Create);
    let campaign = change(CAMPAIGN, None, &[]);
    let words: Vec<String> = (0..MOST_OPERATIONS / 2).map(|index| format!("word {index}")).collect();
    let keywords = Value::text_set(words);
    let groups: Vec<Change> = (0..3)
        .map(|index| {
            let address = format!("google/google-eu/AdGroup/growth/group-{index}");
            change(&address, Some(CAMPAIGN), &[("keywords", Some(keywords.clone()))])
        })
        .collect();
    let mut items = vec![item(&create, &campaign, None)];
    items.extend(groups.iter().map(|group| item(&create, group, None)));
    let packed = batches(&items);
    assert_eq!(
        packed.iter().map(|batch| batch.items.clone()).collect::<Vec<_>>(),
        [vec![0, 1], vec![2], vec![3]]
    );
    assert_eq!(packed[2].after, [0, 1]);
}

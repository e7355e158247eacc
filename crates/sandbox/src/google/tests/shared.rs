//! Shared budgets, portfolios, lists, labels, devices, suggestions (§3.1, §3.3, §3.9-§3.11).

use serde_json::{Value, json};

use super::support::*;
use crate::google::handle;
use crate::world::{FAULT_PARTIAL, Vendor};

fn create(world: &mut crate::world::World, collection: &str, object: &Value) -> String {
    let answer = apply(world, &format!("{collection}:mutate"), &json!({"operations": [{"create": object}]}));
    answer["results"][0]["resourceName"].as_str().unwrap().to_owned()
}

fn refused(world: &mut crate::world::World, collection: &str, operation: &Value) -> Vec<String> {
    let (_, answer) = post(world, EUR, &format!("{collection}:mutate"), &json!({"operations": [operation]}));
    errors(&answer)
}

fn plain_campaign(name: &str, budget: &str) -> Value {
    let campaign = with(with(campaign(), "/resourceName", Value::Null), "/name", json!(name));
    with(campaign, "/campaignBudget", json!(budget))
}

#[test]
fn a_shared_budget_serves_many_and_stays_when_they_go() {
    let mut world = world();
    let budget = create(&mut world, "campaignBudgets", &json!({"name": "Brand", "amountMicros": "10000000"}));
    let first = create(&mut world, "campaigns", &plain_campaign("one", &budget));
    create(&mut world, "campaigns", &plain_campaign("two", &budget));
    let query = "SELECT campaign_budget.name, campaign_budget.reference_count, campaign_budget.explicitly_shared FROM campaign_budget";
    assert_eq!(rows(&mut world, query)[0]["campaignBudget"]["referenceCount"], "2");
    apply(&mut world, "campaigns:mutate", &json!({"operations": [{"remove": first}]}));
    assert_eq!(rows(&mut world, query)[0]["campaignBudget"]["referenceCount"], "1");
    let unshare = json!({"update": {"resourceName": budget, "explicitlyShared": false}, "updateMask": "explicitlyShared"});
    assert_eq!(
        refused(&mut world, "campaignBudgets", &unshare),
        [
            "campaignBudgetError.CANNOT_UPDATE_CAMPAIGN_BUDGET_TO_IMPLICITLY_SHARED at operations[0].update.explicitly_shared"
        ]
    );
    let same = json!({"create": {"name": "Brand ", "amountMicros": "10000000"}});
    assert_eq!(
        refused(&mut world, "campaignBudgets", &same),
        ["campaignBudgetError.DUPLICATE_NAME at operations[0].create.name"]
    );
}

#[test]
fn an_own_budget_has_its_campaigns_name_and_is_shared_once() {
    let mut world = world();
    let names = create_tree(&mut world);
    let query = "SELECT campaign_budget.name FROM campaign_budget";
    assert_eq!(rows(&mut world, query)[0]["campaignBudget"]["name"], "Brand search");
    let share = |name: Option<&str>| {
        let mask = if name.is_some() { "explicitlyShared,name" } else { "explicitlyShared" };
        json!({"update": {"resourceName": names[0], "explicitlyShared": true, "name": name}, "updateMask": mask})
    };
    assert_eq!(
        refused(&mut world, "campaignBudgets", &share(None))[0],
        "campaignBudgetError.CANNOT_UPDATE_CAMPAIGN_BUDGET_TO_EXPLICITLY_SHARED_WITHOUT_NAME at operations[0].update.explicitly_shared"
    );
    apply(&mut world, "campaignBudgets:mutate", &json!({"operations": [share(Some("Now shared"))]}));
    assert_eq!(rows(&mut world, query)[0]["campaignBudget"]["name"], "Now shared");
}

#[test]
fn a_portfolio_is_attached_and_kept_while_in_use() {
    let mut world = world();
    let names = create_tree(&mut world);
    let strategy = create(&mut world, "biddingStrategies", &json!({"name": "Clicks", "targetSpend": {}}));
    let attach = json!({"operations": [{"update": {"resourceName": names[1], "biddingStrategy": strategy}, "updateMask": "biddingStrategy"}]});
    apply(&mut world, "campaigns:mutate", &attach);
    let found = rows(
        &mut world,
        "SELECT campaign.bidding_strategy, campaign.bidding_strategy_type, bidding_strategy.name FROM campaign",
    );
    assert_eq!(found[0]["campaign"]["biddingStrategyType"], "TARGET_SPEND");
    assert_eq!(found[0]["biddingStrategy"]["name"], "Clicks");
    assert_eq!(
        refused(&mut world, "biddingStrategies", &json!({"remove": strategy})),
        ["biddingStrategyError.CANNOT_REMOVE_ASSOCIATED_STRATEGY at operations[0].remove"]
    );
}

#[test]
fn lists_of_negatives_are_shared_by_campaigns() {
    let mut world = world();
    let names = create_tree(&mut world);
    let set = create(&mut world, "sharedSets", &json!({"name": "Never", "type": "NEGATIVE_KEYWORDS"}));
    let negative = json!({"sharedSet": set, "keyword": {"text": "free", "matchType": "BROAD"}});
    create(&mut world, "sharedCriteria", &negative);
    let link = create(&mut world, "campaignSharedSets", &json!({"campaign": names[1], "sharedSet": set}));
    let found =
        rows(&mut world, "SELECT shared_set.member_count, shared_set.reference_count FROM shared_set");
    assert_eq!(found[0]["sharedSet"]["memberCount"], "1");
    assert_eq!(
        refused(&mut world, "sharedSets", &json!({"remove": set})),
        ["sharedSetError.SHARED_SET_IN_USE at operations[0].remove"]
    );
    apply(&mut world, "campaignSharedSets:mutate", &json!({"operations": [{"remove": link}]}));
    apply(&mut world, "sharedSets:mutate", &json!({"operations": [{"remove": set}]}));
}

#[test]
fn labels_mark_and_their_links_go_with_them() {
    let mut world = world();
    let names = create_tree(&mut world);
    let label = create(
        &mut world,
        "labels",
        &json!({"name": "managed", "textLabel": {"backgroundColor": "#ff0000"}}),
    );
    let link = json!({"campaign": names[1], "label": label});
    create(&mut world, "campaignLabels", &link);
    assert_eq!(
        refused(&mut world, "campaignLabels", &json!({"create": link})),
        ["campaignError.CAMPAIGN_LABEL_ALREADY_EXISTS at operations[0].create"]
    );
    let by_label =
        format!("SELECT campaign.labels FROM campaign WHERE campaign.labels CONTAINS ANY ('{label}')");
    assert_eq!(rows(&mut world, &by_label)[0]["campaign"]["labels"], json!([label]));
    assert_eq!(
        rows(&mut world, "SELECT campaign.id FROM campaign_label WHERE label.name = 'managed'").len(),
        1
    );
    apply(&mut world, "labels:mutate", &json!({"operations": [{"remove": label}]}));
    assert!(rows(&mut world, &by_label).is_empty());
}

#[test]
fn devices_exist_without_being_created() {
    let mut world = world();
    let names = create_tree(&mut world);
    let campaign = names[1].rsplit_once('/').unwrap().1;
    let mobile = format!("customers/{EUR}/campaignCriteria/{campaign}~30001");
    let off = json!({"operations": [{"update": {"resourceName": mobile, "bidModifier": 0.0}, "updateMask": "bidModifier"}]});
    apply(&mut world, "campaignCriteria:mutate", &off);
    let found = rows(
        &mut world,
        "SELECT campaign_criterion.device.type, campaign_criterion.bid_modifier FROM campaign_criterion WHERE campaign_criterion.type = 'DEVICE'",
    );
    assert_eq!(found[0]["campaignCriterion"]["device"]["type"], "MOBILE");
    assert_eq!(found[0]["campaignCriterion"]["bidModifier"], 0.0);
}

#[test]
fn one_object_changes_once_per_request() {
    let mut world = world();
    let names = create_tree(&mut world);
    let pause = json!({"update": {"resourceName": names[2], "status": "PAUSED"}, "updateMask": "status"});
    let twice = json!({"operations": [pause, pause]});
    let (_, answer) = post(&mut world, EUR, "adGroups:mutate", &twice);
    assert_eq!(
        errors(&answer),
        ["mutateError.ID_EXISTS_IN_MULTIPLE_MUTATES at operations[1].update.resource_name"]
    );
    world.options.insert("google.repeated_target".into(), "allow".into());
    apply(&mut world, "adGroups:mutate", &twice);
}

#[test]
fn a_partial_fault_refuses_every_second_operation() {
    let mut world = world();
    let budget = |name: &str| json!({"create": {"name": name, "amountMicros": "10000000"}});
    world.notes.entry(Vendor::Google).or_default().insert(FAULT_PARTIAL.into(), json!(true));
    let body = json!({"operations": [budget("a"), budget("b"), budget("c")], "partialFailure": true});
    let answer = apply(&mut world, "campaignBudgets:mutate", &body);
    assert_eq!(errors(&answer), ["databaseError.CONCURRENT_MODIFICATION at operations[1]"]);
    assert_eq!(rows(&mut world, "SELECT campaign_budget.name FROM campaign_budget").len(), 2);
}

#[test]
fn places_are_suggested_by_name() {
    let body = json!({"locale": "en", "countryCode": "ES", "locationNames": {"names": ["catalonia"]}});
    let headers = [("authorization", "Bearer sandbox-token")];
    let sent = request("POST", "/v26/geoTargetConstants:suggest", &headers, &body.to_string());
    let answer = json_of(&handle(&mut world(), &sent));
    let found = &answer["geoTargetConstantSuggestions"][0];
    assert_eq!(found["searchTerm"], "catalonia");
    assert_eq!(found["geoTargetConstant"]["targetType"], "Autonomous Community");
}

#[test]
fn campaigns_with_hours_deliver_in_them_only() {
    let mut world = world();
    let names = create_tree(&mut world);
    let enable = json!({"operations": [{"update": {"resourceName": names[1], "status": "ENABLED"}, "updateMask": "status"}]});
    apply(&mut world, "campaigns:mutate", &enable);
    let schedule = json!({"dayOfWeek": "TUESDAY", "startHour": 8, "startMinute": "ZERO", "endHour": 10, "endMinute": "ZERO"});
    create(&mut world, "campaignCriteria", &json!({"campaign": names[1], "adSchedule": schedule}));
    for _ in 0..48 {
        pass(&mut world, 1);
    }
    let found = rows(
        &mut world,
        "SELECT campaign.id, segments.date, segments.hour, metrics.impressions FROM campaign WHERE segments.date DURING LAST_7_DAYS",
    );
    let hours: Vec<&Value> = found.iter().map(|row| &row["segments"]["hour"]).collect();
    assert_eq!(hours, [8, 9]);
    assert_eq!(found[0]["segments"]["date"], "2026-03-03");
}

#[test]
fn account_settings_are_updated_by_mask() {
    let mut world = world();
    let update = |mask: &str| {
        json!({"operation": {
            "update": {"resourceName": format!("customers/{EUR}"), "finalUrlSuffix": "a=b", "currencyCode": "USD"},
            "updateMask": mask,
        }})
    };
    let headers = [("authorization", "Bearer sandbox-token")];
    let path = format!("/v26/customers/{EUR}:mutate");
    let mut send =
        |mask: &str| handle(&mut world, &request("POST", &path, &headers, &update(mask).to_string()));
    assert!(send("finalUrlSuffix").wrote);
    assert_eq!(
        errors(&json_of(&send("currencyCode"))),
        ["fieldError.IMMUTABLE_FIELD at operation.update.currency_code"]
    );
    let found = rows(&mut world, "SELECT customer.final_url_suffix, customer.currency_code FROM customer");
    assert_eq!(found[0]["customer"]["finalUrlSuffix"], "a=b");
    assert_eq!(found[0]["customer"]["currencyCode"], "EUR");
}

#[test]
fn conversion_actions_have_unique_names() {
    let mut world = world();
    create(&mut world, "conversionActions", &json!({"name": "Purchase", "category": "PURCHASE"}));
    let found = rows(
        &mut world,
        "SELECT conversion_action.name, conversion_action.counting_type FROM conversion_action",
    );
    assert_eq!(found[0]["conversionAction"]["countingType"], "MANY_PER_CLICK");
    assert_eq!(
        refused(&mut world, "conversionActions", &json!({"create": {"name": "Purchase"}})),
        ["conversionActionError.DUPLICATE_NAME at operations[0].create.name"]
    );
}

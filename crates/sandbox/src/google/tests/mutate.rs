//! Trees, temporary ids, atomicity, partial failure, removal (§2.3, §2.4, §8).

use serde_json::{Value, json};

use super::support::*;

#[test]
fn a_tree_is_created_in_one_request() {
    let mut world = world();
    let names = create_tree(&mut world);
    assert_eq!(names[1], "customers/1000000001/campaigns/20000000002");
    assert!(names[3].starts_with("customers/1000000001/adGroupAds/20000000003~"), "{}", names[3]);
    assert_eq!(names[5], "customers/1000000001/campaignCriteria/20000000002~2724");
    let campaign =
        world.accounts.values().next().unwrap()[EUR].get("campaigns", "20000000002").unwrap().clone();
    assert_eq!(campaign["campaignBudget"], json!(names[0]));
    assert_eq!(campaign["paymentMode"], "CLICKS");
    assert_eq!(campaign["startDateTime"], "2026-03-02 00:00:00");
    assert_eq!(campaign["geoTargetTypeSetting"]["positiveGeoTargetType"], "PRESENCE_OR_INTEREST");
}

#[test]
fn results_carry_the_resource_when_asked() {
    let mut world = world();
    let body = json!({"mutateOperations": tree(), "responseContentType": "MUTABLE_RESOURCE"});
    let answer = apply(&mut world, "googleAds:mutate", &body);
    let campaign = &answer["mutateOperationResponses"][1]["campaignResult"]["campaign"];
    assert_eq!(campaign["name"], "Brand search");
    assert!(campaign.get("servingStatus").is_none());
}

/// The errors of a tree with one operation changed, and proof that nothing was stored.
fn check_tree(index: usize, pointer: &str, value: &Value, expected: &[&str]) {
    let mut world = world();
    let mut operations = tree();
    operations[index] = with(operations[index].clone(), pointer, value.clone());
    let (status, answer) =
        post(&mut world, EUR, "googleAds:mutate", &json!({"mutateOperations": operations}));
    assert_eq!(status, 400, "{pointer} = {value}");
    assert_eq!(errors(&answer), expected, "{pointer} = {value}");
    assert_eq!(rows(&mut world, "SELECT campaign_budget.id FROM campaign_budget"), Vec::<Value>::new());
}

#[test]
fn errors_are_atomic_and_all_listed() {
    check_tree(
        1,
        "/campaignOperation/create/containsEuPoliticalAdvertising",
        &Value::Null,
        &[
            "fieldError.REQUIRED at mutate_operations[1].campaign_operation.create.contains_eu_political_advertising",
            "newResourceCreationError.TEMP_ID_RESOURCE_HAD_ERRORS at mutate_operations[2].ad_group_operation.create.campaign",
            "newResourceCreationError.TEMP_ID_RESOURCE_HAD_ERRORS at mutate_operations[3].ad_group_ad_operation.create.ad_group",
            "newResourceCreationError.TEMP_ID_RESOURCE_HAD_ERRORS at mutate_operations[4].ad_group_criterion_operation.create.ad_group",
            "newResourceCreationError.TEMP_ID_RESOURCE_HAD_ERRORS at mutate_operations[5].campaign_criterion_operation.create.campaign",
            "newResourceCreationError.TEMP_ID_RESOURCE_HAD_ERRORS at mutate_operations[6].campaign_criterion_operation.create.campaign",
        ],
    );
}

#[test]
fn temporary_ids_are_negative_unique_and_in_order() {
    check_tree(
        4,
        "/adGroupCriterionOperation/create/adGroup",
        &json!("customers/1000000001/adGroups/-9"),
        &[
            "mutateError.RESOURCE_NOT_FOUND at mutate_operations[4].ad_group_criterion_operation.create.ad_group",
        ],
    );
    let mut world = world();
    let twice = json!({"mutateOperations": [tree()[0], tree()[0]]});
    let (_, answer) = post(&mut world, EUR, "googleAds:mutate", &twice);
    assert_eq!(
        errors(&answer),
        [
            "newResourceCreationError.DUPLICATE_TEMP_IDS at mutate_operations[1].campaign_budget_operation.create.resource_name"
        ]
    );
    let positive = with(budget(), "/resourceName", json!("customers/1000000001/campaignBudgets/7"));
    let (_, answer) =
        post(&mut world, EUR, "campaignBudgets:mutate", &json!({"operations": [{"create": positive}]}));
    assert_eq!(
        errors(&answer),
        ["newResourceCreationError.CANNOT_SET_ID_FOR_CREATE at operations[0].create.resource_name"]
    );
    let child_first = json!({"mutateOperations": [tree()[1], tree()[0]]});
    let (_, answer) = post(&mut world, EUR, "googleAds:mutate", &child_first);
    assert_eq!(
        errors(&answer),
        ["mutateError.RESOURCE_NOT_FOUND at mutate_operations[0].campaign_operation.create.campaign_budget"]
    );
}

#[test]
fn an_error_names_code_trigger_and_place() {
    let mut world = world();
    create_tree(&mut world);
    let name = rows(&mut world, "SELECT campaign.campaign_budget FROM campaign");
    let again = with(campaign(), "/campaignBudget", name[0]["campaign"]["campaignBudget"].clone());
    let (status, answer) =
        post(&mut world, EUR, "campaigns:mutate", &json!({"operations": [{"create": again}]}));
    assert_eq!(status, 400);
    let error = &answer["error"];
    assert_eq!((&error["code"], &error["status"]), (&json!(400), &json!("INVALID_ARGUMENT")));
    let detail = &error["details"][0];
    assert_eq!(detail["@type"], "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure");
    assert_eq!(
        detail["errors"][0],
        json!({
            "errorCode": {"campaignError": "DUPLICATE_CAMPAIGN_NAME"},
            "message": "The campaign name is already being used.",
            "trigger": {"stringValue": "Brand search"},
            "location": {"fieldPathElements": [
                {"fieldName": "operations", "index": 0}, {"fieldName": "create"}, {"fieldName": "name"},
            ]},
        })
    );
    assert_eq!(
        errors(&answer)[1],
        "campaignBudgetError.CANNOT_USE_IMPLICITLY_SHARED_CAMPAIGN_BUDGET_WITH_MULTIPLE_CAMPAIGNS at operations[0].create.campaign_budget"
    );
}

#[test]
fn json_that_does_not_fit_is_a_bad_request() {
    for (body, field, words) in [
        (
            json!({"operations": [{"create": {"nam": "x"}}]}),
            "operations[0].create",
            "Unknown name \"nam\" at 'operations[0].create': Cannot find field.",
        ),
        (
            json!({"operations": [{"create": {"status": "RUNNING"}}]}),
            "operations[0].create.status",
            "Invalid value at 'operations[0].create.status'",
        ),
        (
            json!({"operations": [{"create": {"urlCustomParameters": [{"keys": "a"}]}}]}),
            "operations[0].create.urlCustomParameters[0]",
            "Unknown name \"keys\"",
        ),
        (
            json!({"operations": [{"create": {"manualCpc": {}, "targetSpend": {}}}]}),
            "operations[0].create.targetSpend",
            "already set",
        ),
        (json!({"operations": [], "dryRun": true}), "", "Unknown name \"dryRun\""),
    ] {
        let (status, answer) = post(&mut world(), EUR, "campaigns:mutate", &body);
        assert_eq!(status, 400);
        let detail = &answer["error"]["details"][0];
        assert_eq!(detail["@type"], "type.googleapis.com/google.rpc.BadRequest", "{body}");
        assert_eq!(detail["fieldViolations"][0]["field"], field, "{body}");
        let description = detail["fieldViolations"][0]["description"].as_str().unwrap();
        assert!(description.contains(words), "{description}");
    }
}

#[test]
fn validate_only_stores_nothing() {
    let mut world = world();
    let body = json!({"mutateOperations": tree(), "validateOnly": true});
    assert_eq!(apply(&mut world, "googleAds:mutate", &body), json!({}));
    assert!(rows(&mut world, "SELECT campaign.id FROM campaign").is_empty());
    assert!(world.accounts.values().next().unwrap()[EUR].history.is_empty());
}

#[test]
fn partial_failure_keeps_what_is_right() {
    let mut world = world();
    let bad = with(budget(), "/amountMicros", json!("5"));
    let bad = with(bad, "/resourceName", Value::Null);
    let body = json!({"operations": [{"create": bad}, {"create": budget()}], "partialFailure": true});
    let answer = apply(&mut world, "campaignBudgets:mutate", &body);
    assert_eq!(answer["results"][0], json!({}));
    assert!(answer["results"][1]["resourceName"].is_string());
    assert_eq!(answer["partialFailureError"]["code"], 3);
    assert_eq!(
        errors(&answer),
        ["campaignBudgetError.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT at operations[0].create.amount_micros"]
    );
    let message = answer["partialFailureError"]["message"].as_str().unwrap();
    assert!(message.ends_with(", at operations[0].create.amount_micros"), "{message}");
}

#[test]
fn removed_is_final_and_a_campaign_takes_its_own_budget_along() {
    let mut world = world();
    let names = create_tree(&mut world);
    let in_use = json!({"operations": [{"remove": names[0]}]});
    let (_, answer) = post(&mut world, EUR, "campaignBudgets:mutate", &in_use);
    assert_eq!(errors(&answer), ["campaignBudgetError.CAMPAIGN_BUDGET_IN_USE at operations[0].remove"]);
    apply(&mut world, "campaigns:mutate", &json!({"operations": [{"remove": names[1]}]}));
    let found = rows(&mut world, "SELECT campaign.status, campaign_budget.status FROM campaign");
    assert_eq!(found[0]["campaign"]["status"], "REMOVED");
    assert_eq!(found[0]["campaignBudget"]["status"], "REMOVED");
    let update = json!({"operations": [{"update": {"resourceName": names[1], "status": "PAUSED"}, "updateMask": "status"}]});
    let (_, answer) = post(&mut world, EUR, "campaigns:mutate", &update);
    assert_eq!(
        errors(&answer),
        ["contextError.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE at operations[0].update.resource_name"]
    );
    create_tree(&mut world);
}

#[test]
fn what_exists_is_not_made_twice() {
    let mut world = world();
    let names = create_tree(&mut world);
    let again = with(keyword(), "/adGroup", json!(names[2]));
    let upper = with(again.clone(), "/keyword/text", json!("Running Shoes "));
    for criterion in [again, upper] {
        let (_, answer) =
            post(&mut world, EUR, "adGroupCriteria:mutate", &json!({"operations": [{"create": criterion}]}));
        assert_eq!(errors(&answer), ["mutateError.RESOURCE_ALREADY_EXISTS at operations[0].create"]);
    }
    apply(&mut world, "adGroupCriteria:mutate", &json!({"operations": [{"remove": names[4]}]}));
    let again = with(keyword(), "/adGroup", json!(names[2]));
    let answer = apply(&mut world, "adGroupCriteria:mutate", &json!({"operations": [{"create": again}]}));
    assert_eq!(answer["results"][0]["resourceName"], json!(names[4]));
}

#[test]
fn manager_accounts_hold_nothing() {
    let (status, answer) = post(
        &mut world(),
        "1000000000",
        "campaignBudgets:mutate",
        &json!({"operations": [{"create": budget()}]}),
    );
    assert_eq!(status, 400);
    assert_eq!(errors(&answer), ["requestError.CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT at "]);
}

//! Queries as a client sees them (§2.1, §2.2, §4).

use serde_json::{Value, json};

use super::support::*;

#[test]
fn rows_nest_by_resource_and_echo_the_mask() {
    let mut world = world();
    create_tree(&mut world);
    let query = "SELECT campaign.id, campaign.name, campaign.status, campaign_budget.amount_micros, \
        campaign.bidding_strategy_type, campaign.primary_status, customer.currency_code FROM campaign";
    let (_, answer) = post(&mut world, EUR, "googleAds:search", &json!({"query": query}));
    assert_eq!(
        answer["fieldMask"],
        "campaign.id,campaign.name,campaign.status,campaignBudget.amountMicros,campaign.biddingStrategyType,campaign.primaryStatus,customer.currencyCode"
    );
    assert_eq!(
        answer["results"][0],
        json!({
            "campaign": {
                "resourceName": "customers/1000000001/campaigns/20000000002",
                "id": "20000000002",
                "name": "Brand search",
                "status": "PAUSED",
                "biddingStrategyType": "TARGET_SPEND",
                "primaryStatus": "PAUSED",
            },
            "campaignBudget": {
                "resourceName": "customers/1000000001/campaignBudgets/20000000001",
                "amountMicros": "40000000",
            },
            "customer": {"resourceName": "customers/1000000001", "currencyCode": "EUR"},
        })
    );
}

#[test]
fn conditions_select_rows() {
    let mut world = world();
    create_tree(&mut world);
    for (condition, found) in [
        ("campaign.status = 'PAUSED'", true),
        ("campaign.status = PAUSED", true),
        ("campaign.status != \"REMOVED\" AND campaign.name = 'Brand search'", true),
        ("campaign.status IN ('ENABLED', 'REMOVED')", false),
        ("campaign.status NOT IN ('ENABLED')", true),
        ("campaign.name LIKE 'brand%'", true),
        ("campaign.name NOT LIKE '%search'", false),
        ("campaign.id = 20000000002", true),
        ("campaign.id > 20000000002", false),
        ("campaign.end_date_time IS NULL", true),
        ("campaign.target_spend.cpc_bid_ceiling_micros IS NOT NULL", true),
        ("campaign_budget.amount_micros BETWEEN 40000000 AND 50000000", true),
        ("campaign_budget.explicitly_shared = FALSE", true),
        ("campaign.labels CONTAINS ANY ('customers/1000000001/labels/1')", false),
    ] {
        let query = format!("SELECT campaign.id FROM campaign WHERE {condition}");
        assert_eq!(!rows(&mut world, &query).is_empty(), found, "{condition}");
    }
}

#[test]
fn criteria_and_ads_reach_their_parents() {
    let mut world = world();
    create_tree(&mut world);
    let keywords = rows(
        &mut world,
        "SELECT ad_group_criterion.keyword.text, ad_group_criterion.negative, ad_group.name, campaign.name FROM ad_group_criterion WHERE ad_group_criterion.type = 'KEYWORD'",
    );
    assert_eq!(keywords[0]["adGroupCriterion"]["keyword"]["text"], "running shoes");
    assert_eq!(keywords[0]["adGroupCriterion"]["negative"], json!(false));
    assert_eq!(keywords[0]["adGroup"]["name"], "Shoes");
    assert_eq!(keywords[0]["campaign"]["name"], "Brand search");
    let ads = rows(
        &mut world,
        "SELECT ad_group_ad.ad.final_urls, ad_group_ad.ad.type, campaign.id FROM ad_group_ad",
    );
    assert_eq!(ads[0]["adGroupAd"]["ad"]["type"], "RESPONSIVE_SEARCH_AD");
    assert!(ads[0]["adGroupAd"]["ad"]["resourceName"].is_string());
}

#[test]
fn wrong_queries_are_refused_with_the_code() {
    let mut world = world();
    for (query, code) in [
        ("SELECT campaign.nam FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.network_settings FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.networkSettings.targetGoogleSearch FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.id FROM campaigns", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT ad_group.id FROM campaign", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        (
            "SELECT campaign.id FROM campaign WHERE ad_group.id = 1",
            "PROHIBITED_RESOURCE_TYPE_IN_WHERE_CLAUSE",
        ),
        ("SELECT campaign.id FROM campaign WHERE campaign.status = 'RUNNING'", "BAD_ENUM_CONSTANT"),
        ("SELECT campaign.id FROM campaign WHERE campaign.name > 'a'", "OPERATOR_FIELD_MISMATCH"),
        ("SELECT campaign.id FROM campaign WHERE campaign.id = 'x'", "BAD_NUMBER"),
        ("SELECT campaign.id, FROM campaign", "EXPECTED_FROM"),
        (
            "SELECT campaign.id FROM campaign WHERE campaign.status IN ()",
            "PROHIBITED_EMPTY_LIST_IN_CONDITION",
        ),
        ("SELECT campaign.id FROM campaign LIMIT 0", "LIMIT_VALUE_TOO_LOW"),
        ("SELECT * FROM campaign", "BAD_SYMBOL"),
        ("SELECT campaign.id FROM campaign WHERE campaign.name = 'x", "STRING_NOT_TERMINATED"),
        ("SELECT campaign.id FROM campaign OR", "UNEXPECTED_INPUT"),
        ("FROM campaign", "EXPECTED_SELECT"),
        ("SELECT campaign.id, segments.date FROM campaign", "EXPECTED_FILTERS_ON_DATE_RANGE"),
        (
            "SELECT campaign.id FROM campaign WHERE segments.hour = 3",
            "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE",
        ),
        ("SELECT label.name, metrics.clicks FROM label", "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE"),
    ] {
        let (status, answer) = post(&mut world, EUR, "googleAds:search", &json!({"query": query}));
        assert_eq!((status, errors(&answer)), (400, vec![format!("queryError.{code} at ")]), "{query}");
    }
}

#[test]
fn page_size_is_refused_and_streams_are_arrays() {
    let mut world = world();
    let query = "SELECT customer.id FROM customer";
    let (_, answer) = post(&mut world, EUR, "googleAds:search", &json!({"query": query, "pageSize": 100}));
    assert_eq!(errors(&answer), ["requestError.PAGE_SIZE_NOT_SUPPORTED at "]);
    let (status, answer) = post(&mut world, EUR, "googleAds:searchStream", &json!({"query": query}));
    assert_eq!((status, &answer[0]["results"][0]["customer"]["id"]), (200, &json!(EUR)));
    assert!(answer[0]["requestId"].is_string());
    let (status, answer) = post(&mut world, EUR, "googleAds:searchStream", &json!({"query": "SELECT"}));
    assert_eq!(status, 400);
    assert!(answer[0]["error"]["details"].is_array(), "{answer}");
    let (_, empty) = post(
        &mut world,
        EUR,
        "googleAds:searchStream",
        &json!({"query": "SELECT campaign.id FROM campaign"}),
    );
    assert_eq!(empty[0]["fieldMask"], "campaign.id");
}

#[test]
fn pages_hold_ten_thousand_rows_and_tokens_belong_to_their_query() {
    let mut world = world();
    let budgets = |from: usize, count: usize| {
        let operations: Vec<Value> = (from..from + count)
            .map(|number| json!({"create": {"name": format!("b{number}"), "amountMicros": "10000"}}))
            .collect();
        json!({"operations": operations})
    };
    apply(&mut world, "campaignBudgets:mutate", &budgets(0, 10_000));
    apply(&mut world, "campaignBudgets:mutate", &budgets(10_000, 5));
    let query = "SELECT campaign_budget.id FROM campaign_budget ORDER BY campaign_budget.id DESC";
    let (_, first) = post(
        &mut world,
        EUR,
        "googleAds:search",
        &json!({"query": query, "searchSettings": {"returnTotalResultsCount": true}}),
    );
    assert_eq!(first["results"].as_array().unwrap().len(), 10_000);
    assert_eq!(first["totalResultsCount"], "10005");
    let token = &first["nextPageToken"];
    let (_, second) = post(&mut world, EUR, "googleAds:search", &json!({"query": query, "pageToken": token}));
    assert_eq!(second["results"].as_array().unwrap().len(), 5);
    assert!(second.get("nextPageToken").is_none());
    let other = "SELECT campaign_budget.name FROM campaign_budget";
    let (_, answer) = post(&mut world, EUR, "googleAds:search", &json!({"query": other, "pageToken": token}));
    assert_eq!(errors(&answer), ["requestError.INVALID_PAGE_TOKEN at "]);
}

#[test]
fn constants_and_accounts_are_queried_like_resources() {
    let mut world = world();
    let places = rows(
        &mut world,
        "SELECT geo_target_constant.id, geo_target_constant.canonical_name FROM geo_target_constant WHERE geo_target_constant.country_code = 'ES' AND geo_target_constant.name LIKE '%Madrid'",
    );
    assert_eq!(places[0]["geoTargetConstant"]["canonicalName"], "Community of Madrid,Spain");
    let languages = rows(
        &mut world,
        "SELECT language_constant.id FROM language_constant WHERE language_constant.code = 'es'",
    );
    assert_eq!(languages[0]["languageConstant"]["id"], "1003");
    let yen = rows(
        &mut world,
        "SELECT currency_constant.billable_unit_micros FROM currency_constant WHERE currency_constant.code = 'JPY'",
    );
    assert_eq!(yen[0]["currencyConstant"]["billableUnitMicros"], "1000000");
    let query = json!({"query": "SELECT customer_client.id, customer_client.level FROM customer_client WHERE customer_client.manager = false"});
    let (_, answer) = post(&mut world, "1000000000", "googleAds:search", &query);
    assert_eq!(answer["results"].as_array().unwrap().len(), 3);
}

//! What each resource refuses (§3, §7).

use serde_json::{Value, json};

use super::support::*;

/// One field changed in a valid object, and the first error.
fn check(index: usize, cases: &[(&str, Value, &str)]) {
    for (pointer, value, expected) in cases {
        let mut world = world();
        let mut operations = tree();
        let key = operations[index].as_object().unwrap().keys().next().unwrap().clone();
        operations[index] =
            with(operations[index].clone(), &format!("/{key}/create{pointer}"), value.clone());
        let body = json!({"mutateOperations": operations});
        let (_, answer) = post(&mut world, EUR, "googleAds:mutate", &body);
        let first = errors(&answer).into_iter().next().unwrap_or_default();
        let short = first.replace(&format!("mutate_operations[{index}]."), "");
        let short = short.split_once("_operation.create").map_or(short.clone(), |(head, tail)| {
            format!("{}{}", head.rsplit_once(" at ").map_or("", |(code, _)| code), tail.replacen('.', " ", 1))
        });
        assert_eq!(&short, expected, "{pointer} = {value}");
    }
}

#[test]
fn budgets() {
    check(
        0,
        &[
            (
                "/amountMicros",
                json!("40000001"),
                "campaignBudgetError.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT amount_micros",
            ),
            ("/amountMicros", json!("-10000"), "campaignBudgetError.NEGATIVE_MONEY_AMOUNT amount_micros"),
            ("/amountMicros", Value::Null, "fieldError.REQUIRED amount_micros"),
            ("/explicitlyShared", Value::Null, "fieldError.REQUIRED name"),
            (
                "/totalAmountMicros",
                json!("10000"),
                "campaignBudgetError.TOTAL_BUDGET_AMOUNT_MUST_BE_UNSET_FOR_BUDGET_PERIOD_DAILY total_amount_micros",
            ),
            (
                "/deliveryMethod",
                json!("ACCELERATED"),
                "campaignBudgetError.CANNOT_USE_ACCELERATED_DELIVERY_MODE delivery_method",
            ),
            ("/status", json!("ENABLED"), "fieldError.VALUE_MUST_BE_UNSET status"),
        ],
    );
}

#[test]
fn the_yen_has_no_decimals() {
    for (amount, fits) in [("1500000", false), ("2000000", true)] {
        let mut budget = with(budget(), "/amountMicros", json!(amount));
        budget = with(budget, "/resourceName", Value::Null);
        let (status, _) =
            post(&mut world(), JPY, "campaignBudgets:mutate", &json!({"operations": [{"create": budget}]}));
        assert_eq!(status == 200, fits, "{amount}");
    }
}

#[test]
fn campaigns() {
    let many: Vec<Value> = (0..9).map(|number| json!({"key": format!("k{number}"), "value": "v"})).collect();
    check(
        1,
        &[
            ("/name", json!("a\nb"), "campaignError.INVALID_CAMPAIGN_NAME name"),
            ("/name", json!("x".repeat(256)), "stringLengthError.TOO_LONG name"),
            ("/name", Value::Null, "fieldError.REQUIRED name"),
            (
                "/status",
                json!("REMOVED"),
                "operationAccessDeniedError.CREATE_AS_REMOVED_NOT_PERMITTED status",
            ),
            ("/status", json!("UNKNOWN"), "requestError.INVALID_ENUM_VALUE status"),
            ("/targetSpend", Value::Null, "fieldError.REQUIRED campaign_bidding_strategy"),
            (
                "/targetSpend",
                json!({"cpcBidCeilingMicros": "5"}),
                "biddingError.BID_TOO_MANY_FRACTIONAL_DIGITS target_spend.cpc_bid_ceiling_micros",
            ),
            (
                "/advertisingChannelType",
                json!("VIDEO"),
                "mutateError.MUTATE_NOT_ALLOWED advertising_channel_type",
            ),
            (
                "/startDateTime",
                json!("2026-03-01 00:00:00"),
                "campaignError.CANNOT_SET_DATE_TO_PAST start_date_time",
            ),
            (
                "/startDateTime",
                json!("2026-03-05 10:00:00"),
                "dateError.DATE_RANGE_ERROR_START_TIME_MUST_BE_THE_START_OF_A_DAY start_date_time",
            ),
            (
                "/endDateTime",
                json!("2026-03-05 10:00:00"),
                "dateError.DATE_RANGE_ERROR_END_TIME_MUST_BE_THE_END_OF_A_DAY end_date_time",
            ),
            ("/endDateTime", json!("2026-03-05"), "dateError.INVALID_STRING_DATE_TIME_SECONDS end_date_time"),
            (
                "/networkSettings",
                json!({"targetSearchNetwork": true}),
                "campaignError.CANNOT_TARGET_SEARCH_NETWORK_WITHOUT_GOOGLE_SEARCH network_settings.target_search_network",
            ),
            (
                "/networkSettings",
                json!({}),
                "campaignError.CAMPAIGN_MUST_TARGET_AT_LEAST_ONE_NETWORK network_settings",
            ),
            ("/urlCustomParameters", json!(many), "collectionSizeError.TOO_MANY url_custom_parameters"),
            (
                "/urlCustomParameters",
                json!([{"key": "a_b", "value": "v"}]),
                "stringFormatError.ILLEGAL_CHARS url_custom_parameters[0].key",
            ),
            (
                "/trackingUrlTemplate",
                json!("https://t.example/"),
                "urlFieldError.MISSING_TRACKING_URL_TEMPLATE_TAG tracking_url_template",
            ),
            ("/servingStatus", json!("SERVING"), "fieldError.VALUE_MUST_BE_UNSET serving_status"),
        ],
    );
}

#[test]
fn ad_groups() {
    check(
        2,
        &[
            ("/name", json!(""), "fieldError.REQUIRED name"),
            (
                "/type",
                json!("DISPLAY_STANDARD"),
                "adGroupError.AD_GROUP_TYPE_NOT_VALID_FOR_ADVERTISING_CHANNEL_TYPE type",
            ),
            ("/cpcBidMicros", json!("41000000"), "adGroupError.BID_TOO_BIG cpc_bid_micros"),
            ("/cpcBidMicros", json!("-10000"), "biddingError.INVALID_BID cpc_bid_micros"),
        ],
    );
}

#[test]
fn responsive_search_ads() {
    let texts = |texts: &[&str]| json!(texts.iter().map(|text| json!({"text": text})).collect::<Vec<_>>());
    let pinned = json!([
        {"text": "a", "pinnedField": "HEADLINE_1"}, {"text": "b", "pinnedField": "HEADLINE_1"}, {"text": "c", "pinnedField": "HEADLINE_3"},
    ]);
    check(
        3,
        &[
            (
                "/ad/responsiveSearchAd/headlines",
                texts(&["a", "b"]),
                "collectionSizeError.TOO_FEW ad.responsive_search_ad.headlines",
            ),
            (
                "/ad/responsiveSearchAd/descriptions",
                texts(&["a", "b", "c", "d", "e"]),
                "collectionSizeError.TOO_MANY ad.responsive_search_ad.descriptions",
            ),
            (
                "/ad/responsiveSearchAd/headlines",
                texts(&["a", "b", "1234567890123456789012345678901"]),
                "adError.LINE_TOO_WIDE ad.responsive_search_ad.headlines[2].text",
            ),
            (
                "/ad/responsiveSearchAd/headlines",
                texts(&["a", "b", "春のランニングシューズ特別セール"]),
                "adError.LINE_TOO_WIDE ad.responsive_search_ad.headlines[2].text",
            ),
            (
                "/ad/responsiveSearchAd/headlines",
                texts(&["a", "b", "a"]),
                "distinctError.DUPLICATE_ELEMENT ad.responsive_search_ad.headlines[2].text",
            ),
            (
                "/ad/responsiveSearchAd/headlines",
                pinned,
                "assetLinkError.NOT_ENOUGH_AVAILABLE_ASSET_LINKS_WITH_FALLBACK_FOR_VALID_COMBINATION ad.responsive_search_ad.headlines",
            ),
            ("/ad/responsiveSearchAd/path1", Value::Null, ""),
            (
                "/ad/responsiveSearchAd/path2",
                json!("a/b"),
                "stringFormatError.ILLEGAL_CHARS ad.responsive_search_ad.path2",
            ),
            ("/ad/finalUrls", Value::Null, "fieldError.REQUIRED ad.final_urls"),
            (
                "/ad/finalUrls",
                json!(["shop.example"]),
                "urlFieldError.MISSING_PROTOCOL_IN_FINAL_URL ad.final_urls[0]",
            ),
            (
                "/ad/finalUrls",
                json!(["ftp://shop.example"]),
                "urlFieldError.INVALID_PROTOCOL_IN_FINAL_URL ad.final_urls[0]",
            ),
            (
                "/ad/responsiveSearchAd/headlines",
                texts(&["a", "b", "PROHIBIT-ME"]),
                "policyFindingError.POLICY_FINDING ad",
            ),
        ],
    );
}

#[test]
fn a_second_path_needs_the_first() {
    let mut world = world();
    let mut operations = tree();
    operations[3]["adGroupAdOperation"]["create"]["ad"]["responsiveSearchAd"]["path1"] = json!("");
    operations[3]["adGroupAdOperation"]["create"]["ad"]["responsiveSearchAd"]["path2"] = json!("sale");
    let (_, answer) = post(&mut world, EUR, "googleAds:mutate", &json!({"mutateOperations": operations}));
    assert!(errors(&answer)[0].starts_with("adError.CANNOT_SET_PATH2_WITHOUT_PATH1"), "{answer}");
}

#[test]
fn three_search_ads_may_run_in_an_ad_group() {
    let mut world = world();
    let names = create_tree(&mut world);
    let next = with(ad(), "/adGroup", json!(names[2]));
    let create = json!({"operations": [{"create": next}]});
    apply(&mut world, "adGroupAds:mutate", &create);
    apply(&mut world, "adGroupAds:mutate", &create);
    let (_, answer) = post(&mut world, EUR, "adGroupAds:mutate", &create);
    assert_eq!(
        errors(&answer),
        ["resourceCountLimitExceededError.AD_GROUP_AD_LIMIT at operations[0].create"]
    );
    let paused = json!({"operations": [{"create": with(next, "/status", json!("PAUSED"))}]});
    let fourth = apply(&mut world, "adGroupAds:mutate", &paused)["results"][0]["resourceName"].clone();
    let enable = json!({"operations": [{"update": {"resourceName": fourth, "status": "ENABLED"}, "updateMask": "status"}]});
    assert_eq!(post(&mut world, EUR, "adGroupAds:mutate", &enable).0, 400);
    apply(&mut world, "adGroupAds:mutate", &json!({"operations": [{"remove": names[3]}]}));
    apply(&mut world, "adGroupAds:mutate", &enable);
}

#[test]
fn criteria() {
    check(
        4,
        &[
            ("/keyword/text", json!("shoes!"), "criterionError.KEYWORD_HAS_INVALID_CHARS keyword.text"),
            (
                "/keyword/text",
                json!("a b c d e f g h i j k"),
                "criterionError.KEYWORD_HAS_TOO_MANY_WORDS keyword.text",
            ),
            ("/keyword/text", json!("x".repeat(81)), "criterionError.KEYWORD_TEXT_TOO_LONG keyword.text"),
            ("/keyword/matchType", Value::Null, "fieldError.REQUIRED keyword.match_type"),
            ("/keyword", Value::Null, "fieldError.REQUIRED criterion"),
            ("/bidModifier", json!(11.0), "rangeError.TOO_HIGH bid_modifier"),
        ],
    );
    check(
        5,
        &[
            (
                "/location/geoTargetConstant",
                json!("geoTargetConstants/2999"),
                "mutateError.RESOURCE_NOT_FOUND location.geo_target_constant",
            ),
            ("/status", json!("PAUSED"), "campaignCriterionError.CANNOT_SET_STATUS_FOR_CRITERIA_TYPE status"),
        ],
    );
}

#[test]
fn schedules_do_not_overlap() {
    let mut world = world();
    let names = create_tree(&mut world);
    let slot = |start: u8, end: u8| {
        json!({"operations": [{"create": {"campaign": names[1], "adSchedule": {
            "dayOfWeek": "MONDAY", "startHour": start, "startMinute": "ZERO", "endHour": end, "endMinute": "ZERO",
        }}}]})
    };
    apply(&mut world, "campaignCriteria:mutate", &slot(8, 12));
    apply(&mut world, "campaignCriteria:mutate", &slot(12, 24));
    for (start, end, code) in [
        (10, 11, "AD_SCHEDULE_TIME_INTERVALS_OVERLAP"),
        (7, 7, "AD_SCHEDULE_INVALID_TIME_INTERVAL"),
        (22, 25, "AD_SCHEDULE_INVALID_TIME_INTERVAL"),
    ] {
        let (_, answer) = post(&mut world, EUR, "campaignCriteria:mutate", &slot(start, end));
        assert_eq!(errors(&answer), [format!("criterionError.{code} at operations[0].create.ad_schedule")]);
    }
}

#[test]
fn assets_are_shared_and_linked_by_kind() {
    let mut world = world();
    let names = create_tree(&mut world);
    let text = json!({"operations": [{"create": {"textAsset": {"text": "Shop"}}}]});
    let first = apply(&mut world, "assets:mutate", &text)["results"][0].clone();
    assert_eq!(apply(&mut world, "assets:mutate", &text)["results"][0], first);
    let sitelink =
        json!({"sitelinkAsset": {"linkText": "Returns"}, "finalUrls": ["https://shop.example/returns"]});
    let made = apply(&mut world, "assets:mutate", &json!({"operations": [{"create": sitelink}]}));
    let link = |asset: &Value| json!({"operations": [{"create": {"campaign": names[1], "asset": asset, "fieldType": "SITELINK"}}]});
    apply(&mut world, "campaignAssets:mutate", &link(&made["results"][0]["resourceName"]));
    let (_, answer) = post(&mut world, EUR, "campaignAssets:mutate", &link(&first["resourceName"]));
    assert_eq!(
        errors(&answer),
        ["assetLinkError.FIELD_TYPE_INCOMPATIBLE_WITH_ASSET_TYPE at operations[0].create.field_type"]
    );
    let one_line = with(sitelink, "/sitelinkAsset/description1", json!("only one"));
    let (_, answer) = post(&mut world, EUR, "assets:mutate", &json!({"operations": [{"create": one_line}]}));
    assert_eq!(errors(&answer), ["fieldError.REQUIRED at operations[0].create.sitelink_asset.description2"]);
}

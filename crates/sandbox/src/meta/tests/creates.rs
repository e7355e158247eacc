//! Creating campaigns, ad sets, creatives and ads, and what is refused.

use serde_json::{Value, json};

use super::{DIGITS, EUR, Sandbox, ad_set, campaign, creative, targeting, with};

#[test]
fn a_whole_tree_is_made_and_reads_back_normalised() {
    let mut sandbox = Sandbox::new();
    let (campaign, set, ad) = sandbox.tree();
    let read = sandbox.read(
        &campaign,
        "name,objective,status,effective_status,special_ad_categories,start_time,account_id",
    );
    assert_eq!(read["name"], "Spring sale");
    assert_eq!(read["account_id"], DIGITS);
    assert_eq!(read["special_ad_categories"], json!([]));
    assert_eq!(read["start_time"], "1970-01-01T01:00:00+0100", "no start reads back as the epoch");
    let read = sandbox.read(
        &set,
        "daily_budget,lifetime_budget,bid_strategy,targeting,start_time,promoted_object,campaign{name}",
    );
    assert_eq!(read["daily_budget"], "2000");
    assert_eq!(read["lifetime_budget"], "0");
    assert_eq!(read["bid_strategy"], "LOWEST_COST_WITHOUT_CAP");
    assert_eq!(read["targeting"]["age_max"], 65);
    assert_eq!(read["targeting"]["geo_locations"]["location_types"], json!(["home", "recent"]));
    assert_eq!(read["start_time"], "2026-03-02T11:00:00+0100");
    assert_eq!(read.get("promoted_object"), None, "absent, never null");
    assert_eq!(read["campaign"], json!({"name": "Spring sale", "id": campaign}));
    let read = sandbox.read(
        &ad,
        "adset_id,campaign_id,creative{name,effective_object_story_id,object_story_spec},tracking_specs",
    );
    assert_eq!(read["campaign_id"], campaign);
    assert_eq!(read["creative"]["object_story_spec"]["page_id"], "111");
    assert!(read["creative"]["effective_object_story_id"].as_str().unwrap().starts_with("111_"));
    assert_eq!(read["tracking_specs"].as_array().unwrap().len(), 1, "the server adds its own");
}

#[test]
fn campaigns_are_refused() {
    for (changes, expected, why) in [
        (json!({"name": null}), (100, 0), "a name is required"),
        (json!({"objective": null}), (100, 0), "an objective is required"),
        (json!({"objective": "CONVERSIONS"}), (100, 0), "legacy objectives are read only"),
        (json!({"objective": "SALES"}), (100, 0), "objectives are a closed list"),
        (json!({"special_ad_categories": null}), (100, 0), "categories must be stated"),
        (json!({"special_ad_categories": ["PETS"]}), (100, 0), "categories are a closed list"),
        (
            json!({"special_ad_categories": ["ISSUES_ELECTIONS_POLITICS"]}),
            (100, 0),
            "politics names countries",
        ),
        (json!({"is_adset_budget_sharing_enabled": null}), (100, 4_834_011), "sharing must be stated"),
        (
            json!({"daily_budget": 5000, "is_adset_budget_sharing_enabled": true}),
            (100, 4_834_002),
            "sharing with a budget",
        ),
        (json!({"is_adset_budget_sharing_enabled": true}), (100, 4_834_005), "sharing without a strategy"),
        (json!({"daily_budget": 99}), (100, 1_885_272), "budget too low"),
        (json!({"daily_budget": "12.50"}), (100, 0), "budgets are whole minor units"),
        (json!({"daily_budget": 5000, "lifetime_budget": 5000}), (100, 0), "one kind of budget"),
        (json!({"spend_cap": 9999}), (100, 0), "spending limits are at least 100 dollars"),
        (json!({"status": "ARCHIVED"}), (100, 0), "a create is active or paused"),
        (json!({"buying_type": "BARTER"}), (100, 0), "buying types are a closed list"),
    ] {
        let mut sandbox = Sandbox::new();
        let answer = sandbox.post(&format!("/v26.0/{EUR}/campaigns"), &with(&campaign(), &changes));
        assert_eq!((answer.status, answer.refusal()), (400, expected), "{why}: {}", answer.body);
        assert!(!answer.response.wrote);
    }
}

#[test]
fn a_refusal_has_the_vendors_envelope() {
    let mut sandbox = Sandbox::new();
    let form = with(&campaign(), &json!({"daily_budget": 10, "is_adset_budget_sharing_enabled": null}));
    let answer = sandbox.post(&format!("/{EUR}/campaigns/"), &form);
    let error = &answer.body["error"];
    assert_eq!(error["message"], "Invalid parameter");
    assert_eq!(error["type"], "OAuthException");
    assert_eq!(error["error_user_title"], "Budget is too low");
    assert_eq!(
        error["error_data"], r#"{"blame_field_specs":[["daily_budget"]]}"#,
        "a string that holds JSON"
    );
    assert_eq!(error["is_transient"], false);
    assert!(error["fbtrace_id"].as_str().unwrap().starts_with('A'));
}

#[test]
fn ad_sets_are_refused() {
    let places = |places: serde_json::Value| json!({"targeting": {"geo_locations": places, "targeting_automation": {"advantage_audience": 0}}});
    let aimed = |more: serde_json::Value| json!({"targeting": with(&targeting(), &more)});
    for (changes, expected, why) in [
        (json!({"name": null}), (100, 0), "a name is required"),
        (json!({"name": "x".repeat(401)}), (100, 0), "names have 400 characters"),
        (json!({"campaign_id": "1"}), (100, 0), "the campaign must exist"),
        (json!({"targeting": null}), (100, 0), "targeting is required"),
        (
            json!({"targeting": {"geo_locations": {"countries": ["ES"]}}}),
            (100, 1_870_227),
            "the audience flag is required",
        ),
        (places(json!({})), (100, 0), "a place is required"),
        (places(json!({"countries": ["XX"]})), (100, 0), "countries exist"),
        (
            places(json!({"countries": ["ES"], "regions": [{"key": "4101"}]})),
            (100, 1_487_756),
            "places overlap",
        ),
        (
            places(json!({"regions": [{"key": "4101", "radius": 5}]})),
            (100, 1_487_079),
            "a radius on a region",
        ),
        (places(json!({"planets": ["mars"]})), (100, 0), "keys are known ones"),
        (aimed(json!({"age_min": 12})), (100, 0), "ages start at 13"),
        (aimed(json!({"genders": [3]})), (100, 0), "genders are 1 and 2"),
        (aimed(json!({"facebook_positions": ["video_feeds"]})), (100, 2_490_562), "dead placements"),
        (aimed(json!({"instagram_positions": ["explore"]})), (100, 0), "explore is gone from v26"),
        (
            aimed(json!({"age_max": 40, "targeting_automation": {"advantage_audience": 1}})),
            (100, 0),
            "ages are suggestions",
        ),
        (json!({"dsa_payor": null}), (100, 3_858_079), "EU places need a payor"),
        (json!({"dsa_beneficiary": null}), (100, 3_858_081), "EU places need a beneficiary"),
        (json!({"optimization_goal": "OFFSITE_CONVERSIONS"}), (100, 2_490_408), "goals belong to objectives"),
        (json!({"billing_event": "PAGE_LIKES"}), (100, 2_446_404), "billing events belong to goals"),
        (json!({"daily_budget": null}), (100, 1_487_061), "a budget is required"),
        (json!({"daily_budget": 50}), (100, 1_885_272), "budget too low"),
        (json!({"lifetime_budget": 50000, "daily_budget": null}), (100, 0), "a lifetime budget needs an end"),
        (
            json!({"daily_budget": 2000, "lifetime_budget": 2000, "end_time": "2026-04-01T00:00:00+0200"}),
            (100, 0),
            "one kind",
        ),
        (json!({"end_time": "2026-03-01T00:00:00+0100"}), (100, 1_487_033), "the end is in the future"),
        (json!({"end_time": "2026-03-02T20:00:00+0100"}), (100, 0), "daily budgets run longer than a day"),
        (json!({"start_time": "2030-01-01T00:00:00+0100"}), (3018, 0), "starts are at most 37 months ahead"),
        (json!({"bid_strategy": "COST_CAP"}), (100, 1_815_857), "caps need an amount"),
        (
            json!({"bid_strategy": "LOWEST_COST_WITHOUT_CAP", "bid_amount": 100}),
            (100, 2_446_149),
            "no cap, no amount",
        ),
        (json!({"bid_strategy": "LOWEST_COST_WITH_MIN_ROAS"}), (100, 0), "a floor is required"),
        (json!({"bid_amount": 3000}), (100, 1_885_650), "the budget holds a capped bid"),
        (
            json!({"attribution_spec": [{"event_type": "CLICK_THROUGH", "window_days": 7}]}),
            (100, 0),
            "windows belong to goals",
        ),
        (
            json!({"frequency_control_specs": [{"event": "IMPRESSIONS", "interval_days": 7, "max_frequency": 2}]}),
            (100, 0),
            "frequency for reach",
        ),
        (json!({"promoted_object": {"pixel_id": "5"}}), (100, 0), "pixels exist"),
    ] {
        let mut sandbox = Sandbox::new();
        let campaign = sandbox.campaign(&json!({}));
        let form = with(&with(&ad_set(), &json!({"campaign_id": campaign})), &changes);
        let answer = sandbox.post(&format!("/v26.0/{EUR}/adsets"), &form);
        assert_eq!((answer.status, answer.refusal()), (400, expected), "{why}: {}", answer.body);
    }
}

#[test]
fn goals_need_what_they_promote() {
    let pixel = json!({"pixel_id": "1122334455", "custom_event_type": "PURCHASE"});
    for (objective, goal, destination, promoted, accepted) in [
        ("OUTCOME_SALES", "OFFSITE_CONVERSIONS", "", json!({}), false),
        ("OUTCOME_SALES", "OFFSITE_CONVERSIONS", "", json!({"pixel_id": "1122334455"}), false),
        ("OUTCOME_SALES", "OFFSITE_CONVERSIONS", "WEBSITE", pixel.clone(), true),
        ("OUTCOME_SALES", "VALUE", "", pixel, true),
        ("OUTCOME_AWARENESS", "REACH", "", json!({}), false),
        ("OUTCOME_AWARENESS", "REACH", "", json!({"page_id": "111"}), true),
        ("OUTCOME_AWARENESS", "REACH", "", json!({"page_id": "112"}), false),
        ("OUTCOME_LEADS", "LEAD_GENERATION", "ON_AD", json!({}), false),
        ("OUTCOME_LEADS", "LEAD_GENERATION", "ON_AD", json!({"page_id": "111"}), true),
        ("OUTCOME_ENGAGEMENT", "POST_ENGAGEMENT", "ON_POST", json!({}), true),
        ("OUTCOME_ENGAGEMENT", "PAGE_LIKES", "ON_PAGE", json!({}), false),
        ("OUTCOME_APP_PROMOTION", "APP_INSTALLS", "", json!({"application_id": "9"}), false),
        (
            "OUTCOME_APP_PROMOTION",
            "APP_INSTALLS",
            "APP",
            json!({"application_id": "9", "object_store_url": "https://store.example/9"}),
            true,
        ),
    ] {
        let mut sandbox = Sandbox::new();
        let campaign = sandbox.campaign(&json!({"objective": objective}));
        let changes = json!({
            "campaign_id": campaign, "optimization_goal": goal, "promoted_object": promoted,
            "destination_type": if destination.is_empty() { json!(null) } else { json!(destination) },
        });
        let answer = sandbox.post(&format!("/v26.0/{EUR}/adsets"), &with(&ad_set(), &changes));
        assert_eq!(answer.status == 200, accepted, "{objective} {goal} {promoted}: {}", answer.body);
    }
}

#[test]
fn a_campaign_budget_takes_budgets_and_strategy_from_ad_sets() {
    let mut sandbox = Sandbox::new();
    let campaign = sandbox.campaign(&json!({"daily_budget": 12000, "bid_strategy": "COST_CAP"}));
    let path = format!("/v26.0/{EUR}/adsets");
    let form = with(&ad_set(), &json!({"campaign_id": campaign}));
    assert_eq!(sandbox.post(&path, &form).refusal(), (100, 1_885_621));
    let form = with(&form, &json!({"daily_budget": null}));
    assert_eq!(sandbox.post(&path, &form).refusal(), (100, 1_815_857), "the amount stays on the ad set");
    let form = with(&form, &json!({"bid_amount": 1800}));
    let set = sandbox.post(&path, &form).id();
    let read = sandbox.read(&set, "bid_strategy,bid_amount,daily_budget");
    assert_eq!(read["bid_strategy"], "COST_CAP");
    assert_eq!(read["bid_amount"], 1800, "bids are integers both ways");
    assert_eq!(read["daily_budget"], "0");
    let silent = sandbox.campaign(&json!({"daily_budget": 12000}));
    assert_eq!(sandbox.read(&silent, "bid_strategy")["bid_strategy"], "LOWEST_COST_WITH_BID_CAP");
}

#[test]
fn special_categories_do_not_narrow_people_down() {
    for (more, accepted) in [
        (json!({}), true),
        (json!({"age_min": 25}), false),
        (json!({"genders": [1]}), false),
        (json!({"exclusions": {"interests": [{"id": "6003397496347"}]}}), false),
        (json!({"geo_locations": {"zips": [{"key": "US:94304"}]}}), false),
    ] {
        let mut sandbox = Sandbox::new();
        let campaign = sandbox.campaign(&json!({"special_ad_categories": ["HOUSING"]}));
        let aimed = with(&targeting(), &more);
        let form = with(&ad_set(), &json!({"campaign_id": campaign, "targeting": aimed}));
        let answer = sandbox.post(&format!("/v26.0/{EUR}/adsets"), &form);
        assert_eq!(answer.status == 200, accepted, "{more}: {}", answer.body);
    }
}

#[test]
fn whole_currencies_have_their_own_minimum() {
    let mut sandbox = Sandbox::new();
    let path = "/v26.0/act_1000000003/campaigns";
    assert_eq!(
        sandbox.post(path, &with(&campaign(), &json!({"daily_budget": 149}))).refusal(),
        (100, 1_885_272)
    );
    sandbox.post(path, &with(&campaign(), &json!({"daily_budget": 150}))).id();
    let rows = sandbox.get("/v26.0/act_1000000003/minimum_budgets", &[]).ok();
    assert_eq!(rows["data"][0]["min_daily_budget_imp"], 150);
}

#[test]
fn creatives_are_refused() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 10] = [
        (|form| form["object_story_spec"] = Value::Null, "content is required"),
        (|form| form["name"] = json!("n".repeat(101)), "names have 100 characters"),
        (|form| form["object_story_spec"]["page_id"] = json!("112"), "the page exists"),
        (|form| form["object_story_spec"]["video_data"] = json!({"video_id": "1"}), "one kind of content"),
        (|form| link_data(form)["image_hash"] = json!("beef"), "the image exists"),
        (|form| link_data(form)["link"] = json!("shop.example"), "links are absolute"),
        (|form| link_data(form)["headline"] = json!("x"), "keys are known ones"),
        (|form| link_data(form)["call_to_action"]["type"] = json!("BUY_IT"), "buttons are known"),
        (
            |form| link_data(form)["call_to_action"]["value"]["link"] = json!("https://other.example/"),
            "the button leads where the ad leads",
        ),
        (
            |form| link_data(form)["child_attachments"] = json!([{"link": "https://shop.example/1"}]),
            "a carousel has two cards",
        ),
    ];
    for (change, why) in cases {
        let mut sandbox = Sandbox::new();
        let hash = sandbox.image();
        let mut form = creative(&hash);
        change(&mut form);
        let answer = sandbox.post(&format!("/v26.0/{EUR}/adcreatives"), &form);
        assert_eq!(answer.refusal().0, 100, "{why}: {}", answer.body);
    }
}

fn link_data(form: &mut Value) -> &mut Value {
    &mut form["object_story_spec"]["link_data"]
}

#[test]
fn creatives_list_features_that_were_not_sent() {
    let mut sandbox = Sandbox::new();
    let opted = json!({"degrees_of_freedom_spec": {"creative_features_spec": {
        "image_touchups": {"enroll_status": "OPT_OUT"}}}});
    let id = sandbox.creative(&opted);
    let read = sandbox.read(&id, "degrees_of_freedom_spec,title,body,call_to_action_type,object_type");
    let features = &read["degrees_of_freedom_spec"]["creative_features_spec"];
    assert_eq!(features["image_touchups"]["enroll_status"], "OPT_OUT");
    assert_eq!(features["text_optimizations"]["enroll_status"], "OPT_IN");
    assert_eq!((&read["title"], &read["object_type"]), (&json!("Spring shoes"), &json!("SHARE")));
    let wrong = json!({"degrees_of_freedom_spec": {"creative_features_spec": {"image_touchups": {}}}});
    let hash = sandbox.image();
    let answer = sandbox.post(&format!("/v26.0/{EUR}/adcreatives"), &with(&creative(&hash), &wrong));
    assert_eq!(answer.refusal(), (100, 3_858_082));
}

#[test]
fn ads_are_refused() {
    for (changes, why) in [
        (json!({"name": null}), "a name is required"),
        (json!({"adset_id": "5"}), "the ad set exists"),
        (json!({"creative": {"creative_id": "5"}}), "the creative exists"),
        (json!({"creative": {"name": "inline"}}), "an inline creative has content"),
        (json!({"status": "DELETED"}), "a create is active or paused"),
        (json!({"conversion_domain": "https://shop.example/"}), "domains have no scheme"),
        (json!({"adlabels": [{"id": "5"}]}), "labels given by id exist"),
    ] {
        let mut sandbox = Sandbox::new();
        let (_, set, _) = sandbox.tree();
        let creative = sandbox.creative(&json!({}));
        let form =
            json!({"name": "b", "adset_id": set, "creative": {"creative_id": creative}, "status": "PAUSED"});
        let answer = sandbox.post(&format!("/v26.0/{EUR}/ads"), &with(&form, &changes));
        assert_eq!(answer.refusal().0, 100, "{why}: {}", answer.body);
    }
}

#[test]
fn an_inline_creative_is_made_with_its_ad() {
    let mut sandbox = Sandbox::new();
    let (_, set, _) = sandbox.tree();
    let hash = sandbox.image();
    let ad = sandbox.ad(&set, "", &json!({"creative": creative(&hash)}));
    assert_eq!(sandbox.read(&ad, "creative{title}")["creative"]["title"], "Spring shoes");
}

#[test]
fn a_feed_of_assets_needs_a_dynamic_ad_set() {
    let mut sandbox = Sandbox::new();
    let (campaign, set, _) = sandbox.tree();
    let dynamic = sandbox.ad_set(&campaign, &json!({"is_dynamic_creative": true}));
    let feed = json!({
        "object_story_spec": {"page_id": "111"},
        "asset_feed_spec": {"bodies": [{"text": "a"}, {"text": "b"}], "ad_formats": ["SINGLE_IMAGE"]},
    });
    let creative = sandbox.creative(&feed);
    let form =
        json!({"name": "b", "adset_id": set, "creative": {"creative_id": creative}, "status": "PAUSED"});
    let path = format!("/v26.0/{EUR}/ads");
    assert_eq!(sandbox.post(&path, &form).refusal(), (100, 0));
    sandbox.post(&path, &with(&form, &json!({"adset_id": dynamic}))).id();
    let missing =
        json!({"asset_feed_spec": {"images": [{"hash": "beef"}]}, "object_story_spec": {"page_id": "111"}});
    assert_eq!(sandbox.post(&format!("/{EUR}/adcreatives"), &missing).refusal(), (100, 0));
}

#[test]
fn videos_need_a_thumbnail_and_carousels_cards() {
    let mut sandbox = Sandbox::new();
    let path = format!("/v26.0/{EUR}/adcreatives");
    let video =
        sandbox.post(&format!("/{EUR}/advideos"), &json!({"file_url": "https://shop.example/a.mp4"})).id();
    let hash = sandbox.image();
    let story = |data: Value| json!({"object_story_spec": with(&json!({"page_id": "111"}), &data)});
    let film = json!({"video_data": {"video_id": video, "message": "m"}});
    assert_eq!(sandbox.post(&path, &story(film)).refusal(), (100, 0));
    let film = json!({"video_data": {"video_id": video, "message": "m", "image_hash": hash}});
    let id = sandbox.post(&path, &story(film)).id();
    let read = sandbox.read(&id, "object_type,video_id");
    assert_eq!((&read["object_type"], &read["video_id"]), (&json!("VIDEO"), &json!(video)));
    let card = json!({"link": "https://shop.example/1", "name": "one", "image_hash": hash});
    let cards = json!({"link_data": {"link": "https://shop.example/", "child_attachments": [card, card]}});
    let id = sandbox.post(&path, &story(cards)).id();
    let read = sandbox.read(&id, "thumbnail_url,object_story_spec{link_data{child_attachments}}");
    assert!(read["thumbnail_url"].as_str().unwrap().ends_with(&hash));
    assert_eq!(read["object_story_spec"]["link_data"]["child_attachments"][1]["name"], "one");
}

#[test]
fn targeting_reads_back_with_names_and_its_own_order() {
    let mut sandbox = Sandbox::new();
    let campaign = sandbox.campaign(&json!({}));
    let set = sandbox.ad_set(
        &campaign,
        &json!({"targeting": with(&targeting(), &json!({
            "geo_locations": {"countries": ["PT", "ES"], "regions": [{"key": "4201"}]},
            "locales": [23, 5], "custom_audiences": [{"id": 2384}],
            "flexible_spec": [{"interests": [{"id": "6003397496347"}]}],
            "publisher_platforms": ["instagram", "facebook"],
        }))}),
    );
    let read = sandbox.read(&set, "targeting")["targeting"].clone();
    assert_eq!(read["geo_locations"]["countries"], json!(["ES", "PT"]));
    assert_eq!(
        read["geo_locations"]["regions"],
        json!([{"key": "4201", "name": "Île-de-France", "country": "FR"}])
    );
    assert_eq!(read["locales"], json!([5, 23]));
    assert_eq!(read["custom_audiences"], json!([{"id": "2384", "name": "Sandbox customers"}]));
    assert_eq!(read["flexible_spec"][0]["interests"][0], json!({"id": "6003397496347", "name": "Running"}));
    assert_eq!(read["publisher_platforms"], json!(["facebook", "instagram"]));
}

#[test]
fn a_dry_run_checks_and_stores_nothing() {
    let mut sandbox = Sandbox::new();
    let path = format!("/v26.0/{EUR}/campaigns");
    let form =
        with(&campaign(), &json!({"execution_options": ["validate_only"], "adlabels": [{"name": "new"}]}));
    let answer = sandbox.post(&path, &form);
    assert!(!answer.response.wrote);
    assert_eq!(answer.ok(), json!({"success": true}));
    assert_eq!(sandbox.get(&path, &[]).ok(), json!({"data": []}));
    assert_eq!(sandbox.get(&format!("/v26.0/{EUR}/adlabels"), &[]).ok(), json!({"data": []}));
    assert_eq!(sandbox.post(&path, &with(&form, &json!({"name": null}))).refusal().0, 100);
}

#[test]
fn a_json_body_and_read_after_write_work() {
    let mut sandbox = Sandbox::new();
    let mut request =
        super::request("POST", &format!("/{EUR}/campaigns"), &[("fields", "name,daily_budget")]);
    request.headers.insert("content-type".into(), "application/json".into());
    request.headers.insert("authorization".into(), "Bearer sandbox-token".into());
    request.body =
        with(&campaign(), &json!({"daily_budget": 12000, "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}))
            .to_string()
            .into();
    let answer = sandbox.send_request(&request);
    assert!(answer.response.wrote);
    assert_eq!(answer.response.account.as_deref(), Some(DIGITS));
    let body = answer.ok();
    assert_eq!((&body["name"], &body["daily_budget"]), (&json!("Spring sale"), &json!("12000")));
}

#[test]
fn what_is_stored_is_not_what_was_sent() {
    let frequency = json!([{"event": "IMPRESSIONS", "interval_days": 7, "max_frequency": 2}]);
    let set =
        json!({"name": " Runners ", "optimization_goal": "REACH", "frequency_control_specs": frequency});
    let store = |normalise: &str| {
        let mut sandbox = Sandbox::new();
        sandbox.world.options.insert("meta.normalise".to_owned(), normalise.to_owned());
        let campaign = sandbox.campaign(&json!({"objective": "OUTCOME_TRAFFIC"}));
        let id = sandbox.ad_set(&campaign, &set);
        sandbox.read(&id, "name,frequency_control_specs,targeting")
    };
    let read = store("on");
    assert_eq!(read["name"], "Runners");
    assert_eq!(read["frequency_control_specs"][0]["type"], "NONE");
    let automation = &read["targeting"]["targeting_automation"];
    assert_eq!(automation["individual_setting"], json!({"age": 0, "gender": 0}));
    let read = store("off");
    assert_eq!(read["name"], " Runners ");
    assert_eq!(read["frequency_control_specs"], frequency);
}

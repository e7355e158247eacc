//! Delivery, budgets it uses up, reports over it, the change log, and call limits.

use super::*;

/// A manual tree that serves: everything on, reviewed; answers its ids.
fn serving(world: &mut World) -> (String, String, String) {
    let ids = manual_tree(world);
    for (path, member, value) in [
        ("/ad", "ad_ids", &ids.2),
        ("/adgroup", "adgroup_ids", &ids.1),
        ("/campaign", "campaign_ids", &ids.0),
    ] {
        let body = json!({"advertiser_id": EUR, member: [value], "operation_status": "ENABLE"});
        ok(world, &format!("{path}/status/update/"), &body);
    }
    ids
}

fn report(world: &mut World, query: &[(&str, &str)]) -> Value {
    let mut pairs = vec![("advertiser_id", EUR), ("report_type", "BASIC")];
    pairs.extend(query);
    get(world, "/report/integrated/get/", &pairs)
}

fn cents(value: &Value) -> i64 {
    let text = value.as_str().expect("metrics are text");
    text.replace('.', "").parse().expect("two decimals")
}

const BY_DAY: [(&str, &str); 5] = [
    ("data_level", "AUCTION_AD"),
    ("dimensions", r#"["ad_id","stat_time_day"]"#),
    ("metrics", r#"["spend","impressions","clicks","campaign_name","currency"]"#),
    ("start_date", "2026-11-20"),
    ("end_date", "2026-11-22"),
];

#[test]
fn a_serving_ad_spends_within_its_daily_budget() {
    let mut world = world();
    let (_, _, ad_id) = serving(&mut world);
    wait(&mut world, 2 * 86_400);
    let rows = data(&report(&mut world, &BY_DAY))["list"].clone();
    let rows = rows.as_array().expect("a list");
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(row["dimensions"]["ad_id"], json!(ad_id));
        assert_eq!(
            (&row["metrics"]["campaign_name"], &row["metrics"]["currency"]),
            (&json!("Autumn boots"), &json!("EUR"))
        );
        assert!((1..=2_500).contains(&cents(&row["metrics"]["spend"])), "{row}");
    }
    assert_eq!(rows[1]["dimensions"]["stat_time_day"], "2026-11-21 00:00:00");
}

#[test]
fn a_paused_tree_spends_nothing_more() {
    let mut world = world();
    let (campaign_id, _, _) = serving(&mut world);
    wait(&mut world, 5_000);
    let body = json!({"advertiser_id": EUR, "campaign_ids": [campaign_id], "operation_status": "DISABLE"});
    ok(&mut world, "/campaign/status/update/", &body);
    let query = [
        ("data_level", "AUCTION_CAMPAIGN"),
        ("dimensions", r#"["campaign_id"]"#),
        ("query_lifetime", "true"),
    ];
    let before = data(&report(&mut world, &query))["list"][0]["metrics"]["spend"].clone();
    assert!(cents(&before) > 0, "the part of the hour before the pause counts");
    wait(&mut world, 86_400);
    assert_eq!(data(&report(&mut world, &query))["list"][0]["metrics"]["spend"], before);
}

#[test]
fn objects_without_delivery_are_zero_rows_unless_by_time() {
    let mut world = world();
    let (campaign_id, ..) = manual_tree(&mut world);
    let days = [("start_date", "2026-11-20"), ("end_date", "2026-11-20")];
    let query = |dimensions: &'static str| {
        [("data_level", "AUCTION_CAMPAIGN"), ("dimensions", dimensions), days[0], days[1]]
    };
    let rows = data(&report(&mut world, &query(r#"["campaign_id"]"#)))["list"].clone();
    assert_eq!(
        rows,
        json!([{"dimensions": {"campaign_id": campaign_id}, "metrics": {"spend": "0.00", "impressions": "0"}}])
    );
    assert_eq!(data(&report(&mut world, &query(r#"["campaign_id","stat_time_day"]"#)))["list"], json!([]));
    let body = json!({"advertiser_id": EUR, "campaign_ids": [campaign_id], "operation_status": "DELETE"});
    ok(&mut world, "/campaign/status/update/", &body);
    let base = query(r#"["campaign_id"]"#);
    assert_eq!(data(&report(&mut world, &base))["list"], json!([]), "deleted objects are left out");
    let filter = r#"[{"field_name":"campaign_status","filter_type":"IN","filter_value":"[\"STATUS_ALL\"]"}]"#;
    let mut all = base.to_vec();
    all.push(("filtering", filter));
    assert_eq!(data(&report(&mut world, &all))["list"].as_array().map(Vec::len), Some(1));
}

#[test]
fn wrong_reports_are_refused() {
    let mut world = world();
    for (name, value, part) in [
        ("dimensions", r#"["campaign_id"]"#, "does not fit"),
        ("dimensions", r#"["ad_id","stat_time_day","stat_time_hour"]"#, "one time"),
        ("metrics", r#"["spent"]"#, "spent is not a valid metric"),
        ("end_date", "2026-12-20", "the limit is 30"),
        ("end_date", "2026-11-19", "before start_date"),
        ("start_date", "20.11.2026", "YYYY-MM-DD"),
        ("filtering", r#"[{"field_name":"ad_ids","filter_type":"IN","filter_value":"1"}]"#, "JSON array"),
        ("filtering", r#"{"ad_ids":["1"]}"#, "filtering"),
    ] {
        let mut query = BY_DAY.to_vec();
        query.retain(|(known, _)| *known != name);
        query.push((name, value));
        let answer = report(&mut world, &query);
        let message = answer["message"].as_str().expect("text");
        assert!(answer["code"] == 40_002 && message.contains(part), "{name} {value}: {answer}");
    }
}

#[test]
fn smart_plus_ads_count_as_ads_or_as_creatives() {
    let mut world = world();
    let (campaign_id, _, ad_id) = smart_tree(&mut world);
    let body = json!({"advertiser_id": EUR, "campaign_ids": [campaign_id], "operation_status": "ENABLE"});
    ok(&mut world, "/smart_plus/campaign/status/update/", &body);
    wait(&mut world, 3 * 86_400);
    let query = |dimension: &'static str| {
        [
            ("data_level", "AUCTION_AD"),
            ("dimensions", dimension),
            ("query_lifetime", "true"),
            ("metrics", r#"["spend","campaign_automation_type"]"#),
        ]
    };
    let ads = data(&report(&mut world, &query(r#"["ad_id_v2"]"#)))["list"].clone();
    let creatives = data(&report(&mut world, &query(r#"["ad_id"]"#)))["list"].clone();
    assert_eq!(
        (&ads[0]["dimensions"]["ad_id_v2"], &ads[0]["metrics"]["campaign_automation_type"]),
        (&json!(ad_id), &json!("UPGRADED_SMART_PLUS"))
    );
    assert_eq!(creatives[0]["metrics"]["campaign_automation_type"], "UPGRADED_SMART_PLUS_CREATIVE");
    assert_eq!(ads[0]["metrics"]["spend"], creatives[0]["metrics"]["spend"]);
    assert!(cents(&ads[0]["metrics"]["spend"]) > 0);
}

#[test]
fn a_budget_cannot_fall_below_the_spend() {
    let mut world = world();
    let daily = json!({"budget_optimize_on": true, "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "budget": 9000});
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &with(&campaign(), &daily)), "campaign_id");
    let body = with(&group(&campaign_id), &json!({"operation_status": "ENABLE"}));
    let adgroup_id = id(&ok(&mut world, "/adgroup/create/", &body), "adgroup_id");
    let image = upload_image(&mut world, EUR, "cover.png");
    ok(
        &mut world,
        "/ad/create/",
        &ad(&adgroup_id, &with(&creative(&image), &json!({"operation_status": "ENABLE"}))),
    );
    let enable = json!({"advertiser_id": EUR, "campaign_ids": [campaign_id], "operation_status": "ENABLE"});
    ok(&mut world, "/campaign/status/update/", &enable);
    wait(&mut world, 8 * 3_600);
    let update = json!({"advertiser_id": EUR, "campaign_id": campaign_id, "budget": 50});
    refused(&mut world, "/campaign/update/", &update, 40_002, "105%");
    wait(&mut world, 6 * 3_600 + 60);
    ok(&mut world, "/campaign/update/", &update);
}

#[test]
fn a_spent_lifetime_budget_ends_the_delivery() {
    let mut world = world();
    let (_, adgroup_id, _) = serving(&mut world);
    wait(&mut world, 86_400);
    let total = json!({"budget_mode": "BUDGET_MODE_TOTAL", "budget": 1.0});
    let total = total.as_object().expect("object");
    super::super::edit(&mut world, EUR, "adgroups", &adgroup_id, total, "ana").expect("edited");
    let list = data(&get(&mut world, "/adgroup/get/", &[("advertiser_id", EUR)]));
    assert_eq!(list["list"][0]["secondary_status"], "ADGROUP_STATUS_BUDGET_EXCEED");
    let query =
        [("data_level", "AUCTION_ADGROUP"), ("dimensions", r#"["adgroup_id"]"#), ("query_lifetime", "true")];
    let before = report(&mut world, &query)["data"].clone();
    wait(&mut world, 86_400);
    assert_eq!(report(&mut world, &query)["data"], before);
}

#[test]
fn a_lifetime_budget_is_spread_and_never_passed() {
    let mut world = world();
    let body = with(&campaign(), &json!({"operation_status": "ENABLE"}));
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &body), "campaign_id");
    let body = with(
        &group(&campaign_id),
        &json!({
            "budget_mode": "BUDGET_MODE_TOTAL", "schedule_type": "SCHEDULE_START_END", "budget": 60,
            "schedule_start_time": "2026-11-21 00:00:00", "schedule_end_time": "2026-11-24 00:00:00",
            "operation_status": "ENABLE",
        }),
    );
    let adgroup_id = id(&ok(&mut world, "/adgroup/create/", &body), "adgroup_id");
    let image = upload_image(&mut world, EUR, "cover.png");
    let on = with(&creative(&image), &json!({"operation_status": "ENABLE"}));
    ok(&mut world, "/ad/create/", &ad(&adgroup_id, &on));
    wait(&mut world, 5 * 86_400);
    let query =
        [("data_level", "AUCTION_ADGROUP"), ("dimensions", r#"["adgroup_id"]"#), ("query_lifetime", "true")];
    let spent = cents(&data(&report(&mut world, &query))["list"][0]["metrics"]["spend"]);
    assert!((2_000..=6_000).contains(&spent), "{spent}");
    let list = data(&get(&mut world, "/adgroup/get/", &[("advertiser_id", EUR)]));
    assert_eq!(list["list"][0]["secondary_status"], "ADGROUP_STATUS_TIME_DONE");
}

#[test]
fn the_change_log_is_a_file_in_a_literal_in_text() {
    let mut world = world();
    let (campaign_id, ..) = manual_tree(&mut world);
    let body = json!({"advertiser_id": EUR, "campaign_id": campaign_id, "campaign_name": "L'été"});
    ok(&mut world, "/campaign/update/", &body);
    let span = json!({"advertiser_id": EUR, "start_time": "2026-11-20 00:00:00", "end_time": "2026-11-21 00:00:00", "object_type": "CAMPAIGN"});
    let task = id(&ok(&mut world, "/changelog/task/create/", &span), "task_id");
    let query = [("advertiser_id", EUR), ("task_id", task.as_str())];
    assert_eq!(get(&mut world, "/changelog/task/download/", &query)["code"], 40_201);
    assert_eq!(data(&get(&mut world, "/changelog/task/check/", &query))["status"], "PROCESSING");
    assert_eq!(data(&get(&mut world, "/changelog/task/check/", &query))["status"], "SUCCESS");
    let file = id(&data(&get(&mut world, "/changelog/task/download/", &query)), "changelog");
    let file: Value = serde_json::from_str(&file).expect("JSON in text");
    let literal = file["file_data"].as_str().expect("text");
    assert!(literal.starts_with("b'Time,log_object_type") && literal.ends_with('\''));
    assert!(literal.contains(r"L\'\xc3\xa9t\xc3\xa9") && literal.contains("Marketing API"), "{literal}");
    assert_eq!(literal.matches(r"\r\n").count(), 3, "a head, a create, an update");
}

#[test]
fn calls_are_limited_by_second_and_minute() {
    let mut world = world_with("quota", "vendor");
    let call = |world: &mut World| get(world, "/user/info/", &[])["code"].clone();
    for _ in 0..10 {
        assert_eq!(call(&mut world), 0);
    }
    assert_eq!(call(&mut world), 40_100);
    wait(&mut world, 1);
    assert_eq!(call(&mut world), 0, "the next second is free again");
    let ads = json!({"advertiser_id": EUR, "adgroup_id": "1", "creatives": []});
    wait(&mut world, 1);
    let codes: Vec<_> = (0..6).map(|_| post(&mut world, "/ad/create/", &ads)["code"].clone()).collect();
    assert_eq!((&codes[4], &codes[5]), (&json!(40_007), &json!(40_100)), "refused calls count as well");
}

#[test]
fn a_task_gives_the_rows_of_the_report_as_text() {
    let mut world = world();
    let (_, _, ad_id) = serving(&mut world);
    wait(&mut world, 86_400);
    let body = json!({"advertiser_id": EUR, "report_type": "BASIC", "data_level": "AUCTION_AD", "dimensions": ["ad_id"],
        "metrics": ["spend", "ad_name"], "start_date": "2026-11-20", "end_date": "2026-11-22"});
    let task = id(&ok(&mut world, "/report/task/create/", &body), "task_id");
    let follow = [("advertiser_id", EUR), ("task_id", task.as_str())];
    assert_eq!(get(&mut world, "/report/task/download/", &follow)["code"], 40_201);
    for status in ["QUEUING", "PROCESSING", "SUCCESS"] {
        assert_eq!(data(&get(&mut world, "/report/task/check/", &follow))["status"], status);
    }
    let mut download = request("GET", "/report/task/download/");
    download.query = follow.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let table = String::from_utf8(send(&mut world, &download).body.to_vec()).expect("text");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!((lines.len(), lines[0]), (2, "ad_id,spend,ad_name"));
    assert!(lines[1].starts_with(&ad_id) && lines[1].ends_with(",hero"), "{table}");
    refused(
        &mut world,
        "/report/task/cancel/",
        &json!({"advertiser_id": EUR, "task_id": task}),
        40_002,
        "is done",
    );
    refused(&mut world, "/report/task/create/", &with(&body, &json!({"metrics": ["no"]})), 40_002, "metrics");
}

#[test]
fn steps_of_time_do_not_matter() {
    let mut world = world();
    let (_, adgroup_id, _) = serving(&mut world);
    // Closed from 10:30 to 11:00 on every day of the week.
    let hours: String = (0..336).map(|slot| if slot % 48 == 21 { '0' } else { '1' }).collect();
    let body = json!({"advertiser_id": EUR, "adgroup_id": adgroup_id, "dayparting": hours});
    ok(&mut world, "/adgroup/update/", &body);
    crate::vendors::assert_steps_do_not_matter(Vendor::Tiktok, &world);
}

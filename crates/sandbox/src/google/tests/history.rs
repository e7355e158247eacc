//! Change history, review, edits in the web screens, delivery (§3.5, §3.13, §4).

use serde_json::{Value, json};

use super::support::*;
use crate::google::edit;
use crate::vendors::assert_steps_do_not_matter;
use crate::world::{Object, Vendor};

const EVENTS: &str = "SELECT change_event.change_date_time, change_event.user_email, change_event.client_type, \
    change_event.change_resource_type, change_event.change_resource_name, change_event.resource_change_operation, \
    change_event.changed_fields, change_event.old_resource, change_event.new_resource FROM change_event \
    WHERE change_event.change_date_time >= '2026-03-01' AND change_event.change_date_time <= '2026-03-04' \
    ORDER BY change_event.change_date_time DESC LIMIT 10000";

fn set(value: &Value) -> Object {
    value.as_object().unwrap().clone()
}

fn person_edits(world: &mut crate::world::World, collection: &str, id: &str, value: &Value) {
    edit(world, EUR, collection, id, &set(value), "ana@shop.example").unwrap();
}

#[test]
fn changes_tell_who_and_what() {
    let mut world = world();
    let names = create_tree(&mut world);
    let id = names[1].rsplit_once('/').unwrap().1;
    world.now += jiff::SignedDuration::from_mins(5);
    person_edits(
        &mut world,
        "campaigns",
        id,
        &json!({"name": "Renamed", "networkSettings": {"targetContentNetwork": false}}),
    );
    let events = rows(&mut world, EVENTS);
    assert_eq!(events.len(), 8);
    let newest = &events[0]["changeEvent"];
    assert_eq!(newest["userEmail"], "ana@shop.example");
    assert_eq!(newest["clientType"], "GOOGLE_ADS_WEB_CLIENT");
    assert_eq!(newest["changeDateTime"], "2026-03-02 12:05:00.000000");
    assert_eq!(newest["resourceChangeOperation"], "UPDATE");
    assert!(newest["changedFields"].as_str().unwrap().contains("name"));
    assert_eq!(newest["oldResource"]["campaign"]["name"], "Brand search");
    assert_eq!(newest["newResource"]["campaign"]["name"], "Renamed");
    assert_eq!(events[1]["changeEvent"]["clientType"], "GOOGLE_ADS_API");
    assert_eq!(events[1]["changeEvent"]["resourceChangeOperation"], "CREATE");
}

#[test]
fn change_queries_want_a_range_and_a_limit() {
    let mut world = world();
    for (rest, code) in [
        ("LIMIT 10", "CHANGE_DATE_RANGE_INFINITE"),
        ("WHERE change_event.change_date_time >= '2026-03-01' LIMIT 10", "CHANGE_DATE_RANGE_INFINITE"),
        (
            "WHERE change_event.change_date_time BETWEEN '2026-01-01' AND '2026-03-02' LIMIT 10",
            "START_DATE_TOO_OLD",
        ),
        (
            "WHERE change_event.change_date_time BETWEEN '2026-03-02' AND '2026-03-01' LIMIT 10",
            "CHANGE_DATE_RANGE_NEGATIVE",
        ),
        ("WHERE change_event.change_date_time DURING LAST_7_DAYS", "LIMIT_NOT_SPECIFIED"),
        ("WHERE change_event.change_date_time DURING LAST_7_DAYS LIMIT 10001", "INVALID_LIMIT_CLAUSE"),
    ] {
        let query = format!("SELECT change_event.user_email FROM change_event {rest}");
        let (status, answer) = post(&mut world, EUR, "googleAds:search", &json!({"query": query}));
        assert_eq!((status, errors(&answer)), (400, vec![format!("changeEventError.{code} at ")]), "{rest}");
    }
}

#[test]
fn edits_merge_clear_and_refuse_what_does_not_fit() {
    let mut world = world();
    let names = create_tree(&mut world);
    let id = names[1].rsplit_once('/').unwrap().1;
    person_edits(
        &mut world,
        "campaigns",
        id,
        &json!({"endDateTime": "2026-04-01 23:59:59", "targetSpend": {"cpcBidCeilingMicros": null}}),
    );
    let found = rows(
        &mut world,
        "SELECT campaign.end_date_time, campaign.target_spend.cpc_bid_ceiling_micros FROM campaign",
    );
    assert_eq!(found[0]["campaign"]["endDateTime"], "2026-04-01 23:59:59");
    assert_eq!(found[0]["campaign"]["targetSpend"], json!({}));
    let mut refused = |collection: &str, id: &str, value: Value| {
        edit(&mut world, EUR, collection, id, &set(&value), "ana").unwrap_err()
    };
    assert!(refused("campaigns", id, json!({"nam": "x"})).contains("Unknown name"));
    assert!(refused("campaigns", "1", json!({"name": "x"})).contains("no `campaigns` with id `1`"));
    assert!(refused("adsets", id, json!({})).contains("no collection `adsets`"));
}

fn review_of(world: &mut crate::world::World) -> Value {
    let query = "SELECT ad_group_ad.policy_summary.review_status, ad_group_ad.policy_summary.approval_status, ad_group_ad.primary_status FROM ad_group_ad";
    rows(world, query)[0]["adGroupAd"].clone()
}

#[test]
fn ads_are_reviewed_again_after_every_edit() {
    let mut world = world();
    let names = create_tree(&mut world);
    assert_eq!(review_of(&mut world)["policySummary"], json!({"reviewStatus": "REVIEW_IN_PROGRESS"}));
    pass(&mut world, 1);
    assert_eq!(
        review_of(&mut world)["policySummary"],
        json!({"reviewStatus": "REVIEWED", "approvalStatus": "APPROVED"})
    );
    let ad = names[3].rsplit_once('~').unwrap().1;
    let headlines = json!([{"text": "DISAPPROVE-ME"}, {"text": "b"}, {"text": "c"}]);
    let update = json!({"operations": [{
        "update": {"resourceName": format!("customers/{EUR}/ads/{ad}"), "responsiveSearchAd": {"headlines": headlines}},
        "updateMask": "responsiveSearchAd.headlines",
    }]});
    let answer = apply(&mut world, "ads:mutate", &update);
    assert_eq!(answer["results"][0]["resourceName"], format!("customers/{EUR}/ads/{ad}"));
    assert_eq!(review_of(&mut world)["policySummary"]["reviewStatus"], "REVIEW_IN_PROGRESS");
    pass(&mut world, 1);
    assert_eq!(review_of(&mut world)["policySummary"]["approvalStatus"], "DISAPPROVED");
    let found = rows(
        &mut world,
        "SELECT ad_group_ad.ad.id, ad_group_ad.ad.responsive_search_ad.headlines FROM ad_group_ad",
    );
    assert_eq!(found[0]["adGroupAd"]["ad"]["id"], json!(ad));
    assert_eq!(found[0]["adGroupAd"]["ad"]["responsiveSearchAd"]["headlines"][0]["text"], "DISAPPROVE-ME");
}

#[test]
fn enabled_campaigns_spend_within_their_budget() {
    let mut world = world();
    let names = create_tree(&mut world);
    let enable = json!({"operations": [{"update": {"resourceName": names[1], "status": "ENABLED"}, "updateMask": "status"}]});
    let daily = "SELECT campaign.id, segments.date, metrics.cost_micros, metrics.impressions, metrics.clicks FROM campaign WHERE segments.date BETWEEN '2026-03-01' AND '2026-03-31'";
    pass(&mut world, 24);
    assert!(rows(&mut world, daily).is_empty(), "a paused campaign spends nothing");
    apply(&mut world, "campaigns:mutate", &enable);
    pass(&mut world, 48);
    let found = rows(&mut world, daily);
    assert_eq!(found.len(), 3, "{found:?}");
    for row in &found {
        let cost: i64 = row["metrics"]["costMicros"].as_str().unwrap().parse().unwrap();
        assert!(cost > 0 && cost <= 2 * 40_000_000, "{cost}");
    }
    let total =
        rows(&mut world, "SELECT metrics.cost_micros FROM customer WHERE segments.date DURING LAST_7_DAYS");
    let campaign =
        rows(&mut world, "SELECT metrics.cost_micros FROM ad_group WHERE segments.date DURING LAST_7_DAYS");
    assert_eq!(total[0]["metrics"], campaign[0]["metrics"]);
    let stream = json!({
        "query": "SELECT campaign.id, metrics.cost_micros FROM campaign WHERE segments.date DURING LAST_7_DAYS",
        "summaryRowSetting": "SUMMARY_ROW_ONLY",
    });
    let (_, answer) = post(&mut world, EUR, "googleAds:searchStream", &stream);
    assert!(answer[0].get("results").is_none());
    assert_eq!(answer[0]["summaryRow"]["metrics"], total[0]["metrics"]);
}

#[test]
fn steps_of_time_do_not_matter() {
    let mut world = world();
    let names = create_tree(&mut world);
    let enable = json!({"operations": [{"update": {"resourceName": names[1], "status": "ENABLED"}, "updateMask": "status"}]});
    apply(&mut world, "campaigns:mutate", &enable);
    let schedule = json!({"dayOfWeek": "TUESDAY", "startHour": 8, "startMinute": "FIFTEEN", "endHour": 10, "endMinute": "ZERO"});
    let hours = json!({"operations": [{"create": {"campaign": names[1], "adSchedule": schedule}}]});
    apply(&mut world, "campaignCriteria:mutate", &hours);
    let schedule = json!({"dayOfWeek": "WEDNESDAY", "startHour": 0, "startMinute": "ZERO", "endHour": 24, "endMinute": "ZERO"});
    let hours = json!({"operations": [{"create": {"campaign": names[1], "adSchedule": schedule}}]});
    apply(&mut world, "campaignCriteria:mutate", &hours);
    // Reviews that end within an hour, one after the other.
    world.options.insert("review_seconds".into(), "1900".into());
    assert_steps_do_not_matter(Vendor::Google, &world);
}

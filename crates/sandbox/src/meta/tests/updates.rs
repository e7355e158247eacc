//! Updating and deleting, and what cannot change.

use jiff::SignedDuration;
use serde_json::json;

use super::{EUR, Sandbox, ad_set, with};

#[test]
fn campaigns_change_within_limits() {
    for (changes, expected, why) in [
        (json!({"name": "New name", "daily_budget": 5000}), None, "names and budgets change"),
        (json!({"buying_type": "AUCTION"}), None, "the same value is no change"),
        (json!({"buying_type": "RESERVED"}), Some((100, 0)), "buying type is fixed"),
        (json!({"objective": "OUTCOME_SALES"}), Some((100, 0)), "the objective is fixed with ad sets"),
        (
            json!({"is_adset_budget_sharing_enabled": true, "bid_strategy": "COST_CAP"}),
            Some((100, 3_858_418)),
            "sharing while running",
        ),
        (json!({"status": "GONE"}), Some((100, 0)), "statuses are a closed list"),
        (json!({"daily_budget": 20}), Some((100, 1_885_272)), "minimums apply to updates"),
    ] {
        let mut sandbox = Sandbox::new();
        let (campaign, ..) = sandbox.tree();
        let answer = sandbox.post(&format!("/v26.0/{campaign}"), &changes);
        match expected {
            None => assert_eq!(answer.ok(), json!({"success": true}), "{why}"),
            Some(expected) => assert_eq!(answer.refusal(), expected, "{why}: {}", answer.body),
        }
    }
}

#[test]
fn ad_sets_change_within_limits() {
    for (changes, expected, why) in [
        (json!({"daily_budget": 2500, "name": "x"}), None, "budgets change"),
        (
            json!({"targeting": {"geo_locations": {"countries": ["US"]}}}),
            None,
            "unconstrained targeting needs no flag",
        ),
        (
            json!({"targeting": {"geo_locations": {"countries": ["US"]}, "genders": [2]}}),
            Some((100, 1_870_227)),
            "a constrained one does",
        ),
        (json!({"campaign_id": "7"}), Some((100, 0)), "the campaign is fixed"),
        (json!({"optimization_goal": "REACH"}), Some((100, 3_260_011)), "the goal is fixed"),
        (
            json!({"promoted_object": {"page_id": "111"}}),
            Some((100, 3_260_011)),
            "the promoted object is fixed",
        ),
        (json!({"is_dynamic_creative": true}), Some((100, 0)), "dynamic creative is fixed"),
        (json!({"bid_strategy": "COST_CAP"}), Some((100, 1_815_857)), "caps need an amount"),
        (json!({"bid_strategy": "COST_CAP", "bid_amount": 120}), None, "with an amount they change"),
        (json!({"lifetime_budget": 60000}), Some((100, 0)), "a lifetime budget needs an end"),
        (
            json!({"lifetime_budget": 60000, "end_time": "2026-03-20T23:59:59+0100"}),
            None,
            "with an end it replaces the daily one",
        ),
        (json!({"daily_budget": 0}), Some((100, 1_487_061)), "no budget at all"),
    ] {
        let mut sandbox = Sandbox::new();
        let (_, set, _) = sandbox.tree();
        let answer = sandbox.post(&format!("/v26.0/{set}"), &changes);
        match expected {
            None => assert_eq!(answer.ok(), json!({"success": true}), "{why}"),
            Some(expected) => assert_eq!(answer.refusal(), expected, "{why}: {}", answer.body),
        }
    }
}

#[test]
fn switching_the_kind_of_budget_zeroes_the_other() {
    let mut sandbox = Sandbox::new();
    let (_, set, _) = sandbox.tree();
    let changes = json!({"lifetime_budget": 60000, "end_time": "2026-03-20T23:59:59+0100"});
    sandbox.post(&format!("/v26.0/{set}"), &changes).ok();
    let read = sandbox.read(&set, "daily_budget,lifetime_budget,end_time,budget_remaining");
    assert_eq!((&read["daily_budget"], &read["lifetime_budget"]), (&json!("0"), &json!("60000")));
    assert_eq!(read["end_time"], "2026-03-20T23:59:59+0100");
    assert_eq!(read["budget_remaining"], "60000");
    sandbox.post(&format!("/v26.0/{set}"), &json!({"daily_budget": 2000, "end_time": 0})).ok();
    let read = sandbox.read(&set, "daily_budget,lifetime_budget,end_time");
    assert_eq!((read.get("end_time"), &read["lifetime_budget"]), (None, &json!("0")));
}

#[test]
fn an_uncapped_strategy_drops_the_amount() {
    let mut sandbox = Sandbox::new();
    let campaign = sandbox.campaign(&json!({}));
    let set = sandbox.ad_set(&campaign, &json!({"bid_amount": 120}));
    assert_eq!(sandbox.read(&set, "bid_strategy")["bid_strategy"], "LOWEST_COST_WITH_BID_CAP");
    sandbox.post(&format!("/v26.0/{set}"), &json!({"bid_strategy": "LOWEST_COST_WITHOUT_CAP"})).ok();
    assert_eq!(sandbox.read(&set, "bid_amount").get("bid_amount"), None);
}

#[test]
fn budgets_change_four_times_an_hour() {
    let mut sandbox = Sandbox::new();
    let (_, set, _) = sandbox.tree();
    for budget in 2001..2005 {
        sandbox.post(&format!("/v26.0/{set}"), &json!({"daily_budget": budget})).ok();
    }
    let answer = sandbox.post(&format!("/v26.0/{set}"), &json!({"daily_budget": 2005}));
    assert_eq!(answer.refusal(), (613, 1_487_632));
    sandbox.post(&format!("/v26.0/{set}"), &json!({"name": "other fields still change"})).ok();
    sandbox.pass(SignedDuration::from_hours(1));
    sandbox.post(&format!("/v26.0/{set}"), &json!({"daily_budget": 2005})).ok();
}

#[test]
fn the_budget_moves_between_levels() {
    let mut sandbox = Sandbox::new();
    let (campaign, set, _) = sandbox.tree();
    let low = json!({"daily_budget": 9});
    assert_eq!(sandbox.post(&format!("/v26.0/{campaign}"), &low).refusal(), (100, 1_885_272));
    assert_eq!(sandbox.read(&set, "daily_budget")["daily_budget"], "2000", "a refusal changes nothing");
    sandbox
        .post(&format!("/v26.0/{campaign}"), &json!({"daily_budget": 9000, "bid_strategy": "COST_CAP"}))
        .ok();
    let read = sandbox.read(&set, "daily_budget,bid_strategy");
    assert_eq!((&read["daily_budget"], &read["bid_strategy"]), (&json!("0"), &json!("COST_CAP")));
    let answer = sandbox.post(&format!("/v26.0/{campaign}"), &json!({"adset_budgets": []}));
    assert_eq!(answer.refusal(), (100, 0), "every ad set needs one");
    let budgets = json!({
        "adset_budgets": [{"adset_id": set, "daily_budget": 3000}], "adset_bid_amounts": {&set: 150},
    });
    sandbox.post(&format!("/v26.0/{campaign}"), &budgets).ok();
    let read = sandbox.read(&set, "daily_budget,bid_amount,bid_strategy");
    assert_eq!((&read["daily_budget"], &read["bid_amount"]), (&json!("3000"), &json!(150)));
    assert_eq!(read["bid_strategy"], "COST_CAP");
    assert_eq!(sandbox.read(&campaign, "daily_budget").get("daily_budget"), None);
}

#[test]
fn creatives_keep_their_content() {
    let mut sandbox = Sandbox::new();
    let creative = sandbox.creative(&json!({}));
    let path = format!("/v26.0/{creative}");
    assert_eq!(sandbox.post(&path, &json!({"url_tags": "utm_source=other"})).refusal(), (100, 0));
    sandbox.post(&path, &json!({"name": "renamed", "adlabels": [{"name": "spring"}]})).ok();
    let read = sandbox.read(&creative, "name,url_tags,adlabels");
    assert_eq!((&read["name"], &read["url_tags"]), (&json!("renamed"), &json!("utm_source=meta")));
    assert_eq!(read["adlabels"][0]["name"], "spring");
}

#[test]
fn archived_and_deleted_objects_hardly_change() {
    let mut sandbox = Sandbox::new();
    let (campaign, set, ad) = sandbox.tree();
    let path = format!("/v26.0/{set}");
    sandbox.post(&path, &json!({"status": "ARCHIVED"})).ok();
    assert_eq!(sandbox.post(&path, &json!({"status": "ACTIVE"})).refusal(), (100, 0));
    assert_eq!(sandbox.post(&path, &json!({"status": "ARCHIVED"})).refusal(), (100, 1_487_862));
    assert_eq!(sandbox.post(&path, &json!({"daily_budget": 5000})).refusal(), (100, 0));
    sandbox.post(&path, &json!({"name": "archive"})).ok();
    assert_eq!(sandbox.read(&ad, "effective_status")["effective_status"], "ARCHIVED");
    sandbox.post(&path, &json!({"status": "DELETED"})).ok();
    assert_eq!(sandbox.post(&path, &json!({"status": "PAUSED"})).refusal(), (100, 1_487_056));
    sandbox.post(&path, &json!({"name": "still named"})).ok();
    let form = with(&ad_set(), &json!({"campaign_id": campaign}));
    sandbox.delete(&format!("/v26.0/{campaign}/"), &[]).ok();
    assert_eq!(sandbox.post(&format!("/v26.0/{EUR}/adsets"), &form).refusal(), (100, 1_487_056));
}

#[test]
fn an_ended_ad_set_gets_a_new_end_first() {
    let mut sandbox = Sandbox::new();
    let campaign = sandbox.campaign(&json!({}));
    let set = sandbox.ad_set(&campaign, &json!({"end_time": "2026-03-05T00:00:00+0100"}));
    sandbox.pass(SignedDuration::from_hours(24 * 5));
    let path = format!("/v26.0/{set}");
    assert_eq!(sandbox.post(&path, &json!({"daily_budget": 3000})).refusal(), (100, 1_487_007));
    sandbox.post(&path, &json!({"daily_budget": 3000, "end_time": "2026-03-25T00:00:00+0100"})).ok();
}

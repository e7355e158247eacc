//! Insights over simulated delivery.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{EUR, Sandbox};
use crate::vendors::assert_steps_do_not_matter;
use crate::world::Vendor;

/// A tree that has delivered for three days.
fn delivered() -> (Sandbox, String, String, String) {
    let mut sandbox = Sandbox::new();
    let (campaign, set, ad) = sandbox.tree();
    sandbox.pass(SignedDuration::from_hours(24 * 3));
    (sandbox, campaign, set, ad)
}

fn cents(row: &Value) -> i64 {
    let (whole, part) = row["spend"].as_str().unwrap().split_once('.').unwrap();
    whole.parse::<i64>().unwrap() * 100 + part.parse::<i64>().unwrap()
}

#[test]
fn rows_by_day_sum_up_and_numbers_are_text() {
    let (mut sandbox, campaign, ..) = delivered();
    let range = r#"{"since":"2026-03-02","until":"2026-03-05"}"#;
    let path = format!("/v26.0/{campaign}/insights");
    let fields = "impressions,clicks,spend,ctr,cpm,reach,actions";
    let whole = sandbox.get(&path, &[("time_range", range), ("fields", fields)]).ok();
    let total = &whole["data"][0];
    assert_eq!((&total["date_start"], &total["date_stop"]), (&json!("2026-03-02"), &json!("2026-03-05")));
    assert!(total["impressions"].as_str().unwrap().parse::<i64>().unwrap() > 0);
    assert!(total["ctr"].is_string() && total["reach"].is_string());
    let days = sandbox.get(&path, &[("time_range", range), ("fields", fields), ("time_increment", "1")]).ok();
    let days = days["data"].as_array().unwrap();
    assert_eq!(days.len(), 4);
    assert!((days.iter().map(cents).sum::<i64>() - cents(total)).abs() <= 2, "up to rounding");
    assert!(days.iter().all(|day| cents(day) <= 3500), "a day spends no more than 1.75 times its budget");
}

#[test]
fn levels_columns_and_silence() {
    let (mut sandbox, campaign, set, ad) = delivered();
    let paused = sandbox.campaign(&json!({"status": "PAUSED"}));
    let query = [("level", "ad"), ("date_preset", "maximum"), ("fields", "ad_name,campaign_name,spend")];
    let rows = sandbox.get(&format!("/v26.0/{EUR}/insights"), &query).ok();
    assert_eq!(rows["data"].as_array().unwrap().len(), 1);
    let row = &rows["data"][0];
    assert_eq!(
        (&row["ad_id"], &row["adset_id"], &row["campaign_id"]),
        (&json!(ad), &json!(set), &json!(campaign))
    );
    assert_eq!((&row["ad_name"], &row["campaign_name"]), (&json!("hero"), &json!("Spring sale")));
    assert_eq!(sandbox.get(&format!("/v26.0/{paused}/insights"), &[]).ok(), json!({"data": []}));
    let wrong = sandbox.get(&format!("/v26.0/{EUR}/insights"), &[("fields", "happiness")]);
    assert_eq!(wrong.refusal(), (100, 0));
    let inner = sandbox.read(&campaign, "insights.date_preset(maximum){spend,impressions}");
    assert_eq!(inner["insights"]["data"][0]["spend"], row["spend"]);
}

#[test]
fn hours_of_the_day() {
    let (mut sandbox, campaign, ..) = delivered();
    let hourly = "hourly_stats_aggregated_by_advertiser_time_zone";
    let query = [
        ("time_range", r#"{"since":"2026-03-03","until":"2026-03-03"}"#),
        ("breakdowns", hourly),
        ("limit", "50"),
    ];
    let rows = sandbox.get(&format!("/v26.0/{campaign}/insights"), &query).ok();
    let rows = rows["data"].as_array().unwrap();
    assert!(rows.len() > 12, "{}", rows.len());
    assert!(rows.iter().any(|row| row[hourly] == "20:00:00 - 20:59:59"));
    let other = sandbox.get(&format!("/v26.0/{campaign}/insights"), &[("breakdowns", "age")]);
    assert_eq!(other.refusal(), (2, 1_504_041));
}

#[test]
fn spend_shows_on_accounts_and_bounds_lowered_budgets() {
    let mut sandbox = Sandbox::new();
    let (_, set, _) = sandbox.tree();
    sandbox.pass(SignedDuration::from_hours(12));
    let read = sandbox.read(EUR, "amount_spent,balance");
    let spent: i64 = read["amount_spent"].as_str().unwrap().parse().unwrap();
    assert!(spent > 100, "{spent}");
    let left =
        sandbox.read(&set, "budget_remaining")["budget_remaining"].as_str().unwrap().parse::<i64>().unwrap();
    assert!(left < 2000);
    let answer = sandbox.post(&format!("/{set}"), &json!({"daily_budget": 101}));
    assert_eq!(answer.refusal(), (100, 1_885_272), "110 % of the day's spend at least");
    sandbox.post(&format!("/{set}"), &json!({"daily_budget": spent * 11 / 10 + 1})).ok();
}

#[test]
fn asynchronous_reports_are_polled() {
    let (mut sandbox, campaign, ..) = delivered();
    let path = format!("/v26.0/{EUR}/insights");
    assert_eq!(sandbox.post(&path, &json!({"fields": "happiness"})).refusal(), (100, 0));
    let run =
        sandbox.post(&path, &json!({"level": "campaign", "date_preset": "maximum", "fields": "spend"})).ok();
    let run = run["report_run_id"].as_str().unwrap().to_owned();
    let first = sandbox.get(&format!("/{run}"), &[]).ok();
    assert_eq!(first["async_status"], "Job Running");
    assert_eq!(sandbox.get(&format!("/{run}/insights"), &[]).status, 400);
    let second = sandbox.get(&format!("/{run}"), &[]).ok();
    assert_eq!(
        (&second["async_status"], &second["async_percent_completion"]),
        (&json!("Job Completed"), &json!(100))
    );
    let rows = sandbox.get(&format!("/{run}/insights"), &[]).ok();
    assert_eq!(rows["data"][0]["campaign_id"], campaign);
}

#[test]
fn steps_of_time_do_not_matter() {
    let mut sandbox = Sandbox::new();
    sandbox.tree();
    assert_steps_do_not_matter(Vendor::Meta, &sandbox.world);
}

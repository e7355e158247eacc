use serde_json::json;

use super::*;

fn request(level: Kind, granularity: Granularity) -> MetricsRequest {
    MetricsRequest {
        level,
        granularity,
        from: "2026-11-01".parse().unwrap(),
        to: "2026-11-19".parse().unwrap(),
        as_of: "2026-11-20T00:00:00Z".parse().unwrap(),
    }
}

fn ad_set(id: &str, campaign: &str, goal: &str, event: &str) -> Json {
    let promoted = if event.is_empty() { json!({}) } else { json!({"custom_event_type": event}) };
    json!({"id": id, "campaign_id": campaign, "optimization_goal": goal, "promoted_object": promoted})
}

fn read_one(level: Kind, granularity: Granularity, goals: &Goals, row: &Json) -> Option<MetricRow> {
    read_row(&request(level, granularity), goals, &conversions::Parts::new(), row)
}

#[test]
fn a_purchase_listed_under_several_types_counts_once() {
    let goals = Goals::of(&[ad_set("8", "7", "OFFSITE_CONVERSIONS", "PURCHASE")]);
    let row = json!({"campaign_id": "7", "adset_id": "8", "date_start": "2026-11-03", "date_stop": "2026-11-03",
        "spend": "12.34", "impressions": "1000", "inline_link_clicks": "20", "reach": "800",
        "actions": [{"action_type": "link_click", "value": "20"}, {"action_type": "purchase", "value": "3"},
            {"action_type": "omni_purchase", "value": "4"}, {"action_type": "video_view", "value": "90"}],
        "action_values": [{"action_type": "omni_purchase", "value": "59.90"}]});
    let sums = read_one(Kind::AdGroup, Granularity::Day, &goals, &row).unwrap().sums;
    assert_eq!((sums.conversions, sums.value), (Some(4_000_000), Some(59_900_000)));
    assert_eq!((sums.spend, sums.reach, sums.video_views), (Some(12_340_000), Some(800), Some(90)));
}

#[test]
fn what_is_optimised_for_is_what_counts() {
    let actions =
        json!([{"action_type": "lead", "value": "5"}, {"action_type": "omni_purchase", "value": "1"}]);
    for (goal, event, expected) in [
        ("LEAD_GENERATION", "", 5),
        ("OFFSITE_CONVERSIONS", "LEAD", 5),
        ("LINK_CLICKS", "", 1),
        ("OFFSITE_CONVERSIONS", "PURCHASE", 1),
        ("APP_INSTALLS", "", 0),
        ("OFFSITE_CONVERSIONS", "SCHEDULE", 0),
    ] {
        let goals = Goals::of(&[ad_set("8", "7", goal, event)]);
        let row =
            json!({"campaign_id": "7", "adset_id": "8", "date_start": "2026-11-03", "actions": actions});
        let read = read_one(Kind::AdGroup, Granularity::Day, &goals, &row).unwrap();
        assert_eq!(read.sums.conversions, Some(expected * 1_000_000), "{goal} {event}");
        assert_eq!(goals.of_campaign("7"), Some(goals.of_ad_set("8")));
    }
}

#[test]
fn a_campaign_of_different_goals_counts_none_of_its_own_row() {
    let mixed = [ad_set("8", "7", "LINK_CLICKS", ""), ad_set("9", "7", "LEAD_GENERATION", "")];
    assert_eq!(Goals::of(&mixed).of_campaign("7"), None);
}

#[test]
fn hours_are_the_advertisers_and_tell_no_reach() {
    let row = |hour: &str| {
        let mut row = json!({"campaign_id": "7", "date_start": "2026-11-03", "spend": "2000", "reach": "1"});
        row[HOURLY] = json!(hour);
        read_one(Kind::Campaign, Granularity::Hour, &Goals::default(), &row)
    };
    let read = row("23:00:00 - 23:59:59").unwrap();
    assert_eq!((read.slot.hour, read.sums.spend, read.sums.reach), (Some(23), Some(2_000_000_000), None));
    assert_eq!(row("24:00:00 - 24:59:59"), None);
    assert_eq!(row(""), None);
}

#[test]
fn a_row_that_is_not_understood_is_none() {
    for row in [
        json!({"campaign_id": "7", "date_start": "2026-11-03", "spend": "n/a"}),
        json!({"campaign_id": "7", "date_start": "yesterday"}),
        json!({"date_start": "2026-11-03"}),
        json!({"campaign_id": "7", "date_start": "2026-11-03", "actions": [{"action_type": "video_view"}]}),
    ] {
        assert_eq!(read_one(Kind::Campaign, Granularity::Day, &Goals::default(), &row), None, "{row}");
    }
}

#[test]
fn reports_name_level_days_and_states() {
    let of = |level, granularity| report::parameters(&request(level, granularity));
    let by_day = of(Kind::Ad, Granularity::Day);
    let value = |name: &str| by_day.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
    assert_eq!(value("time_range"), Some(r#"{"since":"2026-11-01","until":"2026-11-19"}"#));
    assert!(value("fields").unwrap().ends_with(",reach"));
    assert!(value("filtering").unwrap().contains("ad.effective_status") && value("breakdowns").is_none());
    let by_hour = of(Kind::Campaign, Granularity::Hour);
    assert!(by_hour.iter().any(|(name, value)| *name == "breakdowns" && value == &format!("[\"{HOURLY}\"]")));
    assert!(!by_hour.iter().any(|(_, value)| value.contains("reach")));
}

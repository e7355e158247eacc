//! States, review, labels, people's edits, history.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{EUR, Sandbox, creative};

fn states(sandbox: &mut Sandbox, ids: &[&String]) -> Vec<String> {
    ids.iter()
        .map(|id| sandbox.read(id, "effective_status")["effective_status"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn effective_states_follow_parents_and_review() {
    let mut sandbox = Sandbox::new();
    let (campaign, set, ad) = sandbox.tree();
    let ids = [&campaign, &set, &ad];
    assert_eq!(states(&mut sandbox, &ids), ["ACTIVE", "ACTIVE", "PENDING_REVIEW"]);
    sandbox.pass(SignedDuration::from_secs(61));
    assert_eq!(states(&mut sandbox, &ids), ["ACTIVE", "ACTIVE", "ACTIVE"]);
    sandbox.post(&format!("/{set}"), &json!({"status": "PAUSED"})).ok();
    assert_eq!(states(&mut sandbox, &ids), ["ACTIVE", "PAUSED", "ADSET_PAUSED"]);
    sandbox.post(&format!("/{campaign}"), &json!({"status": "PAUSED"})).ok();
    assert_eq!(states(&mut sandbox, &ids), ["PAUSED", "PAUSED", "CAMPAIGN_PAUSED"]);
    sandbox.post(&format!("/{set}"), &json!({"status": "ACTIVE"})).ok();
    assert_eq!(states(&mut sandbox, &ids), ["PAUSED", "CAMPAIGN_PAUSED", "CAMPAIGN_PAUSED"]);
    let read = sandbox.read(&ad, "status,configured_status");
    assert_eq!((&read["status"], &read["configured_status"]), (&json!("ACTIVE"), &json!("ACTIVE")));
    sandbox.delete(&format!("/{campaign}"), &[]).ok();
    assert_eq!(states(&mut sandbox, &ids), ["DELETED", "DELETED", "DELETED"]);
}

#[test]
fn the_magic_word_is_disapproved_and_a_new_creative_is_reviewed_again() {
    let mut sandbox = Sandbox::new();
    let (_, set, _) = sandbox.tree();
    let hash = sandbox.image();
    let mut form = creative(&hash);
    form["object_story_spec"]["link_data"]["message"] = json!("DISAPPROVE-ME now");
    let bad = sandbox.post(&format!("/{EUR}/adcreatives"), &form).id();
    let ad = sandbox.ad(&set, &bad, &json!({}));
    let before = sandbox.read(&ad, "updated_time");
    sandbox.pass(SignedDuration::from_secs(60));
    let read = sandbox.read(&ad, "effective_status,ad_review_feedback,updated_time");
    assert_eq!(read["effective_status"], "DISAPPROVED");
    assert!(read["ad_review_feedback"]["global"].is_object());
    assert_eq!(read["updated_time"], before["updated_time"], "an outcome is no edit");
    let good = sandbox.creative(&json!({}));
    sandbox.post(&format!("/{ad}"), &json!({"creative": {"creative_id": good}})).ok();
    assert_eq!(states(&mut sandbox, &[&ad]), ["PENDING_REVIEW"]);
    sandbox.pass(SignedDuration::from_secs(60));
    assert_eq!(states(&mut sandbox, &[&ad]), ["ACTIVE"]);
    assert_eq!(sandbox.read(&ad, "ad_review_feedback").get("ad_review_feedback"), None);
}

#[test]
fn targeting_is_a_reason_to_review_and_a_budget_is_not() {
    let mut sandbox = Sandbox::new();
    let (_, set, ad) = sandbox.tree();
    sandbox.pass(SignedDuration::from_secs(60));
    sandbox.post(&format!("/{set}"), &json!({"daily_budget": 2100})).ok();
    assert_eq!(states(&mut sandbox, &[&ad]), ["ACTIVE"]);
    let wider = json!({"geo_locations": {"countries": ["ES", "PT"]}, "targeting_automation": {"advantage_audience": 0}});
    sandbox.post(&format!("/{set}"), &json!({"targeting": wider})).ok();
    assert_eq!(states(&mut sandbox, &[&ad]), ["PENDING_REVIEW"]);
    sandbox.world.options.insert("review_seconds".into(), "0".into());
    sandbox.post(&format!("/{set}"), &json!({"targeting": {"geo_locations": {"countries": ["PT"]}}})).ok();
    assert_eq!(states(&mut sandbox, &[&ad]), ["ACTIVE"], "no waiting when switched off");
}

fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        value.as_array().unwrap().iter().map(|label| label["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn labels_are_assigned_by_name_or_id_and_replaced_whole() {
    let mut sandbox = Sandbox::new();
    let label = sandbox.post(&format!("/{EUR}/adlabels"), &json!({"name": "apl:abc123"})).id();
    let same = sandbox.post(&format!("/{EUR}/adlabels"), &json!({"name": "apl:abc123"})).id();
    assert_eq!(label, same);
    let campaign = sandbox.campaign(&json!({"adlabels": [{"id": label}, {"name": "spring"}]}));
    let read = sandbox.read(&campaign, "adlabels{id,name}");
    assert_eq!(names(&read["adlabels"]), ["apl:abc123", "spring"]);
    sandbox.post(&format!("/{campaign}"), &json!({"adlabels": [{"name": "summer"}]})).ok();
    assert_eq!(names(&sandbox.read(&campaign, "adlabels")["adlabels"]), ["summer"]);
    sandbox.post(&format!("/{campaign}/adlabels"), &json!({"adlabels": [{"name": "spring"}]})).ok();
    assert_eq!(names(&sandbox.read(&campaign, "adlabels")["adlabels"]), ["spring", "summer"]);
    let all = sandbox.get(&format!("/{EUR}/adlabels"), &[("fields", "name")]).ok();
    assert_eq!(names(&all["data"]), ["apl:abc123", "spring", "summer"]);
    sandbox.world.options.insert("meta.labels_made_by_assigning".into(), "off".into());
    let answer = sandbox.post(&format!("/{campaign}"), &json!({"adlabels": [{"name": "autumn"}]}));
    assert_eq!(answer.refusal(), (100, 0));
}

#[test]
fn labels_find_objects_and_can_be_renamed_and_deleted() {
    let mut sandbox = Sandbox::new();
    let campaign = sandbox.campaign(&json!({"adlabels": [{"name": "a"}, {"name": "b"}]}));
    let other = sandbox.campaign(&json!({"adlabels": [{"name": "b"}]}));
    let read = sandbox.read(&campaign, "adlabels");
    let id = |name: &str| {
        let labels = read["adlabels"].as_array().unwrap();
        labels.iter().find(|label| label["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (a, b) = (id("a"), id("b"));
    let both = json!([a, b]).to_string();
    let query = |operator| [("ad_label_ids", both.as_str()), ("operator", operator)];
    let found = sandbox.get(&format!("/{EUR}/campaignsbylabels"), &query("ALL")).ok();
    assert_eq!(found["data"], json!([{"id": campaign}]));
    let found = sandbox.get(&format!("/{EUR}/campaignsbylabels"), &query("ANY")).ok();
    assert_eq!(found["data"], json!([{"id": other}, {"id": campaign}]));
    assert_eq!(sandbox.get(&format!("/{a}/campaigns"), &[]).ok()["data"], json!([{"id": campaign}]));
    sandbox.post(&format!("/{b}"), &json!({"name": "bee"})).ok();
    assert_eq!(names(&sandbox.read(&other, "adlabels")["adlabels"]), ["bee"]);
    sandbox.delete(&format!("/{b}"), &[]).ok();
    assert_eq!(names(&sandbox.read(&campaign, "adlabels")["adlabels"]), ["a"]);
    assert_eq!(sandbox.get(&format!("/{b}"), &[]).refusal(), (100, 33));
    let fresh = sandbox.post(&format!("/{EUR}/adlabels"), &json!({"name": "bee"})).id();
    assert_ne!(fresh, b);
}

#[test]
fn label_names_survive_a_load_without_notes() {
    let mut sandbox = Sandbox::new();
    let campaign = sandbox.campaign(&json!({"adlabels": [{"name": "a"}]}));
    let set = sandbox.ad_set(&campaign, &json!({}));
    let before = sandbox.read(&campaign, "adlabels")["adlabels"][0]["id"].clone();
    let notes = sandbox.world.notes.get_mut(&crate::world::Vendor::Meta).unwrap();
    notes.retain(|name, _| matches!(name.as_str(), "pages" | "pixels" | "audiences"));
    let label = sandbox.post(&format!("/{EUR}/adlabels"), &json!({"name": "a"})).id();
    assert_eq!(json!(label), before);
    assert_eq!(sandbox.get(&format!("/{campaign}/adsets"), &[]).ok()["data"], json!([{"id": set}]));
}

#[test]
fn people_edit_without_the_api() {
    let mut sandbox = Sandbox::new();
    let (campaign, set, ad) = sandbox.tree();
    sandbox.edit("adsets", &set, &json!({"daily_budget": 7500, "name": "by hand", "adlabels": []})).unwrap();
    sandbox.edit("ads", &ad, &json!({"status": "PAUSED"})).unwrap();
    let read = sandbox.read(&set, "daily_budget,name");
    assert_eq!((&read["daily_budget"], &read["name"]), (&json!("7500"), &json!("by hand")));
    assert!(sandbox.edit("adsets", &set, &json!({"status": "RUNNING"})).is_err());
    assert!(sandbox.edit("adsets", &campaign, &json!({"name": "x"})).unwrap_err().contains("no object"));
    assert!(sandbox.edit("adgroups", &ad, &json!({})).unwrap_err().contains("campaigns, adsets"));
    let rows = sandbox.get(
        &format!("/{EUR}/activities"),
        &[("oid", &set), ("fields", "event_type,actor_name,application_name,extra_data")],
    );
    let rows = rows.ok();
    let budget = rows["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["event_type"] == "update_ad_set_budget")
        .unwrap();
    assert_eq!(budget["actor_name"], "ana");
    assert_ne!(budget["application_name"], "Sandbox App");
    let extra: Value = serde_json::from_str(budget["extra_data"].as_str().unwrap()).unwrap();
    assert_eq!((&extra["old_value"], &extra["new_value"]), (&json!("2000"), &json!("7500")));
}

#[test]
fn activities_tell_api_writes_and_outcomes_of_a_week() {
    let mut sandbox = Sandbox::new();
    let (campaign, ..) = sandbox.tree();
    sandbox.pass(SignedDuration::from_secs(60));
    sandbox.post(&format!("/{campaign}"), &json!({"name": "renamed"})).ok();
    let types = |sandbox: &mut Sandbox, query: &[(&str, &str)]| -> Vec<String> {
        let rows = sandbox.get(&format!("/{EUR}/activities"), query).ok();
        rows["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["event_type"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        types(&mut sandbox, &[]),
        [
            "update_campaign_name",
            "ad_review_approved",
            "create_ad",
            "add_images",
            "create_ad_set",
            "create_campaign_group"
        ]
    );
    assert_eq!(types(&mut sandbox, &[("category", "AD_SET")]), ["create_ad_set"]);
    sandbox.pass(SignedDuration::from_hours(24 * 8));
    assert!(types(&mut sandbox, &[]).is_empty());
    assert_eq!(types(&mut sandbox, &[("since", "2026-03-01")]).len(), 6);
}

#[test]
fn learning_begins_and_restarts_with_a_significant_edit() {
    let mut sandbox = Sandbox::new();
    let (_, set, _) = sandbox.tree();
    let stage = sandbox.read(&set, "learning_stage_info");
    assert_eq!(stage["learning_stage_info"]["status"], "LEARNING");
    let begun = stage["learning_stage_info"]["last_sig_edit_ts"].as_i64().unwrap();
    sandbox.pass(SignedDuration::from_hours(2));
    let since = |sandbox: &mut Sandbox, changes: Value| {
        sandbox.post(&format!("/{set}"), &changes).ok();
        sandbox.read(&set, "learning_stage_info")["learning_stage_info"]["last_sig_edit_ts"].as_i64().unwrap()
    };
    assert_eq!(since(&mut sandbox, json!({"daily_budget": 2200})), begun, "a small step does not count");
    assert_eq!(since(&mut sandbox, json!({"daily_budget": 3300})), begun + 7200);
    sandbox.post(&format!("/{set}"), &json!({"status": "PAUSED"})).ok();
    assert_eq!(sandbox.read(&set, "learning_stage_info").get("learning_stage_info"), None);
}

//! Lost answers, limits, partial success, and refusals of one among many.

use adplane_core::address::Kind;
use adplane_core::field::FieldPath;
use adplane_core::plan::Operation;
use adplane_core::value::Value;
use adplane_engine::error::ErrorKind;
use adplane_engine::port::Outcome;
use serde_json::json;

use super::harness::{Account, EUR};
use super::{creative, tree};

async fn fault(account: &Account, path: &str, kind: &str, times: u32) {
    let fault = json!([{"match": {"platform": "tiktok", "path": path}, "times": times, "kind": kind}]);
    account.control("faults", &fault).await;
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_takes_effect_once() {
    for path in ["campaign/create", "adgroup/create"] {
        let mut account = Account::start(EUR).await;
        tree(&mut account, "Traffic", None, None);
        fault(&account, path, "drop_after", 1).await;
        account.apply().await;
        assert_eq!(account.observe().await.objects.len(), 3, "{path}");
    }
}

#[tokio::test]
async fn an_ad_whose_answer_is_lost_is_unknown_and_found_by_its_marker() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    fault(&account, "/ad/create", "drop_after", 1).await;
    let plan = account.plan().await;
    let outcomes = account.perform(&plan).await;
    let unknown = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Unknown(_))).count();
    assert_eq!(unknown, 1, "{outcomes:#?}");
    let ad = account.live(Kind::Ad, "hero").await;
    assert!(ad.marker.is_some() && !ad.is_active());
    account.apply().await;
    assert_eq!(account.observe().await.objects.len(), 3);
}

#[tokio::test]
async fn rate_limits_are_waited_for() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    fault(&account, "/create/", "rate_limit", 2).await;
    account.apply().await;
}

#[tokio::test]
async fn one_bad_ad_does_not_take_the_others_along() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    let mut ad = creative(&mut account);
    ad.retain(|(path, _)| *path != "creative.videos");
    ad.push(("creative.videos", Value::text_list(["id:v-there-is-no-such-video"])));
    account.ad("spring-es", "broken", &ad);
    let plan = account.plan().await;
    let outcomes = account.perform(&plan).await;
    let failed: Vec<_> = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Failed(_))).collect();
    let [Outcome::Failed(error)] = failed.as_slice() else { panic!("{outcomes:#?}") };
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert_eq!(error.field.as_ref().map(FieldPath::as_str), Some("creative.videos"));
    assert!(account.live(Kind::Ad, "hero").await.is_active());
}

#[tokio::test]
async fn a_bad_token_is_told_without_being_shown() {
    let account = Account::start_with_token(EUR, "EXPIRED").await;
    let error = account.adapter.facts().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(!error.to_string().contains("EXPIRED"), "{error}");
}

#[tokio::test]
async fn a_refusal_names_the_field() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    account.apply().await;
    let past = Value::Time("2020-01-01T00:00:00+01:00[Europe/Madrid]".parse().unwrap());
    account.set(Kind::AdGroup, "spring-es", None, "schedule.end", past);
    let plan = account.plan().await;
    let outcomes = account.perform(&plan).await;
    let [Outcome::Failed(error)] = outcomes.as_slice() else { panic!("{outcomes:#?}") };
    assert_eq!(error.field.as_ref().map(FieldPath::as_str), Some("schedule.end"), "{error}");
}

#[tokio::test]
async fn what_the_vendor_creates_running_is_switched_off_at_once() {
    let mut account = Account::start(EUR).await;
    account.control("options", &json!({"tiktok.create_disable": "ignore"})).await;
    tree(&mut account, "Traffic", None, None);
    let mut plan = account.plan().await;
    plan.steps.retain(|step| step.operation == Operation::Create);
    account.perform(&plan).await;
    for object in account.observe().await.objects {
        assert!(!object.is_active(), "{} {}", object.kind, object.display_name());
    }
    account.apply().await;
}

#[tokio::test]
async fn a_repeated_request_that_is_refused_is_looked_up() {
    let mut account = Account::start(EUR).await;
    account.control("options", &json!({"tiktok.replay": "40050"})).await;
    tree(&mut account, "Traffic", None, None);
    fault(&account, "campaign/create", "drop_after", 1).await;
    account.apply().await;
    assert_eq!(account.observe().await.objects.len(), 3);
}

#[tokio::test]
async fn partly_stored_ads_are_read_back() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    let ad = creative(&mut account);
    account.ad("spring-es", "second", &ad);
    fault(&account, "/ad/create", "partial", 1).await;
    let plan = account.plan().await;
    let outcomes = account.perform(&plan).await;
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Outcome::Unknown(_))), "{outcomes:#?}");
    account.apply().await;
    assert_eq!(account.observe().await.objects.len(), 4);
}

#[tokio::test]
async fn smart_plus_ads_are_not_written_too_often() {
    let mut account = Account::start(EUR).await;
    account.control("options", &json!({"tiktok.ad_write_gap": "5"})).await;
    tree(&mut account, "Sales", None, Some("Purchase"));
    account.apply().await;
}

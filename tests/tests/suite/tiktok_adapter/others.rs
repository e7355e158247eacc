//! What else an account holds: people's objects, files, regions, history, health.

use adplane_core::address::Kind;
use adplane_core::observed::{Coverage, Delivery, Review};
use adplane_core::value::Value;
use serde_json::json;

use super::harness::{Account, EUR, JPY, png, texts};
use super::{creative, tree};

#[tokio::test]
async fn files_are_uploaded_once_and_read_back_by_digest() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    let video = account.files.add("mp4", b"bytes of a video".to_vec());
    let mut ad = creative(&mut account);
    ad.retain(|(path, _)| *path != "creative.videos");
    ad.push(("creative.videos", Value::text_list([&video])));
    for name in ["one", "two", "three"] {
        account.ad("spring-es", name, &ad);
    }
    account.apply().await;
    let live = account.live(Kind::Ad, "two").await;
    assert_eq!(live.value("creative.videos"), Some(&Value::text_list([&video])));
    let uploads = account.paths_written().await;
    assert_eq!(uploads.iter().filter(|path| path.contains("/file/video/ad/upload/")).count(), 1);
    assert_eq!(uploads.iter().filter(|path| path.contains("/file/image/ad/upload/")).count(), 1);
    // Another process has no memory of the upload: the duplicate name leads it to the same file.
    account.reconnect();
    account.ad("spring-es", "four", &ad);
    account.apply().await;
    let again = account.paths_written().await;
    assert_eq!(again.iter().filter(|path| path.contains("/file/video/ad/upload/")).count(), 1);
}

#[tokio::test]
async fn an_image_ad_in_the_manual_lane() {
    let mut account = Account::start(JPY).await;
    tree(&mut account, "Traffic", None, None);
    let image = account.files.add("png", png(1280, 720));
    let mut ad = creative(&mut account);
    ad.retain(|(path, _)| !matches!(*path, "creative.videos" | "creative.images"));
    ad.push(("creative.images", Value::text_list([&image])));
    account.ad("spring-es", "still", &ad);
    account.apply().await;
    let live = account.live(Kind::Ad, "still").await;
    assert_eq!(live.value("creative.images"), Some(&Value::text_list([&image])));
    assert_eq!(live.native["object"]["ad_format"], "SINGLE_IMAGE");
}

#[tokio::test]
async fn regions_resolve_by_name_and_read_back_as_codes() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    account.set(Kind::Campaign, "spring", None, "targeting.locations", texts(&["ES", "FR-IDF"]));
    account.apply().await;
    let observed = account.observe().await;
    assert_eq!(observed.resolved["FR-IDF"].id, "3012874");
    let live = account.live(Kind::AdGroup, "spring-es").await;
    assert_eq!(live.value("targeting.locations"), Some(&texts(&["ES", "FR-IDF"])));
}

#[tokio::test]
async fn peoples_objects_are_observed_and_left_alone() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    account.apply().await;
    let ours = account.live(Kind::Campaign, "spring").await;
    account
        .control(
            "edit",
            &json!({"platform": "tiktok", "account": EUR.0, "collection": "campaigns", "id": ours.id.as_str(),
                "set": {"campaign_name": "Renamed by a person", "objective_type": "RF_REACH"}, "actor": "ana"}),
        )
        .await;
    let observed = account.observe().await;
    assert_eq!(observed.coverage, Coverage::Complete);
    let campaign = observed.objects.iter().find(|object| object.id == ours.id).unwrap();
    assert_eq!(campaign.marker, None);
    assert_eq!(campaign.display_name(), "Renamed by a person");
    assert_eq!(campaign.text("objective"), None);
    assert_eq!(campaign.text("tiktok.objective_type"), Some("RF_REACH"));
    assert!(campaign.read_only.is_some(), "a reservation is not ours to manage");
}

#[tokio::test]
async fn review_and_delivery_are_read() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    account.apply().await;
    let ad = account.live(Kind::Ad, "hero").await;
    assert_eq!(ad.status.review, Some(Review::Pending), "{:?}", ad.status);
    account.control("clock", &json!({"advance": "2h"})).await;
    let ad = account.live(Kind::Ad, "hero").await;
    assert_eq!((ad.status.review, ad.status.delivery), (Some(Review::Approved), Some(Delivery::Serving)));
}

#[tokio::test]
async fn health_history_and_downloads() {
    let mut account = Account::start(EUR).await;
    let health = account.adapter.health().await.unwrap();
    assert_eq!((health.facts.name.as_str(), health.facts.zone.name()), ("Sandbox EUR", "Europe/Madrid"));
    assert_eq!(health.facts.currency.code(), "EUR");
    tree(&mut account, "Traffic", None, None);
    account.apply().await;
    let campaign = account.live(Kind::Campaign, "spring").await;
    let since = campaign.created.unwrap().checked_sub(jiff::SignedDuration::from_hours(1)).unwrap();
    let events = account.adapter.history(since).await.unwrap();
    assert!(events.iter().any(|event| event.id == campaign.id), "{events:#?}");
    assert_eq!(account.adapter.download("id:v-nothing").await.ok().flatten(), None);
}

#[tokio::test]
async fn what_is_imported_plans_empty() {
    let mut account = Account::start(EUR).await;
    for (objective, typed, goal) in [
        ("Traffic", None, None),
        ("Awareness", Some("VIDEO_VIEWS"), None),
        ("Awareness", None, None),
        ("Sales", None, Some("Purchase")),
        ("Sales", None, Some("Value")),
    ] {
        tree(&mut account, objective, typed, goal);
        let plan = account.plan().await;
        account.perform(&plan).await;
        account.release().await;
    }
    let before = account.observe().await.objects.len();
    assert_eq!(before, 15);
    account.import().await;
    account.settled().await;
}

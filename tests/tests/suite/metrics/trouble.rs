//! Reports that are large, long, or fail half-way.

use adplane_core::address::{Kind, Platform};
use adplane_core::metrics::{Granularity, MetricRow};
use adplane_engine::error::ErrorKind;
use serde_json::{Value as Json, json};

use super::shop::{EUR, PLATFORMS, Shop, total};

const START: &str = "2026-11-02T08:00:00Z";

/// Rows in an order of their own.
fn sorted(mut rows: Vec<MetricRow>) -> Vec<MetricRow> {
    rows.sort_by(|one, other| (&one.id, one.slot).cmp(&(&other.id, other.slot)));
    rows
}

/// Report requests so far.
async fn reports(shop: &Shop, part: &str) -> Vec<Json> {
    let log = shop.bench.log().await;
    log.into_iter().filter(|entry| entry["path"].as_str().is_some_and(|path| path.contains(part))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_fails_half_way_is_no_reading() {
    let shop = Shop::open(EUR, START).await;
    shop.bench.advance("40h").await;
    // The second query of Google, the second page of Meta, the second day of TikTok.
    for (platform, path) in PLATFORMS.into_iter().zip(["googleAds:search", "/insights", "/report/integrated"])
    {
        let adapter = shop.adapter(platform);
        let read =
            || shop.read(adapter.as_ref(), (Kind::Ad, Granularity::Hour), ("2026-11-02", "2026-11-03"));
        let before = read().await.unwrap();
        let asked = reports(&shop, path).await.len();
        shop.bench
            .faults(json!([{"kind": "http_500", "after": 1, "times": 9, "match": {"path": path}}]))
            .await;
        let error = read().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unavailable, "{platform:?}: {error}");
        assert!(error.account.is_some(), "{error}");
        let tries = reports(&shop, path).await.len() - asked;
        assert_eq!(tries, 6, "{platform:?}: the first part, then five attempts at the second");
        shop.bench.faults(json!([])).await;
        let again = read().await.unwrap();
        assert_eq!(sorted(again.rows), sorted(before.rows), "{platform:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passing_failure_of_a_page_is_repeated() {
    let shop = Shop::open(EUR, START).await;
    shop.bench.advance("20h").await;
    for (platform, path) in PLATFORMS.into_iter().zip(["googleAds:search", "/insights", "/report/integrated"])
    {
        let adapter = shop.adapter(platform);
        shop.bench.faults(json!([{"kind": "http_500", "times": 2, "match": {"path": path}}])).await;
        let reading = shop
            .read(adapter.as_ref(), (Kind::Campaign, Granularity::Day), ("2026-11-02", "2026-11-03"))
            .await
            .unwrap();
        let delivered = shop.delivered(platform).await;
        assert_eq!(total(&reading).impressions, delivered["impressions"].as_i64(), "{platform:?}");
        assert_eq!(shop.bench.faults_left().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_for_one_call_is_made_as_a_report() {
    let shop = Shop::open(EUR, START).await;
    shop.bench.advance("40h").await;
    let adapter = shop.adapter(Platform::Meta);
    let read = || shop.read(adapter.as_ref(), (Kind::Ad, Granularity::Hour), ("2026-11-02", "2026-11-03"));
    let at_once = read().await.unwrap();
    assert!(at_once.rows.len() > 500, "more than a page: {}", at_once.rows.len());
    shop.bench.set_options(json!({"meta.insights_rows": 100})).await;
    let before = reports(&shop, "/insights").await.len();
    let made = read().await.unwrap();
    assert_eq!(sorted(made.rows), sorted(at_once.rows));
    let asked = reports(&shop, "/insights").await.split_off(before);
    let methods: Vec<&str> = asked.iter().filter_map(|entry| entry["method"].as_str()).collect();
    assert_eq!(methods, ["GET", "POST", "GET", "GET"], "refused once, made, read by pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn long_ranges_are_split_or_made_as_the_platform_asks() {
    let shop = Shop::open(EUR, START).await;
    shop.bench.advance("20h").await;
    for (platform, path, requests) in [
        // Ad groups and asset groups are two queries.
        (Platform::Google, "googleAds:search", 2),
        (Platform::Meta, "/insights", 2),
        (Platform::TikTok, "/report/integrated", 4),
    ] {
        let adapter = shop.adapter(platform);
        adapter.facts().await.unwrap();
        let before = reports(&shop, path).await.len();
        let reading = shop
            .read(adapter.as_ref(), (Kind::AdGroup, Granularity::Day), ("2026-08-01", "2026-11-20"))
            .await
            .unwrap();
        let delivered = shop.delivered(platform).await;
        assert_eq!(total(&reading).impressions, delivered["impressions"].as_i64(), "{platform:?}");
        assert_eq!(reports(&shop, path).await.len() - before, requests, "{platform:?}");
    }
}

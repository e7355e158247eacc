//! `adplane metrics` over a sandbox whose clock moves: what was read, what was missed, what was restated.

use serde_json::{Value, json};

use super::bench::Bench;

const START: &str = "2026-11-02T08:00:00Z";
const PLATFORMS: [&str; 3] = ["google", "meta", "tiktok"];

/// A shop that has delivered for some time.
async fn shop(hours: &str) -> Bench {
    let bench = Bench::at(START).await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.advance(hours).await;
    bench
}

async fn query(bench: &Bench, arguments: &[&str]) -> Value {
    let all = [&["metrics", "query", "--format", "json"], arguments].concat();
    serde_json::from_str(&bench.run(&all).await.exits(0).out).unwrap()
}

fn of<'a>(answer: &'a Value, platform: &str) -> &'a Value {
    let accounts = answer["accounts"].as_array().unwrap();
    accounts.iter().find(|account| account["account"] == json!(format!("default/{platform}-es"))).unwrap()
}

/// Decimal text in hundredths.
fn cents(value: &Value) -> i64 {
    let text = value.as_str().unwrap_or_else(|| panic!("no decimal text: {value}"));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<2}");
    whole.parse::<i64>().unwrap() * 100 + part[..2].parse::<i64>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_synced_is_what_was_delivered() {
    let bench = shop("75h").await;
    let nothing = bench.run(&["metrics", "query"]).await.exits(1);
    assert!(nothing.err.contains("run `adplane metrics sync`"), "{}", nothing.err);
    let synced = bench.run(&["metrics", "sync", "--back", "5"]).await.exits(0);
    assert_eq!(
        synced.out.lines().count(),
        1 + 18,
        "three levels by days and hours of three accounts:\n{}",
        synced.out
    );
    assert!(synced.err.contains("18 readings stored"), "{}", synced.err);

    let days = ["--from", "2026-11-02", "--to", "2026-11-05"];
    let delivered = bench.delivery().await;
    for level in ["campaigns", "ad-groups", "ads"] {
        let answer = query(&bench, &[&["--level", level][..], &days].concat()).await;
        for platform in PLATFORMS {
            let found = of(&answer, platform);
            let entry = delivered.iter().find(|entry| entry["platform"] == json!(platform)).unwrap();
            assert_eq!(found["gaps"], json!([]), "{platform} {level}");
            assert_eq!(found["metrics"]["impressions"], entry["impressions"], "{platform} {level}");
            assert_eq!(found["metrics"]["clicks"], entry["clicks"], "{platform} {level}");
            // Each row of a report is rounded to the cent.
            let spent = entry["spendMicros"].as_i64().unwrap() / 10_000;
            let differs = (cents(&found["metrics"]["spend"]) - spent).abs();
            assert!(differs < 100, "{platform} {level}: {found} {entry}");
            assert!(found["objects"][0]["address"].as_str().unwrap().starts_with(platform), "{found}");
        }
    }
    let answer = query(&bench, &["--from", "2026-08-01", "--to", "2026-11-04"]).await;
    for platform in PLATFORMS {
        let found = of(&answer, platform);
        assert_eq!(found["metrics"], json!({}), "{platform}: days that nobody read are unknown, not zero");
        assert!(
            found["unknown"]["spend"].as_str().unwrap().contains("no report covers 2026-08-01"),
            "{found}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restated_day_keeps_what_was_known_before() {
    let bench = shop("40h").await;
    bench.run(&["metrics", "sync", "--back", "3"]).await.exits(0);
    let before = bench.now().await.to_string();
    let early = query(&bench, &["--window", "yesterday"]).await;
    bench.advance("96h").await;
    bench.run(&["metrics", "sync"]).await.exits(0);
    let day = ["--from", "2026-11-03", "--to", "2026-11-03"];
    let then = query(&bench, &[&day[..], &["--as-of", &before]].concat()).await;
    let now = query(&bench, &day).await;
    let flight = bench.run(&["metrics", "query", "--window", "flight", "--as-of", &before]).await.exits(64);
    assert!(flight.err.contains("not what they ran then"), "{}", flight.err);
    for platform in PLATFORMS {
        let figure = |answer: &Value, name: &str| of(answer, platform)["metrics"][name].clone();
        assert_eq!(figure(&then, "conversions"), figure(&early, "conversions"), "{platform}");
        assert_eq!(figure(&then, "spend"), figure(&now, "spend"), "{platform}");
        assert!(
            cents(&figure(&now, "conversions")) > cents(&figure(&then, "conversions")),
            "{platform}: conversions came late: {then} {now}"
        );
    }
    let versions = bench
        .run(&[
            "metrics",
            "export",
            "--from",
            "2026-11-02",
            "--to",
            "2026-11-02",
            "--versions",
            "--format",
            "jsonl",
        ])
        .await
        .exits(0);
    let newest = bench
        .run(&["metrics", "export", "--from", "2026-11-03", "--to", "2026-11-03", "--format", "jsonl"])
        .await
        .exits(0);
    assert!(versions.out.lines().count() > newest.out.lines().count(), "both versions are kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_failed_is_a_gap_and_the_next_sync_closes_it() {
    let bench = shop("40h").await;
    bench.faults(json!([{"kind": "http_500", "times": 99, "match": {"path": "/insights"}}])).await;
    let failed = bench.run(&["metrics", "sync", "--back", "2"]).await.exits(1);
    assert!(
        failed.err.contains("meta-es: Campaign by hour") && failed.err.contains("was not read"),
        "{}",
        failed.err
    );
    let answer = query(&bench, &["--window", "yesterday"]).await;
    assert!(of(&answer, "google")["metrics"]["spend"].is_string());
    assert_eq!(of(&answer, "meta")["metrics"], json!({}));
    assert!(of(&answer, "meta")["unknown"]["spend"].as_str().unwrap().contains("no report covers"));

    let wide = bench.run(&["get", "campaigns", "-o", "wide"]).await.exits(0);
    assert!(wide.out.contains("SPEND") && wide.out.contains("never"), "{}", wide.out);
    bench.faults(json!([])).await;
    bench.run(&["metrics", "sync", "--back", "2"]).await.exits(0);
    let answer = query(&bench, &["--window", "yesterday"]).await;
    assert!(of(&answer, "meta")["metrics"]["spend"].is_string(), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_show_what_they_delivered_and_why_not() {
    let bench = shop("40h").await;
    let before = bench.run(&["describe", "campaign/search-brand"]).await.exits(0);
    assert!(
        before.out.contains("Delivered: nothing was read yet; run `adplane metrics sync`"),
        "{}",
        before.out
    );
    bench.run(&["metrics", "sync"]).await.exits(0);
    let after = bench.run(&["describe", "campaign/search-brand"]).await.exits(0);
    let head = "Delivered, last_7d, 2026-10-28 to 2026-11-03, as of 2026-11-04T00:00:00Z, attributed by ";
    assert!(after.out.contains(head), "{}", after.out);
    assert!(after.out.contains("  reach       - (the platform does not tell `reach`)"), "{}", after.out);
    let listed = bench.run(&["get", "campaigns", "-o", "json"]).await.exits(0);
    let listed: Value = serde_json::from_str(&listed.out).unwrap();
    for window in ["today", "yesterday", "last_7d", "flight"] {
        let delivered = &listed[0]["delivered"][window];
        assert!(delivered["asOf"].is_string(), "{window}: {delivered}");
        assert!(delivered["metrics"]["spend"].is_string(), "{window}: {delivered}");
        assert!(delivered["unknown"].is_object(), "{window}: {delivered}");
    }

    let gauges = bench.run(&["metrics", "export", "--format", "prometheus"]).await.exits(0);
    assert!(gauges.out.contains("# TYPE adplane_delivery_spend gauge"), "{}", gauges.out);
    assert!(gauges.out.contains("window=\"last_7d\""), "{}", gauges.out);
    let csv = bench.run(&["metrics", "query", "--format", "csv", "--window", "last_3d"]).await.exits(0);
    assert!(
        csv.out.starts_with("account,platform,currency,level,slots,asOf,id,address,spend,"),
        "{}",
        csv.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn flights_and_settled_days_can_be_asked_for() {
    let bench = shop("75h").await;
    bench.run(&["metrics", "sync"]).await.exits(0);
    let days = query(&bench, &["--from", "2026-11-02", "--to", "2026-11-05"]).await;
    let flight = query(&bench, &["--window", "flight"]).await;
    for platform in PLATFORMS {
        let (days, flight) = (of(&days, platform), of(&flight, platform));
        assert_eq!(flight["metrics"]["spend"], days["metrics"]["spend"], "{platform}: {flight}");
        let own = flight["objects"][0]["slots"].as_str().unwrap();
        assert!(own.ends_with("2026-11-05"), "{platform}: {own}");
        assert_eq!(flight["slots"], Value::Null, "{platform}: each has its own");
    }
    let exported = bench.run(&["metrics", "export", "--window", "flight"]).await.exits(0);
    let all = bench.run(&["metrics", "export", "--from", "2026-11-02", "--to", "2026-11-05"]).await.exits(0);
    assert_eq!(exported.out, all.out, "nothing ran before its flight");

    let settled = query(&bench, &["--days", "7", "--end", "settled"]).await;
    assert_eq!(settled["window"], json!("7 days to settled"));
    let google = of(&settled, "google");
    assert_eq!(google["slots"], json!("2026-09-30 to 2026-10-06"), "30 days may still be restated");
    assert_eq!(google["completeness"], json!(1.0));
    let odd = bench.run(&["metrics", "query", "--days", "7", "--window", "today"]).await.exits(64);
    assert!(odd.err.contains("--days"), "{}", odd.err);
}

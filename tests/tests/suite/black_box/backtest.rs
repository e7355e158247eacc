//! `adplane rules backtest`: the same days as they were known then and as they were restated later.

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::{AccountId, ExternalId};
use adplane_core::metrics::{CONVERSION_PARTS, Day, Granularity, MetricRow, Reading, Slot, Sums};
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use adplane_engine::metrics::store::{MetricStore, SqliteOptions, SqliteStore, StoreAccount};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use super::bench::Bench;

const PROJECT: &str = "project: shop\n";
const FILES: &str = "apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: meta-eu}
spec:
  platform: Meta
  accountId: act_1234567890
  currency: EUR
  timeZone: Europe/Madrid
  credentials: {env: META_EU}
  compliance: {euPoliticalAds: false, dsa: {beneficiary: Shop Ltd, payor: Shop Ltd}}
---
apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: shoes, annotations: {adplane.io/external-id: \"77\"}}
spec:
  account: meta-eu
  objective: Sales
  state: Active
  budget: {daily: 50.00 EUR}
  specialAdCategories: []
  targeting: {locations: [ES]}
---
apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: stop}
spec:
  scope: {kind: Campaign}
  schedule: {every: 1h, activeHours: \"08:00-09:00\"}
  require: {freshness: 48h}
  when: last_3d.conversions == 0 && last_3d.spend > money('100 EUR')
  action: {type: pause}
  limits: {maxShareOfScope: 1.0}
---
apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: grow}
spec:
  scope: {kind: Campaign}
  schedule: {every: 1h, activeHours: \"08:00-09:00\"}
  require: {freshness: 48h}
  when: last_3d.conversions >= 3
  action: {type: adjustBudget, by: \"10%\"}
  limits: {maxShareOfScope: 1.0}
";

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// What was reported of some days: conversions come four days late.
fn reading(as_of: &str, from: &str, to: &str) -> Reading {
    let as_of: Timestamp = as_of.parse().unwrap();
    let zone = Zone::parse("Europe/Madrid").unwrap();
    let today = as_of.to_zoned(zone.rules()).date();
    let mut rows = Vec::new();
    let mut next = day(from);
    while next <= day(to) {
        let age = today.since(next).unwrap().get_days();
        let conversions = if age >= 4 { 2 * CONVERSION_PARTS } else { 0 };
        let sums = Sums {
            spend: Some(50_000_000),
            impressions: Some(10_000),
            clicks: Some(100),
            conversions: Some(conversions),
            value: Some(0),
            reach: None,
            video_views: Some(0),
        };
        rows.push(MetricRow { id: ExternalId::new("77").unwrap(), slot: Slot::day(next), sums });
        next = next.checked_add(1.day()).unwrap();
    }
    Reading {
        level: Kind::Campaign,
        granularity: Granularity::Day,
        from: day(from),
        to: day(to),
        attribution: "7d_click".to_owned(),
        as_of,
        rows,
    }
}

/// A project whose store holds these readings.
async fn project(readings: &[Reading]) -> Bench {
    let bench = Bench::start().await;
    bench.write("history/adplane.yaml", PROJECT);
    bench.write("history/shop.yaml", FILES);
    std::fs::create_dir_all(bench.path("history/.adplane")).unwrap();
    let store = SqliteStore::open(&SqliteOptions::new(bench.path("history/.adplane/metrics.db"))).unwrap();
    let account = StoreAccount {
        platform: Platform::Meta,
        id: AccountId::new("1234567890").unwrap(),
        currency: Currency::EUR,
        zone: Zone::parse("Europe/Madrid").unwrap(),
    };
    for reading in readings {
        store.put(&account, reading).await.unwrap();
    }
    bench
}

/// Read every morning, a week back.
fn mornings() -> Vec<Reading> {
    let mut readings = Vec::new();
    for number in 1..=14 {
        let morning = day("2026-06-01").checked_add(number.days()).unwrap();
        let from = morning.checked_sub(7.days()).unwrap().to_string();
        let to = morning.yesterday().unwrap().to_string();
        readings.push(reading(&format!("{morning}T04:00:00Z"), &from, &to));
    }
    readings
}

const DAYS: [&str; 6] = ["rules", "backtest", "--from", "2026-06-08", "--to", "2026-06-10"];

async fn report(bench: &Bench, more: &[&str]) -> Value {
    let all = [&DAYS[..], &["--format", "json"], more].concat();
    serde_json::from_str(&bench.run_in("history", &all).await.exits(0).out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_known_then_and_what_is_known_now_give_other_firings() {
    let then = project(&mornings()).await;
    let known = report(&then, &[]).await;
    assert_eq!(known["restated"], false);
    assert_eq!(known["basis"]["default/meta-eu"]["restated"], 0);
    let stop = &known["rules"]["default/stop"];
    let fired = stop["fired"].as_object().unwrap();
    assert_eq!(fired.len(), 1, "no conversion of three days had come in: {known}");
    assert!(known["rules"]["default/grow"]["fired"].as_object().unwrap().is_empty(), "{known}");
    // Git does not let rules pause it: it is proposed every day, and nobody agreed.
    assert_eq!(fired.values().next().unwrap()["proposals"], 3);
    assert_eq!(known["pauses"].as_array().unwrap().len(), 1, "asking again is no second pause");
    assert_eq!(known["budgets"]["default/meta-eu"]["days"]["2026-06-10"], "50.00 EUR");

    let later = project(&[reading("2026-06-20T04:00:00Z", "2026-05-25", "2026-06-19")]).await;
    let refused = later.run_in("history", &DAYS).await.exits(1);
    assert!(
        refused.err.contains("was first read") && refused.err.contains("--allow-restated"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("nothing was known on these days"), "{}", refused.err);
    let restated = report(&later, &["--allow-restated"]).await;
    assert_eq!(restated["restated"], true);
    assert!(restated["basis"]["default/meta-eu"]["restated"].as_u64().unwrap() > 0);
    assert!(restated["rules"]["default/stop"]["fired"].as_object().unwrap().is_empty(), "{restated}");
    assert_eq!(restated["rules"]["default/grow"]["fired"].as_object().unwrap().len(), 1, "{restated}");
    let table = later.run_in("history", &[&DAYS[..], &["--allow-restated"]].concat()).await.exits(0);
    assert!(table.out.contains("restated numbers were used"), "{}", table.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_before_the_first_sync_are_unknown_and_said_so() {
    // The first sync is on the morning of the ninth, an hour before rules look.
    let bench = project(&mornings()[7..]).await;
    let known = report(&bench, &[]).await;
    let basis = &known["basis"]["default/meta-eu"];
    assert_eq!(basis["unreadDays"], serde_json::json!(["2026-06-08", "2026-06-08"]), "{known}");
    assert!(basis["unread"].as_u64().unwrap() > 0 && basis["known"].as_u64().unwrap() > 0, "{known}");
    assert_eq!((&basis["restated"], &known["restated"]), (&Value::from(0), &Value::Bool(false)));
    let stop = &known["rules"]["default/stop"];
    let fired = stop["fired"].as_object().unwrap().values().next().unwrap();
    assert_eq!(fired["proposals"], 2, "on the ninth and the tenth: {known}");
    assert!(fired["days"].get("2026-06-08").is_none(), "{known}");
    assert_eq!(stop["unknown"]["not-covered"], 1, "on the eighth: {known}");
    for format in ["text", "markdown", "html"] {
        let all = [&DAYS[..], &["--format", format]].concat();
        let text = bench.run_in("history", &all).await.exits(0).out;
        assert!(text.contains("were first read later and count as unknown"), "{text}");
    }
    let restated = report(&bench, &["--allow-restated"]).await;
    assert_eq!(restated["basis"]["default/meta-eu"]["unread"], 0, "{restated}");
    assert_eq!(restated["restated"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_a_page_a_comment_and_a_table() {
    let bench = project(&mornings()).await;
    // `<` and `|` in a message that a rule writes must stay text in every form.
    let told = FILES.replace(
        "action: {type: pause}",
        "action: {type: notify, message: \"<b>bold</b> | {last_3d.spend}\"}",
    );
    bench.write("history/shop.yaml", told);
    let form = async |format: &str| {
        bench.run_in("history", &[&DAYS[..], &["--format", format]].concat()).await.exits(0).out
    };
    let (text, markdown, html) = (form("text").await, form("markdown").await, form("html").await);
    assert!(text.contains("default/stop") && text.contains("all numbers as they were known then"), "{text}");
    assert!(markdown.contains("## Back-test 2026-06-08 to 2026-06-10"), "{markdown}");
    for page in [&markdown, &html] {
        assert!(!page.contains("<b>bold</b>"), "{page}");
        assert!(page.contains("150.00 EUR"), "{page}");
    }
    assert!(html.contains("default-src &#39;none&#39;") || html.contains("default-src 'none'"), "{html}");
    assert!(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"), "{html}");
    let file =
        bench.run_in("history", &[&DAYS[..], &["--format", "html", "--out", "report.html"]].concat()).await;
    file.exits(0);
    assert_eq!(std::fs::read_to_string(bench.path("history/report.html")).unwrap(), html);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_pause_is_counted() {
    let bench = project(&mornings()).await;
    let report = report(&bench, &["--agree"]).await;
    let paused = &report["pauses"][0];
    assert_eq!(paused["object"], "meta/meta-eu/Campaign/default/shoes", "{report}");
    // Paused on the eighth: two days follow, of 50 EUR and two conversions each as they came in.
    assert_eq!(paused["proposed"], true);
    assert_eq!(paused["spend"], "100.00 EUR", "{report}");
    assert_eq!(paused["conversions"], 4_000_000, "{report}");
    assert_eq!(report["budgets"]["default/meta-eu"]["days"]["2026-06-10"], "0.00 EUR", "{report}");
}

/// A second campaign, of which nothing is wanted.
const BOOTS: &str = "---
apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: boots, annotations: {adplane.io/external-id: \"78\"}}
spec:
  account: meta-eu
  objective: Sales
  state: Active
  budget: {daily: 500.00 EUR}
  specialAdCategories: []
  targeting: {locations: [ES]}
";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_agreed_to_is_let_go_again() {
    let bench = project(&mornings()).await;
    let held = FILES.replace("action: {type: pause}", "action: {type: pause, holdFor: 24h}");
    bench.write("history/shop.yaml", format!("{held}{BOOTS}"));
    let agreed = report(&bench, &["--agree"]).await;
    // Paused on the eighth, let go on the ninth, paused again on the tenth.
    let days = &agreed["budgets"]["default/meta-eu"]["days"];
    let sums = ["2026-06-08", "2026-06-09", "2026-06-10"].map(|day| days[day].as_str().unwrap_or_default());
    assert_eq!(sums, ["500.00 EUR", "550.00 EUR", "500.00 EUR"], "{agreed}");
    let stop = agreed["rules"]["default/stop"]["fired"].as_object().unwrap().values().next().unwrap();
    assert_eq!(stop["proposals"], 3, "that somebody was asked is counted");
    assert_eq!(agreed["pauses"].as_array().unwrap().len(), 2, "{agreed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_only_proposed_ends_no_pause() {
    let bench = project(&mornings()).await;
    let held = FILES
        .replace("action: {type: pause}", "action: {type: pause, holdFor: 24h}")
        .replace("state: Active", "state: Active\n  rulesMayPause: true");
    bench.write("history/shop.yaml", format!("{held}{BOOTS}"));
    let report = report(&bench, &[]).await;
    assert_eq!(report["budgets"]["default/meta-eu"]["days"]["2026-06-10"], "500.00 EUR", "{report}");
    let paused = &report["pauses"][0];
    assert_eq!((&paused["proposed"], &paused["spend"]), (&Value::Bool(false), &Value::from("100.00 EUR")));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tick_is_looked_at_and_unknown_ages_are_named() {
    let bench = project(&mornings()).await;
    // Half past six in the morning, in steps that no hour is made of.
    let files = FILES
        .replace("{every: 1h, activeHours: \"08:00-09:00\"}", "{every: 25m, activeHours: \"06:20-06:50\"}")
        .replace("{freshness: 48h}", "{freshness: 48h, age: 3d}");
    bench.write("history/shop.yaml", files);
    let report = report(&bench, &[]).await;
    // At 06:20 the tick of 06:15 has not run; the next one is 06:40.
    assert_eq!(
        (&report["ticks"], &report["rules"]["default/stop"]["runs"]),
        (&Value::from(6), &Value::from(6))
    );
    assert_eq!(report["ageless"][0], "meta/meta-eu/Campaign/default/shoes", "{report}");
    assert_eq!(report["rules"]["default/stop"]["unknown"]["not-live"], 6, "{report}");
    let text = bench.run_in("history", &DAYS).await.exits(0).out;
    assert!(text.contains("without `schedule.start`"), "{text}");
}

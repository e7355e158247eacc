//! `adplane metrics forecast`, and rules that ask for a forecast: what has skill is told, what has none never acts.

use std::collections::BTreeMap;

use adplane_core::address::{Kind, Platform};
use adplane_core::forecast::{Outcome, Question, forecast};
use adplane_core::ids::{AccountId, ExternalId};
use adplane_core::metrics::{CONVERSION_PARTS, Day, Granularity, MetricRow, Reading, Slot, Sums};
use adplane_core::money::Currency;
use adplane_core::stats::{Seed, Stream};
use adplane_core::time::Zone;
use adplane_engine::metrics::store::{MetricStore, SqliteOptions, SqliteStore, StoreAccount};
use jiff::ToSpan;
use serde_json::{Value, json};

use super::bench::Bench;

/// Noon in Madrid.
const NOW: &str = "2026-06-10T10:00:00Z";
const TODAY: Day = Day::constant(2026, 6, 10);

const ACCOUNT: &str = "apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: meta-eu}
spec:
  platform: Meta
  accountId: act_1234567890
  currency: EUR
  timeZone: Europe/Madrid
  endpoint: URL/meta
  credentials: {env: META_EU}
  compliance: {euPoliticalAds: false, dsa: {beneficiary: Shop Ltd, payor: Shop Ltd}}
";

const CAMPAIGN: &str = "---
apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: NAME, annotations: {adplane.io/external-id: \"ID\"}}
spec:
  account: meta-eu
  objective: Sales
  state: Active
  budget: {daily: 50.00 EUR}
  specialAdCategories: []
  targeting: {locations: [ES]}
";

const RULE: &str = "---
apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: too-much-ahead}
spec:
  mode: act
  scope: {kind: Campaign}
  schedule: {every: 1h, activeHours: \"12:00-13:00\"}
  require: {freshness: 48h}
  when: forecast.next_7d.spend > money('600 EUR')
  action: {type: pause}
  limits: {maxShareOfScope: 1.0}
";

/// Nearly a standard normal draw.
fn normal(stream: &mut Stream) -> f64 {
    let unit = |place: usize| f64::from(u32::try_from(place).unwrap()) / f64::from(1 << 24);
    (0..12).map(|_| unit(stream.place(1 << 24))).sum::<f64>() - 6.0
}

/// Campaigns by name, id, and what they spent day by day, in whole units, up to yesterday.
fn campaigns() -> Vec<(&'static str, &'static str, Vec<f64>)> {
    let mut stream = Seed(1).stream(0);
    let noise = (0..120).map(|_| 100.0 + 10.0 * normal(&mut stream)).collect();
    let hidden = |steps: &Vec<f64>| {
        let question = Question { values: steps, period: 7, horizon: 7, at_least: Some(0.0) };
        matches!(forecast(&question), Ok(Outcome::Hidden(_)))
    };
    let steps = (0..20).map(steps).find(hidden).unwrap();
    vec![("noise", "77", noise), ("steps", "78", steps), ("young", "79", vec![100.0; 30])]
}

/// Every week repeats the one before, with steps that nothing foretells: by and large without skill.
fn steps(seed: u64) -> Vec<f64> {
    let mut stream = Seed(seed).stream(0);
    let mut steps: Vec<f64> = (0..7).map(|_| 500.0 + 100.0 * normal(&mut stream)).collect();
    while steps.len() < 112 {
        steps.push(steps[steps.len() - 7] + 40.0 * normal(&mut stream));
    }
    steps.into_iter().map(|value| (value * 1e6).round() / 1e6).collect()
}

fn readings() -> Vec<Reading> {
    let reading = |days: std::ops::RangeInclusive<i64>, as_of: &str| {
        let (oldest, newest) = (*days.end(), *days.start());
        let back = |ago: i64| TODAY.saturating_sub(ago.days());
        let mut rows = Vec::new();
        for (_, id, spent) in campaigns() {
            for (spend, ago) in spent.iter().rev().zip(1_i64..).filter(|(_, ago)| days.contains(ago)) {
                #[expect(clippy::cast_possible_truncation, reason = "some hundreds of millions")]
                let sums = Sums {
                    spend: Some((spend * 1e6).round() as i64),
                    impressions: Some(10_000),
                    clicks: Some(100),
                    conversions: Some(CONVERSION_PARTS),
                    value: Some(0),
                    reach: None,
                    video_views: Some(0),
                };
                rows.push(MetricRow { id: ExternalId::new(id).unwrap(), slot: Slot::day(back(ago)), sums });
            }
        }
        Reading {
            level: Kind::Campaign,
            granularity: Granularity::Day,
            from: back(oldest),
            to: back(newest),
            attribution: "7d_click".to_owned(),
            as_of: as_of.parse().unwrap(),
            rows,
        }
    };
    // As it was on Monday, and what was told since.
    vec![reading(3..=130, "2026-06-08T05:00:00Z"), reading(1..=28, "2026-06-10T05:00:00Z")]
}

async fn project() -> Bench {
    let bench = Bench::at(NOW).await;
    let named = |(name, id, _): &(&str, &str, _)| CAMPAIGN.replace("NAME", name).replace("ID", id);
    let files: String = campaigns().iter().map(named).collect();
    bench.write("history/adplane.yaml", "project: shop\n");
    bench.write("history/shop.yaml", ACCOUNT.replace("URL", &bench.url()) + &files + RULE);
    std::fs::create_dir_all(bench.path("history/.adplane")).unwrap();
    let store = SqliteStore::open(&SqliteOptions::new(bench.path("history/.adplane/metrics.db"))).unwrap();
    let account = StoreAccount {
        platform: Platform::Meta,
        id: AccountId::new("1234567890").unwrap(),
        currency: Currency::EUR,
        zone: Zone::parse("Europe/Madrid").unwrap(),
    };
    for reading in readings() {
        store.put(&account, &reading).await.unwrap();
    }
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_comes_with_how_good_such_forecasts_were() {
    let bench = project().await;
    let ask = ["metrics", "forecast"];
    let told =
        bench.run_in("history", &[&ask[..], &["campaign/noise", "--days", "3"]].concat()).await.exits(0);
    for words in [
        "Campaign/default/noise spend",
        "learned from: 120 days, 2026-02-10 to 2026-06-09",
        "method: ",
        "skill against last week again: 0.",
        "scaled error (MASE): 0.",
        "lay within their 80 % interval",
        "DAY         EXPECTED",
        "2026-06-12",
        "(all)",
    ] {
        assert!(told.out.contains(words), "{words}:\n{}", told.out);
    }
    assert!(!told.out.contains("2026-06-13") && !told.out.contains("no skill"), "{}", told.out);
    let hidden = bench.run_in("history", &[&ask[..], &["campaign/steps"]].concat()).await.exits(0);
    assert!(hidden.out.contains(": no skill: not shown to rules\n"), "{}", hidden.out);
    assert!(!hidden.out.contains("EXPECTED"), "nobody is to rely on it: {}", hidden.out);
    let young = bench.run_in("history", &[&ask[..], &["campaign/young"]].concat()).await.exits(1);
    let why =
        "30 days in a row are known since 2026-05-11, when delivery began: a forecast of 7 days needs 56";
    assert!(young.err.contains(why), "{}", young.err);
    let account = bench.run_in("history", &[&ask[..], &["meta-eu", "--days", "28"]].concat()).await.exits(1);
    assert!(account.err.contains("a forecast of 28 days needs 140"), "{}", account.err);
    let nobody = bench.run_in("history", &[&ask[..], &["campaign/nothing"]].concat()).await.exits(1);
    assert!(nobody.err.contains("nothing is called `campaign/nothing`"), "{}", nobody.err);
    let json = bench.run_in("history", &[&ask[..], &["--format", "json"]].concat()).await.exits(0);
    let json: Value = serde_json::from_str(&json.out).unwrap();
    let account = &json["forecasts"][0];
    assert_eq!((&json["metric"], &account["account"]), (&json!("spend"), &json!("default/meta-eu")));
    let record = &account["record"];
    assert_eq!(account["shownToRules"], json!(record["skill"].as_f64().unwrap() > 0.0), "{account}");
    assert_eq!(record["measuredOn"], json!(42), "{account}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_acts_on_a_forecast_that_has_skill_and_on_no_other() {
    let bench = project().await;
    let days = ["rules", "backtest", "--from", "2026-06-10", "--to", "2026-06-10", "--format", "json"];
    let report = bench.run_in("history", &days).await.exits(0);
    let report: Value = serde_json::from_str(&report.out).unwrap();
    let text = report.to_string();
    let pauses: Vec<&str> =
        report["pauses"].as_array().unwrap().iter().filter_map(|one| one["object"].as_str()).collect();
    assert_eq!(pauses, ["meta/meta-eu/Campaign/default/noise"], "{text}");
    assert!(text.contains("\"no-skill\":"), "the steps: {text}");
    assert!(text.contains("\"no-forecast\":"), "the young one: {text}");
}

const SHADOW: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: ahead}
spec:
  scope: {kind: Campaign, accounts: [meta-es]}
  schedule: {every: 1h}
  when: forecast.next_7d.clicks > 0.5
  action: {type: pause}
  limits: {maxShareOfScope: 1.0}
";

#[tokio::test(flavor = "multi_thread")]
async fn what_the_command_shows_the_shadow_uses() {
    let bench = Bench::at("2026-08-03T22:30:00Z").await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.advance("90d").await;
    bench.advance("8h").await;
    bench.write("ahead.yaml", SHADOW);
    bench.run(&["metrics", "sync", "--back", "90"]).await.exits(0);
    let run = bench.run(&["rules", "shadow", "--format", "json"]).await.exits(0);
    let run: Value = serde_json::from_str(&run.out).unwrap();
    let objects = run["runs"].as_array().unwrap().iter().flat_map(|run| run["objects"].as_array().unwrap());
    let mut verdicts = BTreeMap::new();
    for object in objects {
        let address = object["object"].as_str().unwrap();
        let ask = ["metrics", "forecast", address, "--metric", "clicks", "--format", "json"];
        let told: Value = serde_json::from_str(&bench.run(&ask).await.out).unwrap();
        let told = &told["forecasts"][0];
        let shown = told["shownToRules"].as_bool().unwrap();
        let verdict = object["verdict"].as_str().unwrap();
        let expected = match told["sum"].as_f64() {
            Some(sum) if shown => {
                if sum > 0.5 {
                    "true"
                } else {
                    "false"
                }
            }
            _ => "unknown",
        };
        assert_eq!(verdict, expected, "{address}: {told} {object}");
        *verdicts.entry(verdict.to_owned()).or_insert(0) += 1;
    }
    assert!(verdicts.contains_key("true"), "some campaign can be forecast: {verdicts:?}");
}

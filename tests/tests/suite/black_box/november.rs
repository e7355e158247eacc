//! A November in the hands of `adplane run` alone: a pool over Google and Meta lands on its amount, a stop-loss pauses what
//! sells nothing and nothing else, and every write has its record and its reason.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::bench::{Bench, Run};
use super::repository::Repository;

/// Ten minutes into November in Madrid.
const NOVEMBER: &str = "2026-10-31T23:10:00Z";
/// The clock is moved three times a day, and at last to the month's last minute.
const STEPS: usize = 3 * 30;
const STEP: &str = "8h";
const LAST: &str = "469m";

const POOL: &str = "\
apiVersion: adplane.io/v1alpha1
kind: Budget
metadata: {name: rain}
spec:
  pool:
    monthly: 3000.00 EUR
    onExhausted: Pause
    pattern: Even
    allocation: Weights
    weights: {search-rain: 3, social-rain: 2}
";

const STOP_LOSS: &str = "\
apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: stop-loss}
spec:
  mode: act
  scope: {kind: Campaign, selector: {matchLabels: {goal: sales}}}
  schedule: {every: 1h}
  params: {target: \"25 EUR\", k: 3}
  require: {age: 3d, minClicks: 20}
  when: last_7d.conversions == 0 && last_7d.spend >= params.k * params.target
  action: {type: pause}
  limits: {maxShareOfScope: 1.0}
";

/// Two that sell, and one that buys visits and calls them sales.
const SELLERS: &str = "\
apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: selling, labels: {goal: sales}}
spec:
  account: meta-es
  displayName: Selling
  objective: Sales
  state: Active
  rulesMayPause: true
  budget: {daily: 60.00 EUR}
  specialAdCategories: []
  targeting: {locations: [ES], ages: {min: 18}}
---
apiVersion: adplane.io/v1alpha1
kind: AdGroup
metadata: {name: selling}
spec:
  campaign: selling
  state: Active
  optimization: {goal: Purchase}
  ads:
    - {name: rain, creative: social-rain, state: Active}
---
apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: losing, labels: {goal: sales}}
spec:
  account: meta-es
  displayName: Losing
  objective: Traffic
  state: Active
  rulesMayPause: true
  budget: {daily: 25.00 EUR}
  specialAdCategories: []
  targeting: {locations: [ES], ages: {min: 18}}
---
apiVersion: adplane.io/v1alpha1
kind: AdGroup
metadata: {name: losing}
spec:
  campaign: losing
  state: Active
  ads:
    - {name: rain, creative: social-rain, state: Active}
---
apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: clips, labels: {goal: sales}}
spec:
  account: tiktok-es
  displayName: Clips
  objective: Sales
  state: Active
  rulesMayPause: true
  budget: {daily: 60.00 EUR}
  bidding: {strategy: LowestCost}
  targeting: {locations: [ES]}
---
apiVersion: adplane.io/v1alpha1
kind: AdGroup
metadata: {name: clips}
spec:
  campaign: clips
  state: Active
  optimization: {goal: Purchase}
  targeting: {ages: {min: 18}}
  ads:
    - {name: rain, creative: clip, state: Active}
---
apiVersion: adplane.io/v1alpha1
kind: Creative
metadata: {name: clip}
spec:
  primaryTexts: [Cuatro segundos de lluvia.]
  videos: [{file: assets/rain.mp4}]
  images: [{file: assets/jacket-tall.png}]
  callToAction: ShopNow
  landingPage: https://www.veleta.example/lluvia
";

/// The accounts of the examples with the campaigns of `examples/pools`, in a repository of their own.
pub(super) fn project(bench: &Bench) -> Repository {
    let repository = Repository::init(&bench.path("p"));
    bench.write("p/adplane.yaml", "project: november\n");
    let read = |file: &str| std::fs::read_to_string(bench.path(file)).unwrap();
    for file in ["search.yaml", "social.yaml"] {
        bench.write(&format!("p/{file}"), read(&format!("pools/{file}")).replace("../assets", "assets"));
    }
    bench.write("p/accounts.yaml", read("accounts.yaml"));
    for file in ["credentials/sandbox.json", "credentials/sandbox-google.json"] {
        bench.write(&format!("p/{file}"), read(file));
    }
    for file in ["rain.mp4", "jacket-tall.png", "jacket-square.png"] {
        let bytes = std::fs::read(bench.path(&format!("assets/{file}"))).unwrap();
        bench.write(&format!("p/assets/{file}"), bytes);
    }
    bench.write("p/pool.yaml", POOL);
    repository.commit("a pool over two platforms");
    repository
}

/// A pass of the daemon, as it does one after another.
pub(super) async fn pass(bench: &Bench) -> Run {
    bench.run_in("p", &["run", "--once"]).await.exits(0)
}

/// Requests that changed something: asking for a report stores one.
pub(super) async fn changes(bench: &Bench) -> Vec<Value> {
    let all = bench.log().await.into_iter().filter(|entry| entry["write"] == json!(true));
    all.filter(|entry| {
        !["/insights", "/report/"].iter().any(|part| entry["path"].as_str().unwrap().contains(part))
    })
    .collect()
}

/// What every campaign is switched to, by platform and name.
async fn switched(bench: &Bench) -> BTreeMap<String, String> {
    let state = bench.state().await;
    let of = |platform: &str, account: &str, collection: &str, name: &str, word: &str| {
        let all = state[platform][account][collection].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let each = all.into_iter().map(|one| (format!("{platform} {}", text(&one[name])), text(&one[word])));
        each.collect::<Vec<_>>()
    };
    let tiktok = "7000000000000000001";
    [
        of("google", "1000000001", "campaigns", "name", "status"),
        of("meta", "act_1000000001", "campaigns", "name", "status"),
        of("tiktok", tiktok, "campaigns", "campaign_name", "operation_status"),
        of("tiktok", tiktok, "smart_plus_campaigns", "campaign_name", "operation_status"),
    ]
    .concat()
    .into_iter()
    .collect()
}

/// Cents that the pool's campaigns delivered, as the sandbox counts them: Google's account has no other campaign, and
/// Meta's own report tells of one.
async fn delivered(bench: &Bench) -> i64 {
    let all = bench.delivery().await;
    let google = all.iter().find(|entry| entry["platform"] == json!("google")).unwrap();
    let state = bench.state().await;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().unwrap().clone();
    let rain = campaigns.iter().find(|one| one["name"] == json!("ES · Traffic · Rain")).unwrap();
    let url = format!("{}/meta/v26.0/{}/insights", bench.url(), rain["id"].as_str().unwrap());
    let query = [
        ("fields", "spend"),
        ("time_range", r#"{"since":"2026-11-01","until":"2026-11-30"}"#),
        ("access_token", "sandbox-token"),
    ];
    let answer = reqwest::Client::new().get(url).query(&query).send().await.unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let spend = answer["data"][0]["spend"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    let (whole, cents) = spend.split_once('.').unwrap();
    let meta = whole.parse::<i64>().unwrap() * 100 + cents.parse::<i64>().unwrap();
    google["spendMicros"].as_i64().unwrap() / 10_000 + meta
}

/// The apply log.
fn log(bench: &Bench) -> Vec<Value> {
    let text = std::fs::read_to_string(bench.path("p/.adplane/log.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn explained(bench: &Bench, object: &str) -> Value {
    let run = bench.run_in("p", &["explain", object, "--format", "json"]).await.exits(0);
    serde_json::from_str(&run.out).unwrap()
}

/// Plans that the records of an object name.
fn plans(explained: &Value) -> BTreeSet<String> {
    let tasks = explained["tasks"].as_array().unwrap().iter();
    let actions = explained["pools"]["actions"].as_array().unwrap().iter();
    let writes = tasks.chain(actions).filter_map(|one| one["writes"].as_array());
    writes.flatten().map(|write| write["plan"].as_str().unwrap().to_owned()).collect()
}

/// Every request that stored something is in the log, in the name of who decided it, and in the records of its object.
async fn all_is_recorded(bench: &Bench, lines: &[Value], requests: usize) {
    let event = |line: &&Value, name: &str| line["event"] == json!(name);
    let author = |line: &Value| line["actor"]["automation"].as_str().map(str::to_owned);
    let authors: BTreeSet<String> = lines
        .iter()
        .filter(|line| event(line, "begin"))
        .map(|line| author(line).unwrap_or_else(|| line.to_string()))
        .collect();
    let authors: BTreeSet<&str> = authors.iter().map(String::as_str).collect();
    assert_eq!(authors, BTreeSet::from(["pool default/rain", "rule default/stop-loss"]));
    let writes: Vec<&Value> = lines.iter().filter(|line| event(line, "write")).collect();
    let sent: BTreeSet<String> =
        writes.iter().flat_map(|write| write["requests"].as_array().unwrap()).map(Value::to_string).collect();
    assert_eq!(sent.len(), requests, "{sent:?}");
    let mut by_object: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for write in &writes {
        let plans = by_object.entry(write["address"].as_str().unwrap()).or_default();
        plans.insert(write["plan"].as_str().unwrap().to_owned());
    }
    for (object, wrote) in &by_object {
        let recorded = plans(&explained(bench, object).await);
        assert!(wrote.is_subset(&recorded), "{object}: {wrote:?} {recorded:?}");
    }
}

/// From the first pass on: a pool writes the budgets of its own campaigns and nothing else, at most twice a day, and each
/// time as it is recorded; and the one thing that was ever paused is the campaign that loses.
async fn each_wrote_its_own(bench: &Bench, lines: &[Value]) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let begins = lines.iter().filter(|line| line["event"] == json!("begin"));
    let authors: BTreeMap<String, String> =
        begins.map(|line| (text(&line["plan"]), text(&line["actor"]["automation"]))).collect();
    let mut pauses = Vec::new();
    let mut budgets: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for write in lines.iter().filter(|line| line["event"] == json!("write")) {
        let (object, author) = (text(&write["address"]), &authors[&text(&write["plan"])]);
        for field in write["fields"].as_array().unwrap() {
            if author.starts_with("pool ") {
                assert_eq!(field["path"], json!("budget.daily"), "{write}");
                budgets.entry(object.clone()).or_default().push(field);
            }
            if field["path"] == json!("state")
                && !field["before"].is_null()
                && field["after"] == json!("Paused")
            {
                pauses.push(format!("{object} by {author}"));
            }
        }
    }
    assert_eq!(pauses, ["meta/meta-es/Campaign/default/losing by rule default/stop-loss"]);
    let of: Vec<&str> = budgets.keys().map(|object| object.rsplit('/').next().unwrap()).collect();
    assert_eq!(of, ["search-rain", "social-rain"]);
    for (object, wrote) in &budgets {
        assert!(wrote.len() <= 60, "{object}: {}", wrote.len());
        let known = explained(bench, object).await;
        let actions = known["pools"]["actions"].as_array().unwrap();
        let last = actions.iter().find(|action| action["stage"] == json!("written")).unwrap();
        let value = text(&wrote.last().unwrap()["after"]);
        assert!(text(&last["change"]).ends_with(&format!("to {value}")), "{value}: {last}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_of_the_daemon_lands_on_its_amount_and_every_write_is_explained() {
    let bench = Bench::at(NOVEMBER).await;
    let repository = project(&bench);
    bench.write("p/sellers.yaml", SELLERS);
    bench.write("p/stop-loss.yaml", STOP_LOSS);
    repository.commit("what sells, and a rule that watches it");
    pass(&bench).await;
    let (before, first, begun) = (switched(&bench).await, changes(&bench).await.len(), log(&bench).len());
    assert_eq!(before.len(), 5, "{before:?}");
    let mut last = String::new();
    for step in 1..=STEPS {
        bench.advance(if step == STEPS { LAST } else { STEP }).await;
        last = pass(&bench).await.err;
        let mut running = switched(&bench).await;
        running.remove("meta Losing");
        assert!(
            running.iter().all(|(name, word)| before.get(name) == Some(word)),
            "step {step}: {running:?}"
        );
    }
    let spent = delivered(&bench).await;
    assert!((294_000..=300_000).contains(&spent), "{spent} cents of 3000.00 EUR\n{last}");

    let mut expected = before.clone();
    expected.insert("meta Losing".to_owned(), "PAUSED".to_owned());
    assert_eq!(switched(&bench).await, expected, "the one that loses, and no other");
    let wide = bench.run_in("p", &["get", "campaigns", "-o", "wide"]).await.exits(0).out;
    for column in ["SPEND", "CONVERSIONS", "CPA", "ROAS"] {
        assert!(wide.contains(column), "{column}\n{wide}");
    }
    assert!(!wide.contains("never"), "{wide}");

    let requests = changes(&bench).await.len() - first;
    each_wrote_its_own(&bench, &log(&bench)).await;
    all_is_recorded(&bench, &log(&bench)[begun..], requests).await;
    for (object, words) in [
        (
            "campaign/losing",
            [
                "default/stop-loss at ",
                "pause it: written",
                "decided on last_7d.conversions = 0, last_7d.spend = ",
                "written at ",
            ],
        ),
        (
            "campaign/search-rain",
            ["pool default/rain", "budget from ", "spent from 2026-11-01 on", "written at "],
        ),
        (
            "campaign/social-rain",
            ["pool default/rain", "budget from ", "spent from 2026-11-01 on", "written at "],
        ),
    ] {
        let told = bench.run_in("p", &["explain", object]).await.exits(0).out;
        assert!(words.iter().all(|word| told.contains(word)), "{object}\n{told}");
    }
    bench.run_in("p", &["audit", "verify"]).await.exits(0);
}

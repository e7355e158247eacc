//! What is told of live accounts: budgets, reviews, credentials.

use serde_json::{Value, json};

use super::bench::{Bench, Run};
use super::git::edit;
use super::repository::Repository;
use crate::receiver::Receiver;

const START: &str = "2026-11-02T08:00:00Z";

const POLICY: &str = "\
apiVersion: adplane.io/v1alpha1
kind: NotificationPolicy
metadata: {name: watchers}
spec:
  channels:
    - {name: hook, webhook: {credentials: {env: HOOK}}}
  routes:
    - name: live
      channels: [hook]
      match: {events: [BudgetThreshold, ReviewRejected, TokenExpiring, TrackingOutage, Anomaly]}
";

/// The examples, applied, whose events go to a receiver.
pub(super) struct Watched {
    pub(super) bench: Bench,
    receiver: Receiver,
}

impl Watched {
    pub(super) async fn open() -> Self {
        let bench = Bench::at(START).await;
        bench.write("watchers.yaml", POLICY);
        Self { bench, receiver: Receiver::start().await }
    }

    pub(super) async fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.bench.command(arguments);
        let output = command.env("HOOK", self.receiver.credentials()).output().await.unwrap();
        Run::from(output)
    }

    /// Severity and title of everything that came since the last time.
    pub(super) fn told(&self) -> Vec<String> {
        let got = self.receiver.got();
        self.receiver.forget();
        let told = |cloud: &Value| {
            let text = |name: &str| cloud["data"][name].as_str().unwrap_or_default().to_owned();
            format!("{}: {}", text("severity"), text("title"))
        };
        got.iter().map(|got| told(&got.json())).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_tells_of_a_budget_that_is_spent_and_of_it_once() {
    let shop = Watched::open().await;
    shop.run(&["apply", "--auto-approve"]).await.exits(0);
    // Ana raises 50 EUR a day to 500 on the platform; the YAML still says what is wanted.
    edit(&shop.bench, "ES · App · Installs", json!({"daily_budget": "50000"})).await;
    shop.bench.advance("14h").await;
    shop.run(&["metrics", "sync", "--back", "2"]).await.exits(0);
    let told = shop.told();
    let beyond = "Critical: campaign/social-app has spent more than 175 % of its budget of 2026-11-02";
    assert_eq!(told, [beyond]);
    shop.bench.advance("30m").await;
    shop.run(&["metrics", "sync", "--back", "2"]).await.exits(0);
    assert_eq!(shop.told(), [""; 0]);
    assert!(shop.bench.path(".adplane/watch.json").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_ad_is_told_by_the_next_look() {
    let shop = Watched::open().await;
    let file = shop.bench.path("creatives/meta.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let place = text.find("{name: app-install}").unwrap();
    let (before, after) = text.split_at(place);
    let spoilt = after.replacen("primaryTexts: [", "primaryTexts: [DISAPPROVE-ME ", 1);
    assert_ne!(spoilt, after);
    std::fs::write(&file, format!("{before}{spoilt}")).unwrap();
    shop.run(&["apply", "--auto-approve"]).await.exits(0);
    shop.run(&["drift"]).await;
    assert_eq!(shop.told(), [""; 0], "it is still looked at");
    shop.bench.advance("10m").await;
    shop.run(&["drift"]).await;
    let told = shop.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("Warning: The review rejected ad/"), "{told:?}");
    shop.run(&["drift"]).await;
    assert_eq!(shop.told(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_is_told_by_doctor_and_a_week_before() {
    let shop = Watched::open().await;
    let ends = shop.bench.now().await + jiff::SignedDuration::from_hours(24 * 10);
    shop.bench.set_options(json!({"meta.token_expires_at": ends.as_second().to_string()})).await;
    let doctor = shop.run(&["doctor"]).await.exits(0);
    assert!(doctor.out.contains(&format!("the token expires at {ends}")), "{}", doctor.out);
    shop.run(&["drift"]).await;
    assert_eq!(shop.told(), [""; 0]);
    shop.bench.advance("96h").await;
    for _ in 0..2 {
        shop.run(&["drift"]).await;
        shop.bench.advance("13h").await;
    }
    let told = [format!("Warning: The credentials of default/meta-es expire at {ends}")];
    assert_eq!(shop.told(), told);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_reads_numbers_every_quarter_of_an_hour() {
    let shop = Watched::open().await;
    let repository = Repository::init(&shop.bench.path(""));
    // What the accounts name must be there, whatever else is ignored.
    shop.bench.write(".gitignore", ".adplane/\n");
    repository.commit("the shop");
    let reports = async || {
        let log = shop.bench.log().await;
        log.iter().filter(|entry| entry["path"].as_str().unwrap_or_default().contains("/insights")).count()
    };
    shop.run(&["run", "--once"]).await.exits(0);
    let first = reports().await;
    assert!(first > 0, "nobody read what Meta delivered");
    shop.bench.advance("10m").await;
    shop.run(&["run", "--once"]).await.exits(0);
    assert_eq!(reports().await, first, "it was read ten minutes ago");
    shop.bench.advance("6m").await;
    shop.run(&["run", "--once"]).await.exits(0);
    assert!(reports().await > first);
    let query = shop.run(&["metrics", "query", "--window", "today", "--format", "json"]).await.exits(0);
    assert!(query.out.contains("spend"), "{}", query.out);
}

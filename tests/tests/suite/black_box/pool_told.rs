//! A pool's money is told: most of it, all of it, and that a hard pool stops; each once, whoever paces it.

use std::time::Duration;

use serde_json::Value;

use super::bench::{Bench, Run};
use super::pacing::{live, shop};
use super::pools::cents;
use super::repository::Repository;
use crate::receiver::Receiver;

const POLICY: &str = "\
apiVersion: adplane.io/v1alpha1
kind: NotificationPolicy
metadata: {name: watchers}
spec:
  channels:
    - {name: hook, webhook: {credentials: {env: HOOK}}}
  routes:
    - name: money
      channels: [hook]
      match: {events: [BudgetThreshold], kinds: [Budget]}
";

struct Pool {
    bench: Bench,
    repository: Repository,
    receiver: Receiver,
}

impl Pool {
    /// Three days of a month with more than enough money.
    async fn after_three_days() -> Self {
        let (bench, repository) = shop(Duration::ZERO).await;
        bench.write("p/watchers.yaml", POLICY);
        repository.commit("somebody is told");
        let pool = Self { bench, repository, receiver: Receiver::start().await };
        for _ in 0..3 {
            pool.run(&["run", "--once"]).await.exits(0);
            pool.bench.advance("24h").await;
        }
        pool.run(&["run", "--once"]).await.exits(0);
        assert_eq!(pool.told(), [""; 0], "a tenth of it is spent");
        pool
    }

    async fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.bench.command(arguments);
        let command = command.current_dir(self.bench.path("p")).env("HOOK", self.receiver.credentials());
        Run::from(command.output().await.unwrap())
    }

    /// Sets the amount so that nine tenths of it are spent.
    async fn has_a_tenth_left(&self, on_exhausted: &str) {
        let told = self.run(&["budgets", "--format", "json"]).await.exits(0);
        let told: Value = serde_json::from_str(&told.out).unwrap();
        let amount = cents(&told["pools"][0]["spent"]) * 10 / 9;
        let text = std::fs::read_to_string(self.bench.path("p/pool.yaml")).unwrap();
        let changed = text
            .replace("3000.00 EUR", &format!("{}.{:02} EUR", amount / 100, amount % 100))
            .replace("onExhausted: Pause", &format!("onExhausted: {on_exhausted}"));
        assert_ne!(text, changed);
        self.bench.write("p/pool.yaml", changed);
        self.repository.commit("less money");
    }

    /// Severity, title, subject and accounts of everything that came since the last time.
    fn told(&self) -> Vec<String> {
        let got = self.receiver.got();
        self.receiver.forget();
        let told = |cloud: &Value| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (severity, title) = (text(&cloud["data"]["severity"]), text(&cloud["data"]["title"]));
            let accounts = cloud["data"]["pool"]["accounts"].as_array().into_iter().flatten().map(text);
            format!(
                "{severity}: {title} ({}: {})",
                text(&cloud["subject"]),
                accounts.collect::<Vec<_>>().join(", ")
            )
        };
        got.iter().map(|got| told(&got.json())).collect()
    }
}

const MONTH: &str = "of its budget of the calendar month from 2026-11-01";

#[tokio::test(flavor = "multi_thread")]
async fn a_soft_pool_is_told_at_four_fifths_and_once_it_spends_beyond_its_amount() {
    let pool = Pool::after_three_days().await;
    pool.has_a_tenth_left("Alert").await;
    let mut told = Vec::new();
    for _ in 0..10 {
        // Meta takes no amount below what today has spent: that write may fail.
        pool.run(&["run", "--once"]).await;
        told.push(pool.told());
        pool.bench.advance("12h").await;
    }
    let most =
        format!("Warning: Pool default/rain has spent 80 % {MONTH} (pool/default/rain: google-es, meta-es)");
    assert_eq!(told[0], [most], "{told:?}");
    let all = format!(
        "Critical: Pool default/rain has spent 100 % {MONTH} (pool/default/rain: google-es, meta-es)"
    );
    assert_eq!(told[1..].concat(), [all], "{told:?}");
    assert!(live(&pool.bench).await.iter().all(|cents| *cents > 0), "and its campaigns go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_pool_that_pauses_everything_says_so_also_by_hand() {
    let pool = Pool::after_three_days().await;
    pool.has_a_tenth_left("Pause").await;
    pool.run(&["budgets"]).await.exits(0);
    assert_eq!(pool.told(), [""; 0], "a look changes nothing");
    pool.run(&["budgets", "--put"]).await.exits(0);
    let stops = "Warning: Pool default/rain pauses its campaigns: what is left";
    assert_eq!(
        pool.told(),
        [format!("{stops} {MONTH} is too little (pool/default/rain: google-es, meta-es)")]
    );
    pool.run(&["budgets", "--put"]).await.exits(0);
    pool.run(&["run", "--once"]).await.exits(0);
    pool.bench.advance("25h").await;
    pool.run(&["run", "--once"]).await.exits(0);
    assert_eq!(pool.told(), [""; 0], "once, whoever looks");
}

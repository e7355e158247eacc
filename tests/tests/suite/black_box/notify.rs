//! Who is told what a command did, and what happens when they cannot be.

use std::time::Duration;

use serde_json::{Value, json};

use super::bench::{Bench, Run};
use super::git::{campaign, edit, start};
use crate::receiver::{Answer, HIDDEN, Receiver, SECRET};

const POLICY: &str = "\
apiVersion: adplane.io/v1alpha1
kind: NotificationPolicy
metadata: {name: team}
spec:
  channels:
    - {name: hook, webhook: {credentials: {env: HOOK}}}
  routes:
    - {name: all, channels: [hook]}
";

/// A project of two campaigns whose events go to a receiver.
struct Shop {
    bench: Bench,
    receiver: Receiver,
    repository: super::repository::Repository,
}

impl Shop {
    async fn open() -> Self {
        let bench = Bench::start().await;
        let repository = start(&bench);
        bench.write("p/team.yaml", POLICY);
        repository.commit("tell the team");
        Self { bench, receiver: Receiver::start().await, repository }
    }

    fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let mut command = self.bench.command(arguments);
        command.current_dir(self.bench.path("p")).env("HOOK", self.receiver.credentials());
        command
    }

    async fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().await.unwrap();
        let run = Run::from(output);
        for secret in [HIDDEN, SECRET] {
            assert!(!run.out.contains(secret) && !run.err.contains(secret), "{run:?}");
        }
        run
    }

    /// Type, severity and title of everything that came.
    fn told(&self) -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let told = |got: &crate::receiver::Got| {
            let cloud = got.json();
            (text(&cloud["type"]), text(&cloud["data"]["severity"]), text(&cloud["data"]["title"]))
        };
        self.receiver.got().iter().map(told).collect()
    }

    fn waiting(&self) -> usize {
        let folder = self.bench.path("p/.adplane/outbox/pending");
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }
}

fn told(kind: &str, severity: &str, title: &str) -> (String, String, String) {
    (format!("io.adplane.{kind}"), severity.to_owned(), title.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_tells_once_what_it_did() {
    let shop = Shop::open().await;
    shop.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(shop.told(), [told("apply.done", "Info", "Applied 2 changes on default/meta-eu")]);
    let cloud = shop.receiver.got()[0].json();
    assert_eq!(cloud["source"], "/adplane/retail");
    assert_eq!(
        cloud["data"]["facts"][0],
        json!({"label": "Daily spend", "text": "from 0.00 EUR to 40.00 EUR"})
    );
    // There is nothing to tell of nothing to do.
    shop.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(shop.told().len(), 1);
    assert_eq!(shop.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_receiver_has_answered_it_is_sent_again_under_the_same_id() {
    let shop = Shop::open().await;
    shop.receiver.answers([Answer::Silence]);
    let mut child = shop.command(&["apply", "--auto-approve"]).spawn().unwrap();
    shop.receiver.wait_for(1).await;
    child.kill().await.unwrap();
    assert_eq!(shop.waiting(), 1, "what was not taken is still there");
    let list = shop.run(&["ops", "list"]).await.exits(0);
    assert!(list.out.contains("Applied 2 changes on default/meta-eu"), "{}", list.out);
    // The next command sends it, whatever else it does.
    shop.run(&["apply", "--auto-approve"]).await.exits(0);
    let got = shop.receiver.got();
    assert_eq!(got.len(), 2);
    for name in ["adplane-delivery", "content-type"] {
        assert_eq!(got[0].header(name), got[1].header(name));
    }
    assert_eq!(got[0].body, got[1].body, "the same event with the same id");
    assert_eq!(shop.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_fails_is_told_and_changes_nothing() {
    let shop = Shop::open().await;
    shop.receiver.answers([Answer::Status(503, None)]);
    let applied = shop.run(&["apply", "--auto-approve"]).await.exits(0);
    assert!(
        applied.err.contains("default/team/hook was not told: 127.0.0.1 answered 503"),
        "{}",
        applied.err
    );
    let list = shop.run(&["ops", "list", "--format", "json"]).await.exits(0);
    let list: Value = serde_json::from_str(&list.out).unwrap();
    assert_eq!((&list[0]["state"], &list[0]["attempts"]), (&json!("pending"), &json!(1)));
    let sent = shop.run(&["ops", "retry"]).await.exits(0);
    assert_eq!(sent.out, "Sent 1 of 1 messages.\n");
    assert_eq!(shop.receiver.got().len(), 2);
    let list = shop.run(&["ops", "list"]).await.exits(0);
    assert_eq!(list.out, "Nothing waits, and nothing was given up.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_that_cannot_be_written_stops_nothing() {
    let shop = Shop::open().await;
    std::fs::create_dir_all(shop.bench.path("p/.adplane")).unwrap();
    shop.bench.write("p/.adplane/outbox", "in the way");
    let applied = shop.run(&["apply", "--auto-approve"]).await.exits(0);
    assert!(applied.err.contains("nobody is told: notifications cannot be kept"), "{}", applied.err);
    assert_eq!(shop.told(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_what_failed_and_what_drifted_is_told_once() {
    let shop = Shop::open().await;
    shop.run(&["apply", "--auto-approve"]).await.exits(0);
    edit(&shop.bench, "a", json!({"daily_budget": "9900"})).await;
    shop.run(&["drift"]).await.exits(2);
    shop.run(&["drift"]).await.exits(2);
    assert_eq!(
        shop.told()[1..],
        [told("drift", "Warning", "campaign/a on meta-eu was changed on the platform")]
    );
    let facts = shop.receiver.got()[1].json()["data"]["facts"].clone();
    assert_eq!(facts[0], json!({"label": "budget.daily", "text": "20.00 EUR in the YAML, 99.00 EUR live"}));
    assert!(facts[1]["text"].as_str().unwrap().starts_with("ana@shop.example"), "{facts}");

    shop.bench.write("p/adplane.yaml", "project: retail\napprovals: {classes: {raise: {approvals: 1}}}\n");
    shop.bench.write("p/b.yaml", campaign("b", "30.00 EUR"));
    shop.run(&["apply", "--auto-approve"]).await.exits(6);
    let pending = told("plan.pending", "Warning", "A plan with 2 changes on default/meta-eu waits");
    assert_eq!(shop.told()[2..], [pending]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_tells_and_sends_at_every_pass() {
    let shop = Shop::open().await;
    shop.receiver.answers([Answer::Status(500, None)]);
    shop.run(&["run", "--once"]).await.exits(0);
    assert_eq!((shop.told().len(), shop.waiting()), (1, 1));
    // The sandbox's clock is the clock of retries as well.
    shop.bench.advance("2m").await;
    shop.run(&["run", "--once"]).await.exits(0);
    assert_eq!(shop.told()[1], told("apply.done", "Info", "Applied 2 changes on default/meta-eu"));
    assert_eq!(shop.waiting(), 0);

    shop.bench.write("p/adplane.yaml", "project: retail\napprovals: {classes: {raise: {approvals: 1}}}\n");
    shop.bench.write("p/a.yaml", campaign("a", "30.00 EUR"));
    shop.repository.commit("raise a");
    for _ in 0..2 {
        shop.run(&["run", "--once"]).await.exits(6);
    }
    let pending = told("plan.pending", "Warning", "A plan with 1 change on default/meta-eu waits");
    assert_eq!(shop.told()[2..], [pending], "the same plan is news once");

    shop.bench.write("p/b.yaml", "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {name: b}\n");
    shop.repository.commit("break b");
    shop.run(&["run", "--once"]).await.exits(1);
    assert_eq!(shop.told().len(), 3, "without a sound commit nobody knows whom to tell");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_is_told_at_once() {
    let shop = Shop::open().await;
    shop.run(&["apply", "--auto-approve"]).await.exits(0);
    shop.run(&["pause", "--all", "--reason", "wrong prices"]).await.exits(0);
    shop.run(&["pause", "--lift", "--auto-approve"]).await.exits(0);
    assert_eq!(
        shop.told()[1..],
        [
            told("killswitch", "Critical", "Spend is stopped: the whole project (2 campaigns now)"),
            told("killswitch", "Critical", "The pause of the whole project is lifted"),
        ]
    );
    let facts = shop.receiver.got()[1].json()["data"]["facts"].to_string();
    assert!(facts.contains("wrong prices"), "{facts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_plan_tells_the_team_of_its_project() {
    let shop = Shop::open().await;
    shop.run(&["plan", "--out", "plan.json"]).await.exits(0);
    shop.run(&["apply", "plan.json"]).await.exits(0);
    assert_eq!(shop.told(), [told("apply.done", "Info", "Applied 2 changes on default/meta-eu")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_can_be_tried_and_dead_letters_dropped() {
    let shop = Shop::open().await;
    let tried = shop.run(&["ops", "test"]).await.exits(0);
    assert_eq!(
        tried.out,
        "default/team/hook (webhook, 127.0.0.1): sent\n  route all: every event, Info and above\n"
    );
    assert_eq!(shop.told()[0].0, "io.adplane.test");
    shop.receiver.answers([Answer::Status(401, None)]);
    let tried = shop.run(&["ops", "test", "--channel", "hook"]).await.exits(1);
    assert!(tried.out.contains("NOT SENT: 127.0.0.1 answered 401"), "{}", tried.out);
    shop.run(&["ops", "test", "--channel", "nobody"]).await.exits(1);
    assert_eq!(shop.waiting(), 0, "a test is kept nowhere");

    shop.receiver.answers([Answer::Status(410, None)]);
    let applied = shop.run(&["apply", "--auto-approve"]).await.exits(0);
    assert!(applied.err.contains("given up: 1"), "{}", applied.err);
    let list = shop.run(&["ops", "list"]).await.exits(0);
    assert!(list.out.contains("given up"), "{}", list.out);
    let id = list.out.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    shop.run(&["ops", "drop"]).await.exits(64);
    shop.run(&["ops", "drop", "000000000000"]).await.exits(1);
    let dropped = shop.run(&["ops", "drop", &id]).await.exits(0);
    assert_eq!(dropped.out, "Dropped 1 message; nobody will be told.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_receiver_does_not_hold_a_command_for_long() {
    let shop = Shop::open().await;
    shop.receiver.answers([Answer::Silence]);
    let started = std::time::Instant::now();
    let applied = shop.run(&["apply", "--auto-approve"]).await.exits(0);
    assert!(applied.err.contains("127.0.0.1 did not answer in 10 s"), "{}", applied.err);
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
    assert_eq!(shop.waiting(), 1);
}

//! What becomes of a rule's decision that nobody answers, whose plan waits, or whose writes fail; and what people are told.

use serde_json::{Value, json};

use super::acting::{LESS, live, moved, shop};
use super::bench::{Bench, Run};
use super::proposals::asked;
use crate::receiver::Receiver;

const ENGAGEMENT: &str = "ES · Engagement · Ask us";
const POLICY: &str = "apiVersion: adplane.io/v1alpha1
kind: NotificationPolicy
metadata: {name: team}
spec:
  channels:
    - {name: hook, webhook: {credentials: {env: HOOK}}}
  routes:
    - {name: rules, channels: [hook], match: {events: [RuleFired, RuleSuspended, RuleUnknown]}}
";

/// The project, with somebody who is told of rules.
struct Told {
    bench: Bench,
    receiver: Receiver,
}

impl Told {
    async fn of(rules: &str) -> Self {
        let bench = shop(rules).await;
        bench.write("team.yaml", POLICY);
        Self { bench, receiver: Receiver::start().await }
    }

    async fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.bench.command(arguments);
        let output = command.env("HOOK", self.receiver.credentials()).output().await.unwrap();
        Run::from(output)
    }

    /// Type, title and facts of what came about the campaign whose budget git lends, or about the rule itself; then it is
    /// forgotten.
    fn came(&self) -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let told = self.receiver.got().into_iter().map(|got| got.json()).map(|cloud| {
            (text(&cloud["type"]), text(&cloud["data"]["title"]), cloud["data"]["facts"].to_string())
        });
        let found = told.filter(|(kind, title, _)| {
            kind.ends_with("suspended")
                || kind.ends_with("unknown")
                || title.contains("campaign/social-engagement")
        });
        let found = found.collect();
        self.receiver.forget();
        found
    }
}

fn with_approval(rule: &str, approval: &str) -> String {
    format!("{rule}  approval: {approval}\n").replace("mode: act", "mode: propose")
}

/// What a proposal or decision about an object has become, with why.
async fn became(bench: &Bench, object: &str) -> Vec<(String, String)> {
    let list = bench.run(&["rules", "proposals", "--all", "--format", "json"]).await.exits(0);
    let document: Value = serde_json::from_str(&list.out).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = document["proposals"].as_array().unwrap().iter();
    let about = all.filter(|one| text(&one["intent"]["object"]).ends_with(object));
    about.map(|one| (text(&one["stage"]), text(&one["why"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_that_nobody_answers_is_done_where_its_rule_says_so() {
    let bench = shop(&with_approval(LESS, "{timeout: 2h, onTimeout: apply}")).await;
    let (before, writes) = (live(&bench).await, bench.writes().await);
    let asks = bench.run(&["rules", "run"]).await.exits(0);
    assert!(asks.out.contains("proposed"), "{}", asks.out);
    bench.advance("1h").await;
    bench.run(&["rules", "run"]).await.exits(0);
    assert_eq!(bench.writes().await, writes, "somebody may still answer");
    bench.advance("1h").await;
    let done = bench.run(&["rules", "run"]).await.exits(0);
    assert!(done.out.contains("written"), "{}", done.out);
    assert_eq!(moved(&before, &live(&bench).await), [format!("{ENGAGEMENT}: ACTIVE 2400")]);
    let log = bench.run(&["rules", "proposals", "--all"]).await.exits(0);
    assert!(log.out.contains("written"), "{}", log.out);
    // Of what git owns, nobody's silence is a commit.
    assert_eq!(became(&bench, "social-app").await[0].0, "agreed");
    // Once done, once only.
    bench.run(&["rules", "run"]).await.exits(0);
    assert_eq!(bench.writes().await, writes + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_that_nobody_answers_expires() {
    let raise = LESS.replace("-20%", "+10%");
    let expires = with_approval(&raise, "{timeout: 2h, onTimeout: expire}");
    let bench = shop(&expires).await;
    bench.write("rules.yaml", with_approval(&raise, "{timeout: 2h, onTimeout: apply}"));
    let refused = bench.run(&["rules", "run"]).await.exits(1);
    assert!(refused.err.contains("onTimeout"), "silence raises nothing: {}", refused.err);
    bench.write("rules.yaml", expires);
    let (before, writes) = (live(&bench).await, bench.writes().await);
    bench.run(&["rules", "run"]).await.exits(0);
    asked(&bench, "social-engagement").await;
    bench.advance("2h").await;
    bench.run(&["rules", "run"]).await.exits(0);
    let (stage, why) = became(&bench, "social-engagement").await[0].clone();
    assert!(stage == "expired" && why.starts_with("nobody decided by "), "{stage}: {why}");
    assert_eq!((live(&bench).await, bench.writes().await), (before, writes));
}

/// Without a signature: `tests/approvals` signs one.
#[tokio::test(flavor = "multi_thread")]
async fn a_decision_whose_plan_nobody_approves_is_given_up() {
    let bench = shop(&LESS.replace("-20%", "+10%")).await;
    let project = std::fs::read_to_string(bench.path("adplane.yaml")).unwrap();
    bench.write("adplane.yaml", format!("{project}\napprovals: {{classes: {{raise: {{approvals: 1}}}}}}\n"));
    let (before, writes) = (live(&bench).await, bench.writes().await);
    bench.run(&["rules", "run"]).await.exits(0);
    let digits = asked(&bench, "social-engagement").await;
    let waits = bench.run(&["rules", "approve", &digits]).await.exits(6);
    assert!(
        waits.out.contains("waits") && waits.out.contains("adplane approve .adplane/plans/plan-"),
        "{waits:?}"
    );
    let plans: Vec<_> = std::fs::read_dir(bench.path(".adplane/plans")).unwrap().collect();
    assert_eq!(plans.len(), 1, "it is there to be signed");
    // It is not in force, stands in nobody's way, and is asked about again by no run.
    let again = bench.run(&["rules", "run"]).await.exits(6);
    assert!(again.out.contains("waits"), "{}", again.out);
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    bench.advance("25h").await;
    bench.run(&["rules", "run"]).await;
    let (stage, why) = became(&bench, "social-engagement").await[0].clone();
    assert!(stage == "lapsed" && why.starts_with("it was not put in force by "), "{stage}: {why}");
    assert_eq!((live(&bench).await, bench.writes().await), (before, writes));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_whose_writes_fail_is_suspended_until_somebody_lifts_it() {
    let told = Told::of(LESS).await;
    let bench = &told.bench;
    let before = live(bench).await;
    bench
        .faults(json!([{"match": {"platform": "meta", "method": "POST"}, "times": 500, "kind": "refused"}]))
        .await;
    let mut suspended = String::new();
    for attempt in 0..4 {
        assert!(suspended.is_empty(), "attempt {attempt}: three say nothing yet: {suspended}");
        let failed = told.run(&["rules", "run"]).await.exits(4);
        assert!(failed.out.contains("inForce"), "{}", failed.out);
        suspended = failed.err.lines().filter(|line| line.contains("suspended")).collect();
    }
    assert!(suspended.contains("4 of its 4 writes failed"), "{suspended}");
    let events = told.came();
    let kinds: Vec<&str> = events.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(kinds, ["io.adplane.rule.suspended"], "what is not live has not fired: {events:?}");
    let (_, title, facts) = &events[0];
    assert_eq!(title, "Rule default/less is suspended");
    assert!(facts.contains("adplane rules lift default/less"), "{facts}");

    // Once the platform takes it, what lowers spend waits for nobody; the rule decides nothing new all the same.
    bench.faults(json!([])).await;
    bench.advance("2h").await;
    let done = told.run(&["rules", "run"]).await.exits(0);
    assert!(done.out.contains("written"), "{}", done.out);
    assert_eq!(moved(&before, &live(bench).await), [format!("{ENGAGEMENT}: ACTIVE 2400")]);
    let events = told.came();
    let [(kind, title, _)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(kind, "io.adplane.rule.fired");
    assert!(title.contains("budget from 30.00 EUR to 24.00 EUR campaign/social-engagement"), "{title}");
    bench.advance("1h").await;
    let rests = told.run(&["rules", "run"]).await.exits(0);
    assert!(rests.err.contains("rule `default/less` is suspended"), "{rests:?}");

    told.run(&["rules", "lift", "nobody"]).await.exits(1);
    told.run(&["rules", "lift", "default/less"]).await.exits(0);
    let runs = told.run(&["rules", "run"]).await.exits(0);
    assert!(!runs.err.contains("is suspended"), "{runs:?}");
    assert_eq!(told.came(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_platform_suspends_no_rule() {
    let told = Told::of(LESS).await;
    let bench = &told.bench;
    let before = live(bench).await;
    bench
        .faults(json!([{"match": {"platform": "meta", "method": "POST"}, "times": 500, "kind": "http_500"}]))
        .await;
    for _ in 0..5 {
        let failed = told.run(&["rules", "run"]).await.exits(4);
        assert!(failed.out.contains("inForce") && !failed.err.contains("suspended"), "{failed:?}");
    }
    bench.faults(json!([])).await;
    let done = told.run(&["rules", "run"]).await.exits(0);
    assert!(done.out.contains("written"), "{}", done.out);
    assert_eq!(moved(&before, &live(bench).await), [format!("{ENGAGEMENT}: ACTIVE 2400")]);
    let kinds: Vec<String> = told.came().into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["io.adplane.rule.fired"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_cannot_judge_is_told_once() {
    let told = Told::of(&LESS.replace("freshness: 72h", "freshness: 30m")).await;
    for run in 1..8 {
        told.bench.advance("1h").await;
        told.run(&["rules", "run"]).await.exits(0);
        let events = told.came();
        if run != 6 {
            assert_eq!(events, [], "run {run}");
            continue;
        }
        let [(kind, title, facts)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(kind, "io.adplane.rule.unknown");
        assert!(title.starts_with("Rule default/less cannot judge campaign/"), "{title}");
        assert!(title.ends_with(": unknown in 6 runs"), "{title}");
        assert!(facts.contains("Because"), "{facts}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_is_told_says_so() {
    let says = LESS.replace("{type: adjustBudget, by: \"-20%\"}", "{type: notify, message: look}");
    let bench = shop(&says).await;
    let warned = bench.run(&["validate"]).await.exits(0);
    assert!(format!("{}{}", warned.out, warned.err).contains("rule-tells-nobody"), "{warned:?}");
    let run = bench.run(&["rules", "run"]).await.exits(0);
    assert!(run.out.contains("toldNobody") && run.out.contains("no route"), "{}", run.out);
    // A route for graver things does not take it.
    bench.write("team.yaml", POLICY.replace("match: {", "match: {severity: Warning, "));
    let warned = bench.run(&["validate"]).await.exits(0);
    assert!(format!("{}{}", warned.out, warned.err).contains("rule-tells-nobody"), "{warned:?}");
    bench.write("team.yaml", POLICY);
    let sound = bench.run(&["validate"]).await.exits(0);
    assert!(!format!("{}{}", sound.out, sound.err).contains("rule-tells-nobody"), "{sound:?}");
    bench.advance("25h").await;
    bench.run(&["metrics", "sync", "--back", "3"]).await.exits(0);
    let run = bench.run(&["rules", "run"]).await.exits(0);
    assert!(run.out.contains("told ") && !run.out.contains("toldNobody"), "{}", run.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_and_what_was_done_is_told_once_each() {
    let told = Told::of(&LESS.replace("-20%", "+10%")).await;
    told.run(&["rules", "run"]).await.exits(0);
    let digits = asked(&told.bench, "social-engagement").await;
    let events = told.came();
    let [(kind, title, facts)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(kind, "io.adplane.rule.fired");
    assert!(title.contains("budget from 30.00 EUR to 33.00 EUR campaign/social-engagement"), "{title}");
    let how = format!("adplane rules approve {digits}");
    assert!(facts.contains("it raises spend") && facts.contains(&how), "{facts}");
    let asks = title.clone();
    told.run(&["rules", "run"]).await.exits(0);
    assert_eq!(told.came(), [], "who was asked knows it");
    told.run(&["rules", "approve", &digits]).await.exits(0);
    let events = told.came();
    let [(kind, title, _)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(kind, "io.adplane.rule.fired");
    assert_ne!(*title, asks, "it is done now");
    told.run(&["rules", "run"]).await.exits(0);
    assert_eq!(told.came(), []);
}

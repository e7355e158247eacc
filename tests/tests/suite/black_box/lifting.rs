//! What a rule holds on an object, and a person takes back: visibly, and nothing is spent before the next plan.

use super::bench::Bench;
use super::rule_shop::{META, SPENT, live, moved, open, rule, run};

const LENT: &str = "{managed: {daily: {initial: 60.00 EUR, min: 20.00 EUR, max: 100.00 EUR}}}";

/// A rule that would do it again in every hour, did it not rest.
fn on_what_spent(name: &str, action: &str) -> String {
    let rest = format!("  schedule: {{every: 1h}}\n  action: {action}\n  limits: {{maxShareOfScope: 1.0}}\n");
    rule(name, "kind: Campaign", SPENT, &rest)
}

fn in_force(bench: &Bench) -> usize {
    let files = std::fs::read_dir(bench.path(".adplane/overrides")).into_iter().flatten();
    files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "json")).count()
}

/// The next run, on new numbers.
async fn later(bench: &Bench) {
    bench.advance("1h").await;
    bench.run(&["metrics", "sync"]).await.exits(0);
    run(bench, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_somebody_lifts_ends_with_the_next_plan_and_not_before() {
    let bench = open(&META.whole("sale", "", "{daily: 60.00 EUR}")).await;
    let before = live(&bench).await;
    bench.write("stop.yaml", on_what_spent("stop", "{type: pause}"));
    run(&bench, 0).await;
    let held = live(&bench).await;
    assert_eq!(moved(&before, &held), ["campaign/meta-sale: off 6000"]);
    assert_eq!(in_force(&bench), 1);

    // Nearly as long ago as the rule itself rests.
    bench.advance("23h").await;
    let writes = bench.writes().await;
    let lifted = bench.run(&["rules", "lift", "--on", "campaign/meta-sale"]).await.exits(0);
    for word in ["default/stop", "campaign/meta-sale", "state", "Paused"] {
        assert!(lifted.out.contains(word), "{word}\n{}", lifted.out);
    }
    assert!(lifted.err.contains("nothing was written"), "{}", lifted.err);
    assert_eq!((in_force(&bench), bench.writes().await), (0, writes));
    assert_eq!(live(&bench).await, held, "it spends nothing by itself");
    let why = bench.run(&["explain", "campaign/meta-sale"]).await.exits(0);
    assert!(why.out.contains("lifted it"), "{}", why.out);

    // The rule lets it rest, whether the plan has been applied or not.
    later(&bench).await;
    assert_eq!((in_force(&bench), live(&bench).await), (0, held));
    let plan = bench.run(&["plan"]).await;
    assert!(plan.out.contains("meta-sale") && plan.out.contains("Active"), "{}", plan.out);
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(live(&bench).await, before);
    later(&bench).await;
    assert_eq!(live(&bench).await, before, "a person has decided");

    let nothing = bench.run(&["rules", "lift", "--on", "campaign/meta-sale"]).await.exits(1);
    assert!(nothing.err.contains("no rule holds anything on campaign/meta-sale"), "{}", nothing.err);
    bench.run(&["rules", "lift"]).await.exits(64);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_is_lifted_of_the_rule_that_is_named() {
    let bench = open(&META.whole("sale", "", LENT)).await;
    let before = live(&bench).await;
    bench.write("less.yaml", on_what_spent("less", "{type: adjustBudget, by: \"-20%\"}"));
    run(&bench, 0).await;
    let less = live(&bench).await;
    assert_eq!(moved(&before, &less), ["campaign/meta-sale: on 4800"]);

    // A cut rests for four hours.
    bench.advance("5h").await;
    let other = bench.run(&["rules", "lift", "default/more", "--on", "campaign/meta-sale"]).await.exits(1);
    assert!(other.err.contains("rule `default/more` does not hold anything"), "{}", other.err);
    assert_eq!(in_force(&bench), 1);
    let lifted = bench.run(&["rules", "lift", "default/less", "--on", "campaign/meta-sale"]).await.exits(0);
    assert!(lifted.out.contains("48.00 EUR"), "{}", lifted.out);
    assert_eq!((in_force(&bench), live(&bench).await), (0, less));
    let plan = bench.run(&["plan"]).await;
    assert!(plan.out.contains("48.00 EUR") && plan.out.contains("60.00 EUR"), "{}", plan.out);
    later(&bench).await;
    assert_eq!(in_force(&bench), 0, "it rests");
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(live(&bench).await, before);
}

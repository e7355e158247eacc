//! A rule that lets go of what it paused, beside another one that wants it to stay paused.

use serde_json::Value;

use super::bench::Bench;
use super::rule_shop::{META, SPENT, live, moved, open, rule, run};

/// A rule that pauses what has spent.
fn pauses(name: &str, rest: &str) -> String {
    let rest = format!("{rest}  action: {{type: pause}}\n  limits: {{maxShareOfScope: 1.0}}\n");
    rule(name, "kind: Campaign", SPENT, &rest)
}

/// What waits for an answer.
async fn proposals(bench: &Bench) -> Vec<String> {
    let list = bench.run(&["rules", "proposals", "--format", "json"]).await.exits(0);
    let document: Value = serde_json::from_str(&list.out).unwrap();
    let all = document["proposals"].as_array().unwrap().iter();
    all.map(|one| one["digest"].as_str().unwrap()["sha256:".len()..][..12].to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_rule_lets_go_of_stays_paused_where_another_wants_it_so() {
    let bench = open(&META.whole("sale", "", "{daily: 60.00 EUR}")).await;
    let before = live(&bench).await;
    bench.write("night.yaml", pauses("night", &format!("  priority: 50\n  release: {SPENT}\n")));
    run(&bench, 0).await;
    let held = live(&bench).await;
    assert_eq!(moved(&before, &held), ["campaign/meta-sale: off 6000"]);

    let stop = pauses("stop", "  priority: 100\n");
    bench.write("stop.yaml", &stop);
    bench.advance("1h").await;
    let kept = run(&bench, 0).await;
    assert!(
        kept.out.contains("superseded") && kept.out.contains("rule `default/stop` went first"),
        "{}",
        kept.out
    );
    assert_eq!((proposals(&bench).await, live(&bench).await), (vec![], held.clone()));
    let why = bench.run(&["explain", "campaign/meta-sale"]).await.exits(0);
    assert!(
        why.out.contains("another rule holds it paused, and this one wants it to stay so"),
        "{}",
        why.out
    );

    // Alone it asks; nobody can agree to it once the other is back.
    std::fs::remove_file(bench.path("stop.yaml")).unwrap();
    bench.advance("1h").await;
    run(&bench, 0).await;
    let asked = proposals(&bench).await;
    bench.write("stop.yaml", stop);
    let refused = bench.run(&["rules", "approve", &asked[0]]).await.exits(5);
    assert!(format!("{}{}", refused.out, refused.err).contains("`default/stop`"), "{refused:?}");
    assert_eq!(live(&bench).await, held);
}

//! Several at once: two applies, an apply while somebody plans, a lock that somebody holds.

use std::time::Duration;

use adplane_engine::state::{Actor, Holder, StateDir};
use serde_json::Value;

use super::bench::{Bench, Run};
use super::freezes::{campaign, unwrapped, write};

/// Late enough for two processes to meet.
const LATENCY: Duration = Duration::from_millis(300);

async fn finish(child: tokio::process::Child) -> Run {
    let output = child.wait_with_output().await.unwrap();
    Run::from(output)
}

/// Each campaign of ours is there once.
async fn nothing_twice(bench: &Bench, campaigns: usize) {
    let markers = bench.markers().await;
    assert!(markers.values().all(|count| *count == 1), "{markers:?}");
    assert_eq!(markers.len(), campaigns, "{markers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_the_lock_is_named() {
    let bench = Bench::start().await;
    write(&bench, &campaign("spring", "20.00"));
    bench.run(&["plan", "shop", "--out", "p.json"]).await.exits(0);
    let actor = Actor { user: Some("ana".into()), host: Some("build-7".into()), ..Actor::default() };
    let holder = Holder::here(&actor, "sha256:3f9c2a71d0b4", "2026-11-02T08:00:00Z".parse().unwrap());
    let lock = StateDir::of_project(&bench.path("shop")).lock(&holder).unwrap();
    for arguments in [&["apply", "p.json"][..], &["apply", "shop", "--auto-approve"]] {
        let refused = bench.run(arguments).await.exits(1);
        let told = unwrapped(&refused.err);
        let process = std::process::id();
        let expected = format!(
            "another apply is running here: ana@build-7, process {process}, applies plan sha256:3f9c2a71d0b4 since \
             2026-11-02T08:00:00Z"
        );
        assert!(told.contains(&expected) && told.contains("nothing was written"), "{told}");
    }
    assert_eq!(bench.writes().await, 0);
    drop(lock);
    bench.run(&["apply", "p.json"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_applies_one_wins_and_the_other_says_why() {
    let bench = Bench::with_latency(LATENCY).await;
    write(&bench, &(campaign("a", "20.00") + &campaign("b", "20.00")));
    bench.run(&["plan", "shop", "--out", "p.json"]).await.exits(0);
    let first = bench.command(&["apply", "p.json"]).spawn().unwrap();
    let second = bench.command(&["apply", "p.json"]).spawn().unwrap();
    let mut runs = [finish(first).await, finish(second).await];
    runs.sort_by_key(|run| run.code);
    let [won, lost] = runs;
    let won = won.exits(0);
    // The later one finds the lock held, or, where the first has ended by then, the plan stale.
    let told = unwrapped(&lost.err);
    let says_why = match lost.code {
        1 => told.contains("another apply is running here: ") && told.contains("applies plan sha256:"),
        5 => told.contains("the plan is stale, nothing was written"),
        _ => false,
    };
    assert!(says_why, "{}: {told}\n{}", lost.code, won.out);
    nothing_twice(&bench, 2).await;
    bench.run(&["plan", "shop", "--detailed-exitcode"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_was_made_during_an_apply_is_stale_after_it() {
    let bench = Bench::with_latency(LATENCY).await;
    write(&bench, &campaign("spring", "20.00"));
    let planning = bench.command(&["plan", "shop", "--out", "p.json"]).spawn().unwrap();
    // It has begun to read the account: what the other process writes comes later than its reads.
    while bench.log().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let applying = bench.command(&["apply", "shop", "--auto-approve"]).spawn().unwrap();
    finish(planning).await.exits(0);
    let plan: Value = serde_json::from_slice(&std::fs::read(bench.path("p.json")).unwrap()).unwrap();
    assert_eq!(plan["summary"]["create"], 1, "{plan}");
    finish(applying).await.exits(0);
    let writes = bench.writes().await;
    let stale = bench.run(&["apply", "p.json"]).await.exits(5);
    assert!(unwrapped(&stale.err).contains("campaign/spring"), "{}", stale.err);
    assert_eq!(bench.writes().await, writes);
    nothing_twice(&bench, 1).await;
}

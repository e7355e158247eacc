//! A store of metrics that is damaged gives rules and pools nothing to act by, and says how to begin anew.

use super::acting::{self, LESS, live as meta, moved};
use super::bench::{Bench, Run};
use super::pools::{self, pace};

/// Overwrites the second half of a project's store.
fn damage(bench: &Bench, project: &str) {
    let path = bench.path(&format!("{project}.adplane/metrics.db"));
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    for beside in ["metrics.db-wal", "metrics.db-shm"] {
        let _ = std::fs::remove_file(bench.path(&format!("{project}.adplane/{beside}")));
    }
}

fn says_what_to_do(run: &Run) {
    let said = format!("{}{}", run.out, run.err);
    assert!(said.contains("is damaged") && said.contains("move it away, together with"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_over_a_damaged_store_gives_no_more() {
    let bench = pools::shop("2026-11-30T23:10:00Z").await;
    for _ in 1..=3 {
        pace(&bench).await;
        bench.advance("24h").await;
    }
    let given = pools::live(&bench).await;
    damage(&bench, "pools/");
    let synced = pools::run(&bench, &["metrics", "sync", "--all"]).await;
    says_what_to_do(&synced);
    let put = pools::run(&bench, &["budgets", "--put"]).await;
    says_what_to_do(&put);
    assert!(put.code != 0, "{}", put.out);
    pools::run(&bench, &["apply", "--auto-approve"]).await;
    assert_eq!(pools::live(&bench).await, given, "{}", put.err);
    // As it says: moved away, and read anew.
    std::fs::remove_file(bench.path("pools/.adplane/metrics.db")).unwrap();
    let pool = pace(&bench).await;
    assert_ne!(pool["state"], "unknown", "{pool}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_over_a_damaged_store_do_nothing() {
    let bench = acting::shop(&LESS.replace("-20%", "+10%")).await;
    let (before, writes) = (meta(&bench).await, bench.writes().await);
    damage(&bench, "");
    bench.advance("1h").await;
    let told = bench.run(&["rules", "run"]).await;
    says_what_to_do(&told);
    assert!(told.code != 0 && !told.out.contains("raises spend"), "{}", told.out);
    assert_eq!(moved(&before, &meta(&bench).await), [""; 0]);
    assert_eq!(bench.writes().await, writes);
}

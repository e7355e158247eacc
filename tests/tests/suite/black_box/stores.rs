//! A store that is damaged gives rules and pools nothing to act by, and says how to begin anew.

use super::acting::{self, LESS, live as meta, moved};
use super::bench::{Bench, Run};
use super::locked_stores::{MEMORY, NUMBERS, RAISED};
use super::pools::{self, pace};
use super::proposals::asked;

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

/// What lies where a store was, and is none.
fn overwrite(bench: &Bench, file: &str) {
    bench.write(file, vec![0x5a; 50_000]);
    for beside in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(bench.path(&format!("{file}{beside}")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_over_a_file_of_garbage_do_nothing() {
    let bench = acting::shop(&LESS.replace("-20%", "+10%")).await;
    acting::run(&bench, 0).await;
    let (digits, before) = (asked(&bench, "social-engagement").await, meta(&bench).await);
    let (writes, kept) = (bench.writes().await, tempfile::tempdir().unwrap());
    acting::copy(&bench.path(".adplane"), kept.path());
    bench.advance("1h").await;
    for (file, commands) in [
        (NUMBERS, vec![vec!["metrics", "sync"], vec!["metrics", "query"], vec!["metrics", "export"]]),
        (MEMORY, vec![vec!["rules", "proposals"], vec!["rules", "reject", &digits]]),
    ] {
        overwrite(&bench, file);
        let both = [vec!["rules", "run"], vec!["rules", "approve", &digits]];
        for arguments in commands.iter().chain(&both) {
            let run = bench.run(arguments).await.exits(1);
            let name = file.rsplit('/').next().unwrap();
            let told = run.err.contains(&format!("{name}` holds something else than Adplane's"));
            assert!(told && run.err.contains("move"), "{arguments:?}: {}", run.err);
        }
        assert_eq!((moved(&before, &meta(&bench).await), bench.writes().await), (vec![], writes));
        // Brought back from a backup, all goes on.
        std::fs::remove_dir_all(bench.path(".adplane")).unwrap();
        acting::copy(kept.path(), &bench.path(".adplane"));
    }
    bench.run(&["rules", "approve", &digits]).await.exits(0);
    assert_eq!(moved(&before, &meta(&bench).await), RAISED);
}

/// Wherever the damage is: nothing is raised, nothing is done twice, and what to do is told.
#[tokio::test(flavor = "multi_thread")]
async fn rules_whose_memory_is_damaged_raise_nothing() {
    let bench = acting::shop(&LESS.replace("-20%", "+10%")).await;
    acting::run(&bench, 0).await;
    let (digits, before) = (asked(&bench, "social-engagement").await, meta(&bench).await);
    let (writes, whole) = (bench.writes().await, std::fs::read(bench.path(MEMORY)).unwrap());
    bench.advance("1h").await;
    let pages = whole.len() / 4096;
    assert!(pages > 3 && whole.len() % 4096 == 0, "{}", whole.len());
    let mut refused = 0;
    for page in 0..pages {
        let mut bytes = whole.clone();
        // The first page begins with what says that it is a store.
        bytes[page * 4096 + if page == 0 { 100 } else { 0 }..(page + 1) * 4096].fill(0x5a);
        overwrite(&bench, MEMORY);
        bench.write(MEMORY, &bytes);
        let run = bench.run(&["rules", "run"]).await;
        assert_eq!((moved(&before, &meta(&bench).await), bench.writes().await), (vec![], writes));
        if run.code != 0 {
            assert!(
                run.err.contains("live.db` ") && run.err.contains("move it away"),
                "page {page}: {}",
                run.err
            );
            refused += 1;
        }
    }
    assert!(refused > 1, "only {refused} of {pages} pages were missed");
    bench.write(MEMORY, &whole);
    bench.run(&["rules", "approve", &digits]).await.exits(0);
    assert_eq!(moved(&before, &meta(&bench).await), RAISED);
}

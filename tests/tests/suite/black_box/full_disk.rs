//! A disk that is full: files that grow no further. What cannot be stored is not done, and nothing is lost or done twice.

use std::process::Stdio;

use serde_json::{Value, json};

use super::acting::{self, LESS, copy, live as meta, moved};
use super::bench::{Bench, Run};
use super::locked_stores::{RAISED, numbers};
use super::proposals::asked;

/// Whether writing beyond what there is room for fails, as on a full disk, or kills the process, as the limit does by
/// itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beyond {
    Fails,
    Kills,
}

/// Runs a command that can make no file larger than so many blocks of 512 bytes.
async fn within(bench: &Bench, blocks: u32, beyond: Beyond, arguments: &[&str]) -> Run {
    let trap = if beyond == Beyond::Fails { "trap '' XFSZ; " } else { "ulimit -c 0; " };
    let output = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(format!("{trap}ulimit -f {blocks}; exec \"$0\" \"$@\""))
        .arg(adplane_tests::binary().unwrap())
        .args(arguments)
        .current_dir(bench.path(""))
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    Run::from(output.await.unwrap())
}

/// From nearly nothing to what suffices.
const ROOM: [u32; 7] = [1, 16, 64, 100, 200, 800, 40_000];

#[track_caller]
fn names_the_store(run: &Run, file: &str) {
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.err.contains(file) && run.err.contains("room"), "{}", run.err);
}

/// Before anything is decided it is the store of what rules remember; after that what is written is told with why not.
#[track_caller]
fn names_what_is_full(run: &Run) {
    if run.code == 4 {
        assert!(run.out.contains("cannot write") && run.out.contains(".adplane/"), "{}{}", run.out, run.err);
    } else {
        names_the_store(run, ".adplane");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_find_no_room_are_read_again_once_there_is_some() {
    let bench = Bench::at("2026-11-02T08:00:00Z").await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.advance("50h").await;
    let sync = ["metrics", "sync", "--back", "3"];
    let whole = tempfile::tempdir().unwrap();
    let kept = bench.path(".adplane");
    copy(&kept, whole.path());
    bench.run(&sync).await.exits(0);
    let wanted = numbers(&bench, "").await;

    std::fs::remove_dir_all(&kept).unwrap();
    copy(whole.path(), &kept);
    let mut failed = 0;
    for blocks in ROOM {
        for beyond in [Beyond::Kills, Beyond::Fails] {
            let run = within(&bench, blocks, beyond, &sync).await;
            match run.code {
                0 => {}
                -1 if beyond == Beyond::Kills => failed += 1,
                _ => {
                    failed += 1;
                    names_the_store(&run, "metrics.db");
                }
            }
        }
    }
    assert!(failed >= 4, "only {failed} found no room");
    bench.run(&sync).await.exits(0);
    assert_eq!(numbers(&bench, "").await, wanted, "nothing was lost, and nothing counts twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_that_finds_no_room_is_done_once_or_not_at_all() {
    let bench = acting::shop(&LESS.replace("-20%", "+10%")).await;
    acting::run(&bench, 0).await;
    let (digits, before) = (asked(&bench, "social-engagement").await, meta(&bench).await);
    let approve = ["rules", "approve", digits.as_str()];
    let (kept, aside) = (bench.path(".adplane"), tempfile::tempdir().unwrap());
    copy(&kept, aside.path());
    let mut untouched = 0;
    for (blocks, beyond) in ROOM
        .into_iter()
        .map(|blocks| (blocks, Beyond::Fails))
        .chain([(16, Beyond::Kills), (100, Beyond::Kills)])
    {
        let writes = bench.writes().await;
        let run = within(&bench, blocks, beyond, &approve).await;
        let after = moved(&before, &meta(&bench).await);
        assert!(after.is_empty() || after == RAISED, "{blocks}: {after:?}");
        if after.is_empty() {
            untouched += 1;
            if beyond == Beyond::Fails {
                names_what_is_full(&run);
            }
        }
        // Once there is room again: the same proposal, or what is left to do of it.
        bench.run(&approve).await;
        for _ in 0..2 {
            acting::run(&bench, 0).await;
        }
        assert_eq!(moved(&before, &meta(&bench).await), RAISED, "{blocks}: {}", run.err);
        assert_eq!(bench.writes().await, writes + 1, "{blocks}");
        back(&bench).await;
        std::fs::remove_dir_all(&kept).unwrap();
        copy(aside.path(), &kept);
    }
    assert!(untouched >= 3, "only {untouched} found no room");
}

/// The campaign as it was before it was raised.
async fn back(bench: &Bench) {
    let state = bench.state().await;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().unwrap();
    let id = &campaigns.iter().find(|one| one["name"] == "ES · Engagement · Ask us").unwrap()["id"];
    bench
        .edit(json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": id,
            "set": {"daily_budget": "3000"}, "actor": "ana@shop.example"}))
        .await;
}

/// A rule on a full disk decides nothing that it could not remember.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_finds_no_room_acts_once_or_not_at_all() {
    let bench = acting::shop(LESS).await;
    let before = meta(&bench).await;
    let (writes, cut) = (bench.writes().await, ["ES · Engagement · Ask us: ACTIVE 2400"]);
    for blocks in ROOM {
        let run = within(&bench, blocks, Beyond::Fails, &["rules", "run"]).await;
        let after = moved(&before, &meta(&bench).await);
        assert!(after.is_empty() || after == cut, "{blocks}: {after:?}");
        if after.is_empty() {
            names_what_is_full(&run);
        }
    }
    acting::run(&bench, 0).await;
    assert_eq!(moved(&before, &meta(&bench).await), cut);
    assert_eq!(bench.writes().await, writes + 1, "once");
    let told = bench.run(&["rules", "run", "--format", "json"]).await.exits(0);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told["tasks"], json!([]), "nothing is left to do");
}

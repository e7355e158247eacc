//! Pools in passes that are cut off: stopped, killed, and begun again from what is left.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::acting::copy;
use super::bench::{Bench, Run};
use super::november::{changes, pass};
use super::pacing::{explain, in_force, live, shop};

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_to_stop_puts_nothing_in_force() {
    let (bench, _) = shop(Duration::from_millis(300)).await;
    let before = live(&bench).await;
    let asked = || async { bench.log().await.iter().filter(|one| is_report(one)).count() };
    let known = asked().await;
    let mut command = bench.command(&["run", "--once"]);
    let child = command.current_dir(bench.path("p")).spawn().unwrap();
    // Numbers are read after what git wants, and before pools.
    while asked().await == known {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let run = Run::from(child.wait_with_output().await.unwrap()).exits(130);
    assert_eq!((live(&bench).await, in_force(&bench)), (before, 0), "{}", run.err);
    bench.run_in("p", &["run", "--once"]).await.exits(0);
    assert_eq!(in_force(&bench), 2);
}

/// What a pass that is cut off at a point leaves behind.
struct Point {
    name: &'static str,
    /// Steps that are recorded.
    steps: usize,
    /// Whether the day's amounts are remembered.
    remembered: bool,
    /// Campaigns whose amounts are in force.
    in_force: &'static [&'static str],
    /// Whether the cut and the raise are live.
    live: [bool; 2],
}

const fn point(
    name: &'static str,
    steps: usize,
    remembered: bool,
    in_force: &'static [&'static str],
    live: [bool; 2],
) -> Point {
    Point { name, steps, remembered, in_force, live }
}

const RECORDS: &str = "pools/records/default_rain.jsonl";
const MEMORY: &str = "pools/default_rain.json";

impl Point {
    /// What is on disk, out of what was there before a whole pass and after it.
    fn leave(&self, kept: &Path, before: &Path, after: &Path) {
        std::fs::remove_dir_all(kept).unwrap();
        copy(before, kept);
        std::fs::create_dir_all(kept.join("pools/records")).unwrap();
        std::fs::create_dir_all(kept.join("overrides")).unwrap();
        let records = std::fs::read_to_string(after.join(RECORDS)).unwrap();
        let known: Vec<&str> = records.split_inclusive('\n').take(self.steps).collect();
        std::fs::write(kept.join(RECORDS), known.concat()).unwrap();
        if self.remembered {
            std::fs::copy(after.join(MEMORY), kept.join(MEMORY)).unwrap();
        }
        for file in std::fs::read_dir(after.join("overrides")).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            if self.in_force.iter().any(|name| text.contains(name)) {
                std::fs::copy(&path, kept.join("overrides").join(path.file_name().unwrap())).unwrap();
            }
        }
    }
}

/// Cut off between any two steps: what is live in the end is the same, and each amount was written once.
#[tokio::test(flavor = "multi_thread")]
async fn cut_off_between_any_two_steps_a_pool_gives_its_money_once() {
    let (bench, _) = shop(Duration::ZERO).await;
    let kept = bench.path("p/.adplane");
    let (aside, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    copy(&kept, aside.path());
    let before = live(&bench).await;
    pass(&bench).await;
    copy(&kept, whole.path());
    let paced = live(&bench).await;
    let records = std::fs::read_to_string(whole.path().join(RECORDS)).unwrap();
    let steps: Vec<Value> = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let steps: Vec<(&str, &str)> = steps
        .iter()
        .map(|step| (step["object"].as_str().unwrap(), step["stage"].as_str().unwrap()))
        .map(|(object, stage)| (object.rsplit('/').next().unwrap(), stage))
        .collect();
    let [cut, raise] = ["social-rain", "search-rain"];
    let wanted = [(cut, "decided"), (cut, "written"), (raise, "decided"), (raise, "written")];
    assert_eq!(steps, wanted, "the cut comes first, and each is recorded before and after");
    let both = &["social-rain", "search-rain"];
    for point in [
        point("the cut is recorded", 1, false, &[], [false, false]),
        point("the cut is remembered", 1, true, &[], [false, false]),
        point("the cut is in force", 1, true, &["social-rain"], [false, false]),
        point("the cut is written", 1, true, &["social-rain"], [true, false]),
        point("the cut is told", 2, true, &["social-rain"], [true, false]),
        point("the raise is recorded", 3, true, &["social-rain"], [true, false]),
        point("the raise is in force", 3, true, both, [true, false]),
        point("the raise is written", 3, true, both, [true, true]),
        point("all is told", 4, true, both, [true, true]),
    ] {
        let at = |place: usize, is_live: bool| if is_live { paced[place] } else { before[place] };
        back(&bench, [at(0, point.live[1]), at(1, point.live[0])]).await;
        point.leave(&kept, aside.path(), whole.path());
        let name = point.name;
        let writes = changes(&bench).await.len();
        for _ in 0..2 {
            pass(&bench).await;
        }
        assert_eq!(live(&bench).await, paced, "{name}");
        let open = point.live.iter().filter(|is_live| !**is_live).count();
        assert_eq!(changes(&bench).await.len(), writes + open, "{name}: each once");
        for object in ["campaign/search-rain", "campaign/social-rain"] {
            let known = explain(&bench, object).await;
            assert_eq!(known["pools"]["inForce"].as_array().unwrap().len(), 1, "{name}: {known}");
            assert_eq!(known["pools"]["actions"][0]["stage"], json!("written"), "{name}: {known}");
        }
    }
}

/// Killed at some moments and run again: each amount is there in the end, and each was written once.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_a_pool_gives_its_money_once() {
    let (bench, _) = shop(Duration::from_millis(3)).await;
    let kept = bench.path("p/.adplane");
    let aside = tempfile::tempdir().unwrap();
    copy(&kept, aside.path());
    let before = live(&bench).await;
    let started = std::time::Instant::now();
    pass(&bench).await;
    let whole = started.elapsed();
    let paced = live(&bench).await;
    for kill in 0..5_u32 {
        back(&bench, before).await;
        std::fs::remove_dir_all(&kept).unwrap();
        copy(aside.path(), &kept);
        let writes = changes(&bench).await.len();
        let mut command = bench.command(&["run", "--once"]);
        let mut child = command.current_dir(bench.path("p")).spawn().unwrap();
        tokio::time::sleep(whole * (kill + 4) / 9).await;
        child.kill().await.unwrap();
        for _ in 0..2 {
            pass(&bench).await;
        }
        assert_eq!(live(&bench).await, paced, "kill {kill}");
        let now = changes(&bench).await.len();
        assert!(now <= writes + 2, "kill {kill}");
        for object in ["campaign/search-rain", "campaign/social-rain"] {
            let known = explain(&bench, object).await;
            assert_eq!(known["pools"]["inForce"].as_array().unwrap().len(), 1, "kill {kill}: {known}");
        }
    }
}

/// Whether a request asks what was delivered.
fn is_report(entry: &Value) -> bool {
    entry["path"].as_str().unwrap_or_default().contains("/insights")
}

/// The platforms as they were before a pool moved anything.
async fn back(bench: &Bench, [google, meta]: [i64; 2]) {
    let state = bench.state().await;
    let id = state["meta"]["act_1000000001"]["campaigns"][0]["id"].clone();
    let set = json!({"daily_budget": meta.to_string()});
    bench
        .edit(json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": id, "set": set,
            "actor": "ana@shop.example"}))
        .await;
    let id = state["google"]["1000000001"]["campaignBudgets"][0]["id"].clone();
    let set = json!({"amountMicros": (google * 10_000).to_string()});
    bench
        .edit(
            json!({"platform": "google", "account": "1000000001", "collection": "campaignBudgets", "id": id,
            "set": set, "actor": "ana@shop.example"}),
        )
        .await;
}

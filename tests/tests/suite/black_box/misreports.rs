//! What a platform tells wrongly never spends more: reports without rows, days that are counted twice, another time zone.

use serde_json::json;

use super::acting::{self, LESS, STOP_LOSS, live as meta, moved};
use super::bench::{Bench, Run};
use super::pools::{self, cents, delivered, pace};
use super::watch::Watched;

/// Ten minutes into December in Madrid.
const DECEMBER: &str = "2026-11-30T23:10:00Z";

/// Every report from now on is answered with 200 and no rows.
async fn silence(bench: &Bench) {
    bench.faults(json!([{"kind": "empty_report", "times": 100_000}])).await;
}

/// Reports tell the truth again.
async fn truth(bench: &Bench) {
    bench.faults(json!([])).await;
}

fn total([google, meta]: [i64; 2]) -> i64 {
    google + meta
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_pool_gives_no_more_while_reports_are_empty_and_ends_on_its_amount() {
    let bench = pools::shop(DECEMBER).await;
    for _ in 1..=10 {
        pace(&bench).await;
        bench.advance("24h").await;
    }
    let before = pace(&bench).await;
    let given = total(pools::live(&bench).await);
    silence(&bench).await;
    bench.advance("6h").await;
    let mut last = given;
    for day in 11..=14 {
        let synced = pools::run(&bench, &["metrics", "sync"]).await.exits(0);
        assert!(synced.err.contains("this is not believed, so what is known stands"), "{}", synced.err);
        let pool = pace(&bench).await;
        assert!(cents(&pool["spent"]) >= cents(&before["spent"]), "day {day}: {pool}");
        let now = total(pools::live(&bench).await);
        assert!(now <= last, "day {day}: {last} to {now} cents a day: {pool}");
        last = now;
        bench.advance("24h").await;
    }
    truth(&bench).await;
    for _ in 15..=31 {
        pace(&bench).await;
        bench.advance("24h").await;
    }
    let spent = delivered(&bench).await;
    assert!((200_000..=310_000).contains(&spent), "{spent} cents of 3100.00 EUR");
}

/// A day that is counted twice makes a pool give less, and only as long as that is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_hard_pool_gives_less_when_a_day_is_counted_twice() {
    let bench = pools::shop(DECEMBER).await;
    for _ in 1..=10 {
        pace(&bench).await;
        bench.advance("24h").await;
    }
    let given = {
        pace(&bench).await;
        total(pools::live(&bench).await)
    };
    bench
        .faults(json!([{"kind": "double_day", "from": "2026-12-07T23:00:00Z", "days": 1, "times": 100_000}]))
        .await;
    bench.advance("24h").await;
    let pool = pace(&bench).await;
    assert!(total(pools::live(&bench).await) <= given, "{pool}");
}

/// One rule raises and one resumes where hardly anything was spent; both look at what was delivered.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_report_raises_and_resumes_nothing() {
    let stop = STOP_LOSS.replace(
        "  action: {type: pause, holdFor: 48h}",
        "  release: yesterday.spend < money('0.01 EUR')\n  action: {type: pause}",
    );
    let more = LESS.replace("name: less", "name: more").replace("-20%", "+10%").replace(
        "yesterday.spend > money('0.01 EUR')",
        "yesterday.spend < money('0.01 EUR') || today.spend < money('0.01 EUR')",
    );
    let bench = acting::shop(&format!("{stop}---\n{more}")).await;
    acting::run(&bench, 0).await;
    let (held, writes) = (meta(&bench).await, bench.writes().await);
    assert_eq!(held["ES · Traffic · Bad weather guide"].0, "PAUSED");
    silence(&bench).await;
    for hours in ["1h", "12h", "11h", "24h"] {
        bench.advance(hours).await;
        bench.run(&["metrics", "sync"]).await.exits(0);
        let told = acting::run(&bench, 0).await;
        let said = format!("{}{}", told.out, told.err);
        assert!(!said.contains("raises spend") && !said.contains("written"), "after {hours}: {said}");
        assert_eq!(moved(&held, &meta(&bench).await), [""; 0], "after {hours}");
    }
    assert_eq!(bench.writes().await, writes);
    // The guide was paused, so nothing was spent on it yesterday: once that is told, the rule lets it go.
    truth(&bench).await;
    bench.run(&["metrics", "sync"]).await.exits(0);
    bench.advance("1h").await;
    let told = acting::run(&bench, 0).await;
    assert!(told.out.contains("social-guide"), "{}", told.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_cannot_be_right_are_told_once() {
    let shop = Watched::open().await;
    // Budgets have a say of their own.
    let told = || shop.told().into_iter().filter(|told| told.contains("left its range")).collect::<Vec<_>>();
    shop.run(&["apply", "--auto-approve"]).await.exits(0);
    shop.bench.advance("75h").await;
    shop.run(&["metrics", "sync", "--back", "5"]).await.exits(0);
    assert_eq!(told(), [""; 0]);
    silence(&shop.bench).await;
    for hours in ["1h", "30m", "24h"] {
        shop.bench.advance(hours).await;
        let synced: Run = shop.run(&["metrics", "sync"]).await.exits(0);
        assert!(synced.err.contains("warning: default/meta-es: Campaign by day: "), "{}", synced.err);
        let mut told = told();
        if hours == "1h" {
            let of = |platform: &str| {
                format!(
                    "Warning: spend of default/{platform}-es left its range: 0.00 EUR told, and not believed"
                )
            };
            told.sort();
            assert_eq!(told, ["google", "meta", "tiktok"].map(of));
        } else {
            assert_eq!(told, [""; 0], "after {hours}");
        }
    }
    truth(&shop.bench).await;
    let synced = shop.run(&["metrics", "sync"]).await.exits(0);
    assert!(!synced.err.contains("not believed"), "{}", synced.err);
    assert_eq!(told(), [""; 0]);

    // The 3rd is counted twice, of Meta alone.
    shop.bench
        .faults(json!([{"kind": "double_day", "from": "2026-11-02T23:00:00Z", "times": 100_000,
            "match": {"platform": "meta"}}]))
        .await;
    shop.bench.advance("1h").await;
    let sync = async || shop.run(&["metrics", "sync", "--all"]).await.exits(0);
    sync().await;
    let twice = told();
    assert!(
        twice.len() == 1
            && twice[0].starts_with("Warning: spend of default/meta-es left its range: ")
            && twice[0].ends_with(" EUR told of days that were over"),
        "{twice:?}"
    );
    sync().await;
    assert_eq!(told(), [""; 0]);
}

/// Days of another zone are other days: nothing is read, decided or raised until the store is begun anew.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_in_another_zone_gives_pools_and_rules_nothing_to_raise_by() {
    let bench = pools::shop(DECEMBER).await;
    for _ in 1..=3 {
        pace(&bench).await;
        bench.advance("24h").await;
    }
    let given = pools::live(&bench).await;
    let file = bench.path("pools/accounts.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    bench.write("pools/accounts.yaml", text.replace("timeZone: Europe/Madrid", "timeZone: America/New_York"));
    let synced = pools::run(&bench, &["metrics", "sync"]).await.exits(1);
    assert!(synced.err.contains("has the time zone Europe/Madrid, but the YAML says"), "{}", synced.err);
    let told = pools::run(&bench, &["budgets", "--put", "--format", "json"]).await;
    pools::run(&bench, &["apply", "--auto-approve"]).await;
    assert!(total(pools::live(&bench).await) <= total(given), "{}", told.err);

    let bench = acting::shop(&LESS.replace("-20%", "+10%")).await;
    let (before, writes) = (meta(&bench).await, bench.writes().await);
    let text = std::fs::read_to_string(bench.path("accounts.yaml")).unwrap();
    bench.write("accounts.yaml", text.replace("timeZone: Europe/Madrid", "timeZone: America/New_York"));
    let told = bench.run(&["rules", "run"]).await;
    let said = format!("{}{}", told.out, told.err);
    assert!(!said.contains("raises spend") && !said.contains("written"), "{said}");
    assert_eq!(moved(&before, &meta(&bench).await), [""; 0]);
    assert_eq!(bench.writes().await, writes);
}

/// What is told twice may look like a success. A raise waits for a yes, and what is agreed to stays inside the spend guard.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_counted_twice_raises_nothing_by_itself() {
    let more = LESS.replace("-20%", "+10%").replace("money('0.01 EUR')", "money('32 EUR')");
    let bench = acting::shop(&more).await;
    let before = meta(&bench).await;
    acting::run(&bench, 0).await;
    bench.faults(json!([{"kind": "double_day", "from": "2026-11-02T23:00:00Z", "times": 100_000}])).await;
    for _ in 0..2 {
        bench.advance("1h").await;
        bench.run(&["metrics", "sync", "--all"]).await.exits(0);
        acting::run(&bench, 0).await;
        assert_eq!(moved(&before, &meta(&bench).await), [""; 0]);
    }
    let told = bench.run(&["explain", "campaign/social-engagement"]).await.exits(0);
    assert!(told.out.contains("it raises spend"), "{}", told.out);
}

/// Begins the store anew.
fn forget(bench: &Bench, project: &str) {
    for file in ["metrics.db", "metrics.db-wal", "metrics.db-shm"] {
        let _ = std::fs::remove_file(bench.path(&format!("{project}.adplane/{file}")));
    }
}

/// A store that was lost and is begun anew while reporting is out: what was spent is not known, and not zero.
#[tokio::test(flavor = "multi_thread")]
async fn a_hard_pool_gives_no_more_when_a_first_report_is_empty_and_ends_on_its_amount() {
    let bench = pools::shop(DECEMBER).await;
    for _ in 1..=10 {
        pace(&bench).await;
        bench.advance("24h").await;
    }
    pace(&bench).await;
    let mut last = total(pools::live(&bench).await);
    forget(&bench, "pools/");
    silence(&bench).await;
    for day in 11..=12 {
        let synced = pools::run(&bench, &["metrics", "sync"]).await.exits(0);
        assert!(
            synced.err.contains("nothing was ever known") && !synced.err.contains("warning"),
            "{}",
            synced.err
        );
        let pool = pace(&bench).await;
        assert_eq!(pool["state"], "unknown", "day {day}: {pool}");
        let now = total(pools::live(&bench).await);
        assert!(now <= last, "day {day}: {last} to {now} cents a day: {pool}");
        last = now;
        bench.advance("24h").await;
    }
    truth(&bench).await;
    for _ in 13..=31 {
        pace(&bench).await;
        bench.advance("24h").await;
    }
    let spent = delivered(&bench).await;
    assert!((200_000..=310_000).contains(&spent), "{spent} cents of 3100.00 EUR");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_pool_gives_no_more_when_a_first_report_counts_a_day_twice() {
    let bench = pools::shop(DECEMBER).await;
    for _ in 1..=10 {
        pace(&bench).await;
        bench.advance("24h").await;
    }
    pace(&bench).await;
    let given = total(pools::live(&bench).await);
    forget(&bench, "pools/");
    let doubled =
        json!([{"kind": "double_day", "from": "2026-12-01T23:00:00Z", "days": 9, "times": 100_000}]);
    bench.faults(doubled).await;
    bench.advance("24h").await;
    let pool = pace(&bench).await;
    assert!(total(pools::live(&bench).await) <= given, "{pool}");
    // Half of it is taken back: that is a correction, and believed.
    truth(&bench).await;
    let synced = pools::run(&bench, &["metrics", "sync", "--all", "--back", "40"]).await.exits(0);
    assert!(!synced.err.contains("not believed"), "{}", synced.err);
}

/// Whatever a first report says: a rule that raises where little was spent, and one that resumes, must not believe it.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_report_that_is_empty_raises_and_resumes_nothing() {
    let stop = STOP_LOSS.replace(
        "  action: {type: pause, holdFor: 48h}",
        "  release: yesterday.spend < money('0.01 EUR')\n  action: {type: pause}",
    );
    let more = LESS.replace("name: less", "name: more").replace("-20%", "+10%").replace(
        "yesterday.spend > money('0.01 EUR')",
        "yesterday.spend < money('0.01 EUR') || today.spend < money('0.01 EUR')",
    );
    let bench = acting::shop(&format!("{stop}---\n{more}")).await;
    acting::run(&bench, 0).await;
    let (held, writes) = (meta(&bench).await, bench.writes().await);
    assert_eq!(held["ES · Traffic · Bad weather guide"].0, "PAUSED");
    forget(&bench, "");
    silence(&bench).await;
    for hours in ["1h", "23h", "24h"] {
        bench.advance(hours).await;
        let synced = bench.run(&["metrics", "sync"]).await.exits(0);
        assert!(!synced.err.contains("warning"), "a new account says the same: {}", synced.err);
        let told = acting::run(&bench, 0).await;
        let said = format!("{}{}", told.out, told.err);
        assert!(!said.contains("raises spend") && !said.contains("written"), "after {hours}: {said}");
        assert_eq!(moved(&held, &meta(&bench).await), [""; 0], "after {hours}");
    }
    assert_eq!(bench.writes().await, writes);
}

/// One campaign vanishes from reports while the others are told: it is unknown, and the others are not.
#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_that_vanishes_from_reports_is_not_raised() {
    let more = LESS.replace("name: less", "name: more").replace("-20%", "+10%").replace(
        "yesterday.spend > money('0.01 EUR')",
        "yesterday.spend < money('0.01 EUR') || today.spend < money('0.01 EUR')",
    );
    let bench = acting::shop(&more).await;
    let before = meta(&bench).await;
    let state = bench.state().await;
    let account = &state["meta"]["act_1000000001"];
    let of = |kind: &str| account[kind].as_array().unwrap().clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    // The one whose budget git lends.
    let campaign = of("campaigns").into_iter().find(|one| text(&one["daily_budget"]) == "3000").unwrap();
    let gone: Vec<String> =
        of("ads").iter().filter(|ad| ad["campaign_id"] == campaign["id"]).map(|ad| text(&ad["id"])).collect();
    assert!(!gone.is_empty(), "{campaign}");
    bench.faults(json!([{"kind": "missing_objects", "objects": gone, "times": 100_000}])).await;
    for hours in ["1h", "12h", "24h"] {
        bench.advance(hours).await;
        let synced = bench.run(&["metrics", "sync"]).await.exits(0);
        let told = format!("tells nothing any more of {}", text(&campaign["id"]));
        assert!(
            synced.err.contains("warning: default/meta-es: ") && synced.err.contains(&told),
            "{}",
            synced.err
        );
        acting::run(&bench, 0).await;
        assert_eq!(moved(&before, &meta(&bench).await), [""; 0], "after {hours}");
    }
    let explained = bench.run(&["explain", "campaign/social-engagement"]).await.exits(0);
    assert!(explained.out.contains("unknown"), "{}", explained.out);
    assert!(!explained.out.contains("raises spend"), "{}", explained.out);
    truth(&bench).await;
    let synced = bench.run(&["metrics", "sync"]).await.exits(0);
    assert!(!synced.err.contains("not believed"), "{}", synced.err);
}

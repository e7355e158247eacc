//! What rules say of time and of the world outside, over a sandbox: raises that end at midnight, signals, days in shadow.

use super::acting::{LESS, STOP_LOSS, live, moved, run, shop};
use super::proposals::asked;

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_until_midnight_is_over_after_it() {
    let bench = shop(&LESS.replace("by: \"-20%\"", "by: \"+10%\", until: midnight")).await;
    let (before, writes) = (live(&bench).await, bench.writes().await);
    let asks = run(&bench, 0).await;
    // Noon in Madrid: the account's day ends at 23:00Z.
    assert!(asks.out.contains("to 33.00 EUR until 2026-11-04T23:00:00Z"), "{}", asks.out);
    let digits = asked(&bench, "social-engagement").await;
    bench.run(&["rules", "approve", &digits]).await.exits(0);
    let raised = ["ES · Engagement · Ask us: ACTIVE 3300"];
    assert_eq!(moved(&before, &live(&bench).await), raised);
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    let harvest = bench.run(&["rules", "harvest", "--older-than", "1d"]).await.exits(0);
    assert!(harvest.err.contains("no amount of a rule has been in force for"), "{}", harvest.err);
    bench.advance("12h").await;
    run(&bench, 0).await;
    assert_eq!(moved(&before, &live(&bench).await), raised, "an hour before midnight");
    bench.advance("2h").await;
    let over = run(&bench, 0).await;
    assert!(over.err.contains("git's budget of campaign/social-engagement is back"), "{}", over.err);
    assert_eq!(moved(&before, &live(&bench).await), [""; 0]);
    assert_eq!(bench.writes().await, writes + 2);
    bench.advance("1h").await;
    run(&bench, 0).await;
    assert_eq!(bench.writes().await, writes + 2, "once");
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
}

/// Day after day the raise is counted from git's amount and not from that of the day before, also where nothing ran over
/// midnight: the end goes before what is decided.
#[tokio::test(flavor = "multi_thread")]
async fn raises_until_midnight_do_not_grow_from_day_to_day() {
    let bench = shop(&LESS.replace("by: \"-20%\"", "by: \"+20%\", until: midnight")).await;
    let (before, writes) = (live(&bench).await, bench.writes().await);
    for day in 0..3 {
        let asks = run(&bench, 0).await;
        assert!(asks.out.contains("from 30.00 EUR to 36.00 EUR until"), "day {day}: {}", asks.out);
        assert_eq!(asks.err.contains("git's budget of campaign/social-engagement is back"), day > 0);
        assert_eq!(moved(&before, &live(&bench).await), [""; 0], "day {day}");
        let digits = asked(&bench, "social-engagement").await;
        bench.run(&["rules", "approve", &digits]).await.exits(0);
        let raised = ["ES · Engagement · Ask us: ACTIVE 3600"];
        assert_eq!(moved(&before, &live(&bench).await), raised, "day {day}");
        assert_eq!(bench.writes().await, writes + 1 + 2 * day);
        bench.advance("25h").await;
        bench.run(&["metrics", "sync"]).await.exits(0);
    }
}

/// What a cut leaves above git's amount was never meant for longer than the raise.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_of_a_raise_until_midnight_ends_with_it() {
    let bench = shop(&LESS.replace("by: \"-20%\"", "by: \"+20%\", until: midnight")).await;
    let before = live(&bench).await;
    run(&bench, 0).await;
    let digits = asked(&bench, "social-engagement").await;
    bench.run(&["rules", "approve", &digits]).await.exits(0);
    bench.write(
        "trim.yaml",
        LESS.replace("name: less", "name: trim")
            .replace("-20%", "-5%")
            .replace("mode: act", "mode: act\n  priority: 10"),
    );
    bench.advance("5h").await;
    let cut = run(&bench, 0).await;
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Engagement · Ask us: ACTIVE 3420"], "{}", cut.out);
    bench.advance("9h").await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(moved(&before, &live(&bench).await), [""; 0], "git's amount is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_is_known_while_it_is_fresh() {
    let declared = "  signals: {stock: {type: number, freshness: 6h}}\n  when: signals.stock < 5 && ";
    let bench = shop(&STOP_LOSS.replace("  when: ", declared)).await;
    let before = live(&bench).await;
    let unknown = run(&bench, 0).await;
    assert!(unknown.out.contains("no-signal: nobody told the signal `stock`"), "{}", unknown.out);
    let misspelt = bench.run(&["signals", "put", "stok", "3"]).await.exits(0);
    assert!(
        misspelt.err.contains("no rule declares a signal `stok`; did you mean `stock`?"),
        "{}",
        misspelt.err
    );
    let wrong = bench.run(&["signals", "put", "stock", "few"]).await.exits(64);
    assert!(wrong.err.contains("declares `stock` as `number`, and `few` is none"), "{}", wrong.err);
    bench.run(&["signals", "put", "stock", "3", "--as-of", "2027-01-01T00:00:00Z"]).await.exits(64);
    bench.run(&["signals", "put", "stock", "3", "--as-of", "2026-11-04T03:00:00Z"]).await.exits(0);
    bench.advance("1h").await;
    let stale = run(&bench, 0).await;
    assert!(
        stale.out.contains("stale-signal: the signal `stock` is of 2026-11-04T03:00:00Z"),
        "{}",
        stale.out
    );
    let list = bench.run(&["signals", "list"]).await.exits(0);
    let line = list.out.lines().find(|line| line.starts_with("stock ")).unwrap();
    assert!(line.contains("2026-11-04T03:00:00Z") && line.contains("stale"), "{}", list.out);
    assert_eq!(moved(&before, &live(&bench).await), [""; 0]);
    bench.run(&["signals", "put", "stock", "3"]).await.exits(0);
    let older =
        bench.run(&["signals", "put", "stock", "9", "--as-of", "2026-11-04T09:00:00Z"]).await.exits(0);
    assert!(older.err.contains("a newer value of `stock` is known"), "{}", older.err);
    bench.advance("1h").await;
    run(&bench, 0).await;
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Traffic · Bad weather guide: PAUSED 2500"]);
    bench.run(&["signals", "drop", "stock"]).await.exits(0);
    let gone = bench.run(&["signals", "list"]).await.exits(0);
    assert!(gone.out.contains("unknown"), "{}", gone.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_acts_once_it_was_in_shadow_for_long_enough() {
    let bench = shop(&LESS.replace("  action:", "  promote: {shadowDays: 2}\n  action:")).await;
    let (before, writes) = (live(&bench).await, bench.writes().await);
    for have in 0..2 {
        let records = run(&bench, 0).await;
        let why = format!(
            "rule `default/less` only records: `promote` asks for 2 days in shadow before `mode: act` counts, and there \
             are {have}"
        );
        assert!(records.err.contains(&why), "{}", records.err);
        assert_eq!(bench.writes().await, writes);
        let told = bench.run(&["explain", "campaign/social-engagement"]).await.exits(0);
        assert!(told.out.contains("held back: `promote` asks for 2 days"), "{}", told.out);
        // The same day again brings it no nearer.
        bench.advance("1h").await;
        run(&bench, 0).await;
        bench.advance("23h").await;
        bench.run(&["metrics", "sync"]).await.exits(0);
    }
    run(&bench, 0).await;
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Engagement · Ask us: ACTIVE 2400"]);
}

//! Killed at any moment, applied again: exactly the desired objects, none twice.

use std::time::{Duration, Instant};

use super::bench::Bench;

/// Kills in an ordinary run; `cargo xtask soak` asks for 200.
const KILLS: u64 = 6;

fn kills() -> u64 {
    std::env::var("ADPLANE_SOAK_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

/// A small generator, so that a failing schedule can be named by its number.
fn scattered(seed: u64) -> u64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x >> 30;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ (x >> 27)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_and_applied_again() {
    let bench = Bench::with_latency(Duration::from_millis(2)).await;
    let started = Instant::now();
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    let whole = started.elapsed();
    let wanted = bench.markers().await;
    assert!(wanted.values().all(|count| *count == 1), "{wanted:?}");
    for kill in 0..kills() {
        bench.reset().await;
        let span = u64::try_from(whole.as_millis()).unwrap().max(2);
        let after = Duration::from_millis(scattered(kill) % span);
        let mut child = bench.command(&["apply", "--auto-approve"]).spawn().unwrap();
        tokio::time::sleep(after).await;
        child.kill().await.unwrap();
        bench.run(&["apply", "--auto-approve"]).await.exits(0);
        assert_eq!(bench.markers().await, wanted, "kill {kill} after {after:?}");
        bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    }
}

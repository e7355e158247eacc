//! Portfolios on a sandbox whose requests go wrong at random: they converge to the same state as without.
//!
//! Each run is named by its seed. Runs wait more than they compute, so several go side by side.

use futures::StreamExt;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};

use super::live::{Live, pending};
use super::portfolio::{Portfolio, pairs};

/// Runs in `cargo test`; `ADPLANE_SOAK_FAULTS` says how many a soak makes.
const RUNS: u64 = 8;
const AT_ONCE: usize = 32;
/// Applies after which everything must have converged: each fault can fail one.
const APPLIES: usize = 10;

fn runs() -> u64 {
    std::env::var("ADPLANE_SOAK_FAULTS").ok().and_then(|text| text.parse().ok()).unwrap_or(RUNS)
}

/// The first run's seed, so that one run can be repeated by itself.
fn first() -> u64 {
    std::env::var("ADPLANE_SOAK_FIRST").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// A value of a strategy, decided by a seed.
fn drawn<T: std::fmt::Debug>(strategy: &BoxedStrategy<T>, seed: u64) -> T {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    strategy.new_tree(&mut TestRunner::new_with_rng(Config::default(), rng)).unwrap().current()
}

/// Some faults at requests of any platform.
fn faults() -> BoxedStrategy<Vec<Json>> {
    let kinds =
        ["rate_limit", "drop_before", "drop_after", "partial", "stale_reads", "expired_token", "slow"];
    let places = [
        "/",
        "campaign",
        "adgroup",
        "adsets",
        "/ads",
        "ad/create",
        "adcreatives",
        "mutate",
        "search",
        "update",
        "batch",
        "smart_plus",
        "upload",
        "adimages",
    ];
    let fault = (
        prop::sample::select(kinds.to_vec()),
        prop::sample::select(places.to_vec()),
        prop::sample::select(vec![None, Some("google"), Some("meta"), Some("tiktok")]),
        prop::option::of(prop::sample::select(vec!["GET", "POST"])),
        1..=3_u64,
    )
        .prop_map(|(kind, path, platform, method, times)| {
            let mut matching = json!({ "path": path });
            if let Some(platform) = platform {
                matching["platform"] = json!(platform);
            }
            if let Some(method) = method {
                matching["method"] = json!(method);
            }
            let mut fault = json!({ "match": matching, "times": times, "kind": kind });
            if kind == "slow" || kind == "rate_limit" {
                fault["millis"] = json!(150);
            }
            fault
        });
    prop::collection::vec(fault, 1..=6).boxed()
}

/// Both portfolios, one after the other, without trouble and with it.
async fn run(seed: u64) -> Result<usize, String> {
    let (first, second): (Portfolio, Portfolio) = drawn(&pairs(), seed);
    let calm = Live::start().await;
    let troubled = Live::start().await;
    let mut applies = 0;
    for (number, portfolio) in [(1, &first), (2, &second)] {
        let desired = calm.load(portfolio);
        calm.converge(&desired, 1).await.map_err(|left| format!("run {seed}: without faults: {left}"))?;
        let wanted = calm.held(&desired).await;

        let faults = json!(drawn(&faults(), seed.wrapping_mul(31).wrapping_add(number)));
        let desired = troubled.load(portfolio);
        troubled.arm(&faults).await;
        applies += troubled
            .converge(&desired, APPLIES)
            .await
            .map_err(|left| format!("run {seed}: with {faults}: does not converge: {left}"))?;
        troubled.arm(&json!([])).await;
        if let Some(document) = troubled.plan(&desired).await.filter(|document| !document.steps.is_empty()) {
            return Err(format!("run {seed}: with {faults}: seen after it: {}", pending(&document)));
        }
        let held = troubled.held(&desired).await;
        if held != wanted {
            let more = held.iter().filter(|object| !wanted.contains(object)).collect::<Vec<_>>();
            let less = wanted.iter().filter(|object| !held.contains(object)).collect::<Vec<_>>();
            let (count, expected) = (held.len(), wanted.len());
            return Err(format!(
                "run {seed}: with {faults}: it holds {count} objects, not {expected}: {more:#?} instead of {less:#?}"
            ));
        }
    }
    Ok(applies)
}

#[tokio::test(flavor = "multi_thread")]
async fn any_faults_end_in_the_same_state() {
    let begin = first();
    let outcomes: Vec<Result<usize, String>> =
        futures::stream::iter((begin..begin + runs()).map(run)).buffer_unordered(AT_ONCE).collect().await;
    let failed: Vec<&String> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    let applies: usize = outcomes.iter().flatten().sum();
    println!("{} runs with faults, {applies} applies, {} failed", outcomes.len(), failed.len());
    let told: Vec<&str> = failed.iter().map(|failure| failure.as_str()).collect();
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), told.join("\n"));
}

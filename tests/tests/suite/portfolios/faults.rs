//! Portfolios on a sandbox whose requests go wrong at random: they converge to the same state as without.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::live::{Live, pending};
use super::portfolio::{Portfolio, pairs};
use super::seeds::{self, drawn};

/// Runs in `cargo test`; `ADPLANE_SOAK_FAULTS` says how many a soak makes.
const RUNS: u64 = 8;
/// Applies after which everything must have converged: each fault can fail one.
const APPLIES: usize = 10;

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
    let applies: usize = seeds::runs("ADPLANE_SOAK_FAULTS", RUNS, run).await.into_iter().sum();
    println!("{applies} applies");
}

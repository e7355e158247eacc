//! Portfolios on the sandbox, which normalises what it stores as the vendors do: the plan right after an apply is
//! empty.

use super::live::{Live, failures, pending};
use super::portfolio::{Portfolio, pairs};
use super::seeds::{self, drawn};

/// Runs in `cargo test`, some hundred requests each; `ADPLANE_SOAK_PORTFOLIOS` says how many a soak makes.
const RUNS: u64 = 12;

/// One portfolio, another one in its place, and the first one again.
async fn run(seed: u64) -> Result<(), String> {
    let (first, second): (Portfolio, Portfolio) = drawn(&pairs(), seed);
    let live = Live::start().await;
    for (number, portfolio) in [&first, &second, &first].into_iter().enumerate() {
        let told = |problem: String| format!("run {seed}, apply {number}: {problem}");
        let desired = live.load(portfolio);
        let applied = live.apply(&desired).await.ok_or_else(|| told("an account cannot be read".into()))?;
        let report = applied.map_err(|error| told(error.to_string()))?;
        if !report.is_complete() {
            return Err(told(failures(&report)));
        }
        let again =
            live.plan(&desired).await.ok_or_else(|| told("an account cannot be read afterwards".into()))?;
        if !again.steps.is_empty() || again.summary.blocked > 0 {
            return Err(told(format!("seen after it: {}", pending(&again))));
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platforms_make_of_it_plans_empty() {
    seeds::runs("ADPLANE_SOAK_PORTFOLIOS", RUNS, run).await;
}

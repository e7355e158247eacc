//! Runs that are named by their seed, so that each can be repeated by itself.
//!
//! `ADPLANE_SOAK_FIRST` names the first one; each suite has a variable of its own for their number. They wait
//! more than they compute, so several go side by side.

use std::env;
use std::fmt::Debug;

use futures::StreamExt;
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const AT_ONCE: usize = 32;

fn number(name: &str, usual: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Makes as many runs as the variable says, else the usual number; fails with what each failed one says.
pub(super) async fn runs<T, Run>(variable: &str, usual: u64, run: impl Fn(u64) -> Run) -> Vec<T>
where
    Run: Future<Output = Result<T, String>>,
{
    let first = number("ADPLANE_SOAK_FIRST", 0);
    let seeds = first..first + number(variable, usual);
    let outcomes: Vec<Result<T, String>> =
        futures::stream::iter(seeds.map(run)).buffer_unordered(AT_ONCE).collect().await;
    let failed: Vec<&str> =
        outcomes.iter().filter_map(|outcome| outcome.as_ref().err().map(String::as_str)).collect();
    println!("{} runs, {} failed", outcomes.len(), failed.len());
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    outcomes.into_iter().flatten().collect()
}

/// A value of a strategy, decided by a seed.
pub(super) fn drawn<T: Debug>(strategy: &BoxedStrategy<T>, seed: u64) -> T {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    strategy.new_tree(&mut TestRunner::new_with_rng(Config::default(), rng)).unwrap().current()
}

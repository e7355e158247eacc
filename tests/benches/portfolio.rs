//! How long the pure path takes and how much memory it needs, for 1,000 to 100,000 objects (design §9).
//!
//! Writes a portfolio of all three platforms as YAML files, then loads, lowers, refines and plans it: once
//! with nothing live, once with everything live. Each size runs in a process of its own, so that peaks of
//! memory do not mix. Prints a table and never fails on time: `cargo bench -p adplane-tests --bench
//! portfolio`; `ADPLANE_BENCH_SIZES=1000,10000` chooses sizes.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at any surprise"
)]

mod shared;

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use adplane_core::desired::Desired;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::observed::Observed;
use adplane_core::plan::document::{DocumentContext, PlanDocument};
use adplane_core::plan::{Plan, PlanInput, PlanOptions, plan};
use adplane_manifest::{LoadRequest, load, lower};
use shared::{live, write_portfolio};

/// Set for the processes that measure one size.
const SIZE: &str = "ADPLANE_BENCH_SIZE";
/// Sizes to measure, separated by commas.
const SIZES: &str = "ADPLANE_BENCH_SIZES";
const DEFAULT_SIZES: &str = "1000,10000,100000";
/// The best of so many runs counts for what is short.
const RUNS: usize = 3;
const MIB: u64 = 1024;

fn main() {
    if let Ok(size) = std::env::var(SIZE) {
        return measure(size.parse().unwrap());
    }
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let lines = cpus.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| Some(line.split_once(':')?.1.trim().to_owned())).collect::<Vec<_>>()
    };
    let model = field("model name").into_iter().next().unwrap_or_else(|| "unknown processor".into());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{model}, {} cores, load {}", field("processor").len(), load.trim());
    println!("one thread; all times are of this process alone, memory is its peak in the phase\n");
    println!(
        "{:>8} {:>8} {:>6}  {:>7} {:>7} {:>7} {:>9} {:>7}  {:>8} {:>8} {:>8} {:>7}",
        "objects",
        "files",
        "MB",
        "load",
        "lower",
        "refine",
        "validate",
        "memory",
        "create",
        "no-op",
        "document",
        "memory"
    );
    let sizes = std::env::var(SIZES).unwrap_or_else(|_| DEFAULT_SIZES.into());
    for size in sizes.split(',') {
        let child = Command::new(std::env::current_exe().unwrap()).env(SIZE, size).status().unwrap();
        assert!(child.success(), "size {size}");
    }
    println!(
        "\nto reach: validate 100,000 in 2.5 s and 1.5 GB; plan 100,000 in 1.0 s and 1.0 GB, 10,000 in 0.1 s"
    );
}

/// Measures one size and prints its line.
fn measure(objects: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (files, bytes) = write_portfolio(folder.path(), objects);
    let request = LoadRequest {
        paths: vec![folder.path().to_owned()],
        cwd: folder.path().to_owned(),
        ..LoadRequest::default()
    };
    let start = Instant::now();
    let loaded = load(&request);
    let loading = start.elapsed();
    accept(&loaded.diagnostics);
    let (lowered, lowering) = timed(|| lower(&loaded));
    accept(&lowered.diagnostics);
    let mut desired = lowered.desired;
    let assets = desired.assets.clone();
    let (findings, refining) = timed(|| {
        let accounts = desired.accounts.values_mut();
        accounts.flat_map(|account| adplane_platforms::refine(account, &assets)).collect::<Vec<_>>()
    });
    accept(&findings);
    let validate_memory = peak_memory();
    drop((loaded, findings));

    let nothing = live(&desired, false);
    let everything = live(&desired, true);
    reset_peak();
    let (creates, creating) = best(|| planned(&desired, &nothing));
    assert!(creates.changes.len() >= objects);
    let (document, documenting) = best(|| {
        let context =
            DocumentContext { desired: &desired, observed: &nothing, engine: "bench", approvals: None };
        PlanDocument::new(&creates, &context)
    });
    assert!(document.hash.starts_with("sha256:"));
    drop((creates, document));
    let (unchanged, comparing) = best(|| planned(&desired, &everything));
    assert!(!unchanged.has_pending(), "{:?}", unchanged.changes.iter().find(|change| change.action.writes()));
    println!(
        "{:>8} {:>8} {:>6.1}  {} {} {}  {} {:>4} MB   {}  {}  {} {:>4} MB",
        objects,
        files,
        megabytes(bytes),
        seconds(loading),
        seconds(lowering),
        seconds(refining),
        seconds(loading + lowering + refining),
        validate_memory / MIB,
        seconds(creating),
        seconds(comparing),
        seconds(documenting),
        peak_memory() / MIB,
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// The last result and the shortest time.
fn best<T>(mut work: impl FnMut() -> T) -> (T, Duration) {
    let (mut result, mut shortest) = timed(&mut work);
    for _ in 1..RUNS {
        drop(result);
        let again = timed(&mut work);
        result = again.0;
        shortest = shortest.min(again.1);
    }
    (result, shortest)
}

fn seconds(duration: Duration) -> String {
    format!("{:>6.3}s", duration.as_secs_f64())
}

fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap()) / 1024.0
}

fn accept(diagnostics: &[Diagnostic]) {
    let error = diagnostics.iter().find(|found| found.is_error());
    assert!(error.is_none(), "{error:#?}");
}

/// Peak of resident memory in KiB.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// Starts the peak anew (proc(5), `clear_refs`); where that is not allowed, the peak is the whole run's.
fn reset_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn planned(desired: &Desired, observed: &Observed) -> Plan {
    plan(&PlanInput {
        desired,
        observed,
        schemas: &adplane_platforms::schemas(),
        options: &PlanOptions::default(),
        bindings: &BTreeMap::new(),
        now: "2026-11-21T00:00:00Z".parse().unwrap(),
    })
}

//! How long 50 rules take over the changes of 1,000 to 100,000 objects, on one core (2 s for the latter).
//!
//! The rules are those of the packs in `policies/` and some limits more; the objects are a portfolio of all three
//! platforms, once all of them new and once all of them edited. Prints a table and never fails on time:
//! `cargo bench -p adplane-tests --bench policy`; `ADPLANE_BENCH_SIZES=1000,10000` chooses sizes.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at any surprise"
)]

mod shared;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use adplane_core::desired::Desired;
use adplane_core::field::Field;
use adplane_core::observed::Observed;
use adplane_core::plan::{Plan, PlanInput, PlanOptions, plan};
use adplane_core::policy::{Judgement, Policy, judge};
use adplane_core::value::Value;
use adplane_manifest::{LoadRequest, load, lower, lower_policies};
use shared::{live, write_portfolio};

/// Sizes to measure, separated by commas.
const SIZES: &str = "ADPLANE_BENCH_SIZES";
const DEFAULT_SIZES: &str = "1000,10000,100000";
const RULES: usize = 50;
/// The best of so many runs counts.
const RUNS: usize = 3;

fn main() {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpus.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown processor");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{}, load {}; one thread\n", model.trim_start_matches([' ', '\t', ':']), load.trim());
    let (policies, rules) = policies();
    println!(
        "{:>8} {:>6} {:>9} {:>9} {:>9} {:>9}",
        "objects", "rules", "new", "verdicts", "edited", "verdicts"
    );
    let sizes = std::env::var(SIZES).unwrap_or_else(|_| DEFAULT_SIZES.into());
    for size in sizes.split(',') {
        measure(size.parse().unwrap(), &policies, rules);
    }
    println!("\nto reach: 100,000 objects and {RULES} rules in 2 s on one core");
}

/// The packs, and as many limits as make [`RULES`] rules.
fn policies() -> (Vec<Policy>, usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let packs = LoadRequest {
        paths: vec![PathBuf::from("policies")],
        cwd: root.to_owned(),
        ..LoadRequest::default()
    };
    let mut found = lower_policies(&load(&packs)).desired.policies;
    let known: usize = found.iter().map(|policy| policy.rules.len()).sum();
    let mut text =
        "apiVersion: adplane.io/v1alpha1\nkind: Policy\nmetadata: {name: limits}\nspec:\n  rules:\n"
            .to_owned();
    for number in known..RULES {
        writeln!(
            text,
            "    - {{name: limit-{number}, severity: Warn, when: \"after.budget.daily > money('{number}000 EUR')\", message: x}}"
        )
        .unwrap();
    }
    std::fs::write(folder.path().join("limits.yaml"), text).unwrap();
    let request = LoadRequest {
        paths: vec![PathBuf::from(".")],
        cwd: folder.path().to_owned(),
        ..LoadRequest::default()
    };
    let more = lower_policies(&load(&request));
    assert!(more.diagnostics.iter().all(|found| !found.is_error()), "{:?}", more.diagnostics);
    found.extend(more.desired.policies);
    let rules = found.iter().map(|policy| policy.rules.len()).sum();
    assert_eq!(rules, RULES);
    (found, rules)
}

/// Measures one size and prints its line.
fn measure(objects: usize, policies: &[Policy], rules: usize) {
    let folder = tempfile::tempdir().unwrap();
    write_portfolio(folder.path(), objects);
    let request = LoadRequest {
        paths: vec![folder.path().to_owned()],
        cwd: folder.path().to_owned(),
        ..LoadRequest::default()
    };
    let mut desired = lower(&load(&request)).desired;
    let assets = desired.assets.clone();
    for account in desired.accounts.values_mut() {
        let found = adplane_platforms::refine(account, &assets);
        assert!(found.iter().all(|finding| !finding.is_error()), "{found:?}");
    }
    let everything = live(&desired, true);
    let nothing = live(&desired, false);
    let (new, creating) = judged(&desired, &nothing, policies, objects);
    // Every object is called otherwise, so that all of them change.
    let mut edited = desired;
    for object in edited.accounts.values_mut().flat_map(|account| account.objects.values_mut()) {
        let path = if object.address.ad.is_some() { "creative.landingPage" } else { "displayName" };
        let value = format!("https://shop.example/{}", object.address.local_name());
        object.fields.insert(path.into(), Field::declared(Value::text(value), None));
    }
    let (changed, editing) = judged(&edited, &everything, policies, objects);
    println!(
        "{objects:>8} {rules:>6} {:>8.3}s {:>9} {:>8.3}s {:>9}",
        creating.as_secs_f64(),
        new.verdicts.len(),
        editing.as_secs_f64(),
        changed.verdicts.len()
    );
}

/// What the policies say of a plan in which at least so many objects change, and how long that takes.
fn judged(
    desired: &Desired,
    observed: &Observed,
    policies: &[Policy],
    objects: usize,
) -> (Judgement, Duration) {
    let (options, schemas, bindings) =
        (PlanOptions::default(), adplane_platforms::schemas(), BTreeMap::new());
    let now = "2026-11-21T00:00:00Z".parse().unwrap();
    let input = |desired| PlanInput {
        desired,
        observed,
        schemas: &schemas,
        options: &options,
        bindings: &bindings,
        now,
    };
    let planned: Plan = plan(&input(desired));
    let writing = planned.changes.iter().filter(|change| change.action.writes()).count();
    assert!(writing >= objects, "{writing} of {objects} change");
    let mut wanted = desired.clone();
    wanted.policies = policies.to_vec();
    let mut best: Option<(Judgement, Duration)> = None;
    for _ in 0..RUNS {
        let start = Instant::now();
        let found = judge(&input(&wanted), &planned.changes, &planned.classes, &planned.money);
        let took = start.elapsed();
        if best.as_ref().is_none_or(|(_, shortest)| took < *shortest) {
            best = Some((found, took));
        }
    }
    best.unwrap()
}

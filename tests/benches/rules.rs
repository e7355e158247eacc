//! How long 50 automation rules take over 1,000 to 10,000 objects, on one core (2 s for the latter).
//!
//! The rules are the templates in `examples/rules`, again and again under other names, all of them about ad groups;
//! the objects are ad groups of four accounts with made-up numbers, once calm (conditions mostly false)
//! and once with everything on fire. Prints a table and never fails on time: `cargo bench -p adplane-tests --bench rules`;
//! `ADPLANE_BENCH_SIZES=1000,10000` chooses sizes.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at any surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adplane_core::address::{AccountKey, Address, Kind, Platform};
use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::metrics::{CONVERSION_PARTS, Sums, Window};
use adplane_core::money::{Currency, Money};
use adplane_core::rules::{
    AccountState, Budget, Cadence, Forecasts, Guards, Memory, Mode, ObjectState, Ownership, Rule, Run,
    Snapshot, State, WindowSums, run,
};
use adplane_core::time::Zone;
use adplane_manifest::{LoadRequest, load, lower_rules};
use jiff::{SignedDuration, Timestamp};

/// Sizes to measure, separated by commas.
const SIZES: &str = "ADPLANE_BENCH_SIZES";
const DEFAULT_SIZES: &str = "1000,10000";
const RULES: usize = 50;
const ACCOUNTS: usize = 4;
/// Ad groups of one campaign.
const GROUPS: usize = 10;
/// The best of so many runs counts.
const RUNS: usize = 3;
/// When the templates' dayparting is open and the day has hours behind it.
const NOW: &str = "2026-06-10T10:00:00Z";

fn main() {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpus.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown processor");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{}, load {}; one thread\n", model.trim_start_matches([' ', '\t', ':']), load.trim());
    let rules = rules();
    println!(
        "{:>8} {:>6} {:>8} {:>10} {:>9} {:>10} {:>9}",
        "objects", "rules", "world", "decisions", "time", "pairs", "pairs/s"
    );
    let sizes = std::env::var(SIZES).unwrap_or_else(|_| DEFAULT_SIZES.into());
    for size in sizes.split(',') {
        for (word, bad) in [("calm", false), ("burning", true)] {
            measure(size.parse().unwrap(), &rules, word, bad);
        }
    }
    println!("\nto reach: 10,000 objects and {RULES} rules in 2 s on one core");
}

/// The templates under as many names as make [`RULES`] rules.
fn rules() -> Vec<Rule> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let request = LoadRequest {
        paths: vec![PathBuf::from("examples/rules")],
        cwd: root.to_owned(),
        ..LoadRequest::default()
    };
    let templates = lower_rules(&load(&request)).rules;
    assert!(templates.len() >= 15, "the templates are there");
    let each = (0..RULES).map(|number| {
        let mut rule = templates[number % templates.len()].clone();
        rule.key.name = ObjectName::new(format!("rule-{number}")).unwrap();
        rule.mode = Mode::Act;
        rule.scope.kind = Kind::AdGroup;
        rule.scope.platforms = BTreeSet::new();
        rule.scope.accounts = BTreeSet::new();
        rule.scope.labels = BTreeMap::new();
        rule.schedule.hours = None;
        rule.schedule.days = BTreeSet::new();
        rule
    });
    each.collect()
}

fn measure(size: usize, rules: &[Rule], word: &str, bad: bool) {
    let shop = world(size, rules, bad);
    let groups = shop.objects.keys().filter(|address| address.kind == Kind::AdGroup).count();
    let (mut best, mut found): (Duration, Option<Run>) = (Duration::MAX, None);
    for _ in 0..RUNS {
        let began = Instant::now();
        let done = run(rules, &shop, &Memory::default());
        best = best.min(began.elapsed());
        found = Some(done);
    }
    let found = found.unwrap();
    let looked: usize = found.runs.iter().map(|run| run.objects.len()).sum();
    assert_eq!(looked, groups * rules.len(), "every rule looked at every ad group");
    let pairs = u32::try_from(looked).unwrap();
    println!(
        "{:>8} {:>6} {:>8} {:>10} {:>7.2} s {:>10} {:>9.0}",
        groups,
        rules.len(),
        word,
        found.decisions.len(),
        best.as_secs_f64(),
        looked,
        f64::from(pairs) / best.as_secs_f64()
    );
}

fn world(size: usize, rules: &[Rule], bad: bool) -> Snapshot {
    let now: Timestamp = NOW.parse().unwrap();
    let windows: BTreeSet<Window> = rules.iter().flat_map(|rule| rule.windows.iter().copied()).collect();
    let namespace = Namespace::new("growth").unwrap();
    let mut snapshot = Snapshot {
        id: "bench".to_owned(),
        now,
        accounts: BTreeMap::new(),
        objects: BTreeMap::new(),
        forecasts: Forecasts::default(),
        signals: BTreeMap::new(),
        pending: BTreeSet::new(),
        overridden: BTreeMap::new(),
        coming: Vec::new(),
        crowded: BTreeMap::new(),
        guards: Guards::default(),
        others: BTreeMap::new(),
        strangers: BTreeMap::new(),
    };
    for number in 0..ACCOUNTS {
        let name = ObjectName::new(format!("account-{number}")).unwrap();
        let state = AccountState {
            platform: Platform::Meta,
            currency: Currency::EUR,
            unit: 10_000,
            zone: Zone::parse("Europe/Madrid").unwrap(),
            windows: windows.iter().map(|window| (*window, sums(now, number * 7, false))).collect(),
            killed: None,
            frozen: None,
            halted: None,
            baseline: Some(i64::MAX / 4),
            usual: BTreeMap::new(),
        };
        snapshot.accounts.insert(AccountKey { namespace: namespace.clone(), name }, state);
    }
    for number in 0..size {
        let campaign = number / GROUPS;
        let address = |kind, name: String| Address {
            platform: Platform::Meta,
            account: ObjectName::new(format!("account-{}", campaign % ACCOUNTS)).unwrap(),
            kind,
            namespace: namespace.clone(),
            name: ObjectName::new(name).unwrap(),
            ad: None,
        };
        let above = address(Kind::Campaign, format!("campaign-{campaign}"));
        let mut group = object(now, &windows, number, bad);
        group.parent = Some(above.clone());
        snapshot.objects.insert(address(Kind::AdGroup, format!("group-{number}")), group);
        snapshot.objects.entry(above).or_insert_with(|| {
            let mut above = object(now, &windows, campaign, false);
            above.budget = None;
            above
        });
    }
    snapshot
}

fn object(now: Timestamp, windows: &BTreeSet<Window>, number: usize, bad: bool) -> ObjectState {
    let euros = |amount: i64| Money::from_micros(amount * 1_000_000, Currency::EUR);
    ObjectState {
        display_name: format!("object {number}"),
        labels: BTreeMap::from([("goal".into(), "purchase".into())]),
        parent: None,
        state: Some(State::Active),
        created: now.checked_sub(SignedDuration::from_hours(24 * 90)).ok(),
        budget: Some(Budget {
            amount: euros(50 + i64::try_from(number % 50).unwrap()),
            cadence: Cadence::Daily,
            ownership: Ownership::Bounded {
                initial: euros(100),
                settled: euros(100_000),
                min: euros(1),
                max: euros(10_000),
                max_step: None,
                unit: 10_000,
            },
        }),
        bid: None,
        target_cpa: None,
        target_roas: None,
        creatives: BTreeSet::new(),
        windows: windows.iter().map(|window| (*window, sums(now, number, bad))).collect(),
        hold: None,
        rules_may_pause: true,
        keep_one: BTreeSet::new(),
    }
}

/// Numbers that differ from object to object; bad ones spend much for nothing.
fn sums(now: Timestamp, number: usize, bad: bool) -> WindowSums {
    let number = i64::try_from(number).unwrap();
    let spend = (100 + number % 97) * 1_000_000;
    let clicks = 150 + number % 61;
    let conversions = if bad { 0 } else { (4 + number % 9) * CONVERSION_PARTS };
    let sums = Sums {
        spend: Some(spend),
        impressions: Some(clicks * 60),
        clicks: Some(clicks),
        conversions: Some(conversions),
        value: Some(conversions * 60),
        reach: Some(clicks * 20),
        video_views: Some(0),
    };
    WindowSums { sums: Ok(sums), as_of: Some(now), days: Some(7), ranges: Arc::default(), observed: None }
}

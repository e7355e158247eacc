//! `docs/kubernetes.md` tells every reason that a status can give, and everything that is measured.
#![cfg(test)] // so that helpers count as tests, which may unwrap

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use adplane_core::address::AccountKey;
use adplane_core::metrics::{Metric, Sums};
use adplane_core::money::Currency;
use adplane_operator::account::status::{Reason, Type};
use adplane_operator::delivered::Counts;
use adplane_operator::metrics::{Metrics, Outcome};
use jiff::Timestamp;

const PAGE: &str = include_str!("../../docs/kubernetes.md");

/// The rows of the table of reasons: the word and what it means.
fn rows() -> BTreeMap<&'static str, &'static str> {
    let table =
        PAGE.split("<!-- reasons -->").nth(1).unwrap().split("<!-- end of reasons -->").next().unwrap();
    let rows =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "));
    rows.collect()
}

#[test]
fn reasons_are_those_of_the_page() {
    let told: BTreeMap<&str, &str> =
        Reason::ALL.iter().map(|(reason, meaning)| (reason.word(), meaning.trim())).collect();
    assert_eq!(rows(), told, "write the table of docs/kubernetes.md as the left side should be");
}

#[test]
fn every_type_of_condition_is_on_the_page() {
    for kind in Type::ALL {
        assert!(PAGE.contains(&format!("`{}`", kind.word())), "{} is not on the page", kind.word());
    }
}

#[test]
fn metrics_are_those_of_the_page() {
    let account = AccountKey { namespace: "growth".parse().unwrap(), name: "meta-eu".parse().unwrap() };
    let at = Timestamp::UNIX_EPOCH;
    let metrics = Metrics::new();
    // What was never measured is not told, so everything is measured once.
    metrics.reconciled(&account, Outcome::Applied, Duration::from_secs(1), at);
    metrics.plan_pending(&account, Some(at));
    metrics.drift(&account, 1);
    metrics.quota(&account, Some(1));
    metrics.error(&account, "apply");
    metrics.writes(&account, 1, 1);
    metrics.daily_budget(&account, "EUR", 1, 1);
    // Of zeros there are no ratios.
    let mut sums = Sums::default();
    for metric in Metric::ALL {
        sums.set(metric, Some(1));
    }
    metrics.delivery(&account, Currency::EUR, &[Some(Counts { sums, as_of: at }); 4]);
    metrics.shards_held(1);
    metrics.watch_restarted("Plan");
    metrics.guards_missing(0);
    let told: BTreeSet<String> = metrics
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .map(|(name, kind)| if kind == "counter" { format!("{name}_total") } else { name.to_owned() })
        .collect();
    let words = PAGE.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let written: BTreeSet<String> =
        words.filter(|word| word.starts_with("adplane_")).map(str::to_owned).collect();
    assert_eq!(written, told, "left: docs/kubernetes.md, right: what is measured");
}

//! Back-tests of shipped rules over advertising data that others collected and that is not ours to ship.
//!
//! `ADPLANE_DATASETS` names a folder with `campaigns_daily_2021-02.csv`: eleven campaigns on 28 days. Each case loads it
//! into a metrics store as it would have been read every morning, runs `adplane rules backtest` over a rule of
//! `examples/rules`, and reckons the same once more in plain loops over the rows (`reckon`), which share nothing with the
//! engine. Without the folder or the file every case is reported as ignored with what is missing.

#![expect(
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a case that panics has failed, as a test of cargo's own harness would; odds are real numbers"
)]

mod project;
mod reckon;
mod rows;

use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use rows::Rows;

const FILE: &str = "campaigns_daily_2021-02.csv";

/// A case: its name and what it does.
type Case = (&'static str, fn(&Rows));

const CASES: [Case; 3] = [
    ("backtest::stop-loss pauses whom a plain count of the days pauses", stop_loss),
    ("backtest::roas-too-low pauses whom a plain count of the days pauses", roas_too_low),
    ("backtest::cpa-too-high cuts as a plain count of the days cuts", cpa_too_high),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = CASES.iter().map(|(name, check)| trial(name, *check)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: &str, check: fn(&Rows)) -> Trial {
    let ignored = |reason: &str| Trial::test(name, || Ok(())).with_kind(reason).with_ignored_flag(true);
    let Some(folder) = std::env::var_os("ADPLANE_DATASETS").map(PathBuf::from) else {
        return ignored("ADPLANE_DATASETS is not set");
    };
    match std::fs::read_to_string(folder.join(FILE)) {
        Err(_) => ignored(&format!("no {FILE} in ADPLANE_DATASETS")),
        Ok(text) => Trial::test(name, move || {
            check(&Rows::read(&text));
            Ok(())
        }),
    }
}

/// One day without an order, at three times 100 EUR: longer stretches without orders are not in the data before it ends.
fn stop_loss(rows: &Rows) {
    let edits =
        [("days: 7, end: settled", "days: 1, end: yesterday"), ("target: \"25 EUR\"", "target: \"100 EUR\"")];
    let told = project::told(rows, "stop-loss", &edits, project::Shape::Groups);
    let reckoned = reckon::stop_loss(rows, 10_000, 3, 20);
    assert!(reckoned.fired.len() >= 3, "the data makes it fire: {reckoned:#?}");
    assert_eq!(told, reckoned);
}

/// As it is shipped, but that the newest days count: the store is too young to have learned when they settle.
fn roas_too_low(rows: &Rows) {
    let edits = [("end: settled", "end: yesterday")];
    let told = project::told(rows, "roas-too-low", &edits, project::Shape::Campaigns);
    let reckoned = reckon::roas_too_low(rows, 18, 10, 2);
    assert!(reckoned.fired.len() >= 5, "the data makes it fire: {reckoned:#?}");
    assert!(reckoned.followed.values().any(|(spend, orders)| *spend > 0 && *orders > 0), "{reckoned:#?}");
    assert_eq!(told, reckoned);
}

/// With a target of what these campaigns sell for.
fn cpa_too_high(rows: &Rows) {
    let edits = [
        ("end: settled", "end: yesterday"),
        ("target: \"25 EUR\"", "target: \"3000 EUR\""),
        ("minSpend: \"75 EUR\"", "minSpend: \"9000 EUR\""),
    ];
    let told = project::told(rows, "cpa-too-high", &edits, project::Shape::Groups);
    let reckoned = reckon::cpa_too_high(rows, 300_000, 900_000);
    assert!(reckoned.fired.values().any(|days| days.len() >= 2), "some are cut again: {reckoned:#?}");
    assert_eq!(told, reckoned);
}

//! Statistics on advertising data that others collected and that is not ours to ship.
//!
//! `ADPLANE_DATASETS` names a folder with `fb_adwords_daily_2019.csv` (a year of one Facebook and one `AdWords` campaign)
//! and `robyn_dt_simulated_weekly.csv` (208 weeks of the Robyn project). Without it, or without a file, every case is
//! reported as ignored with what is missing.

mod anomalies;
mod curves;
mod forecasts;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use table::Table;

/// What a case says when it fails.
type Outcome = Result<(), String>;

const YEAR: &str = "fb_adwords_daily_2019.csv";
const WEEKS: &str = "robyn_dt_simulated_weekly.csv";

/// A case: its name, the file that it reads, what it checks.
type Case = (&'static str, &'static str, fn(&Table) -> Outcome);

const CASES: [Case; 10] = [
    ("anomaly::clean days alarm at most once in a hundred", YEAR, anomalies::clean_days),
    ("anomaly::two days of 40 % or 200 % are found", YEAR, anomalies::two_days),
    ("anomaly::a lasting 40 % or 200 % is found in every series", YEAR, anomalies::lasting),
    (
        "anomaly::clean days alarm at most once in a hundred by hours, days and levels together",
        YEAR,
        anomalies::hours_of_clean_days,
    ),
    ("anomaly::a day that stops or doubles is found on that day", YEAR, anomalies::hours_of_changed_days),
    ("anomaly::restated days alarm once", YEAR, anomalies::restated),
    ("forecast::the published clicks of 337 days", YEAR, forecasts::published),
    ("forecast::the published errors of 28 days held out", YEAR, forecasts::held_out),
    ("forecast::a record for every series", YEAR, forecasts::records),
    ("allocate::weekly channels are split or say why not", WEEKS, curves::channels),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = CASES.iter().map(|(name, file, check)| trial(name, file, *check)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: &str, file: &str, check: fn(&Table) -> Outcome) -> Trial {
    let ignored = |reason: &str| Trial::test(name, || Ok(())).with_kind(reason).with_ignored_flag(true);
    let Some(folder) = std::env::var_os("ADPLANE_DATASETS").map(PathBuf::from) else {
        return ignored("ADPLANE_DATASETS is not set");
    };
    match std::fs::read_to_string(folder.join(file)) {
        Err(_) => ignored(&format!("no {file} in ADPLANE_DATASETS")),
        Ok(text) => Trial::test(name, move || check(&Table::read(&text)).map_err(Failed::from)),
    }
}

/// An error that says what was found, unless it is as it should be.
fn ensure(holds: bool, found: impl Into<String>) -> Outcome {
    if holds { Ok(()) } else { Err(found.into()) }
}

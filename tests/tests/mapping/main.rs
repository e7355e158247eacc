//! The rows of the mapping, one test each, over `tests/mapping/`: see its README for the form.
//!
//! Every row runs the real binary against a sandbox of its own: the YAML is refused as the row says, or it is
//! applied, looked at on the platform's side, planned again (nothing may be left), imported, and the import
//! planned (nothing may differ). Rows are data, so that who knows the platforms can read and write them.
//!
//! Rows speak of euros. With `ADPLANE_SOAK_ROWS` set, those that are accepted run in dollars and yen too.

mod bench;
mod file;
mod matching;
mod project;
mod row;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use file::{Currency, Row, Section, Vendor};
use project::Project;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let _ = rustls::crypto::ring::default_provider().install_default();
    libtest_mimic::run(&arguments, trials()).exit_code()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mapping")
}

/// Files of a folder with an extension, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    found.sort();
    found
}

fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for vendor in Vendor::ALL {
        let folder = folder().join(vendor.word());
        for path in files(&folder.join("base")) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            for currency in Currency::ALL {
                let path = path.clone();
                trials.push(Trial::test(
                    format!("{}::base {stem}::{}", vendor.word(), currency.code()),
                    move || run(|| row::base(vendor, &Project::read(&path)?, currency)),
                ));
            }
        }
        for path in files(&folder) {
            trials.extend(section_trials(vendor, &path));
        }
    }
    trials
}

fn section_trials(vendor: Vendor, path: &Path) -> Vec<Trial> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let section = match Section::read(path) {
        Ok(section) => Arc::new(section),
        Err(problem) => {
            let name = format!("{}::{stem}", vendor.word());
            return vec![Trial::test(name, move || Err(Failed::from(problem)))];
        }
    };
    let bases = path.with_file_name("base");
    let mut trials = Vec::new();
    for at in 0..section.rows.len() {
        for &currency in currencies(&section.rows[at]) {
            let (section, bases) = (section.clone(), bases.clone());
            let row = &section.rows[at].name;
            let suffix = if currency == Currency::Eur { "" } else { currency.code() };
            let name = format!("{}::{} {}::{row} {suffix}", vendor.word(), section.number, section.title);
            trials.push(Trial::test(name.trim_end().to_owned(), move || {
                run(|| {
                    let row = &section.rows[at];
                    let base = row.base.as_ref().unwrap_or(&section.base);
                    let project = Project::read(&bases.join(format!("{base}.yaml")))?;
                    row::run(vendor, &project, row, currency)
                })
            }));
        }
    }
    trials
}

/// What a row runs in: other currencies than its own only where all that it says holds in them.
fn currencies(row: &Row) -> &'static [Currency] {
    let everywhere = std::env::var_os("ADPLANE_SOAK_ROWS").is_some() && !row.is_about_euros();
    if everywhere { &Currency::ALL } else { &[Currency::Eur] }
}

fn run(test: impl FnOnce() -> Result<(), String>) -> Result<(), Failed> {
    test().map_err(Failed::from)
}

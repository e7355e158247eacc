//! Facts about the vendors' APIs, `tests/facts/`: requests and answers from the vendors' documents.
//!
//! Emulators and adapters must meet them, each by itself and never by the other's word: the emulator is sent the
//! request, the adapter is served the answer by a scripted server, or its request is compared.

mod adapter;
mod fact;
mod sandbox;
mod server;
mod shape;

#[expect(dead_code, reason = "rows of the mapping have more to say")]
#[path = "../mapping/file.rs"]
mod file;
#[path = "../mapping/project.rs"]
mod project;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use fact::{Facts, Side};
use file::Vendor;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let _ = rustls::crypto::ring::default_provider().install_default();
    libtest_mimic::run(&arguments, trials()).exit_code()
}

fn trials() -> Vec<Trial> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("facts");
    let mut trials = Vec::new();
    for vendor in Vendor::ALL {
        for path in files(&root.join(vendor.word())) {
            trials.extend(of_file(vendor, &path));
        }
    }
    trials
}

/// Files of facts, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    found.sort();
    found
}

fn of_file(vendor: Vendor, path: &Path) -> Vec<Trial> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let facts = match Facts::read(path) {
        Ok(facts) => Arc::new(facts),
        Err(problem) => {
            let name = format!("{}::{stem}", vendor.word());
            return vec![Trial::test(name, move || Err(Failed::from(problem)))];
        }
    };
    let mut trials = Vec::new();
    for (number, fact) in facts.all.iter().enumerate() {
        for side in fact.tests() {
            let whose = match side {
                Side::Sandbox => "sandbox answers",
                Side::Class => "adapter classifies",
                Side::Reads => "adapter reads",
                Side::Counts => "adapter counts",
                Side::Sent => "adapter sends",
            };
            let facts = facts.clone();
            let name = format!("{}::{stem}::{}::{whose}", vendor.word(), fact.about);
            trials.push(Trial::test(name, move || run(vendor, &facts, number, side)));
        }
    }
    trials
}

fn run(vendor: Vendor, facts: &Facts, number: usize, side: Side) -> Result<(), Failed> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().build().map_err(|error| error.to_string())?;
    let fact = &facts.all[number];
    let result = runtime.block_on(async {
        match side {
            Side::Sandbox => sandbox::check(vendor, fact).await,
            Side::Class => adapter::check_class(vendor, fact).await,
            Side::Reads => adapter::check_reads(vendor, fact, &facts.serves).await,
            Side::Counts => adapter::check_counts(vendor, fact, &facts.serves).await,
            Side::Sent => adapter::check_sent(vendor, fact).await,
        }
    });
    let source = fact.source.as_ref().unwrap_or(&facts.source);
    result.map_err(|problem| Failed::from(format!("{problem}\nsource: {source}")))
}

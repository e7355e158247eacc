//! The vendors' own Python clients as witnesses: `tests/witnesses/`.
//!
//! Two of them drive the emulators, step by step. The others read a record of what Adplane sent and what the
//! emulators answered, each by its vendor's own message types and field lists; a spoilt record shows that they can
//! fail. They need an interpreter with `tests/witnesses/requirements.txt`, which `.ci/run` makes; where it is missing,
//! every test is named as ignored with the reason.

mod journey;
mod python;
mod spoil;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use adplane_sandbox::{ClockMode, QuotaMode, Sandbox, SandboxOptions};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use journey::Journey;
use python::{Missing, Python};

/// A vendor's client on its emulator: the test, the program, the packages.
const DRIVERS: [(&str, &str, &str); 2] = [
    ("meta::the official client drives the emulator", "meta_ads.py", "facebook-business"),
    ("tiktok::the official client drives the emulator", "tiktok_ads.py", "tiktok-business-api-sdk-official"),
];

/// A vendor's types on a record: the platform, the program, the packages.
const READERS: [(&str, &str, &str); 3] = [
    ("google", "google_ads.py", "google-ads"),
    ("meta", "requests_meta.py", "facebook-business"),
    ("tiktok", "requests_tiktok.py", "tiktok-business-api-sdk-official"),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let journey = Arc::new(OnceLock::new());
    let mut trials: Vec<Trial> = DRIVERS
        .iter()
        .map(|(name, program, package)| trial(name, package, |python| drive(python, program)))
        .collect();
    for (platform, program, package) in READERS {
        let shared = journey.clone();
        trials.push(trial(
            &format!("{platform}::the official client reads every exchange"),
            package,
            move |python| python.run(program, &[recorded(&shared)?.record()]).map(|_| ()),
        ));
        let shared = journey.clone();
        trials.push(trial(&format!("{platform}::a spoilt exchange is found"), package, move |python| {
            spoil(python, platform, program, recorded(&shared)?)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test that needs a package, or the name of what is missing.
fn trial(
    name: &str,
    package: &str,
    test: impl FnOnce(&Python) -> Result<(), String> + Send + 'static,
) -> Trial {
    match Python::with(package) {
        Ok(python) => Trial::test(name, move || test(&python).map_err(Failed::from)),
        Err(Missing(reason)) => Trial::test(name, || Ok(())).with_kind(reason).with_ignored_flag(true),
    }
}

fn runtime() -> Result<Runtime, String> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().map_err(|error| error.to_string())
}

fn options() -> SandboxOptions {
    let mut options = SandboxOptions {
        clock: ClockMode::virtual_default(),
        quota: QuotaMode::Off,
        ..SandboxOptions::default()
    };
    options.listen.set_port(0);
    options
}

fn drive(python: &Python, program: &str) -> Result<(), String> {
    let runtime = runtime()?;
    let sandbox = runtime.block_on(Sandbox::start(options())).map_err(|error| error.to_string())?;
    python.run(program, &[sandbox.url()]).map(|_| ())
}

/// The record of one journey that all readers share.
fn recorded(shared: &OnceLock<Result<Journey, String>>) -> Result<&Journey, String> {
    shared.get_or_init(Journey::record_all).as_ref().map_err(Clone::clone)
}

/// Each of the wrong exchanges must be named, and nothing else.
fn spoil(python: &Python, platform: &str, program: &str, journey: &Journey) -> Result<(), String> {
    let (record, wrongs) = journey.spoilt(platform)?;
    let run = python.output(program, &[record])?;
    let failed = run.failed();
    let found = wrongs.iter().all(|wrong| failed.iter().any(|line| line.contains(wrong.as_str())));
    if run.code == 1 && found && failed.len() == wrongs.len() {
        return Ok(());
    }
    Err(format!("wrong are {wrongs:?}, found are\n{}", run.text))
}

//! Approvals, end to end: the real binary, a sandbox, and stock `ssh-keygen` and git as the other side.
//!
//! Each case needs a program that a machine may lack; then it is reported as ignored, with the reason.

mod audit;
mod authors;
mod commits;
mod daemon;
mod desk;
mod midway;
mod rules;
mod saved;
mod signing;
mod who;

use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};

use desk::{Case, Desk};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = [
        ("signing", signing::CASES),
        ("who", who::CASES),
        ("commits", commits::CASES),
        ("saved", saved::CASES),
        ("midway", midway::CASES),
        ("rules", rules::CASES),
        ("audit", audit::CASES),
        ("daemon", daemon::CASES),
        ("authors", authors::CASES),
    ];
    let trials = trials.iter().flat_map(|(group, cases)| cases.iter().map(move |case| trial(group, case)));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// A case with a desk of its own, or the name of the program that is missing.
fn trial(group: &str, case: &'static Case) -> Trial {
    let name = format!("{group}::{}", case.name);
    match case.needs.iter().find(|program| !is_here(program)) {
        Some(missing) => {
            Trial::test(name, || Ok(())).with_kind(format!("needs {missing}")).with_ignored_flag(true)
        }
        None => Trial::test(name, move || {
            let desk = Desk::start(case.latency).map_err(Failed::from)?;
            (case.run)(&desk).map_err(Failed::from)
        }),
    }
}

/// Whether a program can be run; what it says does not matter.
fn is_here(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

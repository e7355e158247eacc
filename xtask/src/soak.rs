//! Long suites in full: the ones that `cargo test` runs in small, named counts.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::say;
use crate::workspace::Workspace;

/// A suite: tests whose names contain a word.
struct Suite {
    name: &'static str,
    /// Packages that are built and searched; a black-box suite also names the one whose binary it runs.
    packages: &'static [&'static str],
    filter: &'static str,
}

const SUITES: &[Suite] = &[
    Suite { name: "planner", packages: &["adplane-core"], filter: "plan::tests::properties" },
    Suite { name: "rules", packages: &["adplane-core", "adplane-engine"], filter: "rules::tests::" },
    Suite { name: "import", packages: &["adplane-manifest"], filter: "raise::tests" },
    Suite { name: "yaml", packages: &["adplane-manifest"], filter: "yaml::" },
    Suite {
        name: "crash",
        packages: &["adplane-tests", "adplane-cli"],
        filter: "black_box::crash::killed_at_any_moment",
    },
    Suite { name: "reads", packages: &["adplane-tests", "adplane-cli"], filter: "black_box::reads" },
    Suite { name: "platforms", packages: &["adplane-tests"], filter: "portfolios::normalised" },
    Suite { name: "faults", packages: &["adplane-tests"], filter: "portfolios::faults::any_faults" },
];

/// Objects of each account that is read.
const OBJECTS: &str = "10000";

/// How long the suites run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Length {
    /// Cases of each property.
    pub(crate) cases: u32,
    /// Times the binary is killed.
    pub(crate) kills: u32,
    /// Generated portfolios that are applied to the sandbox.
    pub(crate) portfolios: u32,
    /// Applies whose requests go wrong at random.
    pub(crate) faults: u32,
}

/// Runs the suites whose name contains `only`, each with its time; fails when one fails or runs nothing.
pub(crate) fn run(workspace: &Workspace, length: Length, only: Option<&str>) -> Result<()> {
    let chosen: Vec<&Suite> =
        SUITES.iter().filter(|suite| only.is_none_or(|only| suite.name.contains(only))).collect();
    let names: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
    ensure!(!chosen.is_empty(), "no suite is called so; there are: {}", names.join(", "));
    say(&format!(
        "soak: {} cases of each property, {} kills, {} portfolios on the sandbox, {} runs with faults",
        length.cases, length.kills, length.portfolios, length.faults
    ));
    let mut failed = Vec::new();
    for suite in chosen {
        if !run_suite(workspace, suite, length)? {
            failed.push(suite.name);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn run_suite(workspace: &Workspace, suite: &Suite, length: Length) -> Result<bool> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let begun = Instant::now();
    let output = Command::new(cargo)
        .args(["test", "--release", "--locked"])
        .args(suite.packages.iter().flat_map(|package| ["--package", package]))
        .arg(suite.filter)
        .env("PROPTEST_CASES", length.cases.to_string())
        .env("ADPLANE_SOAK_KILLS", length.kills.to_string())
        .env("ADPLANE_SOAK_PORTFOLIOS", length.portfolios.to_string())
        .env("ADPLANE_SOAK_FAULTS", length.faults.to_string())
        .env("ADPLANE_SOAK_OBJECTS", OBJECTS)
        .current_dir(&workspace.root)
        .output()
        .context("cannot run `cargo test`")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tests = count(&text);
    if !output.status.success() {
        say(&text);
        say(&String::from_utf8_lossy(&output.stderr));
    }
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!("soak: {}: {tests} tests in {seconds:.0} s, the build included", suite.name));
    ensure!(tests > 0 || !output.status.success(), "`{}` names no test", suite.filter);
    Ok(output.status.success())
}

/// Tests that ran, by the summaries of all test binaries.
fn count(output: &str) -> u32 {
    output
        .lines()
        .filter_map(|line| line.strip_prefix("test result: "))
        .flat_map(|summary| summary.split([';', '.']))
        .filter_map(|part| part.trim().split_once(' '))
        .filter(|(_, what)| matches!(*what, "passed" | "failed"))
        .filter_map(|(number, _)| number.parse::<u32>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_over_binaries() {
        let output = "running 2 tests\n\
             test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 9 filtered out; finished in 0.1s\n\
             test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s\n";
        assert_eq!(count(output), 6);
        assert_eq!(count("running 0 tests\n"), 0);
    }

    #[test]
    fn suites_name_members() {
        let workspace = Workspace::read().unwrap();
        for suite in SUITES {
            for package in suite.packages {
                assert!(workspace.members.iter().any(|member| member.name == *package), "{}", suite.name);
            }
        }
    }
}

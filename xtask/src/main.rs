//! Upkeep of the repository: generated files, rules that the compiler cannot check, long suites.
//!
//! `cargo xtask <task>` runs a task; the tests beside the tasks run the checks with `cargo test`, so that a
//! stale file or a broken arrow fails there too.

mod arrows;
mod codegen;
mod links;
mod soak;
mod source;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Upkeep of the repository")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Write what is generated: crds/, schemas/, docs/cli.md, docs/diagnostics.md, docs/mapping.md
    Codegen {
        /// Write nothing; fail when a file is stale
        #[arg(long)]
        check: bool,
    },
    /// Check the rules that the compiler cannot
    Tidy,
    /// Run the long suites in full, optimised
    Soak {
        /// Cases of each property
        #[arg(long, default_value_t = 5000)]
        cases: u32,
        /// Times the binary is killed during an apply
        #[arg(long, default_value_t = 200)]
        kills: u32,
        /// Generated portfolios applied to the sandbox
        #[arg(long, default_value_t = 1000)]
        portfolios: u32,
        /// Runs whose requests go wrong at random
        #[arg(long, default_value_t = 1000)]
        faults: u32,
        /// Only the suites whose name contains this
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
}

fn main() -> ExitCode {
    let result = run(&Arguments::parse().task);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    let workspace = Workspace::read()?;
    match task {
        Task::Codegen { check: false } => codegen::write(&workspace),
        Task::Codegen { check: true } => codegen::check(&workspace),
        Task::Tidy => tidy::run(&workspace),
        Task::Soak { cases, kills, portfolios, faults, name } => {
            let length =
                soak::Length { cases: *cases, kills: *kills, portfolios: *portfolios, faults: *faults };
            soak::run(&workspace, length, name.as_deref())
        }
    }
}

/// Tells the person at the terminal.
#[expect(clippy::print_stderr, reason = "a task talks to the person who runs it")]
fn say(text: &str) {
    eprintln!("{text}");
}

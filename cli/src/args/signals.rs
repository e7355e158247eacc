//! Arguments of `signals`.

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{PathArgs, TestFormat};

/// What can be done with values from outside.
#[derive(Debug, Subcommand)]
pub enum SignalsCommand {
    /// Tell a value that rules ask for behind `signals.`
    Put(SignalsPutArgs),
    /// List the values that are known, and those that rules ask for
    List(SignalsListArgs),
    /// Forget a value: what asks for it is unknown then
    Drop(SignalsDropArgs),
}

/// Arguments of `signals put`.
#[derive(Debug, Args)]
pub struct SignalsPutArgs {
    /// The name that rules declare
    pub name: String,
    /// A number, an amount such as "25 EUR", `true`, `false` or a text
    #[arg(allow_hyphen_values = true)]
    pub value: String,
    /// When it was true, such as 2026-06-10T08:00:00Z; now when absent
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
}

/// Arguments of `signals list`.
#[derive(Debug, Args)]
pub struct SignalsListArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
}

/// Arguments of `signals drop`.
#[derive(Debug, Args)]
pub struct SignalsDropArgs {
    /// The name
    pub name: String,
}

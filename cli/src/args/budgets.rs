//! Arguments of `budgets`.

use clap::Args;

use super::{PathArgs, TestFormat};

/// Arguments of `budgets`.
#[derive(Debug, Args)]
pub struct BudgetsArgs {
    /// Where to load from; the whole project, since a pool's amounts follow from all of its campaigns
    #[command(flatten)]
    pub path: PathArgs,
    /// Put the amounts in force, for `plan` and `apply` to bring them to the platforms
    #[arg(long)]
    pub put: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
}

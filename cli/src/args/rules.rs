//! Arguments of `rules` and `explain`.

use std::path::PathBuf;

use adplane_core::approval::Hold;
use adplane_core::metrics::Day;
use clap::{Args, Subcommand, ValueEnum};

use super::{ApprovalFlags, PathArgs, TestFormat};

/// What can be done with automation rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Run the cases of `*.cases.yaml` files offline and tell which came out otherwise
    Test(RulesTestArgs),
    /// Run all rules on what is live, record what they would do, and do nothing
    Shadow(RulesShadowArgs),
    /// Run the rules that are due and do what they decide, within what git allows
    Run(RulesRunArgs),
    /// List what rules ask for
    Proposals(RulesProposalsArgs),
    /// Agree to what a rule asks for, if it still wants it
    Approve(RulesApproveArgs),
    /// Say no to what a rule asks for
    Reject(RulesRejectArgs),
    /// Let a rule go on that was suspended because its writes failed, or take back what rules hold on an object
    Lift(RulesLiftArgs),
    /// Make what rules have kept in force for long what git says, as a patch
    Harvest(RulesHarvestArgs),
    /// Run rules over days that have passed, on what was known of them then
    Backtest(RulesBacktestArgs),
}

/// Arguments of `rules test`.
#[derive(Debug, Args)]
pub struct RulesTestArgs {
    /// Where rules and their cases lie
    #[command(flatten)]
    pub path: PathArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
}

/// Arguments of `rules shadow`.
#[derive(Debug, Args)]
pub struct RulesShadowArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Show every object, also where the condition is false
    #[arg(long)]
    pub all: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
}

/// Arguments of `rules run`.
#[derive(Debug, Args)]
pub struct RulesRunArgs {
    /// Where to load from: a whole project
    #[command(flatten)]
    pub path: PathArgs,
    /// Show what rules would decide and what would be written, and do neither
    #[arg(long)]
    pub dry_run: bool,
    /// Show every object, also where the condition is false
    #[arg(long)]
    pub all: bool,
    /// Where plans wait for approval, each named after its hash; `.adplane/plans` when absent
    #[arg(long, value_name = "DIR")]
    pub plans: Option<PathBuf>,
    /// Where approvals are found
    #[command(flatten)]
    pub approvals: ApprovalFlags,
    /// Output format
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
}

/// Arguments of `rules proposals`.
#[derive(Debug, Args)]
pub struct RulesProposalsArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Also those of the last 30 days that were decided
    #[arg(long)]
    pub all: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
}

/// Arguments of `rules approve`.
#[derive(Debug, Args)]
pub struct RulesApproveArgs {
    /// The proposal, by the first digits of its digest
    #[arg(value_name = "PROPOSAL")]
    pub proposal: String,
    /// Where to load from: a whole project
    #[command(flatten)]
    pub path: PathArgs,
    /// Where plans wait for approval, each named after its hash; `.adplane/plans` when absent
    #[arg(long, value_name = "DIR")]
    pub plans: Option<PathBuf>,
    /// Where approvals are found
    #[command(flatten)]
    pub approvals: ApprovalFlags,
    /// What becomes of the patch where git owns a field
    #[command(flatten)]
    pub patch: PatchFlags,
}

/// What becomes of a patch of the YAML; it is printed when nothing is asked for.
#[derive(Debug, Args)]
pub struct PatchFlags {
    /// Write into the files what git has to say, in place of printing a patch
    #[arg(long, conflicts_with = "branch")]
    pub write: bool,
    /// Commit the patch as a new branch on top of `HEAD`, with `git`, beside the checkout; nothing is pushed
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
}

/// Arguments of `rules harvest`.
#[derive(Debug, Args)]
pub struct RulesHarvestArgs {
    /// Where to load from: a whole project
    #[command(flatten)]
    pub path: PathArgs,
    /// How long a rule's amount must have been in force, such as `30d`
    #[arg(long, value_name = "DURATION", default_value = "30d")]
    pub older_than: Hold,
    /// What becomes of the patch
    #[command(flatten)]
    pub patch: PatchFlags,
}

/// Arguments of `rules reject`.
#[derive(Debug, Args)]
pub struct RulesRejectArgs {
    /// The proposal, by the first digits of its digest
    #[arg(value_name = "PROPOSAL")]
    pub proposal: String,
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Arguments of `rules lift`.
#[derive(Debug, Args)]
pub struct RulesLiftArgs {
    /// The rule, such as `growth/stop-loss`; with `--on` only what this one holds there
    #[arg(value_name = "RULE", required_unless_present = "on")]
    pub rule: Option<String>,
    /// Take back what rules hold on this object, such as `campaign/spring-sale`; nothing is written before the next apply
    #[arg(long, value_name = "ADDRESS")]
    pub on: Option<String>,
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
}

/// Arguments of `rules backtest`.
#[derive(Debug, Args)]
pub struct RulesBacktestArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// The first day, of each account's own
    #[arg(long, value_name = "DAY")]
    pub from: Day,
    /// The last day, itself included
    #[arg(long, value_name = "DAY")]
    pub to: Day,
    /// Where days were first read later, take what is known of them now, where it is unknown else; the report says so
    #[arg(long)]
    pub allow_restated: bool,
    /// Take every proposal as agreed to at once
    #[arg(long)]
    pub agree: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = BacktestFormat::Text)]
    pub format: BacktestFormat,
    /// Write the report to a file
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Formats of `rules backtest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BacktestFormat {
    /// A short table for the terminal.
    Text,
    /// For a pull request.
    Markdown,
    /// For programs.
    Json,
    /// One self-contained page.
    Html,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The object, such as `campaign/spring-sale`
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
}

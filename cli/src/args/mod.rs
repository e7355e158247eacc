//! What can be typed. Doc comments here are the command line's reference.

mod budgets;
mod commands;
mod kubectl;
mod metrics;
mod rules;
mod signals;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

pub use budgets::BudgetsArgs;
pub use commands::{
    ApplyArgs, ApprovalFlags, ApproveArgs, AuditCommand, AuditFormat, AuditVerifyArgs, ChangeLogFormat,
    DecisionArg, DemoArgs, DescribeArgs, DriftArgs, GetArgs, GetOutput, ImportArgs, LogArgs, ManArgs,
    OpsChoice, OpsCommand, OpsFormat, OpsListArgs, OpsTestArgs, OutputFormat, PathArgs, PauseArgs, PlanArgs,
    PlanFlags, PolicyCommand, PolicyTestArgs, RunArgs, SandboxArgs, SchemaArgs, ShowArgs, ShownArgs,
    TestFormat, ValidateArgs, ValidateFormat,
};

pub use kubectl::{
    ClusterDecisionArgs, ClusterDiffArgs, ClusterFlags, ClusterPauseArgs, ClusterStatusArgs, DiffFormat,
    KubectlCli, KubectlCommand, ReconcileArgs, SignFlags,
};

pub use metrics::{
    ForecastMetric, MetricsCommand, MetricsExportArgs, MetricsExportFormat, MetricsForecastArgs,
    MetricsFormat, MetricsQueryArgs, MetricsScope, MetricsSyncArgs,
};

pub use rules::{
    BacktestFormat, ExplainArgs, PatchFlags, RulesApproveArgs, RulesBacktestArgs, RulesCommand,
    RulesHarvestArgs, RulesLiftArgs, RulesProposalsArgs, RulesRejectArgs, RulesRunArgs, RulesShadowArgs,
    RulesTestArgs,
};

pub use signals::{SignalsCommand, SignalsDropArgs, SignalsListArgs, SignalsPutArgs};

/// Ads as code: plan, review, apply and watch campaigns on Google Ads, Meta Ads and TikTok Ads.
#[derive(Debug, Parser)]
#[command(name = "adplane", version, max_term_width = 100, subcommand_required = true)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Only what lies in this namespace
    #[arg(long, short = 'n', global = true, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Only what lies on this account (an `AdAccount`'s name)
    #[arg(long, global = true, value_name = "NAME")]
    pub account: Option<String>,
    /// Only what carries these labels, such as `team=growth,season!=winter`
    #[arg(long, short = 'l', global = true, value_name = "LABELS")]
    pub selector: Option<String>,
    /// Plan for this instant instead of the current one; sandboxes only
    #[arg(long, global = true, value_name = "INSTANT")]
    pub now: Option<Timestamp>,
    /// How it talks.
    #[command(flatten)]
    pub terminal: TerminalFlags,
}

/// How a command talks.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct TerminalFlags {
    /// Say more; twice for every call, three times for everything
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Say only what went wrong
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub quiet: u8,
    /// When to colour; `NO_COLOR` is honoured
    #[arg(long, global = true, value_enum, default_value_t = ColorWhen::Auto, value_name = "WHEN")]
    pub color: ColorWhen,
    /// Draw no progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Form of log lines on stderr
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs, one JSON object a line.
    Json,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check files offline: syntax, fields, references, platform limits
    Validate(ValidateArgs),
    /// Observe what is live and show what would change
    Plan(PlanArgs),
    /// Render a saved plan, offline
    Show(ShowArgs),
    /// Show a saved plan and sign an approval of it
    Approve(ApproveArgs),
    /// Apply a saved plan exactly, or plan, ask and apply
    Apply(ApplyArgs),
    /// Stop spend now and writes until lifted: the kill switch, which asks nobody
    Pause(PauseArgs),
    /// Write YAML for everything live on an account
    Import(ImportArgs),
    /// Show what differs from the YAML now, and who changed it
    Drift(DriftArgs),
    /// Tell what git's commits changed, field by field, by whom and with which plan
    Log(LogArgs),
    /// Follow a git checkout: plan and apply, run rules and pace pools on an interval, without a cluster
    Run(RunArgs),
    /// Prove what the apply log says, and show it
    #[command(subcommand)]
    Audit(AuditCommand),
    /// List live objects with their state, review and budget
    Get(GetArgs),
    /// Show one object: wanted, live, review, history
    Describe(DescribeArgs),
    /// Read what was delivered, keep it, and answer from it
    #[command(subcommand)]
    Metrics(MetricsCommand),
    /// Check credentials, access, currency, zone, API version and quota of every account
    Doctor(PathArgs),
    /// See what waits to be told or was given up, send it again, try channels
    #[command(subcommand)]
    Ops(OpsCommand),
    /// Try policies on cases written beside them
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Try automation rules: on cases, on what is live without acting, on days that have passed
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Tell rules what they ask for from outside: stock, weather, a break-even
    #[command(subcommand)]
    Signals(SignalsCommand),
    /// Tell why each automation rule did or did not act on an object, and what budget pools gave it
    Explain(ExplainArgs),
    /// Show where budget pools stand and what their campaigns get today, and put that in force
    Budgets(BudgetsArgs),
    /// Run the emulator of the three platforms' APIs
    Sandbox(SandboxArgs),
    /// Run the whole story against an embedded sandbox, in seconds
    Demo(DemoArgs),
    /// Print JSON Schemas of the YAML and of the plan document
    Schema(SchemaArgs),
    /// Print the Kubernetes custom resource definitions
    Crds,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write manual pages into a folder
    Man(ManArgs),
}

//! Arguments of each command.

use std::net::SocketAddr;
use std::path::PathBuf;

use adplane_core::approval::Hold;
use clap::{Args, Subcommand, ValueEnum};

/// Where to load from.
#[derive(Debug, Clone, Default, Args)]
pub struct PathArgs {
    /// Files and folders; the project's paths, else the current directory, when none is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = ValidateFormat::Text)]
    pub format: ValidateFormat,
}

/// Formats of `validate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ValidateFormat {
    /// For people, on stderr.
    Text,
    /// For programs.
    Json,
    /// For code scanning, SARIF 2.1.0.
    Sarif,
    /// For GitHub Actions: notes beside the lines of YAML.
    Github,
    /// For reports of continuous integration, `JUnit` XML.
    Junit,
}

/// Formats of plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For terminals.
    Text,
    /// For comments on pull requests.
    Markdown,
    /// The plan document.
    Json,
    /// For code scanning, SARIF 2.1.0.
    Sarif,
    /// For GitHub Actions: notes beside the lines of YAML.
    Github,
    /// For reports of continuous integration, `JUnit` XML.
    Junit,
    /// For browsers, one self-contained page with a preview of every ad.
    Html,
}

/// How a plan is shown.
#[derive(Debug, Clone, Default, Args)]
pub struct ShownArgs {
    /// Where the whole plan can be seen; a comment that has to leave something out points there
    #[arg(long, value_name = "URL", value_parser = link)]
    pub link: Option<String>,
}

/// A page's address.
fn link(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url.to_string()),
        _ => Err("write the address of a page, such as `https://ci.example/runs/7`".into()),
    }
}

/// What a plan may do.
#[derive(Debug, Clone, Default, Args)]
pub struct PlanFlags {
    /// Plan the removal of what is ours on the platform but not in the YAML
    #[arg(long)]
    pub prune: bool,
    /// Overwrite other owners' markers
    #[arg(long)]
    pub take_over: bool,
    /// Mark bound objects as ours now, even where nothing else changes
    #[arg(long)]
    pub adopt_now: bool,
    /// Only this object and what it needs, such as `campaign/spring-sale`; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<String>,
}

/// Where approvals and the keys that count are found.
#[derive(Debug, Clone, Default, Args)]
pub struct ApprovalFlags {
    /// Also look for approvals in this folder, besides `<FILE>.approvals`; may be repeated
    #[arg(long, value_name = "DIR")]
    pub approvals: Vec<PathBuf>,
    /// A signed commit or tag whose message approves the plan (`Adplane-Plan: <hash>` and
    /// `Adplane-Approve: <class>`); may be repeated
    #[arg(long, value_name = "REV")]
    pub approval_commit: Vec<String>,
    /// Public keys of those who may approve, instead of the project file's `allowedSigners`
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,
    /// Public keys that count no more, instead of the project file's `revokedSigners`
    #[arg(long, value_name = "FILE")]
    pub revoked_signers: Option<PathBuf>,
}

/// Arguments of `approve`.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// A saved plan
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The class to decide on, such as `raise-large`; every class that the approval policy asks about when
    /// absent; may be repeated
    #[arg(long, value_name = "CLASS")]
    pub class: Vec<String>,
    /// Approve, or reject: a rejection voids your own approval and stops the class until you approve it
    #[arg(long, value_enum, default_value_t = DecisionArg::Approve)]
    pub decision: DecisionArg,
    /// The private key to sign with, or the public half of one that the SSH agent holds; the agent's when
    /// absent
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Who signs, as named in the allowed signers file; found there by the key when absent
    #[arg(long = "as", value_name = "PRINCIPAL")]
    pub principal: Option<String>,
    /// How long it holds, such as `24h` or `3d`; as long as the approval policy allows when absent
    #[arg(long, value_name = "DURATION")]
    pub expires: Option<Hold>,
    /// Do not ask; without a terminal nothing is asked either
    #[arg(long, short)]
    pub yes: bool,
    /// Where approvals and keys are found
    #[command(flatten)]
    pub approvals: ApprovalFlags,
}

/// What somebody decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DecisionArg {
    /// Yes.
    Approve,
    /// No.
    Reject,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// What the plan may do
    #[command(flatten)]
    pub flags: PlanFlags,
    /// Only what changed since this revision of git: a branch, a tag or a commit
    #[arg(long, value_name = "REV", conflicts_with_all = ["prune", "target"])]
    pub from: Option<String>,
    /// Plan this revision of git instead of the working copy; with `--from`
    #[arg(long, value_name = "REV", requires = "from")]
    pub to: Option<String>,
    /// Save the plan document here, for `show`, `approve` and `apply`
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum)]
    pub format: Option<OutputFormat>,
    /// How it is shown
    #[command(flatten)]
    pub shown: ShownArgs,
    /// Exit with 2 when changes are pending
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Have the platforms check the changes without storing them, where they can
    #[arg(long)]
    pub validate_remote: bool,
    /// Where approvals and keys are found
    #[command(flatten)]
    pub approvals: ApprovalFlags,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A saved plan
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub format: OutputFormat,
    /// How it is shown
    #[command(flatten)]
    pub shown: ShownArgs,
    /// Where approvals and keys are found
    #[command(flatten)]
    pub approvals: ApprovalFlags,
}

/// Arguments of `apply`.
#[derive(Debug, Default, Args)]
pub struct ApplyArgs {
    /// A saved plan (a JSON file) to apply exactly, or files and folders to plan and apply
    #[arg(value_name = "FILE | PATH")]
    pub paths: Vec<PathBuf>,
    /// What the plan may do; not with a saved plan
    #[command(flatten)]
    pub flags: PlanFlags,
    /// Do not ask; reaches only as far as the approval policy allows
    #[arg(long)]
    pub auto_approve: bool,
    /// Where approvals and keys are found
    #[command(flatten)]
    pub approvals: ApprovalFlags,
}

/// What `audit` does.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Prove the apply log unbroken, each write approved and each live object explained; name what is not
    Verify(AuditVerifyArgs),
    /// List what was applied
    List(PathArgs),
    /// Print one line of the log
    Show {
        /// Its number
        #[arg(value_name = "LINE")]
        line: u64,
        /// Where to load from
        #[command(flatten)]
        path: PathArgs,
    },
}

/// Arguments of `audit verify`.
#[derive(Debug, Args)]
pub struct AuditVerifyArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// The log alone, without asking the platforms
    #[arg(long)]
    pub offline: bool,
    /// A head that was kept elsewhere: the log must hold a line with this hash
    #[arg(long, value_name = "HASH")]
    pub expect: Option<String>,
    /// Judge every write's approvals by these public keys, instead of those that counted when it was sent
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,
    /// Public keys that count no more, not even in approvals that were given before
    #[arg(long, value_name = "FILE")]
    pub revoked_signers: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = AuditFormat::Text)]
    pub format: AuditFormat,
}

/// Formats of `audit verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Arguments of `pause`.
#[derive(Debug, Args)]
pub struct PauseArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// The whole project; else name `--account` or `--selector`
    #[arg(long)]
    pub all: bool,
    /// Why, for whoever finds it paused
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Restore what was stopped, and let writes through again; every pause unless a scope is named
    #[arg(long, conflicts_with = "reason")]
    pub lift: bool,
    /// Do not ask before lifting; reaches only as far as the approval policy allows
    #[arg(long, requires = "lift")]
    pub auto_approve: bool,
    /// Save the plan of lifting here, for `approve`; nothing is lifted
    #[arg(long, requires = "lift", value_name = "FILE", conflicts_with = "plan")]
    pub out: Option<PathBuf>,
    /// Lift by this saved plan, with the approvals beside it
    #[arg(long, requires = "lift", value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Where approvals of lifting and keys are found
    #[command(flatten)]
    pub approvals: ApprovalFlags,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Where the account's document is loaded from
    #[command(flatten)]
    pub path: PathArgs,
    /// Write `<DIR>/<account>/` and `<DIR>/adplane.yaml`; other accounts' files stay untouched
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Arguments of `drift`.
#[derive(Debug, Args)]
pub struct DriftArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Take live values into the YAML, changing nothing but them; everything that changed on the platform unless
    /// `--target` or `--field` say what
    #[arg(long)]
    pub write_back: bool,
    /// Write back only this object, such as `campaign/spring-sale`; may be repeated
    #[arg(long, value_name = "ADDRESS", requires = "write_back")]
    pub target: Vec<String>,
    /// Write back only this field and what lies below it, such as `budget.daily`; may be repeated
    #[arg(long, value_name = "PATH", requires = "write_back")]
    pub field: Vec<String>,
    /// Output format
    #[arg(long, short, value_enum, default_value_t = GetOutput::Table)]
    pub output: GetOutput,
}

/// Arguments of `log`.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// Commits to tell of (`A..B`, or a revision with all before it; HEAD when none is given), then files and folders
    #[arg(value_name = "RANGE | PATH")]
    pub words: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = ChangeLogFormat::Text)]
    pub format: ChangeLogFormat,
    /// Only this object, followed back through renames; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<String>,
    /// Stop after this many commits
    #[arg(long, short = 'N', value_name = "COUNT")]
    pub max_count: Option<usize>,
}

/// Formats of the change log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ChangeLogFormat {
    /// For terminals.
    Text,
    /// For programs, one list.
    Json,
    /// For release notes and comments.
    Markdown,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The project's folder in the checkout; the current directory when absent
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Time between passes, a tenth more or less; longer after failures
    #[arg(long, default_value = "5m", value_name = "TIME")]
    pub interval: String,
    /// Look, look again, apply when both looks agree, and end
    #[arg(long)]
    pub once: bool,
    /// Do nothing unless this branch is checked out
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Before each pass `git fetch` and move the branch forward, never otherwise than forward
    #[arg(long)]
    pub fetch: bool,
    /// Where plans wait for approval, each named after its hash; `.adplane/plans` when absent
    #[arg(long, value_name = "DIR")]
    pub plans: Option<PathBuf>,
    /// Where approvals and keys are found
    #[command(flatten)]
    pub approvals: ApprovalFlags,
}

/// Formats of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GetOutput {
    /// A table.
    Table,
    /// A table with more columns.
    Wide,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// Arguments of `get`.
#[derive(Debug, Args)]
pub struct GetArgs {
    /// What to list: campaigns, ad-groups, ads, budgets, creatives or all
    #[arg(value_name = "KIND")]
    pub kind: String,
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Output format
    #[arg(long, short, value_enum, default_value_t = GetOutput::Table)]
    pub output: GetOutput,
}

/// Arguments of `describe`.
#[derive(Debug, Args)]
pub struct DescribeArgs {
    /// The object, such as `campaign/spring-sale` or `creative/hero`
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
}

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, default_value = "127.0.0.1:9440")]
    pub listen: SocketAddr,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Keep the world here, so that it survives a restart
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// `real` follows the machine; `virtual` moves only by `POST /_sandbox/clock`
    #[arg(long, default_value = "real", value_parser = ["real", "virtual"])]
    pub clock: String,
    /// Answer every vendor call this much later, such as `50ms`
    #[arg(long, default_value = "0ms")]
    pub latency: String,
    /// `vendor`, `off`, or a tier of a vendor
    #[arg(long, default_value = "vendor")]
    pub quota: String,
    /// Start from the JSON of `/_sandbox/state`
    #[arg(long, value_name = "FILE")]
    pub load: Option<PathBuf>,
    /// Write every request and answer here, one JSON object a line, tokens left out
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Seed of the sandbox
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// One schema, such as `Campaign`, `Project` or `Plan`; the list of names when absent
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Write every schema into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "name")]
    pub out: Option<PathBuf>,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// What can be done with notifications.
#[derive(Debug, Subcommand)]
pub enum OpsCommand {
    /// List what waits to be sent, and what was given up
    List(OpsListArgs),
    /// Send now what waits, and try again what was given up; everything unless ids are given
    Retry(OpsChoice),
    /// Forget what was given up, for good; an id may also name what waits
    Drop(OpsChoice),
    /// Send a test to every channel and tell which took it
    Test(OpsTestArgs),
}

/// Arguments of `ops list`.
#[derive(Debug, Args)]
pub struct OpsListArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = OpsFormat::Text)]
    pub format: OpsFormat,
}

/// Formats of `ops list`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OpsFormat {
    /// For people.
    Text,
    /// For programs, with every event.
    Json,
}

/// Which messages.
#[derive(Debug, Args)]
pub struct OpsChoice {
    /// Ids as `ops list` shows them
    #[arg(value_name = "ID", conflicts_with = "all")]
    pub ids: Vec<String>,
    /// Everything that was given up
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `ops test`.
#[derive(Debug, Args)]
pub struct OpsTestArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Only this channel, such as `chat` or `growth/team/chat`; may be repeated
    #[arg(long, value_name = "NAME")]
    pub channel: Vec<String>,
}

/// What can be done with policies.
#[derive(Debug, clap::Subcommand)]
pub enum PolicyCommand {
    /// Judge the cases of `*.cases.yaml` files and tell which came out otherwise
    Test(PolicyTestArgs),
}

/// Arguments of `policy test`.
#[derive(Debug, Args)]
pub struct PolicyTestArgs {
    /// Where policies and their cases lie
    #[command(flatten)]
    pub path: PathArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
}

/// Formats of `policy test`, `rules test`, `rules shadow` and `explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

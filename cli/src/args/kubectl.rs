//! What can be typed after `kubectl adplane`: decisions and looks at a cluster, no files.

use std::path::PathBuf;

use adplane_core::approval::Hold;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use super::{Cli, TerminalFlags};

/// Approve plans, see where accounts stand, and steer the operator in a Kubernetes cluster.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl adplane",
    bin_name = "kubectl adplane",
    version,
    max_term_width = 100,
    subcommand_required = true
)]
pub struct KubectlCli {
    /// Which cluster, and where in it.
    #[command(flatten)]
    pub cluster: ClusterFlags,
    /// How it talks.
    #[command(flatten)]
    pub terminal: TerminalFlags,
    /// The command.
    #[command(subcommand)]
    pub command: KubectlCommand,
}

impl KubectlCli {
    /// Says of a verb that works on files where it belongs.
    pub(crate) fn explain(problem: clap::Error) -> clap::Error {
        let verb = match problem.get(ContextKind::InvalidSubcommand) {
            Some(ContextValue::String(verb)) if problem.kind() == ErrorKind::InvalidSubcommand => {
                verb.clone()
            }
            _ => return problem,
        };
        if Cli::command().find_subcommand(&verb).is_none() {
            return problem;
        }
        let message = format!("`{verb}` works on files: run `adplane {verb}`\n");
        Self::command().error(ErrorKind::InvalidSubcommand, message)
    }
}

/// Which cluster, and where in it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct ClusterFlags {
    /// The namespace; the context's own when absent
    #[arg(long, short = 'n', global = true, value_name = "NAME")]
    pub namespace: Option<String>,
    /// The context of the kubeconfig file; its current one when absent
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Ask in this user's name, which is a right of its own
    #[arg(long = "as", global = true, value_name = "USER")]
    pub impersonate: Option<String>,
    /// The groups of the user asked for by `--as`; may be repeated
    #[arg(long = "as-group", global = true, value_name = "GROUP", requires = "impersonate")]
    pub impersonate_groups: Vec<String>,
    /// The kubeconfig file; those of `KUBECONFIG`, else `~/.kube/config`, when absent
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
}

/// Commands on a cluster.
#[derive(Debug, Subcommand)]
pub enum KubectlCommand {
    /// Show a plan that waits, ask, and approve it in your name
    Approve(ClusterDecisionArgs),
    /// Show a plan and stop it in your name, until you approve it
    Reject(ClusterDecisionArgs),
    /// Show all that a plan would change
    Diff(ClusterDiffArgs),
    /// Tell where accounts stand: conditions, plans that wait, what they still need, drift
    Status(ClusterStatusArgs),
    /// Stop every write to an account until lifted; what runs there keeps running and spending
    ///
    /// Plans are made all the same and wait. To stop the spend, set `state: Paused` on the account's campaigns and
    /// let that plan be applied before you pause the account: a paused account is not written to, also not to stop
    /// it. The platform's own web site stops it at once.
    Pause(ClusterPauseArgs),
    /// Have the operator look at an account now
    Reconcile(ReconcileArgs),
}

/// Arguments of `approve` and `reject`.
#[derive(Debug, Args)]
pub struct ClusterDecisionArgs {
    /// The plan's name, such as `plan-3f9c2a71d0b4`
    #[arg(value_name = "PLAN")]
    pub plan: String,
    /// The class to decide on, such as `raise-large`; every class that the approval policy asks about when
    /// absent; may be repeated
    #[arg(long, value_name = "CLASS")]
    pub class: Vec<String>,
    /// How long it holds, such as `8h` or `3d`; as long as the approval policy allows when absent
    #[arg(long, value_name = "DURATION")]
    pub expires: Option<Hold>,
    /// Why, for whoever reads it later
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Do not ask; needed without a terminal
    #[arg(long, short)]
    pub yes: bool,
    /// How it is signed
    #[command(flatten)]
    pub sign: SignFlags,
}

/// How a decision is signed.
#[derive(Debug, Clone, Default, Args)]
pub struct SignFlags {
    /// Also sign it with an SSH key, for classes that ask for signatures
    #[arg(long)]
    pub sign: bool,
    /// The private key to sign with, or the public half of one that the SSH agent holds; the agent's when
    /// absent
    #[arg(long, value_name = "FILE", requires = "sign")]
    pub key: Option<PathBuf>,
    /// Who signs, as named in the operator's allowed signers; the cluster's name for you when absent
    #[arg(long, value_name = "PRINCIPAL", requires = "sign")]
    pub signer: Option<String>,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct ClusterDiffArgs {
    /// The plan's name, such as `plan-3f9c2a71d0b4`
    #[arg(value_name = "PLAN")]
    pub plan: String,
    /// Output format
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    pub format: DiffFormat,
}

/// Formats of `diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For terminals.
    Text,
    /// For comments and chats.
    Markdown,
    /// The plan document.
    Json,
    /// For browsers, one self-contained page with a preview of every ad.
    Html,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct ClusterStatusArgs {
    /// The `AdAccount`, told in full; a table of all with what needs somebody when absent
    #[arg(value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Accounts of every namespace
    #[arg(long, short = 'A', conflicts_with = "account")]
    pub all_namespaces: bool,
}

/// Arguments of `pause`.
#[derive(Debug, Args)]
pub struct ClusterPauseArgs {
    /// The `AdAccount`
    #[arg(value_name = "ACCOUNT", required_unless_present = "all", conflicts_with = "all")]
    pub account: Option<String>,
    /// Every account of the namespace; with `--lift`, those that `--all` paused
    #[arg(long)]
    pub all: bool,
    /// With `--all`, accounts of every namespace
    #[arg(long, short = 'A', requires = "all")]
    pub all_namespaces: bool,
    /// Why, for whoever finds it paused
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Let writes through again
    #[arg(long, conflicts_with = "reason")]
    pub lift: bool,
}

/// Arguments of `reconcile`.
#[derive(Debug, Args)]
pub struct ReconcileArgs {
    /// The `AdAccount`
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<KubectlCli, ErrorKind> {
        let words = ["kubectl-adplane"].into_iter().chain(line.split(' '));
        KubectlCli::try_parse_from(words).map_err(|error| error.kind())
    }

    #[test]
    fn the_command_line_is_sound() {
        KubectlCli::command().debug_assert();
    }

    #[test]
    fn an_approval_is_typed_whole() {
        let line = "approve plan-1 --class raise --class edit --sign --key k --expires 8h --yes -n growth --context c";
        let cli = parse(line).unwrap();
        assert_eq!(cli.cluster.namespace.as_deref(), Some("growth"));
        assert_eq!(cli.cluster.context.as_deref(), Some("c"));
        let KubectlCommand::Approve(args) = cli.command else { panic!("it is an approval") };
        assert_eq!(args.class, ["raise", "edit"]);
        assert_eq!(args.expires, Some("8h".parse().unwrap()));
        assert!(args.yes && args.sign.sign);
        assert_eq!(args.sign.key, Some(PathBuf::from("k")));
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        for (line, kind) in [
            ("approve", ErrorKind::MissingRequiredArgument),
            ("approve plan-1 --key k", ErrorKind::MissingRequiredArgument),
            ("approve plan-1 --expires soon", ErrorKind::ValueValidation),
            ("diff plan-1 --format sarif", ErrorKind::InvalidValue),
            ("pause --lift --reason because meta-eu", ErrorKind::ArgumentConflict),
            ("status -A meta-eu", ErrorKind::ArgumentConflict),
            ("status --as-group leads", ErrorKind::MissingRequiredArgument),
            ("reconcile", ErrorKind::MissingRequiredArgument),
        ] {
            assert_eq!(parse(line).err(), Some(kind), "{line}");
        }
    }
}

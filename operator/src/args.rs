//! What can be typed.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};

/// Adplane's operator for Kubernetes: plans, approves and applies advertising campaigns from custom resources.
#[derive(Debug, Parser)]
#[command(name = "adplane-operator", version, max_term_width = 100, subcommand_required = true)]
pub struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Reconcile until stopped
    Run(Run),
    /// Print the custom resource definitions, for `kubectl apply --server-side -f -`
    Crds,
    /// Let go of resources, so that they, their namespaces and their definitions can be deleted without an
    /// operator. Nothing changes on the platforms
    Release(Release),
}

/// How to reach the cluster.
#[derive(Debug, Clone, Default, Args)]
pub struct Cluster {
    /// Reach the cluster as this file says; as a pod of it when absent
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The operator's own namespace; the pod's when absent
    #[arg(long, value_name = "NAMESPACE")]
    pub operator_namespace: Option<String>,
}

/// What `run` takes.
#[derive(Debug, Clone, Args)]
pub struct Run {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// How to reach the cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// Name of this replica in leases and events; the pod's name
    #[arg(long, value_name = "NAME", default_value = "adplane-operator")]
    pub identity: String,
}

/// What `release` takes.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("where").required(true))]
pub struct Release {
    /// Only in this namespace; an operator that runs takes hold of them again
    #[arg(long, value_name = "NAMESPACE", group = "where")]
    pub namespace: Option<String>,
    /// Everywhere: the operator is being uninstalled, and stops taking hold of anything
    #[arg(long, group = "where")]
    pub all: bool,
    /// The operator's Deployment: what says that it is being uninstalled goes away with it
    #[arg(long, value_name = "NAME", default_value = "adplane-operator")]
    pub deployment: String,
    /// How to reach the cluster.
    #[command(flatten)]
    pub cluster: Cluster,
}

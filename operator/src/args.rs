//! What can be typed.

use clap::{Parser, Subcommand};

/// Adplane's operator for Kubernetes. This version prints the definitions of its resources; it does not
/// reconcile them yet.
#[derive(Debug, Parser)]
#[command(name = "adplane-operator", version, max_term_width = 100, subcommand_required = true)]
pub struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Command {
    /// Print the custom resource definitions, for `kubectl apply --server-side -f -`
    Crds,
}

//! The operator's configuration: one YAML file, read at the start and checked as a whole.
//!
//! The file's form is in [`file`]; here is what is left when all of it holds, so that no other module has to
//! ask whether a duration is zero or a class exists.

mod file;
mod span;

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adplane_core::approval::ApprovalPolicy;
use adplane_core::approval::signers::{KeyBytes, Signer, SignerProblem, read_revoked, read_signers};
use adplane_core::ids::{Namespace, ProjectName};
use adplane_core::marker::Owner;
use adplane_core::plan::Class;
use adplane_engine::metrics::store::Retention;
use adplane_manifest::api::project::{DriftSettings, PreviousOwner};
use adplane_manifest::load::ProjectGuard;
use serde::Deserialize;

use crate::lease::Timing;

pub use span::{InvalidSpan, Span};

/// Everything about the operator that a cluster's people decide.
#[derive(Debug, Clone)]
pub struct Config {
    /// The project: with the namespace, the owner of everything it creates.
    pub project: ProjectName,
    /// Former owners whose live objects count as this project's.
    pub previous_owners: Vec<PreviousOwner>,
    /// Which classes of change need whose approval.
    pub approvals: ApprovalPolicy,
    /// What rules are held to, besides what each `AdAccount` says.
    pub spend_guard: ProjectGuard,
    /// What happens when somebody changes a managed field on the platform.
    pub drift: DriftSettings,
    /// Plan and report, and write to no platform.
    pub dry_run: bool,
    /// Namespaces to look at; all when empty.
    pub namespaces: BTreeSet<Namespace>,
    /// How long until an account is observed again without a reason.
    pub observe_every: Duration,
    /// How long removals are collected before any of them is acted on.
    pub settle: Duration,
    /// How many accounts are reconciled side by side.
    pub accounts_at_once: usize,
    /// Into how many shards the accounts are split; each has a lease.
    pub shards: u32,
    /// How long leases last, and how long a call to a platform may take.
    pub lease: LeaseSettings,
    /// Where the bodies of plans are kept.
    pub plan_store: PlanStore,
    /// Where journals and logs are kept.
    pub state_directory: PathBuf,
    /// How many finished plans of an account are kept.
    pub plan_retention: usize,
    /// Service accounts that count as approvers.
    pub service_account_approvers: BTreeSet<String>,
    /// Which approvals must be signed, and whose keys count.
    pub signatures: Signatures,
    /// Whether admission policies must be in place before anything is applied.
    pub guards_required: bool,
    /// Where health and metrics are served.
    pub listen: SocketAddr,
    /// Whether `/debug` is served.
    pub debug: bool,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged, in the form of `RUST_LOG`, such as `info,adplane_operator=debug`.
    pub log_filter: String,
    /// Where traces are sent: the address of a collector that takes OTLP over HTTP.
    pub traces: Option<String>,
    /// How what is delivered is read; it is not where this is absent.
    pub metrics: Option<MetricsSettings>,
}

/// How what is delivered is read, kept and told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsSettings {
    /// How often the platforms are asked.
    pub every: Duration,
    /// How often the figures in a status may change.
    pub status_every: Duration,
    /// How many days back the first sync of an account reads.
    pub back: u16,
    /// The database that readings are kept in; a file beside each account's journal otherwise.
    pub database: Option<MetricsDatabase>,
    /// For how long what is kept.
    pub retention: Retention,
}

/// A database, by files: what leads there holds a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsDatabase {
    /// The file that holds the connection string.
    pub file: PathBuf,
    /// Certificates to trust instead of the machine's.
    pub certificates: Option<PathBuf>,
}

/// How long leases last, and how long a call to a platform may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseSettings {
    /// How long a lease lasts after a renewal: how long it takes until another replica takes over from one
    /// that died.
    pub duration: Duration,
    /// The longest that a call to a platform may take: the timeout of the HTTP client.
    pub call_timeout: Duration,
}

impl LeaseSettings {
    /// As the elector needs it: no write begins where its call could outlast the lease.
    pub fn timing(&self) -> Timing {
        Timing { duration: self.duration, margin: self.call_timeout + file::SLACK }
    }
}

/// Where the bodies of plans are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanStore {
    /// In pieces of `ConfigMap` objects beside the plan.
    ConfigMap,
    /// As files in a folder that outlives the pod.
    Directory(PathBuf),
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For a terminal.
    Text,
}

/// Which approvals must be signed, and whose keys count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signatures {
    /// Classes whose approvals count only with a signature; `raise` speaks for every band.
    pub classes: Vec<Class>,
    /// File of people's public keys, in the form of `ssh-keygen`.
    pub allowed_signers: Option<PathBuf>,
    /// File of keys that count no more.
    pub revoked_signers: Option<PathBuf>,
}

/// Keys as their files hold them now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys {
    /// People's keys.
    pub signers: Vec<Signer>,
    /// Keys that count no more.
    pub revoked: Vec<KeyBytes>,
}

impl Signatures {
    /// Whether an approval of a class must be signed.
    pub fn needed_for(&self, class: &Class) -> bool {
        let named = |wanted: &Class| self.classes.contains(wanted);
        named(class) || matches!(class, Class::Raise(Some(_))) && named(&Class::Raise(None))
    }

    /// Reads the keys. They are read anew whenever they are needed, so that a key taken away stops counting.
    pub fn keys(&self) -> Result<Keys, KeysError> {
        fn read<T>(
            path: Option<&Path>,
            parse: impl Fn(&str) -> Result<Vec<T>, Vec<SignerProblem>>,
        ) -> Result<Vec<T>, KeysError> {
            let Some(path) = path else { return Ok(Vec::new()) };
            let text = std::fs::read_to_string(path)
                .map_err(|source| KeysError::Read { path: path.to_owned(), source })?;
            parse(&text).map_err(|problems| KeysError::Lines { path: path.to_owned(), problems })
        }
        Ok(Keys {
            signers: read(self.allowed_signers.as_deref(), read_signers)?,
            revoked: read(self.revoked_signers.as_deref(), read_revoked)?,
        })
    }
}

/// Why a file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It cannot be read.
    #[error("cannot read the file of keys `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Lines of it cannot be understood.
    #[error("cannot use the file of keys `{path}`: {}", first(problems))]
    Lines {
        /// The file.
        path: PathBuf,
        /// The lines.
        problems: Vec<SignerProblem>,
    },
}

fn first(problems: &[SignerProblem]) -> String {
    problems.first().map(|problem| format!("{problem}: {}", problem.hint)).unwrap_or_default()
}

/// Why the configuration cannot be used: everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, each with what to write instead.
    pub problems: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use the configuration `{}`", self.path.display())?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl Config {
    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let failed = |problems| ConfigError { path: path.to_owned(), problems };
        let text = std::fs::read_to_string(path).map_err(|error| failed(vec![error.to_string()]))?;
        let config = Self::parse(&text).map_err(failed)?;
        match config.signatures.keys() {
            Ok(_) => Ok(config),
            Err(error) => Err(failed(vec![error.to_string()])),
        }
    }

    /// Checks a text; the files of keys are not read.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        file::read(text)
    }

    /// Whether a namespace is looked at.
    pub fn covers(&self, namespace: &Namespace) -> bool {
        self.namespaces.is_empty() || self.namespaces.contains(namespace)
    }

    /// The owner that a namespace's objects carry.
    pub fn owner(&self, namespace: &Namespace) -> Owner {
        Owner::of_cluster(&self.project, namespace)
    }
}

#[cfg(test)]
mod tests;

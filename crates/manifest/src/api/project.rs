//! The project file `adplane.yaml`.

use std::collections::BTreeMap;

use adplane_core::desired::CredentialSource;
use adplane_core::plan::document::{self as plan, DriftException, DriftRules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::guard::SpendGuard;
use super::text::{Amount, Duration, ResourceName};

/// The project file `adplane.yaml` at the root of a repository; flags override it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectFile {
    /// Name of the project: the owner of everything it creates. `apply` needs it; renaming it needs
    /// `previousOwners`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ResourceName>,
    /// Files and folders that make up the project, relative to this file; everything beside it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000), extend("x-kubernetes-list-type" = "set"))]
    pub paths: Option<Vec<String>>,
    /// Plan the removal of live objects of this project that the YAML no longer holds, as `--prune` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<bool>,
    /// Which changes need whose approval; without it no approval is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<ApprovalPolicy>,
    /// What happens when somebody changes a managed field on the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftSettings>,
    /// Defaults for the command line's output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputSettings>,
    /// File of people's public keys in the `allowed_signers` format of `ssh-keygen`, relative to this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_signers: Option<String>,
    /// File of public keys that count no more, one a line, relative to this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_signers: Option<String>,
    /// Former owners whose live objects count as this project's: after a rename, or a move between files
    /// and a cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub previous_owners: Option<Vec<PreviousOwner>>,
    /// Where what was delivered is kept, and for how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<MetricsSettings>,
}

/// Where what was delivered is kept, and for how long.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricsSettings {
    /// A PostgreSQL database that several people and machines share; when absent the one that the environment
    /// variable `ADPLANE_METRICS_DATABASE` names, else the file `.adplane/metrics.db`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<MetricsDatabase>,
    /// For how many days what is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<MetricsRetention>,
}

/// Where the connection string of a PostgreSQL database is; never the string itself, which holds a password.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-adplane-exactly-one" = ["env", "file", "exec"]))]
pub struct MetricsDatabase {
    /// An environment variable that holds it: `postgres://user:password@host/database`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// A file that holds it, relative to this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// A command that prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), extend("x-kubernetes-list-type" = "atomic"))]
    pub exec: Option<Vec<String>>,
    /// A file of certificates (PEM) to trust instead of the machine's, relative to this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificates: Option<String>,
}

impl MetricsDatabase {
    /// The one form that is written.
    pub fn source(&self) -> Option<CredentialSource> {
        let Self { env, file, exec, certificates: _ } = self;
        env.clone()
            .map(CredentialSource::Env)
            .or_else(|| file.clone().map(CredentialSource::File))
            .or_else(|| exec.clone().map(CredentialSource::Exec))
    }
}

/// For how many days what is kept; `metrics sync` drops the rest once a day.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricsRetention {
    /// Days; 400 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 31, max = 3650))]
    pub days: Option<u16>,
    /// Hours, which become days before they go; those of 35 days when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 8, max = 400))]
    pub hours: Option<u16>,
    /// Every report, so that any instant can be asked for; those of 7 days when absent. Of older ones the first of
    /// each day stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 400))]
    pub every_reading: Option<u16>,
    /// The first report of each day, from which is learned how late conversions come; those of 120 days when absent. Of
    /// older ones only what is known now stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 3650))]
    pub daily_readings: Option<u16>,
}

/// A former owner: a project of files, or a project's namespace in a cluster.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviousOwner {
    /// Name of the project.
    pub project: ResourceName,
    /// Namespace, when the owner was a cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<ResourceName>,
}

/// Which classes of change need an approval, whose, and how many.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalPolicy {
    /// Bands of money for raises, smallest first: a raise belongs to the first band whose `upTo` holds it,
    /// and its class is then `raise-<name>`. The plan's sum of raises decides its band, so that splitting a
    /// raise evades none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub bands: Option<Vec<MoneyBand>>,
    /// Groups of people; their names can stand wherever approvers are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub groups: Option<Vec<ApproverGroup>>,
    /// Whether who wrote a change may approve it; no when absent. A class can say otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_may_approve: Option<bool>,
    /// How long an approval holds; `7d` when absent. A class can say otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds_for: Option<Duration>,
    /// What each class needs, by its word: `lower`, `raise`, `raise-<band>`, `replace`, `delete`, `release`,
    /// `exception`, `fan-out`, `edit`. A class that is not listed needs nothing; `raise` speaks for every
    /// band that is not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxProperties" = 100))]
    pub classes: Option<BTreeMap<String, ApprovalRule>>,
    /// How far rules may raise what is spent, and how much they may touch at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend_guard: Option<SpendGuard>,
}

impl ApprovalPolicy {
    /// What plans carry of it: which classes need whose approval. The spend guard is asked before there is a plan.
    pub fn of_plans(&self) -> serde_json::Value {
        let asked = Self { spend_guard: None, ..self.clone() };
        serde_json::to_value(asked).unwrap_or_default()
    }
}

/// A band of money.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoneyBand {
    /// Name of the band, such as `small`.
    pub name: ResourceName,
    /// Largest daily raise of the band, one amount per currency. The last band has none, so that every raise
    /// has a band; a raise in a currency that is not named belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "set"))]
    pub up_to: Option<Vec<Amount>>,
}

/// People who can be named together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApproverGroup {
    /// Name of the group, such as `growth-leads`.
    pub name: ResourceName,
    /// Its people, as named in the allowed signers file.
    #[schemars(length(min = 1, max = 1000), extend("x-kubernetes-list-type" = "set"))]
    pub members: Vec<String>,
}

/// What one class of change needs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRule {
    /// How many people must approve; 1 when absent, 0 asks for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 10))]
    pub approvals: Option<u32>,
    /// Who may approve: people as named in the allowed signers file, and groups; everyone listed there when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000), extend("x-kubernetes-list-type" = "set"))]
    pub approvers: Option<Vec<String>>,
    /// How much some of them may allow; the largest limit that names somebody counts, and who is in none may
    /// allow any amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub limits: Option<Vec<ApproverLimit>>,
    /// Whether who wrote the change may approve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_may_approve: Option<bool>,
    /// How long an approval of this class holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds_for: Option<Duration>,
}

/// How much some people may allow.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApproverLimit {
    /// People and groups.
    #[schemars(length(min = 1, max = 1000), extend("x-kubernetes-list-type" = "set"))]
    pub approvers: Vec<String>,
    /// Largest daily raise of the whole plan, one amount per currency; nothing in currencies not named.
    #[schemars(length(min = 1, max = 50), extend("x-kubernetes-list-type" = "set"))]
    pub up_to: Vec<Amount>,
}

/// What happens on drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum DriftPolicy {
    /// Write the YAML's value back.
    Revert,
    /// Report it.
    #[default]
    Alert,
    /// Leave it alone.
    Ignore,
}

/// Drift policy per account and field.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftSettings {
    /// For everything that no rule matches; `Alert` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<DriftPolicy>,
    /// Exceptions; the last one that matches wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000), extend("x-kubernetes-list-type" = "atomic"))]
    pub rules: Option<Vec<DriftRule>>,
}

impl DriftSettings {
    /// The same as rules.
    pub fn rules(&self) -> DriftRules {
        let policy = |written: DriftPolicy| match written {
            DriftPolicy::Revert => plan::DriftPolicy::Revert,
            DriftPolicy::Alert => plan::DriftPolicy::Alert,
            DriftPolicy::Ignore => plan::DriftPolicy::Ignore,
        };
        let exceptions = self.rules.iter().flatten().map(|rule| DriftException {
            account: rule.account.as_ref().map(|name| name.0.clone()),
            field: rule.field.clone(),
            policy: policy(rule.policy),
        });
        DriftRules { default: policy(self.default.unwrap_or_default()), exceptions: exceptions.collect() }
    }
}

/// One exception.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftRule {
    /// Name of an `AdAccount`; every account when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<ResourceName>,
    /// Path of a field, which covers everything below it, such as `budget`; every field when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What happens.
    pub policy: DriftPolicy,
}

/// Output defaults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutputSettings {
    /// Format of `plan` and `validate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<OutputFormat>,
}

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    /// For terminals.
    #[default]
    Text,
    /// For comments on pull requests.
    Markdown,
    /// For programs.
    Json,
    /// For code scanning.
    Sarif,
    /// For browsers.
    Html,
}

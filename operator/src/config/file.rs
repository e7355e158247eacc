//! The form of the file, and what must hold beyond its form.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use adplane_core::approval::ApprovalPolicy;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::{Namespace, ProjectName};
use adplane_core::plan::Class;
use adplane_engine::metrics::store::Retention;
use adplane_manifest::api::project::{self, ProjectFile};
use adplane_manifest::load::{ProjectGuard, settings_from_json};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Config, LeaseSettings, LogFormat, MetricsDatabase, MetricsSettings, PlanStore, Signatures, Span,
};

/// The port of health and metrics, on every address: a pod has its own.
const LISTEN: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 8080));

/// Shorter would spend the vendor's quota on looking; longer would no longer notice drift within a day.
const OBSERVE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_hours(24);

/// A namespace is marked five seconds before its contents are removed: less would act on a teardown.
const SETTLE: RangeInclusive<Duration> = Duration::from_secs(6)..=Duration::from_hours(1);

const LEASE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_hours(1);
const CALL_TIMEOUT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(1);

/// What a call may take beyond its timeout: opening a connection, a process that is not scheduled.
pub(super) const SLACK: Duration = Duration::from_secs(2);

/// What must be left for renewals.
const RENEWALS: Duration = Duration::from_secs(2);

const ACCOUNTS_AT_ONCE: RangeInclusive<u64> = 1..=64;
const SHARDS: RangeInclusive<u64> = 1..=64;
/// Shorter would spend the vendor's quota on reports; in a day, days would be missed.
const METRICS: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_hours(6);
/// What the store keeps of days.
const BACK: RangeInclusive<u64> = 1..=400;
const PLAN_RETENTION: RangeInclusive<u64> = 1..=1000;

/// How every service account's user name begins.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConfigFile {
    project: ProjectName,
    #[serde(default)]
    previous_owners: Value,
    #[serde(default)]
    approvals: Value,
    #[serde(default)]
    drift: Value,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    namespaces: Vec<Namespace>,
    observe_every: Option<Span>,
    settle: Option<Span>,
    accounts_at_once: Option<u64>,
    shards: Option<u64>,
    #[serde(default)]
    lease: Lease,
    plan_store: Option<PlanStoreFile>,
    state_directory: Option<PathBuf>,
    plan_retention: Option<u64>,
    #[serde(default)]
    approvers: Approvers,
    #[serde(default)]
    signatures: SignaturesFile,
    #[serde(default)]
    guards: Guards,
    listen: Option<String>,
    #[serde(default)]
    debug: bool,
    #[serde(default)]
    log: Log,
    traces: Option<Traces>,
    metrics: Option<MetricsFile>,
}

/// `database` and `retention` are those of a project's file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct MetricsFile {
    every: Option<Span>,
    status_every: Option<Span>,
    back: Option<u64>,
    database: Value,
    retention: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum PlanStoreFile {
    ConfigMap(Empty),
    Directory(PathBuf),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Lease {
    duration: Option<Span>,
    call_timeout: Option<Span>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Approvers {
    service_accounts: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct SignaturesFile {
    classes: Vec<String>,
    allowed_signers: Option<PathBuf>,
    revoked_signers: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Guards {
    required: bool,
}

impl Default for Guards {
    fn default() -> Self {
        Self { required: true }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Log {
    format: LogFormat,
    filter: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Traces {
    endpoint: String,
}

/// Reads a text; every problem that can be told apart is told.
pub(super) fn read(text: &str) -> Result<Config, Vec<String>> {
    let file: ConfigFile = serde_saphyr::from_str_with_options(
        text,
        serde_saphyr::options! { strict_booleans: true, with_snippet: false },
    )
    .map_err(|error| vec![error.to_string()])?;
    let mut checks = Checks::default();
    let (settings, spend_guard) = checks.project_settings(&file);
    let approvals = checks.approvals(&file.approvals);
    let classes = checks.classes(&file.signatures, &approvals);
    checks.service_accounts("approvers.serviceAccounts", &file.approvers.service_accounts);
    let config = Config {
        project: file.project,
        previous_owners: settings.previous_owners.unwrap_or_default(),
        approvals,
        spend_guard,
        drift: settings.drift.unwrap_or_default(),
        dry_run: file.dry_run,
        namespaces: file.namespaces.into_iter().collect(),
        observe_every: checks.span("observeEvery", file.observe_every, Duration::from_mins(5), &OBSERVE),
        settle: checks.span("settle", file.settle, Duration::from_secs(30), &SETTLE),
        accounts_at_once: checks.number("accountsAtOnce", file.accounts_at_once, 4, &ACCOUNTS_AT_ONCE),
        shards: checks.number("shards", file.shards, 1, &SHARDS),
        lease: checks.lease(&file.lease),
        plan_store: checks.plan_store(file.plan_store),
        state_directory: checks
            .absolute("stateDirectory", file.state_directory.unwrap_or_else(|| "/var/lib/adplane".into())),
        plan_retention: checks.number("planRetention", file.plan_retention, 20, &PLAN_RETENTION),
        service_account_approvers: file.approvers.service_accounts.into_iter().collect(),
        signatures: Signatures {
            classes,
            allowed_signers: file.signatures.allowed_signers,
            revoked_signers: file.signatures.revoked_signers,
        },
        guards_required: file.guards.required,
        listen: checks.listen(file.listen.as_deref()),
        debug: file.debug,
        log_format: file.log.format,
        traces: checks.traces(file.traces),
        metrics: file.metrics.map(|written| checks.metrics(&written, settings.metrics.unwrap_or_default())),
        log_filter: file.log.filter.unwrap_or_else(|| "info".to_owned()),
    };
    if checks.problems.is_empty() { Ok(config) } else { Err(checks.problems) }
}

/// Collects what is wrong.
#[derive(Default)]
struct Checks {
    problems: Vec<String>,
}

impl Checks {
    /// What the file shares with a project's `adplane.yaml`, checked as it is there.
    fn project_settings(&mut self, file: &ConfigFile) -> (ProjectFile, ProjectGuard) {
        let metrics = file
            .metrics
            .as_ref()
            .map(|metrics| object([("database", &metrics.database), ("retention", &metrics.retention)]));
        let value = object([
            ("approvals", &file.approvals),
            ("drift", &file.drift),
            ("previousOwners", &file.previous_owners),
            ("metrics", metrics.as_ref().unwrap_or(&Value::Null)),
        ]);
        let (settings, spend_guard, diagnostics) = settings_from_json(&value);
        self.problems.extend(diagnostics.iter().filter(|found| found.is_error()).map(told));
        if spend_guard.spans_accounts() && file.shards.is_some_and(|shards| shards > 1) {
            let message = "`approvals.spendGuard.worstDay` has amounts about several accounts, and with `shards` nobody sees \
                           all of them: leave `shards` out, or write `accounts`, or `spec.spendGuard` of each AdAccount";
            self.problems.push(message.to_owned());
        }
        (settings, spend_guard)
    }

    fn approvals(&mut self, value: &Value) -> ApprovalPolicy {
        if value.is_null() {
            return ApprovalPolicy::default();
        }
        let mut asked = value.clone();
        // It is asked of rules, before there is a plan to approve.
        if let Some(policy) = asked.as_object_mut() {
            policy.remove("spendGuard");
        }
        serde_json::from_value(asked).unwrap_or_else(|error| {
            // Said better already where the shape is wrong.
            if self.problems.is_empty() {
                self.problems.push(format!("`approvals`: {error}"));
            }
            ApprovalPolicy::default()
        })
    }

    fn classes(&mut self, file: &SignaturesFile, approvals: &ApprovalPolicy) -> Vec<Class> {
        let mut classes = Vec::new();
        for word in &file.classes {
            match word.parse() {
                Ok(Class::Raise(Some(band))) if !approvals.bands.iter().any(|known| known.name == band) => {
                    self.problems.push(format!(
                        "`signatures.classes`: there is no band `{band}`: add it to `approvals.bands`, or write `raise`"
                    ));
                }
                Ok(class) => classes.push(class),
                Err(error) => self.problems.push(format!("`signatures.classes`: {error}")),
            }
        }
        if !file.classes.is_empty() && file.allowed_signers.is_none() {
            self.problems.push(
                "`signatures.classes` asks for signatures and nobody's key is known: add `signatures.allowedSigners`, a file of public keys"
                    .to_owned(),
            );
        }
        classes
    }

    fn service_accounts(&mut self, field: &str, names: &[String]) {
        for name in names {
            let whole = name.strip_prefix(SERVICE_ACCOUNT).and_then(|rest| rest.split_once(':'));
            if !whole.is_some_and(|(namespace, name)| !namespace.is_empty() && !name.is_empty()) {
                self.problems.push(format!(
                    "`{field}`: `{name}` is no service account: write `{SERVICE_ACCOUNT}<namespace>:<name>`"
                ));
            }
        }
    }

    fn span(
        &mut self,
        field: &str,
        written: Option<Span>,
        otherwise: Duration,
        bounds: &RangeInclusive<Duration>,
    ) -> Duration {
        let span = written.map_or(otherwise, Span::get);
        if !bounds.contains(&span) {
            let (least, most) = (bounds.start().as_secs(), bounds.end().as_secs());
            self.problems.push(format!(
                "`{field}` is {}s: write {least}s to {}h",
                span.as_secs(),
                most / 3600
            ));
        }
        span
    }

    fn number<T: TryFrom<u64> + Default>(
        &mut self,
        field: &str,
        written: Option<u64>,
        otherwise: u64,
        bounds: &RangeInclusive<u64>,
    ) -> T {
        let number = written.unwrap_or(otherwise);
        match T::try_from(number) {
            Ok(fitting) if bounds.contains(&number) => fitting,
            _ => {
                let (least, most) = (bounds.start(), bounds.end());
                self.problems.push(format!("`{field}` is {number}: write {least} to {most}"));
                T::default()
            }
        }
    }

    fn lease(&mut self, file: &Lease) -> LeaseSettings {
        let duration = self.span("lease.duration", file.duration, Duration::from_mins(1), &LEASE);
        let call_timeout =
            self.span("lease.callTimeout", file.call_timeout, Duration::from_secs(30), &CALL_TIMEOUT);
        let least = call_timeout + SLACK + RENEWALS;
        if duration < least {
            self.problems.push(format!(
                "`lease.duration` is {}s: write at least {}s, or a shorter `lease.callTimeout`",
                duration.as_secs(),
                least.as_secs()
            ));
        }
        LeaseSettings { duration, call_timeout }
    }

    fn metrics(&mut self, file: &MetricsFile, shared: project::MetricsSettings) -> MetricsSettings {
        let (written, usual) = (shared.retention.unwrap_or_default(), Retention::default());
        MetricsSettings {
            every: self.span("metrics.every", file.every, Duration::from_mins(15), &METRICS),
            status_every: self.span(
                "metrics.statusEvery",
                file.status_every,
                Duration::from_hours(1),
                &METRICS,
            ),
            back: self.number("metrics.back", file.back, 30, &BACK),
            database: shared.database.and_then(|database| self.database(database)),
            retention: Retention {
                days: written.days.unwrap_or(usual.days),
                hours: written.hours.unwrap_or(usual.hours),
                every_reading: written.every_reading.unwrap_or(usual.every_reading),
                daily_readings: written.daily_readings.unwrap_or(usual.daily_readings),
            },
        }
    }

    /// An image holds no programs, and an environment is shown to everybody who may see the pod.
    fn database(&mut self, written: project::MetricsDatabase) -> Option<MetricsDatabase> {
        let Some(file) = written.file else {
            self.problems.push(
                "`metrics.database`: write `file`, the path of a mounted Secret's key that holds the connection string"
                    .to_owned(),
            );
            return None;
        };
        let certificates = written.certificates.map(PathBuf::from);
        Some(MetricsDatabase {
            file: self.absolute("metrics.database.file", file.into()),
            certificates: certificates.map(|path| self.absolute("metrics.database.certificates", path)),
        })
    }

    fn listen(&mut self, written: Option<&str>) -> SocketAddr {
        let Some(text) = written else { return LISTEN };
        text.parse().unwrap_or_else(|_| {
            self.problems
                .push(format!("`listen` is `{text}`: write an address and a port, such as `{LISTEN}`"));
            LISTEN
        })
    }

    fn traces(&mut self, file: Option<Traces>) -> Option<String> {
        let endpoint = file?.endpoint;
        if !["http://", "https://"].iter().any(|scheme| endpoint.starts_with(scheme)) {
            self.problems.push(format!(
                "`traces.endpoint` is `{endpoint}`: write the address of a collector, such as `http://collector:4318/v1/traces`"
            ));
        }
        Some(endpoint)
    }

    fn absolute(&mut self, field: &str, path: PathBuf) -> PathBuf {
        if !path.is_absolute() {
            self.problems.push(format!("`{field}` is `{}`: write an absolute path", path.display()));
        }
        path
    }

    fn plan_store(&mut self, written: Option<PlanStoreFile>) -> PlanStore {
        match written {
            None | Some(PlanStoreFile::ConfigMap(Empty {})) => PlanStore::ConfigMap,
            Some(PlanStoreFile::Directory(path)) => {
                PlanStore::Directory(self.absolute("planStore.directory", path))
            }
        }
    }
}

/// What is written of some fields.
fn object<const FIELDS: usize>(fields: [(&str, &Value); FIELDS]) -> Value {
    let written = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(written.map(|(key, value)| (key.to_owned(), value.clone())).collect())
}

/// A finding in one line.
fn told(found: &Diagnostic) -> String {
    let field = found.field.as_ref().map(|field| format!("`{field}`: ")).unwrap_or_default();
    let hint = found.hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default();
    format!("{field}{}{hint}", found.message)
}

//! The operator at work: its real binary, with the token of its service account, between a real API server and a
//! sandbox of the platforms.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use adplane_sandbox::{ClockMode, QuotaMode, RunningSandbox, Sandbox, SandboxOptions};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::super::people::{Outcome, Team};
use super::super::server::OPERATOR_NAMESPACE;
use super::pictures::Pictures;
use super::replica::Replica;

/// How soon anything that is waited for has to come about, on a machine that does other things besides.
pub(crate) const SOON: Duration = Duration::from_mins(2);
/// How often is asked.
const POLL: Duration = Duration::from_millis(200);
/// The longest that a removal rests, as configured here.
pub(crate) const SETTLE: Duration = Duration::from_secs(6);

/// The operator believes in guards that have been there for a while.
const GUARDED: Duration = Duration::from_secs(8);

/// One operator at a time: its leases have one place.
static ONE: Mutex<()> = Mutex::new(());

/// What a field is set up with beyond the usual.
#[derive(Default)]
pub(crate) struct Wishes {
    /// How much later a platform answers.
    pub(crate) latency: Duration,
    /// The instant at which the platforms' time stands until it is moved; the machine's time when absent.
    pub(crate) started: Option<Timestamp>,
    /// What the operator's configuration holds besides.
    pub(crate) config: Value,
}

/// A namespace, a sandbox, and the replicas of an operator that looks after that namespace.
pub(crate) struct Field<'a> {
    pub(crate) team: &'a Team<'a>,
    /// Ended before the folder goes.
    replicas: RefCell<Vec<Option<Replica>>>,
    pub(crate) pictures: Pictures,
    sandbox: RunningSandbox,
    http: reqwest::Client,
    runtime: Runtime,
    folder: TempDir,
    /// What replicas that start from now on read besides.
    pub(crate) config: RefCell<Value>,
    _one: MutexGuard<'static, ()>,
}

impl Drop for Field<'_> {
    fn drop(&mut self) {
        self.replicas.borrow_mut().clear();
        // Whoever comes next begins with leases of its own.
        let arguments = ["-n", OPERATOR_NAMESPACE, "delete", "leases,configmaps", "--all", "--wait=false"];
        self.team.cluster.kubectl("admin", &arguments, "");
    }
}

impl<'a> Field<'a> {
    /// Sandbox, Secret and one replica; no accounts yet.
    pub(crate) fn start(team: &'a Team<'a>) -> Result<Self, String> {
        Self::with(team, Wishes::default())
    }

    /// The same with wishes.
    pub(crate) fn with(team: &'a Team<'a>, wishes: Wishes) -> Result<Self, String> {
        let field = Self::idle(team, wishes)?;
        field.replica()?;
        Ok(field)
    }

    /// The same, and no replica yet.
    pub(crate) fn idle(team: &'a Team<'a>, wishes: Wishes) -> Result<Self, String> {
        let field = Self::empty(team, wishes)?;
        field.furnish()?;
        Ok(field)
    }

    /// A sandbox, and nothing in the namespace.
    pub(crate) fn empty(team: &'a Team<'a>, wishes: Wishes) -> Result<Self, String> {
        let age = || team.cluster.guarded.get().map_or(GUARDED, Instant::elapsed);
        while age() < GUARDED {
            thread::sleep(POLL);
        }
        // A case that failed left nothing that the next one minds.
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().map_err(text)?;
        let mut options =
            SandboxOptions { quota: QuotaMode::Off, latency: wishes.latency, ..SandboxOptions::default() };
        options.listen.set_port(0);
        if let Some(started) = wishes.started {
            options.clock = ClockMode::Virtual(started);
        }
        let sandbox = runtime.block_on(Sandbox::start(options)).map_err(text)?;
        Ok(Self {
            team,
            replicas: RefCell::default(),
            pictures: Pictures::serve()?,
            sandbox,
            http: reqwest::Client::new(),
            runtime,
            folder: tempfile::tempdir().map_err(text)?,
            config: RefCell::new(wishes.config),
            _one: one,
        })
    }

    /// The Secret that accounts name, and approvers of deletions.
    fn furnish(&self) -> Outcome {
        self.team.create(
            "admin",
            &json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "sandbox"},
                "stringData": {"access_token": "sandbox-token"},
            }),
        )?;
        self.team.create(
            "admin",
            &json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": {"name": "adplane-approver-delete"},
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "adplane-approver-delete",
                },
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "approvers"}],
            }),
        )?;
        Ok(())
    }

    fn process(&self, folder: &Path) -> Result<Replica, String> {
        let reached = self.platforms();
        Replica::start(self.team.cluster, folder, &self.team.namespace, &reached, &self.config.borrow())
    }

    /// Another replica, with a folder of its own as a pod has; its number.
    pub(crate) fn replica(&self) -> Result<usize, String> {
        let number = self.replicas.borrow().len();
        let folder = self.folder.path().join(number.to_string());
        fs::create_dir_all(&folder).map_err(text)?;
        let replica = self.process(&folder)?;
        self.replicas.borrow_mut().push(Some(replica));
        Ok(number)
    }

    /// Ends a replica as the kernel would: without a word.
    pub(crate) fn kill(&self, number: usize) {
        if let Some(mut replica) = self.replicas.borrow_mut()[number].take() {
            replica.kill();
        }
    }

    /// Ends a replica as a cluster does.
    pub(crate) fn end(&self, number: usize) {
        drop(self.replicas.borrow_mut()[number].take());
    }

    /// Ends a replica as a cluster does, and starts it again in the same folder.
    pub(crate) fn restart(&self, number: usize) -> Outcome {
        self.end(number);
        let folder = self.folder.path().join(number.to_string());
        let replica = self.process(&folder)?;
        self.replicas.borrow_mut()[number] = Some(replica);
        Ok(())
    }

    /// How many replicas were ever started.
    pub(crate) fn started(&self) -> usize {
        self.replicas.borrow().len()
    }

    /// Something of a replica that runs.
    pub(crate) fn of<T>(&self, number: usize, get: impl FnOnce(&Replica) -> T) -> Result<T, String> {
        let replicas = self.replicas.borrow();
        let replica = replicas.get(number).and_then(Option::as_ref);
        replica.map(get).ok_or_else(|| format!("replica {number} does not run"))
    }

    /// Where the sandbox answers, without a slash at the end.
    pub(crate) fn platforms(&self) -> String {
        self.sandbox.url().trim_end_matches('/').to_owned()
    }

    /// Asks or tells the sandbox something.
    pub(crate) fn sandbox(&self, endpoint: &str, body: Option<&Value>) -> Result<Value, String> {
        let url = format!("{}/_sandbox/{endpoint}", self.platforms());
        let request = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        self.runtime.block_on(async {
            let answer = request.send().await.map_err(text)?;
            let (status, value) = (answer.status(), answer.json::<Value>().await.map_err(text)?);
            if status.is_success() { Ok(value) } else { Err(format!("{endpoint}: {status} {value}")) }
        })
    }

    /// Reads a page of a replica: `/metrics`, `/readyz`.
    pub(crate) fn page(&self, number: usize, path: &str) -> Result<String, String> {
        let url = self.of(number, |replica| format!("http://{}{path}", replica.listens))?;
        self.runtime
            .block_on(async { self.http.get(url).send().await.map_err(text)?.text().await.map_err(text) })
    }

    /// How often the replica looked at an account to the end.
    pub(crate) fn looks(&self, number: usize, account: &str) -> Result<u64, String> {
        let metrics = self.page(number, "/metrics")?;
        let (namespace, account) =
            (format!("namespace=\"{}\"", self.team.namespace), format!("account=\"{account}\""));
        let lines = metrics.lines().filter(|line| {
            line.starts_with("adplane_reconciles_total{")
                && line.contains(&namespace)
                && line.contains(&account)
        });
        Ok(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum())
    }

    /// Waits until an account was looked at from beginning to end after now.
    pub(crate) fn look(&self, number: usize, account: &str) -> Outcome {
        let before = self.looks(number, account)?;
        // The first may be under way already.
        self.until("the account is looked at", || Ok(self.looks(number, account)? >= before + 2))
    }

    /// Requests to the platforms that stored something.
    pub(crate) fn writes(&self) -> Result<Vec<Value>, String> {
        Ok(self.log()?.into_iter().filter(|entry| entry["write"] == true).collect())
    }

    /// Requests to the platforms.
    pub(crate) fn log(&self) -> Result<Vec<Value>, String> {
        Ok(self.sandbox("log", None)?.as_array().cloned().unwrap_or_default())
    }

    /// Waits until something holds; it is asked again and again.
    pub(crate) fn until(&self, what: &str, holds: impl FnMut() -> Result<bool, String>) -> Outcome {
        self.within(SOON, what, holds)
    }

    /// The same, no longer than a time.
    pub(crate) fn within(
        &self,
        limit: Duration,
        what: &str,
        mut holds: impl FnMut() -> Result<bool, String>,
    ) -> Outcome {
        let begun = Instant::now();
        loop {
            let error = match holds() {
                Ok(true) => return Ok(()),
                Ok(false) => String::new(),
                Err(error) => format!(": {error}"),
            };
            if begun.elapsed() > limit {
                return Err(format!("not within {} s: {what}{error}\n{}", limit.as_secs(), self.logs()));
            }
            thread::sleep(POLL);
        }
    }

    /// The ends of the replicas' logs.
    pub(crate) fn logs(&self) -> String {
        let replicas = self.replicas.borrow();
        let logs = replicas.iter().flatten().map(|replica| {
            let log = replica.log();
            let lines: Vec<&str> = log.lines().rev().take(25).collect();
            lines.into_iter().rev().collect::<Vec<_>>().join("\n")
        });
        logs.collect::<Vec<_>>().join("\n--- another replica\n")
    }
}

pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

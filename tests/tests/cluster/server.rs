//! One etcd and one API server on loopback, with Adplane's definitions, roles and admission policies applied.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use adplane_manifest::schema;
use serde_json::Value;
use tempfile::TempDir;

use super::helm::chart;
use super::keys::account_keys;
use super::tools::Tools;

/// How long the API server may take to be ready, on a machine that does other things besides.
const START: Duration = Duration::from_mins(2);
/// How long what was applied may take to be in force.
const SETTLE: Duration = Duration::from_mins(1);
/// How often is asked.
const POLL: Duration = Duration::from_millis(250);
/// Where the API server writes down what the shipped audit policy asks for.
const AUDIT: &str = "audit.log";
/// Namespace of the operator.
pub(crate) const OPERATOR_NAMESPACE: &str = "adplane-system";

/// Who can log in: a short name, which is the token, the user, its uid and its groups.
const USERS: &[(&str, &str, &str, &str)] = &[
    ("admin", "admin", "uid-admin", "system:masters"),
    ("viewer", "viewer", "uid-viewer", "viewers"),
    ("editor", "editor", "uid-editor", "editors"),
    ("colleague", "O=Shop,CN=100%", "uid-colleague", "editors"),
    ("approver-a", "approver-a", "uid-a", "approvers"),
    // Not every way to log in tells a uid.
    ("approver-b", "approver-b", "", "approvers,editors"),
    ("administrator", "administrator", "uid-administrator", "administrators"),
    // The people of the examples, who have what the examples give them.
    ("ana", "ana@shop.example", "uid-ana", "shop"),
    ("bo", "bo@shop.example", "uid-bo", "shop"),
    (
        "operator",
        "system:serviceaccount:adplane-system:adplane-operator",
        "uid-operator",
        "system:serviceaccounts,system:serviceaccounts:adplane-system",
    ),
    (
        "gitops",
        "system:serviceaccount:argocd:argocd-application-controller",
        "uid-gitops",
        "system:serviceaccounts,editors",
    ),
];

/// What a program gave.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running API server. Dropping it ends it and its etcd.
pub(crate) struct Cluster {
    /// Where it answers.
    pub(crate) url: String,
    kubectl: PathBuf,
    apiserver: PathBuf,
    /// Of etcd and of the API server.
    ports: [u16; 2],
    /// When what is shipped was in force.
    pub(crate) guarded: OnceLock<Instant>,
    // Ended before the folder goes.
    servers: Mutex<Servers>,
    folder: TempDir,
}

/// Processes, ended in reverse order by their ids.
struct Servers(Vec<Child>);

impl Servers {
    /// Whether one of them ended by itself.
    fn ended(&mut self) -> bool {
        self.0.iter_mut().any(|server| !matches!(server.try_wait(), Ok(None)))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        while let Some(mut server) = self.0.pop() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Cluster {
    /// Starts the servers, applies what is shipped, and waits until it is in force.
    pub(crate) fn start(tools: &Tools) -> Result<Self, String> {
        let cluster = Self::bare(tools)?;
        cluster.install(tools)?;
        cluster.in_force()?;
        Ok(cluster)
    }

    /// Starts the servers, with nothing of Adplane's. Another program may have taken a port before it was used: then once
    /// more.
    pub(crate) fn bare(tools: &Tools) -> Result<Self, String> {
        Self::launch(tools).or_else(|_| Self::launch(tools))
    }

    fn launch(tools: &Tools) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(text)?;
        let root = folder.path();
        fs::write(root.join("tokens.csv"), tokens()).map_err(text)?;
        for (name, key) in ["accounts.key", "accounts.pub"].into_iter().zip(account_keys()?) {
            fs::write(root.join(name), key).map_err(text)?;
        }
        let [clients, peers, port] = ports()?;
        let mut servers = Servers(vec![spawn(etcd(tools, root, clients, peers), &root.join("etcd.log"))?]);
        servers
            .0
            .push(spawn(apiserver(&tools.apiserver, root, [clients, port]), &root.join("apiserver.log"))?);
        let cluster = Self {
            url: format!("https://127.0.0.1:{port}"),
            kubectl: tools.kubectl.clone(),
            apiserver: tools.apiserver.clone(),
            ports: [clients, port],
            guarded: OnceLock::new(),
            servers: Mutex::new(servers),
            folder,
        };
        cluster.answers()?;
        Ok(cluster)
    }

    fn answers(&self) -> Result<(), String> {
        self.until(START, "the API server is ready", || {
            self.kubectl("admin", &["get", "--raw", "/readyz"], "").success
        })
    }

    /// Ends the API server without a word, does something meanwhile, and starts it again with what etcd holds.
    pub(crate) fn restart(&self, meanwhile: impl FnOnce()) -> Result<(), String> {
        let log = self.folder.path().join("apiserver.log");
        let mut servers = self.servers.lock().map_err(text)?;
        drop(Servers(servers.0.split_off(1)));
        meanwhile();
        servers.0.push(spawn(apiserver(&self.apiserver, self.folder.path(), self.ports), &log)?);
        drop(servers);
        self.answers()?;
        // Admission knows what definitions define a moment later.
        self.until(SETTLE, "the admission policies are in force again", || self.guarded())
    }

    /// A file with which a user logs in.
    pub(crate) fn kubeconfig(&self, user: &str) -> Result<PathBuf, String> {
        let path = self.folder.path().join(format!("{user}.kubeconfig"));
        if path.exists() { Ok(path) } else { self.kubeconfig_with(user, &token(user)) }
    }

    /// A file, named after a user, with a token.
    pub(crate) fn kubeconfig_with(&self, user: &str, token: &str) -> Result<PathBuf, String> {
        let path = self.folder.path().join(format!("{user}.kubeconfig"));
        let authority = self.folder.path().join("certificates/apiserver.crt");
        let config = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: it\n\
             clusters: [{{name: it, cluster: {{server: \"{}\", certificate-authority: \"{}\"}}}}]\n\
             users: [{{name: it, user: {{token: {token}}}}}]\n\
             contexts: [{{name: it, context: {{cluster: it, user: it}}}}]\n",
            self.url,
            authority.display(),
        );
        // Cases run side by side, and none may read half of it.
        let mut file = tempfile::NamedTempFile::new_in(self.folder.path()).map_err(text)?;
        file.write_all(config.as_bytes()).map_err(text)?;
        file.persist(&path).map_err(text)?;
        Ok(path)
    }

    /// Runs `kubectl` as a user.
    pub(crate) fn kubectl(&self, user: &str, arguments: &[&str], stdin: &str) -> Output {
        let config = match self.kubeconfig(user) {
            Ok(config) => config,
            Err(error) => return Output { success: false, stdout: String::new(), stderr: error },
        };
        let mut command = Command::new(&self.kubectl);
        command
            .arg("--kubeconfig")
            .arg(config)
            .arg("--cache-dir")
            .arg(self.folder.path().join("cache"))
            .args(arguments);
        run(command, stdin)
    }

    /// What the API server wrote down so far, by the audit policy that is shipped.
    pub(crate) fn audited(&self) -> Result<Vec<Value>, String> {
        let log = fs::read_to_string(self.folder.path().join(AUDIT)).map_err(text)?;
        // The last line may be half written.
        Ok(log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// Waits until every definition is established.
    pub(crate) fn established(&self) -> Result<(), String> {
        let wait = ["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"];
        for _ in 0..60 {
            match self.succeed(&wait) {
                // A definition that was made this instant has no conditions yet, and `kubectl wait` ends on that.
                Err(error) if error.contains("accessor error") => thread::sleep(Duration::from_millis(500)),
                other => return other,
            }
        }
        self.succeed(&wait)
    }

    /// Applies definitions, policies and roles.
    fn install(&self, tools: &Tools) -> Result<(), String> {
        let definitions = schema::crds_yaml().map_err(text)?;
        let definitions: Vec<String> = definitions.into_iter().map(|(_, yaml)| yaml).collect();
        self.apply(&definitions.join("---\n"))?;
        self.established()?;
        self.succeed(&["create", "namespace", OPERATOR_NAMESPACE])?;
        self.apply(&chart(tools, &["--set", "config.approvals.bands[0].name=large"])?)
    }

    /// Waits until what was applied guards.
    pub(crate) fn in_force(&self) -> Result<(), String> {
        self.succeed(&["create", "namespace", "probe"])?;
        self.until(SETTLE, "the admission policies are in force", || self.guarded())?;
        self.guarded.get_or_init(Instant::now);
        Ok(())
    }

    /// Whether admission refuses, and writes authors down. All policies are read at once.
    fn guarded(&self) -> bool {
        let probe = |document: &str| {
            let arguments = ["-n", "probe", "create", "--dry-run=server", "-o", "yaml", "-f", "-"];
            self.kubectl("admin", &arguments, document)
        };
        let campaign = probe(
            "{apiVersion: adplane.io/v1alpha1, kind: Campaign, metadata: {name: probe}, spec: {account: a}}",
        );
        let approval = probe(
            "{apiVersion: adplane.io/v1alpha1, kind: PlanApproval, metadata: {name: probe}, spec: {plan: a, \
             hash: \"sha256:0000000000000000000000000000000000000000000000000000000000000000\", class: edit, \
             decision: Approve}}",
        );
        campaign.stdout.contains("adplane.io/authors")
            && approval.stderr.contains("adplane-approval-matches-plan")
    }

    fn apply(&self, documents: &str) -> Result<(), String> {
        let output = self.kubectl("admin", &["apply", "--server-side", "-f", "-"], documents);
        if output.success { Ok(()) } else { Err(output.stderr) }
    }

    fn succeed(&self, arguments: &[&str]) -> Result<(), String> {
        let output = self.kubectl("admin", arguments, "");
        if output.success { Ok(()) } else { Err(output.stderr) }
    }

    fn until(&self, limit: Duration, what: &str, mut holds: impl FnMut() -> bool) -> Result<(), String> {
        let started = Instant::now();
        while !holds() {
            let ended = self.servers.lock().is_ok_and(|mut servers| servers.ended());
            if ended || started.elapsed() > limit {
                let log = fs::read_to_string(self.folder.path().join("apiserver.log")).unwrap_or_default();
                let lines: Vec<&str> = log.lines().rev().take(10).collect();
                let why =
                    if ended { "a server ended".to_owned() } else { format!("after {}s", limit.as_secs()) };
                return Err(format!("not so, {why}: {what}\n{}", lines.join("\n")));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}

/// Runs a program to its end.
pub(crate) fn run(mut command: Command, stdin: &str) -> Output {
    let result =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().and_then(
            |mut child| {
                if let Some(mut pipe) = child.stdin.take() {
                    // A program that reads none of it closes the pipe.
                    let _ = pipe.write_all(stdin.as_bytes());
                }
                child.wait_with_output()
            },
        );
    match result {
        Ok(output) => Output {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        },
        Err(error) => Output { success: false, stdout: String::new(), stderr: error.to_string() },
    }
}

/// A program that lasts no longer than this process, however that ends, where util-linux can see to it.
pub(crate) fn lasting(program: &Path) -> Command {
    let keeper = Path::new("/usr/bin/setpriv");
    if !keeper.is_file() {
        return Command::new(program);
    }
    let mut command = Command::new(keeper);
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

fn etcd(tools: &Tools, root: &Path, clients: u16, peers: u16) -> Command {
    let (clients, peers) = (format!("http://127.0.0.1:{clients}"), format!("http://127.0.0.1:{peers}"));
    let mut command = lasting(&tools.etcd);
    command.arg("--data-dir").arg(root.join("etcd")).args(["--unsafe-no-fsync", "--log-level", "warn"]);
    command.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
    command.args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers]);
    command.args(["--initial-cluster", &format!("default={peers}")]);
    command
}

fn apiserver(program: &Path, root: &Path, [clients, port]: [u16; 2]) -> Command {
    let mut command = lasting(program);
    command.arg(format!("--etcd-servers=http://127.0.0.1:{clients}"));
    command.args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"]);
    command.arg(format!("--secure-port={port}")).arg("--authorization-mode=RBAC");
    command.arg("--cert-dir").arg(root.join("certificates"));
    command.arg("--token-auth-file").arg(root.join("tokens.csv"));
    command.arg("--service-account-issuer=https://kubernetes.default.svc");
    command.arg("--service-account-key-file").arg(root.join("accounts.pub"));
    command.arg("--service-account-signing-key-file").arg(root.join("accounts.key"));
    command.args(["--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none"]);
    command.arg("--disable-admission-plugins=ServiceAccount");
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/adplane/files/audit-policy.yaml");
    command.arg("--audit-policy-file").arg(policy).arg("--audit-log-path").arg(root.join(AUDIT));
    command
}

fn spawn(mut command: Command, log: &Path) -> Result<Child, String> {
    let log = File::create(log).map_err(text)?;
    let errors = log.try_clone().map_err(text)?;
    command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().map_err(text)
}

/// Ports that are free now.
fn ports() -> Result<[u16; 3], String> {
    let mut held = Vec::new();
    let mut ports = [0; 3];
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(text)?;
        *port = listener.local_addr().map_err(text)?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// The token with which a user logs in.
pub(crate) fn token(user: &str) -> String {
    format!("token-of-{user}")
}

fn tokens() -> String {
    let lines = USERS.iter().map(|(name, user, uid, groups)| {
        let token = token(name);
        format!("{token},\"{user}\",{uid},\"{groups}\"")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

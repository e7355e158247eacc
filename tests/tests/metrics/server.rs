//! A private PostgreSQL server, on a socket in a temporary folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use adplane_engine::metrics::store::PostgresOptions;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const START: Duration = Duration::from_secs(30);

/// Where PostgreSQL's programs are, and how to run them as somebody who is not root.
#[derive(Clone)]
pub(crate) struct Programs {
    folder: PathBuf,
    as_postgres: bool,
}

/// The newest that is installed, or why none can be used.
pub(crate) fn programs() -> Result<Programs, String> {
    let versions = fs::read_dir("/usr/lib/postgresql").map_err(|_| "needs postgresql".to_owned())?;
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").exists() && folder.join("postgres").exists())
        .collect();
    folders.sort();
    let (_, folder) = folders.pop().ok_or("needs postgresql")?;
    let as_postgres = is_root();
    if as_postgres {
        let known = Command::new("setpriv")
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "true"])
            .stderr(Stdio::null())
            .status();
        if !known.is_ok_and(|status| status.success()) {
            return Err("needs the user postgres, since a server does not run as root".to_owned());
        }
    }
    Ok(Programs { folder, as_postgres })
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

impl Programs {
    fn command(&self, program: &str) -> Command {
        let program = self.folder.join(program);
        if !self.as_postgres {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    }
}

/// A server of our own; it goes with its data when it is dropped.
pub(crate) struct Server {
    folder: TempDir,
    process: Child,
    databases: AtomicU32,
}

impl Server {
    pub(crate) fn start(programs: &Programs) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        // The server's own folder lies within, since it insists on making it; its user must get there.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777))
            .map_err(|error| error.to_string())?;
        let data = folder.path().join("data");
        let made = programs
            .command("initdb")
            .args(["--auth=trust", "--username=adplane", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .current_dir(folder.path())
            .output()
            .map_err(|error| error.to_string())?;
        if !made.status.success() {
            return Err(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let log = fs::File::create(folder.path().join("log")).map_err(|error| error.to_string())?;
        let process = programs
            .command("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| error.to_string())?;
        let server = Self { folder, process, databases: AtomicU32::new(0) };
        let begun = Instant::now();
        while let Err(error) = server.run("postgres", "SELECT 1") {
            if begun.elapsed() > START {
                let log = fs::read_to_string(server.folder.path().join("log")).unwrap_or_default();
                return Err(format!("the server does not answer: {error}\n{log}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// A new and empty database.
    pub(crate) fn database(&self) -> Result<Database, String> {
        let name = format!("case{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(Database { folder: self.folder.path().to_owned(), name })
    }

    fn run(&self, database: &str, statement: &str) -> Result<(), String> {
        run(self.folder.path(), database, statement)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(folder: &Path, database: &str, statement: &str) -> Result<(), String> {
    let url = format!("host={} user=adplane dbname={database}", folder.display());
    runtime()?.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.map_err(|error| error.to_string())?;
        let driver = tokio::spawn(connection);
        let result = client.batch_execute(statement).await.map_err(|error| {
            error.as_db_error().map_or_else(|| error.to_string(), |told| told.message().to_owned())
        });
        drop(client);
        let _ = driver.await;
        result
    })
}

/// A database for one case.
pub(crate) struct Database {
    folder: PathBuf,
    pub(crate) name: String,
}

impl Database {
    pub(crate) fn url(&self) -> String {
        self.url_of("adplane")
    }

    pub(crate) fn url_of(&self, user: &str) -> String {
        format!("host={} user={user} dbname={}", self.folder.display(), self.name)
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions { url: self.url().into(), roots: None }
    }

    pub(crate) fn run(&self, statement: &str) -> Result<(), String> {
        run(&self.folder, &self.name, statement)
    }
}

pub(crate) fn runtime() -> Result<Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
}

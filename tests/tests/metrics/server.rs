//! A private PostgreSQL server, and what only a server can do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use adplane_engine::metrics::store::{MetricStore, PostgresOptions, PostgresStore};
use tempfile::TempDir;

use crate::build::{With, account, reading, shown, spent, window};
use crate::runtime;

type DatabaseCase = (&'static str, fn(&Database) -> Result<(), String>);

pub(crate) const CASES: &[DatabaseCase] = &[
    ("server::a_newer_layout_is_refused", a_newer_layout_is_refused),
    ("server::a_schema_of_somebody_else_is_refused", a_schema_of_somebody_else_is_refused),
    ("server::a_user_without_rights_is_told_so", a_user_without_rights_is_told_so),
    ("server::a_lost_session_is_made_again", a_lost_session_is_made_again),
    ("server::several_may_open_it_at_once", several_may_open_it_at_once),
];

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
        let result = client.batch_execute(statement).await.map_err(|error| error.to_string());
        drop(client);
        let _ = driver.await;
        result
    })
}

/// A database for one case.
pub(crate) struct Database {
    folder: PathBuf,
    name: String,
}

impl Database {
    pub(crate) fn url(&self) -> String {
        self.url_of("adplane")
    }

    fn url_of(&self, user: &str) -> String {
        format!("host={} user={user} dbname={}", self.folder.display(), self.name)
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions { url: self.url().into(), roots: None }
    }

    fn run(&self, statement: &str) -> Result<(), String> {
        run(&self.folder, &self.name, statement)
    }

    fn refusal(&self, user: &str) -> Result<String, String> {
        let options = PostgresOptions { url: self.url_of(user).into(), roots: None };
        match runtime()?.block_on(PostgresStore::open(&options)) {
            Ok(_) => Err("it was opened".to_owned()),
            Err(error) => Ok(error.to_string()),
        }
    }
}

fn a_newer_layout_is_refused(database: &Database) -> Result<(), String> {
    runtime()?.block_on(PostgresStore::open(&database.options())).map_err(|error| error.to_string())?;
    database.run("UPDATE adplane.layout SET version = 99")?;
    assert_eq!(
        database.refusal("adplane")?,
        "the metrics database was written by a newer Adplane (layout 99, this one knows 1): update Adplane"
    );
    Ok(())
}

fn a_schema_of_somebody_else_is_refused(database: &Database) -> Result<(), String> {
    database.run("CREATE SCHEMA adplane; CREATE TABLE adplane.notes (text text)")?;
    assert_eq!(
        database.refusal("adplane")?,
        "the schema `adplane` of the metrics database holds something else than Adplane's metrics: name another \
         place, or move that away"
    );
    database.run("DROP TABLE adplane.notes")?;
    runtime()?.block_on(PostgresStore::open(&database.options())).map_err(|error| error.to_string())?;
    Ok(())
}

fn a_user_without_rights_is_told_so(database: &Database) -> Result<(), String> {
    database.run(&format!("CREATE ROLE guest_{} LOGIN", database.name))?;
    let told = database.refusal(&format!("guest_{}", database.name))?;
    assert_eq!(
        told,
        format!("the metrics database refuses this user: permission denied for database {}", database.name)
    );
    Ok(())
}

/// Sessions that the server ends, as at a restart, cost one call at most.
fn a_lost_session_is_made_again(database: &Database) -> Result<(), String> {
    let runtime = runtime()?;
    let told = reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z").with("1", "2026-06-09", spent(5));
    let store =
        runtime.block_on(PostgresStore::open(&database.options())).map_err(|error| error.to_string())?;
    runtime.block_on(store.put(&account(), &told)).map_err(|error| error.to_string())?;
    database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )?;
    runtime.block_on(async {
        let mut last = None;
        for _ in 0..3 {
            match store.put(&account(), &told).await {
                Ok(stored) => {
                    assert!(stored.is_repeated());
                    let totals = window(&store, "yesterday", "2026-06-10T08:00:00Z").await;
                    assert_eq!(shown(&totals), "1=5");
                    return Ok(());
                }
                Err(error) => {
                    assert!(error.may_pass(), "{error:?}");
                    last = Some(error.to_string());
                }
            }
        }
        Err(format!("it never came back: {last:?}"))
    })
}

fn several_may_open_it_at_once(database: &Database) -> Result<(), String> {
    runtime()?.block_on(async {
        let opened = (0..6).map(|_| {
            let options = database.options();
            tokio::spawn(async move { PostgresStore::open(&options).await.map(|_| ()) })
        });
        for opened in futures::future::join_all(opened).await {
            opened.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        }
        Ok(())
    })
}

//! The metrics store: each behaviour is written once and runs on the file and on the database.
//!
//! The database is a private server of Debian's PostgreSQL, on a socket in a temporary folder; where its programs are
//! missing, its cases are reported as ignored with the reason.

#![expect(
    clippy::unwrap_used,
    reason = "a case that panics has failed, as a test of cargo's own harness would"
)]

mod asof;
mod build;
mod command;
mod cut_short;
mod doubted;
mod keeping;
mod killed;
mod model;
mod own;
mod served;
mod server;
mod shared;
mod telling;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use adplane_engine::metrics::store::{MetricStore, PostgresStore, SqliteOptions, SqliteStore};
use futures::future::BoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};

use server::{Database, Server, programs, runtime};

/// A behaviour that every store has.
struct Case {
    name: &'static str,
    run: fn(Arc<dyn MetricStore>) -> BoxFuture<'static, ()>,
}

/// Writes `case!(name of the function)` as a case that is called as its words.
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        pub(crate) const CASES: &[$crate::Case] = &[$($crate::Case {
            name: stringify!($name),
            run: |store| Box::pin($name(store)),
        }),*];
    };
}
pub(crate) use cases;

const GROUPS: [(&str, &[Case]); 7] = [
    ("telling", telling::CASES),
    ("asof", asof::CASES),
    ("doubted", doubted::CASES),
    ("keeping", keeping::CASES),
    ("model", model::CASES),
    ("own", own::CASES),
    ("shared", shared::CASES),
];

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if let Some(killed::CHILD) = words.next().as_deref() {
        return killed::child(words);
    }
    let arguments = Arguments::from_args();
    let server: Arc<OnceLock<Result<Server, String>>> = Arc::default();
    let programs = programs();
    let mut trials = Vec::new();
    for (group, cases) in GROUPS {
        for case in cases {
            trials.push(Trial::test(name("sqlite", group, case), || on_file(case)));
            trials.push(on_server(&server, &programs, &name("postgres", group, case), |database| {
                runtime()?.block_on(async {
                    let store = PostgresStore::open(&database.options()).await.map_err(|e| e.to_string())?;
                    (case.run)(Arc::new(store)).await;
                    Ok(())
                })
            }));
        }
    }
    trials.push(Trial::test("sqlite::killed::loses_and_doubles_nothing", || {
        killed::file().map_err(Failed::from)
    }));
    trials.push(Trial::test("sqlite::cut_short::loses_and_doubles_nothing", || {
        cut_short::file().map_err(Failed::from)
    }));
    for (name, run) in served::CASES
        .iter()
        .chain(command::CASES)
        .chain(&[("killed::loses_and_doubles_nothing", killed::database as _)])
        .chain(&[("cut_short::loses_and_doubles_nothing", cut_short::database as _)])
    {
        trials.push(on_server(&server, &programs, &format!("postgres::{name}"), run));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(server);
    conclusion.exit_code()
}

fn name(store: &str, group: &str, case: &Case) -> String {
    format!("{store}::{group}::{}", case.name)
}

fn on_file(case: &Case) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db")))?;
    runtime()?.block_on((case.run)(Arc::new(store)));
    Ok(())
}

/// A case with a database of its own, or the name of what is missing.
fn on_server(
    server: &Arc<OnceLock<Result<Server, String>>>,
    programs: &Result<server::Programs, String>,
    name: &str,
    run: impl FnOnce(&Database) -> Result<(), String> + Send + 'static,
) -> Trial {
    match programs {
        Err(reason) => Trial::test(name, || Ok(())).with_kind(reason.clone()).with_ignored_flag(true),
        Ok(programs) => {
            let (server, programs) = (server.clone(), programs.clone());
            Trial::test(name, move || {
                let server = server.get_or_init(|| Server::start(&programs));
                let server = server.as_ref().map_err(|error| Failed::from(error.clone()))?;
                run(&server.database()?).map_err(Failed::from)
            })
        }
    }
}

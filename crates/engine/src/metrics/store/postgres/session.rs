//! Sessions with the database: a few at a time, each used by one call.
//!
//! A call that fails or is dropped takes its session with it, and the server undoes what was not committed. Nothing
//! said here shows the connection string.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use super::tls::Tls;
use crate::metrics::store::StoreError;

/// The schema that our tables are in.
pub(super) const SCHEMA: &str = "adplane";

/// Calls at a time; a replica writes one reading and answers a few questions.
const SESSIONS: usize = 4;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Bounds of every session: for another writer, for one statement, and for a client that went away.
const BOUNDS: &str = "SET lock_timeout = '30s'; SET statement_timeout = '10min'; \
                      SET idle_in_transaction_session_timeout = '5min'; SET search_path TO adplane";

/// Sessions at hand and how to make more.
#[derive(Debug)]
pub(super) struct Sessions {
    config: Config,
    tls: Option<TlsParts>,
    idle: Mutex<Vec<Session>>,
    places: Arc<Semaphore>,
}

#[derive(Clone)]
struct TlsParts(Tls);

impl std::fmt::Debug for TlsParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

/// One connection and the task that drives it.
#[derive(Debug)]
struct Session {
    client: Client,
    driver: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A session for one call.
pub(super) struct Lease<'a> {
    session: Option<Session>,
    sessions: &'a Sessions,
    _place: OwnedSemaphorePermit,
}

impl Lease<'_> {
    pub(super) fn client(&mut self) -> Result<&mut Client, StoreError> {
        let session = self.session.as_mut().ok_or_else(|| unreachable("the session is gone"))?;
        Ok(&mut session.client)
    }

    /// Keeps the session for the next call when this one went well.
    pub(super) fn end<T>(mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if result.is_ok()
            && let Some(session) = self.session.take()
        {
            self.sessions.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        }
        result
    }
}

impl Sessions {
    /// Reads the connection string; connects to nothing yet.
    pub(super) fn new(url: &SecretString, roots: Option<&[u8]>) -> Result<Self, StoreError> {
        // What the parser says may hold a part of the string, so it is not passed on.
        let mut config: Config = url.expose_secret().parse().map_err(|_| {
            unreachable(
                "its connection string cannot be read; write `postgres://user:password@host/database`",
            )
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("adplane");
        }
        // An address that is written beside a name is what is connected to.
        let addresses = config.get_hostaddrs();
        let remote = config.get_hosts().iter().any(is_remote)
            || addresses.iter().any(|address| !address.is_loopback());
        let by_network =
            !addresses.is_empty() || config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)));
        if remote && config.get_ssl_mode() == SslMode::Prefer {
            // Preferring it would be to go on in the clear when somebody in between says so.
            config.ssl_mode(SslMode::Require);
        }
        let tls = if by_network && config.get_ssl_mode() != SslMode::Disable {
            let tls = Tls::new(roots)
                .map_err(|error| unreachable(format!("the certificates to trust cannot be read: {error}")))?;
            Some(TlsParts(tls))
        } else {
            None
        };
        Ok(Self { config, tls, idle: Mutex::default(), places: Arc::new(Semaphore::new(SESSIONS)) })
    }

    pub(super) async fn lease(&self) -> Result<Lease<'_>, StoreError> {
        let place =
            self.places.clone().acquire_owned().await.map_err(|error| unreachable(error.to_string()))?;
        let session = match self.idle() {
            Some(session) => session,
            None => self.connect().await?,
        };
        Ok(Lease { session: Some(session), sessions: self, _place: place })
    }

    fn idle(&self) -> Option<Session> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|session| !session.client.is_closed());
        idle.pop()
    }

    async fn connect(&self) -> Result<Session, StoreError> {
        let session = if let Some(TlsParts(tls)) = &self.tls {
            let (client, connection) = self.config.connect(tls.clone()).await.map_err(failed)?;
            Session { client, driver: tokio::spawn(drive(connection)) }
        } else {
            let (client, connection) = self.config.connect(NoTls).await.map_err(failed)?;
            Session { client, driver: tokio::spawn(drive(connection)) }
        };
        session.client.batch_execute(BOUNDS).await.map_err(failed)?;
        Ok(session)
    }
}

/// Moves messages until the client is gone; its error reaches whoever waits for an answer.
async fn drive(connection: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a session with the metrics database ended");
    }
}

/// Whether a host is another machine.
fn is_remote(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name != "localhost" && name.parse::<IpAddr>().map_or(true, |address| !address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => false,
    }
}

/// The database, for messages.
pub(super) fn place() -> String {
    "the metrics database".to_owned()
}

pub(super) fn unreachable(detail: impl Into<String>) -> StoreError {
    StoreError::Unreachable { place: place(), detail: detail.into() }
}

pub(super) fn unreadable(what: impl Into<String>) -> StoreError {
    StoreError::Unreadable { place: place(), what: what.into() }
}

/// What an error of the client or the server means.
#[expect(clippy::needless_pass_by_value, reason = "a function for `map_err`")]
pub(super) fn failed(error: tokio_postgres::Error) -> StoreError {
    let place = place();
    let Some(told) = error.as_db_error() else {
        let detail = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        return StoreError::Unreachable { place, detail };
    };
    let detail = told.message().to_owned();
    let code = told.code();
    let is = |codes: &[&SqlState]| codes.contains(&code);
    if is(&[&SqlState::DISK_FULL, &SqlState::OUT_OF_MEMORY, &SqlState::INSUFFICIENT_RESOURCES]) {
        StoreError::Full { place }
    } else if is(&[
        &SqlState::INSUFFICIENT_PRIVILEGE,
        &SqlState::READ_ONLY_SQL_TRANSACTION,
        &SqlState::INVALID_PASSWORD,
        &SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
    ]) {
        StoreError::Refused { place, detail }
    } else if is(&[
        &SqlState::LOCK_NOT_AVAILABLE,
        &SqlState::T_R_DEADLOCK_DETECTED,
        &SqlState::T_R_SERIALIZATION_FAILURE,
    ]) {
        StoreError::Busy { place }
    } else if is(&[
        &SqlState::ADMIN_SHUTDOWN,
        &SqlState::CRASH_SHUTDOWN,
        &SqlState::CANNOT_CONNECT_NOW,
        &SqlState::TOO_MANY_CONNECTIONS,
        &SqlState::INVALID_CATALOG_NAME,
    ]) {
        StoreError::Unreachable { place, detail }
    } else {
        StoreError::Other { place, detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        Sessions::new(&SecretString::from(url.to_owned()), None).unwrap().config.get_ssl_mode()
    }

    #[test]
    fn another_machine_is_spoken_to_in_tls_unless_said_otherwise() {
        for (url, expected) in [
            ("postgres://adplane@db.shop.example/metrics", SslMode::Require),
            ("postgres://adplane@db.shop.example/metrics?sslmode=disable", SslMode::Disable),
            ("postgres://adplane@192.0.2.7/metrics?sslmode=prefer", SslMode::Require),
            ("postgres://adplane@127.0.0.1/metrics", SslMode::Prefer),
            ("postgres://adplane@localhost/metrics", SslMode::Prefer),
            ("host=/var/run/postgresql user=adplane", SslMode::Prefer),
            ("hostaddr=192.0.2.7 user=adplane", SslMode::Require),
            ("host=localhost hostaddr=192.0.2.7 user=adplane", SslMode::Require),
            ("host=localhost hostaddr=127.0.0.1 user=adplane", SslMode::Prefer),
        ] {
            assert_eq!(mode(url), expected, "{url}");
        }
        let by_address = SecretString::from("hostaddr=192.0.2.7 user=adplane".to_owned());
        assert!(
            Sessions::new(&by_address, None).unwrap().tls.is_some(),
            "and there is something to do so with"
        );
    }

    #[test]
    fn a_wrong_connection_string_is_not_shown() {
        for url in ["host=db password=my hunter2", "postgres://ana:hunter2@db:port/x", "hunter2"] {
            let error = Sessions::new(&SecretString::from(url.to_owned()), None).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("postgres://user:password@host/database"), "{shown}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_without_its_secret() {
        let url = SecretString::from("postgres://ana:hunter2@127.0.0.1:1/metrics".to_owned());
        let sessions = Sessions::new(&url, None).unwrap();
        let Err(error) = sessions.lease().await else { panic!("somebody listens on port 1") };
        assert!(error.may_pass());
        let shown = format!("{error} {error:?} {sessions:?}");
        assert!(shown.contains("the metrics database cannot be reached"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

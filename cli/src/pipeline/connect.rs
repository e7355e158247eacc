//! Credentials, adapters and the clock.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use adplane_core::address::AccountKey;
use adplane_core::desired::{Connection, DesiredAccount};
use adplane_core::observed::ObservedAccount;
use adplane_core::overlay::settle;
use adplane_core::plan::document::PlanDocument;
use adplane_engine::clock::{Clock, Followed};
use adplane_engine::credentials;
use adplane_engine::observe::{Adapters, unreadable};
use adplane_engine::port::AccountConnection;
use adplane_platforms::http::HttpSettings;
use jiff::Timestamp;
use secrecy_free::Unresolved;

use super::Prepared;
use crate::error::{Exit, Failure};
use crate::settings::Settings;

/// Adapters of the accounts that can be reached, and the clock to plan by.
pub(crate) struct Connected {
    pub(crate) adapters: Adapters,
    /// Accounts without usable credentials, as observations that say so.
    pub(crate) unreachable: BTreeMap<AccountKey, ObservedAccount>,
    pub(crate) clock: Clock,
    /// Keeps a sandbox's virtual clock up to date for as long as it lives.
    _follower: Option<Follower>,
}

/// A task that reads a virtual clock again and again; it ends with the command.
struct Follower(tokio::task::JoinHandle<()>);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How often a virtual clock is read again.
const FOLLOW_EVERY: Duration = Duration::from_millis(50);

/// Follows the virtual clock of the sandbox behind an endpoint.
fn follow(endpoint: String, at: Timestamp) -> (Clock, Follower) {
    let clock = Followed::new(at);
    let task = tokio::spawn(async move {
        loop {
            tokio::time::sleep(FOLLOW_EVERY).await;
            if let Some(now) = virtual_clock(&endpoint).await {
                clock.set(now);
            }
        }
    });
    (Clock::Followed(clock), Follower(task))
}

/// Why an account has no connection; holds no secret.
mod secrecy_free {
    pub(super) struct Unresolved {
        pub(super) because: String,
        pub(super) hint: String,
    }
}

/// Connects the accounts of a desired state.
pub(crate) async fn connect(
    accounts: impl Iterator<Item = &DesiredAccount>,
    settings: &Settings,
) -> Result<Connected, Failure> {
    let accounts: Vec<(AccountConnection, Option<&Connection>)> =
        accounts.map(|account| (bare(account), Some(&account.connection))).collect();
    connect_all(accounts, settings).await
}

/// Connects a project's accounts, and puts in force what rules and people have moved and what has not expired by their
/// clock.
pub(crate) async fn connect_project(
    prepared: &mut Prepared,
    settings: &Settings,
) -> Result<Connected, Failure> {
    let connected = connect(prepared.desired.accounts.values(), settings).await?;
    settle(&mut prepared.desired, connected.clock.now());
    Ok(connected)
}

/// The clock of a saved plan's accounts, as it stands now; nothing but a sandbox is asked for it.
pub(crate) async fn clock_of(document: &PlanDocument, settings: &Settings) -> Result<Clock, Failure> {
    let accounts = document.scope.accounts.iter();
    let endpoints: Vec<Option<String>> =
        accounts.map(|account| account.connection.endpoint.clone()).collect();
    clock(&endpoints, settings).await.map(|(clock, _)| Clock::Fixed(clock.now()))
}

/// The clock of accounts as it stands now, without their credentials.
pub(crate) async fn clock_of_accounts(
    accounts: impl Iterator<Item = &DesiredAccount>,
    settings: &Settings,
) -> Result<Clock, Failure> {
    let endpoints: Vec<Option<String>> =
        accounts.map(|account| account.connection.endpoint.clone()).collect();
    clock(&endpoints, settings).await.map(|(clock, _)| Clock::Fixed(clock.now()))
}

/// Connects the accounts of a saved plan.
pub(crate) async fn connect_documents(
    document: &PlanDocument,
    settings: &Settings,
) -> Result<Connected, Failure> {
    let accounts = document
        .scope
        .accounts
        .iter()
        .map(|account| {
            let connection = AccountConnection {
                key: AccountKey { namespace: account.namespace.clone(), name: account.name.clone() },
                platform: account.platform,
                account_id: account.account_id.clone(),
                currency: account.currency,
                zone: account.time_zone.clone(),
                endpoint: account.connection.endpoint.clone(),
                token_endpoint: account.connection.token_endpoint.clone(),
                login_customer_id: account.connection.login_customer_id.clone(),
                credentials: String::new().into(),
            };
            (connection, Some(&account.connection))
        })
        .collect();
    connect_all(accounts, settings).await
}

fn bare(account: &DesiredAccount) -> AccountConnection {
    AccountConnection {
        key: account.key.clone(),
        platform: account.platform,
        account_id: account.account_id.clone(),
        currency: account.currency,
        zone: account.zone.clone(),
        endpoint: account.connection.endpoint.clone(),
        token_endpoint: account.connection.token_endpoint.clone(),
        login_customer_id: account.connection.login_customer_id.clone(),
        credentials: String::new().into(),
    }
}

async fn connect_all(
    accounts: Vec<(AccountConnection, Option<&Connection>)>,
    settings: &Settings,
) -> Result<Connected, Failure> {
    let endpoints: Vec<Option<String>> =
        accounts.iter().map(|(account, _)| account.endpoint.clone()).collect();
    let (clock, follower) = clock(&endpoints, settings).await?;
    let mut connected =
        Connected { adapters: Adapters::new(), unreachable: BTreeMap::new(), clock, _follower: follower };
    for (account, connection) in accounts {
        let key = account.key.clone();
        match adapter(account, connection, settings).await {
            Ok(adapter) => {
                connected.adapters.insert(key, adapter);
            }
            Err(Unresolved { because, hint }) => {
                connected.unreachable.insert(key.clone(), unreadable(&key, &because, &hint));
            }
        }
    }
    Ok(connected)
}

async fn adapter(
    mut account: AccountConnection,
    connection: Option<&Connection>,
    settings: &Settings,
) -> Result<std::sync::Arc<dyn adplane_engine::port::Adapter>, Unresolved> {
    let source = connection.and_then(|connection| connection.credentials.as_ref());
    let found = credentials::resolve(source, &settings.cwd, &Settings::environment).await;
    account.credentials = found.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Unresolved {
            because: format!("{error}{cause}"),
            hint: "see `credentials` of the AdAccount; `adplane doctor` checks every account".into(),
        }
    })?;
    adplane_platforms::connect(account, HttpSettings::default())
        .map_err(|error| Unresolved { because: error.to_string(), hint: error.advice().into() })
}

/// `--now` and virtual clocks are for sandboxes: with a vendor's own endpoint the machine's clock rules.
async fn clock(
    endpoints: &[Option<String>],
    settings: &Settings,
) -> Result<(Clock, Option<Follower>), Failure> {
    let production = endpoints.iter().any(Option::is_none) || endpoints.is_empty();
    if let Some(now) = settings.now {
        return if production && !endpoints.is_empty() {
            Err(Failure::new(Exit::Usage, "`--now` is refused: an account uses its platform's own endpoint")
                .hint("use it with sandboxes only"))
        } else {
            Ok((Clock::Fixed(now), None))
        };
    }
    if production {
        return Ok((Clock::System, None));
    }
    for endpoint in endpoints.iter().flatten() {
        if let Some(now) = virtual_clock(endpoint).await {
            let (clock, follower) = follow(endpoint.clone(), now);
            return Ok((clock, Some(follower)));
        }
    }
    Ok((Clock::System, None))
}

/// The virtual clock of the sandbox behind an endpoint, if it is one and has one.
async fn virtual_clock(endpoint: &str) -> Option<Timestamp> {
    let url = url::Url::parse(endpoint).ok()?.join("/_sandbox/clock").ok()?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(1)).build().ok()?;
    let answer: serde_json::Value = client.get(url).send().await.ok()?.json().await.ok()?;
    (answer.get("mode")?.as_str()? == "virtual").then(|| answer.get("now")?.as_str()?.parse().ok()).flatten()
}

/// Whether a path names a saved plan rather than YAML.
pub(crate) fn is_plan_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json") && path.is_file()
}

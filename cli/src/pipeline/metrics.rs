//! The store of what was delivered, as commands use it.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::{AccountKey, Address, Kind};
use adplane_core::desired::{CredentialSource, DesiredAccount};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::Granularity;
use adplane_core::observed::{Observed, ObservedAccount};
use adplane_engine::credentials;
use adplane_engine::metrics::query::{AccountFigures, Asked, Figures, Objects, Period, figures};
use adplane_engine::metrics::store::{
    AsOf, MetricStore, PostgresOptions, PostgresStore, Retained, Retention, SqliteOptions, SqliteStore,
    StoreAccount, StoreError,
};
use adplane_engine::metrics::sync::{LEVELS, What, asked_before, sync_all};
use adplane_engine::metrics::tidy::{Tidied, tidy};
use adplane_engine::port::Adapter;
use adplane_manifest::api::project::MetricsDatabase;
use jiff::{SignedDuration, Timestamp};

use super::{Connected, Prepared};
use crate::error::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;

/// The environment variable that names a database, where the project file names none.
const DATABASE: &str = "ADPLANE_METRICS_DATABASE";

/// How often numbers are read by a daemon.
const EVERY: SignedDuration = SignedDuration::from_mins(15);
/// How long that may take in one pass: each reading is stored as it comes, and the next pass goes on.
const LONGEST: Duration = Duration::from_mins(5);

/// Where readings are kept.
enum Home {
    /// A file of the project's local state.
    File(PathBuf),
    /// A database, by where its connection string is.
    Database(CredentialSource, Option<PathBuf>),
}

impl Home {
    /// What the project file says, else the environment, else the file. A database that was named and is not there is
    /// an error: what is kept elsewhere would be missed by everybody else.
    fn of(prepared: &Prepared) -> Self {
        let project = &prepared.loaded.project;
        let named = project.settings.metrics.as_ref().and_then(|metrics| metrics.database.as_ref());
        if let Some((source, database)) = named.and_then(|named| Some((named.source()?, named))) {
            return Self::Database(source, certificates(database, &project.root));
        }
        match Settings::environment(DATABASE) {
            Some(text) if !text.trim().is_empty() => {
                Self::Database(CredentialSource::Env(DATABASE.to_owned()), None)
            }
            _ => Self::File(prepared.state().root().join("metrics.db")),
        }
    }
}

fn certificates(database: &MetricsDatabase, root: &Path) -> Option<PathBuf> {
    database.certificates.as_ref().map(|file| root.join(file))
}

/// The store, made where there is none.
pub(crate) async fn open(prepared: &Prepared) -> Result<Arc<dyn MetricStore>, Failure> {
    match Home::of(prepared) {
        Home::File(path) => Ok(Arc::new(SqliteStore::open(&SqliteOptions::new(path))?)),
        Home::Database(source, certificates) => {
            let root = &prepared.loaded.project.root;
            let url = credentials::text(&source, root, &Settings::environment).await.map_err(|error| {
                Failure::error("nothing says where the metrics database is")
                    .caused_by(&error)
                    .hint("see `metrics.database` of adplane.yaml, and docs/metrics.md")
            })?;
            let roots = certificates.map(|file| read(&file)).transpose()?;
            Ok(Arc::new(PostgresStore::open(&PostgresOptions { url, roots }).await?))
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| {
        Failure::error(format!("cannot read the certificates `{}`", file.display())).caused_by(&error)
    })
}

/// The store, where something was ever read.
pub(crate) async fn existing(prepared: &Prepared) -> Result<Option<Arc<dyn MetricStore>>, Failure> {
    if matches!(Home::of(prepared), Home::File(file) if !file.exists()) {
        return Ok(None);
    }
    let store = open(prepared).await?;
    Ok(if store.accounts().await?.is_empty() { None } else { Some(store) })
}

/// For how long what is kept.
pub(crate) fn retention(prepared: &Prepared) -> Retention {
    let written = prepared.loaded.project.settings.metrics.as_ref().and_then(|metrics| metrics.retention);
    let (written, usual) = (written.unwrap_or_default(), Retention::default());
    Retention {
        days: written.days.unwrap_or(usual.days),
        hours: written.hours.unwrap_or(usual.hours),
        every_reading: written.every_reading.unwrap_or(usual.every_reading),
        daily_readings: written.daily_readings.unwrap_or(usual.daily_readings),
    }
}

/// Reads what is due of accounts that were not read for a while. What fails is a gap in the store, and is logged.
pub(crate) async fn refresh(
    prepared: &Prepared,
    connected: &Connected,
    store: &dyn MetricStore,
) -> Result<(), Failure> {
    let now = connected.clock.now();
    let mut due: Vec<(StoreAccount, Arc<dyn Adapter>)> = Vec::new();
    for (key, adapter) in &connected.adapters {
        let Some(account) = prepared.desired.accounts.get(key).map(StoreAccount::from) else { continue };
        let known = asked_before(store, &account, LEVELS[0], Granularity::Hour).await?;
        // Once midnight has passed the day before is read again: only then all of it is known.
        let day = |at: Timestamp| at.to_zoned(account.zone.rules()).date();
        let fresh =
            |as_of: Timestamp| as_of <= now && now.duration_since(as_of) < EVERY && day(as_of) == day(now);
        if !known.first().is_some_and(|reading| fresh(reading.as_of)) {
            due.push((account, Arc::clone(adapter)));
        }
    }
    let synced = sync_all(&due, store, connected.clock, What::default());
    match tokio::time::timeout(LONGEST, synced).await {
        Ok(reports) => {
            for ((account, _), report) in due.iter().zip(&reports) {
                for missed in &report.failed {
                    tracing::warn!(%account, "numbers were not read: {}", missed.why);
                }
                match report.doubts(account.currency) {
                    Some((_, doubts)) if doubts.is_alarm() => tracing::warn!(%account, "{doubts}"),
                    Some((_, doubts)) => tracing::info!(%account, "{doubts}"),
                    None => {}
                }
                for relabelled in &report.relabelled {
                    tracing::warn!(%account, "{relabelled}");
                }
            }
        }
        Err(_) => {
            tracing::warn!("not all numbers were read in {} s; the next pass goes on", LONGEST.as_secs());
        }
    }
    for (account, _) in &due {
        if let Some(told) = tidied(tidy(store, account, retention(prepared), now).await?) {
            tracing::info!(%account, "{told}");
        }
    }
    Ok(())
}

/// What became of a clean-up, where that is worth telling.
pub(crate) fn tidied(tidied: Tidied) -> Option<String> {
    match tidied {
        Tidied::NotDue => None,
        Tidied::Doubted { since, before } => Some(format!(
            "nothing old was dropped: by this machine's clock the account is read again since {since}, after {before}; if \
             that is right, what is old goes a week after"
        )),
        Tidied::Dropped(retained) if retained == Retained::default() => None,
        Tidied::Dropped(Retained { rolled_up, rows, versions, readings }) => Some(format!(
            "dropped what is older than wanted: {rows} rows, {versions} earlier versions and {readings} readings; \
             {rolled_up} days were made of hours"
        )),
    }
}

/// As of when figures are asked for, and of what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) now: Timestamp,
    pub(crate) as_of: AsOf,
    pub(crate) levels: &'a [Kind],
    pub(crate) periods: &'a [Period],
}

impl Question<'_> {
    /// Asks about one account. `live` is the account as it was read, where it was.
    pub(crate) async fn ask(
        &self,
        store: &dyn MetricStore,
        account: &DesiredAccount,
        live: Option<&ObservedAccount>,
    ) -> Result<AccountFigures, Failure> {
        let objects = live.map(Objects::of).unwrap_or_default();
        let schema = adplane_platforms::schema(account.platform);
        let stored = StoreAccount::from(account);
        let asked = Asked {
            account: &stored,
            told: schema.metrics,
            restated_days: schema.restated_days,
            objects: &objects,
            now: self.now,
            as_of: self.as_of,
        };
        Ok(figures(store, &asked, self.levels, self.periods).await?)
    }
}

/// What live objects delivered, as far as it was read.
pub(crate) struct Delivered(BTreeMap<AccountKey, AccountFigures>);

impl Delivered {
    /// Reads the store; `None` where nothing was ever read. What cannot be answered is told and left out.
    pub(crate) async fn of(
        prepared: &Prepared,
        observed: &Observed,
        now: Timestamp,
        periods: &[Period],
        ui: &Ui,
    ) -> Option<Self> {
        let store = match existing(prepared).await {
            Ok(store) => store?,
            Err(failure) => {
                ui.failure(&failure);
                return None;
            }
        };
        let question = Question { now, as_of: AsOf::Latest, levels: &LEVELS, periods };
        let mut found = BTreeMap::new();
        for (key, account) in &prepared.desired.accounts {
            match question.ask(store.as_ref(), account, observed.accounts.get(key)).await {
                Ok(figures) => {
                    found.insert(key.clone(), figures);
                }
                Err(failure) => ui.failure(&failure),
            }
        }
        Some(Self(found))
    }

    /// The figures of several objects of an account together.
    pub(crate) fn sum<'i>(
        &self,
        account: &AccountKey,
        kind: Kind,
        ids: impl IntoIterator<Item = &'i ExternalId>,
        period: Period,
    ) -> Option<Figures> {
        self.0.get(account)?.sum(kind, ids, period)
    }

    /// The figures of an object; none for what has no reports.
    pub(crate) fn figures(
        &self,
        account: &AccountKey,
        kind: Kind,
        id: &ExternalId,
        period: Period,
    ) -> Option<&Figures> {
        self.0.get(account)?.of(kind, id, period)
    }
}

/// Addresses of live objects by account and id, as far as earlier applies here remember them.
pub(crate) struct Names(HashMap<(AccountKey, ExternalId), Address>);

impl Names {
    pub(crate) fn of(prepared: &Prepared) -> Self {
        let named = prepared.state().bindings().ids().into_iter().map(|(address, id)| {
            let key = AccountKey { namespace: address.namespace.clone(), name: address.account.clone() };
            ((key, id), address)
        });
        Self(named.collect())
    }

    pub(crate) fn address(&self, account: &AccountKey, id: &ExternalId) -> Option<&Address> {
        self.0.get(&(account.clone(), id.clone()))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from_error(Exit::Error, &error)
    }
}

//! The store of what was delivered, as commands use it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::{AccountKey, Address, Kind};
use adplane_core::desired::DesiredAccount;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Granularity, MetricSet, Span, Unresolved, Window, WindowTotals, resolve};
use adplane_engine::metrics::store::{
    AsOf, MetricStore, SqliteOptions, SqliteStore, StoreAccount, StoreError,
};
use adplane_engine::metrics::sync::{LEVELS, What, sync_all};
use adplane_engine::port::Adapter;
use jiff::{SignedDuration, Timestamp};

use super::{Connected, Prepared};
use crate::error::{Exit, Failure};

/// The window of tables and descriptions.
pub(crate) const SHOWN: Window = Window::LastDays { days: 7, with_today: false };

/// How often numbers are read by a daemon.
const EVERY: SignedDuration = SignedDuration::from_mins(15);
/// How long that may take in one pass: each reading is stored as it comes, and the next pass goes on.
const LONGEST: Duration = Duration::from_mins(5);

/// The store's file in the project's local state.
fn file(prepared: &Prepared) -> PathBuf {
    prepared.state().root().join("metrics.db")
}

/// The store, made where there is none.
pub(crate) fn open(prepared: &Prepared) -> Result<Arc<dyn MetricStore>, Failure> {
    Ok(Arc::new(SqliteStore::open(&SqliteOptions::new(file(prepared)))?))
}

/// The store, where something was ever read.
pub(crate) fn existing(prepared: &Prepared) -> Result<Option<Arc<dyn MetricStore>>, Failure> {
    if file(prepared).exists() { open(prepared).map(Some) } else { Ok(None) }
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
        let Some(account) = prepared.desired.accounts.get(key).map(account) else { continue };
        let known = store.readings(&account, LEVELS[0], Granularity::Hour).await?;
        let fresh = |as_of: Timestamp| as_of <= now && now.duration_since(as_of) < EVERY;
        if !known.first().is_some_and(|reading| fresh(reading.as_of)) {
            due.push((account, Arc::clone(adapter)));
        }
    }
    let synced = sync_all(&due, store, connected.clock, What::default());
    let Ok(reports) = tokio::time::timeout(LONGEST, synced).await else {
        tracing::warn!("not all numbers were read in {} s; the next pass goes on", LONGEST.as_secs());
        return Ok(());
    };
    for ((account, _), report) in due.iter().zip(&reports) {
        for missed in &report.failed {
            tracing::warn!(%account, "numbers were not read: {}", missed.why);
        }
    }
    Ok(())
}

/// An account as the store knows it.
pub(crate) fn account(account: &DesiredAccount) -> StoreAccount {
    StoreAccount {
        platform: account.platform,
        id: account.account_id.clone(),
        currency: account.currency,
        zone: account.zone.clone(),
    }
}

/// What the reports of an account's platform tell.
pub(crate) fn told(account: &DesiredAccount) -> MetricSet {
    adplane_platforms::schema(account.platform).metrics
}

/// A window as of an instant.
pub(crate) fn span(window: Window, now: Timestamp, account: &DesiredAccount) -> Result<Span, Unresolved> {
    resolve(&window, now, &account.zone, None, None)
}

/// What objects delivered in the last seven full days, as far as it was read.
pub(crate) struct Delivered(HashMap<(AccountKey, Kind), WindowTotals>);

impl Delivered {
    /// Reads the store; `None` where nothing was ever read.
    pub(crate) async fn of(prepared: &Prepared, now: Timestamp) -> Result<Option<Self>, Failure> {
        let Some(store) = existing(prepared)? else { return Ok(None) };
        let mut found = HashMap::new();
        for (key, of) in &prepared.desired.accounts {
            let span = span(SHOWN, now, of).map_err(|error| Failure::from_error(Exit::Error, &error))?;
            for level in LEVELS {
                let totals = store.window(&account(of), level, &span, AsOf::Latest).await?;
                found.insert((key.clone(), level), totals);
            }
        }
        Ok(Some(Self(found)))
    }

    /// The totals that an object is part of; none for what has no reports.
    pub(crate) fn totals(&self, account: &AccountKey, kind: Kind) -> Option<&WindowTotals> {
        self.0.get(&(account.clone(), kind))
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

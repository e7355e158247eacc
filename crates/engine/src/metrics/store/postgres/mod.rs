//! The store in a database that several replicas and people share.
//!
//! The same tables as in a file, in a schema of their own. Who writes to a stream of readings holds its row, so that
//! two replicas that read the same account at once do not mix; questions are answered from one snapshot.

mod doubts;
mod open;
mod packed;
mod put;
mod read;
mod retain;
mod session;
mod tls;
mod window;

use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::completeness::Restatements;
use adplane_core::metrics::{Day, Granularity, Metric, Reading, Series, Span, Sums, WindowTotals};
use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio_postgres::Row;

use super::words::sums_from;
use super::{
    AsOf, Doubt, MetricStore, Of, Retained, Retention, StoreAccount, StoreError, Stored, StoredReading,
    StoredRow, Versions,
};
use session::Sessions;

/// How a database is reached.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host/database`, or words as `host=… user=…`. Another machine is spoken to in TLS
    /// unless it says `sslmode=disable`.
    pub url: SecretString,
    /// Certificates to trust instead of the machine's, in PEM.
    pub roots: Option<Vec<u8>>,
}

/// A store in a database.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    sessions: Arc<Sessions>,
}

impl PostgresStore {
    /// Connects, and makes the tables where they are missing.
    pub async fn open(options: &PostgresOptions) -> Result<Self, StoreError> {
        let sessions = Arc::new(Sessions::new(&options.url, options.roots.as_deref())?);
        let mut lease = sessions.lease().await?;
        let prepared = open::prepare(lease.client()?, open::LAYOUTS).await;
        lease.end(prepared)?;
        Ok(Self { sessions })
    }
}

#[async_trait]
impl MetricStore for PostgresStore {
    async fn put(&self, account: &StoreAccount, reading: &Reading) -> Result<Stored, StoreError> {
        let mut lease = self.sessions.lease().await?;
        let result = put::put(lease.client()?, account, reading).await;
        lease.end(result)
    }

    async fn window(
        &self,
        account: &StoreAccount,
        level: Kind,
        span: &Span,
        as_of: AsOf,
    ) -> Result<WindowTotals, StoreError> {
        let mut lease = self.sessions.lease().await?;
        let result = window::window(lease.client()?, account, level, span, as_of).await;
        lease.end(result)
    }

    async fn windows_of(
        &self,
        account: &StoreAccount,
        level: Kind,
        spans: &[(Span, BTreeSet<ExternalId>)],
        as_of: AsOf,
    ) -> Result<Vec<WindowTotals>, StoreError> {
        let mut lease = self.sessions.lease().await?;
        let result = window::windows_of(lease.client()?, account, level, spans, as_of).await;
        lease.end(result)
    }

    async fn series(
        &self,
        account: &StoreAccount,
        level: Kind,
        of: Of<'_>,
        span: &Span,
        as_of: AsOf,
    ) -> Result<Series, StoreError> {
        let mut lease = self.sessions.lease().await?;
        let result = read::series(lease.client()?, account, level, of, span, as_of).await;
        lease.end(result)
    }

    async fn rows(
        &self,
        account: &StoreAccount,
        level: Kind,
        granularity: Granularity,
        day: Day,
        versions: Versions,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let mut lease = self.sessions.lease().await?;
        let result = read::rows(lease.client()?, account, level, granularity, day, versions).await;
        lease.end(result)
    }

    async fn restatements(
        &self,
        account: &StoreAccount,
        level: Kind,
        metric: Metric,
        days: (Day, Day),
        as_of: AsOf,
    ) -> Result<Restatements, StoreError> {
        let mut lease = self.sessions.lease().await?;
        let result = read::restatements(lease.client()?, account, level, metric, days, as_of).await;
        lease.end(result)
    }

    async fn readings(
        &self,
        account: &StoreAccount,
        level: Kind,
        granularity: Granularity,
    ) -> Result<Vec<StoredReading>, StoreError> {
        let mut lease = self.sessions.lease().await?;
        let result = read::readings(lease.client()?, account, level, granularity).await;
        lease.end(result)
    }

    async fn doubts(
        &self,
        account: &StoreAccount,
        level: Kind,
        granularity: Granularity,
    ) -> Result<Vec<Doubt>, StoreError> {
        let mut lease = self.sessions.lease().await?;
        let result = doubts::doubts(lease.client()?, account, level, granularity).await;
        lease.end(result)
    }

    async fn accounts(&self) -> Result<Vec<StoreAccount>, StoreError> {
        let mut lease = self.sessions.lease().await?;
        let result = read::accounts(lease.client()?).await;
        lease.end(result)
    }

    async fn retain(
        &self,
        account: &StoreAccount,
        retention: Retention,
        now: Timestamp,
    ) -> Result<Retained, StoreError> {
        let mut lease = self.sessions.lease().await?;
        let result = retain::retain(lease.client()?, account, retention, now).await;
        lease.end(result)
    }
}

/// The counts of a row, from a column on.
fn sums_of(row: &Row, from: usize) -> Result<Sums, tokio_postgres::Error> {
    let mut values = [None; 7];
    for (position, value) in values.iter_mut().enumerate() {
        *value = row.try_get(from + position)?;
    }
    Ok(sums_from(values))
}

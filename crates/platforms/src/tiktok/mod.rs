//! TikTok Ads: API for Business v1.3, the manual lane and Upgraded Smart+.
//!
//! See the `README.md` beside this file for lanes, levels and traps.

mod auth;
mod calls;
mod config;
mod errors;
mod limits;
mod memory;
mod metrics;
mod read;
mod wire;
mod write;

use std::sync::Arc;

use adplane_core::metrics::Reading;
use adplane_core::money::Currency;
use adplane_core::observed::{AccountFacts, ObservedAccount};
use adplane_core::schema::PlatformSchema;
use adplane_engine::error::PlatformError;
use adplane_engine::port::{
    AccountConnection, Adapter, AssetReader, Batch, Health, HistoryEvent, MetricsRequest, ObserveRequest,
    Outcome, WorkItem,
};
use async_trait::async_trait;
use jiff::Timestamp;

use self::auth::Session;
use self::memory::Memory;
use crate::http::HttpSettings;

pub(crate) use limits::refine;

/// What TikTok declares about its kinds and fields.
pub(crate) fn schema() -> &'static PlatformSchema {
    &limits::SCHEMA
}

/// What amounts are multiples of, in micros.
pub(crate) fn amount_step(currency: Currency) -> i64 {
    wire::amount::step(currency)
}

/// An adapter for one advertiser; nothing is sent yet.
#[expect(clippy::needless_pass_by_value, reason = "all platforms are connected alike")]
pub(crate) fn connect(
    connection: AccountConnection,
    settings: HttpSettings,
) -> Result<Arc<dyn Adapter>, PlatformError> {
    let session = Session::new(config::Config::new(&connection)?, settings)?;
    Ok(Arc::new(TikTok { session, memory: Memory::default() }))
}

/// One advertiser.
#[derive(Debug)]
struct TikTok {
    session: Session,
    memory: Memory,
}

#[async_trait]
impl Adapter for TikTok {
    fn schema(&self) -> &'static PlatformSchema {
        schema()
    }

    async fn facts(&self) -> Result<AccountFacts, PlatformError> {
        read::facts(&self.session).await
    }

    async fn observe(&self, request: &ObserveRequest) -> Result<ObservedAccount, PlatformError> {
        read::observe(&self.session, &self.memory, request).await
    }

    fn batches(&self, items: &[WorkItem<'_>]) -> Vec<Batch> {
        write::batches(items)
    }

    async fn perform(&self, items: &[WorkItem<'_>], assets: &dyn AssetReader) -> Vec<Outcome> {
        let writer = write::Writer { session: &self.session, memory: &self.memory, assets };
        write::perform(&writer, items).await
    }

    async fn history(&self, since: Timestamp) -> Result<Vec<HistoryEvent>, PlatformError> {
        read::history(&self.session, &self.memory, since).await
    }

    async fn metrics(&self, request: &MetricsRequest) -> Result<Reading, PlatformError> {
        metrics::read(&self.session, request).await
    }

    async fn health(&self) -> Result<Health, PlatformError> {
        read::health(&self.session).await
    }

    async fn download(&self, asset: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        read::download(&self.session, &self.memory, asset).await
    }
}

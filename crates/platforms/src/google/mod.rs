//! Google Ads: Search campaigns whole, the other channels as far as state, name and budget.
//!
//! What is where: `limits` checks and normalises offline, `read` observes through one query per kind, `write`
//! sends atomic mutates, `wire` translates values in both directions. See the README beside this file.

use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::Platform;
use adplane_core::asset::Assets;
use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::observed::{AccountFacts, Coverage, ObservedAccount};
use adplane_core::schema::PlatformSchema;
use adplane_core::time::{Time, Zone};
use adplane_engine::error::{PlatformError, Retry};
use adplane_engine::port::{
    AccountConnection, Adapter, AssetReader, Batch, Health, HistoryEvent, ObserveRequest, Outcome, WorkItem,
};
use async_trait::async_trait;
use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::http::{Answer, Call, Http, HttpSettings};

mod auth;
mod calls;
mod config;
mod errors;
mod limits;
mod read;
mod wire;
mod write;

use auth::Tokens;
use config::Config;
use read::{Regions, Rows, queries};

/// The change history reaches back this far (google-ads.md §3.13); one day more covers any present moment.
const HISTORY: SignedDuration = SignedDuration::from_hours(31 * 24);

pub(crate) fn schema() -> &'static PlatformSchema {
    limits::schema()
}

pub(crate) fn refine(account: &mut DesiredAccount, assets: &Assets) -> Vec<Diagnostic> {
    limits::refine(account, assets)
}

pub(crate) fn connect(
    connection: AccountConnection,
    settings: HttpSettings,
) -> Result<Arc<dyn Adapter>, PlatformError> {
    let credentials = config::credentials(&connection.credentials)?;
    let http = Http::new(Platform::Google, connection.account_id.as_str(), settings)?;
    Ok(Arc::new(Google {
        config: Config::new(&connection),
        zone: connection.zone,
        http,
        tokens: Tokens::new(credentials),
        regions: Mutex::new(Regions::default()),
        writing: Mutex::new(()),
    }))
}

/// The adapter of one account.
#[derive(Debug)]
struct Google {
    config: Config,
    zone: Zone,
    http: Http,
    tokens: Tokens,
    /// Regions that observe resolved, for the writes that follow.
    regions: Mutex<Regions>,
    /// One writer per account: parallel writes meet `CONCURRENT_MODIFICATION` (google-ads.md §8).
    writing: Mutex<()>,
}

impl Google {
    /// Sends a call, once more with a fresh token when the first has expired.
    async fn send(
        &self,
        call: &Call,
        check: impl Fn(&Answer) -> Result<(), PlatformError> + Send + Sync + Copy,
    ) -> Result<Answer, PlatformError> {
        let credential = self.tokens.credential(&self.config, &self.http).await?;
        match self.http.send(call, &[credential], check).await {
            Err(error) if error.retry == Retry::WithFreshToken && self.tokens.forget().await => {
                let credential = self.tokens.credential(&self.config, &self.http).await?;
                self.http.send(call, &[credential], check).await
            }
            answered => answered,
        }
    }

    /// All rows of a query, page by page.
    async fn rows(&self, query: &str) -> Result<Vec<Value>, PlatformError> {
        let mut rows = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let call = calls::search(&self.config, query, page.as_deref());
            let answer = self.send(&call, errors::check).await?;
            let mut body = answer.json().ok_or_else(|| {
                let message = format!("the answer is no JSON: {}", answer.excerpt());
                PlatformError::unexpected(Platform::Google, &call.operation, message)
            })?;
            if let Some(Value::Array(results)) = body.get_mut("results").map(Value::take) {
                rows.extend(results);
            }
            page = wire::text(&body, "nextPageToken").map(str::to_owned);
            if page.is_none() {
                return Ok(rows);
            }
        }
    }

    async fn all_rows(&self) -> Result<Rows, PlatformError> {
        let (
            budgets,
            campaigns,
            campaign_criteria,
            campaign_assets,
            ad_groups,
            ad_group_criteria,
            ads,
            asset_groups,
        ) = tokio::try_join!(
            self.rows(queries::SHARED_BUDGETS),
            self.rows(queries::CAMPAIGNS),
            self.rows(queries::CAMPAIGN_CRITERIA),
            self.rows(queries::CAMPAIGN_ASSETS),
            self.rows(queries::AD_GROUPS),
            self.rows(queries::AD_GROUP_CRITERIA),
            self.rows(queries::ADS),
            self.rows(queries::ASSET_GROUPS),
        )?;
        Ok(Rows {
            budgets,
            campaigns,
            campaign_criteria,
            campaign_assets,
            ad_groups,
            ad_group_criteria,
            ads,
            asset_groups,
        })
    }

    /// Looks up the regions that are wanted or in use and not known yet.
    async fn resolve(
        &self,
        wanted: &BTreeSet<CompactString>,
        criteria: &[Value],
    ) -> Result<Regions, PlatformError> {
        let mut regions = self.regions.lock().await.clone();
        for query in regions.queries_for(wanted) {
            regions.learn(&self.rows(&query).await?);
        }
        if let Some(query) = regions.query_for_constants(criteria) {
            regions.learn(&self.rows(&query).await?);
        }
        self.regions.lock().await.clone_from(&regions);
        Ok(regions)
    }
}

#[async_trait]
impl Adapter for Google {
    fn schema(&self) -> &'static PlatformSchema {
        schema()
    }

    async fn facts(&self) -> Result<AccountFacts, PlatformError> {
        let rows = self.rows(queries::CUSTOMER).await?;
        read::facts(rows.first().unwrap_or(&Value::Null))
            .map_err(|error| error.account(&self.config.customer))
    }

    async fn observe(&self, request: &ObserveRequest) -> Result<ObservedAccount, PlatformError> {
        let facts = self.facts().await?;
        let rows = Box::pin(self.all_rows()).await?;
        let regions = self.resolve(&request.regions, &rows.campaign_criteria).await?;
        let diagnostics = request
            .regions
            .iter()
            .filter(|code| regions.constant(code).is_none())
            .map(|code| {
                Diagnostic::error("unknown-region", format!("Google knows no region by the name of `{code}`"))
                    .field("targeting.locations")
                    .hint("write `id:<geo target id>` instead; Google lists the ids under Geo targets")
            })
            .collect();
        Ok(ObservedAccount {
            objects: read::assemble(rows, &facts, &regions),
            facts: Some(facts),
            coverage: Coverage::Complete,
            resolved: regions.resolved(&request.regions),
            diagnostics,
            quota_left: None,
        })
    }

    fn batches(&self, items: &[WorkItem<'_>]) -> Vec<Batch> {
        write::batches(items)
    }

    async fn perform(&self, items: &[WorkItem<'_>], _assets: &dyn AssetReader) -> Vec<Outcome> {
        let _writing = self.writing.lock().await;
        let regions = self.regions.lock().await.clone();
        write::perform(self, &regions, items).await
    }

    async fn history(&self, since: Timestamp) -> Result<Vec<HistoryEvent>, PlatformError> {
        let until = since.checked_add(HISTORY).unwrap_or(since);
        let local = |at| Time::new(at, self.zone.clone()).local();
        let rows = self.rows(&queries::changes(&local(since), &local(until))).await?;
        Ok(rows.iter().filter_map(|row| read::event(row, &self.zone)).collect())
    }

    async fn health(&self) -> Result<Health, PlatformError> {
        let facts = self.facts().await?;
        let notes =
            self.config.login_customer.iter().map(|manager| format!("reached through manager {manager}"));
        Ok(Health {
            facts,
            scopes: self.tokens.scopes().await,
            api_version: config::VERSION,
            quota_left: None,
            notes: notes.collect(),
        })
    }

    /// Google serves no bytes of what Search ads are made of.
    async fn download(&self, _asset: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        Ok(None)
    }
}

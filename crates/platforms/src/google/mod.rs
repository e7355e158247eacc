//! Google Ads: Search, Performance Max and Demand Gen.
//!
//! What is where: `limits` checks and normalises offline, `read` observes through one query per kind, `metrics` reads
//! reports, `write` sends atomic mutates, `wire` translates values in both directions. See the README beside this file.

use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::Platform;
use adplane_core::asset::{AssetRef, Assets};
use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::metrics::Reading;
use adplane_core::money::Currency;
use adplane_core::observed::{AccountFacts, Coverage, ObservedAccount};
use adplane_core::schema::PlatformSchema;
use adplane_core::time::{Time, Zone};
use adplane_engine::error::{PlatformError, Retry};
use adplane_engine::port::{
    AccountConnection, Adapter, AssetReader, Batch, Health, HistoryEvent, MetricsRequest, ObserveRequest,
    Outcome, Verdict, WorkItem,
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
mod metrics;
mod read;
mod wire;
mod write;

use auth::Tokens;
use calls::Mode;
use config::Config;
use read::{Content, Library, Memory, Regions, Rows, queries};

/// The change history reaches back this far (google-ads.md §3.13); one day more covers any present moment.
const HISTORY: SignedDuration = SignedDuration::from_hours(31 * 24);

pub(crate) fn schema() -> &'static PlatformSchema {
    limits::schema()
}

pub(crate) fn refine(account: &mut DesiredAccount, assets: &Assets) -> Vec<Diagnostic> {
    limits::refine(account, assets)
}

/// What amounts are multiples of, in micros.
pub(crate) fn amount_step(currency: Currency) -> i64 {
    currency.minor_unit_micros()
}

pub(crate) fn connect(
    connection: AccountConnection,
    settings: HttpSettings,
) -> Result<Arc<dyn Adapter>, PlatformError> {
    let credentials = config::credentials(&connection.credentials)?;
    let http = Http::new(Platform::Google, connection.account_id.as_str(), settings)?.receipt("request-id");
    Ok(Arc::new(Google {
        config: Config::new(&connection),
        zone: connection.zone,
        http,
        tokens: Tokens::new(credentials),
        memory: Mutex::new(Memory::default()),
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
    /// What observe found, for the writes that follow.
    memory: Mutex<Memory>,
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
            asset_group_assets,
            asset_group_signals,
        ) = tokio::try_join!(
            self.rows(queries::SHARED_BUDGETS),
            self.rows(queries::CAMPAIGNS),
            self.rows(queries::CAMPAIGN_CRITERIA),
            self.rows(queries::CAMPAIGN_ASSETS),
            self.rows(queries::AD_GROUPS),
            self.rows(queries::AD_GROUP_CRITERIA),
            self.rows(queries::ADS),
            self.rows(queries::ASSET_GROUPS),
            self.rows(queries::ASSET_GROUP_ASSETS),
            self.rows(queries::ASSET_GROUP_SIGNALS),
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
            asset_group_assets,
            asset_group_signals,
        })
    }

    /// Looks up the regions that are wanted or in use and not known yet.
    async fn resolve(
        &self,
        wanted: &BTreeSet<CompactString>,
        criteria: &[&Value],
    ) -> Result<Regions, PlatformError> {
        let mut regions = self.memory.lock().await.regions.clone();
        for query in regions.queries_for(wanted) {
            regions.learn(&self.rows(&query).await?);
        }
        if let Some(query) = regions.query_for_constants(criteria) {
            regions.learn(&self.rows(&query).await?);
        }
        self.memory.lock().await.regions.clone_from(&regions);
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
        let (rows, assets) =
            Box::pin(async { tokio::try_join!(self.all_rows(), self.rows(queries::ASSETS)) }).await?;
        let criteria: Vec<&Value> = rows.campaign_criteria.iter().chain(&rows.ad_group_criteria).collect();
        let regions = self.resolve(&request.regions, &criteria).await?;
        let library = Library::read(&assets);
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
        let objects = read::assemble(rows, &facts, &regions, &library);
        let mut memory = self.memory.lock().await;
        memory.library = Arc::new(library);
        memory.asset_groups = Arc::new(read::asset_groups(&objects));
        drop(memory);
        Ok(ObservedAccount {
            objects,
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

    async fn perform(&self, items: &[WorkItem<'_>], assets: &dyn AssetReader) -> Vec<Outcome> {
        let _writing = self.writing.lock().await;
        write::perform(self, items, assets, Mode::Store).await
    }

    async fn validate(&self, items: &[WorkItem<'_>], assets: &dyn AssetReader) -> Vec<Verdict> {
        write::validate(self, items, assets).await
    }

    async fn history(&self, since: Timestamp) -> Result<Vec<HistoryEvent>, PlatformError> {
        let until = since.checked_add(HISTORY).unwrap_or(since);
        let local = |at| Time::new(at, self.zone.clone()).local();
        let (from, to) = (local(since), local(until));
        let (told, plain) = (queries::changes(&from, &to), queries::statuses(&from, &to));
        let (events, statuses) = tokio::try_join!(self.rows(&told), self.rows(&plain))?;
        let mut events: Vec<HistoryEvent> =
            events.iter().filter_map(|row| read::event(row, &self.zone)).collect();
        if events.iter().any(read::is_of_budget) {
            read::tell_of_holders(&mut events, &self.rows(queries::OWN_BUDGETS).await?);
        }
        events.extend(statuses.iter().flat_map(|row| read::asset_group_events(row, &self.zone)));
        events.sort_by_key(|event| std::cmp::Reverse(event.at));
        Ok(events)
    }

    async fn metrics(&self, request: &MetricsRequest) -> Result<Reading, PlatformError> {
        metrics::read(self, request).await
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

    /// Pictures that an observation has met, by `sha256:<digest>` or `id:<asset>`; videos live on YouTube.
    async fn download(&self, asset: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        let library = Arc::clone(&self.memory.lock().await.library);
        let found = match AssetRef::parse(asset) {
            Some(AssetRef::Digest(digest)) => library.by_digest(&digest),
            Some(AssetRef::Id(id)) => library.get(&self.config.resource(&format!("assets/{id}"))),
            Some(AssetRef::YouTube(_)) | None => None,
        };
        let Some(Content::Image { url: Some(url), .. }) = found.map(|asset| &asset.content) else {
            return Ok(None);
        };
        // The link needs no token, and none is sent there.
        let answer = self.http.send(&calls::file(url), &[], errors::check).await?;
        Ok(Some(answer.body.to_vec()))
    }
}

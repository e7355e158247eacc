//! Meta Ads.

mod auth;
mod calls;
mod config;
mod errors;
mod limits;
mod metrics;
mod read;
mod wire;
mod write;

use std::sync::Arc;

use adplane_core::address::Platform;
use adplane_core::asset::{AssetRef, Assets};
use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::metrics::Reading;
use adplane_core::money::Currency;
use adplane_core::observed::{AccountFacts, ObservedAccount};
use adplane_core::schema::PlatformSchema;
use adplane_engine::error::PlatformError;
use adplane_engine::port::{
    AccountConnection, Adapter, AssetReader, Batch, Health, HistoryEvent, MetricsRequest, ObserveRequest,
    Outcome, Verdict, WorkItem,
};
use async_trait::async_trait;
use jiff::Timestamp;

use crate::http::{Call, Http, HttpSettings};
use auth::Auth;
use calls::{Graph, build};
use config::{Credentials, Endpoint};
use read::lookups::Lookups;
use wire::json;

pub(crate) fn schema() -> &'static PlatformSchema {
    &limits::SCHEMA
}

pub(crate) fn refine(account: &mut DesiredAccount, assets: &Assets) -> Vec<Diagnostic> {
    limits::refine(account, assets)
}

/// What amounts are multiples of, in micros.
pub(crate) fn amount_step(currency: Currency) -> i64 {
    wire::money::step(currency)
}

pub(crate) fn connect(
    connection: &AccountConnection,
    settings: HttpSettings,
) -> Result<Arc<dyn Adapter>, PlatformError> {
    let credentials = Credentials::parse(connection)?;
    let http = Http::new(Platform::Meta, connection.account_id.as_str(), settings)?.receipt("x-fb-trace-id");
    let graph = Graph::new(http, Auth::of(&credentials), Endpoint::of(connection));
    Ok(Arc::new(Meta { graph, lookups: Lookups::default() }))
}

/// One ad account at Meta.
struct Meta {
    graph: Graph,
    lookups: Lookups,
}

#[async_trait]
impl Adapter for Meta {
    fn schema(&self) -> &'static PlatformSchema {
        schema()
    }

    async fn facts(&self) -> Result<AccountFacts, PlatformError> {
        read::facts(&self.graph).await
    }

    async fn observe(&self, request: &ObserveRequest) -> Result<ObservedAccount, PlatformError> {
        read::observe(&self.graph, &self.lookups, request).await
    }

    fn batches(&self, items: &[WorkItem<'_>]) -> Vec<Batch> {
        write::batches(items)
    }

    async fn perform(&self, items: &[WorkItem<'_>], assets: &dyn AssetReader) -> Vec<Outcome> {
        write::perform(&self.graph, &self.lookups, items, assets).await
    }

    async fn validate(&self, items: &[WorkItem<'_>], _assets: &dyn AssetReader) -> Vec<Verdict> {
        write::validate(&self.graph, &self.lookups, items).await
    }

    async fn history(&self, since: Timestamp) -> Result<Vec<HistoryEvent>, PlatformError> {
        read::history(&self.graph, since).await
    }

    async fn metrics(&self, request: &MetricsRequest) -> Result<Reading, PlatformError> {
        metrics::read(&self.graph, request).await
    }

    async fn health(&self) -> Result<Health, PlatformError> {
        let facts = self.facts().await?;
        let mut notes = Vec::new();
        let scopes = match self.graph.ask_about_token(&build::token(&self.graph.endpoint)).await {
            Ok(token) => {
                notes.push(match expiry(&token) {
                    Some(at) => format!("the token expires at {at}"),
                    None => "the token names no expiry".to_owned(),
                });
                json::texts(&token["data"], "scopes")
            }
            Err(error) => {
                notes.push(format!("what the token may do could not be asked: {}", error.message));
                Vec::new()
            }
        };
        if let Some(word) = &facts.inactive {
            notes.push(format!("the account cannot serve ads: {word}"));
        }
        Ok(Health { facts, scopes, api_version: config::VERSION, quota_left: None, notes })
    }

    async fn expires(&self) -> Result<Option<Timestamp>, PlatformError> {
        let token = self.graph.ask_about_token(&build::token(&self.graph.endpoint)).await?;
        Ok(expiry(&token))
    }

    /// `asset` is `sha256:<digest>` of a file that an observation has met, or `id:` and an image's hash or a
    /// video's id.
    async fn download(&self, asset: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        let known = self.lookups.snapshot();
        let id = match AssetRef::parse(asset) {
            Some(AssetRef::Id(id)) => Some(id.to_string()),
            Some(AssetRef::Digest(digest)) => {
                let image = known.images.id(&digest).map(ToString::to_string);
                image.or_else(|| known.videos.id(&digest).map(ToString::to_string))
            }
            Some(AssetRef::YouTube(_)) | None => None,
        };
        let Some(id) = id.as_deref() else { return Ok(None) };
        // Image hashes are hexadecimal; ids of videos are decimal and shorter.
        let is_video = id.len() < 32 && id.bytes().all(|byte| byte.is_ascii_digit());
        let endpoint = &self.graph.endpoint;
        let url = if is_video {
            json::text(&self.graph.send(&build::video_file(endpoint, id)).await?, "source")
        } else {
            let images = self.graph.send(&build::image(endpoint, id)).await?;
            json::list(&images, "data").first().and_then(|image| json::text(image, "url"))
        };
        match url {
            Some(url) => self.graph.fetch(&Call::get("download", url)).await.map(Some),
            None => Ok(None),
        }
    }
}

/// When a token, or the access to data that was granted with it, ends, whichever comes first; 0 is never (shape
/// unverified).
fn expiry(token: &serde_json::Value) -> Option<Timestamp> {
    let at = |field: &str| token["data"][field].as_i64().filter(|seconds| *seconds > 0);
    let first = [at("expires_at"), at("data_access_expires_at")].into_iter().flatten().min()?;
    Timestamp::from_second(first).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_of_two_ends_counts_and_nought_is_never() {
        let expires = |token: i64, data: i64| {
            expiry(&json!({"data": {"expires_at": token, "data_access_expires_at": data}}))
        };
        assert_eq!(expires(0, 0), None);
        assert_eq!(expires(0, 1_800_000_000), Timestamp::from_second(1_800_000_000).ok());
        assert_eq!(expires(1_790_000_000, 1_800_000_000), Timestamp::from_second(1_790_000_000).ok());
        assert_eq!(expiry(&json!({"data": {}})), None);
    }
}

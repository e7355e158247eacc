//! The port that every platform implements: one adapter per ad account.

use std::collections::BTreeSet;

use adplane_core::address::{AccountKey, Kind, Platform};
use adplane_core::asset::Asset;
use adplane_core::field::FieldPath;
use adplane_core::ids::{AccountId, ExternalId};
use adplane_core::metrics::{Day, Granularity, MetricRow, Reading};
use adplane_core::money::Currency;
use adplane_core::observed::{AccountFacts, ObservedAccount, ObservedObject};
use adplane_core::plan::{Change, Step};
use adplane_core::schema::PlatformSchema;
use adplane_core::time::Zone;
use async_trait::async_trait;
use compact_str::CompactString;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::error::{ErrorKind, PlatformError, Retry};

/// Everything an adapter needs to reach one account. Its `Debug` hides the credentials.
#[derive(Debug, Clone)]
pub struct AccountConnection {
    /// The `AdAccount`.
    pub key: AccountKey,
    /// The platform.
    pub platform: Platform,
    /// The vendor's account id.
    pub account_id: AccountId,
    /// The currency the YAML asserts.
    pub currency: Currency,
    /// The zone the YAML asserts.
    pub zone: Zone,
    /// The vendor's root when overridden.
    pub endpoint: Option<String>,
    /// The token endpoint when overridden.
    pub token_endpoint: Option<String>,
    /// Google: the manager account.
    pub login_customer_id: Option<String>,
    /// The credentials, one JSON object as design §4 describes.
    pub credentials: SecretString,
}

/// What an observation should look up besides the live objects.
#[derive(Debug, Clone, Default)]
pub struct ObserveRequest {
    /// Region codes (ISO 3166-2) that only the vendor can resolve.
    pub regions: BTreeSet<CompactString>,
}

/// One step with everything its request needs.
#[derive(Debug, Clone)]
pub struct WorkItem<'a> {
    /// The step.
    pub step: &'a Step,
    /// Its change.
    pub change: &'a Change,
    /// The live object as last read; absent for a create.
    pub live: Option<&'a ObservedObject>,
    /// Id of the parent, when it is live; otherwise the parent is an earlier item of the same batch, found
    /// by [`Change::parent`].
    pub parent: Option<ExternalId>,
    /// Id of the shared budget, when it is live; otherwise as for the parent.
    pub budget: Option<ExternalId>,
    /// Fields of the change that earlier writes of the same execution have stored: [`Self::live`] may have been
    /// read before them, so an update that replaces the whole object must say them again.
    pub written: Option<&'a BTreeSet<FieldPath>>,
    /// A number that is the same for every attempt at this write and differs from every other write: for
    /// vendors with idempotency keys.
    pub request_seed: u64,
}

/// Items that one call of [`Adapter::perform`] carries out, and the batches that must be done before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Indexes into the items given to [`Adapter::batches`].
    pub items: Vec<usize>,
    /// Indexes of earlier batches.
    pub after: Vec<usize>,
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Stored; the id of the object, when the vendor named it.
    Done(Option<ExternalId>),
    /// Refused or not sent: certainly not stored.
    Failed(PlatformError),
    /// The answer was lost: it may have been stored. The executor reads back before anything else.
    Unknown(PlatformError),
}

/// What the vendor says of one item that it was only asked to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It would take it.
    Accepted,
    /// It would refuse it.
    Refused(PlatformError),
    /// It cannot be asked yet; why, as a sentence fragment.
    Unasked(String),
}

/// What the creation of an object is about, among [`HistoryEvent::fields`]: no field by itself.
pub const CREATED: &str = "created";

/// One entry of the vendor's own change history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEvent {
    /// When.
    pub at: Timestamp,
    /// Who, as the vendor shows it.
    pub actor: String,
    /// Through what, such as `web` or `API`, as the vendor shows it.
    pub client: String,
    /// The object's id.
    pub id: ExternalId,
    /// What was done, in the vendor's words.
    pub what: String,
    /// Fields that it is about, in the YAML's paths; a path stands for everything below it. A creation names
    /// [`CREATED`]. Empty where the vendor does not tell.
    pub fields: Vec<FieldPath>,
}

/// A report to read: everything that the objects of one level delivered on a range of the account's days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricsRequest {
    /// Campaigns, ad groups or ads.
    pub level: Kind,
    /// Days or hours.
    pub granularity: Granularity,
    /// The first day.
    pub from: Day,
    /// The last day, itself included.
    pub to: Day,
    /// The instant of asking, which becomes the reading's: adapters read no clock.
    pub as_of: Timestamp,
}

impl MetricsRequest {
    /// Refuses what no platform reports on.
    ///
    /// # Errors
    /// When the level is a shared budget, or the last day lies before the first.
    pub fn check(&self, platform: Platform) -> Result<(), PlatformError> {
        let message = match self.level {
            Kind::Budget => "a shared budget has no report: ask for its campaigns".to_owned(),
            _ if self.to < self.from => format!("{} lies before {}", self.to, self.from),
            Kind::Campaign | Kind::AdGroup | Kind::Ad => return Ok(()),
        };
        Err(PlatformError::new(ErrorKind::Invalid, Retry::Never, platform, "read metrics", message))
    }

    /// A complete reading that answers this request.
    pub fn reading(&self, attribution: &str, rows: Vec<MetricRow>) -> Reading {
        let Self { level, granularity, from, to, as_of } = *self;
        Reading { level, granularity, from, to, attribution: attribution.to_owned(), as_of, rows }
    }
}

/// What `doctor` reports of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The account.
    pub facts: AccountFacts,
    /// Scopes the token was granted, where the vendor tells.
    pub scopes: Vec<String>,
    /// API version in use.
    pub api_version: &'static str,
    /// Operations left of today's quota, where the vendor tells.
    pub quota_left: Option<u64>,
    /// Anything else worth telling.
    pub notes: Vec<String>,
}

/// Reads an asset's bytes when an upload needs them.
#[async_trait]
pub trait AssetReader: Send + Sync {
    /// What is known of an asset by its SHA-256.
    fn describe(&self, sha256: &str) -> Option<Asset>;

    /// Its bytes, checked against the digest.
    ///
    /// # Errors
    /// A sentence fragment: what could not be read and why.
    async fn read(&self, sha256: &str) -> Result<Vec<u8>, String>;
}

/// One ad account on one platform.
///
/// Reads are free of side effects. Writes happen in [`Adapter::perform`] only, which the executor alone
/// calls. An adapter never retries a write whose first attempt may have been stored.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// The platform's declarations.
    fn schema(&self) -> &'static PlatformSchema;

    /// Currency, zone and state of the account.
    async fn facts(&self) -> Result<AccountFacts, PlatformError>;

    /// Everything live, in bulk: one read per kind and page, never one per object.
    async fn observe(&self, request: &ObserveRequest) -> Result<ObservedAccount, PlatformError>;

    /// Groups the items of one wave into calls, under the vendor's limits. Pure.
    fn batches(&self, items: &[WorkItem<'_>]) -> Vec<Batch>;

    /// Carries out one batch; one outcome per item, in order.
    async fn perform(&self, items: &[WorkItem<'_>], assets: &dyn AssetReader) -> Vec<Outcome>;

    /// Has the vendor check items without storing anything; one verdict per item, in order. What needs another item
    /// that the vendor cannot be shown in the same call is not asked.
    async fn validate(&self, items: &[WorkItem<'_>], assets: &dyn AssetReader) -> Vec<Verdict> {
        let _ = assets;
        items.iter().map(|_| Verdict::Unasked("this platform is not asked beforehand".to_owned())).collect()
    }

    /// The vendor's change history since an instant, newest first; empty where the vendor has none.
    async fn history(&self, since: Timestamp) -> Result<Vec<HistoryEvent>, PlatformError>;

    /// What the objects of a level delivered, in bulk: paged, split at the vendor's limits and put together again here.
    /// What was deleted since is part of it. A report of which any part could not be read is an error and no reading.
    async fn metrics(&self, request: &MetricsRequest) -> Result<Reading, PlatformError>;

    /// Credentials, scopes, version, quota.
    async fn health(&self) -> Result<Health, PlatformError>;

    /// When the credentials expire, where the vendor tells and they do.
    async fn expires(&self) -> Result<Option<Timestamp>, PlatformError> {
        Ok(None)
    }

    /// The bytes of a live asset, for `import`; `None` where the vendor does not serve them.
    async fn download(&self, asset: &str) -> Result<Option<Vec<u8>>, PlatformError>;
}

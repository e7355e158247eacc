use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use adplane_core::address::{Kind, Platform};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{MetricRow, Reading, Slot, Sums};
use adplane_core::money::Currency;
use adplane_core::observed::{AccountFacts, Coverage, ObservedAccount, ObservedObject};
use adplane_core::time::Zone;
use adplane_engine::clock::{Clock, Followed};
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::metrics::store::Retention;
use adplane_engine::port::{
    AssetReader, Batch, Health, HistoryEvent, MetricsRequest, ObserveRequest, Outcome, WorkItem,
};
use adplane_engine::state::StateDir;
use adplane_manifest::load::{DocumentKind, from_resources};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::*;
use crate::cache::ResourceKey;

const NOW: &str = "2026-11-21T10:00:00Z";

/// Spends one euro a day with the campaign `7`.
#[derive(Default)]
pub(crate) struct Spender {
    /// When its credentials end.
    pub(crate) expires: Option<Timestamp>,
    fails: AtomicBool,
    asked: AtomicUsize,
}

#[async_trait]
impl Adapter for Spender {
    fn schema(&self) -> &'static PlatformSchema {
        adplane_platforms::schema(Platform::Meta)
    }

    async fn facts(&self) -> Result<AccountFacts, PlatformError> {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        Ok(AccountFacts { name: "Shop".into(), currency: Currency::EUR, zone, inactive: None })
    }

    async fn metrics(&self, request: &MetricsRequest) -> Result<Reading, PlatformError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.fails.load(Ordering::Relaxed) {
            let (kind, retry) = (ErrorKind::Unexpected, Retry::Never);
            return Err(PlatformError::new(kind, retry, Platform::Meta, "insights", "no"));
        }
        let mut rows = Vec::new();
        let mut day = request.from;
        while day <= request.to {
            let hour = (request.granularity == adplane_core::metrics::Granularity::Hour).then_some(9);
            let sums = Sums { spend: Some(1_000_000), ..Sums::default() };
            rows.push(MetricRow { id: ExternalId::new("7").unwrap(), slot: Slot { day, hour }, sums });
            day = day.tomorrow().unwrap();
        }
        Ok(request.reading("attribution_setting", rows))
    }

    async fn observe(&self, _: &ObserveRequest) -> Result<ObservedAccount, PlatformError> {
        unreachable!("a sync reads reports only")
    }

    fn batches(&self, _: &[WorkItem<'_>]) -> Vec<Batch> {
        unreachable!("a sync writes nothing")
    }

    async fn perform(&self, _: &[WorkItem<'_>], _: &dyn AssetReader) -> Vec<Outcome> {
        unreachable!("a sync writes nothing")
    }

    async fn history(&self, _: Timestamp) -> Result<Vec<HistoryEvent>, PlatformError> {
        unreachable!("a sync reads reports only")
    }

    async fn health(&self) -> Result<Health, PlatformError> {
        unreachable!("a sync reads reports only")
    }

    async fn expires(&self) -> Result<Option<Timestamp>, PlatformError> {
        Ok(self.expires)
    }

    async fn download(&self, _: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        unreachable!("a sync reads reports only")
    }
}

fn settings() -> MetricsSettings {
    MetricsSettings {
        every: Duration::from_mins(15),
        status_every: Duration::from_hours(1),
        back: 30,
        database: None,
        retention: Retention::default(),
    }
}

/// The account as it is live, with its campaign.
fn live() -> ObservedAccount {
    ObservedAccount {
        facts: None,
        coverage: Coverage::Complete,
        objects: vec![ObservedObject::new(Kind::Campaign, ExternalId::new("7").unwrap())],
        resolved: BTreeMap::new(),
        diagnostics: Vec::new(),
        quota_left: None,
    }
}

/// The account as it is written.
fn wanted() -> DesiredAccount {
    let resource = json!({
        "apiVersion": "adplane.io/v1alpha1", "kind": "AdAccount",
        "metadata": {"name": "meta-eu", "namespace": "growth"},
        "spec": {
            "platform": "Meta", "accountId": "act_1000000001", "currency": "EUR", "timeZone": "Europe/Madrid",
            "credentials": {"secretRef": {"name": "meta-eu"}},
        },
    });
    let loaded = from_resources([(Arc::from("AdAccount/growth/meta-eu"), resource)]);
    adplane_manifest::lower(&loaded).desired.accounts.into_values().next().unwrap()
}

fn key() -> AccountKey {
    AccountKey { namespace: "growth".parse().unwrap(), name: "meta-eu".parse().unwrap() }
}

fn account() -> StoreAccount {
    StoreAccount {
        platform: Platform::Meta,
        id: "1".parse().unwrap(),
        currency: Currency::EUR,
        zone: Zone::parse("Europe/Madrid").unwrap(),
    }
}

fn pool(name: &str) -> ResourceKey {
    ResourceKey::new(DocumentKind::Budget, "growth", name)
}

/// One budget that two campaigns draw on, another one of a campaign that never ran.
fn references() -> References {
    let of = |ids: &[&str]| Referring {
        level: Kind::Campaign,
        ids: ids.iter().map(|id| ExternalId::new(id).unwrap()).collect(),
        is_whole: true,
    };
    let unclear = Referring { is_whole: false, ..of(&["7"]) };
    [(pool("both"), of(&["7", "8"])), (pool("idle"), of(&["8"])), (pool("unclear"), unclear)].into()
}

/// An account whose readings lie in a folder.
struct Shop {
    spender: Arc<Spender>,
    clock: &'static Followed,
    folder: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        let clock = Followed::new(NOW.parse().unwrap());
        Self { spender: Arc::default(), clock, folder: tempfile::tempdir().unwrap() }
    }

    fn offer(&self) -> Offer {
        let adapter = Arc::clone(&self.spender) as Arc<dyn Adapter>;
        let (account, live) = (account(), live());
        let sight = Sight::of(&wanted(), &Desired::default(), &BTreeMap::new(), &live);
        let (objects, schema) = (Objects::of(&live), adapter.schema());
        Offer { key: key(), account, schema, adapter, objects, references: references(), sight }
    }

    async fn read(&self) -> Known {
        let state = StateDir::of_project(self.folder.path());
        work::read(&settings(), &self.offer(), &state, Clock::Followed(self.clock)).await.0
    }

    fn later(&self, minutes: i64) {
        let now = Clock::Followed(self.clock).now();
        self.clock.set(now + SignedDuration::from_mins(minutes));
    }

    fn reports(&self) -> usize {
        self.spender.asked.swap(0, Ordering::Relaxed)
    }
}

fn told(known: &Known) -> &Told {
    let Known::Read { told: Some(told), .. } = known else { panic!("{known:?}") };
    told
}

fn spent(windows: &Windows) -> [Option<i64>; 4] {
    windows.map(|counts| counts.and_then(|counts| counts.sums.spend).map(|micros| micros / 1_000_000))
}

#[tokio::test]
async fn an_account_is_read_when_it_is_due_and_told_each_time() {
    let shop = Shop::new();
    let known = shop.read().await;
    let campaign = told(&known).of(Kind::Campaign, &ExternalId::new("7").unwrap()).unwrap();
    assert_eq!(spent(campaign), [Some(1), Some(1), Some(7), None], "nobody knows when it began");
    assert_eq!(spent(&told(&known).account)[..3], [Some(1), Some(1), Some(7)]);
    assert_eq!(shop.reports(), 6, "three levels by days and hours");
    let told = told(&known);
    assert_eq!(spent(&together(&[told], &pool("both")).unwrap().0)[..3], [Some(1), Some(1), Some(7)]);
    assert_eq!(spent(&together(&[told], &pool("idle")).unwrap().0)[..3], [Some(0); 3], "known, and nothing");
    assert_eq!(together(&[told], &pool("unused")), None);
    assert_eq!(
        together(&[told], &pool("unclear")),
        Some(([None; 4], Currency::EUR)),
        "some of it is nobody's to tell"
    );
    // As after a restart: what was read is there, and is not read again.
    shop.later(5);
    let again = shop.read().await;
    assert_eq!(spent(&self::told(&again).account), spent(&told.account));
    assert_eq!(shop.reports(), 0);
    shop.later(10);
    shop.read().await;
    assert_eq!(shop.reports(), 6);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_what_was_read_stays() {
    let shop = Shop::new();
    shop.read().await;
    shop.later(20);
    shop.spender.fails.store(true, Ordering::Relaxed);
    let Known::Read { told, trouble } = shop.read().await else { panic!("it was tried") };
    assert_eq!(spent(&told.unwrap().account)[1..3], [Some(1), Some(7)]);
    let trouble = trouble.unwrap();
    assert!(
        trouble.starts_with("Campaign by hours: ") && trouble.ends_with("; 5 more reports were not read"),
        "{trouble}"
    );
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_is_trouble_and_nothing_else() {
    let shop = Shop::new();
    std::fs::create_dir_all(shop.folder.path().join(".adplane/metrics.db")).unwrap();
    let Known::Read { told: None, trouble: Some(trouble) } = shop.read().await else {
        panic!("it was tried")
    };
    assert!(trouble.contains("metrics.db"), "{trouble}");
    let before = Known::Read { told: Some(Arc::new(empty())), trouble: None };
    let after = before.then(Known::Read { told: None, trouble: Some(trouble.clone()) });
    assert_eq!(after, Known::Read { told: Some(Arc::new(empty())), trouble: Some(trouble) });
}

fn empty() -> Told {
    Told::for_tests(NOW.parse::<Timestamp>().unwrap(), Zone::utc(), &[])
}

#[tokio::test]
async fn an_account_is_offered_once_for_each_time_that_it_is_due() {
    let shop = Shop::new();
    let delivered = Delivered::new(Some(settings()));
    let offer = || delivered.offer(&key(), || shop.offer());
    let waiting = || delivered.lock().get(&key()).is_some_and(|account| account.offer.is_some());
    assert_eq!(delivered.of(&key()), Known::Unread);
    offer();
    assert!(waiting());
    let taken = delivered.next().await;
    offer();
    assert!(!waiting(), "it is being read");
    delivered.done(&taken.key, Some(Known::Read { told: None, trouble: None }), Duration::from_mins(15));
    offer();
    assert!(!waiting(), "it was just read");
    delivered.done(&taken.key, None, Duration::ZERO);
    offer();
    assert!(waiting());
    assert_eq!(delivered.of(&key()), Known::Read { told: None, trouble: None });
    delivered.forget(&key());
    assert_eq!(delivered.of(&key()), Known::Unread);
}

#[test]
fn a_trouble_is_news_once() {
    let read = |trouble: Option<&str>| Known::Read { told: None, trouble: trouble.map(str::to_owned) };
    let (well, slow, gone) = (read(None), read(Some("slow")), read(Some("gone")));
    assert!(slow.is_news(&Known::Unread) && slow.is_news(&well) && gone.is_news(&slow));
    assert!(!slow.is_news(&slow) && !well.is_news(&slow) && !Known::Unread.is_news(&well));
}

#[test]
fn nobody_reads_what_nobody_wants() {
    assert_eq!(Delivered::new(None).of(&key()), Known::Off);
}

//! Forecasts are made from what was known at the instant, and from nothing that was told later.

use adplane_core::address::Platform;
use adplane_core::forecast::Ahead;
use adplane_core::metrics::{CONVERSION_PARTS, MetricRow, Reading};
use adplane_core::rules::{ObjectState, State};
use adplane_core::schema::PlatformSchema;
use adplane_core::time::Zone;

use super::*;
use crate::metrics::store::{MetricStore, SqliteOptions, SqliteStore, StoreAccount};

static SCHEMA: PlatformSchema = PlatformSchema {
    platform: Platform::Meta,
    amount_step: adplane_core::money::Currency::minor_unit_micros,
    kinds: &[],
    marker_in_name: false,
    over_delivery: &[],
    edit_limits: &[],
    new_ad_relearns: None,
    pause_relearns: None,
    metrics: &[Metric::Spend, Metric::Conversions],
    restated_days: 28,
};

const FIRST: Day = Day::constant(2026, 1, 1);

struct Shop {
    store: SqliteStore,
    account: StoreAccount,
    objects: BTreeMap<Address, Watched>,
    _folder: tempfile::TempDir,
}

fn shoes() -> Address {
    "meta/meta-eu/Campaign/growth/shoes".parse().unwrap()
}

fn id(text: &str) -> ExternalId {
    ExternalId::new(text).unwrap()
}

/// Whole units of money on a day, around 110: chance that is the same each time.
fn usual(number: i64) -> i64 {
    let drawn = u64::try_from(number).unwrap().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    90 + i64::try_from(drawn % 41).unwrap()
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db"))).unwrap();
        let state = ObjectState {
            display_name: "Shoes".to_owned(),
            labels: BTreeMap::new(),
            parent: None,
            state: Some(State::Active),
            created: None,
            budget: None,
            bid: None,
            target_cpa: None,
            target_roas: None,
            creatives: BTreeSet::new(),
            windows: BTreeMap::new(),
            hold: None,
            rules_may_pause: true,
            keep_one: BTreeSet::new(),
        };
        let watched = Watched { id: Some(id("7")), flight: None, state };
        let account = StoreAccount {
            platform: Platform::Meta,
            id: "1".parse().unwrap(),
            currency: "EUR".parse().unwrap(),
            zone: Zone::utc(),
        };
        Self { store, account, objects: BTreeMap::from([(shoes(), watched)]), _folder: folder }
    }

    /// A report of days by number, made at an instant; `times` what is usual.
    async fn report(&self, days: std::ops::Range<i64>, as_of: &str, times: i64) {
        let day = |number: i64| FIRST.saturating_add(number.days());
        let row = |object: &str, number: i64, share: i64| {
            let spend = Some(usual(number) * 1_000_000 * times * share);
            let sums = Sums { spend, conversions: Some(CONVERSION_PARTS * usual(number)), ..Sums::default() };
            MetricRow { id: id(object), slot: Slot::day(day(number)), sums }
        };
        let reading = Reading {
            level: Kind::Campaign,
            granularity: Granularity::Day,
            from: day(days.start),
            to: day(days.end - 1),
            attribution: "7d_click".to_owned(),
            as_of: as_of.parse().unwrap(),
            rows: days.flat_map(|number| [row("7", number, 1), row("8", number, 2)]).collect(),
        };
        self.store.put(&self.account, &reading).await.unwrap();
    }

    /// What a rule at an instant sees: seven days of the object's spend, of the account's, in whole units.
    async fn sees(&self, now: &str, basis: Basis, ledgers: &mut Ledgers) -> (Result<i64, String>, i64, u64) {
        let now: Timestamp = now.parse().unwrap();
        let key = AccountKey { namespace: "growth".parse().unwrap(), name: "meta-eu".parse().unwrap() };
        let wanted = Wanted {
            objects: BTreeMap::from([(Kind::Campaign, BTreeSet::from([Metric::Spend]))]),
            account: BTreeSet::from([Metric::Spend]),
        };
        let question = Question {
            store: &self.store,
            account: &self.account,
            schema: &SCHEMA,
            now,
            basis,
            windows: &BTreeSet::new(),
            levels: &BTreeSet::new(),
            conversions: false,
        };
        let mut snapshot = super::super::empty(now);
        let later = ledgers.foresee(&question, &wanted, (&key, &self.objects), &mut snapshot).await.unwrap();
        let today = now.to_zoned(self.account.zone.rules()).date();
        let sum = |foreseen: &Foreseen| {
            let sum = foreseen.outlook.sum(Ahead::Days(7), today).map_err(|why| why.to_string())?;
            #[expect(clippy::cast_possible_truncation, reason = "a few hundred")]
            let whole = (sum / 1e6).round() as i64;
            Ok(whole)
        };
        let own = sum(&snapshot.forecasts.objects[&shoes()][&Metric::Spend]);
        let account = sum(&snapshot.forecasts.accounts[&key][&Metric::Spend]);
        (own, account.unwrap_or(-1), later)
    }
}

/// What a week comes to, but for chance.
const WEEK: std::ops::Range<i64> = 710..830;

#[tokio::test]
async fn a_rule_sees_what_was_known_at_its_tick() {
    let (shop, mut ledgers) = (Shop::new(), Ledgers::default());
    // The 101st day is 11 April.
    shop.report(0..100, "2026-04-11T07:00:00Z", 1).await;
    let (own, account, later) = shop.sees("2026-04-11T08:00:00Z", Basis::Known, &mut ledgers).await;
    let own = own.unwrap();
    assert!(WEEK.contains(&own) && (account - 3 * own).abs() < 30 && later == 0, "{own} {account} {later}");
    // Weeks later the platform says that it was ten times as much.
    shop.report(0..128, "2026-05-09T07:00:00Z", 10).await;
    let again = shop.sees("2026-04-11T08:00:00Z", Basis::Known, &mut Ledgers::default()).await;
    assert_eq!(again, (Ok(own), account, 0), "nothing of that was known");
    let now = shop.sees("2026-05-09T08:00:00Z", Basis::Known, &mut ledgers).await.0.unwrap();
    assert!(now > 5 * own, "what was read before is read again where it was restated: {now}");
    assert_eq!(
        shop.sees("2026-05-09T08:00:00Z", Basis::Known, &mut Ledgers::default()).await.0,
        Ok(now),
        "what was remembered is what the store says"
    );
}

#[tokio::test]
async fn days_that_were_not_read_then_are_not_known() {
    let shop = Shop::new();
    shop.report(0..130, "2026-06-01T07:00:00Z", 1).await;
    let then = "2026-04-11T08:00:00Z";
    let (own, _, later) = shop.sees(then, Basis::Known, &mut Ledgers::default()).await;
    assert_eq!((own.is_err(), later), (true, 1), "a back-test says that only later readings know it");
    let restated = shop.sees(then, Basis::KnownElseRestated, &mut Ledgers::default()).await.0.unwrap();
    assert!(WEEK.contains(&restated), "{restated}");
}

#[tokio::test]
async fn a_day_that_is_not_counted_yet_is_none() {
    let shop = Shop::new();
    shop.report(0..100, "2026-04-11T07:00:00Z", 1).await;
    // At three in the morning not all of the 101st day is counted: a hundred times too much of it changes nothing.
    shop.report(100..101, "2026-04-12T03:00:00Z", 100).await;
    let early = shop.sees("2026-04-12T03:00:00Z", Basis::Known, &mut Ledgers::default()).await.0.unwrap();
    assert!(WEEK.contains(&early), "{early}");
}

#[tokio::test]
async fn a_day_is_read_once_for_each_report() {
    let (shop, mut ledgers) = (Shop::new(), Ledgers::default());
    shop.report(0..100, "2026-04-11T07:00:00Z", 1).await;
    let look = async |now: &str, ledgers: &mut Ledgers| {
        let (own, _, _) = shop.sees(now, Basis::Known, ledgers).await;
        assert!(own.is_ok(), "{own:?}");
    };
    look("2026-04-11T08:00:00Z", &mut ledgers).await;
    let outlook = |ledgers: &Ledgers| {
        let ledger = ledgers.0.values().next().unwrap();
        Arc::clone(&ledger.outlooks[&(Metric::Spend, Some(shoes()))])
    };
    let first = outlook(&ledgers);
    look("2026-04-11T08:30:00Z", &mut ledgers).await;
    assert!(Arc::ptr_eq(&first, &outlook(&ledgers)), "its models are not tried again");
    shop.report(99..100, "2026-04-11T09:00:00Z", 2).await;
    look("2026-04-11T09:30:00Z", &mut ledgers).await;
    assert!(!Arc::ptr_eq(&first, &outlook(&ledgers)), "yesterday was restated");
}

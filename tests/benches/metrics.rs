//! How long questions take over a store of 4 million rows, in one file and in PostgreSQL (100 ms for a window of an account).
//!
//! A shape is accounts x ads of each x days. Every account is read in months as a first sync does, then its last two days
//! are read again with every twentieth row changed, then windows are asked for of every tenth account, the caches as the
//! filling left them. Prints figures and never fails on time: `cargo bench -p adplane-tests --bench metrics`;
//! `ADPLANE_BENCH_SHAPES=100x100x400,1x10000x400` chooses shapes. Without PostgreSQL its part says so.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and stops at any surprise"
)]

#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "../tests/metrics/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::{AccountId, ExternalId};
use adplane_core::metrics::{
    Day, Granularity, Metric, MetricRow, MetricSet, Reading, Slot, Slots, Span, Sums, Window, resolve,
};
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use adplane_engine::metrics::query::{Asked, Known, Objects, SHOWN, figures};
use adplane_engine::metrics::store::{
    AsOf, MetricStore, Of, PostgresStore, Retention, SqliteOptions, SqliteStore, StoreAccount,
};
use jiff::{Timestamp, ToSpan};

/// Shapes to measure, separated by commas.
const SHAPES: &str = "ADPLANE_BENCH_SHAPES";
const DEFAULT_SHAPES: &str = "100x100x400,4x10000x100";
/// The best of so many runs counts for each account, the worst of the accounts for the shape.
const RUNS: usize = 3;
/// Days in one reading of the first sync.
const MONTH: i32 = 30;
const TOLD: MetricSet = &[
    Metric::Spend,
    Metric::Impressions,
    Metric::Clicks,
    Metric::Conversions,
    Metric::Value,
    Metric::VideoViews,
];

/// Accounts, objects of each, days of each.
#[derive(Debug, Clone, Copy)]
struct Shape {
    accounts: u64,
    objects: u64,
    days: i32,
}

fn main() {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpus.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown processor");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{}, load {}; one question at a time", model.trim_start_matches([' ', '\t', ':']), load.trim());
    let shapes = std::env::var(SHAPES).unwrap_or_else(|_| DEFAULT_SHAPES.into());
    for shape in shapes.split(',') {
        let numbers: Vec<u64> = shape.split('x').map(|number| number.parse().unwrap()).collect();
        let [accounts, objects, days]: [u64; 3] = numbers.try_into().unwrap();
        let shape = Shape { accounts, objects, days: i32::try_from(days).unwrap() };
        in_a_file(shape);
        in_a_database(shape);
    }
    println!("\nto reach: in a store of 4 million rows, a window over an account in 100 ms");
}

fn in_a_file(shape: Shape) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.db");
    let store = SqliteStore::open(&SqliteOptions::new(&path)).unwrap();
    title("SQLite", shape);
    server::runtime().unwrap().block_on(measure(&store, shape));
    println!("  on disk            {}", on_disk(&path));
}

fn in_a_database(shape: Shape) {
    let programs = match server::programs() {
        Ok(programs) => programs,
        Err(reason) => return println!("\nPostgreSQL: not measured, {reason}"),
    };
    let server = server::Server::start(&programs).unwrap();
    let database = server.database().unwrap();
    title("PostgreSQL", shape);
    server::runtime().unwrap().block_on(async {
        let store = PostgresStore::open(&database.options()).await.unwrap();
        measure(&store, shape).await;
    });
}

fn title(store: &str, Shape { accounts, objects, days }: Shape) {
    let rows = accounts * objects * u64::try_from(days).unwrap();
    println!("\n{store}: {accounts} accounts x {objects} ads x {days} days = {rows} rows");
}

fn account(number: u64) -> StoreAccount {
    StoreAccount {
        platform: Platform::Meta,
        id: AccountId::new((1_000 + number).to_string()).unwrap(),
        currency: Currency::parse("EUR").unwrap(),
        zone: Zone::parse("Europe/Madrid").unwrap(),
    }
}

/// The end of what is stored; the next morning everything is asked.
fn last_day() -> Day {
    "2026-06-09".parse().unwrap()
}

fn morning() -> Timestamp {
    "2026-06-10T04:00:00Z".parse().unwrap()
}

async fn measure(store: &dyn MetricStore, shape: Shape) {
    fill(store, shape).await;
    let asked: Vec<StoreAccount> =
        (0..shape.accounts).step_by(if shape.accounts > 10 { 10 } else { 1 }).map(account).collect();
    let now = morning() + 2.hours();
    let before = AsOf::At(morning() + 30.minutes());
    let all = format!("last_{}d", shape.days);
    for (name, as_of) in [
        ("yesterday", AsOf::Latest),
        ("last_7d", AsOf::Latest),
        ("last_7d", before),
        ("last_30d", AsOf::Latest),
        (&all, AsOf::Latest),
    ] {
        let window: Window = name.parse().unwrap();
        let past = if as_of == AsOf::Latest { "" } else { ", as of earlier" };
        let spent = worst(&asked, async |account| {
            let span = resolve(&window, now, &account.zone, None, None).unwrap();
            let totals = store.window(account, Kind::Ad, &span, as_of).await.unwrap();
            assert_eq!(u64::try_from(totals.objects.len()).unwrap(), shape.objects);
        })
        .await;
        println!("  window {name:<10}  {spent:>9.1?}{past}");
    }
    let flights = flights(shape, now);
    let spent = worst(&asked, async |account| {
        let totals = store.windows_of(account, Kind::Ad, &flights, AsOf::Latest).await.unwrap();
        assert_eq!(totals.len(), flights.len());
    })
    .await;
    println!("  flights            {spent:>9.1?}, {} different ones", flights.len());
    status(store, shape, &asked, now).await;
    series(store, shape, &asked, now).await;
    let begun = Instant::now();
    store.retain(&asked[0], Retention::default(), now).await.unwrap();
    println!("  retention          {:>9.1?} an account", begun.elapsed());
}

/// What an operator's status asks of an account: four periods with their sums upward.
async fn status(store: &dyn MetricStore, shape: Shape, asked: &[StoreAccount], now: Timestamp) {
    let objects = objects(shape);
    let spent = worst(asked, async |account| {
        let asked =
            Asked { account, told: TOLD, restated_days: 28, objects: &objects, now, as_of: AsOf::Latest };
        figures(store, &asked, &[Kind::Ad], &SHOWN).await.unwrap();
    })
    .await;
    println!("  status of its ads  {spent:>9.1?}, today, yesterday, 7 days and flight");
}

async fn series(store: &dyn MetricStore, shape: Shape, asked: &[StoreAccount], now: Timestamp) {
    let window: Window = format!("last_{}d", shape.days).parse().unwrap();
    let one = id(shape.objects / 2);
    let spent = worst(asked, async |account| {
        let span = resolve(&window, now, &account.zone, None, None).unwrap();
        store.series(account, Kind::Ad, Of::Object(&one), &span, AsOf::Latest).await.unwrap();
    })
    .await;
    println!("  series of one      {spent:>9.1?}, {} days", shape.days);
}

/// The worst account's best run.
async fn worst(asked: &[StoreAccount], ask: impl AsyncFn(&StoreAccount)) -> Duration {
    let mut worst = Duration::ZERO;
    for account in asked {
        let mut best = Duration::MAX;
        for _ in 0..RUNS {
            let begun = Instant::now();
            ask(account).await;
            best = best.min(begun.elapsed());
        }
        worst = worst.max(best);
    }
    worst
}

async fn fill(store: &dyn MetricStore, shape: Shape) {
    let (mut spent, mut again) = (Duration::ZERO, Duration::ZERO);
    for number in 0..shape.accounts {
        let account = account(number);
        let mut from = last_day().checked_sub((shape.days - 1).days()).unwrap();
        let mut seconds = 0;
        while from <= last_day() {
            let to = from.checked_add((MONTH - 1).days()).unwrap().min(last_day());
            let told = reading(shape.objects, (from, to), morning() + seconds.seconds(), 0);
            let begun = Instant::now();
            store.put(&account, &told).await.unwrap();
            spent += begun.elapsed();
            (from, seconds) = (to.tomorrow().unwrap(), seconds + 1);
        }
        let yesterday = last_day().yesterday().unwrap();
        let told = reading(shape.objects, (yesterday, last_day()), morning() + 1.hours(), 1);
        let begun = Instant::now();
        store.put(&account, &told).await.unwrap();
        again += begun.elapsed();
    }
    let rows = shape.accounts * shape.objects * u64::try_from(shape.days).unwrap();
    println!("  first sync         {:>9.0} rows/s", rows as f64 / spent.as_secs_f64());
    println!("  two days again     {:>9.1?} an account", again / u32::try_from(shape.accounts).unwrap());
}

fn id(object: u64) -> ExternalId {
    ExternalId::new((120_210_000_000_000_u64 + object).to_string()).unwrap()
}

/// Ads that started one after the other over the whole time.
fn start(shape: Shape, object: u64) -> Day {
    let days = i64::try_from(object).unwrap() % i64::from(shape.days);
    last_day().saturating_sub(days.days())
}

fn flights(shape: Shape, now: Timestamp) -> Vec<(Span, BTreeSet<ExternalId>)> {
    let mut spans: std::collections::BTreeMap<Day, BTreeSet<ExternalId>> = std::collections::BTreeMap::new();
    for object in 0..shape.objects {
        spans.entry(start(shape, object)).or_default().insert(id(object));
    }
    let zone = account(0).zone;
    spans
        .into_iter()
        .map(|(first, ids)| (resolve(&Window::Flight, now, &zone, Some((first, None)), None).unwrap(), ids))
        .collect()
}

fn objects(shape: Shape) -> Objects {
    let mut objects = Objects::default();
    let zone = account(0).zone;
    for object in 0..shape.objects {
        let start = Slot::day(start(shape, object)).begins(&zone);
        objects.insert(Kind::Ad, id(object), Known { start: Some(start), ..Known::default() });
    }
    objects
}

/// Rows of about the size that real ones have; in a later `version` every twentieth differs.
fn reading(objects: u64, (from, to): (Day, Day), as_of: Timestamp, version: i64) -> Reading {
    let mut rows = Vec::new();
    for slot in Slots::days(from, to).each() {
        for object in 0..objects {
            let number = i64::try_from(object).unwrap() + i64::from(slot.day.day());
            let more = if number % 20 == 0 { version } else { 0 };
            let sums = Sums {
                spend: Some(number * 130_000 + more),
                impressions: Some(number * 17),
                clicks: Some(number % 300),
                conversions: Some(number % 7 * 1_000_000),
                value: Some(number % 7 * 45_000_000),
                reach: None,
                video_views: Some(number % 90),
            };
            rows.push(MetricRow { id: id(object), slot: Slot::day(slot.day), sums });
        }
    }
    Reading {
        level: Kind::Ad,
        granularity: Granularity::Day,
        from,
        to,
        attribution: "7d_click,1d_view".to_owned(),
        as_of,
        rows,
    }
}

fn on_disk(path: &Path) -> String {
    let folder = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let bytes: u64 = folder.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    format!("{:.0} MB", bytes as f64 / 1e6)
}

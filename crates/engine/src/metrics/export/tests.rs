//! Rows and gauges as other programs read them.

use adplane_core::address::Platform;
use adplane_core::ids::AccountId;
use adplane_core::metrics::{MetricRow, MetricSet, Reading, Sums, Window, resolve};
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use jiff::Timestamp;

use super::*;
use crate::metrics::query::{Asked, Objects, Period, figures};
use crate::metrics::store::{AsOf, SqliteOptions, SqliteStore};

const TOLD: MetricSet = &[Metric::Spend, Metric::Impressions, Metric::Conversions];

fn account() -> StoreAccount {
    StoreAccount {
        platform: Platform::Google,
        id: AccountId::new("1").unwrap(),
        currency: Currency::parse("EUR").unwrap(),
        zone: Zone::utc(),
    }
}

fn id(text: &str) -> ExternalId {
    ExternalId::new(text).unwrap()
}

fn address(of: &ExternalId) -> Option<String> {
    (of.as_str() == "1~2").then(|| "google/shop/Ad/a, \"b\"".to_owned())
}

fn reading(as_of: &str, conversions: i64) -> Reading {
    let sums = Sums {
        spend: Some(12_500_000),
        impressions: Some(1_000),
        conversions: Some(conversions),
        ..Sums::default()
    };
    let row =
        |day: &str, object: &str| MetricRow { id: id(object), slot: Slot::day(day.parse().unwrap()), sums };
    Reading {
        level: Kind::Ad,
        granularity: Granularity::Day,
        from: "2026-06-08".parse().unwrap(),
        to: "2026-06-09".parse().unwrap(),
        attribution: "7d_click,1d_view".to_owned(),
        as_of: as_of.parse().unwrap(),
        rows: vec![row("2026-06-08", "1~2"), row("2026-06-09", "1~2"), row("2026-06-09", "1~3")],
    }
}

async fn store(folder: &tempfile::TempDir) -> SqliteStore {
    let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db"))).unwrap();
    store.put(&account(), &reading("2026-06-10T06:00:00Z", 1_500_000)).await.unwrap();
    store.put(&account(), &reading("2026-06-10T07:00:00Z", 333_333)).await.unwrap();
    store
}

fn span(window: &str) -> Span {
    let now: Timestamp = "2026-06-10T08:00:00Z".parse().unwrap();
    resolve(&window.parse().unwrap(), now, &Zone::utc(), None, None).unwrap()
}

async fn exported(which: Which, versions: Versions, format: Format) -> String {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let account = account();
    let named = Named { account: &account, name: "default/shop", address: &address };
    let mut rows = Rows::new(&store, named, Kind::Ad, which, versions, format);
    let mut text = header(format);
    while let Some(day) = rows.next_day().await.unwrap() {
        text.push_str(&day);
    }
    text
}

#[tokio::test]
async fn csv_has_a_header_and_decimals() {
    let latest = Versions::AsOf(AsOf::Latest);
    assert_eq!(
        exported(Which::All(span("yesterday")), latest, Format::Csv).await,
        "account,platform,currency,level,day,hour,id,address,attribution,asOf,spend,impressions,clicks,conversions,\
         value,reach,videoViews\n\
         default/shop,google,EUR,Ad,2026-06-09,,1~2,\"google/shop/Ad/a, \"\"b\"\"\",\"7d_click,1d_view\",\
         2026-06-10T07:00:00Z,12.5,1000,,0.333333,,,\n\
         default/shop,google,EUR,Ad,2026-06-09,,1~3,,\"7d_click,1d_view\",2026-06-10T07:00:00Z,12.5,1000,,0.333333,,,\n"
    );
}

#[tokio::test]
async fn every_version_is_a_line_of_json() {
    let text = exported(Which::All(span("yesterday")), Versions::All, Format::JsonLines).await;
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<(&str, &str, &str)> = lines
        .iter()
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap();
            (text("id"), text("asOf"), text("conversions"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("1~2", "2026-06-10T06:00:00Z", "1.5"),
            ("1~2", "2026-06-10T07:00:00Z", "0.333333"),
            ("1~3", "2026-06-10T06:00:00Z", "1.5"),
            ("1~3", "2026-06-10T07:00:00Z", "0.333333"),
        ]
    );
    assert_eq!(lines[0].get("clicks"), None, "not told is no zero");
}

#[tokio::test]
async fn objects_have_rows_of_their_own_days() {
    let which = Which::Each(BTreeMap::from([
        (id("1~2"), span("last_2d")),
        (id("1~3"), span("last_2d")),
        (id("nobody"), span("yesterday")),
    ]));
    let latest = Versions::AsOf(AsOf::Latest);
    assert_eq!(exported(which, latest, Format::JsonLines).await.lines().count(), 3);
    let one = Which::Each(BTreeMap::from([(id("1~2"), span("yesterday"))]));
    assert_eq!(exported(one, latest, Format::JsonLines).await.lines().count(), 1);
}

#[tokio::test]
async fn what_is_unknown_is_no_sample() {
    let folder = tempfile::tempdir().unwrap();
    let (store, account) = (store(&folder).await, account());
    let asked = Asked {
        account: &account,
        told: TOLD,
        restated_days: 30,
        objects: &Objects::default(),
        now: "2026-06-10T08:00:00Z".parse().unwrap(),
        as_of: AsOf::Latest,
    };
    let periods =
        [Period::Window(Window::Yesterday), Period::Window(Window::LastDays { days: 7, with_today: false })];
    let found = figures(&store, &asked, &[Kind::Ad], &periods).await.unwrap();
    let named = Named { account: &account, name: "default/shop", address: &address };
    let mut gauges = Gauges::default();
    for period in periods {
        gauges.add(&named, Kind::Ad, period, found.level(Kind::Ad, period).unwrap());
    }
    let text = gauges.text();
    let has = |line: &str| text.lines().any(|known| known == line);
    let of = "account=\"default/shop\",platform=\"google\",currency=\"EUR\",level=\"Ad\"";
    assert!(has("# TYPE adplane_delivery_spend gauge"), "{text}");
    assert!(
        has(&format!(
            "adplane_delivery_spend{{{of},window=\"yesterday\",id=\"1~2\",address=\"google/shop/Ad/a, \\\"b\\\"\"}} 12.5"
        )),
        "{text}"
    );
    assert!(has(&format!("adplane_delivery_covered{{{of},window=\"yesterday\"}} 1")), "{text}");
    assert!(has(&format!("adplane_delivery_covered{{{of},window=\"last_7d\"}} 0")), "{text}");
    assert!(!text.contains("window=\"last_7d\",id="), "five days were never read: {text}");
    assert!(!text.contains("adplane_delivery_clicks"), "clicks were not told: {text}");
}

#[tokio::test]
async fn every_count_and_ratio_is_a_gauge_with_its_unit() {
    const ALL: MetricSet =
        &[Metric::Spend, Metric::Impressions, Metric::Clicks, Metric::Conversions, Metric::Value];
    let folder = tempfile::tempdir().unwrap();
    let (store, account) = (store(&folder).await, account());
    let mut reading = reading("2026-06-10T07:30:00Z", 5_000_000);
    for row in &mut reading.rows {
        (row.sums.clicks, row.sums.value) = (Some(50), Some(37_500_000));
    }
    store.put(&account, &reading).await.unwrap();
    let asked = Asked {
        account: &account,
        told: ALL,
        restated_days: 30,
        objects: &Objects::default(),
        now: "2026-06-10T08:00:00Z".parse().unwrap(),
        as_of: AsOf::Latest,
    };
    let period = Period::Window(Window::Yesterday);
    let found = figures(&store, &asked, &[Kind::Ad], &[period]).await.unwrap();
    let named = Named { account: &account, name: "default/shop", address: &address };
    let mut gauges = Gauges::default();
    gauges.add(&named, Kind::Ad, period, found.level(Kind::Ad, period).unwrap());
    let text = gauges.text();
    let of = "account=\"default/shop\",platform=\"google\",currency=\"EUR\",level=\"Ad\",window=\"yesterday\",id=\"1~3\"";
    for (name, value, unit) in [
        ("spend", "12.5", "in units of the label currency"),
        ("impressions", "1000", "Times shown"),
        ("clicks", "50", "Clicks"),
        ("conversions", "5", "fractions"),
        ("value", "37.5", "in units of the label currency"),
        ("ctr", "0.050000", "Clicks for each time shown"),
        ("cpc", "0.250000", "in units of the label currency"),
        ("cpm", "12.500000", "in units of the label currency"),
        ("cpa", "2.500000", "in units of the label currency"),
        ("roas", "3.000000", "Value of conversions"),
    ] {
        let line = format!("adplane_delivery_{name}{{{of},address=\"\"}} {value}");
        assert!(text.lines().any(|known| known == line), "{line} in\n{text}");
        let help = format!("# HELP adplane_delivery_{name} ");
        assert!(
            text.lines().any(|known| known.starts_with(&help) && known.contains(unit)),
            "{help} in\n{text}"
        );
    }
    assert_eq!(text.matches("# HELP ").count(), text.matches("# TYPE ").count(), "each is explained: {text}");
}

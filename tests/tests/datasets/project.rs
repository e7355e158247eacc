//! A project and a metrics store made of the rows, and what `adplane rules backtest` tells of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::{AccountId, ExternalId};
use adplane_core::metrics::{CONVERSION_PARTS, Day, Granularity, MetricRow, Reading, Slot, Sums};
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use adplane_engine::metrics::store::{MetricStore, SqliteOptions, SqliteStore, StoreAccount};
use jiff::civil::date;
use serde_json::Value;

use crate::reckon::Result;
use crate::rows::{LAST, Row, Rows};

/// What the campaigns of the file are in the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Campaigns.
    Campaigns,
    /// Ad groups, in a campaign for each category.
    Groups,
}

const ACCOUNT: &str = "apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: meta-eu, namespace: growth}
spec:
  platform: Meta
  accountId: act_1234567890
  currency: EUR
  timeZone: Europe/Madrid
  credentials: {env: META_EU}
  compliance: {euPoliticalAds: false, dsa: {beneficiary: Shop Ltd, payor: Shop Ltd}}
";

/// What the back-test of a rule of `examples/rules` tells, after these edits of its text.
pub(crate) fn told(rows: &Rows, rule: &str, edits: &[(&str, &str)], shape: Shape) -> Result {
    let folder = tempfile::tempdir().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/rules");
    let mut text = std::fs::read_to_string(examples.join(format!("{rule}.yaml"))).unwrap();
    for (from, to) in edits {
        assert!(text.contains(from), "`{from}` is not in {rule}.yaml");
        text = text.replace(from, to);
    }
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("adplane.yaml", "project: february\n");
    write("rule.yaml", &text);
    write("objects.yaml", &objects(rows, shape));
    std::fs::create_dir(folder.path().join(".adplane")).unwrap();
    fill(&folder.path().join(".adplane/metrics.db"), rows, shape);
    let output = Command::new(adplane_tests::binary().unwrap())
        .args(["rules", "backtest", "--from", "2021-02-03", "--to", "2021-02-28", "--format", "json"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["restated"], false, "{report}");
    read(&report, &format!("growth/{rule}"))
}

fn objects(rows: &Rows, shape: Shape) -> String {
    let mut out = ACCOUNT.to_owned();
    let campaign = |name: &str, id: &str, more: &str| {
        format!(
            "---\napiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {name}, namespace: growth, labels: {{goal: purchase}}, annotations: \
             {{adplane.io/external-id: \"{id}\"}}}}\nspec:\n  account: meta-eu\n  objective: Sales\n  state: Active\n  \
             specialAdCategories: []\n  targeting: {{locations: [ES]}}\n{more}"
        )
    };
    if shape == Shape::Groups {
        for (place, category) in rows.categories().iter().enumerate() {
            out.push_str(&campaign(category, &above(place), ""));
        }
    }
    for (name, line) in &rows.lines {
        let budget = line.budget();
        let amount = format!("{}.{:02} EUR", budget / 100, budget % 100);
        let lent = format!(
            "  rulesMayPause: true\n  budget: {{managed: {{daily: {{initial: {amount}, min: 20.00 EUR, max: {amount}}}}}}}\n  \
             schedule: {{start: \"2021-01-01T00:00:00\"}}\n"
        );
        match shape {
            Shape::Campaigns => out.push_str(&campaign(name, &line.id, &lent)),
            Shape::Groups => write!(
                out,
                "---\napiVersion: adplane.io/v1alpha1\nkind: AdGroup\nmetadata: {{name: {name}, namespace: growth, labels: {{goal: purchase}}, \
                 annotations: {{adplane.io/external-id: \"{}\"}}}}\nspec:\n  campaign: {}\n  state: Active\n  \
                 optimization: {{goal: Purchase}}\n{lent}",
                line.id, line.category
            )
            .unwrap(),
        }
    }
    out
}

/// The id of the campaign of a category, which the file does not have.
fn above(place: usize) -> String {
    format!("77{place}")
}

/// Reads every morning at five of Madrid, from the first day to the one before.
fn fill(path: &Path, rows: &Rows, shape: Shape) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = SqliteStore::open(&SqliteOptions::new(path.to_owned())).unwrap();
    let account = StoreAccount {
        platform: Platform::Meta,
        id: AccountId::new("1234567890").unwrap(),
        currency: Currency::EUR,
        zone: Zone::parse("Europe/Madrid").unwrap(),
    };
    for last in 1..=LAST {
        for (level, rows) in levels(rows, shape, last) {
            let morning = day(last).tomorrow().unwrap();
            let reading = Reading {
                level,
                granularity: Granularity::Day,
                from: day(1),
                to: day(last),
                attribution: "7d_click".to_owned(),
                as_of: format!("{morning}T04:00:00Z").parse().unwrap(),
                rows,
            };
            runtime.block_on(store.put(&account, &reading)).unwrap();
        }
    }
}

fn day(number: u8) -> Day {
    date(2021, 2, i8::try_from(number).unwrap())
}

/// Rows up to a day, by level.
fn levels(rows: &Rows, shape: Shape, last: u8) -> Vec<(Kind, Vec<MetricRow>)> {
    let row = |id: &str, number: u8, row: Row| {
        let sums = Sums {
            spend: Some(row.spend * 10_000),
            impressions: Some(row.impressions),
            clicks: Some(row.clicks),
            conversions: Some(row.orders * CONVERSION_PARTS),
            value: Some(row.revenue * 10_000),
            reach: None,
            video_views: Some(0),
        };
        MetricRow { id: ExternalId::new(id).unwrap(), slot: Slot::day(day(number)), sums }
    };
    let mut own = Vec::new();
    for line in rows.lines.values() {
        own.extend(line.days.range(..=last).map(|(number, found)| row(&line.id, *number, *found)));
    }
    if shape == Shape::Campaigns {
        return vec![(Kind::Campaign, own)];
    }
    let mut sums: BTreeMap<(String, u8), Row> = BTreeMap::new();
    for (place, category) in rows.categories().iter().enumerate() {
        for line in rows.lines.values().filter(|line| line.category == **category) {
            for (number, found) in line.days.range(..=last) {
                let sum = sums.entry((above(place), *number)).or_default();
                sum.spend += found.spend;
                sum.impressions += found.impressions;
                sum.clicks += found.clicks;
                sum.orders += found.orders;
                sum.revenue += found.revenue;
            }
        }
    }
    let over = sums.iter().map(|((id, number), found)| row(id, *number, *found)).collect();
    vec![(Kind::Campaign, over), (Kind::AdGroup, own)]
}

/// The report of one rule, in the words of the plain count.
fn read(report: &Value, rule: &str) -> Result {
    let mut result = Result::default();
    let name = |address: &str| address.rsplit('/').next().unwrap().to_owned();
    let number = |day: &str| day.strip_prefix("2021-02-").unwrap().parse().unwrap();
    let review = &report["rules"][rule];
    for (address, fired) in review["fired"].as_object().unwrap() {
        assert_eq!(fired["proposals"], 0, "{fired}");
        let days = fired["days"].as_object().unwrap();
        assert!(days.values().all(|times| *times == 1), "once a day: {fired}");
        result.fired.insert(name(address), days.keys().map(|day| number(day)).collect());
    }
    for amount in review["money"].as_object().unwrap().values() {
        result.money += cents(amount);
    }
    for (day, amount) in report["budgets"]["growth/meta-eu"]["days"].as_object().unwrap() {
        result.budgets.insert(number(day), cents(amount));
    }
    for pause in report["pauses"].as_array().unwrap().iter().filter(|pause| !pause["days"].is_null()) {
        let orders = pause["conversions"].as_i64().unwrap();
        assert_eq!(orders % CONVERSION_PARTS, 0);
        let followed = (cents(&pause["spend"]), orders / CONVERSION_PARTS);
        result.followed.insert(name(pause["object"].as_str().unwrap()), followed);
    }
    result
}

/// `7307.37 EUR` as 730737.
fn cents(amount: &Value) -> i64 {
    amount.as_str().unwrap().strip_suffix(" EUR").unwrap().replace('.', "").parse().unwrap()
}

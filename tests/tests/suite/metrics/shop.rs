//! The example shop, in any of the sandbox's currencies, and the adapters that read its reports.

use std::sync::Arc;

use adplane_core::address::{AccountKey, Kind, Platform};
use adplane_core::ids::{AccountId, Namespace, ObjectName};
use adplane_core::metrics::{Granularity, Metric, Reading, Sums};
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use adplane_engine::error::PlatformError;
use adplane_engine::port::{AccountConnection, Adapter, MetricsRequest};
use adplane_platforms::http::HttpSettings;
use serde_json::{Value as Json, json};

use crate::black_box::bench::Bench;

pub(super) const PLATFORMS: [Platform; 3] = [Platform::Google, Platform::Meta, Platform::TikTok];
pub(super) const LEVELS: [Kind; 3] = [Kind::Campaign, Kind::AdGroup, Kind::Ad];
pub(super) const GRANULARITIES: [Granularity; 2] = [Granularity::Day, Granularity::Hour];

/// Of the three seeded accounts of each platform, one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Currencies {
    pub(super) number: u8,
    pub(super) currency: &'static str,
    pub(super) zone: &'static str,
}

pub(super) const EUR: Currencies = Currencies { number: 1, currency: "EUR", zone: "Europe/Madrid" };
pub(super) const JPY: Currencies = Currencies { number: 3, currency: "JPY", zone: "Asia/Tokyo" };

impl Currencies {
    fn account(self, platform: Platform) -> String {
        match platform {
            Platform::Google => format!("100000000{}", self.number),
            Platform::Meta => format!("act_100000000{}", self.number),
            Platform::TikTok => format!("700000000000000000{}", self.number),
        }
    }
}

/// A running shop.
pub(super) struct Shop {
    pub(super) bench: Bench,
    of: Currencies,
}

impl Shop {
    /// The example shop, applied at an instant.
    pub(super) async fn open(of: Currencies, at: &str) -> Self {
        let bench = Bench::at(at).await;
        if of.currency != "EUR" {
            rewrite(&bench, of);
        }
        bench.run(&["apply", "--auto-approve"]).await.exits(0);
        Self { bench, of }
    }

    pub(super) fn account(&self, platform: Platform) -> String {
        self.of.account(platform)
    }

    pub(super) fn adapter(&self, platform: Platform) -> Arc<dyn Adapter> {
        let word = platform.slug().to_owned();
        let connection = AccountConnection {
            key: AccountKey {
                namespace: Namespace::new("default").unwrap(),
                name: ObjectName::new(&word).unwrap(),
            },
            platform,
            account_id: AccountId::new(self.account(platform).trim_start_matches("act_")).unwrap(),
            currency: Currency::parse(self.of.currency).unwrap(),
            zone: Zone::parse(self.of.zone).unwrap(),
            endpoint: Some(format!("{}/{word}", self.bench.url())),
            token_endpoint: None,
            login_customer_id: (platform == Platform::Google).then(|| "1000000000".into()),
            credentials: json!({"access_token": "sandbox-token"}).to_string().into(),
        };
        let settings =
            HttpSettings { first_wait: std::time::Duration::from_millis(10), ..HttpSettings::default() };
        adplane_platforms::connect(connection, settings).unwrap()
    }

    /// A reading of some days.
    pub(super) async fn read(
        &self,
        adapter: &dyn Adapter,
        (level, granularity): (Kind, Granularity),
        (from, to): (&str, &str),
    ) -> Result<Reading, PlatformError> {
        let request = MetricsRequest {
            level,
            granularity,
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            as_of: self.bench.now().await,
        };
        let reading = adapter.metrics(&request).await?;
        assert_eq!((reading.level, reading.granularity, reading.as_of), (level, granularity, request.as_of));
        assert_eq!((reading.from, reading.to), (request.from, request.to));
        assert!(!reading.attribution.is_empty());
        Ok(reading)
    }

    /// What the sandbox says that an account delivered so far.
    pub(super) async fn delivered(&self, platform: Platform) -> Json {
        let account = self.account(platform);
        let all = self.bench.delivery().await;
        all.iter().find(|entry| entry["account"] == json!(account)).cloned().unwrap_or(Json::Null)
    }
}

/// The sum of a reading's rows; of what one row does not tell, that of those which do.
pub(super) fn total(reading: &Reading) -> Sums {
    let mut sum = Sums::zero(&[]);
    for metric in Metric::ALL {
        let told: Vec<i64> = reading.rows.iter().filter_map(|row| row.sums.get(metric)).collect();
        sum.set(metric, (!told.is_empty()).then(|| told.iter().sum()));
    }
    sum
}

/// The examples with another account, its currency and its zone.
fn rewrite(bench: &Bench, of: Currencies) {
    let mut files = vec!["accounts.yaml".to_owned()];
    for folder in ["google", "meta", "tiktok"] {
        for entry in std::fs::read_dir(bench.path(folder)).unwrap() {
            files.push(format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()));
        }
    }
    // They guard amounts in euros.
    for file in ["policies.yaml", "policies.cases.yaml"] {
        std::fs::remove_file(bench.path(file)).unwrap();
    }
    for file in files {
        let mut text = std::fs::read_to_string(bench.path(&file)).unwrap();
        for platform in PLATFORMS {
            text = text.replace(&EUR.account(platform), &of.account(platform));
        }
        text = text.replace("currency: EUR", &format!("currency: {}", of.currency));
        text = text.replace("timeZone: Europe/Madrid", &format!("timeZone: {}", of.zone));
        bench.write(&file, amounts(&text, of.currency));
    }
}

/// `12.50 EUR` as `1250 JPY`.
fn amounts(text: &str, currency: &str) -> String {
    let mut parts = text.split(" EUR");
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(point) = written.len().checked_sub(3).filter(|at| written[*at..].starts_with('.')) {
            written.remove(point);
        }
        written.push(' ');
        written.push_str(currency);
        written.push_str(part);
    }
    written
}

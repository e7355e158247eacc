//! What is counted and measured, in the form of `OpenMetrics`.
//!
//! Amounts are whole millionths of the account's currency; times are seconds since 1970, so that an age is
//! `time() - x`. What belongs to an account goes away with it ([`Metrics::forget`]).

mod delivery;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use adplane_core::address::AccountKey;
use adplane_core::money::Currency;
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use self::delivery::Delivery;
use crate::delivered::Windows;

/// Buckets of a reconcile: from one that finds nothing to do to one that applies a large plan.
const SECONDS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0];

/// The sides of a budget.
const SIDES: [&str; 2] = ["live", "wanted"];

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Account {
    namespace: String,
    account: String,
}

impl Account {
    fn of(key: &AccountKey) -> Self {
        Self { namespace: key.namespace.to_string(), account: key.name.to_string() }
    }
}

/// An account, and one word about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AccountResult {
    namespace: String,
    account: String,
    result: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AccountClass {
    namespace: String,
    account: String,
    class: String,
}

/// An amount of an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AccountMoney {
    namespace: String,
    account: String,
    currency: String,
    /// `live` or `wanted`.
    side: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Watch {
    kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// How a reconcile ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing had to be done.
    Unchanged,
    /// A plan waits for people.
    Planned,
    /// Something was written to the platform.
    Applied,
    /// It failed and is tried again.
    Failed,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Planned => "planned",
            Self::Applied => "applied",
            Self::Failed => "failed",
        }
    }
}

type Histograms = Family<Account, Histogram, fn() -> Histogram>;

/// Everything that is counted and measured.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reconciles: Family<AccountResult, Counter>,
    seconds: Histograms,
    last_success: Family<Account, Gauge>,
    plan_since: Family<Account, Gauge>,
    pending: Family<Account, Gauge>,
    drift: Family<Account, Gauge>,
    quota: Family<Account, Gauge>,
    errors: Family<AccountClass, Counter>,
    writes: Family<AccountResult, Counter>,
    budget: Family<AccountMoney, Gauge>,
    /// The currency of each account whose budgets are told.
    currencies: Mutex<BTreeMap<AccountKey, String>>,
    shards: Gauge<u64, AtomicU64>,
    watch_restarts: Family<Watch, Counter>,
    guards_missing: Gauge,
    delivery: Delivery,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("adplane"),
            reconciles: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            last_success: Family::default(),
            plan_since: Family::default(),
            pending: Family::default(),
            drift: Family::default(),
            quota: Family::default(),
            errors: Family::default(),
            writes: Family::default(),
            budget: Family::default(),
            currencies: Mutex::default(),
            shards: Gauge::default(),
            watch_restarts: Family::default(),
            guards_missing: Gauge::default(),
            delivery: Delivery::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("reconciles", "Reconciles of an account by result", self.reconciles.clone());
        registry.register_with_unit(
            "reconcile_duration",
            "How long a reconcile took",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register_with_unit(
            "last_success_timestamp",
            "When a reconcile of the account last succeeded",
            Unit::Seconds,
            self.last_success.clone(),
        );
        registry.register_with_unit(
            "plan_pending_since_timestamp",
            "Since when the account's plan waits",
            Unit::Seconds,
            self.plan_since.clone(),
        );
        registry.register(
            "pending_approvals",
            "Whether a plan of the account waits for an approval",
            self.pending.clone(),
        );
        registry.register(
            "drift_fields",
            "Fields that differ on the platform from what was applied",
            self.drift.clone(),
        );
        registry.register(
            "vendor_quota_left",
            "Operations left of the platform's quota, where it tells",
            self.quota.clone(),
        );
        registry.register("errors", "Errors by class", self.errors.clone());
        registry.register("writes", "Writes to the platform by result", self.writes.clone());
        registry.register(
            "daily_budget_micros",
            "Daily budgets in millionths of the currency, as live and as wanted",
            self.budget.clone(),
        );
        registry.register("shards_held", "Shards whose lease this replica holds", self.shards.clone());
        registry.register(
            "watch_restarts",
            "Watches of the cluster that had to be started again",
            self.watch_restarts.clone(),
        );
        registry.register(
            "guards_missing",
            "Admission policies and bindings that are absent or changed",
            self.guards_missing.clone(),
        );
        self.delivery.register(registry);
        let build: Family<Build, Gauge> = Family::default();
        build.get_or_create(&Build { version: env!("CARGO_PKG_VERSION") }).set(1);
        registry.register("build_info", "The operator's version", build);
    }

    /// Everything as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a `String` cannot fail; what is there is served.
        if encode(&mut text, &self.registry).is_err() {
            let _ = writeln!(text, "# EOF");
        }
        text
    }

    /// A reconcile ended.
    pub fn reconciled(&self, account: &AccountKey, outcome: Outcome, took: Duration, at: Timestamp) {
        self.reconciles.get_or_create(&result(account, outcome.word())).inc();
        self.seconds.get_or_create(&Account::of(account)).observe(took.as_secs_f64());
        if outcome != Outcome::Failed {
            self.last_success.get_or_create(&Account::of(account)).set(at.as_second());
        }
    }

    /// Since when a plan of an account waits; `None` when none does.
    pub fn plan_pending(&self, account: &AccountKey, since: Option<Timestamp>) {
        let label = Account::of(account);
        self.pending.get_or_create(&label).set(i64::from(since.is_some()));
        match since {
            Some(since) => {
                self.plan_since.get_or_create(&label).set(since.as_second());
            }
            None => {
                self.plan_since.remove(&label);
            }
        }
    }

    /// Fields that changed on the platform.
    pub fn drift(&self, account: &AccountKey, fields: usize) {
        self.drift.get_or_create(&Account::of(account)).set(i64::try_from(fields).unwrap_or(i64::MAX));
    }

    /// Operations left of the platform's quota; `None` where it does not tell.
    pub fn quota(&self, account: &AccountKey, left: Option<u64>) {
        let label = Account::of(account);
        match left {
            Some(left) => {
                self.quota.get_or_create(&label).set(i64::try_from(left).unwrap_or(i64::MAX));
            }
            None => {
                self.quota.remove(&label);
            }
        }
    }

    /// An error of a class.
    pub fn error(&self, account: &AccountKey, class: &str) {
        let AccountKey { namespace, name } = account;
        let label = AccountClass {
            namespace: namespace.to_string(),
            account: name.to_string(),
            class: class.to_owned(),
        };
        self.errors.get_or_create(&label).inc();
    }

    /// Writes to the platform: how many were carried out and how many failed.
    pub fn writes(&self, account: &AccountKey, done: u64, failed: u64) {
        self.writes.get_or_create(&result(account, "done")).inc_by(done);
        self.writes.get_or_create(&result(account, "failed")).inc_by(failed);
    }

    /// Daily budgets of an account in millionths, as live and as wanted.
    pub fn daily_budget(&self, account: &AccountKey, currency: &str, live: i64, wanted: i64) {
        let mut currencies = self.currencies.lock().unwrap_or_else(PoisonError::into_inner);
        currencies.insert(account.clone(), currency.to_owned());
        for (side, amount) in SIDES.into_iter().zip([live, wanted]) {
            self.budget.get_or_create(&money(account, currency, side)).set(amount);
        }
    }

    /// What an account delivered, as it is known now.
    pub fn delivery(&self, account: &AccountKey, currency: Currency, told: &Windows) {
        self.delivery.set(account, currency, told);
    }

    /// How many shards this replica holds.
    pub fn shards_held(&self, count: usize) {
        self.shards.set(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// A watch of a kind was started again.
    pub fn watch_restarted(&self, kind: &str) {
        self.watch_restarts.get_or_create(&Watch { kind: kind.to_owned() }).inc();
    }

    /// How many policies and bindings are absent or changed.
    pub fn guards_missing(&self, count: usize) {
        self.guards_missing.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// An account is gone, or another replica's by now: its gauges would go stale. Counters stay.
    pub fn forget(&self, account: &AccountKey) {
        self.delivery.forget(account);
        let label = Account::of(account);
        for gauges in [&self.last_success, &self.plan_since, &self.pending, &self.drift, &self.quota] {
            gauges.remove(&label);
        }
        let currency = self.currencies.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
        for side in SIDES {
            if let Some(currency) = &currency {
                self.budget.remove(&money(account, currency, side));
            }
        }
    }
}

fn result(account: &AccountKey, word: &str) -> AccountResult {
    let AccountKey { namespace, name } = account;
    AccountResult { namespace: namespace.to_string(), account: name.to_string(), result: word.to_owned() }
}

fn money(account: &AccountKey, currency: &str, side: &'static str) -> AccountMoney {
    let AccountKey { namespace, name } = account;
    AccountMoney {
        namespace: namespace.to_string(),
        account: name.to_string(),
        currency: currency.to_owned(),
        side,
    }
}

#[cfg(test)]
mod tests {
    use adplane_core::metrics::Sums;

    use super::*;
    use crate::delivered::Counts;

    fn account() -> AccountKey {
        AccountKey { namespace: "growth".parse().unwrap(), name: "meta-eu".parse().unwrap() }
    }

    fn has(metrics: &Metrics, line: &str) -> bool {
        metrics.text().lines().any(|found| found == line)
    }

    #[test]
    fn what_happened_can_be_read() {
        let metrics = Metrics::new();
        let at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        metrics.reconciled(&account(), Outcome::Applied, Duration::from_millis(200), at);
        metrics.plan_pending(&account(), Some(at));
        metrics.drift(&account(), 2);
        metrics.quota(&account(), Some(900));
        metrics.error(&account(), "RateLimited");
        metrics.writes(&account(), 3, 1);
        metrics.daily_budget(&account(), "EUR", 120_000_000, 150_000_000);
        metrics.shards_held(1);
        metrics.watch_restarted("Campaign");
        metrics.guards_missing(2);
        let of = "namespace=\"growth\",account=\"meta-eu\"";
        for line in [
            format!("adplane_reconciles_total{{{of},result=\"applied\"}} 1"),
            format!("adplane_reconcile_duration_seconds_bucket{{le=\"0.25\",{of}}} 1"),
            format!("adplane_last_success_timestamp_seconds{{{of}}} 1772366400"),
            format!("adplane_plan_pending_since_timestamp_seconds{{{of}}} 1772366400"),
            format!("adplane_pending_approvals{{{of}}} 1"),
            format!("adplane_drift_fields{{{of}}} 2"),
            format!("adplane_vendor_quota_left{{{of}}} 900"),
            format!("adplane_errors_total{{{of},class=\"RateLimited\"}} 1"),
            format!("adplane_writes_total{{{of},result=\"failed\"}} 1"),
            format!("adplane_daily_budget_micros{{{of},currency=\"EUR\",side=\"wanted\"}} 150000000"),
            "adplane_shards_held 1".to_owned(),
            "adplane_watch_restarts_total{kind=\"Campaign\"} 1".to_owned(),
            "adplane_guards_missing 2".to_owned(),
            "# EOF".to_owned(),
        ] {
            assert!(has(&metrics, &line), "{line} in\n{}", metrics.text());
        }
    }

    #[test]
    fn a_failure_is_no_success_and_a_plan_that_is_done_has_no_age() {
        let metrics = Metrics::new();
        let at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        metrics.reconciled(&account(), Outcome::Failed, Duration::from_secs(1), at);
        metrics.plan_pending(&account(), Some(at));
        metrics.plan_pending(&account(), None);
        let text = metrics.text();
        assert!(!text.contains("last_success_timestamp_seconds{"), "{text}");
        assert!(!text.contains("plan_pending_since_timestamp_seconds{"), "{text}");
        assert!(has(&metrics, "adplane_pending_approvals{namespace=\"growth\",account=\"meta-eu\"} 0"));
    }

    /// Ten euros spent in every window but the last, of which nothing is known.
    fn windows() -> Windows {
        let sums = Sums { spend: Some(10_000_000), conversions: Some(1_500_000), ..Sums::default() };
        let known = Some(Counts { sums, as_of: "2026-03-01T12:00:00Z".parse().unwrap() });
        [known, known, known, None]
    }

    #[test]
    fn what_was_delivered_can_be_read_and_what_is_not_known_is_no_sample() {
        let metrics = Metrics::new();
        metrics.delivery(&account(), Currency::EUR, &windows());
        let of = "namespace=\"growth\",account=\"meta-eu\"";
        for line in [
            format!("adplane_delivery_spend_micros{{{of},currency=\"EUR\",window=\"last_7d\"}} 10000000"),
            format!(
                "adplane_delivery_conversions_millionths{{{of},currency=\"EUR\",window=\"today\"}} 1500000"
            ),
            format!("adplane_delivery_as_of_timestamp_seconds{{{of}}} 1772366400"),
        ] {
            assert!(has(&metrics, &line), "{line} in\n{}", metrics.text());
        }
        let text = metrics.text();
        assert!(!text.contains("flight") && !text.contains("delivery_clicks{"), "{text}");
        metrics.delivery(&account(), Currency::USD, &windows());
        assert!(!metrics.text().contains("EUR"), "of another currency nothing is left");
    }

    #[test]
    fn every_count_and_ratio_of_an_account_is_a_gauge() {
        let sums = Sums {
            spend: Some(12_000_000),
            impressions: Some(4_000),
            clicks: Some(100),
            conversions: Some(3_000_000),
            value: Some(36_000_000),
            ..Sums::default()
        };
        let known = Counts { sums, as_of: "2026-03-01T12:00:00Z".parse().unwrap() };
        let metrics = Metrics::new();
        metrics.delivery(&account(), Currency::EUR, &[None, None, Some(known), None]);
        let of = "namespace=\"growth\",account=\"meta-eu\",currency=\"EUR\",window=\"last_7d\"";
        for (name, value) in [
            ("spend_micros", "12000000"),
            ("value_micros", "36000000"),
            ("impressions", "4000"),
            ("clicks", "100"),
            ("conversions_millionths", "3000000"),
            ("ctr_ratio", "0.025"),
            ("cpc_micros", "120000.0"),
            ("cpa_micros", "4000000.0"),
            ("roas_ratio", "3.0"),
        ] {
            let line = format!("adplane_delivery_{name}{{{of}}} {value}");
            assert!(has(&metrics, &line), "{line} in\n{}", metrics.text());
        }
        metrics.forget(&account());
        assert!(!metrics.text().contains("meta-eu"));
        let nothing = Counts { sums: Sums { clicks: Some(0), conversions: Some(0), ..sums }, ..known };
        metrics.delivery(&account(), Currency::EUR, &[Some(nothing), None, None, None]);
        let text = metrics.text();
        assert!(
            !text.contains("cpc_micros{") && !text.contains("cpa_micros{"),
            "nothing to divide by: {text}"
        );
    }

    #[test]
    fn an_account_that_is_gone_leaves_no_gauges() {
        let metrics = Metrics::new();
        metrics.drift(&account(), 2);
        metrics.daily_budget(&account(), "EUR", 1, 2);
        metrics.delivery(&account(), Currency::EUR, &windows());
        metrics.forget(&account());
        let text = metrics.text();
        assert!(!text.contains("meta-eu"), "{text}");
    }
}

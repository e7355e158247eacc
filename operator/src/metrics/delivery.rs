//! What accounts delivered, as gauges. Of an account, not of its objects: those are many, and their statuses tell them.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use adplane_core::address::AccountKey;
use adplane_core::metrics::{Metric, Ratio};
use adplane_core::money::Currency;
use adplane_engine::metrics::query::SHOWN;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::Account;
use crate::delivered::Windows;

/// An account, its currency and a window.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    namespace: String,
    account: String,
    currency: String,
    /// `today`, `yesterday`, `last_7d`, `flight`.
    window: String,
}

/// Counts that are told, with the names of their gauges.
const COUNTS: [(Metric, &str, &str); 5] = [
    (Metric::Spend, "delivery_spend_micros", "Money spent, in millionths of the currency"),
    (Metric::Value, "delivery_value_micros", "Value of conversions, in millionths of the currency"),
    (Metric::Impressions, "delivery_impressions", "Times shown"),
    (Metric::Clicks, "delivery_clicks", "Clicks"),
    (Metric::Conversions, "delivery_conversions_millionths", "Conversions in millionths"),
];

/// Ratios of the sums that are told, with the names of their gauges and by how much they are multiplied.
const RATIOS: [(Ratio, &str, &str, f64); 4] = [
    (Ratio::Ctr, "delivery_ctr_ratio", "Clicks for each time shown", 1.0),
    (Ratio::Cpc, "delivery_cpc_micros", "Money for a click, in millionths of the currency", 1e6),
    (Ratio::Cpa, "delivery_cpa_micros", "Money for a conversion, in millionths of the currency", 1e6),
    (Ratio::Roas, "delivery_roas_ratio", "Value of conversions for the money spent", 1.0),
];

/// A gauge of a fraction.
type Fraction = Gauge<f64, AtomicU64>;

/// The gauges.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    counts: [Family<Labels, Gauge>; COUNTS.len()],
    ratios: [Family<Labels, Fraction>; RATIOS.len()],
    as_of: Family<Account, Gauge>,
    /// The currency of each account that is told.
    currencies: Mutex<BTreeMap<AccountKey, String>>,
}

impl Delivery {
    pub(super) fn register(&self, registry: &mut Registry) {
        for ((_, name, help), family) in COUNTS.into_iter().zip(&self.counts) {
            registry.register(name, help, family.clone());
        }
        for ((_, name, help, _), family) in RATIOS.into_iter().zip(&self.ratios) {
            registry.register(name, help, family.clone());
        }
        registry.register_with_unit(
            "delivery_as_of_timestamp",
            "When the platform was asked for today's figures, the part that was asked longest ago",
            Unit::Seconds,
            self.as_of.clone(),
        );
    }

    /// What an account delivered. A number that is not known is no sample: zero would be taken for one.
    pub(super) fn set(&self, account: &AccountKey, currency: Currency, told: &Windows) {
        self.forget(account);
        let currency = currency.to_string();
        for (labels, counts) in windows(account, &currency).into_iter().zip(told) {
            for ((metric, ..), family) in COUNTS.into_iter().zip(&self.counts) {
                if let Some(count) = counts.as_ref().and_then(|counts| counts.sums.get(metric)) {
                    family.get_or_create(&labels).set(count);
                }
            }
            for ((ratio, .., times), family) in RATIOS.into_iter().zip(&self.ratios) {
                if let Some(value) = counts.as_ref().and_then(|counts| counts.sums.ratio(ratio)) {
                    family.get_or_create(&labels).set(value * times);
                }
            }
        }
        let [today, ..] = told;
        if let Some(counts) = today {
            self.as_of.get_or_create(&Account::of(account)).set(counts.as_of.as_second());
        }
        self.currencies.lock().unwrap_or_else(PoisonError::into_inner).insert(account.clone(), currency);
    }

    pub(super) fn forget(&self, account: &AccountKey) {
        self.as_of.remove(&Account::of(account));
        let known = self.currencies.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
        let Some(currency) = known else { return };
        for labels in windows(account, &currency) {
            for family in &self.counts {
                family.remove(&labels);
            }
            for family in &self.ratios {
                family.remove(&labels);
            }
        }
    }
}

/// The labels of each window.
fn windows(account: &AccountKey, currency: &str) -> [Labels; SHOWN.len()] {
    SHOWN.map(|period| {
        let Account { namespace, account } = Account::of(account);
        Labels { namespace, account, currency: currency.to_owned(), window: period.to_string() }
    })
}

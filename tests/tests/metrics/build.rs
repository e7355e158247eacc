//! Accounts and readings that start valid; a case shows only what it is about.

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::{AccountId, ExternalId};
use adplane_core::metrics::{
    Day, Granularity, Metric, MetricRow, MetricSet, Reading, Slot, Span, Sums, Window, WindowTotals, resolve,
};
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use adplane_engine::metrics::store::{AsOf, MetricStore, StoreAccount};
use jiff::Timestamp;

/// What the readings here tell.
pub(crate) const TOLD: MetricSet = &[Metric::Spend, Metric::Clicks, Metric::Conversions];

pub(crate) fn account() -> StoreAccount {
    StoreAccount {
        platform: Platform::Meta,
        id: AccountId::new("1001").unwrap(),
        currency: Currency::parse("EUR").unwrap(),
        zone: Zone::parse("Europe/Madrid").unwrap(),
    }
}

pub(crate) fn id(text: impl std::fmt::Display) -> ExternalId {
    ExternalId::new(format!("{text}")).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Spend in whole units of money; clicks and conversions follow from it.
pub(crate) fn spent(units: i64) -> Sums {
    Sums {
        spend: Some(units * 1_000_000),
        clicks: Some(units),
        conversions: Some(units * 100_000),
        ..Sums::default()
    }
}

/// A reading of ads by day.
pub(crate) fn reading(from: &str, to: &str, as_of: &str) -> Reading {
    Reading {
        level: Kind::Ad,
        granularity: Granularity::Day,
        from: day(from),
        to: day(to),
        attribution: "7d_click,1d_view".to_owned(),
        as_of: at(as_of),
        rows: Vec::new(),
    }
}

pub(crate) trait With: Sized {
    /// An object's sums on a day.
    fn with(self, object: &str, on: &str, sums: Sums) -> Self;
    /// An object's sums in an hour.
    fn with_hour(self, object: &str, on: &str, hour: u8, sums: Sums) -> Self;
    fn by_hour(self) -> Self;
    fn labelled(self, attribution: &str) -> Self;
}

impl With for Reading {
    fn with(mut self, object: &str, on: &str, sums: Sums) -> Self {
        self.rows.push(MetricRow { id: id(object), slot: Slot::day(day(on)), sums });
        self
    }

    fn with_hour(mut self, object: &str, on: &str, hour: u8, sums: Sums) -> Self {
        self.rows.push(MetricRow { id: id(object), slot: Slot::hour(day(on), hour), sums });
        self
    }

    fn by_hour(self) -> Self {
        Self { granularity: Granularity::Hour, ..self }
    }

    fn labelled(self, attribution: &str) -> Self {
        Self { attribution: attribution.to_owned(), ..self }
    }
}

pub(crate) fn span(window: &str, now: &str) -> Span {
    let window: Window = window.parse().unwrap();
    resolve(&window, at(now), &account().zone, None, None).unwrap()
}

/// A window of ads, as is known now.
pub(crate) async fn window(store: &dyn MetricStore, name: &str, now: &str) -> WindowTotals {
    store.window(&account(), Kind::Ad, &span(name, now), AsOf::Latest).await.unwrap()
}

/// Each object's spend in whole units, and the gaps.
pub(crate) fn shown(totals: &WindowTotals) -> String {
    let objects = totals.objects.iter().map(|(id, sums)| match sums.spend {
        Some(spend) => format!("{id}={}", spend / 1_000_000),
        None => format!("{id}=?"),
    });
    let gaps = totals.gaps.iter().map(|gap| format!("[{gap}]"));
    objects.chain(gaps).collect::<Vec<_>>().join(" ")
}

//! How late an account's conversions come, and which of its days have settled.

use adplane_core::address::Kind;
use adplane_core::metrics::completeness::{Completeness, HISTORY_DAYS, Triangle};
use adplane_core::metrics::{Day, Granularity, Metric, Span};
use jiff::{Timestamp, ToSpan};

use crate::metrics::store::{AsOf, MetricStore, StoreAccount, StoreError};

/// Learned from how the account's campaigns were restated.
#[derive(Debug, Clone, PartialEq)]
pub struct Settling {
    /// How complete days are, by age.
    pub completeness: Completeness,
    /// The account's day on which it was read last; `None` where it never was.
    pub known_on: Option<Day>,
}

impl Settling {
    /// Learns from what was known as of an instant. `look_back` is for how many days the platform restates.
    pub async fn learn(
        store: &dyn MetricStore,
        account: &StoreAccount,
        look_back: u16,
        as_of: AsOf,
    ) -> Result<Self, StoreError> {
        let unknown = Self { completeness: Completeness::by_look_back(look_back), known_on: None };
        let readings = store.readings(account, Kind::Campaign, Granularity::Day).await?;
        let counts = |at: &Timestamp| match as_of {
            AsOf::Latest => true,
            AsOf::At(limit) => *at <= limit,
        };
        let Some(newest) = readings.iter().map(|read| read.as_of).filter(counts).max() else {
            return Ok(unknown);
        };
        let known_on = newest.to_zoned(account.zone.rules()).date();
        let first = known_on.saturating_sub(i32::from(HISTORY_DAYS + look_back).days());
        let last = known_on.yesterday().unwrap_or(known_on);
        let told =
            store.restatements(account, Kind::Campaign, Metric::Conversions, (first, last), as_of).await?;
        let triangle = Triangle::new(&told, look_back, &account.zone);
        Ok(Self { completeness: Completeness::learn(&triangle, look_back), known_on: Some(known_on) })
    }

    /// The newest day whose conversions have come in, by and large.
    pub fn through(&self) -> Option<Day> {
        self.completeness.settled_through(self.known_on?)
    }

    /// Which share of a span's conversions has come in, its days taken alike; `None` where nobody can tell of one of
    /// them, such as today.
    pub fn share(&self, span: &Span) -> Option<f64> {
        if span.granularity == Granularity::Hour {
            return None;
        }
        let known_on = self.known_on?;
        let (mut sum, mut days) = (0.0, 0.0);
        for slot in span.slots() {
            let age = u16::try_from((known_on - slot.day).get_days()).ok()?;
            sum += self.completeness.at(age)?;
            days += 1.0;
        }
        (days > 0.0).then(|| sum / days)
    }
}

//! What the store's days foretell of an object or an account, for people. Rules ask `engine::rules`, of many objects at
//! once and as of their tick; both learn from the same days.

use std::collections::BTreeMap;

use adplane_core::address::Kind;
use adplane_core::anomaly::{self, Drift, Settings};
use adplane_core::forecast::{HISTORY_DAYS, Outlook};
use adplane_core::metrics::{Day, Granularity, Metric, MetricSet, Slots, Span, Unknown};
use jiff::{Timestamp, ToSpan};

use super::query::Settling;
use super::store::{AsOf, MetricStore, Of, StoreAccount, StoreError};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Of which account.
    pub account: &'a StoreAccount,
    /// What its platform tells.
    pub told: MetricSet,
    /// For how many days its platform restates.
    pub restated_days: u16,
    /// The level whose reports count; of an account that of campaigns.
    pub level: Kind,
    /// Of which object, or of all of them.
    pub of: Of<'a>,
    /// What is forecast.
    pub metric: Metric,
    /// The instant.
    pub now: Timestamp,
    /// As of when.
    pub as_of: AsOf,
}

/// The days, and what they foretell.
#[derive(Debug)]
pub struct Foretold {
    /// The days that are learned from, and what models tell.
    pub outlook: Outlook,
    /// The account's day: the first that is forecast.
    pub today: Day,
    /// Whether the newest known days drift away from those before; `None` where they cannot be judged.
    pub drift: Option<Drift>,
}

impl Question<'_> {
    /// Reads the days that are known: those that are over and were read since all of them was counted; of conversions
    /// and their value those that have come in.
    ///
    /// # Errors
    /// When the platform does not tell the metric, or the store cannot be read.
    pub async fn ask(&self, store: &dyn MetricStore) -> Result<Result<Foretold, Unknown>, StoreError> {
        if !self.told.contains(&self.metric) {
            return Ok(Err(Unknown::NotTold(self.metric)));
        }
        let zone = &self.account.zone;
        let today = self.now.to_zoned(zone.rules()).date();
        let nothing = || Foretold { outlook: Outlook::new(&BTreeMap::new(), today), today, drift: None };
        let Ok(yesterday) = today.yesterday() else { return Ok(Ok(nothing())) };
        let last = if matches!(self.metric, Metric::Conversions | Metric::Value) {
            let settling = Settling::learn(store, self.account, self.restated_days, self.as_of).await?;
            settling.through().map(|settled| settled.min(yesterday))
        } else {
            Some(yesterday)
        };
        let Some(last) = last else { return Ok(Ok(nothing())) };
        let span = Span {
            granularity: Granularity::Day,
            zone: zone.clone(),
            at: self.now,
            ranges: vec![Slots::days(today.saturating_sub(i32::from(HISTORY_DAYS).days()), last)],
        };
        let series = store.series(self.account, self.level, self.of, &span, self.as_of).await?;
        let series = anomaly::Series::of_days(&series.points, self.metric, self.told, zone);
        let newest = series.days.last_key_value().map(|(day, _)| *day);
        let drift = newest.and_then(|day| anomaly::drift(&series, day, &Settings::default(), &[]).ok());
        Ok(Ok(Foretold { outlook: Outlook::new(&series.days, today), today, drift }))
    }
}

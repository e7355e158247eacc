//! What a campaign of a pool spent by day, as its platform told.

use std::collections::BTreeMap;

use adplane_core::address::Kind;
use adplane_core::desired::DesiredAccount;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Metric, MetricSet, Slots, Span};
use adplane_core::pool::DayFigures;
use adplane_core::schema::PlatformSchema;
use jiff::Timestamp;

use super::Numbers;
use crate::metrics::store::{AsOf, Of, StoreAccount, StoreError};

/// Whose figures are asked for, and of which days.
pub(super) struct Asked<'a> {
    pub(super) account: &'a DesiredAccount,
    pub(super) id: &'a ExternalId,
    pub(super) schema: Option<&'static PlatformSchema>,
    /// Before it was made it spent nothing.
    pub(super) created: Option<Timestamp>,
    pub(super) first: Day,
    /// The pool's.
    pub(super) today: Day,
}

/// What was told.
#[derive(Default)]
pub(super) struct Told {
    /// Days before today that are over.
    pub(super) days: BTreeMap<Day, DayFigures>,
    /// Since the pool's midnight.
    pub(super) today: Option<i64>,
}

impl Asked<'_> {
    pub(super) async fn ask(&self, now: Timestamp, numbers: &dyn Numbers) -> Result<Told, StoreError> {
        let Some(store) = numbers.of(&self.account.key) else { return Ok(Told::default()) };
        let (account, zone) = (StoreAccount::from(self.account), &self.account.zone);
        let span = Span {
            granularity: Granularity::Day,
            zone: zone.clone(),
            at: now,
            ranges: vec![Slots::days(self.first, now.to_zoned(zone.rules()).date())],
        };
        let series = store.series(&account, Kind::Campaign, Of::Object(self.id), &span, AsOf::Latest).await?;
        let metrics: MetricSet = self.schema.map_or(&[], |schema| schema.metrics);
        let mut told = Told::default();
        for point in series.points {
            let (day, ends) = (point.slot.day, point.slot.ends(zone));
            let over = point.as_of.is_some_and(|read| read >= ends);
            let Some(sums) = point.known(metrics).ok().filter(|_| over || day >= self.today) else {
                if day < self.today && self.created.is_some_and(|made| ends <= made) {
                    told.days.insert(day, DayFigures::default());
                }
                continue;
            };
            let Some(spend) = sums.get(Metric::Spend) else { continue };
            if day < self.today {
                let (conversions, value) = (sums.get(Metric::Conversions), sums.get(Metric::Value));
                told.days.insert(day, DayFigures { spend, conversions, value });
            } else {
                told.today = Some(told.today.unwrap_or(0).saturating_add(spend));
            }
        }
        Ok(told)
    }
}

//! Counts and ratios over a period, each known or with the reason why not.

use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::metrics::{Freshness, Metric, MetricSet, Ratio, Slots, Span, Sums, Unknown};
use adplane_core::money::Currency;

/// Counts of exports and tables.
pub const COUNTS: [Metric; 7] = Metric::ALL;
/// Ratios of exports and tables.
pub const RATIOS: [Ratio; 5] = [Ratio::Ctr, Ratio::Cpc, Ratio::Cpm, Ratio::Cpa, Ratio::Roas];

/// What figures rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// Which slots; `None` where the period means none, or differs from object to object.
    pub span: Option<Span>,
    /// The level that was read: below the one asked for where its sums were added up.
    pub source: Kind,
    /// How conversions were attributed, in the platform's words.
    pub attribution: Option<String>,
    /// The slots that no report covers.
    pub gaps: Vec<Slots>,
    /// How old the reports are.
    pub freshness: Option<Freshness>,
    /// Which share of its conversions has come in, as far as that can be told.
    pub completeness: Option<f64>,
}

impl Basis {
    /// Rests on nothing.
    pub(super) fn none(source: Kind) -> Self {
        Self { span: None, source, attribution: None, gaps: Vec::new(), freshness: None, completeness: None }
    }
}

/// What is known of one object, or of several together, over a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// The currency of its money.
    pub currency: Currency,
    /// What it rests on.
    pub basis: Arc<Basis>,
    pub(super) sums: Result<Sums, Unknown>,
    pub(super) told: MetricSet,
    /// Whether sums of several objects were added.
    pub(super) several: bool,
}

impl Figures {
    /// The counts as they are, or why there are none.
    pub fn sums(&self) -> Result<Sums, Unknown> {
        self.sums.clone()
    }

    /// One count.
    pub fn count(&self, metric: Metric) -> Result<i64, Unknown> {
        let sums = self.sums.as_ref().map_err(Clone::clone)?;
        // The same person may have seen several objects, or been there on several days.
        let added =
            self.several || self.basis.span.as_ref().is_some_and(|span| span.slots().nth(1).is_some());
        match sums.get(metric) {
            Some(count) if metric.is_additive() || !self.several => Ok(count),
            _ if added && !metric.is_additive() && self.told.contains(&metric) => {
                Err(Unknown::NotAdditive(metric))
            }
            _ => Err(Unknown::NotTold(metric)),
        }
    }

    /// One ratio.
    pub fn ratio(&self, ratio: Ratio) -> Result<f64, Unknown> {
        let (above, below) = ratio.parts();
        self.count(above)?;
        self.count(below)?;
        let sums = self.sums.as_ref().map_err(Clone::clone)?;
        sums.ratio(ratio).ok_or(Unknown::ZeroDenominator(ratio))
    }

    /// Every count.
    pub fn counts(&self) -> [(Metric, Result<i64, Unknown>); 7] {
        COUNTS.map(|metric| (metric, self.count(metric)))
    }

    /// Every ratio.
    pub fn ratios(&self) -> [(Ratio, Result<f64, Unknown>); 5] {
        RATIOS.map(|ratio| (ratio, self.ratio(ratio)))
    }

    /// Words and values in whole units for exports; `None` where nothing is known.
    pub fn plain(&self) -> Vec<(&'static str, Option<String>)> {
        let counts = self
            .counts()
            .map(|(metric, count)| (metric.word(), count.ok().map(|count| metric.decimal(count))));
        let ratios =
            self.ratios().map(|(ratio, value)| (ratio.word(), value.ok().map(|value| format!("{value:.6}"))));
        counts.into_iter().chain(ratios).collect()
    }
}

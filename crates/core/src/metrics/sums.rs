//! Counts that can be added, and ratios of their sums.

use serde::{Deserialize, Serialize};

use super::CONVERSION_PARTS;
use crate::money::MICROS;

/// Something a platform counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Metric {
    /// Money spent, in micros of the account's currency.
    Spend,
    /// Times an ad was shown.
    Impressions,
    /// Clicks.
    Clicks,
    /// Conversions, in millionths ([`CONVERSION_PARTS`]).
    Conversions,
    /// Value of the conversions, in micros of the account's currency.
    Value,
    /// People reached. Not additive: the same person counts once in any range.
    Reach,
    /// Plays of a video.
    VideoViews,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Spend,
        Self::Impressions,
        Self::Clicks,
        Self::Conversions,
        Self::Value,
        Self::Reach,
        Self::VideoViews,
    ];

    /// The word in rules, tables and exports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Spend => "spend",
            Self::Impressions => "impressions",
            Self::Clicks => "clicks",
            Self::Conversions => "conversions",
            Self::Value => "value",
            Self::Reach => "reach",
            Self::VideoViews => "videoViews",
        }
    }

    /// Whether the counts of days may be added.
    pub fn is_additive(self) -> bool {
        self != Self::Reach
    }

    /// Whether it is an amount of money.
    pub fn is_money(self) -> bool {
        matches!(self, Self::Spend | Self::Value)
    }

    /// A count in whole units as decimal text, exactly: `12.34` of 12,340,000 micros.
    pub fn decimal(self, count: i64) -> String {
        let whole = match self {
            Self::Spend | Self::Value => MICROS.unsigned_abs(),
            Self::Conversions => CONVERSION_PARTS.unsigned_abs(),
            Self::Impressions | Self::Clicks | Self::Reach | Self::VideoViews => return count.to_string(),
        };
        let (sign, parts) = (if count < 0 { "-" } else { "" }, count.unsigned_abs());
        let text = format!("{sign}{}.{:06}", parts / whole, parts % whole);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// A set of metrics, such as those that a platform can report.
pub type MetricSet = &'static [Metric];

/// Counts over some range; what was not told is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sums {
    /// [`Metric::Spend`], in micros.
    pub spend: Option<i64>,
    /// [`Metric::Impressions`].
    pub impressions: Option<i64>,
    /// [`Metric::Clicks`].
    pub clicks: Option<i64>,
    /// [`Metric::Conversions`], in millionths.
    pub conversions: Option<i64>,
    /// [`Metric::Value`], in micros.
    pub value: Option<i64>,
    /// [`Metric::Reach`].
    pub reach: Option<i64>,
    /// [`Metric::VideoViews`].
    pub video_views: Option<i64>,
}

impl Sums {
    /// Nothing delivered, of these metrics; the others are not told.
    pub fn zero(told: &[Metric]) -> Self {
        let mut sums = Self::default();
        for metric in told {
            *sums.slot(*metric) = Some(0);
        }
        sums
    }

    /// One count.
    pub fn get(&self, metric: Metric) -> Option<i64> {
        match metric {
            Metric::Spend => self.spend,
            Metric::Impressions => self.impressions,
            Metric::Clicks => self.clicks,
            Metric::Conversions => self.conversions,
            Metric::Value => self.value,
            Metric::Reach => self.reach,
            Metric::VideoViews => self.video_views,
        }
    }

    /// Sets one count.
    pub fn set(&mut self, metric: Metric, count: Option<i64>) {
        *self.slot(metric) = count;
    }

    fn slot(&mut self, metric: Metric) -> &mut Option<i64> {
        match metric {
            Metric::Spend => &mut self.spend,
            Metric::Impressions => &mut self.impressions,
            Metric::Clicks => &mut self.clicks,
            Metric::Conversions => &mut self.conversions,
            Metric::Value => &mut self.value,
            Metric::Reach => &mut self.reach,
            Metric::VideoViews => &mut self.video_views,
        }
    }

    /// The sum over two disjoint ranges or objects. What either was not told of is unknown, and so is what cannot be
    /// added (reach) or does not fit.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let mut sum = Self::default();
        for metric in Metric::ALL.into_iter().filter(|metric| metric.is_additive()) {
            let added = self.get(metric).zip(other.get(metric)).and_then(|(one, two)| one.checked_add(two));
            sum.set(metric, added);
        }
        sum
    }

    /// A ratio of these sums; `None` when either part is unknown, or the lower one is not above zero.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a ratio for judging and showing, never an amount that is written"
    )]
    pub fn ratio(&self, ratio: Ratio) -> Option<f64> {
        let scale = match ratio {
            Ratio::Ctr | Ratio::Roas | Ratio::Frequency => 1.0,
            Ratio::Cpc => 1e-6,
            Ratio::Cpm => 1e-3,
            Ratio::Cpa => CONVERSION_PARTS as f64 * 1e-6,
            Ratio::ConversionRate => 1.0 / CONVERSION_PARTS as f64,
        };
        let (above, below) = ratio.parts();
        let (above, below) = self.get(above).zip(self.get(below))?;
        (below > 0).then(|| above as f64 / below as f64 * scale)
    }
}

/// A ratio of sums over a window; never a mean of ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ratio {
    /// Clicks per impression.
    Ctr,
    /// Money per click, in whole units of the currency.
    Cpc,
    /// Money per thousand impressions, in whole units.
    Cpm,
    /// Money per conversion, in whole units.
    Cpa,
    /// Conversions per click.
    ConversionRate,
    /// Value per money spent.
    Roas,
    /// Impressions per person reached.
    Frequency,
}

impl Ratio {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Ctr, Self::Cpc, Self::Cpm, Self::Cpa, Self::ConversionRate, Self::Roas, Self::Frequency];

    /// The word in rules, tables and exports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ctr => "ctr",
            Self::Cpc => "cpc",
            Self::Cpm => "cpm",
            Self::Cpa => "cpa",
            Self::ConversionRate => "cvr",
            Self::Roas => "roas",
            Self::Frequency => "frequency",
        }
    }

    /// What is divided by what.
    pub fn parts(self) -> (Metric, Metric) {
        match self {
            Self::Ctr => (Metric::Clicks, Metric::Impressions),
            Self::Cpc => (Metric::Spend, Metric::Clicks),
            Self::Cpm => (Metric::Spend, Metric::Impressions),
            Self::Cpa => (Metric::Spend, Metric::Conversions),
            Self::ConversionRate => (Metric::Conversions, Metric::Clicks),
            Self::Roas => (Metric::Value, Metric::Spend),
            Self::Frequency => (Metric::Impressions, Metric::Reach),
        }
    }

    /// Whether it is an amount of money.
    pub fn is_money(self) -> bool {
        matches!(self, Self::Cpc | Self::Cpm | Self::Cpa)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(spend: i64, clicks: i64, conversions: i64) -> Sums {
        Sums { spend: Some(spend), clicks: Some(clicks), conversions: Some(conversions), ..Sums::default() }
    }

    #[test]
    fn counts_are_decimal_text() {
        for (metric, count, text) in [
            (Metric::Spend, 12_340_000, "12.34"),
            (Metric::Spend, 2_000_000_000, "2000"),
            (Metric::Spend, i64::MIN, "-9223372036854.775808"),
            (Metric::Conversions, 1_500_000, "1.5"),
            (Metric::Value, -10_000, "-0.01"),
            (Metric::Clicks, 70, "70"),
        ] {
            assert_eq!(metric.decimal(count), text);
        }
    }

    #[test]
    fn a_ratio_of_sums_is_no_mean_of_ratios() {
        // 10.00 for one conversion, 10.00 for four: 20.00 for five is 4.00, not the mean of 10.00 and 2.50.
        let sum = told(10_000_000, 10, 1_000_000).plus(&told(10_000_000, 10, 4_000_000));
        assert_eq!(sum.ratio(Ratio::Cpa), Some(4.0));
    }

    #[test]
    fn a_ratio_over_nothing_is_unknown() {
        let none = told(10_000_000, 10, 0);
        assert_eq!(none.ratio(Ratio::Cpa), None);
        assert_eq!(none.ratio(Ratio::Ctr), None, "impressions were not told");
    }

    #[test]
    fn what_one_part_was_not_told_of_is_unknown_in_the_sum() {
        let sum = told(1, 1, 1).plus(&Sums { spend: Some(1), ..Sums::default() });
        assert_eq!((sum.spend, sum.clicks), (Some(2), None));
    }

    #[test]
    fn people_reached_are_not_added() {
        let day = Sums { reach: Some(10), ..Sums::default() };
        assert_eq!(day.plus(&day).reach, None);
    }
}

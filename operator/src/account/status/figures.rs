//! What an object delivered, as its status tells it: rounded, and written anew only when a figure changed and the last
//! change is a while ago, so that thousands of objects that deliver do not write all day.

use std::collections::BTreeMap;
use std::time::Duration;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{CONVERSION_PARTS, Metric, Ratio};
use adplane_core::money::{Currency, Money};
use adplane_manifest::api::status::{Figures, Metrics, ResourceStatus};
use adplane_manifest::api::text::{DecimalNumber, Instant, SignedAmount};
use jiff::{SignedDuration, Timestamp};
use serde_json::Number;

use super::conditions::seconds;
use crate::delivered::{Counts, Known, Told, Windows};

/// Which of the windows is that of the last seven days.
const WEEK: usize = 2;
/// Decimals of ratios and conversions.
const RATE: u32 = 4;
const RETURN: u32 = 2;
const CONVERSIONS: u32 = 2;

/// Of what a status tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// An account: all of its objects.
    Account,
    /// A campaign or an ad group, by the id in its status.
    Object(Kind),
}

/// Puts what is known into a status that is about to be written; `former` is what stands there. `every` is how often it may
/// change within a day.
pub(super) fn tell(
    status: &mut ResourceStatus,
    former: &ResourceStatus,
    (known, every): (&Known, Duration),
    of: Of,
) {
    let fresh = match known {
        Known::Off => return,
        Known::Unread | Known::Read { told: None, .. } => None,
        Known::Read { told: Some(told), .. } => {
            if of != Of::Account && status.external_id.is_none() {
                return;
            }
            let Some(windows) = windows(told, of, status, former.metrics.is_some()) else { return };
            Some((told, metrics(&windows, told)))
        }
    };
    // Another live object than before begins anew.
    let former_id = former.external_id.as_ref();
    let same = of == Of::Account || former_id == status.external_id.as_ref();
    let standing = former.metrics.clone().filter(|_| same);
    match fresh {
        Some((told, fresh)) if standing.as_ref().is_none_or(|old| is_due(old, &fresh, told, every)) => {
            status.metrics = Some(fresh);
            tell_ads(status, told);
        }
        _ => {
            status.metrics = standing;
            keep_ads(status, former);
        }
    }
}

/// What an object delivered; an object that never did tells nothing, unless it did so before.
fn windows(told: &Told, of: Of, status: &ResourceStatus, told_before: bool) -> Option<Windows> {
    match of {
        Of::Account => {
            let any = told.account.iter().flatten().any(|counts| crate::delivered::delivered(&counts.sums));
            (any || told_before).then_some(told.account)
        }
        Of::Object(kind) => {
            let id = ExternalId::new(&status.external_id.as_ref()?.0).ok()?;
            told.of(kind, &id).copied().or_else(|| told_before.then(|| told.rest(kind)))
        }
    }
}

/// Whether fresh figures take the place of those that stand.
fn is_due(standing: &Metrics, fresh: &Metrics, told: &Told, every: Duration) -> bool {
    if undated(standing) == undated(fresh) {
        return false;
    }
    let Some(at) = standing.as_of.as_ref().and_then(|at| at.0.parse::<Timestamp>().ok()) else { return true };
    // Another replica may have written what it knew later.
    if told.at < at {
        return false;
    }
    let day = |at: Timestamp| at.to_zoned(told.zone.rules()).date();
    let every = SignedDuration::try_from(every).unwrap_or(SignedDuration::ZERO);
    told.at.duration_since(at) >= every || day(told.at) != day(at)
}

/// Figures without when they were read: that alone is no change.
fn undated(metrics: &Metrics) -> Metrics {
    let Metrics { as_of: _, today, yesterday, last_7d, flight } = metrics.clone();
    let [today, yesterday, last_7d, flight] =
        [today, yesterday, last_7d, flight].map(|figures| figures.map(|of| Figures { as_of: None, ..of }));
    Metrics { as_of: None, today, yesterday, last_7d, flight }
}

fn metrics(windows: &Windows, told: &Told) -> Metrics {
    let [today, yesterday, last_7d, flight] =
        windows.map(|counts| counts.map(|counts| figures(&counts, told.currency)));
    Metrics { as_of: Some(Instant(seconds(told.at))), today, yesterday, last_7d, flight }
}

/// The last week of each ad that is listed.
fn tell_ads(status: &mut ResourceStatus, told: &Told) {
    for ad in status.ads.iter_mut().flatten() {
        let id = ad.external_id.as_ref().and_then(|id| ExternalId::new(&id.0).ok());
        let counts = id.and_then(|id| told.of(Kind::Ad, &id)?[WEEK]);
        ad.last_7d = counts.map(|counts| of_ad(figures(&counts, told.currency)));
    }
}

/// Ads change with their group.
fn keep_ads(status: &mut ResourceStatus, former: &ResourceStatus) {
    let known: BTreeMap<_, _> =
        former.ads.iter().flatten().map(|ad| ((&ad.name.0, &ad.external_id), &ad.last_7d)).collect();
    for ad in status.ads.iter_mut().flatten() {
        ad.last_7d = known.get(&(&ad.name.0, &ad.external_id)).and_then(|figures| (*figures).clone());
    }
}

/// What there is room for: an ad group may have fifty ads.
fn of_ad(figures: Figures) -> Figures {
    let Figures { spend, impressions, clicks, conversions, cpa, roas, .. } = figures;
    Figures { spend, impressions, clicks, conversions, cpa, roas, ..Figures::default() }
}

fn figures(counts: &Counts, currency: Currency) -> Figures {
    let Counts { sums, as_of } = counts;
    let count = |metric| sums.get(metric);
    let unit = i128::from(currency.minor_unit_micros());
    let amount = |micros: i128| {
        let rounded = divided(micros, unit)?.checked_mul(unit)?;
        Some(SignedAmount(Money::from_micros(i64::try_from(rounded).ok()?, currency).to_string()))
    };
    let money = |metric| amount(i128::from(count(metric)?));
    // Both parts are counts in the units of their metrics; `scale` makes it micros of one.
    let price = |ratio: Ratio, scale: i64| {
        let (above, below) = ratio.parts();
        let below = i128::from(count(below).filter(|count| *count > 0)?);
        amount(divided(i128::from(count(above)?) * i128::from(scale), below)?)
    };
    let rate = |ratio: Ratio, decimals| {
        let (above, below) = ratio.parts();
        let below = i128::from(count(below).filter(|count| *count > 0)?);
        decimal(divided(i128::from(count(above)?) * 10_i128.pow(decimals), below)?, decimals)
    };
    Figures {
        spend: money(Metric::Spend),
        spend_micros: count(Metric::Spend),
        impressions: count(Metric::Impressions),
        clicks: count(Metric::Clicks),
        conversions: count(Metric::Conversions).and_then(|parts| {
            let parts = i128::from(parts) * 10_i128.pow(CONVERSIONS);
            decimal(divided(parts, i128::from(CONVERSION_PARTS))?, CONVERSIONS)
        }),
        value: money(Metric::Value),
        ctr: rate(Ratio::Ctr, RATE),
        cpc: price(Ratio::Cpc, 1),
        cpa: price(Ratio::Cpa, CONVERSION_PARTS),
        roas: rate(Ratio::Roas, RETURN),
        as_of: Some(Instant(seconds(*as_of))),
    }
}

/// Divided and rounded to the nearest, halves away from zero.
fn divided(above: i128, below: i128) -> Option<i128> {
    let doubled = above.checked_mul(2)?;
    let half = if above < 0 { -below } else { below };
    doubled.checked_add(half)?.checked_div(below.checked_mul(2)?)
}

/// A number of so many decimals, as JSON writes it after the API server has read it: a whole one has no point. `None`
/// where it is below zero, which the definition does not take.
fn decimal(units: i128, decimals: u32) -> Option<DecimalNumber> {
    let whole = 10_i128.pow(decimals);
    let units = Some(units).filter(|units| *units >= 0)?;
    if units % whole == 0 {
        return Some(DecimalNumber(Number::from(u64::try_from(units / whole).ok()?)));
    }
    let width = decimals as usize;
    let text = format!("{}.{:0width$}", units / whole, units % whole);
    serde_json::from_str(&text).ok().map(DecimalNumber)
}

#[cfg(test)]
mod tests;

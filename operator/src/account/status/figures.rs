//! What an object delivered, as its status tells it: rounded, and written anew only when a figure changed and the last
//! change is a while ago, so that thousands of objects that deliver do not write all day.

use std::collections::BTreeMap;
use std::time::Duration;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{CONVERSION_PARTS, Metric, Ratio};
use adplane_core::money::{Currency, Money};
use adplane_core::time::Zone;
use adplane_engine::metrics::query::SHOWN;
use adplane_manifest::api::status::{AdStatus, Figures, Metrics, ResourceStatus};
use adplane_manifest::api::text::{DecimalNumber, Instant, SignedAmount};
use jiff::{SignedDuration, Timestamp};
use serde_json::Number;

use super::conditions::seconds;
use crate::cache::{Resource, ResourceKey};
use crate::context::Context;
use crate::delivered::{Counts, Known, Told, Windows, delivered, together};

/// Decimals of ratios and conversions.
const RATE: u32 = 4;
const RETURN: u32 = 2;
const CONVERSIONS: u32 = 2;

/// Of what a status tells.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of<'a> {
    /// An account: all of its objects.
    Account,
    /// A campaign or an ad group, by the id in its status.
    Object(Kind),
    /// A budget or a creative: all that refers to it, here and on other accounts.
    Together(&'a ResourceKey, &'a [Known]),
}

/// Figures that may be written.
struct Fresh {
    metrics: Metrics,
    at: Timestamp,
    zone: Zone,
}

/// Puts what is known into a status that is about to be written; `former` is what stands there. `every` is how often it may
/// change within a day.
pub(super) fn tell(
    status: &mut ResourceStatus,
    former: &ResourceStatus,
    (known, every): (&Known, Duration),
    of: Of<'_>,
) {
    let fresh = match known {
        Known::Off => return,
        Known::Unread | Known::Read { told: None, .. } => None,
        Known::Read { told: Some(told), .. } => match all_told(told, of) {
            None => None,
            Some(all) => {
                let told_before = former.metrics.is_some();
                let Some((windows, currency)) = windows(&all, of, status, told_before) else { return };
                let at = all.iter().map(|told| told.at).min().unwrap_or(told.at);
                let fresh = Fresh { metrics: metrics(&windows, currency, at), at, zone: told.zone.clone() };
                Some((fresh, told))
            }
        },
    };
    // Another live object than before begins anew.
    let same = !matches!(of, Of::Object(_)) || former.external_id == status.external_id;
    let standing = former.metrics.clone().filter(|_| same);
    match fresh {
        Some((fresh, told)) if standing.as_ref().is_none_or(|old| is_due(old, &fresh, every)) => {
            status.metrics = Some(fresh.metrics);
            tell_ads(status, told);
        }
        _ => {
            status.metrics = standing;
            keep_ads(status, former);
        }
    }
}

/// Puts what the accounts of a pool's campaigns know into its status.
pub(crate) fn tell_together(
    context: &Context,
    pool: &Resource,
    status: &mut ResourceStatus,
    former: &ResourceStatus,
) {
    let accounts = context.cache.accounts_of(&pool.key);
    let known: Vec<Known> = accounts.iter().map(|account| context.delivered.of(account)).collect();
    let every = context.delivered.settings().map(|settings| settings.status_every).unwrap_or_default();
    if let Some((own, elsewhere)) = known.split_first() {
        tell(status, former, (own, every), Of::Together(&pool.key, elsewhere));
    }
}

/// What every account tells that it takes, its own first; `None` where one of them was not read.
fn all_told<'a>(own: &'a Told, of: Of<'a>) -> Option<Vec<&'a Told>> {
    let elsewhere = match of {
        Of::Together(_, elsewhere) => elsewhere,
        Of::Account | Of::Object(_) => &[],
    };
    let others = elsewhere.iter().map(|known| match known {
        Known::Read { told: Some(told), .. } => Some(&**told),
        Known::Off | Known::Unread | Known::Read { told: None, .. } => None,
    });
    std::iter::once(Some(own)).chain(others).collect()
}

/// What an object delivered, and the currency of its money, which may be another account's; an object that never did tells
/// nothing, unless it did so before.
fn windows(
    all: &[&Told],
    of: Of<'_>,
    status: &ResourceStatus,
    told_before: bool,
) -> Option<(Windows, Currency)> {
    let own = all.first()?;
    let any = |windows: &Windows| windows.iter().flatten().any(|counts| delivered(&counts.sums));
    match of {
        Of::Account => Some((own.account, own.currency)).filter(|(windows, _)| any(windows) || told_before),
        Of::Together(key, _) => together(all, key).filter(|(windows, _)| any(windows) || told_before),
        Of::Object(kind) => {
            let id = ExternalId::new(&status.external_id.as_ref()?.0).ok()?;
            let windows = own.of(kind, &id).copied().or_else(|| told_before.then(|| own.rest(kind)));
            windows.map(|windows| (windows, own.currency))
        }
    }
}

/// Whether fresh figures take the place of those that stand.
fn is_due(standing: &Metrics, fresh: &Fresh, every: Duration) -> bool {
    if undated(standing) == undated(&fresh.metrics) {
        return false;
    }
    let Some(at) = standing.as_of.as_ref().and_then(|at| at.0.parse::<Timestamp>().ok()) else { return true };
    // Another replica may have written what it knew later.
    if fresh.at < at {
        return false;
    }
    let day = |at: Timestamp| at.to_zoned(fresh.zone.rules()).date();
    let every = SignedDuration::try_from(every).unwrap_or(SignedDuration::ZERO);
    fresh.at.duration_since(at) >= every || day(fresh.at) != day(at)
}

/// Figures without when they were read: that alone is no change.
fn undated(metrics: &Metrics) -> Metrics {
    let Metrics { as_of: _, today, yesterday, last_7d, flight } = metrics.clone();
    let [today, yesterday, last_7d, flight] =
        [today, yesterday, last_7d, flight].map(|figures| figures.map(|of| Figures { as_of: None, ..of }));
    Metrics { as_of: None, today, yesterday, last_7d, flight }
}

fn metrics(windows: &Windows, currency: Currency, at: Timestamp) -> Metrics {
    let [today, yesterday, last_7d, flight] = shown(windows, currency);
    Metrics { as_of: Some(Instant(seconds(at))), today, yesterday, last_7d, flight }
}

fn shown(windows: &Windows, currency: Currency) -> [Option<Figures>; SHOWN.len()] {
    windows.map(|counts| counts.map(|counts| figures(&counts, currency)))
}

/// What each ad delivered that is listed.
fn tell_ads(status: &mut ResourceStatus, told: &Told) {
    for ad in status.ads.iter_mut().flatten() {
        let id = ad.external_id.as_ref().and_then(|id| ExternalId::new(&id.0).ok());
        let windows = id.and_then(|id| told.of(Kind::Ad, &id)).copied().unwrap_or_default();
        [ad.today, ad.yesterday, ad.last_7d, ad.flight] = shown(&windows, told.currency);
    }
}

/// Ads change with their group.
fn keep_ads(status: &mut ResourceStatus, former: &ResourceStatus) {
    let known: BTreeMap<_, &AdStatus> =
        former.ads.iter().flatten().map(|ad| ((&ad.name.0, &ad.external_id), ad)).collect();
    for ad in status.ads.iter_mut().flatten() {
        if let Some(former) = known.get(&(&ad.name.0, &ad.external_id)) {
            let AdStatus { today, yesterday, last_7d, flight, .. } = (*former).clone();
            (ad.today, ad.yesterday, ad.last_7d, ad.flight) = (today, yesterday, last_7d, flight);
        }
    }
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

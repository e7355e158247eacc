//! Simulated delivery: what an ad spends and earns, hour by hour, as a pure function of its settings.
//!
//! # The model
//!
//! Every object is a small market of its own. Its prices and rates are drawn once from (seed, object id):
//! cost of a thousand impressions, click rate, conversion rate, value of a conversion, the daily spend at
//! which its response is half of what it could ever be, and how much of its budget it manages to use.
//!
//! For one hour of the account's day:
//!
//! 1. goal = day's budget × use of budget × weekday × share of the hour × noise; all factors are at most one,
//!    so that a day of 24 hours never spends more than what it may. What it may is the daily budget, and on one day in
//!    six, a busy one, more: as much as the vendor's own rule for days and for its billing period allows
//!    (see `allowance`). A busy day uses nearly all of it.
//! 2. price = base price × (half spend + daily goal) / half spend: the more is spent a day, the dearer each
//!    impression gets. Responses therefore follow spend / (half spend + spend), diminishing returns.
//! 3. A bid turns into the highest price worth paying. Below the market price fewer auctions are won; the
//!    price never passes the bid, and with a bid per click nothing is charged without clicks.
//! 4. impressions = goal × won share / price; clicks and conversions follow from the rates. Fractions are
//!    rounded up or down at random in proportion, so that small objects convert now and then, not never.
//! 5. How many clicks convert moves with a trend, a wave of months of each object's own, and falls to two thirds when
//!    learning begins: when the object is new, after a change of its budget by more than a fifth, and on Meta after every
//!    significant edit. It takes a week to come back. Bids for clicks and impressions learn nothing.
//!
//! Conversions arrive late: each has its own delay, half of them within three hours, nine in ten within three
//! days, all within seven. About one in twenty-five is taken back within three days of its arrival, and the value
//! first reported is revised once after two days. While tracking is broken (see `tracking`) next to none of those
//! that would arrive are counted, ever. [`Delivered::as_seen`] gives the numbers known at an instant.
//!
//! The same seed, object, hour and settings give the same numbers, in whatever pieces time passes. Money is
//! integer micros, rates are parts per million; there are no floats.

mod allowance;
mod ledger;
mod market;
mod pot;
mod summary;
#[cfg(test)]
mod tests;
mod tracking;

use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use allowance::Allowances;
pub(crate) use ledger::Misreport;
pub use ledger::{Ledger, Report};
use market::{Conversion, Market};
pub(crate) use pot::{Amount, Drawing, Place, Pot, draw};
pub(crate) use summary::summary;
pub use tracking::Outage;
pub(crate) use tracking::{Breakage, arm, in_force};

const PPM: i64 = 1_000_000;
const HOUR_SECONDS: i64 = 3_600;

/// Share of a day's spend by local hour, in thousandths; sums to 1000.
const HOUR_SHARE: [i64; 24] =
    [18, 12, 9, 8, 9, 14, 24, 36, 44, 49, 51, 52, 58, 56, 50, 50, 55, 58, 62, 63, 69, 68, 52, 33];

/// Demand by weekday from Monday, in thousandths of the best day.
const WEEKDAY: [i64; 7] = [940, 960, 970, 980, 1000, 900, 880];

/// What is known of an object when it delivers.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// The world's seed.
    pub seed: u64,
    /// Id of the object that delivers, usually an ad.
    pub object: &'a str,
    /// Its share of what may be spent today, in micros of the account's currency.
    pub daily_budget_micros: i64,
    /// Whether there is more to buy today than usual, so that nearly all of it is spent.
    pub busy: bool,
    /// Since when the vendor learns whom to show it to.
    pub learning_since: Option<Timestamp>,
    /// The bid or cap in force.
    pub bid: Bid,
    /// Price level of the account's currency, see [`price_level`].
    pub price_level: i64,
    /// Whether it and everything above it are on, approved and within their schedule.
    pub serving: bool,
}

/// The most an advertiser pays, in micros of the account's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bid {
    /// Lowest cost: the whole budget may be spent at the market's price.
    Automatic,
    /// At most this for a click; only clicks are charged.
    PerClick(i64),
    /// At most this for a thousand impressions.
    PerMille(i64),
    /// On average about this for a conversion.
    PerConversion(i64),
}

impl Bid {
    /// Whether the vendor looks for people who convert, and so has something to learn.
    fn learns(self) -> bool {
        match self {
            Self::Automatic | Self::PerConversion(_) => true,
            Self::PerClick(_) | Self::PerMille(_) => false,
        }
    }
}

/// What was delivered in one hour, or in a part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Impressions.
    pub impressions: i64,
    /// Clicks.
    pub clicks: i64,
    /// Money spent, in micros.
    pub spend_micros: i64,
    /// Conversions.
    pub conversions: i64,
    /// Value of the conversions, in micros.
    pub value_micros: i64,
}

impl Delivered {
    /// Adds what another hour or object delivered.
    pub fn add(&mut self, other: &Self) {
        let Self { impressions, clicks, spend_micros, conversions, value_micros } = *other;
        self.impressions += impressions;
        self.clicks += clicks;
        self.spend_micros += spend_micros;
        self.conversions += conversions;
        self.value_micros += value_micros;
    }

    /// What a report made at `as_of` shows of the hour that began at `hour`: conversions that have not arrived
    /// yet, were taken back, or would have arrived while tracking was `broken` are left out, and young ones carry their
    /// first value.
    #[must_use]
    pub fn as_seen(
        &self,
        seed: u64,
        object: &str,
        hour: Timestamp,
        as_of: Timestamp,
        broken: &[Range<Timestamp>],
    ) -> Self {
        let mut known = Self { conversions: 0, value_micros: 0, ..*self };
        if self.conversions == 0 {
            return known;
        }
        let unit_value = self.value_micros / self.conversions;
        let age = as_of.as_second() - hour.as_second();
        for index in 0..self.conversions {
            let conversion = Conversion::of(seed, object, hour, index);
            let Some(value) = conversion.value_at(age, unit_value) else { continue };
            let arrival = conversion.arrival(hour);
            if conversion.is_missed() && broken.iter().any(|span| span.contains(&arrival)) {
                continue;
            }
            known.conversions += 1;
            known.value_micros += value;
        }
        known
    }

    /// The part of an hour's total that is reached after so many seconds.
    fn until(&self, seconds: i64) -> Self {
        let part = |total: i64| market::scale(total, seconds, HOUR_SECONDS);
        let conversions = part(self.conversions);
        Self {
            impressions: part(self.impressions),
            clicks: part(self.clicks),
            spend_micros: part(self.spend_micros),
            conversions,
            value_micros: if self.conversions == 0 {
                0
            } else {
                market::scale(self.value_micros, conversions, self.conversions)
            },
        }
    }

    fn minus(&self, other: &Self) -> Self {
        Self {
            impressions: self.impressions - other.impressions,
            clicks: self.clicks - other.clicks,
            spend_micros: self.spend_micros - other.spend_micros,
            conversions: self.conversions - other.conversions,
            value_micros: self.value_micros - other.value_micros,
        }
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What an object delivers between two instants, by the hour of the account's day it falls into (its start).
///
/// Settings hold for the whole span; call it for each span between changes. Hours without delivery are left out.
pub fn deliver(
    settings: &Settings<'_>,
    zone: &TimeZone,
    from: Timestamp,
    to: Timestamp,
) -> Vec<(Timestamp, Delivered)> {
    let mut rows = Vec::new();
    if !settings.serving || settings.daily_budget_micros <= 0 {
        return rows;
    }
    let mut hour = hour_start(zone, from);
    while hour < to {
        let total = whole_hour(settings, zone, hour);
        let begin = (from.as_second() - hour.as_second()).clamp(0, HOUR_SECONDS);
        let end = (to.as_second() - hour.as_second()).clamp(0, HOUR_SECONDS);
        let part = total.until(end).minus(&total.until(begin));
        if !part.is_nothing() {
            rows.push((hour, part));
        }
        hour += jiff::SignedDuration::from_secs(HOUR_SECONDS);
    }
    rows
}

/// The start of the hour, on the account's clock, that an instant falls into.
pub fn hour_start(zone: &TimeZone, instant: Timestamp) -> Timestamp {
    let offset = i64::from(zone.to_offset(instant).seconds());
    let into_hour = (instant.as_second() + offset).rem_euclid(HOUR_SECONDS);
    Timestamp::from_second(instant.as_second() - into_hour).unwrap_or(instant)
}

/// How many units of a currency cost about what one euro or dollar does, for plausible prices.
pub fn price_level(currency: &str) -> i64 {
    match currency {
        "JPY" => 150,
        "KRW" => 1_400,
        "IDR" | "VND" => 20_000,
        "INR" => 85,
        "SEK" | "NOK" | "DKK" | "MXN" | "CZK" => 12,
        "HUF" => 380,
        "BRL" | "PLN" => 5,
        _ => 1,
    }
}

/// Splits a budget over the objects that draw on it; the parts sum to the whole.
///
/// Vendors send more money to the objects that they think perform better; here that liking is drawn from the seed.
pub fn split_budget(seed: u64, budget_micros: i64, objects: &[&str]) -> Vec<i64> {
    let weights: Vec<i64> = objects.iter().map(|object| market::liking(seed, object)).collect();
    let total: i64 = weights.iter().sum();
    let mut given = 0;
    let mut weight_so_far = 0;
    let mut parts = Vec::with_capacity(objects.len());
    for weight in weights {
        weight_so_far += weight;
        let until = market::scale(budget_micros, weight_so_far, total);
        parts.push(until - given);
        given = until;
    }
    parts
}

/// People reached by so many impressions of an object: at most its audience, with rising frequency.
pub fn reach(seed: u64, object: &str, impressions: i64) -> i64 {
    if impressions <= 0 {
        return 0;
    }
    let audience = market::audience(seed, object);
    market::scale(audience, impressions, audience + impressions).clamp(1, impressions)
}

fn whole_hour(settings: &Settings<'_>, zone: &TimeZone, hour: Timestamp) -> Delivered {
    let local = hour.to_zoned(zone.clone());
    let share = HOUR_SHARE[usize::from(local.hour().unsigned_abs()) % 24];
    let weekday = WEEKDAY[usize::from(local.weekday().to_monday_zero_offset().unsigned_abs()) % 7];
    let market = Market::of(settings.seed, settings.object, settings.price_level);
    let mut chance = market::Chance::of_hour(settings.seed, settings.object, hour);

    let (used_ppm, weekday, least_ppm) =
        if settings.busy { (PPM, 1_000, 970_000) } else { (market.budget_use_ppm, weekday, 800_000) };
    let day_goal = market::scale(settings.daily_budget_micros, used_ppm * weekday, PPM * 1_000);
    let noise_ppm = chance.between(least_ppm, PPM);
    let goal = market::scale(day_goal, share * noise_ppm, 1_000 * PPM);

    let price = market.price_at(day_goal);
    let (price, won_ppm) = match market.worth_of(settings.bid) {
        None => (price, PPM),
        Some(worth) => (price.min(worth), market.won_ppm(worth)),
    };
    if price <= 0 {
        return Delivered::default();
    }
    let goal = market::scale(goal, won_ppm, PPM);
    let impressions = chance.round(i128::from(goal) * 1_000, i128::from(price));
    let click_ppm = market::scale(market.click_ppm, chance.between(850_000, 1_150_000), PPM);
    let clicks =
        chance.round(i128::from(impressions) * i128::from(click_ppm), i128::from(PPM)).min(impressions);
    let learning_since = settings.learning_since.filter(|_| settings.bid.learns());
    let conversion_ppm = market.conversion_ppm_at(hour, learning_since);
    let conversions =
        chance.round(i128::from(clicks) * i128::from(conversion_ppm), i128::from(PPM)).min(clicks);
    let mut spend_micros = market::scale(price, impressions, 1_000).min(goal);
    if let Bid::PerClick(most) = settings.bid {
        spend_micros = spend_micros.min(most.saturating_mul(clicks));
    }
    Delivered {
        impressions,
        clicks,
        spend_micros,
        conversions,
        value_micros: conversions * market.value_micros,
    }
}

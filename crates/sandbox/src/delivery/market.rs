//! What chance decides about an object and its hours, drawn by hashing so that no draw depends on another.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Bid, PPM};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Delay of a conversion by share of conversions: (up to this share in ppm, up to this many seconds).
const DELAYS: [(i64, i64); 4] = [(500_000, 3 * HOUR), (750_000, DAY), (900_000, 3 * DAY), (PPM, 7 * DAY)];

/// The least of its budget that a busy day takes.
const LEAST_BUSY_PPM: i64 = 1_050_000;

/// Share of conversions that are taken back again.
const TAKEN_BACK_PPM: i64 = 40_000;

/// Share of conversions that are counted although tracking is broken: by a call, or another tag.
const COUNTED_ANYWAY_PPM: i64 = 15_000;

/// Share of clicks that convert right after learning began, of those that do once it is over.
const LEARNING_PPM: i64 = 650_000;
/// How long learning takes.
const LEARNING: i64 = 7 * DAY;

/// Age of a conversion at which its value is revised for good.
const VALUE_SETTLED: i64 = 2 * DAY;

/// The prices and rates of one object, fixed for its life.
pub(super) struct Market {
    /// Price of a thousand impressions at next to no spend, in micros.
    base_price: i64,
    /// Daily spend at which the response is half of its limit, in micros.
    half_spend: i64,
    pub(super) budget_use_ppm: i64,
    pub(super) click_ppm: i64,
    conversion_ppm: i64,
    pub(super) value_micros: i64,
    trend: Trend,
}

/// A wave on which more and fewer clicks convert, in the course of months.
struct Trend {
    /// Days from one height to the next.
    period: i64,
    /// Where in it the wave was on 1970-01-01.
    phase: i64,
    /// How far it goes up and down, in parts per million.
    height_ppm: i64,
}

impl Trend {
    fn of(seed: u64, object: &str) -> Self {
        let mut chance = Chance::new(seed, object, "trend", 0);
        let period = chance.between(80, 320);
        Self { period, phase: chance.between(0, period), height_ppm: chance.between(20_000, 140_000) }
    }

    /// The share of the usual rate, a triangle over time.
    fn at(&self, instant: Timestamp) -> i64 {
        let seconds = self.period * DAY;
        let place = (instant.as_second() + self.phase * DAY).rem_euclid(seconds);
        let from_height = (2 * place - seconds).abs();
        PPM + scale(self.height_ppm, 2 * from_height - seconds, seconds)
    }
}

impl Market {
    pub(super) fn of(seed: u64, object: &str, price_level: i64) -> Self {
        let mut chance = Chance::new(seed, object, "market", 0);
        let level = price_level.max(1);
        Self {
            base_price: chance.between(3_000_000, 9_000_000) * level,
            half_spend: chance.between(150_000_000, 1_200_000_000) * level,
            budget_use_ppm: chance.between(880_000, 990_000),
            click_ppm: chance.between(7_000, 24_000),
            conversion_ppm: chance.between(12_000, 50_000),
            value_micros: chance.between(10_000_000, 70_000_000) * level,
            trend: Trend::of(seed, object),
        }
    }

    /// Clicks that convert in an hour, in parts per million; fewer while the vendor learns whom to show it to.
    pub(super) fn conversion_ppm_at(&self, hour: Timestamp, learning_since: Option<Timestamp>) -> i64 {
        let learned = learning_since.map_or(PPM, |since| {
            let age = (hour.as_second() - since.as_second()).clamp(0, LEARNING);
            LEARNING_PPM + scale(PPM - LEARNING_PPM, age, LEARNING)
        });
        scale(scale(self.conversion_ppm, self.trend.at(hour), PPM), learned, PPM)
    }

    /// Price of a thousand impressions when so much is spent a day.
    pub(super) fn price_at(&self, day_spend: i64) -> i64 {
        scale(self.base_price, self.half_spend.saturating_add(day_spend), self.half_spend)
    }

    /// The price of a thousand impressions that a bid makes worth paying; none without a bid.
    pub(super) fn worth_of(&self, bid: Bid) -> Option<i64> {
        match bid {
            Bid::Automatic => None,
            Bid::PerMille(most) => Some(most),
            Bid::PerClick(most) => Some(scale(most, self.click_ppm, 1_000)),
            Bid::PerConversion(most) => {
                Some(scale(scale(most, self.conversion_ppm, PPM), self.click_ppm, 1_000))
            }
        }
    }

    /// Share of auctions won at a price: all from the market price upwards twice over, none at zero.
    pub(super) fn won_ppm(&self, worth: i64) -> i64 {
        let worth = worth.max(0);
        scale(2 * PPM, worth, worth.saturating_add(self.base_price)).min(PPM)
    }
}

/// How much a vendor likes to spend on an object among its peers.
pub(super) fn liking(seed: u64, object: &str) -> i64 {
    Chance::new(seed, object, "liking", 0).between(50, 150)
}

/// What a day's budget becomes in parts per million, and whether that is a busy day: one on which there is more to
/// buy than usual. One in `one_in` is, never two in a row; on the others the vendor keeps to the budget.
pub(super) fn demand(seed: u64, budget: &str, day: Date, one_in: i64, most_ppm: i64) -> (i64, bool) {
    let number = day.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
    let mut chance = Chance::new(seed, budget, "demand", number.div_euclid(one_in));
    let busy = chance.between(0, (one_in - 1).max(1));
    if number.rem_euclid(one_in) != busy {
        return (PPM, false);
    }
    // Most are a little busy, few very much so: the cube of a draw.
    let draw = chance.between(0, PPM + 1);
    let cube = scale(scale(draw, draw, PPM), draw, PPM);
    (LEAST_BUSY_PPM + scale(most_ppm - LEAST_BUSY_PPM, cube, PPM), true)
}

/// How many people an object can reach.
pub(super) fn audience(seed: u64, object: &str) -> i64 {
    Chance::new(seed, object, "audience", 0).between(80_000, 900_000)
}

/// What becomes of one conversion.
pub(super) struct Conversion {
    /// Seconds from the start of its click's hour until it is counted.
    arrives: i64,
    /// How long it counts before it is taken back, where it is.
    taken_back_after: Option<i64>,
    /// Its first value, in parts of the final one.
    first_value_ppm: i64,
    /// Whether it is counted although tracking is broken.
    counted_anyway: bool,
}

impl Conversion {
    pub(super) fn of(seed: u64, object: &str, hour: Timestamp, index: i64) -> Self {
        let mut chance =
            Chance::new(seed, object, "conversion", hour.as_second().wrapping_mul(4_096) ^ index);
        let arrives = chance.delay();
        let taken_back = chance.between(0, PPM) < TAKEN_BACK_PPM;
        let after = chance.between(12 * HOUR, 3 * DAY);
        Self {
            arrives,
            taken_back_after: taken_back.then_some(after),
            first_value_ppm: chance.between(850_000, 1_100_000),
            counted_anyway: chance.between(0, PPM) < COUNTED_ANYWAY_PPM,
        }
    }

    /// When it is counted, unless tracking is broken then.
    pub(super) fn arrival(&self, hour: Timestamp) -> Timestamp {
        hour.saturating_add(SignedDuration::from_secs(self.arrives)).unwrap_or(Timestamp::MAX)
    }

    /// Whether a broken tag misses it.
    pub(super) fn is_missed(&self) -> bool {
        !self.counted_anyway
    }

    /// The value shown so many seconds after the start of its click's hour, if it is shown.
    pub(super) fn value_at(&self, age: i64, unit_value: i64) -> Option<i64> {
        let counted = age - self.arrives;
        if counted < 0 || self.taken_back_after.is_some_and(|after| counted >= after) {
            return None;
        }
        let settled = counted >= VALUE_SETTLED;
        Some(if settled { unit_value } else { scale(unit_value, self.first_value_ppm, PPM) })
    }
}

/// `value × numerator / denominator` without overflow on the way, rounded down.
pub(super) fn scale(value: i64, numerator: i64, denominator: i64) -> i64 {
    if denominator == 0 {
        return 0;
    }
    let wide = i128::from(value) * i128::from(numerator) / i128::from(denominator);
    i64::try_from(wide).unwrap_or(i64::MAX)
}

/// A stream of draws that depends on nothing but its name (splitmix64).
pub(super) struct Chance(u64);

impl Chance {
    fn new(seed: u64, object: &str, purpose: &str, number: i64) -> Self {
        // FNV-1a over the names; the mixing below does the rest.
        let mut state = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in object.bytes().chain([0]).chain(purpose.bytes()).chain(number.to_le_bytes()) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(state)
    }

    pub(super) fn of_hour(seed: u64, object: &str, hour: Timestamp) -> Self {
        Self::new(seed, object, "hour", hour.as_second())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `low..high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.abs_diff(low).max(1);
        low.saturating_add_unsigned(self.next() % span)
    }

    /// A fraction as a whole number, up or down at random in proportion.
    pub(super) fn round(&mut self, numerator: i128, denominator: i128) -> i64 {
        let draw = i128::from(self.next() % 1_000_000_007) * denominator / 1_000_000_007;
        let up = i128::from(numerator % denominator > draw);
        i64::try_from(numerator / denominator + up).unwrap_or(i64::MAX)
    }

    fn delay(&mut self) -> i64 {
        let share = self.between(0, PPM);
        let mut low = (0, 0);
        for high in DELAYS {
            if share < high.0 {
                return low.1 + scale(high.1 - low.1, share - low.0, high.0 - low.0);
            }
            low = high;
        }
        low.1
    }
}

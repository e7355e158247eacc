//! What draws on one budget, and how it is shared.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Bid, Settings, allowance, split_budget};
use crate::world::{Vendor, World};

/// A budget with all that draws on it.
#[derive(Debug, Clone)]
pub(crate) struct Pot {
    /// The id of what the budget belongs to.
    pub(crate) key: String,
    /// How much there is.
    pub(crate) amount: Amount,
    /// What delivers now.
    pub(crate) drawing: Vec<Drawing>,
}

/// Money to spend, in micros of the account's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    /// A budget for each day, which the vendor passes on some of them.
    Daily(i64),
    /// A budget for a whole flight, which is never passed.
    Total {
        /// All of it.
        amount: i64,
        /// The part for today.
        today: i64,
    },
}

impl Amount {
    fn micros(self) -> i64 {
        match self {
            Self::Daily(amount) | Self::Total { amount, .. } => amount,
        }
    }
}

/// One object that delivers, usually an ad.
#[derive(Debug, Clone)]
pub(crate) struct Drawing {
    pub(crate) object: String,
    pub(crate) bid: Bid,
    /// Since when it learns, where the vendor keeps that itself; else its budget tells.
    pub(crate) learning_since: Option<Timestamp>,
}

/// The account's surroundings.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Its days.
    pub(crate) zone: TimeZone,
    /// Its prices, see [`super::price_level`].
    pub(crate) price_level: i64,
}

/// Lets a pot's objects deliver in a part of a day of the account in which nothing else changes; what each spent.
pub(crate) fn draw(
    world: &mut World,
    vendor: Vendor,
    pot: &Pot,
    place: &Place,
    (from, to): (Timestamp, Timestamp),
) -> Vec<i64> {
    if pot.amount.micros() <= 0 || pot.drawing.is_empty() {
        return vec![0; pot.drawing.len()];
    }
    let seed = world.seed;
    let day = from.to_zoned(place.zone.clone()).date();
    let within = world.option("over_delivery", "on") == "off";
    let allowances = world.allowances.entry(vendor).or_default();
    let today = allowances.today(seed, &pot.key, pot.amount.micros(), (from, day), allowance::rule(vendor));
    let (most, busy) = match pot.amount {
        Amount::Daily(amount) if within => (amount, false),
        Amount::Daily(_) => (today.most, today.busy),
        Amount::Total { today, .. } => (today, false),
    };
    let names: Vec<&str> = pot.drawing.iter().map(|drawing| drawing.object.as_str()).collect();
    let parts = split_budget(seed, most, &names);
    let ledger = world.delivered.entry(vendor).or_default();
    let spent = pot.drawing.iter().zip(parts).map(|(drawing, daily_budget_micros)| {
        let settings = Settings {
            seed,
            object: &drawing.object,
            daily_budget_micros,
            busy,
            learning_since: Some(drawing.learning_since.unwrap_or(today.learning_since)),
            bid: drawing.bid,
            price_level: place.price_level,
            serving: true,
        };
        ledger.record(&settings, &place.zone, from, to).spend_micros
    });
    let spent: Vec<i64> = spent.collect();
    allowances.spent(&pot.key, spent.iter().sum());
    spent
}

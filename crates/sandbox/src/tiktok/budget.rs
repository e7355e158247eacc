//! Budgets: minimum and maximum by currency, precision, modes, and the 105 % rule.
//!
//! "Currency", "Budget" and "Update a campaign" of the TikTok API for Business v1.3.

use jiff::Timestamp;

use crate::world::World;

use super::errors::{NEEDS_ALLOWLIST, Refusal, ensure, invalid};
use super::money::Micros;

/// Budget mode without a limit.
pub(super) const INFINITE: &str = "BUDGET_MODE_INFINITE";
/// Plain daily budget.
pub(super) const DAY: &str = "BUDGET_MODE_DAY";
/// Lifetime budget.
pub(super) const TOTAL: &str = "BUDGET_MODE_TOTAL";
/// Daily budget that averages over a week.
pub(super) const DYNAMIC: &str = "BUDGET_MODE_DYNAMIC_DAILY_BUDGET";
/// All modes.
pub(super) const MODES: &[&str] = &[INFINITE, DAY, TOTAL, DYNAMIC];

/// Base minimum of a campaign budget, in units of ratio 1.
pub(super) const CAMPAIGN_BASE: i64 = 50;
/// Base minimum of an ad group's daily budget.
pub(super) const ADGROUP_BASE: i64 = 20;
/// Base maximum, exclusive.
const MAXIMUM_BASE: i64 = 10_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// Ratio that minimum and maximum are multiplied with.
fn ratio(currency: &str) -> i64 {
    match currency {
        "PLN" => 4,
        "HKD" | "ZAR" | "DKK" | "SEK" | "NOK" | "TRY" | "MXN" | "THB" | "CNY" | "BOB" | "CZK" | "EGP"
        | "GTQ" | "HNL" | "MOP" | "TWD" | "NIO" | "UAH" | "UYU" => 10,
        "PHP" => 50,
        "JPY" | "RUB" | "DZD" | "BDT" | "ISK" | "INR" | "KES" | "NGN" | "PKR" => 100,
        "KRW" | "CLP" | "COP" | "CRC" => 1_000,
        "IDR" | "PYG" | "VND" => 10_000,
        "VEF" => 100_000,
        _ => 1,
    }
}

/// The smallest difference between two amounts of a currency.
fn step(currency: &str) -> Micros {
    match currency {
        "JPY" | "KRW" | "HUF" | "CLP" | "ISK" | "IDR" | "TWD" | "PYG" | "VND" => Micros::units(1),
        _ => Micros(10_000),
    }
}

/// The minimum for a base in a currency.
pub(super) fn minimum(currency: &str, base: i64) -> Micros {
    Micros::units(base * ratio(currency))
}

/// Checks that an amount is a whole number of the currency's steps.
pub(super) fn check_precision(member: &str, currency: &str, amount: Micros) -> Result<(), Refusal> {
    ensure(amount.is_multiple_of(step(currency)), || {
        format!("{member}: {} is more precise than {currency} allows.", amount.decimal(0))
    })
}

/// Checks precision, minimum and maximum of a budget; the minimum itself is allowed.
pub(super) fn check_amount(
    member: &str,
    currency: &str,
    amount: Micros,
    floor: Micros,
) -> Result<(), Refusal> {
    check_precision(member, currency, amount)?;
    ensure(amount >= floor, || {
        format!("{member}: The budget must be at least {} {currency}.", floor.decimal(0))
    })?;
    let ceiling = Micros::units(MAXIMUM_BASE * ratio(currency));
    ensure(amount < ceiling, || {
        format!("{member}: The budget must be less than {} {currency}.", ceiling.decimal(0))
    })
}

/// The least lifetime budget of an ad group: the daily minimum for each day of its schedule.
pub(super) fn lifetime_minimum(daily: Micros, start: Timestamp, end: Timestamp) -> Micros {
    let seconds = (end.as_second() - start.as_second()).max(1);
    let days = (seconds + SECONDS_PER_DAY - 1) / SECONDS_PER_DAY;
    Micros(daily.0.saturating_mul(days))
}

/// A new budget is at least 105 % of what the budget's period has already spent.
pub(super) fn check_spend(amount: Micros, spent: Micros) -> Result<(), Refusal> {
    ensure(amount.0.saturating_mul(100) >= spent.0.saturating_mul(105), || {
        format!("budget: The budget must be at least 105% of the current spend ({}).", spent.rounded(2))
    })
}

/// The budget that a mode asks for: none for an unlimited one, else an amount.
pub(super) fn required(mode: &str, amount: Option<Micros>) -> Result<Option<Micros>, Refusal> {
    if mode == INFINITE {
        return Ok(None);
    }
    amount.map(Some).ok_or_else(|| invalid(format!("budget: Required when budget_mode is {mode}.")))
}

/// Dynamic daily budgets need an allowlist under three objectives (option `tiktok.dynamic_budget=any`).
pub(super) fn check_dynamic(world: &World, objective: &str, mode: &str) -> Result<(), Refusal> {
    let closed = matches!(objective, "REACH" | "VIDEO_VIEWS" | "ENGAGEMENT") && mode == DYNAMIC;
    if closed && world.option("tiktok.dynamic_budget", "listed") != "any" {
        let message = format!("budget_mode: {DYNAMIC} requires an allowlist for the objective {objective}.");
        return Err(Refusal::new(NEEDS_ALLOWLIST, message));
    }
    Ok(())
}

/// Whether a mode is a daily one.
pub(super) fn is_daily(mode: &str) -> bool {
    mode == DAY || mode == DYNAMIC
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimum_and_precision_follow_the_currency() {
        for (currency, amount, good) in [
            ("EUR", 50_000_000, true),
            ("EUR", 49_990_000, false),
            ("EUR", 50_005_000, false),
            ("JPY", 5_000_000_000, true),
            ("JPY", 4_999_000_000, false),
            ("JPY", 5_000_500_000, false),
            ("PLN", 199_000_000, false),
            ("USD", 10_000_000_000_000, false),
        ] {
            let floor = minimum(currency, CAMPAIGN_BASE);
            let result = check_amount("budget", currency, Micros(amount), floor);
            assert_eq!(result.is_ok(), good, "{currency} {amount}");
        }
    }

    #[test]
    fn a_lifetime_budget_covers_each_started_day() {
        let day = |days: i64| Timestamp::from_second(days * SECONDS_PER_DAY).expect("in range");
        assert_eq!(lifetime_minimum(Micros::units(20), day(0), day(3)), Micros::units(60));
        let just_over = Timestamp::from_second(3 * SECONDS_PER_DAY + 1).expect("in range");
        assert_eq!(lifetime_minimum(Micros::units(20), day(0), just_over), Micros::units(80));
    }

    #[test]
    fn a_new_budget_exceeds_the_spend() {
        assert!(check_spend(Micros::units(105), Micros::units(100)).is_ok());
        assert!(check_spend(Micros(104_990_000), Micros::units(100)).is_err());
    }
}

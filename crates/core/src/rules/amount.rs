//! New amounts, in integers, from what is in force: rounded down to what can be paid, within bounds, never past them
//! in the other direction.

use super::action::{Bounds, Step};
use super::snapshot::Ownership;
use crate::money::Money;

/// Basis points of a whole.
pub(super) const WHOLE: i64 = 10_000;

/// Why an amount does not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAmount {
    #[error("it is at its bound of {0} already")]
    AtBound(Money),
    #[error("it is {0} already")]
    Same(Money),
    #[error("it is in {0}, the rule has amounts in {1}")]
    Currency(crate::money::Currency, crate::money::Currency),
    #[error("the amount does not fit")]
    Overflow,
    #[error("nothing would be left of it")]
    Nothing,
}

/// `amount * numerator / denominator`, rounded down to the currency's smallest unit.
pub(super) fn scaled(amount: Money, numerator: i128, denominator: i128) -> Result<Money, NoAmount> {
    if denominator <= 0 {
        return Err(NoAmount::Overflow);
    }
    let product = i128::from(amount.micros()).checked_mul(numerator).ok_or(NoAmount::Overflow)?;
    let micros = i64::try_from(product.div_euclid(denominator)).map_err(|_| NoAmount::Overflow)?;
    Ok(payable(Money::from_micros(micros, amount.currency())))
}

/// The amount at or below it that can be paid.
fn payable(amount: Money) -> Money {
    amount.neighbours(amount.currency().minor_unit_micros()).0
}

/// An amount changed by a step.
pub(super) fn stepped(from: Money, by: Step, bounds: Bounds) -> Result<Money, NoAmount> {
    let to = match by {
        Step::Share(points) => scaled(from, i128::from(WHOLE) + i128::from(points), i128::from(WHOLE))?,
        Step::Amount(amount) => {
            let same = amount.currency() == from.currency();
            let wrong = NoAmount::Currency(from.currency(), amount.currency());
            payable(from.checked_add(amount).ok_or(if same { NoAmount::Overflow } else { wrong })?)
        }
    };
    bounded(from, to, bounds)
}

/// An amount within bounds. A bound never turns a cut into a raise, nor a raise into a cut.
pub(super) fn bounded(from: Money, to: Money, bounds: Bounds) -> Result<Money, NoAmount> {
    for bound in [bounds.min, bounds.max].into_iter().flatten() {
        if bound.currency() != from.currency() {
            return Err(NoAmount::Currency(from.currency(), bound.currency()));
        }
    }
    let lowers = to < from;
    let mut clamped = to;
    if let Some(min) = bounds.min.filter(|min| clamped < *min) {
        clamped = min;
    }
    if let Some(max) = bounds.max.filter(|max| clamped > *max) {
        clamped = max;
    }
    let turned = if lowers { clamped >= from } else { clamped <= from };
    if to == from {
        Err(NoAmount::Same(from))
    } else if turned {
        Err(NoAmount::AtBound(clamped))
    } else if clamped.micros() <= 0 {
        Err(NoAmount::Nothing)
    } else {
        Ok(clamped)
    }
}

/// An amount within what git allows, down to what the platform bills in.
pub(super) fn owned(from: Money, to: Money, ownership: Ownership) -> Result<Money, NoAmount> {
    let Ownership::Bounded { min, max, max_step, unit } = ownership else { return Ok(to) };
    let mut within = to;
    if let Some(points) = max_step {
        let step = i128::from(points);
        let lowest = scaled(from, i128::from(WHOLE) - step.min(i128::from(WHOLE)), i128::from(WHOLE))?;
        let highest = scaled(from, i128::from(WHOLE) + step, i128::from(WHOLE))?;
        within = within.clamp(lowest, highest);
    }
    let bounds = Bounds { min: Some(min), max: Some(max) };
    // Finer than this the platform would hold another amount than was decided.
    let whole = bounded(from, within, bounds)?.neighbours(unit).0;
    bounded(from, whole, bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENT: i64 = 10_000;

    fn euros(text: &str) -> Money {
        format!("{text} EUR").parse().unwrap()
    }

    #[track_caller]
    fn check(from: &str, by: Step, min: Option<&str>, max: Option<&str>, expected: &str) {
        let bounds = Bounds { min: min.map(euros), max: max.map(euros) };
        let found = stepped(euros(from), by, bounds).map_or_else(|why| why.to_string(), |to| to.to_string());
        assert_eq!(found, expected);
    }

    #[test]
    fn steps_are_exact_and_rounded_down() {
        check("100", Step::Share(-2000), None, None, "80.00 EUR");
        check("33.33", Step::Share(2000), None, None, "39.99 EUR");
        check("0.01", Step::Share(-2000), None, None, "nothing would be left of it");
        check("100", Step::Amount(euros("-5")), None, None, "95.00 EUR");
        check(
            "100",
            Step::Amount("5 USD".parse().unwrap()),
            None,
            None,
            "it is in EUR, the rule has amounts in USD",
        );
    }

    #[test]
    fn a_bound_never_turns_a_step_around() {
        check("100", Step::Share(-5000), Some("80"), None, "80.00 EUR");
        check("80", Step::Share(-5000), Some("80"), None, "it is at its bound of 80.00 EUR already");
        check("15", Step::Share(-2000), Some("20"), None, "it is at its bound of 20.00 EUR already");
        check("300", Step::Share(2000), None, Some("200"), "it is at its bound of 200.00 EUR already");
        check("190", Step::Share(2000), None, Some("200"), "200.00 EUR");
    }

    #[test]
    fn git_sets_the_largest_step() {
        let owner =
            Ownership::Bounded { min: euros("50"), max: euros("200"), max_step: Some(1500), unit: CENT };
        assert_eq!(owned(euros("100"), euros("130"), owner), Ok(euros("115")));
        assert_eq!(owned(euros("55"), euros("20"), owner), Ok(euros("50")));
        assert_eq!(owned(euros("50"), euros("20"), owner), Err(NoAmount::AtBound(euros("50"))));
    }

    /// Meta and TikTok bill whole forints, which ISO 4217 divides.
    #[test]
    fn an_amount_is_what_the_platform_bills_in() {
        let forints = |text: &str| format!("{text} HUF").parse::<Money>().unwrap();
        let owner = |unit: i64| Ownership::Bounded {
            min: forints("8000"),
            max: forints("20000"),
            max_step: None,
            unit,
        };
        let moved = |points: i32, unit: i64| {
            let from = forints("10001");
            owned(from, stepped(from, Step::Share(points), Bounds::default())?, owner(unit))
        };
        assert_eq!(moved(-2000, CENT), Ok(forints("8000.80")));
        assert_eq!(moved(-2000, 1_000_000), Ok(forints("8000")));
        assert_eq!(moved(2000, 1_000_000), Ok(forints("12001")));
        // Less than a unit more is nothing more.
        assert_eq!(moved(0, 1_000_000), Err(NoAmount::Same(forints("10001"))));
        let little = Money::from_micros(500_000, forints("1").currency());
        let from = forints("10001");
        let raised = owned(from, from.checked_add(little).unwrap(), owner(1_000_000));
        assert_eq!(raised, Err(NoAmount::Same(from)));
    }

    #[test]
    fn whole_currencies_stay_whole() {
        let yen = |text: &str| format!("{text} JPY").parse::<Money>().unwrap();
        assert_eq!(stepped(yen("1001"), Step::Share(2000), Bounds::default()), Ok(yen("1201")));
    }
}

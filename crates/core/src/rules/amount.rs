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

/// `amount * numerator / denominator`, rounded down to units of the platform.
fn scaled(amount: Money, numerator: i128, denominator: i128, unit: i64) -> Result<Money, NoAmount> {
    if denominator <= 0 {
        return Err(NoAmount::Overflow);
    }
    let product = i128::from(amount.micros()).checked_mul(numerator).ok_or(NoAmount::Overflow)?;
    let micros = i64::try_from(product.div_euclid(denominator)).map_err(|_| NoAmount::Overflow)?;
    Ok(Money::from_micros(micros, amount.currency()).neighbours(unit).0)
}

/// An amount changed by a factor.
pub(super) fn times(
    from: Money,
    (numerator, denominator): (i128, i128),
    bounds: Bounds,
    unit: i64,
) -> Result<Money, NoAmount> {
    let to = scaled(from, numerator, denominator, unit)?;
    // What lies between two units is no step in the other direction.
    if numerator >= denominator && to < from {
        return Err(NoAmount::Same(from));
    }
    bounded(from, to, bounds.whole(unit))
}

/// An amount changed by a step.
pub(super) fn stepped(from: Money, by: Step, bounds: Bounds, unit: i64) -> Result<Money, NoAmount> {
    match by {
        Step::Share(points) => {
            times(from, (i128::from(WHOLE) + i128::from(points), i128::from(WHOLE)), bounds, unit)
        }
        Step::Amount(amount) => {
            let same = amount.currency() == from.currency();
            let wrong = NoAmount::Currency(from.currency(), amount.currency());
            let to = from.checked_add(amount).ok_or(if same { NoAmount::Overflow } else { wrong })?;
            set(from, to, bounds, unit)
        }
    }
}

/// An amount set to another.
pub(super) fn set(from: Money, to: Money, bounds: Bounds, unit: i64) -> Result<Money, NoAmount> {
    if to.currency() != from.currency() {
        return Err(NoAmount::Currency(from.currency(), to.currency()));
    }
    let below = to.neighbours(unit).0;
    if to > from && below < from {
        return Err(NoAmount::Same(from));
    }
    bounded(from, below, bounds.whole(unit))
}

impl Bounds {
    /// The bounds of what the platform bills in: the lowest amount not below, the highest not above.
    fn whole(self, unit: i64) -> Self {
        Self {
            min: self.min.map(|min| min.neighbours(unit).1),
            max: self.max.map(|max| max.neighbours(unit).0),
        }
    }
}

/// An amount within bounds. A bound never turns a cut into a raise, nor a raise into a cut.
fn bounded(from: Money, to: Money, bounds: Bounds) -> Result<Money, NoAmount> {
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
    } else {
        Ok(clamped)
    }
}

/// An amount that is one.
pub(super) fn some(amount: Money) -> Result<Money, NoAmount> {
    if amount.micros() > 0 { Ok(amount) } else { Err(NoAmount::Nothing) }
}

/// An amount within what git allows. A cut below git's least is one to that: the worst is not left as it is.
pub(super) fn owned(from: Money, to: Money, ownership: Ownership) -> Result<Money, NoAmount> {
    let Ownership::Bounded { initial: _, settled: _, min, max, max_step, unit } = ownership else {
        return some(to);
    };
    let mut within = to;
    if let Some(points) = max_step {
        let step = i128::from(points);
        let whole = i128::from(WHOLE);
        let lowest = scaled(from, whole - step.min(whole), whole, unit)?;
        let highest = scaled(from, whole + step, whole, unit)?;
        within = within.clamp(lowest, highest);
    }
    let bounds = Bounds { min: Some(min), max: Some(max) };
    // Finer than this the platform would hold another amount than was decided.
    some(set(from, within, bounds, unit)?)
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
        let found = stepped(euros(from), by, bounds, CENT)
            .and_then(some)
            .map_or_else(|why| why.to_string(), |to| to.to_string());
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
        let owner = Ownership::Bounded {
            initial: euros("100"),
            settled: euros("100"),
            min: euros("50"),
            max: euros("200"),
            max_step: Some(1500),
            unit: CENT,
        };
        assert_eq!(owned(euros("100"), euros("130"), owner), Ok(euros("115")));
        assert_eq!(owned(euros("55"), euros("20"), owner), Ok(euros("50")));
        assert_eq!(owned(euros("50"), euros("20"), owner), Err(NoAmount::AtBound(euros("50"))));
    }

    #[test]
    fn a_cut_past_nothing_is_one_to_gits_least() {
        let owner = |max_step: Option<u32>| Ownership::Bounded {
            initial: euros("40"),
            settled: euros("40"),
            min: euros("20"),
            max: euros("200"),
            max_step,
            unit: CENT,
        };
        let cut = |by: Step, ownership: Ownership| {
            owned(euros("40"), stepped(euros("40"), by, Bounds::default(), CENT)?, ownership)
        };
        let past = Step::Amount(euros("-50"));
        assert_eq!(cut(past, owner(None)), Ok(euros("20")));
        assert_eq!(cut(Step::Share(-10_000), owner(None)), Ok(euros("20")));
        assert_eq!(cut(past, owner(Some(1000))), Ok(euros("36")));
        assert_eq!(cut(past, Ownership::Git), Err(NoAmount::Nothing));
    }

    /// Meta and TikTok bill whole forints, which ISO 4217 divides.
    #[test]
    fn an_amount_is_what_the_platform_bills_in() {
        let forints = |text: &str| format!("{text} HUF").parse::<Money>().unwrap();
        let owner = |unit: i64| Ownership::Bounded {
            initial: euros("100"),
            settled: euros("100"),
            min: forints("8000"),
            max: forints("20000"),
            max_step: None,
            unit,
        };
        let moved = |points: i32, unit: i64| {
            let from = forints("10001");
            owned(from, stepped(from, Step::Share(points), Bounds::default(), unit)?, owner(unit))
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

    /// Whoever owns an amount, it is whole where the platform bills whole units, and no bound is left for that.
    #[test]
    fn what_git_owns_is_what_the_platform_bills_in_as_well() {
        const ONE: i64 = 1_000_000;
        for code in ["TWD", "HUF", "JPY"] {
            let whole =
                |units: i64| Money::from_micros(units * ONE, crate::money::Currency::parse(code).unwrap());
            let parts = |micros: i64| Money::from_micros(micros, whole(1).currency());
            let moved = |from: Money, to: Result<Money, NoAmount>| owned(from, to?, Ownership::Git);
            let by = |points: i32, bounds: Bounds| {
                moved(whole(101), stepped(whole(101), Step::Share(points), bounds, ONE))
            };
            let none = Bounds::default();
            assert_eq!(by(-2000, none), Ok(whole(80)), "80.80");
            assert_eq!(by(2000, none), Ok(whole(121)), "121.20, and never 122");
            assert_eq!(by(50, none), Err(NoAmount::Same(whole(101))), "101.505");
            let max = Bounds { max: Some(parts(110_900_000)), ..none };
            assert_eq!(by(2000, max), Ok(whole(110)), "110.90 at most");
            let min = Bounds { min: Some(parts(90_100_000)), ..none };
            assert_eq!(by(-2000, min), Ok(whole(91)), "90.10 at least");
            let at = Bounds { min: Some(parts(100_100_000)), ..none };
            assert_eq!(by(-2000, at), Err(NoAmount::AtBound(whole(101))));
            assert_eq!(set(whole(101), parts(140_700_000), none, ONE), Ok(whole(140)));
            assert_eq!(times(whole(101), (2, 3), none, ONE), Ok(whole(67)));
            // Live is what nobody could write: what is above it is still no cut.
            let odd = parts(100_500_000);
            assert_eq!(stepped(odd, Step::Share(10), none, ONE), Err(NoAmount::Same(odd)));
            assert_eq!(set(odd, parts(100_900_000), none, ONE), Err(NoAmount::Same(odd)));
            assert_eq!(stepped(odd, Step::Share(-10), none, ONE), Ok(whole(100)));
        }
    }
}

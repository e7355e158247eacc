//! Amounts of money: the account's currency, above zero, multiples of the currency's step.

use adplane_core::desired::DesiredObject;
use adplane_core::money::{Currency, Money};

use super::report::Report;

/// Checks an amount where there is one.
pub(super) fn check(
    object: &DesiredObject,
    path: &str,
    currency: Currency,
    report: &mut Report,
) -> Option<Money> {
    let money = object.value(path)?.as_money()?;
    check_amount(object, path, money, currency, report);
    Some(money)
}

/// Checks an amount that is part of a larger value.
pub(super) fn check_amount(
    object: &DesiredObject,
    path: &str,
    money: Money,
    currency: Currency,
    report: &mut Report,
) {
    let step = currency.minor_unit_micros();
    if money.currency() != currency {
        report.error(
            object,
            path,
            "wrong-currency",
            format!("{money} is in {}, the account is billed in {currency}", money.currency()),
            format!("write the amount in {currency}"),
        );
    } else if money.micros() <= 0 {
        report.error(
            object,
            path,
            "amount-not-positive",
            format!("{money} is not above zero"),
            format!(
                "write at least {}; to stop spending write `state: Paused`",
                Money::from_micros(step, currency)
            ),
        );
    } else if money.micros() % step != 0 {
        let (below, above) = money.neighbours(step);
        report.error(
            object,
            path,
            "amount-too-fine",
            format!("{money} is finer than Google takes in {currency}"),
            format!("write `{below}` or `{above}`"),
        );
    }
}

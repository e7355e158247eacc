//! Money on the wire: whole minor units, read as text, written as numbers (meta-ads.md §13).

use adplane_core::money::{Currency, MICROS, Money};
use serde_json::Value as Json;

/// Currencies without minor units at Meta, whatever ISO 4217 says.
const WHOLE: [&str; 11] = ["CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"];

/// Currencies that Meta bills in.
const BILLED: &str = "AED ARS AUD BDT BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR GBP GTQ HKD HNL \
    HUF IDR ILS INR ISK JPY KES KRW LKR MOP MXN MYR NGN NIO NOK NZD PEN PHP PKR PLN PYG QAR RON SAR SEK SGD \
    THB TRY TWD UAH USD UYU VND ZAR";

/// What removes a spending cap.
pub(crate) const NO_CAP: i64 = 922_337_203_685_478;

/// Whether an account can have this currency.
pub(crate) fn is_billed(currency: Currency) -> bool {
    BILLED.split_ascii_whitespace().any(|code| code == currency.code())
}

/// The smallest amount in micros.
pub(crate) fn step(currency: Currency) -> i64 {
    if WHOLE.contains(&currency.code()) { MICROS } else { MICROS / 100 }
}

/// The amount in minor units; `None` when it is finer than that.
pub(crate) fn to_minor(money: Money) -> Option<i64> {
    let step = step(money.currency());
    (money.micros() % step == 0).then(|| money.micros() / step)
}

/// An amount of minor units; `None` when it does not fit.
pub(crate) fn from_minor(minor: i64, currency: Currency) -> Option<Money> {
    minor.checked_mul(step(currency)).map(|micros| Money::from_micros(micros, currency))
}

/// A member that holds an amount; absent, `null` and zero are the same (meta-ads.md §17.9).
pub(crate) fn read(object: &Json, name: &str, currency: Currency) -> Option<Money> {
    let minor = super::json::integer(object, name).filter(|minor| *minor != 0 && *minor != NO_CAP)?;
    from_minor(minor, currency)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn minor_units_follow_the_vendor_not_iso() {
        for (text, minor) in [("20.00 EUR", 2000), ("2000 JPY", 2000), ("0.01 USD", 1), ("350 HUF", 350)] {
            let money: Money = text.parse().unwrap();
            assert_eq!(to_minor(money), Some(minor), "{text}");
            assert_eq!(read(&json!({"b": minor.to_string()}), "b", money.currency()), Some(money), "{text}");
        }
        assert_eq!(to_minor("350.50 HUF".parse().unwrap()), None);
    }

    #[test]
    fn an_unused_budget_reads_as_absent() {
        assert_eq!(read(&json!({"b": "0"}), "b", Currency::EUR), None);
        assert_eq!(read(&json!({"b": NO_CAP.to_string()}), "b", Currency::EUR), None);
    }
}

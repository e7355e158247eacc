//! Amounts: JSON numbers in whole units of the account's currency, from and to exact decimal text.
//!
//! Facts: "Budgets, bids, schedule" (tiktok-ads.md §8.1): base amounts, currency ratios, precision.

use adplane_core::money::{Currency, MICROS, Money};
use rust_decimal::Decimal;
use serde_json::{Number, Value as Json};

/// Currencies whose amounts are whole numbers; it differs from ISO 4217 for HUF, IDR and TWD.
const WHOLE: [&str; 9] = ["JPY", "KRW", "HUF", "CLP", "ISK", "IDR", "TWD", "PYG", "VND"];

/// By how much the base minimums are multiplied, per currency.
const RATIOS: [(i64, &str); 7] = [
    (4, "PLN"),
    (10, "HKD ZAR DKK SEK NOK TRY MXN THB CNY BOB CZK EGP GTQ HNL MOP TWD NIO UAH UYU"),
    (50, "PHP"),
    (100, "JPY RUB DZD BDT ISK INR KES NGN PKR"),
    (1_000, "KRW CLP COP CRC"),
    (10_000, "IDR PYG VND"),
    (1, "USD EUR GBP MYR AED SAR HUF AUD CAD NZD SGD CHF ARS BRL ILS PEN QAR RON"),
];

/// The smallest step of an amount in micros.
pub(crate) fn step(currency: Currency) -> i64 {
    if WHOLE.contains(&currency.code()) { MICROS } else { MICROS / 100 }
}

/// The ratio of a currency; `None` when the vendor does not list it.
pub(crate) fn ratio(currency: Currency) -> Option<i64> {
    RATIOS
        .iter()
        .find(|(_, list)| list.split_ascii_whitespace().any(|code| code == currency.code()))
        .map(|(ratio, _)| *ratio)
}

/// A base amount in a currency, such as the minimum of 50 for a campaign.
pub(crate) fn scaled_base(base: i64, currency: Currency) -> Option<Money> {
    Some(Money::from_micros(base.checked_mul(ratio(currency)?)?.checked_mul(MICROS)?, currency))
}

/// The JSON number of an amount: `12.5`, `5000`, from its exact decimal text.
pub(crate) fn to_json(money: Money) -> Json {
    decimal_to_json(Decimal::new(money.micros(), 6))
}

/// The JSON number of an exact decimal.
pub(crate) fn decimal_to_json(decimal: Decimal) -> Json {
    let text = decimal.normalize().to_string();
    // Decimal text is JSON number text; whole numbers stay whole.
    text.parse::<Number>().map_or(Json::String(text), Json::Number)
}

/// An amount from a JSON number, or from the same number as text.
pub(crate) fn from_json(value: &Json, currency: Currency) -> Option<Money> {
    let micros = decimal_from_json(value)?.checked_mul(Decimal::from(MICROS))?;
    let micros = micros.is_integer().then(|| i64::try_from(micros).ok()).flatten()?;
    Some(Money::from_micros(micros, currency))
}

/// An exact decimal from a JSON number, or from the same number as text.
pub(crate) fn decimal_from_json(value: &Json) -> Option<Decimal> {
    match value {
        Json::Number(number) => {
            let text = number.to_string();
            text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
        }
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_both_ways() {
        for (text, shown) in [
            ("12.50 EUR", "12.5"),
            ("120.00 EUR", "120"),
            ("0.07 USD", "0.07"),
            ("123456789.01 USD", "123456789.01"),
            ("5000 JPY", "5000"),
        ] {
            let money: Money = text.parse().unwrap();
            let json = to_json(money);
            assert_eq!(json.to_string(), shown);
            assert_eq!(from_json(&json, money.currency()), Some(money), "{text}");
        }
        assert_eq!(from_json(&serde_json::json!(120.0), Currency::EUR).unwrap().to_string(), "120.00 EUR");
        assert_eq!(from_json(&Json::Null, Currency::EUR), None);
    }

    #[test]
    fn minimums_follow_the_currency() {
        for (code, shown) in [("EUR", "50.00 EUR"), ("JPY", "5000 JPY"), ("VND", "500000 VND")] {
            let minimum = scaled_base(50, Currency::parse(code).unwrap()).unwrap();
            assert_eq!(minimum.to_string(), shown);
        }
        assert_eq!(ratio(Currency::parse("KWD").unwrap()), None);
        assert_eq!(step(Currency::parse("HUF").unwrap()), MICROS);
    }
}

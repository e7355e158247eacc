//! The vendor's words and numbers, in both directions: what `read` understands and `write` says.
//!
//! Reading is tolerant: an unknown field or enum value is never an error. 64-bit integers travel as strings,
//! unset fields are absent (google-ads.md §0).

pub(super) mod bidding;
pub(super) mod demographics;
pub(super) mod hours;
pub(super) mod images;
pub(super) mod keywords;
pub(super) mod lane;
pub(super) mod parameters;
pub(super) mod places;
pub(super) mod texts;
pub(super) mod tracking;
pub(super) mod words;

use adplane_core::money::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::Value;

/// A part of a row by its dotted path, such as `campaign.networkSettings`.
pub(super) fn at<'a>(row: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(row, |value, key| value.get(key))
}

/// A text by its dotted path; empty texts count as absent.
pub(super) fn text<'a>(row: &'a Value, path: &str) -> Option<&'a str> {
    at(row, path)?.as_str().filter(|text| !text.is_empty())
}

/// A flag by its dotted path; absent flags are false.
pub(super) fn flag(row: &Value, path: &str) -> bool {
    at(row, path).and_then(Value::as_bool).unwrap_or_default()
}

/// A list by its dotted path; absent lists are empty.
pub(super) fn list<'a>(row: &'a Value, path: &str) -> &'a [Value] {
    at(row, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A 64-bit integer, which travels as a string.
pub(super) fn integer(row: &Value, path: &str) -> Option<i64> {
    match at(row, path)? {
        Value::String(digits) => digits.parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
}

/// An amount in micros of the account's currency; zero counts as absent, as the vendor clears with it.
pub(super) fn money(row: &Value, path: &str, currency: Currency) -> Option<Money> {
    integer(row, path).filter(|micros| *micros != 0).map(|micros| Money::from_micros(micros, currency))
}

/// A double, read through its shortest decimal text; zero counts as absent.
pub(super) fn decimal(row: &Value, path: &str) -> Option<Decimal> {
    let text = match at(row, path)? {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok().filter(|number| !number.is_zero())
}

/// A decimal as a JSON number, without passing through floating point here.
pub(super) fn number(decimal: Decimal) -> Value {
    serde_json::from_str(&decimal.normalize().to_string()).unwrap_or(Value::Null)
}

/// An object of members, which are moved, not copied.
pub(super) fn members<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The last part of a resource name: `5` of `customers/1/campaigns/5`.
pub(super) fn last(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, id)| id)
}

/// A resource name without its account: `campaigns/5` of `customers/1/campaigns/5`.
pub(super) fn local(name: &str) -> &str {
    name.strip_prefix("customers/").and_then(|rest| rest.split_once('/')).map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_survive_the_wire() {
        let row = json!({"a": {"micros": "120000000", "zero": "0", "roas": 3.5, "tiny": 0.01}});
        assert_eq!(integer(&row, "a.micros"), Some(120_000_000));
        assert_eq!(money(&row, "a.zero", Currency::EUR), None);
        assert_eq!(decimal(&row, "a.roas"), Some("3.5".parse().unwrap()));
        assert_eq!(number(decimal(&row, "a.tiny").unwrap()), json!(0.01));
        assert_eq!(number("4.00".parse().unwrap()), json!(4));
    }

    #[test]
    fn names_lose_their_account() {
        assert_eq!(local("customers/1/adGroupAds/9~77"), "adGroupAds/9~77");
        assert_eq!(last("customers/1/adGroupAds/9~77"), "9~77");
        assert_eq!(local("geoTargetConstants/2724"), "geoTargetConstants/2724");
    }
}

//! Ages, genders and devices: everyone is shown the ads unless a bucket is excluded.
//!
//! Sources: mapping §6; google-ads.md §3.8, §3.9.

use std::collections::BTreeSet;

use adplane_core::value::Value;
use serde_json::json;

/// Age buckets: first age, last age (open end: `None`), the vendor's word.
pub(in super::super) const AGES: [(i64, Option<i64>, &str); 6] = [
    (18, Some(24), "AGE_RANGE_18_24"),
    (25, Some(34), "AGE_RANGE_25_34"),
    (35, Some(44), "AGE_RANGE_35_44"),
    (45, Some(54), "AGE_RANGE_45_54"),
    (55, Some(64), "AGE_RANGE_55_64"),
    (65, None, "AGE_RANGE_65_UP"),
];
/// People whose age is not known.
pub(in super::super) const AGE_UNKNOWN: &str = "AGE_RANGE_UNDETERMINED";

/// Genders with the vendor's words.
pub(in super::super) const GENDERS: [(&str, &str); 2] = [("Female", "FEMALE"), ("Male", "MALE")];
/// People whose gender is not known.
pub(in super::super) const GENDER_UNKNOWN: &str = "UNDETERMINED";

/// Devices that Search knows, with the vendor's words.
pub(in super::super) const DEVICES: [(&str, &str); 3] =
    [("Desktop", "DESKTOP"), ("Mobile", "MOBILE"), ("Tablet", "TABLET")];

/// The ends of an `ages` value.
pub(in super::super) fn ends(ages: &Value) -> (i64, Option<i64>) {
    let end = |key| ages.entry(key).and_then(Value::as_integer);
    (end("min").unwrap_or(18), end("max"))
}

/// The vendor's words for the age buckets that an `ages` value leaves out.
pub(in super::super) fn excluded_ages(ages: &Value) -> BTreeSet<&'static str> {
    let (min, max) = ends(ages);
    AGES.iter()
        .filter(|(first, last, _)| *first < min || max.is_some_and(|max| last.is_none_or(|last| last > max)))
        .map(|(_, _, word)| *word)
        .collect()
}

/// The `ages` value when these buckets are left out; `None` when what remains has gaps or is nothing.
pub(in super::super) fn ages_without(excluded: &BTreeSet<&str>) -> Option<Value> {
    let kept: Vec<usize> = (0..AGES.len()).filter(|index| !excluded.contains(AGES[*index].2)).collect();
    let (first, last) = (*kept.first()?, *kept.last()?);
    if last - first + 1 != kept.len() {
        return None;
    }
    let min = ("min", Value::Integer(AGES[first].0));
    Some(match AGES[last].1 {
        Some(max) => Value::map([min, ("max", Value::Integer(max))]),
        None => Value::map([min]),
    })
}

/// The vendor's words for the genders that a set leaves out.
pub(in super::super) fn excluded_genders(genders: &Value) -> BTreeSet<&'static str> {
    GENDERS
        .iter()
        .filter(|(word, _)| !genders.texts().any(|text| text == *word))
        .map(|(_, vendor)| *vendor)
        .collect()
}

/// The criteria of an ad group that must be negative, as (member, word).
pub(in super::super) fn negatives(
    ages: Option<&Value>,
    genders: Option<&Value>,
    exclude_unknown: bool,
) -> BTreeSet<(&'static str, &'static str)> {
    let mut wanted = BTreeSet::new();
    let ages = ages.map(excluded_ages).unwrap_or_default();
    let genders = genders.map(excluded_genders).unwrap_or_default();
    if exclude_unknown {
        wanted.extend([("ageRange", AGE_UNKNOWN), ("gender", GENDER_UNKNOWN)]);
    }
    wanted.extend(ages.into_iter().map(|word| ("ageRange", word)));
    wanted.extend(genders.into_iter().map(|word| ("gender", word)));
    wanted
}

/// A criterion's value as the vendor writes it.
pub(in super::super) fn criterion(word: &str) -> serde_json::Value {
    json!({ "type": word })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ages(min: i64, max: Option<i64>) -> Value {
        let max = max.map(|max| ("max", Value::Integer(max)));
        Value::map([("min", Value::Integer(min))].into_iter().chain(max))
    }

    #[test]
    fn aligned_ages_read_back() {
        for (min, max) in [(18, None), (25, Some(44)), (65, None), (18, Some(24)), (35, None)] {
            let value = ages(min, max);
            assert_eq!(ages_without(&excluded_ages(&value)), Some(value));
        }
        assert_eq!(ages_without(&["AGE_RANGE_35_44"].into()), None, "a gap has no neutral form");
    }

    #[test]
    fn unknown_people_stay_in_unless_asked() {
        let female = Value::text_set(["Female"]);
        assert_eq!(negatives(None, Some(&female), false), [("gender", "MALE")].into());
        assert_eq!(
            negatives(None, Some(&female), true),
            [("ageRange", "AGE_RANGE_UNDETERMINED"), ("gender", "MALE"), ("gender", "UNDETERMINED")].into()
        );
        let everyone = Value::text_set(["Female", "Male"]);
        assert_eq!(
            negatives(Some(&ages(18, None)), Some(&everyone), true),
            [("ageRange", "AGE_RANGE_UNDETERMINED"), ("gender", "UNDETERMINED")].into()
        );
    }
}

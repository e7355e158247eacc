//! Functions on values.

use std::borrow::Cow;

use jiff::Zoned;
use url::Url;

use super::operate::holds;
use super::value::Val;
use super::{Evaluation, Lookup, Result, Trouble};
use crate::cel::code::Function;
use crate::value::Value;

impl<'a, L: Lookup<'a>> Evaluation<'a, L> {
    pub(super) fn call(&mut self, function: Function, arguments: &[Val<'a>]) -> Result<'a> {
        use Function as F;
        match (function, arguments) {
            (F::SetContains | F::SetIntersects | F::SetEquivalent, [a, b]) => {
                self.sets(function, a, b).map(Val::Bool)
            }
            (F::Contains | F::StartsWith | F::EndsWith, [Val::Text(text), Val::Text(part)]) => {
                Ok(Val::Bool(match function {
                    F::Contains => text.contains(&**part),
                    F::StartsWith => text.starts_with(&**part),
                    _ => text.ends_with(&**part),
                }))
            }
            // Nothing is true of a text that is not there.
            (F::Contains | F::StartsWith | F::EndsWith, [Val::Absent, _] | [_, Val::Absent]) => {
                Ok(Val::Bool(false))
            }
            (_, [Val::Absent, ..] | [_, Val::Absent]) => Ok(Val::Absent),
            (F::Text, [value]) => Ok(Val::Text(Cow::Owned(value.to_string()))),
            (F::Size, [value]) => Ok(Val::Integer(size(value)?)),
            (F::Split, [Val::Text(text), Val::Text(by)]) => {
                let parts = if by.is_empty() { vec![text.to_string()] } else { split(text, by) };
                Ok(Val::List(parts.into_iter().map(|part| Val::Text(Cow::Owned(part))).collect()))
            }
            (F::Query, [Val::Text(text), Val::Text(name)]) => Ok(query(text, name)),
            (F::Lower | F::Upper | F::Trim | F::Scheme | F::Host | F::UrlPath, [Val::Text(text)]) => {
                Ok(of_text(function, text).map_or(Val::Absent, |text| Val::Text(Cow::Owned(text))))
            }
            (_, [Val::Time(at, zone)]) => Ok(Val::Integer(of_time(function, &at.to_zoned(zone.rules())))),
            (F::Hours, [Val::Duration(seconds)]) => Ok(Val::Integer(seconds / 3_600)),
            (F::Minutes, [Val::Duration(seconds)]) => Ok(Val::Integer(seconds / 60)),
            (F::Seconds, [Val::Duration(seconds)]) => Ok(Val::Integer(*seconds)),
            (_, values) => {
                let shown: Vec<String> = values.iter().map(ToString::to_string).collect();
                Err(Trouble::Type("a function", shown.join(", ")))
            }
        }
    }

    /// `contains`: the first holds all of the second. `equivalent`: both hold the same. `intersects`: one is in
    /// both.
    fn sets(&mut self, function: Function, a: &Val<'a>, b: &Val<'a>) -> std::result::Result<bool, Trouble> {
        let (a, b) = (a.members()?, b.members()?);
        self.steps += (a.len() as u64).saturating_mul(b.len() as u64);
        self.step()?;
        let within = |inner: &[Val<'_>], outer: &[Val<'_>]| {
            inner
                .iter()
                .map(|member| holds(outer, member))
                .collect::<std::result::Result<Vec<bool>, Trouble>>()
        };
        Ok(match function {
            Function::SetContains => within(&b, &a)?.into_iter().all(|held| held),
            Function::SetIntersects => within(&b, &a)?.into_iter().any(|held| held),
            _ => within(&a, &b)?.into_iter().chain(within(&b, &a)?).all(|held| held),
        })
    }
}

fn size(value: &Val<'_>) -> std::result::Result<i64, Trouble> {
    let count = match value {
        Val::Text(text) => text.chars().count(),
        Val::Collection(Value::Map(entries)) => entries.len(),
        Val::Collection(list) => list.members().len(),
        other => other.members()?.len(),
    };
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

fn split(text: &str, by: &str) -> Vec<String> {
    text.split(by).map(ToOwned::to_owned).collect()
}

fn of_text(function: Function, text: &str) -> Option<String> {
    Some(match function {
        Function::Lower => text.to_lowercase(),
        Function::Upper => text.to_uppercase(),
        Function::Trim => text.trim().to_owned(),
        // Addresses are read as browsers read them, so that `https://shop.example@evil.example` fools nobody.
        Function::Scheme => Url::parse(text).ok()?.scheme().to_owned(),
        Function::Host => Url::parse(text).ok()?.host_str()?.to_owned(),
        _ => Url::parse(text).ok()?.path().to_owned(),
    })
}

fn query<'a>(text: &str, name: &str) -> Val<'a> {
    let Ok(url) = Url::parse(text) else { return Val::Absent };
    let found = url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    found.map_or(Val::Absent, |value| Val::Text(Cow::Owned(value)))
}

/// Parts of a local time, counted as CEL counts them: months from 0, days of the week from Sunday as 0.
fn of_time(function: Function, local: &Zoned) -> i64 {
    match function {
        Function::Year => local.year().into(),
        Function::Month => i64::from(local.month()) - 1,
        Function::Date => local.day().into(),
        Function::DayOfWeek => local.weekday().to_sunday_zero_offset().into(),
        Function::Hours => local.hour().into(),
        Function::Minutes => local.minute().into(),
        _ => local.second().into(),
    }
}

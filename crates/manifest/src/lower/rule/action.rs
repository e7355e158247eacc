//! Actions of a rule: which fields each needs and takes, and what cannot be meant.

use std::collections::BTreeMap;

use adplane_core::money::Money;
use adplane_core::policy::{Placed, SourceText};
use adplane_core::rules::{
    Action, Bounds, OnTimeout, Reach, RuleSource, Stabilize, Step, TargetValue, unable,
};
use adplane_core::value::Value;
use compact_str::CompactString;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::fields::{Reader, length};
use crate::load::Place;

/// One action as written: `action`, or a member of `actions`.
struct Given {
    /// Its path, for messages.
    path: String,
    place: Place,
    /// Values with their places, and their texts as placed.
    fields: BTreeMap<String, (Value, Place, Option<SourceText>)>,
}

/// Fields that each type needs, then those that it can have.
const FIELDS: [(&str, &[&str], &[&str]); 13] = [
    ("pause", &[], &["holdFor"]),
    ("resume", &[], &[]),
    ("setBudget", &["to"], &[]),
    ("adjustBudget", &["by"], &["min", "max", "until"]),
    ("scaleToTarget", &["actual", "target"], &["min", "max", "maxStep"]),
    ("adjustBid", &["by"], &["min", "max"]),
    ("setTarget", &["to"], &[]),
    ("rotateCreative", &["creatives"], &[]),
    ("rebalance", &["by"], &["min", "max"]),
    ("label", &["labels"], &[]),
    ("notify", &["message"], &[]),
    ("proposePR", &["message"], &[]),
    ("runReport", &["report"], &[]),
];

/// The largest step where a rule does not say, in basis points.
const MAX_STEP: u32 = 2_000;

/// Every action; `None` when one cannot be read.
pub(super) fn actions(reader: &mut Reader<'_>) -> Option<Vec<Action<SourceText>>> {
    let given = given(reader);
    let count = given.len();
    let actions: Vec<Action<SourceText>> = given.iter().filter_map(|one| action(reader, one)).collect();
    (count > 0 && actions.len() == count).then_some(actions)
}

fn given(reader: &Reader<'_>) -> Vec<Given> {
    let document = reader.document;
    if let Some(written) = document.written("actions") {
        let Value::List(members) = &written.value else { return Vec::new() };
        let each = members.iter().enumerate().map(|(index, member)| {
            let place = written.members.get(index).copied().unwrap_or(written.place);
            // Members are read whole, so that all their texts stand where they begin.
            let here = Placed { file: document.file.clone(), marks: vec![(place.line, place.column)] };
            let fields = member.entries().into_iter().flatten().map(|(key, value)| {
                let text = value
                    .as_text()
                    .map(|text| SourceText { text: text.to_owned(), placed: Some(here.clone()) });
                (key.to_string(), (value.clone(), place, text))
            });
            Given { path: format!("actions[{index}]"), place, fields: fields.collect() }
        });
        return each.collect();
    }
    let own = document.fields.iter().filter(|field| field.path.is_within("action"));
    let fields: BTreeMap<_, _> = own
        .filter_map(|field| {
            let key = field.path.as_str().strip_prefix("action.")?.to_owned();
            let text = reader.expression(field.path.as_str());
            Some((key, (field.value.clone(), field.place, text)))
        })
        .collect();
    let place = fields.get("type").map_or(document.place, |(_, place, _)| *place);
    if fields.is_empty() { Vec::new() } else { vec![Given { path: "action".to_owned(), place, fields }] }
}

impl Given {
    fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key)?.0.as_text()
    }

    fn source(&self, key: &str) -> Option<SourceText> {
        self.fields.get(key)?.2.clone()
    }

    fn money(&self, key: &str) -> Option<Money> {
        self.fields.get(key)?.0.as_money()
    }

    fn bounds(&self) -> Bounds {
        Bounds { min: self.money("min"), max: self.money("max") }
    }

    fn wrong(&self, reader: &mut Reader<'_>, key: &str, message: String, hint: &str) {
        let place = self.fields.get(key).map_or(self.place, |(_, place, _)| *place);
        reader.problem_at("rule-action", &format!("{}.{key}", self.path), place, message, hint);
    }
}

fn action(reader: &mut Reader<'_>, given: &Given) -> Option<Action<SourceText>> {
    let word = given.text("type")?.to_owned();
    let (_, needs, takes) = FIELDS.into_iter().find(|(name, ..)| *name == word)?;
    let mut fits = true;
    for key in needs.iter().filter(|key| !given.fields.contains_key(**key)) {
        given.wrong(reader, "type", format!("`{word}` needs `{key}`"), &format!("add `{key}: …`"));
        fits = false;
    }
    let known = |key: &str| key == "type" || needs.contains(&key) || takes.contains(&key);
    let extra: Vec<String> = given.fields.keys().filter(|key| !known(key.as_str())).cloned().collect();
    for key in extra {
        let all: Vec<&str> = needs.iter().chain(takes).copied().collect();
        let hint =
            if all.is_empty() { "remove it".to_owned() } else { format!("it takes {}", all.join(", ")) };
        given.wrong(reader, &key, format!("`{word}` does not take `{key}`"), &hint);
        fits = false;
    }
    if !fits {
        return None;
    }
    build(reader, given, &word)
}

fn build(reader: &mut Reader<'_>, given: &Given, word: &str) -> Option<Action<SourceText>> {
    Some(match word {
        "pause" => Action::Pause { hold_for: given.text("holdFor").and_then(length) },
        "resume" => {
            let message = "a rule resumes what it paused itself, when its `release` is true".to_owned();
            given.wrong(reader, "type", message, "write `release` on the rule that pauses");
            return None;
        }
        "setBudget" => Action::SetBudget(amount(reader, given, "to")?),
        "adjustBudget" => {
            let (by, bounds) = (step(reader, given)?, bounds(reader, given)?);
            let until_midnight = given.text("until") == Some("midnight");
            if until_midnight && by.lowers() {
                let message =
                    "what a cut takes away would return at midnight, and that raises spend".to_owned();
                given.wrong(
                    reader,
                    "until",
                    message,
                    "write `until: midnight` beside a raise, `by: \"+20%\"`",
                );
                return None;
            }
            Action::AdjustBudget { by, bounds, until_midnight }
        }
        "adjustBid" => Action::AdjustBid { by: step(reader, given)?, bounds: bounds(reader, given)? },
        "scaleToTarget" => Action::ScaleToTarget {
            actual: given.source("actual")?,
            target: given.source("target")?,
            bounds: bounds(reader, given)?,
            max_step: given
                .text("maxStep")
                .and_then(points)
                .and_then(|points| u32::try_from(points).ok())
                .unwrap_or(MAX_STEP),
        },
        "setTarget" => Action::SetTarget(target(reader, given)?),
        "rotateCreative" => {
            let names =
                given.fields.get("creatives").map(|(value, ..)| value.texts().map(CompactString::new));
            Action::RotateCreative(names.into_iter().flatten().collect())
        }
        "rebalance" => {
            let Step::Share(share @ -9_999..0) = step(reader, given)? else {
                let message = "a rebalance cuts by a share".to_owned();
                given.wrong(reader, "by", message, "write `\"-20%\"`");
                return None;
            };
            Action::Rebalance { by: share.unsigned_abs(), bounds: bounds(reader, given)? }
        }
        "label" => {
            let entries =
                given.fields.get("labels").and_then(|(value, ..)| value.entries()).into_iter().flatten();
            let labels =
                entries.filter_map(|(key, value)| Some((key.clone(), CompactString::new(value.as_text()?))));
            Action::Label(labels.collect())
        }
        "notify" => Action::Notify(given.source("message")?),
        "proposePR" => Action::ProposePr(given.source("message")?),
        _ => Action::RunReport(given.text("report")?.into()),
    })
}

/// `20%` in basis points.
fn points(text: &str) -> Option<i64> {
    let number: Decimal = text.strip_suffix('%')?.parse().ok()?;
    let points = number.checked_mul(Decimal::from(100))?;
    points.fract().is_zero().then(|| points.to_i64())?
}

fn step(reader: &mut Reader<'_>, given: &Given) -> Option<Step> {
    let text = given.text("by")?;
    let signed = text.strip_prefix('+').unwrap_or(text);
    let found = match points(signed) {
        Some(points) => {
            i32::try_from(points).ok().filter(|points| (-9_999..=100_000).contains(points)).map(Step::Share)
        }
        None => signed.parse::<Money>().ok().map(Step::Amount),
    };
    let zero =
        matches!(found, Some(Step::Share(0))) || matches!(found, Some(Step::Amount(by)) if by.micros() == 0);
    if found.is_none() || zero {
        let message = format!("`{text}` is no step");
        given.wrong(reader, "by", message, "write a share, `\"-20%\"`, or an amount, `\"-5 EUR\"`");
        return None;
    }
    found
}

fn bounds(reader: &mut Reader<'_>, given: &Given) -> Option<Bounds> {
    let bounds = given.bounds();
    let (Some(min), Some(max)) = (bounds.min, bounds.max) else { return Some(bounds) };
    if min.currency() == max.currency() && min < max {
        return Some(bounds);
    }
    given.wrong(
        reader,
        "max",
        format!("nothing lies between {min} and {max}"),
        "write a higher `max`, in the same currency",
    );
    None
}

fn amount(reader: &mut Reader<'_>, given: &Given, key: &str) -> Option<Money> {
    let text = given.text(key)?;
    match text.parse::<Money>() {
        Ok(money) if money.micros() > 0 => Some(money),
        Ok(_) => {
            given.wrong(
                reader,
                key,
                format!("`{text}` is not above zero"),
                "write `type: pause` to spend nothing",
            );
            None
        }
        Err(error) => {
            given.wrong(reader, key, error.to_string(), "write an amount such as `\"50 EUR\"`");
            None
        }
    }
}

fn target(reader: &mut Reader<'_>, given: &Given) -> Option<TargetValue> {
    let text = given.text("to")?;
    match text.parse::<Decimal>() {
        Ok(number) if number > Decimal::ZERO => Some(TargetValue::Roas(number.normalize())),
        _ => amount(reader, given, "to").map(TargetValue::Cpa),
    }
}

/// Actions must change what the rule looks at has, on the platform of every account that it reaches.
pub(super) fn able(reader: &mut Reader<'_>, source: &RuleSource, reach: &Reach) {
    for (given, action) in given(reader).iter().zip(&source.actions) {
        let Some(found) = unable(action, &source.scope, reach) else { continue };
        let place = given.fields.get("type").map_or(given.place, |(_, place, _)| *place);
        reader.found_at(found, &format!("{}.type", given.path), place);
    }
}

/// Amounts must be in the currency of every account that the rule reaches: in another they bound and change nothing.
pub(super) fn currencies(reader: &mut Reader<'_>, reach: &Reach) {
    let mut amounts: Vec<(String, Money, Place)> = Vec::new();
    for one in given(reader) {
        for key in ["to", "by", "min", "max"] {
            let Some((value, place, _)) = one.fields.get(key) else { continue };
            let text = value.as_text().map(|text| text.strip_prefix('+').unwrap_or(text));
            let amount = value.as_money().or_else(|| text?.parse().ok());
            amounts.extend(amount.map(|amount| (format!("{}.{key}", one.path), amount, *place)));
        }
    }
    if let Some(written) = reader.document.written("require.minSpend") {
        let amount = written.value.as_money();
        amounts.extend(amount.map(|amount| ("require.minSpend".to_owned(), amount, written.place)));
    }
    for (path, amount, place) in amounts {
        let other = reach.accounts.iter().find(|account| account.currency != amount.currency());
        if let Some(account) = other {
            let (ours, theirs) = (amount.currency(), account.currency);
            let message = format!("this is in {ours}, and AdAccount `{}` is in {theirs}", account.key.name);
            let hint =
                format!("narrow `scope.accounts` to accounts in {ours}, or write a rule for each currency");
            reader.problem_at("rule-currency", &path, place, message, &hint);
        }
    }
}

/// What rules of certain actions cannot say.
pub(super) fn check(reader: &mut Reader<'_>, source: &RuleSource) {
    if source.approval.on_timeout == OnTimeout::Apply && !source.only_lowers() {
        let message = if source.resumes() {
            "`onTimeout: apply` is for what can only lower spend, and this rule resumes what it paused"
        } else {
            "`onTimeout: apply` is for actions that can only lower spend"
        };
        reader.problem(
            "rule-timeout",
            "approval.onTimeout",
            message.to_owned(),
            "write `expire`, or act without an approval",
        );
    }
    let pauses = source.actions.iter().any(|action| matches!(action, Action::Pause { .. }));
    if source.release.is_some() && !pauses {
        let message = "`release` lets go of what a rule paused, and this one pauses nothing".to_owned();
        reader.problem(
            "rule-action",
            "release",
            message,
            "remove it, or write a rule for the other direction",
        );
    }
    let scales = source.actions.iter().any(|action| matches!(action, Action::ScaleToTarget { .. }));
    if source.dead_band.is_some() && !pauses && !scales {
        let message =
            "`deadBand` lets go of what a rule paused, or bounds `scaleToTarget`, and this does neither";
        reader.problem("rule-action", "deadBand", message.to_owned(), "remove it, or write `sustain`");
    }
    if source.dead_band.is_some() && pauses && source.release.is_some() {
        let message = "`release` and `deadBand` both say when it lets go".to_owned();
        reader.problem("rule-action", "deadBand", message, "keep one of them");
    }
    let amounts =
        source.actions.iter().filter_map(Action::field).any(|(field, _)| field == "budget" || field == "bid");
    if source.stabilize != Stabilize::default() && !amounts {
        let message = "`stabilize` looks back at amounts, and this rule moves none".to_owned();
        reader.problem("rule-action", "stabilize", message, "remove it, or write `sustain`");
    }
    let mut fields: Vec<&str> =
        source.actions.iter().filter_map(Action::field).map(|(field, _)| field).collect();
    fields.sort_unstable();
    let twice = fields.iter().zip(fields.iter().skip(1)).find(|(one, next)| one == next);
    if let Some((field, _)) = twice {
        let message = format!("two actions change `{field}`");
        reader.problem("rule-action", "actions", message, "keep one of them");
    }
}

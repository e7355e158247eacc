//! Words that every rendering of a plan shares.

use std::fmt::Write as _;

use adplane_core::field::{FieldSource, Origin};
use adplane_core::money::Money;
use adplane_core::plan::document::{
    DocumentChange, DocumentDrift, DocumentField, DocumentMoney, DocumentSpend, DriftSide, PlanDocument,
    Summary,
};
use adplane_core::plan::{Action, Break, BreakKind, Reason};
use adplane_core::schema::Confidence;
use serde_json::Value;

use super::safe;

/// A value as people read it; nothing in it moves a cursor or turns the direction of writing.
pub(crate) fn value(json: Option<&Value>) -> String {
    match json {
        None | Some(Value::Null) => "(none)".into(),
        Some(Value::String(text)) => safe::plain(text).into_owned(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Array(members)) if members.is_empty() => "[]".into(),
        Some(Value::Array(members)) => {
            let members: Vec<String> = members.iter().map(nested).collect();
            members.join(", ")
        }
        Some(Value::Object(members)) => {
            let members: Vec<String> = members.iter().map(|(key, member)| entry(key, member)).collect();
            members.join(", ")
        }
    }
}

fn nested(json: &Value) -> String {
    match json {
        Value::Object(_) => format!("{{{}}}", value(Some(json))),
        other => value(Some(other)),
    }
}

/// A keyed member: records of lists (keywords) are shown by their own members, the key only repeats them.
fn entry(key: &str, member: &Value) -> String {
    match member {
        Value::Object(_) => safe::plain(key).replace('|', " · "),
        other => format!("{}: {}", safe::plain(key), nested(other)),
    }
}

/// What a list gained and lost, when the field is one; people look for the difference, not the lists.
pub(crate) fn list_difference(field: &DocumentField) -> Option<(Vec<String>, Vec<String>)> {
    let shown = |json: &Value| -> Option<Vec<String>> {
        match json {
            Value::Array(members) if field.value_type.starts_with("set<") => {
                Some(members.iter().map(nested).collect())
            }
            Value::Object(members) if field.value_type.starts_with("map<") => {
                Some(members.iter().map(|(key, member)| entry(key, member)).collect())
            }
            _ => None,
        }
    };
    let before = shown(field.before.as_ref()?)?;
    let after = shown(field.after.as_ref()?)?;
    let added = after.iter().filter(|member| !before.contains(member)).cloned().collect();
    let removed = before.iter().filter(|member| !after.contains(member)).cloned().collect();
    Some((added, removed))
}

/// Marks behind a field: default, inherited, in force by an overlay, fixed at create, resets learning, review.
pub(crate) fn marks(field: &DocumentField, action: Action) -> Vec<&'static str> {
    let mut marks = Vec::new();
    match field.source {
        FieldSource::CreateDefault => marks.push("default"),
        FieldSource::Inherited => marks.push("inherited"),
        FieldSource::Declared => {}
    }
    if field.owner.overlay().is_some() {
        marks.push("overlay");
    }
    if field.immutable {
        marks.push("forces replacement");
    }
    if action != Action::Create {
        if field.resets_learning.is_some() {
            marks.push("resets learning");
        }
        if field.needs_review.is_some() {
            marks.push("goes to review");
        }
    }
    marks
}

/// Fields worth showing: the changed ones; of a create all that were chosen.
pub(crate) fn fields(change: &DocumentChange) -> impl Iterator<Item = &DocumentField> {
    let all = change.action == Action::Create;
    change.fields.iter().filter(move |field| all || field.before != field.after)
}

/// A reason as a sentence fragment.
pub(crate) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::NotOnPlatform => "not on the platform yet".into(),
        Reason::Immutable { path } => format!("`{path}` is fixed at create"),
        Reason::ParentReplaced { parent } => format!("moves with {}, which is replaced", parent.short()),
        Reason::NotInYaml { policy } => format!("not in the YAML any more (deletion policy {policy:?})"),
        Reason::Bound { id } => format!("bound to id {id}, becomes ours"),
        Reason::Renamed { from: Some(from) } => format!("renamed from `{from}`"),
        Reason::Renamed { from: None } => "renamed".into(),
        Reason::MarkerLost => "its ownership marker was lost and is restored".into(),
        Reason::TakenOver => "taken over from another owner".into(),
        Reason::Superseded { id } => format!("an earlier replacement left id {id} running; it is paused"),
        Reason::Lost { what } => format!("loses {what}"),
        Reason::Overlaid(overlaid) => overlaid.to_string(),
        Reason::Returned(returned) => returned.to_string(),
        Reason::Blocked(blocked) => format!("{}; to unblock: {}", blocked.why, blocked.unblock),
    }
}

/// Reasons worth showing, and what it waits for: that something new is new goes without saying, and what breaks says itself.
pub(crate) fn reasons(change: &DocumentChange) -> impl Iterator<Item = String> {
    let broken = |what: BreakKind| change.breaks.iter().filter(move |found| found.what == what);
    let said = move |found: &&Reason| match found {
        Reason::NotOnPlatform => true,
        Reason::Lost { .. } => broken(BreakKind::Loses).next().is_some(),
        Reason::Immutable { path } => {
            broken(BreakKind::ForcesReplacement).any(|found| found.path.as_ref() == Some(path))
        }
        _ => false,
    };
    let waits = change.frozen.iter().map(ToString::to_string);
    let reasons = change.reasons.iter().filter(move |found| !said(found)).map(reason);
    reasons.chain(waits).map(|line| safe::plain(&line).into_owned())
}

/// What a change breaks, a line for each thing; fields that break alike share one.
pub(crate) fn breaks(change: &DocumentChange) -> Vec<String> {
    let mut groups: Vec<(&Break, Vec<&str>)> = Vec::new();
    for found in &change.breaks {
        let path = found.path.iter().map(adplane_core::field::FieldPath::as_str);
        let alike = |known: &&mut (&Break, Vec<&str>)| {
            (known.0.what, &known.0.says, &known.0.rule) == (found.what, &found.says, &found.rule)
        };
        match groups.iter_mut().find(alike) {
            Some((_, paths)) => paths.extend(path),
            None => groups.push((found, path.collect())),
        }
    }
    groups.iter().map(|(found, paths)| broken(found, paths)).collect()
}

/// `resets learning: budget.daily starts the learning phase again (a step above 20 %, low confidence)`.
fn broken(found: &Break, paths: &[&str]) -> String {
    let fields = if paths.is_empty() { String::new() } else { format!("{} ", paths.join(", ")) };
    let sure = found.confidence.map(|sure| match sure {
        Confidence::High => "high confidence",
        Confidence::Medium => "medium confidence",
        Confidence::Low => "low confidence",
    });
    let rule = match (&found.rule, sure) {
        (Some(rule), Some(sure)) => format!(" ({rule}; {sure})"),
        (Some(rule), None) => format!(" ({rule})"),
        (None, _) => String::new(),
    };
    format!("{}: {fields}{}{rule}", found.what.words(), safe::plain(&found.says))
}

/// `campaign/spring-sale`; of what has no name in the YAML also what people see.
pub(crate) fn name(change: &DocumentChange) -> String {
    let short = change.address.short();
    if change.address.name.as_str().starts_with("unnamed-") {
        format!("{short} \u{201c}{}\u{201d}", safe::cut(&safe::plain(&change.display_name), 80))
    } else {
        short
    }
}

/// Where a change was written: the field that changes, else the object.
pub(crate) fn place(change: &DocumentChange) -> Option<&Origin> {
    let field = || fields(change).find_map(|field| field.origin.as_ref());
    match change.action {
        Action::Create => change.origin.as_ref(),
        _ => field().or(change.origin.as_ref()),
    }
}

/// An amount of whole smallest units, rounded up: what is shown is never too low.
pub(crate) fn shown(money: Money) -> Money {
    let (below, above) = money.neighbours(money.currency().minor_unit_micros());
    if money.micros() < 0 { below } else { above }
}

/// What a person or another program did on the platform, and what this plan does about it.
pub(crate) fn drift(drift: &DocumentDrift) -> String {
    let who = drift.changed_by.as_ref().map(|by| {
        let through = if by.client.is_empty() { String::new() } else { format!(" ({})", by.client) };
        format!("by {}{through} on {}", if by.actor.is_empty() { "somebody" } else { &by.actor }, by.local)
    });
    let who = who.unwrap_or_else(|| "by whom the platform does not tell".into());
    let Some(path) = &drift.path else {
        let then = if drift.reverted { "it is created again" } else { "it stays away" };
        return format!("{} is gone from the platform, {who}; {then}", drift.address.short());
    };
    let mut sides =
        format!("{} there, {} in the YAML", value(drift.live.as_ref()), value(drift.yaml.as_ref()));
    if let Some(overlay) = &drift.overlay {
        let author = overlay.by.author();
        let _ = write!(sides, ", {} by overlay of {author}", value(overlay.value.as_ref()));
    }
    if drift.bounds.is_some_and(|bounds| bounds.hold(drift.live.as_ref())) {
        sides.push_str("; bounds are for rules, so it is drift within them too");
    }
    let what = match drift.side {
        DriftSide::Platform => format!("changed on the platform {who}"),
        DriftSide::Both => format!("changed in the YAML, and on the platform {who}"),
        DriftSide::Unknown => format!("last changed on the platform {who}"),
    };
    let then = match (drift.reverted, &drift.overlay) {
        (false, _) => "it stays as it is there",
        (true, None) => "the YAML's value is written back",
        (true, Some(_)) => "the overlay's value is written back",
    };
    format!("{} `{path}` ({sides}) was {what}; {then}", drift.address.short())
}

/// An amount with its sign.
pub(crate) fn signed(money: Money) -> String {
    let money = shown(money);
    if money.micros() > 0 { format!("+{money}") } else { money.to_string() }
}

/// `120.00 EUR a day → 150.00 EUR a day (+30.00 EUR)`.
pub(crate) fn daily(money: &DocumentSpend) -> String {
    format!(
        "{} a day → {} a day ({})",
        shown(money.daily_before),
        shown(money.daily_after),
        signed(money.delta)
    )
}

/// `worst day 262.50 EUR; worst calendar week 1050.00 EUR`.
pub(crate) fn worst(money: &DocumentSpend) -> String {
    let mut parts = vec![format!("worst day {}", shown(money.worst_day))];
    parts.extend(
        money.worst_period.iter().map(|(period, amount)| format!("worst {period} {}", shown(*amount))),
    );
    parts.join("; ")
}

/// Why today can cost more than the days after, where it can.
pub(crate) fn today(money: &DocumentSpend) -> Option<String> {
    (money.worst_day > money.worst_day_after).then(|| {
        format!(
            "worst day {} from tomorrow: what is lowered or replaced today still counts today",
            shown(money.worst_day_after)
        )
    })
}

/// A shared budget in a line: its money, counted once, and who draws on it.
pub(crate) fn shared(money: &DocumentMoney) -> Vec<String> {
    money
        .budgets
        .iter()
        .map(|row| {
            let campaigns =
                if row.campaigns.is_empty() { "nobody".to_owned() } else { row.campaigns.join(", ") };
            format!(
                "shared {}: {}, counted once for {}",
                row.address.short(),
                daily(&row.spend),
                safe::plain(&campaigns)
            )
        })
        .collect()
}

/// `2 to create, 1 to update, 5 unchanged`.
pub(crate) fn summary(summary: &Summary) -> String {
    let word = |action: Action| match action {
        Action::None => "unchanged".to_owned(),
        Action::Blocked => "blocked".to_owned(),
        other => format!("to {other}"),
    };
    let parts: Vec<String> = Action::ALL
        .into_iter()
        .filter(|action| summary.of(*action) > 0)
        .map(|action| format!("{} {}", summary.of(action), word(action)))
        .collect();
    if parts.is_empty() { "nothing in scope".into() } else { parts.join(", ") }
}

/// `3 accounts` and the project's name.
pub(crate) fn scope(document: &PlanDocument) -> String {
    let accounts = document.scope.accounts.len();
    let noun = if accounts == 1 { "account" } else { "accounts" };
    match &document.project {
        Some(project) => format!("project {project}, {accounts} {noun}"),
        None => format!("{accounts} {noun}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_read_like_text() {
        assert_eq!(value(Some(&json!(["ES", "FR"]))), "ES, FR");
        assert_eq!(value(Some(&json!({"min": 25, "max": 44}))), "min: 25, max: 44");
        assert_eq!(
            value(Some(&json!({"shoes|Exact": {"text": "shoes", "match": "Exact"}}))),
            "shoes · Exact"
        );
        assert_eq!(value(None), "(none)");
        assert_eq!(value(Some(&json!([]))), "[]");
    }

    #[test]
    fn summaries_leave_out_zeros() {
        let counted = Summary { create: 2, none: 5, blocked: 1, ..Summary::default() };
        assert_eq!(summary(&counted), "2 to create, 5 unchanged, 1 blocked");
        assert_eq!(summary(&Summary::default()), "nothing in scope");
    }
}

//! `FreezeWindow`: its rules as data, and what cannot be meant.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Platform;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::freeze::{Allow, Day, FreezeMatch, FreezeWindow, MonthDay, Rule, TimeOfDay, opening};
use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::time::Zone;
use adplane_core::value::Value;
use compact_str::CompactString;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use super::index::Index;
use super::moment::{self, Moment};
use crate::load::{Document, DocumentKind, Place, Written};

/// What is wrong with one member of a list.
struct Problem {
    code: &'static str,
    message: String,
    hint: &'static str,
}

impl Problem {
    fn new(code: &'static str, message: String, hint: &'static str) -> Self {
        Self { code, message, hint }
    }
}

/// Lowers a window; what is wrong with a rule leaves that rule out.
pub(super) fn lower(
    index: &Index<'_>,
    elsewhere: &BTreeSet<(Namespace, ObjectName)>,
    document: &Document,
    diagnostics: &mut Vec<Diagnostic>,
) -> FreezeWindow {
    let mut rules = Vec::new();
    let mut broken = !document.unreadable.is_empty();
    for (list, read) in [("ranges", range as Reader), ("weekly", weekly), ("yearly", yearly)] {
        let Some(written) = document.written(list) else { continue };
        let Value::List(members) = &written.value else { continue };
        broken |= members.is_empty();
        for (number, member) in members.iter().enumerate() {
            match read(member) {
                Ok(rule) => rules.push(rule),
                Err(problem) => {
                    broken = true;
                    let found = Diagnostic::error(problem.code, problem.message).hint(problem.hint);
                    diagnostics.push(document.finding(found, place(written, number), list));
                }
            }
        }
    }
    let window = FreezeWindow {
        namespace: document.namespace.clone(),
        name: document.name.clone(),
        matches: matches(document),
        rules,
        allow: if document.text("allow") == Some("Nothing") { Allow::Nothing } else { Allow::LowerSpend },
        reason: document.text("reason").map(str::to_owned),
        origin: document.at(document.place),
    };
    check_accounts(index, elsewhere, document, diagnostics);
    if !broken {
        diagnostics.extend(check_sense(document, &window));
    }
    window
}

type Reader = fn(&Value) -> Result<Rule, Problem>;

fn place(written: &Written, member: usize) -> Place {
    written.members.get(member).copied().unwrap_or(written.place)
}

fn matches(document: &Document) -> FreezeMatch {
    let texts = |path: &str| document.written(path).into_iter().flat_map(|written| written.value.texts());
    let labels = match document.written("match.labels").map(|written| &written.value) {
        Some(Value::Map(entries)) => entries
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), CompactString::new(value.as_text()?))))
            .collect(),
        _ => BTreeMap::new(),
    };
    FreezeMatch {
        accounts: texts("match.accounts").filter_map(|name| ObjectName::new(name).ok()).collect(),
        platforms: texts("match.platforms")
            .map(|word| match word {
                "Google" => Platform::Google,
                "Meta" => Platform::Meta,
                _ => Platform::TikTok,
            })
            .collect(),
        labels,
    }
}

/// Accounts that the window names must exist: a misspelt one would leave its account open.
fn check_accounts(
    index: &Index<'_>,
    elsewhere: &BTreeSet<(Namespace, ObjectName)>,
    document: &Document,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(written) = document.written("match.accounts") else { return };
    let is_elsewhere = |name: &str| {
        let name = ObjectName::new(name).ok();
        name.is_some_and(|name| elsewhere.contains(&(document.namespace.clone(), name)))
    };
    for (number, name) in written.value.texts().enumerate() {
        if is_elsewhere(name) {
            continue;
        }
        let one = Written {
            value: Value::text(name),
            place: place(written, number),
            members: Box::default(),
            path: written.path.clone(),
        };
        if let Err(found) = index.follow(document, &one, DocumentKind::AdAccount) {
            diagnostics.push(*found);
        }
    }
}

/// A window without rules holds nothing; one that never opens holds everything for good.
fn check_sense(document: &Document, window: &FreezeWindow) -> Option<Diagnostic> {
    if window.rules.is_empty() {
        let found = Diagnostic::error("freeze-empty", "the window is never closed")
            .hint("write `ranges`, `weekly` or `yearly`");
        return Some(document.finding(found, document.place, ""));
    }
    // After every date that is written, only what repeats is left.
    let dates = window.rules.iter().filter_map(|rule| match rule {
        Rule::Range { to, .. } => Some(to.date()),
        Rule::Weekly { first, last, .. } => last.or(*first),
        Rule::Yearly { .. } => None,
    });
    let after = dates.max().unwrap_or(Date::constant(2026, 1, 1)).checked_add(2.days()).ok()?;
    let at = after.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    if opening(window.rules.iter(), at, &Zone::utc()).is_some() {
        return None;
    }
    let found =
        Diagnostic::error("freeze-never-opens", "the window is closed for good: it never opens again")
            .hint("give the weekly rules an `end`, or leave hours or days open");
    Some(document.finding(found, document.place, ""))
}

fn text<'a>(member: &'a Value, key: &str) -> Option<&'a str> {
    member.entry(key)?.as_text()
}

fn local(text: Option<&str>) -> Result<Moment, Problem> {
    moment::parse(text.unwrap_or_default())
        .map_err(|message| Problem::new("invalid-value", message, "write `2026-11-26` or `2026-11-26T16:00`"))
}

fn range(member: &Value) -> Result<Rule, Problem> {
    let from = match local(text(member, "from"))? {
        Moment::Day(date) => date.to_datetime(Time::midnight()),
        Moment::At(at, _) => at,
    };
    let to = match local(text(member, "to"))? {
        Moment::Day(date) => next_midnight(date),
        // As everywhere, 23:59 means the end of that minute.
        Moment::At(at, false) if at.hour() == 23 && at.minute() == 59 => next_midnight(at.date()),
        Moment::At(at, _) => at,
    };
    if to <= from {
        let hint = "write an end after the start; a day as an end is closed to its last second";
        return Err(Problem::new("end-before-start", format!("it opens {to}, and closes {from}"), hint));
    }
    Ok(Rule::Range { from, to })
}

fn next_midnight(date: Date) -> DateTime {
    date.tomorrow().map_or(DateTime::MAX, |next| next.to_datetime(Time::midnight()))
}

fn weekly(member: &Value) -> Result<Rule, Problem> {
    let days: BTreeSet<Day> = member
        .entry("days")
        .into_iter()
        .flat_map(Value::texts)
        .filter_map(|word| Day::ALL.into_iter().find(|day| format!("{day:?}") == word))
        .collect();
    let time = |key: &str, otherwise: TimeOfDay| {
        text(member, key).map_or(Ok(otherwise), |text| {
            let wrong = |error: adplane_core::freeze::InvalidCalendar| {
                Problem::new("invalid-value", error.to_string(), "write a time such as \"16:00\"")
            };
            text.parse().map_err(wrong)
        })
    };
    let (from, to) = (time("from", TimeOfDay::START)?, time("to", TimeOfDay::END)?);
    if from == to || from == TimeOfDay::END {
        let hint = "write an end after the start; without `from` and `to` it is the whole day";
        return Err(Problem::new("invalid-hours", format!("the span from {from} to {to} is empty"), hint));
    }
    let (first, last) = (day(member, "start")?, day(member, "end")?);
    if let (Some(first), Some(last)) = (first, last)
        && last < first
    {
        let message = format!("it ends {last}, before it starts {first}");
        return Err(Problem::new("end-before-start", message, "write an end on or after the start"));
    }
    Ok(Rule::Weekly { days, from, to, first, last })
}

fn day(member: &Value, key: &str) -> Result<Option<Date>, Problem> {
    let Some(text) = text(member, key) else { return Ok(None) };
    match local(Some(text))? {
        Moment::Day(date) => Ok(Some(date)),
        Moment::At(..) => {
            let message = format!("`{key}` is a day, and `{text}` has a time");
            Err(Problem::new("invalid-value", message, "write the day alone, such as `2026-11-26`"))
        }
    }
}

fn yearly(member: &Value) -> Result<Rule, Problem> {
    let read = |key: &str| -> Result<MonthDay, Problem> {
        text(member, key).unwrap_or_default().parse().map_err(
            |error: adplane_core::freeze::InvalidCalendar| {
                Problem::new("invalid-value", error.to_string(), "write month and day, such as \"12-24\"")
            },
        )
    };
    Ok(Rule::Yearly { from: read("from")?, to: read("to")? })
}

#[cfg(test)]
mod tests {
    use crate::lower::tests::{ACCOUNT, Case};

    fn window(spec: &str) -> Case {
        let text = format!(
            "apiVersion: adplane.io/v1alpha1\nkind: FreezeWindow\nmetadata: {{name: peak, namespace: growth}}\nspec:\n{spec}\n"
        );
        Case::new(&[("account.yaml", ACCOUNT), ("peak.yaml", &text)])
    }

    #[test]
    fn rules_become_data() {
        let case = window(
            "  match: {accounts: [meta-eu], platforms: [Meta], labels: {team: growth}}
  ranges: [{from: \"2026-11-26\", to: \"2026-11-30\"}, {from: \"2026-12-10T08:00\", to: \"2026-12-10T23:59\"}]
  weekly: [{days: [Fri], from: \"16:00\", start: \"2026-11-01\"}, {days: [Sun, Sat]}, {days: [Mon], from: \"22:00\", to: \"02:00\"}]
  yearly: [{from: 12-24, to: 01-02}]
  allow: Nothing
  reason: Peak days",
        );
        assert_eq!(case.found(), Vec::<String>::new());
        let [window] = case.lowered.desired.freezes.as_slice() else { panic!("one window") };
        assert_eq!(window.key(), "growth/peak");
        assert_eq!(window.allow, adplane_core::freeze::Allow::Nothing);
        assert_eq!(window.reason.as_deref(), Some("Peak days"));
        assert_eq!(
            serde_json::to_value(&window.rules).unwrap(),
            serde_json::json!([
                {"range": {"from": "2026-11-26T00:00:00", "to": "2026-12-01T00:00:00"}},
                {"range": {"from": "2026-12-10T08:00:00", "to": "2026-12-11T00:00:00"}},
                {"weekly": {"days": ["Fri"], "from": "16:00", "to": "24:00", "first": "2026-11-01"}},
                {"weekly": {"days": ["Sat", "Sun"], "from": "00:00", "to": "24:00"}},
                {"weekly": {"days": ["Mon"], "from": "22:00", "to": "02:00"}},
                {"yearly": {"from": "12-24", "to": "01-02"}},
            ])
        );
        assert_eq!(
            serde_json::to_value(&window.matches).unwrap(),
            serde_json::json!({"accounts": ["meta-eu"], "platforms": ["Meta"], "labels": {"team": "growth"}})
        );
    }

    #[test]
    fn what_cannot_be_meant_is_an_error_at_its_place() {
        for (spec, expected) in [
            ("  reason: nothing", "peak freeze-empty"),
            ("  ranges: []", "[] too-short"),
            (
                "  ranges: [{from: \"2026-11-30\", to: \"2026-11-26\"}]",
                "{from: \"2026-11-30\", to: \"2026-11-26\"} end-before-start",
            ),
            (
                "  ranges: [{from: \"2026-11-30T10:00\", to: \"2026-11-30T10:00\"}]",
                "{from: \"2026-11-30T10:00\", to: \"2026-11-30T10:00\"} end-before-start",
            ),
            (
                "  weekly: [{days: [Mon], from: \"08:00\", to: \"08:00\"}]",
                "{days: [Mon], from: \"08:00\", to: \"08:00\"} invalid-hours",
            ),
            (
                "  weekly: [{days: [Mon], start: \"2026-02-02\", end: \"2026-02-01\"}]",
                "{days: [Mon], start: \"2026-02-02\", end: \"2026-02-01\"} end-before-start",
            ),
            (
                "  weekly: [{days: [Mon], start: \"2026-02-02T10:00\"}]",
                "{days: [Mon], start: \"2026-02-02T10:00\"} invalid-value",
            ),
            ("  yearly: [{from: 02-30, to: 03-01}]", "{from: 02-30, to: 03-01} invalid-value"),
            ("  weekly: [{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun]}]", "peak freeze-never-opens"),
            ("  yearly: [{from: 01-01, to: 12-31}]", "peak freeze-never-opens"),
            (
                "  match: {accounts: [meta-uk]}\n  yearly: [{from: 01-01, to: 01-02}]",
                "meta-uk dangling-reference",
            ),
            ("  weekly: [{days: [Mon], form: \"08:00\"}]", "form unknown-field"),
        ] {
            assert_eq!(window(spec).found(), [expected], "{spec}");
        }
    }

    #[test]
    fn the_whole_week_is_fine_while_it_ends() {
        let case = window("  weekly: [{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], end: \"2026-12-31\"}]");
        assert_eq!(case.found(), Vec::<String>::new());
    }
}

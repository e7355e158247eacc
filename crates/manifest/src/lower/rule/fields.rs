//! Fields of a rule's document as the types that rules have.

use std::collections::BTreeMap;

use adplane_core::approval::Hold;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldPath;
use adplane_core::freeze::{Day, TimeOfDay};
use adplane_core::metrics::{CONVERSION_PARTS, End, Window};
use adplane_core::money::{Currency, Money};
use adplane_core::policy::SourceText;
use adplane_core::rules::{Approval, Limits, OnTimeout, Rates, Require, Schedule, SignalKind, SignalSource};
use adplane_core::time::Zone;
use adplane_core::value::Value;
use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::moment::{self, Moment};
use super::super::policy::placed;
use crate::load::{Document, Loaded, Place, Written};

/// Names of windows and values that mean something already.
const TAKEN: [&str; 11] = [
    "self",
    "parent",
    "account",
    "peers",
    "params",
    "signals",
    "calendars",
    "now",
    "forecast",
    "delta",
    "action",
];

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Reads one document.
pub(super) struct Reader<'r> {
    pub(super) document: &'r Document,
    pub(super) loaded: &'r Loaded,
    diagnostics: &'r mut Vec<Diagnostic>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(
        document: &'r Document,
        loaded: &'r Loaded,
        diagnostics: &'r mut Vec<Diagnostic>,
    ) -> Self {
        Self { document, loaded, diagnostics }
    }

    pub(super) fn text(&self, path: &str) -> Option<&'r str> {
        self.document.text(path)
    }

    pub(super) fn texts(&self, path: &str) -> impl Iterator<Item = &'r str> {
        self.document.written(path).into_iter().flat_map(|written| written.value.texts())
    }

    pub(super) fn integer(&self, path: &str) -> Option<i64> {
        self.document.written(path)?.value.as_integer()
    }

    fn decimal(&self, path: &str) -> Option<Decimal> {
        self.document.written(path)?.value.as_decimal()
    }

    pub(super) fn duration(&self, path: &str) -> Option<SignedDuration> {
        self.text(path).and_then(length)
    }

    pub(super) fn expression(&self, path: &str) -> Option<SourceText> {
        placed(self.document, self.document.written(path)?, self.loaded)
    }

    /// Something wrong at a field.
    pub(super) fn problem(&mut self, code: &'static str, path: &str, message: String, hint: &str) {
        let place = self.document.written(path).map_or(self.document.place, |written| written.place);
        self.problem_at(code, path, place, message, hint);
    }

    pub(super) fn problem_at(
        &mut self,
        code: &'static str,
        path: &str,
        place: Place,
        message: String,
        hint: &str,
    ) {
        self.found_at(Diagnostic::error(code, message).hint(hint.to_owned()), path, place);
    }

    /// Something that was found wrong, at a field.
    pub(super) fn found_at(&mut self, found: Diagnostic, path: &str, place: Place) {
        self.diagnostics.push(self.document.finding(found, place, path));
    }

    /// Fields of a map by the names of its entries: `windows.recent.days` under `recent`.
    pub(super) fn entries(&self, map: &str) -> BTreeMap<&'r str, Vec<&'r Written>> {
        let mut found: BTreeMap<&str, Vec<&Written>> = BTreeMap::new();
        let fields = self.document.fields.iter().filter(|field| field.path.is_within(map));
        for field in fields.filter(|field| field.path.as_str().len() > map.len()) {
            let rest = &field.path.as_str()[map.len() + 1..];
            found.entry(rest.split('.').next().unwrap_or_default()).or_default().push(field);
        }
        found
    }

    /// Names stand in expressions, so they are made of letters, digits and `_`.
    pub(super) fn is_name(&mut self, map: &str, name: &str, place: Place) -> bool {
        let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
        let path = format!("{map}.{name}");
        if !letters || !starts {
            let message = format!("`{name}` cannot stand in an expression");
            let hint = "write letters, digits and `_`, a letter first";
            self.problem_at("rule-name", &path, place, message, hint);
            return false;
        }
        if map == "windows" && (TAKEN.contains(&name) || name.parse::<Window>().is_ok()) {
            let message = format!("`{name}` has a meaning already");
            self.problem_at("rule-name", &path, place, message, "give the window another name");
            return false;
        }
        true
    }

    pub(super) fn windows(&mut self) -> BTreeMap<CompactString, Window> {
        let mut windows = BTreeMap::new();
        for (name, fields) in self.entries("windows") {
            let place = fields.first().map(|field| field.place).unwrap_or_default();
            if !self.is_name("windows", name, place) {
                continue;
            }
            match window(name, &fields) {
                Ok(Some(window)) => {
                    windows.insert(name.into(), window);
                }
                Ok(None) => {}
                Err((message, hint)) => {
                    self.problem_at("rule-window", &format!("windows.{name}"), place, message, &hint);
                }
            }
        }
        windows
    }

    pub(super) fn params(&mut self) -> BTreeMap<CompactString, Value> {
        let mut params = BTreeMap::new();
        for (name, fields) in self.entries("params") {
            let [field] = fields.as_slice() else { continue };
            if !self.is_name("params", name, field.place) {
                continue;
            }
            let value = match &field.value {
                Value::Text(text) => text.parse::<Money>().map_or_else(|_| field.value.clone(), Value::Money),
                Value::Set(_) | Value::Map(_) | Value::List(_) => {
                    let message = format!("`params.{name}` is no single value");
                    let hint = "write an amount in quotes, a number, a text or `true`";
                    self.problem_at("wrong-type", &format!("params.{name}"), field.place, message, hint);
                    continue;
                }
                other => other.clone(),
            };
            params.insert(name.into(), value);
        }
        params
    }

    pub(super) fn signals(&mut self) -> BTreeMap<CompactString, SignalSource> {
        let mut signals = BTreeMap::new();
        for (name, fields) in self.entries("signals") {
            let place = fields.first().map(|field| field.place).unwrap_or_default();
            if !self.is_name("signals", name, place) {
                continue;
            }
            let kind = match self.text(&format!("signals.{name}.type")) {
                Some("money") => SignalKind::Money,
                Some("text") => SignalKind::Text,
                Some("flag") => SignalKind::Flag,
                _ => SignalKind::Number,
            };
            if let Some(freshness) = self.duration(&format!("signals.{name}.freshness")) {
                signals.insert(name.into(), SignalSource { kind, freshness });
            }
        }
        signals
    }

    pub(super) fn rates(&mut self) -> Option<Rates> {
        let Ok(Moment::Day(date)) = moment::parse(self.text("rates.date")?) else {
            let message = "rates are of a day".to_owned();
            self.problem("invalid-date", "rates.date", message, "write a date, `\"2026-11-01\"`");
            return None;
        };
        let base = Currency::parse(self.text("rates.base")?)?;
        let mut rates = BTreeMap::new();
        for (name, fields) in self.entries("rates.rates") {
            let [field] = fields.as_slice() else { continue };
            let rate = field.value.as_decimal().filter(|rate| *rate > Decimal::ZERO);
            if let (Some(currency), Some(rate)) = (Currency::parse(name), rate) {
                rates.insert(currency, rate);
            } else {
                let message = format!("`{name}` has no rate above zero, or is no currency");
                let hint = "write an ISO 4217 code and a number, such as `USD: 1.0834`";
                let path = format!("rates.rates.{name}");
                self.problem_at("invalid-value", &path, field.place, message, hint);
            }
        }
        let max_age = self.duration("rates.maxAge").unwrap_or(SignedDuration::from_hours(31 * 24));
        Some(Rates { date, base, rates, max_age })
    }

    pub(super) fn schedule(&mut self) -> Schedule {
        let mut schedule = Schedule::default();
        if let Some(every) = self.duration("schedule.every") {
            schedule.every = every;
            if every.as_hours() >= 24 && every.as_secs() % DAY != 0 {
                let message = format!(
                    "`{}` is neither less than a day nor whole days",
                    self.text("schedule.every").unwrap_or_default()
                );
                let hint = "ticks are counted from midnight: write `12h`, `24h` or `2d`";
                self.problem("rule-schedule", "schedule.every", message, hint);
            }
        }
        if let Some(jitter) = self.duration("schedule.jitter") {
            schedule.jitter = jitter;
            if jitter >= schedule.every || jitter.as_hours() >= 24 {
                let message = "a look would be later than the next one, or than the day".to_owned();
                self.problem(
                    "rule-schedule",
                    "schedule.jitter",
                    message,
                    "write less than `every`, such as `5m`",
                );
            }
        }
        schedule.days = self
            .texts("schedule.days")
            .filter_map(|word| Day::ALL.into_iter().find(|day| format!("{day:?}") == word))
            .collect();
        if let Some(text) = self.text("schedule.activeHours") {
            match text.split_once('-').map(|(from, to)| (from.parse::<TimeOfDay>(), to.parse::<TimeOfDay>()))
            {
                Some((Ok(from), Ok(to))) if from != to && from != TimeOfDay::END => {
                    schedule.hours = Some((from, to));
                }
                _ => {
                    let message = format!("`{text}` is no stretch of hours");
                    self.problem("invalid-hours", "schedule.activeHours", message, "write `\"06:00-22:00\"`");
                }
            }
        }
        if let Some(text) = self.text("schedule.timeZone").filter(|text| *text != "account") {
            match Zone::parse(text) {
                Ok(zone) => schedule.zone = Some(zone),
                Err(error) => {
                    let hint = "write `account`, or an IANA name such as `Europe/Madrid`";
                    self.problem("invalid-zone", "schedule.timeZone", error.to_string(), hint);
                }
            }
        }
        schedule
    }

    pub(super) fn require(&mut self) -> Require {
        let mut require = Require {
            window: self.text("require.window").map(CompactString::new),
            age: self.duration("require.age"),
            spend: self.document.written("require.minSpend").and_then(|written| written.value.as_money()),
            impressions: self.integer("require.minImpressions"),
            clicks: self.integer("require.minClicks"),
            conversions: self
                .decimal("require.minConversions")
                .and_then(|number| (number * Decimal::from(CONVERSION_PARTS)).to_i64()),
            ..Require::default()
        };
        if let Some(freshness) = self.duration("require.freshness") {
            require.freshness = freshness;
        }
        if let Some(name) = &require.window {
            let declared = self.entries("windows").contains_key(name.as_str());
            if !declared && let Err(wrong) = name.parse::<Window>() {
                let message = format!("there is no window `{name}`");
                let hint = format!("declare it under `windows`, or {}", wrong.hint);
                self.problem("rule-window", "require.window", message, &hint);
            }
        }
        require
    }

    pub(super) fn limits(&mut self) -> Limits {
        let number = |path: &str| self.integer(path).and_then(|number| u32::try_from(number).ok());
        let share = self.decimal("limits.maxShareOfScope");
        let limits = Limits {
            cooldown: self.duration("limits.cooldown"),
            per_run: number("limits.perRun"),
            per_day: number("limits.perDay"),
            share: share.and_then(|share| (share * Decimal::from(10_000)).to_u32()),
            resumes: number("limits.maxResumes"),
        };
        if share.is_some_and(|share| share <= Decimal::ZERO || share > Decimal::ONE) {
            let message = "a share lies above 0 and at most at 1".to_owned();
            self.problem("out-of-range", "limits.maxShareOfScope", message, "write a quarter as `0.25`");
        }
        limits
    }

    pub(super) fn approval(&mut self) -> Approval<SourceText> {
        let mut approval = Approval { when: self.expression("approval.when"), ..Approval::default() };
        if let Some(timeout) = self.duration("approval.timeout") {
            approval.timeout = timeout;
        }
        if self.text("approval.onTimeout") == Some("apply") {
            approval.on_timeout = OnTimeout::Apply;
        }
        approval
    }
}

/// How long a text says.
pub(crate) fn length(text: &str) -> Option<SignedDuration> {
    let hold: Hold = text.parse().ok()?;
    Some(hold.after(Timestamp::UNIX_EPOCH).duration_since(Timestamp::UNIX_EPOCH))
}

/// A window by its fields; nothing where a field could not be read.
fn window(name: &str, fields: &[&Written]) -> Result<Option<Window>, (String, String)> {
    let find = |key: &str| {
        let path = FieldPath::new(format!("windows.{name}.{key}"));
        fields.iter().find(|field| field.path == path).map(|field| &field.value)
    };
    let number =
        |key: &str| find(key).and_then(Value::as_integer).and_then(|number| u16::try_from(number).ok());
    let wrong = |wrong: adplane_core::metrics::InvalidWindow| {
        (format!("`{}` is not a window", wrong.text), wrong.hint)
    };
    let of_days = ["end", "offset"].into_iter().find(|key| find(key).is_some());
    let parsed = if let Some(text) = find("builtin").and_then(Value::as_text) {
        text.parse::<Window>().map_err(wrong)?
    } else if let Some(hours) = number("hours") {
        format!("last_{hours}h").parse::<Window>().map_err(wrong)?
    } else if let Some(days) = number("days") {
        let end = match find("end").and_then(Value::as_text) {
            Some(word) => word.parse::<End>().map_err(wrong)?,
            None => End::Yesterday,
        };
        return Window::days(days, end, number("offset").unwrap_or(0)).map(Some).map_err(wrong);
    } else {
        return Ok(None);
    };
    match of_days {
        Some(key) => {
            Err((format!("`{key}` belongs to windows of days"), "write `days`, or leave it out".to_owned()))
        }
        None => Ok(Some(parsed)),
    }
}

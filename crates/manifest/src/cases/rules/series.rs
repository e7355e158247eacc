//! Series and signals of a case of a rule: what was delivered, what was told from outside.

use std::collections::BTreeMap;

use adplane_core::metrics::{CONVERSION_PARTS, Metric, Sums};
use adplane_core::money::{Currency, Money};
use adplane_core::rules::{CaseSeries, Rule, Signal};
use adplane_core::time::Zone;
use adplane_core::value::Value;
use compact_str::CompactString;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::File;
use crate::yaml::node::{Content, Node};

impl File<'_> {
    /// `series` ends yesterday, `today` is today so far, `hours` end with the hour before this one, `later` begins with
    /// this one, for the runs that come.
    pub(super) fn series(
        &mut self,
        node: &Node<'_>,
        now: Timestamp,
        zone: &Zone,
        currency: Currency,
    ) -> Option<CaseSeries> {
        let local = now.to_zoned(zone.rules());
        let mut series = CaseSeries::default();
        if let Some(entry) = node.get("today") {
            series.days.insert(local.date(), self.sums(&entry.value, None, currency)?.1);
        }
        let mut day = local.date().yesterday().ok()?;
        for (count, sums) in self.blocks(node, "series", "days", currency)?.into_iter().rev() {
            for _ in 0..count {
                series.days.insert(day, sums);
                day = day.yesterday().ok()?;
            }
        }
        let mut hour = local.datetime();
        for (count, sums) in self.blocks(node, "hours", "hours", currency)?.into_iter().rev() {
            for _ in 0..count {
                hour = hour.checked_sub(1.hour()).ok()?;
                series.hours.insert((hour.date(), u8::try_from(hour.hour()).ok()?), sums);
            }
        }
        let mut hour = local.datetime();
        for (count, sums) in self.blocks(node, "later", "hours", currency)? {
            for _ in 0..count {
                series.hours.insert((hour.date(), u8::try_from(hour.hour()).ok()?), sums);
                hour = hour.checked_add(1.hour()).ok()?;
            }
        }
        Some(series)
    }

    fn blocks(
        &mut self,
        node: &Node<'_>,
        key: &str,
        unit: &str,
        currency: Currency,
    ) -> Option<Vec<(i64, Sums)>> {
        let Some(entry) = node.get(key) else { return Some(Vec::new()) };
        let Content::Sequence(members) = &entry.value.content else {
            let hint = format!("write `- {{{unit}: 7, spend: 20 EUR, clicks: 50}}`, the oldest first");
            self.reader.wrong(&entry.value, &format!("`{key}` takes a list"), &hint);
            return None;
        };
        members.iter().map(|member| self.sums(member, Some(unit), currency)).collect()
    }

    /// Counts of each day or hour of a block; what is not written is zero, and reach is not told.
    fn sums(&mut self, node: &Node<'_>, unit: Option<&str>, currency: Currency) -> Option<(i64, Sums)> {
        let mut keys: Vec<&str> = Metric::ALL.map(Metric::word).to_vec();
        keys.extend(unit);
        let entries = self.reader.mapping(node, &keys)?;
        let mut sums = Sums::zero(&Metric::ALL);
        sums.reach = None;
        for entry in entries {
            let text = entry.value.text().unwrap_or_default();
            let Some(metric) = Metric::ALL.into_iter().find(|metric| metric.word() == entry.key) else {
                continue;
            };
            let count = match metric {
                Metric::Spend | Metric::Value => {
                    let money = text.parse::<Money>().ok().filter(|money| money.currency() == currency);
                    money.map(Money::micros)
                }
                Metric::Conversions => parts(text),
                _ => text.parse().ok(),
            };
            if count.is_none() {
                let hint = if metric.is_money() {
                    format!("write an amount in {currency}")
                } else {
                    "write a number".to_owned()
                };
                self.reader.wrong(&entry.value, &format!("`{text}` is no {}", metric.word()), &hint);
                return None;
            }
            sums.set(metric, count);
        }
        let most = |text: &str| text.parse().ok().filter(|count| (1..=400).contains(count));
        let count = match unit.filter(|unit| node.get(unit).is_some()) {
            Some(unit) => self.read_as(node, unit, "a number from 1 to 400", most)?,
            None => 1,
        };
        Some((count, sums))
    }

    /// Signals as they were told at the instant: those that the rule declares.
    pub(super) fn signals(
        &mut self,
        node: &Node<'_>,
        rule: &Rule,
        now: Timestamp,
    ) -> BTreeMap<CompactString, Signal> {
        let Some(entry) = node.get("signals") else { return BTreeMap::new() };
        let names: Vec<&str> = rule.signals().collect();
        let entries = self.reader.mapping(&entry.value, &names).unwrap_or_default();
        let mut signals = BTreeMap::new();
        for entry in entries {
            match entry.value.text() {
                Some(text) => {
                    signals.insert(CompactString::new(&entry.key), Signal { value: value(text), as_of: now });
                }
                None => self.reader.wrong(
                    &entry.value,
                    "a signal is one value",
                    "write a number, an amount or a text",
                ),
            }
        }
        signals
    }
}

/// What a signal says, in the type that it is written in.
fn value(text: &str) -> Value {
    text.parse::<Money>()
        .map(Value::Money)
        .or_else(|_| text.parse::<Decimal>().map(Value::Decimal))
        .or_else(|_| text.parse::<bool>().map(Value::Bool))
        .unwrap_or_else(|_| Value::text(text))
}

/// Conversions in millionths.
pub(super) fn parts(text: &str) -> Option<i64> {
    let number: Decimal = text.parse().ok()?;
    number.checked_mul(Decimal::from(CONVERSION_PARTS))?.to_i64()
}

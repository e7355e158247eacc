//! Reading one pool.

use adplane_core::diagnostic::Diagnostic;
use adplane_core::metrics::Day;
use adplane_core::pool::{OnExhausted, Pool, Term};

use super::super::moment::{self, Moment};
use crate::load::{Document, Written};

/// Reads one pool.
pub(super) struct Reader<'r> {
    pub(super) document: &'r Document,
    pub(super) diagnostics: &'r mut Vec<Diagnostic>,
}

impl Reader<'_> {
    pub(super) fn pool(&mut self) -> Option<Pool> {
        let document = self.document;
        let amount = document.written("pool.monthly").or_else(|| document.written("pool.total"))?;
        let term = self.term();
        let money = amount.value.as_money()?;
        if money.micros() <= 0 {
            let found = Diagnostic::error("pool-amount", format!("{money} cannot be spent"))
                .hint("write an amount above zero");
            self.report(found, amount);
            return None;
        }
        let term = term?;
        Some(Pool {
            namespace: document.namespace.clone(),
            name: document.name.clone(),
            amount: money,
            term,
            pattern: self.pattern(term),
            on_exhausted: match document.text("pool.onExhausted") {
                Some("Pause") => OnExhausted::Pause,
                _ => OnExhausted::Alert,
            },
            allocation: self.allocation(money.currency()),
            caps: self.caps(money.currency()),
            members: Vec::new(),
            origin: document.at(document.place),
        })
    }

    pub(super) fn report(&mut self, found: Diagnostic, written: &Written) {
        self.diagnostics.push(self.document.finding(found, written.place, written.path.as_str()));
    }

    /// The period; `None` where it cannot be told.
    fn term(&mut self) -> Option<Term> {
        let document = self.document;
        let edges = (document.written("pool.start"), document.written("pool.end"));
        if let Some(total) = document.written("pool.total") {
            let (Some(start), Some(end)) = edges else {
                let found = Diagnostic::error(
                    "pool-period",
                    "a total needs the first and the last day of its period",
                )
                .hint("write `start` and `end`, or `monthly` for every calendar month");
                self.report(found, total);
                return None;
            };
            let (first, last) = (self.day(start)?, self.day(end)?);
            if last < first {
                let found =
                    Diagnostic::error("pool-period", format!("the period ends on {last}, before it begins"))
                        .hint("write an `end` on or after `start`");
                self.report(found, end);
                return None;
            }
            return Some(Term::Days(first, last));
        }
        if let (Some(edge), _) | (_, Some(edge)) = edges {
            let found = Diagnostic::error("pool-period", "a monthly amount holds for every calendar month")
                .hint("take the day out, or write `total` in place of `monthly`");
            self.report(found, edge);
        }
        Some(Term::Month)
    }

    fn day(&mut self, written: &Written) -> Option<Day> {
        match moment::parse(written.value.as_text().unwrap_or_default()) {
            Ok(Moment::Day(day)) => Some(day),
            Ok(Moment::At(..)) | Err(_) => {
                let found = Diagnostic::error("pool-period", "a pool's period is in whole days")
                    .hint("write a day, such as `\"2026-03-01\"`");
                self.report(found, written);
                None
            }
        }
    }
}

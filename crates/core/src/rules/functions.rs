//! Functions of the expressions of rules: what they take and what they give.

use super::figure::Figure;
use super::slot::{Chance, Named, Placing, Shape, Slot, equal_weekdays, single_days};
use super::vocabulary::{Names, by_day, chain};
use crate::cel::check::{Checker, literal};
use crate::cel::code::{Code, Constant};
use crate::cel::parse::{Node, Syntax};
use crate::cel::problem::{Problem, Span};
use crate::cel::{Type, Vocabulary};
use crate::money::Currency;

/// Fewer days than a week say nothing about a week.
const FEWEST_DAYS: usize = 7;

impl Checker<Names<'_>> {
    /// A window named as an argument.
    fn over(&self, node: &Node) -> Result<Named, Problem> {
        let Syntax::Name(name) = &node.syntax else {
            return Err(Problem::new("policy-type", node.span, "a window is needed here")
                .hint("write its name, such as `recent`"));
        };
        self.names.window(name).ok_or_else(|| Names::unknown_variable(self, name, node.span))
    }

    /// `<window>.<figure>` named as an argument.
    fn measured(&mut self, node: &Node) -> Result<(Named, Figure, Type), Problem> {
        let wrong = || {
            Problem::new("policy-type", node.span, "what is measured is needed here")
                .hint("write a window and what is measured, such as `recent.cpa`")
        };
        let Some(((root, at), steps)) = chain(node) else { return Err(wrong()) };
        let Some(over) = self.names.window(root) else { return Err(Names::unknown_variable(self, root, at)) };
        let [(word, at)] = steps.as_slice() else { return Err(wrong()) };
        let words: Vec<&str> = Figure::all().map(Figure::word).collect();
        let figure =
            Figure::parse(word).ok_or_else(|| self.names.unknown_member(word, &over.name, &words, *at))?;
        by_day(figure, &over, *at)?;
        self.note(figure, *at);
        Ok((over, figure, figure.of_type(self.names.currency)))
    }

    pub(super) fn placing(
        &mut self,
        span: Span,
        name: &str,
        arguments: &[Node],
    ) -> Result<(Type, Code), Problem> {
        let Some((_, placing)) = Placing::WORDS.into_iter().find(|(word, _)| *word == name) else {
            let words = Placing::WORDS.map(|(word, _)| word);
            let hint = format!("there are: {}", words.join(", "));
            let message = format!("`peers` has no function `{name}`");
            return Err(Problem::new("policy-unknown-function", span, message).hint(hint));
        };
        let (measured, all) = match arguments {
            [measured] => (measured, false),
            [measured, all] if literal(all, "`'all'`")? == "all" => (measured, true),
            _ => {
                let message =
                    format!("`peers.{name}` takes what is measured, and `'all'` to count idle peers too");
                return Err(Problem::new("policy-type", span, message)
                    .hint(format!("write `peers.{name}(recent.cpa)`")));
            }
        };
        let (over, figure, _) = self.measured(measured)?;
        let of = match placing {
            Placing::Rank | Placing::Count => Type::Integer,
            Placing::Percentile | Placing::Share => Type::Decimal,
        };
        Ok(self.load(of, Slot::Placing { placing, over, figure, all }))
    }

    pub(super) fn chance(
        &mut self,
        span: Span,
        chance: Chance,
        arguments: &[Node],
    ) -> Result<(Type, Code), Problem> {
        let [window, target] = arguments else {
            let message = format!("`{}` takes a window and a target", chance.word());
            return Err(Problem::new("policy-type", span, message)
                .hint(format!("write `{}(recent, params.target)`", chance.word())));
        };
        let over = self.over(window)?;
        if chance == Chance::RoasAbove && single_days(over.window).is_none_or(|days| days.len() < FEWEST_DAYS)
        {
            let message = format!(
                "`{}` draws from the days of its window, and `{}` is not {FEWEST_DAYS} to 60 of them",
                chance.word(),
                over.name
            );
            return Err(Problem::new("policy-type", window.span, message)
                .hint("write a window such as `recent: {days: 14, end: settled}`"));
        }
        let (of, code) = self.check(target)?;
        let (fits, needs) = match (chance, &of) {
            (Chance::CpaAbove, Type::Money(known)) => {
                let ours = self.names.currency;
                if let (Some(a), Some(b)) = (ours, *known)
                    && a != b
                {
                    let message = format!("the target is in {b}, the accounts in scope are in {a}");
                    return Err(Problem::new("policy-currency", target.span, message)
                        .hint(Names::CURRENCIES.replace("{a}", a.code())));
                }
                (true, "")
            }
            (Chance::CpaAbove, _) => (false, "an amount of money"),
            (Chance::RoasAbove, of) => (*of == Type::Decimal || *of == Type::Integer, "a number such as 1.8"),
            (_, of) => (*of == Type::Decimal || *of == Type::Integer, "a number such as 0.01"),
        };
        if !fits {
            let message = format!("`{}` compares with {needs}, this is {of}", chance.word());
            return Err(Problem::new("policy-type", target.span, message));
        }
        let slot = Slot::Chance { chance, over };
        for figure in slot.figures() {
            self.note(figure, span);
        }
        Ok((Type::Decimal, Code::Ask(self.slot(slot), vec![code])))
    }

    pub(super) fn z_score(&mut self, span: Span, arguments: &[Node]) -> Result<(Type, Code), Problem> {
        let [measured] = arguments else {
            return Err(Problem::new("policy-type", span, "`zScore` takes what is measured")
                .hint("write `zScore(yesterday.cpc)`"));
        };
        let (over, figure, _) = self.measured(measured)?;
        if equal_weekdays(over.window).is_none() {
            let message =
                format!("`{}` is not one full day, so no equal weekdays compare with it", over.name);
            return Err(Problem::new("policy-type", measured.span, message)
                .hint("write `zScore(yesterday.cpc)`, or a window of `{days: 1}`"));
        }
        Ok(self.load(Type::Decimal, Slot::ZScore { over, figure }))
    }

    pub(super) fn month_plan(&mut self, span: Span, arguments: &[Node]) -> Result<(Type, Code), Problem> {
        let words = Shape::WORDS.map(|(word, _)| format!("`'{word}'`")).join(", ");
        let [pattern] = arguments else {
            return Err(Problem::new("policy-type", span, "`monthPlan` takes a pattern")
                .hint(format!("write one of {words}, as in `monthPlan('even')`")));
        };
        // A parameter of the rule is as good as the word itself.
        let found = match self.check(pattern)? {
            (_, Code::Constant(Constant::Text(text))) => {
                Shape::WORDS.into_iter().find(|(word, _)| *word == text.as_str())
            }
            _ => None,
        };
        let Some((_, shape)) = found else {
            return Err(Problem::new("policy-literal", pattern.span, "this is no pattern of a month").hint(
                format!("write one of {words}; by weekdays money is paced by a `Budget` with `pool`"),
            ));
        };
        Ok(self.load(Type::Decimal, Slot::MonthPlan(shape)))
    }

    pub(super) fn convert(&mut self, span: Span, arguments: &[Node]) -> Result<(Type, Code), Problem> {
        let [amount, currency] = arguments else {
            return Err(Problem::new("policy-type", span, "`convert` takes an amount and a currency")
                .hint("write `convert(recent.spend, 'EUR')`"));
        };
        let text = literal(currency, "a currency")?;
        let Some(to) = Currency::parse(text) else {
            return Err(Problem::new("policy-literal", currency.span, format!("`{text}` is not a currency"))
                .hint("write an ISO 4217 code such as `'EUR'`"));
        };
        let Some(rates) = &self.names.source.rates else {
            return Err(Problem::new("rule-no-rates", span, "nothing says at which rate this is converted")
                .hint("write `rates: {date: \"2026-11-01\", base: EUR, rates: {USD: 1.08}}`"));
        };
        if to != rates.base && !rates.rates.contains_key(&to) {
            let message = format!("`rates` has none for {to}");
            return Err(
                Problem::new("rule-no-rates", currency.span, message).hint("add it, or convert to another")
            );
        }
        let (of, code) = self.check(amount)?;
        if !matches!(of, Type::Money(_)) {
            return Err(Problem::new(
                "policy-type",
                amount.span,
                format!("`convert` takes an amount, this is {of}"),
            ));
        }
        Ok((Type::Money(Some(to)), Code::Ask(self.slot(Slot::Convert(to)), vec![code])))
    }
}

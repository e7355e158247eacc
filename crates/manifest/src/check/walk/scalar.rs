//! Scalars: the text of a YAML scalar as the value its field asks for, or why not.

use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;
use rust_decimal::Decimal;

use super::Walker;
use crate::check::shape::{Form, Limits, Scalar, TextForm};
use crate::check::suggest::{nearest, some_of};
use crate::check::text;
use crate::load::Place;
use crate::yaml::node::{Content, Node};
use crate::yaml::words::{Plain, classify};

impl Walker<'_> {
    pub(super) fn scalar(&mut self, shape: &Scalar, node: &Node<'_>, key: Place) -> Option<Value> {
        let Content::Scalar { text, plain } = &node.content else {
            self.wrong_type(node, expected(&shape.form), "write a single value");
            return None;
        };
        if self.refuse_null(node, key) {
            return None;
        }
        let meaning = if *plain { classify(text) } else { Plain::Text };
        match &shape.form {
            Form::Bool => self.boolean(node, text, meaning),
            Form::Integer => self.integer(shape, node, text, *plain),
            Form::Decimal => self.decimal(shape, node, text, *plain),
            Form::IntegerOrText => match text.parse::<i64>() {
                Ok(number) if *plain => Some(Value::Integer(number)),
                _ => Some(Value::text(text)),
            },
            Form::Word(words) => self.word(words, node, text, meaning),
            Form::Text(form) => self.text(*form, shape.limits, node, text, meaning),
        }
    }

    fn boolean(&mut self, node: &Node<'_>, text: &str, meaning: Plain) -> Option<Value> {
        match meaning {
            Plain::Bool(flag) => Some(Value::Bool(flag)),
            Plain::OldBool(flag) => {
                self.wrong_type(node, "`true` or `false`", &format!("write `{flag}`"));
                None
            }
            Plain::Null | Plain::Number | Plain::Text => {
                let hint = match text {
                    "true" | "false" => format!("write `{text}` without quotes"),
                    _ => "write `true` or `false`".to_owned(),
                };
                self.wrong_type(node, "`true` or `false`", &hint);
                None
            }
        }
    }

    fn integer(&mut self, shape: &Scalar, node: &Node<'_>, text: &str, plain: bool) -> Option<Value> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let digits = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
        let canonical = digits && (unsigned.len() == 1 || !unsigned.starts_with('0'));
        if !plain || !canonical {
            let hint = if canonical {
                format!("write `{text}` without quotes")
            } else {
                "write plain digits, such as `25`".to_owned()
            };
            self.wrong_type(node, "a whole number", &hint);
            return None;
        }
        let (min, max) = shape.range;
        match text.parse::<i64>() {
            Ok(number) if (min..=max).contains(&number) => Some(Value::Integer(number)),
            _ => {
                self.out_of_range(node, text, shape);
                None
            }
        }
    }

    fn decimal(&mut self, shape: &Scalar, node: &Node<'_>, text: &str, plain: bool) -> Option<Value> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<Decimal> =
            (digits(whole) && digits(fraction)).then(|| text.parse().ok()).flatten();
        let Some(number) = number else {
            self.wrong_type(node, "a decimal number", "write plain digits, such as `3.5`");
            return None;
        };
        if !plain {
            let found = Diagnostic::warning(
                "quoted-number",
                format!("`{}` is a number; a cluster refuses it in quotes", self.path),
            )
            .hint(format!("write `{text}` without quotes"));
            self.report(found, node.place);
        }
        let (min, max) = shape.range;
        if number < Decimal::from(min) || number > Decimal::from(max) {
            self.out_of_range(node, text, shape);
            return None;
        }
        Some(Value::Decimal(number.normalize()))
    }

    fn out_of_range(&mut self, node: &Node<'_>, text: &str, shape: &Scalar) {
        let (min, max) = shape.range;
        let hint = match (min, max) {
            (i64::MIN, i64::MAX) => "write a number of at most 18 digits".to_owned(),
            (min, i64::MAX) => format!("write a number of {min} or more"),
            (i64::MIN, max) => format!("write a number of {max} or less"),
            (min, max) => format!("write a number from {min} to {max}"),
        };
        self.report(
            Diagnostic::error("out-of-range", format!("`{text}` is out of range")).hint(hint),
            node.place,
        );
    }

    fn word(&mut self, words: &[Box<str>], node: &Node<'_>, text: &str, meaning: Plain) -> Option<Value> {
        if words.iter().any(|word| **word == *text) {
            self.warn_old_bool(node, text, meaning);
            return Some(Value::text(text));
        }
        let all = || words.iter().map(AsRef::as_ref);
        let hint = match nearest(text, all()) {
            Some(meant) => format!("write `{meant}`"),
            None => format!("write one of {}", some_of(all())),
        };
        let message = format!("`{text}` is not a value of `{}`", self.path);
        self.report(Diagnostic::error("not-in-list", message).hint(hint), node.place);
        None
    }

    fn text(
        &mut self,
        form: TextForm,
        limits: Limits,
        node: &Node<'_>,
        text: &str,
        meaning: Plain,
    ) -> Option<Value> {
        match meaning {
            Plain::Bool(_) => {
                self.wrong_type(node, "a text", &format!("write it in quotes: `\"{text}\"`"));
                return None;
            }
            // A bare amount or percentage gets the better message: its currency or sign is missing.
            Plain::Number if !matches!(form, TextForm::Money | TextForm::Percentage) => {
                let what = match form {
                    TextForm::Id | TextForm::AccountId => "an id, which is a text",
                    _ => "a text",
                };
                self.wrong_type(node, what, &format!("write it in quotes: `\"{text}\"`"));
                return None;
            }
            Plain::OldBool(_) => self.warn_old_bool(node, text, meaning),
            Plain::Null | Plain::Number | Plain::Text => {}
        }
        let value = match text::read(form, text) {
            Ok(value) => value,
            Err(problem) => {
                self.report(Diagnostic::error(problem.code, problem.message).hint(problem.hint), node.place);
                return None;
            }
        };
        if text.len() > limits.max && text.chars().count() > limits.max {
            let message = format!(
                "`{}` has {} characters, at most {} are allowed",
                self.path,
                text.chars().count(),
                limits.max
            );
            self.report(Diagnostic::error("too-long", message).hint("write a shorter text"), node.place);
            return None;
        }
        Some(value)
    }

    fn warn_old_bool(&mut self, node: &Node<'_>, text: &str, meaning: Plain) {
        if let Plain::OldBool(flag) = meaning {
            let found =
                Diagnostic::warning("yaml-1.1-word", format!("`{text}` is read as `{flag}` by kubectl"))
                    .hint(format!("write it in quotes: `\"{text}\"`"));
            self.report(found, node.place);
        }
    }
}

fn expected(form: &Form) -> &'static str {
    match form {
        Form::Bool => "`true` or `false`",
        Form::Integer => "a whole number",
        Form::Decimal => "a decimal number",
        Form::IntegerOrText | Form::Word(_) | Form::Text(_) => "a text",
    }
}

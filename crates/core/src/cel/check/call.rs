//! Functions: what they take and what they give.

use std::sync::Arc;

use regex::RegexBuilder;

use super::{Checked, Checker, Vocabulary, bad_literal, literal};
use crate::cel::bounds::MAX_PATTERN;
use crate::cel::code::{Code, Constant, Function, Loop, Pattern};
use crate::cel::parse::{Node, Syntax};
use crate::cel::problem::{Problem, Span};
use crate::cel::types::Type;
use crate::money::{Currency, Money};
use crate::suggest::{nearest, some_of};
use crate::time::{Time, Zone};

const GLOBAL: [&str; 6] = ["has", "money", "duration", "timestamp", "size", "string"];
const METHODS: [&str; 27] = [
    "all",
    "exists",
    "exists_one",
    "filter",
    "map",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "size",
    "lower",
    "upper",
    "trim",
    "split",
    "scheme",
    "host",
    "path",
    "query",
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfWeek",
    "getHours",
    "getMinutes",
    "getSeconds",
    "lowerAscii",
    "upperAscii",
];
const SETS: [&str; 3] = ["contains", "intersects", "equivalent"];

impl<V: Vocabulary> Checker<V> {
    pub(super) fn call(
        &mut self,
        span: Span,
        target: Option<&Node>,
        name: &str,
        arguments: &[Node],
    ) -> Checked {
        if let Some(found) = V::call(self, span, target, name, arguments)? {
            return Ok(found);
        }
        match target {
            None => self.global(span, name, arguments),
            Some(Node { syntax: Syntax::Name(family), .. }) if family == "sets" => {
                self.set_function(span, name, arguments)
            }
            Some(target) => self.method(span, target, name, arguments),
        }
    }

    fn global(&mut self, span: Span, name: &str, arguments: &[Node]) -> Checked {
        let [argument] = arguments else {
            if GLOBAL.contains(&name) {
                return Err(Problem::new("policy-type", span, format!("`{name}` takes one argument")));
            }
            return Err(self.unknown_global(name, span));
        };
        match name {
            "has" => self.presence(argument),
            "money" => money(argument),
            "duration" => {
                let text = literal(argument, "a duration")?;
                let seconds = duration(text).ok_or_else(|| {
                    bad_literal(
                        argument.span,
                        format!("`{text}` is not a duration"),
                        "write `90m`, `24h` or `7d`",
                    )
                })?;
                Ok((Type::Duration, Code::Constant(Constant::Duration(seconds))))
            }
            "timestamp" => {
                let text = literal(argument, "a time")?;
                let time = timestamp(text).ok_or_else(|| {
                    let hint =
                        "write `2026-11-27T00:00:00+01:00`, or `2026-11-27T00:00:00+01:00[Europe/Madrid]`";
                    bad_literal(argument.span, format!("`{text}` is not a time with its offset"), hint)
                })?;
                Ok((Type::Time, Code::Constant(Constant::Time(time))))
            }
            "size" => self.method(span, argument, "size", &[]),
            "string" => {
                let (of, code) = self.check(argument)?;
                match of {
                    Type::Record(_) | Type::Map(_) => Err(wrong(span, name, &of)),
                    _ => Ok((Type::Text, Code::Call(Function::Text, vec![code]))),
                }
            }
            _ => Err(self.unknown_global(name, span)),
        }
    }

    fn unknown_global(&self, name: &str, span: Span) -> Problem {
        let known: Vec<&str> = self.names.functions().iter().copied().chain(GLOBAL).collect();
        unknown(name, &known, span)
    }

    fn set_function(&mut self, span: Span, name: &str, arguments: &[Node]) -> Checked {
        let function = match name {
            "contains" => Function::SetContains,
            "intersects" => Function::SetIntersects,
            "equivalent" => Function::SetEquivalent,
            _ => return Err(unknown(name, &SETS, span)),
        };
        let [first, second] = arguments else {
            return Err(Problem::new("policy-type", span, format!("`sets.{name}` takes two lists")));
        };
        let (a, first_code) = self.check(first)?;
        let (b, second_code) = self.check(second)?;
        for (of, node) in [(&a, first), (&b, second)] {
            if !matches!(of, Type::List(_) | Type::Anything) {
                return Err(wrong(node.span, &format!("sets.{name}"), of));
            }
        }
        if !a.compares_with(&b) {
            return Err(Problem::new(
                "policy-type",
                span,
                "the members of the two lists have different types",
            ));
        }
        Ok((Type::Bool, Code::Call(function, vec![first_code, second_code])))
    }

    fn method(&mut self, span: Span, target: &Node, name: &str, arguments: &[Node]) -> Checked {
        let looped = match name {
            "all" => Some(Loop::All),
            "exists" => Some(Loop::Exists),
            "exists_one" => Some(Loop::ExistsOne),
            "filter" => Some(Loop::Filter),
            "map" => Some(Loop::Map),
            _ => None,
        };
        let (of, code) = self.check(target)?;
        if let Some(kind) = looped {
            return self.looped(span, kind, name, (of, code), arguments);
        }
        if name == "matches" {
            return matches(span, (of, code), arguments);
        }
        let (function, takes, gives) = signature(name, &of).ok_or_else(|| {
            if METHODS.contains(&name) { wrong(span, name, &of) } else { unknown(name, &METHODS, span) }
        })?;
        if arguments.len() != takes {
            let texts = if takes == 0 { "no argument".to_owned() } else { format!("{takes} text") };
            return Err(Problem::new("policy-type", span, format!("`{name}` takes {texts}")));
        }
        let mut codes = vec![code];
        for argument in arguments {
            let (found, code) = self.check(argument)?;
            if !found.is_text() {
                return Err(wrong(argument.span, name, &found));
            }
            codes.push(code);
        }
        Ok((gives, Code::Call(function, codes)))
    }

    fn looped(
        &mut self,
        span: Span,
        kind: Loop,
        name: &str,
        (of, code): (Type, Code),
        arguments: &[Node],
    ) -> Checked {
        let member = match &of {
            Type::List(member) => Type::clone(member),
            Type::Map(_) => Type::Text,
            Type::Anything => Type::Anything,
            other => return Err(wrong(span, name, other)),
        };
        let [variable, body] = arguments else {
            return Err(Problem::new(
                "policy-type",
                span,
                format!("`{name}` takes a name and an expression"),
            )
            .hint(format!("write `list.{name}(member, …)`")));
        };
        let (found, index, body_code) = self.with_local(variable, member.clone(), body, Self::check)?;
        if kind != Loop::Map && !found.is_bool() {
            return Err(Problem::new(
                "policy-type",
                body.span,
                format!("`{name}` asks true or false, this is {found}"),
            ));
        }
        let gives = match kind {
            Loop::All | Loop::Exists | Loop::ExistsOne => Type::Bool,
            Loop::Filter => Type::list(member),
            Loop::Map => Type::list(found),
        };
        Ok((gives, Code::Loop(kind, Box::new(code), index, Box::new(body_code))))
    }
}

/// What a method of no macro takes besides its receiver (texts, so many), and gives.
fn signature(name: &str, of: &Type) -> Option<(Function, usize, Type)> {
    let text = of.is_text();
    let time = matches!(of, Type::Time);
    Some(match name {
        "contains" if text => (Function::Contains, 1, Type::Bool),
        "startsWith" if text => (Function::StartsWith, 1, Type::Bool),
        "endsWith" if text => (Function::EndsWith, 1, Type::Bool),
        "size" if text || matches!(of, Type::List(_) | Type::Map(_)) => (Function::Size, 0, Type::Integer),
        "lower" | "lowerAscii" if text => (Function::Lower, 0, Type::Text),
        "upper" | "upperAscii" if text => (Function::Upper, 0, Type::Text),
        "trim" if text => (Function::Trim, 0, Type::Text),
        "split" if text => (Function::Split, 1, Type::list(Type::Text)),
        "scheme" if text => (Function::Scheme, 0, Type::Text),
        "host" if text => (Function::Host, 0, Type::Text),
        "path" if text => (Function::UrlPath, 0, Type::Text),
        "query" if text => (Function::Query, 1, Type::Text),
        "getFullYear" if time => (Function::Year, 0, Type::Integer),
        "getMonth" if time => (Function::Month, 0, Type::Integer),
        "getDate" if time => (Function::Date, 0, Type::Integer),
        "getDayOfWeek" if time => (Function::DayOfWeek, 0, Type::Integer),
        "getHours" if time || *of == Type::Duration => (Function::Hours, 0, Type::Integer),
        "getMinutes" if time || *of == Type::Duration => (Function::Minutes, 0, Type::Integer),
        "getSeconds" if time || *of == Type::Duration => (Function::Seconds, 0, Type::Integer),
        _ => return None,
    })
}

fn unknown(name: &str, known: &[&str], span: Span) -> Problem {
    let hint = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are: {}", some_of(known.iter().copied())),
    };
    Problem::new("policy-unknown-function", span, format!("there is no function `{name}`")).hint(hint)
}

fn wrong(span: Span, name: &str, of: &Type) -> Problem {
    Problem::new("policy-type", span, format!("`{name}` does not take {of}"))
}

fn matches(span: Span, (of, code): (Type, Code), arguments: &[Node]) -> Checked {
    if !of.is_text() {
        return Err(wrong(span, "matches", &of));
    }
    let [pattern] = arguments else {
        return Err(Problem::new("policy-type", span, "`matches` takes one pattern"));
    };
    let text = literal(pattern, "a pattern")?;
    let built = RegexBuilder::new(text).size_limit(MAX_PATTERN).dfa_size_limit(MAX_PATTERN).build();
    match built {
        Ok(regex) => Ok((Type::Bool, Code::Matches(Box::new(code), Pattern(Arc::new(regex))))),
        Err(regex::Error::CompiledTooBig(_)) => {
            Err(Problem::new("policy-too-costly", pattern.span, "the pattern is too large")
                .hint("write a simpler one"))
        }
        Err(error) => {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Err(bad_literal(
                pattern.span,
                format!("`{text}` is not a regular expression: {why}"),
                "patterns have no look-around and no back references",
            ))
        }
    }
}

/// `money('500 EUR')`, `money({'EUR': '500', 'USD': '550'})`.
fn money(argument: &Node) -> Checked {
    let amount = |text: &str, span: Span| {
        text.parse::<Money>().map_err(|error| {
            bad_literal(span, error.to_string(), "write an amount such as `money('500 EUR')`")
        })
    };
    let Syntax::Map(entries) = &argument.syntax else {
        let text = literal(argument, "an amount")?;
        let money = amount(text, argument.span)?;
        return Ok((Type::Money(Some(money.currency())), Code::Constant(Constant::Money(money))));
    };
    let mut amounts: Vec<Money> = Vec::new();
    for (key, value) in entries {
        let code = literal(key, "a currency")?;
        let text = literal(value, "an amount")?;
        if Currency::parse(code).is_none() {
            let message = format!("`{code}` is not a currency");
            return Err(bad_literal(key.span, message, "write an ISO 4217 code such as `'EUR'`"));
        }
        let money = amount(&format!("{text} {code}"), value.span)?;
        if amounts.iter().any(|known| known.currency() == money.currency()) {
            return Err(bad_literal(key.span, format!("`{code}` is written twice"), "keep one of the two"));
        }
        amounts.push(money);
    }
    match amounts.as_slice() {
        [] => Err(bad_literal(
            argument.span,
            "there is no amount",
            "write `money({'EUR': '500', 'USD': '550'})`",
        )),
        [only] => Ok((Type::Money(Some(only.currency())), Code::Constant(Constant::Money(*only)))),
        _ => Ok((Type::Money(None), Code::Constant(Constant::Amounts(amounts)))),
    }
}

/// `1h30m`, `7d`, as seconds.
fn duration(text: &str) -> Option<i64> {
    let mut seconds: i64 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let mut unit = rest[digits..].chars();
        let factor = match unit.next()? {
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(factor)?)?;
        rest = unit.as_str();
    }
    Some(seconds)
}

fn timestamp(text: &str) -> Option<Time> {
    text.parse::<Time>().ok().or_else(|| {
        let at = text.parse::<jiff::Timestamp>().ok()?;
        Some(Time::new(at, Zone::utc()))
    })
}

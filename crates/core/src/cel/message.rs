//! Messages: text with `{expression}` in braces; `{{` and `}}` stand for a brace.

use super::check::{Checker, Vocabulary};
use super::code::Code;
use super::eval::{Evaluation, Lookup};
use super::parse::parse;
use super::problem::{Problem, Span};

/// A compiled message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Value(Code),
}

impl Message {
    /// Compiles a message with the checker of its rule.
    pub(crate) fn compile<V: Vocabulary>(text: &str, checker: &mut Checker<V>) -> Result<Self, Vec<Problem>> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            match c {
                '{' | '}' if text[at + 1..].starts_with(c) => {
                    plain.push(c);
                    at += 2;
                }
                '}' => {
                    let problem = Problem::new("policy-message", Span::new(at, 1), "this `}` closes nothing");
                    return Err(vec![problem.hint("write `}}` for a brace in the text")]);
                }
                '{' => {
                    let end = end_of_expression(text, at + 1).ok_or_else(|| {
                        let problem =
                            Problem::new("policy-message", Span::new(at, 1), "this `{` is not closed");
                        vec![problem.hint("close it with `}`, or write `{{` for a brace in the text")]
                    })?;
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    let shift = |problem: Problem| {
                        let moved = Problem { span: problem.span.shifted(at + 1), ..problem };
                        match moved.code {
                            "policy-syntax" => moved.hint("for braces in the text write `{{` and `}}`"),
                            _ => moved,
                        }
                    };
                    let node = parse(&text[at + 1..end])
                        .map_err(|problems| problems.into_iter().map(shift).collect::<Vec<_>>())?;
                    let (_, code) = checker.check(&node).map_err(|problem| vec![shift(problem)])?;
                    parts.push(Part::Value(code));
                    at = end + 1;
                }
                other => {
                    plain.push(other);
                    at += other.len_utf8();
                }
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The message about an object.
    pub(crate) fn fill<'a>(&'a self, evaluation: &mut Evaluation<'a, impl Lookup<'a>>) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Value(code) => match evaluation.value(code) {
                    Ok(value) => out.push_str(&value.to_string()),
                    Err(trouble) => out.extend(["(not known: ", &trouble.to_string(), ")"]),
                },
            }
        }
        out
    }
}

/// Where the brace stands that ends an expression: braces and quotes inside it do not.
fn end_of_expression(text: &str, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (index, c) in text[start..].char_indices() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if c == '\\' {
                escaped = true;
            } else if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '\'' | '"' => quote = Some(c),
            '{' => depth += 1,
            '}' if depth == 0 => return Some(start + index),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

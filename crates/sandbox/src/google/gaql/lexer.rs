//! Splits a query into tokens.

use super::query_error;
use crate::google::errors::ApiError;

/// One token of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword, field, function or bare enum value; dots included.
    Word(String),
    /// A number as written.
    Number(String),
    /// The content of quotes.
    Text(String),
    /// `= != > >= < <= ( ) ,`
    Symbol(&'static str),
}

impl std::fmt::Display for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(text) | Self::Number(text) => formatter.write_str(text),
            Self::Text(text) => write!(formatter, "'{text}'"),
            Self::Symbol(text) => formatter.write_str(text),
        }
    }
}

const SYMBOLS: [&str; 9] = ["!=", ">=", "<=", "=", ">", "<", "(", ")", ","];

/// The tokens of a query.
pub(super) fn tokens(query: &str) -> Result<Vec<Token>, ApiError> {
    let mut rest = query.trim_start();
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first == '\'' || first == '"' {
            quoted(rest, first)?
        } else if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            (Token::Symbol(symbol), symbol.len())
        } else if first.is_ascii_digit()
            || (first == '-' && rest[1..].starts_with(|next: char| next.is_ascii_digit()))
        {
            let length = run(&rest[1..], |next| next.is_ascii_digit() || next == '.') + 1;
            (Token::Number(rest[..length].to_owned()), length)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = run(rest, |next| next.is_ascii_alphanumeric() || matches!(next, '_' | '.'));
            (Token::Word(rest[..length].to_owned()), length)
        } else {
            return Err(query_error("BAD_SYMBOL", format!("Query contains unexpected symbol '{first}'.")));
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character)).unwrap_or(text.len())
}

fn quoted(text: &str, quote: char) -> Result<(Token, usize), ApiError> {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((position, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, escaped @ ('\\' | '\'' | '"' | '[' | ']' | '%' | '_'))) => content.push(escaped),
                Some((_, 'n')) => content.push('\n'),
                _ => return Err(query_error("BAD_ESCAPE_SEQUENCE", "Query contains a bad escape sequence.")),
            },
            '\n' => return Err(query_error("PROHIBITED_NEWLINE_IN_STRING", "A string contains a newline.")),
            _ if character == quote => return Ok((Token::Text(content), position + 1)),
            _ => content.push(character),
        }
    }
    Err(query_error("STRING_NOT_TERMINATED", "A string is not terminated."))
}

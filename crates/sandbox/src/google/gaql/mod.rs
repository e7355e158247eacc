//! The query language: lexer, parser, meaning, execution. Source: google-ads.md §4.

mod condition;
mod dates;
mod execute;
mod lexer;
mod parser;
mod resolve;
mod row;
#[cfg(test)]
mod tests;

pub(super) use self::dates::week;
pub(super) use self::execute::{Found, run};

use super::errors::ApiError;

/// An error in a query.
pub(super) fn query_error(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::new("queryError", code, message)
}

//! What is wrong with an expression, and where in it.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::field::FieldPath;

use super::source::SourceText;

/// A stretch of an expression, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) length: usize,
}

impl Span {
    pub(super) fn new(start: usize, length: usize) -> Self {
        Self { start, length }
    }

    /// The same stretch, further into a text.
    pub(super) fn shifted(self, by: usize) -> Self {
        Self { start: self.start + by, ..self }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) hint: Cow<'static, str>,
    pub(super) span: Span,
}

impl Problem {
    pub(super) fn new(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: Cow::Borrowed(""), span }
    }

    pub(super) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// As a diagnostic whose caret points into the text.
    pub(super) fn in_text(self, source: &SourceText, field: &str) -> Diagnostic {
        let origin = source.origin(self.span.start);
        let wrong = source.text.get(self.span.start..self.span.start + self.span.length);
        let mut found =
            Diagnostic::error(self.code, self.message).at(origin.as_ref()).field(FieldPath::new(field));
        found.length = wrong.map_or(1, |text| u32::try_from(text.chars().count()).unwrap_or(1));
        if !self.hint.is_empty() {
            found = found.hint(self.hint);
        }
        found
    }
}

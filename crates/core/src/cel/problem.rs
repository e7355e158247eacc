//! What is wrong with an expression, and where in it.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::field::FieldPath;

use super::text::SourceText;

/// A stretch of an expression, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

impl Span {
    pub(crate) fn new(start: usize, length: usize) -> Self {
        Self { start, length }
    }

    /// The same stretch, further into a text.
    pub(crate) fn shifted(self, by: usize) -> Self {
        Self { start: self.start + by, ..self }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: Cow<'static, str>,
    pub(crate) span: Span,
}

impl Problem {
    pub(crate) fn new(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: Cow::Borrowed(""), span }
    }

    pub(crate) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// As a diagnostic whose caret points into the text.
    pub(crate) fn in_text(self, source: &SourceText, field: &str) -> Diagnostic {
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

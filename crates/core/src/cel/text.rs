//! Texts of the YAML that know where they were written.

use std::sync::Arc;

use crate::field::Origin;

/// A text of the YAML that knows where each of its characters was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceText {
    /// The text, after YAML's quotes and escapes.
    pub text: String,
    /// Where it stands; custom resources stand nowhere.
    pub placed: Option<Placed>,
}

/// Where the characters of a text stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The file.
    pub file: Arc<str>,
    /// Line and column of each character, both from 1; at least one, the last standing for all that follow.
    pub marks: Vec<(u32, u32)>,
}

impl SourceText {
    /// A text that was written nowhere.
    pub fn unplaced(text: impl Into<String>) -> Self {
        Self { text: text.into(), placed: None }
    }

    /// Where the character at a byte offset was written.
    pub fn origin(&self, offset: usize) -> Option<Origin> {
        let placed = self.placed.as_ref()?;
        let before =
            self.text.get(..offset).map_or_else(|| self.text.chars().count(), |text| text.chars().count());
        let last = placed.marks.last()?;
        let (line, column) = *placed.marks.get(before).unwrap_or(last);
        Some(Origin { file: Arc::clone(&placed.file), line, column })
    }
}

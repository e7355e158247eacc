//! Where each character of a YAML scalar stands in its file, whatever its style.
//!
//! The value and the source are walked side by side: blanks of the value stand for blanks, line breaks and
//! indentation of the source, and the few characters that quotes escape are known. Where the two part (an
//! escape by number), the rest points to where they did.

use crate::load::Place;

/// Line and column of each character of `text`, which was written at `place`.
pub(super) fn marks(source: &str, place: Place, text: &str) -> Vec<(u32, u32)> {
    if place.line == 0 {
        return Vec::new();
    }
    let mut cursor = Cursor::at(source, place);
    let style = cursor.open();
    let mut marks = Vec::with_capacity(text.len());
    for wanted in text.chars() {
        let mark = if wanted.is_whitespace() { cursor.blank(style) } else { cursor.find(wanted, style) };
        match mark {
            Some(mark) => marks.push(mark),
            None => break,
        }
    }
    if marks.is_empty() {
        marks.push((place.line, place.column));
    }
    marks
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Plain or a block: nothing is escaped.
    Bare,
    Single,
    Double,
}

struct Cursor {
    characters: Vec<char>,
    next: usize,
    line: u32,
    column: u32,
}

impl Cursor {
    fn at(source: &str, place: Place) -> Self {
        let line = place.line as usize - 1;
        let start: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
        let rest = source.get(start..).unwrap_or_default();
        let skip = place.column.saturating_sub(1) as usize;
        Self {
            characters: rest.chars().skip(skip).collect(),
            next: 0,
            line: place.line,
            column: place.column,
        }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.next).copied()
    }

    fn advance(&mut self) {
        if self.peek() == Some('\n') {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        self.next += 1;
    }

    /// Goes past an opening quote or the head of a block.
    fn open(&mut self) -> Style {
        match self.peek() {
            Some('\'') => {
                self.advance();
                Style::Single
            }
            Some('"') => {
                self.advance();
                Style::Double
            }
            Some('|' | '>') => {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.advance();
                }
                Style::Bare
            }
            _ => Style::Bare,
        }
    }

    fn here(&self) -> (u32, u32) {
        (self.line, self.column)
    }

    fn blank(&mut self, style: Style) -> Option<(u32, u32)> {
        let here = self.here();
        match self.peek()? {
            c if c.is_whitespace() => self.advance(),
            '\\' if style == Style::Double => {
                self.advance();
                self.advance();
            }
            _ => {}
        }
        Some(here)
    }

    fn find(&mut self, wanted: char, style: Style) -> Option<(u32, u32)> {
        while self.peek()?.is_whitespace() {
            self.advance();
        }
        let here = self.here();
        let found = self.peek()?;
        let escaped = (style == Style::Double && found == '\\') || (style == Style::Single && found == '\'');
        if escaped {
            self.advance();
            // A line that ends in `\` goes on in the next.
            if self.peek()?.is_whitespace() {
                return self.find(wanted, style);
            }
        }
        if self.peek()? != wanted {
            return None;
        }
        self.advance();
        Some(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of `[..]` in what was read, as `line:column` in the source.
    #[track_caller]
    fn check(source: &str, line: u32, column: u32, text: &str, places: &[(char, u32, u32)]) {
        let found = marks(source, Place { line, column, length: 0 }, text);
        assert_eq!(found.len(), text.chars().count(), "{source:?}");
        for (wanted, line, column) in places {
            let index = text.chars().position(|c| c == *wanted).unwrap();
            assert_eq!(found[index], (*line, *column), "`{wanted}` in {source:?}");
        }
    }

    #[test]
    fn every_style_is_followed() {
        check("when: a > b\n", 1, 7, "a > b", &[('a', 1, 7), ('>', 1, 9), ('b', 1, 11)]);
        check("when: \"a > \\\"é\\\" x\"\n", 1, 7, "a > \"é\" x", &[('a', 1, 8), ('é', 1, 14), ('x', 1, 18)]);
        check("when: 'a > ''q'' x'\n", 1, 7, "a > 'q' x", &[('q', 1, 14), ('x', 1, 18)]);
        check("when: a\n  && b\n", 1, 7, "a && b", &[('&', 2, 3), ('b', 2, 6)]);
        check("- when: |-\n    a &&\n      b\n", 1, 9, "a &&\n  b", &[('a', 2, 5), ('b', 3, 7)]);
        check("- when: >-\n    a\n    && b\n", 1, 9, "a && b", &[('&', 3, 5), ('b', 3, 8)]);
        check("when: \"a \\\n  && b\"\n", 1, 7, "a && b", &[('&', 2, 3), ('b', 2, 6)]);
    }

    #[test]
    fn what_cannot_be_followed_points_to_where_it_parts() {
        assert_eq!(
            marks("when: \"a \\x41 b\"", Place { line: 1, column: 7, length: 0 }, "a A b"),
            [(1, 8), (1, 9)]
        );
        assert_eq!(marks("", Place { line: 1, column: 7, length: 0 }, "a"), [(1, 7)]);
    }
}

//! Text of people and platforms, made harmless before it is shown: it must stay text, in every format.

use std::borrow::Cow;
use std::fmt::Write;

/// Shows what cannot be seen: control characters, which move a terminal's cursor, and marks that turn the direction of
/// writing, which make a text read as another. Line breaks become spaces.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            // Writing to a string cannot fail.
            c if is_hidden(c) => {
                let _ = write!(out, "[U+{:04X}]", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Controls, marks of direction, and what takes no room.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// The first characters of a text, and a mark where there were more.
pub(crate) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Text for markdown, inside tables and inside HTML alike: whatever could be markup becomes an entity.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '@' | '*' | '_' | '`' | '[' | ']' | '#' | '\\' | '~' | '$' | '!' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            other => out.push(other),
        }
    }
    out
}

/// Text for XML: entities, and nothing that XML cannot hold.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown() {
        assert_eq!(plain("Shoes"), "Shoes");
        assert_eq!(plain("\u{1b}[2Jgone"), "[U+001B][2Jgone");
        assert_eq!(plain("EUR\u{202E}00.1"), "EUR[U+202E]00.1");
        assert_eq!(plain("a\nb\u{200B}"), "a b[U+200B]");
        assert_eq!(plain("日本語 🎉 ñ"), "日本語 🎉 ñ");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("ñandú", 2), "ña…");
        assert_eq!(cut("ñandú", 5), "ñandú");
    }

    #[test]
    fn nothing_stays_markup() {
        assert_eq!(
            markdown("<b>@team</b> [x](y) `c` | *i* $m$"),
            "&lt;b&gt;&#64;team&lt;/b&gt; &#91;x&#93;(y) &#96;c&#96; &#124; &#42;i&#42; &#36;m&#36;"
        );
        assert_eq!(xml("<a b='\u{0}'>&</a>"), "&lt;a b=&apos;[U+0000]&apos;&gt;&amp;&lt;/a&gt;");
    }
}

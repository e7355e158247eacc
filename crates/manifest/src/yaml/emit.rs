//! Values to YAML as a person writes it: short lists and mappings on one line, quotes where any reader could
//! take a text for something else.

use std::fmt::Write as _;

use super::words::needs_quotes;

/// Longest line that still holds a whole list or mapping.
const LINE_WIDTH: usize = 90;

/// Something to emit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Yaml {
    /// A text, quoted where needed.
    Text(String),
    /// A number or a boolean, as it is.
    Plain(String),
    /// A sequence.
    List(Vec<Yaml>),
    /// A mapping in the order given.
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn is_scalar(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Plain(_))
    }

    /// Whether it holds nothing but scalars.
    fn is_flat(&self) -> bool {
        match self {
            Self::Text(_) | Self::Plain(_) => true,
            Self::List(members) => members.iter().all(Self::is_scalar),
            Self::Map(entries) => entries.iter().all(|(_, value)| value.is_scalar()),
        }
    }

    /// Whether it reads well on one line: `{min: 25}`, `[{file: hero.png}]`, `{days: [Mon], from: "08:00"}`.
    fn is_simple(&self) -> bool {
        match self {
            Self::List(members) => match members.as_slice() {
                [Self::Map(entries)] => entries.len() == 1 && entries[0].1.is_scalar(),
                _ => self.is_flat(),
            },
            Self::Map(entries) => entries.iter().all(|(_, value)| value.is_flat()),
            Self::Text(_) | Self::Plain(_) => true,
        }
    }
}

/// Emits a mapping as a document, without the line that separates documents.
pub(crate) fn document(entries: &[(String, Yaml)]) -> String {
    let mut out = String::new();
    map(&mut out, entries, 0);
    out
}

fn map(out: &mut String, entries: &[(String, Yaml)], indent: usize) {
    for (key, value) in entries {
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str(&scalar(key, false));
        out.push(':');
        below(out, value, indent, indent + key.chars().count() + 2);
    }
}

/// Emits a value behind its key or dash, on the same line where it fits.
fn below(out: &mut String, value: &Yaml, indent: usize, column: usize) {
    let line = flow(value);
    let top = indent == 0 && matches!(value, Yaml::Map(_));
    let empty = matches!(value, Yaml::List(members) if members.is_empty());
    let fits = !top && value.is_simple() && column + line.chars().count() <= LINE_WIDTH;
    match value {
        Yaml::Text(text) => {
            out.push(' ');
            out.push_str(&scalar(text, false));
            out.push('\n');
        }
        Yaml::Plain(_) => {
            out.push(' ');
            out.push_str(&line);
            out.push('\n');
        }
        _ if fits || empty => {
            out.push(' ');
            out.push_str(&line);
            out.push('\n');
        }
        Yaml::List(members) => {
            out.push('\n');
            list(out, members, indent + 2);
        }
        Yaml::Map(entries) if entries.is_empty() => out.push_str(" {}\n"),
        Yaml::Map(entries) => {
            out.push('\n');
            map(out, entries, indent + 2);
        }
    }
}

fn list(out: &mut String, members: &[Yaml], indent: usize) {
    for member in members {
        out.extend(std::iter::repeat_n(' ', indent));
        out.push('-');
        let fits = member.is_simple() && indent + 2 + flow(member).chars().count() <= LINE_WIDTH;
        match member {
            Yaml::Map(entries) if !fits && !entries.is_empty() => {
                // The first entry stands behind the dash, the others below it.
                let mut inner = String::new();
                map(&mut inner, entries, indent + 2);
                out.push(' ');
                out.push_str(&inner[indent + 2..]);
            }
            _ => below(out, member, indent, indent + 2),
        }
    }
}

/// A value on one line.
pub(crate) fn flow(value: &Yaml) -> String {
    match value {
        Yaml::Text(text) => scalar(text, true),
        Yaml::Plain(text) => text.clone(),
        Yaml::List(members) => {
            format!("[{}]", members.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Yaml::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", scalar(key, true), flow(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// A text, plain where every reader takes it for the same text.
pub(crate) fn scalar(text: &str, in_flow: bool) -> String {
    if is_plain(text, in_flow) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str, in_flow: bool) -> bool {
    let starts_well = text.chars().next().is_some_and(|first| !"-?:,[]{}#&*!|>'\"%@`.+~=<".contains(first));
    starts_well
        && !needs_quotes(text)
        && text.trim() == text
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(|c| c.is_control() || is_break(c))
        && !(in_flow && text.contains([',', '[', ']', '{', '}']))
}

/// Line breaks and marks that YAML 1.1 treats specially.
fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || is_break(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn map_of(entries: &[(&str, Yaml)]) -> Vec<(String, Yaml)> {
        entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    }

    #[test]
    fn reads_as_a_person_writes() {
        let texts = |texts: &[&str]| Yaml::List(texts.iter().map(|text| Yaml::text(*text)).collect());
        let spec = Yaml::Map(map_of(&[
            ("account", Yaml::text("meta-eu")),
            ("budget", Yaml::Map(map_of(&[("daily", Yaml::text("120.00 EUR"))]))),
            (
                "targeting",
                Yaml::Map(map_of(&[
                    ("locations", texts(&["ES", "NO"])),
                    ("ages", Yaml::Map(map_of(&[("min", Yaml::Plain("25".to_owned()))]))),
                ])),
            ),
            ("specialAdCategories", texts(&[])),
            (
                "ads",
                Yaml::List(vec![
                    Yaml::Map(map_of(&[("name", Yaml::text("hero")), ("externalId", Yaml::text("12"))])),
                    Yaml::Map(map_of(&[
                        ("image", Yaml::Map(map_of(&[("id", Yaml::text("7"))]))),
                        ("headline", Yaml::text("a: b")),
                    ])),
                ]),
            ),
        ]));
        let text = document(&map_of(&[("kind", Yaml::text("Campaign")), ("spec", spec)]));
        let expected = "kind: Campaign
spec:
  account: meta-eu
  budget: {daily: 120.00 EUR}
  targeting: {locations: [ES, \"NO\"], ages: {min: 25}}
  specialAdCategories: []
  ads:
    - {name: hero, externalId: \"12\"}
    - {image: {id: \"7\"}, headline: \"a: b\"}
";
        assert_eq!(text, expected);
    }

    proptest! {
        /// Another reader of YAML finds the same texts, in blocks and on one line.
        #[test]
        fn texts_survive(texts in prop::collection::vec("[ -~é\u{85}\n\t'\"#:,{}\\[\\]&*!|>%@`-]{0,12}", 1..6)) {
            let list = Yaml::List(texts.iter().map(|text| Yaml::text(text.as_str())).collect());
            let long = Yaml::Map(vec![("k".to_owned(), list.clone()), ("l".to_owned(), Yaml::Map(vec![("m".to_owned(), list)]))]);
            let text = document(&[("spec".to_owned(), long)]);
            let read: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
            let expected = serde_json::json!(texts);
            prop_assert_eq!(&read["spec"]["k"], &expected, "{}", text);
            prop_assert_eq!(&read["spec"]["l"]["m"], &expected, "{}", text);
        }
    }
}

//! Edits of YAML text that change one value and nothing else: comments, order, quotes and line ends stay.
//!
//! A value is found by the place it was written at, and only the bytes that differ are spliced. What cannot be changed
//! in this way is refused with a reason; whoever edits loads the result again and compares.

mod tree;

use std::ops::Range;

use adplane_core::address::Kind;
use adplane_core::field::Origin;
use adplane_core::time::Zone;
use adplane_core::value::Value;
use granit_parser::ScalarStyle;
use serde_json::Value as Json;

use crate::raise;
use crate::yaml::emit::{self, Yaml};
use tree::{Content, Spanned};

/// Why a value cannot be written into a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritable {
    /// A sentence fragment.
    pub because: String,
}

fn unwritable<T>(because: impl Into<String>) -> Result<T, Unwritable> {
    Err(Unwritable { because: because.into() })
}

/// Writes a field's value where the field was written before; `kind` is the object's.
///
/// # Errors
/// When the text cannot hold it without touching more than that value.
pub fn write_value(
    text: &str,
    origin: &Origin,
    kind: Kind,
    path: &str,
    value: &Value,
    zone: &Zone,
) -> Result<String, Unwritable> {
    let wanted =
        raise::field(kind, path, value, zone).map_err(|found| Unwritable { because: found.message })?;
    let Some(node) = tree::find(text, origin) else {
        return unwritable(format!("there is no value at {origin} any more"));
    };
    let mut edits = Vec::new();
    let ordered = matches!(value, Value::List(_));
    Editor { text, edits: &mut edits }.replace(&node, &wanted, ordered)?;
    Ok(spliced(text, edits))
}

/// Writes a field on the object itself, with the keys that are not there yet; `at` is where the object was written.
///
/// # Errors
/// When the text cannot hold it without touching anything else.
pub fn write_field(
    text: &str,
    at: &Origin,
    kind: Kind,
    path: &str,
    value: &Value,
    zone: &Zone,
) -> Result<String, Unwritable> {
    let wanted =
        raise::field(kind, path, value, zone).map_err(|found| Unwritable { because: found.message })?;
    // An ad is an item of its ad group, everything else a document.
    let spec = if kind == Kind::Ad { &[][..] } else { &["spec"][..] };
    let keys: Vec<&str> = spec.iter().copied().chain(path.split('.')).collect();
    write_below(text, at, &keys, &wanted)
}

/// Writes a text under keys, adding those that are not there; `at` is where the object was written, and keys are those of
/// its document, of an ad those of its item.
///
/// # Errors
/// As above.
pub fn write_text(text: &str, at: &Origin, keys: &[&str], value: &str) -> Result<String, Unwritable> {
    write_below(text, at, keys, &Yaml::text(value))
}

fn write_below(text: &str, at: &Origin, keys: &[&str], wanted: &Yaml) -> Result<String, Unwritable> {
    let Some(base) = tree::base(text, at) else {
        return unwritable(format!("there is nothing at {at} any more"));
    };
    let mut edits = Vec::new();
    Editor { text, edits: &mut edits }.put(&base, keys, wanted)?;
    Ok(spliced(text, edits))
}

/// Applies edits, the last one first.
fn spliced(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = text.to_owned();
    for (range, replacement) in edits.into_iter().rev() {
        out.replace_range(range, &replacement);
    }
    out
}

struct Editor<'a> {
    text: &'a str,
    edits: &'a mut Vec<(Range<usize>, String)>,
}

/// What a node says, for comparing: scalars by their text alone.
fn meaning(node: &Spanned) -> Json {
    match &node.content {
        Content::Scalar { text, .. } => Json::String(text.clone()),
        Content::Sequence { items, .. } => Json::Array(items.iter().map(meaning).collect()),
        Content::Mapping { entries, .. } => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), meaning(&entry.value))).collect())
        }
        Content::Alias => Json::Null,
    }
}

fn meant(yaml: &Yaml) -> Json {
    match yaml {
        Yaml::Text(text) | Yaml::Plain(text) => Json::String(text.clone()),
        Yaml::List(members) => Json::Array(members.iter().map(meant).collect()),
        Yaml::Map(entries) => {
            Json::Object(entries.iter().map(|(key, value)| (key.clone(), meant(value))).collect())
        }
    }
}

impl Editor<'_> {
    /// Puts a value below keys of a mapping; those that are missing are added at the end of what is there.
    fn put(&mut self, node: &Spanned, keys: &[&str], wanted: &Yaml) -> Result<(), Unwritable> {
        let Some((key, below)) = keys.split_first() else { return self.replace(node, wanted, false) };
        let Content::Mapping { flow, entries } = &node.content else {
            return unwritable(format!("what should hold `{key}` is written in another way"));
        };
        if let Some(entry) = entries.iter().find(|entry| entry.key == *key) {
            return self.put(&entry.value, below, wanted);
        }
        let value =
            below.iter().rev().fold(wanted.clone(), |inner, key| Yaml::Map(vec![((*key).to_owned(), inner)]));
        let added = format!("{}: {}", emit::scalar(key, *flow), emit::flow(&value));
        self.entries(node, *flow, entries, &[], &[added])
    }

    fn replace(&mut self, node: &Spanned, wanted: &Yaml, ordered: bool) -> Result<(), Unwritable> {
        if meaning(node) == meant(wanted) {
            return Ok(());
        }
        match (&node.content, wanted) {
            (Content::Alias, _) => unwritable("an alias stands there; write the value out first"),
            (Content::Scalar { style, .. }, wanted) => self.scalar(node, *style, wanted),
            (Content::Sequence { flow, items }, Yaml::List(members)) if ordered => {
                self.sequence(node, *flow, items, members)
            }
            (Content::Sequence { flow, items }, Yaml::List(members)) => self.set(node, *flow, items, members),
            (Content::Mapping { flow, entries }, Yaml::Map(wanted)) => {
                self.mapping(node, *flow, entries, wanted)
            }
            (Content::Sequence { flow: true, .. } | Content::Mapping { flow: true, .. }, wanted) => {
                self.edits.push((node.range.clone(), emit::flow(wanted)));
                Ok(())
            }
            (Content::Sequence { .. } | Content::Mapping { .. }, _) => {
                unwritable("the live value has another shape than what is written")
            }
        }
    }

    fn scalar(&mut self, node: &Spanned, style: ScalarStyle, wanted: &Yaml) -> Result<(), Unwritable> {
        let text = match (style, wanted) {
            (ScalarStyle::Literal | ScalarStyle::Folded, _) => {
                return unwritable("a block of text stands there; change it by hand");
            }
            (ScalarStyle::SingleQuoted, Yaml::Text(text)) if !text.chars().any(char::is_control) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            (ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, Yaml::Text(text)) => emit::quoted(text),
            (_, Yaml::Text(text)) => emit::scalar(text, node.in_flow),
            (_, wanted) => emit::flow(wanted),
        };
        self.edits.push((node.range.clone(), text));
        Ok(())
    }

    /// A list whose order matters: member by member, then what is left over or missing at its end.
    fn sequence(
        &mut self,
        node: &Spanned,
        flow: bool,
        items: &[Spanned],
        members: &[Yaml],
    ) -> Result<(), Unwritable> {
        for (item, member) in items.iter().zip(members) {
            self.replace(item, member, true)?;
        }
        let gone: Vec<usize> = (members.len()..items.len()).collect();
        let added: Vec<&Yaml> = members.iter().skip(items.len()).collect();
        self.members(node, flow, items, &gone, &added)
    }

    /// A list whose order does not matter: what is in both stays where it is.
    fn set(
        &mut self,
        node: &Spanned,
        flow: bool,
        items: &[Spanned],
        members: &[Yaml],
    ) -> Result<(), Unwritable> {
        let have: Vec<Json> = items.iter().map(meaning).collect();
        let want: Vec<Json> = members.iter().map(meant).collect();
        let gone: Vec<usize> = (0..items.len()).filter(|index| !want.contains(&have[*index])).collect();
        let added: Vec<&Yaml> = members
            .iter()
            .zip(&want)
            .filter(|(_, meant)| !have.contains(meant))
            .map(|(yaml, _)| yaml)
            .collect();
        self.members(node, flow, items, &gone, &added)
    }

    fn members(
        &mut self,
        node: &Spanned,
        flow: bool,
        items: &[Spanned],
        gone: &[usize],
        added: &[&Yaml],
    ) -> Result<(), Unwritable> {
        let ranges: Vec<Range<usize>> = items.iter().map(|item| item.range.clone()).collect();
        let added: Vec<String> = added.iter().map(|yaml| emit::flow(yaml)).collect();
        if flow {
            self.flow_parts(node, &ranges, gone, &added)
        } else {
            self.block_parts(&ranges, gone, &added, "- ")
        }
    }

    fn mapping(
        &mut self,
        node: &Spanned,
        flow: bool,
        entries: &[tree::Entry],
        wanted: &[(String, Yaml)],
    ) -> Result<(), Unwritable> {
        for entry in entries {
            if let Some((_, value)) = wanted.iter().find(|(key, _)| *key == entry.key) {
                self.replace(&entry.value, value, false)?;
            }
        }
        let missing = |key: &str| !wanted.iter().any(|(wanted, _)| wanted == key);
        let gone: Vec<usize> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| missing(&entry.key))
            .map(|(index, _)| index)
            .collect();
        let added: Vec<String> = wanted
            .iter()
            .filter(|(key, _)| !entries.iter().any(|entry| entry.key == *key))
            .map(|(key, value)| format!("{}: {}", emit::scalar(key, flow), emit::flow(value)))
            .collect();
        self.entries(node, flow, entries, &gone, &added)
    }

    fn entries(
        &mut self,
        node: &Spanned,
        flow: bool,
        entries: &[tree::Entry],
        gone: &[usize],
        added: &[String],
    ) -> Result<(), Unwritable> {
        let ranges: Vec<Range<usize>> =
            entries.iter().map(|entry| entry.start..entry.value.range.end).collect();
        if flow {
            self.flow_parts(node, &ranges, gone, added)
        } else {
            self.block_parts(&ranges, gone, added, "")
        }
    }

    /// Takes parts out of brackets and adds others at the end.
    fn flow_parts(
        &mut self,
        node: &Spanned,
        parts: &[Range<usize>],
        gone: &[usize],
        added: &[String],
    ) -> Result<(), Unwritable> {
        let kept: Vec<usize> = (0..parts.len()).filter(|index| !gone.contains(index)).collect();
        let Some(last) = kept.last().copied() else {
            let inside = node.range.start + 1..node.range.end - 1;
            self.without_comments(&inside)?;
            self.edits.push((inside, added.join(", ")));
            return Ok(());
        };
        for index in gone {
            // Up to the next part; behind the last kept one, from its end.
            let range = if *index < last {
                parts[*index].start..parts[index + 1].start
            } else {
                parts[index - 1].end..parts[*index].end
            };
            self.without_comments(&range)?;
            self.edits.push((range, String::new()));
        }
        if !added.is_empty() {
            let end = parts[last].end;
            self.edits.push((end..end, format!(", {}", added.join(", "))));
        }
        Ok(())
    }

    /// Takes whole lines out of a block and adds others at its end.
    fn block_parts(
        &mut self,
        parts: &[Range<usize>],
        gone: &[usize],
        added: &[String],
        lead: &str,
    ) -> Result<(), Unwritable> {
        if gone.len() == parts.len() {
            return unwritable("nothing is left of the list; write `[]` or take the field out by hand");
        }
        for index in gone {
            let part = &parts[*index];
            let start = self.line_start(part.start);
            if !self.text[start..part.start].trim_matches([' ', '-']).is_empty()
                || *index == 0 && lead.is_empty()
            {
                return unwritable("other values stand on its line");
            }
            self.edits.push((start..self.line_end(part.end), String::new()));
        }
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Ok(()) };
        if added.is_empty() {
            return Ok(());
        }
        let head = &self.text[self.line_start(first.start)..first.start];
        let indent = if lead.is_empty() { head } else { head.trim_end_matches(['-', ' ']) };
        if !indent.chars().all(|letter| letter == ' ') {
            return unwritable("other values stand on its first line");
        }
        let end = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let at = self.line_end(last.end);
        let open = if self.text[..at].ends_with('\n') { "" } else { end };
        let indent =
            " ".repeat(if lead.is_empty() { indent.len() } else { head.find('-').unwrap_or(indent.len()) });
        let lines: Vec<String> = added.iter().map(|line| format!("{indent}{lead}{line}{end}")).collect();
        self.edits.push((at..at, format!("{open}{}", lines.concat())));
        Ok(())
    }

    fn without_comments(&self, range: &Range<usize>) -> Result<(), Unwritable> {
        if self.text[range.clone()].contains('#') {
            return unwritable("a comment would be lost with it");
        }
        Ok(())
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }
}

#[cfg(test)]
mod tests;

//! Text to nodes: one document at a time, every syntax error reported, the other documents still read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use adplane_core::diagnostic::Diagnostic;
use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput};

use super::node::{Content, Entry, Node};
use crate::load::Place;

/// Deepest nesting of collections; ours need ten.
const MAX_DEPTH: usize = 100;
/// Most nodes that aliases may add to one document: far above honest use, far below a bomb.
const MAX_ALIASED_NODES: usize = 200_000;

/// Parses a text that starts at `first_line` of `file`, handing each document over as soon as it is read.
pub(crate) fn parse<'a>(
    file: &Arc<str>,
    text: &'a str,
    first_line: u32,
    diagnostics: &mut Vec<Diagnostic>,
    mut document: impl FnMut(&Node<'a>, &mut Vec<Diagnostic>),
) {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    options.emit_unresolved_aliases = true;
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(text, options),
        file,
        text,
        first_line,
        found: diagnostics,
    };
    loop {
        match reader.parser.next_event() {
            None => break,
            Some(Ok((Event::DocumentStart(..), _))) => match reader.document() {
                Ok(node) => document(&node, reader.found),
                Err(Stop) => {
                    if !matches!(reader.parser.proceed_next_document(), Ok(true)) {
                        break;
                    }
                }
            },
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                reader.syntax(&error);
                if !matches!(reader.parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
}

/// The document cannot be read further; why is among the diagnostics.
struct Stop;

struct Reader<'a, 'd> {
    parser: Parser<'a, StrInput<'a>>,
    file: &'d Arc<str>,
    text: &'a str,
    first_line: u32,
    found: &'d mut Vec<Diagnostic>,
}

/// Anchors of one document and what aliases have cost so far.
#[derive(Default)]
struct Anchors<'a> {
    nodes: HashMap<usize, (Rc<Node<'a>>, usize)>,
    aliased: usize,
}

impl<'a> Reader<'a, '_> {
    fn document(&mut self) -> Result<Node<'a>, Stop> {
        let mut anchors = Anchors::default();
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::DocumentEnd => break,
                other if other.is_node() => root = Some(self.node(other, span, &mut anchors)?.0),
                _ => {}
            }
        }
        Ok(root.unwrap_or(Node {
            place: Place::default(),
            content: Content::Scalar { text: Cow::Borrowed(""), plain: true },
        }))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Stop> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                self.syntax(&error);
                Err(Stop)
            }
            None => Err(Stop),
        }
    }

    /// Reads the node that an event begins, and counts the nodes in it.
    fn node(
        &mut self,
        event: Event<'a>,
        span: Span,
        anchors: &mut Anchors<'a>,
    ) -> Result<(Node<'a>, usize), Stop> {
        let anchor = event.anchor_id();
        let (node, count) = match event {
            Event::Scalar(text, style, _, tag) => {
                let mut plain = style == ScalarStyle::Plain;
                if let Some(tag) = tag {
                    plain &= !self.tag_is_text(&tag, span);
                }
                let place = self.place(span);
                (Node { place, content: Content::Scalar { text, plain } }, 1)
            }
            Event::SequenceStart(..) => self.sequence(span, anchors)?,
            Event::MappingStart(..) => self.mapping(span, anchors)?,
            Event::Alias(id) => return self.alias(id, span, anchors),
            Event::UnresolvedAlias(name) => {
                let place = self.place(span);
                self.report(
                    Diagnostic::error(
                        "yaml-unknown-alias",
                        format!("`*{name}` has no anchor `&{name}` before it"),
                    )
                    .hint("write the value itself, or put the anchor above, in the same document"),
                    place,
                );
                return Err(Stop);
            }
            _ => return Err(Stop),
        };
        if let Some(id) = anchor.filter(|id| *id > 0) {
            anchors.nodes.insert(id, (Rc::new(node.clone()), count));
        }
        Ok((node, count))
    }

    fn sequence(&mut self, span: Span, anchors: &mut Anchors<'a>) -> Result<(Node<'a>, usize), Stop> {
        let mut members = Vec::new();
        let mut count = 1;
        loop {
            let (event, end) = self.next()?;
            match event {
                Event::SequenceEnd => {
                    let place = self.place_between(span, end);
                    return Ok((Node { place, content: Content::Sequence(members) }, count));
                }
                other if other.is_node() => {
                    let (node, nodes) = self.node(other, end, anchors)?;
                    members.push(node);
                    count += nodes;
                }
                _ => {}
            }
        }
    }

    fn mapping(&mut self, span: Span, anchors: &mut Anchors<'a>) -> Result<(Node<'a>, usize), Stop> {
        let mut entries: Vec<Entry<'a>> = Vec::with_capacity(8);
        let mut merged = Vec::new();
        let mut count = 1;
        loop {
            let (event, key_span) = self.next()?;
            if event == Event::MappingEnd {
                let place = self.place_between(span, key_span);
                self.merge(&mut entries, merged);
                return Ok((Node { place, content: Content::Mapping(entries) }, count));
            }
            if !event.is_node() {
                continue;
            }
            let (key, _) = self.node(event, key_span, anchors)?;
            let (event, value_span) = self.next()?;
            let (value, nodes) = self.node(event, value_span, anchors)?;
            count += nodes + 1;
            let key_place = key.place;
            let Content::Scalar { text: key, plain } = key.content else {
                self.report(
                    Diagnostic::error("yaml-key", "a key must be a text, not a list or a mapping")
                        .hint("write `key: value`"),
                    key_place,
                );
                continue;
            };
            if plain && key == "<<" {
                merged.push((key_place, value));
                continue;
            }
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                let message = format!("`{key}` is written twice; first on line {}", first.key_place.line);
                self.report(
                    Diagnostic::error("duplicate-key", message).hint("keep one of the two"),
                    key_place,
                );
                continue;
            }
            entries.push(Entry { key, key_place, plain, value });
        }
    }

    /// Adds what `<<` merges in: keys written beside it win, then earlier merges.
    fn merge(&mut self, entries: &mut Vec<Entry<'a>>, merged: Vec<(Place, Node<'a>)>) {
        for (key_place, node) in merged {
            let sources = match node.content {
                Content::Mapping(source) => vec![source],
                Content::Sequence(members) => {
                    let all = members.len();
                    let sources: Vec<_> = members
                        .into_iter()
                        .filter_map(|member| match member.content {
                            Content::Mapping(source) => Some(source),
                            Content::Scalar { .. } | Content::Sequence(_) => None,
                        })
                        .collect();
                    if sources.len() != all {
                        self.bad_merge(key_place);
                    }
                    sources
                }
                Content::Scalar { .. } => {
                    self.bad_merge(key_place);
                    continue;
                }
            };
            for entry in sources.into_iter().flatten() {
                if !entries.iter().any(|existing| existing.key == entry.key) {
                    entries.push(entry);
                }
            }
        }
    }

    fn bad_merge(&mut self, place: Place) {
        self.report(
            Diagnostic::error("yaml-merge", "`<<` merges mappings only")
                .hint("write `<<: *name` where `&name` stands before a mapping"),
            place,
        );
    }

    fn alias(&mut self, id: usize, span: Span, anchors: &mut Anchors<'a>) -> Result<(Node<'a>, usize), Stop> {
        let place = self.place(span);
        let name = span.slice(self.text).unwrap_or("*").to_owned();
        let Some((node, count)) = anchors.nodes.get(&id).cloned() else {
            self.report(
                Diagnostic::error("yaml-unknown-alias", format!("`{name}` refers to itself"))
                    .hint("write the value itself"),
                place,
            );
            return Err(Stop);
        };
        anchors.aliased += count;
        if anchors.aliased > MAX_ALIASED_NODES {
            self.report(
                Diagnostic::error(
                    "yaml-alias-bomb",
                    format!(
                        "`{name}` makes the document too large: aliases add over {MAX_ALIASED_NODES} values"
                    ),
                )
                .hint("write the values out, or use fewer aliases of aliases"),
                place,
            );
            return Err(Stop);
        }
        Ok(((*node).clone(), count))
    }

    /// Whether a tag says text; other tags than YAML's own text tag are refused.
    fn tag_is_text(&mut self, tag: &granit_parser::Tag, span: Span) -> bool {
        if tag.is_yaml_core_schema_tag("str") || tag.suffix() == "!" || tag.suffix().is_empty() {
            return true;
        }
        let place = self.place(span);
        self.report(
            Diagnostic::error("yaml-tag", format!("the tag `{}` is not understood", tag.original()))
                .hint("leave the tag out; quotes make a text"),
            place,
        );
        false
    }

    fn syntax(&mut self, error: &granit_parser::ScanError) {
        let marker = error.marker();
        let line = u32::try_from(marker.line()).unwrap_or(u32::MAX).max(1);
        let place = Place {
            line: line + self.first_line - 1,
            column: u32::try_from(marker.col()).unwrap_or(u32::MAX).saturating_add(1),
            length: 1,
        };
        let written = self.text.lines().nth(line as usize - 1).unwrap_or_default();
        let indentation = &written[..written.len() - written.trim_start().len()];
        let hint = if indentation.contains('\t') {
            "indent with spaces: YAML allows no tabs there"
        } else {
            "check indentation, quotes and brackets here and on the line before"
        };
        let message = format!("this is not valid YAML: {}", error.kind());
        self.report(Diagnostic::error("yaml-syntax", message).hint(hint), place);
    }

    fn report(&mut self, mut diagnostic: Diagnostic, place: Place) {
        diagnostic.origin = Some(place.in_file(self.file));
        diagnostic.length = place.length;
        self.found.push(diagnostic);
    }

    fn place(&self, span: Span) -> Place {
        self.place_between(span, span)
    }

    fn place_between(&self, from: Span, to: Span) -> Place {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let length = if from.start.line() == to.end.line() {
            number(to.end.col().saturating_sub(from.start.col()))
        } else {
            0
        };
        Place {
            line: number(from.start.line()) + self.first_line - 1,
            column: number(from.start.col()) + 1,
            length,
        }
    }
}

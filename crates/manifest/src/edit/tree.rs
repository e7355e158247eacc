//! Nodes with the bytes they were written in.

use std::ops::Range;

use adplane_core::field::Origin;
use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput};

/// A node and its bytes; of a block collection up to the end of its last member.
#[derive(Debug, Clone)]
pub(super) struct Spanned {
    pub(super) range: Range<usize>,
    pub(super) in_flow: bool,
    pub(super) content: Content,
    line: usize,
    column: usize,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A text and how it is written.
    Scalar { text: String, style: ScalarStyle },
    /// A list; `flow` when in brackets.
    Sequence { flow: bool, items: Vec<Spanned> },
    /// A mapping; `flow` when in braces.
    Mapping { flow: bool, entries: Vec<Entry> },
    /// A reference to an anchor.
    Alias,
}

/// An entry of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    /// Where its key begins.
    pub(super) start: usize,
    pub(super) value: Spanned,
}

/// The node that begins at a line and column; of several the outermost.
pub(super) fn find(text: &str, origin: &Origin) -> Option<Spanned> {
    search(text, |root| within(root, origin))
}

/// The mapping that begins at a line and column, or else the document of what begins there.
pub(super) fn base(text: &str, origin: &Origin) -> Option<Spanned> {
    search(text, |root| {
        let found = within(root.clone(), origin)?;
        Some(if matches!(found.content, Content::Mapping { .. }) { found } else { root })
    })
}

/// The first document in which something is found.
fn search(text: &str, look: impl Fn(Spanned) -> Option<Spanned>) -> Option<Spanned> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_unresolved_aliases = true;
    let mut reader = Reader { parser: Parser::new_from_str_with_options(text, options), text };
    while let Some(Ok((event, span))) = reader.parser.next_event() {
        if !event.is_node() {
            continue;
        }
        let root = reader.node(event, span, false)?;
        if let Some(found) = look(root) {
            return Some(found);
        }
    }
    None
}

fn within(node: Spanned, origin: &Origin) -> Option<Spanned> {
    if (node.line, node.column) == (origin.line as usize, origin.column as usize - 1) {
        return Some(node);
    }
    match node.content {
        Content::Sequence { items, .. } => items.into_iter().find_map(|item| within(item, origin)),
        Content::Mapping { entries, .. } => entries.into_iter().find_map(|entry| within(entry.value, origin)),
        Content::Scalar { .. } | Content::Alias => None,
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<(Event<'a>, Span)> {
        self.parser.next_event()?.ok()
    }

    fn node(&mut self, event: Event<'a>, span: Span, in_flow: bool) -> Option<Spanned> {
        let range = span.byte_range()?;
        let opens = self.text.get(range.start..).unwrap_or_default();
        let (content, end) = match event {
            Event::Scalar(text, style, ..) => (Content::Scalar { text: text.into_owned(), style }, range.end),
            Event::SequenceStart(..) => self.sequence(opens.starts_with('['), in_flow, range.end)?,
            Event::MappingStart(..) => self.mapping(opens.starts_with('{'), in_flow, range.end)?,
            _ => (Content::Alias, range.end),
        };
        Some(Spanned {
            range: range.start..end,
            in_flow,
            content,
            line: span.start.line(),
            column: span.start.col(),
        })
    }

    fn sequence(&mut self, flow: bool, in_flow: bool, start: usize) -> Option<(Content, usize)> {
        let mut items: Vec<Spanned> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                let last = items.last().map_or(start, |item| item.range.end);
                let end = if flow { span.byte_range()?.end } else { last };
                return Some((Content::Sequence { flow, items }, end));
            }
            if event.is_node() {
                items.push(self.node(event, span, in_flow || flow)?);
            }
        }
    }

    fn mapping(&mut self, flow: bool, in_flow: bool, start: usize) -> Option<(Content, usize)> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                let last = entries.last().map_or(start, |entry| entry.value.range.end);
                let end = if flow { span.byte_range()?.end } else { last };
                return Some((Content::Mapping { flow, entries }, end));
            }
            if !event.is_node() {
                continue;
            }
            let key = self.node(event, span, in_flow || flow)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, in_flow || flow)?;
            let Content::Scalar { text, .. } = key.content else { continue };
            entries.push(Entry { key: text, start: key.range.start, value });
        }
    }
}

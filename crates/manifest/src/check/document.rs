//! A whole document: its envelope, its metadata, its spec.

use std::collections::BTreeMap;
use std::sync::Arc;

use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::value::Value;
use compact_str::CompactString;

use super::nearest;
use super::shape;
use super::suggest::some_of;
use super::walk::{Walked, Walker};
use crate::api::{API_VERSION, GROUP};
use crate::load::{Document, DocumentKind, Place, Written};
use crate::yaml::node::{Content, Entry, Node};

/// Kinds that are part of the design and not loaded yet.
const LATER: [&str; 2] = ["Plan", "PlanApproval"];
/// Annotations that mean something.
const ANNOTATIONS: [&str; 2] = ["adplane.io/external-id", "adplane.io/moved-from"];

/// What a document turned out to be.
#[derive(Debug)]
pub(crate) enum Checked {
    /// One of ours, as far as it could be read.
    Ours(Box<Document>),
    /// One of ours, too broken to know which.
    Broken,
    /// Another program's.
    Foreign,
    /// Nothing but comments.
    Empty,
}

/// Checks one document.
pub(crate) fn check(file: &Arc<str>, node: &Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Checked {
    if node.is_null() {
        return Checked::Empty;
    }
    let Content::Mapping(entries) = &node.content else { return Checked::Foreign };
    let mut check = Check { file, diagnostics };
    let text = |key: &str| node.get(key).and_then(|entry| entry.value.text());
    match text("apiVersion") {
        Some(API_VERSION) => {}
        Some(other) if other == GROUP || other.starts_with("adplane.io/") => {
            let place = node.get("apiVersion").map(|entry| entry.value.place).unwrap_or_default();
            let found =
                Diagnostic::error("unknown-version", format!("`{other}` is not a version of this API"))
                    .hint(format!("write `{API_VERSION}`"));
            check.report(found, place);
            return Checked::Broken;
        }
        None if text("kind").is_some_and(|kind| DocumentKind::parse(kind).is_some()) => {
            let place = entries.first().map(|entry| entry.key_place).unwrap_or_default();
            let found = Diagnostic::error("missing-field", "the document has no `apiVersion`")
                .hint(format!("add `apiVersion: {API_VERSION}`"));
            check.report(found, place);
        }
        Some(_) | None => return Checked::Foreign,
    }
    let Some(kind) = check.kind(node) else { return Checked::Broken };
    check.document(kind, node, entries)
}

struct Check<'d> {
    file: &'d Arc<str>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Check<'_> {
    fn kind(&mut self, node: &Node<'_>) -> Option<DocumentKind> {
        let names = || DocumentKind::ALL.into_iter().map(DocumentKind::word);
        let Some(entry) = node.get("kind") else {
            let place = node.get("apiVersion").map(|entry| entry.key_place).unwrap_or_default();
            let hint = format!("add `kind: ` with one of {}", some_of(names()));
            self.report(Diagnostic::error("missing-field", "the document has no `kind`").hint(hint), place);
            return None;
        };
        let word = entry.value.text().unwrap_or_default();
        if let Some(kind) = DocumentKind::parse(word) {
            return Some(kind);
        }
        let found = if LATER.contains(&word) {
            Diagnostic::warning(
                "kind-not-supported",
                format!("`{word}` documents are not supported yet and have no effect"),
            )
            .hint("remove it, so that nobody relies on it")
        } else {
            let hint = match nearest(word, names()) {
                Some(meant) => format!("write `{meant}`"),
                None => format!("write one of {}", some_of(names())),
            };
            Diagnostic::error("unknown-kind", format!("`{word}` is not a kind of {API_VERSION}")).hint(hint)
        };
        self.report(found, entry.value.place);
        None
    }

    fn document(&mut self, kind: DocumentKind, node: &Node<'_>, entries: &[Entry<'_>]) -> Checked {
        const KEYS: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
        for entry in entries.iter().filter(|entry| !KEYS.contains(&&*entry.key)) {
            let hint = match nearest(&entry.key, KEYS) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "fields of a kind belong below `spec`".to_owned(),
            };
            let found =
                Diagnostic::error("unknown-field", format!("`{}` is not a field of a document", entry.key));
            self.report(found.hint(hint), entry.key_place);
        }
        let kind_place = node.get("kind").map(|entry| entry.value.place).unwrap_or_default();
        let spec = if let Some(entry) = node.get("spec") {
            let walker = Walker::new(self.file, kind.word(), self.diagnostics);
            walker.flatten(shape::spec(kind), &entry.value, entry.key_place, "")
        } else {
            let found = Diagnostic::error("missing-field", format!("{kind} has no `spec`"))
                .hint("add `spec:` and its fields indented below");
            self.report(found, kind_place);
            Walked::default()
        };
        let Some(metadata) = self.metadata(kind, node, kind_place) else { return Checked::Broken };
        Checked::Ours(Box::new(Document {
            kind,
            namespace: metadata.namespace,
            name: metadata.name,
            labels: metadata.labels,
            annotations: metadata.annotations,
            file: Arc::clone(self.file),
            place: metadata.place,
            fields: spec.fields,
            children: spec.children,
            unreadable: spec.unreadable,
        }))
    }

    fn metadata(&mut self, kind: DocumentKind, node: &Node<'_>, kind_place: Place) -> Option<Metadata> {
        let Some(entry) = node.get("metadata") else {
            let found = Diagnostic::error("missing-field", format!("{kind} has no `metadata`"))
                .hint("add `metadata: {name: ..}`");
            self.report(found, kind_place);
            return None;
        };
        let walked = Walker::new(self.file, "metadata", self.diagnostics).flatten(
            shape::metadata(),
            &entry.value,
            entry.key_place,
            "metadata",
        );
        let find = |path: &str| walked.fields.iter().find(|field| field.path.as_str() == path);
        let text = |path: &str| find(path).and_then(|field| field.value.as_text());
        let labels = find("labels").map(|field| texts(field).collect()).unwrap_or_default();
        let annotations = self.annotations(entry.value.get("annotations"));
        let name = find("name")?;
        Some(Metadata {
            namespace: text("namespace")
                .and_then(|text| Namespace::new(text).ok())
                .unwrap_or_else(Namespace::default_namespace),
            place: name.place,
            name: ObjectName::new(name.value.as_text()?).ok()?,
            labels,
            annotations,
        })
    }

    fn annotations(&mut self, entry: Option<&Entry<'_>>) -> BTreeMap<CompactString, (CompactString, Place)> {
        let Some(Content::Mapping(entries)) = entry.map(|entry| &entry.value.content) else {
            return BTreeMap::new();
        };
        let mut found = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.key.starts_with("adplane.io/")) {
            if !ANNOTATIONS.contains(&&*entry.key) {
                let hint = match nearest(&entry.key, ANNOTATIONS) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("annotations that mean something: {}", ANNOTATIONS.join(", ")),
                };
                let message = format!("`{}` means nothing", entry.key);
                self.report(Diagnostic::warning("unknown-annotation", message).hint(hint), entry.key_place);
            } else if let Some(text) = entry.value.text() {
                found.insert(CompactString::new(&entry.key), (CompactString::new(text), entry.value.place));
            }
        }
        found
    }

    fn report(&mut self, mut diagnostic: Diagnostic, place: Place) {
        diagnostic.origin = Some(place.in_file(self.file));
        diagnostic.length = place.length;
        self.diagnostics.push(diagnostic);
    }
}

struct Metadata {
    namespace: Namespace,
    name: ObjectName,
    labels: BTreeMap<CompactString, CompactString>,
    annotations: BTreeMap<CompactString, (CompactString, Place)>,
    place: Place,
}

fn texts(field: &Written) -> impl Iterator<Item = (CompactString, CompactString)> {
    let entries = match &field.value {
        Value::Map(entries) => Some(entries),
        _ => None,
    };
    entries
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), CompactString::new(value.as_text()?))))
}

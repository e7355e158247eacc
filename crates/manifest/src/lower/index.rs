//! Documents by kind, namespace and name.

use std::collections::HashMap;

use adplane_core::diagnostic::Diagnostic;

use super::Key;
use crate::check::nearest;
use crate::load::{Document, DocumentKind, Written};

/// Documents by identity; of two with the same, the first counts.
pub(super) struct Index<'a> {
    documents: Vec<&'a Document>,
    by_key: HashMap<(DocumentKind, &'a str, &'a str), &'a Document>,
}

impl<'a> Index<'a> {
    /// Indexes documents and reports those that exist twice.
    pub(super) fn build(documents: &'a [Document], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut index = Self { documents: Vec::with_capacity(documents.len()), by_key: HashMap::new() };
        for document in documents {
            let (namespace, name) = document.key();
            match index.by_key.entry((document.kind, namespace, name)) {
                std::collections::hash_map::Entry::Vacant(vacant) => {
                    vacant.insert(document);
                    index.documents.push(document);
                }
                std::collections::hash_map::Entry::Occupied(first) => {
                    let message = format!(
                        "{} `{name}` exists twice in namespace `{namespace}`; first at {}",
                        document.kind,
                        first.get().origin()
                    );
                    let found = Diagnostic::error("duplicate-object", message).hint("give one another name");
                    diagnostics.push(document.finding(found, document.place, "metadata.name"));
                }
            }
        }
        index
    }

    /// Documents of a kind, in the order loaded.
    pub(super) fn of_kind(&self, kind: DocumentKind) -> impl Iterator<Item = &'a Document> {
        self.documents.iter().copied().filter(move |document| document.kind == kind)
    }

    /// One document.
    pub(super) fn get(&self, kind: DocumentKind, (namespace, name): Key<'_>) -> Option<&'a Document> {
        self.by_key.get(&(kind, namespace, name)).copied()
    }

    /// Follows a reference, or says why it leads nowhere.
    pub(super) fn follow(
        &self,
        from: &Document,
        written: &Written,
        kind: DocumentKind,
    ) -> Result<&'a Document, Box<Diagnostic>> {
        let name = written.value.as_text().unwrap_or_default();
        let namespace = from.namespace.as_str();
        if let Some(found) = self.get(kind, (namespace, name)) {
            return Ok(found);
        }
        let elsewhere = self.of_kind(kind).find(|document| document.name.as_str() == name);
        let found = if let Some(other) = elsewhere {
            let message =
                format!("{kind} `{name}` is in namespace `{}`, not in `{namespace}`", other.namespace);
            Diagnostic::error("cross-namespace-reference", message).hint(format!(
                "references stay inside a namespace: move one of the two, or write a {kind} there"
            ))
        } else {
            let names = self
                .of_kind(kind)
                .filter(|document| document.namespace == from.namespace)
                .map(|document| document.name.as_str());
            let hint = match nearest(name, names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("write a {kind} named `{name}`, or load the file that holds it"),
            };
            let message = format!("there is no {kind} `{name}` in namespace `{namespace}`");
            Diagnostic::error("dangling-reference", message).hint(hint)
        };
        Err(Box::new(from.finding(found, written.place, written.path.as_str())))
    }
}

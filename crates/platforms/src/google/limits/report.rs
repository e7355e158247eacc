//! Collects what refine finds: errors at the line that caused them, and what this platform does not use.

use std::collections::BTreeMap;

use adplane_core::address::Address;
use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{FieldPath, FieldSource, Origin};

/// Findings so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    diagnostics: Vec<Diagnostic>,
    unused: BTreeMap<(&'static str, &'static str), Unused>,
}

/// A field that several objects write and this platform has no place for.
#[derive(Debug)]
struct Unused {
    count: usize,
    address: Address,
    origin: Option<Origin>,
}

/// Where a field, or failing that its object, was written.
fn origin<'a>(object: &'a DesiredObject, path: &str) -> Option<&'a Origin> {
    let own = object.field(path).and_then(|field| field.origin.as_ref());
    let below = || {
        object
            .fields
            .range(FieldPath::new(path)..)
            .take_while(|(below, _)| below.is_within(path))
            .find_map(|(_, field)| field.origin.as_ref())
    };
    own.or_else(below).or(object.origin.as_ref())
}

impl Report {
    /// An error about a field, and what to write instead.
    pub(super) fn error(
        &mut self,
        object: &DesiredObject,
        path: &str,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Diagnostic::error(code, message), object, path, hint);
    }

    /// A warning about a field, and what to write instead.
    pub(super) fn warning(
        &mut self,
        object: &DesiredObject,
        path: &str,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Diagnostic::warning(code, message), object, path, hint);
    }

    /// Something worth knowing about a field.
    pub(super) fn info(
        &mut self,
        object: &DesiredObject,
        path: &str,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Diagnostic::info(code, message), object, path, hint);
    }

    fn push(&mut self, diagnostic: Diagnostic, object: &DesiredObject, path: &str, hint: impl Into<String>) {
        self.diagnostics.push(
            diagnostic.at(origin(object, path)).on(&object.address).field(FieldPath::new(path)).hint(hint),
        );
    }

    /// Takes a field away that this platform does not use; said once per field, however many objects have it.
    pub(super) fn unused(&mut self, object: &mut DesiredObject, path: &'static str, why: &'static str) {
        let inside: Vec<FieldPath> = object.below(path).map(|(path, _)| path.clone()).collect();
        if inside.is_empty() {
            return;
        }
        let written = object.below(path).any(|(_, field)| field.source == FieldSource::Declared);
        if written {
            self.unused.entry((path, why)).and_modify(|unused| unused.count += 1).or_insert_with(|| Unused {
                count: 1,
                address: object.address.clone(),
                origin: origin(object, path).cloned(),
            });
        }
        for path in inside {
            object.fields.remove(&path);
        }
    }

    /// All findings, in a stable order.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        for ((path, why), unused) in self.unused {
            let others = match unused.count {
                1 => String::new(),
                count => format!(" ({count} objects write it)"),
            };
            self.diagnostics.push(
                Diagnostic::info("unused-field", format!("Google Ads does not use `{path}`: {why}{others}"))
                    .at(unused.origin.as_ref())
                    .on(&unused.address)
                    .field(path),
            );
        }
        self.diagnostics
    }
}

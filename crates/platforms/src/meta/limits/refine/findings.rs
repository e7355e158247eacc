//! Collecting problems, each where it was written.

use std::collections::BTreeSet;

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::field::Origin;

/// Problems found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Vec<Diagnostic>,
    told: BTreeSet<(String, String)>,
}

/// Where a field was written: itself, the first field below it, or its object.
fn origin<'a>(object: &'a DesiredObject, path: &'a str) -> Option<&'a Origin> {
    let own = object.field(path).or_else(|| object.below(path).next().map(|(_, field)| field));
    own.and_then(|field| field.origin.as_ref()).or(object.origin.as_ref())
}

impl Findings {
    /// An error on a field.
    pub(super) fn error(
        &mut self,
        object: &DesiredObject,
        path: &str,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(Severity::Error, object, path, code, message.into(), hint.into());
    }

    /// A warning on a field.
    pub(super) fn warning(
        &mut self,
        object: &DesiredObject,
        path: &str,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(Severity::Warning, object, path, code, message.into(), hint.into());
    }

    /// A remark on a field of a creative, once however many ads share the creative.
    pub(super) fn info(
        &mut self,
        object: &DesiredObject,
        path: &str,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let name = object.creative.as_ref().map_or_else(|| object.address.to_string(), ToString::to_string);
        if self.told.insert((name, path.to_owned())) {
            self.add(Severity::Info, object, path, code, message.into(), hint.into());
        }
    }

    fn add(
        &mut self,
        severity: Severity,
        object: &DesiredObject,
        path: &str,
        code: &'static str,
        message: String,
        hint: String,
    ) {
        let finding = Diagnostic::new(severity, code, message)
            .at(origin(object, path))
            .on(&object.address)
            .field(path)
            .hint(hint);
        self.found.push(finding);
    }

    /// A finding about no object.
    pub(super) fn push(&mut self, finding: Diagnostic) {
        self.found.push(finding);
    }

    /// Everything found, in the order of the objects.
    pub(super) fn into_inner(self) -> Vec<Diagnostic> {
        self.found
    }
}

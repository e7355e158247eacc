//! Cases of policies: files named `*.cases.yaml` beside the policies they are about.
//!
//! A case makes up one change (what it was before, what it is after, whose it is) and says which rules must
//! match it. Fields are read with the types that rules see them by, so that a case cannot say what no plan
//! could hold.

mod around;
mod read;
mod rules;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Origin;
use adplane_core::policy::{Case, Policy, Severity};

use crate::load::{LoadRequest, Sources, cases as files};
use crate::yaml::parse::parse;

pub use rules::{ExpectedObject, RuleCase, RuleCases, load_rule_cases};

/// One case with what it expects.
#[derive(Debug, Clone)]
pub struct PolicyCase {
    /// What it shows, in the words of its file.
    pub name: String,
    /// Index of the policy among those given.
    pub policy: usize,
    /// The change.
    pub case: Case,
    /// Rules that must match, by severity; all others must not.
    pub expected: BTreeMap<Severity, BTreeSet<String>>,
    /// Where it was written.
    pub origin: Origin,
}

/// Cases of all files.
#[derive(Debug, Clone, Default)]
pub struct Cases {
    /// Cases in the order written, files by name.
    pub cases: Vec<PolicyCase>,
    /// What is wrong with the files.
    pub diagnostics: Vec<Diagnostic>,
    /// Texts of the files, for carets.
    pub sources: Sources,
    /// Files that were read, as shown to people.
    pub files: Vec<Arc<str>>,
}

/// Reads the cases below the paths of a request, all of them about `policies`.
pub fn load_cases(request: &LoadRequest, policies: &[Policy]) -> Cases {
    let mut cases = Cases::default();
    for (shown, text) in files(request, &mut cases.diagnostics) {
        let mut found = Vec::new();
        parse(&shown, &text, 1, &mut cases.diagnostics, |node, diagnostics| {
            // Cases of automation rules lie in files of the same ending.
            if !node.is_null() && node.get("rule").is_none() {
                read::FileReader::new(&shown, policies, diagnostics).read(node, &mut found);
            }
        });
        cases.cases.append(&mut found);
        cases.sources.insert(Arc::clone(&shown), text);
        cases.files.push(shown);
    }
    cases
}

#[cfg(test)]
mod tests;

//! Raising: a live account to the YAML a person would have written.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::observed::ObservedAccount;
use adplane_core::schema::PlatformSchema;

use crate::load::DocumentKind;

/// What to raise.
#[derive(Debug, Clone, Copy)]
pub struct RaiseRequest<'a> {
    /// The account, from the `AdAccount` document that the user wrote.
    pub account: &'a DesiredAccount,
    /// What is live.
    pub observed: &'a ObservedAccount,
    /// What the platform declares: vendor defaults are left out.
    pub schema: &'a PlatformSchema,
    /// Paths of downloaded assets by lower-case hexadecimal SHA-256, relative to the account's folder.
    pub assets: &'a BTreeMap<String, String>,
    /// Names that other documents of the namespace have already.
    pub taken: &'a BTreeSet<(DocumentKind, String)>,
}

/// One file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedFile {
    /// Path relative to the account's folder, such as `campaigns/spring-sale.yaml`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Files for one account.
#[derive(Debug, Clone, Default)]
pub struct Raised {
    /// Files, ordered by path.
    pub files: Vec<RaisedFile>,
    /// What could not be written as YAML, and what to do about it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Raises a live account.
pub fn raise(request: &RaiseRequest<'_>) -> Raised {
    let _ = request;
    Raised::default()
}

/// A name for a document from what people see: `Spring Sale 2026!` becomes `spring-sale-2026`.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        let lower = c.to_lowercase().next().unwrap_or(c);
        let plain = match lower {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            'ß' => 's',
            other => other,
        };
        if plain.is_ascii_alphanumeric() {
            slug.push(plain);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(60);
    slug.trim_end_matches('-').to_owned()
}

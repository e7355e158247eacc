//! Lowering: documents to desired state, every reference and platform-neutral rule checked.
//!
//! Values stay neutral: what a vendor makes of them, its limits and its create defaults are the platform's
//! `refine`. The bytes of asset files are read here, once per path, for digest and dimensions.

mod account;
mod assets;
mod budget;
mod catalogue;
mod convert;
mod creative;
mod freeze;
mod guard;
pub(crate) mod hours;
mod index;
pub(crate) mod lists;
mod managed;
mod marks;
pub(crate) mod moment;
mod notification;
mod object;
mod overlay;
pub(crate) mod policy;
mod pool;
mod rule;

use adplane_core::desired::Desired;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{FieldPath, Origin};
use adplane_core::ids::{Namespace, ProjectName};
use adplane_core::marker::Owner;
use adplane_core::notify::NotificationPolicy;
use adplane_core::pool::Pool;
use adplane_core::rules::{Rule, unheard};
use adplane_core::value::Value;

use crate::load::{Document, DocumentKind, Loaded, Place, Written, sort};

pub(crate) use rule::length;

/// The desired state, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Lowered {
    /// What is wanted; objects with errors are in it as far as they could be read.
    pub desired: Desired,
    /// Automation rules that can run, by name.
    pub rules: Vec<Rule>,
    /// Budget pools with their members, by name.
    pub pools: Vec<Pool>,
    /// Problems found while lowering, ordered by file and place; those of loading are in
    /// [`Loaded::diagnostics`].
    pub diagnostics: Vec<Diagnostic>,
}

/// Lowers loaded documents.
pub fn lower(loaded: &Loaded) -> Lowered {
    let mut diagnostics = Vec::new();
    let index = index::Index::build(&loaded.documents, &mut diagnostics);
    let mut desired = Desired {
        project: loaded.project.settings.project.as_ref().and_then(|name| ProjectName::new(&name.0).ok()),
        previous_owners: previous_owners(loaded),
        complete: loaded.complete,
        ..Desired::default()
    };
    for document in index.of_kind(DocumentKind::AdAccount) {
        if let Some(account) = account::lower(document, &mut diagnostics) {
            desired.accounts.insert(account.key.clone(), account);
        }
    }
    let mut reader = assets::Reader::new(&loaded.cwd, &loaded.tree);
    let creatives = index
        .of_kind(DocumentKind::Creative)
        .map(|document| (document.key(), creative::lower(document, &mut reader, &mut diagnostics)))
        .collect();
    desired.assets = reader.into_assets();
    let pools = pool::Pools::read(&index, &mut diagnostics);
    let mut objects = object::Objects {
        index: &index,
        pools: &pools,
        creatives: &creatives,
        desired: &mut desired,
        diagnostics: &mut diagnostics,
    };
    objects.lower_all();
    let pools = pools.finish(&desired, loaded.complete, &mut diagnostics);
    budget::check_levels(&index, &mut diagnostics);
    desired.freezes = index
        .of_kind(DocumentKind::FreezeWindow)
        .map(|document| freeze::lower(&index, &loaded.accounts_elsewhere, document, &mut diagnostics))
        .collect();
    policy::lower(loaded, &index, &mut desired, &mut diagnostics);
    guard::lower(loaded, &index, &mut desired, &mut diagnostics);
    desired.overlays = overlay::lower(loaded, &index, &mut diagnostics);
    let rules = rule::lower(loaded, &index, &desired, &mut diagnostics);
    desired.notifications = notification::lower_all(loaded, &index, &mut diagnostics);
    if loaded.complete {
        diagnostics.extend(unheard(&rules, &desired.notifications));
    }
    sort(&mut diagnostics);
    Lowered { desired, rules, pools, diagnostics }
}

/// Notification policies alone; what is wrong with them is left out, and told wherever everything is lowered.
pub fn lower_notifications(loaded: &Loaded) -> Vec<NotificationPolicy> {
    let index = index::Index::build(&loaded.documents, &mut Vec::new());
    notification::lower_all(loaded, &index, &mut Vec::new())
}

/// Automation rules alone, and what is wrong with them.
pub fn lower_rules(loaded: &Loaded) -> Lowered {
    let mut diagnostics = Vec::new();
    let index = index::Index::build(&loaded.documents, &mut Vec::new());
    let mut desired = Desired::default();
    for document in index.of_kind(DocumentKind::AdAccount) {
        if let Some(account) = account::lower(document, &mut Vec::new()) {
            desired.accounts.insert(account.key.clone(), account);
        }
    }
    let rules = rule::lower(loaded, &index, &desired, &mut diagnostics);
    sort(&mut diagnostics);
    Lowered { desired, rules, pools: Vec::new(), diagnostics }
}

/// Policies alone, and what is wrong with them.
pub fn lower_policies(loaded: &Loaded) -> Lowered {
    let mut diagnostics = Vec::new();
    let index = index::Index::build(&loaded.documents, &mut Vec::new());
    let mut desired = Desired::default();
    policy::lower(loaded, &index, &mut desired, &mut diagnostics);
    sort(&mut diagnostics);
    Lowered { desired, rules: Vec::new(), pools: Vec::new(), diagnostics }
}

fn previous_owners(loaded: &Loaded) -> Vec<Owner> {
    let owners = loaded.project.settings.previous_owners.iter().flatten();
    owners
        .filter_map(|owner| {
            let project = ProjectName::new(&owner.project.0).ok()?;
            Some(match &owner.namespace {
                Some(namespace) => Owner::of_cluster(&project, &Namespace::new(&namespace.0).ok()?),
                None => Owner::of_project(&project),
            })
        })
        .collect()
}

/// A written value in the form in which it compares: keyed lists by their keys.
pub(crate) fn comparable(written: &Written) -> Value {
    match (written.path.as_str(), &written.value) {
        ("keywords" | "negativeKeywords", Value::List(members)) => lists::keywords(members).0,
        ("sitelinks", Value::List(members)) => lists::sitelinks(members).0,
        (_, value) => value.clone(),
    }
}

/// What a reference inside a namespace points at.
pub(crate) type Key<'a> = (&'a str, &'a str);

impl Document {
    /// Namespace and name.
    pub(crate) fn key(&self) -> Key<'_> {
        (self.namespace.as_str(), self.name.as_str())
    }

    /// A place in this document; of a custom resource only its label is known.
    #[expect(clippy::unnecessary_wraps, reason = "fields and objects without a place exist: create defaults")]
    pub(crate) fn at(&self, place: Place) -> Option<Origin> {
        Some(place.in_file(&self.file))
    }

    /// A finding at a place in this document.
    pub(crate) fn finding(&self, diagnostic: Diagnostic, place: Place, field: &str) -> Diagnostic {
        let mut diagnostic = diagnostic;
        diagnostic.origin = self.at(place);
        diagnostic.length = place.length;
        if !field.is_empty() {
            diagnostic.field = Some(FieldPath::new(field));
        }
        diagnostic
    }
}

#[cfg(test)]
mod tests;

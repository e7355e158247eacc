//! Whether the admission policies that guard approvals are in place, as they were shipped.
//!
//! An admin who takes a policy or binding away for a second can create approvals in anyone's name, and nothing
//! in those objects tells. So the operator knows what its release ships ([`shipped`]), looks at what is there,
//! and says from when on it was whole: an approval that is older counts for nothing. That moment is read from
//! the objects, which carry the API server's times, and holds for what happened while no operator ran too.

mod shipped;
mod watch;

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kube::api::DynamicObject;
use serde_json::Value;

pub use shipped::{Kind, Shipped, ShippedError, shipped};
pub use watch::Guard;

/// How long the API server takes to heed a policy that was made or changed.
const EFFECT: SignedDuration = SignedDuration::from_secs(5);

/// What was found, by kind and name.
pub(super) type Found = BTreeMap<(Kind, String), Live>;

/// A policy or binding as it is in the cluster.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Live {
    /// Its spec in canonical form.
    spec: Value,
    /// Since when it is what it is.
    since: Timestamp,
    deleting: bool,
}

impl Live {
    pub(super) fn of(object: &DynamicObject) -> Self {
        let created = object.metadata.creation_timestamp.as_ref().map(|time| time.0);
        // A spec that was never changed is as old as the object; labels and status do not matter.
        let changed = object.metadata.generation.is_none_or(|generation| generation > 1);
        let fields = object.metadata.managed_fields.iter().flatten();
        let edits = fields.filter(|field| field.subresource.as_deref().is_none_or(str::is_empty));
        let edited = edits.filter_map(|field| field.time.as_ref()).map(|time| time.0).max();
        let since = match (created, edited) {
            (Some(created), Some(edited)) if changed => created.max(edited),
            (Some(created), _) if !changed => created,
            // Whoever edits may also wipe the record of edits: then nobody knows since when, and nothing counts.
            _ => Timestamp::MAX,
        };
        Self {
            spec: shipped::canonical(object.data.get("spec").unwrap_or(&Value::Null)),
            since,
            deleting: object.metadata.deletion_timestamp.is_some(),
        }
    }
}

/// What was found of the shipped policies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// What is wrong, a sentence each; empty when everything is in place.
    pub missing: Vec<String>,
    /// The objects that this is about, such as ``ValidatingAdmissionPolicy `adplane-approval` ``.
    pub names: Vec<String>,
    /// Policies that this API server is too old for.
    pub unsupported: Vec<String>,
    /// Whether the cluster writes down who changed what.
    pub authors_stamped: bool,
    /// From when on everything has been in place; nothing while anything is missing.
    pub since: Option<Timestamp>,
}

impl Verdict {
    /// Whether an approval that was created then was guarded.
    pub fn covers(&self, created: Timestamp) -> bool {
        self.since.is_some_and(|since| created >= since)
    }
}

/// Compares what was shipped with what was found. `mutating` says whether the server has policies that change
/// objects; the ones that need it are not asked for otherwise.
pub(super) fn compare(shipped: &[Shipped], found: &Found, mutating: bool) -> Verdict {
    let mut verdict = Verdict { authors_stamped: mutating, ..Verdict::default() };
    let mut since = Timestamp::MIN;
    for wanted in shipped {
        if wanted.needs_mutating && !mutating {
            verdict.unsupported.push(format!("{} {}", wanted.kind.word(), wanted.name));
            continue;
        }
        match found.get(&(wanted.kind, wanted.name.clone())) {
            Some(live) if live.spec == wanted.spec && !live.deleting => since = since.max(live.since),
            other => {
                let what = match other {
                    None => "is not there",
                    Some(live) if live.deleting => "is being deleted",
                    Some(_) => "is not what this version ships",
                };
                let name = format!("{} `{}`", wanted.kind.word(), wanted.name);
                verdict.missing.push(format!("{name} {what}"));
                verdict.names.push(name);
                verdict.authors_stamped &= !wanted.stamps_authors();
            }
        }
    }
    if verdict.missing.is_empty() {
        verdict.since = Some(since.saturating_add(EFFECT).unwrap_or(Timestamp::MAX));
    }
    verdict
}

/// Shared between the watch and everyone who asks.
pub(super) type Shared = Arc<RwLock<Verdict>>;

/// What is said before anything was read.
pub(super) fn unknown(because: &str) -> Verdict {
    Verdict {
        missing: vec![because.to_owned()],
        names: vec!["every admission policy".to_owned()],
        ..Verdict::default()
    }
}

/// How often everything is read anew beside the watches.
pub(super) const READ_EVERY: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;

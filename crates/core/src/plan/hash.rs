//! The fingerprint of a plan, which approvals bind to (decision 4).
//!
//! It covers scope with the way to each account, the approval policy, the freeze windows that touch it, labels,
//! every change with its wanted and observed values, preconditions, the ordered steps,
//! policy verdicts, the classes to approve, who wrote what, and the engine's version. Of a value in force in place of
//! git's it covers who decided it, from what, and within which bounds. It leaves out where
//! things were written, commit ids, the clock (until when an overlay counts, which is asked before every write), money
//! figures (they follow from the rest and the day) and the wording of diagnostics and reasons.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::document::{DocumentChange, DocumentField, PlanDocument};
use crate::desired::{Connection, CredentialSource};
use crate::field::FieldOwner;
use crate::ids::ObjectName;
use crate::money::Money;
use crate::overlay::{Hold, InForce, Managed, PoolOwner};

/// SHA-256 of a plan's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanHash([u8; 32]);

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", HEXLOWER.encode(&self.0))
    }
}

/// Feeds JSON into the hash without holding it in memory.
struct Sink(Sha256);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl PlanHash {
    /// The hash of a document's content, whatever hash it states.
    pub fn of(document: &PlanDocument) -> Self {
        let mut sink = Sink(Sha256::new());
        let mut feed = |part: &dyn erased::Part| part.write(&mut sink);
        feed(&(document.format_version, &document.engine, &document.project));
        feed(&(&document.scope.complete, document.scope.accounts.len()));
        for account in &document.scope.accounts {
            feed(&(
                &account.namespace,
                &account.name,
                account.platform,
                &account.account_id,
                account.currency,
                &account.time_zone,
                reach(&account.connection),
            ));
        }
        feed(&document.changes.len());
        for change in &document.changes {
            feed(&content(change));
            for field in &change.fields {
                feed(&field_content(field));
            }
            feed(&change.preconditions);
        }
        feed(&document.steps);
        feed(&document.policy.len());
        for verdict in &document.policy {
            feed(&(&verdict.rule, verdict.severity, &verdict.address));
        }
        feed(&document.classes);
        // Not the exact amount: it may follow from the day, and only what the policy compares it with counts.
        for (currency, raise) in &document.raises {
            feed(&(currency, raise.daily.is_some(), raise.within));
        }
        feed(&document.approvals);
        feed(&document.authors);
        feed(&document.freezes);
        feed(&document.labels);
        Self(sink.0.finalize().into())
    }
}

/// Where credentials go and what is run to get them; the path of a file may differ between checkouts.
fn reach(connection: &Connection) -> impl Serialize + '_ {
    let credentials =
        connection.credentials.as_ref().filter(|from| !matches!(from, CredentialSource::File(_)));
    (&connection.endpoint, &connection.token_endpoint, &connection.login_customer_id, credentials)
}

fn content(change: &DocumentChange) -> impl Serialize + '_ {
    (
        (&change.address, change.action, &change.class, &change.id, &change.superseded),
        (&change.parent, &change.parent_id, &change.budget, &change.budget_id),
        (&change.marker, change.fields.len()),
    )
}

fn field_content(field: &DocumentField) -> impl Serialize + '_ {
    (&field.path, &field.value_type, &field.before, &field.after, field.source, Owner::of(&field.owner))
}

/// What of a field's owner is content.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Owner<'a> {
    Git,
    Managed {
        initial: Money,
        min: Money,
        max: Money,
        pool: Option<&'a PoolOwner>,
        asked: Option<(Money, By<'a>)>,
    },
    Hold {
        written: &'a str,
        by: By<'a>,
    },
    Platform,
}

/// Who decided, and from what.
type By<'a> = (&'a ObjectName, Option<&'a ObjectName>, bool, Option<&'a str>);

impl<'a> Owner<'a> {
    fn of(owner: &'a FieldOwner) -> Self {
        match owner {
            FieldOwner::Git => Self::Git,
            FieldOwner::Platform => Self::Platform,
            FieldOwner::Managed(managed) => {
                let Managed { initial, min, max, max_step: _, step: _, pool, overlay, places: _ } =
                    &**managed;
                let asked = overlay.as_ref().map(|moved| (moved.amount, by(&moved.by)));
                Self::Managed { initial: *initial, min: *min, max: *max, pool: pool.as_ref(), asked }
            }
            FieldOwner::Hold(hold) => {
                let Hold { written, by: who } = &**hold;
                Self::Hold { written, by: by(who) }
            }
        }
    }
}

fn by(who: &InForce) -> By<'_> {
    let InForce { name, rule, pool, evidence, expires: _, reason: _, origin: _ } = who;
    (name, rule.as_ref(), *pool, evidence.as_deref())
}

/// A serializable part behind one object-safe method.
mod erased {
    use super::Sink;

    pub(super) trait Part {
        fn write(&self, sink: &mut Sink);
    }

    impl<T: serde::Serialize> Part for T {
        fn write(&self, sink: &mut Sink) {
            // Writing to a hash cannot fail, and these types have string keys only.
            let written = serde_json::to_writer(&mut *sink, self);
            debug_assert!(written.is_ok(), "plan parts always serialize");
            sha2::Digest::update(&mut sink.0, b"\n");
        }
    }
}

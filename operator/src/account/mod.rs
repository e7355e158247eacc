//! One ad account at a time: gather, rules, decide, act, status.
//!
//! `gather` reads the cluster and the platform, `rules` runs automation rules on it, `decide` is pure, `act` publishes plans,
//! applies what is approved and lets removed resources go, `status` projects what became of it and writes only what changed.
//! `overrides` writes what rules and pools decided into the cluster, once `foresee` found nothing in the way.

mod act;
mod ahead;
mod authors;
pub(crate) mod decide;
pub(crate) mod foresee;
pub(crate) mod gather;
mod lower;
pub(crate) mod overrides;
mod planning;
mod references;
pub(crate) mod rules;
pub(crate) mod spend;
pub mod status;
mod switched;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::{AccountKey, Address};
use adplane_core::ids::ExternalId;
use adplane_core::observed::Coverage;
use adplane_engine::metrics::query::Objects;
use adplane_engine::metrics::store::StoreAccount;
use adplane_manifest::load::DocumentKind;

use crate::context::Context;
use crate::delivered::Offer;
use crate::metrics::Outcome;
use crate::notices::Sight;

pub use decide::{Decision, Standing, decide};
pub use gather::{World, gather};
pub use lower::{Wanted, lower};
pub use rules::{Idle, Ran, RuleTold, Told};

/// Why a reconcile could not be finished; it is tried again with backoff.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The API server could not be asked or told something.
    #[error("the API server failed at {doing}: {}", told(source))]
    Api {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: Box<kube::Error>,
    },
    /// A plan does not have the form of its definition: a defect.
    #[error("the plan cannot be written as its definition asks: {0}")]
    Malformed(serde_json::Error),
    /// The API server answered with an object without a name.
    #[error("the API server stored an object and did not name it")]
    Nameless,
    /// Another replica may look after the account by now.
    #[error("the lease of the account was lost: nothing more is written")]
    Fenced,
    /// Local state could not be used.
    #[error(transparent)]
    State(#[from] adplane_engine::state::StateError),
    /// A plan's body could not be kept.
    #[error(transparent)]
    Body(#[from] crate::plans::BodyError),
}

impl ReconcileError {
    /// An error of the API server while doing something.
    pub(crate) fn api(doing: &'static str) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Api { doing, source: Box::new(source) }
    }
}

/// What the API server says, in its own words where it has some.
pub fn told(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}

/// An error with its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// What came of a look at an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How it ended.
    pub outcome: Outcome,
    /// How long until the next.
    pub next: Duration,
}

/// Looks at an account once.
///
/// # Errors
/// See [`ReconcileError`]; what was done before the error stays done, and the next look goes on from what is live.
pub async fn reconcile(context: &Context, key: &AccountKey) -> Result<Look, ReconcileError> {
    let world = gather(context, key, context.first_look(key)).await?;
    spend::note(context, &world);
    let mut ran = rules::run(context, &world).await;
    let mut decision = decide(&world, &context.config);
    if ran.went {
        decision.put_off();
    }
    let outcome = act::act(context, &world, &decision).await?;
    rules::settle(context, &world, &decision, &outcome, &mut ran).await;
    switched::tell(context, &world);
    let statuses = status::project(&world, &decision, &outcome, &ran);
    status::write(context, statuses).await?;
    offer(context, &world, &decision);
    let next = outcome.next.unwrap_or_else(|| decision.next(&world, &context.config));
    let next = ran.next.map_or(next, |of_rules| next.min(of_rules));
    Ok(Look { outcome: ended(&decision, &outcome), next })
}

/// Has what the account delivers read, where that is due and anybody wants it.
fn offer(context: &Context, world: &World, decision: &Decision) {
    let (Some(account), Some(adapter)) = (world.wanted.account(), &world.adapter) else { return };
    let live = world.observed.accounts.get(&world.key);
    // Of what was read in part, sums would be taken for those of all.
    let Some(live) = live.filter(|live| live.coverage == Coverage::Complete) else { return };
    let namespace = world.key.namespace.as_str();
    let told = || !context.cache.in_namespace(DocumentKind::NotificationPolicy, namespace).is_empty();
    if context.delivered.settings().is_none() && !told() {
        return;
    }
    context.delivered.offer(&world.key, || Offer {
        key: world.key.clone(),
        account: StoreAccount::from(account),
        schema: adapter.schema(),
        adapter: Arc::clone(adapter),
        objects: Objects::of(live),
        references: {
            let ids = references::ids(&decision.plan, &world.bindings);
            references::references(&world.wanted.desired, live, ids)
        },
        sight: Sight::of(account, &world.wanted.desired, &known_ids(world, decision), live),
    });
}

/// The ids of what is wanted: as they were remembered, and as they are found where nothing is.
fn known_ids(world: &World, decision: &Decision) -> BTreeMap<Address, ExternalId> {
    let found = decision.plan.changes.iter();
    let found = found.filter_map(|change| Some((change.address.clone(), change.id.clone()?)));
    world.bindings.clone().into_iter().chain(found).collect()
}

fn ended(decision: &Decision, outcome: &act::Outcome) -> Outcome {
    match (&decision.standing, &outcome.failure) {
        (_, Some(_)) | (Standing::Unreadable { .. }, None) => Outcome::Failed,
        (Standing::Ready(_), None) => Outcome::Applied,
        (Standing::InSync | Standing::NoAccount, None) => Outcome::Unchanged,
        _ => Outcome::Planned,
    }
}

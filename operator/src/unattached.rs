//! Resources that no account takes up get a status all the same: whoever wrote `campaign: spring-sail` is told.
//!
//! A look at an account writes the status of everything that the account depends on. What no account depends on is gone
//! through here, once what is written in groups had time to come together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use adplane_manifest::load::DocumentKind;

use crate::account::{chain, status};
use crate::cache::{Resource, ResourceKey, account_key};
use crate::context::Context;

/// How often is asked whether anything changed; what no account takes up for so long is told of.
const EVERY: Duration = Duration::from_secs(5);
/// How soon after something could not be written.
const AGAIN: Duration = Duration::from_mins(1);

/// What no account took up at the last round, by resource, in the generation seen then.
type Seen = BTreeMap<ResourceKey, (String, i64)>;

/// Goes through them until the operator stops.
pub async fn work(context: Arc<Context>) {
    let (mut seen, mut done, mut wait) = (Seen::new(), None, EVERY);
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = context.stopping.cancelled() => return,
        }
        let changes = context.cache.changes();
        if done == Some(changes) {
            continue;
        }
        let found = context.cache.unattached();
        let rested = |one: &Arc<Resource>| seen.get(&one.key) == Some(&(one.uid.clone(), one.generation));
        let all_rested = found.iter().all(rested);
        let told = tell(&context, found.iter().filter(|one| rested(one)).cloned().collect()).await;
        seen = found.iter().map(|one| (one.key.clone(), (one.uid.clone(), one.generation))).collect();
        done = (all_rested && told == Told::All).then_some(changes);
        wait = if told == Told::Failed { AGAIN } else { EVERY };
    }
}

/// What became of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    All,
    /// Another replica tells of some; those may fall to us.
    Some,
    Failed,
}

/// Writes their statuses, namespace by namespace.
async fn tell(context: &Context, rested: Vec<Arc<Resource>>) -> Told {
    let mut namespaces: BTreeMap<Arc<str>, Vec<Arc<Resource>>> = BTreeMap::new();
    for one in rested {
        namespaces.entry(Arc::clone(&one.key.namespace)).or_default().push(one);
    }
    let mut told = Told::All;
    for (namespace, resources) in namespaces {
        // One replica tells: the one that would look after an account named like the namespace.
        let ours = account_key(&namespace, &namespace).and_then(|key| context.fence.begin(&key));
        let Some(ours) = ours else {
            told = if told == Told::Failed { told } else { Told::Some };
            continue;
        };
        let beside = beside(context, &namespace, &resources);
        let statuses = status::unattached(&resources, &beside, context.clock.now());
        let statuses = statuses.iter().map(|(resource, status)| (&**resource, status.clone()));
        if let Err(error) = status::write(context, statuses).await {
            tracing::warn!(%namespace, error = chain(&error), "statuses of what no account takes up were not written");
            told = Told::Failed;
        }
        drop(ours);
    }
    told
}

/// What they may refer to; the campaigns, of which there may be thousands, only where somebody misses one.
fn beside(context: &Context, namespace: &str, resources: &[Arc<Resource>]) -> Vec<Arc<Resource>> {
    let own: BTreeSet<&ResourceKey> = resources.iter().map(|one| &one.key).collect();
    let missed = |one: &Arc<Resource>| {
        matches!(one.key.kind, DocumentKind::AdGroup | DocumentKind::Override | DocumentKind::Budget)
    };
    let mut kinds = vec![DocumentKind::AdAccount];
    if resources.iter().any(missed) {
        kinds.push(DocumentKind::Campaign);
    }
    let found = kinds.into_iter().flat_map(|kind| context.cache.in_namespace(kind, namespace));
    found.filter(|one| !own.contains(&one.key)).collect()
}

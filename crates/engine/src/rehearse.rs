//! Has the vendors check a plan beforehand, without storing anything (`plan --validate-remote`).

use std::collections::BTreeMap;

use adplane_core::address::{AccountKey, Address};
use adplane_core::observed::{Observed, ObservedAccount};
use adplane_core::plan::{Action, Operation, Plan};

use crate::observe::Adapters;
use crate::port::{AssetReader, Verdict, WorkItem};

/// What the vendors say of each change that creates or updates something; the worst of its writes.
///
/// Reads and checks only. Creates below something that does not exist yet come back as [`Verdict::Unasked`] where the
/// vendor cannot look at both together.
pub async fn rehearse(
    plan: &Plan,
    observed: &Observed,
    adapters: &Adapters,
    assets: &dyn AssetReader,
) -> BTreeMap<Address, Verdict> {
    let accounts =
        observed.accounts.iter().filter_map(|(key, account)| Some((key, account, adapters.get(key)?)));
    let asked = accounts.map(|(key, account, adapter)| async move {
        let items = items(plan, key, account);
        let verdicts = if items.is_empty() { Vec::new() } else { adapter.validate(&items, assets).await };
        let named = items.iter().map(|item| item.change.address.clone());
        named.zip(verdicts).collect::<Vec<_>>()
    });
    let mut found = BTreeMap::new();
    for (address, verdict) in futures::future::join_all(asked).await.into_iter().flatten() {
        let worse = found.get(&address).is_none_or(|known| severity(&verdict) > severity(known));
        if worse {
            found.insert(address, verdict);
        }
    }
    found
}

fn severity(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Accepted => 0,
        Verdict::Unasked(_) => 1,
        Verdict::Refused(_) => 2,
    }
}

/// The creates and updates of an account, with what is live.
fn items<'a>(plan: &'a Plan, key: &AccountKey, account: &'a ObservedAccount) -> Vec<WorkItem<'a>> {
    let made = |address: &Address| {
        let change = plan.changes.iter().find(|change| change.address == *address);
        change.is_some_and(|change| matches!(change.action, Action::Create | Action::Replace))
    };
    let steps = plan.steps.iter().filter(|step| {
        plan.changes[step.change].address.account_key() == *key
            && matches!(step.operation, Operation::Create | Operation::Update { .. })
    });
    steps
        .map(|step| {
            let change = &plan.changes[step.change];
            let live = change.id.as_ref().filter(|_| step.operation != Operation::Create);
            let standing = |reference: &Option<Address>| !reference.as_ref().is_some_and(made);
            WorkItem {
                step,
                change,
                live: live.and_then(|id| account.objects.iter().find(|object| object.id == *id)),
                parent: change.parent_id.clone().filter(|_| standing(&change.parent)),
                budget: change.budget_id.clone().filter(|_| standing(&change.budget)),
                written: None,
                request_seed: 0,
            }
        })
        .collect()
}

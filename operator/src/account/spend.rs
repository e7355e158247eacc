//! What an account can spend, noted for what is decided about others: amounts of the spend guard may be about several.

use std::collections::BTreeMap;

use adplane_core::address::{AccountKey, Platform};
use adplane_core::money::Currency;
use adplane_core::rules::OtherAccount;
use adplane_engine::rules::carry::LAG;
use adplane_engine::rules::{RunStore, RunStoreError, Task, committed};
use jiff::SignedDuration;

use super::gather::World;
use super::rules;
use crate::context::Context;

/// Notes what a look saw, with what rules have on its way; what cannot be read is not known.
pub(super) fn note(context: &Context, world: &World) {
    let desired = &world.wanted.desired;
    if !desired.spend_guard.spans_accounts() {
        return;
    }
    let schemas = adplane_platforms::schemas();
    let spend = match coming(world) {
        Ok(tasks) => {
            let about = (&*tasks, world.now);
            let mut all = committed(desired, &world.observed, &world.bindings, &schemas, about);
            all.remove(&world.key)
        }
        Err(error) => {
            tracing::warn!(account = %world.key, %error, "what the account can spend is not known to others");
            None
        }
    };
    context.spends.note(&world.key, world.began, spend, world.now);
}

/// What rules have decided and may not be live yet.
fn coming(world: &World) -> Result<Vec<Task>, RunStoreError> {
    let file = rules::file(world);
    if !file.exists() {
        return Ok(Vec::new());
    }
    let runs = RunStore::open(&file)?;
    let mut tasks = runs.tasks()?;
    let lately = world.now.checked_sub(LAG.saturating_mul(2)).unwrap_or(world.now);
    for task in runs.tasks_since(lately)? {
        if !tasks.iter().any(|known| known.digest == task.digest) {
            tasks.push(task);
        }
    }
    Ok(tasks)
}

/// What the other accounts of the namespace can spend, where an amount is set about several together.
pub(crate) fn others(
    context: &Context,
    namespace: &str,
    alike: (Platform, Currency),
    is_own: impl Fn(&AccountKey) -> bool,
) -> BTreeMap<AccountKey, OtherAccount> {
    let every = SignedDuration::try_from(context.config.observe_every).unwrap_or(SignedDuration::ZERO);
    let mut all = context.spends.of((&context.cache, namespace), alike, (context.clock.now(), every));
    all.retain(|key, _| !is_own(key));
    all
}

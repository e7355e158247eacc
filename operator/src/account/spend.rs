//! What an account can spend, noted for what is decided about others, and whose turn it is to decide raises: amounts of the
//! spend guard may be about several accounts, and rules and pools share those of one.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{AccountKey, Kind, Platform};
use adplane_core::desired::Desired;
use adplane_core::ids::ExternalId;
use adplane_core::money::Currency;
use adplane_core::observed::ObservedObject;
use adplane_core::rules::OtherAccount;
use adplane_engine::rules::carry::LAG;
use adplane_engine::rules::{RunStore, RunStoreError, Task, committed};
use adplane_manifest::load::DocumentKind;
use jiff::SignedDuration;

use super::gather::World;
use super::rules;
use crate::cache::account_key;
use crate::context::Context;
use crate::spends::{Began, Turn};

/// A look at an account begins.
pub(super) fn begin(context: &Context, key: &AccountKey) -> Began {
    context.spends.begin(key, context.fence.token(key))
}

/// The turn to decide raises on what these accounts can spend; nothing where they are to be read again first.
pub(crate) async fn turn<'c>(
    context: &'c Context,
    worlds: impl IntoIterator<Item = &World>,
) -> Option<Turn<'c>> {
    let read: Vec<_> = worlds.into_iter().map(|world| (&world.key, &world.began)).collect();
    context.spends.turn(read, |key| context.fence.token(key)).await
}

/// Whether other accounts of the namespace were not looked at since more may be spent on them, and soon will be: a rule that
/// ran now would find no room and wait for its next time.
pub(super) fn awaits(context: &Context, world: &World) -> bool {
    let namespace = world.key.namespace.as_str();
    let accounts = context.cache.in_namespace(DocumentKind::AdAccount, namespace);
    let keys = accounts.iter().filter_map(|account| account_key(namespace, &account.key.name));
    let others: Vec<AccountKey> = keys.filter(|key| *key != world.key).collect();
    context.spends.awaits(&others, context.clock.now())
}

/// Notes what a look saw, with what rules have on its way; what cannot be read is not known.
pub(super) fn note(context: &Context, world: &World) {
    note_since(context, world, &world.began);
}

/// The same once rules have put in force what they decided in that look: whoever read the account before reads it again.
pub(super) fn note_raised(context: &Context, world: &World) {
    context.spends.raised(&world.key);
    note_since(context, world, &begin(context, &world.key));
}

fn note_since(context: &Context, world: &World, began: &Began) {
    let desired = &world.wanted.desired;
    if !desired.spend_guard.spans_accounts() {
        return;
    }
    let spend = match coming(world) {
        Ok(tasks) => seen(world, &tasks),
        Err(error) => {
            tracing::warn!(account = %world.key, %error, "what the account can spend is not known to others");
            None
        }
    };
    context.spends.note(&world.key, began, spend, world.now);
}

/// What the account can spend with these tasks on their way, and with what waits for its removal; nothing where something
/// of ours runs there that no resource tells of any more, or none that can be read.
fn seen(world: &World, tasks: &[Task]) -> Option<OtherAccount> {
    let desired = world.wanted.with_leaving.as_ref().unwrap_or(&world.wanted.desired);
    if runs_untold(world, desired) {
        return None;
    }
    let (schemas, about) = (adplane_platforms::schemas(), (tasks, world.now));
    let mut all = committed(desired, &world.observed, &world.bindings, &schemas, about);
    all.remove(&world.key)
}

/// Whether something that was made here is on, and is not among what is wanted.
fn runs_untold(world: &World, desired: &Desired) -> bool {
    let Some(live) = world.observed.accounts.get(&world.key) else { return false };
    let bound = world.bindings.iter().filter(|(address, _)| {
        matches!(address.kind, Kind::Campaign | Kind::AdGroup) && desired.object(address).is_none()
    });
    let lost: BTreeSet<(Kind, &ExternalId)> = bound.map(|(address, id)| (address.kind, id)).collect();
    let is_on = |object: &&ObservedObject| object.marker.is_some() && object.is_active();
    !lost.is_empty()
        && live.objects.iter().filter(is_on).any(|object| lost.contains(&(object.kind, &object.id)))
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
    let mut all =
        context.spends.of((&context.cache, namespace), alike, (context.clock.now(), every), |key| {
            context.fence.token(key)
        });
    all.retain(|key, _| !is_own(key));
    all
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use adplane_core::rules::Memory;
    use adplane_core::value::Value;
    use adplane_engine::metrics::store::{SqliteOptions, SqliteStore};
    use adplane_engine::rules as engine;
    use adplane_engine::rules::carry::{Effect, effects};
    use adplane_engine::state::Pauses;

    use super::super::lower::tests::{leaving, lowered};
    use super::super::rules::worlds::{Small, address, moves, task};
    use super::*;

    /// What an account can spend a day, in whole euros.
    fn spend(small: &Small, tasks: &[Task]) -> Option<i64> {
        Some(seen(&small.world, tasks)?.spend?.daily / 1_000_000)
    }

    /// The account once a campaign's resource is gone, or waits for its removal.
    fn without(
        name: &str,
        change: impl Fn(&Arc<crate::cache::Resource>) -> Vec<Arc<crate::cache::Resource>>,
    ) -> Small {
        let mut small = Small::new();
        let resources = small.world.resources.iter();
        let left: Vec<_> = resources
            .flat_map(|one| if &*one.key.name == name { change(one) } else { vec![Arc::clone(one)] })
            .collect();
        small.world.wanted = lowered(&left, &[]);
        small
    }

    #[test]
    fn what_is_on_its_way_and_what_waits_for_its_removal_count() {
        let small = Small::new();
        assert_eq!(spend(&small, &[]), Some(60));
        let raise = task(&[moves("rain", "20.00 EUR", "30.00 EUR")]);
        assert_eq!(spend(&small, std::slice::from_ref(&raise)), Some(70));
        let removed = without("sale", |sale| vec![leaving(sale)]);
        assert!(removed.world.wanted.desired.object(&address("sale")).is_none());
        assert_eq!(spend(&removed, &[]), Some(60), "it runs until it is stopped");
    }

    #[tokio::test]
    async fn what_a_pool_has_in_force_takes_the_room_of_rules_before_it_is_live() {
        let mut small = Small::new();
        small.world.wanted.desired.spend_guard.every.worst_day = vec!["130.00 EUR".parse().unwrap()];
        let raise = task(&[moves("sale", "40.00 EUR", "50.00 EUR")]);
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db"))).unwrap();
        // Live are 105 euros of a worst day, with the raise 122.50.
        assert_eq!(room(&small, &store, &raise).await, Ok(()));
        let other = task(&[moves("rain", "20.00 EUR", "30.00 EUR")]);
        let Effect::Put(given) = effects(&other, &small.world.wanted.desired).unwrap().remove(0) else {
            panic!("a raise is put in force");
        };
        small.give(given);
        let refused = room(&small, &store, &raise).await.unwrap_err();
        assert!(refused.contains("would be 140.00 EUR, at most 130.00 EUR"), "{refused}");
    }

    /// Whether the spend guard has room for a task, on what rules see.
    async fn room(small: &Small, store: &SqliteStore, task: &Task) -> Result<(), String> {
        let (world, schemas, pauses) = (&small.world, adplane_platforms::schemas(), Pauses::default());
        let seen_by = engine::World {
            desired: &world.wanted.desired,
            rules: &world.wanted.rules,
            schemas: &schemas,
            pauses: &pauses,
            remembered: &world.bindings,
        };
        let mut fresh = engine::snapshot(seen_by, &world.observed, store, world.now).await.unwrap();
        for account in fresh.accounts.values_mut() {
            account.baseline = Some(1_000_000_000);
        }
        let memory = Memory::default();
        engine::see(&mut fresh, &world.observed, &memory, &[]);
        adplane_core::rules::room(&fresh, &memory, &task.intent)
    }

    #[test]
    fn what_cannot_be_added_up_is_not_known() {
        let live = |small: &mut Small| small.world.observed.accounts.values_mut().next().unwrap().clone();
        let with = |small: &mut Small, account| {
            *small.world.observed.accounts.values_mut().next().unwrap() = account;
        };
        let mut billed = Small::new();
        let mut account = live(&mut billed);
        account.facts.as_mut().unwrap().currency = "USD".parse().unwrap();
        with(&mut billed, account);
        assert_eq!(spend(&billed, &[]), None, "it is billed in another currency");
        let mut twice = Small::new();
        let mut account = live(&mut twice);
        let mut other = account.objects[0].clone();
        other.id = ExternalId::new("another").unwrap();
        account.objects.push(other);
        with(&mut twice, account);
        assert_eq!(spend(&twice, &[]), None, "two claim to be one campaign");
        // Its resource is gone or cannot be read, and it runs on.
        let mut lost = without("sale", |_| Vec::new());
        let account = live(&mut lost);
        let sale = account.objects.iter().position(|object| {
            object.value("budget.daily").and_then(Value::as_money) == Some("40.00 EUR".parse().unwrap())
        });
        let sale = sale.unwrap();
        lost.world.bindings.insert(address("sale"), account.objects[sale].id.clone());
        assert_eq!(spend(&lost, &[]), None);
        let mut stopped = account.clone();
        stopped.objects[sale].fields.insert("state".into(), Value::Text("Paused".into()));
        with(&mut lost, stopped);
        assert_eq!(spend(&lost, &[]), Some(20));
    }
}

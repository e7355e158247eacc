//! What must hold of every portfolio.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Address;
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::observed::ObservedAccount;
use adplane_core::plan::{Action, Operation};
use adplane_core::schema::OnChange;
use adplane_manifest::{LoadRequest, RaiseRequest, load, raise};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::portfolio::{self, PROJECT, pairs, portfolios};
use super::shuffle::shuffled;
use super::world::{World, pending};

/// Cases of each property; `PROPTEST_CASES` scales them for a soak.
const CASES: u32 = 24;

fn config() -> ProptestConfig {
    let scaled = std::env::var_os("PROPTEST_CASES").is_some();
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if scaled { default } else { ProptestConfig { cases: CASES, ..default } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_portfolio_is_accepted(portfolio in portfolios()) {
        prop_assert_eq!(portfolio.desired().accounts.len(), 3);
    }

    #[test]
    fn plan_apply_plan_is_empty((first, second) in pairs()) {
        let mut world = World::default();
        for portfolio in [&first, &second, &first] {
            let desired = portfolio.desired();
            world.converge(&desired);
            let again = world.plan(&desired);
            prop_assert!(!again.has_pending(), "{:#?}", pending(&again));
            prop_assert_eq!(world.duplicates(&desired), Vec::<String>::new());
            prop_assert_eq!(world.strays(&desired), Vec::<String>::new());
        }
    }

    #[test]
    fn every_address_appears_once((first, second) in pairs()) {
        let mut world = World::default();
        world.converge(&first.desired());
        let desired = second.desired();
        let plan = world.plan(&desired);
        let addresses: BTreeSet<&Address> = plan.changes.iter().map(|change| &change.address).collect();
        prop_assert_eq!(addresses.len(), plan.changes.len());
        for wanted in desired.accounts.values().flat_map(|account| account.objects.keys()) {
            prop_assert!(addresses.contains(wanted), "{} is missing", wanted);
        }
    }

    #[test]
    fn order_never_changes_the_hash((first, second) in pairs(), seed in any::<u64>()) {
        let mut world = World::default();
        world.converge(&first.desired());
        let resources = second.resources();
        let hash = world.hash(&portfolio::desired(&resources));
        for objects in world.objects.values_mut() {
            objects.reverse();
        }
        prop_assert_eq!(hash, world.hash(&portfolio::desired(&shuffled(&resources, seed))));
    }

    #[test]
    fn a_crash_at_any_step_heals((first, second) in pairs(), at in any::<prop::sample::Index>(), then in any::<prop::sample::Index>()) {
        let mut world = World::default();
        world.converge(&first.desired());
        let desired = second.desired();
        for crash in [at, then] {
            let plan = world.plan(&desired);
            world.apply(&plan, crash.index(plan.steps.len() + 1));
            prop_assert_eq!(world.duplicates(&desired), Vec::<String>::new());
        }
        world.converge(&desired);
        let again = world.plan(&desired);
        prop_assert!(!again.has_pending(), "{:#?}", pending(&again));
        prop_assert_eq!(world.duplicates(&desired), Vec::<String>::new());
        prop_assert_eq!(world.strays(&desired), Vec::<String>::new());
    }

    #[test]
    fn strangers_are_left_alone((first, second) in pairs()) {
        let mut world = World::default();
        world.add_strangers(&first.desired());
        let strangers = |world: &World| -> Vec<String> {
            let all = world.all().filter(|object| object.id.as_str().starts_with("stranger"));
            all.map(|object| format!("{object:?}")).collect()
        };
        let before = strangers(&world);
        for portfolio in [&first, &second] {
            world.converge(&portfolio.desired());
        }
        prop_assert_eq!(before, strangers(&world));
    }

    #[test]
    fn without_prune_nothing_is_removed((first, second) in pairs()) {
        let mut world = World::default();
        world.converge(&first.desired());
        world.options.prune = false;
        let plan = world.plan(&second.desired());
        prop_assert!(plan.changes.iter().all(|change| !matches!(change.action, Action::Delete | Action::Release)));
        prop_assert!(plan.steps.iter().all(|step| !matches!(step.operation, Operation::Delete | Operation::Release)));
    }

    #[test]
    fn plan_import_plan_is_empty(portfolio in portfolios()) {
        let mut world = World::default();
        let desired = portfolio.desired();
        world.converge(&desired);
        let observed = world.observed(&desired);
        for (key, account) in &desired.accounts {
            let written = portfolio.resources().into_iter().find(|document| {
                document["kind"] == "AdAccount" && document["metadata"]["name"] == key.name.as_str()
            });
            let imported = imported(&written.unwrap(), account, &observed.accounts[key]);
            let again = world.plan(&imported);
            prop_assert!(!again.has_pending(), "{:#?}", pending(&again));
            prop_assert_eq!(lost(&observed.accounts[key], &imported.accounts[key]), Vec::<String>::new());
        }
    }
}

/// What an import of the live account would be planned as.
fn imported(document: &Json, account: &DesiredAccount, observed: &ObservedAccount) -> Desired {
    let raised = raise(&RaiseRequest {
        account,
        observed,
        schema: adplane_platforms::schema(account.platform),
        assets: &BTreeMap::new(),
        taken: &BTreeSet::new(),
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("account.yaml"), document.to_string()).unwrap();
    for file in raised.files {
        let path = folder.path().join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.text).unwrap();
    }
    let loaded = load(&LoadRequest {
        paths: vec![folder.path().to_owned()],
        cwd: folder.path().to_owned(),
        project: Some(PROJECT.parse().unwrap()),
        ..LoadRequest::default()
    });
    portfolio::refined(&loaded)
}

/// Live values that somebody chose and the imported YAML does not hold.
fn lost(observed: &ObservedAccount, imported: &DesiredAccount) -> Vec<String> {
    let schema = adplane_platforms::schema(imported.platform);
    let mut lost = Vec::new();
    for live in &observed.objects {
        let object = imported.objects.values().find(|object| object.external_id.as_ref() == Some(&live.id));
        let Some(object) = object else {
            lost.push(format!("{} {}", live.kind, live.id));
            continue;
        };
        for (path, value) in live.fields.iter().filter(|(path, _)| path.as_str() != "budget.ref") {
            let row = schema.kind(live.kind).unwrap().field(path.as_str());
            let chosen = row.vendor_default != Some(value.to_string().as_str());
            if chosen && row.on_change != OnChange::Unreadable && object.value(path.as_str()) != Some(value) {
                let held = object.value(path.as_str());
                lost.push(format!("{} {path}: {value:?}, imported {held:?}", object.address.short()));
            }
        }
    }
    lost
}

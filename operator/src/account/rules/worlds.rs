//! A small account for tests: campaigns whose budgets git lends to rules and that rules may pause, live as they are
//! wanted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::Address;
use adplane_core::field::Origin;
use adplane_core::ids::ExternalId;
use adplane_core::observed::{AccountFacts, Observed, ObservedAccount, ObservedObject};
use adplane_core::overlay::{Overlay, settle};
use adplane_core::value::Value as Amount;
use adplane_engine::execute::{ChangeResult, Failure};
use adplane_engine::rules::carry::{Effect, effects};
use adplane_engine::rules::{RunStore, Stage, Task};
use adplane_engine::state::StateDir;
use adplane_manifest::load::DocumentKind;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::act::Outcome;
use super::super::decide::{Decision, decide};
use super::super::gather::World;
use super::super::lower::tests::{lowered, resource, shop};
use crate::cache::{Resource, account_key};
use crate::config::Config;
use crate::delivered::Known;
use crate::spends::Began;

/// The instant of a look.
pub(in crate::account) const NOW: &str = "2026-11-20T10:00:00Z";

pub(in crate::account) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(in crate::account) fn address(name: &str) -> Address {
    format!("meta/meta-eu/Campaign/growth/{name}").parse().unwrap()
}

fn campaign(name: &str, initial: &str) -> Arc<Resource> {
    let mut spec = shop()[1].document()["spec"].take();
    let bounds = json!({"initial": initial, "min": "10.00 EUR", "max": "90.00 EUR"});
    spec["budget"] = json!({"managed": {"daily": bounds}});
    spec["rulesMayPause"] = json!(true);
    resource(DocumentKind::Campaign, name, spec)
}

/// A rule whose proposals wait for half a day.
pub(in crate::account) fn rule(name: &str) -> Arc<Resource> {
    let spec = json!({
        "mode": "act", "scope": {"kind": "Campaign"}, "when": "today.spend > money('5 EUR')",
        "action": {"type": "pause"}, "approval": {"timeout": "12h"},
    });
    resource(DocumentKind::AutomationRule, name, spec)
}

/// A task of the rule `share`, an hour old and in force.
pub(in crate::account) fn task(changes: &[Value]) -> Task {
    let task = json!({
        "digest": format!("sha256:{changes:?}"), "revision": "1", "account": "meta-eu",
        "intent": {
            "rule": {"namespace": "growth", "name": "share"}, "priority": 0, "object": changes[0]["object"],
            "weight": 0, "evidence": "e", "changes": changes,
        },
        "at": "2026-11-20T09:00:00Z", "until": NOW, "since": "2026-11-20T09:00:00Z", "stage": "inForce",
        "remembered": true,
    });
    serde_json::from_value(task).unwrap()
}

/// A campaign's budget from one amount to another.
pub(in crate::account) fn moves(name: &str, from: &str, to: &str) -> Value {
    let euros = |text: &str| text.trim_end_matches(" EUR").parse::<f64>().unwrap();
    let direction = if euros(to) < euros(from) { "cut" } else { "raise" };
    json!({
        "object": address(name), "field": "budget.daily", "direction": direction, "daily": 0, "claims": true,
        "change": {"kind": "budget", "from": from, "to": to, "cadence": "Daily"},
    })
}

/// A campaign is paused.
pub(in crate::account) fn pauses(name: &str) -> Value {
    json!({
        "object": address(name), "field": "state", "direction": "pause", "daily": 0, "claims": true,
        "change": {"kind": "pause"},
    })
}

/// The account, its folder and the operator's configuration.
pub(in crate::account) struct Small {
    pub(in crate::account) world: World,
    pub(in crate::account) config: Config,
    _folder: tempfile::TempDir,
}

impl Small {
    /// Two campaigns of 40.00 and 20.00 EUR a day, `sale` and `rain`, and the rule `share`. Somebody approves raises.
    pub(in crate::account) fn new() -> Self {
        let mut resources = vec![Arc::clone(&shop()[0])];
        resources.extend([campaign("sale", "40.00 EUR"), campaign("rain", "20.00 EUR"), rule("share")]);
        Self::of(resources)
    }

    pub(in crate::account) fn of(resources: Vec<Arc<Resource>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut wanted = lowered(&resources, &[]);
        assert!(wanted.broken.is_empty(), "{:?}", wanted.broken);
        settle(&mut wanted.desired, at(NOW));
        let account = wanted.account().unwrap();
        let owner = wanted.desired.owner().unwrap();
        let objects = account.objects.values().zip(1..).map(|(object, id)| {
            let mut live =
                ObservedObject::new(object.address.kind, ExternalId::new(format!("{id}")).unwrap());
            live.marker = Some(object.marker(&owner, &account.account_id));
            live.fields =
                object.fields.iter().map(|(path, field)| (path.clone(), field.value.clone())).collect();
            live
        });
        let facts = AccountFacts {
            name: "shop".to_owned(),
            currency: account.currency,
            zone: account.zone.clone(),
            inactive: None,
        };
        let observed =
            ObservedAccount { facts: Some(facts), objects: objects.collect(), ..ObservedAccount::default() };
        let state = StateDir::of_project(folder.path());
        let world = World {
            key: account_key("growth", "meta-eu").unwrap(),
            holder: account_key("growth", "meta-eu").unwrap(),
            now: at(NOW),
            observed: Observed { accounts: [(account.key.clone(), observed)].into() },
            reports: resources.iter().map(|resource| resource.key.clone()).collect(),
            resources,
            wanted,
            adapter: None,
            unconnected: None,
            releases: BTreeMap::new(),
            mass: false,
            plans: Vec::new(),
            approvals: Vec::new(),
            guards_missing: Vec::new(),
            authors_stamped: true,
            first_look: false,
            applied: state.applied(),
            state,
            bindings: BTreeMap::new(),
            requests: BTreeMap::new(),
            delivered: Known::Read { told: None, trouble: None },
            elsewhere: BTreeMap::new(),
            figures_every: Duration::from_mins(15),
            began: Began::default(),
        };
        let config = Config::parse(
            "project: shop\nguards: {required: false}\napprovals: {classes: {raise: {approvals: 1}}}\n",
        );
        Self { world, config: config.unwrap(), _folder: folder }
    }

    /// Puts what a task decides in force.
    pub(in crate::account) fn put(&mut self, task: &Task) {
        for effect in effects(task, &self.world.wanted.desired).unwrap() {
            let Effect::Put(overlay) = effect else { continue };
            self.give(Overlay { origin: Some(Origin { file: "o".into(), line: 1, column: 1 }), ..overlay });
        }
    }

    /// Gives an overlay.
    pub(in crate::account) fn give(&mut self, overlay: Overlay) {
        self.world.wanted.desired.overlays.given.push(overlay);
        settle(&mut self.world.wanted.desired, self.world.now);
    }

    /// What is live of a campaign: a daily budget.
    pub(in crate::account) fn live(&mut self, name: &str, daily: &str) {
        let bound = address(name);
        let account = self.world.wanted.account().unwrap();
        let place = account.objects.keys().position(|known| *known == bound).unwrap();
        let observed = self.world.observed.accounts.values_mut().next().unwrap();
        observed.objects[place].fields.insert("budget.daily".into(), Amount::Money(daily.parse().unwrap()));
    }

    pub(in crate::account) fn decide(&self) -> Decision {
        decide(&self.world, &self.config)
    }

    /// The runs, with these tasks.
    pub(in crate::account) fn runs(&self, tasks: &[Task]) -> RunStore {
        let mut runs = RunStore::open(&super::file(&self.world)).unwrap();
        runs.move_on(tasks, self.world.now, |_| ()).unwrap();
        runs
    }

    /// The resource of a rule, with an annotation of Adplane.
    pub(in crate::account) fn annotate(&mut self, name: &str, annotation: &str, value: &str) {
        let place = self.world.resources.iter().position(|resource| &*resource.key.name == name).unwrap();
        let mut resource = Resource::clone(&self.world.resources[place]);
        resource.annotations.insert(format!("{}{annotation}", crate::names::PREFIX), value.to_owned());
        self.world.resources[place] = Arc::new(resource);
    }
}

/// What became of a plan: each of these campaigns was written, or not.
pub(in crate::account) fn results(each: &[(&str, bool)]) -> BTreeMap<Address, ChangeResult> {
    let differs = || ChangeResult::Failed(Failure::ReadBack { differences: Vec::new() });
    let result = |(name, worked): &(&str, bool)| {
        (address(name), if *worked { ChangeResult::Applied } else { differs() })
    };
    each.iter().map(result).collect()
}

/// An outcome in which what goes ahead was written.
pub(in crate::account) fn went_ahead(each: &[(&str, bool)]) -> Outcome {
    Outcome { ahead: Some(results(each)), ..Outcome::default() }
}

/// The stages of what a store holds, the newest last.
pub(in crate::account) fn stages(runs: &RunStore) -> Vec<Stage> {
    runs.tasks_since(Timestamp::MIN).unwrap().iter().map(|task| task.stage).collect()
}

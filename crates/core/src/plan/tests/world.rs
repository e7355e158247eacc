//! A small pretend platform: builders for what is wanted, and a pure executor for plans.

use std::collections::BTreeMap;

use compact_str::CompactString;

use crate::address::{AccountKey, Address, Kind, Platform};
use crate::desired::{Connection, DeletionPolicy, Desired, DesiredAccount, DesiredObject, Management};
use crate::field::{Field, FieldPath, FieldSource};
use crate::ids::{AccountId, AdName, ExternalId, Namespace, ObjectName, ProjectName};
use crate::marker::Marker;
use crate::money::{Currency, Money};
use crate::observed::{AccountFacts, Observed, ObservedAccount, ObservedObject};
use crate::plan::{Action, Class, Operation, Plan, PlanInput, PlanOptions, check, plan};
use crate::schema::{
    Claim, Confidence, EditLimit, EditWindow, Effect, Exclusive, FieldSchema, KindSchema, OnChange,
    OverDelivery, PauseRelearns, PlatformSchema, Schemas,
};
use crate::time::Zone;
use crate::value::Value;

const CAMPAIGN: &[FieldSchema] = &[
    FieldSchema::new("state").effect(Effect::State),
    FieldSchema::new("objective").replaces(),
    FieldSchema::new("budget").effect(Effect::Spend),
    FieldSchema::new("bidding.amount").effect(Effect::Spend),
    FieldSchema::new("bidding.strategy").effect(Effect::Opaque).relearns(Confidence::High, "pretend"),
    FieldSchema::new("schedule.start").refuses("choose another start before the flight begins"),
    FieldSchema::new("pretend.flight").refuses_once_past("leave it as it is"),
    FieldSchema::new("pretend.secret").unreadable(),
];
const GROUP: &[FieldSchema] = &[
    FieldSchema::new("state").effect(Effect::State),
    FieldSchema::new("budget").effect(Effect::Spend),
    FieldSchema::new("optimization.goal").replaces(),
];
const AD: &[FieldSchema] = &[
    FieldSchema::new("state").effect(Effect::State),
    FieldSchema::new("creative").reviewed(Confidence::High, "pretend"),
];
const BUDGETS: &[Exclusive] =
    &[Exclusive { paths: &["budget.daily", "budget.total", "budget.ref"], on_switch: OnChange::Replace }];

const fn kind(kind: Kind, fields: &'static [FieldSchema], exclusive: &'static [Exclusive]) -> KindSchema {
    KindSchema { kind, fields, exclusive, lost_with_it: "history and learning" }
}

static SCHEMA: PlatformSchema = PlatformSchema {
    platform: Platform::Meta,
    amount_step: crate::money::Currency::minor_unit_micros,
    kinds: &[
        kind(Kind::Budget, &[FieldSchema::new("shared").effect(Effect::Spend)], &[]),
        kind(Kind::Campaign, CAMPAIGN, BUDGETS),
        kind(Kind::AdGroup, GROUP, &[]),
        kind(Kind::Ad, AD, &[]),
    ],
    marker_in_name: false,
    over_delivery: &[OverDelivery {
        path: "budget.daily",
        automatic: false,
        worst_day: Some((175, 100)),
        worst_period: (7, 1),
        period: "calendar week",
        on_change: "the week splits",
        claim: Claim { confidence: Confidence::High, source: "pretend" },
        since: "2026-01-01",
    }],
    edit_limits: &[EditLimit {
        kind: Kind::Campaign,
        path: "meta.spend_cap",
        when: EditWindow::TimeOfDay { from: 23 * 60 + 50, to: 10 },
        claim: Claim { confidence: Confidence::High, source: "pretend" },
    }],
    new_ad_relearns: None,
    pause_relearns: Some(PauseRelearns {
        days: 7,
        claim: Claim { confidence: Confidence::Medium, source: "pretend" },
    }),
    metrics: &[],
    restated_days: 0,
};

pub(super) fn account_id() -> AccountId {
    AccountId::new("1").unwrap()
}

pub(super) fn key() -> AccountKey {
    AccountKey { namespace: Namespace::default_namespace(), name: ObjectName::new("shop").unwrap() }
}

pub(super) fn address(kind: Kind, name: &str) -> Address {
    let (name, ad) = match (kind, name.split_once('/')) {
        (Kind::Ad, Some((group, ad))) => (group, Some(AdName::new(ad).unwrap())),
        _ => (name, None),
    };
    Address {
        platform: Platform::Meta,
        account: key().name,
        kind,
        namespace: key().namespace,
        name: ObjectName::new(name).unwrap(),
        ad,
    }
}

pub(super) fn money(text: &str) -> Value {
    Value::Money(text.parse().unwrap())
}

/// A desired object under construction.
pub(super) struct Wanted(pub(super) DesiredObject);

impl Wanted {
    fn new(kind: Kind, name: &str) -> Self {
        Self(DesiredObject::new(address(kind, name))).with("state", Value::text("Active"))
    }
    pub(super) fn with(mut self, path: &str, value: Value) -> Self {
        self.0.fields.insert(FieldPath::new(path), Field::declared(value, None));
        self
    }
    pub(super) fn without(mut self, path: &str) -> Self {
        self.0.fields.remove(path);
        self
    }
    pub(super) fn by_default(mut self, path: &str, value: Value) -> Self {
        self.0.default_field(path, value);
        self
    }
    pub(super) fn daily(self, amount: &str) -> Self {
        self.with("budget.daily", money(amount))
    }
    /// Draws on a shared budget.
    pub(super) fn drawing_on(mut self, budget: &str) -> Self {
        self.0.budget = Some(address(Kind::Budget, budget));
        self.with("budget.ref", Value::text(budget))
    }
    pub(super) fn paused(self) -> Self {
        self.with("state", Value::text("Paused"))
    }
    pub(super) fn moved_from(mut self, name: &str) -> Self {
        self.0.moved_from = Some(CompactString::new(name));
        self
    }
    pub(super) fn bound(mut self, id: &str) -> Self {
        self.0.external_id = Some(ExternalId::new(id).unwrap());
        self
    }
    pub(super) fn clearing(mut self, path: &str) -> Self {
        self.0.clear.insert(FieldPath::new(path), None);
        self
    }
}

pub(super) fn campaign(name: &str) -> Wanted {
    Wanted::new(Kind::Campaign, name).with("objective", Value::text("Sales"))
}

pub(super) fn shared_budget(name: &str) -> Wanted {
    Wanted::new(Kind::Budget, name).without("state").with("shared.daily", money("50.00 EUR"))
}

pub(super) fn group(campaign: &str, name: &str) -> Wanted {
    let mut wanted = Wanted::new(Kind::AdGroup, name);
    wanted.0.parent = Some(address(Kind::Campaign, campaign));
    wanted
}

pub(super) fn ad(group: &str, name: &str) -> Wanted {
    let mut wanted = Wanted::new(Kind::Ad, &format!("{group}/{name}"));
    wanted.0.parent = Some(address(Kind::AdGroup, group));
    wanted.0.creative = Some("hero".into());
    wanted
}

pub(super) fn desired(objects: impl IntoIterator<Item = Wanted>) -> Desired {
    let account = DesiredAccount {
        key: key(),
        platform: Platform::Meta,
        account_id: account_id(),
        currency: Currency::EUR,
        zone: Zone::utc(),
        management: Management::Manage,
        deletion_policy: DeletionPolicy::Pause,
        connection: Connection::default(),
        fields: BTreeMap::new(),
        objects: objects.into_iter().map(|wanted| (wanted.0.address.clone(), wanted.0)).collect(),
        origin: None,
    };
    Desired {
        project: Some(ProjectName::new("retail").unwrap()),
        complete: true,
        accounts: BTreeMap::from([(key(), account)]),
        ..Desired::default()
    }
}

/// The pretend platform.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) objects: Vec<ObservedObject>,
    pub(super) next: u64,
    pub(super) options: PlanOptions,
    pub(super) bindings: BTreeMap<Address, ExternalId>,
}

impl World {
    pub(super) fn observed(&self) -> Observed {
        let account = ObservedAccount {
            facts: Some(AccountFacts {
                name: "Shop".into(),
                currency: Currency::EUR,
                zone: Zone::utc(),
                inactive: None,
            }),
            objects: self.objects.clone(),
            ..ObservedAccount::default()
        };
        Observed { accounts: BTreeMap::from([(key(), account)]) }
    }

    /// Plans; every plan made in tests is checked from outside.
    pub(super) fn plan(&self, desired: &Desired) -> Plan {
        let plan = self.plan_with(desired, &self.observed());
        assert_eq!(check::check(&plan), Vec::<String>::new());
        plan
    }

    pub(super) fn plan_with(&self, desired: &Desired, observed: &Observed) -> Plan {
        let schemas = Schemas::from([(Platform::Meta, &SCHEMA)]);
        plan(&PlanInput {
            desired,
            observed,
            schemas: &schemas,
            options: &self.options,
            bindings: &self.bindings,
            now: "2026-03-01T00:00:00Z".parse().unwrap(),
        })
    }

    /// Carries out the first `count` steps, as the executor and a platform together would.
    pub(super) fn apply_some(&mut self, plan: &Plan, count: usize) {
        let mut made: BTreeMap<Address, ExternalId> = BTreeMap::new();
        for step in plan.steps.iter().take(count) {
            let change = &plan.changes[step.change];
            let current = made.get(&change.address).or(change.id.as_ref()).cloned();
            match &step.operation {
                Operation::Create => {
                    self.next += 1;
                    let id = ExternalId::new(format!("n{}", self.next)).unwrap();
                    let mut object = ObservedObject::new(change.address.kind, id.clone());
                    object.marker.clone_from(&change.marker);
                    object.parent = change
                        .parent
                        .as_ref()
                        .and_then(|parent| made.get(parent).cloned())
                        .or_else(|| change.parent_id.clone());
                    object.budget = change
                        .budget
                        .as_ref()
                        .and_then(|budget| made.get(budget).cloned())
                        .or_else(|| change.budget_id.clone());
                    for field in &change.fields {
                        if let Some(value) = &field.after {
                            object.fields.insert(field.path.clone(), value.clone());
                        }
                    }
                    object.fields.insert("state".into(), Value::text("Paused"));
                    made.insert(change.address.clone(), id);
                    self.objects.push(object);
                }
                Operation::Update { paths } => self.with(current.as_ref(), |object| {
                    object.marker.clone_from(&change.marker);
                    for path in paths {
                        match change.after(path.as_str()) {
                            Some(value) => object.fields.insert(path.clone(), value.clone()),
                            None => object.fields.remove(path),
                        };
                    }
                }),
                Operation::Enable => self.state(current.as_ref(), "Active"),
                Operation::Pause => self.state(current.as_ref(), "Paused"),
                Operation::Supersede => {
                    let old = change.marker.clone().unwrap();
                    self.with(change.id.as_ref(), |object| {
                        object.marker = Some(Marker { owner: old.owner, key: old.key.superseded() });
                    });
                }
                Operation::PauseSuperseded { id } => self.state(Some(id), "Paused"),
                Operation::Release => self.with(current.as_ref(), |object| object.marker = None),
                Operation::Delete => self.objects.retain(|object| Some(&object.id) != current.as_ref()),
                Operation::DeleteSuperseded { id } => self.objects.retain(|object| object.id != *id),
            }
        }
    }

    pub(super) fn apply(&mut self, plan: &Plan) {
        self.apply_some(plan, usize::MAX);
    }

    /// Plans and applies; returns the plan.
    pub(super) fn converge(&mut self, desired: &Desired) -> Plan {
        let plan = self.plan(desired);
        self.apply(&plan);
        plan
    }

    fn with(&mut self, id: Option<&ExternalId>, edit: impl FnOnce(&mut ObservedObject)) {
        let object = self.objects.iter_mut().find(|object| Some(&object.id) == id);
        edit(object.expect("a step names a live object"));
    }

    fn state(&mut self, id: Option<&ExternalId>, state: &str) {
        self.with(id, |object| {
            object.fields.insert("state".into(), Value::text(state));
        });
    }

    /// Changes the live object with this display marker, as a person on the platform would.
    pub(super) fn edit(&mut self, address: &Address, edit: impl FnOnce(&mut ObservedObject)) {
        let key = DesiredObject::new(address.clone()).identity(&account_id());
        let object = self
            .objects
            .iter_mut()
            .find(|object| object.marker.as_ref().is_some_and(|marker| marker.key == key));
        edit(object.expect("the object is live"));
    }
}

/// One line per change: `create campaign/a raise`.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    plan.changes
        .iter()
        .filter(|change| change.action != Action::None)
        .map(|change| {
            let class = change.class.as_ref().map_or("-".into(), Class::word);
            let fields: Vec<String> = change
                .fields
                .iter()
                .filter(|field| field.before != field.after && change.action != Action::Create)
                .map(|field| {
                    let show =
                        |value: &Option<Value>| value.as_ref().map_or("∅".to_owned(), ToString::to_string);
                    let default = if field.source == FieldSource::CreateDefault { " (default)" } else { "" };
                    format!(" {}: {} → {}{default}", field.path, show(&field.before), show(&field.after))
                })
                .collect();
            format!("{} {} {class}{}", change.action, change.address.short(), fields.concat())
        })
        .collect()
}

/// One line per step: `create campaign/a`.
pub(super) fn steps(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|step| {
            let operation = match &step.operation {
                Operation::Update { paths } => {
                    let paths: Vec<&str> = paths.iter().map(FieldPath::as_str).collect();
                    format!("update[{}]", paths.join(","))
                }
                other => format!("{other:?}").to_lowercase(),
            };
            format!("{operation} {}", plan.changes[step.change].address.short())
        })
        .collect()
}

pub(super) fn euros(amount: &str) -> Money {
    amount.parse().unwrap()
}

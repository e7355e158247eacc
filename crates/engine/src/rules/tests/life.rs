//! A shop of ad groups on a platform that is simulated: it takes what is in force of the fields that tasks move. Store
//! and overlays are files; whoever runs rules can die after every step, and another one goes on from what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use adplane_core::address::{AccountKey, Address, Platform};
use adplane_core::cel::SourceText;
use adplane_core::desired::{Connection, DeletionPolicy, Desired, DesiredAccount, DesiredObject, Management};
use adplane_core::field::{Field, FieldOwner, Fields};
use adplane_core::ids::Namespace;
use adplane_core::metrics::{Sums, Window};
use adplane_core::money::{Currency, Money};
use adplane_core::observed::{ObservedAccount, ObservedObject};
use adplane_core::overlay::{Managed, Overlay, Places, Target, settle};
use adplane_core::rules::{
    Budget, Cadence, ObjectState, Ownership, Reach, ReachedAccount, RuleSource, State, WindowSums, compile,
};
use adplane_core::time::Zone;
use adplane_core::value::Value;

use super::super::carry::{self, Next};
use super::super::stance::{self, Ground, Still};
use super::super::*;
use crate::state::{Overrides, StateDir};

const DAILY: &str = "budget.daily";
const EURO: i64 = 1_000_000;

/// It died.
#[derive(Debug)]
pub(super) struct Killed;

/// After how many steps whoever runs rules dies; never when absent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fuse(pub(super) Option<usize>);

impl Fuse {
    /// One step is done.
    fn step(&mut self) -> Result<(), Killed> {
        match &mut self.0 {
            Some(0) => Err(Killed),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// An ad group as it is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Live {
    pub(super) runs: bool,
    pub(super) micros: i64,
}

/// A write that the platform took.
pub(super) type Wrote = (Timestamp, Address, String, String);

/// Everything that outlives a process, and what each one is given.
pub(super) struct Life {
    folder: tempfile::TempDir,
    pub(super) rules: Vec<Rule>,
    desired: Desired,
    pub(super) now: Timestamp,
    pub(super) platform: BTreeMap<Address, Live>,
    remembered: BTreeMap<Address, ExternalId>,
    pub(super) writes: Vec<Wrote>,
    /// Whether the platform takes no writes.
    pub(super) fails: bool,
    /// Objects whose numbers are as bad as conditions ask for.
    pub(super) bad: BTreeSet<Address>,
}

fn key() -> AccountKey {
    AccountKey { namespace: Namespace::new("growth").unwrap(), name: "meta-eu".parse().unwrap() }
}

fn address(number: usize) -> Address {
    format!("meta/meta-eu/AdGroup/growth/group-{number}").parse().unwrap()
}

fn week() -> Window {
    "last_7d".parse().unwrap()
}

fn euros(amount: i64) -> Money {
    Money::from_micros(amount * EURO, Currency::EUR)
}

/// A rule about the ad groups; a test says what it does.
pub(super) fn rule(source: &RuleSource) -> Rule {
    let one = ReachedAccount { key: key(), platform: Platform::Meta, currency: Currency::EUR };
    let (rule, found) = compile(source, &Reach { accounts: vec![one] });
    rule.unwrap_or_else(|| panic!("{found:?}"))
}

pub(super) fn text(text: &str) -> SourceText {
    SourceText::unplaced(text)
}

impl Life {
    pub(super) fn new(rules: Vec<Rule>, objects: usize, now: Timestamp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut life = Self {
            folder,
            desired: Desired::default(),
            rules,
            now,
            platform: BTreeMap::new(),
            remembered: BTreeMap::new(),
            writes: Vec::new(),
            fails: false,
            bad: BTreeSet::new(),
        };
        let authors = life.rules.iter().map(|rule| (rule.key.namespace.clone(), rule.key.name.clone()));
        life.desired.overlays.authors = Some(authors.collect());
        let mut account = DesiredAccount {
            key: key(),
            platform: Platform::Meta,
            account_id: "1".parse().unwrap(),
            currency: Currency::EUR,
            zone: zone(),
            management: Management::Manage,
            deletion_policy: DeletionPolicy::Pause,
            connection: Connection::default(),
            fields: Fields::new(),
            objects: BTreeMap::new(),
            origin: None,
        };
        for number in 0..objects {
            let wanted = wanted(address(number));
            life.platform.insert(wanted.address.clone(), Live { runs: true, micros: 100 * EURO });
            life.remembered.insert(wanted.address.clone(), id(&wanted.address));
            account.objects.insert(wanted.address.clone(), wanted);
        }
        life.desired.accounts.insert(key(), account);
        life
    }

    pub(super) fn bad(&mut self, numbers: &[bool]) {
        let bad = numbers.iter().enumerate().filter(|(_, bad)| **bad);
        self.bad = bad.map(|(number, _)| address(number)).collect();
    }

    /// What rules are asked on again.
    pub(super) fn ground<'g>(&'g self, observed: &'g Observed, fresh: &'g Snapshot) -> Ground<'g> {
        Ground { desired: &self.desired, rules: &self.rules, observed, fresh }
    }

    /// Loses what local state remembers; what is in force stays.
    pub(super) fn forget(&self) {
        std::fs::remove_file(self.file()).unwrap();
    }

    /// Takes up what is in force and nobody remembers; how much.
    pub(super) fn adopt(&mut self) -> usize {
        self.put_in_force();
        adopt(&self.desired, &self.rules, &mut self.store(), self.now).unwrap().len()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("live.db")
    }

    pub(super) fn store(&self) -> RunStore {
        RunStore::open(&self.file()).unwrap()
    }

    fn overrides(&self) -> Overrides {
        StateDir::of_project(self.folder.path()).overrides()
    }

    pub(super) fn overlays(&self) -> Vec<Overlay> {
        self.overrides().all().unwrap()
    }

    pub(super) fn today(&self) -> jiff::civil::Date {
        self.now.to_zoned(zone().rules()).date()
    }

    /// What rules see: what is live, with numbers that are as new as the instant.
    pub(super) fn look(&self) -> (Snapshot, Observed) {
        let mut snapshot = empty(self.now);
        let account = AccountState {
            platform: Platform::Meta,
            currency: Currency::EUR,
            unit: 10_000,
            zone: zone(),
            windows: BTreeMap::new(),
            killed: None,
            frozen: None,
            halted: None,
            baseline: None,
            usual: BTreeMap::new(),
        };
        snapshot.accounts.insert(key(), account);
        let objects = self.platform.iter().map(|(address, live)| observed(address, live)).collect();
        let observed = ObservedAccount { objects, ..ObservedAccount::default() };
        let account = &self.desired.accounts[&key()];
        let found = live(&self.desired, account, &observed, &self.remembered, self.now);
        let wanted = found.objects.keys().map(|address| (address, &self.platform[address]));
        snapshot.objects =
            wanted.map(|(address, live)| (address.clone(), self.seen(address, live))).collect();
        snapshot.strangers.insert(key(), found.strangers);
        (snapshot, Observed { accounts: [(key(), observed)].into() })
    }

    /// Git has these of the shop's objects and no others; what is live stays as it is.
    pub(super) fn in_git(&mut self, has: &[bool]) {
        let objects = &mut self.desired.accounts.get_mut(&key()).unwrap().objects;
        for (number, has) in has.iter().enumerate() {
            let address = address(number);
            if !has {
                objects.remove(&address);
            } else if !objects.contains_key(&address) {
                objects.insert(address.clone(), wanted(address));
            }
        }
    }

    /// What can be spent on a day by what is live and in git.
    pub(super) fn spend_in_git(&self) -> i64 {
        let runs = self
            .platform
            .iter()
            .filter(|(address, live)| live.runs && self.desired.object(address).is_some());
        runs.map(|(_, live)| live.micros).sum()
    }

    fn seen(&self, address: &Address, live: &Live) -> ObjectState {
        let conversions = if self.bad.contains(address) { 1 } else { 100 };
        let sums = Sums {
            spend: Some(500 * EURO),
            clicks: Some(1_000),
            conversions: Some(conversions * EURO),
            ..Sums::default()
        };
        let known = WindowSums {
            sums: Ok(sums),
            as_of: Some(self.now),
            days: Some(7),
            ranges: [].into(),
            observed: None,
        };
        ObjectState {
            display_name: address.short(),
            labels: BTreeMap::new(),
            parent: None,
            state: Some(if live.runs { State::Active } else { State::Paused }),
            created: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            budget: Some(Budget {
                amount: Money::from_micros(live.micros, Currency::EUR),
                cadence: Cadence::Daily,
                ownership: Ownership::Bounded {
                    initial: euros(100),
                    settled: self.settled(address),
                    min: euros(1),
                    max: euros(100_000),
                    max_step: None,
                    unit: 10_000,
                },
            }),
            bid: None,
            target_cpa: None,
            target_roas: None,
            creatives: BTreeSet::new(),
            windows: [(week(), known)].into(),
            hold: None,
            rules_may_pause: true,
            keep_one: BTreeSet::new(),
        }
    }

    /// What is to be in force of a budget, by git and by what is on disk.
    fn settled(&self, address: &Address) -> Money {
        let mut desired = self.desired.clone();
        desired.overlays.given = self.overlays();
        settle(&mut desired, self.now);
        desired.object(address).and_then(|object| object.value(DAILY)?.as_money()).unwrap()
    }

    /// Whether the end of a raise is to go first.
    pub(super) fn is_ending(&mut self) -> bool {
        self.put_in_force();
        is_ending(&self.desired, &self.look().0)
    }

    /// The sum of what is to be in force at an instant, by overlays that were settled before.
    pub(super) fn settled_at(&self, now: Timestamp) -> i64 {
        let each = self.look().0.objects.into_iter().map(|(address, mut state)| {
            super::super::live::settle_at(&self.desired, &address, &mut state, now);
            state.budget.unwrap().settled().micros()
        });
        each.sum()
    }

    /// Brings git's amount back where a raise is over, as `rules run` does first of all.
    fn end_raises(&mut self, fuse: &mut Fuse) -> Result<(), Killed> {
        let over: BTreeSet<Target> = self
            .overlays()
            .into_iter()
            .filter(|overlay| overlay.expires <= self.now)
            .map(|overlay| overlay.object)
            .collect();
        let ended: Vec<Address> =
            self.platform.keys().filter(|address| over.contains(&Target::of(address))).cloned().collect();
        for address in ended {
            let git = self.settled(&address) == euros(100);
            let live = self.platform.get_mut(&address).unwrap();
            if self.fails || !git || live.micros <= 100 * EURO {
                continue;
            }
            live.micros = 100 * EURO;
            self.writes.push((self.now, address, DAILY.to_owned(), euros(100).to_string()));
            fuse.step()?;
        }
        Ok(())
    }

    /// One tick, as `rules run` makes it: raises that are over end, so does what is asked for too long, what is due is
    /// decided, what is open is carried out.
    pub(super) fn tick(&mut self, fuse: &mut Fuse) -> Result<(), Killed> {
        self.end_raises(fuse)?;
        let mut store = self.store();
        let (mut snapshot, observed) = self.look();
        let fresh = snapshot.clone();
        let overdue = stance::overdue(&store, self.now).unwrap();
        if !overdue.is_empty() {
            stance::review(&overdue, self.ground(&observed, &fresh), &mut store, self.now).unwrap();
            fuse.step()?;
        }
        decide(&self.rules, &mut snapshot, &observed, &mut store, Keep::All).unwrap();
        fuse.step()?;
        self.carry(&mut store, &snapshot, fuse)
    }

    /// What is asked at this instant.
    pub(super) fn asked(&self) -> Vec<String> {
        let open = self.store().tasks().unwrap();
        open.into_iter().filter(|task| task.stage == Stage::Proposed).map(|task| task.digest).collect()
    }

    /// Somebody agrees to a proposal, as `rules approve` does: the rule is asked again.
    pub(super) fn agree(&mut self, digest: &str, fuse: &mut Fuse) -> Result<(), Killed> {
        let mut store = self.store();
        let task = store.tasks_named(digest).unwrap().pop().unwrap();
        if task.stage == Stage::Proposed {
            let (fresh, observed) = self.look();
            let stale = match stance::still(&task, self.ground(&observed, &fresh), &mut store).unwrap() {
                Still::Wanted => None,
                Still::Unclear(why) | Still::Not(why) => Some(why),
            };
            let agreed = stance::agreed(&task, "ana", stale, &self.desired, self.now);
            store.move_on(&[agreed], self.now, |_| ()).unwrap();
            fuse.step()?;
        }
        let (mut snapshot, observed) = self.look();
        stand(&mut snapshot, &observed, &mut store).unwrap();
        self.carry(&mut store, &snapshot, fuse)
    }

    /// Brings what is open to the platform, a step after the other.
    fn carry(&mut self, store: &mut RunStore, snapshot: &Snapshot, fuse: &mut Fuse) -> Result<(), Killed> {
        let open = store.tasks().unwrap();
        for task in open.into_iter().filter(|task| matches!(task.stage, Stage::Decided | Stage::InForce)) {
            match carry::next(&task, &self.desired, &self.rules, snapshot, self.now) {
                Next::Wait(_) => {}
                Next::Drop(why) => {
                    let (mut lapsed, given_up) = (task.clone(), task.remembered);
                    lapsed.now(Stage::Lapsed, Some(why), self.now);
                    store
                        .move_on(&[lapsed], self.now, |memory| {
                            if given_up {
                                memory.unmade(&task.intent, task.at);
                            }
                        })
                        .unwrap();
                    fuse.step()?;
                }
                Next::Go(effects) => {
                    for effect in &effects {
                        carry::bring_about(&self.overrides(), std::slice::from_ref(effect)).unwrap();
                        fuse.step()?;
                    }
                    let mut in_force = task.clone();
                    in_force.now(Stage::InForce, None, self.now);
                    store.move_on(&[in_force.clone()], self.now, |_| ()).unwrap();
                    fuse.step()?;
                    self.write(store, in_force, fuse)?;
                }
            }
        }
        Ok(())
    }

    /// Writes what is in force of the fields of a task, and records it.
    fn write(&mut self, store: &mut RunStore, mut task: Task, fuse: &mut Fuse) -> Result<(), Killed> {
        self.put_in_force();
        let mut worked = None;
        let fields: Vec<(Address, String)> =
            task.fields().map(|(object, path)| (object.clone(), path.as_str().to_owned())).collect();
        for (object, field) in fields {
            let value = self.desired.object(&object).unwrap().value(&field).unwrap().clone();
            let live = self.platform.get_mut(&object).unwrap();
            let wanted = match (&value, field.as_str()) {
                (Value::Money(amount), DAILY) => Live { micros: amount.micros(), ..live.clone() },
                (value, _) => Live { runs: value.as_text() == Some("Active"), ..live.clone() },
            };
            if *live == wanted {
                continue;
            }
            worked = Some(!self.fails);
            if self.fails {
                break;
            }
            *live = wanted;
            self.writes.push((self.now, object, field, value.to_string()));
            fuse.step()?;
        }
        let before = task.clone();
        if worked == Some(false) {
            task.now(Stage::InForce, Some("the platform takes nothing".to_owned()), self.now);
        } else {
            task.now(Stage::Written, None, self.now);
            task.remembered = true;
        }
        let (now, day) = (self.now, self.today());
        store
            .move_on(&[task.clone()], now, |memory| {
                if let Some(worked) = worked {
                    memory.report(&task.intent.rule, 1, u32::from(!worked));
                    memory.wrote(&key(), worked, now);
                }
                if worked != Some(false) && !before.remembered {
                    memory.made(&task.intent, &task.account, day, now);
                }
            })
            .unwrap();
        fuse.step()
    }

    fn put_in_force(&mut self) {
        self.desired.overlays.given = self.overlays();
        settle(&mut self.desired, self.now);
    }

    /// What can be spent on a day by what is live, and by what could be: with all that is in force and all that is held.
    pub(super) fn spend(&mut self) -> (i64, i64) {
        self.put_in_force();
        let (mut live, mut most) = (0, 0);
        for (address, one) in &self.platform {
            let wanted = self.desired.object(address).and_then(|object| object.value(DAILY)?.as_money());
            live += if one.runs { one.micros } else { 0 };
            most += one.micros.max(wanted.map_or(0, Money::micros));
        }
        (live, most)
    }
}

fn id(address: &Address) -> ExternalId {
    ExternalId::new(address.local_name()).unwrap()
}

fn observed(address: &Address, live: &Live) -> ObservedObject {
    let mut object = ObservedObject::new(address.kind, id(address));
    object.fields.insert("state".into(), Value::text(if live.runs { "Active" } else { "Paused" }));
    object.fields.insert(DAILY.into(), Value::Money(Money::from_micros(live.micros, Currency::EUR)));
    object
}

fn zone() -> Zone {
    Zone::parse("Europe/Madrid").unwrap()
}

fn wanted(address: Address) -> DesiredObject {
    let mut object = DesiredObject::new(address);
    object.rules_may_pause = true;
    object.fields.insert("state".into(), Field::declared(Value::text("Active"), None));
    let managed = Managed {
        initial: euros(100),
        min: euros(1),
        max: euros(100_000),
        max_step: None,
        step: None,
        pool: None,
        overlay: None,
        places: Places::default(),
    };
    let owner = FieldOwner::Managed(Box::new(managed));
    object.fields.insert(DAILY.into(), Field { owner, ..Field::declared(Value::Money(euros(100)), None) });
    object
}

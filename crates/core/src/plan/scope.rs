//! A part of what is wanted: what a plan leaves as it is, and what it removes because that was asked for by name.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Action;
use super::change::Operation;
use super::document::PlanDocument;
use crate::address::{AccountKey, Address, Kind};
use crate::desired::{DeletionPolicy, Desired};
use crate::field::FieldPath;
use crate::marker::IdentityKey;

/// What a plan leaves as it is on the platform, although the YAML names it.
///
/// A held object is not created, changed, marked or moved; it only moves along when its parent is replaced. A held
/// field of a live object is not compared; where the object is created or replaced it is sent like any other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    objects: BTreeSet<Address>,
    fields: BTreeMap<Address, BTreeSet<FieldPath>>,
}

/// Fields of objects, by object.
pub type Fields = BTreeMap<Address, BTreeSet<FieldPath>>;

impl Held {
    /// Holds everything but some fields.
    pub fn all_but(desired: &Desired, fields: &Fields) -> Self {
        let mut held = Self::default();
        for object in desired.accounts.values().flat_map(|account| account.objects.values()) {
            let Some(free) = fields.get(&object.address) else {
                held.hold_object(object.address.clone());
                continue;
            };
            for path in object.fields.keys().chain(object.clear.keys()).filter(|path| !free.contains(*path)) {
                held.hold_field(&object.address, path);
            }
        }
        held
    }

    /// Holds a whole object.
    pub fn hold_object(&mut self, address: Address) {
        self.objects.insert(address);
    }

    /// Holds one field.
    pub fn hold_field(&mut self, address: &Address, path: &FieldPath) {
        self.fields.entry(address.clone()).or_default().insert(path.clone());
    }

    /// Holds what another value holds, too.
    pub fn extend(&mut self, other: Held) {
        self.objects.extend(other.objects);
        for (address, paths) in other.fields {
            self.fields.entry(address).or_default().extend(paths);
        }
    }

    /// Whether a whole object is held.
    pub fn object(&self, address: &Address) -> bool {
        self.objects.contains(address)
    }

    /// Fields of an object that are held one by one.
    pub fn fields(&self, address: &Address) -> Option<&BTreeSet<FieldPath>> {
        self.fields.get(address)
    }
}

/// The first object of which a plan writes something else than these fields. The marker comes along with the first
/// change of what the YAML binds, as always.
pub fn beyond<'d>(document: &'d PlanDocument, fields: &Fields) -> Option<&'d Address> {
    document.steps.iter().find_map(|step| {
        let change = document.changes.get(step.change)?;
        let free = fields.get(&change.address);
        let may = |path: &str| free.is_some_and(|free| free.contains(path));
        let within = match &step.operation {
            Operation::Update { paths } if paths.is_empty() => {
                change.action == Action::Adopt && free.is_some()
            }
            Operation::Update { paths } => paths.iter().all(|path| may(path.as_str())),
            Operation::Pause | Operation::Enable => may("state"),
            Operation::Create
            | Operation::Supersede
            | Operation::PauseSuperseded { .. }
            | Operation::DeleteSuperseded { .. }
            | Operation::Release
            | Operation::Delete => false,
        };
        (!within).then_some(&change.address)
    })
}

/// An object whose removal was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Its address while it was written.
    pub address: Address,
    /// What its removal does.
    pub policy: DeletionPolicy,
}

/// Objects whose removal was asked for one by one, by the identity in their markers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removals(BTreeMap<(AccountKey, Kind, String), Removal>);

impl Removals {
    /// Asks for the removal of an object.
    pub fn insert(&mut self, identity: &IdentityKey, removal: Removal) {
        let address = &removal.address;
        let key = (address.account_key(), address.kind, identity.as_str().to_owned());
        self.0.insert(key, removal);
    }

    /// What was asked for the object that carries an identity.
    pub fn get(&self, account: &AccountKey, kind: Kind, identity: &IdentityKey) -> Option<&Removal> {
        self.0.get(&(account.clone(), kind, identity.as_str().to_owned()))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Removal> {
        self.0.values()
    }
}

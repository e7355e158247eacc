//! Which live object is which desired one.

use std::collections::{BTreeSet, HashMap};

use super::input::PlanInput;
use crate::address::Kind;
use crate::desired::{DesiredAccount, DesiredObject};
use crate::ids::ExternalId;
use crate::marker::{IdentityKey, Owner};
use crate::observed::{ObservedAccount, ObservedObject};

/// How a live object was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// By its marker.
    Marker,
    /// By the id written in the YAML.
    ExternalId,
    /// By the name it had before.
    MovedFrom,
    /// By an id remembered from an earlier apply: its marker was lost.
    Cache,
}

/// What was found for one desired object.
#[derive(Debug, Clone)]
pub(super) enum Binding<'a> {
    /// Nothing.
    Missing,
    /// Exactly one live object.
    Found(&'a ObservedObject, How),
    /// Several live objects carry the marker.
    Duplicate(Vec<&'a ObservedObject>),
    /// The YAML names an id that does not exist.
    UnknownId(&'a ExternalId),
}

/// Live objects of one account, indexed.
pub(super) struct Live<'a> {
    by_id: HashMap<(Kind, &'a str), &'a ObservedObject>,
    ours: HashMap<Kind, HashMap<&'a str, Vec<&'a ObservedObject>>>,
    unmarked: HashMap<(Kind, &'a str), Vec<&'a ObservedObject>>,
    owners: BTreeSet<Owner>,
}

impl<'a> Live<'a> {
    pub(super) fn new(input: &PlanInput<'a>, observed: &'a ObservedAccount) -> Self {
        let owners: BTreeSet<Owner> =
            input.desired.owner().into_iter().chain(input.desired.previous_owners.iter().cloned()).collect();
        let mut live = Self {
            by_id: HashMap::with_capacity(observed.objects.len()),
            ours: HashMap::new(),
            unmarked: HashMap::new(),
            owners,
        };
        for object in &observed.objects {
            live.by_id.insert((object.kind, object.id.as_str()), object);
            match &object.marker {
                Some(marker) if live.owners.contains(&marker.owner) => {
                    live.ours
                        .entry(object.kind)
                        .or_default()
                        .entry(marker.key.as_str())
                        .or_default()
                        .push(object);
                }
                Some(_) => {}
                None => {
                    live.unmarked.entry((object.kind, object.display_name())).or_default().push(object);
                }
            }
        }
        live
    }

    /// Whether a live object carries a marker of ours.
    pub(super) fn is_ours(&self, object: &ObservedObject) -> bool {
        object.marker.as_ref().is_some_and(|marker| self.owners.contains(&marker.owner))
    }

    pub(super) fn by_id(&self, kind: Kind, id: &str) -> Option<&'a ObservedObject> {
        self.by_id.get(&(kind, id)).copied()
    }

    pub(super) fn by_key(&self, kind: Kind, key: &IdentityKey) -> &[&'a ObservedObject] {
        self.ours.get(&kind).and_then(|ours| ours.get(key.as_str())).map_or(&[], Vec::as_slice)
    }

    /// An unmarked object of the same kind, name and parent: perhaps ours, its marker lost by a rename.
    pub(super) fn look_alike(
        &self,
        object: &DesiredObject,
        parent: Option<&ExternalId>,
    ) -> Option<&'a ObservedObject> {
        self.unmarked
            .get(&(object.address.kind, object.display_name()))?
            .iter()
            .find(|candidate| candidate.parent.as_ref() == parent)
            .copied()
    }

    /// Finds the live object of a desired one: by written id, marker, former name, remembered id.
    pub(super) fn bind(
        &self,
        input: &PlanInput<'a>,
        account: &'a DesiredAccount,
        object: &'a DesiredObject,
    ) -> Binding<'a> {
        let kind = object.address.kind;
        if let Some(id) = &object.external_id {
            return match self.by_id(kind, id.as_str()) {
                Some(found) => Binding::Found(found, How::ExternalId),
                None => Binding::UnknownId(id),
            };
        }
        match self.by_key(kind, &object.identity(&account.account_id)) {
            [] => {}
            [found] => return Binding::Found(found, How::Marker),
            several => return Binding::Duplicate(several.to_vec()),
        }
        if let Some(from) = &object.moved_from {
            let key = IdentityKey::of(&account.account_id, &object.address.namespace, kind, from);
            if let [found] = self.by_key(kind, &key) {
                return Binding::Found(found, How::MovedFrom);
            }
        }
        match input.bindings.get(&object.address).and_then(|id| self.by_id(kind, id.as_str())) {
            // A remembered object that carries another marker has become somebody else's.
            Some(found) if found.marker.is_none() => Binding::Found(found, How::Cache),
            _ => Binding::Missing,
        }
    }
}

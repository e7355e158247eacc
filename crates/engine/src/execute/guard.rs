//! Just before writing, look again (decision 5).

use std::collections::{BTreeMap, HashMap};

use adplane_core::address::AccountKey;
use adplane_core::field::FieldPath;
use adplane_core::ids::ExternalId;
use adplane_core::marker::{IdentityKey, Owner};
use adplane_core::observed::{Observed, ObservedObject};
use adplane_core::plan::{Change, Plan, Precondition, members_of};
use adplane_core::time::Zone;
use adplane_core::value::Value;

use crate::history::History;

/// A precondition that no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stale {
    /// The account.
    account: AccountKey,
    /// The object to ask the platform's history about.
    id: Option<ExternalId>,
    /// The field.
    path: Option<FieldPath>,
    /// What differs, as a sentence.
    what: String,
}

impl Stale {
    /// The sentence, with who changed it where the platform tells.
    pub(super) fn told(&self, history: &History, zones: &BTreeMap<AccountKey, Zone>) -> String {
        let event = self.id.as_ref().and_then(|id| history.last(&self.account, id, self.path.as_ref()));
        match event.zip(zones.get(&self.account)) {
            Some((event, zone)) => format!("{}; changed by {}", self.what, event.told(zone)),
            None => self.what.clone(),
        }
    }

    /// The account it is about.
    pub(super) fn account(&self) -> &AccountKey {
        &self.account
    }
}

/// Preconditions that no longer hold.
pub(super) fn stale(plan: &Plan, observed: &Observed) -> Vec<Stale> {
    let accounts: HashMap<&AccountKey, Index<'_>> =
        observed.accounts.iter().map(|(key, account)| (key, Index::new(&account.objects))).collect();
    let mut stale = Vec::new();
    for change in plan.changes.iter().filter(|change| change.action.writes()) {
        let account = change.address.account_key();
        let Some(index) = accounts.get(&account) else {
            let what = format!("account {account} was not read");
            stale.push(Stale { account, id: None, path: None, what });
            continue;
        };
        for guard in &change.preconditions {
            if let Some(what) = index.broken(change, guard) {
                let (id, path) = match guard {
                    Precondition::Absent { .. } | Precondition::NoLookAlike { .. } => (None, None),
                    Precondition::Exists { id }
                    | Precondition::Marker { id, .. }
                    | Precondition::Members { id, .. } => (Some(id.clone()), None),
                    Precondition::Field { id, path, .. } => (Some(id.clone()), Some(path.clone())),
                };
                stale.push(Stale { account: account.clone(), id, path, what });
            }
        }
    }
    stale
}

/// Live objects of one account, for look-ups.
struct Index<'a> {
    objects: &'a [ObservedObject],
    by_id: HashMap<&'a ExternalId, &'a ObservedObject>,
    by_marker: HashMap<(&'a Owner, &'a IdentityKey), &'a ObservedObject>,
}

fn show(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"))
}

impl<'a> Index<'a> {
    fn new(objects: &'a [ObservedObject]) -> Self {
        Self {
            objects,
            by_id: objects.iter().map(|object| (&object.id, object)).collect(),
            by_marker: objects
                .iter()
                .filter_map(|object| {
                    let marker = object.marker.as_ref()?;
                    Some(((&marker.owner, &marker.key), object))
                })
                .collect(),
        }
    }

    fn broken(&self, change: &Change, guard: &Precondition) -> Option<String> {
        let address = change.address.short();
        match guard {
            Precondition::Absent { key } => {
                let owner = &change.marker.as_ref()?.owner;
                self.by_marker
                    .get(&(owner, key))
                    .map(|live| format!("{address} exists by now (id {})", live.id))
            }
            Precondition::Exists { id } => {
                (!self.by_id.contains_key(id)).then(|| format!("{address} needs id {id}, which is gone"))
            }
            Precondition::Marker { id, marker } => match self.by_id.get(id) {
                None => Some(format!("{address} (id {id}) is gone")),
                Some(live) if live.marker != *marker => {
                    Some(format!("{address} (id {id}) carries another marker than when the plan was made"))
                }
                Some(_) => None,
            },
            Precondition::Members { id, of, members } => {
                let now = members_of(self.objects.iter(), id, *of);
                let listed = |ids: Vec<&ExternalId>| {
                    let ids: Vec<&str> = ids.into_iter().map(ExternalId::as_str).collect();
                    if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
                };
                (now != *members).then(|| {
                    format!(
                        "{address} (id {id}) has other members than when the plan was made: {of} new: {}, gone: {}",
                        listed(now.difference(members).collect()),
                        listed(members.difference(&now).collect())
                    )
                })
            }
            Precondition::NoLookAlike { name, parent } => {
                let alike = self.objects.iter().find(|live| {
                    live.kind == change.address.kind
                        && live.marker.is_none()
                        && live.parent == *parent
                        && live.display_name() == name
                });
                alike.map(|live| {
                    format!(
                        "{address}: a {} named `{name}` without a marker exists by now (id {})",
                        live.kind, live.id
                    )
                })
            }
            Precondition::Field { id, path, value } => {
                let live = self.by_id.get(id)?.fields.get(path);
                (live != value.as_ref()).then(|| {
                    format!(
                        "{address}: `{path}` is {} by now, the plan was made for {}",
                        show(live),
                        show(value.as_ref())
                    )
                })
            }
        }
    }
}

//! Just before writing, look again (decision 5).

use std::collections::HashMap;

use adplane_core::address::AccountKey;
use adplane_core::ids::ExternalId;
use adplane_core::marker::{IdentityKey, Owner};
use adplane_core::observed::{Observed, ObservedObject};
use adplane_core::plan::{Change, Plan, Precondition};
use adplane_core::value::Value;

/// Preconditions that no longer hold, as sentences.
pub(super) fn stale(plan: &Plan, observed: &Observed) -> Vec<String> {
    let accounts: HashMap<&AccountKey, Index<'_>> =
        observed.accounts.iter().map(|(key, account)| (key, Index::new(&account.objects))).collect();
    let mut stale = Vec::new();
    for change in plan.changes.iter().filter(|change| change.action.writes()) {
        let key = change.address.account_key();
        let Some(index) = accounts.get(&key) else {
            stale.push(format!("account {key} was not read"));
            continue;
        };
        stale.extend(change.preconditions.iter().filter_map(|guard| index.broken(change, guard)));
    }
    stale
}

/// Live objects of one account, for look-ups.
struct Index<'a> {
    by_id: HashMap<&'a ExternalId, &'a ObservedObject>,
    by_marker: HashMap<(&'a Owner, &'a IdentityKey), &'a ObservedObject>,
}

fn show(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"))
}

impl<'a> Index<'a> {
    fn new(objects: &'a [ObservedObject]) -> Self {
        Self {
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

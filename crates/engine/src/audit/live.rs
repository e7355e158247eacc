//! Is each live object of ours, and each value written, explained by the log?

use std::collections::{BTreeMap, HashMap, HashSet};

use adplane_core::address::{AccountKey, Address};
use adplane_core::field::FieldPath;
use adplane_core::ids::ExternalId;
use adplane_core::marker::Owner;
use adplane_core::observed::{Coverage, Observed, ObservedObject};
use adplane_core::plan::Operation;
use adplane_core::plan::document::encode;
use adplane_core::schema::{OnChange, Schemas};
use jiff::Timestamp;
use serde_json::Value as Json;

use super::Finding;
use crate::state::{Chain, Event, Line, LoggedField, Stored};

/// What the log knows of one live object.
struct Known {
    address: Address,
    marker: Option<String>,
    fields: BTreeMap<FieldPath, (Option<Json>, Timestamp)>,
    removed: bool,
}

/// What the log says is live.
#[derive(Default)]
struct Ledger {
    objects: HashMap<(AccountKey, ExternalId), Known>,
    /// Markers of writes whose end nobody knows.
    perhaps: HashSet<String>,
}

impl Ledger {
    fn of(lines: &[Line]) -> Self {
        let mut ledger = Self::default();
        let mut open: HashMap<(&Address, &Operation), &Event> = HashMap::new();
        for line in lines {
            match &line.event {
                event @ Event::Write { address, operation, marker, result, id, .. } => match result {
                    Stored::Done => ledger.take(event, id.as_ref(), line.at),
                    Stored::Failed => {}
                    Stored::Unclear => {
                        ledger.perhaps.extend(marker.clone());
                        open.insert((address, operation), event);
                    }
                },
                Event::Settled { address, operation, id, .. } => {
                    if let Some(event) = open.remove(&(address, operation)) {
                        ledger.take(event, id.as_ref(), line.at);
                    }
                }
                Event::Lost { writes, .. } => ledger.perhaps.extend(writes.values().flatten().cloned()),
                Event::Genesis { .. } | Event::Begin { .. } | Event::End { .. } | Event::Healed { .. } => {}
            }
        }
        ledger
    }

    fn take(&mut self, event: &Event, id: Option<&ExternalId>, at: Timestamp) {
        let Event::Write { address, operation, marker, fields, .. } = event else { return };
        let target = match operation {
            Operation::PauseSuperseded { id } | Operation::DeleteSuperseded { id } => Some(id),
            _ => id,
        };
        let Some(id) = target else { return };
        let known = self.objects.entry((address.account_key(), id.clone())).or_insert_with(|| Known {
            address: address.clone(),
            marker: None,
            fields: BTreeMap::new(),
            removed: false,
        });
        known.address = address.clone();
        known.marker.clone_from(marker);
        known.removed = matches!(operation, Operation::Delete | Operation::DeleteSuperseded { .. });
        let kept = fields.iter().filter(|field: &&LoggedField| !field.once);
        known.fields.extend(kept.map(|field| (field.path.clone(), (field.after.clone(), at))));
    }
}

/// Compares what the log says is live with what is.
pub fn live(chain: &Chain, observed: &Observed, owners: &[Owner], schemas: &Schemas) -> Vec<Finding> {
    let ledger = Ledger::of(&chain.lines);
    let mut found = Vec::new();
    for (key, account) in &observed.accounts {
        if let Coverage::Partial { because } = &account.coverage {
            found.push(Finding::Unread { account: key.to_string(), because: because.clone() });
        }
        for object in &account.objects {
            if let Some(known) = ledger.objects.get(&(key.clone(), object.id.clone())) {
                found.extend(differences(known, object, schemas));
            } else {
                let ours = object.marker.as_ref().filter(|marker| owners.contains(&marker.owner));
                let lost = ours.is_some_and(|marker| ledger.perhaps.contains(&marker.to_string()));
                if ours.is_some() && !lost {
                    found.push(Finding::Unexplained {
                        account: key.to_string(),
                        kind: object.kind.to_string(),
                        id: object.id.clone(),
                        name: object.display_name().to_owned(),
                    });
                }
            }
        }
        let there: HashSet<&ExternalId> = account.objects.iter().map(|object| &object.id).collect();
        let gone = ledger.objects.iter().filter(|((account_key, id), known)| {
            account_key == key
                && !known.removed
                && !there.contains(id)
                && account.coverage == Coverage::Complete
        });
        let mut gone: Vec<Finding> = gone
            .map(|((_, id), known)| Finding::Gone { address: known.address.clone(), id: id.clone() })
            .collect();
        gone.sort_by_key(ToString::to_string);
        found.extend(gone);
    }
    found
}

fn differences(known: &Known, object: &ObservedObject, schemas: &Schemas) -> Vec<Finding> {
    let Some(schema) = schemas.get(&known.address.platform).and_then(|schema| schema.kind(object.kind))
    else {
        return Vec::new();
    };
    let compared = known.fields.iter().filter(|(path, _)| {
        path.as_str() != "budget.ref" && schema.field(path.as_str()).on_change != OnChange::Unreadable
    });
    let mut found: Vec<Finding> = compared
        .filter_map(|(path, (written, at))| {
            // What was cleared may read the platform's own default.
            let written = written.as_ref()?;
            let live = object.fields.get(path).map_or(Json::Null, encode);
            (live != *written).then(|| Finding::Changed {
                address: known.address.clone(),
                id: object.id.clone(),
                path: path.clone(),
                written: written.clone(),
                live,
                at: *at,
                by: None,
            })
        })
        .collect();
    let marker = object.marker.as_ref().map(ToString::to_string);
    if marker != known.marker {
        let at = known.fields.values().map(|(_, at)| *at).max().unwrap_or(Timestamp::UNIX_EPOCH);
        let shown = |marker: &Option<String>| marker.clone().map_or(Json::Null, Json::String);
        found.push(Finding::Changed {
            address: known.address.clone(),
            id: object.id.clone(),
            path: "marker".into(),
            written: shown(&known.marker),
            live: shown(&marker),
            at,
            by: None,
        });
    }
    found
}

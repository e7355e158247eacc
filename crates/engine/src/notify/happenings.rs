//! What happened, from plans, reports and drift: one event for each account that is concerned.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{AccountKey, Address};
use adplane_core::notify::{Difference, EventAccount, Happening, Subject};
use adplane_core::plan::document::{DocumentDrift, DriftPolicy, DriftSide, PlanDocument};
use serde_json::Value;

use crate::execute::{ApplyReport, ChangeResult};

/// What happened, and the objects that it is about.
pub type Told = (Happening, BTreeSet<Subject>);

/// How a value is shown to people.
pub type Shown<'a> = &'a dyn Fn(Option<&Value>) -> String;

/// Objects of one account that are told of one by one.
const DRIFTS: usize = 50;

/// What changes on an account.
struct Part<'a> {
    account: EventAccount,
    changes: Vec<&'a Address>,
    subjects: BTreeSet<Subject>,
    daily: Vec<String>,
}

/// The changes of a plan, account by account.
fn parts(document: &PlanDocument) -> Vec<Part<'_>> {
    let mut parts: BTreeMap<AccountKey, Part<'_>> = BTreeMap::new();
    for change in document.changes.iter().filter(|change| change.action.writes()) {
        let key = change.address.account_key();
        let part = parts.entry(key.clone()).or_insert_with(|| Part {
            account: EventAccount::from(&change.address),
            changes: Vec::new(),
            subjects: BTreeSet::new(),
            daily: daily(document, &key),
        });
        part.changes.push(&change.address);
        part.subjects.insert(subject(document, &change.address));
    }
    parts.into_values().collect()
}

fn subject(document: &PlanDocument, address: &Address) -> Subject {
    Subject { kind: address.kind, labels: document.labels.get(address).cloned().unwrap_or_default() }
}

/// What a plan does to spend a day on an account.
fn daily(document: &PlanDocument, account: &AccountKey) -> Vec<String> {
    let shown = account.to_string();
    let spends = document.money.values().flat_map(|money| &money.accounts);
    spends
        .filter(|of| of.account == shown && of.spend.daily_before != of.spend.daily_after)
        .map(|of| format!("from {} to {}", of.spend.daily_before, of.spend.daily_after))
        .collect()
}

/// A plan waits, and for what.
pub fn waiting(document: &PlanDocument, because: &[String]) -> Vec<Told> {
    let told = parts(document).into_iter().map(|part| {
        let happening = Happening::PlanPending {
            account: part.account,
            plan: document.hash.clone(),
            changes: part.changes.len(),
            daily: part.daily,
            because: because.to_vec(),
        };
        (happening, part.subjects)
    });
    told.collect()
}

/// A plan could not be applied, and nothing was written.
pub fn not_applied(document: &PlanDocument, because: &str, details: &[String]) -> Vec<Told> {
    let told = parts(document).into_iter().map(|part| {
        let happening = Happening::ApplyFailed {
            account: Some(part.account),
            plan: Some(document.hash.clone()),
            because: because.to_owned(),
            details: details.to_vec(),
        };
        (happening, part.subjects)
    });
    told.collect()
}

/// What an apply did, account by account.
pub fn executed(document: &PlanDocument, report: &ApplyReport) -> Vec<Told> {
    let told = parts(document).into_iter().filter_map(|part| {
        let results: Vec<(&Address, &ChangeResult)> = part
            .changes
            .iter()
            .filter_map(|address| Some((*address, report.results.get(*address)?)))
            .collect();
        let applied = results.iter().filter(|(_, result)| **result == ChangeResult::Applied).count();
        let left: Vec<String> =
            results.iter().filter_map(|(address, result)| left(address, result)).collect();
        let happening = match (applied, left.is_empty()) {
            (0, true) => return None,
            (_, true) => Happening::Applied {
                account: part.account,
                plan: document.hash.clone(),
                changes: applied,
                daily: part.daily,
            },
            (0, false) if report.writes == 0 => Happening::ApplyFailed {
                account: Some(part.account),
                plan: Some(document.hash.clone()),
                because: "no change could be written".to_owned(),
                details: left,
            },
            (_, false) => {
                Happening::PartlyApplied { account: part.account, plan: document.hash.clone(), applied, left }
            }
        };
        Some((happening, part.subjects))
    });
    told.collect()
}

fn left(address: &Address, result: &ChangeResult) -> Option<String> {
    match result {
        ChangeResult::Applied => None,
        ChangeResult::Failed(failure) => Some(format!("{}: {failure}", address.short())),
        ChangeResult::Skipped { because } => Some(format!("{}: not attempted: {because}", address.short())),
    }
}

/// What was changed on the platforms: one event for each object, and one for the rest of an account.
pub fn drifted(document: &PlanDocument, found: &[DocumentDrift], shown: Shown<'_>) -> Vec<Told> {
    let moved = |drift: &&DocumentDrift| {
        matches!(drift.side, DriftSide::Platform | DriftSide::Both) && drift.policy != DriftPolicy::Ignore
    };
    let mut objects: BTreeMap<&Address, Vec<&DocumentDrift>> = BTreeMap::new();
    for drift in found.iter().filter(moved) {
        objects.entry(&drift.address).or_default().push(drift);
    }
    let mut accounts: BTreeMap<AccountKey, usize> = BTreeMap::new();
    let mut told = Vec::new();
    let mut more: BTreeMap<AccountKey, (EventAccount, usize)> = BTreeMap::new();
    for (address, drifts) in objects {
        let count = accounts.entry(address.account_key()).or_default();
        *count += 1;
        if *count > DRIFTS {
            more.entry(address.account_key()).or_insert_with(|| (address.into(), 0)).1 += 1;
            continue;
        }
        told.push((drift(address, &drifts, shown), BTreeSet::from([subject(document, address)])));
    }
    let rest =
        more.into_values().map(|(account, count)| (Happening::MoreDrift { account, count }, BTreeSet::new()));
    told.into_iter().chain(rest).collect()
}

fn drift(address: &Address, drifts: &[&DocumentDrift], shown: Shown<'_>) -> Happening {
    let told = |drift: &DocumentDrift, value: Option<&Value>, object: &str| {
        if drift.path.is_some() { shown(value) } else { object.to_owned() }
    };
    let fields = drifts
        .iter()
        .map(|drift| Difference {
            field: drift.path.as_ref().map_or_else(|| "(the object)".to_owned(), ToString::to_string),
            wanted: told(drift, drift.yaml.as_ref(), "wanted"),
            live: told(drift, drift.live.as_ref(), "not there"),
        })
        .collect();
    let by = drifts.iter().find_map(|drift| drift.changed_by.as_ref());
    Happening::Drift {
        address: address.clone(),
        fields,
        by: by.map(|by| format!("{} ({}), {}", by.actor, by.client, by.local)),
        policy: drifts.first().map(|drift| format!("{:?}", drift.policy)).unwrap_or_default(),
    }
}

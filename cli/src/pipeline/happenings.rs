//! What happened, from plans, reports and failures: one event for each account that is concerned.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::Desired;
use adplane_core::notify::{Difference, EventAccount, Happening, KillSwitch, Subject};
use adplane_core::plan::document::{DocumentDrift, DriftPolicy, DriftSide, PlanDocument};
use adplane_engine::execute::{ApplyReport, ChangeResult};
use adplane_engine::state::PauseScope;
use serde_json::Value;

use crate::error::{Exit, Failure};
use crate::render::words;

/// What happened, and the objects that it is about.
pub(crate) type Told = (Happening, BTreeSet<Subject>);

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

/// A plan could not be applied, or must wait, and nothing was written.
pub(crate) fn not_applied(document: &PlanDocument, failure: &Failure) -> Vec<Told> {
    let because: Vec<String> = std::iter::once(&failure.message)
        .chain(&failure.causes)
        .filter(|text| !text.is_empty())
        .cloned()
        .collect();
    let waits =
        failure.exit == Exit::Unapproved || (failure.exit == Exit::Denied && document.denial().is_none());
    let told = parts(document).into_iter().map(|part| {
        let happening = if waits {
            Happening::PlanPending {
                account: part.account,
                plan: document.hash.clone(),
                changes: part.changes.len(),
                daily: part.daily,
                because: because.clone(),
            }
        } else {
            Happening::ApplyFailed {
                account: Some(part.account),
                plan: Some(document.hash.clone()),
                because: failure.message.clone(),
                details: failure.causes.clone(),
            }
        };
        (happening, part.subjects)
    });
    match failure.exit {
        // A person said no, or the report has told already what was left.
        Exit::Interrupted | Exit::Partial | Exit::Usage => Vec::new(),
        _ => told.collect(),
    }
}

/// Something failed before there was a plan.
pub(crate) fn failed(failure: &Failure) -> Vec<Told> {
    let message = if failure.message.is_empty() { "the YAML has errors" } else { &failure.message };
    let happening = Happening::ApplyFailed {
        account: None,
        plan: None,
        because: message.to_owned(),
        details: failure.causes.clone(),
    };
    vec![(happening, BTreeSet::new())]
}

/// What an apply did, account by account.
pub(crate) fn executed(document: &PlanDocument, report: &ApplyReport) -> Vec<Told> {
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
pub(crate) fn drifted(document: &PlanDocument) -> Vec<Told> {
    let moved = |drift: &&DocumentDrift| {
        matches!(drift.side, DriftSide::Platform | DriftSide::Both) && drift.policy != DriftPolicy::Ignore
    };
    let mut objects: BTreeMap<&Address, Vec<&DocumentDrift>> = BTreeMap::new();
    for drift in document.drift.iter().filter(moved) {
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
        told.push((drift(address, &drifts), BTreeSet::from([subject(document, address)])));
    }
    let rest =
        more.into_values().map(|(account, count)| (Happening::MoreDrift { account, count }, BTreeSet::new()));
    told.into_iter().chain(rest).collect()
}

fn drift(address: &Address, drifts: &[&DocumentDrift]) -> Happening {
    let fields = drifts
        .iter()
        .map(|drift| Difference {
            field: drift.path.as_ref().map_or_else(|| "(the object)".to_owned(), ToString::to_string),
            wanted: shown(drift.path.is_some(), drift.yaml.as_ref(), "wanted"),
            live: shown(drift.path.is_some(), drift.live.as_ref(), "not there"),
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

fn shown(is_field: bool, value: Option<&Value>, object: &str) -> String {
    if is_field { words::value(value) } else { object.to_owned() }
}

/// What the kill switch came to, scope by scope.
pub(crate) fn switched(
    scopes: &[(PauseScope, Option<String>)],
    desired: &Desired,
    state: KillSwitch,
    by: Option<&str>,
    left: &[String],
) -> Vec<Told> {
    let told = scopes.iter().map(|(scope, reason)| {
        let account = match scope {
            PauseScope::Account(key) => desired.accounts.get(key).map(|account| EventAccount {
                namespace: key.namespace.clone(),
                name: key.name.clone(),
                platform: account.platform,
            }),
            PauseScope::All | PauseScope::Selector(_) => None,
        };
        let happening = Happening::KillSwitch {
            scope: scope.to_string(),
            account,
            state,
            by: by.map(str::to_owned),
            reason: reason.clone(),
            left: left.to_vec(),
        };
        (happening, BTreeSet::new())
    });
    told.collect()
}

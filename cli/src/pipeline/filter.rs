//! Namespace, account, selector and target: a part of the project proves nothing about the rest.

use std::collections::BTreeSet;

use adplane_core::address::{Address, Kind};
use adplane_core::desired::{Desired, DesiredObject};
use adplane_core::selector::{InvalidSelector, Selector};

use crate::args::Global;
use crate::error::{Exit, Failure};

/// Leaves only what the flags ask for, with the parents it needs.
pub(super) fn filter(desired: &mut Desired, global: &Global, targets: &[String]) -> Result<(), Failure> {
    let known: Vec<String> = desired.accounts.keys().map(ToString::to_string).collect();
    if let Some(namespace) = &global.namespace {
        desired.accounts.retain(|key, _| key.namespace.as_str() == namespace);
    }
    if let Some(account) = &global.account {
        desired.accounts.retain(|key, _| key.name.as_str() == account);
        if desired.accounts.is_empty() {
            let hint = if known.is_empty() {
                "load the files that hold it".to_owned()
            } else {
                format!("accounts are: {}", known.join(", "))
            };
            return Err(Failure::error(format!("there is no account `{account}`")).hint(hint));
        }
    }
    let selector = global.selector.as_deref().map(selector).transpose()?;
    if selector.is_none() && targets.is_empty() {
        desired.complete &= global.namespace.is_none() && global.account.is_none();
        return Ok(());
    }
    desired.complete = false;
    let mut wanted: BTreeSet<Address> = BTreeSet::new();
    for target in targets {
        let matching: Vec<Address> = objects(desired)
            .filter(|object| names(&object.address, target))
            .map(|o| o.address.clone())
            .collect();
        if matching.is_empty() {
            return Err(Failure::error(format!("nothing is called `{target}`"))
                .hint("write an address such as `campaign/spring-sale`, or the full one that plans show"));
        }
        wanted.extend(matching);
    }
    if let Some(selector) = &selector {
        let labelled = objects(desired).filter(|object| selector.accepts(&object.labels));
        wanted.extend(labelled.map(|object| object.address.clone()).collect::<Vec<_>>());
    }
    family(desired, &mut wanted);
    for account in desired.accounts.values_mut() {
        account.objects.retain(|address, _| wanted.contains(address));
    }
    Ok(())
}

fn objects(desired: &Desired) -> impl Iterator<Item = &DesiredObject> {
    desired.accounts.values().flat_map(|account| account.objects.values())
}

/// Adds everything below what is wanted, then the parents and budgets of all of it.
pub(super) fn family(desired: &Desired, wanted: &mut BTreeSet<Address>) {
    let mut frontier = wanted.clone();
    while !frontier.is_empty() {
        frontier = objects(desired)
            .filter(|object| object.parent.as_ref().is_some_and(|parent| frontier.contains(parent)))
            .map(|object| object.address.clone())
            .filter(|address| wanted.insert(address.clone()))
            .collect();
    }
    let mut above: Vec<Address> = wanted.iter().cloned().collect();
    while let Some(object) = above.pop().and_then(|address| desired.object(&address)) {
        for reference in [&object.parent, &object.budget].into_iter().flatten() {
            if wanted.insert(reference.clone()) {
                above.push(reference.clone());
            }
        }
    }
}

/// Whether a text as people type it means an address: the full one, `campaign/name`, or the bare name.
pub(crate) fn names(address: &Address, text: &str) -> bool {
    if address.to_string() == text || address.short() == text || address.local_name() == text {
        return true;
    }
    text.split_once('/').is_some_and(|(kind, name)| {
        Kind::parse_loosely(kind) == Some(address.kind) && address.local_name() == name
    })
}

/// Whether a text as people type it means an object by its short name, `campaign/spring-sale`.
pub(crate) fn names_text(short: &str, text: &str) -> bool {
    let Some((kind, name)) = short.split_once('/') else { return short == text };
    let same_kind = |typed: &str| {
        typed == kind
            || Kind::parse_loosely(typed).is_some_and(|typed| Kind::parse_loosely(kind) == Some(typed))
    };
    short == text
        || name == text
        || text.split_once('/').is_some_and(|(typed, rest)| rest == name && same_kind(typed))
}

/// Reads `--selector`.
pub(crate) fn selector(text: &str) -> Result<Selector, Failure> {
    text.parse().map_err(|error: InvalidSelector| {
        Failure::from_error(Exit::Usage, &error)
            .hint("write `key=value`, `key!=value` or `key`, joined by commas")
    })
}

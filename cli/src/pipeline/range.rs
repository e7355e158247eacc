//! `--from REV --to REV`: a plan of what a range of commits changes, and of nothing else.
//!
//! What is wanted comes from `--to`, or from the working copy. An object is in scope when what is wanted of it differs
//! from `--from`; its parents and children stay in view and are left as they are, unless a replacement moves them. An
//! object that `--from` holds and `--to` does not was taken out in the range: that is the proof that its removal was
//! meant, where both sides hold the whole project.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Address;
use adplane_core::desired::{Desired, DesiredAccount, DesiredObject};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{FieldPath, FieldSource};
use adplane_core::overlay::{Overlay, Target};
use adplane_core::plan::document::DocumentRange;
use adplane_core::plan::{Removal, Removals};
use adplane_manifest::FileTree;

use super::filter::{self, family};
use super::{Prepared, prepare_from, revision};
use crate::args::{Global, PathArgs};
use crate::error::{Exit, Failure};
use crate::settings::Settings;

/// The revisions as they were typed.
pub(crate) struct Revisions<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: Option<&'a str>,
}

/// Loads both ends of a range and leaves only what it changes.
pub(crate) fn prepare_range(
    global: &Global,
    settings: &Settings,
    paths: &PathArgs,
    revisions: &Revisions<'_>,
) -> Result<Prepared, Failure> {
    let git = revision::repository(&settings.cwd)?;
    let failed = |error| revision::git_failure(&error);
    let root = revision::root_near(&*git, &settings.cwd);
    let from = git.revision(revisions.from).map_err(failed)?;
    let tip = git.revision(revisions.to.unwrap_or("HEAD")).map_err(failed)?;
    // What others added beside the range would look removed: changes count from where both lines parted.
    let base = git.merge_base(from, tip).map_err(failed)?.ok_or_else(|| {
        let message =
            format!("`{}` and `{}` share no commit", revisions.from, revisions.to.unwrap_or("HEAD"));
        Failure::error(message).hint("compare revisions of one history; fetch more of it in a shallow clone")
    })?;
    if revisions.to.is_some() && base == tip && from != tip {
        let message = format!("`{}` comes after `{}`", revisions.from, revisions.to.unwrap_or("HEAD"));
        return Err(Failure::new(Exit::Usage, message).hint("swap `--from` and `--to`"));
    }
    let wanted = match revisions.to {
        Some(_) => revision::tree(&git, tip, &root)?,
        None => FileTree::default(),
    };
    let former = prepare_from(settings, paths, revision::tree(&git, base, &root)?);
    let mut prepared = prepare_from(settings, paths, wanted);
    prepared.range =
        Some(DocumentRange { from: base.to_string(), to: revisions.to.map(|_| tip.to_string()) });
    if base != from {
        let message = format!("changes count from {}, where `{}` was left", base.short(), revisions.from);
        prepared.notes.push(Diagnostic::info("range-from-merge-base", message));
    }
    narrow(&mut prepared, &former);
    filter::filter(&mut prepared.desired, global, &[])?;
    prepared.desired.complete = false;
    Ok(prepared)
}

/// Leaves what differs between two states of a project, with its family held.
fn narrow(prepared: &mut Prepared, former: &Prepared) {
    let errors = former.diagnostics.iter().filter(|finding| finding.is_error()).count();
    if errors > 0 {
        let message = format!(
            "the YAML had {errors} errors where the range begins; what could not be read counts as new"
        );
        prepared.notes.push(Diagnostic::warning("range-from-unsound", message));
    }
    let changed = changed(&former.desired, &prepared.desired);
    prepared.former = managed(&former.desired, &prepared.desired, &changed);
    prepared.edited = edited(&former.desired, &prepared.desired, &changed);
    removals(prepared, former);
    let mut kept = changed.clone();
    family(&prepared.desired, &mut kept);
    for account in prepared.desired.accounts.values_mut() {
        account.objects.retain(|address, _| kept.contains(address));
    }
    for address in kept.difference(&changed) {
        prepared.held.hold_object(address.clone());
    }
}

/// The object's counterpart in the former state: under its name, else under the name it had.
fn counterpart<'a>(former: &'a Desired, object: &DesiredObject) -> Option<&'a DesiredObject> {
    former.object(&object.address).or_else(|| former.object(&former_address(object)?))
}

fn former_address(object: &DesiredObject) -> Option<Address> {
    let from = object.moved_from.as_ref()?;
    let mut address = object.address.clone();
    let name = from.split('/').next().unwrap_or_default();
    address.name = adplane_core::ids::ObjectName::new(name).ok()?;
    Some(address)
}

/// Addresses whose wanted state differs.
fn changed(former: &Desired, wanted: &Desired) -> BTreeSet<Address> {
    let renamed: BTreeMap<&Address, Address> = wanted
        .accounts
        .values()
        .flat_map(|account| account.objects.values())
        .filter(|object| former.object(&object.address).is_none())
        .filter_map(|object| Some((&object.address, former_address(object)?)))
        .collect();
    let whole = former.project != wanted.project;
    let moved = overridden(former, wanted);
    let mut changed = BTreeSet::new();
    for (key, account) in &wanted.accounts {
        let all = whole || former.accounts.get(key).is_none_or(|old| !same_account(old, account));
        for object in account.objects.values() {
            let same = former.object(&object.address).is_some_and(|old| same_object(old, object, &renamed));
            if all || !same || moved.contains_key(&Target::of(&object.address)) {
                changed.insert(object.address.clone());
            }
        }
    }
    changed
}

/// Fields whose overrides the range adds, takes out or changes, or whose rule it does.
fn overridden(former: &Desired, wanted: &Desired) -> BTreeMap<Target, BTreeSet<FieldPath>> {
    let counting = |desired: &Desired| -> Vec<Overlay> {
        let authors = desired.overlays.authors.as_ref();
        let known = |overlay: &&Overlay| match (&overlay.rule, authors) {
            (Some(rule), Some(authors)) => {
                authors.contains(&(overlay.object.namespace.clone(), rule.clone()))
            }
            (None, _) | (_, None) => true,
        };
        desired
            .overlays
            .given
            .iter()
            .filter(known)
            .map(|one| Overlay { origin: None, ..one.clone() })
            .collect()
    };
    let (before, after) = (counting(former), counting(wanted));
    let gone = before.iter().filter(|overlay| !after.contains(overlay));
    let new = after.iter().filter(|overlay| !before.contains(overlay));
    let mut found: BTreeMap<Target, BTreeSet<FieldPath>> = BTreeMap::new();
    for overlay in gone.chain(new) {
        found.entry(overlay.object.clone()).or_default().insert(overlay.setting.path());
    }
    found
}

fn same_account(one: &DesiredAccount, other: &DesiredAccount) -> bool {
    one.platform == other.platform
        && one.account_id == other.account_id
        && one.currency == other.currency
        && one.zone == other.zone
        && one.management == other.management
}

/// Whether the same is wanted of an object; where it was written does not count.
fn same_object(old: &DesiredObject, new: &DesiredObject, renamed: &BTreeMap<&Address, Address>) -> bool {
    let before = |address: &Option<Address>| {
        address.as_ref().map(|address| renamed.get(address).unwrap_or(address).clone())
    };
    let fields = |object: &DesiredObject| object.fields.len();
    old.parent == before(&new.parent)
        && old.budget == before(&new.budget)
        && old.deletion_policy == new.deletion_policy
        && old.external_id == new.external_id
        && old.rules_may_pause == new.rules_may_pause
        && old.clear.keys().eq(new.clear.keys())
        && fields(old) == fields(new)
        && old.fields.iter().zip(&new.fields).all(|((path, one), (other_path, other))| {
            path == other_path
                && one.value == other.value
                && one.owner == other.owner
                && one.source == other.source
        })
}

fn compared(object: &DesiredObject) -> impl Iterator<Item = &FieldPath> {
    object.fields.iter().filter(|(_, field)| field.source != FieldSource::CreateDefault).map(|(path, _)| path)
}

/// Fields that were managed where the range begins, of objects that it changes.
fn managed(
    former: &Desired,
    wanted: &Desired,
    changed: &BTreeSet<Address>,
) -> BTreeMap<Address, BTreeSet<FieldPath>> {
    let objects = changed.iter().filter_map(|address| wanted.object(address));
    let pairs = objects.filter_map(|object| Some((object, counterpart(former, object)?)));
    pairs.map(|(object, old)| (object.address.clone(), compared(old).cloned().collect())).collect()
}

/// Fields whose wanted value the range changes.
fn edited(
    former: &Desired,
    wanted: &Desired,
    changed: &BTreeSet<Address>,
) -> BTreeMap<Address, BTreeSet<FieldPath>> {
    let objects = changed.iter().filter_map(|address| wanted.object(address));
    let moved = overridden(former, wanted);
    objects
        .map(|object| {
            let old = counterpart(former, object);
            let overridden = moved.get(&Target::of(&object.address));
            let differs = |path: &&FieldPath| {
                old.and_then(|old| old.value(path.as_str())) != object.value(path.as_str())
                    || overridden.is_some_and(|paths| paths.contains(*path))
            };
            (object.address.clone(), compared(object).filter(differs).cloned().collect())
        })
        .collect()
}

/// Takes up what was taken out since a former state; nothing when that was nothing.
pub(crate) fn take_removals(prepared: &mut Prepared, former: &Prepared) {
    removals(prepared, former);
    if prepared.removals.as_ref().is_some_and(|removals| removals.iter().next().is_none()) {
        prepared.removals = None;
    }
}

/// Objects that the range took out.
fn removals(prepared: &mut Prepared, former: &Prepared) {
    let wanted = &prepared.desired;
    let renamed: BTreeSet<Address> = wanted
        .accounts
        .values()
        .flat_map(|account| account.objects.values())
        .filter_map(former_address)
        .collect();
    let bound: BTreeSet<_> = wanted
        .accounts
        .iter()
        .flat_map(|(key, account)| {
            account.objects.values().filter_map(move |object| Some((key, object.external_id.as_ref()?)))
        })
        .collect();
    let proven = wanted.complete && former.desired.complete;
    let mut removals = Removals::default();
    let mut unproven = 0_usize;
    for (key, account) in &former.desired.accounts {
        let gone = account.objects.values().filter(|object| {
            let still_bound = object.external_id.as_ref().is_some_and(|id| bound.contains(&(key, id)));
            wanted.object(&object.address).is_none() && !renamed.contains(&object.address) && !still_bound
        });
        let gone: Vec<&DesiredObject> = gone.collect();
        if gone.is_empty() {
            continue;
        }
        if !wanted.accounts.contains_key(key) {
            let message =
                format!("account {key} was taken out with {} objects, which stay as they are", gone.len());
            let found = Diagnostic::warning("account-removed", message)
                .hint("remove the objects first and apply that, then the account");
            prepared.notes.push(found);
            continue;
        }
        if !proven {
            unproven += gone.len();
            continue;
        }
        for object in gone {
            let removal = Removal { address: object.address.clone(), policy: object.deletion_policy };
            removals.insert(&object.identity(&account.account_id), removal);
        }
    }
    if unproven > 0 {
        let message =
            format!("{unproven} objects were taken out of the files, and their removal is not planned");
        let found = Diagnostic::info("removal-unproven", message)
            .hint("plan the whole project (no PATH): only then is it certain that nothing else holds them");
        prepared.notes.push(found);
    }
    prepared.removals = Some(removals);
}

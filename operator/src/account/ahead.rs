//! What goes ahead of a plan that waits: a rule that stops a loss does not wait for people to agree to something else, nor
//! does a pool that lowers an amount.
//!
//! It is a plan of its own, of fields that these have in force, of class `lower` and nothing else, through the same gates.
//! What else they have in force stands in nobody's way: it stays in the rest, which is planned without these fields, and
//! waits as it is, with its approvals.

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::overlay::Standing as OverlayStanding;
use adplane_core::plan::document::PlanDocument;
use adplane_core::plan::{Class, Fields, Held, Removals, beyond};
use adplane_engine::approve::ApprovedPlan;

use super::authors::authors;
use super::decide::{Standing, standing};
use super::gather::World;
use super::planning::plan_of;
use crate::config::Config;

/// A plan that goes ahead.
#[derive(Debug)]
pub struct Ahead {
    /// The plan.
    pub document: PlanDocument,
    /// As it may be applied.
    pub approved: Box<ApprovedPlan>,
    /// Its fields.
    fields: Fields,
}

impl Ahead {
    /// Holds its fields, so that the rest is planned without them.
    pub(super) fn hold(&self, held: &mut Held) {
        for (address, paths) in &self.fields {
            for path in paths {
                held.hold_field(address, path);
            }
        }
    }
}

/// What may go ahead of a plan that stands so; `held` is what no plan touches.
pub(super) fn ahead(world: &World, config: &Config, held: &Held, whole: &Standing) -> Option<Ahead> {
    if !matches!(whole, Standing::Waiting(_) | Standing::Denied { .. }) {
        return None;
    }
    let fields = moved(world);
    if fields.is_empty() {
        return None;
    }
    let candidates = candidates(&plan(world, config, held, &fields), &fields);
    let of = |chosen: &[(Address, FieldPath)]| {
        let mut fields = Fields::new();
        for (address, path) in chosen {
            fields.entry(address.clone()).or_default().insert(path.clone());
        }
        fields
    };
    let chosen = grow(&candidates, &mut |chosen| ready(world, config, held, of(chosen)).is_some());
    if chosen.is_empty() { None } else { ready(world, config, held, of(&chosen)) }
}

/// A plan of these fields and nothing else.
fn plan(world: &World, config: &Config, held: &Held, fields: &Fields) -> PlanDocument {
    let desired = &world.wanted.desired;
    let mut only = Held::all_but(desired, fields);
    only.extend(held.clone());
    plan_of(world, config, desired, &only, Some(Removals::default()))
}

/// The plan of these fields, where it lowers spend, does nothing else, and nobody is asked about it.
fn ready(world: &World, config: &Config, held: &Held, fields: Fields) -> Option<Ahead> {
    let mut document = plan(world, config, held, &fields);
    let lowers = document.classes.iter().all(|class| *class == Class::Lower);
    if document.steps.is_empty() || !lowers || beyond(&document, &fields).is_some() {
        return None;
    }
    document.authors = authors(&world.wanted, &world.resources, world.authors_stamped, &document);
    document.seal();
    match standing(world, config, &document) {
        Standing::Ready(approved) => Some(Ahead { document, approved, fields }),
        _ => None,
    }
}

/// Fields that a plan writes and that may lower spend by themselves: where an object has several, any of them may.
fn candidates(document: &PlanDocument, fields: &Fields) -> Vec<(Address, FieldPath)> {
    let mut found = Vec::new();
    for change in document.changes.iter().filter(|change| change.action.writes()) {
        let Some(paths) = fields.get(&change.address) else { continue };
        if change.class == Some(Class::Lower) || paths.len() > 1 {
            let moved = change.fields.iter().filter(|field| paths.contains(&field.path));
            found.extend(moved.map(|field| (change.address.clone(), field.path.clone())));
        }
    }
    found
}

/// As many of these as fit together; one that does not fit keeps no other back. Few that do not fit are found in few steps.
fn grow<T: Clone>(all: &[T], fits: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    let mut parts = vec![all];
    while let Some(part) = parts.pop() {
        let together: Vec<T> = kept.iter().chain(part).cloned().collect();
        if part.is_empty() {
            continue;
        }
        if fits(&together) {
            kept = together;
        } else if part.len() > 1 {
            let (first, second) = part.split_at(part.len() / 2);
            parts.extend([second, first]);
        }
    }
    kept
}

/// The fields that rules and pools have in force.
fn moved(world: &World) -> Fields {
    let mut fields = Fields::new();
    let settled = world.wanted.desired.overlays.settled.iter();
    for settled in settled.filter(|settled| settled.standing == OverlayStanding::InForce) {
        if settled.overlay.rule.is_some() {
            fields.entry(settled.address.clone()).or_default().insert(settled.overlay.setting.path());
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::grow;

    #[test]
    fn what_may_not_go_ahead_keeps_nothing_else_back() {
        let grown = |all: &[i32], fits: &dyn Fn(&[i32]) -> bool| grow(all, &mut |part| fits(part));
        let lowers = |part: &[i32]| part.iter().all(|one| *one < 0);
        assert_eq!(grown(&[-1, -2, -3], &lowers), [-1, -2, -3]);
        assert_eq!(grown(&[5, -1], &lowers), [-1], "a raise beside a pause");
        assert_eq!(grown(&[-1, 7, -2, -3, 8], &lowers), [-1, -2, -3]);
        assert!(grown(&[5, 6], &lowers).is_empty());
        let two = |part: &[i32]| part.len() <= 2;
        assert_eq!(grown(&[1, 2, 3, 4], &two), [1, 2], "what is denied only together goes as far as it may");
        assert!(grown(&[], &lowers).is_empty());
    }

    #[test]
    fn one_that_does_not_fit_is_found_in_few_steps() {
        let all: Vec<i32> = (0..1024).collect();
        let mut tries = 0;
        let kept = grow(&all, &mut |part| {
            tries += 1;
            !part.contains(&700)
        });
        assert_eq!(kept.len(), 1023);
        assert!(tries < 30, "{tries}");
    }
}

//! From binding and difference to an action, object by object, parents first.

use std::collections::HashMap;

use super::Plan;
use super::action::{Action, Blocked, Reason};
use super::bind::{Binding, How, Live};
use super::change::{Change, FieldChange, Precondition};
use super::diff::{self, Difference};
use super::input::PlanInput;
use super::leftovers;
use crate::address::{Address, Kind};
use crate::desired::{DesiredAccount, DesiredObject, Management};
use crate::diagnostic::Diagnostic;
use crate::field::FieldPath;
use crate::ids::ExternalId;
use crate::marker::Owner;
use crate::observed::{Coverage, ObservedAccount, ObservedObject};
use crate::schema::{KindSchema, PlatformSchema};

const NO_CREATES: &str = "write a new campaign instead; what exists can still be paused and budgeted";

/// What is known of an object that others refer to.
#[derive(Debug, Clone)]
enum Referent {
    /// It is live and stays.
    Live(ExternalId),
    /// It comes into being with this plan.
    Planned { replaced: bool },
    /// It cannot come into being.
    Blocked,
}

/// One account while it is being planned.
struct Decider<'a, 'b> {
    input: &'b PlanInput<'a>,
    account: &'a DesiredAccount,
    schema: &'static PlatformSchema,
    live: Live<'a>,
    owner: Option<Owner>,
    /// Absence proves nothing: nothing may be created.
    partial: Option<String>,
    referents: HashMap<&'a Address, Referent>,
    /// Objects that are replaced since their children cannot be replaced below them, with the path behind it.
    forced: HashMap<&'a Address, FieldPath>,
}

/// Plans one account.
pub(super) fn account<'a>(input: &PlanInput<'a>, account: &'a DesiredAccount, plan: &mut Plan) {
    let Some(schema) = input.schemas.get(&account.platform) else { return };
    let Some(observed) = input.observed.accounts.get(&account.key) else {
        return block_all(account, plan, "account-not-read", "the account was not read", "plan it again");
    };
    plan.diagnostics.extend(observed.diagnostics.iter().cloned());
    if let Err(problem) = assertions_hold(account, observed) {
        let why = problem.message.clone();
        plan.diagnostics.push(problem);
        return block_all(account, plan, "account-differs", &why, "correct the AdAccount");
    }
    if let (Coverage::Partial { because }, None) = (&observed.coverage, &observed.facts) {
        let unblock = "make the account readable (`adplane doctor` tells what is wrong), then plan again";
        return block_all(account, plan, "account-not-read", because, unblock);
    }
    let mut decider = Decider {
        input,
        account,
        schema,
        live: Live::new(input, observed),
        owner: input.desired.owner(),
        partial: match &observed.coverage {
            Coverage::Complete => None,
            Coverage::Partial { because } => Some(because.clone()),
        },
        referents: HashMap::new(),
        forced: HashMap::new(),
    };
    let first = plan.changes.len();
    plan.changes.extend(decider.everything());
    let bound: Vec<ExternalId> = plan.changes[first..]
        .iter()
        .flat_map(|change| change.id.iter().chain(&change.superseded))
        .cloned()
        .collect();
    if decider.partial.is_none() {
        leftovers::leftovers(input, account, observed, &decider.live, &bound, plan);
    }
    if account.management == Management::Observe {
        for change in plan.changes[first..].iter_mut().filter(|change| change.action.writes()) {
            block(
                change,
                "observed-only",
                "the account is only observed",
                "set `management: Manage` on the AdAccount",
            );
        }
    }
}

fn assertions_hold(account: &DesiredAccount, observed: &ObservedAccount) -> Result<(), Diagnostic> {
    let Some(facts) = &observed.facts else { return Ok(()) };
    let problem = |code, message, field: &str, hint: String| {
        Err(Diagnostic::error(code, message).at(account.origin.as_ref()).field(field).hint(hint))
    };
    if facts.currency != account.currency {
        let message =
            format!("account {} is billed in {}, not {}", account.key, facts.currency, account.currency);
        return problem(
            "wrong-currency",
            message,
            "currency",
            format!("write `currency: {}`", facts.currency),
        );
    }
    if facts.zone != account.zone {
        let message = format!("account {} reports in {}, not {}", account.key, facts.zone, account.zone);
        return problem("wrong-time-zone", message, "timeZone", format!("write `timeZone: {}`", facts.zone));
    }
    if let Some(word) = &facts.inactive {
        let message =
            format!("account {} is not active on {}: {word}", account.key, account.platform.title());
        return problem("account-inactive", message, "accountId", "reactivate the account first".into());
    }
    Ok(())
}

fn block_all(account: &DesiredAccount, plan: &mut Plan, code: &str, why: &str, unblock: &str) {
    for object in account.objects.values() {
        let mut change = Change::of(object, Action::Blocked);
        block(&mut change, code, why, unblock);
        plan.changes.push(change);
    }
}

/// Turns a change into a blocked one; its fields stay visible.
fn block(change: &mut Change, code: &str, why: &str, unblock: &str) {
    change.action = Action::Blocked;
    change
        .reasons
        .insert(0, Reason::Blocked(Blocked { code: code.into(), why: why.into(), unblock: unblock.into() }));
}

impl Change {
    /// A change of a desired object, without fields yet.
    fn of(object: &DesiredObject, action: Action) -> Self {
        Self {
            address: object.address.clone(),
            display_name: object.display_name().to_owned(),
            action,
            class: None,
            id: None,
            superseded: Vec::new(),
            parent: object.parent.clone(),
            parent_id: None,
            budget: object.budget.clone(),
            budget_id: None,
            marker: None,
            fields: Vec::new(),
            reasons: Vec::new(),
            preconditions: Vec::new(),
            origin: object.origin.clone(),
        }
    }
}

/// Every field of an object, as a create sends it.
fn all_fields(object: &DesiredObject, live: Option<&ObservedObject>) -> Vec<FieldChange> {
    let before = |path| live.and_then(|live: &ObservedObject| live.fields.get(path)).cloned();
    object.fields.iter().map(|(path, field)| diff::set(path, field, before(path))).collect()
}

impl<'a> Decider<'a, '_> {
    /// Decides every object, parents first; once more where a replacement takes its parent along.
    fn everything(&mut self) -> Vec<Change> {
        loop {
            self.referents.clear();
            let mut changes = Vec::with_capacity(self.account.objects.len());
            for kind in Kind::ALL {
                for object in self.account.objects.values().filter(|object| object.address.kind == kind) {
                    let change = self.object(object);
                    self.remember(object, &change);
                    changes.push(change);
                }
            }
            let before = self.forced.len();
            for change in changes.iter().filter(|change| change.action == Action::Replace) {
                self.force_parent(change);
            }
            if self.forced.len() == before {
                return changes;
            }
        }
    }

    /// A replaced object and its successor have one parent. Where that must not be, since they would differ in
    /// what siblings share, the parent is replaced with them.
    fn force_parent(&mut self, change: &Change) {
        let Some(object) = self.account.objects.get(&change.address) else { return };
        let Some(parent) = object.parent.as_ref() else { return };
        let live = change.id.as_ref().and_then(|id| self.live.by_id(change.address.kind, id.as_str()));
        let shared = change
            .fields
            .iter()
            .filter(|field| field.immutable)
            .find(|field| live.is_some_and(|live| live.shared.contains(&field.path.as_str())));
        if let (Some(field), false) = (shared, self.forced.contains_key(parent)) {
            self.forced.insert(parent, field.path.clone());
        }
    }

    fn remember(&mut self, object: &'a DesiredObject, change: &Change) {
        let referent = match (change.action, &change.id) {
            (Action::Replace, _) => Referent::Planned { replaced: true },
            (Action::Create, _) => Referent::Planned { replaced: false },
            (_, Some(id)) => Referent::Live(id.clone()),
            (_, None) => Referent::Blocked,
        };
        self.referents.insert(&object.address, referent);
    }

    fn object(&mut self, object: &'a DesiredObject) -> Change {
        let mut change = Change::of(object, Action::None);
        let Some(schema) = self.schema.kind(object.address.kind) else {
            let why = format!("{} has no {}", self.schema.platform.title(), object.address.kind);
            block(&mut change, "kind-unsupported", &why, "remove it from the YAML");
            return change;
        };
        change.marker = self.owner.as_ref().map(|owner| object.marker(owner, &self.account.account_id));
        let held = self.holds(object);
        match self.live.bind(self.input, self.account, object) {
            Binding::Missing | Binding::Duplicate(_) | Binding::UnknownId(_) if held => return change,
            Binding::Missing => self.missing(object, &mut change),
            Binding::Found(live, how) => self.found(object, schema, live, how, &mut change),
            Binding::Duplicate(several) => {
                let ids: Vec<&str> = several.iter().map(|live| live.id.as_str()).collect();
                let why = format!("{} live objects carry its marker: {}", ids.len(), ids.join(", "));
                let unblock = "decide which one it is: annotate it with `adplane.io/external-id`, and remove the \
                               marker from the others";
                block(&mut change, "duplicate-marker", &why, unblock);
            }
            Binding::UnknownId(id) => {
                let why = format!("the platform has no {} with id {id}", object.address.kind);
                block(&mut change, "unknown-external-id", &why, "correct or remove the external id");
            }
        }
        if change.action != Action::Blocked && !held {
            self.retire_superseded(object, &mut change);
        }
        change
    }

    /// Whether the plan leaves the object as it is.
    fn holds(&self, object: &DesiredObject) -> bool {
        self.input.options.held.object(&object.address)
    }

    /// A crash between the steps of a replacement can leave old objects running.
    fn retire_superseded(&self, object: &DesiredObject, change: &mut Change) {
        let key = object.identity(&self.account.account_id).superseded();
        let running = self.live.by_key(object.address.kind, &key).iter().filter(|old| old.is_active());
        for old in running {
            change.superseded.push(old.id.clone());
            change
                .preconditions
                .push(Precondition::Marker { id: old.id.clone(), marker: old.marker.clone() });
            change.reasons.push(Reason::Superseded { id: old.id.clone() });
            if change.action == Action::None {
                change.action = Action::Update;
            }
        }
    }

    fn missing(&self, object: &DesiredObject, change: &mut Change) {
        change.action = Action::Create;
        change.fields = all_fields(object, None);
        change.reasons.push(Reason::NotOnPlatform);
        change.preconditions.push(Precondition::Absent { key: object.identity(&self.account.account_id) });
        let references = [("parent", &object.parent), ("budget", &object.budget)];
        for (role, reference) in references {
            let Some(reference) = reference else { continue };
            match self.referents.get(reference) {
                Some(Referent::Live(id)) => {
                    if let Some(why) =
                        self.live.by_id(reference.kind, id.as_str()).and_then(|live| live.no_creates.as_ref())
                    {
                        return block(change, "no-creates", why, NO_CREATES);
                    }
                    change.preconditions.push(Precondition::Exists { id: id.clone() });
                    match role {
                        "parent" => change.parent_id = Some(id.clone()),
                        _ => change.budget_id = Some(id.clone()),
                    }
                }
                Some(Referent::Planned { .. }) => {}
                Some(Referent::Blocked) if self.input.options.held.object(reference) => {
                    let why = format!(
                        "{} is not on the platform, and this plan leaves it alone",
                        reference.short()
                    );
                    return block(change, "parent-held", &why, "plan the whole project");
                }
                Some(Referent::Blocked) | None => {
                    let why = format!("{} is blocked", reference.short());
                    return block(change, "parent-blocked", &why, "unblock it first");
                }
            }
        }
        if let Some(because) = &self.partial {
            let why = format!("the account was read only in part ({because}), so it may exist already");
            return block(change, "partial-coverage", &why, "plan again when the account can be read whole");
        }
        if self.schema.marker_in_name {
            change.preconditions.push(Precondition::NoLookAlike {
                name: object.display_name().to_owned(),
                parent: change.parent_id.clone(),
            });
        }
        if self.schema.marker_in_name
            && let Some(alike) = self.live.look_alike(object, change.parent_id.as_ref())
        {
            let why = format!(
                "a {} named `{}` without a marker exists already (id {})",
                object.address.kind,
                object.display_name(),
                alike.id
            );
            let unblock = format!(
                "bind it with `adplane.io/external-id: \"{}\"` (an ad: `externalId`), or rename one of the two",
                alike.id
            );
            block(change, "look-alike", &why, &unblock);
        }
    }

    fn found(
        &self,
        object: &DesiredObject,
        schema: &KindSchema,
        live: &'a ObservedObject,
        how: How,
        change: &mut Change,
    ) {
        change.id = Some(live.id.clone());
        change.parent_id.clone_from(&live.parent);
        let budget = object.budget.as_ref().and_then(|address| match self.referents.get(address) {
            Some(Referent::Live(id)) => Some(id),
            _ => None,
        });
        change.budget_id = budget.cloned();
        if self.holds(object) && self.moved(object, live).is_none() {
            return;
        }
        let difference = diff::diff(
            object,
            live,
            schema,
            budget,
            self.input.options.held.fields(&object.address),
            self.input.now,
        );
        let moved = self.moved(object, live);
        let wants_write = !difference.fields.is_empty() || moved.is_some();
        self.settle(object, schema, live, how, difference, moved, change);
        if change.action == Action::Replace {
            self.place(object, change);
        }
        if change.action.writes() {
            change
                .preconditions
                .push(Precondition::Marker { id: live.id.clone(), marker: live.marker.clone() });
            change.preconditions.extend(
                change.fields.iter().filter(|field| field.before != field.after).map(|field| {
                    Precondition::Field {
                        id: live.id.clone(),
                        path: field.path.clone(),
                        value: field.before.clone(),
                    }
                }),
            );
        }
        let foreign = live.marker.is_some() && !self.live.is_ours(live);
        if foreign && change.action.writes() {
            if self.input.options.take_over {
                change.reasons.push(Reason::TakenOver);
            } else {
                let unblock = "have its owner release it, or run again with `--take-over`";
                block(change, "owned-by-another", "it carries another owner's marker", unblock);
            }
        } else if change.action == Action::Replace
            && let Some(why) = &live.no_creates
        {
            block(change, "no-creates", why, NO_CREATES);
        } else if wants_write && let Some(why) = &live.read_only {
            block(change, "read-only", why, "change it on the platform, or remove the fields from the YAML");
        }
    }

    /// A replacement stands under the wanted parent, which may be another than the old object's.
    fn place(&self, object: &DesiredObject, change: &mut Change) {
        change.parent_id = match object.parent.as_ref().and_then(|parent| self.referents.get(parent)) {
            Some(Referent::Live(id)) => {
                change.preconditions.push(Precondition::Exists { id: id.clone() });
                Some(id.clone())
            }
            Some(Referent::Planned { .. } | Referent::Blocked) | None => None,
        };
    }

    /// Whether the object sits under another parent than wanted, and which reason that gives.
    fn moved(&self, object: &DesiredObject, live: &ObservedObject) -> Option<Reason> {
        if let Some(path) = self.forced.get(&object.address) {
            return Some(Reason::Immutable { path: path.clone() });
        }
        let parent = object.parent.as_ref()?;
        match self.referents.get(parent) {
            Some(Referent::Live(id)) if live.parent.as_ref() != Some(id) => {
                let path = if object.address.kind == Kind::Ad { "adGroup" } else { "campaign" };
                Some(Reason::Immutable { path: path.into() })
            }
            Some(Referent::Planned { replaced: true }) => {
                Some(Reason::ParentReplaced { parent: parent.clone() })
            }
            Some(Referent::Planned { replaced: false }) => Some(Reason::Immutable { path: "parent".into() }),
            Some(Referent::Live(_) | Referent::Blocked) | None => None,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one flat decision over everything known of the pair")]
    fn settle(
        &self,
        object: &DesiredObject,
        schema: &KindSchema,
        live: &ObservedObject,
        how: How,
        difference: Difference,
        moved: Option<Reason>,
        change: &mut Change,
    ) {
        if let Some((path, hint)) = difference.refused {
            change.fields = difference.fields;
            let why = format!("`{path}` cannot be changed on {}", self.schema.platform.title());
            return block(change, "field-fixed", &why, hint);
        }
        if moved.is_some() || !difference.immutable.is_empty() {
            change.action = Action::Replace;
            if live.is_active() {
                change.superseded.push(live.id.clone());
            }
            change.fields = all_fields(object, Some(live));
            for field in &mut change.fields {
                field.immutable = difference.immutable.contains(&field.path);
            }
            change.reasons.extend(moved);
            change.reasons.extend(difference.immutable.into_iter().map(|path| Reason::Immutable { path }));
            change.reasons.push(Reason::Lost { what: schema.lost_with_it.into() });
            return;
        }
        let changed = !difference.fields.is_empty();
        change.fields = difference.fields;
        if let Some((path, hint)) = difference.past {
            let why = format!("`{path}` has passed, and {} keeps it then", self.schema.platform.title());
            return block(change, "field-past", &why, hint);
        }
        let key_differs = match (&live.marker, &change.marker) {
            (Some(live), Some(wanted)) => live.key != wanted.key || live.owner != wanted.owner,
            _ => false,
        };
        let ours = self.live.is_ours(live);
        change.action = match (how, live.marker.is_some()) {
            (How::Cache, _) => {
                change.reasons.push(Reason::MarkerLost);
                Action::Update
            }
            (_, false) if changed || self.input.options.adopt_now => {
                change.reasons.push(Reason::Bound { id: live.id.clone() });
                Action::Adopt
            }
            // The written id keeps naming it, so the marker can wait for a change that is needed anyway.
            (How::ExternalId, true) if ours && !changed && !self.input.options.adopt_now => Action::None,
            (_, true) if ours && key_differs => {
                change
                    .reasons
                    .push(Reason::Renamed { from: object.moved_from.as_ref().map(ToString::to_string) });
                Action::Update
            }
            (_, true) if changed => Action::Update,
            (_, true) if !ours && self.input.options.take_over => Action::Adopt,
            (_, true | false) => Action::None,
        };
    }
}

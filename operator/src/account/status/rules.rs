//! What a rule's resource tells: whether it runs, and what it came to. Written anew when anything but the time changed.

use adplane_core::rules::Rule;
use adplane_manifest::api::status::{Condition, ConditionStatus, ResourceStatus, RuleRuns};
use adplane_manifest::api::text::{Instant, Note};
use jiff::{SignedDuration, Timestamp};

use super::super::gather::World;
use super::super::rules::{Idle, Ran, RuleTold};
use super::conditions::{Found, Reason, Type, seconds};
use crate::cache::{Resource, ResourceKey};
use crate::plans::note;

/// What a rule that is sound as it is written tells.
pub(super) fn rule(
    world: &World,
    ran: &Ran,
    resource: &Resource,
    former: &ResourceStatus,
) -> (ResourceStatus, Vec<Found>) {
    let told = ran.merged.get(&resource.key);
    let runs = told.and_then(runs);
    let status = ResourceStatus { runs: due(runs, former, world), ..ResourceStatus::default() };
    let compiled = world.wanted.rules.iter().find(|rule| is_of(rule, &resource.key));
    (status, conditions(ran, told, compiled, resource, former))
}

fn is_of(rule: &Rule, key: &ResourceKey) -> bool {
    rule.key.namespace.as_str() == &*key.namespace && rule.key.name.as_str() == &*key.name
}

fn conditions(
    ran: &Ran,
    told: Option<&RuleTold>,
    compiled: Option<&Rule>,
    resource: &Resource,
    former: &ResourceStatus,
) -> Vec<Found> {
    let ready = |reason, message: String| vec![Found::new(Type::Ready, false, reason, message)];
    if let Some(because) = told.and_then(|told| told.suspended.clone()) {
        return vec![
            Found::new(Type::Ready, false, Reason::WritesFailed, because.clone()),
            Found::new(Type::Suspended, true, Reason::WritesFailed, because),
        ];
    }
    if let Some(trouble) = &ran.trouble {
        return ready(Reason::NotRun, trouble.clone());
    }
    match &ran.idle {
        Some(Idle::Blind) => ready(Reason::AccountUnreadable, "see the account".to_owned()),
        Some(Idle::Suspended) => ready(Reason::Suspended, "see the account".to_owned()),
        Some(Idle::Ungoverned(because)) => ready(Reason::PolicyInvalid, because.clone()),
        Some(Idle::Unmeasured) => {
            ready(Reason::Unmeasured, "the operator's configuration has no `metrics`".to_owned())
        }
        Some(Idle::NotYet) => standing(resource, former).map_or_else(
            || ready(Reason::Waiting, "it runs once what is delivered was read".to_owned()),
            |found| vec![found],
        ),
        None => {
            let mode = compiled.map(|rule| format!("mode `{}`", rule.mode.word())).unwrap_or_default();
            let only = ran.only_records.map(|why| format!(", {why}")).unwrap_or_default();
            vec![Found::new(Type::Ready, true, Reason::Running, format!("{mode}{only}"))]
        }
    }
}

/// What it told before of the same spec: a restart alone is no news.
fn standing(resource: &Resource, former: &ResourceStatus) -> Option<Found> {
    let conditions = former.conditions.iter().flatten();
    let mut of_spec = conditions.filter(|old| old.observed_generation == Some(resource.generation));
    let old: &Condition = of_spec.find(|old| old.kind.0 == Type::Ready.word())?;
    let (reason, _) = Reason::ALL.iter().find(|(reason, _)| reason.word() == old.reason.0)?;
    let message = old.message.as_ref().map(|message| message.0.clone()).unwrap_or_default();
    Some(Found::new(Type::Ready, old.status == ConditionStatus::True, *reason, message))
}

/// What it came to; nothing before it ran.
fn runs(told: &RuleTold) -> Option<RuleRuns> {
    let count = |number: usize| Some(i64::try_from(number).unwrap_or(i64::MAX));
    let wanted: Vec<Note> = told.wanted.iter().map(|wish| Note(note(wish))).collect();
    Some(RuleRuns {
        last_run: Some(Instant(seconds(told.ran?))),
        objects: count(told.objects),
        fired: count(told.fired),
        unknown: count(told.unknown),
        unknown_because: told.because.as_deref().map(|because| Note(note(because))),
        proposed: count(told.proposed),
        in_force: count(told.in_force),
        wanted: (!wanted.is_empty()).then_some(wanted),
    })
}

/// What is written: what stands, while only the time has changed and that was written a short while ago.
fn due(fresh: Option<RuleRuns>, former: &ResourceStatus, world: &World) -> Option<RuleRuns> {
    let Some(standing) = &former.runs else { return fresh };
    let Some(fresh) = fresh else { return Some(standing.clone()) };
    let undated = |runs: &RuleRuns| RuleRuns { last_run: None, ..runs.clone() };
    let at = standing.last_run.as_ref().and_then(|at| at.0.parse::<Timestamp>().ok());
    let every = SignedDuration::try_from(world.figures_every).unwrap_or(SignedDuration::ZERO);
    let recent = at.is_some_and(|at| world.now.duration_since(at) < every);
    if undated(standing) == undated(&fresh) && recent { Some(standing.clone()) } else { Some(fresh) }
}

#[cfg(test)]
mod tests;

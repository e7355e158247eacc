//! Telling people what rules did, what they ask, and what stopped them: events, and notifications by their routes.

use std::collections::BTreeSet;

use adplane_core::notify::{EventAccount, Happening, Subject};
use adplane_core::rules::{Memory, RuleMemory};
use adplane_engine::notify::happenings;
use adplane_engine::rules::outcome::{evidence, fired, news};
use adplane_engine::rules::{RunStore, Stage, Task};
use adplane_manifest::load::DocumentKind;

use super::super::gather::World;
use super::{Ran, Trouble};
use crate::cache::ResourceKey;
use crate::context::Context;
use crate::events::{self, of_resource};
use crate::notices;

/// How people agree to what a rule proposes: nothing in a cluster does it for them.
const AGREE: &str =
    "to agree, write it in git or as an `Override` of your own; to let go of a hold, delete the rule's";

/// Tells what came about in this look.
pub(super) async fn tell(
    context: &Context,
    world: &World,
    ran: &Ran,
    runs: &RunStore,
) -> Result<(), Trouble> {
    let mut told = ran.blind.clone();
    for task in &ran.moved {
        let values = evidence(task, runs)?;
        if let Some(text) = event(task, world.now, &values) {
            publish(context, world, task.intent.rule.name.as_str(), events::Happening::RuleFired, &text)
                .await;
        }
        if let Some(done) = news(task, world.now) {
            told.push(notice(world, task, done, values));
        }
    }
    told.extend(suspended(context, world, ran, runs).await?);
    notices::keep(context, &world.key, told);
    Ok(())
}

/// One line of what a rule did, where that is new.
fn event(task: &Task, now: jiff::Timestamp, values: &[String]) -> Option<String> {
    let since = task.since >= now;
    let what = match task.stage {
        Stage::Proposed if task.at >= now => {
            format!(
                "proposes, {}: decide by {}; {AGREE}",
                task.why.as_deref().unwrap_or_default(),
                task.until
            )
        }
        Stage::Told if task.at >= now => "tells".to_owned(),
        Stage::InForce if since => "is in force, and planned".to_owned(),
        Stage::Lapsed | Stage::Stale | Stage::Expired | Stage::Lifted | Stage::Agreed if since => {
            format!("is over: {}", task.why.as_deref().unwrap_or_default())
        }
        _ => return None,
    };
    let values = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
    Some(format!("{}: {}{values}: {what}", task.intent.object.short(), task.shown()))
}

fn notice(world: &World, task: &Task, done: bool, mut values: Vec<String>) -> happenings::Told {
    if task.stage == Stage::Proposed {
        values.extend(task.why.iter().map(|why| format!("asked, since {why}")));
        values.push(format!("decide by {}: {AGREE}", task.until));
    }
    let desired = &world.wanted.desired;
    let subject = desired.object(&task.intent.object).map(|object| Subject {
        kind: object.address.kind,
        labels: adplane_core::freeze::effective_labels(desired, object),
    });
    (fired(task, done, values), subject.into_iter().collect())
}

/// Rules that were suspended in this look.
async fn suspended(
    context: &Context,
    world: &World,
    ran: &Ran,
    runs: &RunStore,
) -> Result<Vec<happenings::Told>, Trouble> {
    let mut told = Vec::new();
    for (rule, because) in newly(ran.before.as_ref(), &runs.memory()?) {
        let name = rule.rsplit('/').next().unwrap_or(&rule);
        publish(context, world, name, events::Happening::RuleSuspended, &because).await;
        let account = world.wanted.account().map(|account| EventAccount {
            platform: account.platform,
            namespace: account.key.namespace.clone(),
            name: account.key.name.clone(),
        });
        told.push((Happening::RuleSuspended { rule, account, because }, BTreeSet::new()));
    }
    Ok(told)
}

/// Rules that are suspended and were not before, with why.
fn newly(before: Option<&Memory>, now: &Memory) -> Vec<(String, String)> {
    let was = |rule: &str| {
        let before = before.and_then(|before| before.rules.get(rule));
        before.is_some_and(RuleMemory::is_suspended)
    };
    let suspended = now.rules.iter().filter(|(rule, memory)| memory.is_suspended() && !was(rule));
    suspended.map(|(rule, memory)| (rule.clone(), super::told::suspended(memory))).collect()
}

/// An event of a rule, while it is there.
async fn publish(context: &Context, world: &World, rule: &str, what: events::Happening, text: &str) {
    let key = ResourceKey::new(DocumentKind::AutomationRule, world.key.namespace.as_str(), rule);
    if let Some(resource) = world.resources.iter().find(|resource| resource.key == key) {
        context.events.publish(&of_resource(resource), what, text).await;
    }
}

#[cfg(test)]
mod tests;

//! Why no rule runs at a look, and where rules only record.

use adplane_core::desired::Management;
use adplane_core::observed::Coverage;

use super::super::gather::World;
use crate::config::Config;
use crate::context::Context;
use crate::delivered::Known;

/// Why no rule runs at a look. What is open stays open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idle {
    /// The account is not there or cannot be read: its own standing says so.
    Blind,
    /// Nothing is known yet: the first look after a start, or nothing was read of what is delivered.
    NotYet,
    /// The account is suspended.
    Suspended,
    /// A policy or a freeze window cannot be understood.
    Ungoverned(String),
    /// Nothing is read of what the account delivers.
    Unmeasured,
}

/// Why no rule runs now.
pub(super) async fn idle(context: &Context, world: &World) -> Option<Idle> {
    // Whoever cannot be asked is taken to say so.
    let leaving = context.uninstalling().await.unwrap_or(true);
    idle_here(world).or_else(|| {
        // A lease that was just taken rests before anything is written under it.
        (leaving || !context.fence.holds(&world.key)).then_some(Idle::NotYet)
    })
}

/// The same by the account alone.
pub(crate) fn idle_here(world: &World) -> Option<Idle> {
    let live = world.observed.accounts.get(&world.key);
    if world.wanted.account().is_none() || live.is_none_or(|live| live.coverage != Coverage::Complete) {
        return Some(Idle::Blind);
    }
    if let Some((resource, found)) = world.wanted.governing().next() {
        return Some(Idle::Ungoverned(format!("{resource}: {}", found.message)));
    }
    if world.suspended() {
        return Some(Idle::Suspended);
    }
    match world.delivered {
        Known::Off => Some(Idle::Unmeasured),
        Known::Unread => Some(Idle::NotYet),
        Known::Read { .. } => world.first_look.then_some(Idle::NotYet),
    }
}

/// Why rules of every mode only record what they would do.
pub(crate) fn only_records(world: &World, config: &Config) -> Option<&'static str> {
    if world.wanted.account().is_some_and(|account| account.management == Management::Observe) {
        return Some("as in shadow: the account is only observed");
    }
    config.dry_run.then_some("as in shadow: the operator runs dry")
}

#[cfg(test)]
mod tests;

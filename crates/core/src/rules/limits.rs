//! Limits: how many objects a rule may still touch on an account, in this run and on its day.

use super::memory::Memory;
use super::peers::Peers;
use super::resolve::{Allowance, Allowances};
use super::run::{Due, today};
use super::snapshot::Snapshot;
use super::source::Mode;

/// Objects in one run where a rule does not say.
const PER_RUN: u32 = 50;
/// Share of the objects in scope that can be touched, where a rule does not say, in basis points.
const SHARE: u32 = 5_000;

/// What limits leave of each rule on each account. What is wanted in shadow is judged as if it could be done.
pub(super) fn allowances(
    due: &[Due<'_>],
    (snapshot, peers): (&Snapshot, &[Peers<'_>]),
    memory: &Memory,
    shadow: bool,
) -> Allowances {
    let each = due.iter().zip(peers).map(|(Due { rule, account, .. }, peers)| {
        let limits = &rule.limits;
        // What the rule itself holds can be touched as well: else all of it would come back one by one.
        let known = memory.rule(&rule.key);
        let mood = |address| known.and_then(|known| known.objects.get(address));
        let holds = |address| mood(address).is_some_and(|mood| mood.pause.is_some());
        let live =
            peers.all().iter().filter(|placed| placed.runs == Some(true) || holds(placed.address)).count();
        let share = u64::from(limits.share.unwrap_or(SHARE));
        // One object may always be touched: of three, a quarter is none.
        let of_scope = u32::try_from((live as u64 * share / 10_000).max(1)).unwrap_or(u32::MAX);
        let per_run = limits.per_run.unwrap_or(PER_RUN);
        let run = if of_scope < per_run {
            (of_scope, "maxShareOfScope".to_owned())
        } else {
            (per_run, "perRun".to_owned())
        };
        let day = limits.per_day.map(|most| {
            let today = today(snapshot, account);
            let used = known
                .and_then(|known| known.days.get(&account.name))
                .filter(|(day, _)| Some(*day) == today)
                .map_or(0, |(_, used)| *used);
            most.saturating_sub(used)
        });
        let acts = rule.mode == Mode::Act || (shadow && rule.mode == Mode::Shadow);
        ((rule.key.clone(), account.clone()), Allowance { run, day, acts })
    });
    each.collect()
}

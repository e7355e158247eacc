//! Lost answers: whether a write was stored is looked up by marker and value, never guessed (style 14).

use std::time::Duration;

use adplane_core::marker::Marker;
use adplane_core::observed::{ObservedAccount, ObservedObject};
use adplane_core::plan::{Change, Operation};
use jiff::Timestamp;

use super::account::Account;
use super::gate::Gate;
use super::wave::{self, Outcomes};
use crate::clock::Clock;
use crate::port::{Outcome, WorkItem};
use crate::state::{Journal, StateError};

/// How long a request that was cut off may still be worked on by the vendor.
const IN_FLIGHT: Duration = Duration::from_secs(2);
/// Rounds of looking, and of writing again what may be written twice.
const ROUNDS: u32 = 3;

/// After a crash, waits until requests that were under way have ended one way or the other.
///
/// [`execute`](super::execute) does so itself; a caller that plans for an apply does it before observing.
pub async fn wait_for_unfinished(journal: &Journal, clock: Clock) {
    let Some(unfinished) = journal.unfinished() else { return };
    if unfinished.addresses.is_empty() {
        return;
    }
    let age = age(unfinished.last, clock.now());
    if age < IN_FLIGHT {
        tracing::info!(
            writes = unfinished.addresses.len(),
            "waiting for the writes of an interrupted apply to settle"
        );
        tokio::time::sleep(IN_FLIGHT.saturating_sub(age)).await;
    }
}

fn age(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or(Duration::ZERO)
}

/// Settles unknown outcomes: found → done. What is not found is written again only where a second write has
/// the same effect as one; a create that cannot be found stays unknown, because a platform may show it late
/// and a second one would be a duplicate. The next run finds it or creates it.
pub(super) async fn settle(
    account: &Account<'_>,
    items: &[WorkItem<'_>],
    outcomes: &mut Outcomes,
) -> Option<StateError> {
    for _ in 0..ROUNDS {
        let open: Vec<usize> = outcomes
            .iter()
            .enumerate()
            .filter(|(_, (_, outcome))| matches!(outcome, Outcome::Unknown(_)))
            .map(|(position, _)| position)
            .collect();
        if open.is_empty() {
            return None;
        }
        tokio::time::sleep(IN_FLIGHT).await;
        let Some(observed) = account.reread().await else { continue };
        let mut again = Vec::new();
        for position in open {
            let (index, outcome) = &mut outcomes[position];
            match stored(&items[*index], &observed) {
                Some(live) => {
                    let at = account.execution.clock.now();
                    let item = &items[*index];
                    let told = account.recorder.settled(at, item.change, &item.step.operation, &live);
                    *outcome = Outcome::Done(Some(live));
                    if let Err(trouble) = told {
                        return Some(trouble);
                    }
                }
                None if items[*index].step.operation == Operation::Create => {}
                None => again.push(position),
            }
        }
        // Neither does leave of the calendar and the kill switch: what must wait now is not written now.
        let mut gate = Gate::now(account.execution);
        again.retain(|position| {
            let item = &items[outcomes[*position].0];
            gate.held(item.change, item.step).is_none()
        });
        let work: Vec<WorkItem<'_>> =
            again.iter().map(|position| items[outcomes[*position].0].clone()).collect();
        if work.is_empty() {
            continue;
        }
        // Leave to write does not outlast approvals: without it the outcome stays unknown.
        let permit = account.permit()?;
        let (repeated, trouble) = wave::journaled(account, &permit, &work).await;
        for (position, outcome) in again.into_iter().zip(repeated) {
            outcomes[position].1 = outcome;
        }
        if trouble.is_some() {
            return trouble;
        }
    }
    None
}

/// The id of the object, when the write is visible on the platform.
fn stored(item: &WorkItem<'_>, observed: &ObservedAccount) -> Option<adplane_core::ids::ExternalId> {
    let change = item.change;
    let by_id = || {
        let id = item.live.map(|live| &live.id)?;
        observed.objects.iter().find(|live| live.kind == change.address.kind && live.id == *id)
    };
    let state_is = |live: &&ObservedObject, word: &str| live.text("state") == Some(word);
    let found = match &item.step.operation {
        Operation::Create => observed.objects.iter().find(|live| {
            live.kind == change.address.kind && change.marker.is_some() && live.marker == change.marker
        }),
        Operation::Update { paths } => by_id().filter(|live| {
            let marked = change.marker.is_none() || live.marker == change.marker;
            let values = paths.iter().all(|path| {
                change.field(path.as_str()).is_some_and(|field| live.fields.get(path) == field.after.as_ref())
            });
            marked && values
        }),
        Operation::Enable => by_id().filter(|live| state_is(live, "Active")),
        Operation::Pause | Operation::PauseSuperseded { .. } => {
            by_id().filter(|live| state_is(live, "Paused"))
        }
        Operation::Supersede => by_id().filter(|live| live.marker == superseded(change)),
        Operation::Release => by_id().filter(|live| live.marker.is_none()),
        Operation::Delete | Operation::DeleteSuperseded { .. } => {
            let gone = by_id().is_none();
            return item.live.filter(|_| gone).map(|live| live.id.clone());
        }
    };
    found.map(|live| live.id.clone())
}

fn superseded(change: &Change) -> Option<Marker> {
    let marker = change.marker.as_ref()?;
    Some(Marker { owner: marker.owner.clone(), key: marker.key.superseded() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_never_go_below_zero() {
        let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-03-01T00:00:05Z".parse().unwrap();
        assert_eq!(age(at, later), Duration::from_secs(5));
        assert_eq!(age(later, at), Duration::ZERO);
    }
}

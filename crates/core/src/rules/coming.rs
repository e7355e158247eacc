//! What is on its way: changes that earlier runs decided and that the platform does not show yet. Where they let more be
//! spent, their room is no other's.

use std::borrow::Cow;

use super::guard::{Headroom, needs_headroom};
use super::intent::{Change, Intent, Planned};
use super::memory::Memory;
use super::snapshot::{Budget, Cadence, Snapshot, State};
use super::spend::{Spend, Tree};
use super::strangers::Stranger;

/// A snapshot as if what is on its way were live, where it lets more be spent. What lowers spend may fail.
pub(super) fn foreseen(snapshot: &Snapshot) -> Cow<'_, Snapshot> {
    if snapshot.coming.is_empty() {
        return Cow::Borrowed(snapshot);
    }
    let mut after = snapshot.clone();
    for planned in &snapshot.coming {
        let Some(object) = after.objects.get_mut(&planned.object) else {
            leaves(&mut after, planned);
            continue;
        };
        match &planned.change {
            Change::Resume => object.state = Some(State::Active),
            Change::Budget { to, cadence, .. } => {
                object.budget = object.budget.map(|held| {
                    let same = held.cadence == *cadence && held.amount.currency() == to.currency();
                    Budget { amount: if same { held.amount.max(*to) } else { held.amount }, ..held }
                });
            }
            _ => {}
        }
    }
    Cow::Owned(after)
}

/// What is on its way to an object that left git counts whole, beside what is live of it: it may still come.
fn leaves(after: &mut Snapshot, planned: &Planned) {
    let spend = match &planned.change {
        Change::Budget { to, cadence, .. } if planned.direction.raises() => Spend::of(*cadence, to.micros()),
        Change::Resume => Spend::of(Cadence::Daily, planned.daily.max(0)),
        _ => return,
    };
    let of = after.strangers.entry(planned.object.account_key()).or_default();
    let stranger = of.each.entry(planned.object.to_string().into());
    let stranger = stranger.or_insert(Stranger { spend: Spend::default(), above: None });
    stranger.spend = stranger.spend.plus(spend);
}

/// Whether the spend guard has room for what was decided before and is to be put in force now; why not.
///
/// It had room when it was decided. Since then a day may have begun, or others may have taken it.
pub fn room(snapshot: &Snapshot, memory: &Memory, intent: &Intent) -> Result<(), String> {
    if !needs_headroom(intent) {
        return Ok(());
    }
    let mut memory = memory.clone();
    memory.mornings = Tree::new(snapshot).mornings(&memory);
    let foreseen = foreseen(snapshot);
    let changes = intent.changes.iter().map(|planned| from_now(&foreseen, planned));
    let intent = Intent { changes: changes.collect(), ..intent.clone() };
    let tree = Tree::since(&foreseen, &memory.mornings);
    Headroom::new(&tree, &memory).take(&intent)
}

/// A change with what it adds to what can be spent now.
fn from_now(snapshot: &Snapshot, planned: &Planned) -> Planned {
    let mut planned = planned.clone();
    let object = snapshot.objects.get(&planned.object);
    if let (Change::Budget { to, .. }, Some(object)) = (&planned.change, object) {
        let held = object.budget.map_or(0, |held| held.amount.micros());
        let runs = snapshot.is_running(object);
        planned.daily = if runs { to.micros().saturating_sub(held) } else { 0 };
    }
    planned
}

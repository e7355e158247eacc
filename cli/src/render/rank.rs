//! Which changes people must see first: the most dangerous and the dearest, in turn.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use adplane_core::address::Address;
use adplane_core::money::{Currency, Money};
use adplane_core::plan::document::{DocumentChange, DocumentSpend, PlanDocument};
use adplane_core::plan::{Action, BreakKind};
use serde_json::Value;

/// How much harm a change can do, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Danger {
    /// No budget limits it afterwards.
    Unlimited,
    /// Something is deleted for good.
    Deleted,
    /// Something is removed.
    Removed,
    /// Something takes another's place.
    Replaced,
    /// Something escapes: its flight, its parent, the vendor's patience.
    Escapes,
    /// Something is not ours any more.
    Released,
    /// More can be spent.
    Raised,
    /// It should change but must not.
    Blocked,
    /// Review or learning starts again.
    Interrupted,
    /// Nothing of these.
    Calm,
}

impl Danger {
    /// Whether people must look at it whatever it costs.
    pub(crate) fn is_grave(self) -> bool {
        self <= Self::Released
    }
}

/// A plan's changes with what they weigh.
pub(crate) struct Ranks<'a> {
    unlimited: HashSet<&'a Address>,
    spends: HashMap<&'a Address, &'a DocumentSpend>,
}

impl<'a> Ranks<'a> {
    pub(crate) fn new(document: &'a PlanDocument) -> Self {
        let money = document.money.values();
        let campaigns =
            money.clone().flat_map(|money| &money.campaigns).map(|row| (&row.address, &row.spend));
        let budgets = money.clone().flat_map(|money| &money.budgets).map(|row| (&row.address, &row.spend));
        Self {
            spends: campaigns.chain(budgets).collect(),
            unlimited: money.flat_map(|money| &money.unlimited).collect(),
        }
    }

    /// The money of a campaign or a shared budget.
    pub(crate) fn spend(&self, change: &DocumentChange) -> Option<&'a DocumentSpend> {
        self.spends.get(&change.address).copied()
    }

    pub(crate) fn danger(&self, change: &DocumentChange) -> Danger {
        let breaks = |wanted: &[BreakKind]| change.breaks.iter().any(|found| wanted.contains(&found.what));
        let raises = change.class.as_ref().is_some_and(|class| class.to_string().starts_with("raise"));
        match change.action {
            _ if self.unlimited.contains(&change.address) => Danger::Unlimited,
            Action::Delete if breaks(&[BreakKind::CannotBeUndone]) => Danger::Deleted,
            Action::Delete => Danger::Removed,
            Action::Replace => Danger::Replaced,
            _ if breaks(&[
                BreakKind::SpendsOutsideFlight,
                BreakKind::LeavesWithoutParent,
                BreakKind::ExceedsEditLimit,
                BreakKind::CannotBeUndone,
            ]) =>
            {
                Danger::Escapes
            }
            Action::Release => Danger::Released,
            _ if raises => Danger::Raised,
            Action::Blocked => Danger::Blocked,
            _ if breaks(&[BreakKind::GoesToReview, BreakKind::ResetsLearning]) => Danger::Interrupted,
            Action::Create | Action::Update | Action::Adopt | Action::None => Danger::Calm,
        }
    }

    /// How far a change moves what is spent a day, either way.
    pub(crate) fn moves(&self, change: &DocumentChange) -> Option<Money> {
        let delta = match self.spends.get(&change.address) {
            Some(spend) => spend.delta,
            None => own(change)?,
        };
        (delta.micros() != 0).then(|| Money::from_micros(delta.micros().saturating_abs(), delta.currency()))
    }

    /// All changes: the gravest and the dearest in turn, then everything else by weight.
    pub(crate) fn order(&self, document: &'a PlanDocument) -> Vec<&'a DocumentChange> {
        let mut dear: BTreeMap<Currency, Vec<(Money, usize)>> = BTreeMap::new();
        let mut grave: Vec<(Danger, Reverse<Option<i64>>, usize)> =
            Vec::with_capacity(document.changes.len());
        for (index, change) in document.changes.iter().enumerate() {
            let moves = self.moves(change);
            if let Some(amount) = moves {
                dear.entry(amount.currency()).or_default().push((amount, index));
            }
            grave.push((self.danger(change), Reverse(moves.map(Money::micros)), index));
        }
        grave.sort_unstable();
        let mut queues: Vec<Box<dyn Iterator<Item = usize>>> =
            vec![Box::new(grave.into_iter().map(|(_, _, index)| index))];
        // Amounts of different currencies do not compare: each has a turn.
        for mut amounts in dear.into_values() {
            amounts.sort_unstable_by_key(|(amount, index)| (Reverse(*amount), *index));
            queues.push(Box::new(amounts.into_iter().map(|(_, index)| index)));
        }
        take_turns(queues, document.changes.len())
            .into_iter()
            .filter_map(|index| document.changes.get(index))
            .collect()
    }
}

fn take_turns(mut queues: Vec<Box<dyn Iterator<Item = usize>>>, count: usize) -> Vec<usize> {
    let mut taken = vec![false; count];
    let mut order = Vec::with_capacity(count);
    while order.len() < count && !queues.is_empty() {
        queues.retain_mut(|queue| {
            let next = queue.find(|index| taken.get(*index) == Some(&false));
            if let Some(index) = next {
                taken[index] = true;
                order.push(index);
            }
            next.is_some()
        });
    }
    order
}

/// What an ad group's own budget moves by.
fn own(change: &DocumentChange) -> Option<Money> {
    let field =
        change.fields.iter().find(|field| field.path.is_within("budget") && field.value_type == "money")?;
    let read = |value: &Option<Value>| value.as_ref()?.as_str()?.parse::<Money>().ok();
    let (before, after) = (read(&field.before), read(&field.after));
    let currency = before.or(after)?.currency();
    let zero = Money::zero(currency);
    after.unwrap_or(zero).checked_sub(before.unwrap_or(zero))
}

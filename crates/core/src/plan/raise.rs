//! How much more a plan lets be spent per day: what money bands and approvers' limits are measured by.
//!
//! Measured per budget holder: after minus before of what it can spend, in exact micros; one that goes down
//! makes no room for one that goes up. A holder spends nothing while it or its parent is paused; one that is
//! created counts in full; a total budget counts as what it comes to per day over what is left of its
//! flight; a shared budget counts once, and each campaign that starts drawing on it answers for all of it.
//! A holder that runs without a budget has no upper end.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::action::Action;
use super::change::Change;
use super::input::PlanInput;
use super::money::view::{Flight, Side};
use crate::address::{Address, Kind};
use crate::desired::DesiredAccount;
use crate::ids::ExternalId;
use crate::money::{Currency, Money};
use crate::observed::{ObservedAccount, ObservedObject};
use crate::value::Value;

/// An amount per day; `None` has no known upper end.
pub(super) type Daily = Option<Money>;

/// Raises of a plan.
#[derive(Debug, Default)]
pub(super) struct Raises {
    /// Of each change that lets more be spent, by its index.
    pub(super) by_change: BTreeMap<usize, (Currency, Daily)>,
    /// Of the whole plan, by currency.
    pub(super) totals: BTreeMap<Currency, Daily>,
}

impl Raises {
    /// Adds a holder's raise to the total and to every change that answers for it.
    fn add(&mut self, currency: Currency, raise: Daily, answerable: impl IntoIterator<Item = usize>) {
        let total = self.totals.entry(currency).or_insert(Some(Money::zero(currency)));
        *total = plus(*total, raise);
        for index in answerable {
            let entry = self.by_change.entry(index).or_insert((currency, Some(Money::zero(currency))));
            entry.1 = plus(entry.1, raise);
        }
    }
}

/// A sum; one that does not fit has no known upper end.
fn plus(a: Daily, b: Daily) -> Daily {
    a?.checked_add(b?)
}

/// An object from both sides: live values, overlaid with what its change would write.
#[derive(Clone, Copy)]
struct Holder<'a> {
    live: Option<&'a ObservedObject>,
    change: Option<(usize, &'a Change)>,
}

impl<'a> Holder<'a> {
    fn writes(&self) -> Option<usize> {
        self.change.filter(|(_, change)| change.action.writes()).map(|(index, _)| index)
    }

    fn value(&self, side: Side, path: &str) -> Option<&'a Value> {
        let live = self.live.and_then(|live| live.fields.get(path));
        let Some((_, change)) =
            self.change.filter(|(_, change)| side == Side::After && change.action.writes())
        else {
            return live;
        };
        match change.field(path) {
            Some(field) => field.after.as_ref(),
            None if change.action == Action::Replace => None,
            None => live,
        }
    }

    fn active(&self, side: Side) -> bool {
        self.value(side, "state").and_then(Value::as_text) == Some("Active")
    }

    /// Its own flight on one side.
    fn flight(&self, side: Side) -> Flight {
        let at = |path| self.value(side, path).and_then(Value::as_time).map(|time| time.at);
        Flight { start: at("schedule.start"), end: at("schedule.end") }
    }

    /// What its own budget lets it spend per day of a flight; the outer `None`: it has none.
    fn budget(&self, side: Side, flight: Flight, now: Timestamp) -> Option<Daily> {
        let amount = |path| self.value(side, path).and_then(Value::as_money);
        if let Some(daily) = amount("budget.daily").or_else(|| amount("shared.daily")) {
            return Some(Some(daily));
        }
        let total = amount("budget.total")?;
        Some(total.scaled(1, flight.days_left(now)))
    }
}

/// Measures every raise of a plan.
pub(super) fn raises(input: &PlanInput<'_>, changes: &[Change]) -> Raises {
    let mut raises = Raises::default();
    for (key, account) in &input.desired.accounts {
        let observed = input.observed.accounts.get(key);
        let own = changes.iter().enumerate().filter(|(_, change)| change.address.account_key() == *key);
        Meter::new(input.now, account, observed, own.collect()).measure(&mut raises);
    }
    raises
}

/// Measures one account.
struct Meter<'a> {
    now: Timestamp,
    account: &'a DesiredAccount,
    changed: Vec<(usize, &'a Change)>,
    live: HashMap<&'a ExternalId, &'a ObservedObject>,
    /// Live objects that no change is about: other people's, which still spend below ours.
    others: Vec<&'a ObservedObject>,
}

impl<'a> Meter<'a> {
    fn new(
        now: Timestamp,
        account: &'a DesiredAccount,
        observed: Option<&'a ObservedAccount>,
        changed: Vec<(usize, &'a Change)>,
    ) -> Self {
        let objects = observed.map_or(&[][..], |observed| observed.objects.as_slice());
        let live: HashMap<_, _> = objects.iter().map(|object| (&object.id, object)).collect();
        let known: HashSet<&ExternalId> =
            changed.iter().filter_map(|(_, change)| change.id.as_ref()).collect();
        let others = objects.iter().filter(|object| !known.contains(&object.id)).collect();
        Self { now, account, changed, live, others }
    }

    fn holder(&self, index: usize, change: &'a Change) -> Holder<'a> {
        Holder {
            live: change.id.as_ref().and_then(|id| self.live.get(id).copied()),
            change: Some((index, change)),
        }
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (usize, &'a Change)> + '_ {
        self.changed.iter().copied().filter(move |(_, change)| change.address.kind == kind)
    }

    fn measure(&self, raises: &mut Raises) {
        let groups = self.groups();
        let mut pools: BTreeMap<Pool<'a>, Drawers> = BTreeMap::new();
        for (index, change) in self.of_kind(Kind::Campaign) {
            let campaign = self.holder(index, change);
            self.draw(&campaign, &mut pools);
            let below = self.below(&campaign, change, &groups);
            // A total without an end of its own is spread over what its groups run for.
            let flight = |side| {
                let running = below.iter().filter(|group| group.active(side));
                campaign.flight(side).or_span(running.map(|group| group.flight(side)))
            };
            let own = |side| campaign.budget(side, flight(side), self.now);
            let pays = |side| own(side).is_some() || self.pool(&campaign, side).is_some();
            let spend = |side| self.spend(&campaign, side, flight(side), self.zero());
            self.count(raises, spend, [campaign.writes()]);
            for group in &below {
                let spend = |side| {
                    let runs = campaign.active(side) && !pays(side);
                    let own = group.flight(side);
                    let flight = if own.end.is_some() { own } else { campaign.flight(side) };
                    // A group that runs on no budget at all has no upper end.
                    if runs { self.spend(group, side, flight, None) } else { self.zero() }
                };
                self.count(raises, spend, [group.writes(), campaign.writes()]);
            }
        }
        for other in self.others.iter().filter(|other| other.kind == Kind::Campaign) {
            self.draw(&Holder { live: Some(other), change: None }, &mut pools);
        }
        self.pools(raises, &pools);
    }

    fn currency(&self) -> Currency {
        self.account.currency
    }

    #[expect(clippy::unnecessary_wraps, reason = "an amount per day, which has an upper end here")]
    fn zero(&self) -> Daily {
        Some(Money::zero(self.currency()))
    }

    /// What a holder spends on one side; `without` is what it comes to without a budget of its own.
    fn spend(&self, holder: &Holder<'a>, side: Side, flight: Flight, without: Daily) -> Daily {
        if !holder.active(side) {
            return self.zero();
        }
        holder.budget(side, flight, self.now).unwrap_or(without)
    }

    /// Counts a holder's raise, if it is one, for those of the given changes that write.
    fn count(
        &self,
        raises: &mut Raises,
        spend: impl Fn(Side) -> Daily,
        changes: impl IntoIterator<Item = Option<usize>>,
    ) {
        let raise = match (spend(Side::Before), spend(Side::After)) {
            // What has no upper end now cannot be raised.
            (None, _) => return,
            (Some(_), None) => None,
            (Some(before), Some(after)) => match after.checked_sub(before) {
                Some(more) if more.micros() > 0 => Some(more),
                Some(_) => return,
                None => None,
            },
        };
        let writing: Vec<usize> = changes.into_iter().flatten().collect();
        if !writing.is_empty() {
            raises.add(self.currency(), raise, writing);
        }
    }

    fn groups(&self) -> HashMap<&'a Address, Vec<Holder<'a>>> {
        let mut groups: HashMap<&Address, Vec<Holder<'a>>> = HashMap::new();
        for (index, change) in self.of_kind(Kind::AdGroup) {
            if let Some(parent) = &change.parent {
                groups.entry(parent).or_default().push(self.holder(index, change));
            }
        }
        groups
    }

    /// Ad groups of a campaign: those with a change, and others' below the live campaign.
    fn below(
        &self,
        campaign: &Holder<'a>,
        change: &Change,
        groups: &HashMap<&'a Address, Vec<Holder<'a>>>,
    ) -> Vec<Holder<'a>> {
        let mut below = groups.get(&change.address).cloned().unwrap_or_default();
        let id = campaign.live.map(|live| &live.id).filter(|_| change.action != Action::Replace);
        if let Some(id) = id {
            let theirs =
                |other: &&&ObservedObject| other.kind == Kind::AdGroup && other.parent.as_ref() == Some(id);
            below.extend(
                self.others.iter().filter(theirs).map(|other| Holder { live: Some(other), change: None }),
            );
        }
        below
    }

    /// Notes on which shared budget a campaign draws, on each side.
    fn draw(&self, campaign: &Holder<'a>, pools: &mut BTreeMap<Pool<'a>, Drawers>) {
        let starts = campaign.active(Side::After) && !campaign.active(Side::Before);
        for side in [Side::Before, Side::After] {
            let Some(pool) = self.pool(campaign, side) else { continue };
            let drawers = pools.entry(pool).or_default();
            if campaign.active(side) {
                drawers.active[side as usize] = true;
                drawers.answerable.extend(campaign.writes().filter(|_| side == Side::After && starts));
            }
        }
    }

    fn pool(&self, campaign: &Holder<'a>, side: Side) -> Option<Pool<'a>> {
        let live = campaign.live.and_then(|live| live.budget.as_ref()).map(Pool::Live);
        let changed = campaign.change.filter(|(_, change)| side == Side::After && change.action.writes());
        let wanted = changed.and_then(|(_, change)| change.budget.as_ref());
        wanted.map(|address| self.pool_at(address)).or(live)
    }

    /// A shared budget is known by its live id where it has one, so that both ways of naming it agree.
    fn pool_at(&self, address: &'a Address) -> Pool<'a> {
        let change = self.of_kind(Kind::Budget).find(|(_, change)| change.address == *address);
        match change.and_then(|(_, change)| change.id.as_ref()) {
            Some(id) => Pool::Live(id),
            None => Pool::New(address),
        }
    }

    fn pools(&self, raises: &mut Raises, pools: &BTreeMap<Pool<'a>, Drawers>) {
        for (pool, drawers) in pools {
            let holder = match pool {
                Pool::Live(id) => {
                    let mut budgets = self.of_kind(Kind::Budget);
                    let change = budgets.find(|(_, change)| change.id.as_ref() == Some(*id));
                    Holder { live: self.live.get(*id).copied(), change }
                }
                Pool::New(address) => {
                    let mut budgets = self.of_kind(Kind::Budget);
                    Holder { live: None, change: budgets.find(|(_, change)| change.address == **address) }
                }
            };
            let spend = |side: Side| {
                let runs = drawers.active[side as usize];
                if runs { holder.budget(side, Flight::default(), self.now).flatten() } else { self.zero() }
            };
            let answerable = drawers.answerable.iter().copied().map(Some);
            self.count(raises, spend, answerable.chain([holder.writes()]));
        }
    }
}

/// A shared budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pool<'a> {
    /// One that is live.
    Live(&'a ExternalId),
    /// One that the plan creates.
    New(&'a Address),
}

/// Campaigns on a shared budget.
#[derive(Debug, Default)]
struct Drawers {
    /// Whether any is active, before and after.
    active: [bool; 2],
    /// Changes of those that start to run.
    answerable: Vec<usize>,
}

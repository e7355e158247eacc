//! What a plan costs: expected daily spend before and after, and the worst the vendors allow.
//!
//! A campaign counts while it is active: with its own budget, else with those of its active ad groups. A
//! shared budget counts once while any campaign on it is active. A total budget counts as what it comes to
//! per day over what is left of its flight. Nothing is converted between currencies.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::action::Action;
use super::change::Change;
use super::input::PlanInput;
use crate::address::{Address, Kind};
use crate::desired::{DesiredAccount, DesiredObject};
use crate::ids::ExternalId;
use crate::money::{Currency, Money};
use crate::observed::{ObservedAccount, ObservedObject};
use crate::schema::{OverDelivery, PlatformSchema};
use crate::time::Time;
use crate::value::Value;

/// Money of one currency over the whole plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyImpact {
    /// The currency.
    pub currency: Currency,
    /// Expected spend per day now.
    pub daily_before: Money,
    /// Expected spend per day afterwards.
    pub daily_after: Money,
    /// The worst single day under the vendors' over-delivery rules, with the higher of both amounts: a
    /// budget lowered today still counts today.
    pub worst_day: Money,
    /// The worst billing periods, by what the vendors call them.
    pub worst_period: BTreeMap<&'static str, Money>,
}

impl MoneyImpact {
    fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            currency,
            daily_before: zero,
            daily_after: zero,
            worst_day: zero,
            worst_period: BTreeMap::new(),
        }
    }

    /// After minus before.
    pub fn delta(&self) -> Money {
        self.daily_after.checked_sub(self.daily_before).unwrap_or(Money::zero(self.currency))
    }
}

/// Before or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// One object seen from one side: live values, overlaid with what the plan would write.
#[derive(Clone, Copy)]
struct View<'a> {
    desired: Option<&'a DesiredObject>,
    live: Option<&'a ObservedObject>,
    change: &'a Change,
}

impl<'a> View<'a> {
    fn value(&self, side: Side, path: &str) -> Option<&'a Value> {
        let live = self.live.and_then(|live| live.fields.get(path));
        if side == Side::Before || !self.change.action.writes() {
            return live;
        }
        match self.change.field(path) {
            Some(field) => field.after.as_ref(),
            None if self.change.action == Action::Replace => None,
            None => live,
        }
    }

    fn active(&self, side: Side) -> bool {
        self.value(side, "state").and_then(Value::as_text) == Some("Active")
    }

    fn budget(&self, side: Side) -> Option<(&'static str, Money)> {
        ["budget.daily", "budget.total", "shared.daily"]
            .into_iter()
            .find_map(|path| Some((path, self.value(side, path)?.as_money()?)))
    }

    fn time(&self, side: Side, path: &str) -> Option<&'a Time> {
        self.value(side, path).and_then(Value::as_time)
    }
}

/// Adds up what the plan costs, by currency.
pub fn money_impact(input: &PlanInput<'_>, changes: &[Change]) -> Vec<MoneyImpact> {
    let mut totals: BTreeMap<Currency, MoneyImpact> = BTreeMap::new();
    let by_address: HashMap<&Address, &Change> =
        changes.iter().map(|change| (&change.address, change)).collect();
    for (key, account) in &input.desired.accounts {
        let Some(schema) = input.schemas.get(&account.platform) else { continue };
        let observed = input.observed.accounts.get(key);
        let sum = totals.entry(account.currency).or_insert_with(|| MoneyImpact::zero(account.currency));
        Adder { now: input.now, schema, sum }.account(account, observed, &by_address, changes);
    }
    totals.into_values().collect()
}

struct Adder<'a> {
    now: Timestamp,
    schema: &'static PlatformSchema,
    sum: &'a mut MoneyImpact,
}

impl Adder<'_> {
    fn account<'c>(
        &mut self,
        account: &DesiredAccount,
        observed: Option<&ObservedAccount>,
        by_address: &HashMap<&Address, &'c Change>,
        changes: &'c [Change],
    ) {
        let live: HashMap<&ExternalId, &ObservedObject> = observed
            .into_iter()
            .flat_map(|account| &account.objects)
            .map(|object| (&object.id, object))
            .collect();
        let view = |change: &'c Change| View {
            desired: account.objects.get(&change.address),
            live: change.id.as_ref().and_then(|id| live.get(id).copied()),
            change,
        };
        let mut groups: HashMap<&Address, Vec<View<'_>>> = HashMap::new();
        for object in account.objects.values().filter(|object| object.address.kind == Kind::AdGroup) {
            if let (Some(parent), Some(change)) = (&object.parent, by_address.get(&object.address)) {
                groups.entry(parent).or_default().push(view(change));
            }
        }
        let mut shared: [BTreeSet<&Address>; 2] = [BTreeSet::new(), BTreeSet::new()];
        let ours = changes.iter().filter(|change| change.address.account_key() == account.key);
        for change in ours.filter(|change| change.address.kind == Kind::Campaign) {
            let campaign = view(change);
            let budget = campaign.desired.and_then(|object| object.budget.as_ref());
            for (index, side) in [Side::Before, Side::After].into_iter().enumerate() {
                if let Some(budget) = budget.filter(|_| campaign.active(side)) {
                    shared[index].insert(budget);
                }
            }
            let holders = groups.get(&change.address).map_or(&[][..], Vec::as_slice);
            self.campaign(&campaign, holders);
        }
        for (index, side) in [Side::Before, Side::After].into_iter().enumerate() {
            for budget in &shared[index] {
                if let Some(change) = by_address.get(*budget) {
                    let holder = view(change);
                    self.count(&holder, &holder, side);
                }
            }
        }
    }

    fn campaign(&mut self, campaign: &View<'_>, groups: &[View<'_>]) {
        for side in [Side::Before, Side::After] {
            if !campaign.active(side) {
                continue;
            }
            if campaign.budget(side).is_some() {
                self.count(campaign, campaign, side);
            } else {
                for group in groups.iter().filter(|group| group.active(side)) {
                    self.count(group, group, side);
                }
            }
        }
    }

    /// Counts one budget holder on one side; the worst day takes the higher of both sides.
    fn count(&mut self, holder: &View<'_>, schedule: &View<'_>, side: Side) {
        let Some((path, amount)) = holder.budget(side) else { return };
        let days = self.days_left(schedule, side);
        let daily = if path == "budget.total" { amount.scaled(1, days).unwrap_or(amount) } else { amount };
        let field = if side == Side::Before { &mut self.sum.daily_before } else { &mut self.sum.daily_after };
        *field = field.checked_add(daily).unwrap_or(*field);
        if side == Side::After {
            let highest = holder.budget(Side::Before).map_or(amount, |(before_path, before)| {
                if before_path == path { before.max(amount) } else { amount }
            });
            let rule = self.schema.over_delivery(if path == "shared.daily" { "budget.daily" } else { path });
            self.worst(rule, highest, amount);
        }
    }

    fn worst(&mut self, rule: Option<&'static OverDelivery>, highest: Money, amount: Money) {
        let Some(rule) = rule else { return };
        let day = match rule.worst_day {
            Some((numerator, denominator)) => highest.scaled(numerator, denominator),
            None => Some(highest),
        };
        let period = amount.scaled(rule.worst_period.0, rule.worst_period.1);
        if let Some(sum) = day.and_then(|day| self.sum.worst_day.checked_add(day)) {
            self.sum.worst_day = sum;
        }
        if let Some(period) = period {
            let entry =
                self.sum.worst_period.entry(rule.period).or_insert_with(|| Money::zero(period.currency()));
            *entry = entry.checked_add(period).unwrap_or(*entry);
        }
    }

    fn days_left(&self, view: &View<'_>, side: Side) -> i64 {
        let Some(end) = view.time(side, "schedule.end") else { return 1 };
        let from = view.time(side, "schedule.start").map_or(self.now, |start| start.at.max(self.now));
        let seconds = end.at.as_second().saturating_sub(from.as_second());
        (seconds.saturating_add(86_399) / 86_400).max(1)
    }
}

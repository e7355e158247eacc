//! Who spends on one account: campaigns, shared budgets, ad groups with budgets of their own.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::spend::{Limit, Spend, rule};
use super::view::{Flight, Side, View};
use super::{AccountMoney, BudgetMoney, CampaignMoney, MoneyImpact};
use crate::address::{Address, Kind};
use crate::desired::DesiredAccount;
use crate::ids::{ExternalId, ObjectName};
use crate::observed::{ObservedAccount, ObservedObject};
use crate::plan::action::Action;
use crate::plan::change::Change;
use crate::plan::input::PlanInput;
use crate::schema::PlatformSchema;

const SIDES: [Side; 2] = [Side::Before, Side::After];

/// A shared budget, by its address in the plan or else by its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Shared<'a> {
    Planned(&'a Address),
    Live(&'a ExternalId),
}

/// One account while its money is added up.
pub(super) struct Books<'a> {
    now: Timestamp,
    account: &'a DesiredAccount,
    schema: &'static PlatformSchema,
    changes: Vec<&'a Change>,
    observed: Option<&'a ObservedAccount>,
    live: HashMap<&'a ExternalId, &'a ObservedObject>,
    by_address: HashMap<&'a Address, &'a Change>,
    by_id: HashMap<&'a ExternalId, &'a Change>,
    /// Ad groups below each campaign's address, before and after.
    groups: [HashMap<&'a Address, Vec<View<'a>>>; 2],
}

impl<'a> Books<'a> {
    pub(super) fn new(
        input: &PlanInput<'a>,
        account: &'a DesiredAccount,
        schema: &'static PlatformSchema,
        changes: &[&'a Change],
    ) -> Self {
        let observed = input.observed.accounts.get(&account.key);
        let objects = observed.into_iter().flat_map(|account| &account.objects);
        let mut books = Self {
            now: input.now,
            account,
            schema,
            changes: changes.to_vec(),
            observed,
            live: objects.map(|object| (&object.id, object)).collect(),
            by_address: changes.iter().map(|change| (&change.address, *change)).collect(),
            by_id: changes.iter().filter_map(|change| Some((change.id.as_ref()?, *change))).collect(),
            groups: [HashMap::new(), HashMap::new()],
        };
        books.groups = SIDES.map(|side| books.groups_of(side));
        books
    }

    /// Adds this account to the currency's impact.
    pub(super) fn close(&self, impact: &mut MoneyImpact) {
        let mut sum = Spend::zero(impact.currency);
        let mut users: BTreeMap<Shared<'a>, [BTreeSet<String>; 2]> = BTreeMap::new();
        let mut rows: Vec<(CampaignMoney, bool)> = Vec::new();
        let touched = self.touched_campaigns();
        for change in self.changes.iter().filter(|change| change.address.kind == Kind::Campaign) {
            let view = self.view(change);
            let sides = SIDES.map(|side| self.shared(&view, side));
            for (index, side) in SIDES.into_iter().enumerate() {
                if let Some(budget) = sides[index].clone().filter(|_| view.active(side)) {
                    users.entry(budget).or_default()[index].insert(change.address.local_name());
                }
            }
            let spend = self.campaign(&view);
            sum.add(&spend);
            if self.is_unlimited(&view) {
                impact.unlimited.push(change.address.clone());
            }
            if self.raises_itself(&view) {
                impact.automatic.push(change.address.clone());
            }
            let moves = spend.daily_before != spend.daily_after || spend.worst_day != spend.worst_day_before;
            let [before, after] = sides;
            let shared = after.or(before).map(|budget| self.shared_address(&budget));
            let row = CampaignMoney {
                address: change.address.clone(),
                display_name: change.display_name.clone(),
                spend,
                shared,
            };
            rows.push((row, moves || touched.contains(&change.address)));
        }
        self.add_unmanaged(&mut users);
        let budgets = self.budgets(users, &mut sum);
        self.keep(rows, budgets, impact);
        self.note_rules(impact);
        impact.total.add(&sum);
        impact.accounts.push(AccountMoney {
            account: self.account.key.clone(),
            platform: self.account.platform,
            spend: sum,
        });
    }

    fn view(&self, change: &'a Change) -> View<'a> {
        let live = change.id.as_ref().and_then(|id| self.live.get(id).copied());
        View { live, change: Some(change) }
    }

    /// Ad groups by campaign: of the plan, and live ones that no YAML names, which spend all the same.
    fn groups_of(&self, side: Side) -> HashMap<&'a Address, Vec<View<'a>>> {
        let mut groups: HashMap<&Address, Vec<View<'_>>> = HashMap::new();
        let campaign_of = |live: &ObservedObject| {
            let campaign = self.by_id.get(live.parent.as_ref()?)?;
            let leaves = side == Side::After && campaign.action == Action::Replace;
            (!leaves).then_some(&campaign.address)
        };
        for change in self.changes.iter().filter(|change| change.address.kind == Kind::AdGroup) {
            let view = self.view(change);
            let parent = match (side, &change.parent) {
                (Side::After, Some(parent)) => Some(parent),
                _ => view.live.and_then(campaign_of),
            };
            if let Some(parent) = parent {
                groups.entry(parent).or_default().push(view);
            }
        }
        let objects = self.observed.into_iter().flat_map(|account| &account.objects);
        for live in objects.filter(|live| live.kind == Kind::AdGroup && !self.by_id.contains_key(&live.id)) {
            if let Some(parent) = campaign_of(live) {
                groups.entry(parent).or_default().push(View { live: Some(live), change: None });
            }
        }
        groups
    }

    fn active_groups(&self, campaign: &View<'_>, side: Side) -> impl Iterator<Item = &View<'a>> {
        let all = campaign.change.and_then(|change| self.groups[side as usize].get(&change.address));
        all.into_iter().flatten().filter(move |group| group.active(side))
    }

    /// The shared budget that a campaign draws on.
    fn shared(&self, campaign: &View<'a>, side: Side) -> Option<Shared<'a>> {
        let own = campaign.limit(side, Flight::default(), self.now).is_some();
        let live = campaign.live.and_then(|live| live.budget.as_ref());
        let known = |id| match self.by_id.get(id) {
            Some(change) => Shared::Planned(&change.address),
            None => Shared::Live(id),
        };
        let written = campaign.change.filter(|change| {
            let named = change.field("budget.ref").is_some_and(|field| field.after.is_some());
            side == Side::After && change.action.writes() && named
        });
        match written.and_then(|change| change.budget.as_ref()) {
            Some(budget) => Some(Shared::Planned(budget)),
            None if own || (side == Side::After && campaign.replaced()) => None,
            None => live.map(known),
        }
    }

    /// What a campaign's own budget limits, or those of its groups; what a shared one limits counts with that.
    fn campaign(&self, campaign: &View<'a>) -> Spend {
        let currency = self.account.currency;
        let own = SIDES.map(|side| {
            let flight = campaign
                .flight(side)
                .or_span(self.active_groups(campaign, side).map(|group| group.flight(side)));
            self.running(campaign, side, flight)
        });
        let mut spend = Spend::of(self.schema, currency, own[0], own[1], campaign.replaced());
        let mut groups: Vec<(View<'a>, [bool; 2])> = Vec::new();
        for (index, side) in SIDES.into_iter().enumerate() {
            let counts = own[index].is_none() && campaign.active(side);
            for group in self.active_groups(campaign, side).filter(|_| counts) {
                match groups.iter_mut().find(|(known, _)| same(known, group)) {
                    Some((_, sides)) => sides[index] = true,
                    None => groups.push((*group, [index == 0, index == 1])),
                }
            }
        }
        for (group, counts) in groups {
            let [before, after] = SIDES.map(|side| {
                let own = group.flight(side);
                let flight = if own.end.is_some() { own } else { campaign.flight(side) };
                self.running(&group, side, flight).filter(|_| counts[side as usize])
            });
            spend.add(&Spend::of(self.schema, currency, before, after, group.replaced()));
        }
        spend
    }

    /// An object's own limit while it is active and its flight is not over.
    fn running(&self, holder: &View<'_>, side: Side, flight: Flight) -> Option<Limit> {
        let limit = holder.limit(side, flight, self.now)?;
        (holder.active(side) && !flight.is_over(self.now)).then_some(limit)
    }

    /// Whether it runs afterwards and nothing limits it.
    fn is_unlimited(&self, campaign: &View<'a>) -> bool {
        let side = Side::After;
        let free = |group: &View<'_>| group.limit(side, Flight::default(), self.now).is_none();
        campaign.active(side)
            && campaign.limit(side, Flight::default(), self.now).is_none()
            && self.shared(campaign, side).is_none()
            && self.active_groups(campaign, side).any(free)
    }

    /// Whether the platform itself raises what it spends a day afterwards: its own budget, or one of its groups'.
    fn raises_itself(&self, campaign: &View<'a>) -> bool {
        let side = Side::After;
        let limit = |view: &View<'_>| view.limit(side, Flight::default(), self.now);
        let automatic = match limit(campaign) {
            Some(own) => own.automatic,
            None => self.active_groups(campaign, side).filter_map(limit).any(|group: Limit| group.automatic),
        };
        campaign.active(side) && automatic
    }

    /// Live campaigns that the plan does not name draw on shared budgets too.
    fn add_unmanaged(&self, users: &mut BTreeMap<Shared<'a>, [BTreeSet<String>; 2]>) {
        let objects = self.observed.into_iter().flat_map(|account| &account.objects);
        for campaign in objects.filter(|object| object.kind == Kind::Campaign && object.is_active()) {
            let Some(id) = campaign.budget.as_ref().filter(|_| !self.by_id.contains_key(&campaign.id)) else {
                continue;
            };
            // A budget that the plan has nothing to do with is none of its business.
            if let Some(change) = self.by_id.get(id) {
                let names = users.entry(Shared::Planned(&change.address)).or_default();
                for side in names {
                    side.insert(campaign.display_name().to_owned());
                }
            } else if let Some(names) = users.get_mut(&Shared::Live(id)) {
                for side in names {
                    side.insert(campaign.display_name().to_owned());
                }
            }
        }
    }

    fn shared_view(&self, budget: &Shared<'a>) -> View<'a> {
        match budget {
            Shared::Planned(address) => self
                .by_address
                .get(address)
                .map_or(View { live: None, change: None }, |change| self.view(change)),
            Shared::Live(id) => View { live: self.live.get(id).copied(), change: None },
        }
    }

    fn shared_address(&self, budget: &Shared<'a>) -> Address {
        match budget {
            Shared::Planned(address) => (*address).clone(),
            Shared::Live(id) => {
                let name = ObjectName::new(format!("unnamed-{}", id.as_str().to_ascii_lowercase()));
                Address {
                    platform: self.account.platform,
                    account: self.account.key.name.clone(),
                    kind: Kind::Budget,
                    namespace: self.account.key.namespace.clone(),
                    name: name.unwrap_or_else(|_| self.account.key.name.clone()),
                    ad: None,
                }
            }
        }
    }

    /// Each shared budget once, however many campaigns draw on it.
    fn budgets(
        &self,
        users: BTreeMap<Shared<'a>, [BTreeSet<String>; 2]>,
        sum: &mut Spend,
    ) -> Vec<BudgetMoney> {
        let mut rows = Vec::new();
        for (budget, names) in users {
            let view = self.shared_view(&budget);
            let [before, after] = SIDES.map(|side| {
                let used = !names[side as usize].is_empty();
                view.limit(side, Flight::default(), self.now).filter(|_| used)
            });
            let spend = Spend::of(self.schema, self.account.currency, before, after, false);
            sum.add(&spend);
            let display_name = match (view.change, view.live) {
                (Some(change), _) => change.display_name.clone(),
                (None, Some(live)) => live.display_name().to_owned(),
                (None, None) => String::new(),
            };
            let [before, after] = names;
            let campaigns = before.union(&after).cloned().collect();
            rows.push(BudgetMoney { address: self.shared_address(&budget), display_name, spend, campaigns });
        }
        rows
    }

    /// Campaigns worth showing, each on a shared budget with that budget's money, and the budgets behind them.
    fn keep(&self, rows: Vec<(CampaignMoney, bool)>, budgets: Vec<BudgetMoney>, impact: &mut MoneyImpact) {
        let changed = |address: &Address| {
            self.by_address.get(address).is_some_and(|change| change.action != Action::None)
        };
        let moving: HashSet<Address> = budgets
            .iter()
            .filter(|budget| {
                changed(&budget.address) || budget.spend.daily_before != budget.spend.daily_after
            })
            .map(|budget| budget.address.clone())
            .collect();
        let by_address: HashMap<&Address, &BudgetMoney> =
            budgets.iter().map(|budget| (&budget.address, budget)).collect();
        let mut shown: HashSet<Address> = moving.clone();
        for (mut row, keep) in rows {
            let on_moving = row.shared.as_ref().is_some_and(|budget| moving.contains(budget));
            if !keep && !on_moving {
                continue;
            }
            if let Some(budget) = row.shared.as_ref().and_then(|address| by_address.get(address)) {
                shown.insert(budget.address.clone());
                self.draw(&mut row, &budget.spend);
            }
            impact.campaigns.push(row);
        }
        impact.budgets.extend(budgets.into_iter().filter(|budget| shown.contains(&budget.address)));
    }

    /// A campaign can use all of a shared budget on the sides where it is active on it.
    fn draw(&self, row: &mut CampaignMoney, shared: &Spend) {
        let Some(view) = self.by_address.get(&row.address).map(|change| self.view(change)) else { return };
        let draws = |side| view.active(side) && self.shared(&view, side).is_some();
        if draws(Side::Before) {
            row.spend.daily_before = shared.daily_before;
            row.spend.worst_day_before = shared.worst_day_before;
            row.spend.worst_period_before = shared.worst_period_before.clone();
        }
        if draws(Side::After) {
            row.spend.daily_after = shared.daily_after;
            row.spend.worst_day = row.spend.worst_day.max(shared.worst_day);
            row.spend.worst_day_after = shared.worst_day_after;
            row.spend.worst_period = shared.worst_period.clone();
        }
    }

    /// Campaigns that change themselves or below.
    fn touched_campaigns(&self) -> HashSet<&'a Address> {
        let mut touched = HashSet::new();
        for change in self.changes.iter().filter(|change| change.action != Action::None) {
            let above = |change: &'a Change| match &change.parent {
                Some(parent) => Some(parent),
                None => change.parent_id.as_ref().and_then(|id| Some(&self.by_id.get(id)?.address)),
            };
            let campaign = match change.address.kind {
                Kind::Budget => None,
                Kind::Campaign => Some(&change.address),
                Kind::AdGroup => above(change),
                Kind::Ad => {
                    above(change).and_then(|group| self.by_address.get(group)).and_then(|group| above(group))
                }
            };
            touched.extend(campaign);
        }
        touched
    }

    /// The rows of the platform's table that the figures of this account rest on.
    fn note_rules(&self, impact: &mut MoneyImpact) {
        let mut paths: BTreeSet<(&'static str, bool)> = BTreeSet::new();
        for change in &self.changes {
            let view = self.view(change);
            for side in SIDES {
                let limit = view.limit(side, Flight::default(), self.now);
                paths.extend(limit.map(|limit| (limit.path, limit.automatic)));
            }
        }
        for found in paths.into_iter().filter_map(|(path, automatic)| rule(self.schema, path, automatic)) {
            let known = |(platform, rule): &(_, &crate::schema::OverDelivery)| {
                *platform == self.account.platform
                    && (rule.path, rule.automatic) == (found.path, found.automatic)
            };
            if !impact.rules.iter().any(known) {
                impact.rules.push((self.account.platform, found));
            }
        }
    }
}

/// Whether two views are of one object.
fn same(a: &View<'_>, b: &View<'_>) -> bool {
    match (a.change, b.change) {
        (Some(a), Some(b)) => std::ptr::eq(a, b),
        (None, None) => a.live.map(|live| &live.id) == b.live.map(|live| &live.id),
        _ => false,
    }
}

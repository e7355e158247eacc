//! What rules see of accounts: wanted objects as they are live, and what stops writes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::address::{Address, Kind};
use adplane_core::desired::{Desired, DesiredAccount, DesiredObject};
use adplane_core::field::FieldOwner;
use adplane_core::freeze::{Allow, Labels, effective_labels};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::Day;
use adplane_core::money::Money;
use adplane_core::observed::{ObservedAccount, ObservedObject};
use adplane_core::overlay::{DAILY_BUDGET, Target};
use adplane_core::rules::{Budget, Cadence, Hold, ObjectState, Ownership, Snapshot, State, Strangers};
use adplane_core::time::Zone;
use adplane_core::value::Value;
use compact_str::CompactString;
use jiff::Timestamp;

use super::carry::LAG;
use super::strangers::{Claimed, strangers};
use crate::state::{PauseScope, Pauses};

/// An object that rules look at.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The platform's id, under which its numbers are kept; `None` where nobody knows it.
    pub id: Option<ExternalId>,
    /// Its first day and, where it has one, its last.
    pub flight: Option<(Day, Option<Day>)>,
    /// What is known of it but its numbers.
    pub state: ObjectState,
}

/// What is live of an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Wanted objects.
    pub(crate) objects: BTreeMap<Address, Watched>,
    /// What else can be spent.
    pub(crate) strangers: Strangers,
}

/// Wanted objects of an account that are live, as they are live at this instant, and what can be spent by all else.
///
/// An object of the YAML that the platform does not have is not there to be looked at. One that several live objects
/// claim to be is left out as well: nobody can tell which of them a rule would be about. These are strangers then.
pub(crate) fn live(
    desired: &Desired,
    account: &DesiredAccount,
    observed: &ObservedAccount,
    remembered: &BTreeMap<Address, ExternalId>,
    now: Timestamp,
) -> Seen {
    let index = Index::new(desired, observed);
    let mut claimed = Claimed::new();
    let found = account.objects.values().filter_map(|wanted| {
        let live = index.find(account, wanted, remembered)?;
        claimed.insert((live.kind, live.id.as_str()), &wanted.address);
        let value = |path: &str| live.value(path);
        let mut watched = watched(desired, account, wanted, &value);
        watched.id = Some(live.id.clone());
        watched.state.created = live.created;
        live.display_name().clone_into(&mut watched.state.display_name);
        // A shared budget has no state of its own: it can be spent.
        if wanted.address.kind == Kind::Budget {
            watched.state.state = Some(State::Active);
        }
        if live.raises_itself {
            watched.state.budget =
                watched.state.budget.map(|budget| Budget { ownership: Ownership::External, ..budget });
        }
        Some((wanted.address.clone(), watched))
    });
    let objects = found.collect();
    Seen { objects, strangers: strangers(observed, &claimed, now) }
}

/// Whether no two live objects claim to be the same wanted one.
pub(super) fn is_clear(desired: &Desired, account: &DesiredAccount, observed: &ObservedAccount) -> bool {
    let index = Index::new(desired, observed);
    let mut wanted = account.objects.values().filter(|wanted| wanted.external_id.is_none());
    wanted.all(|wanted| {
        let key = (wanted.address.kind, wanted.identity(&account.account_id));
        index.by_marker.get(&(key.0, key.1.as_str())).is_none_or(|found| found.len() < 2)
    })
}

/// Wanted objects of an account as the YAML has them: nothing was asked of a platform.
pub fn written(
    desired: &Desired,
    account: &DesiredAccount,
    remembered: &BTreeMap<Address, ExternalId>,
) -> BTreeMap<Address, Watched> {
    let found = account.objects.values().map(|wanted| {
        let value = |path: &str| wanted.value(path);
        let mut watched = watched(desired, account, wanted, &value);
        watched.id = wanted.external_id.clone().or_else(|| remembered.get(&wanted.address).cloned());
        watched.state.created = watched.flight.and_then(|(first, _)| {
            let begins = first.to_zoned(account.zone.rules()).ok()?;
            Some(begins.timestamp())
        });
        (wanted.address.clone(), watched)
    });
    found.collect()
}

fn watched<'v>(
    desired: &Desired,
    account: &DesiredAccount,
    wanted: &DesiredObject,
    value: &dyn Fn(&str) -> Option<&'v Value>,
) -> Watched {
    let text = |path: &str| value(path).and_then(Value::as_text);
    let money = |path: &str| value(path).and_then(Value::as_money);
    let strategy = text("bidding.strategy").or_else(|| wanted.text("bidding.strategy"));
    let amount = |strategies: &[&str]| {
        let named = strategy.is_some_and(|strategy| strategies.contains(&strategy));
        money("bidding.amount").filter(|_| named)
    };
    let day = |path: &str| day(value(path).or_else(|| wanted.value(path)), &account.zone);
    let labels = effective_labels(desired, wanted);
    let state = ObjectState {
        display_name: wanted.display_name().to_owned(),
        parent: wanted.parent.clone(),
        state: match text("state") {
            Some("Active") => Some(State::Active),
            Some("Paused") => Some(State::Paused),
            _ => None,
        },
        created: None,
        budget: budget(wanted, value),
        bid: money("bidding.bid").or_else(|| money("bidding.maxCpc")).or_else(|| amount(&["BidCap"])),
        target_cpa: amount(&["TargetCpa", "CostCap"]),
        target_roas: value("bidding.roas").and_then(Value::as_decimal),
        creatives: wanted.creative.iter().cloned().collect(),
        windows: BTreeMap::new(),
        hold: None,
        rules_may_pause: wanted.rules_may_pause,
        keep_one: keep_one(&labels),
        labels,
    };
    Watched { id: None, flight: day("schedule.start").map(|first| (first, day("schedule.end"))), state }
}

/// The budget in force, and whose it is.
fn budget<'v>(wanted: &DesiredObject, value: &dyn Fn(&str) -> Option<&'v Value>) -> Option<Budget> {
    let of = |path: &str, cadence| {
        let amount = value(path).and_then(Value::as_money)?;
        let ownership = match wanted.field(path).map(|field| &field.owner) {
            _ if wanted.address.kind == Kind::Budget => Ownership::Shared,
            Some(FieldOwner::Platform) => Ownership::External,
            Some(FieldOwner::Managed(managed)) if managed.pool.is_some() => Ownership::Pool,
            Some(FieldOwner::Managed(managed)) => {
                let unit = managed.step.map_or_else(|| amount.currency().minor_unit_micros(), Money::micros);
                Ownership::Bounded {
                    initial: managed.initial,
                    settled: managed.amount(),
                    min: managed.min,
                    max: managed.max,
                    max_step: managed.max_step,
                    unit,
                }
            }
            // What git does not say a rule may propose that it says.
            _ => Ownership::Git,
        };
        Some(Budget { amount, cadence, ownership })
    };
    of("budget.daily", Cadence::Daily)
        .or_else(|| of("budget.total", Cadence::Total))
        .or_else(|| of("shared.daily", Cadence::Daily))
}

/// What is to be in force of a budget at an instant. Overlays were settled before it: one that has ended since counts no
/// more, and what returns is never taken for more than what it left.
pub(super) fn settle_at(desired: &Desired, address: &Address, state: &mut ObjectState, now: Timestamp) {
    let field = desired.object(address).and_then(|wanted| wanted.field(DAILY_BUDGET));
    if let (Some(FieldOwner::Managed(managed)), Some(budget)) =
        (field.map(|field| &field.owner), &mut state.budget)
        && let Ownership::Bounded { initial, settled, .. } = &mut budget.ownership
        && managed.overlay.as_ref().is_some_and(|moved| moved.by.expires <= now)
    {
        *settled = (*settled).min(*initial);
    }
}

/// Whether a raise has ended just now and the platform still has it: its end goes before what rules decide, which is counted
/// from what is in force. For no longer than a write takes to be seen: what holds an end up holds up nothing else.
pub fn is_ending(desired: &Desired, snapshot: &Snapshot) -> bool {
    let now = snapshot.now;
    let over = desired.overlays.given.iter().filter(|overlay| {
        overlay.rule.is_some() && overlay.expires <= now && now.duration_since(overlay.expires) < LAG
    });
    let ended: BTreeSet<Target> = over.map(|overlay| overlay.object.clone()).collect();
    let is_above = |object: &ObjectState| object.budget.is_some_and(|held| held.settled() < held.amount);
    let mut objects = snapshot.objects.iter();
    !ended.is_empty()
        && objects.any(|(address, object)| ended.contains(&Target::of(address)) && is_above(object))
}

/// The label that names a label of which one object must always run.
const KEEP_ONE: &str = "adplane.io/keep-one";

fn keep_one(labels: &Labels) -> BTreeSet<CompactString> {
    labels.get(KEEP_ONE).into_iter().cloned().collect()
}

fn day(value: Option<&Value>, zone: &Zone) -> Option<Day> {
    let time = value?.as_time()?;
    Some(time.at.to_zoned(zone.rules()).date())
}

/// Live objects of an account by what they are known by.
struct Index<'a> {
    by_id: HashMap<(Kind, &'a str), &'a ObservedObject>,
    by_marker: HashMap<(Kind, &'a str), Vec<&'a ObservedObject>>,
}

impl<'a> Index<'a> {
    fn new(desired: &Desired, observed: &'a ObservedAccount) -> Self {
        let owner = desired.owner();
        let mut found = Self { by_id: HashMap::new(), by_marker: HashMap::new() };
        for object in &observed.objects {
            found.by_id.insert((object.kind, object.id.as_str()), object);
            let ours = object.marker.as_ref().filter(|marker| {
                Some(&marker.owner) == owner.as_ref() || desired.previous_owners.contains(&marker.owner)
            });
            if let Some(marker) = ours {
                found.by_marker.entry((object.kind, marker.key.as_str())).or_default().push(object);
            }
        }
        found
    }

    /// By written id, marker, remembered id, as the planner does.
    fn find(
        &self,
        account: &DesiredAccount,
        wanted: &DesiredObject,
        remembered: &BTreeMap<Address, ExternalId>,
    ) -> Option<&'a ObservedObject> {
        let kind = wanted.address.kind;
        let by_id = |id: &ExternalId| self.by_id.get(&(kind, id.as_str())).copied();
        if let Some(id) = &wanted.external_id {
            return by_id(id);
        }
        match self.by_marker.get(&(kind, wanted.identity(&account.account_id).as_str())).map(Vec::as_slice) {
            Some([found]) => Some(found),
            Some(_) => None,
            None => by_id(remembered.get(&wanted.address)?).filter(|found| found.marker.is_none()),
        }
    }
}

/// What freeze windows still allow of a whole account at an instant; the strictest counts.
///
/// A window of labelled objects only counts for what carries the labels: see [`held`].
pub(super) fn frozen(desired: &Desired, account: &DesiredAccount, now: Timestamp) -> Option<Allow> {
    let closed = desired.freezes.iter().filter(|window| {
        window.matches.labels.is_empty()
            && window.covers(&account.key, account.platform)
            && window.rules.iter().any(|rule| rule.stretch_at(now, &account.zone.rules()).is_some())
    });
    let mut strictest = None;
    for window in closed {
        if window.allow == Allow::Nothing || strictest.is_none() {
            strictest = Some(window.allow);
        }
    }
    strictest
}

/// Why nothing may be written to an account, when the kill switch stops all of it.
pub(super) fn killed(account: &DesiredAccount, pauses: &Pauses) -> Option<String> {
    let stops = pauses.pauses.iter().find(|pause| match &pause.scope {
        PauseScope::All => true,
        PauseScope::Account(key) => *key == account.key,
        PauseScope::Selector(_) => false,
    });
    stops.map(ToString::to_string)
}

/// Who holds an object: a pause of what carries its labels, or a freeze window of such.
pub(super) fn held(
    desired: &Desired,
    account: &DesiredAccount,
    address: &Address,
    state: &ObjectState,
    pauses: &Pauses,
    now: Timestamp,
) -> Option<Hold> {
    let pause = pauses.pauses.iter().find(|pause| {
        matches!(pause.scope, PauseScope::Selector(_)) && pause.scope.covers(address, Some(&state.labels))
    });
    if let Some(pause) = pause {
        return Some(Hold { by: "the kill switch".to_owned(), reason: pause.to_string() });
    }
    let window = desired.freezes.iter().find(|window| {
        let labels = &window.matches.labels;
        !labels.is_empty()
            && window.covers(&account.key, account.platform)
            && labels.iter().all(|(key, value)| state.labels.get(key) == Some(value))
            && window.rules.iter().any(|rule| rule.stretch_at(now, &account.zone.rules()).is_some())
    })?;
    Some(Hold {
        by: format!("freeze window {}", window.key()),
        reason: window.reason.clone().unwrap_or_else(|| "it is closed".to_owned()),
    })
}

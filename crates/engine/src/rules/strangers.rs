//! What is live on an account and nobody wants: the spend guard counts what it can spend.

use std::collections::{HashMap, HashSet};

use adplane_core::address::{Address, Kind};
use adplane_core::ids::ExternalId;
use adplane_core::money::Money;
use adplane_core::observed::{Delivery, ObservedAccount, ObservedObject};
use adplane_core::rules::{Spend, Stranger, Strangers};
use adplane_core::value::Value;
use compact_str::{CompactString, format_compact};
use jiff::Timestamp;

/// Live objects that are wanted ones.
pub(super) type Claimed<'a> = HashMap<(Kind, &'a str), &'a Address>;

/// What can be spent by live objects that nobody claims: campaigns and ad groups that run by budgets of their own, and
/// shared budgets that something may draw on. What is over spends nothing.
///
/// What lies in a paused object that is wanted counts with that: a rule may resume it.
pub(super) fn strangers(observed: &ObservedAccount, claimed: &Claimed<'_>, now: Timestamp) -> Strangers {
    let of = |kind| observed.objects.iter().filter(move |object| object.kind == kind);
    let campaigns: HashMap<&str, &ObservedObject> =
        of(Kind::Campaign).map(|campaign| (campaign.id.as_str(), campaign)).collect();
    let drawn = of(Kind::Campaign).filter(|campaign| {
        claimed.contains_key(&(Kind::Campaign, campaign.id.as_str())) || runs(campaign, now) != Some(false)
    });
    let drawn: HashSet<&str> =
        drawn.filter_map(|campaign| Some(campaign.budget.as_ref()?.as_str())).collect();
    let mut found = Strangers::default();
    for object in &observed.objects {
        let spend = spend(object);
        if spend == Spend::default() || claimed.contains_key(&(object.kind, object.id.as_str())) {
            continue;
        }
        let mut above = None;
        let runs = match object.kind {
            Kind::Budget => Some(drawn.contains(object.id.as_str())),
            Kind::Campaign | Kind::Ad => runs(object, now),
            Kind::AdGroup => {
                let parent = object.parent.as_ref().map(ExternalId::as_str);
                above = parent.and_then(|id| claimed.get(&(Kind::Campaign, id)).copied());
                let parent = match (above, parent) {
                    (Some(_), _) | (None, None) => Some(true),
                    (None, Some(id)) => campaigns.get(id).and_then(|campaign| runs(campaign, now)),
                };
                both(runs(object, now), parent)
            }
        };
        match runs {
            Some(false) => {}
            Some(true) => {
                found.each.insert(name(object), Stranger { spend, above: above.cloned() });
            }
            None => {
                let called = object.display_name();
                let what = format!("{called} ({} {}), which is not in git,", object.kind.word(), object.id);
                found.unknown.get_or_insert(what);
            }
        }
    }
    found
}

fn name(object: &ObservedObject) -> CompactString {
    format_compact!("{}/{}", object.kind.word(), object.id)
}

/// Its own budget.
fn spend(object: &ObservedObject) -> Spend {
    let money = |path: &str| {
        object.value(path).and_then(Value::as_money).map(Money::micros).filter(|micros| *micros != 0)
    };
    match (money("budget.daily"), money("budget.total"), money("shared.daily")) {
        (Some(daily), ..) => {
            let automatic = if object.raises_itself { daily } else { 0 };
            Spend { daily, automatic, ..Spend::default() }
        }
        (None, Some(total), _) => Spend { total, ..Spend::default() },
        (None, None, daily) => Spend { daily: daily.unwrap_or_default(), ..Spend::default() },
    }
}

/// Whether it is active itself and not over; `None` where nobody tells.
fn runs(object: &ObservedObject, now: Timestamp) -> Option<bool> {
    let end = object.value("schedule.end").and_then(Value::as_time);
    if end.is_some_and(|end| end.at <= now) {
        return Some(false);
    }
    match object.text("state") {
        Some("Active") => Some(true),
        Some("Paused") => Some(false),
        _ => (object.status.delivery == Some(Delivery::Ended)).then_some(false),
    }
}

fn both(own: Option<bool>, above: Option<bool>) -> Option<bool> {
    match (own, above) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

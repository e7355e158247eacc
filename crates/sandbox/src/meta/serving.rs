//! Which ads deliver, with which budget and bid, as time passes (meta-ads.md §13, §17).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::campaigns::BUDGETS;
use super::kind::Kind;
use super::store::{self, Node};
use super::time::{self, plus_days};
use super::{insights, learning, money, review, status};
use crate::delivery::{self, Amount, Bid, Drawing, Place, Pot, draw};
use crate::world::{Object, Vendor, World};

/// Delivery is simulated up to each of these marks, so that a busy minute does not look at every ad with every request,
/// and whatever the steps in which time passes, the same spans are looked at.
const MARK_SECONDS: i64 = 60;
/// Until when delivery was simulated.
const UNTIL: &str = "delivered_until";

/// Simulates delivery up to an instant, span by span between changes that time itself makes.
pub(super) fn advance(world: &mut World, from: Timestamp, to: Timestamp) {
    let begun = world.notes.get(&Vendor::Meta).and_then(|notes| notes.get(UNTIL)?.as_i64());
    let mut at = begun.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(from);
    let past = to.as_second().rem_euclid(MARK_SECONDS);
    let mark = Timestamp::from_second(to.as_second() - past).unwrap_or(to);
    if mark <= at {
        if begun.is_none() {
            remember(world, at);
        }
        return;
    }
    let now = world.now;
    for next in stops(world, at, mark) {
        world.now = at;
        review::settle(world);
        deliver(world, at, next);
        at = next;
    }
    world.now = now;
    remember(world, mark);
}

fn remember(world: &mut World, at: Timestamp) {
    world.notes.entry(Vendor::Meta).or_default().insert(UNTIL.to_owned(), json!(at.as_second()));
}

/// The instants at which something changes by itself: midnights, starts, ends, outcomes of reviews.
fn stops(world: &World, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let mut stops = vec![to];
    for (digits, account) in world.accounts.get(&Vendor::Meta).into_iter().flatten() {
        let clock = store::clock(world, digits);
        let mut day = plus_days(clock.day(from), 1);
        while clock.start_of(day) < to {
            stops.push(clock.start_of(day));
            day = plus_days(day, 1);
        }
        for set in account.collection("adsets").into_iter().flat_map(|sets| sets.values()) {
            stops.extend(
                ["start_time", "end_time"]
                    .iter()
                    .filter_map(|name| time::parse_instant(store::text(set, name))),
            );
        }
    }
    stops.extend(review::dues(world));
    stops.retain(|stop| from < *stop && *stop <= to);
    stops.sort_unstable();
    stops.dedup();
    stops
}

fn deliver(world: &mut World, from: Timestamp, to: Timestamp) {
    for (account, pot) in pots(world) {
        let price_level = delivery::price_level(&money::currency(world, &account));
        let place = Place { zone: zone(world, &account), price_level };
        draw(world, Vendor::Meta, &pot, &place, (from, to));
    }
}

fn zone(world: &World, account: &str) -> TimeZone {
    let object = store::account(world, account).map(|found| &found.object);
    object
        .and_then(|object| TimeZone::get(store::text(object, "timezone_name")).ok())
        .unwrap_or(TimeZone::UTC)
}

/// The budgets with ads that deliver now, with their accounts.
fn pots(world: &World) -> Vec<(String, Pot)> {
    let mut pots: Vec<(String, Pot)> = Vec::new();
    for (digits, account) in world.accounts.get(&Vendor::Meta).into_iter().flatten() {
        for (campaign_id, campaign) in account.collection("campaigns").into_iter().flatten() {
            let node = Node::new(Kind::Campaign, digits, campaign_id);
            if status::effective(world, &node, campaign) != "ACTIVE" {
                continue;
            }
            let shared = amount(world, &node, campaign);
            let mut together = Vec::new();
            for set in store::children(world, campaign_id, Kind::AdSet) {
                let ads = serving_ads(world, digits, set);
                if shared.is_some() {
                    together.extend(ads);
                } else if let Some(object) = store::object(world, digits, Kind::AdSet, set) {
                    let own = amount(world, &Node::new(Kind::AdSet, digits, set), object);
                    let pot = own.map(|amount| Pot { key: set.to_owned(), amount, drawing: ads });
                    pots.extend(pot.map(|pot| (digits.clone(), pot)));
                }
            }
            let pot = shared.map(|amount| Pot { key: campaign_id.clone(), amount, drawing: together });
            pots.extend(pot.map(|pot| (digits.clone(), pot)));
        }
    }
    pots.retain(|(_, pot)| !pot.drawing.is_empty());
    pots
}

/// The ads of an ad set that deliver now, with its bid and since when it learns.
fn serving_ads(world: &World, account: &str, set: &str) -> Vec<Drawing> {
    let Some(object) = store::object(world, account, Kind::AdSet, set) else { return Vec::new() };
    let ended = time::parse_instant(store::text(object, "end_time")).is_some_and(|end| end <= world.now);
    if ended || status::effective(world, &Node::new(Kind::AdSet, account, set), object) != "ACTIVE" {
        return Vec::new();
    }
    let (bid, learning_since) = (bid(world, account, object), learning::since(object));
    store::children(world, set, Kind::Ad)
        .into_iter()
        .filter(|ad| {
            let node = Node::new(Kind::Ad, account, ad);
            store::object(world, account, Kind::Ad, ad)
                .is_some_and(|object| status::effective(world, &node, object) == "ACTIVE")
        })
        .map(|ad| Drawing { object: ad.to_owned(), bid, learning_since })
        .collect()
}

/// A cap per thousand impressions or per click by what is billed, a cost cap per result.
fn bid(world: &World, account: &str, set: &Object) -> Bid {
    let amount = money::micros(&money::currency(world, account), money::amount(set, "bid_amount"));
    match (store::text(set, "bid_strategy"), store::text(set, "optimization_goal")) {
        _ if amount == 0 => Bid::Automatic,
        (_, "LINK_CLICKS" | "LANDING_PAGE_VIEWS") => Bid::PerClick(amount),
        (_, "REACH" | "IMPRESSIONS" | "AD_RECALL_LIFT" | "THRUPLAY") => Bid::PerMille(amount),
        _ => Bid::PerConversion(amount),
    }
}

/// The budget of an object; what is left of a lifetime budget when the day begins is spread over the days left.
fn amount(world: &World, node: &Node, object: &Object) -> Option<Amount> {
    let [daily, lifetime] = BUDGETS.map(|name| money::amount(object, name));
    let micros = |minor: i64| money::micros(&money::currency(world, &node.account), minor);
    if lifetime == 0 {
        return (daily > 0).then(|| Amount::Daily(micros(daily)));
    }
    let clock = store::clock(world, &node.account);
    let today = clock.start_of(clock.day(world.now));
    let end =
        ["end_time", "stop_time"].iter().find_map(|name| time::parse_instant(store::text(object, name)));
    let end = end.unwrap_or(today + SignedDuration::from_hours(24 * 30));
    let days = (end.as_second() - today.as_second() - 1).max(0) / 86_400 + 1;
    let left = (lifetime - insights::spent_before_today(world, node)).max(0);
    Some(Amount::Total { amount: micros(lifetime), today: micros(left / days) })
}

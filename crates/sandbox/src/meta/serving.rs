//! Which ads deliver, with which budget and bid, as time passes (meta-ads.md §13, §17).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::campaigns::BUDGETS;
use super::kind::Kind;
use super::store::{self, Node};
use super::time::{self, plus_days};
use super::{insights, money, review, status};
use crate::delivery::{self, Bid, Settings};
use crate::world::{Object, Vendor, World};

/// Shorter spans wait for the next, so that a busy minute does not look at every ad with every request.
const SHORTEST_SECONDS: i64 = 60;
/// Until when delivery was simulated.
const UNTIL: &str = "delivered_until";

/// What draws on one budget.
struct Pot {
    account: String,
    daily_minor: i64,
    /// Serving ads with their ad sets.
    ads: Vec<(String, Bid)>,
}

/// Simulates delivery up to an instant, span by span between changes that time itself makes.
pub(super) fn advance(world: &mut World, from: Timestamp, to: Timestamp) {
    let begun = world.notes.get(&Vendor::Meta).and_then(|notes| notes.get(UNTIL)?.as_i64());
    let mut at = begun.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(from);
    if to.as_second() - at.as_second() < SHORTEST_SECONDS {
        if begun.is_none() {
            remember(world, at);
        }
        return;
    }
    let now = world.now;
    for next in stops(world, at, to) {
        world.now = at;
        review::settle(world);
        deliver(world, at, next);
        at = next;
    }
    world.now = now;
    remember(world, to);
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
    let seed = world.seed;
    for pot in pots(world) {
        let zone = zone(world, &pot.account);
        let currency = money::currency(world, &pot.account);
        let ids: Vec<&str> = pot.ads.iter().map(|(ad, _)| ad.as_str()).collect();
        let parts = delivery::split_budget(seed, money::micros(&currency, pot.daily_minor), &ids);
        for ((ad, bid), daily_budget_micros) in pot.ads.iter().zip(parts) {
            let settings = Settings {
                seed,
                object: ad,
                daily_budget_micros,
                bid: *bid,
                price_level: delivery::price_level(&currency),
                serving: true,
            };
            world.ledger_mut(Vendor::Meta).record(&settings, &zone, from, to);
        }
    }
}

fn zone(world: &World, account: &str) -> TimeZone {
    let object = store::account(world, account).map(|found| &found.object);
    object
        .and_then(|object| TimeZone::get(store::text(object, "timezone_name")).ok())
        .unwrap_or(TimeZone::UTC)
}

/// The budgets with ads that deliver now.
fn pots(world: &World) -> Vec<Pot> {
    let mut pots: Vec<Pot> = Vec::new();
    for (digits, account) in world.accounts.get(&Vendor::Meta).into_iter().flatten() {
        for (campaign_id, campaign) in account.collection("campaigns").into_iter().flatten() {
            let node = Node::new(Kind::Campaign, digits, campaign_id);
            if status::effective(world, &node, campaign) != "ACTIVE" {
                continue;
            }
            let shared = daily_minor(world, &node, campaign);
            let mut together = Pot { account: digits.clone(), daily_minor: shared, ads: Vec::new() };
            for set in store::children(world, campaign_id, Kind::AdSet) {
                let ads = serving_ads(world, digits, set);
                if shared > 0 {
                    together.ads.extend(ads);
                } else if let Some(object) = store::object(world, digits, Kind::AdSet, set) {
                    let daily_minor = daily_minor(world, &Node::new(Kind::AdSet, digits, set), object);
                    pots.push(Pot { account: digits.clone(), daily_minor, ads });
                }
            }
            pots.push(together);
        }
    }
    pots.retain(|pot| pot.daily_minor > 0 && !pot.ads.is_empty());
    pots
}

/// The ads of an ad set that deliver now, with its bid.
fn serving_ads(world: &World, account: &str, set: &str) -> Vec<(String, Bid)> {
    let Some(object) = store::object(world, account, Kind::AdSet, set) else { return Vec::new() };
    let ended = time::parse_instant(store::text(object, "end_time")).is_some_and(|end| end <= world.now);
    if ended || status::effective(world, &Node::new(Kind::AdSet, account, set), object) != "ACTIVE" {
        return Vec::new();
    }
    let bid = bid(world, account, object);
    store::children(world, set, Kind::Ad)
        .into_iter()
        .filter(|ad| {
            let node = Node::new(Kind::Ad, account, ad);
            store::object(world, account, Kind::Ad, ad)
                .is_some_and(|object| status::effective(world, &node, object) == "ACTIVE")
        })
        .map(|ad| (ad.to_owned(), bid))
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

/// What an object may spend today, in minor units; a lifetime budget is spread over the days left.
fn daily_minor(world: &World, node: &Node, object: &Object) -> i64 {
    let [daily, lifetime] = BUDGETS.map(|name| money::amount(object, name));
    if lifetime == 0 {
        return daily;
    }
    let end =
        ["end_time", "stop_time"].iter().find_map(|name| time::parse_instant(store::text(object, name)));
    let end = end.unwrap_or(world.now + SignedDuration::from_hours(24 * 30));
    let days = (end.as_second() - world.now.as_second()).max(0) / 86_400 + 1;
    (lifetime - insights::spent_minor(world, node)).max(0) / days
}

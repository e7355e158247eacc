//! Simulated delivery: who serves, with which share of which budget, and what that adds up to.
//!
//! A manual ad delivers as itself, an Upgraded Smart+ ad as its creatives (reports tell them apart). Each
//! campaign is booked up to the hour as time passes, and up to the instant before anything in it changes.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::delivery::{self, Bid, Settings};
use crate::world::{Account, Object, Vendor, World};

use super::adgroups::is_cbo;
use super::json::{objects, text, text_or_empty};
use super::money::Micros;
use super::store::{self, Kind, Lane, Level};
use super::{bidding, budget, clock, status};

const LANES: [Lane; 2] = [Lane::Manual, Lane::SmartPlus];
const SECONDS_PER_HOUR: i64 = 3_600;
const SECONDS_PER_DAY: i64 = 86_400;

/// One thing that delivers: a manual ad, or a creative of an Upgraded Smart+ ad.
#[derive(Debug, Clone)]
struct Server {
    id: String,
    campaign: String,
    group: String,
    budget: i64,
    bid: Bid,
    from: Timestamp,
    until: Timestamp,
}

/// Books the delivery of all campaigns up to now.
pub(super) fn settle_all(world: &mut World) {
    let accounts: Vec<String> =
        world.accounts.get(&Vendor::Tiktok).into_iter().flatten().map(|(id, _)| id.clone()).collect();
    for advertiser in accounts {
        settle_account(world, &advertiser);
    }
}

/// Books the delivery of an account's campaigns up to now.
pub(super) fn settle_account(world: &mut World, advertiser: &str) {
    let Some(account) = world.account(Vendor::Tiktok, advertiser) else { return };
    let campaigns: Vec<(Lane, String)> = LANES
        .into_iter()
        .flat_map(|lane| {
            let campaigns = account.collection(Kind::new(lane, Level::Campaign).collection());
            campaigns
                .into_iter()
                .flatten()
                .filter(|(_, campaign)| is_on(campaign))
                .map(move |(id, _)| (lane, id.clone()))
        })
        .collect();
    for (lane, campaign) in campaigns {
        settle(world, advertiser, lane, &campaign);
    }
}

/// Books the delivery of one campaign up to now, before something in it changes.
pub(super) fn settle(world: &mut World, advertiser: &str, lane: Lane, campaign: &str) {
    let to = world.now;
    let Some(account) = world.account(Vendor::Tiktok, advertiser) else { return };
    let Some(object) = account.get(Kind::new(lane, Level::Campaign).collection(), campaign) else { return };
    let from = settled(world, object, to);
    if from >= to {
        return;
    }
    let zone = clock::zone(&account.object);
    let level = delivery::price_level(text_or_empty(&account.object, "currency"));
    let servers =
        if is_on(object) { servers(world, account, lane, object, &zone, (from, to)) } else { Vec::new() };
    let seed = world.seed;
    let mut spent: Vec<(String, i64)> = Vec::new();
    for server in servers {
        let settings = Settings {
            seed,
            object: &server.id,
            daily_budget_micros: server.budget,
            bid: server.bid,
            price_level: level,
            serving: true,
        };
        let sum = world.ledger_mut(Vendor::Tiktok).record(&settings, &zone, server.from, server.until);
        for id in [server.campaign, server.group] {
            spent.push((id, sum.spend_micros));
        }
    }
    for (id, micros) in spent {
        let total = lifetime(world, &id).0 + micros;
        store::set_note(world, format!("spent/{id}"), total);
    }
    store::set_note(world, format!("settled/{campaign}"), clock::stamp(to));
}

/// How far a campaign is booked; one never booked began within the present hour or came from outside.
fn settled(world: &World, campaign: &Object, to: Timestamp) -> Timestamp {
    let note = store::note(world, &format!("settled/{}", text_or_empty(campaign, "campaign_id")));
    note.and_then(Value::as_str).and_then(clock::parse).unwrap_or_else(|| {
        let created = text(campaign, "create_time").and_then(clock::parse).unwrap_or(to);
        created.max(to - SignedDuration::from_secs(SECONDS_PER_HOUR))
    })
}

fn is_on(object: &Object) -> bool {
    text(object, "operation_status") == Some("ENABLE")
}

/// Everything of a campaign that serves in a span of at most an hour, with its share of the budget.
fn servers(
    world: &World,
    account: &Account,
    lane: Lane,
    campaign: &Object,
    zone: &TimeZone,
    (from, to): (Timestamp, Timestamp),
) -> Vec<Server> {
    if is_used_up(world, Level::Campaign, campaign) {
        return Vec::new();
    }
    let groups = Kind::new(lane, Level::AdGroup).collection();
    let campaign_id = text_or_empty(campaign, "campaign_id");
    let mut all = Vec::new();
    for group in store::children(world, campaign_id).into_iter().filter_map(|id| account.get(groups, id)) {
        if !is_on(group) || is_used_up(world, Level::AdGroup, group) || !is_open(group, zone, from) {
            continue;
        }
        let mut own = of_group(world, account, lane, group, (from, to));
        if !is_cbo(campaign) {
            share(world.seed, daily_budget(world, Level::AdGroup, group, group), &mut own);
        }
        all.extend(own);
    }
    if is_cbo(campaign) {
        let flight = store::children(world, campaign_id).into_iter().find_map(|id| account.get(groups, id));
        let budget = daily_budget(world, Level::Campaign, campaign, flight.unwrap_or(campaign));
        share(world.seed, budget, &mut all);
    }
    all
}

/// The ads or creatives of an ad group that serve.
fn of_group(
    world: &World,
    account: &Account,
    lane: Lane,
    group: &Object,
    (from, to): (Timestamp, Timestamp),
) -> Vec<Server> {
    let kind = Kind::new(lane, Level::Ad);
    let start = text(group, "schedule_start_time").and_then(clock::parse).unwrap_or(from);
    let end = text(group, "schedule_end_time").and_then(clock::parse).unwrap_or(to);
    let bid = bid(group);
    let mut found = Vec::new();
    for ad in store::children(world, text_or_empty(group, "adgroup_id"))
        .into_iter()
        .filter_map(|id| account.get(kind.collection(), id))
    {
        let Some(passed) = status::passed_at(world, kind, ad).filter(|_| is_on(ad)) else { continue };
        let (from, until) = (from.max(start).max(passed), to.min(end));
        let ids: Vec<&str> = match lane {
            Lane::Manual => vec![text_or_empty(ad, "ad_id")],
            Lane::SmartPlus => objects(ad, "creative_list")
                .filter(|creative| text(creative, "material_operation_status") != Some("DISABLE"))
                .filter_map(|creative| text(creative, "ad_material_id"))
                .collect(),
        };
        found.extend(ids.into_iter().filter(|_| from < until).map(|id| Server {
            id: id.to_owned(),
            campaign: text_or_empty(group, "campaign_id").to_owned(),
            group: text_or_empty(group, "adgroup_id").to_owned(),
            budget: 0,
            bid,
            from,
            until,
        }));
    }
    found
}

/// Splits a daily budget over what serves.
fn share(seed: u64, budget: i64, servers: &mut [Server]) {
    let ids: Vec<String> = servers.iter().map(|server| server.id.clone()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for (server, part) in servers.iter_mut().zip(delivery::split_budget(seed, budget, &ids)) {
        server.budget = part;
    }
}

/// A day's part of a budget: all of a daily one; of a lifetime one what is left, spread over the days left.
fn daily_budget(world: &World, level: Level, owner: &Object, flight: &Object) -> i64 {
    let amount = owner.get("budget").and_then(Micros::read).unwrap_or_default().0;
    if text_or_empty(owner, "budget_mode") != budget::TOTAL {
        return amount;
    }
    let left = amount - lifetime(world, text_or_empty(owner, Kind::new(Lane::Manual, level).id_member())).0;
    let end = text(flight, "schedule_end_time").and_then(clock::parse).unwrap_or(world.now);
    let seconds = (end.as_second() - world.now.as_second()).max(0);
    left.max(0) / (seconds / SECONDS_PER_DAY + 1)
}

fn bid(group: &Object) -> Bid {
    let price = |name: &str| group.get(name).and_then(Micros::read).unwrap_or_default().0;
    if text(group, "bid_type") != Some(bidding::CUSTOM) {
        return Bid::Automatic;
    }
    match text_or_empty(group, "billing_event") {
        "CPC" => Bid::PerClick(price("bid_price")),
        "CPM" => Bid::PerMille(price("bid_price")),
        "OCPM" => Bid::PerConversion(price("conversion_bid_price")),
        _ => Bid::Automatic,
    }
}

/// Whether dayparting lets the ad group serve at an instant: half hours of the account's week from Monday.
fn is_open(group: &Object, zone: &TimeZone, at: Timestamp) -> bool {
    let local = at.to_zoned(zone.clone());
    let day = usize::from(local.weekday().to_monday_zero_offset().unsigned_abs());
    let slot = day * 48 + usize::from(local.hour().unsigned_abs()) * 2 + usize::from(local.minute() >= 30);
    text(group, "dayparting").and_then(|hours| hours.as_bytes().get(slot)) != Some(&b'0')
}

/// What an object has spent in all its life, as far as booked.
fn lifetime(world: &World, id: &str) -> Micros {
    Micros(store::note(world, &format!("spent/{id}")).and_then(Value::as_i64).unwrap_or(0))
}

/// Whether an object has used up its lifetime budget.
pub(super) fn is_used_up(world: &World, level: Level, object: &Object) -> bool {
    if text(object, "budget_mode") != Some(budget::TOTAL) || level == Level::Ad {
        return false;
    }
    let id = text_or_empty(object, Kind::new(Lane::Manual, level).id_member());
    object.get("budget").and_then(Micros::read).is_some_and(|budget| lifetime(world, id) >= budget)
}

/// What counts against a budget of this mode: today's spend for a daily one, else everything so far.
///
/// The period is unverified; the platform's text only says "current spend".
pub(super) fn of_budget(world: &World, advertiser: &str, kind: Kind, id: &str, mode: &str) -> Micros {
    if !budget::is_daily(mode) {
        return lifetime(world, id);
    }
    let Some(account) = world.account(Vendor::Tiktok, advertiser) else { return Micros::default() };
    let zone = clock::zone(&account.object);
    let start = clock::start_of(clock::day(world.now, &zone), &zone);
    let Some(ledger) = world.delivered.get(&Vendor::Tiktok) else { return Micros::default() };
    let end = world.now + SignedDuration::from_secs(1);
    let spent = delivering(world, account, kind, id)
        .iter()
        .map(|object| ledger.total(world.seed, object, start, end, world.now).spend_micros)
        .sum();
    Micros(spent)
}

/// Ids of what delivers below an object: manual ads, or creatives of Upgraded Smart+ ads.
pub(super) fn delivering(world: &World, account: &Account, kind: Kind, id: &str) -> Vec<String> {
    match kind.level {
        Level::Campaign | Level::AdGroup => {
            let below = if kind.level == Level::Campaign { Level::AdGroup } else { Level::Ad };
            let children = store::children(world, id);
            children
                .into_iter()
                .flat_map(|child| delivering(world, account, Kind::new(kind.lane, below), child))
                .collect()
        }
        Level::Ad if kind.lane == Lane::Manual => vec![id.to_owned()],
        Level::Ad => {
            let ad = account.get(kind.collection(), id);
            let creatives = ad.into_iter().flat_map(|ad| objects(ad, "creative_list"));
            creatives.filter_map(|creative| text(creative, "ad_material_id")).map(str::to_owned).collect()
        }
    }
}

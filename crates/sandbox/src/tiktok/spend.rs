//! Simulated delivery: who serves, with which share of which budget, and what that adds up to.
//!
//! A manual ad delivers as itself, an Upgraded Smart+ ad as its creatives (reports tell them apart). Each
//! campaign is booked up to the hour as time passes, and up to the instant before anything in it changes.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::delivery::{self, Amount, Bid, Drawing, Place, Pot, draw};
use crate::world::{Account, Object, Vendor, World};

use super::adgroups::is_cbo;
use super::json::{objects, text, text_or_empty};
use super::money::Micros;
use super::store::{self, Kind, Lane, Level};
use super::{bidding, budget, clock, status};

const LANES: [Lane; 2] = [Lane::Manual, Lane::SmartPlus];
/// Dayparting goes by half hours.
const HALF_HOUR: i64 = 1_800;
const SECONDS_PER_DAY: i64 = 86_400;
/// Note of the instant at which time began to pass.
const BEGUN: &str = "begun";

/// A budget with what draws on it, and the ad group of each, in the same order.
struct Drawn {
    pot: Pot,
    groups: Vec<String>,
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
        store::set_note(world, format!("settled/{campaign}"), clock::stamp(from));
        return;
    }
    let price_level = delivery::price_level(text_or_empty(&account.object, "currency"));
    let place = Place { zone: clock::zone(&account.object), price_level };
    let mut at = from;
    if is_on(object) {
        for next in stops(world, account, lane, campaign, &place.zone, (from, to)) {
            deliver(world, advertiser, lane, campaign, &place, (at, next));
            at = next;
        }
    }
    store::set_note(world, format!("settled/{campaign}"), clock::stamp(to));
}

/// The instants up to the end of a span at which something in a campaign begins or ends to serve by itself.
fn stops(
    world: &World,
    account: &Account,
    lane: Lane,
    campaign: &str,
    zone: &TimeZone,
    (from, to): (Timestamp, Timestamp),
) -> Vec<Timestamp> {
    let (groups, ads) = (Kind::new(lane, Level::AdGroup), Kind::new(lane, Level::Ad));
    let mut stops = vec![to];
    let mut midnight = clock::start_of(clock::day(from, zone).saturating_add(1.days()), zone);
    while midnight < to {
        stops.push(midnight);
        midnight = clock::start_of(clock::day(midnight, zone).saturating_add(1.days()), zone);
    }
    for (id, group) in store::children(world, campaign)
        .into_iter()
        .filter_map(|id| Some((id, account.get(groups.collection(), id)?)))
    {
        let times = ["schedule_start_time", "schedule_end_time"];
        stops.extend(times.iter().filter_map(|name| clock::parse(text(group, name)?)));
        let of_group =
            store::children(world, id).into_iter().filter_map(|id| account.get(ads.collection(), id));
        stops.extend(of_group.filter_map(|ad| status::passed_at(world, ads, ad)));
        if text(group, "dayparting").is_some_and(|hours| hours.contains('0')) {
            let first = from.as_second() - from.as_second().rem_euclid(HALF_HOUR) + HALF_HOUR;
            let half_hours = (0..).map(|number| first + number * HALF_HOUR);
            let half_hours = half_hours.take_while(|second| *second < to.as_second());
            stops.extend(half_hours.filter_map(|second| Timestamp::from_second(second).ok()));
        }
    }
    stops.retain(|stop| from < *stop && *stop <= to);
    stops.sort_unstable();
    stops.dedup();
    stops
}

/// Books what a campaign delivers in a span in which nothing begins or ends.
fn deliver(
    world: &mut World,
    advertiser: &str,
    lane: Lane,
    campaign: &str,
    place: &Place,
    (from, to): (Timestamp, Timestamp),
) {
    let mut spent: Vec<(String, i64)> = Vec::new();
    for Drawn { pot, groups } in drawn(world, advertiser, lane, campaign, &place.zone, from) {
        let amounts = draw(world, Vendor::Tiktok, &pot, place, (from, to));
        spent.push((campaign.to_owned(), amounts.iter().sum()));
        spent.extend(groups.into_iter().zip(amounts));
    }
    for (id, micros) in spent.into_iter().filter(|(_, micros)| *micros > 0) {
        let total = lifetime(world, &id).0 + micros;
        store::set_note(world, format!("spent/{id}"), total);
    }
}

/// How far a campaign is booked; one never booked began when it was made, or came with the world.
fn settled(world: &World, campaign: &Object, to: Timestamp) -> Timestamp {
    let instant = |key: &str| store::note(world, key).and_then(Value::as_str).and_then(clock::parse);
    instant(&format!("settled/{}", text_or_empty(campaign, "campaign_id"))).unwrap_or_else(|| {
        let created = text(campaign, "create_time").and_then(clock::parse).unwrap_or(to);
        created.max(instant(BEGUN).unwrap_or(to)).min(to)
    })
}

/// Remembers when time began to pass: what was made before came with the world.
pub(super) fn begin(world: &mut World, from: Timestamp) {
    if store::note(world, BEGUN).is_none() {
        store::set_note(world, BEGUN.to_owned(), clock::stamp(from));
    }
}

fn is_on(object: &Object) -> bool {
    text(object, "operation_status") == Some("ENABLE")
}

/// The budgets of a campaign with everything that serves at an instant.
fn drawn(
    world: &World,
    advertiser: &str,
    lane: Lane,
    campaign: &str,
    zone: &TimeZone,
    at: Timestamp,
) -> Vec<Drawn> {
    let found = world.account(Vendor::Tiktok, advertiser).and_then(|account| {
        Some((account, account.get(Kind::new(lane, Level::Campaign).collection(), campaign)?))
    });
    let Some((account, object)) = found else { return Vec::new() };
    if is_used_up(world, Level::Campaign, object) {
        return Vec::new();
    }
    let groups = Kind::new(lane, Level::AdGroup);
    let serving = store::children(world, campaign)
        .into_iter()
        .filter_map(|id| Some((id, account.get(groups.collection(), id)?)))
        .filter(|(_, group)| {
            is_on(group) && !is_used_up(world, Level::AdGroup, group) && is_open(group, zone, at)
        })
        .map(|(id, group)| (id, group, of_group(world, account, lane, group, at)));
    if !is_cbo(object) {
        let own = serving.map(|(id, group, drawing)| {
            let amount = amount(world, account, groups, group, (at, zone));
            let groups = vec![id.to_owned(); drawing.len()];
            Drawn { pot: Pot { key: id.to_owned(), amount, drawing }, groups }
        });
        return own.collect();
    }
    let amount = amount(world, account, Kind::new(lane, Level::Campaign), object, (at, zone));
    let (mut all, mut groups) = (Vec::new(), Vec::new());
    for (id, _, drawing) in serving {
        groups.extend(drawing.iter().map(|_| id.to_owned()));
        all.extend(drawing);
    }
    vec![Drawn { pot: Pot { key: campaign.to_owned(), amount, drawing: all }, groups }]
}

/// The ads or creatives of an ad group that serve.
fn of_group(world: &World, account: &Account, lane: Lane, group: &Object, at: Timestamp) -> Vec<Drawing> {
    let kind = Kind::new(lane, Level::Ad);
    let time = |name: &str| text(group, name).and_then(clock::parse);
    let begun = time("schedule_start_time").is_none_or(|start| start <= at);
    let ended = time("schedule_end_time").is_some_and(|end| end <= at);
    if !begun || ended {
        return Vec::new();
    }
    let bid = bid(group);
    let ads = store::children(world, text_or_empty(group, "adgroup_id"))
        .into_iter()
        .filter_map(|id| account.get(kind.collection(), id));
    let serving =
        ads.filter(|ad| is_on(ad) && status::passed_at(world, kind, ad).is_some_and(|passed| passed <= at));
    let ids = serving.flat_map(|ad| match lane {
        Lane::Manual => vec![text_or_empty(ad, "ad_id")],
        Lane::SmartPlus => objects(ad, "creative_list")
            .filter(|creative| text(creative, "material_operation_status") != Some("DISABLE"))
            .filter_map(|creative| text(creative, "ad_material_id"))
            .collect(),
    });
    ids.map(|id| Drawing { object: id.to_owned(), bid, learning_since: None }).collect()
}

/// A budget; of a lifetime one, what is left when the day begins is spread over the days left.
fn amount(
    world: &World,
    account: &Account,
    kind: Kind,
    owner: &Object,
    (at, zone): (Timestamp, &TimeZone),
) -> Amount {
    let amount = owner.get("budget").and_then(Micros::read).unwrap_or_default().0;
    if text_or_empty(owner, "budget_mode") != budget::TOTAL {
        return Amount::Daily(amount);
    }
    let id = text_or_empty(owner, kind.id_member());
    let today = clock::start_of(clock::day(at, zone), zone);
    let ledger = world.delivered.get(&Vendor::Tiktok);
    let spent_today: i64 = ledger.map_or(0, |ledger| {
        let objects = delivering(world, account, kind, id);
        objects.iter().map(|object| ledger.spent(object, today, Timestamp::MAX)).sum()
    });
    let left = (amount - lifetime(world, id).0 + spent_today).max(0);
    let end = flight_end(world, account, kind, owner).unwrap_or(at);
    let days = (end.as_second() - today.as_second() - 1).max(0) / SECONDS_PER_DAY + 1;
    Amount::Total { amount, today: left / days }
}

/// The end of an ad group's flight; of a campaign, that of its first ad group's.
fn flight_end(world: &World, account: &Account, kind: Kind, owner: &Object) -> Option<Timestamp> {
    let groups = Kind::new(kind.lane, Level::AdGroup).collection();
    let holder = match kind.level {
        Level::Campaign => store::children(world, text_or_empty(owner, "campaign_id"))
            .into_iter()
            .find_map(|id| account.get(groups, id))?,
        Level::AdGroup | Level::Ad => owner,
    };
    text(holder, "schedule_end_time").and_then(clock::parse)
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
    let objects = delivering(world, account, kind, id);
    let spent = objects.iter().map(|object| ledger.spent(object, start, Timestamp::MAX)).sum();
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

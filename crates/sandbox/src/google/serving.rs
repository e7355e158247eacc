//! Lets campaigns deliver while sandbox time passes. How much is decided in [`crate::delivery`].

use std::collections::HashSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::read::{Reader, computed, living};
use super::rules::{bidding, int_of, text_of};
use super::schema::enums::DAY_OF_WEEK;
use super::{review, rules};
use crate::delivery::{Bid, Settings, price_level, split_budget};
use crate::world::{Object, Vendor, World};

/// Note that tells until when delivery is booked.
const BOOKED: &str = "delivered_until_ms";
/// Shorter spans are put together, so that a busy client does not pay for bookkeeping on every request.
const SHORTEST: SignedDuration = SignedDuration::from_mins(5);

/// One thing that delivers: an ad, or an asset group of Performance Max.
struct Carrier {
    object: String,
    daily_budget_micros: i64,
    bid: Bid,
}

/// Ends reviews and books delivery up to an instant.
pub(super) fn advance(world: &mut World, from: Timestamp, to: Timestamp) {
    let booked = world.notes.get(&Vendor::Google).and_then(|notes| notes.get(BOOKED)).and_then(Value::as_i64);
    let booked = booked.and_then(|millis| Timestamp::from_millisecond(millis).ok()).unwrap_or(from);
    if to.duration_since(booked) < SHORTEST {
        review::settle(world, to);
        note(world, booked);
        return;
    }
    let reviewed = review::last_due(world, to).unwrap_or(booked).clamp(booked, to);
    deliver(world, booked, reviewed);
    review::settle(world, to);
    deliver(world, reviewed, to);
    note(world, to);
}

fn note(world: &mut World, booked: Timestamp) {
    let notes = world.notes.entry(Vendor::Google).or_default();
    notes.insert(BOOKED.to_owned(), json!(booked.as_millisecond()));
}

fn deliver(world: &mut World, from: Timestamp, to: Timestamp) {
    let accounts: Vec<String> = world
        .accounts
        .get(&Vendor::Google)
        .into_iter()
        .flat_map(|accounts| accounts.keys().cloned())
        .collect();
    for account in accounts {
        let Some(object) = world.account(Vendor::Google, &account).map(|account| account.object.clone())
        else {
            continue;
        };
        let zone = super::clock::zone(&object);
        let level = price_level(text_of(&object, "currencyCode"));
        // Campaigns begin and end with the account's days.
        for (begin, end) in days(&zone, from, to) {
            deliver_account(world, &account, &zone, level, (begin, end));
        }
    }
}

fn days(zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let mut spans = Vec::new();
    let mut begin = from;
    while begin < to {
        let tomorrow = begin.to_zoned(zone.clone()).date().saturating_add(1.days());
        let midnight = tomorrow.to_zoned(zone.clone()).map_or(to, |zoned| zoned.timestamp());
        let end = if midnight > begin { midnight.min(to) } else { to };
        spans.push((begin, end));
        begin = end;
    }
    spans
}

fn deliver_account(
    world: &mut World,
    account: &str,
    zone: &TimeZone,
    price_level: i64,
    (from, to): (Timestamp, Timestamp),
) {
    let seed = world.seed;
    let carriers = carriers(world, account, seed, from);
    let ledger = world.ledger_mut(Vendor::Google);
    for Carrier { object, daily_budget_micros, bid } in &carriers {
        let settings = Settings {
            seed,
            object,
            daily_budget_micros: *daily_budget_micros,
            bid: *bid,
            price_level,
            serving: true,
        };
        ledger.record(&settings, zone, from, to);
    }
}

/// What delivers at an instant, each with its part of the budget.
fn carriers(world: &World, account: &str, seed: u64, at: Timestamp) -> Vec<Carrier> {
    let Some(reader) = Reader::at(world, account, at) else { return Vec::new() };
    let mut campaigns = reader.account.collection("campaigns").into_iter().flat_map(|stored| stored.values());
    if !campaigns.any(|campaign| text_of(campaign, "status") == "ENABLED") {
        return Vec::new();
    }
    let closed = closed_by_schedule(&reader, at);
    let mut found = Vec::new();
    for budget in reader.account.collection("campaignBudgets").into_iter().flat_map(|stored| stored.values())
    {
        let users = living(&reader.children().budget_users, text_of(budget, "resourceName"));
        let ads: Vec<(String, Bid)> = users
            .filter(|campaign| !closed.contains(text_of(campaign, "resourceName")))
            .flat_map(|campaign| of_campaign(&reader, campaign))
            .collect();
        if ads.is_empty() {
            continue;
        }
        let names: Vec<&str> = ads.iter().map(|(object, _)| object.as_str()).collect();
        let parts = split_budget(seed, daily_amount(budget), &names);
        found.extend(ads.iter().zip(parts).map(|((object, bid), daily_budget_micros)| Carrier {
            object: object.clone(),
            daily_budget_micros,
            bid: *bid,
        }));
    }
    found
}

/// Campaigns with ad schedules, none of which is open at an instant (§3.9). Time passes in steps that end with the hour,
/// so a schedule that begins at a quarter is off by less than one.
fn closed_by_schedule<'r>(reader: &'r Reader<'_>, at: Timestamp) -> HashSet<&'r str> {
    let local = at.to_zoned(reader.zone.clone());
    let day = DAY_OF_WEEK[usize::from(local.weekday().to_monday_zero_offset().unsigned_abs()) % 7];
    let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
    let mut scheduled = HashSet::new();
    let mut open = HashSet::new();
    for criterion in
        reader.account.collection("campaignCriteria").into_iter().flat_map(|stored| stored.values())
    {
        let Some(schedule) = criterion.get("adSchedule").and_then(Value::as_object) else { continue };
        if text_of(criterion, "status") == "REMOVED" {
            continue;
        }
        let campaign = text_of(criterion, "campaign");
        scheduled.insert(campaign);
        let hours = rules::schedule_minutes(schedule);
        if text_of(schedule, "dayOfWeek") == day
            && hours.is_some_and(|(start, end)| (start..end).contains(&minute))
        {
            open.insert(campaign);
        }
    }
    scheduled.retain(|campaign| !open.contains(campaign));
    scheduled
}

/// A total budget is spread evenly over thirty days, for want of a better plan.
fn daily_amount(budget: &Object) -> i64 {
    int_of(budget, "amountMicros")
        .or_else(|| int_of(budget, "totalAmountMicros").map(|total| total / 30))
        .unwrap_or(0)
}

fn of_campaign(reader: &Reader<'_>, campaign: &Object) -> Vec<(String, Bid)> {
    if !matches!(computed::campaign_status(reader, campaign).0, "ELIGIBLE" | "LIMITED") {
        return Vec::new();
    }
    let children = reader.children();
    let name = text_of(campaign, "resourceName");
    let enabled = |object: &&Object| text_of(object, "status") == "ENABLED";
    let bid = bid(reader, campaign, None);
    let mut found: Vec<(String, Bid)> = living(&children.asset_groups, name)
        .filter(enabled)
        .map(|group| (text_of(group, "id").to_owned(), bid))
        .collect();
    for group in living(&children.ad_groups, name).filter(enabled) {
        let bid = self::bid(reader, campaign, Some(group));
        let ads =
            living(&children.ads, text_of(group, "resourceName")).filter(enabled).filter(|ad| may_serve(ad));
        found.extend(ads.map(|ad| (super::read::metrics::ad_id(ad).to_owned(), bid)));
    }
    found
}

fn may_serve(ad: &Object) -> bool {
    let summary = ad.get("policySummary").and_then(Value::as_object);
    summary.is_some_and(|summary| {
        text_of(summary, "reviewStatus") == "REVIEWED" && text_of(summary, "approvalStatus") != "DISAPPROVED"
    })
}

/// The bid in force: the campaign's strategy, with the ad group's own amount where it has one.
fn bid(reader: &Reader<'_>, campaign: &Object, ad_group: Option<&Object>) -> Bid {
    let holder = match bidding::member(campaign) {
        Some(_) => Some(campaign),
        None => reader.follow(text_of(campaign, "biddingStrategy")),
    };
    let Some((holder, member)) = holder.and_then(|holder| Some((holder, bidding::member(holder)?))) else {
        return Bid::Automatic;
    };
    let inner = holder.get(member).and_then(Value::as_object);
    let leaf = |field: &str| inner.and_then(|inner| int_of(inner, field));
    let own = |field: &str| ad_group.and_then(|group| int_of(group, field));
    match member {
        "manualCpc" => Bid::PerClick(own("cpcBidMicros").unwrap_or(rules::bidding::DEFAULT_CPC_MICROS)),
        "targetSpend" | "targetImpressionShare" => {
            leaf("cpcBidCeilingMicros").map_or(Bid::Automatic, Bid::PerClick)
        }
        "maximizeConversions" | "targetCpa" => own("targetCpaMicros")
            .or_else(|| leaf("targetCpaMicros"))
            .map_or(Bid::Automatic, Bid::PerConversion),
        "targetCpc" => leaf("targetCpcMicros").map_or(Bid::Automatic, Bid::PerClick),
        "manualCpm" => own("cpmBidMicros").map_or(Bid::Automatic, Bid::PerMille),
        _ => Bid::Automatic,
    }
}

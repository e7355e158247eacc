//! Lets campaigns deliver while sandbox time passes. How much is decided in [`crate::delivery`].

use std::collections::HashSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::read::{Reader, computed, living};
use super::rules::{bidding, int_of, text_of};
use super::schema::enums::DAY_OF_WEEK;
use super::{review, rules};
use crate::delivery::{Amount, Bid, Drawing, Place, Pot, draw, price_level};
use crate::world::{Object, Vendor, World};

/// Note that tells until when delivery is booked.
const BOOKED: &str = "delivered_until_ms";
/// Delivery is booked at each of these marks, so that a busy client does not pay for bookkeeping on every request, and
/// whatever the steps in which time passes, the same spans are booked.
const MARK_SECONDS: i64 = 300;
/// Ad schedules begin and end with quarters of an hour.
const QUARTER_SECONDS: i64 = 900;

/// Ends reviews and books delivery up to an instant.
pub(super) fn advance(world: &mut World, from: Timestamp, to: Timestamp) {
    let booked = world.notes.get(&Vendor::Google).and_then(|notes| notes.get(BOOKED)).and_then(Value::as_i64);
    let mut at = booked.and_then(|millis| Timestamp::from_millisecond(millis).ok()).unwrap_or(from);
    let mark = mark(to, MARK_SECONDS);
    while at < mark {
        // An ad delivers from the end of its review on.
        let next = review::next_due(world).map_or(mark, |due| due.clamp(at, mark));
        deliver(world, at, next);
        at = next;
        review::settle(world, at);
    }
    review::settle(world, to);
    note(world, at);
}

/// The last mark that is not after an instant.
fn mark(instant: Timestamp, every: i64) -> Timestamp {
    let past = instant.as_second().rem_euclid(every);
    Timestamp::from_second(instant.as_second() - past).unwrap_or(instant)
}

fn note(world: &mut World, booked: Timestamp) {
    let notes = world.notes.entry(Vendor::Google).or_default();
    notes.insert(BOOKED.to_owned(), json!(booked.as_millisecond()));
}

fn deliver(world: &mut World, from: Timestamp, to: Timestamp) {
    if from >= to {
        return;
    }
    let accounts: Vec<String> = world
        .accounts
        .get(&Vendor::Google)
        .into_iter()
        .flat_map(|accounts| accounts.keys().cloned())
        .collect();
    for account in accounts {
        let Some(object) = world.account(Vendor::Google, &account).map(|account| &account.object) else {
            continue;
        };
        let zone = super::clock::zone(object);
        let place = Place { price_level: price_level(text_of(object, "currencyCode")), zone };
        let quarters = has_schedules(world, &account);
        for span in spans(&place.zone, from, to, quarters) {
            for pot in pots(world, &account, span.0) {
                draw(world, Vendor::Google, &pot, &place, span);
            }
        }
    }
}

/// Pieces of time in which no campaign begins or ends, which they do with the account's days, and no ad schedule.
fn spans(zone: &TimeZone, from: Timestamp, to: Timestamp, quarters: bool) -> Vec<(Timestamp, Timestamp)> {
    let mut spans = Vec::new();
    let mut begin = from;
    while begin < to {
        let tomorrow = begin.to_zoned(zone.clone()).date().saturating_add(1.days());
        let midnight = tomorrow.to_zoned(zone.clone()).map_or(to, |zoned| zoned.timestamp());
        let mut end = if midnight > begin { midnight.min(to) } else { to };
        if quarters {
            let next = mark(begin, QUARTER_SECONDS) + SignedDuration::from_secs(QUARTER_SECONDS);
            end = end.min(next);
        }
        spans.push((begin, end));
        begin = end;
    }
    spans
}

fn has_schedules(world: &World, account: &str) -> bool {
    let criteria =
        world.account(Vendor::Google, account).and_then(|found| found.collection("campaignCriteria"));
    criteria
        .into_iter()
        .flat_map(|stored| stored.values())
        .any(|criterion| criterion.contains_key("adSchedule"))
}

/// The budgets with what delivers at an instant.
fn pots(world: &World, account: &str, at: Timestamp) -> Vec<Pot> {
    let Some(reader) = Reader::at(world, account, at) else { return Vec::new() };
    let mut campaigns = reader.account.collection("campaigns").into_iter().flat_map(|stored| stored.values());
    if !campaigns.any(|campaign| text_of(campaign, "status") == "ENABLED") {
        return Vec::new();
    }
    let closed = closed_by_schedule(&reader, at);
    let mut found = Vec::new();
    for budget in reader.account.collection("campaignBudgets").into_iter().flat_map(|stored| stored.values())
    {
        let name = text_of(budget, "resourceName");
        let users = living(&reader.children().budget_users, name);
        let drawing: Vec<Drawing> = users
            .filter(|campaign| !closed.contains(text_of(campaign, "resourceName")))
            .flat_map(|campaign| of_campaign(&reader, campaign))
            .map(|(object, bid)| Drawing { object, bid, learning_since: None })
            .collect();
        if !drawing.is_empty() {
            found.push(Pot { key: name.to_owned(), amount: amount(budget), drawing });
        }
    }
    found
}

/// Campaigns with ad schedules, none of which is open at an instant (§3.9).
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
fn amount(budget: &Object) -> Amount {
    match (int_of(budget, "amountMicros"), int_of(budget, "totalAmountMicros")) {
        (Some(daily), _) => Amount::Daily(daily),
        (None, total) => {
            let amount = total.unwrap_or(0);
            Amount::Total { amount, today: amount / 30 }
        }
    }
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

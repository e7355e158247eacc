//! `/adgroup/budget/update/` and `/adgroup/quota/` of the manual lane ("Update ad group budgets", "Quota").

use serde_json::json;

use crate::tiktok::budget::{self, ADGROUP_BASE};
use crate::tiktok::errors::{Answer, Outcome, Refusal, ensure};
use crate::tiktok::field::{Field, Kind as Type, id, objects};
use crate::tiktok::json::{objects as objects_of, set, text_or_empty};
use crate::tiktok::money::Micros;
use crate::tiktok::params::Params;
use crate::tiktok::store::{self, API, Kind};
use crate::tiktok::{clock, spend};
use crate::world::{Object, Vendor, World};

use super::{CAMPAIGN, KIND, current_flight, is_cbo};

/// Most entries of one array.
const MOST: usize = 20;
/// Minutes before midnight in which scheduled budgets are refused.
const CLOSED_MINUTES: i8 = 5;

const BUDGET: &[Field] = &[id("adgroup_id").required(), Field::new("budget", Type::Quotable).required()];
const SCHEDULED: &[Field] =
    &[id("adgroup_id").required(), Field::new("scheduled_budget", Type::Quotable).required()];

/// Parameters of `/adgroup/budget/update/` of both lanes.
pub(in crate::tiktok) const UPDATE: &[Field] =
    &[id("advertiser_id").required(), objects("budget", BUDGET), objects("scheduled_budget", SCHEDULED)];
/// Parameters of `/adgroup/quota/`.
pub(in crate::tiktok) const QUOTA: &[Field] = &[id("advertiser_id").required()];

/// Which of the two arrays was sent, with its entries.
pub(in crate::tiktok) fn entries(params: &Params) -> Result<(bool, Vec<(String, Micros)>), Refusal> {
    let scheduled = params.has("scheduled_budget");
    ensure(scheduled != params.has("budget"), || {
        "budget: Exactly one of budget and scheduled_budget is required.".into()
    })?;
    let member = if scheduled { "scheduled_budget" } else { "budget" };
    let entries: Vec<(String, Micros)> = objects_of(&params.values, member)
        .filter_map(|entry| {
            Some((text_or_empty(entry, "adgroup_id").to_owned(), entry.get(member).and_then(Micros::read)?))
        })
        .collect();
    ensure((1..=MOST).contains(&entries.len()), || format!("{member}: 1 to 20 entries are allowed."))?;
    Ok((scheduled, entries))
}

/// Sets lifetime budgets at once, or daily ones from the next day of the account on.
pub(in crate::tiktok) fn update(world: &mut World, params: &Params) -> Outcome {
    let (scheduled, entries) = entries(params)?;
    if scheduled {
        check_clock(world, &params.advertiser)?;
    }
    for (id, amount) in &entries {
        check(world, &params.advertiser, id, *amount, scheduled)?;
    }
    for (id, amount) in entries {
        let mut change = Object::new();
        set(&mut change, if scheduled { "scheduled_budget" } else { "budget" }, amount.number());
        store::update(world, &params.advertiser, KIND, &id, &change, &API)?;
        if scheduled {
            schedule_for_tomorrow(world, &params.advertiser, KIND, &id)?;
        }
    }
    Ok(Answer::wrote(json!({})))
}

/// Between 23:55 and midnight of the account's zone scheduled budgets are refused.
fn check_clock(world: &World, advertiser: &str) -> Result<(), Refusal> {
    let zone = clock::zone(store::advertiser(world, advertiser)?);
    let local = world.now.to_zoned(zone);
    ensure(!(local.hour() == 23 && local.minute() >= 60 - CLOSED_MINUTES), || {
        "scheduled_budget: It cannot be updated between 23:55 and 00:00.".into()
    })
}

fn check(world: &World, advertiser: &str, id: &str, amount: Micros, scheduled: bool) -> Result<(), Refusal> {
    let group = store::live(world, advertiser, KIND, id)?;
    let campaign = store::live(world, advertiser, CAMPAIGN, text_or_empty(group, "campaign_id"))?;
    ensure(!is_cbo(campaign), || {
        format!("budget: Ad group {id} has no budget of its own, its campaign has.")
    })?;
    let mode = text_or_empty(group, "budget_mode");
    ensure(scheduled == budget::is_daily(mode), || {
        let member = if scheduled { "budget" } else { "scheduled_budget" };
        format!("budget: Ad group {id} is of {mode}, use {member}.")
    })?;
    let currency = store::currency(world, advertiser);
    let flight = current_flight(world, group);
    let daily = budget::minimum(&currency, ADGROUP_BASE);
    let floor = match flight.end {
        Some(end) if mode == budget::TOTAL => budget::lifetime_minimum(daily, flight.start, end),
        _ => daily,
    };
    budget::check_amount("budget", &currency, amount, floor)?;
    if scheduled {
        return Ok(());
    }
    budget::check_spend(amount, spend::of_budget(world, advertiser, KIND, id, mode))
}

/// Remembers that a scheduled budget takes effect at the next midnight of the account.
pub(in crate::tiktok) fn schedule_for_tomorrow(
    world: &mut World,
    advertiser: &str,
    kind: Kind,
    id: &str,
) -> Result<(), Refusal> {
    let zone = clock::zone(store::advertiser(world, advertiser)?);
    let today = clock::day(world.now, &zone);
    let at = clock::start_of(today.tomorrow().unwrap_or(today), &zone);
    let note = json!({"advertiser": advertiser, "collection": kind.collection(), "at": clock::stamp(at)});
    store::set_note(world, format!("scheduled/{id}"), note);
    Ok(())
}

/// Puts scheduled budgets into effect whose midnight has come.
pub(in crate::tiktok) fn apply_scheduled(world: &mut World) {
    let now = clock::stamp(world.now);
    let Some(notes) = world.notes.get_mut(&Vendor::Tiktok) else { return };
    let due: Vec<(String, Object)> = notes
        .range("scheduled/".to_owned().."scheduled0".to_owned())
        .filter_map(|(key, note)| Some((key.clone(), note.as_object()?.clone())))
        .filter(|(_, note)| text_or_empty(note, "at") <= now.as_str())
        .collect();
    for (key, _) in &due {
        notes.remove(key);
    }
    for (key, note) in due {
        let id = key.trim_start_matches("scheduled/");
        let advertiser = text_or_empty(&note, "advertiser");
        let Some(kind) = Kind::of_collection(text_or_empty(&note, "collection")) else { continue };
        let group =
            world.account(Vendor::Tiktok, advertiser).and_then(|account| account.get(kind.collection(), id));
        let Some(amount) = group.and_then(|group| group.get("scheduled_budget")).cloned() else { continue };
        let mut change = Object::new();
        set(&mut change, "budget", amount);
        set(&mut change, "scheduled_budget", 0.0);
        let platform = store::Author { name: "system", via_api: false };
        // The ad group was just found, so the write finds it too.
        let _ = store::update(world, advertiser, kind, id, &change, &platform);
    }
}

/// The quota of active ad groups; accounts of a fixed quota answer 5000 and 0.
#[expect(clippy::unnecessary_wraps, reason = "every endpoint has one shape")]
pub(in crate::tiktok) fn quota(_: &mut World, _: &Params) -> Outcome {
    Ok(Answer::read(json!({"total_adgroup_quota": 5_000, "used_adgroup_quota": 0})))
}

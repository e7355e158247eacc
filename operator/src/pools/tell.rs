//! What a pool tells: its status, an event for what it put in force, and notifications of its money.

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::Desired;
use adplane_core::money::Money;
use adplane_core::pool::{Pool, Share};
use adplane_engine::pools::{Move, PacedPool};
use adplane_engine::state::Remembered;
use adplane_manifest::api::status::{Condition, PoolCampaign, PoolStanding, ResourceStatus};
use adplane_manifest::api::text::{Amount, Instant, Moment, Note, ResourceName, SignedAmount, Word};
use jiff::{SignedDuration, Timestamp};

use super::turn::{Paced, Turned, UNMEASURED};
use crate::account::ReconcileError;
use crate::account::status::{self, Found, Reason, Type, seconds, stalled};
use crate::cache::Resource;
use crate::context::Context;
use crate::events::{Happening, of_resource};
use crate::notices;
use crate::plans::note;

/// Campaigns that a status lists.
const CAMPAIGNS: usize = 30;
/// Things that a pool says.
const ANSWERS: usize = 8;
/// Campaigns that a message names.
const NAMED: usize = 3;

/// Writes the status of a pool, where anything but the time has changed or that was a while ago.
pub(super) async fn tell(context: &Context, pool: &Resource, turned: &Turned) -> Result<(), ReconcileError> {
    let former: ResourceStatus = serde_json::from_value(pool.status()).unwrap_or_default();
    let now = context.clock.now();
    let fresh = match turned {
        Turned::Paced(paced) => Some(standing(paced, now)),
        // What was known stays told.
        Turned::NotYet(_) | Turned::Unread(_) | Turned::Again(_) | Turned::Wrong(_) | Turned::Failed(_) => {
            former.pool.clone()
        }
        Turned::Unused => None,
    };
    let old: Vec<Condition> = former.conditions.clone().unwrap_or_default();
    let mut conditions: Vec<Condition> =
        found(turned).into_iter().map(|found| found.dated(&old, pool.generation, now)).collect();
    conditions.sort_by(|a, b| a.kind.0.cmp(&b.kind.0));
    let every = context.delivered.settings().map(|settings| settings.status_every).unwrap_or_default();
    let every = SignedDuration::try_from(every).unwrap_or(SignedDuration::ZERO);
    let mut status = ResourceStatus {
        pool: due(fresh, former.pool.clone(), every, now),
        conditions: Some(conditions),
        observed_generation: Some(pool.generation),
        ..ResourceStatus::default()
    };
    if !matches!(turned, Turned::Unused) {
        status::tell_together(context, pool, &mut status, &former);
    }
    status::write(context, std::iter::once((pool, status))).await.map(drop)
}

/// What is written: what stands, while only the time and what is spent have changed and that was written a short while ago.
fn due(
    fresh: Option<PoolStanding>,
    former: Option<PoolStanding>,
    every: SignedDuration,
    now: Timestamp,
) -> Option<PoolStanding> {
    let (Some(fresh), Some(former)) = (fresh.clone(), former) else { return fresh };
    let lasting = |pool: &PoolStanding| PoolStanding { as_of: None, spent: None, left: None, ..pool.clone() };
    let at = former.as_of.as_ref().and_then(|at| at.0.parse::<Timestamp>().ok());
    let recent = at.is_some_and(|at| now.duration_since(at) < every);
    if lasting(&fresh) == lasting(&former) && recent { Some(former) } else { Some(fresh) }
}

fn found(turned: &Turned) -> Vec<Found> {
    let unready = |reason, message: &str| vec![Found::new(Type::Ready, false, reason, message)];
    match turned {
        Turned::Paced(paced) if paced.unclear.is_some() => {
            let why = paced.unclear.as_deref().unwrap_or_default();
            stalled(Reason::ReferenceInvalid, format!("nothing is raised: {why}"))
        }
        Turned::Paced(paced) if paced.waits.is_empty() => {
            vec![Found::new(Type::Ready, true, Reason::Paced, "")]
        }
        Turned::Paced(paced) => unready(Reason::AmountsWait, &waiting(paced)),
        Turned::NotYet(why) if why == UNMEASURED => unready(Reason::Unmeasured, why),
        Turned::NotYet(why) | Turned::Again(why) => unready(Reason::Waiting, why),
        Turned::Unread(why) => unready(Reason::MetricsUnread, why),
        Turned::Wrong(why) => stalled(Reason::Invalid, why.clone()),
        Turned::Unused => vec![Found::new(Type::Ready, true, Reason::Unused, "no campaign draws on it")],
        Turned::Failed(why) => unready(Reason::NotPaced, why),
    }
}

/// The first that wait, with why.
fn waiting(paced: &Paced) -> String {
    let told = paced.waits.iter().take(NAMED).map(|(object, why)| format!("{}: {why}", object.name));
    let more = paced.waits.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    told.chain(more).collect::<Vec<_>>().join("; ")
}

fn standing(paced: &Paced, now: Timestamp) -> PoolStanding {
    let (pool, allotment) = (&paced.pool.pool, &paced.pool.allotment);
    let amount = |micros: i64| SignedAmount(pool.money(micros).to_string());
    let mut members: Vec<(&Address, &Share)> = allotment.members.iter().collect();
    members.sort_by_key(|(object, _)| (!paced.waits.contains_key(*object), *object));
    let omitted = members.len().saturating_sub(CAMPAIGNS);
    let answers = allotment.answers.iter().take(ANSWERS);
    PoolStanding {
        as_of: Some(Instant(seconds(now))),
        state: Some(Word(allotment.standing.to_string())),
        day: Some(Moment(allotment.day.to_string())),
        spent: Some(amount(allotment.spent)),
        left: Some(amount(allotment.left)),
        today: allotment.budget.map(amount),
        answers: listed(answers.map(|one| Note(note(&one.message))).collect()),
        campaigns: listed(members.iter().take(CAMPAIGNS).map(|one| campaign(paced, pool, *one)).collect()),
        campaigns_omitted: (omitted > 0).then(|| i64::try_from(omitted).unwrap_or(i64::MAX)),
    }
}

fn listed<T>(all: Vec<T>) -> Option<Vec<T>> {
    (!all.is_empty()).then_some(all)
}

fn campaign(paced: &Paced, pool: &Pool, (object, share): (&Address, &Share)) -> PoolCampaign {
    let daily = share.after.or_else(|| share.is_given().then_some(share.now)).filter(|_| !share.paused);
    PoolCampaign {
        name: ResourceName(object.name.to_string()),
        daily: daily.map(|micros| Amount(Money::from_micros(micros, pool.amount.currency()).to_string())),
        paused: share.paused.then_some(true),
        waits: paced.waits.get(object).map(|why| Note(note(why))),
    }
}

/// Keeps what is new of a pool's money in the outbox of `holder`; `known` remembers it from then on.
pub(super) fn news(
    context: &Context,
    holder: &AccountKey,
    pool: &PacedPool,
    (desired, known): (&Desired, &mut Remembered),
) {
    if !notices::wants_pool(context, &pool.pool) {
        return;
    }
    let Some(news) = pool.news(desired, known) else { return };
    // What could not be kept is not remembered as told.
    if notices::keep(context, holder, vec![news.told]) {
        known.tells(news.known.0, news.known.1);
    }
}

/// One event for what a turn put in force.
pub(super) async fn event(context: &Context, pool: &Resource, put: &[Move]) {
    if put.is_empty() {
        return;
    }
    let told: Vec<String> = put.iter().map(|one| format!("{}: {}", one.object.name, one.shown)).collect();
    for one in put {
        tracing::info!(pool = %pool.key, object = %one.object, because = one.because, "{}", one.shown);
    }
    context.events.publish(&of_resource(pool), Happening::PoolPaced, &told.join("; ")).await;
}

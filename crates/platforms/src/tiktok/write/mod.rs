//! Writes: steps become calls, answers become outcomes.
//!
//! Everything is created switched off, and the answer is checked: the manual lane may ignore the wish.
//! Creates of campaigns and ad groups carry a `request_id`, so that a repeat takes effect once; ads have none,
//! so after a lost answer they are looked for by their marker before anything else.

mod ad;
mod ad_group;
mod batches;
mod budgets;
mod campaign;
mod creates;
mod media;
mod smart_ad;
mod states;
mod targeting;
mod updates;
mod values;

use adplane_core::plan::Operation;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::{AssetReader, Outcome, WorkItem};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};

pub(crate) use batches::batches;

use self::values::Live;
use super::auth::Session;
use super::memory::Memory;
use super::wire::{Lane, Object};

/// Independent calls of one batch that run at the same time.
const CALLS_AT_ONCE: usize = 4;

/// What writing needs besides the items.
pub(crate) struct Writer<'a> {
    /// The session.
    pub session: &'a Session,
    /// What is remembered between calls.
    pub memory: &'a Memory,
    /// Bytes of assets.
    pub assets: &'a dyn AssetReader,
}

/// Carries out one batch; one outcome per item, in order.
pub(crate) async fn perform(writer: &Writer<'_>, items: &[WorkItem<'_>]) -> Vec<Outcome> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; items.len()];
    let work: Vec<BoxFuture<'_, (Vec<usize>, Vec<Outcome>)>> =
        batches::groups(items).into_iter().map(|group| one_group(writer, items, group).boxed()).collect();
    let done: Vec<_> = futures::stream::iter(work).buffered(CALLS_AT_ONCE).collect().await;
    for (group, results) in done {
        for (index, outcome) in group.into_iter().zip(results) {
            outcomes[index] = Some(outcome);
        }
    }
    outcomes
        .into_iter()
        .map(|outcome| {
            outcome.unwrap_or_else(|| Outcome::Failed(refused("perform", "the write was not sent")))
        })
        .collect()
}

async fn one_group(
    writer: &Writer<'_>,
    items: &[WorkItem<'_>],
    group: Vec<usize>,
) -> (Vec<usize>, Vec<Outcome>) {
    let members: Vec<&WorkItem<'_>> = group.iter().map(|index| &items[*index]).collect();
    let outcomes = group_outcomes(writer, &members).await;
    (group, outcomes)
}

/// One call's worth of items.
async fn group_outcomes(writer: &Writer<'_>, items: &[&WorkItem<'_>]) -> Vec<Outcome> {
    let Some(first) = items.first() else { return Vec::new() };
    match &first.step.operation {
        Operation::Create => creates::perform(writer, items).await,
        Operation::Update { .. } | Operation::Supersede | Operation::Release => match budgets::lane(first) {
            Some(lane) => budgets::perform(writer, items, lane).await,
            None => updates::perform(writer, items).await,
        },
        Operation::Enable => states::perform(writer, items, "ENABLE").await,
        Operation::Pause | Operation::PauseSuperseded { .. } => {
            states::perform(writer, items, "DISABLE").await
        }
        Operation::Delete | Operation::DeleteSuperseded { .. } => {
            states::perform(writer, items, "DELETE").await
        }
    }
}

/// The outcome of a failed write: what may have been stored is unknown.
fn outcome(error: PlatformError) -> Outcome {
    let lost = matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Network);
    let unsent = error.kind == ErrorKind::Network && matches!(error.retry, Retry::After(_));
    if error.retry == Retry::AfterReadBack || (lost && !unsent) {
        return Outcome::Unknown(PlatformError { retry: Retry::AfterReadBack, ..error });
    }
    Outcome::Failed(error)
}

/// A write that is not sent, since it cannot succeed.
fn refused(operation: &str, message: impl Into<String>) -> PlatformError {
    PlatformError::new(
        ErrorKind::Unsupported,
        Retry::Never,
        adplane_core::address::Platform::TikTok,
        operation,
        message,
    )
}

/// The lane of an item: a live object's own; of a create its parent's, which for a campaign the plan names.
fn lane(writer: &Writer<'_>, item: &WorkItem<'_>) -> Result<Lane, PlatformError> {
    if let (Some(live), false) = (item.live, item.step.operation == Operation::Create) {
        return Ok(Live::of(live).lane);
    }
    let planned = item.change.after("tiktok.lane").and_then(|lane| Lane::parse(lane.as_text()?));
    let of_parent = item.parent.as_ref().and_then(|id| writer.memory.lane(id.as_str()));
    match (of_parent, planned) {
        (Some(parent), Some(planned)) if parent != planned => Err(refused(
            "create",
            format!(
                "the parent is in the {} lane, where TikTok creates nothing for this objective any more: use a new campaign",
                parent.word()
            ),
        )),
        (Some(lane), _) | (None, Some(lane)) => Ok(lane),
        (None, None) => Err(refused("create", "the plan does not name the TikTok lane: plan again")),
    }
}

/// Adds what a vendor's error is about.
fn about(error: PlatformError, body: &Object) -> PlatformError {
    tracing::debug!(body = %serde_json::Value::Object(body.clone()), %error, "refused");
    error
}

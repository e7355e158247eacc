//! The vendor's own dry run: the requests that would be sent, with `validateOnly` (google-ads.md §2.3).

use adplane_core::plan::Operation as Step;
use adplane_engine::error::{ErrorKind, PlatformError};
use adplane_engine::port::{AssetReader, Outcome, Verdict, WorkItem};

use super::batches::batches;
use super::send::{NOT_SENT, perform};
use crate::google::Google;
use crate::google::calls::Mode;
use crate::google::errors::is_about_content;

/// Asks for everything that can be shown in one request with what it needs.
pub(in super::super) async fn validate(
    google: &Google,
    items: &[WorkItem<'_>],
    assets: &dyn AssetReader,
) -> Vec<Verdict> {
    let not_yet = || Verdict::Unasked("it does not exist yet".to_owned());
    let mut verdicts: Vec<Verdict> = items.iter().map(|_| not_yet()).collect();
    let places: Vec<usize> = (0..items.len())
        .filter(|index| items[*index].live.is_some() || items[*index].step.operation == Step::Create)
        .collect();
    let askable: Vec<WorkItem<'_>> = places.iter().map(|index| items[*index].clone()).collect();
    for batch in batches(&askable) {
        let asked: Vec<WorkItem<'_>> = batch.items.iter().map(|index| askable[*index].clone()).collect();
        let outcomes = perform(google, &asked, assets, Mode::Validate).await;
        for (index, outcome) in batch.items.iter().zip(outcomes) {
            verdicts[places[*index]] = verdict(outcome);
        }
    }
    verdicts
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Done(_) => Verdict::Accepted,
        Outcome::Failed(error) if says_no(&error) => Verdict::Refused(error),
        Outcome::Failed(error) | Outcome::Unknown(error) => Verdict::Unasked(error.message),
    }
}

/// Whether an error is the vendor's word about the item itself: no outage, nothing that another item caused, and no
/// parent that an earlier request would have made.
fn says_no(error: &PlatformError) -> bool {
    let parent_is_missing = error.kind == ErrorKind::NotFound && error.code.is_none();
    is_about_content(error.kind) && !parent_is_missing && !error.message.starts_with(NOT_SENT)
}

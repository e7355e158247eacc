//! Checks at the vendor without storing anything: `execution_options=["validate_only"]` (meta-ads.md §1.6).
//!
//! A child cannot be checked before its parent exists, nor a creative before its files are there; labels are left
//! out, since unknown ones would have to be made first.

use std::collections::BTreeSet;

use adplane_core::address::Kind;
use adplane_core::plan::Operation;
use adplane_engine::error::{ErrorKind, PlatformError};
use adplane_engine::port::{Verdict, WorkItem};
use futures::StreamExt;
use serde_json::json;

use super::wanted::Wanted;
use super::{CONCURRENT, Made, Writer, prepare, story};
use crate::meta::calls::{Graph, build};
use crate::meta::read::lookups::Lookups;
use crate::meta::wire::json::Object;

/// Has the vendor check items; verdicts in their order.
pub(in crate::meta) async fn validate(
    graph: &Graph,
    lookups: &Lookups,
    items: &[WorkItem<'_>],
) -> Vec<Verdict> {
    let prepared = prepare::look_up(graph, lookups, items).await;
    let (made, given_up) = (Made::new(), BTreeSet::new());
    let writer = Writer { graph, prepared: &prepared, made: &made, items, given_up: &given_up };
    let writer = &writer;
    futures::stream::iter(0..items.len())
        .map(|index| async move {
            match writer.validate(&writer.items[index]).await {
                Ok(()) => Verdict::Accepted,
                // Ours, before anything was sent: something is not there yet.
                Err(error) if error.kind == ErrorKind::NotFound && error.code.is_none() => {
                    Verdict::Unasked(error.message)
                }
                Err(error) => Verdict::Refused(error),
            }
        })
        .buffered(CONCURRENT)
        .collect()
        .await
}

impl Writer<'_> {
    async fn validate(&self, item: &WorkItem<'_>) -> Result<(), PlatformError> {
        if let Some(error) = self.prepared.obstacle(item) {
            return Err(error.clone());
        }
        let status = |word: &str| Object::from_iter([("status".to_owned(), json!(word))]);
        match &item.step.operation {
            Operation::Create => {
                let (edge, parameters) = self.new_object(item)?;
                self.ask_create(edge, parameters).await
            }
            Operation::Update { paths } => {
                let wanted = Wanted::some(item.change, paths);
                if item.change.address.kind == Kind::Ad && wanted.touches("creative") {
                    self.ask_create("adcreatives", story::creative(item, &wanted, self.prepared)?).await?;
                }
                self.ask_update(item, self.changes(item, &wanted)?).await
            }
            Operation::Enable => self.ask_update(item, status("ACTIVE")).await,
            Operation::Pause | Operation::PauseSuperseded { .. } => {
                self.ask_update(item, status("PAUSED")).await
            }
            Operation::Delete | Operation::DeleteSuperseded { .. } => {
                self.ask_update(item, status("DELETED")).await
            }
            // Labels alone, which are always taken.
            Operation::Supersede | Operation::Release => Ok(()),
        }
    }

    async fn ask_create(&self, edge: &str, parameters: Object) -> Result<(), PlatformError> {
        let call = build::create_harmless(&self.graph.endpoint, edge, &build::validate_only(parameters));
        self.graph.send(&call).await.map(drop)
    }

    async fn ask_update(&self, item: &WorkItem<'_>, parameters: Object) -> Result<(), PlatformError> {
        if parameters.is_empty() {
            return Ok(());
        }
        let (word, id) = (item.change.address.kind.word(), self.id(item)?.as_str());
        let call = build::update(&self.graph.endpoint, word, id, &build::validate_only(parameters));
        self.graph.send(&call).await.map(drop)
    }
}

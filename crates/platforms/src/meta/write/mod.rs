//! Writing: one object per call, several calls at a time.
//!
//! The vendor warns of several ad sets of one campaign in one request (meta-ads.md §1.8), so ad sets of one
//! campaign are written one after the other; everything else side by side. What objects refer to comes first:
//! labels, images and videos, keys of regions and languages.

mod ad;
mod ad_set;
mod campaign;
mod features;
mod plan;
mod prepare;
mod story;
mod switch;
mod targeting;
#[cfg(test)]
mod tests;
mod validate;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind, Platform};
use adplane_core::ids::ExternalId;
use adplane_core::marker::Marker;
use adplane_core::plan::Operation;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::{AssetReader, Outcome, WorkItem};
use futures::StreamExt;
use serde_json::{Value as Json, json};

use super::calls::{Graph, build};
use super::read::lookups::Lookups;
use super::wire::json::{self as tolerant, Object};
use super::wire::labels;
use prepare::Prepared;
use wanted::Wanted;

pub(super) use plan::batches;
pub(super) use validate::validate;

/// Writes in flight at a time: about ten a second at usual latencies, well under the vendor's burst limit.
const CONCURRENT: usize = 8;

/// Ids of objects that this call of `perform` made.
type Made = BTreeMap<Address, ExternalId>;

/// Carries out one batch; outcomes in the order of the items.
pub(super) async fn perform(
    graph: &Graph,
    lookups: &Lookups,
    items: &[WorkItem<'_>],
    assets: &dyn AssetReader,
) -> Vec<Outcome> {
    let prepared = prepare::prepare(graph, lookups, items, assets).await;
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut made = Made::new();
    let mut given_up = BTreeSet::new();
    for kind in Kind::ALL {
        let lanes = plan::lanes(items, kind);
        let writer = Writer { graph, prepared: &prepared, made: &made, items, given_up: &given_up };
        let writer = &writer;
        let done: Vec<Vec<(usize, Outcome)>> = futures::stream::iter(lanes)
            .map(|lane| async move {
                let mut done = Vec::with_capacity(lane.len());
                for index in lane {
                    done.push((index, writer.write(&items[index]).await));
                }
                done
            })
            .buffer_unordered(CONCURRENT)
            .collect()
            .await;
        for (index, outcome) in done.into_iter().flatten() {
            let is_new = items[index].step.operation == Operation::Create;
            if let (true, Outcome::Done(Some(id))) = (is_new, &outcome) {
                made.insert(items[index].change.address.clone(), id.clone());
            }
            if matches!(outcome, Outcome::Done(_)) && switch::gives_up_budget(&items[index]) {
                given_up.insert(items[index].change.address.clone());
            }
            outcomes.insert(index, outcome);
        }
    }
    outcomes.into_values().collect()
}

/// What writing one item needs.
struct Writer<'a> {
    graph: &'a Graph,
    prepared: &'a Prepared,
    made: &'a Made,
    /// Everything in the batch.
    items: &'a [WorkItem<'a>],
    /// Campaigns whose budget went to their ad sets just now.
    given_up: &'a BTreeSet<Address>,
}

impl Writer<'_> {
    async fn write(&self, item: &WorkItem<'_>) -> Outcome {
        let result = match self.prepared.obstacle(item) {
            Some(error) => Err(error.clone()),
            None => match &item.step.operation {
                Operation::Create => self.create(item).await.map(Some),
                Operation::Update { paths } => {
                    let paths = switch::left_to_write(item, paths, self.given_up);
                    self.update(item, &Wanted::some(item.change, &paths)).await
                }
                Operation::Enable => self.set(item, "status", json!("ACTIVE")).await,
                Operation::Pause | Operation::PauseSuperseded { .. } => {
                    self.set(item, "status", json!("PAUSED")).await
                }
                Operation::Supersede => self.mark(item, superseded(item).as_ref()).await,
                Operation::Release => self.mark(item, None).await,
                // The same as a DELETE, and the same twice (meta-ads.md §17.3).
                Operation::Delete | Operation::DeleteSuperseded { .. } => {
                    self.set(item, "status", json!("DELETED")).await
                }
            },
        };
        match result {
            Ok(id) => Outcome::Done(id),
            Err(error) if error.retry == Retry::AfterReadBack => Outcome::Unknown(error),
            Err(error) => Outcome::Failed(error),
        }
    }

    /// Edge and parameters of a create, without its labels.
    fn new_object(&self, item: &WorkItem<'_>) -> Result<(&'static str, Object), PlatformError> {
        let wanted = Wanted::all(item.change);
        let (edge, mut parameters) = match item.change.address.kind {
            Kind::Campaign => ("campaigns", campaign::parameters(&wanted, &[])?),
            Kind::AdGroup => {
                let mut parameters = ad_set::parameters(&wanted, None, self.prepared)?;
                parameters.insert("campaign_id".into(), json!(self.parent(item)?));
                ("adsets", parameters)
            }
            Kind::Ad => {
                let mut parameters = ad::parameters(&wanted);
                parameters.insert("adset_id".into(), json!(self.parent(item)?));
                let creative = story::creative(item, &wanted, self.prepared)?;
                parameters.insert("creative".into(), creative.into());
                ("ads", parameters)
            }
            Kind::Budget => {
                return Err(refused(ErrorKind::Unsupported, "create", "Meta Ads has no shared budgets"));
            }
        };
        parameters.insert("status".into(), json!("PAUSED"));
        Ok((edge, parameters))
    }

    async fn create(&self, item: &WorkItem<'_>) -> Result<ExternalId, PlatformError> {
        let (edge, mut parameters) = self.new_object(item)?;
        if let Some(marker) = &item.change.marker {
            parameters.insert("adlabels".into(), labels::replaced(None, Some(marker)));
        }
        let answer = self.graph.send(&build::create(&self.graph.endpoint, edge, &parameters)).await?;
        let id = tolerant::text(&answer, "id").and_then(|id| ExternalId::new(id).ok());
        id.ok_or_else(|| {
            // It was stored, but nobody said as what.
            let mut error = PlatformError::unexpected(Platform::Meta, format!("create {edge}"), "no id");
            error.retry = Retry::AfterReadBack;
            error
        })
    }

    /// Parameters of an update, without labels and creative.
    fn changes(&self, item: &WorkItem<'_>, wanted: &Wanted<'_>) -> Result<Object, PlatformError> {
        Ok(match item.change.address.kind {
            Kind::Campaign => campaign::parameters(wanted, &switch::budgets_below(item, self.items)?)?,
            Kind::AdGroup => ad_set::parameters(wanted, item.live, self.prepared)?,
            Kind::Ad => ad::parameters(wanted),
            Kind::Budget => Object::new(),
        })
    }

    async fn update(
        &self,
        item: &WorkItem<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<ExternalId>, PlatformError> {
        let native = item.live.map(|live| &*live.native);
        let mut parameters = self.changes(item, wanted)?;
        if item.change.address.kind == Kind::Ad && wanted.touches("creative") {
            let creative = self.new_creative(item, wanted).await?;
            parameters.insert("creative".into(), json!({"creative_id": creative}));
        }
        let marker = item.change.marker.as_ref();
        if marker.is_some() && marker != item.live.and_then(|live| live.marker.as_ref()) {
            parameters.insert("adlabels".into(), labels::replaced(native, marker));
        }
        self.post(item, parameters).await
    }

    /// Content of a creative never changes: a new one is made and the ad is pointed to it.
    async fn new_creative(&self, item: &WorkItem<'_>, wanted: &Wanted<'_>) -> Result<String, PlatformError> {
        let creative = story::creative(item, wanted, self.prepared)?;
        let call = build::create_harmless(&self.graph.endpoint, "adcreatives", &creative);
        let answer = self.graph.send(&call).await.map_err(not_stored)?;
        tolerant::text(&answer, "id")
            .ok_or_else(|| PlatformError::unexpected(Platform::Meta, "create adcreatives", "no id"))
    }

    async fn set(
        &self,
        item: &WorkItem<'_>,
        name: &str,
        value: Json,
    ) -> Result<Option<ExternalId>, PlatformError> {
        self.post(item, Object::from_iter([(name.to_owned(), value)])).await
    }

    async fn mark(
        &self,
        item: &WorkItem<'_>,
        marker: Option<&Marker>,
    ) -> Result<Option<ExternalId>, PlatformError> {
        let native = item.live.map(|live| &*live.native);
        self.set(item, "adlabels", labels::replaced(native, marker)).await
    }

    async fn post(
        &self,
        item: &WorkItem<'_>,
        parameters: Object,
    ) -> Result<Option<ExternalId>, PlatformError> {
        let id = self.id(item)?;
        if !parameters.is_empty() {
            let word = item.change.address.kind.word();
            self.graph.send(&build::update(&self.graph.endpoint, word, id.as_str(), &parameters)).await?;
        }
        Ok(Some(id.clone()))
    }

    /// The object that an item changes.
    fn id<'i>(&'i self, item: &'i WorkItem<'_>) -> Result<&'i ExternalId, PlatformError> {
        let named = match &item.step.operation {
            Operation::PauseSuperseded { id } | Operation::DeleteSuperseded { id } => Some(id),
            _ => self.made.get(&item.change.address).or(item.change.id.as_ref()),
        };
        item.live.map(|live| &live.id).or(named).ok_or_else(|| {
            refused(ErrorKind::NotFound, "update", "the object has no id yet, so it cannot be changed")
        })
    }

    fn parent(&self, item: &WorkItem<'_>) -> Result<String, PlatformError> {
        let made = || self.made.get(item.change.parent.as_ref()?).cloned();
        let parent = item.parent.clone().or_else(made);
        parent.map(|id| id.to_string()).ok_or_else(|| {
            refused(ErrorKind::NotFound, "create", "its parent does not exist, so it cannot be created")
        })
    }
}

fn superseded(item: &WorkItem<'_>) -> Option<Marker> {
    let marker = item.change.marker.as_ref()?;
    Some(Marker { owner: marker.owner.clone(), key: marker.key.superseded() })
}

/// A refusal of our own, before anything was sent.
fn refused(kind: ErrorKind, operation: &str, message: impl Into<String>) -> PlatformError {
    PlatformError::new(kind, Retry::Never, Platform::Meta, operation, message)
}

/// A failure of something made on the way: whatever became of it, the object itself was not written.
fn not_stored(mut error: PlatformError) -> PlatformError {
    if error.retry == Retry::AfterReadBack {
        error.retry = Retry::After(None);
    }
    error
}

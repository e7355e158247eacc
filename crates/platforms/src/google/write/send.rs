//! Sends requests and tells what became of each item.
//!
//! A request is stored whole or not at all, and its errors name their operations. So when some trees of a
//! request are refused, the others are sent again without them: nothing of theirs was stored the first time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::{Kind, Platform};
use adplane_core::field::FieldPath;
use adplane_core::plan::Operation as Step;
use adplane_core::value::Value;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::{AssetReader, Outcome, WorkItem};
use serde_json::Value as Json;

use super::batches::trees;
use super::media::{Media, keep_name};
use super::request::{Operation, Request, merge};
use super::{asset_group, operations};
use crate::google::Google;
use crate::google::calls::{self, Mode};
use crate::google::errors::{self, Failure};
use crate::google::read::{Asset, Content, Memory, external_id};
use crate::google::wire::{self, list, local};

/// Attempts after somebody else wrote at the same time.
const CONFLICT_ATTEMPTS: usize = 3;
/// The wait before such an attempt, times its number.
const CONFLICT_WAIT: Duration = Duration::from_millis(500);

/// How the message of an item begins that only fell with another.
pub(super) const NOT_SENT: &str = "not sent, because";

/// Outcomes while they come in.
type Outcomes = BTreeMap<usize, Outcome>;

/// Carries the items out; one outcome per item, in order.
pub(in super::super) async fn perform(
    google: &Google,
    items: &[WorkItem<'_>],
    assets: &dyn AssetReader,
    mode: Mode,
) -> Vec<Outcome> {
    let mut outcomes = Outcomes::new();
    let mut memory = google.memory.lock().await.clone();
    let mut media = Media::gather(items, &memory.library, assets).await;
    media.upload_ahead(google, items, mode, &mut memory.library).await;
    let mut pending = vec![trees(items)];
    let mut conflicts = 0;
    while let Some(trees) = pending.pop() {
        let Some(built) = Built::new(google, (&memory, &media), items, trees, &mut outcomes) else {
            continue;
        };
        let call = calls::mutate(&google.config, &built.bodies(), mode);
        match google.send(&call, errors::check_write).await {
            Err(error) => built.refuse_all(&error, &mut outcomes),
            Ok(answer) => match errors::failures(&answer) {
                failures if failures.is_empty() => {
                    let answer = answer.json().unwrap_or_default();
                    built.accept(&answer, items, &mut outcomes);
                    if mode == Mode::Store {
                        built.remember(google, &answer, &media, &mut memory).await;
                    }
                }
                failures if is_conflict(&failures) && conflicts < CONFLICT_ATTEMPTS => {
                    conflicts += 1;
                    tokio::time::sleep(CONFLICT_WAIT * u32::try_from(conflicts).unwrap_or(1)).await;
                    pending.push(built.trees);
                }
                failures => pending.extend(built.separate(failures, items, &mut outcomes)),
            },
        }
    }
    if mode == Mode::Store {
        google.memory.lock().await.library = memory.library;
    }
    (0..items.len())
        .map(|index| {
            outcomes.remove(&index).unwrap_or_else(|| Outcome::Failed(not_sent("it was never reached")))
        })
        .collect()
}

fn is_conflict(failures: &[Failure]) -> bool {
    failures.iter().all(|failure| failure.error.kind == ErrorKind::Conflict)
}

fn not_sent(why: &str) -> PlatformError {
    PlatformError::new(ErrorKind::Unexpected, Retry::Never, Platform::Google, "googleAds:mutate", why)
}

/// A request with the way back from its operations to its items.
struct Built {
    trees: Vec<Vec<usize>>,
    /// Operation with the index of its item, in the order of the request.
    operations: Vec<(usize, Operation)>,
}

impl Built {
    /// Puts a request together; items that cannot be expressed take their tree with them.
    fn new(
        google: &Google,
        (memory, media): (&Memory, &Media),
        items: &[WorkItem<'_>],
        trees: Vec<Vec<usize>>,
        outcomes: &mut Outcomes,
    ) -> Option<Self> {
        let mut request = Request::new(&google.config, &google.zone, memory, media);
        let mut built = Self { trees: Vec::new(), operations: Vec::new() };
        for tree in trees {
            let mut parts = Vec::new();
            let mut failed = None;
            let before = request.made.len();
            for index in &tree {
                let here = request.made.len();
                match operations(&items[*index], &mut request) {
                    Ok(operations) => {
                        parts.extend(operations.into_iter().map(|operation| (*index, operation)));
                    }
                    // What only is checked is checked without it.
                    Err(error) if media.checking => {
                        request.take_back(here);
                        request.forget(&items[*index].change.address);
                        outcomes.insert(*index, Outcome::Failed(error.account(&google.config.customer)));
                    }
                    Err(error) => {
                        failed = Some((*index, error.account(&google.config.customer)));
                        break;
                    }
                }
            }
            if let Some(failed) = failed {
                request.take_back(before);
                refuse_tree(&tree, &[failed].into(), items, outcomes);
                continue;
            }
            let writing: BTreeSet<usize> = parts.iter().map(|(index, _)| *index).collect();
            for index in tree.iter().filter(|index| !writing.contains(index)) {
                // Nothing to write: the vendor has no such thing.
                let done = || Outcome::Done(items[*index].live.map(|live| live.id.clone()));
                outcomes.entry(*index).or_insert_with(done);
            }
            built.operations.append(&mut parts);
            built.trees.push(tree);
        }
        built.operations.sort_by_key(|(_, operation)| operation.rank);
        built.operations = merge(built.operations);
        (!built.operations.is_empty()).then_some(built)
    }

    fn bodies(&self) -> Vec<Json> {
        self.operations.iter().map(|(_, operation)| operation.body.clone()).collect()
    }

    fn items(&self) -> impl Iterator<Item = usize> {
        let mut items: Vec<usize> = self
            .operations
            .iter()
            .flat_map(|(item, operation)| [Some(*item), operation.also])
            .flatten()
            .collect();
        items.sort_unstable();
        items.dedup();
        items.into_iter()
    }

    /// The whole request failed: certainly not stored, or not known.
    fn refuse_all(&self, error: &PlatformError, outcomes: &mut Outcomes) {
        for item in self.items() {
            let outcome = match error.retry {
                Retry::AfterReadBack => Outcome::Unknown(error.clone()),
                Retry::Never | Retry::After(_) | Retry::WithFreshToken => Outcome::Failed(error.clone()),
            };
            outcomes.insert(item, outcome);
        }
    }

    /// The whole request was stored: results come in the order of the operations.
    fn accept(&self, answer: &Json, items: &[WorkItem<'_>], outcomes: &mut Outcomes) {
        let results = list(answer, "mutateOperationResponses");
        for item in self.items() {
            let live = items[item].live.filter(|_| items[item].step.operation != Step::Create);
            outcomes.insert(item, Outcome::Done(live.map(|live| live.id.clone())));
        }
        for ((item, operation), result) in self.operations.iter().zip(results) {
            if !operation.main || items[*item].step.operation != Step::Create {
                continue;
            }
            let name = made(result);
            let ad =
                name.and_then(asset_group::ad_id).filter(|_| items[*item].change.address.kind == Kind::Ad);
            let id = ad.or_else(|| name.map(|name| local(name).to_owned()));
            let id = id.as_deref().and_then(external_id);
            outcomes.insert(*item, Outcome::Done(id));
        }
    }

    /// Remembers the pictures that were uploaded, and sees to it that they keep their digest.
    async fn remember(&self, google: &Google, answer: &Json, media: &Media, memory: &mut Memory) {
        let results = list(answer, "mutateOperationResponses");
        for ((_, operation), result) in self.operations.iter().zip(results) {
            let name = wire::text(&operation.body, "assetOperation.create.name");
            let is_image = wire::at(&operation.body, "assetOperation.create.imageAsset").is_some();
            let (Some(name), Some(resource), true) = (name, made(result), is_image) else { continue };
            keep_name(google, resource, name, &memory.library).await;
            let content = Content::Image { name: name.to_owned(), size: media.size(name), url: None };
            Arc::make_mut(&mut memory.library).insert(Asset { resource: resource.to_owned(), content });
        }
    }

    /// Some operations were refused, so nothing was stored: their trees have failed, the others go again.
    fn separate(
        self,
        failures: Vec<Failure>,
        items: &[WorkItem<'_>],
        outcomes: &mut Outcomes,
    ) -> Vec<Vec<Vec<usize>>> {
        let mut errors: BTreeMap<usize, PlatformError> = BTreeMap::new();
        let mut unplaced = None;
        for Failure { operation, mut error, texts } in failures {
            "googleAds:mutate".clone_into(&mut error.operation);
            match operation.and_then(|operation| self.operations.get(operation)) {
                Some((item, operation)) => {
                    let item = blamed(*item, operation, &mut error);
                    if error.field.is_none() {
                        error.field = objected(&items[item], &texts);
                    }
                    errors.entry(item).or_insert(error);
                }
                None => unplaced = Some(error),
            }
        }
        if errors.is_empty() {
            let Some(error) = unplaced else { return Vec::new() };
            return self.split(&error, outcomes);
        }
        let (failed, others): (Vec<_>, Vec<_>) =
            self.trees.into_iter().partition(|tree| tree.iter().any(|item| errors.contains_key(item)));
        for tree in failed {
            refuse_tree(&tree, &errors, items, outcomes);
        }
        if others.is_empty() { Vec::new() } else { vec![others] }
    }

    /// Nobody knows which tree is to blame: each goes by itself.
    fn split(self, error: &PlatformError, outcomes: &mut Outcomes) -> Vec<Vec<Vec<usize>>> {
        if self.trees.len() == 1 {
            self.refuse_all(error, outcomes);
            return Vec::new();
        }
        self.trees.into_iter().map(|tree| vec![tree]).collect()
    }
}

/// The resource that an operation made or changed.
fn made(result: &Json) -> Option<&str> {
    wire::text(result.as_object()?.values().next()?, "resourceName")
}

/// The item that an error is about, and its field where the vendor's path does not tell.
fn blamed(item: usize, operation: &Operation, error: &mut PlatformError) -> usize {
    if let Some((path, what)) = &operation.about {
        if error.field.is_none() {
            error.field = Some(path.clone());
        }
        if !error.message.contains(what.as_str()) {
            error.message = format!("{} (`{what}`)", error.message);
        }
    }
    let of_the_ad = error.field.as_ref().is_some_and(|field| field.is_within("creative"));
    operation.also.filter(|_| of_the_ad).unwrap_or(item)
}

/// The field that holds a text which the vendor objects to.
fn objected(item: &WorkItem<'_>, texts: &[String]) -> Option<FieldPath> {
    let holds = |value: &Value| {
        let shown = value.to_string().to_lowercase();
        texts.iter().any(|text| shown.contains(&text.to_lowercase()))
    };
    let found = item.change.fields.iter().filter(|field| field.after.as_ref().is_some_and(holds));
    // A pinned text stands in its list, too.
    let found = found.min_by_key(|field| field.path.is_within("creative.google"))?;
    Some(found.path.clone())
}

/// Every item of a tree failed: with its own error, or because of another one's.
fn refuse_tree(
    tree: &[usize],
    errors: &BTreeMap<usize, PlatformError>,
    items: &[WorkItem<'_>],
    outcomes: &mut Outcomes,
) {
    let first = tree.iter().find_map(|index| Some((*index, errors.get(index)?)));
    for index in tree {
        let error = errors.get(index).cloned().map(|error| in_yaml(error, items[*index].change.address.kind));
        let error = error.or_else(|| {
            let (culprit, error) = first?;
            let message = format!(
                "{NOT_SENT} {} was refused: {}",
                items[culprit].change.address.short(),
                error.message
            );
            Some(PlatformError { message, field: None, ..error.clone() })
        });
        outcomes
            .insert(*index, Outcome::Failed(error.unwrap_or_else(|| not_sent("the request was refused"))));
    }
}

/// A shared budget has its amount elsewhere in YAML than a campaign has its own.
fn in_yaml(mut error: PlatformError, kind: Kind) -> PlatformError {
    if kind == Kind::Budget && error.field.as_ref().is_some_and(|field| field.is_within("budget")) {
        error.field = Some(FieldPath::new("shared.daily"));
    }
    error
}

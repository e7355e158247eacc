//! What objects refer to, made before them: labels, images and videos, keys of regions and languages.
//!
//! All of it does no harm when it is made twice, so a failure here never leaves an object in doubt.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::{Address, Kind, Platform};
use adplane_core::plan::Operation;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::{AssetReader, WorkItem};
use futures::StreamExt;
use serde_json::{Value as Json, json};

use super::wanted::Wanted;
use super::{CONCURRENT, not_stored, refused, story, superseded};
use crate::meta::calls::{Graph, build};
use crate::meta::read::lookups::{Known, Lookups};
use crate::meta::wire::json::{self as tolerant, Object};
use crate::meta::wire::languages::Locales;
use crate::meta::wire::{labels, media, places};

/// How often and how many times a fresh video is asked whether it is ready: five minutes in all.
const VIDEO_POLL: Duration = Duration::from_secs(2);
const VIDEO_POLLS: usize = 150;
/// Polls after which an uploaded video that is not found will not be.
const LATE_POLLS: usize = 15;

/// Everything that the objects of one batch need.
pub(super) struct Prepared {
    /// Labels, files and regions.
    pub(super) known: Arc<Known>,
    /// Languages, where an item names some.
    pub(super) locales: Locales,
    /// What failed, for everything or for one item.
    failed: Option<PlatformError>,
    failed_items: BTreeMap<Address, PlatformError>,
}

impl Prepared {
    /// Why an item cannot be written.
    pub(super) fn obstacle(&self, item: &WorkItem<'_>) -> Option<&PlatformError> {
        self.failed_items.get(&item.change.address).or(self.failed.as_ref())
    }

    /// The hash of an image.
    pub(super) fn image(&self, reference: &str) -> Result<String, PlatformError> {
        resolve(reference, |digest| self.known.images.id(digest))
    }

    /// The id of a video.
    pub(super) fn video(&self, reference: &str) -> Result<String, PlatformError> {
        resolve(reference, |digest| self.known.videos.id(digest))
    }
}

fn resolve<'a>(
    reference: &'a str,
    find: impl Fn(&'a str) -> Option<&'a str>,
) -> Result<String, PlatformError> {
    let digest = reference.strip_prefix("sha256:");
    let id = story::vendor_id(reference).or_else(|| digest.and_then(find));
    id.map(str::to_owned)
        .ok_or_else(|| refused(ErrorKind::NotFound, "write", format!("`{reference}` is not uploaded")))
}

/// Makes everything that the items need.
pub(super) async fn prepare(
    graph: &Graph,
    lookups: &Lookups,
    items: &[WorkItem<'_>],
    assets: &dyn AssetReader,
) -> Prepared {
    let mut failed_items = BTreeMap::new();
    let mut locales = Locales::default();
    let shared = async {
        make_labels(graph, lookups, items).await?;
        resolve_regions(graph, lookups, items).await?;
        if items.iter().any(names_languages) {
            locales = lookups.locales(graph).await?;
        }
        Ok(())
    };
    let failed = shared.await.map_err(not_stored).err();
    if failed.is_none() {
        upload_files(graph, lookups, items, assets, &mut failed_items).await;
    }
    Prepared { known: lookups.snapshot(), locales, failed, failed_items }
}

/// Looks up what the items need, making nothing.
pub(super) async fn look_up(graph: &Graph, lookups: &Lookups, items: &[WorkItem<'_>]) -> Prepared {
    let mut locales = Locales::default();
    let shared = async {
        lookups.ensure(graph).await?;
        resolve_regions(graph, lookups, items).await?;
        if items.iter().any(names_languages) {
            locales = lookups.locales(graph).await?;
        }
        Ok(())
    };
    let failed = shared.await.err();
    Prepared { known: lookups.snapshot(), locales, failed, failed_items: BTreeMap::new() }
}

fn wanted<'a>(item: &WorkItem<'a>) -> Option<Wanted<'a>> {
    match &item.step.operation {
        Operation::Create => Some(Wanted::all(item.change)),
        Operation::Update { paths } => Some(Wanted::some(item.change, paths)),
        _ => None,
    }
}

fn names_languages(item: &WorkItem<'_>) -> bool {
    wanted(item).is_some_and(|wanted| wanted.touches("targeting.languages"))
}

/// Labels that the items' markers need and the account lacks.
async fn make_labels(graph: &Graph, lookups: &Lookups, items: &[WorkItem<'_>]) -> Result<(), PlatformError> {
    let markers = items.iter().filter_map(|item| match item.step.operation {
        Operation::Create | Operation::Update { .. } => item.change.marker.clone(),
        Operation::Supersede => superseded(item),
        _ => None,
    });
    let needed: BTreeSet<String> = markers.flat_map(|marker| labels::names(&marker)).collect();
    if needed.is_empty() {
        return Ok(());
    }
    // One at a time, so that two batches do not make the same label.
    let _turn = lookups.turn().await;
    lookups.ensure(graph).await?;
    let known = lookups.snapshot();
    let missing: Vec<String> = needed.into_iter().filter(|name| !known.labels.contains(name)).collect();
    let made: Vec<Result<String, PlatformError>> = futures::stream::iter(missing)
        .map(|name| async move {
            let parameters = Object::from_iter([("name".to_owned(), json!(name))]);
            graph.send(&build::create_harmless(&graph.endpoint, "adlabels", &parameters)).await.map(|_| name)
        })
        .buffer_unordered(CONCURRENT)
        .collect()
        .await;
    let mut failure = None;
    lookups.learn(|known| {
        for result in made {
            match result {
                Ok(name) => {
                    known.labels.insert(name);
                }
                Err(error) => failure = Some(error),
            }
        }
    });
    failure.map_or(Ok(()), Err)
}

async fn resolve_regions(
    graph: &Graph,
    lookups: &Lookups,
    items: &[WorkItem<'_>],
) -> Result<(), PlatformError> {
    let paths = ["targeting.locations", "targeting.locationsExcluded"];
    let values = items.iter().filter_map(wanted).flat_map(|wanted| paths.map(|path| wanted.value(path)));
    let codes: BTreeSet<&str> = values.flatten().flat_map(places::regions).collect();
    lookups.regions(graph, codes.into_iter()).await.map(|_| ())
}

/// Files that creatives refer to by digest and the account lacks. A file that fails stops its items only.
async fn upload_files(
    graph: &Graph,
    lookups: &Lookups,
    items: &[WorkItem<'_>],
    assets: &dyn AssetReader,
    failed: &mut BTreeMap<Address, PlatformError>,
) {
    let ads = items.iter().filter(|item| item.change.address.kind == Kind::Ad);
    let needed: Vec<(&Address, Vec<String>, Vec<String>)> = ads
        .filter_map(|item| {
            let wanted = wanted(item).filter(|wanted| wanted.is_create() || wanted.touches("creative"))?;
            let (images, videos) = story::digests(&story::content(item, &wanted));
            Some((&item.change.address, images, videos))
        })
        .filter(|(_, images, videos)| !images.is_empty() || !videos.is_empty())
        .collect();
    if needed.is_empty() {
        return;
    }
    let _turn = lookups.turn().await;
    let uploader = Uploader { graph, lookups, assets };
    let mut errors: BTreeMap<&str, PlatformError> = BTreeMap::new();
    if let Err(error) = lookups.ensure(graph).await {
        failed.extend(needed.iter().map(|(address, ..)| ((*address).clone(), not_stored(error.clone()))));
        return;
    }
    let images: BTreeSet<&str> =
        needed.iter().flat_map(|(_, images, _)| images).map(String::as_str).collect();
    let videos: BTreeSet<&str> = needed.iter().flat_map(|(.., videos)| videos).map(String::as_str).collect();
    for digest in images {
        if let Err(error) = uploader.image(digest).await {
            errors.insert(digest, not_stored(error));
        }
    }
    for digest in videos {
        if let Err(error) = uploader.video(digest).await {
            errors.insert(digest, not_stored(error));
        }
    }
    for (address, images, videos) in &needed {
        let error = images.iter().chain(videos).find_map(|digest| errors.get(digest.as_str()));
        if let Some(error) = error {
            failed.insert((*address).clone(), error.clone());
        }
    }
}

struct Uploader<'a> {
    graph: &'a Graph,
    lookups: &'a Lookups,
    assets: &'a dyn AssetReader,
}

impl Uploader<'_> {
    async fn content(&self, digest: &str) -> Result<(String, Vec<u8>), PlatformError> {
        let extension =
            self.assets.describe(digest).map_or_else(|| "bin".to_owned(), |asset| asset.extension);
        let content = self.assets.read(digest).await.map_err(|problem| {
            refused(ErrorKind::Invalid, "upload", format!("file {digest} could not be read: {problem}"))
        })?;
        Ok((media::file_name(digest, &extension), content))
    }

    async fn image(&self, digest: &str) -> Result<(), PlatformError> {
        if self.lookups.snapshot().images.id(digest).is_some() {
            return Ok(());
        }
        let (name, content) = self.content(digest).await?;
        let answer = self.graph.send(&build::upload_image(&self.graph.endpoint, &name, content)).await?;
        let image = answer.get("images").and_then(Json::as_object).and_then(|images| images.values().next());
        let hash = image.and_then(|image| tolerant::text(image, "hash"));
        let hash = hash.ok_or_else(|| {
            PlatformError::unexpected(Platform::Meta, "upload image", "no hash in the answer")
        })?;
        // Bytes that were there already keep the name they had.
        let stored = image.and_then(|image| tolerant::text(image, "name"));
        let untold = stored.is_some_and(|name| media::digest_of(&name) != Some(digest));
        self.lookups.learn(|known| {
            known.images.insert(&hash, digest);
            if untold {
                known.untold.insert(digest.to_owned());
            }
        });
        Ok(())
    }

    async fn video(&self, digest: &str) -> Result<(), PlatformError> {
        if self.lookups.snapshot().videos.id(digest).is_some() {
            return Ok(());
        }
        let (title, content) = self.content(digest).await?;
        let answer = self.graph.send(&build::upload_video(&self.graph.endpoint, &title, content)).await?;
        let id = tolerant::text(&answer, "id").ok_or_else(|| {
            PlatformError::unexpected(Platform::Meta, "upload video", "no id in the answer")
        })?;
        self.wait_until_ready(&id).await?;
        self.lookups.learn(|known| known.videos.insert(&id, digest));
        Ok(())
    }

    async fn wait_until_ready(&self, id: &str) -> Result<(), PlatformError> {
        for poll in 0..VIDEO_POLLS {
            let video = match self.graph.send(&build::video_status(&self.graph.endpoint, id)).await {
                Ok(video) => video,
                // Reads may follow the upload by seconds (meta-ads.md §17).
                Err(error) if error.kind == ErrorKind::NotFound && poll < LATE_POLLS => {
                    tokio::time::sleep(VIDEO_POLL).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            match tolerant::word(&video["status"], "video_status") {
                "ready" => return Ok(()),
                "error" => {
                    let message = "Meta Ads could not process the video";
                    return Err(refused(ErrorKind::Invalid, "upload video", message));
                }
                _ => tokio::time::sleep(VIDEO_POLL).await,
            }
        }
        let message = "the video is not processed yet; it is found again when the plan is applied next";
        Err(PlatformError::new(
            ErrorKind::Unavailable,
            Retry::After(None),
            Platform::Meta,
            "upload video",
            message,
        ))
    }
}

//! What stays true between reads and writes: labels, uploaded files, region and language keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use adplane_core::observed::Resolved;
use adplane_engine::error::PlatformError;
use futures::{StreamExt, TryStreamExt};
use serde_json::Value as Json;

use super::resolved;
use crate::meta::calls::{Graph, build};
use crate::meta::wire::json;
use crate::meta::wire::languages::Locales;
use crate::meta::wire::media::{self, Library};
use crate::meta::wire::places::Regions;
use crate::regions;

/// Lookups in flight at a time.
const CONCURRENT: usize = 4;

/// Everything known, as of now.
#[derive(Debug, Clone, Default)]
pub(in crate::meta) struct Known {
    /// Names of the account's labels.
    pub(in crate::meta) labels: BTreeSet<String>,
    /// Images by hash.
    pub(in crate::meta) images: Library,
    /// Videos by id.
    pub(in crate::meta) videos: Library,
    /// Regions.
    pub(in crate::meta) regions: Regions,
    /// Digests of images whose own name does not tell them.
    pub(in crate::meta) untold: BTreeSet<String>,
    /// Whether labels and files were listed.
    complete: bool,
}

/// Shared, growing knowledge of one account.
#[derive(Debug, Default)]
pub(in crate::meta) struct Lookups {
    known: RwLock<Arc<Known>>,
    locales: tokio::sync::OnceCell<Locales>,
    making: tokio::sync::Mutex<()>,
}

impl Lookups {
    /// Everything known.
    pub(in crate::meta) fn snapshot(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds to what is known.
    pub(in crate::meta) fn learn(&self, add: impl FnOnce(&mut Known)) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        add(Arc::make_mut(&mut known));
    }

    /// A turn at making labels and files: one at a time looks what is missing and makes it.
    pub(in crate::meta) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.making.lock().await
    }

    /// Lists labels and files anew.
    ///
    /// # Errors
    /// The first failed read.
    pub(in crate::meta) async fn refresh(&self, graph: &Graph) -> Result<(), PlatformError> {
        let endpoint = &graph.endpoint;
        let (labels, images, videos) = futures::try_join!(
            graph.list(build::labels(endpoint)),
            graph.list(build::images(endpoint)),
            graph.list(build::videos(endpoint)),
        )?;
        self.learn(|known| {
            known.labels = labels.iter().filter_map(|label| json::text(label, "name")).collect();
            known.images = library(&images, "hash", "name");
            known.videos = library(&videos, "id", "title");
            known.complete = true;
        });
        Ok(())
    }

    /// Lists labels and files unless that was done before.
    ///
    /// # Errors
    /// The first failed read.
    pub(in crate::meta) async fn ensure(&self, graph: &Graph) -> Result<(), PlatformError> {
        if self.snapshot().complete { Ok(()) } else { self.refresh(graph).await }
    }

    /// The languages and their keys, asked once.
    ///
    /// # Errors
    /// The failed read.
    pub(in crate::meta) async fn locales(&self, graph: &Graph) -> Result<Locales, PlatformError> {
        let ask = || async {
            let answer = graph.send(&build::locales(&graph.endpoint)).await?;
            let rows = json::list(&answer, "data").iter();
            let entries: Vec<_> =
                rows.filter_map(|row| Some((json::integer(row, "key")?, json::text(row, "name")?))).collect();
            Ok(Locales::of(&entries))
        };
        self.locales.get_or_try_init(ask).await.cloned()
    }

    /// Resolves region codes, those not known yet by name at the vendor.
    ///
    /// # Errors
    /// The first failed read.
    pub(in crate::meta) async fn regions<'a>(
        &self,
        graph: &Graph,
        codes: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Option<Resolved>>, PlatformError> {
        let known = self.snapshot();
        let mut found = BTreeMap::new();
        let mut unknown = Vec::new();
        for code in codes {
            match known.regions.key(code) {
                Some(key) => {
                    let name = names(code).next().unwrap_or(code);
                    found.insert(code.to_owned(), Some(resolved(key, name)));
                }
                None => unknown.push(code.to_owned()),
            }
        }
        let asked: Vec<(String, Option<Resolved>)> = futures::stream::iter(unknown)
            .map(
                |code| async move { Ok::<_, PlatformError>((code.clone(), ask_region(graph, &code).await?)) },
            )
            .buffer_unordered(CONCURRENT)
            .try_collect()
            .await?;
        self.learn(|known| {
            for (code, region) in &asked {
                if let Some(region) = region {
                    known.regions.insert(code, &region.id);
                }
            }
        });
        found.extend(asked);
        Ok(found)
    }
}

/// The names that a region may have at the vendor.
fn names(code: &str) -> impl Iterator<Item = &'static str> {
    regions::names(code).into_iter().flat_map(|names| names.split('|'))
}

/// Asks by each known name until one is listed in the region's country.
async fn ask_region(graph: &Graph, code: &str) -> Result<Option<Resolved>, PlatformError> {
    let Some(country) = code.get(..2) else { return Ok(None) };
    for name in names(code) {
        let answer = graph.send(&build::regions(&graph.endpoint, country, name)).await?;
        let rows = json::list(&answer, "data").iter();
        let here: Vec<&Json> = rows.filter(|row| json::word(row, "country_code") == country).collect();
        // An equal name wins over one that merely begins alike.
        let equal = here.iter().find(|row| names(code).any(|known| json::word(row, "name") == known));
        let best = equal.or(if here.len() == 1 { here.first() } else { None });
        if let Some(key) = best.and_then(|row| json::text(row, "key")) {
            let name = best.map_or(name, |row| json::word(row, "name"));
            return Ok(Some(resolved(&key, name)));
        }
    }
    Ok(None)
}

fn library(rows: &[Json], id: &str, name: &str) -> Library {
    let mut library = Library::default();
    for row in rows {
        let digest = media::digest_of(json::word(row, name));
        if let (Some(id), Some(digest)) = (json::text(row, id), digest) {
            library.insert(&id, digest);
        }
    }
    library
}

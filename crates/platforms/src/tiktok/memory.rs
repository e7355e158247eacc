//! What one adapter remembers between calls; all of it is rebuilt from the platform when lost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compact_str::CompactString;
use tokio::sync::OnceCell;

use super::calls::Medium;
use super::wire::Lane;

/// A value that is made at most once, even when several ask for it at the same time.
type Once = Arc<OnceCell<String>>;

/// What is remembered.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Digests by id of images and videos; `None` for files that are not named after their digest.
    digests: Mutex<HashMap<(Medium, String), Option<String>>>,
    /// Ids by digest of what was uploaded.
    uploads: Mutex<HashMap<(Medium, String), Once>>,
    /// Portfolio ids by call to action.
    portfolios: Mutex<HashMap<String, Once>>,
    /// Location ids by region code.
    places: Mutex<HashMap<CompactString, String>>,
    /// Smart+ ads by the ids of their creatives.
    ads: Mutex<HashMap<String, String>>,
    /// Lanes of campaigns and ad groups by id.
    lanes: Mutex<HashMap<String, Lane>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// The digest that a file is named after; `None` also for a file that was not looked at yet.
    pub(crate) fn digest(&self, medium: Medium, id: &str) -> Option<String> {
        lock(&self.digests).get(&(medium, id.to_owned())).cloned().flatten()
    }

    /// Whether the name of a file is known.
    pub(crate) fn has_seen(&self, medium: Medium, id: &str) -> bool {
        lock(&self.digests).contains_key(&(medium, id.to_owned()))
    }

    /// Remembers what a file is named after.
    pub(crate) fn learn_digest(&self, medium: Medium, id: &str, digest: Option<String>) {
        if let Some(digest) = &digest {
            let upload = self.upload(medium, digest);
            // A second file of the same bytes does not matter: the first one stays in use.
            let _ = upload.set(id.to_owned());
        }
        lock(&self.digests).insert((medium, id.to_owned()), digest);
    }

    /// Where the id of an upload is or will be.
    pub(crate) fn upload(&self, medium: Medium, digest: &str) -> Once {
        Arc::clone(lock(&self.uploads).entry((medium, digest.to_owned())).or_default())
    }

    /// Where the portfolio id of a call to action is or will be.
    pub(crate) fn portfolio(&self, word: &str) -> Once {
        Arc::clone(lock(&self.portfolios).entry(word.to_owned()).or_default())
    }

    /// Remembers a portfolio.
    pub(crate) fn learn_portfolio(&self, word: &str, id: &str) {
        // Several portfolios may hold the same word: the first one stays in use.
        let _ = self.portfolio(word).set(id.to_owned());
    }

    /// The location id of a region.
    pub(crate) fn place(&self, code: &str) -> Option<String> {
        lock(&self.places).get(code).cloned()
    }

    /// Remembers a region.
    pub(crate) fn learn_place(&self, code: &str, id: &str) {
        lock(&self.places).insert(code.into(), id.to_owned());
    }

    /// The Smart+ ad that a creative belongs to.
    pub(crate) fn ad_of(&self, creative: &str) -> Option<String> {
        lock(&self.ads).get(creative).cloned()
    }

    /// Remembers a creative's ad.
    pub(crate) fn learn_creative(&self, creative: &str, ad: &str) {
        lock(&self.ads).insert(creative.to_owned(), ad.to_owned());
    }

    /// The lane of a campaign or an ad group.
    pub(crate) fn lane(&self, id: &str) -> Option<Lane> {
        lock(&self.lanes).get(id).copied()
    }

    /// Remembers a lane.
    pub(crate) fn learn_lane(&self, id: &str, lane: Lane) {
        lock(&self.lanes).insert(id.to_owned(), lane);
    }
}

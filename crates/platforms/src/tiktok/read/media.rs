//! Images and videos: which bytes hide behind an id.
//!
//! What Adplane uploads is named `apl-<64 hex digits of SHA-256>.<ext>`: 73 characters of the 100 a file name
//! may have, so the whole digest fits and a read gives back exactly the reference the YAML has. Other files
//! read as `id:<vendor id>`.

use std::collections::{BTreeSet, HashMap};

use adplane_core::asset::AssetRef;
use adplane_engine::error::PlatformError;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};

use super::{ads, pages};
use crate::tiktok::auth::Session;
use crate::tiktok::calls::{self, Medium};
use crate::tiktok::memory::Memory;
use crate::tiktok::wire::{self, Lane, Object};

const PREFIX: &str = "apl-";
const DIGEST: usize = 64;
/// Most ids of one look-up: videos 60, images 100 (unverified for images); the smaller holds for both.
const IDS_AT_ONCE: usize = 60;
/// Look-ups at the same time.
const CALLS_AT_ONCE: usize = 4;

/// The file name of an upload.
pub(crate) fn file_name(digest: &str, extension: &str) -> String {
    format!("{PREFIX}{digest}.{extension}")
}

/// The digest that a file is named after.
fn digest_of(file_name: &str) -> Option<&str> {
    let (digest, _) = file_name.strip_prefix(PREFIX)?.split_once('.')?;
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digest.len() == DIGEST && digest.bytes().all(hex)).then_some(digest)
}

/// Digests of the files that ads show, by id. Ids whose name is known already are not asked for again.
pub(super) async fn digests(
    session: &Session,
    memory: &Memory,
    manual: &[Object],
    smart: &[Object],
) -> Result<HashMap<String, String>, PlatformError> {
    let (mut images, mut videos) = (BTreeSet::new(), BTreeSet::new());
    let all = manual.iter().map(|ad| (ad, Lane::Manual)).chain(smart.iter().map(|ad| (ad, Lane::SmartPlus)));
    for (ad, lane) in all {
        let (of_images, of_videos) = ads::media_ids(ad, lane);
        images.extend(of_images);
        videos.extend(of_videos);
    }
    futures::try_join!(
        learn(session, memory, Medium::Image, &images),
        learn(session, memory, Medium::Video, &videos),
    )?;
    let known = |medium: Medium, ids: BTreeSet<String>| {
        ids.into_iter().filter_map(move |id| {
            let digest = memory.digest(medium, &id)?;
            Some((id, digest))
        })
    };
    Ok(known(Medium::Image, images).chain(known(Medium::Video, videos)).collect())
}

async fn learn(
    session: &Session,
    memory: &Memory,
    medium: Medium,
    ids: &BTreeSet<String>,
) -> Result<(), PlatformError> {
    let unknown: Vec<&str> =
        ids.iter().filter(|id| !memory.has_seen(medium, id)).map(String::as_str).collect();
    let looks: Vec<BoxFuture<'_, Result<(), PlatformError>>> =
        unknown.chunks(IDS_AT_ONCE).map(|ids| look_up(session, memory, medium, ids).boxed()).collect();
    futures::stream::iter(looks).buffer_unordered(CALLS_AT_ONCE).try_collect().await
}

async fn look_up(
    session: &Session,
    memory: &Memory,
    medium: Medium,
    ids: &[&str],
) -> Result<(), PlatformError> {
    let data = session.object(&calls::media_info(&session.config, medium, ids)).await?;
    let mut names: HashMap<&str, &str> = wire::objects(&data, "list")
        .filter_map(|row| Some((wire::word(row, medium.id_member())?, wire::word(row, "file_name")?)))
        .collect();
    for id in ids {
        memory.learn_digest(medium, id, names.remove(id).and_then(digest_of).map(str::to_owned));
    }
    Ok(())
}

/// The id of a file that is there already, by its digest: all files are read.
///
/// # Errors
/// When the list cannot be read.
pub(crate) async fn find_upload(
    session: &Session,
    medium: Medium,
    digest: &str,
) -> Result<Option<String>, PlatformError> {
    let rows = pages::all(session, "list", medium.id_member(), |page| {
        calls::media_page(&session.config, medium, page)
    })
    .await?;
    Ok(rows
        .iter()
        .find(|row| wire::word(row, "file_name").and_then(digest_of) == Some(digest))
        .and_then(|row| wire::text(row, medium.id_member())))
}

/// Calls to action by portfolio id, for the account's Smart+ ads; nothing is asked where there are none.
pub(super) async fn portfolios(
    session: &Session,
    memory: &Memory,
    used: bool,
) -> Result<HashMap<String, String>, PlatformError> {
    if !used {
        return Ok(HashMap::new());
    }
    let words = calls_to_action(session).await?;
    for (id, word) in &words {
        memory.learn_portfolio(word, id);
    }
    Ok(words.into_iter().collect())
}

/// The portfolio that holds one call to action, where somebody made one before.
///
/// # Errors
/// When the list cannot be read.
pub(crate) async fn find_portfolio(session: &Session, word: &str) -> Result<Option<String>, PlatformError> {
    let found = calls_to_action(session).await?;
    Ok(found.into_iter().find(|(_, held)| held == word).map(|(id, _)| id))
}

/// Portfolios of one call to action each: id and word, in the vendor's order.
async fn calls_to_action(session: &Session) -> Result<Vec<(String, String)>, PlatformError> {
    let rows = pages::all(session, "creative_portfolios", "creative_portfolio_id", |page| {
        calls::portfolios_page(&session.config, page)
    })
    .await?;
    let mut words = Vec::new();
    for row in rows.iter().filter(|row| wire::word(row, "creative_portfolio_type") == Some("CTA")) {
        let content: Vec<_> = wire::objects(row, "portfolio_content").collect();
        // A portfolio of several words lets the platform choose: no single word stands for it.
        let ([content], Some(id)) = (content.as_slice(), wire::text(row, "creative_portfolio_id")) else {
            continue;
        };
        if let Some(word) = wire::word(content, "asset_content") {
            words.push((id, word.to_owned()));
        }
    }
    Ok(words)
}

/// The bytes of a file, where the vendor serves them.
///
/// # Errors
/// When the file cannot be looked up or fetched.
pub(crate) async fn download(
    session: &Session,
    memory: &Memory,
    asset: &str,
) -> Result<Option<Vec<u8>>, PlatformError> {
    for (medium, member) in [(Medium::Image, "image_url"), (Medium::Video, "preview_url")] {
        let id = match AssetRef::parse(asset) {
            Some(AssetRef::Id(id)) => id.to_string(),
            Some(AssetRef::Digest(digest)) => match memory.upload(medium, &digest).get() {
                Some(id) => id.clone(),
                None => continue,
            },
            Some(AssetRef::YouTube(_)) | None => return Ok(None),
        };
        let data = session.object(&calls::media_info(&session.config, medium, &[&id])).await?;
        let url = wire::objects(&data, "list").find_map(|row| wire::text(row, member));
        if let Some(url) = url {
            return session.bytes(&url).await.map(Some);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_carries_the_whole_digest() {
        let digest = "ab".repeat(32);
        let name = file_name(&digest, "jpeg");
        assert!(name.len() <= 100);
        assert_eq!(digest_of(&name), Some(digest.as_str()));
        for other in ["hero.mp4", "apl-abc.mp4", &format!("apl-{}.mp4", "AB".repeat(32))] {
            assert_eq!(digest_of(other), None, "{other}");
        }
    }
}

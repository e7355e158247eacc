//! Reads assets from files and URLs, and proves that the bytes are the ones the plan names.

use std::path::PathBuf;
use std::time::Duration;

use adplane_core::asset::{Asset, AssetSource, Assets};
use async_trait::async_trait;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::port::AssetReader;

/// Largest asset that is fetched from a URL: TikTok's limit for videos, the largest of all.
const MAX_BYTES: u64 = 500 * 1024 * 1024;

/// Assets as the plan document lists them.
#[derive(Debug, Clone)]
pub struct PlannedAssets {
    assets: Assets,
    base: PathBuf,
}

impl PlannedAssets {
    /// Assets whose relative files lie below `base`.
    pub fn new(assets: Assets, base: PathBuf) -> Self {
        Self { assets, base }
    }
}

#[async_trait]
impl AssetReader for PlannedAssets {
    fn describe(&self, sha256: &str) -> Option<Asset> {
        self.assets.get(sha256).cloned()
    }

    async fn read(&self, sha256: &str) -> Result<Vec<u8>, String> {
        let asset =
            self.assets.get(sha256).ok_or_else(|| format!("the plan has no asset sha256:{sha256}"))?;
        let (bytes, from) = match &asset.source {
            AssetSource::File(file) => {
                let path = self.base.join(file);
                let bytes = tokio::fs::read(&path)
                    .await
                    .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
                (bytes, path.display().to_string())
            }
            AssetSource::Url(url) => (fetch(url).await?, url.clone()),
        };
        let found = HEXLOWER.encode(&Sha256::digest(&bytes));
        if found == sha256 {
            Ok(bytes)
        } else {
            Err(format!(
                "`{from}` changed after the plan was made: its SHA-256 is {found}, the plan says {sha256}"
            ))
        }
    }
}

async fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let fail = |error: reqwest::Error| format!("cannot fetch `{url}`: {}", error.without_url());
    let client = reqwest::Client::builder().timeout(Duration::from_mins(2)).build().map_err(fail)?;
    let response =
        client.get(url).send().await.and_then(reqwest::Response::error_for_status).map_err(fail)?;
    if response.content_length().is_some_and(|length| length > MAX_BYTES) {
        return Err(format!("`{url}` is larger than {MAX_BYTES} bytes"));
    }
    Ok(response.bytes().await.map_err(fail)?.to_vec())
}

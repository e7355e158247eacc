//! Adapters for Google Ads, Meta Ads and TikTok Ads.
//!
//! One folder per platform with the same files in each; nothing outside a folder knows a wire name, and no
//! folder knows another. What all share is in [`http`] (retry, redaction) and `numbers`.

use std::sync::Arc;

use adplane_core::address::Platform;
use adplane_core::asset::Assets;
use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::schema::{PlatformSchema, Schemas};
use adplane_engine::error::PlatformError;
use adplane_engine::port::{AccountConnection, Adapter};

pub mod countries;
pub mod http;
pub mod regions;

mod managed;
mod numbers;

mod google;
mod meta;
mod tiktok;

#[cfg(test)]
mod able;

use http::HttpSettings;

/// What a platform declares about its kinds and fields.
pub fn schema(platform: Platform) -> &'static PlatformSchema {
    match platform {
        Platform::Google => google::schema(),
        Platform::Meta => meta::schema(),
        Platform::TikTok => tiktok::schema(),
    }
}

/// All platforms' declarations.
pub fn schemas() -> Schemas {
    Platform::ALL.into_iter().map(|platform| (platform, schema(platform))).collect()
}

/// Brings an account's desired objects into the platform's form, offline.
///
/// Copies inherited values down, normalises values as `read` does, adds create defaults, and checks every
/// row of the mapping that needs no live data. Objects with errors stay in place, so that all problems come
/// out in one run.
pub fn refine(account: &mut DesiredAccount, assets: &Assets) -> Vec<Diagnostic> {
    let mut found = match account.platform {
        Platform::Google => google::refine(account, assets),
        Platform::Meta => meta::refine(account, assets),
        Platform::TikTok => tiktok::refine(account, assets),
    };
    let step = (schema(account.platform).amount_step)(account.currency);
    found.extend(managed::refine(account, step));
    found
}

/// An adapter for one account.
///
/// # Errors
/// When the credentials do not have the platform's form, or no HTTP client can be made.
pub fn connect(
    connection: AccountConnection,
    settings: HttpSettings,
) -> Result<Arc<dyn Adapter>, PlatformError> {
    match connection.platform {
        Platform::Google => google::connect(connection, settings),
        Platform::Meta => meta::connect(&connection, settings),
        Platform::TikTok => tiktok::connect(connection, settings),
    }
}

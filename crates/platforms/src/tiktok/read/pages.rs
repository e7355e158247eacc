//! Lists, page by page (tiktok-ads.md §4.1).

use std::collections::HashSet;

use adplane_core::address::Platform;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use serde_json::Value as Json;

use crate::http::Call;
use crate::tiktok::auth::Session;
use crate::tiktok::wire::{self, Object};

/// Pages of one list that are asked for at the same time: enough to hide latency, few enough for the
/// vendor's ten calls a second.
const PAGES_AT_ONCE: usize = 4;
/// Rows shift between pages while objects are being made; then the list is read again, this often.
const READS: usize = 3;

/// All rows of a list. Rows are told apart by the member `id`; `list` is the member that holds them.
///
/// # Errors
/// The failure of the first page that could not be read.
pub(crate) async fn all(
    session: &Session,
    list: &str,
    id: &str,
    call: impl Fn(u64) -> Call,
) -> Result<Vec<Object>, PlatformError> {
    let mut rows = Vec::new();
    for _ in 0..READS {
        let stable = once(session, list, &call, &mut rows).await?;
        if stable {
            break;
        }
    }
    let mut seen = HashSet::new();
    rows.retain(|row| wire::text(row, id).is_none_or(|id| seen.insert(id)));
    Ok(rows)
}

/// All rows of a report; rows of objects and times, which have no id of their own.
///
/// # Errors
/// The failure of the first page that could not be read; a report that changed while it was read, every time.
pub(crate) async fn report(
    session: &Session,
    call: impl Fn(u64) -> Call,
) -> Result<Vec<Object>, PlatformError> {
    let mut rows = Vec::new();
    for _ in 0..READS {
        if once(session, "list", &call, &mut rows).await? {
            return Ok(rows);
        }
    }
    let message = format!("the report changed while it was read, {READS} times");
    let (kind, retry) = (ErrorKind::Unavailable, Retry::After(None));
    Err(PlatformError::new(kind, retry, Platform::TikTok, call(1).operation, message)
        .account(&session.config.advertiser))
}

/// Reads all pages once; whether the total stayed the same meanwhile.
async fn once(
    session: &Session,
    list: &str,
    call: &impl Fn(u64) -> Call,
    rows: &mut Vec<Object>,
) -> Result<bool, PlatformError> {
    let mut first = session.object(&call(1)).await?;
    let (pages, total) = info(&first);
    rows.clear();
    rows.extend(take(&mut first, list));
    let others: Vec<BoxFuture<'_, Result<Object, PlatformError>>> =
        (2..=pages).map(call).map(|call| one(session, call).boxed()).collect();
    let mut others = futures::stream::iter(others).buffered(PAGES_AT_ONCE);
    let mut stable = true;
    while let Some(mut page) = others.try_next().await? {
        stable &= info(&page).1 == total;
        rows.extend(take(&mut page, list));
    }
    Ok(stable)
}

async fn one(session: &Session, call: Call) -> Result<Object, PlatformError> {
    session.object(&call).await
}

/// Number of pages and of rows.
fn info(page: &Object) -> (u64, u64) {
    let number = |name: &str| {
        wire::object(page, "page_info").and_then(|info| info.get(name)).and_then(Json::as_u64).unwrap_or(0)
    };
    (number("total_page"), number("total_number"))
}

fn take(page: &mut Object, list: &str) -> Vec<Object> {
    let rows = page.get_mut(list).map(Json::take);
    let Some(Json::Array(rows)) = rows else { return Vec::new() };
    rows.into_iter()
        .filter_map(|row| match row {
            Json::Object(row) => Some(row),
            _ => None,
        })
        .collect()
}

//! Sends calls of one account, at its pace; walks pages.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use adplane_core::address::Platform;
use adplane_engine::error::PlatformError;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::Value as Json;

use super::pace::Pace;
use crate::http::{Answer, Call, Credential, Http};
use crate::meta::auth::Auth;
use crate::meta::config::Endpoint;
use crate::meta::errors;
use crate::meta::wire::json;

/// Waits from this long on are told.
const WORTH_TELLING: Duration = Duration::from_secs(2);
/// Pages of one list at most: a server that never ends its list must not hold us forever.
const MOST_PAGES: usize = 5_000;

/// Meta's Graph API for one account.
#[derive(Debug, Clone)]
pub(in crate::meta) struct Graph {
    http: Http,
    auth: Auth,
    pace: Arc<Pace>,
    clock: Arc<Mutex<Option<Timestamp>>>,
    /// URLs.
    pub(in crate::meta) endpoint: Endpoint,
}

impl Graph {
    /// For one account.
    pub(in crate::meta) fn new(http: Http, auth: Auth, endpoint: Endpoint) -> Self {
        Self { http, auth, pace: Arc::default(), clock: Arc::default(), endpoint }
    }

    /// Sends a call and answers its JSON.
    ///
    /// # Errors
    /// The failure, classified; a write whose answer was lost says so.
    pub(in crate::meta) async fn send(&self, call: &Call) -> Result<Json, PlatformError> {
        let answer = self.exchange(call, self.auth.credentials()).await?;
        Self::body(call, &answer)
    }

    /// Asks about the token itself.
    ///
    /// # Errors
    /// The failure, classified.
    pub(in crate::meta) async fn ask_about_token(&self, call: &Call) -> Result<Json, PlatformError> {
        let answer = self.exchange(call, &self.auth.about_itself()).await?;
        Self::body(call, &answer)
    }

    /// Fetches a file from the vendor's content network, without credentials.
    ///
    /// # Errors
    /// The failure, classified.
    pub(in crate::meta) async fn fetch(&self, call: &Call) -> Result<Vec<u8>, PlatformError> {
        let good = |answer: &Answer| {
            if answer.status == 200 {
                return Ok(());
            }
            let message = format!("status {}", answer.status);
            Err(PlatformError::unexpected(Platform::Meta, &call.operation, message))
        };
        Ok(self.http.send(call, &[], good).await?.body.to_vec())
    }

    /// Reads a whole list: only a page without `next` ends it (meta-ads.md §1.4).
    ///
    /// # Errors
    /// The failure of the first page that fails.
    pub(in crate::meta) async fn list(&self, call: Call) -> Result<Vec<Json>, PlatformError> {
        let mut rows = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = match &after {
                Some(cursor) => call.clone().query("after", cursor),
                None => call.clone(),
            };
            let mut page = self.send(&page).await?;
            if let Some(Json::Array(data)) = page.get_mut("data").map(Json::take) {
                rows.extend(data);
            }
            let paging = page.get("paging");
            let next = paging.filter(|paging| paging.get("next").is_some());
            after = next.and_then(|paging| json::text(paging.get("cursors")?, "after"));
            if after.is_none() {
                return Ok(rows);
            }
        }
        let message = format!("the list did not end after {MOST_PAGES} pages");
        Err(PlatformError::unexpected(Platform::Meta, &call.operation, message))
    }

    async fn exchange(&self, call: &Call, credentials: &[Credential]) -> Result<Answer, PlatformError> {
        let turn = self.pace.turn(call.purpose);
        if turn.wait >= WORTH_TELLING {
            let (seconds, percent) = (turn.wait.as_secs(), turn.percent);
            tracing::warn!(
                account = %self.endpoint.account_id(), seconds, percent, operation = call.operation,
                "waiting: Meta's limit for this account is almost used up"
            );
        }
        if !turn.wait.is_zero() {
            tokio::time::sleep(turn.wait).await;
        }
        let classify = |answer: &Answer| {
            self.pace.learn(answer);
            self.learn_time(answer);
            errors::classify(answer)
        };
        self.http.send(call, credentials, classify).await
    }

    /// What the vendor's clock said last.
    pub(in crate::meta) fn now(&self) -> Option<Timestamp> {
        self.clock.lock().ok().and_then(|clock| *clock)
    }

    fn learn_time(&self, answer: &Answer) {
        let date = answer.headers.get("date");
        let told = date.and_then(|text| rfc2822::DateTimeParser::new().parse_timestamp(text).ok());
        if let (Some(told), Ok(mut clock)) = (told, self.clock.lock()) {
            *clock = Some(told);
        }
    }

    fn body(call: &Call, answer: &Answer) -> Result<Json, PlatformError> {
        answer.json().ok_or_else(|| {
            PlatformError::unexpected(
                Platform::Meta,
                &call.operation,
                format!("not JSON: {}", answer.excerpt()),
            )
        })
    }
}

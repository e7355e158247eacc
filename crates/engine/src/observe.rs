//! Observation: every account in bulk, side by side; one that fails does not hide the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use adplane_core::address::AccountKey;
use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::observed::{Coverage, Observed, ObservedAccount};
use compact_str::CompactString;
use futures::StreamExt;

use crate::error::PlatformError;
use crate::port::{Adapter, ObserveRequest};

/// Adapters by account.
pub type Adapters = BTreeMap<AccountKey, Arc<dyn Adapter>>;

/// Accounts that are read at the same time. Each has its own limits with its vendor; this bounds memory.
const ACCOUNTS_AT_ONCE: usize = 8;

/// What an account's observation needs to look up: regions that its YAML names.
pub fn request_for(account: &DesiredAccount) -> ObserveRequest {
    let paths = ["targeting.locations", "targeting.locationsExcluded"];
    let regions = account
        .objects
        .values()
        .flat_map(|object| paths.iter().filter_map(|path| object.value(path)))
        .flat_map(adplane_core::value::Value::texts)
        .filter(|code| code.contains('-') && !code.starts_with("id:"))
        .map(CompactString::new)
        .collect();
    ObserveRequest { regions }
}

/// An account that could not be read at all.
pub fn unreadable(key: &AccountKey, because: &str, hint: &str) -> ObservedAccount {
    ObservedAccount {
        coverage: Coverage::Partial { because: because.to_owned() },
        diagnostics: vec![
            Diagnostic::error("account-not-read", format!("account {key} could not be read: {because}"))
                .hint(hint),
        ],
        ..ObservedAccount::default()
    }
}

/// Turns a failed read into an account with no coverage.
pub fn failed(key: &AccountKey, error: &PlatformError) -> ObservedAccount {
    unreadable(key, &error.to_string(), error.advice())
}

/// Observes accounts side by side. Every key of `requests` is in the result.
pub async fn observe(adapters: &Adapters, requests: &BTreeMap<AccountKey, ObserveRequest>) -> Observed {
    let reads = requests.iter().map(|(key, request)| async move {
        let account = match adapters.get(key) {
            None => unreadable(key, "no connection could be made", "see the messages above"),
            Some(adapter) => match adapter.observe(request).await {
                Ok(account) => account,
                Err(error) => failed(key, &error),
            },
        };
        (key.clone(), account)
    });
    // Collected, so that no borrowing closure lives across the wait.
    let reads: Vec<_> = reads.collect();
    let accounts = futures::stream::iter(reads).buffer_unordered(ACCOUNTS_AT_ONCE).collect().await;
    Observed { accounts }
}

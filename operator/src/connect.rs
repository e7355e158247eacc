//! Adapters of accounts: credentials from their Secret, one pooled connection as long as nothing changes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adplane_core::address::AccountKey;
use adplane_core::desired::{CredentialSource, DesiredAccount};
use adplane_engine::error::PlatformError;
use adplane_engine::port::{AccountConnection, Adapter};
use adplane_platforms::http::{HttpSettings, WriteGate};
use kube::Client;

use crate::lease::Leases;
use crate::secrets::{self, Fingerprint, SecretError};

/// Why an account cannot be reached. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The account names no Secret.
    #[error("the account names no Secret: write `credentials: {{secretRef: {{name: NAME}}}}`")]
    NoSecret,
    /// Its Secret cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What the Secret holds is not what the platform needs.
    #[error("{}: {}", .0.message, .0.advice())]
    Platform(Box<PlatformError>),
}

/// An adapter, and what it was made from.
struct Made {
    /// Everything but the credentials.
    from: String,
    fingerprint: Fingerprint,
    adapter: Arc<dyn Adapter>,
}

/// Makes adapters and keeps them.
pub struct Connections {
    client: Client,
    settings: HttpSettings,
    leases: Leases,
    made: Mutex<BTreeMap<AccountKey, Made>>,
}

impl Connections {
    /// Connections whose calls take no longer than `call_timeout`: leases rest on that. Each attempt at a write asks for
    /// the account's lease, since a vendor's limits may have kept it waiting. Each call tells which replica it comes
    /// from.
    pub fn new(client: Client, call_timeout: Duration, leases: Leases, identity: &str) -> Self {
        let settings =
            HttpSettings { timeout: call_timeout, agent: agent(identity), ..HttpSettings::default() };
        Self { client, settings, leases, made: Mutex::default() }
    }

    /// The adapter of an account. Its Secret is read each time, so a rotated one counts at once.
    pub async fn adapter(&self, account: &DesiredAccount) -> Result<Arc<dyn Adapter>, ConnectError> {
        let Some(CredentialSource::SecretRef { name }) = &account.connection.credentials else {
            return Err(ConnectError::NoSecret);
        };
        let credentials = secrets::read(&self.client, account.key.namespace.as_str(), name).await?;
        let mut connection = bare(account);
        let from = format!("{connection:?}");
        if let Some(adapter) = self.kept(&account.key, &from, credentials.fingerprint()) {
            return Ok(adapter);
        }
        connection.credentials = credentials.json().clone();
        let (leases, key) = (self.leases.clone(), account.key.clone());
        let gate = WriteGate::new(move || leases.fence(&key).is_some_and(|fence| fence.holds()));
        let settings = HttpSettings { gate: Some(gate), ..self.settings.clone() };
        let adapter = adplane_platforms::connect(connection, settings)
            .map_err(|error| ConnectError::Platform(Box::new(error)))?;
        let made =
            Made { from, fingerprint: credentials.fingerprint().clone(), adapter: Arc::clone(&adapter) };
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(account.key.clone(), made);
        Ok(adapter)
    }

    /// An account is gone.
    pub fn forget(&self, account: &AccountKey) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
    }

    fn kept(&self, key: &AccountKey, from: &str, fingerprint: &Fingerprint) -> Option<Arc<dyn Adapter>> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let same = made.get(key).filter(|made| made.from == from && made.fingerprint == *fingerprint)?;
        Some(Arc::clone(&same.adapter))
    }
}

/// What a replica calls itself before platforms. A header takes no more than visible characters, and a comment in it no
/// parentheses.
fn agent(identity: &str) -> String {
    let plain = |c: &char| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '\\');
    let identity: String = identity.chars().filter(plain).collect();
    format!("adplane-operator/{} ({identity})", env!("CARGO_PKG_VERSION"))
}

/// A connection without credentials.
fn bare(account: &DesiredAccount) -> AccountConnection {
    AccountConnection {
        key: account.key.clone(),
        platform: account.platform,
        account_id: account.account_id.clone(),
        currency: account.currency,
        zone: account.zone.clone(),
        endpoint: account.connection.endpoint.clone(),
        token_endpoint: account.connection.token_endpoint.clone(),
        login_customer_id: account.connection.login_customer_id.clone(),
        credentials: String::new().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_tells_its_name_in_words_that_a_header_takes() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            agent("adplane-operator-7d9f-x2x9z-0a1b2c3d"),
            format!("adplane-operator/{version} (adplane-operator-7d9f-x2x9z-0a1b2c3d)")
        );
        assert_eq!(agent("a (b)\\\r\nñ-1"), format!("adplane-operator/{version} (ab-1)"));
    }
}

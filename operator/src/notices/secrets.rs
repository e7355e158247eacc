//! Secrets of channels: from the namespace of the policy that names them, and from nowhere else.

use adplane_core::desired::CredentialSource;
use adplane_core::ids::Namespace;
use adplane_engine::credentials::{CredentialError, Secrets};
use async_trait::async_trait;
use kube::Client;
use secrecy::SecretString;

use crate::secrets;

/// Reads Secrets of the cluster, anew for each sending.
pub(super) struct OfCluster(pub(super) Client);

#[async_trait]
impl Secrets for OfCluster {
    async fn object(
        &self,
        source: &CredentialSource,
        namespace: &Namespace,
    ) -> Result<SecretString, CredentialError> {
        let CredentialSource::SecretRef { name } = source else { return Err(CredentialError::NoSecretRef) };
        let found = secrets::read(&self.0, namespace.as_str(), name).await;
        found
            .map(|credentials| credentials.json().clone())
            .map_err(|error| CredentialError::Cluster(error.to_string()))
    }
}

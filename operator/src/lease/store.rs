//! Where leases are kept.

use async_trait::async_trait;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{Api, DeleteParams, ListParams, PostParams, Preconditions};
use kube::{Client, Error};

use super::record::{ROLE, Record};

/// Why a lease was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote it first, or made or removed it.
    #[error("somebody else wrote the lease first")]
    Conflict,
    /// The cluster did not answer, or refused.
    #[error("cannot reach the leases: {0}")]
    Failed(String),
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match &error {
            Error::Api(status) if [404, 409].contains(&status.code) => Self::Conflict,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Where leases are kept. Nothing is ever written without the version that was read.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// Every lease of the operator.
    async fn list(&self) -> Result<Vec<Record>, StoreError>;
    /// Makes a lease.
    async fn create(&self, record: &Record) -> Result<Record, StoreError>;
    /// Writes a lease over the version that was read.
    async fn replace(&self, record: &Record) -> Result<Record, StoreError>;
    /// Removes a lease that is still the version that was read.
    async fn delete(&self, record: &Record) -> Result<(), StoreError>;
}

/// Leases of the operator's own namespace.
#[derive(Clone)]
pub struct KubeLeases(Api<Lease>);

impl KubeLeases {
    /// Leases of a namespace.
    pub fn new(client: Client, namespace: &str) -> Self {
        Self(Api::namespaced(client, namespace))
    }
}

fn written(lease: Lease) -> Result<Record, StoreError> {
    Record::read(lease).ok_or_else(|| StoreError::Failed("the lease came back without its labels".into()))
}

#[async_trait]
impl LeaseStore for KubeLeases {
    async fn list(&self) -> Result<Vec<Record>, StoreError> {
        // Without a resource version: what the server answers is the newest, not what it remembers.
        let leases = self.0.list(&ListParams::default().labels(ROLE)).await?;
        Ok(leases.items.into_iter().filter_map(Record::read).collect())
    }

    async fn create(&self, record: &Record) -> Result<Record, StoreError> {
        written(self.0.create(&PostParams::default(), &record.write()).await?)
    }

    async fn replace(&self, record: &Record) -> Result<Record, StoreError> {
        written(self.0.replace(&record.name, &PostParams::default(), &record.write()).await?)
    }

    async fn delete(&self, record: &Record) -> Result<(), StoreError> {
        let preconditions = Preconditions { resource_version: record.version.clone(), uid: None };
        let parameters = DeleteParams::default().preconditions(preconditions);
        self.0.delete(&record.name, &parameters).await?;
        Ok(())
    }
}

//! A lease as it is read and written.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};

use super::Token;

/// Says what a lease is for: `shard` or `replica`.
pub(super) const ROLE: &str = "adplane.io/lease";
/// Says for how many shards it was written.
const SHARDS: &str = "adplane.io/shards";
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "adplane");

const SHARD_PREFIX: &str = "adplane-shard-";
const REPLICA_PREFIX: &str = "adplane-replica-";

/// What a lease is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The right to write to the accounts of a shard.
    Shard(u32),
    /// A replica tells that it is there.
    Replica,
}

/// A lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The resource version that was read; absent when there is none yet.
    pub version: Option<String>,
    /// Its uid; empty when there is none yet.
    pub uid: String,
    /// Who holds it; absent when it was released.
    pub holder: Option<String>,
    /// How often it changed hands.
    pub transitions: i32,
    /// How long it lasts after a change.
    pub duration: Duration,
    /// For how many shards it was written.
    pub shards: u32,
    /// When its holder took it.
    pub acquired: Option<Timestamp>,
    /// When its holder wrote it last, by the holder's clock: for people only.
    pub renewed: Option<Timestamp>,
}

impl Record {
    /// A lease that does not exist yet.
    pub(super) fn new(role: Role, holder: &str, duration: Duration, shards: u32) -> Self {
        let name = match role {
            Role::Shard(shard) => format!("{SHARD_PREFIX}{shard}"),
            Role::Replica => format!("{REPLICA_PREFIX}{holder}"),
        };
        Self {
            name,
            role,
            version: None,
            uid: String::new(),
            holder: Some(holder.to_owned()),
            transitions: 0,
            duration,
            shards,
            acquired: None,
            renewed: None,
        }
    }

    /// Which time of holding it is.
    pub(super) fn token(&self) -> Token {
        Token { uid: self.uid.clone(), transitions: self.transitions }
    }

    /// Reads an object; nothing when it is none of ours.
    pub(super) fn read(lease: Lease) -> Option<Self> {
        let ObjectMeta { name, uid, resource_version, labels, annotations, .. } = lease.metadata;
        let name = name?;
        let spec = lease.spec.unwrap_or_default();
        let role = match labels?.get(ROLE)?.as_str() {
            "shard" => Role::Shard(name.strip_prefix(SHARD_PREFIX)?.parse().ok()?),
            "replica" => Role::Replica,
            _ => return None,
        };
        let shards = annotations.as_ref().and_then(|annotations| annotations.get(SHARDS)?.parse().ok());
        let seconds = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        Some(Self {
            name,
            role,
            version: resource_version,
            uid: uid.unwrap_or_default(),
            holder: spec.holder_identity.filter(|holder| !holder.is_empty()),
            transitions: spec.lease_transitions.unwrap_or_default(),
            duration: Duration::from_secs(seconds.unwrap_or_default()),
            shards: shards.unwrap_or_default(),
            acquired: spec.acquire_time.map(|time| time.0),
            renewed: spec.renew_time.map(|time| time.0),
        })
    }

    /// The object to be written.
    pub(super) fn write(&self) -> Lease {
        let role = match self.role {
            Role::Shard(_) => "shard",
            Role::Replica => "replica",
        };
        let labels = [MANAGED_BY, (ROLE, role)];
        let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        Lease {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                resource_version: self.version.clone(),
                labels: Some(pairs(&labels)),
                annotations: Some(pairs(&[(SHARDS, &self.shards.to_string())])),
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                // The server wants a duration above zero.
                lease_duration_seconds: Some(
                    i32::try_from(self.duration.as_secs().max(1)).unwrap_or(i32::MAX),
                ),
                holder_identity: Some(self.holder.clone().unwrap_or_default()),
                lease_transitions: Some(self.transitions),
                acquire_time: self.acquired.map(MicroTime),
                renew_time: self.renewed.map(MicroTime),
                ..LeaseSpec::default()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        let mut record = Record::new(Role::Shard(3), "operator-1", Duration::from_secs(45), 8);
        record.version = Some("17".into());
        record.transitions = 2;
        record.renewed = Some("2026-03-01T12:00:00.5Z".parse().unwrap());
        assert_eq!(record.name, "adplane-shard-3");
        assert_eq!(Record::read(record.write()), Some(record.clone()));
        record.holder = None;
        assert_eq!(Record::read(record.write()), Some(record));
    }

    #[test]
    fn leases_of_others_are_not_read() {
        let mut lease = Record::new(Role::Replica, "operator-1", Duration::from_secs(45), 1).write();
        assert!(Record::read(lease.clone()).is_some());
        lease.metadata.labels = None;
        assert_eq!(Record::read(lease), None);
    }
}

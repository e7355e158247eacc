//! What a pool gave, by day: a `ConfigMap` beside the operator, one for each pool.
//!
//! It lasts longer than the pod and is the same for all replicas. It is written before amounts are in force, and only where
//! nobody has written since it was read: what it says was given is given by nobody again. Without it a pool takes what is in
//! force for what it gave.

use std::collections::BTreeMap;

use adplane_core::metrics::Day;
use adplane_engine::state::Remembered;
use data_encoding::HEXLOWER;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, ObjectMeta, PostParams};
use sha2::{Digest as _, Sha256};

use crate::account::told;
use crate::cache::ResourceKey;
use crate::context::Context;

/// The key of what is remembered.
const KEY: &str = "memory.json";
/// Annotation that names the pool: names are longer than labels may be, and their digest makes the object's name.
const POOL: &str = "adplane.io/pool";
/// Digits of the digest.
const DIGITS: usize = 16;
/// Bytes that are kept: a `ConfigMap` holds 1 MiB with everything around it.
const MOST: usize = 900 * 1024;

/// Why what is remembered cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum MemoryError {
    #[error("the API server failed at {doing} what the pool gave: {}", told(source))]
    Api { doing: &'static str, source: Box<kube::Error> },
    #[error(
        "ConfigMap `{0}` does not hold what the pool gave: delete it, and what is in force counts as given"
    )]
    Unreadable(String),
    #[error("somebody else paces the pool: it is worked out again")]
    Overtaken,
}

/// What is remembered of a pool, as it was read.
pub(super) struct Memory {
    name: String,
    pool: ResourceKey,
    /// The version that was read; none where nothing was there.
    version: Option<String>,
    /// What is remembered.
    pub(super) known: Remembered,
}

impl Memory {
    /// Reads what is remembered.
    pub(super) async fn read(context: &Context, pool: &ResourceKey) -> Result<Self, MemoryError> {
        let name = name(pool);
        let found = api(context).get_opt(&name).await;
        let found =
            found.map_err(|source| MemoryError::Api { doing: "reading", source: Box::new(source) })?;
        let (version, known) = match found {
            None => (None, Remembered::default()),
            Some(map) => {
                let text = map.data.as_ref().and_then(|data| data.get(KEY)).map(String::as_bytes);
                let known = text.and_then(Remembered::from_text);
                (map.metadata.resource_version, known.ok_or_else(|| MemoryError::Unreadable(name.clone()))?)
            }
        };
        Ok(Self { name, pool: pool.clone(), version, known })
    }

    /// Keeps what is remembered by now, where that is something new.
    pub(super) async fn keep(&self, context: &Context, mut changed: Remembered) -> Result<(), MemoryError> {
        if changed == self.known {
            return Ok(());
        }
        let map = ConfigMap {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                resource_version: self.version.clone(),
                annotations: Some(BTreeMap::from([(
                    POOL.to_owned(),
                    format!("{}/{}", self.pool.namespace, self.pool.name),
                )])),
                ..ObjectMeta::default()
            },
            data: Some(BTreeMap::from([(KEY.to_owned(), fitting(&mut changed, MOST))])),
            ..ConfigMap::default()
        };
        let parameters =
            PostParams { field_manager: Some(crate::names::MANAGER.to_owned()), ..PostParams::default() };
        let api = api(context);
        let written = match &self.version {
            None => api.create(&parameters, &map).await,
            Some(_) => api.replace(&self.name, &parameters, &map).await,
        };
        match written {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 409 || status.code == 404 => {
                Err(MemoryError::Overtaken)
            }
            Err(source) => Err(MemoryError::Api { doing: "keeping", source: Box::new(source) }),
        }
    }
}

/// The name of a pool's `ConfigMap`.
fn name(pool: &ResourceKey) -> String {
    let digest = HEXLOWER.encode(&Sha256::digest(format!("{}/{}", pool.namespace, pool.name)));
    format!("adplane-pool-{}", digest.get(..DIGITS).unwrap_or(&digest))
}

fn api(context: &Context) -> Api<ConfigMap> {
    Api::namespaced(context.client.clone(), &context.namespace)
}

/// What is remembered as text, without the oldest days where it would be too much; the newest day always stays.
fn fitting(known: &mut Remembered, most: usize) -> String {
    loop {
        let text = known.to_text();
        let oldest: Option<Day> = known.given.keys().next().copied();
        match oldest.filter(|_| text.len() > most && known.given.len() > 1) {
            Some(oldest) => drop(known.given.remove(&oldest)),
            None => return text,
        }
    }
}

#[cfg(test)]
mod tests {
    use adplane_core::address::Address;
    use adplane_core::pool::{DayAmount, GivenDay};

    use super::*;

    #[test]
    fn what_does_not_fit_goes_the_oldest_first() {
        let mut known = Remembered::default();
        let object: Address = "meta/shop/Campaign/growth/a".parse().unwrap();
        let amount = DayAmount { before: 0, amount: 7, most: 7, gave: Some(7), looked: 70 };
        let first: Day = "2026-01-01".parse().unwrap();
        for day in first.series(jiff::Span::new().days(1)).take(40) {
            known.gave(day, GivenDay { looked: 70, amounts: BTreeMap::from([(object.clone(), amount)]) });
        }
        let whole = known.clone();
        assert_eq!(fitting(&mut known, MOST), whole.to_text());
        let text = fitting(&mut known, 4_000);
        let read = Remembered::from_text(text.as_bytes()).unwrap();
        assert!(text.len() <= 4_000 && read.given.len() > 5 && read.given.len() < 40);
        assert_eq!(read.given.last_key_value(), whole.given.last_key_value());
        fitting(&mut known, 1);
        assert_eq!(known.given.len(), 1);
    }
}

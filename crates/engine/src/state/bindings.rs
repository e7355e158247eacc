//! Ids remembered from earlier applies: a cache that finds an object whose marker a person removed.

use std::collections::BTreeMap;
use std::path::Path;

use adplane_core::address::Address;
use adplane_core::ids::ExternalId;
use serde::{Deserialize, Serialize};

/// What is remembered of one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The live object's id.
    pub id: ExternalId,
    /// How often it was created under this address; keeps idempotency keys of successive objects apart.
    #[serde(default)]
    pub generation: u64,
}

/// Bindings by address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bindings(pub BTreeMap<Address, Binding>);

impl Bindings {
    /// Reads the cache; a missing or unreadable file is an empty cache.
    pub(super) fn read(path: &Path) -> Self {
        std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Ids by address, as the planner takes them.
    pub fn ids(&self) -> BTreeMap<Address, ExternalId> {
        self.0.iter().map(|(address, binding)| (address.clone(), binding.id.clone())).collect()
    }

    /// How often an object was created under an address.
    pub fn generation(&self, address: &Address) -> u64 {
        self.0.get(address).map_or(0, |binding| binding.generation)
    }

    /// Remembers an object; `created` when it is a new one.
    pub fn remember(&mut self, address: &Address, id: &ExternalId, created: bool) {
        let generation = self.generation(address) + u64::from(created);
        self.0.insert(address.clone(), Binding { id: id.clone(), generation });
    }
}

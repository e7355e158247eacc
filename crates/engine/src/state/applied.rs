//! What the platforms were last seen to agree on with the YAML: a cache that tells drift from edits.
//!
//! A field that differs has changed in the YAML, on the platform, or on both sides. The value that both last agreed on
//! tells which; only its digest is kept. Without the cache nobody can tell, and nothing rests on a guess.

use std::collections::BTreeMap;
use std::path::Path;

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Digits of a digest that are kept: enough to tell values of one field apart.
const DIGITS: usize = 16;

/// Which side of a difference has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// The YAML.
    Yaml,
    /// The platform.
    Platform,
    /// Both.
    Both,
    /// Nobody remembers that they agreed.
    Unknown,
}

/// Agreed values by object and field, as digests.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Applied(BTreeMap<Address, BTreeMap<FieldPath, String>>);

fn digest(value: &Value) -> String {
    let mut digits = HEXLOWER.encode(&Sha256::digest(value.to_string().as_bytes()));
    digits.truncate(DIGITS);
    digits
}

impl Applied {
    /// Reads the cache; a missing or unreadable file is an empty cache.
    pub(super) fn read(path: &Path) -> Self {
        std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Whether anything is remembered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object was ever seen live under an address.
    pub fn knows(&self, address: &Address) -> bool {
        self.0.contains_key(address)
    }

    /// Fields of an object that were managed when both sides last agreed.
    pub fn fields(&self, address: &Address) -> impl Iterator<Item = &FieldPath> {
        self.0.get(address).into_iter().flat_map(BTreeMap::keys)
    }

    /// Both sides agree on a value.
    pub fn agree(&mut self, address: &Address, path: &FieldPath, value: &Value) {
        self.0.entry(address.clone()).or_default().insert(path.clone(), digest(value));
    }

    /// The sides differ and nobody knows since when: the field was there, what was agreed was not.
    pub fn unsettled(&mut self, address: &Address, path: &FieldPath) {
        self.0.entry(address.clone()).or_default().entry(path.clone()).or_default();
    }

    /// An object is live under an address, whatever its fields.
    pub fn seen(&mut self, address: &Address) {
        self.0.entry(address.clone()).or_default();
    }

    /// Keeps only the fields of an object that are still managed.
    pub fn retain(&mut self, address: &Address, managed: impl Fn(&FieldPath) -> bool) {
        if let Some(fields) = self.0.get_mut(address) {
            fields.retain(|path, _| managed(path));
        }
    }

    /// Forgets objects that are not wanted any more.
    pub fn retain_objects(&mut self, wanted: impl Fn(&Address) -> bool) {
        self.0.retain(|address, _| wanted(address));
    }

    /// Which side has moved, when what is wanted and what is live differ.
    pub fn moved(
        &self,
        address: &Address,
        path: &FieldPath,
        wanted: Option<&Value>,
        live: Option<&Value>,
    ) -> Moved {
        let Some(fields) = self.0.get(address) else { return Moved::Unknown };
        let agreed = match fields.get(path) {
            Some(agreed) if agreed.is_empty() => return Moved::Unknown,
            Some(agreed) => agreed,
            // The object was looked at without it: the YAML has begun to manage it since.
            None => return Moved::Yaml,
        };
        let is = |value: Option<&Value>| value.is_some_and(|value| digest(value) == *agreed);
        match (is(wanted), is(live)) {
            (true, false) => Moved::Platform,
            (false, true) => Moved::Yaml,
            (false, false) => Moved::Both,
            (true, true) => Moved::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_agreed_value_tells_which_side_moved() {
        let address: Address = "meta/meta-eu/Campaign/default/spring".parse().unwrap();
        let path = FieldPath::new("budget.daily");
        let mut applied = Applied::default();
        let moved = |applied: &Applied, wanted: &str, live: &str| {
            applied.moved(&address, &path, Some(&json!(wanted)), Some(&json!(live)))
        };
        assert_eq!(moved(&applied, "20.00 EUR", "30.00 EUR"), Moved::Unknown);
        applied.agree(&address, &path, &json!("20.00 EUR"));
        assert_eq!(moved(&applied, "20.00 EUR", "30.00 EUR"), Moved::Platform);
        assert_eq!(moved(&applied, "25.00 EUR", "20.00 EUR"), Moved::Yaml);
        assert_eq!(moved(&applied, "25.00 EUR", "30.00 EUR"), Moved::Both);
        applied.unsettled(&address, &path);
        assert_eq!(moved(&applied, "25.00 EUR", "30.00 EUR"), Moved::Both, "what was agreed stays");
        applied.retain(&address, |_| false);
        assert_eq!(moved(&applied, "20.00 EUR", "30.00 EUR"), Moved::Yaml, "it is managed anew");
        applied.unsettled(&address, &path);
        assert_eq!(moved(&applied, "20.00 EUR", "30.00 EUR"), Moved::Unknown);
        applied.retain(&address, |_| false);
        assert!(applied.knows(&address));
        assert_eq!(applied.fields(&address).count(), 0);
    }
}

//! Everything the sandbox remembers: accounts, objects in the vendors' own JSON, time, change history.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::delivery::{Allowances, Ledger, Misreport, Outage, Report};
use crate::quota::Counter;

/// An object in the vendor's own JSON.
pub type Object = Map<String, Value>;

/// Objects of one collection by id, in order of creation; removed ones stay, marked as the vendor marks them.
pub type Collection = IndexMap<String, Object>;

/// Note under which the server announces a `partial` fault for the one request at hand.
pub(crate) const FAULT_PARTIAL: &str = "fault_partial";

/// Note under which the server announces `empty_report`, `double_day` or `missing_objects`: a [`Misreport`].
pub(crate) const FAULT_REPORT: &str = "fault_report";

/// The three emulated vendors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    /// Google Ads API v26, REST.
    Google,
    /// Meta Marketing API v26.0.
    Meta,
    /// TikTok API for Business v1.3.
    Tiktok,
}

/// One ad account: its collections by their name on the wire.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Account {
    /// The account object itself, in the vendor's own JSON.
    pub object: Object,
    /// Collections by name, such as `campaigns`, `adsets`, `smart_plus_campaigns`.
    pub collections: BTreeMap<String, Collection>,
    /// Who changed what, oldest first.
    pub history: Vec<Change>,
}

impl Account {
    /// A collection, empty when nothing was ever stored in it.
    pub fn collection(&self, name: &str) -> Option<&Collection> {
        self.collections.get(name)
    }

    /// A collection to write to, made when it does not exist.
    pub fn collection_mut(&mut self, name: &str) -> &mut Collection {
        self.collections.entry(name.to_owned()).or_default()
    }

    /// One object.
    pub fn get(&self, collection: &str, id: &str) -> Option<&Object> {
        self.collections.get(collection)?.get(id)
    }
}

/// One entry of an account's change history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When, in sandbox time.
    pub at: Timestamp,
    /// Who: the API user, or the actor named to `/_sandbox/edit`.
    pub actor: String,
    /// Whether it came through the API (`false`: a person in the vendor's web screens, simulated).
    pub via_api: bool,
    /// Collection on the wire.
    pub collection: String,
    /// Object id.
    pub id: String,
    /// `CREATE`, `UPDATE` or `REMOVE`.
    pub operation: String,
    /// Changed fields with their former values (absent before: `null`).
    pub before: Object,
    /// Changed fields with their new values (absent after: `null`).
    pub after: Object,
}

/// The whole simulated world.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct World {
    /// What the world was made from; simulated delivery depends on it.
    #[serde(default)]
    pub seed: u64,
    /// Sandbox time; the server sets it before every request.
    pub now: Timestamp,
    /// How far the vendors have let time pass, see their `advance`.
    #[serde(default)]
    pub advanced_to: Timestamp,
    /// Accounts by vendor and bare account id (digits, without `act_`).
    pub accounts: BTreeMap<Vendor, BTreeMap<String, Account>>,
    /// Next numeric id by vendor; ids never repeat.
    pub next_id: BTreeMap<Vendor, u64>,
    /// What was delivered, by vendor.
    #[serde(default)]
    pub delivered: BTreeMap<Vendor, Ledger>,
    /// What daily budgets give, by vendor.
    #[serde(default)]
    pub allowances: BTreeMap<Vendor, Allowances>,
    /// When tracking was, is and will be broken, by vendor.
    #[serde(default)]
    pub outages: BTreeMap<Vendor, Vec<Outage>>,
    /// Used quota, by vendor and the vendor's key.
    #[serde(default)]
    pub counters: BTreeMap<Vendor, BTreeMap<String, Counter>>,
    /// Real time that passed while a virtual clock stood still. Clients wait in real time, so quotas run on it
    /// besides sandbox time; nothing else does.
    #[serde(default)]
    pub waited: SignedDuration,
    /// Values that belong to no account, by vendor: tokens, jobs, idempotency keys.
    pub notes: BTreeMap<Vendor, BTreeMap<String, Value>>,
    /// Behaviour switches, such as `review_seconds` or `tiktok.adgroup_update`.
    pub options: BTreeMap<String, String>,
    /// Seeded randomness; the same seed and requests give the same world.
    pub rng: ChaCha8Rng,
}

impl World {
    /// An empty world at an instant.
    pub fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            seed,
            now,
            advanced_to: now,
            accounts: BTreeMap::new(),
            next_id: BTreeMap::new(),
            delivered: BTreeMap::new(),
            allowances: BTreeMap::new(),
            outages: BTreeMap::new(),
            counters: BTreeMap::new(),
            waited: SignedDuration::ZERO,
            notes: BTreeMap::new(),
            options: BTreeMap::new(),
            rng: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// An account by bare id.
    pub fn account(&self, vendor: Vendor, id: &str) -> Option<&Account> {
        self.accounts.get(&vendor)?.get(id)
    }

    /// An account to write to, by bare id.
    pub fn account_mut(&mut self, vendor: Vendor, id: &str) -> Option<&mut Account> {
        self.accounts.get_mut(&vendor)?.get_mut(id)
    }

    /// A fresh numeric id as decimal text, counting up from `first`.
    pub fn fresh_id(&mut self, vendor: Vendor, first: u64) -> String {
        let next = self.next_id.entry(vendor).or_insert(first);
        let id = first.max(*next);
        *next = id + 1;
        id.to_string()
    }

    /// Makes fresh ids begin after the numbers in an id that came from elsewhere, such as `12` or `12~34`.
    pub(crate) fn skip_ids(&mut self, vendor: Vendor, id: &str) {
        for number in id.split('~').filter_map(|part| part.parse::<u64>().ok()) {
            let next = self.next_id.entry(vendor).or_insert(0);
            *next = number.saturating_add(1).max(*next);
        }
    }

    /// Whether the request at hand shall succeed in part only: a `partial` fault was armed for it. A vendor
    /// module honours it where its API knows partial success, by refusing some of the items.
    pub fn fault_partial(&self, vendor: Vendor) -> bool {
        self.notes.get(&vendor).is_some_and(|notes| notes.contains_key(FAULT_PARTIAL))
    }

    /// Where a vendor books what its objects deliver, see [`crate::delivery`].
    pub fn ledger_mut(&mut self, vendor: Vendor) -> &mut Ledger {
        self.delivered.entry(vendor).or_default()
    }

    /// What reports about an account show now; by bare id.
    pub fn report(&self, vendor: Vendor, account: &str) -> Report<'_> {
        Report::new(self, vendor, account, self.now)
    }

    /// The same as the vendor tells it in answer to the request at hand, wrongly where a fault was armed for that.
    pub(crate) fn told_report(&self, vendor: Vendor, account: &str) -> Report<'_> {
        let note = self.notes.get(&vendor).and_then(|notes| notes.get(FAULT_REPORT)).cloned();
        let wrong = note.and_then(|note| serde_json::from_value::<Misreport>(note).ok());
        self.report(vendor, account).told(wrong)
    }

    /// An option's value, or the given default.
    pub fn option<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.options.get(name).map_or(default, String::as_str)
    }
}

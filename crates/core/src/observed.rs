//! What is live, read in bulk, in the same field paths as the YAML.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::{AccountKey, Kind};
use crate::diagnostic::Diagnostic;
use crate::field::Values;
use crate::ids::ExternalId;
use crate::marker::Marker;
use crate::money::Currency;
use crate::time::Zone;
use crate::value::Value;

/// Everything observed, over all accounts.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Accounts by key; an account that could not be read is present with partial coverage.
    pub accounts: BTreeMap<AccountKey, ObservedAccount>,
}

/// Whether everything of interest was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Coverage {
    /// All kinds, all pages.
    #[default]
    Complete,
    /// Something is missing: absence proves nothing, so nothing is created or removed.
    Partial {
        /// Why, as a sentence fragment.
        because: String,
    },
}

/// What the platform says of the account itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// The account's name on the platform.
    pub name: String,
    /// Billing currency.
    pub currency: Currency,
    /// Reporting zone.
    pub zone: Zone,
    /// Whether it may serve ads; the vendor's word when not.
    pub inactive: Option<String>,
}

/// One account as it is live.
#[derive(Debug, Clone, Default)]
pub struct ObservedAccount {
    /// The account itself; absent when even that could not be read.
    pub facts: Option<AccountFacts>,
    /// Whether everything was read.
    pub coverage: Coverage,
    /// Live objects of every kind, ours or not; those the vendor calls removed are left out.
    pub objects: Vec<ObservedObject>,
    /// Names that only the vendor can resolve, with what they resolved to (`FR-IDF` → its id and name).
    pub resolved: BTreeMap<CompactString, Resolved>,
    /// What is worth telling about the read.
    pub diagnostics: Vec<Diagnostic>,
    /// Ad operations left of today's quota, where the vendor tells.
    pub quota_left: Option<u64>,
}

impl ObservedAccount {
    /// Whether its money is in a currency, as far as its platform tells. Sums of what is in another would be wrong.
    pub fn is_billed_in(&self, currency: Currency) -> bool {
        self.facts.as_ref().is_none_or(|facts| facts.currency == currency)
    }
}

/// What a name resolved to on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// The vendor's id.
    pub id: CompactString,
    /// The vendor's name for it.
    pub name: String,
}

/// Delivery as the platform sees it, mapped by mapping §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Delivery {
    /// Serving.
    Serving,
    /// Serving while the bid strategy learns.
    Learning,
    /// Serving less than it could.
    Limited,
    /// Not serving.
    NotDelivering,
    /// Paused, itself or a parent.
    Paused,
    /// Over.
    Ended,
}

/// Outcome of the vendor's review; a property of ads, parents show the worst child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Review {
    /// Approved.
    Approved,
    /// Approved with limits.
    Limited,
    /// Under review.
    Pending,
    /// Refused.
    Rejected,
}

/// Computed state: shown, never compared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Status {
    /// Delivery, where the platform tells.
    pub delivery: Option<Delivery>,
    /// The vendor's word behind it, in CamelCase.
    pub reason: Option<String>,
    /// Review, of ads.
    pub review: Option<Review>,
    /// What the platform says of it to people: why it was refused, what hinders it.
    pub details: Vec<String>,
}

/// One live object.
#[derive(Debug, Clone)]
pub struct ObservedObject {
    /// What it is.
    pub kind: Kind,
    /// The vendor's id.
    pub id: ExternalId,
    /// The vendor's id of the campaign of an ad group, of the ad group of an ad.
    pub parent: Option<ExternalId>,
    /// The vendor's id of the shared budget a campaign draws on.
    pub budget: Option<ExternalId>,
    /// The marker it carries, if any.
    pub marker: Option<Marker>,
    /// Values by path, normalised as the platform's folder normalises desired ones.
    pub fields: Values,
    /// Computed state.
    pub status: Status,
    /// Why Adplane must not write to it (a lane that is closed, an experiment), if so.
    pub read_only: Option<String>,
    /// Why nothing can be created below it or in its place (a retired objective), if so; what is there can
    /// still be paused and budgeted.
    pub no_creates: Option<String>,
    /// Fields that this very object cannot change in place although its kind can, by path: changing one is a
    /// replacement.
    pub fixed: &'static [&'static str],
    /// Fixed fields that must be the same in all children of its parent, replaced ones included: changing one
    /// replaces the parent.
    pub shared: &'static [&'static str],
    /// What it holds that no field can say, each in a few words: kept on the platform, never touched, named in a
    /// comment by `import`.
    pub unexpressed: Vec<String>,
    /// When it was created, where the vendor tells.
    pub created: Option<Timestamp>,
    /// When it was last edited, its state included, where the vendor tells.
    pub edited: Option<Timestamp>,
    /// The platform itself raises its daily budget during the day: what is written is only where it starts.
    pub raises_itself: bool,
    /// The vendor's own JSON, opaque outside the platform's folder: what partial writes send back.
    pub native: Arc<serde_json::Value>,
}

impl ObservedObject {
    /// An object without fields.
    pub fn new(kind: Kind, id: ExternalId) -> Self {
        Self {
            kind,
            id,
            parent: None,
            budget: None,
            marker: None,
            fields: Values::new(),
            status: Status::default(),
            read_only: None,
            no_creates: None,
            fixed: &[],
            shared: &[],
            unexpressed: Vec::new(),
            created: None,
            edited: None,
            raises_itself: false,
            native: Arc::new(serde_json::Value::Null),
        }
    }

    /// A field's value.
    pub fn value(&self, path: &str) -> Option<&Value> {
        self.fields.get(path)
    }

    /// A field's text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.value(path)?.as_text()
    }

    /// What people see on the platform.
    pub fn display_name(&self) -> &str {
        self.text("displayName").unwrap_or(self.id.as_str())
    }

    /// Whether its own state is active.
    pub fn is_active(&self) -> bool {
        self.text("state") == Some("Active")
    }
}

//! What the YAML (or the cluster) wants, lowered to fields that know where they were written.

use std::collections::BTreeMap;

use compact_str::CompactString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::{AccountKey, Address, Platform};
use crate::asset::Assets;
use crate::field::{Field, FieldPath, Fields, Origin};
use crate::freeze::FreezeWindow;
use crate::ids::{AccountId, ExternalId, Namespace, ProjectName};
use crate::marker::{IdentityKey, Marker, Owner};
use crate::money::Currency;
use crate::notify::NotificationPolicy;
use crate::overlay::Overlays;
use crate::policy::Policy;
use crate::rules::SpendGuard;
use crate::time::Zone;
use crate::value::Value;

/// Everything wanted, over all accounts.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// The project, which owns what it creates; `apply` needs one.
    pub project: Option<ProjectName>,
    /// The namespace, in a cluster: it owns what it creates together with the project.
    pub cluster: Option<Namespace>,
    /// Markers of these owners count as ours: the project before a rename or a move to a cluster.
    pub previous_owners: Vec<Owner>,
    /// Whether the whole project was loaded: only then may an absent object be planned for removal.
    pub complete: bool,
    /// Accounts with their objects.
    pub accounts: BTreeMap<AccountKey, DesiredAccount>,
    /// Assets that fields refer to by digest.
    pub assets: Assets,
    /// Freeze windows, by namespace and name.
    pub freezes: Vec<FreezeWindow>,
    /// Policies that judge what is planned.
    pub policies: Vec<Policy>,
    /// What rules and pools are held to; planning never looks at it.
    pub spend_guard: SpendGuard,
    /// Values that rules, pools and people put in force; [`crate::overlay::settle`] brings them into the fields.
    pub overlays: Overlays,
    /// Who is told what, by namespace and name; planning never looks at it.
    pub notifications: Vec<NotificationPolicy>,
}

impl Desired {
    /// The owner that this project's markers carry.
    pub fn owner(&self) -> Option<Owner> {
        let project = self.project.as_ref()?;
        Some(match &self.cluster {
            Some(namespace) => Owner::of_cluster(project, namespace),
            None => Owner::of_project(project),
        })
    }

    /// One object by address.
    pub fn object(&self, address: &Address) -> Option<&DesiredObject> {
        self.accounts.get(&address.account_key())?.objects.get(address)
    }

    /// One object by address, to change it.
    pub fn object_mut(&mut self, address: &Address) -> Option<&mut DesiredObject> {
        self.accounts.get_mut(&address.account_key())?.objects.get_mut(address)
    }
}

/// Whether Adplane may write to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Management {
    /// Plan and apply.
    #[default]
    Manage,
    /// Plan only, never write.
    Observe,
}

/// What removing an object from the YAML does to the live object.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
pub enum DeletionPolicy {
    /// Pause it; it keeps its marker and its history, and writing the YAML again adopts it.
    #[default]
    Pause,
    /// Leave it running and release the marker.
    Orphan,
    /// Delete it on the platform.
    Delete,
}

/// Where an account's credentials come from; never the credentials themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CredentialSource {
    /// An environment variable that holds the JSON object.
    Env(String),
    /// A file that holds the JSON object, relative to the YAML file that names it.
    File(String),
    /// A command that prints the JSON object.
    Exec(Vec<String>),
    /// A Kubernetes Secret in the resource's namespace.
    SecretRef {
        /// Its name.
        name: String,
    },
}

/// How to reach an account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// The vendor's root when it is not the vendor's own, such as a sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Where tokens are refreshed when `endpoint` is overridden; `<endpoint>/token` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// Google: the manager account through which access was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_customer_id: Option<String>,
    /// Credentials; an account without them can be validated but not observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<CredentialSource>,
}

/// One ad account and everything wanted on it.
#[derive(Debug, Clone)]
pub struct DesiredAccount {
    /// Namespace and name of the `AdAccount`.
    pub key: AccountKey,
    /// The platform.
    pub platform: Platform,
    /// The vendor's account id.
    pub account_id: AccountId,
    /// Asserted: a different live currency is an error before any write.
    pub currency: Currency,
    /// Asserted: a different live zone is an error before any write.
    pub zone: Zone,
    /// Whether Adplane may write.
    pub management: Management,
    /// What removal does, unless an object says otherwise.
    pub deletion_policy: DeletionPolicy,
    /// How to reach it.
    pub connection: Connection,
    /// Account-level fields that objects inherit: `compliance.*`, `defaults.*`, vendor blocks.
    pub fields: Fields,
    /// Objects by address; the order is parents before children inside a kind.
    pub objects: BTreeMap<Address, DesiredObject>,
    /// Where the account was written.
    pub origin: Option<Origin>,
}

/// One wanted object.
#[derive(Debug, Clone)]
pub struct DesiredObject {
    /// Its address.
    pub address: Address,
    /// The campaign of an ad group, the ad group of an ad.
    pub parent: Option<Address>,
    /// The shared budget a campaign draws on.
    pub budget: Option<Address>,
    /// Fields by path.
    pub fields: Fields,
    /// Fields to clear on the platform (`clear: [bidding.maxCpc]`).
    pub clear: BTreeMap<FieldPath, Option<Origin>>,
    /// What removal does.
    pub deletion_policy: DeletionPolicy,
    /// A live object to bind (`adplane.io/external-id`, or `externalId` of an ad).
    pub external_id: Option<ExternalId>,
    /// The name it had before (`adplane.io/moved-from`); for an ad `<ad group>/<ad>`.
    pub moved_from: Option<CompactString>,
    /// Whether rules may pause it (`rulesMayPause`).
    pub rules_may_pause: bool,
    /// `metadata.labels`.
    pub labels: BTreeMap<CompactString, CompactString>,
    /// Name of the `Creative` document of an ad.
    pub creative: Option<CompactString>,
    /// Where it was written.
    pub origin: Option<Origin>,
}

impl DesiredObject {
    /// An object without fields.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            parent: None,
            budget: None,
            fields: Fields::new(),
            clear: BTreeMap::new(),
            deletion_policy: DeletionPolicy::default(),
            external_id: None,
            moved_from: None,
            rules_may_pause: false,
            labels: BTreeMap::new(),
            creative: None,
            origin: None,
        }
    }

    /// A field's value.
    pub fn value(&self, path: &str) -> Option<&Value> {
        self.fields.get(path).map(|field| &field.value)
    }

    /// A field.
    pub fn field(&self, path: &str) -> Option<&Field> {
        self.fields.get(path)
    }

    /// A field's text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.value(path)?.as_text()
    }

    /// Fields at or below a path.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a FieldPath, &'a Field)> {
        self.fields
            .range(FieldPath::new(prefix)..)
            .take_while(move |(path, _)| path.as_str().starts_with(prefix))
            .filter(move |(path, _)| path.is_within(prefix))
    }

    /// Sets a create default unless the field is there already.
    pub fn default_field(&mut self, path: &str, value: impl Into<Value>) {
        self.fields.entry(FieldPath::new(path)).or_insert_with(|| Field::create_default(value));
    }

    /// The identity key on an account.
    pub fn identity(&self, account: &AccountId) -> IdentityKey {
        IdentityKey::of(account, &self.address.namespace, self.address.kind, &self.address.local_name())
    }

    /// The marker it carries when `owner` has it.
    pub fn marker(&self, owner: &Owner, account: &AccountId) -> Marker {
        Marker { owner: owner.clone(), key: self.identity(account) }
    }

    /// Whether the YAML wants it to run. Absent means paused at create (decision 7).
    pub fn wants_active(&self) -> bool {
        self.text("state") == Some("Active")
    }

    /// What people see on the platform: `displayName`, else the name.
    pub fn display_name(&self) -> &str {
        self.text("displayName").unwrap_or_else(|| match &self.address.ad {
            Some(ad) => ad.as_str(),
            None => self.address.name.as_str(),
        })
    }
}

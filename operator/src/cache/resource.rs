//! One custom resource as the operator keeps it: what planning reads, as text, and what decides when to read it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use adplane_manifest::load::DocumentKind;
use jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::{Value, json};

use crate::names;

/// Which resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceKey {
    /// Its kind.
    pub kind: DocumentKind,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl ResourceKey {
    /// A key.
    pub fn new(kind: DocumentKind, namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into() }
    }
}

/// The label by which diagnostics name a resource: `Campaign/growth/spring-sale`.
impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.word(), self.namespace, self.name)
    }
}

/// What a resource refers to, inside its namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// The account of a campaign or a shared budget.
    pub account: Option<Arc<str>>,
    /// The campaign of an ad group.
    pub campaign: Option<Arc<str>>,
    /// Creatives of an ad group's ads.
    pub creatives: Vec<Arc<str>>,
    /// The campaign or ad group that an override is about.
    pub overridden: Option<(DocumentKind, Arc<str>)>,
    /// The rule or pool that wrote an override.
    pub rule: Option<Arc<str>>,
    /// The budget that a campaign names.
    pub budget: Option<Arc<str>>,
    /// Of a budget that is a pool: the labels of campaigns that draw on it without naming it; none select none.
    pub pool: Option<Vec<(Arc<str>, Arc<str>)>>,
    /// The accounts that a rule looks at; all of its namespace when absent.
    pub within: Option<Vec<Arc<str>>>,
}

impl Links {
    /// Whether a rule looks at an account of its namespace, as far as names tell.
    pub fn reach(&self, account: &str) -> bool {
        self.within.as_ref().is_none_or(|names| names.iter().any(|name| &**name == account))
    }

    /// Whether it is a pool.
    pub fn is_pool(&self) -> bool {
        self.pool.is_some()
    }
}

/// A custom resource.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Which one.
    pub key: ResourceKey,
    /// Its uid.
    pub uid: String,
    /// Its version.
    pub resource_version: String,
    /// Its generation.
    pub generation: i64,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When its deletion was asked for.
    pub deleting: Option<Timestamp>,
    /// When this process first heard of that.
    pub deletion_seen: Option<Instant>,
    /// Whether it holds our finalizer.
    pub finalized: bool,
    /// Its annotations below `adplane.io/`.
    pub annotations: BTreeMap<String, String>,
    /// What it refers to.
    pub links: Links,
    /// A campaign's labels: pools select by them.
    labels: BTreeMap<String, String>,
    /// `apiVersion`, `kind`, `metadata` and `spec` as planning reads them.
    document: Box<str>,
    /// Its status, as last seen.
    status: Option<Box<str>>,
}

/// Annotations that belong to the document itself; the others steer the operator.
const OF_DOCUMENT: [&str; 2] = ["adplane.io/external-id", "adplane.io/moved-from"];

impl Resource {
    /// Reads a resource; everything a schema would refuse is left to planning, which says what is wrong.
    pub fn read(kind: DocumentKind, object: DynamicObject) -> Option<Self> {
        let DynamicObject { metadata, mut data, .. } = object;
        let name = metadata.name?;
        let namespace = metadata.namespace.unwrap_or_else(|| "default".to_owned());
        let mut annotations = metadata.annotations.unwrap_or_default();
        annotations.retain(|key, _| key.starts_with(names::PREFIX));
        let spec = data.get_mut("spec").map(Value::take);
        let written: BTreeMap<&String, &String> =
            annotations.iter().filter(|(key, _)| OF_DOCUMENT.contains(&key.as_str())).collect();
        let mut about = json!({ "name": name, "namespace": namespace });
        if !written.is_empty() {
            about["annotations"] = json!(written);
        }
        let mut labels = metadata.labels.unwrap_or_default();
        if !labels.is_empty() {
            about["labels"] = json!(labels);
        }
        if kind != DocumentKind::Campaign {
            labels.clear();
        }
        let mut document = json!({ "apiVersion": adplane_manifest::api::API_VERSION, "kind": kind.word(), "metadata": about });
        let links = spec.as_ref().map(links).unwrap_or_default();
        if let Some(spec) = spec {
            document["spec"] = spec;
        }
        Some(Self {
            key: ResourceKey::new(kind, namespace, name),
            uid: metadata.uid.unwrap_or_default(),
            resource_version: metadata.resource_version.unwrap_or_default(),
            generation: metadata.generation.unwrap_or_default(),
            created: metadata.creation_timestamp.map(|time| time.0),
            deletion_seen: metadata.deletion_timestamp.as_ref().map(|_| Instant::now()),
            deleting: metadata.deletion_timestamp.map(|time| time.0),
            finalized: metadata.finalizers.unwrap_or_default().iter().any(|name| name == names::FINALIZER),
            annotations,
            links,
            labels,
            document: document.to_string().into(),
            status: data
                .get("status")
                .filter(|status| !status.is_null())
                .map(|status| status.to_string().into()),
        })
    }

    /// The document, for planning.
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.document).unwrap_or_default()
    }

    /// Its status, as last seen.
    pub fn status(&self) -> Value {
        self.status.as_deref().and_then(|status| serde_json::from_str(status).ok()).unwrap_or_default()
    }

    /// The same with another status.
    #[cfg(test)]
    pub(crate) fn with_status(mut self, status: &Value) -> Self {
        self.status = Some(status.to_string().into());
        self
    }

    /// An annotation below `adplane.io/`, by its own name.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(&format!("{}{name}", names::PREFIX)).map(String::as_str)
    }

    /// Whether a campaign draws on a pool of its namespace.
    pub fn draws_on(&self, pool: &Self) -> bool {
        let Some(selected) = &pool.links.pool else { return false };
        let named = self.links.budget.as_ref() == Some(&pool.key.name);
        let has = |(key, value): &(Arc<str>, Arc<str>)| {
            self.labels.get(&**key).map(String::as_str) == Some(&**value)
        };
        named || (!selected.is_empty() && selected.iter().all(has))
    }

    /// Whether anything changed that a reconcile decides by; a status does not.
    pub fn differs(&self, other: &Self) -> bool {
        self.uid != other.uid
            || self.document != other.document
            || self.deleting != other.deleting
            || self.finalized != other.finalized
            || self.annotations != other.annotations
    }
}

fn links(spec: &Value) -> Links {
    let text = |pointer: &str| spec.pointer(pointer).and_then(Value::as_str).map(Arc::from);
    let ads = spec.get("ads").and_then(Value::as_array);
    let kind = match spec.pointer("/object/kind").and_then(Value::as_str) {
        Some("Campaign") => Some(DocumentKind::Campaign),
        Some("AdGroup" | "Ad") => Some(DocumentKind::AdGroup),
        _ => None,
    };
    let within = spec.pointer("/scope/accounts").and_then(Value::as_array);
    let pool = spec.get("pool").filter(|pool| !pool.is_null());
    let selected = pool.map(|pool| {
        let labels = pool.pointer("/selector/matchLabels").and_then(Value::as_object);
        let text = |(key, value): (&String, &Value)| Some((key.as_str().into(), value.as_str()?.into()));
        labels.into_iter().flatten().filter_map(text).collect()
    });
    Links {
        budget: text("/budget/ref"),
        pool: selected,
        within: within.map(|names| names.iter().filter_map(Value::as_str).map(Arc::from).collect()),
        overridden: kind.zip(text("/object/name")),
        rule: text("/rule").filter(|_| kind.is_some()),
        account: text("/account").or_else(|| text("/shared/account")),
        campaign: text("/campaign"),
        creatives: ads
            .into_iter()
            .flatten()
            .filter_map(|ad| ad.get("creative").and_then(Value::as_str).map(Arc::from))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: DocumentKind, object: Value) -> Resource {
        Resource::read(kind, serde_json::from_value(object).unwrap()).unwrap()
    }

    #[test]
    fn a_resource_keeps_what_planning_reads() {
        let campaign = read(
            DocumentKind::Campaign,
            json!({
                "apiVersion": "adplane.io/v1alpha1", "kind": "Campaign",
                "metadata": {
                    "name": "sale", "namespace": "growth", "uid": "u", "generation": 3,
                    "labels": {"team": "growth"}, "finalizers": ["adplane.io/release"],
                    "annotations": {"adplane.io/external-id": "7", "adplane.io/authors": "ana", "other": "x"},
                },
                "spec": {"account": "meta-eu", "budget": {"ref": "shared"}},
                "status": {"observedGeneration": 3},
            }),
        );
        assert_eq!(campaign.key.to_string(), "Campaign/growth/sale");
        assert!(campaign.finalized);
        assert_eq!(campaign.links.account.as_deref(), Some("meta-eu"));
        assert_eq!(campaign.annotation("authors"), Some("ana"));
        assert_eq!(
            campaign.document()["metadata"],
            json!({
                "name": "sale", "namespace": "growth", "labels": {"team": "growth"},
                "annotations": {"adplane.io/external-id": "7"},
            })
        );
        assert_eq!(campaign.status()["observedGeneration"], 3);
    }

    #[test]
    fn a_status_alone_is_no_change() {
        let with = |status: i32, spec: &str| {
            read(
                DocumentKind::AdGroup,
                json!({
                    "metadata": {"name": "a", "namespace": "n", "uid": "u"},
                    "spec": {"campaign": spec, "ads": [{"name": "x", "creative": "c"}]}, "status": {"x": status},
                }),
            )
        };
        assert!(!with(1, "sale").differs(&with(2, "sale")));
        assert!(with(1, "sale").differs(&with(1, "other")));
        assert_eq!(with(1, "sale").links.creatives, [Arc::from("c")]);
    }
}

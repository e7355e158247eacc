//! What has no reports of its own: pools and creatives, each with the live objects of one account that refer to it, and the
//! campaigns that draw on a shared budget. What these delivered is the sum of them.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{AccountKey, Kind};
use adplane_core::desired::{Desired, DesiredObject};
use adplane_core::field::FieldOwner;
use adplane_core::ids::{ExternalId, Namespace};
use adplane_core::observed::Review;
use adplane_core::overlay::DAILY_BUDGET;
use adplane_manifest::load::DocumentKind;

use super::LiveObject;

/// A pool or a creative, and the live objects of one account that refer to it.
pub(crate) struct Gathered<'a> {
    pub(crate) kind: DocumentKind,
    pub(crate) namespace: &'a Namespace,
    pub(crate) name: String,
    pub(crate) account: &'a AccountKey,
    /// What refers to it: ads, or campaigns.
    pub(crate) level: Kind,
    pub(crate) ids: BTreeSet<ExternalId>,
    /// What these are called.
    pub(crate) names: Vec<String>,
    /// The gravest review among them.
    pub(crate) review: Option<Review>,
}

impl Gathered<'_> {
    /// `creative/hero`, `budget/november`.
    pub(crate) fn short(&self) -> String {
        format!("{}/{}", self.kind.word().to_lowercase(), self.name)
    }
}

/// Every pool and creative that something live refers to, by account.
pub(crate) fn gathered<'a>(desired: &Desired, live: &[LiveObject<'a>]) -> Vec<Gathered<'a>> {
    let mut found: BTreeMap<(&'static str, &AccountKey, String), Gathered<'a>> = BTreeMap::new();
    for one in live {
        let object = one.address.and_then(|address| desired.object(address));
        let Some((kind, name)) = object.and_then(reference) else { continue };
        let key = (kind.word(), one.account, name.clone());
        let entry = found.entry(key).or_insert_with(|| Gathered {
            kind,
            namespace: &one.account.namespace,
            name,
            account: one.account,
            level: one.object.kind,
            ids: BTreeSet::new(),
            names: Vec::new(),
            review: None,
        });
        entry.ids.insert(one.object.id.clone());
        entry.names.push(one.name());
        entry.review = entry.review.max(one.review);
    }
    found.into_values().collect()
}

/// The pool of a campaign, the creative of an ad.
fn reference(object: &DesiredObject) -> Option<(DocumentKind, String)> {
    match object.address.kind {
        Kind::Ad => Some((DocumentKind::Creative, object.creative.as_ref()?.to_string())),
        Kind::Campaign => {
            let FieldOwner::Managed(managed) = &object.field(DAILY_BUDGET)?.owner else { return None };
            Some((DocumentKind::Budget, managed.pool.as_ref()?.name.to_string()))
        }
        Kind::Budget | Kind::AdGroup => None,
    }
}

/// The campaigns that draw on a shared budget.
pub(crate) fn drawing<'a>(live: &[LiveObject<'a>], budget: &LiveObject<'_>) -> Vec<&'a ExternalId> {
    let theirs = live.iter().filter(|one| {
        one.account == budget.account
            && one.object.kind == Kind::Campaign
            && one.object.budget.as_ref() == Some(&budget.object.id)
    });
    theirs.map(|one| &one.object.id).collect()
}

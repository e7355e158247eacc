//! Ads that a review rejected since they were last read.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind};
use adplane_core::desired::DesiredAccount;
use adplane_core::ids::ExternalId;
use adplane_core::notify::Happening;
use adplane_core::observed::{Coverage, ObservedAccount, Review};

use super::memory::Seen;

/// Ads that one look tells; the next one goes on with the rest.
const MOST: usize = 20;

/// An ad that is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its id.
    pub id: ExternalId,
    /// Its address.
    pub address: Address,
    /// What the platform says why.
    pub because: Vec<String>,
}

/// The rejected ads of an account that the YAML describes.
pub fn rejected(account: &DesiredAccount, live: &ObservedAccount) -> Vec<Rejected> {
    let keys: BTreeMap<String, &Address> = account
        .objects
        .values()
        .filter(|object| object.address.kind == Kind::Ad)
        .map(|object| (object.identity(&account.account_id).as_str().to_owned(), &object.address))
        .collect();
    let ads = live
        .objects
        .iter()
        .filter(|object| object.kind == Kind::Ad && object.status.review == Some(Review::Rejected));
    ads.filter_map(|ad| {
        let address = keys.get(ad.marker.as_ref()?.key.as_str())?;
        let mut because = ad.status.details.clone();
        if because.is_empty() {
            because.extend(ad.status.reason.clone());
        }
        Some(Rejected { id: ad.id.clone(), address: (*address).clone(), because })
    })
    .collect()
}

/// Which of them are new. An ad that is approved and rejected again is new again; where not everything was read,
/// absence says nothing.
pub fn rejections(found: Vec<Rejected>, coverage: &Coverage, seen: &mut Seen) -> Vec<Happening> {
    if *coverage == Coverage::Complete {
        let now: BTreeSet<&ExternalId> = found.iter().map(|one| &one.id).collect();
        seen.rejected.retain(|id| now.contains(id));
    }
    let mut told = Vec::new();
    for one in found {
        if told.len() < MOST && seen.rejected.insert(one.id) {
            told.push(Happening::ReviewRejected { address: one.address, because: one.because });
        }
    }
    told
}

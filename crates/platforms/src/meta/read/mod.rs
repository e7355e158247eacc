//! Observing: bulk, paged reads per kind, into the fields of the YAML.
//!
//! Reads are kinds × pages: account, campaigns, ad sets, ads with their creatives, images, videos, labels; the
//! list of languages only where an ad set names some, regions only where the YAML does.

mod ad;
mod ad_set;
mod beyond;
mod campaign;
mod creative;
mod history;
pub(super) mod lookups;
mod status;

use std::collections::BTreeMap;

use adplane_core::address::Platform;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::money::Currency;
use adplane_core::observed::{AccountFacts, Coverage, ObservedAccount, ObservedObject, Resolved, Review};
use adplane_core::time::Zone;
use adplane_engine::error::PlatformError;
use adplane_engine::port::ObserveRequest;
use compact_str::CompactString;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::calls::{Graph, build};
use super::wire::json;
use super::wire::languages::Locales;
use super::wire::media::Library;
use super::wire::places::Regions;
use campaign::Above;
pub(super) use history::history;
use lookups::Lookups;

/// What reading an object needs besides its JSON.
struct Context<'a> {
    currency: Currency,
    zone: &'a Zone,
    regions: &'a Regions,
    locales: &'a Locales,
    images: &'a Library,
    videos: &'a Library,
    /// The vendor's clock.
    now: Option<Timestamp>,
}

/// Currency, zone and state of the account.
///
/// # Errors
/// The failed read, or facts that are not of the documented form.
pub(super) async fn facts(graph: &Graph) -> Result<AccountFacts, PlatformError> {
    let account = graph.send(&build::account(&graph.endpoint)).await?;
    let bad = |what: &str, found: &str| {
        PlatformError::unexpected(Platform::Meta, "adaccount", format!("{what} `{found}` is not known"))
    };
    let (currency, zone) = (json::word(&account, "currency"), json::word(&account, "timezone_name"));
    Ok(AccountFacts {
        name: json::word(&account, "name").to_owned(),
        currency: Currency::parse(currency).ok_or_else(|| bad("currency", currency))?,
        zone: Zone::parse(zone).map_err(|_| bad("time zone", zone))?,
        inactive: status::inactive(&account),
    })
}

/// Everything live.
///
/// # Errors
/// The first read that failed: absence in an incomplete read would prove nothing.
pub(super) async fn observe(
    graph: &Graph,
    lookups: &Lookups,
    request: &ObserveRequest,
) -> Result<ObservedAccount, PlatformError> {
    let endpoint = &graph.endpoint;
    let (facts, campaigns, ad_sets, ads, ()) = futures::try_join!(
        facts(graph),
        graph.list(build::campaigns(endpoint)),
        graph.list(build::ad_sets(endpoint)),
        graph.list(build::ads(endpoint)),
        lookups.refresh(graph),
    )?;
    let mut observed = ObservedAccount { coverage: Coverage::Complete, ..ObservedAccount::default() };
    resolve_regions(graph, lookups, request, &mut observed).await?;
    let speaks = |ad_set: &Json| ad_set["targeting"].get("locales").is_some();
    let locales = if ad_sets.iter().any(speaks) { lookups.locales(graph).await? } else { Locales::default() };
    let known = lookups.snapshot();
    let context = Context {
        currency: facts.currency,
        zone: &facts.zone,
        regions: &known.regions,
        locales: &locales,
        images: &known.images,
        videos: &known.videos,
        now: graph.now(),
    };
    let above: BTreeMap<String, Above<'_>> =
        campaigns.iter().filter_map(|json| Some((json::text(json, "id")?, campaign::above(json)))).collect();
    let unknown = Above::default();
    let of = |json: &Json| json::text(json, "campaign_id").and_then(|id| above.get(&id)).unwrap_or(&unknown);
    let mut below = Vec::with_capacity(ad_sets.len() + ads.len());
    for json in ad_sets {
        let above = of(&json);
        below.extend(ad_set::read(json, above, &context));
    }
    for json in ads {
        let no_creates = of(&json).no_creates.as_deref();
        below.extend(ad::read(json, no_creates, &context));
    }
    observed.objects.reserve(campaigns.len() + below.len());
    observed.objects.extend(campaigns.into_iter().filter_map(|json| campaign::read(json, &context)));
    observed.objects.append(&mut below);
    observed.diagnostics.extend(observed.objects.iter().filter_map(refused));
    observed.facts = Some(facts);
    Ok(observed)
}

/// An ad of ours that review refused: which, and why.
fn refused(ad: &ObservedObject) -> Option<Diagnostic> {
    let rejected = ad.marker.is_some() && ad.status.review == Some(Review::Rejected);
    rejected.then(|| {
        let why = if ad.status.details.is_empty() {
            "no reason is given".to_owned()
        } else {
            ad.status.details.join("; ")
        };
        Diagnostic::warning(
            "ad-rejected",
            format!("Meta Ads refused ad `{}` ({}): {why}", ad.display_name(), ad.id),
        )
        .hint("change its creative, or appeal on the platform")
    })
}

async fn resolve_regions(
    graph: &Graph,
    lookups: &Lookups,
    request: &ObserveRequest,
    observed: &mut ObservedAccount,
) -> Result<(), PlatformError> {
    for (code, found) in lookups.regions(graph, request.regions.iter().map(CompactString::as_str)).await? {
        match found {
            Some(resolved) => {
                observed.resolved.insert(CompactString::new(&code), resolved);
            }
            None => observed.diagnostics.push(
                Diagnostic::warning("region-unknown", format!("Meta Ads lists no region for `{code}`"))
                    .hint("write `id:region:<key>` with the key of the region at Meta"),
            ),
        }
    }
    Ok(())
}

/// What a region code resolved to.
fn resolved(key: &str, name: &str) -> Resolved {
    Resolved { id: CompactString::new(key), name: name.to_owned() }
}

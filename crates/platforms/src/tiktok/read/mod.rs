//! Observation: everything live, in bulk, page by page.
//!
//! `/campaign/get/` lists both lanes and says which lane a campaign is in; the details of Smart+ objects come
//! from the `smart_plus` lists, and what the manual lists repeat of them is left out (tiktok-smart-plus.md §9).

mod account;
mod ad_groups;
mod ads;
mod campaigns;
mod context;
mod history;
mod media;
pub(super) mod pages;
mod regions;
mod status;
mod unexpressed;

use std::collections::HashMap;

use adplane_core::observed::{AccountFacts, Coverage, ObservedAccount, ObservedObject};
use adplane_engine::error::{ErrorKind, PlatformError};
use adplane_engine::port::ObserveRequest;

pub(crate) use account::{facts, health};
pub(crate) use ads::media_ids;
pub(crate) use history::history;
pub(crate) use media::{download, file_name, find_portfolio, find_upload};

use self::campaigns::Parent;
use self::context::{Context, is_deleted};
use super::auth::Session;
use super::calls::Level;
use super::memory::Memory;
use super::wire::{self, Lane, Object};

/// Raw objects of one lane.
#[derive(Default)]
struct Raw {
    campaigns: Vec<Object>,
    ad_groups: Vec<Object>,
    ads: Vec<Object>,
}

/// Everything live.
///
/// # Errors
/// When something could not be read: half an account proves nothing.
pub(crate) async fn observe(
    session: &Session,
    memory: &Memory,
    request: &ObserveRequest,
) -> Result<ObservedAccount, PlatformError> {
    let (facts, campaigns, ad_groups, ads) = futures::try_join!(
        facts(session),
        objects(session, Lane::Manual, Level::Campaign),
        objects(session, Lane::Manual, Level::AdGroup),
        objects(session, Lane::Manual, Level::Ad),
    )?;
    let (smart, manual): (Vec<Object>, Vec<Object>) = campaigns.into_iter().partition(is_smart_plus);
    let smart = if smart.is_empty() { Raw::default() } else { smart_plus(session).await? };
    let manual = Raw { campaigns: manual, ad_groups, ads };
    let (context, diagnostics, resolved) =
        context(session, memory, request, &facts, [&manual, &smart]).await?;
    let mut objects = assemble(manual, Lane::Manual, &context, memory);
    objects.extend(assemble(smart, Lane::SmartPlus, &context, memory));
    Ok(ObservedAccount {
        facts: Some(facts),
        coverage: Coverage::Complete,
        objects,
        resolved,
        diagnostics,
        quota_left: None,
    })
}

fn is_smart_plus(campaign: &Object) -> bool {
    wire::word(campaign, "campaign_automation_type") == Some("UPGRADED_SMART_PLUS")
}

async fn objects(session: &Session, lane: Lane, level: Level) -> Result<Vec<Object>, PlatformError> {
    pages::all(session, "list", level.id_member(lane), |page| {
        super::calls::page(&session.config, lane, level, page)
    })
    .await
}

/// The Smart+ lane; a host without it (the vendor's test host) has none.
async fn smart_plus(session: &Session) -> Result<Raw, PlatformError> {
    let read = futures::try_join!(
        objects(session, Lane::SmartPlus, Level::Campaign),
        objects(session, Lane::SmartPlus, Level::AdGroup),
        objects(session, Lane::SmartPlus, Level::Ad),
    );
    match read {
        Ok((campaigns, ad_groups, ads)) => Ok(Raw { campaigns, ad_groups, ads }),
        Err(error) if error.kind == ErrorKind::Unsupported => Ok(Raw::default()),
        Err(error) => Err(error),
    }
}

type Resolutions = std::collections::BTreeMap<compact_str::CompactString, adplane_core::observed::Resolved>;

/// Looks up what the objects refer to: files, portfolios, regions.
async fn context(
    session: &Session,
    memory: &Memory,
    request: &ObserveRequest,
    facts: &AccountFacts,
    lanes: [&Raw; 2],
) -> Result<(Context, Vec<adplane_core::diagnostic::Diagnostic>, Resolutions), PlatformError> {
    let [manual, smart] = lanes;
    let uses_portfolios = !smart.campaigns.is_empty();
    let (digests, portfolios, regions) = futures::try_join!(
        media::digests(session, memory, &manual.ads, &smart.ads),
        media::portfolios(session, memory, uses_portfolios),
        regions::resolve(session, memory, &request.regions, manual.ad_groups.iter().chain(&smart.ad_groups)),
    )?;
    let context = Context {
        currency: facts.currency,
        zone: facts.zone.clone(),
        regions: regions.codes,
        digests,
        portfolios,
    };
    Ok((context, regions.diagnostics, regions.resolved))
}

/// Observed objects of one lane, removed ones and children of removed ones left out.
fn assemble(raw: Raw, lane: Lane, context: &Context, memory: &Memory) -> Vec<ObservedObject> {
    let mut observed = Vec::with_capacity(raw.campaigns.len() + raw.ad_groups.len() + raw.ads.len());
    let mut campaigns: HashMap<String, Parent> = HashMap::new();
    for campaign in raw.campaigns.into_iter().filter(|campaign| !is_deleted(campaign)) {
        let parent = campaigns::parent(&campaign, lane);
        if let Some(object) = campaigns::observe(campaign, lane, context) {
            memory.learn_lane(object.id.as_str(), lane);
            campaigns.insert(object.id.to_string(), parent);
            observed.push(object);
        }
    }
    let mut ad_groups: HashMap<String, String> = HashMap::new();
    for ad_group in raw.ad_groups.into_iter().filter(|ad_group| !is_deleted(ad_group)) {
        let campaign = wire::text(&ad_group, "campaign_id").unwrap_or_default();
        let Some(parent) = campaigns.get(&campaign) else { continue };
        if let Some(object) = ad_groups::observe(ad_group, parent, context) {
            memory.learn_lane(object.id.as_str(), lane);
            ad_groups.insert(object.id.to_string(), campaign);
            observed.push(object);
        }
    }
    for ad in raw.ads.into_iter().filter(|ad| !is_deleted(ad)) {
        let ad_group = wire::text(&ad, "adgroup_id").unwrap_or_default();
        let Some(parent) = ad_groups.get(&ad_group).and_then(|campaign| campaigns.get(campaign)) else {
            continue;
        };
        if lane == Lane::SmartPlus {
            for creative in wire::objects(&ad, "creative_list") {
                if let (Some(id), Some(of)) =
                    (wire::text(creative, "ad_material_id"), wire::text(&ad, "smart_plus_ad_id"))
                {
                    memory.learn_creative(&id, &of);
                }
            }
        }
        observed.extend(ads::observe(ad, parent, context));
    }
    observed
}

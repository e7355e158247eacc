//! Regions: ISO 3166-2 codes to the vendor's location ids and back, by country and name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::diagnostic::Diagnostic;
use adplane_core::observed::Resolved;
use adplane_engine::error::PlatformError;
use compact_str::CompactString;

use crate::tiktok::auth::Session;
use crate::tiktok::calls;
use crate::tiktok::memory::Memory;
use crate::tiktok::wire::{self, Lane, Object};
use crate::{countries, regions};

/// What was resolved.
#[derive(Default)]
pub(super) struct Regions {
    /// Codes by location id.
    pub codes: HashMap<String, String>,
    /// What was asked for, with what it resolved to.
    pub resolved: BTreeMap<CompactString, Resolved>,
    /// What could not be resolved.
    pub diagnostics: Vec<Diagnostic>,
}

/// Resolves the wanted codes and the regions that ad groups target; one call, and only when there is
/// anything to resolve.
pub(super) async fn resolve(
    session: &Session,
    memory: &Memory,
    wanted: &BTreeSet<CompactString>,
    ad_groups: impl Iterator<Item = &Object>,
) -> Result<Regions, PlatformError> {
    let targeted = ad_groups.into_iter().any(targets_region);
    if wanted.is_empty() && !targeted {
        return Ok(Regions::default());
    }
    let data = session.object(&calls::regions(&session.config)).await?;
    let mut result = Regions::default();
    for row in wire::objects(&data, "region_info") {
        let (Some(id), Some(name)) = (wire::text(row, "location_id"), wire::text(row, "name")) else {
            continue;
        };
        let Some(code) = code(row, &name) else { continue };
        memory.learn_place(&code, &id);
        if wanted.contains(code.as_str()) {
            result.resolved.insert(code.as_str().into(), Resolved { id: id.as_str().into(), name });
        }
        result.codes.insert(id, code);
    }
    for code in wanted.iter().filter(|code| !result.resolved.contains_key(*code)) {
        let finding = Diagnostic::error("region-not-found", format!("TikTok has no region for `{code}`"))
            .hint("write `id:<TikTok location id>`, or the country");
        result.diagnostics.push(finding);
    }
    Ok(result)
}

fn targets_region(ad_group: &Object) -> bool {
    [Lane::Manual, Lane::SmartPlus].into_iter().any(|lane| {
        let spec = match lane {
            Lane::Manual => Some(ad_group),
            Lane::SmartPlus => wire::object(ad_group, "targeting_spec"),
        };
        let ids = spec.map(|spec| wire::texts(spec, "location_ids")).unwrap_or_default();
        ids.iter().any(|id| id.parse().ok().and_then(countries::by_geonames).is_none())
    })
}

/// The ISO code of a region: its country by the parent's id or the row's own code, its name by the table.
fn code(row: &Object, name: &str) -> Option<String> {
    let parent = wire::text(row, "parent_id").filter(|parent| parent != "0")?;
    let by_parent = parent.parse().ok().and_then(countries::by_geonames).map(|country| country.alpha2);
    let country = by_parent.or_else(|| wire::word(row, "region_code"))?;
    regions::code(country, name).or_else(|| regions::code(country, &plain(name))).map(str::to_owned)
}

/// The name without accents.
fn plain(name: &str) -> String {
    const ACCENTS: [(&str, char); 14] = [
        ("áàâãäåā", 'a'),
        ("éèêë", 'e'),
        ("íìîïī", 'i'),
        ("óòôõöøō", 'o'),
        ("úùûüū", 'u'),
        ("ñ", 'n'),
        ("ç", 'c'),
        ("ÁÀÂÃÄÅ", 'A'),
        ("ÉÈÊË", 'E'),
        ("ÍÌÎÏ", 'I'),
        ("ÓÒÔÕÖØŌ", 'O'),
        ("ÚÙÛÜ", 'U'),
        ("Ñ", 'N'),
        ("’", '\''),
    ];
    name.chars()
        .map(|letter| {
            ACCENTS.iter().find(|(accents, _)| accents.contains(letter)).map_or(letter, |(_, plain)| *plain)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_region_is_known_by_its_country_and_name() {
        let row = json!({"location_id": "3012874", "parent_id": "3017382", "region_code": "FR"});
        assert_eq!(code(row.as_object().unwrap(), "Île-de-France").as_deref(), Some("FR-IDF"));
        let country = json!({"location_id": "3017382", "parent_id": "0", "region_code": "FR"});
        assert_eq!(code(country.as_object().unwrap(), "France"), None);
    }
}

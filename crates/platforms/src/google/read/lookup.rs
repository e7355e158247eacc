//! Regions: from ISO 3166-2 to the vendor's constants and back, from the vendor's own rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::observed::Resolved;
use compact_str::CompactString;
use serde_json::Value;

use super::queries;
use crate::google::wire::places::{self, Place};
use crate::google::wire::{integer, text};
use crate::regions;

/// Regions known so far.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Regions {
    by_code: BTreeMap<CompactString, (u32, String)>,
    by_constant: HashMap<u32, CompactString>,
}

impl Regions {
    /// The constant of a region.
    pub(in super::super) fn constant(&self, code: &str) -> Option<u32> {
        self.by_code.get(code).map(|(constant, _)| *constant)
    }

    /// The region of a constant.
    pub(in super::super) fn code(&self, constant: u32) -> Option<&str> {
        self.by_constant.get(&constant).map(CompactString::as_str)
    }

    /// Remembers the regions among the rows of a query. Only places directly below their country count:
    /// cities and counties of the same name lie deeper.
    pub(in super::super) fn learn(&mut self, rows: &[Value]) {
        for row in rows {
            let place = row.get("geoTargetConstant").unwrap_or(&Value::Null);
            let (Some(id), Some(name), Some(country)) =
                (integer(place, "id"), text(place, "name"), text(place, "countryCode"))
            else {
                continue;
            };
            let depth = text(place, "canonicalName").unwrap_or_default().matches(',').count();
            let gone = text(place, "status") == Some("REMOVAL_PLANNED");
            if let (Ok(id), Some(code), 1, false) =
                (u32::try_from(id), regions::code(country, name), depth, gone)
            {
                let code = CompactString::new(code);
                self.by_constant.insert(id, code.clone());
                self.by_code.entry(code).or_insert_with(|| (id, name.to_owned()));
            }
        }
    }

    /// What the wanted codes resolved to.
    pub(in super::super) fn resolved(
        &self,
        wanted: &BTreeSet<CompactString>,
    ) -> BTreeMap<CompactString, Resolved> {
        wanted
            .iter()
            .filter_map(|code| {
                let (constant, name) = self.by_code.get(code)?;
                let id = CompactString::new(constant.to_string());
                Some((code.clone(), Resolved { id, name: name.clone() }))
            })
            .collect()
    }

    /// One query per country for the wanted codes that are not known yet.
    pub(in super::super) fn queries_for(&self, wanted: &BTreeSet<CompactString>) -> Vec<String> {
        let mut names: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
        for code in wanted.iter().filter(|code| !self.by_code.contains_key(*code)) {
            if let (Ok(Place::Region { names: known, .. }), Some(country)) =
                (places::parse(code), places::country(code))
            {
                names.entry(country).or_default().extend(known.split('|'));
            }
        }
        names
            .into_iter()
            .map(|(country, names)| queries::places_by_name(country, names.into_iter()))
            .collect()
    }

    /// A query for the constants in use that are neither countries nor known; none without any.
    pub(in super::super) fn query_for_constants(&self, criteria: &[&Value]) -> Option<String> {
        let unknown: BTreeSet<u32> = criteria
            .iter()
            .filter_map(|row| {
                text(row, "campaignCriterion.location.geoTargetConstant")
                    .or_else(|| text(row, "adGroupCriterion.location.geoTargetConstant"))
            })
            .filter_map(places::constant)
            .filter(|constant| places::country_of_constant(*constant).is_none())
            .filter(|constant| !self.by_constant.contains_key(constant))
            .collect();
        (!unknown.is_empty()).then(|| queries::places_by_constant(unknown.into_iter()))
    }

    /// A place of a criterion as YAML names it.
    pub(super) fn name(&self, constant: u32) -> String {
        match (places::country_of_constant(constant), self.code(constant)) {
            (Some(country), _) => country.to_owned(),
            (None, Some(code)) => code.to_owned(),
            (None, None) => format!("id:{constant}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(id: &str, name: &str, canonical: &str) -> Value {
        json!({"geoTargetConstant": {"id": id, "name": name, "countryCode": "ES", "canonicalName": canonical}})
    }

    #[test]
    fn regions_are_found_below_their_country_only() {
        let mut regions = Regions::default();
        regions.learn(&[
            row("1005493", "Madrid", "Madrid,Community of Madrid,Spain"),
            row("20282", "Community of Madrid", "Community of Madrid,Spain"),
            row("1", "Atlantis", "Atlantis,Spain"),
        ]);
        assert_eq!(regions.constant("ES-MD"), Some(20282));
        assert_eq!(regions.name(20282), "ES-MD");
        assert_eq!(regions.name(2724), "ES");
        assert_eq!(regions.name(1_005_493), "id:1005493");
        let wanted: BTreeSet<CompactString> = ["ES-MD".into(), "ES-CT".into()].into();
        assert_eq!(regions.resolved(&wanted).len(), 1);
        let queries = regions.queries_for(&wanted);
        assert_eq!(queries.len(), 1);
        assert!(queries[0].contains("'ES'") && queries[0].contains("\"Catalonia\""));
        assert!(!queries[0].contains("Madrid"), "known regions are not asked again");
    }
}

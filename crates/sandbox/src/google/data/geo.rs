//! Places by constant. Source: google-ads.md §3.9.

use serde_json::{Value, json};

use super::countries::COUNTRIES;
use super::regions::REGIONS;
use crate::world::Object;

/// A place that can be targeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::google) struct Place {
    pub(in crate::google) id: u32,
    pub(in crate::google) country: &'static str,
    pub(in crate::google) name: &'static str,
    pub(in crate::google) target_type: &'static str,
}

/// A place by its constant.
pub(in crate::google) fn find(id: u32) -> Option<Place> {
    all().find(|place| place.id == id)
}

/// Every bundled place.
pub(in crate::google) fn all() -> impl Iterator<Item = Place> {
    let countries =
        COUNTRIES.iter().map(|(id, country, name)| Place { id: *id, country, name, target_type: "Country" });
    let regions =
        REGIONS.iter().map(|(id, country, name, target_type)| Place { id: *id, country, name, target_type });
    countries.chain(regions)
}

fn country(code: &str) -> Option<(u32, &'static str)> {
    COUNTRIES.iter().find(|(_, known, _)| *known == code).map(|(id, _, name)| (*id, *name))
}

impl Place {
    /// The `geo_target_constant` row.
    pub(in crate::google) fn object(self) -> Object {
        let mut canonical = self.name.to_owned();
        let mut object = Object::new();
        object.insert("resourceName".into(), json!(format!("geoTargetConstants/{}", self.id)));
        object.insert("id".into(), json!(self.id.to_string()));
        object.insert("name".into(), json!(self.name));
        object.insert("countryCode".into(), json!(self.country));
        object.insert("targetType".into(), json!(self.target_type));
        if self.target_type != "Country"
            && let Some((parent, name)) = country(self.country)
        {
            canonical = format!("{},{name}", self.name);
            object.insert("parentGeoTarget".into(), json!(format!("geoTargetConstants/{parent}")));
        }
        object.insert("canonicalName".into(), json!(canonical));
        object.insert("status".into(), json!("ENABLED"));
        object.insert("requireEuPoliticalAdvertisingDeclaration".into(), Value::Bool(self.in_eu()));
        object
    }

    /// Whether targeting it needs the EU declaration (§3.2).
    pub(in crate::google) fn in_eu(self) -> bool {
        const EU: &str = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE";
        EU.split(' ').any(|code| code == self.country)
    }
}

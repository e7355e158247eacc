//! Places that can be targeted: countries and some regions by GeoNames id (data/locations.tsv names its source).

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Location {
    /// GeoNames id.
    pub id: &'static str,
    /// Id of the place around it, `0` for a country.
    pub parent: &'static str,
    /// ISO 3166-1 code of the country.
    pub country: &'static str,
    /// Name in English.
    pub name: &'static str,
}

impl Location {
    /// Whether the place is a country.
    pub(super) fn is_country(&self) -> bool {
        self.parent == "0"
    }
}

static LOCATIONS: LazyLock<Vec<Location>> = LazyLock::new(|| {
    include_str!("data/locations.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(read_line)
        .collect()
});

static BY_ID: LazyLock<BTreeMap<&'static str, Location>> =
    LazyLock::new(|| LOCATIONS.iter().map(|location| (location.id, *location)).collect());

fn read_line(line: &'static str) -> Option<Location> {
    let mut columns = line.split('\t');
    Some(Location {
        id: columns.next()?,
        parent: columns.next()?,
        country: columns.next()?,
        name: columns.next()?,
    })
}

/// All places, countries first.
pub(super) fn all() -> &'static [Location] {
    &LOCATIONS
}

/// A place by id.
pub(super) fn find(id: &str) -> Option<Location> {
    BY_ID.get(id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_and_regions_are_known_by_geonames_id() {
        for (id, country, name, is_country) in [
            ("6252001", "US", "United States", true),
            ("2635167", "GB", "United Kingdom", true),
            ("2510769", "ES", "Spain", true),
            ("2921044", "DE", "Germany", true),
            ("3017382", "FR", "France", true),
            ("3012874", "FR", "Île-de-France", false),
            ("3336901", "ES", "Catalonia", false),
        ] {
            let found = find(id).expect(name);
            assert_eq!((found.country, found.name, found.is_country()), (country, name, is_country));
        }
        assert_eq!(find("1"), None);
        assert!(all().iter().filter(|location| location.is_country()).count() > 240);
        let orphan = all().iter().find(|place| !place.is_country() && find(place.parent).is_none());
        assert_eq!(orphan, None, "every region lies in a known country");
    }
}

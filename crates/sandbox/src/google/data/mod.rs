//! Constants of the vendor: places, languages, currencies.

mod countries;
pub(super) mod currencies;
pub(super) mod geo;
pub(super) mod languages;
mod regions;

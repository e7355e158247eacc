//! Custom parameters: the carrier of our marker and of names in tracking.
//!
//! Source: mapping §7.3, §9; google-ads.md §7: at most eight per object, replaced as a whole. Every other
//! parameter is therefore sent back as observed.

use adplane_core::marker::Marker;
use compact_str::CompactString;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::{list, text};

/// The key of the marker.
const MARKER: &str = "adplane";
/// The key of the marker of an asset group's one ad, which has no parameters of its own.
const AD_MARKER: &str = "adplanead";
/// Keys that are ours.
pub(in super::super) const RESERVED: [&str; 2] = [MARKER, AD_MARKER];
/// Most parameters of one object.
pub(in super::super) const MOST: usize = 8;
/// Longest key in characters.
pub(in super::super) const LONGEST_KEY: usize = 16;
/// Longest value in characters.
pub(in super::super) const LONGEST_VALUE: usize = 200;

/// The keys of the parameters that carry names, used as `{_cname}`, `{_gname}`, `{_aname}`.
pub(in super::super) const CAMPAIGN_NAME: &str = "cname";
pub(in super::super) const AD_GROUP_NAME: &str = "gname";
pub(in super::super) const AD_NAME: &str = "aname";

/// The parameters of one object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) struct Parameters {
    /// The marker, when there is one.
    pub(in super::super) marker: Option<Marker>,
    /// The marker of the ad inside an asset group.
    pub(in super::super) ad_marker: Option<Marker>,
    /// The others, by key.
    pub(in super::super) others: BTreeMap<CompactString, String>,
}

impl Parameters {
    /// Reads the `urlCustomParameters` of an object. A marker that is none of ours stays among the others.
    pub(in super::super) fn read(object: &Value) -> Self {
        let mut parameters = Self::default();
        for entry in list(object, "urlCustomParameters") {
            let (Some(key), value) = (text(entry, "key"), text(entry, "value").unwrap_or_default()) else {
                continue;
            };
            match value.parse() {
                Ok(marker) if key == MARKER => parameters.marker = Some(marker),
                Ok(marker) if key == AD_MARKER => parameters.ad_marker = Some(marker),
                _ => {
                    parameters.others.insert(CompactString::new(key), value.to_owned());
                }
            }
        }
        parameters
    }

    /// The whole list as the vendor takes it.
    pub(in super::super) fn wire(&self) -> Value {
        let entry = |key: &str, value: String| json!({ "key": key, "value": value });
        let markers = [(MARKER, &self.marker), (AD_MARKER, &self.ad_marker)];
        let ours = markers.iter().filter_map(|(key, marker)| Some(entry(key, marker.as_ref()?.to_string())));
        let taken = |key: &str| markers.iter().any(|(ours, marker)| *ours == key && marker.is_some());
        let others = self.others.iter().filter(|(key, _)| !taken(key));
        ours.chain(others.map(|(key, value)| entry(key, value.clone()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_kept_beside_the_marker() {
        let object = json!({"urlCustomParameters": [
            {"key": "season", "value": "spring"}, {"key": "adplane", "value": "abcdef.abcdefghij"}]});
        let mut parameters = Parameters::read(&object);
        assert_eq!(parameters.marker.as_ref().map(ToString::to_string).as_deref(), Some("abcdef.abcdefghij"));
        assert_eq!(parameters.others["season"], "spring");
        parameters.marker = None;
        assert_eq!(parameters.wire(), json!([{"key": "season", "value": "spring"}]));
    }

    #[test]
    fn a_foreign_value_under_our_key_is_replaced_only_by_a_marker() {
        let object = json!({"urlCustomParameters": [{"key": "adplane", "value": "something"}]});
        let mut parameters = Parameters::read(&object);
        assert_eq!(parameters.wire(), object["urlCustomParameters"]);
        parameters.marker = "abcdef.abcdefghij".parse().ok();
        assert_eq!(parameters.wire(), json!([{"key": "adplane", "value": "abcdef.abcdefghij"}]));
    }
}

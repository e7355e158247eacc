//! Parameters of ads besides the creative (meta-ads.md §8).

use serde_json::json;

use super::wanted::Wanted;
use crate::meta::wire::json::Object;

/// Parameters of a create or an update.
pub(super) fn parameters(wanted: &Wanted<'_>) -> Object {
    let mut parameters = Object::new();
    for (path, name) in [("displayName", "name"), ("meta.conversion_domain", "conversion_domain")] {
        if wanted.touches(path) {
            parameters.insert(name.to_owned(), json!(wanted.text(path).unwrap_or_default()));
        }
    }
    parameters
}

//! Ads from their rows. Ads of kinds that Adplane does not write show their state and landing page only.

use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::field::Values;
use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;
use serde_json::Value as Json;

use super::campaign::Fields;
use super::library::Library;
use super::{demand_gen, external_id, state, status};
use crate::google::wire::parameters::{AD_NAME, Parameters};
use crate::google::wire::{at, list, local, members, text};

/// An ad.
pub(super) fn ad(row: &mut Json, library: &Library, read_only: Option<&str>) -> Option<ObservedObject> {
    let holder = row.get_mut("adGroupAd")?.take();
    let ad = at(&holder, "ad")?;
    let mut object = ObservedObject::new(Kind::Ad, external_id(local(text(&holder, "resourceName")?))?);
    object.parent = text(&holder, "adGroup").and_then(|name| external_id(local(name)));
    let parameters = Parameters::read(ad);
    let mut fields = Fields(Values::new());
    fields.set_some("state", state(&holder));
    // Google's ads have no name of their own; where tracking carries ours, that is what people know them by.
    fields.set_some("displayName", parameters.others.get(AD_NAME).map(String::as_str));
    for (key, value) in &parameters.others {
        fields.set(&format!("google.urlCustomParameters.{key}"), Value::text(value));
    }
    fields.landing(ad);
    if let Some(search) = at(ad, "responsiveSearchAd") {
        responsive_search(search, &mut fields);
    }
    demand_gen::content(ad, library, &mut fields);
    object.fields = fields.0;
    object.marker.clone_from(&parameters.marker);
    object.status = status::status(&holder);
    object.status.review = status::review(&holder);
    object.read_only = read_only.map(str::to_owned);
    object.native = Arc::new(members([("adGroupAd", holder)]));
    Some(object)
}

fn responsive_search(search: &Json, fields: &mut Fields) {
    let mut pins = Vec::new();
    for (list_name, item) in [("headlines", "headline"), ("descriptions", "description")] {
        let mut texts = Vec::new();
        for entry in list(search, list_name) {
            let Some(words) = text(entry, "text") else { continue };
            texts.push(words);
            if let Some(position) = text(entry, "pinnedField") {
                pins.push(Value::map([(item, Value::text(words)), ("position", Value::text(position))]));
            }
        }
        // The order says nothing, and the vendor need not keep it.
        texts.sort_unstable();
        fields.set(&format!("creative.{list_name}"), Value::text_list(texts));
    }
    fields.set("creative.google.pins", Value::set(pins));
    for path in ["path1", "path2"] {
        fields.set_some(&format!("creative.google.{path}"), text(search, path));
    }
}

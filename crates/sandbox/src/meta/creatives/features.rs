//! Generated variations of a creative: features opted in or out (meta-ads.md §7, §17.21).

use serde_json::{Value, json};

use crate::meta::errors::GraphError;
use crate::meta::schema::nested;
use crate::meta::targeting::check_keys;
use crate::world::{Object, World};

/// Features that the server enrolls a creative in unless told not to (which ones is unverified).
const SERVER_CHOICES: [&str; 4] =
    ["image_touchups", "inline_comment", "text_optimizations", "standard_enhancements"];

/// Checks enrolments and adds those that reads list without having been sent.
pub(super) fn settle(world: &World, draft: &mut Object) -> Result<(), GraphError> {
    let spec = draft.entry("degrees_of_freedom_spec").or_insert_with(|| json!({}));
    let Value::Object(spec) = spec else { return Ok(()) };
    if spec.is_empty() && world.option("meta.require_degrees_of_freedom", "off") == "on" {
        return Err(missing_enrolment("degrees_of_freedom_spec"));
    }
    let features = spec.entry("creative_features_spec").or_insert_with(|| json!({}));
    let Value::Object(features) = features else {
        return Err(GraphError::must_be("degrees_of_freedom_spec[creative_features_spec]", "a JSON object"));
    };
    check_keys(world, "creative_features_spec", features, nested::CREATIVE_FEATURES)?;
    for (name, feature) in features.iter() {
        match feature["enroll_status"].as_str() {
            Some("OPT_IN" | "OPT_OUT") => {}
            Some(_) => {
                let field = format!("creative_features_spec[{name}][enroll_status]");
                return Err(GraphError::must_be(&field, "one of {OPT_IN, OPT_OUT}"));
            }
            None => return Err(missing_enrolment(name)),
        }
    }
    for name in SERVER_CHOICES {
        features.entry(name).or_insert_with(|| json!({"enroll_status": "OPT_IN"}));
    }
    Ok(())
}

fn missing_enrolment(name: &str) -> GraphError {
    let text = format!("Say for {name} whether the creative is opted in or out: enroll_status is missing.");
    GraphError::parameter("degrees_of_freedom_spec", "Enrolment is missing", text).subcode(3_858_082)
}

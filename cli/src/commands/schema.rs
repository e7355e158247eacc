//! `adplane schema`: JSON Schemas of the YAML, of `adplane.yaml` and of the plan document.

use std::path::Path;

use adplane_core::plan::document::PlanDocument;
use adplane_engine::state::write_atomically;
use serde_json::Value;

use super::generated;
use crate::args::SchemaArgs;
use crate::error::{Exit, Failure};
use crate::render::json;
use crate::ui::Ui;

const PLAN: &str = "plan.schema.json";
const PROJECT: &str = "adplane.schema.json";
const ENDING: &str = ".schema.json";

/// Every published schema by file name.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let mut schemas = adplane_manifest::schema::json_schemas();
    schemas.push((PLAN, PlanDocument::json_schema()));
    schemas
}

pub(super) fn run(args: &SchemaArgs, ui: &Ui) -> Result<Exit, Failure> {
    let schemas = schemas();
    match (&args.name, &args.out) {
        (Some(name), _) => {
            let (_, schema) = schemas.iter().find(|(file, _)| is_called(file, name)).ok_or_else(|| {
                Failure::new(Exit::Usage, format!("there is no schema `{name}`"))
                    .hint(format!("schemas are: {}", names(&schemas).join(", ")))
            })?;
            ui.data(&json::pretty(schema))?;
        }
        (None, Some(folder)) => write_all(&schemas, folder, ui)?,
        (None, None) => ui.data(&format!("{}\n", names(&schemas).join("\n")))?,
    }
    Ok(Exit::Done)
}

fn write_all(schemas: &[(&'static str, Value)], folder: &Path, ui: &Ui) -> Result<(), Failure> {
    generated::create_folder(folder)?;
    for (file, schema) in schemas {
        write_atomically(&folder.join(file), json::pretty(schema).as_bytes())
            .map_err(|error| Failure::from_error(Exit::Error, &error))?;
    }
    ui.note(&format!("{} schemas are in {}", schemas.len(), folder.display()));
    Ok(())
}

/// Names as people type them: `campaign`, `project`, `plan`.
fn names(schemas: &[(&'static str, Value)]) -> Vec<&'static str> {
    schemas
        .iter()
        .map(|(file, _)| if *file == PROJECT { "project" } else { file.trim_end_matches(ENDING) })
        .collect()
}

fn is_called(file: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.replace(['-', '_', ' '], "");
    let name = name.trim_end_matches(ENDING);
    let name = match name {
        "project" | "adplane.yaml" => "adplane",
        "plandocument" => "plan",
        other => other,
    };
    file.trim_end_matches(ENDING) == name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_found_by_its_name_and_is_a_schema() {
        let schemas = schemas();
        for (name, (file, schema)) in names(&schemas).into_iter().zip(&schemas) {
            assert!(is_called(file, name), "{name}");
            jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{file}: {error}"));
        }
        for name in ["Campaign", "AdAccount", "ad-account", "Project", "Plan", "campaign.schema.json"] {
            assert!(schemas.iter().any(|(file, _)| is_called(file, name)), "{name}");
        }
        assert!(!schemas.iter().any(|(file, _)| is_called(file, "audience")));
    }
}

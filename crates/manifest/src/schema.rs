//! JSON Schemas of the kinds and of the project file, and custom resource definitions, all derived from the
//! types in [`crate::api`].

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceValidation,
};
use kube::CustomResourceExt;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::api::metadata::Metadata;
use crate::api::project::ProjectFile;
use crate::api::{
    API_VERSION, AdAccount, AdAccountSpec, AdGroup, AdGroupSpec, AutomationRule, AutomationRuleSpec, Budget,
    BudgetSpec, Campaign, CampaignSpec, Creative, CreativeSpec, FreezeWindow, FreezeWindowSpec,
    NotificationPolicy, NotificationPolicySpec, Override, OverrideSpec, Plan, PlanApproval, PlanApprovalSpec,
    PlanApprovalStatus, PlanSpec, PlanStatus, Policy, PolicySpec, ResourceStatus,
};
use crate::load::DocumentKind;

/// Where published schemas live, by name.
pub const SCHEMA_ROOT: &str = "https://adplane.io/schemas/v1alpha1";

/// Why a definition has no YAML form.
pub type YamlError = serde_saphyr::ser::Error;

/// The tidied schema of a type: no references, no nulls, enumerations as lists of words.
pub(crate) fn derived<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator();
    let mut value = generator.into_root_schema_for::<T>().to_value();
    tidy(&mut value);
    value
}

/// The schema of a kind's `spec`.
pub(crate) fn spec_schema(kind: DocumentKind) -> Value {
    match kind {
        DocumentKind::AdAccount => derived::<AdAccountSpec>(),
        DocumentKind::Campaign => derived::<CampaignSpec>(),
        DocumentKind::AdGroup => derived::<AdGroupSpec>(),
        DocumentKind::Creative => derived::<CreativeSpec>(),
        DocumentKind::Budget => derived::<BudgetSpec>(),
        DocumentKind::FreezeWindow => derived::<FreezeWindowSpec>(),
        DocumentKind::Policy => derived::<PolicySpec>(),
        DocumentKind::AutomationRule => derived::<AutomationRuleSpec>(),
        DocumentKind::Override => derived::<OverrideSpec>(),
        DocumentKind::NotificationPolicy => derived::<NotificationPolicySpec>(),
    }
}

/// Removes what only the generator needs: null is refused everywhere, so no schema may allow it.
fn tidy(value: &mut Value) {
    let Value::Object(object) = value else { return };
    for key in ["$schema", "title", "$defs"] {
        object.remove(key);
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if object.get("type").is_some_and(|kind| kind == "integer") {
        object.remove("format");
    }
    drop_null(object);
    list_words(object);
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(key) {
            tidy(inner);
        }
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(tidy);
    }
}

fn drop_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(kinds)) = object.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            if only == "integer" {
                object.remove("format");
            }
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    let is_null = |branch: &Value| branch.get("type").is_some_and(|kind| kind == "null");
    let nullable = object
        .get("anyOf")
        .and_then(Value::as_array)
        .is_some_and(|branches| branches.len() == 2 && branches.iter().any(is_null));
    if nullable
        && let Some(Value::Array(branches)) = object.remove("anyOf")
        && let Some(Value::Object(inner)) = branches.into_iter().find(|branch| !is_null(branch))
    {
        for (key, value) in inner {
            object.entry(key).or_insert(value);
        }
    }
}

/// Turns `oneOf` constants, each with its description, into one list of words.
fn list_words(object: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = object.get("oneOf") else { return };
    let mut words = Vec::new();
    let mut lines = Vec::new();
    for branch in branches {
        let Some(word) = branch.get("const").and_then(Value::as_str) else { return };
        words.push(json!(word));
        if let Some(description) = branch.get("description").and_then(Value::as_str) {
            lines.push(format!("- `{word}`: {description}"));
        }
    }
    object.remove("oneOf");
    object.insert("type".to_owned(), json!("string"));
    object.insert("enum".to_owned(), Value::Array(words));
    let own = object.get("description").and_then(Value::as_str).unwrap_or_default();
    let text = format!("{own}\n\n{}", lines.join("\n"));
    object.insert("description".to_owned(), json!(text.trim()));
}

/// Rewrites every object schema, innermost first.
fn rewrite(value: &mut Value, change: &dyn Fn(&mut Map<String, Value>)) {
    let Value::Object(object) = value else { return };
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(key) {
            rewrite(inner, change);
        }
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(|inner| rewrite(inner, change));
    }
    change(object);
}

fn one_of(object: &Map<String, Value>) -> Vec<String> {
    object
        .get("x-adplane-exactly-one")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default()
}

/// The form editors and validators read: closed objects, no Kubernetes words.
fn for_files(mut schema: Value) -> Value {
    rewrite(&mut schema, &|object| {
        let names = one_of(object);
        if !names.is_empty() {
            let branches: Vec<Value> = names.iter().map(|name| json!({ "required": [name] })).collect();
            object.insert("oneOf".to_owned(), Value::Array(branches));
        }
        let list_type = object.get("x-kubernetes-list-type").and_then(Value::as_str);
        if list_type == Some("set") {
            object.insert("uniqueItems".to_owned(), json!(true));
        }
        if object.contains_key("properties") && !object.contains_key("additionalProperties") {
            object.insert("additionalProperties".to_owned(), json!(false));
        }
        object.retain(|key, _| !key.starts_with("x-"));
    });
    schema
}

/// The form the API server takes: structural, with rules in CEL.
fn for_cluster(mut schema: Value) -> Value {
    rewrite(&mut schema, &|object| {
        let names = one_of(object);
        if !names.is_empty() {
            let present: Vec<String> = names.iter().map(|name| format!("has(self.{name})")).collect();
            let rule = json!({
                "rule": format!("[{}].filter(form, form).size() == 1", present.join(", ")),
                "message": format!("write exactly one of {}: set the others to null", names.join(", ")),
            });
            match object.get_mut("x-kubernetes-validations") {
                Some(Value::Array(rules)) => rules.push(rule),
                _ => {
                    object.insert("x-kubernetes-validations".to_owned(), json!([rule]));
                }
            }
        }
        object.retain(|key, _| !key.starts_with("x-adplane"));
    });
    schema
}

/// JSON Schemas by file name: one per kind, `manifest.schema.json` for any kind, `adplane.schema.json` for the
/// project file.
pub fn json_schemas() -> Vec<(&'static str, Value)> {
    let mut schemas: Vec<(&'static str, Value)> = DocumentKind::ALL
        .into_iter()
        .map(|kind| {
            let name = schema_name(kind);
            (name, document_schema(kind, name))
        })
        .collect();
    let kinds: Vec<Value> = DocumentKind::ALL
        .into_iter()
        .map(|kind| {
            json!({
                "if": { "properties": { "kind": { "const": kind.word() } }, "required": ["kind"] },
                "then": document_schema(kind, schema_name(kind)),
            })
        })
        .collect();
    schemas.push((
        "manifest.schema.json",
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("{SCHEMA_ROOT}/manifest.schema.json"),
            "title": "Any Adplane document",
            "type": "object",
            "properties": { "kind": { "enum": DocumentKind::ALL.map(DocumentKind::word) } },
            "required": ["apiVersion", "kind"],
            "allOf": kinds,
        }),
    ));
    let mut project = for_files(derived::<ProjectFile>());
    if let Value::Object(object) = &mut project {
        object.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        object.insert("$id".to_owned(), json!(format!("{SCHEMA_ROOT}/adplane.schema.json")));
        object.insert("title".to_owned(), json!("adplane.yaml"));
    }
    schemas.push(("adplane.schema.json", project));
    schemas
}

fn schema_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::AdAccount => "adaccount.schema.json",
        DocumentKind::Campaign => "campaign.schema.json",
        DocumentKind::AdGroup => "adgroup.schema.json",
        DocumentKind::Creative => "creative.schema.json",
        DocumentKind::Budget => "budget.schema.json",
        DocumentKind::FreezeWindow => "freezewindow.schema.json",
        DocumentKind::Policy => "policy.schema.json",
        DocumentKind::AutomationRule => "automationrule.schema.json",
        DocumentKind::Override => "override.schema.json",
        DocumentKind::NotificationPolicy => "notificationpolicy.schema.json",
    }
}

fn document_schema(kind: DocumentKind, name: &str) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{SCHEMA_ROOT}/{name}"),
        "title": kind.word(),
        "type": "object",
        "properties": {
            "apiVersion": { "const": API_VERSION },
            "kind": { "const": kind.word() },
            "metadata": for_files(derived::<Metadata>()),
            "spec": for_files(spec_schema(kind)),
            "status": { "description": "Written by the controller." },
        },
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": false,
    })
}

/// Custom resource definitions of every kind: those that are loaded from files, then those that only a cluster has.
pub fn crds() -> Vec<CustomResourceDefinition> {
    let loaded = DocumentKind::ALL.into_iter().map(|kind| {
        let crd = match kind {
            DocumentKind::AdAccount => AdAccount::crd(),
            DocumentKind::Campaign => Campaign::crd(),
            DocumentKind::AdGroup => AdGroup::crd(),
            DocumentKind::Creative => Creative::crd(),
            DocumentKind::Budget => Budget::crd(),
            DocumentKind::FreezeWindow => FreezeWindow::crd(),
            DocumentKind::Policy => Policy::crd(),
            DocumentKind::AutomationRule => AutomationRule::crd(),
            DocumentKind::Override => Override::crd(),
            DocumentKind::NotificationPolicy => NotificationPolicy::crd(),
        };
        with_schema(crd, spec_schema(kind), derived::<ResourceStatus>())
    });
    let of_clusters = [
        with_schema(Plan::crd(), derived::<PlanSpec>(), derived::<PlanStatus>()),
        with_schema(PlanApproval::crd(), derived::<PlanApprovalSpec>(), derived::<PlanApprovalStatus>()),
    ];
    loaded.chain(of_clusters).collect()
}

/// Custom resource definitions as YAML, by name of the resource: what `crds/` holds and commands print.
///
/// # Errors
/// When one has no YAML form, which is a defect.
pub fn crds_yaml() -> Result<Vec<(String, String)>, YamlError> {
    crds()
        .into_iter()
        .map(|crd| {
            let yaml = serde_saphyr::to_string(&crd)?;
            Ok((crd.metadata.name.unwrap_or_default(), format!("{}\n", yaml.trim_end())))
        })
        .collect()
}

/// The definition with the schema of its objects.
fn with_schema(mut crd: CustomResourceDefinition, spec: Value, status: Value) -> CustomResourceDefinition {
    let schema = resource_schema(spec, status);
    for version in &mut crd.spec.versions {
        version.schema.clone_from(&schema);
    }
    crd
}

fn resource_schema(spec: Value, status: Value) -> Option<CustomResourceValidation> {
    let description = spec.get("description").cloned().unwrap_or_default();
    let of_root = spec.get("x-adplane-root").cloned();
    let mut schema = json!({
        "type": "object",
        "description": description,
        "properties": {
            "apiVersion": { "type": "string" },
            "kind": { "type": "string" },
            "metadata": { "type": "object" },
            "spec": for_cluster(spec),
            "status": for_cluster(status),
        },
        "required": ["spec"],
    });
    if let (Some(rules), Value::Object(root)) = (of_root, &mut schema) {
        root.insert("x-kubernetes-validations".to_owned(), rules);
    }
    serde_json::from_value(json!({ "openAPIV3Schema": schema })).ok()
}

#[cfg(test)]
mod quality;
#[cfg(test)]
mod tests;

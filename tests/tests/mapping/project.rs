//! A row's project: the base's documents with the row's changes.

use std::path::Path;

use serde_json::{Value, json};

use crate::file::{Currency, Step, Vendor};

/// Documents in their order.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    documents: Vec<Value>,
}

impl Project {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let documents = text
            .split("\n---")
            .map(serde_saphyr::from_str::<Value>)
            .filter(|document| !matches!(document, Ok(Value::Null)))
            .collect::<Result<Vec<Value>, _>>()
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let mut project = Self { documents: Vec::new() };
        for document in documents {
            project.add(document);
        }
        project.find("AdAccount/shop")?;
        Ok(project)
    }

    /// The project after changes.
    pub(crate) fn with(&self, changes: &Step) -> Result<Self, String> {
        let mut project = self.clone();
        for document in &changes.add {
            project.add(document.clone());
        }
        for (part, patches) in [("spec", &changes.set), ("metadata", &changes.meta)] {
            for (name, patch) in patches {
                let document = project.find(name)?;
                merge(&mut document[part], patch);
            }
        }
        for name in &changes.drop {
            project.find(name)?;
            project.documents.retain(|document| name_of(document) != *name);
        }
        Ok(project)
    }

    fn add(&mut self, mut document: Value) {
        if let Some(members) = document.as_object_mut() {
            members.entry("apiVersion").or_insert_with(|| json!("adplane.io/v1alpha1"));
        }
        self.documents.push(document);
    }

    fn find(&mut self, name: &str) -> Result<&mut Value, String> {
        let names: Vec<String> = self.documents.iter().map(name_of).collect();
        let at = names.iter().position(|found| found == name);
        at.map(|at| &mut self.documents[at]).ok_or_else(|| format!("there is no `{name}` among {names:?}"))
    }

    /// The documents as YAML for a sandbox; JSON is YAML, and has one key per line.
    pub(crate) fn text(&self, vendor: Vendor, currency: Currency, url: &str) -> String {
        let mut project = self.clone();
        if let Ok(account) = project.find("AdAccount/shop") {
            let spec = &mut account["spec"];
            spec["endpoint"] = json!(format!("{}/{}", url.trim_end_matches('/'), vendor.word()));
            spec["credentials"] = json!({ "file": "./token.json" });
            spec["accountId"] = json!(vendor.account(currency));
            spec["timeZone"] = json!(currency.zone());
            spec["currency"] = json!(currency.code());
        }
        let texts: Vec<String> = project
            .documents
            .iter_mut()
            .map(|document| {
                convert(document, currency);
                serde_json::to_string_pretty(document).unwrap_or_default()
            })
            .collect();
        texts.join("\n---\n") + "\n"
    }
}

fn name_of(document: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    format!("{}/{}", text(&document["kind"]), text(&document["metadata"]["name"]))
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            if let Some(members) = target.as_object_mut() {
                members.shift_remove(key);
            }
        } else {
            merge(&mut target[key], value);
        }
    }
}

/// Amounts in euros as amounts of another currency: `12.00 EUR` as `12.00 USD`, `1200 JPY`.
fn convert(value: &mut Value, currency: Currency) {
    match value {
        Value::String(text) => {
            if let Some(amount) = text.strip_suffix(" EUR") {
                *text = match currency {
                    Currency::Eur | Currency::Usd => format!("{amount} {}", currency.code()),
                    Currency::Jpy => format!("{} JPY", yen(amount)),
                };
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| convert(element, currency)),
        Value::Object(members) => members.values_mut().for_each(|member| convert(member, currency)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A hundred yen for a euro: whole, and above every minimum.
fn yen(amount: &str) -> String {
    match amount.split_once('.') {
        Some((whole, cents)) => format!("{whole}{cents:0<2}"),
        None => format!("{amount}00"),
    }
}

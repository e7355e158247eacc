//! The policies and bindings of the release: the chart's own templates, read at build time.
//!
//! Their templating is kept so plain that no template engine is needed: whole lines in braces go away, and the
//! release's namespace is filled in. A test holds the templates to it.

use serde_json::{Map, Value};

/// The templates of the chart. One place for both, so that what is asked for is what is installed.
const TEMPLATES: [&str; 7] = [
    include_str!("../../../charts/adplane/templates/admission-approval.yaml"),
    include_str!("../../../charts/adplane/templates/admission-approval-matches-plan.yaml"),
    include_str!("../../../charts/adplane/templates/admission-confirm-delete.yaml"),
    include_str!("../../../charts/adplane/templates/admission-plan-writer.yaml"),
    include_str!("../../../charts/adplane/templates/admission-protect-authors.yaml"),
    include_str!("../../../charts/adplane/templates/admission-stamp-approver.yaml"),
    include_str!("../../../charts/adplane/templates/admission-stamp-author.yaml"),
];

/// What stands for the operator's namespace.
const NAMESPACE: &str = "{{ .Release.Namespace }}";

/// How a template says that it is for servers with policies that change objects.
const NEEDS_MUTATING: &str =
    "{{- if .Capabilities.APIVersions.Has \"admissionregistration.k8s.io/v1/MutatingAdmissionPolicy\" }}";

/// A kind of guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A policy that refuses.
    Validating,
    /// Its binding.
    ValidatingBinding,
    /// A policy that changes objects.
    Mutating,
    /// Its binding.
    MutatingBinding,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::Validating, Self::ValidatingBinding, Self::Mutating, Self::MutatingBinding];

    /// As Kubernetes names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Validating => "ValidatingAdmissionPolicy",
            Self::ValidatingBinding => "ValidatingAdmissionPolicyBinding",
            Self::Mutating => "MutatingAdmissionPolicy",
            Self::MutatingBinding => "MutatingAdmissionPolicyBinding",
        }
    }

    /// As it stands in paths.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Validating => "validatingadmissionpolicies",
            Self::ValidatingBinding => "validatingadmissionpolicybindings",
            Self::Mutating => "mutatingadmissionpolicies",
            Self::MutatingBinding => "mutatingadmissionpolicybindings",
        }
    }

    /// Whether it changes objects.
    pub fn is_mutating(self) -> bool {
        matches!(self, Self::Mutating | Self::MutatingBinding)
    }
}

/// A policy or binding as the release ships it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shipped {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its spec in canonical form.
    pub(super) spec: Value,
    /// Whether it goes together with policies that change objects.
    pub needs_mutating: bool,
}

impl Shipped {
    /// Whether authors are unknown without it.
    pub(super) fn stamps_authors(&self) -> bool {
        ["adplane-stamp-author", "adplane-protect-authors"].contains(&self.name.as_str())
    }
}

/// A template that cannot be read: a defect of the release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the shipped admission policies cannot be read: {0}")]
pub struct ShippedError(pub String);

/// What the release ships, for an operator in a namespace.
pub fn shipped(namespace: &str) -> Result<Vec<Shipped>, ShippedError> {
    let mut all = Vec::new();
    for template in TEMPLATES {
        let needs_mutating = template.contains(NEEDS_MUTATING);
        let documents: Vec<Value> = serde_saphyr::from_multiple(&rendered(template, namespace)?)
            .map_err(|error| ShippedError(error.to_string()))?;
        for document in &documents {
            all.push(read(document, needs_mutating)?);
        }
    }
    Ok(all)
}

fn read(document: &Value, needs_mutating: bool) -> Result<Shipped, ShippedError> {
    let missing = |what: &str| ShippedError(format!("a document has no {what}"));
    let word = document["kind"].as_str().ok_or_else(|| missing("kind"))?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word);
    let kind = kind.ok_or_else(|| ShippedError(format!("`{word}` is no admission policy")))?;
    let name = document["metadata"]["name"].as_str().ok_or_else(|| missing("name"))?.to_owned();
    Ok(Shipped { kind, name, spec: canonical(&document["spec"]), needs_mutating })
}

/// A template without its templating.
fn rendered(template: &str, namespace: &str) -> Result<String, ShippedError> {
    let (mut text, mut rest) = (String::new(), template);
    // Comments, includes and conditions begin with `{{-`, which eats the white space before them.
    while let Some(start) = rest.find("{{-") {
        let end = rest[start..].find("}}").ok_or_else(|| ShippedError("`{{-` without `}}`".into()))?;
        text.push_str(rest[..start].trim_end_matches([' ', '\n']));
        text.push('\n');
        rest = &rest[start + end + 2..];
    }
    text.push_str(rest);
    let text = text.replace(NAMESPACE, namespace);
    if text.contains("{{") {
        return Err(ShippedError("a template holds more than comments, includes and the namespace".into()));
    }
    Ok(text)
}

/// Defaults that the API server fills in.
const DEFAULTS: [(&str, &str); 4] = [
    ("matchPolicy", "Equivalent"),
    ("scope", "*"),
    ("failurePolicy", "Fail"),
    ("reinvocationPolicy", "Never"),
];

/// A spec in the form in which equal ones are equal: without what is empty or a default, and with white space
/// as one blank, which means the same to CEL.
pub(super) fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let mut kept = Map::new();
            for (key, value) in entries {
                let value = canonical(value);
                let default = DEFAULTS.iter().any(|(name, text)| key == name && value == *text);
                let empty = match &value {
                    Value::Null => true,
                    Value::Array(members) => members.is_empty(),
                    Value::Object(entries) => entries.is_empty(),
                    Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
                };
                if !default && !empty {
                    kept.insert(key.clone(), value);
                }
            }
            // Equality of maps does not ask for an order; the printed form does.
            kept.sort_keys();
            Value::Object(kept)
        }
        Value::Array(members) => Value::Array(members.iter().map(canonical).collect()),
        Value::String(text) => Value::String(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

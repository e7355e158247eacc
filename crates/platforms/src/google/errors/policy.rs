//! What the vendor's policy objects to, and how an exemption could be asked for. Source: google-ads.md §5, Policy.
//!
//! An exemption is a person's decision: Adplane shows what one would name and never asks for it by itself.

use serde_json::Value;

use crate::google::wire::{flag, list, text};

/// What is objected to, in words, and the texts that it was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Objection {
    pub(super) message: String,
    pub(super) texts: Vec<String>,
}

/// The objection in the details of an error.
pub(super) fn objection(details: &Value) -> Option<Objection> {
    finding(details).or_else(|| violation(details))
}

/// Ads: topics, which an exemption names.
fn finding(details: &Value) -> Option<Objection> {
    let entries = list(details, "policyFindingDetails.policyTopicEntries");
    let topics: Vec<&str> = entries.iter().filter_map(|entry| text(entry, "topic")).collect();
    if topics.is_empty() {
        return None;
    }
    let shown: Vec<String> = entries
        .iter()
        .filter_map(|entry| {
            let kind = text(entry, "type").unwrap_or_default().to_ascii_lowercase().replace('_', " ");
            Some(format!("{} ({kind})", text(entry, "topic")?))
        })
        .collect();
    let texts: Vec<String> = entries
        .iter()
        .flat_map(|entry| list(entry, "evidences"))
        .flat_map(|evidence| list(evidence, "textList.texts"))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let key = format!("policyValidationParameter: {{ignorablePolicyTopics: [{}]}}", topics.join(", "));
    let message = format!(
        "Google's policy on {} refuses it{}. {}",
        shown.join(", "),
        found_in(&texts),
        exemption(&key)
    );
    Some(Objection { message, texts })
}

/// Keywords and signals: a policy and the text that breaks it.
fn violation(details: &Value) -> Option<Objection> {
    let name = text(details, "policyViolationDetails.key.policyName")?;
    let words = text(details, "policyViolationDetails.key.violatingText").unwrap_or_default();
    let shown = text(details, "policyViolationDetails.externalPolicyName").unwrap_or(name);
    let texts = if words.is_empty() { Vec::new() } else { vec![words.to_owned()] };
    let way = if flag(details, "policyViolationDetails.isExemptible") {
        exemption(&format!("exemptPolicyViolationKeys: [{{policyName: {name}, violatingText: {words}}}]"))
    } else {
        "Google grants no exemption from it: change the text".to_owned()
    };
    let message = format!("Google's policy `{shown}` refuses it{}. {way}", found_in(&texts));
    Some(Objection { message, texts })
}

fn found_in(texts: &[String]) -> String {
    if texts.is_empty() {
        return String::new();
    }
    let quoted: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
    format!(" because of {}", quoted.join(", "))
}

fn exemption(key: &str) -> String {
    format!(
        "Change the text. Google might exempt it when asked with `{key}`; Adplane never asks by itself, a person can \
         in Google Ads"
    )
}

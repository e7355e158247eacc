//! What changed between two states of the same documents, in the team's words: objects, fields, values.
//!
//! Documents are compared as written, by kind, namespace and name, whatever file they stand in: an object that moves
//! to another file has not changed. Lists compare as they mean: sets by their members, keyed lists by their keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::field::FieldPath;
use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::value::Value;
use compact_str::CompactString;

use crate::load::{Document, DocumentKind, Written};
use crate::lower::comparable;

/// What a document is found by in every revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// Its kind.
    pub kind: DocumentKind,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: ObjectName,
}

impl DocumentKey {
    /// The key of a document.
    pub fn of(document: &Document) -> Self {
        Self { kind: document.kind, namespace: document.namespace.clone(), name: document.name.clone() }
    }

    /// What people type: `campaign/spring-sale`.
    pub fn short(&self) -> String {
        let word = self.kind.word();
        let mut kind = String::new();
        for (index, letter) in word.chars().enumerate() {
            if letter.is_uppercase() && index > 0 {
                kind.push('-');
            }
            kind.extend(letter.to_lowercase());
        }
        let kind = kind.strip_prefix("ad-account").map_or(kind.as_str(), |_| "account");
        format!("{kind}/{}", self.name)
    }
}

/// What happened to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// It was written for the first time.
    Added,
    /// It was taken out.
    Removed,
    /// It was given another name; the live object stays.
    Renamed {
        /// The name before.
        from: ObjectName,
    },
    /// Fields of it changed.
    Changed,
}

/// One field's change.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDifference {
    /// The field, as in YAML; labels lie below `metadata.labels`.
    pub path: FieldPath,
    /// The value before; absent when it was not written.
    pub before: Option<Value>,
    /// The value afterwards; absent when it was taken out.
    pub after: Option<Value>,
}

/// What happened to one object, or to one ad of an ad group.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectDifference {
    /// The document.
    pub key: DocumentKey,
    /// The ad, when it is about one ad of an ad group.
    pub ad: Option<CompactString>,
    /// What happened.
    pub happening: Happening,
    /// Fields that changed; of something new all of them.
    pub fields: Vec<FieldDifference>,
    /// The file it stands in, before its removal.
    pub file: Arc<str>,
    /// The file it stood in before.
    pub former_file: Arc<str>,
}

impl ObjectDifference {
    /// What people type: `campaign/spring-sale`, `ad/spring-sale-es/hero`.
    pub fn short(&self) -> String {
        match &self.ad {
            Some(ad) => format!("ad/{}/{ad}", self.key.name),
            None => self.key.short(),
        }
    }
}

/// What happened between two states of the same files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Differences {
    /// Objects that changed, by kind, namespace and name.
    pub objects: Vec<ObjectDifference>,
    /// Documents that stand in another file than before, with the file they stood in.
    pub moved: Vec<(DocumentKey, Arc<str>)>,
}

/// Compares the documents of changed files before and after. Of two documents with one name the first counts.
pub fn compare(before: &[Arc<Document>], after: &[Arc<Document>]) -> Differences {
    let old = index(before);
    let new = index(after);
    let mut found = Differences::default();
    let gone: BTreeSet<&DocumentKey> = old.keys().filter(|key| !new.contains_key(*key)).collect();
    let mut renamed: BTreeSet<DocumentKey> = BTreeSet::new();
    for (key, document) in &new {
        let former = old.get(key).copied().or_else(|| {
            let former = former_of(document, &gone, &old)?;
            renamed.insert(DocumentKey::of(former));
            Some(former)
        });
        if let Some(former) = former.filter(|former| former.file != document.file) {
            found.moved.push((DocumentKey::of(document), Arc::clone(&former.file)));
        }
        one(key, former, document, &mut found.objects);
    }
    for key in gone.into_iter().filter(|key| !renamed.contains(*key)) {
        if let Some(document) = old.get(key) {
            removed(key, document, &mut found.objects);
        }
    }
    found.objects.sort_by(|one, other| (&one.key, &one.ad).cmp(&(&other.key, &other.ad)));
    found
}

fn index(documents: &[Arc<Document>]) -> BTreeMap<DocumentKey, &Document> {
    let mut index = BTreeMap::new();
    for document in documents {
        index.entry(DocumentKey::of(document)).or_insert(&**document);
    }
    index
}

/// The document that became this one: the one it says it was, or the one bound to the same live object.
fn former_of<'a>(
    document: &Document,
    gone: &BTreeSet<&DocumentKey>,
    old: &BTreeMap<DocumentKey, &'a Document>,
) -> Option<&'a Document> {
    let annotation =
        |document: &Document, name: &str| document.annotations.get(name).map(|(value, _)| value.clone());
    let id = annotation(document, "adplane.io/external-id");
    let from = annotation(document, "adplane.io/moved-from");
    let candidates =
        gone.iter().filter(|key| key.kind == document.kind && key.namespace == document.namespace);
    candidates.filter_map(|key| old.get(*key).copied()).find(|former| {
        from.as_deref() == Some(former.name.as_str())
            || (id.is_some() && annotation(former, "adplane.io/external-id") == id)
    })
}

fn one(key: &DocumentKey, former: Option<&Document>, document: &Document, found: &mut Vec<ObjectDifference>) {
    let happening = match former {
        None => Happening::Added,
        Some(former) if former.name != document.name => Happening::Renamed { from: former.name.clone() },
        Some(_) => Happening::Changed,
    };
    let mut fields = values(former.map_or(&[][..], |former| &former.fields), &document.fields);
    fields.extend(labels(former, document));
    let difference = |ad: Option<CompactString>, happening, fields| ObjectDifference {
        key: key.clone(),
        ad,
        happening,
        fields,
        file: Arc::clone(&document.file),
        former_file: former.map_or_else(|| Arc::clone(&document.file), |former| Arc::clone(&former.file)),
    };
    if happening != Happening::Changed || !fields.is_empty() {
        found.push(difference(None, happening, fields));
    }
    let old_ads = former.map(ads).unwrap_or_default();
    let new_ads = ads(document);
    for (name, fields) in &new_ads {
        let old = old_ads.get(name).copied();
        let changed = values(old.unwrap_or_default(), fields);
        let happening = if old.is_some() { Happening::Changed } else { Happening::Added };
        // Ads of a new ad group go without saying apart.
        if former.is_some() && (old.is_none() || !changed.is_empty()) {
            found.push(difference(Some(CompactString::new(name)), happening, changed));
        }
    }
    for name in old_ads.keys().filter(|name| !new_ads.contains_key(*name)) {
        found.push(difference(Some(CompactString::new(name)), Happening::Removed, Vec::new()));
    }
}

fn removed(key: &DocumentKey, document: &Document, found: &mut Vec<ObjectDifference>) {
    found.push(ObjectDifference {
        key: key.clone(),
        ad: None,
        happening: Happening::Removed,
        fields: Vec::new(),
        file: Arc::clone(&document.file),
        former_file: Arc::clone(&document.file),
    });
}

fn ads(document: &Document) -> BTreeMap<&str, &[Written]> {
    let name = |fields: &'_ [Written]| fields.iter().position(|field| field.path.as_str() == "name");
    document
        .children
        .iter()
        .filter_map(|child| {
            Some((child.fields[name(&child.fields)?].value.as_text()?, child.fields.as_slice()))
        })
        .collect()
}

fn values(before: &[Written], after: &[Written]) -> Vec<FieldDifference> {
    let index = |fields: &[Written]| -> BTreeMap<FieldPath, Value> {
        fields.iter().map(|field| (field.path.clone(), comparable(field))).collect()
    };
    let (mut before, after) = (index(before), index(after));
    let mut found = Vec::new();
    for (path, value) in after {
        let old = before.remove(&path);
        if old.as_ref() != Some(&value) {
            found.push(FieldDifference { path, before: old, after: Some(value) });
        }
    }
    found.extend(before.into_iter().map(|(path, old)| FieldDifference {
        path,
        before: Some(old),
        after: None,
    }));
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn labels(former: Option<&Document>, document: &Document) -> Vec<FieldDifference> {
    let empty = BTreeMap::new();
    let old = former.map_or(&empty, |former| &former.labels);
    let keys: BTreeSet<&CompactString> = old.keys().chain(document.labels.keys()).collect();
    let text = |value: Option<&CompactString>| value.map(|value| Value::text(value.as_str()));
    keys.into_iter()
        .filter(|key| old.get(*key) != document.labels.get(*key))
        .map(|key| FieldDifference {
            path: FieldPath::new(format!("metadata.labels.{key}")),
            before: text(old.get(key)),
            after: text(document.labels.get(key)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::documents;

    fn read(files: &[(&str, &str)]) -> Vec<Arc<Document>> {
        files
            .iter()
            .flat_map(|(file, text)| documents(&Arc::from(*file), text).documents)
            .map(Arc::new)
            .collect()
    }

    fn campaign(name: &str, annotations: &str, budget: &str) -> String {
        format!(
            "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\n\
             spec: {{account: meta-eu, objective: Sales, budget: {{daily: {budget}}}, targeting: {{locations: [ES, PT]}}}}\n"
        )
    }

    fn told(found: &Differences) -> Vec<String> {
        let show = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
        found
            .objects
            .iter()
            .map(|object| {
                let fields: Vec<String> = object
                    .fields
                    .iter()
                    .map(|field| format!(" {}: {} → {}", field.path, show(&field.before), show(&field.after)))
                    .collect();
                format!("{:?} {}{}", object.happening, object.short(), fields.concat())
            })
            .collect()
    }

    #[test]
    fn fields_are_told_and_moves_between_files_are_not() {
        let before = read(&[("a.yaml", &campaign("spring", "", "20.00 EUR"))]);
        let after = read(&[("b.yaml", &campaign("spring", "", "30.00 EUR"))]);
        let found = compare(&before, &after);
        assert_eq!(told(&found), ["Changed campaign/spring budget.daily: 20.00 EUR → 30.00 EUR"]);
        assert_eq!(found.moved.len(), 1);
        let moved = read(&[("b.yaml", &campaign("spring", "", "20.00 EUR"))]);
        assert!(compare(&before, &moved).objects.is_empty());
        let turned = campaign("spring", "", "20.00 EUR").replace("[ES, PT]", "[PT, ES]");
        assert!(compare(&before, &read(&[("a.yaml", &turned)])).objects.is_empty(), "a set has no order");
    }

    #[test]
    fn renames_are_followed() {
        let before = read(&[("a.yaml", &campaign("old", "", "20.00 EUR"))]);
        let renamed = campaign("new", "adplane.io/moved-from: old", "20.00 EUR");
        assert_eq!(
            told(&compare(&before, &read(&[("a.yaml", &renamed)]))),
            ["Renamed { from: ObjectName(\"old\") } campaign/new"]
        );
        let other = read(&[("a.yaml", &campaign("new", "", "20.00 EUR"))]);
        let told = told(&compare(&before, &other));
        assert!(told[0].starts_with("Added campaign/new") && told[1] == "Removed campaign/old", "{told:?}");
    }

    #[test]
    fn ads_are_told_apart_from_their_group() {
        let group = |ads: &str| {
            format!(
                "apiVersion: adplane.io/v1alpha1\nkind: AdGroup\nmetadata: {{name: g}}\nspec:\n  campaign: spring\n  ads:\n{ads}"
            )
        };
        let before = read(&[(
            "g.yaml",
            &group("    - {name: hero, creative: a, state: Paused}\n    - {name: old, creative: a}\n"),
        )]);
        let after = read(&[(
            "g.yaml",
            &group("    - {name: hero, creative: a, state: Active}\n    - {name: new, creative: b}\n"),
        )]);
        assert_eq!(
            told(&compare(&before, &after)),
            [
                "Changed ad/g/hero state: Paused → Active",
                "Added ad/g/new creative: - → b name: - → new",
                "Removed ad/g/old"
            ]
        );
    }
}

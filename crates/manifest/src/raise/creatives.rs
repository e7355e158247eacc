//! Creatives shared by content: ads that show the same get the same document.

use std::collections::HashMap;

use adplane_core::field::Values;

/// Creatives by content.
#[derive(Debug, Default)]
pub(super) struct Creatives {
    names: HashMap<Vec<(String, adplane_core::value::Value)>, String>,
    documents: Vec<(String, Values)>,
}

impl Creatives {
    /// The name of the creative with these fields, made up when it is new.
    pub(super) fn share(&mut self, fields: Values, name: impl FnOnce() -> String) -> String {
        let content = fields.iter().map(|(path, value)| (path.as_str().to_owned(), value.clone())).collect();
        let documents = &mut self.documents;
        self.names
            .entry(content)
            .or_insert_with(|| {
                let name = name();
                documents.push((name.clone(), fields));
                name
            })
            .clone()
    }

    /// Every creative, in the order first seen.
    pub(super) fn into_documents(self) -> Vec<(String, Values)> {
        self.documents
    }
}

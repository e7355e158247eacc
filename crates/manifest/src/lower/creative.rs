//! `Creative`: its fields as every ad that references it gets them.

use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Field, FieldPath};
use adplane_core::value::Value;

use super::assets::{Medium, Reader};
use super::convert::member_place;
use crate::load::{Document, Place, Written};

/// Fields below `creative.`.
pub(super) type CreativeFields = Vec<(FieldPath, Field)>;

/// Lowers a creative once, however many ads show it.
pub(super) fn lower(
    document: &Document,
    reader: &mut Reader<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> CreativeFields {
    let mut creative = Creative { document, reader, diagnostics };
    document
        .fields
        .iter()
        .map(|written| {
            let value = match (written.path.as_str(), &written.value) {
                ("images" | "logos", Value::List(items)) => creative.assets(written, items, Medium::Image),
                ("videos", Value::List(items)) => creative.assets(written, items, Medium::Video),
                ("cards", Value::List(items)) => creative.cards(written, items),
                (_, value) => value.clone(),
            };
            let path = FieldPath::new(format!("creative.{}", written.path));
            (path, Field::declared(value, document.at(written.place)))
        })
        .collect()
}

struct Creative<'a, 'r> {
    document: &'a Document,
    reader: &'a mut Reader<'r>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Creative<'_, '_> {
    fn assets(&mut self, written: &Written, items: &[Value], medium: Medium) -> Value {
        let references = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| self.asset(item, medium, member_place(written, index), written))
            .collect();
        Value::List(references)
    }

    fn asset(&mut self, item: &Value, medium: Medium, place: Place, written: &Written) -> Option<Value> {
        match self.reader.resolve(item, medium, &self.document.file) {
            Ok(reference) => Some(Value::text(reference.to_string())),
            Err(found) => {
                self.diagnostics.push(self.document.finding(found, place, written.path.as_str()));
                None
            }
        }
    }

    fn cards(&mut self, written: &Written, cards: &[Value]) -> Value {
        let lowered = cards.iter().enumerate().map(|(index, card)| {
            let mut entries = card.entries().cloned().unwrap_or_default();
            if let Some(image) = entries.remove("image") {
                let place = member_place(written, index);
                if let Some(reference) = self.asset(&image, Medium::Image, place, written) {
                    entries.insert("image".into(), reference);
                }
            }
            Value::Map(entries)
        });
        Value::List(lowered.collect())
    }
}

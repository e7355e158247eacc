//! Lists whose members have a key: keywords and sitelinks.

use std::collections::BTreeMap;

use adplane_core::value::Value;
use compact_str::{CompactString, format_compact};

/// Lowers keywords to `running shoes|Phrase -> {text, match, bid?}`; also the indices of repeats.
pub(crate) fn keywords(members: &[Value]) -> (Value, Vec<usize>) {
    keyed(members, |member| {
        let text = member.entry("text").and_then(Value::as_text).unwrap_or_default().trim();
        let match_type = member.entry("match").and_then(Value::as_text).unwrap_or_default();
        format_compact!("{}|{match_type}", text.to_lowercase())
    })
}

/// Lowers sitelinks to `Returns -> {text, url, ..}`; also the indices of repeats.
pub(crate) fn sitelinks(members: &[Value]) -> (Value, Vec<usize>) {
    keyed(members, |member| {
        CompactString::new(member.entry("text").and_then(Value::as_text).unwrap_or_default().trim())
    })
}

fn keyed(members: &[Value], key: impl Fn(&Value) -> CompactString) -> (Value, Vec<usize>) {
    let mut entries = BTreeMap::new();
    let mut repeats = Vec::new();
    for (index, member) in members.iter().enumerate() {
        match entries.entry(key(member)) {
            std::collections::btree_map::Entry::Vacant(vacant) => {
                vacant.insert(trimmed(member));
            }
            std::collections::btree_map::Entry::Occupied(_) => repeats.push(index),
        }
    }
    (Value::Map(entries), repeats)
}

/// The member with the blanks around its text removed, as platforms store it.
fn trimmed(member: &Value) -> Value {
    let mut member = member.clone();
    if let Value::Map(entries) = &mut member
        && let Some(Value::Text(text)) = entries.get_mut("text")
        && text.trim().len() != text.len()
    {
        *text = CompactString::new(text.trim());
    }
    member
}

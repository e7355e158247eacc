//! The ownership marker as account labels (mapping §9, meta-ads.md §9).
//!
//! One label names the owner, five hold two characters of the key each: `apl:abcdef`, `apl1:k7` … `apl5:9q`.
//! So an account needs at most 5 × 1024 labels and one per owner, below its cap of 10,000, however many
//! objects it has, and an object carries six of its 50. (Four digits, as mapping §9 first had it, hold only
//! eight of the key's ten characters.)

use adplane_core::marker::{IdentityKey, Marker, Owner};
use serde_json::{Value as Json, json};

use super::json;

const OWNER: &str = "apl:";
const DIGITS: usize = 5;
const WIDTH: usize = 2;

/// The names of the labels that carry a marker.
pub(crate) fn names(marker: &Marker) -> Vec<String> {
    let key = marker.key.as_str();
    let digits = (0..DIGITS).filter_map(|digit| {
        let part = key.get(digit * WIDTH..(digit + 1) * WIDTH)?;
        Some(format!("apl{}:{part}", digit + 1))
    });
    std::iter::once(format!("{OWNER}{}", marker.owner.as_str())).chain(digits).collect()
}

/// Whether a label is part of a marker.
pub(crate) fn is_ours(name: &str) -> bool {
    let rest = name.strip_prefix("apl").unwrap_or_default();
    let rest = rest.strip_prefix(|digit: char| ('1'..='5').contains(&digit)).unwrap_or(rest);
    rest.starts_with(':')
}

/// The marker in an object's `adlabels`; `None` when a part is missing or there are two of one part.
pub(crate) fn marker(object: &Json) -> Option<Marker> {
    let mut owner = None;
    let mut digits: [Option<&str>; DIGITS] = [None; DIGITS];
    for label in json::list(object, "adlabels") {
        let name = json::word(label, "name");
        if let Some(found) = name.strip_prefix(OWNER) {
            if owner.replace(found).is_some() {
                return None;
            }
        } else if let Some((digit, part)) = name.strip_prefix("apl").and_then(|rest| rest.split_once(':')) {
            let index = digit.parse::<usize>().ok().and_then(|digit| digit.checked_sub(1));
            let slot = index.and_then(|index| digits.get_mut(index))?;
            if slot.replace(part).is_some() {
                return None;
            }
        }
    }
    let key: String = digits.into_iter().collect::<Option<Vec<_>>>()?.concat();
    Some(Marker { owner: Owner::parse(owner?)?, key: IdentityKey::parse(&key)? })
}

/// The list that replaces an object's labels: people's as they are, ours as the marker says.
pub(crate) fn replaced(object: Option<&Json>, marker: Option<&Marker>) -> Json {
    let others = object.into_iter().flat_map(|object| json::list(object, "adlabels"));
    let others = others.filter(|label| !is_ours(json::word(label, "name"))).filter_map(|label| {
        let id = json::text(label, "id")?;
        Some(json!({"id": id}))
    });
    let ours = marker.into_iter().flat_map(names).map(|name| json!({"name": name}));
    others.chain(ours).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Marker {
        "abcdef.k7mn2q9z2a".replace('9', "3").parse().unwrap()
    }

    #[test]
    fn markers_read_back() {
        let marker = sample();
        let labels = replaced(None, Some(&marker));
        assert_eq!(labels.as_array().unwrap().len(), 6);
        assert_eq!(super::marker(&json!({"adlabels": labels})), Some(marker));
    }

    #[test]
    fn people_keep_their_labels() {
        let marker = sample();
        let object = json!({"adlabels": [
            {"id": "7", "name": "Q4"}, {"id": "8", "name": "apl:zzzzzz"}, {"id": "9", "name": "apl1:zz"},
            {"id": "10", "name": "apla: fruit"}]});
        let labels = replaced(Some(&object), Some(&marker));
        assert_eq!(labels[0], json!({"id": "7"}));
        assert_eq!(labels[1], json!({"id": "10"}));
        assert_eq!(labels.as_array().unwrap().len(), 8);
        assert_eq!(replaced(Some(&object), None).as_array().unwrap().len(), 2);
    }

    #[test]
    fn half_a_marker_is_none() {
        let mut labels = replaced(None, Some(&sample()));
        labels.as_array_mut().unwrap().pop();
        assert_eq!(marker(&json!({"adlabels": labels})), None);
    }
}

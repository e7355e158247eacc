//! `tracking.utm` and the final URL suffix it becomes. Source: mapping §7.3.

use std::collections::BTreeMap;

use adplane_core::value::Value;
use compact_str::CompactString;
use data_encoding::HEXUPPER;

/// Placeholders in YAML with the vendor's tags. Names have no tag of the vendor's own, so custom parameters
/// carry them.
const TAGS: [(&str, &str); 11] = [
    ("{campaign.id}", "{campaignid}"),
    ("{adGroup.id}", "{adgroupid}"),
    ("{ad.id}", "{creative}"),
    ("{campaign.name}", "{_cname}"),
    ("{adGroup.name}", "{_gname}"),
    ("{ad.name}", "{_aname}"),
    ("{placement}", "{placement}"),
    ("{source}", "{network}"),
    ("{keyword}", "{keyword}"),
    ("{matchType}", "{matchtype}"),
    ("{device}", "{device}"),
];
/// The order on the wire; others follow, sorted.
const ORDER: [&str; 6] = ["source", "medium", "campaign", "content", "term", "id"];
/// What a written `utm` gets when it names neither.
pub(in super::super) const DEFAULTS: [(&str, &str); 2] = [("source", "google"), ("medium", "cpc")];

/// A piece of a value.
enum Piece<'a> {
    Plain(&'a str),
    /// With its braces.
    Braced(&'a str),
}

fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    while let Some(open) = text.find('{') {
        let Some(length) = text[open..].find('}') else { break };
        found.push(Piece::Plain(&text[..open]));
        found.push(Piece::Braced(&text[open..=open + length]));
        text = &text[open + length + 1..];
    }
    found.push(Piece::Plain(text));
    found
}

/// The first placeholder that is none.
pub(in super::super) fn unknown_placeholder(text: &str) -> Option<&str> {
    pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Braced(braced) if !TAGS.iter().any(|(neutral, _)| *neutral == braced) => Some(braced),
        _ => None,
    })
}

/// Whether a value uses a placeholder.
pub(in super::super) fn uses(utm: &Value, placeholder: &str) -> bool {
    utm.entries()
        .into_iter()
        .flatten()
        .any(|(_, text)| text.as_text().is_some_and(|text| text.contains(placeholder)))
}

/// All placeholders, for hints.
pub(in super::super) fn placeholders() -> String {
    TAGS.iter().map(|(neutral, _)| format!("`{neutral}`")).collect::<Vec<_>>().join(", ")
}

/// The final URL suffix of a `utm` map.
pub(in super::super) fn suffix(utm: &Value) -> String {
    let entries: Vec<(&str, &str)> = utm
        .entries()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.as_str(), value.as_text()?)))
        .collect();
    let rank = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    let mut ordered = entries;
    ordered.sort_by_key(|(key, _)| (rank(key), *key));
    let pairs: Vec<String> =
        ordered.iter().map(|(key, value)| format!("utm_{key}={}", encode(value))).collect();
    pairs.join("&")
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Braced(braced) => {
                let tag = TAGS.iter().find(|(neutral, _)| *neutral == braced).map_or(braced, |(_, tag)| tag);
                encoded.push_str(tag);
            }
            Piece::Plain(plain) => {
                for byte in plain.bytes() {
                    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                        encoded.push(char::from(byte));
                    } else {
                        encoded.push('%');
                        encoded.push_str(&HEXUPPER.encode(&[byte]));
                    }
                }
            }
        }
    }
    encoded
}

/// The `utm` map of a final URL suffix; `None` when it holds anything else.
pub(in super::super) fn utm(suffix: &str) -> Option<Value> {
    let mut entries = BTreeMap::new();
    for pair in suffix.split('&') {
        let (key, value) = pair.split_once('=')?;
        let key = key.strip_prefix("utm_").filter(|key| !key.is_empty())?;
        entries.insert(CompactString::new(key), Value::text(decode(value)?));
    }
    Some(Value::Map(entries))
}

fn decode(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Braced(braced) => {
                decoded.push_str(TAGS.iter().find(|(_, tag)| *tag == braced).map(|(neutral, _)| *neutral)?);
            }
            Piece::Plain(plain) => decoded.push_str(&decode_plain(plain)?),
        }
    }
    Some(decoded)
}

fn decode_plain(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utm_becomes_a_suffix_and_reads_back() {
        let map = Value::map([
            ("campaign", Value::text("{campaign.name}")),
            ("content", Value::text("{ad.name} & más")),
            ("zone", Value::text("eu")),
            ("source", Value::text("google")),
            ("medium", Value::text("cpc")),
        ]);
        let text = suffix(&map);
        assert_eq!(
            text,
            "utm_source=google&utm_medium=cpc&utm_campaign={_cname}&utm_content={_aname}%20%26%20m%C3%A1s&utm_zone=eu"
        );
        assert_eq!(utm(&text), Some(map));
    }

    #[test]
    fn what_is_no_utm_is_left_to_the_vendors_field() {
        for text in ["gclid=1", "utm_source=google&x=1", "utm_source={lpurl}", "", "utm_=x"] {
            assert_eq!(utm(text), None, "{text}");
        }
    }

    #[test]
    fn unknown_placeholders_are_named() {
        assert_eq!(unknown_placeholder("a {campaign.name} {nope}"), Some("{nope}"));
        assert_eq!(unknown_placeholder("a {device}"), None);
    }
}

//! Parameters of a call, whatever carried them: query, form, multipart or JSON (meta-ads.md §1.2).

use indexmap::IndexMap;
use serde_json::Value;

use crate::http::Request;

/// A file attached to a multipart body.
#[derive(Debug, Clone)]
pub(super) struct FilePart {
    /// The part's name.
    pub(super) name: String,
    /// The file name the client gave.
    pub(super) filename: String,
    /// The bytes.
    pub(super) content: Vec<u8>,
}

/// Parameters by name, the last value winning, and attached files.
#[derive(Debug, Clone, Default)]
pub(super) struct Params {
    values: IndexMap<String, Value>,
    /// Attached files in the order sent.
    pub(super) files: Vec<FilePart>,
}

impl Params {
    /// Everything that a request carries; the body wins over the query.
    pub(super) fn of(request: &Request) -> Self {
        let mut params = Self::default();
        for (name, value) in &request.query {
            params.set(name, value.clone());
        }
        let content_type = request.header("content-type").unwrap_or_default();
        if let Some(boundary) = boundary(content_type) {
            params.read_multipart(&request.body, &boundary);
        } else if content_type.starts_with("application/json") {
            if let Ok(Value::Object(map)) = serde_json::from_slice(&request.body) {
                params.values.extend(map);
            }
        } else {
            params.read_form(&request.body);
        }
        params
    }

    /// Parameters given as modifiers of a field, such as `limit(5)`.
    pub(super) fn from_pairs(pairs: &[(String, String)]) -> Self {
        let mut params = Self::default();
        for (name, value) in pairs {
            params.set(name, value.clone());
        }
        params
    }

    /// Parameters given as a JSON object, such as an inline creative.
    pub(super) fn from_object(object: &serde_json::Map<String, Value>) -> Self {
        Self {
            values: object.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            files: Vec::new(),
        }
    }

    /// Sets one parameter to text.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), Value::String(value.into()));
    }

    /// A parameter as given.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// A parameter as text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// A parameter as JSON, decoded when it came as text.
    pub(super) fn json(&self, name: &str) -> Option<Value> {
        self.values.get(name).map(json)
    }

    /// A parameter as a list of texts: a JSON array, or words separated by commas.
    pub(super) fn words(&self, name: &str) -> Option<Vec<String>> {
        let words = match self.json(name)? {
            Value::Array(items) => items.iter().map(plain).collect(),
            other => plain(&other).split(',').map(|word| word.trim().to_owned()).collect(),
        };
        Some(words)
    }

    /// A parameter as a whole number.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.values.get(name).and_then(integer)
    }

    /// A parameter as a yes or no; absent is no.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.values.get(name).and_then(boolean).unwrap_or(false)
    }

    /// Whether `execution_options` holds a word.
    pub(super) fn has_option(&self, option: &str) -> bool {
        self.words("execution_options").is_some_and(|words| words.iter().any(|word| word == option))
    }

    /// Names and values as text, for the links of a page.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, String)> {
        self.values.iter().map(|(name, value)| (name.as_str(), plain(value)))
    }

    fn read_form(&mut self, body: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(body) {
            self.set(&name, value.into_owned());
        }
    }

    fn read_multipart(&mut self, body: &[u8], boundary: &str) {
        let marker = format!("--{boundary}");
        for part in split(body, marker.as_bytes()).into_iter().skip(1) {
            let Some(cut) = find(part, b"\r\n\r\n") else { continue };
            let (head, content) = part.split_at(cut);
            let content = content.get(4..).unwrap_or_default();
            let content = content.strip_suffix(b"\r\n").unwrap_or(content);
            let head = String::from_utf8_lossy(head);
            let Some(name) = attribute(&head, "name") else { continue };
            match attribute(&head, "filename").or_else(|| extended_filename(&head)) {
                Some(filename) => self.files.push(FilePart { name, filename, content: content.to_vec() }),
                None => self.set(&name, String::from_utf8_lossy(content)),
            }
        }
    }
}

/// JSON from a value that may hold it as text.
pub(super) fn json(value: &Value) -> Value {
    match value {
        Value::String(text) if text.trim_start().starts_with(['[', '{', '"']) => {
            serde_json::from_str(text).unwrap_or_else(|_| value.clone())
        }
        other => other.clone(),
    }
}

/// A whole number from JSON or text.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A yes or no from JSON or text.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match plain(value).as_str() {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}

/// A value as text, without quotes around a string.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn boundary(content_type: &str) -> Option<String> {
    let rest = content_type.strip_prefix("multipart/form-data")?;
    let (_, boundary) = rest.split_once("boundary=")?;
    Some(boundary.split(';').next()?.trim().trim_matches('"').to_owned())
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let pattern = format!("{name}=\"");
    head.match_indices(&pattern)
        .find(|(at, _)| *at == 0 || head[..*at].ends_with([' ', ';']))
        .and_then(|(at, _)| head[at + pattern.len()..].split('"').next())
        .map(str::to_owned)
}

/// A file name with letters beyond ASCII: `filename*=utf-8''h%C3%A9ros.png`.
fn extended_filename(head: &str) -> Option<String> {
    let (_, rest) = head.split_once("filename*=")?;
    let encoded = rest.split([';', '\r', '\n']).next()?.rsplit('\'').next()?;
    let pair = format!("name={}", encoded.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, name)| name.into_owned())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn split<'a>(body: &'a [u8], marker: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = body;
    while let Some(at) = find(rest, marker) {
        parts.push(&rest[..at]);
        rest = &rest[at + marker.len()..];
    }
    parts.push(rest);
    parts
}

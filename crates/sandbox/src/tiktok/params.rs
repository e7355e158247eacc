//! Reads a request's parameters: JSON bodies, GET parameters that hold JSON text, uploads.
//!
//! TikTok API for Business v1.3, "Make API requests": a GET array or object is one parameter of JSON text.

use serde_json::Value;

use crate::http::Request;
use crate::world::{Object, World};

use super::errors::{Refusal, invalid};
use super::field::{self, Group, Kind, Unknown};
use super::json::{array, child, flag, text};
use super::money::Micros;
use super::multipart::{self, Upload};

/// A checked request.
#[derive(Debug, Clone, Default)]
pub(super) struct Params {
    /// Parameters by name, of the kinds the endpoint lists.
    pub values: Object,
    /// Uploaded files.
    pub files: Vec<Upload>,
    /// The advertiser the call is about, empty when it is about none.
    pub advertiser: String,
    /// The path, for keys of idempotent creates.
    pub path: String,
    /// The URL root the client used.
    pub base_url: String,
}

impl Params {
    /// A text parameter.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        text(&self.values, name)
    }

    /// A text parameter, empty when absent.
    pub(super) fn text_or_empty(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// A boolean parameter.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        flag(&self.values, name)
    }

    /// An amount.
    pub(super) fn amount(&self, name: &str) -> Option<Micros> {
        self.values.get(name).and_then(Micros::read)
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        array(&self.values, name).iter().filter_map(Value::as_str).collect()
    }

    /// An object parameter.
    pub(super) fn object(&self, name: &str) -> Option<&Object> {
        child(&self.values, name)
    }

    /// Whether the parameter was sent.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }
}

/// Reads and checks the parameters of one request.
pub(super) fn read(world: &World, request: &Request, fields: &[Group]) -> Result<Params, Refusal> {
    let content_type = request.header("content-type").unwrap_or_default();
    let (mut values, files) = if request.method == "GET" {
        (read_pairs(request.query.iter().cloned(), fields)?, Vec::new())
    } else if content_type.starts_with("multipart/form-data") {
        let form = multipart::parse(content_type, &request.body).map_err(invalid)?;
        (read_pairs(form.texts.into_iter(), fields)?, form.files)
    } else {
        (read_body(request)?, Vec::new())
    };
    let unknown = match world.option("tiktok.unknown_fields", "refuse") {
        "ignore" => Unknown::Ignore,
        _ => Unknown::Refuse,
    };
    field::check(&mut values, fields, unknown, "")?;
    Ok(Params {
        values,
        files,
        advertiser: String::new(),
        path: request.path.clone(),
        base_url: request.base_url.clone(),
    })
}

fn read_body(request: &Request) -> Result<Object, Refusal> {
    if request.body.is_empty() {
        return Ok(Object::new());
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(values)) => Ok(values),
        _ => Err(invalid("The request body is not a JSON object.")),
    }
}

/// Turns text pairs into typed values, by the kinds the endpoint lists.
fn read_pairs(pairs: impl Iterator<Item = (String, String)>, fields: &[Group]) -> Result<Object, Refusal> {
    let mut values = Object::new();
    for (name, text) in pairs {
        let value = match field::find(fields, &name).map(|field| field.kind) {
            None | Some(Kind::Text | Kind::Id | Kind::Choice(_)) => Value::String(text),
            Some(Kind::Flag) => match text.as_str() {
                // The vendor's Python client writes `True`.
                "true" | "True" => Value::Bool(true),
                "false" | "False" => Value::Bool(false),
                _ => return Err(invalid(format!("{name}: Not a valid boolean."))),
            },
            Some(_) => serde_json::from_str(&text)
                .map_err(|_| invalid(format!("{name}: the parameter is not valid JSON.")))?,
        };
        values.insert(name, value);
    }
    Ok(values)
}

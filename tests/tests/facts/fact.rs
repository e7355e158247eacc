//! The form of a file of facts.

use std::collections::BTreeMap;
use std::path::Path;

use adplane_core::metrics::{Day, Granularity, Sums};
use serde::Deserialize;
use serde_json::Value;

/// Facts of one topic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    /// The vendor's document, unless a fact names another.
    pub(crate) source: String,
    /// Answers to other calls while objects are read, besides the empty ones.
    #[serde(default)]
    pub(crate) serves: Vec<Served>,
    #[serde(rename = "facts")]
    pub(crate) all: Vec<Fact>,
}

/// A request and its answer, as the vendor documents them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fact {
    pub(crate) about: String,
    #[serde(default)]
    pub(crate) source: Option<String>,
    /// Options of the sandbox.
    #[serde(default)]
    pub(crate) options: BTreeMap<String, String>,
    /// A fault that brings the answer about.
    #[serde(default)]
    pub(crate) fault: Option<Value>,
    /// Requests before, in order.
    #[serde(default)]
    pub(crate) given: Vec<Given>,
    /// Absent where the emulator cannot be brought to this answer.
    #[serde(default)]
    pub(crate) request: Option<Request>,
    pub(crate) response: Response,
    /// Pointers into the answer whose values are equal, besides those of the platform's errors.
    #[serde(default)]
    pub(crate) equal: Vec<String>,
    /// What an adapter makes of an answer that is an error.
    #[serde(default)]
    pub(crate) class: Option<Class>,
    /// What an adapter makes of an answer that holds objects.
    #[serde(default)]
    pub(crate) reads: Vec<Read>,
    /// What an adapter makes of an answer that is a report.
    #[serde(default)]
    pub(crate) counts: Option<Counts>,
    /// A project whose `apply` sends the request, and is answered so by the sandbox: a base of the mapping's
    /// tests, with changes.
    #[serde(default)]
    pub(crate) sent: Option<Sent>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the sandbox's prefix; `<name>` stands for what was kept or made.
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) query: BTreeMap<String, Value>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// A form: objects and lists travel as JSON text.
    #[serde(default)]
    pub(crate) form: Option<serde_json::Map<String, Value>>,
    /// JSON.
    #[serde(default)]
    pub(crate) body: Option<Value>,
    /// A file beside the form, which then travels as its parts.
    #[serde(default)]
    pub(crate) file: Option<Upload>,
}

/// A file: the part's name, the file's, and its bytes in base64.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upload {
    pub(crate) part: String,
    pub(crate) name: String,
    pub(crate) base64: String,
}

/// A request that sets the stage, and what to keep of its answer, by pointer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    pub(crate) request: Request,
    #[serde(default)]
    pub(crate) keep: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Response {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    pub(crate) kind: String,
    /// `never`, `after`, `after 30s`, `fresh token` or `read back`.
    pub(crate) retry: String,
    #[serde(default)]
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) request: Option<String>,
    #[serde(default)]
    pub(crate) field: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Read {
    pub(crate) kind: String,
    pub(crate) id: String,
    /// Values by path, as people see them.
    pub(crate) fields: BTreeMap<String, String>,
}

/// A report as it is read: what was asked for, and its rows in order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counts {
    /// `Campaign`, `AdGroup` or `Ad`.
    pub(crate) level: String,
    /// `Day` or `Hour`.
    pub(crate) granularity: Granularity,
    pub(crate) from: Day,
    pub(crate) to: Day,
    pub(crate) rows: Vec<CountedRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountedRow {
    pub(crate) id: String,
    pub(crate) day: Day,
    #[serde(default)]
    pub(crate) hour: Option<u8>,
    /// Money in micros, conversions in millionths; what is left out is not told.
    pub(crate) sums: Sums,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Served {
    /// The end of the path.
    pub(crate) path: String,
    /// A part of the query or body.
    #[serde(default)]
    pub(crate) asks: String,
    pub(crate) body: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    pub(crate) base: String,
    #[serde(default)]
    pub(crate) set: BTreeMap<String, Value>,
}

impl Facts {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let facts: Self =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        match facts.all.iter().find(|fact| fact.tests().is_empty()) {
            Some(fact) => Err(format!("{}: `{}` tests nobody", path.display(), fact.about)),
            None => Ok(facts),
        }
    }
}

impl Fact {
    /// The sides that the fact can be shown to.
    pub(crate) fn tests(&self) -> Vec<Side> {
        let sides = [
            (Side::Sandbox, self.request.is_some() && self.sent.is_none()),
            (Side::Class, self.class.is_some()),
            (Side::Reads, !self.reads.is_empty()),
            (Side::Counts, self.counts.is_some()),
            (Side::Sent, self.sent.is_some()),
        ];
        sides.into_iter().filter_map(|(side, there)| there.then_some(side)).collect()
    }
}

/// Who must meet a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The emulator answers the request so.
    Sandbox,
    /// The adapter makes this of the error.
    Class,
    /// The adapter reads these values.
    Reads,
    /// The adapter counts these rows.
    Counts,
    /// The adapter sends this request.
    Sent,
}

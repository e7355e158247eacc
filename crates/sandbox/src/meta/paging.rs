//! Pages of lists: opaque cursors, `next` only when there is more, `summary` (meta-ads.md §1.4).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::errors::GraphError;
use super::params::Params;

/// Page size when none is asked for (unverified).
const DEFAULT_LIMIT: usize = 25;
/// More rows than this and Graph asks to reduce the amount of data (code 1, §1.4).
const LARGEST_LIMIT: usize = 5000;

/// What of a list is asked for.
#[derive(Debug, Clone)]
pub(super) struct Window {
    limit: usize,
    after: Option<String>,
    before: Option<String>,
    /// Whether the total is asked for.
    pub(super) with_total: bool,
}

impl Window {
    /// The window that parameters describe.
    pub(super) fn of(params: &Params) -> Result<Self, GraphError> {
        let limit = match params.get("limit") {
            None => DEFAULT_LIMIT,
            Some(_) => params
                .integer("limit")
                .and_then(|limit| usize::try_from(limit).ok())
                .ok_or_else(|| GraphError::must_be("limit", "a non-negative integer"))?,
        };
        if limit > LARGEST_LIMIT {
            let text = "Please reduce the amount of data you're asking for, then retry your request";
            let mut error = GraphError::new(1, text).subcode(99);
            error.status = 500;
            return Err(error);
        }
        let summary = params.text("summary").unwrap_or_default();
        Ok(Self {
            limit,
            after: cursor(params, "after")?,
            before: cursor(params, "before")?,
            with_total: !matches!(summary.as_str(), "" | "false" | "0"),
        })
    }

    /// The window of what passes among candidates. Looks no further than the page where nothing else asks for more: whoever
    /// reads thousands of rows page by page has each looked at once.
    pub(super) fn gather<'a>(
        &self,
        candidates: impl IntoIterator<Item = &'a str>,
        mut passes: impl FnMut(&str) -> bool,
    ) -> Result<Page, GraphError> {
        let mut candidates = candidates.into_iter();
        if self.with_total || (self.after.is_none() && self.before.is_some()) {
            let all: Vec<String> = candidates.filter(|id| passes(id)).map(str::to_owned).collect();
            return self.cut(&all);
        }
        if let Some(after) = &self.after
            && !candidates.any(|id| id == after)
        {
            return Err(foreign_cursor());
        }
        let mut passing = candidates.filter(|id| passes(id));
        let ids: Vec<String> = passing.by_ref().take(self.limit).map(str::to_owned).collect();
        let has_next = passing.next().is_some();
        // Nobody asks how many there are.
        Ok(Page { total: ids.len(), ids, has_next, has_previous: self.after.is_some() })
    }

    /// Cuts the window out of the whole list.
    pub(super) fn cut(&self, ids: &[String]) -> Result<Page, GraphError> {
        let place = |id: &String| ids.iter().position(|candidate| candidate == id).ok_or_else(foreign_cursor);
        let (start, end) = match (&self.after, &self.before) {
            (Some(after), _) => {
                let start = place(after)? + 1;
                (start, (start + self.limit).min(ids.len()))
            }
            (None, Some(before)) => {
                let end = place(before)?;
                (end.saturating_sub(self.limit), end)
            }
            (None, None) => (0, self.limit.min(ids.len())),
        };
        Ok(Page {
            ids: ids[start..end].to_vec(),
            has_next: end < ids.len(),
            has_previous: start > 0,
            total: ids.len(),
        })
    }
}

fn foreign_cursor() -> GraphError {
    GraphError::parameter("after", "Invalid cursor", "The provided cursor does not belong to this list.")
}

/// One page of ids.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    /// The ids on it.
    pub(super) ids: Vec<String>,
    has_next: bool,
    has_previous: bool,
    total: usize,
}

/// Where the links of a page lead.
#[derive(Debug, Clone, Default)]
pub(super) struct Link {
    /// The URL without its query.
    pub(super) url: String,
    /// The query without cursors.
    pub(super) query: Vec<(String, String)>,
}

impl Link {
    fn with(&self, name: &str, cursor: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.query);
        query.append_pair(name, cursor);
        format!("{}?{}", self.url, query.finish())
    }
}

impl Page {
    /// The list as answered. `after` is there on the last page too; only a missing `next` ends the walk (§1.4).
    pub(super) fn answer(&self, rows: Vec<Value>, link: &Link, with_total: bool) -> Value {
        let mut answer = Map::new();
        answer.insert("data".into(), Value::Array(rows));
        if let (Some(first), Some(last)) = (self.ids.first(), self.ids.last()) {
            let (before, after) = (encode(first), encode(last));
            let mut paging = Map::new();
            paging.insert("cursors".into(), json!({"before": before, "after": after}));
            if self.has_next {
                paging.insert("next".into(), json!(link.with("after", &after)));
            }
            if self.has_previous {
                paging.insert("previous".into(), json!(link.with("before", &before)));
            }
            answer.insert("paging".into(), Value::Object(paging));
        }
        if with_total {
            answer.insert("summary".into(), json!({"total_count": self.total}));
        }
        Value::Object(answer)
    }
}

fn encode(id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("c:{id}"))
}

fn cursor(params: &Params, name: &str) -> Result<Option<String>, GraphError> {
    let Some(text) = params.text(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    URL_SAFE_NO_PAD
        .decode(&text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|decoded| decoded.strip_prefix("c:").map(str::to_owned))
        .map(Some)
        .ok_or_else(|| GraphError::parameter(name, "Invalid cursor", "The provided cursor is not valid."))
}

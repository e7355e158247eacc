//! Graph errors and their envelope (meta-ads.md §14).

use serde_json::{Map, Value, json};

/// A refusal, as Graph words it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GraphError {
    /// HTTP status; clients decide by `code`.
    pub(super) status: u16,
    /// The code that clients decide by.
    pub(super) code: i32,
    /// The finer code, when known.
    pub(super) subcode: Option<i32>,
    /// The message for developers.
    pub(super) message: String,
    /// The title for people.
    pub(super) title: Option<&'static str>,
    /// The explanation for people.
    pub(super) user_message: Option<String>,
    /// Parameters at fault, each a path.
    pub(super) blame: Vec<Vec<String>>,
    /// Whether the same call may succeed later.
    pub(super) transient: bool,
}

impl GraphError {
    /// A refusal with a code and a message alone.
    pub(super) fn new(code: i32, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code,
            subcode: None,
            message: message.into(),
            title: None,
            user_message: None,
            blame: Vec::new(),
            transient: false,
        }
    }

    /// Code 100 with the developer's message alone.
    pub(super) fn invalid(message: impl AsRef<str>) -> Self {
        Self::new(100, format!("(#100) {}", message.as_ref()))
    }

    /// Code 100, "Invalid parameter", with the useful text for people and the parameter at fault.
    pub(super) fn parameter(field: &str, title: &'static str, user_message: impl Into<String>) -> Self {
        let mut error = Self::new(100, "Invalid parameter");
        error.title = Some(title);
        error.user_message = Some(user_message.into());
        error.blame = vec![field.split('.').map(str::to_owned).collect()];
        error
    }

    /// The same refusal with a subcode.
    pub(super) fn subcode(mut self, subcode: i32) -> Self {
        self.subcode = Some(subcode);
        self
    }

    /// The same refusal with another code.
    pub(super) fn code(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    /// A required parameter is not there (code 100, as §4 words it for `special_ad_categories`).
    pub(super) fn required(field: &str) -> Self {
        Self::invalid(format!("The parameter {field} is required."))
    }

    /// A parameter has the wrong type or value.
    pub(super) fn must_be(field: &str, expected: &str) -> Self {
        Self::invalid(format!("Param {field} must be {expected}"))
    }

    /// "Not found" of Graph, the same answer as "no permission" (§14, §17.4).
    pub(super) fn missing(id: &str, method: &str) -> Self {
        let verb = method.to_lowercase();
        Self::new(
            100,
            format!(
                "Unsupported {verb} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
                 permissions, or does not support this operation"
            ),
        )
        .subcode(33)
    }

    /// A token that ran out (190/463, §14).
    pub(super) fn expired_token() -> Self {
        Self::new(190, "Error validating access token: Session has expired.").subcode(463)
    }

    /// A token that never was one (190/467, §14).
    pub(super) fn invalid_token() -> Self {
        Self::new(190, "Invalid OAuth access token - Cannot parse access token").subcode(467)
    }

    /// The path has no meaning (2500, §14).
    pub(super) fn unknown_path(path: &str) -> Self {
        Self::new(2500, format!("Unknown path components: /{path}"))
    }

    /// `OAuthException` for nearly everything.
    fn kind(&self) -> &'static str {
        if self.subcode == Some(33) { "GraphMethodException" } else { "OAuthException" }
    }

    /// The JSON body, `error_data` being a string that holds JSON (§1.9, §14).
    pub(super) fn body(&self, trace: &str) -> Value {
        let mut error = Map::new();
        error.insert("message".into(), json!(self.message));
        error.insert("type".into(), json!(self.kind()));
        error.insert("code".into(), json!(self.code));
        if !self.blame.is_empty() {
            error.insert("error_data".into(), json!(json!({"blame_field_specs": self.blame}).to_string()));
        }
        if let Some(subcode) = self.subcode {
            error.insert("error_subcode".into(), json!(subcode));
        }
        error.insert("is_transient".into(), json!(self.transient));
        if let Some(title) = &self.title {
            error.insert("error_user_title".into(), json!(title));
        }
        if let Some(message) = &self.user_message {
            error.insert("error_user_msg".into(), json!(message));
        }
        error.insert("fbtrace_id".into(), json!(trace));
        json!({ "error": error })
    }
}

//! The `/_sandbox` endpoints by which tests and people steer a sandbox.
//!
//! | request | does |
//! |---|---|
//! | `GET /_sandbox/state` | everything stored, in the vendors' own JSON |
//! | `GET /_sandbox/log` | the requests to vendors so far |
//! | `GET /_sandbox/delivery` | impressions, clicks, spend and conversions so far, by account |
//! | `GET /_sandbox/service-account` | a key file for practice, which Google's token endpoint here accepts |
//! | `POST /_sandbox/reset` | back to the beginning: world, clock, options, faults, log |
//! | `GET`, `POST /_sandbox/clock` | tells the time; `{"advance":"1h"}` lets time pass |
//! | `POST /_sandbox/edit` | changes an object as a person in the vendor's web screens would |
//! | `GET`, `POST /_sandbox/faults` | the faults in waiting; a list replaces them, see [`crate::faults`] |
//! | `GET`, `POST /_sandbox/options` | behaviour switches; `{"name":"value"}` sets, `null` takes back |
//!
//! What is wrong with a request comes back as `{"error":"…"}`: 400 for its content, 404 and 405 for the rest.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Shared;
use crate::duration::parse_duration;
use crate::engine::Edit;
use crate::faults::Faults;
use crate::http::Response;

const ENDPOINTS: &str = "GET state, GET log, GET delivery, GET service-account, POST reset, GET or POST clock, POST edit, GET or POST faults, \
                         GET or POST options";

/// Why a control request is refused.
struct Refused {
    status: u16,
    problem: String,
}

impl From<String> for Refused {
    fn from(problem: String) -> Self {
        Self { status: 400, problem }
    }
}

/// Answers one control request.
pub(super) fn answer(shared: &Shared, method: &str, path: &str, body: &[u8]) -> Response {
    let endpoint = path.trim_start_matches("/_sandbox").trim_matches('/');
    let answered = match method {
        "GET" => show(shared, endpoint),
        "POST" => act(shared, endpoint, body),
        _ => None,
    };
    if method == "POST" {
        shared.changed.notify_one();
    }
    match answered.unwrap_or_else(|| Err(no_such(method, endpoint))) {
        Ok(value) => Response::json(200, &value),
        Err(Refused { status, problem }) => Response::json(status, &json!({"error": problem})),
    }
}

fn show(shared: &Shared, endpoint: &str) -> Option<Result<Value, Refused>> {
    let mut engine = shared.engine();
    Some(Ok(match endpoint {
        "state" => engine.state(),
        "log" => json!(engine.log().entries()),
        "delivery" => engine.delivery(),
        "service-account" => crate::google::service_account_key(),
        "clock" => time(&mut engine),
        "faults" => engine.faults(),
        "options" => json!(engine.world.options),
        _ => return None,
    }))
}

fn act(shared: &Shared, endpoint: &str, body: &[u8]) -> Option<Result<Value, Refused>> {
    let done = || json!({"ok": true});
    let mut engine = shared.engine();
    Some(match endpoint {
        "reset" => engine.reset().map(|()| done()).map_err(Refused::from),
        "clock" => parse::<ClockMove>(body, r#"{"advance":"1h"}"#).and_then(|ClockMove { advance }| {
            engine.advance(parse_duration(&advance)?)?;
            Ok(time(&mut engine))
        }),
        "edit" => parse::<Edit>(body, EDIT_EXAMPLE).and_then(|edit| {
            let object = engine.edit(&edit)?;
            Ok(json!({"ok": true, "object": object}))
        }),
        "faults" => Faults::parse(body).map_err(Refused::from).map(|faults| {
            engine.arm(faults);
            done()
        }),
        "options" => {
            parse::<BTreeMap<String, Value>>(body, r#"{"review_seconds":"5"}"#).and_then(|options| {
                engine.set_options(option_values(options)?);
                Ok(json!(engine.world.options))
            })
        }
        _ => return None,
    })
}

const EDIT_EXAMPLE: &str = r#"{"platform":"meta","account":"act_1000000001","collection":"campaigns","id":"…","set":{"status":"PAUSED"},"actor":"…"}"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockMove {
    advance: String,
}

fn parse<T: DeserializeOwned>(body: &[u8], example: &str) -> Result<T, Refused> {
    serde_json::from_slice(body)
        .map_err(|error| Refused::from(format!("{error}; send JSON such as {example}")))
}

/// Options are texts; numbers and booleans are taken as they are written.
fn option_values(options: BTreeMap<String, Value>) -> Result<BTreeMap<String, Option<String>>, Refused> {
    let value_of = |(name, value): (String, Value)| match value {
        Value::Null => Ok((name, None)),
        Value::String(text) => Ok((name, Some(text))),
        Value::Number(_) | Value::Bool(_) => Ok((name, Some(value.to_string()))),
        Value::Array(_) | Value::Object(_) => {
            Err(Refused::from(format!("option `{name}` must be a text, a number, a boolean or null")))
        }
    };
    options.into_iter().map(value_of).collect()
}

fn time(engine: &mut crate::engine::Engine) -> Value {
    let clock = engine.clock();
    json!({"now": clock.now().to_string(), "mode": clock.mode()})
}

fn no_such(method: &str, endpoint: &str) -> Refused {
    let known =
        ["state", "log", "delivery", "service-account", "reset", "clock", "edit", "faults", "options"]
            .contains(&endpoint);
    Refused {
        status: if known { 405 } else { 404 },
        problem: format!("no {method} /_sandbox/{endpoint}; the controls are: {ENDPOINTS}"),
    }
}

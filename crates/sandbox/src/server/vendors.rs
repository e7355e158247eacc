//! Requests to a vendor: from HTTP to the plain form that vendor modules know, and back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response as HttpResponse, StatusCode};
use bytes::Bytes;
use url::form_urlencoded;

use super::listener::Connection;
use super::{Shared, control};
use crate::http::{Request, Response};
use crate::snapshot;
use crate::world::Vendor;

/// Largest body taken; uploads of media are the large ones.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// Answers any request to the sandbox.
pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: HttpRequest,
) -> HttpResponse<Body> {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return to_http(Response::text(413, "the sandbox takes bodies of at most 64 MiB"));
    };
    let path = parts.uri.path().to_owned();
    if path == "/_sandbox" || path.starts_with("/_sandbox/") {
        let response = control::answer(&shared, parts.method.as_str(), &path, &body);
        return to_http(response);
    }
    let Some((vendor, vendor_path)) = split_prefix(&path) else {
        return to_http(unknown_root(&path));
    };
    let request = to_plain(&parts, body, vendor, vendor_path, &shared);
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    let outcome = shared.handle(vendor, &path, &request, started);
    shared.changed.notify_one();
    wait(&shared, outcome.after).await;
    let Some(response) = outcome.response else {
        connection.cut();
        // Never seen by the client: writing it is what fails.
        return to_http(Response::text(500, ""));
    };
    to_http(response)
}

/// Waits, but not beyond the sandbox's end.
async fn wait(shared: &Shared, time: Duration) {
    if time.is_zero() {
        return;
    }
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = shared.stopped() => {}
    }
}

/// The vendor that a path belongs to, and the rest of the path, which begins with `/`.
fn split_prefix(path: &str) -> Option<(Vendor, &str)> {
    [Vendor::Google, Vendor::Meta, Vendor::Tiktok].into_iter().find_map(|vendor| {
        let rest = path.strip_prefix('/')?.strip_prefix(snapshot::name(vendor))?;
        match rest {
            "" => Some((vendor, "/")),
            _ if rest.starts_with('/') => Some((vendor, rest)),
            _ => None,
        }
    })
}

fn unknown_root(path: &str) -> Response {
    let text = format!(
        "no vendor at {path}\nThe sandbox serves /google, /meta and /tiktok with the vendors' own paths below them, \
         and its controls at /_sandbox.\n"
    );
    Response::text(404, &text)
}

fn to_plain(parts: &Parts, body: Bytes, vendor: Vendor, path: &str, shared: &Shared) -> Request {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: BTreeMap<String, String> =
        parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let host = parts.headers.get(HOST).map_or_else(|| shared.address.to_string(), text);
    let query = parts.uri.query().unwrap_or_default();
    Request {
        method: parts.method.as_str().to_owned(),
        path: path.to_owned(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers,
        body,
        base_url: format!("http://{host}/{}", snapshot::name(vendor)),
    }
}

fn to_http(response: Response) -> HttpResponse<Body> {
    let mut http = HttpResponse::new(Body::from(response.body));
    *http.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in response.headers {
        // A header that HTTP cannot carry is a mistake of a vendor module; its tests look for it.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            http.headers_mut().append(name, value);
        }
    }
    http
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_belong_to_the_vendor_they_begin_with() {
        for (path, expected) in [
            (
                "/google/v26/customers:listAccessibleCustomers",
                Some((Vendor::Google, "/v26/customers:listAccessibleCustomers")),
            ),
            ("/meta/v26.0/", Some((Vendor::Meta, "/v26.0/"))),
            ("/meta", Some((Vendor::Meta, "/"))),
            ("/tiktok/open_api/v1.3/campaign/get/", Some((Vendor::Tiktok, "/open_api/v1.3/campaign/get/"))),
            ("/googlee/v26", None),
            ("/", None),
        ] {
            assert_eq!(split_prefix(path), expected, "{path}");
        }
    }
}

//! Health and metrics over HTTP; `/debug` only where the configuration asks for it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Health, Question};
use crate::metrics::Metrics;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What `/debug` shows, as JSON without anything secret.
pub type Debug = Arc<dyn Fn() -> serde_json::Value + Send + Sync>;

#[derive(Clone)]
struct Served {
    health: Health,
    metrics: Arc<Metrics>,
    debug: Option<Debug>,
}

/// Serves until it is stopped; `started` gets the address.
pub async fn serve(
    listen: SocketAddr,
    health: Health,
    metrics: Arc<Metrics>,
    debug: Option<Debug>,
    stop: CancellationToken,
    started: impl FnOnce(SocketAddr),
) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    started(listener.local_addr()?);
    let router = router(Served { health, metrics, debug });
    axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await }).await
}

fn router(served: Served) -> Router {
    let mut router = Router::new()
        .route("/livez", get(|state| async { answer(state, Question::Alive) }))
        .route("/readyz", get(|state| async { answer(state, Question::Ready) }))
        .route("/metrics", get(metrics));
    if served.debug.is_some() {
        router = router.route("/debug", get(debug));
    }
    router.with_state(served)
}

fn answer(State(served): State<Served>, question: Question) -> impl IntoResponse {
    let (well, text) = served.health.answer(question);
    (if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, text)
}

async fn metrics(State(served): State<Served>) -> impl IntoResponse {
    ([(CONTENT_TYPE, OPEN_METRICS)], served.metrics.text())
}

async fn debug(State(served): State<Served>) -> impl IntoResponse {
    let shown = served.debug.map(|show| show()).unwrap_or_default();
    axum::Json(shown)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;

    async fn ask(address: SocketAddr, path: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn start(health: &Health, debug: Option<Debug>) -> (SocketAddr, CancellationToken) {
        let stop = CancellationToken::new();
        let (tell, told) = oneshot::channel();
        let served = serve(
            "127.0.0.1:0".parse().unwrap(),
            health.clone(),
            Arc::new(Metrics::new()),
            debug,
            stop.clone(),
            |address| tell.send(address).unwrap(),
        );
        tokio::spawn(served);
        (told.await.unwrap(), stop)
    }

    #[tokio::test]
    async fn it_answers_with_the_state_of_each_part() {
        let health = Health::default();
        let synced = health.expect_state("cache", "the cluster was not read yet");
        let (address, stop) = start(&health, None).await;
        assert!(ask(address, "/livez").await.starts_with("HTTP/1.1 200"));
        let unready = ask(address, "/readyz").await;
        assert!(unready.starts_with("HTTP/1.1 503"), "{unready}");
        assert!(unready.ends_with("FAIL cache: the cluster was not read yet\n"), "{unready}");
        synced.set(true);
        assert!(ask(address, "/readyz").await.starts_with("HTTP/1.1 200"));
        let metrics = ask(address, "/metrics").await;
        assert!(metrics.contains("application/openmetrics-text") && metrics.contains("adplane_build_info"));
        assert!(ask(address, "/debug").await.starts_with("HTTP/1.1 404"), "off unless asked for");
        stop.cancel();
    }

    #[tokio::test]
    async fn debug_shows_what_it_is_given() {
        let show: Debug = Arc::new(|| serde_json::json!({"shards": [0]}));
        let (address, stop) = start(&Health::default(), Some(show)).await;
        assert!(ask(address, "/debug").await.ends_with("{\"shards\":[0]}"));
        stop.cancel();
    }
}

//! A receiver of webhooks in this process: it keeps what comes and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Signs what is sent to it.
pub(crate) const SECRET: &str = "a-secret-of-the-receiver";
/// Part of its address that nobody may see.
pub(crate) const HIDDEN: &str = "T0SECRETPATH";

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// How it answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// With a status, and what to wait.
    Status(u16, Option<&'static str>),
    /// Not at all.
    Silence,
}

#[derive(Debug, Default)]
struct Desk {
    got: Vec<Got>,
    answers: VecDeque<Answer>,
}

/// The receiver; it goes with the runtime.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    root: String,
    desk: Arc<Mutex<Desk>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let desk = Arc::new(Mutex::new(Desk::default()));
        let router = Router::new().fallback(take).with_state(Arc::clone(&desk));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { root, desk }
    }

    /// Its address, a secret.
    pub(crate) fn url(&self) -> String {
        format!("{}/{HIDDEN}", self.root)
    }

    /// What a channel's credentials are.
    pub(crate) fn credentials(&self) -> String {
        json!({"url": self.url(), "signing_secret": SECRET}).to_string()
    }

    /// What the next requests are answered, in order; 200 after that.
    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.desk.lock().unwrap().answers.extend(answers);
    }

    /// What came so far.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.desk.lock().unwrap().got.clone()
    }

    /// Forgets what came.
    pub(crate) fn forget(&self) {
        self.desk.lock().unwrap().got.clear();
    }

    /// Waits until so many requests have come.
    pub(crate) async fn wait_for(&self, count: usize) {
        for _ in 0..600 {
            if self.got().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{count} requests did not come: {:?}", self.got());
    }
}

async fn take(State(desk): State<Arc<Mutex<Desk>>>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = {
        let mut desk = desk.lock().unwrap();
        desk.got.push(Got { headers, body: body.to_vec() });
        desk.answers.pop_front().unwrap_or(Answer::Status(200, None))
    };
    match answer {
        Answer::Silence => std::future::pending().await,
        Answer::Status(status, wait) => {
            let status = StatusCode::from_u16(status).unwrap();
            let mut answer = status.into_response();
            if let Some(wait) = wait {
                answer.headers_mut().insert("retry-after", wait.parse().unwrap());
            }
            answer
        }
    }
}

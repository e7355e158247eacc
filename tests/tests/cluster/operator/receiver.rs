//! A program of the shop that takes signed messages.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use adplane_engine::clock::Clock;
use adplane_engine::notify::{SIGNATURE_HEADER, verify};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::field::text;

/// What messages are signed with.
const SECRET: &str = "a-secret-of-the-receiver";
/// How old a signature may be.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The answer of one that took a message, that has trouble, that is there no more.
const TAKEN: u16 = 204;
const DOWN: u16 = 503;
const GONE: u16 = 410;

/// A receiver, for as long as this process lasts.
pub(crate) struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    /// What it answers.
    status: Arc<AtomicU16>,
}

/// A message as it came.
struct Got {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Receiver {
    pub(crate) fn serve() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(text)?;
        let address = listener.local_addr().map_err(text)?;
        let (got, status) = (Arc::<Mutex<Vec<Got>>>::default(), Arc::new(AtomicU16::new(TAKEN)));
        let (desk, closed) = (Arc::clone(&got), Arc::clone(&status));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let status = closed.load(Ordering::Relaxed);
                // A caller that went away is no matter.
                if let Ok(message) = answer(&stream, status)
                    && status == TAKEN
                {
                    desk.lock().unwrap_or_else(PoisonError::into_inner).push(message);
                }
            }
        });
        Ok(Self { address, got, status })
    }

    /// Whether it answers that it has trouble.
    pub(crate) fn is_down(&self, down: bool) {
        self.status.store(if down { DOWN } else { TAKEN }, Ordering::Relaxed);
    }

    /// Whether it answers that there is nobody any more: what comes then is given up at once.
    pub(crate) fn is_gone(&self, gone: bool) {
        self.status.store(if gone { GONE } else { TAKEN }, Ordering::Relaxed);
    }

    /// The Secret that messages are signed with.
    pub(crate) fn secret() -> Value {
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hook"},
            "stringData": {"signing_secret": SECRET},
        })
    }

    /// A channel that leads here.
    pub(crate) fn channel(&self) -> Value {
        let url = format!("http://{}/adplane", self.address);
        json!({"name": "hook", "webhook": {"url": url, "credentials": {"secretRef": {"name": "hook"}}}})
    }

    /// Events of a type that came, each with a signature that holds.
    pub(crate) fn events(&self, of: &str) -> Result<Vec<Value>, String> {
        let got = self.got.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events = Vec::new();
        for Got { headers, body } in got.iter() {
            let signature = headers.get(SIGNATURE_HEADER).map(String::as_str).unwrap_or_default();
            if !verify(SECRET, signature, body, Clock::System.now(), TOLERANCE) {
                return Err(format!("`{signature}` does not hold for {}", String::from_utf8_lossy(body)));
            }
            match serde_json::from_slice(body).map_err(text)? {
                Value::Array(several) => events.extend(several),
                one => events.push(one),
            }
        }
        events.retain(|event| event["type"] == of);
        Ok(events)
    }
}

fn answer(stream: &TcpStream, status: u16) -> std::io::Result<Got> {
    let mut request = BufReader::new(stream);
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    while request.read_line(&mut line)? > 2 {
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        line.clear();
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    request.read_exact(&mut body)?;
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status} So\r\nConnection: close\r\n\r\n")?;
    Ok(Got { headers, body })
}

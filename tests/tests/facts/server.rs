//! A vendor that answers by the script.

use std::fmt::Write;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fact::{Response, Served};

/// Answers by request; the first that fits.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) served: Vec<Served>,
    /// The answer to everything else.
    pub(crate) otherwise: Response,
}

/// Starts to answer; the root of the URLs.
pub(crate) async fn start(script: Script) -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let script = script.clone();
            tokio::spawn(async move { answer(stream, &script).await });
        }
    });
    Ok(format!("http://{address}"))
}

/// Whether a query or body asks for something, by whole words: `FROM campaign` is not `FROM campaign_budget`.
fn asks(asked: &str, wanted: &str) -> bool {
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    wanted.is_empty()
        || asked.match_indices(wanted).any(|(at, _)| !asked[at + wanted.len()..].starts_with(word))
}

/// Answers one request and closes: a client that keeps connections opens another.
async fn answer(mut stream: TcpStream, script: &Script) -> Option<()> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&part[..read]);
    };
    let header = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let length = header.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    while bytes.len() < head + length.unwrap_or(0) {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&part[..read]);
    }
    let target = header.split_whitespace().nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked = format!("{query} {}", String::from_utf8_lossy(&bytes[head..]));
    let fits = |served: &&Served| path.ends_with(&served.path) && asks(&asked, &served.asks);
    let scripted = script.served.iter().find(fits);
    let (status, body) =
        scripted.map_or((script.otherwise.status, &script.otherwise.body), |one| (200, &one.body));
    let text = match body {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut reply =
        format!("HTTP/1.1 {status} Answer\r\ncontent-length: {}\r\nconnection: close\r\n", text.len());
    if scripted.is_none() {
        for (name, value) in &script.otherwise.headers {
            let _ = write!(reply, "{name}: {value}\r\n");
        }
    }
    stream.write_all(format!("{reply}\r\n{text}").as_bytes()).await.ok()
}

//! A shop's own web server, from which pictures are fetched.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::field::text;

/// Serves one picture under every path, for as long as this process lasts.
pub(crate) struct Pictures {
    address: SocketAddr,
    sha256: String,
    served: Arc<AtomicUsize>,
}

impl Pictures {
    pub(crate) fn serve() -> Result<Self, String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/assets/boots-square.png");
        let picture = fs::read(path).map_err(text)?;
        let sha256 = HEXLOWER.encode(&Sha256::digest(&picture));
        let listener = TcpListener::bind("127.0.0.1:0").map_err(text)?;
        let address = listener.local_addr().map_err(text)?;
        let served = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&served);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A caller that went away is no matter.
                if answer(&stream, &picture).is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Ok(Self { address, sha256, served })
    }

    /// The picture as a creative names it.
    pub(crate) fn named(&self, name: &str) -> Value {
        json!({"url": format!("http://{}/{name}.png", self.address), "sha256": self.sha256})
    }

    /// How often it was fetched.
    pub(crate) fn fetched(&self) -> usize {
        self.served.load(Ordering::Relaxed)
    }
}

fn answer(stream: &TcpStream, picture: &[u8]) -> std::io::Result<()> {
    let mut request = BufReader::new(stream);
    let mut line = String::new();
    while request.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        picture.len()
    )?;
    stream.write_all(picture)
}

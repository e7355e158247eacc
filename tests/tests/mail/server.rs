//! Debian's `python3-aiosmtpd` as a mail server, and the certificate it shows.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The login that the server takes.
pub(crate) const LOGIN: (&str, &str) = ("ads", "the password of the mail server");

/// The programs that mail is tried with.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    python: PathBuf,
}

/// What is missing.
#[derive(Debug, Clone)]
pub(crate) struct Missing(pub(crate) String);

/// How a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    StartTls,
    Tls,
    Plain,
}

impl Tools {
    pub(crate) fn find() -> Result<Self, Missing> {
        let works = |program: &str, arguments: &[&str]| {
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        if !works("openssl", &["version"]) {
            return Err(Missing("needs openssl (on Debian: apt-get install openssl)".into()));
        }
        // Debian's package is for Debian's Python, which need not be the first one that is found.
        let python = ["/usr/bin/python3", "python3"]
            .into_iter()
            .find(|python| works(python, &["-c", "import aiosmtpd.smtp"]))
            .ok_or_else(|| Missing("needs aiosmtpd (on Debian: apt-get install python3-aiosmtpd)".into()))?;
        Ok(Self { python: python.into() })
    }
}

/// A running server; it ends with this.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Server {
    pub(crate) fn start(tools: &Tools, mode: Mode) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(text)?;
        let (word, certified) = match mode {
            Mode::StartTls => ("starttls", true),
            Mode::Tls => ("tls", true),
            Mode::Plain => ("plain", false),
        };
        let mails = folder.path().join("mails");
        std::fs::create_dir(&mails).map_err(text)?;
        let mut command = Command::new(&tools.python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("mail/server.py")).arg(&mails).arg(word);
        if certified {
            certify(folder.path())?;
            command.arg(folder.path().join("certificate.pem")).arg(folder.path().join("key.pem"));
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(text)?;
        let out = child.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(text)?;
        let port = line.trim().parse().map_err(|_| format!("the server said `{line}`"))?;
        Ok(Self { child, port, folder })
    }

    /// The certificate that it shows, which nobody else vouches for.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Mails that it has taken, in order.
    pub(crate) fn mails(&self) -> Result<Vec<Value>, String> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path().join("mails"))
            .map_err(text)?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        files.sort();
        files
            .iter()
            .map(|file| serde_json::from_slice(&std::fs::read(file).map_err(text)?).map_err(text))
            .collect()
    }
}

/// A certificate for `localhost` that vouches for itself.
fn certify(folder: &Path) -> Result<(), String> {
    let config = "[req]\ndistinguished_name = name\nx509_extensions = v3\nprompt = no\n[name]\nCN = localhost\n\
                  [v3]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = DNS:localhost, IP:127.0.0.1\n";
    std::fs::write(folder.join("openssl.cnf"), config).map_err(text)?;
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-config", "openssl.cnf"])
        .args(["-keyout", "key.pem", "-out", "certificate.pem"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(text)?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

//! Chromium without a window: a page's document as the browser holds it, its console, and its picture.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Names the browser.
const VARIABLE: &str = "ADPLANE_CHROMIUM";
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// A page that takes longer has hung.
const PATIENCE: Duration = Duration::from_mins(2);
/// Nothing but the page: no profile of a person, no network of its own.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// Why a test cannot run here.
pub(crate) struct Missing(pub(crate) String);

/// Which colours a person prefers, as the browser numbers them.
#[derive(Clone, Copy)]
pub(crate) enum Scheme {
    Dark = 0,
    Light = 1,
}

/// A browser.
#[derive(Clone)]
pub(crate) struct Chromium {
    program: PathBuf,
}

/// What the browser made of a page.
pub(crate) struct Seen {
    /// The document, serialized.
    pub(crate) dom: String,
    /// Every line that the page caused on the console.
    pub(crate) console: Vec<String>,
}

impl Chromium {
    /// The browser asked for, else one on the path.
    pub(crate) fn find() -> Result<Self, Missing> {
        let asked = std::env::var_os(VARIABLE).map(PathBuf::from);
        let names = asked.map_or_else(|| NAMES.map(PathBuf::from).to_vec(), |asked| vec![asked]);
        let works = |program: &PathBuf| {
            Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
        };
        match names.into_iter().find(works) {
            Some(program) => Ok(Self { program }),
            None => Err(Missing(format!("no Chromium; {VARIABLE} names one"))),
        }
    }

    /// Opens a page.
    pub(crate) fn open(&self, html: &str) -> Result<Seen, String> {
        let folder = folder(html)?;
        let (dom, log) = self.run(folder.path(), &["--dump-dom", "--enable-logging=stderr"])?;
        let console = log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
        Ok(Seen { dom, console })
    }

    /// A page's picture, as PNG, in the scheme of colours that a person prefers.
    pub(crate) fn screenshot(&self, html: &str, scheme: Scheme, width: u32) -> Result<Vec<u8>, String> {
        let folder = folder(html)?;
        let picture = folder.path().join("page.png");
        let to = format!("--screenshot={}", picture.display());
        let scheme = format!("--blink-settings=preferredColorScheme={}", scheme as u8);
        self.run(folder.path(), &[&to, &format!("--window-size={width},2400"), &scheme])?;
        std::fs::read(&picture).map_err(|error| format!("no picture was taken: {error}"))
    }

    /// Runs the browser on the page of a folder; what it wrote to stdout and stderr. One that hangs is ended.
    fn run(&self, folder: &Path, more: &[&str]) -> Result<(String, String), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", self.program.display());
        let (out, err) = (folder.join("out"), folder.join("err"));
        let mut child = Command::new(&self.program)
            .args(FLAGS)
            .args(more)
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .arg(format!("file://{}", folder.join("page.html").display()))
            .stdin(Stdio::null())
            .stdout(File::create(&out).map_err(failed)?)
            .stderr(File::create(&err).map_err(failed)?)
            .spawn()
            .map_err(failed)?;
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(failed)? {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                let _ = child.kill();
                let _ = child.wait();
                return Err("Chromium hangs".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        let text = |path: &Path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let (out, err) = (text(&out).map_err(failed)?, text(&err).map_err(failed)?);
        if status.success() { Ok((out, err)) } else { Err(format!("Chromium fails: {err}")) }
    }
}

fn folder(html: &str) -> Result<TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    std::fs::write(folder.path().join("page.html"), html).map_err(|error| error.to_string())?;
    Ok(folder)
}

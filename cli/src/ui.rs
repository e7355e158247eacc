//! The terminal: data on stdout, everything else on stderr; nothing else writes to either.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use adplane_core::address::Address;
use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::plan::{Operation, Wave};
use adplane_engine::error::PlatformError;
use adplane_engine::execute::Progress;
use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressStyle};
use owo_colors::OwoColorize;

use crate::args::ColorWhen;
use crate::error::Failure;
use crate::render::diagnostics;
use crate::settings::Settings;

/// Owner of the terminal.
pub struct Ui {
    color: ColorChoice,
    progress: bool,
    quiet: bool,
    interactive: bool,
    /// Whoever read stdout has gone away.
    unheard: AtomicBool,
}

impl Ui {
    /// A terminal as the settings want it.
    pub fn new(settings: &Settings) -> Self {
        let color = match settings.color {
            ColorWhen::Auto => ColorChoice::Auto,
            ColorWhen::Always => ColorChoice::AlwaysAnsi,
            ColorWhen::Never => ColorChoice::Never,
        };
        Self {
            color,
            progress: settings.progress,
            quiet: settings.verbosity < 0,
            interactive: settings.interactive,
            unheard: AtomicBool::new(false),
        }
    }

    /// Whether questions may be asked.
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Writes data to stdout.
    ///
    /// # Errors
    /// When stdout cannot be written, unless its reader has simply gone away.
    pub fn data(&self, text: &str) -> Result<(), Failure> {
        let mut out = AutoStream::new(io::stdout().lock(), self.color);
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::error("cannot write to stdout").caused_by(&error))
            }
            outcome => {
                self.unheard.fetch_or(outcome.is_err(), Ordering::Relaxed);
                Ok(())
            }
        }
    }

    /// Whether somebody still reads stdout, as far as it was written: whoever left `less` or took the first lines does
    /// not wait for the rest.
    pub fn is_heard(&self) -> bool {
        !self.unheard.load(Ordering::Relaxed)
    }

    fn side(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.color);
        // Without stderr there is nobody left to tell.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// A remark on stderr.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.side(&format!("{text}\n"));
        }
    }

    /// An error on stderr.
    pub fn error(&self, text: &str, hint: Option<&str>) {
        self.side(&format!("{} {text}\n", "error:".red().bold()));
        if let Some(hint) = hint {
            self.side(&format!("{} {hint}\n", " hint:".cyan().bold()));
        }
    }

    /// A failure with its causes and hint.
    pub fn failure(&self, failure: &Failure) {
        if failure.message.is_empty() {
            return;
        }
        self.error(&failure.message, None);
        for cause in &failure.causes {
            self.side(&format!("  caused by: {cause}\n"));
        }
        if let Some(hint) = &failure.hint {
            self.side(&format!("{} {hint}\n", " hint:".cyan().bold()));
        }
    }

    /// Diagnostics with carets, and their count.
    pub fn diagnostics(&self, found: &[Diagnostic], source: &dyn Fn(&str) -> Option<String>) {
        let shown = found.iter().filter(|finding| !self.quiet || finding.severity == Severity::Error);
        for finding in shown {
            self.side(&diagnostics::render(finding, source));
        }
        if let Some(count) = diagnostics::count(found) {
            self.note(&count);
        }
    }

    /// Asks a yes-or-no question; no terminal means no.
    pub fn confirm(&self, question: &str) -> bool {
        if !self.interactive {
            return false;
        }
        self.side(&format!("{question} Only `yes` is taken as an answer: "));
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
    }

    /// A spinner while something takes its time; nothing without a terminal.
    pub fn spinner(&self, what: &str) -> Waiting {
        let bar = self.progress.then(|| {
            let bar = ProgressBar::new_spinner().with_message(what.to_owned());
            bar.enable_steady_tick(std::time::Duration::from_millis(100));
            bar
        });
        Waiting(bar)
    }

    /// A progress bar over the writes of an apply.
    pub fn apply_progress(&self, total: usize) -> ApplyProgress {
        let bar = self.progress.then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total as u64).with_style(style)
        });
        ApplyProgress { bar, failures: Arc::new(Mutex::new(0)) }
    }
}

/// A spinner that disappears when dropped.
pub struct Waiting(Option<ProgressBar>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// A progress bar over the writes of an apply.
pub struct ApplyProgress {
    bar: Option<ProgressBar>,
    failures: Arc<Mutex<usize>>,
}

/// What a wave does, for the progress bar.
fn wave_text(wave: Wave) -> &'static str {
    match wave {
        Wave::Lower => "lowering spend",
        Wave::Supersede => "marking what will be replaced",
        Wave::Create => "creating, paused",
        Wave::Edit => "editing",
        Wave::Raise => "raising spend",
        Wave::CreateBelow => "creating below what was edited, paused",
        Wave::EnableAds => "enabling ads",
        Wave::EnableAdGroups => "enabling ad groups",
        Wave::EnableCampaigns => "enabling campaigns",
        Wave::Retire => "retiring what was replaced or removed",
    }
}

impl Progress for ApplyProgress {
    fn wave(&self, wave: Wave, _: usize) {
        if let Some(bar) = &self.bar {
            bar.set_message(wave_text(wave));
        }
    }

    fn written(&self, address: &Address, operation: &Operation, error: Option<&PlatformError>) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
        match error {
            None => tracing::info!(%address, ?operation, "written"),
            Some(error) => {
                if let Ok(mut failures) = self.failures.lock() {
                    *failures += 1;
                }
                tracing::info!(%address, ?operation, %error, "failed");
            }
        }
    }
}

impl Drop for ApplyProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

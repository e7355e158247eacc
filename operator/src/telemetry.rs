//! Log lines: one JSON object each, or text for a terminal. Spans also go to a collector, where the build has the
//! feature `otel` and the configuration names one.
//!
//! Whoever logs about an account does so inside a span with the fields `account` and, once there is one,
//! `plan`; they then stand in every line that is written below, whoever writes it.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::LogFormat;

#[cfg(feature = "otel")]
#[path = "telemetry/otel.rs"]
mod traces;
#[cfg(not(feature = "otel"))]
#[path = "telemetry/none.rs"]
mod traces;

pub use traces::Traces;

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be understood.
    #[error("`log.filter` is `{filter}`: write it as in `info,adplane_operator=debug`: {source}")]
    Filter {
        /// The filter.
        filter: String,
        /// Why.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// The build has no traces.
    #[error("this build cannot send traces: build it with `--features otel`, or remove `traces`")]
    NoTraces,
    /// Traces cannot be sent.
    #[error("cannot send traces to `{endpoint}`: {because}")]
    Traces {
        /// Where to.
        endpoint: String,
        /// Why not.
        because: String,
    },
    /// Somebody started it before.
    #[error("logging was started twice")]
    Twice(#[from] TryInitError),
}

/// Starts logging to stderr, and sending traces where they are to go.
pub fn start(format: LogFormat, filter: &str, traces: Option<&str>) -> Result<Traces, TelemetryError> {
    let filter = read_filter(filter)?;
    let (spans, traces) = match traces {
        Some(endpoint) => traces::layer(endpoint).map(|(layer, traces)| (Some(layer), traces))?,
        None => (None, Traces::default()),
    };
    let registry = tracing_subscriber::registry().with(filter).with(spans);
    match format {
        LogFormat::Json => registry.with(json(io::stderr)).try_init()?,
        LogFormat::Text => {
            registry
                .with(tracing_subscriber::fmt::layer().with_ansi(false).with_writer(io::stderr))
                .try_init()?;
        }
    }
    Ok(traces)
}

fn read_filter(text: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::builder()
        .parse(text)
        .map_err(|source| TelemetryError::Filter { filter: text.to_owned(), source })
}

/// Lines of JSON with the fields of the innermost span and of the spans around it.
fn json<S, W>(writer: W) -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    W: for<'w> tracing_subscriber::fmt::MakeWriter<'w> + 'static,
{
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(true)
        .with_writer(writer)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_tells_its_account_and_plan() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::registry()
            .with(read_filter("info").unwrap())
            .with(json(move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let _account = tracing::info_span!("reconcile", account = "growth/meta-eu").entered();
            let _plan = tracing::info_span!("apply", plan = "sha256:3f9c").entered();
            tracing::info!(writes = 3, "applied");
            tracing::debug!("not asked for");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["message"], &line["writes"]), (&Value::from("applied"), &Value::from(3)));
        assert_eq!(line["spans"][0]["account"], "growth/meta-eu");
        assert_eq!(line["span"]["plan"], "sha256:3f9c");
    }

    #[test]
    fn a_filter_that_cannot_be_understood_is_told() {
        let shown = start(LogFormat::Json, "info,=", None).unwrap_err().to_string();
        assert!(shown.starts_with("`log.filter` is `info,=`: write it as in"), "{shown}");
    }

    #[cfg(not(feature = "otel"))]
    #[test]
    fn a_build_without_traces_says_so() {
        let shown = start(LogFormat::Json, "info", Some("http://collector:4318/v1/traces")).unwrap_err();
        assert!(shown.to_string().starts_with("this build cannot send traces"), "{shown}");
    }
}

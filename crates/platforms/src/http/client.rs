//! The one HTTP client: sends calls, waits for rate limits, retries what may be retried.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::Platform;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use backon::{ExponentialBuilder, Retryable};
use secrecy::ExposeSecret;

use super::call::{Answer, Body, Call, Credential, Purpose};

/// Asked right before each attempt at a write, whatever waited before it: a process that may not write any more, such as
/// a replica whose lease has ended, sends nothing.
#[derive(Clone)]
pub struct WriteGate(Arc<dyn Fn() -> bool + Send + Sync>);

impl WriteGate {
    /// A gate that is open while `may_write` says so.
    pub fn new(may_write: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(may_write))
    }
}

impl fmt::Debug for WriteGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriteGate")
    }
}

/// Bounds of the client; each is a choice with its reason.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Time to open a connection. A vendor that takes longer is down for our purposes.
    pub connect_timeout: Duration,
    /// Time for a whole call. Large mutates take tens of seconds.
    pub timeout: Duration,
    /// Attempts besides the first.
    pub retries: usize,
    /// First wait between attempts; doubles, with jitter.
    pub first_wait: Duration,
    /// Longest wait between attempts unless the vendor asks for more.
    pub longest_wait: Duration,
    /// A wait that the vendor asks for is obeyed up to this; longer ones become an error that says so.
    pub patience: Duration,
    /// Whether a write may be sent; any time when absent.
    pub gate: Option<WriteGate>,
    /// Who calls: the `User-Agent` of every request.
    pub agent: String,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_mins(1),
            retries: 4,
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(20),
            patience: Duration::from_mins(2),
            gate: None,
            agent: concat!("adplane/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The client of one account. Cloning shares the connection pool.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    platform: Platform,
    account: String,
    settings: HttpSettings,
    receipt: Option<&'static str>,
}

impl Http {
    /// A client for an account.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(platform: Platform, account: &str, settings: HttpSettings) -> Result<Self, PlatformError> {
        // Two crates may install the provider; the second one finds it there, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(8)
            .tcp_nodelay(true)
            .user_agent(settings.agent.as_str())
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| {
                PlatformError::unexpected(platform, "connect", format!("no HTTP client: {error}"))
            })?;
        Ok(Self { client, platform, account: account.to_owned(), settings, receipt: None })
    }

    /// With the header, in lower case, in which the vendor tells its id of a request: of writes it is noted for the
    /// apply log.
    #[must_use]
    pub fn receipt(self, header: &'static str) -> Self {
        Self { receipt: Some(header), ..self }
    }

    /// Sends a call until it succeeds, must not be repeated, or patience ends.
    ///
    /// `classify` turns an answer into a failure where it is one. A write whose answer was lost comes back
    /// with [`Retry::AfterReadBack`] and is never repeated here.
    ///
    /// # Errors
    /// The classified failure of the last attempt.
    pub async fn send(
        &self,
        call: &Call,
        credentials: &[Credential],
        classify: impl Fn(&Answer) -> Result<(), PlatformError> + Send + Sync,
    ) -> Result<Answer, PlatformError> {
        let attempt = || async {
            let answer = self.once(call, credentials).await?;
            classify(&answer).map_err(|error| self.complete(call, error))?;
            Ok(answer)
        };
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.settings.first_wait)
            .with_max_delay(self.settings.longest_wait)
            .with_max_times(self.settings.retries)
            .with_jitter();
        attempt
            .retry(backoff)
            .when(|error| self.may_repeat(call.purpose, error))
            .adjust(|error, wait| {
                // The vendor's own wait never shortens ours.
                let asked = match error.retry {
                    Retry::After(Some(asked)) => asked,
                    _ => Duration::ZERO,
                };
                wait.map(|wait| wait.max(asked))
            })
            .notify(|error, wait| {
                tracing::debug!(operation = call.operation, %error, ?wait, "retrying");
            })
            .await
    }

    /// A rate limit is answered before anything is stored, so even a plain write may be repeated; everything
    /// else repeats reads and idempotent writes only.
    fn may_repeat(&self, purpose: Purpose, error: &PlatformError) -> bool {
        match error.retry {
            Retry::Never | Retry::WithFreshToken => false,
            Retry::After(asked) => {
                asked.is_none_or(|asked| asked <= self.settings.patience)
                    && (purpose != Purpose::Write || error.kind == ErrorKind::RateLimited)
            }
            Retry::AfterReadBack => purpose != Purpose::Write,
        }
    }

    /// Refuses a write that may not be sent now; nothing of it was.
    fn pass(&self, call: &Call) -> Result<(), PlatformError> {
        let closed = self.settings.gate.as_ref().is_some_and(|gate| !(gate.0)());
        if call.purpose == Purpose::Read || !closed {
            return Ok(());
        }
        let message = "it was not sent: this process may not write to the account any more";
        let error = PlatformError::new(
            ErrorKind::Conflict,
            Retry::Never,
            self.platform,
            call.operation.clone(),
            message,
        );
        Err(error.account(self.account.clone()))
    }

    fn complete(&self, call: &Call, mut error: PlatformError) -> PlatformError {
        if error.operation.is_empty() {
            error.operation.clone_from(&call.operation);
        }
        if error.account.is_none() {
            error.account = Some(self.account.clone());
        }
        if call.purpose == Purpose::Write
            && matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Network)
            && matches!(error.retry, Retry::After(_))
        {
            error.retry = Retry::AfterReadBack;
        }
        error
    }

    async fn once(&self, call: &Call, credentials: &[Credential]) -> Result<Answer, PlatformError> {
        self.pass(call)?;
        let request = self.request(call, credentials)?;
        adplane_engine::metrics::requests::note();
        let started = tokio::time::Instant::now();
        let response = self.client.execute(request).await.map_err(|error| self.transport(call, &error))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect::<BTreeMap<String, String>>();
        self.note(call, &headers);
        let body = response.bytes().await.map_err(|error| self.transport(call, &error))?;
        tracing::debug!(
            operation = call.operation, account = self.account, status, elapsed = ?started.elapsed(), "called"
        );
        Ok(Answer { status, headers, body })
    }

    fn note(&self, call: &Call, headers: &BTreeMap<String, String>) {
        if let Some(id) =
            self.receipt.and_then(|name| headers.get(name)).filter(|_| call.purpose != Purpose::Read)
        {
            adplane_engine::receipts::note(id);
        }
    }

    fn request(&self, call: &Call, credentials: &[Credential]) -> Result<reqwest::Request, PlatformError> {
        let method = reqwest::Method::from_bytes(call.method.as_bytes()).unwrap_or(reqwest::Method::GET);
        let mut builder = self.client.request(method, &call.url);
        if !call.query.is_empty() {
            builder = builder.query(&call.query);
        }
        for (name, value) in &call.headers {
            builder = builder.header(*name, value);
        }
        for credential in credentials {
            builder = match credential {
                Credential::Header { name, prefix, secret } => {
                    builder.header(*name, format!("{prefix}{}", secret.expose_secret()))
                }
                Credential::Query { name, secret } => builder.query(&[(*name, secret.expose_secret())]),
            };
        }
        builder = match &call.body {
            Body::Empty => builder,
            Body::Json(value) => builder.json(value),
            Body::Form(pairs) => builder.form(pairs),
            Body::SecretForm(pairs) => {
                let pairs: Vec<_> =
                    pairs.iter().map(|(name, secret)| (*name, secret.expose_secret())).collect();
                builder.form(&pairs)
            }
            Body::Multipart(parts) => {
                let mut form = reqwest::multipart::Form::new();
                for part in parts {
                    let mut piece = reqwest::multipart::Part::stream(part.content.clone());
                    if let Some(name) = &part.file_name {
                        piece = piece.file_name(name.clone());
                    }
                    form = form.part(part.name.clone(), piece);
                }
                builder.multipart(form)
            }
        };
        builder.build().map_err(|error| {
            PlatformError::unexpected(
                self.platform,
                &call.operation,
                format!("bad request: {}", error.without_url()),
            )
        })
    }

    /// A failure below HTTP. Before the connection stands nothing was sent; after it a write may be stored.
    fn transport(&self, call: &Call, error: &reqwest::Error) -> PlatformError {
        let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Network };
        let retry = if error.is_connect() { Retry::After(None) } else { Retry::AfterReadBack };
        // The URL may carry a token, so it is left out; the chain of causes tells what happened.
        let mut causes = Vec::new();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        let host = url::Url::parse(&call.url)
            .ok()
            .and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)))
            .unwrap_or_default();
        let what = if error.is_timeout() { "no answer in time" } else { "the connection failed" };
        let message = match causes.last() {
            Some(cause) => format!("{what} ({host}: {cause})"),
            None => format!("{what} ({host})"),
        };
        PlatformError::new(kind, retry, self.platform, &call.operation, message).account(&self.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_closed_gate_sends_no_write() {
        let settings = HttpSettings { gate: Some(WriteGate::new(|| false)), ..HttpSettings::default() };
        let http = Http::new(Platform::Meta, "act_1", settings).unwrap();
        // Nobody listens there: an attempt would be a failure of the network.
        let write = Call::post("campaigns", "http://127.0.0.1:1/", Purpose::Write, Body::Empty);
        let error = http.send(&write, &[], |_| Ok(())).await.unwrap_err();
        assert_eq!((error.kind, error.retry), (ErrorKind::Conflict, Retry::Never));
        assert!(error.message.contains("not sent"), "{error}");
    }
}

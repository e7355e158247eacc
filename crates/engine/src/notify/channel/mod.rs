//! Channels: where their secrets are, how they are reached, and how an attempt can fail.

mod email;
mod hook;

use std::time::Duration;

use adplane_core::desired::CredentialSource;
use adplane_core::ids::Namespace;
use adplane_core::notify::{Channel, Medium};
use adplane_core::time::Zone;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::outbox::Delivery;
use crate::clock::Clock;
use crate::credentials::Secrets;

/// How long an attempt may take, from the connection to the last word.
pub(super) const ATTEMPT: Duration = Duration::from_secs(10);
/// Shorter secrets can be found by trying.
const SHORTEST_SECRET: usize = 16;

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The receiver cannot be reached or has trouble: another time it may go.
    Down,
    /// The receiver will not take this message, as it is now configured.
    Refused,
    /// The receiver says that it is gone for good.
    Gone,
}

/// Why an attempt failed; holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SendError {
    /// What kind of failure it was.
    pub refusal: Refusal,
    /// What the receiver asks to wait.
    pub retry_after: Option<Duration>,
    /// What happened.
    pub message: String,
}

impl SendError {
    fn new(refusal: Refusal, message: impl Into<String>) -> Self {
        Self { refusal, retry_after: None, message: message.into() }
    }

    fn down(message: impl Into<String>) -> Self {
        Self::new(Refusal::Down, message)
    }
}

/// A channel with its secrets at hand, for as long as messages are sent.
pub enum Reach {
    /// A mail server.
    Email(Box<email::Mailer>),
    /// An incoming webhook in Slack's form.
    Slack(hook::Hook),
    /// A program, with the secret that messages are signed with.
    Webhook(hook::Hook, SecretString),
}

impl std::fmt::Debug for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reach({})", self.whither())
    }
}

/// Resolves the secrets of a channel.
///
/// # Errors
/// When they cannot be had or are not what the channel needs; never with a secret in it.
pub async fn connect(
    channel: &Channel,
    namespace: &Namespace,
    from: &dyn Secrets,
) -> Result<Reach, SendError> {
    match &channel.medium {
        Medium::Email(email) => {
            let login = match &email.credentials {
                Some(source) => {
                    let found = found(source, namespace, from).await?;
                    Some((found.text("username")?, found.text("password")?))
                }
                None => None,
            };
            Ok(Reach::Email(Box::new(email::Mailer::new(email, login)?)))
        }
        Medium::Slack { credentials } => {
            let found = found(credentials, namespace, from).await?;
            Ok(Reach::Slack(hook::Hook::new(&found.text("url")?)?))
        }
        Medium::Webhook { url, credentials } => {
            let found = found(credentials, namespace, from).await?;
            let secret = found.text("signing_secret")?;
            if secret.expose_secret().len() < SHORTEST_SECRET {
                return Err(SendError::down(format!(
                    "`signing_secret` has fewer than {SHORTEST_SECRET} characters: write a random one"
                )));
            }
            let url = match url {
                Some(url) => SecretString::from(url.clone()),
                None => found.text("url")?,
            };
            Ok(Reach::Webhook(hook::Hook::new(&url)?, secret))
        }
    }
}

impl Reach {
    /// Where it leads, for people: a host, never a whole address.
    pub fn whither(&self) -> String {
        match self {
            Self::Email(mailer) => mailer.whither(),
            Self::Slack(hook) | Self::Webhook(hook, _) => hook.host().to_owned(),
        }
    }

    /// Sends a message once.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, delivery: &Delivery, zone: &Zone) -> Result<(), SendError> {
        let attempt = async {
            match self {
                Self::Email(mailer) => mailer.send(delivery, zone).await,
                Self::Slack(hook) => hook.slack(delivery, zone, Clock::System.now()).await,
                // Receivers compare it with their own clocks, whatever clock a sandbox has.
                Self::Webhook(hook, secret) => hook.signed(delivery, secret, Clock::System.now()).await,
            }
        };
        tokio::time::timeout(ATTEMPT, attempt).await.unwrap_or_else(|_| {
            Err(SendError::down(format!("{} did not answer in {} s", self.whither(), ATTEMPT.as_secs())))
        })
    }
}

/// The JSON object that a reference led to.
struct Found(serde_json::Map<String, Value>);

async fn found(
    source: &CredentialSource,
    namespace: &Namespace,
    from: &dyn Secrets,
) -> Result<Found, SendError> {
    let found = from.object(source, namespace).await.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        SendError::down(format!("{error}{cause}"))
    })?;
    match serde_json::from_str(found.expose_secret()) {
        Ok(Value::Object(fields)) => Ok(Found(fields)),
        _ => Err(SendError::down("the credentials are not a JSON object")),
    }
}

impl Found {
    fn text(&self, field: &str) -> Result<SecretString, SendError> {
        match self.0.get(field) {
            Some(Value::String(text)) if !text.is_empty() => Ok(SecretString::from(text.clone())),
            _ => Err(SendError::down(format!("the credentials have no text `{field}`"))),
        }
    }
}

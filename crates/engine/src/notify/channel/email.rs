//! Mail by SMTP: plain text and HTML of the same words.

use std::time::SystemTime;

use adplane_core::notify::{Email, Tls};
use adplane_core::time::Zone;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Protection, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::super::outbox::Delivery;
use super::super::render::Letter;
use super::{ATTEMPT, Refusal, SendError};

/// A mail server, and who writes to whom.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    server: String,
    from: Address,
    to: Vec<Address>,
}

impl Mailer {
    pub(super) fn new(email: &Email, login: Option<(SecretString, SecretString)>) -> Result<Self, SendError> {
        let address = |text: &String| {
            text.parse::<Address>()
                .map_err(|_| SendError::new(Refusal::Refused, format!("`{text}` is no address for mail")))
        };
        let protection = || {
            let _ = rustls::crypto::ring::default_provider().install_default();
            TlsParameters::new(email.host.clone())
                .map_err(|error| SendError::down(format!("no TLS with {}: {error}", email.host)))
        };
        let tls = match email.tls {
            Tls::StartTls => Protection::Required(protection()?),
            Tls::Tls => Protection::Wrapper(protection()?),
            Tls::None => Protection::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&email.host)
            .port(email.port)
            .tls(tls)
            .timeout(Some(ATTEMPT));
        if let Some((user, password)) = login {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(user.expose_secret().to_owned(), password));
        }
        Ok(Self {
            transport: builder.build(),
            server: format!("{}:{}", email.host, email.port),
            from: address(&email.from)?,
            to: email.to.iter().map(address).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn whither(&self) -> String {
        match self.to.len() {
            1 => format!("1 address by {}", self.server),
            count => format!("{count} addresses by {}", self.server),
        }
    }

    pub(super) async fn send(&self, delivery: &Delivery, zone: &Zone) -> Result<(), SendError> {
        let message = self.message(delivery, zone)?;
        self.transport.send(message).await.map(|_| ()).map_err(|error| self.failed(&error))
    }

    fn message(&self, delivery: &Delivery, zone: &Zone) -> Result<Message, SendError> {
        let letter = Letter { events: &delivery.events, zone };
        let foot = format!("-- \nsent by adplane, policy {}, message {}\n", delivery.place(), delivery.id);
        let sender = Mailbox::new(Some("Adplane".to_owned()), self.from.clone());
        // The same in every attempt, so that mail programs show one.
        let id = format!("<{}@{}>", delivery.id, self.from.domain());
        let header =
            HeaderValue::new(HeaderName::new_from_ascii_str("Adplane-Delivery"), delivery.id.clone());
        let mut builder = Message::builder()
            .from(sender)
            .subject(letter.subject())
            .date(SystemTime::from(delivery.created))
            .message_id(Some(id))
            .raw_header(header)
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        for address in &self.to {
            builder = builder.to(Mailbox::new(None, address.clone()));
        }
        let plain = format!("{}{foot}", letter.plain());
        builder
            .multipart(MultiPart::alternative_plain_html(plain, letter.html()))
            .map_err(|error| SendError::new(Refusal::Refused, format!("no mail can be made of it: {error}")))
    }

    fn failed(&self, error: &lettre::transport::smtp::Error) -> SendError {
        let refusal = if error.is_permanent() { Refusal::Refused } else { Refusal::Down };
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(next) = cause {
            let text = next.to_string();
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            cause = next.source();
        }
        SendError::new(refusal, format!("{}: {message}", self.server))
    }
}

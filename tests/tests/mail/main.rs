//! Notifications by mail, against a real server: Debian's `python3-aiosmtpd`, on loopback, without privileges.
//!
//! The real binary sends through `adplane ops test`; a day without a server is tried on the outbox itself, whose clock
//! can be turned. Where the server is missing every test is named as ignored with the reason; `.ci/run` installs it.

mod outage;
mod server;

use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

use server::{LOGIN, Missing, Mode, Server, Tools};

type Test = fn(&Tools) -> Result<(), String>;

const TESTS: [(&str, Test); 8] = [
    ("a mail arrives by STARTTLS, with a login", starttls),
    ("a mail arrives by TLS from the first byte", tls),
    ("a mail arrives in the clear on the same machine", plain),
    ("a certificate that nobody vouches for stops it", unknown_certificate),
    ("a wrong password stops it and is not shown", wrong_password),
    ("a server without STARTTLS gets neither login nor mail", no_starttls),
    ("a mailbox that is not there is named", no_mailbox),
    ("a day without a server loses nothing", outage::a_day),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let trials = TESTS.iter().map(|(name, test)| match Tools::find() {
        Ok(tools) => Trial::test(*name, move || test(&tools).map_err(Failed::from)),
        Err(Missing(reason)) => Trial::test(*name, || Ok(())).with_kind(reason).with_ignored_flag(true),
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// What is said to the server.
struct Sender<'a> {
    server: &'a Server,
    tls: &'static str,
    to: &'static str,
    login: Option<(&'static str, &'static str)>,
    trusted: bool,
}

/// What the command said, and whether it went well.
struct Said {
    sent: bool,
    text: String,
}

impl<'a> Sender<'a> {
    fn new(server: &'a Server, tls: &'static str) -> Self {
        Self { server, tls, to: "luis@shop.example", login: Some(LOGIN), trusted: true }
    }

    /// Tries the channel with the real binary.
    fn send(&self) -> Result<Said, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let login = if self.login.is_some() { "\n        credentials: {env: LOGIN}" } else { "" };
        let policy = format!(
            "apiVersion: adplane.io/v1alpha1\nkind: NotificationPolicy\nmetadata: {{name: team}}\nspec:\n  channels:\n    \
             - name: mail\n      email:\n        host: localhost\n        port: {}\n        tls: {}\n        \
             from: ads@shop.example\n        to: [ana@shop.example, {}]{login}\n  routes: [{{name: all, channels: [mail]}}]\n",
            self.server.port, self.tls, self.to
        );
        for (file, text) in [("adplane.yaml", "project: shop\n"), ("team.yaml", &policy)] {
            std::fs::write(folder.path().join(file), text).map_err(|error| error.to_string())?;
        }
        let binary = adplane_tests::binary().map_err(|error| format!("{error:?}"))?;
        let mut command = Command::new(binary);
        command.args(["ops", "test"]).current_dir(folder.path()).env("NO_COLOR", "1").stdin(Stdio::null());
        if let Some((username, password)) = self.login {
            command.env("LOGIN", json!({"username": username, "password": password}).to_string());
        }
        if self.trusted {
            command.env("SSL_CERT_FILE", self.server.certificate());
        }
        let output = command.output().map_err(|error| error.to_string())?;
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Said { sent: output.status.success(), text: text.concat() })
    }
}

/// The one mail of a server.
fn only(server: &Server) -> Result<Value, String> {
    match server.mails()?.as_slice() {
        [one] => Ok(one.clone()),
        mails => Err(format!("{} mails came", mails.len())),
    }
}

fn expect(holds: bool, what: &str, seen: &dyn std::fmt::Display) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{what}:\n{seen}")) }
}

fn starttls(tools: &Tools) -> Result<(), String> {
    let server = Server::start(tools, Mode::StartTls)?;
    let said = Sender::new(&server, "StartTls").send()?;
    expect(
        said.sent && said.text.contains("(email, 2 addresses by localhost:"),
        "it was not sent",
        &said.text,
    )?;
    let mail = only(&server)?;
    expect(mail["login"] == json!(true), "nobody logged in", &mail)?;
    expect(mail["from"] == "ads@shop.example", "another sender", &mail)?;
    expect(mail["to"] == json!(["ana@shop.example", "luis@shop.example"]), "other addresses", &mail)?;
    let text = mail["text"].as_str().unwrap_or_default();
    for part in [
        "From: Adplane <ads@shop.example>",
        "Subject: [shop] Info: A test of channel default/team/mail",
        "Adplane-Delivery: ",
        "Auto-Submitted: auto-generated",
        "Content-Type: multipart/alternative",
        "Content-Type: text/plain",
        "Content-Type: text/html",
        "Asked by: adplane ops test",
    ] {
        expect(text.contains(part), &format!("the mail has no `{part}`"), &text)?;
    }
    let id = text.lines().find_map(|line| line.strip_prefix("Adplane-Delivery: ")).unwrap_or_default();
    expect(text.contains(&format!("Message-ID: <{}@shop.example>", id.trim())), "another Message-ID", &text)
}

fn tls(tools: &Tools) -> Result<(), String> {
    let server = Server::start(tools, Mode::Tls)?;
    let said = Sender::new(&server, "Tls").send()?;
    expect(said.sent, "it was not sent", &said.text)?;
    only(&server).map(|_| ())
}

fn plain(tools: &Tools) -> Result<(), String> {
    let server = Server::start(tools, Mode::Plain)?;
    let said = Sender { login: None, ..Sender::new(&server, "None") }.send()?;
    expect(said.sent, "it was not sent", &said.text)?;
    only(&server).map(|_| ())
}

fn unknown_certificate(tools: &Tools) -> Result<(), String> {
    let server = Server::start(tools, Mode::StartTls)?;
    let said = Sender { trusted: false, ..Sender::new(&server, "StartTls") }.send()?;
    expect(!said.sent && said.text.contains("certificate"), "it was not stopped", &said.text)?;
    expect(server.mails()?.is_empty(), "a mail came", &"")
}

fn wrong_password(tools: &Tools) -> Result<(), String> {
    let server = Server::start(tools, Mode::StartTls)?;
    let said = Sender { login: Some(("ads", "s3cret")), ..Sender::new(&server, "StartTls") }.send()?;
    expect(!said.sent && said.text.contains("NOT SENT"), "it was not stopped", &said.text)?;
    expect(!said.text.contains("s3cret"), "the password is shown", &said.text)?;
    expect(server.mails()?.is_empty(), "a mail came", &"")
}

fn no_starttls(tools: &Tools) -> Result<(), String> {
    let server = Server::start(tools, Mode::Plain)?;
    let said = Sender { trusted: false, ..Sender::new(&server, "StartTls") }.send()?;
    expect(!said.sent && said.text.contains("NOT SENT"), "it was not stopped", &said.text)?;
    expect(server.mails()?.is_empty(), "a mail came", &"")
}

fn no_mailbox(tools: &Tools) -> Result<(), String> {
    let server = Server::start(tools, Mode::StartTls)?;
    let said = Sender { to: "nobody@shop.example", ..Sender::new(&server, "StartTls") }.send()?;
    expect(!said.sent && said.text.contains("no such mailbox"), "it does not say why", &said.text)
}

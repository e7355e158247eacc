//! What people get: a subject, plain text, HTML, and Slack's form of text.
//!
//! Titles and facts may hold what a person typed on a platform, so each form escapes what means something in it.

use std::fmt::Write;

use adplane_core::ids::ObjectName;
use adplane_core::notify::{Event, Severity};
use adplane_core::time::Zone;

/// Events that are written out; the rest is counted.
const SHOWN: usize = 50;
/// Longest text for Slack, which cuts at 40,000 characters and reads badly long before.
const LONGEST_SLACK: usize = 12_000;

/// What a message says, for people.
pub(super) struct Letter<'a> {
    pub(super) events: &'a [Event],
    pub(super) zone: &'a Zone,
}

impl Letter<'_> {
    /// One line: the event, or how many there are.
    pub(super) fn subject(&self) -> String {
        let project = self.events.iter().find_map(|event| event.project.as_deref()).unwrap_or("adplane");
        match self.events {
            [event] => format!("[{project}] {}: {}", event.severity, event.title),
            events => {
                let count = |severity| events.iter().filter(|event| event.severity == severity).count();
                let grave: Vec<String> = [(Severity::Critical, "critical"), (Severity::Warning, "warnings")]
                    .into_iter()
                    .filter(|(severity, _)| count(*severity) > 0)
                    .map(|(severity, word)| format!("{} {word}", count(severity)))
                    .collect();
                let grave = if grave.is_empty() { String::new() } else { format!(": {}", grave.join(", ")) };
                format!("[{project}] {} events{grave}", events.len())
            }
        }
    }

    /// When it happened, in the zone of the policy.
    fn local(&self, event: &Event) -> String {
        let local = event.at.to_zoned(self.zone.rules());
        format!("{} {}", local.strftime("%Y-%m-%d %H:%M:%S"), self.zone.name())
    }

    /// Labels and texts of an event.
    fn lines(&self, event: &Event) -> Vec<(String, String)> {
        let mut lines = vec![("When".to_owned(), self.local(event))];
        if let Some(account) = &event.account {
            lines.push(("Account".to_owned(), format!("{} ({})", account.key(), account.platform.title())));
        }
        if let Some(pool) = &event.pool {
            let accounts: Vec<&str> = pool.accounts.iter().map(ObjectName::as_str).collect();
            let text = format!("{}/{} ({})", pool.namespace, pool.name, accounts.join(", "));
            lines.push(("Pool".to_owned(), text));
        }
        if let Some(address) = &event.address {
            lines.push(("Object".to_owned(), address.short()));
        }
        lines.extend(event.facts.iter().map(|fact| (fact.label.clone(), fact.text.clone())));
        if event.repeats > 0 {
            lines.push(("Came up".to_owned(), format!("{} times more since it was told", event.repeats)));
        }
        lines
    }

    fn shown(&self) -> (&[Event], Option<String>) {
        let shown = &self.events[..self.events.len().min(SHOWN)];
        let rest = self.events.len() - shown.len();
        (shown, (rest > 0).then(|| format!("and {rest} more events")))
    }

    /// Plain text.
    pub(super) fn plain(&self) -> String {
        let mut out = String::new();
        let (shown, rest) = self.shown();
        for event in shown {
            let _ = writeln!(out, "{}: {}", event.severity, event.title);
            for (label, text) in self.lines(event) {
                let _ = writeln!(out, "  {label}: {text}");
            }
            out.push('\n');
        }
        if let Some(rest) = rest {
            let _ = writeln!(out, "{rest}\n");
        }
        out
    }

    /// A page without anything that is fetched.
    pub(super) fn html(&self) -> String {
        let mut out = String::from("<!doctype html><html><head><meta charset=\"utf-8\"></head><body>\n");
        let (shown, rest) = self.shown();
        for event in shown {
            let color = match event.severity {
                Severity::Info => "#2f6f4f",
                Severity::Warning => "#8a5a00",
                Severity::Critical => "#a32020",
            };
            let (severity, title) = (event.severity, escaped(&event.title));
            let _ =
                writeln!(out, "<h3><span style=\"color:{color}\">{severity}</span>: {title}</h3>\n<table>");
            for (label, text) in self.lines(event) {
                let (label, text) = (escaped(&label), escaped(&text));
                let _ = writeln!(out, "<tr><td><b>{label}</b></td><td>{text}</td></tr>");
            }
            out.push_str("</table>\n");
        }
        if let Some(rest) = rest {
            let _ = writeln!(out, "<p>{rest}</p>");
        }
        out.push_str("</body></html>\n");
        out
    }

    /// Text in Slack's form.
    pub(super) fn slack(&self) -> String {
        let mut out = String::new();
        let (shown, _) = self.shown();
        let mut written = 0;
        for event in shown {
            let mut one = format!("*{}*: {}\n", event.severity, slack_escaped(&event.title));
            for (label, text) in self.lines(event) {
                let _ = writeln!(one, "• {}: {}", slack_escaped(&label), slack_escaped(&text));
            }
            if out.len() + one.len() > LONGEST_SLACK {
                break;
            }
            out.push_str(&one);
            written += 1;
        }
        if written < self.events.len() {
            let _ = writeln!(out, "and {} more events", self.events.len() - written);
        }
        out.trim_end().to_owned()
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// What Slack asks to be escaped: without `<` nobody can be called and nothing be linked.
fn slack_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

//! `NotificationPolicy`: its channels and routes as data, and what cannot be meant.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Kind;
use adplane_core::approval::Hold;
use adplane_core::desired::CredentialSource;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::freeze::{Day, TimeOfDay};
use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::notify::{
    Channel, Digest, Email, EventKind, LONGEST_DEDUP, Match, Medium, NotificationPolicy, Quiet, Route,
    Severity, Throttle, Times, Tls, quiet_end,
};
use adplane_core::time::Zone;
use adplane_core::value::Value;
use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp};

use super::index::Index;
use crate::check::nearest;
use crate::load::{Child, Document, DocumentKind, Loaded, Place, Written};

/// Shortest and longest distance of digests.
const DIGESTS: (SignedDuration, SignedDuration) =
    (SignedDuration::from_mins(5), SignedDuration::from_hours(24));
/// Longest stretch of a throttle.
const LONGEST_THROTTLE: SignedDuration = SignedDuration::from_hours(24);

/// Lowers the notification policies, by namespace and name.
pub(super) fn lower_all(
    loaded: &Loaded,
    index: &Index<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<NotificationPolicy> {
    let mut policies: Vec<NotificationPolicy> = index
        .of_kind(DocumentKind::NotificationPolicy)
        .map(|document| {
            let mut lowering =
                Lowering { document, index, elsewhere: &loaded.accounts_elsewhere, diagnostics };
            lowering.policy()
        })
        .collect();
    policies.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    policies
}

struct Lowering<'a> {
    document: &'a Document,
    index: &'a Index<'a>,
    elsewhere: &'a BTreeSet<(Namespace, ObjectName)>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// A member of a list: its fields by path.
struct Member<'a>(&'a Child);

impl<'a> Member<'a> {
    fn written(&self, path: &str) -> Option<&'a Written> {
        self.0.fields.iter().find(|field| field.path.as_str() == path)
    }

    fn text(&self, path: &str) -> Option<&'a str> {
        self.written(path)?.value.as_text()
    }

    fn texts(&self, path: &str) -> impl Iterator<Item = &'a str> {
        self.written(path).into_iter().flat_map(|written| written.value.texts())
    }

    /// Whether something is written below a path.
    fn has(&self, block: &str) -> bool {
        self.0.fields.iter().any(|field| field.path.is_within(block))
    }

    fn name(&self) -> Option<ObjectName> {
        ObjectName::new(self.text("name")?).ok()
    }

    /// Where secrets come from, below a block.
    fn credentials(&self, block: &str) -> Option<CredentialSource> {
        let text = |field: &str| self.text(&format!("{block}.credentials.{field}")).map(str::to_owned);
        let exec = || {
            let command = self.written(&format!("{block}.credentials.exec"))?;
            Some(CredentialSource::Exec(command.value.texts().map(str::to_owned).collect()))
        };
        text("secretRef.name")
            .map(|name| CredentialSource::SecretRef { name })
            .or_else(|| text("env").map(CredentialSource::Env))
            .or_else(|| text("file").map(CredentialSource::File))
            .or_else(exec)
    }
}

impl Lowering<'_> {
    fn policy(&mut self) -> NotificationPolicy {
        let document = self.document;
        let members = |list: &'static str| document.children.iter().filter(move |child| child.list == list);
        let channels: Vec<Channel> =
            members("channels").filter_map(|child| self.channel(&Member(child))).collect();
        let names: BTreeMap<&str, &Channel> =
            channels.iter().map(|channel| (channel.name.as_str(), channel)).collect();
        let zone =
            document.text("timeZone").and_then(|zone| Zone::parse(zone).ok()).unwrap_or_else(Zone::utc);
        let routes: Vec<Route> =
            members("routes").filter_map(|child| self.route(&Member(child), &names, &zone)).collect();
        for list in ["channels", "routes"] {
            self.repeated(list);
        }
        self.unused();
        NotificationPolicy {
            namespace: document.namespace.clone(),
            name: document.name.clone(),
            zone,
            channels,
            routes,
            origin: document.at(document.place),
        }
    }

    fn report(&mut self, found: Diagnostic, place: Place, field: &str) {
        self.diagnostics.push(self.document.finding(found, place, field));
    }

    fn repeated(&mut self, list: &str) {
        let mut seen: BTreeMap<&str, Place> = BTreeMap::new();
        for child in self.document.children.iter().filter(|child| child.list == list) {
            let Some(name) = Member(child).written("name") else { continue };
            let text = name.value.as_text().unwrap_or_default();
            if let Some(first) = seen.get(text) {
                let message = format!("`{text}` is listed twice; first on line {}", first.line);
                let found = Diagnostic::error("duplicate-item", message).hint("give each its own `name`");
                self.report(found, name.place, &format!("{list}.name"));
            } else {
                seen.insert(text, name.place);
            }
        }
    }

    /// A channel that no route leads to never gets anything, which nobody can have meant. Routes count as they are
    /// written: one that is wrong in another way has its own finding, and leads where it says once that is mended.
    fn unused(&mut self) {
        let document = self.document;
        let members = |list: &'static str| document.children.iter().filter(move |child| child.list == list);
        let lists: Vec<&Written> =
            members("routes").filter_map(|child| Member(child).written("channels")).collect();
        if lists.len() < members("routes").count() {
            return;
        }
        let led: BTreeSet<&str> = lists.iter().flat_map(|written| written.value.texts()).collect();
        for child in members("channels") {
            let Some(name) = Member(child).written("name") else { continue };
            let text = name.value.as_text().unwrap_or_default();
            if !led.contains(text) {
                let found = Diagnostic::warning("unused-channel", format!("no route leads to `{text}`"))
                    .hint("name it in the `channels` of a route, or take it out");
                self.report(found, name.place, "channels");
            }
        }
    }

    fn channel(&mut self, member: &Member<'_>) -> Option<Channel> {
        let name = member.name()?;
        let medium = if member.has("email") {
            Medium::Email(self.email(member)?)
        } else if member.has("slack") {
            Medium::Slack { credentials: member.credentials("slack")? }
        } else {
            let url = member.written("webhook.url");
            if let Some(url) = url {
                self.check_url(url);
            }
            Medium::Webhook {
                url: url.and_then(|url| url.value.as_text()).map(str::to_owned),
                credentials: member.credentials("webhook")?,
            }
        };
        Some(Channel { name, medium })
    }

    fn email(&mut self, member: &Member<'_>) -> Option<Email> {
        let tls = match member.text("email.tls") {
            Some("Tls") => Tls::Tls,
            Some("None") => Tls::None,
            _ => Tls::StartTls,
        };
        let host = member.text("email.host")?;
        if let Some(written) = member.written("email.tls").filter(|_| tls == Tls::None && !is_loopback(host))
        {
            let message = format!("mail to `{host}` would cross the network in the clear");
            let found = Diagnostic::error("insecure-channel", message)
                .hint("write `tls: StartTls` or `tls: Tls`; `None` is for a server on the same machine");
            self.report(found, written.place, "channels.email.tls");
        }
        let port = match member.written("email.port").map(|written| &written.value) {
            Some(Value::Integer(port)) => u16::try_from(*port).ok()?,
            _ => tls.port(),
        };
        Some(Email {
            host: host.to_owned(),
            port,
            tls,
            from: member.text("email.from")?.to_owned(),
            to: member.texts("email.to").map(str::to_owned).collect(),
            credentials: member.credentials("email"),
        })
    }

    fn check_url(&mut self, written: &Written) {
        let text = written.value.as_text().unwrap_or_default();
        let Some(rest) = text.strip_prefix("http://") else { return };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(inside) => inside.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        if !is_loopback(host) {
            let found = Diagnostic::error("insecure-channel", format!("`{host}` would be told in the clear"))
                .hint("write `https://`; `http://` is for a receiver on the same machine");
            self.report(found, written.place, "channels.webhook.url");
        }
    }

    fn route(&mut self, member: &Member<'_>, known: &BTreeMap<&str, &Channel>, zone: &Zone) -> Option<Route> {
        let channels = self.channels(member, known);
        let route = Route {
            name: member.name()?,
            channels,
            matches: self.matches(member),
            dedup: self.duration(member, "dedup", None, LONGEST_DEDUP).unwrap_or(Route::DEDUP),
            quiet: self.quiet(member, zone),
            digest: self.digest(member),
            throttle: self.throttle(member),
        };
        Some(route)
    }

    fn channels(&mut self, member: &Member<'_>, known: &BTreeMap<&str, &Channel>) -> BTreeSet<ObjectName> {
        let Some(written) = member.written("channels") else { return BTreeSet::new() };
        let mut found = BTreeSet::new();
        // A channel that could not be read has its own finding; routes to it are not wrong for that.
        let declared: BTreeSet<&str> = self
            .document
            .children
            .iter()
            .filter(|child| child.list == "channels")
            .filter_map(|child| Member(child).text("name"))
            .collect();
        for (number, name) in written.value.texts().enumerate() {
            if known.contains_key(name) {
                found.extend(ObjectName::new(name));
            } else if !declared.contains(name) {
                let hint = match nearest(name, declared.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "name one of this policy's `channels`".to_owned(),
                };
                let message = format!("there is no channel `{name}` in this policy");
                let found = Diagnostic::error("dangling-reference", message).hint(hint);
                self.report(found, member_place(written, number), "routes.channels");
            }
        }
        found
    }

    fn matches(&mut self, member: &Member<'_>) -> Match {
        if let Some(written) = member.written("match.accounts") {
            for (number, name) in written.value.texts().enumerate() {
                let key = ObjectName::new(name).ok().map(|name| (self.document.namespace.clone(), name));
                if key.is_some_and(|key| self.elsewhere.contains(&key)) {
                    continue;
                }
                let one = Written {
                    value: Value::text(name),
                    place: member_place(written, number),
                    members: Box::default(),
                    path: written.path.clone(),
                };
                if let Err(found) = self.index.follow(self.document, &one, DocumentKind::AdAccount) {
                    self.diagnostics.push(*found);
                }
            }
        }
        let labels = member.written("match.labels").and_then(|written| written.value.entries());
        Match {
            events: member.texts("match.events").filter_map(EventKind::parse).collect(),
            severity: member.text("match.severity").and_then(Severity::parse).unwrap_or_default(),
            accounts: member.texts("match.accounts").filter_map(|name| ObjectName::new(name).ok()).collect(),
            kinds: member.texts("match.kinds").filter_map(Kind::parse_loosely).collect(),
            labels: labels
                .into_iter()
                .flatten()
                .filter_map(|(key, value)| Some((key.clone(), CompactString::new(value.as_text()?))))
                .collect(),
        }
    }

    fn quiet(&mut self, member: &Member<'_>, zone: &Zone) -> Vec<Quiet> {
        let Some(written) = member.written("quietHours") else { return Vec::new() };
        let Value::List(spans) = &written.value else { return Vec::new() };
        let mut found = Vec::new();
        for (number, span) in spans.iter().enumerate() {
            let time = |key: &str| span.entry(key).and_then(Value::as_text)?.parse::<TimeOfDay>().ok();
            let (Some(from), Some(to)) = (time("from"), time("to")) else { continue };
            if from == to || from == TimeOfDay::END {
                let message = format!("the span from {from} to {to} is empty");
                let found = Diagnostic::error("invalid-hours", message)
                    .hint("write an end after the start; `\"00:00\"` to `\"24:00\"` is the whole day");
                self.report(found, member_place(written, number), "routes.quietHours");
                continue;
            }
            let word = span.entry("upTo").and_then(Value::as_text);
            let up_to = word.and_then(Severity::parse).unwrap_or(Severity::Warning);
            let texts = span.entry("days").into_iter().flat_map(Value::texts);
            found.push(Quiet { days: days(texts), from, to, up_to });
        }
        if quiet_end(&found, Severity::Info, Timestamp::UNIX_EPOCH, zone).is_none() {
            let never = Diagnostic::error("quiet-without-end", "the quiet hours never end")
                .hint("leave hours in which messages may be sent");
            self.report(never, written.place, "routes.quietHours");
        }
        found
    }

    fn digest(&mut self, member: &Member<'_>) -> Option<Digest> {
        let every = self.duration(member, "digest.every", Some(DIGESTS.0), DIGESTS.1);
        let times = match (every, member.written("digest.at")) {
            (Some(every), _) => {
                if let Some(written) = member.written("digest.days") {
                    let found = Diagnostic::error("invalid-value", "`days` belong to `at`, not to `every`")
                        .hint("take `days` out, or write times of day with `at`");
                    self.report(found, written.place, "routes.digest.days");
                }
                Times::Every(every)
            }
            (None, Some(at)) => Times::At {
                days: days(member.texts("digest.days")),
                times: at.value.texts().filter_map(|text| text.parse().ok()).collect(),
            },
            (None, None) => return None,
        };
        let up_to = member.text("digest.upTo").and_then(Severity::parse).unwrap_or(Severity::Warning);
        Some(Digest { times, up_to })
    }

    fn throttle(&mut self, member: &Member<'_>) -> Option<Throttle> {
        let per = self.duration(member, "throttle.per", None, LONGEST_THROTTLE)?;
        let Some(Value::Integer(max)) = member.written("throttle.max").map(|written| &written.value) else {
            return None;
        };
        Some(Throttle { max: usize::try_from(*max).ok()?, per })
    }

    /// A duration within bounds.
    fn duration(
        &mut self,
        member: &Member<'_>,
        path: &str,
        shortest: Option<SignedDuration>,
        longest: SignedDuration,
    ) -> Option<SignedDuration> {
        let written = member.written(path)?;
        let hold: Hold = written.value.as_text()?.parse().ok()?;
        let read = hold.after(Timestamp::UNIX_EPOCH).duration_since(Timestamp::UNIX_EPOCH);
        if read > longest || shortest.is_some_and(|shortest| read < shortest) {
            let hours = |duration: SignedDuration| match duration.as_hours() {
                0 => format!("{}m", duration.as_mins()),
                hours => format!("{hours}h"),
            };
            let from = shortest.map(|shortest| format!("from `{}` ", hours(shortest))).unwrap_or_default();
            let message = format!("`{hold}` is out of range");
            let found = Diagnostic::error("out-of-range", message)
                .hint(format!("write a duration {from}up to `{}`", hours(longest)));
            self.report(found, written.place, &format!("routes.{path}"));
            return None;
        }
        Some(read)
    }
}

/// The days of texts; every day where there are none.
fn days<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeSet<Day> {
    let named: BTreeSet<Day> =
        texts.filter_map(|word| Day::ALL.into_iter().find(|day| format!("{day:?}") == word)).collect();
    if named.is_empty() { Day::ALL.into() } else { named }
}

fn member_place(written: &Written, number: usize) -> Place {
    written.members.get(number).copied().unwrap_or(written.place)
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;

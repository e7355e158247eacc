//! Automation rules: documents to compiled rules whose problems point into their expressions.

mod action;
mod fields;
mod steady;

use std::collections::BTreeMap;

use adplane_core::desired::Desired;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::ObjectName;
use adplane_core::metrics::HOURS_KEPT;
use adplane_core::rules::{Mode, Reach, ReachedAccount, Rule, RuleKey, RuleScope, RuleSource, compile, lint};
use compact_str::CompactString;

use super::index::Index;
use crate::check::nearest;
use crate::load::{Document, DocumentKind, Loaded};
use fields::Reader;

pub(crate) use fields::length;

/// Compiles every rule, once the accounts are lowered.
pub(super) fn lower(
    loaded: &Loaded,
    index: &Index<'_>,
    desired: &Desired,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Rule> {
    let mut rules = Vec::new();
    for document in index.of_kind(DocumentKind::AutomationRule) {
        let mut found = Vec::new();
        let mut reader = Reader::new(document, loaded, &mut found);
        let source = source(&mut reader);
        if let Some(source) = &source {
            let reach = reach(source, desired);
            action::currencies(&mut reader, &reach);
            action::able(&mut reader, source, &reach);
        }
        accounts(loaded, index, document, &mut found);
        if let Some(source) = source {
            let reach = reach(&source, desired);
            if loaded.complete && reach.accounts.is_empty() {
                let message = format!("no account is in the scope of rule `{}`", document.name);
                let told = Diagnostic::warning("rule-matches-nothing", message)
                    .hint("a rule looks at objects of its own namespace: widen `scope`, or move it");
                found.push(document.finding(told, document.place, "scope"));
            }
            let broken = found.iter().any(Diagnostic::is_error) || !document.unreadable.is_empty();
            let (rule, problems) = compile(&source, &reach);
            found.extend(problems);
            found.extend(rule.iter().flat_map(|rule| kept(loaded, document, rule)));
            rules.extend(rule.filter(|_| !broken));
        }
        diagnostics.append(&mut found);
    }
    rules.sort_by(|a, b| a.key.cmp(&b.key));
    diagnostics.extend(lint(&rules));
    rules
}

/// Windows that reach further back than hours are kept: they would be unknown for ever.
fn kept(loaded: &Loaded, document: &Document, rule: &Rule) -> Vec<Diagnostic> {
    let retention = loaded.project.settings.metrics.as_ref().and_then(|metrics| metrics.retention);
    let kept = retention.and_then(|retention| retention.hours).unwrap_or(HOURS_KEPT);
    let needed = rule.windows.iter().filter_map(|window| Some((window, window.days_of_hours()?)));
    let too_far = needed.filter(|(_, days)| *days > kept);
    let told = too_far.map(|(window, days)| {
        let message =
            format!("the window `{window}` needs the hours of {days} days, and they are kept for {kept}");
        let found = Diagnostic::warning("window-not-kept", message).hint(format!(
            "write `metrics: {{retention: {{hours: {days}}}}}` in adplane.yaml, or another window: it would stay unknown"
        ));
        document.finding(found, document.place, "when")
    });
    told.collect()
}

/// A rule as written; `None` when it lacks what every rule has.
fn source(reader: &mut Reader<'_>) -> Option<RuleSource> {
    let document = reader.document;
    let actions = action::actions(reader);
    let source = RuleSource {
        key: RuleKey { namespace: document.namespace.clone(), name: document.name.clone() },
        mode: reader.text("mode").and_then(Mode::parse).unwrap_or_default(),
        priority: reader.integer("priority").and_then(|number| i32::try_from(number).ok()).unwrap_or(0),
        scope: scope(reader)?,
        schedule: reader.schedule(),
        windows: reader.windows(),
        params: reader.params(),
        signals: reader.signals(),
        calendars: reader.calendars(),
        rates: reader.rates(),
        require: reader.require(),
        when: reader.expression("when")?,
        release: reader.expression("release"),
        dead_band: reader.dead_band(),
        stabilize: reader.stabilize(),
        true_for: reader
            .integer("sustain.trueFor")
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(1),
        limits: reader.limits(),
        promote: reader.promote(),
        approval: reader.approval(),
        actions: actions?,
        origin: document.at(document.place),
    };
    action::check(reader, &source);
    Some(source)
}

fn scope(reader: &Reader<'_>) -> Option<RuleScope> {
    let labels =
        reader.document.written("scope.selector.matchLabels").and_then(|written| written.value.entries());
    Some(RuleScope {
        kind: adplane_core::address::Kind::parse_loosely(reader.text("scope.kind")?)?,
        accounts: reader.texts("scope.accounts").filter_map(|name| ObjectName::new(name).ok()).collect(),
        platforms: reader
            .texts("scope.platforms")
            .filter_map(|word| {
                adplane_core::address::Platform::ALL
                    .into_iter()
                    .find(|platform| word.to_lowercase() == platform.slug())
            })
            .collect(),
        labels: labels
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), CompactString::new(value.as_text()?))))
            .collect::<BTreeMap<_, _>>(),
    })
}

/// Accounts of its namespace that a rule's scope does not leave out.
fn reach(source: &RuleSource, desired: &Desired) -> Reach {
    let scope = &source.scope;
    let within = desired.accounts.values().filter(|account| {
        account.key.namespace == source.key.namespace
            && (scope.accounts.is_empty() || scope.accounts.contains(&account.key.name))
            && (scope.platforms.is_empty() || scope.platforms.contains(&account.platform))
    });
    let accounts = within.map(|account| ReachedAccount {
        key: account.key.clone(),
        platform: account.platform,
        currency: account.currency,
    });
    Reach { accounts: accounts.collect() }
}

/// Accounts that the scope names must exist: of a misspelt one nothing would ever be looked at.
fn accounts(loaded: &Loaded, index: &Index<'_>, document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let Some(written) = document.written("scope.accounts") else { return };
    let here: Vec<&str> = index
        .of_kind(DocumentKind::AdAccount)
        .filter(|account| account.namespace == document.namespace)
        .map(|account| account.name.as_str())
        .collect();
    let elsewhere = |name: &str| {
        loaded
            .accounts_elsewhere
            .iter()
            .any(|(namespace, account)| *namespace == document.namespace && account.as_str() == name)
    };
    for (number, name) in written.value.texts().enumerate() {
        if here.contains(&name) || elsewhere(name) {
            continue;
        }
        let hint = match nearest(name, here.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("accounts are: {}", here.join(", ")),
        };
        let message = format!("there is no AdAccount `{name}` in namespace `{}`", document.namespace);
        let place = written.members.get(number).copied().unwrap_or(written.place);
        let found = Diagnostic::error("dangling-reference", message).hint(hint);
        diagnostics.push(document.finding(found, place, "scope.accounts"));
    }
}

#[cfg(test)]
mod tests;

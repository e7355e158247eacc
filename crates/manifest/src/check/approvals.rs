//! The approval policy of `adplane.yaml`, beyond its shape: bands in order, classes that exist, people who
//! have a key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::approval::signers::Signer;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::money::{Currency, Money};
use adplane_core::plan::Class;

use crate::check::nearest;
use crate::load::Place;
use crate::yaml::node::{Content, Entry, Node};

/// Checks a policy whose shape is right. `signers` are the allowed signers, where their file could be read.
pub(crate) fn check(
    file: &Arc<str>,
    policy: &Node<'_>,
    signers: Option<&[Signer]>,
    found: &mut Vec<Diagnostic>,
) {
    let mut checker = Checker { file, signers, groups: BTreeMap::new(), found };
    checker.groups(policy);
    let bands = checker.bands(policy);
    checker.classes(policy, &bands);
}

/// Amounts with their places, by currency.
type Amounts = BTreeMap<Currency, (Money, Place)>;

struct Checker<'c> {
    file: &'c Arc<str>,
    signers: Option<&'c [Signer]>,
    /// Members of each group.
    groups: BTreeMap<String, BTreeSet<String>>,
    found: &'c mut Vec<Diagnostic>,
}

/// Members of a sequence below a key.
fn members<'n, 'a>(node: &'n Node<'a>, key: &str) -> &'n [Node<'a>] {
    match node.get(key).map(|entry| &entry.value.content) {
        Some(Content::Sequence(members)) => members,
        _ => &[],
    }
}

fn text<'n>(node: &'n Node<'_>, key: &str) -> Option<(&'n str, Place)> {
    let value = &node.get(key)?.value;
    Some((value.text()?, value.place))
}

impl Checker<'_> {
    fn report(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        let mut found =
            Diagnostic::error("approval-policy", message).at(Some(&place.in_file(self.file))).hint(hint);
        found.length = place.length;
        self.found.push(found);
    }

    fn groups(&mut self, policy: &Node<'_>) {
        for group in members(policy, "groups") {
            let Some((name, _)) = text(group, "name") else { continue };
            let names = members(group, "members").iter().filter_map(Node::text);
            self.groups.insert(name.to_owned(), names.map(ToOwned::to_owned).collect());
        }
        for group in members(policy, "groups") {
            for member in members(group, "members") {
                self.person(member);
            }
        }
    }

    /// A principal must be one that the allowed signers know, or nobody could ever approve as it.
    fn person(&mut self, node: &Node<'_>) {
        let Some(name) = node.text() else { return };
        if name.contains(['*', '?', ',']) {
            let message = format!("`{name}` is a pattern, not a person");
            return self.report(node.place, message, "name each person as in the allowed signers file");
        }
        let Some(signers) = self.signers else { return };
        if signers.iter().any(|signer| signer.names(name)) {
            return;
        }
        let known = signers.iter().flat_map(Signer::people).chain(self.groups.keys().map(String::as_str));
        let hint = match nearest(name, known) {
            Some(meant) => format!("write `{meant}`"),
            None => "add their public key to the allowed signers file, or name a group".to_owned(),
        };
        let message = format!("`{name}` is neither a group nor in the allowed signers file");
        self.report(node.place, message, hint);
    }

    /// Names of people and groups; returns the people behind them.
    fn approvers(&mut self, rule: &Node<'_>) -> BTreeSet<String> {
        let mut people = BTreeSet::new();
        for node in members(rule, "approvers") {
            let Some(name) = node.text() else { continue };
            if let Some(group) = self.groups.get(name) {
                people.extend(group.iter().cloned());
            } else {
                people.insert(name.to_owned());
                self.person(node);
            }
        }
        people
    }

    /// Amounts of a list by currency, each named once.
    fn amounts(&mut self, node: &Node<'_>) -> Amounts {
        let mut amounts = Amounts::new();
        for amount in members(node, "upTo") {
            let Some(money) = amount.text().and_then(|text| text.parse::<Money>().ok()) else { continue };
            if let Some((other, _)) = amounts.insert(money.currency(), (money, amount.place)) {
                let message = format!("there are two amounts in {}: {other} and {money}", money.currency());
                self.report(amount.place, message, "write one amount per currency");
            }
        }
        amounts
    }

    /// Bands ascend in every currency, and only the last has no upper end.
    fn bands(&mut self, policy: &Node<'_>) -> Vec<String> {
        let nodes = members(policy, "bands");
        let mut names = Vec::new();
        let mut before: Option<(String, Amounts)> = None;
        for (index, band) in nodes.iter().enumerate() {
            let Some((name, place)) = text(band, "name") else { continue };
            let is_last = index + 1 == nodes.len();
            let amounts = self.amounts(band);
            match (band.get("upTo"), is_last) {
                (None, false) => {
                    let message = format!("the bands after `{name}` hold nothing, because it has no `upTo`");
                    self.report(
                        place,
                        message,
                        "write `upTo` with its largest daily raise, or move it to the end",
                    );
                }
                (Some(up_to), true) => self.report(
                    up_to.key_place,
                    format!("a raise above the last band, `{name}`, would have no band"),
                    "leave `upTo` out of the last band, or add a band behind it without one",
                ),
                _ => {}
            }
            if let (Some((lower, below)), false) = (&before, is_last) {
                self.ascends(lower, below, name, place, &amounts);
            }
            names.push(name.to_owned());
            before = Some((name.to_owned(), amounts));
        }
        names
    }

    fn ascends(&mut self, lower: &str, below: &Amounts, name: &str, place: Place, amounts: &Amounts) {
        for (currency, (money, place)) in amounts {
            if let Some((other, _)) = below.get(currency).filter(|(other, _)| money <= other) {
                let message = format!("band `{name}` ends at {money}, below `{lower}` before it ({other})");
                self.report(*place, message, "write bands from the smallest to the largest");
            }
        }
        let missing = |of: &BTreeMap<Currency, _>, other: &BTreeMap<Currency, _>| {
            other.keys().find(|currency| !of.contains_key(*currency)).copied()
        };
        let gap = missing(amounts, below).map(|currency| (name, lower, currency));
        if let Some((without, with, currency)) =
            gap.or_else(|| missing(below, amounts).map(|currency| (lower, name, currency)))
        {
            let message = format!("band `{without}` has no amount in {currency}, though `{with}` has one");
            self.report(place, message, format!("add an amount in {currency} to `upTo`"));
        }
    }

    fn classes(&mut self, policy: &Node<'_>, bands: &[String]) {
        let Some(Entry { value: Node { content: Content::Mapping(entries), .. }, .. }) =
            policy.get("classes")
        else {
            return;
        };
        for entry in entries {
            self.class(entry, bands);
            self.rule(entry);
        }
        self.heavier_bands(entries, bands);
    }

    fn class(&mut self, entry: &Entry<'_>, bands: &[String]) {
        let words = || Class::WORDS.into_iter().map(ToOwned::to_owned);
        let known: Vec<String> = words().chain(bands.iter().map(|band| format!("raise-{band}"))).collect();
        if known.iter().any(|word| *word == entry.key) {
            return;
        }
        let message = match entry.key.strip_prefix("raise-") {
            Some(band) => format!("there is no band `{band}`"),
            None => format!("`{}` is not a class of change", entry.key),
        };
        let hint = match nearest(&entry.key, known.iter().map(String::as_str)) {
            Some(meant) => format!("write `{meant}`"),
            None => format!("write one of {}", known.join(", ")),
        };
        self.report(entry.key_place, message, hint);
    }

    fn rule(&mut self, entry: &Entry<'_>) {
        let (class, rule) = (&entry.key, &entry.value);
        let people = self.approvers(rule);
        let named = rule.get("approvers").is_some();
        let (wanted, place) = match text(rule, "approvals") {
            Some((number, place)) => (number.parse::<usize>().unwrap_or(1), place),
            None => (1, entry.key_place),
        };
        if named && people.len() < wanted {
            let message = format!("`{class}` asks for {wanted} people but names {}", people.len());
            self.report(place, message, "name more approvers, or ask for fewer approvals");
        }
        for limit in members(rule, "limits") {
            self.amounts(limit);
            let limited = self.approvers(limit);
            let stranger = limited.iter().find(|person| named && !people.contains(*person));
            if let Some(stranger) = stranger {
                let message = format!("`{stranger}` has a limit but may not approve `{class}` at all");
                self.report(limit.place, message, "add them to `approvers`, or drop the limit");
            }
        }
    }

    /// Where a band asks for approvals, a heavier one that asks for none must say so.
    fn heavier_bands(&mut self, entries: &[Entry<'_>], bands: &[String]) {
        let rule = |word: &str| entries.iter().find(|entry| entry.key == word);
        if rule("raise").is_some() {
            return;
        }
        let asked = bands.iter().position(|band| rule(&format!("raise-{band}")).is_some());
        let Some(first) = asked else { return };
        for band in bands.iter().skip(first).filter(|band| rule(&format!("raise-{band}")).is_none()) {
            let Some(lighter) = rule(&format!("raise-{}", bands[first])) else { continue };
            self.report(
                lighter.key_place,
                format!("`raise-{band}` needs nothing though the lighter `{}` needs an approval", lighter.key),
                format!("add `raise-{band}`, or `raise` for every band; `{{approvals: 0}}` says that it needs nothing"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::load::tests::project_findings;

    const SIGNERS: &str = "\
ana@shop.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n\
bo@shop.example,bo@home.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJm\n";

    /// What is found in a policy, as `line:column message`.
    fn findings(policy: &str) -> Vec<String> {
        let text = format!("project: shop\nallowedSigners: signers\napprovals:\n{policy}");
        project_findings(&text, &[("signers", SIGNERS)])
    }

    #[track_caller]
    fn check(policy: &str, expected: &[&str]) {
        let found = findings(policy);
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "`{expected}` is not in `{found}`");
        }
    }

    #[test]
    fn a_whole_policy_is_fine() {
        check(
            "  bands:\n  - {name: small, upTo: [100.00 EUR, 110.00 USD]}\n  - {name: large}\n  \
             groups: [{name: leads, members: [ana@shop.example, bo@home.example]}]\n  \
             authorMayApprove: false\n  holdsFor: 3d\n  classes:\n    \
             raise-small: {approvers: [leads], limits: [{approvers: [ana@shop.example], upTo: [50.00 EUR]}]}\n    \
             raise-large: {approvals: 2, approvers: [leads], holdsFor: 4h}\n    delete: {approvals: 1}\n",
            &[],
        );
    }

    #[test]
    fn bands_stand_in_order() {
        check(
            "  bands:\n  - {name: small, upTo: [100.00 EUR]}\n  - {name: medium, upTo: [90.00 EUR]}\n  - {name: large}\n",
            &["6:27 band `medium` ends at 90.00 EUR, below `small` before it (100.00 EUR)"],
        );
        check(
            "  bands:\n  - {name: small}\n  - {name: large, upTo: [5.00 EUR, 6.00 EUR]}\n",
            &[
                "5:12 the bands after `small` hold nothing",
                "6:19 a raise above the last band",
                "two amounts in EUR",
            ],
        );
        check(
            "  bands:\n  - {name: small, upTo: [100.00 EUR, 110.00 USD]}\n  - {name: medium, upTo: [500.00 EUR]}\n  - {name: large}\n",
            &["band `medium` has no amount in USD, though `small` has one"],
        );
    }

    #[test]
    fn classes_and_people_exist() {
        check("  classes: {rise: {approvals: 1}}\n", &["4:13 `rise` is not a class of change"]);
        check("  classes: {raise-huge: {approvals: 1}}\n", &["4:13 there is no band `huge`"]);
        check(
            "  classes: {raise: {approvers: [anna@shop.example]}}\n",
            &["4:33 `anna@shop.example` is neither a group nor in the allowed signers file"],
        );
        check("  classes: {raise: {approvers: ['*@shop.example']}}\n", &["is a pattern, not a person"]);
        check(
            "  groups: [{name: leads, members: [cleo@shop.example]}]\n",
            &["4:36 `cleo@shop.example` is neither"],
        );
    }

    #[test]
    fn a_policy_that_cannot_be_met_is_refused() {
        check(
            "  classes: {delete: {approvals: 2, approvers: [ana@shop.example]}}\n",
            &["4:33 `delete` asks for 2 people but names 1"],
        );
        check(
            "  classes: {raise: {approvers: [ana@shop.example], limits: [{approvers: [bo@shop.example], upTo: [1.00 EUR]}]}}\n",
            &["`bo@shop.example` has a limit but may not approve `raise` at all"],
        );
    }

    #[test]
    fn a_heavier_band_does_not_need_less_by_accident() {
        let bands = "  bands: [{name: small, upTo: [1.00 EUR]}, {name: large}]\n";
        check(
            &format!("{bands}  classes: {{raise-small: {{approvals: 1}}}}\n"),
            &["5:13 `raise-large` needs nothing though the lighter `raise-small` needs an approval"],
        );
        check(&format!("{bands}  classes: {{raise-small: {{}}, raise-large: {{approvals: 0}}}}\n"), &[]);
        check(&format!("{bands}  classes: {{raise-small: {{}}, raise: {{approvals: 2}}}}\n"), &[]);
        check(&format!("{bands}  classes: {{raise-large: {{approvals: 2}}}}\n"), &[]);
    }

    #[test]
    fn signers_are_read_strictly() {
        let with = |signers: &str, rest: &str| {
            project_findings(&format!("project: shop\n{rest}"), &[("signers", signers)])
        };
        let found = with("ana@shop.example\n", "allowedSigners: signers\n");
        assert!(found[0].contains("1:1 there is no public key behind the principals"), "{found:?}");
        let found = with("", "allowedSigners: missing\n");
        assert!(found[0].contains("2:17 ") && found[0].contains("`missing`"), "{found:?}");
        let found = with("SSHKRL", "revokedSigners: signers\n");
        assert!(found[0].contains("this is not a public key"), "{found:?}");
        let found = with("", "approvals: {classes: {raise: {approvals: 1}}}\n");
        assert!(found[0].contains("3:1") || found[0].contains("2:1"), "{found:?}");
        assert!(found[0].contains("allowedSigners"), "{found:?}");
        let found = with(SIGNERS, "allowedSigners: signers\napprovals: {holdsFor: 3 days}\n");
        assert!(found[0].contains("is not a duration"), "{found:?}");
    }
}

use adplane_core::notify::{Happening as News, NotificationPolicy};
use adplane_manifest::load::from_resources;
use adplane_manifest::lower_notifications;
use serde_json::json;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOW: &str = "2026-11-20T10:00:00Z";

/// A policy that sends everything to one channel, with annotations.
fn policy(name: &str, annotations: &[(&str, &str)]) -> Arc<Resource> {
    let annotations: BTreeMap<String, &str> =
        annotations.iter().map(|(key, value)| (format!("{}{key}", names::PREFIX), *value)).collect();
    let object = json!({
        "apiVersion": "adplane.io/v1alpha1", "kind": "NotificationPolicy",
        "metadata": {"name": name, "namespace": "growth", "uid": name, "annotations": annotations},
        "spec": {
            "channels": [{"name": "hook", "webhook": {
                "url": "https://hooks.shop.example/", "credentials": {"secretRef": {"name": "hook"}},
            }}],
            "routes": [{"name": "all", "channels": ["hook"]}],
        },
    });
    let kind = DocumentKind::NotificationPolicy;
    Arc::new(Resource::read(kind, serde_json::from_value(object).unwrap()).unwrap())
}

fn lowered(policies: &[Arc<Resource>]) -> Vec<NotificationPolicy> {
    let documents = policies.iter().map(|policy| (Arc::from(policy.key.to_string()), policy.document()));
    lower_notifications(&from_resources(documents.collect::<Vec<_>>()))
}

/// An account's folder in which a rule's suspension was given up by these policies' channels.
fn buried(policies: &[Arc<Resource>]) -> (tempfile::TempDir, StateDir) {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::of_project(folder.path());
    let outbox = Outbox::of(&state);
    let rule = "growth/stop-loss".to_owned();
    let news = News::RuleSuspended { rule, account: None, because: "3 of its 4 writes failed".to_owned() };
    let event = news.event(None, at(NOW), BTreeSet::new());
    assert_eq!(outbox.take_in(&lowered(policies), vec![event], at(NOW)).unwrap(), policies.len());
    let (pending, dead) = (outbox.root().join("pending"), outbox.root().join("dead"));
    std::fs::rename(pending, &dead).unwrap();
    for file in std::fs::read_dir(dead).unwrap() {
        let path = file.unwrap().path();
        let mut letter: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        (letter["attempts"], letter["error"]) = (json!(6), json!("it answers 403"));
        std::fs::write(path, letter.to_string()).unwrap();
    }
    (folder, state)
}

/// How many wait, and how many were given up.
fn shelves(outbox: &Outbox) -> [usize; 2] {
    [Shelf::Pending, Shelf::Dead].map(|shelf| outbox.read(shelf).unwrap().deliveries.len())
}

#[test]
fn what_was_given_up_is_named_with_why_and_what_to_do() {
    let (_folder, state) = buried(&[policy("team", &[])]);
    let told = given_up(&state).unwrap();
    assert!(told.starts_with("1 message was given up: growth/team/hook ("), "{told}");
    for words in [
        "growth/stop-loss",
        "it answers 403",
        "adplane.io/retry-dead-letters",
        "adplane.io/drop-dead-letters",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(given_up(&StateDir::of_project(folder.path())), None);
}

#[test]
fn a_new_value_tries_again_once_and_only_what_is_of_that_policy() {
    let [team, other] = [policy("team", &[]), policy("other", &[])];
    let (_folder, state) = buried(&[team, other.clone()]);
    let outbox = Outbox::of(&state);
    let asked = |value: &str| [policy("team", &[("retry-dead-letters", value)]), other.clone()];
    assert!(obey(&outbox, &[policy("team", &[]), other.clone()], at(NOW)).unwrap().is_empty());
    assert_eq!(shelves(&outbox), [0, 2]);
    let done = obey(&outbox, &asked("1"), at(NOW)).unwrap();
    assert_eq!(done, [("team".to_owned(), Order::Retry, 1)]);
    assert_eq!(shelves(&outbox), [1, 1]);
    let again = outbox.read(Shelf::Pending).unwrap().deliveries.remove(0);
    assert_eq!((again.policy.as_str(), again.attempts, again.due), ("team", 0, at(NOW)));
    // It dies again: the value that stands there does nothing more.
    let (pending, dead) = (outbox.root().join("pending"), outbox.root().join("dead"));
    let name = format!("{}.json", again.id);
    std::fs::rename(pending.join(&name), dead.join(&name)).unwrap();
    assert!(obey(&outbox, &asked("1"), at(NOW)).unwrap().is_empty());
    assert_eq!(shelves(&outbox), [0, 2]);
    obey(&outbox, &asked("2"), at(NOW)).unwrap();
    assert_eq!(shelves(&outbox), [1, 1]);
}

#[test]
fn a_new_value_drops_what_was_given_up_and_nothing_that_waits() {
    let team = policy("team", &[]);
    let (_folder, state) = buried(std::slice::from_ref(&team));
    let outbox = Outbox::of(&state);
    let news = News::RuleSuspended { rule: "growth/other".to_owned(), account: None, because: String::new() };
    outbox.take_in(&lowered(&[team]), vec![news.event(None, at(NOW), BTreeSet::new())], at(NOW)).unwrap();
    assert_eq!(shelves(&outbox), [1, 1]);
    // Of both at once, the one that loses nothing.
    let both = policy("team", &[("retry-dead-letters", "1"), ("drop-dead-letters", "1")]);
    assert_eq!(obey(&outbox, &[both], at(NOW)).unwrap()[0].1, Order::Retry);
    assert_eq!(shelves(&outbox), [2, 0]);
    let pending = outbox.read(Shelf::Pending).unwrap().deliveries.remove(0).id;
    let name = format!("{pending}.json");
    std::fs::rename(outbox.root().join("pending").join(&name), outbox.root().join("dead").join(&name))
        .unwrap();
    let drop = policy("team", &[("drop-dead-letters", "2")]);
    assert_eq!(obey(&outbox, &[drop], at(NOW)).unwrap(), [("team".to_owned(), Order::Drop, 1)]);
    assert_eq!(shelves(&outbox), [1, 0]);
}

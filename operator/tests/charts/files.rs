//! Files that no tool is needed for.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use adplane_core::address::AccountKey;
use adplane_core::ids::{InvalidId, Namespace, ObjectName};
use adplane_core::metrics::{Metric, Sums};
use adplane_core::money::Currency;
use adplane_operator::delivered::Counts;
use adplane_operator::metrics::{Metrics, Outcome};
use jiff::Timestamp;
use serde_json::Value;

use super::rendered::{ensure, root};

/// Names of metrics in a text.
fn names(text: &str) -> BTreeSet<String> {
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = text.split(|character| !word(character));
    words.filter(|name| name.starts_with("adplane_")).map(ToOwned::to_owned).collect()
}

/// Every name under which a metric can be asked for.
fn served() -> Result<BTreeSet<String>, InvalidId> {
    let metrics = Metrics::new();
    // What was never measured is not served.
    let account = AccountKey { namespace: Namespace::default_namespace(), name: ObjectName::new("a")? };
    let at = Timestamp::UNIX_EPOCH;
    metrics.reconciled(&account, Outcome::Applied, Duration::from_secs(1), at);
    metrics.plan_pending(&account, Some(at));
    metrics.drift(&account, 1);
    metrics.quota(&account, Some(1));
    metrics.error(&account, "Timeout");
    metrics.writes(&account, 1, 1);
    metrics.daily_budget(&account, "EUR", 1, 2);
    let sums = Sums::zero(&Metric::ALL);
    metrics.delivery(&account, Currency::EUR, &[Some(Counts { sums, as_of: at }); 4]);
    metrics.watch_restarted("Campaign");
    let mut all = BTreeSet::new();
    let text = metrics.text();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    for (name, kind) in types {
        match kind {
            "counter" => all.insert(format!("{name}_total")),
            "histogram" => all.insert(format!("{name}_bucket")),
            _ => all.insert(name.to_owned()),
        };
    }
    Ok(all)
}

pub(crate) fn dashboard() -> super::Outcome {
    let path = root().join("charts/adplane/dashboards/adplane.json");
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let dashboard: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let panels = dashboard["panels"].as_array().ok_or("no panels")?;
    let ids: BTreeSet<String> = panels.iter().map(|panel| panel["id"].to_string()).collect();
    ensure(panels.len() > 10 && ids.len() == panels.len(), "panels share an id")?;
    ensure(panels.iter().all(|panel| panel["description"].is_string()), "a panel says nothing of itself")?;
    let (served, mut asked) = (served().map_err(|error| error.to_string())?, BTreeSet::new());
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    for expression in targets.filter_map(|target| target["expr"].as_str()) {
        asked.extend(names(expression));
    }
    let unknown: Vec<&String> = asked.difference(&served).collect();
    ensure(unknown.is_empty(), format!("nothing serves {unknown:?}"))?;
    let unseen: Vec<&String> =
        served.difference(&asked).filter(|name| *name != "adplane_build_info").collect();
    ensure(unseen.is_empty(), format!("nobody looks at {unseen:?}"))
}

pub(crate) fn containerfile() -> super::Outcome {
    let text = fs::read_to_string(root().join("Containerfile")).map_err(|error| error.to_string())?;
    let copied =
        text.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|line| !line.starts_with("--"));
    let mut sources = BTreeSet::new();
    for line in copied {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (_, from) = words.split_last().ok_or("an empty COPY")?;
        sources.extend(from.iter().copied());
    }
    for source in &sources {
        ensure(root().join(source).exists(), format!("there is no {source}"))?;
    }
    // A workspace is read as a whole, and programs hold files of these folders.
    for needed in
        ["Cargo.lock", "cli", "crates", "operator", "tests", "xtask", "charts", "policies", "examples"]
    {
        ensure(sources.contains(needed), format!("{needed} is not copied"))?;
    }
    let last = text.lines().rev().find(|line| line.starts_with("USER "));
    ensure(last == Some("USER 65532:65532"), "the image runs as root")
}

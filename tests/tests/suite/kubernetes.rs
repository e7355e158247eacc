//! `examples/kubernetes`: what `kubectl apply` would send is what the operator can plan.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adplane_core::diagnostic::Severity;
use adplane_manifest::load::from_resources;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kubernetes")
}

/// Every object of the folder in the order in which kubectl sends them, with its file.
fn objects() -> Vec<(String, Value)> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let yaml = files.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    let mut found = Vec::new();
    for path in yaml {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let documents: Vec<Value> = serde_saphyr::from_multiple(&fs::read_to_string(&path).unwrap()).unwrap();
        found.extend(
            documents.into_iter().filter(|value| !value.is_null()).map(|value| (name.clone(), value)),
        );
    }
    found
}

#[test]
fn the_operator_can_plan_all_of_it() {
    let objects = objects();
    let label = |value: &Value| Arc::from(format!("{}/{}", value["kind"], value["metadata"]["name"]));
    let loaded = from_resources(objects.iter().map(|(_, value)| (label(value), value)));
    let mut lowered = adplane_manifest::lower(&loaded);
    let mut found = loaded.diagnostics;
    found.append(&mut lowered.diagnostics);
    let assets = std::mem::take(&mut lowered.desired.assets);
    for account in lowered.desired.accounts.values_mut() {
        found.extend(adplane_platforms::refine(account, &assets));
    }
    let wrong: Vec<_> = found.iter().filter(|found| found.severity != Severity::Info).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let kinds: Vec<&str> = objects.iter().filter_map(|(_, value)| value["kind"].as_str()).collect();
    for kind in ["AdAccount", "Campaign", "AdGroup", "Creative", "Budget", "Policy", "FreezeWindow", "Secret"]
    {
        assert!(kinds.contains(&kind), "there is no {kind}");
    }
    let counts: Vec<usize> = lowered.desired.accounts.values().map(|account| account.objects.len()).collect();
    assert_eq!(counts, [4, 3], "a budget, campaigns, ad groups and ads");
}

#[test]
fn the_namespace_comes_first_and_everything_lies_in_it() {
    let objects = objects();
    assert_eq!(objects[0].1["kind"], "Namespace");
    let name = &objects[0].1["metadata"]["name"];
    for (file, value) in &objects[1..] {
        assert_eq!(&value["metadata"]["namespace"], name, "{file}: {}", value["metadata"]["name"]);
    }
}

#[test]
fn it_takes_ten_commands_and_the_readme_names_every_file() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let block = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(block.lines().count(), 10);
    for (file, _) in objects() {
        assert!(readme.contains(&format!("`{file}`")), "{file} is not in the README");
    }
}

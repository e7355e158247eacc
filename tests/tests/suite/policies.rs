//! The packs in `policies/`: each compiles without a remark, and each case comes out as it says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use adplane_core::policy::{Severity, judge_case};
use adplane_manifest::{LoadRequest, load, load_cases, lower_policies};

fn request() -> LoadRequest {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    LoadRequest { paths: vec![PathBuf::from("policies")], cwd: root, ..LoadRequest::default() }
}

#[test]
fn every_case_of_every_pack_comes_out_as_it_says() {
    let request = request();
    let loaded = load(&request);
    assert_eq!(loaded.diagnostics, Vec::new());
    let lowered = lower_policies(&loaded);
    assert_eq!(lowered.diagnostics, Vec::new());
    let policies = lowered.desired.policies;
    let cases = load_cases(&request, &policies);
    assert_eq!(cases.diagnostics, Vec::new());
    let mut failed = Vec::new();
    let (mut allowed, mut matched) = (BTreeSet::new(), BTreeSet::new());
    for case in &cases.cases {
        let policy = &policies[case.policy];
        let judged = judge_case(std::slice::from_ref(policy), &case.case);
        let mut found: BTreeMap<Severity, BTreeSet<String>> = BTreeMap::new();
        for verdict in &judged.verdicts {
            let rule = verdict.rule.rsplit('/').next().unwrap().to_owned();
            found.entry(verdict.severity).or_default().insert(rule);
            matched.insert(verdict.rule.clone());
        }
        if found.is_empty() {
            allowed.insert(policy.name.clone());
        }
        if found != case.expected {
            failed.push(format!("{} `{}`: {found:?}", case.origin, case.name));
        }
    }
    assert_eq!(failed, Vec::<String>::new());
    // A pack shows for each of its rules what it catches, and something that it lets pass.
    for policy in &policies {
        assert!(allowed.contains(&policy.name), "{} has no case that it allows", policy.name);
        for rule in &policy.rules {
            let name = policy.rule_name(rule);
            assert!(matched.contains(&name), "no case makes `{name}` match");
        }
    }
    let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
    let expected =
        ["hygiene", "landing-pages", "legal", "naming", "ownership", "schedule", "spend-guard", "wording"];
    assert_eq!(names, expected);
}

#[test]
fn packs_do_not_get_in_each_others_way() {
    let found = load(&request());
    let lowered = lower_policies(&found);
    assert_eq!(adplane_core::policy::review(&lowered.desired.policies), Vec::new());
}

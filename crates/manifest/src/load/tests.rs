use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use adplane_core::diagnostic::Severity;

use super::*;

/// A temporary folder with files.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn load(&self, paths: &[&str]) -> Loaded {
        self.load_from("", paths)
    }

    fn load_from(&self, cwd: &str, paths: &[&str]) -> Loaded {
        let cwd = if cwd.is_empty() { self.0.path().to_owned() } else { self.0.path().join(cwd) };
        load(&LoadRequest { cwd, paths: paths.iter().map(PathBuf::from).collect(), ..LoadRequest::default() })
    }
}

/// What is found in a project file beside other files, as `line:column message`.
pub(crate) fn project_findings(text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let mut all: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    all.push(("adplane.yaml", text.as_bytes()));
    let shown = |found: &Diagnostic| match &found.origin {
        Some(origin) => format!("{}:{} {}", origin.line, origin.column, found.message),
        None => found.message.clone(),
    };
    Folder::new(&all).load(&[]).diagnostics.iter().map(shown).collect()
}

/// A connection string holds a password: the project file says where it is, in exactly one way.
#[test]
fn the_metrics_database_is_named_and_never_written() {
    let found = |rest: &str| project_findings(&format!("project: shop\nmetrics:\n  {rest}\n"), &[]);
    assert_eq!(found("database: {env: SHOP_METRICS, certificates: ./ca.pem}"), [""; 0]);
    assert_eq!(found("retention: {days: 800, hours: 40, everyReading: 14, dailyReadings: 365}"), [""; 0]);
    for wrong in [
        "database: {}",
        "database: {env: SHOP_METRICS, file: ./url}",
        "database: {url: \"postgres://ana:hunter2@db/metrics\"}",
        "database: \"postgres://ana:hunter2@db/metrics\"",
        "retention: {days: 3}",
    ] {
        let told = found(wrong);
        assert!(!told.is_empty(), "{wrong}");
        assert!(!told.concat().contains("hunter2"), "{told:?}");
    }
}

fn names(loaded: &Loaded) -> Vec<&str> {
    loaded.documents.iter().map(|document| document.name.as_str()).collect()
}

fn codes(loaded: &Loaded) -> Vec<String> {
    loaded.diagnostics.iter().map(|found| found.code.to_string()).collect()
}

fn creative(name: &str) -> String {
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Creative\nmetadata: {{name: {name}}}\nspec: {{headlines: [Hi]}}\n"
    )
}

#[test]
fn folders_are_read_but_not_hidden_ones_and_not_other_projects() {
    let folder = Folder::new(&[
        ("adplane.yaml", b"project: shop\n"),
        ("b/two.yml", creative("two").as_bytes()),
        ("a.yaml", format!("{}---\n{}", creative("one"), creative("uno")).as_bytes()),
        (".git/x.yaml", creative("hidden").as_bytes()),
        ("other/adplane.yaml", b"project: other\n"),
        ("other/x.yaml", creative("foreign-project").as_bytes()),
        ("readme.txt", b"not yaml: ["),
        ("deploy.yaml", b"apiVersion: apps/v1\nkind: Deployment\n---\n# only a comment\n---\njust: values\n"),
    ]);
    let loaded = folder.load(&[]);
    assert_eq!(names(&loaded), ["one", "uno", "two"]);
    assert_eq!(codes(&loaded), ["foreign-documents", "nested-project"]);
    assert_eq!(loaded.diagnostics[0].message, "2 documents of other programs were skipped");
    assert!(loaded.complete);
    assert_eq!(loaded.project.settings.project.as_ref().unwrap().0, "shop");
    assert!(loaded.source("a.yaml").unwrap().contains("uno"));
}

#[test]
fn a_part_of_a_project_is_not_complete() {
    let folder = Folder::new(&[
        ("adplane.yaml", b"project: shop\npaths: [ads, more]\n"),
        ("ads/a.yaml", creative("one").as_bytes()),
        ("more/b.yaml", creative("two").as_bytes()),
        ("else/c.yaml", creative("three").as_bytes()),
    ]);
    for (cwd, paths, found, complete) in [
        ("", vec![], vec!["one", "two"], true),
        ("", vec!["."], vec!["one", "two"], true),
        ("", vec!["adplane.yaml"], vec!["one", "two"], true),
        ("", vec!["ads", "more"], vec!["one", "two"], true),
        ("", vec!["ads"], vec!["one"], false),
        ("ads", vec!["."], vec!["one"], false),
        ("ads", vec![], vec!["one", "two"], true),
        ("", vec!["else/c.yaml"], vec!["three"], false),
    ] {
        let loaded = folder.load_from(cwd, &paths);
        let mut names = names(&loaded);
        names.sort_unstable();
        assert_eq!(names, found, "{cwd} {paths:?}");
        assert_eq!(loaded.complete, complete, "{cwd} {paths:?}");
    }
}

#[test]
fn what_cannot_be_read_is_reported_and_the_rest_loads() {
    let folder = Folder::new(&[
        ("adplane.yaml", b"project: shop\n"),
        ("a.yaml", b"apiVersion: adplane.io/v1alpha1\nkind: \xff\n"),
        ("b.yaml", format!("a: [1, 2\n---\n{}", creative("kept")).as_bytes()),
        ("c.yaml", b"a:\n\tb: 1\n"),
        ("d.yaml", creative("good").as_bytes()),
    ]);
    let loaded = folder.load(&[".", "missing.yaml"]);
    assert_eq!(names(&loaded), ["kept", "good"]);
    assert!(!loaded.complete);
    let found: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|found| match &found.origin {
            Some(origin) => format!("{origin} {}", found.code),
            None => format!("{} {}", found.code, found.message),
        })
        .collect();
    assert_eq!(
        found,
        [
            "path-not-found `missing.yaml` does not exist",
            "a.yaml:2:7 not-utf-8",
            "b.yaml:1:4 yaml-syntax",
            "c.yaml:2:2 yaml-syntax",
        ]
    );
    assert_eq!(loaded.diagnostics[3].hint.as_deref(), Some("indent with spaces: YAML allows no tabs there"));
}

#[test]
fn the_project_file_is_checked_like_any_other() {
    let folder = Folder::new(&[(
        "adplane.yaml",
        b"project: Shop\nprun: true\napprovals:\n  bands: [{name: small, upTo: [100 EUR]}]\n  classes: {raise-small: {approvals: 1}}\n",
    )]);
    let loaded = folder.load(&[]);
    let found: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|found| {
            format!("{} {} {}", found.origin.as_ref().unwrap(), found.code, found.hint.as_ref().unwrap())
        })
        .collect();
    assert_eq!(
        found,
        [
            "adplane.yaml:1:10 invalid-name write `shop`: lower-case letters, digits, `-` and `.`",
            "adplane.yaml:2:1 unknown-field did you mean `prune`?",
        ]
    );
}

#[test]
fn project_settings_are_typed() {
    let folder = Folder::new(&[(
        "adplane.yaml",
        b"project: shop\nprune: true\nallowedSigners: signers\npreviousOwners: [{project: old}]\ndrift: {default: Revert}\noutput: {format: json}\napprovals:\n  bands: [{name: small, upTo: [100 EUR]}]\n  classes: {raise-small: {approvals: 2, approvers: [ana@shop.example]}}\n",
    )]);
    let settings = folder.load(&[]).project.settings;
    assert_eq!(settings.prune, Some(true));
    assert_eq!(settings.drift.unwrap().default, Some(crate::api::project::DriftPolicy::Revert));
    assert_eq!(settings.approvals.unwrap().classes.unwrap()["raise-small"].approvals, Some(2));
}

/// The text that a diagnostic's caret underlines.
pub(crate) fn marked(text: &str, found: &Diagnostic) -> String {
    let origin = found.origin.as_ref().unwrap();
    let line = text.lines().nth(origin.line as usize - 1).unwrap();
    let rest = line.chars().skip(origin.column as usize - 1);
    if found.length == 0 { rest.collect() } else { rest.take(found.length as usize).collect() }
}

/// Checks the diagnostics of one campaign document.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let folder = Folder::new(&[("c.yaml", text.as_bytes())]);
    let loaded = folder.load(&["c.yaml"]);
    let found: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|found| {
            format!(
                "{} {}: {} | {}",
                marked(text, found),
                found.code,
                found.message,
                found.hint.as_deref().unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(found, expected, "{text}");
}

fn campaign(spec: &str) -> String {
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: c}}\nspec:\n  account: a\n  {spec}\n"
    )
}

#[test]
fn yaml_surprises_are_met_with_advice() {
    for (spec, expected) in [
        ("state: Active", None),
        (
            "targeting: {locations: [NO, ES]}",
            Some("NO yaml-1.1-word: `NO` is read as `false` by kubectl | write it in quotes: `\"NO\"`"),
        ),
        (
            "displayName: on",
            Some("on yaml-1.1-word: `on` is read as `true` by kubectl | write it in quotes: `\"on\"`"),
        ),
        (
            "displayName: 2026",
            Some(
                "2026 wrong-type: `displayName` takes a text, not `2026`, which is a number | write it in quotes: `\"2026\"`",
            ),
        ),
        (
            "displayName: 1e3",
            Some(
                "1e3 wrong-type: `displayName` takes a text, not `1e3`, which is a number | write it in quotes: `\"1e3\"`",
            ),
        ),
        (
            "displayName: 0x1F",
            Some(
                "0x1F wrong-type: `displayName` takes a text, not `0x1F`, which is a number | write it in quotes: `\"0x1F\"`",
            ),
        ),
        (
            "displayName: true",
            Some(
                "true wrong-type: `displayName` takes a text, not `true`, which is true or false | write it in quotes: `\"true\"`",
            ),
        ),
        ("displayName: !!str 08", None),
        (
            "displayName: ~",
            Some(
                "~ null-value: `displayName` is empty | leave it out to stop managing it, or write `clear: [displayName]` to clear it on the platform",
            ),
        ),
        (
            "displayName:",
            Some(
                "displayName null-value: `displayName` is empty | leave it out to stop managing it, or write `clear: [displayName]` to clear it on the platform",
            ),
        ),
        (
            "targeting: {audiences: {include: [12345678901234567890]}}",
            Some(
                "12345678901234567890 wrong-type: `targeting.audiences.include[0]` takes an id, which is a text, not `12345678901234567890`, which is a number | write it in quotes: `\"12345678901234567890\"`",
            ),
        ),
        (
            "targeting: {ages: {min: 08}}",
            Some(
                "08 wrong-type: `targeting.ages.min` takes a whole number, not `08`, which is a number | write plain digits, such as `25`",
            ),
        ),
        (
            "targeting: {ages: {min: \"25\"}}",
            Some(
                "\"25\" wrong-type: `targeting.ages.min` takes a whole number, not the text `25` | write `25` without quotes",
            ),
        ),
        (
            "targeting: {genders: Female}",
            Some("Female wrong-type: `targeting.genders` takes a list, not `Female` | write `[Female]`"),
        ),
        (
            "compliance: {euPoliticalAds: no}",
            Some(
                "no wrong-type: `compliance.euPoliticalAds` takes `true` or `false`, not `no` | write `false`",
            ),
        ),
        ("bidding: {roas: 3.50}", None),
        (
            "bidding: {roas: 1e1}",
            Some(
                "1e1 wrong-type: `bidding.roas` takes a decimal number, not `1e1`, which is a number | write plain digits, such as `3.5`",
            ),
        ),
        (
            "bidding: {roas: \"3.5\"}",
            Some(
                "\"3.5\" quoted-number: `bidding.roas` is a number; a cluster refuses it in quotes | write `3.5` without quotes",
            ),
        ),
        (
            "state: Active\n  state: Paused",
            Some("state duplicate-key: `state` is written twice; first on line 6 | keep one of the two"),
        ),
        (
            "budget: *missing",
            Some(
                "*missing yaml-unknown-alias: `*missing` has no anchor `&missing` before it | write the value itself, or put the anchor above, in the same document",
            ),
        ),
    ] {
        let all: Vec<&str> = expected.into_iter().collect();
        check(&campaign(spec), &all);
    }
}

#[test]
fn anchors_and_merge_keys_work() {
    let text = "apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: c}
spec:
  account: a
  targeting: &base
    locations: [ES]
    languages: [es]
---
apiVersion: adplane.io/v1alpha1
kind: AdGroup
metadata: {name: g}
spec:
  campaign: &name c
  displayName: *name
  budget: &money {daily: 1.00 EUR}
  targeting:
    <<: {locations: [FR], languages: [fr]}
    languages: [ca]
";
    check(text, &[]);
    let folder = Folder::new(&[("c.yaml", text.as_bytes())]);
    let loaded = folder.load(&["c.yaml"]);
    let group = &loaded.documents[1];
    assert_eq!(group.text("displayName"), Some("c"));
    assert_eq!(group.written("targeting.locations").unwrap().value.to_string(), "FR");
    assert_eq!(group.written("targeting.languages").unwrap().value.to_string(), "ca");
}

#[test]
fn alias_bombs_are_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let previous = format!("*a{}", level - 1);
        let members = [previous.as_str(); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{members}]").unwrap();
    }
    let folder = Folder::new(&[("bomb.yaml", text.as_bytes()), ("good.yaml", creative("good").as_bytes())]);
    let loaded = folder.load(&["."]);
    assert_eq!(codes(&loaded), ["yaml-alias-bomb"]);
    assert_eq!(names(&loaded), ["good"]);
}

#[test]
fn deep_nesting_is_refused() {
    let text = "[".repeat(20_000);
    let folder = Folder::new(&[("deep.yaml", text.as_bytes())]);
    assert_eq!(codes(&folder.load(&["."])), ["yaml-syntax"]);
}

#[test]
fn thirty_mistakes_are_thirty_diagnostics() {
    let text = include_str!("../../tests/mistakes.yaml");
    // `# code@text` behind a line: the code, and the text on that line that the caret underlines.
    let mut expected: Vec<(u32, String, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for wanted in line.split_once(" # ").into_iter().flat_map(|(_, wanted)| wanted.split("; ")) {
            let (code, marked) = wanted.split_once('@').unwrap();
            expected.push((u32::try_from(index).unwrap() + 1, code.to_owned(), marked.to_owned()));
        }
    }
    expected.sort();
    assert_eq!(expected.len(), 30);
    let folder = Folder::new(&[("mistakes.yaml", text.as_bytes())]);
    let loaded = folder.load(&["."]);
    let lowered = crate::lower(&loaded);
    let mut found: Vec<(u32, String, String)> = loaded
        .diagnostics
        .iter()
        .chain(&lowered.diagnostics)
        .filter(|found| found.severity == Severity::Error)
        .map(|found| {
            let origin = found.origin.as_ref().unwrap();
            assert!(found.hint.is_some(), "{found:?}");
            (origin.line, found.code.to_string(), marked(text, found).split(" # ").next().unwrap().to_owned())
        })
        .collect();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn paths_are_shown_as_people_type_them() {
    assert_eq!(&*shown(Path::new("/a/b/c.yaml"), Path::new("/a/b")), "c.yaml");
    assert_eq!(&*shown(Path::new("/a/x.yaml"), Path::new("/a/b")), "../x.yaml");
    assert_eq!(&*shown(Path::new("/c/x.yaml"), Path::new("/a/b")), "/c/x.yaml");
    assert_eq!(absolute(Path::new("/a/b"), Path::new("../c/./d")), PathBuf::from("/a/c/d"));
}

#[test]
fn files_come_from_any_tree() {
    let (on_disk, below) = (creative("on-disk"), creative("below"));
    let folder = Folder::new(&[("a.yaml", on_disk.as_bytes()), ("sub/b.yaml", below.as_bytes())]);
    let texts = std::collections::BTreeMap::from([(folder.0.path().join("a.yaml"), creative("elsewhere"))]);
    let tree = crate::load::FileTree::default().with_texts(texts);
    let request = LoadRequest { cwd: folder.0.path().to_owned(), tree, ..LoadRequest::default() };
    let loaded = load(&request);
    assert_eq!(names(&loaded), ["elsewhere", "below"]);
    assert!(loaded.source("a.yaml").unwrap().contains("elsewhere"));
}

#[test]
fn policies_of_the_project_govern_also_what_is_asked_for_alone() {
    let policy = |name: &str| {
        format!(
            "apiVersion: adplane.io/v1alpha1\nkind: Policy\nmetadata: {{name: {name}}}\nspec:\n  rules:\n  \
             - {{name: one, severity: Deny, when: \"change.action == 'delete'\", message: no}}\n"
        )
    };
    let folder = Folder::new(&[
        ("adplane.yaml", b"project: shop\n"),
        ("ads/one.yaml", creative("one").as_bytes()),
        ("other/two.yaml", creative("two").as_bytes()),
        ("policies/guard.yaml", format!("{}---\n{}", policy("guard"), creative("three")).as_bytes()),
        ("policies/guard.cases.yaml", b"policy: guard\ncases: []\n"),
    ]);
    let part = folder.load(&["ads"]);
    assert_eq!(names(&part), ["one", "guard"]);
    assert!(!part.complete && codes(&part).is_empty());
    assert_eq!(names(&folder.load(&["policies"])), ["guard", "three"]);
    assert_eq!(names(&folder.load(&[])), ["one", "two", "guard", "three"]);
    // A policy that cannot be read is no reason to go on without it.
    std::fs::write(folder.0.path().join("policies/guard.yaml"), "kind: Policy\n  spec: [\n").unwrap();
    assert_eq!(codes(&folder.load(&["ads"])), ["yaml-syntax"]);
    // Without a project, nothing beside what is asked for is looked at.
    std::fs::remove_file(folder.0.path().join("adplane.yaml")).unwrap();
    assert_eq!(names(&folder.load(&["ads"])), ["one"]);
}

#[test]
fn freeze_windows_of_the_project_hold_also_what_is_asked_for_alone() {
    let account = |name: &str| {
        format!(
            "apiVersion: adplane.io/v1alpha1\nkind: AdAccount\nmetadata: {{name: {name}}}\nspec:\n  platform: Meta\n  \
             accountId: act_1\n  currency: EUR\n  timeZone: Europe/Madrid\n  credentials: {{file: ./c.json}}\n"
        )
    };
    let window = |accounts: &str| {
        format!(
            "apiVersion: adplane.io/v1alpha1\nkind: FreezeWindow\nmetadata: {{name: peak}}\nspec:\n  match: {{accounts: \
             [{accounts}]}}\n  ranges: [{{from: \"2026-11-26\", to: \"2026-11-30\"}}]\n"
        )
    };
    let folder = Folder::new(&[
        ("adplane.yaml", b"project: shop\n"),
        ("ads/account.yaml", account("meta-eu").as_bytes()),
        ("other/account.yaml", account("meta-us").as_bytes()),
        ("calendar/peak.yaml", window("meta-eu, meta-us").as_bytes()),
    ]);
    let part = folder.load(&["ads"]);
    assert_eq!(names(&part), ["meta-eu", "peak"]);
    // An account that was not asked for exists all the same.
    let lowered = crate::lower(&part);
    assert_eq!(lowered.diagnostics, []);
    assert_eq!(lowered.desired.freezes.len(), 1);
    // One that exists nowhere is misspelt, and would leave its account open.
    std::fs::write(folder.0.path().join("calendar/peak.yaml"), window("meta-eu, meta-uk")).unwrap();
    let lowered = crate::lower(&folder.load(&["ads"]));
    let found: Vec<&str> = lowered.diagnostics.iter().map(|finding| &*finding.code).collect();
    assert_eq!(found, ["dangling-reference"]);
    // A window that cannot be read is no reason to go on without it.
    std::fs::write(folder.0.path().join("calendar/peak.yaml"), "kind: FreezeWindow\n  spec: [\n").unwrap();
    assert_eq!(codes(&folder.load(&["ads"])), ["yaml-syntax"]);
}

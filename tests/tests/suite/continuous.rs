//! `examples/ci`: the files parse, and the commands in them run, against the sandbox and a stand-in for the forges.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::black_box::bench::{Bench, Run};

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ci").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn yaml(file: &str) -> Value {
    serde_saphyr::from_str(&read(file)).unwrap()
}

/// Records what it was asked in `asked`, and answers with the body that was sent last, as a forge keeps it.
const FORGE: &str = r#"#!/bin/sh
printf '%s\n' "${0##*/} $*" >> "$FORGE/asked"
case "${0##*/} $*" in
  *POST* | *PUT* | *PATCH*) cp comment.md "$FORGE/kept"; echo '{}' ;;
  *jq*) cat > /dev/null; if [ -f "$FORGE/kept" ]; then echo 42; fi ;;
  *) if [ -f "$FORGE/kept" ]; then echo 'kept'; fi ;;
esac
"#;

/// A repository whose ads are the examples, with the forge's tools on the path.
struct Repository {
    bench: Bench,
}

impl Repository {
    async fn new() -> Self {
        let bench = Bench::start().await;
        adplane_tests::copy_examples(&bench.path("repository/ads"), &bench.url()).unwrap();
        std::fs::remove_dir_all(bench.path("repository/ads/ci")).unwrap();
        for tool in ["gh", "curl", "jq"] {
            bench.write(&format!("tools/{tool}"), FORGE);
            std::fs::set_permissions(bench.path(&format!("tools/{tool}")), PermissionsExt::from_mode(0o755))
                .unwrap();
        }
        Self { bench }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.bench.path("repository").join(file)
    }

    /// Runs a script as the runners do.
    async fn script(&self, script: &str) -> Run {
        let binary = adplane_tests::binary().unwrap();
        let path = std::env::var("PATH").unwrap();
        let path =
            format!("{}:{}:{path}", self.bench.path("tools").display(), binary.parent().unwrap().display());
        let output = tokio::process::Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.bench.path("repository"))
            .env("PATH", path)
            .env("FORGE", self.bench.path("tools"))
            .env("NO_COLOR", "1")
            .env("RUN", "https://forge.example/runs/7")
            .env("CI_JOB_URL", "https://forge.example/runs/7")
            .env("GITHUB_REPOSITORY", "shop/ads")
            .env("GITHUB_STEP_SUMMARY", self.bench.path("summary.md"))
            .env("PULL_REQUEST", "5")
            .stdin(std::process::Stdio::null())
            .output()
            .await
            .unwrap();
        Run::from(output)
    }

    fn asked(&self) -> Vec<String> {
        let asked = std::fs::read_to_string(self.bench.path("tools/asked")).unwrap_or_default();
        asked.lines().map(str::to_owned).collect()
    }
}

/// The script of a step of the GitHub workflow.
fn step(workflow: &Value, job: &str, name: &str) -> String {
    let steps = workflow["jobs"][job]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no step {name}"));
    step["run"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_github_workflow_plans_comments_once_and_applies() {
    let repository = Repository::new().await;
    let workflow = yaml(".github/workflows/ads.yml");
    for name in ["Validate", "Plan", "Render", "Comment"] {
        let run = repository.script(&step(&workflow, "plan", name)).await.exits(0);
        if name == "Plan" {
            assert!(run.out.starts_with("::notice file=ads/"), "{}", run.out);
        }
    }
    assert!(repository.asked().iter().any(|asked| asked.contains("POST repos/shop/ads/issues/5/comments")));
    // The next run finds its comment by the marker and writes it again.
    repository.script(&step(&workflow, "plan", "Comment")).await.exits(0);
    let last = repository.asked().pop().unwrap();
    assert!(last.contains("PATCH repos/shop/ads/issues/comments/42"), "{last}");
    let kept = std::fs::read_to_string(repository.bench.path("tools/kept")).unwrap();
    assert!(kept.contains("<!-- adplane:plan project=veleta -->"), "{kept}");
    let sarif: Value =
        serde_json::from_slice(&std::fs::read(repository.path("plan.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(std::fs::read_to_string(repository.bench.path("summary.md")).unwrap().contains("### Ads plan"));
    for name in ["Plan", "Apply"] {
        repository.script(&step(&workflow, "apply", name)).await.exits(0);
    }
    repository.script("adplane plan ads --detailed-exitcode").await.exits(0);
    // A plan that asks for approvals, and a merge without them: told, and nothing written.
    let project = std::fs::read_to_string(repository.path("ads/adplane.yaml")).unwrap();
    let asking = format!(
        "{project}\napprovals:\n  bands: [{{name: any}}]\n  classes: {{raise-any: {{approvals: 1}}}}\n"
    );
    std::fs::write(repository.path("ads/adplane.yaml"), asking).unwrap();
    let budgets = repository.path("ads/google/budgets.yaml");
    let raised = std::fs::read_to_string(&budgets).unwrap().replace("85.00", "95.00");
    std::fs::write(&budgets, raised).unwrap();
    let writes = repository.bench.writes().await;
    repository.script(&step(&workflow, "apply", "Plan")).await.exits(0);
    repository.script(&step(&workflow, "apply", "Apply")).await.exits(6);
    assert_eq!(repository.bench.writes().await, writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gitlab_template_plans_notes_and_applies() {
    let repository = Repository::new().await;
    let template = yaml(".gitlab-ci.yml");
    let script = |job: &str| -> String {
        let lines = template[job]["script"].as_array().unwrap();
        lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n")
    };
    repository.script(&script("plan")).await.exits(0);
    assert!(
        repository.asked().iter().any(|asked| asked.contains("--request POST")),
        "{:?}",
        repository.asked()
    );
    repository.script(&script("plan")).await.exits(0);
    assert!(repository.asked().last().unwrap().contains("/notes/42"), "{:?}", repository.asked());
    let report = std::fs::read_to_string(repository.path("plan.xml")).unwrap();
    assert!(report.contains("<testsuite name=\"default/google-es\""), "{report}");
    repository.script(&script("apply")).await.exits(0);
    for needed in ["stages", "plan", "apply"] {
        assert!(!template[needed].is_null(), "{needed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hooks_stop_a_broken_commit() {
    let repository = Repository::new().await;
    let hook = format!("set -- ; {}", read("pre-commit").replace("#!/bin/sh", ""));
    repository.script("git init -q . && git add ads").await.exits(0);
    repository.script(&hook).await.exits(0);
    repository.bench.write("repository/ads/broken.yaml", "apiVersion: adplane.io/v1alpha1\nkind: Campagne\n");
    repository.script("git add ads").await.exits(0);
    repository.script(&hook).await.exits(1);
    let config = yaml(".pre-commit-config.yaml");
    let entry = config["repos"][0]["hooks"][0]["entry"].as_str().unwrap();
    repository.script(entry).await.exits(1);
    // What does not touch the ads is not held up.
    repository.script("git reset -q ads").await.exits(0);
    repository.script(&hook).await.exits(0);
}

/// What GitHub refuses without saying much: unknown keys of jobs, steps with both or neither of `run` and `uses`, and
/// text of people inside scripts.
#[test]
fn the_workflow_is_well_formed() {
    let workflow = yaml(".github/workflows/ads.yml");
    let jobs = workflow["jobs"].as_object().unwrap();
    let known = ["if", "runs-on", "permissions", "environment", "steps", "needs", "env"];
    for (name, job) in jobs {
        for key in job.as_object().unwrap().keys() {
            assert!(known.contains(&key.as_str()), "{name}: {key}");
        }
        for step in job["steps"].as_array().unwrap() {
            assert_ne!(step["run"].is_null(), step["uses"].is_null(), "{step}");
            let script = step["run"].as_str().unwrap_or_default();
            assert!(!script.contains("github.event"), "a script must not hold what people wrote: {script}");
            if let Some(action) = step["uses"].as_str() {
                assert!(action.contains('@'), "{action} has no version");
            }
        }
    }
}

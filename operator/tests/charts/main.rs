//! The chart, the kustomize bases, the dashboard and the Containerfile: what they say fits the operator.
//!
//! Rendering takes `helm` and `kubectl`, from `KUBEBUILDER_ASSETS`, `/usr/local/kubebuilder/bin` or the search path;
//! where one is missing, the cases that need it are named as ignored. That rendered manifests fit a real API server is
//! for the tests of the cluster to show. `ADPLANE_WRITE=1` writes the kustomize bases anew.

mod files;
mod kustomize;
mod manifests;
mod rendered;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use rendered::Tools;

/// What a case comes to.
type Outcome = Result<(), String>;
type OfTools = fn(&Tools) -> Outcome;
type OfFiles = fn() -> Outcome;

/// Cases that take the tools.
const RENDERED: [(&str, OfTools); 9] = [
    ("the chart passes helm's own checks", manifests::lint),
    ("without a project it says what to write", manifests::project),
    ("values that make no sense are refused", manifests::refused),
    ("the operator reads the configuration that is rendered", manifests::configuration),
    ("the operator takes the arguments that it is given", manifests::arguments),
    ("nothing runs with more rights than it needs", manifests::security),
    ("what selects the operator's pods selects these alone", manifests::selectors),
    ("the kustomize bases are the chart", kustomize::fresh),
    ("kustomize builds them, and takes another configuration", kustomize::builds),
];

/// Cases that read files alone.
const FILES: [(&str, OfFiles); 2] = [
    ("the dashboard asks for metrics that there are", files::dashboard),
    ("the image is built from what there is", files::containerfile),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let tools = Tools::find();
    let files = FILES.map(|(name, case)| Trial::test(name, move || case().map_err(Failed::from)));
    let rendered = RENDERED.map(|(name, case)| match &tools {
        Ok(tools) => {
            let tools = tools.clone();
            Trial::test(name, move || case(&tools).map_err(Failed::from))
        }
        Err(missing) => {
            Trial::test(name, || Ok(())).with_kind(format!("needs {missing}")).with_ignored_flag(true)
        }
    });
    libtest_mimic::run(&arguments, files.into_iter().chain(rendered).collect()).exit_code()
}

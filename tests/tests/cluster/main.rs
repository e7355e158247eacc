//! What a real API server makes of the definitions, the roles and the admission policies that are shipped, and what the
//! operator does between it and the platforms.
//!
//! Needs `kube-apiserver` and `etcd` (in `KUBEBUILDER_ASSETS` or `/usr/local/kubebuilder/bin`), `kubectl` and `helm`
//! (there or in `PATH`). One API server is started for all cases, each of which has a namespace of its own. Without
//! the programs each case is reported as ignored, with the name of what is missing.
//!
//! A bare API server has no controller-manager: no namespace is ever emptied, no owner takes its children along, and
//! no role is aggregated, so roles are bound by their own names here.

mod approving;
mod authors;
mod charts;
mod definitions;
mod fixed;
mod helm;
mod keys;
mod leaving;
mod operator;
mod people;
mod plugin;
mod roles;
mod rules;
mod server;
mod shipped;
mod tools;

use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};

use libtest_mimic::{Arguments, Failed, Trial};

use people::{Case, Team};
use server::Cluster;
use tools::Tools;

/// Cases by group.
const GROUPS: &[(&str, &[Case])] = &[
    ("definitions", definitions::CASES),
    ("shipped", shipped::CASES),
    ("rules", rules::CASES),
    ("fixed", fixed::CASES),
    ("roles", roles::CASES),
    ("approving", approving::CASES),
    ("authors", authors::CASES),
    ("leaving", leaving::CASES),
    ("plugin", plugin::CASES),
    ("charts", charts::CASES),
    ("operator::examples", operator::examples::CASES),
    ("operator::walk", operator::walk::CASES),
    ("operator::leaving", operator::leaving::CASES),
    ("operator::removing", operator::removing::CASES),
    ("operator::replicas", operator::replicas::CASES),
    ("operator::delivered", operator::delivered::CASES),
    ("operator::rules", operator::rules::CASES),
    ("operator::pools", operator::pools::CASES),
    ("operator::pools::trouble", operator::pools::trouble::CASES),
    ("operator::pools::guard", operator::pools::guard::CASES),
    ("operator::rules::waits", operator::rules::waits::CASES),
    ("operator::notices", operator::notices::CASES),
    ("operator::trouble", operator::trouble::CASES),
    ("operator::soak", operator::soak::CASES),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let tools = Tools::find();
    let started = match &tools {
        // Kept until every case has ended: dropping it ends the servers.
        Ok(tools) if !arguments.list => Some(Cluster::start(tools).map(Arc::new)),
        _ => None,
    };
    let trials = GROUPS.iter().enumerate().flat_map(|(group, (name, cases))| {
        let (tools, started) = (&tools, &started);
        cases.iter().enumerate().map(move |(index, case)| {
            let name = format!("{name}::{}", case.name);
            match (tools, started) {
                (Err(missing), _) => {
                    Trial::test(name, || Ok(())).with_kind(format!("needs {missing}")).with_ignored_flag(true)
                }
                (Ok(_), None) => Trial::test(name, || Ok(())),
                (Ok(_), Some(started)) => {
                    let started = started.clone();
                    let namespace = format!("case-{group}-{index}");
                    Trial::test(name, move || run(case, &namespace, started))
                }
            }
        })
    });
    let trials = trials.collect();
    let code = libtest_mimic::run(&arguments, trials).exit_code();
    drop(started);
    code
}

/// Cases run side by side, but for those that take away what others stand on.
static SIDE_BY_SIDE: RwLock<()> = RwLock::new(());

fn run(case: &Case, namespace: &str, started: Result<Arc<Cluster>, String>) -> Result<(), Failed> {
    let cluster = started?;
    // A case that panicked left nothing behind that the lock guards.
    let _alone = case.alone.then(|| SIDE_BY_SIDE.write().unwrap_or_else(PoisonError::into_inner));
    let _beside = (!case.alone).then(|| SIDE_BY_SIDE.read().unwrap_or_else(PoisonError::into_inner));
    let team = Team::in_namespace(&cluster, namespace)?;
    Ok((case.run)(&team)?)
}

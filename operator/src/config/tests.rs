use super::*;

const LEAST: &str = "project: shop\n";

fn config(more: &str) -> Config {
    Config::parse(&format!("{LEAST}{more}")).unwrap()
}

/// Each text is a part of the one problem that is found.
fn refused(more: &str, texts: &[&str]) {
    let problems = Config::parse(&format!("{LEAST}{more}")).unwrap_err();
    for text in texts {
        assert!(problems.iter().any(|problem| problem.contains(text)), "{more}: {problems:#?}");
    }
    assert!(problems.len() <= texts.len().max(1), "{more}: {problems:#?}");
}

#[test]
fn what_is_absent_is_careful() {
    let config = config("");
    assert!(config.guards_required && !config.debug && !config.dry_run);
    assert_eq!((config.observe_every.as_secs(), config.settle.as_secs()), (300, 30));
    assert_eq!((config.accounts_at_once, config.shards, config.plan_retention), (4, 1, 20));
    assert_eq!(config.plan_store, PlanStore::ConfigMap);
    let timing = config.lease.timing();
    assert!(timing.margin > config.lease.call_timeout && timing.usable() >= Duration::from_secs(20));
    assert_eq!(config.state_directory, Path::new("/var/lib/adplane"));
    assert_eq!(config.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(config.log_format, LogFormat::Json);
    assert_eq!(config.approvals, ApprovalPolicy::default());
    assert!(config.service_account_approvers.is_empty());
    assert!(config.covers(&"growth".parse().unwrap()));
}

#[test]
fn everything_can_be_written() {
    let config = config(
        "approvals:\n  bands: [{name: small, upTo: [100 EUR]}, {name: large}]\n  classes: {raise: {approvals: 1}, delete: {approvals: 2}}\n\
         drift: {default: Revert, rules: [{account: meta-eu, field: budget, policy: Alert}]}\n\
         previousOwners: [{project: old-shop}]\n\
         dryRun: true\nnamespaces: [growth]\nobserveEvery: 10m\nsettle: 1m\naccountsAtOnce: 8\nshards: 3\n\
         planStore: {directory: /var/lib/adplane/plans}\nstateDirectory: /state\nplanRetention: 5\n\
         approvers: {serviceAccounts: [\"system:serviceaccount:ci:approver\"]}\n\
         signatures: {classes: [delete, raise-large], allowedSigners: /etc/adplane/allowed_signers}\n\
         guards: {required: false}\nlisten: 127.0.0.1:9000\ndebug: true\nlog: {format: text, filter: debug}\n",
    );
    assert_eq!(config.approvals.bands.len(), 2);
    assert_eq!(config.drift.rules.as_ref().unwrap().len(), 1);
    assert_eq!(config.previous_owners.len(), 1);
    assert_eq!(config.plan_store, PlanStore::Directory("/var/lib/adplane/plans".into()));
    assert_eq!((config.shards, config.settle.as_secs()), (3, 60));
    assert!(config.dry_run && config.debug && !config.guards_required);
    assert!(!config.covers(&"other".parse().unwrap()));
    let needed = |word: &str| config.signatures.needed_for(&word.parse().unwrap());
    assert!(needed("delete") && needed("raise-large") && !needed("raise-small") && !needed("edit"));
}

#[test]
fn a_spend_guard_holds_every_account() {
    let config = config(
        "approvals: {spendGuard: {maxDailyRise: 10%, maxShareOfLive: 0.25, worstDay: {accounts: {meta-eu: 500 EUR}}}}\n",
    );
    assert_eq!(config.approvals, ApprovalPolicy::default(), "it is no approval");
    let mut desired = adplane_core::desired::Desired::default();
    config.spend_guard.hold(&mut desired);
    let every = desired.spend_guard.every;
    assert_eq!((every.max_rise, every.share_of_live), (Some(1_000), Some(2_500)));
    let several =
        "approvals: {spendGuard: {worstDay: {namespace: [500 EUR], platforms: {Meta: [300 EUR]}}}}\n";
    assert!(self::config(several).spend_guard.spans_accounts());
    refused(&format!("{several}shards: 2\n"), &["with `shards` nobody sees all of them"]);
    refused("approvals: {spendGuard: {maxDailyRise: much}}\n", &["`much` is not a percentage"]);
}

#[test]
fn raise_speaks_for_every_band() {
    let config =
        config("approvals: {bands: [{name: all}]}\nsignatures: {classes: [raise], allowedSigners: /keys}\n");
    assert!(config.signatures.needed_for(&"raise-all".parse().unwrap()));
}

#[test]
fn the_store_of_plans_is_one_of_two() {
    assert_eq!(config("planStore: {configMap: {}}\n").plan_store, PlanStore::ConfigMap);
    refused("planStore: {directory: plans}\n", &["`planStore.directory` is `plans`: write an absolute path"]);
    refused("planStore: {volume: plans}\n", &["volume"]);
}

#[test]
fn what_is_wrong_is_told_with_what_to_write() {
    refused("projects: shop\n", &["projects"]);
    refused("shards: 0\n", &["`shards` is 0: write 1 to 64"]);
    refused("accountsAtOnce: 65\nplanRetention: 0\n", &["`accountsAtOnce` is 65", "`planRetention` is 0"]);
    refused("observeEvery: 5\n", &["`5` is not a span of time"]);
    refused("traces: {endpoint: collector}\n", &["`traces.endpoint` is `collector`: write the address"]);
    refused("settle: 1s\n", &["`settle` is 1s: write 6s to 1h"]);
    refused(
        "listen: everywhere\n",
        &["`listen` is `everywhere`: write an address and a port, such as `0.0.0.0:8080`"],
    );
    refused("approvers: {serviceAccounts: [ana]}\n", &["`ana` is no service account"]);
    refused("signatures: {classes: [delete]}\n", &["nobody's key is known"]);
    refused(
        "signatures: {classes: [raise-huge, rise], allowedSigners: /keys}\n",
        &["there is no band `huge`", "`rise` is not a class"],
    );
    refused("dryRun: yes\n", &["bool"]);
}

#[test]
fn approvals_and_drift_are_checked_as_in_a_project() {
    refused("approvals: {classes: {rise: {approvals: 1}}}\n", &["`rise` is not a class of change"]);
    // A misspelt account would make the rule speak for every account.
    refused("drift: {rules: [{acount: meta-eu, policy: Revert}]}\n", &["acount"]);
    refused("drift: {default: Undo}\n", &["Undo"]);
}

#[test]
fn keys_are_read_from_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    let keys = folder.path().join("signers");
    std::fs::write(
        &path,
        format!("{LEAST}signatures: {{classes: [delete], allowedSigners: {}}}\n", keys.display()),
    )
    .unwrap();
    let shown = Config::load(&path).unwrap_err().to_string();
    assert!(shown.contains("cannot read the file of keys"), "{shown}");
    std::fs::write(&keys, "ana@shop.example nonsense\n").unwrap();
    let shown = Config::load(&path).unwrap_err().to_string();
    assert!(shown.contains("line 1"), "{shown}");
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0fC4QdjpVGYkbuZmmnrIG0Zw3NEuzlHGcZXvsKUKEg";
    std::fs::write(&keys, format!("ana@shop.example {key}\n")).unwrap();
    let config = Config::load(&path).unwrap();
    assert_eq!(config.signatures.keys().unwrap().signers.len(), 1);
}

#[test]
fn a_missing_file_is_named() {
    let shown = Config::load(Path::new("/nowhere/config.yaml")).unwrap_err().to_string();
    assert!(shown.starts_with("cannot use the configuration `/nowhere/config.yaml`\n  "), "{shown}");
}

#[test]
fn metrics_are_read_where_they_are_wanted() {
    assert_eq!(config("").metrics, None);
    let usual = config("metrics: {}\n").metrics.unwrap();
    assert_eq!((usual.every.as_secs(), usual.status_every.as_secs(), usual.back), (900, 3600, 30));
    assert_eq!((usual.database, usual.retention), (None, Retention::default()));
    let written = config(
        "metrics: {every: 30m, statusEvery: 2h, back: 90, retention: {hours: 10},\n  \
         database: {file: /etc/adplane-metrics/url, certificates: /etc/adplane-metrics/ca.pem}}\n",
    );
    let written = written.metrics.unwrap();
    assert_eq!((written.every.as_secs(), written.status_every.as_secs(), written.back), (1800, 7200, 90));
    assert_eq!(written.retention, Retention { hours: 10, ..Retention::default() });
    let database = MetricsDatabase {
        file: "/etc/adplane-metrics/url".into(),
        certificates: Some("/etc/adplane-metrics/ca.pem".into()),
    };
    assert_eq!(written.database, Some(database));
}

#[test]
fn metrics_that_cannot_be_read_so_are_refused() {
    refused("metrics: {every: 1s}\n", &["`metrics.every` is 1s"]);
    refused("metrics: {back: 0}\n", &["`metrics.back` is 0"]);
    refused("metrics: {retention: {days: 3}}\n", &["days"]);
    refused("metrics: {database: {env: URL}}\n", &["write `file`"]);
    refused(
        "metrics: {database: {file: url}}\n",
        &["`metrics.database.file` is `url`: write an absolute path"],
    );
    refused("metrics: {often: 1m}\n", &["often"]);
}

//! How long the pure path takes and how much memory it needs, for 1,000 to 100,000 objects (design §9).
//!
//! Writes a portfolio of all three platforms as YAML files, then loads, lowers, refines and plans it: once
//! with nothing live, once with everything live. Each size runs in a process of its own, so that peaks of
//! memory do not mix. Prints a table and never fails on time: `cargo bench -p adplane-tests --bench
//! portfolio`; `ADPLANE_BENCH_SIZES=1000,10000` chooses sizes.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at any surprise"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use adplane_core::desired::Desired;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::ExternalId;
use adplane_core::observed::{AccountFacts, Observed, ObservedAccount, ObservedObject};
use adplane_core::plan::document::{DocumentContext, PlanDocument};
use adplane_core::plan::{Plan, PlanInput, PlanOptions, plan};
use adplane_core::schema::OnChange;
use adplane_core::value::Value;
use adplane_manifest::{LoadRequest, load, lower};

/// Set for the processes that measure one size.
const SIZE: &str = "ADPLANE_BENCH_SIZE";
/// Sizes to measure, separated by commas.
const SIZES: &str = "ADPLANE_BENCH_SIZES";
const DEFAULT_SIZES: &str = "1000,10000,100000";
/// Campaigns of one file.
const CAMPAIGNS_PER_FILE: usize = 50;
const GROUPS_PER_CAMPAIGN: usize = 4;
const ADS_PER_GROUP: usize = 3;
/// The best of so many runs counts for what is short.
const RUNS: usize = 3;
const MIB: u64 = 1024;

fn main() {
    if let Ok(size) = std::env::var(SIZE) {
        return measure(size.parse().unwrap());
    }
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let lines = cpus.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| Some(line.split_once(':')?.1.trim().to_owned())).collect::<Vec<_>>()
    };
    let model = field("model name").into_iter().next().unwrap_or_else(|| "unknown processor".into());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{model}, {} cores, load {}", field("processor").len(), load.trim());
    println!("one thread; all times are of this process alone, memory is its peak in the phase\n");
    println!(
        "{:>8} {:>8} {:>6}  {:>7} {:>7} {:>7} {:>9} {:>7}  {:>8} {:>8} {:>8} {:>7}",
        "objects",
        "files",
        "MB",
        "load",
        "lower",
        "refine",
        "validate",
        "memory",
        "create",
        "no-op",
        "document",
        "memory"
    );
    let sizes = std::env::var(SIZES).unwrap_or_else(|_| DEFAULT_SIZES.into());
    for size in sizes.split(',') {
        let child = Command::new(std::env::current_exe().unwrap()).env(SIZE, size).status().unwrap();
        assert!(child.success(), "size {size}");
    }
    println!(
        "\nto reach: validate 100,000 in 2.5 s and 1.5 GB; plan 100,000 in 1.0 s and 1.0 GB, 10,000 in 0.1 s"
    );
}

/// Measures one size and prints its line.
fn measure(objects: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (files, bytes) = write_portfolio(folder.path(), objects);
    let request = LoadRequest {
        paths: vec![folder.path().to_owned()],
        cwd: folder.path().to_owned(),
        ..LoadRequest::default()
    };
    let start = Instant::now();
    let loaded = load(&request);
    let loading = start.elapsed();
    accept(&loaded.diagnostics);
    let (lowered, lowering) = timed(|| lower(&loaded));
    accept(&lowered.diagnostics);
    let mut desired = lowered.desired;
    let assets = desired.assets.clone();
    let (findings, refining) = timed(|| {
        let accounts = desired.accounts.values_mut();
        accounts.flat_map(|account| adplane_platforms::refine(account, &assets)).collect::<Vec<_>>()
    });
    accept(&findings);
    let validate_memory = peak_memory();
    drop((loaded, findings));

    let nothing = live(&desired, false);
    let everything = live(&desired, true);
    reset_peak();
    let (creates, creating) = best(|| planned(&desired, &nothing));
    assert!(creates.changes.len() >= objects);
    let (document, documenting) = best(|| {
        let context =
            DocumentContext { desired: &desired, observed: &nothing, engine: "bench", approvals: None };
        PlanDocument::new(&creates, &context)
    });
    assert!(document.hash.starts_with("sha256:"));
    drop((creates, document));
    let (unchanged, comparing) = best(|| planned(&desired, &everything));
    assert!(!unchanged.has_pending(), "{:?}", unchanged.changes.iter().find(|change| change.action.writes()));
    println!(
        "{:>8} {:>8} {:>6.1}  {} {} {}  {} {:>4} MB   {}  {}  {} {:>4} MB",
        objects,
        files,
        megabytes(bytes),
        seconds(loading),
        seconds(lowering),
        seconds(refining),
        seconds(loading + lowering + refining),
        validate_memory / MIB,
        seconds(creating),
        seconds(comparing),
        seconds(documenting),
        peak_memory() / MIB,
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// The last result and the shortest time.
fn best<T>(mut work: impl FnMut() -> T) -> (T, Duration) {
    let (mut result, mut shortest) = timed(&mut work);
    for _ in 1..RUNS {
        drop(result);
        let again = timed(&mut work);
        result = again.0;
        shortest = shortest.min(again.1);
    }
    (result, shortest)
}

fn seconds(duration: Duration) -> String {
    format!("{:>6.3}s", duration.as_secs_f64())
}

fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap()) / 1024.0
}

fn accept(diagnostics: &[Diagnostic]) {
    let error = diagnostics.iter().find(|found| found.is_error());
    assert!(error.is_none(), "{error:#?}");
}

/// Peak of resident memory in KiB.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// Starts the peak anew (proc(5), `clear_refs`); where that is not allowed, the peak is the whole run's.
fn reset_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn planned(desired: &Desired, observed: &Observed) -> Plan {
    plan(&PlanInput {
        desired,
        observed,
        schemas: &adplane_platforms::schemas(),
        options: &PlanOptions::default(),
        bindings: &BTreeMap::new(),
        now: "2026-11-21T00:00:00Z".parse().unwrap(),
    })
}

/// What a read gives: the accounts, with everything live as wanted or with nothing.
fn live(desired: &Desired, everything: bool) -> Observed {
    let owner = desired.owner().unwrap();
    let mut observed = Observed::default();
    for (key, account) in &desired.accounts {
        let schema = adplane_platforms::schema(account.platform);
        let mut ids = BTreeMap::new();
        let mut objects = Vec::new();
        for object in account.objects.values().filter(|_| everything) {
            let id: ExternalId = format!("{}", 1_000_000_000 + ids.len()).parse().unwrap();
            let mut read = ObservedObject::new(object.address.kind, id.clone());
            ids.insert(&object.address, id);
            read.parent = object.parent.as_ref().and_then(|parent| ids.get(parent)).cloned();
            read.marker = Some(object.marker(&owner, &account.account_id));
            let kind = schema.kind(object.address.kind).unwrap();
            let readable = |path: &str| kind.field(path).on_change != OnChange::Unreadable;
            read.fields = object
                .fields
                .iter()
                .filter(|(path, _)| readable(path.as_str()))
                .map(|(path, field)| (path.clone(), field.value.clone()))
                .collect();
            read.fields.entry("state".into()).or_insert_with(|| Value::text("Paused"));
            objects.push(read);
        }
        let facts = AccountFacts {
            name: key.name.to_string(),
            currency: account.currency,
            zone: account.zone.clone(),
            inactive: None,
        };
        let read = ObservedAccount { facts: Some(facts), objects, ..ObservedAccount::default() };
        observed.accounts.insert(key.clone(), read);
    }
    observed
}

/// Writes a project with this many campaigns, ad groups and ads; the number of files and bytes.
fn write_portfolio(folder: &Path, objects: usize) -> (usize, usize) {
    let campaigns = objects.div_ceil(1 + GROUPS_PER_CAMPAIGN * (1 + ADS_PER_GROUP));
    let mut files = vec![
        ("adplane.yaml".to_owned(), "project: bench\n".to_owned()),
        ("accounts.yaml".to_owned(), ACCOUNTS.to_owned()),
    ];
    for (number, first) in (0..campaigns).step_by(CAMPAIGNS_PER_FILE).enumerate() {
        let last = campaigns.min(first + CAMPAIGNS_PER_FILE);
        let text: String = (first..last).map(campaign).collect();
        files.push((format!("campaigns-{number:04}.yaml"), text));
    }
    let bytes = files.iter().map(|(_, text)| text.len()).sum();
    for (name, text) in &files {
        fs::write(folder.join(name), text).unwrap();
    }
    (files.len(), bytes)
}

const ACCOUNTS: &str = r#"apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: google}
spec:
  platform: Google
  accountId: "1000000001"
  currency: EUR
  timeZone: Europe/Madrid
  compliance: {euPoliticalAds: false}
---
apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: meta}
spec:
  platform: Meta
  accountId: act_1000000001
  currency: EUR
  timeZone: Europe/Madrid
  compliance: {dsa: {beneficiary: Shop Ltd, payor: Shop Ltd}}
  defaults: {pixel: "1122334455", identity: {meta: {page: "111"}}}
---
apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: tiktok}
spec:
  platform: TikTok
  accountId: "7000000000000000001"
  currency: EUR
  timeZone: Europe/Madrid
  defaults: {pixel: "7000000000000001122", identity: {tiktok: {identity_type: TT_USER, identity_id: "222"}}}
"#;

/// One campaign with its ad groups and their creative, on each platform in turn.
fn campaign(number: usize) -> String {
    let (platform, spec) = [
        (
            "google",
            "google: {advertisingChannelType: SEARCH}
  bidding: {strategy: MaximizeClicks, maxCpc: 1.20 EUR}
  targeting: {locations: [ES, PT], languages: [es]}
  negativeKeywords: [{text: free, match: Broad}]",
        ),
        (
            "meta",
            "objective: Sales
  bidding: {strategy: CostCap, amount: 18.00 EUR}
  targeting: {locations: [ES, FR], languages: [es]}
  specialAdCategories: []",
        ),
        (
            "tiktok",
            "objective: Traffic
  targeting: {locations: [ES], languages: [es], ages: {min: 18}}",
        ),
    ][number % 3];
    let name = format!("{platform}-{number}");
    let mut text = format!(
        "---
apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {{name: {name}, labels: {{team: growth}}}}
spec:
  account: {platform}
  displayName: Campaign number {number}
  state: Active
  budget: {{daily: {}.00 EUR}}
  {spec}
{}",
        100 + number % 200,
        creative(platform, &name),
    );
    for group in 0..GROUPS_PER_CAMPAIGN {
        let more = match platform {
            "google" => format!(
                "keywords: [{{text: shoes {number} {group}, match: Phrase}}, {{text: boots {group}, match: Exact}}]"
            ),
            "meta" => {
                "optimization: {goal: Purchase}\n  targeting: {ages: {min: 25, max: 44}, genders: [Female]}"
                    .into()
            }
            _ => "targeting: {genders: [Female], ages: {min: 25, max: 44}}".into(),
        };
        write!(
            text,
            "---
apiVersion: adplane.io/v1alpha1
kind: AdGroup
metadata: {{name: {name}-g{group}}}
spec:
  campaign: {name}
  displayName: Group {group}
  state: Active
  {more}
  ads:
"
        )
        .unwrap();
        for ad in 0..ADS_PER_GROUP {
            writeln!(text, "    - {{name: ad-{ad}, creative: {name}, state: Active}}").unwrap();
        }
    }
    text
}

fn creative(platform: &str, name: &str) -> String {
    let more = match platform {
        "google" => {
            "headlines: [Zapatillas de primavera, Corre más ligero, Devolución gratis]
  descriptions: [Hasta un 30 % menos esta semana., Entrega en dos días.]"
        }
        "meta" => {
            "headlines: [Zapatillas de primavera]
  primaryTexts: [Corre más ligero esta primavera.]
  images: [{id: a3f1c2}]
  callToAction: ShopNow"
        }
        _ => {
            "primaryTexts: [Corre más ligero esta primavera.]
  videos: [{id: v10033g50000smoke0000000000000001}]
  images: [{id: cover-1}]
  callToAction: ShopNow"
        }
    };
    format!(
        "---
apiVersion: adplane.io/v1alpha1
kind: Creative
metadata: {{name: {name}}}
spec:
  {more}
  landingPage: https://shop.example/{name}
  tracking: {{utm: {{campaign: \"{{campaign.name}}\", content: \"{{ad.name}}\"}}}}
"
    )
}

//! How long `validate`'s load and lower take, and how much memory: prints figures, never fails on time.
//!
//! `cargo bench -p adplane-manifest` on an idle machine; each size is 25 objects a campaign file.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when its files fail"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;

use adplane_manifest::{LoadRequest, load, lower};
use criterion::{Criterion, Throughput};

/// A campaign, its ad groups and their ads.
const OBJECTS_PER_CAMPAIGN: usize = 25;

/// Writes a project of about `objects` objects and returns its size in bytes.
fn generate(folder: &Path, objects: usize) -> u64 {
    let mut bytes = 0;
    let mut write = |name: String, text: &str| {
        bytes += text.len() as u64;
        std::fs::write(folder.join(name), text).unwrap();
    };
    write("adplane.yaml".to_owned(), "project: bench\n");
    write(
        "account.yaml".to_owned(),
        "apiVersion: adplane.io/v1alpha1\nkind: AdAccount\nmetadata: {name: meta-eu, namespace: growth}\nspec:\n  \
         platform: Meta\n  accountId: act_1234567890\n  currency: EUR\n  timeZone: Europe/Madrid\n",
    );
    for campaign in 0..objects.div_ceil(OBJECTS_PER_CAMPAIGN) {
        write(format!("campaign-{campaign}.yaml"), &campaign_file(campaign));
    }
    bytes
}

fn campaign_file(campaign: usize) -> String {
    let mut text = format!(
        "apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {{name: campaign-{campaign}, namespace: growth, labels: {{team: growth, season: spring}}}}
spec:
  account: meta-eu
  displayName: Spring sale {campaign}
  objective: Sales
  state: Active
  budget: {{daily: 120.00 EUR}}
  schedule: {{start: \"2026-03-01\", end: \"2026-03-31\", hours: [{{days: [Mon, Fri], from: \"08:00\", to: \"20:00\"}}]}}
  bidding: {{strategy: CostCap, amount: 18.00 EUR}}
  targeting: {{locations: [ES, FR-IDF], languages: [es]}}
  specialAdCategories: []
---
apiVersion: adplane.io/v1alpha1
kind: Creative
metadata: {{name: creative-{campaign}, namespace: growth}}
spec:
  headlines: [Zapatillas de primavera, Corre más ligero, Devolución gratis]
  primaryTexts: [Corre más ligero esta primavera.]
  images: [{{id: \"120210\"}}]
  callToAction: ShopNow
  landingPage: https://shop.example/spring
  tracking: {{utm: {{campaign: \"{{campaign.name}}\", content: \"{{ad.name}}\"}}}}
"
    );
    for group in 0..8 {
        let _ = write!(
            text,
            "---
apiVersion: adplane.io/v1alpha1
kind: AdGroup
metadata: {{name: group-{campaign}-{group}, namespace: growth}}
spec:
  campaign: campaign-{campaign}
  displayName: Spring sale {campaign}, group {group}
  state: Active
  # People who bought before.
  targeting:
    ages: {{min: 25, max: 44}}
    genders: [Female]
    audiences: {{include: [\"2384\", \"2385\"], exclude: [\"9911\"]}}
  optimization: {{goal: Purchase, pixel: \"1122334455\"}}
  ads:
    - {{name: hero, creative: creative-{campaign}, state: Active}}
    - {{name: second, creative: creative-{campaign}, state: Paused}}
"
        );
    }
    text
}

/// Most memory this process has held, from the kernel's own count.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |line| line.trim().to_owned())
}

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for objects in [1_000, 10_000, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        let bytes = generate(folder.path(), objects);
        let request = LoadRequest { cwd: folder.path().to_owned(), ..LoadRequest::default() };
        let loaded = load(&request);
        let lowered = lower(&loaded);
        assert!(
            loaded.diagnostics.is_empty() && lowered.diagnostics.is_empty(),
            "{:?}",
            loaded.diagnostics.first()
        );
        let found: usize = lowered.desired.accounts.values().map(|account| account.objects.len()).sum();
        println!(
            "{found} objects, {}.{} MB, {cores} cores, peak memory {}",
            bytes / 1_000_000,
            bytes / 100_000 % 10,
            peak_memory()
        );
        drop((loaded, lowered));
        let mut group = criterion.benchmark_group("validate");
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(format!("load/{objects}"), |bencher| bencher.iter(|| black_box(load(&request))));
        let loaded = load(&request);
        group
            .bench_function(format!("lower/{objects}"), |bencher| bencher.iter(|| black_box(lower(&loaded))));
        group.finish();
    }
    criterion.final_summary();
}

//! The page of the examples' plan, a hostile creative among them, and what it must show.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use adplane_sandbox::{ClockMode, QuotaMode, Sandbox, SandboxOptions};
use serde_json::Value;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey};

/// Texts that try to be more than text.
pub(crate) const HOSTILE: [&str; 5] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=\"a()\">",
    "{{ 7 * 7 }} </style>&lt;",
    "50 \u{202E}RUE 00.1",
    "</bdi></article><iframe>",
];

/// When the page is made: soon after the emulator's clock starts, while approvals hold.
const NOW: &str = "2026-11-02T08:30:00Z";

/// A page and the document behind it.
pub(crate) struct Page {
    pub(crate) html: String,
    document: Value,
}

/// What the preview of an ad must show.
pub(crate) struct Ad {
    pub(crate) name: String,
    pub(crate) texts: Vec<String>,
    pub(crate) link: Option<String>,
    pub(crate) has_picture: bool,
}

impl Page {
    /// Plans the examples through the real binary.
    pub(crate) fn of_examples() -> Result<Self, String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let mut options = SandboxOptions {
            clock: ClockMode::virtual_default(),
            quota: QuotaMode::Off,
            ..SandboxOptions::default()
        };
        options.listen.set_port(0);
        let sandbox = runtime.block_on(Sandbox::start(options)).map_err(|error| error.to_string())?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        adplane_tests::copy_examples(folder.path(), &sandbox.url())?;
        write(folder.path(), "hostile.yaml", &hostile())?;
        people(folder.path())?;
        adplane(folder.path(), &["plan", "--out", "plan.json"])?;
        adplane(folder.path(), &["approve", "plan.json", "--key", "ana", "--class", "raise-large"])?;
        let html = adplane(folder.path(), &["show", "plan.json", "--format", "html", "--now", NOW])?;
        let json = std::fs::read(folder.path().join("plan.json")).map_err(|error| error.to_string())?;
        let document = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
        runtime.block_on(sandbox.shutdown()).map_err(|error| error.to_string())?;
        Ok(Self { html, document })
    }

    /// How much more the plan lets be spent a day, as the document says it.
    pub(crate) fn raise(&self) -> Result<&str, String> {
        self.document["raises"]["EUR"]["daily"].as_str().ok_or_else(|| "the plan raises nothing".to_owned())
    }

    /// Every ad of the plan, read from the document and not from the page.
    pub(crate) fn ads(&self) -> Result<Vec<Ad>, String> {
        let changes = self.document["changes"].as_array().ok_or("the plan has no changes")?;
        let is_ad = |change: &&Value| change["address"].as_str().is_some_and(|text| text.contains("/Ad/"));
        Ok(changes.iter().filter(is_ad).map(ad).collect())
    }
}

fn ad(change: &Value) -> Ad {
    let name = change["address"].as_str().unwrap_or_default().splitn(5, '/').nth(4).unwrap_or_default();
    let field = |path: &str| {
        let mut fields = change["fields"].as_array().into_iter().flatten();
        fields.find(|field| field["path"] == path).map(|field| field["after"].clone())
    };
    let texts =
        ["creative.headlines", "creative.longHeadlines", "creative.descriptions", "creative.primaryTexts"];
    let lines = texts.into_iter().filter_map(|path| field(path)?.as_array().cloned()).flatten();
    let pictures = field("creative.images").and_then(|value| value.as_array().map(Vec::len)).unwrap_or(0);
    let visible = |line: &str| line.replace('\u{202E}', "[U+202E]");
    Ad {
        name: name.to_owned(),
        texts: lines.filter_map(|line| line.as_str().map(visible)).collect(),
        link: field("creative.landingPage").and_then(|value| value.as_str().map(str::to_owned)),
        has_picture: pictures > 0,
    }
}

/// Text as a browser serializes it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An ad on the examples' Meta account whose texts are hostile.
fn hostile() -> String {
    let quoted = HOSTILE.map(|text| serde_json::to_string(text).unwrap_or_default());
    let [first, second, third, fourth, fifth] = &quoted;
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: hostile}}\nspec:\n  account: meta-es\n  \
         displayName: {first}\n  objective: Traffic\n  budget: {{daily: 5.00 EUR}}\n  specialAdCategories: []\n  \
         targeting: {{locations: [ES], ages: {{min: 18}}}}\n---\napiVersion: adplane.io/v1alpha1\nkind: AdGroup\n\
         metadata: {{name: hostile}}\nspec:\n  campaign: hostile\n  displayName: {third}\n  ads: [{{name: hostile, creative: hostile}}]\n---\n\
         apiVersion: adplane.io/v1alpha1\nkind: Creative\nmetadata: {{name: hostile}}\nspec:\n  primaryTexts: [{fifth}]\n  headlines: [{second}]\n  descriptions: [{fourth}]\n  images: [{{file: \
         ./assets/boots-wide.png}}]\n  landingPage: https://shop.example/?a=1&b=2\n"
    )
}

/// An approval policy under which a large raise needs two people, and two people with keys.
fn people(folder: &Path) -> Result<(), String> {
    let mut signers = String::new();
    for (name, seed) in [("ana", 1), ("bo", 2)] {
        let key = PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]));
        let text = key.to_openssh(LineEnding::LF).map_err(|error| error.to_string())?;
        write(folder, name, &text)?;
        let public = key.public_key().to_openssh().map_err(|error| error.to_string())?;
        let _ = writeln!(signers, "{name}@shop.example {public}");
    }
    write(folder, "allowed_signers", &signers)?;
    write(
        folder,
        "adplane.yaml",
        "project: veleta\nallowedSigners: allowed_signers\napprovals:\n  authorMayApprove: true\n  bands:\n    \
         - {name: small, upTo: [100.00 EUR]}\n    - {name: large}\n  classes:\n    raise-large: {approvals: 2}\n",
    )
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    std::fs::write(folder.join(name), text).map_err(|error| format!("{name}: {error}"))
}

fn adplane(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(adplane_tests::binary()?)
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("adplane {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)))
    }
}

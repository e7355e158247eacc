//! `adplane demo`: the whole story against a sandbox of its own, each step with the command that does the same.
//!
//! Sandbox, port and folder are the demo's own and gone when it ends. Each step must hold: the first that does
//! not ends the demo with an error. The steps are the real commands, run in this process.

mod approval;
mod control;
mod files;

use std::path::{Path, PathBuf};

use adplane_core::money::{Currency, Money};
use adplane_core::plan::document::PlanDocument;
use adplane_sandbox::{ClockMode, Sandbox, SandboxOptions};
use owo_colors::OwoColorize;

use super::{apply, drift, get, plan, sandbox, validate};
use crate::args::{
    ApplyArgs, ApprovalFlags, DemoArgs, DriftArgs, GetArgs, GetOutput, Global, OutputFormat, PathArgs,
    PlanArgs, PlanFlags, ShownArgs, ValidateArgs, ValidateFormat,
};
use crate::error::{Exit, Failure};
use crate::pipeline;
use crate::render::{self, table};
use crate::settings::Settings;
use crate::ui::Ui;
use control::{Control, EDITS};

/// Sandbox time that passes before delivery is shown.
const WHILE: &str = "7d";
/// The examples hold at least so many objects.
const AT_LEAST: u64 = 50;

pub(super) async fn run(
    global: &Global,
    args: &DemoArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let folder = tempfile::Builder::new()
        .prefix("adplane-demo-")
        .tempdir()
        .map_err(|error| Failure::error("cannot make a temporary folder").caused_by(&error))?;
    let mut options =
        SandboxOptions { seed: args.seed, clock: ClockMode::virtual_default(), ..SandboxOptions::default() };
    options.listen.set_port(0);
    let sandbox = Sandbox::start(options).await.map_err(|error| Failure::from_error(Exit::Error, &error))?;
    files::write(&folder.path().join("examples"), &sandbox.url())?;
    let demo = Demo {
        // What the person running the demo narrows down elsewhere does not narrow down the story.
        global: Global { namespace: None, account: None, selector: None, now: None, ..global.clone() },
        settings: Settings { cwd: folder.path().to_owned(), now: None, ..settings.clone() },
        control: Control::new(sandbox.url())?,
        ui,
    };
    let told = tokio::select! {
        told = demo.story() => told,
        () = sandbox::stopped() => Err(Failure::new(Exit::Interrupted, "the demo was interrupted; nothing of it is left")),
    };
    let stopped = sandbox.shutdown().await.map_err(|error| Failure::from_error(Exit::Error, &error));
    let removed = folder
        .close()
        .map_err(|error| Failure::error("cannot remove the demo's temporary folder").caused_by(&error));
    told?;
    stopped?;
    removed?;
    ui.data("\nThe sandbox is stopped and its folder removed. To go on by hand: adplane sandbox\n")?;
    Ok(Exit::Done)
}

/// What every step needs.
struct Demo<'a> {
    global: Global,
    settings: Settings,
    control: Control,
    ui: &'a Ui,
}

impl Demo<'_> {
    async fn story(&self) -> Result<(), Failure> {
        let url = self.control.url("state");
        self.ui.data(&format!(
            "A shop for bad weather advertises on Google, Meta and TikTok; here all three are a sandbox.\n\
             Everything it holds, at any time: {url}\n"
        ))?;
        self.validate()?;
        let saved = self.plan().await?;
        self.apply_saved(&saved).await?;
        self.plan_again().await?;
        self.change_by_hand().await?;
        self.drift(Exit::Pending).await?;
        self.heal().await?;
        self.raise_with_approval().await?;
        self.deliver().await
    }

    fn say(&self, title: &str, command: &str) -> Result<(), Failure> {
        self.ui.data(&format!("\n{}\n{}\n", title.bold(), format!("$ {command}").cyan()))
    }

    fn validate(&self) -> Result<(), Failure> {
        self.say("1. Check the files, offline", "adplane validate examples")?;
        let args = ValidateArgs { path: examples(), format: ValidateFormat::Text };
        let exit = validate::run(&self.global, &args, &self.settings, self.ui)?;
        hold(exit == Exit::Done, "the examples are valid")
    }

    /// Plans, shows what is new by name and one campaign in full, and saves the plan.
    async fn plan(&self) -> Result<PathBuf, Failure> {
        self.say("2. See what would happen, and what it may cost", "adplane plan examples --out plan.json")?;
        let document = self.make_plan().await?;
        self.ui.data(&shortened(&document))?;
        hold(document.summary.create >= AT_LEAST, "everything in the files is new")?;
        hold(document.summary.writes() == document.summary.create, "nothing else is touched")?;
        hold(document.summary.blocked == 0, "nothing is blocked")?;
        let file = self.settings.cwd.join("plan.json");
        plan::save(&document, &file)?;
        Ok(file)
    }

    async fn apply_saved(&self, saved: &Path) -> Result<(), Failure> {
        self.say("3. Apply exactly that plan", "adplane apply plan.json")?;
        let args = ApplyArgs { paths: vec![saved.to_owned()], ..ApplyArgs::default() };
        let exit = apply::run(&self.global, &args, &self.settings, self.ui).await?;
        hold(exit == Exit::Done, "every change is applied")
    }

    async fn plan_again(&self) -> Result<(), Failure> {
        self.say(
            "4. Plan again: what is live is what is written",
            "adplane plan examples --detailed-exitcode",
        )?;
        let args = PlanArgs { detailed_exitcode: true, ..plan_args() };
        let exit = plan::run(&self.global, &args, &self.settings, self.ui).await?;
        hold(exit == Exit::Done, "the second plan is empty")
    }

    async fn change_by_hand(&self) -> Result<(), Failure> {
        self.ui.data(&format!("\n{}\n", "5. Meanwhile somebody is in a hurry".bold()))?;
        for edit in &EDITS {
            let command = self.control.edit(edit).await?;
            self.ui.data(&format!("Somebody {}.\n{}\n", edit.told, format!("$ {command}").cyan()))?;
        }
        Ok(())
    }

    async fn drift(&self, expected: Exit) -> Result<(), Failure> {
        self.say("6. See what drifted, who did it and when", "adplane drift examples")?;
        let args = DriftArgs {
            path: examples(),
            write_back: false,
            target: Vec::new(),
            field: Vec::new(),
            output: GetOutput::Table,
        };
        let exit = drift::run(&self.global, &args, &self.settings, self.ui).await?;
        hold(exit == expected, "the change by hand is seen")
    }

    async fn heal(&self) -> Result<(), Failure> {
        self.say("7. Put it back, changing nothing else", "adplane apply examples --auto-approve")?;
        let document = self.make_plan().await?;
        hold(document.changes.len() == EDITS.len(), "only what drifted is changed")?;
        let args =
            ApplyArgs { paths: vec![PathBuf::from("examples")], auto_approve: true, ..ApplyArgs::default() };
        let exit = apply::run(&self.global, &args, &self.settings, self.ui).await?;
        hold(exit == Exit::Done, "the drift is healed")
    }

    async fn deliver(&self) -> Result<(), Failure> {
        let command = self.control.advance(WHILE).await?;
        self.say("9. Let a week pass", &command)?;
        self.ui.data(&format!("{}\n", "$ adplane get campaigns examples".cyan()))?;
        let args = GetArgs { kind: "campaigns".into(), path: examples(), output: GetOutput::Table };
        let exit = get::run(&self.global, &args, &self.settings, self.ui).await?;
        hold(exit == Exit::Done, "live campaigns are listed")?;
        self.ui.data(&format!("{}\n", format!("$ curl {}", self.control.url("delivery")).cyan()))?;
        let delivered = self.control.delivered().await?;
        hold(delivered.len() == 3, "ads on every platform delivered")?;
        hold(delivered.iter().all(|account| account.spend_micros > 0), "every account spent")?;
        let header = ["PLATFORM", "ACCOUNT", "IMPRESSIONS", "CLICKS", "SPEND", "CONVERSIONS"];
        let rows: Vec<Vec<String>> = delivered.iter().map(row).collect();
        self.ui.data(&table::table(&header, &rows))
    }

    async fn make_plan(&self) -> Result<PlanDocument, Failure> {
        let flags = PlanFlags::default();
        let mut prepared = pipeline::prepare(&self.global, &self.settings, &examples(), &[])?;
        let connected = pipeline::connect_project(&mut prepared, &self.settings).await?;
        let observed = pipeline::observe_all(&prepared, &connected, self.ui).await;
        let document = pipeline::make_plan(&prepared, &connected, &observed, &flags);
        self.ui.diagnostics(&document.diagnostics, &|file| prepared.source(file));
        hold(!pipeline::has_unread_accounts(&document), "every account can be read")?;
        Ok(document)
    }
}

fn examples() -> PathArgs {
    PathArgs { paths: vec![PathBuf::from("examples")] }
}

/// Plans the examples and shows all of the plan.
fn plan_args() -> PlanArgs {
    PlanArgs {
        path: examples(),
        flags: PlanFlags::default(),
        from: None,
        to: None,
        out: None,
        format: Some(OutputFormat::Text),
        shown: ShownArgs::default(),
        detailed_exitcode: false,
        validate_remote: false,
        approvals: ApprovalFlags::default(),
    }
}

fn row(delivered: &control::Delivered) -> Vec<String> {
    let spend = Currency::parse(&delivered.currency).map(|currency| {
        // To the cent, as reports show it.
        Money::from_micros(delivered.spend_micros / 10_000 * 10_000, currency).to_string()
    });
    vec![
        delivered.platform.clone(),
        delivered.account.clone(),
        delivered.impressions.to_string(),
        delivered.clicks.to_string(),
        spend.unwrap_or_default(),
        delivered.conversions.to_string(),
    ]
}

/// Every change in a line, then the first campaign in full with the plan's totals.
fn shortened(document: &PlanDocument) -> String {
    let line = |change: &adplane_core::plan::document::DocumentChange| {
        format!("{} {} on {}\n", change.action.symbol(), change.address.short(), change.address.account)
    };
    let mut text: String = document.changes.iter().map(line).collect();
    text.push_str("\nThe whole plan has every field; for instance:\n\n");
    let mut excerpt = document.clone();
    if let Some(first) =
        document.changes.iter().position(|change| change.parent.is_none() && change.budget.is_none())
    {
        excerpt.changes = vec![document.changes[first].clone()];
    }
    text.push_str(&render::plan(&excerpt, OutputFormat::Text));
    text
}

/// A step that does not hold ends the demo.
fn hold(holds: bool, what: &str) -> Result<(), Failure> {
    if holds {
        Ok(())
    } else {
        Err(Failure::error(format!("the demo stops here: it does not hold that {what}"))
            .hint("see what was printed above; this is a defect in Adplane or in its sandbox"))
    }
}

//! `adplane approve`: shows a saved plan, asks, and signs what the person decides.

pub(super) mod signer;

use std::fs;
use std::path::{Path, PathBuf};

use adplane_core::approval::{ApprovalPolicy, Hold};
use adplane_core::plan::Class;
use adplane_core::plan::document::PlanDocument;
use adplane_engine::approve::{ApprovalRecord, Decision, NAMESPACE, Objection, Sources};
use adplane_engine::state::write_atomically;
use jiff::Timestamp;

use super::show;
use crate::args::{ApproveArgs, DecisionArg, OutputFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, people};
use crate::render::{self, Extras};
use crate::settings::Settings;
use crate::ui::Ui;
use signer::Signer;

pub(super) async fn run(args: &ApproveArgs, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    let document = show::read(&args.file)?;
    let project = people::project_of(&document, &args.file, settings)?;
    let sources = people::sources(project.as_ref(), Some(&args.file), &args.approvals, settings);
    let clock = pipeline::clock_of(&document, settings).await?;
    let policy = policy(&document)?;
    if document.steps.is_empty() {
        return Err(Failure::error("the plan writes nothing, so there is nothing to approve"));
    }
    let classes = classes(&document.classes, Some(&policy), &args.class)?;
    let judgement = people::judged(&document, &sources, clock);
    ui.data(&render::plan_with(
        &document,
        OutputFormat::Text,
        &Extras { judgement: judgement.as_ref(), ..Extras::default() },
    ))?;
    let lines = sources.keyring()?.signers;
    let signer = Signer::find(args.key.as_deref(), args.principal.as_deref(), &lines, settings)?;
    if !args.yes && ui.is_interactive() && !ui.confirm(&question(args, &signer, &classes)) {
        return Err(Failure::new(Exit::Interrupted, "nothing was signed"));
    }
    let folder = people::folder_of(&args.file);
    // Whole seconds read better, and none is lost by rounding down.
    let at = Timestamp::from_second(clock.now().as_second()).unwrap_or_else(|_| clock.now());
    for class in &classes {
        let held = args.expires.unwrap_or_else(|| hold(&policy, class));
        let record = ApprovalRecord {
            hash: document.hash.clone(),
            class: class.clone(),
            decision: decision(args),
            principal: signer.principal().to_owned(),
            at,
            expires: held.after(at),
        };
        let file = write(&folder, &record, &signer)?;
        ui.note(&format!(
            "signed {} of {class} by {}: {}",
            record.decision,
            record.principal,
            file.display()
        ));
    }
    remaining(&document, &sources, clock, ui);
    Ok(Exit::Done)
}

fn decision(args: &ApproveArgs) -> Decision {
    match args.decision {
        DecisionArg::Approve => Decision::Approve,
        DecisionArg::Reject => Decision::Reject,
    }
}

/// The approval policy that a plan carries.
pub(super) fn policy(document: &PlanDocument) -> Result<ApprovalPolicy, Failure> {
    let Some(policy) = &document.approvals else { return Ok(ApprovalPolicy::default()) };
    serde_json::from_value(policy.clone())
        .map_err(|error| Failure::error("the plan's approval policy cannot be understood").caused_by(&error))
}

/// As long as the policy lets it.
pub(super) fn hold(policy: &ApprovalPolicy, class: &Class) -> Hold {
    policy.rule(class).map_or_else(|| policy.holds_for.unwrap_or_default(), |rule| policy.hold(rule))
}

/// The classes of a plan to decide on: those named, else those that the policy asks about, else all of them; the
/// heaviest first, which is what people look for under the plain name.
pub(super) fn classes(
    all: &[Class],
    policy: Option<&ApprovalPolicy>,
    named: &[String],
) -> Result<Vec<Class>, Failure> {
    let mut classes = Vec::new();
    for word in named {
        let class: Class = word.parse().map_err(|error| Failure::from_error(Exit::Usage, &error))?;
        if !all.contains(&class) {
            let has = all.iter().map(|class| format!("`{class}`")).collect::<Vec<_>>().join(", ");
            return Err(Failure::new(Exit::Usage, format!("the plan has no class `{class}`"))
                .hint(format!("it has {has}")));
        }
        classes.push(class);
    }
    if classes.is_empty() {
        let asked = |class: &&Class| {
            policy.and_then(|policy| policy.rule(class)).is_some_and(|rule| rule.wanted() > 0)
        };
        classes = all.iter().filter(asked).cloned().collect();
    }
    if classes.is_empty() {
        classes = all.to_vec();
    }
    classes.sort_by_key(|class| std::cmp::Reverse(class.weight()));
    classes.dedup();
    Ok(classes)
}

fn question(args: &ApproveArgs, signer: &Signer, classes: &[Class]) -> String {
    let words: Vec<String> = classes.iter().map(ToString::to_string).collect();
    let verb = match args.decision {
        DecisionArg::Approve => "Approve",
        DecisionArg::Reject => "Reject",
    };
    format!("{verb} {} as {}?", words.join(", "), signer.principal())
}

/// Signs a record and writes both files, the signature first: a document never lies there unsigned.
fn write(folder: &Path, record: &ApprovalRecord, signer: &Signer) -> Result<PathBuf, Failure> {
    let bytes = record.to_bytes();
    let signature = signer.sign(NAMESPACE, &bytes)?;
    let file = place(folder, record);
    let mut beside = file.as_os_str().to_owned();
    beside.push(".sig");
    write_atomically(Path::new(&beside), signature.as_bytes())?;
    write_atomically(&file, &bytes)?;
    Ok(file)
}

/// `<principal>.json`; where that is about another class of the same plan, `<principal>.<class>.json`.
fn place(folder: &Path, record: &ApprovalRecord) -> PathBuf {
    let named = |with_class| folder.join(format!("{}.json", record.file_stem(with_class)));
    let plain = named(false);
    let taken = fs::read(&plain)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<ApprovalRecord>(&bytes).ok())
        .is_some_and(|other| other.hash == record.hash && other.class != record.class);
    if taken { named(true) } else { plain }
}

/// Tells what is still missing.
fn remaining(document: &PlanDocument, sources: &Sources, clock: adplane_engine::clock::Clock, ui: &Ui) {
    let Some(judgement) = people::judged(document, sources, clock) else { return };
    let found: Vec<_> = judgement.objections.iter().map(Objection::diagnostic).collect();
    ui.diagnostics(&found, &|_| None);
    for sentence in judgement.missing() {
        ui.note(&format!("still missing: {sentence}"));
    }
    if judgement.is_met() {
        ui.note("nothing is missing: the plan can be applied");
    }
}

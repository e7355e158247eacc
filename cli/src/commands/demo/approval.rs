//! The demo's part about approvals: a raise that waits for a person, who signs with a key that lasts as long as the demo.

use std::path::Path;

use adplane_core::plan::document::PlanDocument;
use rustls::crypto::ring;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey};

use super::{Demo, hold, plan_args};
use crate::args::{ApplyArgs, ApprovalFlags, ApproveArgs, DecisionArg, PlanArgs};
use crate::commands::{apply, approve, plan, show};
use crate::error::{Exit, Failure};

/// Who approves in the demo.
const APPROVER: &str = "ana@shop.example";
/// What the team writes into its project file. There is no git in the demo's folder, so nobody is known to have written
/// the change, and its author could not be told from its approver.
const POLICY: &str = "
allowedSigners: ./allowed_signers
approvals:
  bands: [{name: small, upTo: [100.00 EUR]}, {name: large}]
  authorMayApprove: true
  classes: {raise-small: {approvals: 1}, raise-large: {approvals: 2}}
";
/// The campaign whose budget is raised.
const CAMPAIGN: &str = "examples/meta/jackets-sales.yaml";
const BEFORE: &str = "daily: 120.00 EUR";
const AFTER: &str = "daily: 150.00 EUR";

impl Demo<'_> {
    /// A raise is planned, refused for want of an approval, approved and applied.
    pub(super) async fn raise_with_approval(&self) -> Result<(), Failure> {
        self.ask_for_approvals()?;
        self.say(
            "8. Raise a budget, now that raises need somebody",
            "adplane plan examples --out raise.json",
        )?;
        let file = self.settings.cwd.join("raise.json");
        let args = PlanArgs { out: Some(file.clone()), detailed_exitcode: true, ..plan_args() };
        let exit = plan::run(&self.global, &args, &self.settings, self.ui).await?;
        let document = show::read(&file)?;
        hold(exit == Exit::Pending && is_one_small_raise(&document), "only the raise is planned")?;

        self.say("   Without an approval nothing is written", "adplane apply raise.json; echo $?")?;
        let apply = ApplyArgs { paths: vec![file.clone()], ..ApplyArgs::default() };
        match apply::run(&self.global, &apply, &self.settings, self.ui).await {
            Err(failure) if failure.exit == Exit::Unapproved => {
                self.ui.failure(&failure);
                self.ui.data(&format!("{}\n", failure.exit as u8))?;
            }
            _ => return hold(false, "a raise without an approval is refused"),
        }

        self.say("   Somebody who may looks at it and signs", "adplane approve raise.json --key ana")?;
        let args = ApproveArgs {
            file,
            class: Vec::new(),
            decision: DecisionArg::Approve,
            key: Some("ana".into()),
            principal: None,
            expires: None,
            yes: true,
            approvals: ApprovalFlags::default(),
        };
        let exit = approve::run(&args, &self.settings, self.ui).await?;
        hold(exit == Exit::Done, "the plan is approved")?;

        self.say("   And now it counts", "adplane apply raise.json")?;
        let exit = apply::run(&self.global, &apply, &self.settings, self.ui).await?;
        hold(exit == Exit::Done, "the approved raise is applied")
    }

    /// Writes the approval policy, a key and its public half, and the higher budget.
    fn ask_for_approvals(&self) -> Result<(), Failure> {
        let folder = &self.settings.cwd;
        let key = throwaway()?;
        let unwritten = |error: &dyn std::error::Error| {
            Failure::error("cannot write the demo's key and approval policy").caused_by(error)
        };
        key.write_openssh_file(&folder.join("ana"), LineEnding::LF).map_err(|error| unwritten(&error))?;
        let public = key.public_key().to_openssh().map_err(|error| unwritten(&error))?;
        let signers = format!("{APPROVER} {public}\n");
        std::fs::write(folder.join("examples/allowed_signers"), signers)
            .map_err(|error| unwritten(&error))?;
        rewrite(&folder.join("examples/adplane.yaml"), |text| text + POLICY)?;
        rewrite(&folder.join(CAMPAIGN), |text| text.replacen(BEFORE, AFTER, 1))
    }
}

/// A key that nobody has seen and nobody will use again.
fn throwaway() -> Result<PrivateKey, Failure> {
    let mut seed = [0; 32];
    ring::default_provider()
        .secure_random
        .fill(&mut seed)
        .map_err(|_| Failure::error("this machine gives no random numbers for a key"))?;
    Ok(PrivateKey::from(Ed25519Keypair::from_seed(&seed)))
}

/// Changes a file, which must change.
fn rewrite(file: &Path, change: impl FnOnce(String) -> String) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| {
        Failure::error(format!("cannot change `{}`", file.display())).caused_by(error)
    };
    let before = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
    let after = change(before.clone());
    hold(before != after, "the examples can be changed")?;
    std::fs::write(file, after).map_err(|error| failed(&error))
}

fn is_one_small_raise(document: &PlanDocument) -> bool {
    let classes: Vec<_> = document.classes.iter().map(ToString::to_string).collect();
    document.changes.len() == 1 && classes == ["raise-small"]
}

//! Who counts: every cause for which an approval does not, and what does.

use super::desk::{Case, Desk, Outcome};

pub(crate) const CASES: &[Case] = &[
    Case::new("nothing is applied without what the policy asks for", unapproved),
    Case::new("an unknown signer does not count", unknown_signer),
    Case::new("another namespace does not count", wrong_namespace),
    Case::new("another plan's approval does not count", other_plan),
    Case::new("an expired approval does not count", expired),
    Case::new("the author's own key does not count", author),
    Case::new("too few people do not count, however often they sign", too_few),
    Case::new("a revoked key does not count", revoked),
    Case::new("somebody else's name does not count", wrong_principal),
    Case::new("a rejection stops the plan", rejected),
    Case::new("planning again to the same hash keeps approvals", kept),
    Case::new("several small raises are one large one", split),
    Case::new("one person's approvals of several classes lie side by side", several_classes),
    Case::new("nobody knows who wrote it: one more is needed", unknown_author),
    Case::new("limits hold", limits),
    Case::new("the documentation's example asks as it says", example),
];

const RECORD: &str = "plan.json.approvals/ana@shop.example.json";

fn unapproved(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.refused(&["class raise-small needs 1 approval, has 0", "adplane approve"])?;
    desk.adplane(&["apply", "--auto-approve"])?
        .exits(6)?
        .says(&["class raise-small needs 1 approval, has 0"])?;
    desk.unwritten()?;
    let shown = desk.adplane(&["show", "plan.json", "--format", "markdown"])?.exits(0)?;
    shown.says(&["class raise-small needs 1 approval, has 0", "raises 20.00 EUR a day"])?;
    desk.approve("ana")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0)?;
    // Lowering is asked of nobody, so `--auto-approve` reaches that far.
    desk.campaigns(&[("spring", "15.00 EUR")])?;
    desk.adplane(&["apply", "--auto-approve"])?.exits(0).map(|_| ())
}

fn unknown_signer(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.adplane(&["approve", "plan.json", "--key", "keys/eve"])?
        .exits(1)?
        .says(&["does not say whose key"])?;
    desk.approve("eve")?;
    desk.refused(&["approval-unknown-signer", "unknown signer: eve@shop.example signed with SHA256:"])
}

fn wrong_namespace(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    std::fs::remove_file(desk.path(&format!("{RECORD}.sig"))).map_err(|error| error.to_string())?;
    desk.program("ssh-keygen", &["-q", "-Y", "sign", "-n", "file", "-f", "keys/ana", RECORD])?.exits(0)?;
    desk.refused(&["approval-wrong-namespace", "the namespace `file`, not `adplane-plan`"])?;
    // A key that the allowed signers keep for something else.
    desk.approve("ana")?;
    desk.edit("allowed_signers", "ana@shop.example ", "ana@shop.example namespaces=\"git\" ")?;
    desk.refused(&["approval-wrong-namespace", "may not sign in the namespace"])
}

fn other_plan(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    desk.campaigns(&[("spring", "21.00 EUR")])?;
    desk.commit("Raise")?;
    desk.plan()?;
    desk.refused(&["approval-other-plan", "for another plan", "class raise-small needs 1 approval, has 0"])
}

fn expired(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.adplane(&["approve", "plan.json", "--key", "keys/ana", "--expires", "2h"])?.exits(0)?;
    desk.advance("121m")?;
    desk.refused(&["approval-expired", "expired: ana@shop.example's approval held until"])?;
    // The policy ends what says that it holds for longer.
    desk.adplane(&["approve", "plan.json", "--key", "keys/ana", "--expires", "30d"])?.exits(0)?;
    desk.advance("25h")?;
    desk.refused(&["approval-expired"])?;
    // A clock that was ahead when it was signed.
    let later = ["approve", "plan.json", "--key", "keys/ana", "--now", "2027-01-01T00:00:00Z"];
    desk.adplane(&later)?.exits(0)?;
    desk.refused(&["approval-in-the-future", "signed it at 2027-01-01"])
}

fn author(desk: &Desk) -> Outcome {
    let public = desk.make_key("dev", "ed25519")?;
    let signers = desk.read("allowed_signers")?;
    desk.write("allowed_signers", &format!("{signers}dev@shop.example {public}\n"))?;
    desk.plan()?;
    desk.approve("dev")?;
    desk.refused(&["approval-by-author", "author: dev@shop.example wrote the change"])?;
    // Under another name the key is still theirs.
    desk.write("allowed_signers", &format!("{signers}dev@shop.example,zoe@shop.example {public}\n"))?;
    desk.adplane(&["approve", "plan.json", "--key", "keys/dev", "--as", "zoe@shop.example"])?.exits(0)?;
    desk.refused(&["zoe@shop.example wrote the change (as dev@shop.example)"])?;
    // Somebody else's line in the same file is somebody else's.
    desk.write("allowed_signers", &format!("{signers}dev@shop.example {public}\n"))?;
    desk.edit("campaigns.yaml", "20.00 EUR", "22.00 EUR")?;
    desk.git(&["add", "--all"])?;
    desk.git(&["commit", "--quiet", "--author", "Ana <ana@shop.example>", "--message", "Raise"])?;
    desk.plan()?;
    desk.approve("ana")?;
    desk.refused(&["ana@shop.example wrote the change"])
}

fn too_few(desk: &Desk) -> Outcome {
    desk.campaigns(&[("spring", "90.00 EUR")])?;
    desk.commit("Raise")?;
    desk.plan()?;
    desk.approve("ana")?;
    let one = "class raise-large needs 2 approvals by leads, has 1 (ana@shop.example)";
    desk.refused(&[one])?;
    // Cleo may sign, but is not a lead.
    desk.approve("cleo")?;
    desk.refused(&["approval-not-approver", one])?;
    // Ana's second key is still Ana.
    let public = desk.make_key("ana-desk", "ed25519")?;
    let signers = desk.read("allowed_signers")?;
    desk.write("allowed_signers", &format!("{signers}ana@shop.example {public}\n"))?;
    let copy = |from: &str, to: &str| {
        std::fs::rename(desk.path(from), desk.path(to)).map_err(|error| error.to_string())
    };
    copy(RECORD, "plan.json.approvals/first.json")?;
    copy(&format!("{RECORD}.sig"), "plan.json.approvals/first.json.sig")?;
    let again = ["approve", "plan.json", "--key", "keys/ana-desk", "--as", "ana@shop.example"];
    desk.adplane(&again)?.exits(0)?;
    desk.refused(&[one])?;
    desk.approve("bo")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

fn revoked(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    desk.write("revoked_signers", &desk.read("keys/ana.pub")?)?;
    desk.refused(&["approval-revoked-key", "which was revoked"])?;
    desk.write("revoked_signers", "SSHKRL\n")?;
    desk.refused(&["revoked_signers", "this is not a public key"])?;
    std::fs::remove_file(desk.path("revoked_signers")).map_err(|error| error.to_string())?;
    desk.refused(&["cannot read", "revoked_signers"])
}

fn wrong_principal(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.adplane(&["approve", "plan.json", "--key", "keys/ana", "--as", "bo@shop.example"])?.exits(0)?;
    desk.refused(&["approval-wrong-principal", "is not a key of bo@shop.example"])
}

fn rejected(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    desk.advance("1m")?;
    let reject = ["approve", "plan.json", "--key", "keys/bo", "--decision", "reject"];
    desk.adplane(&reject)?.exits(0)?.says(&["signed Reject of raise-small by bo@shop.example"])?;
    desk.refused(&["rejected by bo@shop.example"])?;
    desk.advance("1m")?;
    desk.approve("bo")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

fn kept(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    // Another commit, another order, another place in the file: the same plan.
    let text = desk.read("campaigns.yaml")?;
    desk.write("campaigns.yaml", &format!("# Spring.\n\n{text}"))?;
    desk.commit("Say more")?;
    desk.plan()?;
    desk.adplane(&["apply", "plan.json"])?.exits(0)?;
    // Approvals may lie elsewhere, and serve a plan made on the spot.
    desk.campaigns(&[("spring", "30.00 EUR")])?;
    desk.commit("Raise")?;
    desk.plan()?;
    desk.approve("ana")?;
    std::fs::rename(desk.path("plan.json.approvals"), desk.path("signed"))
        .map_err(|error| error.to_string())?;
    let apply = |more: &[&str]| desk.adplane(&[&["apply", "--auto-approve"], more].concat());
    apply(&[])?.exits(6)?;
    apply(&["--approvals", "signed"])?.exits(0).map(|_| ())
}

fn split(desk: &Desk) -> Outcome {
    desk.campaigns(&[("a", "20.00 EUR"), ("b", "20.00 EUR"), ("c", "20.00 EUR")])?;
    desk.commit("Three")?;
    desk.plan()?;
    desk.approve("ana")?;
    desk.refused(&["class raise-large needs 2 approvals by leads, has 1 (ana@shop.example)"])
}

fn several_classes(desk: &Desk) -> Outcome {
    desk.edit("adplane.yaml", "classes:\n", "classes:\n    edit: {approvals: 1}\n")?;
    desk.plan()?;
    desk.approve("ana")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0)?;
    let text = desk.read("campaigns.yaml")?.replace("20.00", "25.00");
    let text = text.replace("account: meta-es", "account: meta-es\n  displayName: Autumn") + "\n";
    desk.write("campaigns.yaml", &(text + "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {name: paused}\n\
        spec: {account: meta-es, objective: Traffic, state: Paused, budget: {daily: 5.00 EUR}, specialAdCategories: [], targeting: {locations: [ES]}}\n"))?;
    desk.commit("Raise and edit")?;
    desk.plan()?;
    desk.approve("ana")?;
    let names = |folder: &str| -> Result<Vec<String>, String> {
        let entries = std::fs::read_dir(desk.path(folder)).map_err(|error| error.to_string())?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        names.sort();
        Ok(names)
    };
    let found = names("plan.json.approvals")?;
    let expected = [
        "ana@shop.example.edit.json",
        "ana@shop.example.edit.json.sig",
        "ana@shop.example.json",
        "ana@shop.example.json.sig",
    ];
    if found != expected {
        return Err(format!("{found:?} lie there"));
    }
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

fn unknown_author(desk: &Desk) -> Outcome {
    std::fs::remove_dir_all(desk.path(".git")).map_err(|error| error.to_string())?;
    desk.plan()?;
    desk.approve("ana")?;
    desk.refused(&["needs 2 approvals (one of them because nobody knows who wrote the change), has 1"])?;
    desk.approve("bo")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

fn limits(desk: &Desk) -> Outcome {
    desk.edit(
        "adplane.yaml",
        "raise-small: {approvals: 1}",
        "raise-small: {limits: [{approvers: [cleo@shop.example], upTo: [10.00 EUR]}]}",
    )?;
    desk.commit("Limit")?;
    desk.plan()?;
    desk.approve("cleo")?;
    desk.refused(&["approval-over-limit", "raises more EUR a day than cleo@shop.example may allow"])?;
    desk.approve("ana")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

fn example(desk: &Desk) -> Outcome {
    desk.write("adplane.yaml", include_str!("../../../docs/approvals.example.yaml"))?;
    let checked = desk.adplane(&["validate"])?.exits(0)?;
    if let Some(word) = ["warning", "error"].iter().find(|word| checked.text.contains(**word)) {
        return Err(format!("there is a {word}:\n{}", checked.text));
    }
    desk.commit("Ask")?;
    desk.plan()?;
    desk.refused(&["class raise-small needs 1 approval, has 0"])?;
    desk.campaigns(&[("spring", "120.00 EUR")])?;
    desk.commit("Raise")?;
    desk.plan()?;
    desk.approve("ana")?;
    desk.refused(&["class raise-large needs 2 approvals by growth-leads, has 1 (ana@shop.example)"])?;
    desk.approve("bo")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

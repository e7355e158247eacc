use adplane_core::approval::signers::read_signers;
use data_encoding::BASE64;
use serde_json::json;

use super::super::evidence::Proof;
use super::*;

const HASH: &str = "sha256:aaaa";
const NOW: &str = "2026-03-10T12:00:00Z";

/// A key that nobody signs with: what judging looks at is its bytes.
fn key(name: &str) -> KeyBytes {
    let mut bytes = vec![0, 0, 0, 11];
    bytes.extend(b"ssh-ed25519");
    bytes.extend(name.as_bytes());
    KeyBytes::new(bytes)
}

fn line(principals: &str, options: &str, name: &str) -> String {
    format!("{principals} {options}ssh-ed25519 {}\n", BASE64.encode(key(name).as_bytes()))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Ana, Bo with two keys, Cleo under two names, and a key of a whole domain.
fn keyring() -> Keyring {
    let text = [
        line("ana@shop.example", "", "ana"),
        line("bo@shop.example", "", "bo"),
        line("bo@shop.example", "", "bo-desk"),
        line("cleo@shop.example,cleo@home.example", "", "cleo"),
        line("dan@shop.example", "namespaces=\"git\" ", "dan"),
        line("eve@shop.example", "valid-before=\"20260301Z\" ", "eve"),
        line("*@agency.example", "", "agency"),
    ]
    .concat();
    Keyring { signers: read_signers(&text).unwrap(), revoked: vec![key("ana-lost")] }
}

fn signature(name: &str) -> Proof {
    Proof::Signature { key: key(name), namespace: "adplane-plan" }
}

fn claim(who: &str, name: &str) -> Claim {
    Claim {
        place: format!("{who}.json"),
        hash: HASH.into(),
        class: "raise-large".parse().unwrap(),
        decision: Decision::Approve,
        principal: who.into(),
        proof: Proof::Signature { key: key(name), namespace: "adplane-plan" },
        at: at("2026-03-10T10:00:00Z"),
        expires: Some(at("2026-03-12T00:00:00Z")),
    }
}

fn question() -> Question {
    Question {
        hash: HASH.into(),
        classes: vec!["edit".parse().unwrap(), "raise-large".parse().unwrap()],
        raises: BTreeMap::from([(Currency::EUR, Some("500.00 EUR".parse().unwrap()))]),
        authors: vec!["zoe@shop.example".into()],
        policy: serde_json::from_value(json!({
            "bands": [{ "name": "small", "upTo": ["100.00 EUR"] }, { "name": "large" }],
            "classes": { "raise-large": { "approvals": 2, "holdsFor": "1d" } },
        }))
        .unwrap(),
    }
}

/// Who counts, and why each of the others does not.
fn judged(question: &Question, claims: Vec<Claim>) -> (Vec<String>, Vec<Cause>) {
    let claims: Vec<_> = claims.into_iter().map(Ok).collect();
    let judgement = question.judge(&keyring(), &claims, at(NOW));
    let who = judgement.granted().map(|approval| approval.principal.clone()).collect();
    (who, judgement.objections.iter().map(|objection| objection.cause).collect())
}

/// One claim that must not count, for this cause.
#[track_caller]
fn refused(claim: Claim, cause: Cause) {
    assert_eq!(judged(&question(), vec![claim]), (vec![], vec![cause]));
}

fn with(mut claim: Claim, change: impl FnOnce(&mut Claim)) -> Claim {
    change(&mut claim);
    claim
}

#[test]
fn two_people_make_a_quorum() {
    let claims = vec![claim("ana@shop.example", "ana"), claim("bo@shop.example", "bo")];
    let judgement = question().judge(&keyring(), &claims.into_iter().map(Ok).collect::<Vec<_>>(), at(NOW));
    assert!(judgement.is_met(), "{:?}", judgement.missing());
    let approval = judgement.granted().next().unwrap();
    assert_eq!((approval.principal.as_str(), &approval.key), ("ana@shop.example", &key("ana").fingerprint()));
    assert_eq!(approval.expires, at("2026-03-11T10:00:00Z"), "the policy ends it before what it says");
    assert_eq!(judgement.classes[0].to_string(), "class edit needs nobody");
}

#[test]
fn what_is_missing_is_said_exactly() {
    let late = with(claim("bo@shop.example", "bo"), |claim| claim.expires = Some(at("2026-03-10T11:00:00Z")));
    let claims = [Ok(claim("ana@shop.example", "ana")), Ok(late)];
    let mut question = question();
    question.policy.classes.get_mut("raise-large").unwrap().approvers =
        Some(vec!["ana@shop.example".into(), "bo@shop.example".into()]);
    let judgement = question.judge(&keyring(), &claims, at(NOW));
    assert_eq!(
        judgement.missing(),
        ["class raise-large needs 2 approvals by ana@shop.example or bo@shop.example, has 1 \
          (ana@shop.example); expired: bo@shop.example's approval held until 2026-03-10T11:00:00Z"]
    );
}

#[test]
fn each_cause_is_named() {
    let ana = || claim("ana@shop.example", "ana");
    refused(with(ana(), |claim| claim.hash = "sha256:bbbb".into()), Cause::OtherPlan);
    refused(with(ana(), |claim| claim.class = "delete".parse().unwrap()), Cause::OtherClass);
    refused(with(ana(), |claim| claim.proof = signature("stranger")), Cause::UnknownSigner);
    refused(with(ana(), |claim| claim.proof = signature("ana-lost")), Cause::RevokedKey);
    refused(claim("ana@shop.example", "bo"), Cause::WrongPrincipal);
    refused(claim("dan@shop.example", "dan"), Cause::WrongNamespace);
    refused(claim("eve@shop.example", "eve"), Cause::KeyNotValid);
    refused(with(ana(), |claim| claim.at = at("2026-03-10T12:06:00Z")), Cause::Future);
    refused(with(ana(), |claim| claim.expires = Some(at(NOW))), Cause::Expired);
    refused(with(ana(), |claim| claim.at = at("2026-03-09T12:00:00Z")), Cause::Expired);
}

#[test]
fn a_cluster_vouches_for_who_it_saw() {
    let seen = |who: &str, groups: &[&str]| {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        with(claim(who, "ana"), |claim| claim.proof = Proof::Cluster { groups })
    };
    let mut question = question();
    assert_eq!(judged(&question, vec![seen("ana@shop.example", &[])]).0, ["ana@shop.example"]);
    let rule = question.policy.classes.get_mut("raise-large").unwrap();
    rule.approvers = Some(vec!["group:growth-leads".into()]);
    assert_eq!(judged(&question, vec![seen("kim", &["growth-leads"])]).0, ["kim"]);
    assert_eq!(judged(&question, vec![seen("kim", &["staff"])]).0, Vec::<String>::new());
    question.authors.push("system:serviceaccount:argocd:controller".into());
    let twice = vec![seen("kim", &["growth-leads"]), seen("lee", &["growth-leads"])];
    let judgement =
        question.judge(&keyring(), &twice[..1].iter().cloned().map(Ok).collect::<Vec<_>>(), at(NOW));
    assert!(!judgement.is_met(), "a service account is no person, so one more is needed");
    assert_eq!(judged(&question, twice).0.len(), 2);
}

#[test]
fn a_clock_a_little_ahead_is_borne() {
    let ahead = with(claim("ana@shop.example", "ana"), |claim| claim.at = at("2026-03-10T12:04:00Z"));
    assert_eq!(judged(&question(), vec![ahead]).0, ["ana@shop.example"]);
}

#[test]
fn one_person_counts_once_however_they_sign() {
    let two_keys = vec![claim("bo@shop.example", "bo"), claim("bo@shop.example", "bo-desk")];
    assert_eq!(judged(&question(), two_keys).0, ["bo@shop.example"]);
    let two_names = vec![claim("cleo@shop.example", "cleo"), claim("cleo@home.example", "cleo")];
    assert_eq!(judged(&question(), two_names).0.len(), 1);
    let one_key = vec![claim("fay@agency.example", "agency"), claim("gus@agency.example", "agency")];
    assert_eq!(judged(&question(), one_key).0.len(), 1);
}

#[test]
fn authors_do_not_approve_their_own() {
    let by = |author: &str, claim: Claim| {
        let question = Question { authors: vec![author.into()], ..question() };
        judged(&question, vec![claim]).1
    };
    assert_eq!(by("ana@shop.example", claim("ana@shop.example", "ana")), [Cause::Author]);
    assert_eq!(
        by("Ana@Shop.Example", claim("ana@shop.example", "ana")),
        [Cause::Author],
        "whatever the case"
    );
    assert_eq!(by("cleo@home.example", claim("cleo@shop.example", "cleo")), [Cause::Author], "another name");
    assert_eq!(
        by("fay@agency.example", claim("gus@agency.example", "agency")),
        [Cause::Author],
        "a shared key"
    );
    assert_eq!(by("fay@agency.example", claim("ana@shop.example", "ana")), []);
    let mut allowed = Question { authors: vec!["ana@shop.example".into()], ..question() };
    allowed.policy.author_may_approve = Some(true);
    assert_eq!(judged(&allowed, vec![claim("ana@shop.example", "ana")]).0, ["ana@shop.example"]);
}

#[test]
fn an_unknown_author_needs_one_more() {
    let mut question = Question { authors: Vec::new(), ..question() };
    let claims = [Ok(claim("ana@shop.example", "ana")), Ok(claim("bo@shop.example", "bo"))];
    let judgement = question.judge(&keyring(), &claims, at(NOW));
    assert!(!judgement.is_met());
    assert!(judgement.missing()[0].contains("needs 3 approvals (one of them because nobody knows who wrote"));
    question.policy.author_may_approve = Some(true);
    assert!(question.judge(&keyring(), &claims, at(NOW)).is_met());
}

#[test]
fn only_whom_the_policy_names_and_up_to_their_limit() {
    let mut question = question();
    let rule = question.policy.classes.get_mut("raise-large").unwrap();
    *rule = serde_json::from_value(json!({
        "approvers": ["ana@shop.example", "bo@shop.example"],
        "limits": [{ "approvers": ["bo@shop.example"], "upTo": ["499.99 EUR"] }],
    }))
    .unwrap();
    let claims = vec![
        claim("ana@shop.example", "ana"),
        claim("bo@shop.example", "bo"),
        claim("cleo@shop.example", "cleo"),
    ];
    let (who, causes) = judged(&question, claims);
    assert_eq!(who, ["ana@shop.example"]);
    assert_eq!(causes, [Cause::OverLimit, Cause::NotApprover]);
    question.raises = BTreeMap::from([(Currency::EUR, None)]);
    assert_eq!(judged(&question, vec![claim("bo@shop.example", "bo")]).1, [Cause::OverLimit], "no upper end");
}

#[test]
fn a_rejection_stops_the_class_until_its_person_approves() {
    let reject = |minute: &str| {
        with(claim("cleo@shop.example", "cleo"), |claim| {
            claim.decision = Decision::Reject;
            claim.at = at(&format!("2026-03-10T10:{minute}:00Z"));
        })
    };
    let both = || vec![claim("ana@shop.example", "ana"), claim("bo@shop.example", "bo")];
    let judge = |claims: Vec<Claim>| {
        question().judge(&keyring(), &claims.into_iter().map(Ok).collect::<Vec<_>>(), at(NOW))
    };
    let judgement = judge([both(), vec![reject("30")]].concat());
    assert!(!judgement.is_met());
    assert!(judgement.missing()[0].ends_with("; rejected by cleo@shop.example"), "{:?}", judgement.missing());
    // Their own approval before it is void; after it, the approval counts.
    let cleo = || claim("cleo@shop.example", "cleo");
    assert_eq!(judge(vec![cleo(), reject("30")]).granted().count(), 0);
    let later = with(cleo(), |claim| claim.at = at("2026-03-10T10:45:00Z"));
    assert!(judge([both(), vec![reject("30"), later]].concat()).is_met());
}

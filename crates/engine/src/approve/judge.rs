//! Judging: which approvals count for which class, and what is missing.
//!
//! A function of the plan's question, the keys, the claims and the instant; the executor asks again before
//! every batch.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use adplane_core::approval::signers::{KeyBytes, Signer};
use adplane_core::approval::{ApprovalPolicy, Rule};
use adplane_core::money::{Currency, Money};
use adplane_core::plan::Class;
use adplane_core::plan::document::PlanDocument;
use jiff::{SignedDuration, Timestamp};

use super::Approval;
use super::evidence::{Claim, Keyring, Proof};
use super::objection::{Cause, Objection};
use super::record::Decision;

/// How far a signer's clock may be ahead of ours.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// How the names begin that a cluster gives to what is no person: service accounts, which write for people, and the
/// author that nobody knows.
const NO_PERSON: &str = "system:";

/// What a plan asks approvers.
#[derive(Debug, Clone)]
pub struct Question {
    /// The plan's hash.
    pub hash: String,
    /// Its classes, lightest first.
    pub classes: Vec<Class>,
    /// The smallest amount named in the policy that covers its raise, by currency; `None`: none does.
    pub raises: BTreeMap<Currency, Option<Money>>,
    /// Who wrote what it changes; empty when nobody knows.
    pub authors: Vec<String>,
    /// The approval policy.
    pub policy: ApprovalPolicy,
}

impl Question {
    /// The question of a document; `None` when it carries no approval policy, so that nobody is asked.
    ///
    /// # Errors
    /// When its policy cannot be understood.
    pub fn of(document: &PlanDocument) -> Result<Option<Self>, serde_json::Error> {
        let Some(policy) = &document.approvals else { return Ok(None) };
        let raises = document.raises.iter().map(|(code, raise)| {
            let currency = Currency::parse(code);
            let unknown = || serde::de::Error::custom(format!("`{code}` is not a currency"));
            Ok((currency.ok_or_else(unknown)?, raise.within))
        });
        Ok(Some(Self {
            hash: document.hash.clone(),
            classes: document.classes.clone(),
            raises: raises.collect::<Result<_, serde_json::Error>>()?,
            authors: document.authors.clone(),
            policy: serde_json::from_value(policy.clone())?,
        }))
    }

    /// Judges claims.
    pub fn judge(&self, keyring: &Keyring, claims: &[Result<Claim, Objection>], now: Timestamp) -> Judgement {
        let mut objections = Vec::new();
        let mut heard = Vec::new();
        for claim in claims {
            match claim.as_ref().map_err(Clone::clone).and_then(|claim| self.hear(keyring, claim, now)) {
                Ok(claim) => heard.push(claim),
                Err(objection) => objections.push(objection),
            }
        }
        let court = Court { question: self, keyring, heard: &heard, now };
        let classes = self
            .classes
            .iter()
            .map(|class| match self.policy.rule(class).filter(|rule| rule.wanted() > 0) {
                Some(rule) => court.class(class, rule, &mut objections),
                None => Standing::unasked(class),
            })
            .collect();
        Judgement { classes, objections }
    }

    /// Whether a claim is about this plan and made by whom it says.
    fn hear<'c>(&self, keyring: &Keyring, claim: &'c Claim, now: Timestamp) -> Result<&'c Claim, Objection> {
        let who = &claim.principal;
        let object =
            |cause, detail: String| Err(Objection::new(&claim.place, Some(&claim.class), cause, detail));
        if claim.hash != self.hash {
            return object(Cause::OtherPlan, format!("{who} decided on {}, not {}", claim.hash, self.hash));
        }
        if !self.classes.contains(&claim.class) {
            return object(Cause::OtherClass, format!("the plan has no class `{}`", claim.class));
        }
        if claim.at.duration_since(now) > TOLERANCE {
            return object(Cause::Future, format!("{who} signed it at {}, which is yet to come", claim.at));
        }
        known(keyring, claim, now)?;
        Ok(claim)
    }
}

/// Whether the key behind a claim is theirs and counts; what a cluster saw needs none.
pub(super) fn known(keyring: &Keyring, claim: &Claim, now: Timestamp) -> Result<(), Objection> {
    let Proof::Signature { key, namespace } = &claim.proof else { return Ok(()) };
    let who = &claim.principal;
    let object = |cause, detail: String| Err(Objection::new(&claim.place, Some(&claim.class), cause, detail));
    let fingerprint = key.fingerprint();
    if keyring.revoked.contains(key) {
        return object(Cause::RevokedKey, format!("{who} signed with {fingerprint}, which was revoked"));
    }
    let lines: Vec<&Signer> = keyring.signers.iter().filter(|signer| signer.key == *key).collect();
    if lines.is_empty() {
        let detail = format!("{who} signed with {fingerprint}, which the allowed signers do not hold");
        return object(Cause::UnknownSigner, detail);
    }
    let theirs: Vec<&&Signer> = lines.iter().filter(|signer| signer.names(who)).collect();
    if theirs.is_empty() {
        return object(Cause::WrongPrincipal, format!("{fingerprint} is not a key of {who}"));
    }
    let signs: Vec<&&&Signer> = theirs.iter().filter(|signer| signer.signs(namespace)).collect();
    if signs.is_empty() {
        let detail = format!("the key of {who} may not sign in the namespace `{namespace}`");
        return object(Cause::WrongNamespace, detail);
    }
    if !signs.iter().any(|signer| signer.counts_at(now) && signer.counts_at(claim.at)) {
        let detail = format!("the key of {who} counts at another time than {} and now", claim.at);
        return object(Cause::KeyNotValid, detail);
    }
    Ok(())
}

/// What was found of all classes.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// Every class of the plan, lightest first.
    pub classes: Vec<Standing>,
    /// Approvals that do not count, and why.
    pub objections: Vec<Objection>,
}

impl Judgement {
    /// Whether nothing is missing.
    pub fn is_met(&self) -> bool {
        self.classes.iter().all(Standing::is_met)
    }

    /// The approvals that count.
    pub fn granted(&self) -> impl Iterator<Item = &Approval> {
        self.classes.iter().flat_map(|standing| &standing.granted)
    }

    /// What is missing, a sentence for each class.
    pub fn missing(&self) -> Vec<String> {
        let unmet = self.classes.iter().filter(|standing| !standing.is_met());
        unmet.map(|standing| self.sentence(standing)).collect()
    }

    /// `class raise-large needs 2 approvals by growth-leads, has 1 (ana@shop.example); expired: bo@shop.example …`.
    pub fn sentence(&self, standing: &Standing) -> String {
        let mut text = standing.to_string();
        let mut by_cause: BTreeMap<Cause, Vec<&str>> = BTreeMap::new();
        for objection in &self.objections {
            if objection.class.as_ref().is_none_or(|class| *class == standing.class) {
                by_cause.entry(objection.cause).or_default().push(&objection.detail);
            }
        }
        for (cause, details) in by_cause {
            // Writing to a `String` does not fail.
            let _ = write!(text, "; {}: {}", cause.word(), details.join(", "));
        }
        text
    }
}

/// How one class stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The class.
    pub class: Class,
    /// How many people must approve it.
    pub wanted: u32,
    /// Whether one of them is asked for because nobody knows who wrote the change.
    pub author_unknown: bool,
    /// Who may, as the policy names them; every allowed signer when absent.
    pub approvers: Option<Vec<String>>,
    /// Approvals that count, one a person.
    pub granted: Vec<Approval>,
    /// Who rejected it.
    pub rejected: Vec<String>,
}

impl Standing {
    fn unasked(class: &Class) -> Self {
        Self {
            class: class.clone(),
            wanted: 0,
            author_unknown: false,
            approvers: None,
            granted: Vec::new(),
            rejected: Vec::new(),
        }
    }

    /// Whether nothing is missing.
    pub fn is_met(&self) -> bool {
        self.granted.len() >= self.wanted as usize && self.rejected.is_empty()
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.wanted == 1 { "approval" } else { "approvals" };
        match self.wanted {
            0 => write!(f, "class {} needs nobody", self.class)?,
            wanted => write!(f, "class {} needs {wanted} {noun}", self.class)?,
        }
        if let Some(approvers) = &self.approvers {
            write!(f, " by {}", approvers.join(" or "))?;
        }
        if self.author_unknown {
            write!(f, " (one of them because nobody knows who wrote the change)")?;
        }
        if self.wanted > 0 {
            write!(f, ", has {}", self.granted.len())?;
            let who: Vec<&str> = self.granted.iter().map(|approval| approval.principal.as_str()).collect();
            if !who.is_empty() {
                write!(f, " ({})", who.join(", "))?;
            }
        }
        if !self.rejected.is_empty() {
            write!(f, "; rejected by {}", self.rejected.join(", "))?;
        }
        Ok(())
    }
}

/// Somebody under every key and name that they approved with, and the approval of theirs that counts.
type Person<'p> = (Vec<Option<&'p KeyBytes>>, Vec<&'p str>, Approval);

/// Judges one class at a time over claims that were heard.
struct Court<'c> {
    question: &'c Question,
    keyring: &'c Keyring,
    heard: &'c [&'c Claim],
    now: Timestamp,
}

impl Court<'_> {
    /// Whether a part of the change has no person as its author: none is known, or a service account wrote it for
    /// somebody.
    fn nobody_knows_all_authors(&self) -> bool {
        let authors = &self.question.authors;
        authors.is_empty() || authors.iter().any(|author| author.starts_with(NO_PERSON))
    }

    fn class(&self, class: &Class, rule: &Rule, objections: &mut Vec<Objection>) -> Standing {
        let policy = &self.question.policy;
        let author_unknown = self.nobody_knows_all_authors() && !policy.author_may_approve(rule);
        let mut standing = Standing {
            class: class.clone(),
            wanted: rule.wanted() + u32::from(author_unknown),
            author_unknown,
            approvers: rule.approvers.clone(),
            granted: Vec::new(),
            rejected: Vec::new(),
        };
        let mut granted: Vec<(&Claim, Timestamp)> = Vec::new();
        for claim in self.latest(class) {
            let detail = match (self.entitled(rule, claim), claim.decision) {
                (Err(refused), _) => Err(refused),
                (Ok(()), Decision::Reject) => {
                    standing.rejected.push(claim.principal.clone());
                    continue;
                }
                (Ok(()), Decision::Approve) => self.counts(rule, claim),
            };
            match detail {
                Ok(expires) => granted.push((claim, expires)),
                Err((cause, detail)) => {
                    objections.push(Objection::new(&claim.place, Some(class), cause, detail));
                }
            }
        }
        standing.granted = self.people(&granted);
        standing
    }

    /// The last word of each principal on a class: whoever decides again takes back what they said before.
    fn latest(&self, class: &Class) -> Vec<&Claim> {
        let mut latest: BTreeMap<&str, &Claim> = BTreeMap::new();
        for claim in self.heard.iter().filter(|claim| claim.class == *class) {
            let entry = latest.entry(&claim.principal).or_insert(claim);
            // Of two at the same instant the rejection counts.
            let later = claim.at > entry.at || (claim.at == entry.at && claim.decision == Decision::Reject);
            if later {
                *entry = claim;
            }
        }
        latest.into_values().collect()
    }

    fn entitled(&self, rule: &Rule, claim: &Claim) -> Result<(), (Cause, String)> {
        if self.question.policy.may_approve(rule, &claim.principal, claim.proof.groups()) {
            return Ok(());
        }
        let named = rule.approvers.as_deref().unwrap_or_default().join(" or ");
        Err((Cause::NotApprover, format!("{} is not among {named}", claim.principal)))
    }

    /// Whether an entitled person's approval counts now; until when.
    fn counts(&self, rule: &Rule, claim: &Claim) -> Result<Timestamp, (Cause, String)> {
        let policy = &self.question.policy;
        let who = &claim.principal;
        let held = policy.hold(rule).after(claim.at);
        let expires = claim.expires.map_or(held, |stated| stated.min(held));
        if self.now >= expires {
            return Err((Cause::Expired, format!("{who}'s approval held until {expires}")));
        }
        if !policy.author_may_approve(rule)
            && let Some(author) = self.question.authors.iter().find(|author| self.is_same(author, claim))
        {
            return Err((Cause::Author, format!("{who} wrote the change (as {author})")));
        }
        for (currency, within) in &self.question.raises {
            if !policy.reach(rule, who, claim.proof.groups(), *currency).covers(*within) {
                let detail = format!("the plan raises more {currency} a day than {who} may allow");
                return Err((Cause::OverLimit, detail));
            }
        }
        Ok(expires)
    }

    /// Whether somebody known by an address is who signed: by name, because the key is theirs too, or because
    /// a line of the allowed signers lists both names.
    fn is_same(&self, address: &str, claim: &Claim) -> bool {
        let folded = address.to_ascii_lowercase();
        let named = |signer: &Signer| signer.names(address) || signer.names(&folded);
        let listed = |signer: &Signer, name: &str| signer.people().any(|one| one.eq_ignore_ascii_case(name));
        let together = |signer: &Signer| listed(signer, address) && listed(signer, &claim.principal);
        claim.principal.eq_ignore_ascii_case(address)
            || self
                .keyring
                .signers
                .iter()
                .any(|signer| Some(&signer.key) == claim.proof.key() && named(signer))
            || self.keyring.signers.iter().any(together)
    }

    /// One approval a person: principals that share a key, or a line of the allowed signers, are one person.
    fn people(&self, granted: &[(&Claim, Timestamp)]) -> Vec<Approval> {
        let mut people: Vec<Person<'_>> = Vec::new();
        for (claim, expires) in granted {
            let known = people.iter_mut().find(|(keys, names, _)| {
                (claim.proof.key().is_some() && keys.contains(&claim.proof.key()))
                    || names
                        .iter()
                        .any(|name| self.is_same(name, claim) || name.eq_ignore_ascii_case(&claim.principal))
            });
            if let Some((keys, names, _)) = known {
                keys.push(claim.proof.key());
                names.push(&claim.principal);
                continue;
            }
            let approval = Approval {
                principal: claim.principal.clone(),
                class: claim.class.clone(),
                key: claim.proof.shown(),
                at: claim.at,
                expires: *expires,
            };
            people.push((vec![claim.proof.key()], vec![&claim.principal], approval));
        }
        people.into_iter().map(|(_, _, approval)| approval).collect()
    }
}

#[cfg(test)]
mod tests;

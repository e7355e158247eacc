//! Campaigns, ad groups, ads and shared budgets.

use std::collections::{BTreeMap, HashMap};

use adplane_core::address::{AccountKey, Address, Kind, Platform};
use adplane_core::desired::{Desired, DesiredObject};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Field, FieldPath, Origin};
use adplane_core::ids::{AdName, ExternalId};
use adplane_core::overlay::DAILY_BUDGET;
use compact_str::{CompactString, format_compact};

use super::Key;
use super::account::deletion_policy;
use super::convert::{Convert, member_place};
use super::creative::CreativeFields;
use super::index::Index;
use super::managed;
use super::pool::{Membership, Pools};
use crate::check::nearest;
use crate::check::shape::{self, Shape};
use crate::load::{Child, Document, DocumentKind, Written};

pub(super) const EXTERNAL_ID: &str = "adplane.io/external-id";
const MOVED_FROM: &str = "adplane.io/moved-from";

/// Lowers everything that lives on an account.
pub(super) struct Objects<'a, 'd> {
    pub(super) index: &'d Index<'a>,
    pub(super) pools: &'d Pools<'a>,
    pub(super) creatives: &'d HashMap<Key<'a>, CreativeFields>,
    pub(super) desired: &'d mut Desired,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
}

impl Objects<'_, '_> {
    pub(super) fn lower_all(&mut self) {
        let index = self.index;
        for document in index.of_kind(DocumentKind::Budget) {
            self.budget(document);
        }
        for document in index.of_kind(DocumentKind::Campaign) {
            self.campaign(document);
        }
        for document in index.of_kind(DocumentKind::AdGroup) {
            self.check_creatives(document);
            self.ad_group(document);
        }
        self.check_bindings();
        for kind in [DocumentKind::AdAccount, DocumentKind::Creative] {
            for document in index.of_kind(kind) {
                self.idle_annotations(document);
            }
        }
    }

    /// Two documents cannot be the same live object.
    fn check_bindings(&mut self) {
        for account in self.desired.accounts.values() {
            let mut bound: HashMap<(Kind, &ExternalId), &DesiredObject> = HashMap::new();
            for object in account.objects.values() {
                let Some(id) = &object.external_id else { continue };
                if let Some(first) = bound.insert((object.address.kind, id), object) {
                    let message = format!("`{id}` is bound by {} already", first.address.short());
                    let found = Diagnostic::error("bound-twice", message)
                        .hint("bind each live object in one place")
                        .at(object.origin.as_ref())
                        .on(&object.address);
                    self.diagnostics.push(found);
                }
            }
        }
    }

    fn budget(&mut self, document: &Document) {
        let Some(reference) = document.written("shared.account") else { return };
        let Some(account) = self.account(document, reference) else { return };
        let address = self.address(&account, Kind::Budget, document);
        self.add(document, &account, address, None, |path| {
            matches!(path, "shared.account" | "deletionPolicy")
        });
    }

    fn campaign(&mut self, document: &Document) {
        let Some(reference) = document.written("account") else { return };
        let Some(account) = self.account(document, reference) else { return };
        let address = self.address(&account, Kind::Campaign, document);
        let budget = document
            .written("budget.ref")
            .and_then(|written| self.shared_budget(document, written, &account));
        let pool = self.pools.of(document);
        let pooled = pool.is_some();
        let skip = |path: &str| {
            matches!(path, "account" | "clear" | "deletionPolicy" | "budget.observe" | "rulesMayPause")
                || path.starts_with("budget.managed")
                || (pooled && path == "budget.ref")
        };
        if let Some(object) = self.add(document, &account, address, pool, skip) {
            object.budget = budget;
        }
    }

    fn ad_group(&mut self, document: &Document) {
        let Some(reference) = document.written("campaign") else { return };
        let campaign = match self.index.follow(document, reference, DocumentKind::Campaign) {
            Ok(campaign) => campaign,
            Err(found) => return self.diagnostics.push(*found),
        };
        let Some(name) = campaign.text("account") else { return };
        let Some(account) = self.index.get(DocumentKind::AdAccount, (campaign.namespace.as_str(), name))
        else {
            // The campaign's own reference is reported at the campaign.
            return;
        };
        let account = AccountKey { namespace: account.namespace.clone(), name: account.name.clone() };
        let parent = self.address(&account, Kind::Campaign, campaign);
        let address = self.address(&account, Kind::AdGroup, document);
        let skip = |path: &str| {
            matches!(path, "campaign" | "clear" | "deletionPolicy" | "budget.observe" | "rulesMayPause")
                || path.starts_with("budget.managed")
        };
        if let Some(object) = self.add(document, &account, address.clone(), None, skip) {
            object.parent = Some(parent);
            for child in &document.children {
                self.ad(document, child, &address);
            }
        }
    }

    /// Reports ads whose creative does not exist, also where the ad group itself cannot be lowered.
    fn check_creatives(&mut self, document: &Document) {
        let references = document.children.iter().flat_map(|child| &child.fields);
        for reference in references.filter(|field| field.path.as_str() == "creative") {
            if let Err(found) = self.index.follow(document, reference, DocumentKind::Creative) {
                self.diagnostics.push(*found);
            }
        }
    }

    fn ad(&mut self, document: &Document, child: &Child, group: &Address) {
        let find = |path: &str| child.fields.iter().find(|field| field.path.as_str() == path);
        let text = |path: &str| find(path).and_then(|field| field.value.as_text());
        let Some(name) = text("name").and_then(|name| AdName::new(name).ok()) else { return };
        let mut object = DesiredObject::new(Address { kind: Kind::Ad, ad: Some(name), ..group.clone() });
        if let Some(reference) = find("creative") {
            let key = (document.namespace.as_str(), reference.value.as_text().unwrap_or_default());
            if let Some(fields) = self.creatives.get(&key) {
                object.creative = Some(CompactString::new(key.1));
                object.fields.extend(fields.iter().cloned());
            }
        }
        if let Some(state) = find("state") {
            let field = Field::declared(state.value.clone(), document.at(state.place));
            object.fields.insert(FieldPath::new("state"), field);
        }
        if let Some(label) = find("displayName").or_else(|| find("name")) {
            // Google stores no name of an ad: it is told at create and never compared.
            let field = match group.platform {
                Platform::Google => Field::create_default(label.value.clone()),
                Platform::Meta | Platform::TikTok => {
                    Field::declared(label.value.clone(), document.at(label.place))
                }
            };
            object.fields.insert(FieldPath::new("displayName"), field);
        }
        for written in &child.fields {
            if ["google", "meta", "tiktok"].iter().any(|block| written.path.is_within(block)) {
                let field = Field::declared(written.value.clone(), document.at(written.place));
                object.fields.insert(written.path.clone(), field);
            }
        }
        object.rules_may_pause = managed::may_pause(document, &child.fields, self.diagnostics);
        object.external_id = text("externalId").and_then(|id| ExternalId::new(id).ok());
        object.parent = Some(group.clone());
        object.origin = document.at(child.place);
        object.labels = document.labels.clone();
        let moved = document.annotations.get(MOVED_FROM);
        object.moved_from = moved.map(|(old, _)| {
            let ad = object.address.ad.as_ref().map(AdName::as_str).unwrap_or_default();
            format_compact!("{old}/{ad}")
        });
        let Some(account) = self.desired.accounts.get_mut(&group.account_key()) else { return };
        object.deletion_policy = deletion_policy(document).unwrap_or(account.deletion_policy);
        account.objects.insert(object.address.clone(), object);
    }

    /// The account that a reference leads to, when it could be read.
    fn account(&mut self, document: &Document, reference: &Written) -> Option<AccountKey> {
        match self.index.follow(document, reference, DocumentKind::AdAccount) {
            Ok(account) => {
                let key = AccountKey { namespace: account.namespace.clone(), name: account.name.clone() };
                self.desired.accounts.contains_key(&key).then_some(key)
            }
            Err(found) => {
                self.diagnostics.push(*found);
                None
            }
        }
    }

    fn address(&self, account: &AccountKey, kind: Kind, document: &Document) -> Address {
        let platform =
            self.desired.accounts.get(account).map_or(Platform::Google, |account| account.platform);
        Address {
            platform,
            account: account.name.clone(),
            kind,
            namespace: document.namespace.clone(),
            name: document.name.clone(),
            ad: None,
        }
    }

    fn shared_budget(
        &mut self,
        document: &Document,
        written: &Written,
        account: &AccountKey,
    ) -> Option<Address> {
        let budget = match self.index.follow(document, written, DocumentKind::Budget) {
            Ok(budget) => budget,
            Err(found) => {
                self.diagnostics.push(*found);
                return None;
            }
        };
        if budget.is_pool() {
            return None;
        }
        if let Some(managed) = document.fields.iter().find(|field| field.path.is_within("budget.managed")) {
            let message = format!("`{}` and `{}` exclude each other", written.path, managed.path);
            let found = Diagnostic::error("budget-forms", message)
                .hint("bounds go beside the `ref` of a pool; a shared budget's amount is written there");
            self.diagnostics.push(document.finding(found, managed.place, managed.path.as_str()));
        }
        let found = match budget.text("shared.account")? {
            owner if owner == account.name.as_str() => {
                return Some(self.address(account, Kind::Budget, budget));
            }
            owner => {
                let message = format!(
                    "budget `{}` is on account `{owner}`, the campaign on `{}`",
                    budget.name, account.name
                );
                Diagnostic::error("budget-account", message)
                    .hint("reference a budget of the campaign's own account")
            }
        };
        self.diagnostics.push(document.finding(found, written.place, "budget.ref"));
        None
    }

    /// Adds an object with everything that does not depend on its kind.
    fn add(
        &mut self,
        document: &Document,
        account: &AccountKey,
        address: Address,
        pool: Option<Membership>,
        skip: impl Fn(&str) -> bool,
    ) -> Option<&mut DesiredObject> {
        let moved = self.moved_from(document);
        let account = self.desired.accounts.get_mut(account)?;
        let mut object = DesiredObject::new(address);
        let mut convert =
            Convert { document, account, address: &object.address, diagnostics: self.diagnostics };
        let fields = convert.fields(skip);
        let clear = clear(&mut convert);
        let managed = managed::lower(&mut convert, pool);
        object.fields = fields;
        object.fields.extend(managed.map(|field| (FieldPath::new(DAILY_BUDGET), field)));
        object.rules_may_pause = managed::may_pause(document, &document.fields, self.diagnostics);
        object.clear = clear;
        object.default_field("displayName", document.name.as_str());
        object.deletion_policy = deletion_policy(document).unwrap_or(account.deletion_policy);
        object.labels = document.labels.clone();
        object.origin = document.at(document.place);
        object.moved_from = moved;
        object.external_id = external_id(document, self.diagnostics);
        let address = object.address.clone();
        Some(account.objects.entry(address).or_insert(object))
    }

    fn moved_from(&mut self, document: &Document) -> Option<CompactString> {
        let (old, place) = document.annotations.get(MOVED_FROM)?;
        let key = (document.namespace.as_str(), old.as_str());
        let found = if self.index.get(document.kind, key).is_some() {
            Diagnostic::error("moved-from-exists", format!("{} `{old}` still exists", document.kind))
                .hint("remove the old document, or this annotation")
        } else {
            return Some(old.clone());
        };
        self.diagnostics.push(document.finding(found, *place, "metadata.annotations"));
        None
    }

    /// Annotations that do nothing on kinds that are no live objects.
    fn idle_annotations(&mut self, document: &Document) {
        for (name, (_, place)) in &document.annotations {
            let message = format!("`{name}` has no effect on a {}", document.kind);
            let found = Diagnostic::warning("unknown-annotation", message).hint("remove it");
            self.diagnostics.push(document.finding(found, *place, "metadata.annotations"));
        }
    }
}

fn external_id(document: &Document, diagnostics: &mut Vec<Diagnostic>) -> Option<ExternalId> {
    let (text, place) = document.annotations.get(EXTERNAL_ID)?;
    let id = ExternalId::new(text);
    if let Err(error) = &id {
        let found =
            Diagnostic::error("invalid-id", error.to_string()).hint("copy the id as the platform shows it");
        diagnostics.push(document.finding(found, *place, "metadata.annotations"));
    }
    id.ok()
}

/// `clear: [..]`: fields that exist and are not written beside it.
fn clear(convert: &mut Convert<'_>) -> BTreeMap<FieldPath, Option<Origin>> {
    let document = convert.document;
    let mut cleared = BTreeMap::new();
    let Some(written) = document.written("clear") else { return cleared };
    for (index, path) in written.value.texts().enumerate() {
        let place = member_place(written, index);
        let problem = match shape::at_path(document.kind, path) {
            None => Some(unknown_path(document.kind, path)),
            Some(Shape::Leaves(..)) => Some(
                Diagnostic::error("invalid-clear", format!("`{path}` is a group of fields"))
                    .hint(format!("name one of them: `{path}.<key>`")),
            ),
            Some(Shape::Object(object)) if !object.atomic => {
                let names: Vec<String> = object.names().map(|name| format!("`{path}.{name}`")).collect();
                Some(
                    Diagnostic::error("invalid-clear", format!("`{path}` is a group of fields"))
                        .hint(format!("name the fields: {}", names.join(", "))),
                )
            }
            Some(_) if document.fields.iter().any(|field| field.path.as_str() == path) => Some(
                Diagnostic::error("invalid-clear", format!("`{path}` is written and cleared"))
                    .hint("keep one of the two"),
            ),
            Some(_) => None,
        };
        match problem {
            Some(found) => convert.report(found, place, written),
            None => {
                cleared.insert(FieldPath::new(path), document.at(place));
            }
        }
    }
    cleared
}

fn unknown_path(kind: DocumentKind, path: &str) -> Diagnostic {
    let (parent, last) = path.rsplit_once('.').unwrap_or(("", path));
    let names: Vec<&str> = match shape::at_path(kind, parent) {
        Some(Shape::Object(object)) => object.names().collect(),
        _ => shape::spec(kind).names().collect(),
    };
    let hint = match nearest(last, names) {
        Some(meant) if parent.is_empty() => format!("did you mean `{meant}`?"),
        Some(meant) => format!("did you mean `{parent}.{meant}`?"),
        None => "write the path of a field below `spec`, such as `bidding.maxCpc`".to_owned(),
    };
    Diagnostic::error("invalid-clear", format!("`{path}` is not a field of {kind}")).hint(hint)
}

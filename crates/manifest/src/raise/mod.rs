//! Raising: a live account to the YAML a person would have written.
//!
//! What a create would need and what differs from the vendor's default is written; a value that all ad
//! groups of a campaign share stands once, on the campaign, where the platform copies it down. Reading the
//! files back gives the fields that were observed.

mod creatives;
mod hoist;
mod names;
mod tree;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::address::{Kind, Platform};
use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Values;
use adplane_core::ids::ExternalId;
use adplane_core::observed::{ObservedAccount, ObservedObject};
use adplane_core::schema::PlatformSchema;
use adplane_core::time::Zone;
use adplane_core::value::Value;

use crate::api::API_VERSION;
use crate::load::DocumentKind;
use crate::schema::SCHEMA_ROOT;
use crate::yaml::emit::{Yaml, document};
use creatives::Creatives;
pub(crate) use names::slug;
use names::{Names, ad_name};
use tree::Tree;

/// The YAML of one field of an object, in the document that holds it.
pub(crate) fn field(kind: Kind, path: &str, value: &Value, zone: &Zone) -> Result<Yaml, Diagnostic> {
    let (tree, path) = match (kind, path.strip_prefix("creative.")) {
        (Kind::Ad, Some(below)) => (Tree::new(DocumentKind::Creative), below),
        (Kind::Ad, None) => (Tree::ad(), path),
        (Kind::Campaign, _) => (Tree::new(DocumentKind::Campaign), path),
        (Kind::AdGroup, _) => (Tree::new(DocumentKind::AdGroup), path),
        (Kind::Budget, _) => (Tree::new(DocumentKind::Budget), path),
    };
    let context = values::Context { zone, assets: &BTreeMap::new(), up: "" };
    values::raise(&tree, path, value, &context)
}

/// What to raise.
#[derive(Debug, Clone, Copy)]
pub struct RaiseRequest<'a> {
    /// The account, from the `AdAccount` document that the user wrote.
    pub account: &'a DesiredAccount,
    /// What is live.
    pub observed: &'a ObservedAccount,
    /// What the platform declares: vendor defaults are left out.
    pub schema: &'a PlatformSchema,
    /// Paths of downloaded assets by lower-case hexadecimal SHA-256, relative to the account's folder.
    pub assets: &'a BTreeMap<String, String>,
    /// Names that other documents of the namespace have already.
    pub taken: &'a BTreeSet<(DocumentKind, String)>,
}

/// One file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedFile {
    /// Path relative to the account's folder, such as `campaigns/spring-sale.yaml`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Files for one account.
#[derive(Debug, Clone, Default)]
pub struct Raised {
    /// Files, ordered by path.
    pub files: Vec<RaisedFile>,
    /// What could not be written as YAML, and what to do about it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Raises a live account.
pub fn raise(request: &RaiseRequest<'_>) -> Raised {
    let mut raise = Raise {
        request,
        children: children(request.observed),
        names: Names::new(request.taken, request.account.key.name.as_str()),
        budgets: HashMap::new(),
        creatives: Creatives::default(),
        diagnostics: Vec::new(),
    };
    let mut files = raise.run();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Raised { files, diagnostics: raise.diagnostics }
}

/// Objects by kind and parent; campaigns and budgets have none.
type Children<'a> = HashMap<(Kind, Option<&'a ExternalId>), Vec<&'a ObservedObject>>;

fn children(observed: &ObservedAccount) -> Children<'_> {
    let mut children = Children::new();
    for object in &observed.objects {
        let parent = match object.kind {
            Kind::Budget | Kind::Campaign => None,
            Kind::AdGroup | Kind::Ad => object.parent.as_ref(),
        };
        children.entry((object.kind, parent)).or_default().push(object);
    }
    for objects in children.values_mut() {
        objects.sort_by(|a, b| a.display_name().cmp(b.display_name()).then_with(|| a.id.cmp(&b.id)));
    }
    children
}

struct Raise<'a> {
    request: &'a RaiseRequest<'a>,
    children: Children<'a>,
    names: Names<'a>,
    /// Names of shared budgets by the vendor's id.
    budgets: HashMap<&'a ExternalId, String>,
    creatives: Creatives,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Raise<'a> {
    fn run(&mut self) -> Vec<RaisedFile> {
        let mut files = Vec::new();
        let budgets: Vec<String> =
            self.sorted(Kind::Budget, None).into_iter().map(|budget| self.budget(budget)).collect();
        if !budgets.is_empty() {
            files.push(file("budgets.yaml".to_owned(), &budgets));
        }
        for campaign in self.sorted(Kind::Campaign, None) {
            files.push(self.campaign(campaign));
        }
        self.report_orphans();
        let creatives = std::mem::take(&mut self.creatives);
        for (name, fields) in creatives.into_documents() {
            let mut tree = Tree::new(DocumentKind::Creative);
            let left = self.fields(&mut tree, &fields, "creatives");
            let text = left.comment("") + &self.document(&name, None, tree);
            files.push(file(format!("creatives/{name}.yaml"), &[text]));
        }
        files
    }

    /// Objects whose parent was not read have no place to stand.
    fn report_orphans(&mut self) {
        let known: BTreeSet<&ExternalId> =
            self.request.observed.objects.iter().map(|object| &object.id).collect();
        let lost = self
            .children
            .iter()
            .filter(|((_, parent), _)| parent.is_some_and(|parent| !known.contains(parent)));
        let count: usize = lost.map(|(_, objects)| objects.len()).sum();
        if count > 0 {
            self.diagnostics.push(
                Diagnostic::warning(
                    "raise-orphans",
                    format!("{count} live objects belong to parents that were not read"),
                )
                .hint("they are left out; import again once everything can be read"),
            );
        }
    }

    /// Objects of a kind below a parent, in the order people would look for them.
    fn sorted(&self, kind: Kind, parent: Option<&'a ExternalId>) -> Vec<&'a ObservedObject> {
        self.children.get(&(kind, parent)).cloned().unwrap_or_default()
    }

    fn budget(&mut self, object: &'a ObservedObject) -> String {
        let name = self.names.give(DocumentKind::Budget, object);
        self.budgets.insert(&object.id, name.clone());
        let mut tree = Tree::new(DocumentKind::Budget);
        tree.set("shared.account", Yaml::text(self.request.account.key.name.as_str()));
        let fields = self.wanted(object);
        let left = self.fields(&mut tree, &fields, "").and(object);
        left.comment("") + &self.document(&name, Some(&object.id), tree)
    }

    fn campaign(&mut self, object: &'a ObservedObject) -> RaisedFile {
        let name = self.names.give(DocumentKind::Campaign, object);
        let groups = self.sorted(Kind::AdGroup, Some(&object.id));
        let mut own = self.wanted(object);
        let mut fields: Vec<Values> = groups.iter().map(|group| self.wanted(group)).collect();
        if matches!(self.request.account.platform, Platform::Meta | Platform::TikTok) {
            hoist::hoist(&mut own, &mut fields);
        }
        let mut tree = Tree::new(DocumentKind::Campaign);
        tree.set("account", Yaml::text(self.request.account.key.name.as_str()));
        self.shared_budget(object, &mut own, &mut tree);
        let with = fields.iter().filter(|group| has_budget(group)).count();
        if !tree.has("budget") && !has_budget(&own) && with == 0 {
            tree.set("budget.observe", Yaml::Plain("true".to_owned()));
        }
        let left = self.fields(&mut tree, &own, "campaigns").and(object);
        let mut documents = vec![left.comment("") + &self.document(&name, Some(&object.id), tree)];
        for (group, fields) in groups.into_iter().zip(fields) {
            let lacks_budget = with > 0 && !has_budget(&fields);
            documents.push(self.ad_group(group, &fields, &name, lacks_budget));
        }
        file(format!("campaigns/{name}.yaml"), &documents)
    }

    /// Replaces the vendor's id of a shared budget by the name of its document.
    fn shared_budget(&mut self, object: &ObservedObject, fields: &mut Values, tree: &mut Tree) {
        if fields.remove("budget.ref").is_none() && object.budget.is_none() {
            return;
        }
        if let Some(name) = object.budget.as_ref().and_then(|id| self.budgets.get(id)) {
            tree.set("budget.ref", Yaml::text(name.as_str()));
            return;
        }
        tree.set("budget.observe", Yaml::Plain("true".to_owned()));
        let message = format!("the shared budget of campaign `{}` could not be read", object.display_name());
        self.diagnostics.push(
            Diagnostic::warning("raise-budget", message)
                .hint("it is left to the platform; import again once the budget can be read"),
        );
    }

    fn ad_group(
        &mut self,
        object: &'a ObservedObject,
        fields: &Values,
        campaign: &str,
        lacks_budget: bool,
    ) -> String {
        let name = self.names.give(DocumentKind::AdGroup, object);
        let mut tree = Tree::new(DocumentKind::AdGroup);
        tree.set("campaign", Yaml::text(campaign));
        if lacks_budget {
            tree.set("budget.observe", Yaml::Plain("true".to_owned()));
        }
        let mut comment = self.fields(&mut tree, fields, "campaigns").and(object).comment("");
        let mut used = BTreeSet::new();
        let mut ads = Vec::new();
        for ad in self.sorted(Kind::Ad, Some(&object.id)) {
            let (name, ad, left) = self.ad(ad, &mut used);
            comment += &left.comment(&format!(" of ad {name}"));
            ads.push(ad);
        }
        if !ads.is_empty() {
            tree.set("ads", Yaml::List(ads));
        }
        comment + &self.document(&name, Some(&object.id), tree)
    }

    fn ad(&mut self, object: &'a ObservedObject, used: &mut BTreeSet<String>) -> (String, Yaml, LeftOut) {
        let fields = self.wanted(object);
        let name = ad_name(object, used);
        let creative: Values = fields
            .iter()
            .filter_map(|(path, value)| {
                Some((path.as_str().strip_prefix("creative.")?.into(), value.clone()))
            })
            .collect();
        let creative = self.creatives.share(creative, || self.names.give_slug(DocumentKind::Creative, &name));
        let mut ad = Tree::ad();
        ad.set("name", Yaml::text(name.as_str()));
        ad.set("creative", Yaml::text(creative));
        ad.set("externalId", Yaml::text(object.id.as_str()));
        let own: Values = fields
            .into_iter()
            .filter(|(path, value)| match path.as_str() {
                "displayName" => value.as_text() != Some(name.as_str()),
                _ => !path.is_within("creative"),
            })
            .collect();
        let left = self.fields(&mut ad, &own, "campaigns").and(object);
        (name, ad.into_yaml(), left)
    }

    /// Observed fields without those that nobody chose.
    fn wanted(&self, object: &ObservedObject) -> Values {
        let schema = self.request.schema.kind(object.kind);
        object
            .fields
            .iter()
            .filter(|(path, value)| {
                let default = schema.and_then(|schema| schema.field(path.as_str()).vendor_default);
                default.is_none_or(|shown| shown != value.to_string())
            })
            .map(|(path, value)| (path.clone(), value.clone()))
            .collect()
    }

    /// Writes fields into a tree and answers what has no place there; files of assets are relative to `folder`.
    fn fields(&mut self, tree: &mut Tree, fields: &Values, folder: &str) -> LeftOut {
        let context = values::Context {
            zone: &self.request.account.zone,
            assets: self.request.assets,
            up: if folder.is_empty() { "./" } else { "../" },
        };
        let mut left = LeftOut::default();
        for (path, value) in fields {
            match values::raise(tree, path.as_str(), value, &context) {
                Ok(raised) => tree.set(path.as_str(), raised),
                Err(problem) => {
                    self.diagnostics.push(problem);
                    left.0.push(path.to_string());
                }
            }
        }
        left
    }

    fn document(&self, name: &str, id: Option<&ExternalId>, tree: Tree) -> String {
        let namespace = self.request.account.key.namespace.as_str();
        let mut metadata = vec![("name".to_owned(), Yaml::text(name))];
        if namespace != "default" {
            metadata.push(("namespace".to_owned(), Yaml::text(namespace)));
        }
        if let Some(id) = id {
            let binding = vec![("adplane.io/external-id".to_owned(), Yaml::text(id.as_str()))];
            metadata.push(("annotations".to_owned(), Yaml::Map(binding)));
        }
        document(&[
            ("apiVersion".to_owned(), Yaml::text(API_VERSION)),
            ("kind".to_owned(), Yaml::text(tree.kind.word())),
            ("metadata".to_owned(), Yaml::Map(metadata)),
            ("spec".to_owned(), tree.into_yaml()),
        ])
    }
}

/// What a live object holds that its YAML cannot say; it is kept on the platform and never touched.
#[derive(Debug, Default)]
struct LeftOut(Vec<String>);

impl LeftOut {
    /// Together with what the platform's folder could not put into fields.
    fn and(mut self, object: &ObservedObject) -> Self {
        self.0.extend(object.unexpressed.iter().cloned());
        self
    }

    /// A comment that names it, empty when there is nothing; `whose` is put after the word for it.
    fn comment(&self, whose: &str) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let text = format!("# Kept on the platform, not managed here{whose}: {}", self.0.join("; "));
        // What people wrote on the platform may hold anything: a comment is one line.
        text.split_whitespace().collect::<Vec<_>>().join(" ") + "\n"
    }
}

fn has_budget(fields: &Values) -> bool {
    fields.keys().any(|path| path.is_within("budget"))
}

fn file(path: String, documents: &[String]) -> RaisedFile {
    let header = format!("# yaml-language-server: $schema={SCHEMA_ROOT}/manifest.schema.json\n");
    RaisedFile { path, text: header + &documents.join("---\n") }
}

#[cfg(test)]
mod tests;

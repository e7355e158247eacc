//! Cases: one change made up for a test, and what policies say of it.

use std::collections::BTreeMap;

use compact_str::CompactString;
use jiff::Timestamp;

use super::compile::Policy;
use super::lookup::{Facts, Object, Subject};
use super::run::{Court, Docket, Judgement, Linked};
use crate::address::{AccountKey, Address, Kind, Platform};
use crate::desired::{Connection, DeletionPolicy, DesiredAccount, DesiredObject, Management};
use crate::field::{Field, FieldOwner, FieldPath, FieldSource, Fields, Values};
use crate::ids::{AccountId, AdName, ExternalId, Namespace, ObjectName};
use crate::money::Currency;
use crate::observed::ObservedObject;
use crate::plan::{Action, Change, Class, FieldChange, MoneyImpact};
use crate::schema::Confidence;
use crate::time::Zone;

/// A change made up for a test.
#[derive(Debug, Clone)]
pub struct Case {
    /// What changes.
    pub kind: Kind,
    /// Its name.
    pub name: ObjectName,
    /// Its ad's name.
    pub ad: Option<AdName>,
    /// What happens; by default what `before` and `after` say.
    pub action: Option<Action>,
    /// The class of approval.
    pub class: Option<Class>,
    /// Whether learning begins again.
    pub resets_learning: bool,
    /// Whether it is reviewed again.
    pub needs_review: bool,
    /// Its live fields.
    pub before: Option<Values>,
    /// Its wanted fields; what is not among them stays as it is.
    pub after: Option<Values>,
    /// Labels of the object.
    pub labels: Labels,
    /// Name of the creative of an ad.
    pub creative: Option<CompactString>,
    /// The campaign it belongs to.
    pub campaign: Parent,
    /// The ad group it belongs to.
    pub ad_group: Parent,
    /// The account.
    pub account: CaseAccount,
    /// The instant of the plan.
    pub now: Timestamp,
    /// The plan it is a part of.
    pub plan: CasePlan,
}

/// Labels.
pub type Labels = BTreeMap<CompactString, CompactString>;

/// A parent of the object.
#[derive(Debug, Clone, Default)]
pub struct Parent {
    /// Its name, `parent` when it does not matter.
    pub name: Option<ObjectName>,
    /// Its labels.
    pub labels: Labels,
    /// Its fields.
    pub fields: Values,
}

/// The account of a case.
#[derive(Debug, Clone)]
pub struct CaseAccount {
    /// Namespace, which is the policy's own.
    pub namespace: Namespace,
    /// Name.
    pub name: ObjectName,
    /// The vendor's id.
    pub id: AccountId,
    /// Platform.
    pub platform: Platform,
    /// Currency.
    pub currency: Currency,
    /// Zone.
    pub zone: Zone,
    /// Fields that objects fall back to.
    pub fields: Values,
}

/// The plan of a case.
#[derive(Debug, Clone, Default)]
pub struct CasePlan {
    /// The project.
    pub project: Option<String>,
    /// Money by currency.
    pub money: Vec<MoneyImpact>,
    /// Money by label and value.
    pub labelled: BTreeMap<CompactString, BTreeMap<CompactString, Vec<MoneyImpact>>>,
    /// Objects created.
    pub creates: i64,
    /// Objects updated.
    pub updates: i64,
    /// Objects replaced.
    pub replaces: i64,
    /// Objects removed.
    pub deletes: i64,
    /// Campaigns that run afterwards without a budget that limits them.
    pub unlimited: i64,
    /// Its classes; by default that of the change alone.
    pub classes: Vec<Class>,
}

/// What policies say of a case.
pub fn judge_case(policies: &[Policy], case: &Case) -> Judgement {
    let account = account(case);
    let linked = Linked::new(policies);
    let facts = Facts {
        project: case.plan.project.as_deref(),
        now: case.now,
        creates: case.plan.creates,
        updates: case.plan.updates,
        replaces: case.plan.replaces,
        deletes: case.plan.deletes,
        unlimited: case.plan.unlimited,
        classes: classes(case).map(|class| class.word().into()).collect(),
        money: case.plan.money.clone(),
        by_label: case.plan.labelled.clone(),
    };
    let made = made(case);
    let campaign = parent(case, Kind::Campaign, &case.campaign);
    let group = parent(case, Kind::AdGroup, &case.ad_group);
    let object = made.object();
    let (campaign, ad_group) = match case.kind {
        Kind::Budget => (None, None),
        Kind::Campaign => (Some(object), None),
        Kind::AdGroup => (Some(campaign.object()), Some(object)),
        Kind::Ad => (Some(campaign.object()), Some(group.object())),
    };
    let subject = Subject { object, campaign, ad_group, account: &account };
    let mut court = Court::new(&linked, &facts);
    court.session(&mut Docket::default(), &subject);
    court.close()
}

/// The plan's classes.
fn classes(case: &Case) -> impl Iterator<Item = &Class> {
    let own = case.class.iter().filter(|_| case.plan.classes.is_empty());
    case.plan.classes.iter().chain(own)
}

/// What an object is made of.
struct Made {
    change: Change,
    desired: Option<DesiredObject>,
    live: Option<ObservedObject>,
}

impl Made {
    fn object(&self) -> Object<'_> {
        Object { change: &self.change, desired: self.desired.as_ref(), live: self.live.as_ref() }
    }
}

fn account(case: &Case) -> DesiredAccount {
    let given = &case.account;
    DesiredAccount {
        key: AccountKey { namespace: given.namespace.clone(), name: given.name.clone() },
        platform: given.platform,
        account_id: given.id.clone(),
        currency: given.currency,
        zone: given.zone.clone(),
        management: Management::Manage,
        deletion_policy: DeletionPolicy::Pause,
        connection: Connection::default(),
        fields: declared(&given.fields),
        objects: BTreeMap::new(),
        origin: None,
    }
}

fn declared(values: &Values) -> Fields {
    values.iter().map(|(path, value)| (path.clone(), Field::declared(value.clone(), None))).collect()
}

fn address(case: &Case, kind: Kind, name: &ObjectName) -> Address {
    Address {
        platform: case.account.platform,
        account: case.account.name.clone(),
        kind,
        namespace: case.account.namespace.clone(),
        name: name.clone(),
        ad: if kind == Kind::Ad { case.ad.clone() } else { None },
    }
}

fn made(case: &Case) -> Made {
    let address = address(case, case.kind, &case.name);
    let action = case.action.unwrap_or(match (&case.before, &case.after) {
        (Some(_), None) => Action::Delete,
        (Some(_), Some(_)) => Action::Update,
        (None, _) => Action::Create,
    });
    let live = case.before.as_ref().and_then(|before| live(case.kind, before));
    let desired = case.after.as_ref().map(|after| {
        let mut object = DesiredObject::new(address.clone());
        object.fields = declared(after);
        object.labels.clone_from(&case.labels);
        object.creative.clone_from(&case.creative);
        object
    });
    let mut fields = changed(case.before.as_ref(), case.after.as_ref());
    for field in &mut fields {
        field.resets_learning = case.resets_learning.then_some(Confidence::High);
        field.needs_review = case.needs_review.then_some(Confidence::High);
    }
    let change = Change {
        display_name: address.local_name(),
        address,
        action,
        class: case.class.clone().or(Some(Class::Edit)),
        id: live.as_ref().map(|live| live.id.clone()),
        superseded: Vec::new(),
        parent: None,
        parent_id: None,
        budget: None,
        budget_id: None,
        marker: None,
        fields,
        reasons: Vec::new(),
        preconditions: Vec::new(),
        origin: None,
    };
    Made { change, desired, live }
}

fn live(kind: Kind, fields: &Values) -> Option<ObservedObject> {
    let mut live = ObservedObject::new(kind, ExternalId::new("1").ok()?);
    live.fields.clone_from(fields);
    Some(live)
}

fn changed(before: Option<&Values>, after: Option<&Values>) -> Vec<FieldChange> {
    let field = |path: &FieldPath| FieldChange {
        path: path.clone(),
        before: before.and_then(|before| before.get(path)).cloned(),
        after: after.and_then(|after| after.get(path)).cloned(),
        origin: None,
        source: FieldSource::Declared,
        owner: FieldOwner::Git,
        immutable: false,
        resets_learning: None,
        needs_review: None,
    };
    after
        .into_iter()
        .flat_map(BTreeMap::keys)
        .map(field)
        .filter(|field| field.before != field.after)
        .collect()
}

fn parent(case: &Case, kind: Kind, given: &Parent) -> Made {
    let named = given.name.clone().unwrap_or_else(|| case.name.clone());
    let address = address(case, kind, &named);
    let mut desired = DesiredObject::new(address.clone());
    desired.labels.clone_from(&given.labels);
    desired.fields = declared(&given.fields);
    let live = live(kind, &given.fields);
    let change = Change {
        display_name: address.local_name(),
        address,
        action: Action::None,
        class: None,
        id: live.as_ref().map(|live| live.id.clone()),
        superseded: Vec::new(),
        parent: None,
        parent_id: None,
        budget: None,
        budget_id: None,
        marker: None,
        fields: Vec::new(),
        reasons: Vec::new(),
        preconditions: Vec::new(),
        origin: None,
    };
    Made { change, desired: Some(desired), live }
}

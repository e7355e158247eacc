//! One call under way, and the common end of creates, updates and deletes (meta-ads.md §1.3, §1.6, §3).

use serde_json::{Value, json};

use super::errors::GraphError;
use super::kind::Kind;
use super::params::Params;
use super::reader::{self, Reader};
use super::store::{self, API, Node};
use super::{labels, learning, lifecycle, normalise, review};
use crate::world::{Object, World};

/// A call with everything it carries.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The world.
    pub(super) world: &'a mut World,
    /// The method, `method=` in the parameters already honoured.
    pub(super) method: String,
    /// The parameters.
    pub(super) params: Params,
    /// The URL root that the client used.
    pub(super) base_url: &'a str,
    /// The version segment for links.
    pub(super) version: String,
}

/// What a call is answered with when it succeeds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    /// The body.
    pub(super) body: Value,
    /// Whether something was stored.
    pub(super) wrote: bool,
}

impl Answer {
    /// An answer to a read.
    pub(super) fn read(body: Value) -> Self {
        Self { body, wrote: false }
    }

    /// An answer to a write.
    pub(super) fn wrote(body: Value) -> Self {
        Self { body, wrote: true }
    }

    /// `{"success": true}` of a dry run.
    pub(super) fn valid() -> Self {
        Self::read(json!({"success": true}))
    }
}

impl Call<'_> {
    /// A reader over the world as it is now.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader {
            world: self.world,
            base_url: self.base_url,
            version: &self.version,
            unix_times: self.params.text("date_format").is_some_and(|format| format == "U"),
        }
    }

    /// Whether everything shall be checked and nothing stored.
    pub(super) fn validates_only(&self) -> bool {
        self.params.has_option("validate_only")
    }

    /// Stores a checked object and answers its id, or the fields asked for.
    pub(super) fn create(&mut self, account: &str, kind: Kind, draft: Object) -> Result<Answer, GraphError> {
        labels::check(self.world, account, &draft)?;
        if self.validates_only() {
            return Ok(Answer::valid());
        }
        let id = self.store_new(account, kind, draft);
        self.written(&Node::new(kind, account, &id), json!({"id": id}))
    }

    /// Stores a checked object under a fresh id.
    pub(super) fn store_new(&mut self, account: &str, kind: Kind, mut draft: Object) -> String {
        labels::settle(self.world, account, &mut draft);
        normalise::settle(self.world, kind, &mut draft);
        let id = store::fresh_id(self.world);
        let stamp = store::clock(self.world, account).format(self.world.now);
        let mut object = Object::new();
        object.insert("id".into(), json!(id));
        object.insert("account_id".into(), json!(account));
        object.extend(draft.into_iter().filter(|(_, value)| !value.is_null()));
        if kind != Kind::Creative {
            object.insert("created_time".into(), json!(stamp));
            object.insert("updated_time".into(), json!(stamp));
        }
        let ad_set = store::text(&object, "adset_id").to_owned();
        store::insert(self.world, account, kind, &id, object);
        if kind == Kind::Ad {
            review::start(self.world, &Node::new(Kind::Ad, account, &id));
            learning::restart(self.world, account, &ad_set);
        }
        id
    }

    /// Stores checked changes and answers success, or the fields asked for.
    pub(super) fn update(&mut self, node: &Node, mut changes: Object) -> Result<Answer, GraphError> {
        labels::check(self.world, &node.account, &changes)?;
        if self.validates_only() {
            return Ok(Answer::valid());
        }
        labels::settle(self.world, &node.account, &mut changes);
        normalise::settle(self.world, node.kind, &mut changes);
        let former = node
            .kind
            .collection()
            .and_then(|_| store::object(self.world, &node.account, node.kind, &node.id));
        let former = former.cloned().unwrap_or_default();
        store::update(self.world, node, changes.clone(), API);
        lifecycle::react(self.world, node, &former, &changes);
        self.written(node, json!({"success": true}))
    }

    /// Deletes a campaign, ad set, ad, creative, image or video: the same as `status=DELETED` (§17.3).
    pub(super) fn delete(&mut self, node: &Node) -> Answer {
        if self.validates_only() {
            return Answer::valid();
        }
        let changes = Object::from_iter([("status".to_owned(), json!("DELETED"))]);
        store::update(self.world, node, changes, API);
        Answer::wrote(json!({"success": true}))
    }

    /// The answer to a write: the fields asked for, else a plain one (read after write, §1.3).
    pub(super) fn written(&self, node: &Node, plain: Value) -> Result<Answer, GraphError> {
        if self.params.get("fields").is_none() {
            return Ok(Answer::wrote(plain));
        }
        let wanted = reader::wanted(&self.params, node.kind)?;
        Ok(Answer::wrote(self.reader().node(node, &wanted)?))
    }
}

//! One mutate call's work on an account: changes that can be taken back, temporary ids, look-up by index.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::index;
use crate::google::errors::{ApiError, Path};
use crate::google::names;
use crate::google::rules::asset_group;
use crate::world::{Account, Change, Object};

/// What became of an object created under a temporary id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::google) enum Temporary {
    /// It exists under this collection and id.
    Created(&'static str, String),
    /// Its operation had errors.
    Failed,
}

struct Undo {
    collection: &'static str,
    id: String,
    before: Option<Object>,
}

/// A point to go back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    undo: usize,
    changes: usize,
    reviews: usize,
}

type Index = HashMap<String, BTreeSet<String>>;

/// Who makes a change and through what; copied to the change history.
#[derive(Debug, Clone)]
pub(in crate::google) struct Author {
    pub(in crate::google) actor: String,
    pub(in crate::google) via_api: bool,
}

/// The changes of one request, applied at once and taken back when it fails.
pub(in crate::google) struct Transaction<'w> {
    pub(in crate::google) account: &'w mut Account,
    pub(in crate::google) options: &'w BTreeMap<String, String>,
    pub(in crate::google) customer: String,
    pub(in crate::google) now: Timestamp,
    pub(in crate::google) zone: TimeZone,
    next_id: &'w mut u64,
    author: Author,
    temporary: HashMap<i64, Temporary>,
    undo: Vec<Undo>,
    changes: Vec<Change>,
    /// Ads (ids in `adGroupAds`) whose review starts with this call.
    reviews: Vec<String>,
    /// Asset groups to look at once more when all is done, each with the operation to blame.
    groups: Vec<(String, Path)>,
    /// Root of links to files, and the files uploaded in this call.
    base_url: String,
    images: Vec<(String, String)>,
    indexes: HashMap<&'static str, Index>,
}

impl<'w> Transaction<'w> {
    pub(in crate::google) fn new(
        account: &'w mut Account,
        options: &'w BTreeMap<String, String>,
        next_id: &'w mut u64,
        customer: &str,
        now: Timestamp,
        author: Author,
    ) -> Self {
        let zone = crate::google::clock::zone(&account.object);
        Self {
            account,
            options,
            customer: customer.to_owned(),
            now,
            zone,
            next_id,
            author,
            temporary: HashMap::new(),
            undo: Vec::new(),
            changes: Vec::new(),
            reviews: Vec::new(),
            groups: Vec::new(),
            base_url: String::new(),
            images: Vec::new(),
            indexes: HashMap::new(),
        }
    }

    /// An option's value, or the given default.
    pub(in crate::google) fn option<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.options.get(name).map_or(default, String::as_str)
    }

    /// The smallest amount the account's currency can be billed in.
    pub(in crate::google) fn billable_unit(&self) -> i64 {
        let currency = self.account.object.get("currencyCode").and_then(Value::as_str).unwrap_or_default();
        crate::google::data::currencies::billable_unit_micros(currency)
    }

    pub(in crate::google) fn fresh_id(&mut self) -> String {
        let id = *self.next_id;
        *self.next_id += 1;
        id.to_string()
    }

    pub(in crate::google) fn get(&self, collection: &str, id: &str) -> Option<&Object> {
        self.account.get(collection, id)
    }

    /// The object a resource name points to.
    pub(in crate::google) fn follow(&self, resource_name: &str) -> Option<&Object> {
        let name = names::parse(resource_name)?;
        self.account.get(name.collection, name.id)
    }

    /// Stores an object, or takes it away, in a way that can be undone.
    pub(in crate::google) fn put(&mut self, collection: &'static str, id: &str, object: Option<Object>) {
        let before = self.exchange(collection, id, object);
        self.undo.push(Undo { collection, id: id.to_owned(), before });
    }

    fn exchange(&mut self, collection: &'static str, id: &str, object: Option<Object>) -> Option<Object> {
        if let Some(index) = self.indexes.get_mut(collection) {
            if let Some(old) = self.account.collections.get(collection).and_then(|stored| stored.get(id)) {
                for key in index::keys(collection, old) {
                    if let Some(ids) = index.get_mut(&key) {
                        ids.remove(id);
                    }
                }
            }
            for key in object.iter().flat_map(|object| index::keys(collection, object)) {
                index.entry(key).or_default().insert(id.to_owned());
            }
        }
        let stored = self.account.collection_mut(collection);
        match object {
            Some(object) => stored.insert(id.to_owned(), object),
            None => stored.shift_remove(id),
        }
    }

    /// Ids of the objects filed under a key, see [`index::keys`].
    pub(in crate::google) fn find(&mut self, collection: &'static str, key: &str) -> Vec<String> {
        let account = &*self.account;
        let index = self.indexes.entry(collection).or_insert_with(|| {
            let mut index = Index::new();
            for (id, object) in account.collections.get(collection).into_iter().flatten() {
                for key in index::keys(collection, object) {
                    index.entry(key).or_default().insert(id.clone());
                }
            }
            index
        });
        index.get(key).map(|ids| ids.iter().cloned().collect()).unwrap_or_default()
    }

    /// How many objects are filed under a key.
    pub(in crate::google) fn count(&mut self, collection: &'static str, key: &str) -> usize {
        if !self.indexes.contains_key(collection) {
            self.find(collection, key);
        }
        self.indexes.get(collection).and_then(|index| index.get(key)).map_or(0, BTreeSet::len)
    }

    /// Whether an object other than `id` is filed under a key.
    pub(in crate::google) fn taken(&mut self, collection: &'static str, key: &str, id: Option<&str>) -> bool {
        if !self.indexes.contains_key(collection) {
            self.find(collection, key);
        }
        self.indexes
            .get(collection)
            .and_then(|index| index.get(key))
            .is_some_and(|ids| ids.iter().any(|other| Some(other.as_str()) != id))
    }

    /// Files a change for the history.
    pub(in crate::google) fn changed(
        &mut self,
        collection: &str,
        id: &str,
        operation: &str,
        before: Object,
        after: Object,
    ) {
        self.changes.push(Change {
            at: self.now,
            actor: self.author.actor.clone(),
            via_api: self.author.via_api,
            collection: collection.to_owned(),
            id: id.to_owned(),
            operation: operation.to_owned(),
            before,
            after,
        });
    }

    /// Starts the review of an ad when the transaction is kept.
    pub(in crate::google) fn review(&mut self, ad_group_ad: &str) {
        self.reviews.push(ad_group_ad.to_owned());
    }

    /// Has an asset group checked for completeness at the end of the request.
    pub(super) fn complete_later(&mut self, group: String, path: Path) {
        self.groups.push((group, path));
    }

    /// What the asset groups of this request lack.
    pub(super) fn incomplete(&mut self) -> Vec<ApiError> {
        let groups = std::mem::take(&mut self.groups);
        groups.iter().flat_map(|(group, path)| asset_group::lacks(self, group, path)).collect()
    }

    /// Sets the root that links to files begin with.
    pub(super) fn set_base_url(&mut self, base_url: String) {
        self.base_url = base_url;
    }

    pub(in crate::google) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Keeps an uploaded file, in base64, when the transaction is kept.
    pub(in crate::google) fn keep_image(&mut self, name: &str, data: &str) {
        self.images.push((name.to_owned(), data.to_owned()));
    }

    pub(super) fn remember(&mut self, number: i64, temporary: Temporary) -> bool {
        self.temporary.insert(number, temporary).is_none()
    }

    pub(in crate::google) fn temporary(&self, number: i64) -> Option<&Temporary> {
        self.temporary.get(&number)
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { undo: self.undo.len(), changes: self.changes.len(), reviews: self.reviews.len() }
    }

    /// Takes back everything since the mark.
    pub(super) fn roll_back(&mut self, mark: Mark) {
        while self.undo.len() > mark.undo {
            if let Some(Undo { collection, id, before }) = self.undo.pop() {
                self.exchange(collection, &id, before);
            }
        }
        self.changes.truncate(mark.changes);
        self.reviews.truncate(mark.reviews);
    }

    /// Keeps everything: writes the history and tells which ads go to review, and whether anything was stored.
    pub(in crate::google) fn keep(self) -> Kept {
        let wrote = !self.undo.is_empty();
        self.account.history.extend(self.changes);
        Kept { wrote, reviews: self.reviews, images: self.images }
    }
}

/// What a kept transaction leaves to be done.
#[derive(Debug)]
pub(in crate::google) struct Kept {
    pub(in crate::google) wrote: bool,
    pub(in crate::google) reviews: Vec<String>,
    pub(in crate::google) images: Vec<(String, String)>,
}

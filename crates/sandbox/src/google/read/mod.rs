//! Reading an account: its objects, and what is computed while reading.

pub(super) mod change_event;
mod children;
pub(super) mod computed;
pub(super) mod constants;
pub(super) mod metrics;

use std::borrow::Cow;
use std::cell::OnceCell;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use self::children::Children;
pub(super) use self::children::living;
use super::resource::Resource;
use super::{clock, names};
use crate::world::{Account, Object, Vendor, World};

/// One account being read.
pub(super) struct Reader<'w> {
    pub(super) world: &'w World,
    pub(super) account: &'w Account,
    pub(super) id: &'w str,
    pub(super) zone: TimeZone,
    now: Timestamp,
    children: OnceCell<Children<'w>>,
}

impl<'w> Reader<'w> {
    /// A reader of an account that exists.
    pub(super) fn new(world: &'w World, id: &'w str) -> Option<Self> {
        Self::at(world, id, world.now)
    }

    /// A reader that takes another instant for now.
    pub(super) fn at(world: &'w World, id: &'w str, now: Timestamp) -> Option<Self> {
        let account = world.account(Vendor::Google, id)?;
        let zone = clock::zone(&account.object);
        Some(Self { world, account, id, zone, now, children: OnceCell::new() })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Today on the account's clock.
    pub(super) fn today(&self) -> Date {
        self.now().to_zoned(self.zone.clone()).date()
    }

    pub(super) fn customer(&self) -> &'w Object {
        &self.account.object
    }

    pub(super) fn is_manager(&self) -> bool {
        self.customer().get("manager") == Some(&Value::Bool(true))
    }

    /// The stored object that a resource name points to.
    pub(super) fn follow(&self, resource_name: &str) -> Option<&'w Object> {
        let name = names::parse(resource_name)?;
        self.account.get(name.collection, name.id)
    }

    /// Who belongs to whom, gathered once.
    pub(super) fn children(&self) -> &Children<'w> {
        self.children.get_or_init(|| Children::of(self.account))
    }
}

/// The objects of a resource, stored or made up on the spot.
pub(super) fn objects<'r>(
    reader: &'r Reader<'_>,
    resource: &Resource,
    range: Option<&change_event::Range>,
) -> Vec<Cow<'r, Object>> {
    let made = |objects: Vec<Object>| objects.into_iter().map(Cow::Owned).collect();
    match resource.gaql {
        "customer" => vec![Cow::Borrowed(reader.customer())],
        "customer_client" => made(constants::clients(reader)),
        "geo_target_constant" => made(constants::places()),
        "language_constant" => made(constants::languages()),
        "currency_constant" => made(constants::currencies()),
        "change_event" => made(range.map(|range| change_event::events(reader, range)).unwrap_or_default()),
        "change_status" => made(range.map(|range| change_event::statuses(reader, range)).unwrap_or_default()),
        "ad_group_ad" if reader.world.option("google.list_order", "keep") == "reverse" => {
            made(stored(reader, resource).map(|object| reversed(object.clone())).collect())
        }
        _ => stored(reader, resource).map(Cow::Borrowed).collect(),
    }
}

fn stored<'r>(reader: &'r Reader<'_>, resource: &Resource) -> impl Iterator<Item = &'r Object> {
    reader.account.collection(resource.collection).into_iter().flat_map(|stored| stored.values())
}

/// An ad whose lists come back in another order: the server may reorder repeated fields (§8, unverified).
fn reversed(mut ad_group_ad: Object) -> Object {
    let formats = ad_group_ad.get_mut("ad").and_then(Value::as_object_mut);
    for format in formats.into_iter().flat_map(|ad| ad.values_mut()).filter_map(Value::as_object_mut) {
        for (name, list) in format.iter_mut() {
            // The order of cards is what people see.
            if let Some(items) = list.as_array_mut().filter(|_| name != "carouselCards") {
                items.reverse();
            }
        }
    }
    ad_group_ad
}

//! What people made, and importing it: the wanted objects become what is live.

use std::collections::{BTreeMap, HashMap};

use adplane_core::address::{Address, Kind, Platform};
use adplane_core::desired::DesiredObject;
use adplane_core::field::Field;
use adplane_core::ids::ExternalId;

use super::harness::Account;

impl Account {
    /// Takes our markers off everything, as if people had made it all, and forgets what was wanted.
    pub(super) async fn release(&mut self) {
        let observed = self.observe().await;
        let collections =
            [(Kind::Campaign, "campaign_name"), (Kind::AdGroup, "adgroup_name"), (Kind::Ad, "ad_name")];
        for live in observed.objects.iter().filter(|live| live.marker.is_some()) {
            let (_, name) = collections.iter().find(|(kind, _)| *kind == live.kind).unwrap();
            let smart = live.native["lane"] == "Smart+";
            let collection = match live.kind {
                Kind::Campaign => "campaigns",
                Kind::AdGroup => "adgroups",
                _ => "ads",
            };
            let collection = if smart { format!("smart_plus_{collection}") } else { collection.to_owned() };
            let shown = format!("{} {}", live.display_name(), live.id);
            let edit = serde_json::json!({"platform": "tiktok", "account": self.account().account_id.as_str(),
                "collection": collection, "id": live.id.as_str(), "set": {*name: shown}, "actor": "ana"});
            self.control("edit", &edit).await;
        }
        self.account_mut().objects.clear();
    }

    /// Replaces what is wanted by what is live, bound by id, as an import writes it: without the values that a
    /// live object has when nobody chose any.
    pub(super) async fn import(&mut self) {
        let observed = self.observe().await;
        let schema = adplane_platforms::schema(Platform::TikTok);
        let name = |id: &ExternalId| format!("x{id}");
        let mut objects = BTreeMap::new();
        let mut groups = HashMap::new();
        for kind in [Kind::Campaign, Kind::AdGroup, Kind::Ad] {
            for live in observed.objects.iter().filter(|live| live.kind == kind) {
                let parent = live.parent.as_ref().and_then(|parent| groups.get(parent)).cloned();
                let address = match &parent {
                    Some(group) if kind == Kind::Ad => {
                        let group: &Address = group;
                        self.address(kind, group.name.as_str(), Some(&name(&live.id)))
                    }
                    _ => self.address(kind, &name(&live.id), None),
                };
                let mut object = DesiredObject::new(address.clone());
                object.parent = parent;
                object.external_id = Some(live.id.clone());
                for (path, value) in &live.fields {
                    let row = schema.kind(kind).unwrap().field(path.as_str());
                    if row.path != path.as_str() || row.vendor_default != Some(value.to_string().as_str()) {
                        object.fields.insert(path.clone(), Field::declared(value.clone(), None));
                    }
                }
                groups.insert(live.id.clone(), address.clone());
                objects.insert(address, object);
            }
        }
        self.account_mut().objects = objects;
    }
}

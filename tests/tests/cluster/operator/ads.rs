//! Accounts, campaigns, groups and creatives on the three platforms, and how to find them there.

use serde_json::{Value, json};

use super::super::people::document;
use super::field::Field;
use super::pictures::Pictures;

/// A platform: how it is written in resources, and how the sandbox's state writes it.
pub(crate) struct Platform {
    word: &'static str,
    /// The account's resource.
    pub(crate) account: &'static str,
    /// In the state: platform, account id, collections of campaigns and groups, member of the name, of the status.
    key: &'static str,
    id: &'static str,
    campaigns: &'static str,
    groups: &'static str,
    name: [&'static str; 2],
    status: &'static str,
    /// The status of what serves, and of what is paused.
    words: [&'static str; 2],
}

pub(crate) const GOOGLE: Platform = Platform {
    word: "Google",
    account: "google-es",
    key: "google",
    id: "1000000001",
    campaigns: "campaigns",
    groups: "adGroups",
    name: ["name", "name"],
    status: "status",
    words: ["ENABLED", "PAUSED"],
};

pub(crate) const META: Platform = Platform {
    word: "Meta",
    account: "meta-es",
    key: "meta",
    id: "act_1000000001",
    campaigns: "campaigns",
    groups: "adsets",
    name: ["name", "name"],
    status: "status",
    words: ["ACTIVE", "PAUSED"],
};

pub(crate) const TIKTOK: Platform = Platform {
    word: "TikTok",
    account: "tiktok-es",
    key: "tiktok",
    id: "7000000000000000001",
    campaigns: "campaigns",
    groups: "adgroups",
    name: ["campaign_name", "adgroup_name"],
    status: "operation_status",
    words: ["ENABLE", "DISABLE"],
};

pub(crate) const ALL: [&Platform; 3] = [&GOOGLE, &META, &TIKTOK];

/// What lives on a platform under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Live {
    Serving,
    Paused,
    Gone,
}

impl Platform {
    /// The account, reached at a sandbox.
    pub(crate) fn account(&self, field: &Field<'_>) -> Value {
        let mut spec = json!({
            "platform": self.word, "accountId": self.id, "currency": "EUR", "timeZone": "Europe/Madrid",
            "endpoint": format!("{}/{}", field.platforms(), self.key),
            "credentials": {"secretRef": {"name": "sandbox"}},
            "compliance": {"euPoliticalAds": false},
        });
        match self.key {
            "google" => spec["google"] = json!({"loginCustomerId": "1000000000"}),
            "meta" => {
                spec["compliance"]["dsa"] = json!({"beneficiary": "Shop Ltd", "payor": "Shop Ltd"});
                spec["defaults"] = json!({"pixel": "1122334455", "identity": {"meta": {"page": "111"}}});
            }
            _ => {
                spec["defaults"] =
                    json!({"identity": {"tiktok": {"identity_type": "TT_USER", "identity_id": "222"}}});
            }
        }
        document("AdAccount", self.account, spec)
    }

    /// A campaign of 60.00 EUR a day; its live name is its own.
    pub(crate) fn campaign(&self, name: &str) -> Value {
        let mut spec = json!({
            "account": self.account, "displayName": name, "state": "Active",
            "budget": {"daily": "60.00 EUR"}, "targeting": {"locations": ["ES"]},
        });
        match self.key {
            "google" => {
                spec["google"] = json!({"advertisingChannelType": "SEARCH"});
                spec["bidding"] = json!({"strategy": "MaximizeClicks", "maxCpc": "1.20 EUR"});
            }
            "meta" => {
                spec["objective"] = json!("Traffic");
                spec["specialAdCategories"] = json!([]);
                spec["bidding"] = json!({"strategy": "LowestCost"});
            }
            _ => spec["objective"] = json!("Traffic"),
        }
        document("Campaign", name, spec)
    }

    /// A group of a campaign with one ad.
    pub(crate) fn group(&self, name: &str, campaign: &str, creative: &str) -> Value {
        let mut spec = json!({
            "campaign": campaign, "displayName": name, "state": "Active",
            "ads": [{"name": "first", "creative": creative, "state": "Active"}],
        });
        if self.key == "google" {
            spec["keywords"] = json!([{"text": "botas de agua", "match": "Exact"}]);
        } else {
            spec["optimization"] = json!({"goal": "Clicks"});
        }
        document("AdGroup", name, spec)
    }

    /// What an ad shows.
    pub(crate) fn creative(&self, name: &str, pictures: &Pictures) -> Value {
        let page = "https://www.shop.example/boots";
        let spec = match self.key {
            "google" => json!({
                "headlines": ["Botas de agua", "Del 20 al 48", "Caucho natural"],
                "descriptions": ["Botas de caucho natural.", "Suela que agarra en mojado."],
                "landingPage": page,
            }),
            "meta" => json!({
                "headlines": ["Walk further"], "primaryTexts": ["Light boots."], "callToAction": "LearnMore",
                "landingPage": page, "images": [pictures.named(name)],
            }),
            _ => json!({
                "callToAction": "ShopNow", "landingPage": page,
                "tiktok": {"tiktok_item_id": "7400000000000000001"},
            }),
        };
        document("Creative", name, spec)
    }

    /// A campaign with a group and an ad, all with names of their own.
    pub(crate) fn whole(&self, name: &str, pictures: &Pictures) -> [Value; 3] {
        let (group, creative) = (format!("{name}-group"), format!("{name}-creative"));
        [self.campaign(name), self.group(&group, name, &creative), self.creative(&creative, pictures)]
    }

    /// Live campaigns of a name, in the platform's own words.
    pub(crate) fn campaigns(&self, field: &Field<'_>, name: &str) -> Result<Vec<Value>, String> {
        self.named(field, self.campaigns, self.name[0], name)
    }

    /// What lives of a campaign.
    pub(crate) fn campaign_lives(&self, field: &Field<'_>, name: &str) -> Result<Live, String> {
        self.lives(&self.campaigns(field, name)?)
    }

    /// Live groups of a name, likewise.
    pub(crate) fn groups(&self, field: &Field<'_>, name: &str) -> Result<Vec<Value>, String> {
        self.named(field, self.groups, self.name[1], name)
    }

    /// What lives of a group.
    pub(crate) fn group_lives(&self, field: &Field<'_>, name: &str) -> Result<Live, String> {
        self.lives(&self.groups(field, name)?)
    }

    /// Live shared budgets of a name: only Google has them.
    pub(crate) fn budgets(&self, field: &Field<'_>, name: &str) -> Result<Vec<Value>, String> {
        self.named(field, "campaignBudgets", "name", name)
    }

    /// Changes a campaign as a person in the platform's own screens.
    pub(crate) fn edit(&self, field: &Field<'_>, name: &str, set: &Value, actor: &str) -> Result<(), String> {
        let found = self.campaigns(field, name)?;
        let id = found.first().map(|campaign| campaign.get("id").unwrap_or(&campaign["campaign_id"]));
        let id = id.ok_or_else(|| format!("no campaign {name}"))?;
        let edit = json!({
            "platform": self.key, "account": self.id, "collection": self.campaigns, "id": id, "set": set,
            "actor": actor,
        });
        field.sandbox("edit", Some(&edit)).map(|_| ())
    }

    fn named(
        &self,
        field: &Field<'_>,
        collection: &str,
        member: &str,
        name: &str,
    ) -> Result<Vec<Value>, String> {
        let state = field.sandbox("state", None)?;
        let objects = state[self.key][self.id][collection].as_array().cloned().unwrap_or_default();
        // Some platforms have no place for a marker but the name.
        let is = |object: &Value| {
            let live = object[member].as_str().unwrap_or_default();
            let marked = |rest: &str| rest.starts_with(" ~") || rest.starts_with(" [apl:");
            live == name || live.strip_prefix(name).is_some_and(marked)
        };
        Ok(objects.into_iter().filter(|object| is(object) && !self.is_removed(object)).collect())
    }

    fn is_removed(&self, object: &Value) -> bool {
        let status = object[self.status].as_str().unwrap_or_default();
        ["REMOVED", "DELETED", "ARCHIVED", "DELETE"].contains(&status)
            || object["secondary_status"].as_str().is_some_and(|status| status.contains("DELETE"))
    }

    fn lives(&self, found: &[Value]) -> Result<Live, String> {
        match found {
            [] => Ok(Live::Gone),
            [one] if one[self.status] == self.words[0] => Ok(Live::Serving),
            [one] if one[self.status] == self.words[1] => Ok(Live::Paused),
            several => Err(format!("not one object in a known state: {several:?}")),
        }
    }
}

//! The columns of a row: every number is text, money in major units (meta-ads.md §11).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ranges::Bucket;
use crate::delivery::{self, Delivered};
use crate::meta::kind::Kind;
use crate::meta::money;
use crate::meta::store::{self, Node};
use crate::meta::time::plus_days;
use crate::world::{Object, Vendor, World};

/// What the ads of a row delivered.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// All of it.
    pub(super) total: Delivered,
    /// Conversions and their value by type of action.
    actions: BTreeMap<&'static str, (i64, i64)>,
}

impl Sums {
    /// The sums of ads over the days of a bucket, or over one hour of each day.
    pub(super) fn of(world: &World, account: &str, ads: &[&str], bucket: Bucket, hour: Option<i8>) -> Self {
        let mut sums = Self::default();
        let report = world.told_report(Vendor::Meta, account);
        let clock = store::clock(world, account);
        let (from, to) = (clock.start_of(bucket.first), clock.start_of(plus_days(bucket.last, 1)));
        for ad in ads {
            let mut total = Delivered::default();
            for (start, delivered) in report.hours(ad, from, to) {
                if hour.is_none_or(|hour| clock.hour(start) == hour) {
                    total.add(&delivered);
                }
            }
            sums.total.add(&total);
            for action in action_types(world, account, ad) {
                let entry = sums.actions.entry(action).or_default();
                entry.0 += total.conversions;
                entry.1 += total.value_micros;
            }
        }
        sums
    }
}

/// The types under which an ad's conversions count; purchases overlap under several (§11).
fn action_types(world: &World, account: &str, ad: &str) -> &'static [&'static str] {
    let set = store::object(world, account, Kind::Ad, ad)
        .and_then(|ad| store::object(world, account, Kind::AdSet, store::text(ad, "adset_id")));
    let Some(set) = set else { return &[] };
    let event = set.get("promoted_object").and_then(|object| object["custom_event_type"].as_str());
    match (store::text(set, "optimization_goal"), event) {
        (_, Some("PURCHASE")) => &["purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase"],
        ("LEAD_GENERATION", _) | (_, Some("LEAD")) => &["lead", "offsite_conversion.fb_pixel_lead"],
        (_, Some("ADD_TO_CART")) => &["add_to_cart", "offsite_conversion.fb_pixel_add_to_cart"],
        (_, Some("COMPLETE_REGISTRATION")) => {
            &["complete_registration", "offsite_conversion.fb_pixel_complete_registration"]
        }
        ("APP_INSTALLS", _) => &["mobile_app_install", "omni_app_install"],
        (_, Some(_)) => &["offsite_conversion.fb_pixel_custom"],
        _ => &[],
    }
}

/// What the columns of one row are made from.
pub(super) struct Facts<'a> {
    /// The world.
    pub(super) world: &'a World,
    /// The object of the row.
    pub(super) target: &'a Node,
    /// The same, as stored.
    pub(super) object: &'a Object,
    /// What was delivered.
    pub(super) sums: &'a Sums,
}

impl Facts<'_> {
    /// The ids down to the row's level.
    pub(super) fn ids(&self) -> &'static [&'static str] {
        match self.target.kind {
            Kind::Ad => &["account_id", "campaign_id", "adset_id", "ad_id"],
            Kind::AdSet => &["account_id", "campaign_id", "adset_id"],
            Kind::Campaign => &["account_id", "campaign_id"],
            _ => &["account_id"],
        }
    }

    /// One column; absent where it says nothing.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let total = &self.sums.total;
        let currency = money::currency(self.world, &self.target.account);
        let spend = total.spend_micros;
        let money = |micros: i64| Some(json!(money::major(&currency, micros)));
        match name {
            "impressions" => Some(json!(total.impressions.to_string())),
            "clicks" | "inline_link_clicks" | "unique_clicks" => Some(json!(total.clicks.to_string())),
            "spend" => money(spend),
            "ctr" | "inline_link_click_ctr" => Some(json!(ratio(total.clicks * 100, total.impressions)?)),
            "cpc" | "cost_per_inline_link_click" => Some(json!(ratio(spend, total.clicks * 1_000_000)?)),
            "cpm" => Some(json!(ratio(spend * 1_000, total.impressions * 1_000_000)?)),
            "cpp" => Some(json!(ratio(spend * 1_000, self.reach() * 1_000_000)?)),
            "reach" => Some(json!(self.reach().to_string())),
            "frequency" => Some(json!(ratio(total.impressions, self.reach())?)),
            "actions" => some_list(self.actions()),
            "conversions" => None,
            "action_values" => some_list(self.values(&currency)),
            "purchase_roas" | "website_purchase_roas" => some_list(self.roas()),
            "cost_per_action_type" => some_list(self.costs()),
            "account_currency" => Some(json!(currency)),
            _ => self.named(name),
        }
    }

    fn reach(&self) -> i64 {
        delivery::reach(self.world.seed, &self.target.id, self.sums.total.impressions)
    }

    fn actions(&self) -> Vec<Value> {
        let clicks = self.sums.total.clicks;
        let mut list = Vec::new();
        if clicks > 0 {
            list.push(json!({"action_type": "link_click", "value": clicks.to_string()}));
        }
        for (action, (count, _)) in self.sums.actions.iter().filter(|(_, (count, _))| *count > 0) {
            list.push(
                json!({"action_type": action, "value": count.to_string(), "7d_click": count.to_string()}),
            );
        }
        list
    }

    fn values(&self, currency: &str) -> Vec<Value> {
        let valued = self.sums.actions.iter().filter(|(_, (_, value))| *value > 0);
        valued
            .map(|(action, (_, value))| json!({"action_type": action, "value": money::major(currency, *value)}))
            .collect()
    }

    fn roas(&self) -> Vec<Value> {
        let bought = self.sums.actions.get("omni_purchase").filter(|(count, _)| *count > 0);
        let value = bought.and_then(|(_, value)| ratio(*value, self.sums.total.spend_micros));
        value.map(|value| json!({"action_type": "omni_purchase", "value": value})).into_iter().collect()
    }

    fn costs(&self) -> Vec<Value> {
        let spend = self.sums.total.spend_micros;
        let done = self.sums.actions.iter().filter(|(_, (count, _))| *count > 0);
        done.filter_map(|(action, (count, _))| {
            Some(json!({"action_type": action, "value": ratio(spend, count * 1_000_000)?}))
        })
        .collect()
    }

    /// Ids, names and settings of the row's object and its parents.
    fn named(&self, name: &str) -> Option<Value> {
        let account = &self.target.account;
        let of = |kind: Kind| -> Option<&Object> {
            let key = if kind == Kind::Campaign { "campaign_id" } else { "adset_id" };
            if kind == self.target.kind {
                return Some(self.object);
            }
            store::object(self.world, account, kind, store::text(self.object, key))
        };
        let member = |object: Option<&Object>, key: &str| object.and_then(|object| object.get(key).cloned());
        let own_ad = (self.target.kind == Kind::Ad).then_some(self.object);
        match name {
            "account_id" => Some(json!(account)),
            "account_name" => {
                store::account(self.world, account).and_then(|found| found.object.get("name").cloned())
            }
            "campaign_id" => member(of(Kind::Campaign), "id"),
            "campaign_name" => member(of(Kind::Campaign), "name"),
            "objective" | "buying_type" => member(of(Kind::Campaign), name),
            "adset_id" => member(of(Kind::AdSet), "id"),
            "adset_name" => member(of(Kind::AdSet), "name"),
            "optimization_goal" => member(of(Kind::AdSet), name),
            "ad_id" => member(own_ad, "id"),
            "ad_name" => member(own_ad, "name"),
            "created_time" | "updated_time" => self.object.get(name).cloned(),
            _ => None,
        }
    }
}

fn some_list(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then_some(Value::Array(list))
}

/// A quotient as decimal text with six places, without a float; `None` when there is nothing to divide by.
fn ratio(numerator: i64, denominator: i64) -> Option<String> {
    if denominator == 0 {
        return None;
    }
    let scaled = i128::from(numerator) * 1_000_000 / i128::from(denominator);
    let text = format!("{}.{:06}", scaled / 1_000_000, scaled % 1_000_000);
    Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::ratio;

    #[test]
    fn ratios_are_exact_text() {
        assert_eq!(ratio(3, 2).unwrap(), "1.5");
        assert_eq!(ratio(1, 3).unwrap(), "0.333333");
        assert_eq!(ratio(10, 5).unwrap(), "2");
        assert_eq!(ratio(1, 0), None);
    }
}

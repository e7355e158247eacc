//! A portfolio of all three platforms, as files and as live objects.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use adplane_core::desired::Desired;
use adplane_core::ids::ExternalId;
use adplane_core::observed::{AccountFacts, Observed, ObservedAccount, ObservedObject};
use adplane_core::schema::OnChange;
use adplane_core::value::Value;

/// Campaigns of one file.
const CAMPAIGNS_PER_FILE: usize = 50;
const GROUPS_PER_CAMPAIGN: usize = 4;
const ADS_PER_GROUP: usize = 3;

/// What a read gives: the accounts, with everything live as wanted or with nothing.
pub(crate) fn live(desired: &Desired, everything: bool) -> Observed {
    let owner = desired.owner().unwrap();
    let mut observed = Observed::default();
    for (key, account) in &desired.accounts {
        let schema = adplane_platforms::schema(account.platform);
        let mut ids = BTreeMap::new();
        let mut objects = Vec::new();
        for object in account.objects.values().filter(|_| everything) {
            let id: ExternalId = format!("{}", 1_000_000_000 + ids.len()).parse().unwrap();
            let mut read = ObservedObject::new(object.address.kind, id.clone());
            ids.insert(&object.address, id);
            read.parent = object.parent.as_ref().and_then(|parent| ids.get(parent)).cloned();
            read.marker = Some(object.marker(&owner, &account.account_id));
            let kind = schema.kind(object.address.kind).unwrap();
            let readable = |path: &str| kind.field(path).on_change != OnChange::Unreadable;
            read.fields = object
                .fields
                .iter()
                .filter(|(path, _)| readable(path.as_str()))
                .map(|(path, field)| (path.clone(), field.value.clone()))
                .collect();
            read.fields.entry("state".into()).or_insert_with(|| Value::text("Paused"));
            objects.push(read);
        }
        let facts = AccountFacts {
            name: key.name.to_string(),
            currency: account.currency,
            zone: account.zone.clone(),
            inactive: None,
        };
        let read = ObservedAccount { facts: Some(facts), objects, ..ObservedAccount::default() };
        observed.accounts.insert(key.clone(), read);
    }
    observed
}

/// Writes a project with this many campaigns, ad groups and ads; the number of files and bytes.
pub(crate) fn write_portfolio(folder: &Path, objects: usize) -> (usize, usize) {
    let campaigns = objects.div_ceil(1 + GROUPS_PER_CAMPAIGN * (1 + ADS_PER_GROUP));
    let mut files = vec![
        ("adplane.yaml".to_owned(), "project: bench\n".to_owned()),
        ("accounts.yaml".to_owned(), ACCOUNTS.to_owned()),
    ];
    for (number, first) in (0..campaigns).step_by(CAMPAIGNS_PER_FILE).enumerate() {
        let last = campaigns.min(first + CAMPAIGNS_PER_FILE);
        let text: String = (first..last).map(campaign).collect();
        files.push((format!("campaigns-{number:04}.yaml"), text));
    }
    let bytes = files.iter().map(|(_, text)| text.len()).sum();
    for (name, text) in &files {
        fs::write(folder.join(name), text).unwrap();
    }
    (files.len(), bytes)
}

const ACCOUNTS: &str = r#"apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: google}
spec:
  platform: Google
  accountId: "1000000001"
  currency: EUR
  timeZone: Europe/Madrid
  compliance: {euPoliticalAds: false}
---
apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: meta}
spec:
  platform: Meta
  accountId: act_1000000001
  currency: EUR
  timeZone: Europe/Madrid
  compliance: {dsa: {beneficiary: Shop Ltd, payor: Shop Ltd}}
  defaults: {pixel: "1122334455", identity: {meta: {page: "111"}}}
---
apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: tiktok}
spec:
  platform: TikTok
  accountId: "7000000000000000001"
  currency: EUR
  timeZone: Europe/Madrid
  defaults: {pixel: "7000000000000001122", identity: {tiktok: {identity_type: TT_USER, identity_id: "222"}}}
"#;

/// One campaign with its ad groups and their creative, on each platform in turn.
fn campaign(number: usize) -> String {
    let (platform, spec) = [
        (
            "google",
            "google: {advertisingChannelType: SEARCH}
  bidding: {strategy: MaximizeClicks, maxCpc: 1.20 EUR}
  targeting: {locations: [ES, PT], languages: [es]}
  negativeKeywords: [{text: free, match: Broad}]",
        ),
        (
            "meta",
            "objective: Sales
  bidding: {strategy: CostCap, amount: 18.00 EUR}
  targeting: {locations: [ES, FR], languages: [es]}
  specialAdCategories: []",
        ),
        (
            "tiktok",
            "objective: Traffic
  targeting: {locations: [ES], languages: [es], ages: {min: 18}}",
        ),
    ][number % 3];
    let name = format!("{platform}-{number}");
    let mut text = format!(
        "---
apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {{name: {name}, labels: {{team: growth}}}}
spec:
  account: {platform}
  displayName: Campaign number {number}
  state: Active
  budget: {{daily: {}.00 EUR}}
  {spec}
{}",
        100 + number % 200,
        creative(platform, &name),
    );
    for group in 0..GROUPS_PER_CAMPAIGN {
        let more = match platform {
            "google" => format!(
                "keywords: [{{text: shoes {number} {group}, match: Phrase}}, {{text: boots {group}, match: Exact}}]"
            ),
            "meta" => {
                "optimization: {goal: Purchase}\n  targeting: {ages: {min: 25, max: 44}, genders: [Female]}"
                    .into()
            }
            _ => "targeting: {genders: [Female], ages: {min: 25, max: 44}}".into(),
        };
        write!(
            text,
            "---
apiVersion: adplane.io/v1alpha1
kind: AdGroup
metadata: {{name: {name}-g{group}}}
spec:
  campaign: {name}
  displayName: Group {group}
  state: Active
  {more}
  ads:
"
        )
        .unwrap();
        for ad in 0..ADS_PER_GROUP {
            writeln!(text, "    - {{name: ad-{ad}, creative: {name}, state: Active}}").unwrap();
        }
    }
    text
}

fn creative(platform: &str, name: &str) -> String {
    let more = match platform {
        "google" => {
            "headlines: [Zapatillas de primavera, Corre más ligero, Devolución gratis]
  descriptions: [Hasta un 30 % menos esta semana., Entrega en dos días.]"
        }
        "meta" => {
            "headlines: [Zapatillas de primavera]
  primaryTexts: [Corre más ligero esta primavera.]
  images: [{id: a3f1c2}]
  callToAction: ShopNow"
        }
        _ => {
            "primaryTexts: [Corre más ligero esta primavera.]
  videos: [{id: v10033g50000smoke0000000000000001}]
  images: [{id: cover-1}]
  callToAction: ShopNow"
        }
    };
    format!(
        "---
apiVersion: adplane.io/v1alpha1
kind: Creative
metadata: {{name: {name}}}
spec:
  {more}
  landingPage: https://shop.example/{name}
  tracking: {{utm: {{campaign: \"{{campaign.name}}\", content: \"{{ad.name}}\"}}}}
"
    )
}

//! A small shop as YAML: an account, campaigns, an ad.

/// The sandbox's accounts: zone and last digit by currency.
fn place(currency: &str) -> (&'static str, u8) {
    match currency {
        "EUR" => ("Europe/Madrid", 1),
        "USD" => ("America/New_York", 2),
        _ => ("Asia/Tokyo", 3),
    }
}

fn account(platform: &str, id: &str, currency: &str, more: &str) -> String {
    let (zone, digit) = place(currency);
    let file = if platform == "Google" { "sandbox-google" } else { "sandbox" };
    let path = platform.to_lowercase();
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: AdAccount\nmetadata: {{name: shop}}\nspec:\n  platform: {platform}\n  \
         accountId: \"{id}{digit}\"\n  currency: {currency}\n  timeZone: {zone}\n  endpoint: SANDBOX/{path}\n  \
         credentials: {{file: ../credentials/{file}.json}}\n  compliance: {{euPoliticalAds: false, dsa: {{beneficiary: Shop, payor: Shop}}}}\n\
         {more}"
    )
}

pub(super) fn google(currency: &str) -> String {
    account("Google", "100000000", currency, "  google: {loginCustomerId: \"1000000000\"}\n")
        .replace(", dsa: {beneficiary: Shop, payor: Shop}", "")
}

pub(super) fn meta(currency: &str) -> String {
    account(
        "Meta",
        "act_100000000",
        currency,
        "  defaults: {pixel: \"1122334455\", identity: {meta: {page: \"111\"}}}\n",
    )
}

pub(super) fn tiktok(currency: &str) -> String {
    let identity = "  defaults: {identity: {tiktok: {identity_type: TT_USER, identity_id: \"222\"}}}\n";
    account("TikTok", "700000000000000000", currency, identity)
        .replace(", dsa: {beneficiary: Shop, payor: Shop}", "")
}

pub(super) fn budget(name: &str, amount: &str) -> String {
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Budget\nmetadata: {{name: {name}}}\nspec:\n  shared: {{account: shop, \
         daily: {amount}}}\n"
    )
}

/// An active search campaign.
pub(super) fn search(name: &str, budget: &str) -> String {
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {name}}}\nspec:\n  account: shop\n  google: \
         {{advertisingChannelType: SEARCH}}\n  state: Active\n  budget: {{{budget}}}\n  bidding: {{strategy: \
         MaximizeClicks}}\n  targeting: {{locations: [ES], languages: [es]}}\n"
    )
}

/// An active campaign on a social platform.
pub(super) fn social(name: &str, objective: &str, budget: &str) -> String {
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {name}}}\nspec:\n  account: shop\n  \
         objective: {objective}\n  state: Active\n  budget: {{{budget}}}\n  specialAdCategories: []\n  targeting: \
         {{locations: [ES], ages: {{min: 18}}}}\n"
    )
}

/// An ad set with an ad; a click on the link is what counts.
pub(super) fn group(campaign: &str, more: &str) -> String {
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: AdGroup\nmetadata: {{name: {campaign}-group}}\nspec:\n  campaign: \
         {campaign}\n  state: Active\n{}  ads: [{{name: hello, creative: hello, state: Active}}]\n",
        if more.is_empty() { String::new() } else { format!("  {more}\n") }
    )
}

/// A TikTok ad group with an ad.
pub(super) fn ads(campaign: &str, more: &str) -> String {
    group(campaign, more).replace("  state: Active\n", "  state: Active\n  optimization: {goal: Clicks}\n")
}

/// The ad's words and picture.
pub(super) fn words() -> String {
    "apiVersion: adplane.io/v1alpha1\nkind: Creative\nmetadata: {name: hello}\nspec:\n  headlines: [Rain jackets]\n  \
     primaryTexts: [Let it rain.]\n  images: [{file: ../assets/jacket-square.png}]\n  landingPage: \
     https://shop.example/jackets\n"
        .to_owned()
}

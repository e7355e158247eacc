//! Objectives, formats and identities: what each needs, and what is refused.

use super::*;

#[test]
fn engagement() {
    let engagement = |goal| Example::new("Engagement", Some(goal)).without(Ad, "creative.landingPage");
    engagement("Followers").check(&[]);
    engagement("ProfileVisits").check(&[]);
    engagement("Clicks").check(&["goal-not-possible"]);
    Example::new("Engagement", None).check(&["goal-missing"]);
    for (goal, optimization, billing) in
        [("Followers", "FOLLOWERS", "OCPM"), ("ProfileVisits", "PAGE_VISIT", "CPC")]
    {
        let shown = |path: &str| engagement(goal).value(AdGroup, path).map(|value| value.to_string());
        assert_eq!(shown("tiktok.optimization_goal").as_deref(), Some(optimization));
        assert_eq!(shown("tiktok.billing_event").as_deref(), Some(billing));
        assert_eq!(shown("tiktok.promotion_type"), None);
    }
    let mode = engagement("Followers").value(Campaign, "tiktok.budget_mode");
    assert_eq!(mode, Some(Value::text("BUDGET_MODE_DAY")));
    engagement("Followers")
        .with(Ad, "creative.identity.tiktok.identity_type", "CUSTOMIZED_USER")
        .with(Ad, "creative.identity.tiktok.identity_id", "1")
        .check(&["identity-retired"]);
}

#[test]
fn leads() {
    let form = || Example::new("Leads", Some("LeadForm")).with(Ad, "creative.leadForm", "7001");
    form().without(Ad, "creative.landingPage").check(&[]);
    form().check(&["unused-on-tiktok"]);
    assert_eq!(form().value(AdGroup, "tiktok.promotion_target_type"), Some(Value::text("INSTANT_PAGE")));
    assert_eq!(form().value(Ad, "creative.landingPage"), None);
    form().without(Ad, "creative.leadForm").check(&["lead-form-missing", "unused-on-tiktok"]);
    form().with(Ad, "creative.leadForm", "abc").check(&["lead-form", "unused-on-tiktok"]);
    form()
        .without(Ad, "creative.leadForm")
        .with(AdGroup, "tiktok.promotion_target_type", "EXTERNAL_WEBSITE")
        .check(&["promotion-target"]);
    let typed = form().without(Ad, "creative.leadForm").with(Ad, "creative.tiktok.page_id", "7002");
    assert_eq!(typed.value(Ad, "creative.leadForm"), Some(Value::text("7002")));
    let event = || Example::new("Leads", Some("Lead"));
    event().check(&[]);
    event().with(Ad, "creative.leadForm", "7001").check(&["unused-on-tiktok"]);
    assert_eq!(event().value(AdGroup, "tiktok.promotion_target_type"), Some(Value::text("EXTERNAL_WEBSITE")));
    assert_eq!(event().value(AdGroup, "tiktok.optimization_event"), Some(Value::text("FORM")));
}

#[test]
fn apps() {
    let app = |goal: &str| {
        Example::new("AppPromotion", Some(goal)).without(Ad, "creative.landingPage").with(
            AdGroup,
            "optimization.app.id",
            "88",
        )
    };
    let android = |goal: &str| {
        app(goal).with(
            AdGroup,
            "optimization.app.storeUrl",
            "https://play.google.com/store/apps/details?id=a",
        )
    };
    for goal in ["AppInstalls", "Clicks", "Purchase", "Value"] {
        android(goal).check(&[]);
    }
    assert_eq!(android("Clicks").value(AdGroup, "tiktok.promotion_type"), Some(Value::text("APP_ANDROID")));
    let apple = |goal: &str| app(goal).with(AdGroup, "tiktok.promotion_type", "APP_IOS");
    apple("AppInstalls").check(&[]);
    apple("Value").check(&["value-needs-android"]);
    apple("AppInstalls").with(AdGroup, "tiktok.operating_systems", set(&["IOS"])).check(&[]);
    apple("AppInstalls")
        .with(AdGroup, "tiktok.operating_systems", set(&["ANDROID"]))
        .check(&["operating-systems"]);
    app("AppInstalls").check(&["store-missing"]);
    android("AppInstalls").without(AdGroup, "optimization.app.id").check(&["app-missing"]);
    android("Contact").check(&["goal-not-possible"]);
    android("Value")
        .with(AdGroup, "tiktok.placement_type", "PLACEMENT_TYPE_AUTOMATIC")
        .check(&["value-needs-placements"]);
    let event = android("AddToCart").value(AdGroup, "tiktok.optimization_event");
    assert_eq!(event, Some(Value::text("IN_APP_CART")));
    Example::traffic().with(AdGroup, "optimization.app.id", "88").check(&["app-not-possible"]);
    Example::traffic()
        .with(AdGroup, "tiktok.promotion_type", "APP_ANDROID")
        .with(AdGroup, "optimization.app.id", "88")
        .without(Ad, "creative.landingPage")
        .check(&[]);
}

#[test]
fn catalogues() {
    let catalog = || {
        Example::sales()
            .with(Campaign, "tiktok.catalog_enabled", true)
            .with(AdGroup, "tiktok.catalog_id", "55")
            .with(AdGroup, "tiktok.catalog_authorized_bc_id", "66")
            .with(Ad, "creative.tiktok.product_specific_type", "ALL")
    };
    catalog().check(&[]);
    catalog().without(AdGroup, "tiktok.catalog_id").check(&["catalog-missing"]);
    catalog()
        .without(Campaign, "tiktok.catalog_enabled")
        .check(&["catalog-not-enabled", "catalog-not-enabled"]);
    catalog().without(Ad, "creative.tiktok.product_specific_type").check(&["products"]);
    catalog().with(Ad, "creative.tiktok.product_specific_type", "PRODUCT_SET").check(&["products"]);
    let carousel = catalog()
        .without(Ad, "creative.videos")
        .without(Ad, "creative.images")
        .with(Ad, "creative.music", "9")
        .with(Ad, "creative.tiktok.ad_format", "CATALOG_CAROUSEL");
    carousel.check(&[]);
    let shown = catalog().value(Campaign, "tiktok.catalog_type");
    assert_eq!(shown, Some(Value::text("ECOMMERCE")));
}

#[test]
fn carousels_and_posts() {
    let card = |image: &str, headline: Option<&str>| {
        let headline = headline.map(|headline| ("headline", Value::text(headline)));
        Value::map([("image", Value::text(image))].into_iter().chain(headline))
    };
    let carousel = |example: Example| {
        example
            .without(Ad, "creative.videos")
            .without(Ad, "creative.images")
            .with(Ad, "creative.music", "9")
            .with(Ad, "creative.cards", Value::List(vec![card("id:a", None), card("id:b", None)]))
    };
    carousel(Example::traffic()).check(&[]);
    carousel(Example::sales()).check(&[]);
    carousel(Example::sales()).without(Ad, "creative.music").check(&["music-missing"]);
    carousel(Example::traffic())
        .with(Ad, "creative.videos", Value::text_list(["id:v"]))
        .check(&["unused-on-tiktok"]);
    let worded = Value::List(vec![card("id:a", Some("One"))]);
    let worded = || carousel(Example::traffic()).with(Ad, "creative.cards", worded.clone());
    worded().check(&["unused-on-tiktok"]);
    assert_eq!(worded().value(Ad, "creative.cards"), Some(Value::List(vec![card("id:a", None)])));
    Example::traffic().with(Ad, "creative.music", "9").check(&["unused-on-tiktok"]);
    let post = |example: Example| {
        example
            .without(Ad, "creative.videos")
            .without(Ad, "creative.images")
            .without(Ad, "creative.primaryTexts")
            .with(Ad, "creative.tiktok.tiktok_item_id", "4321")
    };
    post(Example::traffic()).check(&[]);
    post(Example::sales()).check(&[]);
    post(Example::sales()).with(Ad, "creative.tiktok.ad_format", "CAROUSEL_ADS").check(&["music-missing"]);
    Example::traffic().with(Ad, "creative.tiktok.ad_format", "CAROUSEL_ADS").check(&["format-contradicted"]);
    Example::traffic().with(Ad, "creative.tiktok.ad_format", "SINGLE_VIDEO").check(&[]);
}

#[test]
fn identities() {
    let identity = |kind: &str| {
        Example::sales().with(Ad, "creative.identity.tiktok.identity_type", kind).with(
            Ad,
            "creative.identity.tiktok.identity_id",
            "1",
        )
    };
    identity("TT_USER").check(&[]);
    identity("AUTH_CODE").check(&[]);
    identity("BC_AUTH_TT").check(&["identity-incomplete"]);
    identity("BC_AUTH_TT").with(Ad, BUSINESS, "2").check(&[]);
    identity("TT_USER").with(Ad, BUSINESS, "2").check(&["identity-business"]);
    identity("CUSTOMIZED_USER").check(&["identity-not-possible"]);
    identity("CUSTOMIZED_USER")
        .with(AdGroup, "tiktok.placements", set(&["PLACEMENT_PANGLE"]))
        .check(&["identity-retired"]);
    identity("SOMEBODY").check(&["unknown-identity-type"]);
}

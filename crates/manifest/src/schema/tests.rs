use super::*;
use crate::load::{LoadRequest, load};

/// Visits every schema below one, with its path.
fn visit(path: &str, schema: &Value, check: &mut dyn FnMut(&str, &Value)) {
    check(path, schema);
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, inner) in properties {
            visit(&format!("{path}.{name}"), inner, check);
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner @ Value::Object(_)) = schema.get(key) {
            visit(&format!("{path}[]"), inner, check);
        }
    }
}

#[test]
fn definitions_are_structural_and_bounded() {
    let mut problems = Vec::new();
    for crd in crds() {
        let version = serde_json::to_value(&crd.spec.versions[0]).unwrap();
        let root = &version["schema"]["openAPIV3Schema"];
        assert!(root["properties"]["spec"]["properties"].is_object(), "{}", crd.spec.names.kind);
        for part in ["spec", "status"] {
            visit(
                &format!("{}.{part}", crd.spec.names.kind),
                &root["properties"][part],
                &mut |path, schema| {
                    let loose = ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"];
                    let kind = schema["type"].as_str();
                    if kind.is_none() && !loose.iter().any(|key| schema.get(*key).is_some()) {
                        problems.push(format!("{path} has no type"));
                    }
                    if kind == Some("string")
                        && schema.get("maxLength").is_none()
                        && schema.get("enum").is_none()
                    {
                        problems.push(format!("{path} has no maxLength"));
                    }
                    if kind == Some("array") && schema.get("maxItems").is_none() {
                        problems.push(format!("{path} has no maxItems"));
                    }
                    if schema["x-kubernetes-list-type"] == "set" && schema["items"]["type"] == "object" {
                        problems.push(format!("{path} is a set of objects"));
                    }
                    if kind == Some("object")
                        && schema.get("properties").is_none()
                        && schema.get("maxProperties").is_none()
                    {
                        problems.push(format!("{path} has no maxProperties"));
                    }
                    for key in ["$ref", "nullable", "x-adplane", "x-adplane-exactly-one"] {
                        if schema.get(key).is_some() {
                            problems.push(format!("{path} has {key}"));
                        }
                    }
                    if path.contains(".spec.")
                        && schema["description"].as_str().unwrap_or_default().is_empty()
                        && !path.ends_with("[]")
                    {
                        problems.push(format!("{path} has no description"));
                    }
                },
            );
        }
    }
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn definitions_say_what_kubectl_needs() {
    let crds = crds();
    let kinds: Vec<&str> = crds.iter().map(|crd| crd.spec.names.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "AdAccount",
            "Budget",
            "Creative",
            "Campaign",
            "AdGroup",
            "FreezeWindow",
            "Policy",
            "AutomationRule",
            "Override",
            "NotificationPolicy",
            "Plan",
            "PlanApproval"
        ]
    );
    for crd in &crds {
        let names = &crd.spec.names;
        // Approvals are asked for by name: what deletes all ads' objects leaves the record of decisions alone.
        let categories = (names.kind != "PlanApproval").then(|| vec!["ads-all".to_owned()]);
        assert_eq!(names.categories, categories, "{}", names.kind);
        assert_eq!(names.short_names.as_ref().map(Vec::len), Some(1), "{}", names.kind);
        let version = &crd.spec.versions[0];
        assert!(version.subresources.as_ref().is_some_and(|sub| sub.status.is_some()), "{}", names.kind);
        assert!(version.additional_printer_columns.is_some(), "{}", names.kind);
    }
    let rules = |kind: &str, path: &[&str]| -> Vec<String> {
        let crd = crds.iter().find(|crd| crd.spec.names.kind == kind).unwrap();
        let mut schema =
            serde_json::to_value(&crd.spec.versions[0]).unwrap()["schema"]["openAPIV3Schema"].clone();
        for part in path {
            schema = schema["properties"][part].clone();
        }
        let rules = schema["x-kubernetes-validations"].as_array().cloned().unwrap_or_default();
        rules.iter().map(|rule| rule["rule"].as_str().unwrap().to_owned()).collect()
    };
    assert!(rules("Campaign", &["spec"]).contains(&"self.account == oldSelf.account".to_owned()));
    assert!(
        rules("Budget", &["spec"])
            .contains(&"[has(self.shared), has(self.pool)].filter(form, form).size() == 1".to_owned())
    );
}

#[test]
fn words_keep_their_meaning_in_the_description() {
    let schema = spec_schema(DocumentKind::Campaign);
    let state = &schema["properties"]["state"];
    assert_eq!(state["enum"], json!(["Active", "Paused"]));
    assert_eq!(
        state["description"],
        "Whether it runs. A new campaign without it is created paused.\n\n- `Active`: It runs.\n- `Paused`: It is paused."
    );
}

/// The walker and a validator of JSON Schema judge alike.
#[test]
fn the_walker_and_the_schema_agree() {
    let schemas = json_schemas();
    let schema = &schemas.iter().find(|(name, _)| *name == "manifest.schema.json").unwrap().1;
    let validator = jsonschema::validator_for(schema).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (kind, spec, valid) in [
        ("Campaign", "account: a", true),
        ("Campaign", "state: Active", false),
        ("Campaign", "account: a\n  state: active", false),
        ("Campaign", "account: a\n  budget: {daily: 12.00 EUR}", true),
        ("Campaign", "account: a\n  budget: {daily: 12}", false),
        ("Campaign", "account: a\n  budgets: {daily: 12.00 EUR}", false),
        ("Campaign", "account: a\n  budget: {observe: \"true\"}", false),
        ("Campaign", "account: a\n  targeting: {ages: {min: 25, max: 44}, genders: [Female]}", true),
        ("Campaign", "account: a\n  targeting: {ages: {max: 44}}", false),
        ("Campaign", "account: a\n  targeting: {ages: {min: 12}}", false),
        ("Campaign", "account: a\n  targeting: {genders: [Female, Female]}", false),
        ("Campaign", "account: a\n  targeting: {genders: []}", false),
        ("Campaign", "account: a\n  targeting: {locations: [es]}", false),
        ("Campaign", "account: a\n  targeting: {locations: [\"ES\", FR-IDF, WORLD, \"id:1\"]}", true),
        ("Campaign", "account: a\n  bidding: {strategy: MinRoas, roas: 3.5}", true),
        ("Campaign", "account: a\n  bidding: {roas: -1}", false),
        (
            "Campaign",
            "account: a\n  schedule: {start: \"2026-03-01\", hours: [{days: [Mon], from: \"08:00\", to: \"24:00\"}]}",
            true,
        ),
        (
            "Campaign",
            "account: a\n  schedule: {hours: [{days: [Mon], from: \"8:00\", to: \"24:00\"}]}",
            false,
        ),
        ("Campaign", "account: a\n  displayName: null", false),
        ("Campaign", "account: a\n  specialAdCategories: []", true),
        ("AdGroup", "campaign: c\n  ads: [{name: hero, creative: hero}]", true),
        ("AdGroup", "campaign: c\n  ads: [{name: hero}]", false),
        ("AdGroup", "campaign: c\n  ads: [{name: a/b, creative: hero}]", false),
        (
            "AdGroup",
            "campaign: c\n  meta: {attribution_spec: [{event_type: CLICK_THROUGH, window_days: 7}]}",
            true,
        ),
        ("AdGroup", "campaign: c\n  tiktok: {placements: [PLACEMENT_TIKTOK]}", true),
        ("Creative", "images: [{file: ./a.png}]", true),
        ("Creative", "images: [{file: ./a.png, id: \"1\"}]", false),
        ("Creative", "images: [{}]", false),
        ("Creative", "landingPage: shop.example", false),
        (
            "Creative",
            "google: {pins: [{headline: Hi, position: 1}, {headline: Ho, position: HEADLINE_2}]}",
            true,
        ),
        ("Budget", "shared: {account: a, daily: 1 EUR}", true),
        ("Budget", "shared: {account: a, daily: 1 EUR}\n  pool: {monthly: 1 EUR}", false),
        ("Budget", "{}", false),
        ("AdAccount", "{platform: Meta, accountId: act_1, currency: EUR, timeZone: Europe/Madrid}", true),
        ("AdAccount", "{platform: Bing, accountId: act_1, currency: EUR, timeZone: Europe/Madrid}", false),
        ("AdAccount", "{platform: Meta, accountId: act_1, currency: EUR}", false),
    ] {
        let spec = if spec.starts_with('{') { format!("spec: {spec}") } else { format!("spec:\n  {spec}") };
        let text = format!("apiVersion: adplane.io/v1alpha1\nkind: {kind}\nmetadata: {{name: x}}\n{spec}\n");
        let instance: Value = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(validator.is_valid(&instance), valid, "JSON Schema on\n{text}");
        std::fs::write(folder.path().join("x.yaml"), &text).unwrap();
        let loaded = load(&LoadRequest { cwd: folder.path().to_owned(), ..LoadRequest::default() });
        let errors: Vec<_> = loaded.diagnostics.iter().filter(|found| found.is_error()).collect();
        assert_eq!(errors.is_empty(), valid, "{errors:#?} on\n{text}");
        // The types read what the schema accepts.
        if valid {
            let spec = instance["spec"].clone();
            let read = match kind {
                "Campaign" => serde_json::from_value::<CampaignSpec>(spec).map(|_| ()),
                "AdGroup" => serde_json::from_value::<AdGroupSpec>(spec).map(|_| ()),
                "Creative" => serde_json::from_value::<CreativeSpec>(spec).map(|_| ()),
                "Budget" => serde_json::from_value::<BudgetSpec>(spec).map(|_| ()),
                _ => serde_json::from_value::<AdAccountSpec>(spec).map(|_| ()),
            };
            assert!(read.is_ok(), "{read:?} on\n{text}");
        }
    }
}

#[test]
fn the_project_file_has_a_schema() {
    let schemas = json_schemas();
    let schema = &schemas.iter().find(|(name, _)| *name == "adplane.schema.json").unwrap().1;
    let validator = jsonschema::validator_for(schema).unwrap();
    assert!(validator.is_valid(&json!({"project": "shop", "prune": true, "drift": {"default": "Alert"}})));
    assert!(!validator.is_valid(&json!({"projekt": "shop"})));
}

#[test]
fn definitions_read_back_from_their_yaml() {
    let written = crds_yaml().unwrap();
    assert_eq!(written.len(), crds().len());
    for ((name, yaml), crd) in written.iter().zip(crds()) {
        let read: Value = serde_saphyr::from_str(yaml).unwrap();
        assert_eq!(read, serde_json::to_value(&crd).unwrap(), "{name}");
    }
}

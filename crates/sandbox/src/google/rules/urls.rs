//! Landing pages, tracking templates and custom parameters. Source: google-ads.md §7.

use serde_json::Value;

use super::Check;

const LONGEST_URL: usize = 2_048;
const MOST_PARAMETERS: usize = 8;
const LONGEST_KEY: usize = 16;
const LONGEST_VALUE: usize = 200;

/// Checks everything a carrier of URLs may hold; `prefix` is where it lies, such as `ad.`.
pub(super) fn check(check: &mut Check<'_, '_>, prefix: &str) {
    let holder = holder(check, prefix);
    for list in ["finalUrls", "finalMobileUrls"] {
        for (index, url) in holder.get(list).and_then(Value::as_array).into_iter().flatten().enumerate() {
            check_final(check, &format!("{prefix}{list}[{index}]"), url.as_str().unwrap_or_default());
        }
    }
    check_template(check, prefix, &holder);
    check_parameters(check, prefix, &holder);
}

fn holder(check: &Check<'_, '_>, prefix: &str) -> crate::world::Object {
    match prefix.trim_end_matches('.') {
        "" => check.new.clone(),
        field => check.new.get(field).and_then(Value::as_object).cloned().unwrap_or_default(),
    }
}

/// http or https with a host; the public suffix is not checked, since `.example` has to work here.
fn check_final(check: &mut Check<'_, '_>, path: &str, text: &str) {
    let family = "urlFieldError";
    let untagged = text.replace(['{', '}'], "");
    if text.len() > LONGEST_URL {
        check.fail("stringLengthError", "TOO_LONG", path, "Too long.");
    } else if !text.contains("://") {
        check.fail(family, "MISSING_PROTOCOL_IN_FINAL_URL", path, "The final url is missing the protocol.");
    } else if !(text.starts_with("http://") || text.starts_with("https://")) {
        check.fail(
            family,
            "INVALID_PROTOCOL_IN_FINAL_URL",
            path,
            "The final url does not have a valid protocol.",
        );
    } else if url::Url::parse(&untagged).ok().and_then(|url| url.host_str().map(str::len)).unwrap_or(0) == 0 {
        check.fail(family, "MALFORMED_FINAL_URL", path, "The final url is malformed.");
    }
}

fn check_template(check: &mut Check<'_, '_>, prefix: &str, holder: &crate::world::Object) {
    let template = holder.get("trackingUrlTemplate").and_then(Value::as_str).unwrap_or_default();
    let tags = ["{lpurl", "{unescapedlpurl}", "{escapedlpurl}"];
    if !template.is_empty() && !tags.iter().any(|tag| template.to_ascii_lowercase().contains(tag)) {
        check.fail(
            "urlFieldError",
            "MISSING_TRACKING_URL_TEMPLATE_TAG",
            &format!("{prefix}trackingUrlTemplate"),
            "At least one tag such as {lpurl} is required in the tracking url template.",
        );
    }
}

fn check_parameters(check: &mut Check<'_, '_>, prefix: &str, holder: &crate::world::Object) {
    let path = format!("{prefix}urlCustomParameters");
    let Some(parameters) = holder.get("urlCustomParameters").and_then(Value::as_array) else { return };
    if parameters.len() > MOST_PARAMETERS {
        check.fail("collectionSizeError", "TOO_MANY", &path, "Too many.");
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let key = parameter.get("key").and_then(Value::as_str).unwrap_or_default();
        let value = parameter.get("value").and_then(Value::as_str).unwrap_or_default();
        let key_path = format!("{path}[{index}].key");
        if key.is_empty() {
            check.require(&key_path);
        } else if key.chars().count() > LONGEST_KEY {
            check.fail("stringLengthError", "TOO_LONG", &key_path, "Too long.");
        } else if !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            check.fail(
                "stringFormatError",
                "ILLEGAL_CHARS",
                &key_path,
                "The input string value contains disallowed characters.",
            );
        }
        if value.chars().count() > LONGEST_VALUE {
            check.fail("stringLengthError", "TOO_LONG", &format!("{path}[{index}].value"), "Too long.");
        }
        if seen.contains(&key) {
            check.fail("distinctError", "DUPLICATE_ELEMENT", &key_path, "Duplicate element.");
        }
        seen.push(key);
    }
}

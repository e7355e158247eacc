//! Batches: up to fifty calls in one, later ones referring to earlier ones (meta-ads.md §1.8).

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};

use super::errors::GraphError;
use super::params::{self, FilePart, Params};
use super::route;
use crate::http::{Request, Response};
use crate::world::{Vendor, World};

const MOST: usize = 50;

/// Answers of named items by name.
type Named = BTreeMap<String, Value>;

/// Runs a batch; the outer status is 200 whatever happens inside.
pub(super) fn run(world: &mut World, request: &Request, given: &Params) -> Result<Response, GraphError> {
    let Some(Value::Array(items)) = given.json("batch") else {
        return Err(GraphError::must_be("batch", "an array"));
    };
    if items.len() > MOST {
        return Err(GraphError::invalid(format!(
            "Too many requests in batch message. Maximum batch size is {MOST}"
        )));
    }
    let with_headers = given.get("include_headers").is_none() || given.flag("include_headers");
    let referred = referred_names(&items);
    let mut named = Named::new();
    let mut campaigns: Vec<String> = Vec::new();
    let (mut wrote, mut account) = (false, None);
    let mut answers = Vec::with_capacity(items.len());
    let partial = world.fault_partial(Vendor::Meta);
    for (place, item) in items.iter().enumerate() {
        let inner = inner_request(request, given, item, &named);
        let response = match inner {
            // An armed `partial` fault refuses every second item.
            Ok((inner, _)) if partial && place % 2 == 1 => route::refuse(world, &unavailable(), &inner.path),
            Err(error) => route::refuse(world, &error, item["relative_url"].as_str().unwrap_or_default()),
            Ok((inner, files)) => match second_of_campaign(world, &inner, &mut campaigns) {
                Some(error) => route::refuse(world, &error, &inner.path),
                None => route::answer(world, &inner, files),
            },
        };
        wrote |= response.wrote;
        account = account.or(response.account.clone());
        answers.push(shown(item, &response, with_headers, &referred));
        if let Some(name) = item["name"].as_str() {
            let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
            named.insert(name.to_owned(), body);
        }
    }
    let mut response = Response::json(200, &Value::Array(answers));
    response.wrote = wrote;
    response.account = account;
    Ok(response)
}

/// A passing failure, after which the same item may succeed (code 2, §14).
fn unavailable() -> GraphError {
    let mut error = GraphError::new(2, "An unexpected error has occurred. Please retry your request later.");
    error.status = 500;
    error.transient = true;
    error
}

/// Names that a later item refers to.
fn referred_names(items: &[Value]) -> Vec<String> {
    let text = Value::Array(items.to_vec()).to_string();
    let names = items.iter().filter_map(|item| item["name"].as_str());
    names.filter(|name| text.contains(&format!("{{result={name}:"))).map(str::to_owned).collect()
}

/// An item's answer; one that others refer to is `null` unless asked for (unverified).
fn shown(item: &Value, response: &Response, with_headers: bool, referred: &[String]) -> Value {
    let is_referred = item["name"].as_str().is_some_and(|name| referred.iter().any(|other| other == name));
    let omits = params::boolean(&item["omit_response_on_success"]).unwrap_or(true);
    if is_referred && omits && response.status == 200 {
        return Value::Null;
    }
    let mut answer = json!({"code": response.status});
    if with_headers {
        let headers = response.headers.iter().map(|(name, value)| json!({"name": name, "value": value}));
        answer["headers"] = headers.collect();
    }
    answer["body"] = json!(String::from_utf8_lossy(&response.body));
    answer
}

/// The request that an item stands for, and the files attached to it.
fn inner_request(
    outer: &Request,
    given: &Params,
    item: &Value,
    named: &Named,
) -> Result<(Request, Vec<FilePart>), GraphError> {
    let relative = item["relative_url"].as_str().ok_or_else(|| GraphError::required("relative_url"))?;
    let relative = refer(relative, named)?;
    let body = refer(item["body"].as_str().unwrap_or_default(), named)?;
    let (path, query) = relative.split_once('?').unwrap_or((&relative, ""));
    let mut query: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    // An item without a token of its own uses the batch's.
    let own = item["access_token"].as_str().map(str::to_owned);
    let has_token = query.iter().any(|(name, _)| name == "access_token") || body.contains("access_token=");
    if let Some(token) = own.or_else(|| super::auth::token(outer, given)).filter(|_| !has_token) {
        query.push(("access_token".to_owned(), token));
    }
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    headers.insert("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
    for header in item["headers"].as_array().into_iter().flatten() {
        if let (Some(name), Some(value)) = (header["name"].as_str(), header["value"].as_str()) {
            headers.insert(name.to_lowercase(), value.to_owned());
        }
    }
    let wanted: Vec<&str> =
        item["attached_files"].as_str().unwrap_or_default().split(',').map(str::trim).collect();
    let files = given.files.iter().filter(|file| wanted.contains(&file.name.as_str())).cloned().collect();
    let inner = Request {
        method: item["method"].as_str().unwrap_or("GET").to_uppercase(),
        path: format!("/{}", path.trim_start_matches('/')),
        query,
        headers,
        body: Bytes::from(body),
        base_url: outer.base_url.clone(),
    };
    Ok((inner, files))
}

/// One batch must not hold several ad sets of the same campaign (§1.8): how the second fails is unverified, so
/// option `meta.batch_ad_sets` = `any` lets it pass.
fn second_of_campaign(world: &World, inner: &Request, campaigns: &mut Vec<String>) -> Option<GraphError> {
    let path = inner.path.trim_end_matches('/');
    if inner.method != "POST"
        || !path.ends_with("/adsets")
        || world.option("meta.batch_ad_sets", "one") == "any"
    {
        return None;
    }
    let campaign = Params::of(inner).text("campaign_id")?;
    if campaigns.contains(&campaign) {
        let text = format!("This batch holds another ad set of campaign {campaign} already.");
        return Some(GraphError::parameter("campaign_id", "Two ad sets of one campaign", text));
    }
    campaigns.push(campaign);
    None
}

/// Replaces `{result=NAME:$.path}` by what an earlier item answered.
fn refer(text: &str, named: &Named) -> Result<String, GraphError> {
    let mut answer = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{result=") {
        answer.push_str(&rest[..at]);
        let after = &rest[at + "{result=".len()..];
        let (reference, following) =
            after.split_once('}').ok_or_else(|| GraphError::invalid("Unterminated reference in batch"))?;
        let (name, path) = reference.split_once(':').unwrap_or((reference, "$"));
        let body = named.get(name).ok_or_else(|| {
            GraphError::invalid(format!("Invalid reference to unknown batch request {name}"))
        })?;
        let found = look_up(body, path);
        if found.is_empty() {
            return Err(GraphError::invalid(format!(
                "The result of batch request {name} has nothing at {path}"
            )));
        }
        answer.push_str(&found.iter().map(params::plain).collect::<Vec<_>>().join(","));
        rest = following;
    }
    answer.push_str(rest);
    Ok(answer)
}

/// The values at a path such as `$.id` or `$.data.*.id`.
fn look_up(body: &Value, path: &str) -> Vec<Value> {
    let mut found = vec![body.clone()];
    for step in path.trim_start_matches('$').split('.').filter(|step| !step.is_empty()) {
        found = found
            .into_iter()
            .flat_map(|value| match (step, value) {
                ("*", Value::Array(items)) => items,
                ("*", Value::Object(map)) => map.into_iter().map(|(_, member)| member).collect(),
                (name, Value::Object(mut map)) => map.remove(name).into_iter().collect(),
                (index, Value::Array(items)) => index
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index).cloned())
                    .into_iter()
                    .collect(),
                _ => Vec::new(),
            })
            .collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_reach_into_answers() {
        let named = Named::from([
            ("c".to_owned(), json!({"id": "7"})),
            ("l".to_owned(), json!({"data": [{"id": "1"}, {"id": "2"}]})),
        ]);
        assert_eq!(refer("{result=c:$.id}?fields=id", &named).unwrap(), "7?fields=id");
        assert_eq!(refer("?ids={result=l:$.data.*.id}", &named).unwrap(), "?ids=1,2");
        assert_eq!(refer("{result=x:$.id}", &named).unwrap_err().code, 100);
        assert_eq!(refer("{result=c:$.name}", &named).unwrap_err().code, 100);
    }
}

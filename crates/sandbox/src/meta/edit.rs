//! Edits by a person in the vendor's web screens, simulated: no API rules, but wire types.

use serde_json::Value;

use super::kind::Kind;
use super::schema::{self, ad, ad_set, campaign, creative};
use super::store::{self, Author, Node};
use super::{labels, lifecycle};
use crate::world::{Object, World};

/// Changes fields of an object, named and typed as on the wire; `null` removes one.
pub(super) fn apply(
    world: &mut World,
    account: &str,
    collection: &str,
    id: &str,
    set: &Object,
    actor: &str,
) -> Result<(), String> {
    let digits = account.trim_start_matches("act_");
    if store::account(world, digits).is_none() {
        return Err(format!(
            "there is no account {digits}: the sandbox has act_1000000001 to act_1000000003"
        ));
    }
    let node = match Kind::of_collection(collection) {
        Some(kind) => Node::new(kind, digits, id),
        None if collection == "adaccounts" => Node::account(digits),
        None => {
            return Err(format!(
                "there is no collection {collection}: use campaigns, adsets, ads, adcreatives, adimages, advideos or adlabels"
            ));
        }
    };
    let former = match node.kind {
        Kind::Account => store::account(world, digits).map(|found| found.object.clone()),
        kind => store::object(world, digits, kind, id).cloned(),
    };
    let former =
        former.ok_or_else(|| format!("there is no object {id} in {collection} of account {digits}"))?;
    let mut changes = typed(world, &node, set)?;
    labels::check(world, digits, &changes).map_err(|error| error.message)?;
    labels::settle(world, digits, &mut changes);
    store::update(world, &node, changes.clone(), Author { name: actor, via_api: false });
    lifecycle::react(world, &node, &former, &changes);
    Ok(())
}

/// The values as the server would store them.
fn typed(world: &World, node: &Node, set: &Object) -> Result<Object, String> {
    let parameters = match node.kind {
        Kind::Campaign => campaign::PARAMETERS,
        Kind::AdSet => ad_set::PARAMETERS,
        Kind::Ad => ad::PARAMETERS,
        Kind::Creative => creative::PARAMETERS,
        _ => &[],
    };
    let clock = store::clock(world, &node.account);
    let mut changes = Object::new();
    for (name, value) in set {
        let known = parameters.iter().find(|(candidate, ..)| candidate == name);
        let value = match known {
            _ if value.is_null() => Value::Null,
            // Screens may know words before the API's lists have them (§8: keep an unknown case).
            Some((_, schema::Type::OneOf(_), _)) if name != "status" => value.clone(),
            Some((_, kind, _)) => {
                schema::convert(name, *kind, value, &clock).map_err(|error| error.message)?
            }
            None => value.clone(),
        };
        changes.insert(name.clone(), value);
    }
    if let Some(creative) = changes.get_mut("creative").filter(|_| node.kind == Kind::Ad)
        && let Some(id) = creative.get("creative_id").cloned()
    {
        *creative = serde_json::json!({"id": id});
    }
    Ok(changes)
}

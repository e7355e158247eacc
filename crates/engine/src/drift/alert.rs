//! Which drift an unattended apply leaves as it is.
//!
//! `Alert` is there so that nobody's emergency on the platform is undone before people have looked. So what an overlay
//! decides since both sides agreed is written where it spends less than what is live, and never where it spends more.

use adplane_core::money::Money;
use adplane_core::overlay::STATE;
use adplane_core::plan::Held;
use adplane_core::plan::document::{DocumentDrift, DriftPolicy, DriftSide};

/// What nobody decided about: an unattended apply leaves it as it is, and says so.
pub fn alerted(drift: &[DocumentDrift]) -> Held {
    let mut held = Held::default();
    for item in drift.iter().filter(|item| item.policy == DriftPolicy::Alert && !is_cut(item)) {
        match &item.path {
            Some(path) => held.hold_field(&item.address, path),
            None => held.hold_object(item.address.clone()),
        }
    }
    held
}

/// Whether somebody on our side decided since both agreed: the YAML was edited, or an overlay spends less. That a rule wants
/// more decides nothing about what a person did on the platform.
pub fn is_decided(item: &DocumentDrift) -> bool {
    let by_rule = item.overlay.as_ref().is_some_and(|overlay| overlay.by.rule.is_some());
    item.side != DriftSide::Platform && (!by_rule || is_cut(item))
}

/// Whether an overlay that is newer than what both sides agreed on spends less than what is live.
fn is_cut(item: &DocumentDrift) -> bool {
    let Some(overlay) = item.overlay.as_ref().filter(|_| item.side != DriftSide::Platform) else {
        return false;
    };
    let text = |value: &Option<serde_json::Value>| {
        value.as_ref().and_then(|value| value.as_str().map(str::to_owned))
    };
    let (wanted, live) = (text(&overlay.value), text(&item.live));
    if item.path.as_ref().is_some_and(|path| path.as_str() == STATE) {
        return wanted.as_deref() == Some("Paused");
    }
    let amount = |text: Option<String>| text.and_then(|text| text.parse::<Money>().ok());
    amount(wanted)
        .zip(amount(live))
        .is_some_and(|(wanted, live)| wanted.currency() == live.currency() && wanted < live)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn item(path: &str, side: DriftSide, overlay: Option<&str>, live: &str) -> DocumentDrift {
        let overlay: Value = overlay.map_or(Value::Null, |value| {
            json!({"value": value, "name": "cut-sale", "rule": "cut", "expires": "2026-03-08T00:00:00Z"})
        });
        serde_json::from_value(json!({
            "address": "meta/shop/Campaign/default/sale", "path": path, "yaml": "40.00 EUR", "overlay": overlay,
            "live": live, "side": side, "policy": "alert", "reverted": false,
        }))
        .unwrap()
    }

    /// Held by an unattended apply of files; decided, so that the operator writes it.
    fn judged(path: &str, side: DriftSide, overlay: Option<&str>, live: &str) -> (bool, bool) {
        let item = item(path, side, overlay, live);
        let held = alerted(std::slice::from_ref(&item)).fields(&item.address).is_some();
        (held, is_decided(&item))
    }

    #[test]
    fn a_cut_passes_and_a_raise_undoes_nobodys_emergency() {
        use DriftSide::{Both, Platform, Unknown};
        let budget = "budget.daily";
        for (side, overlay, live, expected, why) in [
            (
                Both,
                Some("30.00 EUR"),
                "90.00 EUR",
                (false, true),
                "Ana raised it, and the rule cuts it since",
            ),
            (Unknown, Some("30.00 EUR"), "90.00 EUR", (false, true), "nobody remembers, and less is spent"),
            (Both, Some("60.00 EUR"), "10.00 EUR", (true, false), "Ana cut it in an emergency"),
            (Both, Some("30.00 EUR"), "30.00 USD", (true, false), "no conversion"),
            (Platform, Some("30.00 EUR"), "90.00 EUR", (true, false), "the rule decided before Ana did"),
            (Both, None, "90.00 EUR", (true, true), "the YAML was edited"),
            (Platform, None, "90.00 EUR", (true, false), "nobody edited anything"),
        ] {
            assert_eq!(judged(budget, side, overlay, live), expected, "{why}");
        }
        assert_eq!(judged("state", Both, Some("Paused"), "Active"), (false, true), "a hold");
    }
}

//! Values that every ad group of a campaign shares move up to the campaign.

use adplane_core::field::{FieldPath, Values};

/// Groups of fields that Meta and TikTok copy down from the campaign (mapping §4, §5, §6).
const COPIED_DOWN: [&str; 3] = ["targeting", "schedule", "bidding"];

/// Moves shared values up. A value that one ad group lacks stays where it is, since that group would
/// inherit it.
pub(super) fn hoist(campaign: &mut Values, groups: &mut [Values]) {
    let Some(first) = groups.first() else { return };
    let shared: Vec<FieldPath> = first
        .iter()
        .filter(|(path, value)| {
            COPIED_DOWN.iter().any(|prefix| path.is_within(prefix))
                && campaign.get(*path).is_none_or(|own| own == *value)
                && groups.iter().all(|group| group.get(*path) == Some(value))
        })
        .map(|(path, _)| path.clone())
        .collect();
    for path in shared {
        for group in groups.iter_mut() {
            if let Some(value) = group.remove(&path) {
                campaign.insert(path.clone(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use adplane_core::value::Value;

    use super::*;

    fn values(fields: &[(&str, &str)]) -> Values {
        fields.iter().map(|(path, text)| (FieldPath::new(path), Value::text(text))).collect()
    }

    #[test]
    fn only_what_all_share_moves_up() {
        let mut campaign = values(&[("bidding.strategy", "CostCap")]);
        let mut groups = [
            values(&[
                ("targeting.a", "x"),
                ("targeting.b", "1"),
                ("state", "Active"),
                ("bidding.strategy", "CostCap"),
                ("targeting.c", "1"),
            ]),
            values(&[
                ("targeting.a", "x"),
                ("targeting.b", "2"),
                ("state", "Active"),
                ("bidding.strategy", "CostCap"),
            ]),
        ];
        hoist(&mut campaign, &mut groups);
        assert_eq!(campaign, values(&[("bidding.strategy", "CostCap"), ("targeting.a", "x")]));
        assert_eq!(groups[0], values(&[("state", "Active"), ("targeting.b", "1"), ("targeting.c", "1")]));
        assert_eq!(groups[1], values(&[("state", "Active"), ("targeting.b", "2")]));
    }
}

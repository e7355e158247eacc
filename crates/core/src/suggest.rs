//! What somebody probably meant: names close to the one that was written.

/// The candidate closest to a text, if one is close enough to be what was meant.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_lowercase().replace(['-', '_', ' '], "");
    candidates
        .into_iter()
        .map(|candidate| {
            let plain = candidate.to_lowercase().replace(['-', '_'], "");
            let distance = strsim::damerau_levenshtein(&lower, &plain);
            let prefix = lower.len() >= 3 && (plain.starts_with(&lower) || lower.starts_with(&plain));
            (if prefix { distance.min(2) } else { distance }, candidate)
        })
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The first words of a list, for a hint.
pub fn some_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let words: Vec<&str> = words.into_iter().collect();
    let mut text = words.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if words.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let fields = ["budget", "bidding", "targeting", "displayName"];
        for (typed, meant) in [
            ("budgets", Some("budget")),
            ("bugdet", Some("budget")),
            ("target", Some("targeting")),
            ("display_name", Some("displayName")),
            ("zzz", None),
        ] {
            assert_eq!(nearest(typed, fields), meant, "{typed}");
        }
    }
}

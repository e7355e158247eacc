//! The same resources in another order: documents, keys, and members of what is a set.

use serde_json::Value as Json;

/// Lists whose order means something.
const SEQUENCES: [&str; 7] =
    ["headlines", "longHeadlines", "descriptions", "primaryTexts", "images", "videos", "cards"];

/// Resources in an order that follows from the seed.
pub(super) fn shuffled(resources: &[Json], seed: u64) -> Vec<Json> {
    let mut random = Random(seed);
    let mut shuffled: Vec<Json> = resources.iter().map(|resource| value(resource, &mut random)).collect();
    random.shuffle(&mut shuffled);
    shuffled
}

fn value(json: &Json, random: &mut Random) -> Json {
    match json {
        Json::Array(members) => {
            let mut members: Vec<Json> = members.iter().map(|member| value(member, random)).collect();
            random.shuffle(&mut members);
            Json::Array(members)
        }
        Json::Object(entries) => {
            let mut entries: Vec<(String, Json)> = entries
                .iter()
                .map(|(key, entry)| {
                    let sequence = SEQUENCES.contains(&key.as_str());
                    (key.clone(), if sequence { entry.clone() } else { value(entry, random) })
                })
                .collect();
            random.shuffle(&mut entries);
            Json::Object(entries.into_iter().collect())
        }
        scalar => scalar.clone(),
    }
}

/// `SplitMix64`: shuffling needs no more.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}

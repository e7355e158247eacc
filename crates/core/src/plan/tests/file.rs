//! A saved plan: no byte of it can change unnoticed.

use super::world::{World, ad, campaign, desired, group, money};
use crate::plan::document::{DocumentContext, InvalidDocument, PlanDocument};

/// A plan with creates, a raise, a lowering, approvals, authors and a root.
fn document() -> PlanDocument {
    let mut world = World::default();
    world.converge(&desired([campaign("a").daily("20.00 EUR"), campaign("b").daily("20.00 EUR")]));
    let wanted = desired([
        campaign("a").daily("35.00 EUR"),
        campaign("b").daily("10.00 EUR"),
        campaign("c").with("budget.total", money("90.00 EUR")),
        group("c", "spain"),
        ad("spain", "hero"),
    ]);
    let policy = serde_json::json!({ "classes": { "raise": { "approvals": 2 } } });
    let context = DocumentContext {
        desired: &wanted,
        observed: &world.observed(),
        engine: "adplane test",
        approvals: Some(&policy),
    };
    let mut document = PlanDocument::new(&world.plan(&wanted), &context);
    document.root = Some("shop".into());
    document.authors = vec!["ana@shop.example".into()];
    document.seal();
    document
}

#[test]
fn a_saved_plan_reads_back() {
    let document = document();
    let text = document.to_text();
    assert_eq!(PlanDocument::read(text.as_bytes()), Ok(document.clone()));
    assert_eq!(text, document.to_text(), "the same document gives the same bytes");
}

#[test]
fn every_flipped_byte_is_refused() {
    let text = document().to_text();
    let mut causes = std::collections::BTreeMap::<&str, usize>::new();
    // A neighbouring letter, the other case, another blank, a high bit, every bit.
    let masks = [0x01, 0x20, 0x2a, 0x80, 0xff];
    for (index, mask) in (0..text.len()).zip(masks.into_iter().cycle()) {
        let mut bytes = text.clone().into_bytes();
        bytes[index] ^= mask;
        let cause = match PlanDocument::read(&bytes) {
            Ok(_) => panic!("byte {index} ({:?}) ^ {mask:#x} goes unnoticed", &text[index..=index]),
            Err(InvalidDocument::Hash) => "hash",
            Err(InvalidDocument::Digest) => "digest",
            Err(InvalidDocument::Version(_)) => "version",
            Err(InvalidDocument::Truncated) => "truncated",
            Err(InvalidDocument::Unreadable(_)) => "unreadable",
            Err(InvalidDocument::Damaged(_)) => "damaged",
        };
        *causes.entry(cause).or_default() += 1;
    }
    for cause in ["hash", "digest", "unreadable"] {
        assert!(causes.contains_key(cause), "nothing was found by its {cause}: {causes:?}");
    }
}

#[test]
fn a_cut_or_lengthened_file_is_refused() {
    let text = document().to_text();
    let whole = text.trim_end().len();
    for length in (0..whole).step_by(7) {
        assert_eq!(
            PlanDocument::read(&text.as_bytes()[..length]),
            Err(InvalidDocument::Truncated),
            "{length}"
        );
    }
    assert_eq!(PlanDocument::read(text.trim_end().as_bytes()), Err(InvalidDocument::Digest));
    assert_eq!(PlanDocument::read(format!("{text}\n").as_bytes()), Err(InvalidDocument::Digest));
    assert!(matches!(PlanDocument::read(format!("{text}x").as_bytes()), Err(InvalidDocument::Unreadable(_))));
}

#[test]
fn what_is_not_hashed_is_covered_by_the_digest() {
    let text = document().to_text();
    let edited = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        PlanDocument::read(text.replacen(from, to, 1).as_bytes())
    };
    assert_eq!(edited("\"root\": \"shop\"", "\"root\": \"else\""), Err(InvalidDocument::Digest));
    assert_eq!(edited("\"dailyAfter\": \"", "\"dailyAfter\": \"1"), Err(InvalidDocument::Digest));
    assert_eq!(edited("ana@shop.example", "bob@shop.example"), Err(InvalidDocument::Hash));
    assert_eq!(edited("35.00 EUR", "36.00 EUR"), Err(InvalidDocument::Hash));
    assert_eq!(edited("\"approvals\": 2", "\"approvals\": 1"), Err(InvalidDocument::Hash));
    assert_eq!(edited("\"formatVersion\": 1", "\"formatVersion\": 2"), Err(InvalidDocument::Version(2)));
    // Another order or other blanks are another file, though they say the same.
    let compact = serde_json::to_string(&serde_json::from_str::<serde_json::Value>(&text).unwrap()).unwrap();
    assert_eq!(PlanDocument::read(compact.as_bytes()), Err(InvalidDocument::Digest));
}

//! What a reading changes of what is known.

use adplane_core::metrics::{Metric, Sums};

/// A row by numbers: slot, object, sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) slot: i64,
    pub(super) object: i64,
    pub(super) sums: Sums,
}

/// A row to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) row: Row,
    /// Whether sums known so far give way to it.
    pub(super) replaces: bool,
}

#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) changes: Vec<Change>,
    pub(super) unchanged: usize,
    pub(super) zeroed: usize,
}

/// Compares what is known of some slots with what a reading tells of them; both by slot and object.
///
/// What it leaves out delivered nothing: a row of zeros stands for that, so that an older sum does not live on. Days that
/// a reading leaves out altogether do not come here before they are believed ([`doubt`](super::doubt)). Where nothing was
/// known of it, it is zero of `metrics`.
pub(super) fn merge(known: &[Row], told: &[Row], metrics: &[Metric]) -> Merged {
    let mut merged = Merged::default();
    let (mut known, mut told) = (known.iter().peekable(), told.iter().peekable());
    loop {
        let order = match (known.peek(), told.peek()) {
            (None, None) => return merged,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(old), Some(new)) => (old.slot, old.object).cmp(&(new.slot, new.object)),
        };
        let old = if order.is_le() { known.next() } else { None };
        let new = if order.is_ge() { told.next() } else { None };
        match (old, new) {
            (Some(old), Some(new)) if old.sums == new.sums => merged.unchanged += 1,
            (old, Some(new)) => merged.changes.push(Change { row: *new, replaces: old.is_some() }),
            (Some(old), None) => {
                let sums = nothing(&old.sums, metrics);
                if sums != old.sums {
                    merged.zeroed += 1;
                    merged.changes.push(Change { row: Row { sums, ..*old }, replaces: true });
                }
            }
            (None, None) => {}
        }
    }
}

/// Zero of everything that was told.
fn nothing(sums: &Sums, metrics: &[Metric]) -> Sums {
    let told: Vec<Metric> = Metric::ALL.into_iter().filter(|metric| sums.get(*metric).is_some()).collect();
    Sums::zero(if told.is_empty() { metrics } else { &told })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(slot: i64, object: i64, spend: i64) -> Row {
        Row { slot, object, sums: Sums { spend: Some(spend), clicks: Some(1), ..Sums::default() } }
    }

    #[test]
    fn only_differences_are_written() {
        let known = [row(1, 1, 5), row(1, 2, 5), row(2, 1, 5)];
        let told = [row(1, 1, 5), row(1, 2, 6), row(1, 3, 1), row(2, 1, 5)];
        let merged = merge(&known, &told, &[]);
        assert_eq!(merged.unchanged, 2);
        let expected =
            [Change { row: row(1, 2, 6), replaces: true }, Change { row: row(1, 3, 1), replaces: false }];
        assert_eq!(merged.changes, expected);
    }

    #[test]
    fn what_a_reading_leaves_out_delivered_nothing() {
        let merged = merge(&[row(1, 1, 5)], &[], &[]);
        let zero = Sums { spend: Some(0), clicks: Some(0), ..Sums::default() };
        let expected = [Change { row: Row { slot: 1, object: 1, sums: zero }, replaces: true }];
        assert_eq!((merged.changes.as_slice(), merged.zeroed), (&expected[..], 1));
        let again = merge(&[Row { slot: 1, object: 1, sums: zero }], &[], &[Metric::Value]);
        assert!(again.changes.is_empty(), "it is known to be zero");
        let unknown = Row { slot: 1, object: 1, sums: Sums::default() };
        let known = merge(&[unknown], &[], &[Metric::Spend]);
        assert_eq!(known.changes[0].row.sums, Sums::zero(&[Metric::Spend]), "a doubt that is over");
    }
}

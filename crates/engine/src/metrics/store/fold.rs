//! Adding up rows.

use adplane_core::metrics::{Metric, Sums};

/// A running sum of rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Total {
    sums: Option<Sums>,
    reach: Reach,
}

/// People reached may be told of one row only: of several, when the others reached nobody.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach {
    /// Of at most one row.
    Of(Option<i64>),
    /// Unknown.
    Unknown,
}

impl Default for Reach {
    fn default() -> Self {
        Self::Of(None)
    }
}

impl Total {
    pub(super) fn add(&mut self, row: &Sums) {
        self.sums = Some(self.sums.map_or(*row, |sums| sums.plus(row)));
        self.reach = match (self.reach, row.get(Metric::Reach)) {
            (Reach::Of(None | Some(0)), Some(reach)) | (Reach::Of(Some(reach)), Some(0)) => {
                Reach::Of(Some(reach))
            }
            _ => Reach::Unknown,
        };
    }

    /// The sum of all rows; `None` of none.
    pub(super) fn sums(self) -> Option<Sums> {
        let mut sums = self.sums?;
        let reach = match self.reach {
            Reach::Of(reach) => reach,
            Reach::Unknown => None,
        };
        sums.set(Metric::Reach, reach);
        Some(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[Sums]) -> Option<Sums> {
        let mut total = Total::default();
        for row in rows {
            total.add(row);
        }
        total.sums()
    }

    fn row(spend: i64, reach: Option<i64>) -> Sums {
        Sums { spend: Some(spend), reach, ..Sums::default() }
    }

    #[test]
    fn rows_add_up() {
        assert_eq!(sum(&[]), None);
        assert_eq!(sum(&[row(1, None), row(2, None)]), Some(row(3, None)));
        assert_eq!(sum(&[row(1, None), Sums::default()]).unwrap().spend, None, "not told of one");
    }

    #[test]
    fn reach_is_known_where_one_row_reached_anybody() {
        assert_eq!(sum(&[row(1, Some(5))]), Some(row(1, Some(5))));
        assert_eq!(sum(&[row(0, Some(0)), row(1, Some(5)), row(0, Some(0))]), Some(row(1, Some(5))));
        assert_eq!(sum(&[row(1, Some(5)), row(1, Some(5))]), Some(row(2, None)));
        assert_eq!(sum(&[row(1, Some(5)), row(1, None)]), Some(row(2, None)));
        assert_eq!(sum(&[row(1, None), row(1, Some(5))]), Some(row(2, None)));
    }
}

//! Partial pooling: a campaign whose own days say little leans on what similar ones show.
//!
//! Every campaign's bend is a draw around a common one. How far they truly differ is the moment estimate of
//! `DerSimonian` and Laird, and each is pulled to the common bend by the share of its own uncertainty in the whole.

/// A bend learned from one campaign's days, and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Own {
    pub(super) bend: f64,
    pub(super) error: f64,
}

/// What the campaigns have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pool {
    /// The common bend.
    pub(super) bend: f64,
    /// How far bends truly differ, squared.
    spread: f64,
}

impl Pool {
    /// `None` of fewer than two: one campaign is no pool.
    pub(super) fn of<'a>(own: impl Iterator<Item = &'a Own>) -> Option<Self> {
        let own: Vec<&Own> = own.collect();
        if own.len() < 2 {
            return None;
        }
        let center = weighted(&own, 0.0);
        let (mut excess, mut weights, mut squares) = (1.0, 0.0, 0.0);
        for Own { bend, error } in &own {
            let weight = (error * error).recip();
            excess += weight * (bend - center) * (bend - center) - 1.0;
            weights += weight;
            squares += weight * weight;
        }
        let spread = (excess / (weights - squares / weights)).max(0.0);
        Some(Self { bend: weighted(&own, spread), spread })
    }

    /// The bend after leaning, and how much of it is the pool's.
    pub(super) fn shrink(&self, own: Own) -> (f64, f64) {
        let noise = own.error * own.error;
        let pooled = noise / (noise + self.spread);
        (pooled * self.bend + (1.0 - pooled) * own.bend, pooled)
    }
}

fn weighted(own: &[&Own], spread: f64) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for Own { bend, error } in own {
        let weight = (error * error + spread).recip();
        sum += weight * bend;
        weights += weight;
    }
    sum / weights
}

//! A response that saturates.

/// What a spend brings: `ceiling * x / (half + x)`.
///
/// Its slope falls from the first unit on, so that a best split is unique. S-shaped curves are left out on purpose:
/// daily data hardly ever tells where they bend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    ceiling: f64,
    half: f64,
}

impl Curve {
    /// A curve that nears `ceiling` (conversions, or units of value, a day) and reaches half of it at `half` units of
    /// money a day; `None` where either is not above zero.
    pub fn new(ceiling: f64, half: f64) -> Option<Self> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        (positive(ceiling) && positive(half)).then_some(Self { ceiling, half })
    }

    /// What no spend exceeds.
    pub fn ceiling(&self) -> f64 {
        self.ceiling
    }

    /// The spend that brings half of it.
    pub fn half(&self) -> f64 {
        self.half
    }

    /// What `spend` units of money bring.
    pub fn response(&self, spend: f64) -> f64 {
        self.ceiling * spend / (self.half + spend)
    }

    /// What one more unit of money brings at `spend`.
    pub fn marginal(&self, spend: f64) -> f64 {
        let below = self.half + spend;
        self.ceiling * self.half / (below * below)
    }
}

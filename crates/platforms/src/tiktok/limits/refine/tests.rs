//! One account that refines without a finding, and deviations from it.

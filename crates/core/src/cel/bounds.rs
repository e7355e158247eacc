//! How much one expression may cost: checked when it is compiled, and counted while it runs.

/// Longest expression, in bytes.
pub const MAX_LENGTH: usize = 2_000;
/// Most parts of one expression: names, literals, operators, calls.
pub const MAX_NODES: usize = 400;
/// Deepest nesting of brackets and of conditions with `?`: the parser goes down a level for each.
pub const MAX_DEPTH: usize = 24;
/// Deepest nesting of `all`, `exists`, `filter` and `map`.
pub const MAX_NESTING: usize = 2;
/// Most members of a list that an expression goes through; the longest list that a document can hold.
pub const MAX_MEMBERS: usize = 20_000;
/// Most steps of one evaluation: a loop over the longest list with a handful of parts in it, and far less than
/// two such loops in one another.
pub const MAX_STEPS: u64 = 500_000;
/// Largest regular expression, compiled, in bytes.
pub(crate) const MAX_PATTERN: usize = 256 * 1024;

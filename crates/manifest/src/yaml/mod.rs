//! YAML text to spanned nodes ([`parse`]), and nodes back to text ([`emit`]).
//!
//! A scalar keeps its text exactly as written and whether it was plain, so that the walker decides what it
//! means from the field's type: ids stay texts, and nothing is ever rounded.

pub(crate) mod emit;
pub(crate) mod node;
pub(crate) mod parse;
pub(crate) mod words;

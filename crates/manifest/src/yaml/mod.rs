//! YAML text to spanned nodes, and back.

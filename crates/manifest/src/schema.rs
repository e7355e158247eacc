//! JSON Schemas of the kinds and of the project file.

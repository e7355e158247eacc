//! Two macros that keep the kinds readable: blocks of optional fields, and closed lists of words.

/// A block of fields: those behind `[required]` first, every other may be left out, since absent means
/// unmanaged.
macro_rules! block {
    ($(#[$meta:meta])* $name:ident {
        $([required] { $($(#[$required_meta:meta])* $required:ident: $required_type:ty),+ $(,)? })?
        $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)?
    }) => {
        #[derive(
            Debug, Clone, PartialEq, Default, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema,
        )]
        $(#[$meta])*
        pub struct $name {
            $($($(#[$required_meta])* pub $required: $required_type,)+)?
            $(
                $(#[$field_meta])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
        }
    };
}

/// A closed list of words, each with what it means.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $first:ident = $first_doc:literal $(, $word:ident = $doc:literal)* $(,)? }) => {
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema,
        )]
        $(#[$meta])*
        pub enum $name {
            #[default]
            #[doc = $first_doc]
            $first,
            $(#[doc = $doc] $word,)*
        }
    };
}

pub(crate) use {block, words};

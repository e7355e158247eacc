//! What each resource looks like on the wire: field names, types, and who may write them.
//!
//! One description serves the strict JSON reader, update masks, the query language and the state dump.
//! Source: google-ads.md §3 (names, types and RO/IM markers), §0.5 (lowerCamelCase in JSON, `snake_case` in GAQL).

pub(super) mod ad;
pub(super) mod ad_group;
pub(super) mod asset;
pub(super) mod asset_group;
pub(super) mod bidding;
pub(super) mod budget;
pub(super) mod campaign;
pub(super) mod conversion;
pub(super) mod criterion;
pub(super) mod enums;
pub(super) mod report;
pub(super) mod shared;

/// Who may write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Written at create and by update masks.
    Writable,
    /// Written at create only (`IM`).
    Immutable,
    /// Never written by a client (`RO`).
    OutputOnly,
}

/// The type of a field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// `yyyy-MM-dd` or `yyyy-MM-dd HH:mm:ss`; compared as text.
    Date,
    Bytes,
    Int64,
    Int32,
    Double,
    Bool,
    /// Values besides `UNSPECIFIED` and `UNKNOWN`.
    Enum(&'static [&'static str]),
    /// A resource name in the given collection.
    Name(&'static str),
    Message(&'static [Field]),
    /// Any message of any resource (the old and new resource of a change event).
    Any,
}

/// One field of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// lowerCamelCase name.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) mode: Mode,
    pub(super) repeated: bool,
    pub(super) required: bool,
    /// The oneof group the field belongs to.
    pub(super) oneof: Option<&'static str>,
}

impl Field {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, mode: Mode::Writable, repeated: false, required: false, oneof: None }
    }

    pub(super) const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    pub(super) const fn date(name: &'static str) -> Self {
        Self::new(name, Kind::Date)
    }

    pub(super) const fn bytes(name: &'static str) -> Self {
        Self::new(name, Kind::Bytes)
    }

    pub(super) const fn int64(name: &'static str) -> Self {
        Self::new(name, Kind::Int64)
    }

    pub(super) const fn int32(name: &'static str) -> Self {
        Self::new(name, Kind::Int32)
    }

    pub(super) const fn double(name: &'static str) -> Self {
        Self::new(name, Kind::Double)
    }

    pub(super) const fn bool(name: &'static str) -> Self {
        Self::new(name, Kind::Bool)
    }

    pub(super) const fn choice(name: &'static str, values: &'static [&'static str]) -> Self {
        Self::new(name, Kind::Enum(values))
    }

    pub(super) const fn name(name: &'static str, collection: &'static str) -> Self {
        Self::new(name, Kind::Name(collection))
    }

    pub(super) const fn message(name: &'static str, fields: &'static [Field]) -> Self {
        Self::new(name, Kind::Message(fields))
    }

    pub(super) const fn any(name: &'static str) -> Self {
        Self::new(name, Kind::Any)
    }

    pub(super) const fn output(mut self) -> Self {
        self.mode = Mode::OutputOnly;
        self
    }

    pub(super) const fn immutable(mut self) -> Self {
        self.mode = Mode::Immutable;
        self
    }

    pub(super) const fn repeated(mut self) -> Self {
        self.repeated = true;
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn one_of(mut self, group: &'static str) -> Self {
        self.oneof = Some(group);
        self
    }

    /// The fields below this one, empty for anything but a message.
    pub(super) fn fields(&self) -> &'static [Field] {
        match self.kind {
            Kind::Message(fields) => fields,
            _ => &[],
        }
    }
}

/// The fields every resource starts with.
pub(super) const RESOURCE_NAME: Field = Field::text("resourceName").immutable();

/// Custom parameters and tracking, the same on campaigns, ad groups, ads and keywords (§3.2, §3.4).
pub(super) const CUSTOM_PARAMETER: &[Field] = &[Field::text("key"), Field::text("value")];

/// `targetingSetting` of campaigns and ad groups.
pub(super) const TARGETING_SETTING: &[Field] = &[Field::message(
    "targetRestrictions",
    &[Field::choice("targetingDimension", enums::TARGETING_DIMENSION), Field::bool("bidOnly")],
)
.repeated()];

/// A field by its JSON name, lowerCamelCase or `snake_case` as JSON readers of protocol buffers accept both.
pub(super) fn by_json_name(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    fields.iter().find(|field| field.name == name).or_else(|| by_snake_name(fields, name))
}

/// A field by its name in queries.
pub(super) fn by_snake_name(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    fields.iter().find(|field| is_snake_of(field.name, name))
}

/// Whether `snake` is the `snake_case` spelling of `camel`, compared without allocating.
fn is_snake_of(camel: &str, snake: &str) -> bool {
    let mut rest = snake.chars();
    for character in camel.chars() {
        if character.is_ascii_uppercase() {
            if rest.next() != Some('_') || rest.next() != Some(character.to_ascii_lowercase()) {
                return false;
            }
        } else if rest.next() != Some(character) {
            return false;
        }
    }
    rest.next().is_none()
}

/// The `snake_case` spelling of a lowerCamelCase name.
pub(super) fn snake(camel: &str) -> String {
    let mut text = String::with_capacity(camel.len() + 4);
    for character in camel.chars() {
        if character.is_ascii_uppercase() {
            text.push('_');
            text.push(character.to_ascii_lowercase());
        } else {
            text.push(character);
        }
    }
    text
}

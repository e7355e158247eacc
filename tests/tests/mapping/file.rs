//! The form of the files in `tests/mapping/`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// A platform: the name of its folder, of the sandbox's root and of its first account there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    Google,
    Meta,
    TikTok,
}

impl Vendor {
    pub(crate) const ALL: [Self; 3] = [Self::Google, Self::Meta, Self::TikTok];

    /// As in folders and in the sandbox's paths.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Meta => "meta",
            Self::TikTok => "tiktok",
        }
    }

    /// The seeded account of a currency.
    pub(crate) fn account(self, currency: Currency) -> String {
        let number = currency as u8 + 1;
        match self {
            Self::Google => format!("100000000{number}"),
            Self::Meta => format!("act_100000000{number}"),
            Self::TikTok => format!("700000000000000000{number}"),
        }
    }
}

/// The currencies of the seeded accounts, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Currency {
    Eur,
    Usd,
    Jpy,
}

impl Currency {
    pub(crate) const ALL: [Self; 3] = [Self::Eur, Self::Usd, Self::Jpy];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Eur => "EUR",
            Self::Usd => "USD",
            Self::Jpy => "JPY",
        }
    }

    pub(crate) fn zone(self) -> &'static str {
        match self {
            Self::Eur => "Europe/Madrid",
            Self::Usd => "America/New_York",
            Self::Jpy => "Asia/Tokyo",
        }
    }
}

/// One file: the rows of one table of the mapping.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    /// Its number on the mapping page.
    #[serde(rename = "section")]
    pub(crate) number: String,
    pub(crate) title: String,
    /// The project that rows start from: a file in `base/`, without its ending.
    pub(crate) base: String,
    pub(crate) rows: Vec<Row>,
}

impl Section {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let value: Value =
            serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        if let Some(problem) = unknown_key(&value) {
            return Err(format!("{}: {problem}", path.display()));
        }
        let section: Self =
            serde_json::from_value(value).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut names: Vec<&str> = section.rows.iter().map(|row| row.name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.iter().zip(names.iter().skip(1)).find(|(one, next)| one == next) {
            return Err(format!("{}: two rows are called `{}`", path.display(), twice.0));
        }
        if names.is_empty() {
            return Err(format!("{}: it has no rows", path.display()));
        }
        Ok(section)
    }
}

/// One row of the mapping: what is written, and what must come of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    #[serde(rename = "row")]
    pub(crate) name: String,
    /// A base of its own.
    pub(crate) base: Option<String>,
    /// Options of the sandbox, as for `POST /_sandbox/options`.
    pub(crate) options: Option<Value>,
    /// Calls to the vendor's API before anything else, as a person's other tools would make them.
    #[serde(default)]
    pub(crate) calls: Vec<Call>,
    /// The first plan and apply.
    #[serde(flatten)]
    pub(crate) first: Step,
    /// What comes after it.
    #[serde(default)]
    pub(crate) then: Vec<Step>,
    /// `false` where an import cannot hold everything; the row's note says why.
    #[serde(default = "yes")]
    pub(crate) import: bool,
    /// Texts that must be in the imported files.
    #[serde(default)]
    pub(crate) imported: Vec<String>,
}

impl Row {
    /// Whether it only holds in euros: refusals point at texts with amounts, and edits and calls speak the
    /// vendor's numbers.
    pub(crate) fn is_about_euros(&self) -> bool {
        let speaks = |step: &Step| !step.refuse.is_empty() || !step.edit.is_empty();
        !self.calls.is_empty() || std::iter::once(&self.first).chain(&self.then).any(speaks)
    }
}

/// Keys of a row that a step does not have. A `note` is for the reader of `docs/mapping.md`.
const ROW_KEYS: [&str; 8] = ["row", "note", "base", "options", "calls", "then", "import", "imported"];
const STEP_KEYS: [&str; 14] = [
    "set", "meta", "add", "drop", "edit", "advance", "apply", "refuse", "warns", "plan", "money", "wire",
    "log", "status",
];

/// Changes, and what must be seen after they were applied.
#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    /// Merge patches (RFC 7396) of `spec`, by `Kind/name`.
    #[serde(default)]
    pub(crate) set: BTreeMap<String, Value>,
    /// Merge patches of `metadata`, by `Kind/name`.
    #[serde(default)]
    pub(crate) meta: BTreeMap<String, Value>,
    /// Whole documents; `apiVersion` may be left out.
    #[serde(default)]
    pub(crate) add: Vec<Value>,
    /// Documents to remove, by `Kind/name`.
    #[serde(default)]
    pub(crate) drop: Vec<String>,
    /// Edits on the platform, as a person would make them.
    #[serde(default)]
    pub(crate) edit: Vec<Edit>,
    /// Lets the platform's clock go on: `2h`.
    pub(crate) advance: Option<String>,
    /// `false`: look at the plan, do not apply it.
    #[serde(default = "yes")]
    pub(crate) apply: bool,
    /// Errors that must be found; nothing is applied then.
    #[serde(default)]
    pub(crate) refuse: Vec<Finding>,
    /// Warnings and notes that must be found.
    #[serde(default)]
    pub(crate) warns: Vec<Finding>,
    /// Per object its action, or a part of its change in the plan document; others must have none.
    pub(crate) plan: Option<BTreeMap<String, Value>>,
    /// A part of the plan document's `money`.
    pub(crate) money: Option<Value>,
    /// Parts of objects on the platform, by collection.
    #[serde(default)]
    pub(crate) wire: BTreeMap<String, Vec<Value>>,
    /// Parts of entries of the sandbox's request log.
    #[serde(default)]
    pub(crate) log: Vec<Value>,
    /// Part of what `get -o json` shows, by object.
    #[serde(default)]
    pub(crate) status: BTreeMap<String, Value>,
}

fn yes() -> bool {
    true
}

/// Misspelt keys would be rows that prove nothing.
fn unknown_key(section: &Value) -> Option<String> {
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for row in list(&section["rows"]) {
        let name = row["row"].as_str().unwrap_or("?").to_owned();
        let known = |key: &str| ROW_KEYS.contains(&key) || STEP_KEYS.contains(&key);
        if let Some(key) = members(&row).keys().find(|key| !known(key)) {
            return Some(format!("row `{name}` has an unknown key `{key}`"));
        }
        for step in list(&row["then"]) {
            if let Some(key) = members(&step).keys().find(|key| !STEP_KEYS.contains(&key.as_str())) {
                return Some(format!("a step of row `{name}` has an unknown key `{key}`"));
            }
        }
    }
    None
}

/// A person's edit of live objects.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    pub(crate) collection: String,
    /// Which objects: a part of each; all when left out.
    #[serde(rename = "where")]
    pub(crate) matching: Option<Value>,
    pub(crate) set: Value,
    #[serde(default = "somebody")]
    pub(crate) actor: String,
}

fn somebody() -> String {
    "sam@shop.example".into()
}

/// A call to the vendor's API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Below the vendor's root; `{account}` is the account's id.
    pub(crate) path: String,
    pub(crate) json: Option<Value>,
    pub(crate) form: Option<BTreeMap<String, String>>,
}

/// A diagnostic that must be there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
    pub(crate) code: String,
    /// In its message or hint.
    pub(crate) says: Option<String>,
    /// In the line it points at.
    pub(crate) at: Option<String>,
}

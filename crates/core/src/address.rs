//! Addresses: how people and plans name one object on one account.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{AdName, Namespace, ObjectName};

/// An advertising platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Platform {
    /// Google Ads.
    Google,
    /// Meta Ads.
    Meta,
    /// TikTok Ads.
    TikTok,
}

impl Platform {
    /// All platforms, in order.
    pub const ALL: [Self; 3] = [Self::Google, Self::Meta, Self::TikTok];

    /// The lower-case word used in addresses and folders.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Meta => "meta",
            Self::TikTok => "tiktok",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Google => "Google Ads",
            Self::Meta => "Meta Ads",
            Self::TikTok => "TikTok Ads",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.slug())
    }
}

/// A kind of object that a plan can change.
///
/// The order is the order of creation: a shared budget before its campaigns, parents before children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Kind {
    /// A vendor's shared budget.
    Budget,
    /// A campaign.
    Campaign,
    /// An ad group: Google ad group or asset group, Meta ad set, TikTok ad group.
    AdGroup,
    /// An ad with its creative.
    Ad,
}

impl Kind {
    /// All kinds, parents first.
    pub const ALL: [Self; 4] = [Self::Budget, Self::Campaign, Self::AdGroup, Self::Ad];

    /// The word in addresses, as in YAML's `kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Budget => "Budget",
            Self::Campaign => "Campaign",
            Self::AdGroup => "AdGroup",
            Self::Ad => "Ad",
        }
    }

    /// Reads the word in any case, also `ad-group` and plurals as people type them.
    pub fn parse_loosely(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase().replace(['-', '_'], "");
        Self::ALL.into_iter().find(|kind| {
            let word = kind.word().to_ascii_lowercase();
            text == word || text == format!("{word}s")
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Which `AdAccount` document is meant: accounts are referenced inside their namespace only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountKey {
    /// Namespace of the `AdAccount` and of everything on it.
    pub namespace: Namespace,
    /// Name of the `AdAccount`.
    pub name: ObjectName,
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// One object on one account: `meta/meta-eu/Campaign/growth/spring-sale`.
///
/// An ad's address carries its ad group: `meta/meta-eu/Ad/growth/spring-sale-es/hero`. Displays and parses
/// the same text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The platform of the account.
    pub platform: Platform,
    /// The account's name; its namespace is [`Address::namespace`].
    pub account: ObjectName,
    /// What it is.
    pub kind: Kind,
    /// Namespace.
    pub namespace: Namespace,
    /// `metadata.name`; for an ad the name of its ad group.
    pub name: ObjectName,
    /// The ad's own name; present exactly when `kind` is [`Kind::Ad`].
    pub ad: Option<AdName>,
}

impl Address {
    /// The account this address lies on.
    pub fn account_key(&self) -> AccountKey {
        AccountKey { namespace: self.namespace.clone(), name: self.account.clone() }
    }

    /// The identity inside (account, namespace, kind): the name, for an ad `<ad group>/<ad>`.
    pub fn local_name(&self) -> String {
        match &self.ad {
            Some(ad) => format!("{}/{ad}", self.name),
            None => self.name.to_string(),
        }
    }

    /// What people type: `campaign/spring-sale`, `ad/spring-sale-es/hero`.
    pub fn short(&self) -> String {
        let kind = match self.kind {
            Kind::AdGroup => "ad-group",
            Kind::Budget => "budget",
            Kind::Campaign => "campaign",
            Kind::Ad => "ad",
        };
        format!("{kind}/{}", self.local_name())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}/{}", self.platform, self.account, self.kind, self.namespace, self.name)?;
        if let Some(ad) = &self.ad {
            write!(f, "/{ad}")?;
        }
        Ok(())
    }
}

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an address: write `platform/account/Kind/namespace/name`, for an ad `…/Ad/namespace/ad-group/ad`"
)]
pub struct InvalidAddress {
    /// The refused text.
    pub text: String,
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let invalid = || InvalidAddress { text: text.to_owned() };
        let mut parts = text.splitn(6, '/');
        let mut next = || parts.next().ok_or_else(invalid);
        let (platform, account, kind) = (next()?, next()?, next()?);
        let (namespace, name) = (next()?, next()?);
        let ad = parts.next();
        let platform =
            Platform::ALL.into_iter().find(|candidate| candidate.slug() == platform).ok_or_else(invalid)?;
        let kind = Kind::ALL.into_iter().find(|candidate| candidate.word() == kind).ok_or_else(invalid)?;
        if (kind == Kind::Ad) != ad.is_some() {
            return Err(invalid());
        }
        Ok(Self {
            platform,
            account: ObjectName::new(account).map_err(|_| invalid())?,
            kind,
            namespace: Namespace::new(namespace).map_err(|_| invalid())?,
            name: ObjectName::new(name).map_err(|_| invalid())?,
            ad: ad.map(AdName::new).transpose().map_err(|_| invalid())?,
        })
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "`platform/account/Kind/namespace/name`, for an ad `…/Ad/namespace/ad-group/ad`",
            "pattern": "^(google|meta|tiktok)/[^/]+/(Budget|Campaign|AdGroup|Ad)/[^/]+/[^/]+(/[^/]+)?$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_and_parse_agree() {
        for text in
            ["meta/meta-eu/Campaign/growth/spring-sale", "meta/meta-eu/Ad/growth/spring-sale-es/Hero 1"]
        {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_not_an_address() {
        for text in ["", "meta/a/Campaign/b", "meta/a/Ad/b/c", "meta/a/Campaign/b/c/d", "bing/a/Campaign/b/c"]
        {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn kinds_are_read_as_people_type_them() {
        for text in ["AdGroup", "adgroups", "ad-group", "ad_groups"] {
            assert_eq!(Kind::parse_loosely(text), Some(Kind::AdGroup), "{text}");
        }
    }
}

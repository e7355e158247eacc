//! Label selectors: `team=growth,season!=winter,reviewed`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;

/// Requirements that labels must all meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(Vec<(String, Requirement)>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    Equals(String),
    Differs(String),
    Present,
}

/// A text that is not a selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a label selector")]
pub struct InvalidSelector(pub String);

impl FromStr for Selector {
    type Err = InvalidSelector;

    fn from_str(text: &str) -> Result<Self, InvalidSelector> {
        let term = |term: &str| {
            let term = term.trim();
            let (key, requirement) = if let Some((key, value)) = term.split_once("!=") {
                (key, Requirement::Differs(value.to_owned()))
            } else if let Some((key, value)) = term.split_once('=') {
                (key, Requirement::Equals(value.trim_start_matches('=').to_owned()))
            } else {
                (term, Requirement::Present)
            };
            if key.is_empty() {
                return Err(InvalidSelector(text.to_owned()));
            }
            Ok((key.to_owned(), requirement))
        };
        text.split(',').map(term).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, requirement)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match requirement {
                Requirement::Equals(value) => write!(f, "{comma}{key}={value}")?,
                Requirement::Differs(value) => write!(f, "{comma}{key}!={value}")?,
                Requirement::Present => write!(f, "{comma}{key}")?,
            }
        }
        Ok(())
    }
}

impl Selector {
    /// Whether labels meet every requirement.
    pub fn accepts(&self, labels: &BTreeMap<CompactString, CompactString>) -> bool {
        self.0.iter().all(|(key, requirement)| {
            let value = labels.get(key.as_str()).map(CompactString::as_str);
            match requirement {
                Requirement::Equals(wanted) => value == Some(wanted),
                Requirement::Differs(unwanted) => value != Some(unwanted),
                Requirement::Present => value.is_some(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_must_be_met() {
        let labels = [("team".into(), "growth".into()), ("reviewed".into(), "yes".into())].into();
        for (text, accepted) in [
            ("team=growth", true),
            ("team==growth, reviewed", true),
            ("team=growth,reviewed!=yes", false),
            ("season!=winter", true),
            ("season", false),
        ] {
            assert_eq!(text.parse::<Selector>().unwrap().accepts(&labels), accepted, "{text}");
        }
        assert_eq!("a=b,c!=d,e".parse::<Selector>().unwrap().to_string(), "a=b,c!=d,e");
        for text in ["", "=b", "a=b,,c"] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }
}

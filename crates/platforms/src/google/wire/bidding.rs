//! Bid strategies: neutral words, and the members of the campaign's oneof.
//!
//! Sources: mapping §5; google-ads.md §3.3. A target set through a `maximize…` member and the standard member
//! mean the same; a target of zero means none.

use adplane_core::money::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{at, decimal, integer, money, number, text};

/// Micros of one percent of impression share.
const SHARE_MICROS: i64 = 10_000;

/// A strategy that Google has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Strategy {
    ManualCpc,
    MaximizeClicks,
    MaximizeConversions,
    TargetCpa,
    MaximizeConversionValue,
    TargetRoas,
    TargetImpressionShare,
}

impl Strategy {
    pub(in super::super) const ALL: [Self; 7] = [
        Self::ManualCpc,
        Self::MaximizeClicks,
        Self::MaximizeConversions,
        Self::TargetCpa,
        Self::MaximizeConversionValue,
        Self::TargetRoas,
        Self::TargetImpressionShare,
    ];

    /// The word in YAML.
    pub(in super::super) fn word(self) -> &'static str {
        match self {
            Self::ManualCpc => "ManualCpc",
            Self::MaximizeClicks => "MaximizeClicks",
            Self::MaximizeConversions => "MaximizeConversions",
            Self::TargetCpa => "TargetCpa",
            Self::MaximizeConversionValue => "MaximizeConversionValue",
            Self::TargetRoas => "TargetRoas",
            Self::TargetImpressionShare => "TargetImpressionShare",
        }
    }

    /// Reads the word.
    pub(in super::super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.word() == word)
    }

    /// Values it needs, and values it may have besides.
    pub(in super::super) fn values(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::ManualCpc => (&[], &["bid"]),
            Self::MaximizeClicks => (&[], &["maxCpc"]),
            Self::MaximizeConversions | Self::MaximizeConversionValue => (&[], &[]),
            Self::TargetCpa => (&["amount"], &[]),
            Self::TargetRoas => (&["roas"], &[]),
            Self::TargetImpressionShare => (&["location", "share", "maxCpc"], &[]),
        }
    }
}

/// Words of `bidding.location` with the vendor's.
pub(in super::super) const LOCATIONS: [(&str, &str); 3] = [
    ("AnywhereOnPage", "ANYWHERE_ON_PAGE"),
    ("TopOfPage", "TOP_OF_PAGE"),
    ("AbsoluteTopOfPage", "ABSOLUTE_TOP_OF_PAGE"),
];

/// A strategy with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Bidding {
    pub(in super::super) strategy: Strategy,
    pub(in super::super) amount: Option<Money>,
    pub(in super::super) roas: Option<Decimal>,
    pub(in super::super) max_cpc: Option<Money>,
    pub(in super::super) location: Option<&'static str>,
    /// Percent.
    pub(in super::super) share: Option<Decimal>,
}

impl Bidding {
    /// A strategy without values.
    pub(in super::super) fn new(strategy: Strategy) -> Self {
        Self { strategy, amount: None, roas: None, max_cpc: None, location: None, share: None }
    }

    /// Reads the member that a campaign carries; `None` for portfolios and members without a neutral word.
    pub(in super::super) fn read(campaign: &Value, currency: Currency) -> Option<Self> {
        let member = |name: &str| at(campaign, name).filter(|value| value.is_object());
        let kind = text(campaign, "biddingStrategyType").unwrap_or_default();
        let is = |name: &str, word: &str| member(name).is_some() || kind == word;
        let cpa = ["maximizeConversions.targetCpaMicros", "targetCpa.targetCpaMicros"]
            .into_iter()
            .find_map(|path| money(campaign, path, currency));
        let roas = ["maximizeConversionValue.targetRoas", "targetRoas.targetRoas"]
            .into_iter()
            .find_map(|path| decimal(campaign, path));
        if is("maximizeConversions", "MAXIMIZE_CONVERSIONS") || is("targetCpa", "TARGET_CPA") {
            let strategy = if cpa.is_some() { Strategy::TargetCpa } else { Strategy::MaximizeConversions };
            Some(Self { amount: cpa, ..Self::new(strategy) })
        } else if is("maximizeConversionValue", "MAXIMIZE_CONVERSION_VALUE")
            || is("targetRoas", "TARGET_ROAS")
        {
            let strategy =
                if roas.is_some() { Strategy::TargetRoas } else { Strategy::MaximizeConversionValue };
            Some(Self { roas, ..Self::new(strategy) })
        } else if is("targetSpend", "TARGET_SPEND") {
            let max_cpc = money(campaign, "targetSpend.cpcBidCeilingMicros", currency);
            Some(Self { max_cpc, ..Self::new(Strategy::MaximizeClicks) })
        } else if is("targetImpressionShare", "TARGET_IMPRESSION_SHARE") {
            Some(Self::read_impression_share(campaign, currency))
        } else if is("manualCpc", "MANUAL_CPC") {
            Some(Self::new(Strategy::ManualCpc))
        } else {
            None
        }
    }

    fn read_impression_share(campaign: &Value, currency: Currency) -> Self {
        let wire = text(campaign, "targetImpressionShare.location").unwrap_or_default();
        Self {
            location: LOCATIONS.iter().find(|(_, vendor)| *vendor == wire).map(|(word, _)| *word),
            share: integer(campaign, "targetImpressionShare.locationFractionMicros")
                .map(|micros| Decimal::from(micros) / Decimal::from(SHARE_MICROS)),
            max_cpc: money(campaign, "targetImpressionShare.cpcBidCeilingMicros", currency),
            ..Self::new(Strategy::TargetImpressionShare)
        }
    }

    /// The member's name, its value, and the leaves that an update masks.
    pub(in super::super) fn member(&self) -> (&'static str, Value, Vec<&'static str>) {
        let mut value = Map::new();
        let mut set = |leaf: &str, amount: Option<Value>| {
            if let Some(amount) = amount {
                value.insert(leaf.to_owned(), amount);
            }
        };
        let micros = |money: Option<Money>| money.map(|money| json!(money.micros().to_string()));
        let (name, masks): (&str, &[&str]) = match self.strategy {
            Strategy::ManualCpc => {
                set("enhancedCpcEnabled", Some(json!(false)));
                ("manualCpc", &["manualCpc.enhancedCpcEnabled"])
            }
            Strategy::MaximizeClicks => {
                set("cpcBidCeilingMicros", micros(self.max_cpc));
                ("targetSpend", &["targetSpend.cpcBidCeilingMicros"])
            }
            Strategy::MaximizeConversions | Strategy::TargetCpa => {
                set("targetCpaMicros", micros(self.amount));
                ("maximizeConversions", &["maximizeConversions.targetCpaMicros"])
            }
            Strategy::MaximizeConversionValue | Strategy::TargetRoas => {
                set("targetRoas", self.roas.map(number));
                ("maximizeConversionValue", &["maximizeConversionValue.targetRoas"])
            }
            Strategy::TargetImpressionShare => {
                let wire = LOCATIONS.iter().find(|(word, _)| Some(*word) == self.location);
                set("location", wire.map(|(_, vendor)| json!(vendor)));
                let fraction = self.share.map(|share| (share * Decimal::from(SHARE_MICROS)).normalize());
                set("locationFractionMicros", fraction.map(|micros| json!(micros.to_string())));
                set("cpcBidCeilingMicros", micros(self.max_cpc));
                let masks: &[&str] = &[
                    "targetImpressionShare.location",
                    "targetImpressionShare.locationFractionMicros",
                    "targetImpressionShare.cpcBidCeilingMicros",
                ];
                ("targetImpressionShare", masks)
            }
        };
        (name, Value::Object(value), masks.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bidding: &Bidding) {
        let (name, value, masks) = bidding.member();
        let campaign = json!({ name: value });
        assert_eq!(Bidding::read(&campaign, Currency::EUR).as_ref(), Some(bidding), "{campaign}");
        assert!(masks.iter().all(|mask| mask.starts_with(&format!("{name}."))));
    }

    #[test]
    fn every_strategy_reads_back() {
        let eur = |micros| Some(Money::from_micros(micros, Currency::EUR));
        for strategy in Strategy::ALL {
            let mut bidding = Bidding::new(strategy);
            match strategy {
                Strategy::TargetCpa => bidding.amount = eur(18_000_000),
                Strategy::TargetRoas => bidding.roas = Some("3.5".parse().unwrap()),
                Strategy::MaximizeClicks => bidding.max_cpc = eur(1_200_000),
                Strategy::TargetImpressionShare => {
                    bidding.location = Some("TopOfPage");
                    bidding.share = Some("65".parse().unwrap());
                    bidding.max_cpc = eur(2_000_000);
                }
                _ => {}
            }
            check(&bidding);
        }
    }

    #[test]
    fn standard_members_equal_the_maximize_forms() {
        let target =
            json!({"targetCpa": {"targetCpaMicros": "5000000"}, "biddingStrategyType": "TARGET_CPA"});
        assert_eq!(Bidding::read(&target, Currency::EUR).unwrap().strategy, Strategy::TargetCpa);
        let zero = json!({"maximizeConversionValue": {"targetRoas": 0.0}});
        assert_eq!(Bidding::read(&zero, Currency::EUR).unwrap().strategy, Strategy::MaximizeConversionValue);
        let empty = json!({"biddingStrategyType": "MAXIMIZE_CONVERSIONS"});
        assert_eq!(Bidding::read(&empty, Currency::EUR).unwrap().strategy, Strategy::MaximizeConversions);
        assert_eq!(Bidding::read(&json!({"commission": {}}), Currency::EUR), None);
    }
}

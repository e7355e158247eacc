//! What an action changes, and where there is such a thing: a table, since platforms keep budgets, bids and targets at
//! different levels.

use super::action::Action;
use super::compile::Reach;
use super::source::RuleScope;
use crate::address::{Kind, Platform};
use crate::diagnostic::Diagnostic;

/// What an action changes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Whether it runs.
    State,
    /// A budget of its own.
    Budget,
    /// A bid: `bidding.bid`, `bidding.maxCpc`, or the amount of `BidCap`.
    Bid,
    /// A target that the platform bids for: the amount of `TargetCpa` or `CostCap`, or `bidding.roas`.
    Target,
    /// A creative.
    Creative,
    /// Labels of its own.
    Labels,
    /// Nothing: people are told.
    Nothing,
}

const ALL: &[Platform] = &Platform::ALL;
const GOOGLE: &[Platform] = &[Platform::Google];
const GOOGLE_META: &[Platform] = &[Platform::Google, Platform::Meta];
const META_TIKTOK: &[Platform] = &[Platform::Meta, Platform::TikTok];

/// Which kinds have it, and on which platforms; what is not here has it nowhere.
///
/// As the mapping has it: what is written on a campaign for its ad groups is theirs (bids and targets on Meta and TikTok),
/// TikTok's custom bid is a cost cap and so a target, and a budget that campaigns share is git's alone.
const TABLE: [(Need, Kind, &[Platform]); 17] = [
    (Need::State, Kind::Campaign, ALL),
    (Need::State, Kind::AdGroup, ALL),
    (Need::State, Kind::Ad, ALL),
    (Need::Budget, Kind::Campaign, ALL),
    (Need::Budget, Kind::AdGroup, META_TIKTOK),
    (Need::Bid, Kind::Campaign, GOOGLE),
    (Need::Bid, Kind::AdGroup, GOOGLE_META),
    (Need::Target, Kind::Campaign, GOOGLE),
    (Need::Target, Kind::AdGroup, ALL),
    (Need::Creative, Kind::Ad, ALL),
    (Need::Labels, Kind::Budget, ALL),
    (Need::Labels, Kind::Campaign, ALL),
    (Need::Labels, Kind::AdGroup, ALL),
    (Need::Nothing, Kind::Budget, ALL),
    (Need::Nothing, Kind::Campaign, ALL),
    (Need::Nothing, Kind::AdGroup, ALL),
    (Need::Nothing, Kind::Ad, ALL),
];

impl Need {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::State, Self::Budget, Self::Bid, Self::Target, Self::Creative, Self::Labels, Self::Nothing];

    /// Whether objects of a kind have it on a platform.
    pub fn is_met(self, kind: Kind, platform: Platform) -> bool {
        self.platforms(kind).contains(&platform)
    }

    /// The platforms where objects of a kind have it.
    fn platforms(self, kind: Kind) -> &'static [Platform] {
        let row = TABLE.iter().find(|(need, of, _)| (*need, *of) == (self, kind));
        row.map_or(&[], |(.., platforms)| platforms)
    }

    /// The word for several of them.
    fn words(self) -> &'static str {
        match self {
            Self::State => "states",
            Self::Budget => "budgets that rules may change",
            Self::Bid => "bids",
            Self::Target => "targets",
            Self::Creative => "creatives",
            Self::Labels => "labels of their own",
            Self::Nothing => "words",
        }
    }
}

impl<E> Action<E> {
    /// What it changes of an object.
    pub fn need(&self) -> Need {
        match self {
            Self::Pause { .. } => Need::State,
            Self::SetBudget(_)
            | Self::AdjustBudget { .. }
            | Self::ScaleToTarget { .. }
            | Self::Rebalance { .. } => Need::Budget,
            Self::AdjustBid { .. } => Need::Bid,
            Self::SetTarget(_) => Need::Target,
            Self::RotateCreative(_) => Need::Creative,
            Self::Label(_) => Need::Labels,
            Self::Notify(_) | Self::ProposePr(_) | Self::RunReport(_) => Need::Nothing,
        }
    }
}

/// Says that an action changes nothing of what a rule looks at, and what would; `None` where it can change something on every
/// account in scope. Without accounts, where it can on any platform.
pub fn unable<E>(action: &Action<E>, scope: &RuleScope, reach: &Reach) -> Option<Diagnostic> {
    let (need, kind) = (action.need(), scope.kind);
    let lacks = |platform: Platform| !need.is_met(kind, platform);
    let on = match reach.accounts.iter().find(|account| lacks(account.platform)) {
        Some(account) => {
            format!(" on {}; AdAccount `{}` is in scope", account.platform.title(), account.key.name)
        }
        None if !reach.accounts.is_empty() => return None,
        None => {
            let named =
                |platform: &Platform| scope.platforms.is_empty() || scope.platforms.contains(platform);
            if Platform::ALL.into_iter().filter(named).any(|platform| !lacks(platform)) {
                return None;
            }
            let platforms: Vec<&str> = scope.platforms.iter().map(|platform| platform.title()).collect();
            if platforms.is_empty() { String::new() } else { format!(" on {}", platforms.join(", ")) }
        }
    };
    let (word, needed, kinds) = (action.word(), need.words(), plural(kind));
    let message = format!("`{word}` changes {needed}, and {kinds} have none{on}");
    Some(Diagnostic::error("rule-no-field", message).hint(hint(need, kind)))
}

/// What has it, and where.
fn hint(need: Need, kind: Kind) -> String {
    let short = |platforms: &[Platform]| -> String {
        platforms.iter().map(|platform| named(*platform)).collect::<Vec<_>>().join(", ")
    };
    let have = Kind::ALL.into_iter().filter_map(|kind| {
        let platforms = need.platforms(kind);
        let on =
            if platforms.len() == ALL.len() { String::new() } else { format!(" on {}", short(platforms)) };
        (!platforms.is_empty()).then(|| format!("`{}`{on}", kind.word()))
    });
    let have = have.collect::<Vec<_>>().join(", ");
    let narrower = Some(need.platforms(kind)).filter(|platforms| !platforms.is_empty());
    let narrower =
        narrower.map(|platforms| format!("; or narrow `scope.platforms` to `[{}]`", short(platforms)));
    format!("kinds that can: {have}{}", narrower.unwrap_or_default())
}

/// The word in YAML.
fn named(platform: Platform) -> &'static str {
    match platform {
        Platform::Google => "Google",
        Platform::Meta => "Meta",
        Platform::TikTok => "TikTok",
    }
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Budget => "shared budgets",
        Kind::Campaign => "campaigns",
        Kind::AdGroup => "ad groups",
        Kind::Ad => "ads",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::action::{Bounds, Step, TargetValue};
    use super::super::compile::ReachedAccount;
    use super::*;
    use crate::address::AccountKey;
    use crate::money::{Currency, Money};

    /// Every action, with where it can change something: campaigns, ad groups, ads and shared budgets on `g`oogle, `m`eta
    /// and `t`iktok.
    fn table() -> [(Action<()>, [&'static str; 4]); 12] {
        let (bounds, by) = (Bounds::default(), Step::Share(-2_000));
        let euros = Money::from_micros(50_000_000, Currency::EUR);
        let (actual, target) = ((), ());
        [
            (Action::Pause { hold_for: None }, ["gmt", "gmt", "gmt", ""]),
            (Action::SetBudget(euros), ["gmt", "mt", "", ""]),
            (Action::AdjustBudget { by, bounds, until_midnight: false }, ["gmt", "mt", "", ""]),
            (Action::ScaleToTarget { actual, target, bounds, max_step: 2_000 }, ["gmt", "mt", "", ""]),
            (Action::AdjustBid { by, bounds }, ["g", "gm", "", ""]),
            (Action::SetTarget(TargetValue::Cpa(euros)), ["g", "gmt", "", ""]),
            (Action::RotateCreative(vec!["hero".into()]), ["", "", "gmt", ""]),
            (Action::Rebalance { by: 2_000, bounds }, ["gmt", "mt", "", ""]),
            (Action::Label(BTreeMap::new()), ["gmt", "gmt", "", "gmt"]),
            (Action::Notify(()), ["gmt", "gmt", "gmt", "gmt"]),
            (Action::ProposePr(()), ["gmt", "gmt", "gmt", "gmt"]),
            (Action::RunReport("week".into()), ["gmt", "gmt", "gmt", "gmt"]),
        ]
    }

    const KINDS: [Kind; 4] = [Kind::Campaign, Kind::AdGroup, Kind::Ad, Kind::Budget];

    fn scope(kind: Kind, platforms: &[Platform]) -> RuleScope {
        RuleScope {
            kind,
            accounts: BTreeSet::default(),
            platforms: platforms.iter().copied().collect(),
            labels: BTreeMap::new(),
        }
    }

    fn reach(platforms: &[Platform]) -> Reach {
        let account = |platform: &Platform| ReachedAccount {
            key: AccountKey {
                namespace: "shop".parse().unwrap(),
                name: format!("{}-es", platform.slug()).parse().unwrap(),
            },
            platform: *platform,
            currency: Currency::EUR,
        };
        Reach { accounts: platforms.iter().map(account).collect() }
    }

    #[test]
    fn every_action_on_every_kind_and_platform() {
        for (action, places) in table() {
            for (kind, on) in KINDS.into_iter().zip(places) {
                let can = |platform: Platform| on.contains(&platform.slug()[..1]);
                for platform in Platform::ALL {
                    let told = unable(&action, &scope(kind, &[]), &reach(&[platform]));
                    let case = format!("{} of {kind} on {platform:?}", action.word());
                    assert_eq!(told.is_none(), can(platform), "{case}: {told:?}");
                    let Some(Diagnostic { message, hint: Some(hint), .. }) = told else { continue };
                    assert!(message.starts_with(&format!("`{}` changes ", action.word())), "{message}");
                    assert!(message.ends_with(&format!("AdAccount `{}-es` is in scope", platform.slug())));
                    let named = KINDS.into_iter().zip(places).filter(|(_, on)| !on.is_empty());
                    for (able, _) in named {
                        assert!(hint.contains(&format!("`{}`", able.word())), "{case}: {hint}");
                    }
                    let offline = unable(&action, &scope(kind, &[platform]), &Reach::default());
                    assert!(offline.is_some(), "{case}, without an account");
                }
                let anywhere = unable(&action, &scope(kind, &[]), &Reach::default());
                assert_eq!(anywhere.is_none(), !on.is_empty(), "{} of {kind} anywhere", action.word());
                let everywhere = unable(&action, &scope(kind, &[]), &reach(&Platform::ALL));
                assert_eq!(everywhere.is_none(), on.len() == 3, "{} of {kind} everywhere", action.word());
            }
        }
    }

    #[test]
    fn the_message_says_which_kinds_can() {
        let bid = Action::<()>::AdjustBid { by: Step::Share(-2_000), bounds: Bounds::default() };
        let told = unable(&bid, &scope(Kind::AdGroup, &[]), &reach(&Platform::ALL)).unwrap();
        assert_eq!(
            (told.message, told.hint.unwrap()),
            (
                "`adjustBid` changes bids, and ad groups have none on TikTok Ads; AdAccount `tiktok-es` is in scope"
                    .to_owned(),
                "kinds that can: `Campaign` on Google, `AdGroup` on Google, Meta; or narrow `scope.platforms` to \
                 `[Google, Meta]`"
                    .to_owned(),
            )
        );
        let rotate = Action::<()>::RotateCreative(Vec::new());
        let told = unable(&rotate, &scope(Kind::Campaign, &[]), &Reach::default()).unwrap();
        assert_eq!(told.message, "`rotateCreative` changes creatives, and campaigns have none");
        assert_eq!(told.hint.as_deref(), Some("kinds that can: `Ad`"));
    }

    #[test]
    fn the_table_says_each_thing_once() {
        let rows: BTreeSet<(Need, Kind)> = TABLE.iter().map(|(need, kind, _)| (*need, *kind)).collect();
        assert_eq!(rows.len(), TABLE.len());
    }
}

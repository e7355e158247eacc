//! Where people meet an ad, and what each place shows of it.
//!
//! A preview shows what is certain: words, pictures and button in the place's order, cut where the place cuts them. It
//! does not imitate a vendor's brand.

use adplane_core::address::Platform;

use super::ad::Creative;
use super::picture::{Picture, nearest};
use crate::render::safe::cut;

/// Thousand times width over height of what places show.
const WIDE: u32 = 1_910;
const SQUARE: u32 = 1_000;
const TALL: u32 = 562;

/// One preview.
#[derive(Default)]
pub(super) struct Placement {
    /// What the place is called.
    pub(super) title: &'static str,
    /// How it looks: the name of its part in the template and of its class in the style sheet.
    pub(super) shape: &'static str,
    /// In whose name it appears.
    pub(super) who: String,
    /// The first letter of that, where there is no logo.
    pub(super) initial: String,
    pub(super) logo: Picture,
    /// The address as people see it.
    pub(super) address: String,
    pub(super) headline: String,
    pub(super) text: String,
    pub(super) description: String,
    pub(super) button: String,
    pub(super) picture: Picture,
    pub(super) video: bool,
    pub(super) music: bool,
    pub(super) cards: Vec<Card>,
}

/// One card of a carousel.
pub(super) struct Card {
    pub(super) picture: Picture,
    pub(super) headline: String,
    pub(super) description: String,
}

/// Every place that shows the ad.
pub(super) fn placements(creative: &Creative) -> Vec<Placement> {
    match creative.platform {
        Platform::Google => google(creative),
        Platform::Meta => vec![feed(creative), story(creative)],
        Platform::TikTok => vec![in_feed(creative)],
    }
}

/// What a preview cannot show.
pub(super) fn note(creative: &Creative) -> String {
    let (headlines, descriptions) = (creative.headlines.len(), creative.descriptions.len());
    match creative.platform {
        Platform::Google if is_search(creative) => format!(
            "Google combines {headlines} headlines and {descriptions} descriptions; this is one of the combinations."
        ),
        Platform::Google => {
            "Google chooses among all texts and pictures; this is one of the combinations.".into()
        }
        Platform::Meta if headlines > 1 || creative.primary_texts.len() > 1 => {
            "The first of each text is shown, unless Meta combines them.".into()
        }
        Platform::Meta | Platform::TikTok => String::new(),
    }
}

fn google(creative: &Creative) -> Vec<Placement> {
    if is_search(creative) {
        return vec![search(creative)];
    }
    let mut places = Vec::new();
    if creative.channel.as_deref() == Some("PERFORMANCE_MAX") {
        places.push(search(creative));
    }
    let base = |title, shape, ratio| Placement {
        title,
        shape,
        picture: picture(creative, ratio),
        headline: first(&creative.headlines),
        text: first(&creative.long_headlines),
        description: first(&creative.descriptions),
        cards: cards(creative),
        ..placement(creative, creative.business.clone())
    };
    places.push(base("Google display", "display", WIDE));
    places.push(base("Google Discover", "discover", SQUARE));
    places.push(base("YouTube", "youtube", WIDE));
    places
}

/// Search ads hold words only.
fn is_search(creative: &Creative) -> bool {
    match creative.channel.as_deref() {
        Some(channel) => channel == "SEARCH",
        None => {
            creative.images.is_empty()
                && creative.videos.is_empty()
                && creative.cards.is_empty()
                && creative.long_headlines.is_empty()
                && creative.business.is_empty()
        }
    }
}

fn search(creative: &Creative) -> Placement {
    let host = host(&creative.page);
    let address = [vec![host.clone()], creative.paths.clone()].concat().join(" › ");
    Placement {
        title: "Google search",
        shape: "search",
        headline: chosen(creative, &creative.headlines, "HEADLINE", 3).join(" · "),
        description: chosen(creative, &creative.descriptions, "DESCRIPTION", 2).join(" "),
        address,
        ..placement(creative, if creative.business.is_empty() { host } else { creative.business.clone() })
    }
}

/// As many as a place shows: pinned ones where they are pinned, the others in order.
fn chosen<'a>(creative: &'a Creative, texts: &'a [String], place: &str, most: usize) -> Vec<&'a str> {
    let mut free = texts.iter().filter(|text| !creative.pins.iter().any(|(pinned, _)| pinned == *text));
    (1..=most)
        .filter_map(|number| {
            let position = format!("{place}_{number}");
            let mut pins = creative.pins.iter();
            let pinned = pins.find(|(_, at)| *at == position).map(|(text, _)| text);
            pinned.or_else(|| free.next()).map(String::as_str)
        })
        .collect()
}

fn feed(creative: &Creative) -> Placement {
    Placement {
        title: "Facebook feed",
        shape: "feed",
        picture: picture(creative, WIDE),
        text: cut(&first(&creative.primary_texts), 125).into_owned(),
        headline: first(&creative.headlines),
        description: first(&creative.descriptions),
        cards: cards(creative),
        ..placement(creative, page_name(creative))
    }
}

fn story(creative: &Creative) -> Placement {
    let picture = creative.cards.first().map(|card| card.picture.clone());
    let base =
        Placement { picture: self::picture(creative, TALL), ..placement(creative, page_name(creative)) };
    Placement {
        title: "Instagram story",
        shape: "story",
        text: cut(&first(&creative.primary_texts), 90).into_owned(),
        headline: first(&creative.headlines),
        picture: picture.unwrap_or(base.picture.clone()),
        ..base
    }
}

fn in_feed(creative: &Creative) -> Placement {
    let picture = creative.cards.first().map(|card| card.picture.clone());
    let who = if creative.identity.is_empty() { "account".to_owned() } else { creative.identity.clone() };
    let base = Placement { picture: self::picture(creative, TALL), ..placement(creative, format!("@{who}")) };
    Placement {
        title: if creative.cards.is_empty() {
            "TikTok in-feed"
        } else {
            "TikTok in-feed, first of several pictures"
        },
        shape: "infeed",
        text: cut(&first(&creative.primary_texts), 100).into_owned(),
        picture: picture.unwrap_or(base.picture.clone()),
        ..base
    }
}

/// What every place shows alike.
fn placement(creative: &Creative, who: String) -> Placement {
    let initial = who.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().to_string());
    Placement {
        initial: initial.unwrap_or_default(),
        who,
        logo: creative.logo.clone(),
        address: host(&creative.page),
        button: creative.button.clone(),
        video: !creative.videos.is_empty(),
        music: creative.music,
        ..Placement::default()
    }
}

/// The picture that fits a place; beside a video the first one is its cover.
fn picture(creative: &Creative, ratio: u32) -> Picture {
    let fitting = if creative.videos.is_empty() {
        nearest(&creative.images, ratio)
    } else {
        creative.images.first().or(creative.videos.first())
    };
    fitting.cloned().unwrap_or_default()
}

fn cards(creative: &Creative) -> Vec<Card> {
    let card = |card: &super::ad::CardText| Card {
        picture: card.picture.clone(),
        headline: card.headline.clone(),
        description: card.description.clone(),
    };
    creative.cards.iter().map(card).collect()
}

fn page_name(creative: &Creative) -> String {
    match (creative.business.is_empty(), creative.identity.is_empty()) {
        (false, _) => creative.business.clone(),
        (true, false) => format!("Page {}", creative.identity),
        (true, true) => "Page".into(),
    }
}

fn first(lines: &[String]) -> String {
    lines.first().cloned().unwrap_or_default()
}

/// Whose page it is, as people see it.
fn host(page: &str) -> String {
    let parsed = url::Url::parse(page).ok();
    let host = parsed.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

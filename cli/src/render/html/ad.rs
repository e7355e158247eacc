//! One ad on the page: its words, pictures and link, and where people meet it.

use std::collections::BTreeMap;

use adplane_core::address::{Address, Kind, Platform};
use adplane_core::plan::Action;
use adplane_core::plan::document::{DocumentChange, PlanDocument};
use serde_json::Value;

use super::changes::anchor;
use super::picture::{Picture, Pictures};
use super::placement::{self, Placement};
use super::shown;
use crate::render::words;

/// Longest link that is shown; the whole of it is behind it.
const LINK: usize = 80;

/// One ad.
pub(super) struct Ad {
    pub(super) anchor: String,
    pub(super) name: String,
    pub(super) account: String,
    pub(super) platform: &'static str,
    pub(super) action: &'static str,
    pub(super) class: &'static str,
    pub(super) link: Option<Link>,
    pub(super) after: Vec<Placement>,
    /// As it is now, of an ad that changes.
    pub(super) before: Vec<Placement>,
    /// Every text, by what it is.
    pub(super) texts: Vec<(&'static str, Vec<String>)>,
    pub(super) note: String,
}

/// A page that an ad leads to.
pub(super) struct Link {
    pub(super) address: String,
    pub(super) shown: String,
    /// Whether a click may follow it: only web pages.
    pub(super) safe: bool,
}

/// What an ad shows.
pub(super) struct Creative {
    pub(super) platform: Platform,
    /// The campaign's channel, where the plan tells it.
    pub(super) channel: Option<String>,
    pub(super) headlines: Vec<String>,
    pub(super) long_headlines: Vec<String>,
    pub(super) descriptions: Vec<String>,
    pub(super) primary_texts: Vec<String>,
    pub(super) business: String,
    pub(super) images: Vec<Picture>,
    pub(super) videos: Vec<Picture>,
    pub(super) logo: Picture,
    pub(super) cards: Vec<CardText>,
    pub(super) button: String,
    pub(super) page: String,
    pub(super) paths: Vec<String>,
    pub(super) pins: Vec<(String, String)>,
    pub(super) identity: String,
    pub(super) music: bool,
}

/// One card of a carousel.
pub(super) struct CardText {
    pub(super) picture: Picture,
    pub(super) headline: String,
    pub(super) description: String,
}

/// Whether a change is of an ad that people will see differently, or at all.
pub(super) fn is_shown(change: &DocumentChange) -> bool {
    let differs = words::fields(change).any(|field| field.path.is_within("creative"));
    change.address.kind == Kind::Ad
        && match change.action {
            Action::Create | Action::Replace => true,
            Action::Update | Action::Adopt | Action::Blocked => differs,
            Action::Delete | Action::Release | Action::None => false,
        }
}

impl Ad {
    pub(super) fn new(document: &PlanDocument, change: &DocumentChange, pictures: &Pictures<'_>) -> Self {
        let channel = channel(document, change);
        let wanted = Fields::after(change);
        let after = Creative::new(&wanted, change.address.platform, channel.clone(), pictures);
        let changes = matches!(change.action, Action::Update | Action::Adopt);
        let before = if changes {
            let live = Fields::before(change);
            placement::placements(&Creative::new(&live, change.address.platform, channel, pictures))
        } else {
            Vec::new()
        };
        Self {
            anchor: anchor(change),
            name: change.address.local_name(),
            account: change.address.account.to_string(),
            platform: change.address.platform.title(),
            action: change.action.word(),
            class: change.address.platform.slug(),
            link: wanted.text("landingPage").map(|address| link(&address)),
            note: placement::note(&after),
            texts: texts(&after),
            after: placement::placements(&after),
            before,
        }
    }
}

fn link(address: &str) -> Link {
    let parsed = url::Url::parse(address).ok();
    let safe = parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https"));
    let text = shown(address);
    Link { address: address.to_owned(), shown: crate::render::safe::cut(&text, LINK).into_owned(), safe }
}

fn texts(creative: &Creative) -> Vec<(&'static str, Vec<String>)> {
    let all = [
        ("headlines", &creative.headlines),
        ("long headlines", &creative.long_headlines),
        ("descriptions", &creative.descriptions),
        ("texts", &creative.primary_texts),
    ];
    let mut texts: Vec<_> = all
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(name, lines)| (name, lines.clone()))
        .collect();
    let cards: Vec<String> = creative.cards.iter().map(|card| card.headline.clone()).collect();
    if !cards.is_empty() {
        texts.push(("cards", cards));
    }
    texts
}

/// The channel of the campaign above an ad, where that is in the plan too.
fn channel(document: &PlanDocument, change: &DocumentChange) -> Option<String> {
    let find = |address: &Address| {
        let found = document.changes.binary_search_by(|other| other.address.cmp(address)).ok()?;
        document.changes.get(found)
    };
    let campaign = find(find(change.parent.as_ref()?)?.parent.as_ref()?)?;
    let field =
        campaign.fields.iter().find(|field| field.path.as_str() == "google.advertisingChannelType")?;
    Some(field.after.as_ref()?.as_str()?.to_owned())
}

/// Values below `creative.`, on one side of the change.
struct Fields<'a>(BTreeMap<&'a str, &'a Value>);

impl<'a> Fields<'a> {
    fn after(change: &'a DocumentChange) -> Self {
        Self::side(change, |field| field.after.as_ref())
    }

    fn before(change: &'a DocumentChange) -> Self {
        Self::side(change, |field| field.before.as_ref())
    }

    fn side(
        change: &'a DocumentChange,
        value: impl Fn(&'a adplane_core::plan::document::DocumentField) -> Option<&'a Value>,
    ) -> Self {
        let kept = change.unchanged.iter().map(|(path, value)| (path.as_str(), value));
        let changed = change.fields.iter().filter_map(|field| Some((field.path.as_str(), value(field)?)));
        let all =
            kept.chain(changed).filter_map(|(path, value)| Some((path.strip_prefix("creative.")?, value)));
        Self(all.collect())
    }

    fn text(&self, path: &str) -> Option<String> {
        Some(self.0.get(path)?.as_str()?.to_owned())
    }

    fn texts(&self, path: &str) -> Vec<String> {
        let members = self.0.get(path).and_then(|value| value.as_array());
        members.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn list(&self, path: &str) -> impl Iterator<Item = &'a Value> {
        self.0.get(path).and_then(|value| value.as_array()).into_iter().flatten()
    }
}

impl Creative {
    fn new(
        fields: &Fields<'_>,
        platform: Platform,
        channel: Option<String>,
        pictures: &Pictures<'_>,
    ) -> Self {
        let lines = |path: &str| fields.texts(path).iter().map(|line| shown(line)).collect();
        let assets = |path: &str| fields.texts(path).iter().map(|text| pictures.find(text)).collect();
        let line = |path: &str| fields.text(path).map(|text| shown(&text)).unwrap_or_default();
        let logos: Vec<Picture> = assets("logos");
        let who = ["identity.meta.page", "identity.tiktok.identity_id"];
        Self {
            platform,
            channel,
            headlines: lines("headlines"),
            long_headlines: lines("longHeadlines"),
            descriptions: lines("descriptions"),
            primary_texts: lines("primaryTexts"),
            business: line("businessName"),
            images: assets("images"),
            videos: assets("videos"),
            logo: logos.into_iter().next().unwrap_or_default(),
            cards: fields.list("cards").map(|card| CardText::new(card, pictures)).collect(),
            button: button(&line("callToAction")),
            page: line("landingPage"),
            paths: ["google.path1", "google.path2"]
                .map(line)
                .into_iter()
                .filter(|path| !path.is_empty())
                .collect(),
            pins: fields.list("google.pins").filter_map(pin).collect(),
            identity: who.into_iter().map(line).find(|id| !id.is_empty()).unwrap_or_default(),
            music: fields.0.contains_key("music"),
        }
    }
}

impl CardText {
    fn new(card: &Value, pictures: &Pictures<'_>) -> Self {
        let text = |name: &str| card.get(name).and_then(Value::as_str).unwrap_or_default();
        Self {
            picture: pictures.find(text("image")),
            headline: shown(text("headline")),
            description: shown(text("description")),
        }
    }
}

/// A text and the place that it keeps: `HEADLINE_1` is the first.
fn pin(pin: &Value) -> Option<(String, String)> {
    let text = |name: &str| pin.get(name).and_then(Value::as_str);
    let pinned = text("headline").or_else(|| text("description"))?;
    Some((shown(pinned), text("position")?.to_owned()))
}

/// `ShopNow` as people read it: `Shop now`.
fn button(word: &str) -> String {
    if word == "None" {
        return String::new();
    }
    let mut out = String::new();
    for c in word.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push(' ');
            out.extend(c.to_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_read_like_words() {
        assert_eq!(button("ShopNow"), "Shop now");
        assert_eq!(button("None"), "");
    }

    #[test]
    fn only_web_pages_can_be_followed() {
        assert!(link("https://shop.example/a?b=c").safe);
        assert!(!link("javascript:alert(1)").safe);
        assert!(!link("data:text/html,x").safe);
        assert!(!link("not an address").safe);
    }
}

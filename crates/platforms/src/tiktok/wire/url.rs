//! Landing pages and their tracking parameters (mapping §7.3).
//!
//! The YAML keeps the page and `utm` apart; the vendor wants `utm` in the URL's query and once more,
//! identical, in `utm_params`. Here both forms turn into each other. Inside values, placeholders such as
//! `{campaign.id}` become the vendor's macros.

use std::collections::BTreeMap;

use url::form_urlencoded;

/// Parameters on the wire come in this order, others sorted behind them.
const ORDER: [&str; 6] = ["source", "medium", "campaign", "content", "term", "id"];
/// Placeholders that the platform fills in, and its macros (tiktok-ads.md §9).
const MACROS: [(&str, &str); 4] = [
    ("{campaign.id}", "__CAMPAIGN_ID__"),
    ("{adGroup.id}", "__AID__"),
    ("{ad.id}", "__CID__"),
    ("{placement}", "__PLACEMENT__"),
];
/// Placeholders that are written as the names themselves: the platform's own name macros would carry the
/// ownership marker into analytics.
pub(crate) const NAMES: [&str; 3] = ["{campaign.name}", "{adGroup.name}", "{ad.name}"];
/// What `{source}` stands for, and the default of `utm_source`.
pub(crate) const SOURCE: &str = "tiktok";
/// Default of `utm_medium`.
pub(crate) const MEDIUM: &str = "paid_social";

/// Tracking parameters by key without `utm_`.
pub(crate) type Utm = BTreeMap<String, String>;

/// A page without its `utm_` parameters, and these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Landing {
    /// The page, everything else as written.
    pub page: String,
    /// The parameters, placeholders as in YAML.
    pub utm: Utm,
}

/// Takes a URL apart.
pub(crate) fn split(url: &str) -> Landing {
    let (front, fragment) = url.split_once('#').map_or((url, None), |(front, tail)| (front, Some(tail)));
    let (base, query) = front.split_once('?').unwrap_or((front, ""));
    let mut utm = Utm::new();
    let mut rest = Vec::new();
    for segment in query.split('&').filter(|segment| !segment.is_empty()) {
        match decoded(segment) {
            Some((key, value)) if key.starts_with("utm_") && key.len() > 4 => {
                utm.insert(key[4..].to_owned(), from_macros(&value));
            }
            _ => rest.push(segment),
        }
    }
    let mut page = base.to_owned();
    if !rest.is_empty() {
        page = format!("{page}?{}", rest.join("&"));
    }
    if let Some(fragment) = fragment {
        page = format!("{page}#{fragment}");
    }
    Landing { page, utm }
}

/// Puts a URL together.
pub(crate) fn join(page: &str, utm: &Utm) -> String {
    let (front, fragment) = page.split_once('#').map_or((page, None), |(front, tail)| (front, Some(tail)));
    let query: Vec<String> = ordered(utm)
        .into_iter()
        .map(|(key, value)| format!("utm_{}={}", encoded(key), encoded(&to_macros(value))))
        .collect();
    let mut url = front.to_owned();
    if !query.is_empty() {
        let separator = if front.contains('?') { '&' } else { '?' };
        url = format!("{url}{separator}{}", query.join("&"));
    }
    match fragment {
        Some(fragment) => format!("{url}#{fragment}"),
        None => url,
    }
}

/// The pairs of a URL's query as `utm_params` wants them.
pub(crate) fn params(url: &str) -> Vec<(String, String)> {
    let front = url.split_once('#').map_or(url, |(front, _)| front);
    let query = front.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect()
}

/// Placeholders of a value that are not known.
pub(crate) fn unknown_placeholders(value: &str) -> Vec<String> {
    let known = |name: &str| {
        name == "{source}" || NAMES.contains(&name) || MACROS.iter().any(|(known, _)| *known == name)
    };
    let mut unknown = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find('{') {
        let Some(length) = rest[start..].find('}') else { break };
        let name = &rest[start..=start + length];
        if !known(name) {
            unknown.push(name.to_owned());
        }
        rest = &rest[start + length + 1..];
    }
    unknown
}

fn ordered(utm: &Utm) -> Vec<(&str, &str)> {
    let first = ORDER.iter().filter_map(|key| Some((*key, utm.get(*key)?.as_str())));
    let others = utm.iter().filter(|(key, _)| !ORDER.contains(&key.as_str()));
    first.chain(others.map(|(key, value)| (key.as_str(), value.as_str()))).collect()
}

fn to_macros(value: &str) -> String {
    MACROS.iter().fold(value.to_owned(), |text, (placeholder, word)| text.replace(placeholder, word))
}

fn from_macros(value: &str) -> String {
    MACROS.iter().fold(value.to_owned(), |text, (placeholder, word)| text.replace(word, placeholder))
}

fn decoded(segment: &str) -> Option<(String, String)> {
    let (key, value) = form_urlencoded::parse(segment.as_bytes()).next()?;
    Some((key.into_owned(), value.into_owned()))
}

/// Percent encoding with `%20` for a space, which every decoder reads alike.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utm(pairs: &[(&str, &str)]) -> Utm {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_url_comes_apart_and_together() {
        let landing = Landing {
            page: "https://shop.example/spring?color=red#top".into(),
            utm: utm(&[
                ("campaign", "Spring sale & more"),
                ("content", "{ad.id}"),
                ("source", "tiktok"),
                ("zz", "1"),
            ]),
        };
        let url = join(&landing.page, &landing.utm);
        assert_eq!(
            url,
            "https://shop.example/spring?color=red&utm_source=tiktok&utm_campaign=Spring%20sale%20%26%20more\
             &utm_content=__CID__&utm_zz=1#top"
        );
        assert_eq!(split(&url), landing);
        assert_eq!(params(&url)[0], ("color".into(), "red".into()));
        assert_eq!(params(&url)[2], ("utm_campaign".into(), "Spring sale & more".into()));
    }

    #[test]
    fn a_page_without_tracking_stays_as_it_is() {
        for page in ["https://shop.example/", "https://shop.example/?a=b%20c&d", "https://shop.example/#x"] {
            assert_eq!(split(page), Landing { page: page.to_owned(), utm: Utm::new() });
            assert_eq!(join(page, &Utm::new()), page);
        }
    }

    #[test]
    fn unknown_placeholders_are_named() {
        assert_eq!(unknown_placeholders("{campaign.id}-{keyword}-{source}"), ["{keyword}"]);
        assert!(unknown_placeholders("plain { text").is_empty());
    }
}

//! Ad formats besides search ads: how many of what, how wide. Source: google-ads.md §3.5, §7.

use serde_json::Value;

use super::{Check, text};
use crate::world::Object;

/// A list of texts or assets: field, fewest, most, width of its texts (0 for assets).
type List = (&'static str, usize, usize, usize);

/// What a format asks for.
struct Format {
    lists: &'static [List],
    /// Texts that are one value; required ones have a width, too.
    texts: &'static [(&'static str, usize, bool)],
    /// At least one of these lists must hold something, together at most so many.
    images: Option<(&'static [&'static str], usize)>,
}

const DISPLAY: Format = Format {
    lists: &[
        ("marketingImages", 1, 15, 0),
        ("squareMarketingImages", 1, 15, 0),
        ("headlines", 1, 5, 30),
        ("descriptions", 1, 5, 90),
        ("youtubeVideos", 0, 5, 0),
        ("logoImages", 0, 5, 0),
        ("squareLogoImages", 0, 5, 0),
    ],
    texts: &[("longHeadline", 90, true), ("businessName", 25, true), ("callToActionText", 30, false)],
    images: Some((&["marketingImages", "squareMarketingImages"], 15)),
};

const MULTI_ASSET: Format = Format {
    lists: &[("headlines", 1, 5, 30), ("descriptions", 1, 5, 90), ("logoImages", 1, 5, 0)],
    texts: &[("businessName", 25, true)],
    images: Some((
        &[
            "marketingImages",
            "squareMarketingImages",
            "portraitMarketingImages",
            "tallPortraitMarketingImages",
        ],
        20,
    )),
};

const VIDEO: Format = Format {
    lists: &[
        ("videos", 1, 5, 0),
        ("logoImages", 1, 5, 0),
        ("headlines", 0, 5, 30),
        ("longHeadlines", 0, 5, 90),
        ("descriptions", 0, 5, 90),
    ],
    texts: &[("businessName", 25, true)],
    images: None,
};

const CAROUSEL: Format = Format {
    lists: &[("carouselCards", 2, 10, 0)],
    texts: &[("businessName", 25, true), ("headline", 30, true), ("description", 90, true)],
    images: None,
};

/// Checks an ad of one of these formats; `prefix` is where the ad lies.
pub(super) fn check(check: &mut Check<'_, '_>, prefix: &str, member: &str, ad: &Object) {
    let format = match member {
        "responsiveDisplayAd" => &DISPLAY,
        "demandGenMultiAssetAd" => &MULTI_ASSET,
        "demandGenVideoResponsiveAd" => &VIDEO,
        "demandGenCarouselAd" => &CAROUSEL,
        _ => return,
    };
    let empty = Object::new();
    let body = ad.get(member).and_then(Value::as_object).unwrap_or(&empty);
    let place = format!("{prefix}{member}");
    for list in format.lists {
        check_list(check, &place, list, body);
    }
    for (field, width, required) in format.texts {
        let words = words(body.get(*field));
        let path = format!("{place}.{field}");
        match words {
            Some(words) if !words.is_empty() => text::check_width(check, &path, words, *width),
            _ if *required => check.require(&path),
            _ => {}
        }
    }
    if let Some((fields, most)) = format.images {
        let images: usize = fields.iter().map(|field| items(body, field).len()).sum();
        if images == 0 {
            check.require(&format!("{place}.{}", fields[0]));
        } else if images > most {
            check.fail("collectionSizeError", "TOO_MANY", &format!("{place}.{}", fields[0]), "Too many.");
        }
    }
    if member == "demandGenCarouselAd" && !body.contains_key("logoImage") {
        check.require(&format!("{place}.logoImage"));
    }
}

fn items<'a>(body: &'a Object, field: &str) -> &'a [Value] {
    body.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A text that is given plainly or inside a message.
fn words(value: Option<&Value>) -> Option<&str> {
    value.and_then(|value| value.as_str().or_else(|| value.get("text")?.as_str()))
}

fn check_list(check: &mut Check<'_, '_>, place: &str, (field, fewest, most, width): &List, body: &Object) {
    let items = items(body, field);
    let path = format!("{place}.{field}");
    if items.len() < *fewest {
        check.fail("collectionSizeError", "TOO_FEW", &path, "Too few.");
    } else if items.len() > *most {
        check.fail("collectionSizeError", "TOO_MANY", &path, "Too many.");
    }
    for (index, item) in items.iter().enumerate().filter(|_| *width > 0) {
        let words = words(Some(item)).unwrap_or_default();
        text::check_width(check, &format!("{path}[{index}].text"), words, *width);
    }
}

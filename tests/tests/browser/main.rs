//! The page of a plan in a real browser: `adplane plan --format html` in headless Chromium.
//!
//! The examples, with one hostile creative among them, are planned against an emulator; the page must open without a
//! word on the console and show each ad's text, picture and link, and hostile text must stay text. Where Chromium is
//! missing every test is named as ignored with the reason; `.ci/run` installs Debian's.

mod chromium;
mod page;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Failed, Trial};

use chromium::{Chromium, Missing, Seen};
use page::Page;

/// What a test looks at: the page, and how the browser saw it.
struct View {
    page: Page,
    seen: Seen,
}

type Test = fn(&Chromium, &View) -> Result<(), String>;

const TESTS: [(&str, Test); 6] = [
    ("the page opens without a word on the console", silent),
    ("every ad is there with its text, its picture and its link", complete),
    ("hostile text stays text", harmless),
    ("nothing runs and nothing is fetched", inert),
    ("the page is drawn", drawn),
    ("a spoilt page is found", spoilt),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let shared: Arc<OnceLock<Result<View, String>>> = Arc::new(OnceLock::new());
    let browser = Chromium::find();
    let trials = TESTS.iter().map(|(name, test)| match &browser {
        Ok(chromium) => {
            let (chromium, shared) = (chromium.clone(), shared.clone());
            Trial::test(*name, move || {
                let view = shared.get_or_init(|| view(&chromium)).as_ref().map_err(Clone::clone)?;
                test(&chromium, view).map_err(Failed::from)
            })
        }
        Err(Missing(reason)) => Trial::test(*name, || Ok(())).with_kind(reason).with_ignored_flag(true),
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn view(chromium: &Chromium) -> Result<View, String> {
    let page = Page::of_examples()?;
    let seen = chromium.open(&page.html)?;
    Ok(View { page, seen })
}

fn silent(_: &Chromium, view: &View) -> Result<(), String> {
    if view.seen.console.is_empty() { Ok(()) } else { Err(view.seen.console.join("\n")) }
}

fn complete(_: &Chromium, view: &View) -> Result<(), String> {
    let dom = &view.seen.dom;
    let ads = view.page.ads()?;
    if ads.len() < 20 {
        return Err(format!("the examples have more than {} ads", ads.len()));
    }
    for ad in &ads {
        let start =
            dom.find(&format!("data-ad=\"{}\"", ad.name)).ok_or(format!("{} has no preview", ad.name))?;
        let part = &dom[start..];
        let part = &part[..part.find("</article>").unwrap_or(part.len())];
        for text in &ad.texts {
            if !part.contains(&page::escaped(text)) {
                return Err(format!("{} does not show `{text}`", ad.name));
            }
        }
        if ad.has_picture && !part.contains("<img src=\"data:image/png;base64,") {
            return Err(format!("{} does not show its picture", ad.name));
        }
        if let Some(link) = &ad.link
            && !part.contains(&format!("href=\"{}\"", page::escaped(link)))
        {
            return Err(format!("{} does not lead to {link}", ad.name));
        }
    }
    Ok(())
}

fn harmless(_: &Chromium, view: &View) -> Result<(), String> {
    let dom = &view.seen.dom;
    for (wrong, why) in [
        ("<script", "an element that runs"),
        ("<iframe", "a frame"),
        ("<img src=\"x", "a picture that it did not choose"),
        ("href=\"javascript:", "a link that runs"),
        ("\u{202E}", "a mark that turns the direction of writing"),
    ] {
        if dom.contains(wrong) {
            return Err(format!("the page has {why}: {wrong}"));
        }
    }
    for text in page::HOSTILE {
        let shown = page::escaped(&text.replace('\u{202E}', "[U+202E]"));
        if !dom.contains(&shown) {
            return Err(format!("`{shown}` is not shown"));
        }
    }
    Ok(())
}

fn inert(_: &Chromium, view: &View) -> Result<(), String> {
    let dom = &view.seen.dom;
    if !dom.contains("default-src 'none'") {
        return Err("the page has no policy".into());
    }
    let sources =
        dom.match_indices(" src=\"").filter(|(at, _)| !dom[at + 6..].starts_with("data:image/")).count();
    if sources > 0 {
        return Err(format!("{sources} sources are not in the page itself"));
    }
    if dom.contains("<link") || dom.contains("<object") || dom.contains("<embed") || dom.contains("<form") {
        return Err("the page holds an element that fetches or sends".into());
    }
    Ok(())
}

/// The style sheet is applied and pictures are painted: more than the few colours of an unstyled page.
fn drawn(chromium: &Chromium, view: &View) -> Result<(), String> {
    let picture = chromium.screenshot(&view.page.html, 1200, 2400)?;
    if picture.starts_with(b"\x89PNG") && picture.len() > 150_000 {
        Ok(())
    } else {
        Err(format!("the picture has {} bytes only", picture.len()))
    }
}

/// A script and a foreign picture in the page are refused by its policy, and the console says so.
fn spoilt(chromium: &Chromium, view: &View) -> Result<(), String> {
    let html = view.page.html.replace(
        "</main>",
        "<script>document.title = 'taken over'</script><img src=\"https://shop.example/pixel.png\"></main>",
    );
    let seen = chromium.open(&html)?;
    if seen.dom.contains("<title>taken over") {
        return Err("the script ran".into());
    }
    if seen.console.len() >= 2 { Ok(()) } else { Err(format!("the console says only {:?}", seen.console)) }
}

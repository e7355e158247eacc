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

use chromium::{Chromium, Missing, Scheme, Seen};
use page::Page;

/// What a test looks at: the page, and how the browser saw it.
struct View {
    page: Page,
    seen: Seen,
}

type Test = fn(&Chromium, &View) -> Result<(), String>;

const TESTS: [(&str, Test); 9] = [
    ("the page opens without a word on the console", silent),
    ("every ad is there with its text, its picture and its link", complete),
    ("hostile text stays text", harmless),
    ("nothing runs and nothing is fetched", inert),
    ("the page says who approved what and what is missing", standing),
    ("the page is drawn", drawn),
    ("dark and light differ", schemes),
    ("nothing runs over the edge of a telephone", narrow),
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

/// Of two people who must agree one did; the raise stands with its currency.
fn standing(_: &Chromium, view: &View) -> Result<(), String> {
    let dom = &view.seen.dom;
    let start = dom.find("id=\"approvals\"").ok_or("approvals are not shown")?;
    let part = &dom[start..];
    let part = &part[..part.find("</section>").unwrap_or(part.len())];
    for text in ["raise-large", "2 approvals", "ana@shop.example", "SHA256:", "1 more to go"] {
        if !part.contains(text) {
            return Err(format!("`{text}` is missing in {part}"));
        }
    }
    if part.contains("bo@shop.example") {
        return Err("somebody is shown who did not approve".into());
    }
    let raise = view.page.raise()?;
    for text in [format!("Raises {raise} a day"), "waits for approval: 0 of 1 classes".to_owned()] {
        if !dom.contains(&text) {
            return Err(format!("`{text}` is missing"));
        }
    }
    Ok(())
}

/// The style sheet is applied and pictures are painted: more than the few colours of an unstyled page.
fn drawn(chromium: &Chromium, view: &View) -> Result<(), String> {
    let picture = chromium.screenshot(&view.page.html, Scheme::Light, 1200)?;
    if picture.starts_with(b"\x89PNG") && picture.len() > 150_000 {
        Ok(())
    } else {
        Err(format!("the picture has {} bytes only", picture.len()))
    }
}

fn schemes(chromium: &Chromium, view: &View) -> Result<(), String> {
    let light = chromium.screenshot(&view.page.html, Scheme::Light, 800)?;
    let dark = chromium.screenshot(&view.page.html, Scheme::Dark, 800)?;
    if light == dark { Err("dark looks like light".into()) } else { Ok(()) }
}

/// In a frame of 390 pixels, everything unfolded, the page is no wider than its frame. Without its style sheet it is, so
/// that the measure can fail.
fn narrow(chromium: &Chromium, view: &View) -> Result<(), String> {
    let over = over_the_edge(chromium, &view.page.html)?;
    if over != "[]" {
        return Err(format!("over the edge: {over}"));
    }
    let start = view.page.html.find("<style>").ok_or("the page has no style")?;
    let unstyled = format!("{}</head>{}", &view.page.html[..start], after(&view.page.html, "</head>"));
    if over_the_edge(chromium, &unstyled)? == "[]" {
        return Err("without a style sheet nothing runs over the edge either".into());
    }
    Ok(())
}

/// The elements that end right of a frame of 390 pixels, save what scrolls inside of its own box.
fn over_the_edge(chromium: &Chromium, html: &str) -> Result<String, String> {
    let source = html.replace('&', "&amp;").replace('"', "&quot;");
    let seen = chromium.open(&format!(
        "<!doctype html><iframe style=\"border:0;width:390px;height:800px\" srcdoc=\"{source}\"></iframe><script>\
         onload = () => {{ const page = document.querySelector('iframe').contentDocument; \
         page.querySelectorAll('details').forEach(one => one.open = true); \
         const over = [...page.querySelectorAll('body *')].filter(one => !one.closest('.cards') && \
         one.getBoundingClientRect().right > 391).map(one => one.tagName + '.' + one.className); \
         document.title = 'measured ' + JSON.stringify(over.slice(0, 5)); }}</script>"
    ))?;
    let measured = after(&seen.dom, "<title>measured ");
    match measured.find("</title>") {
        Some(end) => Ok(measured[..end].to_owned()),
        None => Err("the page could not be measured".into()),
    }
}

fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.find(mark).map_or("", |at| &text[at + mark.len()..])
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

//! Devices, sizes, colours and what visitors have chosen.

use crate::browser::{Browser, Element};
use crate::scene::{CHAT, HOURS, HOURS_ANSWER, INPUT, Scene, Visit, document};
use serde_json::{Value, json};

/// A conversation with an answer, its source and related questions.
fn talk(visit: &Visit) {
    visit.open_chat();
    visit.say(HOURS);
    visit.find("button", "Helpful");
    visit.say("Can I park my boat?");
    visit.find("button", "Is there parking?");
}

/// Nothing is wider than its place, cut off or smaller than a finger.
fn assert_fits(visit: &Visit) {
    let script = "const found = [];
        const root = document.querySelector('frontdesk-chat').shadowRoot;
        const seen = element => { const b = element.getBoundingClientRect(); return b.width > 1 && b.height > 1 && element.checkVisibility({ visibilityProperty: true }); };
        for (const element of root.querySelectorAll('*')) {
            if (!seen(element) || element.closest('svg')) { continue; }
            const style = getComputedStyle(element), bounds = element.getBoundingClientRect();
            if (bounds.left < -1 || bounds.right > innerWidth + 1) { found.push(['beyond the window', element.outerHTML.slice(0, 90)]); }
            const clips = /hidden|clip/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
            if (clips && style.clipPath === 'none') { found.push(['cut off', element.outerHTML.slice(0, 90)]); }
            if (element.matches('button, a, input, textarea') && !element.closest('p, li') && Math.min(bounds.width, bounds.height) < 24) {
                found.push(['too small', bounds.width, bounds.height, element.outerHTML.slice(0, 90)]);
            }
        }
        if (document.documentElement.scrollWidth > innerWidth) { found.push(['the page scrolls sideways']); }
        return found;";
    assert_eq!(visit.script(script, &[]), json!([]));
}

fn fills(element: &Element<'_>, width: f64, height: f64) {
    let [x, y, w, h] = element.bounds();
    let near = |a: f64, b: f64| (a - b).abs() < 2.0;
    assert!(near(x, 0.0) && near(y, 0.0) && near(w, width) && near(h, height), "{:?}", element.bounds());
}

#[test]
fn on_a_phone_it_fills_the_screen_also_above_the_keyboard() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::phone());
    visit.find("button", CHAT);
    visit.screenshot("widget-phone-closed");
    assert_fits(&visit);
    talk(&visit);
    fills(&visit.find("dialog", CHAT), 320.0, 568.0);
    assert_fits(&visit);
    visit.assert_accessible();
    visit.screenshot("widget-phone");
    let screen = json!({"width": 320, "height": 300, "deviceScaleFactor": 2, "mobile": true});
    visit.cdp("Emulation.setDeviceMetricsOverride", &screen);
    visit.wait("the panel above the keyboard", || {
        let [_, y, _, height] = visit.find("textbox", INPUT).bounds();
        (y + height <= 300.0 && visit.find("log", "Messages").bounds()[3] > 40.0).then_some(())
    });
    visit.screenshot("widget-phone-keyboard");
    visit.find("button", "Close the chat").click();
    visit.wait_until_gone("dialog", CHAT);
    visit.find("button", "Buy").click();
}

#[test]
fn a_half_written_text_keeps_the_focus_when_the_window_changes_its_size() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.find("textbox", INPUT).write("Do you");
    let script = "const root = document.querySelector('frontdesk-chat').shadowRoot;
        return root.querySelector('dialog').matches(':modal');";
    for (height, is_over_the_page) in [(330, true), (700, false)] {
        let size = json!({"width": 1024, "height": height, "deviceScaleFactor": 1, "mobile": false});
        visit.cdp("Emulation.setDeviceMetricsOverride", &size);
        visit.wait("the chat in its new place", || {
            (visit.script(script, &[]) == is_over_the_page).then_some(())
        });
        assert_eq!(visit.focus(), ("textbox".to_owned(), INPUT.to_owned()));
    }
}

#[test]
fn text_of_twice_the_size_fits() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop().font_size(32));
    talk(&visit);
    let size = visit.find("textbox", INPUT).style("font-size");
    assert_eq!(size, "32px");
    assert_fits(&visit);
    visit.assert_accessible();
    visit.screenshot("widget-large-text");
}

#[test]
fn it_is_dark_where_the_visitor_wants_it() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop().media("prefers-color-scheme", "dark"));
    talk(&visit);
    let background = visit.find("dialog", CHAT).style("background-color");
    let light: u32 = numbers(&background).iter().take(3).sum();
    assert!(light < 3 * 80, "{background}");
    visit.assert_accessible();
    visit.screenshot("widget-dark");
}

fn numbers(colour: &str) -> Vec<u32> {
    colour.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[test]
fn forced_colours_and_high_contrast_leave_everything_to_be_seen() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop().media("forced-colors", "active"));
    let launcher = visit.find("button", CHAT);
    assert_ne!(launcher.style("border-top-width"), "0px", "backgrounds are gone, borders are not");
    talk(&visit);
    for name in ["Menu", "Close the chat", "Helpful"] {
        visit.find("button", name);
    }
    visit.assert_accessible();
    visit.screenshot("widget-forced-colours");
    visit.prefer(&[("prefers-contrast", "more")]);
    visit.assert_accessible();
    visit.screenshot("widget-contrast");
}

#[test]
fn nothing_moves_for_who_wants_no_movement() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop().media("prefers-reduced-motion", "reduce"));
    talk(&visit);
    let script = "const root = document.querySelector('frontdesk-chat').shadowRoot;
        return [...root.querySelectorAll('*')].filter(element => {
            const style = getComputedStyle(element);
            return parseFloat(style.transitionDuration) > 0.01 || (style.animationName !== 'none' && parseFloat(style.animationDuration) > 0.01)
                || style.scrollBehavior === 'smooth';
        }).map(element => element.outerHTML.slice(0, 80));";
    assert_eq!(visit.script(script, &[]), json!([]));
}

#[test]
fn the_businesss_colours_are_seen_and_readable_whatever_they_are() {
    let scene = Scene::start();
    let colours = [("#FFFF00", "#FFFFFF"), ("#000000", "#000000"), ("#808080", "#7F7F7F"), ("none", "")];
    let setting = |(primary, secondary): (&str, &str)| {
        format!("primary_color = '{primary}', secondary_color = '{secondary}'")
    };
    scene.set(&setting(colours[0]));
    let visit = scene.visit(&Browser::desktop());
    for pair in colours {
        if pair != colours[0] {
            scene.change(&setting(pair));
            visit.script("localStorage.clear();", &[]);
            visit.prefer(&[]);
            visit.reload();
        }
        let [background, icon] =
            ["background-color", "color"].map(|part| visit.find("button", CHAT).style(part));
        assert!(contrast(&background, &icon) >= 3.0, "{icon} on {background}");
        talk(&visit);
        for scheme in ["light", "dark"] {
            visit.prefer(&[("prefers-color-scheme", scheme)]);
            visit.assert_accessible();
            visit.screenshot(&format!("widget-colours-{}-{scheme}", pair.0.trim_start_matches('#')));
        }
    }
}

/// How well one colour is seen on another, from 1 to 21 as WCAG has it.
fn contrast(one: &str, other: &str) -> f64 {
    let light = |colour: &str| {
        let linear =
            |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
        let parts = components(colour).map(linear);
        0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] + 0.05
    };
    let (one, other) = (light(one), light(other));
    one.max(other) / one.min(other)
}

/// Red, green and blue from 0 to 1 of a colour as the browser tells it; greys may be told by their lightness alone.
fn components(colour: &str) -> [f64; 3] {
    let parts = colour.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|part| part.parse().ok());
    let parts: Vec<f64> = parts.collect();
    match parts.as_slice() {
        [red, green, blue] | [red, green, blue, 1.0] if colour.starts_with("rgb") => {
            [red, green, blue].map(|part| part / 255.0)
        }
        [lightness, 0.0, ..] if colour.starts_with("lch") => [if *lightness > 50.0 { 1.0 } else { 0.0 }; 3],
        _ => panic!("no opaque colour: {colour}"),
    }
}

#[test]
fn it_stands_left_where_the_client_wants_it() {
    let scene = Scene::start();
    scene.set("position = 'bottom-left'");
    let visit = scene.visit(&Browser::desktop());
    let [x, _, width, _] = visit.find("button", CHAT).bounds();
    assert!(x + width < 200.0);
    visit.open_chat();
    let [x, y, width, height] = visit.find("dialog", CHAT).bounds();
    assert!(x < 100.0 && x + width < 700.0 && y >= 0.0 && y + height <= 800.0);
}

#[test]
fn pictures_of_a_conversation_on_a_page() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.find("button", CHAT);
    visit.screenshot("widget-closed");
    talk(&visit);
    visit.screenshot("widget-desktop");
    let arabic = document("", &scene.tag().replace("data-widget-key", r#"data-lang="ar" data-widget-key"#));
    scene.change("bot_name = 'مساعد الميناء', welcome_message = 'مرحبًا! اسألني أي شيء عن عيادة الأسنان.'");
    let visit = scene.visit_page(&Browser::phone(), &arabic);
    visit.wait("the launcher", || (!visit.tree().all("button").is_empty()).then_some(()));
    visit.script("document.querySelector('frontdesk-chat').open();", &[]);
    visit.wait("the field", || visit.tree().all("textbox").first().map(|_| ()));
    let field = "const { direction } = getComputedStyle(arguments[0]); return direction;";
    assert_eq!(
        visit.find("textbox", "اكتب رسالة…").script(field, &[]),
        "rtl",
        "an empty field begins at the right"
    );
    visit.screenshot("widget-right-to-left-phone");
    assert_fits(&visit);
    assert_eq!(visit.script("return document.fonts.status;", &[]), Value::from("loaded"));
}

#[test]
fn the_demo_page_shows_where_an_answer_is_from() {
    let scene = Scene::start();
    let page = Browser::desktop().window(1280, 800).open(&format!("{}/", scene.front.url()));
    page.find("button", CHAT).click();
    page.find("textbox", INPUT).click();
    page.press(HOURS);
    page.press(crate::scene::ENTER);
    page.wait_for_text(HOURS_ANSWER);
    page.find("button", "Helpful");
    page.wait_for_text("knowledge base");
    page.assert_accessible();
    page.screenshot("widget");
    page.find("heading", "What the answers came from").script("arguments[0].scrollIntoView();", &[]);
    page.screenshot("demo-sources");
    drop(page);
    let page = Browser::phone().open(&format!("{}/", scene.front.url()));
    page.find("button", CHAT);
    page.assert_accessible();
    assert_eq!(page.script("return document.documentElement.scrollWidth <= innerWidth;", &[]), true);
    page.screenshot("demo-phone");
}

//! The page's styles do not reach the widget, and the widget's do not reach the page.

use crate::browser::{Browser, Element, Page};
use crate::scene::{CHAT, HOURS, HOURS_ANSWER, INPUT, Scene, Visit, document};
use serde_json::{Value, json};

/// What resets, frameworks and ill-meant style sheets do to everything.
const HOSTILE: &str = "
    html { font-size: 62.5%; }
    * { all: unset !important; display: block !important; color: lime !important; background: yellow !important;
        font: 40px/3 cursive !important; letter-spacing: 9px !important; direction: rtl !important;
        visibility: hidden !important; opacity: 0.1 !important; pointer-events: none !important;
        transform: rotate(90deg) !important; box-sizing: content-box !important; cursor: wait !important; }
    button, input, textarea, svg, dialog { border: 9px solid red !important; width: 7px !important; height: 7px !important; }
    frontdesk-chat { display: none !important; position: static !important; z-index: -1 !important;
        filter: blur(9px) !important; clip-path: inset(50%) !important; contain: strict !important; }
    [popover], dialog { display: none !important; }
    ::backdrop { background: red !important; }";

/// What is seen of an element: where it is, and how.
fn look(element: &Element<'_>) -> Value {
    let script = "const s = getComputedStyle(arguments[0]);
        const of = ['color', 'backgroundColor', 'fontSize', 'fontFamily', 'letterSpacing', 'direction', 'visibility', 'opacity',
            'pointerEvents', 'transform', 'display', 'borderTopWidth', 'cursor', 'lineHeight', 'filter', 'clipPath'];
        const { x, y, width, height } = arguments[0].getBoundingClientRect();
        return [of.map(name => [name, s[name]]), [x, y, width, height].map(Math.round)];";
    element.script(script, &[])
}

fn looks(visit: &Visit) -> Vec<Value> {
    let launcher = look(&visit.find("button", CHAT));
    visit.open_chat();
    visit.say(HOURS);
    visit.find("button", "Helpful");
    let parts = [
        ("dialog", CHAT),
        ("textbox", INPUT),
        ("button", "Send"),
        ("button", "Close the chat"),
        ("log", "Messages"),
    ];
    [launcher].into_iter().chain(parts.map(|(role, name)| look(&visit.find(role, name)))).collect()
}

#[test]
fn styles_of_the_page_do_not_reach_the_widget() {
    let scene = Scene::start();
    let calm = looks(&scene.visit(&Browser::desktop()));
    let page = document(r#"<link rel="stylesheet" href="/host.css">"#, &scene.tag());
    let visit = scene.visit_with(&Browser::desktop(), &page, &[("/host.css", HOSTILE)]);
    let stormy = looks(&visit);
    for (calm, stormy) in calm.iter().zip(&stormy) {
        assert_eq!(calm, stormy);
    }
    visit.wait_for_text(HOURS_ANSWER);
    visit.screenshot("widget-hostile-styles");
}

#[test]
fn styles_of_the_widget_do_not_reach_the_page() {
    let scene = Scene::start();
    let dialog =
        r#"<dialog open class="panel head launcher"><p class="note item body">Their own</p></dialog>"#;
    let visit = scene.visit_page(&Browser::desktop(), &document("", &[dialog, &scene.tag()].concat()));
    let all = "const main = [document.documentElement, document.body, ...document.querySelectorAll('main, main *, body > dialog, body > dialog *')];
        return main.map(element => [...getComputedStyle(element)].map(name => getComputedStyle(element).getPropertyValue(name)).join());";
    let alone = {
        let away = scene.visit_page(&Browser::desktop(), &document("", dialog));
        away.script(all, &[])
    };
    visit.open_chat();
    assert_eq!(visit.script(all, &[]), alone);
    let globals = "return Object.keys(globalThis).filter(name => /frontdesk|chat|widget/i.test(name));";
    assert_eq!(visit.script(globals, &[]), json!(["Frontdesk"]));
}

/// What a click in the middle of an element meets: its own widget, or something of the page's.
fn is_on_top(page: &Page, element: &Element<'_>) -> bool {
    let [x, y, width, height] = element.bounds();
    let script = "return document.elementFromPoint(arguments[0], arguments[1]).localName;";
    page.script(script, &[json!(x + width / 2.0), json!(y + height / 2.0)]) == "frontdesk-chat"
}

#[test]
fn it_is_above_whatever_the_page_lifts_and_covers_nothing_else() {
    let scene = Scene::start();
    let css = "#cover { position: fixed; inset: 0; z-index: 2147483647; background: #eee; }
        body { min-height: 100vh; transform: translateZ(0); overflow: hidden; contain: layout; }";
    let page = document(
        r#"<link rel="stylesheet" href="/host.css">"#,
        &format!(r#"<div id="cover"></div>{}"#, scene.tag()),
    );
    let visit = scene.visit_with(&Browser::desktop(), &page, &[("/host.css", css)]);
    let launcher = visit.find("button", CHAT);
    // what comes later in the page goes before what is as high
    visit.script("document.body.append(document.querySelector('#cover'));", &[]);
    assert!(is_on_top(&visit, &launcher));
    let [x, y, ..] = launcher.bounds();
    assert!(x > 1000.0 && y > 600.0, "it stands in the corner of the window: {x}, {y}");
    visit.open_chat();
    assert!(is_on_top(&visit, &visit.find("textbox", INPUT)));
    let beside = "return document.elementFromPoint(200, 300).id;";
    assert_eq!(visit.script(beside, &[]), "cover", "the page beside it can be used");
    visit.find("button", "Close the chat").click();
    visit.wait_until_gone("dialog", CHAT);
    let [x, y, ..] = launcher.bounds();
    let above = "return document.elementFromPoint(arguments[0], arguments[1]).id;";
    assert_eq!(
        visit.script(above, &[json!(x - 100.0), json!(y - 200.0)]),
        "cover",
        "what is closed covers nothing"
    );
}

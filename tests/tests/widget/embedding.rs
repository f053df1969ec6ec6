//! How the widget comes into a page, lives there and goes.

use crate::browser::{Browser, LIMIT, Page};
use crate::failures::at_first;
use crate::scene::{CHAT, CONFIG, ESCAPE, HOURS, HOURS_ANSWER, INPUT, MESSAGE, Scene, document, refusal};
use frontdesk_tests::Passage;
use frontdesk_tests::stub::Recorded;
use serde_json::{Value, json};

/// The paths of all requests so far.
fn asked(scene: &Scene) -> Vec<String> {
    scene.front.requests().into_iter().map(|request| request.path).collect()
}

#[test]
fn until_it_is_opened_the_widget_asks_once_moves_nothing_and_keeps_nothing() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.find("button", CHAT);
    let config = "/api/chat-widget/public/widget/demo/config".to_owned();
    assert_eq!(asked(&scene), ["/widget.js".to_owned(), config]);
    let shifts = "const done = arguments[0];
        new PerformanceObserver(list => done(list.getEntries().map(entry => entry.value)))
            .observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => done([])));";
    assert_eq!(visit.script_later(shifts, &[]), json!([]));
    assert_eq!(visit.kept(), json!([{}, {}, ""]));
    visit.assert_accessible();

    visit.open_chat();
    let panel = scene.front.wait_for("/panel.js", 1, LIMIT);
    assert!(panel[0].path.starts_with("/widget/"), "{}", panel[0].path);
    assert_eq!(asked(&scene).len(), 3, "{:?}", asked(&scene));
    assert_eq!(visit.kept(), json!([{}, {}, ""]), "looking is no message");
    let integrity = "return performance.getEntriesByType('resource').map(entry => entry.name);";
    assert!(visit.script(integrity, &[]).to_string().contains("/panel.js"));
}

#[test]
fn the_keyboard_opens_uses_and_closes_it_and_the_focus_returns() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.find("button", CHAT);
    let tab = || visit.press(crate::scene::TAB);
    tab();
    assert_eq!(visit.focus(), ("button".to_owned(), "Buy".to_owned()));
    tab();
    assert_eq!(visit.focus(), ("button".to_owned(), CHAT.to_owned()));
    visit.press(crate::scene::ENTER);
    visit.wait("the focus in the field", || (visit.focus().1 == INPUT).then_some(()));
    visit.press(HOURS);
    visit.press(crate::scene::ENTER);
    visit.find("button", "Helpful");
    let mut reached = Vec::new();
    while reached.len() < 12 {
        visit.press_with('\u{e008}', '\u{e004}');
        let (_, name) = visit.focus();
        if name == INPUT || reached.contains(&name) {
            break;
        }
        reached.push(name);
    }
    for name in ["Not helpful", "Helpful", "Messages", "Close the chat", "Menu"] {
        assert!(reached.iter().any(|reached| reached == name), "{name} is not in {reached:?}");
    }
    visit.find("button", "Menu").focus();
    visit.press(crate::scene::ENTER);
    visit.find("button", "New conversation");
    visit.press(ESCAPE);
    visit.wait_until_gone("button", "New conversation");
    assert_eq!(visit.focus().1, "Menu", "Escape closes the menu alone");
    visit.press(ESCAPE);
    visit.wait_until_gone("dialog", CHAT);
    assert_eq!(visit.focus(), ("button".to_owned(), CHAT.to_owned()));
    assert!(!visit.find("button", CHAT).node().is("expanded"));
    visit.press(" ");
    visit.wait_for_text(HOURS_ANSWER);
    visit.wait("the focus in the field", || (visit.focus().1 == INPUT).then_some(()));
}

#[test]
fn a_page_can_steer_it_by_script_and_hears_what_happens() {
    let scene = Scene::start();
    let page = document("", r#"<div id="place"></div><script src="/own.js"></script>"#);
    let own = format!(
        "globalThis.heard = [];
        const script = document.createElement('script');
        script.src = '{}/widget.js';
        script.onload = () => {{
            globalThis.chat = Frontdesk.init({{ widgetKey: 'demo', apiUrl: '{0}/api/chat-widget', unknown: 1, texts: {{ send: 'Off it goes' }} }});
            for (const event of ['ready', 'open', 'close', 'message', 'answer', 'lead', 'error']) {{
                globalThis.off = chat.on(event, detail => heard.push([event, detail]));
            }}
        }};
        document.head.append(script);",
        scene.front.url()
    );
    let visit = scene.visit_with(&Browser::desktop(), &page, &[("/own.js", &own)]);
    visit.find("button", CHAT);
    visit.script("chat.open();", &[]);
    visit.find("button", "Off it goes");
    let failing = |request: &Recorded| Passage::Answer(refusal(request, 500, "internal_error"));
    scene.front.rule(at_first(MESSAGE, 1, failing));
    visit.expect("500");
    visit.say(HOURS);
    visit.find("button", "Try again").click();
    visit.find("button", "Helpful");
    visit.say("how high is mount everest");
    visit.find("textbox", "E-mail (optional)").write("ada@example.com");
    visit.find("textbox", "E-mail (optional)").script("arguments[0].form.requestSubmit();", &[]);
    visit.wait_for_text("Thank you! We will get in touch.");
    visit.script("chat.close();", &[]);
    visit.wait_until_gone("dialog", CHAT);
    let heard = visit.script("return heard;", &[]);
    let names: Vec<&str> = heard.as_array().unwrap().iter().map(|one| one[0].as_str().unwrap()).collect();
    assert_eq!(names, ["ready", "open", "message", "error", "answer", "message", "answer", "lead", "close"]);
    assert_eq!(heard[2][1]["text"], HOURS);
    let error = json!({"kind": "failed", "code": "internal_error", "requestId": "a-request"});
    assert_eq!((&heard[3][1], &heard[7][1]["email"]), (&error, &json!("ada@example.com")));
    let answer = &heard[4][1];
    assert_eq!(
        (&answer["source"], &answer["sources"][0]["question"]),
        (&json!("knowledge_base"), &json!(HOURS))
    );
    assert!(answer["confidence"].as_f64().unwrap() >= 0.85);
    assert!(visit.script("return typeof Frontdesk.version;", &[]) == "string");
    visit.script("chat.destroy();", &[]);
    visit.wait_until_gone("button", CHAT);
    assert_eq!(visit.script("return document.querySelectorAll('frontdesk-chat').length;", &[]), 0);
}

#[test]
fn the_element_is_drawn_where_it_stands_and_open() {
    let scene = Scene::start();
    let element = r#"<frontdesk-chat widget-key="demo" inline></frontdesk-chat>"#;
    let loader = scene.tag().replace(r#" data-widget-key="demo""#, "");
    let visit = scene.visit_page(&Browser::desktop(), &document("", &format!("{element}{loader}")));
    let region = visit.find("region", CHAT);
    assert_ne!(visit.focus().1, INPUT, "a part of the page takes no focus by itself");
    assert!(!visit.has("button", CHAT) && !visit.has("button", "Close the chat"));
    let [_, top, width, height] = region.bounds();
    assert!(top > 0.0 && width > 200.0 && height > 200.0, "{:?}", region.bounds());
    visit.say(HOURS);
    visit.wait_for_text(HOURS_ANSWER);
    visit.assert_accessible();
}

#[test]
fn two_widgets_on_a_page_have_nothing_in_common() {
    let scene = Scene::start();
    let other = json!({"client_id": 1, "widget_key": "second", "widget_name": "Second", "bot_name": "Second Assistant",
        "position": "bottom-left"});
    scene.admin("POST", "/widgets", &other);
    let tags = [scene.tag(), scene.tag().replace("demo", "second")].concat();
    let visit = scene.visit_page(&Browser::desktop(), &document("", &tags));
    let second = "Chat with Second Assistant";
    visit.find("button", second).click();
    visit.find("textbox", INPUT);
    visit.find("button", CHAT).click();
    let input = visit.find_in("textbox", INPUT, |tree| tree.inside("dialog", CHAT));
    input.click();
    visit.press(HOURS);
    visit.press(crate::scene::ENTER);
    visit.find_in("button", "Helpful", |tree| tree.inside("dialog", CHAT));
    let tree = visit.tree();
    let of_second = tree.inside("dialog", second).text();
    assert!(!of_second.contains("We're open"), "{of_second}");
    assert_eq!(scene.sql("SELECT count(*) FROM widget_conversations"), "1");
    visit.assert_accessible();
    let [demo, two] = [CHAT, second].map(|name| visit.find("button", name).bounds());
    assert!(two[0] + two[2] < demo[0], "{two:?} stands left of {demo:?}");
}

#[test]
fn a_script_that_is_loaded_twice_shows_one_widget() {
    let scene = Scene::start();
    let visit =
        scene.visit_page(&Browser::desktop(), &document("", &format!("{}{}", scene.tag(), scene.tag())));
    visit.find("button", CHAT);
    let once_more = "const again = document.createElement('script');
        again.src = document.querySelector('script[data-widget-key]').src;
        again.dataset.widgetKey = 'demo';
        again.onload = () => arguments[0]();
        document.head.append(again);";
    visit.script_later(once_more, &[]);
    visit.find("button", CHAT);
    assert_eq!(scene.front.requests_to(CONFIG).len(), 1);
}

#[test]
fn routers_that_exchange_the_page_keep_the_widget_and_what_was_said() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say(HOURS);
    visit.wait_for_text(HOURS_ANSWER);
    // Turbo and its like: a new `body`, in which the tags of the new page are run again
    visit.script(
        "const body = document.createElement('body');
        const main = document.createElement('main');
        const title = document.createElement('h1');
        title.textContent = 'Lamps';
        main.append(title);
        const old = document.querySelector('script[data-widget-key]');
        const script = document.createElement('script');
        script.src = old.src;
        script.dataset.widgetKey = 'demo';
        script.async = true;
        body.append(main, script);
        history.pushState({}, '', '/lamps');
        document.documentElement.replaceChild(body, document.body);",
        &[],
    );
    visit.find("heading", "Lamps");
    let is_one = || visit.script("return document.querySelectorAll('frontdesk-chat').length;", &[]) == 1;
    visit.wait("one widget", || (is_one() && !visit.tree().named("button", CHAT).is_empty()).then_some(()));
    if !visit.has("textbox", INPUT) {
        visit.open_chat();
    }
    visit.wait_for_text(HOURS_ANSWER);
    visit.say("Is there parking?");
    visit.wait_for_text("parking behind the building");
    assert_eq!(scene.sql("SELECT count(*) FROM widget_conversations"), "1");
    visit.assert_accessible();

    // the same where the tag is in the head, which stays, and runs no more
    visit.script(
        "const body = document.createElement('body');
        const title = document.createElement('h1');
        title.textContent = 'Shades';
        body.append(title);
        document.documentElement.replaceChild(body, document.body);",
        &[],
    );
    visit.find("heading", "Shades");
    visit.wait("one widget", || (is_one() && visit.has("textbox", INPUT)).then_some(()));
    visit.wait_for_text("parking behind the building");
}

#[test]
fn a_widget_that_is_put_in_and_taken_out_again_and_again_leaves_nothing_behind() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.find("button", CHAT);
    let round = || {
        visit.script(
            "globalThis.chat = document.querySelector('frontdesk-chat') ?? Frontdesk.init({ widgetKey: 'demo' });
            chat.open();",
            &[],
        );
        // what is found is remembered by the browser's driver: here it is only looked for
        visit.wait("the field", || visit.has("textbox", INPUT).then_some(()));
        visit.script("chat.destroy(); delete globalThis.chat;", &[]);
        visit.wait_until_gone("dialog", CHAT);
    };
    round();
    round();
    let before = counters(&visit);
    for _ in 0..5 {
        round();
    }
    // what was open last may go a little later; what is left behind never does
    visit.wait(&format!("no more listeners and nodes than {before:?}"), || {
        let [listeners, nodes] = counters(&visit);
        (listeners <= before[0] && nodes <= before[1]).then_some(())
    });

    // an element that a framework takes out and puts in again goes on
    visit.script("globalThis.chat = Frontdesk.init({ widgetKey: 'demo' });", &[]);
    visit.find("button", CHAT);
    let asked = scene.front.requests_to(CONFIG).len();
    visit.script("document.querySelector('main').append(chat);", &[]);
    visit.find("button", CHAT).click();
    visit.find("textbox", INPUT);
    visit.script("chat.remove();", &[]);
    visit.wait_until_gone("dialog", CHAT);
    visit.script("document.body.append(chat);", &[]);
    visit.find("button", CHAT);
    assert!(scene.front.requests_to(CONFIG).len() <= asked + 1);
}

/// How many listeners and nodes there are after the garbage has gone.
fn counters(page: &Page) -> [i64; 2] {
    page.cdp("HeapProfiler.collectGarbage", &json!({}));
    let counted = page.cdp("Memory.getDOMCounters", &json!({}));
    let of = |name: &str| counted[name].as_i64().unwrap();
    [of("jsEventListeners"), of("nodes")]
}

#[test]
fn sites_with_an_old_tag_have_the_widget_under_the_old_path_and_global() {
    let environment = [("LEGACY_WIDGET_PATHS", "/public/some-widget-v2.js=SomeGlobal")];
    let scene = Scene::start_with(&environment, None);
    let own = format!("SomeGlobal.init({{ widgetKey: 'demo', backendUrl: '{}' }});", scene.front.url());
    let tag = format!(r#"<script src="{}/public/some-widget-v2.js"></script>"#, scene.front.url());
    let page = document("", &format!(r#"{tag}<script src="/own.js"></script>"#));
    let visit = scene.visit_with(&Browser::desktop(), &page, &[("/own.js", &own)]);
    visit.open_chat();
    visit.say(HOURS);
    visit.wait_for_text(HOURS_ANSWER);
}

#[test]
fn a_page_without_https_has_the_widget_too() {
    let scene = Scene::start();
    let host = scene.front.url();
    let site = crate::browser::Site::start(&scene.policy(), [("/", "text/html", document("", &scene.tag()))]);
    let page = Browser::desktop().host("shop.test").open(&site.url_at("shop.test", "/"));
    assert_eq!(page.script("return isSecureContext;", &[]), Value::Bool(false), "{host}");
    page.find("button", CHAT).click();
    page.find("textbox", INPUT).click();
    page.press(HOURS);
    page.press(crate::scene::ENTER);
    page.wait_for_text(HOURS_ANSWER);
}

#[test]
fn the_line_that_the_administration_gives_out_pins_a_version_by_its_checksum() {
    let scene = Scene::start();
    let bearer = format!("Bearer {}", crate::scene::ADMIN_KEY);
    let answer =
        scene.api.send("GET", "/api/chat-widget/widgets/1/embed", &[("Authorization", &bearer)], None);
    let pinned = answer.json["pinned_script"].as_str().expect("a line").to_owned();
    assert!(pinned.contains("integrity=\"sha384-") && pinned.contains("crossorigin"), "{pinned}");
    let start = pinned.find("src=\"").unwrap() + 5;
    let path = pinned[start..].find("/widget/").unwrap() + start;
    let here = format!("{}{}{}", &pinned[..start], scene.front.url(), &pinned[path..]);
    let visit = scene.visit_page(&Browser::desktop(), &document("", &here));
    visit.open_chat();

    let other = here.replace("sha384-", "sha384-AAAA");
    let visit = scene.visit_page(&Browser::desktop(), &document("", &other));
    visit.expect("integrity");
    visit.wait("the refusal", || (!visit.complaints().is_empty()).then_some(()));
    assert!(!visit.has("button", CHAT));
}

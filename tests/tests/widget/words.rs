//! The languages, and the business's own words.

use crate::browser::{Browser, Site};
use crate::scene::{Scene, document};
use serde_json::json;

/// What the input is called and what stands in the notice, in each language.
const LANGUAGES: [(&str, &str, &str); 7] = [
    ("en", "Write a message…", "Send"),
    ("de", "Nachricht schreiben…", "Senden"),
    ("fr", "Écrivez un message…", "Envoyer"),
    ("es", "Escribe un mensaje…", "Enviar"),
    ("it", "Scrivi un messaggio…", "Invia"),
    ("pt", "Escreva uma mensagem…", "Enviar"),
    ("ar", "اكتب رسالة…", "إرسال"),
];

#[test]
fn each_language_has_all_texts_and_its_direction() {
    let scene = Scene::start();
    let page_in = |lang: &str| {
        let tag = scene.tag().replace("data-widget-key", &format!(r#"data-lang="{lang}" data-widget-key"#));
        document("", &tag).replace("<html lang=\"en\">", &format!("<html lang=\"{lang}\">"))
    };
    let paths: [&str; 7] = ["/en", "/de", "/fr", "/es", "/it", "/pt", "/ar"];
    let files = paths.map(|path| (path, "text/html", page_in(&path[1..])));
    let site = Site::start(&scene.policy(), files);
    let page = Browser::desktop().start();
    for (lang, input, send) in LANGUAGES {
        page.go(&site.url(&format!("/{lang}")));
        page.wait("the launcher", || {
            page.tree().all("button").iter().any(|node| node.name.contains("Harbour Assistant")).then_some(())
        });
        page.script("document.querySelector('frontdesk-chat').open();", &[]);
        let field = page.wait(&format!("the field in {lang}"), || {
            let tree = page.tree();
            tree.all("textbox").first().map(|node| (*node).clone())
        });
        assert_eq!(field.name, input, "{lang}");
        page.find("button", send);
        let direction = page
            .find("textbox", input)
            .script("return getComputedStyle(arguments[0].closest('[dir=ltr], [dir=rtl]')).direction;", &[]);
        assert_eq!(direction, if lang == "ar" { "rtl" } else { "ltr" }, "{lang}");
        let said = page.find("textbox", input).script("return arguments[0].closest('[lang]').lang;", &[]);
        assert_eq!(said, lang);
        page.assert_accessible();
        if lang == "ar" {
            page.screenshot("widget-right-to-left");
        }
    }
}

#[test]
fn the_visitors_language_is_chosen_and_the_clients_goes_before_it() {
    let scene = Scene::start();
    let html = document("", &scene.tag()).replace(r#"<html lang="en">"#, "<html>");
    let visit = scene.visit_page(&Browser::desktop().language("de-CH"), &html);
    visit.find("button", "Chat mit Harbour Assistant");
    scene.change("language = 'fr'");
    visit.reload();
    visit.find("button", "Discuter avec Harbour Assistant");
}

#[test]
fn a_business_has_its_own_words() {
    let scene = Scene::start();
    let texts = json!({"send": "Ahoy", "aiNotice": "A robot of ours answers.", "de": {"send": "Ab damit"}});
    scene.set(&format!("texts = '{texts}'"));
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.find("button", "Ahoy");
    visit.wait_for_text("A robot of ours answers.");
    visit.wait_for_text("Hi! Ask me anything about Harbour Dental.");
}

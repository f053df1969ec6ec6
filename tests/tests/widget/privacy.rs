//! What is kept, told and asked before a visitor's words go anywhere.

use crate::browser::{Browser, Site};
use crate::scene::{CHAT, HOURS, HOURS_ANSWER, INPUT, Scene, document};
use serde_json::json;

const AI_NOTICE: &str = "An AI answers here. It can make mistakes.";

#[test]
fn nothing_is_kept_before_the_first_message_and_one_unguessable_thing_after_it() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.find("textbox", INPUT).write("half a thou");
    assert_eq!(visit.kept(), json!([{}, {}, ""]));
    visit.find("textbox", INPUT).clear();
    visit.say(HOURS);
    visit.wait_for_text(HOURS_ANSWER);
    let kept = visit.kept();
    assert_eq!((&kept[1], &kept[2]), (&json!({}), &json!("")));
    let entries = kept[0].as_object().unwrap();
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["frontdesk:demo"]);
    let entry = entries["frontdesk:demo"].as_str().unwrap();
    let session = scene.sql("SELECT session_id FROM widget_conversations");
    assert!(entry.contains(&session) && session.len() >= 32, "{entry}, {session}");
    assert!(!entry.contains("hours"), "words are not kept: {entry}");
}

#[test]
fn it_says_that_an_ai_answers_unless_the_client_says_so_elsewhere() {
    let scene = Scene::start();
    scene.set("privacy_url = 'https://harbourdental.example/privacy'");
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.wait_for_text(AI_NOTICE);
    let link = visit.find("link", "Privacy");
    assert_eq!(link.attribute("href").as_deref(), Some("https://harbourdental.example/privacy"));
    assert!(link.attribute("rel").is_some_and(|rel| rel.contains("noopener")));
    scene.change("ai_notice = 0");
    visit.reload();
    visit.open_chat();
    visit.find("link", "Privacy");
    assert_eq!(visit.count(AI_NOTICE), 0);
}

#[test]
fn where_consent_is_required_nothing_is_sent_without_it() {
    let scene = Scene::start();
    scene.set("consent_required = 1");
    let visit = scene.visit(&Browser::desktop());
    visit.find("button", CHAT).click();
    visit.find("button", "No, thank you").click();
    visit.wait_for_text("nothing has been sent or stored");
    assert!(!visit.has("textbox", INPUT));
    assert_eq!(visit.kept(), json!([{}, {}, ""]));
    visit.assert_accessible();
    visit.screenshot("widget-consent");
    visit.find("button", "Yes, start the chat").click();
    visit.find("textbox", INPUT);
    assert_eq!(visit.focus().1, INPUT);
    assert_eq!(scene.front.requests().len(), 3, "the script, the configuration, the panel");
    visit.say(HOURS);
    visit.wait_for_text(HOURS_ANSWER);
    visit.reload();
    visit.open_chat();
    visit.wait_for_text(HOURS_ANSWER);
    assert!(!visit.has("button", "Yes, start the chat"), "whoever goes on has agreed");
}

#[test]
fn a_browser_that_keeps_nothing_has_a_conversation_too() {
    let scene = Scene::start();
    let site = Site::start(&scene.policy(), [("/", "text/html", document("", &scene.tag()))]);
    let page = Browser::desktop().without_storage().open(&site.url("/"));
    let script = "try { return typeof localStorage; } catch (error) { return error.name; }";
    assert_eq!(page.script(script, &[]), "SecurityError");
    page.find("button", CHAT).click();
    for (question, answer) in [(HOURS, HOURS_ANSWER), ("Is there parking?", "parking behind the building")] {
        page.find("textbox", INPUT).click();
        page.press(question);
        page.press(crate::scene::ENTER);
        page.wait_for_text(answer);
    }
    assert_eq!(scene.sql("SELECT count(*) FROM widget_conversations"), "1");
}

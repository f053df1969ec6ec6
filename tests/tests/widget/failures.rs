//! Everything that goes wrong has words, a way on, and costs nothing twice.

use crate::browser::{Browser, LIMIT};
use crate::scene::{
    CHAT, CONFIG, HOURS, HOURS_ANSWER, INPUT, MESSAGE, Scene, Visit, document, refusal, said,
};
use frontdesk_tests::stub::{Gate, Recorded, gemini_stream};
use frontdesk_tests::{Passage, Reply, leads_to};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The first calls to a path, before all others go through.
pub(crate) fn at_first(
    end: &'static str,
    count: usize,
    passage: impl Fn(&Recorded) -> Passage + Send + Sync + 'static,
) -> impl Fn(&Recorded) -> Passage + Send + Sync + 'static {
    let calls = AtomicUsize::new(0);
    move |request| {
        let is_it = request.method != "OPTIONS" && leads_to(request, end);
        if is_it && calls.fetch_add(1, Ordering::SeqCst) < count {
            passage(request)
        } else {
            Passage::Through
        }
    }
}

/// By which ids the messages were sent.
fn ids(scene: &Scene) -> Vec<Value> {
    scene.front.requests_to(MESSAGE).iter().map(|sent| sent.json()["client_message_id"].clone()).collect()
}

/// The question was sent several times as one message, stored once, answered once and shown once.
#[track_caller]
fn assert_one_message(scene: &Scene, visit: &Visit, sent: usize) {
    let ids = ids(scene);
    assert_eq!(ids.len(), sent);
    assert!(ids[0].is_string() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(said(scene).len(), 2, "{:?}", said(scene));
    assert_eq!(visit.count(HOURS_ANSWER), 1);
}

#[test]
fn a_server_that_is_away_is_not_noticed_by_the_page() {
    let scene = Scene::start();
    scene.front.rule(|_| Passage::Break);
    let visit = scene.visit(&Browser::desktop());
    visit.expect("/widget.js");
    visit.find("button", "Buy").click();
    let nodes = visit.tree().nodes().len();

    scene
        .front
        .rule(|request| if request.path.ends_with(CONFIG) { Passage::Break } else { Passage::Through });
    visit.reload();
    scene.front.wait_for(CONFIG, 1, LIMIT);
    visit.expect(CONFIG);
    visit.wait("the failed call", || {
        visit.complaints().iter().any(|complaint| complaint.contains(CONFIG)).then_some(())
    });
    visit.find("button", "Buy").click();
    assert_eq!(visit.tree().nodes().len(), nodes, "{}", visit.tree());
}

#[test]
fn a_widget_that_is_not_or_may_not_be_here_is_not_shown() {
    let scene = Scene::start();
    let visit = scene.visit_page(&Browser::desktop(), &document("", &scene.tag().replace("demo", "nobody")));
    visit.expect("404");
    visit.wait("the refusal", || (!visit.complaints().is_empty()).then_some(()));
    assert_eq!(visit.tree().all("button").len(), 1);

    scene.set("domain_whitelist = '[\"another.example\"]'");
    let visit = scene.visit(&Browser::desktop());
    visit.expect("CORS policy");
    visit.expect("net::ERR_FAILED");
    visit.wait("the refusal", || (visit.complaints().len() >= 2).then_some(()));
    assert_eq!(visit.tree().all("button").len(), 1);
}

#[test]
fn a_panel_that_does_not_load_says_so_and_loads_when_asked_again() {
    let scene = Scene::start();
    scene.front.rule(at_first("/panel.js", 1, |_| Passage::Break));
    let visit = scene.visit(&Browser::desktop());
    visit.expect("panel.js");
    visit.find("button", CHAT).click();
    let retry = visit.find("button", "The chat could not be loaded. Try again");
    visit.assert_accessible();
    retry.click();
    visit.find("textbox", INPUT);
    visit.say(HOURS);
    visit.wait_for_text(HOURS_ANSWER);
}

#[test]
fn on_a_slow_network_the_panel_is_there_at_once_and_can_be_closed_while_it_loads() {
    let gate = Arc::new(Gate::default());
    gate.close();
    let scene = Scene::start();
    let waiting = Arc::clone(&gate);
    scene.front.rule(at_first("/panel.js", 1, move |_| Passage::Wait(1000, Arc::clone(&waiting), "panel")));
    let visit = scene.visit(&Browser::desktop());
    visit.find("button", CHAT).click();
    gate.wait_for("panel", 1, LIMIT);
    visit.find("dialog", CHAT);
    visit.assert_accessible();
    visit.screenshot("widget-loading");
    visit.find("button", "Close the chat").click();
    visit.wait_until_gone("dialog", CHAT);
    assert_eq!(visit.focus().1, CHAT);
    visit.find("button", CHAT).click();
    gate.open();
    visit.find("textbox", INPUT);
    assert_eq!(scene.front.requests_to("/panel.js").len(), 1);
}

#[test]
fn a_message_that_came_too_soon_is_sent_again_by_itself_when_the_server_says() {
    let scene = Scene::start();
    let limited = |request: &Recorded| {
        Passage::Answer(refusal(request, 429, "rate_limited").with_header("retry-after", "1"))
    };
    scene.front.rule(at_first(MESSAGE, 1, limited));
    let visit = scene.visit(&Browser::desktop());
    visit.expect("429");
    visit.open_chat();
    visit.listen();
    visit.say(HOURS);
    visit.wait_for_text("That was a little fast.");
    visit.assert_accessible();
    visit.wait_for_text(HOURS_ANSWER);
    assert!(!visit.has("button", "Try again") && visit.count("a little fast") == 0);
    assert_one_message(&scene, &visit, 2);
    assert_eq!(visit.announced()[0], "That was a little fast.");
}

#[test]
fn a_server_that_is_busy_is_asked_again_and_a_long_wait_is_the_visitors_choice() {
    let scene = Scene::start();
    let busy = |request: &Recorded| {
        Passage::Answer(refusal(request, 503, "overloaded").with_header("retry-after", "600"))
    };
    scene.front.rule(at_first(MESSAGE, 1, busy));
    let visit = scene.visit(&Browser::desktop());
    visit.expect("503");
    visit.open_chat();
    visit.say(HOURS);
    visit.wait_for_text("We are very busy right now.");
    assert_eq!(visit.count("Trying again in"), 0, "nobody waits ten minutes before a page");
    visit.assert_accessible();
    visit.find("button", "Try again").click();
    visit.wait_for_text(HOURS_ANSWER);
    assert_one_message(&scene, &visit, 2);
}

#[test]
fn a_stream_that_breaks_is_taken_up_again_without_a_word_and_paid_for_once() {
    let scene =
        Scene::with_model(|_| Reply::Stream(gemini_stream(&[HOURS_ANSWER, " and not on Sundays."], 400)));
    scene.front.rule(at_first(MESSAGE, 1, |_| Passage::CutAfter(60)));
    let visit = scene.visit(&Browser::desktop());
    visit.expect("net::ERR");
    visit.open_chat();
    visit.say(HOURS);
    visit.wait_for_text("and not on Sundays.");
    visit.idle();
    assert_one_message(&scene, &visit, 2);
    assert!(!visit.has("button", "Try again"));
    assert_eq!(scene.sql("SELECT count(*) FROM llm_request_logs"), "1");
}

#[test]
fn a_connection_that_keeps_breaking_has_words_and_a_retry_of_the_same_message() {
    let scene = Scene::start();
    scene.front.rule(at_first(MESSAGE, 2, |_| Passage::Break));
    let visit = scene.visit(&Browser::desktop());
    visit.expect("net::ERR");
    visit.open_chat();
    visit.say(HOURS);
    let retry = visit.find("button", "Try again");
    let told = visit.count("There is no connection.") + visit.count("The connection broke off.");
    assert_eq!(told, 1, "{}", visit.tree());
    assert!(visit.has("button", "Send"), "another message can be written meanwhile");
    visit.assert_accessible();
    visit.screenshot("widget-failure");
    let sent = scene.front.requests_to(MESSAGE).len();
    retry.click();
    // a browser sends a request whose connection broke at once a second time by itself
    if sent < 2 {
        visit.find("button", "Try again").click();
    }
    visit.wait_for_text(HOURS_ANSWER);
    let ids = ids(&scene);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(said(&scene).len(), 2);
    let by_visitor = visit.tree().inside("log", "Messages").named("StaticText", "You").len();
    assert_eq!(by_visitor, 1, "the visitor's words stand there once");
}

#[test]
fn a_fault_of_the_server_has_words_and_a_retry() {
    let scene = Scene::start();
    scene
        .front
        .rule(at_first(MESSAGE, 1, |request| Passage::Answer(refusal(request, 500, "internal_error"))));
    let visit = scene.visit(&Browser::desktop());
    visit.expect("500");
    visit.open_chat();
    visit.say(HOURS);
    visit.wait_for_text("Something went wrong.");
    visit.find("button", "Try again").click();
    visit.wait_for_text(HOURS_ANSWER);
    assert_one_message(&scene, &visit, 2);
}

#[test]
fn an_answer_of_a_proxy_that_is_no_json_is_a_failure_like_any_other() {
    let scene = Scene::start();
    let page = |request: &Recorded| {
        let Reply::Answer { headers, .. } = refusal(request, 502, "") else { return Passage::Break };
        Passage::Answer(Reply::Answer { status: 502, headers, body: b"<h1>Bad gateway</h1>".to_vec() })
    };
    scene.front.rule(at_first(MESSAGE, 1, page));
    let visit = scene.visit(&Browser::desktop());
    visit.expect("502");
    visit.open_chat();
    visit.say(HOURS);
    visit.wait_for_text("We are very busy right now.");
    visit.find("button", "Try again").click();
    visit.wait_for_text(HOURS_ANSWER);
}

#[test]
fn a_conversation_that_is_gone_is_followed_by_a_new_one() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.expect("404");
    visit.open_chat();
    visit.say("Is there parking?");
    visit.find("button", "Helpful");
    let id = scene.sql("SELECT public_id FROM widget_conversations");
    scene.admin("DELETE", &format!("/conversations/{id}"), &Value::Null);
    visit.say(HOURS);
    visit.wait_for_text(HOURS_ANSWER);
    assert_ne!(scene.sql("SELECT public_id FROM widget_conversations"), id);

    let id = scene.sql("SELECT public_id FROM widget_conversations");
    scene.admin("DELETE", &format!("/conversations/{id}"), &Value::Null);
    visit.reload();
    visit.open_chat();
    visit.wait("an empty panel", || (visit.count(HOURS_ANSWER) == 0).then_some(()));
    visit.say(HOURS);
    visit.wait_for_text(HOURS_ANSWER);
}

#[test]
fn a_history_that_does_not_come_has_words_and_a_retry_and_the_visitor_can_go_on() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say(HOURS);
    visit.find("button", "Helpful");
    scene
        .front
        .rule(at_first("/messages", 1, |request| Passage::Answer(refusal(request, 500, "internal_error"))));
    visit.expect("500");
    visit.reload();
    visit.open_chat();
    visit.wait_for_text("Something went wrong.");
    visit.find("button", "Try again").click();
    visit.wait_for_text(HOURS_ANSWER);
    assert_eq!(visit.count("Something went wrong"), 0);
}

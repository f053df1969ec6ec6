//! A conversation, from the first word to its end.

use crate::browser::{Browser, LIMIT};
use crate::scene::{CHAT, ENTER, HOURS, HOURS_ANSWER, INPUT, MESSAGE, Scene, said};
use frontdesk_tests::Reply;
use frontdesk_tests::stub::{Gate, Part, gemini_stream};
use serde_json::json;
use std::sync::{Arc, Mutex, mpsc};

/// A question that the demo's knowledge base only has related entries for, and one of those.
const UNSURE: &str = "Can I park my boat?";
const RELATED: &str = "Is there parking?";
const LEAD: &str = "Leave your details, and our team will get back to you.";
const PARKING: &str = "parking behind the building is free";

#[test]
fn an_answer_is_read_while_the_model_speaks_and_announced_once_when_it_is_whole() {
    let (thinking, speaking) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
    thinking.close();
    speaking.close();
    let gates = (Arc::clone(&thinking), Arc::clone(&speaking));
    let scene = Scene::with_model(move |_| {
        let mut parts = gemini_stream(&["We open **at nine**", " and close at five."], 400);
        parts.insert(1, Part::Pass(Arc::clone(&gates.1), "speaking"));
        parts.insert(0, Part::Pass(Arc::clone(&gates.0), "thinking"));
        Reply::Stream(parts)
    });
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.listen();
    visit.say("When do you open?");
    thinking.wait_for("thinking", 1, LIMIT);
    visit.wait_for_text("Harbour Assistant is typing…");
    assert_eq!(visit.find("textbox", INPUT).node().value, "", "what was sent has left the field");
    thinking.open();
    visit.wait_for_text("We open at nine");
    visit.find("button", "Stop the answer");
    assert!(!visit.has("button", "Send") && visit.count("is typing") == 0);
    assert_eq!(visit.announced(), [""; 0], "no piece is announced");
    visit.assert_accessible();
    speaking.open();
    visit.wait_for_text("We open at nine and close at five.");
    visit.idle();
    visit.wait("the announcement", || (!visit.announced().is_empty()).then_some(()));
    assert_eq!(visit.announced(), ["Harbour Assistant: We open at nine and close at five."]);
    assert_eq!(visit.focus(), ("textbox".to_owned(), INPUT.to_owned()));
    assert_eq!(visit.tree().all("strong").len(), 1);
    visit.assert_accessible();
    assert_eq!(said(&scene), ["user: When do you open?", "bot: We open **at nine** and close at five."]);
}

#[test]
fn an_answer_that_the_visitor_stops_stops_the_model_and_the_next_message_is_answered() {
    let (gone, left) = mpsc::channel();
    let gone = Mutex::new(Some(gone));
    let scene = Scene::with_model(move |_| {
        let hanging_up = gone.lock().unwrap().take();
        let mut parts = gemini_stream(&["Well, let me see.", " The end."], 400);
        if let Some(gone) = hanging_up {
            parts.truncate(1);
            parts.push(Part::AwaitHangUp(gone));
        }
        Reply::Stream(parts)
    });
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say("Tell me all.");
    visit.wait_for_text("Well, let me see.");
    visit.find("button", "Stop the answer").click();
    visit.wait_for_text("The answer is not complete.");
    left.recv_timeout(LIMIT).expect("the model's connection is closed");
    assert_eq!(visit.focus(), ("textbox".to_owned(), INPUT.to_owned()));
    visit.assert_accessible();
    visit.say("In short?");
    visit.wait_for_text("Well, let me see. The end.");
}

#[test]
fn an_answer_of_the_knowledge_base_says_so_and_can_be_voted_on() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say("When are you open?");
    visit.wait_for_text(HOURS_ANSWER);
    visit.wait_for_text("From our answers");
    visit.wait_for_text(HOURS);
    let votes =
        || scene.sql("SELECT was_helpful, feedback_text FROM widget_messages WHERE message_type = 'bot'");
    let wait_for_votes = |expected: &str| {
        visit.wait(&format!("the vote {expected}"), || (votes() == expected).then_some(()));
    };
    visit.find("button", "Helpful").click();
    wait_for_votes("1|");
    assert!(visit.find("button", "Helpful").node().is("pressed"));
    visit.find("button", "Not helpful").click();
    wait_for_votes("0|");
    let comment = visit.find("textbox", "What could be better?");
    assert!(!visit.find("button", "Helpful").node().is("pressed"));
    visit.assert_accessible();
    comment.write("Say something of holidays.");
    visit.find_in("button", "Send", |tree| tree.inside("log", "Messages")).click();
    visit.wait_for_text("Thank you for telling us!");
    wait_for_votes("0|Say something of holidays.");
    visit.find("button", "Not helpful").click();
    wait_for_votes("|Say something of holidays.");
    assert!(!visit.find("button", "Not helpful").node().is("pressed"), "a vote can be taken back");
}

#[test]
fn related_questions_are_chips_that_ask_and_whoever_is_not_answered_can_leave_an_address() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say(UNSURE);
    visit.find("button", RELATED);
    visit.find("form", LEAD);
    visit.assert_accessible();

    visit.find_in("button", "Send", |tree| tree.inside("form", LEAD)).click();
    let email = visit.find("textbox", "E-mail (optional)");
    assert!(email.node().is("invalid") && email.node().is("focused"));
    assert_eq!(email.node().description, "Enter an e-mail address or a phone number.");
    email.write("ada@example");
    visit.find("textbox", "Phone (optional)").write("12");
    visit.find_in("button", "Send", |tree| tree.inside("form", LEAD)).click();
    let described = |name: &str| visit.find("textbox", name).node().description.clone();
    assert_eq!(described("E-mail (optional)"), "Enter an address like anna@example.com.");
    assert_eq!(described("Phone (optional)"), "Enter at least 5 digits.");
    visit.assert_accessible();
    visit.find("textbox", "E-mail (optional)").write(".com");
    visit.find("textbox", "Phone (optional)").write("34 567");
    visit.find("textbox", "Name (optional)").write("Ada");
    visit.find_in("button", "Send", |tree| tree.inside("form", LEAD)).click();
    visit.wait_for_text("Thank you! We will get in touch.");
    let lead = scene.sql("SELECT visitor_name, visitor_email, visitor_phone FROM widget_conversations");
    assert_eq!(lead, "Ada|ada@example.com|1234 567");

    visit.find("button", RELATED).click();
    visit.wait_for_text(PARKING);
    assert_eq!(said(&scene)[2], format!("user: {RELATED}"));
    visit.say(UNSURE);
    visit.find("button", RELATED);
    assert!(!visit.has("form", LEAD), "it asks once in a conversation");
}

#[test]
fn a_form_for_an_address_stays_away_where_the_widget_wants_none_and_after_it_was_dismissed() {
    let scene = Scene::start();
    scene.set("enable_email_capture = 0, enable_phone_capture = 0");
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say(UNSURE);
    visit.find("button", RELATED);
    assert!(!visit.has("form", LEAD));
    scene.change("enable_phone_capture = 1");
    visit.reload();
    visit.open_chat();
    visit.say("how high is mount everest");
    visit.find("textbox", "Phone");
    assert!(!visit.has("textbox", "E-mail"), "only what the widget wants is asked for");
    visit.find("button", "No, thank you").click();
    visit.wait_until_gone("form", LEAD);
    visit.say("how high is mount fuji");
    visit.wait("the second answer", || (said(&scene).len() >= 6).then_some(()));
    visit.idle();
    assert!(!visit.has("form", LEAD));
}

#[test]
fn used_up_credits_are_told_in_friendly_words_and_once() {
    let scene = Scene::with_model(|_| panic!("no credit is left to ask the model with"));
    scene.sql("UPDATE client_llm_usage SET daily_request_limit = 0");
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say(HOURS);
    visit.wait_for_text("The AI is taking a break. Prepared answers help you meanwhile.");
    visit.wait_for_text(HOURS_ANSWER);
    assert_eq!(visit.count("free AI limit"), 0, "the client's business is not the visitor's");
    assert_eq!(visit.count("The AI is taking a break"), 1);
    visit.assert_accessible();
}

#[test]
fn a_conversation_goes_on_after_a_reload_and_can_be_saved_ended_and_begun_anew() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say(HOURS);
    visit.find("button", "Helpful");
    visit.reload();
    visit.open_chat();
    visit.listen();
    visit.wait_for_text(HOURS_ANSWER);
    assert_eq!(visit.count(HOURS_ANSWER), 1);
    assert_eq!(visit.announced(), [""; 0], "what was said long ago is not announced");
    visit.say(RELATED);
    visit.wait_for_text(PARKING);
    assert_eq!(scene.sql("SELECT count(*) FROM widget_conversations"), "1");

    let menu = visit.find("button", "Menu");
    assert!(!menu.node().is("expanded"));
    menu.click();
    assert!(visit.find("button", "Menu").node().is("expanded"));
    visit.assert_accessible();
    let saved = saved_file(&visit, || visit.find("button", "Download the transcript").click());
    assert!(saved.contains(HOURS) && saved.contains(HOURS_ANSWER) && saved.contains(PARKING), "{saved}");

    visit.find("button", "Menu").click();
    visit.find("button", "End the conversation").click();
    visit.wait_for_text("The conversation has ended.");
    assert_eq!(scene.sql("SELECT status FROM widget_conversations"), "ended");

    visit.find("button", "Menu").click();
    visit.find("button", "New conversation").click();
    visit.wait("an empty panel", || (visit.count(HOURS_ANSWER) == 0).then_some(()));
    visit.say(RELATED);
    visit.wait_for_text(PARKING);
    assert_eq!(scene.sql("SELECT count(*) FROM widget_conversations"), "2");
}

/// What the browser was given to save.
fn saved_file(visit: &crate::browser::Page, act: impl FnOnce()) -> String {
    // a page's own view of a download is the object behind its address
    visit.script(
        "const of = URL.createObjectURL;
        URL.createObjectURL = file => { file.text().then(text => { globalThis.saved = text; }); return of(file); };",
        &[],
    );
    act();
    visit.wait("a file to save", || {
        visit.script("return globalThis.saved ?? null;", &[]).as_str().map(str::to_owned)
    })
}

#[test]
fn a_visitor_can_have_everything_erased_and_is_asked_before() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say("My number is 4711.");
    visit.wait("the answer", || (said(&scene).len() == 2).then_some(()));
    visit.idle();
    visit.find("button", "Menu").click();
    visit.find("button", "Delete the conversation").click();
    visit.find("button", "Cancel");
    assert_eq!(visit.focus().1, "Cancel", "Enter by mistake deletes nothing");
    visit.assert_accessible();
    visit.find("button", "Cancel").click();
    assert_eq!(scene.sql("SELECT count(*) FROM widget_conversations"), "1");
    visit.find("button", "Menu").click();
    visit.find("button", "Delete the conversation").click();
    visit
        .find_in("button", "Delete the conversation", |tree| {
            tree.inside("group", "Delete this conversation for good, on our side too?")
        })
        .click();
    visit.wait_for_text("The conversation has been deleted.");
    assert_eq!(visit.count("4711"), 0);
    assert_eq!(scene.sql("SELECT count(*) FROM widget_conversations"), "0");
    assert_eq!(scene.sql("SELECT count(*) FROM widget_messages"), "0");
    assert_eq!(visit.kept(), json!([{}, {}, ""]));
}

#[test]
fn a_persons_reply_appears_by_itself_and_is_announced() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say(HOURS);
    visit.find("button", "Helpful");
    let id = scene.sql("SELECT public_id FROM widget_conversations");
    let reply = json!({"message": "Grace **here**.", "agent_name": "Grace", "agent_handoff": true});
    scene.admin("POST", &format!("/conversations/{id}/reply"), &reply);
    visit.listen();
    visit.say("Is somebody there?");
    visit.wait("the reply's announcement", || {
        visit.announced().contains(&"Grace: Grace here.".to_owned()).then_some(())
    });
    visit.wait_for_text("Grace has joined the chat.");
    assert_eq!(visit.count("Grace has joined the chat."), 1);
    visit.assert_accessible();
}

#[test]
fn outside_business_hours_the_panel_says_so_and_the_bot_still_answers() {
    let scene = Scene::start();
    let closed = r#"{"monday":null,"tuesday":null,"wednesday":null,"thursday":null,"friday":null,"saturday":null,"sunday":null}"#;
    scene.set(&format!("business_hours = '{closed}', offline_message = 'We are back tomorrow.'"));
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.wait_for_text("We are back tomorrow.");
    visit.say(HOURS);
    visit.wait_for_text(HOURS_ANSWER);
    visit.assert_accessible();
    let always = closed.replace("null", r#"{"open":"00:00","close":"24:00"}"#);
    scene.change(&format!("business_hours = '{always}'"));
    visit.reload();
    visit.open_chat();
    assert_eq!(visit.count("We are back tomorrow."), 0);
}

#[test]
fn enter_sends_and_what_is_no_message_is_not_sent() {
    let scene = Scene::start();
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.press(ENTER);
    visit.press("   ");
    visit.press(ENTER);
    let input = visit.find("textbox", INPUT);
    input.script("arguments[0].value = 'x'.repeat(4001); arguments[0].dispatchEvent(new InputEvent('input', {bubbles: true}));", &[]);
    visit.press(ENTER);
    let too_long = visit.find("textbox", INPUT);
    assert_eq!(too_long.node().description, "At most 4000 characters, please.");
    assert!(too_long.node().is("invalid"));
    visit.assert_accessible();
    too_long.clear();

    // Enter that ends the composition of a Japanese word is for the word
    visit.find("textbox", INPUT).click();
    visit.cdp("Input.imeSetComposition", &json!({"text": "とう", "selectionStart": 2, "selectionEnd": 2}));
    for kind in ["rawKeyDown", "keyUp"] {
        let key = json!({"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229});
        visit.cdp("Input.dispatchKeyEvent", &key);
    }
    visit.cdp("Input.insertText", &json!({"text": "灯"}));
    assert_eq!(visit.find("textbox", INPUT).node().value, "灯");
    assert_eq!(scene.front.requests_to(MESSAGE).len(), 0);

    visit.press_with(SHIFT, '\u{e007}');
    visit.press("second line");
    visit.press(ENTER);
    scene.front.wait_for(MESSAGE, 1, LIMIT);
    visit.idle();
    assert_eq!(scene.front.requests_to(MESSAGE)[0].json()["message_text"], "灯\nsecond line");
    assert!(visit.has("dialog", CHAT));
}

const SHIFT: char = '\u{e008}';

#[test]
fn a_reader_who_has_scrolled_up_stays_there_and_is_told_of_what_is_new() {
    let gate = Arc::new(Gate::default());
    let speaking = Arc::clone(&gate);
    let scene = Scene::with_model(move |_| {
        let long = "A line.\n\n".repeat(40);
        let mut parts = gemini_stream(&[&long, "The end of it."], 400);
        parts.insert(0, Part::Pass(Arc::clone(&speaking), "thinking"));
        Reply::Stream(parts)
    });
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say("First?");
    visit.wait_for_text("The end of it.");
    visit.idle();
    gate.close();
    visit.say("Second?");
    gate.wait_for("thinking", 1, LIMIT);
    let log = visit.find("log", "Messages");
    log.script("arguments[0].scrollTop = 0;", &[]);
    visit.wait("the list at its top", || {
        (log.script("return arguments[0].scrollTop;", &[]) == 0).then_some(())
    });
    // the list tells of its scrolling with the next frame
    visit.script_later("requestAnimationFrame(() => requestAnimationFrame(() => arguments[0]()));", &[]);
    gate.open();
    visit.find("button", "New messages");
    assert_eq!(log.script("return arguments[0].scrollTop;", &[]), 0);
    visit.assert_accessible();
    visit.find("button", "New messages").click();
    visit.wait_until_gone("button", "New messages");
    let below =
        log.script("const l = arguments[0]; return l.scrollHeight - l.clientHeight - l.scrollTop;", &[]);
    assert!(below.as_f64().is_some_and(|pixels| pixels < 2.0), "{below}");
}

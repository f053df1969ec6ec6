//! Visitors: each opens conversations and sends messages until they are answered, to whichever api is up. Some
//! hang up, some send the same twice at once, some ask for the same answer again.

use super::LIMIT;
use super::providers::{QUESTION, answer_to, is_a_models};
use super::record::{Acknowledged, Record};
use super::system::System;
use super::widgets::WIDGETS;
use frontdesk_tests::http;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// Before a message that was turned away is sent again.
const PAUSE: Duration = Duration::from_millis(50);

const WHAT: [&str; 4] =
    ["Is there parking?", "What are your business hours?", "How high is Mount Everest?", "你们几点开门? 🙂"];

struct Message {
    widget: &'static str,
    conversation: i64,
    /// Its number, which is its idempotency key, too.
    number: String,
    text: String,
}

/// What an api made of a request.
enum Reaction {
    Answer(Value),
    /// It could not do it now: try again.
    Again(String),
    /// It must not have said that.
    Wrong(String),
}

struct Visitor<'a> {
    system: &'a System,
    record: &'a Record,
    number: usize,
    rng: StdRng,
    said: usize,
}

/// Talks until the record is closed.
pub(super) fn visit(system: &System, record: &Record, number: usize) {
    let rng = StdRng::seed_from_u64(u64::try_from(number).unwrap());
    let mut visitor = Visitor { system, record, number, rng, said: 0 };
    while record.is_open() {
        visitor.converse();
    }
}

impl Visitor<'_> {
    fn converse(&mut self) {
        let widget = WIDGETS.choose_weighted(&mut self.rng, |widget| widget.visitors).unwrap().key;
        let body = json!({ "session_id": format!("session {}.{}", self.number, self.said) });
        let Some(opened) = self.until_answered(widget, "conversation", &body) else { return };
        let Some(conversation) = opened["conversation_id"].as_i64() else {
            return self.record.complain(format!("a conversation without an id: {opened}"));
        };
        for _ in 0..self.rng.random_range(1..6) {
            if self.record.is_open() {
                self.say(widget, conversation);
                thread::sleep(Duration::from_millis(self.rng.random_range(0..60)));
            }
        }
    }

    fn say(&mut self, widget: &'static str, conversation: i64) {
        self.said += 1;
        let number = format!("{}-{}", self.number, self.said);
        let text = format!("{QUESTION}{number}. {}", WHAT.choose(&mut self.rng).unwrap());
        let message = Message { widget, conversation, number, text };
        match self.rng.random_range(0..20) {
            // Leaves for good, before anything is answered.
            0 => self.hang_up(&message),
            // Is back at once.
            1 | 2 => {
                self.hang_up(&message);
                self.deliver(&message);
            }
            3 => self.deliver_twice_at_once(&message),
            4 | 5 => {
                self.deliver(&message);
                self.deliver(&message);
            }
            _ => self.deliver(&message),
        }
    }

    /// Sends it until it is answered.
    fn deliver(&mut self, message: &Message) {
        if let Some(answer) = self.until_answered(message.widget, "message", &message.body()) {
            match message.acknowledged(&answer) {
                Ok(acknowledged) => self.record.acknowledge(self.number, acknowledged),
                Err(wrong) => self.record.complain(format!("{wrong}: {answer}")),
            }
        }
    }

    fn deliver_twice_at_once(&mut self, message: &Message) {
        let (system, record, number) = (self.system, self.record, self.number);
        let rng = StdRng::seed_from_u64(self.rng.random());
        let mut twin = Visitor { system, record, number, rng, said: 0 };
        thread::scope(|scope| {
            scope.spawn(move || twin.deliver(message));
            self.deliver(message);
        });
    }

    /// Sends the request and goes without waiting for anything.
    fn hang_up(&mut self, message: &Message) {
        let Some(url) = self.system.addresses().choose(&mut self.rng).cloned() else { return };
        let address = url.trim_start_matches("http://").to_owned();
        let (path, body) = (path(message.widget, "message"), message.body().to_string());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}",
            body.len()
        );
        // An api that has just been killed cannot be reached: nobody expects an answer.
        if let Ok(mut connection) = TcpStream::connect(address) {
            drop(write!(connection, "{head}\r\n\r\n{body}"));
        }
    }

    /// Sends a request to one api after the other. `None` when it is over, or never answered, which is a fault.
    fn until_answered(&mut self, widget: &str, call: &str, body: &Value) -> Option<Value> {
        let began = Instant::now();
        while !self.record.has_ended() {
            if let Some(url) = self.system.addresses().choose(&mut self.rng) {
                match self.send(&format!("{url}{}", path(widget, call)), body) {
                    Reaction::Answer(answer) => return Some(answer),
                    Reaction::Again(why) => self.record.turned_away(why),
                    Reaction::Wrong(what) => {
                        self.record.complain(what);
                        return None;
                    }
                }
            }
            if began.elapsed() > LIMIT {
                self.record.complain(format!("not answered within {LIMIT:?}: {body}"));
                return None;
            }
            thread::sleep(PAUSE);
        }
        None
    }

    fn send(&mut self, url: &str, body: &Value) -> Reaction {
        let request = format!("{:016x}", self.rng.random::<u64>());
        let sent = http::try_send("POST", url, &[("X-Request-Id", &request)], Some(body));
        let response = match sent {
            Ok(response) => response,
            Err(error) => return Reaction::Again(format!("no answer: {error}")),
        };
        if response.header("x-request-id") != Some(request.as_str()) {
            // The port of an api that was killed can belong to any other server by now.
            return Reaction::Again("another server".to_owned());
        }
        match response.status {
            200 => Reaction::Answer(response.json),
            409 | 503 => Reaction::Again(format!("{} {}", response.status, response.json["code"])),
            status => {
                let log = self.system.log_of(&request);
                Reaction::Wrong(format!("{url}: {status} {} to {body}\n{log}", response.text))
            }
        }
    }
}

impl Message {
    fn body(&self) -> Value {
        let Self { conversation, number, text, .. } = self;
        json!({ "conversation_id": conversation, "client_message_id": number, "message_text": text })
    }

    /// What an answer says, if it is an answer to this.
    fn acknowledged(&self, answer: &Value) -> Result<Acknowledged, &'static str> {
        let response = answer["response"].as_str().filter(|text| !text.is_empty()).ok_or("no text")?;
        if answer["conversation_id"].as_i64() != Some(self.conversation) {
            return Err("an answer in another conversation");
        }
        if is_a_models(response) && response != answer_to(&self.number) {
            return Err("an answer to another question");
        }
        Ok(Acknowledged {
            widget: self.widget,
            conversation: self.conversation,
            client_message_id: self.number.clone(),
            text: self.text.clone(),
            message_id: answer["message_id"].as_i64().ok_or("no message_id")?,
            response: response.to_owned(),
            at: answer["timestamp"].as_str().ok_or("no timestamp")?.to_owned(),
        })
    }
}

fn path(widget: &str, call: &str) -> String {
    format!("/api/chat-widget/public/widget/{widget}/{call}")
}

/// Someone who comes once, with one message for the first widget.
struct Guest<'a> {
    visitor: Visitor<'a>,
    message: Message,
}

impl<'a> Guest<'a> {
    fn new(system: &'a System, record: &'a Record, name: &str) -> Self {
        let rng = StdRng::seed_from_u64(0);
        let mut visitor = Visitor { system, record, number: 0, rng, said: 0 };
        let widget = WIDGETS[0].key;
        let opened = visitor.until_answered(widget, "conversation", &json!({ "session_id": name }));
        let conversation = opened.and_then(|opened| opened["conversation_id"].as_i64());
        let conversation = conversation.expect("a guest gets a conversation");
        let text = format!("{QUESTION}{name}. {}", WHAT[0]);
        Self { visitor, message: Message { widget, conversation, number: name.to_owned(), text } }
    }
}

/// The time of an answer that is given now, as the api writes it.
pub(super) fn ask_the_time(system: &System, record: &Record, name: &str) -> String {
    let Guest { mut visitor, message } = Guest::new(system, record, name);
    let answer = visitor.until_answered(message.widget, "message", &message.body()).expect("an answer");
    message.acknowledged(&answer).expect("an answer to the question").at
}

/// A visitor who is gone before the answer comes.
pub(super) fn leave(system: &System, record: &Record, name: &str) {
    let Guest { mut visitor, message } = Guest::new(system, record, name);
    visitor.hang_up(&message);
}

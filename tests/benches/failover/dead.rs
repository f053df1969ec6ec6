//! One provider is dead: it refuses connections, accepts them and never answers, or does not even accept them.
//! Once its breaker is open, who asks it first waits no longer than who asks the other one directly.

use crate::Options;
use crate::world::{ANSWER, World, quantile};
use frontdesk_tests::stub::{Faulty, claude_ok};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// More than a breaker needs to open.
const WARM_UP: u64 = 40;

/// A way of being dead, and what keeps it so.
struct Dead {
    name: &'static str,
    url: String,
    hanging: Option<Faulty>,
    _full: Option<Full>,
}

/// A port whose backlog is full: whoever connects gets no answer at all.
struct Full {
    address: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

pub(crate) fn measure(options: &Options) {
    println!(
        "| a provider that | answers of the other one, ms | asked directly: p50, ms | after the dead one: p50, ms | longer by | calls of the dead one, breaker open |
|---|---:|---:|---:|---:|---:|"
    );
    for delay in &options.delays {
        for dead in [refusing(), hanging(), full()] {
            compare(&dead, Duration::from_millis(*delay), options);
        }
    }
}

/// Both apis take turns.
fn compare(dead: &Dead, delay: Duration, options: &Options) {
    let sound = Faulty::sound(delay, claude_ok(ANSWER, 60, 6));
    let direct = World::start(None, &sound.url());
    let after = World::start(Some(&dead.url), &sound.url());
    for question in 0..WARM_UP {
        direct.tell(question);
        after.tell(question);
    }
    let calls = || dead.hanging.as_ref().map_or(0, Faulty::calls);
    let before = calls();
    let (mut waits, mut waits_after) = (Vec::new(), Vec::new());
    for question in 0..options.dead_messages {
        let ask = |world: &World, waits: &mut Vec<Duration>| {
            let told = world.tell(question);
            assert!(told.by_model, "the sound provider did not answer");
            waits.push(told.waited);
        };
        if question % 2 == 0 {
            ask(&direct, &mut waits);
            ask(&after, &mut waits_after);
        } else {
            ask(&after, &mut waits_after);
            ask(&direct, &mut waits);
        }
    }
    let (direct, after) = (quantile(waits, 0.5), quantile(waits_after, 0.5));
    let probes = if dead.hanging.is_some() { (calls() - before).to_string() } else { "-".to_owned() };
    println!(
        "| {} | {} | {direct:.2} | {after:.2} | {:.1} % | {probes} |",
        dead.name,
        delay.as_millis(),
        (after / direct - 1.0) * 100.0,
    );
}

fn refusing() -> Dead {
    let listener = listener();
    let url = url_of(&listener);
    drop(listener);
    Dead { name: "refuses connections", url, hanging: None, _full: None }
}

fn hanging() -> Dead {
    let hanging = Faulty::hanging();
    Dead { name: "accepts and never answers", url: hanging.url(), hanging: Some(hanging), _full: None }
}

/// The kernel drops who comes to a full backlog; 128 is what the standard library asks for, and some more fit.
fn full() -> Dead {
    let listener = listener();
    let url = url_of(&listener);
    let address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
    let waiting =
        (0..400).map_while(|_| TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok());
    let full = Full { address, _waiting: waiting.collect(), _listener: listener };
    let reached = TcpStream::connect_timeout(&full.address, Duration::from_millis(200)).is_ok();
    assert!(!reached, "the backlog is larger than thought");
    Dead { name: "does not accept", url, hanging: None, _full: Some(full) }
}

fn listener() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).unwrap_or_else(|error| panic!("no port: {error}"))
}

fn url_of(listener: &TcpListener) -> String {
    let address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
    format!("http://{address}")
}

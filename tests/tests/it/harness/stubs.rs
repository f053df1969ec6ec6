use frontdesk_tests::stub::{self, Gate};
use frontdesk_tests::{Reply, Stub, http};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[test]
fn each_providers_answer_has_the_text_and_the_tokens_where_it_has_them() {
    let gemini = Stub::start(|_| stub::gemini_ok("hi", 10, 3));
    let answer = http::post(&gemini.url(), &json!({})).json;
    assert_eq!(answer["candidates"][0]["content"]["parts"][0]["text"], "hi");
    assert_eq!(answer["usageMetadata"]["totalTokenCount"], 13);

    let openai = Stub::start(|_| stub::openai_ok("hi", 10, 3));
    let answer = http::post(&openai.url(), &json!({})).json;
    assert_eq!(answer["choices"][0]["message"]["content"], "hi");
    assert_eq!(answer["usage"]["total_tokens"], 13);

    let claude = Stub::start(|_| stub::claude_ok("hi", 10, 3));
    let answer = http::post(&claude.url(), &json!({})).json;
    assert_eq!(answer["content"][0]["text"], "hi");
    assert_eq!(
        (&answer["usage"]["input_tokens"], &answer["usage"]["output_tokens"]),
        (&json!(10), &json!(3))
    );
}

#[test]
fn requests_are_recorded_whole_and_in_order() {
    let stub = Stub::replies([
        Reply::error(503, "busy").with_header("retry-after", "7"),
        Reply::json(200, &json!(1)),
    ]);
    let url = format!("{}/v1/x?key=a%20b", stub.url());
    let first = http::send("PUT", &url, &[("X-Api-Key", "secret")], Some(&json!({"q": "Grüße"})));
    assert_eq!((first.status, first.header("retry-after")), (503, Some("7")));
    assert_eq!(first.json["error"]["message"], "busy");
    assert_eq!(http::get(&stub.url()).json, json!(1));
    assert_eq!(http::get(&stub.url()).json, json!(1), "the last reply is given for ever");

    let requests = stub.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!((requests[0].method.as_str(), requests[0].path.as_str()), ("PUT", "/v1/x?key=a%20b"));
    assert_eq!(requests[0].header("x-api-key"), Some("secret"));
    assert_eq!(requests[0].json(), json!({"q": "Grüße"}));
    assert_eq!(requests[1].method, "GET");
}

#[test]
fn a_connection_serves_several_requests() {
    let stub = Stub::start(|request| Reply::json(200, &json!(request.path)));
    let mut connection = TcpStream::connect(stub.url().trim_start_matches("http://")).unwrap();
    for path in ["/one", "/two"] {
        write!(connection, "GET {path} HTTP/1.1\r\nhost: stub\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        let end = format!("\"{path}\"");
        while !answer.ends_with(end.as_bytes()) {
            let mut byte = [0];
            connection.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
    }
    assert_eq!(stub.requests().len(), 2);
}

#[test]
fn cut_connections_and_bodies_are_errors_to_the_client() {
    let cut = Stub::start(|_| Reply::CutConnection);
    assert!(http::try_send("GET", &cut.url(), &[], None).is_err());
    let half = Stub::start(|_| Reply::CutBody(b"{\"candidates\": [".to_vec()));
    assert!(http::try_send("GET", &half.url(), &[], None).is_err());
}

#[test]
fn a_late_answer_comes_late() {
    let delay = Duration::from_millis(200);
    let stub = Stub::start(move |_| Reply::json(200, &json!("late")).after(delay));
    let start = Instant::now();
    assert_eq!(http::get(&stub.url()).json, json!("late"));
    assert!(start.elapsed() >= delay);
}

#[test]
fn a_hanging_request_is_recorded_and_ends_with_the_stub() {
    let stub = Stub::start(|_| Reply::Hang);
    let url = stub.url();
    let client =
        std::thread::spawn(move || http::try_send("GET", &url, &[], None).map(|answer| answer.status));
    stub.wait_for_requests(1, Duration::from_secs(10));
    assert!(!client.is_finished());
    drop(stub);
    assert!(client.join().unwrap().is_err());
}

#[test]
fn a_closed_gate_holds_requests_back_until_it_is_opened() {
    let gate = Arc::new(Gate::default());
    let at_gate = Arc::clone(&gate);
    let stub = Stub::start(move |request| {
        at_gate.pass(&request.path);
        Reply::json(200, &json!("through"))
    });
    let url = format!("{}/one", stub.url());
    assert_eq!(http::get(&url).json, json!("through"));
    gate.close();
    let client = std::thread::spawn(move || http::get(&url).json);
    gate.wait_for("/one", 1, Duration::from_secs(10));
    assert!(!client.is_finished());
    gate.open();
    assert_eq!(client.join().unwrap(), json!("through"));
}

//! What can happen below a stream: the same for all providers.

use super::{Used, collect, stream};
use crate::secrets::Log;
use crate::support::{Act, KEY, Vendor, ask, epoch, fixture, model_at, read_request, request, usage};
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use frontdesk_providers::estimate::estimate_prompt;
use frontdesk_providers::registry::BUILT_IN;
use frontdesk_providers::{
    ChatModel, ChatRequest, Finish, HttpConfig, ProviderConfig, Providers, ReplyStream, StreamEvent,
};
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A provider, a stream that stops before its end, its text, and what of the usage it told.
const CUT: [(ProviderName, &str, &str, Used); 4] = [
    (ProviderName::GEMINI, "gemini/stream_cut_uncounted", "It ships to", Used::Prompt(41)),
    (ProviderName::GROQ, "groq/stream_cut", "It ships", Used::Thought("The visitor…")),
    (ProviderName::OPENAI, "openai/stream_cut", "It ships to", Used::Nothing),
    (ProviderName::CLAUDE, "claude/stream_cut", "It ships to", Used::Prompt(41)),
];

fn model_with(provider: &ProviderName, base_url: &str, http: &HttpConfig) -> Arc<dyn ChatModel> {
    let config = ProviderConfig {
        base_url: Some(base_url.to_owned()),
        ..ProviderConfig::new(provider.clone(), Some(SecretString::from(KEY)))
    };
    let providers = Providers::new(vec![config], http, &epoch()).unwrap();
    Arc::clone(providers.get(provider).unwrap())
}

fn event_stream(body: &str) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    [head, body].concat().into_bytes()
}

#[tokio::test]
async fn pieces_of_any_size_make_the_same_stream() {
    let streams = [
        (ProviderName::GEMINI, "gemini/stream_thinking"),
        (ProviderName::GEMINI, "gemini/stream_error_lines"),
        (ProviderName::GROQ, "groq/stream_success"),
        (ProviderName::OPENAI, "openai/stream_chunked"),
        (ProviderName::OPENAI, "openai/stream_cut"),
        (ProviderName::CLAUDE, "claude/stream_thinking"),
    ];
    for (provider, name) in streams {
        let whole = stream(&provider, "m", name).await.unwrap();
        for size in [1, 7, 64] {
            let vendor = Vendor::playing(vec![Act::Send(fixture(name), size)]).await;
            let opened = model_at(&provider, &vendor.url()).stream(&request("m")).await.unwrap();
            assert_eq!(collect(opened).await, whole, "{name} in pieces of {size}");
        }
    }
}

#[tokio::test]
async fn silence_after_the_first_text_cuts_it() {
    let http = HttpConfig { idle_timeout: Duration::from_millis(200), ..Default::default() };
    for (provider, name, text, used) in CUT {
        let vendor = Vendor::playing(vec![Act::Hang(fixture(name))]).await;
        let model = model_with(&provider, &vendor.url(), &http);
        let streamed = collect(model.stream(&request("m")).await.unwrap()).await;
        assert_eq!((streamed.text().as_str(), streamed.end.finish), (text, Finish::Cut));
        let error = streamed.end.error.unwrap();
        assert_eq!((error.failure, error.detail.as_str()), (Failure::CutOff, "nothing came for 200ms"));
        used.check(&provider, "m", text, streamed.end.usage, streamed.end.usage_estimated);
        vendor.client_is_gone().await;
    }
}

#[tokio::test]
async fn silence_before_the_first_text_is_a_timeout_that_may_be_billed() {
    let start = fixture("claude/stream_error_after_start");
    let error = start.windows(12).position(|window| window == b"event: error").unwrap();
    let start = start[..error].to_vec();
    let head = start.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let mut request = request("m");
    request.timeout = Duration::from_millis(300);
    let prompt = estimate_prompt(&ProviderName::CLAUDE, &request);
    for (sent, prompt) in [(0, prompt), (10, prompt), (head, prompt), (start.len(), 41)] {
        let vendor = Vendor::playing(vec![Act::Hang(start[..sent].to_vec())]).await;
        let error = model_at(&ProviderName::CLAUDE, &vendor.url()).stream(&request).await.err().unwrap();
        assert_eq!(error.failure, Failure::Timeout, "after {sent} bytes: {error}");
        assert_eq!(error.detail, "no text within 300ms");
        assert_eq!((error.usage, error.usage_estimated), (Some(usage(prompt, 0)), true));
        vendor.client_is_gone().await;
    }
}

#[tokio::test]
async fn an_error_in_bare_lines_is_told_also_where_the_connection_stays_open() {
    let mut first = request("gemini-3.5-flash-lite");
    first.timeout = Duration::from_millis(300);
    let vendor = Vendor::playing(vec![Act::Hang(fixture("gemini/stream_error_first"))]).await;
    let error = model_at(&ProviderName::GEMINI, &vendor.url()).stream(&first).await.err().unwrap();
    assert_eq!(error.failure, Failure::Overloaded { retry_after: Some(Duration::from_secs(2)) }, "{error}");
    assert_eq!(error.usage, None, "nothing was done that could be billed");
}

#[tokio::test]
async fn a_stream_never_outlives_its_time() {
    let mut request = request("m");
    request.stream_timeout = Duration::from_millis(300);
    let opening =
        "event: content_block_delta\ndata: {\"delta\": {\"type\": \"text_delta\", \"text\": \"Hm\"}}\n\n";
    let ping = b"event: ping\ndata: {\"type\": \"ping\"}\n\n".to_vec();
    let acts = [Act::Hang(event_stream(opening)), Act::Flood(event_stream(opening), ping.clone())];
    for act in acts {
        let vendor = Vendor::playing(vec![act]).await;
        let claude = model_at(&ProviderName::CLAUDE, &vendor.url());
        let streamed = collect(claude.stream(&request).await.unwrap()).await;
        let error = streamed.end.error.unwrap();
        assert_eq!((error.failure, error.detail.as_str()), (Failure::CutOff, "no end within 300ms"));
        vendor.client_is_gone().await;
    }
    let vendor = Vendor::playing(vec![Act::Flood(event_stream(""), ping)]).await;
    let error = model_at(&ProviderName::CLAUDE, &vendor.url()).stream(&request).await.err().unwrap();
    assert_eq!((error.failure, error.detail.as_str()), (Failure::Timeout, "no text within 300ms"));
    vendor.client_is_gone().await;
}

/// Reads all the text that there is to come.
async fn read_text(stream: &mut ReplyStream, text: &str) {
    let mut read = String::new();
    while read != text {
        match stream.next().await {
            Some(StreamEvent::Delta(piece)) => read.push_str(&piece),
            other => panic!("{other:?} after {read:?}"),
        }
    }
}

#[tokio::test]
async fn stopping_closes_the_connection_and_tells_what_was_used() {
    for (provider, name, text, used) in CUT {
        let vendor = Vendor::playing(vec![Act::Hang(fixture(name))]).await;
        let mut stream = model_at(&provider, &vendor.url()).stream(&request("m")).await.unwrap();
        read_text(&mut stream, text).await;
        let end = stream.stop();
        assert_eq!((end.finish, end.error), (Finish::Cut, None));
        used.check(&provider, "m", text, end.usage, end.usage_estimated);
        vendor.client_is_gone().await;
    }
}

#[tokio::test]
async fn dropping_a_stream_or_the_wait_for_it_closes_the_connection() {
    for (provider, name, ..) in CUT {
        let vendor = Vendor::playing(vec![Act::Hang(fixture(name))]).await;
        let model = model_at(&provider, &vendor.url());
        drop(model.stream(&request("m")).await.unwrap());
        vendor.client_is_gone().await;
        let vendor = Vendor::playing(vec![Act::Hang(event_stream(": wait\n"))]).await;
        let model = model_at(&provider, &vendor.url());
        let request = request("m");
        tokio::select! {
            _ = model.stream(&request) => panic!("there is no text"),
            () = vendor.has_played() => {}
        }
        vendor.client_is_gone().await;
    }
}

#[tokio::test]
async fn a_wait_for_the_next_piece_can_be_given_up_without_losing_it() {
    let vendor = Vendor::playing(vec![Act::Send(fixture("openai/stream_success"), 3)]).await;
    let mut stream = model_at(&ProviderName::OPENAI, &vendor.url()).stream(&request("m")).await.unwrap();
    let mut text = String::new();
    let end = loop {
        tokio::select! {
            biased;
            event = stream.next() => match event.unwrap() {
                StreamEvent::Delta(piece) => text.push_str(&piece),
                StreamEvent::End(end) => break end,
            },
            () = tokio::task::yield_now() => {}
        }
    };
    assert_eq!((text.as_str(), end.finish), ("It ships today.", Finish::Complete));
}

/// A server that answers every request with the same bytes and keeps its connections. Returns its address, and
/// how many connections and requests there were.
async fn keeping_connections(answer: Vec<u8>) -> (String, Arc<[AtomicUsize; 2]>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let shared = Arc::clone(&counts);
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            shared[0].fetch_add(1, Ordering::Relaxed);
            let (shared, answer) = (Arc::clone(&shared), answer.clone());
            tokio::spawn(async move {
                while read_request(&mut connection).await.is_some() {
                    shared[1].fetch_add(1, Ordering::Relaxed);
                    connection.write_all(&answer).await.unwrap();
                }
            });
        }
    });
    (url, counts)
}

#[tokio::test]
async fn a_connection_serves_again_after_a_stream_that_ended() {
    let mut answer = fixture("openai/stream_chunked");
    let close = answer.windows(19).position(|window| window == b"connection: close\r\n").unwrap();
    answer.drain(close..close + 19);
    let (url, counts) = keeping_connections(answer).await;
    let openai = model_at(&ProviderName::OPENAI, &url);
    let again = async {
        loop {
            // The connection is free a moment after the end, so the very next call may miss it.
            collect(openai.stream(&request("m")).await.unwrap()).await;
            let [connections, requests] = [0, 1].map(|count| counts[count].load(Ordering::Relaxed));
            if requests > connections {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again).await.unwrap();
}

#[tokio::test]
async fn more_than_is_allowed_is_cut() {
    let http = HttpConfig { max_answer_bytes: 300, ..Default::default() };
    let event = r#"data: {"choices": [{"delta": {"content": "0123456789"}}]}"#;
    let endless = [event, "\n\n"].concat();
    let vendor = Vendor::playing(vec![Act::Flood(event_stream(""), endless.into_bytes())]).await;
    let openai = model_with(&ProviderName::OPENAI, &vendor.url(), &http);
    let streamed = collect(openai.stream(&request("m")).await.unwrap()).await;
    let error = streamed.end.error.clone().unwrap();
    assert_eq!((error.failure, error.detail.as_str()), (Failure::CutOff, "answer longer than 300 bytes"));
    assert!((200..=300).contains(&streamed.text().len()));
    vendor.client_is_gone().await;
    for line in ["data: ", "bare", "data: \n", "bare\n"] {
        let vendor = Vendor::playing(vec![Act::Flood(event_stream(""), line.as_bytes().to_vec())]).await;
        let openai = model_with(&ProviderName::OPENAI, &vendor.url(), &http);
        let error = openai.stream(&request("m")).await.err().unwrap();
        assert_eq!(
            (error.failure, error.detail.as_str()),
            (Failure::Malformed, "answer longer than 300 bytes")
        );
        assert!(error.usage_estimated);
        vendor.client_is_gone().await;
    }
}

#[tokio::test]
async fn a_key_that_is_thrown_back_in_a_stream_is_struck_out() {
    let log = Log::default();
    let guard = log.catch();
    let text = format!(r#"{{"choices": [{{"delta": {{"content": "a {KEY} b"}}}}], "model": "{KEY}"}}"#);
    let error = format!(r#"{{"error": {{"message": "{KEY}", "type": "{KEY}", "code": "{KEY}"}}}}"#);
    let bodies = [
        format!("data: {text}\n\ndata: {error}\n\n"),
        format!("data: {text}\n\n{error}\n"),
        format!("data: {text}\n\ndata: {KEY}\n\n"),
        format!("data: {error}\n\n"),
        error,
        format!("event: {KEY}\ndata: {KEY}\n\n"),
    ];
    let mut shown = Vec::new();
    for body in &bodies {
        for size in [1, usize::MAX] {
            let vendor = Vendor::playing(vec![Act::Send(event_stream(body), size)]).await;
            let outcome = model_at(&ProviderName::OPENAI, &vendor.url()).stream(&request("m")).await;
            shown.push(match outcome {
                Ok(stream) => format!("{:?}", collect(stream).await),
                Err(error) => format!("{error} {error:?}"),
            });
        }
    }
    drop(guard);
    assert!(shown.iter().all(|text| text.contains("[key]") && !text.contains(&KEY[..12])), "{shown:#?}");
    assert!(!log.text().contains(&KEY[..12]));
}

/// What a failed call may be billed: (usage, estimated).
async fn billed(model: &Arc<dyn ChatModel>, request: &ChatRequest) -> [(Failure, Option<u32>); 2] {
    let whole = model.complete(request).await.unwrap_err();
    let streamed = model.stream(request).await.err().unwrap();
    [whole, streamed].map(|error| {
        assert_eq!(error.usage.is_some(), error.usage_estimated);
        (error.failure, error.usage.map(|usage| usage.prompt_tokens))
    })
}

#[tokio::test]
async fn a_call_that_was_sent_and_not_answered_may_be_billed() {
    let request = request("m");
    for provider in BUILT_IN {
        let prompt = Some(estimate_prompt(&provider, &request));
        let vendor = Vendor::playing(Vec::new()).await;
        let model = model_at(&provider, &vendor.url());
        assert_eq!(billed(&model, &request).await, [(Failure::Unreachable, prompt); 2]);
        for useless in ["shared/html", "shared/null", "shared/truncated_json"] {
            let vendor = Vendor::of(&[useless, useless]).await;
            let model = model_at(&provider, &vendor.url());
            assert_eq!(billed(&model, &request).await, [(Failure::Malformed, prompt); 2], "{useless}");
        }
        for refused in ["shared/html_502", "shared/html_404", "shared/redirect"] {
            let error = ask(&provider, refused, &request).await.unwrap_err();
            assert_eq!((error.usage, error.usage_estimated), (None, false));
        }
    }
}

/// A connection that is never made: the queue of those that wait to be accepted is full.
#[tokio::test]
async fn a_call_that_was_never_sent_is_not_billed() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let waiting: Vec<_> = (0..8).map(|_| tokio::spawn(TcpStream::connect(address))).collect();
    let mut accepted_by_the_system = 0;
    while accepted_by_the_system < 2 {
        tokio::task::yield_now().await;
        accepted_by_the_system = waiting.iter().filter(|connect| connect.is_finished()).count();
    }
    let mut request = request("m");
    request.timeout = Duration::from_millis(300);
    for provider in BUILT_IN {
        let model = model_at(&provider, &format!("http://{address}"));
        assert_eq!(billed(&model, &request).await, [(Failure::Timeout, None); 2]);
        let hasty = HttpConfig { connect_timeout: Duration::from_millis(50), ..Default::default() };
        let model = model_with(&provider, &format!("http://{address}"), &hasty);
        assert_eq!(billed(&model, &request).await, [(Failure::Unreachable, None); 2]);
    }
    drop(listener);
}

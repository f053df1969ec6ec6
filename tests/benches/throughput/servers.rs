//! A language model that answers at once, and the bare pass-through in front of it.

use actix_web::web::{self, Bytes, Data, PayloadConfig};
use actix_web::{App, HttpResponse, HttpServer, rt};
use frontdesk_tests::stub::{self, Reply};
use std::net::TcpListener;
use std::thread;

/// What the model says to everything.
pub(crate) const ANSWER: &str = "We are open from nine to five, Monday to Friday.";
/// What it charges for that, in tokens.
pub(crate) const TOKENS: u32 = PROMPT_TOKENS + 50;
const PROMPT_TOKENS: u32 = 1_000;
/// Longer than any prompt, in bytes.
const LARGEST: usize = 1 << 20;

/// Starts a server that answers as Gemini does; its address. It lasts as long as the process.
pub(crate) fn model() -> String {
    let Reply::Answer { body, .. } = stub::gemini_ok(ANSWER, PROMPT_TOKENS, TOKENS - PROMPT_TOKENS) else {
        panic!("the model's answer is no answer")
    };
    let body = Bytes::from(body);
    let (listener, url) = listener();
    run(async move || {
        let app = move || {
            App::new()
                .app_data(Data::new(body.clone()))
                .app_data(PayloadConfig::new(LARGEST))
                .default_service(web::to(speak))
        };
        HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run().await
    });
    url
}

async fn speak(_prompt: Bytes, answer: Data<Bytes>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(Bytes::clone(&answer))
}

/// Starts a server that hands each body on to `model` and its answer back; its address.
pub(crate) fn pass_through(model: &str) -> String {
    let (listener, url) = listener();
    let model = model.to_owned();
    // The client wants it, though nothing here is encrypted. Another test may have been first.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::new();
    run(async move || {
        let app = move || {
            App::new()
                .app_data(Data::new(client.clone()))
                .app_data(Data::new(model.clone()))
                .default_service(web::to(hand_on))
        };
        HttpServer::new(app).disable_signals().listen(listener)?.run().await
    });
    url
}

async fn hand_on(
    body: Bytes,
    client: Data<reqwest::Client>,
    model: Data<String>,
) -> Result<HttpResponse, Box<dyn std::error::Error>> {
    let request = client.post(model.as_str()).header("content-type", "application/json").body(body);
    let answer = request.send().await?.error_for_status()?.bytes().await?;
    Ok(HttpResponse::Ok().content_type("application/json").body(answer))
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap_or_else(|error| panic!("no port: {error}"));
    let address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
    (listener, format!("http://{address}"))
}

fn run(server: impl AsyncFnOnce() -> std::io::Result<()> + Send + 'static) {
    thread::spawn(move || {
        let ended = rt::System::new().block_on(server());
        panic!("a server ended: {ended:?}");
    });
}

//! What the provider layer adds to an HTTP call: from the request, through quota and circuit breaker, to the whole
//! text, and to the first piece of a streamed text, beside bare reqwest that posts the same bytes and reads the same
//! answer. Both take turns within one run, against a server on this machine that answers at once.
//!
//! `cargo bench -p frontdesk-providers --bench overhead -- --help`

#[path = "../shared/mod.rs"]
mod shared;

mod server;
mod vendors;

use clap::Parser;
use frontdesk_domain::ProviderName;
use frontdesk_providers::estimate::estimate_prompt;
use frontdesk_providers::{
    Call, ChatRequest, HttpConfig, Now, Permit, ProviderConfig, Providers, Role, StreamEvent, Turn,
};
use jiff::Timestamp;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use secrecy::SecretString;
use server::{Request, Server};
use shared::{Failure, Times};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vendors::Vendor;

/// What the layer may add to a whole answer and to the first piece of a streamed one, in microseconds.
const MOST_ADDED: (f64, f64) = (150.0, 1_000.0);
const FACTS: &str = "Our shop in the old harbour is open from 9 AM to 1 PM on Saturdays. Parcels that were ordered \
    before noon leave on the same day; a return is free of charge within 30 days. ";

/// Measures the adapters beside bare reqwest.
#[derive(Debug, Parser)]
struct Options {
    /// Rounds, each with connections and a server of its own: where the system runs the server's threads decides
    /// more than what is measured, and stays as it is for as long as a connection lives
    #[arg(long, default_value_t = 25)]
    rounds: u32,
    /// Calls of each kind in a round that count; a tenth as many before them do not
    #[arg(long, default_value_t = 400)]
    calls: u32,
    /// Characters of the instructions, as with many entries of a knowledge base
    #[arg(long, default_value_t = 8_000)]
    prompt: usize,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    if !shared::is_wanted("overhead") {
        return Ok(());
    }
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&options))
}

async fn measure(options: &Options) -> Result<(), Failure> {
    let mut whole: [Rounds; 4] = Default::default();
    let mut streamed: [Rounds; 4] = Default::default();
    for _ in 0..options.rounds {
        for (number, vendor) in vendors::all().into_iter().enumerate() {
            let pair = Pair::new(vendor, options)?;
            whole[number].add(&pair.whole(options).await?);
            streamed[number].add(&pair.streamed(options).await?);
        }
    }
    println!(
        "| median, us | bare reqwest | provider layer | added | at most | |\n|---|---:|---:|---:|---:|---|"
    );
    for (vendor, rounds) in vendors::all().iter().zip(&whole) {
        rounds.report(&vendor.provider.to_string(), MOST_ADDED.0);
    }
    for (vendor, rounds) in vendors::all().iter().zip(&streamed) {
        rounds.report(&format!("{}, to the first piece", vendor.provider), MOST_ADDED.1);
    }
    Ok(())
}

/// The medians of each round, and what the adapter's was above that of the bare client.
#[derive(Debug, Default)]
struct Rounds {
    bare: Times,
    adapter: Times,
    added: Times,
}

impl Rounds {
    fn add(&mut self, [bare, adapter]: &[Times; 2]) {
        let (bare, adapter) = (bare.quantile(0.5), adapter.quantile(0.5));
        self.bare.add_us(bare);
        self.adapter.add_us(adapter);
        self.added.add_us(adapter - bare);
    }

    fn report(&self, name: &str, most: f64) {
        let [bare, adapter, added] =
            [&self.bare, &self.adapter, &self.added].map(|times| times.quantile(0.5));
        let verdict = if added < most { "reached" } else { "missed" };
        println!("| {name} | {bare:.0} | {adapter:.0} | {added:.0} | {most:.0} | {verdict} |");
    }
}

/// A provider and a bare client at the same server.
struct Pair {
    server: Server,
    bare: Client,
    provider: ProviderName,
    providers: Providers,
    request: ChatRequest,
    tokens: u32,
}

impl Pair {
    fn new(vendor: Vendor, options: &Options) -> Result<Self, Failure> {
        let server = Server::start(vendor.answers)?;
        let config = ProviderConfig {
            base_url: Some(server.url()),
            ..ProviderConfig::new(vendor.provider.clone(), Some(SecretString::from("sk-0123456789abcdef")))
        };
        let now: Now = Arc::new(|| Timestamp::UNIX_EPOCH);
        let providers = Providers::new(vec![config], &HttpConfig::default(), &now)?;
        let turns = vec![Turn { role: Role::Visitor, text: "When are you open on Saturday?".to_owned() }];
        let system: String = FACTS.chars().cycle().take(options.prompt).collect();
        let request = ChatRequest {
            model: vendor.model.to_owned(),
            system,
            turns,
            reply_tokens: 500,
            temperature: None,
            timeout: Duration::from_secs(15),
            stream_timeout: Duration::from_secs(15),
        };
        let (provider, bare) = (vendor.provider, Client::builder().no_proxy().build()?);
        let tokens = estimate_prompt(&provider, &request) + request.reply_tokens;
        Ok(Self { server, bare, provider, providers, request, tokens })
    }

    async fn whole(&self, options: &Options) -> Result<[Times; 2], Failure> {
        self.admit().await?.complete(&self.request).await?;
        let same = self.server.last();
        let mut times = [Times::default(), Times::default()];
        for call in 0..options.calls + options.calls / 10 {
            let bare = self.bare_whole(&same).await?;
            let began = Instant::now();
            black_box(self.admit().await?.complete(&self.request).await?.text);
            let adapter = began.elapsed();
            if call >= options.calls / 10 {
                times[0].add(bare);
                times[1].add(adapter);
            }
        }
        Ok(times)
    }

    async fn streamed(&self, options: &Options) -> Result<[Times; 2], Failure> {
        self.adapter_streamed().await?;
        let same = self.server.last();
        let mut times = [Times::default(), Times::default()];
        for call in 0..options.calls + options.calls / 10 {
            let bare = self.bare_streamed(&same).await?;
            let adapter = self.adapter_streamed().await?;
            if call >= options.calls / 10 {
                times[0].add(bare);
                times[1].add(adapter);
            }
        }
        Ok(times)
    }

    async fn admit(&self) -> Result<Permit, Failure> {
        let call = Call {
            provider: &self.provider,
            model: &self.request.model,
            tenant: 1,
            tokens: self.tokens,
            is_retry: false,
        };
        Ok(self.providers.admit(&call).await?)
    }

    async fn bare_whole(&self, same: &Request) -> Result<Duration, Failure> {
        let began = Instant::now();
        black_box(self.post(same).await?.bytes().await?);
        Ok(began.elapsed())
    }

    async fn bare_streamed(&self, same: &Request) -> Result<Duration, Failure> {
        let began = Instant::now();
        let mut response = self.post(same).await?;
        black_box(response.chunk().await?);
        let first = began.elapsed();
        while response.chunk().await?.is_some() {}
        Ok(first)
    }

    async fn adapter_streamed(&self) -> Result<Duration, Failure> {
        let began = Instant::now();
        let mut stream = self.admit().await?.stream(&self.request).await?;
        let Some(StreamEvent::Delta(piece)) = stream.next().await else {
            return Err("a stream without text".into());
        };
        black_box(piece);
        let first = began.elapsed();
        while stream.next().await.is_some() {}
        Ok(first)
    }

    async fn post(&self, same: &Request) -> Result<reqwest::Response, Failure> {
        let url = format!("{}{}", self.server.url(), same.path);
        let request = self.bare.post(url).header(CONTENT_TYPE, "application/json").body(same.body.clone());
        Ok(request.send().await?.error_for_status()?)
    }
}

//! How long an estimate of tokens takes: of a short question, of a prompt of 2,000 tokens, of hostile text, and
//! the first one of a process, which loads the vocabulary.
//!
//! `cargo bench -p frontdesk-providers --bench estimate -- --help`

#[path = "../shared/mod.rs"]
mod shared;

use clap::Parser;
use frontdesk_domain::ProviderName;
use frontdesk_providers::estimate::{estimate_prompt, estimate_text};
use frontdesk_providers::{ChatRequest, Role, Turn};
use shared::{Failure, Times};
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

const QUESTION: &str = "When are you open on Saturday?";
const FACTS: &str = "Our shop in the old harbour is open from 9 AM to 1 PM on Saturdays. Parcels that were ordered \
    before noon leave on the same day; a return is free of charge within 30 days. ";
/// How long a widget's instructions and knowledge are at the most, about.
const PROMPT_TOKENS: u32 = 2_000;
const HOSTILE_BYTES: usize = 600_000;

/// Measures the estimator. Each case has its turn in each round.
#[derive(Debug, Parser)]
struct Options {
    /// Rounds
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// Processes that are started to measure the first estimate
    #[arg(long, default_value_t = 15)]
    processes: u32,
    /// Measures the first estimate of this process only, in microseconds
    #[arg(long, hide = true)]
    first: bool,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    if !shared::is_wanted("estimate") {
        return Ok(());
    }
    let options = Options::parse();
    if options.first {
        println!("{}", first_estimate().as_micros());
        return Ok(());
    }
    println!("| estimate | tokens | median, us | 99th percentile, us |\n|---|---:|---:|---:|");
    let mut first = Times::default();
    for _ in 0..options.processes {
        first.add(first_of_a_process()?);
    }
    report("the first of a process, vocabulary loaded", None, &first);
    for (name, request) in cases() {
        let mut times = Times::default();
        for _ in 0..options.rounds {
            let began = Instant::now();
            black_box(estimate_prompt(&ProviderName::OPENAI, black_box(&request)));
            times.add(began.elapsed());
        }
        report(name, Some(estimate_prompt(&ProviderName::OPENAI, &request)), &times);
    }
    Ok(())
}

fn report(name: &str, tokens: Option<u32>, times: &Times) {
    let tokens = tokens.map_or_else(String::new, |tokens| tokens.to_string());
    println!("| {name} | {tokens} | {:.1} | {:.1} |", times.quantile(0.5), times.quantile(0.99));
}

fn cases() -> [(&'static str, ChatRequest); 5] {
    let tokens = estimate_text(&ProviderName::OPENAI, FACTS);
    let prompt = FACTS.repeat((PROMPT_TOKENS / tokens) as usize);
    let hostile = |text: &str| request("", &text.repeat(HOSTILE_BYTES / text.len()));
    [
        ("a short question", request("", QUESTION)),
        ("a prompt of 2,000 tokens", request(&prompt, QUESTION)),
        ("600 kB of blanks", hostile(" ")),
        ("600 kB of one letter", hostile("a")),
        ("600 kB of emoji", hostile("🚚")),
    ]
}

fn request(system: &str, text: &str) -> ChatRequest {
    ChatRequest {
        model: "gpt-6-luna".to_owned(),
        system: system.to_owned(),
        turns: vec![Turn { role: Role::Visitor, text: text.to_owned() }],
        reply_tokens: 500,
        temperature: None,
        timeout: Duration::from_secs(15),
        stream_timeout: Duration::from_secs(15),
    }
}

fn first_estimate() -> Duration {
    let began = Instant::now();
    black_box(estimate_text(&ProviderName::OPENAI, black_box(QUESTION)));
    began.elapsed()
}

fn first_of_a_process() -> Result<Duration, Failure> {
    let output = Command::new(std::env::current_exe()?).args(["--bench", "--first"]).output()?;
    Ok(Duration::from_micros(String::from_utf8(output.stdout)?.trim().parse()?))
}

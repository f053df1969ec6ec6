//! Streamed answers, replayed byte by byte.

mod claude;
mod compatible;
mod gemini;
mod groq;
mod openai;
mod quota;
mod transport;

use crate::support::{Vendor, model_at, request, usage};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::estimate::{estimate_prompt, estimate_text};
use frontdesk_providers::{Finish, ProviderError, ReplyStream, StreamEnd, StreamEvent};

/// A stream that was read to its end.
#[derive(Debug, PartialEq)]
struct Streamed {
    pieces: Vec<String>,
    end: StreamEnd,
}

impl Streamed {
    fn text(&self) -> String {
        self.pieces.concat()
    }
}

/// Reads a stream to its end, which comes once and last.
async fn collect(mut stream: ReplyStream) -> Streamed {
    let mut pieces = Vec::new();
    let end = loop {
        match stream.next().await.expect("an end comes before nothing more does") {
            StreamEvent::Delta(piece) => pieces.push(piece),
            StreamEvent::End(end) => break end,
        }
    };
    assert_eq!(stream.next().await, None);
    assert_eq!(stream.next().await, None);
    assert_eq!(stream.stop(), end);
    assert!(!pieces[0].trim().is_empty() && pieces.iter().all(|piece| !piece.is_empty()), "{pieces:?}");
    Streamed { pieces, end }
}

/// Asks `provider` for a stream; the server plays one fixture, and must have been asked just once.
async fn stream(provider: &ProviderName, model: &str, fixture: &str) -> Result<Streamed, ProviderError> {
    let vendor = Vendor::of(&[fixture]).await;
    let outcome = model_at(provider, &vendor.url()).stream(&request(model)).await;
    vendor.only();
    Ok(collect(outcome?).await)
}

/// What is known of a stream's usage.
#[derive(Clone, Copy)]
enum Used {
    /// All of it.
    All(TokenUsage),
    /// Nothing: the prompt is estimated, and the text.
    Nothing,
    /// Nothing, of a model that said this to itself before the text.
    Thought(&'static str),
    /// The prompt's; the text is estimated.
    Prompt(u32),
    /// Of a text that stopped before its end, all that was reported.
    SoFar(TokenUsage),
}

impl Used {
    fn check(self, provider: &ProviderName, model: &str, text: &str, usage: TokenUsage, estimated: bool) {
        let completion_tokens = estimate_text(provider, text);
        let (expected, marked) = match self {
            Self::All(usage) => (usage, false),
            Self::SoFar(usage) => (usage, true),
            Self::Prompt(prompt_tokens) => {
                (TokenUsage { prompt_tokens, completion_tokens, ..Default::default() }, true)
            }
            Self::Thought(thought) => {
                let prompt_tokens = estimate_prompt(provider, &request(model));
                let reasoning_tokens = estimate_text(provider, thought);
                let completion_tokens = completion_tokens + reasoning_tokens;
                let usage =
                    TokenUsage { prompt_tokens, completion_tokens, reasoning_tokens, ..Default::default() };
                (usage, true)
            }
            Self::Nothing => {
                let prompt_tokens = estimate_prompt(provider, &request(model));
                (TokenUsage { prompt_tokens, completion_tokens, ..Default::default() }, true)
            }
        };
        assert_eq!((usage, estimated), (expected, marked));
    }
}

fn all(prompt: u32, completion: u32) -> Used {
    Used::All(usage(prompt, completion))
}

/// Checks a table of (fixture, text, finish, usage): streams that end as they should.
async fn check_ends(provider: &ProviderName, model: &str, table: &[(&str, &str, Finish, Used)]) {
    for (fixture, text, finish, used) in table {
        let streamed =
            stream(provider, model, fixture).await.unwrap_or_else(|error| panic!("{fixture}: {error:?}"));
        assert_eq!((streamed.text().as_str(), streamed.end.finish), (*text, *finish), "{fixture}");
        assert_eq!(streamed.end.error, None, "{fixture}");
        println!("{fixture}: {:?}", streamed.end);
        used.check(provider, model, text, streamed.end.usage, streamed.end.usage_estimated);
        assert!(streamed.end.usage.prompt_tokens <= estimate_prompt(provider, &request(model)), "{fixture}");
    }
}

/// Checks a table of (fixture, text, failure, part of the detail, usage): texts that are cut.
async fn check_cuts(provider: &ProviderName, model: &str, table: &[(&str, &str, Failure, &str, Used)]) {
    for (fixture, text, failure, detail, used) in table {
        let streamed =
            stream(provider, model, fixture).await.unwrap_or_else(|error| panic!("{fixture}: {error:?}"));
        assert_eq!((streamed.text().as_str(), streamed.end.finish), (*text, Finish::Cut), "{fixture}");
        let error = streamed.end.error.unwrap_or_else(|| panic!("{fixture}: no error"));
        assert_eq!(error.failure, *failure, "{fixture}: {error:?}");
        assert!(error.detail.contains(detail), "{fixture}: {error:?}");
        println!("{fixture}: {error:?}");
        used.check(provider, model, text, streamed.end.usage, streamed.end.usage_estimated);
    }
}

/// Checks a table of (fixture, failure, part of the detail, usage): streams without text to show, which fail
/// as whole answers do. No usage is that of a call which is not billed.
async fn check_no_text(provider: &ProviderName, model: &str, table: &[(&str, Failure, &str, Option<Used>)]) {
    for (fixture, failure, detail, used) in table {
        let error = stream(provider, model, fixture).await.unwrap_err();
        assert_eq!(error.failure, *failure, "{fixture}: {error:?}");
        assert!(error.detail.contains(detail), "{fixture}: {error:?}");
        println!("{fixture}: {error:?}");
        match used {
            Some(used) => used.check(provider, model, "", error.usage.unwrap(), error.usage_estimated),
            None => assert_eq!((error.usage, error.usage_estimated), (None, false)),
        }
    }
}

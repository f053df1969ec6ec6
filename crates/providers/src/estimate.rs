//! An upper estimate of tokens, before anything is sent and without asking anyone.
//!
//! A reservation is only sound if the estimate is not below what the provider will count. The vocabulary
//! at hand is OpenAI's o200k. It is exact for OpenAI's current models and for gpt-oss; for the others its
//! count is multiplied by a margin. Anthropic's own material says that o200k undercounts its older tokenizer by
//! 15 to 20 % on plain text and by more on code, and that the newer one makes 30 % more tokens of the same text:
//! 40 and 80 %. For Gemini and the open models only reports of 5 to 15 % exist, hence 30 %. OpenAI's models before
//! GPT-4o have a vocabulary of their own, cl100k, which is at hand, too: no margin would do, for Bengali needs 3.7
//! times as many tokens there. No byte-level tokenizer makes more tokens than there are bytes, so bytes are the
//! ceiling. A quarter of the bytes, the usual rule of thumb, is no upper bound at all: JSON, hex and emoji need up
//! to 2.8 times as many.
//!
//! Turns of the same speaker are sent as one, with a blank line between them: the blank line and what it changes
//! in the words beside it stay below the 8 tokens that the turn would have cost alone.
//!
//! `bpe-openai` counts, not `tiktoken-rs`: measured side by side (2 cores, release build) it needs 47 instead
//! of 220 ms to load, 35 instead of 42 MB of private memory (and 32 MB of the binary's own pages, which the
//! system may drop and read again), counts a prompt of 2,000 tokens in 0.2 ms like the other, and stays linear
//! on hostile input (600 kB of blanks: 4 instead of 410 ms; the other also panics when its regex gives up).
//! It is loaded on the first estimate, once; lines that were counted before are not counted again. `cargo bench -p frontdesk-providers --bench estimate` measures it.

mod vocabulary;

use crate::chat::ChatRequest;
use frontdesk_domain::ProviderName;
use vocabulary::{Vocabulary, cl100k, o200k};

/// Tokens that the chat format adds to each message, at the most.
const PER_MESSAGE: u64 = 8;
/// Tokens that the chat format adds to each request, at the most.
const PER_REQUEST: u64 = 64;

/// OpenAI's models that use the o200k vocabulary, by the beginning of their names.
const O200K_MODELS: [&str; 8] = ["gpt-4o", "gpt-4.1", "gpt-5", "gpt-6", "o1", "o3", "o4", "chatgpt-4o"];
/// Those with the vocabulary before it, of what remains.
const CL100K_MODELS: [&str; 2] = ["gpt-3.5", "gpt-4"];

/// The last version of Claude, by major and minor number, that has the older tokenizer.
const LAST_OLD_CLAUDE: (u32, u32) = (4, 6);

/// The most prompt tokens that `provider` will count for `request`: for each text the lesser of its bytes and
/// its tokens with the margin of the model's family, 8 for each message and 64 for the request.
pub fn estimate_prompt(provider: &ProviderName, request: &ChatRequest) -> u32 {
    let counting = Counting::of(provider, Some(&request.model));
    let texts = request.turns.iter().map(|turn| turn.text.as_str());
    let tokens = std::iter::once(request.system.as_str())
        .chain(texts)
        .map(|text| counting.most(text) + PER_MESSAGE)
        .fold(PER_REQUEST, u64::saturating_add);
    saturated(tokens)
}

/// The most tokens that `provider` will count for `text` alone, whatever the model: where a provider serves
/// models with different vocabularies (Groq, Claude), the larger margin is taken.
pub fn estimate_text(provider: &ProviderName, text: &str) -> u32 {
    saturated(Counting::of(provider, None).most(text))
}

/// The most tokens that `provider` will count for `texts` of a reply of at most `cap` tokens. All reasoning counts against
/// the cap, so no more than the cap; unless the vocabulary's own count is above it, for then it was not kept.
pub(crate) fn estimate_reply(provider: &ProviderName, cap: u32, texts: &[&str]) -> u32 {
    let counting = Counting::of(provider, None);
    let sum = |count: &dyn Fn(&str) -> u64| texts.iter().map(|text| count(text)).sum::<u64>();
    let most = sum(&|text| counting.most(text));
    let cap = u64::from(cap);
    saturated(if most <= cap { most } else { cap.max(sum(&|text| counting.counted(text))) })
}

/// How the tokens of a family of models are counted.
#[derive(Clone, Copy)]
struct Counting {
    vocabulary: fn() -> &'static Vocabulary,
    /// The factor on the vocabulary's count.
    percent: u64,
}

impl Counting {
    /// By the model's name where that tells the family, whoever serves it, else by the provider.
    fn of(provider: &ProviderName, model: Option<&str>) -> Self {
        const EXACT: u64 = 100;
        // Some name a model with its maker, such as `openai/gpt-oss-20b`.
        let name = model.map(|model| model.rsplit('/').next().unwrap_or(model));
        let is = |prefixes: &[&str]| name.is_some_and(|name| prefixes.iter().any(|&p| name.starts_with(p)));
        let o200k = |percent| Self { vocabulary: o200k, percent };
        match provider.as_str() {
            "claude" if name.is_some_and(is_old_claude) => o200k(140),
            "claude" => o200k(180),
            _ if is(&["claude"]) => o200k(if name.is_some_and(is_old_claude) { 140 } else { 180 }),
            _ if is(&["gpt-oss"]) || is(&O200K_MODELS) => o200k(EXACT),
            _ if is(&CL100K_MODELS) => Self { vocabulary: cl100k, percent: EXACT },
            "openai" if name.is_none() => o200k(EXACT),
            _ => o200k(130),
        }
    }

    fn counted(self, text: &str) -> u64 {
        (self.vocabulary)().count(text)
    }

    fn most(self, text: &str) -> u64 {
        self.counted(text).saturating_mul(self.percent).div_ceil(100).min(text.len() as u64)
    }
}

/// Whether a Claude of this name has the older tokenizer: `claude-haiku-4-5-20251001`, `claude-3-5-sonnet`. A name
/// without a version has the newer one.
fn is_old_claude(name: &str) -> bool {
    let mut numbers = name.split(['-', '.', '@', ':']).filter_map(|part| part.parse::<u32>().ok());
    let Some(major) = numbers.next() else { return false };
    // A longer number is the date of the version.
    let minor = numbers.next().filter(|&minor| minor < 100).unwrap_or(0);
    (major, minor) <= LAST_OLD_CLAUDE
}

fn saturated(tokens: u64) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Role, Turn};
    use crate::conversation;
    use bpe_openai::{cl100k_base, o200k_base};
    use proptest::prelude::*;
    use std::time::Duration;

    fn request(model: &str, system: &str, turns: &[&str]) -> ChatRequest {
        let turns: Vec<_> = turns.iter().map(|&text| (Role::Visitor, text.to_owned())).collect();
        spoken(model, system, &turns)
    }

    fn spoken(model: &str, system: &str, turns: &[(Role, String)]) -> ChatRequest {
        ChatRequest {
            model: model.to_owned(),
            system: system.to_owned(),
            turns: turns.iter().map(|(role, text)| Turn { role: *role, text: text.clone() }).collect(),
            reply_tokens: 64,
            temperature: None,
            timeout: Duration::from_secs(1),
            stream_timeout: Duration::from_secs(1),
        }
    }

    fn exact(text: &str) -> u32 {
        u32::try_from(o200k_base().encode(text).len()).unwrap()
    }

    #[test]
    fn the_vocabulary_is_o200k() {
        // Known counts of this vocabulary: "hello world" is two tokens, a run of digits is cut in threes.
        assert_eq!(estimate_text(&ProviderName::OPENAI, "hello world"), 2);
        assert_eq!(estimate_text(&ProviderName::OPENAI, "1234567890"), 4);
        assert_eq!(estimate_text(&ProviderName::OPENAI, ""), 0);
    }

    #[test]
    fn each_family_of_models_has_its_margin() {
        let text = "Where is my parcel? I ordered it on Monday and have heard nothing since then.";
        assert_eq!(exact(text), 17);
        let ollama: ProviderName = "ollama".parse().unwrap();
        let (gemini, groq) = (&ProviderName::GEMINI, &ProviderName::GROQ);
        let (openai, claude) = (&ProviderName::OPENAI, &ProviderName::CLAUDE);
        let table = [
            (openai, "gpt-6-luna", 17),
            (openai, "gpt-6.1-terra", 17),
            (openai, "gpt-5.4-nano", 17),
            (openai, "gpt-4o-mini", 17),
            (openai, "o1-mini", 17),
            (openai, "gpt-4-turbo", 17), // of cl100k, which counts this text alike
            (openai, "llama3.2", 23),
            (groq, "openai/gpt-oss-20b", 17),
            (groq, "qwen/qwen3.8-27b", 23),
            (gemini, "gemini-3.5-flash-lite", 23),
            (claude, "claude-haiku-5-5", 31),
            (claude, "claude-sonnet-5-5", 31),
            (claude, "claude-opus-4-7", 31),
            (claude, "claude-haiku-4-5", 24),
            (claude, "claude-haiku-4-5-20251001", 24),
            (claude, "claude-sonnet-4-20250514", 24),
            (claude, "claude-sonnet-4-6", 24),
            (claude, "claude-3-haiku-20240307", 24),
            (claude, "claude-fable", 31),
            (&ollama, "gpt-oss:20b", 17),
            (&ollama, "gemma4", 23),
            (&ollama, "anthropic/claude-sonnet-5.5", 31),
            (&ollama, "anthropic/claude-sonnet-4.5", 24),
        ];
        for (provider, model, tokens) in table {
            let estimate = estimate_prompt(provider, &request(model, "", &[text]));
            assert_eq!(estimate, tokens + 2 * 8 + 64, "{provider} {model}");
        }
        let texts = [openai, gemini, groq, claude].map(|provider| estimate_text(provider, text));
        assert_eq!(texts, [17, 23, 23, 31]);
    }

    #[test]
    fn models_before_gpt_4o_are_counted_with_their_own_vocabulary() {
        let bengali = "আমার পার্সেল কোথায়? আমি সোমবার অর্ডার করেছি এবং তারপর থেকে কিছুই শুনিনি।";
        let of = |model| estimate_prompt(&ProviderName::OPENAI, &request(model, "", &[bengali])) - 2 * 8 - 64;
        assert_eq!(of("gpt-6-luna"), exact(bengali));
        assert_eq!(of("gpt-4-turbo"), u32::try_from(cl100k_base().count(bengali)).unwrap());
        assert!(of("gpt-4-turbo") > 3 * of("gpt-6-luna"));
    }

    #[test]
    fn bytes_are_the_ceiling() {
        assert_eq!(estimate_text(&ProviderName::CLAUDE, "a"), 1);
        assert_eq!(estimate_text(&ProviderName::CLAUDE, "zq"), 2);
    }

    #[test]
    fn a_quarter_of_the_bytes_would_be_too_few() {
        let ids = "9f1c2d4e-77ab-4c1d-9e0f-1a2b3c4d5e6f 0b7e6d5c-4a39-4281-8f7e-6d5c4b3a2910";
        assert!(estimate_text(&ProviderName::OPENAI, ids) as usize > ids.len() / 4 * 2);
    }

    #[test]
    fn what_is_too_much_is_the_largest_number() {
        assert_eq!(saturated(u64::from(u32::MAX)), u32::MAX);
        assert_eq!(saturated(u64::MAX), u32::MAX);
    }

    /// Texts with what changes how words are cut: blanks, line breaks and slashes at either end.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[ \t\r\n/?!.a-z0-9]{0,24}",
            "[\n/]{0,3}( |\u{a0}){0,40}(ab|Ωß|🚚){0,4}[?!-]{0,3}(\r\n|/| ){0,40}",
        ]
    }

    fn turns() -> impl Strategy<Value = Vec<(Role, String)>> {
        let role = prop_oneof![3 => Just(Role::Visitor), 1 => Just(Role::Assistant)];
        prop::collection::vec((role, text()), 0..8)
    }

    const BUILT_IN: [ProviderName; 4] = crate::registry::BUILT_IN;

    proptest! {
        #[test]
        fn the_estimate_is_between_o200k_and_bytes(system in text(), turn in text()) {
            let least = exact(&system) + exact(&turn) + 64 + 16;
            let most = system.len() + turn.len() + 64 + 16;
            for provider in BUILT_IN {
                let estimate = estimate_prompt(&provider, &request("gpt-6-luna", &system, &[&turn]));
                prop_assert!(least <= estimate && estimate as usize <= most, "{provider}: {least} {estimate} {most}");
            }
        }

        #[test]
        fn what_is_sent_never_counts_more_than_the_estimate(system in text(), turns in turns()) {
            let request = spoken("gpt-6-luna", &system, &turns);
            if let Ok(sent) = conversation::in_form(&request) {
                let messages: u32 = sent.iter().map(|said| exact(&said.text) + 8).sum();
                let instructions = conversation::system(&request).map_or(0, |text| exact(text) + 8);
                let estimate = estimate_prompt(&ProviderName::OPENAI, &request);
                prop_assert!(messages + instructions + 64 <= estimate, "{sent:?}");
            }
        }

        #[test]
        fn another_turn_never_lowers_the_estimate(system in text(), turns in turns(), model in 0usize..3) {
            let model = ["gpt-6-luna", "claude-haiku-5-5", "gemini-3.5-flash-lite"][model];
            for provider in BUILT_IN {
                let estimates = (0..=turns.len())
                    .map(|said| estimate_prompt(&provider, &spoken(model, &system, &turns[..said])));
                prop_assert!(estimates.is_sorted_by(|fewer, more| fewer + 8 <= *more));
            }
        }
    }
}

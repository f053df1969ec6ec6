//! Tokens of one call to a language model.
//!
//! ```
//! use frontdesk_domain::usage::TokenUsage;
//! let nothing_reported = TokenUsage::default();
//! assert_eq!(nothing_reported.total(), 0);
//! ```

use serde::{Deserialize, Serialize};

/// What one call used, in tokens, in one shape for all providers: the prompt **includes** cached and
/// cache-written tokens (Anthropic reports them apart; its adapter adds them), the completion
/// **includes** reasoning (Gemini reports it apart; its adapter adds it). All providers bill so.
///
/// ```
/// use frontdesk_domain::TokenUsage;
/// // Anthropic: input 100, cache read 900, cache write 50, output 200
/// let usage = TokenUsage {
///     prompt_tokens: 100 + 900 + 50,
///     cached_tokens: 900,
///     cache_write_tokens: 50,
///     completion_tokens: 200,
///     reasoning_tokens: 0,
/// };
/// assert_eq!(usage.total(), 1_250);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUsage {
    /// All input tokens.
    pub prompt_tokens: u32,
    /// The part of the prompt that was read from a cache.
    pub cached_tokens: u32,
    /// The part of the prompt that was written to a cache.
    pub cache_write_tokens: u32,
    /// All output tokens, reasoning included.
    pub completion_tokens: u32,
    /// The part of the completion that was reasoning and is not in the answer.
    pub reasoning_tokens: u32,
}

impl TokenUsage {
    /// Prompt and completion: what is charged to the client's credits.
    ///
    /// ```
    /// use frontdesk_domain::TokenUsage;
    /// let usage = TokenUsage { prompt_tokens: 9, completion_tokens: 272, reasoning_tokens: 244, ..Default::default() };
    /// assert_eq!(usage.total(), 281);
    /// ```
    pub fn total(&self) -> i64 {
        i64::from(self.prompt_tokens) + i64::from(self.completion_tokens)
    }
}

//! The answer flow: what happens between a visitor's message and the answer to it.
//!
//! 1. The widget by its key, and the checks of the message.
//! 2. A message that was seen before gets the answer that it got.
//! 3. The knowledge entries that fit best.
//!    A message with a keyword that the widget blocks is politely refused instead; nothing is looked up or asked.
//! 4. Where a model is enabled: the prompt, and a hold on the client's credits.
//! 5. The widget's provider, then its fallbacks, as [`frontdesk_domain::fallback`] says.
//! 6. The knowledge base, if it is sure enough; else a friendly default with related questions.
//! 7. Messages, counters, log and rollup are committed before the visitor gets the answer.
//!
//! No provider is called before it admits the call and the credits for it are held in a committed
//! transaction. The flow runs in a task of its own: a visitor who waits for the whole answer and hangs up
//! changes nothing. One who reads along and hangs up stops the model; what it has said is stored and charged.

mod activity;
mod admission;
mod answer_stream;
mod ask;
mod consultation;
mod error;
mod explain;
mod fallback;
mod figures;
mod front_desk;
mod keywords;
mod message;
mod models;
mod opening;
mod places;
mod prices;
mod prompt;
mod reader;
mod relay;
mod replay;
mod spans;
mod trail;
mod unanswered;
mod visit;
mod widgets;

pub use activity::{EXPIRY_MINUTES, Silence, WARNING_MINUTES};
pub use answer_stream::{AnswerEvent, AnswerStream};
pub use error::ChatError;
pub use explain::{Attempt, Candidate, Confidence, Explanation, Outcome};
pub use fallback::CREDIT_NOTICE;
pub use fallback::HANDOFF_TEXT;
pub use front_desk::{FrontDesk, Now, Random, Settings};
pub use frontdesk_persistence::{IdempotencyKey, Opening, SourceEntry, Suggestion};
pub use frontdesk_providers::{Role, Turn};
pub use message::{
    Answer, IncomingMessage, InvalidMessage, MAX_CLIENT_MESSAGE_ID_CHARS, MAX_MESSAGE_CHARS, MessageText,
    Source,
};
pub use opening::MIN_SESSION_CHARS;
pub use places::{InFlight, Most};

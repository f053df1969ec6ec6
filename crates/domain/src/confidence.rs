//! What an answer's confidence means. The deployed widgets branch on these numbers: at 0.85 and above
//! they show the helpful buttons, below 0.5 they open the lead form.
//!
//! ```
//! use frontdesk_domain::confidence::{DEFAULT, KNOWLEDGE_BASE_MIN, LLM};
//! let shows_helpful_buttons = |confidence: f64| confidence >= 0.85;
//! let opens_lead_form = |confidence: f64| confidence < 0.5;
//! assert!(shows_helpful_buttons(LLM) && shows_helpful_buttons(KNOWLEDGE_BASE_MIN));
//! assert!(opens_lead_form(DEFAULT));
//! ```

/// Confidence of an answer that a language model wrote.
///
/// ```
/// assert_eq!(frontdesk_domain::confidence::LLM, 0.95);
/// ```
pub const LLM: f64 = 0.95;

/// The least calibrated confidence with which a knowledge-base entry is given as the answer.
///
/// ```
/// # use frontdesk_domain::confidence::{KNOWLEDGE_BASE_MIN, LLM};
/// assert!(KNOWLEDGE_BASE_MIN < LLM);
/// ```
pub const KNOWLEDGE_BASE_MIN: f64 = 0.85;

/// Confidence of the friendly default text.
///
/// ```
/// # use frontdesk_domain::confidence::{DEFAULT, KNOWLEDGE_BASE_MIN};
/// assert!(DEFAULT < KNOWLEDGE_BASE_MIN);
/// ```
pub const DEFAULT: f64 = 0.3;

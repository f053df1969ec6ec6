//! The list prices, as rows.

use super::{Price, Rates};
use jiff::civil::{Date, date};

/// The day on which Google begins to route its older models to newer ones.
const REROUTED: Date = date(2026, 12, 1);
/// The day on which the introductory price of `gemini-3.8-flash` is over.
const INTRODUCED: Date = date(2027, 1, 1);

const fn rates(input: u32, cached: u32, cache_write: u32, output: u32) -> Rates {
    Rates { input, cached, cache_write, output }
}

pub(super) const GEMINI: &str = "gemini";
pub(super) const GROQ: &str = "groq";
pub(super) const OPENAI: &str = "openai";
pub(super) const CLAUDE: &str = "claude";

const fn price(provider: &'static str, model: &'static str, rates: Rates) -> Price {
    Price { provider, model, from: None, until: None, rates, long_prompt: None }
}

const GEMINI_3_5_FLASH_LITE: Rates = rates(300_000, 30_000, 300_000, 2_500_000);
const GEMINI_3_8_FLASH_INTRODUCTORY: Rates = rates(750_000, 75_000, 750_000, 3_750_000);
const GEMINI_3_8_FLASH: Rates = rates(1_500_000, 150_000, 1_500_000, 7_500_000);

/// All known prices. No two rows of a model are valid on the same day.
///
/// ```
/// use frontdesk_domain::pricing::PRICES;
/// assert!(PRICES.iter().any(|price| price.model == "gemini-3.8-flash"));
/// ```
pub const PRICES: &[Price] = &[
    price(GEMINI, "gemini-2.5-flash-lite", rates(100_000, 10_000, 100_000, 400_000)),
    price(GEMINI, "gemini-3.1-flash-lite", rates(250_000, 25_000, 250_000, 1_500_000)),
    price(GEMINI, "gemini-3.5-flash-lite", GEMINI_3_5_FLASH_LITE),
    Price { until: Some(INTRODUCED), ..price(GEMINI, "gemini-3.8-flash", GEMINI_3_8_FLASH_INTRODUCTORY) },
    Price { from: Some(INTRODUCED), ..price(GEMINI, "gemini-3.8-flash", GEMINI_3_8_FLASH) },
    Price { from: Some(REROUTED), ..price(GEMINI, "gemini-2.5-flash", GEMINI_3_5_FLASH_LITE) },
    Price {
        from: Some(REROUTED),
        until: Some(INTRODUCED),
        ..price(GEMINI, "gemini-2.5-pro", GEMINI_3_8_FLASH_INTRODUCTORY)
    },
    Price { from: Some(INTRODUCED), ..price(GEMINI, "gemini-2.5-pro", GEMINI_3_8_FLASH) },
    price(GROQ, "openai/gpt-oss-20b", rates(75_000, 37_500, 75_000, 300_000)),
    price(GROQ, "openai/gpt-oss-120b", rates(150_000, 75_000, 150_000, 600_000)),
    price(GROQ, "qwen/qwen3.8-27b", rates(800_000, 800_000, 800_000, 4_000_000)),
    Price {
        long_prompt: Some((272_000, rates(200_000, 20_000, 250_000, 750_000))),
        ..price(OPENAI, "gpt-6-luna", rates(100_000, 10_000, 125_000, 500_000))
    },
    price(OPENAI, "gpt-5.4-nano", rates(200_000, 20_000, 200_000, 1_250_000)),
    Price {
        long_prompt: Some((272_000, rates(2_000_000, 100_000, 2_500_000, 7_500_000))),
        ..price(OPENAI, "gpt-6.1-terra", rates(1_000_000, 50_000, 1_250_000, 5_000_000))
    },
    price(OPENAI, "gpt-4o-mini", rates(150_000, 75_000, 150_000, 600_000)),
    Price {
        long_prompt: Some((100_000, rates(500_000, 50_000, 625_000, 2_500_000))),
        ..price(CLAUDE, "claude-haiku-5-5", rates(100_000, 10_000, 125_000, 500_000))
    },
    price(CLAUDE, "claude-haiku-4-5", rates(1_000_000, 100_000, 1_250_000, 5_000_000)),
    price(CLAUDE, "claude-sonnet-5-5", rates(2_000_000, 100_000, 2_500_000, 10_000_000)),
];

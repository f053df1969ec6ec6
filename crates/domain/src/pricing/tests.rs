use super::table::{CLAUDE, GEMINI, GROQ, OPENAI};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const DAY: Date = CHECKED_ON;

fn named(provider: &str) -> ProviderName {
    provider.parse().unwrap()
}

/// Whose model it is.
fn vendor(model: &str) -> ProviderName {
    let row = PRICES.iter().find(|price| price.model == model);
    row.map_or(ProviderName::OPENAI, |price| named(price.provider))
}

fn cost(model: &str, usage: &TokenUsage, day: Date) -> Option<MicroUsd> {
    estimated_cost(&vendor(model), model, usage, day)
}

#[test]
fn cached_and_written_input_have_their_own_rates() {
    let usage = TokenUsage {
        prompt_tokens: 10_000,
        cached_tokens: 6_000,
        cache_write_tokens: 2_000,
        completion_tokens: 1_000,
        reasoning_tokens: 900,
    };
    // 2,000 x 0.10 + 6,000 x 0.01 + 2,000 x 0.125 + 1,000 x 0.50, per million
    assert_eq!(cost("gpt-6-luna", &usage, DAY), Some(MicroUsd(1_010)));
}

#[test]
fn a_long_prompt_makes_the_whole_request_dearer() {
    let usage = |prompt_tokens| TokenUsage { prompt_tokens, ..Default::default() };
    assert_eq!(cost("claude-haiku-5-5", &usage(100_000), DAY), Some(MicroUsd(10_000)));
    assert_eq!(cost("claude-haiku-5-5", &usage(100_001), DAY), Some(MicroUsd(50_001)));
}

#[test]
fn an_unknown_model_has_no_cost_and_no_tokens_cost_nothing() {
    assert_eq!(cost("unheard-of", &TokenUsage::default(), DAY), None);
    assert_eq!(cost("gpt-6-luna", &TokenUsage::default(), DAY), Some(MicroUsd(0)));
}

#[test]
fn a_price_holds_from_its_first_day_to_the_day_before_its_end() {
    let input = |model: &str, year, month, day| {
        price_of(&ProviderName::GEMINI, model, date(year, month, day)).map(|price| price.rates.input)
    };
    assert_eq!(input("gemini-3.8-flash", 2026, 12, 31), Some(750_000));
    assert_eq!(input("gemini-3.8-flash", 2027, 1, 1), Some(1_500_000));
    assert_eq!(input("gemini-2.5-flash", 2026, 11, 30), None);
    assert_eq!(input("gemini-2.5-flash", 2026, 12, 1), Some(300_000));
    assert_eq!(input("gemini-2.5-pro", 2026, 11, 30), None);
    assert_eq!(input("gemini-2.5-pro", 2026, 12, 1), Some(750_000));
    assert_eq!(input("gemini-2.5-pro", 2026, 12, 31), Some(750_000));
    assert_eq!(input("gemini-2.5-pro", 2027, 1, 1), Some(1_500_000));
    assert_eq!(input("gemini-2.5-flash-lite", 2027, 6, 1), Some(100_000));
}

#[test]
fn no_two_prices_of_a_model_hold_on_the_same_day() {
    let edges = PRICES.iter().flat_map(|price| [price.from, price.until]).flatten();
    let days: Vec<Date> = edges.flat_map(|day| [day.yesterday().unwrap(), day]).chain([DAY]).collect();
    for row in PRICES {
        for day in &days {
            let same = |price: &&Price| (price.provider, price.model) == (row.provider, row.model);
            let valid = PRICES.iter().filter(same).filter(|price| price.is_valid_on(*day));
            assert!(valid.count() <= 1, "{} {day}", row.model);
        }
        assert!(row.from.zip(row.until).is_none_or(|(from, until)| from < until), "{}", row.model);
    }
}

#[test]
fn the_table_is_the_published_one() {
    // Dollars for a million tokens: input, cached, cache write, output.
    let table = [
        (GEMINI, "gemini-2.5-flash-lite", ["0.10", "0.01", "0.10", "0.40"]),
        (GEMINI, "gemini-3.1-flash-lite", ["0.25", "0.025", "0.25", "1.50"]),
        (GEMINI, "gemini-3.5-flash-lite", ["0.30", "0.03", "0.30", "2.50"]),
        (GEMINI, "gemini-3.8-flash", ["0.75", "0.075", "0.75", "3.75"]),
        (GROQ, "openai/gpt-oss-20b", ["0.075", "0.0375", "0.075", "0.30"]),
        (GROQ, "openai/gpt-oss-120b", ["0.15", "0.075", "0.15", "0.60"]),
        (GROQ, "qwen/qwen3.8-27b", ["0.80", "0.80", "0.80", "4.00"]),
        (OPENAI, "gpt-6-luna", ["0.10", "0.01", "0.125", "0.50"]),
        (OPENAI, "gpt-5.4-nano", ["0.20", "0.02", "0.20", "1.25"]),
        (OPENAI, "gpt-6.1-terra", ["1.00", "0.05", "1.25", "5.00"]),
        (OPENAI, "gpt-4o-mini", ["0.15", "0.075", "0.15", "0.60"]),
        (CLAUDE, "claude-haiku-5-5", ["0.10", "0.01", "0.125", "0.50"]),
        (CLAUDE, "claude-haiku-4-5", ["1.00", "0.10", "1.25", "5.00"]),
        (CLAUDE, "claude-sonnet-5-5", ["2.00", "0.10", "2.50", "10.00"]),
    ];
    let micros = |dollars: &str| {
        let (whole, fraction) = dollars.split_once('.').unwrap();
        format!("{whole}{fraction:0<6}").parse::<u32>().unwrap()
    };
    for (provider, model, figures) in table {
        let [input, cached, cache_write, output] = figures.map(micros);
        let rates = Rates { input, cached, cache_write, output };
        let price = price_of(&named(provider), model, DAY);
        assert_eq!(price.map(|price| price.rates), Some(rates), "{model}");
    }
    let priced: BTreeSet<&str> =
        PRICES.iter().filter(|price| price.is_valid_on(DAY)).map(|price| price.model).collect();
    assert_eq!(priced, table.iter().map(|(_, model, _)| *model).collect());
}

#[test]
fn long_prompts_cost_the_published_multiples() {
    // Above so many tokens, so many times input and output, in halves.
    let table = [
        ("gpt-6-luna", 272_000, 4, 3),
        ("gpt-6.1-terra", 272_000, 4, 3),
        ("claude-haiku-5-5", 100_000, 10, 10),
    ];
    for (model, above, input, output) in table {
        let price = price_of(&vendor(model), model, DAY).unwrap();
        let times = |rate: u32, halves: u32| rate / 2 * halves;
        let rates = Rates {
            input: times(price.rates.input, input),
            cached: times(price.rates.cached, input),
            cache_write: times(price.rates.cache_write, input),
            output: times(price.rates.output, output),
        };
        assert_eq!(price.long_prompt, Some((above, rates)), "{model}");
    }
}

#[test]
fn a_dated_version_costs_what_its_model_costs_and_other_endings_have_no_price() {
    let model = |provider: &str, model| price_of(&named(provider), model, DAY).map(|price| price.model);
    for (provider, dated, base) in [
        (OPENAI, "gpt-6-luna-2026-10-01", "gpt-6-luna"),
        (CLAUDE, "claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        (GEMINI, "models/gemini-3.5-flash-lite", "gemini-3.5-flash-lite"),
        (GEMINI, "models/gemini-3.8-flash-2026-09-30", "gemini-3.8-flash"),
        (GROQ, "openai/gpt-oss-20b", "openai/gpt-oss-20b"),
    ] {
        assert_eq!(model(provider, dated), Some(base), "{dated}");
    }
    for other in [
        "gpt-6-luna-latest",
        "gpt-6-luna-preview",
        "gpt-6-luna-2026-13-01",
        "gpt-6-luna-2026-10-1",
        "gpt-6-luna-20261001-x",
        "gpt-6-luna2026-10-01",
        "gemini-3.5-flash-lite-001",
        "publishers/models/gemini-3.5-flash-lite",
        "gpt-6",
        "-2026-10-01",
        "20261001",
        "é-2026-10-01",
        "",
    ] {
        assert_eq!([GEMINI, OPENAI].map(|provider| model(provider, other)), [None, None], "{other}");
    }
}

#[test]
fn the_same_model_on_anothers_server_has_no_price() {
    for (provider, model) in [
        ("vllm", "openai/gpt-oss-20b"),
        ("openai", "openai/gpt-oss-20b"),
        ("azure", "gpt-6-luna"),
        ("groq", "gpt-6-luna"),
    ] {
        assert_eq!(price_of(&named(provider), model, DAY), None, "{provider} {model}");
    }
}

/// Dollars as a fraction of whole numbers.
fn plain(parts: &[(u32, u32)]) -> (u128, u128) {
    let sum = parts.iter().map(|&(tokens, micros)| u128::from(tokens) * u128::from(micros)).sum();
    (sum, 1_000_000 * 1_000_000)
}

fn token_usage() -> impl Strategy<Value = TokenUsage> {
    let count = || prop_oneof![0u32..20, 0u32..2_000_000, any::<u32>()];
    (count(), count(), count(), count(), count()).prop_map(
        |(prompt, cached, write, completion, reasoning)| TokenUsage {
            prompt_tokens: prompt,
            cached_tokens: cached,
            cache_write_tokens: write,
            completion_tokens: completion,
            reasoning_tokens: reasoning,
        },
    )
}

proptest! {
    #[test]
    fn a_cost_is_the_fraction_rounded_half_up_once(row in 0..PRICES.len(), usage in token_usage()) {
        let row = &PRICES[row];
        let day = row.from.unwrap_or(DAY);
        let is_long = row.long_prompt.is_some_and(|(above, _)| usage.prompt_tokens > above);
        let rates = row.long_prompt.filter(|_| is_long).map_or(row.rates, |(_, rates)| rates);
        // What exceeds the prompt is not believed: the cached part first, then the written one.
        let cached = usage.cached_tokens.min(usage.prompt_tokens);
        let written = usage.cache_write_tokens.min(usage.prompt_tokens - cached);
        let (dollars, of) = plain(&[
            (usage.prompt_tokens - cached - written, rates.input),
            (cached, rates.cached),
            (written, rates.cache_write),
            (usage.completion_tokens, rates.output),
        ]);
        let cost = cost(row.model, &usage, day).unwrap();
        // cost - 1/2 <= fraction in millionths < cost + 1/2
        let twice = u128::try_from(cost.0).unwrap() * 2;
        prop_assert!(twice * of <= dollars * 2_000_000 + of);
        prop_assert!(dollars * 2_000_000 + of < (twice + 2) * of);
    }

    #[test]
    fn a_cost_is_read_back_from_its_text(micros in any::<i64>()) {
        let text = MicroUsd(micros).to_string();
        let (whole, decimals) = text.split_once('.').unwrap();
        prop_assert_eq!(decimals.len(), 6);
        prop_assert_eq!(format!("{whole}{decimals}").parse::<i64>(), Ok(micros));
    }

    #[test]
    fn more_tokens_never_cost_less(row in 0..PRICES.len(), usage in token_usage(), more in 0u32..1_000_000) {
        let (model, day) = (PRICES[row].model, PRICES[row].from.unwrap_or(DAY));
        let longer = |usage: TokenUsage| TokenUsage {
            prompt_tokens: usage.prompt_tokens.saturating_add(more),
            completion_tokens: usage.completion_tokens.saturating_add(more),
            ..usage
        };
        prop_assert!(cost(model, &usage, day) <= cost(model, &longer(usage), day));
    }
}

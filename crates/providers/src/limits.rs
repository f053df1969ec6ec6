//! What the headers of an answer say of the provider's quotas. Every answer may carry them, errors too.

use frontdesk_domain::quota::{Measure, QuotaReport, Reported, Reset, Window};
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use std::time::Duration;

/// Headers that name what is limited last: `x-ratelimit-remaining-tokens`.
const OPENAI: Names = |part, what| format!("x-ratelimit-{part}-{what}");
/// Headers that name it first: `anthropic-ratelimit-tokens-remaining`.
const ANTHROPIC: Names = |part, what| format!("anthropic-ratelimit-{what}-{part}");

/// A header's name, of the part (`limit`, `remaining`, `reset`) and what is limited.
type Names = fn(&str, &str) -> String;

/// For an API that documents no such headers.
pub(crate) fn none(_headers: &HeaderMap) -> QuotaReport {
    QuotaReport::default()
}

/// OpenAI's, and those of servers that are compatible with it: all of a minute.
pub(crate) fn per_minute(headers: &HeaderMap) -> QuotaReport {
    report([
        read(headers, OPENAI, "requests", Measure::Requests, Window::Minute),
        read(headers, OPENAI, "tokens", Measure::Tokens, Window::Minute),
    ])
}

/// Groq's: the same names, but requests are those of a day.
pub(crate) fn groq(headers: &HeaderMap) -> QuotaReport {
    report([
        read(headers, OPENAI, "requests", Measure::Requests, Window::Day),
        read(headers, OPENAI, "tokens", Measure::Tokens, Window::Minute),
    ])
}

/// Anthropic's, all of a minute. `tokens` is whichever of its limits is nearest. Where it is absent the input
/// stands for it, which is most of a call, unless no output is left.
pub(crate) fn anthropic(headers: &HeaderMap) -> QuotaReport {
    let tokens = |what| read(headers, ANTHROPIC, what, Measure::Tokens, Window::Minute);
    let output = tokens("output-tokens");
    let spent = output.filter(|output| output.remaining == Some(0));
    report([
        read(headers, ANTHROPIC, "requests", Measure::Requests, Window::Minute),
        tokens("tokens").or(spent).or_else(|| tokens("input-tokens")).or(output),
    ])
}

fn report(entries: [Option<Reported>; 2]) -> QuotaReport {
    QuotaReport { entries: entries.into_iter().flatten().collect() }
}

/// `None` where the headers say nothing of it; a header that cannot be read is absent.
fn read(headers: &HeaderMap, names: Names, what: &str, measure: Measure, window: Window) -> Option<Reported> {
    let header = |part| headers.get(names(part, what))?.to_str().ok();
    let number = |part| header(part)?.trim().parse().ok();
    let reported = Reported {
        limit: number("limit"),
        remaining: number("remaining"),
        reset: header("reset").and_then(reset),
        ..Reported::new(measure, window)
    };
    (reported != Reported::new(measure, window)).then_some(reported)
}

/// A duration as Go writes it, or a time as RFC 3339 writes it.
fn reset(text: &str) -> Option<Reset> {
    let text = text.trim();
    duration(text).map(Reset::In).or_else(|| text.parse::<Timestamp>().ok().map(Reset::At))
}

/// Numbers with units, largest first: `2m59.56s`, `20ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, tail) = rest.split_at(unit_at);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let scale = match unit {
            "d" => 86_400.0,
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * scale;
        rest = tail;
    }
    if text.is_empty() { None } else { Duration::try_from_secs_f64(seconds).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn durations_are_read_as_go_writes_them() {
        let table = [
            ("2m59.56s", Some(179_560_000)),
            ("7.66s", Some(7_660_000)),
            ("20ms", Some(20_000)),
            ("6m0s", Some(360_000_000)),
            ("1h0m1.5s", Some(3_601_500_000)),
            ("1d2h", Some(93_600_000_000)),
            ("350µs", Some(350)),
            ("0s", Some(0)),
            ("", None),
            ("7", None),
            ("s", None),
            ("1.2.3s", None),
            ("-1s", None),
            ("1y", None),
            ("1 s", None),
        ];
        for (text, micros) in table {
            assert_eq!(duration(text), micros.map(Duration::from_micros), "{text}");
        }
        assert_eq!(duration(&format!("{}d", "9".repeat(400))), None);
    }

    #[test]
    fn requests_are_of_a_day_at_groq_and_of_a_minute_elsewhere() {
        let headers = headers(&[
            ("x-ratelimit-limit-requests", "1000"),
            ("x-ratelimit-remaining-requests", "999"),
            ("x-ratelimit-reset-requests", "1m26.4s"),
            ("x-ratelimit-limit-tokens", "8000"),
            ("x-ratelimit-remaining-tokens", "7930"),
            ("x-ratelimit-reset-tokens", "525ms"),
        ]);
        let entry = |measure, window, limit, remaining, millis| Reported {
            measure,
            window,
            limit: Some(limit),
            remaining: Some(remaining),
            reset: Some(Reset::In(Duration::from_millis(millis))),
        };
        let tokens = entry(Measure::Tokens, Window::Minute, 8_000, 7_930, 525);
        let requests = |window| entry(Measure::Requests, window, 1_000, 999, 86_400);
        assert_eq!(*groq(&headers).entries, [requests(Window::Day), tokens]);
        assert_eq!(*per_minute(&headers).entries, [requests(Window::Minute), tokens]);
        assert_eq!(none(&headers), QuotaReport::default());
    }

    #[test]
    fn what_is_absent_or_nonsense_says_nothing() {
        assert_eq!(groq(&HeaderMap::new()), QuotaReport::default());
        let nonsense = headers(&[("x-ratelimit-limit-tokens", "-1"), ("x-ratelimit-reset-tokens", "soon")]);
        assert_eq!(per_minute(&nonsense), QuotaReport::default());
        let partly = headers(&[("x-ratelimit-remaining-tokens", "0")]);
        let left = Reported { remaining: Some(0), ..Reported::new(Measure::Tokens, Window::Minute) };
        assert_eq!(*per_minute(&partly).entries, [left]);
    }

    #[test]
    fn anthropic_names_the_time_of_a_reset_and_the_nearest_limit() {
        const INPUT: [(&str, &str); 2] = [
            ("anthropic-ratelimit-input-tokens-remaining", "40000"),
            ("anthropic-ratelimit-input-tokens-reset", "2026-11-23T12:00:30Z"),
        ];
        let tokens = |pairs: &[(&'static str, &'static str)]| anthropic(&headers(pairs)).entries[0];
        let at = "2026-11-23T12:00:30Z".parse().map(Reset::At).ok();
        let entry = |remaining, reset| Reported {
            remaining: Some(remaining),
            reset,
            ..Reported::new(Measure::Tokens, Window::Minute)
        };
        let output = |left| ("anthropic-ratelimit-output-tokens-remaining", left);
        let nearest = ("anthropic-ratelimit-tokens-remaining", "900");
        assert_eq!(tokens(&INPUT), entry(40_000, at));
        assert_eq!(tokens(&[INPUT[0], INPUT[1], output("8000")]), entry(40_000, at));
        assert_eq!(tokens(&[INPUT[0], INPUT[1], output("0")]), entry(0, None));
        assert_eq!(tokens(&[INPUT[0], nearest, output("0")]), entry(900, None));
        assert_eq!(tokens(&[output("8000")]), entry(8_000, None));
        let requests = anthropic(&headers(&[("anthropic-ratelimit-requests-limit", "1000")])).entries[0];
        assert_eq!((requests.measure, requests.window), (Measure::Requests, Window::Minute));
        assert_eq!(requests.limit, Some(1_000));
    }
}

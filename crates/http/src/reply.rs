//! Values as they stand in answers: JSON that every client reads exactly.

use actix_web::HttpResponse;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::error::ApiError;

/// The largest number that a JSON reader with 64-bit floats, such as a browser, holds exactly.
const MAX_SAFE: i64 = (1 << 53) - 1;
const MICROS: u64 = 1_000_000;

/// An answer with status 200.
pub(crate) fn ok(body: &impl Serialize) -> Result<HttpResponse, ApiError> {
    let json = serde_json::to_string(body)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(json))
}

/// A counter or limit of the row `id`. One that JSON readers would round is given as the largest that they
/// hold, which no use comes near to: someone wrote it by hand, and the log says so.
pub(crate) fn safe_number(column: &'static str, id: i64, number: i64) -> i64 {
    let safe = number.clamp(-MAX_SAFE, MAX_SAFE);
    if safe != number {
        tracing::error!(column, id, number, "a number is too large for JSON and was capped in an answer");
    }
    safe
}

/// An instant, as browsers write it: RFC 3339 in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

/// Millionths of a US dollar as a JSON number of dollars with six decimals, never as a float.
pub(crate) fn dollars(micro_usd: i64) -> Result<Box<RawValue>, ApiError> {
    let sign = if micro_usd < 0 { "-" } else { "" };
    let micros = micro_usd.unsigned_abs();
    Ok(RawValue::from_string(format!("{sign}{}.{:06}", micros / MICROS, micros % MICROS))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_within_what_browsers_hold() {
        assert_eq!(safe_number("total_tokens_used", 1, MAX_SAFE), MAX_SAFE);
        assert_eq!(safe_number("total_tokens_used", 1, i64::MAX), MAX_SAFE);
        assert_eq!(safe_number("total_tokens_used", 1, i64::MIN), -MAX_SAFE);
    }

    #[test]
    fn money_has_six_decimals() {
        let written = |micros| dollars(micros).unwrap().get().to_owned();
        assert_eq!(written(0), "0.000000");
        assert_eq!(written(1), "0.000001");
        assert_eq!(written(12_345_678), "12.345678");
        assert_eq!(written(-1), "-0.000001");
    }

    #[test]
    fn times_have_milliseconds_and_a_z() {
        let at: Timestamp = "2026-11-23T10:00:00.123456789Z".parse().unwrap();
        assert_eq!(serde_json::to_string(&Instant(at)).unwrap(), r#""2026-11-23T10:00:00.123Z""#);
    }
}

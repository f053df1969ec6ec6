//! Values as they stand in answers: JSON that every client reads exactly.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::error::ApiError;

/// The largest number that a JSON reader with 64-bit floats, such as a browser, holds exactly.
const MAX_SAFE: i64 = (1 << 53) - 1;
const MICROS: u64 = 1_000_000;

/// An answer with status 200.
pub(crate) fn ok(body: &impl Serialize) -> Result<HttpResponse, ApiError> {
    let json = serde_json::to_string(body)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(json))
}

/// How many rows there are on all pages.
pub(crate) const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// A page of rows, and in `X-Total-Count` how many there are on all pages.
pub(crate) fn page(rows: &[impl Serialize], total: i64) -> Result<HttpResponse, ApiError> {
    let mut answer = ok(&rows)?;
    answer.headers_mut().insert(TOTAL, HeaderValue::from(total));
    Ok(answer)
}

/// That there are more rows than `X-Total-Count` says.
const TOTAL_CAPPED: HeaderName = HeaderName::from_static("x-total-capped");

/// As [`page`], where counting stopped at `total`.
pub(crate) fn capped_page(rows: &[impl Serialize], total: i64) -> Result<HttpResponse, ApiError> {
    let mut answer = page(rows, total)?;
    answer.headers_mut().insert(TOTAL_CAPPED, HeaderValue::from_static("true"));
    Ok(answer)
}

/// An answer with status 201: what was made.
pub(crate) fn created(body: &impl Serialize) -> Result<HttpResponse, ApiError> {
    let json = serde_json::to_string(body)?;
    Ok(HttpResponse::Created().content_type("application/json").body(json))
}

/// Nothing but that it was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// Always true.
    success: bool,
}

/// The answer of a call that has nothing else to say.
pub(crate) fn done() -> Result<HttpResponse, ApiError> {
    ok(&Done { success: true })
}

/// Numbers of the database on their way into one JSON object. One that JSON readers would round is given as the
/// largest that they hold, and the object says so: `capped` lists its name. No use comes near to that, so someone
/// wrote it by hand, and the log says so, too.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    capped: Vec<&'static str>,
}

impl Numbers {
    /// The number that the object's field `name` holds.
    pub(crate) fn safe(&mut self, name: &'static str, number: i64) -> i64 {
        let safe = number.clamp(-MAX_SAFE, MAX_SAFE);
        if safe != number {
            self.capped.push(name);
        }
        safe
    }

    /// Millionths of a US dollar as a JSON number of dollars with six decimals, never as a float.
    pub(crate) fn dollars(&mut self, name: &'static str, micro_usd: i64) -> Result<Box<RawValue>, ApiError> {
        dollars(self.safe(name, micro_usd))
    }

    /// The names of the fields that are capped, for the object's field `capped`.
    pub(crate) fn into_capped(self, table: &'static str, id: i32) -> Vec<&'static str> {
        if !self.capped.is_empty() {
            tracing::error!(table, id, columns = ?self.capped, "numbers are too large for JSON and were capped in an answer: correct them");
        }
        self.capped
    }
}

/// An instant, as browsers write it: RFC 3339 in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

fn dollars(micro_usd: i64) -> Result<Box<RawValue>, ApiError> {
    let sign = if micro_usd < 0 { "-" } else { "" };
    let micros = micro_usd.unsigned_abs();
    Ok(RawValue::from_string(format!("{sign}{}.{:06}", micros / MICROS, micros % MICROS))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_within_what_browsers_hold_and_what_was_capped_is_named() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.safe("fits", MAX_SAFE), MAX_SAFE);
        assert_eq!(numbers.safe("fits, too", -MAX_SAFE), -MAX_SAFE);
        assert_eq!(numbers.safe("above", MAX_SAFE + 1), MAX_SAFE);
        assert_eq!(numbers.safe("below", i64::MIN), -MAX_SAFE);
        assert_eq!(numbers.dollars("money", i64::MAX).unwrap().get(), "9007199254.740991");
        assert_eq!(numbers.into_capped("client_llm_usage", 1), ["above", "below", "money"]);
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

//! Bodies of requests: JSON of at most 64 kB, or of what its address allows, whose faults are named; and files.

use crate::error::{ApiError, BodyError};
use crate::fields::Fields;
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, PayloadConfig};
use actix_web::{FromRequest, HttpRequest, dev};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How large a body may be and how long it may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// In units of 1,024.
    kilobytes: usize,
    wait: Duration,
}

/// A body of an ordinary call, which has to arrive within `wait`.
pub(crate) const fn small(wait: Duration) -> Limit {
    Limit { wait, ..SMALL }
}

/// A message of 4,000 characters and all that is known of a visitor fit. A script sends its few kilobytes at once;
/// whoever takes longer only holds a connection.
pub(crate) const SMALL: Limit = Limit { kilobytes: 64, wait: Duration::from_secs(10) };
/// Thousands of knowledge entries at once, from wherever an administrator sits.
pub(crate) const BULK: Limit = Limit { kilobytes: 5 * 1_024, wait: Duration::from_mins(1) };

/// A knowledge base as a file; one that is larger is exported and imported in parts.
pub(crate) const FILE: Limit = Limit { kilobytes: 32 * 1_024, ..BULK };

/// Files that are in memory at once. One takes several times its size until it is stored.
static FILES: Semaphore = Semaphore::const_new(1);
/// How long another file waits for its turn.
const FILE_WAIT: Duration = Duration::from_secs(30);

/// Levels of lists and objects in a body. Readers of JSON are written with fewer in mind.
const MAX_DEPTH: usize = 100;

impl Limit {
    /// For the web framework, which counts while a body comes in.
    pub(crate) fn payload(self) -> PayloadConfig {
        PayloadConfig::new(self.kilobytes * 1_024)
    }
}

/// A body that arrived whole and is UTF-8.
#[derive(Debug)]
pub(crate) struct JsonBody(String);

impl JsonBody {
    /// Reads the fields of `T`; others are ignored. Called once for each group of fields.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, BodyError> {
        // Fields by position would be taken from a list, too.
        if !self.0.trim_start().starts_with('{') {
            return Err(BodyError::Json("it has to be an object".to_owned()));
        }
        let mut json = serde_json::Deserializer::from_str(&self.0);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let field = error.path().to_string();
            body_error(&field, &error.into_inner())
        })?;
        json.end().map_err(|error| BodyError::Json(error.to_string()))?;
        Ok(value)
    }

    /// For a call whose body may be left out: nothing is as good as no field.
    pub(crate) fn or_empty(self) -> Self {
        if self.0.trim().is_empty() { Self("{}".to_owned()) } else { self }
    }

    /// All fields but one, written the same however they were sent.
    pub(crate) fn without(&self, field: &str) -> Result<String, BodyError> {
        let mut fields: BTreeMap<String, Value> = self.read()?;
        fields.remove(field);
        serde_json::to_string(&fields).map_err(|error| BodyError::Json(error.to_string()))
    }

    /// All fields, of which none will be ignored.
    pub(crate) fn fields(&self) -> Result<Fields, BodyError> {
        self.read()
    }
}

#[cfg(test)]
impl JsonBody {
    pub(crate) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }
}

fn body_error(field: &str, error: &serde_json::Error) -> BodyError {
    match error.classify() {
        Category::Data if field != "." => {
            BodyError::Field { field: field.to_owned(), problem: error.to_string() }
        }
        _ => BodyError::Json(error.to_string()),
    }
}

impl FromRequest for JsonBody {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let is_json = is_json(request);
        let limit = request.app_data::<Limit>().copied().unwrap_or(SMALL);
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                return Err(BodyError::MediaType.into());
            }
            let bytes = tokio::time::timeout(limit.wait, bytes).await.map_err(|_| BodyError::TooSlow)?;
            let bytes = bytes.map_err(|error| broken(&error, limit))?;
            let text = String::from_utf8(bytes.into()).map_err(|_| BodyError::Utf8)?;
            if is_too_deep(text.as_bytes()) {
                return Err(BodyError::Json(format!("it is nested more than {MAX_DEPTH} levels deep")).into());
            }
            Ok(Self(text))
        })
    }
}

/// A file that arrived whole. Others wait, before they are read, until its place is given up.
#[derive(Debug)]
pub(crate) struct FileBody {
    pub(crate) bytes: Bytes,
    pub(crate) place: SemaphorePermit<'static>,
}

impl FromRequest for FileBody {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let limit = request.app_data::<Limit>().copied().unwrap_or(SMALL);
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            let place = tokio::time::timeout(FILE_WAIT, FILES.acquire()).await;
            // Nobody closes it.
            let place = place.ok().and_then(Result::ok).ok_or(ApiError::FileQueue)?;
            let bytes = tokio::time::timeout(limit.wait, bytes).await.map_err(|_| BodyError::TooSlow)?;
            Ok(Self { bytes: bytes.map_err(|error| broken(&error, limit))?, place })
        })
    }
}

/// Whether lists and objects are nested too deeply, in fields that nobody reads, too.
fn is_too_deep(json: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

fn broken(error: &actix_web::Error, limit: Limit) -> BodyError {
    match error.as_error() {
        Some(PayloadError::Overflow) => BodyError::TooLarge { kilobytes: limit.kilobytes },
        _ => BodyError::Broken,
    }
}

/// JSON, or nothing said: what a script does not label is still read as JSON.
fn is_json(request: &HttpRequest) -> bool {
    let Some(value) = request.headers().get(CONTENT_TYPE) else {
        return true;
    };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use futures_util::Stream;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Wanted {
        #[serde(rename = "name")]
        _name: Option<String>,
    }

    fn error(text: &str) -> String {
        JsonBody(text.to_owned()).read::<Wanted>().unwrap_err().to_string()
    }

    #[test]
    fn a_fault_is_named() {
        assert!(JsonBody(r#"{"name":"a","more":[[1]]}"#.into()).read::<Wanted>().is_ok());
        assert!(JsonBody(r#"{"name":null}"#.into()).read::<Wanted>().is_ok());
        let wrong = error(r#"{"name":5}"#);
        assert!(wrong.starts_with("Correct the field name: invalid type: integer `5`, expected a string"));
        for text in
            ["", "{", "[]", r#"["a"]"#, "5", r#"{"name":"a"} x"#, "{\"name\":\"a\",}", r#"{"name":"\ud800"}"#]
        {
            assert!(error(text).starts_with("The body is not valid JSON: "), "{text}: {}", error(text));
        }
    }

    #[test]
    fn an_unlabelled_body_is_read_as_json() {
        let labelled = |label: &str| {
            is_json(&TestRequest::default().insert_header((CONTENT_TYPE, label)).to_http_request())
        };
        assert!(is_json(&TestRequest::default().to_http_request()));
        assert!(labelled("application/json"));
        assert!(labelled("Application/JSON; charset=utf-8"));
        assert!(labelled("application/vnd.api+json"));
        assert!(!labelled("text/plain"));
        assert!(!labelled("application/x-www-form-urlencoded"));
        assert!(!labelled(""));
    }

    #[test]
    fn nesting_is_bounded_and_brackets_in_texts_are_none() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(!is_too_deep(nested(99).as_bytes()));
        assert!(is_too_deep(nested(100).as_bytes()));
        assert!(is_too_deep(nested(10_000).as_bytes()));
        let texts = format!(r#"{{"a":"{}\"{}","b":["\\",{{}}]}}"#, "[".repeat(200), "{".repeat(200));
        assert!(!is_too_deep(texts.as_bytes()));
        assert!(!is_too_deep("[]{}".repeat(500).as_bytes()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let request = TestRequest::default().to_http_request();
        let endless = Box::pin(futures_util::stream::pending());
        let mut payload = dev::Payload::from(endless as Pin<Box<dyn Stream<Item = _>>>);
        let error = JsonBody::from_request(&request, &mut payload).await.unwrap_err();
        assert!(matches!(error, ApiError::Body(BodyError::TooSlow)), "{error}");
    }
}

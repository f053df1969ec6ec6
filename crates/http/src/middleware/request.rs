//! The outermost layer: a request's id, its record, its lane in the database, its error's body, and headers for all
//! answers.

use super::record::Record;
use crate::error;
use crate::state::State;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};
use frontdesk_persistence::{Lane, within};
use tracing::Instrument as _;

/// The header with a request's id, taken over from the caller where it is sane.
pub(crate) const REQUEST_ID: &str = "x-request-id";
const MAX_ID: usize = 64;
/// What visitors and platforms wait for. All else is the administration, which leaves connections of the database
/// to them.
const FOR_VISITORS: [&str; 2] = ["/api/chat-widget/public/", "/health/"];

/// The request's id, for a handler that writes an error by itself.
pub(crate) struct RequestId(pub(crate) String);

/// Runs the request and completes its answer.
pub(crate) async fn complete(
    state: Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = taken_over(request.headers()).unwrap_or_else(|| format!("{:016x}", state.random()));
    let mut record = Record::begin(&request, &id, state.follow_trace);
    request.extensions_mut().insert(RequestId(id.clone()));
    let lane = lane(request.path());
    let answered = within(lane, next.call(request)).instrument(record.span()).await?;
    let mut response = with_error(answered.map_into_boxed_body(), &id);
    let headers = response.headers_mut();
    // Ids consist of characters that a header takes.
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static(REQUEST_ID), value);
    }
    record.answered(&response);
    Ok(response.map_body(|_, body| record.with_body(body)))
}

fn lane(path: &str) -> Lane {
    let for_visitors = FOR_VISITORS.iter().any(|start| path.starts_with(start));
    if for_visitors { Lane::Visitors } else { Lane::Administrators }
}

/// Whatever error a handler, an extractor or the framework left in the response gets its body here.
fn with_error(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let Some(error) = response.response().error() else {
        return response;
    };
    let seen = error::see(error, id);
    let headers = error::headers(&seen, error);
    let body = error::body(&seen, id);
    response.map_body(|head, _| {
        head.status = seen.status;
        for (name, value) in headers {
            head.headers.insert(name, value);
        }
        BoxBody::new(body)
    })
}

fn taken_over(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let sane = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (!id.is_empty() && id.len() <= MAX_ID && id.bytes().all(sane)).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_id_is_taken_over() {
        let taken = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(REQUEST_ID), HeaderValue::from_str(id).unwrap());
            taken_over(&headers)
        };
        assert_eq!(taken("a-B_9.z").as_deref(), Some("a-B_9.z"));
        assert_eq!(taken(&"a".repeat(64)), Some("a".repeat(64)));
        for insane in ["", "a b", "a\"b", "a/b", &"a".repeat(65)] {
            assert_eq!(taken(insane), None, "{insane}");
        }
        assert_eq!(taken_over(&HeaderMap::new()), None);
    }
}

//! Answers in pieces: server-sent events, for those who ask for them.
//!
//! The head of the response is sent with the first event, so that whatever goes wrong before it is an ordinary
//! error with its status. Dropping the body, as the server does when the connection closes, drops the answer's
//! stream: the visitor has left.

use crate::error::{self, ApiError};
use crate::handlers::message::Reply;
use crate::middleware::request::RequestId;
use actix_web::http::header::{Accept, Header as _, HeaderName, Quality};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use frontdesk_chat::{AnswerEvent, AnswerStream, ChatError};
use futures_util::stream::unfold;
use serde::Serialize;
use std::convert::Infallible;

const EVENT_STREAM: &str = "text/event-stream";
/// Tells proxies such as nginx to hold nothing back.
const NO_BUFFERING: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Whether the caller names server-sent events, and likes JSON no better. A wildcard is no wish for them: it is
/// what browsers send with every call.
pub(crate) fn is_wanted(request: &HttpRequest) -> bool {
    let Ok(Accept(ranges)) = Accept::parse(request) else { return false };
    let quality = |essence: &str| {
        let named = ranges.iter().filter(|range| range.item.essence_str() == essence);
        named.map(|range| range.quality).max()
    };
    quality(EVENT_STREAM)
        .is_some_and(|wish| wish > Quality::ZERO && Some(wish) >= quality("application/json"))
}

/// Sends the events of an answer as they come.
pub(crate) async fn respond(
    request: &HttpRequest,
    mut answer: AnswerStream,
) -> Result<HttpResponse, ApiError> {
    let first = match answer.next().await {
        Some(Ok(event)) => event,
        Some(Err(error)) => return Err(error.into()),
        None => return Err(ChatError::Task("the answer has no end".into()).into()),
    };
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let first = Some(Ok(first));
    let body = unfold((first, answer, id), |(ready, mut answer, id)| async move {
        let next = match ready {
            Some(event) => Some(event),
            None => answer.next().await,
        }?;
        Some((Ok::<Bytes, Infallible>(written(next, &id)), (None, answer, id)))
    });
    let mut response = HttpResponse::Ok();
    response.content_type("text/event-stream; charset=utf-8").insert_header(NO_BUFFERING);
    Ok(response.streaming(body))
}

#[derive(Serialize)]
struct Delta<'a> {
    text: &'a str,
}

fn written(event: Result<AnswerEvent, ChatError>, request_id: &str) -> Bytes {
    let written = event.map_err(ApiError::from).and_then(|event| match event {
        AnswerEvent::Delta(text) => Ok(framed("delta", &serde_json::to_string(&Delta { text: &text })?)),
        AnswerEvent::Done(answer) => {
            Ok(framed("done", &serde_json::to_string(&Reply::from(answer.as_ref()))?))
        }
    });
    written.unwrap_or_else(|error| {
        let seen = error::see(&error.into(), request_id);
        framed("error", &error::body(&seen, request_id))
    })
}

/// JSON has no line breaks of its own, so one `data` line holds it.
fn framed(event: &str, json: &str) -> Bytes {
    Bytes::from(format!("event: {event}\ndata: {json}\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::ACCEPT;
    use actix_web::test::TestRequest;

    fn wanted(accept: &str) -> bool {
        is_wanted(&TestRequest::default().insert_header((ACCEPT, accept)).to_http_request())
    }

    #[test]
    fn only_who_names_events_gets_them() {
        for yes in [
            "text/event-stream",
            "Text/Event-Stream; charset=utf-8",
            "application/json;q=0.5, text/event-stream",
            "application/json, text/event-stream",
            "text/event-stream;q=0.1, */*",
        ] {
            assert!(wanted(yes), "{yes}");
        }
        for no in [
            "",
            "*/*",
            "text/*",
            "application/json",
            "text/event-stream;q=0",
            "text/event-stream;q=0.0",
            "text/event-stream;q=0.5, application/json",
            "text/event-streams",
            "nonsense, ;;",
        ] {
            assert!(!wanted(no), "{no}");
        }
        assert!(!is_wanted(&TestRequest::default().to_http_request()));
    }

    #[test]
    fn a_text_with_line_breaks_stays_one_event() {
        let written = written(Ok(AnswerEvent::Delta("one\r\ntwo\n\n\u{2028}".into())), "1");
        assert_eq!(written, "event: delta\ndata: {\"text\":\"one\\r\\ntwo\\n\\n\u{2028}\"}\n\n");
    }

    #[test]
    fn an_error_in_the_midst_of_an_answer_shows_no_cause() {
        let written = written(Err(ChatError::Task("secret".into())), "abc");
        let text = String::from_utf8(written.to_vec()).unwrap();
        assert!(text.starts_with("event: error\ndata: {\"error\":\"Something went wrong"), "{text}");
        assert!(text.ends_with(",\"code\":\"internal_error\",\"request_id\":\"abc\"}\n\n"), "{text}");
        assert!(!text.contains("secret"));
    }
}

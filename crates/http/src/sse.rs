//! Answers in pieces: server-sent events, for those who ask for them.
//!
//! The head of the response is sent with the first event, so that whatever goes wrong before it is an ordinary
//! error with its status. Where that takes long, a comment goes out in its place: hosts' routers wait half a
//! minute for the first byte and about one for each that follows. Dropping the body, as the server does when the
//! connection closes, drops the answer's stream: the visitor has left.

use crate::error::{self, ApiError};
use crate::handlers::message::Reply;
use crate::middleware::request::RequestId;
use actix_web::http::header::{Accept, Header as _, HeaderName, Quality};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use frontdesk_chat::{AnswerEvent, AnswerStream, ChatError};
use futures_util::stream::{Stream, StreamExt as _, once, unfold};
use serde::Serialize;
use std::convert::Infallible;
use std::future::ready;
use std::time::Duration;
use tokio::time::timeout;

const EVENT_STREAM: &str = "text/event-stream";
/// Tells proxies such as nginx to hold nothing back.
const NO_BUFFERING: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// The longest silence on the wire. Heroku's router gives up 30 s before the first byte, and 55 s after the last.
const LONGEST_SILENCE: Duration = Duration::from_secs(15);
/// A comment, which readers of events pass over.
const STILL_HERE: Bytes = Bytes::from_static(b": still answering\n\n");

type Event = Result<AnswerEvent, ChatError>;

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
pub(crate) async fn respond(request: &HttpRequest, answer: AnswerStream) -> Result<HttpResponse, ApiError> {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let events = unfold(answer, |mut answer| async { Some((answer.next().await?, answer)) });
    let body = body(Box::pin(events), id).await?;
    let mut response = HttpResponse::Ok();
    response.content_type("text/event-stream; charset=utf-8").insert_header(NO_BUFFERING);
    Ok(response.streaming(body))
}

/// What is sent, once there is something to send.
async fn body<S>(
    mut events: S,
    request_id: String,
) -> Result<impl Stream<Item = Result<Bytes, Infallible>> + use<S>, ApiError>
where
    S: Stream<Item = Event> + Unpin + 'static,
{
    let first = match timeout(LONGEST_SILENCE, events.next()).await {
        Ok(Some(Ok(event))) => written(Ok(event), &request_id),
        Ok(Some(Err(error))) => return Err(error.into()),
        Ok(None) => return Err(ChatError::Task("the answer has no end".into()).into()),
        Err(_silence) => STILL_HERE,
    };
    let rest = unfold((events, request_id), |(mut events, id)| async move {
        let next = match timeout(LONGEST_SILENCE, events.next()).await {
            Ok(event) => written(event?, &id),
            Err(_silence) => STILL_HERE,
        };
        Some((Ok(next), (events, id)))
    });
    Ok(once(ready(Ok(first))).chain(rest))
}

#[derive(Serialize)]
struct Delta<'a> {
    text: &'a str,
}

fn written(event: Event, request_id: &str) -> Bytes {
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
    use tokio::time::Instant;

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

    /// An answer whose events come so many seconds after its start.
    fn answer(events: Vec<(u64, Event)>) -> impl Stream<Item = Event> + Unpin {
        let start = Instant::now();
        Box::pin(unfold(events.into_iter(), move |mut events| async move {
            let (after, event) = events.next()?;
            tokio::time::sleep_until(start + Duration::from_secs(after)).await;
            Some((event, events))
        }))
    }

    /// What is sent, each with its second.
    async fn sent(events: Vec<(u64, Event)>) -> Vec<(u64, String)> {
        let start = Instant::now();
        let body = body(answer(events), "r1".into()).await.unwrap();
        let at = |part: Result<Bytes, Infallible>| {
            let text = String::from_utf8(part.unwrap().to_vec()).unwrap();
            (start.elapsed().as_secs(), text.trim_end().replace('\n', "|"))
        };
        Box::pin(body.map(at)).collect().await
    }

    fn said(text: &str) -> AnswerEvent {
        AnswerEvent::Delta(text.into())
    }

    #[tokio::test(start_paused = true)]
    async fn no_silence_is_longer_than_fifteen_seconds() {
        let hello = "event: delta|data: {\"text\":\"Hello\"}";
        let here = ": still answering";
        let expected = [(15, here), (30, here), (40, hello), (55, here), (60, hello), (61, hello)];
        let sent =
            sent(vec![(40, Ok(said("Hello"))), (60, Ok(said("Hello"))), (61, Ok(said("Hello")))]).await;
        assert_eq!(sent, expected.map(|(at, text)| (at, text.to_owned())));
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_at_once_is_not_padded() {
        let sent = sent(vec![(1, Ok(said("Hello"))), (15, Ok(said("you")))]).await;
        assert_eq!(sent.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 15]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_has_its_status_until_something_was_sent() {
        let failed = || Err(ChatError::Task("secret".into()));
        assert!(body(answer(vec![(14, failed())]), "r1".into()).await.is_err());
        let sent = sent(vec![(16, failed())]).await;
        assert_eq!(sent[0], (15, ": still answering".to_owned()));
        assert!(sent[1].1.starts_with("event: error|data: {"), "{sent:?}");
        assert!(sent[1].1.contains("\"request_id\":\"r1\""), "{sent:?}");
        assert_eq!(sent.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_without_an_event_is_a_failure() {
        assert!(body(answer(vec![]), "r1".into()).await.is_err());
    }
}
